"""One graph has one Turtle form; what is written is read back, and every line can be told."""

from __future__ import annotations

import contextlib
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)

from cop_graph.errors import DataError
from cop_graph.namespaces import COP, COPD, PREFIXES, RDF, XSD
from cop_graph.turtle import (
    Position,
    blank_node_line,
    count_comments,
    format_turtle,
    parse_turtle,
    positions,
    write_turtle,
)

TEXTS = st.text().map(lambda text: unicodedata.normalize("NFC", text))
LOCALS = st.from_regex(r"[A-Za-z0-9_.:%-]{0,8}", fullmatch=True).filter(
    lambda text: "%" not in text
)
NODES = st.one_of(
    st.builds(NamedNode, st.builds("{}{}".format, st.sampled_from([*PREFIXES.values()]), LOCALS)),
    st.sampled_from(
        [NamedNode("urn:a"), NamedNode("http://example.org/لعبة"), NamedNode(RDF + "nil")]
    ),
)
LITERALS = st.one_of(
    TEXTS.map(Literal),
    st.builds(Literal, TEXTS, language=st.sampled_from(["en", "ar", "en-gb", "zh-hant"])),
    st.builds(Literal, TEXTS, datatype=NODES),
    st.builds(
        Literal,
        st.one_of(st.from_regex(r"[+-]?\d*\.?\d*(e\d)?", fullmatch=True), st.just("true")),
        datatype=st.sampled_from(
            [NamedNode(XSD + name) for name in ("integer", "decimal", "double", "boolean")]
        ),
    ),
)
GRAPHS = st.lists(st.builds(Triple, NODES, NODES, st.one_of(NODES, LITERALS)))

HEAD = "@prefix copd: <https://w3id.org/cop-graph/id/> .\n\n"


def block(*objects: str) -> str:
    """Give the canonical block that says these objects of copd:b."""
    listed = f" {objects[0]}" if len(objects) == 1 else "\n        " + ",\n        ".join(objects)
    return f"copd:b\n    copd:p{listed} ;\n    .\n"


def canonical(triples: list[Triple]) -> set[Quad]:
    """Give triples with blank nodes named alike in equal graphs."""
    dataset = Dataset(Quad(t.subject, t.predicate, t.object) for t in triples)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return set(dataset)


def triples_of(text: str) -> list[Triple]:
    return [quad.triple for quad in parse(text.encode(), format=RdfFormat.TURTLE)]


@given(GRAPHS)
def test_parse_undoes_write(triples: list[Triple]) -> None:
    assert set(parse_turtle(write_turtle(triples), path="-")) == set(triples)


@given(GRAPHS, st.randoms())
def test_write_does_not_depend_on_the_order_of_triples(
    triples: list[Triple], random: object
) -> None:
    shuffled = [*triples, *triples]
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert write_turtle(shuffled) == write_turtle(triples)


@given(GRAPHS)
def test_format_of_a_canonical_text_changes_nothing(triples: list[Triple]) -> None:
    text = write_turtle(triples)

    assert format_turtle(text, path="-") == text


@given(GRAPHS)
def test_written_turtle_has_one_line_a_term_and_no_space_at_line_ends(
    triples: list[Triple],
) -> None:
    lines = write_turtle(triples).split("\n")

    assert [line for line in lines if line != line.rstrip(" \t\r\n")] == []
    assert lines[-1] == ""


