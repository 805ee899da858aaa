"""Pages of 100,000 things beside those of the real graph, and pages of questions beside queries.

Usage: python benchmarks/pages.py [--things 100000] [--quads N] [--runs 15] [--starts 3]
                                  [--part search,entities,pages,first,questions] [--directory DIR]

Two real servers, `cop-graph serve` on the real graph and on a world of `world.py`, both on disk;
every request differs in its Host from all others, so that no answer is one that was remembered.
Each case is asked of both servers in turns; what it asks for is drawn by a seed from what each
graph holds, and both sides are asked for as many different ones.

- search: names, acronyms, beginnings, misspellings and what nothing is called, as a page and as the
  suggestions that come while one types.
- entities: things of the same class in both graphs that have about as many claims, so that like is
  compared with like. The one with most claims of each class stands apart: it is larger by itself.
- pages: home, evidence, paragraph, report, and what else is there.
- first: the first pages of workers that have just started.
- questions: on the real graph only, the page of each question beside `/sparql` with its query.

Every process has answered each case before it is timed. "ms" is what the client waits (median and
95th percentile), "processor" what all processes of the server worked meanwhile (Linux), which other
work on the machine changes least; both ratios are the world's to the real graph's, or the page's to
its query's. The aims: below 2, and at most 2.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import itertools
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

from side_by_side import geometric_mean, say_setting
from world import SEED, write_world

from cop_graph.dataset import find_source
from cop_graph.errors import CopGraphError
from cop_graph.graph import Graph, make_beforehand
from cop_graph.namespaces import COP, COPD, RDF, SKOS
from cop_graph.questions import bind, bound_terms, find_question, list_questions
from cop_graph.store import GraphStore, build_store, open_store

PARTS = ("search", "entities", "pages", "first", "questions")
START_S = 180.0
CLASSES = ("State", "Organization", "Initiative", "Agreement", "Event", "Document", "Theme")
ENDS = tuple(COP + name for name in ("inContextOf", "topic", "agent", "accordingTo"))
SIZES = (("small", 4), ("middling", 20))
"""About how many claims a thing has that stands for its size."""
NON_LATIN = ("لعبة", "дети", "儿童", "παιδί", "बच्चे")
CASES = 12
"""How many different things are drawn for each case."""
LATE = 0.95


@dataclass
class Side:
    """A server on one graph, and what was drawn from that graph."""

    name: str
    store: Path
    labels: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    claims: Counter[str] = field(default_factory=Counter)
    members: dict[str, list[str]] = field(default_factory=dict)
    records: list[str] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    port: int = 0
    workers: int = 1

    def draw(self, store: GraphStore) -> None:
        """Look up what can be asked for."""
        chance = random.Random(SEED)
        named = dict(store.pairs(SKOS + "prefLabel"))
        things = set(store.instances(COP + "Thing"))
        self.labels = sorted({label for iri, label in named.items() if iri in things})
        chance.shuffle(self.labels)
        self.aliases = sorted({text for _, text in store.pairs(SKOS + "altLabel") if len(text) < 9})
        chance.shuffle(self.aliases)
        for predicate in (RDF + "subject", RDF + "object", *ENDS):
            self.claims.update(iri for _, iri in store.pairs(predicate))
        for name in CLASSES:
            self.members[name] = sorted(store.instances(COP + name))
        self.records = sorted(itertools.islice(store.instances(COP + "Claim"), 2000))
        chance.shuffle(self.records)
        held = Counter(iri for _, iri in store.pairs(COP + "paragraph"))
        # Paragraphs with about as many records as one of the real graph has in the middle.
        near = sorted(held, key=lambda iri: (abs(held[iri] - 14), iri))
        self.paragraphs = near[:CASES]
        self.reports = sorted(store.instances(COP + "Report"))[:CASES]


@contextlib.contextmanager
def running(side: Side) -> Iterator[None]:
    """Start a server, wait until all its workers are there, and end it."""
    command = [sys.executable, "-m", "cop_graph.cli", "serve", "--port", "0"]
    with tempfile.TemporaryFile("w+") as words:
        side.process = subprocess.Popen(
            [*command, "--store", str(side.store), "--workers", "2", "--long-workers", "1"],
            stdout=words,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            until = time.monotonic() + START_S
            said = ""
            while "answers at" not in said:
                if side.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"no server of {side.name}: {said}")
                time.sleep(0.1)
                words.seek(0)
                said = words.read()
            address = said.partition("answers at ")[2].split()[0]
            side.port = int(address.rstrip("/").rpartition(":")[2])
            side.workers = settled(side.process.pid)
            yield
        finally:
            side.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                side.process.wait(20)
            side.process.kill()
            side.process.wait()


def settled(pid: int) -> int:
    """Wait until a server has started all its workers, and give how many there are."""
    before, count = 0, len(descendants(pid))
    while not count or before != count:
        time.sleep(1.0)
        before, count = count, len(descendants(pid))
    return count


def descendants(pid: int) -> list[int]:
    """List the processes that a process has started, and theirs."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *descendants(child)]
    return found


