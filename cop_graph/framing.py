"""The frame that all pictures share: title above; legend, sources, notes and data version below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cop_graph.drawing import (
    FONT,
    INK,
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
from cop_graph.scenes import Scene, Sign, caption

MARGIN: Final = 44


def framed(scene: Scene) -> tuple[str, tuple[float, float]]:
    """Give the picture in its frame, and where the drawing with its legend begins and ends."""
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
    top = y - scene.height - 26 - 20
    y = _draw_legend(frame, scene.signs, y, wide)
    crop = (top, y - 10)
    y = _draw_sources(frame, scene.sources, y, wide)
    frame.line((MARGIN, y, MARGIN + wide, y))
    y += 20
    for note in (*scene.notes, caption(scene.scope), scene.credit):
        lines = wrap(note, min(wide, 1080), 11)
        frame.lines(MARGIN, y, lines, leading=15, size=11, fill=SOFT)
        y += 15 * len(lines) + (3 if lines else 0)
    size = f"{number(wide + 2 * MARGIN)} {number(y + MARGIN - 22)}"
    width, height = size.split()
    described = escape(clean(" ".join((scene.subtitle, *scene.notes, caption(scene.scope)))))
    svg = (
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
    return svg, crop


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
