"""Ways between two: how one thing is connected with another, step by step, with the evidence.

A way is a chain of reported ties. Ways through what is tied to very many others say little (all who
were at one meeting are two steps apart), so that these are passed by, and the answer says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from cop_graph.errors import NetworkError
from cop_graph.model import Evidence, Reference, Scope
from cop_graph.namespaces import compact
from cop_graph.networks import LIMITS_NOTE, Network, claims_of, facts_of

if TYPE_CHECKING:
    import networkx as nx

DEFAULT_MAX_DEGREE: Final = 40
"""No way passes through a thing that is tied to more others.

In the report of CWG-COP 22 one thing has more: the meeting itself (42), at which all were. The next
is the ITU (34), whose ties are partnerships that the report states, then come 13 and fewer.
"""

MOST_WAYS: Final = 3
MOST_STEPS: Final = 6
CANDIDATES: Final = 400
"""So many simple ways are looked at, shortest first, before the search for another stops."""

DISTINCT_NOTE: Final = (
    "Each way passes through at least one thing that no way before it passes through; several ties "
    "between the same two are one step."
)


@dataclass(frozen=True, slots=True)
class WayTie:
    """One tie of a step: what is claimed, in the direction in which the report says it."""

    source: str
    label: str
    target: str
    status: str
    asserts: bool
    start: str
    end: str
    contexts: str
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WayStep:
    """One step of a way: from one node to the next, by one or more ties, facts first."""

    source: str
    target: str
    ties: tuple[WayTie, ...]

    @property
    def asserts(self) -> bool:
        """Whether the reports state at least one of its ties as a fact."""
        return any(tie.asserts for tie in self.ties)


@dataclass(frozen=True, slots=True)
class Way:
    """One way: its steps from end to end."""

    steps: tuple[WayStep, ...]

    @property
    def asserts(self) -> bool:
        """Whether every step is stated as a fact; else the way rests on a plan."""
        return all(step.asserts for step in self.steps)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes from end to end."""
        return (self.steps[0].source, *(step.target for step in self.steps))


@dataclass(frozen=True, slots=True)
class Connection:
    """The ways between two things, and what was searched.

    ``passed_by`` are the nodes that no way may pass through, with how many others each is tied to.
    ``reason`` says why there are no more ways, in words. ``evidence`` maps the IRI of a claim to
    where it is said.
    """

    source: Reference
    target: Reference
    ways: tuple[Way, ...]
    labels: Mapping[str, str]
    nodes: int
    pairs: int
    max_degree: int
    max_steps: int
    includes_plans: bool
    passed_by: Mapping[str, int]
    reason: str
    scope: Scope
    evidence: Mapping[str, Evidence] = field(default_factory=dict)


def find_ways(
    network: Network,
    source: Reference,
    target: Reference,
    *,
    most: int = MOST_WAYS,
    max_degree: int = DEFAULT_MAX_DEGREE,
    max_steps: int = MOST_STEPS,
    include_plans: bool = True,
) -> Connection:
    """Find the shortest way between two things and the next best that differ from it.

    Among ways of one length those stated as facts come first, then those through what has fewer
    ties, then by name.

    Args:
        network: Of all reported ties.
        source: One end.
        target: The other.
        most: How many ways at the most.
        max_degree: No way passes through a node that is tied to more others; the ends are free.
        max_steps: No way is longer.
        include_plans: Whether a step may rest on what no report states as a fact; it is then
            marked.

    Raises:
        NetworkError: Both ends are the same.

    References:
        Yen (1971) for the shortest simple ways, as networkx has it.
    """
    ends = (compact(source.iri), compact(target.iri))
    if ends[0] == ends[1]:
        raise NetworkError(f"{source.label} is both ends; name two things")
    graph = facts_of(network.graph, include_plans=include_plans)
    degrees = dict(graph.degree())
    passed_by = {
        node: degree for node, degree in degrees.items() if degree > max_degree and node not in ends
    }
    open_graph = graph.subgraph([node for node in graph if node not in passed_by])
    found, is_cut_short = _distinct(open_graph, ends, network, most, max_steps)
    labels = {node: str(label) for node, label in network.graph.nodes(data="label")}
    return Connection(
        source=source,
        target=target,
        ways=tuple(_way(network, nodes, include_plans) for nodes in found),
        labels=labels | {ends[0]: source.label, ends[1]: target.label},
        nodes=len(graph),
        pairs=graph.number_of_edges(),
        max_degree=max_degree,
        max_steps=max_steps,
        includes_plans=include_plans,
        passed_by=passed_by,
        reason=_reason(
            graph, open_graph, ends, (source.label, target.label), found, most, max_steps,
            labels, is_cut_short,
        ),
        scope=network.answer.scope,
    )  # fmt: skip