def worked_ms(side: Side) -> dict[int, float]:
    """Give the milliseconds of the processor that each process of a server has used."""
    assert side.process is not None
    worked = {}
    for pid in (side.process.pid, *descendants(side.process.pid)):
        with contextlib.suppress(OSError, ValueError):
            tasks = list(Path(f"/proc/{pid}/task").glob("*/schedstat"))
            worked[pid] = sum(int(path.read_text().split()[0]) for path in tasks) / 1e6
    return worked


def since(before: dict[int, float], side: Side) -> Iterator[float]:
    """Give what the processes have worked since; nothing where one has ended, and took it along."""
    now = worked_ms(side)
    if before.keys() == now.keys():
        yield sum(now[pid] - before[pid] for pid in now)


_NUMBERS = itertools.count(1)


def asked(side: Side, address: str, accept: str = "text/html") -> tuple[float, int]:
    """Ask for one page that nobody asked for before; give milliseconds and bytes."""
    host = f"ask-{next(_NUMBERS)}.localhost:{side.port}"
    connection = http.client.HTTPConnection("127.0.0.1", side.port, timeout=120)
    started = time.perf_counter()
    connection.request("GET", address, headers={"Host": host, "Accept": accept})
    response = connection.getresponse()
    body = response.read()
    seconds = time.perf_counter() - started
    connection.close()
    if response.status not in (200, 404):
        raise RuntimeError(f"{side.name}: {address} gave {response.status}: {body[:200]!r}")
    return seconds * 1000, len(body)


