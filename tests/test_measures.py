"""Measures: each computed anew from the exported file, and what one paragraph carries."""

from __future__ import annotations

import itertools
import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from conftest import ROOT, SMALL
from test_queries import further_turtle

import cop_graph
from cop_graph.dataset import find_source
from cop_graph.errors import NetworkError
from cop_graph.graph import Graph
from cop_graph.measures import (
    NODE_MEASURES,
    Measures,
    measure_network,
    node_rows,
    notes,
    paragraphs_of,
    range_text,
    summary,
    summary_lines,
)
from cop_graph.model import Answer
from cop_graph.namespaces import COPD
from cop_graph.networks import (
    FACTS_NOTE,
    LIMITS_NOTE,
    NO_REGION,
    PLANS_NOTE,
    PROJECTIONS,
    Network,
)
from cop_graph.store import memory_store

GIVEN = tuple(PROJECTIONS)
PARAGRAPHS = itertools.cycle(["beta-1-2-1", "alpha-1-3-1", "alpha-1-3-2"])


def opened(data: Path) -> Graph:
    source = find_source(data)
    return Graph(memory_store(source, named_graphs=False), source)


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented data with the further claims of the tests of questions, in three paragraphs."""
    data = Path(shutil.copytree(SMALL, tmp_path_factory.mktemp("wide") / "data"))
    parts = [
        re.sub(r"paragraph-beta-1-2-1 ", f"paragraph-{next(PARAGRAPHS)} ", line)
        for line in further_turtle().split("\n")
    ]
    (data / "claims" / "further.ttl").write_text("\n\n".join(parts), encoding="utf-8")
    return data


@pytest.fixture(scope="module")
def graphs(wide: Path) -> dict[str, Graph]:
    return {"invented": opened(wide), "real": opened(ROOT / "data")}


@pytest.fixture(scope="module")
def measured(graphs: dict[str, Graph]) -> Callable[[str, str], Measures]:
    """Each network measured once."""
    known: dict[tuple[str, str], Measures] = {}

    def of(which: str, name: str) -> Measures:
        if (which, name) not in known:
            known[which, name] = graphs[which].network(name).measures()
        return known[which, name]

    return of


def drawn(*ties: str, plans: tuple[str, ...] = (), **kinds: str) -> Network:
    """Make a network of ties such as ``a-b``."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name="drawn")
    for tie in [*ties, *plans]:
        for node in tie.split("-"):
            kind, _, region = kinds.get(node, "").partition("/")
            graph.add_node(node, label=node.upper(), kind=kind, region=region or NO_REGION)
        source, target = tie.split("-")
        graph.add_edge(source, target, key=tie, asserts=tie not in plans, weight=1)
    answer = Answer("drawn", "Drawn?", {}, [], {}, scope=None)  # type: ignore[arg-type]
    return Network("drawn", graph, answer)


every_network = pytest.mark.parametrize("name", GIVEN)
both_graphs = pytest.mark.parametrize("which", ["invented", "real"])


# The same from the exported file


