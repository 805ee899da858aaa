"""Ways between two: shortest first, each through something new, with words, bounds said."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise

import networkx as nx
import pytest
from conftest import ROOT, SMALL

import cop_graph
from cop_graph.dataset import find_source
from cop_graph.errors import NetworkError, UnknownEntityError
from cop_graph.graph import Graph
from cop_graph.model import Answer, Reference
from cop_graph.namespaces import COPD
from cop_graph.networks import LIMITS_NOTE, Network, facts_of
from cop_graph.store import memory_store
from cop_graph.ways import (
    DEFAULT_MAX_DEGREE,
    Connection,
    connection_json,
    connection_lines,
    connection_text,
    find_ways,
)


@pytest.fixture(scope="module")
def real() -> Graph:
    source = find_source()
    return Graph(memory_store(source, named_graphs=False), source)


def end(name: str) -> Reference:
    return Reference(f"{COPD}{name}", name)


def connected(
    *ties: str, ends: tuple[str, str] = ("a", "z"), plans: tuple[str, ...] = (), **bounds: object
) -> Connection:
    """Find ways in a network of ties such as ``a-b``; nodes have names of one letter."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name="all")
    for tie in [*ties, *plans]:
        source, target = (f"copd:{node}" for node in tie.split("-"))
        for node in (source, target):
            graph.add_node(node, label=node[5:])
        graph.add_edge(
            source, target, label="helps", status="planned" if tie in plans else "done",
            asserts=tie not in plans, start="", end="", contexts="",
        )  # fmt: skip
    answer = Answer("all", "All?", {}, [], {}, scope="nothing")  # type: ignore[arg-type]
    return find_ways(Network("all", graph, answer), *map(end, ends), **bounds)  # type: ignore[arg-type]


def ways(found: Connection) -> list[str]:
    return ["".join(node[5:] for node in way.nodes) for way in found.ways]


def test_shortest_comes_first_and_each_passes_through_something_new() -> None:
    found = connected("a-b", "b-z", "z-c", "a-c", "b-c", "c-d", "d-z", "a-z")
    assert ways(found) == ["az", "abz", "acz"]
    assert found.reason == "The best 3 are shown; --most shows more."
    more = connected("a-b", "b-z", "z-c", "a-c", "b-c", "c-d", "d-z", "a-z", most=9)
    assert ways(more) == ["az", "abz", "acz", "acdz"]
    assert more.reason == "No other way is distinct within these bounds."


def test_parallel_ties_are_one_step_with_all_of_them_facts_first() -> None:
    found = connected("z-a", "a-z", plans=("a-z",))
    assert ways(found) == ["az"]
    parallel = connected("a-b", "b-z", plans=("z-b",)).ways[0].steps[1].ties
    assert [(tie.source[5:], tie.asserts) for tie in parallel] == [("b", True), ("z", False)]


def test_facts_come_before_plans_of_one_length_and_plans_are_marked() -> None:
    found = connected("a-y", "y-z", "a-b", plans=("b-z",))
    assert ways(found) == ["ayz", "abz"]
    assert [way.asserts for way in found.ways] == [True, False]
    text = connection_text(found)
    assert "2. 2 steps – rests on a plan, not a fact: a — b — z" in text
    assert "b helps z (planned, not a fact)" in text
    assert ways(connected("a-b", plans=("b-z",), include_plans=False)) == []


HUB = ("a-h", "h-z", "h-m", "h-n", "h-o")


def test_no_way_passes_through_what_is_tied_to_too_many_but_ends_are_free() -> None:
    assert ways(connected(*HUB, max_degree=5)) == ["ahz"]
    stopped = connected(*HUB, max_degree=4)
    assert ways(stopped) == []
    assert stopped.passed_by == {"copd:h": 5}
    assert stopped.reason == (
        "No way within these bounds: --max-degree stopped it. One of 2 steps passes through h (5); "
        "--max-degree 5 shows it."
    )
    assert ways(connected(*HUB, ends=("h", "z"), max_degree=1)) == ["hz"]


