"""A million plain ties into a network, beside a loop over rdflib's SELECT into networkx.

Usage: python benchmarks/networks.py [--ties N] [--nodes N]

One run of this script makes the ties, lets both engines load them, and measures in turns, each
in a process of its own: rdflib's SELECT into a networkx graph; our SELECT into arrays and a sparse
matrix (cold); the same from the kept arrays (warm); and PageRank and communities from these, with
the peak of the memory. It prints the ratios. The aims: cold at least 3 times, warm at least 20
times as fast; peak of the measures below 4 GiB.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PREDICATE = "https://w3id.org/cop-graph/ontology#partnersWith"
QUERY = f"SELECT ?source ?target WHERE {{ ?source <{PREDICATE}> ?target }}"
NAME = "https://w3id.org/cop-graph/id/organization-invented-body-{}"


def write_ties(path: Path, ties: int, nodes: int) -> None:
    """Write distinct ties as N-Triples: a few bodies have many, most have few."""
    chance, seen = random.Random(22), set()
    with open(path, "w", encoding="ascii") as stream:
        while len(seen) < ties:
            pair = (int(nodes * chance.random() ** 2), int(nodes * chance.random()))
            if pair[0] != pair[1] and pair not in seen:
                seen.add(pair)
                source, target = NAME.format(pair[0]), NAME.format(pair[1])
                stream.write(f"<{source}> <{PREDICATE}> <{target}> .\n")


def rdflib_loop(path: Path) -> dict[str, float]:
    import networkx as nx
    import rdflib

    graph = rdflib.Graph()
    graph.parse(path, format="nt")
    started = time.perf_counter()
    network: nx.Graph = nx.Graph()
    for source, target in graph.query(QUERY):
        network.add_edge(str(source), str(target))
    return {"seconds": time.perf_counter() - started, "pairs": network.number_of_edges()}


def cold(path: Path) -> dict[str, float]:
    import pyoxigraph as ox

    from cop_graph.scale import arrays_from_tsv

    store = ox.Store()
    store.bulk_load(path=str(path), format=ox.RdfFormat.N_TRIPLES)
    started = time.perf_counter()
    body = store.query(QUERY).serialize(format=ox.QueryResultsFormat.TSV)
    arrays = arrays_from_tsv(body or b"", version="benchmark")
    matrix = arrays.matrix()
    seconds = time.perf_counter() - started
    arrays.save(path.with_suffix(".npz"))
    started = time.perf_counter()
    network = arrays.to_networkx()
    return {
        "seconds": seconds,
        "pairs": matrix.nnz // 2,
        "to networkx besides": time.perf_counter() - started,
        "edges": network.number_of_edges(),
    }


def warm(path: Path) -> dict[str, float]:
    import scipy.sparse  # noqa: F401  (the import is no part of what is measured, as above)

    from cop_graph.scale import read_arrays

    started = time.perf_counter()
    arrays = read_arrays(path.with_suffix(".npz"))
    assert arrays is not None
    pairs = arrays.matrix().nnz // 2
    return {"seconds": time.perf_counter() - started, "pairs": pairs}


def measures(path: Path) -> dict[str, float]:
    from cop_graph.scale import read_arrays

    arrays = read_arrays(path.with_suffix(".npz"))
    assert arrays is not None
    started = time.perf_counter()
    arrays.pagerank()
    ranked = time.perf_counter()
    found = arrays.communities()
    ended = time.perf_counter()
    arrays.components()
    return {
        "pagerank": ranked - started,
        "communities": ended - ranked,
        "number": int(found.max()) + 1,
    }


STEPS = {"rdflib": rdflib_loop, "cold": cold, "warm": warm, "measures": measures}


def measured(step: str, path: Path) -> dict[str, float]:
    """Run one step in a process of its own; give what it measured and its peak memory in MiB."""
    command = [sys.executable, os.path.abspath(__file__), "--step", step, "--path", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ties", type=int, default=1_000_000)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        result = STEPS[given.step](given.path)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(result | {"peak MiB": peak}))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ties.nt"
        write_ties(path, given.ties, given.nodes)
        results = {}
        for step in STEPS:
            results[step] = measured(step, path)
            told = ", ".join(f"{name} {value:.2f}" for name, value in results[step].items())
            print(f"{step}: {told}", flush=True)
    pairs = {result["pairs"] for result in results.values() if "pairs" in result}
    assert len(pairs) == 1, f"the ways disagree: {pairs}"
    base = results["rdflib"]["seconds"]
    print(f"cold: {base / results['cold']['seconds']:.1f} times as fast (aim: at least 3)")
    print(f"warm: {base / results['warm']['seconds']:.1f} times as fast (aim: at least 20)")
    print(f"peak of the measures: {results['measures']['peak MiB']:.0f} MiB (aim: below 4096)")


if __name__ == "__main__":
    main()
