"""Pictures: a network becomes one HTML file that can be read by anyone and sent as it is.

pyvis draws the network; the page around it is ours: legend, search, the evidence of a tie, a table
of the same facts. Nothing is loaded from anywhere, and no name can become markup or script.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from cop_graph.errors import NetworkError
from cop_graph.model import Evidence, Scope
from cop_graph.networks import Network, layout, measure
from cop_graph.palette import EDGE_STYLES, GREY, style_of, symbol

if TYPE_CHECKING:
    import networkx as nx

MOST_NODES: Final = 300
MEASURE_WORDS: Final = {
    "degree": "how many others it is tied to",
    "betweenness": "how often it lies on the shortest way between two others",
    "pagerank": "how much weight its ties give it (PageRank)",
}
SINGLE_REPORT_NOTE: Final = (
    "Drawn from what the reports say. Where no tie is drawn the reports state none; that does not "
    "mean that there is none."
)
_UNIT_PIXELS: Final = 100
_SIZES: Final = (11.0, 34.0)


def map_html(
    network: Network,
    evidence: Mapping[str, Evidence],
    *,
    scope: Scope,
    title: str,
    size_by: str = "degree",
) -> str:
    """Draw a network as one self-contained HTML page.

    Args:
        network: What to draw; at most ``MOST_NODES`` nodes.
        evidence: IRI of each claim behind an edge to its evidence.
        scope: What the network was searched in; stands in the caption.
        title: The heading.
        size_by: The measure that gives the size of a node, one of ``networks.MEASURES``.

    Returns:
        HTML that makes no request.

    Raises:
        NetworkError: The network is empty or too large to be read, or the measure is unknown.
    """
    graph = network.graph
    if not graph:
        raise NetworkError(
            f"there is no tie to draw. Searched: {scope}. "
            "That says only that the reports state none"
        )
    if len(graph) > MOST_NODES:
        raise NetworkError(
            f"{len(graph)} nodes are too many to read in one picture (at most {MOST_NODES}); "
            "narrow it with --focus, --theme or --kind"
        )
    sizes = measure(graph, size_by)
    drawing = _drawing(graph, layout(graph), sizes, size_by)
    return _page(
        drawing,
        title=title,
        caption=_caption(graph, scope, size_by),
        legend=_legend(graph),
        details=_details(graph, evidence),
        table=_table(graph),
    )


def _drawing(
    graph: nx.MultiDiGraph[str],
    places: Mapping[str, tuple[float, float]],
    sizes: Mapping[str, float],
    size_by: str,
) -> str:
    """Let pyvis draw, with our positions and no physics."""
    from pyvis.network import Network as Drawing

    drawing = Drawing(directed=True, height="100%", width="100%", cdn_resources="in_line")
    most = max(sizes.values()) or 1.0
    for node in sorted(graph):
        attributes = graph.nodes[node]
        _, colour, shape = style_of(attributes)
        x, y = places[node]
        share = (sizes[node] / most) ** 0.5
        drawing.add_node(
            node,
            label=_wrapped(attributes["label"]),
            title=f"{attributes['label']}\n{attributes['kind']}\n{size_by}: {_figure(sizes[node])}",
            color={
                "background": colour,
                "border": "#FFFFFF",
                "highlight": {"background": colour, "border": "#111827"},
                "hover": {"background": colour, "border": "#111827"},
            },
            shape=shape,
            size=_SIZES[0] + (_SIZES[1] - _SIZES[0]) * share,
            x=round(x * _UNIT_PIXELS, 1),
            y=round(y * _UNIT_PIXELS, 1),
            borderWidth=1.5,
        )
    for source, target, key, attributes in _sorted_edges(graph):
        colour, _ = EDGE_STYLES.get(attributes["label"], (GREY, attributes["label"]))
        drawing.add_edge(
            source,
            target,
            id=key,
            title=_tooltip(graph, source, target, attributes),
            color={"color": colour, "highlight": colour, "hover": colour, "opacity": 0.75},
            dashes=not attributes["asserts"],
            width=1.6 + 0.6 * min(attributes["claims"].count(" "), 4),
            arrows="" if attributes["relation"] == "cop:partnersWith" else "to",
        )
    _curve_parallels(drawing.edges)
    drawing.set_options(json.dumps(_OPTIONS))
    return str(drawing.generate_html(notebook=False))


_OPTIONS: Final = {
    "physics": {"enabled": False},
    "interaction": {
        "hover": True,
        "tooltipDelay": 120,
        "navigationButtons": False,
        "keyboard": {"enabled": True, "bindToWindow": False},
        "multiselect": False,
        "zoomSpeed": 0.6,
    },
    "nodes": {
        "font": {
            "size": 17,
            "face": "system-ui, -apple-system, Segoe UI, Roboto, sans-serif",
            "color": "#1F2937",
            "strokeWidth": 4,
            "strokeColor": "#FFFFFF",
        },
        "shadow": False,
    },
    "edges": {
        "smooth": {"enabled": True, "type": "continuous", "roundness": 0.15},
        "arrows": {"to": {"scaleFactor": 0.55}},
        "selectionWidth": 2,
        "hoverWidth": 1.2,
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


def _sorted_edges(graph: nx.MultiDiGraph[str]) -> list[tuple[str, str, str, dict[str, Any]]]:
    return sorted(graph.edges(keys=True, data=True), key=lambda edge: str(edge[2]))


def _wrapped(label: str, width: int = 22) -> str:
    """Break a label into lines of about a width, at most three, then an ellipsis."""
    lines: list[str] = []
    for word in label.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word[: 2 * width])
    return "\n".join(lines) if len(lines) <= 3 else "\n".join([*lines[:3]]) + " …"


def _figure(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.3f}"


def _tooltip(
    graph: nx.MultiDiGraph[str], source: str, target: str, attributes: Mapping[str, Any]
) -> str:
    lines = [
        f"{graph.nodes[source]['label']} {attributes['label']} {graph.nodes[target]['label']}",
        f"status: {attributes['status']}" + ("" if attributes["asserts"] else " (not a fact)"),
        f"paragraph {attributes['paragraphs']}",
    ]
    if attributes["contexts"]:
        lines.append(f"within: {attributes['contexts']}")
    if attributes["topics"]:
        lines.append(f"on: {attributes['topics']}")
    return "\n".join(lines)


def _details(
    graph: nx.MultiDiGraph[str], evidence: Mapping[str, Evidence]
) -> dict[str, dict[str, Any]]:
    """Give what the panel shows of each tie, by the identifier of the edge."""
    by_name = {_short(claim): entry for claim, entry in evidence.items()}
    details = {}
    for source, target, key, attributes in _sorted_edges(graph):
        details[key] = {
            "from": source,
            "to": target,
            "source": graph.nodes[source]["label"],
            "relation": attributes["label"],
            "target": graph.nodes[target]["label"],
            "status": attributes["status"],
            "asserts": attributes["asserts"],
            "dates": " to ".join(filter(None, (attributes["start"], attributes["end"]))),
            "contexts": attributes["contexts"],
            "topics": attributes["topics"],
            "evidence": [
                {
                    "claim": claim,
                    "report": by_name[claim].report.label,
                    "paragraph": by_name[claim].number,
                    "anchors": list(by_name[claim].anchors),
                    "voices": list(by_name[claim].voices),
                }
                for claim in attributes["claims"].split()
                if claim in by_name
            ],
        }
    return details


def _short(iri: str) -> str:
    from cop_graph.namespaces import compact

    return compact(iri)


def _caption(graph: nx.MultiDiGraph[str], scope: Scope, size_by: str) -> str:
    facts = sum(attributes["asserts"] for *_, attributes in graph.edges(data=True))
    plans = graph.number_of_edges() - facts
    return (
        f"{len(graph)} actors, {facts} stated ties and {plans} planned or proposed ones. "
        f"Size: {MEASURE_WORDS[size_by]}. Source: {scope}. {SINGLE_REPORT_NOTE}"
    )


def _legend(graph: nx.MultiDiGraph[str]) -> str:
    styles = {style_of(attributes) for _, attributes in graph.nodes(data=True)}
    kinds = "".join(
        f'<li><svg viewBox="0 0 20 20" aria-hidden="true">{symbol(shape, colour)}</svg>'
        f"{html.escape(name)}</li>"
        for name, colour, shape in sorted(styles)
    )
    relations = sorted({attributes["label"] for *_, attributes in graph.edges(data=True)})
    ties = "".join(
        f'<li><svg viewBox="0 0 28 20" aria-hidden="true"><line x1="1" y1="10" x2="27" y2="10" '
        f'stroke="{EDGE_STYLES.get(name, (GREY, name))[0]}" stroke-width="3"/></svg>'
        f"{html.escape(EDGE_STYLES.get(name, (GREY, name))[1])}</li>"
        for name in relations
    )
    has_plans = any(not attributes["asserts"] for *_, attributes in graph.edges(data=True))
    plan = (
        '<li><svg viewBox="0 0 28 20" aria-hidden="true"><line x1="1" y1="10" x2="27" y2="10" '
        'stroke="#33475B" stroke-width="3" stroke-dasharray="5 4"/></svg>planned, expected or '
        "proposed: not a fact</li>"
        if has_plans
        else ""
    )
    return f"<h2>Who</h2><ul>{kinds}</ul><h2>Ties</h2><ul>{ties}{plan}</ul>"


def _table(graph: nx.MultiDiGraph[str]) -> str:
    rows = "".join(
        "<tr>"
        f"<td>{html.escape(graph.nodes[source]['label'])}</td>"
        f"<td>{html.escape(attributes['label'])}</td>"
        f"<td>{html.escape(graph.nodes[target]['label'])}</td>"
        f"<td>{html.escape(attributes['status'])}</td>"
        f"<td>{html.escape(attributes['topics'])}</td>"
        f"<td>{html.escape(attributes['paragraphs'])}</td>"
        f'<td><button type="button" data-edge="{html.escape(key)}">Evidence</button></td>'
        "</tr>"
        for source, target, key, attributes in _sorted_edges(graph)
    )
    heads = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("From", "Tie", "To", "Status", "On", "Paragraph", "")
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _page(
    drawing: str, *, title: str, caption: str, legend: str, details: Mapping[str, Any], table: str
) -> str:
    """Set pyvis's script into a page of ours that asks for nothing from outside."""
    library, calls = _scripts(drawing)
    # A script element ends at "</": no text may hold it (HTML 13.2.5.3).
    known = json.dumps(details, ensure_ascii=True, sort_keys=True).replace("<", "\\u003c")
    return _TEMPLATE.format(
        title=html.escape(title),
        caption=html.escape(caption),
        legend=legend,
        table=table,
        style=_STYLE,
        library=library,
        calls=calls,
        details=known,
        behaviour=_BEHAVIOUR,
    )


