"""What goes to a server and what comes back: logins stay secret, answers are whole or refused."""

from __future__ import annotations

import base64
import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from click.testing import CliRunner

from cop_graph.cli import cli
from cop_graph.endpoint import RESULTS_TYPE, Endpoint, is_address
from cop_graph.errors import StoreError
from cop_graph.remote import RemoteStore, open_at

YES = b'{"head": {}, "boolean": true}'
SECRET = "a-secret-of-the-tests"


@dataclass
class Answer:
    """What the server of a test says; ``cut`` ends the connection after that many bytes."""

    body: bytes = YES
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": RESULTS_TYPE})
    cut: int | None = None


@dataclass
class Fake:
    """A server of a few lines, and what it was sent."""

    address: str
    answers: list[Answer]
    seen: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def fake() -> Iterator[Callable[..., Fake]]:
    """Start servers that give their answers in turn, the last one for ever."""
    running = []

    def start(*answers: Answer) -> Fake:
        made = Fake("", list(answers))

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                made.seen.append({key.lower(): value for key, value in self.headers.items()})
                answer = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body[: answer.cut])
                if answer.cut is not None:
                    self.wfile.flush()
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_arguments: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        made.address = f"http://127.0.0.1:{server.server_address[1]}/sparql"
        return made

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def rows(*values: str) -> bytes:
    bindings = [{"s": {"type": "literal", "value": value}} for value in values]
    return json.dumps({"head": {"vars": ["s"]}, "results": {"bindings": bindings}}).encode()


def store_at(address: str) -> RemoteStore:
    return RemoteStore(Endpoint(address), None, version="1")


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COP_GRAPH_STORE_USER", "reader")
    monkeypatch.setenv("COP_GRAPH_STORE_PASSWORD", SECRET)


# Addresses


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("https://me:hidden@example.org/sparql", "name and password stand in the address"),
        ("https://me@example.org/sparql", "name and password stand in the address"),
        ("ftp://example.org/sparql", "no address of a server"),
        ("https:///sparql", "no address of a server"),
        ("https://example.org:port/", "is no address"),
        ("https://[::1/sparql", "is no address"),
        ("https://example.org/sparql?key=hidden", "without ? and #"),
        ("https://example.org/a b", "without spaces"),
        ("https://example.org/\x1b[31m", "without spaces"),
    ],
)
def test_address_that_cannot_be_used_is_refused_and_shown_without_secrets(
    address: str, message: str
) -> None:
    with pytest.raises(StoreError) as caught:
        open_at(address)
    assert message in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_empty_store_is_an_error_of_usage() -> None:
    for command in (["ask", "helplines"], ["query", "ASK {}"], ["build"]):
        result = CliRunner().invoke(cli, [*command, "--store", ""])
        assert "is empty; it names a directory or an address" in str(result.exception), command


@pytest.mark.parametrize("store", ["a b", "http", "c:/store", "./https:/x"])
def test_directory_is_no_address(store: str) -> None:
    assert not is_address(store)


# Logins


def test_login_over_plain_http_is_refused_but_on_this_machine(
    login: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreError, match="for all to read") as caught:
        Endpoint("http://example.org/sparql")
    assert SECRET not in str(caught.value)
    for address in ("http://127.0.0.1/", "http://localhost:9/", "http://[::1]/", "https://e.org/"):
        Endpoint(address)
    monkeypatch.setenv("COP_GRAPH_STORE_ALLOW_HTTP", "1")
    Endpoint("http://example.org/sparql")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"USER": "reader"}, "set both"),
        ({"PASSWORD": SECRET}, "set both"),
        ({"TOKEN": f"{SECRET}\n"}, "no header can have"),
        ({"TOKEN": f"{SECRET}é"}, "no header can have"),
        ({"USER": "a\nb", "PASSWORD": SECRET}, "control character"),
        ({"USER": "reader", "PASSWORD": SECRET, "TOKEN": SECRET}, "not both"),
        ({"TIMEOUT": "soon"}, "number of seconds"),
        ({"TIMEOUT": "-1"}, "number of seconds"),
        ({"TIMEOUT": "nan"}, "number of seconds"),
    ],
)
def test_settings_that_cannot_be_used_are_told_without_secrets(
    variables: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"COP_GRAPH_STORE_{name}", value)
    with pytest.raises(StoreError, match=message) as caught:
        Endpoint("https://example.org/sparql")
    assert SECRET not in str(caught.value)


def test_password_is_sent_only_when_asked_for(fake: Callable[..., Fake], login: None) -> None:
    asks = Answer(b"", 401, {"WWW-Authenticate": 'Basic realm="r"'})
    server = fake(asks, Answer())
    assert store_at(server.address).run("ASK {}")
    given = base64.b64encode(f"reader:{SECRET}".encode()).decode()
    assert [seen.get("authorization") for seen in server.seen] == [None, f"Basic {given}"]


