"""Maps: the facts that Python hands over, and a page that stands by itself."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from made import HOSTILE, SCOPE, TITLE, hostile_evidence, hostile_network, made, said, tie
from pyvis.network import Network as Drawing

from cop_graph import maps
from cop_graph.errors import NetworkError
from cop_graph.graph import Graph, open_graph
from cop_graph.layouts import place_many
from cop_graph.maps import (
    MEASURE_WORDS,
    PLAN_NOTE,
    SINGLE_REPORT_NOTE,
    about_graph,
    map_html,
    map_payload,
)
from cop_graph.networks import MEASURES, Network
from cop_graph.palette import OTHER_STYLE, OTHER_THING_STYLE, STYLES
from cop_graph.questions import evidence

ROOT = Path(__file__).resolve().parent.parent
PLAN = tie("kite", "cop:partnersWith", "tide", status="planned", asserts=False, topics="lamps")
TIES = [
    tie("kite", "cop:partnersWith", "lantern", contexts="Safe Harbour", start="2030", end="2031"),
    tie("lantern", "cop:isMemberOf", "kite", claims="copd:claim-a copd:claim-b copd:claim-c"),
    tie("lantern", "cop:waves", "kite", topics="lamps; tides"),
    PLAN,
]


def page_of(network: Network, **more: Any) -> str:
    settings: dict[str, Any] = {"scope": SCOPE, "title": TITLE, **more}
    return map_html(network, settings.pop("evidence", {}), **settings)


def payload_of(network: Network, **more: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {"scope": SCOPE, "title": TITLE, **more}
    return map_payload(network, settings.pop("evidence", {}), **settings)


def drawn(page: str, what: str) -> list[dict[str, Any]]:
    """Give what pyvis was told to draw: ``nodes`` or ``edges``."""
    match = re.search(rf"{what} = new vis\.DataSet\((\[.*?\])\);", page)
    assert match is not None
    return json.loads(match[1])


class Reader(HTMLParser):
    """Reads the elements of a page, its scripts and styles, and the addresses it names."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.inside = ""
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.payload = ""
        self.policy = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.tags.append(tag)
        known = dict(attrs)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if known.get("type") == "application/json":
            self.inside = "payload"
        elif tag == "script":
            self.scripts.append("")
        if tag == "style":
            self.styles.append("")
        if known.get("http-equiv") == "Content-Security-Policy":
            self.policy = known["content"] or ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts[-1] += data
        if self.inside == "style":
            self.styles[-1] += data
        if self.inside == "payload":
            self.payload += data

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""


# What Python hands over.


def test_page_is_the_same_of_the_same_data(small_graph: Graph) -> None:
    def page(graph: Graph) -> str:
        network = graph.network()
        claims = [claim for row in network.answer for claim in row.claims]
        return map_html(
            network, evidence(graph.store, claims), scope=network.answer.scope, title=TITLE
        )

    assert page(open_graph(small_graph.source.data)) == page(small_graph)


