"""Commands on networks: network, connect, gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from cop_graph.cli.common import (
    fits,
    graph_options,
    open_graph_of,
    options,
    output_option,
    say,
    say_scope,
    write,
)
from cop_graph.cli.root import cli

if TYPE_CHECKING:
    from cop_graph.measures import Measures, Removal

NETWORKS: Final = (
    "partnership", "participation", "co-participation", "support", "all", "themes",
)  # fmt: skip
MEASURES: Final = (
    "degree", "betweenness", "closeness", "pagerank", "core", "constraint", "strength",
)  # fmt: skip
GAPS: Final = ("pairs", "themes", "states")
DEFAULT_SEED: Final = 22

network_options = options(
    click.option("--theme", metavar="THEME", help="Only ties on this theme or a narrower one."),
    click.option("--report", metavar="REPORT", help="Only what this report says."),
    click.option("--status", metavar="STATUS", help="Only ties of this status, such as done."),
)


@cli.command("network")
@click.argument("name", type=click.Choice(NETWORKS), default="partnership")
@options(graph_options, output_option, network_options)
@click.option(
    "--measure",
    type=click.Choice(MEASURES),
    default="degree",
    show_default=True,
    help="By which measure the nodes are ranked.",
)
@click.option(
    "--top",
    "--size",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many nodes are shown; csv and json hold all unless it is given.",
)
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Of communities.")
@click.option("--include-plans", is_flag=True, help="Count plans and hopes too, and say so.")
@click.option(
    "--without",
    "without",
    metavar="PARAGRAPH",
    help="Tell what goes if this paragraph is left out.",
)
@click.option("--format", "format", type=click.Choice(["table", "csv", "json"]), default="table")
@click.pass_context
def network_command(
    context: click.Context,
    name: str,
    data: str | None,
    store: str | None,
    reports: str | None,
    output: str,
    theme: str | None,
    report: str | None,
    status: str | None,
    measure: str,
    top: int,
    seed: int,
    include_plans: bool,
    without: str | None,
    format: str,
) -> None:
    """Measure a network: who stands where, in words, and how far one paragraph moves a rank.

    Example:  cop-graph network partnership --measure betweenness --top 5
    """
    from cop_graph import measures as measuring

    graph = open_graph_of(data, store, reports)
    network = graph.network(name, theme=theme, report=report, status=status)
    if without is not None:
        removal = measuring.without_paragraph(
            network, without, measure=measure, include_plans=include_plans
        )
        write(output, _removal_written(removal, network.graph.nodes, format, fits(output)))
        say_scope(network.answer)
        return
    measured = network.measures(include_plans=include_plans, seed=seed)
    is_given = context.get_parameter_source("top") is not click.core.ParameterSource.DEFAULT
    shown = top if is_given or format == "table" else None
    is_small = len(measured.facts) <= measuring.LEAVE_OUT_NODES
    if not is_small:
        say(
            f"{len(measured.facts)} nodes are too many to leave out each paragraph in turn "
            f"(up to {measuring.LEAVE_OUT_NODES}), so that it is not told how firm a rank is."
        )
    if format == "json":
        write(
            output,
            measuring.measures_json(measured, measure, top=shown, with_stability=is_small),
        )
    else:
        rows = measuring.node_rows(measured, measure, top=shown, with_stability=is_small)
        make = _rows_csv if format == "csv" else _rows_table
        write(output, make(measured, measure, rows, fits(output)))
    if format != "json":
        for line in measuring.summary_lines(measured):
            say(line)
        if shown is not None and shown < len(measured.facts):
            say(f"The first {shown} of {len(measured.facts)} are shown; --top shows more.")
        for line in measuring.notes(measured):
            say(line)
    say_scope(network.answer)


@cli.command()
@click.argument("a")
@click.argument("b")
@options(graph_options, output_option)
@click.option(
    "--most", type=click.IntRange(1, 20), default=3, show_default=True, help="How many ways."
)
@click.option(
    "--max-degree",
    type=click.IntRange(min=1),
    help="No way passes through what is tied to more others (default: 40).",
)
@click.option(
    "--max-steps", type=click.IntRange(1, 12), default=6, show_default=True, help="How long."
)
@click.option("--facts-only", is_flag=True, help="No step rests on a plan.")
@click.option("--format", "format", type=click.Choice(["table", "json"]), default="table")
def connect(
    a: str,
    b: str,
    data: str | None,
    store: str | None,
    reports: str | None,
    output: str,
    most: int,
    max_degree: int | None,
    max_steps: int,
    facts_only: bool,
    format: str,
) -> None:
    """Show how two things are connected: the shortest ways, with the words behind each step.

    Example:  cop-graph connect Scort UNICEF
    """
    from cop_graph.graph import connect as connected
    from cop_graph.ways import connection_json, connection_lines, connection_text

    found = connected(
        open_graph_of(data, store, reports),
        a,
        b,
        most=most,
        max_degree=max_degree,
        max_steps=max_steps,
        include_plans=not facts_only,
    )
    written = connection_json(found) if format == "json" else connection_text(found)
    write(output, written)
    for line in connection_lines(found):
        say(line)


@cli.command()
@click.argument("sort", type=click.Choice(GAPS), default="pairs")
@options(graph_options, output_option)
@click.option("--theme", metavar="THEME", help="Only this theme or a narrower one.")
@click.option("--region", metavar="REGION", help="Only this region of the world (pairs).")
@click.option("--state", metavar="STATE", help="Only this state (states).")
@click.option("--evidence", is_flag=True, help="Show the words on which each line rests.")
@click.option("--format", "format", type=click.Choice(["table", "csv", "json"]), default="table")
def gaps(
    sort: str,
    data: str | None,
    store: str | None,
    reports: str | None,
    output: str,
    theme: str | None,
    region: str | None,
    state: str | None,
    evidence: bool,
    format: str,
) -> None:
    """Show what the reports do not say: untied pairs, themes of few, states without a helpline.

    Example:  cop-graph gaps states --evidence
    """
    from cop_graph import exports
    from cop_graph.gaps import SILENCE_NOTE, gap_sentences, question_of
    from cop_graph.tables import evidence_lines

    graph = open_graph_of(data, store, reports)
    answer = graph.ask(
        question_of(sort), evidence=evidence, about=theme, region=region, state=state
    )
    if format == "csv":
        write(output, exports.answer_csv(answer, with_evidence=evidence))
    elif format == "json":
        write(output, exports.answer_json(answer, with_evidence=evidence))
    else:
        lines = []
        for number, (row, sentence) in enumerate(
            zip(answer, gap_sentences(answer), strict=True), 1
        ):
            lines.append(f"{number}. {sentence}")
            if evidence:
                lines += [f"   {line}" for line in evidence_lines(answer.evidence, row)]
        write(output, "".join(f"{line}\n" for line in lines))
    say_scope(answer)
    say(SILENCE_NOTE)


def _rows_table(measured: Measures, measure: str, rows: list[dict[str, Any]], fit: bool) -> str:
    from cop_graph.measures import range_text
    from cop_graph.tables import table

    firm = measured.stability(measure) if rows and "rankLowest" in rows[0] else {}
    heads = ["rank", "name", "kind", "region", measure, "in words"]
    heads += ["rank without any one paragraph", "moved most by"] if firm else []
    cells = []
    for row in rows:
        line = [row["rank"], row["label"], row["kind"], row["region"], _number(row[measure])]
        line.append(row["sentence"])
        if firm:
            one = firm[row["node"]]
            line += [range_text(one), one.paragraph or ", ".join(one.lost_without[:3])]
        cells.append(line)
    return table(heads, cells, fit=fit) if cells else ""


def _rows_csv(measured: Measures, measure: str, rows: list[dict[str, Any]], fit: bool) -> bytes:
    from cop_graph.exports import rows_csv

    if not rows:
        return rows_csv(["rank", "node", "label", measure], [])
    heads = list(rows[0])
    return rows_csv(heads, [[_text(row[head]) for head in heads] for row in rows])


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.4f}"


def _text(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)


def _removal_written(removal: Removal, nodes: Any, format: str, fit: bool) -> str | bytes:
    """Write what goes with a paragraph: a line a tie or rank, or JSON."""
    import json

    from cop_graph.exports import rows_csv
    from cop_graph.tables import table

    rows = [["tie gone", key, ""] for key in removal.gone]
    rows += [["tie weakened", key, ""] for key in removal.weakened]
    rows += [["no tie left", str(nodes[node]["label"]), ""] for node in removal.lost]
    rows += [
        [f"rank by {removal.measure}", str(nodes[node]["label"]), f"{_rank(was)} to {_rank(now)}"]
        for node, (was, now) in removal.moves.items()
    ]
    if format == "json":
        document = {
            "paragraph": removal.number,
            "measure": removal.measure,
            "gone": list(removal.gone),
            "weakened": list(removal.weakened),
            "lost": list(removal.lost),
            "moves": {node: list(ranks) for node, ranks in removal.moves.items()},
        }
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    heads = ["what changes", "where", "how"]
    return rows_csv(heads, rows) if format == "csv" else table(heads, rows, fit=fit)


def _rank(rank: int | None) -> str:
    return "none" if rank is None else str(rank)
