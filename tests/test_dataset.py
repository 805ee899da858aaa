"""Ontology and data become quads: each fact once, and what follows from it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest

import cop_graph.dataset
from cop_graph.dataset import (
    ALIGNMENTS_GRAPH,
    ONTOLOGY_GRAPH,
    Source,
    data_version,
    fill,
    find_source,
    report_graph,
    source_files,
)
from cop_graph.errors import DataError
from cop_graph.namespaces import COPD, OWL, PREFIXES
from cop_graph.store import EmbeddedStore, memory_store

ROOT = Path(__file__).resolve().parent.parent
ALPHA, BETA = report_graph("alpha-1"), report_graph("beta-1")
OFFICE, KITE = "copd:organization-blue-lantern-office", "copd:organization-kite-works"
HARBOUR, EASTMARK = "copd:initiative-safe-harbour", "copd:state-eastmark"

NEW_CLAIMS = """
@prefix cop: <https://w3id.org/cop-graph/ontology#> .
@prefix copd: <https://w3id.org/cop-graph/id/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
copd:claim-alpha-1-4-2-001
    a cop:Claim ;
    rdf:subject copd:organization-alpha-forum ;
    rdf:predicate cop:partnersWith ;
    rdf:object copd:organization-beta-council ;
    cop:anchor "boats, tides"@en ;
    cop:paragraph copd:paragraph-alpha-1-4-2 ;
    {qualifiers}
    .
