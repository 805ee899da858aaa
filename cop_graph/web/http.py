"""Requests and responses: parameters, bodies, headers, and answers that are streamed."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
import urllib.parse
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

from cop_graph import __version__
from cop_graph.errors import CopGraphError, ProgramError
from cop_graph.pool import Reply
from cop_graph.web.errors import HttpError, headers_of, status_of, words_of
from cop_graph.web.pages import SECURITY_HEADERS
from cop_graph.web.service import (
    REMEMBERED_ANSWER_BYTES,
    Remembered,
    Service,
    Snapshot,
    etag_of,
)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

FORWARDED: Final = (b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip")
MOST_FIELDS: Final = 1000
QUERY_BYTES: Final = 1 << 20
WATCH_AFTER_S: Final = 0.1
AT_ONCE_BYTES: Final = 1 << 24
CORS: Final[Headers] = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"ETag, COP-Graph-Data-Version, COP-Graph-Limit-Seconds, COP-Graph-Limit-Rows, "
        b"COP-Graph-Limit-Bytes, COP-Graph-Limit-Memory, COP-Graph-Stopped-By, Retry-After",
    ),
]
VARY: Final = (b"vary", b"Accept, Accept-Encoding")
SAFE: Final[Headers] = [
    (
        b"content-security-policy",
        b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]
"""Headers of every response that is no page: where a browser shows one, nothing in it runs."""
PAGE_SAFE: Final[Headers] = [
    (name.lower().encode(), text.encode()) for name, text in SECURITY_HEADERS.items()
]
"""The same of pages, also where only their headers are sent."""
PREFLIGHT: Final[Headers] = [
    *CORS,
    (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS"),
    (b"access-control-allow-headers", b"Accept, Content-Type, If-None-Match"),
    (b"access-control-max-age", b"86400"),
]
_HOST: Final = re.compile(r"([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
SERVER: Final = f"cop-graph/{__version__}"


def header(scope: Scope, name: bytes) -> str:
    """Give a request header, empty where there is none; several are joined as HTTP says."""
    return ", ".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)


def parameters(raw: bytes, *, what: str) -> list[tuple[str, str]]:
    """Read ``application/x-www-form-urlencoded``, each escape once.

    Raises:
        HttpError: It is not UTF-8, or has too many fields.
    """
    try:
        return urllib.parse.parse_qsl(
            raw.decode("utf-8"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except UnicodeDecodeError as error:
        raise HttpError(400, f"{what} is not UTF-8") from error
    except ValueError as error:
        raise HttpError(400, f"{what} cannot be read: {error}") from error


async def body(receive: Receive, *, most_bytes: int) -> bytes:
    """Read the body of a request.

    Raises:
        HttpError: It is larger than is allowed.
    """
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HttpError(400, "the request ended before its body")
        part = message.get("body", b"")
        size += len(part)
        if size > most_bytes:
            raise HttpError(413, f"the body has more than {most_bytes} bytes")
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def root_of(scope: Scope) -> str:
    """Give scheme and host as the client wrote them, without a slash at the end."""
    host = header(scope, b"host")
    if not host:
        server = scope.get("server") or ("localhost", None)
        host = str(server[0]) if server[1] is None else f"{server[0]}:{server[1]}"
    return f"{scope.get('scheme', 'http')}://{host}"


def is_host(text: str) -> bool:
    """Tell whether a ``Host`` header is a host: a name or a number, and perhaps a port.

    Addresses in answers begin with it, so that one with a path of its own would lead elsewhere.

    Example:
        >>> is_host("data.example:8000"), is_host("[::1]:80"), is_host("data.example/other")
        (True, True, False)
    """
    return _HOST.fullmatch(text) is not None


def safe(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Add the headers that keep a response from doing harm, unless it has its own; each once."""
    given = dict(SAFE)
    others = []
    for name, value in headers:
        if name in given:
            given[name] = value
        else:
            others.append((name, value))
    return [*given.items(), *others]


