"""The writer: the one process that changes a store on disk.

It works on a copy of the generation in use. Each change that is done is published as a new
generation (the engine links what has not changed) before it is acknowledged, so that readers see
all of it or nothing, and a writer that is killed leaves the last state that it acknowledged, or the
one after it.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import pyoxigraph as ox

from cop_graph import generations
from cop_graph.errors import (
    DataError,
    IdentifierError,
    OutputError,
    QueryError,
    StoreError,
    UnknownGraphError,
)
from cop_graph.guard import check_update, explain, with_using, without_silent_loads
from cop_graph.namespaces import PREFIXES
from cop_graph.store import RDF_FORMATS

Documents = Sequence[tuple[IO[bytes], str]]
"""Open documents, each with its format, one of ``RDF_FORMATS``."""


class Writer:
    """Changes a store on disk; only one may be open for a directory.

    Args:
        root: The directory of the store, in which a build was finished.

    Raises:
        StoreError: There is no store, or another process writes there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.services: tuple[str, ...] = ()
        self._live: Path | None = None
        self._quads: ox.Store | None = None
        self._name = ""
        self._stack = contextlib.ExitStack()
        self._stack.enter_context(generations.locked(root))

    def close(self) -> None:
        """Let another process write."""
        self._forget()
        self._stack.close()

    def update(
        self, text: str, *, using: tuple[str, ...], using_named: tuple[str, ...], base: str
    ) -> None:
        """Run a guarded SPARQL update, all of it or nothing.

        Args:
            text: The update; known prefixes may be left out.
            using: Graphs that make up the default graph of each WHERE, instead of the store's.
            using_named: Named graphs that each WHERE sees, instead of the store's.
            base: What relative IRIs are resolved against.

        Raises:
            QueryRefusedError: It would call out.
            QuerySyntaxError: It is not an update of SPARQL 1.1.
            QueryError: It names graphs itself although ``using`` or ``using_named`` does.
            StoreError: It cannot be written; nothing has changed.
        """
        rewritten = without_silent_loads(text)
        check_update(rewritten, services=self.services)
        if using or using_named:
            rewritten = with_using(rewritten, using, using_named)
        once = generations.new_name()  # UUID() and NOW() give something else each time
        with self._changing(f"{once} {text}".encode()) as quads:
            try:
                quads.update(rewritten, base_iri=base, prefixes=PREFIXES)
            except SyntaxError as error:
                raise explain(error, rewritten) from error
            except RuntimeError as error:  # such as DROP of a graph that is not there
                self._forget()
                raise QueryError(f"the update failed: {error}. Nothing has changed") from error

    def put(self, graph: str | None, documents: Documents, *, base: str) -> bool:
        """Replace a graph by what documents say; ``None`` is the default graph.

        Returns:
            Whether the graph is new.

        Raises:
            DataError: A document cannot be read; nothing has changed.
            StoreError: It cannot be written; nothing has changed.
        """
        return self._put(graph, documents, base, is_emptied=True)

    def post(self, graph: str | None, documents: Documents, *, base: str) -> bool:
        """Add what documents say to a graph; ``None`` is the default graph.

        Returns:
            Whether the graph is new.

        Raises:
            DataError: A document cannot be read; nothing has changed.
            StoreError: It cannot be written; nothing has changed.
        """
        return self._put(graph, documents, base, is_emptied=False)

    def _put(self, graph: str | None, documents: Documents, base: str, *, is_emptied: bool) -> bool:
        node = _node(graph)
        added = [quad for one in documents for quad in _parsed(*one, base, node)]
        change = repr((is_emptied, graph, sorted(map(str, added)))).encode()
        with self._changing(change) as quads:
            is_new = not self._has(quads, node)
            if isinstance(node, ox.NamedNode):
                quads.add_graph(node)
            if is_emptied:
                quads.clear_graph(node)
            quads.extend(added)
            return is_new

    def delete(self, graph: str | None) -> None:
        """Remove a graph; the default graph is emptied.

        Raises:
            UnknownGraphError: There is no such graph.
            StoreError: It cannot be written; nothing has changed.
        """
        node = _node(graph)
        if not self._has(self._opened(), node):
            raise UnknownGraphError(f"there is no graph {graph}")
        with self._changing(f"DELETE {graph}".encode()) as quads:
            if isinstance(node, ox.NamedNode):
                quads.remove_graph(node)
            else:
                quads.clear_graph(node)

    def _has(self, quads: ox.Store, node: ox.NamedNode | ox.DefaultGraph) -> bool:
        return isinstance(node, ox.DefaultGraph) or quads.contains_named_graph(node)

    @contextlib.contextmanager
    def _changing(self, change: bytes) -> Iterator[ox.Store]:
        """Give the copy to change, and publish it; where that fails the copy is made anew."""
        quads = self._opened()
        try:
            yield quads
            self._publish(quads, change)
        except (OSError, RuntimeError, OutputError) as error:
            self._forget()
            raise StoreError(
                f"cannot be written: {error}. Nothing has changed", path=str(self.root)
            ) from error

    def _publish(self, quads: ox.Store, change: bytes) -> None:
        name = generations.new_name()
        generation = self.root / name
        old = generations.version_of(self.root / self._name)
        version = hashlib.sha256(old.encode() + b"\0" + change).hexdigest()[:12]
        try:
            generation.mkdir()
            quads.backup(str(generation / generations.QUADS))
            generations.publish(self.root, name, version=version)
        except BaseException:
            shutil.rmtree(generation, ignore_errors=True)
            raise
        self._name = name
        generations.remove_unused(self.root, keep=name, keep_live=self._live)

    def _opened(self) -> ox.Store:
        """Give the copy that is worked on, made from the generation in use where there is none."""
        if self._quads is None:
            name = generations.current(self.root)
            if name is None:
                raise StoreError(
                    "no store here. `cop-graph build --store DIR` makes one", path=str(self.root)
                )
            generations.remove_unused(self.root, keep=name)
            live = self.root / generations.new_name(generations.LIVE)
            ox.Store.read_only(str(self.root / name / generations.QUADS)).backup(str(live))
            self._live, self._quads, self._name = live, ox.Store(str(live)), name
        return self._quads

    def _forget(self) -> None:
        self._quads = None
        if self._live is not None:
            shutil.rmtree(self._live, ignore_errors=True)
            self._live = None


def _parsed(
    document: IO[bytes], format: str, base: str, node: ox.NamedNode | ox.DefaultGraph
) -> Iterator[ox.Quad]:
    """Read a document into a graph, with blank nodes that no other document has."""
    try:
        for quad in ox.parse(
            document,
            format=RDF_FORMATS[format],
            base_iri=base,
            without_named_graphs=True,
            rename_blank_nodes=True,
        ):
            yield ox.Quad(quad.subject, quad.predicate, quad.object, node)
    except (SyntaxError, ValueError) as error:
        raise DataError(
            f"not {format}: {getattr(error, 'msg', None) or error}",
            path="the document",
            line=getattr(error, "lineno", None),
        ) from error


def _node(graph: str | None) -> ox.NamedNode | ox.DefaultGraph:
    if graph is None:
        return ox.DefaultGraph()
    try:
        return ox.NamedNode(graph)
    except ValueError as error:
        raise IdentifierError(f"not an IRI: {error}", value=graph) from error
