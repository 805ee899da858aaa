"""Networks: the rows of a question become a networkx graph that keeps its evidence.

A network is a view of claims, not a second data structure: every edge is a row of a question in
``queries/networks/`` and carries the claims behind it. Parallel ties are kept.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cop_graph.errors import NetworkError
from cop_graph.files import write_whole
from cop_graph.model import Answer, Reference, Row
from cop_graph.names import classes_of, label_of
from cop_graph.namespaces import COP, compact

if TYPE_CHECKING:
    import networkx as nx

    from cop_graph.store import GraphStore

PROJECTIONS: Final = {"partnership": "partnership-ties"}
"""Name of a network to the question that gives its ties."""

MEASURES: Final = ("degree", "betweenness", "pagerank")
NODE_CLASSES: Final = ("State", "Organization", "Person", "Group")
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
class Network:
    """A network with the answer that it is made of.

    ``graph`` is a directed multigraph: nodes are CURIEs with ``label``, ``kind`` and ``category``;
    an edge has ``label``, ``status``, ``asserts``, ``start``, ``end``, ``contexts``, ``topics``,
    ``paragraphs`` and ``claims``, all text but ``asserts``.
    """

    name: str
    graph: nx.MultiDiGraph[str]
    answer: Answer

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


def network_bytes(network: Network, format: str) -> bytes:
    """Give a network as GEXF or GraphML.

    Raises:
        NetworkError: The format is neither ``gexf`` nor ``graphml``.
    """
    import networkx as nx

    writers = {"gexf": nx.write_gexf, "graphml": nx.write_graphml}
    if format not in writers:
        raise NetworkError(f"no format {format!r}; there are {', '.join(NETWORK_FORMATS)}")
    buffer = io.BytesIO()
    writers[format](network.graph, buffer)
    # The day of writing would make the same network other bytes tomorrow.
    return re.sub(rb' lastmodifieddate="[^"]*"', b"", buffer.getvalue(), count=1)


def build_network(store: GraphStore, answer: Answer, *, name: str = "partnership") -> Network:
    """Build the network of an answer with the columns ``source`` and ``target``.

    Args:
        store: Where kinds and evidence are looked up.
        answer: One row a tie.
        name: What the network is called.

    Raises:
        NetworkError: The answer lacks these columns, or ties a thing to itself.
    """
    import networkx as nx

    if not {"source", "target"} <= answer.columns.keys():
        raise NetworkError(f"the question {answer.question!r} gives no ties (source, target)")
    store.prefetch(
        (cell.iri for row in answer for cell in row if isinstance(cell, Reference)), [COP + "kind"]
    )
    store.prefetch(
        (claim for row in answer for cell in row if isinstance(cell, tuple) for claim in cell),
        [COP + "paragraph"],
    )
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=name)
    for row in answer:
        ends = (row["source"], row["target"])
        if not all(isinstance(end, Reference) for end in ends) or ends[0] == ends[1]:
            raise NetworkError(f"the question {answer.question!r} ties {ends[0]} to {ends[1]}")
        for end in ends:
            _add_node(store, graph, end)  # type: ignore[arg-type]
        source, target = (compact(end.iri) for end in ends)  # type: ignore[union-attr]
        attributes = _edge_attributes(store, row)
        key = f"{source} {attributes['relation']} {target} {attributes['status']}"
        graph.add_edge(source, target, key=key, **attributes)
    return Network(name, graph, answer)


def ego_network(network: Network, centre: str, *, radius: int = 1) -> Network:
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
    return Network(network.name, kept, network.answer)


def keep_kinds(network: Network, kinds: Iterable[str]) -> Network:
    """Keep the nodes of some kinds or classes (labels), and the ties between them."""
    wanted = {kind.casefold() for kind in kinds}
    nodes = [
        node
        for node, attributes in network.graph.nodes(data=True)
        if {attributes["kind"].casefold(), attributes["category"].casefold()} & wanted
    ]
    return Network(network.name, network.graph.subgraph(nodes).copy(), network.answer)


def measure(graph: nx.MultiDiGraph[str], name: str) -> dict[str, float]:
    """Compute a measure of every node on the undirected simple graph of ties.

    Args:
        graph: Any network.
        name: ``degree`` (how many others a node is tied to), ``betweenness`` (share of shortest
            ways that pass through it, from 0 to 1), or ``pagerank``.

    Raises:
        NetworkError: There is no such measure.

    References:
        Freeman (1977) for betweenness; Page, Brin, Motwani and Winograd (1999) for PageRank.
    """
    import networkx as nx

    simple = nx.Graph(graph.to_undirected())
    if name == "degree":
        return {node: float(len(simple[node])) for node in simple}
    if name == "betweenness":
        return dict(nx.betweenness_centrality(simple))
    if name == "pagerank":
        return dict(nx.pagerank(simple)) if simple else {}
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


def _edge_attributes(store: GraphStore, row: Row) -> Mapping[str, Any]:
    status = row["status"]
    claims = row["claims"]
    assert isinstance(claims, tuple)
    asserts = isinstance(status, Reference) and store.value(status.iri, COP + "asserts") == "true"
    relation = row["relation"]
    paragraphs = {
        label_of(store, paragraph.value)
        for claim in claims
        for paragraph in store.objects(claim, COP + "paragraph")
    }
    return {
        "label": str(relation),
        "relation": compact(relation.iri) if isinstance(relation, Reference) else str(relation),
        "status": str(status),
        "asserts": asserts,
        "start": str(row["start"] or ""),
        "end": str(row["end"] or ""),
        "contexts": str(row["contexts"] or ""),
        "topics": str(row["topics"] or ""),
        "paragraphs": "; ".join(sorted(paragraphs)),
        "claims": " ".join(compact(claim) for claim in claims),
    }
