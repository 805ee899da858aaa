"""``/sparql``: the SPARQL 1.1 Protocol for query and update.

References:
    SPARQL 1.1 Protocol, https://www.w3.org/TR/sparql11-protocol/
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cop_graph.errors import CopGraphError
from cop_graph.media import charset
from cop_graph.namespaces import is_iri
from cop_graph.web.errors import BadUpdateError, HttpError
from cop_graph.web.http import (
    CORS,
    PREFLIGHT,
    QUERY_BYTES,
    Answering,
    Headers,
    Receive,
    Scope,
    Send,
    accepts_gzip,
    body,
    client_of,
    header,
    parameters,
    respond,
    respond_error,
    root_of,
)
from cop_graph.web.service import Service, Snapshot, answers_alike, key_of

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
QUERY_FIELDS: Final = ("query", "default-graph-uri", "named-graph-uri")
UPDATE_FIELDS: Final = ("update", "using-graph-uri", "using-named-graph-uri")
UPDATE_BYTES: Final = 1 << 26
FORM_BYTES: Final = 4 * QUERY_BYTES
"""A query in a form, each sign of it escaped, with its graphs."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the protocol: ``kind`` is ``query``, ``update`` or ``describe``."""

    kind: str
    text: str = ""
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None


class SparqlEndpoint:
    """The route of queries and updates."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        only_head = scope["method"] == "HEAD"
        operation = None
        try:
            if scope["method"] == "OPTIONS":
                await respond(send, 204, b"", PREFLIGHT)
                return
            operation = await self._operation(scope, receive)
            if operation.kind == "update":
                await self._update(operation, scope, send)
            else:
                await self._read(operation, scope, receive, send)
        except CopGraphError as error:
            is_update = operation is not None and operation.kind == "update"
            shared = [] if is_update or isinstance(error, BadUpdateError) else CORS
            await respond_error(send, error, shared, only_head=only_head)

    async def _operation(self, scope: Scope, receive: Receive) -> Operation:
        method = scope["method"]
        in_address = parameters(scope["query_string"], what="the address")
        if method in ("GET", "HEAD"):
            if any(name == "update" for name, _ in in_address):
                raise HttpError(
                    405, "an update is sent by POST", headers={"Allow": "POST, OPTIONS"}
                )
            if not any(name == "query" for name, _ in in_address):
                for name, value in in_address:
                    if name in QUERY_FIELDS and not is_iri(value):
                        raise HttpError(400, f"{name} is not an IRI: {value[:60]!r}")
                return Operation("describe")
            return _query(in_address)
        if method != "POST":
            raise HttpError(
                405,
                f"{method} is no operation of the SPARQL Protocol",
                headers={"Allow": "GET, HEAD, POST, OPTIONS"},
            )
        kind = header(scope, b"content-type")
        media_type = kind.partition(";")[0].strip().lower()
        if charset(kind) not in ("utf-8", "utf8", "us-ascii"):
            raise HttpError(415, f"the body is {charset(kind)}; send UTF-8")
        if header(scope, b"content-encoding") not in ("", "identity"):
            raise HttpError(415, "the body is compressed; send it as it is")
        if media_type == FORM:
            content = await self._body(scope, receive, FORM_BYTES)
            fields = [*in_address, *parameters(content, what="the body")]
            if any(name == "update" for name, _ in fields):
                return _update(fields)
            return _query(fields)
        if media_type == QUERY:
            text = _decoded(await body(receive, most_bytes=QUERY_BYTES))
            return _query([*in_address, ("query", text)])
        if media_type == UPDATE:
            try:
                text = _decoded(await self._body(scope, receive, QUERY_BYTES))
            except HttpError as error:
                raise BadUpdateError(error.status, str(error)) from error
            return _update([*in_address, ("update", text)])
        raise HttpError(
            415, f"a POST is one of {FORM}, {QUERY} and {UPDATE}, not {media_type or 'nothing'}"
        )

    async def _body(self, scope: Scope, receive: Receive, most_bytes: int) -> bytes:
        """Read what may be an update; a long one only from those who may change the store."""
        try:
            authorize(self._service, scope)
        except HttpError as refused:
            try:
                return await body(receive, most_bytes=most_bytes)
            except HttpError as error:
                if error.status != 413:
                    raise
                raise BadUpdateError(
                    413,
                    f"{error}; only an update may have more. For that: {refused}",
                    headers=refused.headers,
                ) from error
        return await body(receive, most_bytes=UPDATE_BYTES)

    async def _read(self, operation: Operation, scope: Scope, receive: Receive, send: Send) -> None:
        service = self._service
        accept = header(scope, b"accept")
        job: dict[str, Any] = {"accept": accept, "gzip": accepts_gzip(scope)}
        if operation.kind == "describe":
            job |= description_job(service, "service", root_of(scope))
            key: bytes | None = key_of("service", root_of(scope), accept)
        else:
            if len(operation.text) > QUERY_BYTES:
                raise HttpError(413, f"a query has at most {QUERY_BYTES} characters")
            job |= {
                "do": "query",
                "text": operation.text,
                "default_graphs": operation.default_graphs,
                "named_graphs": operation.named_graphs,
                "base": f"{root_of(scope)}{scope['path']}",
                "most_rows": service.settings.limits.rows,
                "most_bytes": service.settings.limits.answer_bytes,
            }
            key = None
            if answers_alike(operation.text):
                key = key_of(operation, accept, job["base"])
        await read(service, job, key, scope, receive, send)

    async def _update(self, operation: Operation, scope: Scope, send: Send) -> None:
        job = {
            "do": "update",
            "text": operation.text,
            "using": operation.default_graphs or (),
            "using_named": operation.named_graphs or (),
            "base": f"{root_of(scope)}{scope['path']}",
        }
        await change(self._service, job, scope)
        await respond(
            send, 204, b"", [(b"cop-graph-data-version", self._service.snapshot().version.encode())]
        )


async def read(
    service: Service,
    job: dict[str, Any],
    key: bytes | None,
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    shared: Headers = CORS,
) -> None:
    """Answer from what is remembered, or let a worker do a reading job and stream what it gives.

    Args:
        service: The workers.
        job: See ``jobs.Reader``.
        key: What is asked, for the entity tag; ``None`` where the answer changes by itself.
        scope: The request (ASGI 3).
        receive: Gives what further comes from the client (ASGI 3).
        send: Takes the response (ASGI 3).
        shared: Headers of the response, such as those that let pages elsewhere read it.

    Raises:
        CopGraphError: There are no data to read.
    """
    snapshot = service.snapshot()
    headers = [*shared, *limit_headers(service, snapshot)]
    answering = Answering(service, snapshot, key, scope, receive, send, headers=headers)
    if not await answering.known():
        await answering.stream(service.read(job, client=client_of(scope), snapshot=snapshot))


async def change(
    service: Service, job: dict[str, Any], scope: Scope, *, content: bytes = b""
) -> dict[str, Any]:
    """Let the writer change the store, and wait until it is done.

    Raises:
        HttpError: Updates are not allowed here, or the token is missing or wrong.
        CopGraphError: It cannot be done; nothing has changed.
    """
    authorize(service, scope)
    assert service.writer is not None
    reply = service.writer.run(job, client=client_of(scope), body=content)
    said = await reply.header()
    async for _piece in reply:
        pass
    return said


def authorize(service: Service, scope: Scope) -> None:
    """Let only those change the store who send the token.

    Raises:
        HttpError: Updates are not allowed here, or the token is missing or wrong.
    """
    token = service.settings.token
    if token is None:
        raise HttpError(
            403, "this service is for reading; its operator can start it with --allow-update"
        )
    scheme, _, given = header(scope, b"authorization").partition(" ")
    fits = hmac.compare_digest(given.strip().encode("latin-1"), token.encode())
    if scheme.lower() != "bearer" or not fits:
        raise HttpError(
            401,
            "a change needs the header Authorization: Bearer TOKEN, with the token of the service",
            headers={"WWW-Authenticate": 'Bearer realm="cop-graph"'},
        )


def description_job(service: Service, what: str, root: str) -> dict[str, Any]:
    """Give the job that describes the service or the data."""
    settings = service.settings
    return {
        "do": "describe",
        "what": what,
        "root": root,
        "settings": {
            "allows_update": settings.token is not None,
            "allows_service": bool(settings.services),
        },
    }


def limit_headers(service: Service, snapshot: Snapshot) -> list[tuple[bytes, bytes]]:
    """Give the headers that announce limits and the version of the data."""
    limits = service.settings.limits
    found = [
        (b"cop-graph-limit-seconds", f"{limits.time_s:g}".encode()),
        (b"cop-graph-limit-rows", str(limits.rows).encode()),
        (b"cop-graph-limit-bytes", str(limits.answer_bytes).encode()),
        (b"cop-graph-limit-memory", str(limits.memory_bytes).encode()),
    ]
    if snapshot.version:
        found.append((b"cop-graph-data-version", snapshot.version.encode()))
    return found


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise HttpError(400, f"the body is not UTF-8 at byte {error.start}") from error


def _query(fields: Sequence[tuple[str, str]]) -> Operation:
    return _one_operation(fields, "query", QUERY_FIELDS)


def _update(fields: Sequence[tuple[str, str]]) -> Operation:
    return _one_operation(fields, "update", UPDATE_FIELDS)


def _one_operation(
    fields: Sequence[tuple[str, str]], kind: str, names: tuple[str, str, str]
) -> Operation:
    texts = [value for name, value in fields if name in ("query", "update")]
    if len(texts) != 1:
        given = "more than one query or update" if texts else f"no {kind}"
        bad = BadUpdateError if kind == "update" else HttpError
        raise bad(400, f"the request holds {given}; send exactly one parameter {kind!r}")
    default = tuple(value for name, value in fields if name == names[1])
    named = tuple(value for name, value in fields if name == names[2])
    if not (default or named):
        return Operation(kind, texts[0])
    return Operation(kind, texts[0], default, named)
