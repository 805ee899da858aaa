"""How long a question takes from a cold start, beside the import of rdflib alone.

Usage: python benchmarks/cold_start.py [--runs N]

Runs `cop-graph ask` and `python -c "import rdflib"` in turns in one run of this script, in the
environment of the interpreter that runs it, and prints the ratio of the medians. The aim is at
most 2.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def seconds(command: list[str], directory: str) -> float:
    """Run a command to its end in a directory; give the wall-clock seconds."""
    started = time.perf_counter()
    subprocess.run(command, cwd=directory, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    name = "cop-graph.exe" if os.name == "nt" else "cop-graph"
    ask = [str(Path(sys.executable).parent / name), "ask", "partners-of", "--actor", "PTA"]
    rdflib = [sys.executable, "-c", "import rdflib"]
    with tempfile.TemporaryDirectory() as empty:
        for command in (ask, rdflib):
            seconds(command, empty)  # fills the caches of the file system, once each
        pairs = [(seconds(ask, empty), seconds(rdflib, empty)) for _ in range(runs)]
    asked, imported = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"cop-graph ask: median {asked * 1000:.0f} ms of {runs} runs")
    print(f"import rdflib: median {imported * 1000:.0f} ms of {runs} runs")
    print(f"ratio: {asked / imported:.2f} (aim: at most 2)")


if __name__ == "__main__":
    main()
