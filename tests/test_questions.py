from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode

from cop_graph import questions
from cop_graph.dataset import find_source
from cop_graph.errors import (
    AmbiguousNameError,
    DataError,
    QueryParameterError,
    UnknownEntityError,
    UnknownQueryError,
)
from cop_graph.model import Evidence, Reference, Row, Scope
from cop_graph.names import label_of
from cop_graph.namespaces import COP, COPD, XSD
from cop_graph.questions import (
    Parameter,
    Question,
    ask,
    bind,
    evidence,
    find_question,
    list_questions,
    python_value,
    read_question,
    scope,
)
from cop_graph.reports import read_report
from cop_graph.store import memory_store

ROOT = Path(__file__).resolve().parent.parent
QUERIES = ROOT / "queries"
REPORTS = ROOT / "tests" / "fixtures" / "reports"

BLUE_LANTERN = Reference(COPD + "organization-blue-lantern-office", "Blue Lantern Office")
KITE_WORKS = Reference(COPD + "organization-kite-works", "Kite Works")
DONE = Reference(COP + "status-done", "done")

HEADER = """\
#+ summary: What was said?
#+ description: >
#+   Gives back what
#+   it is given.
#+ tags:
#+   - numbers
#+ parameters:
#+   said:
#+     kind: text
#+     label: Any text
#+   other:
#+     kind: text
#+     label: Any other text
#+   howMany:
#+     kind: number
#+     label: Any number
#+     default: 7
#+   since:
#+     kind: date
#+     label: Any date
#+   state:
#+     kind: State
#+     label: A state
#+   body:
#+     kind: Person|Organization
#+     label: A person or organization
#+ columns:
#+   said: text
#+   other: text
#+   howMany: number
#+   since: date
#+   state: IRI
#+   body: IRI
#+ expect: any
#+ note: for
#+   tests
"""
ECHO = (
    HEADER
    + """
SELECT ?said ?other ?howMany ?since ?state ?body
WHERE {
  VALUES ?said { UNDEF }
  VALUES ?other { UNDEF }
  VALUES ?howMany { UNDEF }
  VALUES ?since { UNDEF }
  VALUES ?state { UNDEF }
  VALUES ?body { UNDEF }
}
ORDER BY ?said
"""
)
NASTY_TEXTS = [
    pytest.param("x } UNION { ?s ?p ?o", id="pattern"),
    pytest.param('"} UNION {?s ?p ?o} #', id="quotation-mark"),
    pytest.param("'''", id="three-apostrophes"),
    pytest.param("\\", id="backslash"),
    pytest.param('\\" } ?s ?p ?o', id="escaped-quotation-mark"),
    pytest.param("\\u0022 } ?s ?p ?o", id="codepoint-escape"),
    pytest.param("\\1\\g<0>", id="group-of-a-regular-expression"),
    pytest.param("<https://example.org/> .", id="iri"),
    pytest.param("a\nb\rc\td", id="line-ends"),
    pytest.param("# comment", id="comment"),
    pytest.param("VALUES ?other { UNDEF }", id="the-place-of-another-parameter"),
    pytest.param("{ UNDEF }", id="undef"),
    pytest.param("?other", id="variable"),
    pytest.param("", id="empty"),
    pytest.param("لعبة 🌊", id="other-script"),
]


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    """The questions of the house and one more, which gives back its parameters."""
    folder = Path(shutil.copytree(QUERIES, tmp_path / "queries"))
    write_question(folder, ECHO)
    return folder


def write_question(queries: Path, text: str, *, name: str = "echo") -> Path:
    path = queries / "tests" / f"{name}.rq"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_read_question_gives_all_that_the_header_says(tmp_path):
    path = write_question(tmp_path, ECHO)

    assert read_question(path) == Question(
        name="echo",
        group="tests",
        summary="What was said?",
        description="Gives back what it is given.",
        tags=("numbers",),
        columns={
            "said": "text",
            "other": "text",
            "howMany": "number",
            "since": "date",
            "state": "IRI",
            "body": "IRI",
        },
        expect="any",
        parameters=(
            Parameter("said", "text", "Any text"),
            Parameter("other", "text", "Any other text"),
            Parameter("howMany", "number", "Any number", default="7"),
            Parameter("since", "date", "Any date"),
            Parameter("state", "State", "A state"),
            Parameter("body", "Person|Organization", "A person or organization"),
        ),
        note="for tests",
        text=ECHO,
        path=path,
    )


