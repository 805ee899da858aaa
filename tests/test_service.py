"""The service as its clients see it: real servers, real connections."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from conftest import SMALL
from hypothesis import given, settings
from hypothesis import strategies as st
from serving import TOKEN, Server, is_running, serving, start_server, until

from cop_graph.cli import cli
from cop_graph.dataset import find_source
from cop_graph.graph import Graph
from cop_graph.namespaces import COPD
from cop_graph.questions import list_questions
from cop_graph.store import build_store, open_store

STATES = "SELECT ?s WHERE { ?s a cop:State } ORDER BY ?s"
STATES_CSV = f"s\r\n{COPD}state-eastmark\r\n{COPD}state-westmark\r\n"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o }"
GREEDY = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?f ?c"
LONG = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
JSON = "application/sparql-results+json"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
TURTLE = {**AUTHORIZED, "Content-Type": "text/turtle"}


@pytest.fixture(scope="session")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without updates and with small limits; nobody changes it."""
    folder = tmp_path_factory.mktemp("reading")
    build_store(folder / "store", find_source(SMALL))
    with serving(
        *("--data", str(SMALL), "--store", str(folder / "store")),
        *("--timeout", "3", "--memory", "512", "--max-rows", "20000", "--max-bytes", "3000000"),
        *("--workers", "2", "--long-workers", "2"),
        log=folder / "log",
    ) as server:
        yield server


