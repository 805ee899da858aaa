"""A query runs in a process of its own, which time, memory or the user stop."""

from __future__ import annotations

import io
import json
import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyoxigraph as ox
import pytest

import cop_graph.worker
from cop_graph.dataset import Source, find_source
from cop_graph.errors import (
    QueryError,
    QueryRefusedError,
    QueryStoppedError,
    QuerySyntaxError,
)
from cop_graph.namespaces import COPD
from cop_graph.store import GraphStore, build_store
from cop_graph.worker import Worker, main

FORMATS = {"solutions": "csv", "boolean": "json", "triples": "ntriples"}
STATES = "SELECT ?s WHERE { ?s a cop:State } ORDER BY ?s"
STATES_CSV = f"s\r\n{COPD}state-eastmark\r\n{COPD}state-westmark\r\n".encode()
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
GREEDY = "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c"
HALF_A_GIB = 512 * 1024**2


@pytest.fixture
def worker(small_source: Source) -> Iterator[Worker]:
    with Worker(small_source, memory_bytes=HALF_A_GIB) as made:
        yield made


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Collect the processes that workers start."""
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **settings: Any) -> None:
            super().__init__(*arguments, **settings)
            started.append(self)

    monkeypatch.setattr(cop_graph.worker.subprocess, "Popen", Noted)
    return started


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param(STATES, ("solutions", STATES_CSV), id="solutions"),
        pytest.param(
            "ASK { ?s a cop:State }", ("boolean", b'{"head":{},"boolean":true}'), id="ask"
        ),
        pytest.param(
            "CONSTRUCT { ?s a ?c } WHERE { VALUES (?s ?c) { (<urn:لعبة> <urn:b>) } }",
            (
                "triples",
                "<urn:لعبة> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:b> .\n".encode(),
            ),
            id="triples",
        ),
        pytest.param("SELECT ?s { ?s a cop:Nothing }", ("solutions", b"s\r\n"), id="nothing"),
    ],
)
def test_worker_answers(worker: Worker, query: str, expected: tuple[str, bytes]) -> None:
    assert worker.query(query, formats=FORMATS) == expected
    assert worker.query(query, formats=FORMATS, timeout_s=60) == expected


def test_worker_answers_all_queries_in_one_process(
    worker: Worker, processes: list[subprocess.Popen[bytes]]
) -> None:
    answers = [worker.query(STATES, formats=FORMATS) for _ in range(3)]

    assert answers == [("solutions", STATES_CSV)] * 3
    assert len(processes) == 1


def test_worker_gives_a_long_answer_whole(worker: Worker, small_store: GraphStore) -> None:
    query = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(!ISBLANK(?s) && !ISBLANK(?o)) }"
    here = {triple for triple in small_store.query(query) if isinstance(triple, ox.Triple)}

    kind, written = worker.query(query, formats=FORMATS)

    assert len(written) > 1 << 17
    assert {quad.triple for quad in ox.parse(written, format=ox.RdfFormat.N_TRIPLES)} == here
    assert kind == "triples"


def test_worker_takes_a_long_query(worker: Worker) -> None:
    query = STATES + " #" + "x" * (1 << 17)

    assert worker.query(query, formats=FORMATS) == ("solutions", STATES_CSV)


def test_worker_reads_a_store_on_disk(tmp_path: Path, small_copy: Path) -> None:
    source = find_source(small_copy)
    build_store(tmp_path / "store", source)
    (small_copy / "entities" / "states.ttl").unlink()

    with Worker(source, store=str(tmp_path / "store")) as worker:
        assert worker.query(STATES, formats=FORMATS) == ("solutions", STATES_CSV)


def test_timeout_stops_the_query_and_its_process(
    worker: Worker, processes: list[subprocess.Popen[bytes]]
) -> None:
    worker.query(STATES, formats=FORMATS)

    with pytest.raises(QueryStoppedError) as caught:
        worker.query(ENDLESS, formats=FORMATS, timeout_s=0.25)

    assert str(caught.value) == (
        "stopped after 0.25 s without an answer. Ask for less (bind more, LIMIT), or give it "
        "longer with --timeout"
    )
    assert [process.returncode for process in processes] == [-signal.SIGKILL]


def test_no_time_at_all_stops_at_once(worker: Worker) -> None:
    with pytest.raises(QueryStoppedError):
        worker.query(STATES, formats=FORMATS, timeout_s=0)


def test_memory_limit_stops_the_query(
    worker: Worker, processes: list[subprocess.Popen[bytes]]
) -> None:
    with pytest.raises(QueryStoppedError) as caught:
        worker.query(GREEDY, formats=FORMATS, timeout_s=60)

    assert str(caught.value) == (
        "stopped: the query needed more memory than its limit of 0.5 GiB, or its process was "
        "ended. Ask for less"
    )
    assert [process.returncode for process in processes] != [None]


@pytest.mark.parametrize(
    ("query", "timeout_s"), [(ENDLESS, 0.25), (GREEDY, 60)], ids=["time", "memory"]
)
def test_next_query_works_after_a_stop(
    worker: Worker,
    processes: list[subprocess.Popen[bytes]],
    query: str,
    timeout_s: float,
) -> None:
    with pytest.raises(QueryStoppedError):
        worker.query(query, formats=FORMATS, timeout_s=timeout_s)

    assert worker.query(STATES, formats=FORMATS) == ("solutions", STATES_CSV)
    assert len(processes) == 2


def test_process_killed_while_it_works_is_told_of(
    worker: Worker,
    processes: list[subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read_line = cop_graph.worker._Reader.line

    def kill_and_read(reader: Any) -> bytes:
        os.kill(processes[-1].pid, signal.SIGKILL)
        return read_line(reader)

    monkeypatch.setattr(cop_graph.worker._Reader, "line", kill_and_read)
    with pytest.raises(QueryStoppedError, match="or its process was ended"):
        worker.query(ENDLESS, formats=FORMATS)
    monkeypatch.undo()

    assert worker.query(STATES, formats=FORMATS) == ("solutions", STATES_CSV)


def test_process_killed_before_it_is_asked_is_told_of(
    worker: Worker,
    processes: list[subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker.query(STATES, formats=FORMATS)
    processes[-1].kill()
    processes[-1].wait()

    monkeypatch.setattr(processes[-1], "poll", lambda: None)
    with pytest.raises(QueryStoppedError, match="or its process was ended"):
        worker.query(STATES, formats=FORMATS)


def test_process_killed_between_queries_is_started_anew(
    worker: Worker, processes: list[subprocess.Popen[bytes]]
) -> None:
    worker.query(STATES, formats=FORMATS)
    processes[-1].kill()
    processes[-1].wait()

    assert worker.query(STATES, formats=FORMATS) == ("solutions", STATES_CSV)
    assert len(processes) == 2


def test_interrupt_ends_the_process(
    worker: Worker,
    processes: list[subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(select, "select", interrupt)
    with pytest.raises(KeyboardInterrupt):
        worker.query(ENDLESS, formats=FORMATS)

    assert [process.returncode for process in processes] == [-signal.SIGKILL]


def test_process_ends_when_its_parent_is_killed(small_source: Source) -> None:
    code = (
        "import sys\n"
        "from cop_graph.dataset import find_source\n"
        "from cop_graph.worker import Worker\n"
        "worker = Worker(find_source(sys.argv[1]))\n"
        "worker.query('ASK {}', formats={'boolean': 'json'})\n"
        "print(worker._process.pid, flush=True)\n"
        f"worker.query({ENDLESS!r}, formats={FORMATS!r})\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(small_source.data)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    process = os.pidfd_open(int(parent.stdout.readline()))

    parent.kill()
    parent.communicate()
    ended, _, _ = select.select([process], [], [], 60)
    os.close(process)

    assert ended == [process]


def test_process_without_its_parent_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)

    cop_graph.worker._end_with(-1)

    assert codes == [1]


def test_worker_ends_with_its_block(
    small_source: Source, processes: list[subprocess.Popen[bytes]]
) -> None:
    with Worker(small_source) as worker:
        worker.query(STATES, formats=FORMATS)
    worker.stop()

    assert [process.returncode for process in processes] == [-signal.SIGKILL]


def test_worker_that_was_never_asked_starts_nothing(
    small_source: Source, processes: list[subprocess.Popen[bytes]]
) -> None:
    with Worker(small_source):
        pass

    assert processes == []


def test_syntax_error_comes_back_with_its_place(worker: Worker) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        worker.query("SELECT ?a {\n  ?a copp:kind ?b }", formats=FORMATS)

    error = caught.value
    assert (error.args, error.query, error.line, error.column) == (
        ("the prefix 'copp:' is not declared; did you mean cop:?",),
        "SELECT ?a {\n  ?a copp:kind ?b }",
        2,
        6,
    )


def test_refusal_comes_back_as_one(worker: Worker) -> None:
    with pytest.raises(QueryRefusedError) as caught:
        worker.query("SELECT * FROM <file:///etc/passwd> {}", formats=FORMATS)

    assert str(caught.value).startswith("refused: FROM <file:///etc/passwd> is no graph of ours.")


def test_format_that_does_not_fit_comes_back_as_an_error(worker: Worker) -> None:
    with pytest.raises(QueryError) as caught:
        worker.query(STATES, formats={**FORMATS, "solutions": "turtle"})

    assert type(caught.value) is QueryError
    assert str(caught.value) == "SELECT and ASK give no triples; choose one of json, xml, csv, tsv"


def test_fault_in_the_data_comes_back_with_its_file(small_copy: Path) -> None:
    broken = small_copy / "entities" / "broken.ttl"
    broken.write_text("copd:a", encoding="utf-8")

    with (
        Worker(find_source(small_copy)) as worker,
        pytest.raises(QueryError, match=f"^{broken}:1: not Turtle: "),
    ):
        worker.query(STATES, formats=FORMATS)


@pytest.fixture
def run_main(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Run in this process what the worker runs in another: requests in, replies out."""

    def run(settings: dict[str, Any], *queries: str) -> list[Any]:
        requests = [{"query": query, "formats": FORMATS} for query in queries]
        lines = "".join(json.dumps(request) + "\n" for request in requests)
        output = io.BytesIO()
        monkeypatch.setenv("COP_GRAPH_WORKER", json.dumps(settings))
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(lines.encode())))
        monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=output))
        main()
        output.seek(0)
        replies = []
        while line := output.readline():
            header = json.loads(line)
            replies.append((header, output.read(header.pop("length"))))
        return replies

    return run


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, tuple[int, int]]]:
    """Note the limits that are set instead of setting them."""
    noted: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda *limit: noted.append(limit))
    return noted