def connection_text(connection: Connection) -> str:
    """Give the ways as a text to be read: each step, its ties, and the words behind them."""
    from cop_graph.tables import evidence_line

    parts: list[str] = []
    shown: dict[frozenset[str], int] = {}
    for number, way in enumerate(connection.ways, 1):
        names = [connection.labels[node] for node in way.nodes]
        steps = len(way.steps)
        mark = "" if way.asserts else " – rests on a plan, not a fact"
        parts.append(f"{number}. {steps} step{'' if steps == 1 else 's'}{mark}: ")
        parts[-1] += " — ".join(names)
        for step in way.steps:
            ends = frozenset((step.source, step.target))
            if ends in shown:
                source, target = connection.labels[step.source], connection.labels[step.target]
                parts.append(f"   {source} — {target}: as in way {shown[ends]}")
                continue
            shown[ends] = number
            for tie in step.ties:
                source, target = connection.labels[tie.source], connection.labels[tie.target]
                mark = tie.status if tie.asserts else f"{tie.status}, not a fact"
                parts.append(f"   {source} {tie.label} {target} ({mark})")
                parts += [
                    f"      {evidence_line(connection.evidence[claim])}"
                    for claim in tie.claims
                    if claim in connection.evidence
                ]
    return "\n".join(parts) + "\n" if parts else ""


def connection_lines(connection: Connection) -> Iterator[str]:
    """Say what was searched, which bounds held, and why there is no more."""
    kind = "reported ties, plans among them and marked" if connection.includes_plans else "facts"
    yield (
        f"Searched: all {kind} ({connection.pairs} pairs of {connection.nodes} things), ways of up "
        f"to {connection.max_steps} steps. {connection.scope}."
    )
    passed = ", ".join(
        f"{connection.labels[node]} ({degree})"
        for node, degree in sorted(connection.passed_by.items(), key=lambda one: (-one[1], one[0]))
    )
    yield (
        f"No way passes through what is tied to more than {connection.max_degree} others "
        f"(--max-degree): {passed or 'nothing is'}."
    )
    if connection.ways:
        yield DISTINCT_NOTE
    yield connection.reason
    yield LIMITS_NOTE


