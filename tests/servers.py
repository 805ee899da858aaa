"""Real SPARQL servers that tests start by themselves, on free ports of this machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

START_S = 60
VIRTUOSO_USER = "writer"
VIRTUOSO_PASSWORD = "pass-word-of-the-tests"
VIRTUOSO_MOST_ROWS = 1000
_VIRTUOSO_INI = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
MaxCheckpointRemap = 2000
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DisableUnixSocket = 1
MaxClientConnections = 10
CheckpointInterval = 0
CaseMode = 2
DirsAllowed = {folder}
ThreadsPerQuery = 2
NumberOfBuffers = 4000
MaxDirtyBuffers = 2000
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerRoot = {folder}
MaxClientConnections = 10
ServerThreads = 10
MaxKeepAlives = 10
KeepAliveTimeout = 10
Charset = UTF-8
[SPARQL]
ResultSetMaxRows = {most_rows}
MaxQueryExecutionTime = 60
"""
_VIRTUOSO_GRANTS = f"""
GRANT SPARQL_UPDATE TO "SPARQL";
DB.DBA.RDF_DEFAULT_USER_PERMS_SET('nobody', 1);
DB.DBA.USER_CREATE('{VIRTUOSO_USER}', '{VIRTUOSO_PASSWORD}');
GRANT SPARQL_UPDATE TO "{VIRTUOSO_USER}";
DB.DBA.RDF_DEFAULT_USER_PERMS_SET('{VIRTUOSO_USER}', 7);
"""


@dataclass(frozen=True)
class Server:
    """A running server: its address, and what the environment must say to write to it."""

    address: str
    login: dict[str, str] = field(default_factory=dict)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_virtuoso() -> tuple[str, str] | None:
    """Give the paths of the server and of its command line for SQL, if both are installed."""
    found = shutil.which("virtuoso-t"), shutil.which("isql-vt") or shutil.which("isql-virtuoso")
    return (found[0], found[1]) if found[0] and found[1] else None


def find_oxigraph() -> str | None:
    beside = Path(sys.executable).with_name("oxigraph")
    return str(beside) if beside.is_file() else shutil.which("oxigraph")


@contextlib.contextmanager
def oxigraph(program: str, folder: Path) -> Iterator[Server]:
    port = free_port()
    command = [program, "serve", "--location", str(folder), "--bind", f"127.0.0.1:{port}"]
    with _running(command, folder, f"http://127.0.0.1:{port}/query?query=ASK%20%7B%7D"):
        yield Server(f"http://127.0.0.1:{port}")


@contextlib.contextmanager
def virtuoso(programs: tuple[str, str], folder: Path) -> Iterator[Server]:
    port, sql_port = free_port(), free_port()
    ini = folder / "virtuoso.ini"
    ini.write_text(
        _VIRTUOSO_INI.format(
            folder=folder, port=port, sql_port=sql_port, most_rows=VIRTUOSO_MOST_ROWS
        )
    )
    command = [programs[0], "+configfile", str(ini), "+wait", "+foreground"]
    with _running(command, folder, f"http://127.0.0.1:{port}/sparql?query=ASK%20%7B%7D"):
        subprocess.run(
            [programs[1], f"127.0.0.1:{sql_port}", "dba", "dba"],
            input=_VIRTUOSO_GRANTS.encode(),
            check=True,
            capture_output=True,
            timeout=START_S,
        )
        login = {
            "COP_GRAPH_STORE_USER": VIRTUOSO_USER,
            "COP_GRAPH_STORE_PASSWORD": VIRTUOSO_PASSWORD,
        }
        yield Server(f"http://127.0.0.1:{port}/sparql", login)


@contextlib.contextmanager
def _running(command: list[str], folder: Path, ready: str) -> Iterator[None]:
    with open(folder / "output.txt", "wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
    try:
        _await(process, ready, folder)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(process: subprocess.Popen[bytes], ready: str, folder: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, (folder / "output.txt").read_text(errors="replace")
        try:
            with urllib.request.urlopen(ready, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"{os.path.basename(process.args[0])} did not start")  # type: ignore[index]
