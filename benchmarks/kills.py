"""Kills of builds, reloads and updates at random moments, and what they leave behind.

Usage: python benchmarks/kills.py [--kills 100] [--quads 30000] [--seed 22] [--directory DIR]

A third of the processes build a store where none is (the old state is that there is no store), a
third build over one that a reader holds and asks, a third change one through `writer.Writer`. Each
is killed with SIGKILL after a random share of the time that it takes when left alone. Afterwards
the store must open and hold exactly the old or the new state, quad for quad as counted and by its
version; the reader must still give what it gave; and a build over what was left must succeed and
leave no other files. The exit status is 1 where anything else is found.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from side_by_side import say_setting, world_of

from cop_graph.dataset import find_source
from cop_graph.errors import StoreError
from cop_graph.store import EmbeddedStore, build_store, open_store

BUILD = """
import sys
from cop_graph.dataset import find_source
from cop_graph.store import build_store
build_store(sys.argv[1], find_source(sys.argv[2]))
"""
UPDATE = """
import sys
from pathlib import Path
from cop_graph.writer import Writer
writer = Writer(Path(sys.argv[1]))
rows = " ".join(f"<urn:kill:{n}> <urn:kill:was> {n} ." for n in range(int(sys.argv[2])))
writer.update("INSERT DATA {" + rows + "}", using=(), using_named=(), base="urn:kill:")
"""
COUNT = "SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
ADDED = 20_000


def counted(store: EmbeddedStore) -> int:
    """Count by a query, so that every quad is read."""
    (solution,) = store.run(COUNT)  # type: ignore[misc]
    return int(solution["n"].value)  # type: ignore[index]


def state_of(root: Path) -> int | None:
    """Give how many quads the store holds, ``None`` where no build was finished."""
    if not (root / "CURRENT").exists():
        return None
    return counted(open_store(root))


def seconds_of(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", *command], check=True)
    return time.perf_counter() - started


def killed(command: list[str], after_s: float) -> bool:
    """Start a process and kill it; tell whether it still ran."""
    process = subprocess.Popen([sys.executable, "-c", *command], stderr=subprocess.DEVNULL)
    try:
        process.wait(timeout=after_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def one_kill(kind: str, root: Path, sources: list[Path], turn: int, share: float) -> str:
    """Kill once and give ``old``, ``new`` or what is damaged; `root` holds a store or nothing."""
    if kind == "build":
        shutil.rmtree(root, ignore_errors=True)
    old = state_of(root)
    reader = open_store(root) if old is not None else None
    data = sources[turn % 2]
    if kind == "update":
        command, after = [UPDATE, str(root), str(ADDED)], TIMES["update"]
        new: int | None = (old or 0) + ADDED
    else:
        command, after = [BUILD, str(root), str(data)], TIMES[str(data)]
        new = SIZES[str(data)]
    was_running = killed(command, share * after)
    try:
        found = state_of(root)
    except StoreError as error:
        return f"damage: {error}"
    if reader is not None and counted(reader) != old:
        return "damage: the reader lost what it held"
    if found not in (old, new):
        return f"damage: {found} quads, neither {old} nor {new}"
    if not was_running and found != new:
        return "damage: it ended by itself without the new state"
    del reader
    build_store(root, find_source(sources[(turn + 1) % 2]))
    left = [path.name for path in root.iterdir() if path.name not in ("CURRENT", "LOCK")]
    if len(left) != 1:
        return f"damage: {len(left)} generations are left"
    return "new" if found == new else "old"


TIMES: dict[str, float] = {}
SIZES: dict[str, int] = {}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--quads", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=22)
    parser.add_argument("--directory", type=Path)
    given = parser.parse_args()
    say_setting()
    chance = random.Random(given.seed)
    found: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory(dir=given.directory) as name:
        worlds = given.directory or Path(name)
        root = Path(name) / "store"
        sources = [world_of(worlds, quads) for quads in (given.quads, given.quads // 2)]
        for source in sources:
            TIMES[str(source)] = seconds_of([BUILD, str(root), str(source)])
            SIZES[str(source)] = counted(open_store(root))
        TIMES["update"] = seconds_of([UPDATE, str(root), "1000"])
        build_store(root, find_source(sources[0]))
        for turn in range(given.kills):
            kind = ("update", "build", "reload")[turn % 3]
            outcome = one_kill(kind, root, sources, chance.randrange(2), chance.random() * 1.1)
            found[kind, outcome] += 1
            if outcome not in ("old", "new"):
                print(f"kill {turn + 1}, {kind}: {outcome}", flush=True)
                shutil.rmtree(root, ignore_errors=True)
                build_store(root, find_source(sources[0]))
    for kind in ("build", "reload", "update"):
        old, new = found[kind, "old"], found[kind, "new"]
        damaged = sum(count for (of, _), count in found.items() if of == kind) - old - new
        print(f"{kind:8} {old:4} left the old state, {new:4} the new one, {damaged} damaged")
    return int(any(outcome not in ("old", "new") for _, outcome in found))


if __name__ == "__main__":
    sys.exit(main())
