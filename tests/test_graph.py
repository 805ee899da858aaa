"""The front: one object for questions, SPARQL, search and evidence, and the public names."""

from __future__ import annotations

import builtins
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cop_graph
from cop_graph.dataset import Source
from cop_graph.errors import (
    AmbiguousNameError,
    CopGraphError,
    DataError,
    NetworkError,
    QueryRefusedError,
    QuerySyntaxError,
    ReportError,
    StoreError,
    UnknownEntityError,
    UnknownQueryError,
)
from cop_graph.graph import Graph, Solutions, answer_frame, network, open_graph
from cop_graph.model import Evidence, Reference, Row
from cop_graph.namespaces import COP, COPD, SKOS
from cop_graph.store import build_store

EAST = Reference(f"{COPD}state-eastmark", "Eastmark")
WEST = Reference(f"{COPD}state-westmark", "Westmark")
OFFICE = Reference(f"{COPD}organization-blue-lantern-office", "Blue Lantern Office")
WORKS = Reference(f"{COPD}organization-kite-works", "Kite Works")


# The public names.


def test_public_names_are_sorted_and_each_resolves() -> None:
    names = [name for name in cop_graph.__all__ if name != "__version__"]
    assert names == sorted(names)
    assert {name: getattr(cop_graph, name).__name__ for name in names} == {
        name: name for name in names
    }
    assert dir(cop_graph) == sorted(cop_graph.__all__)


def test_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError) as caught:
        _ = cop_graph.graphs
    assert str(caught.value) == "module 'cop_graph' has no attribute 'graphs'"


def test_importing_the_package_loads_none_of_the_libraries() -> None:
    heavy = "click networkx numpy pandas pyoxigraph pyshacl pyvis rdflib rich scipy yaml".split()
    code = f"import cop_graph, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_public_error_has_one_base() -> None:
    errors = [DataError, NetworkError, QuerySyntaxError, ReportError, StoreError]
    assert all(issubclass(error, cop_graph.CopGraphError) for error in errors)


# Opening.


def test_open_graph_reads_the_data_named(small_source: Source, small_graph: Graph) -> None:
    graph = open_graph(small_source.data)
    quads = len(graph.store)
    assert graph.version == small_graph.version
    assert repr(graph) == f"Graph(EmbeddedStore({quads} quads, version={graph.version!r}))"


@pytest.mark.parametrize("named_graphs", [True, False], ids=["filled", "left-out"])
def test_open_graph_fills_the_graphs_of_reports_unless_told_not_to(
    named_graphs: bool, small_source: Source
) -> None:
    graph = open_graph(small_source.data, named_graphs=named_graphs)
    assert graph.query("ASK { GRAPH copd:report-alpha-1 { ?claim a cop:Claim } }") is named_graphs
    assert graph.query("ASK { ?claim a cop:Claim }") is True


def test_open_graph_reads_a_store_instead_of_files(small_source: Source, tmp_path: Path) -> None:
    build_store(tmp_path / "store", small_source)
    from_files, from_store = (
        open_graph(small_source.data, store=store) for store in (None, tmp_path / "store")
    )
    assert from_store.version == from_files.version
    assert from_store.ask("partners-of", actor="BLO") == from_files.ask("partners-of", actor="BLO")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param({"data": "nowhere"}, DataError, id="no-data"),
        pytest.param({"store": "nowhere"}, StoreError, id="no-store"),
        pytest.param({"reports": "nowhere"}, ReportError, id="no-reports"),
    ],
)
def test_open_graph_names_the_directory_that_is_not_there(
    arguments: dict[str, str], error: type[CopGraphError], small_source: Source
) -> None:
    with pytest.raises(error, match="nowhere"):
        open_graph(**{"data": small_source.data, **arguments})  # type: ignore[arg-type]


def test_open_graph_takes_reports_for_sentences(small_source: Source, small_graph: Graph) -> None:
    graph = open_graph(small_source.data, reports=str(small_graph.reports))
    [first, _] = graph.ask("partners-of", evidence=True, actor="BLO").evidence.values()
    assert first.sentence == "The office partnered with Kite Works on lessons for parents."


