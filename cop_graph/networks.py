"""Networks: the rows of a question become a networkx graph that keeps its evidence.

A network is a view of claims, not a second data structure: every edge is a row of a question in
``queries/networks/`` and carries the claims behind it. Parallel ties are kept.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cop_graph.errors import NetworkError
from cop_graph.files import write_whole
from cop_graph.model import CLAIMS_COLUMN, Answer, Reference, Row
from cop_graph.names import classes_of, label_of
from cop_graph.namespaces import COP, RDF, compact, natural_key

if TYPE_CHECKING:
    import networkx as nx

    from cop_graph.store import GraphStore

PROJECTIONS: Final = {
    "partnership": "partnership-ties",
    "participation": "participation-ties",
    "co-participation": "co-participation-ties",
    "support": "support-ties",
    "all": "reported-ties",
    "themes": "theme-ties",
}
"""Name of a network to the question that gives its ties."""

DEFINITIONS: Final = {
    "partnership": "who works with, helps, belongs to or represents whom, as the reports state it",
    "participation": "which actor takes part in which initiative, event, document or agreement",
    "co-participation": "which actors take part in the same thing; the weight of a tie is the "
    "number of things shared",
    "support": "who supports, funds, leads, organizes or sets up whom and what",
    "all": "all ties between named things that the reports state",
    "themes": "which actors work on which themes",
}
"""Name of a network to what a tie in it means."""

LIMITS_NOTE: Final = (
    "A network of reports shows what the reports say, not all that exists. Who wrote a report, or "
    "is retold at length in it, stands in the middle by that alone; no tie between two says only "
    "that the reports state none; and a rank that one paragraph can change is no measure of "
    "importance."
)
"""What the network of a single report can and cannot show; stands under every table and picture."""

FACTS_NOTE: Final = "Plans and hopes are not counted, only what the reports state as a fact."
PLANS_NOTE: Final = "Plans and hopes are counted as if they were facts, because that was asked for."
NO_REGION: Final = "no region said"
FOLD_LABEL: Final = "takes part in the same as"

MEASURES: Final = ("degree", "betweenness", "pagerank")
NODE_CLASSES: Final = (
    "State", "Organization", "Person", "Group", "Initiative", "Agreement", "Event", "Document",
    "Resource", "Place", "Theme",
)  # fmt: skip
NETWORK_FORMATS: Final = ("gexf", "graphml")
SEED: Final = 22
EXACT_LAYOUT_NODES: Final = 400
LABEL_ROOM: Final = (2.1, 1.15)
GAP: Final = 2.2
STRETCH: Final = (1.3, 0.8)
"""Screens are wider than high, and so are labels."""
TOLERANCE: Final = 0.01
MOST_MOVES: Final = 600
PATIENT_MOVES: Final = 100


@dataclass(frozen=True, slots=True)
class Particulars:
    """What one claim says besides its two ends; dates are texts, empty where none is said."""

    subject: str
    object: str
    status: str
    asserts: bool
    paragraph: str
    number: str
    report: str
    start: str
    end: str
    contexts: tuple[str, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason for a tie: pairs of claims of which one pair suffices.

    Where one claim alone says it, it stands beside itself. ``context`` names what is shared or
    stands between, and is empty for a tie that is stated outright.
    """

    context: str
    pairs: tuple[tuple[str, str], ...]

    def without(self, claims: Collection[str]) -> Ground:
        """Give what is left of it without some claims; no pair where it falls."""
        left = (pair for pair in self.pairs if not (pair[0] in claims or pair[1] in claims))
        return Ground(self.context, tuple(left))


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way from a thing to its region; without claims it is an alignment."""

    thing: str
    relation: str
    next: Reference
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Basis:
    """What the ties of a network rest on, so that it can be told what a claim carries.

    ``claims`` maps the IRI of a claim to its particulars, ``grounds`` the key of an edge to the
    reasons for it; ``steps`` lead from things to their regions.
    """

    claims: Mapping[str, Particulars] = field(default_factory=dict)
    grounds: Mapping[str, tuple[Ground, ...]] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Network:
    """A network with the answer that it is made of.

    ``graph`` is a directed multigraph, or an undirected one for ``co-participation``: nodes are
    CURIEs with ``label``, ``kind``, ``category`` and ``region``; an edge has ``label``,
    ``relation``, ``status``, ``asserts``, ``start``, ``end``, ``contexts``, ``topics``,
    ``paragraphs``, ``reports``, ``claims`` and ``weight``, all text but ``asserts`` and ``weight``.
    """

    name: str
    graph: nx.MultiDiGraph[str]
    answer: Answer
    basis: Basis = field(default_factory=Basis, repr=False, compare=False)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the network as GEXF or GraphML, by the ending of the path.

        Raises:
            NetworkError: The ending is neither ``.gexf`` nor ``.graphml``.
            OutputError: The file cannot be written; what stood there is unchanged.
        """
        ending = Path(path).suffix.lower().removeprefix(".")
        if ending not in NETWORK_FORMATS:
            raise NetworkError(f"{os.fspath(path)}: a network is written as .gexf or .graphml")
        write_whole(path, network_bytes(self, ending))


