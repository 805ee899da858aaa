"""The one table from errors to HTTP statuses, and the words that a client sees."""

from __future__ import annotations

from typing import Final

from cop_graph import errors
from cop_graph.errors import CopGraphError

STATUSES: Final[tuple[tuple[type[CopGraphError], int], ...]] = (
    (errors.QueryRefusedError, 403),
    (errors.NotAcceptableError, 406),
    (errors.UnknownGraphError, 404),
    (errors.UnknownQueryError, 404),
    (errors.AmbiguousNameError, 400),
    (errors.UnknownEntityError, 404),
    (errors.QueryStoppedError, 503),
    (errors.QueryError, 400),
    (errors.IdentifierError, 400),
    (errors.DataError, 400),
    (errors.StoreError, 503),
    (errors.OutputError, 507),
    (errors.ProgramError, 500),
)
"""Error class to status; the first that fits counts."""
RETRY_AFTER_S: Final = 2


class HttpError(CopGraphError):
    """A request that cannot be answered, with its status and further headers."""

    def __init__(self, status: int, message: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


class BadUpdateError(HttpError):
    """An update that cannot be read; other sites' pages are not told so."""


def status_of(error: CopGraphError) -> int:
    """Give the HTTP status of an error."""
    if isinstance(error, HttpError):
        return error.status
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 503)


def headers_of(error: CopGraphError) -> dict[str, str]:
    """Give the headers that an error adds to its response."""
    if isinstance(error, HttpError):
        return error.headers
    if isinstance(error, errors.QueryStoppedError):
        headers = {"COP-Graph-Stopped-By": error.limit}
        return headers | ({"Retry-After": str(RETRY_AFTER_S)} if error.limit == "busy" else {})
    return {}


def words_of(error: CopGraphError) -> str:
    """Give what a client is told: no path of the server's machine is in it."""
    if isinstance(error, errors.DataError):
        where = "" if error.line is None else f", line {error.line}"
        return f"{error.args[0]}{where}"
    if isinstance(error, errors.StoreError | errors.OutputError):
        return f"the store: {error.args[0]}"
    if isinstance(error, errors.ProgramError):
        return "the service met a fault of its own; its operator finds it in the log"
    return str(error)
