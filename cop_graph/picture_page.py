"""The page of a picture: the drawing, the evidence of each mark, and the same facts as a table.

One file that makes no request: style and script are ours, allowed by their hashes, and everything
else is forbidden. Without script the table still holds every fact with its evidence.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Mapping
from typing import Final

from cop_graph.drawing import clean
from cop_graph.model import Evidence
from cop_graph.scenes import Fact, Scene, caption, count


def picture_page(
    scene: Scene, svg: str, crop: tuple[float, float], evidence: Mapping[str, Evidence]
) -> str:
    """Give a picture as one self-contained HTML page.

    Args:
        scene: What is drawn.
        svg: The framed picture.
        crop: The height at which drawing and legend begin and end in it.
        evidence: By CURIE of the claim.
    """
    return _PAGE.format(
        policy=_policy(),
        broad=' class="broad"' if scene.width > BROAD else "",
        title=_text(scene.title),
        subtitle=_text(scene.subtitle),
        style=_STYLE,
        drawing=_cropped(svg, crop),
        notes="".join(f"<p>{_text(note)}</p>" for note in scene.notes),
        source=_text(caption(scene.scope)),
        credit=_text(scene.credit),
        total=count(len(scene.facts), "row"),
        table=_table(scene, evidence),
        script=_SCRIPT,
    )


def _policy() -> str:
    """Allow exactly our own script and style (Content Security Policy 3, 6.7.3.3)."""
    style, script = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (_STYLE, _SCRIPT)
    )
    return (
        f"default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _text(words: str) -> str:
    return html.escape(clean(words))


def _cropped(svg: str, crop: tuple[float, float]) -> str:
    """Give the drawing with its legend; title and caption are text of the page."""
    svg = svg.partition("\n")[2]
    top, bottom = crop
    found = re.search(r'width="([\d.]+)" height="([\d.]+)" viewBox="[^"]*"', svg)
    if found is None:
        return svg
    height = f"{bottom - top:.1f}"
    box = f'width="{found[1]}" height="{height}" viewBox="0 {top:.1f} {found[1]} {height}"'
    return svg.replace(found[0], box, 1).replace('role="img"', 'role="group"', 1)


def _table(scene: Scene, evidence: Mapping[str, Evidence]) -> str:
    heads = "".join(
        f'<th scope="col" aria-sort="none"><button type="button">{_text(name)}</button></th>'
        for name in scene.columns
    )
    rows = "".join(_row(fact, evidence) for fact in scene.facts)
    return (
        f'<table><thead><tr>{heads}<th scope="col">Evidence</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(fact: Fact, evidence: Mapping[str, Evidence]) -> str:
    cells = "".join(f"<td><bdi>{_text(cell)}</bdi></td>" for cell in fact.cells)
    entries = "".join(_entry(claim, evidence[claim]) for claim in fact.claims if claim in evidence)
    about = f'<p class="what"><bdi>{_text(fact.words)}</bdi></p>'
    if not fact.asserts:
        about += f'<p class="plan">{_text(fact.status)}: not a fact</p>'
    shown = f"<ul>{entries}</ul>" if entries else "<p>The reports say nothing of this.</p>"
    name = ' class="plan-row"' if not fact.asserts else ""
    return (
        f'<tr id="fact-{_text(fact.key)}"{name}>{cells}<td><details>'
        f"<summary>Show</summary>{about}{shown}</details></td></tr>"
    )


def _entry(claim: str, evidence: Evidence) -> str:
    anchors = " ".join(f"<q>{_text(anchor)}</q>" for anchor in evidence.anchors)
    said = f"paragraph {evidence.number}, {evidence.report.label}; status: {evidence.status}"
    if evidence.voices:
        said += f"; according to {', '.join(evidence.voices)}"
    sentence = f'<p class="sentence">{_text(evidence.sentence)}</p>' if evidence.sentence else ""
    return (
        f'<li><bdi>{anchors}</bdi>{sentence}<p class="small"><bdi>{_text(said)}</bdi></p>'
        f'<p class="small">{_text(claim)}</p></li>'
    )


BROAD: Final = 1400
"""The width from which a picture needs the whole page."""

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1f2937; --soft: #56606f; --line: #d5dae1;
  --paper: #ffffff; --ground: #f4f6f8; --accent: #0072b2; --plan: #a34a00; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e8ebf0; --soft: #a9b2bf; --line: #3a4350; --paper: #171b21; --ground: #0f1216;
    --accent: #6cbcf0; --plan: #f0a15a; }
  svg .ink { fill: #e8ebf0; } svg .soft { fill: #a9b2bf; } svg .paper { fill: #171b21; }
  svg .land { fill: #2d3540; } svg .band { fill: #20262e; } svg .rule { fill: #3a4350; }
  svg .plan { fill: #f0a15a; } svg .tie, svg .tie > * { fill: #aab6c6; }
  svg .strong { fill: #2f7fb0; } svg .weak { fill: #1f4a66; } svg .halo { stroke: #171b21; }
  svg [data-stroke="ink"] { stroke: #e8ebf0; } svg [data-stroke="soft"] { stroke: #a9b2bf; }
  svg [data-stroke="rule"] { stroke: #3a4350; } svg [data-stroke="paper"] { stroke: #171b21; }
  svg [data-stroke="tie"] { stroke: #aab6c6; } svg [data-stroke="plan"] { stroke: #f0a15a; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .6rem; background: var(--paper); padding: .4rem .7rem; z-index: 2; }
header { padding: 1.5rem 2rem 1rem; background: var(--paper);
  border-bottom: 1px solid var(--line); }
h1 { margin: 0 0 .3rem; font-size: 1.6rem; line-height: 1.2; font-weight: 650;
  letter-spacing: -.01em; overflow-wrap: anywhere; }
header p { margin: 0; color: var(--soft); max-width: 80ch; overflow-wrap: anywhere; }
main { display: grid; grid-template-columns: minmax(0, 1fr) 21rem; gap: 1rem; padding: 1rem 2rem; }
figure { margin: 0; min-width: 0; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; }
.stage { overflow-x: auto; }
.stage > svg { display: block; width: 100%; height: auto; min-width: 60rem; }
.hint { display: none; margin: 0; padding: .6rem 1rem 0; color: var(--soft); font-size: .84rem; }
figcaption { padding: .9rem .2rem 0; color: var(--soft); font-size: .84rem; }
figcaption p { margin: 0 0 .35rem; max-width: 110ch; overflow-wrap: anywhere; }
.panel { padding: 1rem 1.1rem; position: sticky; top: 1rem; max-height: calc(100vh - 2rem);
  overflow: auto; align-self: start; overflow-wrap: anywhere; }
h2 { margin: 0 0 .5rem; font-size: 1.05rem; }
.panel ul, details ul { list-style: none; margin: .4rem 0 0; padding: 0; }
.panel li, details li { border-left: 3px solid var(--accent); padding: .05rem 0 .05rem .7rem;
  margin: .6rem 0; }
li p, .what, .plan, .panel p { margin: .15rem 0; }
q { font-style: italic; } .what { font-weight: 600; }
.small { color: var(--soft); font-size: .82rem; }
.sentence { font-size: .92rem; } p.plan { color: var(--plan); font-weight: 600; }
.table { padding: .5rem 2rem 3rem; }
.tools { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: end;
  justify-content: space-between; padding: .3rem 0 .8rem; }
.tools h2 { margin: 0; }
label { display: block; font-size: .82rem; color: var(--soft); }
input { padding: .45rem .6rem; font: inherit; width: min(20rem, 80vw); color: var(--ink);
  background: var(--paper); border: 1px solid #8a93a0; border-radius: 7px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem; min-width: 6rem;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { white-space: nowrap; }
th button { font: inherit; font-weight: 600; color: var(--soft); background: none; border: 0;
  padding: 0; cursor: pointer; text-align: left; }
th[aria-sort="ascending"] button::after { content: " \\2191"; }
th[aria-sort="descending"] button::after { content: " \\2193"; }
.plan-row td:first-child { border-left: 3px dashed var(--plan); }
summary { cursor: pointer; color: var(--accent); }
tbody tr:target, tr.chosen { background: var(--ground); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
svg .mark { cursor: pointer; } svg .mark:focus { outline: none; }
.has-choice svg .mark { opacity: .35; } .has-choice svg .mark.chosen { opacity: 1; }
svg .mark:focus-visible { outline: 2px solid var(--accent); }
#close { display: none; float: right; font: inherit; color: var(--accent); background: none;
  border: 1px solid var(--line); border-radius: 7px; padding: .15rem .7rem; cursor: pointer; }
.broad main { grid-template-columns: minmax(0, 1fr); }
.broad .panel { position: static; max-height: none; }
.broad .stage > svg { min-width: 78rem; }
.broad.has-choice .panel { position: fixed; inset: auto 0 0 0; z-index: 3; max-height: 45vh;
  padding: 1rem 2rem; border-radius: 10px 10px 0 0; box-shadow: 0 -6px 24px rgb(0 0 0 / .25); }
.broad.has-choice #close { display: block; }
@media (max-width: 64rem) { main { grid-template-columns: minmax(0, 1fr); padding: 1rem; }
  header, .table { padding-left: 1rem; padding-right: 1rem; } .hint { display: block; }
  .panel { position: static; max-height: none; } h1 { font-size: 1.3rem; }
  .has-choice .panel { position: fixed; inset: auto 0 0 0; z-index: 3; max-height: 45vh;
    border-radius: 10px 10px 0 0; box-shadow: 0 -6px 24px rgb(0 0 0 / .25); }
  .has-choice #close { display: block; } }
@media print { body { background: #fff; } .panel, .tools div, .skip, .hint { display: none; }
  main { display: block; padding: 0; } .card { border: 0; } .stage > svg { min-width: 0; }
  tr { break-inside: avoid; } }
"""