def client_of(scope: Scope) -> str:
    """Give whose turn a request takes: the address that it came from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def is_near(scope: Scope) -> bool:
    """Tell whether a request comes from this machine: its user has the reports anyway.

    One that some other server passes on, that names another host, or that a browser makes for a
    page of another site may come from elsewhere.
    """
    if any(header(scope, name) for name in FORWARDED):
        return False
    if header(scope, b"origin") not in ("", root_of(scope)):
        return False
    host = urllib.parse.urlsplit(f"//{header(scope, b'host')}").hostname or ""
    try:
        is_ours = host == "localhost" or ipaddress.ip_address(host).is_loopback
        return is_ours and ipaddress.ip_address(client_of(scope)).is_loopback
    except ValueError:
        return False


def accepts_gzip(scope: Scope) -> bool:
    """Tell whether the client takes gzip."""
    for part in header(scope, b"accept-encoding").split(","):
        name, _, parameter = part.strip().partition(";")
        if name.strip().lower() in ("gzip", "*"):
            return parameter.replace(" ", "").lower() not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


async def respond(
    send: Send,
    status: int,
    content: bytes,
    headers: Iterable[tuple[bytes, bytes]] = (),
    *,
    only_head: bool = False,
) -> None:
    """Send a whole response."""
    length = [] if status in (204, 304) else [(b"content-length", str(len(content)).encode())]
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": safe([*headers, *length]),
        }
    )
    await send({"type": "http.response.body", "body": b"" if only_head else content})


async def respond_error(
    send: Send,
    error: CopGraphError,
    headers: Iterable[tuple[bytes, bytes]] = (),
    *,
    only_head: bool = False,
) -> None:
    """Send an error as text that says what is wrong and what to do."""
    if isinstance(error, ProgramError):
        logging.getLogger("uvicorn.error").error("a fault of the program: %s", error)
    more = [(name.lower().encode(), text.encode()) for name, text in headers_of(error).items()]
    await respond(
        send,
        status_of(error),
        f"{words_of(error)}\n".encode(),
        [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"cache-control", b"no-store"),
            *more,
            *headers,
        ],
        only_head=only_head,
    )


class Answering:
    """Streams the reply to one job to one client.

    Args:
        service: Where answers are remembered.
        snapshot: Which data the job was given.
        key: What was asked, for the entity tag; ``None`` where the answer changes by itself.
    """

    def __init__(
        self,
        service: Service,
        snapshot: Snapshot,
        key: bytes | None,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        headers: Headers,
    ) -> None:
        self._service = service
        self._snapshot = snapshot
        self._key = key
        self._scope = scope
        self._receive = receive
        self._send = send
        self._headers = headers
        self._only_head = scope["method"] == "HEAD"
        self._is_gzip = accepts_gzip(scope)
        self._may_be_tagged = scope["method"] in ("GET", "HEAD")
        self._asks_for_any = (
            self._may_be_tagged
            and bool(snapshot.version)
            and header(scope, b"if-none-match").strip() == "*"
        )

    async def known(self) -> bool:
        """Answer from what is known already; ``False`` where nothing is."""
        if self._key is None:
            return False
        tag = etag_of(self._snapshot, self._key)
        asked = header(self._scope, b"if-none-match")
        if tag and asked and self._may_be_tagged and _holds_tag(asked, tag):
            await respond(self._send, 304, b"", self._tagged([]))
            return True
        found = self._service.remembered(self._snapshot, self._key, self._is_gzip)
        if found is None:
            return False
        if self._asks_for_any:
            await respond(self._send, 304, b"", self._tagged([]))
            return True
        await respond(
            self._send,
            200,
            found.body,
            self._tagged(list(found.headers)),
            only_head=self._only_head,
        )
        return True

    async def stream(self, reply: Reply) -> None:
        """Send what a worker answers; on a fault after the first byte end abnormally."""
        loop = asyncio.get_running_loop()
        watcher: list[asyncio.Task[None]] = []

        def watch() -> None:
            watcher.append(loop.create_task(self._watch(reply)))

        timer = loop.call_later(WATCH_AFTER_S, watch)
        try:
            await self._stream(reply, await reply.header())
        except CopGraphError as error:  # nothing was sent yet
            await respond_error(self._send, error, self._headers, only_head=self._only_head)
        finally:
            timer.cancel()
            for task in watcher:
                task.cancel()
            reply.close()

    async def _stream(self, reply: Reply, said: dict[str, Any]) -> None:
        headers: Headers = [(b"content-type", said["type"].encode())]
        if "encoding" in said:
            headers.append((b"content-encoding", said["encoding"].encode()))
        headers += [
            (name.lower().encode(), text.encode("latin-1", "replace"))
            for name, text in said.get("headers", {}).items()
            if name.lower() != "vary"  # every answer has it
        ]
        status = said.get("status", 200)
        if status != 200:  # only what is there has a tag
            self._key = None
        if self._key is not None and self._asks_for_any:
            await respond(self._send, 304, b"", self._tagged([]))
            return
        if said.get("is_head"):  # how long the rest would be is not known
            start = {"type": "http.response.start", "status": status}
            await self._send({**start, "headers": safe(self._tagged(headers))})
            await self._send({"type": "http.response.body", "body": b""})
            return
        whole = reply.take() if "length" in said else None
        if whole is not None:
            self._keep(status, headers, whole)
            await respond(
                self._send, status, whole, self._tagged(headers), only_head=self._only_head
            )
            return
        if self._scope.get("http_version") == "1.0" and not self._only_head:
            await self._send_at_once(reply, status, headers)
            return
        await self._send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": safe(self._tagged(headers)),
            }
        )
        kept: list[bytes] = []
        size = 0
        try:
            async for piece in reply:
                size += len(piece)
                if size <= REMEMBERED_ANSWER_BYTES:
                    kept.append(piece)
                if not self._only_head:
                    await self._send(
                        {"type": "http.response.body", "body": piece, "more_body": True}
                    )
        except CopGraphError as error:
            raise BrokenAnswerError(str(error)) from error
        if size <= REMEMBERED_ANSWER_BYTES:
            self._keep(status, headers, b"".join(kept))
        await self._send({"type": "http.response.body", "body": b""})

    async def _send_at_once(self, reply: Reply, status: int, headers: Headers) -> None:
        """Send with its length, because HTTP/1.0 has no other sign that an answer is whole."""
        pieces: list[bytes] = []
        size = 0
        async for piece in reply:
            size += len(piece)
            if size > AT_ONCE_BYTES:
                raise HttpError(505, f"an answer of over {AT_ONCE_BYTES} bytes needs HTTP/1.1")
            pieces.append(piece)
        await respond(self._send, status, b"".join(pieces), self._tagged(headers))

    def _keep(self, status: int, headers: Headers, content: bytes) -> None:
        if status == 200 and self._key is not None and not self._only_head:
            self._service.remember(
                self._snapshot, self._key, self._is_gzip, Remembered(tuple(headers), content)
            )

    def _tagged(self, headers: Headers) -> Headers:
        found = [*headers, *self._headers, VARY]
        tag = etag_of(self._snapshot, self._key) if self._key is not None else None
        if tag and self._may_be_tagged:
            found += [(b"etag", tag.encode()), (b"cache-control", b"no-cache")]
        else:
            found.append((b"cache-control", b"no-store"))
        return found

    async def _watch(self, reply: Reply) -> None:
        """Give up when the client has gone."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                reply.close()
                return


class BrokenAnswerError(Exception):
    """An answer that was begun cannot be ended; the connection has to end instead."""


def _holds_tag(asked: str, tag: str) -> bool:
    opaque = tag.removeprefix("W/")
    return any(part.strip().removeprefix("W/") == opaque for part in asked.split(","))
