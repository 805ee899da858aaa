"""Networks: nodes, ties with their claims, measures, layout, and what others read of them."""

from __future__ import annotations

import io
import itertools
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from cop_graph import networks
from cop_graph.dataset import find_source
from cop_graph.errors import NetworkError, OutputError
from cop_graph.graph import Graph
from cop_graph.model import Answer, Reference, Row
from cop_graph.namespaces import COP, RDF, compact, expand
from cop_graph.networks import (
    LABEL_ROOM,
    MEASURES,
    NO_REGION,
    TOLERANCE,
    Network,
    build_network,
    ego_network,
    keep_kinds,
    layout,
    measure,
    network_bytes,
)
from cop_graph.questions import evidence
from cop_graph.store import EmbeddedStore, memory_store

ENTITIES = """\
@prefix cop: <https://w3id.org/cop-graph/ontology#> .
@prefix copd: <https://w3id.org/cop-graph/id/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
copd:organization-harbour-desk a cop:Organization ; skos:prefLabel "Harbour “desk” مكتب 🌊"@en .
copd:organization-tide-fund a cop:Organization ; skos:prefLabel "Tide Fund"@en .
copd:state-westmark cop:m49Region cop:region-micronesia .
copd:state-eastmark cop:m49Region cop:region-melanesia .
"""
TIES = """\
organization-blue-lantern-office isMemberOf copd:organization-kite-works done
organization-kite-works partnersWith copd:organization-blue-lantern-office planned
organization-kite-works partnersWith cop:group-parents done
organization-kite-works partnersWith copd:state-eastmark done
state-westmark assists copd:state-eastmark ongoing
organization-harbour-desk isPartOf copd:organization-tide-fund stated
organization-tide-fund isBasedIn copd:state-westmark stated
"""
OFFICE, WORKS = "copd:organization-blue-lantern-office", "copd:organization-kite-works"
DESK, FUND = "copd:organization-harbour-desk", "copd:organization-tide-fund"
EAST, WEST, MIRA = "copd:state-eastmark", "copd:state-westmark", "copd:person-mira-quill"


def with_ties(folder: Path) -> Graph:
    """Add two actors and a few ties to a copy of the small graph."""
    (folder / "entities" / "further.ttl").write_text(ENTITIES, encoding="utf-8")
    claims = folder / "claims" / "beta-1.ttl"
    text = claims.read_text(encoding="utf-8")
    for number, tie in enumerate(TIES.splitlines(), 101):
        subject, relation, target, status = tie.split()
        text += f"""
copd:claim-beta-1-2-1-{number} a cop:Claim ;
    rdf:subject copd:{subject} ; rdf:predicate cop:{relation} ; rdf:object {target} ;
    cop:anchor "Those present"@en ; cop:paragraph copd:paragraph-beta-1-2-1 ;
    cop:status cop:status-{status} .
"""
    text = text.replace(
        "rdf:object copd:state-eastmark ;",
        'rdf:object copd:state-eastmark ;\n    cop:start "2030"^^xsd:gYear ; '
        'cop:end "2033-04"^^xsd:gYearMonth ; cop:topic cop:theme-privacy ;',
        1,
    )
    claims.write_text(text, encoding="utf-8")
    source = find_source(folder)
    return Graph(memory_store(source), source)


@pytest.fixture
def rich(small_copy: Path) -> Graph:
    return with_ties(small_copy)


@pytest.fixture
def network(rich: Graph) -> Network:
    return rich.network()


def pairs(network: Network) -> list[tuple[str, str, str]]:
    return sorted(
        (source, attributes["relation"], target)
        for source, target, attributes in network.graph.edges(data=True)
    )


def by_claims(edge: tuple[str, str, dict[str, Any]]) -> str:
    return str(edge[2]["claims"])


def simple_graph() -> nx.Graph[str]:
    """The same ties, written down by hand."""
    return nx.Graph([(OFFICE, WORKS), (WORKS, EAST), (WEST, EAST), (MIRA, WEST), (DESK, FUND)])


