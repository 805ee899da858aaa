"""A query runs in a process of its own, which time, memory or the user stop."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

import cop_graph.jobs
import cop_graph.worker
from cop_graph import errors
from cop_graph.dataset import Source, find_source
from cop_graph.errors import (
    CopGraphError,
    DataError,
    QueryError,
    QueryRefusedError,
    QueryStoppedError,
    QuerySyntaxError,
)
from cop_graph.namespaces import COPD
from cop_graph.store import GraphStore, build_store
from cop_graph.worker import (
    FRAME,
    READY,
    Worker,
    fault_of,
    job_bytes,
    limit_memory,
    rebuilt,
    settings_of,
)

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
    read = cop_graph.worker._Reader.exactly

    def kill_and_read(reader: Any, length: int) -> bytes:
        os.kill(processes[-1].pid, signal.SIGKILL)
        return read(reader, length)

    monkeypatch.setattr(cop_graph.worker._Reader, "exactly", kill_and_read)
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
        pytest.raises(DataError, match=f"^{broken}:1: not Turtle: "),
    ):
        worker.query(STATES, formats=FORMATS)


Reply = tuple[bytes, bytes]


@pytest.fixture
def run_main(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Reply]]:
    """Run in this process what the worker runs in another: jobs in, frames out."""

    def run(settings: dict[str, Any], *queries: str) -> list[Reply]:
        ours, theirs = socket.socketpair()
        monkeypatch.setenv("COP_GRAPH_WORKER", json.dumps(settings))
        monkeypatch.setenv("COP_GRAPH_WORKER_SOCKET", str(theirs.fileno()))
        monkeypatch.setattr(cop_graph.jobs, "_lock", lambda _settings: "none")
        monkeypatch.setattr(cop_graph.jobs, "end_with_parent", lambda: None)
        with ours, theirs:
            for query in queries:
                ours.sendall(job_bytes({"do": "query", "text": query, "formats": FORMATS}))
            ours.shutdown(socket.SHUT_WR)
            cop_graph.jobs.main()
            theirs.shutdown(socket.SHUT_WR)
            held = b"".join(iter(lambda: ours.recv(1 << 16), b""))
        frames = []
        while held:
            kind, length = FRAME.unpack_from(held)
            frames.append((kind, held[FRAME.size : FRAME.size + length]))
            held = held[FRAME.size + length :]
        kind, ready = frames.pop(0)
        assert (kind, json.loads(ready)["network"]) == (READY, "none")
        return frames

    return run


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, tuple[int, int]]]:
    """Note the limits that are set instead of setting them."""
    noted: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda *limit: noted.append(limit))
    return noted


def header_of(kind: str, media_type: str, length: int) -> Reply:
    return b"H", json.dumps({"kind": kind, "type": media_type, "length": length}).encode()


STATES_REPLY = [
    header_of("solutions", "text/csv; charset=utf-8", len(STATES_CSV)),
    (b"P", STATES_CSV),
    (b"E", b""),
]


def test_process_replies_to_each_job(
    small_source: Source,
    run_main: Callable[..., list[Reply]],
    limits: list[tuple[int, tuple[int, int]]],
) -> None:
    frames = run_main(
        settings_of(small_source, memory_bytes=HALF_A_GIB),
        STATES,
        "ASK { ?s a cop:State }",
        "DESCRIBE <urn:nobody>",
        "SELECT * { ~ }",
        "DROP ALL",
    )

    boolean = b'{"head":{},"boolean":true}'
    assert frames[:8] == [
        *STATES_REPLY,
        header_of("boolean", "application/sparql-results+json", len(boolean)),
        (b"P", boolean),
        (b"E", b""),
        header_of("triples", "application/n-triples", 0),
        (b"E", b""),
    ]
    assert [(kind, json.loads(content)) for kind, content in frames[8:]] == [
        (
            b"F",
            {
                "error": "QuerySyntaxError",
                "message": "'~' cannot stand here",
                "query": "SELECT * { ~ }",
                "line": 1,
                "column": 12,
            },
        ),
        (
            b"F",
            {
                "error": "QueryRefusedError",
                "name": None,
                "message": "refused: DROP would change the graph. A query only reads; change the "
                "files in data/ and build again",
            },
        ),
    ]
    [(kind, (soft, hard))] = limits
    assert (kind, soft) == (resource.RLIMIT_AS, hard)
    assert HALF_A_GIB < soft < HALF_A_GIB + (64 << 30)


@pytest.mark.usefixtures("limits")
def test_process_replies_from_a_store_on_disk(
    tmp_path: Path, small_source: Source, run_main: Callable[..., list[Reply]]
) -> None:
    build_store(tmp_path / "store", small_source)

    frames = run_main(settings_of(small_source, store=str(tmp_path / "store")), STATES)

    assert frames == STATES_REPLY


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize("kind", [OSError, RuntimeError, ValueError])
def test_process_replies_where_the_engine_fails(
    small_source: Source,
    run_main: Callable[..., list[Reply]],
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Exception],
) -> None:
    def fail(*_: object) -> None:
        raise kind("it is tired")

    monkeypatch.setattr(cop_graph.jobs.Reader, "answer", fail)
    [(frame, fault)] = run_main(settings_of(small_source), STATES)

    assert frame == b"F"
    assert rebuilt(json.loads(fault)).args == ("the engine could not go on: it is tired",)


def test_memory_limit_counts_from_what_the_process_has(
    limits: list[tuple[int, tuple[int, int]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_memory(HALF_A_GIB)
    monkeypatch.setattr(cop_graph.worker, "_address_space_bytes", lambda: 0)
    limit_memory(HALF_A_GIB)

    (_, (beyond, _)), (_, (exact, _)) = limits
    assert beyond > exact == HALF_A_GIB


def test_nothing_happens_where_memory_cannot_be_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def fail(*limit: object) -> None:
        asked.append(limit)
        raise ValueError("not allowed to exceed maximum limit")

    monkeypatch.setattr(resource, "setrlimit", fail)
    limit_memory(HALF_A_GIB)
    monkeypatch.setitem(sys.modules, "resource", None)
    limit_memory(HALF_A_GIB)

    assert len(asked) == 1


FAULTS = [
    errors.AmbiguousNameError("mark", wanted="states", suggestions=["a", "b"]),
    errors.DataError("not Turtle", path="a.ttl", line=3),
    errors.ExportError("has no rows"),
    errors.IdentifierError("not an IRI", value="a b"),
    errors.NetworkError("has no node"),
    errors.NotBuiltError("the map is not built"),
    errors.PictureError("has no rows"),
    errors.NotAcceptableError("nothing here is image/png"),
    errors.OutputError("No space left on device", path="a.csv"),
    errors.QueryError("does not fit", name="partners-of"),
    errors.QueryParameterError("is missing", name="partners-of", parameter="actor"),
    errors.QueryRefusedError("refused: LOAD"),
    errors.QueryStoppedError("stopped", limit="rows"),
    errors.QuerySyntaxError("wrong", query="ASK !", line=1, column=5),
    errors.ProgramError("page: KeyError()"),
    errors.ReportError("is empty", path="a.txt", paragraph="5.1"),
    errors.StoreError("damaged", path="store"),
    errors.UnknownEntityError("K", wanted="actors", suggestions=["KW"]),
    errors.UnknownGraphError("there is no graph urn:a"),
    errors.UnknownQueryError("partner", suggestions=["partners-of"]),
    errors.CopGraphError("something"),
]


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
def test_fault_comes_back_as_the_error_that_it_was(error: CopGraphError) -> None:
    back = rebuilt(json.loads(json.dumps(fault_of(error))))

    assert (type(back), str(back), vars(back)) == (type(error), str(error), vars(error))


def test_every_error_class_is_among_those_that_come_back() -> None:
    classes = {
        name
        for name, thing in vars(errors).items()
        if isinstance(thing, type) and issubclass(thing, CopGraphError)
    }

    assert {type(error).__name__ for error in FAULTS} == classes


def test_unknown_kind_of_error_comes_back_with_its_words() -> None:
    class OwnError(CopGraphError):
        pass

    back = rebuilt(fault_of(OwnError("it rains")))

    assert (type(back), str(back)) == (CopGraphError, "it rains")
