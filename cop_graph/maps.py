"""Maps: a network becomes one HTML file that can be read by anyone and sent as it is.

Python places the actors and hands over the facts with their evidence; the map module in
``browser/src/map`` shows them. Nothing is loaded from anywhere, and no name can become markup or
script.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from cop_graph.browser import bundle
from cop_graph.errors import NetworkError
from cop_graph.layouts import place_many
from cop_graph.model import Evidence, Scope
from cop_graph.namespaces import compact
from cop_graph.networks import SEED, Network, layout, measure
from cop_graph.palette import EDGE_STYLES, GREY, style_of

if TYPE_CHECKING:
    import networkx as nx

RENDERERS: Final = ("pyvis", "sigma")
MOST_PYVIS_NODES: Final = 200
"""Up to here pyvis draws. Its first frame stands about when sigma's does at 100 actors and later at
300 (``benchmarks/map_page.py``)."""

MOST_NODES: Final = 10_000
"""No more actors than these are drawn: a picture of more cannot be read."""

EXACT_LAYOUT_NODES: Final = 300
MEASURE_WORDS: Final = {
    "degree": "how many others it is tied to, plans not counted",
    "betweenness": "how often it lies on the shortest way between two others",
    "pagerank": "how much weight its ties give it (PageRank)",
}
_ANY_NOUN: Final = "thing"
_NOUNS: Final = {
    **dict.fromkeys(("State", "Organization", "Person", "Group"), "actor"),
    **{name: name.lower() for name in ("Theme", "Initiative", "Agreement", "Document", "Event")},
    **{name: name.lower() for name in ("Resource", "Place")},
}
"""Category of a node to what one such is called; all others are things."""

_MOST_NOUNS: Final = 2
"""A caption names so many sorts of nodes; more together are things."""

SILENCE_NOTE: Final = (
    "Drawn from what the reports say. Where no tie is drawn the reports state none; that does not "
    "mean that there is none."
)
SINGLE_REPORT_NOTE: Final = (
    "This is one report. It can show who is named together, on what, and which words say so. It "
    "cannot show who matters most: an actor stands out here because the report writes about it."
)
SEVERAL_REPORTS_NOTE: Final = (
    "An actor stands out here because the reports write about it, which is not the same as being "
    "important."
)
PLAN_NOTE: Final = (
    "Dashed ties are not facts: the reports plan, expect, propose, explore or deny them."
)
_DASHES: Final = [15, 11]
"""Long enough to be seen as dashes while the whole map is in view."""

_UNIT_PIXELS: Final = 100
_DENSE_UNIT_PIXELS: Final = 34
MUTUAL: Final = (
    "cop:partnersWith",
    "is tied to",
    "shares a partner with",
    "submits a document with",
    "takes part in the same as",
)
"""Relations that are drawn without an arrow."""
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def map_html(
    network: Network,
    evidence: Mapping[str, Evidence],
    *,
    scope: Scope,
    title: str,
    size_by: str = "degree",
    renderer: str | None = None,
    places: Mapping[str, tuple[float, float]] | None = None,
) -> str:
    """Draw a network as one self-contained HTML page.

    Args:
        network: What to draw; of more than ``MOST_NODES`` actors those with the most ties.
        evidence: IRI of each claim behind an edge to its evidence.
        scope: What the network was searched in; stands in the caption.
        title: The heading.
        size_by: The measure that gives the size of a node, one of ``networks.MEASURES``.
        places: Where each node stands, in pixels; computed where it is not given.
        renderer: ``pyvis`` or ``sigma``; ``None`` is pyvis up to ``MOST_PYVIS_NODES`` actors.

    Returns:
        HTML that makes no request; the same of the same network.

    Raises:
        NetworkError: The network is empty, or measure or renderer are unknown.
        NotBuiltError: The bundle of the map is not there.
    """
    payload = map_payload(
        network, evidence, scope=scope, title=title, size_by=size_by, places=places
    )
    if renderer is None:
        renderer = "pyvis" if len(payload["nodes"]) <= MOST_PYVIS_NODES else "sigma"
    if renderer not in RENDERERS:
        raise NetworkError(f"no renderer {renderer!r}; there are {', '.join(RENDERERS)}")
    scripts = [*_pyvis_scripts(payload)] if renderer == "pyvis" else []
    scripts += [bundle("map.js"), _START]
    style = bundle("map.css") + _STYLE
    name = html.escape(_plain(title))
    # A script element ends at "</": no text may hold it (HTML 13.2.5.3).
    known = json.dumps(payload, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
    policy = _POLICY.format(
        scripts=" ".join(_hash(script) for script in scripts), style=_hash(style)
    )
    return _TEMPLATE.format(
        policy=policy,
        title=name,
        style=style,
        payload=known,
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def map_payload(
    network: Network,
    evidence: Mapping[str, Evidence],
    *,
    scope: Scope,
    title: str,
    size_by: str = "degree",
    places: Mapping[str, tuple[float, float]] | None = None,
) -> dict[str, Any]:
    """Give what the map module shows, as JSON; ``browser/src/map/payload.ts`` has the types.

    Returns:
        ``format`` is 1. ``title``, ``about`` (counts, and what is left out), ``source`` (the
        scope), ``version`` (of the data) and ``notes`` (what reports can and cannot show) are
        texts for people. ``nouns`` is what the nodes are called together (``one``, ``many``).
        ``measure`` has ``name`` and ``words``. ``kinds`` (``name``, ``noun``, ``colour``,
        ``shape``), ``relations`` (``name``, ``words``, ``colour``, ``directed``), ``statuses``
        (``name``, ``asserts``), ``themes``, ``regions`` and ``reports`` are lists that the rest
        points into by position.

        ``nodes``: ``id`` (CURIE), ``label``, ``kind``, ``style`` (position in ``kinds``),
        ``region`` (position, -1 is none), ``x`` and ``y`` (pixels at the first size, y downwards),
        ``value`` (of the measure). ``edges``: ``id``, ``source`` and ``target`` (positions in
        ``nodes``), ``relation``, ``status``, ``start``, ``end``, ``within``, ``themes``,
        ``paragraphs``, ``claims`` (CURIEs). ``claims``: CURIE to ``report`` (position),
        ``paragraph``, ``anchors``, ``voices``, ``status``.

    Raises:
        NetworkError: The network is empty, or the measure is unknown.
    """
    if not network.graph:
        raise NetworkError(
            f"there is no tie to draw. Searched: {scope}. "
            "That says only that the reports state none"
        )
    sizes = measure(network.graph, size_by)
    graph, left_out = _most_tied(network.graph)
    places = places or _places(graph)
    nodes = sorted(graph)
    edges = sorted(graph.edges(keys=True, data=True), key=lambda edge: str(edge[2]))
    known = {compact(claim): entry for claim, entry in evidence.items()}
    tables = {
        "kinds": _Table(_kind(graph.nodes[node]) for node in nodes),
        "relations": _Table((edge["label"], _is_directed(graph, edge)) for *_, edge in edges),
        "statuses": _Table((not edge["asserts"], edge["status"]) for *_, edge in edges),
        "themes": _Table(theme for *_, edge in edges for theme in _list(edge["topics"])),
        "regions": _Table(filter(None, (_region(graph.nodes[node]) for node in nodes))),
        "reports": _Table(entry.report.label for entry in known.values()),
    }
    position = {node: number for number, node in enumerate(nodes)}
    return {
        "format": 1,
        "title": title,
        "about": about_graph(network.graph, left_out),
        "source": str(scope),
        "version": scope.version,
        "notes": notes_on(graph, scope),
        "nouns": dict(zip(("one", "many"), nouns_of(network.graph), strict=True)),
        "measure": {"name": size_by, "words": MEASURE_WORDS[size_by]},
        "kinds": [
            {"name": name, "noun": noun, "colour": colour, "shape": shape}
            for name, colour, shape, noun in tables["kinds"]
        ],
        "relations": [
            {"name": name, "words": words, "colour": colour, "directed": directed}
            for name, directed in tables["relations"]
            for colour, words in [EDGE_STYLES.get(name, (GREY, name))]
        ],
        "statuses": [{"name": name, "asserts": not plan} for plan, name in tables["statuses"]],
        "themes": list(tables["themes"]),
        "regions": list(tables["regions"]),
        "reports": list(tables["reports"]),
        "nodes": [
            {
                "id": node,
                "label": attributes["label"],
                "kind": attributes["kind"],
                "style": tables["kinds"][_kind(attributes)],
                "region": tables["regions"].get(_region(attributes)),
                "x": places[node][0],
                "y": places[node][1],
                "value": round(sizes[node], 6),
            }
            for node in nodes
            for attributes in [graph.nodes[node]]
        ],
        "edges": [
            {
                "id": key,
                "source": position[source],
                "target": position[target],
                "relation": tables["relations"][(edge["label"], _is_directed(graph, edge))],
                "status": tables["statuses"][(not edge["asserts"], edge["status"])],
                "start": edge["start"],
                "end": edge["end"],
                "within": edge["contexts"],
                "themes": [tables["themes"][theme] for theme in _list(edge["topics"])],
                "paragraphs": edge["paragraphs"],
                "claims": edge["claims"].split(),
            }
            for source, target, key, edge in edges
        ],
        "claims": {
            claim: {
                "report": tables["reports"][known[claim].report.label],
                "paragraph": known[claim].number,
                "anchors": list(known[claim].anchors),
                "voices": list(known[claim].voices),
                "status": known[claim].status,
            }
            for claim in sorted({claim for *_, edge in edges for claim in edge["claims"].split()})
            if claim in known
        },
    }


def _is_directed(graph: nx.MultiDiGraph[str], edge: Mapping[str, Any]) -> bool:
    return graph.is_directed() and edge["relation"] not in MUTUAL


class _Table:
    """Values without repetition, sorted, each with its position."""

    def __init__(self, values: Iterable[Any]) -> None:
        self._positions = {value: number for number, value in enumerate(sorted(set(values)))}

    def __iter__(self) -> Any:
        return iter(self._positions)

    def __getitem__(self, value: Any) -> int:
        return self._positions[value]

    def get(self, value: Any) -> int:
        """Give the position, -1 where there is none."""
        return self._positions.get(value, -1)


def _list(text: str) -> list[str]:
    return [part for part in text.split("; ") if part]


def _region(attributes: Mapping[str, Any]) -> str:
    return str(attributes.get("region") or "")


def _most_tied(graph: nx.MultiDiGraph[str]) -> tuple[nx.MultiDiGraph[str], int]:
    """Give the network, of too many actors those tied to the most others, and how many are not."""
    if len(graph) <= MOST_NODES:
        return graph, 0
    degree = measure(graph, "degree")
    kept = sorted(graph, key=lambda node: (-degree[node], node))[:MOST_NODES]
    return graph.subgraph(kept), len(graph) - MOST_NODES


def _places(graph: nx.MultiDiGraph[str]) -> dict[str, tuple[float, float]]:
    """Place the nodes, in pixels at the first size."""
    if len(graph) <= EXACT_LAYOUT_NODES:
        places, unit = layout(graph), _UNIT_PIXELS
    else:
        places, unit = place_many(graph, seed=SEED), _DENSE_UNIT_PIXELS
    return {node: (round(x * unit, 1), round(y * unit, 1)) for node, (x, y) in places.items()}


def about_graph(graph: nx.MultiDiGraph[str], left_out: int = 0) -> str:
    """Say how much a map holds, and how much it leaves out."""
    facts = sum(attributes["asserts"] for *_, attributes in graph.edges(data=True))
    plans = graph.number_of_edges() - facts
    one, many = nouns_of(graph)
    count = f"{len(graph)} {one if len(graph) == 1 else many}"
    text = f"{count}. Ties stated as facts: {facts}; not as facts: {plans}."
    if left_out:
        left = f"{left_out} {one} is" if left_out == 1 else f"{left_out} {many} are"
        text += (
            f" {left} left out, those tied to the fewest others: no picture of more "
            f"than {MOST_NODES} can be read. Narrow it with --focus, --theme or --kind."
        )
    return text


def nouns_of(graph: nx.MultiDiGraph[str]) -> tuple[str, str]:
    """Give what the nodes are called together, one and many of them.

    Example:
        >>> import networkx as nx
        >>> graph = nx.MultiDiGraph()
        >>> graph.add_node("copd:state-chad", category="State")
        >>> graph.add_node("copd:theme-privacy", category="Theme")
        >>> nouns_of(graph)
        ('actor or theme', 'actors and themes')
    """
    nouns = sorted({_noun(attributes) for _, attributes in graph.nodes(data=True)})
    if len(nouns) > _MOST_NOUNS:
        nouns = [_ANY_NOUN]
    return " or ".join(nouns), " and ".join(f"{noun}s" for noun in nouns)


def _noun(attributes: Mapping[str, Any]) -> str:
    return _NOUNS.get(attributes["category"], _ANY_NOUN)


def _kind(attributes: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Give the name, colour and shape of the kind of a node, and what one such is called."""
    return (*style_of(attributes), _noun(attributes))


