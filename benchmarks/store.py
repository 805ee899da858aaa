"""Our store layer, guarded, beside raw pyoxigraph and beside rdflib.

Usage: python benchmarks/store.py [--quads 0] [--runs 7] [--directory DIR]

Ours: `GraphStore.query`, which looks at every token before it lets a query run. Theirs:
`pyoxigraph.Store.query` on the same store in memory, and, up to 100,000 quads, rdflib's own memory
store. Rows are counted and compared first; all sides run in turns. `--quads 0` is the real graph.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import pyoxigraph as ox
import rdflib
from side_by_side import geometric_mean, in_turns, say_setting, world_of

from cop_graph.dataset import find_source
from cop_graph.namespaces import prefix_lines
from cop_graph.store import memory_store

RDFLIB_LIMIT = 120_000
QUERIES = {
    "one thing": "SELECT ?p ?o { copd:claim-none ?p ?o }",
    "labels": "SELECT ?thing ?label { ?thing a cop:Thing ; skos:prefLabel ?label }",
    "partners": "SELECT ?a ?b { ?a cop:partnersWith ?b . ?a a cop:Organization }",
    "claims by status": (
        "SELECT ?status (COUNT(*) AS ?count) { ?claim a cop:Claim ; cop:status ?status } "
        "GROUP BY ?status ORDER BY ?status"
    ),
    "evidence": (
        "SELECT ?claim ?anchor ?number { ?claim rdf:predicate cop:isLedBy ; cop:anchor ?anchor ; "
        "cop:paragraph ?paragraph . ?paragraph cop:number ?number }"
    ),
    "not asserted": (
        "SELECT ?claim { ?claim cop:status ?status . ?status cop:asserts false "
        "MINUS { SELECT DISTINCT ?claim { ?claim cop:start ?start } } }"
    ),
    "sum of themes": (
        "SELECT ?theme (COUNT(DISTINCT ?thing) AS ?count) { ?thing cop:addresses ?theme } "
        "GROUP BY ?theme ORDER BY DESC(?count) ?theme"
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quads", type=int, default=0)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--directory", type=Path)
    given = parser.parse_args()
    say_setting("rdflib")
    with tempfile.TemporaryDirectory() as scratch:
        directory = given.directory or Path(scratch)
        source = find_source(world_of(directory, given.quads) if given.quads else None)
        store = memory_store(source)
    memory = None
    if len(store.quads) <= RDFLIB_LIMIT:
        triples = store.quads.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
        memory = rdflib.Graph().parse(data=triples, format="nt")
    print(f"{len(store.quads)} quads, {given.runs} runs, medians\n")
    print(
        f"{'query':18} {'rows':>7} {'ours ms':>9} {'engine ms':>10} {'ratio':>6} {'rdflib ms':>10}"
    )
    ratios, times = [], []
    for name, body in QUERIES.items():
        text = prefix_lines() + body

        def ours(text: str = text) -> int:
            return sum(1 for _ in store.query(text))  # type: ignore[union-attr]

        def engine(text: str = text) -> int:
            return sum(1 for _ in store.quads.query(text))  # type: ignore[union-attr]

        def slow(text: str = text) -> int:
            assert memory is not None
            return sum(1 for _ in memory.query(text))

        rows = ours()
        assert rows == engine()
        mine, theirs = in_turns(ours, engine, given.runs)
        ratios.append(mine / theirs)
        shown = ""
        if memory is not None:
            assert rows == slow()
            mine, slowest = in_turns(ours, slow, 3)
            times.append(slowest / mine)
            shown = f"{slowest * 1000:10.1f}  {slowest / mine:.0f} × ours"
        print(
            f"{name:18} {rows:7} {mine * 1000:9.2f} {theirs * 1000:10.2f} {ratios[-1]:6.2f} {shown}"
        )
    print(f"\ngeometric mean, ours against the engine: {geometric_mean(ratios):.2f}")
    if times:
        print(f"geometric mean, rdflib against ours: {geometric_mean(times):.0f}")


if __name__ == "__main__":
    main()
