"""The command line: arguments in, one call, output.

Answers go to standard output, words to standard error. Exit 0: done; 1: a check found something;
2: could not run.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from cop_graph import __version__
from cop_graph.errors import CopGraphError, DataError, ExportError, UnknownEntityError

if TYPE_CHECKING:
    from cop_graph.graph import Graph
    from cop_graph.index import Violation
    from cop_graph.model import Answer
    from cop_graph.questions import Question

EXIT_FOUND: Final = 1
EXIT_FAILED: Final = 2
EXIT_INTERRUPTED: Final = 130
DEFAULT_TIMEOUT_S: Final = 60.0
MOST_TIMEOUT_S: Final = 86_400.0
QUERY_FORMATS: Final = (
    "table", "csv", "tsv", "json", "xml",
    "turtle", "trig", "ntriples", "nquads", "jsonld", "rdfxml",
)  # fmt: skip
EXPORT_FORMATS: Final = (
    "turtle", "trig", "ntriples", "nquads", "jsonld", "rdfxml", "csv", "gexf", "graphml",
)  # fmt: skip
MAP_MEASURES: Final = ("degree", "betweenness", "pagerank")

Command = TypeVar("Command", bound=Callable[..., Any])


def _options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(function: Command) -> Command:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


data_option = click.option(
    "--data", metavar="DIR", help="Somebody else's data (COP_GRAPH_DATA). Else ours."
)
store_option = click.option(
    "--store", metavar="DIR", help="A store that `build` made, read as it is."
)
reports_option = click.option(
    "--reports", metavar="DIR", help="Texts of the reports, for sentences (COP_GRAPH_REPORTS)."
)
output_option = click.option(
    "--output", "-o", metavar="FILE", default="-", help="Where to write; - is standard output."
)
graph_options = _options(data_option, store_option, reports_option)
report_options = _options(
    click.argument("report", metavar="REPORT.txt"),
    data_option,
    click.option(
        "--report", "identifier", metavar="ID", help="Which report it is; else the file name."
    ),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="cop-graph")
def cli() -> None:
    """Ask who works with whom for children online, on what, and which sentence says so.

    Start with:  cop-graph questions   cop-graph ask partners-of --actor PTA --evidence
    """


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
            [f"--{_dashed(parameter.name)}", parameter.name],
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
    @click.option(
        "--format", "format", type=click.Choice(["table", "csv", "tsv", "json"]), default="table"
    )
    def run(
        data: str | None,
        store: str | None,
        reports: str | None,
        output: str,
        evidence: bool,
        format: str,
        **values: str | None,
    ) -> None:
        graph = _open(data, store, reports, named_graphs="GRAPH" in question.text)
        answer = graph.ask(question.name, evidence=evidence, **values)
        _write(output, _written(answer, format, evidence=evidence, fit=_fits(output)))
        _say_scope(answer)

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
    from cop_graph.questions import list_questions
    from cop_graph.tables import table

    found = list_questions(find_source(data).queries)
    if format == "json":
        _write("-", json.dumps([_question_json(one) for one in found], indent=2) + "\n")
        return
    rows = [
        [
            one.group,
            one.name,
            one.summary,
            " ".join(
                f"--{_dashed(p.name)}" if p.is_required else f"[--{_dashed(p.name)}]"
                for p in one.parameters
            ),
        ]
        for one in found
    ]
    _write("-", table(["group", "name", "question", "parameters"], rows, fit=_fits("-")))


@cli.command("query")
@click.argument("query", metavar="QUERY|FILE|-")
@_options(data_option, store_option, output_option)
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
        body = _solutions_table(body, fit=_fits(output)).encode()
    _write(output, body)


@cli.command()
@click.argument("words", nargs=-1, required=True)
@graph_options
@click.option("--kind", metavar="CLASS", help="Only one class, such as State or Theme.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--format", "format", type=click.Choice(["table", "json"]), default="table")
def search(
    words: Sequence[str],
    data: str | None,
    store: str | None,
    reports: str | None,
    kind: str | None,
    limit: int,
    format: str,
) -> None:
    """Find things and themes by words of their names and descriptions.

    Example:  cop-graph search helpline
    """
    from cop_graph.names import classes_of
    from cop_graph.namespaces import compact
    from cop_graph.tables import table

    graph = _open(data, store, reports)
    classes = (kind,) if kind else ("Thing", "Concept")
    if kind and not (kind.isalnum() and graph.store.holds(_class_iri(kind))):
        raise UnknownEntityError(
            kind, wanted="classes", suggestions=["State", "Organization", "Theme"]
        )
    found = graph.search(" ".join(words), classes=classes, limit=limit + 1)
    rows = [
        [
            entity.label,
            ", ".join(sorted(classes_of(graph.store, entity.iri) - {"Thing", "Concept", "Actor"})),
            compact(entity.iri),
        ]
        for entity in found[:limit]
    ]
    if format == "json":
        names = ("label", "class", "curie")
        _write(
            "-", json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2) + "\n"
        )
    elif rows:
        _write("-", table(["name", "class", "identifier"], rows, fit=_fits("-")))
    if not rows:
        where = f"all of the class {kind}" if kind else "all things, themes and groups"
        _say(f"Nothing has {' '.join(words)!r} in its names or description. Searched: {where}.")
    elif len(found) > limit:
        _say(f"The first {limit} are shown; --limit shows more.")


@cli.command()
@click.argument("entity")
@graph_options
def show(entity: str, data: str | None, store: str | None, reports: str | None) -> None:
    """Show what is claimed of a thing, paragraph by paragraph, plans apart from facts.

    Example:  cop-graph show Egypt
    """
    from cop_graph.profile import profile_text

    _write("-", profile_text(_open(data, store, reports).show(entity)))


@cli.command("map")
@graph_options
@click.option("--focus", metavar="ENTITY", help="Only this actor and those near it.")
@click.option("--radius", type=click.IntRange(1, 5), default=1, show_default=True, help="How near.")
@click.option("--theme", metavar="THEME", help="Only ties on this theme or a narrower one.")
@click.option(
    "--kind", "kinds", multiple=True, metavar="KIND", help="Only actors of this kind or class."
)
@click.option("--size-by", type=click.Choice(MAP_MEASURES), default="degree", show_default=True)
@click.option(
    "--output",
    "-o",
    metavar="FILE.html",
    default="map.html",
    show_default=True,
    help="- is standard output.",
)
def map_command(
    data: str | None,
    store: str | None,
    reports: str | None,
    focus: str | None,
    radius: int,
    theme: str | None,
    kinds: Sequence[str],
    size_by: str,
    output: str,
) -> None:
    """Draw who works with whom as one HTML file that loads nothing from anywhere.

    Example:  cop-graph map --output map.html
    """
    from cop_graph.namespaces import compact
    from cop_graph.networks import ego_network, keep_kinds
    from cop_graph.pictures import map_html
    from cop_graph.questions import evidence

    graph = _open(data, store, reports)
    network = graph.network("partnership", theme=theme)
    title = "Who works with whom"
    if kinds:
        network = keep_kinds(network, kinds)
        title += f": {', '.join(kinds)}"
    if theme:
        title += f" on {graph.resolve(theme, classes=('Theme',)).label}"
    if focus:
        centre = graph.resolve(focus, classes=("Actor",))
        network = ego_network(network, compact(centre.iri), radius=radius)
        title = f"{title}: {centre.label}"
    claims = [claim for row in network.answer for claim in row["claims"]]  # type: ignore[union-attr]
    page = map_html(
        network,
        evidence(graph.store, claims),
        scope=network.answer.scope,
        title=title,
        size_by=size_by,
    )
    _write(output, page)
    if output != "-":
        _say(f"{output}: {len(network.graph)} actors, {network.graph.number_of_edges()} ties.")


@cli.command()
@_options(data_option, store_option, output_option)
@click.option("--format", "format", type=click.Choice(EXPORT_FORMATS), required=True)
@click.option("--base", metavar="IRI", help="Write our IRIs under this address instead.")
def export(data: str | None, store: str | None, output: str, format: str, base: str | None) -> None:
    """Take the data home: RDF with all graphs, a table of claims, or the partnership network.

    Example:  cop-graph export --format trig --output cop-graph.trig
    """
    from cop_graph.exports import export_dataset
    from cop_graph.networks import network_bytes

    if format in ("gexf", "graphml") and base is not None:
        raise ExportError(f"--base changes IRIs, and {format} has short names instead of them")
    graph = _open(data, store, None, named_graphs=True)
    if format in ("gexf", "graphml"):
        _write(output, network_bytes(graph.network("partnership"), format))
    else:
        _write(output, export_dataset(graph.store, format, base=base))


@cli.command()
@click.option("--store", metavar="DIR", required=True, help="Where the store stands.")
@data_option
def build(store: str, data: str | None) -> None:
    """Build a store on disk; a build that is killed leaves the old one.

    Example:  cop-graph build --store cop-graph-store
    """
    from cop_graph.dataset import find_source
    from cop_graph.store import build_store

    with _progress() as progress:
        built = build_store(store, find_source(data), progress=progress)
    _say(f"{store}: {len(built.quads)} quads, data {built.version}.")


@cli.command()
@_options(data_option, reports_option)
@click.option("--format", "format", type=click.Choice(["text", "json"]), default="text")
def check(data: str | None, reports: str | None, format: str) -> None:
    """Check ontology and data: shapes, queries, form, identifiers, contradictions, anchors.

    Example:  cop-graph check
    """
    from cop_graph.checks import check as run_checks
    from cop_graph.dataset import find_source
    from cop_graph.reports import find_reports_directory

    with _progress() as progress:
        result = run_checks(
            find_source(data), reports=find_reports_directory(reports), progress=progress
        )
    _write_violations(result.violations, format)
    for verification in result.verifications:
        _say(_verification_words(verification))
    for note in result.notes:
        _say(note)
    _say(f"{result.files} files checked, {len(result.violations)} faults, data {result.version}.")
    if result.violations:
        sys.exit(EXIT_FOUND)


@cli.command()
@report_options
@click.option("--format", "format", type=click.Choice(["text", "json"]), default="text")
def verify(report: str, data: str | None, identifier: str | None, format: str) -> None:
    """Prove that every anchor is in its paragraph of a report.

    Example:  cop-graph verify ../shared/reports/cwg-cop-22.txt
    """
    from cop_graph.dataset import find_source
    from cop_graph.index import read_index
    from cop_graph.verification import verify as run_verification

    index = read_index(find_source(data))
    for file in index.files:
        if file.fault:
            raise file.fault
    result = run_verification(index, Path(report), identifier=identifier)
    _write_violations(result.violations, format)
    _say(_verification_words(result))
    if result.violations:
        sys.exit(EXIT_FOUND)


@cli.command()
@report_options
@click.option("--all", "show_all", is_flag=True, help="Every sentence, not only those without.")
def coverage(report: str, data: str | None, identifier: str | None, show_all: bool) -> None:
    """Tell which sentences of a report carry a claim or remark, and why the others do not.

    Example:  cop-graph coverage ../shared/reports/cwg-cop-22.txt
    """
    from cop_graph.coverage import coverage as run_coverage
    from cop_graph.dataset import find_source
    from cop_graph.index import read_index
    from cop_graph.tables import coverage_text

    source = find_source(data)
    result = run_coverage(read_index(source), source, Path(report), identifier=identifier)
    _write("-", coverage_text(result, fit=_fits("-"), show_all=show_all))
    if result.forgotten or result.stale_reasons or result.things_without_record:
        sys.exit(EXIT_FOUND)


@cli.command("format")
@click.argument("paths", nargs=-1, metavar="[FILE.ttl]...")
@_options(data_option, reports_option)
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit 1 if a file differs."
)
def format_files_command(
    paths: Sequence[str], data: str | None, reports: str | None, only_check: bool
) -> None:
    """Write Turtle in its one canonical form; without paths, all of ontology/ and data/.

    Example:  cop-graph format --check
    """
    from cop_graph.dataset import find_source
    from cop_graph.formatting import format_files
    from cop_graph.reports import find_reports_directory

    result = format_files(
        find_source(data),
        [Path(path) for path in paths],
        reports=find_reports_directory(reports),
        only_check=only_check,
    )
    for name in result.changed:
        _write("-", f"{name}: {'not in canonical form' if only_check else 'written'}\n")
    for note in result.notes:
        _say(note)
    for fault in result.faults:
        _say(f"cop-graph: {fault}")
    _say(f"{result.files} files, {len(result.changed)} {'differ' if only_check else 'written'}.")
    if result.faults:
        sys.exit(EXIT_FAILED)
    if only_check and result.changed:
        sys.exit(EXIT_FOUND)


@cli.command()
@click.argument("report", metavar="REPORT.txt")
@click.option("--report", "identifier", metavar="ID", help="Identifier; else the file name.")
@output_option
def intake(report: str, identifier: str | None, output: str) -> None:
    """Write the structure of a report as Turtle: its paragraphs, numbers and fingerprints.

    Example:  cop-graph intake ../shared/reports/cwg-cop-22.txt
    """
    from cop_graph.formatting import structure_turtle
    from cop_graph.reports import read_report

    read = read_report(report)
    _write(output, structure_turtle(read, identifier or Path(report).stem))
    _say(f"{report}: {len(read.paragraphs)} paragraphs.")


def main() -> None:
    """Run the command line; known errors become one message and exit code 2."""
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_FAILED)
    except CopGraphError as error:
        _say(f"cop-graph: {error}")
        sys.exit(EXIT_FAILED)
    except (KeyboardInterrupt, click.Abort):
        _say("stopped.")
        sys.exit(EXIT_INTERRUPTED)
    except OSError as error:  # what click itself writes, such as --help
        _abandon_stdout()
        _say(f"cop-graph: {error.filename or 'standard output'}: {error.strerror or error}")
        sys.exit(EXIT_FAILED)


def _open(
    data: str | None, store: str | None, reports: str | None, *, named_graphs: bool = False
) -> Graph:
    """Open a graph; what a command shows needs the named graphs only where it says so."""
    from cop_graph.graph import open_graph

    return open_graph(data, store=store, reports=reports, named_graphs=named_graphs)


def _say(message: str) -> None:
    click.echo(message, err=True)


def _write(output: str, content: str | bytes) -> None:
    if output == "-":
        _write_stdout(content.encode("utf-8", "replace") if isinstance(content, str) else content)
        return
    from cop_graph.files import write_whole

    write_whole(output, content)


def _write_stdout(raw: bytes) -> None:
    from cop_graph.errors import OutputError

    if sys.stdout is None:
        raise OutputError("it is closed", path="standard output")
    rest = memoryview(raw)
    try:
        while rest:  # under `python -u` the stream may take less than it is given
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # the reader of our output has seen enough, as `head` has
        _abandon_stdout()
    except OSError as error:
        _abandon_stdout()
        raise OutputError(error.strerror or str(error), path="standard output") from error


def _abandon_stdout() -> None:
    """Let what is still held back go nowhere, so that the interpreter does not try again."""
    with contextlib.suppress(OSError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _fits(output: str) -> bool:
    return output == "-" and sys.stdout is not None and sys.stdout.isatty()


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Show on a terminal which step is under way; say nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _message: None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:
        yield lambda message: status.update(message)


def _dashed(name: str) -> str:
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in name)


def _class_iri(name: str) -> str:
    from cop_graph.namespaces import COP

    return COP + name


def _written(answer: Answer, format: str, *, evidence: bool, fit: bool) -> str | bytes:
    from cop_graph import exports
    from cop_graph.tables import answer_table

    if format == "json":
        return exports.answer_json(answer, with_evidence=evidence)
    if format == "csv":
        return exports.answer_csv(answer, with_evidence=evidence)
    if format == "tsv":
        return exports.answer_tsv(answer, with_evidence=evidence)
    return answer_table(answer, fit=fit, with_evidence=evidence) if answer else ""


def _say_scope(answer: Answer) -> None:
    from cop_graph.exports import cell_text

    bound = ", ".join(f"{name} = {cell_text(cell)}" for name, cell in answer.parameters.items())
    asked = f" with {bound}" if bound else ""
    if not answer:
        _say(
            f"No row for {answer.question!r}{asked}. The reports do not say; "
            "that is not to say that there is nothing."
        )
    rows = f"{len(answer)} row{'' if len(answer) == 1 else 's'}. " if answer else ""
    _say(f"{rows}Searched: {answer.scope}.")
    if answer.note:
        _say(answer.note)


def _question_json(question: Question) -> dict[str, Any]:
    return {
        "name": question.name,
        "group": question.group,
        "summary": question.summary,
        "description": question.description,
        "tags": list(question.tags),
        "parameters": [
            {
                "name": parameter.name,
                "kind": parameter.kind,
                "label": parameter.label,
                "default": parameter.default,
                "required": parameter.is_required,
            }
            for parameter in question.parameters
        ],
        "columns": {name: kind for name, kind in question.columns.items() if name != "claims"},
        "note": question.note,
    }


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
        _say("No solution. The query was searched in all of the graph.")
    return table(names, rows, fit=fit) if names else ""


def _write_violations(violations: Sequence[Violation], format: str) -> None:
    if format == "json":
        names = ("path", "line", "entity", "message", "check", "paragraph")
        rows = [{name: getattr(found, name) for name in names} for found in violations]
        _write("-", json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    else:
        _write("-", "".join(f"{found}\n" for found in violations))


def _verification_words(result: Any) -> str:
    share = 100 * result.covered_words / result.words if result.words else 0.0
    return (
        f"{result.report}: {result.records} claims and remarks with {result.anchors} anchors, "
        f"which cover {result.covered_words} of {result.words} words ({share:.1f} %); "
        f"{len(result.violations)} faults."
    )


if __name__ == "__main__":
    main()
