"""Measures: who stands where in a network, in words, and how much of it one paragraph carries.

Everything is computed on the simple undirected graph of what the reports state as a fact (see
``networks.facts_of``), in sorted order, so that the same network gives the same numbers. Whoever
reads the exported file with networkx finds the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cop_graph.errors import NetworkError
from cop_graph.namespaces import compact, natural_key
from cop_graph.networks import (
    DEFINITIONS,
    FACTS_NOTE,
    LIMITS_NOTE,
    NO_REGION,
    PLANS_NOTE,
    SEED,
    Network,
    claims_of,
    facts_of,
    without_claims,
)

if TYPE_CHECKING:
    import networkx as nx

NODE_MEASURES: Final = {
    "degree": "to how many others it is tied",
    "betweenness": "share of the shortest ways between two others that pass through it, "
    "from 0 to 1",
    "closeness": "how near all others are that can be reached, from 0 (far) to 1 (next to all)",
    "pagerank": "share of the time that one who follows ties at random spends there",
    "core": "the largest k such that it is one of a set in which each has k ties within the set",
    "constraint": "how much its partners are tied to each other; the lower, the more it goes "
    "between (Burt)",
    "strength": "sum of the weights of its ties; in co-participation, how many things it shares, "
    "once for each partner",
}
"""Name of a measure of nodes to what it is."""

LOWEST_FIRST: Final = ("constraint",)
"""Measures of which the lowest value has the first rank."""

LEAVE_OUT_NODES: Final = 2_000
"""Above this many nodes no rank is computed anew for each paragraph; the output then says so."""

DIGITS: Final = 12
"""Values that are equal to so many decimals share a rank."""


@dataclass(frozen=True, slots=True)
class Stability:
    """How far the rank of a node moves when any one paragraph is left out.

    ``lowest`` is the better end; ``paragraph`` is the one that moves it most, ``None`` where none
    does. ``lost_without`` are the paragraphs without which it has no tie left.
    """

    rank: int
    lowest: int
    highest: int
    paragraph: str | None
    lost_without: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """What a network loses with one paragraph.

    ``gone`` and ``weakened`` are keys of edges; ``lost`` are nodes that have no tie any more.
    ``moves`` maps a node to its rank with and without the paragraph, where these differ; the second
    is ``None`` for a node that is not ranked any more, the first for one that was not before.
    """

    paragraph: str
    number: str
    measure: str
    network: Network
    gone: tuple[str, ...]
    weakened: tuple[str, ...]
    lost: tuple[str, ...]
    moves: Mapping[str, tuple[int | None, int | None]]


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of a network.

    ``values`` maps a measure to the value of each node. ``communities`` and ``components`` number
    their groups from 1, the largest first. ``bridges`` are pairs of nodes, ``brokers`` maps a node
    to the number of parts into which its component falls without it.
    """

    network: Network
    seed: int
    include_plans: bool
    facts: nx.Graph[str]
    values: Mapping[str, Mapping[str, float]]
    communities: Mapping[str, int]
    components: Mapping[str, int]
    bridges: tuple[tuple[str, str], ...]
    brokers: Mapping[str, int]
    density: float
    modularity: float | None
    assortativity: Mapping[str, float | None]
    _stability: dict[str, dict[str, Stability]] = field(default_factory=dict, repr=False)

    def ranks(self, measure: str) -> dict[str, int]:
        """Give the rank of each node from 1; equals share one, and the next ones are skipped.

        Raises:
            NetworkError: There is no such measure.
        """
        return _ranks(self._values_of(measure), measure)

    def shown_ranks(self, measure: str) -> dict[str, str]:
        """Give the ranks as text, ``3=`` where several share one."""
        ranks = self.ranks(measure)
        count: dict[int, int] = {}
        for rank in ranks.values():
            count[rank] = count.get(rank, 0) + 1
        return {node: f"{rank}=" if count[rank] > 1 else str(rank) for node, rank in ranks.items()}

    def ordered(self, measure: str) -> list[str]:
        """Give the nodes by rank, equals by label."""
        ranks, nodes = self.ranks(measure), self.network.graph.nodes
        return sorted(ranks, key=lambda node: (ranks[node], str(nodes[node]["label"]), node))

    def sentence(self, measure: str, node: str) -> str:
        """Say in plain words what a value of a node means."""
        return _sentence(self, measure, node)

    def stability(self, measure: str) -> dict[str, Stability]:
        """Tell how far each rank moves when any one paragraph is left out.

        Raises:
            NetworkError: There is no such measure, or the network is too large to try each.
        """
        self._values_of(measure)
        if len(self.facts) > LEAVE_OUT_NODES:
            raise NetworkError(
                f"{len(self.facts)} nodes are too many to leave out each paragraph in turn; up to "
                f"{LEAVE_OUT_NODES} are tried"
            )
        if measure not in self._stability:
            self._stability[measure] = _stability(self, measure)
        return self._stability[measure]

    def _values_of(self, measure: str) -> Mapping[str, float]:
        if measure not in self.values:
            raise NetworkError(f"no measure {measure!r}; there are {', '.join(NODE_MEASURES)}")
        return self.values[measure]


