"""The values that pass between the modules: comparable, frozen, and plain to read."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from cop_graph.model import Answer, Evidence, Paragraph, Reference, Report, Row, Scope

KITE = Reference("https://example.org/kite", "Kite Works")
SCOPE = Scope(("First report", "Second report"), 23, 9, 32, 2, "0123456789ab")
NO_REPORT = Scope((), 0, 0, 0, 0, "0123456789ab")
ROW = Row({"partner": KITE, "start": None, "claims": ("https://example.org/claim",)})
ANSWER = Answer(
    question="partners-of",
    summary="Who?",
    columns={"partner": "IRI", "start": "date"},
    rows=[ROW],
    parameters={},
    scope=SCOPE,
)


def test_reference_prints_as_its_label() -> None:
    assert f"{KITE}" == "Kite Works"


def test_row_gives_cells_as_attributes_items_and_values() -> None:
    assert (ROW.partner, ROW["start"], list(ROW), len(ROW)) == (
        KITE,
        None,
        [KITE, None, ("https://example.org/claim",)],
        3,
    )


def test_row_names_its_columns_where_one_is_unknown() -> None:
    with pytest.raises(AttributeError) as caught:
        _ = ROW.partners
    assert str(caught.value) == "no column 'partners'; the columns are partner, start, claims"
    with pytest.raises(KeyError):
        _ = ROW["partners"]


def test_row_as_dict_is_a_copy() -> None:
    cells = ROW.as_dict()
    cells["partner"] = "somebody else"
    assert ROW.partner == KITE


def test_row_keeps_its_cells_when_the_mapping_it_was_made_of_changes() -> None:
    cells = {"name": "Alpha Forum"}
    row = Row(cells)
    cells["name"] = "Beta Council"
    assert row.name == "Alpha Forum"


def test_row_shows_its_cells() -> None:
    assert repr(Row({"name": "Alpha", "year": 2031})) == "Row(name='Alpha', year=2031)"


@pytest.mark.parametrize(
    ("other", "is_equal"),
    [
        pytest.param(Row({"b": 2, "a": 1}), True, id="other-order"),
        pytest.param(Row({"a": 1, "b": 3}), False, id="other-cell"),
        pytest.param(Row({"a": 1}), False, id="fewer-cells"),
        pytest.param({"a": 1, "b": 2}, False, id="no-row"),
    ],
)
def test_rows_are_equal_by_their_cells(other: object, is_equal: bool) -> None:
    assert (Row({"a": 1, "b": 2}) == other) is is_equal


def test_equal_rows_have_one_hash() -> None:
    assert len({Row({"a": 1, "b": 2}), Row({"b": 2, "a": 1})}) == 1


@pytest.mark.parametrize(
    "copied",
    [
        pytest.param(copy.copy, id="copy"),
        pytest.param(copy.deepcopy, id="deepcopy"),
        pytest.param(lambda row: pickle.loads(pickle.dumps(row)), id="pickle"),
    ],
)
def test_row_can_be_copied_and_sent(copied: Callable[[Row], Row]) -> None:
    assert copied(ROW) == ROW


def test_answer_can_be_taken_apart_by_dataclasses() -> None:
    assert dataclasses.asdict(ANSWER)["rows"] == [ROW]


def test_row_has_no_attribute_that_tools_look_for() -> None:
    assert [hasattr(ROW, name) for name in ("_repr_html_", "__array__")] == [False, False]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        pytest.param(KITE, "label", id="reference"),
        pytest.param(SCOPE, "version", id="scope"),
        pytest.param(ANSWER, "rows", id="answer"),
        pytest.param(Paragraph("1-1", "numbered", "Text.", 1), "text", id="paragraph"),
        pytest.param(Report("a.txt", ()), "path", id="report"),
        pytest.param(Evidence(KITE, KITE, "1.1", KITE, (), None, "done"), "status", id="evidence"),
    ],
)
def test_values_are_frozen(value: Any, name: str) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, "changed")


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        pytest.param(
            SCOPE,
            "First report; Second report: 32 claims and 2 remarks on 9 of 23 paragraphs, "
            "data 0123456789ab",
            id="two-reports",
        ),
        pytest.param(
            NO_REPORT,
            "no report: 0 claims and 0 remarks on 0 of 0 paragraphs, data 0123456789ab",
            id="no-report",
        ),
    ],
)
def test_scope_says_what_was_searched(scope: Scope, words: str) -> None:
    assert str(scope) == words


def test_answer_iterates_over_its_rows() -> None:
    assert (list(ANSWER), len(ANSWER), bool(ANSWER)) == ([ROW], 1, True)


def test_empty_answer_is_false_and_keeps_its_scope() -> None:
    empty = dataclasses.replace(ANSWER, rows=[])
    assert (bool(empty), len(empty), list(empty), empty.scope) == (False, 0, [], SCOPE)
