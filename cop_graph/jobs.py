"""Jobs: what a worker process does for the service and the command line.

Started by ``worker.start_process``. A job is asked for as JSON, and answered in frames as the
engine makes them, so that memory does not grow with the answer. Limits of rows and bytes end a job
with a fault, never with a short answer that looks whole.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.parse import quote

import pyoxigraph as ox

from cop_graph.dataset import Source
from cop_graph.errors import (
    CopGraphError,
    NotAcceptableError,
    ProgramError,
    QueryError,
    QueryStoppedError,
    UnknownGraphError,
)
from cop_graph.guard import check_query
from cop_graph.media import choose, content_type, offers
from cop_graph.namespaces import PREFIXES
from cop_graph.remote import open_at
from cop_graph.store import (
    RDF_FORMATS,
    RESULT_FORMATS,
    GraphStore,
    QueryDataset,
    QueryResults,
    memory_store,
    open_generation,
)
from cop_graph.worker import (
    END,
    FAULT,
    FRAME,
    HEADER,
    JOB,
    PIECE,
    PIECE_BYTES,
    READY,
    end_with_parent,
    fault_of,
    limit_memory,
)

if TYPE_CHECKING:
    from cop_graph.graph import Graph

FIRST_PIECE_BYTES: Final = 1 << 13
"""The first piece is small, so that whoever waits sees something soon."""
GZIP_FROM_BYTES: Final = 1024
_KINDS: Final[Mapping[type, str]] = {ox.QuerySolutions: "solutions", ox.QueryBoolean: "boolean"}
_OF_THE_ENGINE: Final = ("query", "graph", "update", "put", "post", "delete")
"""Jobs whose texts come from outside: where the engine cannot go on, the text is to blame."""
_OUT_OF_REACH: Final = 1 << 62


class RowCounter:
    """Counts the solutions in what the engine writes, piece by piece.

    Args:
        format: One of ``RESULT_FORMATS``; of anything else nothing is counted.
    """

    def __init__(self, format: str) -> None:
        self.rows = 0
        self._count = {
            "json": self._json,
            "xml": self._xml,
            "csv": self._csv,
            "tsv": self._tsv,
        }.get(format, self._nothing)
        self._tail = b""
        self._edge = b""
        self._inside = False
        self._is_head = True

    def add(self, piece: bytes) -> None:
        """Count what is in a further piece."""
        self._count(piece)

    def _nothing(self, piece: bytes) -> None:
        pass

    def _tsv(self, piece: bytes) -> None:
        self.rows += piece.count(b"\n") - self._take_head(piece)

    def _csv(self, piece: bytes) -> None:
        """Line ends within quotes are text; a quote within quotes is written twice."""
        parts = piece.split(b'"')
        outside = b"".join(parts[1 if self._inside else 0 :: 2])
        self._inside ^= len(parts) % 2 == 0
        self.rows += outside.count(b"\n") - self._take_head(outside)

    def _take_head(self, piece: bytes) -> int:
        if self._is_head and b"\n" in piece:
            self._is_head = False
            return 1
        return 0

    def _xml(self, piece: bytes) -> None:
        """The engine escapes ``<`` in texts, so that a tag is a tag."""
        held = self._tail + piece
        self.rows += held.count(b"<result>")
        self._tail = held[-(len(b"<result>") - 1) :]

    def _json(self, piece: bytes) -> None:
        """Outside of strings, an object that follows ``[`` or ``,`` is a solution."""
        held = self._tail + piece
        # An escape that is cut in two waits for its second half.
        cut = len(held) - (len(held) - len(held.rstrip(b"\\"))) % 2
        held, self._tail = held[:cut], held[cut:]
        parts = held.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        outside = self._edge + b"".join(
            part if not inside else b'"'
            for part, inside in zip(parts, self._alternating(len(parts)), strict=True)
        )
        self.rows += outside.count(b",{") + outside.count(b"[{")
        self._edge = outside[-1:]

    def _alternating(self, count: int) -> Iterable[bool]:
        start = self._inside
        self._inside ^= count % 2 == 0
        return (start ^ (number % 2 == 1) for number in range(count))


class Output:
    """Writes the answer of one job in frames.

    Args:
        descriptor: Where the frames go.
        job: The job; ``gzip``, ``most_rows`` and ``most_bytes`` in it are heeded.
    """

    def __init__(self, descriptor: int, job: Mapping[str, Any]) -> None:
        self._descriptor = descriptor
        self._gzip = zlib.compressobj(1, zlib.DEFLATED, 31) if job.get("gzip") else None
        self._most_rows = job.get("most_rows") or _OUT_OF_REACH
        self._most_bytes = job.get("most_bytes") or _OUT_OF_REACH
        self._counter = RowCounter("")
        self._header: dict[str, Any] = {}
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._sent_bytes = 0
        self._room = FIRST_PIECE_BYTES

    def start(self, header: dict[str, Any], *, counted: str = "") -> None:
        """Say what comes, before any of it; ``counted`` is the format in which rows count."""
        self._header = header
        if self._most_rows < _OUT_OF_REACH:
            self._counter = RowCounter(counted)

    def write(self, piece: bytes) -> int:
        """Take a piece of the answer.

        Raises:
            QueryStoppedError: The answer has more rows or bytes than is allowed.
        """
        self._held.append(bytes(piece))
        self._held_bytes += len(piece)
        if self._held_bytes >= self._room:
            self._send()
            self._room = PIECE_BYTES
        return len(piece)

    def flush(self) -> None:
        """Do nothing: frames go out when they are full."""

    def end(self) -> None:
        """Send what is held, and that this was all."""
        content = b"".join(self._held)
        self._check(content)
        if self._header:  # nothing was sent: the whole answer fits one frame
            if self._gzip is not None and len(content) >= GZIP_FROM_BYTES:
                content = self._gzip.compress(content) + self._gzip.flush()
                self._header["encoding"] = "gzip"
            self._header["length"] = len(content)
        elif self._gzip is not None:
            content = self._gzip.compress(content) + self._gzip.flush()
        frames = self._frames_of(content)
        frames.append(FRAME.pack(END, 0))
        write_all(self._descriptor, b"".join(frames))

    def fail(self, error: CopGraphError) -> None:
        """Send a fault in place of what is missing."""
        content = json.dumps(fault_of(error)).encode()
        write_all(self._descriptor, FRAME.pack(FAULT, len(content)) + content)

    def _send(self) -> None:
        content = b"".join(self._held)
        self._held, self._held_bytes = [], 0
        self._check(content)
        if self._gzip is not None:
            is_first = bool(self._header)
            if is_first:
                self._header["encoding"] = "gzip"
            content = self._gzip.compress(content)
            if is_first:
                content += self._gzip.flush(zlib.Z_SYNC_FLUSH)
        write_all(self._descriptor, b"".join(self._frames_of(content)))

    def _frames_of(self, content: bytes) -> list[bytes]:
        frames = []
        if self._header:
            header = json.dumps(self._header).encode()
            frames += [FRAME.pack(HEADER, len(header)), header]
            self._header = {}
        if content:
            frames += [FRAME.pack(PIECE, len(content)), content]
        return frames

    def _check(self, content: bytes) -> None:
        self._sent_bytes += len(content)
        self._counter.add(content)
        if self._sent_bytes > self._most_bytes:
            raise QueryStoppedError(
                f"stopped: the answer has more than {self._most_bytes} bytes. "
                "Ask for less (LIMIT), or in pieces (OFFSET)",
                limit="bytes",
            )
        if self._counter.rows > self._most_rows:
            raise stopped_by_rows(self._most_rows)


def stopped_by_rows(most_rows: int) -> QueryStoppedError:
    """Give the error of an answer with more rows than is allowed."""
    return QueryStoppedError(
        f"stopped: the answer has more than {most_rows} rows. "
        "Ask for less (LIMIT), or in pieces (OFFSET)",
        limit="rows",
    )


class Reader:
    """Answers reading jobs on read-only snapshots of one store."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._source = Source(*(Path(settings[key]) for key in ("ontology", "data", "queries")))
        self._services = tuple(settings["services"])
        self._store: GraphStore | None = None
        self._generation: str | None = None
        self._graphs: frozenset[str] = frozenset()
        self._graph: Graph | None = None
        self._warmed: GraphStore | None = None

    def answer(self, job: Mapping[str, Any], body: bytes, output: Output) -> None:
        """Do one job; ``do`` names it.

        Raises:
            CopGraphError: It cannot be done.
        """
        jobs: dict[str, Callable[[Mapping[str, Any], Output], None]] = {
            "query": self._query,
            "graph": self._graph_of,
            "ask": self._ask,
            "describe": self._describe,
            "openapi": self._openapi,
            "questions": self._questions,
            "page": self._page,
            "ready": self._ready,
        }
        self.open(job.get("generation"))
        jobs[job["do"]](job, output)
        if job["do"] in ("page", "ready"):
            self._warm()

    def open(self, generation: str | None) -> GraphStore:
        """Open the generation that a job names, or the store of the settings."""
        if self._store is None or generation != self._generation:
            on_disk = self._settings["store"]
            if generation is not None:
                self._store = open_generation(Path(generation))
            elif on_disk is not None:
                self._store = open_at(on_disk)
            else:
                self._store = memory_store(self._source)
            self._generation = generation
            self._graphs = frozenset(self._store.graphs())
            self._graph = None
        return self._store

    def _warm(self) -> None:
        """Make what all pages share once an answer is out, beside the work that comes next."""
        if self._store is self._warmed or self._store is None or self._store.is_far:
            return
        self._warmed = self._store
        graph = self.graph
        threading.Thread(target=_make_beforehand, args=(graph,), daemon=True).start()

    @property
    def graph(self) -> Graph:
        """The front over what is open."""
        if self._graph is None:
            from cop_graph.graph import Graph

            assert self._store is not None
            reports = self._settings["reports"]
            self._graph = Graph(
                self._store, self._source, reports=Path(reports) if reports else None
            )
        return self._graph

    def _graph_without_texts(self) -> Graph:
        """Give a front that finds no text of a report, for whoever may not read one."""
        from cop_graph.graph import Graph

        assert self._store is not None
        return Graph(self._store, self._source)

    def _query(self, job: Mapping[str, Any], output: Output) -> None:
        assert self._store is not None
        text = job["text"]
        check_query(text, graphs=self._graphs, services=self._services)
        dataset = QueryDataset(
            default_graphs=_iris(job.get("default_graphs")),
            named_graphs=_iris(job.get("named_graphs")),
            base=job.get("base"),
        )
        results = self._store.run(text, dataset=dataset)
        kind = _KINDS.get(type(results), "triples")
        name, media_type = _format_of(job, kind)
        output.start(
            {"kind": kind, "type": content_type(media_type)},
            counted=name if kind == "solutions" else "",
        )
        write_results(results, name, output)
        output.end()

    def _graph_of(self, job: Mapping[str, Any], output: Output) -> None:
        """Give one graph whole (SPARQL 1.1 Graph Store HTTP Protocol, section 5.2)."""
        assert self._store is not None
        graph = job["graph"]
        if graph is not None and graph not in self._graphs:
            raise UnknownGraphError(f"there is no graph {graph}")
        name, media_type = _chosen(job["accept"], tuple(RDF_FORMATS), triples=True)
        is_head = bool(job.get("only_head"))
        output.start({"kind": "triples", "type": content_type(media_type), "is_head": is_head})
        if not is_head:
            quads = self._store.iter_quads(graph)
            ox.serialize(
                (quad.triple for quad in quads),
                output=output,  # type: ignore[arg-type]  # it has write and flush
                format=RDF_FORMATS[name],
                prefixes=PREFIXES,
            )
        output.end()

    def _ask(self, job: Mapping[str, Any], output: Output) -> None:
        from cop_graph.exports import answer_csv, answer_json, answer_tsv

        name, media_type = _chosen(job["accept"], ("json", "csv", "tsv"), triples=False)
        if media_type == "application/sparql-results+json":
            media_type = "application/json"
        with_evidence = bool(job["evidence"])
        graph = self.graph if job.get("show_report_text") else self._graph_without_texts()
        answer = graph.ask(job["name"], evidence=with_evidence, **job["parameters"])
        if len(answer) > (job.get("most_rows") or _OUT_OF_REACH):
            raise stopped_by_rows(job["most_rows"])
        if name == "json":
            content: str | bytes = answer_json(answer, with_evidence=with_evidence)
        else:
            writer = answer_csv if name == "csv" else answer_tsv
            content = writer(answer, with_evidence=with_evidence)
        output.start({"kind": "answer", "type": content_type(media_type), "rows": len(answer)})
        output.write(content.encode() if isinstance(content, str) else content)
        output.end()

    def _describe(self, job: Mapping[str, Any], output: Output) -> None:
        from cop_graph.description import DESCRIPTION_PREFIXES, describe

        assert self._store is not None
        name, media_type = _chosen(job["accept"], tuple(RDF_FORMATS), triples=True)
        triples = describe(
            self._store, self._source, job["what"], root=job["root"], **job["settings"]
        )
        output.start({"kind": "triples", "type": content_type(media_type)})
        ox.serialize(
            triples,
            output=output,  # type: ignore[arg-type]  # it has write and flush
            format=RDF_FORMATS[name],
            prefixes=DESCRIPTION_PREFIXES,
        )
        output.end()

    def _openapi(self, job: Mapping[str, Any], output: Output) -> None:
        from cop_graph.openapi import openapi

        document = openapi(
            self._source.queries,
            root=job["root"],
            store=self._store,
            allows_update=bool(job.get("allows_update")),
        )
        _write_json(document, output, indent=None)

    def _questions(self, job: Mapping[str, Any], output: Output) -> None:
        from cop_graph.description import question_json
        from cop_graph.questions import list_questions

        _write_json([question_json(one) for one in list_questions(self._source.queries)], output)

    def _page(self, job: Mapping[str, Any], output: Output) -> None:
        from cop_graph.web.pages import PageRequest, Site, render

        site = Site(
            graph=self.graph, show_report_text=job["show_report_text"], base_url=job["root"]
        )
        path = quote(job["path"])  # it is decoded already, and ``render`` decodes once
        page = render(site, PageRequest(path, job["query"], job["accept"]))
        output.start(
            {
                "kind": "page",
                "type": page.content_type,
                "status": page.status,
                "headers": dict(page.headers),
            }
        )
        output.write(page.body)
        output.end()

    def _ready(self, job: Mapping[str, Any], output: Output) -> None:
        assert self._store is not None
        output.start({"kind": "ready", "type": "text/plain", "version": self._store.version})
        output.end()


def _make_beforehand(graph: Graph) -> None:
    """Open the search index; more than that would slow the pages that are asked for meanwhile."""
    from cop_graph.search import index_of

    with contextlib.suppress(CopGraphError, OSError, RuntimeError):  # the page itself will say it
        index_of(graph.store)


class Changer:
    """Does the changing jobs, one after the other."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        from cop_graph.writer import Writer

        self._writer = Writer(Path(settings["store"]))
        self._writer.services = tuple(settings["services"])

    def answer(self, job: Mapping[str, Any], body: bytes, output: Output) -> None:
        """Do one job; ``do`` names it.

        Raises:
            CopGraphError: It cannot be done; nothing has changed.
        """
        what, is_new = job["do"], False
        if what == "update":
            self._writer.update(
                job["text"],
                using=tuple(job["using"]),
                using_named=tuple(job["using_named"]),
                base=job["base"],
            )
        elif what == "delete":
            self._writer.delete(job["graph"])
        elif what in ("put", "post"):
            change = self._writer.put if what == "put" else self._writer.post
            with contextlib.ExitStack() as stack:
                documents = [
                    (stack.enter_context(document), name)
                    for document, name in _documents(job["documents"], body)
                ]
                is_new = change(job["graph"], documents, base=job["base"])
        output.start({"kind": "changed", "type": "text/plain", "is_new": is_new})
        output.end()


def _documents(places: list[dict[str, Any]], body: bytes) -> Iterator[tuple[IO[bytes], str]]:
    """Open the documents of a job: those with a file there, the others one by one in its body."""
    at = 0
    for place in places:
        if place["file"]:
            yield open(place["file"], "rb"), place["format"]  # noqa: SIM115  # closed by the caller
        else:
            yield io.BytesIO(body[at : at + place["length"]]), place["format"]
            at += place["length"]


def _write_json(document: Any, output: Output, *, indent: int | None = 2) -> None:
    output.start({"kind": "json", "type": "application/json"})
    output.write((json.dumps(document, ensure_ascii=False, indent=indent) + "\n").encode())
    output.end()


def write_results(results: QueryResults, format: str, output: Any) -> None:
    """Write what a query gave as the engine makes it.

    Args:
        results: Solutions, a boolean or triples.
        format: One of ``RESULT_FORMATS`` or ``RDF_FORMATS``, as fits the kind.
        output: Anything with ``write`` and ``flush``.
    """
    if isinstance(results, ox.QuerySolutions | ox.QueryBoolean):
        results.serialize(output=output, format=RESULT_FORMATS[format])
    else:
        ox.serialize(results, output=output, format=RDF_FORMATS[format], prefixes=PREFIXES)


def _format_of(job: Mapping[str, Any], kind: str) -> tuple[str, str]:
    """Give format and media type: those that the job names, or those that it accepts."""
    if "formats" in job:
        name = job["formats"][kind]
        table = RDF_FORMATS if kind == "triples" else RESULT_FORMATS
        if name not in table:
            said = (
                "CONSTRUCT and DESCRIBE give triples"
                if kind == "triples"
                else ("SELECT and ASK give no triples")
            )
            raise QueryError(f"{said}; choose one of {', '.join(table)}")
        return name, offers((name,), triples=kind == "triples")[0][1]
    if kind == "triples":
        return _chosen(job["accept"], tuple(RDF_FORMATS), triples=True)
    return _chosen(job["accept"], tuple(RESULT_FORMATS), triples=False)


def _chosen(accept: str, formats: tuple[str, ...], *, triples: bool) -> tuple[str, str]:
    offered = offers(formats, triples=triples)
    found = choose(accept, offered)
    if found is None and "text/html" in accept:  # a browser shows what there is
        found = offered[0]
    if found is None:
        kinds = ", ".join(dict.fromkeys(kind for _, kind in offered))
        raise NotAcceptableError(f"nothing here is {accept}; there are {kinds}")
    return found


def _iris(given: list[str] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(given)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all bytes to a descriptor."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def read_exactly(descriptor: int, length: int) -> bytes | None:
    """Read so many bytes; ``None`` where the other end is gone."""
    parts: list[bytes] = []
    while length:
        part = os.read(descriptor, min(length, 1 << 20))
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def serve(descriptor: int, actor: Reader | Changer) -> None:
    """Do jobs until the other end is gone."""
    while True:
        head = read_exactly(descriptor, JOB.size)
        if head is None:
            return
        job_length, body_length = JOB.unpack(head)
        text, body = read_exactly(descriptor, job_length), read_exactly(descriptor, body_length)
        if text is None or body is None:
            return
        job = json.loads(text)
        output = Output(descriptor, job)
        try:
            actor.answer(job, body, output)
        except CopGraphError as error:
            output.fail(error)
        except (BrokenPipeError, ConnectionError):
            raise
        except MemoryError:
            os._exit(1)
        except Exception as error:  # a fault of ours costs this job, not the worker
            is_raised_by_it = isinstance(error, OSError | RuntimeError | ValueError)
            if is_raised_by_it and job["do"] in _OF_THE_ENGINE:
                output.fail(QueryError(f"the engine could not go on: {error}"))
            else:
                output.fail(ProgramError(f"{job['do']}: {error!r}"))


def main() -> None:
    """Do jobs from the socket that the environment names, until it ends."""
    settings = json.loads(os.environ.pop("COP_GRAPH_WORKER"))
    descriptor = int(os.environ.pop("COP_GRAPH_WORKER_SOCKET"))
    limit_memory(int(settings["memory_bytes"]))
    network = _lock(settings)
    end_with_parent()
    actor: Reader | Changer
    try:
        actor = Changer(settings) if settings["role"] == "writer" else Reader(settings)
    except CopGraphError as error:
        content = json.dumps(fault_of(error)).encode()
        write_all(descriptor, FRAME.pack(FAULT, len(content)) + content)
        sys.exit(1)
    content = json.dumps({"network": network, "pid": os.getpid()}).encode()
    write_all(descriptor, FRAME.pack(READY, len(content)) + content)
    try:
        serve(descriptor, actor)
    except (BrokenPipeError, ConnectionError):
        sys.exit(1)


def _lock(settings: Mapping[str, Any]) -> str:
    """Take away every way to the network that the settings do not need."""
    if settings["services"]:
        return f"open to {', '.join(settings['services'])}"
    if "://" in (settings["store"] or ""):
        return "open to the store"
    from cop_graph.lock import cut_network

    return cut_network()
