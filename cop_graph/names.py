"""Names: a label, an alias, a CURIE or an IRI in, the one thing that it stands for out.

Full-text search runs on SQLite's FTS5, which folds accents and needs nothing installed.
"""

from __future__ import annotations

import difflib
import re
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

from pyoxigraph import NamedNode

from cop_graph.errors import AmbiguousNameError, IdentifierError, UnknownEntityError
from cop_graph.model import Reference
from cop_graph.namespaces import (
    COP,
    COPD,
    OWL,
    PREFIXES,
    RDF,
    SKOS,
    compact,
    expand,
    is_iri,
    natural_key,
)
from cop_graph.store import GraphStore

LABEL_PROPERTIES: Final = (SKOS + "prefLabel", SKOS + "altLabel", SKOS + "hiddenLabel")
DESCRIPTION_PROPERTIES: Final = (PREFIXES["dcterms"] + "description", SKOS + "definition")
SUGGESTION_COUNT: Final = 4
MOST_NAME_CHARS: Final = 2000
"""No name is longer; a text that is longer is compared with none."""
SHOWN_CHARS: Final = 60
_TYPE: Final = RDF + "type"
_NAMED_CLASSES: Final = ("Thing", "Concept")
REMEMBERED_LABELS: Final = 50_000
"""How many labels are kept for one store: some ten megabytes."""
_MEMORY: Final[WeakKeyDictionary[GraphStore, tuple[str, dict[str, dict[str, Any]]]]] = (
    WeakKeyDictionary()
)


def label_of(store: GraphStore, iri: str) -> str:
    """Give the preferred label of an IRI; its CURIE where it has none."""
    return store.value(iri, LABEL_PROPERTIES[0]) or paragraph_label(store, iri) or compact(iri)


def paragraph_label(store: GraphStore, iri: str) -> str | None:
    """Give ``5.5`` for a numbered paragraph, ``5-1-p2`` for one without; ``None`` for all else."""
    return store.value(iri, COP + "number") or store.value(iri, PREFIXES["dcterms"] + "identifier")


def reference(store: GraphStore, iri: str) -> Reference:
    """Give an IRI with its label."""
    known = remembered(store, "labels")
    found = known.get(iri)
    if found is None:
        if len(known) >= REMEMBERED_LABELS:
            known.clear()
        found = known[iri] = Reference(iri, label_of(store, iri))
    return found


def remembered(store: GraphStore, purpose: str) -> dict[str, Any]:
    """Give what was looked up in a store before, which its present version still says.

    Of a store that may change without changing its version nothing is remembered: the mapping is
    then new each time.
    """
    if not getattr(store, "is_snapshot", False):
        return {}
    version, memory = _MEMORY.get(store, ("", None))
    if memory is None or version != store.version:
        memory = {}
        _MEMORY[store] = (store.version, memory)
    return memory.setdefault(purpose, {})


def classes_of(store: GraphStore, iri: str) -> set[str]:
    """Give the local names of our classes that an IRI belongs to, wider ones included."""
    found = {
        term.value.removeprefix(COP)
        for term in store.objects(iri, _TYPE)
        if term.value.startswith(COP)
    }
    if store.value(iri, _TYPE) == OWL + "Class":
        found.add("Class")
    return found


def resolve(store: GraphStore, name: str, *, classes: Sequence[str] = _NAMED_CLASSES) -> Reference:
    """Find what a name stands for.

    Args:
        store: Where to look.
        name: A label, an alias, a CURIE, an IRI or its last part; for a paragraph also its number.
        classes: Local names of the classes that the thing may belong to.

    Raises:
        UnknownEntityError: Nothing of these classes has that name; suggests near ones.
        AmbiguousNameError: More than one thing of these classes has that name.
    """
    wanted = name.strip()
    candidates = _iris(wanted)
    store.prefetch(candidates)
    for iri in candidates:
        if store.holds(iri) and classes_of(store, iri) & set(classes):
            return reference(store, iri)
    if len(wanted) > MOST_NAME_CHARS:
        raise UnknownEntityError(f"{wanted[:SHOWN_CHARS]}…", wanted=_words(classes), suggestions=[])
    for properties in _label_tiers(classes):
        named = _named(store, wanted, properties)
        store.prefetch(named)
        found = sorted(iri for iri in named if classes_of(store, iri) & set(classes))
        if len(found) == 1:
            return reference(store, found[0])
        if found:
            raise AmbiguousNameError(
                name, wanted=_words(classes), suggestions=[compact(iri) for iri in found]
            )
    raise UnknownEntityError(
        name, wanted=_words(classes), suggestions=_suggestions(store, wanted, classes)
    )


