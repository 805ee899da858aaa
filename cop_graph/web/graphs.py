"""``/store``: the SPARQL 1.1 Graph Store HTTP Protocol.

A graph is named by ``?graph=IRI`` or ``?default``, or is what stands at an address below
``/store/``.

References:
    https://www.w3.org/TR/sparql11-http-rdf-update/
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import uuid
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from cop_graph.errors import CopGraphError
from cop_graph.media import charset, rdf_format
from cop_graph.web.errors import HttpError
from cop_graph.web.http import (
    CORS,
    PREFLIGHT,
    Receive,
    Scope,
    Send,
    accepts_gzip,
    header,
    parameters,
    respond,
    respond_error,
    root_of,
)
from cop_graph.web.protocol import authorize, change, read
from cop_graph.web.service import Service, key_of

PATH: Final = "/store"
INLINE_BYTES: Final = 1 << 20
DOCUMENT_BYTES: Final = 1 << 30
_ALLOWED: Final = "GET, HEAD, PUT, POST, DELETE, OPTIONS"


class GraphStoreEndpoint:
    """The route of whole graphs."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        method = scope["method"]
        shared = CORS if method in ("GET", "HEAD") else []
        try:
            if method == "OPTIONS":
                await respond(send, 204, b"", PREFLIGHT)
            elif method in ("GET", "HEAD"):
                await self._get(scope, receive, send)
            elif method in ("PUT", "POST"):
                await self._write(scope, receive, send)
            elif method == "DELETE":
                await self._delete(scope, send)
            else:
                raise HttpError(
                    405,
                    f"{method} is no operation of the Graph Store Protocol",
                    headers={"Allow": _ALLOWED},
                )
        except CopGraphError as error:
            await respond_error(send, error, shared, only_head=method == "HEAD")

    async def _get(self, scope: Scope, receive: Receive, send: Send) -> None:
        graph = _graph(scope)
        accept = header(scope, b"accept")
        job = {
            "do": "graph",
            "graph": graph,
            "accept": accept,
            "gzip": accepts_gzip(scope),
            "only_head": scope["method"] == "HEAD",
            "most_bytes": self._service.settings.limits.answer_bytes,
        }
        await read(self._service, job, key_of("graph", graph, accept), scope, receive, send)

    async def _write(self, scope: Scope, receive: Receive, send: Send) -> None:
        authorize(self._service, scope)
        what = scope["method"].lower()
        location = None
        if what == "post" and _is_store(scope):
            graph: str | None = f"{root_of(scope)}{PATH}/{uuid.uuid4()}"
            location = graph
        else:
            graph = _graph(scope)
        with tempfile.TemporaryDirectory(prefix="cop-graph-") as folder:
            documents = [one async for one in self._documents(scope, receive, folder)]
            job = {
                "do": what,
                "graph": graph,
                "base": graph or f"{root_of(scope)}{PATH}",
                "documents": [document.place for document in documents],
            }
            content = b"".join(document.content for document in documents)
            said = await change(self._service, job, scope, content=content)
        is_new = bool(said["is_new"])
        headers = [(b"cop-graph-data-version", self._service.snapshot().version.encode())]
        if location is not None:
            headers.append((b"location", location.encode()))
        await respond(send, 201 if is_new else 204, b"", headers)

    async def _delete(self, scope: Scope, send: Send) -> None:
        graph = _graph(scope)
        await change(self._service, {"do": "delete", "graph": graph}, scope)
        await respond(send, 204, b"")

    async def _documents(self, scope: Scope, receive: Receive, folder: str) -> Any:
        """Give each document of a request, from its body or from the parts of a form."""
        kind = header(scope, b"content-type")
        if header(scope, b"content-encoding") not in ("", "identity"):
            raise HttpError(415, "the body is compressed; send it as it is")
        if kind.partition(";")[0].strip().lower() != "multipart/form-data":
            yield await _spooled(Request(scope, receive).stream(), _format(kind), folder)
            return
        try:
            form = await Request(scope, receive).form()
        except (MultiPartException, HTTPException) as error:
            detail = getattr(error, "message", None) or getattr(error, "detail", "")
            raise HttpError(400, f"the form cannot be read: {detail}") from error
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        if not files:
            raise HttpError(400, "the form holds no file")
        formats = [_format(file.content_type or "") for file in files]
        for file, name in zip(files, formats, strict=True):
            yield await _spooled(_pieces(file), name, folder)
        await form.close()


class _Document:
    """A document that the writer is to read: in the job's body, or in a file."""

    def __init__(self, format: str, content: bytes, path: str | None) -> None:
        self.content = content if path is None else b""
        self.place = {"format": format, "file": path, "length": len(self.content)}


async def _pieces(file: UploadFile) -> Any:
    while piece := await file.read(1 << 16):
        yield piece


async def _spooled(stream: Any, format: str, folder: str) -> _Document:
    """Keep a small document in memory, and a large one in a file."""
    held, size, path = bytearray(), 0, None
    with contextlib.ExitStack() as stack:
        file = None
        try:
            async for piece in stream:
                size += len(piece)
                if size > DOCUMENT_BYTES:
                    raise HttpError(413, f"a document has at most {DOCUMENT_BYTES} bytes")
                held += piece
                if size > INLINE_BYTES:
                    if file is None:
                        handle, path = tempfile.mkstemp(dir=folder)
                        file = stack.enter_context(os.fdopen(handle, "wb"))
                    file.write(held)
                    held.clear()
        except ClientDisconnect as error:
            raise HttpError(400, "the request ended before its body") from error
    return _Document(format, bytes(held), path)


def _format(kind: str) -> str:
    if charset(kind) not in ("utf-8", "utf8", "us-ascii"):
        raise HttpError(415, f"the document is {charset(kind)}; send UTF-8")
    found = rdf_format(kind)
    if found is None:
        raise HttpError(415, f"{kind or 'nothing'} is no RDF that is known here; send text/turtle")
    return found


def _is_store(scope: Scope) -> bool:
    """Tell whether a request names the store itself and no graph."""
    return scope["path"].rstrip("/") == PATH and not scope["query_string"]


def _graph(scope: Scope) -> str | None:
    """Give the graph that a request names; ``None`` is the default graph.

    Raises:
        HttpError: It names none, or more than one.
    """
    fields = list(_graph_fields(scope))
    path = scope["path"]
    if path.rstrip("/") == PATH:
        if len(fields) != 1:
            raise HttpError(400, "name exactly one graph: ?default or ?graph=IRI")
        name, value = fields[0]
        if name == "default" and value:
            raise HttpError(400, "?default has no value; a graph is named by ?graph=IRI")
        if name == "graph" and ":" not in value:
            raise HttpError(400, f"{value!r} is no absolute IRI")
        return value if name == "graph" else None
    raw = scope.get("raw_path") or quote(path).encode()
    query = scope["query_string"]
    try:
        return f"{root_of(scope)}{raw.decode()}" + (f"?{query.decode()}" if query else "")
    except UnicodeDecodeError as error:
        raise HttpError(400, "the address is not UTF-8") from error


def _graph_fields(scope: Scope) -> Iterator[tuple[str, str]]:
    if scope["path"].rstrip("/") == PATH:
        for name, value in parameters(scope["query_string"], what="the address"):
            if name not in ("default", "graph"):
                raise HttpError(400, f"no parameter {name!r} here; name ?default or ?graph=IRI")
            yield name, value
