"""A build by parts gives what a build in one piece gives, whatever the data."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pyoxigraph as ox
import pytest

import cop_graph.bulk
from cop_graph.bulk import NotByReportError, load_in_bulk
from cop_graph.dataset import Source, fill, find_source, source_files
from cop_graph.errors import DataError
from cop_graph.namespaces import COP, COPD
from cop_graph.store import build_store, memory_store, open_store

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from world import World, write_world  # noqa: E402

CLAIM = "copd:claim-beta-1-2-1-001\n    a cop:Claim ;\n"
PREFIXES = f"@prefix cop: <{COP}> .\n@prefix copd: <{COPD}> .\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("world")
    write_world(directory, quads=30_000, things=300)
    return directory


@pytest.fixture
def tiny_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make batches and parts so small that a small graph has many of them."""
    monkeypatch.setattr(cop_graph.bulk, "BATCH_BYTES", 20_000)
    monkeypatch.setattr(cop_graph.bulk, "PART_BYTES", 50_000)
    monkeypatch.setattr(cop_graph.bulk, "CHUNK_QUADS", 100)
    monkeypatch.setattr("os.cpu_count", lambda: 3)


def in_one_piece(data: Path) -> set[ox.Quad]:
    store = ox.Store()
    fill(store, find_source(data))
    return set(store)


def by_parts(data: Path, directory: Path) -> set[ox.Quad]:
    store = ox.Store(str(directory))
    load_in_bulk(store, find_source(data))
    return set(store)


def without_names(quads: set[ox.Quad]) -> list[str]:
    """Write quads with every blank node as the same text."""
    return sorted(
        " ".join(
            "_:b" if isinstance(term, ox.BlankNode) else str(term)
            for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)
        )
        for quad in quads
    )


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_parts_give_the_world_that_one_piece_gives(
    tmp_path: Path, world: Path, tiny_batches: None
) -> None:
    steps: list[str] = []
    store = ox.Store(str(tmp_path / "quads"))
    load_in_bulk(store, find_source(world), progress=steps.append)

    assert set(store) == in_one_piece(world)
    count = len(source_files(find_source(world)))
    assert f"file {count} of {count}, " in steps[-1]


def test_counted_quads_are_those_of_the_build(
    tmp_path: Path, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[cop_graph.bulk._Batches] = []
    made = cop_graph.bulk._Batches.__init__

    def remember(self: cop_graph.bulk._Batches, *arguments: object) -> None:
        made(self, *arguments)  # type: ignore[arg-type]
        batches.append(self)

    monkeypatch.setattr(cop_graph.bulk._Batches, "__init__", remember)
    quads = by_parts(world, tmp_path / "quads")

    assert batches[0]._quads == pytest.approx(len(quads), rel=0.05)


def withdrawn(data: Path) -> None:
    change(data / "claims" / "beta-1.ttl", CLAIM, CLAIM + "    owl:deprecated true ;\n")
    change(
        data / "claims" / "beta-1.ttl",
        "@prefix",
        "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n@prefix",
    )


def stated_directly(data: Path) -> None:
    path = data / "claims" / "beta-1.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text + "copd:state-eastmark cop:partnersWith copd:state-westmark .", encoding="utf-8"
    )


def labelled_blank_nodes(data: Path) -> None:
    for name in ("alpha-1", "beta-1"):
        path = data / "claims" / f"{name}.ttl"
        text = path.read_text(encoding="utf-8")
        path.write_text(text + "_:a cop:number '1' ; cop:under _:b .", encoding="utf-8")


def prefix_between(data: Path) -> None:
    path = data / "claims" / "beta-1.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text + "\nPREFIX x: <https://example.org/>\nx:a cop:number '1' .\n", encoding="utf-8"
    )


def base_between(data: Path) -> None:
    path = data / "claims" / "beta-1.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text + "\n@base <https://example.org/> .\n<a> cop:number '1' .\n", encoding="utf-8"
    )


def comment_at_the_end(data: Path) -> None:
    path = data / "claims" / "beta-1.ttl"
    path.write_bytes(b"\xef\xbb\xbf# first\n" + path.read_bytes() + b"# last }")


