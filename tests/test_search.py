"""Search: words, acronyms and misspellings find what is meant; the index follows its store."""

from __future__ import annotations

import html
import json
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import SMALL
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cop_graph.cli import cli
from cop_graph.dataset import Source, find_source
from cop_graph.generations import check_files
from cop_graph.graph import Graph
from cop_graph.namespaces import COP, COPD, expand
from cop_graph.search import (
    MOST_CANDIDATES,
    MOST_LOOSE,
    Hit,
    NameIndex,
    _fold,
    _mistakes,
    _rests,
    index_of,
)
from cop_graph.store import EmbeddedStore, GraphStore, build_store, memory_store, open_store
from cop_graph.web.pages import PageRequest, Site, render


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


# The same as a search that reads everything.


def by_the_book(word: str, other: str) -> int:
    """Count mistakes as the definition says: optimal string alignment, by recursion."""

    @cache
    def distance(n: int, m: int) -> int:
        if not n or not m:
            return n + m
        ways = [
            distance(n - 1, m) + 1,
            distance(n, m - 1) + 1,
            distance(n - 1, m - 1) + (word[n - 1] != other[m - 1]),
        ]
        if n > 1 and m > 1 and word[n - 1] == other[m - 2] and word[n - 2] == other[m - 1]:
            ways.append(distance(n - 2, m - 2) + 1)
        return min(ways)

    return distance(len(word), len(other))


def forgiven(word: str, other: str) -> int:
    return 1 if min(len(word), len(other)) < 6 else 2


LETTERS = st.text("abcé", min_size=3, max_size=11)


@st.composite
def mistaken(draw: st.DrawFn, word: str) -> str:
    """Make up to three mistakes in a word."""
    letters = list(word)
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, max(0, len(letters) - 1)))
        match draw(st.sampled_from("change leave put swap".split())):
            case "change" if letters:
                letters[place] = draw(st.sampled_from("abcxyz"))
            case "leave" if letters:
                del letters[place]
            case "swap":
                letters[place : place + 2] = reversed(letters[place : place + 2])
            case _:
                letters.insert(place, draw(st.sampled_from("abcxyz")))
    return "".join(letters)


@given(LETTERS, LETTERS)
def test_mistakes_are_counted_by_the_book(word: str, other: str) -> None:
    found = by_the_book(word, other)

    for most in (1, 2):
        assert _mistakes(word, other, most=most) == (found if found <= most else None)


@given(st.data(), LETTERS)
def test_words_that_are_near_have_a_rest_in_common(data: st.DataObject, word: str) -> None:
    other = data.draw(mistaken(word))

    if len(other) >= 3 and by_the_book(word, other) <= forgiven(word, other):
        assert _rests(word) & _rests(other)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_near_words_are_all_that_are_near(index: NameIndex, data: st.DataObject) -> None:
    known = sorted(word for (word,) in index._base.execute("SELECT word FROM term"))
    longer = [word for word in known if len(word) > 2 and word.isalpha()]
    word = data.draw(st.sampled_from(longer).flatmap(mistaken))
    expected = {
        other: by_the_book(word, other)
        for other in longer
        if len(word) > 2 and 0 < by_the_book(word, other) <= forgiven(word, other)
    }

    assert index.near_words(word) == expected
    assert sorted(expected.values()) == list(index.near_words(word).values())


def naive_search(index: NameIndex, terms: list[str]) -> tuple[str, set[str]]:
    """Read every entry: which have each word, or such a word as is near."""
    entries = [
        (iri, names.split(), re.findall(r"[^\W_]+", _fold(text)))
        for iri, names, text in index._base.execute(
            "SELECT iri, all_words, text FROM entry WHERE classes LIKE '% Thing %'"
            " OR classes LIKE '% Concept %'"
        )
    ]
    near = {term: set(list(index.near_words(term))[:16]) for term in terms}

    def begins(term: str, words: list[str]) -> bool:
        return any(word.startswith(term) for word in words)

    def fits(term: str, words: list[str]) -> bool:
        return begins(term, words) or bool(near[term] & set(words))

    every = {iri for iri, names, text in entries if all(begins(t, names + text) for t in terms)}
    if every:
        return "all", every
    nearly = {iri for iri, names, text in entries if all(fits(t, names + text) for t in terms)}
    if nearly:
        return "near", nearly
    some = {iri for iri, names, text in entries if any(fits(t, names + text) for t in terms)}
    return ("some", some) if some and len(terms) > 1 else ("none", set())


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_search_finds_what_reading_everything_finds(index: NameIndex, data: st.DataObject) -> None:
    known = [word for (word,) in index._base.execute("SELECT word FROM term ORDER BY word")]
    one_word = st.one_of(
        st.sampled_from(known),
        st.sampled_from(known).map(lambda word: word[:3]),
        st.sampled_from(known).flatmap(mistaken).filter(bool),
    )
    terms = list(dict.fromkeys(data.draw(st.lists(one_word, min_size=1, max_size=3))))
    joined = {"".join(pair) for pair in pairwise(terms)}
    assume(not joined & set(known))  # two words written as one are a test of their own
    assume(not any(word[:n] in known and word[n:] in known for word in terms for n in range(3, 99)))
    how, expected = naive_search(index, terms)
    assume(len(expected) < MOST_LOOSE)

    found = index.search(" ".join(terms), limit=10_000)

    assert (found.how, {hit.entity.iri for hit in found}) == (how, expected)
    assert not found.is_cut


@pytest.mark.parametrize(
    ("words", "first"),
    [("kiteworks", "Kite Works"), ("lan ternport", "Lanternport"), ("kitewroks", None)],
)
def test_words_written_as_one_or_as_two(index: NameIndex, words: str, first: str | None) -> None:
    found = index.search(words)

    assert (found.hits[0].entity.label if found.hits else None) == first


@pytest.mark.parametrize("words", ["kiet wokrs", "lantren", "Blue Lantren Ofice", "wes", "zzzz"])
def test_command_page_and_json_give_the_same_rows(
    index: NameIndex, small_graph: Graph, words: str
) -> None:
    expected = [hit.entity.iri for hit in index.search(words, limit=8)]
    site = Site(small_graph)
    document = json.loads(render(site, PageRequest("/search.json", {"q": words})).text)
    page = html.unescape(render(site, PageRequest("/search", {"q": words})).text)
    told = CliRunner().invoke(
        cli, ["search", *words.split(), "--limit", "8", "--data", str(SMALL), "--format", "json"]
    )

    assert [expand(hit["curie"]) for hit in document["hits"]] == expected
    assert [one.iri for one in small_graph.search(words, limit=8)] == expected
    assert [expand(row["curie"]) for row in json.loads(told.stdout)] == expected
    assert all(f'href="{hit["address"]}"' in page for hit in document["hits"])