@pytest.mark.parametrize(
    ("kind", "classes"),
    [
        ("text", ()),
        ("number", ()),
        ("date", ()),
        ("State", ("State",)),
        ("Person|Organization", ("Person", "Organization")),
    ],
)
def test_parameter_tells_the_classes_of_its_kind(kind, classes):
    assert Parameter("name", kind, "label").classes == classes


def test_list_questions_sorts_by_group_and_name_and_leaves_checks_out(tmp_path):
    for group, name in [("b", "y"), ("b", "x"), ("a", "z"), ("checks", "c"), ("derive", "d")]:
        path = tmp_path / group / f"{name}.rq"
        path.parent.mkdir(exist_ok=True)
        path.write_text(ECHO, encoding="utf-8")

    found = [(question.group, question.name) for question in list_questions(tmp_path)]

    assert found == [("a", "z"), ("b", "x"), ("b", "y")]


def test_list_questions_names_the_file_that_cannot_be_used(tmp_path):
    path = write_question(tmp_path, ECHO.replace("expect: any", "expect: many"))

    with pytest.raises(DataError, match="expect is 'many'") as raised:
        list_questions(tmp_path)

    assert (raised.value.path, raised.value.line) == (str(path), 1)


@pytest.mark.parametrize(
    ("name", "suggestions"),
    [
        pytest.param("ehco", ("echo",), id="misspelled"),
        pytest.param("sum", ("total-sum",), id="part-of-a-name"),
        pytest.param("zzzz", (), id="nothing-near"),
        pytest.param("", (), id="empty"),
        pytest.param("hidden", (), id="check-query"),
        pytest.param("../tests/echo", (), id="path"),
    ],
)
def test_find_question_suggests_near_names(name, suggestions, tmp_path):
    write_question(tmp_path, ECHO)
    write_question(tmp_path, ECHO, name="total-sum")
    hidden = tmp_path / "checks" / "hidden.rq"
    hidden.parent.mkdir()
    hidden.write_text(ECHO, encoding="utf-8")

    with pytest.raises(UnknownQueryError) as raised:
        find_question(tmp_path, name)

    assert (raised.value.name, raised.value.suggestions) == (name, suggestions)


def test_find_question_suggests_at_most_four_names(tmp_path):
    for letter in "abcde":
        write_question(tmp_path, ECHO, name=f"echo-{letter}")

    with pytest.raises(UnknownQueryError) as raised:
        find_question(tmp_path, "echo-")

    assert raised.value.suggestions == ("echo-e", "echo-d", "echo-c", "echo-a")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        pytest.param(ECHO, "", 1, "has no header of #+ lines", id="empty-file"),
        pytest.param(HEADER, "", 1, "has no header of #+ lines", id="no-header"),
        pytest.param("#+ summary: What was said?\n", "", 1, "lacks 'summary'", id="no-summary"),
        pytest.param("#+ expect: any\n", "", 1, "lacks 'expect'", id="no-expectation"),
        pytest.param("#+     kind: date\n", "", 1, "lacks 'kind'", id="parameter-without-kind"),
        pytest.param(
            "#+     kind: date\n#+     label: Any date\n",
            "",
            1,
            "lacks 'kind'",
            id="empty-parameter",
        ),
        pytest.param("#+   - numbers\n", "", 1, "cannot be used", id="no-tag"),
        pytest.param("- numbers", "- nmubers", 1, "'nmubers' is not one of", id="unknown-tag"),
        pytest.param("#+   since: date\n", "#+   since: day\n", 1, "kind 'day'", id="column-kind"),
        pytest.param("expect: any", "expect: all", 1, "expect is 'all'", id="unknown-expectation"),
        pytest.param(
            "VALUES ?said { UNDEF }",
            "VALUES ?said {UNDEF}",
            1,
            "no `VALUES ?said { UNDEF }` to bind it",
            id="no-place-for-a-parameter",
        ),
        pytest.param("#+   said:\n", "#+   yes:\n", 1, "VALUES ?True", id="name-that-yaml-reads"),
        pytest.param("#+ tags:", "#+ tags: [", 6, "is not YAML", id="broken-yaml"),
        pytest.param("summary: What", "summary: \x07", 1, "is not YAML", id="control-character"),
        pytest.param("#+ tags:", "# tags:", 5, "ends with an empty line", id="line-without-plus"),
        pytest.param(
            "#+ columns:", "#+ columns: none\n#+ more:", 1, "cannot be used", id="columns"
        ),
    ],
)
def test_read_question_refuses_a_header(old, new, line, message, tmp_path):
    assert old in ECHO
    path = write_question(tmp_path, ECHO.replace(old, new, 1))

    with pytest.raises(DataError) as raised:
        read_question(path)

    assert (raised.value.path, raised.value.line) == (str(path), line)
    assert message in str(raised.value)


