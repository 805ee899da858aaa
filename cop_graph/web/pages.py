"""Pages: a request in, a page out, and nothing else; no socket, no session, no clock.

``render`` runs in a worker process on a read-only snapshot of the graph. What is shown is what
``Graph`` gives; pages only lay it out.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from cop_graph.errors import CopGraphError, UnknownEntityError, UnknownQueryError

if TYPE_CHECKING:
    from cop_graph.graph import Graph

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
"""Headers of every page: nothing from elsewhere, no script or style within the page."""

HTML: Final = "text/html; charset=utf-8"
_STATIC_DIRECTORIES: Final = (
    Path(__file__).parent / "static",
    Path(__file__).parent.parent / "static",
)
_STATIC_NAME: Final = re.compile(r"([A-Za-z0-9][\w.-]*?)(?:-([0-9a-f]{12}))?\.([a-z0-9]+)")


@dataclass(frozen=True)
class Site:
    """What the pages show: the graph, and whether they may show whole sentences of reports.

    The texts of the reports are found by ``graph.reports``. ``base_url`` is the address under
    which the pages stand; where it has a path, all links start with it.
    """

    graph: Graph
    show_report_text: bool = False
    base_url: str = ""


@dataclass(frozen=True)
class PageRequest:
    """What is asked for: path, the last value of each parameter, and the ``Accept`` header."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    accept: str = "text/html"


@dataclass(frozen=True)
class Page:
    """What is sent back."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


def render(site: Site, request: PageRequest) -> Page:
    """Give the page of a request; what cannot be shown is told on a page too.

    Args:
        site: What the pages show.
        request: What is asked for. The path is still percent-encoded, and is decoded once.

    Returns:
        A page with status 200; 400 where a parameter does not fit, 404 where nothing stands at
        the path, with suggestions.
    """
    from cop_graph.web.layout import Layout

    layout = Layout(site, request)
    path = unquote(request.path).rstrip("/") or "/"
    try:
        if path.startswith("/static/"):
            return static_file(path) or layout.missing(path)
        for pattern, view in routes():
            if match := re.fullmatch(pattern, path):
                return view(layout, *match.groups())
        return layout.missing(path)
    except (UnknownEntityError, UnknownQueryError) as error:
        return layout.missing(path, error)
    except CopGraphError as error:
        return layout.fault(error)


def routes() -> tuple[tuple[str, Callable[..., Page]], ...]:
    """Give the addresses of pages and what makes each; the first that fits counts."""
    from cop_graph.web import answers, drawings, entities, maps, selection, start, texts

    return (
        (r"/", start.home),
        (r"/search(\.json)?", start.search),
        (r"/about", start.about),
        (r"/selection\.json", selection.selection),
        (r"/id/((?:claim|remark)-[\w.-]+?)(\.(?:html|ttl|jsonld|nt))?", entities.record),
        (r"/id/(paragraph-[\w.-]+?)(\.(?:html|ttl|jsonld|nt))?", texts.paragraph),
        (r"/id/([\w.-]+?)/brief(\.(?:docx|pdf|html|md))?", entities.brief),
        (r"/id/([\w.-]+?)/map(\.svg)?", drawings.ego),
        (r"/id/([\w.-]+?)(\.(?:html|ttl|jsonld|nt))?", entities.entity),
        (r"/ontology(?:/([\w.-]+?)(\.(?:html|ttl|jsonld|nt))?)?", entities.term),
        (r"/report/([\w.-]+)", texts.report),
        (r"/questions", answers.catalogue),
        (r"/questions/([\w.-]+?)(\.(?:csv|json|xlsx|rq|map))?", answers.question),
        (r"/compare", answers.compare_page),
        (r"/sparql/?", answers.sparql_page),
        (r"/connect", answers.connect_page),
        (r"/map(\.json)?", maps.network_page),
        (r"/(world|timeline|matrix)(\.svg)?", drawings.drawing),
    )


def warm(site: Site) -> None:
    """Make beforehand what all pages of one version of the data share, so that none waits for it.

    Takes about a second, more where there are very many things.
    """
    for path in ("/", "/search.json"):
        render(site, PageRequest(path, {"q": "a"}))


def static_file(path: str) -> Page | None:
    """Give a file under ``/static/``, or ``None`` where there is no such file.

    A name with the fingerprint of its content may be kept for good; one without is asked for
    anew each time.
    """
    match = _STATIC_NAME.fullmatch(path.removeprefix("/static/"))
    if match is None:
        return None
    stem, given, suffix = match.groups()
    found = _static(f"{stem}.{suffix}")
    if found is None or (given and given != found[0]):
        return None
    kept = "public, max-age=31536000, immutable" if given else "no-cache"
    kind = mimetypes.guess_type(f"{stem}.{suffix}")[0] or "application/octet-stream"
    kind = "text/javascript" if suffix == "js" else kind
    if kind.startswith("text/") or suffix in ("json", "svg"):
        kind += "; charset=utf-8"
    return Page(200, kind, found[1], {**SECURITY_HEADERS, "Cache-Control": kept})


def static_address(name: str) -> str | None:
    """Give the path under which a static file is kept for good; ``None`` where it is not built."""
    found = _static(name)
    if found is None:
        return None
    stem, _, suffix = name.rpartition(".")
    return f"/static/{stem}-{found[0]}.{suffix}"


@lru_cache(maxsize=64)
def _static(name: str) -> tuple[str, bytes] | None:
    for directory in _STATIC_DIRECTORIES:
        path = directory / name
        if path.is_file():
            body = path.read_bytes()
            return hashlib.sha256(body).hexdigest()[:12], body
    return None


__all__ = [
    "SECURITY_HEADERS",
    "Page",
    "PageRequest",
    "Site",
    "render",
    "routes",
    "static_address",
    "static_file",
    "warm",
]
