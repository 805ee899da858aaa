"""Drawing: SVG written by us, text measured by us, so that the same picture is the same bytes.

Shapes carry their colours as attributes (for print) and a class (so that a page can darken them).
Text stays text. Whatever a name holds, it is written as characters and never as markup.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from cop_graph.palette import symbol

INK, SOFT, LINE, PAPER = "#1F2937", "#56606F", "#D5DAE1", "#FFFFFF"
LAND, BAND, PLAN = "#E6E9EE", "#F4F6F8", "#A34A00"
STRONG, WEAK = "#7FB8DB", "#BFDCEE"
"""Two tints of the blue of the palette."""
FONT: Final = "Arial, Helvetica, 'Liberation Sans', sans-serif"
"""Three families with the same widths: what is measured here fits wherever it is drawn."""
CLASSES: Final = {
    INK: "ink",
    SOFT: "soft",
    LINE: "rule",
    PAPER: "paper",
    LAND: "land",
    BAND: "band",
    PLAN: "plan",
    STRONG: "strong",
    WEAK: "weak",
    "#33475B": "tie",
    "#44475A": "tie",
}
PLAN_DASHES: Final = "5 4"

# Widths of U+0020 to U+007E in thousandths of the size, as in Liberation Sans (and so Arial).
_PLAIN: Final = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 "
    "556 556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 "
    "722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 "
    "556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 "
    "260 334 584"
)
_BOLD: Final = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 "
    "556 556 556 333 333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 "
    "722 778 667 778 722 667 611 722 667 944 667 667 611 333 278 333 584 556 333 556 611 556 611 "
    "556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 333 611 556 778 556 556 500 389 "
    "280 389 584"
)
_WIDTHS: Final = tuple(tuple(int(n) for n in text.split()) for text in (_PLAIN, _BOLD))
_PUNCTUATION: Final = {
    "·": 333,
    "¶": 537,
    "’": 222,
    "‘": 222,
    "“": 333,
    "”": 333,
    "–": 556,
    "—": 1000,
    "…": 1000,
}
_OTHER_WIDTH, _WIDE_WIDTH = 620, 1000
_DIRECTION_MARKS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e")
_ISOLATES: Final = frozenset("\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    r"""Give a text that is safe to draw on one line: legal in XML, no marks that turn others round.

    Example:
        >>> clean("a\x00b\u202ec\n d")
        'abc d'
    """
    kept = "".join(
        char
        for char in text
        if char.isspace()
        or (
            char not in _DIRECTION_MARKS
            and char not in _ISOLATES
            and unicodedata.category(char) not in ("Cc", "Cs")
            and ord(char) & 0xFFFE != 0xFFFE
        )
    )
    return " ".join(unicodedata.normalize("NFC", kept).split())


def escape(text: str) -> str:
    """Give a cleaned text as content or attribute value of XML."""
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(char, entity)
    return text.replace("'", "&#39;")


def number(value: float) -> str:
    """Give a coordinate with at most one digit after the point.

    Example:
        >>> number(3.04), number(-0.01), number(2.25)
        ('3', '0', '2.2')
    """
    text = f"{value:.1f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Measure a text in the unit of its size; other scripts are estimated, rather too wide."""
    widths = _WIDTHS[bold]
    total = 0
    for char in text:
        if " " <= char <= "~":
            total += widths[ord(char) - 32]
        elif char in _PUNCTUATION:
            total += _PUNCTUATION[char]
        elif unicodedata.combining(char):
            continue
        else:
            base = unicodedata.normalize("NFD", char)[0]
            if " " <= base <= "~":
                total += widths[ord(base) - 32]
            else:
                is_wide = unicodedata.east_asian_width(char) in "WF"
                total += _WIDE_WIDTH if is_wide else _OTHER_WIDTH
    return total * size / 1000


def _is_measured(text: str) -> bool:
    """Tell whether each width is known and not estimated, so that any typeface may be set to it."""
    return all(
        " " <= char <= "~"
        or char in _PUNCTUATION
        or " " <= unicodedata.normalize("NFD", char)[0] <= "~"
        for char in text
    )


def wrap(
    text: str, width: float, size: float, *, lines: int | None = None, bold: bool = False
) -> list[str]:
    """Break a text into lines of a width; where it needs more lines than given, an ellipsis."""
    made: list[str] = []
    for word in clean(text).split():
        for part in _pieces(word, width, size, bold):
            joined = f"{made[-1]} {part}" if made else part
            if made and text_width(joined, size, bold=bold) <= width:
                made[-1] = joined
            else:
                made.append(part)
    if lines is not None and len(made) > lines:
        made = [*made[: lines - 1], " ".join(made[lines - 1 :])]
        made[-1] = fit(made[-1] + " …", width, size, bold=bold)
    return made


def _pieces(word: str, width: float, size: float, bold: bool) -> Iterable[str]:
    """Cut a word that is wider than the line."""
    while text_width(word, size, bold=bold) > width and len(word) > 1:
        end = len(word) - 1
        while end > 1 and text_width(word[:end], size, bold=bold) > width:
            end -= 1
        yield word[:end]
        word = word[end:]
    yield word