def test_bind_sets_terms_where_the_query_leaves_place(tmp_path):
    question = read_question(write_question(tmp_path, ECHO))

    bound = bind(question, {"said": Literal("it's"), "state": NamedNode(COPD + "state-eastmark")})

    assert bound == ECHO.replace("VALUES ?said { UNDEF }", 'VALUES ?said { "it\'s" }').replace(
        "VALUES ?state { UNDEF }", f"VALUES ?state {{ <{COPD}state-eastmark> }}"
    )


@pytest.mark.parametrize("text", NASTY_TEXTS)
def test_a_text_reaches_the_query_as_it_is(text, queries, small_store):
    answer = ask(small_store, queries, "echo", {"said": text, "other": text})

    cells = [(row["said"], row["other"], row["howMany"], row["state"]) for row in answer]
    assert cells == [(text, text, 7, None)]


@pytest.mark.parametrize("text", NASTY_TEXTS)
def test_a_text_is_a_name_where_a_thing_is_wanted(text, queries, small_store):
    with pytest.raises(UnknownEntityError) as raised:
        ask(small_store, queries, "echo", {"state": text})

    assert raised.value.name == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("copd:state-eastmark> } UNION { ?s ?p ?o", id="after-a-curie"),
        pytest.param(COPD + "state-eastmark> } UNION { ?s ?p ?o", id="after-an-iri"),
        pytest.param("Eastmark } #", id="after-a-label"),
    ],
)
def test_nothing_can_be_added_to_a_name(text, queries, small_store):
    with pytest.raises(UnknownEntityError):
        ask(small_store, queries, "echo", {"state": text})


@pytest.mark.parametrize(
    "actor",
    [
        pytest.param("Blue Lantern Office", id="label"),
        pytest.param("blue lantern office", id="other-case"),
        pytest.param("BLO", id="alias"),
        pytest.param("copd:organization-blue-lantern-office", id="curie"),
        pytest.param(COPD + "organization-blue-lantern-office", id="iri"),
        pytest.param("organization-blue-lantern-office", id="local-name"),
        pytest.param(BLUE_LANTERN, id="reference"),
    ],
)
def test_ask_takes_a_thing_by(actor, small_store):
    topics = [
        label_of(small_store, COP + f"theme-{name}") for name in ("awareness", "digital-literacy")
    ]

    answer = ask(small_store, QUERIES, "partners-of", {"actor": actor})

    assert answer.parameters == {"actor": BLUE_LANTERN}
    assert answer.rows == [
        Row(
            {
                "partner": KITE_WORKS,
                "contexts": "Safe Harbour Programme",
                "topics": "; ".join(sorted(topics)),
                "status": DONE,
                "start": None,
                "claims": (COPD + "claim-alpha-1-3-1-004",),
            }
        ),
        Row(
            {
                "partner": KITE_WORKS,
                "contexts": None,
                "topics": None,
                "status": DONE,
                "start": None,
                "claims": (COPD + "claim-beta-1-2-1-001",),
            }
        ),
    ]


