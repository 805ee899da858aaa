"""Search: the names of everything, indexed once for each version of the data.

A search must stay quick however much there is, so that nothing here reads all entities twice: the
index is SQLite with its full-text search, made on first use. Of a store on disk it is a file beside
the quads (see ``kept``), made once for all processes that read them; else, and where nothing can be
written, it is in memory and kept as long as its store.

A misspelled word is found by what is left of it when letters are taken out: two words that are one
or two mistakes apart have such a rest in common (Garbe's symmetric deletion). Only the different
words of all names are compared, which are far fewer than the names.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from cop_graph.kept import made_once
from cop_graph.model import Reference
from cop_graph.namespaces import COP, OWL, PREFIXES, SKOS, natural_key

if TYPE_CHECKING:
    from cop_graph.store import GraphStore

SEARCHED_CLASSES: Final = ("Thing", "Concept")
MOST_CANDIDATES: Final = 200
"""How many fitting entries are compared at the most; beyond it the first of the index stand."""
MOST_LOOSE: Final = 100
"""The same for what is spelled nearly so, or has only some of the words."""
MOST_TERMS: Final = 12
"""How many words of a text are searched for."""
MOST_NEAR_WORDS: Final = 16
"""How many words a misspelled one may stand for, the nearest first."""
LEAST_LETTERS: Final = 3
"""Of a word that may be misspelled; a shorter one is near everything."""
MANY_LETTERS: Final = 6
"""From here on two mistakes are forgiven, below it one."""
MOST_FORGIVEN: Final = 2
MOST_LETTERS: Final = 64
BEGINNING: Final = 7
"""Mistakes are sought in so many letters of a word; the rest is compared afterwards."""
FORMAT: Final = 3
"""Changes when the tables of the index do, so that no older file is taken for one of these."""
_BEYOND: Final = 1 << 62
_MARK: Final = "\ue000"
"""Begins the word that stands for a class; no name holds this sign, which is for private use."""
_LABELS: Final = tuple(SKOS + name for name in ("prefLabel", "altLabel", "hiddenLabel"))
_TEXTS: Final = (PREFIXES["dcterms"] + "description", SKOS + "definition")
_KINDS_OF_INTEREST: Final = (
    "State Organization Initiative Agreement Event Document Person Resource Place Theme Group"
).split()


@dataclass(frozen=True, slots=True)
class Hit:
    """What a search found: the thing, what it is, and the name that fits where it is another.

    ``classes`` are local names, widest left out; ``kind`` is the label of its kind or ``None``.
    """

    entity: Reference
    classes: tuple[str, ...]
    kind: str | None
    description: str | None
    other_name: str | None


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found: at most as many as were wanted, best first.

    ``how`` is ``all`` where each has all words, ``near`` where each has all words or such as are
    spelled nearly so, ``some`` where each has some of them, ``none`` where nothing was found;
    ``is_cut`` tells that there may be more.
    """

    words: str
    hits: tuple[Hit, ...]
    how: str
    is_cut: bool

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)


