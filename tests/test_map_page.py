"""The map in a browser: quiet, inert, the words two actions away, and usable without a mouse."""

from __future__ import annotations

import json
import random
import re
import xml.etree.ElementTree as ET
from typing import Any

import networkx as nx
import pytest
from conftest import OpenPage, Watched
from made import HOSTILE, SCOPE, TITLE, hostile_evidence, hostile_network, made, said, tie

from cop_graph.graph import Graph, open_graph
from cop_graph.maps import map_html
from cop_graph.questions import evidence

RENDERERS = ["pyvis", "sigma"]
PHONE = {"width": 390, "height": 844}
PLAN = tie("kite", "cop:partnersWith", "tide", status="planned", asserts=False, topics="lamps")
TIES = [
    tie("kite", "cop:partnersWith", "lantern", contexts="Safe Harbour", start="2030", end="2031"),
    tie("lantern", "cop:isMemberOf", "harbour", topics="lamps"),
    tie("lantern", "cop:assists", "kite", start="2034"),
    tie("harbour", "cop:partnersWith", "reef"),
    tie("reef", "cop:partnersWith", "tide"),
    PLAN,
]
NODES = {
    "harbour": {"label": "harbour", "kind": "ministry", "region": "Sea"},
    "reef": {"label": "reef", "kind": "regulator", "region": "Coast"},
}
KEY = "copd:organization-kite cop:partnersWith copd:organization-lantern done"


@pytest.fixture(scope="module")
def page() -> dict[str, str]:
    words = {
        **said("claim-kite-lantern", voices=("Eastmark", "Westmark")),
        **said("claim-kite-tide", anchors=("will mend", "the lamps"), status="planned"),
        **said("claim-lantern-harbour"),
        **said("claim-lantern-kite"),
        **said("claim-harbour-reef"),
        **said("claim-reef-tide"),
    }
    network = made(*TIES, **NODES)
    return {
        renderer: map_html(network, words, scope=SCOPE, title=TITLE, renderer=renderer)
        for renderer in RENDERERS
    }


@pytest.fixture(scope="module")
def real_page() -> str:
    graph = open_graph()
    return drawn(graph)


def drawn(graph: Graph) -> str:
    network = graph.network()
    claims = [claim for row in network.answer for claim in row.claims]
    words = evidence(graph.store, claims)
    return map_html(network, words, scope=network.answer.scope, title=TITLE)


def quiet(watched: Watched) -> None:
    assert (watched.requests, watched.complaints) == ([], [])


def panel(watched: Watched) -> str:
    return watched.page.locator(".cg-panel").inner_text()


def on_stage(watched: Watched, expression: str) -> dict[str, float]:
    """Give a point of the stage, in pixels of the page."""
    box = watched.page.locator(".cg-stage").bounding_box()
    assert box is not None
    point = watched.page.evaluate(expression)
    return {"x": box["x"] + point["x"], "y": box["y"] + point["y"]}


def settle(watched: Watched) -> None:
    watched.page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


# Quiet and inert.


@pytest.mark.parametrize("renderer", RENDERERS)
def test_hostile_names_are_inert_and_shown_as_they_are(
    renderer: str, browser_page: OpenPage
) -> None:
    text = map_html(
        hostile_network(),
        hostile_evidence(),
        scope=SCOPE,
        title=HOSTILE["closes"],
        renderer=renderer,
    )
    watched = browser_page(text)
    shown = watched.page.evaluate(
        """() => Object.fromEntries(map.model.ties.map(tie => {
          map.set({ selection: { what: "tie", id: tie.id } });
          const panel = document.querySelector(".cg-panel");
          return [tie.source.id, {
            lead: panel.querySelector(".cg-lead").textContent,
            words: [...panel.querySelectorAll("q")].map(q => q.textContent),
            made: panel.querySelectorAll("b, img, script").length }];
        }))"""
    )
    for name, label in HOSTILE.items():
        if name in ("constructor", "closes"):
            continue
        found = shown[f"copd:organization-{name}"]
        assert found["lead"] == f"{label.strip()} partners with __proto__"
        assert found["words"] == [label, "<b>anchor</b>"]
        assert found["made"] == 0
    assert watched.page.title() == HOSTILE["closes"]
    counts = "[document.images.length, document.scripts.length, document.links.length]"
    scripts = {"pyvis": 5, "sigma": 3}[renderer]
    assert watched.page.evaluate(counts) == [0, scripts, 0]
    root = ET.fromstring(watched.page.evaluate("map.svg()"))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags == {"svg", "title", "desc", "rect", "g", "path", "circle", "text", "tspan"}
    assert {
        name for element in root.iter() for name in element.attrib if name.startswith("on")
    } == set()
    assert HOSTILE["remote"] in {
        (element.text or "").partition(", <")[0] for element in root.iter()
    }
    quiet(watched)