AnyNetwork = TypeVar("AnyNetwork", bound=Network)


def network_bytes(network: Network, format: str) -> bytes:
    """Give a network as GEXF or GraphML.

    Characters that XML 1.0 cannot hold become U+FFFD, so that every reader can read the file.

    Raises:
        NetworkError: The format is neither ``gexf`` nor ``graphml``.

    References:
        XML 1.0, production 2 (Char).
    """
    import networkx as nx

    writers = {"gexf": nx.write_gexf, "graphml": nx.write_graphml}
    if format not in writers:
        raise NetworkError(f"no format {format!r}; there are {', '.join(NETWORK_FORMATS)}")
    buffer = io.BytesIO()
    writers[format](_readable(network.graph), buffer)
    # The day of writing would make the same network other bytes tomorrow.
    return re.sub(rb' lastmodifieddate="[^"]*"', b"", buffer.getvalue(), count=1)


def _readable(graph: nx.MultiDiGraph[str]) -> nx.MultiDiGraph[str]:
    def clean(value: Any) -> Any:
        return _NO_XML.sub("\ufffd", value) if isinstance(value, str) else value

    copy = graph.__class__(**{name: clean(value) for name, value in graph.graph.items()})
    for node, attributes in graph.nodes(data=True):
        copy.add_node(clean(node), **{name: clean(value) for name, value in attributes.items()})
    for source, target, key, attributes in graph.edges(keys=True, data=True):
        cleaned = {name: clean(value) for name, value in attributes.items()}
        copy.add_edge(clean(source), clean(target), key=clean(key), **cleaned)
    return copy


def build_network(
    store: GraphStore,
    answer: Answer,
    *,
    name: str = "partnership",
    steps: Answer | None = None,
    include_plans: bool = True,
) -> Network:
    """Build the network of an answer with the columns ``source`` and ``target``.

    Args:
        store: Where kinds and evidence are looked up.
        answer: One row a tie. Rows with a column ``thing`` are joined into one undirected tie a
            pair, whose weight is the number of things.
        name: What the network is called.
        steps: The answer of ``region-steps``; without it no node has a region.
        include_plans: Whether to keep ties that no report states as a fact, marked as such.

    Raises:
        NetworkError: The answer lacks these columns, or ties a thing to itself.
    """
    import networkx as nx

    if not {"source", "target"} <= answer.columns.keys():
        raise NetworkError(f"the question {answer.question!r} gives no ties (source, target)")
    is_fold = "thing" in answer.columns
    graph = nx.MultiGraph(name=name) if is_fold else nx.MultiDiGraph(name=name)
    lookup = _Lookup(store)
    grounds: dict[str, list[Ground]] = {}
    lookup.prefetch(answer)
    for row in answer:
        ends = (row["source"], row["target"])
        if not all(isinstance(end, Reference) for end in ends) or ends[0] == ends[1]:
            raise NetworkError(f"the question {answer.question!r} ties {ends[0]} to {ends[1]}")
        status = row["status"]
        asserts = isinstance(status, Reference) and lookup.asserts(status.iri)
        if not (asserts or include_plans):
            continue
        for end in ends:
            _add_node(store, graph, end)  # type: ignore[arg-type]
        source, target = (compact(end.iri) for end in ends)  # type: ignore[union-attr]
        cells = row.as_dict()
        relation = FOLD_LABEL if is_fold else row["relation"]
        through = cells.get("through")
        relation_name = compact(relation.iri) if isinstance(relation, Reference) else str(relation)
        key = f"{source} {relation_name} {target} {status}"
        if isinstance(through, Reference):
            key += f" {compact(through.iri)}"
        grounds.setdefault(key, []).append(_ground(lookup, row))
        if not graph.has_edge(source, target, key):
            fixed = {
                "label": str(relation),
                "relation": relation_name,
                "status": str(status),
                "asserts": asserts,
                **{name: str(cells.get(name) or "") for name in _FROM_CLAIMS},
                "paragraphs": "",
                "reports": "",
                "claims": "",
                "weight": 1,
            }
            graph.add_edge(source, target, key=key, **fixed)
    onward = _steps(steps)
    for step in onward:
        for claim in step.claims:
            lookup.claim(claim)
    grounds_of = {key: tuple(several) for key, several in grounds.items()}
    basis = Basis(lookup.claims, grounds_of, onward)
    network = Network(name, graph, answer, basis)
    for _, _, key, attributes in graph.edges(keys=True, data=True):
        attributes.update(_carried(basis, basis.grounds[key], is_fold=is_fold))
    _say_regions(network)
    return network