def test_ask_tells_what_was_asked_and_searched(small_store):
    answer = ask(small_store, QUERIES, "partners-of", {"actor": "KW"})
    question = find_question(QUERIES, "partners-of")

    assert (answer.question, answer.summary, answer.note) == ("partners-of", question.summary, None)
    assert answer.columns == {
        name: kind for name, kind in question.columns.items() if name != "claims"
    }
    assert answer.scope == scope(small_store, QUERIES)
    assert answer.evidence == {}


def test_scope_counts_what_an_answer_is_searched_in(small_store):
    assert scope(small_store, QUERIES) == Scope(
        reports=(
            "Report of the first meeting of the Alpha Forum",
            "Report of the first meeting of the Beta Council",
        ),
        paragraphs=23,
        paragraphs_with_claims=9,
        claims=32,
        remarks=2,
        version=small_store.version,
    )


def test_ask_uses_the_default_of_a_parameter(queries, small_store):
    answer = ask(small_store, queries, "echo")

    assert answer.parameters == {"howMany": "7"}
    assert answer.note == "for tests"
    assert answer.rows == [
        Row(
            {
                "said": None,
                "other": None,
                "howMany": 7,
                "since": None,
                "state": None,
                "body": None,
                "claims": (),
            }
        )
    ]


@pytest.mark.parametrize("name", ["howMany", "how-many", "how_many", "HOWMANY", "howmany"])
def test_names_of_parameters_are_alike_but_for_case_and_hyphens(name, queries, small_store):
    answer = ask(small_store, queries, "echo", {name: 12})

    assert [row["howMany"] for row in answer] == [12]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("12", 12),
        ("-3", -3),
        ("+4", 4),
        ("1.50", 1.5),
        (2.5, 2.5),
        ("1200000000000", 1200000000000),
    ],
)
def test_ask_takes_a_number(value, cell, queries, small_store):
    answer = ask(small_store, queries, "echo", {"howMany": value})

    assert [row["howMany"] for row in answer] == [cell]


@pytest.mark.parametrize("value", ["2025", "2025-03", "2025-03-10"])
def test_ask_takes_a_date(value, queries, small_store):
    answer = ask(small_store, queries, "echo", {"since": value})

    assert [row["since"] for row in answer] == [value]


@pytest.mark.parametrize(
    ("given", "parameter", "message"),
    [
        pytest.param({"actr": "x"}, "actr", "it has said, other, howMany", id="unknown"),
        pytest.param({"howMany": "many"}, "howMany", "is a number, not 'many'", id="no-number"),
        pytest.param({"howMany": "1e5"}, "howMany", "is a number, not '1e5'", id="exponent"),
        pytest.param({"howMany": ""}, "howMany", "is a number, not ''", id="empty-number"),
        pytest.param({"howMany": "1\n"}, "howMany", "is a number", id="number-and-line-end"),
        pytest.param({"howMany": "١٢"}, "howMany", "is a number", id="digits-of-another-script"),
        pytest.param({"since": "March 2025"}, "since", "a year, a month or a day", id="no-date"),
        pytest.param({"since": "2025-3"}, "since", "a year, a month or a day", id="short-month"),
        pytest.param(
            {"since": "٢٠٢٥"}, "since", "a year, a month or a day", id="year-of-another-script"
        ),
        pytest.param(
            {"since": '2025" }'}, "since", "a year, a month or a day", id="quotation-mark"
        ),
    ],
)
def test_ask_refuses_a_parameter(given, parameter, message, queries, small_store):
    with pytest.raises(QueryParameterError) as raised:
        ask(small_store, queries, "echo", given)

    assert (raised.value.name, raised.value.parameter) == ("echo", parameter)
    assert message in str(raised.value)