def test_nodes_are_the_named_actors_of_the_ties(network: Network, rich: Graph) -> None:
    regulator, private = (
        str(rich.resolve(f"cop:organization-kind-{name}")) for name in ("regulator", "private")
    )
    assert dict(network.graph.nodes(data=True)) == {
        OFFICE: {
            "label": "Blue Lantern Office",
            "kind": regulator,
            "category": "Organization",
            "region": NO_REGION,
        },
        WORKS: {
            "label": "Kite Works",
            "kind": private,
            "category": "Organization",
            "region": NO_REGION,
        },
        DESK: {
            "label": "Harbour “desk” مكتب 🌊",
            "kind": "organization",
            "category": "Organization",
            "region": NO_REGION,
        },
        FUND: {
            "label": "Tide Fund",
            "kind": "organization",
            "category": "Organization",
            "region": "Micronesia",
        },
        EAST: {"label": "Eastmark", "kind": "state", "category": "State", "region": "Melanesia"},
        WEST: {"label": "Westmark", "kind": "state", "category": "State", "region": "Micronesia"},
        MIRA: {
            "label": "Mira Quill",
            "kind": "person",
            "category": "Person",
            "region": "Micronesia",
        },
    }


def test_groups_are_not_nodes(network: Network, rich: Graph) -> None:
    partners = {str(row.partner) for row in rich.ask("partners-of", actor="Kite Works")}
    parents = str(rich.resolve("cop:group-parents"))
    assert parents in partners
    assert "cop:group-parents" not in network.graph


def test_parallel_ties_are_kept(network: Network) -> None:
    assert pairs(network) == [
        (OFFICE, "cop:isMemberOf", WORKS),
        (OFFICE, "cop:partnersWith", WORKS),
        (DESK, "cop:isPartOf", FUND),
        (WORKS, "cop:partnersWith", OFFICE),
        (WORKS, "cop:partnersWith", EAST),
        (MIRA, "cop:represents", WEST),
        (WEST, "cop:assists", EAST),
    ]


def test_tie_carries_every_claim_behind_it(network: Network, rich: Graph) -> None:
    topics = ("cop:theme-awareness", "cop:theme-digital-literacy")
    key = f"{OFFICE} cop:partnersWith {WORKS} done"
    assert network.graph.edges[OFFICE, WORKS, key] == {
        "label": str(rich.resolve("cop:partnersWith", classes=["Relation"])),
        "relation": "cop:partnersWith",
        "status": str(rich.resolve("cop:status-done")),
        "asserts": True,
        "start": "",
        "end": "",
        "contexts": "Safe Harbour Programme",
        "topics": "; ".join(sorted(str(rich.resolve(topic)) for topic in topics)),
        "paragraphs": "2.1; 3.1",
        "reports": "Report of the first meeting of the Alpha Forum; "
        "Report of the first meeting of the Beta Council",
        "claims": "copd:claim-alpha-1-3-1-004 copd:claim-beta-1-2-1-001",
        "weight": 1,
    }


def test_tie_carries_its_dates_and_a_plan_does_not_assert(network: Network) -> None:
    dated = network.graph.edges[WORKS, EAST, f"{WORKS} cop:partnersWith {EAST} done"]
    planned = network.graph.edges[WORKS, OFFICE, f"{WORKS} cop:partnersWith {OFFICE} planned"]
    assert (dated["start"], dated["end"], dated["asserts"]) == ("2030", "2033-04", True)
    assert (planned["status"], planned["asserts"]) == ("planned", False)


def test_theme_keeps_only_the_ties_on_it(rich: Graph) -> None:
    assert pairs(rich.network(theme="cop:theme-privacy")) == [(WORKS, "cop:partnersWith", EAST)]


def test_network_keeps_its_name_and_answer(network: Network) -> None:
    assert (network.name, network.graph.name, network.answer.question) == (
        "partnership",
        "partnership",
        "partnership-ties",
    )
    assert len(network.answer) == network.graph.number_of_edges()


def test_build_network_refuses_an_answer_without_ties(rich: Graph) -> None:
    with pytest.raises(NetworkError) as caught:
        build_network(rich.store, rich.ask("partners-of", actor="BLO"))
    assert str(caught.value) == "the question 'partners-of' gives no ties (source, target)"


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        pytest.param(Reference("https://example.org/a", "A"), "A", id="itself"),
        pytest.param("a text", "a text", id="text"),
        pytest.param(None, "None", id="nothing"),
    ],
)
def test_build_network_refuses_a_tie_without_two_actors(
    target: Any, shown: str, network: Network, small_store: EmbeddedStore
) -> None:
    row = Row({"source": Reference("https://example.org/a", "A"), "target": target, "claims": ()})
    with pytest.raises(NetworkError) as caught:
        build_network(small_store, replace(network.answer, rows=[row]))
    assert str(caught.value) == f"the question 'partnership-ties' ties A to {shown}"