@pytest.mark.parametrize("nodes", [60, 400])
def test_page_is_the_same_in_every_process(nodes: int) -> None:
    script = (
        "import sys, hashlib; sys.path.insert(0, 'tests')\n"
        "import networkx as nx\n"
        "from made import SCOPE, made, tie\n"
        "from cop_graph.maps import map_html\n"
        f"edges = nx.barabasi_albert_graph({nodes}, 2, seed=3).edges()\n"
        "network = made(*(tie(f'n{a}', 'cop:assists', f'n{b}', topics='b; a') for a, b in edges))\n"
        "page = map_html(network, {}, scope=SCOPE, title='Same')\n"
        "print(hashlib.sha256(page.encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    assert len(found.pop().strip()) == 64


def test_payload_holds_every_tie_with_its_evidence() -> None:
    voices = said("claim-kite-lantern", voices=("Eastmark",))
    payload = payload_of(made(*TIES), evidence=voices)
    named = [
        (
            payload["nodes"][edge["source"]]["label"],
            payload["relations"][edge["relation"]]["name"],
            payload["nodes"][edge["target"]]["label"],
            payload["statuses"][edge["status"]],
            [payload["themes"][theme] for theme in edge["themes"]],
        )
        for edge in payload["edges"]
    ]
    done, planned = {"name": "done", "asserts": True}, {"name": "planned", "asserts": False}
    assert named == [
        ("kite", "partners with", "lantern", done, []),
        ("kite", "partners with", "tide", planned, ["lamps"]),
        ("lantern", "is a member of", "kite", done, []),
        ("lantern", "cop:waves", "kite", done, ["lamps", "tides"]),
    ]
    first = payload["edges"][0]
    assert (first["start"], first["end"], first["within"]) == ("2030", "2031", "Safe Harbour")
    assert [edge["claims"] for edge in payload["edges"]] == [
        ["copd:claim-kite-lantern"],
        ["copd:claim-kite-tide"],
        ["copd:claim-a", "copd:claim-b", "copd:claim-c"],
        ["copd:claim-lantern-kite"],
    ]
    assert payload["claims"] == {
        "copd:claim-kite-lantern": {
            "report": 0,
            "paragraph": "1.1",
            "anchors": ["kept the lamps"],
            "voices": ["Eastmark"],
            "status": "done",
        }
    }
    assert payload["reports"] == ["Report of the Alpha Forum"]


def test_typescript_knows_the_fields_that_python_writes() -> None:
    payload = payload_of(made(*TIES), evidence=said("claim-kite-lantern"))
    types = (ROOT / "browser" / "src" / "map" / "payload.ts").read_text(encoding="utf-8")

    def fields(interface: str) -> set[str]:
        match = re.search(rf"interface {interface} \{{(.*?)\n\}}", types, re.DOTALL)
        assert match is not None
        return set(re.findall(r"^  readonly (\w+):", match[1], re.MULTILINE))

    assert fields("Payload") == set(payload)
    for interface, records in {
        "KindRecord": payload["kinds"],
        "RelationRecord": payload["relations"],
        "StatusRecord": payload["statuses"],
        "NodeRecord": payload["nodes"],
        "EdgeRecord": payload["edges"],
        "ClaimRecord": list(payload["claims"].values()),
    }.items():
        assert fields(interface) == set(records[0]), interface


def test_direction_is_told_where_a_tie_has_one() -> None:
    relations = payload_of(made(*TIES))["relations"]
    assert {entry["name"]: entry["directed"] for entry in relations} == {
        "partners with": False,
        "is a member of": True,
        "cop:waves": True,
    }


def test_legend_holds_each_kind_once() -> None:
    nodes = {
        "kite": {"label": "Kite", "kind": "regulator"},
        "lantern": {"label": "Lantern", "kind": "ministry"},
        "tide": {"label": "Tide", "kind": "state", "category": "State"},
    }
    payload = payload_of(made(*TIES, **nodes))
    assert [kind["name"] for kind in payload["kinds"]] == ["Governmental body", "State"]
    assert [relation["words"] for relation in payload["relations"]] == [
        "cop:waves",
        "is a member of",
        "works together with",
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
        pytest.param({"kind": "lighthouse"}, "dot", id="any-other-organization"),
        pytest.param({"category": "Theme", "kind": "risk"}, "diamond", id="theme"),
        pytest.param({"category": "Document", "kind": "report"}, "square", id="document"),
        pytest.param({"category": "Other", "kind": "kite"}, "diamond", id="any-other-thing"),
    ],
)
def test_kinds_are_told_apart_by_shape(attributes: dict[str, str], shape: str) -> None:
    payload = payload_of(made(PLAN, kite=attributes))
    shapes = {node["label"]: payload["kinds"][node["style"]]["shape"] for node in payload["nodes"]}
    assert shapes["kite"] == shape


def test_every_kind_has_a_look_of_its_own() -> None:
    looks: dict[tuple[str, str], set[str]] = {}
    for name, colour, shape in (*STYLES.values(), OTHER_STYLE, OTHER_THING_STYLE):
        looks.setdefault((colour, shape), set()).add(name)
    assert [names for names in looks.values() if len(names) > 1] == []


@pytest.mark.parametrize(
    ("categories", "about"),
    [
        pytest.param(("State", "Organization", "Person"), "3 actors.", id="actors"),
        pytest.param(("Theme", "Organization", "Theme"), "3 actors and themes.", id="two-sorts"),
        pytest.param(("Theme", "Document", "Event"), "3 things.", id="more-sorts"),
        pytest.param(("Document", "Document", "Document"), "3 documents.", id="no-actor"),
        pytest.param(("Lighthouse", "Lighthouse", "Lighthouse"), "3 things.", id="unknown"),
    ],
)
def test_captions_call_the_nodes_what_they_are(categories: tuple[str, ...], about: str) -> None:
    names = ("kite", "lantern", "tide")
    nodes = {name: {"category": of} for name, of in zip(names, categories, strict=True)}
    payload = payload_of(made(*TIES, **nodes))
    assert payload["about"].startswith(f"{about} Ties stated as facts: ")
    assert payload["nouns"]["many"] in about
    nouns = {node["label"]: payload["kinds"][node["style"]]["noun"] for node in payload["nodes"]}
    actors = dict.fromkeys(("State", "Organization", "Person"), "actor")
    known = {**actors, "Lighthouse": "thing", "Event": "event"}
    known |= {"Theme": "theme", "Document": "document"}
    assert nouns == {name: known[of] for name, of in zip(names, categories, strict=True)}