@both_graphs
@every_network
def test_every_measure_is_that_of_networkx_on_the_exported_file(
    which: str, name: str, measured: Callable[[str, str], Measures], tmp_path: Path
) -> None:
    measures = measured(which, name)
    measures.network.write(tmp_path / "network.gexf")

    read = nx.read_gexf(tmp_path / "network.gexf")
    facts = [(s, t, d) for s, t, d in read.edges(data=True) if d["asserts"]]
    names = sorted({end for s, t, _ in facts for end in (s, t)})
    simple: nx.Graph[int] = nx.Graph()
    simple.add_nodes_from(range(len(names)))
    simple.add_edges_from(sorted(sorted((names.index(s), names.index(t))) for s, t, _ in facts))
    strength = dict.fromkeys(range(len(names)), 0.0)
    for s, t, attributes in facts:
        for end in (s, t):
            strength[names.index(end)] += attributes["weight"]
    expected = {
        "degree": dict(simple.degree()),
        "betweenness": nx.betweenness_centrality(simple),
        "closeness": nx.closeness_centrality(simple),
        "pagerank": nx.pagerank(simple),
        "core": nx.core_number(simple),
        "constraint": nx.constraint(simple),
        "strength": strength,
    }
    assert len(names) > 2
    assert list(expected) == list(NODE_MEASURES) == list(measures.values)
    for measure, values in expected.items():
        found = measures.values[measure]
        assert sorted(found) == names
        assert [found[node] for node in names] == pytest.approx(
            [values[at] for at in range(len(names))]
        ), measure

    parts = nx.community.louvain_communities(simple, seed=22)
    assert groups(measures.communities) == {frozenset(names[at] for at in part) for part in parts}
    assert measures.modularity == pytest.approx(nx.community.modularity(simple, parts))
    assert groups(measures.components) == {
        frozenset(names[at] for at in part) for part in nx.connected_components(simple)
    }
    assert set(map(frozenset, measures.bridges)) == {
        frozenset((names[a], names[b])) for a, b in nx.bridges(simple)
    }
    assert set(measures.brokers) == {names[at] for at in nx.articulation_points(simple)}
    assert measures.density == pytest.approx(nx.density(simple))
    for attribute in ("kind", "region"):
        values = {at: read.nodes[node][attribute] for at, node in enumerate(names)}
        kept = simple.subgraph(at for at in simple if values[at] != NO_REGION).copy()
        nx.set_node_attributes(kept, values, attribute)
        if measures.assortativity[attribute] is None:
            assert len({values[end] for edge in kept.edges() for end in edge}) < 2
        else:
            assert measures.assortativity[attribute] == pytest.approx(
                nx.attribute_assortativity_coefficient(kept, attribute)
            )


def groups(numbers: Any) -> set[frozenset[str]]:
    return {
        frozenset(node for node in numbers if numbers[node] == number)
        for number in set(numbers.values())
    }


def test_same_seed_gives_the_same_bytes_in_another_process() -> None:
    written = set()
    for hash_seed in ("1", "2"):
        for command in (
            ["network", "themes", "--format", "json", "--measure", "betweenness", "--seed", "7"],
            ["export", "--format", "gexf", "--network", "co-participation"],
        ):
            done = subprocess.run(
                [sys.executable, "-m", "cop_graph.cli", *command, "--data", str(SMALL)],
                env={**os.environ, "PYTHONHASHSEED": hash_seed},
                cwd=ROOT,
                capture_output=True,
                check=True,
            )
            written.add((tuple(command), done.stdout))
    assert len(written) == 2
    assert all(len(body) > 100 for _, body in written)


# Facts and plans


def test_plans_are_not_counted_unless_asked_for() -> None:
    network = drawn("a-b", "b-a", plans=("b-c", "d-e"))
    facts, both = measure_network(network), measure_network(network, include_plans=True)
    assert facts.values["degree"] == {"a": 1, "b": 1}
    assert both.values["degree"] == {"a": 1, "b": 2, "c": 1, "d": 1, "e": 1}
    assert (summary(facts)["ties"], summary(facts)["plans"], summary(both)["ties"]) == (2, 2, 4)
    assert list(notes(facts)) == [FACTS_NOTE, LIMITS_NOTE]
    assert list(notes(both)) == [PLANS_NOTE, LIMITS_NOTE]


def test_empty_network_has_no_ranks_and_says_so() -> None:
    measures = measure_network(drawn(plans=("a-b",)))
    assert node_rows(measures, "degree") == []
    assert (summary(measures)["nodes"], measures.modularity, measures.density) == (0, None, 0.0)
    assert "0 nodes in 0 parts" in list(summary_lines(measures))[1]


# Ranks and words


def test_equals_share_a_rank_and_the_next_are_skipped() -> None:
    measures = measure_network(drawn("hub-a", "hub-b", "hub-c", "a-b"))
    assert measures.shown_ranks("degree") == {"hub": "1", "a": "2=", "b": "2=", "c": "4"}
    assert measures.ordered("degree") == ["hub", "a", "b", "c"]
    assert measures.ranks("constraint")["hub"] == 1


