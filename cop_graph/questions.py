"""Questions: the files of queries/ become a catalogue, and a name with parameters an answer.

A question file is SPARQL under a header of ``#+`` YAML (grlc's form). A parameter is bound where
the query says ``VALUES ?name { UNDEF }``: the term takes the place of ``UNDEF``, written by the
engine, so that no text of a user is ever pasted into a query. Left unbound it means: any.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from pyoxigraph import Literal, NamedNode, QuerySolutions

from cop_graph.errors import DataError, QueryParameterError, UnknownQueryError
from cop_graph.files import read_text
from cop_graph.kept import kept_json
from cop_graph.model import CLAIMS_COLUMN, Answer, Cell, Evidence, Reference, Row, Scope
from cop_graph.names import label_of, reference, remembered, resolve
from cop_graph.namespaces import COP, PREFIXES, XSD, natural_text
from cop_graph.reports import find_report, read_report, sentence_of

if TYPE_CHECKING:
    from cop_graph.store import GraphStore

FOLDERS_WITHOUT_QUESTIONS: Final = ("checks", "derive", "service")
TAGS: Final = (
    "overview",
    "partnerships",
    "actors",
    "initiatives",
    "instruments",
    "events",
    "documents",
    "themes",
    "numbers",
    "remarks",
    "plans",
    "evidence",
    "networks",
    "pictures",
)
# `labels`: several labels in one cell, joined by LABEL_SEPARATOR.
COLUMN_KINDS: Final = ("IRI", "text", "labels", "number", "date", "boolean")
LABEL_SEPARATOR: Final = "; "
LITERAL_KINDS: Final = ("text", "number", "date")
EXPECTATIONS: Final = ("some", "none", "any")
SCOPE_QUESTION: Final = "reports"
REMEMBERED_EVIDENCE: Final = 10_000
"""Of how many claims the evidence is kept for one store: some ten megabytes."""
MOST_TIED: Final = "service/most-tied.rq"
KEPT_QUESTIONS: Final = ("overview/reports.rq", MOST_TIED)
"""Questions that pages ask again and again, whose rows are kept beside a store on disk."""
KEPT_FORMAT: Final = 1
"""Changes when rows that are kept are written otherwise."""
_PYTHON_VALUES: Final[Mapping[str, Callable[[str], int | float | bool]]] = {
    **{XSD + name: int for name in ("integer", "int", "long", "nonNegativeInteger")},
    **{XSD + name: float for name in ("decimal", "double", "float")},
    XSD + "boolean": "true".__eq__,
}
_PLACEHOLDER: Final = re.compile(r"VALUES \?(\w+) { UNDEF }")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a question.

    ``kind`` is a class of the ontology, several joined by ``|``, or one of ``LITERAL_KINDS``.
    """

    name: str
    kind: str
    label: str
    default: str | None = None
    is_required: bool = False

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that a value may belong to; empty for a literal."""
        return () if self.kind in LITERAL_KINDS else tuple(self.kind.split("|"))


@dataclass(frozen=True, slots=True)
class Question:
    """A question: what its file says, and where it stands."""

    name: str
    group: str
    summary: str
    description: str
    tags: tuple[str, ...]
    columns: Mapping[str, str]
    expect: str
    parameters: tuple[Parameter, ...]
    note: str | None
    text: str
    path: Path


_KNOWN: Final[dict[tuple[Path, str], tuple[tuple[int, int] | None, Question]]] = {}
"""Questions that were read, and the state of the file that they were read from."""


def list_questions(queries: Path) -> list[Question]:
    """Read all questions, sorted by group and name.

    Raises:
        DataError: A header is not YAML or lacks a field; names the file.
    """
    paths = sorted(
        path for path in queries.glob("*/*.rq") if path.parent.name not in FOLDERS_WITHOUT_QUESTIONS
    )
    return [read_question(path) for path in paths]


def find_question(queries: Path, name: str) -> Question:
    """Read the one question that has a name.

    Raises:
        UnknownQueryError: No file has that name; suggests near ones.
        DataError: Its header cannot be used.
    """
    known = _KNOWN.get((queries, name))
    if known is not None and known[0] == _stamp(known[1].path):
        return known[1]
    names = {
        path.stem: path
        for path in queries.glob("*/*.rq")
        if path.parent.name not in FOLDERS_WITHOUT_QUESTIONS
    }
    if name not in names:
        near = difflib.get_close_matches(name, sorted(names), 3, 0.5)
        near += [other for other in sorted(names) if name and name in other and other not in near]
        raise UnknownQueryError(name, suggestions=near[:4])
    stamp = _stamp(names[name])
    question = read_question(names[name])
    _KNOWN[queries, name] = (stamp, question)
    return question


def _stamp(path: Path) -> tuple[int, int] | None:
    """Give what changes when a file does; ``None`` where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size)


