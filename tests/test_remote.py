"""Stores at servers: every command gives what an embedded store gives, and faults are told."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph as ox
import pytest
import servers
from click.testing import CliRunner

from cop_graph import remote
from cop_graph.cli import cli
from cop_graph.dataset import BUILDS_GRAPH, Source, find_source
from cop_graph.endpoint import Endpoint
from cop_graph.errors import QueryRefusedError, QuerySyntaxError, StoreError
from cop_graph.namespaces import COP, COPD, SKOS
from cop_graph.questions import ask, evidence, list_questions
from cop_graph.remote import RemoteStore, build_remote, open_remote, read_builds
from cop_graph.store import EmbeddedStore, GraphStore, build_store, serialize

KINDS = ("memory", "disk", "oxigraph", "virtuoso")


@pytest.fixture(params=["oxigraph", "virtuoso"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> servers.Server:
    """Each of the real servers, with its login in the environment."""
    found: servers.Server = request.getfixturevalue(f"{request.param}_server")
    for name, value in found.login.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def store(server: servers.Server) -> RemoteStore:
    return open_remote(server.address)


@pytest.fixture(scope="session")
def disk_store(tmp_path_factory: pytest.TempPathFactory, small_source: Source) -> str:
    directory = tmp_path_factory.mktemp("disk") / "store"
    build_store(directory, small_source)
    return str(directory)


def rows_of(store: GraphStore, query: str) -> list[tuple[str, ...]]:
    results = store.query(query)
    assert isinstance(results, ox.QuerySolutions)
    return [tuple(str(term) for term in solution) for solution in results]


def values_for(store: GraphStore, kind: str) -> list[str]:
    literals = {"text": "partnered", "number": "3", "date": "2025"}
    if kind in literals:
        return [literals[kind]]
    found = sorted({iri for name in kind.split("|") for iri in store.instances(COP + name)})
    return found[:: max(1, len(found) // 2)][:2]


# The same answers


def test_every_question_gives_the_rows_of_the_embedded_store(
    store: RemoteStore, small_store: EmbeddedStore, small_source: Source
) -> None:
    asked = 0
    for question in list_questions(small_source.queries):
        required = {p.name: values_for(small_store, p.kind)[0] for p in question.parameters
                    if p.is_required}  # fmt: skip
        calls = [required] + [
            {**required, parameter.name: value}
            for parameter in question.parameters
            for value in values_for(small_store, parameter.kind)
        ]
        for call in calls:
            here = ask(small_store, small_source.queries, question.name, call)
            there = ask(store, small_source.queries, question.name, call)
            assert there == here, (question.name, call)
            asked += 1
    assert asked > len(list_questions(small_source.queries))


COMMANDS = {
    "ask": ("ask", "partners-of", "--actor", "Blue Lantern Office", "--evidence"),
    "ask-json": ("ask", "status-counts", "--format", "json"),
    "ask-graphs": ("ask", "reports", "--format", "csv"),
    "query": ("query", "SELECT ?s ?label { ?s a cop:State ; skos:prefLabel ?label } ORDER BY ?s"),
    "query-ask": ("query", "ASK { ?s a cop:State }"),
    "query-graphs": ("query", "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"),
    "query-csv": ("query", "--format", "csv", "SELECT ?s { ?s a cop:Report } ORDER BY ?s"),
    "search": ("search", "lantern"),
    "search-near": ("search", "lantrn"),
    "show": ("show", "Westmark"),
    "map": ("map", "--output", "-"),
    "export-trig": ("export", "--format", "trig"),
    "export-turtle": ("export", "--format", "turtle"),
    "export-csv": ("export", "--format", "csv"),
    "export-gexf": ("export", "--format", "gexf"),
    "refused": ("query", "SELECT * { SERVICE <http://localhost/> { ?s ?p ?o } }"),
    "slip": ("query", "SELEC ?s { ?s ?p ?o }"),
    "unknown": ("ask", "partners-of", "--actor", "Nobody at all"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_command_gives_the_same_on_every_kind_of_store(
    command: str,
    disk_store: str,
    oxigraph_server: servers.Server,
    virtuoso_server: servers.Server,
    small_source: Source,
) -> None:
    places = {
        "memory": ((), {}),
        "disk": (("--store", disk_store), {}),
        "oxigraph": (("--store", oxigraph_server.address), oxigraph_server.login),
        "virtuoso": (("--store", virtuoso_server.address), virtuoso_server.login),
    }
    outputs = {}
    for kind, (option, login) in places.items():
        arguments = [*COMMANDS[command], "--data", str(small_source.data), *option]
        result = CliRunner().invoke(cli, arguments, env=login)
        outputs[kind] = (result.stdout_bytes, result.stderr, str(result.exception or ""))
    for kind in KINDS:
        assert outputs[kind] == outputs["memory"], kind
    assert any(outputs["memory"])


def test_look_ups_agree_with_the_embedded_store(
    store: RemoteStore, small_store: EmbeddedStore
) -> None:
    for subject in small_store.instances(COP + "Claim"):
        for name in ("paragraph", "anchor", "status", "value", "period"):
            here = set(small_store.objects(subject, COP + name))
            assert set(store.objects(subject, COP + name)) == here
    assert set(store.pairs(SKOS + "prefLabel")) == set(small_store.pairs(SKOS + "prefLabel"))
    assert set(store.instances(COP + "Thing")) == set(small_store.instances(COP + "Thing"))
    assert store.graphs() == small_store.graphs()
    assert (len(store), store.version) == (len(small_store), small_store.version)
    assert store.holds(COPD + "state-westmark")
    assert not store.holds(COPD + "nothing-of-this-name")


def test_all_quads_come_back_as_they_were_uploaded(
    store: RemoteStore, small_store: EmbeddedStore
) -> None:
    assert set(store.iter_quads()) == set(small_store.iter_quads())
    assert set(store.iter_quads(None)) == set(small_store.iter_quads(None))


@pytest.mark.parametrize(
    "query",
    [
        "CONSTRUCT { ?s rdfs:label ?o } WHERE { ?s skos:prefLabel ?o }",
        "CONSTRUCT WHERE { ?s a cop:State ; skos:prefLabel ?label }",
        "CONSTRUCT { ?s rdfs:comment 'said' } WHERE { ?s a cop:State } ORDER BY ?s LIMIT 2",
        "CONSTRUCT { copd:a copd:b 'constant' } WHERE { ?s a cop:State }",
        "CONSTRUCT { ?s copd:n ?n } WHERE { SELECT ?s (COUNT(*) AS ?n) { ?s a ?o } GROUP BY ?s }",
        "DESCRIBE copd:state-westmark",
        "DESCRIBE ?state WHERE { ?state a cop:State }",
        "DESCRIBE * WHERE { ?state a cop:State }",
    ],
)  # fmt: skip
def test_triples_are_those_of_the_embedded_store(
    query: str, store: RemoteStore, small_store: EmbeddedStore
) -> None:
    here, there = (serialize(one.query(query), "ntriples") for one in (small_store, store))
    assert sorted(there.splitlines()) == sorted(set(here.splitlines()))
    assert there


@pytest.mark.parametrize(
    "dataset",
    ["", "FROM {0}", "FROM {0} FROM {1}", "FROM NAMED {0}", "FROM {0} FROM NAMED {1}"],
)
@pytest.mark.parametrize("pattern", ["?s ?p ?o", "GRAPH ?g { ?s ?p ?o }"])
def test_from_and_graph_see_what_they_see_on_the_embedded_store(
    dataset: str, pattern: str, store: RemoteStore, small_store: EmbeddedStore
) -> None:
    graphs = [f"<{graph}>" for graph in small_store.graphs()]
    query = f"SELECT (COUNT(*) AS ?n) {dataset.format(*graphs)} WHERE {{ {pattern} }}"
    if dataset == "FROM {0} FROM {1}":  # the embedded engine counts twice what two graphs hold
        query = query.replace("(COUNT(*) AS ?n)", "DISTINCT ?s ?p ?o")
        assert set(rows_of(store, query)) == set(rows_of(small_store, query))
    else:
        assert rows_of(store, query) == rows_of(small_store, query)


def test_query_names_its_own_prefixes_and_columns(store: RemoteStore) -> None:
    found = store.query(f"PREFIX c: <{COP}> SELECT * {{ ?b a c:State . ?b skos:prefLabel ?a }}")
    assert isinstance(found, ox.QuerySolutions)
    assert {variable.value for variable in found.variables} == {"a", "b"}
    assert len(list(found)) > 0


def test_bookkeeping_of_builds_is_seen_by_no_query(store: RemoteStore) -> None:
    assert not store.run(f"ASK {{ GRAPH <{BUILDS_GRAPH}> {{ ?s ?p ?o }} }}")
    assert not store.run(f"ASK {{ GRAPH ?g {{ <{COPD}store> ?p ?o }} }}")


def test_evidence_of_an_answer_costs_few_requests(store: RemoteStore, small_source: Source) -> None:
    answer = ask(store, small_source.queries, "partners-of", {"actor": "Blue Lantern Office"})
    evidence(store, [claim for row in answer for claim in row.claims])
    assert answer
    assert store.endpoint.requests < 30


def test_slips_are_shown_without_a_request(store: RemoteStore) -> None:
    before = store.endpoint.requests
    with pytest.raises(QuerySyntaxError) as caught:
        store.query("SELECT ?s\nWHERE { ?s a cop:State ")
    assert caught.value.line == 2
    with pytest.raises(QueryRefusedError):
        store.query("SELECT * FROM <http://localhost/> { ?s ?p ?o }")
    assert store.endpoint.requests == before


def test_remote_store_is_shown_without_login(store: RemoteStore) -> None:
    assert repr(store) == f"RemoteStore({store.endpoint.address!r}, version={store.version!r})"
    assert servers.VIRTUOSO_PASSWORD not in f"{vars(store)} {vars(store.endpoint)}"


# What a server cuts short


def test_virtuoso_answer_of_more_rows_than_it_gives_is_whole(
    virtuoso_server: servers.Server, small_store: EmbeddedStore
) -> None:
    store = open_remote(virtuoso_server.address)
    for query in (
        "SELECT ?s ?p ?o { ?s ?p ?o }",
        "SELECT ?p ?s ?o { ?s ?p ?o } ORDER BY DESC(?p)",
        "SELECT DISTINCT ?s ?p { ?s ?p ?o } # a comment at the end",
    ):
        here = rows_of(small_store, query)
        assert len(here) > 2 * servers.VIRTUOSO_MOST_ROWS
        assert sorted(rows_of(store, query)) == sorted(here)


def test_virtuoso_triples_of_more_than_it_gives_are_whole(
    virtuoso_server: servers.Server, small_store: EmbeddedStore
) -> None:
    store = open_remote(virtuoso_server.address)
    query = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
    there = serialize(store.query(query), "ntriples").splitlines()
    assert sorted(there) == sorted(serialize(small_store.query(query), "ntriples").splitlines())


@pytest.mark.parametrize(
    ("tail", "is_told"), [("LIMIT 500", False), ("LIMIT 1000", False), ("LIMIT 1001", True),
                          ("LIMIT 2000 OFFSET 2", True)],
)  # fmt: skip
def test_virtuoso_answer_that_cannot_be_fetched_whole_is_an_error(
    tail: str, is_told: bool, virtuoso_server: servers.Server
) -> None:
    store = open_remote(virtuoso_server.address)
    query = f"SELECT ?s ?p ?o {{ ?s ?p ?o }} {tail}"
    if is_told:
        with pytest.raises(StoreError, match="at most 1000 rows, and this answer has more"):
            store.query(query)
    else:
        assert len(rows_of(store, query)) == int(tail.split()[1])


def test_virtuoso_separator_that_it_would_spoil_is_refused(
    virtuoso_server: servers.Server,
) -> None:
    store = open_remote(virtuoso_server.address)
    with pytest.raises(StoreError, match="SEPARATOR"):
        store.query("SELECT (GROUP_CONCAT(?o; SEPARATOR=' … ') AS ?all) { ?s skos:prefLabel ?o }")


# Building


@pytest.fixture
def wider_source(small_copy: Path) -> Source:
    """The invented graph with one thing more."""
    with open(small_copy / "entities" / "more.ttl", "w", encoding="utf-8") as stream:
        stream.write(f"<{COPD}state-farmark> a <{COP}State> ; <{SKOS}prefLabel> 'Farmark'@en .\n")
    return find_source(small_copy)


def test_reader_keeps_its_build_while_another_is_made(
    server: servers.Server, small_source: Source, wider_source: Source
) -> None:
    before = open_remote(server.address)
    after = build_remote(server.address, wider_source)
    try:
        assert before.version != after.version
        assert not before.run("ASK { copd:state-farmark a cop:State }")
        assert after.run("ASK { copd:state-farmark a cop:State }")
        assert open_remote(server.address).version == after.version
    finally:
        build_remote(server.address, small_source)
    assert open_remote(server.address).version == before.version


def test_reader_of_a_build_that_is_gone_is_told(
    server: servers.Server, small_source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = open_remote(server.address)
    build_remote(server.address, small_source)
    monkeypatch.setattr(remote, "BUILD_CHECK_S", 0.0)
    assert old.run("ASK { ?s a cop:State }")
    build_remote(server.address, small_source)
    with pytest.raises(StoreError, match="Open it again"):
        old.run("ASK { ?s a cop:State }")


def test_build_leaves_no_graph_behind(server: servers.Server, small_source: Source) -> None:
    build_remote(server.address, small_source)
    built = build_remote(server.address, small_source)
    builds = read_builds(built.endpoint)
    assert builds.current is not None
    kept = {*built.graphs(), BUILDS_GRAPH}
    kept |= {build.default_graph for build in builds.every.values()}
    text = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"
    found = json.loads(built.endpoint.query(text).body)["results"]["bindings"]
    ours = {row["g"]["value"] for row in found if row["g"]["value"].startswith(COPD)}
    assert ours == {graph for graph in kept if graph.startswith(COPD)}
    assert len(builds.every) == 2


@pytest.mark.parametrize("stop_after", [1, 3, 5, 6])
def test_upload_that_is_cut_off_leaves_the_old_build(
    stop_after: int,
    server: servers.Server,
    wider_source: Source,
    small_store: EmbeddedStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = []

    def cut(self: Endpoint, method: str, address: str, **request: object) -> object:
        sent.append(address)
        if len(sent) > stop_after:
            raise StoreError("cut", path=address)
        return whole(self, method, address, **request)

    whole = Endpoint._send
    with monkeypatch.context() as patched:
        patched.setattr(Endpoint, "_send", cut)
        with pytest.raises(StoreError, match="cut"):
            build_remote(server.address, wider_source)
    assert rows_of(open_remote(server.address), "SELECT ?s { ?s a cop:State } ORDER BY ?s") == (
        rows_of(small_store, "SELECT ?s { ?s a cop:State } ORDER BY ?s")
    )


def test_change_over_that_is_cut_off_is_told_and_mended(
    server: servers.Server, small_source: Source, store: RemoteStore
) -> None:
    mark = f"<{COPD}store> <{remote._SWITCHING}> <{COPD}build-killed>"
    store.endpoint.update(f"INSERT DATA {{ GRAPH <{BUILDS_GRAPH}> {{ {mark} }} }}")
    with pytest.raises(StoreError, match=r"cop-graph build --store .* puts it right"):
        open_remote(server.address)
    build_remote(server.address, small_source)
    assert open_remote(server.address).run("ASK { ?s a cop:State }")


def test_upload_that_another_build_disturbs_is_not_used(
    server: servers.Server, small_source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lossy(self: Endpoint, graph: str, turtle: bytes) -> None:
        add(self, graph, b"\n".join(turtle.splitlines()[1:]))

    add = Endpoint.add_triples
    with monkeypatch.context() as patched:
        patched.setattr(Endpoint, "add_triples", lossy)
        with pytest.raises(StoreError, match="quads sent for the default graph"):
            build_remote(server.address, small_source)
    assert open_remote(server.address).run("ASK { ?s a cop:State }")


def test_build_command_uploads(
    oxigraph_server: servers.Server, small_source: Source, small_store: EmbeddedStore
) -> None:
    result = CliRunner().invoke(
        cli, ["build", "--store", oxigraph_server.address, "--data", str(small_source.data)]
    )
    assert result.exit_code == 0, result.output
    assert result.stderr == (
        f"{oxigraph_server.address}: {len(small_store)} quads, data {small_store.version}.\n"
    )


def test_server_without_data_says_how_to_build(tmp_path: Path) -> None:
    program = servers.find_oxigraph()
    if program is None:
        pytest.skip("oxigraph is not installed (pip: oxigraph)")
    with servers.oxigraph(program, tmp_path) as empty:
        with pytest.raises(StoreError, match=r"no store here\. `cop-graph build --store http"):
            open_remote(empty.address)
        endpoint = Endpoint(empty.address)
        read_builds(endpoint)
        endpoint.update(
            f"INSERT DATA {{ GRAPH <{BUILDS_GRAPH}> {{ <{COPD}build-1> <{COPD}p> 1 }} }}"
        )
        with pytest.raises(StoreError, match="first build is under way or was cut off"):
            open_remote(empty.address)


def test_quads_in_the_default_graph_of_a_server_are_read_as_they_are(
    tmp_path: Path, small_store: EmbeddedStore
) -> None:
    program = servers.find_oxigraph()
    if program is None:
        pytest.skip("oxigraph is not installed (pip: oxigraph)")
    ox.Store(str(tmp_path)).extend(small_store.iter_quads())
    with servers.oxigraph(program, tmp_path) as plain:
        store = open_remote(f"{plain.address}/query")
        assert store.build is None
        assert store.version == "unknown"
        assert (len(store), store.graphs()) == (len(small_store), small_store.graphs())
        assert set(store.iter_quads()) == set(small_store.iter_quads())
        query = f"SELECT ?s FROM <{small_store.graphs()[0]}> {{ ?s ?p ?o }} ORDER BY ?s"
        assert rows_of(store, query) == rows_of(small_store, query)
