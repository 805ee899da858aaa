"""Comparison: two or three states or organizations side by side, each entry with its claims."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cop_graph.errors import QueryParameterError
from cop_graph.model import Reference, Row, Scope
from cop_graph.namespaces import COP, compact
from cop_graph.questions import evidence
from cop_graph.statements import claims_of

if TYPE_CHECKING:
    from cop_graph.graph import Graph

COMPARED_CLASSES: Final = ("State", "Organization")
MOST_COMPARED: Final = 3
NOTHING: Final = "The reports do not say."

_ASPECTS: Final = (
    ("Partners", "partners-of", "actor", "partner"),
    ("Initiatives", "initiatives-of", "actor", "initiative"),
    ("Agreements, laws and strategies", "laws-of", "actor", "instrument"),
    ("Themes", "themes-of", "thing", "theme"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in a cell: a thing, the claims behind it, and whether it is a fact.

    ``is_shared`` tells that it stands as a fact at another one too.
    """

    thing: Reference
    claims: tuple[str, ...]
    is_fact: bool
    is_shared: bool
    status: str


@dataclass(frozen=True, slots=True)
class Aspect:
    """One row of a comparison: its title, and the entries of each compared one in their order."""

    group: str
    title: str
    cells: tuple[tuple[Entry, ...], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two or three actors side by side. ``numbers`` gives the paragraph of each claim."""

    entities: tuple[Reference, ...]
    aspects: tuple[Aspect, ...]
    numbers: dict[str, str]
    scope: Scope


def compare_actors(graph: Graph, names: Sequence[str | Reference]) -> Comparison:
    """Compare two or three states or organizations by pillar, partners, initiatives and more.

    Args:
        graph: What is asked.
        names: Labels, aliases, CURIEs or IRIs.

    Raises:
        QueryParameterError: There are not two or three, or one of them twice.
        UnknownEntityError: A name stands for no state or organization.
    """
    entities = [
        graph.resolve(one.iri if isinstance(one, Reference) else one, classes=COMPARED_CLASSES)
        for one in names
    ]
    if not 2 <= len(entities) <= MOST_COMPARED or len(set(entities)) < len(entities):
        raise QueryParameterError(
            "takes two or three different states or organizations",
            name="compare",
            parameter="names",
        )
    asserting = {
        subject for subject, value in graph.store.pairs(COP + "asserts") if value == "true"
    }
    aspects = [*_pillars(graph, entities, asserting)]
    for title, question, parameter, column in _ASPECTS:
        columns = []
        for entity in entities:
            given: dict[str, Any] = {parameter: entity}
            answer = graph.ask(question, **given)
            columns.append([(row[column], row) for row in answer])
        aspects.append(Aspect("", title, _cells(columns, asserting)))
    every = [
        claim
        for aspect in aspects
        for cell in aspect.cells
        for entry in cell
        for claim in entry.claims
    ]
    found = evidence(graph.store, list(dict.fromkeys(every)))
    return Comparison(
        entities=tuple(entities),
        aspects=tuple(aspects),
        numbers={claim: one.number for claim, one in found.items()},
        scope=graph.ask("reports").scope,
    )


def comparison_json(comparison: Comparison) -> str:
    """Give a comparison as JSON."""
    document = {
        "entities": [_reference_json(one) for one in comparison.entities],
        "aspects": [
            {
                "group": aspect.group,
                "title": aspect.title,
                "cells": [[_entry_json(comparison, one) for one in cell] for cell in aspect.cells],
            }
            for aspect in comparison.aspects
        ],
        "version": comparison.scope.version,
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def comparison_text(comparison: Comparison) -> str:
    """Give a comparison as Markdown, one list for each compared one below each aspect."""
    lines = ["# " + " · ".join(one.label for one in comparison.entities), ""]
    group = None
    for aspect in comparison.aspects:
        if aspect.group and aspect.group != group:
            lines += [f"## {aspect.group}", ""]
        group = aspect.group
        lines += [f"{'###' if aspect.group else '##'} {aspect.title}", ""]
        for entity, cell in zip(comparison.entities, aspect.cells, strict=True):
            lines.append(f"- {entity.label}")
            lines += [f"  - {entry_text(comparison, one)}" for one in cell] or [f"  - {NOTHING}"]
        lines.append("")
    return "\n".join([*lines, f"Searched: {comparison.scope}.", ""])


def entry_text(comparison: Comparison, entry: Entry) -> str:
    """Give an entry as a line: the thing, whether it is no fact, and its paragraphs."""
    numbers = dict.fromkeys(comparison.numbers[claim] for claim in entry.claims)
    unsure = "" if entry.is_fact else f" (not a fact: {entry.status})"
    both = " (shared)" if entry.is_shared else ""
    return f"{entry.thing.label}{unsure}{both} [{', '.join(numbers)}]"


def _pillars(graph: Graph, entities: Sequence[Reference], asserting: set[str]) -> Iterator[Aspect]:
    """Give one aspect a pillar; one of which nothing is said stands too."""
    rows = [list(graph.ask("measures-by-pillar", who=entity)) for entity in entities]
    for row in graph.ask("pillar-counts"):
        pillar = row["pillar"]
        columns = [
            [(one["measure"], one) for one in some if one["pillar"] == pillar] for some in rows
        ]
        yield Aspect("By pillar", str(pillar), _cells(columns, asserting))


def _cells(
    columns: Sequence[Sequence[tuple[Any, Row]]], asserting: set[str]
) -> tuple[tuple[Entry, ...], ...]:
    merged: list[dict[tuple[Reference, bool], tuple[list[str], str]]] = []
    for column in columns:
        entries: dict[tuple[Reference, bool], tuple[list[str], str]] = {}
        for thing, row in column:
            if not isinstance(thing, Reference):
                continue
            status = row.as_dict().get("status")
            is_fact = not isinstance(status, Reference) or status.iri in asserting
            claims, _ = entries.setdefault((thing, is_fact), ([], str(status or "")))
            claims += [claim for claim in claims_of(row) if claim not in claims]
        merged.append(entries)

    def is_shared(thing: Reference, place: int) -> bool:
        return any((thing, True) in other for n, other in enumerate(merged) if n != place)

    return tuple(
        tuple(
            sorted(
                (
                    Entry(thing, tuple(claims), fact, fact and is_shared(thing, place), status)
                    for (thing, fact), (claims, status) in entries.items()
                ),
                key=_order,
            )
        )
        for place, entries in enumerate(merged)
    )


def _order(entry: Entry) -> tuple[bool, bool, str]:
    return not entry.is_fact, not entry.is_shared, entry.thing.label.casefold()


def _reference_json(one: Reference) -> dict[str, str]:
    return {"iri": one.iri, "label": one.label}


def _entry_json(comparison: Comparison, entry: Entry) -> dict[str, Any]:
    return {
        "thing": _reference_json(entry.thing),
        "isFact": entry.is_fact,
        "isShared": entry.is_shared,
        "status": entry.status or None,
        "claims": [compact(claim) for claim in entry.claims],
        "paragraphs": list(dict.fromkeys(_numbers(comparison, entry.claims))),
    }


def _numbers(comparison: Comparison, claims: Iterable[str]) -> list[str]:
    return [comparison.numbers[claim] for claim in claims]


__all__ = ["COMPARED_CLASSES", "Comparison", "compare_actors", "comparison_json", "comparison_text"]
