"""``/questions``: each question by name, in JSON and CSV; and the OpenAPI document of all."""

from __future__ import annotations

from typing import Any, Final

from cop_graph.errors import CopGraphError
from cop_graph.media import choose
from cop_graph.web.answers import EVIDENCE, NO, YES
from cop_graph.web.errors import HttpError
from cop_graph.web.http import (
    CORS,
    PREFLIGHT,
    Headers,
    Receive,
    Scope,
    Send,
    accepts_gzip,
    header,
    is_near,
    parameters,
    respond,
    respond_error,
    root_of,
)
from cop_graph.web.protocol import read
from cop_graph.web.service import Service, key_of

ENDINGS: Final = {
    ".json": "application/json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
}
PAGE_ENDINGS: Final = (".xlsx", ".rq", ".map")
"""What pages offer besides."""


class JsonJob:
    """A route whose whole answer is one job without parameters of its own.

    Args:
        service: The workers.
        what: ``questions`` or ``openapi``.
    """

    def __init__(self, service: Service, what: str) -> None:
        self._service = service
        self._what = what

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        job: dict[str, Any] = {"do": self._what, "root": root_of(scope)}
        job |= {
            "gzip": accepts_gzip(scope),
            "allows_update": self._service.settings.token is not None,
        }
        key = key_of(self._what, root_of(scope))
        await answer(self._service, job, key, scope, receive, send)


class QuestionEndpoint:
    """The route of one question."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        try:
            job = self._job(scope)
        except CopGraphError as error:
            await respond_error(send, error, CORS, only_head=scope["method"] == "HEAD")
            return
        key = key_of("ask", job["name"], sorted(job["parameters"].items()), job["accept"], job)
        await answer(self._service, job, key, scope, receive, send)

    def _job(self, scope: Scope) -> dict[str, Any]:
        name = scope["path"].rstrip("/").rpartition("/")[2]
        accept = header(scope, b"accept")
        for ending, media_type in ENDINGS.items():
            if name.endswith(ending):
                name, accept = name.removesuffix(ending), media_type
        given: dict[str, str] = {}
        for key, value in parameters(scope["query_string"], what="the address"):
            if key in given:
                raise HttpError(400, f"the parameter {key!r} is given twice")
            given[key] = value
        evidence = given.pop(EVIDENCE, "0").lower()
        if evidence not in YES + NO:
            raise HttpError(400, f"{EVIDENCE} is true or false, not {evidence!r}")
        return {
            "do": "ask",
            "name": name,
            "parameters": given,
            "evidence": evidence in YES,
            "show_report_text": self._service.settings.show_report_text or is_near(scope),
            "accept": accept,
            "gzip": accepts_gzip(scope),
            "most_rows": self._service.settings.limits.rows,
            "most_bytes": self._service.settings.limits.answer_bytes,
        }


def wants_page(scope: Scope) -> bool:
    """Tell whether a request wants a page rather than what a page is made of."""
    if scope["path"].endswith(tuple(ENDINGS)) or b"query=" in scope["query_string"]:
        return False
    if scope["path"].endswith(PAGE_ENDINGS):
        return True
    offered = tuple((kind, kind) for kind in (*ENDINGS.values(), "text/html"))
    found = choose(header(scope, b"accept"), offered)
    return found is not None and found[0] == "text/html"


async def answer(
    service: Service,
    job: dict[str, Any],
    key: bytes,
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    shared: Headers = CORS,
) -> None:
    """Let a worker do a reading job, and stream what it answers.

    ``shared`` are headers of the response, such as those that let pages elsewhere read it.
    """
    only_head = scope["method"] == "HEAD"
    if scope["method"] == "OPTIONS":
        await respond(send, 204, b"", PREFLIGHT)
        return
    try:
        if scope["method"] not in ("GET", "HEAD"):
            raise HttpError(405, "this is read with GET", headers={"Allow": "GET, HEAD, OPTIONS"})
        await read(service, job, key, scope, receive, send, shared=shared)
    except CopGraphError as error:
        await respond_error(send, error, shared, only_head=only_head)
