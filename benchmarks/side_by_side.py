"""What the benchmarks share: worlds made once, things timed in turns, ratios in a table."""

from __future__ import annotations

import gc
import math
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from world import SEED, write_world


def say_setting(*packages: str) -> None:
    """Print the command line, the seed and the versions that a figure belongs to."""
    names = []
    for package in ("cop-graph", "pyoxigraph", *packages):
        try:
            names.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            names.append(f"{package} missing")
    print(f"$ python {' '.join(sys.argv)}")
    print(f"seed {SEED}, Python {platform.python_version()}, {', '.join(names)}")


def in_turns(
    first: Callable[[], object],
    second: Callable[[], object],
    runs: int,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Run two things in turns, the order changing; give the median seconds of each.

    Args:
        first: Called without arguments.
        second: As the first.
        runs: How often each runs.
        clock: `time.process_time` counts what this process worked, which other work on the machine
            changes less than the seconds of the clock.
    """
    seconds: tuple[list[float], list[float]] = ([], [])
    for run in range(runs):
        for place in (0, 1) if run % 2 else (1, 0):
            gc.collect()
            started = clock()
            (first, second)[place]()
            seconds[place].append(clock() - started)
    return [statistics.median(column) for column in seconds]


def geometric_mean(values: Sequence[float]) -> float:
    return math.exp(statistics.fmean(math.log(value) for value in values))


def world_of(directory: Path, quads: int) -> Path:
    """Write the world of a size below a directory, unless it is there; give where it is."""
    world = directory / f"world-{quads}"
    if not world.is_dir():
        write_world(world, quads=quads)
    return world