def countable_of_their_own(data: Path) -> None:
    (data / "entities" / "more.ttl").write_text(
        PREFIXES + "copd:organization-kite-works a cop:Countable .", encoding="utf-8"
    )


@pytest.mark.parametrize(
    "spoil",
    [
        withdrawn,
        stated_directly,
        labelled_blank_nodes,
        prefix_between,
        base_between,
        comment_at_the_end,
        countable_of_their_own,
    ],
)
def test_parts_give_what_one_piece_gives(tmp_path: Path, small_copy: Path, spoil: object) -> None:
    before = in_one_piece(small_copy)
    spoil(small_copy)  # type: ignore[operator]
    expected = in_one_piece(small_copy)

    assert (expected == before) == (spoil is comment_at_the_end)
    assert without_names(by_parts(small_copy, tmp_path / "quads")) == without_names(expected)


def other_report(data: Path) -> None:
    change(
        data / "claims" / "beta-1.ttl",
        "copd:paragraph-beta-1-2-1",
        "copd:paragraph-alpha-1-1-1",
    )


def claim_among_things(data: Path) -> None:
    (data / "entities" / "claims.ttl").write_text(
        PREFIXES + "copd:claim-x cop:paragraph copd:paragraph-alpha-1-1-1 .", encoding="utf-8"
    )


@pytest.mark.parametrize("spoil", [other_report, claim_among_things])
def test_claims_of_other_reports_are_built_in_one_piece(
    tmp_path: Path,
    small_copy: Path,
    tiny_batches: None,
    monkeypatch: pytest.MonkeyPatch,
    spoil: object,
) -> None:
    monkeypatch.setattr(cop_graph.bulk, "BATCH_BYTES", 3_000)
    spoil(small_copy)  # type: ignore[operator]

    with pytest.raises(NotByReportError):
        by_parts(small_copy, tmp_path / "quads")
    built = build_store(tmp_path / "store", find_source(small_copy))

    assert set(built.quads) == in_one_piece(small_copy)


@pytest.mark.parametrize(
    ("folder", "line"), [("entities", 2), ("reports", 2), ("claims", 2)], ids=str
)
def test_fault_in_any_part_names_file_and_line(
    tmp_path: Path, world: Path, tiny_batches: None, folder: str, line: int
) -> None:
    data = tmp_path / "data"
    for name in ("entities", "reports", "claims"):
        (data / name).mkdir(parents=True)
        for path in (world / name).iterdir():
            (data / name / path.name).write_bytes(path.read_bytes())
    broken = data / folder / "zz.ttl"
    broken.write_text("\ncopd:a", encoding="utf-8")

    with pytest.raises(DataError) as caught:
        by_parts(data, tmp_path / "quads")

    assert str(caught.value).startswith(f"{broken}:{line}: not Turtle: ")


def test_many_files_become_few_on_disk(tmp_path: Path, world: Path) -> None:
    build_store(tmp_path / "store", find_source(world))

    assert len(list((world / "claims").iterdir())) > 1
    assert len(list((tmp_path / "store").glob("generation-*/quads/*.sst"))) <= 12


def test_old_generation_stands_while_it_is_read(tmp_path: Path, small_source: Source) -> None:
    def generations() -> int:
        return len(list((tmp_path / "store").glob("generation-*")))

    reader = build_store(tmp_path / "store", small_source)
    build_store(tmp_path / "store", small_source)
    assert (len(reader.quads), generations()) == (len(memory_store(small_source).quads), 2)

    del reader
    build_store(tmp_path / "store", small_source)
    assert generations() == 1


def start_build(store: Path, data: Path, *, prepare: object = None) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "cop_graph.cli", "build", "--store", str(store)]
    return subprocess.Popen(
        [*command, "--data", str(data)],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=prepare,  # type: ignore[call-overload]
    )


