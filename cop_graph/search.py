"""Search: the names of everything, indexed once for each version of the data.

A search must stay quick however much there is, so that nothing here reads all entities twice: the
index is SQLite's FTS5, made on first use. Of a store on disk it is a file beside the quads, made
once for all processes that read them; else, and where nothing can be written, it is in memory and
kept as long as its store. Misspelled words are found by the three-letter pieces that they share
with a name.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import sqlite3
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from cop_graph.model import Reference
from cop_graph.namespaces import COP, OWL, PREFIXES, SKOS, natural_key

if TYPE_CHECKING:
    from cop_graph.store import GraphStore

SEARCHED_CLASSES: Final = ("Thing", "Concept")
MOST_CANDIDATES: Final = 300
"""How many fitting entries are compared at the most; beyond it the first of the index stand."""
LEAST_LIKENESS: Final = 0.6
LEAST_PIECES: Final = 4
MOST_NAMES: Final = 3000
"""How many names the pieces of a misspelled word may be looked up in."""
MOST_PAIRED: Final = 6
MOST_COMPARED: Final = 300
"""So many letters of a misspelled text are compared with names; none is longer by far."""
SURE_LIKENESS: Final = 0.85
FORMAT: Final = 2
"""Changes when the tables of the index do, so that no older file is taken for one of these."""
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

    ``how`` is ``all`` where each has all words, ``some`` where each has some, ``near`` where
    names are spelled nearly so, ``none`` where nothing was found; ``is_cut`` tells that there may
    be more.
    """

    words: str
    hits: tuple[Hit, ...]
    how: str
    is_cut: bool

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)