# Questions and evidence.


def test_questions_lists_what_can_be_asked(small_graph: Graph) -> None:
    listed = {question.name for question in small_graph.questions()}
    assert {"claims-about", "partners-of", "partnership-ties", "remarks-about", "reports"} <= listed


def test_ask_gives_rows_with_their_claims(small_graph: Graph) -> None:
    answer = small_graph.ask("partners-of", actor="BLO")
    assert [(row.partner, row.contexts, row.claims) for row in answer] == [
        (WORKS, "Safe Harbour Programme", (f"{COPD}claim-alpha-1-3-1-004",)),
        (WORKS, None, (f"{COPD}claim-beta-1-2-1-001",)),
    ]
    assert (answer.parameters, answer.evidence) == ({"actor": OFFICE}, {})


def test_ask_takes_none_for_not_given(small_graph: Graph) -> None:
    assert small_graph.ask("partnerships", status=None) == small_graph.ask("partnerships")


def test_ask_with_evidence_looks_up_every_claim(small_graph: Graph) -> None:
    answer = small_graph.ask("partners-of", evidence=True, actor="Kite Works")
    claim = f"{COPD}claim-beta-1-2-1-001"
    assert set(answer.evidence) == {claim for row in answer for claim in row.claims}
    assert answer.evidence[claim] == Evidence(
        claim=Reference(claim, "copd:claim-beta-1-2-1-001"),
        paragraph=Reference(f"{COPD}paragraph-beta-1-2-1", "2.1"),
        number="2.1",
        report=Reference(f"{COPD}report-beta-1", "Report of the first meeting of the Beta Council"),
        anchors=("partnered with Kite Works",),
        occurrence=None,
        status="done",
        sentence="The Blue Lantern Office partnered with Kite Works.",
    )


def test_evidence_of_rows_without_claims_is_empty(small_graph: Graph) -> None:
    answer = small_graph.ask("reports", evidence=True)
    assert (len(answer), answer.evidence) == (2, {})


def test_ask_knows_no_such_question(small_graph: Graph) -> None:
    with pytest.raises(UnknownQueryError, match="partners-of"):
        small_graph.ask("partner-of")


# SPARQL.


def test_query_gives_solutions_of_a_select(small_graph: Graph) -> None:
    solutions = small_graph.query(
        "SELECT ?state ?label ?none ?sum ?yes ?blank WHERE { ?state a cop:State ;"
        " skos:prefLabel ?label . BIND (1 + 1.5 AS ?sum) BIND (true AS ?yes)"
        " BIND (BNODE() AS ?blank) } ORDER BY ?state"
    )
    assert isinstance(solutions, Solutions)
    assert solutions.variables == ("state", "label", "none", "sum", "yes", "blank")
    assert len(solutions) == 2
    cells = [row.as_dict() for row in solutions]
    blanks = [str(row.pop("blank")) for row in cells]
    assert cells == [
        {"state": place.iri, "label": place.label, "none": None, "sum": 2.5, "yes": True}
        for place in (EAST, WEST)
    ]
    assert [blank[:2] for blank in blanks] == ["_:", "_:"]


@pytest.mark.parametrize(
    ("kite", "holds"), [pytest.param("KW", True, id="yes"), pytest.param("WK", False, id="no")]
)
def test_query_gives_a_boolean_of_an_ask(kite: str, holds: bool, small_graph: Graph) -> None:
    assert small_graph.query(f'ASK {{ ?any skos:altLabel "{kite}"@en }}') is holds


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(
            "CONSTRUCT { ?s skos:altLabel ?o } { ?s skos:altLabel ?o FILTER (?o = 'KW'@en) }",
            id="construct",
        ),
        pytest.param(
            "CONSTRUCT { ?s skos:altLabel 'KW'@en } { ?s skos:altLabel 'KW'@en }", id="again"
        ),
    ],
)
def test_query_gives_triples_of_a_construct(query: str, small_graph: Graph) -> None:
    assert small_graph.query(query) == [(f"<{WORKS.iri}>", f"<{SKOS}altLabel>", '"KW"@en')]