def test_sentences_say_what_a_value_means() -> None:
    measures = measure_network(drawn("hub-a", "hub-b", "hub-c", "a-b", "c-d"))
    say = measures.sentence
    assert say("degree", "hub") == "is tied to 3 others"
    assert say("degree", "d") == "is tied to 1 other"
    for measure in ("betweenness", "constraint"):
        assert say(measure, "hub") == (
            "goes between groups that have no other link: without it, its part of the network "
            "falls into 2"
        )
    assert say("betweenness", "a") == "no shortest way between two others needs it"
    assert say("constraint", "d") == "has one partner only and goes between nobody"
    assert say("closeness", "hub") == "reaches 4 others, in 1.2 steps on average"
    assert say("core", "a") == (
        "is one of a set in which each is tied to at least 2 others of the set"
    )
    assert say("pagerank", "d").startswith("one who follows ties at random is here ")
    square = measure_network(drawn("a-b", "b-c", "c-d", "d-a"))
    assert square.sentence("betweenness", "a") == (
        "16.7 % of the shortest ways between two others pass through it"
    )


def test_mixing_is_told_in_words_and_only_of_what_is_said() -> None:
    kinds = {"a": "x/North", "b": "x/North", "c": "y/South", "d": "y/South", "e": "y"}
    lines = list(summary_lines(measure_network(drawn("a-b", "c-d", "d-e", **kinds))))
    assert lines[-2] == ("By kind: ties seek the same kind (assortativity 1.00, from -1 to 1).")
    assert lines[-1] == (
        "By region: ties seek the same region (assortativity 1.00, from -1 to 1, among those "
        "whose region is said)."
    )
    alone = list(summary_lines(measure_network(drawn("a-b", a="x", b="x"))))
    assert alone[-1] == "By region: too few ties to say whether like is tied to like."


def test_unknown_measure_is_refused() -> None:
    measures = measure_network(drawn("a-b"))
    for ask in (measures.ranks, measures.stability):
        with pytest.raises(NetworkError, match="no measure 'fame'; there are degree, betweenness"):
            ask("fame")


# What one paragraph carries


def without(data: Path, paragraph: str, folder: Path) -> Graph:
    """Build anew from the data without the claims of a paragraph."""
    copy = Path(shutil.copytree(data, folder / "copy"))
    for path in (copy / "claims").glob("*.ttl"):
        blocks = path.read_text(encoding="utf-8").split("\n\n")
        kept = [
            block
            for block in blocks
            if not ("a cop:Claim" in block and re.search(rf"copd:{paragraph}\s", block))
        ]
        path.write_text("\n\n".join(kept), encoding="utf-8")
    return opened(copy)


def contents(network: Network) -> tuple[dict[str, Any], dict[str, Any]]:
    edges = {key: attributes for _, _, key, attributes in network.graph.edges(keys=True, data=True)}
    return dict(network.graph.nodes(data=True)), edges


@pytest.mark.parametrize(
    ("which", "paragraph"),
    [
        ("invented", "paragraph-alpha-1-1-1"),
        ("invented", "paragraph-alpha-1-3-1"),
        ("invented", "paragraph-alpha-1-3-2"),
        ("invented", "paragraph-beta-1-2-1"),
        ("real", "paragraph-cwg-cop-22-5-8"),
        ("real", "paragraph-cwg-cop-22-4-1-b04"),
    ],
)
def test_leaving_out_a_paragraph_is_what_a_build_without_its_claims_gives(
    which: str,
    paragraph: str,
    wide: Path,
    measured: Callable[[str, str], Measures],
    tmp_path: Path,
) -> None:
    rebuilt = without(wide if which == "invented" else ROOT / "data", paragraph, tmp_path)
    touched = 0
    for name in GIVEN:
        whole, anew = measured(which, name), rebuilt.network(name)
        network = whole.network
        said_in = {one.paragraph for one in network.basis.claims.values()}
        if f"{COPD}{paragraph}" not in said_in:
            assert contents(anew) == contents(network)
            continue
        removal = cop_graph.without_paragraph(network, f"copd:{paragraph}", measure="betweenness")
        touched += 1
        assert contents(removal.network) == contents(anew), name
        before, after = contents(network)[1], contents(anew)[1]
        assert set(removal.gone) == before.keys() - after.keys()
        assert set(removal.weakened) == {key for key in after if after[key] != before[key]}
        assert set(removal.lost) == set(network.graph) - set(anew.graph)
        ranks = (whole.ranks("betweenness"), anew.measures().ranks("betweenness"))
        assert removal.moves == {
            node: (ranks[0].get(node), ranks[1].get(node))
            for node in sorted({*ranks[0], *ranks[1]})
            if ranks[0].get(node) != ranks[1].get(node)
        }
    assert touched >= 2