def notes_on(graph: nx.MultiDiGraph[str], scope: Scope) -> list[str]:
    """Say what a map of these reports can and cannot show."""
    notes = [SILENCE_NOTE]
    notes.append(SINGLE_REPORT_NOTE if len(scope.reports) == 1 else SEVERAL_REPORTS_NOTE)
    if any(not attributes["asserts"] for *_, attributes in graph.edges(data=True)):
        notes.append(PLAN_NOTE)
    return notes


def _pyvis_scripts(payload: Mapping[str, Any]) -> tuple[str, str]:
    """Let pyvis draw, with our positions and no physics; give its library and its calls."""
    from pyvis.network import Network as Drawing

    drawing = Drawing(directed=True, height="100%", width="100%", cdn_resources="in_line")
    for node in payload["nodes"]:
        kind = payload["kinds"][node["style"]]
        drawing.add_node(
            node["id"],
            label=" ",  # the map module writes the labels, so that none overlap
            shape=kind["shape"],
            color=kind["colour"],
            x=node["x"],
            y=node["y"],
        )
    ids = [node["id"] for node in payload["nodes"]]
    for edge in payload["edges"]:
        relation = payload["relations"][edge["relation"]]
        drawing.add_edge(
            ids[edge["source"]],
            ids[edge["target"]],
            id=edge["id"],
            color=relation["colour"],
            dashes=False if payload["statuses"][edge["status"]]["asserts"] else _DASHES,
            arrows="to" if relation["directed"] else "",
        )
    _curve_parallels(drawing.edges)
    drawing.set_options(json.dumps(_OPTIONS))
    return _scripts(str(drawing.generate_html(notebook=False)))