def test_build_network_takes_what_has_no_class_and_no_reference(small_store: EmbeddedStore) -> None:
    """Somebody's own question may tie what our data does not know."""
    ends = [Reference(f"https://example.org/{name}", name.upper()) for name in "ab"]
    cells = dict.fromkeys(("start", "end", "contexts", "topics"))
    row = Row(
        {"source": ends[0], "target": ends[1], "relation": "knows", "status": "said", **cells}
        | {"claims": ()}
    )
    kinds = {"source": "IRI", "target": "IRI"}
    answer = Answer("mine", "Mine?", kinds, [row], {}, scope=None)  # type: ignore[arg-type]
    made = build_network(small_store, answer, name="mine")
    assert dict(made.graph.nodes(data=True)) == {
        f"https://example.org/{name}": {
            "label": name.upper(),
            "kind": "other",
            "category": "Other",
            "region": NO_REGION,
        }
        for name in "ab"
    }
    [(_, _, attributes)] = made.graph.edges(data=True)
    assert (attributes["relation"], attributes["status"], attributes["asserts"]) == (
        "knows",
        "said",
        False,
    )


@pytest.mark.parametrize(
    ("format", "read"),
    [
        pytest.param("gexf", nx.read_gexf, id="gexf"),
        pytest.param("graphml", nx.read_graphml, id="graphml"),
    ],
)
def test_networkx_reads_back_the_same_attributes(
    format: str, read: Callable[[io.BytesIO], Any], network: Network
) -> None:
    back = read(io.BytesIO(network_bytes(network, format)))
    names = set(next(iter(network.graph.edges(data=True)))[2])
    edges = [
        (source, target, {name: attributes[name] for name in names})
        for source, target, attributes in back.edges(data=True)
    ]
    assert dict(back.nodes(data=True)) == dict(network.graph.nodes(data=True))
    assert sorted(edges, key=by_claims) == sorted(network.graph.edges(data=True), key=by_claims)