def read_question(path: Path) -> Question:
    """Read one question file.

    Raises:
        DataError: The header is not YAML, lacks a field, or says what the query does not hold.
    """
    try:
        changed_ns = path.stat().st_mtime_ns
    except OSError:
        changed_ns = 0  # reading it says what is wrong
    return _read_question(path, changed_ns)


@lru_cache(maxsize=512)
def _read_question(path: Path, changed_ns: int) -> Question:
    """Read a file once until it changes; its YAML takes longer than most queries."""
    text = read_text(path)
    header = _header(text, path)
    try:
        parameters = tuple(
            _parameter(str(name), fields or {})
            for name, fields in header.get("parameters", {}).items()
        )
        question = Question(
            name=path.stem,
            group=path.parent.name,
            summary=str(header["summary"]).strip(),
            description=" ".join(str(header["description"]).split()),
            tags=tuple(header["tags"]),
            columns=dict(header["columns"]),
            expect=str(header["expect"]),
            parameters=parameters,
            note=" ".join(str(header["note"]).split()) if "note" in header else None,
            text=text,
            path=path,
        )
    except KeyError as error:
        raise DataError(f"the header lacks {error.args[0]!r}", path=str(path), line=1) from error
    except (TypeError, AttributeError, ValueError) as error:
        raise DataError(f"the header cannot be used: {error}", path=str(path), line=1) from error
    for fault in _faults(question):
        raise DataError(fault, path=str(path), line=1)
    return question


def bind(question: Question, values: Mapping[str, NamedNode | Literal]) -> str:
    """Give the query with terms in the place of ``UNDEF``.

    Args:
        question: What is asked.
        values: Parameter name to term; a parameter that is missing stays unbound.
    """
    # All places in one pass, so that a text which looks like a place is never taken for one.
    return _PLACEHOLDER.sub(
        lambda place: (
            f"VALUES ?{place[1]} {{ {values[place[1]]} }}" if place[1] in values else place[0]
        ),
        question.text,
    )


def bound_terms(
    store: GraphStore, question: Question, parameters: Mapping[str, object]
) -> dict[str, NamedNode | Literal]:
    """Give the terms that values stand for, by the name of the parameter (see ``ask``)."""
    return {key: term for key, (term, _) in _bound(store, question, parameters).items()}


def ask(
    store: GraphStore, queries: Path, name: str, parameters: Mapping[str, object] | None = None
) -> Answer:
    """Ask a question by name.

    Args:
        store: What is asked.
        queries: The directory of question files.
        name: File name without ending.
        parameters: Parameter name to value: a label, an alias, a CURIE or an IRI for a thing, a
            plain value for a literal. Hyphens and underscores in names are alike.

    Raises:
        UnknownQueryError: There is no such question.
        QueryParameterError: A parameter is unknown, missing, or has a value that does not fit.
        UnknownEntityError: A value stands for nothing; suggests near ones.
    """
    question = find_question(queries, name)
    bound = _bound(store, question, parameters or {})
    terms = {key: term for key, (term, _) in bound.items()}
    return Answer(
        question=question.name,
        summary=question.summary,
        columns={key: kind for key, kind in question.columns.items() if key != CLAIMS_COLUMN},
        rows=(
            kept_rows(store, question)
            if question.name == SCOPE_QUESTION
            else _rows(store, question, bind(question, terms))
        ),
        parameters={key: cell for key, (_, cell) in bound.items()},
        scope=scope(store, queries),
        note=question.note,
    )


