"""Coverage: which sentences of a report carry a claim or remark, and why the others do not.

No sentence is simply forgotten: one without a claim is listed in ``data/coverage/<report>.csv``
with the reason. What the graph holds of a report is counted beside it.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cop_graph.dataset import Source
from cop_graph.errors import DataError
from cop_graph.files import read_text
from cop_graph.index import Index
from cop_graph.namespaces import COP, PREFIXES, RDF, SKOS, compact, natural_key
from cop_graph.reports import anchor_spans, read_report, split_sentences
from cop_graph.verification import Facts, texts_of

REASONS: Final = ("heading", "courtesy", "repetition", "general", "structure")
"""Why a sentence may carry nothing: it heads others, is a courtesy, repeats what was read, says
nothing that could be noted, or is a part of a name or list that another sentence carries."""

COLUMNS: Final = ("paragraph", "sentence", "reason")
_IDENTIFIER: Final = PREFIXES["dcterms"] + "identifier"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a report: its paragraph, its number there from 1, and what it carries.

    ``reason`` is ``None`` where it carries something, or where nobody has said why not.
    """

    paragraph: str
    number: int
    words: int
    records: int
    reason: str | None

    @property
    def is_accounted_for(self) -> bool:
        """Tell whether the sentence carries something, or it is said why not."""
        return self.records > 0 or self.reason is not None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a report carries.

    ``statuses`` counts claims by the label of their status, ``kinds`` remarks by their kind;
    ``themes`` gives for each paragraph identifier the labels of its themes, sorted.
    """

    report: str
    sentences: tuple[Sentence, ...]
    claims: int
    remarks: int
    statuses: Mapping[str, int]
    kinds: Mapping[str, int]
    themes: Mapping[str, tuple[str, ...]]
    things: Mapping[str, int]
    things_without_record: tuple[str, ...]
    stale_reasons: tuple[str, ...]

    @property
    def forgotten(self) -> tuple[Sentence, ...]:
        """The sentences that carry nothing and of which nobody has said why."""
        return tuple(one for one in self.sentences if not one.is_accounted_for)


def coverage(
    index: Index, source: Source, path: Path, *, identifier: str | None = None
) -> Coverage:
    """Tell what a report carries, sentence by sentence.

    Args:
        index: The Turtle files.
        source: Where ``coverage/<report>.csv`` is.
        path: The text of the report.
        identifier: Which report it is; else the file name without ending.

    Raises:
        ReportError: The text cannot be read.
        DataError: No such report is in the data, or its list of reasons cannot be used.
    """
    name = identifier or path.stem
    facts = Facts(index.triples())
    found = [one for one in facts.subjects(_IDENTIFIER, name) if "/id/report-" in one]
    if not found:
        raise DataError(f"no report {name!r} in the data", path=str(path))
    report = found[0]
    texts = texts_of(facts, report, read_report(path))
    reasons = read_reasons(source.data / "coverage" / f"{name}.csv")
    records = {paragraph: facts.subjects(COP + "paragraph", paragraph) for paragraph in texts}
    sentences = tuple(_sentences(facts, texts, records, reasons))
    every = [record for some in records.values() for record in some]
    claims = [record for record in every if facts.value(record, COP + "status")]
    remarks = [record for record in every if not facts.value(record, COP + "status")]
    carried = {(one.paragraph, one.number) for one in sentences if one.records}
    known = {(one.paragraph, one.number) for one in sentences}
    return Coverage(
        report=name,
        sentences=sentences,
        claims=len(claims),
        remarks=len(remarks),
        statuses=_counted(facts, claims, "status"),
        kinds=_counted(facts, remarks, "kind"),
        themes=_themes(facts, records),
        things=_things(facts, every),
        things_without_record=tuple(_without_record(facts)),
        stale_reasons=tuple(
            f"{paragraph} sentence {number}"
            for paragraph, number in sorted(reasons)
            if (paragraph, number) in carried or (paragraph, number) not in known
        ),
    )


def read_reasons(path: Path) -> dict[tuple[str, int], str]:
    """Read why sentences carry nothing; empty where there is no such file.

    Raises:
        DataError: A row is not paragraph, number of the sentence and one of ``REASONS``.
    """
    if not path.exists():
        return {}
    reader = csv.DictReader(io.StringIO(read_text(path)))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise DataError(f"the first line is not {','.join(COLUMNS)}", path=str(path), line=1)
    reasons = {}
    for row in reader:
        if not row["sentence"].isdecimal() or row["reason"] not in REASONS:
            raise DataError(
                f"a row is a paragraph, a number and one of {', '.join(REASONS)}",
                path=str(path),
                line=reader.line_num,
            )
        reasons[row["paragraph"], int(row["sentence"])] = row["reason"]
    return reasons


def _sentences(
    facts: Facts,
    texts: Mapping[str, str],
    records: Mapping[str, list[str]],
    reasons: Mapping[tuple[str, int], str],
) -> Iterator[Sentence]:
    def place(paragraph: str) -> int:
        return int(facts.value(paragraph, COP + "position") or 0)

    for paragraph in sorted(texts, key=place):
        identifier = facts.value(paragraph, _IDENTIFIER) or ""
        text = texts[paragraph]
        spans = split_sentences(text)
        touched: dict[int, set[str]] = defaultdict(set)
        for record in records[paragraph]:
            occurrence = int(facts.value(record, COP + "occurrence") or 1)
            for anchor in facts.objects(record, COP + "anchor"):
                found = anchor_spans(anchor.value, text)
                start, end = found[min(occurrence, len(found)) - 1] if found else (0, 0)
                for number, (first, last) in enumerate(spans, 1):
                    if start < last and end > first:
                        touched[number].add(record)
        for number, (first, last) in enumerate(spans, 1):
            carried = len(touched[number])
            reason = None if carried else reasons.get((identifier, number))
            words = len(text[first:last].split())
            yield Sentence(identifier, number, words, carried, reason)


def _counted(facts: Facts, records: list[str], name: str) -> dict[str, int]:
    labels = Counter(
        facts.value(facts.value(record, COP + name) or "", SKOS + "prefLabel") or "none"
        for record in records
    )
    return dict(sorted(labels.items(), key=lambda entry: (-entry[1], entry[0])))


def _themes(facts: Facts, records: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    themes = {}
    for paragraph, some in records.items():
        ends = (
            term.value
            for record in some
            for name in (COP + "topic", RDF + "object", RDF + "subject")
            for term in facts.objects(record, name)
        )
        labels = {
            facts.value(end, SKOS + "prefLabel") or ""
            for end in ends
            if end.startswith(COP + "theme-")
        }
        if labels:
            themes[facts.value(paragraph, _IDENTIFIER) or ""] = tuple(sorted(labels))
    return dict(sorted(themes.items(), key=lambda entry: natural_key(entry[0])))


def _things(facts: Facts, records: list[str]) -> dict[str, int]:
    """Count what a report names: things by class, and concepts."""
    named = {
        term.value
        for record in records
        for name in (
            *(RDF + end for end in ("subject", "object")),
            *(COP + end for end in ("inContextOf", "topic", "agent", "accordingTo")),
            *(COP + end for end in ("addressedTo", "concerns", "isSupportedBy", "counted")),
        )
        for term in facts.objects(record, name)
    }
    classes = Counter(
        (facts.value(one, RDF + "type") or "").removeprefix(COP) or "none" for one in named
    )
    return dict(sorted(classes.items(), key=lambda entry: (-entry[1], entry[0])))


def _without_record(facts: Facts) -> Iterator[str]:
    ends = ("subject", "object")
    more = ("inContextOf", "agent", "accordingTo", "addressedTo", "concerns", "isSupportedBy")
    names = [*(RDF + end for end in ends), *(COP + end for end in more)]
    classes = "State Organization Person Initiative Agreement Event Document Resource Place".split()
    things = [one for name in classes for one in facts.subjects(RDF + "type", COP + name)]
    for thing in sorted(things, key=natural_key):
        if not any(facts.subjects(name, thing) for name in names):
            yield compact(thing)
