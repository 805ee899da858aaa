"""Commands that draw pictures for reports: picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from cop_graph.cli.common import graph_options, open_graph_of, say, write
from cop_graph.cli.root import cli

PICTURE_NAMES: Final = ("world", "timeline", "matrix", "ego")
PICTURE_FORMATS: Final = ("html", "svg", "png", "pdf")


@cli.command("picture")
@click.argument("name", type=click.Choice(PICTURE_NAMES))
@graph_options
@click.option("--actor", metavar="ENTITY", help="Only what touches this actor; ego needs one.")
@click.option("--theme", metavar="THEME", help="Only what is on this theme or a narrower one.")
@click.option(
    "--status", "statuses", multiple=True, metavar="STATUS", help="Only this status, such as done."
)
@click.option(
    "--format", type=click.Choice(PICTURE_FORMATS), help="Else by the ending of the output."
)
@click.option(
    "--output", "-o", metavar="FILE", required=True, help="- is standard output, with --format."
)
def picture_command(
    name: str,
    data: str | None,
    store: str | None,
    reports: str | None,
    actor: str | None,
    theme: str | None,
    statuses: Sequence[str],
    format: str | None,
    output: str,
) -> None:
    """Draw a world map, a timeline, a matrix or an ego map, as HTML, SVG, PNG or PDF.

    Example:  cop-graph picture timeline --output timeline.svg
    """
    from cop_graph.gallery import format_of, picture

    wanted = format or format_of(output)
    graph = open_graph_of(data, store, reports)
    drawn = picture(graph, name, actor=actor, theme=theme, statuses=statuses)
    write(output, drawn.content(wanted))
    if output != "-":
        say(f"{output}: {drawn.notes[0].partition('. ')[0]}.")
