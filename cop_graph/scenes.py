"""Scenes: what a picture shows, as a drawing and as facts, before it is framed.

A scene is computed once; each mark of the drawing is a fact with the claims behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cop_graph.drawing import PLAN, Canvas, clean, fit
from cop_graph.model import Evidence, Reference, Row, Scope
from cop_graph.namespaces import compact, natural_key
from cop_graph.palette import EDGE_STYLES, GREY, OTHER_STYLE

LISTED_ROOM: Final = 430.0
SILENCE_NOTE: Final = (
    "Drawn from what the reports say. Where nothing is drawn the reports say nothing; that does "
    "not mean that there is nothing."
)
PLAN_WORDS: Final = "planned, expected, proposed or explored: not a fact"


@dataclass(frozen=True, slots=True)
class Fact:
    """What one mark stands for.

    ``cells`` are the columns of the table below the picture, in the order of ``Scene.columns``;
    ``claims`` are CURIEs. A fact that no claim stands behind, such as that no place is said of an
    actor, names by CURIE what it is about: ``thing``.
    """

    key: str
    words: str
    status: str
    asserts: bool
    cells: tuple[str, ...]
    claims: tuple[str, ...]
    thing: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """An entry of the legend: ``form`` is a shape of the palette, ``line``, ``arc`` or ``box``."""

    form: str
    colour: str
    words: str
    dashed: bool = False
    hollow: bool = False


@dataclass(slots=True)
class Scene:
    """A picture before it is framed; the drawing has its origin in its own upper left corner.

    ``sources`` are lines that name paragraphs, ``credit`` says whose shapes are shown.
    """

    name: str
    title: str
    subtitle: str
    canvas: Canvas
    width: float
    height: float
    signs: list[Sign]
    columns: tuple[str, ...]
    facts: list[Fact]
    notes: list[str]
    scope: Scope
    sources: list[str] = field(default_factory=list)
    credit: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of the rows to be drawn: the words behind them, and who is of what kind.

    ``evidence`` is by CURIE of the claim; ``asserting`` holds the IRIs of the statuses that assert;
    ``styles`` gives name, colour and shape by IRI of the thing.
    """

    evidence: Mapping[str, Evidence]
    asserting: frozenset[str]
    styles: Mapping[str, tuple[str, str, str]]

    def asserts(self, row: Row) -> bool:
        """Tell whether a row is stated as a fact."""
        return iri(row["status"]) in self.asserting

    def paragraphs(self, claims: Iterable[str]) -> str:
        """Name the paragraphs of claims, each once, in natural order."""
        found = {self.evidence[claim].number for claim in claims if claim in self.evidence}
        return ", ".join(sorted(found, key=natural_key))

    def style(self, thing: str) -> tuple[str, str, str]:
        """Give the style of a thing by its IRI."""
        return self.styles.get(thing, OTHER_STYLE)


def claims_of(rows: Iterable[Row]) -> tuple[str, ...]:
    """Give the claims behind rows as CURIEs, each once, in natural order."""
    found = {compact(claim) for row in rows for claim in row["claims"] or ()}  # type: ignore[union-attr]
    return tuple(sorted(found, key=natural_key))


def label(cell: object) -> str:
    """Give a cell as text: a label, a value, or nothing."""
    return "" if cell is None else clean(str(cell))


def iri(cell: object) -> str:
    """Give the IRI of a cell, or nothing."""
    return cell.iri if isinstance(cell, Reference) else ""


def count(total: int, one: str, several: str | None = None) -> str:
    """Say how many.

    Example:
        >>> count(1, "tie"), count(2, "tie"), count(0, "state of matters", "states of matters")
        ('1 tie', '2 ties', '0 states of matters')
    """
    return f"{total} {one if total == 1 else several or one + 's'}"


def listed(names: Sequence[str], most: int) -> str:
    """Join names, long ones shortened, and say how many more there are."""
    shown = "; ".join(fit(name, LISTED_ROOM, 11) for name in names[:most])
    return f"{shown}; and {len(names) - most} more" if len(names) > most else shown


def caption(scope: Scope) -> str:
    """Say where a picture comes from: reports, how much they hold, version of the data."""
    from cop_graph import __version__

    return f"Source: {scope}. Drawn by cop-graph {__version__}."


def tie_signs(relations: Iterable[str]) -> list[Sign]:
    """Give the legend of ties; those that share a colour share an entry."""
    names: dict[str, list[str]] = {}
    for relation in sorted(set(relations)):
        colour, words = EDGE_STYLES.get(relation, (GREY, relation))
        names.setdefault(colour, []).append(words)
    return [Sign("line", colour, ", ".join(words)) for colour, words in names.items()]


PLAN_LINE: Final = Sign("line", PLAN, PLAN_WORDS, dashed=True)
PLAN_BOX: Final = Sign("box", PLAN, PLAN_WORDS, dashed=True, hollow=True)