def fit(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Shorten a text to a width, with an ellipsis in place of what is left out."""
    text = clean(text)
    if text_width(text, size, bold=bold) <= width:
        return text
    text = text.rstrip(" …")
    while text and text_width(text + "…", size, bold=bold) > width:
        text = text[:-1]
    return text.rstrip(" ,;:") + "…"


@dataclass
class Canvas:
    """What is drawn so far: elements of SVG in the order of drawing, later ones on top."""

    elements: list[str] = field(default_factory=list)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 12,
        fill: str = INK,
        bold: bool = False,
        italic: bool = False,
        anchor: str = "start",
        halo: bool = False,
        turned: float = 0,
    ) -> None:
        """Write one line; ``anchor`` is ``start``, ``middle`` or ``end``, ``turned`` in degrees."""
        attributes = f' x="{number(x)}" y="{number(y)}" font-size="{number(size)}"{_fill(fill)}'
        if bold:
            attributes += ' font-weight="700"'
        if italic:
            attributes += ' font-style="italic"'
        if anchor != "start":
            attributes += f' text-anchor="{anchor}"'
        if turned:
            attributes += f' transform="rotate({number(turned)} {number(x)} {number(y)})"'
        words = clean(words)
        if len(words) > 2 and _is_measured(words):
            exact = number(text_width(words, size, bold=bold))
            attributes += f' textLength="{exact}" lengthAdjust="spacingAndGlyphs"'
        content = escape(words)
        if halo:
            plain = attributes.replace(_fill(fill), "")
            self.elements.append(
                f'<text{plain} class="halo" fill="none" stroke="{PAPER}" stroke-width="3" '
                f'stroke-linejoin="round" aria-hidden="true">{content}</text>'
            )
        self.elements.append(f"<text{attributes}>{content}</text>")

    def lines(
        self, x: float, y: float, lines: Sequence[str], *, leading: float, **look: object
    ) -> None:
        """Write several lines below each other."""
        for row, line in enumerate(lines):
            self.text(x, y + row * leading, line, **look)  # type: ignore[arg-type]

    def line(
        self,
        ends: tuple[float, float, float, float],
        *,
        stroke: str = LINE,
        width: float = 1,
        dashed: bool = False,
    ) -> None:
        """Draw a straight line from ``(x1, y1)`` to ``(x2, y2)``."""
        x1, y1, x2, y2 = (number(value) for value in ends)
        self.elements.append(
            f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"{_stroke(stroke, width, dashed)}/>'
        )

    def box(
        self,
        place: tuple[float, float, float, float],
        *,
        fill: str = "none",
        stroke: str | None = None,
        width: float = 1,
        dashed: bool = False,
        radius: float = 0,
        opacity: float = 1,
    ) -> None:
        """Draw a rectangle at ``(x, y)`` of a width and height."""
        x, y, wide, high = (number(value) for value in place)
        attributes = f' rx="{number(radius)}"' if radius else ""
        attributes += _fill(fill)
        if opacity < 1:
            attributes += f' fill-opacity="{opacity:.2f}"'
        if stroke:
            attributes += _stroke(stroke, width, dashed)
        self.elements.append(f'<rect x="{x}" y="{y}" width="{wide}" height="{high}"{attributes}/>')

    def path(
        self,
        commands: str,
        *,
        fill: str = "none",
        stroke: str | None = None,
        width: float = 1,
        dashed: bool = False,
        opacity: float = 1,
    ) -> None:
        """Draw a path of SVG commands, which are ours and hold no text of anybody."""
        attributes = _fill(fill)
        if stroke:
            attributes += _stroke(stroke, width, dashed)
            attributes += ' stroke-linecap="round" stroke-linejoin="round"'
        if opacity < 1:
            attributes += f' opacity="{opacity:.2f}"'
        self.elements.append(f'<path d="{commands}"{attributes}/>')

    def sign(self, x: float, y: float, shape: str, colour: str, *, size: float = 14) -> None:
        """Draw the symbol of a kind around a point."""
        scale = size / 20
        corner = f"{number(x - size / 2)} {number(y - size / 2)}"
        drawn = symbol(shape, colour).replace("/>", f' stroke="{PAPER}" stroke-width="1.5"/>')
        name = f' class="{CLASSES[colour]}"' if colour in CLASSES else ""
        self.elements.append(
            f'<g{name} transform="translate({corner}) scale({scale:.3f})">{drawn}</g>'
        )

    def open_mark(self, key: str, words: str, claims: Sequence[str], *, plan: bool) -> None:
        """Begin a mark: a group that names the fact it stands for and the claims behind it."""
        name = "mark plan-mark" if plan else "mark"
        self.elements.append(
            f'<g class="{name}" data-fact="{escape(key)}" data-claims="{escape(" ".join(claims))}">'
            f"<title>{escape(clean(words))}</title>"
        )

    def open_name(self, thing: str, words: str) -> None:
        """Begin a name: a group that tells which thing is named: a CURIE, or ``year:2025``."""
        self.elements.append(
            f'<g class="name" data-thing="{escape(thing)}"><title>{escape(clean(words))}</title>'
        )

    def close_name(self) -> None:
        """End the name that was begun last."""
        self.elements.append("</g>")

    def close_mark(self) -> None:
        """End the mark that was begun last."""
        self.elements.append("</g>")


def _fill(colour: str) -> str:
    name = f' class="{CLASSES[colour]}"' if colour in CLASSES else ""
    return f'{name} fill="{colour}"'


def _stroke(colour: str, width: float, dashed: bool) -> str:
    made = f' stroke="{colour}" stroke-width="{number(width)}"'
    if colour in CLASSES:
        made = f' data-stroke="{CLASSES[colour]}"' + made
    if dashed:
        made += f' stroke-dasharray="{PLAN_DASHES}"'
    return made
