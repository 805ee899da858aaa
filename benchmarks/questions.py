"""A stored question through our Python layer, beside the engine's own query with the same text.

Usage: python benchmarks/questions.py [--quads 0] [--runs 9] [--directory DIR]

Ours: `questions.ask`: the file of the question found and unchanged, parameters bound, the query
run, labels of all IRIs, claims sorted, rows made, scope told. Theirs: `Store.query` of the bound
text and the value of every cell read, as text; nothing else. Both in one process and one thread on
the same store in memory, in turns, after one run each that fills what either remembers.
Milliseconds are those of the processor, which other work on the machine changes least; what takes
the engine longer than `--most` seconds is run once and left out. `--quads 0` is the real graph. The
aim is a geometric mean of at most 1.1 over the questions that take the engine more than 1 ms.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import pyoxigraph as ox
from side_by_side import geometric_mean, in_turns, say_setting, world_of

from cop_graph.dataset import find_source
from cop_graph.errors import CopGraphError
from cop_graph.questions import Question, ask, bind, bound_terms, list_questions
from cop_graph.store import GraphStore, memory_store

LEAST_MS = 1.0
GIVEN = {
    "about": "cop:theme-cyberbullying",
    "actor": "copd:organization-40",
    "body": "copd:organization-40",
    "document": "copd:document-10",
    "event": "copd:event-5",
    "paragraph": "copd:paragraph-world-1-1-1",
    "partner": "copd:organization-40",
    "place": "copd:place-1",
    "thing": "copd:initiative-3",
}
"""Values for parameters in a synthetic world; on the real graph what needs one is left out."""


def values_of(question: Question, *, real: bool) -> dict[str, object]:
    return {
        parameter.name: GIVEN[parameter.name]
        for parameter in question.parameters
        if not real and parameter.name in GIVEN
    }


def raw(store: GraphStore, text: str) -> list[list[str | None]]:
    found = store.quads.query(text)
    assert isinstance(found, ox.QuerySolutions)
    return [
        [None if term is None else getattr(term, "value", None) for term in solution]
        for solution in found
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quads", type=int, default=0)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--most", type=float, default=3.0)
    parser.add_argument("--directory", type=Path)
    given = parser.parse_args()
    say_setting()
    real = given.quads == 0
    with tempfile.TemporaryDirectory() as scratch:
        world = None if real else world_of(given.directory or Path(scratch), given.quads)
        source = find_source(world)
        store = memory_store(source)
    print(f"{len(store.quads)} quads in memory, {given.runs} runs, medians\n")
    print(f"{'question':24} {'rows':>6} {'engine ms':>10} {'ours ms':>9} {'ratio':>6}")
    ratios = []
    for question in list_questions(source.queries):
        values = values_of(question, real=real)
        try:
            text = bind(question, bound_terms(store, question, values))
        except CopGraphError:
            continue  # a parameter that it needs stands for nothing here
        started = time.process_time()
        rows = raw(store, text)
        if time.process_time() - started > given.most:
            print(f"{question.name:24} {len(rows):6} takes the engine more than {given.most:.0f} s")
            continue
        answer = ask(store, source.queries, question.name, values)
        assert len(answer) == len(rows)
        mine, theirs = in_turns(
            lambda name=question.name, values=values: ask(store, source.queries, name, values),
            lambda text=text: raw(store, text),
            given.runs,
            clock=time.process_time,
        )
        if theirs * 1000 >= LEAST_MS:
            ratios.append(mine / theirs)
            print(
                f"{question.name:24} {len(rows):6} {theirs * 1000:10.2f} {mine * 1000:9.2f} "
                f"{mine / theirs:6.2f}",
                flush=True,
            )
    if ratios:
        print(
            f"\n{len(ratios)} questions over {LEAST_MS:.0f} ms: geometric mean of the ratios "
            f"{geometric_mean(ratios):.2f}, largest {max(ratios):.2f} (aim: at most 1.1)"
        )


if __name__ == "__main__":
    main()