def test_query_describes_a_thing_in_triples(small_graph: Graph) -> None:
    described = small_graph.query("DESCRIBE copd:person-mira-quill")
    assert isinstance(described, list)
    assert (f"<{COPD}person-mira-quill>", f"<{SKOS}prefLabel>", '"Mira Quill"@en') in described


@pytest.mark.parametrize(
    ("query", "error"),
    [
        pytest.param("SELECT ?x WHERE { SERVICE <http://a/> { ?x ?y ?z } }", QueryRefusedError),
        pytest.param("CLEAR ALL", QueryRefusedError),
        pytest.param("SELECT ?x WHERE { ?x a cop:State", QuerySyntaxError),
    ],
    ids=["calls-out", "changes", "no-sparql"],
)
def test_query_raises_errors_of_ours(
    query: str, error: type[CopGraphError], small_graph: Graph
) -> None:
    with pytest.raises(error):
        small_graph.query(query)


# Names.


def test_search_finds_by_words_best_first(small_graph: Graph) -> None:
    assert small_graph.search("kite wor") == [WORKS]
    assert small_graph.search("Blue Lantern Office", limit=1) == [OFFICE]
    assert small_graph.search("invented", classes=["State"]) == [WEST]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Blue Lantern Office", id="label"),
        pytest.param("blue  lantern OFFICE", id="folded"),
        pytest.param("BLO", id="alias"),
        pytest.param("copd:organization-blue-lantern-office", id="curie"),
        pytest.param(OFFICE.iri, id="iri"),
        pytest.param("organization-blue-lantern-office", id="last-part"),
    ],
)
def test_resolve_finds_what_a_name_stands_for(name: str, small_graph: Graph) -> None:
    assert small_graph.resolve(name) == OFFICE


def test_resolve_suggests_near_names(small_graph: Graph) -> None:
    with pytest.raises(UnknownEntityError) as caught:
        small_graph.resolve("Eastmarc", classes=["State"])
    assert caught.value.suggestions == ("Eastmark", "Westmark")


def test_resolve_never_guesses_between_two(small_copy: Path) -> None:
    (small_copy / "entities" / "twin.ttl").write_text(
        f'<{COPD}organization-twin> a <{COP}Organization> ; <{SKOS}altLabel> "BLO"@en .',
        encoding="utf-8",
    )
    with pytest.raises(AmbiguousNameError) as caught:
        open_graph(small_copy).resolve("BLO")
    assert caught.value.suggestions == (
        "copd:organization-blue-lantern-office",
        "copd:organization-twin",
    )


# Profiles.


def test_show_tells_facts_from_plans(small_graph: Graph) -> None:
    profile = small_graph.show("BLO")
    said = [
        [str(cell) for cell in (row.subject, row.object, row.status)]
        for row in [*profile.facts, *profile.plans]
    ]
    assert (len(profile.facts), len(profile.plans), len(profile.remarks)) == (3, 2, 0)
    assert said == [
        ["Safe Harbour Programme", "Blue Lantern Office", "stated"],
        ["Blue Lantern Office", "Kite Works", "done"],
        ["Blue Lantern Office", "Kite Works", "done"],
        ["Blue Lantern Office", "Helpline of the Blue Lantern Office", "planned"],
        ["Helpline of the Blue Lantern Office", "opened", "planned"],
    ]


def test_show_gives_names_description_and_evidence(small_graph: Graph) -> None:
    profile = small_graph.show("BLO")
    assert (profile.entity, profile.classes, profile.names) == (OFFICE, ("Organization",), ("BLO",))
    assert profile.description == "Invented office that leads a programme."
    assert profile.identifiers == ()
    assert set(profile.evidence) == {
        claim for row in [*profile.facts, *profile.plans] for claim in row.claims
    }
    assert profile.scope == small_graph.ask("reports").scope


def test_show_gives_codes_and_identifiers(small_graph: Graph) -> None:
    assert small_graph.show("Westmark").identifiers == (
        "iso3166Alpha2 XW",
        "iso3166Alpha3 XWM",
        "m49 901",
        "http://www.wikidata.org/entity/Q1",
    )


