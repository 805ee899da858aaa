"""The index: which file and line says a triple, so that every fault can be pointed at."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode, Triple

from cop_graph.dataset import DATA_FOLDERS, Source
from cop_graph.errors import DataError
from cop_graph.files import read_text
from cop_graph.namespaces import COP, PREFIXES, compact, expand
from cop_graph.turtle import Position, parse_turtle, positions


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One fault: where it is, what is wrong, and what to do.

    ``path`` is relative to the working directory where it lies below it; ``line`` counts from 1.
    """

    path: str
    line: int
    entity: str
    message: str
    check: str
    paragraph: str | None = None

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}"
        about = f"{self.entity}: " if self.entity else ""
        paragraph = f" (paragraph {self.paragraph})" if self.paragraph else ""
        return f"{where}: {about}{self.message}{paragraph} [{self.check}]"


@dataclass(frozen=True, slots=True)
class TurtleFile:
    """A Turtle file: its text, what it says, and where."""

    path: Path
    name: str
    text: str
    triples: tuple[Triple, ...]
    places: tuple[Position, ...]
    fault: DataError | None


class Index:
    """All Turtle files of a source, and the way from a triple to its line."""

    def __init__(self, files: Iterable[TurtleFile]) -> None:
        self.files = tuple(files)
        self._lines: dict[tuple[str, ...], tuple[str, int]] = {}
        self._values: dict[tuple[str, str], str] = {}
        self.blocks: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for file in self.files:
            for place in file.places:
                subject, predicate = place.subject, place.predicate
                block = (file.name, place.block_line)
                if block not in self.blocks[subject]:
                    self.blocks[subject].append(block)
                here = (file.name, place.line)
                self._lines.setdefault((subject,), block)
                self._lines.setdefault((subject, predicate), here)
                self._lines.setdefault((subject, predicate, place.object), here)
                self._values.setdefault((subject, predicate), place.object)

    def place(self, subject: str, predicate: str = "", value: str = "") -> tuple[str, int]:
        """Give file and line of what is said; the nearest thing above where it is not found.

        Args:
            subject: CURIE as in the file.
            predicate: CURIE, ``a`` for the type.
            value: CURIE or literal as in the file.
        """
        for key in ((subject, predicate, value), (subject, predicate), (subject,)):
            if key in self._lines:
                return self._lines[key]
        return (self.files[0].name if self.files else "", 1)

    def paragraph(self, subject: str) -> str | None:
        """Give the number of the paragraph that a claim, remark or paragraph stands in."""
        paragraph = self._values.get((subject, "cop:paragraph"), subject)
        for predicate in ("cop:number", "dcterms:identifier"):
            number = self._values.get((paragraph, predicate))
            if number and self.holds(paragraph, "cop:inReport"):
                return number.strip('"')
        if paragraph != subject:
            return paragraph.rpartition("paragraph-")[2]
        return None

    def holds(self, subject: str, predicate: str) -> bool:
        """Tell whether a block has a property."""
        return (subject, predicate) in self._lines

    def violation(
        self, check: str, subject: str, message: str, *, predicate: str = "", value: str = ""
    ) -> Violation:
        """Make a violation at the line that says it."""
        path, line = self.place(subject, predicate, value)
        return Violation(path, line, subject, message, check, self.paragraph(subject))

    def triples(self) -> Iterator[Triple]:
        """Give all triples of all files that parse."""
        for file in self.files:
            yield from file.triples


def read_index(source: Source) -> Index:
    """Read every Turtle file of a source; what cannot be read or parsed keeps its fault."""
    paths = [
        *sorted(source.ontology.glob("*.ttl")),
        *(path for folder in DATA_FOLDERS for path in sorted((source.data / folder).glob("*.ttl"))),
    ]
    return Index(read_turtle_file(path) for path in paths)


def read_turtle_file(path: Path) -> TurtleFile:
    """Read one Turtle file; a fault in it is kept, not raised."""
    name = shown_path(path)
    text, triples, fault = "", [], None
    try:
        text = read_text(path)
        triples = parse_turtle(text, path=name)
    except DataError as error:
        fault = DataError(str(error.args[0]), path=name, line=error.line)
    return TurtleFile(path, name, text, tuple(triples), tuple(_known(positions(text))), fault)


def shown_path(path: Path) -> str:
    """Give a path as a person would type it from here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def curie(node: object) -> str:
    """Give the CURIE of a named node, the text of any other term."""
    return compact(node.value) if isinstance(node, NamedNode) else str(node)


def _known(places: Iterable[Position]) -> Iterator[Position]:
    """Write full IRIs of ours as CURIEs, so that both forms are found."""
    for place in places:
        yield Position(
            _short(place.subject),
            "a" if _short(place.predicate) == "rdf:type" else _short(place.predicate),
            _short(place.object),
            place.line,
            place.block_line,
        )


def _short(token: str) -> str:
    if token.startswith("<") and token.endswith(">"):
        return compact(token[1:-1])
    return token


def is_ours(iri: str) -> bool:
    """Tell whether an IRI lies in one of our two namespaces."""
    return iri.startswith((COP, PREFIXES["copd"]))


def full_iri(name: str) -> str:
    """Give the IRI of a CURIE as it stands in the index."""
    return expand(name) if name.partition(":")[0] in PREFIXES else name