def without_claims(network: Network, claims: Collection[str]) -> Network:
    """Give the network as if some claims had never been made.

    Ties that nothing else carries are gone, and so is a node that has no tie any more; the others
    say what is left of their paragraphs, dates, contexts and topics. A theme that narrowed the
    network is taken as it was answered.

    Args:
        network: Built by ``build_network``; it is left as it is.
        claims: IRIs of claims.
    """
    gone = set(claims)
    is_fold = not network.graph.is_directed()
    graph = network.graph.copy()
    grounds = dict(network.basis.grounds)
    touched = [
        (source, target, key)
        for source, target, key in network.graph.edges(keys=True)
        if any(gone.intersection(pair) for ground in grounds.get(key, ()) for pair in ground.pairs)
    ]
    for source, target, key in touched:
        left = tuple(
            ground for one in grounds[key] if (ground := one.without(gone)).pairs or not one.pairs
        )
        if left:
            grounds[key] = left
            kept = _carried(network.basis, left, is_fold=is_fold)
            graph.edges[source, target, key].update(kept)
        else:
            del grounds[key]
            graph.remove_edge(source, target, key)
    graph.remove_nodes_from([node for node in graph if not graph.degree(node)])
    steps = tuple(
        replace(step, claims=tuple(claim for claim in step.claims if claim not in gone))
        for step in network.basis.steps
        if not step.claims or set(step.claims) - gone
    )
    known = {claim: one for claim, one in network.basis.claims.items() if claim not in gone}
    made = replace(network, graph=graph, basis=Basis(known, grounds, steps))
    _say_regions(made)
    return made


def claims_of(network: Network, key: str) -> tuple[str, ...]:
    """Give the IRIs of the claims behind an edge, in the order of the report."""
    pairs = (pair for ground in network.basis.grounds.get(key, ()) for pair in ground.pairs)
    return tuple(sorted({claim for pair in pairs for claim in pair}, key=natural_key))


def facts_of(graph: nx.MultiDiGraph[str], *, include_plans: bool = False) -> nx.Graph[str]:
    """Give the simple undirected graph that is measured: nodes and ties in sorted order.

    A pair counts once, however many ties it has and in whichever direction; a tie that no report
    states as a fact does not count, unless asked for. A node that is left without tie is not in it.
    """
    import networkx as nx

    simple: nx.Graph[str] = nx.Graph()
    pairs = {
        (min(source, target), max(source, target))
        for source, target, asserts in graph.edges(data="asserts", default=True)
        if (asserts or include_plans) and source != target
    }
    simple.add_nodes_from(sorted({node for pair in pairs for node in pair}))
    simple.add_edges_from(sorted(pairs))
    return simple


def ego_network(network: AnyNetwork, centre: str, *, radius: int = 1) -> AnyNetwork:
    """Keep what lies within a number of ties of one node, and the ties between.

    Args:
        network: What to cut from.
        centre: CURIE of the node.
        radius: How many ties away at the most.

    Raises:
        NetworkError: The node is not in the network.
    """
    import networkx as nx

    if centre not in network.graph:
        raise NetworkError(
            f"{centre} has no tie in the network {network.name!r}. That says only that the reports "
            "state none"
        )
    kept = nx.ego_graph(network.graph, centre, radius=radius, undirected=True)
    return replace(network, graph=kept)


