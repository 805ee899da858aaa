"""Servers for the tests: the real command, at a free port, ended at the end."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

TOKEN = "a-token-of-the-tests-0123456789"
START_S = 120.0


@dataclass
class Server:
    """A running `cop-graph serve`."""

    process: subprocess.Popen[str]
    address: str
    log: Path
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(
            base_url=self.address, timeout=120, headers={"Accept-Encoding": "identity"}
        )

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    @property
    def said(self) -> str:
        """What the server wrote so far."""
        return self.log.read_text(encoding="utf-8")

    def query(self, text: str, accept: str = "text/csv", **settings: object) -> httpx.Response:
        """Ask by GET."""
        return self.client.get("/sparql", params={"query": text}, headers={"Accept": accept})

    def update(self, text: str, token: str = TOKEN) -> httpx.Response:
        """Change by POST."""
        return self.client.post(
            "/sparql",
            content=text,
            headers={
                "Content-Type": "application/sparql-update",
                "Authorization": f"Bearer {token}",
            },
        )

    def workers(self) -> list[int]:
        """The processes that the server has started and that still run."""
        return children_of(self.process.pid)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end, and give its exit code."""
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)


def children_of(parent: int) -> list[int]:
    """List the children of a process that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, owner = path.read_text(encoding="latin-1").rpartition(")")[2].split()[:2]
            if int(owner) == parent and state != "Z":
                found.append(int(path.parent.name))
    return sorted(found)


def is_running(process: int) -> bool:
    """Tell whether a process runs."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="latin-1")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def until(holds: Callable[[], object], *, within_s: float = 60.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def start_server(*arguments: str, log: Path, env: dict[str, str] | None = None) -> Server:
    """Start the command and wait until it answers."""
    with open(log, "w", encoding="utf-8") as words:
        process = subprocess.Popen(
            [sys.executable, "-m", "cop_graph.cli", "serve", "--port", "0", *arguments],
            stdout=words,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "COP_GRAPH_UPDATE_TOKEN": TOKEN, **(env or {})},
        )
    deadline = time.monotonic() + START_S
    while True:
        found = re.search(r"answers at (\S+)", log.read_text(encoding="utf-8"))
        if found:
            return Server(process, found[1], log)
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise AssertionError(f"no server: {log.read_text(encoding='utf-8')}")
        time.sleep(0.05)


@contextlib.contextmanager
def serving(*arguments: str, log: Path, env: dict[str, str] | None = None) -> Iterator[Server]:
    """Start a server, and end it with the block."""
    server = start_server(*arguments, log=log, env=env)
    try:
        yield server
    finally:
        server.end()