"""


def triples(store: EmbeddedStore | ox.Store, pattern: str, graph: str | None = None) -> list[str]:
    """Give what matches ``subject predicate object``, short, sorted; ? stands for anything."""
    quads = store.quads if isinstance(store, EmbeddedStore) else store
    terms = [None if name == "?" else ox.NamedNode(_full(name)) for name in pattern.split()]
    home = ox.NamedNode(graph) if graph else ox.DefaultGraph()
    return sorted(
        " ".join(_short(term) for term in (quad.subject, quad.predicate, quad.object))
        for quad in quads.quads_for_pattern(*terms, home)
    )


def _full(name: str) -> str:
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


def _short(term: ox.NamedNode | ox.Literal) -> str:
    for prefix in ("cop", "copd", "dcterms", "prov", "org", "rdf"):
        if term.value.startswith(PREFIXES[prefix]):
            return f"{prefix}:{term.value.removeprefix(PREFIXES[prefix])}"
    return term.value


def with_claim(data: Path, qualifiers: str) -> EmbeddedStore:
    """Build the invented graph with one more claim in the first report."""
    path = data / "claims" / "alpha-1.ttl"
    path.write_text(path.read_text(encoding="utf-8") + NEW_CLAIMS.format(qualifiers=qualifiers))
    return memory_store(find_source(data))


def test_what_two_reports_say_stands_once_in_the_default_graph(small_store: EmbeddedStore) -> None:
    both = [f"{OFFICE} cop:partnersWith {KITE}", f"{KITE} cop:partnersWith {OFFICE}"]

    assert triples(small_store, "? cop:partnersWith ?") == sorted(both)
    assert triples(small_store, "? cop:partnersWith ?", ALPHA) == sorted(both)
    assert triples(small_store, "? cop:partnersWith ?", BETA) == sorted(both)


def test_claims_of_two_reports_stay_side_by_side(small_store: EmbeddedStore) -> None:
    assert triples(small_store, "? rdf:predicate cop:partnersWith") == [
        "copd:claim-alpha-1-3-1-004 rdf:predicate cop:partnersWith",
        "copd:claim-beta-1-2-1-001 rdf:predicate cop:partnersWith",
    ]


def test_count_over_the_default_graph_counts_each_fact_once(small_store: EmbeddedStore) -> None:
    solutions = small_store.query(
        "SELECT (COUNT(*) AS ?count) WHERE { ?a cop:partnersWith ?b FILTER(STR(?a) < STR(?b)) }"
    )

    assert [solution["count"].value for solution in solutions] == ["1"]


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (f"{OFFICE} cop:establishes copd:initiative-blue-lantern-helpline", "planned"),
        ("copd:initiative-blue-lantern-helpline cop:hasStage ?", "planned"),
        (f"{HARBOUR} cop:reduces ?", "expected"),
        (f"{EASTMARK} cop:addresses cop:theme-helpline", "explored"),
        ("copd:document-eastmark cop:isPresentedAt ?", "not done"),
    ],
    ids=["planned", "planned-stage", "expected", "explored", "not-done"],
)
def test_claim_that_does_not_assert_gives_no_plain_triple(
    small_store: EmbeddedStore, pattern: str, reason: str
) -> None:
    statuses = triples(small_store, f"? cop:status cop:status-{reason.replace(' ', '-')}")

    assert triples(small_store, pattern) == []
    assert triples(small_store, pattern, ALPHA) == []
    assert statuses != []


@pytest.mark.parametrize(
    ("qualifiers", "derived"),
    [
        pytest.param("cop:status cop:status-stated", True, id="stated"),
        pytest.param("cop:status cop:status-done", True, id="done"),
        pytest.param("cop:status cop:status-ongoing", True, id="ongoing"),
        pytest.param("cop:status cop:status-planned", False, id="planned"),
        pytest.param("cop:status cop:status-expected", False, id="expected"),
        pytest.param("cop:status cop:status-proposed", False, id="proposed"),
        pytest.param("cop:status cop:status-explored", False, id="explored"),
        pytest.param("cop:status cop:status-not-done", False, id="not-done"),
        pytest.param(
            "cop:status cop:status-done ; cop:accordingTo copd:state-westmark",
            False,
            id="attributed",
        ),
        pytest.param("cop:status cop:status-done ; owl:deprecated true", False, id="withdrawn"),
    ],
)
def test_only_an_asserting_claim_gives_a_plain_triple(
    small_copy: Path, qualifiers: str, derived: bool
) -> None:
    store = with_claim(small_copy, qualifiers)

    forum, council = "copd:organization-alpha-forum", "copd:organization-beta-council"
    pattern = f"{forum} cop:partnersWith {council}"
    assert triples(store, pattern) == ([pattern] if derived else [])
    assert triples(store, pattern, ALPHA) == ([pattern] if derived else [])
    assert triples(store, f"{council} cop:partnersWith {forum}") == (
        [f"{council} cop:partnersWith {forum}"] if derived else []
    )


def test_claim_that_counts_a_countable_gives_no_plain_triple(small_copy: Path) -> None:
    path = small_copy / "claims" / "alpha-1.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("cop:group-schools", "cop:countable-views"), encoding="utf-8")

    store = memory_store(find_source(small_copy))

    assert triples(store, "cop:countable-views rdf:type cop:Countable") != []
    assert triples(store, f"{HARBOUR} cop:reaches ?") == [
        f"{HARBOUR} cop:reaches cop:group-children"
    ]


def test_what_a_report_denies_elsewhere_gives_no_plain_triple(small_copy: Path) -> None:
    path = small_copy / "claims" / "alpha-1.ttl"
    claim = NEW_CLAIMS.format(qualifiers="cop:status cop:status-not-done").replace(
        "copd:organization-alpha-forum", OFFICE
    )
    denial = claim.replace("copd:organization-beta-council", KITE)
    path.write_text(path.read_text(encoding="utf-8") + denial, encoding="utf-8")

    store = memory_store(find_source(small_copy))

    assert triples(store, "? cop:partnersWith ?", ALPHA) == []
    assert triples(store, f"{OFFICE} cop:partnersWith ?", BETA) == [
        f"{OFFICE} cop:partnersWith {KITE}"
    ]
    assert triples(store, f"{OFFICE} cop:partnersWith ?") == [f"{OFFICE} cop:partnersWith {KITE}"]


def test_withdrawn_record_is_no_claim_and_keeps_its_words(small_copy: Path) -> None:
    store = with_claim(small_copy, "cop:status cop:status-done ; owl:deprecated true")

    claim = "copd:claim-alpha-1-4-2-001"
    assert triples(store, f"{claim} rdf:type ?") == [f"{claim} rdf:type cop:WithdrawnRecord"]
    assert triples(store, f"{claim} rdf:type ?", ALPHA) == [f"{claim} rdf:type cop:WithdrawnRecord"]
    assert triples(store, f"{claim} cop:anchor ?") == [f"{claim} cop:anchor boats, tides"]


def test_withdrawn_remark_is_no_remark(small_copy: Path) -> None:
    path = small_copy / "claims" / "alpha-1.ttl"
    text = path.read_text(encoding="utf-8")
    remark = "copd:remark-alpha-1-4-1-002\n    a cop:Remark ;\n"
    assert text.count(remark) == 1
    withdrawn = remark + f"    <{OWL}deprecated> true ;\n"
    path.write_text(text.replace(remark, withdrawn), encoding="utf-8")

    store = memory_store(find_source(small_copy))

    assert triples(store, "? rdf:type cop:Remark") == [
        "copd:remark-alpha-1-4-1-001 rdf:type cop:Remark"
    ]


def test_inverse_relations_are_derived(small_store: EmbeddedStore) -> None:
    there = "copd:organization-blue-lantern-office cop:leads copd:initiative-safe-harbour"

    assert triples(small_store, f"{HARBOUR} cop:isLedBy ?") == [f"{HARBOUR} cop:isLedBy {OFFICE}"]
    assert triples(small_store, f"{OFFICE} cop:leads ?") == [there]
    assert triples(small_store, f"{OFFICE} cop:leads ?", ALPHA) == [there]
    assert triples(small_store, f"{OFFICE} cop:leads ?", BETA) == []


@pytest.mark.parametrize(
    "triple",
    [
        f"copd:resource-tide dcterms:creator {KITE}",
        "copd:resource-tide dcterms:language cop:language-en",
    ],
    ids=["creator", "language"],
)
def test_wider_relations_are_derived(small_store: EmbeddedStore, triple: str) -> None:
    assert triples(small_store, triple) == [triple]
    assert triples(small_store, triple, ALPHA) == [triple]
    assert triples(small_store, triple, BETA) == []


def test_wider_classes_are_derived(small_store: EmbeddedStore) -> None:
    assert triples(small_store, f"{KITE} rdf:type ?") == sorted(
        f"{KITE} rdf:type {name}"
        for name in (
            "cop:Organization",
            "cop:Actor",
            "cop:Thing",
            "prov:Agent",
            "org:Organization",
        )
    )


def test_default_graph_is_the_same_without_the_named_graphs(small_source: Source) -> None:
    whole, quick = ox.Store(), ox.Store()
    fill(whole, small_source)
    fill(quick, small_source, named_graphs=False)

    default = ox.DefaultGraph()
    assert {quad.triple for quad in quick.quads_for_pattern(None, None, None, default)} == {
        quad.triple for quad in whole.quads_for_pattern(None, None, None, default)
    }
    assert len(quick) < len(whole)


def test_named_graphs_are_reports_ontology_and_alignments(small_store: EmbeddedStore) -> None:
    assert small_store.graphs() == sorted([ALIGNMENTS_GRAPH, ALPHA, BETA, ONTOLOGY_GRAPH])
    assert triples(small_store, f"{EASTMARK} cop:m49 ?", ALIGNMENTS_GRAPH) == [
        f"{EASTMARK} cop:m49 902"
    ]
    assert triples(small_store, "cop:Claim rdf:type ?", ONTOLOGY_GRAPH) == [
        f"cop:Claim rdf:type {OWL}Class"
    ]


def test_named_graphs_hold_nothing_that_the_default_graph_does_not(
    small_store: EmbeddedStore,
) -> None:
    missing = [
        quad
        for quad in small_store.quads
        if ox.Quad(quad.subject, quad.predicate, quad.object) not in small_store.quads
    ]

    assert missing == []


def test_shapes_are_no_part_of_the_graph(small_source: Source) -> None:
    files = source_files(small_source)

    assert [file.path.name for file in files if "shapes" in file.path.name] == []
    assert [
        (file.path.name, file.graph) for file in files if file.path.parent.name != "ontology"
    ] == [
        ("actors.ttl", None),
        ("states.ttl", None),
        ("things.ttl", None),
        ("alpha-1.ttl", ALPHA),
        ("beta-1.ttl", BETA),
        ("alpha-1.ttl", ALPHA),
        ("beta-1.ttl", BETA),
        ("identifiers.ttl", ALIGNMENTS_GRAPH),
    ]
    assert {file.graph for file in files if file.path.parent.name == "ontology"} == {ONTOLOGY_GRAPH}


def test_progress_names_each_file_and_each_derivation(small_source: Source) -> None:
    steps: list[str] = []
    fill(ox.Store(), small_source, progress=steps.append)

    names = [file.path.name for file in source_files(small_source)]
    assert steps == [*names, *["deriving facts"] * 6]


def test_version_changes_with_a_byte_and_with_a_name(small_copy: Path) -> None:
    source = find_source(small_copy)
    states = small_copy / "entities" / "states.ttl"
    versions = [data_version(source), data_version(source)]
    states.write_bytes(states.read_bytes() + b"\n")
    versions.append(data_version(source))
    states.rename(states.with_name("lands.ttl"))
    versions.append(data_version(source))

    assert versions[0] == versions[1]
    assert len(set(versions)) == 3
    assert {len(version) for version in versions} == {12}


def test_version_changes_with_a_derivation(small_source: Source, tmp_path: Path) -> None:
    queries = tmp_path / "queries"
    shutil.copytree(small_source.queries / "derive", queries / "derive")
    rule = queries / "derive" / "superclasses.ru"
    rule.write_text(rule.read_text(encoding="utf-8") + "# other\n", encoding="utf-8")

    other = Source(small_source.ontology, small_source.data, queries)

    assert data_version(other) != data_version(small_source)


def test_byte_order_mark_changes_nothing(small_copy: Path) -> None:
    source = find_source(small_copy)
    before = memory_store(source)
    states = small_copy / "entities" / "states.ttl"
    states.write_bytes(b"\xef\xbb\xbf" + states.read_bytes())

    after = memory_store(source)

    assert (after.version, set(after.iter_quads())) == (before.version, set(before.iter_quads()))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param(b"@prefix cop: <urn:a> .\ncop:a cop:b", 2, id="not-turtle"),
        pytest.param(b"<urn:a> <urn:b> <urn:c> .\n<urn:a> <urn:b> \xff .", 2, id="not-utf-8"),
    ],
)
def test_a_broken_file_is_named_with_its_line(small_copy: Path, content: bytes, line: int) -> None:
    broken = small_copy / "entities" / "broken.ttl"
    broken.write_bytes(content)

    with pytest.raises(DataError) as caught:
        memory_store(find_source(small_copy))

    assert (caught.value.path, caught.value.line) == (str(broken), line)
    assert str(caught.value).startswith(f"{broken}:{line}: not Turtle: ")


def test_a_file_that_cannot_be_read_is_named(small_copy: Path) -> None:
    gone = small_copy / "entities" / "gone.ttl"
    gone.symlink_to(small_copy / "nowhere.ttl")

    with pytest.raises(DataError) as caught:
        memory_store(find_source(small_copy))

    assert str(caught.value) == f"{gone}: cannot be read: No such file or directory"


def test_source_is_the_checkout_unless_another_is_named(
    small_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = find_source()
    monkeypatch.setenv("COP_GRAPH_DATA", str(small_copy))
    by_variable = find_source()
    by_name = find_source(ROOT / "data")

    assert ours == Source(ROOT / "ontology", ROOT / "data", ROOT / "queries")
    assert by_variable == Source(ROOT / "ontology", small_copy, ROOT / "queries")
    assert by_name == ours


def test_source_of_an_installed_package_is_what_the_wheel_carries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = tmp_path / "cop_graph" / "resources"
    (resources / "data" / "claims").mkdir(parents=True)
    monkeypatch.setattr(cop_graph.dataset, "__file__", str(tmp_path / "cop_graph" / "dataset.py"))

    assert find_source() == Source(
        resources / "ontology", resources / "data", resources / "queries"
    )


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("none", "no such directory"),
        ("empty", "holds none of entities/, reports/, claims/, alignments/"),
    ],
    ids=["missing", "empty"],
)
def test_source_that_holds_no_data_is_refused(tmp_path: Path, name: str, problem: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(DataError) as caught:
        find_source(tmp_path / name)

    assert str(caught.value) == f"{tmp_path / name}: {problem}; --data names a directory of data"


def test_report_graph_is_the_iri_of_the_report() -> None:
    assert report_graph("alpha-1") == COPD + "report-alpha-1"
