"""Coverage of an invented report, sentence by sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import SMALL_REPORTS

from cop_graph.cli import cli
from cop_graph.coverage import Coverage, coverage, read_reasons
from cop_graph.dataset import find_source
from cop_graph.errors import DataError
from cop_graph.index import read_index
from cop_graph.tables import coverage_text

ALPHA = SMALL_REPORTS / "alpha-1.txt"


def cover(data: Path) -> Coverage:
    source = find_source(data)
    return coverage(read_index(source), source, ALPHA)


def write_reasons(data: Path, *rows: str) -> None:
    folder = data / "coverage"
    folder.mkdir(exist_ok=True)
    (folder / "alpha-1.csv").write_text("\n".join(["paragraph,sentence,reason", *rows]) + "\n")


def test_sentence_counts_each_record_whose_anchor_touches_it(small_copy: Path) -> None:
    found = {(one.paragraph, one.number): one.records for one in cover(small_copy).sentences}
    assert found["1-1", 1] == 3
    assert found["3-2", 1] == 1
    assert found["3-2", 2] == 1
    assert found["3-2", 3] == 0


def test_sentence_without_record_and_reason_is_forgotten(small_copy: Path) -> None:
    forgotten = {(one.paragraph, one.number) for one in cover(small_copy).forgotten}
    assert ("3-2", 3) in forgotten
    assert ("4-2", 1) in forgotten
    assert ("1-1", 1) not in forgotten


def test_sentence_with_a_reason_is_accounted_for(small_copy: Path) -> None:
    write_reasons(small_copy, "4-2,1,general")
    result = cover(small_copy)
    assert ("4-2", 1) not in {(one.paragraph, one.number) for one in result.forgotten}
    assert result.stale_reasons == ()


def test_reason_for_a_sentence_that_carries_a_record_is_stale(small_copy: Path) -> None:
    write_reasons(small_copy, "1-1,1,courtesy", "9-9,1,heading")
    assert cover(small_copy).stale_reasons == ("1-1 sentence 1", "9-9 sentence 1")


def test_counts_tell_statuses_kinds_things_and_themes(small_copy: Path) -> None:
    result = cover(small_copy)
    assert (result.claims, result.remarks) == (27, 2)
    assert result.statuses == {
        "done": 15,
        "stated": 7,
        "planned": 2,
        "expected": 1,
        "explored": 1,
        "not done": 1,
    }
    assert result.kinds == {"position": 1, "request": 1}
    assert result.things["State"] == 2
    assert result.themes["4-1"] == (
        "privacy and data protection",
        "reporting and complaint mechanisms",
    )


def test_thing_that_no_record_names_is_listed(small_copy: Path) -> None:
    actors = small_copy / "entities" / "actors.ttl"
    actors.write_text(
        actors.read_text().replace(
            "copd:organization-kite-works\n", "copd:organization-unnamed\n", 1
        )
    )
    assert "copd:organization-unnamed" in cover(small_copy).things_without_record


def test_unknown_report_is_refused(small_copy: Path) -> None:
    source = find_source(small_copy)
    with pytest.raises(DataError, match="no report 'gamma-1' in the data"):
        coverage(read_index(source), source, ALPHA, identifier="gamma-1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("paragraph,reason\n1-1,heading\n", "the first line is not paragraph,sentence,reason"),
        ("paragraph,sentence,reason\n1-1,one,heading\n", "a row is a paragraph"),
        ("paragraph,sentence,reason\n1-1,1,whatever\n", "a row is a paragraph"),
    ],
    ids=["columns", "number", "reason"],
)
def test_list_of_reasons_that_cannot_be_used_names_the_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "reasons.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message) as raised:
        read_reasons(path)
    assert raised.value.line in (1, 2)


def test_no_list_of_reasons_is_no_reason(tmp_path: Path) -> None:
    assert read_reasons(tmp_path / "none.csv") == {}


def test_text_names_what_is_forgotten_stale_and_unnamed(small_copy: Path) -> None:
    write_reasons(small_copy, "1-1,1,courtesy", "4-2,1,general")
    text = coverage_text(cover(small_copy))
    assert "forgotten: 3-2 sentence 3" in text
    assert "a reason is given and not needed: 1-1 sentence 1" in text
    assert "in no claim or remark: copd:event-beta-council-1" not in text
    carrying = re.compile(r"^1-1 +1 +\d+ +3", re.MULTILINE)
    assert not carrying.search(text)
    assert carrying.search(coverage_text(cover(small_copy), show_all=True))


def test_command_exits_1_while_a_sentence_is_forgotten(small_copy: Path) -> None:
    done = CliRunner().invoke(cli, ["coverage", str(ALPHA), "--data", str(small_copy)])
    assert done.exit_code == 1
    assert "forgotten" in done.stdout


def test_command_exits_0_when_all_is_accounted_for(small_copy: Path) -> None:
    reasons = [f"{one.paragraph},{one.number},heading" for one in cover(small_copy).forgotten]
    write_reasons(small_copy, *reasons)
    done = CliRunner().invoke(cli, ["coverage", str(ALPHA), "--data", str(small_copy)])
    assert (done.exit_code, done.exception) == (0, None)
