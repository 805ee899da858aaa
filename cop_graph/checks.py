"""Checks: ontology, data and reports in, violations with file, line and paragraph out.

All faults are told in one run. Only where a file is not Turtle do the checks that need the whole
graph wait until it is; that is said.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from cop_graph.dataset import SHAPES_FILES, Source, data_version, fill
from cop_graph.errors import DataError
from cop_graph.files import read_text
from cop_graph.index import Index, TurtleFile, Violation, curie, is_ours, read_index, shown_path
from cop_graph.namespaces import COP, OWL, PREFIXES, RDF, XSD, compact
from cop_graph.questions import read_question
from cop_graph.store import EmbeddedStore
from cop_graph.turtle import blank_node_line, format_turtle
from cop_graph.verification import Facts, Verification, verify_all

DECISION_COLUMNS: Final = ("kind", "paragraph", "subject", "decision", "who", "when", "why")
DECISION_KINDS: Final = ("reading", "merge", "split", "contradiction")
OTHER_PROPERTIES: Final = frozenset(
    {
        "dcterms:isReplacedBy",
        "dcterms:issued",
        "dcterms:language",
        "dcterms:source",
        "owl:deprecated",
        "owl:sameAs",
        "rdfs:comment",
        "rdfs:seeAlso",
        "schema:legislationIdentifier",
        "schema:url",
        "skos:closeMatch",
        "skos:editorialNote",
        "skos:exactMatch",
    }
)
"""Properties of other vocabularies that data may use besides those that the shapes name."""

OWN_DATA_CHECKS: Final = ("unused-concept",)
"""Checks that make sense only where ontology and data are kept together."""

_DATES: Final = {
    XSD + "date": re.compile(r"\d{4}-\d\d-\d\d"),
    XSD + "gYearMonth": re.compile(r"\d{4}-\d\d"),
    XSD + "gYear": re.compile(r"\d{4}"),
}
_NUMBERS: Final = {
    XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    XSD + "decimal": re.compile(r"[+-]?[0-9]*\.?[0-9]+"),
}
_DURATION: Final = re.compile(r"P(?!$)(\d+Y)?(\d+M)?(\d+D)?(T(?!$)(\d+H)?(\d+M)?(\d+S)?)?")
_EXTERNAL: Final = {
    "http://www.wikidata.org/": re.compile(r"http://www\.wikidata\.org/entity/Q\d+"),
    "https://ror.org/": re.compile(r"https://ror\.org/0[a-z0-9]{8}"),
    "https://sws.geonames.org/": re.compile(r"https://sws\.geonames\.org/\d+/"),
}
_CODES: Final = {
    COP + "iso3166Alpha2": (re.compile(r"[A-Z]{2}"), "two capitals, such as PK"),
    COP + "iso3166Alpha3": (re.compile(r"[A-Z]{3}"), "three capitals, such as PAK"),
    COP + "m49": (re.compile(r"\d{3}"), "three digits, such as 586"),
}
_RECORD: Final = re.compile(r"copd:(claim|remark)-(.+)-(\d{3,})")
_SLUG: Final = re.compile(r"copd:[a-z]+(-[a-z0-9]+)+")
_SUBJECT_CLASSES: Final = (
    "State Organization Person Initiative Agreement Event Document Resource Place Report "
    "Paragraph Claim Remark"
).split()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a run of all checks gave.

    ``notes`` says what could not be checked and why, so that silence is never taken for soundness.
    """

    violations: tuple[Violation, ...]
    verifications: tuple[Verification, ...]
    notes: tuple[str, ...]
    files: int
    version: str


