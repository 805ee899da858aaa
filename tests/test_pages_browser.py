"""Pages in a browser: journeys, keyboard, no script, no request elsewhere, accessible to all.

The pages are those of the real command, ``cop-graph serve``, on the real graph.
"""

from __future__ import annotations

import gzip
import html
import io
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from math import hypot
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

import numpy as np
import pypdf
import pytest
from PIL import Image
from serving import start_server
from visits import Visit

import cop_graph

ROOT = Path(__file__).resolve().parent.parent
AXE = ROOT / "browser" / "node_modules" / "axe-core" / "axe.min.js"
PATHS = [
    "/",
    "/search?q=pakistan",
    "/search?kind=State",
    "/id/organization-pakistan-telecommunication-authority",
    "/ontology/theme-privacy",
    "/ontology/partnersWith",
    "/id/claim-cwg-cop-22-5-5-022",
    "/id/paragraph-cwg-cop-22-5-7",
    "/report/cwg-cop-22",
    "/questions/partners-of?actor=PTA",
    "/questions/planned",
    "/questions/pillar-counts",
    "/compare?a=Tanzania&b=Chad",
    "/connect?a=Scort&b=UNICEF",
    "/id/state-tanzania/brief",
    "/id/state-tanzania/map",
    "/timeline?actor=ITU",
    "/matrix?actor=PTA",
    "/world?actor=PTA",
    "/map",
    "/map?network=support&view=table",
    "/sparql",
    "/about",
    "/nothing",
]


@pytest.fixture(scope="module")
def graph():
    return cop_graph.open_graph(ROOT / "data", named_graphs=False)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("serve")
    nothing = folder / "reports"  # whatever reports this machine has are not shown
    nothing.mkdir()
    arguments = ("--data", str(ROOT / "data"), "--reports", str(nothing))
    server = start_server(*arguments, log=folder / "log")
    yield server.address
    server.end()


