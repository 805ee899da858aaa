"""Search: words, acronyms and misspellings find what is meant; the index follows its store."""

from __future__ import annotations

import pytest

from cop_graph.dataset import find_source
from cop_graph.namespaces import COP, COPD
from cop_graph.search import MOST_CANDIDATES, NameIndex, index_of
from cop_graph.store import GraphStore, memory_store


@pytest.fixture(scope="module")
def index(small_store: GraphStore) -> NameIndex:
    return index_of(small_store)


def labels(index: NameIndex, words: str, **given) -> list[str]:
    return [hit.entity.label for hit in index.search(words, **given)]


@pytest.mark.parametrize(
    ("words", "first", "how"),
    [
        pytest.param("kite", "Kite Works", "all", id="word"),
        pytest.param("KITE wor", "Kite Works", "all", id="case-and-beginning"),
        pytest.param("BLO", "Blue Lantern Office", "all", id="acronym"),
        pytest.param("Eastmrak", "Eastmark", "all", id="misspelling-that-reports-make"),
        pytest.param("lanternpórt", "Lanternport", "all", id="accent"),
        pytest.param("kiet wokrs", "Kite Works", "near", id="misspelled"),
        pytest.param(
            "Blue Lantren Office", "Blue Lantern Office", "some", id="one-word-misspelled"
        ),
        pytest.param("harbour charter", "Harbour Charter", "all", id="whole-name-first"),
        pytest.param('"kite* NOT (x', "Kite Works", "some", id="signs-of-the-index"),
        pytest.param("لعبة", 'Tide “the game” "1" لعبة 🌊', "all", id="arabic"),
    ],
)
def test_search_finds_first(index: NameIndex, words: str, first: str, how: str) -> None:
    found = index.search(words)

    assert (found.hits[0].entity.label, found.how) == (first, how)


@pytest.mark.parametrize("words", ["", '"', "_", "zzzzzzzz", "x" * 5000, "a OR b NEAR(c"])
def test_search_takes_any_text(index: NameIndex, words: str) -> None:
    assert isinstance(index.search(words).hits, tuple)


def test_search_heeds_classes_and_limit_and_says_that_there_is_more(index: NameIndex) -> None:
    assert labels(index, "westmark", classes=("State",)) == ["Westmark"]
    found = index.search("westmark", limit=1)
    assert (len(found), found.is_cut) == (1, True)


def test_hit_tells_kind_classes_and_the_name_that_fits(index: NameIndex) -> None:
    hit = index.search("BLO").hits[0]

    assert (hit.kind, hit.classes, hit.other_name) == ("regulator", ("Organization",), "BLO")
    assert hit.description == "Invented office that leads a programme."


def test_named_members_and_count(index: NameIndex) -> None:
    assert [one.iri for one in index.named("blue LANTERN office")] == [
        COPD + "organization-blue-lantern-office"
    ]
    assert [one.label for one in index.members(["State"], limit=9)] == ["Eastmark", "Westmark"]
    assert index.count("State") == 2
    assert COP + "State" in [one.iri for one in index.members(["Class"], limit=99)]


def test_index_is_made_once_and_anew_for_other_data(small_copy) -> None:
    store = memory_store(find_source(small_copy))
    first = index_of(store)
    assert index_of(store) is first

    store.version = "another"
    assert index_of(store) is not first


def test_many_like_names_do_not_hide_the_one_that_is_meant(small_copy) -> None:
    prefixes = (small_copy / "entities" / "states.ttl").read_text(encoding="utf-8").split("\n\n")[0]
    blocks = [
        f'copd:event-{n} a cop:Event ; skos:prefLabel "Lamp day {n}"@en .'
        for n in range(MOST_CANDIDATES + 200)
    ]
    blocks.append('copd:event-zz a cop:Event ; skos:prefLabel "Lamp"@en .')
    (small_copy / "entities" / "many.ttl").write_text(
        prefixes + "\n\n" + "\n".join(blocks), encoding="utf-8"
    )
    index = index_of(memory_store(find_source(small_copy)))

    found = index.search("lamp", limit=5)

    assert found.hits[0].entity.label == "Lamp"
    assert found.is_cut
