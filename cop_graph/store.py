"""Where quads live: embedded in memory, or embedded on disk.

A store on disk is a directory of generations, each a finished build, and a file ``CURRENT`` that
names the one in use. A build writes a new generation and then changes that name in one step, so
that a killed build leaves the old store.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import uuid
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cop_graph.bulk import NotByReportError, load_in_bulk
from cop_graph.dataset import Source, data_version, fill
from cop_graph.errors import OutputError, QueryError, StoreError
from cop_graph.files import write_whole
from cop_graph.guard import check_query, explain
from cop_graph.namespaces import PREFIXES, RDF

CURRENT: Final = "CURRENT"
GENERATION: Final = "generation-"
_GENERATION: Final = re.compile(rf"{GENERATION}[0-9a-f]{{12}}")
_OURS: Final = re.compile(rf"{CURRENT}|\.{CURRENT}\..*|LOCK|{_GENERATION.pattern}")
_DEFAULT: Final = ox.DefaultGraph()
_TYPE: Final = ox.NamedNode(RDF + "type")

RESULT_FORMATS: Final = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
RDF_FORMATS: Final = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}

QueryResults = ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean
"""What a query gives: solutions (SELECT), triples (CONSTRUCT, DESCRIBE) or a boolean (ASK)."""


class GraphStore:
    """Quads that can be asked, and the version of the data that they are.

    ``version`` names ontology and data exactly; see ``dataset.data_version``. ``is_snapshot`` tells
    that the same version has the same quads for as long as the store is open, so that what was
    looked up once may be remembered.
    """

    is_snapshot = True

    def __init__(self, quads: ox.Store, *, version: str) -> None:
        self.quads = quads
        self.version = version

    def __repr__(self) -> str:
        return f"GraphStore({len(self.quads)} quads, version={self.version!r})"

    def graphs(self) -> list[str]:
        """List the IRIs of the named graphs, sorted."""
        return sorted(
            graph.value for graph in self.quads.named_graphs() if isinstance(graph, ox.NamedNode)
        )

    def query(self, text: str) -> QueryResults:
        """Run a guarded query in this process; known prefixes may be left out.

        Nothing can stop it before its end; ``worker.Worker`` runs one that can be stopped.

        Raises:
            QueryRefusedError: It would reach out of the graph.
            QuerySyntaxError: It is not a query of SPARQL 1.1.
        """
        check_query(text, graphs=self.graphs())
        return self.run(text)

    def run(self, text: str) -> QueryResults:
        """Run a query of our own, which needs no guard.

        Raises:
            QuerySyntaxError: It is not a query of SPARQL 1.1.
        """
        try:
            return self.quads.query(text, prefixes=PREFIXES)
        except SyntaxError as error:
            raise explain(error, text) from error

    def objects(self, subject: str, predicate: str) -> Iterator[ox.NamedNode | ox.Literal]:
        """Give the objects of one subject and predicate in the default graph, in any order."""
        for quad in self.quads.quads_for_pattern(
            ox.NamedNode(subject), ox.NamedNode(predicate), None, _DEFAULT
        ):
            if isinstance(quad.object, ox.NamedNode | ox.Literal):
                yield quad.object

    def value(self, subject: str, predicate: str) -> str | None:
        """Give the lexical form or IRI of the first object in sort order, or ``None``."""
        return min((term.value for term in self.objects(subject, predicate)), default=None)

    def pairs(self, predicate: str) -> Iterator[tuple[str, str]]:
        """Give subject IRI and object value of every triple with this predicate."""
        for quad in self.quads.quads_for_pattern(None, ox.NamedNode(predicate), None, _DEFAULT):
            if isinstance(quad.subject, ox.NamedNode) and not isinstance(quad.object, ox.Triple):
                yield quad.subject.value, quad.object.value

    def instances(self, class_iri: str) -> Iterator[str]:
        """Give the IRIs of everything that belongs to a class, in any order."""
        node = ox.NamedNode(class_iri)
        for quad in self.quads.quads_for_pattern(None, _TYPE, node, _DEFAULT):
            if isinstance(quad.subject, ox.NamedNode):
                yield quad.subject.value

    def holds(self, subject: str) -> bool:
        """Tell whether the default graph says anything of a subject."""
        pattern = self.quads.quads_for_pattern(ox.NamedNode(subject), None, None, _DEFAULT)
        return next(iter(pattern), None) is not None


def serialize(results: QueryResults, format: str) -> bytes:
    """Write what a query gave in one of ``RESULT_FORMATS`` or ``RDF_FORMATS``.

    Raises:
        QueryError: The format does not fit the kind of query.
    """
    if isinstance(results, ox.QueryTriples):
        if format not in RDF_FORMATS:
            names = ", ".join(RDF_FORMATS)
            raise QueryError(f"CONSTRUCT and DESCRIBE give triples; choose one of {names}")
        written = ox.serialize(results, format=RDF_FORMATS[format], prefixes=PREFIXES)
    else:
        if format not in RESULT_FORMATS:
            names = ", ".join(RESULT_FORMATS)
            raise QueryError(f"SELECT and ASK give no triples; choose one of {names}")
        written = results.serialize(format=RESULT_FORMATS[format])
    return written or b""


def memory_store(source: Source, *, named_graphs: bool = True) -> GraphStore:
    """Build a store in memory, with or without the named graphs (see ``dataset.fill``).

    Raises:
        DataError: A file cannot be used; names file and line.
    """
    quads = ox.Store()
    fill(quads, source, named_graphs=named_graphs)
    return GraphStore(quads, version=data_version(source))


def build_store(
    directory: str | os.PathLike[str],
    source: Source,
    *,
    progress: Callable[[str], None] = lambda _message: None,
) -> GraphStore:
    """Build a store on disk; until the last step the old one stands and is read.

    Args:
        directory: Created where it does not exist; must be empty or a store of ours.
        source: What to build from.
        progress: Called with the name of each step.

    Returns:
        The new store, opened for reading.

    Raises:
        DataError: A file cannot be used; the old store still stands.
        StoreError: The directory cannot be used or written; the old store still stands.
    """
    root = Path(directory)
    generation = root / f"{GENERATION}{uuid.uuid4().hex[:12]}"
    try:
        _check_ours(root)
        root.mkdir(parents=True, exist_ok=True)
        with _locked(root):
            _remove_generations(root, keep=_current(root))
            try:
                try:
                    _write_generation(generation, source, progress, load_in_bulk)
                except NotByReportError:  # data that `check` refuses is built in one piece
                    shutil.rmtree(generation)
                    generation = generation.with_name(f"{GENERATION}{uuid.uuid4().hex[:12]}")
                    _write_generation(generation, source, progress, fill)
                write_whole(root / CURRENT, generation.name + "\n")
            except BaseException:
                shutil.rmtree(generation, ignore_errors=True)
                raise
            _remove_generations(root, keep=generation.name)
    except OutputError as error:
        raise StoreError(f"cannot be written: {error.args[0]}", path=str(root)) from error
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StoreError(
            f"cannot be written: {reason}. The old store, if there was one, still stands",
            path=str(root),
        ) from error
    return open_store(root)


def open_store(directory: str | os.PathLike[str]) -> GraphStore:
    """Open the current generation of a store on disk, for reading.

    Raises:
        StoreError: There is no finished store, or its files are damaged.
    """
    root = Path(directory)
    name = _current(root)
    if name is None:
        raise StoreError(
            "no store here. `cop-graph build --store DIR` makes one", path=str(directory)
        )
    lease = -1
    try:
        lease = os.open(root / name / "build.json", os.O_RDONLY)
        _lock(lease, exclusive=False)  # while it is held, no build removes this generation
        meta = json.loads((root / name / "build.json").read_text(encoding="utf-8"))
        quads = ox.Store.read_only(str(root / name / "quads"))
        store = GraphStore(quads, version=str(meta["version"]))
        weakref.finalize(store, os.close, lease)
        return store
    except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        if lease >= 0:
            os.close(lease)
        if _current(root) not in (None, name):  # replaced and removed since its name was read
            return open_store(directory)
        raise StoreError(
            f"damaged ({error}). `cop-graph build --store {directory}` makes it anew",
            path=str(directory),
        ) from error


def _write_generation(
    generation: Path,
    source: Source,
    progress: Callable[[str], None],
    load: Callable[..., None],
) -> None:
    generation.mkdir()
    quads = ox.Store(str(generation / "quads"))
    load(quads, source, progress=progress)
    progress("writing to disk")
    version = data_version(source)
    write_whole(generation / "build.json", json.dumps({"version": version}) + "\n")


def _check_ours(root: Path) -> None:
    if root.exists() and not root.is_dir():
        raise StoreError("is not a directory; --store names a directory", path=str(root))
    with contextlib.suppress(FileNotFoundError):
        foreign = [name for name in os.listdir(root) if not _OURS.fullmatch(name)]
        if foreign:
            raise StoreError(
                f"holds other files ({sorted(foreign)[0]}); name an empty or new directory",
                path=str(root),
            )


def _current(root: Path) -> str | None:
    try:
        name = (root / CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    return name if _GENERATION.fullmatch(name) and (root / name).is_dir() else None


def _remove_generations(root: Path, *, keep: str | None) -> None:
    for path in _generations(root):
        if path.name != keep and not _is_read(path):
            shutil.rmtree(path, ignore_errors=True)


def _is_read(generation: Path) -> bool:
    """Tell whether a reader is at a generation; it opens some of its files only when it must."""
    try:
        with open(generation / "build.json", encoding="utf-8") as stream:
            return not _lock(stream.fileno(), exclusive=True)
    except OSError:
        return False  # never finished, so nobody reads it


def _lock(file: int, *, exclusive: bool) -> bool:
    """Take the lock of a file without waiting; ``False`` where another has it."""
    try:
        import fcntl
    except ImportError:  # Windows keeps open files from being removed
        return True
    kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _generations(root: Path) -> Iterable[Path]:
    return sorted(root.glob(f"{GENERATION}*"))


@contextlib.contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Keep two builds of one store apart; the lock goes with the process that holds it."""
    with open(root / "LOCK", "a", encoding="utf-8") as stream:
        if not _lock(stream.fileno(), exclusive=True):
            raise StoreError("another build is writing here; wait for it", path=str(root))
        yield
