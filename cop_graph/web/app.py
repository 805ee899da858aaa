"""The application: which address leads where."""

from __future__ import annotations

import contextlib
import functools
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from cop_graph.errors import CopGraphError
from cop_graph.web.errors import HttpError
from cop_graph.web.graphs import GraphStoreEndpoint
from cop_graph.web.http import (
    CORS,
    PAGE_SAFE,
    PREFLIGHT,
    Receive,
    Scope,
    Send,
    accepts_gzip,
    header,
    is_host,
    is_near,
    parameters,
    respond,
    respond_error,
    root_of,
    safe,
)
from cop_graph.web.protocol import SparqlEndpoint, description_job
from cop_graph.web.questions import JsonJob, QuestionEndpoint, answer, wants_page
from cop_graph.web.service import Service, Settings, key_of

LEAST_COMPRESSED_BYTES: Final = 1024
READ: Final = {"Allow": "GET, HEAD, OPTIONS"}
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
        if scope["method"] == "OPTIONS":
            await respond(send, 204, b"", PREFLIGHT)
            return
        if scope["method"] not in ("GET", "HEAD"):
            await respond_error(send, HttpError(405, "this is read with GET", headers=READ), CORS)
            return
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
            await respond_error(send, error, PAGE_SAFE, only_head=only_head)
            return
        job = {
            "do": "page",
            "path": path,
            "query": query,
            "accept": header(scope, b"accept") if path.startswith(GIVEN_AS_ACCEPTED) else "",
            "root": root_of(scope),
            "show_report_text": self._service.settings.show_report_text or is_near(scope),
        }
        key = key_of(job)
        job["gzip"] = accepts_gzip(scope)
        await answer(self._service, job, key, scope, receive, send, shared=PAGE_SAFE)


class HostCheck:
    """Lets only requests through that name the host that they were sent to.

    Args:
        app: Answers them.

    References:
        HTTP/1.1 (RFC 9112), section 3.2.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        if scope["type"] == "http":
            host = header(scope, b"host")
            is_old = scope.get("http_version") == "1.0" and not host
            if not (is_old or is_host(host)):
                error = HttpError(400, "the Host header is not one host, such as data.example:8000")
                await respond_error(send, error, only_head=scope["method"] == "HEAD")
                return
        await self._app(scope, receive, send)


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
    headers += [(name.lower().encode(), text.encode()) for name, text in found.headers.items()]
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


async def _no_route(_request: Request, _error: Exception) -> Response:
    """Answer what names no path at all, such as ``OPTIONS *``."""
    return _plain(404, "nothing is at this address")


async def _own_fault(_request: Request, _error: Exception) -> Response:
    """Answer what should not happen: the words of the fault are in the log, not in the answer."""
    return _plain(500, "the service met a fault of its own; its operator finds it in the log")


def _plain(status: int, words: str) -> Response:
    headers = {name.decode(): value.decode() for name, value in safe([])}
    headers |= {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
    return Response(f"{words}\n", status, headers)


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
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(HostCheck)],
        exception_handlers={HTTPException: _no_route, 500: _own_fault},
    )
    app.router.redirect_slashes = False
    app.state.service = service
    return app
