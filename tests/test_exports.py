"""Exports: what others read back is what we hold, under any name and address."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic

from cop_graph.dataset import Source, find_source
from cop_graph.errors import ExportError
from cop_graph.exports import (
    ANSWER_FORMATS,
    DATASET_FORMATS,
    answer_csv,
    answer_json,
    answer_tsv,
    cell_text,
    claims_csv,
    export_dataset,
)
from cop_graph.graph import Graph
from cop_graph.model import Answer, Reference, Row
from cop_graph.namespaces import BASE, COP, COPD, PREFIXES, RDF, compact
from cop_graph.store import RDF_FORMATS, EmbeddedStore, memory_store

HOME = "https://example.org/home/"
FORMULA = '=HYPERLINK("http://example.org","click")'
HOSTILE = f"""\
@prefix cop: <{COP}> .
@prefix copd: <{COPD}> .
@prefix rdf: <{RDF}> .
@prefix rdfs: <{PREFIXES["rdfs"]}> .
@prefix skos: <{PREFIXES["skos"]}> .
copd:organization-beacon a cop:Organization ;
    skos:prefLabel '''{FORMULA}'''@en ;
    skos:altLabel "@beacon"@en, "beacon's \\"B\\" منارة 🚨\\ttwo\\nlines"@ar ;
    rdfs:seeAlso <https://example.org/?from={BASE}id/state-westmark> ;
    cop:note "see {BASE}id/state-westmark"@en, "soon"^^cop:hedged .
copd:claim-beta-1-2-1-101 a cop:Claim ;
    rdf:subject copd:organization-kite-works ; rdf:predicate cop:partnersWith ;
    rdf:object copd:organization-beacon ;
    cop:accordingTo copd:organization-beacon, copd:state-westmark ;
    cop:anchor "+ not a sum"@en, "=1"@en ; cop:occurrence 2 ; cop:value -5 ;
    cop:paragraph copd:paragraph-beta-1-2-1 ; cop:status cop:status-done .
copd:claim-beta-1-2-1-102 a cop:Claim ;
    rdf:subject <https://example.org/?from={BASE}id/x> ; rdf:predicate cop:partnersWith ;
    rdf:object copd:organization-nameless ; cop:topic copd:theme-nameless .
