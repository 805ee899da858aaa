"""Every error says what is wrong, where, and what to do next."""

from __future__ import annotations

import inspect

import pytest

from cop_graph import errors
from cop_graph.errors import (
    AmbiguousNameError,
    CopGraphError,
    DataError,
    ExportError,
    IdentifierError,
    NetworkError,
    NotBuiltError,
    OutputError,
    QueryError,
    QueryParameterError,
    QueryRefusedError,
    QueryStoppedError,
    QuerySyntaxError,
    ReportError,
    StoreError,
    UnknownEntityError,
    UnknownQueryError,
)

MESSAGES = [
    pytest.param(NotBuiltError("map.js is not there"), "map.js is not there", id="not-built"),
    pytest.param(DataError("not Turtle", path="a.ttl"), "a.ttl: not Turtle", id="file"),
    pytest.param(
        DataError("not Turtle", path="a.ttl", line=3), "a.ttl:3: not Turtle", id="file-and-line"
    ),
    pytest.param(ReportError("is empty", path="a.txt"), "a.txt: is empty", id="report"),
    pytest.param(
        ReportError("is empty", path="a.txt", paragraph="5.1"),
        "a.txt, 5.1: is empty",
        id="report-and-paragraph",
    ),
    pytest.param(
        IdentifierError("is no CURIE", value="a b"), "'a b': is no CURIE", id="identifier"
    ),
    pytest.param(
        UnknownEntityError("Kyte", wanted="actors", suggestions=[]),
        "nothing called 'Kyte' among actors. `cop-graph search WORDS` looks through all names.",
        id="unknown-without-suggestion",
    ),
    pytest.param(
        UnknownEntityError("Kyte", wanted="actors", suggestions=["Kite Works"]),
        "nothing called 'Kyte' among actors. Did you mean Kite Works? "
        "`cop-graph search WORDS` looks through all names.",
        id="unknown-with-one-suggestion",
    ),
    pytest.param(
        UnknownEntityError("K", wanted="actors", suggestions=["KW", "Kelp Line", "Kite Works"]),
        "nothing called 'K' among actors. Did you mean KW, Kelp Line or Kite Works? "
        "`cop-graph search WORDS` looks through all names.",
        id="unknown-with-three-suggestions",
    ),
    pytest.param(
        AmbiguousNameError("mark", wanted="states", suggestions=["Eastmark", "Westmark"]),
        "'mark' stands for more than one thing among states: Eastmark, Westmark. "
        "Give one of these instead.",
        id="ambiguous",
    ),
    pytest.param(StoreError("damaged", path="/store"), "/store: damaged", id="store"),
    pytest.param(QueryError("does not fit"), "does not fit", id="query"),
    pytest.param(
        QueryError("does not fit", name="partners-of"),
        "partners-of: does not fit",
        id="query-with-name",
    ),
    pytest.param(
        UnknownQueryError("partner", suggestions=["partners-of", "partnerships"]),
        "there is no question 'partner'. Did you mean partners-of or partnerships? "
        "`cop-graph questions` lists them all.",
        id="unknown-question",
    ),
    pytest.param(
        UnknownQueryError("lamp", suggestions=[]),
        "there is no question 'lamp'. `cop-graph questions` lists them all.",
        id="unknown-question-without-suggestion",
    ),
    pytest.param(QueryRefusedError("refused: LOAD"), "refused: LOAD", id="refused"),
    pytest.param(
        QueryStoppedError("stopped after 1 s", limit="time"), "stopped after 1 s", id="stopped"
    ),
    pytest.param(
        QueryParameterError("is missing", name="partners-of", parameter="actor"),
        "partners-of: is missing",
        id="parameter",
    ),
    pytest.param(NetworkError("has no node"), "has no node", id="network"),
    pytest.param(ExportError("has no rows"), "has no rows", id="export"),
    pytest.param(
        OutputError("No space left on device", path="map.html"),
        "map.html: cannot be written: No space left on device. What was there is unchanged.",
        id="output",
    ),
]


