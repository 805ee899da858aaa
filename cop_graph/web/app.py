"""The application: which address leads where."""

from __future__ import annotations

import contextlib
import json
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
    Receive,
    Scope,
    Send,
    accepts_gzip,
    header,
    respond,
    respond_error,
    root_of,
)
from cop_graph.web.protocol import SparqlEndpoint, description_job
from cop_graph.web.questions import JsonJob, QuestionEndpoint, answer
from cop_graph.web.service import Service, Settings, key_of

READY_S: Final = 5.0


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


class NotFound:
    """Everything that leads nowhere."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        await respond_error(
            send,
            HttpError(
                404,
                "nothing is here. /sparql answers queries, /questions lists what can be asked by "
                "name, /openapi.json describes it",
            ),
            only_head=scope["method"] == "HEAD",
        )


def make_app(settings: Settings) -> Starlette:
    """Make the application; its workers start and end with it."""
    service = Service(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with service:
            yield

    sparql, store = SparqlEndpoint(service), GraphStoreEndpoint(service)
    question, void = QuestionEndpoint(service), VoidEndpoint(service)
    endpoints: list[tuple[str, ASGIApp]] = [
        ("/sparql", sparql),
        ("/sparql/", sparql),
        ("/store", store),
        ("/store/{path:path}", store),
        ("/questions", JsonJob(service, "questions")),
        ("/questions/{name}", question),
        ("/openapi.json", JsonJob(service, "openapi")),
        ("/void", void),
        ("/.well-known/void", void),
        ("/healthz", HealthEndpoint(service)),
        ("/{path:path}", NotFound()),
    ]
    routes = [Route(path, endpoint, include_in_schema=False) for path, endpoint in endpoints]
    for route in routes:
        route.methods = None  # each endpoint tells its own methods
    app = Starlette(routes=routes, lifespan=lifespan)
    app.router.redirect_slashes = False
    app.state.service = service
    return app
