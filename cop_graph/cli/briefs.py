"""Commands that write something to hand on: brief, compare."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import click

from cop_graph.cli.common import fits, graph_options, open_graph_of, output_option, say, write
from cop_graph.cli.root import cli
from cop_graph.errors import OutputError


@cli.command()
@click.argument("entity")
@graph_options
@output_option
@click.option(
    "--format",
    "format",
    type=click.Choice(["docx", "pdf", "html", "md"]),
    help="Default: by the ending of --output, else md.",
)
def brief(
    entity: str,
    data: str | None,
    store: str | None,
    reports: str | None,
    output: str,
    format: str | None,
) -> None:
    """Write a one- or two-page brief of a thing or theme, every sentence with its paragraph.

    Example:  cop-graph brief Egypt --output egypt.docx
    """
    from cop_graph.brief import BRIEF_TYPES, brief_of, write_brief

    ending = PurePath(output).suffix.removeprefix(".")
    wanted = format or (ending if ending in BRIEF_TYPES else "md")
    if wanted in ("docx", "pdf") and fits(output):
        raise OutputError(f"a {wanted} file is not for a terminal; give --output", path="-")
    made = brief_of(open_graph_of(data, store, reports), entity)
    write(output, write_brief(made, wanted))
    if not made.sections:
        say(f"The reports claim nothing of {made.entity.label!r}. Searched: {made.scope}.")


@cli.command()
@click.argument("names", nargs=-1, required=True)
@graph_options
@output_option
@click.option("--format", "format", type=click.Choice(["md", "json"]), default="md")
def compare(
    names: Sequence[str],
    data: str | None,
    store: str | None,
    reports: str | None,
    output: str,
    format: str,
) -> None:
    """Compare two or three states or organizations by pillar, partners, initiatives and themes.

    Example:  cop-graph compare Egypt PTA
    """
    from cop_graph.compare import compare_actors, comparison_json, comparison_text

    made = compare_actors(open_graph_of(data, store, reports), names)
    write(output, comparison_json(made) if format == "json" else comparison_text(made))