def check(
    source: Source,
    *,
    reports: Path | None = None,
    progress: Callable[[str], None] = lambda _message: None,
) -> CheckResult:
    """Run every check.

    Args:
        source: What to check.
        reports: The directory of reports; with it every anchor is verified.
        progress: Called with the name of each step.

    Raises:
        DataError: A folder or a query of ours cannot be read at all.
        ReportError: A report cannot be read.
    """
    progress("reading files")
    index = read_index(source)
    notes: list[str] = []
    violations = [*_syntax(index), *_canonical(index), *_minted_twice(index)]
    violations += _decisions(source)
    verifications: list[Verification] = []
    if any(file.fault for file in index.files):
        notes.append(
            "not checked until every file is Turtle: identifiers, shapes, queries, anchors"
        )
    else:
        twice = {violation.entity for violation in violations if violation.check == "minted-twice"}
        undefined = list(_undefined(index))
        violations += [*undefined, *_identifiers(index), *_literals(index)]
        progress("validating shapes")
        violations += _shapes(source, index, twice, {found.entity for found in undefined})
        progress("asking check queries")
        violations += [found for found in _queries(source, index) if found.entity not in twice]
        progress("verifying anchors")
        verifications = list(verify_all(index, reports))
        for verification in verifications:
            violations += verification.violations
        notes += _unverified(index, verifications)
    return CheckResult(
        violations=tuple(sorted(set(violations))),
        verifications=tuple(verifications),
        notes=tuple(notes),
        files=len(index.files),
        version=data_version(source),
    )


def _syntax(index: Index) -> Iterator[Violation]:
    for file in index.files:
        if file.fault:
            yield Violation(
                file.name, file.fault.line or 1, "", str(file.fault.args[0]), "turtle-syntax"
            )


def _canonical(index: Index) -> Iterator[Violation]:
    for file in index.files:
        fault = canonical_fault(file)
        if fault:
            yield fault


def canonical_fault(file: TurtleFile) -> Violation | None:
    """Tell where a file first differs from its canonical form; ``None`` where it does not."""
    if file.fault:
        return None
    try:
        wanted = format_turtle(file.text, path=file.name)
    except DataError as error:
        line = blank_node_line(file.text) or 1
        return Violation(file.name, line, "", str(error.args[0]), "blank-node")
    if wanted == file.text:
        return None
    pairs = zip([*file.text.split("\n"), ""], [*wanted.split("\n"), ""], strict=False)
    line = next((n for n, (have, want) in enumerate(pairs, 1) if have != want), 1)
    message = "is not in canonical form from here; `cop-graph format` writes it so"
    return Violation(file.name, line, "", message, "canonical-form")


def _minted_twice(index: Index) -> Iterator[Violation]:
    for subject, blocks in index.blocks.items():
        in_one_file: dict[str, int] = {}
        for path, line in blocks:
            is_data = not _is_alignment(path)
            if is_data and (path in in_one_file or (subject.startswith("copd:") and in_one_file)):
                first = next(iter(in_one_file.items()))
                free = _next_free(index, subject)
                yield Violation(
                    path,
                    line,
                    subject,
                    f"stands here again, first at {first[0]}:{first[1]}; one IRI is one block. "
                    + (f"The next free number is {free}" if free else "Join the two blocks"),
                    "minted-twice",
                    index.paragraph(subject),
                )
            if is_data:
                in_one_file.setdefault(path, line)


def _is_alignment(path: str) -> bool:
    """Tell whether a file adds identifiers to things that stand elsewhere."""
    return Path(path).parent.name == "alignments"


def _next_free(index: Index, subject: str) -> str | None:
    match = _RECORD.fullmatch(subject)
    if not match:
        return None
    numbers = [
        int(other[3])
        for name in index.blocks
        if (other := _RECORD.fullmatch(name)) and other[2] == match[2]
    ]
    return f"{match[2]}-{max(numbers) + 1:03}"


def _undefined(index: Index) -> Iterator[Violation]:
    defined = {
        subject
        for subject, blocks in index.blocks.items()
        if not all(_is_alignment(path) for path, _ in blocks)
    }
    for subject, blocks in index.blocks.items():
        if subject not in defined:
            yield Violation(
                *blocks[0],
                subject,
                "has identifiers and stands nowhere in data/entities/"
                + _did_you_mean(subject, defined),
                "undefined-iri",
            )
    for file in index.files:
        for place in file.places:
            for name in (place.predicate, place.object):
                if name.startswith(("cop:", "copd:")) and name not in defined:
                    yield Violation(
                        file.name,
                        place.line,
                        place.subject,
                        f"{name} is used and nowhere defined" + _did_you_mean(name, defined),
                        "undefined-iri",
                        index.paragraph(place.subject),
                    )