def test_one_is_counted_in_the_singular() -> None:
    graph = nx.MultiDiGraph()
    graph.add_node("copd:theme-lamps", category="Theme")
    assert about_graph(graph).startswith("1 theme. ")
    assert about_graph(graph, 1).startswith("1 theme. Ties stated as facts: 0; not as facts: 0. 1 ")
    assert "1 theme is left out" in about_graph(graph, 1)
    assert "2 themes are left out" in about_graph(graph, 2)


@pytest.mark.parametrize(
    ("size_by", "figures"),
    [
        pytest.param("degree", (4, 1), id="degree"),
        pytest.param("betweenness", (1, 0), id="betweenness"),
        pytest.param("pagerank", (0.476, 0.131), id="pagerank"),
    ],
)
def test_size_shows_the_measure_chosen(size_by: str, figures: tuple[float, float]) -> None:
    star = made(*(tie("hub", "cop:assists", f"rim{number}") for number in range(4)))
    payload = payload_of(star, size_by=size_by)
    values = {node["label"]: node["value"] for node in payload["nodes"]}
    assert (values["hub"], values["rim0"]) == pytest.approx(figures, abs=5e-4)
    assert payload["measure"] == {"name": size_by, "words": MEASURE_WORDS[size_by]}


def test_every_measure_has_words() -> None:
    assert set(MEASURES) >= set(MEASURE_WORDS)


def test_regions_are_told_where_nodes_have_one() -> None:
    payload = payload_of(made(PLAN, kite={"region": "Sea"}))
    assert payload["regions"] == ["Sea"]
    assert {node["label"]: node["region"] for node in payload["nodes"]} == {"kite": 0, "tide": -1}


def test_map_tells_its_source_and_what_one_report_cannot_show() -> None:
    payload = payload_of(made(*TIES))
    assert payload["about"] == "3 actors. Ties stated as facts: 3; not as facts: 1."
    assert (payload["source"], payload["version"]) == (str(SCOPE), "0123456789ab")
    assert payload["notes"] == [maps.SILENCE_NOTE, SINGLE_REPORT_NOTE, PLAN_NOTE]
    assert payload_of(made(*TIES[:3]))["notes"] == [maps.SILENCE_NOTE, SINGLE_REPORT_NOTE]


def test_of_too_many_actors_the_most_tied_are_drawn_and_the_rest_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(maps, "MOST_NODES", 2)
    payload = payload_of(made(*TIES))
    assert [node["label"] for node in payload["nodes"]] == ["kite", "lantern"]
    assert len(payload["edges"]) == 3
    assert "1 actor is left out, those tied to the fewest others" in payload["about"]
    assert payload["about"].startswith("3 actors. Ties stated as facts: 3; not as facts: 1.")


def test_many_are_placed_apart_and_always_alike() -> None:
    graph = nx.MultiDiGraph(nx.barabasi_albert_graph(500, 1, seed=5))
    graph.add_edges_from([(600, 601), (700, 701), (701, 702)])
    graph.add_node(800)
    places = place_many(nx.relabel_nodes(graph, str), seed=1)
    assert set(places) == {str(node) for node in graph}
    assert len(set(places.values())) == len(places)
    assert places == place_many(nx.relabel_nodes(graph, str), seed=1)
    # Neighbours stand nearer than any two do: the picture shows who is tied to whom.
    points = [complex(*places[str(node)]) for node in graph]
    mean = sum(points) / len(points)
    spread = sum(abs(point - mean) for point in points) / len(points)
    lengths = [abs(complex(*places[str(a)]) - complex(*places[str(b)])) for a, b in graph.edges()]
    assert sum(lengths) / len(lengths) < spread / 2


# What pyvis draws.


def test_pyvis_draws_every_tie_with_its_identifier() -> None:
    edges = {edge["id"]: edge for edge in drawn(page_of(made(*TIES)), "edges")}
    assert {key: (edge["from"], edge["to"]) for key, edge in edges.items()} == {
        key: (source, target) for source, target, key in made(*TIES).graph.edges(keys=True)
    }
    assert [edge["to"].rpartition("-")[2] for edge in edges.values() if edge["dashes"]] == ["tide"]
    assert [edge["arrows"] for edge in edges.values()] == ["", "", "to", "to"]


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


