"""From ontology/ and data/ of any size to a store on disk, in memory that one report bounds.

Reports are taken in batches. Each batch is loaded into a small store in memory, where the rules of
``queries/derive/`` run as they do in ``dataset.fill``: what they derive never needs the claims of
another report. The files as they stand and what was derived from them then go as one stream of TriG
into one bulk load of the engine, which is whole or not at all.
"""

from __future__ import annotations

import codecs
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from threading import Lock
from typing import Final

from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    parse,
    serialize,
)

from cop_graph.dataset import (
    DERIVATIONS,
    Source,
    SourceFile,
    derivation,
    load_file,
    read_bytes,
    source_files,
    syntax_fault,
)
from cop_graph.files import read_text

BATCH_BYTES: Final = 2**20
"""How much Turtle is derived from at once; a single report may be larger."""
PART_BYTES: Final = 10 * 2**20
"""How much Turtle goes into one bulk load: about half a million quads, which bounds the memory."""
WORKERS: Final = 4
"""How many bulk loads run at once at the most; no more than there are processors."""
CHUNK_QUADS: Final = 100_000
"""How many quads of a large file without a graph of its own are taken at once."""
_DEFAULT: Final = DefaultGraph()
_HEAD: Final = re.compile(rb"(?:\s+|#[^\n]*\n|@prefix\s+[\w.-]*:\s*<[^<>]*>\s*\.)*")
# What TriG does not take inside of a graph. A text may hold such words too: then the file takes the
# longer way. Searched for in lower case; patterns that begin with a word are found quickest.
_UNFIT: Final = (re.compile(rb"prefix\s+[\w.-]*:"), re.compile(rb"base\s*<"))


class NotByReportError(Exception):
    """A claim stands in one report and speaks of another, so that batches cannot be parted."""