@dataclass(frozen=True, slots=True)
class MeasurableNetwork(Network):
    """A network that measures itself, as the front gives it."""

    def measures(self, *, include_plans: bool = False, seed: int = SEED) -> Measures:
        """Measure the network; see ``measure_network``."""
        return measure_network(self, include_plans=include_plans, seed=seed)

    def without_paragraph(self, paragraph: str, *, measure: str = "degree") -> Removal:
        """Tell what the network is without one paragraph; see ``without_paragraph``."""
        return without_paragraph(self, paragraph, measure=measure)


def measure_network(network: Network, *, include_plans: bool = False, seed: int = SEED) -> Measures:
    """Measure a network.

    Args:
        network: Any network.
        include_plans: Whether ties that no report states as a fact count too.
        seed: Of the search for communities; the same seed gives the same ones.

    References:
        Freeman (1977, 1979) for betweenness and closeness; Wasserman and Faust (1994) for closeness
        in a graph of several components; Page, Brin, Motwani and Winograd (1999) for PageRank;
        Seidman (1983) for cores; Burt (1992) for constraint; Blondel et al. (2008) for communities;
        Newman (2003) for assortativity.
    """
    import networkx as nx

    facts = facts_of(network.graph, include_plans=include_plans)
    nodes = list(facts)
    values = {name: _computed(name, network, facts, include_plans) for name in NODE_MEASURES}
    components = _numbered([sorted(part) for part in nx.connected_components(facts)])
    communities, modularity = _communities(facts, seed)
    kinds = {node: str(network.graph.nodes[node]["kind"]) for node in nodes}
    regions = {node: str(network.graph.nodes[node].get("region", NO_REGION)) for node in nodes}
    said = [node for node in nodes if regions[node] != NO_REGION]
    return Measures(
        network=network,
        seed=seed,
        include_plans=include_plans,
        facts=facts,
        values=values,
        communities=communities,
        components=components,
        bridges=tuple(sorted((min(pair), max(pair)) for pair in nx.bridges(facts))),
        brokers=_brokers(facts),
        density=float(nx.density(facts)) if nodes else 0.0,
        modularity=modularity,
        assortativity={
            "kind": _assortativity(facts, kinds),
            "region": _assortativity(facts.subgraph(said), regions),
        },
    )


def without_paragraph(
    network: Network,
    paragraph: str,
    *,
    measure: str = "degree",
    include_plans: bool = False,
) -> Removal:
    """Tell what a network is without one paragraph: which ties go, weaken, and which ranks move.

    Args:
        network: Built by ``build_network``.
        paragraph: Its IRI or CURIE, or its number where only one report of the network has it.
        measure: Of which the ranks are compared.
        include_plans: Whether ties that no report states as a fact count in the ranks too.

    Raises:
        NetworkError: No claim of the network stands in such a paragraph, or there are several.
    """
    return _removal(network, _paragraph(network, paragraph), measure, include_plans)


