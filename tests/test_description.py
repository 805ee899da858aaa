"""What the service tells machines of itself, of the data and of the questions."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from cop_graph.dataset import Source
from cop_graph.description import FORMATS, SD, VOID, describe, question_json
from cop_graph.namespaces import COP, RDF
from cop_graph.questions import list_questions
from cop_graph.store import EmbeddedStore

ROOT = "http://service.example"
Found = set[tuple[str, str, str]]


def found_in(
    store: EmbeddedStore, source: Source, what: str, *, update: bool = False, service: bool = False
) -> Found:
    triples = describe(store, source, what, root=ROOT, allows_update=update, allows_service=service)
    return {
        (triple.subject.value, triple.predicate.value, triple.object.value)  # type: ignore[union-attr]
        for triple in triples
    }


def test_service_says_what_it_can(small_store: EmbeddedStore, small_source: Source) -> None:
    found = found_in(small_store, small_source, "service")
    endpoint = f"{ROOT}/sparql"

    assert (endpoint, RDF + "type", SD + "Service") in found
    assert (endpoint, SD + "endpoint", endpoint) in found
    assert {value for _, name, value in found if name == SD + "supportedLanguage"} == {
        SD + "SPARQL11Query"
    }
    assert (endpoint, SD + "resultFormat", FORMATS + "SPARQL_Results_JSON") in found
    assert [name for _, name, _ in found if name in (SD + "feature", SD + "inputFormat")] == []


@pytest.mark.parametrize("update", [False, True])
@pytest.mark.parametrize("service", [False, True])
def test_service_says_only_what_is_allowed(
    small_store: EmbeddedStore, small_source: Source, update: bool, service: bool
) -> None:
    found = found_in(small_store, small_source, "service", update=update, service=service)
    values = {value for _, _, value in found}

    assert (SD + "SPARQL11Update" in values) == update
    assert (SD + "BasicFederatedQuery" in values) == service
    assert any(name == SD + "inputFormat" for _, name, _ in found) == update


def test_sizes_of_graphs_are_true(small_store: EmbeddedStore, small_source: Source) -> None:
    found = found_in(small_store, small_source, "service")
    sizes = {subject: int(value) for subject, name, value in found if name == VOID + "triples"}
    named = {value: subject for subject, name, value in found if name == SD + "name"}
    graphs = {subject: value for subject, name, value in found if name == SD + "graph"}

    assert sizes[f"{ROOT}/sparql#default-graph"] == len(list(small_store.iter_quads(None)))
    assert sorted(named) == small_store.graphs()
    for graph, node in named.items():
        assert sizes[graphs[node]] == len(list(small_store.iter_quads(graph)))


def test_data_are_described_with_their_sizes(
    small_store: EmbeddedStore, small_source: Source
) -> None:
    found = found_in(small_store, small_source, "void")
    dataset = f"{ROOT}/void#dataset"
    states = len(set(small_store.instances(COP + "State")))

    assert (dataset, VOID + "sparqlEndpoint", f"{ROOT}/sparql") in found
    assert (f"{ROOT}/void#State", VOID + "entities", str(states)) in found
    assert (dataset, VOID + "triples", str(len(list(small_store.iter_quads(None))))) in found
    assert any(
        name.endswith("hasVersion") and small_store.version in value for _, name, value in found
    )


def test_description_is_rdf_that_can_be_written(
    small_store: EmbeddedStore, small_source: Source
) -> None:
    for what in ("service", "void"):
        triples = describe(
            small_store, small_source, what, root=ROOT, allows_update=True, allows_service=True
        )
        written = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
        assert written is not None
        assert len(list(ox.parse(written, format=ox.RdfFormat.N_TRIPLES))) == len(set(triples))


def test_questions_are_listed_with_what_they_take(small_source: Source) -> None:
    [states] = [one for one in list_questions(small_source.queries) if one.name == "states"]
    told = question_json(states)

    assert (told["name"], told["parameters"]) == ("states", [])
    assert "state" in told["columns"]
    assert "claims" not in told["columns"]
