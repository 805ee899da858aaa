"""Pages of questions: all of them, the form of one filled from the data, and its answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from cop_graph import exports
from cop_graph.errors import (
    AmbiguousNameError,
    CopGraphError,
    IdentifierError,
    QueryParameterError,
    UnknownEntityError,
)
from cop_graph.model import Answer, Reference, Row
from cop_graph.names import label_of
from cop_graph.namespaces import COP, COPD, PREFIXES, expand, natural_key
from cop_graph.questions import Parameter, Question, bind, find_question
from cop_graph.search import index_of
from cop_graph.statements import claims_of
from cop_graph.web.pages import SECURITY_HEADERS, Page

if TYPE_CHECKING:
    from markupsafe import Markup

    from cop_graph.web.layout import Layout

MOST_ROWS: Final = 500
MOST_CITATIONS: Final = 6
MOST_CHOICES: Final = 300
MOST_BARS: Final = 40
FIRST_EXAMPLE: Final = "partnerships"
FILE_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "rq": "application/sparql-query; charset=utf-8",
}
GROUP_WORDS: Final = {
    "actors": "Who",
    "partnerships": "Who works with whom",
    "initiatives": "Initiatives and tools",
    "instruments": "Agreements and laws",
    "events": "Events",
    "documents": "Documents",
    "themes": "Themes",
    "numbers": "Figures",
    "remarks": "What is said",
    "plans": "Plans",
    "overview": "Overview",
    "networks": "Networks",
    "evidence": "Evidence",
}
EVIDENCE: Final = "evidence"
"""The parameter that every question has besides its own; pages show the evidence anyway."""
YES: Final = ("1", "true", "yes")
NO: Final = ("0", "false", "no")
_CONTROLS: Final = ("sort", "order", "part", EVIDENCE)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: its cells, links to the evidence of its claims, whether it is no fact."""

    row: Row
    citations: Sequence[Markup]
    is_plan: bool


def catalogue(layout: Layout) -> Page:
    """Show all questions by group."""
    groups: dict[str, list[Question]] = {name: [] for name in GROUP_WORDS}
    for question in layout.kept.questions:
        groups.setdefault(question.group, []).append(question)
    return layout.page(
        "questions.html",
        title="Questions",
        groups=[(GROUP_WORDS.get(name, name), some) for name, some in groups.items() if some],
    )


def question(layout: Layout, name: str, ending: str | None) -> Page:
    """Show the form of a question and its answer, or give the answer as a file."""
    asked = find_question(layout.graph.source.queries, name)
    given = {one.name: layout.request.query.get(one.name, "") for one in asked.parameters}
    if not ending:  # who fills a form may leave white space
        given = {name: text.strip() for name, text in given.items()}
    given_evidence = layout.request.query.get(EVIDENCE, NO[0])
    if given_evidence.lower() not in YES + NO:
        raise QueryParameterError(
            f"{EVIDENCE} is true or false, not {given_evidence[:60]!r}",
            name=name,
            parameter=EVIDENCE,
        )
    known = {*given, *_CONTROLS}
    for other in layout.request.query:
        if other not in known:
            names = ", ".join(given) or "none"
            raise QueryParameterError(
                f"has no parameter {other!r}; it has {names}", name=name, parameter=other
            )
    # An empty field of a form is none; in the address of a file it is a name that nothing has.
    said = {key for key, text in given.items() if text or (ending and key in layout.request.query)}
    lacking = [one for one in asked.parameters if one.is_required and one.name not in said]
    answer, choices, fault, status = None, [], None, 200
    if not lacking:
        try:
            values: dict[str, Any] = {
                one.name: _value(layout, one, given[one.name])
                for one in asked.parameters
                if one.name in said
            }
            answer = layout.graph.ask(name, **values)
        except AmbiguousNameError as error:
            choices = _choices(layout, asked, given, error)
            fault, status = f"“{error.name}” stands for more than one. Which is meant?", 400
        except UnknownEntityError as error:
            choices = _near(layout, asked, given, error)
            fault, status = f"Nothing here is called “{error.name}”.", 404
        except QueryParameterError as error:
            fault, status = _plain(str(error.args[0])), 400
    if ending and answer is not None:
        return _file(layout, asked, answer, ending.removeprefix("."))
    if ending:
        words = fault or f"needs {', '.join(one.name for one in lacking)}"
        return layout.fault(CopGraphError(words), code=status if fault else 400)
    return layout.page(
        "question.html",
        code=status,
        title=asked.summary,
        question=asked,
        fields=[_field(layout, one, given[one.name], answer) for one in asked.parameters],
        answer=answer,
        fault=fault,
        choices=choices,
        **(_shown(layout, asked, answer) if answer is not None else {}),
    )


