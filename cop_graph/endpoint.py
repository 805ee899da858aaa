"""A SPARQL server by address: what goes to it over HTTP, and what comes back whole or not at all.

Queries, updates and triples go out, answers of the SPARQL 1.1 Protocol come in; what they mean for
a graph of ours is told in ``remote``. Name, password and token come from the environment and stand
in no address, message or ``repr``.

References:
    SPARQL 1.1 Protocol, https://www.w3.org/TR/sparql11-protocol/
    SPARQL 1.1 Graph Store HTTP Protocol, https://www.w3.org/TR/sparql11-http-rdf-update/
"""

from __future__ import annotations

import ipaddress
import math
import os
import re
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

from cop_graph.errors import StoreError

if TYPE_CHECKING:
    import httpx

USER_VARIABLE: Final = "COP_GRAPH_STORE_USER"
PASSWORD_VARIABLE: Final = "COP_GRAPH_STORE_PASSWORD"
TOKEN_VARIABLE: Final = "COP_GRAPH_STORE_TOKEN"
UPDATE_VARIABLE: Final = "COP_GRAPH_STORE_UPDATE"
GRAPHS_VARIABLE: Final = "COP_GRAPH_STORE_GRAPHS"
TIMEOUT_VARIABLE: Final = "COP_GRAPH_STORE_TIMEOUT"
PLAIN_VARIABLE: Final = "COP_GRAPH_STORE_ALLOW_HTTP"
DEFAULT_TIMEOUT_S: Final = 120.0
CONNECT_TIMEOUT_S: Final = 10.0
RESULTS_TYPE: Final = "application/sparql-results+json"
VERSION_HEADER: Final = "COP-Graph-Data-Version"
"""How our own service tells the version of its data."""
MOST_SHOWN: Final = 200
_QUERY_PATHS: Final = ("/query", "/sparql")
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def is_address(store: str) -> bool:
    """Tell whether a store is named by an address, not by a directory.

    Example:
        >>> is_address("https://example.org/sparql"), is_address("cop-graph-store")
        (True, False)
    """
    return _ADDRESS.match(store) is not None