def settings_of(source: Source, store: Path | None = None) -> dict[str, Any]:
    return {
        "ontology": str(source.ontology),
        "data": str(source.data),
        "queries": str(source.queries),
        "store": str(store) if store else None,
        "memory_bytes": HALF_A_GIB,
    }


def test_process_replies_to_each_request(
    small_source: Source,
    run_main: Callable[..., list[Any]],
    limits: list[tuple[int, tuple[int, int]]],
) -> None:
    replies = run_main(
        settings_of(small_source),
        STATES,
        "ASK { ?s a cop:State }",
        "DESCRIBE <urn:nobody>",
        "SELECT * { ~ }",
        "DROP ALL",
    )

    assert replies == [
        ({"kind": "solutions"}, STATES_CSV),
        ({"kind": "boolean"}, b'{"head":{},"boolean":true}'),
        ({"kind": "triples"}, b""),
        (
            {
                "error": "QuerySyntaxError",
                "message": "'~' cannot stand here",
                "query": "SELECT * { ~ }",
                "line": 1,
                "column": 12,
            },
            b"",
        ),
        (
            {
                "error": "QueryRefusedError",
                "message": "refused: DROP would change the graph. A query only reads; change the "
                "files in data/ and build again",
            },
            b"",
        ),
    ]
    assert limits == [(resource.RLIMIT_AS, (HALF_A_GIB, HALF_A_GIB))]