def paragraphs_of(network: Network) -> dict[str, tuple[str, ...]]:
    """Give the paragraphs on which the ties of a network rest, with their claims, in order."""
    found: dict[str, set[str]] = {}
    keys = {key for _, _, key in network.graph.edges(keys=True)}
    for key in sorted(keys):
        for claim in claims_of(network, key):
            found.setdefault(network.basis.claims[claim].paragraph, set()).add(claim)
    return {
        iri: tuple(sorted(claims, key=natural_key))
        for iri, claims in sorted(found.items(), key=lambda pair: natural_key(pair[0]))
    }


def summary(measures: Measures) -> dict[str, Any]:
    """Give what is true of the network as a whole: counts, density, groups, mixing."""
    graph = measures.network.graph
    plans = sum(not asserts for _, _, asserts in graph.edges(data="asserts", default=True))
    return {
        "network": measures.network.name,
        "definition": DEFINITIONS.get(measures.network.name, ""),
        "nodes": len(measures.facts),
        "pairs": measures.facts.number_of_edges(),
        "ties": graph.number_of_edges() - (0 if measures.include_plans else plans),
        "plans": plans,
        "includesPlans": measures.include_plans,
        "density": measures.density,
        "components": len(set(measures.components.values())),
        "largestComponent": sum(part == 1 for part in measures.components.values()),
        "communities": len(set(measures.communities.values())),
        "modularity": measures.modularity,
        "bridges": len(measures.bridges),
        "assortativityByKind": measures.assortativity["kind"],
        "assortativityByRegion": measures.assortativity["region"],
        "seed": measures.seed,
        "notes": list(notes(measures)),
    }


def notes(measures: Measures) -> Iterator[str]:
    """Give the sentences that stand under every table and picture of these measures."""
    yield PLANS_NOTE if measures.include_plans else FACTS_NOTE
    if not measures.network.graph.is_directed():
        yield "The weight of a tie is the number of things that the two share."
    yield LIMITS_NOTE


def summary_lines(measures: Measures) -> Iterator[str]:
    """Say in plain words what is true of the network as a whole."""
    found = summary(measures)
    name = found["network"]
    yield f"{name}: {found['definition']}." if found["definition"] else f"{name}."
    yield (
        f"{found['nodes']} nodes in {found['components']} "
        f"part{_s(found['components'])} that no tie joins; the largest has "
        f"{found['largestComponent']}. {found['pairs']} pairs are tied, by {found['ties']} ties; "
        f"that is {100 * found['density']:.1f} % of all pairs (density)."
    )
    if found["modularity"] is not None:
        yield (
            f"{found['communities']} communities, within which ties are denser than between "
            f"(Louvain, seed {found['seed']}, modularity {found['modularity']:.3f})."
        )
    yield (
        f"{found['bridges']} of {found['pairs']} pairs are bridges: without that one tie, a part "
        "would fall in two."
    )
    for attribute in ("kind", "region"):
        yield _mixing(attribute, measures.assortativity[attribute])


def node_rows(
    measures: Measures, measure: str, *, top: int | None = None, with_stability: bool = True
) -> list[dict[str, Any]]:
    """Give one row a node, by rank: names, all values, the sentence, and how firm the rank is."""
    nodes, shown = measures.network.graph.nodes, measures.shown_ranks(measure)
    firm = measures.stability(measure) if with_stability else {}
    rows = []
    for node in measures.ordered(measure)[:top]:
        attributes = nodes[node]
        row: dict[str, Any] = {
            "rank": shown[node],
            "node": node,
            "label": attributes["label"],
            "kind": attributes["kind"],
            "region": attributes.get("region", NO_REGION),
            **{name: measures.values[name][node] for name in NODE_MEASURES},
            "component": measures.components[node],
            "community": measures.communities[node],
            "partsWithout": measures.brokers.get(node, 0),
            "sentence": measures.sentence(measure, node),
        }
        if node in firm:
            one = firm[node]
            row |= {
                "rankLowest": one.lowest,
                "rankHighest": one.highest,
                "movedMostBy": one.paragraph,
                "lostWithout": list(one.lost_without),
            }
        rows.append(row)
    return rows