def test_ask_tells_of_a_question_without_parameters(small_store):
    with pytest.raises(QueryParameterError, match="has no parameter 'actor'; it has none"):
        ask(small_store, QUERIES, "things", {"actor": "BLO"})


def test_ask_misses_a_required_parameter(small_store):
    with pytest.raises(QueryParameterError) as raised:
        ask(small_store, QUERIES, "partners-of")

    assert (raised.value.name, raised.value.parameter) == ("partners-of", "actor")
    assert "needs --actor (Actor whose partners are asked for)" in str(raised.value)


@pytest.mark.parametrize(
    ("value", "wanted", "suggestions"),
    [
        pytest.param("Kite Wroks", "persons and organizations", ("Kite Works",), id="misspelled"),
        pytest.param("Westmark", "persons and organizations", (), id="wrong-class"),
        pytest.param("copd:state-westmark", "persons and organizations", (), id="wrong-curie"),
    ],
)
def test_ask_suggests_near_names_of_the_right_class(
    value, wanted, suggestions, queries, small_store
):
    with pytest.raises(UnknownEntityError) as raised:
        ask(small_store, queries, "echo", {"body": value})

    assert (raised.value.name, raised.value.wanted, raised.value.suggestions) == (
        value,
        wanted,
        suggestions,
    )


def test_ask_refuses_a_name_of_two_things(small_store):
    with pytest.raises(AmbiguousNameError) as raised:
        ask(small_store, QUERIES, "paragraph", {"paragraph": "1.1"})

    assert raised.value.suggestions == ("copd:paragraph-alpha-1-1-1", "copd:paragraph-beta-1-1-1")


def test_ask_knows_no_such_question(small_store):
    with pytest.raises(UnknownQueryError, match="Did you mean partners-of"):
        ask(small_store, QUERIES, "partner-of", {"actor": "BLO"})


@pytest.mark.parametrize(
    ("given", "things"),
    [
        pytest.param({"from": "2032"}, ["2032", "2032-05", "2032-06"], id="from-a-year"),
        pytest.param({"from": "2032-06"}, ["2032-06"], id="from-a-month"),
        pytest.param({"until": "2029"}, ["2028", "2029"], id="until-a-year"),
        pytest.param({"from": "2029", "until": "2031-03"}, ["2029", "2031-03-03"], id="between"),
        pytest.param({"from": "2040"}, [], id="after-all"),
    ],
)
def test_timeline_keeps_to_the_dates_given(given, things, small_store):
    answer = ask(small_store, QUERIES, "timeline", given)

    assert sorted({str(row["start"]) for row in answer}) == things


def test_ask_refuses_a_query_that_does_not_select(queries, small_store):
    path = write_question(
        queries, HEADER.split("#+ parameters")[0] + "#+ columns: {}\n#+ expect: any\n\nASK {}\n"
    )

    with pytest.raises(DataError, match="is not a SELECT query") as raised:
        ask(small_store, queries, "echo")

    assert raised.value.path == str(path)


def test_ask_gives_cells_by_the_kind_of_their_terms(queries, small_store):
    columns = "#+ columns:\n#+   iri: IRI\n#+   names: labels\n#+   none: labels\n#+   some: text\n"
    write_question(
        queries,
        HEADER.split("#+ parameters")[0]
        + columns
        + "#+   claims: text\n#+ expect: any\n\n"
        + "SELECT ?iri ?names ?none ?some ?claims { VALUES (?iri ?names ?none ?claims) {\n"
        + '(copd:state-eastmark "b; a; b" "" "copd:x-10 copd:x-2 copd:x-10")\n'
        + "(<https://example.org/> UNDEF UNDEF copd:x-1)\n"
        + "(copd:state-eastmark UNDEF UNDEF UNDEF) } BIND (BNODE() AS ?some) }\n",
    )

    rows = [row.as_dict() for row in ask(small_store, queries, "echo")]

    assert all(str(row.pop("some")).startswith("_:") for row in rows)
    eastmark = Reference(COPD + "state-eastmark", "Eastmark")
    example = Reference("https://example.org/", "https://example.org/")
    assert rows == [
        {"iri": eastmark, "names": "a; b", "none": None, "claims": ("copd:x-2", "copd:x-10")},
        {"iri": example, "names": None, "none": None, "claims": ()},
        {"iri": eastmark, "names": None, "none": None, "claims": ()},
    ]