@pytest.mark.parametrize("renderer", RENDERERS)
def test_page_works_quietly_through_all_that_it_can_do(
    renderer: str, page: dict[str, str], browser_page: OpenPage
) -> None:
    watched = browser_page(page[renderer])
    for name in ("Nearer", "Farther", "Show all"):
        watched.page.get_by_role("button", name=name, exact=True).click()
    with watched.page.expect_download() as download:
        watched.page.get_by_role("button", name="SVG").click()
    assert download.value.suggested_filename == "map.svg"
    watched.page.get_by_label("Find an actor").fill("reef")
    watched.page.get_by_label("ministry").or_(
        watched.page.get_by_label("Governmental body")
    ).first.uncheck()
    watched.page.get_by_role("button", name="Show all again").click()
    watched.page.get_by_role("button", name="Actors").click()
    watched.page.emulate_media(color_scheme="dark")
    watched.page.set_viewport_size(PHONE)
    settle(watched)
    quiet(watched)


def test_policy_stops_what_a_page_might_still_ask_for(
    page: dict[str, str], browser_page: OpenPage
) -> None:
    bad = page["sigma"].replace(
        "</header>",
        '<img src="http://hostile.example/a.png"><script>document.title = "bad"</script></header>',
    )
    watched = browser_page(bad)
    assert watched.requests == []
    assert len([line for line in watched.complaints if "Content Security Policy" in line]) == 2
    assert watched.page.title() == TITLE


def test_browser_of_these_tests_would_see_requests_and_errors(browser_page: OpenPage) -> None:
    """Without the policy the same request is made, so the empty lists above mean something."""
    watched = browser_page(
        "<title>x</title><img src='http://hostile.example/a.png'><script>throw 'up'</script>"
    )
    assert watched.requests == ["http://hostile.example/a.png"]
    assert "up" in watched.complaints


# The picture.


MIDDLE = """(() => {
  const [a, b] = ["kite", "tide"].map(
    name => map.renderer.place(map.model.actor("copd:organization-" + name)));
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
})()"""
"""Where the planned tie is on the stage."""


def titled(watched: Watched, title: str) -> None:
    """Wait until the panel has a title; the policy of the page forbids to wait within it."""
    heading = watched.page.locator(".cg-panel h2").first
    heading.filter(has_text=title).wait_for()


@pytest.mark.parametrize("renderer", RENDERERS)
def test_click_on_actor_and_tie_shows_what_is_said(
    renderer: str, page: dict[str, str], browser_page: OpenPage
) -> None:
    watched = browser_page(page[renderer])
    settle(watched)
    at = on_stage(watched, 'map.renderer.place(map.model.actor("copd:organization-reef"))')
    watched.page.mouse.move(**at)
    watched.page.mouse.click(**at)
    titled(watched, "Actor")
    assert "reef" in panel(watched)
    at = on_stage(watched, MIDDLE)
    watched.page.mouse.move(**at)
    watched.page.mouse.click(**at)
    titled(watched, "Why this tie?")
    assert "planned – not a fact" in panel(watched)
    quiet(watched)


def test_taps_choose_actors_and_ties_that_no_pointer_was_over(
    page: dict[str, str], browser_page: OpenPage
) -> None:
    """Each the first touch of a page: nothing has hovered there, and no frame is waited for."""
    for where, title, words in [
        ('map.renderer.place(map.model.actor("copd:organization-reef"))', "Actor", "reef"),
        (MIDDLE, "Why this tie?", "planned – not a fact"),
    ]:
        for beside in (0, 11):  # a finger is no needle
            watched = browser_page(page["sigma"], viewport=PHONE, has_touch=True, is_mobile=True)
            at = on_stage(watched, where)
            watched.page.touchscreen.tap(at["x"] + beside, at["y"])
            titled(watched, title)
            assert words in panel(watched)
            quiet(watched)


