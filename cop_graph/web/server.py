"""The server: uvicorn runs the application until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any, Final

from cop_graph.errors import StoreError
from cop_graph.web.app import make_app
from cop_graph.web.http import SERVER
from cop_graph.web.service import Settings

KEEP_ALIVE_S: Final = 75
GRACE_S: Final = 5
ENDING_S: Final = 0.5
"""So long may running queries still go on when the service ends."""


class _OnlyOurFaults(logging.Filter):
    """Leaves out answers that were ended on purpose, and clients that went away."""

    def filter(self, record: logging.LogRecord) -> bool:
        from cop_graph.web.http import BrokenAnswerError

        error = record.exc_info[1] if record.exc_info else None
        has_gone = isinstance(error, RuntimeError) and "handler is closed" in str(error)
        return not (has_gone or isinstance(error, BrokenAnswerError))


def serve(settings: Settings, *, host: str, port: int, started: Callable[[str], None]) -> None:
    """Serve until the process is told to stop.

    Args:
        settings: What is served, and how.
        host: The address to listen at.
        port: The port; 0 takes a free one.
        started: Called with the address once requests are answered.

    Raises:
        StoreError: The address cannot be listened at.
    """
    import uvicorn

    from cop_graph.web.connection import Connection

    listener = _listener(host, port)
    address = listener.getsockname()
    shown = f"[{host}]" if ":" in host else host

    app = make_app(settings)

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            ending = asyncio.get_running_loop().call_later(ENDING_S, app.state.service.stop)
            await super().shutdown(sockets)
            ending.cancel()

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if not self.should_exit:
                started(f"http://{shown}:{address[1]}")

    logging.getLogger("uvicorn.error").addFilter(_OnlyOurFaults())
    config: dict[str, Any] = {
        "log_level": "error",
        "access_log": False,
        "server_header": False,
        "headers": [("server", SERVER)],
        "timeout_keep_alive": KEEP_ALIVE_S,
        "timeout_graceful_shutdown": GRACE_S,
        "lifespan": "on",
        "http": Connection,
        "ws": "none",
    }
    Server(uvicorn.Config(app, **config)).run([listener])


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise StoreError(
            f"cannot be listened at: {reason}. Choose another --host or --port",
            path=f"{host}:{port}",
        ) from error
    return listener