@given(GRAPHS)
def test_positions_find_every_triple_of_a_written_graph(triples: list[Triple]) -> None:
    text = write_turtle(triples)
    lines = text.split("\n")
    found = positions(text)

    assert len(found) == len(set(triples))
    assert [
        place for place in found if place.object.split("\n")[0] not in lines[place.line - 1]
    ] == []
    assert [place for place in found if lines[place.block_line - 1] != place.subject] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("say \"Tide\" \\ or 'Tide'", id="quotes-and-backslash"),
        pytest.param('"""', id="three-quotes"),
        pytest.param("لعبة المد", id="arabic"),
        pytest.param("🌊👩‍👧‍👦🇪🇬", id="emoji"),
        pytest.param("one\ntwo\r\nthree\tfour", id="line-ends-and-tab"),
        pytest.param("".join(map(chr, range(0x20))) + "\x7f", id="control-characters"),
        pytest.param("left\u200eto\u200fright\u202a\u202e\u2066\u2069", id="direction-marks"),
        pytest.param("a\u2028b\u2029c\x85d\ufeff", id="unusual-line-ends"),
        pytest.param("\ufffe\uffff\U0010ffff", id="noncharacters"),
        pytest.param("\\u0041\\n", id="escapes-as-text"),
        pytest.param("", id="empty"),
    ],
)
def test_formatting_keeps_a_string_as_it_is(text: str) -> None:
    triple = Triple(NamedNode(COPD + "b"), NamedNode(COPD + "p"), Literal(text, language="en"))

    again = format_turtle(write_turtle([triple]), path="-")

    assert triples_of(again) == [triple]


def test_invisible_characters_are_written_as_escapes() -> None:
    triple = Triple(
        NamedNode(COPD + "b"), NamedNode(COPD + "p"), Literal('\x00\b\x7f\u202e"\\\n\r\t')
    )

    assert write_turtle([triple]) == HEAD + block('"\\u0000\\u0008\\u007F\\u202E\\"\\\\\\n\\r\\t"')


def test_text_is_written_in_normal_form_c() -> None:
    assert format_turtle('<urn:a> <urn:p> "e\u0301" .', path="-") == (
        '<urn:a>\n    <urn:p> "é" ;\n    .\n'
    )


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param("1, 01, +1, -5", ["01", "1", "+1", "-5"], id="integers"),
        pytest.param("1.50, -.5", ["1.50", "-.5"], id="decimals"),
        pytest.param("true, false", ["false", "true"], id="booleans"),
        pytest.param("10, 9", ["9", "10"], id="natural-order"),
        pytest.param("1, 1, 1", ["1"], id="each-once"),
        pytest.param("copd:c-10, copd:c-9", ["copd:c-9", "copd:c-10"], id="curies"),
        pytest.param('"b"@EN-GB, "a"', ['"a"', '"b"@en-gb'], id="strings"),
        pytest.param("()", ["rdf:nil"], id="empty-list"),
    ],
)
def test_objects_are_written_short_and_sorted(objects: str, expected: list[str]) -> None:
    text = f"{HEAD}copd:b copd:p {objects} ."

    written = format_turtle(text, path="-")

    assert written.endswith("\n\n" + block(*expected))


@pytest.mark.parametrize(
    ("value", "datatype"),
    [
        pytest.param("1", "boolean", id="number-as-boolean"),
        pytest.param("one", "integer", id="word-as-integer"),
        pytest.param("١", "integer", id="arabic-digit-as-integer"),
        pytest.param("١.٥", "decimal", id="arabic-digits-as-decimal"),
        pytest.param("1.", "decimal", id="decimal-without-fraction"),
        pytest.param("1e3", "double", id="double"),
        pytest.param("2031-03", "gYearMonth", id="month"),
    ],
)
def test_what_has_no_short_form_keeps_its_datatype(value: str, datatype: str) -> None:
    literal = Literal(value, datatype=NamedNode(XSD + datatype))
    triple = Triple(NamedNode(COPD + "b"), NamedNode(COPD + "p"), literal)

    written = write_turtle([triple])

    assert written == (
        f"@prefix copd: <{COPD}> .\n@prefix xsd: <{XSD}> .\n\n"
        + block(f'"{value}"^^xsd:{datatype}')
    )
    assert triples_of(written) == [triple]


