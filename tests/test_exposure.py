"""What a service shows to whoever can reach it by HTTP, and with which headers."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import SMALL, SMALL_REPORTS
from serving import TOKEN, Server, serving

from cop_graph.dataset import Source, find_source
from cop_graph.errors import CopGraphError, ProgramError, QueryStoppedError
from cop_graph.jobs import Reader, serve
from cop_graph.reports import find_report
from cop_graph.store import build_store
from cop_graph.web.app import make_app
from cop_graph.web.errors import status_of
from cop_graph.web.http import PAGE_SAFE, SAFE
from cop_graph.web.pages import static_address
from cop_graph.web.service import Settings
from cop_graph.worker import FRAME, job_bytes, rebuilt

STRICT = {name.decode(): value.decode() for name, value in SAFE}
OF_PAGES = {name.decode(): value.decode() for name, value in PAGE_SAFE}
OFFICE = "/id/organization-blue-lantern-office"
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
GIVEN = "actor=Blue+Lantern+Office"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has the reports, takes updates, and stops what is long."""
    folder = tmp_path_factory.mktemp("exposure")
    build_store(folder / "store", find_source(SMALL))
    with serving(
        *("--data", str(SMALL), "--store", str(folder / "store"), "--allow-update"),
        *("--reports", str(SMALL_REPORTS), "--max-rows", "3"),
        *("--workers", "1", "--long-workers", "1"),
        log=folder / "log",
    ) as found:
        yield found


@pytest.fixture
def app(tmp_path: Path, small_source: Source) -> Any:
    """The application without workers: nothing behind its routes runs."""
    return make_app(Settings(small_source, str(tmp_path / "store")))


def ask(app: Any, path: str) -> httpx.Response:
    import asyncio

    async def one() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
            return await client.get(path)

    return asyncio.run(one())


