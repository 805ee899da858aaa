"""Exports: the whole dataset, or an answer, in the formats that others read.

RDF keeps every graph where the format can (TriG, N-Quads, JSON-LD); the other RDF formats hold the
default graph. CSV cells never start a formula in a spreadsheet.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any, Final

import pyoxigraph as ox

from cop_graph.errors import ExportError
from cop_graph.model import CLAIMS_COLUMN, Answer, Cell, Evidence, Reference
from cop_graph.namespaces import BASE, COP, PREFIXES, RDF, compact, is_iri, natural_key
from cop_graph.store import RDF_FORMATS, GraphStore, serialize

DATASET_FORMATS: Final = ("turtle", "trig", "ntriples", "nquads", "jsonld", "rdfxml", "csv")
ANSWER_FORMATS: Final = ("table", "csv", "tsv", "json", "xlsx")
_MOST_CELL_CHARS: Final = 32_767  # what a cell of a workbook holds
_CUT: Final = " … (cut: a cell holds no more; CSV and JSON hold all)"
_WITH_GRAPHS: Final = ("trig", "nquads", "jsonld")
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_TRIPLE: Final = ("subject", "predicate", "object")
_LINKS: Final = ("paragraph", "status", "bound", "unit", "inContextOf", "topic", "accordingTo")
_CLAIM_COLUMNS: Final = (
    "claim",
    "report",
    "paragraph",
    "subject",
    "subjectLabel",
    "relation",
    "object",
    "objectLabel",
    "status",
    "start",
    "end",
    "value",
    "bound",
    "unit",
    "context",
    "topic",
    "accordingTo",
    "anchor",
    "occurrence",
)


def export_dataset(store: GraphStore, format: str, *, base: str | None = None) -> bytes:
    """Export the whole dataset.

    Args:
        store: What to export.
        format: One of ``DATASET_FORMATS``. ``csv`` gives one row a claim.
        base: An IRI that takes the place of ``https://w3id.org/cop-graph/`` in every IRI of ours,
            for those who publish under an address of their own.

    Raises:
        ExportError: The format is unknown or the base is no IRI that ends in ``/``.
    """
    # Our terms have a # of their own, and an IRI has no more than one.
    if base is not None and not (base.endswith("/") and _is_whole_iri(f"{base}ontology#")):
        raise ExportError(f"--base is an IRI that ends in / and has no #, not {base!r}")
    if format == "csv":
        return claims_csv(store, base=base)
    if format not in DATASET_FORMATS:
        raise ExportError(f"no format {format!r}; there are {', '.join(DATASET_FORMATS)}")
    quads = store.iter_quads() if format in _WITH_GRAPHS else store.iter_quads(None)
    ordered = sorted(quads, key=str)
    if base is not None:
        ordered = [_rebased(quad, base) for quad in ordered]
    prefixes = {
        prefix: namespace.replace(BASE, base, 1) if base else namespace
        for prefix, namespace in PREFIXES.items()
    }
    items: Iterable[Any] = ordered
    if format not in _WITH_GRAPHS:
        items = [quad.triple for quad in ordered]
    return ox.serialize(items, format=RDF_FORMATS[format], prefixes=prefixes) or b""


def describe(store: GraphStore, iris: Iterable[str], format: str) -> bytes:
    """Give what the default graph says of some IRIs, each as a subject.

    Args:
        store: What is asked.
        iris: What is described; one that is no IRI is passed over.
        format: One of ``store.RDF_FORMATS``.
    """
    nodes = " ".join(str(ox.NamedNode(iri)) for iri in iris if _is_whole_iri(iri))
    return serialize(store.run(f"DESCRIBE {nodes}"), format) if nodes else b""


def claims_csv(store: GraphStore, *, base: str | None = None) -> bytes:
    """Give one row a claim with its qualifiers and evidence, for a spreadsheet."""
    rows = []
    claims = sorted(store.instances(COP + "Claim"), key=natural_key)
    links = [COP + name for name in _LINKS] + [RDF + name for name in _TRIPLE]
    store.prefetch(claims, links, [COP + "inReport"])
    for claim in claims:
        rows.append([_spreadsheet_cell(text) for text in _claim_cells(store, claim, base)])
    return _csv(_CLAIM_COLUMNS, rows)


def answer_json(answer: Answer, *, with_evidence: bool = False) -> str:
    """Give an answer as JSON: columns, rows, claims, parameters and scope."""
    rows = []
    for row in answer:
        cells: dict[str, Any] = {name: _json_cell(row[name]) for name in answer.columns}  # type: ignore[arg-type]
        cells[CLAIMS_COLUMN] = [compact(claim) for claim in _claims(row[CLAIMS_COLUMN])]
        if with_evidence:
            cells["evidence"] = [
                _json_evidence(answer.evidence[claim])
                for claim in _claims(row[CLAIMS_COLUMN])
                if claim in answer.evidence
            ]
        rows.append(cells)
    document = {
        "question": answer.question,
        "summary": answer.summary,
        "parameters": {name: _json_cell(cell) for name, cell in answer.parameters.items()},
        "columns": dict(answer.columns),
        "rows": rows,
        "scope": {
            "reports": list(answer.scope.reports),
            "paragraphs": answer.scope.paragraphs,
            "paragraphsWithClaims": answer.scope.paragraphs_with_claims,
            "claims": answer.scope.claims,
            "remarks": answer.scope.remarks,
            "version": answer.scope.version,
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def answer_csv(answer: Answer, *, with_evidence: bool = False) -> bytes:
    """Give an answer as CSV (RFC 4180): labels, and the claims as CURIEs in the last column.

    With evidence two more columns hold the paragraphs and the anchors.
    """
    columns = [
        *answer.columns,
        CLAIMS_COLUMN,
        *(["paragraphs", "anchors"] if with_evidence else []),
    ]
    return _csv(columns, [_text_cells(answer, row, with_evidence) for row in answer])


def answer_xlsx(answer: Answer, *, with_evidence: bool = False) -> bytes:
    """Give an answer as a workbook: labels as text, numbers as numbers, the scope on its own sheet.

    No cell is ever a formula.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": answer.summary, "comments": f"Searched: {answer.scope}."})
    head = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
    body = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("Answer")
    columns = [*answer.columns, CLAIMS_COLUMN]
    columns += ["paragraphs", "anchors"] if with_evidence else []
    widths = [len(name) for name in columns]
    sheet.write_row(0, 0, columns, head)
    for number, row in enumerate(answer, 1):
        texts = _raw_cells(answer, row, with_evidence)
        for place, text in enumerate(texts):
            value = row[columns[place]] if place < len(answer.columns) else None
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if is_number:
                sheet.write_number(number, place, value, body)
            else:
                sheet.write_string(number, place, _fitting(text), body)
            widths[place] = max(widths[place], len(text))
    for place, width in enumerate(widths):
        sheet.set_column(place, place, min(max(width, 8), 48) + 1)
    sheet.freeze_panes(1, 0)
    about = book.add_worksheet("Searched")
    about.set_column(0, 0, 16)
    about.set_column(1, 1, 90)
    for place, (name, text) in enumerate(_about(answer)):
        about.write_string(place, 0, name, head)
        about.write_string(place, 1, text, body)
    book.close()
    return buffer.getvalue()


