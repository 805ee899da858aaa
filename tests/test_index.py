"""Every triple can be pointed at: which file, which line, which paragraph."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode

from cop_graph.dataset import Source
from cop_graph.index import (
    Index,
    Violation,
    curie,
    full_iri,
    is_ours,
    read_index,
    read_turtle_file,
    shown_path,
)
from cop_graph.namespaces import COP, COPD, RDF

CLAIMS = "claims.ttl"
CONTENT = """\
@prefix cop: <https://w3id.org/cop-graph/ontology#> .
@prefix copd: <https://w3id.org/cop-graph/id/> .
@prefix dcterms: <http://purl.org/dc/terms/> .

copd:claim-r-1-1-001
    a cop:Claim ;
    cop:anchor
        "one"@en,
        "two"@en ;
    cop:paragraph copd:paragraph-r-1-1 ;
    .

<https://w3id.org/cop-graph/id/paragraph-r-1-1>
    <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> cop:Paragraph ;
    cop:inReport copd:report-r ;
    cop:number "1.1" ;
    .

copd:paragraph-r-signature
    cop:inReport copd:report-r ;
    dcterms:identifier "signature" ;
    .

copd:remark-r-2-1-001
    cop:paragraph copd:paragraph-r-2-1 ;
    .
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    monkeypatch.chdir(tmp_path)
    (tmp_path / CLAIMS).write_text(CONTENT, encoding="utf-8")
    return Index([read_turtle_file(tmp_path / CLAIMS)])


@pytest.mark.parametrize(
    ("subject", "predicate", "value", "line"),
    [
        pytest.param("copd:claim-r-1-1-001", "cop:anchor", '"two"', 9, id="value"),
        pytest.param("copd:claim-r-1-1-001", "cop:anchor", '"six"', 8, id="other-value"),
        pytest.param("copd:claim-r-1-1-001", "cop:status", "", 5, id="other-property"),
        pytest.param("copd:claim-r-1-1-001", "", "", 5, id="block"),
        pytest.param("copd:claim-r-1-1-001", "a", "cop:Claim", 6, id="type"),
        pytest.param("copd:paragraph-r-1-1", "a", "cop:Paragraph", 14, id="full-iris"),
        pytest.param("copd:nobody", "a", "cop:Claim", 1, id="unknown"),
    ],
)
def test_place_is_the_nearest_line_that_says_it(
    index: Index, subject: str, predicate: str, value: str, line: int
) -> None:
    assert index.place(subject, predicate, value) == (CLAIMS, line)


def test_place_in_an_index_without_files_is_nowhere() -> None:
    assert Index([]).place("copd:a") == ("", 1)


@pytest.mark.parametrize(
    ("subject", "paragraph"),
    [
        pytest.param("copd:claim-r-1-1-001", "1.1", id="claim"),
        pytest.param("copd:paragraph-r-1-1", "1.1", id="paragraph"),
        pytest.param("copd:paragraph-r-signature", "signature", id="paragraph-without-number"),
        pytest.param("copd:remark-r-2-1-001", "r-2-1", id="paragraph-that-is-not-there"),
        pytest.param("copd:report-r", None, id="neither"),
    ],
)
def test_paragraph_of_a_record_is_its_printed_number(
    index: Index, subject: str, paragraph: str | None
) -> None:
    assert index.paragraph(subject) == paragraph


def test_violation_points_at_the_line(index: Index) -> None:
    found = index.violation(
        "anchors", "copd:claim-r-1-1-001", "is wrong", predicate="cop:anchor", value='"two"'
    )

    assert found == Violation(
        CLAIMS, 9, "copd:claim-r-1-1-001", "is wrong", "anchors", paragraph="1.1"
    )
    assert str(found) == ("claims.ttl:9: copd:claim-r-1-1-001: is wrong (paragraph 1.1) [anchors]")


def test_violation_without_entity_or_paragraph_is_shorter() -> None:
    assert str(Violation("a.ttl", 1, "", "is empty", "form")) == "a.ttl:1: is empty [form]"


def test_a_subject_in_two_blocks_keeps_both(index: Index, tmp_path: Path) -> None:
    other = tmp_path / "other.ttl"
    other.write_text(CONTENT.replace("@en", ""), encoding="utf-8")

    both = Index([*index.files, read_turtle_file(other)])

    assert both.blocks["copd:claim-r-1-1-001"] == [(CLAIMS, 5), ("other.ttl", 5)]
    assert both.holds("copd:claim-r-1-1-001", "cop:anchor")
    assert not both.holds("copd:claim-r-1-1-001", "cop:status")


def test_index_gives_the_triples_of_all_files(index: Index) -> None:
    anchors = sorted(
        triple.object.value
        for triple in index.triples()
        if triple.predicate == NamedNode(COP + "anchor")
    )

    assert anchors == ["one", "two"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"copd:a a", "broken.ttl:1: not Turtle: ", id="not-turtle"),
        pytest.param(
            b"\xff", "broken.ttl: not UTF-8 at byte 0; save the file as UTF-8", id="not-utf-8"
        ),
        pytest.param(None, "broken.ttl: cannot be read: No such file or directory", id="no-file"),
    ],
)
def test_a_broken_file_keeps_its_fault_and_what_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "broken.ttl").write_bytes(content)

    found = read_turtle_file(tmp_path / "broken.ttl")

    assert str(found.fault).startswith(message)
    assert (found.name, found.triples, found.places) == ("broken.ttl", (), ())


def test_index_of_a_source_reads_ontology_shapes_and_data(small_source: Source) -> None:
    index = read_index(small_source)
    names = [file.path.name for file in index.files]

    assert "shapes.ttl" in names
    assert names[-8:] == [
        "actors.ttl",
        "states.ttl",
        "things.ttl",
        "alpha-1.ttl",
        "beta-1.ttl",
        "alpha-1.ttl",
        "beta-1.ttl",
        "identifiers.ttl",
    ]
    assert [file.fault for file in index.files if file.fault] == []
    assert index.paragraph("copd:claim-alpha-1-3-1-p2-001") == "3-1-p2"


def test_path_below_the_working_directory_is_shown_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    assert shown_path(tmp_path / "here" / "data" / "a.ttl") == "data/a.ttl"
    assert shown_path(tmp_path / "there" / "a.ttl") == str(tmp_path / "there" / "a.ttl")


def test_names_are_given_short_and_in_full() -> None:
    assert curie(NamedNode(COPD + "state-eastmark")) == "copd:state-eastmark"
    assert curie(Literal("a", language="en")) == '"a"@en'
    assert full_iri("copd:state-eastmark") == COPD + "state-eastmark"
    assert full_iri("urn:a") == "urn:a"
    assert [is_ours(iri) for iri in (COP + "Claim", COPD + "a", RDF + "type")] == [
        True,
        True,
        False,
    ]