class NameIndex:
    """The names and descriptions of all things and concepts of one store, ready to be searched."""

    def __init__(self, store: GraphStore) -> None:
        """Open the index of a store, or make it; of 100,000 things that takes some seconds."""
        self.version = store.version
        self._lock = threading.Lock()
        self._base = _opened_or_made(store)

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
        terms = re.findall(r"\w+", words.replace("_", " "))[:12]
        if not terms:
            return Hits(words, (), "none", False)
        with self._lock:
            how, numbers = "all", self._matching(" ".join(f'"{term}"*' for term in terms), classes)
            if not numbers and len(terms) > 1:
                how = "some"
                numbers = self._matching(" OR ".join(f'"{term}"*' for term in terms), classes)
            exact = self._named(words, classes)
            if how == "some":  # a long name with one word misspelled is meant before its parts
                exact += self._near(words, classes, least=SURE_LIKENESS)
            if exact or numbers:
                numbers = list(dict.fromkeys([*exact, *numbers]))
            else:
                how, numbers = "near", self._near(words, classes)
            if not numbers:
                return Hits(words, (), "none", False)
            entries = self._entries(numbers)
            if how != "near":
                entries.sort(key=lambda entry: _rank(entry, words, terms, exact))
        hits = tuple(_hit(entry, words, terms) for entry in entries[:limit])
        return Hits(words, hits, how, len(entries) > limit)

    def near(
        self, words: str, *, classes: Sequence[str] = SEARCHED_CLASSES, limit: int = 5
    ) -> list[Reference]:
        """Find what is spelled nearly like a text, nearest first."""
        with self._lock:
            entries = self._entries(self._near(words, classes)[:limit])
        return [Reference(entry[1], entry[2] or entry[1]) for entry in entries]

    def named(self, name: str, classes: Sequence[str] = SEARCHED_CLASSES) -> list[Reference]:
        """List what has a name, whatever its case and accents."""
        with self._lock:
            entries = self._entries(self._named(name, classes))
        return [Reference(entry[1], entry[2] or entry[1]) for entry in entries]

    def count(self, class_name: str) -> int:
        """Count the entries of one class."""
        with self._lock:
            found = self._base.execute(
                "SELECT COUNT(*) FROM entry WHERE classes LIKE ?", (f"% {class_name} %",)
            )
            return int(found.fetchone()[0])

    def members(self, classes: Sequence[str], *, limit: int) -> list[Reference]:
        """List entries of some classes by label, at most ``limit``."""
        clause, values = _class_clause(classes)
        with self._lock:
            rows = self._base.execute(
                f"SELECT iri, label FROM entry e WHERE {clause} ORDER BY label LIMIT ?",  # noqa: S608
                (*values, limit),
            ).fetchall()
        return [Reference(iri, label or iri) for iri, label in rows]

    def _matching(self, expression: str, classes: Sequence[str]) -> list[int]:
        clause, values = _class_clause(classes)
        query = (
            "SELECT e.number FROM word JOIN entry e ON e.number = word.rowid"  # noqa: S608
            f" WHERE word MATCH ? AND {clause} LIMIT ?"
        )
        found: dict[int, None] = {}
        for match in (f"{{label other}} : ({expression})", expression):
            rows = self._base.execute(query, (match, *values, MOST_CANDIDATES))
            found.update(dict.fromkeys(number for (number,) in rows))
            if len(found) >= MOST_CANDIDATES:
                break
        return list(found)

    def _named(self, words: str, classes: Sequence[str]) -> list[int]:
        clause, values = _class_clause(classes)
        rows = self._base.execute(
            "SELECT DISTINCT e.number FROM name JOIN entry e USING (number)"  # noqa: S608
            f" WHERE folded = ? AND {clause} ORDER BY e.number LIMIT 50",
            (_fold(words), *values),
        )
        return [number for (number,) in rows]

    def _near(
        self, words: str, classes: Sequence[str], *, least: float = LEAST_LIKENESS
    ) -> list[int]:
        """Find by three-letter pieces, then compare letter by letter."""
        folded = _fold(words[:MOST_COMPARED])
        if len(folded) < 3:
            return []
        expression, order = self._rarest(
            {folded[n : n + 3] for n in range(min(len(folded), 60) - 2)}
        )
        if not expression:
            return []
        clause, values = _class_clause(classes)
        rows = self._base.execute(
            "SELECT name.folded, e.number FROM (SELECT rowid AS number FROM piece"  # noqa: S608
            f" WHERE piece MATCH ? ORDER BY {order} LIMIT 200) found"
            " JOIN name ON name.rowid = found.number JOIN entry e ON e.number = name.number"
            f" WHERE {clause}",
            (expression, *values),
        ).fetchall()
        likeness: dict[int, float] = {}
        for name, number in rows:
            ratio = max(
                difflib.SequenceMatcher(None, folded, part).ratio() for part in _parts(name, folded)
            )
            if ratio >= least:
                likeness[number] = max(ratio, likeness.get(number, 0.0))
        return sorted(likeness, key=lambda number: (-likeness[number], number))[:12]

    def _rarest(self, pieces: set[str]) -> tuple[str, str]:
        """Ask for the pieces that fewest names have: they tell most, and are quick to look up.

        Where even these are in very many names, two of them are asked for at once, because
        thousands of names that share but one would take long to put in order.

        Returns:
            The expression, and by what the names that fit it are put in order.
        """
        places = ",".join("?" * len(pieces))
        rows = self._base.execute(
            f"SELECT term, doc FROM piece_count WHERE term IN ({places})",  # noqa: S608
            sorted(pieces),
        ).fetchall()
        rows.sort(key=lambda row: (row[1], row[0]))
        chosen: list[str] = []
        held = 0
        for term, count in rows:
            if len(chosen) >= LEAST_PIECES and held + count > MOST_NAMES:
                break
            chosen.append(term)
            held += count
        if held <= MOST_NAMES:
            return " OR ".join(map(_quoted, chosen)), "rank"
        if len(rows) == 1:  # all share it: those that readers seek most are compared
            return _quoted(chosen[0]), "rowid"
        some = [_quoted(term) for term, _ in rows[:MOST_PAIRED]]
        return " OR ".join(f"({one} AND {other})" for one, other in combinations(some, 2)), "rank"

    def _entries(self, numbers: Sequence[int]) -> list[tuple[int, str, str, str, str, str, str]]:
        places = ",".join("?" * len(numbers))
        rows = {
            row[0]: row
            for row in self._base.execute(
                f"SELECT * FROM entry WHERE number IN ({places})",  # noqa: S608
                list(numbers),
            )
        }
        return [rows[number] for number in numbers]