_SCRIPT: Final = r"""
(function () {
  "use strict";
  var svg = document.querySelector(".stage > svg");
  var panel = document.getElementById("panel");
  var marks = Array.prototype.slice.call(svg.querySelectorAll(".mark"));
  var space = "http://www.w3.org/2000/svg";
  function choose(mark) {
    var row = document.getElementById("fact-" + mark.getAttribute("data-fact"));
    if (!row) { return; }
    marks.forEach(function (other) { other.classList.toggle("chosen", other === mark); });
    document.querySelectorAll("tr.chosen").forEach(function (old) {
      old.classList.remove("chosen");
    });
    row.classList.add("chosen");
    document.body.classList.add("has-choice");
    var close = document.createElement("button");
    close.id = "close";
    close.type = "button";
    close.textContent = "Close";
    close.addEventListener("click", function () { release(); mark.focus(); });
    var heading = document.createElement("h2");
    heading.textContent = "Evidence";
    panel.replaceChildren(close, heading);
    Array.prototype.slice.call(row.querySelector("details").children, 1).forEach(function (part) {
      panel.append(part.cloneNode(true));
    });
    panel.scrollTop = 0;
  }
  function release() {
    document.body.classList.remove("has-choice");
    marks.forEach(function (mark) { mark.classList.remove("chosen"); });
  }
  function step(mark, place) {
    mark.setAttribute("tabindex", "-1");
    var next = marks[(place + marks.length) % marks.length];
    next.setAttribute("tabindex", "0");
    next.focus();
  }
  marks.forEach(function (mark, place) {
    mark.setAttribute("tabindex", place ? "-1" : "0");
    mark.setAttribute("role", "button");
    var seen = Array.prototype.slice.call(mark.querySelectorAll("text:not(.halo)"));
    mark.setAttribute("aria-label", seen.concat(mark.querySelector("title")).map(function (part) {
      return part.textContent;  // what is seen comes first, so that it can be called by voice
    }).join(" "));
    mark.querySelectorAll("text.halo").forEach(function (halo) { halo.remove(); });
    mark.querySelectorAll("path[fill='none']").forEach(function (line) {  // room for a finger
      var wide = document.createElementNS(space, "path");
      wide.setAttribute("d", line.getAttribute("d"));
      wide.setAttribute("fill", "none");
      wide.setAttribute("stroke", "transparent");
      wide.setAttribute("stroke-width", "14");
      mark.append(wide);
    });
    mark.addEventListener("click", function (event) { event.stopPropagation(); choose(mark); });
    mark.addEventListener("keydown", function (event) {
      var moves = { ArrowRight: place + 1, ArrowDown: place + 1, ArrowLeft: place - 1,
        ArrowUp: place - 1, Home: 0, End: marks.length - 1 };
      if (event.key === "Enter" || event.key === " ") { choose(mark); }
      else if (event.key === "Escape") { release(); }
      else if (event.key in moves) { step(mark, moves[event.key]); }
      else { return; }
      event.preventDefault();
    });
  });
  svg.addEventListener("click", release);
  panel.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { release(); }
  });
  var body = document.querySelector("tbody");
  var rows = Array.prototype.slice.call(body.rows);
  var order = new Intl.Collator("en", { numeric: true }).compare;
  document.querySelectorAll("th button").forEach(function (button, column) {
    button.addEventListener("click", function () {
      var head = button.parentNode;
      var up = head.getAttribute("aria-sort") !== "ascending";
      document.querySelectorAll("th[aria-sort]").forEach(function (other) {
        other.setAttribute("aria-sort", "none");
      });
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      rows.sort(function (a, b) {
        var found = order(a.cells[column].textContent, b.cells[column].textContent);
        return up ? found : -found;
      });
      body.append.apply(body, rows);
    });
  });
  var search = document.getElementById("search");
  search.addEventListener("input", function () {
    var words = search.value.trim().toLowerCase();
    var found = 0;
    rows.forEach(function (row) {
      var fits = row.textContent.toLowerCase().indexOf(words) >= 0;
      row.hidden = !fits;
      found += fits ? 1 : 0;
    });
    document.getElementById("found").textContent = found + " of " + rows.length + " rows";
  });
})();
"""

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="cop-graph picture">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body{broad}>
<a class="skip" href="#facts">To the table of the same facts</a>
<header><h1>{title}</h1><p>{subtitle}</p></header>
<main>
<figure>
<div class="card">
<p class="hint">The picture is wider than this screen: move it sideways. The table below holds the \
same facts.</p>
<div class="stage" tabindex="0" role="region" aria-label="Picture; the arrow keys go from mark to \
mark once one is focused">{drawing}</div></div>
<figcaption>{notes}<p>{source}</p><p>{credit}</p></figcaption>
</figure>
<aside class="card panel" id="panel" tabindex="0" aria-live="polite" aria-label="Evidence">
<h2>Evidence</h2>
<p>Choose a mark of the picture, or open a row of the table, to see the words that say so.</p>
</aside>
</main>
<section class="table" id="facts" aria-labelledby="facts-heading">
<div class="tools"><h2 id="facts-heading">The same facts as a table</h2>
<div><label for="search">Find in the table</label>
<input id="search" type="search" autocomplete="off" spellcheck="false">
<span id="found" role="status" class="small">{total}</span></div></div>
<div class="scroll" tabindex="0" role="region" aria-label="Table">{table}</div>
</section>
<script>{script}</script>
</body>
</html>
"""
