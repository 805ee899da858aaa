"""Words and tables for people: fitted and coloured on a terminal, plain and stable in a pipe."""

from __future__ import annotations

import io
import shutil
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from cop_graph.exports import cell_text
from cop_graph.model import CLAIMS_COLUMN, Answer, Evidence, Row
from cop_graph.namespaces import compact

if TYPE_CHECKING:
    from cop_graph.coverage import Coverage

MARKS: Final = ("«", "»")
"""What stands around an anchor within its sentence."""


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, fit: bool = False) -> str:
    """Give rows as a text table.

    Args:
        columns: The headings.
        rows: Cells as text, as many as columns.
        fit: Whether to wrap cells to the width of the terminal; nothing is cut off either way.
    """
    if fit:
        return _fitted(columns, rows)
    cells = [list(columns), *([_one_line(cell) for cell in row] for row in rows)]
    widths = [max(_width(row[n]) for row in cells) for n in range(len(columns))]
    lines = [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines) + "\n"


def answer_table(answer: Answer, *, fit: bool = False, with_evidence: bool = False) -> str:
    """Give an answer as a table; with evidence, each row is followed by the words that say so."""
    columns = [spaced(name) for name in answer.columns]
    rows = [[cell_text(row[name]) for name in answer.columns] for row in answer]
    # A column that is empty in every row says nothing; leaving it out keeps the table readable.
    filled = [n for n in range(len(columns)) if any(row[n] for row in rows)]
    columns = [columns[n] for n in filled]
    rows = [[row[n] for n in filled] for row in rows]
    if not with_evidence:
        return table(columns, rows, fit=fit)
    parts = []
    for number, (cells, row) in enumerate(zip(rows, answer, strict=True), 1):
        named = [f"{column}: {cell}" for column, cell in zip(columns, cells, strict=True) if cell]
        parts.append(f"{number}. {_one_line('; '.join(named))}")
        parts += [f"   {line}" for line in evidence_lines(answer.evidence, row)]
    return "\n".join(parts) + "\n"


def evidence_lines(evidence: dict[str, Evidence] | object, row: Row) -> Iterator[str]:
    """Give one line a claim behind a row: paragraph, status, words, and the claim itself."""
    claims = row[CLAIMS_COLUMN]
    for claim in claims if isinstance(claims, tuple) else ():
        entry = evidence.get(claim) if isinstance(evidence, dict) else None
        if entry is not None:
            yield evidence_line(entry)


def evidence_line(entry: Evidence) -> str:
    """Give one line: paragraph, status, words, and the claim itself."""
    voices = f", according to {', '.join(entry.voices)}" if entry.voices else ""
    return _one_line(
        f"{entry.number} ({entry.status}{voices}) {quoted(entry)} [{compact(entry.claim.iri)}]"
    )


def quoted(entry: Evidence) -> str:
    """Give the sentence with its anchors marked, or the anchors alone where no text is at hand."""
    left, right = MARKS
    if entry.sentence is None:
        return " … ".join(f"{left}{anchor}{right}" for anchor in entry.anchors)
    text = entry.sentence
    for anchor in sorted(entry.anchors, key=len, reverse=True):
        at = text.find(anchor)
        if at >= 0:
            text = f"{text[:at]}{left}{anchor}{right}{text[at + len(anchor) :]}"
    return text


def coverage_text(result: Coverage, *, fit: bool = False, show_all: bool = False) -> str:
    """Give a coverage as tables: sentences, claims by status, remarks by kind, themes."""
    carrying = sum(one.records > 0 for one in result.sentences)
    explained = sum(one.reason is not None for one in result.sentences)
    parts = [
        f"{result.report}: {len(result.sentences)} sentences, {carrying} with a claim or remark, "
        f"{explained} without and the reason is given, {len(result.forgotten)} forgotten.\n",
        table(["claims by status", "count"], _pairs(result.statuses, result.claims), fit=fit),
        table(["remarks by kind", "count"], _pairs(result.kinds, result.remarks), fit=fit),
        table(["named in the report", "count"], _pairs(result.things, None), fit=fit),
        table(
            ["paragraph", "themes"],
            [[name, ", ".join(themes)] for name, themes in result.themes.items()],
            fit=fit,
        ),
    ]
    shown = [one for one in result.sentences if show_all or not one.records]
    rows = [
        [one.paragraph, str(one.number), str(one.words), str(one.records), one.reason or ""]
        for one in shown
    ]
    heads = ["paragraph", "sentence", "words", "records", "reason for none"]
    parts.append(table(heads, rows, fit=fit))
    parts += [f"forgotten: {one.paragraph} sentence {one.number}\n" for one in result.forgotten]
    parts += [f"a reason is given and not needed: {one}\n" for one in result.stale_reasons]
    parts += [f"in no claim or remark: {one}\n" for one in result.things_without_record]
    return "\n".join(parts)


def _pairs(counts: Mapping[str, int], total: int | None) -> list[list[str]]:
    rows = [[name, str(count)] for name, count in counts.items()]
    return rows if total is None else [*rows, ["all", str(total)]]


def printable(text: str) -> str:
    r"""Give a text as one line, without what would move a terminal's cursor.

    Example:
        >>> printable("two\nlines, \x1b[31mred")
        'two lines, [31mred'
    """
    line = " ".join(text.splitlines()).expandtabs(1)
    return "".join(char for char in line if unicodedata.category(char) not in ("Cc", "Cf"))


def spaced(name: str) -> str:
    """Give a column name in words.

    Example:
        >>> spaced("claimCount")
        'claim count'
    """
    return "".join(f" {char.lower()}" if char.isupper() else char for char in name)


def _fitted(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(_one_line(cell)) for cell in row))
    buffer = io.StringIO()
    width = shutil.get_terminal_size().columns
    Console(file=buffer, width=width, force_terminal=True).print(drawn)
    return buffer.getvalue()


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _width(text: str) -> int:
    """Count the columns a text takes on a terminal (UAX 11; combining marks take none)."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