@pytest.mark.parametrize("renderer", RENDERERS)
def test_picture_is_painted(renderer: str, page: dict[str, str], browser_page: OpenPage) -> None:
    watched = browser_page(page[renderer])
    settle(watched)
    shot = watched.page.locator(".cg-stage").screenshot()
    watched.page.evaluate("map.set({ filters: { ...map.state().filters, theme: 'no such' } })")
    settle(watched)
    assert len(shot) > 1.5 * len(watched.page.locator(".cg-stage").screenshot())


@pytest.mark.parametrize("renderer", RENDERERS)
def test_labels_do_not_overlap(renderer: str, browser_page: OpenPage) -> None:
    names = ["Office of the Blue Lantern at Lanternport", "Kite Works", "Ministry of Tides"]
    nodes = {f"n{number:02}": {"label": f"{names[number % 3]} {number}"} for number in range(60)}
    ties = [tie(f"n{number:02}", "cop:assists", f"n{number // 3:02}") for number in range(1, 60)]
    text = map_html(made(*ties, **nodes), {}, scope=SCOPE, title=TITLE, renderer=renderer)
    watched = browser_page(text, viewport={"width": 1440, "height": 900})
    settle(watched)
    count = """() => {
      const boxes = map.overlay.labels.map(label => label.box);
      let over = 0;
      boxes.forEach((a, m) => boxes.slice(m + 1).forEach(b => {
        over += a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      }));
      return { drawn: boxes.length, over };
    }"""
    far = watched.page.evaluate(count)
    assert far["over"] == 0
    assert far["drawn"] >= 25
    watched.page.evaluate("map.set({ camera: { ...map.renderer.camera(), span: 500 } })")
    settle(watched)
    near = watched.page.evaluate(
        "[map.overlay.labels.length, map.model.actors.filter(actor => { const at = "
        "map.renderer.place(actor); const stage = document.querySelector('.cg-stage'); return "
        "at.x > 0 && at.y > 0 && at.x < stage.clientWidth && at.y < stage.clientHeight }).length]"
    )
    assert near[0] == near[1] > 0  # the nearer, the more of what is in view is named


def test_picture_without_webgl_is_still_there(page: dict[str, str], browser_page: OpenPage) -> None:
    blind = page["sigma"].replace('getContext("webgl', 'getContext("none')
    start = re.search(r"script-src ([^;]*);", blind)
    assert start is not None
    watched = browser_page(blind.replace(start[0], "script-src 'unsafe-inline';"))
    settle(watched)
    stage = watched.page.locator(".cg-stage")
    assert stage.locator(".cg-sigma").count() == 0
    shot = stage.screenshot()
    watched.page.evaluate("map.set({ filters: { ...map.state().filters, theme: 'no such' } })")
    settle(watched)
    assert len(shot) > 1.5 * len(stage.screenshot())
    watched.page.evaluate("map.set({ filters: { ...map.state().filters, theme: '' } })")
    watched.page.mouse.click(**on_stage(watched, MIDDLE))
    titled(watched, "Why this tie?")
    quiet(watched)


# The words.


def test_twenty_ties_of_the_real_graph_lead_to_their_words_in_two_actions(
    real_page: str, browser_page: OpenPage
) -> None:
    watched = browser_page(real_page)
    ties = watched.page.evaluate("map.model.ties.map(tie => [tie.id, tie.claims.map(c => c.said)])")
    for key, claims in random.Random(22).sample(ties, min(20, len(ties))):
        watched.page.evaluate("map.set({ selection: { what: 'nothing' } })")
        watched.page.locator(f"[data-open={json.dumps(key)}]").dispatch_event(
            "click"
        )  # the one action
        text = panel(watched)
        for claim in claims:
            assert f"paragraph {claim['paragraph']}" in text
            assert all(anchor in text for anchor in claim["anchors"])
    quiet(watched)


