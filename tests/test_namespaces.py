"""CURIEs and IRIs turn into each other, and new IRIs are minted once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cop_graph.errors import IdentifierError
from cop_graph.namespaces import (
    COPD,
    PREFIXES,
    compact,
    expand,
    is_iri,
    mint,
    natural_key,
    natural_text,
    prefix_lines,
    slugify,
)

ROOT = Path(__file__).resolve().parent.parent
CURIES = st.builds(
    "{}:{}".format,
    st.sampled_from(sorted(PREFIXES)),
    st.from_regex(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?", fullmatch=True),
)


@given(CURIES)
def test_compact_undoes_expand(curie: str) -> None:
    assert compact(expand(curie)) == curie


@given(st.text())
def test_compact_keeps_any_text_expandable(text: str) -> None:
    iri = COPD + text

    assert compact(iri) == iri or expand(compact(iri)) == iri


@pytest.mark.parametrize(
    "curie",
    ["Egypt", "ex:a", ":a", "", "COP:Claim", "https://example.org/a"],
    ids=["no-colon", "unknown-prefix", "empty-prefix", "empty", "upper-case", "iri"],
)
def test_expand_refuses_what_has_no_known_prefix(curie: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        expand(curie)

    assert str(caught.value) == (
        f"{curie!r}: not a CURIE with a known prefix (cop, copd, dcterms, foaf, oa, org, owl, "
        "prov, rdf, rdfs, schema, sh, skos, vann, xsd)"
    )


@pytest.mark.parametrize(
    "local",
    ["", "a/b", "-a", "a.", "a b", "é", "a#b"],
    ids=["empty", "slash", "hyphen-first", "dot-last", "space", "not-ascii", "hash"],
)
def test_compact_keeps_an_iri_that_makes_no_plain_curie(local: str) -> None:
    assert compact(COPD + local) == COPD + local


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("https://example.org/a", True, id="https"),
        pytest.param("urn:isbn:1", True, id="urn"),
        pytest.param("http://example.org/لعبة", True, id="arabic"),
        pytest.param("copd:state-egypt", True, id="curie-looks-alike"),
        pytest.param("Egypt", False, id="word"),
        pytest.param("http://a/ b", False, id="space"),
        pytest.param("http://a/<b>", False, id="angle-brackets"),
        pytest.param("http://a/\n", False, id="line-end"),
        pytest.param("1a:b", False, id="digit-first"),
        pytest.param("", False, id="empty"),
    ],
)
def test_is_iri_knows_absolute_iris(text: str, expected: bool) -> None:
    assert is_iri(text) is expected


@pytest.mark.parametrize(
    ("label", "slug"),
    [
        pytest.param("Kite Works", "kite-works", id="two-words"),
        pytest.param("  Éco—École (2031)! ", "eco-ecole-2031", id="accents-and-marks"),
        pytest.param("kelp_line’s", "kelp-line-s", id="underscore-and-apostrophe"),
        pytest.param("لعبة", "", id="no-ascii"),
    ],
)
def test_slugify_gives_ascii_words(label: str, slug: str) -> None:
    assert slugify(label) == slug


def test_mint_numbers_on_where_the_iri_is_taken() -> None:
    first = mint("organization", "Kite Works")
    second = mint("organization", "Kite Works", taken={first})
    third = mint("organization", "Kite Works", taken={first, second})

    assert [first, second, third] == [
        COPD + "organization-kite-works",
        COPD + "organization-kite-works-2",
        COPD + "organization-kite-works-3",
    ]


def test_mint_refuses_a_label_without_ascii() -> None:
    with pytest.raises(IdentifierError) as caught:
        mint("resource", "لعبة 🌊")

    assert str(caught.value) == "'لعبة 🌊': has no letter or digit to make an IRI of"


def test_natural_key_counts_numbers_as_numbers() -> None:
    texts = ["a-10", "a-2", "a", "a-02", "b", "10", "9", "٣", ""]

    assert sorted(texts, key=natural_key) == ["", "9", "10", "a", "a-02", "a-2", "a-10", "b", "٣"]


PRINTED = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)


@given(first=PRINTED, second=PRINTED)
@example(first="a05", second="a5")
@example(first="0", second="00")
@example(first="a1", second="a-")
def test_natural_text_orders_as_natural_key(first: str, second: str) -> None:
    assert (natural_text(first) < natural_text(second)) == (
        natural_key(first) < natural_key(second)
    )


@given(st.lists(st.text()))
def test_natural_key_orders_any_texts_totally(texts: list[str]) -> None:
    assert sorted(sorted(texts), key=natural_key) == sorted(
        sorted(texts, reverse=True), key=natural_key
    )


def test_prefix_lines_give_all_prefixes_or_those_named() -> None:
    assert prefix_lines({"skos", "cop", "unknown"}) == (
        "PREFIX cop: <https://w3id.org/cop-graph/ontology#>\n"
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
    )
    assert prefix_lines().count("\n") == len(PREFIXES)


def test_prefix_table_is_sorted() -> None:
    assert list(PREFIXES) == sorted(PREFIXES)


@pytest.mark.parametrize("folder", ["ontology", "data", "queries", "tests/fixtures"])
def test_prefixes_of_every_file_are_those_of_the_table(folder: str) -> None:
    paths = [path for path in (ROOT / folder).rglob("*") if path.suffix in (".ttl", ".rq", ".ru")]
    declared = [
        (path.name, prefix, iri)
        for path in paths
        for prefix, iri in re.findall(
            r"(?im)^@?prefix\s+(\w*):\s*<([^>]*)>", path.read_text(encoding="utf-8")
        )
    ]

    assert declared
    assert [entry for entry in declared if PREFIXES.get(entry[1]) != entry[2]] == []