def _did_you_mean(name: str, defined: Iterable[str]) -> str:
    import difflib

    kind = name.partition("-")[0]
    candidates = sorted(other for other in defined if other.partition("-")[0] == kind)
    near = difflib.get_close_matches(name, candidates or sorted(defined), 1, 0.7)
    return f"; did you mean {near[0]}?" if near else ""


def _identifiers(index: Index) -> Iterator[Violation]:
    facts = Facts(index.triples())
    relations = set(facts.subjects(RDF + "type", COP + "Relation"))
    allowed = _allowed_properties(index)
    ontology = {file.name for file in index.files if file.path.parent.name == "ontology"}
    for subject, blocks in index.blocks.items():
        if subject.startswith("copd:"):
            yield from _iri_faults(index, subject)
            continue
        for path, line in blocks:
            if path not in ontology:
                message = "data speaks of things under copd: alone; terms stand in ontology/"
                paragraph = index.paragraph(subject)
                yield Violation(path, line, subject, message, "foreign-term", paragraph)
    for file in index.files:
        if file.path.parent.name == "ontology":
            continue
        for place in file.places:
            is_undefined = place.predicate.startswith("cop:")  # told already
            if place.predicate != "a" and place.predicate not in allowed and not is_undefined:
                yield index.violation(
                    "unknown-property",
                    place.subject,
                    f"{place.predicate} is no property that our data uses; is it misspelled?",
                    predicate=place.predicate,
                )
        for triple in file.triples:
            yield from _triple_faults(index, curie(triple.subject), triple, relations)


def _allowed_properties(index: Index) -> set[str]:
    paths = {
        place.object
        for file in index.files
        if file.path.name in SHAPES_FILES
        for place in file.places
        if place.predicate == "sh:path"
    }
    ours = {subject for subject in index.blocks if subject.startswith("cop:")}
    return paths | ours | OTHER_PROPERTIES


def _iri_faults(index: Index, subject: str) -> Iterator[Violation]:
    if not _SLUG.fullmatch(subject):
        yield index.violation(
            "iri-form", subject, "an IRI is copd:<kind>-<slug> in lower-case ASCII with hyphens"
        )
        return
    kinds = [name for name in _SUBJECT_CLASSES if (subject, "a", f"cop:{name}") in index._lines]
    wanted = subject.removeprefix("copd:").partition("-")[0]
    if kinds and wanted not in (kind.lower() for kind in kinds):
        yield index.violation(
            "iri-form",
            subject,
            f"is a cop:{kinds[0]}, so its IRI begins with copd:{kinds[0].lower()}-",
            predicate="a",
        )
    match = _RECORD.fullmatch(subject)
    if match and index.holds(subject, "cop:paragraph"):
        here = f"copd:paragraph-{match[2]}"
        if (subject, "cop:paragraph", here) not in index._lines:
            yield index.violation(
                "iri-form",
                subject,
                f"the number belongs to {here}, and cop:paragraph names another",
                predicate="cop:paragraph",
            )


def _triple_faults(
    index: Index, subject: str, triple: Any, relations: set[str]
) -> Iterator[Violation]:
    value, predicate = triple.object, triple.predicate.value
    if predicate in relations:
        yield index.violation(
            "plain-triple",
            subject,
            f"states {curie(triple.predicate)} directly; relations are stated by claims, and the "
            "build derives the plain triple",
            predicate=curie(triple.predicate),
        )
    if isinstance(value, NamedNode) and predicate == OWL + "sameAs":
        for host, form in _EXTERNAL.items():
            if value.value.startswith(host) and not form.fullmatch(value.value):
                yield index.violation(
                    "external-identifier",
                    subject,
                    f"<{value.value}> is no identifier of {host}",
                    predicate="owl:sameAs",
                    value=str(value),
                )
    if predicate in _CODES and not _CODES[predicate][0].fullmatch(value.value):
        yield index.violation(
            "external-identifier",
            subject,
            f"{value.value!r} is no such code; it has {_CODES[predicate][1]}",
            predicate=curie(triple.predicate),
        )


