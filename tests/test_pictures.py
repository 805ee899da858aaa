"""Pictures: one HTML file that draws, shows the words behind a tie, and asks for nothing."""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import Any

import networkx as nx
import pytest
from pyvis.network import Network as Drawing

from cop_graph import pictures
from cop_graph.errors import NetworkError
from cop_graph.graph import Graph, open_graph
from cop_graph.model import Answer, Evidence, Reference, Scope
from cop_graph.namespaces import COPD
from cop_graph.networks import MEASURES, Network
from cop_graph.pictures import MEASURE_WORDS, SINGLE_REPORT_NOTE, map_html
from cop_graph.questions import evidence

SCOPE = Scope(("Report of the <b>Alpha</b> Forum",), 23, 9, 32, 2, "0123456789ab")
TITLE = "Who works with whom"
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:"
)


def tie(source: str, relation: str, target: str, **more: Any) -> tuple[str, str, dict[str, Any]]:
    """Make a tie between ``copd:organization-<source>`` and ``copd:organization-<target>``."""
    words = {
        "cop:partnersWith": "partners with",
        "cop:assists": "assists",
        "cop:isMemberOf": "is a member of",
    }
    attributes = {
        "label": words.get(relation, relation),
        "relation": relation,
        "status": "done",
        "asserts": True,
        "start": "",
        "end": "",
        "contexts": "",
        "topics": "",
        "paragraphs": "1.1",
        "claims": f"copd:claim-{source}-{target}",
    }
    return f"copd:organization-{source}", f"copd:organization-{target}", {**attributes, **more}


