"""Our SPARQL endpoint beside `oxigraph serve` and `rdflib-endpoint`.

Usage: python benchmarks/endpoint.py [--quads 100000] [--requests 500] [--directory DIR]

All three serve the same quads on this machine. Small: SELECTs of one thing whose text differs from
request to request, over one connection that is kept alive. Large: an unordered SELECT of 100,000
rows as JSON: first byte, total, and how much the memory of all processes of the server grows. Needs
the extra `bench` (`oxigraph` and `rdflib-endpoint`); a server that is missing is left out, said so.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox
from side_by_side import say_setting, world_of

from cop_graph.dataset import find_source
from cop_graph.namespaces import COPD, prefix_lines
from cop_graph.store import build_store

JSON = "application/sparql-results+json"
LARGE = "SELECT ?s ?p ?o WHERE { ?s ?p ?o } LIMIT 100000"
READY_S = 90.0


@dataclass(frozen=True, slots=True)
class Server:
    """How a server is started, and where it answers."""

    name: str
    command: Sequence[str]
    path: str
    port: int


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def servers(store: Path, quads: Path, scratch: Path) -> Iterator[Server]:
    """Give the three servers; loads what they need to load."""
    beside = Path(sys.executable).parent
    port = free_port()
    ours = [str(beside / "cop-graph"), "serve", "--store", str(store), "--port", str(port)]
    yield Server("cop-graph serve", ours, "/sparql", port)
    oxigraph = shutil.which("oxigraph", path=str(beside)) or shutil.which("oxigraph")
    if oxigraph:
        location = str(scratch / "oxigraph")
        subprocess.run(
            [oxigraph, "load", "--location", location, "--file", str(quads)],
            check=True,
            capture_output=True,
        )
        port = free_port()
        bind = ["--bind", f"127.0.0.1:{port}"]
        command = [oxigraph, "serve-read-only", "--location", location, *bind]
        yield Server("oxigraph serve", command, "/query", port)
    else:
        print("oxigraph serve: not installed (pip install oxigraph)")
    endpoint = shutil.which("rdflib-endpoint", path=str(beside))
    if endpoint:
        port = free_port()
        command = [endpoint, "serve", "--port", str(port), str(quads)]
        yield Server("rdflib-endpoint", command, "/", port)
    else:
        print("rdflib-endpoint: not installed (pip install 'rdflib-endpoint[cli]')")


@contextlib.contextmanager
def running(server: Server) -> Iterator[int]:
    """Start a server, wait until it answers, give its process, and end it."""
    process = subprocess.Popen(
        server.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        until = time.monotonic() + READY_S
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
                _, body, _ = asked(connection, server, "ASK {}")
                if b"true" in body:
                    break
            except OSError:
                pass
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{server.name} does not answer")
            time.sleep(0.2)
        yield process.pid
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


def asked(
    connection: http.client.HTTPConnection, server: Server, query: str
) -> tuple[float, bytes, int]:
    """Ask one query; give the seconds to the first byte, the body and the status."""
    started = time.perf_counter()
    connection.request(
        "GET", f"{server.path}?{urlencode({'query': query})}", headers={"Accept": JSON}
    )
    response = connection.getresponse()
    first = response.read(1)
    seconds = time.perf_counter() - started
    return seconds, first + response.read(), response.status


def memory_of(pid: int) -> int:
    """Give the resident bytes of a process and of all that it started."""
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            total += sum(memory_of(int(child)) for child in task.read_text().split())
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1]) * 1024
    return total


def small(server: Server, requests: int, things: int) -> float:
    """Give the requests a second over one connection, each with a text of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    texts = [
        f"SELECT ?p ?o WHERE {{ <{COPD}organization-{number % things}> ?p ?o }} # {number}"
        for number in range(requests)
    ]
    for text in texts[:20]:
        asked(connection, server, text)
    started = time.perf_counter()
    for text in texts:
        _, body, status = asked(connection, server, text)
        assert status == 200
        assert b"bindings" in body
    return requests / (time.perf_counter() - started)


def large(server: Server, pid: int) -> tuple[float, float, float, int]:
    """Give first byte and total in seconds, growth of memory in megabytes, bytes of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
    asked(connection, server, "ASK {}")
    before = peak = memory_of(pid)
    started = time.perf_counter()
    connection.request(
        "GET", f"{server.path}?{urlencode({'query': LARGE})}", headers={"Accept": JSON}
    )
    response = connection.getresponse()
    response.read(1)
    first = time.perf_counter() - started
    size = 1
    while chunk := response.read(1 << 18):
        size += len(chunk)
        peak = max(peak, memory_of(pid))
    return first, time.perf_counter() - started, (max(peak, memory_of(pid)) - before) / 1e6, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quads", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--directory", type=Path)
    given = parser.parse_args()
    say_setting("oxigraph", "rdflib-endpoint")
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        world = world_of(given.directory or scratch, given.quads)
        store = build_store(scratch / "store", find_source(world))
        count = len(store.quads)
        organizations = prefix_lines() + "SELECT ?thing { ?thing a cop:Organization }"
        things = sum(1 for _ in store.run(organizations))  # type: ignore[union-attr]
        quads = scratch / "finished.nq"
        store.quads.dump(str(quads), format=ox.RdfFormat.N_QUADS)
        print(f"{count} quads, {given.requests} small requests, {given.runs} runs, medians\n")
        print(
            f"{'':18} {'requests/s':>11} {'first byte s':>13} {'total s':>8} {'grows MB':>9} "
            f"{'answer MB':>10}"
        )
        rates: dict[str, float] = {}
        for server in servers(scratch / "store", quads, scratch):
            try:
                with running(server) as pid:
                    rate = statistics.median(
                        small(server, given.requests, things) for _ in range(given.runs)
                    )
                    runs = [large(server, pid) for _ in range(given.runs)]
            except RuntimeError as error:
                print(error)
                continue
            rates[server.name] = rate
            first, total, grown, size = (
                statistics.median(column) for column in zip(*runs, strict=True)
            )
            print(
                f"{server.name:18} {rate:11.0f} {first:13.4f} {total:8.2f} {grown:9.1f} "
                f"{size / 1e6:10.1f}   first byte after {first / total:.3f} of the total",
                flush=True,
            )
    ours = rates.get("cop-graph serve")
    for name, aim in (("rdflib-endpoint", "at least 5"), ("oxigraph serve", "at least 0.25")):
        if ours and name in rates:
            print(f"requests a second against {name}: {ours / rates[name]:.2f} × (aim: {aim})")


if __name__ == "__main__":
    main()
