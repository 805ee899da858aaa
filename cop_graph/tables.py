"""Words and tables for people: fitted and coloured on a terminal, plain and stable in a pipe."""

from __future__ import annotations

import io
import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from cop_graph.exports import cell_text
from cop_graph.model import CLAIMS_COLUMN, Answer, Evidence, Row
from cop_graph.namespaces import compact

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
        parts.append(f"{number}. " + "; ".join(named))
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
    return f"{entry.number} ({entry.status}{voices}) {quoted(entry)} [{compact(entry.claim.iri)}]"


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
    """Fold line ends and take out what would move a terminal's cursor."""
    return "".join(
        char for char in " ".join(text.split()) if unicodedata.category(char) not in ("Cc", "Cf")
    )


def _width(text: str) -> int:
    """Count the columns a text takes on a terminal (UAX 11; combining marks take none)."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
