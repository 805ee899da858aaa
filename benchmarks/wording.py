"""Our questions beside the same questions worded as one would at first, on the same engine.

Usage: python benchmarks/wording.py [--quads 1000000] [--runs 5] [--directory DIR]

Each file of `benchmarks/naive/` asks what the question of the same name asks, with constants in
FILTERs and NOT EXISTS (STYLE.md, Q6). Both run on the same store in memory through the engine's own
`query`, in turns; the rows are compared first, and a question that has none is left out. The aim
is a geometric mean of at most 0.6.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from pathlib import Path

import pyoxigraph as ox
from side_by_side import geometric_mean, in_turns, say_setting, world_of

from cop_graph.dataset import fill, find_source
from cop_graph.namespaces import PREFIXES, expand
from cop_graph.questions import bind, find_question

NAIVE = Path(__file__).resolve().parent / "naive"
_HEAD = re.compile(r"# (\w+): (\S+)\n")


def rows_of(store: ox.Store, text: str) -> list[tuple[object, ...]]:
    """Read all rows; what GROUP_CONCAT joins has no order, so words are sorted."""
    found = store.query(text, prefixes=PREFIXES)
    assert isinstance(found, ox.QuerySolutions)
    return sorted(
        tuple(" ".join(sorted(str(term).split())) if term is not None else "" for term in solution)
        for solution in found
    )


def drain(store: ox.Store, text: str) -> int:
    return sum(1 for _ in store.query(text, prefixes=PREFIXES))  # type: ignore[union-attr]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quads", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--directory", type=Path)
    given = parser.parse_args()
    say_setting()
    with tempfile.TemporaryDirectory() as scratch:
        source = find_source(world_of(given.directory or Path(scratch), given.quads))
        store = ox.Store()
        fill(store, source)
    print(f"{len(store)} quads in memory, {given.runs} runs, medians\n")
    print(f"{'question':20} {'rows':>6} {'ours ms':>9} {'naive ms':>9} {'ratio':>7}")
    ratios = []
    for path in sorted(NAIVE.glob("*.rq")):
        text = path.read_text(encoding="utf-8")
        question = find_question(source.queries, path.stem)
        head = _HEAD.match(text)
        values = {head[1]: ox.NamedNode(expand(head[2]))} if head else {}
        ours = bind(question, values)
        naive = text.replace("UNDEF", str(values[head[1]])) if head else text
        rows = rows_of(store, ours)
        started = time.perf_counter()
        if rows != rows_of(store, naive):
            raise SystemExit(f"{path.stem}: the two wordings give unlike rows")
        if not rows:
            print(f"{path.stem:20} has no rows in this world, so it is left out", flush=True)
            continue
        runs = given.runs if time.perf_counter() - started < 20 else 1
        mine, other = in_turns(
            lambda text=ours: drain(store, text), lambda text=naive: drain(store, text), runs
        )
        ratios.append(mine / other)
        print(
            f"{path.stem:20} {len(rows):6} {mine * 1000:9.2f} {other * 1000:9.2f} "
            f"{mine / other:7.2f}",
            flush=True,
        )
    print(f"\ngeometric mean of the ratios: {geometric_mean(ratios):.2f} (aim: at most 0.6)")


if __name__ == "__main__":
    main()
