"""The values that pass between the modules: frozen, comparable, without behaviour of their own.

An answer is what a question gives: rows of cells, the claims behind each row, and the scope that
was searched, so that an empty answer still says what it looked through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A piece of the text of a report.

    ``identifier`` is the printed number with hyphens (``5-5``) or what stands in for it;
    ``kind`` is the local name of a paragraph kind; ``text`` is normalised (see ``reports``).
    """

    identifier: str
    kind: str
    text: str
    line: int
    under: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A report as read from a file: its paragraphs in the order of the text."""

    path: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A cell that stands for something with an IRI; prints as its label."""

    iri: str
    label: str

    def __str__(self) -> str:
        return self.label


Cell = Reference | str | int | float | bool | None
"""One value of an answer. Dates stay text, because reports give years, months and days alike."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a claim or remark is said: paragraph, anchor phrases, and how firmly."""

    claim: Reference
    paragraph: Reference
    number: str
    report: Reference
    anchors: tuple[str, ...]
    occurrence: int | None
    status: str
    voices: tuple[str, ...] = ()
    sentence: str | None = None


class Row:
    """One row of an answer: each column is an attribute, ``claims`` the evidence behind it."""

    __slots__ = ("_cells",)

    def __init__(self, cells: Mapping[str, Cell | tuple[str, ...]]) -> None:
        self._cells = dict(cells)

    @classmethod
    def of(cls, cells: dict[str, Cell | tuple[str, ...]]) -> Row:
        """Give a row that takes over a mapping which nobody else will change."""
        row = cls.__new__(cls)
        row._cells = cells
        return row

    def __getattr__(self, name: str) -> Cell | tuple[str, ...]:
        if name.startswith("_"):  # copy and pickle ask for such names before there are cells
            raise AttributeError(name)
        try:
            return self._cells[name]
        except KeyError:
            columns = ", ".join(self._cells)
            raise AttributeError(f"no column {name!r}; the columns are {columns}") from None

    def __getitem__(self, name: str) -> Cell | tuple[str, ...]:
        return self._cells[name]

    def __iter__(self) -> Iterator[Cell | tuple[str, ...]]:
        return iter(self._cells.values())

    def __len__(self) -> int:
        return len(self._cells)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and self._cells == other._cells

    def __hash__(self) -> int:
        return hash(frozenset(self._cells.items()))

    def __repr__(self) -> str:
        return f"Row({', '.join(f'{name}={cell!r}' for name, cell in self._cells.items())})"

    def as_dict(self) -> dict[str, Cell | tuple[str, ...]]:
        """Give the row as a mapping from column to cell, in the order of the columns."""
        return dict(self._cells)


MOST_NAMED_REPORTS: Final = 20
"""So many reports are told by name; of more than that the question ``reports`` gives the list."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an answer was searched in: the reports, how much they hold, and which data it was."""

    reports: tuple[str, ...]
    paragraphs: int
    paragraphs_with_claims: int
    claims: int
    remarks: int
    version: str

    @property
    def names(self) -> str:
        """The reports by name; where they are too many to read, how many."""
        if len(self.reports) > MOST_NAMED_REPORTS:
            return f"{len(self.reports):,} reports"
        return "; ".join(self.reports) or "no report"

    def __str__(self) -> str:
        return (
            f"{self.names}: {self.claims} claims and {self.remarks} remarks on "
            f"{self.paragraphs_with_claims} of {self.paragraphs} paragraphs, data {self.version}"
        )


CLAIMS_COLUMN: Final = "claims"
"""The column in which a query gives the IRIs of the claims and remarks behind a row."""


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What a question gives: iterable rows, with the scope that was searched.

    ``columns`` maps the shown columns to their kinds; each row has besides a tuple ``claims`` of
    IRIs. ``parameters`` holds what was bound, by name.
    """

    question: str
    summary: str
    columns: Mapping[str, str]
    rows: Sequence[Row]
    parameters: Mapping[str, Cell]
    scope: Scope
    note: str | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Answer({self.question!r}, {len(self.rows)} rows, data {self.scope.version})"

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __bool__(self) -> bool:
        return bool(self.rows)
