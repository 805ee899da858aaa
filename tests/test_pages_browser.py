"""Pages in a browser: journeys, keyboard, no script, no request elsewhere, accessible to all.

The pages are those of the real command, ``cop-graph serve``, on the real graph.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from serving import start_server
from visits import FLAGS, Visit

import cop_graph

playwright = pytest.importorskip("playwright.sync_api")

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


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[object]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


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
        visit.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = visit.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        bad = [
            (one["id"], [node["html"][:90] for node in one["nodes"]])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert bad == []
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


def test_first_load_is_small(address: str) -> None:
    total = 0
    with urlopen(address) as response:
        body = response.read()
    total += len(gzip.compress(body))
    for path in re.findall(rb'(?:src|href)="(/static/[^"]+)"', body):
        with urlopen(address + path.decode()) as response:
            total += len(gzip.compress(response.read()))
    assert total < 300_000


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