def _literals(index: Index) -> Iterator[Violation]:
    for triple in index.triples():
        value = triple.object
        if not isinstance(value, Literal):
            continue
        name = curie(triple.predicate)
        fault = _literal_fault(name, value)
        if fault:
            text = f'"{value.value}"'
            subject = curie(triple.subject)
            yield index.violation("literal", subject, fault, predicate=name, value=text)
    facts = Facts(index.triples())
    for subject in index.blocks:
        if not index.holds(subject, "cop:end"):
            continue
        iri = PREFIXES["copd"] + subject.removeprefix("copd:")
        start, end = facts.value(iri, COP + "start"), facts.value(iri, COP + "end")
        if start and end and end[: len(start)] < start[: len(end)]:
            yield index.violation(
                "literal", subject, f"ends ({end}) before it starts ({start})", predicate="cop:end"
            )


def _literal_fault(name: str, value: Literal) -> str | None:
    datatype = value.datatype.value
    if name in ("cop:start", "cop:end", "dcterms:issued") and datatype not in _DATES:
        return (
            f'{name} is a date, month or year, such as "2025-03"^^xsd:gYearMonth, '
            f"not {compact(datatype)}"
        )
    if datatype in _DATES and not _is_date(value.value, _DATES[datatype]):
        return f"{value.value!r} is no {compact(datatype)} of the calendar"
    if name in ("cop:value", "cop:outOf") and (
        datatype not in _NUMBERS or not _NUMBERS[datatype].fullmatch(value.value)
    ):
        return f"{name} is a number without quotation marks, such as 40 or 38.89"
    if datatype == XSD + "duration" and not _DURATION.fullmatch(value.value):
        return f"{value.value!r} is no duration such as P3M"
    return None


def _is_date(text: str, form: re.Pattern[str]) -> bool:
    if not form.fullmatch(text):
        return False
    try:
        datetime.date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return False
    return True


def _shapes(
    source: Source, index: Index, twice: set[str], undefined: set[str]
) -> Iterator[Violation]:
    """Validate with pySHACL, on rdflib's memory store (see docs/design.md)."""
    import logging

    import pyshacl
    import rdflib

    # A literal that is none of its datatype is told by _literals; rdflib would print a traceback.
    logging.getLogger("rdflib.term").setLevel(logging.ERROR)
    data, shapes = rdflib.Graph(), rdflib.Graph()
    for file in index.files:
        graph = shapes if file.path.name in SHAPES_FILES else data
        for triple in file.triples:
            graph.add(tuple(_rdflib_term(term) for term in triple))
    _, results, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none")
    shacl = rdflib.Namespace(PREFIXES["sh"])
    assert isinstance(results, rdflib.Graph)
    for result in results.subjects(rdflib.RDF.type, shacl.ValidationResult):
        subject = compact(str(results.value(result, shacl.focusNode)))
        path = compact(str(results.value(result, shacl.resultPath)))
        component = str(results.value(result, shacl.sourceConstraintComponent))
        value = results.value(result, shacl.value)
        shown = _as_written(value)
        if subject in twice and component.endswith("MaxCountConstraintComponent"):
            continue
        says_class = component.endswith("ClassConstraintComponent")
        if subject in undefined and says_class and not index.blocks.get(shown):
            continue
        message = str(results.value(result, shacl.resultMessage))
        if shown:
            message += f" Found {shown}."
        predicate = "a" if path == "rdf:type" else path
        if component.endswith("MaxCountConstraintComponent"):
            yield _second_value(index, subject, predicate, message)
        else:
            yield index.violation("shape", subject, message, predicate=predicate, value=shown)


def _second_value(index: Index, subject: str, predicate: str, message: str) -> Violation:
    """Point at the second value where only one may stand."""
    found = [
        (file.name, place.line)
        for file in index.files
        for place in file.places
        if place.subject == subject and place.predicate == predicate
    ]
    path, line = found[1] if len(found) > 1 else index.place(subject, predicate)
    return Violation(path, line, subject, message, "shape", index.paragraph(subject))


