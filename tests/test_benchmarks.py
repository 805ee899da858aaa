"""The benchmarks run, at the size of a toy; what they measure is never tested."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = ROOT / "benchmarks"


@pytest.mark.parametrize(
    ("script", "arguments", "words"),
    [
        ("load", ["--quads", "3000", "--runs", "1"], "quads a second against pyoxigraph"),
        ("questions", ["--quads", "3000", "--runs", "1"], "quads in memory, 1 runs, medians"),
        ("kills", ["--kills", "3", "--quads", "6000"], "0 damaged"),
        ("store", ["--quads", "3000", "--runs", "1"], "geometric mean, rdflib against ours"),
        ("wording", ["--quads", "20000", "--runs", "1"], "geometric mean of the ratios"),
        ("pages", ["--things", "200", "--runs", "1", "--part", "entities"], "entities alike: "),
        ("world", ["--quads", "3000", "--output", "world"], ""),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalpha() else "",
)
def test_benchmark_runs(tmp_path: Path, script: str, arguments: list[str], words: str) -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / f"{script}.py"), *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )

    assert done.returncode == 0, done.stderr
    assert words in done.stdout


def test_every_benchmark_is_told_of() -> None:
    readme = (BENCHMARKS / "README.md").read_text(encoding="utf-8")

    for path in BENCHMARKS.glob("*.py"):
        assert f"`{path.name}`" in readme, path.name