def made(*ties: tuple[str, str, dict[str, Any]], **nodes: Any) -> Network:
    """Make a network; ``nodes`` gives the attributes of actors, else their label is their name."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for source, target, attributes in ties:
        for end in (source, target):
            name = end.removeprefix("copd:organization-")
            usual = {"label": name, "kind": "private company", "category": "Organization"}
            graph.add_node(end, **{**usual, **nodes.get(name, {})})
        key = f"{source} {attributes['relation']} {target} {attributes['status']}"
        graph.add_edge(source, target, key=key, **attributes)
    answer = Answer("mine", "Mine?", {}, [], {}, SCOPE)
    return Network("partnership", graph, answer)


def said(claim: str, **more: Any) -> dict[str, Evidence]:
    """Make the evidence of one claim."""
    iri = f"{COPD}{claim}"
    entry = Evidence(
        claim=Reference(iri, f"copd:{claim}"),
        paragraph=Reference(f"{COPD}paragraph-alpha-1-1-1", "1.1"),
        number="1.1",
        report=Reference(f"{COPD}report-alpha-1", "Report of the Alpha Forum"),
        anchors=("kept the lamps",),
        occurrence=None,
        status="done",
    )
    return {iri: replace(entry, **more)}


def page_of(network: Network, **more: Any) -> str:
    settings: dict[str, Any] = {"scope": SCOPE, "title": TITLE, **more}
    return map_html(network, settings.pop("evidence", {}), **settings)


def drawn(page: str, what: str) -> list[dict[str, Any]]:
    """Give what pyvis was told to draw: ``nodes`` or ``edges``."""
    match = re.search(rf"{what} = new vis\.DataSet\((\[.*?\])\);", page)
    assert match is not None
    return json.loads(match[1])


def details_of(page: str) -> dict[str, dict[str, Any]]:
    match = re.search(r'<script type="application/json" id="ties">(.*?)</script>', page, re.DOTALL)
    assert match is not None
    return json.loads(match[1])


class Reader(HTMLParser):
    """Reads the elements of a page, the rows of its table, and the addresses it names."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.inside = ""
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.rows: list[list[str]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.inside in ("td", "th", "button"):
            self.rows[-1][-1] += data
        if self.inside == "script":
            self.scripts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""


PLAN = tie("kite", "cop:partnersWith", "tide", status="planned", asserts=False, topics="lamps")
TIES = [
    tie("kite", "cop:partnersWith", "lantern", contexts="Safe Harbour", start="2030", end="2031"),
    tie("lantern", "cop:isMemberOf", "kite", claims="copd:claim-a copd:claim-b copd:claim-c"),
    tie("lantern", "cop:waves", "kite"),
    PLAN,
]


# What the page says.


def test_page_is_the_same_of_the_same_data(small_graph: Graph) -> None:
    def page(graph: Graph) -> str:
        network = graph.network()
        claims = [claim for row in network.answer for claim in row.claims]
        return map_html(
            network, evidence(graph.store, claims), scope=network.answer.scope, title=TITLE
        )

    assert page(open_graph(small_graph.source.data)) == page(small_graph)


def test_table_holds_every_tie() -> None:
    reader = Reader(page_of(made(*TIES)))
    assert reader.rows == [
        ["From", "Tie", "To", "Status", "On", "Paragraph", ""],
        ["kite", "partners with", "lantern", "done", "", "1.1", "Evidence"],
        ["kite", "partners with", "tide", "planned", "lamps", "1.1", "Evidence"],
        ["lantern", "is a member of", "kite", "done", "", "1.1", "Evidence"],
        ["lantern", "cop:waves", "kite", "done", "", "1.1", "Evidence"],
    ]


def test_every_tie_is_drawn_with_an_identifier_and_its_words() -> None:
    edges = {edge["id"]: edge for edge in drawn(page_of(made(*TIES)), "edges")}
    partners = edges["copd:organization-kite cop:partnersWith copd:organization-lantern done"]
    assert partners["title"].split("\n") == [
        "kite partners with lantern",
        "status: done",
        "paragraph 1.1",
        "within: Safe Harbour",
    ]
    assert {key: (edge["from"], edge["to"]) for key, edge in edges.items()} == {
        key: (source, target) for source, target, key in made(*TIES).graph.edges(keys=True)
    }


def test_plan_is_dashed_and_named_as_no_fact() -> None:
    page = page_of(made(*TIES))
    edges = drawn(page, "edges")
    [plan] = [edge for edge in edges if edge["dashes"]]
    assert plan["title"].split("\n") == [
        "kite partners with tide",
        "status: planned (not a fact)",
        "paragraph 1.1",
        "on: lamps",
    ]
    assert "planned, expected or proposed: not a fact" in page
    assert "4 stated ties and 0" not in page
    assert "3 actors, 3 stated ties and 1 planned or proposed ones." in page


def test_legend_names_no_plan_where_there_is_none() -> None:
    page = page_of(made(*TIES[:3]))
    assert "planned, expected or proposed: not a fact" not in page
    assert [edge["dashes"] for edge in drawn(page, "edges")] == [False, False, False]


def test_direction_is_drawn_where_a_tie_has_one() -> None:
    edges = drawn(page_of(made(*TIES)), "edges")
    assert {edge["title"].split("\n")[0]: edge["arrows"] for edge in edges} == {
        "kite partners with lantern": "",
        "kite partners with tide": "",
        "lantern is a member of kite": "to",
        "lantern cop:waves kite": "to",
    }


def test_tie_with_more_claims_is_wider() -> None:
    widths = {edge["title"].split("\n")[0]: edge["width"] for edge in drawn_edges()}
    assert widths["lantern is a member of kite"] > widths["kite partners with lantern"]


def drawn_edges() -> list[dict[str, Any]]:
    return drawn(page_of(made(*TIES)), "edges")


def test_ties_between_the_same_two_are_bent_apart() -> None:
    ways = [tie("kite", f"cop:way{number}", "tide") for number in range(3)]
    back = [tie("tide", f"cop:way{number}", "kite") for number in range(3, 5)]
    edges = drawn(page_of(made(*ways, *back)), "edges")
    # A curve to the other side, seen from the other end, is the same side.
    sides = {
        (
            edge["smooth"]["roundness"],
            (edge["smooth"]["type"] == "curvedCW") == edge["from"].endswith("kite"),
        )
        for edge in edges
        if "smooth" in edge
    }
    assert len(edges) - 1 == len(sides) == 4


def test_legend_names_each_kind_and_tie_once() -> None:
    nodes = {
        "kite": {"label": "Kite", "kind": "regulator"},
        "lantern": {"label": "Lantern", "kind": "ministry"},
        "tide": {"label": "Tide", "kind": "state", "category": "State"},
    }
    legend = re.search(r"<h2>Who</h2>.*?</ul></div>", page_of(made(*TIES, **nodes)))
    assert legend is not None
    names = [html.unescape(name) for name in re.findall(r"</svg>([^<]*)</li>", legend[0])]
    assert names == [
        "Governmental body",
        "State",
        "cop:waves",
        "is a member of",
        "works together with",
        "planned, expected or proposed: not a fact",
    ]


@pytest.mark.parametrize(
    ("attributes", "shape"),
    [
        pytest.param({"category": "State", "kind": "regulator"}, "square", id="state"),
        pytest.param({"category": "Person", "kind": "person"}, "triangle", id="person"),
        pytest.param({"category": "Group", "kind": "group"}, "diamond", id="group"),
        pytest.param({"kind": "treaty body"}, "hexagon", id="committee"),
        pytest.param({"kind": "alliance or coalition"}, "star", id="alliance"),
        pytest.param({"kind": "online service"}, "triangleDown", id="company"),
        pytest.param({"kind": "lighthouse"}, "dot", id="any-other"),
    ],
)
def test_kinds_are_told_apart_by_shape(attributes: dict[str, str], shape: str) -> None:
    page = page_of(made(PLAN, kite=attributes))
    shapes = {node["label"]: node["shape"] for node in drawn(page, "nodes")}
    assert shapes["kite"] == shape


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        pytest.param("Kite Works", "Kite Works", id="short"),
        pytest.param(
            "Office of the Blue Lantern at Lanternport",
            "Office of the Blue\nLantern at Lanternport",
            id="two-lines",
        ),
        pytest.param(
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen",
            "one two three four\nfive six seven eight\nnine ten eleven twelve …",
            id="too-many-lines",
        ),
        pytest.param("x" * 300, "x" * 44, id="one-long-word"),
        pytest.param("", "copd:organization-kite", id="identifier-for-none"),
    ],
)
def test_label_is_broken_into_lines(label: str, shown: str) -> None:
    page = page_of(made(PLAN, kite={"label": label}))
    nodes = {node["id"]: node for node in drawn(page, "nodes")}
    assert nodes["copd:organization-kite"]["label"] == shown
    assert nodes["copd:organization-kite"]["title"].split("\n")[0] == label


