"""Rendering: PNG and PDF of the same SVG are the same bytes, and text stays text."""

from __future__ import annotations

import builtins
import io
import struct
import subprocess
import sys
from typing import Any

import pypdf
import pytest

from cop_graph.errors import PictureError
from cop_graph.rendering import MOST_PIXELS, ordered_pdf, svg_to_pdf, svg_to_png

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100" viewBox="0 0 200 100" '
    'font-family="Arial, sans-serif"><rect width="200" height="100" fill="#fff"/>'
    '<text x="5" y="20" font-size="12">Plain words</text>'
    '<text x="5" y="40" font-size="12" font-weight="700">Bold words</text>'
    '<text x="5" y="60" font-size="12" font-style="italic">Leaning words</text>'
    '<path d="M0 0L9 9" stroke="#000" opacity="0.5"/><path d="M0 9L9 0" stroke="#00f" '
    'opacity="0.25"/></svg>'
)


def test_png_has_its_signature_and_size() -> None:
    png = svg_to_png(SVG, scale=3)

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == (600, 300)


def test_png_is_never_too_large_to_open() -> None:
    tall = SVG.replace('height="100" viewBox', 'height="20000" viewBox', 1)

    width, height = struct.unpack(">II", svg_to_png(tall)[16:24])

    assert height <= MOST_PIXELS
    assert width < 400


def test_pdf_has_one_page_as_wide_as_a4_is_long_and_words_that_can_be_found() -> None:
    reader = pypdf.PdfReader(io.BytesIO(svg_to_pdf(SVG, title="Who & whom – ¶")), strict=True)

    (page,) = reader.pages
    assert float(page.mediabox.width) == pytest.approx(841.89, abs=0.1)
    for words in ("Plain words", "Bold words", "Leaning words"):
        assert words in page.extract_text()
    assert reader.metadata is not None
    assert reader.metadata.title == "Who & whom – ¶"
    assert reader.metadata.creation_date is None


def test_pdf_is_the_same_whatever_order_the_library_has() -> None:
    code = (
        "import sys, hashlib\nfrom cop_graph.rendering import svg_to_pdf, svg_to_png\n"
        "svg = sys.stdin.read()\n"
        "print(hashlib.sha256(svg_to_pdf(svg) + svg_to_png(svg)).hexdigest())"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", code], input=SVG, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(3)
    }
    assert len(hashes) == 1
    assert len({svg_to_pdf(SVG) for _ in range(6)}) == 1


def test_what_is_no_pdf_of_this_kind_is_left_alone() -> None:
    assert ordered_pdf(b"%PDF-1.7\ntrailer\n<< >>\n") == b"%PDF-1.7\ntrailer\n<< >>\n"


def test_without_the_library_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "vl_convert":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(PictureError, match=r"pip install vl-convert-python"):
        svg_to_png(SVG)


@pytest.mark.parametrize("svg", ["", "<svg/>", "no picture"])
def test_what_is_no_picture_is_refused(svg: str) -> None:
    with pytest.raises(PictureError):
        svg_to_pdf(svg)


def test_broken_svg_is_refused_in_words() -> None:
    with pytest.raises(PictureError, match="cannot be rendered"):
        svg_to_png('<svg width="10" height="10"><unclosed>')