def compare_page(layout: Layout) -> Page:
    """Show two or three states or organizations side by side."""
    from cop_graph.compare import COMPARED_CLASSES, compare_actors

    given = [layout.request.query.get(name, "").strip()[:300] for name in ("a", "b", "c")]
    names = [name for name in given if name]
    comparison, fault = None, None
    if len(names) >= 2:
        try:
            entities = [resolved(layout, name, COMPARED_CLASSES) for name in names]
            comparison = compare_actors(layout.graph, entities)
        except CopGraphError as error:
            fault = str(error)
    title = "Compare"
    if comparison is not None:
        title = "Compare " + ", ".join(one.label for one in comparison.entities)
    return layout.page(
        "compare.html",
        code=404 if fault else 200,
        title=title,
        given=[_label_of(layout, name) for name in given],
        comparison=comparison,
        fault=fault,
        choices=layout.choices(COMPARED_CLASSES, most=MOST_CHOICES),
        kind="|".join(COMPARED_CLASSES),
    )


def connect_page(layout: Layout) -> Page:
    """Show how two things are connected: ways of steps, each tie with its words."""
    from cop_graph.graph import connect
    from cop_graph.networks import LIMITS_NOTE
    from cop_graph.ways import DISTINCT_NOTE

    given = [layout.request.query.get(name, "").strip()[:300] for name in ("a", "b")]
    connection, fault, choices = None, None, []
    if all(given):
        try:
            ends = [_named(layout, name, ("Thing",)) for name in given]
            connection = connect(layout.graph, *ends)
        except UnknownEntityError as error:
            fault = f"Nothing here is called “{error.name}”."
            choices = [
                (label_of(layout.store, iri) if iri.startswith("http") else iri, iri)
                for iri in error.suggestions
            ]
        except CopGraphError as error:
            fault = _plain(str(error))
    title = "How are two connected?"
    if connection is not None:
        title = f"{connection.source.label} and {connection.target.label}"
    return layout.page(
        "connect.html",
        code=404 if fault else 200,
        title=title,
        given=[_label_of(layout, name) for name in given],
        connection=connection,
        notes=(DISTINCT_NOTE, LIMITS_NOTE),
        iri_of=_iri_of,
        fault=fault,
        choices=choices,
    )


def _named(layout: Layout, text: str, classes: Sequence[str]) -> str:
    found = resolved(layout, text, classes)
    return found if isinstance(found, str) else found.iri


def _iri_of(node: str) -> str:
    try:
        return expand(node)
    except IdentifierError:
        return node


def sparql_page(layout: Layout) -> Page:
    """Show the editor for queries, with the questions as examples."""
    examples = [(one, _query_of(one)) for one in layout.kept.questions]
    wanted = layout.request.query.get("example", FIRST_EXAMPLE)
    text = next((code for one, code in examples if one.name == wanted), examples[0][1])
    return layout.page(
        "sparql.html",
        title="SPARQL",
        text=text,
        examples=examples,
        prefixes=json.dumps({prefix: PREFIXES[prefix] for prefix in sorted(PREFIXES)}),
    )


def _query_of(asked: Question) -> str:
    """Give the query of a question without the header of its file."""
    return "\n".join(line for line in asked.text.splitlines() if not line.startswith("#+")).strip()


def _value(layout: Layout, parameter: Parameter, text: str) -> str | Reference:
    """Find what a text stands for in the index, so that nothing looks through all names."""
    if not parameter.classes:
        return text
    return resolved(layout, text, parameter.classes)


