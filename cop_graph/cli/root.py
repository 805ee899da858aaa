"""The command `cop-graph` itself, which the others hang on."""

from __future__ import annotations

import click

from cop_graph import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="cop-graph")
def cli() -> None:
    """Ask who works with whom for children online, on what, and which sentence says so.

    Start with:  cop-graph questions   cop-graph ask partners-of --actor PTA --evidence
    """
