"""The command line: arguments in, one call, output.

Answers go to standard output, words to standard error. Exit 0: done; 1: a check found something;
2: could not run.
"""

from __future__ import annotations

import io
import sys
from typing import Final

import click

from cop_graph.cli import (
    briefs,
    curation,
    drawing,
    networks,
    pictures,
    questions,
    serving,
    stores,
    things,
)
from cop_graph.cli.common import EXIT_FAILED, abandon_stdout, say
from cop_graph.cli.root import cli
from cop_graph.errors import CopGraphError

EXIT_INTERRUPTED: Final = 130


def main() -> None:
    """Run the command line; known errors become one message and exit code 2."""
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        _show(error)
        sys.exit(EXIT_FAILED)
    except CopGraphError as error:
        say(f"cop-graph: {error}")
        sys.exit(EXIT_FAILED)
    except (KeyboardInterrupt, click.Abort):
        say("stopped.")
        sys.exit(EXIT_INTERRUPTED)
    except RuntimeError as error:  # the engine, on files that were damaged after they were opened
        say(
            f"cop-graph: the engine could not go on: {error}. If this is a store on disk, "
            "`cop-graph build --store DIR` makes it anew"
        )
        sys.exit(EXIT_FAILED)
    except OSError as error:  # what click itself writes, such as --help
        abandon_stdout()
        say(f"cop-graph: {error.filename or 'standard output'}: {error.strerror or error}")
        sys.exit(EXIT_FAILED)


def _show(error: click.ClickException) -> None:
    """Show an error of usage, which click writes itself."""
    shown = io.StringIO()
    error.show(shown)
    say(shown.getvalue().rstrip("\n"))


__all__ = [
    "briefs",
    "cli",
    "curation",
    "drawing",
    "main",
    "networks",
    "pictures",
    "questions",
    "serving",
    "stores",
    "things",
]
