"""Statements: a claim becomes a line that can be read out, in the section where a reader seeks it.

Pages, briefs and comparisons are made of these lines; each keeps the claims behind it, and what
does not assert never stands among the facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from weakref import ref

from pyoxigraph import Literal

from cop_graph.exports import cell_text
from cop_graph.model import CLAIMS_COLUMN, Evidence, Reference, Row
from cop_graph.names import label_of, reference
from cop_graph.namespaces import COP, OWL, PREFIXES, RDF
from cop_graph.questions import LABEL_SEPARATOR, python_value

if TYPE_CHECKING:
    from cop_graph.graph import Profile
    from cop_graph.store import GraphStore

SECTIONS: Final[Mapping[str, str]] = {
    "actors": "Works with",
    "initiatives": "Initiatives",
    "agreements": "Agreements, laws and norms",
    "events": "Events",
    "documents": "Documents",
    "resources": "Tools and resources",
    "themes": "Themes",
    "groups": "Whom it is for",
    "figures": "Figures",
    "life": "When",
    "places": "Where",
    "other": "Also stated",
    "frame": "Stated within it",
}
"""Section to heading, in the order in which they are read."""

_SECTION_OF_CLASS: Final[Mapping[str, str]] = {
    "Theme": "themes",
    "Group": "groups",
    "Stage": "life",
    "Place": "places",
    "Initiative": "initiatives",
    "Agreement": "agreements",
    "Event": "events",
    "Document": "documents",
    "Resource": "resources",
    "Actor": "actors",
    "Countable": "figures",
}
_READ_FIRST: Final[Mapping[str, tuple[str, ...]]] = {
    "actors": ("partners with", "assists", "is funded by", "participates in", "is a member of"),
}
_PLACE_RELATIONS: Final = {COP + name for name in ("operatesIn", "isBasedIn", "takesPlaceIn")}
_QUALIFIERS: Final[Mapping[str, str]] = {"role": "role", "by": "agent", "on": "topic"}
_MONTHS: Final = (
    "January February March April May June July August September October November December"
).split()


@dataclass(frozen=True, slots=True)
class Statement:
    """A line about a thing.

    ``parts`` are texts and references that make the line when they are joined, and ``tail`` is
    what follows: topics, frame, agent, time. ``key`` is the other end; ``asserts`` tells whether
    the report says that it holds. ``negated`` is so where it says that it did not happen.
    """

    parts: tuple[str | Reference, ...]
    tail: tuple[str, ...]
    key: Reference | None
    section: str
    relation: str
    status: str
    asserts: bool
    negated: bool
    voices: str | None
    start: str | None
    claims: tuple[str, ...]

    @property
    def text(self) -> str:
        """The line as plain text."""
        return "".join(str(part) for part in (*self.parts, *self.tail))


class Grammar:
    """What the ontology knows of relations and classes, looked up once for each store."""

    def __init__(self, store: GraphStore) -> None:
        # What is kept for a store must not keep the store: its generation could never be removed.
        self._store = ref(store)
        self.inverse = dict(store.pairs(OWL + "inverseOf"))
        self.asserting = {
            subject for subject, value in store.pairs(COP + "asserts") if value == "true"
        }
        self.not_asserting = set(store.instances(COP + "Status")) - self.asserting
        self._labels = dict(self._relation_labels())
        self._symmetric = set(store.instances(OWL + "SymmetricProperty"))
        self._classes: dict[str, str] = {}

    @property
    def store(self) -> GraphStore:
        """The store, which whoever asks must still have open."""
        store = self._store()
        assert store is not None
        return store

    def _relation_labels(self) -> Iterable[tuple[str, str]]:
        for relation in {*self.inverse, *self.inverse.values()}:
            label = self.store.value(relation, PREFIXES["skos"] + "prefLabel")
            if label:
                yield relation, label

    def section_of(self, iri: str) -> str:
        """Give the section in which a line about this other end stands."""
        if iri not in self._classes:
            found = {term.value.removeprefix(COP) for term in self.store.objects(iri, RDF + "type")}
            self._classes[iri] = next(
                (section for name, section in _SECTION_OF_CLASS.items() if name in found), "other"
            )
        return self._classes[iri]

    def statement(self, row: Row, about: str | None = None) -> Statement:
        """Make a line of a row of ``claims-about``.

        Args:
            row: A row of the question.
            about: The IRI of the thing that is told of; a line about it starts with the relation.
        """
        subject, target = _end(row, "subject"), _end(row, "object")
        relation, status = _end(row, "relation"), _end(row, "status")
        figure = _figure(row)
        parts: list[str | Reference]
        key: Reference | None
        if about == subject.iri or about is None or about != target.iri:
            key = target if about == subject.iri else None
            lead: list[str | Reference] = [] if about == subject.iri else [subject, " "]
            parts = [*lead, f"{relation.label} ", figure, target]
        elif relation.iri in self._symmetric:
            key, parts = subject, [f"{relation.label} ", figure, subject]
        elif self.inverse.get(relation.iri) in self._labels:
            key = subject
            parts = [f"{self._labels[self.inverse[relation.iri]]} ", figure, subject]
        else:
            key, parts = subject, [subject, " ", f"{relation.label} ", figure, target]
        if relation.iri == COP + "hasStage":
            parts = [target] if about == subject.iri else [subject, ": ", target]
        section = self.section_of(key.iri) if key else "frame"
        if relation.iri in _PLACE_RELATIONS and key:
            section = "places" if key == target else section
        if figure and key:
            section = "figures"
        return Statement(
            parts=tuple(part for part in parts if part != ""),
            tail=tuple(_tail(row)),
            key=key,
            section=section,
            relation=relation.label,
            status=status.label,
            asserts=status.iri in self.asserting,
            negated=status.iri == COP + "status-not-done",
            voices=cell_text(row["voices"]) or None,
            start=cell_text(row["start"]) or cell_text(row["end"]) or None,
            claims=claims_of(row),
        )

    def statements(self, rows: Iterable[Row], about: str | None = None) -> list[Statement]:
        """Make lines of rows, the same line of several claims once."""
        made: dict[tuple[object, ...], Statement] = {}
        for row in rows:
            one = self.statement(row, about)
            key = (one.parts, one.tail, one.status, one.voices, one.section)
            old = made.get(key)
            made[key] = replace(old, claims=(*old.claims, *one.claims)) if old else one
        return list(made.values())


def sections(statements: Sequence[Statement]) -> dict[str, list[Statement]]:
    """Sort lines into sections, in the order of ``SECTIONS``; empty ones are left out."""
    found: dict[str, list[Statement]] = {name: [] for name in SECTIONS}
    for one in statements:
        found[one.section].append(one)
    return {name: sorted(some, key=_place) for name, some in found.items() if some}


def _place(statement: Statement) -> int:
    """Let the relation that a section is read for come first; the others keep their order."""
    first = _READ_FIRST.get(statement.section, ())
    return first.index(statement.relation) if statement.relation in first else len(first)


def dated(statements: Iterable[Statement]) -> list[Statement]:
    """Give the lines that have a date, earliest first."""
    return sorted((one for one in statements if one.start), key=lambda one: str(one.start))


def claim_row(store: GraphStore, claim: str) -> Row:
    """Give one claim as a row of ``claims-about``, for a page about that claim alone.

    Args:
        store: Where the claim is.
        claim: Its IRI.
    """

    def named(name: str) -> Reference | None:
        found = store.value(claim, COP + name)
        return reference(store, found) if found else None

    def end(name: str) -> Reference:
        found = store.value(claim, RDF + name)
        return reference(store, found) if found else Reference("", "(not said)")

    def labels(name: str) -> list[str]:
        return sorted(label_of(store, term.value) for term in store.objects(claim, COP + name))

    qualifiers = [
        *(f"{word}: {label}" for word, name in _QUALIFIERS.items() for label in labels(name)),
        *(f"date: {term.value}" for term in store.objects(claim, COP + "dateHedge")),
        *(f"period: {term.value}" for term in store.objects(claim, COP + "period")),
    ]
    value = next(iter(store.objects(claim, COP + "value")), None)
    return Row(
        {
            "subject": end("subject"),
            "relation": end("predicate"),
            "object": end("object"),
            "status": named("status"),
            "start": store.value(claim, COP + "start"),
            "end": store.value(claim, COP + "end"),
            "value": python_value(value) if isinstance(value, Literal) else None,
            "bound": named("bound"),
            "unit": named("unit"),
            "contexts": LABEL_SEPARATOR.join(labels("inContextOf")) or None,
            "qualifiers": LABEL_SEPARATOR.join(sorted(qualifiers)) or None,
            "voices": LABEL_SEPARATOR.join(labels("accordingTo")) or None,
            CLAIMS_COLUMN: (claim,),
        }
    )


def claims_of(row: Row) -> tuple[str, ...]:
    """Give the claims behind a row."""
    claims = row[CLAIMS_COLUMN]
    return claims if isinstance(claims, tuple) else ()


def numbers_of(statement: Statement, evidence: Mapping[str, Evidence]) -> list[str]:
    """Give the paragraphs behind a line, in the order of its claims, each once."""
    found = [evidence[claim].number for claim in statement.claims if claim in evidence]
    return list(dict.fromkeys(found))


def identity(profile: Profile, kind: str | None) -> str:
    """Say in a few words what a thing is: its kind, else its class."""
    return kind or ", ".join(spaced_class(name) for name in profile.classes) or "thing"


def spaced_class(name: str) -> str:
    """Give the local name of a class in words.

    Example:
        >>> spaced_class("RemarkKind")
        'remark kind'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