def _rdflib_term(term: object) -> Any:
    import rdflib

    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, Literal):
        if term.language:
            return rdflib.Literal(term.value, lang=term.language)
        datatype = (
            None if term.datatype.value == XSD + "string" else rdflib.URIRef(term.datatype.value)
        )
        return rdflib.Literal(term.value, datatype=datatype, normalize=False)
    return rdflib.BNode(str(getattr(term, "value", term)))


def _as_written(value: object) -> str:
    """Give an rdflib term as the file writes it; nothing for no term."""
    import rdflib

    if isinstance(value, rdflib.URIRef):
        return compact(str(value))
    if isinstance(value, rdflib.Literal):
        return f'"{value}"' if not isinstance(value.value, int | float) else str(value)
    return ""


def _queries(source: Source, index: Index) -> Iterator[Violation]:
    """Ask the check queries; each row is a fault."""
    quads = Store()
    fill(quads, source)
    store = EmbeddedStore(quads, version="")
    settled = {row["subject"] for row in _decision_rows(source) if row["kind"] == "contradiction"}
    is_our_data = source.data.resolve().parent == source.ontology.resolve().parent
    for path in sorted((source.queries / "checks").glob("*.rq")):
        if path.stem in OWN_DATA_CHECKS and not is_our_data:
            continue
        question = read_question(path)
        results = store.run(question.text)
        if not isinstance(results, QuerySolutions):
            raise DataError("is not a SELECT query", path=shown_path(path))
        for solution in results:
            entity, message = solution["entity"], solution["message"]
            subject = curie(entity)
            if path.stem == "contradiction" and subject in settled:
                continue
            text = message.value if isinstance(message, Literal) else ""
            yield index.violation(path.stem, subject, text)


def _decisions(source: Source) -> Iterator[Violation]:
    for path in sorted((source.data / "decisions").glob("*.csv")):
        name = shown_path(path)
        reader = csv.DictReader(io.StringIO(read_text(path)))
        if tuple(reader.fieldnames or ()) != DECISION_COLUMNS:
            columns = ",".join(DECISION_COLUMNS)
            yield Violation(name, 1, "", f"the first line is not {columns}", "decision")
            continue
        for row in reader:
            line = reader.line_num
            if None in row:
                message = "has more cells than columns; put a text with a comma in quotation marks"
                yield Violation(name, line, row["subject"], message, "decision")
                continue
            missing = [column for column in DECISION_COLUMNS if not (row.get(column) or "").strip()]
            if missing:
                message = f"a decision needs {', '.join(missing)}"
                yield Violation(name, line, row.get("subject") or "", message, "decision")
            elif row["kind"] not in DECISION_KINDS:
                kinds = ", ".join(DECISION_KINDS)
                message = f"{row['kind']!r} is no kind of decision; there are {kinds}"
                yield Violation(name, line, row["subject"], message, "decision", row["paragraph"])
            elif not _is_date(row["when"], _DATES[XSD + "date"]):
                message = f"{row['when']!r} is no day such as 2026-11-23"
                yield Violation(name, line, row["subject"], message, "decision", row["paragraph"])


def _decision_rows(source: Source) -> Iterator[dict[str, str]]:
    for path in sorted((source.data / "decisions").glob("*.csv")):
        for row in csv.DictReader(io.StringIO(read_text(path))):
            if {"kind", "subject"} <= row.keys():
                yield row


def _unverified(index: Index, verifications: Iterable[Verification]) -> Iterator[str]:
    facts = Facts(index.triples())
    done = {verification.report for verification in verifications}
    for report in sorted(facts.subjects(RDF + "type", COP + "Report")):
        name = facts.value(report, PREFIXES["dcterms"] + "identifier") or report
        if name not in done:
            yield (
                f"not verified: the anchors of {name}, because {name}.txt is not at hand "
                "(--reports DIR or COP_GRAPH_REPORTS)"
            )


__all__ = ["CheckResult", "canonical_fault", "check", "is_ours"]
