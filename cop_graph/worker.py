"""The worker: a guarded query runs in a process of its own, which can be stopped at any time.

No engine stops every query from within (a cross product, a long sort), so a limit is kept by ending
the process. The parent sends one JSON line a query and reads back a JSON line and the result.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

from cop_graph import errors
from cop_graph.dataset import Source
from cop_graph.errors import CopGraphError, QueryError, QueryStoppedError, QuerySyntaxError

MEMORY_LIMIT_BYTES: Final = 4 * 1024**3
PARENT_CHECK_S: Final = 0.5
_CHUNK_BYTES: Final = 1 << 16


class Worker:
    """A process that answers queries on one store; started when first needed.

    Args:
        source: What to build in memory, where no store on disk is given.
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
        self._settings = {
            "ontology": str(source.ontology),
            "data": str(source.data),
            "queries": str(source.queries),
            "store": store,
            "memory_bytes": memory_bytes,
        }
        self._memory_bytes = memory_bytes
        self._process: subprocess.Popen[bytes] | None = None

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
        try:
            return self._ask({"query": text, "formats": formats}, deadline)
        except _LateError:
            self.stop()
            raise QueryStoppedError(
                f"stopped after {timeout_s:g} s without an answer. Ask for less "
                "(bind more, LIMIT), or give it longer with --timeout"
            ) from None
        except (_GoneError, BrokenPipeError):
            self.stop()
            raise QueryStoppedError(
                "stopped: the query needed more memory than its limit of "
                f"{self._memory_bytes / 1024**3:g} GiB, or its process was ended. Ask for less"
            ) from None
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the process; the next query starts a new one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in filter(None, (process.stdin, process.stdout)):
                with contextlib.suppress(OSError):
                    stream.close()

    def _ask(self, request: dict[str, Any], deadline: float) -> tuple[str, bytes]:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        reader = _Reader(process.stdout, deadline)
        header = json.loads(reader.line())
        body = reader.exactly(int(header["length"]))
        if "error" in header:
            raise _rebuilt(header)
        return str(header["kind"]), body

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            package = str(Path(__file__).resolve().parent.parent)
            code = f"import sys; sys.path.insert(0, {package!r}); "
            code += "from cop_graph.worker import main; main()"
            environment = {**os.environ, "COP_GRAPH_WORKER": json.dumps(self._settings)}
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        return self._process


class _LateError(Exception):
    """The deadline passed."""


class _GoneError(Exception):
    """The process ended before its answer."""


class _Reader:
    """Reads from a pipe until a deadline."""

    def __init__(self, stream: IO[bytes], deadline: float) -> None:
        self._descriptor = stream.fileno()
        self._deadline = deadline
        self._held = b""

    def line(self) -> bytes:
        while b"\n" not in self._held:
            self._held += self._more()
        line, _, self._held = self._held.partition(b"\n")
        return line

    def exactly(self, length: int) -> bytes:
        parts, size = [self._held], len(self._held)
        while size < length:
            parts.append(self._more())
            size += len(parts[-1])
        content = b"".join(parts)
        self._held = content[length:]
        return content[:length]

    def _more(self) -> bytes:
        wait = None if self._deadline == math.inf else max(0.0, self._deadline - time.monotonic())
        ready, _, _ = select.select([self._descriptor], [], [], wait)
        if not ready:
            raise _LateError
        chunk = os.read(self._descriptor, _CHUNK_BYTES)
        if not chunk:
            raise _GoneError
        return chunk


def _rebuilt(header: dict[str, Any]) -> CopGraphError:
    """Rebuild the error that the process met, by class and message."""
    if header["error"] == "QuerySyntaxError":
        return QuerySyntaxError(
            header["message"],
            query=header["query"],
            line=header["line"],
            column=header["column"],
        )
    if header["error"] == "QueryRefusedError":
        return errors.QueryRefusedError(header["message"])
    return QueryError(header["message"])


def main() -> None:
    """Answer queries from standard input until it ends; what ``Worker`` starts."""
    settings = json.loads(os.environ["COP_GRAPH_WORKER"])
    _limit_memory(int(settings["memory_bytes"]))
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    store = None
    for line in sys.stdin.buffer:
        request = json.loads(line)
        try:
            from cop_graph.remote import open_at
            from cop_graph.store import memory_store

            if store is None:
                source = Source(*(Path(settings[key]) for key in ("ontology", "data", "queries")))
                place = settings["store"]
                store = memory_store(source) if place is None else open_at(place)
            kind, body = _answer(store, request)
            _reply({"kind": kind}, body)
        except QuerySyntaxError as error:
            _reply(
                {
                    "error": "QuerySyntaxError",
                    "message": error.args[0],
                    "query": error.query,
                    "line": error.line,
                    "column": error.column,
                }
            )
        except CopGraphError as error:
            _reply({"error": type(error).__name__, "message": str(error)})
        except (OSError, RuntimeError, ValueError) as error:
            _reply({"error": "QueryError", "message": f"the engine could not go on: {error}"})


def _answer(store: Any, request: dict[str, Any]) -> tuple[str, bytes]:
    import pyoxigraph as ox

    from cop_graph.store import serialize

    results = store.query(request["query"])
    kinds = {ox.QuerySolutions: "solutions", ox.QueryBoolean: "boolean"}
    kind = kinds.get(type(results), "triples")
    return kind, serialize(results, request["formats"][kind])


def _reply(header: dict[str, Any], body: bytes = b"") -> None:
    output = sys.stdout.buffer
    output.write(json.dumps({**header, "length": len(body)}).encode() + b"\n")
    output.write(body)
    output.flush()


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, even in the middle of a query."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_S)
    os._exit(1)


def _limit_memory(limit_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))