def test_blocks_and_properties_stand_in_the_order_of_the_style() -> None:
    text = f"""
        PREFIX a: <{COPD}> PREFIX cop: <{COP}> PREFIX rdf: <{RDF}>
        a:remark-r-5-2-001 a cop:Remark . # a comment goes
        a:claim-r-5-10-001 a cop:Claim ; cop:topic 2 , 1 ; rdf:object a:o ; rdf:predicate cop:p ;
            cop:anchor "x"@en ; rdf:subject a:s .
        a:claim-r-5-2-002 a cop:Claim . a:claim-r-5-2-001 a cop:Claim .
        <urn:z> a cop:Thing . a:actor a cop:Thing .
    """

    assert format_turtle(text, path="-") == (
        f"@prefix cop: <{COP}> .\n@prefix copd: <{COPD}> .\n@prefix rdf: <{RDF}> .\n\n"
        "copd:actor\n    a cop:Thing ;\n    .\n\n"
        "copd:claim-r-5-2-001\n    a cop:Claim ;\n    .\n\n"
        "copd:remark-r-5-2-001\n    a cop:Remark ;\n    .\n\n"
        "copd:claim-r-5-2-002\n    a cop:Claim ;\n    .\n\n"
        "copd:claim-r-5-10-001\n    a cop:Claim ;\n    rdf:subject copd:s ;\n"
        "    rdf:predicate cop:p ;\n    rdf:object copd:o ;\n"
        '    cop:anchor "x"@en ;\n    cop:topic\n        1,\n        2 ;\n    .\n\n'
        "<urn:z>\n    a cop:Thing ;\n    .\n"
    )


def test_a_graph_without_triples_is_an_empty_text() -> None:
    assert write_turtle([]) == ""


