"""Linked views in Chromium: what is chosen in one is marked in all, in the address, in other tabs.

What a view marks is compared with what the server says: the claims that belong to what is chosen.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import Server, start_server
from visits import Visit

import cop_graph
from cop_graph.namespaces import compact

playwright = pytest.importorskip("playwright.sync_api")

ROOT = Path(__file__).resolve().parent.parent
AXE = ROOT / "browser" / "node_modules" / "axe-core" / "axe.min.js"
ITU = "copd:organization-international-telecommunication-union"
PTA = "copd:organization-pakistan-telecommunication-authority"
VIEWS = {"map": "Network", "world": "World", "timeline": "Timeline", "matrix": "Who works on what"}


@pytest.fixture(scope="module")
def graph():
    return cop_graph.open_graph(ROOT / "data", named_graphs=False)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("serve")
    nothing = folder / "reports"  # whatever reports this machine has are not shown
    nothing.mkdir()
    started = start_server(
        "--data", str(ROOT / "data"), "--reports", str(nothing), log=folder / "log"
    )
    yield started
    started.end()


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    return server.address


@pytest.fixture(scope="module")
def facts(graph) -> dict[str, dict[str, set[str]]]:
    """View to the key of each of its facts (or ties) with the claims behind it."""
    drawn = {
        name: {
            fact.key: {*fact.claims, fact.thing} for fact in cop_graph.picture(graph, name).facts
        }
        for name in ("world", "timeline", "matrix")
    }
    edges = graph.network("partnership").graph.edges(data=True)
    drawn["map"] = {str(n): set(edge["claims"].split()) for n, (*_, edge) in enumerate(edges)}
    return drawn


def claims_of(server: Server, selection: str) -> set[str]:
    """Ask the server what belongs to a selection, as it stands in an address."""
    response = server.client.get(f"/selection.json?{selection}")
    assert response.status_code == 200
    return set(response.json()["claims"])


def selection_of(page) -> str:
    """What the address names; a tie of the network stands for its claims, as the line says."""
    return page.evaluate("location.hash.slice(1)")


def line(page):
    """The line that says what is chosen, once it is there."""
    page.locator(".chosen").wait_for()
    return page.locator(".chosen")


def assert_marked(page, view: str, belonging: set[str], facts: dict[str, set[str]]) -> int:
    """The view marks what the server says, counts it in words, and hides nothing of it."""
    wanted = {key for key, claims in facts.items() if claims & belonging}
    words = line(page).locator("p").first
    what = "tie" if view == "map" else "mark"
    count = f"{len(facts)} {what}{'' if len(facts) == 1 else 's'}"
    expected = f"{len(wanted)} of {count}" if wanted else "nothing of it on this page"
    playwright.expect(words).to_contain_text(expected)
    if view != "map":
        rows = page.locator("tr[data-fact].is-chosen")
        assert {row.get_attribute("data-fact") for row in rows.all()} == wanted
        marks = page.locator(".picture [data-fact].is-chosen").all()
        drawn = page.locator(".picture [data-fact]").evaluate_all(
            "marks => marks.map((mark) => mark.dataset.fact)"
        )
        assert {mark.get_attribute("data-fact") for mark in marks} == wanted & set(drawn)
    return len(wanted)


def choose_in(page, view: str) -> None:
    """Choose one mark, by hand."""
    if view == "map":
        page.locator(".cg-tables tbody button").first.click()
    else:
        page.locator(".picture [data-fact]").nth(3).dispatch_event("click")
    line(page)


@pytest.mark.parametrize("first", list(VIEWS))
def test_what_is_chosen_in_one_view_is_marked_in_every_other(
    browser, server: Server, facts, first: str
) -> None:
    with Visit(browser, server.address, viewport={"width": 1440, "height": 900}) as visit:
        page = visit.page
        page.goto(f"/{first}")
        choose_in(page, first)
        carried = page.locator("a[data-linked]").first.evaluate("link => link.hash.slice(1)")
        belonging = claims_of(server, carried)
        assert belonging
        assert assert_marked(page, first, belonging, facts[first]) > 0
        for other, name in VIEWS.items():
            if other == first:
                continue
            page.locator(".views").get_by_role("link", name=name, exact=True).click()
            page.wait_for_url(f"**/{other}#*")
            if other == "map":
                page.locator(".cg-panel .cg-lead").wait_for()
            assert_marked(page, other, belonging, facts[other])
        assert (visit.foreign, visit.complaints) == ([], [])


@pytest.mark.parametrize("thing", [ITU, PTA, "cop:theme-legal", "copd:initiative-digital-hifazat"])
def test_a_thing_is_marked_in_all_views_by_its_claims(
    browser, server: Server, graph, facts, thing: str
) -> None:
    asked = graph.ask("records-of", thing=thing)
    belonging = {thing} | {compact(claim) for row in asked for claim in row["claims"]}
    found = 0
    with Visit(browser, server.address) as visit:
        for view in VIEWS:
            visit.page.goto(f"/{view}#actor={thing}")
            if view == "map":
                visit.page.locator(".cg-panel .cg-lead").wait_for()
            found += assert_marked(visit.page, view, belonging, facts[view])
        assert found > 0
        assert (visit.foreign, visit.complaints) == ([], [])


def test_the_back_button_goes_back_to_what_was_chosen(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto("/matrix")
        name = page.locator(f".picture [data-thing='{PTA}']")
        name.dispatch_event("click")
        line(page).get_by_text("Pakistan Telecommunication Authority").wait_for()
        page.locator(f".picture [data-thing='{ITU}']").dispatch_event("click")
        line(page).get_by_text("International Telecommunication Union").wait_for()
        page.go_back()
        line(page).get_by_text("Pakistan Telecommunication Authority").wait_for()
        assert page.locator(f".picture [data-thing='{PTA}'].is-chosen").count() == 1
        page.go_back()
        page.locator(".chosen").wait_for(state="detached")
        assert page.locator(".is-chosen").count() == 0
        page.go_forward()
        line(page)
        page.reload()
        line(page).get_by_text("Pakistan Telecommunication Authority").wait_for()


def test_the_back_button_works_on_the_network_too(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto(f"/map#actor={PTA}")
        page.locator(".cg-panel .cg-row").first.click()
        page.locator(".cg-panel h2", has_text="Why this tie?").wait_for()
        line(page).get_by_text("1 of").wait_for()
        page.go_back()
        page.locator(".cg-panel h2", has_text="Actor").wait_for()
        line(page).get_by_text("regulator").wait_for()
        page.get_by_role("button", name="Clear").click()
        page.locator(".chosen").wait_for(state="detached")
        assert "#" not in page.url
        assert page.locator(".cg-panel h2").first.inner_text() == "What is said"


def test_views_in_other_tabs_follow_and_other_pages_do_not(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        first = visit.page
        tabs = {path: visit.context.new_page() for path in ("/matrix", "/map", "/id/state-chad")}
        first.goto("/timeline")
        for path, tab in tabs.items():
            tab.goto(path)
        tabs["/map"].locator(".cg-panel").wait_for()
        first.goto(f"/timeline#actor={PTA}")
        for path in ("/matrix", "/map"):
            line(tabs[path]).get_by_text("Pakistan Telecommunication Authority").wait_for()
            assert "actor=copd%3Aorganization-pakistan" in tabs[path].url
        # What is chosen there comes back here.
        tabs["/matrix"].locator(f".picture [data-thing='{ITU}']").dispatch_event("click")
        line(first).get_by_text("International Telecommunication Union").wait_for()
        first.keyboard.press("Escape")
        for path in ("/matrix", "/map"):
            tabs[path].locator(".chosen").wait_for(state="detached")
        assert tabs["/id/state-chad"].locator(".chosen").count() == 0


def test_a_browser_without_channels_keeps_to_one_tab(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        visit.page.add_init_script("delete window.BroadcastChannel")
        visit.page.goto(f"/matrix#actor={PTA}")
        line(visit.page).get_by_text("Pakistan Telecommunication Authority").wait_for()
        assert visit.complaints == []


def test_a_view_that_holds_nothing_of_it_says_so(browser, address: str, graph) -> None:
    claims = len({c for row in graph.ask("records-of", thing=PTA) for c in row["claims"]})
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto(f"/matrix?actor=state-chad#actor={PTA}")
        words = line(page).inner_text()
        assert f"nothing of it on this page: none of its {claims} claims is among" in words
        assert page.locator(".has-choice").count() == 0  # nothing steps back for nothing
        line(page).get_by_role("link", name="Look in all of it").click()
        page.wait_for_url("**/matrix#*")
        line(page).get_by_text(re.compile(r"\d+ of \d+ marks on this page")).wait_for()


@pytest.mark.parametrize(
    "hash", ["actor=copd:organization-nobody", "claims=claim-nothing", "years=soon", "actor=<b>x"]
)
def test_an_address_that_names_nothing_is_told_so(browser, address: str, hash: str) -> None:
    with Visit(browser, address) as visit:
        visit.page.goto(f"/matrix#{hash}")
        assert "names something that is not in here" in line(visit.page).inner_text()
        visit.page.keyboard.press("Escape")
        visit.page.locator(".chosen").wait_for(state="detached")


def test_a_server_that_does_not_answer_is_told_of(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        visit.page.route("**/selection.json*", lambda route: route.abort())
        visit.page.goto(f"/matrix#actor={PTA}")
        assert "the server does not answer" in line(visit.page).inner_text()


def test_all_of_it_by_keyboard_and_read_out(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto("/matrix")
        live = page.locator("body > p[role=status]:not(.told)")
        name = page.locator(f".picture [data-thing='{PTA}']")
        name.focus()
        assert name.get_attribute("aria-pressed") == "false"
        page.keyboard.press("Enter")
        line(page)
        assert name.get_attribute("aria-pressed") == "true"
        playwright.expect(live).to_contain_text("Chosen: Pakistan Telecommunication Authority, ")
        page.keyboard.press("Escape")
        playwright.expect(live).to_have_text("Nothing is chosen.")
        assert page.locator(".is-chosen, .chosen").count() == 0
        mark = page.locator(".picture [data-fact]").first
        mark.focus()
        page.keyboard.press("Enter")
        drawer = page.get_by_role("dialog")
        drawer.get_by_text("Who says so").first.wait_for()
        line(page)
        page.keyboard.press("Escape")  # the drawer first
        assert not drawer.is_visible()
        assert mark.evaluate("mark => mark === document.activeElement")
        line(page)
        page.keyboard.press("Escape")  # then what is chosen
        page.locator(".chosen").wait_for(state="detached")
        assert visit.complaints == []


def test_years_are_chosen_and_widened_to_a_span(browser, server: Server, facts) -> None:
    with Visit(browser, server.address) as visit:
        page = visit.page
        page.goto("/timeline")
        page.locator(".picture [data-thing='year:2024']").dispatch_event("click")
        playwright.expect(line(page)).to_contain_text("Dated 2024")
        assert_marked(page, "timeline", claims_of(server, "years=2024-2024"), facts["timeline"])
        page.locator(".picture [data-thing='year:2022']").dispatch_event(
            "click", {"shiftKey": True}
        )
        playwright.expect(line(page)).to_contain_text("Dated 2022 to 2024")
        belonging = claims_of(server, "years=2022-2024")
        assert assert_marked(page, "timeline", belonging, facts["timeline"]) > 0
        page.get_by_role("link", name="Network", exact=True).click()
        page.locator(".cg-panel .cg-lead").wait_for()
        assert_marked(page, "map", belonging, facts["map"])
        assert "years=2022-2024" in page.url


def test_a_plan_is_chosen_as_a_plan(browser, address: str, graph) -> None:
    plan = next(claim for row in graph.ask("planned") for claim in row["claims"])
    name = plan.rpartition("/")[2]
    with Visit(browser, address) as visit:
        visit.page.goto(f"/timeline#claims={name}")
        assert "not a fact" in line(visit.page).inner_text()


def test_any_line_is_chosen_from_its_evidence_and_goes_to_all_views(
    browser, server: Server, facts
) -> None:
    with Visit(browser, server.address) as visit:
        page = visit.page
        page.goto("/id/organization-pakistan-telecommunication-authority")
        page.locator("a.cite").first.click()
        drawer = page.get_by_role("dialog")
        drawer.get_by_role("button", name="Choose in all views").click()
        words = line(page)
        assert page.locator("li.unit.is-chosen").count() >= 1
        chosen = page.evaluate("location.hash.slice(1)")
        belonging = claims_of(server, chosen)
        assert len(belonging) == 1
        words.get_by_role("link", name="Who works on what").click()
        page.wait_for_url("**/matrix#*")
        assert_marked(page, "matrix", belonging, facts["matrix"])
        assert (visit.foreign, visit.complaints) == ([], [])


def test_a_row_of_a_question_is_chosen_with_its_map(browser, server: Server, graph) -> None:
    answer = graph.ask("partners-of", actor="PTA")
    with Visit(browser, server.address) as visit:
        page = visit.page
        page.goto("/questions/partners-of?actor=PTA")
        row = page.locator("table.answer tbody tr").nth(1)
        row.locator("td[data-label=status]").click()
        belonging = claims_of(server, selection_of(page))
        line(page)
        chosen = page.locator("table.answer tr.is-chosen").count()
        wanted = [row for row in answer if {compact(claim) for claim in row["claims"]} & belonging]
        assert chosen == len(wanted) == 1
        page.locator("[data-map-below]").scroll_into_view_if_needed()
        page.locator("[data-map-below] .cg-panel h2", has_text="Why this tie?").wait_for()
        assert visit.complaints == []


def test_what_is_chosen_is_touched_and_printed(browser, address: str) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with Visit(browser, address, **phone) as visit:
        page = visit.page
        page.goto("/matrix")
        page.locator("table.answer tbody tr").first.locator("td").first.tap()
        line(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for button in page.locator(".chosen button").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 24
        page.emulate_media(media="print")
        assert line(page).is_visible()
        assert page.locator(".chosen").evaluate("e => getComputedStyle(e).position") == "static"
        assert not page.locator(".chosen button").first.is_visible()
        assert page.locator("tr.is-chosen").count() >= 1
        assert (visit.foreign, visit.complaints) == ([], [])


def test_nothing_is_lost_without_scripts(browser, address: str) -> None:
    with Visit(browser, address, java_script_enabled=False) as visit:
        page = visit.page
        page.goto(f"/timeline#actor={PTA}")
        for view, name in VIEWS.items():
            if view != "timeline":
                link = page.locator(".views").get_by_role("link", name=name, exact=True)
                assert link.get_attribute("href") == f"/{view}"
        page.locator("table.answer a.cite").first.click()
        page.wait_for_url("**/id/claim-*")


def test_many_claims_are_read_in_turns_and_their_number_is_told(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto("/world")
        marks = page.locator(".picture [data-claims]")
        sizes = marks.evaluate_all("marks => marks.map((m) => m.dataset.claims.split(' ').length)")
        most = max(sizes)
        assert most > 8
        marks.nth(sizes.index(most)).dispatch_event("click")
        drawer = page.get_by_role("dialog")
        drawer.get_by_text(f"8 of {most} claims are shown.").wait_for()
        assert drawer.locator(".record").count() == 8
        drawer.get_by_role("button", name="Show the next 8").click()
        drawer.get_by_text(f"16 of {most} claims are shown.").wait_for()
        assert drawer.locator(".record").count() == 16


@pytest.mark.parametrize(
    ("path", "width", "scheme"),
    [
        (f"/matrix?actor=PTA#actor={PTA}", 390, "dark"),
        (f"/map#actor={PTA}", 1024, "light"),
        ("/questions/partners-of?actor=PTA#claims=claim-cwg-cop-22-5-5-022", 1600, "dark"),
    ],
)
def test_what_is_chosen_is_accessible_with_the_drawer_open(
    browser, address: str, path: str, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 900}
    seen = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    with Visit(browser, address, bypass_csp=True, **seen) as visit:
        page = visit.page
        page.goto(path)
        line(page)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        for is_open in (False, True):
            if is_open:
                page.locator(".chosen").get_by_role("button", name="Evidence").click()
                page.get_by_role("dialog").get_by_text("Who says so").first.wait_for()
            found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
            bad = [
                (one["id"], [node["html"][:90] + str(node["any"])[:300] for node in one["nodes"]])
                for one in found
                if one["impact"] in ("serious", "critical")
            ]
            assert bad == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    "path",
    [
        "/id/state-tanzania",
        "/ontology/theme-privacy",
        "/id/paragraph-cwg-cop-22-5-7",
        "/report/cwg-cop-22?claims=all",
        "/questions/planned",
        "/compare?a=Tanzania&b=Chad",
        "/connect?a=Scort&b=UNICEF",
        "/id/state-tanzania/brief",
        "/id/state-tanzania/map",
        "/world?actor=PTA",
        "/timeline?actor=ITU",
        "/matrix?actor=PTA",
        "/map?view=table",
        "/map",
    ],
)
def test_evidence_is_reached_by_keyboard_on_every_kind_of_page(
    browser, address: str, path: str
) -> None:
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto(path)
        if path == "/map":  # a row of its table tells the tie, and the tie its evidence
            page.locator(".cg-tables tbody button").first.press("Enter")
        page.locator("main a[data-evidence]:visible").first.focus()
        page.keyboard.press("Enter")
        drawer = page.get_by_role("dialog")
        for words in ("Where", "How firmly", "Who says so"):
            drawer.locator("dt", has_text=words).first.wait_for()
        assert drawer.get_by_role("link", name=re.compile("^Paragraph ")).count() >= 1
        assert drawer.locator("mark").count() >= 1
        page.keyboard.press("Escape")
        assert not drawer.is_visible()
        assert (visit.foreign, visit.complaints) == ([], [])


def test_the_network_keeps_what_is_chosen_while_it_is_filtered(browser, address: str) -> None:
    with Visit(browser, address, viewport={"width": 1440, "height": 900}) as visit:
        page = visit.page
        page.goto("/map#years=2020-2025")
        page.locator(".cg-panel .cg-lead").wait_for()
        page.locator(".cg-left input[type=checkbox]").first.uncheck()
        page.wait_for_function("location.hash.includes('no-')")
        assert "years=2020-2025" in page.url
        playwright.expect(line(page)).to_contain_text("Dated 2020 to 2025")


def test_the_numbers_of_a_brief_open_their_evidence(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto("/id/state-tanzania/brief")
        number = page.locator("sup a[data-claims]").first
        claims = (number.get_attribute("data-claims") or "").split()
        number.focus()
        page.keyboard.press("Enter")
        drawer = page.get_by_role("dialog")
        drawer.get_by_text("Who says so").first.wait_for()
        assert drawer.locator(".record").count() == min(len(claims), 8)
        page.keyboard.press("Escape")
        assert number.evaluate("link => link === document.activeElement")
        assert visit.complaints == []


def test_claims_in_the_answer_of_a_query_open_their_evidence(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto("/sparql?example=partnerships")
        page.get_by_role("button", name="Run").click()
        page.locator("table.answer a[data-evidence]").first.click()
        drawer = page.get_by_role("dialog")
        drawer.get_by_text("Who says so").first.wait_for()
        drawer.get_by_role("button", name="Choose in all views").click()
        assert "rows on this page" in line(page).inner_text()
        assert page.locator("table.answer tr.is-chosen").count() >= 1
        assert (visit.foreign, visit.complaints) == ([], [])


HOSTILE = "<script>document.title='broken'</script><img src=x onerror=document.title='broken'>"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, small_source) -> Iterator[Server]:
    """The invented graph, served, with names that try to become markup."""
    folder = tmp_path_factory.mktemp("hostile")
    data = Path(shutil.copytree(small_source.data, folder / "data"))
    text = json.dumps(HOSTILE, ensure_ascii=False)[:-1]
    for path in data.rglob("*.ttl"):
        old = path.read_text(encoding="utf-8")
        path.write_text(
            re.sub(r'((?:prefLabel|anchor) )"', lambda match: f"{match[1]}{text} ", old),
            encoding="utf-8",
        )
    started = start_server("--data", str(data), log=folder / "log")
    yield started
    started.end()


def test_hostile_names_stay_inert_where_they_are_chosen(browser, hostile: Server) -> None:
    shown: list[Any] = []
    with Visit(browser, hostile.address) as visit:
        page = visit.page
        page.on("dialog", lambda dialog: shown.append(dialog))
        for path in ("/matrix", "/timeline", "/map"):
            page.goto(f"{path}#actor=copd:organization-kite-works")
            assert HOSTILE in line(page).locator("a.what").inner_text()
            assert page.locator(".chosen img, .chosen script, .picture img").count() == 0
        page.goto("/matrix")
        page.locator(".picture [data-fact]").first.dispatch_event("click")
        assert "<script>" in line(page).inner_text()
        page.get_by_role("dialog").get_by_text("Who says so").first.wait_for()
        assert page.locator(".chosen img, dialog img, dialog script").count() == 0
        assert "broken" not in page.title()
        assert (shown, visit.foreign, visit.complaints) == ([], [], [])