def resolved(layout: Layout, text: str, classes: Sequence[str]) -> str | Reference:
    """Find what a text stands for by the index; what names an IRI is left as it is.

    Raises:
        UnknownEntityError: Nothing has that name; suggests the IRIs of near ones.
    """
    if ":" in text or layout.store.holds(COPD + text if _is_slug(text) else COPD + "nothing"):
        return text
    if _is_slug(text) and layout.store.holds(COP + text):
        return text
    if {"Paragraph", "Report", "Class"} & set(classes):
        return text
    exact = index_of(layout.store).named(text, classes)
    if len(exact) == 1:
        return exact[0]
    if exact:
        return text  # the front tells a name from an alias, and says what is ambiguous
    near = index_of(layout.store).near(text, classes=classes)
    raise UnknownEntityError(
        text, wanted="things and concepts", suggestions=[one.iri for one in near]
    )


def _is_slug(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9][\w.-]*", text, re.ASCII) is not None


def _label_of(layout: Layout, text: str) -> str:
    """Give the label of what an address names, so that a form shows names and not slugs."""
    if not _is_slug(text):
        return text
    for base in (COPD, COP):
        if layout.store.holds(base + text):
            return label_of(layout.store, base + text)
    return text


def _field(
    layout: Layout, parameter: Parameter, given: str, answer: Answer | None
) -> dict[str, Any]:
    bound = answer.parameters.get(parameter.name) if answer else None
    return {
        "parameter": parameter,
        "value": bound.label if isinstance(bound, Reference) else _label_of(layout, given),
        "choices": layout.choices(parameter.classes, most=MOST_CHOICES),
        "kinds": "|".join(parameter.classes),
    }


def _shown(layout: Layout, asked: Question, answer: Answer) -> dict[str, Any]:
    query = layout.request.query
    column = query.get("sort", "")
    is_descending = query.get("order") == "descending"
    rows = list(answer)
    if column in answer.columns:
        rows = _sorted(rows, column, is_descending=is_descending)
    columns = [
        name
        for name in answer.columns
        if any(row[name] not in (None, "", ()) for row in answer) or name == column
    ]
    not_facts = layout.kept.grammar.not_asserting
    shown = rows[:MOST_ROWS]
    lines = [
        Line(
            row,
            layout.citations(claims_of(row)),
            any(
                isinstance(cell, Reference) and cell.iri in not_facts
                for cell in row
                if not isinstance(cell, tuple)
            ),
        )
        for row in shown
    ]
    bound = {
        name: _short(cell.iri) if isinstance(cell, Reference) else str(cell)
        for name, cell in answer.parameters.items()
    }
    address = f"/questions/{asked.name}"
    return {
        "columns": columns,
        "facts": [line for line in lines if not line.is_plan],
        "plans": [line for line in lines if line.is_plan],
        "is_cut": len(rows) > MOST_ROWS,
        "most_rows": MOST_ROWS,
        "most_citations": MOST_CITATIONS,
        "has_claims": any(line.citations for line in lines),
        "sort": column,
        "is_descending": is_descending,
        "bars": _bars(answer, columns),
        "permalink": layout.to(address, **bound),
        "downloads": [
            (name.upper(), layout.to(f"{address}.{name}", **bound))
            for name in ("csv", "xlsx", "json")
        ],
        "map_address": (layout.to(f"{address}.map", **bound) if _has_map(layout, answer) else None),
        "sparql": _bound_text(asked, answer),
        "sort_links": {
            name: layout.to(
                address,
                **bound,
                sort=name,
                order="descending" if column == name and not is_descending else None,
            )
            for name in columns
        },
        "asked_with": [
            (parameter.label, answer.parameters[parameter.name])
            for parameter in asked.parameters
            if parameter.name in answer.parameters
        ],
    }


def _has_map(layout: Layout, answer: Answer) -> bool:
    from cop_graph.web.maps import has_ties

    return has_ties(layout, answer, most=MOST_ROWS)


