"""Verification: every anchor is in its paragraph, as often as its occurrence number says.

The text of a report is not in the repository. With the report at hand each paragraph is recognized
by the fingerprint of its text, and each anchor is looked up in it character by character.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from cop_graph.errors import DataError
from cop_graph.index import Index, Violation, curie
from cop_graph.model import Report
from cop_graph.namespaces import COP, PREFIXES, SKOS
from cop_graph.reports import (
    anchor_spans,
    count_words,
    covered_words,
    find_report,
    normalise,
    read_report,
    repair_typography,
    text_hash,
)

COVERED_SHARE_LIMIT: Final = 0.4
COPIED_WORDS_LIMIT: Final = 12
_IDENTIFIER: Final = PREFIXES["dcterms"] + "identifier"
_OWN_WORDS: Final = (SKOS + "prefLabel", PREFIXES["dcterms"] + "description", SKOS + "definition")


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found: how much was proved, and what was not."""

    report: str
    records: int
    anchors: int
    covered_words: int
    words: int
    violations: tuple[Violation, ...]


class Facts:
    """The triples of an index by subject and predicate, for look-ups without a store."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._objects: dict[tuple[str, str], list[NamedNode | Literal]] = defaultdict(list)
        self._subjects: dict[tuple[str, str], list[str]] = defaultdict(list)
        for triple in triples:
            subject, value = triple.subject, triple.object
            if isinstance(subject, NamedNode) and isinstance(value, NamedNode | Literal):
                key = (subject.value, triple.predicate.value)
                if value not in self._objects[key]:
                    self._objects[key].append(value)
                    self._subjects[triple.predicate.value, value.value].append(subject.value)

    def objects(self, subject: str, predicate: str) -> list[NamedNode | Literal]:
        """Give the objects of a subject and predicate, in the order of the files."""
        return self._objects.get((subject, predicate), [])

    def value(self, subject: str, predicate: str) -> str | None:
        """Give the first object's IRI or text, or ``None``."""
        found = self.objects(subject, predicate)
        return found[0].value if found else None

    def subjects(self, predicate: str, value: str) -> list[str]:
        """Give the subjects that have a predicate with this object."""
        return self._subjects.get((predicate, value), [])


def verify(index: Index, path: Path, *, identifier: str | None = None) -> Verification:
    """Verify the claims of one report against its text.

    Args:
        index: The Turtle files.
        path: The text of the report.
        identifier: Which report it is; else the file name without ending.

    Raises:
        ReportError: The text cannot be read.
        DataError: No report with that identifier is in the data.
    """
    facts = Facts(index.triples())
    name = identifier or path.stem
    reports = [
        subject
        for subject in facts.subjects(_IDENTIFIER, name)
        if curie(NamedNode(subject)).startswith("copd:report-")
    ]
    if not reports:
        known = sorted(
            facts.value(subject, _IDENTIFIER) or ""
            for subject in facts.subjects(PREFIXES["rdf"] + "type", COP + "Report")
        )
        raise DataError(
            f"no report {name!r} in the data (there is {', '.join(known) or 'none'}); "
            "name the file after the report, or give --report",
            path=str(path),
        )
    return _verify(index, facts, reports[0], read_report(path))


def verify_all(index: Index, directory: Path | None) -> Iterator[Verification]:
    """Verify every report of the data whose text is in a directory."""
    facts = Facts(index.triples())
    for report in sorted(facts.subjects(PREFIXES["rdf"] + "type", COP + "Report")):
        path = find_report(facts.value(report, _IDENTIFIER) or "", directory)
        if path:
            yield _verify(index, facts, report, read_report(path))


def texts_of(facts: Facts, report: str, text: Report) -> dict[str, str]:
    """Tie the paragraphs of the data to the text: by fingerprint, else by identifier.

    Returns:
        IRI of the paragraph to its normalised text; a paragraph that is not found is missing.
    """
    by_hash: dict[str, list[str]] = defaultdict(list)
    for part in text.paragraphs:
        by_hash[text_hash(part.text)].append(part.text)
    by_identifier = {part.identifier: part.text for part in text.paragraphs}
    found = {}
    for paragraph in facts.subjects(COP + "inReport", report):
        same = by_hash.get(facts.value(paragraph, COP + "textHash") or "")
        named = by_identifier.get(facts.value(paragraph, _IDENTIFIER) or "")
        if same or named:
            found[paragraph] = same[0] if same else named or ""
    return found