@lru_cache(maxsize=4096)
def date_words(date: str) -> str:
    """Give a year, month or day in words.

    Example:
        >>> date_words("2025"), date_words("2025-02"), date_words("2025-02-13")
        ('2025', 'February 2025', '13 February 2025')
    """
    found = re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", date)
    if not found or not 1 <= int(found[2] or 1) <= 12:
        return date
    year, month, day = found.groups()
    words = [str(int(day))] if day else []
    words += [_MONTHS[int(month) - 1]] if month else []
    return " ".join([*words, year])


def figure_words(value: object) -> str:
    """Give a number as people read it.

    Example:
        >>> figure_words(38890000.0), figure_words(2.5)
        ('38,890,000', '2.5')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return cell_text(value)
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,}"


def listed(names: Sequence[str], *, word: str = "and") -> str:
    """Join names as in a sentence.

    Example:
        >>> listed(["a", "b", "c"])
        'a, b and c'
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


def _end(row: Row, name: str) -> Reference:
    cell = row[name]
    return cell if isinstance(cell, Reference) else Reference("", cell_text(cell))


def _figure(row: Row) -> str:
    if row["value"] is None:
        return ""
    words = [cell_text(row["bound"]), figure_words(row["value"]), cell_text(row["unit"])]
    return "".join(f"{word} " for word in words if word)