@pytest.mark.parametrize(
    ("size_by", "figures"),
    [
        pytest.param("degree", {"hub": "4", "rim": "1"}, id="degree"),
        pytest.param("betweenness", {"hub": "1", "rim": "0"}, id="betweenness"),
        pytest.param("pagerank", {"hub": "0.476", "rim": "0.131"}, id="pagerank"),
    ],
)
def test_size_shows_the_measure_chosen(size_by: str, figures: dict[str, str]) -> None:
    star = made(*(tie("hub", "cop:assists", f"rim{number}") for number in range(4)))
    page = page_of(star, size_by=size_by)
    nodes = {node["id"].rpartition("-")[2]: node for node in drawn(page, "nodes")}
    assert [nodes[name]["title"].split("\n")[2] for name in ("hub", "rim0")] == [
        f"{size_by}: {figures['hub']}",
        f"{size_by}: {figures['rim']}",
    ]
    assert nodes["hub"]["size"] == 34.0
    assert 11.0 <= nodes["rim0"]["size"] < 34.0
    assert f"Size: {MEASURE_WORDS[size_by]}." in page


def test_every_measure_has_words() -> None:
    assert tuple(MEASURE_WORDS) == MEASURES


def test_size_is_the_least_where_nothing_lies_between() -> None:
    sizes = {node["size"] for node in drawn(page_of(made(PLAN), size_by="betweenness"), "nodes")}
    assert sizes == {11.0}


def test_caption_tells_the_source_and_that_silence_is_no_proof() -> None:
    caption = re.search(r"</h1><p>(.*?)</p>", page_of(made(*TIES)))
    assert caption is not None
    assert html.unescape(caption[1]) == (
        "3 actors, 3 stated ties and 1 planned or proposed ones. "
        f"Size: how many others it is tied to. Source: {SCOPE}. {SINGLE_REPORT_NOTE}"
    )


def test_panel_knows_the_evidence_of_each_tie() -> None:
    voices = said("claim-kite-lantern", voices=("Eastmark",))
    key = "copd:organization-kite cop:partnersWith copd:organization-lantern done"
    ties = details_of(page_of(made(*TIES), evidence=voices))
    assert ties[key] == {
        "from": "copd:organization-kite",
        "to": "copd:organization-lantern",
        "source": "kite",
        "relation": "partners with",
        "target": "lantern",
        "status": "done",
        "asserts": True,
        "dates": "2030 to 2031",
        "contexts": "Safe Harbour",
        "topics": "",
        "evidence": [
            {
                "claim": "copd:claim-kite-lantern",
                "report": "Report of the Alpha Forum",
                "paragraph": "1.1",
                "anchors": ["kept the lamps"],
                "voices": ["Eastmark"],
            }
        ],
    }
    assert [len(ties[other]["evidence"]) for other in sorted(ties) if other != key] == [0, 0, 0]