def measures_json(measures: Measures, measure: str, **how: Any) -> str:
    """Give the summary and the rows of ``node_rows`` as JSON."""
    document = summary(measures) | {
        "measure": measure,
        "meaning": NODE_MEASURES[measure],
        "bridgePairs": [list(pair) for pair in measures.bridges],
        "rows": node_rows(measures, measure, **how),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def range_text(one: Stability) -> str:
    """Give the ranks that a node may have when any one paragraph is left out, in words."""
    text = str(one.lowest) if one.lowest == one.highest else f"{one.lowest} to {one.highest}"
    return f"{text}, or no tie left" if one.lost_without else text


def _computed(
    name: str, network: Network, facts: nx.Graph[str], include_plans: bool
) -> dict[str, float]:
    if name == "strength":
        return _strengths(network, facts, include_plans)
    nodes = list(facts)
    numbers = _COMPUTED[name](_as_numbers(facts)) if nodes else {}
    return {node: float(numbers[at]) for at, node in enumerate(nodes)}


def _as_numbers(facts: nx.Graph[str]) -> nx.Graph[int]:
    """Give the same graph with numbers for names: sets of texts have another order each run."""
    import networkx as nx

    numbers = {node: at for at, node in enumerate(facts)}
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(numbers)))
    graph.add_edges_from((numbers[source], numbers[target]) for source, target in facts.edges())
    return graph


def _degree(graph: nx.Graph[int]) -> Mapping[int, float]:
    return dict(graph.degree())


def _betweenness(graph: nx.Graph[int]) -> Mapping[int, float]:
    import networkx as nx

    return dict(nx.betweenness_centrality(graph))


def _closeness(graph: nx.Graph[int]) -> Mapping[int, float]:
    import networkx as nx

    return dict(nx.closeness_centrality(graph))


def _pagerank(graph: nx.Graph[int]) -> Mapping[int, float]:
    import networkx as nx

    return dict(nx.pagerank(graph))


def _core(graph: nx.Graph[int]) -> Mapping[int, float]:
    import networkx as nx

    return dict(nx.core_number(graph))


def _constraint(graph: nx.Graph[int]) -> Mapping[int, float]:
    import networkx as nx

    return dict(nx.constraint(graph))


_COMPUTED: Final[dict[str, Callable[[nx.Graph[int]], Mapping[int, float]]]] = {
    "degree": _degree,
    "betweenness": _betweenness,
    "closeness": _closeness,
    "pagerank": _pagerank,
    "core": _core,
    "constraint": _constraint,
}


def _strengths(network: Network, facts: nx.Graph[str], include_plans: bool) -> dict[str, float]:
    sums = dict.fromkeys(facts, 0.0)
    for source, target, attributes in network.graph.edges(data=True):
        if source != target and (include_plans or attributes.get("asserts", True)):
            for node in (source, target):
                sums[node] += float(attributes.get("weight", 1))
    return sums


def _ranks(values: Mapping[str, float], measure: str) -> dict[str, int]:
    sign = 1 if measure in LOWEST_FIRST else -1
    keys = {node: sign * round(value, DIGITS) for node, value in values.items()}
    first: dict[float, int] = {}
    for at, key in enumerate(sorted(keys.values()), 1):
        first.setdefault(key, at)
    return {node: first[key] for node, key in keys.items()}