@dataclass(frozen=True)
class Reply:
    """What a server answered, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Endpoint:
    """A server that speaks the SPARQL 1.1 Protocol, and for uploads the Graph Store Protocol.

    Nothing is sent before the first query. ``requests`` counts what was sent;
    ``server`` and ``version`` are what the last answer said of its program and of our data.

    Args:
        address: The address of its queries, or the root of the server.

    Raises:
        StoreError: The address cannot be used, or the settings in the environment cannot.
    """

    def __init__(self, address: str) -> None:
        self.address = checked_address(address)
        self.requests = 0
        self.server = ""
        self.version = ""
        self._timeout_s = _timeout(self.address)
        self._credentials = _credentials(self.address)
        self._query_address: str | None = None
        self._http: httpx.Client | None = None

    def __repr__(self) -> str:
        return f"Endpoint({self.address!r})"

    @property
    def is_virtuoso(self) -> bool:
        """Whether the server has said that it is Virtuoso, whose default graph is all graphs."""
        return self.server.startswith("Virtuoso")

    @property
    def is_oxigraph(self) -> bool:
        """Whether the server has said that it is Oxigraph, the engine of the embedded stores."""
        return self.server.startswith("Oxigraph")

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        client, self._http = self._http, None
        if client is not None:
            client.close()

    def query(self, text: str, *, default: Sequence[str] = (), named: Sequence[str] = ()) -> Reply:
        """Send a SELECT or ASK query.

        Args:
            text: The query, with all its prefixes.
            default: The graphs that make the default graph; none leaves it to the server.
            named: The named graphs.

        Returns:
            The answer, with a status of success and in SPARQL results JSON.

        Raises:
            StoreError: The server cannot be reached, refuses, or gives something else.
        """
        form = [("query", text)]
        form += [("default-graph-uri", iri) for iri in default]
        form += [("named-graph-uri", iri) for iri in named]
        if self._query_address is None:
            return self._first_query(form)
        return self._answer(self._query_address, form)

    def update(self, text: str) -> None:
        """Send an update.

        Raises:
            StoreError: The server cannot be reached, or refuses.
        """
        self._succeed(
            self._send(
                "POST",
                self._update_address(),
                content=text.encode(),
                headers={"Content-Type": "application/sparql-update"},
            ),
            self._update_address(),
        )

    def add_triples(self, graph: str, turtle: bytes) -> None:
        """Add triples to a named graph by the Graph Store Protocol.

        Raises:
            StoreError: The server cannot be reached, or refuses.
        """
        address = self._graphs_address()
        name = "graph-uri" if self.is_virtuoso else "graph"
        self._succeed(
            self._send(
                "POST",
                address,
                params={name: graph},
                content=turtle,
                headers={"Content-Type": "text/turtle"},
            ),
            address,
        )

    def describe_service(self) -> bytes:
        """Give the service description in Turtle, or nothing where there is none."""
        reply = self._send("GET", self._asks_at(), headers={"Accept": "text/turtle"})
        is_turtle = reply.status == 200 and reply.content_type == "text/turtle"
        return reply.body if is_turtle else b""

    def fault(self, message: str, *, address: str | None = None) -> StoreError:
        """Make the error that names this server."""
        return StoreError(message, path=address or self.address)

    def _first_query(self, form: list[tuple[str, str]]) -> Reply:
        """Send the first query; where only the root of a server is known, find where it asks."""
        parts = urlsplit(self.address)
        if parts.path not in ("", "/"):
            self._query_address = self.address
            return self._answer(self.address, form)
        failure: StoreError | None = None
        for path in _QUERY_PATHS:
            address = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
            reply = self._send_query(address, form)
            if reply.status in (404, 405):
                continue
            try:
                found = self._checked(reply, address)
            except StoreError as error:
                failure = failure or error
                continue
            self._query_address = address
            return found
        raise failure or self.fault(
            f"answers no queries at {' or '.join(_QUERY_PATHS)}. Give the address of its SPARQL "
            "endpoint, such as https://HOST/sparql"
        )

    def _answer(self, address: str, form: list[tuple[str, str]]) -> Reply:
        return self._checked(self._send_query(address, form), address)

    def _send_query(self, address: str, form: list[tuple[str, str]]) -> Reply:
        from urllib.parse import urlencode

        return self._send(
            "POST",
            address,
            content=urlencode(form).encode(),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": RESULTS_TYPE,
            },
            may_repeat=True,
        )

    def _checked(self, reply: Reply, address: str) -> Reply:
        self._succeed(reply, address)
        if reply.content_type not in (RESULTS_TYPE, "application/json"):
            raise self.fault(
                f"gave {_shown(reply.content_type) or 'no media type'} where {RESULTS_TYPE} was "
                "asked for: this is no SPARQL endpoint, or something stands before it "
                f"({_shown(reply.body) or 'empty'})",
                address=address,
            )
        return reply

    def _succeed(self, reply: Reply, address: str) -> None:
        status = reply.status
        said = _shown(reply.body)
        said = f". It says: {said}" if said else ""
        if status in (200, 201, 202, 204):
            # Virtuoso answers what it could not do with success and a page.
            if reply.content_type == "text/html" and re.search(rb"(?i)error", reply.body):
                raise self.fault(f"could not do it{said}", address=address)
            return
        if status in (301, 302, 303, 307, 308):
            target = _without_secrets(reply.headers.get("location", ""))
            raise self.fault(
                f"has moved to {target or 'another address'}. Give that address to --store if you "
                "trust it; nothing was sent there",
                address=address,
            )
        if status in (401, 403):
            given = "the login in the environment was not taken"
            what = given if self._credentials.are_given else "needs a login"
            raise self.fault(
                f"{what} ({status}). Set {USER_VARIABLE} and {PASSWORD_VARIABLE}, or "
                f"{TOKEN_VARIABLE}{said}",
                address=address,
            )
        if status == 404:
            raise self.fault(
                f"not found (404). Is this the address of a SPARQL endpoint? {UPDATE_VARIABLE} and "
                f"{GRAPHS_VARIABLE} give those for writing{said}",
                address=address,
            )
        raise self.fault(f"refused with status {status}{said}", address=address)

    def _update_address(self) -> str:
        if self.is_virtuoso:
            return self._writing_address(UPDATE_VARIABLE, self._virtuoso("sparql"))
        asks = self._asks_at().rpartition("/")[2]
        # Where queries are not at `query`, one address takes both, as with our own service.
        return self._writing_address(UPDATE_VARIABLE, "update" if asks == "query" else asks)

    def _graphs_address(self) -> str:
        name = self._virtuoso("sparql-graph-crud") if self.is_virtuoso else "store"
        return self._writing_address(GRAPHS_VARIABLE, name)

    def _virtuoso(self, name: str) -> str:
        return f"{name}-auth" if self._credentials.user else name

    def _asks_at(self) -> str:
        assert self._query_address is not None, "a query comes before any update"
        return self._query_address.rstrip("/")

    def _writing_address(self, variable: str, name: str) -> str:
        """Give an address for writing: from the environment, or beside that of the queries."""
        given = os.environ.get(variable)
        if not given:
            return f"{self._asks_at().rpartition('/')[0]}/{name}"
        address = checked_address(given)
        if self._credentials.are_given and _origin(address) != _origin(self.address):
            raise self.fault(
                f"{variable} names another host; the login goes only to that of --store",
                address=address,
            )
        return address

    def _client(self) -> httpx.Client:
        if self._http is None:
            import httpx

            self._http = httpx.Client(
                auth=_auth(self._credentials),
                timeout=httpx.Timeout(self._timeout_s, connect=CONNECT_TIMEOUT_S),
                follow_redirects=False,
                # A proxy from the environment would not know what is on this machine.
                trust_env=not _is_loopback(self.address),
                headers={"User-Agent": "cop-graph"},
            )
        return self._http

    def _send(
        self, method: str, address: str, *, may_repeat: bool = False, **request: Any
    ) -> Reply:
        """Send one request and read its answer to the end, within the time.

        A connection that was kept open may be closed just then; a query is then sent once more.
        """
        import httpx

        deadline = time.monotonic() + self._timeout_s
        self.requests += 1
        try:
            with self._client().stream(method, address, **request) as response:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if time.monotonic() > deadline:
                        raise httpx.ReadTimeout("too slow")
                self.server = response.headers.get("server", "")
                self.version = response.headers.get(VERSION_HEADER, "")
                return Reply(response.status_code, dict(response.headers), bytes(body))
        except httpx.TimeoutException as error:
            raise self.fault(
                f"gave no whole answer within {self._timeout_s:g} s. Ask for less, or set "
                f"{TIMEOUT_VARIABLE} to more seconds",
                address=address,
            ) from error
        except httpx.RemoteProtocolError as error:
            if may_repeat and "without sending a response" in str(error):
                self.close()
                return self._send(method, address, **request)
            raise self.fault(
                f"the connection broke before the answer was whole ({_shown(str(error))}), so "
                "there is no answer. Try again",
                address=address,
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise self.fault(
                f"cannot be reached ({_shown(str(error)) or type(error).__name__}). Is the server "
                "running, and the address right?",
                address=address,
            ) from error


def checked_address(address: str) -> str:
    """Give an address that can be used as it is.

    Raises:
        StoreError: It is not http or https, has no host, or holds what an address should not.
    """
    shown = _without_secrets(address)
    try:
        parts = urlsplit(address)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError as error:
        raise StoreError(f"is no address: {error}", path=shown) from error
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or not port_is_fine:
        raise StoreError("is no address of a server: https://HOST/PATH", path=shown)
    if "@" in parts.netloc:
        raise StoreError(
            "name and password stand in the address, where others can read them. Take them out and "
            f"set {USER_VARIABLE} and {PASSWORD_VARIABLE}",
            path=shown,
        )
    if parts.query or parts.fragment or not address.isprintable() or " " in address:
        raise StoreError(
            "give the address without ? and #, and without spaces; secrets belong into the "
            "environment",
            path=shown,
        )
    return address


def _without_secrets(address: str) -> str:
    """Give an address to show: without login, query and fragment, and without escapes."""
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
        return _shown(urlunsplit((parts.scheme, host, parts.path, "", "")))
    except ValueError:
        return _shown(address.partition("://")[0] + "://…")


def _shown(said: bytes | str) -> str:
    """Shorten what a server says to one line that is safe on a terminal."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    if "<" in text[:MOST_SHOWN]:
        text = re.sub(r"(?is)<(style|script|title).*?</\1>|<[^>]*>", " ", text[: 20 * MOST_SHOWN])
    line = " ".join(text.split())
    line = "".join(char if char.isprintable() else "�" for char in line)
    return line if len(line) <= MOST_SHOWN else line[:MOST_SHOWN] + "…"


