"""Profiles as text: who it is, facts, plans, remarks, each with the words that say so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cop_graph.graph import Graph, Profile
from cop_graph.model import Reference, Row
from cop_graph.profile import profile_text


def bare(profile: Profile) -> Profile:
    """Leave only the name of a thing."""
    empty = dict.fromkeys(("names", "identifiers", "facts", "plans", "remarks"), ())
    return replace(profile, description=None, **empty)  # type: ignore[arg-type]


def searched(graph: Graph) -> str:
    return f"Searched: {graph.ask('reports').scope}."


def claim(**cells: object) -> Row:
    """Make a row of a claim that says nothing more than what is given."""
    plain = {"number": "9.9", "subject": "A", "relation": "keeps", "object": "B", "status": "done"}
    empty = dict.fromkeys(("start", "end", "value", "bound", "unit"))
    joined = dict.fromkeys(("contexts", "qualifiers", "voices"))
    return Row({**plain, **empty, **joined, "claims": (), **cells})  # type: ignore[arg-type]


def test_profile_tells_facts_and_plans_apart_by_paragraph(small_graph: Graph) -> None:
    topics = sorted(
        str(small_graph.resolve(f"cop:theme-{name}")) for name in ("awareness", "digital-literacy")
    )
    on = "; ".join(f"on: {topic}" for topic in topics)
    assert profile_text(small_graph.show("BLO")).splitlines() == [
        "Blue Lantern Office",
        "===================",
        "Organization  copd:organization-blue-lantern-office",
        "also: BLO",
        "Invented office that leads a programme.",
        "",
        "Stated (3)",
        "",
        "  3.1",
        "    Safe Harbour Programme is led by Blue Lantern Office (status: stated)",
        "      3.1 (stated) Westmark told of its Safe Harbour Programme, which the "
        "«Blue Lantern Office leads». [copd:claim-alpha-1-3-1-002]",
        "    Blue Lantern Office partners with Kite Works "
        f"(within Safe Harbour Programme; {on}; status: done)",
        "      3.1 (done) The office «partnered with Kite Works» on lessons for parents. "
        "[copd:claim-alpha-1-3-1-004]",
        "",
        "  2.1",
        "    Blue Lantern Office partners with Kite Works (status: done)",
        "      2.1 (done) The Blue Lantern Office «partnered with Kite Works». "
        "[copd:claim-beta-1-2-1-001]",
        "",
        "Planned, expected, proposed or not done: not facts (2)",
        "",
        "  3-1-p2",
        "    Blue Lantern Office establishes Helpline of the Blue Lantern Office "
        "(2032-05; status: planned)",
        "      3-1-p2 (planned) The office «will open a helpline» in May 2032. "
        "[copd:claim-alpha-1-3-1-p2-002]",
        "    Helpline of the Blue Lantern Office has stage opened "
        "(2032-05; by: Blue Lantern Office; status: planned)",
        "      3-1-p2 (planned) The office «will open a helpline» in May 2032. "
        "[copd:claim-alpha-1-3-1-p2-001]",
        "",
        searched(small_graph),
    ]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        pytest.param({}, "status: done", id="nothing-more"),
        pytest.param({"value": 40.0}, "40; status: done", id="figure"),
        pytest.param(
            {"bound": "over", "value": 1200, "unit": "percent"},
            "over 1200 percent; status: done",
            id="bound-and-unit",
        ),
        pytest.param({"value": 0}, "0; status: done", id="zero-is-a-figure"),
        pytest.param({"start": "2031"}, "2031; status: done", id="start"),
        pytest.param({"end": "2032-05"}, "2032-05; status: done", id="end"),
        pytest.param(
            {"start": "2031", "end": "2032-05"}, "2031 to 2032-05; status: done", id="span"
        ),
        pytest.param(
            {"contexts": "Safe Harbour", "qualifiers": "role: chair; on: lamps", "voices": "C; D"},
            "within Safe Harbour; role: chair; on: lamps; according to C; D; status: done",
            id="frame-qualifiers-and-voices",
        ),
        pytest.param({"status": "not done"}, "status: not done", id="status"),
    ],
)
def test_profile_shows_all_that_qualifies_a_claim(
    cells: dict[str, object], words: str, small_graph: Graph
) -> None:
    profile = replace(bare(small_graph.show("Kite Works")), facts=(claim(**cells),))
    assert f"\n  9.9\n    A keeps B ({words})\n" in profile_text(profile)


def test_profile_shows_codes_and_remarks(small_graph: Graph) -> None:
    lines = profile_text(small_graph.show("Westmark")).splitlines()
    first = lines.index("Remarks (1)")
    assert [line for line in lines if line.startswith("same as: ")] == [
        "same as: iso3166Alpha2 XW",
        "same as: iso3166Alpha3 XWM",
        "same as: m49 901",
        "same as: http://www.wikidata.org/entity/Q1",
    ]
    assert lines[first:] == [
        "Remarks (1)",
        "",
        "  4.1",
        "    request: Reports to platforms should be answered within one day. (says it)",
        "      4.1 (request, according to Westmark) Westmark «asked platforms to answer» reports "
        "within a day. [copd:remark-alpha-1-4-1-001]",
        "",
        searched(small_graph),
    ]


def test_profile_of_a_thing_without_claims_says_so(small_graph: Graph) -> None:
    assert profile_text(bare(small_graph.show("Kite Works"))).splitlines() == [
        "Kite Works",
        "==========",
        "Organization  copd:organization-kite-works",
        "",
        "The reports claim nothing of it.",
        "",
        searched(small_graph),
    ]


@pytest.mark.parametrize("part", ["facts", "plans", "remarks"])
def test_one_kind_of_row_is_enough_to_be_spoken_of(part: str, small_graph: Graph) -> None:
    row = claim(kind="wish", remark="May it shine.", part="says it")
    profile = replace(bare(small_graph.show("Kite Works")), **{part: (row,)})  # type: ignore[arg-type]
    text = profile_text(profile)
    said = "wish: May it shine. (says it)" if part == "remarks" else "A keeps B (status: done)"
    assert f"\n  9.9\n    {said}\n" in text
    assert "The reports claim nothing of it." not in text


def test_profile_prints_no_escapes_and_one_line_a_name(small_graph: Graph) -> None:
    profile = replace(
        bare(small_graph.show("Kite Works")),
        entity=Reference("https://example.org/a", "\x1b[31mRed"),
        names=("two\nlines", "\u202eback"),
        description="tab\tand\x07bell",
    )
    assert profile_text(profile).splitlines()[:5] == [
        "[31mRed",
        "========",
        "Organization  https://example.org/a",
        "also: two lines; back",
        "tab andbell",
    ]