def raw(server: Server, text: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes and read one response; what is refused may be cut off while it is being sent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(text)
        got = b""
        while b"\r\n\r\n" not in got and (part := connection.recv(1 << 16)):
            got += part
    head, _, body = got.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    assert len(headers) == len(lines), "a header came twice"
    return int(first.split()[1]), headers, body


REQUESTS = [
    ("GET", "/", {}, 200, OF_PAGES),
    ("HEAD", "/", {}, 200, OF_PAGES),
    ("GET", "/", {"If-None-Match": "*"}, 304, OF_PAGES),
    ("OPTIONS", "/", {}, 405, OF_PAGES),
    ("POST", "/search", {}, 405, OF_PAGES),
    ("GET", "/nothing", {}, 404, OF_PAGES),
    ("GET", "/search?q=%ff", {}, 400, OF_PAGES),
    ("GET", "/search.json?q=kite", {}, 200, OF_PAGES),
    ("GET", OFFICE, {}, 200, OF_PAGES),
    ("GET", OFFICE, {"Accept": "text/turtle"}, 200, OF_PAGES),
    ("GET", f"{OFFICE}.jsonld", {}, 200, OF_PAGES),
    ("GET", f"{OFFICE}/map.svg", {}, 200, OF_PAGES),
    ("GET", f"{OFFICE}/brief.docx", {}, 200, OF_PAGES),
    ("GET", f"{OFFICE}/brief.pdf", {}, 200, OF_PAGES),
    ("GET", f"{OFFICE}/brief.md", {}, 200, OF_PAGES),
    ("GET", "/timeline.svg", {}, 200, OF_PAGES),
    ("GET", "/map.json", {}, 200, OF_PAGES),
    ("GET", "/map?network=none", {}, 400, OF_PAGES),
    ("GET", f"/questions/partners-of.xlsx?{GIVEN}", {}, 200, OF_PAGES),
    ("GET", f"/questions/partners-of?{GIVEN}", {"Accept": HTML}, 200, OF_PAGES),
    ("GET", "/questions/nothing", {"Accept": HTML}, 404, OF_PAGES),
    ("GET", "/sparql", {"Accept": HTML}, 200, OF_PAGES),
    ("GET", static_address("pages.css"), {}, 200, OF_PAGES),
    ("HEAD", "/static/pages.css", {}, 200, OF_PAGES),
    ("GET", "/static/nothing.css", {}, 404, OF_PAGES),
    ("GET", "/questions", {"Accept": "application/json"}, 200, STRICT),
    ("GET", f"/questions/partners-of.csv?{GIVEN}", {}, 200, STRICT),
    ("GET", f"/questions/partners-of.csv?{GIVEN}", {"If-None-Match": "*"}, 304, STRICT),
    ("GET", "/questions/states?x=1", {"Accept": "application/json"}, 400, STRICT),
    ("GET", "/questions/partners-of?actor=No", {"Accept": "text/csv"}, 404, STRICT),
    ("POST", "/questions/states", {}, 405, STRICT),
    ("GET", "/openapi.json", {}, 200, STRICT),
    ("OPTIONS", "/openapi.json", {}, 204, STRICT),
    ("GET", "/void", {"Accept": "application/rdf+xml"}, 200, STRICT),
    ("GET", "/.well-known/void", {"Accept": "image/png"}, 406, STRICT),
    ("GET", "/healthz", {}, 200, STRICT),
    ("HEAD", "/healthz", {}, 200, STRICT),
    ("OPTIONS", "/healthz", {}, 204, STRICT),
    ("POST", "/healthz", {}, 405, STRICT),
    ("GET", "/sparql?query=ASK{}", {"Accept": "application/xml"}, 200, STRICT),
    ("HEAD", "/sparql?query=ASK{}", {}, 200, STRICT),
    ("GET", "/sparql?query=ASK{}", {"If-None-Match": "*"}, 304, STRICT),
    ("GET", "/sparql?query=ASK", {}, 400, STRICT),
    ("GET", "/sparql?query=ASK{SERVICE<http://a>{}}", {}, 403, STRICT),
    ("GET", "/sparql?query=ASK{}", {"Accept": "image/png"}, 406, STRICT),
    ("GET", "/questions/states-and-themes.json", {}, 503, STRICT),
    ("OPTIONS", "/sparql", {}, 204, STRICT),
    ("PATCH", "/sparql", {}, 405, STRICT),
    ("POST", "/sparql", {"Content-Type": "text/html"}, 415, STRICT),
    ("POST", "/sparql", {"Content-Type": "application/sparql-update"}, 401, STRICT),
    ("GET", "/store?default", {"Accept": "application/rdf+xml"}, 200, STRICT),
    ("HEAD", "/store?default", {}, 200, STRICT),
    ("GET", "/store?graph=urn:none", {}, 404, STRICT),
    ("GET", "/store", {}, 400, STRICT),
    ("DELETE", "/store?graph=urn:none", {}, 401, STRICT),
    ("PATCH", "/store?default", {}, 405, STRICT),
]


@pytest.mark.parametrize(("method", "path", "headers", "status", "policy"), REQUESTS)
def test_every_response_keeps_its_content_from_doing_harm(
    server: Server, method: str, path: str, headers: dict[str, str], status: int, policy: Any
) -> None:
    response = server.client.request(method, path, headers={"Accept": "*/*", **headers})

    assert response.status_code == status
    given = response.headers.multi_items()
    assert {name: value for name, value in given if name in policy} == policy
    assert len(given) == len({name for name, _ in given}), "a header came twice"
    if status in (400, 401, 403, 404, 405, 406, 415, 503) and policy is STRICT:
        assert response.headers["cache-control"] == "no-store"
    if status == 405:
        assert method not in response.headers["allow"]


def test_policies_allow_nothing_inline_and_nothing_from_elsewhere() -> None:
    for policy in (STRICT, OF_PAGES):
        words = policy["content-security-policy"]
        assert "unsafe" not in words
        assert "http" not in words
        assert "*" not in words
        assert "default-src 'none'" in words
        assert "frame-ancestors 'none'" in words
        assert policy["x-content-type-options"] == "nosniff"
        assert policy["referrer-policy"] == "same-origin"
    assert "sandbox" in STRICT["content-security-policy"]


LONG = b"a" * (1 << 20)
REFUSED = [
    (b"GET /sparql?query=" + LONG + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    (b"GET /" + LONG, 414),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + LONG, 431),
    (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200_000, 431),
    (b"POST /sparql HTTP/1.1\r\nHost: a\r\n" + LONG + b": y\r\n\r\n", 431),
    (b"\x16\x03\x01\x02\x00\x01\x00\r\n", 400),
    (b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", 400),
    (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 404),
]


@pytest.mark.parametrize(("text", "status"), REFUSED)
def test_what_the_server_itself_refuses_has_the_headers_too(
    server: Server, text: bytes, status: int
) -> None:
    found, headers, body = raw(server, text)

    assert found == status
    assert {name: headers[name] for name in STRICT} == STRICT
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert b"Traceback" not in body


def test_a_long_body_before_the_next_head_is_no_long_head(server: Server) -> None:
    form = b"query=" + b"+" * 500_000 + b"ASK{}"
    first = (
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    )
    first += b"Content-Length: %d\r\n\r\n" % len(form) + form
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(first + b"GET /healthz HTTP/1.1\r\nHo")
        connection.sendall(b"st: a\r\nConnection: close\r\n\r\n")
        got = b"".join(iter(lambda: connection.recv(1 << 16), b""))

    assert re.findall(rb"HTTP/1.1 (\d+)", got) == [b"200", b"200"]


HOSTS = [
    (b"", 400),
    (b"Host:\r\n", 400),
    (b"Host: a\r\nHost: b\r\n", 400),
    (b"Host: data.example/other\r\n", 400),
    (b"Host: data.example//other.example/\r\n", 400),
    (b"Host: user@other.example\r\n", 400),
    (b"Host: a, b\r\n", 400),
    (b"Host: a?b#c\r\n", 400),
    (b'Host: "><script>\r\n', 400),
    (b"Host: \xff\r\n", 400),
    (b"Host: data.example:8000\r\n", 200),
    (b"Host: [::1]:8000\r\n", 200),
]


@pytest.mark.parametrize("path", [b"/openapi.json", b"/void", b"/about", b"/sparql"])
@pytest.mark.parametrize(("host", "status"), HOSTS)
def test_addresses_are_made_from_a_host_alone(
    server: Server, host: bytes, status: int, path: bytes
) -> None:
    found, _, body = raw(server, b"GET " + path + b" HTTP/1.1\r\n" + host + b"\r\n")

    assert found == status
    assert b"other" not in body


def test_headers_of_a_proxy_change_no_address(server: Server) -> None:
    plain = server.client.get("/openapi.json")
    for name in ("X-Forwarded-Host", "Forwarded", "X-Original-URL", "X-Forwarded-Prefix"):
        response = server.client.get("/openapi.json", headers={name: "host=other.example"})
        assert response.content == plain.content


def test_a_fault_of_the_program_is_told_without_its_words(app: Any, monkeypatch: Any) -> None:
    def broken() -> None:
        raise KeyError("/of/the/operator")

    monkeypatch.setattr(app.state.service, "snapshot", broken)
    response = ask(app, "/void")

    assert response.status_code == 500
    assert "operator finds it in the log" in response.text
    assert "/of/the/operator" not in response.text
    assert {name: response.headers[name] for name in STRICT} == STRICT


@pytest.mark.parametrize(
    ("error", "status"),
    [(QueryStoppedError("stopped", limit="busy"), 503), (ProgramError("page: 'x'"), 500)],
)
def test_a_page_that_cannot_be_made_is_told_with_the_headers_of_pages(
    app: Any, monkeypatch: Any, caplog: Any, error: CopGraphError, status: int
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(app.state.service, "snapshot", lambda: app.state.service._snapshot)
    monkeypatch.setattr(app.state.service, "read", refused)
    with caplog.at_level(logging.ERROR, "uvicorn.error"):
        response = ask(app, "/about")

    assert (response.status_code, status_of(error)) == (status, status)
    assert {name: response.headers[name] for name in OF_PAGES} == OF_PAGES
    assert ("page: 'x'" in caplog.text) == (status == 500)
    assert "page: 'x'" not in response.text


@pytest.mark.parametrize(
    ("what", "kind"), [("page", "ProgramError"), ("ask", "ProgramError"), ("query", "QueryError")]
)
def test_what_the_engine_refuses_is_no_fault_of_the_program(what: str, kind: str) -> None:
    class Broken(Reader):
        def __init__(self) -> None:
            pass

        def answer(self, job: Any, body: bytes, output: Any) -> None:
            raise ValueError("of the engine or of the program")

    ours, theirs = socket.socketpair()
    with ours, theirs:
        thread = threading.Thread(target=serve, args=(theirs.fileno(), Broken()))
        thread.start()
        ours.sendall(job_bytes({"do": what}))
        _, length = FRAME.unpack(ours.recv(FRAME.size))
        error = rebuilt(json.loads(ours.recv(length)))
        ours.shutdown(socket.SHUT_WR)
        thread.join()

    assert type(error).__name__ == kind


# Whole sentences of a report are for those at the machine, or for all if its operator says so.


NEAR = [{}, {"Origin": "ours"}]
FAR = [
    {"Origin": "https://other.example"},
    {"Origin": "null"},
    {"Host": "other.example"},
    {"X-Forwarded-For": "192.0.2.1"},
    {"Forwarded": "for=192.0.2.1"},
    {"Via": "1.1 other.example"},
]


def sentences(server: Server, headers: dict[str, str]) -> tuple[bool, bool]:
    if headers.get("Origin") == "ours":
        headers = {"Origin": server.address}
    rows = server.client.get(
        f"/questions/partners-of.json?{GIVEN}&evidence=true", headers=headers
    ).json()["rows"]
    page = server.client.get("/id/claim-alpha-1-3-1-004", headers=headers | {"Accept": HTML})
    found = [one["sentence"] for row in rows for one in row["evidence"]]
    assert found
    return any(found), 'class="sentence"' in page.text


@pytest.mark.parametrize("headers", NEAR)
def test_sentences_are_shown_at_the_machine(server: Server, headers: dict[str, str]) -> None:
    assert sentences(server, headers) == (True, True)


@pytest.mark.parametrize("headers", FAR)
def test_sentences_are_shown_to_nobody_else(server: Server, headers: dict[str, str]) -> None:
    assert sentences(server, {}) == (True, True)
    assert sentences(server, headers) == (False, False)


def test_no_report_is_read_from_outside_its_directory(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "secret.txt").write_text("1 A secret.\n", encoding="utf-8")
    (tmp_path / "reports" / "a-1.txt").write_text("1 A text.\n", encoding="utf-8")

    assert find_report("a-1", tmp_path / "reports") is not None
    for name in ("../secret", "..", "/secret", "a/../../secret", f"{tmp_path}/secret", "", "a\n"):
        assert find_report(name, tmp_path / "reports") is None


# What one request may ask of the machine.


def test_a_long_body_is_read_only_from_those_who_may_change_the_store(server: Server) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    update = {"Content-Type": "application/sparql-update"}
    long = b"update=" + b"+" * (5 << 20)
    token = {"Authorization": f"Bearer {TOKEN}"}

    for headers, body in ((form, long), (update, b" " * (2 << 20))):
        refused = server.client.post("/sparql", content=body, headers=headers)
        assert refused.status_code == 413
        assert "Authorization: Bearer" in refused.text
        allowed = server.client.post("/sparql", content=body, headers=headers | token)
        assert allowed.status_code == 204


@pytest.mark.parametrize("path", ["/nothing/", "/id/", "/static/", "/questions/", "/report/"])
@pytest.mark.parametrize(
    "piece", ["x", "partner-", ".ttl", "-0123456789ab", "%C3%A9-", "%F0%9F%98%80"]
)
def test_a_long_address_is_answered_shortly(server: Server, path: str, piece: str) -> None:
    address = path + piece * (60_000 // len(piece))
    response = server.client.get(address, headers={"Accept": HTML})

    assert response.status_code == 404
    assert len(response.content) < 20_000


def test_a_name_that_nothing_can_have_is_compared_with_none(server: Server) -> None:
    response = server.client.get("/questions/partners-of.json?actor=" + "Blue+Lantern+" * 4000)

    assert response.status_code == 404
    assert len(response.content) < 500


def test_more_kinds_than_there_are_find_nothing_and_break_nothing(server: Server) -> None:
    for words in ("q=a&", ""):
        response = server.client.get(f"/search?{words}kind=" + "%7C".join(["a"] * 10_000))
        assert response.status_code == 200


@pytest.mark.parametrize("name", ["name", "self", "evidence_", "__class__", "sparql", "%00"])
def test_parameters_have_the_names_that_a_question_gives_them(server: Server, name: str) -> None:
    response = server.client.get(f"/questions/states.json?{name}=x")

    assert response.status_code == 400
    assert "has no parameter" in response.text


def test_an_address_is_decoded_once(server: Server) -> None:
    html = {"Accept": HTML}
    assert server.client.get("/id/%73tate-westmark", headers=html).status_code == 200
    assert server.client.get("/id/%2573tate-westmark", headers=html).status_code == 404
    assert server.client.get("/static/%2570ages.css", headers=html).status_code == 404


def test_the_server_wrote_no_traceback_and_no_token(server: Server) -> None:
    assert "Traceback" not in server.said
    assert TOKEN not in server.said
