"""Commands that answer: ask, questions, query."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Final

import click

from cop_graph.cli.common import (
    dashed,
    data_option,
    fits,
    graph_options,
    open_graph_of,
    options,
    output_option,
    say,
    say_scope,
    store_option,
    write,
)
from cop_graph.cli.root import cli
from cop_graph.errors import DataError

if TYPE_CHECKING:
    from cop_graph.model import Answer
    from cop_graph.questions import Question

DEFAULT_TIMEOUT_S: Final = 60.0
MOST_TIMEOUT_S: Final = 86_400.0
ANSWER_FORMATS: Final = ("table", "csv", "tsv", "json", "xlsx")
QUERY_FORMATS: Final = (
    "table", "csv", "tsv", "json", "xml",
    "turtle", "trig", "ntriples", "nquads", "jsonld", "rdfxml",
)  # fmt: skip


class _QuestionCommands(click.Group):
    """One command a question, made of the header of its file when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from cop_graph.dataset import find_source
        from cop_graph.questions import list_questions

        return [question.name for question in list_questions(find_source().queries)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        from cop_graph.dataset import find_source
        from cop_graph.questions import find_question

        return _question_command(find_question(find_source().queries, cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        formatter.write_text("`cop-graph questions` lists the questions by group.")


def _question_command(question: Question) -> click.Command:
    parameters: list[click.Parameter] = [
        click.Option(
            [f"--{dashed(parameter.name)}", parameter.name],
            metavar=parameter.kind.upper(),
            required=parameter.is_required,
            help=parameter.label
            + (f" (default: {parameter.default})" if parameter.default else ""),
        )
        for parameter in question.parameters
    ]

    @graph_options
    @output_option
    @click.option("--evidence", is_flag=True, help="Show the words behind each row.")
    @click.option("--format", "format", type=click.Choice(ANSWER_FORMATS), default="table")
    def run(
        data: str | None,
        store: str | None,
        reports: str | None,
        output: str,
        evidence: bool,
        format: str,
        **values: str | None,
    ) -> None:
        graph = open_graph_of(data, store, reports, named_graphs="GRAPH" in question.text)
        answer = graph.ask(question.name, evidence=evidence, **values)
        write(output, _written(answer, format, evidence=evidence, fit=fits(output)))
        say_scope(answer)

    command = click.command(
        name=question.name, help=f"{question.summary}\n\n{question.description}"
    )
    made = command(run)
    made.params = [*parameters, *made.params]
    return made


@cli.command(cls=_QuestionCommands, subcommand_metavar="NAME [--PARAMETER VALUE]...")
def ask() -> None:
    """Ask a question by name; `ask NAME --help` tells its parameters.

    Example:  cop-graph ask partners-of --actor PTA --evidence
    """


@cli.command()
@data_option
@click.option("--format", "format", type=click.Choice(["table", "json"]), default="table")
def questions(data: str | None, format: str) -> None:
    """List the questions, by group.

    Example:  cop-graph questions --format json
    """
    from cop_graph.dataset import find_source
    from cop_graph.description import question_json
    from cop_graph.questions import list_questions
    from cop_graph.tables import table

    found = list_questions(find_source(data).queries)
    if format == "json":
        write("-", json.dumps([question_json(one) for one in found], indent=2) + "\n")
        return
    rows = [
        [
            one.group,
            one.name,
            one.summary,
            " ".join(
                f"--{dashed(p.name)}" if p.is_required else f"[--{dashed(p.name)}]"
                for p in one.parameters
            ),
        ]
        for one in found
    ]
    write("-", table(["group", "name", "question", "parameters"], rows, fit=fits("-")))


@cli.command("query")
@click.argument("query", metavar="QUERY|FILE|-")
@options(data_option, store_option, output_option)
@click.option(
    "--format",
    "format",
    type=click.Choice(QUERY_FORMATS),
    help="Default: table for SELECT and ASK, turtle for CONSTRUCT and DESCRIBE.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0, max=MOST_TIMEOUT_S),
    default=DEFAULT_TIMEOUT_S,
    show_default=True,
    help="Seconds until the query is stopped; 0 waits to the end (Ctrl-C stops it).",
)
def query(
    query: str,
    data: str | None,
    store: str | None,
    output: str,
    format: str | None,
    timeout_s: float,
) -> None:
    """Run SPARQL: a string, a file, or - for standard input. Prefixes of ours may be left out.

    Example:  cop-graph query 'SELECT ?state WHERE { ?state a cop:State } ORDER BY ?state'
    """
    from cop_graph.dataset import find_source
    from cop_graph.worker import Worker

    result = "json" if format in (None, "table") else str(format)
    formats = {
        "solutions": result,
        "boolean": "json" if result in ("csv", "tsv") else result,
        "triples": "turtle" if format is None else str(format),
    }
    with Worker(find_source(data), store=store) as worker:
        kind, body = worker.query(_query_text(query), formats=formats, timeout_s=timeout_s or None)
    if kind == "boolean" and result != "xml" and format != "json":
        body = b"true\n" if json.loads(body)["boolean"] else b"false\n"
    elif kind == "solutions" and format in (None, "table"):
        body = _solutions_table(body, fit=fits(output)).encode()
    write(output, body)


def _written(answer: Answer, format: str, *, evidence: bool, fit: bool) -> str | bytes:
    from cop_graph import exports
    from cop_graph.tables import answer_table

    if format == "json":
        return exports.answer_json(answer, with_evidence=evidence)
    if format == "csv":
        return exports.answer_csv(answer, with_evidence=evidence)
    if format == "tsv":
        return exports.answer_tsv(answer, with_evidence=evidence)
    if format == "xlsx":
        return exports.answer_xlsx(answer, with_evidence=evidence)
    return answer_table(answer, fit=fit, with_evidence=evidence) if answer else ""


def _query_text(argument: str) -> str:
    if argument == "-":
        raw = sys.stdin.buffer.read()
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DataError(f"not UTF-8 at byte {error.start}", path="standard input") from error
    from cop_graph.files import read_text

    looks_like_path = "{" not in argument and "\n" not in argument
    if looks_like_path and (os.path.exists(argument) or argument.endswith((".rq", ".sparql"))):
        return read_text(argument)
    return argument


def _solutions_table(body: bytes, *, fit: bool) -> str:
    from cop_graph.namespaces import compact
    from cop_graph.tables import table

    document = json.loads(body)
    names = document["head"]["vars"]
    rows = [
        [
            compact(binding[name]["value"])
            if name in binding and binding[name]["type"] == "uri"
            else binding.get(name, {"value": ""})["value"]
            for name in names
        ]
        for binding in document["results"]["bindings"]
    ]
    if not rows:
        say("No solution. The query was searched in all of the graph.")
    return table(names, rows, fit=fit) if names else ""