@pytest.mark.parametrize(
    ("text", "datatype", "value"),
    [
        ("12", "integer", 12),
        ("12", "int", 12),
        ("12", "long", 12),
        ("12", "nonNegativeInteger", 12),
        ("1.50", "decimal", 1.5),
        ("1e3", "double", 1000.0),
        ("0.5", "float", 0.5),
        ("true", "boolean", True),
        ("false", "boolean", False),
        ("2025-03", "gYearMonth", "2025-03"),
        ("P3M", "duration", "P3M"),
        ("text", "string", "text"),
        ("many", "integer", "many"),
        ("1,5", "decimal", "1,5"),
    ],
)
def test_python_value(text, datatype, value):
    found = python_value(Literal(text, datatype=NamedNode(XSD + datatype)))

    assert (found, type(found)) == (value, type(value))


def test_ask_gives_a_broken_number_as_text(small_copy):
    path = small_copy / "claims" / "alpha-1.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("cop:value 40 ;", 'cop:value "forty"^^xsd:integer ;'), "utf-8")
    store = memory_store(find_source(small_copy))

    answer = ask(store, QUERIES, "quantities", {"of": "Safe Harbour"})

    assert "forty" in [row["value"] for row in answer]


PARTNERSHIP = Evidence(
    claim=Reference(COPD + "claim-alpha-1-3-1-004", "copd:claim-alpha-1-3-1-004"),
    paragraph=Reference(COPD + "paragraph-alpha-1-3-1", "3.1"),
    number="3.1",
    report=Reference(COPD + "report-alpha-1", "Report of the first meeting of the Alpha Forum"),
    anchors=("partnered with Kite Works",),
    occurrence=None,
    status="done",
    voices=(),
    sentence="The office partnered with Kite Works on lessons for parents.",
)
REMARK = Evidence(
    claim=Reference(COPD + "remark-alpha-1-4-1-002", "Privacy counts."),
    paragraph=Reference(COPD + "paragraph-alpha-1-4-1", "4.1"),
    number="4.1",
    report=PARTNERSHIP.report,
    anchors=("privacy matters",),
    occurrence=None,
    status="position",
    voices=("Mira Quill",),
    sentence="The Chair said that privacy matters.",
)
EXPLORED = Evidence(
    claim=Reference(COPD + "claim-alpha-1-3-2-002", "copd:claim-alpha-1-3-2-002"),
    paragraph=Reference(COPD + "paragraph-alpha-1-3-2", "3.2"),
    number="3.2",
    report=PARTNERSHIP.report,
    anchors=("Eastmark is exploring",),
    occurrence=1,
    status="explored",
    voices=(),
    sentence="Eastmark is exploring a helpline.",
)


@pytest.mark.parametrize(
    "entry", [PARTNERSHIP, REMARK, EXPLORED], ids=["claim", "remark", "occurrence"]
)
def test_evidence_gives_paragraph_anchor_and_status(entry, small_store):
    iri = entry.claim.iri

    assert evidence(small_store, [iri]) == {iri: replace(entry, sentence=None)}
    assert evidence(small_store, [iri], reports=REPORTS) == {iri: entry}


def test_evidence_reads_each_report_once(small_store, monkeypatch):
    read = []
    monkeypatch.setattr(
        questions, "read_report", lambda path: read.append(path.name) or read_report(path)
    )
    beta = COPD + "claim-beta-1-2-1-001"
    claims = [PARTNERSHIP.claim.iri, beta, REMARK.claim.iri]

    found = evidence(small_store, claims, reports=REPORTS)

    assert list(found) == claims
    assert (found[claims[0]], found[claims[2]]) == (PARTNERSHIP, REMARK)
    assert found[beta].sentence == "The Blue Lantern Office partnered with Kite Works."
    assert read == ["alpha-1.txt", "beta-1.txt"]


