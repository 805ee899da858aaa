"""Statements: claims as lines that can be read out, sorted into sections, plans told apart."""

from __future__ import annotations

import pytest

from cop_graph.graph import Graph
from cop_graph.namespaces import COP, COPD
from cop_graph.statements import Grammar, claim_row, claims_of, dated, sections


@pytest.fixture(scope="module")
def grammar(small_graph: Graph) -> Grammar:
    return Grammar(small_graph.store)


def lines(graph: Graph, grammar: Grammar, name: str) -> dict[str, list[str]]:
    profile = graph.show(name)
    statements = grammar.statements([*profile.facts, *profile.plans], profile.entity.iri)
    return {part: [one.text for one in some] for part, some in sections(statements).items()}


def test_a_line_starts_with_the_relation_in_either_direction(small_graph, grammar) -> None:
    office, works = (lines(small_graph, grammar, name) for name in ("BLO", "KW"))

    assert any(text.startswith("partners with Kite Works") for text in office["actors"])
    assert any(text.startswith("partners with Blue Lantern Office") for text in works["actors"])
    assert any(text.startswith("leads Safe Harbour Programme") for text in office["initiatives"])


def test_figures_and_stages_are_words(small_graph, grammar) -> None:
    found = lines(small_graph, grammar, "Safe Harbour")

    assert any(text.startswith("reaches over 1,200 children") for text in found["figures"])
    assert any(text.startswith("launched, 2029") for text in found["life"])


def test_status_tells_facts_from_plans(small_graph, grammar) -> None:
    for class_name in ("State", "Organization", "Initiative"):
        for iri in small_graph.store.instances(COP + class_name):
            profile = small_graph.show(iri)
            assert all(one.asserts for one in grammar.statements(profile.facts, iri))
            assert not any(one.asserts for one in grammar.statements(profile.plans, iri))


def test_no_claim_is_lost(small_graph, grammar) -> None:
    for class_name in ("Thing", "Concept"):
        for iri in small_graph.store.instances(COP + class_name):
            profile = small_graph.show(iri)
            rows = [*profile.facts, *profile.plans]
            sorted_lines = sections(grammar.statements(rows, iri))
            told = [claim for some in sorted_lines.values() for one in some for claim in one.claims]
            assert sorted(told) == sorted(claim for row in rows for claim in claims_of(row))


def test_a_claim_alone_reads_as_in_the_answer(small_graph, grammar) -> None:
    for row in small_graph.ask("claims-about", thing="Safe Harbour"):
        [claim] = claims_of(row)
        alone = claim_row(small_graph.store, claim)
        assert grammar.statement(alone).text == grammar.statement(row).text


def test_dated_lines_stand_in_the_order_of_time(small_graph, grammar) -> None:
    profile = small_graph.show("Safe Harbour")
    starts = [
        one.start for one in dated(grammar.statements([*profile.facts, *profile.plans], COPD))
    ]

    assert starts == sorted(starts)
    assert starts