# What the page refuses.


def test_map_of_nothing_says_what_was_searched() -> None:
    with pytest.raises(NetworkError) as caught:
        page_of(made())
    assert str(caught.value) == (
        f"there is no tie to draw. Searched: {SCOPE}. That says only that the reports state none"
    )


def test_map_of_too_many_says_how_to_narrow_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_NODES", 2)
    with pytest.raises(NetworkError) as caught:
        page_of(made(*TIES))
    assert str(caught.value) == (
        "3 nodes are too many to read in one picture (at most 2); "
        "narrow it with --focus, --theme or --kind"
    )


def test_map_refuses_an_unknown_measure() -> None:
    with pytest.raises(NetworkError, match="no measure 'fame'"):
        page_of(made(PLAN), size_by="fame")


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("<script>var a = 1;</script>", id="no-call"),
        pytest.param(
            "<script>library library</script><script>drawGraph()</script>", id="no-network"
        ),
    ],
)
def test_page_of_another_pyvis_is_refused(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Drawing, "generate_html", lambda *_, **__: written)
    with pytest.raises(NetworkError) as caught:
        page_of(made(PLAN))
    assert str(caught.value) == "pyvis wrote a page of an unknown form; use pyvis 0.3.2"


# What the page loads, as it stands.


def test_page_names_no_address_to_load_from() -> None:
    page = page_of(made(*TIES), evidence=said("claim-kite-lantern"))
    reader = Reader(page)
    loading = {"src", "href", "srcset", "data", "poster", "action", "xlink:href", "ping"}
    named = {(tag, value) for tag, name, value in reader.attributes if name in loading}
    assert named == {("link", "data:,")}
    assert re.findall(r"""url\(\s*["']?\s*(?:https?:)?//""", page) == []
    assert re.findall(r"""\b(?:src|href)\s*[=:]\s*["'](?:https?:)?//""", page) == []
    assert re.findall(r"@import|\bimport\s*\(|importScripts|XMLHttpRequest|\bfetch\(", page) == []


def test_page_holds_addresses_only_in_the_library() -> None:
    page = page_of(made(*TIES), evidence=said("claim-kite-lantern"))
    library = max(Reader(page).scripts, key=len)
    assert "http" not in page.replace(library, "").replace("http-equiv", "")


def test_policy_stands_before_any_script_or_style() -> None:
    page = page_of(made(PLAN))
    meta = '<meta http-equiv="Content-Security-Policy" content="'
    policy = page.split(meta)[1].split('">')[0]
    before = Reader(page.split(meta)[0]).tags
    assert html.unescape(policy) == POLICY
    assert before == ["html", "head", "meta", "meta"]


# What the page does in a browser.

HOSTILE = {
    "closes": '</script><script>document.title = "broken"</script>',
    "opens": "<!--<script>",
    "image": "<img src=x onerror=\"document.title='broken'\">",
    "remote": '<img src="http://hostile.example/a.png"><link rel=icon href=//hostile.example>',
    "quotes": """ "double" 'single' `back` \\ & &lt;b&gt; ${1+1} {title} """,
    "turned": "\u202eturned\u200f مرحبا \u2067",
    "long": "x" * 300,
    "many": "lantern " * 40,
    "emoji": "🌊 لعبة\u0301 \u0000\u2028",
    "constructor": "__proto__",
}


@dataclass(frozen=True)
class Loaded:
    """What a browser made of a page."""

    dom: str
    console: list[str]
    requests: set[str]

    @property
    def probe(self) -> Any:
        """What the script of a test left in the page."""
        match = re.search(r'<pre id="probe">(.*?)</pre>', self.dom, re.DOTALL)
        assert match is not None, "the script of the test did not run"
        return json.loads(html.unescape(match[1]))


Load = Callable[..., Loaded]

PROBE = """
<script>
window.addEventListener("load", function () { setTimeout(function () {
  var found = (function () { %s })();
  var pre = document.createElement("pre");
  pre.id = "probe"; pre.textContent = JSON.stringify(found); document.body.append(pre);
}, 1000); });
</script>
</body>"""
OWN_HOSTS = (".google.com", ".googleapis.com", ".gstatic.com")


