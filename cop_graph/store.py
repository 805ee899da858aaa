"""Where quads live: the interface of every store, and the embedded ones in memory and on disk.

A build on disk writes a new generation (see ``generations``) and then makes it the one in use, so
that a killed build leaves the old store.
"""

from __future__ import annotations

import os
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Final

import pyoxigraph as ox

from cop_graph.bulk import NotByReportError, load_in_bulk
from cop_graph.dataset import Source, data_version, fill
from cop_graph.errors import IdentifierError, OutputError, QueryError, StoreError
from cop_graph.generations import (
    QUADS,
    check_files,
    check_ours,
    current,
    hold,
    hold_current,
    locked,
    new_name,
    publish,
    remove_unused,
    version_of,
)
from cop_graph.guard import check_query, explain, from_graphs
from cop_graph.namespaces import PREFIXES, RDF

_DEFAULT: Final = ox.DefaultGraph()
_FROM: Final = re.compile(r"(?<![?$])FROM|\\u", re.IGNORECASE)
_TYPE: Final = ox.NamedNode(RDF + "type")
MOST_REMEMBERED_CHARS: Final = 10_000
UNSORTED_BYTES: Final = 256 * 1024**2
"""Up to this size a build is left in the files that it was loaded into; they are few."""
EVERY_GRAPH: Final = "*"
"""Stands for the default graph and all named ones; no IRI can be this."""

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


@dataclass(frozen=True, slots=True)
class QueryDataset:
    """What a query is asked of, where it is not the whole store (SPARQL 1.1 Protocol, 2.1.4).

    ``default_graphs`` and ``named_graphs`` are IRIs; ``None`` leaves it to the query. ``base`` is
    what relative IRIs in the query are resolved against.
    """

    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    base: str | None = None


WHOLE_STORE: Final = QueryDataset()


class GraphStore(ABC):
    """Quads that can be asked, and the version of the data that they are.

    All that the program knows of a store is here, so that one in memory, one on disk and a server
    elsewhere answer alike. ``EmbeddedStore`` and ``remote.RemoteStore`` are the two that there are.
    """

    version: str
    """Names ontology and data exactly; see ``dataset.data_version``."""
    is_snapshot = True
    """Whether the same version has the same quads for as long as the store is open, so that what
    was looked up once may be remembered."""
    place: Path | None = None
    """The directory of a finished generation, where what is derived from it may be kept."""
    is_far = False
    """Whether each look-up is a request to a server, so that ``prefetch`` is worth its while."""

    @abstractmethod
    def __len__(self) -> int:
        """Count the quads of the default graph and of all named graphs."""

    @abstractmethod
    def graphs(self) -> list[str]:
        """List the IRIs of the named graphs, sorted."""

    @abstractmethod
    def run(self, text: str, *, dataset: QueryDataset = WHOLE_STORE) -> QueryResults:
        """Run a query of our own, which needs no guard; known prefixes may be left out.

        Args:
            text: The query.
            dataset: Which graphs it sees, over what it says itself.

        Raises:
            IdentifierError: A graph is named by what is no IRI.
            QuerySyntaxError: It is not a query of SPARQL 1.1.
            StoreError: The store cannot be read.
        """

    @abstractmethod
    def objects(self, subject: str, predicate: str) -> Iterator[ox.NamedNode | ox.Literal]:
        """Give the objects of one subject and predicate in the default graph, in any order."""

    @abstractmethod
    def pairs(self, predicate: str) -> Iterator[tuple[str, str]]:
        """Give subject IRI and object value of every triple with this predicate."""

    @abstractmethod
    def instances(self, class_iri: str) -> Iterator[str]:
        """Give the IRIs of everything that belongs to a class, in any order."""

    @abstractmethod
    def holds(self, subject: str) -> bool:
        """Tell whether the default graph says anything of a subject."""

    @abstractmethod
    def iter_quads(self, graph: str | None = EVERY_GRAPH) -> Iterator[ox.Quad]:
        """Give quads, in any order.

        Args:
            graph: The IRI of a named graph, ``None`` for the default graph, else all of them.
        """

    @abstractmethod
    def prefetch(self, iris: Iterable[str], *steps: Sequence[str]) -> None:
        """Hint that subjects will be looked up; a store far away fetches them in few requests.

        Args:
            iris: The subjects; what is no IRI is passed over.
            steps: For each step away from them the predicates to follow, so that ``(a, b), (c,)``
                also fetches what they point at by ``a`` or ``b``, and what that points at by ``c``.
        """

    def query(self, text: str) -> QueryResults:
        """Run a guarded query in this process; known prefixes may be left out.

        Nothing can stop it before its end; ``worker.Worker`` runs one that can be stopped.

        Raises:
            QueryRefusedError: It would reach out of the graph.
            QuerySyntaxError: It is not a query of SPARQL 1.1.
            StoreError: The store cannot be read.
        """
        check_query(text, graphs=self.graphs())
        return self.run(text)

    def value(self, subject: str, predicate: str) -> str | None:
        """Give the lexical form or IRI of the first object in sort order, or ``None``."""
        return min((term.value for term in self.objects(subject, predicate)), default=None)