def test_full_disk_leaves_the_old_store(tmp_path: Path, small_source: Source, world: Path) -> None:
    store = tmp_path / "store"
    build_store(store, small_source)
    version = open_store(store).version

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    process = start_build(store, world, prepare=small_disk)
    _, words = process.communicate(timeout=60)

    assert process.returncode == 2
    assert "cannot be written" in words
    assert "The old store, if there was one, still stands" in words
    assert open_store(store).version == version


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of its own with 6 MB."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux can make a file system for a test")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def left_in(store: Path) -> list[str]:
    return sorted(path.name.partition("-")[0] for path in store.iterdir())


@pytest.mark.parametrize("in_one_piece", [False, True])
def test_disk_without_space_leaves_the_old_store_alone(
    tmp_path: Path, small_disk: Path, small_source: Source, world: Path, in_one_piece: bool
) -> None:
    data = tmp_path / "data"
    shutil.copytree(world, data)
    if in_one_piece:
        (data / "entities" / "stray.ttl").write_text(
            PREFIXES + "copd:claim-x cop:paragraph copd:paragraph-world-1-1-1 .", encoding="utf-8"
        )
    store = small_disk / "store"
    version = build_store(store, small_source).version

    process = start_build(store, data)
    _, words = process.communicate(timeout=120)

    assert process.returncode == 2
    assert "cannot be written" in words
    assert "No space left" in words
    assert "The old store, if there was one, still stands" in words
    assert open_store(store).version == version
    assert left_in(store) == ["CURRENT", "LOCK", "generation"]


def test_interrupted_build_leaves_the_old_store_alone(
    tmp_path: Path, small_source: Source, world: Path
) -> None:
    store = tmp_path / "store"
    version = build_store(store, small_source).version

    process = start_build(store, world)
    while left_in(store).count("generation") < 2:
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    assert process.returncode in (2, 130, -signal.SIGINT)
    assert open_store(store).version == version
    assert left_in(store) == ["CURRENT", "LOCK", "generation"]


@pytest.mark.slow
def test_build_killed_at_random_moments_leaves_a_store(
    tmp_path: Path, small_source: Source, world: Path
) -> None:
    store = tmp_path / "store"
    sources = (small_source.data, world)
    started = time.monotonic()
    sizes = {
        built.version: len(built.quads)
        for built in (build_store(store, find_source(data)) for data in sources)
    }
    longest = (time.monotonic() - started) + 0.5
    chance = random.Random(22)
    for turn in range(15):
        process = start_build(store, sources[turn % 2])
        try:
            process.wait(timeout=chance.random() * longest)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()

        opened = open_store(store)
        assert len(opened.quads) == sizes[opened.version]


def files_of(directory: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(directory.rglob("*.ttl")):
        yield str(path.relative_to(directory)), path.read_bytes()


def test_same_seed_gives_the_same_world(tmp_path: Path) -> None:
    made = [write_world(tmp_path / name, quads=8_000, seed=5) for name in "ab"]
    write_world(tmp_path / "c", quads=8_000, seed=6)

    assert made[0] == made[1]
    assert dict(files_of(tmp_path / "a")) == dict(files_of(tmp_path / "b"))
    assert dict(files_of(tmp_path / "a")) != dict(files_of(tmp_path / "c"))


def test_world_is_as_large_as_asked(tmp_path: Path, world: Path) -> None:
    ontology = memory_store(find_source(_empty(tmp_path)))
    built = memory_store(find_source(world))

    things = [
        next(iter(store.query("SELECT (COUNT(*) AS ?n) { ?thing a cop:Thing }")))["n"].value
        for store in (built,)
    ]
    assert len(built.quads) - len(ontology.quads) == pytest.approx(30_000, rel=0.04)
    assert int(things[0]) == pytest.approx(300, rel=0.1)


def _empty(directory: Path) -> Path:
    (directory / "empty" / "entities").mkdir(parents=True)
    return directory / "empty"


def test_world_passes_all_checks(tmp_path: Path) -> None:
    from cop_graph.checks import check

    made = write_world(tmp_path, quads=5_000)
    result = check(find_source(tmp_path))

    assert isinstance(made, World)
    assert list(chain(result.violations)) == []