def scope(store: GraphStore, queries: Path) -> Scope:
    """Tell what every answer of a store is searched in; counted once for each version of it."""
    question = find_question(queries, SCOPE_QUESTION)
    known = remembered(store, "scope")
    if question.text in known:
        return cast(Scope, known[question.text])
    rows = kept_rows(store, question)

    def total(column: str) -> int:
        return sum(int(str(row[column])) for row in rows)

    known[question.text] = found = Scope(
        reports=tuple(str(row["report"]) for row in rows),
        paragraphs=total("paragraphs"),
        paragraphs_with_claims=total("paragraphsWithClaims"),
        claims=total("claimCount"),
        remarks=total("remarkCount"),
        version=store.version,
    )
    return found


def kept_rows(store: GraphStore, question: Question) -> list[Row]:
    """Give the rows of a question without parameters, asked once for each version of the data.

    They are kept beside the quads of a store on disk and remembered by this process, so that what
    every page says need not be counted again.
    """
    known = remembered(store, "rows")
    if question.text not in known:
        text = hashlib.sha256(question.text.encode()).hexdigest()[:12]
        cells = kept_json(
            store,
            f"rows-{KEPT_FORMAT}-{question.name}-{text}",
            lambda: [_written(row) for row in _rows(store, question, question.text)],
        )
        known[question.text] = [_read(row) for row in cells]
    return list(known[question.text])


def _written(row: Row) -> dict[str, Any]:
    """Give a row as JSON holds it; a reference is an object, so that it is told from a text."""
    return {
        name: {"iri": cell.iri, "label": cell.label} if isinstance(cell, Reference) else cell
        for name, cell in row.as_dict().items()
    }


def _read(cells: Mapping[str, Any]) -> Row:
    read: dict[str, Cell | tuple[str, ...]] = {}
    for name, cell in cells.items():
        if isinstance(cell, dict):
            read[name] = Reference(cell["iri"], cell["label"])
        else:
            read[name] = tuple(cell) if isinstance(cell, list) else cell
    return Row.of(read)


def evidence(
    store: GraphStore, claims: Sequence[str], *, reports: Path | None = None
) -> dict[str, Evidence]:
    """Give the evidence of claims and remarks: paragraph, anchors, status, and who says so.

    Args:
        store: Where the claims are.
        claims: IRIs of claims and remarks.
        reports: The directory of reports; with it the sentence stands beside each anchor.

    Raises:
        ReportError: A report in that directory cannot be read.
    """
    texts = _Texts(reports)
    links = [COP + name for name in ("paragraph", "status", "kind", "accordingTo")]
    known = remembered(store, "evidence") if reports is None else {}
    if len(known) > REMEMBERED_EVIDENCE:
        known.clear()
    store.prefetch(claims, links, [COP + "inReport"])
    for claim in claims:
        if claim not in known:
            known[claim] = _evidence_of(store, claim, texts)
    return {claim: known[claim] for claim in claims}