@dataclass
class Timed:
    """What one side of a case took."""

    waits: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Of the milliseconds that the client waited."""
        return statistics.median(self.waits)

    @property
    def late(self) -> float:
        """The 95th percentile of them."""
        return sorted(self.waits)[min(len(self.waits) - 1, int(len(self.waits) * LATE))]

    @property
    def worked(self) -> float:
        """The milliseconds of the processor for one answer."""
        return statistics.median(self.processor) if self.processor else math.nan


def timed_in_turns(sides: Sequence[tuple[Side, Callable[[int], str]]], runs: int) -> list[Timed]:
    """Ask in turns, the order changing; every process has answered it before.

    Args:
        sides: Who is asked, and the address for each run.
        runs: How often each is asked; every run of `CASES` is timed as one for the processor.
    """
    taken = [Timed() for _ in sides]
    for side, address in sides:
        for run in range(max(2 * side.workers, CASES)):
            asked(side, address(run))
    for run in range(runs):
        places = range(len(sides)) if run % 2 else reversed(range(len(sides)))
        for place in places:
            side, address = sides[place]
            before = worked_ms(side)
            for number in range(CASES):
                wait, _ = asked(side, address(number))
                taken[place].waits.append(wait)
            taken[place].processor += [ms / CASES for ms in since(before, side)]
    return taken


HEAD = (
    f"{'':34} {'ms':>8} {'95th':>8} {'proc.':>7} | {'ms':>8} {'95th':>8} {'proc.':>7} |"
    f" {'clock':>6} {'processor':>9}"
)


def line(name: str, first: Timed, second: Timed) -> tuple[float, float]:
    """Print a case; give the two ratios."""
    clock = second.median / first.median
    worked = second.worked / first.worked if first.worked else math.nan
    print(
        f"{name[:34]:34} {first.median:8.2f} {first.late:8.2f} {first.worked:7.2f} |"
        f" {second.median:8.2f} {second.late:8.2f} {second.worked:7.2f} |"
        f" {clock:6.2f} {worked:9.2f}",
        flush=True,
    )
    return clock, worked


def said(title: str, ratios: Sequence[tuple[float, float]], aim: str) -> None:
    if ratios:
        clocks = [clock for clock, _ in ratios]
        worked = [ratio for _, ratio in ratios if not math.isnan(ratio)] or [math.nan]
        print(
            f"{title}: {len(ratios)} cases, geometric mean {geometric_mean(clocks):.2f} (clock), "
            f"{geometric_mean(worked):.2f} (processor); largest {max(clocks):.2f}, "
            f"{max(worked):.2f} (aim: {aim})\n",
            flush=True,
        )


# Search.


def misspelled(word: str, chance: random.Random) -> str:
    """Change one letter within a word, and not the first."""
    place = chance.randrange(1, len(word))
    other = chance.choice([c for c in "aeioustrnl" if c != word[place].lower()])
    return word[:place] + other + word[place + 1 :]


def search_cases(side: Side) -> dict[str, list[str]]:
    """Give texts to search for; the same kinds from each graph."""
    chance = random.Random(SEED)
    words = sorted({w for label in side.labels for w in label.split() if w.isalpha()})
    longer = [w for w in words if len(w) >= 6]
    short = [w for w in words if 3 <= len(w) <= 4]
    pairs = [[w for w in label.split() if w.isalpha() and len(w) >= 6][:2] for label in side.labels]
    pairs = [pair for pair in pairs if len(pair) == 2][:CASES]
    for some in (longer, short):
        chance.shuffle(some)
    consonants = "bcdfghjklmnpqrstvwxz"
    return {
        "exact name": side.labels[:CASES],
        "acronym": side.aliases[:CASES],
        "beginning, 1 letter": [w[:1] for w in longer[:CASES]],
        "beginning, 3 letters": [w[:3] for w in longer[:CASES]],
        "one letter misspelled": [misspelled(w, chance) for w in longer[:CASES]],
        "one of two words misspelled": [f"{a} {misspelled(b, chance)}" for a, b in pairs],
        "two words misspelled": [
            f"{misspelled(a, chance)} {misspelled(b, chance)}" for a, b in pairs
        ],
        "3 to 4 letters": short[:CASES],
        "3 to 4 letters misspelled": [misspelled(w, chance) for w in short[:CASES]],
        "nonsense": [
            "".join(chance.choice(consonants) for _ in range(length))
            for length in [3, 4, 6, 8, 11, 40] * (CASES // 6)
        ],
        "other scripts": list(NON_LATIN),
    }


def of(addresses: Sequence[str]) -> Callable[[int], str]:
    return lambda run: addresses[run % len(addresses)]


def search_part(real: Side, world: Side, runs: int) -> None:
    ours, theirs = search_cases(real), search_cases(world)
    for form in ("/search.json", "/search"):
        print(f"{form:34} {'real graph':>25} | {world.name:>25} | ratio")
        print(HEAD)
        ratios = []
        for name in ours:
            sides = [
                (side, of([f"{form}?{urlencode({'q': text})}" for text in cases[name]]))
                for side, cases in ((real, ours), (world, theirs))
                if cases[name]
            ]
            if len(sides) == 2:
                ratios.append(line(name, *timed_in_turns(sides, runs)))
        for kind in ("State", "Theme", "Organization"):
            addresses = [f"{form}?{urlencode({'q': 'a', 'kind': kind})}"]
            sides = [(side, of(addresses)) for side in (real, world)]
            ratios.append(line(f"1 letter among {kind.lower()}s", *timed_in_turns(sides, runs)))
        said(f"{form}", ratios, "below 2")


# Entities.


def page_of(iri: str) -> str:
    if iri.startswith(COP):
        return f"/ontology/{quote(iri.removeprefix(COP))}"
    return f"/id/{quote(iri.removeprefix(COPD))}"


def alike(real: Side, world: Side, name: str, size: int) -> list[tuple[str, str]]:
    """Pair things of a class whose claims are about as many, near a size."""
    pairs = []
    by_claims: dict[int, list[str]] = {}
    for iri in world.members[name]:
        by_claims.setdefault(world.claims[iri], []).append(iri)
    ours = sorted(real.members[name], key=lambda iri: (abs(real.claims[iri] - size), iri))
    for iri in ours[:CASES]:
        wanted = real.claims[iri]
        near = min(by_claims, key=lambda count: (abs(count - wanted), count))
        if abs(near - wanted) <= max(1, wanted // 5) and wanted:
            found = by_claims[near]
            pairs.append((iri, found[len(pairs) % len(found)]))
    return pairs


def entity_part(real: Side, world: Side, runs: int) -> None:
    print(f"{'entity, claims in each':34} {'real graph':>25} | {world.name:>25} | ratio")
    print(HEAD)
    ratios = []
    for name in CLASSES:
        for words, size in SIZES:
            pairs = alike(real, world, name, size)
            if not pairs:
                print(f"{name}, {words}: no two are alike")
                continue
            counts = [
                statistics.median(side.claims[pair[place]] for pair in pairs)
                for place, side in enumerate((real, world))
            ]
            sides = [
                (side, of([page_of(pair[place]) for pair in pairs]))
                for place, side in enumerate((real, world))
            ]
            title = f"{name}, {words} ({counts[0]:.0f}, {counts[1]:.0f})"
            ratios.append(line(title, *timed_in_turns(sides, runs)))
    said("entities alike", ratios, "below 2")
    print("the one of each class with most claims, with its claims (no aim):")
    for name in CLASSES:
        hubs = [max(side.members[name], key=side.claims.__getitem__) for side in (real, world)]
        counts = [side.claims[hub] for side, hub in zip((real, world), hubs, strict=True)]
        title = f"{name} ({counts[0]}, {counts[1]})"
        for side, hub in zip((real, world), hubs, strict=True):
            with contextlib.suppress(RuntimeError):
                asked(side, page_of(hub))
        try:
            waits = [
                statistics.median(asked(side, page_of(hub))[0] for _ in range(3))
                for side, hub in zip((real, world), hubs, strict=True)
            ]
        except RuntimeError as error:
            print(f"{title}: {error}")
            continue
        print(f"{title:34} {waits[0]:8.0f} ms | {waits[1]:8.0f} ms", flush=True)
    print()


# Other pages.


def other_part(real: Side, world: Side, runs: int) -> None:
    print(f"{'page':34} {'real graph':>25} | {world.name:>25} | ratio")
    print(HEAD)
    ratios = []
    groups: dict[str, Callable[[Side], list[str]]] = {
        "home": lambda side: ["/"],
        "evidence": lambda side: [page_of(iri) for iri in side.records[:CASES]],
        "evidence drawer": lambda side: [
            f"{page_of(iri)}?part=drawer" for iri in side.records[:CASES]
        ],
        "paragraph": lambda side: [page_of(iri) for iri in side.paragraphs],
        "report": lambda side: [f"/report/{iri.rpartition('/report-')[2]}" for iri in side.reports],
        "questions": lambda side: ["/questions"],
        "form of a question": lambda side: ["/questions/partners-of"],
        "about": lambda side: ["/about"],
        "compare, empty": lambda side: ["/compare"],
        "ontology": lambda side: ["/ontology"],
        "nothing there": lambda side: ["/id/organization-nothing-here"],
    }
    for name, addresses in groups.items():
        sides = [(side, of(addresses(side))) for side in (real, world)]
        ratios.append(line(name, *timed_in_turns(sides, runs)))
    said("other pages", ratios, "none is set for these")


# First pages.


def of_few_claims(side: Side) -> str:
    """Give an organization with about four claims."""
    size = dict(SIZES)["small"]
    return min(side.members["Organization"], key=lambda iri: (abs(side.claims[iri] - size), iri))


def first_part(real: Side, world: Side, starts: int) -> None:
    """Start the servers anew; ask each worker for its first page."""
    print(f"{'first page of a new worker':34} {'real graph':>25} | {world.name:>25} | ratio")
    print(HEAD)
    groups: dict[str, Callable[[Side], str]] = {
        "home": lambda side: "/",
        "search": lambda side: "/search?q=a",
        "entity": lambda side: page_of(of_few_claims(side)),
    }
    ratios = []
    for name, address in groups.items():
        taken = (Timed(), Timed())
        for _ in range(starts):
            for side, one in zip((real, world), taken, strict=True):
                with running(side):
                    before = worked_ms(side)
                    for _ in range(side.workers):
                        wait, _ = asked(side, address(side))
                        one.waits.append(wait)
                    one.processor += [ms / side.workers for ms in since(before, side)]
        ratios.append(line(name, *taken))
    said("first pages", ratios, "none is set for these")


# Questions.


def question_part(real: Side, runs: int) -> None:
    """The page of each question beside its query, of the real graph."""
    source = find_source(None)
    store = open_store(real.store)
    hub = max(real.members["Organization"], key=real.claims.__getitem__)
    values = {
        "actor": hub,
        "thing": hub,
        "partner": hub,
        "about": COP + "theme-cyberbullying",
    }
    print(f"{'question, rows':34} {'/sparql':>25} | {'its page':>25} | ratio")
    print(HEAD)
    ratios = []
    for question in list_questions(source.queries):
        given = {
            one.name: values[one.name]
            for one in question.parameters
            if one.is_required and one.name in values
        }
        try:
            text = bind(question, bound_terms(store, question, given))
        except CopGraphError:
            continue
        found = store.run(text)
        rows = sum(1 for _ in found)  # type: ignore[union-attr]

        short = {key: iri.replace(COPD, "").replace(COP, "") for key, iri in given.items()}
        page = f"/questions/{question.name}" + (f"?{urlencode(short)}" if short else "")
        started = time.perf_counter()
        asked_of(real, bare(text))
        if time.perf_counter() - started > 1.0:
            print(f"{question.name[:28]:28} {rows:5} takes more than a second: left out")
            continue
        title = f"{question.name[:28]:28} {rows:5}"
        ratios.append(line(title, *bare_and_page(real, [text], page, runs)))
    said("pages of questions", ratios, "at most 2")
    ratios = []
    paragraph, report = real.paragraphs[0], real.reports[0]
    about: list[tuple[str, str, dict[str, dict[str, str]]]] = [
        (f"page of {name}", page_of(iri), {"claims-about": thing, "remarks-about": thing})
        for name in ("State", "Organization", "Theme")
        for iri in [max(real.members[name], key=real.claims.__getitem__)]
        for thing in [{"thing": iri}]
    ]
    about += [
        ("page of a paragraph", page_of(paragraph), {"paragraph": {"paragraph": paragraph}}),
        (
            "page of a report",
            f"/report/{report.rpartition('/report-')[2]}",
            {"structure": {"report": report}},
        ),
    ]
    for title, page, queries in about:
        texts = []
        for name, given in queries.items():
            question = find_question(source.queries, name)
            texts.append(bind(question, bound_terms(store, question, given)))
        ratios.append(line(title, *bare_and_page(real, texts, page, runs)))
    said("other pages beside their queries", ratios, "at most 2")


def asked_of(side: Side, address: str) -> tuple[float, int]:
    wants = "application/sparql-results+json" if address.startswith("/sparql") else "text/html"
    return asked(side, address, wants)


def bare(text: str) -> str:
    """Give the address that asks a query, with a text that was never asked before."""
    return f"/sparql?{urlencode({'query': f'{text}# {next(_NUMBERS)}'})}"


def bare_and_page(side: Side, texts: Sequence[str], page: str, runs: int) -> list[Timed]:
    """Ask queries, one after the other, and a page in turns."""
    taken = [Timed(), Timed()]
    for run in range(2 * side.workers + runs):
        for place in (0, 1) if run % 2 else (1, 0):
            before = worked_ms(side)
            for _ in range(4 if run >= 2 * side.workers else 1):
                waits = [
                    asked_of(side, address)
                    for address in (map(bare, texts) if place == 0 else [page])
                ]
                if run >= 2 * side.workers:  # before, each process gets to know it
                    taken[place].waits.append(sum(wait for wait, _ in waits))
            if run >= 2 * side.workers:
                taken[place].processor += [ms / 4 for ms in since(before, side)]
    return taken


def store_at(place: Path, data: Path | None) -> Path:
    """Build a store unless it is there, and make what is kept beside it, as the command does."""
    source = find_source(data)
    if not (place / "CURRENT").is_file():
        started = time.perf_counter()
        build_store(place, source)
        print(f"{place.name} built in {time.perf_counter() - started:.0f} s", flush=True)
    store = open_store(place)
    started = time.perf_counter()
    make_beforehand(Graph(store, source))
    seconds = time.perf_counter() - started
    print(f"{place.name}: {len(store)} quads; what is kept beside them in {seconds:.1f} s")
    return place


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--things", type=int, default=100_000)
    parser.add_argument("--quads", type=int, help="else what the things need, 208 each")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--part", default=",".join(PARTS), help=", ".join(PARTS))
    parser.add_argument("--directory", type=Path)
    given = parser.parse_args()
    parts = given.part.split(",")
    say_setting()
    os.environ.pop("COP_GRAPH_REPORTS", None)  # the world has no texts
    with tempfile.TemporaryDirectory() as scratch:
        directory = given.directory or Path(scratch)
        name = f"pages-{given.things}-{given.quads or 'all'}"
        world_data, world_store = directory / name, directory / f"{name}-store"
        if not world_store.is_dir() and not world_data.is_dir():
            write_world(world_data, quads=given.quads, things=given.things)
        real = Side("real graph", store_at(directory / "pages-real-store", None))
        world = Side(f"{given.things:,} things", store_at(world_store, world_data))
        for side in (real, world):
            side.draw(open_store(side.store))
        print(f"{given.runs} runs of {CASES}, medians\n")
        if {"search", "entities", "pages", "questions"} & set(parts):
            with running(real), running(world):
                if "search" in parts:
                    search_part(real, world, given.runs)
                if "entities" in parts:
                    entity_part(real, world, given.runs)
                if "pages" in parts:
                    other_part(real, world, given.runs)
                if "questions" in parts:
                    question_part(real, given.runs)
        if "first" in parts:
            first_part(real, world, given.starts)


if __name__ == "__main__":
    main()
