"""The worker: a guarded query runs in a process of its own, which can be stopped at any time.

No engine stops every query from within (a cross product, a long sort), so a limit is kept by ending
the process. A worker reads jobs from a socket and answers each in frames: a header, pieces of the
answer as the engine makes them, and an end; or a fault in place of any of these. What is not
followed by an end is no whole answer.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from cop_graph import errors
from cop_graph.dataset import Source
from cop_graph.errors import CopGraphError, QueryStoppedError

MEMORY_LIMIT_BYTES: Final = 4 * 1024**3
PARENT_CHECK_S: Final = 0.5
READY, HEADER, PIECE, END, FAULT = b"R", b"H", b"P", b"E", b"F"
FRAME: Final = struct.Struct(">cI")
"""What stands before each frame: its kind, and the length of what follows in bytes."""
JOB: Final = struct.Struct(">II")
"""What stands before each job: the lengths of its JSON and of its body in bytes."""
PIECE_BYTES: Final = 1 << 16
_READ_BYTES: Final = 1 << 18


def settings_of(
    source: Source,
    *,
    store: str | None = None,
    memory_bytes: int = MEMORY_LIMIT_BYTES,
    role: str = "reader",
    services: tuple[str, ...] = (),
    reports: str | None = None,
) -> dict[str, Any]:
    """Give what a worker has to know when it starts.

    Args:
        source: What to build in memory, where no store is given.
        store: The directory or address of a store.
        memory_bytes: The address space that the process may use, where the system can limit it.
        role: ``reader``, or ``writer`` for the one process that changes a store on disk.
        services: Hosts that SERVICE may name; with none the process has no way to the network.
        reports: A directory with the texts of reports.
    """
    return {
        "ontology": str(source.ontology),
        "data": str(source.data),
        "queries": str(source.queries),
        "store": store,
        "memory_bytes": memory_bytes,
        "role": role,
        "services": list(services),
        "reports": reports,
    }


def start_process(settings: dict[str, Any]) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a worker and give its process and our end of the socket to it."""
    ours, theirs = socket.socketpair()
    package = str(Path(__file__).resolve().parent.parent)
    code = f"import sys; sys.path.insert(0, {package!r}); "
    code += "from cop_graph.jobs import main; main()"
    # Else the C library reserves address space for each thread, which the limit would count.
    environment = {"MALLOC_ARENA_MAX": "2", **os.environ}
    environment["COP_GRAPH_WORKER"] = json.dumps(settings)
    environment["COP_GRAPH_WORKER_SOCKET"] = str(theirs.fileno())
    try:
        started = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return started, ours


def job_bytes(job: dict[str, Any], body: bytes = b"") -> bytes:
    """Write a job as a worker reads it."""
    text = json.dumps(job).encode()
    return JOB.pack(len(text), len(body)) + text + body


def stopped_by_memory(memory_bytes: int) -> QueryStoppedError:
    """Give the error of a worker whose process ended by itself."""
    return QueryStoppedError(
        "stopped: the query needed more memory than its limit of "
        f"{memory_bytes / 1024**3:g} GiB, or its process was ended. Ask for less",
        limit="memory",
    )


def stopped_by_time(timeout_s: float) -> QueryStoppedError:
    """Give the error of a query that ran out of time."""
    return QueryStoppedError(
        f"stopped after {timeout_s:g} s without an answer. Ask for less "
        "(bind more, LIMIT), or give it longer with --timeout",
        limit="time",
    )


_FACTS: Final[dict[str, tuple[str, ...]]] = {
    "AmbiguousNameError": ("wanted", "suggestions"),
    "DataError": ("path", "line"),
    "ExportError": (),
    "IdentifierError": ("value",),
    "NetworkError": (),
    "NotBuiltError": (),
    "NotAcceptableError": ("name",),
    "OutputError": ("path",),
    "QueryError": ("name",),
    "QueryParameterError": ("name", "parameter"),
    "QueryRefusedError": ("name",),
    "QueryStoppedError": ("limit",),
    "QuerySyntaxError": ("query", "line", "column"),
    "PictureError": (),
    "ProgramError": (),
    "ReportError": ("path", "paragraph"),
    "StoreError": ("path",),
    "UnknownEntityError": ("wanted", "suggestions"),
    "UnknownGraphError": ("name",),
}
"""Error class to the facts that it is made of besides its message."""


def fault_of(error: CopGraphError) -> dict[str, Any]:
    """Give an error as ``rebuilt`` reads it."""
    name = type(error).__name__
    if isinstance(error, errors.UnknownQueryError):
        return {"error": name, "name": error.name, "suggestions": list(error.suggestions)}
    if name not in _FACTS:
        return {"error": "CopGraphError", "message": str(error)}
    facts = {fact: getattr(error, fact) for fact in _FACTS[name]}
    return {"error": name, "message": error.args[0], **facts}


