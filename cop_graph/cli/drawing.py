"""Commands that draw: map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from cop_graph.cli.common import graph_options, open_graph_of, say, write
from cop_graph.cli.root import cli

MAP_MEASURES: Final = ("degree", "betweenness", "pagerank")
MAP_RENDERERS: Final = ("pyvis", "sigma")


@cli.command("map")
@graph_options
@click.option("--focus", metavar="ENTITY", help="Only this actor and those near it.")
@click.option("--radius", type=click.IntRange(1, 5), default=1, show_default=True, help="How near.")
@click.option("--theme", metavar="THEME", help="Only ties on this theme or a narrower one.")
@click.option(
    "--kind", "kinds", multiple=True, metavar="KIND", help="Only actors of this kind or class."
)
@click.option("--size-by", type=click.Choice(MAP_MEASURES), default="degree", show_default=True)
@click.option(
    "--renderer",
    type=click.Choice(MAP_RENDERERS),
    help="What draws; pyvis up to 200 actors, sigma beyond.",
)
@click.option(
    "--output",
    "-o",
    metavar="FILE.html",
    default="map.html",
    show_default=True,
    help="- is standard output.",
)
def map_command(
    data: str | None,
    store: str | None,
    reports: str | None,
    focus: str | None,
    radius: int,
    theme: str | None,
    kinds: Sequence[str],
    size_by: str,
    renderer: str | None,
    output: str,
) -> None:
    """Draw who works with whom as one HTML file that loads nothing from anywhere.

    Example:  cop-graph map --output map.html
    """
    from cop_graph import maps
    from cop_graph.namespaces import compact
    from cop_graph.networks import ego_network, keep_kinds
    from cop_graph.questions import evidence

    graph = open_graph_of(data, store, reports)
    network = graph.network("partnership", theme=theme)
    title = "Who works with whom"
    if kinds:
        network = keep_kinds(network, kinds)
        title += f": {', '.join(kinds)}"
    if theme:
        title += f" on {graph.resolve(theme, classes=('Theme',)).label}"
    if focus:
        centre = graph.resolve(focus, classes=("Actor",))
        network = ego_network(network, compact(centre.iri), radius=radius)
        title = f"{title}: {centre.label}"
    claims = [claim for row in network.answer for claim in row["claims"]]  # type: ignore[union-attr]
    page = maps.map_html(
        network,
        evidence(graph.store, claims),
        scope=network.answer.scope,
        title=title,
        size_by=size_by,
        renderer=renderer,
    )
    write(output, page)
    if output != "-":
        some = (
            f"; drawn are the {maps.MOST_NODES} actors with the most ties"
            if len(network.graph) > maps.MOST_NODES
            else ""
        )
        ties = network.graph.number_of_edges()
        say(f"{output}: {len(network.graph)} actors, {ties} ties{some}.")