def _fitting(text: str) -> str:
    """Give a text as a cell of a workbook holds it; what is too long says that it was cut."""
    if len(text) <= _MOST_CELL_CHARS:
        return text
    return text[: _MOST_CELL_CHARS - len(_CUT)] + _CUT


def _about(answer: Answer) -> list[tuple[str, str]]:
    bound = [(name, cell_text(cell)) for name, cell in answer.parameters.items()]
    note = [("note", answer.note)] if answer.note else []
    return [
        ("question", answer.summary),
        *bound,
        ("rows", str(len(answer))),
        ("searched", str(answer.scope)),
        *note,
    ]


def answer_tsv(answer: Answer, *, with_evidence: bool = False) -> bytes:
    """Give an answer as tab-separated values, cells as in CSV, tabs and line ends as spaces."""
    columns = [
        *answer.columns,
        CLAIMS_COLUMN,
        *(["paragraphs", "anchors"] if with_evidence else []),
    ]
    lines = [columns, *(_text_cells(answer, row, with_evidence) for row in answer)]
    text = "".join("\t".join(_tab_cell(cell) for cell in line) + "\n" for line in lines)
    return text.encode()


def _claims(cell: object) -> tuple[str, ...]:
    return cell if isinstance(cell, tuple) else ()


def _text_cells(answer: Answer, row: Any, with_evidence: bool) -> list[str]:
    return [_spreadsheet_cell(cell) for cell in _raw_cells(answer, row, with_evidence)]