def _verify(index: Index, facts: Facts, report: str, text: Report) -> Verification:
    texts = texts_of(facts, report, text)
    violations = list(_structure_faults(index, facts, report, text, texts))
    anchors: list[tuple[str, str]] = []
    records = 0
    for paragraph in facts.subjects(COP + "inReport", report):
        for record in facts.subjects(COP + "paragraph", paragraph):
            records += 1
            found = [term.value for term in facts.objects(record, COP + "anchor")]
            anchors += [(paragraph, anchor) for anchor in found]
            violations += _anchor_faults(index, facts, record, found, texts.get(paragraph))
    covered = covered_words(anchors, texts)
    words = sum(count_words(part.text) for part in text.paragraphs)
    if covered > COVERED_SHARE_LIMIT * words:
        violations.append(
            index.violation(
                "anchor-coverage",
                curie(NamedNode(report)),
                f"all anchors together cover {covered} of {words} words, more than two fifths; "
                "choose shorter anchors",
            )
        )
    violations += _copied(index, facts, text)
    identifier = facts.value(report, _IDENTIFIER) or ""
    return Verification(
        identifier, records, len(anchors), covered, words, tuple(sorted(violations))
    )


def _structure_faults(
    index: Index, facts: Facts, report: str, text: Report, texts: Mapping[str, str]
) -> Iterator[Violation]:
    for paragraph in facts.subjects(COP + "inReport", report):
        name = curie(NamedNode(paragraph))
        found = texts.get(paragraph)
        if found is None:
            yield index.violation(
                "paragraph-missing",
                name,
                f"is not in {text.path}; is it another edition of the report?",
            )
        elif text_hash(found) != facts.value(paragraph, COP + "textHash"):
            yield index.violation(
                "paragraph-changed",
                name,
                f"has another text in {text.path}. If the edition is new, read the paragraph again "
                "and take the new fingerprint from `cop-graph intake`",
                predicate="cop:textHash",
            )
    known = {
        facts.value(paragraph, COP + "textHash")
        for paragraph in facts.subjects(COP + "inReport", report)
    }
    identifiers = {
        facts.value(paragraph, _IDENTIFIER)
        for paragraph in facts.subjects(COP + "inReport", report)
    }
    for part in text.paragraphs:
        if text_hash(part.text) not in known and part.identifier not in identifiers:
            yield Violation(
                text.path,
                part.line,
                part.identifier,
                "stands in the report and not in data/reports/; `cop-graph intake` writes it",
                "paragraph-unknown",
                part.number or part.identifier,
            )


def _anchor_faults(
    index: Index, facts: Facts, record: str, anchors: list[str], text: str | None
) -> Iterator[Violation]:
    if text is None:
        return
    name = curie(NamedNode(record))
    given = facts.value(record, COP + "occurrence")
    counts = [len(anchor_spans(anchor, text)) for anchor in anchors]
    for anchor, count in zip(anchors, counts, strict=True):
        literal = f'"{anchor}"' if '"' not in anchor else '"' + anchor.replace('"', '\\"') + '"'
        if count == 0:
            repaired = repair_typography(anchor, text)
            advice = (
                f"the report types it {repaired!r}; `cop-graph format` repairs that"
                if repaired
                else "copy it from the paragraph, character for character"
            )
            yield index.violation(
                "anchor-not-found",
                name,
                f"the anchor {anchor!r} is not in the paragraph; {advice}",
                predicate="cop:anchor",
                value=literal,
            )
        elif count > 1 and given is None:
            yield index.violation(
                "occurrence-missing",
                name,
                f"the anchor {anchor!r} occurs {count} times; say which with cop:occurrence, or "
                "choose a longer one",
                predicate="cop:anchor",
                value=literal,
            )
        elif count > 1 and given is not None and given.isdecimal() and int(given) > count:
            yield index.violation(
                "occurrence-too-high",
                name,
                f"cop:occurrence is {given} and the anchor {anchor!r} occurs {count} times",
                predicate="cop:occurrence",
            )
    if given is not None and counts and all(count == 1 for count in counts):
        yield index.violation(
            "occurrence-needless",
            name,
            "has a cop:occurrence although each anchor occurs once; take it out",
            predicate="cop:occurrence",
        )


def _copied(index: Index, facts: Facts, text: Report) -> Iterator[Violation]:
    """Find descriptions and remarks that repeat a sentence of the report."""
    known = {run for part in text.paragraphs for run in _runs(part.text, COPIED_WORDS_LIMIT)}
    for file in index.files:
        for triple in file.triples:
            is_label = triple.predicate.value == SKOS + "prefLabel"
            subject, value = triple.subject, triple.object
            if triple.predicate.value not in _OWN_WORDS or not isinstance(value, Literal):
                continue
            if not isinstance(subject, NamedNode) or (
                is_label and "id/remark-" not in subject.value
            ):
                continue
            if any(run in known for run in _runs(value.value, COPIED_WORDS_LIMIT)):
                yield index.violation(
                    "copied-text",
                    curie(subject),
                    f"repeats {COPIED_WORDS_LIMIT} or more words of the report in a row; "
                    "say it in our own words",
                    predicate=curie(triple.predicate),
                )


def _runs(text: str, length: int) -> Iterator[tuple[str, ...]]:
    words = re.findall(r"\w+", normalise(text).casefold())
    for start in range(len(words) - length + 1):
        yield tuple(words[start : start + length])