class EmbeddedStore(GraphStore):
    """A store inside this process, in memory or on disk. ``quads`` is the engine itself."""

    def __init__(
        self,
        quads: ox.Store,
        *,
        version: str,
        held: IO[str] | None = None,
        place: Path | None = None,
    ) -> None:
        self.quads = quads
        self.version = version
        self.place = place
        self._held = held  # open as long as the store is, so that its files stay

    def __repr__(self) -> str:
        return f"EmbeddedStore({len(self)} quads, version={self.version!r})"

    def __len__(self) -> int:
        return len(self.quads)

    def graphs(self) -> list[str]:
        """See ``GraphStore``."""
        return sorted(
            graph.value for graph in self.quads.named_graphs() if isinstance(graph, ox.NamedNode)
        )

    def run(self, text: str, *, dataset: QueryDataset = WHOLE_STORE) -> QueryResults:
        """See ``GraphStore``."""
        default, named = dataset.default_graphs, dataset.named_graphs
        if default is None and named is None:
            said_default, said_named = _said_graphs(text)
            if len(said_default) > 1:
                default, named = said_default, said_named
        if default is None and named is None:
            return self._evaluated(self.quads, text, base_iri=dataset.base)
        quads = self.quads
        merged: list[Any] = [_node(iri) for iri in default or ()]
        named_nodes = [_node(iri) for iri in named or ()]
        if len(merged) > 1:
            quads = _merged(self.quads, merged, named_nodes)
            merged = [_DEFAULT]
        elif not merged:  # a graph that nothing is in: the default graph is empty
            merged = [ox.BlankNode()]
        return self._evaluated(
            quads, text, base_iri=dataset.base, default_graph=merged, named_graphs=named_nodes
        )

    def _evaluated(self, quads: ox.Store, text: str, **settings: Any) -> QueryResults:
        try:
            return quads.query(text, prefixes=PREFIXES, **settings)
        except SyntaxError as error:
            raise explain(error, text) from error

    def objects(self, subject: str, predicate: str) -> Iterator[ox.NamedNode | ox.Literal]:
        """See ``GraphStore``."""
        for quad in self.quads.quads_for_pattern(
            ox.NamedNode(subject), ox.NamedNode(predicate), None, _DEFAULT
        ):
            if isinstance(quad.object, ox.NamedNode | ox.Literal):
                yield quad.object

    def pairs(self, predicate: str) -> Iterator[tuple[str, str]]:
        """See ``GraphStore``."""
        for quad in self.quads.quads_for_pattern(None, ox.NamedNode(predicate), None, _DEFAULT):
            if isinstance(quad.subject, ox.NamedNode) and not isinstance(quad.object, ox.Triple):
                yield quad.subject.value, quad.object.value

    def instances(self, class_iri: str) -> Iterator[str]:
        """See ``GraphStore``."""
        node = ox.NamedNode(class_iri)
        for quad in self.quads.quads_for_pattern(None, _TYPE, node, _DEFAULT):
            if isinstance(quad.subject, ox.NamedNode):
                yield quad.subject.value

    def holds(self, subject: str) -> bool:
        """See ``GraphStore``."""
        pattern = self.quads.quads_for_pattern(ox.NamedNode(subject), None, None, _DEFAULT)
        return next(iter(pattern), None) is not None

    def iter_quads(self, graph: str | None = EVERY_GRAPH) -> Iterator[ox.Quad]:
        """See ``GraphStore``."""
        if graph == EVERY_GRAPH:
            return iter(self.quads)
        name = _DEFAULT if graph is None else ox.NamedNode(graph)
        return iter(self.quads.quads_for_pattern(None, None, None, name))

    def prefetch(self, iris: Iterable[str], *steps: Sequence[str]) -> None:
        """Do nothing: a look-up here costs less than the hint."""