def keep_kinds(network: AnyNetwork, kinds: Iterable[str]) -> AnyNetwork:
    """Keep the nodes of some kinds or classes (labels), and the ties between them."""
    wanted = {kind.casefold() for kind in kinds}
    nodes = [
        node
        for node, attributes in network.graph.nodes(data=True)
        if {attributes["kind"].casefold(), attributes["category"].casefold()} & wanted
    ]
    return replace(network, graph=network.graph.subgraph(nodes).copy())


def measure(
    graph: nx.MultiDiGraph[str], name: str, *, include_plans: bool = False
) -> dict[str, float]:
    """Compute a measure of every node on the undirected simple graph of ties that are facts.

    Args:
        graph: Any network. A node that has only plans has the value 0.
        name: ``degree`` (how many others a node is tied to), ``betweenness`` (share of shortest
            ways that pass through it, from 0 to 1), or ``pagerank``. ``measures`` has more.
        include_plans: Whether ties that no report states as a fact count too.

    Raises:
        NetworkError: There is no such measure.

    References:
        Freeman (1977) for betweenness; Page, Brin, Motwani and Winograd (1999) for PageRank.
    """
    import networkx as nx

    simple = facts_of(graph, include_plans=include_plans)
    values = dict.fromkeys(graph, 0.0)
    if name == "degree":
        return values | {node: float(len(simple[node])) for node in simple}
    if name == "betweenness":
        return values | dict(nx.betweenness_centrality(simple))
    if name == "pagerank":
        return values | (dict(nx.pagerank(simple)) if simple else {})
    raise NetworkError(f"no measure {name!r}; there are {', '.join(MEASURES)}")


def layout(graph: nx.MultiDiGraph[str], *, seed: int = SEED) -> dict[str, tuple[float, float]]:
    """Place the nodes: the same graph and seed give the same picture.

    Each component is laid out by itself (Kamada and Kawai 1989; Fruchterman and Reingold 1991 where
    it is large), nodes are then moved apart until each has room for its label, and the components
    are set in rows, largest first.

    Returns:
        Node to ``(x, y)``; a label takes about 2 by 1.
    """
    import networkx as nx

    simple = nx.Graph()
    simple.add_nodes_from(sorted(graph))
    simple.add_edges_from(sorted({tuple(sorted(edge)) for edge in graph.edges()}))
    components = sorted(nx.connected_components(simple), key=lambda part: (-len(part), min(part)))
    boxes = [_place(simple.subgraph(part), seed) for part in components]
    return _set_in_rows(boxes)


def _place(component: nx.Graph[str], seed: int) -> dict[str, tuple[float, float]]:
    """Lay out one component, its lower left corner at the origin."""
    import networkx as nx
    import numpy as np

    ordered = nx.Graph()
    ordered.add_nodes_from(sorted(component))
    ordered.add_edges_from(sorted(tuple(sorted(edge)) for edge in component.edges()))
    if len(ordered) <= EXACT_LAYOUT_NODES:
        raw = nx.kamada_kawai_layout(ordered, pos=nx.circular_layout(ordered))
    else:
        raw = nx.spring_layout(ordered, seed=seed, iterations=60)
    nodes = list(ordered)
    points = np.array([raw[node] for node in nodes], dtype=float)
    points = _moved_apart(points * len(nodes) ** 0.5 * np.array(STRETCH))
    points -= points.min(axis=0)
    return {node: (float(x), float(y)) for node, (x, y) in zip(nodes, points, strict=True)}