def _numbered(parts: list[list[str]]) -> dict[str, int]:
    """Number groups from 1: the largest first, equals by their first member."""
    ordered = sorted(parts, key=lambda part: (-len(part), part))
    return {node: at for at, part in enumerate(ordered, 1) for node in part}


def _communities(facts: nx.Graph[str], seed: int) -> tuple[dict[str, int], float | None]:
    import networkx as nx

    if not facts:
        return {}, None
    nodes, graph = list(facts), _as_numbers(facts)
    found = nx.community.louvain_communities(graph, seed=seed)
    parts = [sorted(nodes[at] for at in part) for part in found]
    ordered = sorted(sorted(part) for part in found)
    return _numbered(parts), float(nx.community.modularity(graph, ordered))


def _brokers(facts: nx.Graph[str]) -> dict[str, int]:
    """Give for each node that holds its component together how many parts there are without it."""
    import networkx as nx

    parts = dict.fromkeys(facts, 0)
    for block in nx.biconnected_components(facts):
        for node in block:
            parts[node] += 1
    return {node: count for node, count in parts.items() if count > 1}


def _assortativity(graph: nx.Graph[str], groups: Mapping[str, str]) -> float | None:
    import networkx as nx

    if graph.number_of_edges() == 0:
        return None
    copy = graph.copy()
    nx.set_node_attributes(copy, {node: groups[node] for node in copy}, "group")
    if len({groups[node] for edge in copy.edges() for node in edge}) < 2:
        return None
    value = float(nx.attribute_assortativity_coefficient(copy, "group"))
    return None if math.isnan(value) else value


def _stability(measures: Measures, measure: str) -> dict[str, Stability]:
    """Leave out each paragraph in turn; only where a pair is untied are ranks computed anew."""
    whole = measures.ranks(measure)
    tried: dict[str, dict[str, int]] = {}
    numbers = _numbers(measures.network)
    weighs = measure == "strength"
    for paragraph, claims in paragraphs_of(measures.network).items():
        left = without_claims(measures.network, claims)
        facts = facts_of(left.graph, include_plans=measures.include_plans)
        if weighs or _differ(facts, measures.facts):
            values = _computed(measure, left, facts, measures.include_plans)
            ranks = _ranks(values, measure)
            if ranks != whole:
                tried[paragraph] = ranks
    found = {}
    for node, rank in whole.items():
        others = {paragraph: ranks[node] for paragraph, ranks in tried.items() if node in ranks}
        moved = max(others, key=lambda paragraph: abs(others[paragraph] - rank), default=None)
        is_moved = moved is not None and others[moved] != rank
        lost = tuple(numbers[paragraph] for paragraph, ranks in tried.items() if node not in ranks)
        every = [rank, *others.values()]
        found[node] = Stability(
            rank=rank,
            lowest=min(every),
            highest=max(every),
            paragraph=numbers[moved] if moved is not None and is_moved else None,
            lost_without=lost,
        )
    return found


def _differ(one: nx.Graph[str], other: nx.Graph[str]) -> bool:
    """Tell whether two graphs differ, where one came of the other by taking away."""
    return (len(one), one.number_of_edges()) != (len(other), other.number_of_edges())


def _removal(network: Network, paragraph: str, measure: str, include_plans: bool) -> Removal:
    if measure not in NODE_MEASURES:
        raise NetworkError(f"no measure {measure!r}; there are {', '.join(NODE_MEASURES)}")
    known = network.basis.claims
    left = without_claims(network, [one for one in known if known[one].paragraph == paragraph])
    before = {key: edge for _, _, key, edge in network.graph.edges(keys=True, data=True)}
    after = {key: edge for _, _, key, edge in left.graph.edges(keys=True, data=True)}
    ranks = [
        _ranks(_computed(measure, one, facts, include_plans), measure)
        for one in (network, left)
        for facts in (facts_of(one.graph, include_plans=include_plans),)
    ]
    nodes = sorted({*ranks[0], *ranks[1]})
    return Removal(
        paragraph=paragraph,
        number=_numbers(network)[paragraph],
        measure=measure,
        network=left,
        gone=tuple(sorted(before.keys() - after.keys())),
        weakened=tuple(sorted(key for key in after if after[key] != before[key])),
        lost=tuple(sorted(set(network.graph) - set(left.graph))),
        moves={
            node: (ranks[0].get(node), ranks[1].get(node))
            for node in nodes
            if ranks[0].get(node) != ranks[1].get(node)
        },
    )