def test_empty_answer_says_which_bound_stopped_it_or_that_the_reports_say_nothing() -> None:
    line = ("a-b", "b-c", "c-d", "d-z")
    assert connected(*line, max_steps=3).reason == (
        "No way of up to 3 steps: the shortest has 4; --max-steps 4 shows it."
    )
    assert ways(connected(*line, max_steps=4)) == ["abcdz"]
    assert connected("a-b", "y-z").reason == (
        "No way: the reports state no chain of ties from a to z, of any length and through "
        "anything. That is not to say that there is none."
    )
    assert connected("a-b").reason == (
        "No way: the reports state no tie of z with any named thing. That is not to say that "
        "there is none."
    )
    assert connection_text(connected("a-b")) == ""


def test_search_that_is_cut_short_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cop_graph.ways.CANDIDATES", 1)
    assert connected("a-b", "b-z", "a-c", "c-z").reason == (
        "The search stopped after 1 ways; there may be others."
    )


def test_step_that_was_shown_is_not_told_twice() -> None:
    text = connection_text(connected("a-b", "b-z", "b-c", "c-z"))
    assert text.count("a helps b (done)") == 1
    assert "   a — b: as in way 1" in text


def test_same_thing_at_both_ends_is_refused(real: Graph) -> None:
    with pytest.raises(NetworkError, match="UNICEF is both ends; name two things"):
        cop_graph.connect(real, "UNICEF", "unicef")


def test_misspelled_end_gives_suggestions(real: Graph) -> None:
    with pytest.raises(UnknownEntityError) as caught:
        cop_graph.connect(real, "Scort", "UNICFE")
    assert "UNICEF" in caught.value.suggestions


def test_how_scort_and_unicef_are_connected(real: Graph) -> None:
    found = cop_graph.connect(real, "Scort", "UNICEF")
    graph = facts_of(real.network("all").graph, include_plans=True)
    assert len(found.ways) == 3
    assert [found.labels[node] for node in found.ways[0].nodes] == [
        "Scort Foundation",
        "International Telecommunication Union",
        "Caribbean Telecommunications Union",
        "UNICEF",
    ]
    for way in found.ways:
        assert all(graph.has_edge(*pair) for pair in pairwise(way.nodes))
        assert all(graph.degree(node) <= DEFAULT_MAX_DEGREE for node in way.nodes[1:-1])
        for step in way.steps:
            assert all(found.evidence[claim].anchors for tie in step.ties for claim in tie.claims)
            assert all(tie.claims for tie in step.ties)
    text = connection_text(found)
    assert (
        "   Scort Foundation partners with International Telecommunication Union (ongoing)\n"
        in text
    )
    assert "5.18 (ongoing) «ITU» … «Since 2020» … «partnered with» [copd:claim-" in text


def test_default_degree_lets_partners_in_and_the_meeting_of_all_out(real: Graph) -> None:
    degrees = dict(facts_of(real.network("all").graph, include_plans=True).degree())
    above = [node for node, degree in degrees.items() if degree > DEFAULT_MAX_DEGREE]
    assert [real.network("all").graph.nodes[node]["kind"] for node in above] == ["meeting"]
    assert degrees["copd:organization-international-telecommunication-union"] <= DEFAULT_MAX_DEGREE


def test_json_holds_ways_evidence_and_what_was_searched(real: Graph) -> None:
    found = cop_graph.connect(real, "Scort", "UNICEF", most=1)
    document = json.loads(connection_json(found))
    [way] = document["ways"]
    assert next(node["label"] for node in way["nodes"]) == "Scort Foundation"
    assert all(tie["evidence"] for step in way["steps"] for tie in step["ties"])
    assert document["searched"]["maxDegree"] == DEFAULT_MAX_DEGREE
    assert document["notes"] == list(connection_lines(found))
    assert document["notes"][-1] == LIMITS_NOTE


def test_command_writes_ways_and_says_what_was_searched() -> None:
    command = [sys.executable, "-m", "cop_graph.cli", "connect", "BLO", "KW", "--data", str(SMALL)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1. 1 step: Blue Lantern Office — Kite Works\n")
    assert "3.1 (done) «partnered with Kite Works»" in done.stdout
    assert "(--max-degree): nothing is." in done.stderr
    assert LIMITS_NOTE in done.stderr