def _timeout(address: str) -> float:
    text = os.environ.get(TIMEOUT_VARIABLE) or str(DEFAULT_TIMEOUT_S)
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise StoreError(f"{TIMEOUT_VARIABLE} is a number of seconds above 0", path=address)
    return seconds


@dataclass(frozen=True)
class _Credentials:
    """Name and password, or a token, or nothing; never shown."""

    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @property
    def are_given(self) -> bool:
        return bool(self.user or self.token)


def _credentials(address: str) -> _Credentials:
    """Read the login from the environment."""
    user = os.environ.get(USER_VARIABLE) or ""
    password = os.environ.get(PASSWORD_VARIABLE) or ""
    token = os.environ.get(TOKEN_VARIABLE) or ""
    if token and not re.fullmatch(r"[!-~]+", token):
        raise StoreError(
            f"{TOKEN_VARIABLE} holds a space or a character that no header can have", path=address
        )
    if not (user + password).isprintable():
        raise StoreError(
            f"{USER_VARIABLE} or {PASSWORD_VARIABLE} holds a control character", path=address
        )
    if bool(user) != bool(password):
        raise StoreError(
            f"set both {USER_VARIABLE} and {PASSWORD_VARIABLE}, or neither", path=address
        )
    if token and user:
        raise StoreError(f"set {TOKEN_VARIABLE} or {USER_VARIABLE}, not both", path=address)
    is_open = address.lower().startswith("http://") and not _is_loopback(address)
    if (token or user) and is_open and os.environ.get(PLAIN_VARIABLE) != "1":
        raise StoreError(
            "a login would go over http:// for all to read. Use https://, or set "
            f"{PLAIN_VARIABLE}=1 where the network is your own",
            path=address,
        )
    return _Credentials(user, password, token)


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme.lower(), parts.netloc.lower()


def _auth(credentials: _Credentials) -> httpx.Auth | None:
    """Make what logs in: a token at once, name and password in the way that the server asks for."""
    import httpx

    class Login(httpx.Auth):
        def __init__(self) -> None:
            self._chosen: httpx.Auth | None = None

        def auth_flow(
            self, request: httpx.Request
        ) -> Generator[httpx.Request, httpx.Response, None]:
            if self._chosen is None:
                response = yield request
                if response.status_code != 401:
                    return
                asked = response.headers.get("www-authenticate", "").lower()
                digest = re.search(r"(^|,)\s*digest\s", asked) is not None
                scheme = httpx.DigestAuth if digest else httpx.BasicAuth
                self._chosen = scheme(credentials.user, credentials.password)
            yield from self._chosen.auth_flow(request)

    class Bearer(httpx.Auth):
        def auth_flow(
            self, request: httpx.Request
        ) -> Generator[httpx.Request, httpx.Response, None]:
            request.headers["Authorization"] = f"Bearer {credentials.token}"
            yield request

    if credentials.token:
        return Bearer()
    return Login() if credentials.user else None
