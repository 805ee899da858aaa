"""The command line: answers to standard output, words to standard error, exit 0, 1, 2 or 130."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import networkx as nx
import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from serving import start_server

import cop_graph
from cop_graph import checks, coverage, maps, verification
from cop_graph.cli import cli, common, main
from cop_graph.cli import questions as question_commands
from cop_graph.cli.drawing import MAP_MEASURES, MAP_RENDERERS
from cop_graph.cli.questions import QUERY_FORMATS
from cop_graph.cli.stores import EXPORT_FORMATS
from cop_graph.dataset import Source, find_source
from cop_graph.errors import CopGraphError
from cop_graph.exports import DATASET_FORMATS, export_dataset
from cop_graph.formatting import format_files
from cop_graph.graph import Graph
from cop_graph.maps import RENDERERS
from cop_graph.networks import LIMITS_NOTE, MEASURES, NETWORK_FORMATS
from cop_graph.questions import Parameter, Question, list_questions
from cop_graph.store import RDF_FORMATS, RESULT_FORMATS, EmbeddedStore

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = sorted(cli.commands)
QUESTIONS = list_questions(find_source(ROOT / "tests" / "fixtures" / "small").queries)
STATES = "SELECT ?state WHERE { ?state a cop:State } ORDER BY ?state"
RUNAWAY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@dataclass(frozen=True)
class Result:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line in this process, as the script of the wheel does."""

    def run_command(*arguments: object, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "argv", ["cop-graph", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return run_command


@pytest.fixture
def small(small_source: Source, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the commands read the invented graph where they are told nothing else."""
    monkeypatch.setenv("COP_GRAPH_DATA", str(small_source.data))
    monkeypatch.setenv("COP_GRAPH_REPORTS", str(small_source.data.parent / "reports"))
    return small_source.data


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "cop_graph.cli", *map(str, arguments)]


def environment(**more: str) -> dict[str, str]:
    """Give the environment of a user: no settings of ours, no streams without buffers."""
    names = ("COP_GRAPH_DATA", "COP_GRAPH_REPORTS", "PYTHONUNBUFFERED")
    kept = {name: value for name, value in os.environ.items() if name not in names}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def start(*arguments: object, data: Path, **more: Any) -> Result:
    """Run a command in a process of its own."""
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 120, **more}
    variables = settings.pop("env", {})
    done = subprocess.run(
        command(*arguments), env=environment(COP_GRAPH_DATA=str(data), **variables), **settings
    )
    out, err = ((stream or b"").decode() for stream in (done.stdout, done.stderr))
    return Result(done.returncode, out, err)


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# Help and examples.


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"], prog_name="cop-graph")
    first = (cli.commands[name].help or "").splitlines()[0]
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: cop-graph {name} ")
    assert " ".join(result.output.split()).find(" ".join(first.split())) > 0
    assert re.search(rf"Example:  cop-graph {name}\s", result.output)
    assert len(first) <= 100


def test_help_lists_every_command(run: Run) -> None:
    result = run("--help")
    listed = re.findall(r"^  ([a-z]+) ", result.out.split("Commands:")[1], re.MULTILINE)
    assert (result.code, result.err, sorted(listed)) == (0, "", COMMANDS)
    assert run("-h") == result


def test_version_is_that_of_the_package(run: Run) -> None:
    assert run("--version") == Result(0, f"cop-graph, version {cop_graph.__version__}\n", "")


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_question_has_help_with_its_parameters(question: Question, run: Run) -> None:
    result = run("ask", question.name, "--help")
    words = " ".join(result.out.split())
    assert (result.code, result.err) == (0, "")
    assert question.summary in words
    for parameter in question.parameters:
        dashed = re.sub("([A-Z])", r"-\1", parameter.name).lower()
        assert f"--{dashed} {parameter.kind.upper()} " in words
    assert words.count("[required]") == sum(one.is_required for one in question.parameters)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_no_parameter_hides_an_option(question: Question) -> None:
    made = cli.commands["ask"].get_command(click.Context(cli), question.name)  # type: ignore[attr-defined]
    names = [parameter.name for parameter in made.params]
    flags = [flag for parameter in made.params for flag in parameter.opts]
    assert sorted(set(names)) == sorted(names)
    assert sorted(set(flags)) == sorted(flags)


def test_default_of_a_parameter_stands_in_its_help(tmp_path: Path) -> None:
    parameter = question_commands._question_command(
        Question(
            name="mine",
            group="mine",
            summary="Mine?",
            description="Mine.",
            tags=(),
            columns={},
            expect="any",
            parameters=(
                Parameter("fromYear", "date", "From when", default="2031"),
                Parameter("place", "Place", "Where"),
            ),
            note=None,
            text="",
            path=tmp_path,
        )
    ).params[:2]
    assert [(one.opts, one.help) for one in parameter] == [  # type: ignore[attr-defined]
        (["--from-year"], "From when (default: 2031)"),
        (["--place"], "Where"),
    ]


def test_formats_and_measures_are_all_that_there_are() -> None:
    writable = set(RDF_FORMATS)
    assert set(QUERY_FORMATS) == {"table", *RESULT_FORMATS, *writable}
    assert EXPORT_FORMATS == DATASET_FORMATS + NETWORK_FORMATS
    assert MAP_MEASURES == MEASURES
    assert MAP_RENDERERS == RENDERERS


EXAMPLES = {
    name: " ".join((cli.commands[name].help or "").partition("Example:")[2].split())
    for name in COMMANDS
}
MADE = {
    "picture": "timeline.svg",
    "brief": "egypt.docx",
    "build": "cop-graph-store",
    "export": "cop-graph.trig",
    "map": "map.html",
}
"""What a command leaves in the working directory."""
FOUND = {"coverage"}
"""Commands that find something in the invented report, and so end with 1."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, small_source: Source) -> Path:
    """A working directory in which the names and files of the examples exist, all invented."""
    root = tmp_path_factory.mktemp("world")
    data = root / "data"
    shutil.copytree(small_source.data, data)
    for path in data.rglob("*.*"):
        text = path.read_text(encoding="utf-8").replace("alpha-1", "cwg-cop-22")
        text = text.replace(
            'skos:altLabel "BLO"@en', 'skos:altLabel "BLO"@en, "PTA"@en, "Scort"@en'
        )
        text = text.replace('skos:altLabel "KW"@en', 'skos:altLabel "KW"@en, "UNICEF"@en')
        text = text.replace('"Eastmrak"@en', '"Eastmrak"@en, "Egypt"@en')
        path.unlink()
        (path.parent / path.name.replace("alpha-1", "cwg-cop-22")).write_text(
            text, encoding="utf-8"
        )
    format_files(find_source(data), sorted(data.rglob("*.ttl")))
    (root / "main").mkdir()
    (root / "shared" / "reports").mkdir(parents=True)
    shutil.copy(
        small_source.data.parent / "reports" / "alpha-1.txt",
        root / "shared" / "reports" / "cwg-cop-22.txt",
    )
    return root


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "serve"])
def test_example_of_every_command_runs(name: str, world: Path) -> None:
    arguments = shlex.split(EXAMPLES[name])[1:]
    reports = {"COP_GRAPH_REPORTS": str(world / "shared" / "reports")}
    result = start(*arguments, data=world / "data", cwd=world / "main", env=reports)
    assert result.code == (1 if name in FOUND else 0), result.err
    assert "Traceback" not in result.err
    if name in MADE:
        assert (result.out, (world / "main" / MADE[name]).exists()) == ("", True)
        assert result.err.startswith(f"{MADE[name]}: ") or result.err == ""
    elif name not in ("check", "format", "verify"):
        assert result.out != ""


def test_example_of_serve_answers_until_it_is_interrupted(world: Path, tmp_path: Path) -> None:
    arguments = shlex.split(EXAMPLES["serve"])[1:]
    where = ["--data", str(world / "data"), "--workers", "1", "--long-workers", "1"]
    server = start_server(*arguments[1:], "--port", "0", *where, log=tmp_path / "log")
    assert server.query("ASK {}").text == "true"
    assert server.end(signal.SIGINT) == 130
    assert "Traceback" not in server.said


def test_example_on_the_first_page_runs(world: Path) -> None:
    [line] = [line for line in (cli.help or "").splitlines() if "cop-graph ask" in line]
    arguments = shlex.split(line[line.index("cop-graph ask") :])[1:]
    result = start(*arguments, data=world / "data", cwd=world / "main")
    assert result.code == 0
    assert "«partnered with Kite Works»" in result.out


# Questions.


def test_questions_lists_name_summary_and_parameters(run: Run, small: Path) -> None:
    result = run("questions")
    rows = [re.split("  +", line) for line in result.out.splitlines()]
    assert (result.code, result.err, rows[0]) == (
        0,
        "",
        ["group", "name", "question", "parameters"],
    )
    assert [row[1] for row in rows[2:]] == [question.name for question in QUESTIONS]
    assert ["evidence", "claims-about", "What is claimed of a thing?", "--thing"] in rows


def test_questions_as_json_tell_all_of_a_question(run: Run, small: Path) -> None:
    result = run("questions", "--format", "json")
    listed = {one["name"]: one for one in json.loads(result.out)}
    assert list(listed) == [question.name for question in QUESTIONS]
    assert listed["partners-of"] == {
        "name": "partners-of",
        "group": "partnerships",
        "summary": "Who are the partners of an actor, and on what?",
        "description": listed["partners-of"]["description"],
        "tags": ["partnerships", "actors"],
        "parameters": [
            {
                "name": "actor",
                "kind": "Actor|Group",
                "label": "Actor whose partners are asked for",
                "default": None,
                "required": True,
            }
        ],
        "columns": {
            "partner": "IRI",
            "contexts": "labels",
            "topics": "labels",
            "status": "IRI",
            "start": "date",
        },
        "note": None,
    }


def test_ask_writes_rows_to_one_stream_and_words_to_the_other(
    run: Run, small: Path, small_graph: Graph
) -> None:
    result = run("ask", "partners-of", "--actor", "BLO")
    scope = small_graph.ask("reports").scope
    assert (result.code, result.err) == (0, f"2 rows. Searched: {scope}.\n")
    assert [re.split("  +", line)[0] for line in result.out.splitlines()] == [
        "partner",
        "----------",
        "Kite Works",
        "Kite Works",
    ]


def test_ask_with_evidence_shows_the_words(run: Run, small: Path) -> None:
    result = run("ask", "partners-of", "--actor", "BLO", "--evidence")
    assert result.out.splitlines()[3] == (
        "   2.1 (done) The Blue Lantern Office «partnered with Kite Works». "
        "[copd:claim-beta-1-2-1-001]"
    )


@pytest.mark.parametrize(
    ("format", "read"),
    [
        pytest.param(
            "csv",
            lambda out: [row["status"] for row in csv.DictReader(io.StringIO(out, newline=""))],
            id="csv",
        ),
        pytest.param(
            "tsv",
            lambda out: [row["status"] for row in csv.DictReader(io.StringIO(out), delimiter="\t")],
            id="tsv",
        ),
        pytest.param(
            "json",
            lambda out: [row["status"]["label"] for row in json.loads(out)["rows"]],
            id="json",
        ),
    ],
)
def test_ask_writes_what_programs_read(
    format: str, read: Callable[[str], list[str]], run: Run, small: Path
) -> None:
    result = run("ask", "partners-of", "--actor", "BLO", "--evidence", "--format", format)
    assert read(result.out.removeprefix("\ufeff")) == ["done", "done"]


def test_ask_writes_to_a_file(run: Run, small: Path, tmp_path: Path) -> None:
    printed = run("ask", "partners-of", "--actor", "BLO", "--format", "csv")
    result = run(
        *("ask", "partners-of", "--actor", "BLO", "--format", "csv", "-o", tmp_path / "a.csv")
    )
    assert result == Result(0, "", printed.err)
    assert (tmp_path / "a.csv").read_bytes().decode() == printed.out


def test_ask_counts_one_row_as_one(run: Run, small_copy: Path) -> None:
    for folder in ("claims", "reports"):
        (small_copy / folder / "beta-1.ttl").unlink()
    result = run("ask", "reports", "--data", small_copy)
    assert (result.code, len(result.out.splitlines())) == (0, 3)
    assert result.err.startswith("1 row. Searched: ")


def test_note_of_a_question_is_said_after_its_scope(
    small_graph: Graph, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = replace(small_graph.ask("reports"), note="Read with care.")
    common.say_scope(answer)
    assert capsys.readouterr().err == f"2 rows. Searched: {answer.scope}.\nRead with care.\n"


def test_empty_answer_says_what_was_asked_and_searched(
    run: Run, small: Path, small_graph: Graph
) -> None:
    result = run("ask", "partners-of", "--actor", "Westmark")
    scope = small_graph.ask("reports").scope
    assert result == Result(
        0,
        "",
        "No row for 'partners-of' with actor = Westmark. The reports do not say; "
        f"that is not to say that there is nothing.\nSearched: {scope}.\n",
    )


def test_empty_answer_without_parameters_names_the_question(run: Run, small_copy: Path) -> None:
    shutil.rmtree(small_copy / "claims")
    result = run("ask", "partnerships", "--data", small_copy)
    assert (result.code, result.out) == (0, "")
    assert result.err.startswith("No row for 'partnerships'. The reports do not say; ")


@pytest.mark.parametrize("format", ["csv", "tsv", "json"])
def test_empty_answer_still_has_its_columns(format: str, run: Run, small: Path) -> None:
    result = run("ask", "partners-of", "--actor", "Westmark", "--format", format)
    assert "partner" in result.out
    assert "Searched: " in result.err


def test_ask_without_a_question_shows_how(run: Run) -> None:
    result = run("ask")
    assert (result.code, result.out) == (2, "")
    assert "`cop-graph questions` lists the questions by group." in result.err


def test_questions_are_offered_as_commands(small: Path) -> None:
    offered = cli.commands["ask"].list_commands(click.Context(cli))  # type: ignore[attr-defined]
    assert offered == [question.name for question in QUESTIONS]


# SPARQL.


def test_query_takes_a_string(run: Run, small: Path) -> None:
    assert run("query", STATES) == Result(
        0, f"state\n{'-' * 19}\ncopd:state-eastmark\ncopd:state-westmark\n", ""
    )


def test_query_takes_a_file_and_standard_input(run: Run, small: Path, tmp_path: Path) -> None:
    (tmp_path / "states.rq").write_text(f"\ufeff{STATES}", encoding="utf-8")
    (tmp_path / "states").write_text(STATES, encoding="utf-8")
    wanted = run("query", STATES)
    assert run("query", tmp_path / "states.rq") == wanted
    assert run("query", tmp_path / "states") == wanted
    assert run("query", "-", stdin=f"\ufeff{STATES}".encode()) == wanted


def test_query_table_leaves_a_cell_empty_where_nothing_is_bound(run: Run, small: Path) -> None:
    query = "SELECT ?name ?none ?link { VALUES (?name ?link) { ('a' <x:y>) (UNDEF cop:State) } }"
    rows = [line.split() for line in run("query", query).out.splitlines()]
    assert rows == [["name", "none", "link"], ["----"] * 2 + ["-" * 9], ["a", "x:y"], ["cop:State"]]


def test_query_without_solution_says_what_was_searched(run: Run, small: Path) -> None:
    assert run("query", "SELECT ?x WHERE { ?x a cop:Lighthouse }") == Result(
        0, "x\n-\n", "No solution. The query was searched in all of the graph.\n"
    )


def test_query_without_variables_prints_nothing(run: Run, small: Path) -> None:
    result = run("query", "SELECT * WHERE { copd:state-eastmark a cop:State }")
    assert (result.code, result.out) == (0, "")


@pytest.mark.parametrize(
    ("format", "read"),
    [
        pytest.param("csv", lambda out: out.split()[1:], id="csv"),
        pytest.param("tsv", lambda out: [cell.strip("<>") for cell in out.split()[1:]], id="tsv"),
        pytest.param(
            "json",
            lambda out: [row["state"]["value"] for row in json.loads(out)["results"]["bindings"]],
            id="json",
        ),
        pytest.param("xml", lambda out: re.findall("<uri>(.*?)</uri>", out), id="xml"),
    ],
)
def test_query_writes_solutions_in_every_format(
    format: str, read: Callable[[str], list[str]], run: Run, small: Path
) -> None:
    result = run("query", STATES, "--format", format)
    names = [iri.rpartition("/")[2] for iri in read(result.out)]
    assert (result.code, names) == (0, ["state-eastmark", "state-westmark"])


@pytest.mark.parametrize("format", [None, "table", "csv", "tsv"])
@pytest.mark.parametrize(
    ("name", "printed"), [("Eastmark", "true\n"), ("Northmark", "false\n")], ids=["yes", "no"]
)
def test_query_answers_ask_in_a_word(
    name: str, printed: str, format: str | None, run: Run, small: Path
) -> None:
    chosen = ["--format", format] if format else []
    result = run("query", f'ASK {{ ?any skos:prefLabel "{name}"@en }}', *chosen)
    assert result == Result(0, printed, "")


def test_query_answers_ask_in_json_and_xml(run: Run, small: Path) -> None:
    query = "ASK { copd:state-eastmark a cop:State }"
    assert json.loads(run("query", query, "--format", "json").out)["boolean"] is True
    assert "<boolean>true</boolean>" in run("query", query, "--format", "xml").out


@pytest.mark.parametrize(
    ("format", "written"),
    [
        pytest.param(None, "turtle", id="default"),
        *(
            pytest.param(name, name, id=name)
            for name in ("turtle", "trig", "ntriples", "nquads", "jsonld", "rdfxml")
        ),
    ],
)
def test_query_writes_triples_in_every_format(
    format: str | None, written: str, run: Run, small: Path
) -> None:
    chosen = ["--format", format] if format else []
    query = (
        "CONSTRUCT { ?s skos:altLabel ?o } WHERE { ?s skos:altLabel ?o . ?s a cop:Organization }"
    )
    result = run("query", query, *chosen)
    triples = {
        (quad.subject.value.rpartition("/")[2], quad.object.value)
        for quad in ox.parse(result.out.encode(), format=RDF_FORMATS[written])
    }
    assert (result.code, triples) == (
        0,
        {("organization-blue-lantern-office", "BLO"), ("organization-kite-works", "KW")},
    )


@pytest.mark.parametrize(
    ("query", "format", "message"),
    [
        pytest.param(
            STATES, "turtle", "SELECT and ASK give no triples; choose one of ", id="select"
        ),
        pytest.param(
            "DESCRIBE copd:state-eastmark",
            "csv",
            "CONSTRUCT and DESCRIBE give triples; choose one of ",
            id="describe",
        ),
    ],
)
def test_query_refuses_a_format_that_does_not_fit(
    query: str, format: str, message: str, run: Run, small: Path
) -> None:
    result = run("query", query, "--format", format)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"cop-graph: {message}")


def test_query_is_stopped_by_its_timeout_and_leaves_no_process(
    run: Run, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    begin = subprocess.Popen

    def noted(*arguments: Any, **more: Any) -> subprocess.Popen[bytes]:
        started.append(begin(*arguments, **more))
        return started[-1]

    monkeypatch.setattr("cop_graph.worker.subprocess.Popen", noted)
    result = run("query", RUNAWAY, "--timeout", "0.5")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "cop-graph: stopped after 0.5 s without an answer. Ask for less (bind more, LIMIT), "
        "or give it longer with --timeout\n"
    )
    assert [process.poll() is None for process in started] == [False]


# Search and profiles.


def test_search_gives_name_class_and_identifier(run: Run, small: Path) -> None:
    result = run("search", "kite", "wor")
    assert (result.code, result.err) == (0, "")
    assert [re.split("  +", line) for line in result.out.splitlines()] == [
        ["name", "class", "identifier"],
        ["----------", "------------", "----------------------------"],
        ["Kite Works", "Organization", "copd:organization-kite-works"],
    ]


def test_search_as_json(run: Run, small: Path) -> None:
    result = run("search", "invented", "--kind", "State", "--format", "json")
    assert json.loads(result.out) == [
        {"label": "Westmark", "class": "State", "curie": "copd:state-westmark"}
    ]


def test_search_says_that_there_is_more(run: Run, small: Path) -> None:
    result = run("search", "document", "--kind", "Document", "--limit", "1")
    assert (result.code, len(result.out.splitlines())) == (0, 3)
    assert result.err == "The first 1 are shown; --limit shows more.\n"


@pytest.mark.parametrize(
    ("kind", "searched"),
    [
        pytest.param([], "all things, themes and groups", id="all"),
        pytest.param(["--kind", "State"], "all of the class State", id="one-class"),
    ],
)
@pytest.mark.parametrize(
    ("format", "printed"), [("table", ""), ("json", "[]\n")], ids=["table", "json"]
)
def test_search_without_result_says_what_was_searched(
    format: str, printed: str, kind: list[str], searched: str, run: Run, small: Path
) -> None:
    result = run("search", "qqqq", "zzzz", *kind, "--format", format)
    words = "Nothing has 'qqqq zzzz' in its names or description."
    assert result == Result(0, printed, f"{words} Searched: {searched}.\n")


def test_show_prints_the_profile(run: Run, small: Path) -> None:
    result = run("show", "Eastmrak")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Eastmark\n========\nState  copd:state-eastmark\n")
    assert "not facts" in result.out


# Pictures and exports.


def test_map_writes_one_page_and_says_how_much_is_on_it(
    run: Run, small: Path, tmp_path: Path
) -> None:
    result = run("map", "--output", tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert result == Result(0, "", f"{tmp_path}/map.html: 4 actors, 2 ties.\n")
    assert "<h1>Who works with whom</h1>" in page
    assert run("map", "--output", "-") == Result(0, page, "")


def test_map_writes_to_map_html_where_nothing_is_said(
    run: Run, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("map").err == "map.html: 4 actors, 2 ties.\n"
    assert files_in(tmp_path) == {"map.html"}


@pytest.mark.parametrize(
    ("options", "title", "actors"),
    [
        pytest.param(["--focus", "BLO"], "Who works with whom: Blue Lantern Office", 2, id="focus"),
        pytest.param(
            ["--focus", "KW", "--radius", "2"], "Who works with whom: Kite Works", 2, id="radius"
        ),
        pytest.param(
            ["--theme", "cop:theme-awareness"], "Who works with whom on {theme}", 2, id="theme"
        ),
        pytest.param(
            ["--kind", "State", "--kind", "Person"],
            "Who works with whom: State, Person",
            2,
            id="kinds",
        ),
        pytest.param(
            ["--kind", "Organization", "--theme", "cop:theme-awareness", "--focus", "KW"],
            "Who works with whom: Organization on {theme}: Kite Works",
            2,
            id="all",
        ),
    ],
)
def test_map_is_narrowed_and_titled(
    options: list[str], title: str, actors: int, run: Run, small: Path, small_graph: Graph
) -> None:
    page = run("map", "-o", "-", *options).out
    theme = small_graph.resolve("cop:theme-awareness").label
    assert f"<h1>{title.format(theme=theme)}</h1>" in page
    assert f'"about":"{actors} actors. Ties stated as facts: 1;' in page


@pytest.mark.parametrize("measure", MAP_MEASURES)
def test_map_is_sized_by_the_measure_chosen(measure: str, run: Run, small: Path) -> None:
    assert f'"measure":{{"name":"{measure}"' in run("map", "-o", "-", "--size-by", measure).out


@pytest.mark.parametrize(("renderer", "is_pyvis"), [("pyvis", True), ("sigma", False)])
def test_map_is_drawn_by_the_renderer_chosen(
    renderer: str, is_pyvis: bool, run: Run, small: Path
) -> None:
    page = run("map", "-o", "-", "--renderer", renderer).out
    assert ("new vis.Network(container, data, options)" in page) == is_pyvis


def test_map_of_too_many_says_that_some_are_left_out(
    run: Run, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maps, "MOST_NODES", 3)
    result = run("map", "-o", tmp_path / "map.html")
    assert "4 actors, 2 ties; drawn are the 3 actors with the most ties." in result.err


@pytest.mark.parametrize("format", DATASET_FORMATS)
def test_export_writes_every_format(
    format: str, run: Run, small: Path, small_store: EmbeddedStore, tmp_path: Path
) -> None:
    result = run("export", "--format", format, "--output", tmp_path / "all")
    assert result == Result(0, "", "")
    assert (tmp_path / "all").read_bytes() == export_dataset(small_store, format)


@pytest.mark.parametrize(
    ("format", "read"),
    [("gexf", nx.read_gexf), ("graphml", nx.read_graphml)],
    ids=["gexf", "graphml"],
)
def test_export_writes_the_network(
    format: str, read: Callable[[Any], Any], run: Run, small: Path, small_graph: Graph
) -> None:
    result = run("export", "--format", format)
    graph = read(io.BytesIO(result.out.encode()))
    assert (result.code, result.err) == (0, f"{LIMITS_NOTE}\n")
    assert dict(graph.nodes(data=True)) == dict(small_graph.network().graph.nodes(data=True))


def test_export_writes_our_iris_under_another_address(run: Run, small: Path) -> None:
    out = run("export", "--format", "turtle", "--base", "https://example.org/home/").out
    assert "@prefix copd: <https://example.org/home/id/> ." in out
    assert "@prefix copd: <https://w3id.org/" not in out


# Stores.


def test_built_store_answers_as_the_files_do(
    run: Run, small: Path, small_store: EmbeddedStore, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    built = run("build", "--store", store)
    assert built == Result(
        0, "", f"{store}: {len(small_store)} quads, data {small_store.version}.\n"
    )
    for arguments in (
        ("ask", "partners-of", "--actor", "BLO"),
        ("query", STATES),
        ("search", "kite"),
        ("show", "Eastmark"),
        ("export", "--format", "nquads"),
    ):
        assert run(*arguments, "--store", store) == run(*arguments), arguments


# Checks, verification, form, intake and coverage.


@pytest.fixture
def misquoted(small_copy: Path) -> Path:
    """Data with one anchor that is not in its paragraph."""
    path = small_copy / "claims" / "beta-1.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"in 2032"', '"in 2033"'), encoding="utf-8")
    return small_copy


@pytest.fixture
def reports(small_source: Source) -> Path:
    return small_source.data.parent / "reports"


def line_of(path: Path, words: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


def test_verify_proves_every_anchor(run: Run, small: Path, reports: Path) -> None:
    result = run("verify", reports / "beta-1.txt")
    assert (result.code, result.out) == (0, "")
    assert result.err == (
        "beta-1: 5 claims and remarks with 5 anchors, which cover 13 of 43 words (30.2 %); "
        "0 faults.\n"
    )


def test_verify_takes_the_report_that_is_named(
    run: Run, small: Path, reports: Path, tmp_path: Path
) -> None:
    shutil.copy(reports / "beta-1.txt", tmp_path / "download.txt")
    result = run("verify", tmp_path / "download.txt", "--report", "beta-1")
    assert (result.code, result.err) == (0, run("verify", reports / "beta-1.txt").err)


@pytest.mark.parametrize(
    "arguments",
    [["verify", "{reports}/beta-1.txt"], ["check", "--reports", "{reports}"]],
    ids=["verify", "check"],
)
def test_wrong_anchor_is_found_at_its_line(
    arguments: list[str], run: Run, misquoted: Path, reports: Path
) -> None:
    given = [argument.replace("{reports}", str(reports)) for argument in arguments]
    result = run(*given, "--data", misquoted, "--format", "json")
    path = misquoted / "claims" / "beta-1.ttl"
    [found] = [one for one in json.loads(result.out) if one["path"] == str(path)]
    assert result.code == 1
    assert {name: found[name] for name in ("line", "entity", "paragraph")} == {
        "line": line_of(path, "in 2033"),
        "entity": "copd:claim-beta-1-1-1-002",
        "paragraph": "1.1",
    }
    assert set(found) == {"path", "line", "entity", "message", "check", "paragraph"}
    printed = run(*given, "--data", misquoted).out.splitlines()
    assert (
        f"{found['path']}:{found['line']}: {found['entity']}: {found['message']} (paragraph 1.1) "
        f"[{found['check']}]"
    ) in printed


def test_check_counts_and_says_what_it_could_not_check(
    run: Run, small: Path, reports: Path, tmp_path: Path, small_store: EmbeddedStore
) -> None:
    whole = run("check", "--reports", reports)
    shutil.copy(reports / "beta-1.txt", tmp_path)
    partly = run("check", "--reports", tmp_path)
    last = whole.err.splitlines()[-1]
    assert re.fullmatch(rf"\d+ files checked, \d+ faults, data {small_store.version}\.", last)
    assert len([line for line in whole.err.splitlines() if " anchors, which cover " in line]) == 2
    assert partly.err.splitlines()[1] == (
        "not verified: the anchors of alpha-1, because alpha-1.txt is not at hand "
        "(--reports DIR or COP_GRAPH_REPORTS)"
    )


def test_check_tells_faults_with_1_and_soundness_with_0(
    run: Run, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run("check").out.splitlines()
    sound = checks.CheckResult((), (), ("a note",), 3, "0123456789ab")
    monkeypatch.setattr(checks, "check", lambda *_, **__: sound)
    assert run("check") == Result(0, "", "a note\n3 files checked, 0 faults, data 0123456789ab.\n")
    assert run("check", "--format", "json").out == "[]\n"
    assert not [line for line in found if "fixtures/small" in line]


def test_verification_of_no_words_has_no_share(
    run: Run, small: Path, reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = verification.Verification("beta-1", 0, 0, 0, 0, ())
    monkeypatch.setattr(verification, "verify", lambda *_, **__: nothing)
    assert run("verify", reports / "beta-1.txt").err == (
        "beta-1: 0 claims and remarks with 0 anchors, which cover 0 of 0 words (0.0 %); 0 faults.\n"
    )


def test_format_writes_the_canonical_form_once(run: Run, small_copy: Path) -> None:
    path = small_copy / "entities" / "states.ttl"
    canonical = path.read_text(encoding="utf-8")
    path.write_text("# a comment\n" + canonical.replace("    ", "  "), encoding="utf-8")
    arguments = ("format", path, "--data", small_copy)
    checked = run(*arguments, "--check")
    written = run(*arguments)
    assert (checked.code, checked.out) == (1, f"{path}: not in canonical form\n")
    assert checked.err == "1 files, 1 differ.\n"
    assert (written.code, written.out) == (0, f"{path}: written\n")
    assert written.err.endswith("1 files, 1 written.\n")
    assert "1 comments dropped" in written.err
    assert path.read_text(encoding="utf-8") == canonical
    assert run(*arguments, "--check") == Result(0, "", "1 files, 0 differ.\n")


def test_format_goes_on_past_a_broken_file(run: Run, small_copy: Path) -> None:
    broken, loose = (small_copy / "entities" / name for name in ("states.ttl", "actors.ttl"))
    broken.write_text("copd:state a .\n", encoding="utf-8")
    loose.write_text(loose.read_text(encoding="utf-8").replace("    ", " "), encoding="utf-8")
    result = run("format", broken, loose, "--data", small_copy)
    assert (result.code, result.out) == (2, f"{loose}: written\n")
    assert result.err.startswith(f"cop-graph: {broken}:1: ")
    assert result.err.endswith("\n2 files, 1 written.\n")
    assert broken.read_text(encoding="utf-8") == "copd:state a .\n"


def test_intake_writes_the_structure_of_a_report(
    run: Run, small: Path, reports: Path, tmp_path: Path
) -> None:
    result = run("intake", reports / "beta-1.txt")
    assert (result.code, result.err) == (0, f"{reports}/beta-1.txt: 4 paragraphs.\n")
    run("intake", reports / "beta-1.txt", "--report", "gamma-1", "-o", tmp_path / "gamma-1.ttl")
    assert (tmp_path / "gamma-1.ttl").read_text(encoding="utf-8") == result.out.replace(
        "beta-1", "gamma-1"
    )


@pytest.mark.parametrize("show_all", [True, False], ids=["all", "without-records"])
def test_coverage_lists_sentences_and_ends_with_1_where_some_are_forgotten(
    show_all: bool, run: Run, small: Path, reports: Path
) -> None:
    result = run("coverage", reports / "beta-1.txt", *(["--all"] if show_all else []))
    assert (result.code, result.err) == (1, "")
    assert result.out.startswith("beta-1: ")
    assert "forgotten: 2-1 sentence 3\n" in result.out
    assert ("\n1-1        1 " in result.out) is show_all


def test_coverage_ends_with_0_where_every_sentence_is_accounted_for(
    run: Run, small: Path, reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = coverage.Coverage("beta-1", (), 0, 0, {}, {}, {}, {}, (), ())
    monkeypatch.setattr(coverage, "coverage", lambda *_, **__: whole)
    result = run("coverage", reports / "beta-1.txt")
    assert (result.code, result.err) == (0, "")


# What cannot be run.

BAD_BYTES = os.fsdecode(b"http://\xff")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param("show Eastmark --data nowhere", "nowhere: no such directory", id="no-data"),
        pytest.param(
            "show Eastmark --data notes.txt", "notes.txt: no such directory", id="data-is-a-file"
        ),
        pytest.param("show Eastmark --data empty", "empty: holds none of", id="empty-data"),
        pytest.param("show Eastmark --reports nowhere", "nowhere: ", id="no-reports"),
        pytest.param("show Eastmark --store nowhere", "nowhere: no store here", id="no-store"),
        pytest.param("query 'ASK {}' --store nowhere", "nowhere: no store here", id="worker-store"),
        pytest.param("build --store notes.txt", "notes.txt: is not a directory", id="store-a-file"),
        pytest.param("build --store full", "full: holds other files (b.txt)", id="store-of-others"),
        pytest.param(
            "query nowhere.rq",
            "nowhere.rq: cannot be read: No such file or directory",
            id="no-query-file",
        ),
        pytest.param("query empty", "empty: cannot be read: Is a directory", id="query-directory"),
        pytest.param("query latin.rq", "latin.rq: not UTF-8 at byte 8", id="query-not-utf-8"),
        pytest.param("query ''", "not a SPARQL query", id="query-of-nothing"),
        pytest.param("query 'CLEAR ALL'", "refused: CLEAR would change", id="query-that-changes"),
        pytest.param(
            "ask partner-of --actor BLO",
            "there is no question 'partner-of'. Did you mean partners-of",
            id="unknown-question",
        ),
        pytest.param(
            "ask partner-of --help", "there is no question 'partner-of'.", id="help-of-no-question"
        ),
        pytest.param(
            "ask partners-of --actor Eastmarc",
            "nothing called 'Eastmarc' among actors and groups. Did you mean Eastmark",
            id="unknown-actor",
        ),
        pytest.param(
            "show Harbor", "nothing called 'Harbor' among things and concepts.", id="unknown-thing"
        ),
        pytest.param("show 'http://[x'", "nothing called 'http://[x' among", id="broken-address"),
        pytest.param(["show", BAD_BYTES], "nothing called 'http://\\udcff' among", id="not-utf-8"),
        pytest.param("show 'cop:a b'", "nothing called 'cop:a b' among", id="curie-with-space"),
        pytest.param("show ''", "nothing called '' among", id="empty-name"),
        pytest.param(
            "search lamp --kind Lighthouse",
            "nothing called 'Lighthouse' among classes. Did you mean State",
            id="unknown-class",
        ),
        pytest.param(
            "search lamp --kind 'a b'", "nothing called 'a b' among classes.", id="no-class-name"
        ),
        pytest.param(
            "map --focus Nobody", "nothing called 'Nobody' among actors.", id="unknown-focus"
        ),
        pytest.param(
            "map --focus Eastmark",
            "copd:state-eastmark has no tie in the network",
            id="focus-without-tie",
        ),
        pytest.param(
            "map --theme lamps", "nothing called 'lamps' among themes.", id="unknown-theme"
        ),
        pytest.param(
            "map --kind lighthouse", "there is no tie to draw. Searched: ", id="empty-map"
        ),
        pytest.param("map -o no/map.html", "no/map.html: cannot be written: ", id="no-folder"),
        pytest.param("map -o empty", "empty: cannot be written: Is a directory", id="folder"),
        pytest.param(
            "map -o /dev/full",
            "/dev/full: cannot be written: No space left on device",
            id="full-device",
        ),
        pytest.param(
            "export --format csv --base home", "--base is an IRI that ends in /", id="bad-base"
        ),
        pytest.param(
            "export --format gexf --base https://a/",
            "--base changes IRIs, and gexf has short names instead of them",
            id="base-of-a-network",
        ),
        pytest.param(
            "verify nowhere.txt --report beta-1",
            "nowhere.txt: cannot be read: No such file or directory",
            id="no-report",
        ),
        pytest.param("verify notes.txt", "notes.txt: no report 'notes' in the", id="other-report"),
        pytest.param("intake latin.rq", "latin.rq: not plain text in UTF-8", id="report-not-text"),
        pytest.param("intake notes.txt", "notes.txt: has no numbered paragraph", id="no-paragraph"),
        pytest.param(
            "intake Report.txt",
            "'Report': an identifier of a report is lower-case words",
            id="bad-identifier",
        ),
        pytest.param("coverage notes.txt", "notes.txt: no report 'notes' in the", id="coverage"),
    ],
)
def test_what_cannot_be_run_is_told_in_one_message(
    arguments: str | list[str],
    message: str,
    run: Run,
    small: Path,
    reports: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "b.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("Lamps.\n", encoding="utf-8")
    (tmp_path / "latin.rq").write_bytes(b"SELECT '\xe9' {}")
    shutil.copy(reports / "beta-1.txt", tmp_path / "Report.txt")
    monkeypatch.chdir(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    given = shlex.split(arguments) if isinstance(arguments, str) else arguments
    result = run(*given)
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"cop-graph: {message}")
    assert "Traceback" not in result.err
    assert after == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param("nothing", "No such command 'nothing'", id="unknown-command"),
        pytest.param("show", "Missing argument 'ENTITY'", id="missing-argument"),
        pytest.param("ask partners-of", "Missing option '--actor'", id="missing-parameter"),
        pytest.param("ask partners-of --actr KW", "No such option", id="unknown-parameter"),
        pytest.param("export --format xlsx", "'xlsx' is not one of 'turtle'", id="unknown-format"),
        pytest.param("query ASK{} --timeout -1", "is not in the range 0<=x<=86400", id="timeout"),
        pytest.param("search a --limit 0", "0 is not in the range x>=1", id="limit"),
        pytest.param("map --size-by fame", "'fame' is not one of 'degree'", id="measure"),
    ],
)
def test_wrong_usage_is_told_with_2(arguments: str, message: str, run: Run, small: Path) -> None:
    result = run(*arguments.split())
    assert (result.code, result.out) == (2, "")
    assert re.match(r"Usage: .*cop-graph ", result.err)
    assert message in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["show", "Eastmark"], id="show"),
        pytest.param(["ask", "reports"], id="ask"),
        pytest.param(["query", STATES], id="query"),
        pytest.param(["export", "--format", "trig"], id="export"),
        pytest.param(["map"], id="map"),
        pytest.param(["build", "--store", "store"], id="build"),
        pytest.param(["verify", "{reports}/beta-1.txt"], id="verify"),
    ],
)
def test_broken_turtle_is_told_with_file_and_line(
    arguments: list[str], run: Run, small_copy: Path, reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small_copy / "entities" / "states.ttl"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[7] = "    skos:hiddenLabel Eastmrak ;"
    path.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.chdir(small_copy.parent)
    given = [argument.replace("{reports}", str(reports)) for argument in arguments]
    result = run(*given, "--data", "data")
    assert (result.code, result.out) == (2, "")
    assert re.match(r"cop-graph: data/entities/states\.ttl:8: not Turtle: ", result.err)
    assert len(result.err.splitlines()) == 1
    assert files_in(small_copy.parent) - {"store"} == {"data"}


def test_check_lists_broken_turtle_as_a_fault(
    run: Run, small_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (small_copy / "entities" / "states.ttl").write_text("copd:state a .\n", encoding="utf-8")
    monkeypatch.chdir(small_copy.parent)
    result = run("check", "--data", "data")
    [line] = [one for one in result.out.splitlines() if one.endswith("[turtle-syntax]")]
    assert result.code == 1
    assert line.startswith("data/entities/states.ttl:1: ")


def test_slip_in_sparql_is_shown_with_a_caret(run: Run, small: Path) -> None:
    result = run("query", "SELECT ?state\nWHERE { ?state a cop:State }\nORDR BY ?state")
    assert result == Result(
        2,
        "",
        "cop-graph: not a SPARQL query, line 3, column 1: "
        "'ORDR' is not a word of SPARQL; did you mean ORDER?\n"
        "  ORDR BY ?state\n"
        "  ^\n",
    )


def test_query_on_standard_input_that_is_no_text(run: Run, small: Path) -> None:
    assert run("query", "-", stdin=b"ASK \xff") == Result(
        2, "", "cop-graph: standard input: not UTF-8 at byte 4\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["map", "-o"], id="map"),
        pytest.param(["ask", "reports", "-o"], id="ask"),
        pytest.param(["query", STATES, "-o"], id="query"),
        pytest.param(["export", "--format", "nquads", "-o"], id="export"),
        pytest.param(["intake", "{reports}/beta-1.txt", "-o"], id="intake"),
    ],
)
def test_file_that_cannot_be_replaced_stays_as_it_was(
    arguments: list[str],
    run: Run,
    small: Path,
    reports: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = tmp_path / "mine"
    target.write_text("what was there", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cop_graph.files.os.replace", full)
    given = [argument.replace("{reports}", str(reports)) for argument in arguments]
    result = run(*given, target)
    assert result == Result(
        2,
        "",
        f"cop-graph: {target}: cannot be written: No space left on device. "
        "What was there is unchanged.\n",
    )
    assert files_in(tmp_path) == {"mine"}
    assert target.read_text(encoding="utf-8") == "what was there"


def test_errors_reach_callers_of_the_commands_as_they_are(small: Path) -> None:
    """Only ``main`` turns an error into a message; who calls a command gets the error."""
    result = CliRunner().invoke(cli, ["show", "Northmark"])
    assert isinstance(result.exception, CopGraphError)


# Streams.


@pytest.mark.parametrize("unbuffered", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["usual", "unbuffered"])
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["questions"], id="questions"),
        pytest.param(["ask", "reports"], id="ask"),
        pytest.param(["query", STATES], id="query"),
        pytest.param(["map", "-o", "-"], id="large"),
        pytest.param(["--help"], id="help"),
        pytest.param(["ask", "reports", "--help"], id="help-of-a-question"),
        pytest.param(["--version"], id="version"),
    ],
)
def test_full_standard_output_is_told_with_2(
    arguments: list[str], unbuffered: dict[str, str], small_source: Source
) -> None:
    with open("/dev/full", "wb") as full:
        result = start(*arguments, data=small_source.data, stdout=full, env=unbuffered)
    assert result.code == 2
    assert re.fullmatch(
        r"cop-graph: standard output: (cannot be written: )?No space left on device"
        r"(\. What was there is unchanged\.)?\n",
        result.err,
    )


@pytest.mark.skipif(os.name != "posix", reason="needs a shell that can close a stream")
def test_closed_standard_output_is_told_with_2(small_source: Source) -> None:
    script = shlex.join(command("show", "Eastmark")) + " >&-"
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        env=environment(COP_GRAPH_DATA=str(small_source.data)),
        stderr=subprocess.PIPE,
        timeout=60,
    )
    assert (done.returncode, done.stderr.decode()) == (
        2,
        "cop-graph: standard output: cannot be written: it is closed. "
        "What was there is unchanged.\n",
    )


def test_nothing_is_fitted_where_standard_output_is_closed(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert common.fits("-") is False


@pytest.mark.parametrize("unbuffered", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["usual", "unbuffered"])
def test_reader_that_leaves_early_is_no_error(
    unbuffered: dict[str, str], small_source: Source
) -> None:
    process = subprocess.Popen(
        command("map", "-o", "-"),
        env=environment(COP_GRAPH_DATA=str(small_source.data), **unbuffered),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    first = os.read(process.stdout.fileno(), 15)
    process.stdout.close()
    words = process.stderr.read()
    process.stderr.close()
    assert (first, words, process.wait(timeout=60)) == (b"<!DOCTYPE html>", b"", 0)


def test_words_and_exit_code_come_though_the_reader_has_left(
    run: Run, misquoted: Path, reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Left(io.BytesIO):
        def write(self, _content: object) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    stream = io.TextIOWrapper(Left())
    monkeypatch.setattr(sys, "stdout", stream)
    result = run("verify", reports / "beta-1.txt", "--data", misquoted)
    assert result.code == 1
    assert result.err.endswith("1 faults.\n")


def test_everything_is_written_though_the_stream_takes_little_at_a_time(
    run: Run, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = run("query", STATES).out

    class Narrow(io.BytesIO):
        def write(self, content: Any) -> int:
            return super().write(content[:3])

    narrow = Narrow()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(narrow))
    assert run("query", STATES).code == 0
    assert narrow.getvalue().decode() == wanted


def test_error_of_the_system_is_told_with_its_file(
    run: Run, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "/locked")

    monkeypatch.setattr("cop_graph.graph.open_graph", refused)
    assert run("show", "Eastmark") == Result(2, "", "cop-graph: /locked: Permission denied\n")


# On a terminal.


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let standard output be a terminal of 50 columns."""
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _self: True)


@pytest.mark.usefixtures("terminal", "small")
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["ask", "partners-of", "--actor", "BLO"], id="ask"),
        pytest.param(["questions"], id="questions"),
        pytest.param(["query", "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 9"], id="query"),
        pytest.param(["search", "lantern"], id="search"),
    ],
)
def test_tables_fit_the_terminal(arguments: list[str], run: Run) -> None:
    out = re.sub(r"\x1b\[[0-9;]*m", "", run(*arguments).out)
    assert max(len(line) for line in out.splitlines()) <= 50
    assert "─" in out


@pytest.mark.usefixtures("terminal", "small")
def test_tables_in_a_file_are_plain_though_there_is_a_terminal(run: Run, tmp_path: Path) -> None:
    run("ask", "partners-of", "--actor", "BLO", "-o", tmp_path / "a.txt")
    lines = (tmp_path / "a.txt").read_text(encoding="utf-8").splitlines()
    assert max(len(line) for line in lines) > 50
    assert set(lines[1]) == {"-", " "}


@pytest.mark.parametrize("command_name", ["build", "check"])
def test_progress_is_shown_on_a_terminal_alone(
    command_name: str, run: Run, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    class Status:
        @contextlib.contextmanager
        def __call__(self, _console: object, message: str) -> Iterator[Status]:
            steps.append(message)
            yield self

        def update(self, message: str) -> None:
            steps.append(message)

    status = Status()
    monkeypatch.setattr(
        "rich.console.Console.status", lambda console, message: status(console, message)
    )
    arguments = [
        command_name,
        *(["--store", tmp_path / "store"] if command_name == "build" else []),
    ]
    in_a_pipe = run(*arguments)
    assert steps == []
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda _self: True)
    on_a_terminal = run(*arguments)
    last = {"build": "counting", "check": "verifying anchors"}[command_name]
    assert (steps[0], steps[-1]) == ("starting", last)
    assert on_a_terminal == in_a_pipe


# Stopping.


def children(pid: int) -> list[int]:
    """Read the process table for the children of a process."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    with contextlib.suppress(OSError):
        return [int(child) for child in path.read_text().split()]
    return []


def ticks(pid: int) -> int:
    """Read how long a process has computed; 0 for one that is gone."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])
    return 0


def is_running(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads the process table of Linux")
@pytest.mark.parametrize("timeout", ["0", "600"], ids=["without-limit", "with-limit"])
def test_ctrl_c_ends_a_runaway_query_with_130_and_leaves_no_process(
    timeout: str, small_source: Source
) -> None:
    process = subprocess.Popen(
        command("query", RUNAWAY, "--timeout", timeout),
        env=environment(COP_GRAPH_DATA=str(small_source.data)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    enough = os.sysconf("SC_CLK_TCK")
    worker: list[int] = []
    try:
        # Until the worker has computed for a second, longer than it takes to load the graph.
        while process.poll() is None and not (worker and ticks(worker[0]) > enough):
            worker = children(process.pid)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
        left = [pid for pid in worker if is_running(pid)]
        for pid in left:
            os.kill(pid, signal.SIGKILL)
    assert (process.returncode, out, err.decode().strip()) == (130, b"", "stopped.")
    assert (len(worker), left) == (1, [])


def test_interrupt_before_any_command_is_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cop_graph.cli.cli", interrupted)
    assert run("questions") == Result(130, "", "stopped.\n")


def test_command_runs_as_a_module_on_the_data_of_the_environment(
    small_source: Source, small_store: EmbeddedStore
) -> None:
    result = start("ask", "reports", "--format", "json", data=small_source.data)
    assert json.loads(result.out)["scope"]["version"] == small_store.version