def _sorted(rows: list[Row], column: str, *, is_descending: bool) -> list[Row]:
    """Sort rows by one column; what is empty stands last in either direction."""
    filled = [row for row in rows if row[column] is not None]
    empty = [row for row in rows if row[column] is None]

    def key(row: Row) -> tuple[int, float, tuple[tuple[int, int, str], ...]]:
        cell = row[column]
        if isinstance(cell, int | float):
            return 0, float(cell), ()
        return 1, 0.0, natural_key(str(cell).casefold())

    return [*sorted(filled, key=key, reverse=is_descending), *empty]


def _bars(answer: Answer, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Give bars where an answer is one figure for each of a few names; else none."""
    figures = [name for name in columns if answer.columns[name] == "number"]
    names = [name for name in columns if answer.columns[name] == "IRI"]
    if len(figures) != 1 or not names or not 2 <= len(answer) <= MOST_BARS:
        return []
    values = [row[figures[0]] for row in answer]
    labels = [str(row[names[-1]]) for row in answer]
    if any(not isinstance(value, int | float) or value < 0 for value in values):
        return []
    if len(set(labels)) < len(labels):
        return []
    most = max(float(str(value)) for value in values) or 1.0
    return [
        {"label": label, "value": value, "width": round(float(str(value)) / most * 100, 2)}
        for label, value in zip(labels, values, strict=True)
    ]


def _bound_text(asked: Question, answer: Answer) -> str:
    """Give the SPARQL that was asked, without the header of its file."""
    from pyoxigraph import Literal, NamedNode

    terms: dict[str, NamedNode | Literal] = {
        name: NamedNode(cell.iri) if isinstance(cell, Reference) else Literal(str(cell))
        for name, cell in answer.parameters.items()
    }
    return _query_of(replace(asked, text=bind(asked, terms)))


def _file(layout: Layout, asked: Question, answer: Answer, wanted: str) -> Page:
    if wanted == "map":
        from cop_graph.web.maps import payload_page, rows_payload

        payload = rows_payload(layout, answer, title=asked.summary)
        if payload is None:
            return layout.fault(CopGraphError("gives no ties that a map could show"), code=404)
        return payload_page(payload)
    if wanted == "json":
        body = exports.answer_json(answer).encode()
    elif wanted == "rq":
        body = (_bound_text(asked, answer) + "\n").encode()
    else:
        with_evidence = layout.graph.with_evidence(answer)
        write = exports.answer_xlsx if wanted == "xlsx" else exports.answer_csv
        body = write(with_evidence, with_evidence=True)
    headers = {
        **SECURITY_HEADERS,
        "Content-Disposition": f'attachment; filename="{asked.name}.{wanted}"',
    }
    return Page(200, FILE_TYPES[wanted], body, headers)


def _choices(
    layout: Layout, asked: Question, given: Mapping[str, str], error: AmbiguousNameError
) -> list[tuple[str, str]]:
    found = []
    for curie in error.suggestions:
        slug = curie.partition(":")[2]
        iri = (COPD if curie.startswith("copd:") else COP) + slug
        found.append((label_of(layout.store, iri), _with(layout, asked, given, error.name, slug)))
    return found


def _near(
    layout: Layout, asked: Question, given: Mapping[str, str], error: UnknownEntityError
) -> list[tuple[str, str]]:
    return [
        (
            label_of(layout.store, iri) if iri.startswith("http") else iri,
            _with(layout, asked, given, error.name, _short(iri)),
        )
        for iri in error.suggestions
    ]


def _with(layout: Layout, asked: Question, given: Mapping[str, str], old: str, new: str) -> str:
    values = {name: new if value == old else value for name, value in given.items()}
    return layout.to(f"/questions/{asked.name}", **values)


def _short(iri: str) -> str:
    for base in (COPD, COP):
        if iri.startswith(base) and _is_slug(iri.removeprefix(base)):
            return iri.removeprefix(base)
    return iri


def _plain(message: str) -> str:
    """Say of a form what the command line says of an option."""
    return re.sub(r"--(\w)", r"\1", message)
