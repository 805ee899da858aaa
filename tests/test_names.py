from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cop_graph.dataset import find_source
from cop_graph.errors import AmbiguousNameError, UnknownEntityError
from cop_graph.model import Reference
from cop_graph.names import classes_of, label_of, paragraph_label, reference, resolve, search
from cop_graph.namespaces import COP, COPD
from cop_graph.store import EmbeddedStore, memory_store

ALL = ("Thing", "Concept")
FURTHER_THINGS = """
@prefix cop: <https://w3id.org/cop-graph/ontology#> .
@prefix copd: <https://w3id.org/cop-graph/id/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

copd:organization-reef a cop:Organization ; skos:prefLabel "Gull’s  Reef"@en ;
    skos:altLabel "GR"@en .
copd:organization-grove a cop:Organization ; skos:prefLabel "Gull Grove"@en ;
    skos:altLabel "GR"@en .
copd:organization-kw a cop:Organization ; skos:prefLabel "KW"@en .
copd:person-tide a cop:Person ; skos:prefLabel "Low Tide"@en .
copd:resource-tide-2 a cop:Resource ; skos:prefLabel "LOW TIDE"@en .
copd:place-sandö a cop:Place ; skos:prefLabel "Sandö"@en .
copd:place-sans a cop:Place .
copd:place-bank a cop:Place ; skos:prefLabel "Bank of the Long Sand in the Bay"@en ;
    skos:altLabel "Sandbank"@en .
copd:place-banks a cop:Place ; skos:prefLabel "Sandbank Sandbank"@en .
copd:event-lamp-1 a cop:Event ; skos:prefLabel "Lamp 1"@en .
copd:event-lamp-2 a cop:Event ; skos:prefLabel "Lamp 2"@en .
copd:event-lamp-3 a cop:Event ; skos:prefLabel "Lamp 3"@en .
copd:event-lamp-4 a cop:Event ; skos:prefLabel "Lamp 4"@en .
copd:event-lamp-5 a cop:Event ; skos:prefLabel "Lamp 5"@en .
"""


@pytest.fixture(scope="module")
def further_store(tmp_path_factory: pytest.TempPathFactory, small_source) -> EmbeddedStore:
    """The invented graph with things whose names are near or like those of others."""
    data = Path(shutil.copytree(small_source.data, tmp_path_factory.mktemp("names") / "data"))
    (data / "entities" / "further.ttl").write_text(FURTHER_THINGS, encoding="utf-8")
    return memory_store(find_source(data))


@pytest.mark.parametrize(
    ("name", "local"),
    [
        pytest.param("Blue Lantern Office", "organization-blue-lantern-office", id="label"),
        pytest.param("blue LANTERN office", "organization-blue-lantern-office", id="other-case"),
        pytest.param("  Blue \t Lantern  Office ", "organization-blue-lantern-office", id="space"),
        pytest.param("BLO", "organization-blue-lantern-office", id="alias"),
        pytest.param("blo", "organization-blue-lantern-office", id="alias-in-other-case"),
        pytest.param("Eastmrak", "state-eastmark", id="misspelling-of-a-report"),
        pytest.param("copd:state-eastmark", "state-eastmark", id="curie"),
        pytest.param(" copd:state-eastmark ", "state-eastmark", id="curie-with-space"),
        pytest.param(COPD + "state-eastmark", "state-eastmark", id="iri"),
        pytest.param("state-eastmark", "state-eastmark", id="local-name"),
        pytest.param('Tide “the game” "1" لعبة 🌊', "resource-tide", id="label-of-many-signs"),
    ],
)
def test_resolve_finds_a_thing_by(name, local, small_store):
    assert resolve(small_store, name).iri == COPD + local


def test_resolve_gives_the_preferred_label(small_store):
    assert resolve(small_store, "BLO") == Reference(
        COPD + "organization-blue-lantern-office", "Blue Lantern Office"
    )


@pytest.mark.parametrize(
    ("name", "classes", "iri"),
    [
        pytest.param("group-parents", ALL, COP + "group-parents", id="concept-by-local-name"),
        pytest.param(
            "cop:status-planned", ("Status",), COP + "status-planned", id="concept-by-curie"
        ),
        pytest.param("Organization", ("Class",), COP + "Organization", id="class-by-local-name"),
        pytest.param("organization", ("Class",), COP + "Organization", id="class-by-label"),
        pytest.param("4.2", ("Paragraph",), COPD + "paragraph-alpha-1-4-2", id="printed-number"),
        pytest.param("3-h1", ("Paragraph",), COPD + "paragraph-alpha-1-3-h1", id="identifier"),
        pytest.param("beta-1", ("Report",), COPD + "report-beta-1", id="identifier-of-report"),
        pytest.param("KITE WORKS", ("Actor",), COPD + "organization-kite-works", id="wider-class"),
    ],
)
def test_resolve_keeps_to_the_classes_wanted(name, classes, iri, small_store):
    assert resolve(small_store, name, classes=classes).iri == iri


