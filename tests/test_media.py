"""What a client accepts, and what it is given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop_graph.media import SOLUTIONS, TRIPLES, charset, choose, content_type, offers, rdf_format
from cop_graph.store import RDF_FORMATS, RESULT_FORMATS

OFFERED = offers(("json", "xml", "csv", "tsv"), triples=False)
GRAPHS = offers(tuple(TRIPLES), triples=True)


def test_every_format_of_a_store_has_its_media_types() -> None:
    assert (set(SOLUTIONS), set(TRIPLES)) == (set(RESULT_FORMATS), set(RDF_FORMATS))


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "json"),
        ("*/*", "json"),
        (" , ,", "json"),
        ("application/*", "json"),
        ("text/*", "csv"),
        ("TEXT/CSV", "csv"),
        ("text/csv;charset=utf-8", "csv"),
        ("text/csv;q=0.2, application/sparql-results+xml;q=0.9", "xml"),
        ("text/csv;q=0.9, text/*;q=0.1, */*;q=0.5", "csv"),
        ("text/csv;q=0, text/*", "tsv"),
        ("*/*;q=0.1, text/csv", "csv"),
        ("application/json;q=0, */*", "json"),
        ("application/sparql-results+json;q=0, application/json;q=0, text/json;q=0, */*", "xml"),
        ("text/csv;q=7, text/tab-separated-values;q=1", "csv"),
        ("text/csv ; q = 0.3 , text/tab-separated-values ; q=0.31", "tsv"),
        ("image/png", None),
        ("text/csv;q=0", None),
        ("*/*;q=0", None),
        ("csv", None),
    ],
)
def test_best_of_what_is_accepted_is_chosen(accept: str, expected: str | None) -> None:
    found = choose(accept, OFFERED)

    assert (found[0] if found else None) == expected


def test_media_type_is_the_one_that_was_asked_for() -> None:
    assert choose("application/xml", OFFERED) == ("xml", "application/xml")
    assert choose("application/xml", GRAPHS) == ("rdfxml", "application/xml")
    assert choose("application/x-turtle, */*;q=0.1", GRAPHS) == ("turtle", "application/x-turtle")


@given(st.text(max_size=50))
def test_any_header_at_all_is_borne(accept: str) -> None:
    found = choose(accept, OFFERED)

    assert found is None or found in OFFERED
    assert rdf_format(accept) in (None, *TRIPLES)
    assert charset(accept) != ""


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("text/turtle", "turtle"),
        ("Text/Turtle;charset=UTF-8", "turtle"),
        (" application/n-triples ", "ntriples"),
        ("application/trig", "trig"),
        ("application/n-quads", "nquads"),
        ("application/ld+json; profile=x", "jsonld"),
        ("application/rdf+xml", "rdfxml"),
        ("text/html", None),
        ("", None),
    ],
)
def test_format_of_a_document_is_told_by_its_media_type(header: str, expected: str | None) -> None:
    assert rdf_format(header) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("text/turtle", "utf-8"),
        ("text/turtle; charset=ISO-8859-1", "iso-8859-1"),
        ('text/turtle;charset="UTF-8"', "utf-8"),
        ("text/turtle; x=y; Charset = utf-16", "utf-16"),
    ],
)
def test_character_set_is_read(header: str, expected: str) -> None:
    assert charset(header) == expected


def test_text_says_that_it_is_utf_8() -> None:
    assert content_type("text/csv") == "text/csv; charset=utf-8"
    assert content_type("application/n-triples") == "application/n-triples"
