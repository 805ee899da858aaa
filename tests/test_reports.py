"""A text file becomes numbered paragraphs, and anchors are found in them word for word."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cop_graph.reports
from cop_graph.errors import ReportError
from cop_graph.model import Paragraph
from cop_graph.reports import (
    anchor_spans,
    count_words,
    covered_words,
    find_report,
    find_reports_directory,
    normalise,
    parse_report,
    read_report,
    repair_typography,
    sentence_of,
    split_sentences,
    text_hash,
)

ALPHA = Path(__file__).parent / "fixtures" / "reports" / "alpha-1.txt"


def outline(text: str) -> list[tuple[str, str, str | None]]:
    """Give identifier, kind and what it stands under of each paragraph."""
    return [(found.identifier, found.kind, found.under) for found in parse_report(text)]


def test_report_is_cut_into_its_paragraphs() -> None:
    report = read_report(ALPHA)

    assert report.path == str(ALPHA)
    assert [dataclasses.replace(found, text="") for found in report.paragraphs] == [
        Paragraph("0-p1", "title-block", "", 1),
        Paragraph("0-p2", "title-block", "", 2),
        Paragraph("1", "section-heading", "", 4, None, "1"),
        Paragraph("1-1", "numbered", "", 5, "1", "1.1"),
        Paragraph("2", "section-heading", "", 6, None, "2"),
        Paragraph("2-1", "numbered", "", 7, "2", "2.1"),
        Paragraph("2-1-b01", "group-heading", "", 8, "2-1"),
        Paragraph("2-1-b02", "bullet", "", 9, "2-1-b01"),
        Paragraph("2-1-b03", "bullet", "", 10, "2-1-b01"),
        Paragraph("3", "section-heading", "", 11, None, "3"),
        Paragraph("3-h1", "group-heading", "", 12, "3"),
        Paragraph("3-1", "numbered", "", 13, "3-h1", "3.1"),
        Paragraph("3-1-p2", "continuation", "", 14, "3-1"),
        Paragraph("3-2", "numbered", "", 15, "3-h1", "3.2"),
        Paragraph("4", "section-heading", "", 16, None, "4"),
        Paragraph("4-1", "numbered", "", 17, "4", "4.1"),
        Paragraph("4-2", "numbered", "", 18, "4", "4.2"),
        Paragraph("signature", "signature", "", 19),
        Paragraph("signature-p2", "signature", "", 20),
    ]


def test_paragraph_text_is_normalised_and_without_its_number() -> None:
    texts = {found.identifier: found.text for found in read_report(ALPHA).paragraphs}

    assert texts["2"] == "Documents"
    assert texts["2-1-b02"] == "Document from Westmark: Safe Harbour in schools"
    assert texts["1-1"] == (
        "The Alpha Forum met on 3 and 4 March 2031 in Lanternport. Ms. Mira Quill (Westmark) "
        "chaired the meeting, which 120 people attended."
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "1 Lamps\n1.1 One lamp.\n1.1.2. A lamp in a lamp.\n2.7 Never corrected.",
            [
                ("1", "section-heading", None),
                ("1-1", "numbered", "1"),
                ("1-1-2", "numbered", "1"),
                ("2-7", "numbered", "1"),
            ],
            id="numbers-as-printed",
        ),
        pytest.param(
            "1 Lamps\n1.1 One.\n1.1 Two.\n1.1 Three.\nMore of three.",
            [
                ("1", "section-heading", None),
                ("1-1", "numbered", "1"),
                ("1-1-x2", "numbered", "1"),
                ("1-1-x3", "numbered", "1"),
                ("1-1-x3-p2", "continuation", "1-1-x3"),
            ],
            id="one-number-printed-twice",
        ),
        pytest.param(
            "1. Lamps\n3 Boats\n2 Tides\n3 Bells\n4 A sentence.\n4 Bay\n5 a;\n6 b,\n7 c.",
            [
                ("1", "section-heading", None),
                ("3", "section-heading", None),
                ("3-p1", "continuation", "3"),
                ("3-p2", "continuation", "3"),
                ("3-p3", "continuation", "3"),
                ("4", "section-heading", None),
                ("4-p1", "continuation", "4"),
                ("4-p2", "continuation", "4"),
                ("4-p3", "continuation", "4"),
            ],
            id="section-numbers-only-rise",
        ),
        pytest.param(
            "1 Lamps\n1.1 List\n· a\n• b\n▪ c\n◦ d\n‣ e\n∙ f\n* g\n– h\n- i\n-no bullet.",
            [
                ("1", "section-heading", None),
                ("1-1", "numbered", "1"),
                *((f"1-1-b0{n}", "bullet", "1-1") for n in range(1, 10)),
                ("1-1-p2", "continuation", "1-1"),
            ],
            id="bullet-signs",
        ),
        pytest.param(
            "· before any section\n· of these:\n· in the list\n1 Lamps\n· in the section",
            [
                ("0-b01", "bullet", None),
                ("0-b02", "group-heading", None),
                ("0-b03", "bullet", "0-b02"),
                ("1", "section-heading", None),
                ("1-b01", "bullet", "1"),
            ],
            id="bullets-without-a-number",
        ),
        pytest.param(
            "1 Lamps\n1.1 List\n· Of states:\n· one\nBoats:\n· two\n"
            "2 Tides\n· three\n2.1 List\n· four",
            [
                ("1", "section-heading", None),
                ("1-1", "numbered", "1"),
                ("1-1-b01", "group-heading", "1-1"),
                ("1-1-b02", "bullet", "1-1-b01"),
                ("1-h1", "group-heading", "1"),
                ("1-b03", "bullet", "1"),
                ("2", "section-heading", None),
                ("2-b01", "bullet", "2"),
                ("2-1", "numbered", "2"),
                ("2-1-b01", "bullet", "2-1"),
            ],
            id="a-list-ends-with-its-section-or-heading",
        ),
        pytest.param(
            "1 Lamps\nFirst lamps:\n1.1 One.\nMore.\nSecond lamps:\nText.\n"
            "1.2 Two.\n2 Boats\n2.1 Three.",
            [
                ("1", "section-heading", None),
                ("1-h1", "group-heading", "1"),
                ("1-1", "numbered", "1-h1"),
                ("1-1-p2", "continuation", "1-1"),
                ("1-h2", "group-heading", "1"),
                ("1-p1", "continuation", "1"),
                ("1-2", "numbered", "1-h2"),
                ("2", "section-heading", None),
                ("2-1", "numbered", "2"),
            ],
            id="headings-within-a-section",
        ),
        pytest.param(
            f"1 Lamps\n{'lamp ' * 21}:\n2 {'boat ' * 21}\n{'lamp ' * 20}:\n2 {'boat ' * 20}\n"
            "1.1 One.",
            [
                ("1", "section-heading", None),
                ("1-p1", "continuation", "1"),
                ("1-p2", "continuation", "1"),
                ("1-h1", "group-heading", "1"),
                ("2", "section-heading", None),
                ("1-1", "numbered", "2"),
            ],
            id="a-long-line-is-no-heading",
        ),
        pytest.param(
            "1 Lamps\n1.1 One.\nA sentence.\nMira Quill\n"
            "Chair of the Alpha Forum in old Lanternport\n2031",
            [
                ("1", "section-heading", None),
                ("1-1", "numbered", "1"),
                ("1-1-p2", "continuation", "1-1"),
                ("signature", "signature", None),
                ("signature-p2", "signature", None),
                ("signature-p3", "signature", None),
            ],
            id="signature",
        ),
        pytest.param(
            "1 Lamps\n1.1 One.\none two three four five six seven eight nine",
            [
                ("1", "section-heading", None),
                ("1-1", "numbered", "1"),
                ("1-1-p2", "continuation", "1-1"),
            ],
            id="a-long-line-is-no-signature",
        ),
        pytest.param(
            "_____\n\n \t \n***\n· \n1 Lamps\n—\n1.1 One.",
            [("1", "section-heading", None), ("1-1", "numbered", "1")],
            id="lines-without-words-are-passed-over",
        ),
        pytest.param("", [], id="empty"),
    ],
)
def test_paragraphs_are_named_by_what_is_printed(
    text: str, expected: list[tuple[str, str, str | None]]
) -> None:
    assert outline(text) == expected


@given(st.text(st.sampled_from("12. ·:ab\n\t(Ω"), max_size=60))
def test_every_paragraph_has_an_identifier_of_its_own(text: str) -> None:
    found = parse_report(text)
    names = [paragraph.identifier for paragraph in found]

    assert len(set(names)) == len(names)
    assert [paragraph.under for paragraph in found if paragraph.under not in (None, *names)] == []
    assert [paragraph.line for paragraph in found] == sorted(paragraph.line for paragraph in found)


@given(st.text(st.sampled_from("1. ·ab:\n"), max_size=60))
def test_no_word_of_a_report_is_lost(text: str) -> None:
    kept = "".join(f"{found.number or ''}{found.text}" for found in parse_report(text))

    assert [kept.count(letter) for letter in "ab"] == [text.count(letter) for letter in "ab"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            b"",
            "has no numbered paragraph such as '1.1 The meeting …'. Save the report as plain text "
            "with one paragraph a line",
            id="empty",
        ),
        pytest.param(
            b"1 Lamps\nNo number at all.",
            "has no numbered paragraph such as '1.1 The meeting …'. Save the report as plain text "
            "with one paragraph a line",
            id="no-numbered-paragraph",
        ),
        pytest.param(
            b"1.1 Caf\xe9",
            "not plain text in UTF-8 (byte 7). Save the report as plain text (.txt) with one "
            "paragraph a line, then try again",
            id="latin-1",
        ),
        pytest.param(
            "1.1 Lamp".encode("utf-16"),
            "not plain text in UTF-8 (byte 0). Save the report as plain text (.txt) with one "
            "paragraph a line, then try again",
            id="utf-16",
        ),
        pytest.param(
            b"PK\x03\x04\x14\x00\x06\x00\xdf",
            "not plain text in UTF-8 (byte 8). Save the report as plain text (.txt) with one "
            "paragraph a line, then try again",
            id="docx",
        ),
        pytest.param(None, "cannot be read: No such file or directory", id="missing"),
    ],
)
def test_report_that_cannot_be_read_says_why(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "report.txt"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ReportError) as caught:
        read_report(path)

    assert str(caught.value) == f"{path}: {message}"


def test_report_with_byte_order_mark_and_carriage_returns_is_read(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_bytes("\ufeff1 Lamps\r\n1.1 One lamp.\r\n".encode())

    assert read_report(path).paragraphs == (
        Paragraph("1", "section-heading", "Lamps", 1, None, "1"),
        Paragraph("1-1", "numbered", "One lamp.", 2, "1", "1.1"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a\u00a0\t b\n", "a b", id="white-space"),
        pytest.param("e\u0301", "é", id="composed"),
        pytest.param("soft\u00adhy\u200bphen\u2060s\ufeff", "softhyphens", id="invisible"),
        pytest.param("[bookmark: _x y]Lamp [note]", "Lamp [note]", id="bookmark"),
        pytest.param(" \n ", "", id="nothing"),
    ],
)
def test_normalise_keeps_only_what_is_seen(text: str, expected: str) -> None:
    assert normalise(text) == expected


def test_text_hash_is_the_sha_256_of_the_text() -> None:
    assert text_hash("Opening") == (
        "f4b13e93df077dc3a418d320cacafa55a95f0b2b4aa0bd5a5f229ca096ddbf37"
    )


def test_count_words_counts_what_holds_a_letter_or_digit() -> None:
    assert count_words("Two – lamps, 10% … (لعبة) 🌊 !") == 4


@pytest.mark.parametrize(
    ("anchor", "text", "expected"),
    [
        pytest.param("led by", "led by A, misled by B, led bye", [(0, 6)], id="word-boundaries"),
        pytest.param("10%", "10% and 110% and 10%.", [(0, 3), (17, 20)], id="sign-at-the-end"),
        pytest.param("(Westmark", "Quill (Westmark)", [(6, 15)], id="sign-at-the-start"),
        pytest.param("a.b", "a.b axb", [(0, 3)], id="no-pattern"),
        pytest.param("Tide", "tide TIDE", [], id="case-counts"),
        pytest.param("لعبة", "لعبة المد، لعبة", [(0, 4), (11, 15)], id="arabic"),
    ],
)
def test_anchor_is_found_on_word_boundaries(
    anchor: str, text: str, expected: list[tuple[int, int]]
) -> None:
    assert anchor_spans(anchor, text) == expected


@pytest.mark.parametrize(
    ("anchor", "text", "expected"),
    [
        pytest.param("Works' game", "Kite Works’ game", "Works’ game", id="apostrophe"),
        pytest.param('game "Tide"', "the game “Tide” is", "game “Tide”", id="quotation-marks"),
        pytest.param("“Tide”", 'game "Tide" is', '"Tide"', id="straight-quotation-marks"),
        pytest.param("2030-2031", "in 2030–2031.", "2030–2031", id="dash"),
        pytest.param("a - b-c", "so a — b\u2011c.", "a — b\u2011c", id="other-dashes"),
        pytest.param("'Tide'", "the ‘Tide’ game", "‘Tide’", id="single-quotation-marks"),
        pytest.param("the  Tide\u00a0game", "the Tide game", "the Tide game", id="spaces"),
        pytest.param("Works’ game", "Kite Works’ game", None, id="right-already"),
        pytest.param("Works' toy", "Kite Works’ game", None, id="not-there"),
    ],
)
def test_typography_of_an_anchor_is_repaired(anchor: str, text: str, expected: str | None) -> None:
    assert repair_typography(anchor, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"], id="marks"),
        pytest.param("Mr. A met Ms. B. C. Quill left.", None, id="titles-and-initials"),
        pytest.param("See Art. 5 and No. 7, e.g. Lamps, i.e. Boats, etc. Then.", None, id="short"),
        pytest.param("It rose by 3.5 Points. then more.", None, id="lower-case-goes-on"),
        pytest.param(
            "He said “Stop.” “Why?” she asked. (Nobody knew.) 10 left.",
            ["He said “Stop.”", "“Why?” she asked.", "(Nobody knew.)", "10 left."],
            id="quotation-marks",
        ),
        pytest.param("", [""], id="empty"),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str] | None) -> None:
    assert [text[start:end] for start, end in split_sentences(text)] == (expected or [text])


TEXT = "The lamp shone. The tide rose, and the tide fell. Boats came home."


@pytest.mark.parametrize(
    ("anchor", "occurrence", "expected"),
    [
        pytest.param("lamp", 1, ("The lamp shone.", 4, 8), id="first-sentence"),
        pytest.param(
            "the tide", 1, ("The tide rose, and the tide fell.", 19, 27), id="case-counts"
        ),
        pytest.param("tide", 2, ("The tide rose, and the tide fell.", 23, 27), id="second"),
        pytest.param(
            "fell. Boats",
            1,
            ("The tide rose, and the tide fell. Boats came home.", 28, 39),
            id="across-two-sentences",
        ),
        pytest.param("tide", 3, None, id="not-that-often"),
        pytest.param("tide", 0, None, id="counts-from-one"),
        pytest.param("bell", 1, None, id="not-there"),
    ],
)
def test_sentence_around_an_anchor(
    anchor: str, occurrence: int, expected: tuple[str, int, int] | None
) -> None:
    assert sentence_of(anchor, TEXT, occurrence=occurrence) == expected


@given(st.text(st.sampled_from("aB. !?”\n"), max_size=40), st.data())
def test_sentence_holds_the_anchor_where_it_says(text: str, data: st.DataObject) -> None:
    words = [word for word in text.split() if any(map(str.isalnum, word))]
    anchor = data.draw(st.sampled_from(words)) if words else "a"

    found = sentence_of(anchor, text)

    assert (found is None) == (not anchor_spans(anchor, text))
    assert found is None or found[0][found[1] : found[2]] == anchor


@pytest.mark.parametrize(
    ("anchors", "expected"),
    [
        pytest.param([("1-1", "lamp shone"), ("1-1", "shone")], 2, id="each-word-once"),
        pytest.param([("1-1", "lamp"), ("1-2", "lamp")], 2, id="each-paragraph-for-itself"),
        pytest.param([("1-2", "lamp")], 1, id="only-the-first-occurrence"),
        pytest.param([("1-2", "– a")], 1, id="a-dash-is-no-word"),
        pytest.param([("1-3", "lamp"), ("1-1", "boat")], 0, id="nothing-there"),
    ],
)
def test_covered_words_count_each_word_once(anchors: list[tuple[str, str]], expected: int) -> None:
    texts = {"1-1": "The lamp shone.", "1-2": "A lamp – a lamp."}

    assert covered_words(anchors, texts) == expected


def test_reports_directory_is_the_one_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "set").mkdir()
    monkeypatch.setenv("COP_GRAPH_REPORTS", str(tmp_path / "set"))

    assert find_reports_directory(str(tmp_path / "given")) == tmp_path / "given"
    assert find_reports_directory() == tmp_path / "set"


def test_reports_directory_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReportError) as caught:
        find_reports_directory(str(tmp_path / "none"))

    assert str(caught.value) == f"{tmp_path / 'none'}: no such directory of reports"


def test_reports_stand_beside_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "main" / "cop_graph" / "reports.py"
    monkeypatch.setattr(cop_graph.reports, "__file__", str(module))
    found = [find_reports_directory()]
    (tmp_path / "shared" / "reports").mkdir(parents=True)
    found.append(find_reports_directory())
    module.parent.mkdir(parents=True)
    (tmp_path / "main" / "pyproject.toml").touch()
    found.append(find_reports_directory())

    assert found == [None, None, tmp_path / "shared" / "reports"]


def test_report_is_found_by_its_identifier() -> None:
    assert find_report("alpha-1", ALPHA.parent) == ALPHA
    assert find_report("gamma-1", ALPHA.parent) is None
    assert find_report("alpha-1", None) is None