@pytest.mark.parametrize(
    ("name", "local"),
    [
        pytest.param("Gull's Reef", "organization-reef", id="straight-apostrophe-and-one-space"),
        pytest.param("KW", "organization-kw", id="label-before-alias"),
        pytest.param("Low Tide", "person-tide", id="as-written-before-other-case"),
        pytest.param("LOW TIDE", "resource-tide-2", id="capitals-as-written"),
        pytest.param("place-sandö", "place-sandö", id="local-name-with-accent"),
    ],
)
def test_resolve_prefers(name, local, further_store):
    assert resolve(further_store, name).iri == COPD + local


@pytest.mark.parametrize(
    ("name", "classes", "wanted", "suggestions"),
    [
        pytest.param(
            "GR",
            ALL,
            "things and concepts",
            ("copd:organization-grove", "copd:organization-reef"),
            id="alias-of-two",
        ),
        pytest.param(
            "low tide",
            ALL,
            "things and concepts",
            ("copd:person-tide", "copd:resource-tide-2"),
            id="label-of-two-but-for-case",
        ),
        pytest.param(
            "1.1",
            ("Paragraph",),
            "paragraphs",
            ("copd:paragraph-alpha-1-1-1", "copd:paragraph-beta-1-1-1"),
            id="number-in-two-reports",
        ),
    ],
)
def test_resolve_refuses_a_name_of_two_things(name, classes, wanted, suggestions, further_store):
    with pytest.raises(AmbiguousNameError) as raised:
        resolve(further_store, name, classes=classes)

    assert (raised.value.name, raised.value.wanted, raised.value.suggestions) == (
        name,
        wanted,
        suggestions,
    )


def test_resolve_settles_a_name_of_two_things_by_class(further_store):
    found = resolve(further_store, "low tide", classes=("Person",))

    assert found == Reference(COPD + "person-tide", "Low Tide")


@pytest.mark.parametrize(
    ("name", "classes", "wanted", "suggestions"),
    [
        pytest.param("Kite Wroks", ("Actor",), "actors", ("Kite Works",), id="misspelled"),
        pytest.param("Estmark", ("State",), "states", ("Westmark", "Eastmark"), id="near-two"),
        pytest.param(
            "Lantern", ("Organization",), "organizations", ("Blue Lantern Office",), id="part"
        ),
        pytest.param("Westmark", ("Person",), "persons", (), id="wrong-class"),
        pytest.param("copd:state-westmark", ("Person",), "persons", (), id="curie-of-wrong-class"),
        pytest.param("copd:state-nowhere", ("State",), "states", (), id="curie-of-nothing"),
        pytest.param("https://example.org/a", ("State",), "states", (), id="iri-of-nothing"),
        pytest.param(
            "Nobody At All", ("Person", "Place"), "persons and places", (), id="nothing-near"
        ),
        pytest.param("plnaned", ("Status",), "statuses", ("planned",), id="status"),
        pytest.param("Organisatoin", ("Class",), "classes", ("organization",), id="class"),
        pytest.param("x", ("RemarkKind",), "remark kinds", (), id="class-of-two-words"),
        pytest.param("9.9", ("Paragraph",), "paragraphs", (), id="number-of-no-paragraph"),
        pytest.param("", ("Place",), "places", (), id="empty"),
    ],
)
def test_resolve_says_what_it_looked_among(name, classes, wanted, suggestions, small_store):
    with pytest.raises(UnknownEntityError) as raised:
        resolve(small_store, name, classes=classes)

    assert not isinstance(raised.value, AmbiguousNameError)
    assert (raised.value.name, raised.value.wanted, raised.value.suggestions) == (
        name,
        wanted,
        suggestions,
    )


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("copd:a> } UNION { ?s ?p ?o", id="curie-that-closes-itself"),
        pytest.param("copd:a b", id="curie-with-a-space"),
        pytest.param("copd:\udc80", id="curie-that-is-no-text"),
        pytest.param("http://[bad", id="iri-with-a-broken-host"),
        pytest.param("https://example.org/%zz", id="iri-with-a-broken-percent"),
        pytest.param("x } UNION { ?s ?p ?o", id="pattern"),
        pytest.param('"', id="quotation-mark"),
        pytest.param("\\", id="backslash"),
        pytest.param("\x00", id="nul"),
    ],
)
def test_resolve_takes_any_text_for_a_name(name, small_store):
    with pytest.raises(UnknownEntityError) as raised:
        resolve(small_store, name, classes=("State",))

    assert raised.value.name == name


