"""Commands that move the whole graph: export, build."""

from __future__ import annotations

from typing import Final

import click

from cop_graph.cli.common import (
    data_option,
    open_graph_of,
    options,
    output_option,
    progress_words,
    say,
    store_option,
    write,
)
from cop_graph.cli.networks import NETWORKS
from cop_graph.cli.root import cli
from cop_graph.errors import ExportError

EXPORT_FORMATS: Final = (
    "turtle", "trig", "ntriples", "nquads", "jsonld", "rdfxml", "csv", "gexf", "graphml",
)  # fmt: skip


@cli.command()
@options(data_option, store_option, output_option)
@click.option("--format", "format", type=click.Choice(EXPORT_FORMATS), required=True)
@click.option("--base", metavar="IRI", help="Write our IRIs under this address instead.")
@click.option(
    "--network",
    "network",
    type=click.Choice(NETWORKS),
    help="Which network gexf and graphml hold (default: partnership).",
)
def export(
    data: str | None,
    store: str | None,
    output: str,
    format: str,
    base: str | None,
    network: str | None,
) -> None:
    """Take the data home: RDF with all graphs, a table of claims, or a network.

    Example:  cop-graph export --format trig --output cop-graph.trig
    """
    from cop_graph.exports import export_dataset
    from cop_graph.networks import LIMITS_NOTE, network_bytes

    if format in ("gexf", "graphml") and base is not None:
        raise ExportError(f"--base changes IRIs, and {format} has short names instead of them")
    if network is not None and format not in ("gexf", "graphml"):
        raise ExportError(f"--network goes with gexf or graphml; {format} holds all of the data")
    graph = open_graph_of(data, store, None, named_graphs=True)
    if format in ("gexf", "graphml"):
        write(output, network_bytes(graph.network(network or "partnership"), format))
        say(LIMITS_NOTE)
    else:
        write(output, export_dataset(graph.store, format, base=base))


@cli.command()
@click.option("--store", metavar="DIR|URL", required=True, help="Where the store stands.")
@data_option
def build(store: str, data: str | None) -> None:
    """Build a store on disk or at a SPARQL server; a build that is killed leaves the old one.

    Example:  cop-graph build --store cop-graph-store
    """
    from cop_graph.dataset import find_source
    from cop_graph.graph import Graph, make_beforehand
    from cop_graph.remote import build_at

    source = find_source(data)
    with progress_words() as progress:
        built = build_at(store, source, progress=progress)
        make_beforehand(Graph(built, source), progress=progress)
    say(f"{store}: {len(built)} quads, data {built.version}.")