def _said_graphs(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give what FROM and FROM NAMED say; of short texts, which are asked often, remembered."""
    return (_searched_graphs if len(text) > MOST_REMEMBERED_CHARS else _remembered_graphs)(text)


def _searched_graphs(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return from_graphs(text) if _FROM.search(text) else ((), ())


_remembered_graphs = lru_cache(maxsize=256)(_searched_graphs)


def _node(iri: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise IdentifierError(f"not an IRI: {error}", value=iri) from error


def _merged(quads: ox.Store, default: list[Any], named: list[ox.NamedNode]) -> ox.Store:
    """Copy graphs into a store of their own whose default graph holds each triple once.

    The engine returns a triple once for each of several merged graphs that hold it (oxigraph issue
    1919), so that counts over them would be wrong.
    """
    copy = ox.Store()
    for graph in default:
        found = quads.quads_for_pattern(None, None, None, graph)
        copy.extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in found)
    for graph in named:
        copy.extend(quads.quads_for_pattern(None, None, None, graph))
    return copy


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


def memory_store(source: Source, *, named_graphs: bool = True) -> EmbeddedStore:
    """Build a store in memory, with or without the named graphs (see ``dataset.fill``).

    Raises:
        DataError: A file cannot be used; names file and line.
    """
    quads = ox.Store()
    fill(quads, source, named_graphs=named_graphs)
    return EmbeddedStore(quads, version=data_version(source))


def build_store(
    directory: str | os.PathLike[str],
    source: Source,
    *,
    progress: Callable[[str], None] = lambda _message: None,
) -> EmbeddedStore:
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
    generation = root / new_name()
    try:
        check_ours(root)
        root.mkdir(parents=True, exist_ok=True)
        with locked(root):
            remove_unused(root, keep=current(root))
            try:
                try:
                    _write_generation(generation, source, progress, load_in_bulk)
                except NotByReportError:  # data that `check` refuses is built in one piece
                    shutil.rmtree(generation)
                    generation = root / new_name()
                    _write_generation(generation, source, progress, fill)
                publish(root, generation.name, version=data_version(source))
            except BaseException:
                shutil.rmtree(generation, ignore_errors=True)
                raise
            remove_unused(root, keep=generation.name)
    except OutputError as error:
        raise StoreError(f"cannot be written: {error.args[0]}", path=str(root)) from error
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StoreError(
            f"cannot be written: {reason}. The old store, if there was one, still stands",
            path=str(root),
        ) from error
    return open_store(root)


def open_store(directory: str | os.PathLike[str]) -> EmbeddedStore:
    """Open the current generation of a store on disk, for reading.

    Raises:
        StoreError: There is no finished store, or its files are damaged.
    """
    root = Path(directory)
    try:
        found = hold_current(root)
    except OSError as error:
        raise _damaged(root, error) from error
    if found is None:
        raise StoreError(
            "no store here. `cop-graph build --store DIR` makes one", path=str(directory)
        )
    name, held = found
    with held:  # what is opened holds it too
        return open_generation(root / name)


def open_generation(generation: Path) -> EmbeddedStore:
    """Open one finished generation of a store on disk, which stays while it is open.

    Raises:
        StoreError: It is not there, or its files are damaged.
    """
    try:
        held = hold(generation)
        check_files(generation)
        quads = ox.Store.read_only(str(generation / QUADS))
        return EmbeddedStore(quads, version=version_of(generation), held=held, place=generation)
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise _damaged(generation.parent, error) from error


def _damaged(root: Path, error: Exception) -> StoreError:
    return StoreError(
        f"damaged ({error}). `cop-graph build --store {root}` makes it anew", path=str(root)
    )


def _write_generation(
    generation: Path,
    source: Source,
    progress: Callable[[str], None],
    load: Callable[..., None],
) -> None:
    generation.mkdir()
    quads = ox.Store(str(generation / QUADS))
    load(quads, source, progress=progress)
    progress("writing to disk")
    quads.flush()
    if sum(path.stat().st_size for path in (generation / QUADS).iterdir()) > UNSORTED_BYTES:
        progress("putting in order")  # several loads lie over each other: each look-up reads all
        quads.optimize()
