"""The error classes of COP Graph.

Every error that the program raises on purpose is one of these: it says what is wrong, where, and
what to do next. This module imports nothing of ours, so that all others may import it.
"""

from __future__ import annotations

from collections.abc import Sequence

SHOWN_COLUMNS = 100
"""So much of a line is shown on each side of a fault."""


class CopGraphError(Exception):
    """Base class of every error that cop_graph raises on purpose."""


class DataError(CopGraphError):
    """A file in data/, ontology/ or queries/ cannot be used."""

    def __init__(self, message: str, *, path: str, line: int | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.line = line

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.args[0]}"


class ReportError(CopGraphError):
    """A report cannot be read."""

    def __init__(self, message: str, *, path: str, paragraph: str | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.paragraph = paragraph

    def __str__(self) -> str:
        where = self.path if self.paragraph is None else f"{self.path}, {self.paragraph}"
        return f"{where}: {self.args[0]}"


class IdentifierError(CopGraphError):
    """A text is not an IRI or a CURIE that can be used."""

    def __init__(self, message: str, *, value: str) -> None:
        super().__init__(message)
        self.value = value

    def __str__(self) -> str:
        return f"{self.value!r}: {self.args[0]}"


class UnknownEntityError(CopGraphError):
    """A name stands for nothing in the graph, or for more than one thing."""

    def __init__(self, name: str, *, wanted: str, suggestions: Sequence[str]) -> None:
        super().__init__(name)
        self.name = name
        self.wanted = wanted
        self.suggestions = tuple(suggestions)

    def __str__(self) -> str:
        message = f"nothing called {self.name!r} among {self.wanted}."
        if self.suggestions:
            message += f" Did you mean {_one_of(self.suggestions)}?"
        return f"{message} `cop-graph search WORDS` looks through all names."


class AmbiguousNameError(UnknownEntityError):
    """A name stands for more than one thing."""

    def __str__(self) -> str:
        return (
            f"{self.name!r} stands for more than one thing among {self.wanted}: "
            f"{', '.join(self.suggestions)}. Give one of these instead."
        )


class StoreError(CopGraphError):
    """A store cannot be opened, read or written."""

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(message)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.args[0]}"


class QueryError(CopGraphError):
    """A query cannot be run."""

    def __init__(self, message: str, *, name: str | None = None) -> None:
        super().__init__(message)
        self.name = name

    def __str__(self) -> str:
        return f"{self.name}: {self.args[0]}" if self.name else str(self.args[0])


class UnknownQueryError(QueryError):
    """No question has this name."""

    def __init__(self, name: str, *, suggestions: Sequence[str]) -> None:
        super().__init__("no such question", name=name)
        self.suggestions = tuple(suggestions)

    def __str__(self) -> str:
        message = f"there is no question {self.name!r}."
        if self.suggestions:
            message += f" Did you mean {_one_of(self.suggestions)}?"
        return f"{message} `cop-graph questions` lists them all."


class QuerySyntaxError(QueryError):
    """A query is not SPARQL 1.1. Lines and columns count from 1."""

    def __init__(
        self, message: str, *, query: str, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.query = query
        self.line = line
        self.column = column

    def __str__(self) -> str:
        if self.line is None:
            return f"not a SPARQL query: {self.args[0]}"
        lines = self.query.split("\n")
        text = lines[min(self.line, len(lines)) - 1].rstrip("\r").replace("\t", " ")
        left = max(0, (self.column or 1) - 1 - SHOWN_COLUMNS)
        text = text[left : left + 2 * SHOWN_COLUMNS]
        mark = " " * ((self.column or 1) - 1 - left) + "^"
        return (
            f"not a SPARQL query, line {self.line}, column {self.column or 1}: {self.args[0]}\n"
            f"  {text}\n  {mark}"
        )


class QueryRefusedError(QueryError):
    """A query would reach out of the graph, so it is not run."""


class QueryStoppedError(QueryError):
    """A query was stopped before its end, so that it has no answer.

    ``limit`` says by what: ``time``, ``memory``, ``rows``, ``bytes``, or ``busy`` where too many
    long queries ran already.
    """

    def __init__(self, message: str, *, limit: str) -> None:
        super().__init__(message)
        self.limit = limit


class NotAcceptableError(QueryError):
    """None of the formats that were asked for fits the answer."""


class UnknownGraphError(QueryError):
    """The store has no such graph."""


class QueryParameterError(QueryError):
    """A parameter of a question is missing, unknown, or has a value that does not fit."""

    def __init__(self, message: str, *, name: str, parameter: str) -> None:
        super().__init__(message, name=name)
        self.parameter = parameter


class NetworkError(CopGraphError):
    """A network cannot be built or written."""


class PictureError(CopGraphError):
    """A picture cannot be drawn or written."""


class ExportError(CopGraphError):
    """An export cannot be made."""


class NotBuiltError(CopGraphError):
    """What runs in the browser is not there, because the package was not built."""


class OutputError(CopGraphError):
    """A file cannot be written; what stood there before still stands."""

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(message)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: cannot be written: {self.args[0]}. What was there is unchanged."


class ProgramError(CopGraphError):
    """The program met a fault of its own: whoever runs it has to look, not whoever asked."""


def _one_of(names: Sequence[str]) -> str:
    """Join names for a question: ``a``, ``a or b``, ``a, b or c``."""
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} or {names[-1]}"