def test_evidence_has_no_sentence_where_the_report_is_not_at_hand(small_store, tmp_path):
    iri = PARTNERSHIP.claim.iri

    assert evidence(small_store, [iri], reports=tmp_path)[iri].sentence is None


@pytest.mark.parametrize(
    ("file", "old", "new", "claim", "change"),
    [
        pytest.param(
            "claims/alpha-1.ttl",
            "cop:occurrence 1 ;",
            "cop:occurrence 2 ;",
            EXPLORED,
            {"occurrence": 2, "sentence": "Eastmark is exploring a charter."},
            id="second-occurrence",
        ),
        pytest.param(
            "claims/alpha-1.ttl",
            "cop:occurrence 1 ;",
            "cop:occurrence 9 ;",
            EXPLORED,
            {"occurrence": 9},
            id="occurrence-too-high-shows-the-first",
        ),
        pytest.param(
            "claims/alpha-1.ttl",
            "cop:occurrence 1 ;",
            'cop:occurrence "second" ;',
            EXPLORED,
            {"occurrence": None},
            id="occurrence-that-is-no-number",
        ),
        pytest.param(
            "claims/alpha-1.ttl",
            '"partnered with Kite Works"@en',
            '"The office partnered"@en, "reached 40 schools"@en',
            PARTNERSHIP,
            {
                "anchors": ("The office partnered", "reached 40 schools"),
                "sentence": "The office partnered with Kite Works on lessons for parents. "
                "The programme reached 40 schools and over 1,200 children.",
            },
            id="two-anchors-in-two-sentences",
        ),
        pytest.param(
            "claims/alpha-1.ttl",
            '"partnered with Kite Works"@en',
            '"parted with Kite Works"@en',
            PARTNERSHIP,
            {"anchors": ("parted with Kite Works",), "sentence": None},
            id="anchor-that-is-not-there",
        ),
        pytest.param(
            "claims/alpha-1.ttl",
            'cop:anchor "privacy matters"@en ;',
            "",
            REMARK,
            {"anchors": (), "sentence": None},
            id="no-anchor",
        ),
        pytest.param(
            "claims/alpha-1.ttl",
            'cop:anchor "privacy matters"@en ;',
            'cop:anchor "privacy matters"@en ; cop:accordingTo copd:state-westmark ;',
            REMARK,
            {"voices": ("Mira Quill", "Westmark")},
            id="two-voices",
        ),
        pytest.param(
            "claims/alpha-1.ttl",
            "    cop:kind cop:remark-position ;",
            "",
            REMARK,
            {"status": ""},
            id="no-status",
        ),
        pytest.param(
            "reports/alpha-1.ttl",
            "alpha-1-4-1\n    a cop:Paragraph ;\n    cop:inReport copd:report-alpha-1 ;",
            "alpha-1-4-1\n    a cop:Paragraph ;",
            REMARK,
            {"report": Reference("", ""), "sentence": None},
            id="paragraph-without-report",
        ),
    ],
)
def test_evidence_of_data_that_was_changed(file, old, new, claim, change, small_copy):
    path = small_copy / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    store = memory_store(find_source(small_copy))

    found = evidence(store, [claim.claim.iri], reports=REPORTS)

    assert found == {claim.claim.iri: replace(claim, **change)}


def test_evidence_of_a_claim_without_paragraph_is_empty(small_store):
    claim = COPD + "claim-alpha-1-9-9-001"

    assert evidence(small_store, [claim], reports=REPORTS) == {
        claim: Evidence(
            claim=Reference(claim, "copd:claim-alpha-1-9-9-001"),
            paragraph=Reference("", ""),
            number="",
            report=Reference("", ""),
            anchors=(),
            occurrence=None,
            status="",
        )
    }