def faults_of_access(page) -> list[tuple[str, list[str]]]:
    """What axe calls serious or critical."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [
        (one["id"], [node["html"][:90] for node in one["nodes"]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


VISITS = [
    pytest.param(path, width, scheme, id=f"{path}-{width}-{scheme}")
    for number, path in enumerate(PATHS)
    for width, scheme in (
        [(390, "dark"), (1440, "light")] if number % 2 else [(390, "light"), (1440, "dark")]
    )
]


@pytest.mark.parametrize(("path", "width", "scheme"), VISITS)
def test_page_is_accessible_and_fits(browser, address: str, path, width, scheme) -> None:
    """No sideways scrolling, no complaint, no serious or critical finding of axe."""
    with Visit(
        browser,
        address,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        bypass_csp=True,  # for axe alone; the policy is tested by all other visits
    ) as visit:
        visit.page.goto(path)
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        assert faults_of_access(visit.page) == []
        assert (visit.foreign, visit.complaints) == ([], [])


def test_pages_live_under_their_own_policy_and_fit_a_tablet(browser, address: str) -> None:
    with Visit(browser, address, viewport={"width": 820, "height": 1100}) as visit:
        for path in PATHS:
            visit.page.goto(path)
            assert visit.page.evaluate("document.documentElement.dataset.script") == "on"
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= 820, path
        assert (visit.foreign, visit.complaints) == ([], [])


def test_partners_of_pta_and_their_words_in_three_actions(browser, address: str, graph) -> None:
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto("/")
        page.get_by_role("combobox").fill("PTA")  # 1
        page.get_by_role("option").first.click()  # 2
        page.wait_for_url("**/id/organization-pakistan-telecommunication-authority")
        section = page.locator("section.facts", has=page.get_by_role("heading", name="Works with"))
        partners = {str(row["partner"]) for row in graph.ask("partners-of", actor="PTA")}
        for partner in partners:
            assert section.get_by_role("link", name=partner).count() >= 1
        line = section.locator("li", has_text="Partners with TikTok").filter(has_text="Hifazat")
        line.first.locator("a.cite").click()  # 3
        drawer = page.get_by_role("dialog")
        drawer.get_by_text("partnered with TikTok").wait_for()
        assert "Paragraph 5.5" in drawer.inner_text()
        page.keyboard.press("Escape")
        assert not drawer.is_visible()
        assert (visit.foreign, visit.complaints) == ([], [])


def test_search_by_keyboard_alone(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto("/about")
        page.keyboard.press("/")
        page.keyboard.type("tanzan")
        page.get_by_role("option").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/id/state-tanzania")
        assert page.get_by_role("heading", level=1).inner_text() == "Tanzania"


def test_which_states_have_a_helpline(browser, address: str, graph) -> None:
    with Visit(browser, address) as visit:
        visit.page.goto("/")
        visit.page.get_by_role("link", name="Which helplines and hotlines").click()
        rows = visit.page.locator("table.answer tbody tr")
        rows.first.wait_for()
        answer = graph.ask("helplines")
        assert rows.count() == len(answer)
        for row in answer:
            assert visit.page.get_by_role("cell", name=str(row["state"])).count() >= 1


def test_brief_for_tanzania_as_docx(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        visit.page.goto("/id/state-tanzania")
        visit.page.get_by_role("link", name="Brief").click()
        with visit.page.expect_download() as waiting:
            visit.page.get_by_role("link", name="DOCX").click()
        assert waiting.value.suggested_filename == "brief-state-tanzania.docx"
        assert Path(waiting.value.path()).read_bytes()[:2] == b"PK"


def test_what_is_planned_for_2025(browser, address: str, graph) -> None:
    given = {"from": "2025", "until": "2025"}
    answer = graph.ask("planned", **given)
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto("/questions/planned")
        page.get_by_label("First year, month or day").fill("2025")
        page.get_by_label("Last year, month or day").fill("2025")
        page.get_by_role("button", name="Ask").click()
        page.locator("h2#answer", has_text=f"{len(answer)} row").wait_for()
        assert page.locator("table.answer.plan tbody tr").count() == len(answer)
        assert page.locator("table.answer:not(.plan)").count() == 0


def test_how_are_scort_and_unicef_connected(browser, address: str, graph) -> None:
    found = cop_graph.connect(graph, "Scort", "UNICEF")
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto("/connect")
        page.get_by_label("From").fill("Scort")
        page.get_by_label("To", exact=True).fill("UNICEF")
        page.get_by_role("button", name="Connect").click()
        ways = page.locator(".way")
        ways.first.wait_for()
        assert ways.count() == len(found.ways)
        for way, shown in zip(found.ways, ways.all(), strict=True):
            stops = shown.locator(".stops li:not(.step)").all_inner_texts()
            assert stops == [found.labels[node] for node in way.nodes]
        ties = sum(len(step.ties) for way in found.ways for step in way.steps)
        assert page.locator(".way li.line").count() == ties
        page.locator(".way a.cite").first.click()
        page.get_by_role("dialog").get_by_text("Who says so").wait_for()


def test_a_query_runs_in_the_editor_and_asks_nobody_else(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto("/sparql")
        page.locator("summary", has_text="Which states are named").click()
        page.locator("details[open] a[data-example]").click()
        page.get_by_role("button", name="Run").click()
        page.locator("table.answer tbody tr").first.wait_for()
        assert page.get_by_role("link", name="Tanzania", exact=True).count() == 1
        page.locator(".CodeMirror textarea").press("Control+Home")
        page.keyboard.type("PREFIX foaf: ")
        page.wait_for_timeout(400)
        assert (visit.foreign, visit.complaints) == ([], [])


def test_all_works_without_scripts(browser, address: str, graph) -> None:
    with Visit(browser, address, java_script_enabled=False) as visit:
        page = visit.page
        page.goto("/")
        page.get_by_role("searchbox").fill("PTA")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="Pakistan Telecommunication Authority").first.click()
        page.locator("a.cite").first.click()
        page.wait_for_url("**/id/claim-*")
        page.goto("/questions/partners-of")
        page.get_by_label("Actor whose partners").fill("PTA")
        page.get_by_role("button", name="Ask").click()
        rows = page.locator("table.answer tbody tr")
        assert rows.count() == len(graph.ask("partners-of", actor="PTA"))
        page.get_by_role("link", name="partner", exact=True).click()
        assert page.locator("th[aria-sort]").count() == 1
        page.goto("/timeline")
        assert page.locator("table.answer tbody tr").count() > 10
        assert visit.complaints == []


def test_a_mark_of_a_picture_opens_its_evidence_by_keyboard(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        visit.page.goto("/id/organization-pakistan-telecommunication-authority/map")
        visit.page.locator(".picture [data-claims]").first.focus()
        visit.page.keyboard.press("Enter")
        visit.page.get_by_role("dialog").get_by_text("Paragraph 5.5").first.wait_for()
        assert (visit.foreign, visit.complaints) == ([], [])


@pytest.mark.parametrize("path", ["/", "/map", "/map?network=themes"])
def test_first_load_is_small(address: str, path: str) -> None:
    """All that a page names, with what scripts load later; what reads PDF comes with a PDF."""
    with urlopen(address + path) as response:
        body = response.read()
    named = set(
        re.findall(r'(?:src|href|data-(?!pdf)\w+)="(/(?:static/|map\.json)[^"]+)"', body.decode())
    )
    parts = [body]
    for part in named:
        with urlopen(address + html.unescape(part)) as response:
            parts.append(response.read())
    assert len(parts) > (5 if path.startswith("/map") else 2)
    assert sum(len(gzip.compress(part)) for part in parts) < 300_000


# The network.


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_network_is_walked_through_to_the_words(browser, address: str, graph, width: int) -> None:
    """Filter, expand, ways between two, why a line is there, and the page of its claim."""
    network = graph.network("partnership")
    with Visit(browser, address, viewport={"width": width, "height": 900}) as visit:
        page = visit.page
        page.goto("/id/state-tanzania")
        page.get_by_role("link", name="See it on the map").click()
        page.locator(".cg-panel .cg-lead", has_text="Tanzania").wait_for()
        assert "around=copd%3Astate-tanzania" in page.url
        near = page.locator(".cg-tables tbody tr").count()
        assert 0 < near < network.graph.number_of_edges()
        page.locator(".cg-panel .cg-name, .cg-panel .cg-row").first.click()
        page.locator(".cg-panel a[data-evidence]").first.click()
        page.get_by_role("dialog").get_by_text("Who says so").wait_for()
        page.keyboard.press("Escape")
        page.locator(".cg-panel .cg-name", has_text="International Telecommunication").first.click()
        page.get_by_role("button", name="Show its neighbours too").click()
        assert page.locator(".cg-tables tbody tr").count() > near
        page.get_by_role("button", name="Show everybody").click()
        assert page.locator(".cg-tables tbody tr").count() == network.graph.number_of_edges()
        address_of_view = page.url
        page.reload()
        page.locator(".cg-panel .cg-lead", has_text="International Telecommunication").wait_for()
        assert page.url == address_of_view
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("section[aria-labelledby=table]").is_hidden()
        assert (visit.foreign, visit.complaints) == ([], [])


def test_network_without_scripts_is_a_table_with_the_evidence(browser, address, graph) -> None:
    with Visit(browser, address, java_script_enabled=False) as visit:
        visit.page.goto("/map?network=support")
        rows = visit.page.locator("table.answer tbody tr")
        assert rows.count() == graph.network("support").graph.number_of_edges()
        assert rows.first.is_visible()
        visit.page.locator("a.cite").first.click()
        visit.page.wait_for_url("**/id/claim-*")


def test_network_that_cannot_be_had_leaves_the_table(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        visit.page.route("**/map.json*", lambda route: route.fulfill(status=503, body="busy"))
        visit.page.goto("/map")
        visit.page.locator("table.answer tbody tr").first.wait_for(state="visible")


def test_rows_of_a_question_are_chosen_on_their_map(browser, address: str, graph) -> None:
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto("/questions/partners-of?actor=PTA")
        page.locator("[data-map-below]").scroll_into_view_if_needed()
        find = page.get_by_label("Find an actor")
        find.fill("TikTok")
        page.locator(".cg-search .cg-row, .cg-search button").first.click()
        page.locator(".chosen", has_text="TikTok").wait_for()
        belonging = {
            claim for row in graph.ask("records-of", thing="TikTok") for claim in row["claims"]
        }
        answer = graph.ask("partners-of", actor="PTA")
        held = sum(bool(belonging & set(row["claims"])) for row in answer)
        assert page.locator("table.answer tr.is-chosen").count() == held > 0
        assert "actor=copd%3Aorganization-tiktok" in page.url
        assert (visit.foreign, visit.complaints) == ([], [])


# The live picture: canvases first, sigma when a hand is on it.

WHEEL = "stage => stage.dispatchEvent(new WheelEvent('wheel', {deltaY: 0, cancelable: true}))"


def place_of(page, node) -> dict[str, float]:
    """Where a node of the network is, in pixels of the page, told by the view in the address."""
    view = parse_qs(urlsplit(page.url).fragment)["view"][0]
    x, y, span = (float(part) for part in view.split(","))
    box = page.locator(".cg-stage").bounding_box()
    inner = {"width": box["width"] - 2, "height": box["height"] - 2}  # within its border
    scale = min(inner.values()) / span
    return {
        "x": box["x"] + 1 + inner["width"] / 2 + (node["x"] - x) * scale,
        "y": box["y"] + 1 + inner["height"] / 2 + (node["y"] - y) * scale,
    }


def network_at(address: str, name: str = "partnership"):
    with urlopen(f"{address}/map.json?network={name}") as response:
        return json.loads(response.read())


def clear_tie(payload):
    """A straight tie whose middle is far from all else, and its two ends."""
    nodes, edges = payload["nodes"], payload["edges"]
    pairs = Counter(frozenset((edge["source"], edge["target"])) for edge in edges)

    def room(edge) -> float:
        ends = [nodes[edge[end]] for end in ("source", "target")]
        x, y = (sum(end[axis] for end in ends) / 2 for axis in "xy")
        return min(hypot(node["x"] - x, node["y"] - y) for node in nodes)

    single = [edge for edge in edges if pairs[frozenset((edge["source"], edge["target"]))] == 1]
    edge = max(single, key=room)
    return edge, nodes[edge["source"]], nodes[edge["target"]]


def middle(page, one, other) -> dict[str, float]:
    ends = [place_of(page, end) for end in (one, other)]
    return {axis: (ends[0][axis] + ends[1][axis]) / 2 for axis in "xy"}


def pixels(page) -> np.ndarray:
    shot = page.locator(".cg-stage").screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def test_picture_stands_before_sigma_is_asked_for(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto("/map")
        page.locator("[data-drawn]").wait_for()
        scripts = [url for url in visit.asked if url.endswith(".js")]
        assert [url for url in scripts if "/engine-" in url or "/map-" in url] == []
        assert len(scripts) == 2
        assert page.locator(".cg-sigma").count() == 0
        assert len(np.unique(pixels(page).reshape(-1, 3), axis=0)) > 100
        assert (visit.foreign, visit.complaints) == ([], [])


@pytest.mark.parametrize(
    ("name", "scheme"), [("partnership", "light"), ("support", "dark"), ("themes", "light")]
)
def test_picture_is_the_same_when_sigma_has_come(browser, address, name, scheme) -> None:
    """Same places, same choice, same camera; no mark is seen to jump."""
    with Visit(browser, address, color_scheme=scheme, reduced_motion="reduce") as visit:
        page = visit.page
        actor = network_at(address, name)["nodes"][0]["id"]
        page.goto(f"/map?network={name}#{urlencode({'actor': actor})}")
        page.locator("[data-drawn]").wait_for()
        page.get_by_role("button", name="Farther").focus()  # where nothing hovers
        before, address_before = pixels(page), page.url
        page.locator(".cg-stage").evaluate(WHEEL)
        page.locator(".cg-sigma canvas").first.wait_for()
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => done()))")
        after = pixels(page)
        apart = np.abs(before - after).max(axis=2)
        assert (apart > 64).mean() < 0.01  # one pixel aside, and it is 0.03
        assert urlsplit(page.url).query == urlsplit(address_before).query
        assert parse_qs(urlsplit(page.url).fragment)["actor"] == [actor]
        assert (visit.foreign, visit.complaints) == ([], [])


def test_first_click_is_not_lost_and_later_ones_find_the_same(browser, address: str) -> None:
    payload = network_at(address)
    edge, one, other = clear_tie(payload)
    with Visit(browser, address, reduced_motion="reduce") as visit:
        page = visit.page
        page.goto(f"/map#{urlencode({'view': view_of(payload)})}")
        page.locator("[data-drawn]").wait_for()
        chosen = []
        for _ in ("before sigma", "after"):
            page.mouse.click(**middle(page, one, other))
            page.get_by_role("heading", name="Why this tie?").wait_for()
            chosen.append(parse_qs(urlsplit(page.url).fragment)["tie"][0])
            page.locator(".cg-sigma canvas").first.wait_for()
            page.mouse.click(**place_of(page, one))
            page.locator(".cg-panel .cg-lead", has_text=one["label"]).wait_for()
            assert parse_qs(urlsplit(page.url).fragment)["actor"] == [one["id"]]
        assert chosen == [edge["id"]] * 2
        assert (visit.foreign, visit.complaints) == ([], [])


def view_of(payload) -> str:
    """A view that holds all nodes, as the address tells it."""
    xs, ys = ([node[axis] for node in payload["nodes"]] for axis in "xy")
    span = 1.5 * max(max(xs) - min(xs), max(ys) - min(ys))
    return f"{(max(xs) + min(xs)) / 2:.1f},{(max(ys) + min(ys)) / 2:.1f},{span:.1f}"


def test_a_finger_chooses_ties_and_actors_on_a_phone(browser, address: str) -> None:
    """The first tap of all, on a tie over which nothing has hovered, while canvases draw."""
    payload = network_at(address)
    edge, one, other = clear_tie(payload)
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with Visit(browser, address, **phone) as visit:
        page = visit.page
        page.goto(f"/map#{urlencode({'view': view_of(payload)})}")
        page.locator("[data-drawn]").wait_for()
        for _ in ("before sigma", "after"):
            page.locator(".cg-stage").scroll_into_view_if_needed()
            page.touchscreen.tap(**middle(page, one, other))
            page.get_by_role("heading", name="Why this tie?").wait_for()
            assert parse_qs(urlsplit(page.url).fragment)["tie"] == [edge["id"]]
            assert page.locator(".cg-stage").bounding_box()["y"] > -180  # it is still seen
            page.touchscreen.tap(**place_of(page, one))
            page.locator(".cg-panel .cg-lead", has_text=one["label"]).wait_for()
            page.locator(".cg-sigma canvas").first.wait_for()
        assert (visit.foreign, visit.complaints) == ([], [])


def test_hands_move_the_picture_and_the_address_tells_where(browser, address: str) -> None:
    payload = network_at(address)
    node = payload["nodes"][0]
    with Visit(browser, address, reduced_motion="reduce") as visit:
        page = visit.page
        page.goto(f"/map#{urlencode({'view': view_of(payload)})}")
        page.locator("[data-drawn]").wait_for()
        start = place_of(page, node)
        page.mouse.move(start["x"] + 30, start["y"] + 40)
        page.mouse.down()
        page.mouse.move(start["x"] + 60, start["y"] + 90)
        page.mouse.move(start["x"] + 80, start["y"] + 100)
        page.mouse.up()
        before = page.url
        page.wait_for_url(lambda url: "view=" in url)
        page.locator(".cg-sigma canvas").first.wait_for()
        moved = place_of(page, node)
        assert (moved["x"] - start["x"], moved["y"] - start["y"]) == pytest.approx((50, 60), abs=2)
        page.mouse.move(**moved)
        page.mouse.wheel(0, -200)
        page.wait_for_url(lambda url: url != before)
        near = place_of(page, node)
        assert (near["x"], near["y"]) == pytest.approx((moved["x"], moved["y"]), abs=2)
        assert (visit.foreign, visit.complaints) == ([], [])


def test_network_without_its_engine_goes_on_with_canvases(browser, address: str) -> None:
    payload = network_at(address)
    with Visit(browser, address) as visit:
        page = visit.page
        page.route("**/engine-*.js", lambda route: route.fulfill(status=503, body="busy"))
        page.goto(f"/map#{urlencode({'view': view_of(payload)})}")
        page.locator("[data-drawn]").wait_for()
        for node in payload["nodes"][:2]:
            page.mouse.click(**place_of(page, node))
            page.locator(".cg-panel .cg-lead", has_text=node["label"]).wait_for()
        assert page.locator(".cg-sigma").count() == 0


def many(payload) -> str:
    """The same network again and again, side by side: more marks than canvases move with ease."""
    nodes, edges = [], []
    for number in range(25):
        first = len(nodes)
        nodes += [
            {**node, "id": f"{node['id']}-{number}", "x": node["x"] + 2000 * number}
            for node in payload["nodes"]
        ]
        edges += [
            {
                **edge,
                "id": f"{edge['id']} {number}",
                "source": first + edge["source"],
                "target": first + edge["target"],
            }
            for edge in payload["edges"]
        ]
    return json.dumps({**payload, "nodes": nodes, "edges": edges})


@pytest.mark.parametrize("has_card", [True, False])
def test_of_very_many_sigma_draws_where_there_is_a_graphics_card(
    browser, address, has_card
) -> None:
    """Emulated, WebGL is slower than canvases are; a browser that knows refuses it."""
    refuse = (
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, wanted) {"
        " return wanted?.failIfMajorPerformanceCaveat ? null : get.call(this, kind, wanted) }"
    )
    body = many(network_at(address))
    with Visit(browser, address) as visit:
        page = visit.page
        if not has_card:
            page.add_init_script(refuse)
        page.route("**/map.json*", lambda route: route.fulfill(body=body))
        with page.expect_request("**/engine-*.js"):  # no hand is needed for it
            page.goto("/map")
        page.locator("[data-drawn]").wait_for()
        if has_card:
            page.locator(".cg-sigma canvas").first.wait_for()
        else:
            page.wait_for_function("typeof window.copGraphEngine === 'function'")
            page.evaluate("() => new Promise(done => requestIdleCallback(() => done()))")
        assert page.locator(".cg-sigma").count() == int(has_card)
        assert len(np.unique(pixels(page).reshape(-1, 3), axis=0)) > 100
        assert (visit.foreign, visit.complaints) == ([], [])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("partnership", "actors"),
        ("themes", "actors and themes"),
        ("support", "things"),
    ],
)
def test_captions_and_tables_call_things_what_they_are(
    browser, address, graph, name, words
) -> None:
    nodes = len(graph.network(name).graph)
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto(f"/map?network={name}&view=table")
        page.get_by_text(f"{nodes} {words}. Ties stated as facts: ").wait_for()
        page.goto(f"/map?network={name}")
        page.locator("[data-drawn]").wait_for()
        assert page.locator(".cg-about").inner_text().startswith(f"{nodes} {words}. ")
        assert f"Shown: {nodes} {words}, " in page.locator(".cg-about").inner_text()
        page.get_by_role("button", name=words.capitalize(), exact=True).click()
        assert page.locator(".cg-tables [role=status]").inner_text() == f"{nodes} {words}"
        page.locator(".cg-filters .cg-check input").first.uncheck()
        assert f" of {nodes} {words}, " in page.locator(".cg-about").inner_text()
        page.get_by_role("button", name="Show all again").click()
        if name == "themes":
            page.get_by_label("Find an actor or theme").fill("privacy")
            page.locator(".cg-search .cg-row").first.click()
            assert page.locator(".cg-panel h2").first.inner_text() == "Theme"


def test_all_of_the_map_is_reached_by_keyboard(browser, address: str, graph) -> None:
    """From the top of the page through picture, search, filters and table to the evidence."""
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto("/map")
        page.locator("[data-drawn]").wait_for()
        stops: list[str] = []
        for _ in range(160):
            page.keyboard.press("Tab")
            stop = page.evaluate(
                "(() => { const e = document.activeElement; const s = getComputedStyle(e);"
                " return [e.dataset.open ? 'open' : e.className.split(' ')[0],"
                " s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2,"
                " !!e.closest('.cg-map')] })()"
            )
            if stop[2]:
                assert stop[1], stop  # one sees where one is
            stops.append(stop[0])
            if stop[0] == "open":
                break
        assert "cg-stage" in stops
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.classList.contains('cg-panel')")
        page.locator(".cg-stage").focus()
        page.keyboard.press("+")
        page.keyboard.press("ArrowRight")
        page.locator(".cg-sigma canvas").first.wait_for()
        assert "view=" in page.url
        page.keyboard.press("0")
        assert "view=" not in page.url
        assert (visit.foreign, visit.complaints) == ([], [])


def test_on_paper_the_picture_is_lines_and_letters(browser, address: str, graph) -> None:
    network = graph.network("partnership")
    with Visit(browser, address, color_scheme="dark") as visit:
        page = visit.page
        page.goto("/map")
        page.locator("[data-drawn]").wait_for()
        printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
        text = " ".join(" ".join(sheet.extract_text() for sheet in printed.pages).split())
        assert "International Telecommunication Union" in text
        assert "planned, expected or proposed: not a fact" in text  # the legend
        assert f"{len(network.graph)} actors, {network.graph.number_of_edges()} ties." in text
        assert page.locator(".cg-on-paper svg").count() == 0
        assert visit.complaints == []


AXE_ON_MAP = [
    pytest.param(width, scheme, choice, id=f"{width}-{scheme}-{choice}")
    for width, scheme, choice in (
        (390, "light", "tie"),
        (390, "dark", "actor"),
        (1024, "dark", "tie"),
        (1600, "light", "actor"),
    )
]


@pytest.mark.parametrize(("width", "scheme", "choice"), AXE_ON_MAP)
def test_map_is_accessible_whatever_is_chosen(browser, address, width, scheme, choice) -> None:
    """All is unfolded; a tie that is no fact is chosen."""
    payload = network_at(address)
    statuses = payload["statuses"]
    plan = next(edge for edge in payload["edges"] if not statuses[edge["status"]]["asserts"])
    chosen = plan["id"] if choice == "tie" else payload["nodes"][plan["source"]]["id"]
    view = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    with Visit(browser, address, bypass_csp=True, **view) as visit:
        page = visit.page
        page.goto(f"/map#{urlencode({choice: chosen})}")
        page.locator("[data-drawn]").wait_for()
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert faults_of_access(page) == []
        assert (visit.foreign, visit.complaints) == ([], [])


def test_rows_of_the_page_are_those_of_the_command(browser, address: str) -> None:
    """`cop-graph ask` in a process of its own, and the page of the service."""
    command = ["ask", "planned", "--from", "2025", "--until", "2025", "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "cop_graph.cli", *command, "--data", str(ROOT / "data")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    with Visit(browser, address) as visit:
        visit.page.goto("/questions/planned?from=2025&until=2025")
        assert visit.page.locator("table.answer tbody tr").count() == len(told["rows"])
        with urlopen(f"{address}/questions/planned.json?from=2025&until=2025") as response:
            assert json.loads(response.read())["rows"] == told["rows"]


def test_workers_are_kept_for_the_pages_that_come_next(tmp_path: Path) -> None:
    """A first page takes long; the process that has made it makes the next in no time."""
    server = start_server("--data", str(ROOT / "data"), log=tmp_path / "log")
    try:
        workers = server.workers()
        for number in range(8):
            answer = server.client.get(f"/search?q=unicef&kind=&x={number}")
            assert answer.status_code == 200
        assert server.workers() == workers
    finally:
        server.end()
