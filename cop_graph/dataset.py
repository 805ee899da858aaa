"""From ontology/ and data/ to the quads of the build.

The default graph holds things, concepts, claims, remarks and the plain triples that asserting
claims give, each once. Beside it stand the named graphs: one a report, the ontology, the
alignments. What is derived, and how, stands in ``queries/derive/``.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store

from cop_graph.errors import DataError
from cop_graph.files import read_text
from cop_graph.namespaces import BASE, COPD

DATA_VARIABLE: Final = "COP_GRAPH_DATA"
ONTOLOGY_GRAPH: Final = BASE + "ontology"
ALIGNMENTS_GRAPH: Final = COPD + "alignments"
DEFAULT_GRAPH: Final = COPD + "default"
"""On a server elsewhere our default graph is a named graph, called this and the name of a build."""
BUILDS_GRAPH: Final = COPD + "builds"
"""On a server elsewhere this graph tells which build is read; no query sees it."""
SHAPES_FILES: Final = ("shapes.ttl", "ontology-shapes.ttl")
DATA_FOLDERS: Final = ("entities", "reports", "claims", "alignments")
DERIVATIONS: Final = (
    "withdrawn-records",
    "plain-triples",
    "symmetric-relations",
    "inverse-relations",
    "super-relations",
    "superclasses",
)
"""The files of ``queries/derive/`` in the order in which they run."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the ontology, the data and the questions are read from."""

    ontology: Path
    data: Path
    queries: Path


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One Turtle file and the named graph that it belongs to besides the default graph."""

    path: Path
    graph: str | None
    is_of_report: bool = False


def find_source(data: str | os.PathLike[str] | None = None) -> Source:
    """Find what to build from: the checkout, or else what the wheel carries.

    Args:
        data: A directory with somebody's own ``entities/``, ``reports/``, ``claims/`` and
            ``alignments/``. Else ``COP_GRAPH_DATA``, else ours.

    Raises:
        DataError: The directory named does not exist or holds none of these.
    """
    package = Path(__file__).resolve().parent
    root = package / "resources"
    if not root.is_dir():
        root = package.parent
    named = data or os.environ.get(DATA_VARIABLE)
    folder = Path(named) if named else root / "data"
    if not any((folder / name).is_dir() for name in DATA_FOLDERS):
        folders = ", ".join(f"{name}/" for name in DATA_FOLDERS)
        problem = f"holds none of {folders}" if folder.is_dir() else "no such directory"
        raise DataError(f"{problem}; --data names a directory of data", path=str(folder))
    return Source(root / "ontology", folder, root / "queries")


def source_files(source: Source) -> list[SourceFile]:
    """List the Turtle files of the build, sorted, shapes left out."""
    files = [
        SourceFile(path, ONTOLOGY_GRAPH)
        for path in sorted(source.ontology.glob("*.ttl"))
        if path.name not in SHAPES_FILES
    ]
    for folder in DATA_FOLDERS:
        for path in sorted((source.data / folder).glob("*.ttl")):
            is_of_report = folder in ("claims", "reports")
            files.append(SourceFile(path, _graph_of(folder, path), is_of_report))
    return files


def _graph_of(folder: str, path: Path) -> str | None:
    if folder in ("claims", "reports"):
        return report_graph(path.stem)
    return ALIGNMENTS_GRAPH if folder == "alignments" else None


def report_graph(identifier: str) -> str:
    """Give the IRI of a report, which is also the name of its graph."""
    return f"{COPD}report-{identifier}"


def data_version(source: Source) -> str:
    """Give a short name for exactly this ontology and data: 12 hexadecimal digits of a SHA-256."""
    digest = hashlib.sha256()
    for file in source_files(source):
        digest.update(file.path.name.encode() + b"\0")
        digest.update(read_bytes(file.path))
    for name in DERIVATIONS:
        digest.update(derivation(source, name).encode())
    return digest.hexdigest()[:12]


def fill(
    store: Store,
    source: Source,
    *,
    named_graphs: bool = True,
    progress: Callable[[str], None] = lambda _message: None,
) -> None:
    """Load ontology and data into an empty store and derive what follows from them.

    Args:
        store: Written to; what it holds after an error is not to be used.
        source: What to build from.
        named_graphs: Whether to fill the graphs of reports, ontology and alignments too; a question
            that names no graph needs half the time without.
        progress: Called with the name of each step.

    Raises:
        DataError: A file is not Turtle, or cannot be read; names file and line.
    """
    for file in source_files(source):
        progress(file.path.name)
        content = read_bytes(file.path)
        load_file(store, file, content)
        if named_graphs and file.graph:
            load_file(store, file, content, to_graph=NamedNode(file.graph))
    for name in DERIVATIONS:
        progress("deriving facts")
        store.update(derivation(source, name))


def load_file(
    store: Store, file: SourceFile, content: bytes, *, to_graph: NamedNode | None = None
) -> None:
    """Load what was read from a file into the default graph, or into the graph named.

    Raises:
        DataError: It is not Turtle; names file and line.
    """
    try:
        store.load(content, format=RdfFormat.TURTLE, to_graph=to_graph or DefaultGraph())
    except SyntaxError as error:
        raise syntax_fault(file, error) from error


def syntax_fault(file: SourceFile, error: SyntaxError) -> DataError:
    """Say of which file the engine says that it is not Turtle, and on which line."""
    return DataError(f"not Turtle: {error.msg}", path=str(file.path), line=error.lineno)


def derivation(source: Source, name: str) -> str:
    """Read one rule of ``DERIVATIONS``: a SPARQL update."""
    return read_text(source.queries / "derive" / f"{name}.ru")


def read_bytes(path: Path) -> bytes:
    """Read a whole file, without its byte order mark.

    Raises:
        DataError: It cannot be read; says why.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise DataError("is no file that could be read whole", path=str(path))
        return path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=str(path)) from error
