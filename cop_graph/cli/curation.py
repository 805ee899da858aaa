"""Commands of the curator: check, verify, coverage, format, intake."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from cop_graph.cli.common import (
    data_option,
    fits,
    options,
    output_option,
    progress_words,
    reports_option,
    say,
    write,
)
from cop_graph.cli.root import cli

if TYPE_CHECKING:
    from cop_graph.index import Violation

EXIT_FOUND: Final = 1
EXIT_FAILED: Final = 2
report_options = options(
    click.argument("report", metavar="REPORT.txt"),
    data_option,
    click.option(
        "--report", "identifier", metavar="ID", help="Which report it is; else the file name."
    ),
)


@cli.command()
@options(data_option, reports_option)
@click.option("--format", "format", type=click.Choice(["text", "json"]), default="text")
def check(data: str | None, reports: str | None, format: str) -> None:
    """Check ontology and data: shapes, queries, form, identifiers, contradictions, anchors.

    Example:  cop-graph check
    """
    from cop_graph.checks import check as run_checks
    from cop_graph.dataset import find_source
    from cop_graph.reports import find_reports_directory

    with progress_words() as progress:
        result = run_checks(
            find_source(data), reports=find_reports_directory(reports), progress=progress
        )
    _write_violations(result.violations, format)
    for verification in result.verifications:
        say(_verification_words(verification))
    for note in result.notes:
        say(note)
    say(f"{result.files} files checked, {len(result.violations)} faults, data {result.version}.")
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
    say(_verification_words(result))
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
    write("-", coverage_text(result, fit=fits("-"), show_all=show_all))
    if result.forgotten or result.stale_reasons or result.things_without_record:
        sys.exit(EXIT_FOUND)


@cli.command("format")
@click.argument("paths", nargs=-1, metavar="[FILE.ttl]...")
@options(data_option, reports_option)
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
    from cop_graph.tables import printable

    result = format_files(
        find_source(data),
        [Path(path) for path in paths],
        reports=find_reports_directory(reports),
        only_check=only_check,
    )
    for name in result.changed:
        write("-", f"{printable(name)}: {'not in canonical form' if only_check else 'written'}\n")
    for note in result.notes:
        say(note)
    for fault in result.faults:
        say(f"cop-graph: {fault}")
    say(f"{result.files} files, {len(result.changed)} {'differ' if only_check else 'written'}.")
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
    write(output, structure_turtle(read, identifier or Path(report).stem))
    say(f"{report}: {len(read.paragraphs)} paragraphs.")


def _write_violations(violations: Sequence[Violation], format: str) -> None:
    from cop_graph.tables import printable

    if format == "json":
        names = ("path", "line", "entity", "message", "check", "paragraph")
        rows = [{name: getattr(found, name) for name in names} for found in violations]
        write("-", json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    else:
        write("-", "".join(f"{printable(str(found))}\n" for found in violations))


def _verification_words(result: Any) -> str:
    share = 100 * result.covered_words / result.words if result.words else 0.0
    return (
        f"{result.report}: {result.records} claims and remarks with {result.anchors} anchors, "
        f"which cover {result.covered_words} of {result.words} words ({share:.1f} %); "
        f"{len(result.violations)} faults."
    )
