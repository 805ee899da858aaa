"""The application: which address leads where."""

from __future__ import annotations

import contextlib
import functools
import gzip
import ipaddress
import json
import urllib.parse
from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from cop_graph.errors import CopGraphError
from cop_graph.web.errors import HttpError
from cop_graph.web.graphs import GraphStoreEndpoint
from cop_graph.web.http import (
    CORS,
    SAFE,
    Receive,
    Scope,
    Send,
    accepts_gzip,
    client_of,
    header,
    parameters,
    respond,
    respond_error,
    root_of,
)
from cop_graph.web.protocol import SparqlEndpoint, description_job
from cop_graph.web.questions import JsonJob, QuestionEndpoint, answer, wants_page
from cop_graph.web.service import Service, Settings, key_of

FORWARDED: Final = (b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip")
LEAST_COMPRESSED_BYTES: Final = 1024
GIVEN_AS_ACCEPTED: Final = ("/id/", "/ontology")
"""Addresses that are a page or RDF, as the client accepts; all others are one page for everyone, so
that what one browser asked for, such as a picture, is remembered for the others too."""


class VoidEndpoint:
    """The route of the description of the data."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        accept = header(scope, b"accept")
        job = description_job(self._service, "void", root_of(scope))
        job |= {"accept": accept, "gzip": accepts_gzip(scope)}
        key = key_of("void", root_of(scope), accept)
        await answer(self._service, job, key, scope, receive, send)


class HealthEndpoint:
    """The route that tells whether queries are answered, by which workers, on which data."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        service = self._service
        counts = service.readers.counts()
        try:
            version = service.snapshot().version
        except CopGraphError:
            version = ""
        is_well = counts["workers"] > 0 and (bool(version) or service.settings.is_remote)
        document: dict[str, Any] = {
            "status": "ok" if is_well else "not ready",
            "version": version,
            "network": service.readers.network,
            **counts,
        }
        await respond(
            send,
            200 if is_well else 503,
            (json.dumps(document) + "\n").encode(),
            [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), *CORS],
            only_head=scope["method"] == "HEAD",
        )


class PageEndpoint:
    """Everything that is shown to people; what there is nothing at is a page too."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        only_head = scope["method"] == "HEAD"
        path = scope["path"]
        try:
            if scope["method"] not in ("GET", "HEAD"):
                raise HttpError(405, "pages are read with GET", headers={"Allow": "GET, HEAD"})
            if path.startswith("/static/") and await _static(scope, send, only_head=only_head):
                return
            query = dict(parameters(scope["query_string"], what="the address"))
        except CopGraphError as error:
            await respond_error(send, error, only_head=only_head)
            return
        job = {
            "do": "page",
            "path": path,
            "query": query,
            "accept": header(scope, b"accept") if path.startswith(GIVEN_AS_ACCEPTED) else "",
            "root": root_of(scope),
            "show_report_text": self._service.settings.show_report_text or _is_near(scope),
        }
        key = key_of(job)
        job["gzip"] = accepts_gzip(scope)
        await answer(self._service, job, key, scope, receive, send, shared=[])


class PageOr:
    """A page for those who accept HTML before all else, something else for programs."""

    def __init__(self, page: PageEndpoint, other: ASGIApp) -> None:
        self._page = page
        self._other = other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        if scope["method"] in ("GET", "HEAD") and wants_page(scope):
            await self._page(scope, receive, send)
        else:
            await self._other(scope, receive, send)


async def _static(scope: Scope, send: Send, *, only_head: bool) -> bool:
    """Send a file that pages load, or tell that there is none."""
    from cop_graph.web.pages import static_file

    found = static_file(scope["path"])
    if found is None:
        return False
    headers = [(b"content-type", found.content_type.encode())]
    headers += [
        (name.lower().encode(), text.encode())
        for name, text in found.headers.items()
        if name.lower().encode() != SAFE[0]  # every answer has it
    ]
    headers.append((b"vary", b"Accept-Encoding"))
    body = found.body
    if accepts_gzip(scope) and len(body) > LEAST_COMPRESSED_BYTES:
        headers.append((b"content-encoding", b"gzip"))
        body = _compressed(body)
    await respond(send, found.status, body, headers, only_head=only_head)
    return True


@functools.lru_cache(maxsize=64)
def _compressed(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


def _is_near(scope: Scope) -> bool:
    """Tell whether a request comes from this machine: its user has the reports anyway.

    One that some other server passes on, or that names another host, may come from elsewhere.
    """
    if any(header(scope, name) for name in FORWARDED):
        return False
    host = urllib.parse.urlsplit(f"//{header(scope, b'host')}").hostname or ""
    try:
        is_ours = host == "localhost" or ipaddress.ip_address(host).is_loopback
        return is_ours and ipaddress.ip_address(client_of(scope)).is_loopback
    except ValueError:
        return False


def make_app(settings: Settings) -> Starlette:
    """Make the application; its workers start and end with it."""
    service = Service(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with service:
            yield

    page = PageEndpoint(service)
    sparql, store = PageOr(page, SparqlEndpoint(service)), GraphStoreEndpoint(service)
    question, void = PageOr(page, QuestionEndpoint(service)), VoidEndpoint(service)
    endpoints: list[tuple[str, ASGIApp]] = [
        ("/sparql", sparql),
        ("/sparql/", sparql),
        ("/store", store),
        ("/store/{path:path}", store),
        ("/questions", PageOr(page, JsonJob(service, "questions"))),
        ("/questions/{name}", question),
        ("/openapi.json", JsonJob(service, "openapi")),
        ("/void", void),
        ("/.well-known/void", void),
        ("/healthz", HealthEndpoint(service)),
        ("/{path:path}", page),
    ]
    routes = [Route(path, endpoint, include_in_schema=False) for path, endpoint in endpoints]
    for route in routes:
        route.methods = None  # each endpoint tells its own methods
    app = Starlette(routes=routes, lifespan=lifespan)
    app.router.redirect_slashes = False
    app.state.service = service
    return app
