"""The OpenAPI document tells of every address of the service, and of none that is not there."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import SMALL
from serving import TOKEN, Server, serving
from starlette.routing import Route, compile_path

from cop_graph.dataset import Source, find_source
from cop_graph.networks import PROJECTIONS
from cop_graph.openapi import openapi
from cop_graph.questions import LITERAL_KINDS, list_questions
from cop_graph.store import EmbeddedStore, build_store
from cop_graph.web.app import make_app
from cop_graph.web.pages import routes
from cop_graph.web.service import Settings

ROOT = "http://service.example"
METHODS = ("get", "put", "post", "delete")


@pytest.fixture(scope="module")
def document(small_source: Source, small_store: EmbeddedStore) -> dict[str, Any]:
    return openapi(small_source.queries, root=ROOT, store=small_store, allows_update=True)


def resolved(document: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in found:
        return found
    place: Any = document
    for step in found["$ref"].removeprefix("#/").split("/"):
        place = place[step]
    return dict(place)


def filled(document: dict[str, Any], path: str, operation: dict[str, Any]) -> Iterator[str]:
    """Give a path with an example of each name in it, and with each of its endings."""
    values = []
    for name in re.findall(r"{(\w+)}", path):
        [told] = [one for one in operation["parameters"] if one.get("name") == name]
        values.append(told["schema"].get("enum") or [told.get("example", "a-name")])
    for chosen in itertools.product(*values):
        one = path
        for value in chosen:
            one = re.sub(r"{\w+}", value, one, count=1)
        yield one


def addresses(document: dict[str, Any]) -> list[str]:
    return [
        address
        for path, told in document["paths"].items()
        for address in filled(document, path, told["get"])
    ]


def test_document_is_valid(document: dict[str, Any]) -> None:
    pytest.importorskip("openapi_spec_validator").validate(document)


def test_every_route_of_the_application_is_told(
    document: dict[str, Any], small_source: Source, tmp_path: Path
) -> None:
    app = make_app(Settings(small_source, str(tmp_path)))
    told = addresses(document)
    for route in app.routes:
        assert isinstance(route, Route)
        # An address may end with a slash, and a graph may have further steps.
        pattern, _, _ = compile_path(route.path.rstrip("/") or "/")
        assert [one for one in told if pattern.fullmatch(one)], route.path


def test_every_route_of_the_pages_is_told_with_each_of_its_endings(
    document: dict[str, Any],
) -> None:
    told = [*addresses(document), "/id/claim-alpha-1-3-1-004", "/id/paragraph-alpha-1-3-1"]
    told += [f"{one}.{end}" for one in told[-2:] for end in ("html", "ttl", "jsonld", "nt")]
    first: dict[str, set[str]] = {pattern: set() for pattern, _ in routes()}
    for address in told:
        fitting = [pattern for pattern in first if re.fullmatch(pattern, address)]
        if fitting:
            match = re.fullmatch(fitting[0], address)
            assert match is not None
            ending = match[match.re.groups] if match.re.groups else None
            first[fitting[0]].add(ending if (ending or "").startswith(".") else "")
    for pattern, found in first.items():
        has_ending = pattern.endswith(")?") and r"\." in pattern
        tail = pattern.rpartition(r"(\.")[2] if has_ending else ""
        wanted = {f".{one}" for one in re.findall(r"\w+", tail)} | {""}
        assert found == wanted, pattern


def test_every_address_that_is_told_leads_somewhere(
    document: dict[str, Any], small_source: Source, tmp_path: Path
) -> None:
    app = make_app(Settings(small_source, str(tmp_path)))
    others = [one.path_regex for one in app.routes if isinstance(one, Route)]
    others = [one for one in others if not one.fullmatch("/a/path/of/none")]
    pages = [re.compile(pattern) for pattern, _ in routes()]
    for address in addresses(document):
        is_static = address.startswith("/static/")
        assert is_static or any(one.fullmatch(address) for one in (*others, *pages)), address


def test_every_question_is_told_with_its_parameters_and_columns(
    document: dict[str, Any], small_source: Source
) -> None:
    for question in list_questions(small_source.queries):
        for path in (f"/questions/{question.name}", f"/questions/{question.name}.{{ending}}"):
            told = [resolved(document, one) for one in document["paths"][path]["get"]["parameters"]]
            by_name = {one["name"]: one for one in told if one["in"] == "query"}
            assert list(by_name) == [*(one.name for one in question.parameters), "evidence"]
            for parameter in question.parameters:
                one = by_name[parameter.name]
                assert one["required"] == parameter.is_required
                assert one["schema"].get("default") == parameter.default
                assert ("description" in one["schema"]) == (parameter.kind not in LITERAL_KINDS)
        schema = document["components"]["schemas"][f"Answer-{question.name}"]
        row = schema["allOf"][1]["properties"]["rows"]["items"]
        assert row["required"] == [name for name in question.columns if name != "claims"]


def test_networks_are_those_that_can_be_drawn(document: dict[str, Any]) -> None:
    for path in ("/map", "/map.json"):
        [network, *_] = document["paths"][path]["get"]["parameters"]
        assert network["schema"]["enum"] == [*PROJECTIONS, ""]


def test_changes_are_told_to_need_the_token_where_they_are_taken(
    document: dict[str, Any], small_source: Source
) -> None:
    reading = openapi(small_source.queries, root=ROOT)
    for path in ("/store", "/store/{name}"):
        for method in ("put", "post", "delete"):
            assert document["paths"][path][method]["security"] == [{"token": []}]
            assert "401" in document["paths"][path][method]["responses"]
            assert "security" not in reading["paths"][path][method]
    assert document["servers"] == reading["servers"] == [{"url": ROOT}]


def test_every_operation_tells_its_faults_and_headers(document: dict[str, Any]) -> None:
    named = [
        operation["operationId"]
        for told in document["paths"].values()
        for operation in told.values()
    ]
    assert len(named) == len(set(named))
    for path, told in document["paths"].items():
        for method, operation in told.items():
            assert method in METHODS
            statuses = set(operation["responses"])
            assert statuses >= {"400", "414", "431", "500", "503"}, path
            for response in operation["responses"].values():
                headers = resolved(document, response)["headers"]
                assert "Content-Security-Policy" in headers


# The service and its document, held against each other by a program that knows neither.


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("openapi") / "log"
    with serving("--data", str(SMALL), "--workers", "2", "--long-workers", "2", log=log) as found:
        yield found


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("openapi-changing")
    build_store(folder / "store", find_source(SMALL))
    with serving(
        *("--data", str(SMALL), "--store", str(folder / "store"), "--allow-update"),
        *("--workers", "2", "--long-workers", "2"),
        log=folder / "log",
    ) as found:
        yield found


def schemathesis(server: Server, folder: Path, *options: str) -> str:
    """Let Schemathesis make requests from the document as it is served; gives what it says."""
    run = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "run"),
            f"{server.address}/openapi.json",
            *("--checks", "all", "--phases", "examples,coverage,fuzzing,stateful"),
            *("--seed", "20", "--generation-database", "none"),
            *("--continue-on-failure", "--no-color", *options),
        ],
        cwd=folder,
        env={**os.environ, "COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    return run.stdout


# A third of the questions, and the files of some, are enough here: the same few lines make all.
# ``CONTRIBUTING.md`` tells how to run all of them, longer.


def test_schemathesis_finds_nothing(server: Server, small_source: Source, tmp_path: Path) -> None:
    names = [question.name for question in list_questions(small_source.queries)]
    left_out = [f"/questions/{name}" for number, name in enumerate(names) if number % 3]
    left_out += [f"/questions/{one}.{{ending}}" for n, one in enumerate(names) if n % 12]
    pattern = f"^({'|'.join(map(re.escape, left_out))})$"
    said = schemathesis(server, tmp_path, "--exclude-path-regex", pattern, "-n", "2")

    tested = re.search(r"(\d+) selected / (\d+) total", said)
    assert tested is not None
    assert int(tested[1]) == int(tested[2]) - len(left_out)
    assert "No issues found" in said or "passed" in said
    assert "Traceback" not in server.said


def test_schemathesis_finds_nothing_where_changes_are_taken(
    changing: Server, tmp_path: Path
) -> None:
    token = f"Authorization: Bearer {TOKEN}"
    said = schemathesis(changing, tmp_path, "--include-tag", "protocol", "-H", token, "-n", "2")

    assert "Authentication failed" not in said
    assert "Traceback" not in changing.said


def test_schemathesis_finds_what_is_not_told(server: Server, tmp_path: Path) -> None:
    told = server.client.get("/openapi.json").json()
    for status in ("400", "404"):
        del told["paths"]["/id/{name}"]["get"]["responses"][status]
    (tmp_path / "openapi.json").write_text(json.dumps(told), encoding="utf-8")
    run = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", "openapi.json"),
            *("--url", server.address, "--include-path", "/id/{name}", "--no-color"),
            *("--phases", "coverage", "--seed", "20", "--generation-database", "none"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert run.returncode == 1
    assert "Undocumented status code" in run.stdout