def search(
    store: GraphStore, words: str, *, classes: Sequence[str] = _NAMED_CLASSES, limit: int = 20
) -> list[Reference]:
    """Find things and concepts by words of their names and descriptions, best first.

    Args:
        store: Where to look.
        words: Any text; each word may be the beginning of a longer one, and a misspelled one
            still finds what is near.
        classes: Local names of the classes to look in.
        limit: How many at the most.

    Returns:
        What has all the words; where nothing has, what has some; else what is spelled nearly so.
    """
    terms = re.findall(r"\w+", words)
    if not terms:
        return []
    entries = _entries(store, classes)
    index = sqlite3.connect(":memory:")
    try:
        index.execute(
            "CREATE VIRTUAL TABLE entry USING fts5(iri UNINDEXED, label, other, text,"
            " tokenize = 'unicode61 remove_diacritics 2')"
        )
        index.executemany("INSERT INTO entry VALUES (?, ?, ?, ?)", entries)
        found = _match(index, " ".join(f'"{term}"*' for term in terms))
        found = found or _match(index, " OR ".join(f'"{term}"*' for term in terms))
    finally:
        index.close()
    found = _exact_first(found, entries, words) or _near(entries, words)
    store.prefetch(found[:limit])
    return [reference(store, iri) for iri in found[:limit]]


def _iris(name: str) -> list[str]:
    """Give the IRIs that a text may be: itself, expanded, or the last part of one of ours."""
    found = []
    try:
        found.append(expand(name))
    except IdentifierError:
        if is_iri(name):
            found.append(name)
    if re.fullmatch(r"[\w.-]+", name):
        found += [COPD + name, COP + name]
    return [iri for iri in found if _is_node(iri)]


def _is_node(iri: str) -> bool:
    """Tell whether the engine takes a text for an IRI; it also looks at host, port and percents."""
    try:
        NamedNode(iri)
    except ValueError:
        return False
    return True


def _label_tiers(classes: Sequence[str]) -> list[tuple[str, ...]]:
    tiers: list[tuple[str, ...]] = [(name,) for name in LABEL_PROPERTIES]
    if "Paragraph" in classes or "Report" in classes:
        tiers.append((COP + "number", PREFIXES["dcterms"] + "identifier"))
    return tiers


def _named(store: GraphStore, name: str, properties: Iterable[str]) -> set[str]:
    """Find by label: as written first, then with case and white space folded."""
    pairs = [pair for name_property in properties for pair in store.pairs(name_property)]
    exact = {iri for iri, label in pairs if label == name}
    folded = _fold(name)
    return exact or {iri for iri, label in pairs if _fold(label) == folded}


def _fold(text: str) -> str:
    return " ".join(text.replace("’", "'").casefold().split())


def _words(classes: Sequence[str]) -> str:
    """Give the classes in words: ``actors``, ``things and concepts``."""
    spaced = [re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower() for name in classes]
    return " and ".join(name + ("es" if name.endswith("s") else "s") for name in spaced)


def _suggestions(store: GraphStore, name: str, classes: Sequence[str]) -> list[str]:
    entries = _entries(store, classes)
    near = _near(entries, name)[:SUGGESTION_COUNT]
    store.prefetch(near)
    return [label_of(store, iri) for iri in near]


def _near(entries: Sequence[tuple[str, str, str, str]], name: str) -> list[str]:
    """Find entries whose names are spelled nearly like a text, nearest first."""
    by_name: dict[str, str] = {}
    for iri, label, other, _ in entries:
        for text in [label, *other.split("\n")]:
            if text:
                by_name.setdefault(_fold(text), iri)
    folded = _fold(name)
    near = difflib.get_close_matches(folded, sorted(by_name), 8, 0.6)
    within = sorted(text for text in by_name if len(folded) > 2 and folded in text)
    return list(dict.fromkeys(by_name[text] for text in [*near, *within]))


def _entries(store: GraphStore, classes: Sequence[str]) -> list[tuple[str, str, str, str]]:
    """Give IRI, label, other names (one a line) and description of all entities of some classes."""
    kinds = [OWL + name if name == "Class" else COP + name for name in classes]
    wanted = {iri for kind in kinds for iri in store.instances(kind)}
    labels, *others = (dict(_grouped(store.pairs(name))) for name in LABEL_PROPERTIES)
    texts = [dict(_grouped(store.pairs(name))) for name in DESCRIPTION_PROPERTIES]
    return [
        (
            iri,
            "\n".join(labels.get(iri, ())),
            "\n".join(text for other in others for text in other.get(iri, ())),
            "\n".join(text for other in texts for text in other.get(iri, ())),
        )
        for iri in sorted(wanted, key=natural_key)
    ]


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for key, value in pairs:
        grouped.setdefault(key, []).append(value)
    return {key: sorted(values) for key, values in grouped.items()}


def _match(index: sqlite3.Connection, expression: str) -> list[str]:
    rows = index.execute(
        "SELECT iri FROM entry WHERE entry MATCH ? ORDER BY bm25(entry, 0, 10, 8, 1), iri",
        (expression,),
    )
    return [iri for (iri,) in rows]


def _exact_first(
    found: list[str], entries: Sequence[tuple[str, str, str, str]], words: str
) -> list[str]:
    exact = {
        iri
        for iri, label, other, _ in entries
        if _fold(words) in map(_fold, [label, *other.split("\n")])
    }
    return sorted(found, key=lambda iri: iri not in exact)