def test_panel_tells_status_dates_voices_and_words(
    page: dict[str, str], browser_page: OpenPage
) -> None:
    watched = browser_page(page["sigma"])
    watched.page.locator(f"[data-open={json.dumps(KEY)}]").click()
    lines = [line for line in panel(watched).splitlines() if line.strip()]
    assert lines == [
        "Why this tie?",
        "kite partners with lantern",
        "status",
        "done",
        "dates",
        "2030 to 2031",
        "within",
        "Safe Harbour",
        "kept the lamps",
        "paragraph 1.1, Report of the Alpha Forum",
        "according to Eastmark, Westmark",
        "copd:claim-kite-lantern",
        "Close",
    ]


def test_ways_between_two_are_found_with_their_words(
    page: dict[str, str], browser_page: OpenPage
) -> None:
    watched = browser_page(page["sigma"])
    watched.page.get_by_text("How are two connected?").click()
    watched.page.get_by_label("From", exact=True).fill("lantern")
    watched.page.get_by_label("To", exact=True).fill("tide")
    watched.page.get_by_role("button", name="Find the ways").click()
    text = panel(watched)
    assert "2 ways between lantern and tide" in text
    assert "Way 1, in 2 steps" in text
    assert "Way 2, in 3 steps" in text
    assert "kite partners with tide (planned, not a fact)" in text
    assert "will mend the lamps" in text
    assert "Searched: the 6 ties shown, not through actors tied to more than 50 others" in text
    watched.page.get_by_text("How are two connected?").click()
    watched.page.get_by_label("Not through actors").fill("1")
    watched.page.get_by_role("button", name="Find the ways").click()
    text = panel(watched)
    assert "The reports state no way between lantern and tide" in text
    assert "3 actors were not gone through: harbour, kite, reef." in text
    watched.page.get_by_text("How are two connected?").click()
    watched.page.get_by_label("To", exact=True).fill("nobody")
    watched.page.get_by_role("button", name="Find the ways").click()
    assert "No actor is called “nobody”" in watched.page.locator(".cg-connect").inner_text()


def test_ways_equal_those_of_networkx(real_page: str, browser_page: OpenPage) -> None:
    watched = browser_page(real_page)
    ends = watched.page.evaluate("map.model.ties.map(tie => [tie.source.id, tie.target.id])")
    graph = nx.Graph(ends)
    for source, target in random.Random(7).sample(sorted(nx.utils.pairwise(sorted(graph))), 8):
        watched.page.evaluate(
            "([from, to]) => map.set({ selection: { what: 'ways', from, to, bound: 99 } })",
            [source, target],
        )
        heads = watched.page.locator(".cg-panel h3").all_inner_texts()
        if not nx.has_path(graph, source, target):
            assert heads == []
            continue
        length = nx.shortest_path_length(graph, source, target)
        words = "directly" if length == 1 else f"in {length} steps"
        assert heads[0] == f"Way 1, {words}"
        disjoint = nx.node_connectivity(graph, source, target)
        assert 1 <= len(heads) <= max(disjoint, 1)


# Filters, search, tables.


FILTERS = [
    ("uncheck", "Governmental body", "", 3),
    ("uncheck", "is a member of", "", 5),
    ("uncheck", "planned: not a fact", "", 5),
    ("select", "on the theme", "lamps", 2),
    ("select", "with an actor in", "Sea", 2),
    ("uncheck", "also where no date is said", "", 2),
    ("slide", "To year", "2033", 5),
    ("slide", "From year", "2032", 5),
]


def test_filters_leave_the_same_in_picture_and_table(
    page: dict[str, str], browser_page: OpenPage
) -> None:
    watched = browser_page(page["sigma"])
    found = []
    for act, label, value, _ in FILTERS:
        control = watched.page.locator(".cg-filters").get_by_label(label)
        if act == "uncheck":
            control.uncheck()
        elif act == "select":
            control.select_option(value)
        else:
            control.fill(value)
        rows = watched.page.locator(".cg-tables tbody tr").count()
        about = watched.page.locator(".cg-about").inner_text()
        table = watched.page.locator(".cg-tables-head").inner_text()
        assert f"{rows} of 6 ties." in about, label
        assert f"{rows} of 6 ties; the filters hide the others" in table, label
        found.append((act, label, value, rows))
        watched.page.get_by_role("button", name="Show all again").click()
        assert watched.page.locator(".cg-tables tbody tr").count() == 6
    assert found == FILTERS
    quiet(watched)