def load_in_bulk(
    store: Store, source: Source, *, progress: Callable[[str], None] = lambda _message: None
) -> None:
    """Load ontology and data into an empty store on disk and derive what follows from them.

    The store then holds what ``dataset.fill`` gives for the same source.

    Args:
        store: Written to in parts; what it holds after an error is not to be used.
        source: What to build from.
        progress: Called with the file, how many there are, and how many quads so far; from one
            thread at a time, though not always the same.

    Raises:
        DataError: A file is not Turtle, or cannot be read; names file and line.
        NotByReportError: Claims and paragraphs of one report stand in files of several.
        OSError: The disk cannot be written.
    """
    batches = _Batches(source, progress)
    workers = min(WORKERS, os.cpu_count() or 1)
    if batches.report_bytes < BATCH_BYTES:
        _load(store, batches, chain(batches.of_things(), batches.of_reports()))
        return
    _load(store, batches, batches.of_things())
    from concurrent.futures import ThreadPoolExecutor, as_completed

    rest = _Shared(batches.of_reports(), part_bytes=batches.report_bytes // workers + 1)
    with ThreadPoolExecutor(workers) as pool:
        running = [pool.submit(_load_parts, store, batches, rest) for _ in range(workers)]
        try:
            for future in as_completed(running):
                future.result()
        except BaseException:
            rest.stop()
            raise


def _load_parts(store: Store, batches: _Batches, rest: _Shared) -> None:
    """Load part after part until none is left."""
    try:
        while part := rest.part():
            _load(store, batches, part)
    except BaseException:
        rest.stop()
        raise


def _load(store: Store, batches: _Batches, part: Iterable[list[SourceFile]]) -> None:
    """Load some batches in one bulk load of the engine, which writes one set of files for each."""
    stream = _Stream(chunk for batch in part for chunk in batches.chunks(batch))
    try:
        store.bulk_load(stream, RdfFormat.TRIG)  # type: ignore[arg-type]
    except SyntaxError as error:  # good Turtle that does not fit into TriG
        raise NotByReportError from error
    except BaseException:
        if stream.error is not None:  # the engine wraps what its input raises
            raise stream.error from None
        raise


class _Shared:
    """Batches that several threads take from, a part at a time."""

    def __init__(self, batches: Iterator[list[SourceFile]], *, part_bytes: int) -> None:
        self._batches = batches
        self._part_bytes = min(part_bytes, PART_BYTES)
        self._lock = Lock()
        self._stopped = False

    def stop(self) -> None:
        self._stopped = True

    def part(self) -> Iterator[list[SourceFile]] | None:
        """Give an iterator over the batches of the next part; ``None`` where none is left."""
        first = self._next()
        return None if first is None else self._rest_of(first)

    def _rest_of(self, batch: list[SourceFile] | None) -> Iterator[list[SourceFile]]:
        size = 0
        while batch is not None:
            size += sum(map(_size, batch))
            yield batch
            batch = None if size >= self._part_bytes else self._next()

    def _next(self) -> list[SourceFile] | None:
        with self._lock:
            return None if self._stopped else next(self._batches, None)


class _Stream:
    """What the engine reads from: the chunks one after the other."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")
        self.error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._rest:
                chunk = next(self._chunks, None)
                if chunk is None:
                    return b""
                self._rest = memoryview(chunk)
        except BaseException as error:
            self.error = error
            raise
        size = len(self._rest) if size < 0 else size
        taken, self._rest = self._rest[:size], self._rest[size:]
        return bytes(taken)


class _Batches:
    """Cuts a source into batches and gives each as TriG, with what is derived from it."""

    def __init__(self, source: Source, progress: Callable[[str], None]) -> None:
        self._files = source_files(source)
        self._progress = progress
        folder = source.queries / "derive" / "parts"
        self._rules = [derivation(source, name) for name in DERIVATIONS]
        # Wider classes are derived in the default graph alone: asked for, they need no second copy.
        self._classes = self._rules[-1].replace("INSERT", "CONSTRUCT", 1)
        self._context_query = read_text(folder / "context.rq")
        self._irregular = read_text(folder / "irregular.rq")
        self._elsewhere = read_text(folder / "elsewhere.rq")
        self._context: set[bytes] = set()
        self._seen = 0
        self._quads = 0
        self._started = time.monotonic()
        self._lock = Lock()
        self._reports: dict[str, list[SourceFile]] = {}
        for file in self._files:
            if file.is_of_report:
                self._reports.setdefault(file.path.stem, []).append(file)
        self.report_bytes = sum(_size(file) for files in self._reports.values() for file in files)

    def of_things(self) -> Iterator[list[SourceFile]]:
        """Give the batches of ontology, things and alignments, which the reports need."""
        return _batches([file] for file in self._files if not file.is_of_report)

    def of_reports(self) -> Iterator[list[SourceFile]]:
        """Give the batches of reports; each report with its claims is whole in one."""
        return _batches(self._reports.values())

    def chunks(self, files: list[SourceFile]) -> Iterator[bytes]:
        """Give a batch and what is derived from it as TriG, piece by piece."""
        if len(files) == 1 and not files[0].graph and _size(files[0]) > BATCH_BYTES:
            yield from self._large(files[0])
            return
        contents = []
        small = self._store()
        known = len(small)
        for file in files:
            self._say(file)
            content = read_bytes(file.path)
            load_file(small, file, content)
            contents.append((file, content))
        self._check_parted(small, files)
        if not files[0].is_of_report:
            self._learn(small)
        if small.query(self._irregular) or not all(_fits_trig(content) for _, content in contents):
            yield self._whole(contents)
            return
        for file, content in contents:
            yield content
            yield b"\n"
            if file.graph:
                head = _head(content)
                yield content[:head]
                yield b"\nGRAPH <%b> {\n" % file.graph.encode()
                yield content[head:]
                yield b"\n}\n"
        stated = len(small) - known
        yield from self._derived(small)
        self._count(len(small) - known + (stated if files[0].graph else 0))

    def _derived(self, small: Store) -> Iterator[bytes]:
        yield self._constructed(small, self._classes)
        for rule in self._rules[:-1]:
            small.update(rule)
        for graph in small.named_graphs():
            triples = small.dump(format=RdfFormat.N_TRIPLES, from_graph=graph) or b""
            yield triples
            yield b"GRAPH %b {\n" % str(graph).encode()
            yield triples
            yield b"}\n"

    def _whole(self, contents: Iterable[tuple[SourceFile, bytes]]) -> bytes:
        """Give a batch that has withdrawn records or blank nodes as the rules leave it."""
        store = self._store()
        for file, content in contents:
            load_file(store, file, content)
            if file.graph:
                load_file(store, file, content, to_graph=NamedNode(file.graph))
        for rule in self._rules:
            store.update(rule)
        self._count(len(store))
        return store.dump(format=RdfFormat.TRIG) or b""

    def _large(self, file: SourceFile) -> Iterator[bytes]:
        """Give a large file, from which only wider classes follow, piece by piece."""
        self._say(file)
        with open(file.path, "rb") as stream:
            if stream.read(3) != codecs.BOM_UTF8:
                stream.seek(0)
            quads = parse(stream, RdfFormat.TURTLE, rename_blank_nodes=True)
            while True:
                small = self._store()
                try:
                    chunk = [quad.triple for quad in islice(quads, CHUNK_QUADS)]
                except SyntaxError as error:
                    raise syntax_fault(file, error) from error
                if not chunk:
                    return
                triples = serialize(chunk, format=RdfFormat.N_TRIPLES) or b""
                small.load(triples, RdfFormat.N_TRIPLES)
                self._check_parted(small, [file])
                self._learn(small)
                yield triples
                yield self._constructed(small, self._classes)
                self._count(len(chunk))
                self._say(file, again=True)

    def _store(self) -> Store:
        store = Store()
        store.load(b"".join(sorted(self._context)), RdfFormat.N_TRIPLES)
        return store

    def _learn(self, small: Store) -> None:
        """Remember what the rules ask of ontology and things, such as which relations invert."""
        self._context.update(self._constructed(small, self._context_query).splitlines(True))

    def _check_parted(self, small: Store, files: Iterable[SourceFile]) -> None:
        """Stop where a claim or a paragraph belongs to a report outside of the batch."""
        here = {file.graph for file in files if file.is_of_report}
        if not here.issuperset(_reports(small.query(self._elsewhere))):
            raise NotByReportError

    @staticmethod
    def _constructed(store: Store, query: str) -> bytes:
        triples = store.query(query)
        assert isinstance(triples, QueryTriples)
        return serialize(triples, format=RdfFormat.N_TRIPLES) or b""

    def _count(self, quads: int) -> None:
        with self._lock:
            self._quads += quads

    def _say(self, file: SourceFile, *, again: bool = False) -> None:
        with self._lock:
            self._seen += not again
            rate = self._quads / max(time.monotonic() - self._started, 1e-6)
            self._progress(
                f"{file.path.name}: file {self._seen:,} of {len(self._files):,}, "
                f"{self._quads:,} quads, {rate:,.0f} a second"
            )


def _batches(units: Iterable[list[SourceFile]]) -> Iterator[list[SourceFile]]:
    """Join small units up to ``BATCH_BYTES``; a larger one stands alone."""
    batch: list[SourceFile] = []
    size = 0
    for unit in units:
        more = sum(map(_size, unit))
        if batch and size + more > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch += unit
        size += more
    if batch:
        yield batch


def _reports(solutions: object) -> Iterator[str | None]:
    assert isinstance(solutions, QuerySolutions)
    for solution in solutions:
        report = solution["report"]
        yield report.value if isinstance(report, NamedNode) else None


def _size(file: SourceFile) -> int:
    try:
        return file.path.stat().st_size
    except OSError:
        return 0  # reading it says what is wrong


def _fits_trig(content: bytes) -> bool:
    """Tell whether Turtle stays what it is inside of a graph of TriG, beside other files."""
    if b"_:" in content:  # a blank node is one of its file
        return False
    body = content[_head(content) :].lower()
    return not any(pattern.search(body) for pattern in _UNFIT)


def _head(content: bytes) -> int:
    """Give the length of the prefixes that stand before the first block."""
    match = _HEAD.match(content)
    return match.end() if match else 0


__all__ = ["NotByReportError", "load_in_bulk"]