def _tail(row: Row) -> list[str]:
    """Give what follows the object: topics, frame, role, agent, time."""
    given: dict[str, list[str]] = {}
    for text in cell_text(row["qualifiers"]).split(LABEL_SEPARATOR):
        kind, colon, value = text.partition(": ")
        if colon and kind in ("on", "by", "role", "date", "period"):
            given.setdefault(kind, []).append(value)
        elif text:
            given.setdefault("on", []).append(text)
    tail = []
    if given.get("role"):
        tail.append(f", as {listed(given['role'])}")
    if given.get("on"):
        tail.append(f" on {listed(given['on'])}")
    if row["contexts"]:
        tail.append(f", within {listed(cell_text(row['contexts']).split(LABEL_SEPARATOR))}")
    if given.get("by"):
        tail.append(f", by {listed(given['by'])}")
    tail += _time(row, given.get("date", []))
    if given.get("period"):
        tail.append(f" (period: {listed([_duration_words(value) for value in given['period']])})")
    return tail


def _duration_words(value: str) -> str:
    """Give an XSD duration of years, months or days in words."""
    found = re.fullmatch(r"P(\d+)([YMD])", value)
    if not found:
        return value
    unit = {"Y": "year", "M": "month", "D": "day"}[found[2]]
    return f"{found[1]} {unit}" + ("" if found[1] == "1" else "s")


def _time(row: Row, hedges: Sequence[str]) -> list[str]:
    start, end = (date_words(cell_text(row[name])) for name in ("start", "end"))
    hedge = f"{listed(hedges)} " if hedges else ""
    if start and end:
        return [f", {hedge}{start} to {end}" if start != end else f", {hedge}{start}"]
    if start:
        status = cell_text(row["status"])
        return [f", {hedge or ('since ' if status == 'ongoing' else '')}{start}"]
    return [f", {hedge or 'until '}{end}"] if end else []


__all__ = [
    "SECTIONS",
    "Grammar",
    "Statement",
    "claim_row",
    "claims_of",
    "date_words",
    "dated",
    "figure_words",
    "identity",
    "listed",
    "numbers_of",
    "sections",
    "spaced_class",
]