def _scripts(drawing: str) -> tuple[str, str]:
    """Take vis-network and the calls that pyvis wrote out of its page."""
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", drawing, re.DOTALL)
    library = max(scripts, key=len)
    calls = next((text for text in scripts if "drawGraph" in text and text is not library), "")
    if "vis.Network" not in calls:
        raise NetworkError("pyvis wrote a page of an unknown form; use pyvis 0.3.2")
    return library, calls.replace("</", "<\\/")


_STYLE: Final = """
:root { color-scheme: light; --ink: #1f2937; --soft: #6b7280; --line: #e5e7eb; --paper: #ffffff;
  --ground: #f7f8fa; --accent: #0072b2; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
header { padding: 1.4rem 2rem 1rem; background: var(--paper);
  border-bottom: 1px solid var(--line); }
h1 { margin: 0 0 .3rem; font-size: 1.5rem; font-weight: 650; letter-spacing: -.01em; }
header p { margin: 0; color: var(--soft); font-size: .88rem; max-width: 110ch; }
main { display: grid; grid-template-columns: minmax(0, 1fr) 21rem; gap: 1rem; padding: 1rem 2rem; }
#stage { position: relative; height: min(78vh, 60rem); background: var(--paper);
  border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
#mynetwork { width: 100%; height: 100%; }
#mynetwork:focus-within, :focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
aside { display: flex; flex-direction: column; gap: 1rem; min-width: 0; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 10px;
  padding: .9rem 1.1rem; }
.card h2 { margin: .8rem 0 .3rem; font-size: .76rem; text-transform: uppercase;
  letter-spacing: .07em; color: var(--soft); }
.card h2:first-child { margin-top: 0; }
.card ul { list-style: none; margin: 0; padding: 0; font-size: .88rem; }
.card li { display: flex; align-items: center; gap: .55rem; padding: .13rem 0; }
.card svg { width: 1.35rem; height: 1.05rem; flex: none; }
label { display: block; font-size: .8rem; color: var(--soft); margin-bottom: .25rem; }
input { width: 100%; padding: .5rem .65rem; font: inherit; border: 1px solid #c8ccd3;
  border-radius: 7px; background: var(--paper); color: var(--ink); }
#panel { flex: 1; overflow: auto; max-height: 34rem; overflow-wrap: anywhere; }
#panel .claim { border-left: 3px solid var(--accent); padding: .1rem 0 .1rem .7rem; margin: .6rem 0;
  font-size: .9rem; }
#panel q { font-style: italic; }
#panel .small { color: var(--soft); font-size: .8rem; }
#panel .plan { color: #a34a00; font-weight: 600; }
#panel button, td button { font: inherit; font-size: .82rem; color: var(--accent); background: none;
  border: 1px solid transparent; padding: .1rem .3rem; cursor: pointer; border-radius: 5px;
  text-align: left; }
#panel button:hover, td button:hover { border-color: var(--accent); }
section.table { padding: 0 2rem 2rem; }
summary { cursor: pointer; font-weight: 600; padding: .5rem 0; }
table { border-collapse: collapse; width: 100%; background: var(--paper); font-size: .86rem; }
th, td { text-align: left; vertical-align: top; padding: .42rem .6rem;
  border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
th, td:nth-child(4), td:nth-child(6), td button { white-space: nowrap; }
td:nth-child(1), td:nth-child(3), td:nth-child(5) { min-width: 9rem; max-width: 24rem;
  overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; position: sticky; top: 0; background: var(--paper); }
div.vis-tooltip { position: absolute; visibility: hidden; padding: .5rem .7rem;
  white-space: pre-line;
  max-width: 26rem; font: 13px/1.45 system-ui, sans-serif; color: var(--ink); background: #fff;
  border: 1px solid var(--line); border-radius: 7px; box-shadow: 0 4px 16px rgba(17, 24, 39, .14);
  pointer-events: none; z-index: 5; overflow-wrap: anywhere; }
@media (max-width: 60rem) { main { grid-template-columns: minmax(0, 1fr); padding: 1rem; }
  header, section.table { padding-left: 1rem; padding-right: 1rem; }
  #stage { height: min(68vh, 34rem); }
  section.table div { overflow-x: auto; } }
@media print { aside .search { display: none; } main { display: block; } }
"""