_OPTIONS: Final = {
    "physics": {"enabled": False},
    "interaction": {
        "hover": False,
        "navigationButtons": False,
        "keyboard": {"enabled": False},
        "multiselect": False,
        "selectable": False,
        "dragNodes": False,
        "zoomSpeed": 0.6,
    },
    "nodes": {"font": {"size": 0}, "borderWidth": 1.5, "shadow": False},
    "edges": {
        "smooth": {"enabled": True, "type": "continuous", "roundness": 0.15},
        "arrows": {"to": {"scaleFactor": 0.5}},
    },
}


def _curve_parallels(edges: Iterable[dict[str, Any]]) -> None:
    """Bend ties between the same two nodes apart, so that each can be seen and clicked."""
    seen: dict[tuple[str, ...], int] = {}
    for edge in edges:
        pair = tuple(sorted((str(edge["from"]), str(edge["to"]))))
        number = seen.get(pair, 0)
        seen[pair] = number + 1
        if number:
            side = (
                "curvedCW" if (number % 2 == 1) == (str(edge["from"]) == pair[0]) else "curvedCCW"
            )
            edge["smooth"] = {
                "enabled": True,
                "type": side,
                "roundness": 0.18 * ((number + 1) // 2),
            }


def _scripts(drawing: str) -> tuple[str, str]:
    """Take vis-network and the calls that pyvis wrote out of its page."""
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", drawing, re.DOTALL)
    calls = next((text for text in scripts if "vis.Network" in text and "drawGraph" in text), "")
    library = max((text for text in scripts if text is not calls), key=len, default="")
    if not calls or not library:
        raise NetworkError("pyvis wrote a page of an unknown form; use pyvis 0.3.2")
    return library, calls.replace("</", "<\\/")


def _plain(text: str) -> str:
    """Replace what no HTML may hold: control characters and half characters."""
    return _CONTROL.sub("\ufffd", text)


def _hash(text: str) -> str:
    """Name a script or style in a policy (Content Security Policy Level 3, 6.7.3.3)."""
    digest = hashlib.sha256(text.replace("\r\n", "\n").replace("\r", "\n").encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


_POLICY: Final = (
    "default-src 'none'; script-src {scripts}; style-src {style}; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)

_START: Final = """
(function () {
  "use strict";
  var payload = JSON.parse(document.getElementById("payload").textContent);
  var drawing = typeof vis === "undefined" ? undefined : { network: network, nodes: nodes,
    edges: edges, element: document.getElementById("mynetwork") };
  window.map = copGraphMap.mount(document.getElementById("map"), payload,
    drawing ? { drawing: drawing } : {});
})();
"""

_STYLE: Final = """
body { margin: 0; background: #f6f7f9; color: #1f2937;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
header { padding: 1.3rem 1.6rem .2rem; }
h1 { margin: 0; font-size: 1.5rem; font-weight: 650; letter-spacing: -.01em;
  overflow-wrap: anywhere; }
main { padding: .9rem 1.6rem 2rem; }
noscript { display: block; padding: 0 1.6rem; }
@media (max-width: 40rem) { header, main { padding-left: .8rem; padding-right: .8rem; } }
@media (prefers-color-scheme: dark) { body { background: #0d1117; color: #e6e9ee; } }
@media print { body { background: #fff; color: #000; } }
"""

_TEMPLATE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="generator" content="cop-graph map">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header><h1>{title}</h1></header>
<main id="map"><div id="mynetwork"></div></main>
<noscript>This map needs JavaScript. <code>cop-graph ask partners-of --actor NAME</code> gives the \
same facts as text.</noscript>
<script type="application/json" id="payload">{payload}</script>
{scripts}
</body>
</html>
"""