def test_resolve_suggests_at_most_four(further_store):
    with pytest.raises(UnknownEntityError) as raised:
        resolve(further_store, "Lamp", classes=("Event",))

    assert raised.value.suggestions == ("Lamp 5", "Lamp 4", "Lamp 3", "Lamp 2")


@pytest.mark.parametrize(
    ("local", "label"),
    [
        pytest.param("state-westmark", "Westmark", id="thing"),
        pytest.param("paragraph-alpha-1-3-1", "3.1", id="numbered-paragraph"),
        pytest.param("paragraph-alpha-1-3-1-p2", "3-1-p2", id="paragraph-without-number"),
        pytest.param("claim-alpha-1-1-1-001", "copd:claim-alpha-1-1-1-001", id="claim"),
        pytest.param("nothing", "copd:nothing", id="unknown"),
    ],
)
def test_label_of(local, label, small_store):
    assert label_of(small_store, COPD + local) == label
    assert reference(small_store, COPD + local) == Reference(COPD + local, label)


def test_paragraph_label_is_for_paragraphs(small_store):
    assert paragraph_label(small_store, COPD + "paragraph-alpha-1-4-2") == "4.2"
    assert paragraph_label(small_store, COPD + "state-westmark") is None


def test_classes_of_holds_the_wider_ones(small_store):
    assert classes_of(small_store, COPD + "state-westmark") == {"State", "Actor", "Thing"}
    assert classes_of(small_store, COP + "State") == {"Class"}
    assert classes_of(small_store, COPD + "nothing") == set()


@pytest.mark.parametrize(
    ("words", "labels"),
    [
        pytest.param("kite", ["Kite Works"], id="one-word"),
        pytest.param("KITE work", ["Kite Works"], id="case-and-beginning"),
        pytest.param("BLO", ["Blue Lantern Office"], id="alias"),
        pytest.param("lanternpórt", ["Lanternport"], id="accent-in-question"),
        pytest.param("sando", ["Sandö"], id="accent-in-name"),
        pytest.param("invented schools", ["Westmark"], id="description"),
        pytest.param("لعبة", ['Tide “the game” "1" لعبة 🌊'], id="arabic"),
        pytest.param(
            "kite harbour", ["Kite Works", "Harbour Charter", "Safe Harbour Programme"], id="some"
        ),
        pytest.param("kiet wokrs", ["Kite Works"], id="misspelled"),
        pytest.param("zzzzzz", [], id="nothing"),
        pytest.param("", [], id="no-word"),
        pytest.param('"', [], id="quotation-mark"),
        pytest.param("_", [], id="underscore"),
        pytest.param("^kite* NOT works)", ["Kite Works"], id="signs-of-the-index"),
    ],
)
def test_search_finds(words, labels, further_store):
    assert [str(found) for found in search(further_store, words, classes=("Thing",))] == labels


def test_search_puts_the_whole_name_first(small_store):
    found = search(small_store, "document of westmark", classes=("Document", "State"))

    assert [str(one) for one in found] == ["Document of Westmark"]
    assert str(search(small_store, "safe harbour")[0]) == "Safe Harbour Programme"


def test_search_puts_a_whole_name_before_what_holds_the_word_more_often(further_store):
    found = search(further_store, "sandbank", classes=("Place",))

    assert [one.iri for one in found] == [COPD + "place-bank", COPD + "place-banks"]


def test_search_gives_things_and_concepts_unless_told(small_store):
    both = search(small_store, "programme", limit=50)

    assert reference(small_store, COPD + "initiative-safe-harbour") in both
    assert reference(small_store, COP + "initiative-kind-programme") in both


def test_search_stops_at_the_limit(further_store):
    found = search(further_store, "lamp", classes=("Event",), limit=2)

    assert [str(one) for one in found] == ["Lamp 1", "Lamp 2"]


def test_search_gives_a_thing_with_two_fitting_names_once(small_store):
    found = search(small_store, "eastm", classes=("State",))

    assert [str(one) for one in found] == ["Eastmark"]