@pytest.mark.usefixtures("limits")
def test_process_replies_from_a_store_on_disk(
    tmp_path: Path, small_source: Source, run_main: Callable[..., list[Any]]
) -> None:
    build_store(tmp_path / "store", small_source)

    replies = run_main(settings_of(small_source, tmp_path / "store"), STATES)

    assert replies == [({"kind": "solutions"}, STATES_CSV)]


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize("kind", [OSError, RuntimeError, ValueError])
def test_process_replies_where_the_engine_fails(
    small_source: Source,
    run_main: Callable[..., list[Any]],
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Exception],
) -> None:
    def fail(*_: object) -> None:
        raise kind("it is tired")

    monkeypatch.setattr(cop_graph.worker, "_answer", fail)

    assert run_main(settings_of(small_source), STATES) == [
        ({"error": "QueryError", "message": "the engine could not go on: it is tired"}, b"")
    ]


def test_process_works_where_memory_cannot_be_limited(
    small_source: Source,
    run_main: Callable[..., list[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("not allowed to exceed maximum limit")

    monkeypatch.setattr(resource, "setrlimit", fail)
    with_refusal = run_main(settings_of(small_source), STATES)
    monkeypatch.setitem(sys.modules, "resource", None)
    without_module = run_main(settings_of(small_source), STATES)

    assert with_refusal == without_module == [({"kind": "solutions"}, STATES_CSV)]
