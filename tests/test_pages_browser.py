"""Pages in a browser: journeys, keyboard, no script, no request elsewhere, accessible to all.

The pages are served by the standard library around ``render``; the service is tested elsewhere.
"""

from __future__ import annotations

import gzip
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

import pytest

import cop_graph
from cop_graph.store import serialize
from cop_graph.web.pages import PageRequest, Site, render

playwright = pytest.importorskip("playwright.sync_api")

ROOT = Path(__file__).resolve().parent.parent
AXE = ROOT / "browser" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
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
    "/sparql",
    "/about",
    "/nothing",
]


@pytest.fixture(scope="module")
def graph():
    return cop_graph.open_graph(ROOT / "data", named_graphs=False)


@pytest.fixture(scope="module")
def address(graph) -> Iterator[str]:
    site = Site(graph)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            accept = self.headers.get("Accept", "*/*")
            page = render(site, PageRequest(parts.path, dict(parse_qsl(parts.query)), accept))
            self.send_response(page.status)
            self.send_header("Content-Type", page.content_type)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page.body)

        def do_POST(self) -> None:
            """Answer the query editor, as the service does."""
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            body = serialize(graph.store.query(dict(parse_qsl(raw))["query"]), "json")
            self.send_response(200)
            self.send_header("Content-Type", "application/sparql-results+json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[object]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


class Visit:
    """A page that notes what it asks for and what it complains of."""

    def __init__(self, browser, address: str, **given) -> None:
        self.context = browser.new_context(base_url=address, accept_downloads=True, **given)
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.address = address

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and "status of 404" not in text:
            self.complaints.append(text)

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    @property
    def foreign(self) -> list[str]:
        return [url for url in self.asked if not url.startswith((self.address, "data:", "blob:"))]


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


def test_a_dropped_report_is_read_here_and_sent_nowhere(browser, address: str, tmp_path) -> None:
    """The text is invented around the anchor, so that no sentence of a report stands here."""
    path = tmp_path / "cwg-cop-22.txt"
    path.write_text("1.1\tNothing.\n5.5\tOne word, partnered with TikTok, and another.\n")
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto("/id/claim-cwg-cop-22-5-5-022")
        assert "One word" not in page.content()
        asked = len(visit.asked)
        page.get_by_label("Or choose it").set_input_files(str(path))
        page.get_by_text("One word").wait_for()
        assert page.locator("blockquote mark").inner_text() == "partnered with TikTok"
        assert len(visit.asked) == asked
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