class _Texts:
    """Reads each report once and only when one of its paragraphs is asked for."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._texts: dict[str, dict[str, str]] = {}

    def text(self, report: str, paragraph: str) -> str | None:
        if report not in self._texts:
            path = find_report(report, self._directory)
            paragraphs = read_report(path).paragraphs if path else ()
            self._texts[report] = {part.identifier: part.text for part in paragraphs}
        return self._texts[report].get(paragraph)


def _evidence_of(store: GraphStore, claim: str, texts: _Texts) -> Evidence:
    def value(subject: str, predicate: str) -> str:
        """Give what is said, or nothing: data that was never checked may leave it out."""
        return (store.value(subject, predicate) if subject else None) or ""

    def named(iri: str) -> Reference:
        return reference(store, iri) if iri else Reference("", "")

    paragraph = value(claim, COP + "paragraph")
    report = value(paragraph, COP + "inReport")
    text = texts.text(
        value(report, PREFIXES["dcterms"] + "identifier"),
        value(paragraph, PREFIXES["dcterms"] + "identifier"),
    )
    anchors = tuple(sorted(term.value for term in store.objects(claim, COP + "anchor")))
    given = value(claim, COP + "occurrence")
    occurrence = int(given) if given.isdecimal() else None
    found = [
        sentence_of(anchor, text, occurrence=occurrence or 1)
        or sentence_of(anchor, text, occurrence=1)
        for anchor in anchors
        if text
    ]
    sentences = dict.fromkeys(entry[0] for entry in found if entry)
    return Evidence(
        claim=reference(store, claim),
        paragraph=named(paragraph),
        number=named(paragraph).label,
        report=named(report),
        anchors=anchors,
        occurrence=occurrence,
        status=named(value(claim, COP + "status") or value(claim, COP + "kind")).label,
        voices=tuple(
            sorted(
                label_of(store, term.value) for term in store.objects(claim, COP + "accordingTo")
            )
        ),
        sentence=" ".join(sentences) or None,
    )


def _header(text: str, path: Path) -> dict[str, Any]:
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            break
        if not line.startswith("#+"):
            raise DataError("the header ends with an empty line", path=str(path), line=number)
        lines.append(line[3:])
    import yaml

    try:
        # libyaml reads the headers of all questions before the first page; it is ten times faster.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        header = yaml.load("\n".join(lines), Loader=loader)  # noqa: S506  # both are safe
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = int(mark.line) + 1 if mark else 1
        problem = getattr(error, "problem", None) or "not readable"
        raise DataError(f"the header is not YAML: {problem}", path=str(path), line=at) from error
    if not isinstance(header, dict):
        raise DataError("has no header of #+ lines", path=str(path), line=1)
    return header


def _parameter(name: str, fields: Mapping[str, Any]) -> Parameter:
    default = fields.get("default")
    return Parameter(
        name=name,
        kind=str(fields["kind"]),
        label=str(fields["label"]),
        default=None if default is None else str(default),
        is_required=bool(fields.get("required", False)),
    )


def _faults(question: Question) -> Iterator[str]:
    for tag in question.tags:
        if tag not in TAGS:
            yield f"the tag {tag!r} is not one of {', '.join(TAGS)}"
    for column, kind in question.columns.items():
        if kind not in COLUMN_KINDS:
            kinds = ", ".join(COLUMN_KINDS)
            yield f"the column {column!r} has the kind {kind!r}, not one of {kinds}"
    if question.expect not in EXPECTATIONS:
        yield f"expect is {question.expect!r}, not one of {', '.join(EXPECTATIONS)}"
    places = set(_PLACEHOLDER.findall(question.text))
    for parameter in question.parameters:
        if parameter.name not in places:
            yield f"the query has no `VALUES ?{parameter.name} {{ UNDEF }}` to bind it"


def _bound(
    store: GraphStore, question: Question, given: Mapping[str, object]
) -> dict[str, tuple[NamedNode | Literal, Cell]]:
    known = {parameter.name.casefold(): parameter for parameter in question.parameters}
    values: dict[str, object] = {}
    for name, value in given.items():
        folded = name.replace("-", "").replace("_", "").casefold()
        if folded not in known:
            names = ", ".join(parameter.name for parameter in question.parameters) or "none"
            raise QueryParameterError(
                f"has no parameter {name!r}; it has {names}", name=question.name, parameter=name
            )
        values[known[folded].name] = value
    bound = {}
    for parameter in question.parameters:
        value = values.get(parameter.name, parameter.default)
        if value is not None:
            bound[parameter.name] = _term(store, question, parameter, value)
        elif parameter.is_required:
            raise QueryParameterError(
                f"needs --{parameter.name} ({parameter.label})",
                name=question.name,
                parameter=parameter.name,
            )
    return bound


def _term(
    store: GraphStore, question: Question, parameter: Parameter, value: object
) -> tuple[NamedNode | Literal, Cell]:
    if isinstance(value, Reference):
        value = value.iri
    text = str(value)
    if parameter.classes:
        found = resolve(store, text, classes=parameter.classes)
        return NamedNode(found.iri), found
    if parameter.kind == "number":
        if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text):
            raise QueryParameterError(
                f"--{parameter.name} is a number, not {text!r}",
                name=question.name,
                parameter=parameter.name,
            )
        datatype = "decimal" if "." in text else "integer"
        return Literal(text, datatype=NamedNode(XSD + datatype)), text
    if parameter.kind == "date" and not re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", text):
        raise QueryParameterError(
            f"--{parameter.name} is a year, a month or a day such as 2025, 2025-03 or 2025-03-10, "
            f"not {text!r}",
            name=question.name,
            parameter=parameter.name,
        )
    return Literal(text), text


def _rows(store: GraphStore, question: Question, text: str) -> list[Row]:
    solutions = store.run(text)
    if not isinstance(solutions, QuerySolutions):
        raise DataError("is not a SELECT query", path=str(question.path))
    names = [variable.value for variable in solutions.variables]
    found: Iterable[Iterable[Any]] = solutions
    if store.is_far:  # one request for all of them
        far = [tuple(solution) for solution in solutions]
        store.prefetch(term.value for terms in far for term in terms if isinstance(term, NamedNode))
        found = far
    # Most answers are read here, so the loop does no more than it must for each cell.
    columns = [(name, question.columns.get(name) == "labels") for name in names]
    labels = _Labels(store)
    rows = []
    for terms in found:
        cells: dict[str, Cell | tuple[str, ...]] = {}
        for (name, is_joined), term in zip(columns, terms, strict=True):
            if name == CLAIMS_COLUMN:
                cells[name] = _sorted_claims(term.value if isinstance(term, Literal) else "")
            elif isinstance(term, NamedNode):
                cells[name] = labels[term.value]
            elif term is None:
                cells[name] = None
            elif is_joined:
                cells[name] = _sorted_labels(term.value if isinstance(term, Literal) else "")
            else:
                cells[name] = python_value(term) if isinstance(term, Literal) else str(term)
        if CLAIMS_COLUMN not in cells:
            cells[CLAIMS_COLUMN] = ()
        rows.append(Row.of(cells))
    return rows


class _Labels(dict[str, Reference]):
    """The references of one answer, each looked up when it is first met."""

    def __init__(self, store: GraphStore) -> None:
        super().__init__()
        self._store = store
        self._known = remembered(store, "labels")

    def __missing__(self, iri: str) -> Reference:
        self[iri] = found = self._known.get(iri) or reference(self._store, iri)
        return found


def _sorted_claims(text: str) -> tuple[str, ...]:
    claims = text.split()
    return tuple(claims) if len(claims) < 2 else tuple(sorted(set(claims), key=_claim_key))


@lru_cache(maxsize=50_000)
def _claim_key(claim: str) -> str:
    return natural_text(claim)


def _sorted_labels(text: str) -> str | None:
    """Sort joined labels, whose order SPARQL leaves open; nothing for none.

    A query joins an empty text for what has no label, because GROUP_CONCAT gives nothing at all
    where one of its values is unbound.
    """
    if not text:
        return None
    if LABEL_SEPARATOR not in text:
        return text
    labels = set(text.split(LABEL_SEPARATOR)) - {""}
    return LABEL_SEPARATOR.join(sorted(labels)) or None


def python_value(literal: Literal) -> str | int | float | bool:
    """Give a literal as the nearest Python value; dates and broken numbers stay text."""
    read = _PYTHON_VALUES.get(literal.datatype.value)
    if read is None:
        return literal.value
    try:
        return read(literal.value)
    except ValueError:
        return literal.value


__all__ = [
    "Parameter",
    "Question",
    "ask",
    "bind",
    "bound_terms",
    "evidence",
    "find_question",
    "kept_rows",
    "list_questions",
    "read_question",
    "scope",
]