@both_graphs
@pytest.mark.parametrize(
    ("name", "measure"),
    [("partnership", "betweenness"), ("themes", "degree"), ("co-participation", "strength")],
)
def test_stability_is_what_leaving_out_each_paragraph_gives(
    which: str, name: str, measure: str, measured: Callable[[str, str], Measures]
) -> None:
    measures = measured(which, name)
    whole = measures.ranks(measure)
    seen = {node: [rank] for node, rank in whole.items()}
    lost: dict[str, int] = dict.fromkeys(whole, 0)
    for paragraph in paragraphs_of(measures.network):
        moves = cop_graph.without_paragraph(measures.network, paragraph, measure=measure).moves
        for node, (_, now) in moves.items():
            if now is None:
                lost[node] += 1
            elif node in seen:
                seen[node].append(now)
    found = measures.stability(measure)
    assert {node: (one.rank, one.lowest, one.highest) for node, one in found.items()} == {
        node: (whole[node], min(ranks), max(ranks)) for node, ranks in seen.items()
    }
    assert {node: len(one.lost_without) for node, one in found.items()} == lost
    assert any(one.paragraph for one in found.values())
    assert all((one.paragraph is None) == (one.lowest == one.highest) for one in found.values())


def test_paragraph_is_found_by_its_number_and_a_wrong_one_lists_those_there_are(
    graphs: dict[str, Graph],
) -> None:
    network = graphs["real"].network("partnership")
    assert network.without_paragraph("5.8").paragraph.endswith("cwg-cop-22-5-8")
    with pytest.raises(NetworkError, match=r"rests on a paragraph '9.9'; there are .*5\.5"):
        network.without_paragraph("9.9")


def test_large_network_is_not_tried_paragraph_by_paragraph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cop_graph.measures.LEAVE_OUT_NODES", 1)
    with pytest.raises(NetworkError, match="2 nodes are too many"):
        measure_network(drawn("a-b")).stability("degree")


# What is written


def test_rows_hold_all_values_and_how_firm_the_rank_is(
    measured: Callable[[str, str], Measures],
) -> None:
    measures = measured("real", "partnership")
    first = node_rows(measures, "betweenness", top=1)[0]
    assert first["label"] == "International Telecommunication Union"
    assert set(NODE_MEASURES) < first.keys()
    assert first["rankLowest"] <= 1 <= first["rankHighest"]
    assert range_text(measures.stability("betweenness")[first["node"]]).startswith("1")
    assert all(math.isfinite(first[name]) for name in NODE_MEASURES)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cop_graph.cli", *arguments, "--data", str(SMALL)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("format", ["table", "csv", "json"])
def test_command_says_scope_and_what_a_report_cannot_show(format: str) -> None:
    done = run("network", "--format", format)
    assert done.returncode == 0, done.stderr
    assert "Blue Lantern Office" in done.stdout
    assert LIMITS_NOTE in (done.stdout if format == "json" else done.stderr)
    assert "Searched: " in done.stderr
    if format == "json":
        document = json.loads(done.stdout)
        assert document["includesPlans"] is False
        assert [row["rank"] for row in document["rows"]] == ["1=", "1=", "1=", "1="]


def test_command_tells_what_goes_with_a_paragraph() -> None:
    done = run("network", "--without", "copd:paragraph-alpha-1-1-1", "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert "tie gone,copd:person-mira-quill cop:represents copd:state-westmark stated," in (
        done.stdout
    )
    assert "no tie left,Mira Quill," in done.stdout


def test_command_refuses_what_it_does_not_know() -> None:
    assert run("network", "friends").returncode == 2
    done = run("network", "--without", "9.9")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing in the network 'partnership' rests on a paragraph '9.9'" in done.stderr
