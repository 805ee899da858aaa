"""Rendering: SVG becomes PNG and PDF, by a library that brings its own typeface.

The same SVG gives the same bytes: PNG as the library writes it; PDF after its objects, whose order
the library leaves open, are put in order. Neither holds a date.
"""

from __future__ import annotations

import re
from typing import Any, Final

from cop_graph.errors import PictureError

PNG_SCALE: Final = 2.0
PDF_WIDTH_POINTS: Final = 841.89
"""The long side of A4."""
MOST_PIXELS: Final = 16_000
_SIZE: Final = re.compile(r'<svg [^>]*?(width="([\d.]+)" height="([\d.]+)")')
_OBJECT: Final = re.compile(rb"(?:^|\n)(\d+) 0 obj\n")
_REFERENCE: Final = re.compile(rb"(?<![\d.])(\d+) 0 R\b")
_ENTRIES: Final = re.compile(rb"((?:[ \t]*/[A-Za-z]+\d+ \d+ 0 R\n)+)")


def svg_to_png(svg: str, *, scale: float = PNG_SCALE) -> bytes:
    """Render a picture as PNG.

    Args:
        svg: A picture of ours.
        scale: Pixels to a unit of the picture; less where a side would pass ``MOST_PIXELS``.

    Raises:
        PictureError: The extra ``pictures`` is not installed, or the picture cannot be rendered.
    """
    scale = min(scale, MOST_PIXELS / max(_size(svg)))
    return bytes(_converted("svg_to_png", svg, scale=scale))


def svg_to_pdf(svg: str, *, title: str = "") -> bytes:
    """Render a picture as PDF of one page as wide as A4 is long, with text that can be searched.

    Raises:
        PictureError: The extra ``pictures`` is not installed, or the picture cannot be rendered.
    """
    width, height = _size(svg)
    paper = f'width="{PDF_WIDTH_POINTS:.2f}" height="{height * PDF_WIDTH_POINTS / width:.2f}"'
    svg = svg.replace(_SIZE.search(svg)[1], paper, 1)  # type: ignore[index]
    return ordered_pdf(bytes(_converted("svg_to_pdf", svg)), title=title)


def _converted(name: str, svg: str, **more: float) -> Any:
    try:
        import vl_convert
    except ImportError as error:
        raise PictureError(
            "PNG and PDF need a library that is not installed: pip install vl-convert-python. "
            "HTML and SVG work without it"
        ) from error
    try:
        return getattr(vl_convert, name)(svg, **more)
    except (ValueError, RuntimeError, OSError) as error:
        raise PictureError(f"the picture cannot be rendered: {error}") from error


def _size(svg: str) -> tuple[float, float]:
    found = _SIZE.search(svg)
    if found is None:
        raise PictureError("the SVG says no width and height")
    return float(found[2]), float(found[3])


def ordered_pdf(document: bytes, *, title: str = "") -> bytes:
    """Number the objects of a PDF in the order in which they are met, and add its title.

    The library writes typefaces and other resources of a page in whatever order its hash table
    has. Here the entries of each such table are sorted and all objects numbered anew from the
    catalogue on, so that the same picture is the same bytes.

    Args:
        document: A PDF with a classic cross-reference table and plain objects.
        title: What viewers show as its title.

    References:
        ISO 32000-1, 7.5 (file structure).
    """
    trailer = document[document.rindex(b"trailer") :]
    root = re.search(rb"/Root (\d+) 0 R", trailer)
    bodies = _objects(document)
    if root is None or not bodies:
        return document
    order: list[int] = []
    waiting = [int(root[1])]
    while waiting:
        current = waiting.pop()
        if current in order or current not in bodies:
            continue
        order.append(current)
        head, _, _ = bodies[current].partition(b"\nstream")
        waiting.extend(int(number) for number in reversed(_REFERENCE.findall(head)))
    numbers = {old: new for new, old in enumerate(order, 1)}
    return _written([_renumbered(bodies[old], numbers) for old in order], title)


def _objects(document: bytes) -> dict[int, bytes]:
    """Give the objects by number, each from after ``obj`` to before ``endobj``."""
    found = {}
    position = 0
    while match := _OBJECT.search(document, position):
        start = match.end()
        end = document.index(b"endobj", start)
        length = re.search(rb"/Length (\d+)", document[start:end])
        stream = document.find(b"stream\n", start, end)
        if stream >= 0 and length is not None:
            end = document.index(b"endobj", stream + 7 + int(length[1]))
        body = document[start:end].rstrip(b"\n")
        head, mark, rest = body.partition(b"\nstream")
        head = _ENTRIES.sub(lambda rows: b"".join(sorted(rows[1].splitlines(True))), head)
        found[int(match[1])] = head + mark + rest
        position = end
    return found


def _renumbered(body: bytes, numbers: dict[int, int]) -> bytes:
    head, mark, rest = body.partition(b"\nstream")
    head = _REFERENCE.sub(lambda found: b"%d 0 R" % numbers.get(int(found[1]), 0), head)
    return head + mark + rest


def _written(bodies: list[bytes], title: str) -> bytes:
    words = b"FEFF" + title.encode("utf-16-be").hex().upper().encode()
    bodies = [*bodies, b"<< /Title <%s> /Producer (svg2pdf) >>" % words]
    out = bytearray(b"%PDF-1.7\n%\x80\x80\x80\x80\n")
    places = []
    for place, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n\n" % (place, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f\r\n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n\r\n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(bodies) + 1, len(bodies))
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)