def test_search_finds_and_tells_how_many(page: dict[str, str], browser_page: OpenPage) -> None:
    watched = browser_page(page["sigma"])
    search = watched.page.get_by_label("Find an actor")
    counts = []
    for words in ("LANT", "k", "nobody"):
        search.fill(words)
        counts.append(watched.page.locator(".cg-search [role=status]").inner_text())
    assert counts == ["1 found", "1 found", "0 found"]
    search.fill("ree")
    search.press("Enter")
    assert panel(watched).splitlines()[0] == "Actor"
    assert "harbour partners with reef" in panel(watched)


def test_tables_sort_both_ways(page: dict[str, str], browser_page: OpenPage) -> None:
    watched = browser_page(page["sigma"])
    column = ".cg-tables tbody td:nth-child(3)"
    head = watched.page.locator(".cg-tables thead").get_by_role("button", name="To")
    head.click()
    upwards = watched.page.locator(column).all_inner_texts()
    head.click()
    downwards = watched.page.locator(column).all_inner_texts()
    assert upwards == sorted(upwards)
    assert downwards == sorted(downwards, reverse=True)
    assert watched.page.locator("th[aria-sort=descending]").inner_text() == "To ↓"
    watched.page.get_by_role("button", name="Actors").click()
    watched.page.locator(".cg-tables thead").get_by_role("button", name="degree").click()
    figures = watched.page.locator(".cg-tables tbody td:nth-child(5)").all_inner_texts()
    assert figures == ["1", "1", "2", "2", "2"]  # the plan is not counted


# The address.


@pytest.mark.parametrize("renderer", RENDERERS)
def test_copied_address_shows_the_same_view_in_a_clean_profile(
    renderer: str, page: dict[str, str], browser_page: OpenPage
) -> None:
    watched = browser_page(page[renderer])
    watched.page.locator(".cg-filters").get_by_label("is a member of").uncheck()
    watched.page.locator(".cg-filters").get_by_label("on the theme").select_option("lamps")
    watched.page.get_by_role("button", name="Nearer").click()
    watched.page.locator(".cg-stage").press("ArrowRight")
    watched.page.get_by_label("Find an actor").fill("ti")
    watched.page.locator(".cg-tables thead").get_by_role("button", name="Status").click()
    watched.page.locator("[data-open]").first.click()
    settle(watched)
    look = """() => ({ state: map.state(), camera: map.renderer.camera(),
      panel: document.querySelector(".cg-panel").innerText,
      table: document.querySelector(".cg-tables").innerText,
      legend: [...document.querySelectorAll(".cg-filters input")].map(i => i.checked + i.value),
      words: document.querySelector("#cg-search").value })"""
    before = watched.page.evaluate(look)
    address = watched.page.evaluate("location.hash")
    again = browser_page(page[renderer], hash=address)
    settle(again)
    after = again.page.evaluate(look)
    assert rounded(after) == rounded(before)
    assert before["state"]["camera"] is not None
    assert again.page.evaluate("location.hash") == address
    quiet(again)


def rounded(view: dict[str, Any]) -> dict[str, Any]:
    """Round the camera to pixels: the address holds one digit after the point."""
    for camera in (view["camera"], view["state"]["camera"]):
        for name in camera:
            camera[name] = round(camera[name] / 2)
    return view


def test_address_that_names_nothing_of_this_map_says_so(
    page: dict[str, str], browser_page: OpenPage
) -> None:
    watched = browser_page(
        page["sigma"], hash="#tie=<b>no</b>&view=NaN,1,0&from=1e9&sort=__proto__"
    )
    assert "this map does not hold: <b>no</b>" in panel(watched)
    quiet(watched)


# Keyboard, screen reader, sizes.


@pytest.mark.parametrize(
    ("scheme", "size"),
    [
        pytest.param("light", {"width": 1440, "height": 900}, id="desktop-light"),
        pytest.param("dark", {"width": 1440, "height": 900}, id="desktop-dark"),
        pytest.param("light", PHONE, id="phone-light"),
    ],
)
def test_axe_finds_nothing_serious(
    scheme: str, size: dict[str, int], real_page: str, browser_page: OpenPage
) -> None:
    watched = browser_page(real_page, viewport=size, color_scheme=scheme)
    watched.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    watched.page.evaluate(
        "map.set({ selection: { what: 'tie', id: map.model.ties.find(t => !t.asserts).id } })"
    )
    assert watched.faults_of_access() == []
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert watched.page.evaluate(wide) <= 0
    quiet(watched)


