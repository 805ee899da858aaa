"""What every command shares: its options, where it writes, and how it opens the graph."""

from __future__ import annotations

import contextlib
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeVar

import click

if TYPE_CHECKING:
    from cop_graph.graph import Graph
    from cop_graph.model import Answer

EXIT_FAILED: Final = 2
Command = TypeVar("Command", bound=Callable[..., Any])


def options(*several: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Join several options into one decorator, kept in their order."""

    def decorate(function: Command) -> Command:
        for option in reversed(several):
            function = option(function)
        return function

    return decorate


data_option = click.option(
    "--data", metavar="DIR", help="Somebody else's data (COP_GRAPH_DATA). Else ours."
)
store_option = click.option(
    "--store", metavar="DIR|URL", help="A store that `build` made, on disk or at a server."
)
reports_option = click.option(
    "--reports", metavar="DIR", help="Texts of the reports, for sentences (COP_GRAPH_REPORTS)."
)
output_option = click.option(
    "--output", "-o", metavar="FILE", default="-", help="Where to write; - is standard output."
)
graph_options = options(data_option, store_option, reports_option)


def open_graph_of(
    data: str | None, store: str | None, reports: str | None, *, named_graphs: bool = False
) -> Graph:
    """Open a graph; what a command shows needs the named graphs only where it says so."""
    from cop_graph.graph import open_graph

    return open_graph(data, store=store, reports=reports, named_graphs=named_graphs)


def say(message: str) -> None:
    """Write words for people to standard error; where that is full, end with exit code 2."""
    try:
        click.echo(visible(message), err=True)
    except BrokenPipeError:
        _abandon(sys.stderr)
    except OSError:
        _abandon(sys.stderr)
        sys.exit(EXIT_FAILED)


def visible(message: str) -> str:
    r"""Show control characters instead of sending them to a terminal; line ends and tabs stay.

    Example:
        >>> visible("a\x1b[31mb")
        'a\\x1b[31mb'
    """
    return "".join(
        char
        if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf")
        else char.encode("unicode_escape").decode()
        for char in message
    )


def write(output: str, content: str | bytes) -> None:
    """Write an answer to a file, or to standard output where ``output`` is ``-``.

    Raises:
        OutputError: It cannot be written; what stood there is unchanged.
    """
    if output == "-":
        write_stdout(content.encode("utf-8", "replace") if isinstance(content, str) else content)
        return
    from cop_graph.files import write_whole

    write_whole(output, content)


def write_stdout(raw: bytes) -> None:
    """Write bytes to standard output; a reader that has seen enough is no fault.

    Raises:
        OutputError: Standard output is closed or full.
    """
    from cop_graph.errors import OutputError

    if sys.stdout is None:
        raise OutputError("it is closed", path="standard output")
    rest = memoryview(raw)
    try:
        while rest:  # under `python -u` the stream may take less than it is given
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # the reader of our output has seen enough, as `head` has
        abandon_stdout()
    except OSError as error:
        abandon_stdout()
        raise OutputError(error.strerror or str(error), path="standard output") from error


def abandon_stdout() -> None:
    """Let what is still held back go nowhere, so that the interpreter does not try again."""
    _abandon(sys.stdout)


def _abandon(stream: TextIO) -> None:
    with contextlib.suppress(OSError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def fits(output: str) -> bool:
    """Tell whether a table is to be fitted to a terminal."""
    return output == "-" and sys.stdout is not None and sys.stdout.isatty()


@contextlib.contextmanager
def progress_words() -> Iterator[Callable[[str], None]]:
    """Show on a terminal which step is under way; say nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _message: None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:
        yield lambda message: status.update(message)


def dashed(name: str) -> str:
    """Give the name of a parameter as an option has it: ``sizeBy`` is ``size-by``."""
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in name)


def say_scope(answer: Answer) -> None:
    """Say how many rows there are, what was searched, and that an empty answer is no denial."""
    from cop_graph.exports import cell_text

    bound = ", ".join(f"{name} = {cell_text(cell)}" for name, cell in answer.parameters.items())
    asked = f" with {bound}" if bound else ""
    if not answer:
        say(
            f"No row for {answer.question!r}{asked}. The reports do not say; "
            "that is not to say that there is nothing."
        )
    rows = f"{len(answer)} row{'' if len(answer) == 1 else 's'}. " if answer else ""
    say(f"{rows}Searched: {answer.scope}.")
    if answer.note:
        say(answer.note)