def _numbers(network: Network) -> dict[str, str]:
    """Give what a paragraph is called, with its report where the network rests on several."""
    known = {one.paragraph: one for one in network.basis.claims.values()}
    several = len({one.report for one in known.values()}) > 1
    return {
        iri: f"{one.number} ({one.report})" if several else one.number for iri, one in known.items()
    }


def _paragraph(network: Network, name: str) -> str:
    numbers = {one.paragraph: one.number for one in network.basis.claims.values()}
    paragraphs = sorted(numbers, key=natural_key)
    found = [iri for iri in paragraphs if name in (iri, compact(iri), numbers[iri])]
    if len(found) > 1:
        raise NetworkError(
            f"paragraph {name!r} is one of several reports; give one of "
            f"{', '.join(compact(iri) for iri in found)}"
        )
    if not found:
        raise NetworkError(
            f"nothing in the network {network.name!r} rests on a paragraph {name!r}; there are "
            f"{', '.join(dict.fromkeys(numbers[iri] for iri in paragraphs)) or 'none'}"
        )
    return found[0]


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _mixing(attribute: str, value: float | None) -> str:
    if value is None:
        return f"By {attribute}: too few ties to say whether like is tied to like."
    tendency = "neither seek nor avoid"
    if value > 0.1:
        tendency = "seek"
    elif value < -0.1:
        tendency = "avoid"
    scope = ", among those whose region is said" if attribute == "region" else ""
    return (
        f"By {attribute}: ties {tendency} the same {attribute} (assortativity {value:.2f}, from "
        f"-1 to 1{scope})."
    )


def _sentence(measures: Measures, measure: str, node: str) -> str:
    value = measures._values_of(measure)[node]
    if measure == "degree":
        return f"is tied to {value:.0f} other{_s(int(value))}"
    if measure == "strength":
        return f"its ties weigh {value:.0f} together"
    if measure == "pagerank":
        return f"one who follows ties at random is here {100 * value:.1f} % of the time"
    if measure == "core":
        return (
            f"is one of a set in which each is tied to at least {value:.0f} "
            f"other{_s(int(value))} of the set"
        )
    if measure == "closeness":
        return _closeness_sentence(measures, node)
    parts = measures.brokers.get(node)
    if parts:
        return (
            "goes between groups that have no other link: without it, its part of the network "
            f"falls into {parts}"
        )
    if measure == "betweenness":
        if round(value, DIGITS) == 0:
            return "no shortest way between two others needs it"
        return f"{100 * value:.1f} % of the shortest ways between two others pass through it"
    if len(measures.facts[node]) == 1:
        return "has one partner only and goes between nobody"
    return "its partners also have ways to each other that do not pass through it"


def _closeness_sentence(measures: Measures, node: str) -> str:
    import networkx as nx

    steps = nx.single_source_shortest_path_length(measures.facts, node)
    others = len(steps) - 1
    mean = sum(steps.values()) / others
    if others == 1:
        return "reaches 1 other, in one step"
    return f"reaches {others} others, in {mean:.1f} steps on average"


__all__ = [
    "LEAVE_OUT_NODES",
    "LOWEST_FIRST",
    "NODE_MEASURES",
    "MeasurableNetwork",
    "Measures",
    "Removal",
    "Stability",
    "measure_network",
    "measures_json",
    "node_rows",
    "notes",
    "paragraphs_of",
    "range_text",
    "summary",
    "summary_lines",
    "without_paragraph",
]
