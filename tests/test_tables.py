"""Words and tables for people: aligned and plain in a pipe, fitted on a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cop_graph.coverage import Coverage, Sentence
from cop_graph.graph import Graph
from cop_graph.model import Answer, Evidence, Reference, Row, Scope
from cop_graph.namespaces import COPD
from cop_graph.tables import (
    answer_table,
    coverage_text,
    evidence_line,
    evidence_lines,
    printable,
    quoted,
    table,
)

CLAIM = Reference(f"{COPD}claim-alpha-1-3-1-004", "copd:claim-alpha-1-3-1-004")
ENTRY = Evidence(
    claim=CLAIM,
    paragraph=Reference(f"{COPD}paragraph-alpha-1-3-1", "3.1"),
    number="3.1",
    report=Reference(f"{COPD}report-alpha-1", "Report of the Alpha Forum"),
    anchors=("lamps at night",),
    occurrence=None,
    status="done",
)
ESCAPES = "\x1b[2J\x1b[31mred\u202e\nnext\tline\x07"


def lines_of(text: str) -> list[str]:
    return text.splitlines()


def without_colour(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(
    ("columns", "rows", "drawn"),
    [
        pytest.param(
            ["who", "year"],
            [["Alpha Forum", "2031"], ["B", ""]],
            ["who          year", "-----------  ----", "Alpha Forum  2031", "B"],
            id="plain",
        ),
        pytest.param(["who"], [], ["who", "---"], id="no-row"),
        pytest.param(
            ["wide", "n"],
            [["灯台", "1"], ["e\u0301te\u0301", "2"]],
            ["wide  n", "----  -", "灯台  1", "e\u0301te\u0301   2"],
            id="wide-and-combining",
        ),
        pytest.param(
            ["who"],
            [["two\nlines\t and   tabs"]],
            ["who", "-" * 18, "two lines and tabs"],
            id="folded",
        ),
        pytest.param(["who"], [[ESCAPES]], ["who", "-" * 20, "[2J[31mred next line"], id="escapes"),
    ],
)
def test_table_aligns_cells(columns: list[str], rows: list[list[str]], drawn: list[str]) -> None:
    assert lines_of(table(columns, rows)) == drawn


def test_fitted_table_wraps_to_the_terminal_and_cuts_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    words = " ".join(f"word{number:02}" for number in range(12))
    long = "q" * 50
    drawn = table(["name", "words"], [["Alpha", words], [long, ESCAPES]], fit=True)
    plain = without_colour(drawn)
    cells = "".join(line.replace(" ", "") for line in lines_of(plain))
    assert max(len(line) for line in lines_of(plain)) <= 30
    assert cells.count("q") == 50
    assert all(f"word{number:02}" in cells for number in range(12))
    assert "\x1b[1m" in drawn
    assert "\x1b[2J" not in drawn


def test_fitted_table_takes_brackets_for_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert "[red]lamp[/red]" in without_colour(table(["name"], [["[red]lamp[/red]"]], fit=True))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("two\r\nlines and\ttabs", "two lines and tabs", id="line-ends"),
        pytest.param("\x1b[31mred\x1b[0m", "[31mred[0m", id="colours"),
        pytest.param("a\u202eb\u200f\u200bc", "abc", id="directions"),
        pytest.param("    indented  text", "    indented  text", id="spaces-stay"),
        pytest.param("لعبة “x” 🌊", "لعبة “x” 🌊", id="scripts-stay"),
    ],
)
def test_printable_takes_out_what_moves_the_cursor(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_answer_table_leaves_out_columns_that_are_empty(small_graph: Graph) -> None:
    answer = small_graph.ask("partners-of", actor="BLO")
    topics = str(answer.rows[0].topics)
    assert [re.split("  +", line) for line in lines_of(answer_table(answer))] == [
        ["partner", "contexts", "topics", "status"],
        ["----------", "----------------------", "-" * len(topics), "------"],
        ["Kite Works", "Safe Harbour Programme", topics, "done"],
        ["Kite Works", "done"],
    ]


def test_answer_table_writes_columns_in_words(small_graph: Graph) -> None:
    heads = lines_of(answer_table(small_graph.ask("reports")))[0]
    assert re.split("  +", heads) == [
        "report",
        "event",
        "paragraphs",
        "paragraphs with claims",
        "claim count",
        "remark count",
    ]


def test_answer_table_fits_the_terminal(
    small_graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    drawn = without_colour(answer_table(small_graph.ask("reports"), fit=True))
    assert max(len(line) for line in lines_of(drawn)) <= 40


def test_answer_table_with_evidence_follows_each_row_with_its_words(small_graph: Graph) -> None:
    answer = small_graph.ask("partners-of", evidence=True, actor="BLO")
    topics = answer.rows[0].topics
    assert lines_of(answer_table(answer, with_evidence=True)) == [
        f"1. partner: Kite Works; contexts: Safe Harbour Programme; topics: {topics}; status: done",
        "   3.1 (done) The office «partnered with Kite Works» on lessons for parents. "
        "[copd:claim-alpha-1-3-1-004]",
        "2. partner: Kite Works; status: done",
        "   2.1 (done) The Blue Lantern Office «partnered with Kite Works». "
        "[copd:claim-beta-1-2-1-001]",
    ]


def test_answer_table_with_evidence_cleans_what_it_prints() -> None:
    entry = replace(ENTRY, sentence=ESCAPES, anchors=("red",), voices=(ESCAPES,))
    answer = Answer(
        question="mine",
        summary="Mine?",
        columns={"name": "text"},
        rows=[Row({"name": ESCAPES, "claims": (CLAIM.iri,)})],
        parameters={},
        scope=Scope((), 0, 0, 0, 0, ""),
        evidence={CLAIM.iri: entry},
    )
    assert lines_of(answer_table(answer, with_evidence=True)) == [
        "1. name: [2J[31mred next line",
        "   3.1 (done, according to [2J[31mred next line) [2J[31m«red» next line "
        "[copd:claim-alpha-1-3-1-004]",
    ]


@pytest.mark.parametrize(
    ("evidence", "claims", "count"),
    [
        pytest.param({CLAIM.iri: ENTRY}, (CLAIM.iri,), 1, id="found"),
        pytest.param(
            {CLAIM.iri: ENTRY}, ("https://example.org/other", CLAIM.iri), 1, id="one-of-two"
        ),
        pytest.param({}, (CLAIM.iri,), 0, id="not-looked-up"),
        pytest.param(None, (CLAIM.iri,), 0, id="no-evidence"),
        pytest.param({CLAIM.iri: ENTRY}, None, 0, id="no-claims"),
    ],
)
def test_evidence_lines_are_one_a_known_claim(
    evidence: object, claims: tuple[str, ...] | None, count: int
) -> None:
    line = "3.1 (done) «lamps at night» [copd:claim-alpha-1-3-1-004]"
    assert list(evidence_lines(evidence, Row({"claims": claims}))) == [line] * count


def test_evidence_line_names_the_voices() -> None:
    entry = replace(ENTRY, voices=("Eastmark", "Westmark"))
    assert evidence_line(entry) == (
        "3.1 (done, according to Eastmark, Westmark) «lamps at night» [copd:claim-alpha-1-3-1-004]"
    )


@pytest.mark.parametrize(
    ("anchors", "sentence", "shown"),
    [
        pytest.param(("a lamp",), "There is a lamp here.", "There is «a lamp» here.", id="one"),
        pytest.param(
            ("lamp", "boat"), "A lamp, a boat.", "A «lamp», a «boat».", id="two-in-a-sentence"
        ),
        pytest.param(("lamp", "a lamp"), "See a lamp.", "See «a «lamp»».", id="one-in-the-other"),
        pytest.param(("tide",), "See a lamp.", "See a lamp.", id="not-in-the-sentence"),
        pytest.param(("lamp", "boat"), None, "«lamp» … «boat»", id="no-text-at-hand"),
        pytest.param((), None, "", id="no-anchor"),
    ],
)
def test_quoted_marks_the_anchors(
    anchors: tuple[str, ...], sentence: str | None, shown: str
) -> None:
    assert quoted(replace(ENTRY, anchors=anchors, sentence=sentence)) == shown


COVERAGE = Coverage(
    report="alpha-1",
    sentences=(
        Sentence("1-1", 1, 14, 2, None),
        Sentence("1-1", 2, 7, 0, "courtesy"),
        Sentence("4-2", 1, 30, 0, None),
    ),
    claims=2,
    remarks=1,
    statuses={"done": 2},
    kinds={"request": 1},
    themes={"1-1": ("lamps", "tides")},
    things={"State": 1},
    things_without_record=("copd:place-quiet",),
    stale_reasons=("9-9 sentence 1",),
)
SENTENCES = {
    "carrying": "1-1        1         14     2",
    "explained": "1-1        2         7      0        courtesy",
    "forgotten": "4-2        1         30     0",
}


@pytest.mark.parametrize(
    ("show_all", "shown"),
    [
        pytest.param(False, ["explained", "forgotten"], id="without-records"),
        pytest.param(True, ["carrying", "explained", "forgotten"], id="all"),
    ],
)
def test_coverage_text_tells_of_every_sentence(show_all: bool, shown: list[str]) -> None:
    assert lines_of(coverage_text(COVERAGE, show_all=show_all)) == [
        "alpha-1: 3 sentences, 1 with a claim or remark, 1 without and the reason is given, "
        "1 forgotten.",
        "",
        "claims by status  count",
        "----------------  -----",
        "done              2",
        "all               2",
        "",
        "remarks by kind  count",
        "---------------  -----",
        "request          1",
        "all              1",
        "",
        "named in the report  count",
        "-------------------  -----",
        "State                1",
        "",
        "paragraph  themes",
        "---------  ------------",
        "1-1        lamps, tides",
        "",
        "paragraph  sentence  words  records  reason for none",
        "---------  --------  -----  -------  ---------------",
        *(SENTENCES[name] for name in shown),
        "",
        "forgotten: 4-2 sentence 1",
        "",
        "a reason is given and not needed: 9-9 sentence 1",
        "",
        "in no claim or remark: copd:place-quiet",
    ]
