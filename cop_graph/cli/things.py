"""Commands about things: search, show."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from cop_graph.cli.common import fits, graph_options, open_graph_of, say, write
from cop_graph.cli.root import cli
from cop_graph.errors import UnknownEntityError


@cli.command()
@click.argument("words", nargs=-1, required=True)
@graph_options
@click.option("--kind", metavar="CLASS", help="Only one class, such as State or Theme.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--format", "format", type=click.Choice(["table", "json"]), default="table")
def search(
    words: Sequence[str],
    data: str | None,
    store: str | None,
    reports: str | None,
    kind: str | None,
    limit: int,
    format: str,
) -> None:
    """Find things and themes by words of their names and descriptions.

    Example:  cop-graph search helpline
    """
    from cop_graph.names import classes_of
    from cop_graph.namespaces import compact
    from cop_graph.search import index_of
    from cop_graph.tables import table

    graph = open_graph_of(data, store, reports)
    classes = (kind,) if kind else ("Thing", "Concept")
    if kind and not (kind.isalnum() and graph.store.holds(_class_iri(kind))):
        raise UnknownEntityError(
            kind, wanted="classes", suggestions=["State", "Organization", "Theme"]
        )
    found = index_of(graph.store).search(" ".join(words), classes=classes, limit=limit)
    rows = [
        [
            entity.label,
            ", ".join(sorted(classes_of(graph.store, entity.iri) - {"Thing", "Concept", "Actor"})),
            compact(entity.iri),
        ]
        for entity in (hit.entity for hit in found)
    ]
    if format == "json":
        names = ("label", "class", "curie")
        write(
            "-", json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2) + "\n"
        )
    elif rows:
        write("-", table(["name", "class", "identifier"], rows, fit=fits("-")))
    if not rows:
        where = f"all of the class {kind}" if kind else "all things, themes and groups"
        say(f"Nothing has {' '.join(words)!r} in its names or description. Searched: {where}.")
    elif found.how == "near":
        say(f"Nothing is called {' '.join(words)!r}; these are spelled nearly so.")
    elif found.how == "some":
        say(f"Nothing has all the words {' '.join(words)!r}; these have some of them.")
    if found.is_cut:
        say(f"The first {limit} are shown; --limit shows more.")


@cli.command()
@click.argument("entity")
@graph_options
def show(entity: str, data: str | None, store: str | None, reports: str | None) -> None:
    """Show what is claimed of a thing, paragraph by paragraph, plans apart from facts.

    Example:  cop-graph show Egypt
    """
    from cop_graph.profile import profile_text

    write("-", profile_text(open_graph_of(data, store, reports).show(entity)))


def _class_iri(name: str) -> str:
    from cop_graph.namespaces import COP

    return COP + name