def _raw_cells(answer: Answer, row: Any, with_evidence: bool) -> list[str]:
    claims = _claims(row[CLAIMS_COLUMN])
    cells = [cell_text(row[name]) for name in answer.columns]
    cells.append(" ".join(compact(claim) for claim in claims))
    if with_evidence:
        found = [answer.evidence[claim] for claim in claims if claim in answer.evidence]
        cells.append("; ".join(dict.fromkeys(entry.number for entry in found)))
        cells.append(" | ".join(" … ".join(entry.anchors) for entry in found))
    return cells


def cell_text(cell: object) -> str:
    """Give a cell as people read it; nothing for nothing.

    Example:
        >>> cell_text(None), cell_text(38890000.0), cell_text(True)
        ('', '38890000', 'yes')
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _json_cell(cell: Cell) -> Any:
    if isinstance(cell, Reference):
        return {"iri": cell.iri, "label": cell.label}
    return cell


def _json_evidence(entry: Evidence) -> dict[str, Any]:
    return {
        "claim": compact(entry.claim.iri),
        "report": entry.report.label,
        "paragraph": entry.number,
        "anchors": list(entry.anchors),
        "occurrence": entry.occurrence,
        "status": entry.status,
        "voices": list(entry.voices),
        "sentence": entry.sentence,
    }


def rows_csv(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    """Give rows of text as CSV (RFC 4180); no cell starts a formula in a spreadsheet."""
    return _csv(columns, [[_spreadsheet_cell(cell) for cell in row] for row in rows])


def _csv(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _spreadsheet_cell(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula; numbers stay.

    Example:
        >>> _spreadsheet_cell("=1+1"), _spreadsheet_cell("-5"), _spreadsheet_cell("a=b")
        ("'=1+1", '-5', 'a=b')
    """
    is_number = text[:1] in ("+", "-") and text[1:].replace(".", "", 1).isdecimal()
    return "'" + text if text.startswith(_FORMULA_STARTS) and not is_number else text


def _tab_cell(text: str) -> str:
    return _spreadsheet_cell(" ".join(text.split()))


def _claim_cells(store: GraphStore, claim: str, base: str | None) -> list[str]:
    def iri(text: str) -> str:
        return base + text.removeprefix(BASE) if base and text.startswith(BASE) else text

    def value(of: str, predicate: str) -> str:
        """Give what is said, or nothing: data that was never checked may leave it out."""
        return (store.value(of, predicate) if _is_whole_iri(of) else None) or ""

    def label(of: str) -> str:
        return value(of, PREFIXES["skos"] + "prefLabel")

    def labels(name: str) -> str:
        terms = store.objects(claim, COP + name)
        return "; ".join(sorted(label(term.value) or iri(term.value) for term in terms))

    subject, target = value(claim, RDF + "subject"), value(claim, RDF + "object")
    paragraph = value(claim, COP + "paragraph")
    report = value(paragraph, COP + "inReport")
    identifier = PREFIXES["dcterms"] + "identifier"
    return [
        iri(claim),
        value(report, identifier),
        value(paragraph, COP + "number") or value(paragraph, identifier),
        iri(subject),
        label(subject),
        label(value(claim, RDF + "predicate")),
        iri(target),
        label(target),
        labels("status"),
        *(value(claim, COP + name) for name in ("start", "end", "value")),
        *(labels(name) for name in ("bound", "unit", "inContextOf", "topic", "accordingTo")),
        " | ".join(sorted(term.value for term in store.objects(claim, COP + "anchor"))),
        value(claim, COP + "occurrence"),
    ]


def _is_whole_iri(text: str) -> bool:
    try:
        return is_iri(text) and bool(ox.NamedNode(text))
    except ValueError:
        return False


def _rebased(quad: ox.Quad, base: str) -> ox.Quad:
    graph = quad.graph_name
    return ox.Quad(
        _rebased_term(quad.subject, base),
        _rebased_term(quad.predicate, base),
        _rebased_term(quad.object, base),
        graph if isinstance(graph, ox.DefaultGraph) else _rebased_term(graph, base),
    )


def _rebased_term(term: Any, base: str) -> Any:
    if isinstance(term, ox.NamedNode) and term.value.startswith(BASE):
        return ox.NamedNode(base + term.value[len(BASE) :])
    if isinstance(term, ox.Literal) and term.datatype.value.startswith(BASE):
        return ox.Literal(term.value, datatype=_rebased_term(term.datatype, base))
    return term


__all__ = [
    "ANSWER_FORMATS",
    "DATASET_FORMATS",
    "answer_csv",
    "answer_json",
    "answer_tsv",
    "answer_xlsx",
    "cell_text",
    "claims_csv",
    "describe",
    "export_dataset",
    "rows_csv",
]