def _opened_or_made(store: GraphStore) -> sqlite3.Connection:
    """Open the file of the index, made by whoever needs it first; else make it in memory."""
    if store.place is not None:
        path = store.place / f"names-{FORMAT}-{re.sub('[^0-9A-Za-z]', '_', store.version)}.sqlite"
        with contextlib.suppress(OSError, sqlite3.Error):
            if not path.is_file():
                with _alone_in(store.place):
                    if not path.is_file():
                        _write(store, path)
            return _open(path, store.version)
    base = sqlite3.connect(":memory:", check_same_thread=False)
    _fill(base, store)
    return base


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process makes an index here; the lock goes with its process."""
    try:
        import fcntl
    except ImportError:  # Windows: several make it, and the last stays
        yield
        return
    place = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)


def _write(store: GraphStore, path: Path) -> None:
    """Make the index under another name, and give it its own only when it is whole."""
    for left in path.parent.glob(f"{path.name}.*"):  # by a process that was killed
        left.unlink()
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        base = sqlite3.connect(unfinished)
        try:
            base.execute("PRAGMA journal_mode = OFF")
            base.execute("PRAGMA synchronous = OFF")
            _fill(base, store)
        finally:
            base.close()
        with open(unfinished, "rb+") as stream:
            os.fsync(stream.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _open(path: Path, version: str) -> sqlite3.Connection:
    """Open a finished index; nothing writes to it again, so that no lock is needed.

    Raises:
        sqlite3.Error: It is damaged, or of other data.
    """
    base = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
    )
    try:
        if base.execute("SELECT version FROM made").fetchone() != (version,):
            raise sqlite3.DatabaseError("the index is that of other data")
    except sqlite3.Error:
        base.close()
        raise
    return base


def _fill(base: sqlite3.Connection, store: GraphStore) -> None:
    base.executescript(
        """
        CREATE TABLE made (version TEXT);
        CREATE TABLE entry (number INTEGER PRIMARY KEY, iri TEXT, label TEXT, other TEXT,
            text TEXT, classes TEXT, kind TEXT);
        CREATE TABLE name (folded TEXT, number INTEGER);
        CREATE VIRTUAL TABLE word USING fts5(label, other, text, content='',
            prefix='1 2 3', tokenize="unicode61 remove_diacritics 2");
        CREATE VIRTUAL TABLE piece USING fts5(folded, content='', tokenize='trigram');
        CREATE VIRTUAL TABLE vocabulary USING fts5vocab(piece, 'row');
        CREATE TABLE piece_count (term TEXT PRIMARY KEY, doc INTEGER) WITHOUT ROWID;
        """
    )
    for number, entry in enumerate(_entries(store), 1):
        iri, label, other, text, classes, kind = entry
        base.execute(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)",
            (number, iri, label, other, text, f" {' '.join(classes)} ", kind),
        )
        base.execute(
            "INSERT INTO word (rowid, label, other, text) VALUES (?, ?, ?, ?)",
            (number, label, other, text),
        )
        names = {_fold(name) for name in [label, *other.split("\n")] if name}
        base.executemany(
            "INSERT INTO name VALUES (?, ?)", [(name, number) for name in sorted(names)]
        )
    base.execute("CREATE INDEX name_folded ON name (folded)")
    base.execute("INSERT INTO piece (rowid, folded) SELECT rowid, folded FROM name")
    base.execute("INSERT INTO word (word) VALUES ('optimize')")
    base.execute("INSERT INTO piece (piece) VALUES ('optimize')")
    base.execute("INSERT INTO piece_count SELECT term, doc FROM vocabulary")
    base.execute("INSERT INTO made VALUES (?)", (store.version,))
    base.commit()


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

    def place(iri: str) -> tuple[int, tuple[tuple[int, int, str], ...]]:
        return min((places.get(name, 99) for name in classes[iri]), default=99), natural_key(iri)

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
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def _parts(name: str, folded: str) -> list[str]:
    """Give a name and, where it is longer, the runs of as many words as were asked for."""
    words, size = name.split(), len(folded.split())
    return [name, *(" ".join(words[n : n + size]) for n in range(len(words) - size + 1))]


def _rank(
    entry: tuple[int, str, str, str, str, str, str],
    words: str,
    terms: Sequence[str],
    exact: Sequence[int],
) -> tuple[bool, bool, int, int, bool, int, int]:
    number, _, label, other, *_ = entry
    folded, name = _fold(words), _fold(label)
    wanted = [_fold(term) for term in terms]
    in_label = sum(_begins(term, name) for term in wanted)
    in_names = sum(_begins(term, f"{name} {_fold(other)}") for term in wanted)
    return (
        number not in exact,
        not name.startswith(folded),
        -in_names,
        -in_label,
        not any(name.startswith(term) for term in wanted),
        len(name.split()),
        number,
    )


def _begins(term: str, text: str) -> bool:
    return re.search(rf"\b{re.escape(term)}", text) is not None


def _hit(entry: tuple[int, str, str, str, str, str, str], words: str, terms: Sequence[str]) -> Hit:
    _, iri, label, other, text, classes, kind = entry
    wanted = [_fold(term) for term in terms]
    named = sum(_begins(term, _fold(label)) for term in wanted)
    others = [name for name in other.split("\n") if name]
    best = max(
        others, key=lambda name: sum(_begins(term, _fold(name)) for term in wanted), default=None
    )
    fits = best is not None and sum(_begins(term, _fold(best)) for term in wanted) > named
    return Hit(
        entity=Reference(iri, label or iri),
        classes=tuple(name for name in classes.split() if name not in ("Thing", "Actor", "Concept"))
        or tuple(classes.split()),
        kind=kind,
        description=text.split("\n")[0] or None,
        other_name=best if fits else None,
    )


__all__ = ["Hit", "Hits", "NameIndex", "index_of"]
