"""What the tests share: the invented small graph, and where the real report is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
import servers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

from cop_graph.dataset import Source, find_source
from cop_graph.graph import Graph
from cop_graph.remote import build_at
from cop_graph.store import EmbeddedStore, memory_store

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
SMALL = FIXTURES / "small"
SMALL_REPORTS = FIXTURES / "reports"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept", action="store_true", help="write the expected answers of queries anew"
    )


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's own data and reports out of the tests."""
    monkeypatch.delenv("COP_GRAPH_DATA", raising=False)
    monkeypatch.delenv("COP_GRAPH_REPORTS", raising=False)
    for name in [name for name in os.environ if name.startswith("COP_GRAPH_STORE_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def small_source() -> Source:
    """The source of the invented graph; read it, never write to it."""
    return find_source(SMALL)


@pytest.fixture(scope="session")
def small_store(small_source: Source) -> EmbeddedStore:
    """The invented graph in memory; read it, never write to it."""
    return memory_store(small_source)


@pytest.fixture(scope="session")
def small_graph(small_source: Source, small_store: EmbeddedStore) -> Graph:
    """The invented graph with its reports."""
    return Graph(small_store, small_source, reports=SMALL_REPORTS)


@pytest.fixture
def small_copy(tmp_path: Path) -> Path:
    """A copy of the invented data that a test may spoil."""
    return Path(shutil.copytree(SMALL, tmp_path / "data"))


@pytest.fixture(scope="session")
def report_directory() -> Path:
    """Where the real reports are; without them the test skips, in CI it fails."""
    directory = Path(os.environ.get("COP_GRAPH_REPORTS") or ROOT.parent / "shared" / "reports")
    if not (directory / "cwg-cop-22.txt").is_file():
        message = f"the report cwg-cop-22.txt is not in {directory}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return directory


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; without it the test skips, in CI it fails."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    return found


@pytest.fixture(scope="session")
def oxigraph_server(
    tmp_path_factory: pytest.TempPathFactory, small_source: Source
) -> Iterator[servers.Server]:
    """A running `oxigraph serve` that holds the invented graph; without it the test skips."""
    program = servers.find_oxigraph() or absent("oxigraph is not installed (pip: oxigraph)")
    with servers.oxigraph(program, tmp_path_factory.mktemp("oxigraph")) as server:
        build_at(server.address, small_source)
        yield server


@pytest.fixture(scope="session")
def virtuoso_server(
    tmp_path_factory: pytest.TempPathFactory, small_source: Source
) -> Iterator[servers.Server]:
    """A running Virtuoso that holds the invented graph; without it the test skips."""
    programs = servers.find_virtuoso() or absent(
        "Virtuoso is not installed (Debian: apt-get install virtuoso-opensource)"
    )
    with servers.virtuoso(programs, tmp_path_factory.mktemp("virtuoso")) as server:
        with pytest.MonkeyPatch.context() as environment:
            for name, value in server.login.items():
                environment.setenv(name, value)
            build_at(server.address, small_source)
        yield server


def absent(what: str) -> NoReturn:
    """Skip a test for want of something; in CI fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


CHROMIUM_SWITCHES = """--no-sandbox --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync --use-angle=swiftshader --enable-unsafe-swiftshader
    --ignore-gpu-blocklist""".split()
AXE = ROOT / "browser" / "node_modules" / "axe-core" / "axe.min.js"


@dataclass
class Watched:
    """A page in a clean profile without a network, with all that it asked for and complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def faults_of_access(self, **options: Any) -> list[tuple[str, str]]:
        """Let axe look at the page; gives the rule and the place of each serious finding."""
        if not AXE.is_file():
            if os.environ.get("CI") == "true":
                pytest.fail("axe-core is not installed: python browser/build.py")
            pytest.skip("axe-core is not installed: python browser/build.py")
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("options => axe.run(document, options)", options)
        return [
            (entry["id"], node["html"][:200])
            for entry in found["violations"]
            if entry["impact"] in ("serious", "critical")
            for node in entry["nodes"]
        ]


OpenPage = Callable[..., Watched]


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium, driven by Playwright; one for a module, for no event loop may run beside it."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium, args=CHROMIUM_SWITCHES)
        yield started
        started.close()


@pytest.fixture
def browser_page(browser: Browser, tmp_path: Path) -> Iterator[OpenPage]:
    """Open HTML (or the file at a path) in a clean profile in which every request is noted.

    ``browser_page(html, hash="#actor=…", **context)``; ``context`` goes to Playwright, such as
    ``viewport={"width": 390, "height": 844}`` or ``color_scheme="dark"``.
    """
    contexts = []

    def open_page(html: str | Path, *, hash: str = "", **context: Any) -> Watched:
        path = html if isinstance(html, Path) else tmp_path / f"page-{len(contexts)}.html"
        if isinstance(html, str):
            path.write_text(html, encoding="utf-8")
        options = {"viewport": {"width": 1300, "height": 760}, "reduced_motion": "reduce"}
        profile = browser.new_context(**{**options, **context})
        contexts.append(profile)
        profile.set_offline(True)
        watched = Watched(profile.new_page())
        page, address = watched.page, path.resolve().as_uri()
        page.set_default_timeout(20_000)

        def note(route: Any) -> None:
            if route.request.url.partition("#")[0] == address:
                route.continue_()
            else:
                watched.requests.append(route.request.url)
                route.abort()

        profile.route("**/*", note)
        page.on("console", lambda message: watched.complaints.append(message.text))
        page.on("pageerror", lambda error: watched.complaints.append(str(error)))
        page.goto(address + hash)
        return watched

    yield open_page
    for profile in contexts:
        profile.close()