@pytest.fixture(scope="session")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with updates; each test works on graphs of its own."""
    folder = tmp_path_factory.mktemp("changing")
    build_store(folder / "store", find_source(SMALL))
    with serving(
        *("--data", str(SMALL), "--store", str(folder / "store"), "--allow-update"),
        *("--workers", "1", "--long-workers", "2"),
        log=folder / "log",
    ) as server:
        yield server


# The SPARQL 1.1 Protocol: queries.


def ask_by_get(server: Server, text: str) -> httpx.Response:
    return server.client.get("/sparql", params={"query": text}, headers={"Accept": "text/csv"})


def ask_by_form(server: Server, text: str) -> httpx.Response:
    return server.client.post("/sparql", data={"query": text}, headers={"Accept": "text/csv"})


def ask_directly(server: Server, text: str) -> httpx.Response:
    headers = {"Accept": "text/csv", "Content-Type": "application/sparql-query; charset=UTF-8"}
    return server.client.post("/sparql", content=text.encode(), headers=headers)


@pytest.mark.parametrize("ask", [ask_by_get, ask_by_form, ask_directly])
def test_query_is_answered_in_each_way(reading: Server, ask: Any) -> None:
    response = ask(reading, STATES)

    assert (response.status_code, response.text) == (200, STATES_CSV)
    assert response.headers["content-type"] == "text/csv; charset=utf-8"


def test_head_has_the_headers_of_get(reading: Server) -> None:
    given = {"params": {"query": STATES}, "headers": {"Accept": "text/csv"}}
    head = reading.client.head("/sparql", **given)
    got = reading.client.get("/sparql", **given)

    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag", "cop-graph-data-version"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize(
    ("accept", "text", "media_type"),
    [
        ("", STATES, JSON),
        ("*/*", STATES, JSON),
        (JSON, STATES, JSON),
        ("application/json", STATES, "application/json"),
        ("application/sparql-results+xml", STATES, "application/sparql-results+xml"),
        ("application/xml", "ASK {}", "application/xml"),
        ("text/csv;q=0.5, text/tab-separated-values", STATES, "text/tab-separated-values"),
        ("text/html,application/xhtml+xml", STATES, JSON),
        ("", "DESCRIBE copd:state-eastmark", "text/turtle"),
        ("text/turtle", "DESCRIBE copd:state-eastmark", "text/turtle"),
        ("application/n-triples", "DESCRIBE copd:state-eastmark", "application/n-triples"),
        ("application/rdf+xml", "DESCRIBE copd:state-eastmark", "application/rdf+xml"),
        ("application/ld+json", "DESCRIBE copd:state-eastmark", "application/ld+json"),
        ("application/trig", "DESCRIBE copd:state-eastmark", "application/trig"),
        ("application/n-quads", "DESCRIBE copd:state-eastmark", "application/n-quads"),
    ],
)
def test_answer_has_the_form_that_is_asked_for(
    reading: Server, accept: str, text: str, media_type: str
) -> None:
    response = reading.query(text, accept)

    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == media_type
    here = open_store(store_of(reading)).query(text)
    if isinstance(here, ox.QueryTriples):
        formats = {"application/ld+json": ox.RdfFormat.JSON_LD}
        form = formats.get(media_type) or ox.RdfFormat.from_media_type(media_type)
        written = {quad.triple for quad in ox.parse(response.content, format=form)}
        assert written == set(here)
    elif media_type in (JSON, "application/json"):
        assert "results" in response.json()
    else:
        assert response.content != b""


def store_of(server: Server) -> Path:
    return server.log.parent / "store"


@pytest.mark.parametrize(
    ("method", "address", "headers", "content", "status"),
    [
        ("GET", "/sparql?query=SELECT", {}, b"", 400),
        ("GET", "/sparql?query=ASK{}&query=ASK{}", {}, b"", 400),
        ("GET", "/sparql?query=%ff", {}, b"", 400),
        ("GET", "/sparql?update=CLEAR%20ALL", {}, b"", 405),
        ("GET", "/sparql?query=ASK{}", {"Accept": "image/png"}, b"", 406),
        ("GET", "/sparql?query=ASK{SERVICE<http://a/>{}}", {}, b"", 403),
        ("GET", "/sparql?query=ASK%20FROM<file:///etc/passwd>{}", {}, b"", 403),
        ("GET", "/sparql?query=ASK{}&default-graph-uri=a%20b", {}, b"", 400),
        ("PUT", "/sparql", {}, b"", 405),
        ("DELETE", "/sparql?query=ASK{}", {}, b"", 405),
        ("POST", "/sparql", {}, b"ASK {}", 415),
        ("POST", "/sparql", {"Content-Type": "text/plain"}, b"ASK {}", 415),
        ("POST", "/sparql", {"Content-Type": "application/sparql-query"}, b"\xff", 400),
        (
            "POST",
            "/sparql",
            {"Content-Type": "application/sparql-query; charset=utf-16"},
            "ASK {}".encode("utf-16"),
            415,
        ),
        (
            "POST",
            "/sparql",
            {"Content-Type": "application/sparql-query", "Content-Encoding": "gzip"},
            gzip.compress(b"ASK {}", mtime=0),
            415,
        ),
        ("POST", "/sparql", {"Content-Type": "application/x-www-form-urlencoded"}, b"a=b", 400),
        ("POST", "/sparql", {"Content-Type": "application/sparql-query"}, b"A" * (1 << 21), 413),
        ("POST", "/sparql", {"Content-Type": "application/sparql-update"}, b"CLEAR ALL", 403),
        ("PUT", "/store?default", {"Content-Type": "text/turtle"}, b"", 403),
        ("GET", "/store", {}, b"", 400),
        ("GET", "/store?graph=urn:none", {}, b"", 404),
        ("PATCH", "/store?default", {}, b"", 405),
        ("GET", "/questions/nothing", {}, b"", 404),
        ("GET", "/questions/states?nothing=1", {}, b"", 400),
        ("GET", "/questions/partners-of?actor=Nobody", {}, b"", 404),
        ("GET", "/questions/states?evidence=perhaps", {}, b"", 400),
        ("POST", "/questions/states", {}, b"", 405),
    ],
)
def test_request_that_cannot_be_answered_is_told_why(
    reading: Server, method: str, address: str, headers: dict[str, str], content: bytes, status: int
) -> None:
    response = reading.client.request(method, address, headers=headers, content=content)

    assert response.status_code == status
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert len(response.text.strip()) > 10
    assert str(store_of(reading)) not in response.text


def test_default_and_named_graphs_are_those_of_the_request(changing: Server) -> None:
    for graph in ("urn:two:a", "urn:two:b"):
        changing.client.put(
            f"/store?graph={graph}", content=f"<urn:s> <urn:p> 1, <{graph}> .", headers=TURTLE
        )

    def count(text: str, **graphs: Any) -> str:
        found = changing.client.get(
            "/sparql", params={"query": text, **graphs}, headers={"Accept": "text/csv"}
        )
        return found.text.split("\r\n")[1]

    both = ["urn:two:a", "urn:two:b"]
    default = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    named = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    assert count(default, **{"default-graph-uri": both[:1]}) == "2"
    # A triple that both graphs hold is there once.
    assert count(default, **{"default-graph-uri": both}) == "3"
    assert count(default.replace("{", "FROM <urn:two:a> FROM <urn:two:b> {", 1)) == "3"
    assert count(default, **{"named-graph-uri": both}) == "0"
    assert count(named, **{"named-graph-uri": both}) == "4"
    assert count(named, **{"default-graph-uri": both}) == "0"
    # What the request says goes before what the query says (section 2.1.4).
    said = default.replace("{", "FROM <urn:two:b> {", 1)
    assert count(said, **{"default-graph-uri": "urn:nothing"}) == "0"


# Updates and graphs.


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("", 401),
        (TOKEN, 401),
        (f"Basic {TOKEN}", 401),
        ("Bearer", 401),
        ("Bearer wrong", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        ("Bearer \xff", 401),
        (f"bearer {TOKEN}", 204),
        (f"Bearer {TOKEN}", 204),
    ],
)
def test_change_needs_the_token(changing: Server, authorization: str | None, status: int) -> None:
    headers = {"Content-Type": "application/sparql-update", "Origin": "https://other.example"}
    raw = [(name.encode(), text.encode()) for name, text in headers.items()]
    if authorization is not None:
        raw.append((b"Authorization", authorization.encode("latin-1")))
    text = "INSERT DATA { GRAPH <urn:token> { <urn:a> <urn:b> 1 } }"
    response = changing.client.post("/sparql", content=text, headers=raw)

    assert response.status_code == status
    assert [name for name in response.headers if name.startswith("access-control")] == []
    assert ("www-authenticate" in response.headers) == (status == 401)
    assert TOKEN not in response.text + str(response.headers)


def test_broken_update_has_no_cors_either(changing: Server) -> None:
    bad = [
        ({"Content-Type": "application/sparql-update"}, b"\xff"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"update=A&update=B"),
    ]
    for headers, content in bad:
        response = changing.client.post("/sparql", content=content, headers=headers)
        assert response.status_code == 400
        assert "access-control-allow-origin" not in response.headers


def test_update_is_seen_at_once_and_changes_the_version(changing: Server) -> None:
    question = "SELECT ?o { GRAPH <urn:seen> { ?s ?p ?o } } ORDER BY ?o"
    before = changing.query(question)
    done = changing.client.post(
        "/sparql",
        data={"update": "INSERT DATA { GRAPH <urn:seen> { <urn:s> <urn:p> 'x', 'y' } }"},
        headers=AUTHORIZED,
    )
    after = changing.query(question)

    assert (before.text, done.status_code, after.text) == ("o\r\n", 204, "o\r\nx\r\ny\r\n")
    assert before.headers["etag"] != after.headers["etag"]
    assert done.headers["cop-graph-data-version"] == after.headers["cop-graph-data-version"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("INSERT DATA { GRAPH <urn:no> { <urn:a> <urn:b> 1 } } ; LOAD <file:///etc/passwd>", 403),
        ("INSERT DATA { GRAPH <urn:no> { <urn:a> <urn:b> 1 } } ; NONSENSE", 400),
        ("INSERT DATA { GRAPH <urn:no> { <urn:a> <urn:b> 1 } } ; DROP GRAPH <urn:none>", 400),
    ],
)
def test_update_that_fails_changes_nothing(changing: Server, text: str, status: int) -> None:
    assert changing.update(text).status_code == status
    assert changing.query("ASK { GRAPH <urn:no> { ?s ?p ?o } }").text == "false"


def test_update_takes_its_graphs_from_the_request(changing: Server) -> None:
    changing.update("INSERT DATA { GRAPH <urn:using> { <urn:a> <urn:b> 1 } }")
    done = changing.client.post(
        "/sparql",
        params={"using-graph-uri": "urn:using"},
        content="INSERT { GRAPH <urn:used> { ?s ?p ?o } } WHERE { ?s ?p ?o }",
        headers={**AUTHORIZED, "Content-Type": "application/sparql-update"},
    )

    assert done.status_code == 204
    assert changing.query("SELECT ?o { GRAPH <urn:used> { ?s ?p ?o } }").text == "o\r\n1\r\n"


def triples(response: httpx.Response) -> set[str]:
    assert response.status_code == 200
    return {str(quad.triple) for quad in ox.parse(response.content, format=ox.RdfFormat.TURTLE)}


def test_graph_is_put_read_added_to_and_deleted(changing: Server) -> None:
    client, place = changing.client, "/store?graph=urn:life"
    put = client.put(place, content="<urn:a> <urn:b> 1 .", headers=TURTLE)
    head = client.head(place)
    first = client.get(place)
    again = client.put(place, content="<urn:a> <urn:b> 2 .", headers=TURTLE)
    second = client.get(place)
    post = client.post(place, content="<urn:a> <urn:b> 3 .", headers=TURTLE)
    third = client.get(place)
    deleted = client.delete(place, headers=AUTHORIZED)
    gone = client.get(place)
    none = client.delete(place, headers=AUTHORIZED)

    codes = [one.status_code for one in (put, again, post, deleted, gone, none, head)]
    assert codes == [201, 204, 204, 204, 404, 404, 200]
    assert (len(triples(first)), len(triples(second)), len(triples(third))) == (1, 1, 2)
    assert (head.content, head.headers["content-type"]) == (b"", "text/turtle; charset=utf-8")
    assert head.headers["etag"] == first.headers["etag"]
    for change in (put, again, post, deleted, none):
        assert "access-control-allow-origin" not in change.headers


def test_graph_has_an_address_of_its_own(changing: Server) -> None:
    client, place = changing.client, f"{changing.address}/store/mine/%C3%A4?x=1"
    put = client.put(place, content="<> <urn:b> <other> .", headers=TURTLE)

    assert put.status_code == 201
    assert (
        triples(client.get(place))
        == triples(client.get("/store", params={"graph": place}))
        == {f"<{place}> <urn:b> <{changing.address}/store/mine/other>"}
    )


def test_post_to_the_store_makes_a_graph(changing: Server) -> None:
    made = changing.client.post("/store", content="<> <urn:b> 1 .", headers=TURTLE)

    assert made.status_code == 201
    assert made.headers["location"].startswith(f"{changing.address}/store/")
    [triple] = triples(changing.client.get(made.headers["location"]))
    assert triple.startswith(f"<{made.headers['location']}>")


def test_documents_come_as_a_form(changing: Server) -> None:
    files = [
        ("a", ("a.ttl", b"_:x <urn:b> 1 .", "text/turtle")),
        ("b", ("b.nt", b"_:x <urn:b> <urn:c> .\n", "application/n-triples")),
    ]
    done = changing.client.post("/store?graph=urn:form", files=files, headers=AUTHORIZED)

    assert done.status_code == 201
    count = "SELECT (COUNT(DISTINCT ?s) AS ?n) { GRAPH <urn:form> { ?s ?p ?o } }"
    assert changing.query(count).text == "n\r\n2\r\n"


@pytest.mark.parametrize(
    ("kind", "content", "status"),
    [
        ("text/turtle", b"<urn:a> <urn:b> 'x", 400),
        ("text/turtle", b"<urn:a> <urn:b> 'x' . <urn:a> nope:b 1 .", 400),
        ("text/turtle", b"\xff\xfe", 400),
        ("application/ld+json", b"{", 400),
        ("application/rdf+xml", b"<rdf", 400),
        ("text/turtle; charset=iso-8859-1", b"<urn:a> <urn:b> 'x' .", 415),
        ("text/html", b"<p>", 415),
        ("", b"<urn:a> <urn:b> 'x' .", 415),
        ("multipart/form-data", b"nothing", 400),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n", 400),
    ],
)
def test_document_that_cannot_be_read_leaves_the_graph(
    changing: Server, kind: str, content: bytes, status: int
) -> None:
    place = "/store?graph=urn:kept"
    changing.client.put(place, content="<urn:a> <urn:b> 'old' .", headers=TURTLE)
    headers = {**AUTHORIZED, "Content-Type": kind}
    refused = changing.client.put(place, content=content, headers=headers)

    assert refused.status_code == status
    assert triples(changing.client.get(place)) == {'<urn:a> <urn:b> "old"'}


def test_large_document_is_taken_whole(changing: Server) -> None:
    content = "".join(f"<urn:s{number}> <urn:p> 'value' .\n" for number in range(60_000))
    done = changing.client.put("/store?graph=urn:large", content=content, headers=TURTLE)

    assert (len(content) > 1 << 20, done.status_code) == (True, 201)
    count = "SELECT (COUNT(*) AS ?n) { GRAPH <urn:large> { ?s ?p ?o } }"
    assert changing.query(count).text == "n\r\n60000\r\n"
    changing.client.delete("/store?graph=urn:large", headers=AUTHORIZED)


@pytest.mark.parametrize("name", ["a%0d%0aSet-Cookie:x=1", "http://a/%0d%0aSet-Cookie:x", "%00:"])
def test_no_parameter_gets_into_a_header(changing: Server, name: str) -> None:
    responses = [
        changing.client.get(f"/store?graph={name}"),
        changing.client.put(f"/store?graph={name}", content="", headers=TURTLE),
        changing.client.get(f"/questions/{name}"),
        changing.client.get(f"/sparql?query=ASK{{}}&default-graph-uri={name}"),
    ]

    for response in responses:
        assert 400 <= response.status_code < 500
        assert "set-cookie" not in response.headers


# Descriptions and questions.


def test_service_describes_itself_and_its_data(reading: Server, changing: Server) -> None:
    service = reading.client.get("/sparql", headers={"Accept": "text/turtle"})
    with_update = changing.client.get("/sparql", headers={"Accept": "text/turtle"})
    void = reading.client.get("/.well-known/void", headers={"Accept": "text/turtle"})

    sd = "http://www.w3.org/ns/sparql-service-description#"
    assert f"<{reading.address}/sparql> <{sd}endpoint> <{reading.address}/sparql>" in triples(
        service
    )
    update = f"<{sd}supportedLanguage> <{sd}SPARQL11Update>"
    assert not any(update in triple for triple in triples(service))
    assert any(update in triple for triple in triples(with_update))
    total = len(list(open_store(store_of(reading)).iter_quads(None)))
    assert any(f'<http://rdfs.org/ns/void#triples> "{total}"' in one for one in triples(void))


def test_questions_are_listed_by_name(reading: Server) -> None:
    names = [question.name for question in list_questions(find_source(SMALL).queries)]
    listed = reading.client.get("/questions").json()

    assert [question["name"] for question in listed] == names


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("states", {}),
        ("partners-of", {"actor": "Blue Lantern Office"}),
        ("helplines", {}),
        ("reports", {}),
    ],
)
def test_question_has_the_rows_that_python_and_the_command_give(
    reading: Server, small_graph: Graph, name: str, given: dict[str, str]
) -> None:
    answer = small_graph.ask(name, **given)
    served = reading.client.get(f"/questions/{name}", params=given)
    ending = reading.client.get(f"/questions/{name}.json", params=given)
    table = reading.client.get(f"/questions/{name}.csv", params=given)
    tabbed = reading.client.get(
        f"/questions/{name}", params=given, headers={"Accept": "text/tab-separated-values"}
    )
    options = [part for key, value in given.items() for part in (f"--{key}", value)]
    command = ["ask", name, *options, "--data", str(SMALL)]
    as_json = CliRunner().invoke(cli, [*command, "--format", "json"])
    as_csv = CliRunner().invoke(cli, [*command, "--format", "csv"])

    assert served.status_code == 200
    assert len(served.json()["rows"]) == len(answer)
    assert served.json() == ending.json() == json.loads(as_json.stdout)
    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert rows == list(csv.reader(io.StringIO(as_csv.stdout.removeprefix("\ufeff"))))
    assert (len(rows), table.headers["content-type"]) == (
        len(answer) + 1,
        "text/csv; charset=utf-8",
    )
    assert tabbed.headers["content-type"] == "text/tab-separated-values; charset=utf-8"


def test_evidence_is_given_where_it_is_asked_for(reading: Server, small_graph: Graph) -> None:
    given = {"actor": "Blue Lantern Office"}
    without = reading.client.get("/questions/partners-of", params=given).text
    with_evidence = reading.client.get(
        "/questions/partners-of", params={**given, "evidence": "true"}
    ).text

    answer = small_graph.ask("partners-of", evidence=True, **given)
    assert len(answer) > 0
    assert "partnered with Kite Works" in with_evidence
    assert "partnered with Kite Works" not in without


# Caching, CORS, compression, limits that are announced.


def test_pages_of_others_may_read_and_not_write(reading: Server) -> None:
    preflight = reading.client.options(
        "/sparql",
        headers={"Origin": "https://other.example", "Access-Control-Request-Method": "POST"},
    )
    allowed = preflight.headers["access-control-allow-headers"].lower()

    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "authorization" not in allowed
    assert "PUT" not in preflight.headers["access-control-allow-methods"]
    for address in ("/sparql?query=ASK{}", "/store?default", "/questions", "/void", "/healthz"):
        response = reading.client.head(address)
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers


def test_limits_are_announced(reading: Server) -> None:
    headers = reading.query("ASK {}").headers

    assert {name: headers[f"cop-graph-limit-{name}"] for name in ("seconds", "rows", "bytes")} == {
        "seconds": "3",
        "rows": "20000",
        "bytes": "3000000",
    }
    assert headers["cop-graph-limit-memory"] == str(512 * 1024**2)
    assert headers["cop-graph-data-version"] == open_store(store_of(reading)).version


@pytest.mark.parametrize("text", [STATES, "SELECT * { ?s ?p ?o } LIMIT 3000"])
def test_gzip_holds_the_same_answer(reading: Server, text: str) -> None:
    plain = reading.query(text)
    packed = reading.client.get(
        "/sparql",
        params={"query": text},
        headers={"Accept": "text/csv", "Accept-Encoding": "gzip"},
    )
    refused = reading.client.get(
        "/sparql",
        params={"query": text},
        headers={"Accept": "text/csv", "Accept-Encoding": "gzip;q=0, identity"},
    )

    assert packed.text == plain.text == refused.text
    assert ("content-encoding" in packed.headers) == (len(plain.content) > 1024)
    assert "content-encoding" not in refused.headers
    assert "Accept-Encoding" in packed.headers["vary"]


def test_answer_that_is_known_is_not_sent_again(reading: Server) -> None:
    first = reading.query(STATES)
    tag = first.headers["etag"]
    given = {"params": {"query": STATES}}
    same = reading.client.get(
        "/sparql", **given, headers={"Accept": "text/csv", "If-None-Match": tag}
    )
    other = reading.client.get(
        "/sparql", **given, headers={"Accept": "text/csv", "If-None-Match": 'W/"other"'}
    )
    other_form = reading.client.get(
        "/sparql", **given, headers={"Accept": JSON, "If-None-Match": tag}
    )

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert (other.status_code, other.text) == (200, STATES_CSV)
    assert other_form.status_code == 200


def test_page_that_one_browser_asked_for_is_known_to_the_others(reading: Server) -> None:
    accepts = ("text/html", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
    reports, things = (
        [reading.client.get(path, headers={"Accept": accept}) for accept in accepts]
        for path in ("/report/alpha-1", "/id/state-westmark")
    )
    as_turtle = reading.client.get("/id/state-westmark", headers={"Accept": "text/turtle"})

    assert reports[0].headers["etag"] == reports[1].headers["etag"]
    assert reports[0].content == reports[1].content
    assert [page.headers["content-type"] for page in things] == ["text/html; charset=utf-8"] * 2
    assert as_turtle.headers["content-type"] == "text/turtle; charset=utf-8"
    assert as_turtle.headers["etag"] not in {page.headers["etag"] for page in things}


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (NOW() AS ?t) {}",
        "SELECT (RAND() AS ?r) {}",
        "SELECT (STRUUID() AS ?u) {}",
    ],
)
def test_what_changes_by_itself_is_not_remembered(reading: Server, text: str) -> None:
    first, second = reading.query(text), reading.query(text)

    assert first.status_code == 200
    assert first.text != second.text
    assert "etag" not in first.headers
    assert first.headers["cache-control"] == "no-store"


def test_answer_changes_with_a_build_beside_the_server(tmp_path: Path, small_copy: Path) -> None:
    store = tmp_path / "store"
    build_store(store, find_source(small_copy))
    more = ("--data", str(small_copy), "--store", str(store), "--workers", "1", "--long-workers")
    question = "SELECT ?l { copd:state-eastmark skos:prefLabel ?l }"
    with (
        serving(*more, "1", log=tmp_path / "one") as one,
        serving(*more, "1", log=tmp_path / "two") as two,
    ):
        before = [server.query(question) for server in (one, two, one)]
        path = small_copy / "entities" / "states.ttl"
        text = path.read_text(encoding="utf-8").replace('"Eastmark"@en', '"Eastmere"@en')
        path.write_text(text, encoding="utf-8")
        built = CliRunner().invoke(cli, ["build", "--data", str(small_copy), "--store", str(store)])
        after = [server.query(question) for server in (one, two)]
        code = one.end(signal.SIGINT)

    assert built.exit_code == 0, built.output
    assert {response.text for response in before} == {"l\r\nEastmark\r\n"}
    assert {response.text for response in after} == {"l\r\nEastmere\r\n"}
    tags = [response.headers["etag"] for response in (before[0], before[2], after[0])]
    assert (tags[0] == tags[1], tags[1] == tags[2]) == (True, False)
    assert code == 130


# Limits.


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        pytest.param(ENDLESS, "time", id="time"),
        pytest.param(GREEDY, "memory", id="memory"),
        pytest.param("SELECT ?x { VALUES ?x { " + "1 " * 20_001 + "} }", "rows", id="rows-late"),
    ],
)
def test_limit_is_told_by_a_status_or_by_a_broken_answer(
    reading: Server, text: str, limit: str
) -> None:
    processes = set(reading.workers())
    try:
        response = ask_by_form(reading, text)
    except httpx.RemoteProtocolError:
        assert limit == "rows"
    else:
        assert response.status_code == 503
        assert response.headers["cop-graph-stopped-by"] == limit
        assert "stopped" in response.text
        assert response.headers["access-control-allow-origin"] == "*"
    assert reading.query(STATES).text == STATES_CSV
    until(lambda: len(reading.workers()) == len(processes))


EVERY = "(<urn:x>|!<urn:x>)"
DOUBLED = "".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1}) " for n in range(40))
RUNAWAYS = {
    "cross-product": "SELECT DISTINCT ?a ?d ?g { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "path-closure": (
        f"SELECT (COUNT(*) AS ?n) {{ ?a {EVERY}+ ?b . ?c {EVERY}+ ?d . ?e {EVERY}+ ?f }}"
    ),
    "group-concat": "SELECT (GROUP_CONCAT(STR(?a)) AS ?x) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "long-list": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STR(?i) IN ("
    + ",".join(f'"{number}"' for number in range(20_000))
    + ")) }",
    "doubled-text": f"SELECT ?x40 {{ BIND('aaaaaaaaaaaaaaaa' AS ?x0) {DOUBLED} }}",
}
REFUSED_SOON = {
    "nested-groups": "SELECT * { " + "{ " * 20_000 + "?s ?p ?o" + " }" * 20_000 + " }",
    "nested-brackets": "SELECT * { FILTER(" + "(" * 200_000 + "1" + ")" * 200_000 + ") }",
    "negations": "SELECT * { FILTER(" + "!" * 500_000 + "true) }",
    "megabyte": "SELECT * { " + "?s ?p ?o . " * 95_000 + "}",
}


def ask_directly_or_broken(server: Server, text: str) -> tuple[int, str]:
    try:
        response = ask_directly(server, text)
    except httpx.RemoteProtocolError:  # stopped after the first byte, and not to be overlooked
        return 503, "time"
    return response.status_code, response.headers.get("cop-graph-stopped-by", "")


@pytest.mark.parametrize("name", RUNAWAYS)
def test_runaway_is_stopped_and_the_next_is_answered(reading: Server, name: str) -> None:
    begun = time.monotonic()
    status, limit = ask_directly_or_broken(reading, RUNAWAYS[name])

    assert (status, limit in ("time", "memory")) == (503, True)
    assert time.monotonic() - begun < 30
    assert reading.query(f"{STATES} # after {name}").text == STATES_CSV


@pytest.mark.parametrize("name", REFUSED_SOON)
def test_monstrous_text_harms_nobody(reading: Server, name: str) -> None:
    status, limit = ask_directly_or_broken(reading, REFUSED_SOON[name])

    assert status in (200, 400, 403) or (status == 503 and limit in ("time", "memory"))
    assert reading.query(f"{STATES} # after {name}").text == STATES_CSV


def test_many_clients_at_once_get_right_answers(reading: Server) -> None:
    wrong: list[object] = []

    def ask_many(client_number: int) -> None:
        with httpx.Client(base_url=reading.address, timeout=120) as client:
            for number in range(10):
                value = client_number * 100 + number
                send(reading, HOSTILE[value % len(HOSTILE)], is_ended=True)
                params = {"query": f"SELECT ({value} AS ?n) {{}}"}
                response = client.get("/sparql", params=params, headers={"Accept": "text/csv"})
                if response.text != f"n\r\n{value}\r\n":
                    wrong.append((value, response.status_code, response.text))

    threads = [threading.Thread(target=ask_many, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_limit_before_the_first_byte_is_a_status(reading: Server) -> None:
    response = reading.query("SELECT * { " + "?a ?b ?c . ?d ?e ?f } ORDER BY ?a ?b ?c LIMIT 3")
    assert response.status_code == 503


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(LONG, id="rows-or-bytes"),
        pytest.param(
            f"SELECT * {{ {{ ?a ?b ?c }} UNION {{ {ENDLESS} }} }}",
            id="time",
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_answer_that_is_cut_never_looks_whole(
    reading: Server, text: str, version: str, encoding: str
) -> None:
    with socket.create_connection(("127.0.0.1", reading.port), timeout=60) as connection:
        connection.sendall(
            f"GET /sparql?query={quote(text)} HTTP/{version}\r\nHost: a\r\nAccept: text/csv\r\n"
            f"Accept-Encoding: {encoding}\r\nConnection: close\r\n\r\n".encode()
        )
        got = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    head, _, content = got.partition(b"\r\n\r\n")

    if head.split()[1] == b"200":
        assert b"transfer-encoding: chunked" in head.lower()
        assert version == "1.1"
        assert len(content) > 1000
        assert not content.endswith(b"0\r\n\r\n")
    else:
        assert head.split()[1] == b"503"
        assert b"cop-graph-stopped-by" in head.lower()


def test_http_1_0_gets_an_answer_with_its_length(reading: Server) -> None:
    text = "SELECT * { ?s ?p ?o } LIMIT 3000"
    expected = reading.query(text).content
    with socket.create_connection(("127.0.0.1", reading.port), timeout=60) as connection:
        connection.sendall(
            f"GET /sparql?query={quote(text)} HTTP/1.0\r\nAccept: text/csv\r\n\r\n".encode()
        )
        got = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    head, _, content = got.partition(b"\r\n\r\n")

    assert content == expected
    assert f"content-length: {len(expected)}".encode() in head.lower()
    assert b"transfer-encoding" not in head.lower()


def test_small_queries_are_answered_while_long_ones_run(reading: Server) -> None:
    done: list[int] = []

    def run() -> None:
        with httpx.Client(base_url=reading.address, timeout=60) as client:
            done.append(client.get("/sparql", params={"query": ENDLESS}).status_code)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    small = [reading.query(f"{STATES} # {number}") for number in range(20)]
    for thread in threads:
        thread.join()

    assert {(one.status_code, one.text) for one in small} == {(200, STATES_CSV)}
    assert done == [503] * 6


def test_client_that_goes_away_stops_its_query(changing: Server) -> None:
    before = set(changing.workers())
    with socket.create_connection(("127.0.0.1", changing.port)) as connection:
        connection.sendall(
            f"GET /sparql?query={quote(ENDLESS)} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
        )
        until(lambda: changing.client.get("/healthz").json()["long"] == 1)
    until(lambda: changing.client.get("/healthz").json()["long"] == 0, within_s=20)

    until(lambda: len(changing.workers()) == len(before))
    assert len(before - set(changing.workers())) == 1


def test_memory_does_not_grow_with_the_answer(changing: Server) -> None:
    def resident(process: int) -> int:
        pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    warm = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 1000"
    changing.query(warm)
    processes = [changing.process.pid, *changing.workers()]
    before = {process: resident(process) for process in processes}
    size, most = 0, 0
    text = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 100000"
    with changing.client.stream("GET", "/sparql", params={"query": text}) as response:
        for piece in response.iter_raw():
            if not size:
                time.sleep(1)  # a client that is slow at first: nobody piles the answer up
            size += len(piece)
            if size % 7 == 0:
                most = max(
                    most,
                    *(
                        resident(process) - before[process]
                        for process in processes
                        if is_running(process)
                    ),
                )

    assert size > 30_000_000
    assert most < 50 * 1024**2


# Start and end.


def last_word(server: Server, text: str) -> object:
    """Ask, and give the status, or that the connection was cut."""
    try:
        return server.query(text).status_code
    except httpx.HTTPError:
        return "cut"


def test_signal_ends_server_and_workers(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    server = start_server(
        *("--data", str(SMALL), "--workers", "2", "--long-workers", "1"),
        log=tmp_path / "log",
        env={"TMPDIR": str(temporary)},
    )
    until(lambda: server.client.get("/healthz").json()["workers"] == 3)
    processes = server.workers()
    codes: list[object] = []
    thread = threading.Thread(target=lambda: codes.append(last_word(server, ENDLESS)))
    thread.start()
    until(lambda: server.client.get("/healthz").json()["long"] == 1)
    server.process.send_signal(signal.SIGTERM)
    code = server.process.wait(30)
    thread.join()

    assert code == 128 + signal.SIGTERM
    assert codes[0] in (503, "cut")
    until(lambda: not any(map(is_running, processes)))
    assert list(temporary.iterdir()) == []
    assert "Traceback" not in server.said


def test_no_worker_outlives_a_killed_server(tmp_path: Path) -> None:
    server = start_server(
        *("--data", str(SMALL), "--workers", "1", "--long-workers", "1"),
        log=tmp_path / "log",
        env={"TMPDIR": str(tmp_path)},
    )
    until(lambda: server.client.get("/healthz").json()["workers"] == 2)
    processes = server.workers()
    server.end(signal.SIGKILL)

    assert len(processes) == 2
    until(lambda: not any(map(is_running, processes)))


def test_worker_that_is_killed_is_nobody_elses_trouble(changing: Server) -> None:
    killed = changing.workers()
    number = len(killed)
    for process in changing.workers():
        os.kill(process, signal.SIGKILL)
    until(lambda: not any(map(is_running, killed)))
    answers = [changing.query(f"{STATES} # after {number}").status_code for number in range(3)]

    assert answers == [200] * 3
    until(lambda: len(changing.workers()) == number)
    assert changing.update("INSERT DATA { GRAPH <urn:after> { <a:a> <a:b> 1 } }").status_code == 204


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "@PORT@"], "Choose another --host or --port"),
        (["--host", "host.invalid", "--port", "0"], "Choose another --host or --port"),
        (["--port", "0", "--allow-update"], "--allow-update needs --store DIR"),
        (["--port", "0", "--store", "@NONE@"], "no store here"),
    ],
)
def test_service_that_cannot_start_says_why(
    reading: Server, tmp_path: Path, arguments: list[str], words: str
) -> None:
    places = {"@PORT@": str(reading.port), "@NONE@": str(tmp_path / "none")}
    given = [places.get(argument, argument) for argument in arguments]
    done = subprocess.run(
        [sys.executable, "-m", "cop_graph.cli", "serve", "--data", str(SMALL), *given],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_updates_need_a_token_in_the_environment(tmp_path: Path) -> None:
    build_store(tmp_path / "store", find_source(SMALL))
    command = ["serve", "--data", str(SMALL), "--allow-update", "--store", str(tmp_path / "store")]
    result = CliRunner().invoke(cli, command, env={"COP_GRAPH_UPDATE_TOKEN": " "})

    assert "COP_GRAPH_UPDATE_TOKEN" in str(result.exception)


@pytest.mark.skipif(not socket.has_ipv6, reason="this system has no IPv6")
def test_service_listens_at_ipv6(tmp_path: Path) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this system has no address ::1")
    more = ("--data", str(SMALL), "--workers", "1", "--long-workers", "1")
    with serving("--host", "::1", *more, log=tmp_path / "log") as server:
        assert server.address.startswith("http://[::1]:")
        assert server.query(STATES).text == STATES_CSV


# Independent clients, unchanged.


def test_sparqlwrapper_reads_and_writes(changing: Server) -> None:
    wrapper = pytest.importorskip("SPARQLWrapper")
    client = wrapper.SPARQLWrapper(f"{changing.address}/sparql")
    client.setReturnFormat(wrapper.JSON)
    client.addCustomHttpHeader("Authorization", f"Bearer {TOKEN}")
    client.setMethod(wrapper.POST)
    client.setQuery("INSERT DATA { GRAPH <urn:wrapper> { <urn:a> <urn:b> 1 } }")
    client.query()
    client.setMethod(wrapper.GET)
    client.setQuery("SELECT ?o { GRAPH <urn:wrapper> { ?s ?p ?o } }")
    rows = client.query().convert()["results"]["bindings"]
    client.setReturnFormat(wrapper.TURTLE)
    client.setQuery("CONSTRUCT { ?s ?p ?o } { GRAPH <urn:wrapper> { ?s ?p ?o } }")

    assert [row["o"]["value"] for row in rows] == ["1"]
    assert b"<urn:a>" in client.query().convert()


def test_rdflib_reads_and_writes(changing: Server) -> None:
    import rdflib
    from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore

    endpoint = f"{changing.address}/sparql"
    read = rdflib.Graph(SPARQLStore(endpoint))
    write = rdflib.Dataset(SPARQLUpdateStore(endpoint, endpoint, headers=AUTHORIZED))
    state = rdflib.URIRef("https://w3id.org/cop-graph/ontology#State")
    graph = write.graph(rdflib.URIRef("urn:rdflib"))
    graph.add((rdflib.URIRef("urn:a"), rdflib.URIRef("urn:b"), rdflib.Literal("ü")))

    assert sorted(map(str, read.subjects(rdflib.RDF.type, state))) == [
        f"{COPD}state-eastmark",
        f"{COPD}state-westmark",
    ]
    assert len(read.query("SELECT ?s { ?s a <https://w3id.org/cop-graph/ontology#State> }")) == 2
    assert changing.query("SELECT ?o { GRAPH <urn:rdflib> { ?s ?p ?o } }").text == "o\r\nü\r\n"


def test_pandas_reads_an_address(reading: Server) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_csv(f"{reading.address}/questions/states.csv")
    table = pandas.read_csv(
        f"{reading.address}/sparql?query={quote(STATES)}", storage_options={"Accept": "text/csv"}
    )

    assert list(frame["state"]) == ["Eastmark", "Westmark"]
    assert len(table) == 2


# What nobody should send.


HOSTILE = [
    b"GET /sparql?query=%ff%fe HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /sparql?query=%zz%1 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /sparql?query=ASK{}\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /store/\xff\xfe?\xff HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /store/%ff?%ff=%ff HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
    b"GET /questions/%00%ed%a0%80 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /../../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /store/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: a\r\n\r\n",
    b'GET /sparql HTTP/1.1\r\nHost: a b <>"{}\r\n\r\n',
    b"GET /void HTTP/1.1\r\nHost: \r\n\r\n",
    b"GET /void HTTP/1.1\r\n\r\n",
    b"GET /sparql?query=ASK{} HTTP/1.1\r\nHost: a\r\nAccept: ;;;q=,,/ / */;q=9\r\n\r\n",
    b'GET /sparql?query=ASK{} HTTP/1.1\r\nHost: a\r\nIf-None-Match: \xff,,"\r\n\r\n',
    b"GET /sparql?query=ASK{} HTTP/1.1\r\nHost: a\r\nX: " + b"y" * (1 << 20) + b"\r\n\r\n",
    b"GET /sparql?query=" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /sparql?" + b"a=b&" * 5000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"BREW /sparql HTTP/1.1\r\nHost: a\r\n\r\n",
    b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http://other.example/sparql?query=ASK{} HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\nASK{}\r\n0\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
    b"Content-Length: -1\r\n\r\nASK{}",
    b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nASK{}\r\n0\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
    b"Content-Length: 500\r\n\r\nASK{}",
    b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 9\r\n\r\nquery=%ff",
    b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
    b"Content-Length: 7\r\n\r\nASK{}\x00\x00",
    b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-update\r\n"
    b"Content-Length: 9\r\n\r\nCLEAR ALL",
    b"PUT /store?default HTTP/1.1\r\nHost: a\r\nContent-Type: text/turtle\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    b"GET /sparql HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    b"GET /sparql?query=ASK{} HTTP/1.1\r\nHost: a\r\n\r\n" * 20,
]


def send(server: Server, raw: bytes, *, is_ended: bool = False) -> bytes:
    """Send bytes, and give what comes back until nothing more comes for a while."""
    got = b""
    # What is refused may be cut off while it is still being sent, or be waited for.
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection,
    ):
        connection.sendall(raw)
        connection.settimeout(0.4)
        if is_ended:
            connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(1 << 16):
            got += part
    return got


@pytest.mark.parametrize("raw", HOSTILE)
def test_hostile_request_is_refused_or_answered(reading: Server, raw: bytes) -> None:
    got = send(reading, raw)
    statuses = [line.split()[1] for line in got.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]

    assert [one for one in statuses if one.startswith(b"5")] == []
    assert b"Traceback" not in got
    assert reading.query(STATES).text == STATES_CSV


def test_nothing_is_left_over_after_hostile_requests(reading: Server) -> None:
    def held() -> tuple[int, int]:
        return len(os.listdir(f"/proc/{reading.process.pid}/fd")), len(reading.workers())

    for raw in HOSTILE:
        send(reading, raw, is_ended=True)
    until(lambda: reading.client.get("/healthz").json()["workers"] == 4)
    before = held()
    for _ in range(3):
        for raw in HOSTILE:
            send(reading, raw, is_ended=True)

    # A connection of our own may come or go; what leaks does so with each of the requests.
    until(lambda: held()[0] <= before[0] + 3 and held()[1] == before[1])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(st.characters(codec="ascii"), max_size=40))
def test_no_text_at_all_is_a_fault_of_the_server(reading: Server, text: str, accept: str) -> None:
    accept = "".join(char for char in accept if char.isprintable()).strip()
    response = reading.query(text, accept)

    assert response.status_code in (200, 400, 403, 406)


def test_no_server_wrote_a_token_or_a_traceback(reading: Server, changing: Server) -> None:
    for server in (reading, changing):
        assert TOKEN not in server.said
        assert "Traceback" not in server.said
