"""Formatting: files take their canonical form, and a report its structure as Turtle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Triple

from cop_graph.dataset import Source
from cop_graph.errors import DataError, IdentifierError
from cop_graph.files import write_whole
from cop_graph.index import read_index, read_turtle_file
from cop_graph.model import Report
from cop_graph.namespaces import COP, COPD, PREFIXES, RDF, SKOS, XSD, slugify
from cop_graph.reports import count_words, find_report, read_report, repair_typography, text_hash
from cop_graph.turtle import count_comments, write_turtle
from cop_graph.verification import Facts, texts_of

_IDENTIFIER = PREFIXES["dcterms"] + "identifier"


@dataclass(frozen=True, slots=True)
class FormatResult:
    """What formatting did: how many files it saw, which differ, and what could not be read."""

    files: int
    changed: tuple[str, ...]
    notes: tuple[str, ...]
    faults: tuple[DataError, ...]


def format_files(
    source: Source,
    paths: Sequence[Path] = (),
    *,
    reports: Path | None = None,
    only_check: bool = False,
) -> FormatResult:
    """Write files in canonical form.

    With the text of a report at hand, anchors that differ from it in quotation marks, dashes and
    spaces alone are set as the report types them.

    Args:
        source: Whose files are meant where no path is given.
        paths: The files; empty for all.
        reports: The directory of reports.
        only_check: Write nothing.

    Raises:
        OutputError: A file cannot be written; it is unchanged.
    """
    given = [read_turtle_file(path) for path in _all_below(paths)]
    files = given if paths else list(read_index(source).files)
    typed = _Typed(source, reports)
    changed, notes, faults = [], [], []
    for file in files:
        try:
            if file.fault:
                raise file.fault
            wanted = write_turtle((typed.as_reported(one) for one in file.triples), path=file.name)
        except DataError as error:
            faults.append(error)
            continue
        if wanted != file.text:
            changed.append(file.name)
            if not only_check:
                dropped = count_comments(file.text)
                if dropped:
                    notes.append(
                        f"{file.name}: {dropped} comments dropped; say it with skos:editorialNote"
                    )
                write_whole(file.path, wanted)
    return FormatResult(len(files), tuple(changed), tuple(notes), tuple(faults))


def structure_turtle(report: Report, identifier: str) -> str:
    """Give the structure of a report as canonical Turtle: its own block and one a paragraph.

    Raises:
        IdentifierError: The identifier is not lower-case words joined by hyphens.
    """
    if not identifier or slugify(identifier) != identifier:
        raise IdentifierError(
            "an identifier of a report is lower-case words joined by hyphens, such as cwg-cop-22; "
            "rename the file or give --report",
            value=identifier,
        )
    whole = NamedNode(f"{COPD}report-{identifier}")
    triples = [
        Triple(whole, NamedNode(RDF + "type"), NamedNode(COP + "Report")),
        Triple(whole, NamedNode(_IDENTIFIER), Literal(identifier)),
        Triple(whole, NamedNode(COP + "kind"), NamedNode(COP + "document-kind-meeting-report")),
        Triple(
            whole, NamedNode(SKOS + "prefLabel"), Literal(f"Report {identifier}", language="en")
        ),
    ]
    integer = NamedNode(XSD + "integer")
    for position, part in enumerate(report.paragraphs, 1):
        node = NamedNode(f"{COPD}paragraph-{identifier}-{part.identifier}")
        values: dict[str, NamedNode | Literal] = {
            RDF + "type": NamedNode(COP + "Paragraph"),
            _IDENTIFIER: Literal(part.identifier),
            COP + "inReport": whole,
            COP + "kind": NamedNode(f"{COP}paragraph-kind-{part.kind}"),
            COP + "position": Literal(str(position), datatype=integer),
            COP + "textHash": Literal(text_hash(part.text)),
            COP + "wordCount": Literal(str(count_words(part.text)), datatype=integer),
        }
        if part.number:
            values[COP + "number"] = Literal(part.number)
        if part.under:
            values[COP + "under"] = NamedNode(f"{COPD}paragraph-{identifier}-{part.under}")
        triples += [Triple(node, NamedNode(name), value) for name, value in values.items()]
    return write_turtle(triples, path=report.path)


class _Typed:
    """Sets anchors as the report types them, where its text is at hand."""

    def __init__(self, source: Source, reports: Path | None) -> None:
        self._texts: dict[str, str] = {}
        if reports is None:
            return
        index = read_index(source)
        facts = Facts(index.triples())
        for whole in facts.subjects(RDF + "type", COP + "Report"):
            path = find_report(facts.value(whole, _IDENTIFIER) or "", reports)
            if path:
                texts = texts_of(facts, whole, read_report(path))
                for paragraph, text in texts.items():
                    for record in facts.subjects(COP + "paragraph", paragraph):
                        self._texts[record] = text

    def as_reported(self, triple: Triple) -> Triple:
        value = triple.object
        if triple.predicate.value != COP + "anchor" or not isinstance(value, Literal):
            return triple
        text = self._texts.get(getattr(triple.subject, "value", ""))
        repaired = repair_typography(value.value, text) if text else None
        if repaired is None or not value.language:
            return triple
        return Triple(triple.subject, triple.predicate, Literal(repaired, language=value.language))


def _all_below(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(path.rglob("*.ttl")) if path.is_dir() else [path]
    return found