_BEHAVIOUR: Final = r"""
(function () {
  "use strict";
  var ties = JSON.parse(document.getElementById("ties").textContent);
  var panel = document.getElementById("panel");
  function element(tag, text, name) {
    var made = document.createElement(tag);
    if (text !== undefined) { made.textContent = text; }
    if (name) { made.className = name; }
    return made;
  }
  function sentence(made, tie) {  // <bdi> keeps a name's direction marks to the name
    made.append(element("bdi", tie.source), " " + tie.relation + " ", element("bdi", tie.target));
    return made;
  }
  function line(name, text) {
    if (text) { panel.append(element("p", name + ": " + text, "small")); }
  }
  function showTie(key) {
    var tie = ties[key];
    if (!tie) { return; }
    panel.replaceChildren(element("h2", "Tie"));
    panel.append(sentence(element("p"), tie));
    panel.append(element("p", "status: " + tie.status + (tie.asserts ? "" : " \u2013 not a fact"),
      tie.asserts ? "small" : "plan"));
    line("dates", tie.dates); line("within", tie.contexts); line("on", tie.topics);
    panel.append(element("h2", "Evidence"));
    tie.evidence.forEach(function (entry) {
      var box = element("div", undefined, "claim");
      entry.anchors.forEach(function (anchor) { box.append(element("q", anchor), " "); });
      box.append(element("div", "paragraph " + entry.paragraph + ", " + entry.report, "small"));
      if (entry.voices.length) {
        box.append(element("div", "according to " + entry.voices.join(", "), "small"));
      }
      box.append(element("div", entry.claim, "small"));
      panel.append(box);
    });
  }
  function showNode(id) {
    var node = nodes.get(id);
    if (!node) { return; }
    panel.replaceChildren(element("h2", "Actor"));
    String(node.title).split("\n").forEach(function (text, n) {
      panel.append(element("p", text, n ? "small" : ""));
    });
    panel.append(element("h2", "Ties"));
    Object.keys(ties).sort().forEach(function (key) {
      var tie = ties[key];
      if (tie.from !== id && tie.to !== id) { return; }
      var button = sentence(element("button"), tie);
      if (!tie.asserts) { button.append(" (" + tie.status + ")"); }
      button.type = "button";
      button.addEventListener("click", function () {
        network.selectEdges([key]); showTie(key); panel.focus();
      });
      panel.append(button);
    });
  }
  network.on("click", function (event) {
    if (event.nodes.length) { showNode(event.nodes[0]); }
    else if (event.edges.length) { showTie(event.edges[0]); }
  });
  document.querySelectorAll("button[data-edge]").forEach(function (button) {
    button.addEventListener("click", function () {
      showTie(button.dataset.edge);
      network.selectEdges([button.dataset.edge]);
      panel.scrollIntoView({ block: "nearest" });
      panel.focus();
    });
  });
  var search = document.getElementById("search");
  search.addEventListener("input", function () {
    var words = search.value.trim().toLowerCase();
    var found = words ? nodes.getIds().filter(function (id) {
      return String(nodes.get(id).title).split("\n")[0].toLowerCase().indexOf(words) >= 0;
    }) : [];
    network.selectNodes(found);
    document.getElementById("found").textContent = words ? found.length + " found" : "";
    if (found.length === 1) { showNode(found[0]); }
    if (found.length) { network.fit({ nodes: found, maxZoomLevel: 1.3, animation: false }); }
    else { network.fit({ animation: false }); }
  });
  network.once("afterDrawing", function () { network.fit({ animation: false }); });
  var wait;
  window.addEventListener("resize", function () {
    clearTimeout(wait);
    wait = setTimeout(function () { network.fit({ animation: false }); }, 120);
  });
})();
"""

_TEMPLATE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:">
<meta name="generator" content="cop-graph map">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header><h1>{title}</h1><p>{caption}</p></header>
<main>
<div id="stage"><div id="mynetwork" tabindex="0" role="application" \
aria-label="Network map. The table below holds the same ties."></div></div>
<aside>
<div class="card search"><label for="search">Find an actor</label>
<input id="search" type="search" autocomplete="off" spellcheck="false">
<span id="found" role="status" class="small"></span></div>
<div class="card">{legend}</div>
<div class="card" id="panel" tabindex="-1" aria-live="polite"><h2>Evidence</h2>
<p>Choose an actor or a tie to see the words that say so.</p></div>
</aside>
</main>
<section class="table"><details><summary>All ties as a table</summary><div>{table}</div></details>
</section>
<script>{library}</script>
<script>{calls}</script>
<script type="application/json" id="ties">{details}</script>
<script>{behaviour}</script>
</body>
</html>
"""