@pytest.fixture(scope="module")
def load(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Load a page in Chromium without a network; ``script`` runs in it and leaves its result."""

    def load_page(page: str, script: str | None = None) -> Loaded:
        folder = tmp_path_factory.mktemp("page")
        if script is not None:
            page = page.replace("</body>", PROBE % script)
        (folder / "page.html").write_text(page, encoding="utf-8", errors="surrogatepass")
        done = subprocess.run(
            [
                chromium,
                *"--headless --no-sandbox --disable-gpu --disable-quic --no-first-run".split(),
                *"--disable-background-networking --disable-component-update".split(),
                *"--disable-sync --virtual-time-budget=8000 --window-size=1400,1000".split(),
                "--host-resolver-rules=MAP * ~NOTFOUND",
                f"--user-data-dir={folder / 'profile'}",
                f"--log-net-log={folder / 'net.json'}",
                *"--enable-logging=stderr --v=0 --dump-dom".split(),
                (folder / "page.html").as_uri(),
            ],
            capture_output=True,
            timeout=120,
            check=True,
        )
        urls = re.findall(
            r'"url":"(https?://[^/"]+)', (folder / "net.json").read_text(encoding="utf-8")
        )
        return Loaded(
            dom=done.stdout.decode(),
            console=[line for line in done.stderr.decode().splitlines() if ":CONSOLE" in line],
            requests={url for url in urls if not url.endswith(OWN_HOSTS)},
        )

    return load_page


def hostile_network() -> Network:
    nodes = {name: {"label": label, "kind": label} for name, label in HOSTILE.items()}
    ties = [
        tie(name, "cop:partnersWith", "constructor", contexts=label, topics=label, paragraphs=label)
        for name, label in HOSTILE.items()
        if name != "constructor"
    ]
    ties.append(tie("closes", "cop:assists", "image", label=HOSTILE["closes"], status="<b>"))
    return made(*ties, **nodes)


def hostile_evidence() -> dict[str, Evidence]:
    return {
        claim: entry
        for name, label in HOSTILE.items()
        for claim, entry in said(
            f"claim-{name}-constructor",
            anchors=(label, "<b>anchor</b>"),
            number=label,
            voices=(label,),
            report=Reference(f"{COPD}report-alpha-1", label),
        ).items()
    }


@pytest.fixture(scope="module")
def hostile_page() -> str:
    return page_of(hostile_network(), evidence=hostile_evidence(), title=HOSTILE["closes"])


COUNTS = """
  var canvas = document.querySelector("#mynetwork canvas");
  var pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  var painted = 0;
  for (var at = 3; at < pixels.length; at += 4) { painted += pixels[at] > 0; }
"""
SHOW_ALL = (
    COUNTS
    + """
  var panel = document.getElementById("panel"), shown = {};
  document.querySelectorAll("button[data-edge]").forEach(function (button) {
    button.click();
    shown[button.dataset.edge] = {
      tie: panel.querySelector("p").textContent,
      anchors: Array.from(panel.querySelectorAll("q"), function (q) { return q.textContent; }),
      bold: panel.querySelectorAll("b, img, script").length
    };
  });
  return { title: document.title, painted: painted, shown: shown, images: document.images.length,
    scripts: document.scripts.length, titles: document.querySelectorAll("title").length };
"""
)


def test_hostile_page_draws_quietly_and_asks_for_nothing(hostile_page: str, load: Load) -> None:
    loaded = load(hostile_page)
    assert (loaded.console, loaded.requests) == ([], set())
    assert "<canvas" in loaded.dom
    assert "works together with</li>" in loaded.dom


def test_hostile_names_are_inert_and_shown_as_they_are(hostile_page: str, load: Load) -> None:
    loaded = load(hostile_page, SHOW_ALL)
    probe = loaded.probe
    shown = probe["shown"]
    sentences = {
        name: shown[f"copd:organization-{name} cop:partnersWith copd:organization-constructor done"]
        for name in HOSTILE
        if name != "constructor"
    }
    assert (loaded.console, loaded.requests) == ([], set())
    assert (probe["title"], probe["titles"], probe["images"]) == (HOSTILE["closes"], 1, 0)
    assert probe["scripts"] == len(Reader(page_of(made(PLAN))).scripts) + 1
    assert probe["painted"] > 10_000
    assert sentences == {
        name: {
            "tie": f"{label} partners with __proto__",
            "anchors": [label, "<b>anchor</b>"],
            "bold": 0,
        }
        for name, label in HOSTILE.items()
        if name != "constructor"
    }


def test_evidence_button_shows_words_paragraph_status_and_voices(load: Load) -> None:
    page = page_of(
        made(PLAN, TIES[0]),
        evidence=said("claim-kite-tide", voices=("Eastmark", "Westmark"))
        | said("claim-kite-lantern"),
    )
    script = """
      var buttons = document.querySelectorAll("button[data-edge]"), texts = [];
      buttons.forEach(function (button) {
        button.click();
        texts.push(Array.from(document.getElementById("panel").querySelectorAll("h2, p, q, .small"),
          function (part) { return part.textContent; }));
      });
      return texts;
    """
    assert load(page, script).probe == [
        [
            "Tie",
            "kite partners with lantern",
            "status: done",
            "dates: 2030 to 2031",
            "within: Safe Harbour",
            "Evidence",
            "kept the lamps",
            "paragraph 1.1, Report of the Alpha Forum",
            "copd:claim-kite-lantern",
        ],
        [
            "Tie",
            "kite partners with tide",
            "status: planned – not a fact",
            "on: lamps",
            "Evidence",
            "kept the lamps",
            "paragraph 1.1, Report of the Alpha Forum",
            "according to Eastmark, Westmark",
            "copd:claim-kite-tide",
        ],
    ]


def test_search_finds_an_actor_and_lists_its_ties(load: Load) -> None:
    script = """
      var search = document.getElementById("search"), panel = document.getElementById("panel");
      function look(words) {
        search.value = words;
        search.dispatchEvent(new Event("input"));
        return document.getElementById("found").textContent;
      }
      var counts = [look("LANT"), look("t"), look("nobody"), look("")];
      look("tide");
      var actor = panel.textContent;
      panel.querySelector("button").click();
      return { counts: counts, actor: actor, tie: panel.querySelector("p").textContent };
    """
    probe = load(page_of(made(PLAN, TIES[0])), script).probe
    assert probe == {
        "counts": ["1 found", "3 found", "0 found", ""],
        "actor": "Actortideprivate companydegree: 0Tieskite partners with tide (planned)",
        "tie": "kite partners with tide",
    }


def test_click_on_the_picture_shows_actor_and_tie(load: Load) -> None:
    script = """
      var panel = document.getElementById("panel"), heads = [];
      function click(event) {
        network.body.emitter.emit("click", Object.assign({ nodes: [], edges: [] }, event));
        heads.push(panel.querySelector("h2").textContent);
      }
      click({});
      click({ nodes: ["copd:organization-kite"], edges: [edges.getIds()[0]] });
      click({ edges: [edges.getIds()[0]] });
      click({ nodes: ["copd:organization-nobody"] });
      return heads;
    """
    heads = load(page_of(made(PLAN)), script).probe
    assert heads == ["Evidence", "Actor", "Tie", "Tie"]


def test_labels_that_are_drawn_do_not_overlap(load: Load) -> None:
    names = ["Office of the Blue Lantern at Lanternport", "Kite Works", "Ministry of Tides"]
    nodes = {f"n{number:02}": {"label": f"{names[number % 3]} {number}"} for number in range(40)}
    ties = [tie(f"n{number:02}", "cop:assists", f"n{number // 3:02}") for number in range(1, 40)]
    script = """
      var boxes = nodes.getIds().map(function (id) {
        return network.body.nodes[id].labelModule.size;
      });
      var over = 0;
      boxes.forEach(function (a, m) { boxes.slice(m + 1).forEach(function (b) {
        var wide = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
        var high = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
        over += wide > 0 && high > 0;
      }); });
      return { boxes: boxes.length, drawn: boxes.every(function (a) { return a.width > 20; }),
        over: over };
    """
    probe = load(page_of(made(*ties, **nodes)), script).probe
    assert probe == {"boxes": 40, "drawn": True, "over": 0}


def test_policy_stops_what_a_page_might_still_ask_for(load: Load) -> None:
    page = page_of(made(PLAN)).replace(
        "</header>", '<img src="http://hostile.example/a.png"></header>'
    )
    loaded = load(page)
    assert loaded.requests == set()
    assert len(loaded.console) == 1
    assert "Content Security Policy" in loaded.console[0]


def test_browser_of_these_tests_would_see_requests_and_errors(load: Load) -> None:
    """Without the policy the same request is made, so the empty sets above mean something."""
    loaded = load(
        "<title>x</title><img src='http://hostile.example/a.png'><script>throw 'up'</script>"
    )
    assert loaded.requests == {"http://hostile.example"}
    assert any("up" in line for line in loaded.console)