def rebuilt(fault: dict[str, Any]) -> CopGraphError:
    """Rebuild the error that a worker met, by class and facts.

    Args:
        fault: What a frame of the kind ``FAULT`` holds.
    """
    name = fault["error"]
    if name == "UnknownQueryError":
        return errors.UnknownQueryError(fault["name"], suggestions=fault["suggestions"])
    if name not in _FACTS:
        return CopGraphError(fault["message"])
    error: CopGraphError = getattr(errors, name)(
        fault["message"], **{fact: fault[fact] for fact in _FACTS[name]}
    )
    return error


class Worker:
    """A process that answers queries on one store; started when first needed.

    Args:
        source: What to build in memory, where no store is given.
        store: The directory or address of a store.
        memory_bytes: The address space that the process may use, where the system can limit it.
    """

    def __init__(
        self,
        source: Source,
        *,
        store: str | None = None,
        memory_bytes: int = MEMORY_LIMIT_BYTES,
    ) -> None:
        self._settings = settings_of(source, store=store, memory_bytes=memory_bytes)
        self._memory_bytes = memory_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def query(
        self, text: str, *, formats: dict[str, str], timeout_s: float | None = None
    ) -> tuple[str, bytes]:
        """Run a query and give its result, written.

        Args:
            text: The query.
            formats: The format to write for each kind: ``solutions``, ``boolean``, ``triples``.
            timeout_s: Seconds after which the process is stopped; ``None`` waits to the end.

        Returns:
            The kind of result and its bytes.

        Raises:
            QueryError: The query is refused, is not SPARQL, or the format does not fit it.
            QueryStoppedError: It ran out of time or memory.
            KeyboardInterrupt: The user stopped it; the process is gone.
        """
        deadline = math.inf if timeout_s is None else time.monotonic() + timeout_s
        job = {"do": "query", "text": text, "formats": formats}
        try:
            header: dict[str, Any] = {}
            pieces = []
            for kind, content in self._frames(job, deadline):
                if kind == HEADER:
                    header = json.loads(content)
                elif kind == PIECE:
                    pieces.append(content)
                elif kind == FAULT:
                    raise rebuilt(json.loads(content))
            return str(header["kind"]), b"".join(pieces)
        except _LateError:
            self.stop()
            assert timeout_s is not None
            raise stopped_by_time(timeout_s) from None
        except (_GoneError, BrokenPipeError, ConnectionError):
            self.stop()
            raise stopped_by_memory(self._memory_bytes) from None
        except CopGraphError:
            raise
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the process; the next query starts a new one."""
        process, self._process = self._process, None
        ours, self._socket = self._socket, None
        if ours is not None:
            with contextlib.suppress(OSError):
                ours.close()
        if process is not None:
            process.kill()
            process.wait()

    def _frames(self, job: dict[str, Any], deadline: float) -> Iterator[tuple[bytes, bytes]]:
        """Send a job and give its frames up to the last."""
        connection = self._running()
        connection.sendall(job_bytes(job))
        reader = _Reader(connection.fileno(), deadline)
        while True:
            kind, length = FRAME.unpack(reader.exactly(FRAME.size))
            content = reader.exactly(length)
            if kind == READY:
                continue
            yield kind, content
            if kind in (END, FAULT):
                return

    def _running(self) -> socket.socket:
        if self._process is None or self._process.poll() is not None or self._socket is None:
            self.stop()
            self._process, self._socket = start_process(self._settings)
        return self._socket


class _LateError(Exception):
    """The deadline passed."""


class _GoneError(Exception):
    """The process ended before its answer."""


class _Reader:
    """Reads from a descriptor until a deadline."""

    def __init__(self, descriptor: int, deadline: float) -> None:
        self._descriptor = descriptor
        self._deadline = deadline
        self._held = bytearray()

    def exactly(self, length: int) -> bytes:
        while len(self._held) < length:
            self._held += self._more()
        content = bytes(self._held[:length])
        del self._held[:length]
        return content

    def _more(self) -> bytes:
        wait = None if self._deadline == math.inf else max(0.0, self._deadline - time.monotonic())
        ready, _, _ = select.select([self._descriptor], [], [], wait)
        if not ready:
            raise _LateError
        chunk = os.read(self._descriptor, _READ_BYTES)
        if not chunk:
            raise _GoneError
        return chunk


def end_with_parent() -> None:
    """End this process when its parent is gone, even in the middle of a query."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_S)
    os._exit(1)


def limit_memory(limit_bytes: int) -> None:
    """Limit how much address space this process may take beyond what it has now.

    Where the system cannot, nothing is limited.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    limit = limit_bytes + _address_space_bytes()
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _address_space_bytes() -> int:
    """Give how much address space this process takes; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
