"""Drawing: what is measured fits, what is written is characters."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from cop_graph.drawing import Canvas, clean, escape, fit, number, text_width, wrap

HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</text></svg><script>",
    "]]>&amp;<!--",
    "\u202eright to left\u202c \u2067isolated\u2069",
    "\x00\x08\x1b[31m\x7f\x85",
    "\ufffe\uffff\U0001fffe",
    "\ud800 alone",
    "x" * 300,
    "لعبة 遊戲 🌊 é̂",
    " \n\t ",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_characters_in_valid_xml(name: str) -> None:
    canvas = Canvas()
    canvas.open_mark("m1", name, ["copd:claim-1"], plan=False)
    canvas.text(1, 2, name, halo=True)
    canvas.close_mark()
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(canvas.elements)}</svg>'

    root = ET.fromstring(svg.encode())

    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags == {"svg", "g", "title", "text"}
    assert [text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")] == [
        clean(name)
    ] * 2


def test_cleaning_keeps_letters_of_every_script_and_drops_what_turns_them_round() -> None:
    assert clean("لعبة\u200f \u202eab\u202c é\x07") == "لعبة ab é"


def test_escaping_leaves_nothing_that_ends_an_attribute() -> None:
    assert escape("<a b=\"c\" d='e'>&") == "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;"


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (-0.04, "0"), (1.25, "1.2"), (-3.0, "-3"), (10.06, "10.1")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


def test_width_of_letters_is_that_of_the_typeface() -> None:
    assert text_width("Hi", 1000) == 722 + 222
    assert text_width("Hi", 1000, bold=True) == 722 + 278
    assert text_width("é", 1000) == text_width("e", 1000)


@pytest.mark.parametrize("words", ["one two three four five six", "x" * 300, *HOSTILE])
def test_wrapped_lines_fit_and_no_more_than_wanted(words: str) -> None:
    lines = wrap(words, 80, 12, lines=2)

    assert len(lines) <= 2
    assert all(text_width(line, 12) <= 80 for line in lines)


def test_wrapping_loses_no_word_where_lines_are_not_limited() -> None:
    words = "Council Working Group on Child Online Protection"
    assert " ".join(wrap(words, 90, 12)) == words


def test_what_is_cut_ends_in_an_ellipsis() -> None:
    assert fit("Council Working Group", 60, 12).endswith("…")
    assert text_width(fit("Council Working Group", 60, 12), 12) <= 60
    assert fit("short", 60, 12) == "short"