@pytest.mark.parametrize(
    "members",
    [
        pytest.param("copd:x", id="one"),
        pytest.param('copd:y copd:x "a b"@en 5', id="order-is-kept"),
        pytest.param("( copd:x ) ( copd:y copd:z )", id="lists-of-lists"),
    ],
)
def test_collections_are_kept(members: str) -> None:
    text = HEAD + block(f"( {members} )")

    assert format_turtle(text, path="-") == text
    assert canonical(triples_of(format_turtle(text, path="-"))) == canonical(triples_of(text))


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        pytest.param(
            "copd:b copd:p [ copd:q 1 ; a copd:C ] .",
            "x.ttl: a blank node (with copd:q, rdf:type); give it an IRI of its own",
            id="nested",
        ),
        pytest.param(
            "_:n copd:q 1 .",
            "x.ttl: a blank node (with copd:q); give it an IRI of its own",
            id="subject",
        ),
        pytest.param(
            "copd:b copd:p [] .",
            "x.ttl: a blank node (with no properties); give it an IRI of its own",
            id="empty",
        ),
        pytest.param(
            "copd:b copd:p _:n . _:n rdf:first 1 .",
            "x.ttl: a blank node (with rdf:first); give it an IRI of its own",
            id="list-without-rest",
        ),
        pytest.param(
            "copd:b copd:p _:n . _:n rdf:first 1, 2 ; rdf:rest () .",
            "x.ttl: a blank node (with rdf:first, rdf:rest); give it an IRI of its own",
            id="list-with-two-firsts",
        ),
        pytest.param(
            "copd:b copd:p _:n . _:n rdf:first 1 ; rdf:rest _:n .",
            "x.ttl: a blank node (with rdf:first, rdf:rest); give it an IRI of its own",
            id="list-in-a-circle",
        ),
        pytest.param(
            "_:n rdf:first 1 ; rdf:rest _:n .",
            "x.ttl: a blank node (with rdf:first, rdf:rest); give it an IRI of its own",
            id="circle-that-nothing-points-at",
        ),
        pytest.param(
            "copd:b copd:p _:n . copd:c copd:p _:n . _:n rdf:first 1 ; rdf:rest () .",
            "x.ttl: a blank node (with rdf:first, rdf:rest); give it an IRI of its own",
            id="list-of-two",
        ),
        pytest.param(
            'copd:b copd:p _:n . _:n rdf:first 1 ; rdf:rest "end" .',
            "x.ttl: a blank node (with rdf:first, rdf:rest); give it an IRI of its own",
            id="list-that-ends-in-text",
        ),
        pytest.param(
            "copd:b copd:p _:n . _:n rdf:first 1 ; rdf:rest copd:c .",
            "x.ttl: an RDF collection does not end in rdf:nil",
            id="list-that-ends-in-a-thing",
        ),
        pytest.param(
            "copd:b copd:p <<( copd:a copd:b copd:c )>> .",
            "x.ttl: a triple term, which RDF 1.1 does not have",
            id="triple-term",
        ),
        pytest.param(
            'copd:b copd:p "a"@ar--rtl .',
            'x.ttl: a direction, which RDF 1.1 does not have: "a"@ar--rtl',
            id="direction",
        ),
    ],
)
def test_what_has_no_canonical_form_is_refused(statements: str, message: str) -> None:
    text = f"{HEAD}@prefix rdf: <{RDF}> .\n{statements}"

    with pytest.raises(DataError) as caught:
        format_turtle(text, path="x.ttl")

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("copd:a copd:b\ncopd:c .", "x.ttl:1: not Turtle:", id="prefix-not-declared"),
        pytest.param("<urn:a>\n<urn:b>\n!", "x.ttl:3: not Turtle:", id="wrong-character"),
        pytest.param('<urn:a> <urn:b> "x', "x.ttl:1: not Turtle:", id="text-never-closed"),
        pytest.param("<a> <b> <c> .", "x.ttl:1: not Turtle:", id="relative-iri"),
    ],
)
def test_parse_names_the_line_of_a_fault(text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_turtle(text, path="x.ttl")

    assert str(caught.value).startswith(message)
    assert "Parser error" not in str(caught.value)


def test_parse_refuses_what_is_no_character() -> None:
    with pytest.raises(DataError) as caught:
        parse_turtle('<urn:a> <urn:b> "\ud800" .', path="x.ttl")

    assert str(caught.value) == "x.ttl: holds a character that UTF-8 cannot write"


@given(st.text())
def test_parse_raises_only_our_error(text: str) -> None:
    with contextlib.suppress(DataError):
        assert isinstance(parse_turtle(text, path="-"), list)


@given(st.text())
def test_positions_and_comments_read_any_text(text: str) -> None:
    lines = text.count("\n") + 1

    assert all(1 <= place.block_line <= place.line <= lines for place in positions(text))
    assert 0 <= count_comments(text) <= text.count("#")


def test_positions_read_any_layout() -> None:
    text = """\
PREFIX cop: <https://w3id.org/cop-graph/ontology#>
BASE <https://w3id.org/cop-graph/>
@prefix copd: <https://w3id.org/cop-graph/id/>.  @base <https://example.org/> .
# copd:not a cop:Thing .
copd:a a cop:Thing;cop:p "one ; two . #"@en , 'three'^^cop:t,
  \"\"\"four
" five\"\"\"@en-GB;; cop:q true
.
<https://w3id.org/cop-graph/id/b>
    cop:p ( 1 ( 2 ) [ cop:q 3 ] ) , 5.
copd:c cop:p -1.5e3, 1.e3, +.5, _:x, copd:d\\.e, <http://e/\\u00e9> .
"""

    assert positions(text) == [
        Position("copd:a", "a", "cop:Thing", 5, 5),
        Position("copd:a", "cop:p", '"one ; two . #"', 5, 5),
        Position("copd:a", "cop:p", "'three'", 5, 5),
        Position("copd:a", "cop:p", '"""four\n" five"""', 6, 5),
        Position("copd:a", "cop:q", "true", 7, 5),
        Position("<https://w3id.org/cop-graph/id/b>", "cop:p", "5", 10, 9),
        Position("copd:c", "cop:p", "-1.5e3", 11, 11),
        Position("copd:c", "cop:p", "1.e3", 11, 11),
        Position("copd:c", "cop:p", "+.5", 11, 11),
        Position("copd:c", "cop:p", "_:x", 11, 11),
        Position("copd:c", "cop:p", "copd:d\\.e", 11, 11),
        Position("copd:c", "cop:p", "<http://e/\\u00e9>", 11, 11),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "copd:a copd:p 5.\ncopd:b copd:p _:x.\ncopd:c copd:p copd:d.\ncopd:e copd:p 1 .",
            [
                Position("copd:a", "copd:p", "5", 1, 1),
                Position("copd:b", "copd:p", "_:x", 2, 2),
                Position("copd:c", "copd:p", "copd:d", 3, 3),
                Position("copd:e", "copd:p", "1", 4, 4),
            ],
            id="full-stop-without-space",
        ),
        pytest.param(
            'copd:a copd:p 1 ;\n  copd:q "never closed ;\n  .\ncopd:b copd:p 2 .',
            [
                Position("copd:a", "copd:p", "1", 1, 1),
                Position("copd:a", "copd:q", "never", 2, 1),
                Position("copd:a", "copd:q", "closed", 2, 1),
                Position("copd:b", "copd:p", "2", 4, 4),
            ],
            id="string-never-closed",
        ),
        pytest.param(
            "copd:a copd:p 1 ;\n  {{{\n  copd:q 2 .\ncopd:b copd:p 3 .",
            [
                Position("copd:a", "copd:p", "1", 1, 1),
                Position("copd:a", "copd:q", "2", 3, 1),
                Position("copd:b", "copd:p", "3", 4, 4),
            ],
            id="characters-that-fit-nowhere",
        ),
        pytest.param(
            "copd:a copd:p 1 ;\n  copd:q\n",
            [Position("copd:a", "copd:p", "1", 1, 1)],
            id="ends-in-the-middle",
        ),
        pytest.param(
            "copd:a copd:p ( 1 2 ;\n .\ncopd:b copd:p 3 .",
            [],
            id="list-never-closed",
        ),
        pytest.param(
            "prefix cop: <urn:a>\ncop:a cop:p 1 .\nBASE <urn:b>\n<c> cop:p 2 .",
            [Position("cop:a", "cop:p", "1", 2, 2), Position("<c>", "cop:p", "2", 4, 4)],
            id="directives-without-full-stop",
        ),
        pytest.param("", [], id="empty"),
    ],
)
def test_positions_go_as_far_as_broken_turtle_does(text: str, expected: list[Position]) -> None:
    assert positions(text) == expected


def test_count_comments_does_not_count_what_only_looks_like_one() -> None:
    text = """# one
@prefix a: <http://e/#> . # two
a:b a:c "# none", '''# none
# none''', a:d\\#e . #
"""

    assert count_comments(text) == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("copd:a copd:b 1 ;\n copd:c [ copd:d 2 ] .", 2, id="nested"),
        pytest.param('copd:a copd:b "[" . # [\n\n_:c copd:d _:e .', 3, id="named"),
        pytest.param("copd:a copd:b ( 1 ) .", None, id="collection"),
    ],
)
def test_line_of_the_first_blank_node(text: str, line: int | None) -> None:
    assert blank_node_line(text) == line


def test_every_file_of_the_repository_is_read_to_the_last_triple() -> None:
    root = Path(__file__).resolve().parent
    paths = sorted((root / "fixtures" / "small").rglob("*.ttl"))
    unread = {
        path.name
        for path in paths
        if len(positions(path.read_text(encoding="utf-8")))
        != len(parse_turtle(path.read_text(encoding="utf-8"), path=str(path)))
    }

    assert len(paths) > 5
    assert unread == set()
