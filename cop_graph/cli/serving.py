"""The command that serves: serve."""

from __future__ import annotations

import os
from typing import Final

import click

from cop_graph.cli.common import data_option, options, progress_words, reports_option, say
from cop_graph.cli.root import cli
from cop_graph.errors import CopGraphError

TOKEN_VARIABLE: Final = "COP_GRAPH_UPDATE_TOKEN"
SHORT_TOKEN: Final = 16
MEBIBYTE: Final = 1024**2

_limits = options(
    click.option(
        "--timeout", "timeout_s", type=click.FloatRange(min=0.1, max=86_400), default=30.0,
        show_default=True, help="Seconds that one query may take.",
    ),
    click.option(
        "--memory", "memory_mib", type=click.IntRange(min=256), default=2048, show_default=True,
        help="MiB of memory that one query may use.",
    ),
    click.option(
        "--max-rows", type=click.IntRange(min=1), default=1_000_000, show_default=True,
        help="Rows that one answer may have.",
    ),
    click.option(
        "--max-bytes", type=click.IntRange(min=1024), default=1024**3, show_default=True,
        help="Bytes that one answer may have.",
    ),
    click.option(
        "--workers", type=click.IntRange(min=1, max=256), default=None,
        help="Processes for short queries. Default: one a core, at least 2.",
    ),
    click.option(
        "--long-workers", type=click.IntRange(min=1, max=256), default=4, show_default=True,
        help="How many queries may take longer than a quarter of a second at once.",
    ),
    click.option(
        "--queue", type=click.IntRange(min=1), default=256, show_default=True,
        help="How many queries may wait; further ones are turned away.",
    ),
)  # fmt: skip


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port", type=click.IntRange(min=0, max=65535), default=8000, show_default=True,
    help="Port; 0 takes a free one.",
)  # fmt: skip
@data_option
@click.option(
    "--store", metavar="DIR|URL", help="A store that `build` made, or a SPARQL server. Else files."
)
@reports_option
@click.option(
    "--show-report-text", is_flag=True,
    help="Show whole sentences of reports to others than this machine.",
)  # fmt: skip
@click.option(
    "--allow-update", is_flag=True, help=f"Allow changes with the token in {TOKEN_VARIABLE}."
)
@click.option(
    "--allow-service", "services", multiple=True, metavar="HOST",
    help="Let SERVICE in queries call this host. May be repeated.",
)  # fmt: skip
@_limits
def serve(
    host: str,
    port: int,
    data: str | None,
    store: str | None,
    reports: str | None,
    show_report_text: bool,
    allow_update: bool,
    services: tuple[str, ...],
    timeout_s: float,
    memory_mib: int,
    max_rows: int,
    max_bytes: int,
    workers: int | None,
    long_workers: int,
    queue: int,
) -> None:
    """Serve the graph: SPARQL, graphs and questions over HTTP.

    Example:  cop-graph serve --port 8000
    """
    import tempfile

    from cop_graph.dataset import find_source
    from cop_graph.pool import Limits
    from cop_graph.reports import find_reports_directory
    from cop_graph.store import build_store
    from cop_graph.web.server import serve as run_server
    from cop_graph.web.service import Settings

    source = find_source(data)
    token = _token(allow_update, store)
    found_reports = find_reports_directory(reports)
    limits = Limits(
        time_s=timeout_s,
        memory_bytes=memory_mib * MEBIBYTE,
        rows=max_rows,
        answer_bytes=max_bytes,
        waiting=queue,
        workers=workers or max(2, os.cpu_count() or 1),
        long_places=long_workers,
    )
    with tempfile.TemporaryDirectory(prefix="cop-graph-") as folder:
        if store is None:
            place = os.path.join(folder, "store")
            with progress_words() as progress:
                build_store(place, source, progress=progress)
        else:
            place = store
            _check_store(store)
        settings = Settings(
            source=source,
            store=place,
            limits=limits,
            token=token,
            services=tuple(name.lower() for name in services),
            reports=str(found_reports) if found_reports else None,
            show_report_text=show_report_text,
        )
        run_server(
            settings,
            host=host,
            port=port,
            started=lambda address: say(f"COP Graph answers at {address}  (Ctrl-C ends it)"),
        )


def _token(allow_update: bool, store: str | None) -> str | None:
    """Read the token from the environment, where updates are allowed."""
    if not allow_update:
        return None
    if store is None or "://" in store:
        raise CopGraphError(
            "--allow-update needs --store DIR, a store on disk that `cop-graph build` made: "
            "changes have to stay somewhere"
        )
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not token:
        raise CopGraphError(
            f"--allow-update needs a token in the environment variable {TOKEN_VARIABLE}, such as "
            "`python3 -c 'import secrets; print(secrets.token_hex())'` prints"
        )
    if len(token) < SHORT_TOKEN:
        say(
            f"The token in {TOKEN_VARIABLE} has fewer than {SHORT_TOKEN} characters: easy to guess."
        )
    return token


def _check_store(store: str) -> None:
    """Open the store once, so that what is wrong with it is said before anything is served."""
    from cop_graph.remote import open_at

    open_at(store)