def test_digest_never_sends_the_password(fake: Callable[..., Fake], login: None) -> None:
    asks = Answer(b"", 401, {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'})
    server = fake(asks, asks, Answer())
    assert store_at(server.address).run("ASK {}")
    assert server.seen[-1]["authorization"].startswith('Digest username="reader"')
    assert SECRET not in str(server.seen)


def test_token_is_sent_as_bearer(
    fake: Callable[..., Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COP_GRAPH_STORE_TOKEN", SECRET)
    server = fake(Answer())
    assert store_at(server.address).run("ASK {}")
    assert server.seen[0]["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_told_and_never_followed(
    status: int, fake: Callable[..., Fake], login: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = fake(Answer())
    target = other.address.replace("http://", "http://me:hidden@")
    server = fake(Answer(b"", status, {"Location": target}))
    with pytest.raises(StoreError, match="has moved to") as caught:
        store_at(server.address).run("ASK {}")
    assert other.address in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert other.seen == []


def test_wrong_password_is_told_without_it(fake: Callable[..., Fake], login: None) -> None:
    server = fake(Answer(b"no", 401, {"WWW-Authenticate": 'Basic realm="r"'}))
    with pytest.raises(StoreError, match="was not taken") as caught:
        store_at(server.address).run("ASK {}")
    assert SECRET not in f"{caught.value} {caught.value.__cause__}"


def test_login_goes_to_no_other_host_for_writing(
    fake: Callable[..., Fake], login: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = fake(Answer())
    server = fake(Answer())
    monkeypatch.setenv("COP_GRAPH_STORE_UPDATE", other.address)
    store = store_at(server.address)
    store.run("ASK {}")
    with pytest.raises(StoreError, match="names another host"):
        store.endpoint.update("CLEAR ALL")
    assert other.seen == []


# Answers


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer(status=500, body=b"broken"), "status 500. It says: broken"),
        (Answer(status=404, body=b""), "not found"),
        (Answer(status=403, body=b""), "needs a login"),
        (Answer(body=b"<html>hello</html>", headers={"Content-Type": "text/html"}), "text/html"),
        (Answer(body=b"<p>Error", headers={"Content-Type": "text/html"}), "could not do it"),
        (Answer(body=b"", headers={}), "no media type"),
        (Answer(body=b""), "cannot be read"),
        (Answer(body=rows("a", "b")[:-3]), "cannot be read"),
        (Answer(body=YES), "yes or no where rows"),
        (Answer(body=rows("a").replace(b'"s"', b'"t"')), "other columns"),
        (Answer(body=rows("a", "b"), cut=20), "broke before the answer was whole"),
        (Answer(body=rows("a", "b"), cut=0), "broke before the answer was whole"),
        (Answer(body=rows("a"), headers={"Content-Type": RESULTS_TYPE, "X-SQL-State": "S1TAT"}),
         "a part of the answer"),
        (Answer(status=500, body=b"\x1b[31mred\x00"), "red"),
    ],
)  # fmt: skip
def test_answer_that_is_not_whole_is_an_error(
    answer: Answer, message: str, fake: Callable[..., Fake]
) -> None:
    store = store_at(fake(answer).address)
    with pytest.raises(StoreError, match=message) as caught:
        store.run("SELECT ?s WHERE { ?s ?p ?o }")
    assert store.endpoint.address in str(caught.value)
    assert str(caught.value).isprintable()


def test_answer_that_the_server_cut_short_is_fetched_by_pages(fake: Callable[..., Fake]) -> None:
    def count(number: int) -> Answer:
        term = {"type": "literal", "value": str(number)}
        body = {"head": {"vars": ["count"]}, "results": {"bindings": [{"count": term}]}}
        return Answer(json.dumps(body).encode())

    full = {"Content-Type": RESULTS_TYPE, "X-SPARQL-MaxRows": "2"}
    pages = [Answer(rows("a", "b"), headers=full), Answer(rows("a", "b"), headers=full)]
    server = fake(*pages, Answer(rows("c")), count(3), count(3))
    found = store_at(server.address).run("SELECT ?s WHERE { ?s ?p ?o }")
    assert [solution["s"].value for solution in found] == ["a", "b", "c"]

    server = fake(*pages, Answer(rows("b")), count(3), count(3))
    with pytest.raises(StoreError, match="do not add up"):
        store_at(server.address).run("SELECT ?s WHERE { ?s ?p ?o }")


def test_slow_answer_is_given_up(
    fake: Callable[..., Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COP_GRAPH_STORE_TIMEOUT", "0.2")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/sparql"
        with pytest.raises(StoreError, match=r"within 0\.2 s"):
            store_at(address).run("ASK {}")


def test_server_that_is_down_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(StoreError, match="cannot be reached"):
        open_at(f"http://127.0.0.1:{port}/sparql")


def test_command_tells_of_a_server_that_is_down_and_exits_with_2(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cop_graph.cli import main

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setattr(
        "sys.argv", ["cop-graph", "ask", "helplines", "--store", f"http://127.0.0.1:{port}/sparql"]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "cannot be reached" in capfd.readouterr().err


def test_version_is_read_from_the_header_of_our_own_service(fake: Callable[..., Fake]) -> None:
    nothing = json.dumps({"head": {"vars": ["s", "p", "o"]}, "results": {"bindings": []}})
    told = {"Content-Type": RESULTS_TYPE, "COP-Graph-Data-Version": "0123456789ab"}
    server = fake(Answer(nothing.encode()), Answer(headers=told))
    assert open_at(server.address).version == "0123456789ab"
    assert len(server.seen) == 2


def test_version_is_read_from_the_description_of_our_own_service(
    fake: Callable[..., Fake],
) -> None:
    nothing = json.dumps({"head": {"vars": ["s", "p", "o"]}, "results": {"bindings": []}})
    turtle = b'<> <http://purl.org/dc/terms/hasVersion> "0123456789ab" .'
    server = fake(
        Answer(nothing.encode()),
        Answer(),
        Answer(turtle, headers={"Content-Type": "text/turtle"}),
    )
    assert open_at(server.address).version == "0123456789ab"
