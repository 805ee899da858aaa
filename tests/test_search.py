"""Search: words, acronyms and misspellings find what is meant; the index follows its store."""

from __future__ import annotations

from pathlib import Path

import pytest

from cop_graph.dataset import Source, find_source
from cop_graph.generations import check_files
from cop_graph.namespaces import COP, COPD
from cop_graph.search import MOST_CANDIDATES, Hit, NameIndex, index_of
from cop_graph.store import EmbeddedStore, GraphStore, build_store, memory_store, open_store


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
            "Blue Lantren Office", "Blue Lantern Office", "near", id="one-word-misspelled"
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


# The index beside a store on disk.


@pytest.fixture
def on_disk(tmp_path: Path, small_source: Source) -> EmbeddedStore:
    build_store(tmp_path / "store", small_source)
    return open_store(tmp_path / "store")


def index_files(store: EmbeddedStore) -> list[str]:
    assert store.place is not None
    return sorted(path.name for path in store.place.glob("names-*"))


def found(index: NameIndex) -> list[list[Hit]]:
    return [list(index.search(words)) for words in ("kite", "kiet wokrs", "helpline", "a")]


def test_index_of_a_store_on_disk_is_a_file_that_is_made_once(
    on_disk: EmbeddedStore, small_store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = NameIndex(on_disk)
    monkeypatch.setattr("cop_graph.search._fill", lambda *_: pytest.fail("made anew"))
    opened = NameIndex(on_disk)

    assert len(index_files(on_disk)) == 1
    assert found(made) == found(opened)
    monkeypatch.undo()
    assert found(made) == found(NameIndex(small_store))
    assert on_disk.place is not None
    check_files(on_disk.place)


def test_index_that_cannot_be_kept_is_in_memory(
    on_disk: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("read only")

    monkeypatch.setattr("cop_graph.search._write", refuse)

    assert [hit.entity.label for hit in NameIndex(on_disk).search("Kite Works")][:1] == [
        "Kite Works"
    ]
    assert index_files(on_disk) == []


@pytest.mark.parametrize("content", [b"", b"no index", b"SQLite format 3\0 and nothing more"])
def test_damaged_index_is_not_believed(on_disk: EmbeddedStore, content: bytes) -> None:
    NameIndex(on_disk)
    assert on_disk.place is not None
    (on_disk.place / index_files(on_disk)[0]).write_bytes(content)

    assert [hit.entity.label for hit in NameIndex(on_disk).search("Kite Works")][:1] == [
        "Kite Works"
    ]


def test_index_that_was_left_unfinished_is_made_anew(on_disk: EmbeddedStore) -> None:
    NameIndex(on_disk)
    [name] = index_files(on_disk)
    assert on_disk.place is not None
    (on_disk.place / name).rename(on_disk.place / f"{name}.1")

    NameIndex(on_disk)

    assert index_files(on_disk) == [name]


def test_index_goes_with_its_generation(on_disk: EmbeddedStore, small_source: Source) -> None:
    NameIndex(on_disk)
    place = on_disk.place
    assert place is not None
    on_disk._held.close()  # type: ignore[union-attr]
    build_store(place.parent, small_source)

    assert not place.exists()