@pytest.mark.parametrize(("error", "message"), MESSAGES)
def test_error_says_what_and_where(error: CopGraphError, message: str) -> None:
    assert str(error) == message


def test_every_error_class_has_the_one_base() -> None:
    classes = [
        thing
        for _, thing in inspect.getmembers(errors, inspect.isclass)
        if thing.__module__ == "cop_graph.errors"
    ]

    assert [thing for thing in classes if not issubclass(thing, CopGraphError)] == []
    assert len(classes) > 10


@pytest.mark.parametrize(
    ("query", "line", "column", "message"),
    [
        pytest.param(
            "SELECT *\nWHERE { ?a ?b }",
            2,
            15,
            "not a SPARQL query, line 2, column 15: wrong\n  WHERE { ?a ?b }\n" + " " * 16 + "^",
            id="caret-stands-under-the-column",
        ),
        pytest.param(
            "ASK\r\n{ ! }\r\n",
            2,
            3,
            "not a SPARQL query, line 2, column 3: wrong\n  { ! }\n    ^",
            id="carriage-return-is-left-out",
        ),
        pytest.param(
            "\tASK !",
            1,
            6,
            "not a SPARQL query, line 1, column 6: wrong\n   ASK !\n       ^",
            id="tab-is-one-column-wide",
        ),
        pytest.param(
            "ASK { ?a ?b 'x\u2028y'\n!",
            2,
            1,
            "not a SPARQL query, line 2, column 1: wrong\n  !\n  ^",
            id="only-a-line-feed-ends-a-line",
        ),
        pytest.param(
            "ASK", 9, None, "not a SPARQL query, line 9, column 1: wrong\n  ASK\n  ^", id="past-end"
        ),
        pytest.param(
            "ASK " + "x" * 300 + "!" + "y" * 300,
            1,
            305,
            "not a SPARQL query, line 1, column 305: wrong\n  "
            + "x" * 100
            + "!"
            + "y" * 99
            + "\n"
            + " " * 102
            + "^",
            id="long-line-is-cut",
        ),
        pytest.param("", 1, 1, "not a SPARQL query, line 1, column 1: wrong\n  \n  ^", id="empty"),
        pytest.param("ASK", None, None, "not a SPARQL query: wrong", id="no-position"),
    ],
)
def test_syntax_error_shows_line_and_caret(
    query: str, line: int | None, column: int | None, message: str
) -> None:
    assert str(QuerySyntaxError("wrong", query=query, line=line, column=column)) == message


def test_errors_keep_their_facts_as_attributes() -> None:
    syntax = QuerySyntaxError("wrong", query="ASK", line=1, column=2)
    unknown = UnknownEntityError("K", wanted="actors", suggestions=["KW"])
    parameter = QueryParameterError("is missing", name="partners-of", parameter="actor")
    report = ReportError("is empty", path="a.txt", paragraph="5.1")

    assert (syntax.query, syntax.line, syntax.column) == ("ASK", 1, 2)
    assert (unknown.name, unknown.wanted, unknown.suggestions) == ("K", "actors", ("KW",))
    assert (parameter.name, parameter.parameter) == ("partners-of", "actor")
    assert (report.path, report.paragraph) == ("a.txt", "5.1")
    assert UnknownQueryError("q", suggestions=["a"]).suggestions == ("a",)
    assert IdentifierError("is no CURIE", value="a b").value == "a b"


def test_of_a_long_line_only_the_neighbourhood_is_shown() -> None:
    query = "x" * 500_000 + "~" + "y" * 500_000

    shown = str(QuerySyntaxError("wrong", query=query, line=1, column=500_001)).split("\n")

    assert [len(line) for line in shown[1:]] == [202, 103]
    assert shown[1][shown[2].index("^")] == "~"