def test_show_gives_hidden_names_and_the_definition_of_a_concept(small_graph: Graph) -> None:
    privacy = small_graph.show("cop:theme-privacy")
    assert small_graph.show("Eastmark").names == ("Eastmrak",)
    assert privacy.classes == ("Theme",)
    assert privacy.description == small_graph.store.value(
        f"{COP}theme-privacy", f"{SKOS}definition"
    )
    assert [row.remark for row in privacy.remarks] == ["Privacy counts."]


def test_show_of_a_thing_without_claims_is_empty(small_copy: Path) -> None:
    (small_copy / "entities" / "quiet.ttl").write_text(
        f'<{COPD}place-quiet> a <{COP}Place> ; <{SKOS}prefLabel> "Quiet"@en .', encoding="utf-8"
    )
    profile = open_graph(small_copy).show("Quiet")
    assert (profile.facts, profile.plans, profile.remarks) == ((), (), ())
    assert (profile.evidence, profile.description) == ({}, None)


# Networks.


def test_network_by_function_and_method_are_one(small_graph: Graph) -> None:
    by_function, by_method = network(small_graph), small_graph.network("partnership")
    assert dict(by_function.graph.nodes) == dict(by_method.graph.nodes)
    assert list(by_function.graph.edges(data=True)) == list(by_method.graph.edges(data=True))
    assert list(network(small_graph, theme="cop:theme-awareness").graph) == [
        "copd:organization-blue-lantern-office",
        "copd:organization-kite-works",
    ]


def test_network_refuses_an_unknown_name(small_graph: Graph) -> None:
    with pytest.raises(NetworkError) as caught:
        small_graph.network("friendship")
    assert str(caught.value) == (
        "no network 'friendship'; there is partnership, participation, co-participation, support, "
        "all, themes"
    )


# Frames.


def test_answer_frame_has_labels_values_and_claims(small_graph: Graph) -> None:
    frame = answer_frame(small_graph.ask("claims-about", thing="Safe Harbour"))
    counted = frame[frame["relation"] == "reaches"].sort_values("value", ignore_index=True)
    expected = pd.DataFrame(
        {
            "subject": ["Safe Harbour Programme", "Safe Harbour Programme"],
            "value": [40, 1200],
            "claims": [["copd:claim-alpha-1-3-1-006"], ["copd:claim-alpha-1-3-1-007"]],
        }
    )
    pd.testing.assert_frame_equal(counted[list(expected)], expected, check_dtype=False)


def test_answer_frame_of_no_rows_keeps_its_columns(small_graph: Graph) -> None:
    frame = answer_frame(small_graph.ask("partners-of", actor="Westmark"))
    assert (list(frame.columns), len(frame)) == (
        ["partner", "contexts", "topics", "status", "start", "claims"],
        0,
    )


def test_answer_frame_takes_rows_without_claims(small_graph: Graph) -> None:
    assert answer_frame(small_graph.ask("reports"))["claims"].tolist() == [[], []]


def test_solutions_become_a_frame(small_graph: Graph) -> None:
    solutions = small_graph.query("SELECT ?state WHERE { ?state a cop:State } ORDER BY ?state")
    assert isinstance(solutions, Solutions)
    pd.testing.assert_frame_equal(
        solutions.to_frame(), pd.DataFrame({"state": [EAST.iri, WEST.iri]})
    )


def test_solutions_without_rows_become_a_frame_with_columns() -> None:
    assert list(Solutions(("a", "b"), ()).to_frame().columns) == ["a", "b"]


def test_frame_without_pandas_says_what_to_install(
    small_graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = builtins.__import__

    def without_pandas(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "pandas":
            raise ImportError(name)
        return imported(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_pandas)
    with pytest.raises(CopGraphError) as caught:
        Solutions(("a",), (Row({"a": 1}),)).to_frame()
    assert str(caught.value) == "a frame needs pandas: pip install 'cop-graph[frames]'"
