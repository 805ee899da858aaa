"""One connection: uvicorn reads its requests, we bound them and word what it refuses."""

from __future__ import annotations

import http
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cop_graph.web.http import safe

HEAD_BYTES: Final = 1 << 17
"""So long may address and headers of a request be together."""
ADDRESS_BYTES: Final = (1 << 16) - 1
"""So long an address the parser can cut into its parts."""
TOO_LONG: Final = f"an address has at most {ADDRESS_BYTES} bytes; send a long query by POST"


class Connection(HttpToolsProtocol):
    """Ends a request whose address and headers have no end, before they fill the memory."""

    url: bytes = b""
    _is_in_head = False
    _begins = False
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Take what came from the client."""
        self._begins = False
        super().data_received(data)
        if not self._is_in_head or self._begins or self.transport.is_closing():
            return  # a piece in which a request begins may also hold the end of the last one
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES:
            if len(self.url) > ADDRESS_BYTES:
                self._refuse(414, TOO_LONG)
            else:
                self._refuse(431, f"address and headers have at most {HEAD_BYTES} bytes")

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._is_in_head, self._begins, self._head_bytes = True, True, 0

    def on_headers_complete(self) -> None:
        """Let the request be answered."""
        self._is_in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        if len(self.url) > ADDRESS_BYTES:
            self._refuse(414, TOO_LONG)
        else:
            self._refuse(400, "this is no request that can be read")

    def _refuse(self, status: int, words: str) -> None:
        if self.transport.is_closing():
            return
        if self.cycle and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.close()  # words amid an answer would look like a part of it
            return
        content = f"{words}\n".encode()
        headers = [
            *self.server_state.default_headers,
            *safe([(b"content-type", b"text/plain; charset=utf-8")]),
            (b"content-length", str(len(content)).encode()),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
        ]
        lines = [f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}".encode()]
        lines += [name + b": " + value for name, value in headers]
        self.transport.write(b"\r\n".join([*lines, b"", content]))
        self.transport.close()


__all__ = ["HEAD_BYTES", "Connection"]