"""


@pytest.fixture
def hostile(small_copy: Path) -> Graph:
    """The small graph with names that try to be formulas, markup and escapes."""
    (small_copy / "claims" / "hostile.ttl").write_text(HOSTILE, encoding="utf-8")
    source = find_source(small_copy)
    return Graph(memory_store(source), source)


def triples(store: EmbeddedStore) -> set[ox.Triple]:
    pattern = store.quads.quads_for_pattern(None, None, None, ox.DefaultGraph())
    return {quad.triple for quad in pattern}


def parsed(content: bytes, format: str) -> set[ox.Quad]:
    return set(ox.parse(content, format=RDF_FORMATS[format]))


def iris_of(quad: ox.Quad) -> set[str]:
    """Give every IRI of a quad, datatypes included."""
    found = set()
    for term in quad:
        if isinstance(term, ox.NamedNode):
            found.add(term.value)
        if isinstance(term, ox.Literal):
            found.add(term.datatype.value)
    return found


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("format", ["trig", "nquads", "jsonld"])
def test_formats_with_graphs_round_trip_to_the_same_quads(format: str, hostile: Graph) -> None:
    assert parsed(export_dataset(hostile.store, format), format) == set(hostile.store.iter_quads())


@pytest.mark.parametrize("format", ["turtle", "ntriples", "rdfxml"])
def test_formats_without_graphs_round_trip_to_the_default_graph(
    format: str, hostile: Graph
) -> None:
    back = parsed(export_dataset(hostile.store, format), format)
    assert {quad.triple for quad in back} == triples(hostile.store)
    assert {quad.graph_name for quad in back} == {ox.DefaultGraph()}


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    ("format", "name"),
    [
        pytest.param("turtle", "turtle", id="turtle"),
        pytest.param("ntriples", "nt", id="ntriples"),
        pytest.param("rdfxml", "xml", id="rdfxml"),
        pytest.param("jsonld", "json-ld", id="jsonld"),
    ],
)
def test_rdflib_reads_an_isomorphic_graph(format: str, name: str, hostile: Graph) -> None:
    wanted = rdflib.Graph()
    wanted.parse(data="".join(f"{triple} .\n" for triple in triples(hostile.store)), format="nt")
    read = rdflib.Graph()
    read.parse(data=export_dataset(hostile.store, format), format=name)
    assert isomorphic(read, wanted)


@pytest.mark.parametrize("format", [name for name in DATASET_FORMATS if name != "csv"])
def test_names_with_quotes_scripts_and_emoji_arrive_whole(format: str, hostile: Graph) -> None:
    name = ox.Literal('beacon\'s "B" منارة 🚨\ttwo\nlines', language="ar")
    objects = {quad.object for quad in parsed(export_dataset(hostile.store, format), format)}
    assert name in objects


@pytest.mark.parametrize("format", DATASET_FORMATS)
def test_export_is_the_same_of_a_store_that_was_built_anew(
    format: str, small_store: EmbeddedStore, small_source: Source
) -> None:
    other = memory_store(small_source)
    assert export_dataset(other, format) == export_dataset(small_store, format)


def test_turtle_names_the_prefixes(small_store: EmbeddedStore) -> None:
    lines = export_dataset(small_store, "turtle").decode().splitlines()
    declared = {line for line in lines if line.startswith("@prefix")}
    assert declared == {f"@prefix {name}: <{iri}> ." for name, iri in PREFIXES.items()}


def test_export_refuses_an_unknown_format(small_store: EmbeddedStore) -> None:
    with pytest.raises(ExportError) as caught:
        export_dataset(small_store, "xlsx")
    assert str(caught.value) == (
        "no format 'xlsx'; there are turtle, trig, ntriples, nquads, jsonld, rdfxml, csv"
    )


@pytest.mark.parametrize("format", ["trig", "nquads", "jsonld"])
@pytest.mark.parametrize("base", [HOME, f"{BASE}v2/"])
def test_base_rewrites_every_iri_of_ours_and_nothing_else(
    base: str, format: str, hostile: Graph
) -> None:
    ours = export_dataset(hostile.store, "nquads").replace(f"<{BASE}".encode(), f"<{base}".encode())
    moved = export_dataset(hostile.store, format, base=base)
    assert parsed(moved, format) == parsed(ours, "nquads")


@pytest.mark.parametrize("format", ["turtle", "ntriples", "rdfxml"])
def test_base_leaves_what_only_holds_our_address(format: str, hostile: Graph) -> None:
    back = parsed(export_dataset(hostile.store, format, base=HOME), format)
    objects = {
        quad.object for quad in back if quad.subject.value == f"{HOME}id/organization-beacon"
    }
    assert {iri for quad in back for iri in iris_of(quad) if iri.startswith(BASE)} == set()
    assert {
        ox.NamedNode(f"https://example.org/?from={BASE}id/state-westmark"),
        ox.Literal(f"see {BASE}id/state-westmark", language="en"),
        ox.Literal("soon", datatype=ox.NamedNode(f"{HOME}ontology#hedged")),
    } <= objects


def test_base_moves_the_prefixes_too(small_store: EmbeddedStore) -> None:
    lines = export_dataset(small_store, "turtle", base=HOME).decode().splitlines()
    assert {line for line in lines if line.startswith("@prefix cop")} == {
        f"@prefix cop: <{HOME}ontology#> .",
        f"@prefix copd: <{HOME}id/> .",
    }


@pytest.mark.parametrize(
    "base",
    [
        pytest.param("https://example.org/home", id="no-slash"),
        pytest.param("https://example.org/home#", id="ends-in-fragment"),
        pytest.param("https://example.org/#home/", id="fragment"),
        pytest.param("home/", id="no-scheme"),
        pytest.param("", id="empty"),
        pytest.param("https://example.org/a b/", id="space"),
        pytest.param("http://[/", id="broken-host"),
        pytest.param("https://example.org/%zz/", id="broken-percent"),
        pytest.param("https://example.org/\udcff/", id="no-utf-8"),
    ],
)
@pytest.mark.parametrize("format", ["turtle", "csv"])
def test_base_that_is_no_address_is_refused(
    format: str, base: str, small_store: EmbeddedStore
) -> None:
    with pytest.raises(ExportError) as caught:
        export_dataset(small_store, format, base=base)
    assert str(caught.value) == f"--base is an IRI that ends in / and has no #, not {base!r}"


def test_claims_csv_has_one_row_a_claim(small_store: EmbeddedStore) -> None:
    rows = rows_of(claims_csv(small_store))
    claims = [compact(claim) for claim in small_store.instances(COP + "Claim")]
    assert sorted(compact(row["claim"]) for row in rows) == sorted(claims)


def test_claims_csv_puts_numbers_within_names_in_order(small_store: EmbeddedStore) -> None:
    numbers = [row["claim"].rpartition("/id/")[2] for row in rows_of(claims_csv(small_store))]
    first = numbers.index("claim-alpha-1-3-1-009")
    assert numbers[first : first + 3] == [
        "claim-alpha-1-3-1-009",
        "claim-alpha-1-3-1-010",
        "claim-alpha-1-3-1-p2-001",
    ]


@pytest.mark.parametrize(
    ("base", "address"),
    [pytest.param(None, BASE, id="ours"), pytest.param(HOME, HOME, id="theirs")],
)
def test_claims_csv_tells_all_of_a_claim(base: str | None, address: str, hostile: Graph) -> None:
    rows = {row["claim"]: row for row in rows_of(export_dataset(hostile.store, "csv", base=base))}
    assert rows[f"{address}id/claim-beta-1-2-1-101"] == {
        "claim": f"{address}id/claim-beta-1-2-1-101",
        "report": "beta-1",
        "paragraph": "2.1",
        "subject": f"{address}id/organization-kite-works",
        "subjectLabel": "Kite Works",
        "relation": "partners with",
        "object": f"{address}id/organization-beacon",
        "objectLabel": f"'{FORMULA}",
        "status": "done",
        "start": "",
        "end": "",
        "value": "-5",
        "bound": "",
        "unit": "",
        "context": "",
        "topic": "",
        "accordingTo": f"'{FORMULA}; Westmark",
        "anchor": "'+ not a sum | =1",
        "occurrence": "2",
    }


def test_claims_csv_leaves_empty_what_a_claim_does_not_say(hostile: Graph) -> None:
    rows = {row["claim"]: row for row in rows_of(claims_csv(hostile.store, base=HOME))}
    filled = {key: cell for key, cell in rows[f"{HOME}id/claim-beta-1-2-1-102"].items() if cell}
    assert filled == {
        "claim": f"{HOME}id/claim-beta-1-2-1-102",
        "subject": f"https://example.org/?from={BASE}id/x",
        "relation": "partners with",
        "object": f"{HOME}id/organization-nameless",
        "topic": f"{HOME}id/theme-nameless",
    }


def test_claims_csv_numbers_a_paragraph_without_printed_number(small_store: EmbeddedStore) -> None:
    rows = {compact(row["claim"]): row for row in rows_of(claims_csv(small_store))}
    assert rows["copd:claim-alpha-1-3-1-p2-003"]["paragraph"] == "3-1-p2"


def answer(*names: str, **more: Any) -> Answer:
    """Make an answer of one column with hostile cells."""
    rows = [Row({"name": name, "claims": ()}) for name in names]
    blank = Answer("mine", "Mine?", {"name": "text"}, rows, {}, scope=None)  # type: ignore[arg-type]
    return replace(blank, **more)


CELLS = [
    pytest.param("=1+1", "'=1+1", id="formula"),
    pytest.param("=1", "'=1", id="formula-of-a-number"),
    pytest.param(FORMULA, f"'{FORMULA}", id="link"),
    pytest.param("@sum", "'@sum", id="at"),
    pytest.param("@1", "'@1", id="at-number"),
    pytest.param("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0", id="plus"),
    pytest.param("-2+3", "'-2+3", id="minus"),
    pytest.param("＝1＋1", "'＝1＋1", id="wide"),
    pytest.param("-5", "-5", id="negative-number"),
    pytest.param("+4.50", "+4.50", id="positive-number"),
    pytest.param("-1.2.3", "'-1.2.3", id="no-number"),
    pytest.param("-", "'-", id="dash-alone"),
    pytest.param("a=b", "a=b", id="within"),
    pytest.param("", "", id="empty"),
    pytest.param('one, “two” "3" ثلاثة 🌊', 'one, “two” "3" ثلاثة 🌊', id="names"),
]


@pytest.mark.parametrize(("cell", "written"), CELLS)
def test_no_cell_of_csv_or_tsv_starts_a_formula(cell: str, written: str) -> None:
    rows = rows_of(answer_csv(answer(cell)))
    assert rows == [{"name": written, "claims": ""}]
    assert answer_tsv(answer(cell)).decode() == f"name\tclaims\n{written}\t\n"


@pytest.mark.parametrize(
    ("cell", "in_csv", "in_tsv"),
    [
        pytest.param("\t=1+1", "'\t=1+1", "' =1+1", id="tab-first"),
        pytest.param("\n=1+1", "'\n=1+1", "' =1+1", id="line-end-first"),
        pytest.param("\r=1+1", "'\r=1+1", "' =1+1", id="return-first"),
        pytest.param(" =1+1", " =1+1", "'=1+1", id="space-first"),
        pytest.param("two\nlines\tand tabs", "two\nlines\tand tabs", "two lines and tabs", id="in"),
    ],
)
def test_white_space_neither_breaks_a_row_nor_hides_a_formula(
    cell: str, in_csv: str, in_tsv: str
) -> None:
    assert [row["name"] for row in rows_of(answer_csv(answer(cell)))] == [in_csv]
    assert answer_tsv(answer(cell)).decode() == f"name\tclaims\n{in_tsv}\t\n"


def test_answer_csv_is_what_spreadsheets_open(small_graph: Graph) -> None:
    found = small_graph.ask("partners-of", actor="BLO")
    content = answer_csv(found)
    assert content.startswith(b"\xef\xbb\xbfpartner,")
    assert content.count(b"\r\n") == content.count(b"\n") == 3
    assert [(row["partner"], row["status"], row["claims"]) for row in rows_of(content)] == [
        ("Kite Works", "done", "copd:claim-alpha-1-3-1-004"),
        ("Kite Works", "done", "copd:claim-beta-1-2-1-001"),
    ]


def test_answer_csv_and_tsv_with_evidence_have_paragraphs_and_anchors(small_graph: Graph) -> None:
    found = small_graph.ask("works-together-in", thing="First meeting of the Alpha Forum")
    shown = small_graph.with_evidence(found)
    rows = rows_of(answer_csv(shown, with_evidence=True))
    lines = answer_tsv(shown, with_evidence=True).decode().splitlines()
    assert [(row["paragraphs"], row["anchors"]) for row in rows] == [
        ("1.1", "Alpha Forum met | chaired the meeting")
    ]
    assert [line.split("\t")[-2:] for line in lines] == [
        ["paragraphs", "anchors"],
        ["1.1", "Alpha Forum met | chaired the meeting"],
    ]


def test_evidence_that_was_not_looked_up_leaves_its_cells_empty(small_graph: Graph) -> None:
    found = small_graph.ask("partners-of", actor="BLO")
    assert {row["anchors"] for row in rows_of(answer_csv(found, with_evidence=True))} == {""}
    rows = json.loads(answer_json(found, with_evidence=True))["rows"]
    assert [row["evidence"] for row in rows] == [[], []]


def test_row_without_claims_has_an_empty_cell() -> None:
    row = Row({"name": "alone", "claims": None})
    assert rows_of(answer_csv(answer(rows=[row]))) == [{"name": "alone", "claims": ""}]


def test_answer_json_holds_scope_parameters_rows_and_evidence(small_graph: Graph) -> None:
    found = small_graph.ask("partners-of", actor="Westmark", evidence=True)
    document = json.loads(answer_json(found, with_evidence=True))
    assert document == {
        "question": "partners-of",
        "summary": "Who are the partners of an actor, and on what?",
        "parameters": {"actor": {"iri": f"{COPD}state-westmark", "label": "Westmark"}},
        "columns": dict(found.columns),
        "rows": [],
        "scope": {
            "reports": [
                "Report of the first meeting of the Alpha Forum",
                "Report of the first meeting of the Beta Council",
            ],
            "paragraphs": 23,
            "paragraphsWithClaims": 9,
            "claims": 32,
            "remarks": 2,
            "version": small_graph.version,
        },
    }


def test_answer_json_gives_references_values_and_evidence(small_graph: Graph) -> None:
    found = small_graph.ask("partners-of", actor="BLO", evidence=True)
    row = json.loads(answer_json(found, with_evidence=True))["rows"][1]
    assert row == {
        "partner": {"iri": f"{COPD}organization-kite-works", "label": "Kite Works"},
        "contexts": None,
        "topics": None,
        "status": {"iri": f"{COP}status-done", "label": "done"},
        "start": None,
        "claims": ["copd:claim-beta-1-2-1-001"],
        "evidence": [
            {
                "claim": "copd:claim-beta-1-2-1-001",
                "report": "Report of the first meeting of the Beta Council",
                "paragraph": "2.1",
                "anchors": ["partnered with Kite Works"],
                "occurrence": None,
                "status": "done",
                "voices": [],
                "sentence": "The Blue Lantern Office partnered with Kite Works.",
            }
        ],
    }


def test_answer_json_keeps_letters_of_every_script(hostile: Graph) -> None:
    text = answer_json(hostile.ask("claims-about", thing='Tide “the game” "1" لعبة 🌊'))
    assert 'Tide “the game” \\"1\\" لعبة 🌊' in text
    assert "evidence" not in json.loads(text)["rows"][0]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        pytest.param(None, "", id="nothing"),
        pytest.param(False, "no", id="no"),
        pytest.param(True, "yes", id="yes"),
        pytest.param(2.0, "2", id="whole"),
        pytest.param(2.5, "2.5", id="broken"),
        pytest.param(float("inf"), "inf", id="endless"),
        pytest.param(7, "7", id="integer"),
        pytest.param(Reference("x:y", "Label"), "Label", id="reference"),
    ],
)
def test_cell_text_is_what_people_read(cell: object, text: str) -> None:
    assert cell_text(cell) == text


def test_answer_formats_are_those_of_the_command_line() -> None:
    assert ANSWER_FORMATS == ("table", "csv", "tsv", "json", "xlsx")