def test_pyvis_draws_few_and_sigma_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "MOST_PYVIS_NODES", 2)
    assert "vis.DataSet" in page_of(made(PLAN))
    assert "new vis.DataSet" not in page_of(made(*TIES)).replace(page_of(made(PLAN)), "")
    assert len(Reader(page_of(made(*TIES))).scripts) == 2
    assert len(Reader(page_of(made(*TIES), renderer="pyvis")).scripts) == 4
    assert len(Reader(page_of(made(PLAN), renderer="sigma")).scripts) == 2


def test_calls_of_pyvis_are_told_from_its_library_though_they_be_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = f"function drawGraph() {{ new vis.Network({'1' * 50}) }}"
    written = f"<script>short</script><script>the library</script><script>{calls}</script>"
    monkeypatch.setattr(Drawing, "generate_html", lambda *_, **__: written)
    assert Reader(page_of(made(PLAN))).scripts[:2] == ["the library", calls]


# What the page refuses.


def test_map_of_nothing_says_what_was_searched() -> None:
    with pytest.raises(NetworkError) as caught:
        page_of(made())
    assert str(caught.value) == (
        f"there is no tie to draw. Searched: {SCOPE}. That says only that the reports state none"
    )


def test_map_refuses_an_unknown_measure() -> None:
    with pytest.raises(NetworkError, match="no measure 'fame'"):
        page_of(made(PLAN), size_by="fame")


def test_map_refuses_an_unknown_renderer() -> None:
    with pytest.raises(NetworkError, match="no renderer 'crayon'; there are pyvis, sigma"):
        page_of(made(PLAN), renderer="crayon")


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


@pytest.mark.parametrize("renderer", ["pyvis", "sigma"])
def test_page_names_no_address_to_load_from(renderer: str) -> None:
    page = page_of(made(*TIES), evidence=said("claim-kite-lantern"), renderer=renderer)
    reader = Reader(page)
    loading = {"src", "href", "srcset", "data", "poster", "action", "xlink:href", "ping"}
    named = {(tag, value) for tag, name, value in reader.attributes if name in loading}
    assert named == {("link", "data:,")}
    assert re.findall(r"""url\(\s*["']?\s*(?:https?:)?//""", page) == []
    assert re.findall(r"""\b(?:src|href)\s*[=:]\s*["'](?:https?:)?//""", page) == []
    calls = r"""@import|\bimport\s*\(\s*["'`]|importScripts|XMLHttpRequest|\bfetch\("""
    assert re.findall(calls, page) == []


@pytest.mark.parametrize("renderer", ["pyvis", "sigma"])
def test_policy_allows_these_scripts_and_styles_alone(renderer: str) -> None:
    reader = Reader(page_of(made(PLAN), renderer=renderer))

    def hashed(text: str) -> str:
        digest = hashlib.sha256(text.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"

    rules = dict(rule.split(" ", 1) for rule in reader.policy.split("; "))
    assert rules == {
        "default-src": "'none'",
        "script-src": " ".join(hashed(script) for script in reader.scripts),
        "style-src": " ".join(hashed(style) for style in reader.styles),
        "img-src": "data: blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_policy_stands_before_any_script_or_style() -> None:
    page = page_of(made(PLAN))
    before = Reader(page.split('<meta http-equiv="Content-Security-Policy"')[0]).tags
    assert before == ["html", "head", "meta", "meta"]


def test_hostile_names_end_no_script_and_change_no_title() -> None:
    page = page_of(hostile_network(), evidence=hostile_evidence(), title=HOSTILE["closes"])
    reader, harmless = Reader(page), Reader(page_of(made(PLAN)))
    assert reader.tags == harmless.tags
    assert json.loads(reader.payload)["title"] == HOSTILE["closes"]
    labels = [node["label"] for node in json.loads(reader.payload)["nodes"]]
    assert sorted(labels) == sorted(HOSTILE.values())
    assert f"<title>{html.escape(HOSTILE['closes'])}</title>" in page
    assert "\0" not in page_of(made(PLAN), title="null \0 and \udc80 half").encode().decode()


def test_map_of_the_small_graph_is_small(small_graph: Graph) -> None:
    network = small_graph.network()
    page = map_html(network, {}, scope=network.answer.scope, title=TITLE)
    assert len(page.encode()) < 1_000_000
