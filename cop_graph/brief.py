"""Briefs: one thing on one or two pages, every sentence with the paragraphs that say so.

A brief is made of claims and remarks alone; what has no paragraph behind it is not in it. Plans
stand apart from facts. Made once, written as HTML, Markdown, DOCX or PDF.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cop_graph.errors import ExportError
from cop_graph.model import Evidence, Reference, Row, Scope
from cop_graph.names import label_of
from cop_graph.namespaces import COP, compact
from cop_graph.statements import (
    SECTIONS,
    Grammar,
    Statement,
    claims_of,
    date_words,
    dated,
    identity,
    listed,
    sections,
)

if TYPE_CHECKING:
    from cop_graph.graph import Graph

BRIEF_TYPES: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}
MOST_LINES: Final = 6
"""How many lines a section has at the most; how many more there are is said."""
MOST_ON_MAP: Final = 12
PROPERTY_CHARS: Final = 255
"""No property of a DOCX may be longer."""
MOST_MARKS: Final = 3
NOT_FACTS: Final = "Planned, expected or proposed: not facts"
_SECTIONS_SHOWN: Final = tuple(name for name in SECTIONS if name not in ("life", "frame"))


@dataclass(frozen=True, slots=True)
class Source:
    """A numbered citation: a paragraph of a report, and the words in it that are built on.

    ``claims`` gives the IRI of a claim or remark for each of the ``anchors``.
    """

    number: int
    paragraph: Reference
    report: Reference
    anchors: tuple[str, ...]
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BriefLine:
    """A sentence, and the numbers of its sources; there is at least one.

    ``claims`` gives the IRIs of the claims and remarks behind each of the ``sources``.
    """

    text: str
    sources: tuple[int, ...]
    claims: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class BriefSection:
    """A heading with its lines; ``more`` tells how many lines were left out."""

    title: str
    lines: tuple[BriefLine, ...]
    more: int
    is_fact: bool


@dataclass(frozen=True, slots=True)
class Brief:
    """What is known of one thing, in the order in which a reader wants it.

    ``ties`` are those that it is tied to: label with citation, and whether the tie is a fact.
    """

    entity: Reference
    what: str
    sections: tuple[BriefSection, ...]
    ties: tuple[tuple[str, bool], ...]
    sources: tuple[Source, ...]
    scope: Scope


def brief_of(graph: Graph, name: str) -> Brief:
    """Make a brief of a thing or concept.

    Args:
        graph: What is asked.
        name: Label, alias, CURIE or IRI.

    Raises:
        UnknownEntityError: Nothing has that name; suggests near ones.
    """
    profile = graph.show(name)
    grammar = Grammar(graph.store)
    facts = grammar.statements(profile.facts, profile.entity.iri)
    unsure = grammar.statements(profile.plans, profile.entity.iri)
    citing = _Citing(profile.evidence)
    found = [
        _section(SECTIONS[part], _merged(lines), citing, is_fact=True)
        for part, lines in sections(facts).items()
        if part in _SECTIONS_SHOWN
    ]
    found.append(_section("When", _told(dated(facts)), citing, is_fact=True))
    frame = sections(facts).get("frame", [])
    found.append(_section(SECTIONS["frame"], _merged(frame), citing, is_fact=True))
    planned = [one for one in unsure if not one.negated]
    found.append(_section(NOT_FACTS, _merged(planned, with_status=True), citing, is_fact=False))
    negated = [one for one in unsure if one.negated]
    found.append(_section("Said not to have happened", _merged(negated), citing, is_fact=False))
    own = [row for row in profile.remarks if "says it" in str(row["part"])]
    others = [row for row in profile.remarks if row not in own]
    found.append(_section("In its own voice", _remarks(own), citing, is_fact=True))
    found.append(_section("What is said of it", _remarks(others), citing, is_fact=True))
    ties = _ties(facts, planned, citing)
    kind = graph.store.value(profile.entity.iri, COP + "kind")
    return Brief(
        entity=profile.entity,
        what=identity(profile, label_of(graph.store, kind) if kind else None),
        sections=tuple(one for one in found if one.lines),
        ties=ties,
        sources=citing.sources(),
        scope=profile.scope,
    )


def write_brief(brief: Brief, format: str) -> bytes:
    """Write a brief.

    Args:
        brief: What is written.
        format: One of ``BRIEF_TYPES``.

    Raises:
        ExportError: The format is unknown.
    """
    writers = {"md": _markdown, "html": _html, "docx": _docx, "pdf": _pdf}
    if format not in writers:
        raise ExportError(f"no format {format!r}; there are {', '.join(writers)}")
    return writers[format](brief)


class _Citing:
    """Numbers paragraphs in the order in which they are first cited."""

    def __init__(self, evidence: Mapping[str, Evidence]) -> None:
        self._evidence = evidence
        self._cited: dict[tuple[Reference, Reference], dict[str, str]] = {}

    def numbers(self, claims: Iterable[str]) -> dict[int, list[str]]:
        """Give the numbers of the paragraphs of claims, in order, each with its claims."""
        found: dict[int, list[str]] = {}
        for claim in claims:
            entry = self._evidence.get(claim)
            if entry is None or not entry.paragraph.iri:
                continue
            key = (entry.report, entry.paragraph)
            anchors = self._cited.setdefault(key, {})
            for anchor in entry.anchors:
                anchors.setdefault(anchor, claim)
            found.setdefault(list(self._cited).index(key) + 1, []).append(claim)
        return dict(sorted(found.items()))

    def sources(self) -> tuple[Source, ...]:
        return tuple(
            Source(number, paragraph, report, tuple(anchors), tuple(anchors.values()))
            for number, ((report, paragraph), anchors) in enumerate(self._cited.items(), 1)
        )


def _section(
    title: str, lines: Sequence[tuple[str, Sequence[str]]], citing: _Citing, *, is_fact: bool
) -> BriefSection:
    cited = []
    for text, claims in lines[:MOST_LINES]:
        numbers = citing.numbers(claims)
        if numbers:
            cited.append(BriefLine(text, tuple(numbers), tuple(map(tuple, numbers.values()))))
    return BriefSection(title, tuple(cited), max(len(lines) - MOST_LINES, 0), is_fact)


def _merged(
    statements: Sequence[Statement], *, with_status: bool = False
) -> list[tuple[str, list[str]]]:
    """Give lines as sentences; those that differ in one name only become one sentence."""
    alike: dict[tuple[object, ...], list[Statement]] = {}
    for number, one in enumerate(statements):
        is_short = len(one.parts) == 2 and one.key == one.parts[-1]
        lead = one.parts[0] if is_short else number
        alike.setdefault((lead, one.tail, one.status, one.voices), []).append(one)
    merged = []
    for some in alike.values():
        first = some[0]
        if len(some) > 1:
            names = listed(list(dict.fromkeys(str(one.key) for one in some)))
            text = f"{first.parts[0]}{names}{''.join(first.tail)}"
        else:
            text = first.text
        if first.voices:
            text += f", according to {first.voices}"
        if with_status:
            text += f" ({first.status})"
        merged.append((_sentence(text), [claim for one in some for claim in one.claims]))
    return merged


def _told(statements: Sequence[Statement]) -> list[tuple[str, list[str]]]:
    return [
        (_sentence(f"{date_words(str(one.start))}: {one.text}"), list(one.claims))
        for one in statements
    ]


def _remarks(rows: Sequence[Row]) -> list[tuple[str, list[str]]]:
    return [
        (_sentence(f"{str(row['kind']).capitalize()}: {row['remark']}"), list(claims_of(row)))
        for row in rows
    ]


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _ties(
    facts: Sequence[Statement], planned: Sequence[Statement], citing: _Citing
) -> tuple[tuple[str, bool], ...]:
    """Give the actors at the other end with their citations, a fact before a plan, each once."""
    found: dict[Reference, tuple[bool, list[str]]] = {}
    for is_fact, some in ((True, facts), (False, planned)):
        for one in sections(some).get("actors", []):
            if one.key is not None:
                known = found.setdefault(one.key, (is_fact, []))
                if known[0] == is_fact:
                    known[1].extend(one.claims)
    ties = []
    for number, (other, (is_fact, claims)) in enumerate(found.items()):
        cited = marks(list(citing.numbers(claims))[:MOST_MARKS]) if number < MOST_ON_MAP else ""
        ties.append((f"{other.label} {cited}".strip(), is_fact))
    return tuple(ties)


def more_words(section: BriefSection) -> str:
    """Say how many lines were left out."""
    return f"{section.more} more in the graph" if section.more else ""


def source_words(brief: Brief, source: Source) -> str:
    """Give a citation: paragraph, the words, and the report where there is more than one."""
    quoted = "; ".join(f"«{anchor}»" for anchor in source.anchors)
    is_alone = len({one.report for one in brief.sources}) == 1
    report = "" if is_alone else f", {source.report.label}"
    return f"Paragraph {source.paragraph.label}{report}: {quoted}"


def source_heading(brief: Brief) -> str:
    """Head the citations, with the report where there is one only."""
    reports = list(dict.fromkeys(one.report.label for one in brief.sources))
    return f"Sources: {reports[0]}" if len(reports) == 1 else "Sources"


def scope_words(brief: Brief) -> str:
    """Say what was searched, and that silence is no denial."""
    return (
        f"Searched: {brief.scope}. What is not here, the reports do not say; that is not to say "
        "that there is nothing."
    )


def map_words(brief: Brief) -> str:
    """Tell the picture in words, for its caption and for those who do not see it."""
    facts = [label for label, is_fact in brief.ties[:MOST_ON_MAP] if is_fact]
    plans = [label for label, is_fact in brief.ties[:MOST_ON_MAP] if not is_fact]
    parts = [f"{brief.entity.label} is tied to {listed(facts)}"] if facts else []
    parts += [f"not as a fact (dashed): {listed(plans)}"] if plans else []
    rest = len(brief.ties) - MOST_ON_MAP
    parts += [f"{rest} more are not drawn"] if rest > 0 else []
    return "; ".join(parts) + ". The sentences on these pages say how, with their paragraphs."


def map_png(brief: Brief, *, scale: int = 3) -> bytes | None:
    """Draw whom the thing is tied to, as a star; ``None`` where it is tied to nobody."""
    import math

    from PIL import Image, ImageDraw, ImageFont

    ties = brief.ties[:MOST_ON_MAP]
    if not ties:
        return None
    width, height = 640 * scale, (190 + 11 * len(ties)) * scale
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(12 * scale)
    bold = ImageFont.load_default(14 * scale)
    centre = (width / 2, height / 2)
    for number, (label, is_fact) in enumerate(ties):
        angle = 2 * math.pi * (number + 0.5) / len(ties) - math.pi / 2
        end = (
            centre[0] + width * 0.24 * math.cos(angle),
            centre[1] + height * 0.40 * math.sin(angle),
        )
        colour = "#14505f" if is_fact else "#c88a3a"
        _draw_tie(draw, centre, end, colour, scale, is_dashed=not is_fact)
        dot = 5 * scale
        draw.ellipse((end[0] - dot, end[1] - dot, end[0] + dot, end[1] + dot), fill=colour)
        text = _wrapped(label, 25)
        lies_right = math.cos(angle) >= 0
        draw.multiline_text(
            (end[0] + (9 if lies_right else -9) * scale, end[1]),
            text,
            fill="#1c2226",
            font=font,
            anchor="lm" if lies_right else "rm",
            align="left" if lies_right else "right",
        )
    text = _wrapped(brief.entity.label, 20)
    box = draw.multiline_textbbox(centre, text, font=bold, anchor="mm", align="center")
    pad = 9 * scale
    draw.rounded_rectangle(
        (box[0] - pad, box[1] - pad, box[2] + pad, box[3] + pad), 8 * scale, fill="#14505f"
    )
    draw.multiline_text(centre, text, fill="white", font=bold, anchor="mm", align="center")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _draw_tie(
    draw: Any,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str,
    scale: int,
    *,
    is_dashed: bool,
) -> None:
    steps = 24 if is_dashed else 1
    for n in range(0, steps, 2):
        share = (n / steps, min((n + 1) / steps, 1.0))
        points = [
            (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
            for part in share
        ]
        draw.line([*points[0], *points[1]], fill=colour, width=2 * scale)


def _wrapped(text: str, width: int) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width)) or text


def marks(numbers: Sequence[int]) -> str:
    """Give the numbers of citations as they stand behind a sentence."""
    return "".join(f"[{number}]" for number in numbers)


def _markdown(brief: Brief) -> bytes:
    lines = [f"# {_escaped(brief.entity.label)}", "", _escaped(brief.what.capitalize()), ""]
    for section in brief.sections:
        lines += [f"## {section.title}", ""]
        lines += [
            f"- {_escaped(one.text)} {''.join(f'[^{number}]' for number in one.sources)}"
            for one in section.lines
        ]
        lines += ["", f"({more_words(section)})"] if section.more else []
        lines.append("")
    lines += [f"## {_escaped(source_heading(brief))}", ""]
    lines += [f"[^{one.number}]: {_escaped(source_words(brief, one))}" for one in brief.sources]
    lines += ["", _escaped(scope_words(brief)), ""]
    lines += [f"Identifier: `{compact(brief.entity.iri)}`", ""]
    return "\n".join(lines).encode()


def _escaped(text: str) -> str:
    r"""Keep Markdown from taking signs in a text for its own.

    Example:
        >>> _escaped("<b> and *c* in [d]")
        '&lt;b> and \\*c\\* in \\[d\\]'
        >>> _escaped("1. see www.other.example")
        '1\\. see www\\.other.example'
    """
    text = " ".join(text.split()).replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;")
    text = "".join(f"\\{char}" if char in "*_`[]#|~$@" else char for char in text)
    text = text.replace("://", ":\\//").replace("www.", "www\\.")  # some make these links
    return re.sub(r"^(\d*)([-+>=.)])", r"\1\\\2", text)


def _html(brief: Brief) -> bytes:
    import base64
    from html import escape

    picture = map_png(brief)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(brief.entity.label)}</title></head><body>",
        f"<h1>{escape(brief.entity.label)}</h1><p>{escape(brief.what.capitalize())}</p>",
    ]
    if picture:
        address = base64.b64encode(picture).decode()
        words = escape(map_words(brief))
        parts.append(
            f'<figure><img width="640" alt="{words}" src="data:image/png;base64,{address}">'
            f"<figcaption>{words}</figcaption></figure>"
        )
    for section in brief.sections:
        parts.append(f"<h2>{escape(section.title)}</h2><ul>")
        for one in section.lines:
            marks = "".join(f'<a href="#source-{n}">[{n}]</a>' for n in one.sources)
            parts.append(f"<li>{escape(one.text)} <sup>{marks}</sup></li>")
        parts.append("</ul>")
        parts.append(f"<p>({more_words(section)})</p>" if section.more else "")
    parts.append(f"<h2>{escape(source_heading(brief))}</h2><ol>")
    parts += [
        f'<li id="source-{one.number}">{escape(source_words(brief, one))}</li>'
        for one in brief.sources
    ]
    parts.append(f"</ol><p>{escape(scope_words(brief))}</p></body></html>")
    return "\n".join(part for part in parts if part).encode() + b"\n"


def _docx(brief: Brief) -> bytes:
    from docx import Document
    from docx.shared import Cm, Pt, RGBColor

    document = Document()
    for part in document.sections:
        part.left_margin = part.right_margin = Cm(2.2)
        part.top_margin = part.bottom_margin = Cm(1.8)
    normal = document.styles["Normal"]
    normal.font.name = "Calibri"
    normal.font.size = Pt(10)
    normal.paragraph_format.space_after = Pt(1)
    properties = document.core_properties
    properties.title = _plain(brief.entity.label)[:PROPERTY_CHARS]
    properties.author = "COP Graph"
    properties.comments = _plain(f"Data version {brief.scope.version}")
    document.add_heading(_plain(brief.entity.label), 0)
    document.add_paragraph(_plain(brief.what.capitalize()))
    picture = map_png(brief)
    if picture:
        document.add_picture(io.BytesIO(picture), width=Cm(11.5))
        shape = document.inline_shapes[-1]._inline.docPr
        shape.set("descr", _plain(map_words(brief)))
        caption = document.add_paragraph().add_run(_plain(map_words(brief)))
        caption.italic = True
        caption.font.size = Pt(8)
    for section in brief.sections:
        heading = document.add_heading(section.title, 2)
        if not section.is_fact:
            heading.runs[0].font.color.rgb = RGBColor(0x8A, 0x4B, 0x00)
        for one in section.lines:
            line = document.add_paragraph(_plain(one.text) + " ", style="List Bullet")
            line.add_run(marks(one.sources)).font.size = Pt(8)
        if section.more:
            document.add_paragraph(f"({more_words(section)})")
    document.add_heading(_plain(source_heading(brief)), 2)
    for source in brief.sources:
        line = document.add_paragraph()
        line.add_run(_plain(f"[{source.number}] {source_words(brief, source)}")).font.size = Pt(8)
    document.add_paragraph().add_run(_plain(scope_words(brief))).font.size = Pt(8)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _plain(text: str) -> str:
    """Leave out the control characters that XML does not allow."""
    return "".join(
        char
        for char in text
        if char in "\t\n" or (ord(char) >= 32 and ord(char) & 0xFFFE != 0xFFFE)
    )


def _pdf(brief: Brief) -> bytes:
    from html import escape

    from reportlab.lib.colors import HexColor
    from reportlab.lib.enums import TA_LEFT
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import cm
    from reportlab.platypus import Image, KeepTogether, ListFlowable, Paragraph, SimpleDocTemplate

    ink = HexColor("#1c2226")
    body = ParagraphStyle("body", fontName="Helvetica", fontSize=9.5, leading=12.5, textColor=ink)
    small = ParagraphStyle("small", parent=body, fontSize=7.5, leading=9.8)
    title = ParagraphStyle(
        "title", parent=body, fontName="Times-Bold", fontSize=20, leading=24, spaceAfter=2
    )
    head = ParagraphStyle(
        "head", parent=body, fontName="Times-Bold", fontSize=12.5, leading=15,
        spaceBefore=9, spaceAfter=3, alignment=TA_LEFT,
    )  # fmt: skip
    warning = ParagraphStyle("warning", parent=head, textColor=HexColor("#8a4b00"))
    lost: set[str] = set()

    def text(words: str) -> str:
        kept = []
        for char in words:
            try:
                char.encode("cp1252")
                kept.append(char)
            except UnicodeEncodeError:
                lost.add(char)
                kept.append("?")
        return escape("".join(kept))

    story: list[Any] = [
        Paragraph(text(brief.entity.label), title),
        Paragraph(text(brief.what.capitalize()), body),
    ]
    picture = map_png(brief)
    if picture:
        drawn = Image(io.BytesIO(picture))
        drawn.drawHeight, drawn.drawWidth = drawn.imageHeight * 12 * cm / drawn.imageWidth, 12 * cm
        story += [drawn, Paragraph(f"<i>{text(map_words(brief))}</i>", small)]
    for section in brief.sections:
        items = [
            Paragraph(f"{text(one.text)} <font size=7>{marks(one.sources)}</font>", body)
            for one in section.lines
        ]
        listed_lines = ListFlowable(
            items, bulletType="bullet", bulletFontSize=5, bulletOffsetY=-2.5, leftIndent=10
        )
        heading = Paragraph(text(section.title), head if section.is_fact else warning)
        story.append(KeepTogether([heading, listed_lines]))
        if section.more:
            story.append(Paragraph(f"({more_words(section)})", small))
    story.append(Paragraph(text(source_heading(brief)), head))
    story += [
        Paragraph(f"[{one.number}] {text(source_words(brief, one))}", small)
        for one in brief.sources
    ]
    story.append(Paragraph(text(scope_words(brief)), small))
    if lost:
        story.append(
            Paragraph("A ? stands for a letter that this file cannot hold; the DOCX has it.", small)
        )
    buffer = io.BytesIO()
    made = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=2.2 * cm, rightMargin=2.2 * cm, topMargin=1.8 * cm,
        bottomMargin=1.8 * cm, title=_plain(brief.entity.label), author="COP Graph",
        subject=f"Data version {brief.scope.version}", invariant=1, lang="en",
    )  # fmt: skip
    made.build(story)
    return buffer.getvalue()


__all__ = [
    "BRIEF_TYPES",
    "Brief",
    "BriefLine",
    "BriefSection",
    "Source",
    "brief_of",
    "map_png",
    "write_brief",
]