@pytest.mark.parametrize("format", networks.NETWORK_FORMATS)
def test_network_bytes_are_the_same_on_another_day(
    format: str, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = network_bytes(network, format)
    monkeypatch.setattr("time.strftime", lambda *_: "1999-12-31")
    assert network_bytes(network, format) == today


def test_network_bytes_refuses_an_unknown_format(network: Network) -> None:
    with pytest.raises(NetworkError) as caught:
        network_bytes(network, "dot")
    assert str(caught.value) == "no format 'dot'; there are gexf, graphml"


@pytest.mark.parametrize("name", ["ties.gexf", "ties.GRAPHML"])
def test_write_takes_the_format_from_the_ending(
    name: str, network: Network, tmp_path: Path
) -> None:
    network.write(tmp_path / name)
    ending = name.lower().rpartition(".")[2]
    assert (tmp_path / name).read_bytes() == network_bytes(network, ending)


def test_write_refuses_another_ending(network: Network, tmp_path: Path) -> None:
    with pytest.raises(NetworkError) as caught:
        network.write(tmp_path / "ties.csv")
    assert str(caught.value) == f"{tmp_path}/ties.csv: a network is written as .gexf or .graphml"
    assert not (tmp_path / "ties.csv").exists()


def test_write_says_where_it_cannot_write(network: Network, tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        network.write(tmp_path / "nowhere" / "ties.gexf")
    assert str(caught.value) == (
        f"{tmp_path}/nowhere/ties.gexf: cannot be written: No such file or directory. "
        "What was there is unchanged."
    )


@pytest.mark.parametrize(
    ("centre", "radius", "kept"),
    [
        pytest.param(MIRA, 1, {MIRA, WEST}, id="one-tie-away"),
        pytest.param(MIRA, 2, {MIRA, WEST, EAST}, id="two-ties-away"),
        pytest.param(EAST, 1, {EAST, WEST, WORKS}, id="ties-of-either-direction"),
        pytest.param(DESK, 5, {DESK, FUND}, id="a-component-of-its-own"),
    ],
)
def test_ego_network_keeps_what_is_near(
    centre: str, radius: int, kept: set[str], network: Network
) -> None:
    near = ego_network(network, centre, radius=radius)
    assert set(near.graph) == kept
    assert pairs(near) == [tie for tie in pairs(network) if {tie[0], tie[2]} <= kept]
    assert (near.name, near.answer) == (network.name, network.answer)


def test_ego_network_says_that_silence_is_no_proof(network: Network) -> None:
    with pytest.raises(NetworkError) as caught:
        ego_network(network, "copd:organization-beta-council")
    assert str(caught.value) == (
        "copd:organization-beta-council has no tie in the network 'partnership'. "
        "That says only that the reports state none"
    )


@pytest.mark.parametrize(
    ("kinds", "kept"),
    [
        pytest.param(["State"], {EAST, WEST}, id="class"),
        pytest.param(["sTATE", "person"], {EAST, WEST, MIRA}, id="any-case"),
        pytest.param(["Organization"], {OFFICE, WORKS, DESK, FUND}, id="organizations"),
        pytest.param(["regulator"], {OFFICE}, id="kind-without-ties-between"),
        pytest.param(["lighthouse"], set(), id="unknown"),
    ],
)
def test_keep_kinds_keeps_nodes_and_the_ties_between(
    kinds: list[str], kept: set[str], network: Network
) -> None:
    before = pairs(network)
    narrowed = keep_kinds(network, kinds)
    assert set(narrowed.graph) == kept
    assert pairs(narrowed) == [tie for tie in before if {tie[0], tie[2]} <= kept]
    assert pairs(network) == before


@pytest.mark.parametrize(
    ("name", "computed"),
    [
        pytest.param("degree", lambda graph: dict(graph.degree()), id="degree"),
        pytest.param("betweenness", nx.betweenness_centrality, id="betweenness"),
        pytest.param("pagerank", nx.pagerank, id="pagerank"),
    ],
)
def test_measures_equal_those_of_networkx(
    name: str, computed: Callable[[Any], dict[str, float]], network: Network
) -> None:
    assert measure(network.graph, name) == pytest.approx(computed(simple_graph()))


@pytest.mark.parametrize("name", MEASURES)
def test_measures_of_nothing_are_empty(name: str) -> None:
    assert measure(nx.MultiDiGraph(), name) == {}


def test_measure_refuses_an_unknown_name(network: Network) -> None:
    with pytest.raises(NetworkError) as caught:
        measure(network.graph, "fame")
    assert str(caught.value) == "no measure 'fame'; there are degree, betweenness, pagerank"


def named(graph: nx.Graph[Any]) -> nx.MultiDiGraph[str]:
    return nx.MultiDiGraph(nx.relabel_nodes(graph, {node: f"copd:{node!s:0>4}" for node in graph}))


GRAPHS = {
    "star": nx.star_graph(60),
    "chain": nx.path_graph(50),
    "knot": nx.complete_graph(40),
    "grid": nx.grid_2d_graph(9, 9),
    "tree": nx.random_labeled_tree(100, seed=1),
    "mesh": nx.gnp_random_graph(100, 0.04, seed=2),
    "pairs": nx.disjoint_union_all([nx.path_graph(2)] * 20),
    "alone": nx.empty_graph(7),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_layout_leaves_each_label_its_room(name: str) -> None:
    graph = named(GRAPHS[name])
    places = layout(graph)
    overlaps = [
        min(LABEL_ROOM[0] - abs(x1 - x2), LABEL_ROOM[1] - abs(y1 - y2))
        for (x1, y1), (x2, y2) in itertools.combinations(places.values(), 2)
    ]
    assert set(places) == set(graph)
    assert max(overlaps) <= TOLERANCE


def test_layout_that_runs_out_of_moves_still_places_every_node(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(networks, "MOST_MOVES", 3)
    graph = named(nx.complete_graph(40))
    assert set(layout(graph)) == set(graph)


@pytest.mark.parametrize("exact", [True, False], ids=["exact", "approximate"])
def test_layout_does_not_depend_on_the_order_of_nodes_and_ties(
    exact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "EXACT_LAYOUT_NODES", 400 if exact else 5)
    graph = named(nx.disjoint_union(nx.petersen_graph(), nx.path_graph(6)))
    turned: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    turned.add_nodes_from(reversed(list(graph)))
    turned.add_edges_from((target, source) for source, target in reversed(list(graph.edges())))
    assert layout(turned) == layout(graph)


def test_layout_is_the_same_in_another_process(tmp_path: Path) -> None:
    script = tmp_path / "places.py"
    script.write_text(
        "import networkx as nx\n"
        "from cop_graph.networks import layout\n"
        "graph = nx.relabel_nodes(nx.petersen_graph(), str)\n"
        "print(layout(nx.MultiDiGraph(graph)))\n",
        encoding="utf-8",
    )
    printed = {
        subprocess.run(
            [sys.executable, str(script)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    here = f"{layout(nx.MultiDiGraph(nx.relabel_nodes(nx.petersen_graph(), str)))}\n"
    assert printed == {here}


def test_layout_of_another_seed_differs_where_it_is_approximate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(networks, "EXACT_LAYOUT_NODES", 5)
    graph = named(nx.petersen_graph())
    assert layout(graph, seed=1) != layout(graph, seed=2)


@pytest.mark.parametrize(
    ("graph", "places"),
    [
        pytest.param(nx.MultiDiGraph(), {}, id="nothing"),
        pytest.param(nx.MultiDiGraph([("a", "a")]), {"a": (0.0, 0.0)}, id="one-node"),
    ],
)
def test_layout_of_little(
    graph: nx.MultiDiGraph[str], places: dict[str, tuple[float, float]]
) -> None:
    assert layout(graph) == places


# The other networks


EVERY = tuple(networks.PROJECTIONS)


@pytest.fixture(scope="module")
def real() -> Graph:
    source = find_source()
    return Graph(memory_store(source, named_graphs=False), source)


@pytest.mark.parametrize("name", EVERY)
def test_every_network_says_what_a_tie_means(name: str) -> None:
    assert networks.DEFINITIONS[name]


def test_unknown_network_names_those_there_are(rich: Graph) -> None:
    with pytest.raises(NetworkError) as caught:
        rich.network("friends")
    assert str(caught.value) == (
        "no network 'friends'; there is partnership, participation, co-participation, support, "
        "all, themes"
    )


@pytest.mark.parametrize("format", networks.NETWORK_FORMATS)
@pytest.mark.parametrize("name", EVERY)
def test_every_network_survives_the_round_trip(name: str, format: str, real: Graph) -> None:
    network = real.network(name)
    read = {"gexf": nx.read_gexf, "graphml": nx.read_graphml}[format]
    back = read(io.BytesIO(network_bytes(network, format)))
    names = set(next(iter(network.graph.edges(data=True)))[2])

    def edges(graph: Any) -> list[Any]:
        return sorted(
            (
                [sorted((s, t)) if not network.graph.is_directed() else [s, t]]
                + [attributes[name] for name in sorted(names)]
                for s, t, attributes in graph.edges(data=True)
            ),
            key=str,
        )

    assert {"weight", "reports", "claims", "asserts"} < names
    assert dict(back.nodes(data=True)) == dict(network.graph.nodes(data=True))
    assert len(edges(back)) == network.graph.number_of_edges() > 40
    for ours, theirs in zip(edges(network.graph), edges(back), strict=True):
        assert ours == theirs


@pytest.mark.parametrize("name", EVERY)
def test_twenty_edges_of_every_network_lead_to_their_words(name: str, real: Graph) -> None:
    """From the attribute of an edge to the anchor is one look-up."""
    network = real.network(name)
    edges = sorted(network.graph.edges(data=True), key=by_claims)
    for source, target, attributes in random.Random(22).sample(edges, 20):
        claims = [expand(claim) for claim in attributes["claims"].split()]
        found = evidence(real.store, claims)
        assert claims
        assert all(found[claim].anchors and found[claim].number for claim in claims)
        assert set(attributes["paragraphs"].split("; ")) == {one.number for one in found.values()}
        ends = {
            compact(term.value)
            for claim in claims
            for end in ("subject", "object")
            for term in real.store.objects(claim, RDF + end)
        } | {compact(t.value) for c in claims for t in real.store.objects(c, COP + "topic")}
        assert {source, target} <= ends


def test_participation_reads_from_the_actor_to_the_thing(small_graph: Graph) -> None:
    network = small_graph.network("participation")
    ties = {(s, a["label"], t) for s, t, a in network.graph.edges(data=True)}
    assert (OFFICE, "leads", "copd:initiative-safe-harbour") in ties
    assert (MIRA, "participates in", "copd:event-alpha-forum-1") in ties
    assert {network.graph.nodes[source]["category"] for source, _, _ in ties} <= {
        "State",
        "Organization",
        "Person",
    }


def test_shared_things_are_folded_into_one_tie_with_their_number(real: Graph) -> None:
    network = real.network("co-participation")
    shares = real.network("participation").graph
    assert not network.graph.is_directed()
    facts = [edge for edge in network.graph.edges(data=True) if edge[2]["asserts"]]
    assert facts
    for source, target, attributes in facts:
        both = {
            frozenset(t for _, t, asserts in shares.out_edges(end, data="asserts") if asserts)
            for end in (source, target)
        }
        common = frozenset.intersection(*both)
        assert attributes["weight"] == len(common)
        labels = {shares.nodes[thing]["label"] for thing in common}
        assert attributes["contexts"] == "; ".join(sorted(labels))


def test_plans_are_left_out_on_request_and_never_assert(real: Graph) -> None:
    for name in EVERY:
        whole, facts = real.network(name), real.network(name, include_plans=False)
        plans = [d for *_, d in whole.graph.edges(data=True) if not d["asserts"]]
        assert {d["status"] for d in plans} & {"stated", "done", "ongoing"} == set()
        assert whole.graph.number_of_edges() - len(plans) == facts.graph.number_of_edges()
        assert all(asserts for *_, asserts in facts.graph.edges(data="asserts"))


def test_report_and_status_narrow_a_network(small_graph: Graph) -> None:
    beta = small_graph.network(report="beta-1")
    [(_, _, attributes)] = beta.graph.edges(data=True)
    assert attributes["claims"] == "copd:claim-beta-1-2-1-001"
    planned = small_graph.network("support", status="planned")
    assert {status for *_, status in planned.graph.edges(data="status")} == {"planned"}


def test_region_comes_of_the_state_and_of_nothing_else(real: Graph) -> None:
    nodes = real.network("all").graph.nodes

    def region(name: str) -> str:
        return str(nodes[f"copd:{name}"]["region"])

    assert region("state-pakistan") == "Southern Asia"
    assert region("organization-pakistan-telecommunication-authority") == "Southern Asia"
    assert region("organization-scort-foundation") == "Western Europe"
    assert region("initiative-digital-hifazat") == "Southern Asia"
    assert region("organization-international-telecommunication-union") == NO_REGION
    assert region("organization-itu-council") == NO_REGION


HOSTILE = "bell \x07 null \x00 escape \x1b tab \t lone \ud800 end \uffff 🌊"


@pytest.mark.parametrize("format", networks.NETWORK_FORMATS)
def test_characters_that_xml_cannot_hold_leave_the_file_readable(
    format: str, network: Network
) -> None:
    graph = network.graph.copy()
    graph.nodes[OFFICE]["label"] = HOSTILE
    for *_, attributes in graph.edges(data=True):
        attributes["contexts"] = HOSTILE
    read = {"gexf": nx.read_gexf, "graphml": nx.read_graphml}[format]
    back = read(io.BytesIO(network_bytes(replace(network, graph=graph), format)))
    label = back.nodes[OFFICE]["label"]
    assert label.startswith("bell \ufffd null \ufffd escape \ufffd tab")
    assert label.endswith("lone \ufffd end \ufffd 🌊")
    assert graph.nodes[OFFICE]["label"] == HOSTILE


def test_measures_of_the_map_leave_plans_out() -> None:
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", asserts=True)
    graph.add_edge("b", "c", asserts=False)
    assert measure(graph, "degree") == {"a": 1.0, "b": 1.0, "c": 0.0}
    assert measure(graph, "degree", include_plans=True) == {"a": 1.0, "b": 2.0, "c": 1.0}
    assert measure(graph, "pagerank")["c"] == 0.0