def _moved_apart(points: Any) -> Any:
    """Move points until no two labels overlap, each pair along the shorter way.

    Long chains and dense knots pass a push on slowly; they are given more room from some move on.

    Args:
        points: Array of shape ``(n, 2)``.

    Returns:
        A new array of the same shape.
    """
    import numpy as np

    moved = points.copy()
    room = np.array(LABEL_ROOM)
    for move in range(MOST_MOVES):
        apart = moved[:, None, :] - moved[None, :, :]
        overlap = room - np.abs(apart)
        touching = (overlap > TOLERANCE).all(axis=2)
        np.fill_diagonal(touching, False)
        if not touching.any():
            break
        along_x = overlap[:, :, 0] < overlap[:, :, 1]
        order = np.sign(np.arange(len(moved))[:, None] - np.arange(len(moved))[None, :])
        sign = np.where(apart == 0, order[:, :, None], np.sign(apart))
        push = np.where(
            np.stack([along_x, ~along_x], axis=2) & touching[:, :, None], sign * overlap / 2, 0
        )
        moved += 0.35 * push.sum(axis=1)
        if move >= PATIENT_MOVES and move % 10 == 0:
            moved *= 1.05
    return moved


def _set_in_rows(boxes: list[dict[str, tuple[float, float]]]) -> dict[str, tuple[float, float]]:
    """Set laid out components beside and below each other, about three wide to two high."""
    sizes = [
        (max(x for x, _ in box.values()) + GAP, max(y for _, y in box.values()) + GAP)
        for box in boxes
    ]
    area = sum(width * height for width, height in sizes)
    row_width = max([(1.5 * area) ** 0.5, *(width for width, _ in sizes)], default=0.0)
    places: dict[str, tuple[float, float]] = {}
    x = y = row_height = 0.0
    for box, (width, height) in zip(boxes, sizes, strict=True):
        if x and x + width > row_width:
            x, y, row_height = 0.0, y + row_height, 0.0
        places |= {node: (x + dx, y + dy) for node, (dx, dy) in box.items()}
        x += width
        row_height = max(row_height, height)
    return places


def _add_node(store: GraphStore, graph: nx.MultiDiGraph[str], end: Reference) -> None:
    name = compact(end.iri)
    if name in graph:
        return
    classes = classes_of(store, end.iri)
    kind = store.value(end.iri, COP + "kind")
    category = next((label for label in NODE_CLASSES if label in classes), "Other")
    kind_label = label_of(store, kind) if kind else category.lower()
    graph.add_node(name, label=end.label, kind=kind_label, category=category)