_Entry = tuple[int, str, str, str, str]
"""Number, words of the label, words of all names, number of words in the label, own name."""


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to read a word that was asked for: words that a name has, and how far they are."""

    words: tuple[str, ...]
    mistakes: int

    @property
    def expression(self) -> str:
        return "(" + " AND ".join(map(_quoted, self.words)) + ")"


class NameIndex:
    """The names and descriptions of all things and concepts of one store, ready to be searched."""

    def __init__(self, store: GraphStore) -> None:
        """Open the index of a store, or make it; of 100,000 things that takes some seconds."""
        self.version = store.version
        self._lock = threading.Lock()
        self._base = _opened_or_made(store)
        self._last_searched = int(
            self._base.execute("SELECT last_searched FROM made").fetchone()[0]
        )

    def search(
        self, words: str, *, classes: Sequence[str] = SEARCHED_CLASSES, limit: int = 20
    ) -> Hits:
        """Find things and concepts by words of their names and descriptions, best first.

        Args:
            words: Any text; each word may be the beginning of a longer one, an acronym, or
                misspelled.
            classes: Local names of the classes to look in.
            limit: How many at the most.
        """
        terms = list(dict.fromkeys(_words(_fold(words))))[:MOST_TERMS]
        if not terms:
            return Hits(words, (), "none", False)
        with self._lock:
            how, ranked = self._ranked(words, terms, classes)
            entries = self._entries(ranked[:limit])
        hits = tuple(_hit(entry, terms) for entry in entries)
        return Hits(words, hits, how if hits else "none", len(ranked) > limit)

    def near(
        self, words: str, *, classes: Sequence[str] = SEARCHED_CLASSES, limit: int = 5
    ) -> list[Reference]:
        """Find what may be meant by a text that is the name of nothing, nearest first."""
        return [hit.entity for hit in self.search(words, classes=classes, limit=limit)]

    def named(self, name: str, classes: Sequence[str] = SEARCHED_CLASSES) -> list[Reference]:
        """List what has a name, whatever its case and accents."""
        with self._lock:
            entries = self._entries(self._named(name, classes))
        return [Reference(entry[1], entry[2] or entry[1]) for entry in entries]

    def count(self, class_name: str) -> int:
        """Count the entries of one class."""
        with self._lock:
            found = self._base.execute(
                "SELECT entries FROM class_size WHERE class = ?", (class_name,)
            ).fetchone()
        return int(found[0]) if found else 0

    def members(self, classes: Sequence[str], *, limit: int) -> list[Reference]:
        """List entries of some classes by label, at most ``limit``."""
        places: set[tuple[int, int]] = set()
        with self._lock:
            for name in classes:
                places.update(
                    self._base.execute(
                        "SELECT place, number FROM member WHERE class = ? ORDER BY place LIMIT ?",
                        (name, limit),
                    )
                )
            numbers = [number for _, number in sorted(places)[:limit]]
            entries = self._entries(numbers)
        return [Reference(entry[1], entry[2] or entry[1]) for entry in entries]

    def near_words(self, word: str) -> dict[str, int]:
        """Give the words of names that a word may be a misspelling of, with the mistakes in it.

        Args:
            word: One word, its case and accents folded.

        Returns:
            All words within the number of mistakes that is forgiven, nearest first, then those
            that most names have; empty for what is too short or has a figure in it.
        """
        if not _may_be_misspelled(word):
            return {}
        rests = sorted(_rests(word))
        places = ",".join("?" * len(rests))
        rows = self._base.execute(
            "SELECT DISTINCT term.word, term.entries FROM rest JOIN term USING (number)"  # noqa: S608
            f" WHERE rest.letters IN ({places})",
            rests,
        )
        found = []
        for other, entries in rows:
            mistakes = _mistakes(word, other, most=min(_forgiven(word), _forgiven(other)))
            if mistakes:
                found.append((mistakes, other[0] != word[0], -entries, other))
        return {other: mistakes for mistakes, _, _, other in sorted(found)}

    def _ranked(
        self, words: str, terms: Sequence[str], classes: Sequence[str]
    ) -> tuple[str, list[int]]:
        """Find how a text is met, and the entries that meet it, best first."""
        exact = self._named(words, classes)
        begin = [_beginning(term) for term in terms]
        found = self._matching(" AND ".join(begin), classes)
        if exact or found:
            found = list(dict.fromkeys([*exact, *found]))
            return "all", self._sorted(found, _fold(words), terms, {}, exact)
        ways = {term: self._ways(term, terms) for term in terms}
        how, found = "near", self._near(ways, classes)
        if not found and len(terms) > 1:
            how, found = "some", self._some(ways, classes)
        return how, self._sorted(found, _fold(words), terms, ways, ())

    def _near(self, ways: dict[str, list[_Way]], classes: Sequence[str]) -> list[int]:
        """Find entries that have all the words or such as are near, the nearest ones first."""
        found: dict[int, None] = {}
        for most in range(1, 1 + max((way.mistakes for way in chain(*ways.values())), default=0)):
            loose = (f"({_loosely(term, ways[term], most=most)})" for term in ways)
            met = self._matching(" AND ".join(loose), classes, most=MOST_LOOSE)
            found.update(dict.fromkeys(met))
            if len(found) >= MOST_LOOSE:
                break
        return list(found)[:MOST_LOOSE]

    def _some(self, ways: dict[str, list[_Way]], classes: Sequence[str]) -> list[int]:
        """Find entries that have some of the words: what few entries have tells most."""
        loose = {term: _loosely(term, ways[term]) for term in ways}
        each = {term: self._matching(one, classes, most=MOST_LOOSE) for term, one in loose.items()}
        fitting = [term for term in loose if each[term]]
        found: dict[int, None] = {}
        if 1 < len(fitting) < len(loose):
            joined = " AND ".join(f"({loose[term]})" for term in fitting)
            found.update(dict.fromkeys(self._matching(joined, classes, most=MOST_LOOSE)))
        for term in sorted(fitting, key=lambda term: len(each[term])):
            found.update(dict.fromkeys(each[term]))
        return list(found)[:MOST_LOOSE]

    def _ways(self, term: str, terms: Sequence[str]) -> list[_Way]:
        """Give what a word may stand for besides a word that begins with it."""
        near = list(self.near_words(term).items())[:MOST_NEAR_WORDS]
        ways = [_Way((word,), mistakes) for word, mistakes in near]
        if not near:  # two words written as one, or one as two
            ways += [_Way(parts, 1) for parts in self._parts(term)]
            ways += [_Way((word,), 1) for word in self._whole(term, terms)]
        return ways

    def _parts(self, term: str) -> list[tuple[str, ...]]:
        """Give the two words of names that a word is made of."""
        cuts = range(LEAST_LETTERS, len(term) - LEAST_LETTERS + 1)
        halves = [(term[:cut], term[cut:]) for cut in cuts] if len(term) <= MOST_LETTERS else []
        known = self._known({half for pair in halves for half in pair})
        return [pair for pair in halves if known.issuperset(pair)]

    def _whole(self, term: str, terms: Sequence[str]) -> list[str]:
        """Give the words of names that a word makes with the one before or after it."""
        place = terms.index(term)
        pairs = (terms[place - 1 : place + 1], terms[place : place + 2])
        return sorted(self._known({"".join(pair) for pair in pairs if len(pair) == 2}))

    def _known(self, words: set[str]) -> set[str]:
        places = ",".join("?" * len(words))
        rows = self._base.execute(
            f"SELECT word FROM term WHERE word IN ({places})",  # noqa: S608
            sorted(words),
        )
        return {word for (word,) in rows}

    def _matching(
        self, expression: str, classes: Sequence[str], *, most: int = MOST_CANDIDATES
    ) -> list[int]:
        """Find entries in the order of the index; of very many those whose names fit first."""
        within, last = "", _BEYOND
        if tuple(classes) == SEARCHED_CLASSES:
            last = self._last_searched
        else:
            marks = " OR ".join(_quoted(_class_word(name)) for name in classes)
            if not marks:
                return []
            within = f"(kinds : ({marks})) AND "
        found = self._met(f"{within}({expression})", last, most)
        if len(found) < most:
            return found
        named = self._met(f"{within}({{label other}} : ({expression}))", last, most)
        return list(dict.fromkeys([*named, *found]))[:most]

    def _met(self, expression: str, last: int, most: int) -> list[int]:
        rows = self._base.execute(
            "SELECT rowid FROM word WHERE word MATCH ? AND rowid <= ? LIMIT ?",
            (expression, last, most),
        )
        return [number for (number,) in rows]

    def _named(self, words: str, classes: Sequence[str]) -> list[int]:
        clause, values = _class_clause(classes)
        rows = self._base.execute(
            "SELECT DISTINCT e.number FROM name JOIN entry e USING (number)"  # noqa: S608
            f" WHERE name.folded = ? AND {clause} ORDER BY e.number LIMIT 50",
            (_fold(words), *values),
        )
        return [number for (number,) in rows]

    def _sorted(
        self,
        numbers: Sequence[int],
        folded: str,
        terms: Sequence[str],
        ways: dict[str, list[_Way]],
        exact: Sequence[int],
    ) -> list[int]:
        """Put entries in order: what is called so, has most of the words, and little besides."""
        begun = {term: f" {term}" for term in terms}

        def rank(entry: _Entry) -> tuple[object, ...]:
            number, label, names, size, own = entry
            lacking = mistakes = in_label = starts = 0
            for term, begin in begun.items():
                if begin in label:
                    in_label += 1
                    starts |= label.startswith(begin)
                elif begin not in names:
                    made = _least_mistakes(ways.get(term, ()), names)
                    mistakes += made or 0
                    lacking += made is None
            return (
                number not in exact,
                not own.startswith(folded),
                lacking,
                mistakes,
                -in_label,
                not starts,
                size,
                number,
            )

        return [entry[0] for entry in sorted(self._lean(numbers), key=rank)]

    def _lean(self, numbers: Sequence[int]) -> list[_Entry]:
        places = ",".join("?" * len(numbers))
        return self._base.execute(
            "SELECT number, label_words, all_words, size, folded FROM entry"  # noqa: S608
            f" WHERE number IN ({places})",
            list(numbers),
        ).fetchall()

    def _entries(self, numbers: Sequence[int]) -> list[tuple[int, str, str, str, str, str, str]]:
        places = ",".join("?" * len(numbers))
        rows = {
            row[0]: row
            for row in self._base.execute(
                "SELECT number, iri, label, other, text, classes, kind FROM entry"  # noqa: S608
                f" WHERE number IN ({places})",
                list(numbers),
            )
        }
        return [rows[number] for number in numbers]


def _opened_or_made(store: GraphStore) -> sqlite3.Connection:
    """Open the file of the index, made by whoever needs it first; else make it in memory."""
    if store.place is not None:
        with contextlib.suppress(OSError, sqlite3.Error):
            path = made_once(store, f"names-{FORMAT}", "sqlite", lambda path: _write(store, path))
            return _open(path, store.version)
    base = sqlite3.connect(":memory:", check_same_thread=False)
    _fill(base, store)
    return base


def _write(store: GraphStore, path: Path) -> None:
    base = sqlite3.connect(path)
    try:
        base.execute("PRAGMA journal_mode = OFF")
        base.execute("PRAGMA synchronous = OFF")
        _fill(base, store)
    finally:
        base.close()


def _open(path: Path, version: str) -> sqlite3.Connection:
    """Open a finished index; nothing writes to it again, so that no lock is needed.

    Raises:
        sqlite3.Error: It is damaged, or of other data.
    """
    base = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
    )
    try:
        found = base.execute("SELECT version FROM made").fetchone()
        if found != (version,):
            raise sqlite3.DatabaseError("the index is that of other data")
    except sqlite3.Error:
        base.close()
        raise
    return base


def _fill(base: sqlite3.Connection, store: GraphStore) -> None:
    base.executescript(
        """
        CREATE TABLE made (version TEXT, last_searched INTEGER);
        CREATE TABLE entry (number INTEGER PRIMARY KEY, label_words TEXT, all_words TEXT,
            size INTEGER, folded TEXT, iri TEXT, label TEXT, other TEXT, text TEXT, classes TEXT,
            kind TEXT);
        CREATE TABLE name (folded TEXT, number INTEGER, PRIMARY KEY (folded, number))
            WITHOUT ROWID;
        CREATE TABLE member (class TEXT, place INTEGER, number INTEGER,
            PRIMARY KEY (class, place, number)) WITHOUT ROWID;
        CREATE TABLE class_size (class TEXT PRIMARY KEY, entries INTEGER) WITHOUT ROWID;
        CREATE TABLE term (number INTEGER PRIMARY KEY, word TEXT UNIQUE, entries INTEGER);
        CREATE TABLE rest (letters TEXT, number INTEGER, PRIMARY KEY (letters, number))
            WITHOUT ROWID;
        CREATE VIRTUAL TABLE word USING fts5(label, other, text, kinds, content='',
            prefix='1 2 3', tokenize="unicode61 remove_diacritics 0");
        CREATE VIRTUAL TABLE vocabulary USING fts5vocab(word, 'col');
        """
    )
    entries, words = [], []
    names: set[tuple[str, int]] = set()
    members: list[tuple[str, str, int]] = []
    last = 0
    for number, entry in enumerate(_entries(store), 1):
        iri, label, other, text, classes, kind = entry
        folded, own, others = _fold(label), "", ""
        own = " ".join(_words(folded))
        others = " ".join(_words(_fold(other)))
        names.update((_fold(name), number) for name in [label, *other.split("\n")] if name)
        members += [(name, label or iri, number) for name in classes]
        if not set(SEARCHED_CLASSES).isdisjoint(classes):
            last = number
        entries.append(
            (number, f" {own} ", f" {own} {others} ", len(folded.split()), folded, iri, label,
             other, text, f" {' '.join(classes)} ", kind)
        )  # fmt: skip
        kinds = " ".join(map(_class_word, classes))
        words.append((number, own, others, " ".join(_words(_fold(text))), kinds))
    base.executemany(f"INSERT INTO entry VALUES ({','.join('?' * 11)})", entries)  # noqa: S608
    base.executemany(
        "INSERT INTO word (rowid, label, other, text, kinds) VALUES (?, ?, ?, ?, ?)", words
    )
    base.executemany("INSERT INTO name VALUES (?, ?)", sorted(names))
    by_label = {text: place for place, text in enumerate(sorted({text for _, text, _ in members}))}
    base.executemany(
        "INSERT INTO member VALUES (?, ?, ?)",
        sorted((name, by_label[text], number) for name, text, number in members),
    )
    base.execute("INSERT INTO class_size SELECT class, COUNT(*) FROM member GROUP BY class")
    base.execute("INSERT INTO word (word) VALUES ('optimize')")
    _fill_terms(base)
    base.execute("INSERT INTO made VALUES (?, ?)", (store.version, last))
    base.commit()


def _fill_terms(base: sqlite3.Connection) -> None:
    """Write down the different words of all names, and what is left of each without letters."""
    base.execute(
        "INSERT INTO term (word, entries) SELECT term, SUM(doc) FROM vocabulary"
        " WHERE col IN ('label', 'other') GROUP BY term ORDER BY term"
    )
    terms = base.execute("SELECT number, word FROM term").fetchall()
    base.executemany(
        "INSERT INTO rest VALUES (?, ?)",
        sorted(
            (rest, number)
            for number, word in terms
            if _may_be_misspelled(word)
            for rest in _rests(word)
        ),
    )


_INDEXES: WeakKeyDictionary[GraphStore, NameIndex] = WeakKeyDictionary()
_MAKING: Final = threading.Lock()


def index_of(store: GraphStore) -> NameIndex:
    """Give the index of a store, made on first use and anew when the data has another version."""
    with _MAKING:
        index = _INDEXES.get(store)
        if index is None or index.version != store.version:
            index = _INDEXES[store] = NameIndex(store)
        return index


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


def _beginning(term: str) -> str:
    return f"{_quoted(term)}*"


def _loosely(term: str, ways: Iterable[_Way], *, most: int = MOST_FORGIVEN) -> str:
    """Ask for a word that begins so, or for what it may be a misspelling of."""
    near = [way.expression for way in ways if way.mistakes <= most]
    return " OR ".join([_beginning(term), *near])


def _least_mistakes(ways: Iterable[_Way], names: str) -> int | None:
    """Give the fewest mistakes that lead from a word to the words of names, if any do."""
    for way in ways:  # the nearest first
        if all(f" {word} " in names for word in way.words):
            return way.mistakes
    return None


def _class_word(name: str) -> str:
    return _MARK + name.casefold()


def _may_be_misspelled(word: str) -> bool:
    """Tell whether a word is long enough, and a word: a figure or code is right or another."""
    return LEAST_LETTERS <= len(word) <= MOST_LETTERS and not any(c.isdigit() for c in word)


def _forgiven(word: str) -> int:
    """Give how many mistakes a word of this length may have."""
    return 1 if len(word) < MANY_LETTERS else MOST_FORGIVEN


def _rests(word: str) -> set[str]:
    """Give the beginning of a word, and what is left of it without one letter, or without two.

    Two words that are at most so many mistakes apart have one of these in common: a letter that
    was changed, left out, put in, or that has changed places with its neighbour is taken out on
    one side, on the other, or on both.
    """
    found = last = {word[:BEGINNING]}
    for _ in range(_forgiven(word)):
        last = {rest[:n] + rest[n + 1 :] for rest in last for n in range(len(rest))}
        found = found | last
    return found


def _mistakes(word: str, other: str, *, most: int) -> int | None:
    """Count the mistakes between two words; ``None`` where there are more than ``most``.

    A mistake is a letter that is changed, left out, put in, or that has changed places with its
    neighbour; no letter is changed twice (optimal string alignment).

    Example:
        >>> _mistakes("wokrs", "works", most=1), _mistakes("kite", "works", most=2)
        (1, None)
    """
    if abs(len(word) - len(other)) > most:
        return None
    while word and other and word[-1] == other[-1]:
        word, other = word[:-1], other[:-1]
    while word and other and word[0] == other[0]:
        word, other = word[1:], other[1:]
    before: list[int] = []
    row = list(range(len(other) + 1))
    for n, letter in enumerate(word, 1):
        older, before, row = before, row, [n]
        for m, another in enumerate(other, 1):
            cost = min(before[m] + 1, row[m - 1] + 1, before[m - 1] + (letter != another))
            if n > 1 and m > 1 and letter == other[m - 2] and word[n - 2] == another:
                cost = min(cost, older[m - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None


def _class_clause(classes: Sequence[str]) -> tuple[str, list[str]]:
    likes = " OR ".join("e.classes LIKE ?" for _ in classes) or "0"
    return f"({likes})", [f"% {name} %" for name in classes]


def _entries(
    store: GraphStore,
) -> Iterator[tuple[str, str, str, str, tuple[str, ...], str | None]]:
    """Give IRI, label, other names, description, classes and kind; what readers seek most first."""
    classes: dict[str, set[str]] = {}
    for class_iri in _classes(store):
        for iri in store.instances(class_iri):
            local = "Class" if class_iri == OWL + "Class" else class_iri.removeprefix(COP)
            classes.setdefault(iri, set()).add(local)
    labels, *others = (_grouped(store.pairs(name)) for name in _LABELS)
    texts = [_grouped(store.pairs(name)) for name in _TEXTS]
    kinds = _grouped(store.pairs(COP + "kind"))
    places = {name: place for place, name in enumerate(_KINDS_OF_INTEREST)}

    def place(iri: str) -> tuple[bool, int, tuple[tuple[int, int, str], ...]]:
        """What is no thing or concept stands last, so that a search for those need not see it."""
        return (
            classes[iri].isdisjoint(SEARCHED_CLASSES),
            min((places.get(name, 99) for name in classes[iri]), default=99),
            natural_key(iri),
        )

    for iri in sorted(classes, key=place):
        kind = next((label for one in kinds.get(iri, ()) for label in labels.get(one, ())), None)
        yield (
            iri,
            next(iter(labels.get(iri, ())), ""),
            "\n".join(text for other in others for text in other.get(iri, ())),
            "\n".join(text for other in texts for text in other.get(iri, ())),
            tuple(sorted(classes[iri])),
            kind,
        )


def _classes(store: GraphStore) -> list[str]:
    """List the classes below Thing and Concept, and the class of classes."""
    below: dict[str, set[str]] = {}
    for narrower, wider in store.pairs(PREFIXES["rdfs"] + "subClassOf"):
        below.setdefault(wider, set()).add(narrower)
    found, waiting = set(), [COP + name for name in SEARCHED_CLASSES]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += below.get(current, ())
    return [*sorted(found), OWL + "Class"]


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for key, value in pairs:
        grouped.setdefault(key, []).append(value)
    return {key: sorted(values) for key, values in grouped.items()}


def _fold(text: str) -> str:
    """Give a text without case, accents and doubled white space."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def _words(folded: str) -> list[str]:
    """Cut a folded text into its words."""
    return re.findall(r"[^\W_]+", folded)


def _hit(entry: tuple[int, str, str, str, str, str, str], terms: Sequence[str]) -> Hit:
    _, iri, label, other, text, classes, kind = entry

    def begun(name: str) -> int:
        words = _words(_fold(name))
        return sum(any(word.startswith(term) for word in words) for term in terms)

    named = begun(label)
    others = {name: begun(name) for name in other.split("\n") if name}
    best = max(others, key=lambda name: others[name], default=None)
    return Hit(
        entity=Reference(iri, label or iri),
        classes=tuple(name for name in classes.split() if name not in ("Thing", "Actor", "Concept"))
        or tuple(classes.split()),
        kind=kind,
        description=text.split("\n")[0] or None,
        other_name=best if best is not None and others[best] > named else None,
    )


__all__ = ["Hit", "Hits", "NameIndex", "index_of"]
