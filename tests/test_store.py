"""A store answers queries, and on disk the old one stands until the new one is whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

import cop_graph.store
from cop_graph.dataset import Source, data_version, find_source, source_files
from cop_graph.errors import (
    DataError,
    QueryError,
    QueryRefusedError,
    QuerySyntaxError,
    StoreError,
)
from cop_graph.namespaces import COP, COPD, PREFIXES, RDF, SKOS
from cop_graph.store import (
    RDF_FORMATS,
    EmbeddedStore,
    build_store,
    memory_store,
    open_store,
    serialize,
)

ROOT = Path(__file__).resolve().parent.parent
LANTERN, KITE = COPD + "organization-blue-lantern-office", COPD + "organization-kite-works"
LABEL = SKOS + "prefLabel"

BUILDER = """
import os, sys
import cop_graph.store as store
from cop_graph.dataset import find_source

def step(name):
    print(name, flush=True)
    if name.partition(":")[0] == wanted:
        sys.stdin.readline()

def replace(old, new, replaced=os.replace):
    step("before " + os.path.basename(new))
    replaced(old, new)
    step("after " + os.path.basename(new))

directory, data, wanted = sys.argv[1:]
os.replace = replace
store.build_store(directory, find_source(data), progress=step)
step("built")
"""
"""Builds a store, says each step, and waits for a line at the step that is wanted."""


@pytest.fixture
def start_build() -> Iterator[Callable[[Path, Path, str], subprocess.Popen[str]]]:
    """Start a build in another process and come back when it stands still at a step."""
    started: list[subprocess.Popen[str]] = []

    def start(directory: Path, data: Path, wanted: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", BUILDER, str(directory), str(data), wanted],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        started.append(process)
        assert process.stdout is not None
        assert wanted in (line.strip().partition(":")[0] for line in process.stdout)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def change(data: Path) -> None:
    """Give a state another name, so that the data is another version."""
    path = data / "entities" / "states.ttl"
    text = path.read_text(encoding="utf-8").replace('"Eastmark"@en', '"New Eastmark"@en')
    path.write_text(text, encoding="utf-8")


def name_of_eastmark(store: EmbeddedStore) -> str | None:
    return store.value(COPD + "state-eastmark", LABEL)


def contents(directory: Path) -> list[str]:
    """Name what a store holds, generations without their number."""
    return sorted(path.name.partition("-")[0] for path in directory.iterdir())


def test_store_on_disk_is_the_store_in_memory(
    tmp_path: Path, small_source: Source, small_store: EmbeddedStore
) -> None:
    steps: list[str] = []
    built = build_store(tmp_path / "store", small_source, progress=steps.append)
    opened = open_store(tmp_path / "store")

    assert set(built.iter_quads()) == set(opened.iter_quads()) == set(small_store.iter_quads())
    assert built.version == opened.version == small_store.version == data_version(small_source)
    assert contents(tmp_path / "store") == ["CURRENT", "LOCK", "generation"]
    count = len(source_files(small_source))
    assert steps[0] == f"cop.ttl: file 1 of {count}, 0 quads, 0 a second"
    assert [step.partition(",")[0] for step in steps[-2:]] == [
        f"beta-1.ttl: file {count} of {count}",
        "writing to disk",
    ]


def test_build_replaces_the_old_store(tmp_path: Path, small_copy: Path) -> None:
    build_store(tmp_path / "store", find_source(small_copy))
    change(small_copy)

    build_store(tmp_path / "store", find_source(small_copy))

    assert name_of_eastmark(open_store(tmp_path / "store")) == "New Eastmark"
    assert contents(tmp_path / "store") == ["CURRENT", "LOCK", "generation"]


def test_open_store_cannot_be_written(tmp_path: Path, small_source: Source) -> None:
    store = build_store(tmp_path / "store", small_source)

    with pytest.raises(RuntimeError, match="read-write"):
        store.quads.add(ox.Quad(ox.NamedNode(COPD), ox.NamedNode(COPD), ox.NamedNode(COPD)))


@pytest.mark.parametrize(
    ("step", "name"),
    [
        ("cop.ttl", "Eastmark"),
        ("beta-1.ttl", "Eastmark"),
        ("writing to disk", "Eastmark"),
        ("before build.json", "Eastmark"),
        ("after build.json", "Eastmark"),
        ("before CURRENT", "Eastmark"),
        ("after CURRENT", "New Eastmark"),
        ("built", "New Eastmark"),
    ],
)
def test_killed_build_leaves_a_store_that_opens(
    tmp_path: Path,
    small_copy: Path,
    start_build: Callable[[Path, Path, str], subprocess.Popen[str]],
    step: str,
    name: str,
) -> None:
    directory = tmp_path / "store"
    build_store(directory, find_source(small_copy))
    change(small_copy)

    process = start_build(directory, small_copy, step)
    process.kill()

    assert process.wait() == -signal.SIGKILL
    assert name_of_eastmark(open_store(directory)) == name
    assert len(list(open_store(directory).query("SELECT ?s WHERE { ?s a cop:State }"))) == 2
    assert name_of_eastmark(build_store(directory, find_source(small_copy))) == "New Eastmark"
    assert [entry for entry in contents(directory) if entry == "generation"] == ["generation"]


def test_killed_first_build_leaves_no_store_and_no_obstacle(
    tmp_path: Path,
    small_copy: Path,
    start_build: Callable[[Path, Path, str], subprocess.Popen[str]],
) -> None:
    directory = tmp_path / "store"
    process = start_build(directory, small_copy, "before CURRENT")
    process.kill()
    process.wait()

    with pytest.raises(StoreError) as caught:
        open_store(directory)

    assert str(caught.value) == (
        f"{directory}: no store here. `cop-graph build --store DIR` makes one"
    )
    assert name_of_eastmark(build_store(directory, find_source(small_copy))) == "Eastmark"


def test_store_is_read_while_another_is_built(
    tmp_path: Path,
    small_copy: Path,
    start_build: Callable[[Path, Path, str], subprocess.Popen[str]],
) -> None:
    directory = tmp_path / "store"
    reader = build_store(directory, find_source(small_copy))
    change(small_copy)

    process = start_build(directory, small_copy, "writing to disk")
    during = name_of_eastmark(open_store(directory))
    process.communicate("go on\n")

    assert process.returncode == 0
    assert (during, name_of_eastmark(reader)) == ("Eastmark", "Eastmark")
    assert name_of_eastmark(open_store(directory)) == "New Eastmark"


def test_second_builder_at_once_is_refused(
    tmp_path: Path,
    small_copy: Path,
    start_build: Callable[[Path, Path, str], subprocess.Popen[str]],
) -> None:
    directory = tmp_path / "store"
    process = start_build(directory, small_copy, "beta-1.ttl")

    with pytest.raises(StoreError) as caught:
        build_store(directory, find_source(small_copy))
    process.communicate("go on\n")

    assert str(caught.value) == (
        f"{directory}: another build or a service that allows updates is writing here; wait for "
        "it, or stop it"
    )
    assert process.returncode == 0
    assert name_of_eastmark(open_store(directory)) == "Eastmark"


def test_build_without_file_locks_still_builds(
    tmp_path: Path, small_source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)

    assert name_of_eastmark(build_store(tmp_path / "store", small_source)) == "Eastmark"


def test_faulty_data_leaves_the_old_store(tmp_path: Path, small_copy: Path) -> None:
    directory = tmp_path / "store"
    build_store(directory, find_source(small_copy))
    (small_copy / "entities" / "broken.ttl").write_text("copd:a", encoding="utf-8")

    with pytest.raises(DataError):
        build_store(directory, find_source(small_copy))

    assert name_of_eastmark(open_store(directory)) == "Eastmark"
    assert contents(directory) == ["CURRENT", "LOCK", "generation"]


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        "CURRENTLY",
        "generation-1",
        "generation-of-plans",
        ".git",
        "MANIFEST-000005",
    ],
)
def test_directory_with_other_files_is_refused(
    tmp_path: Path, small_source: Source, name: str
) -> None:
    (tmp_path / name).mkdir()

    with pytest.raises(StoreError) as caught:
        build_store(tmp_path, small_source)

    assert str(caught.value) == (
        f"{tmp_path}: holds other files ({name}); name an empty or new directory"
    )
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_file_in_place_of_a_directory_is_refused(tmp_path: Path, small_source: Source) -> None:
    (tmp_path / "store").write_text("mine", encoding="utf-8")

    with pytest.raises(StoreError) as caught:
        build_store(tmp_path / "store", small_source)

    assert str(caught.value) == (
        f"{tmp_path / 'store'}: is not a directory; --store names a directory"
    )
    assert (tmp_path / "store").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        pytest.param(
            "fsync",
            "cannot be written: No space left on device",
            id="current-cannot-be-written",
        ),
        pytest.param(
            "listdir",
            "cannot be written: No space left on device. The old store, if there was one, still "
            "stands",
            id="directory-cannot-be-read",
        ),
    ],
)
def test_store_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path,
    small_copy: Path,
    monkeypatch: pytest.MonkeyPatch,
    function: str,
    reason: str,
) -> None:
    directory = tmp_path / "store"
    build_store(directory, find_source(small_copy))
    change(small_copy)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    source = find_source(small_copy)
    monkeypatch.setattr(os, function, fail)
    with pytest.raises(StoreError) as caught:
        build_store(directory, source)
    monkeypatch.undo()

    assert str(caught.value) == f"{directory}: {reason}"
    assert name_of_eastmark(open_store(directory)) == "Eastmark"
    assert contents(directory) == ["CURRENT", "LOCK", "generation"]


@pytest.mark.parametrize("kind", [OSError, RuntimeError])
def test_error_of_the_engine_leaves_the_old_store(
    tmp_path: Path,
    small_copy: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Exception],
) -> None:
    directory = tmp_path / "store"
    build_store(directory, find_source(small_copy))
    change(small_copy)

    def fail(*_: object, **__: object) -> None:
        raise kind("the disk is gone")

    monkeypatch.setattr(cop_graph.store, "load_in_bulk", fail)
    with pytest.raises(StoreError) as caught:
        build_store(directory, find_source(small_copy))

    assert str(caught.value) == (
        f"{directory}: cannot be written: the disk is gone. The old store, if there was one, still "
        "stands"
    )
    assert name_of_eastmark(open_store(directory)) == "Eastmark"
    assert contents(directory) == ["CURRENT", "LOCK", "generation"]


def remove_build_json(generation: Path) -> None:
    (generation / "build.json").unlink()


def spoil_build_json(generation: Path) -> None:
    (generation / "build.json").write_text("{", encoding="utf-8")


def empty_build_json(generation: Path) -> None:
    (generation / "build.json").write_text("{}", encoding="utf-8")


def replace_build_json(generation: Path) -> None:
    (generation / "build.json").write_text(json.dumps(["version"]), encoding="utf-8")


def remove_manifest(generation: Path) -> None:
    for path in (generation / "quads").glob("MANIFEST*"):
        path.unlink()


def cut_manifest(generation: Path) -> None:
    for path in (generation / "quads").glob("MANIFEST*"):
        path.write_bytes(path.read_bytes()[:20])


def remove_tables(generation: Path) -> None:
    for path in (generation / "quads").glob("*.sst"):
        path.unlink()


def cut_tables(generation: Path) -> None:
    for path in (generation / "quads").glob("*.sst"):
        path.write_bytes(path.read_bytes()[:20])


@pytest.mark.parametrize(
    "damage",
    [
        remove_build_json,
        spoil_build_json,
        empty_build_json,
        replace_build_json,
        remove_manifest,
        cut_manifest,
        remove_tables,
        cut_tables,
    ],
)
def test_damaged_store_says_so_and_is_made_anew(
    tmp_path: Path, small_source: Source, damage: Callable[[Path], None]
) -> None:
    directory = tmp_path / "store"
    build_store(directory, small_source)
    damage(next(directory.glob("generation-*")))

    with pytest.raises(StoreError) as caught:
        open_store(directory)

    assert str(caught.value).startswith(f"{directory}: damaged (")
    assert str(caught.value).endswith(f"). `cop-graph build --store {directory}` makes it anew")
    assert name_of_eastmark(build_store(directory, small_source)) == "Eastmark"


@pytest.mark.parametrize(
    "current",
    [b"", b"\xff\n", b"generation-000000000000\n", b"../store\n", b"generation-../..\n"],
    ids=["empty", "not-utf-8", "not-there", "elsewhere", "elsewhere-in-disguise"],
)
def test_current_that_names_no_generation_is_no_store(
    tmp_path: Path, small_source: Source, current: bytes
) -> None:
    directory = tmp_path / "store"
    build_store(directory, small_source)
    (directory / "CURRENT").write_bytes(current)

    with pytest.raises(StoreError, match="no store here"):
        open_store(directory)


def test_directory_without_a_store_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(tmp_path / "none")

    assert str(caught.value) == (
        f"{tmp_path / 'none'}: no store here. `cop-graph build --store DIR` makes one"
    )


def test_memory_store_without_named_graphs_has_only_those_of_plain_triples(
    small_source: Source,
) -> None:
    store = memory_store(small_source, named_graphs=False)

    assert COP[:-1] not in store.graphs()
    assert store.version == data_version(small_source)


def test_query_knows_the_prefixes(small_store: EmbeddedStore) -> None:
    solutions = small_store.query(
        "SELECT ?partner WHERE { copd:organization-kite-works cop:partnersWith ?partner }"
    )

    assert [solution["partner"] for solution in solutions] == [ox.NamedNode(LANTERN)]


def test_query_reads_what_one_report_says(small_store: EmbeddedStore) -> None:
    query = "SELECT ?a FROM copd:report-beta-1 WHERE { ?a cop:establishes ?b }"

    assert [solution["a"].value for solution in small_store.query(query)] == [
        COPD + "state-eastmark"
    ]


def test_query_that_reaches_out_is_refused(small_store: EmbeddedStore) -> None:
    with pytest.raises(QueryRefusedError):
        small_store.query("SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }")


def test_query_that_is_wrong_shows_where(small_store: EmbeddedStore) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        small_store.query("SELECT ?a WHERE {\n  ?a cop:partnersWith\n}")

    assert str(caught.value) == (
        "not a SPARQL query, line 3, column 1: something is missing or too much before this\n"
        "  }\n  ^"
    )


def test_run_needs_no_guard(small_store: EmbeddedStore) -> None:
    with pytest.raises(QuerySyntaxError):
        small_store.run("SELECT")

    assert bool(small_store.run("ASK { ?s a cop:State }")) is True


def test_lookups_give_values_of_the_default_graph(small_store: EmbeddedStore) -> None:
    assert sorted(term.value for term in small_store.objects(KITE, COP + "partnersWith")) == [
        LANTERN
    ]
    assert small_store.value(KITE, LABEL) == "Kite Works"
    assert small_store.value(KITE, COP + "establishes") is None
    assert sorted(small_store.instances(COP + "State")) == [
        COPD + "state-eastmark",
        COPD + "state-westmark",
    ]
    assert sorted(small_store.pairs(COP + "partnersWith")) == [(LANTERN, KITE), (KITE, LANTERN)]
    assert (small_store.holds(KITE), small_store.holds(COPD + "nobody")) == (True, False)


def test_lookups_pass_over_what_has_no_iri() -> None:
    store = ox.Store()
    node, thing, blank = ox.NamedNode("urn:p"), ox.NamedNode("urn:a"), ox.BlankNode()
    store.add(ox.Quad(blank, node, blank))
    store.add(ox.Quad(thing, node, blank))
    store.add(ox.Quad(thing, node, ox.Triple(thing, node, thing)))
    store.add(ox.Quad(blank, ox.NamedNode(RDF + "type"), thing))
    store.add(ox.Quad(thing, node, thing, blank))
    graph = EmbeddedStore(store, version="1")

    assert list(graph.objects("urn:a", "urn:p")) == []
    assert list(graph.pairs("urn:p")) == [("urn:a", blank.value)]
    assert list(graph.instances("urn:a")) == []
    assert graph.graphs() == []
    assert repr(graph) == "EmbeddedStore(5 quads, version='1')"


@pytest.mark.parametrize(
    ("format", "written"),
    [
        (
            "json",
            '{"head":{"vars":["s","label"]},"results":{"bindings":[{"s":{"type":"uri","value":"%s"},'
            '"label":{"type":"literal","value":"Eastmark","xml:lang":"en"}}]}}',
        ),
        ("csv", "s,label\r\n%s,Eastmark\r\n"),
        ("tsv", '?s\t?label\n<%s>\t"Eastmark"@en\n'),
        (
            "xml",
            '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>'
            '<variable name="s"/><variable name="label"/></head><results><result>'
            '<binding name="s"><uri>%s</uri></binding><binding name="label">'
            '<literal xml:lang="en">Eastmark</literal></binding></result></results></sparql>',
        ),
    ],
)
def test_solutions_are_written_in_every_result_format(
    small_store: EmbeddedStore, format: str, written: str
) -> None:
    results = small_store.query(
        "SELECT ?s ?label WHERE { VALUES ?s { copd:state-eastmark } ?s skos:prefLabel ?label }"
    )

    assert serialize(results, format).decode() == written % (COPD + "state-eastmark")


@pytest.mark.parametrize(("format", "written"), [("json", b"true"), ("xml", b"true")])
def test_boolean_is_written(small_store: EmbeddedStore, format: str, written: bytes) -> None:
    assert written in serialize(small_store.query("ASK { ?s a cop:State }"), format)


@pytest.mark.parametrize("format", RDF_FORMATS)
def test_triples_are_written_in_every_rdf_format(small_store: EmbeddedStore, format: str) -> None:
    results = small_store.query("CONSTRUCT { ?s a cop:State } WHERE { ?s a cop:State }")

    written = serialize(results, format)

    assert {quad.subject.value for quad in ox.parse(written, format=RDF_FORMATS[format])} == {
        COPD + "state-eastmark",
        COPD + "state-westmark",
    }


@pytest.mark.parametrize(
    ("query", "format", "message"),
    [
        pytest.param(
            "SELECT * { ?s a cop:State }",
            "turtle",
            "SELECT and ASK give no triples; choose one of json, xml, csv, tsv",
            id="solutions-as-turtle",
        ),
        pytest.param(
            "DESCRIBE copd:state-eastmark",
            "csv",
            "CONSTRUCT and DESCRIBE give triples; choose one of turtle, ntriples, nquads, trig, "
            "rdfxml, jsonld",
            id="triples-as-csv",
        ),
    ],
)
def test_format_that_does_not_fit_is_refused(
    small_store: EmbeddedStore, query: str, format: str, message: str
) -> None:
    with pytest.raises(QueryError) as caught:
        serialize(small_store.query(query), format)

    assert str(caught.value) == message


def test_prefixes_of_written_turtle_are_ours(small_store: EmbeddedStore) -> None:
    written = serialize(small_store.query("DESCRIBE copd:state-eastmark"), "turtle").decode()

    assert f"@prefix copd: <{PREFIXES['copd']}> ." in written
    assert "copd:state-eastmark" in written