_FROM_CLAIMS: Final = ("start", "end", "contexts", "topics")
_SEPARATOR: Final = "; "
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Lookup:
    """Looks up each claim, status and label once."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._labels: dict[str, str] = {}
        self._asserts: dict[str, bool] = {}
        self.claims: dict[str, Particulars] = {}

    def prefetch(self, answer: Answer) -> None:
        """Tell the store, where it wants to know, what will be looked up."""
        self._store.prefetch(
            (cell.iri for row in answer for cell in row if isinstance(cell, Reference)),
            [COP + "kind"],
        )
        self._store.prefetch(
            sorted({claim for row in answer for claim in _claims(row)}), [COP + "paragraph"]
        )

    def asserts(self, status: str) -> bool:
        if status not in self._asserts:
            self._asserts[status] = self._store.value(status, COP + "asserts") == "true"
        return self._asserts[status]

    def label(self, iri: str) -> str:
        if iri not in self._labels:
            self._labels[iri] = label_of(self._store, iri)
        return self._labels[iri]

    def claim(self, iri: str) -> Particulars:
        if iri not in self.claims:
            self.claims[iri] = self._particulars(iri)
        return self.claims[iri]

    def _particulars(self, claim: str) -> Particulars:
        def value(of: str, predicate: str) -> str:
            return (self._store.value(of, predicate) if of else None) or ""

        def labels(name: str) -> tuple[str, ...]:
            terms = self._store.objects(claim, COP + name)
            return tuple(sorted(self.label(term.value) for term in terms))

        paragraph, status = value(claim, COP + "paragraph"), value(claim, COP + "status")
        report = value(paragraph, COP + "inReport")
        return Particulars(
            subject=value(claim, RDF + "subject"),
            object=value(claim, RDF + "object"),
            status=status,
            asserts=bool(status) and self.asserts(status),
            paragraph=paragraph,
            number=self.label(paragraph) if paragraph else "",
            report=self.label(report) if report else "",
            start=value(claim, COP + "start"),
            end=max((t.value for t in self._store.objects(claim, COP + "end")), default=""),
            contexts=labels("inContextOf"),
            topics=labels("topic"),
        )


def _claims(row: Row) -> tuple[str, ...]:
    claims = row[CLAIMS_COLUMN]
    return claims if isinstance(claims, tuple) else ()


def _ground(lookup: _Lookup, row: Row) -> Ground:
    """Tell which claims of a row are needed together.

    A shared thing needs a claim of each side; a theme through something else needs the claim that
    this addresses the theme and the one that ties the actor to it.
    """
    cells, claims = row.as_dict(), _claims(row)
    source, status = row["source"], row["status"]
    known = {claim: lookup.claim(claim) for claim in claims}
    first = [claim for claim, one in known.items() if _is_end(one, source)]
    if isinstance(thing := cells.get("thing"), Reference):
        target = [claim for claim, one in known.items() if _is_end(one, row["target"])]
        pairs = [(a, b) for a in first for b in target]
        joint = [_shared_status(known[a], known[b]) for a, b in pairs]
        context = thing.label
    elif isinstance(through := cells.get("through"), Reference):
        second = [claim for claim in claims if claim not in first]
        pairs = [(b, a) for a in first for b in second] or [(claim, claim) for claim in first]
        joint = [_through_status(known[b], known[a]) for b, a in pairs]
        context = through.label
    else:
        return Ground("", tuple((claim, claim) for claim in claims))
    wanted = status.iri if isinstance(status, Reference) else str(status)
    kept = (pair for pair, one in zip(pairs, joint, strict=True) if one == wanted)
    return Ground(context, tuple(kept))


def _is_end(claim: Particulars, end: object) -> bool:
    return isinstance(end, Reference) and end.iri in (claim.subject, claim.object)


def _shared_status(one: Particulars, other: Particulars) -> str:
    if one.asserts and other.asserts:
        return COP + "status-stated"
    return other.status if one.asserts else one.status


def _through_status(claim: Particulars, tie: Particulars) -> str:
    return claim.status if tie.asserts or not claim.asserts else tie.status


def _carried(basis: Basis, grounds: Sequence[Ground], *, is_fold: bool) -> dict[str, Any]:
    """Give the attributes of an edge that its claims carry; nothing where it has none."""
    pairs = [pair for ground in grounds for pair in ground.pairs]
    if not pairs:
        return {}
    claims = sorted({claim for pair in pairs for claim in pair}, key=natural_key)
    known = [basis.claims[claim] for claim in claims]
    shared = {ground.context for ground in grounds if ground.context}
    contexts = shared or {context for one in known for context in one.contexts}
    return {
        "start": min((one.start for one in known if one.start), default=""),
        "end": max((one.end for one in known if one.end), default=""),
        "contexts": _SEPARATOR.join(sorted(contexts)),
        "topics": _SEPARATOR.join(sorted({topic for one in known for topic in one.topics})),
        "paragraphs": _SEPARATOR.join(sorted({one.number for one in known}, key=natural_key)),
        "reports": _SEPARATOR.join(sorted({one.report for one in known if one.report})),
        "claims": " ".join(compact(claim) for claim in claims),
        "weight": len(grounds) if is_fold else 1,
    }


def _steps(answer: Answer | None) -> tuple[Step, ...]:
    return tuple(
        Step(thing.iri, relation.iri, row["next"], _claims(row))  # type: ignore[arg-type]
        for row in answer or ()
        if isinstance(thing := row["thing"], Reference)
        and isinstance(relation := row["relation"], Reference)
    )


def _say_regions(network: Network) -> None:
    """Set the region of every node: what the steps lead to, or that none is said.

    Only the first step may be a seat or a place of work: what a body with a seat somewhere is
    part of does not lie there.
    """
    onward = {COP + "isPartOf", COP + "m49Region"}
    steps: dict[str, list[Step]] = {}
    for step in network.basis.steps:
        steps.setdefault(compact(step.thing), []).append(step)
    for node, attributes in network.graph.nodes(data=True):
        found: set[str] = set()
        seen, ahead = {node}, list(steps.get(node, ()))
        while ahead:
            step = ahead.pop()
            if step.relation == COP + "m49Region":
                found.add(step.next.label)
                continue
            name = compact(step.next.iri)
            if name not in seen:
                seen.add(name)
                ahead += [one for one in steps.get(name, ()) if one.relation in onward]
        attributes["region"] = _SEPARATOR.join(sorted(found)) or NO_REGION
