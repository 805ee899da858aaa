"""Scenes: what a picture shows, as a drawing and as facts, and the frame that all pictures share.

A scene is computed once. Title above, drawing, legend, what the picture does not show, the data and
its version below; each mark is a fact with the claims behind it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cop_graph.drawing import (
    FONT,
    INK,
    LINE,
    PAPER,
    PLAN,
    SOFT,
    Canvas,
    clean,
    escape,
    fit,
    number,
    text_width,
    wrap,
)
from cop_graph.errors import PictureError
from cop_graph.files import write_whole
from cop_graph.model import Evidence, Reference, Row, Scope
from cop_graph.namespaces import compact, natural_key
from cop_graph.palette import OTHER_STYLE

FORMATS: Final = ("html", "svg", "png", "pdf")
MARGIN: Final = 44
SILENCE_NOTE: Final = (
    "Drawn from what the reports say. Where nothing is drawn the reports say nothing; that does "
    "not mean that there is nothing."
)
PLAN_WORDS: Final = "planned, expected, proposed or explored: not a fact"


@dataclass(frozen=True, slots=True)
class Fact:
    """What one mark stands for.

    ``cells`` are the columns of the table below the picture, in the order of ``Scene.columns``;
    ``claims`` are CURIEs.
    """

    key: str
    words: str
    status: str
    asserts: bool
    cells: tuple[str, ...]
    claims: tuple[str, ...]


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
    """A picture before it is framed; the drawing has its origin in its own upper left corner."""

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
class Picture:
    """A finished picture.

    ``svg`` is the picture itself, on white, for print and for the screen; ``facts`` say in words
    what each mark stands for; ``evidence`` leads from each claim to its paragraph and words.
    """

    name: str
    title: str
    svg: str
    columns: tuple[str, ...]
    facts: tuple[Fact, ...]
    notes: tuple[str, ...]
    scope: Scope
    evidence: Mapping[str, Evidence]

    def html(self) -> str:
        """Give the picture as one page that shows the evidence and loads nothing."""
        from cop_graph.picture_page import picture_page

        return picture_page(self)

    def content(self, format: str) -> str | bytes:
        """Give the picture in a format, one of ``FORMATS``.

        Raises:
            PictureError: There is no such format, or the extra ``pictures`` is not installed.
        """
        if format == "html":
            return self.html()
        if format == "svg":
            return self.svg
        if format in ("png", "pdf"):
            from cop_graph.rendering import svg_to_pdf, svg_to_png

            if format == "png":
                return svg_to_png(self.svg)
            return svg_to_pdf(self.svg, title=clean(self.title))
        raise PictureError(f"no format {format!r}; there are {', '.join(FORMATS)}")

    def write(self, path: str | os.PathLike[str], *, format: str | None = None) -> None:
        """Write the picture, in a format or in the one that the ending of the path names.

        Raises:
            PictureError: The format is unknown, or the extra ``pictures`` is not installed.
            OutputError: The file cannot be written; what stood there is unchanged.
        """
        write_whole(path, self.content(format or format_of(path)))


def format_of(path: str | os.PathLike[str]) -> str:
    """Tell the format by the ending of a path.

    Raises:
        PictureError: The ending is none of ``FORMATS``.
    """
    ending = Path(path).suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        endings = ", ".join(f".{name}" for name in FORMATS)
        raise PictureError(
            f"{os.fspath(path)}: the ending names no format of a picture; "
            f"use one of {endings}, or say --format"
        )
    return ending


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
    """Join names, and say how many more there are."""
    shown = "; ".join(names[:most])
    return f"{shown}; and {len(names) - most} more" if len(names) > most else shown


def finish(scene: Scene, evidence: Mapping[str, Evidence]) -> Picture:
    """Frame a scene and give the picture.

    Args:
        scene: What is drawn.
        evidence: By CURIE of the claim.
    """
    return Picture(
        name=scene.name,
        title=scene.title,
        svg=_framed(scene),
        columns=scene.columns,
        facts=tuple(scene.facts),
        notes=(*scene.notes, SILENCE_NOTE),
        scope=scene.scope,
        evidence=evidence,
    )


def caption(scope: Scope) -> str:
    """Say where a picture comes from: reports, how much they hold, version of the data."""
    from cop_graph import __version__

    return f"Source: {scope}. Drawn by cop-graph {__version__}."


def _framed(scene: Scene) -> str:
    wide = scene.width
    frame = Canvas()
    title = wrap(scene.title, wide, 27, lines=2, bold=True)
    subtitle = wrap(scene.subtitle, wide, 13.5)
    y: float = MARGIN + 24
    frame.lines(MARGIN, y, title, leading=33, size=27, bold=True)
    y += 33 * (len(title) - 1) + 26
    frame.lines(MARGIN, y, subtitle, leading=19, size=13.5, fill=SOFT)
    y += 19 * (len(subtitle) - 1) + 24
    frame.elements.append(f'<g transform="translate({MARGIN} {number(y)})">')
    frame.elements.extend(scene.canvas.elements)
    frame.elements.append("</g>")
    y += scene.height + 26
    y = _draw_legend(frame, scene.signs, y, wide)
    y = _draw_sources(frame, scene.sources, y, wide)
    frame.line((MARGIN, y, MARGIN + wide, y))
    y += 20
    for note in (*scene.notes, SILENCE_NOTE, caption(scene.scope), scene.credit):
        lines = wrap(note, min(wide, 1080), 11)
        frame.lines(MARGIN, y, lines, leading=15, size=11, fill=SOFT)
        y += 15 * len(lines) + (3 if lines else 0)
    size = f"{number(wide + 2 * MARGIN)} {number(y + MARGIN - 22)}"
    width, height = size.split()
    described = escape(clean(" ".join((scene.subtitle, *scene.notes, caption(scene.scope)))))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {size}" role="img" aria-labelledby="picture-title picture-description" '
        f'font-family="{FONT}" text-rendering="geometricPrecision">\n'
        f'<title id="picture-title">{escape(clean(scene.title))}</title>\n'
        f'<desc id="picture-description">{described}</desc>\n'
        f'<rect class="paper" width="{width}" height="{height}" fill="{PAPER}"/>\n'
        + "\n".join(frame.elements)
        + "\n</svg>\n"
    )


def _draw_legend(frame: Canvas, signs: Sequence[Sign], y: float, wide: float) -> float:
    """Draw the legend in rows; give where the next part begins."""
    if not signs:
        return y
    x: float = MARGIN
    for sign in signs:
        width = 34 + text_width(sign.words, 12) + 26
        if x > MARGIN and x + width > MARGIN + wide:
            x, y = MARGIN, y + 23
        _draw_sign(frame, sign, x, y)
        frame.text(x + 34, y + 4, sign.words, size=12, fill=PLAN if sign.dashed else INK)
        x += width
    return y + 30


def _draw_sign(frame: Canvas, sign: Sign, x: float, y: float) -> None:
    if sign.form == "line":
        frame.line((x, y, x + 26, y), stroke=sign.colour, width=2.4, dashed=sign.dashed)
    elif sign.form == "box":
        frame.box(
            (x + 2, y - 7, 22, 14),
            fill="none" if sign.hollow else sign.colour,
            stroke=PLAN if sign.dashed else sign.colour,
            width=1.5,
            dashed=sign.dashed,
            radius=2,
        )
    else:
        frame.sign(x + 13, y, sign.form, sign.colour, size=16)


def _draw_sources(frame: Canvas, sources: Sequence[str], y: float, wide: float) -> float:
    """Draw the numbered list of what says so, in three columns; give where the next part begins."""
    if not sources:
        return y
    frame.line((MARGIN, y, MARGIN + wide, y))
    y += 20
    frame.text(MARGIN, y, "What says so (paragraphs of the report)", size=12, bold=True)
    y += 19
    columns = 3
    rows = -(-len(sources) // columns)
    gap = 24
    width = (wide - gap * (columns - 1)) / columns
    for place, source in enumerate(sources):
        column, row = divmod(place, rows)
        frame.text(
            MARGIN + column * (width + gap), y + row * 15.5, fit(source, width, 10.5), size=10.5
        )
    return y + rows * 15.5 + 8


def legend_line(colour: str, words: str) -> Sign:
    """Give the entry of a kind of tie."""
    return Sign("line", colour, words)


PLAN_LINE: Final = Sign("line", PLAN, PLAN_WORDS, dashed=True)
PLAN_BOX: Final = Sign("box", PLAN, PLAN_WORDS, dashed=True, hollow=True)
__all__ = [
    "FORMATS",
    "LINE",
    "PLAN_BOX",
    "PLAN_LINE",
    "Fact",
    "Picture",
    "Scene",
    "Sign",
    "caption",
    "claims_of",
    "count",
    "finish",
    "format_of",
    "iri",
    "label",
    "listed",
]