def test_every_fact_is_reached_by_keyboard(page: dict[str, str], browser_page: OpenPage) -> None:
    watched = browser_page(page["pyvis"])
    keyboard = watched.page.keyboard
    opened, stops = set(), []
    for _ in range(80):
        keyboard.press("Tab")
        stop = watched.page.evaluate(
            """() => { const e = document.activeElement; const s = getComputedStyle(e);
            return { key: e.dataset.open ?? "", name: e.className, tag: e.tagName,
              seen: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 }; }"""
        )
        if stop["tag"] == "BODY":
            break
        stops.append(stop)
        if stop["key"]:
            keyboard.press("Enter")
            assert watched.page.evaluate("document.activeElement.className") == "cg-card cg-panel"
            assert "kept the lamps" in panel(watched) or "will mend" in panel(watched)
            opened.add(stop["key"])
            watched.page.evaluate(
                "key => [...document.querySelectorAll('[data-open]')]"
                ".find(e => e.dataset.open === key).focus()",
                stop["key"],
            )
    ties = set(watched.page.evaluate("map.model.ties.map(tie => tie.id)"))
    assert opened == ties
    assert [stop for stop in stops if not stop["seen"]] == []
    assert any("cg-stage" in stop["name"] for stop in stops)


def test_picture_moves_by_keyboard(page: dict[str, str], browser_page: OpenPage) -> None:
    watched = browser_page(page["pyvis"])
    stage = watched.page.locator(".cg-stage")
    start = watched.page.evaluate("map.renderer.camera()")
    stage.press("ArrowRight")
    stage.press("+")
    moved = watched.page.evaluate("map.renderer.camera()")
    assert moved["x"] > start["x"]
    assert moved["span"] < start["span"]
    stage.press("0")
    assert watched.page.evaluate("map.state().camera") is None


def test_what_is_chosen_is_read_out(page: dict[str, str], browser_page: OpenPage) -> None:
    watched = browser_page(page["sigma"])
    watched.page.locator(f"[data-open={json.dumps(KEY)}]").click()
    live = watched.page.locator("[aria-live=polite]")
    assert live.inner_text() == "kite partners with lantern"


def test_download_is_well_formed_with_labels_legend_source_and_version(
    page: dict[str, str], browser_page: OpenPage
) -> None:
    watched = browser_page(page["pyvis"])
    root = ET.fromstring(watched.page.evaluate("map.svg()"))
    words = " ".join("".join(element.itertext()) for element in root.iter())
    for text in (
        TITLE,
        "kite",
        "lantern",
        "not a fact",
        "0123456789ab",
        "Governmental body",
        "does not mean that there is none",
        "how many others it is tied to",
    ):
        assert text in words, text
    dashed = [element for element in root.iter() if element.get("stroke-dasharray")]
    assert len(dashed) == 2  # the plan, and its line in the legend
    watched.page.evaluate("map.set({ filters: { ...map.state().filters, statuses: ['planned'] } })")
    left = ET.fromstring(watched.page.evaluate("map.svg()"))
    assert [element for element in left.iter() if element.get("stroke-dasharray")] == []


def test_thousands_are_shown_and_their_table_grows_on_demand(browser_page: OpenPage) -> None:
    edges = nx.barabasi_albert_graph(1500, 2, seed=1).edges()
    network = made(*(tie(f"n{a:04}", "cop:assists", f"n{b:04}") for a, b in edges))
    watched = browser_page(map_html(network, {}, scope=SCOPE, title=TITLE))
    rows = watched.page.locator(".cg-tables tbody tr")
    assert rows.count() == 250
    watched.page.get_by_role("button", name="Show 250 more").click()
    assert rows.count() == 500
    settle(watched)
    assert watched.page.evaluate("map.overlay.labels.length") > 10
    quiet(watched)


def test_real_map_stays_below_a_megabyte_and_a_half(real_page: str) -> None:
    assert len(real_page.encode()) < 1_500_000
