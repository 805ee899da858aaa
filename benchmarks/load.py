"""How fast a build is, per quad that it writes, beside pyoxigraph loading the finished quads.

Usage: python benchmarks/load.py [--quads 1000000] [--runs 3] [--directory DIR]

Ours: `store.build_store` from Turtle: read, checked for syntax, facts derived, written, opened.
Theirs: `pyoxigraph.Store(path).bulk_load` of the same finished quads, dumped to N-Quads beforehand;
and, up to 100,000 quads, rdflib reading them into memory. Each run is a process of its own, in
turns, on the same disk. Seconds are those of the clock; processor seconds stand beside them, for
machines that do other work too. The aim is a ratio of rates of at least 0.9.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from side_by_side import say_setting, world_of

_TIMED = """
import json, resource, sys, time
{imports}
started, worked = time.perf_counter(), time.process_time()
{work}
seconds, processor = time.perf_counter() - started, time.process_time() - worked
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
print(json.dumps({{"seconds": seconds, "quads": {count}, "processor": processor,
    "megabytes": peak}}))
"""
OURS = _TIMED.format(
    imports="from cop_graph.dataset import find_source\nfrom cop_graph.store import build_store",
    work="store = build_store(sys.argv[1], find_source(sys.argv[2]))",
    count="len(store.quads)",
)
THEIRS = _TIMED.format(
    imports="import pyoxigraph as ox",
    work="store = ox.Store(sys.argv[1])\n"
    "store.bulk_load(path=sys.argv[2], format=ox.RdfFormat.N_QUADS)",
    count="len(store)",
)
RDFLIB = _TIMED.format(
    imports="import rdflib",
    work="store = rdflib.Dataset()\nstore.parse(sys.argv[2], format='nquads')",
    count="sum(1 for _ in store.quads())",
)
DUMP = """
import sys
import pyoxigraph as ox
from cop_graph.store import open_store
open_store(sys.argv[1]).quads.dump(sys.argv[2], format=ox.RdfFormat.N_QUADS)
"""
RDFLIB_LIMIT = 120_000


def timed(code: str, target: Path, source: Path) -> dict[str, float]:
    """Run in a process of its own, on a directory that is removed afterwards."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, str(target), str(source)],
            check=True,
            capture_output=True,
            text=True,
        )
    finally:
        shutil.rmtree(target, ignore_errors=True)
    return dict(json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quads", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--directory", type=Path)
    given = parser.parse_args()
    say_setting("rdflib")
    with tempfile.TemporaryDirectory(dir=given.directory) as name:
        scratch = Path(name)
        world = world_of(given.directory or scratch, given.quads)
        finished = scratch / "finished.nq"
        built = scratch / "built"
        for code, source in ((OURS, world), (DUMP, finished)):
            subprocess.run(
                [sys.executable, "-c", code, str(built), str(source)],
                check=True,
                stdout=subprocess.DEVNULL,
            )
        shutil.rmtree(built)
        sides = {"cop-graph build": (OURS, world), "pyoxigraph bulk_load": (THEIRS, finished)}
        if given.quads <= RDFLIB_LIMIT:
            sides["rdflib, memory"] = (RDFLIB, finished)
        found: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
        for run in range(given.runs):
            for side in sorted(sides, reverse=bool(run % 2)):
                code, source = sides[side]
                found[side].append(timed(code, scratch / "target", source))
    counts = {entry["quads"] for entries in found.values() for entry in entries}
    print(f"{', '.join(f'{count:,.0f}' for count in counts)} quads, {given.runs} runs, medians\n")
    print(f"{'':22} {'seconds':>9} {'quads/s':>10} {'processor s':>12} {'peak MB':>8}")
    medians = {}
    for side, entries in found.items():
        middle = {key: statistics.median(entry[key] for entry in entries) for key in entries[0]}
        medians[side] = middle
        print(
            f"{side:22} {middle['seconds']:9.2f} {middle['quads'] / middle['seconds']:10,.0f} "
            f"{middle['processor']:12.2f} {middle['megabytes']:8.0f}"
        )
    ours = medians["cop-graph build"]
    for side, middle in medians.items():
        if side != "cop-graph build":
            rate = (ours["quads"] / ours["seconds"]) / (middle["quads"] / middle["seconds"])
            work = (ours["quads"] / ours["processor"]) / (middle["quads"] / middle["processor"])
            aim = " (aim: at least 0.9)" if "bulk" in side else ""
            print(
                f"quads a second against {side}: {rate:.2f} ×{aim}; a processor second {work:.2f}"
            )


if __name__ == "__main__":
    main()