def connection_json(connection: Connection) -> str:
    """Give the ways, their evidence and what was searched as JSON."""
    document = {
        "source": _reference(connection.source),
        "target": _reference(connection.target),
        "ways": [
            {
                "asserts": way.asserts,
                "nodes": [{"node": node, "label": connection.labels[node]} for node in way.nodes],
                "steps": [
                    {
                        "source": step.source,
                        "target": step.target,
                        "asserts": step.asserts,
                        "ties": [_tie_json(connection, tie) for tie in step.ties],
                    }
                    for step in way.steps
                ],
            }
            for way in connection.ways
        ],
        "searched": {
            "things": connection.nodes,
            "pairs": connection.pairs,
            "maxDegree": connection.max_degree,
            "maxSteps": connection.max_steps,
            "includesPlans": connection.includes_plans,
            "passedBy": connection.passed_by,
            "version": connection.scope.version,
        },
        "notes": list(connection_lines(connection)),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _reference(end: Reference) -> dict[str, str]:
    return {"node": compact(end.iri), "label": end.label}


def _tie_json(connection: Connection, tie: WayTie) -> dict[str, Any]:
    return {
        "source": tie.source,
        "label": tie.label,
        "target": tie.target,
        "status": tie.status,
        "asserts": tie.asserts,
        "start": tie.start,
        "end": tie.end,
        "contexts": tie.contexts,
        "evidence": [
            {
                "claim": compact(claim),
                "report": entry.report.label,
                "paragraph": entry.number,
                "anchors": list(entry.anchors),
                "sentence": entry.sentence,
            }
            for claim in tie.claims
            if (entry := connection.evidence.get(claim)) is not None
        ],
    }


def _distinct(
    graph: nx.Graph[str],
    ends: tuple[str, str],
    network: Network,
    most: int,
    max_steps: int,
) -> tuple[list[list[str]], bool]:
    """Choose ways, each through something new; tell whether the search was cut short."""
    chosen: list[list[str]] = []
    passed: set[str] = set()
    is_cut_short = False
    for same_length in _by_length(graph, ends, max_steps):
        candidates, is_cut_short = same_length
        for nodes in sorted(candidates, key=lambda way: _cost(graph, network, way)):
            between = set(nodes[1:-1])
            if len(chosen) < most and (not chosen or between - passed):
                chosen.append(nodes)
                passed |= between
        if len(chosen) >= most:
            return chosen, False
    return chosen, is_cut_short


def _by_length(
    graph: nx.Graph[str], ends: tuple[str, str], max_steps: int
) -> Iterator[tuple[list[list[str]], bool]]:
    """Give the simple ways by length, shortest first, until enough were looked at."""
    import networkx as nx

    if not (ends[0] in graph and ends[1] in graph and nx.has_path(graph, *ends)):
        return
    gathered: list[list[str]] = []
    for count, nodes in enumerate(nx.shortest_simple_paths(graph, *ends), 1):
        if gathered and len(nodes) > len(gathered[0]):
            yield gathered, False
            gathered = []
        if len(nodes) - 1 > max_steps:
            return
        gathered.append(nodes)
        if count >= CANDIDATES:
            yield gathered, True
            return
    if gathered:
        yield gathered, False


def _cost(graph: nx.Graph[str], network: Network, nodes: Sequence[str]) -> tuple[Any, ...]:
    plans = sum(
        not any(edge.get("asserts", True) for edge in _edges(network, *pair).values())
        for pair in pairwise(nodes)
    )
    return plans, sum(graph.degree(node) for node in nodes[1:-1]), list(nodes)


def _edges(network: Network, one: str, other: str) -> dict[str, dict[str, Any]]:
    graph = network.graph
    found = dict(graph.get_edge_data(one, other) or {})
    if graph.is_directed():
        found |= graph.get_edge_data(other, one) or {}
    return found


def _way(network: Network, nodes: Sequence[str], include_plans: bool) -> Way:
    return Way(tuple(_step(network, *pair, include_plans) for pair in pairwise(nodes)))


def _step(network: Network, source: str, target: str, include_plans: bool) -> WayStep:
    ties = []
    for start, end in ((source, target), (target, source)):
        for key, edge in (network.graph.get_edge_data(start, end) or {}).items():
            if include_plans or edge["asserts"]:
                ties.append(
                    WayTie(
                        source=start,
                        label=edge["label"],
                        target=end,
                        status=edge["status"],
                        asserts=edge["asserts"],
                        start=edge["start"],
                        end=edge["end"],
                        contexts=edge["contexts"],
                        claims=claims_of(network, key),
                    )
                )
    ties.sort(key=lambda tie: (not tie.asserts, tie.source != source, tie.label, tie.status))
    return WayStep(source, target, tuple(ties))


def _reason(
    graph: nx.Graph[str],
    open_graph: nx.Graph[str],
    ends: tuple[str, str],
    names: tuple[str, str],
    found: Sequence[Sequence[str]],
    most: int,
    max_steps: int,
    labels: Mapping[str, str],
    is_cut_short: bool,
) -> str:
    """Say why there are not more ways."""
    import networkx as nx

    if len(found) >= most:
        return f"The best {most} are shown; --most shows more."
    if found:
        if is_cut_short:
            return f"The search stopped after {CANDIDATES} ways; there may be others."
        return "No other way is distinct within these bounds."
    for end, name in zip(ends, names, strict=True):
        if end not in graph:
            return (
                f"No way: the reports state no tie of {name} with any named thing. That is not to "
                "say that there is none."
            )
    if not nx.has_path(graph, *ends):
        return (
            f"No way: the reports state no chain of ties from {names[0]} to {names[1]}, of any "
            "length and through anything. That is not to say that there is none."
        )
    if nx.has_path(open_graph, *ends):
        length = nx.shortest_path_length(open_graph, *ends)
        return (
            f"No way of up to {max_steps} steps: the shortest has {length}; --max-steps {length} "
            "shows it."
        )
    best = nx.shortest_path(graph, *ends)
    hubs = {node: graph.degree(node) for node in best[1:-1] if node not in open_graph}
    through = ", ".join(f"{labels[node]} ({degree})" for node, degree in sorted(hubs.items()))
    return (
        f"No way within these bounds: --max-degree stopped it. One of {len(best) - 1} steps passes "
        f"through {through}; --max-degree {max(hubs.values())} shows it."
    )


__all__ = [
    "DEFAULT_MAX_DEGREE",
    "Connection",
    "Way",
    "WayStep",
    "WayTie",
    "connection_json",
    "connection_lines",
    "connection_text",
    "find_ways",
]
