"""What lies in the way of a store or on a terminal does no harm: damage, pipes, names, escapes."""

from __future__ import annotations

import os
import random
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cop_graph.cli.common import visible
from cop_graph.dataset import Source
from cop_graph.errors import StoreError
from cop_graph.store import build_store, open_store

COMMAND = [sys.executable, "-m", "cop_graph.cli"]
WAIT_S = 60


@pytest.fixture
def built(tmp_path: Path, small_source: Source) -> Path:
    directory = tmp_path / "a store"
    build_store(directory, small_source)
    return directory


def run(*arguments: object, after: str = "") -> subprocess.CompletedProcess[bytes]:
    script = shlex.join([*COMMAND, *map(str, arguments)]) + after
    return subprocess.run(["sh", "-c", script], capture_output=True, timeout=WAIT_S, check=False)


@pytest.mark.parametrize("seed", range(8))
def test_one_changed_byte_in_a_file_of_a_store_is_told(seed: int, built: Path) -> None:
    chance = random.Random(seed)
    files = sorted(built.glob("generation-*/quads/*.sst"))
    path = chance.choice(files)
    raw = bytearray(path.read_bytes())
    raw[chance.randrange(len(raw))] ^= 0x10
    path.write_bytes(raw)
    with pytest.raises(StoreError, match=r"damaged .* makes it anew") as caught:
        open_store(built)
    assert path.name in str(caught.value)


def test_damaged_store_ends_a_command_with_2(built: Path) -> None:
    for path in built.glob("generation-*/quads/*.sst"):
        path.write_bytes(b"\0" * path.stat().st_size)
    for command in (("ask", "helplines"), ("query", "ASK { ?s ?p ?o }"), ("search", "lantern")):
        ended = run(*command, "--store", built)
        assert ended.returncode == 2, command
        assert b"damaged" in ended.stderr
        assert b"Traceback" not in ended.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("place", ["store", "CURRENT", "LOCK", "build.json", "entities", "data"])
def test_a_pipe_in_the_way_is_told_and_not_waited_for(
    place: str, built: Path, small_copy: Path, tmp_path: Path
) -> None:
    generation = next(built.glob("generation-*"))
    pipes = {
        "store": (tmp_path / "pipe", ["ask", "helplines", "--store", tmp_path / "pipe"]),
        "CURRENT": (built / "CURRENT", ["ask", "helplines", "--store", built]),
        "LOCK": (built / "LOCK", ["build", "--store", built, "--data", small_copy]),
        "build.json": (generation / "build.json", ["ask", "helplines", "--store", built]),
        "entities": (small_copy / "entities" / "pipe.ttl", ["ask", "helplines", "--data",
                                                            small_copy]),
        "data": (tmp_path / "pipe", ["ask", "helplines", "--data", tmp_path / "pipe"]),
    }  # fmt: skip
    path, command = pipes[place]
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    ended = run(*command)
    assert ended.returncode == 2
    assert b"Traceback" not in ended.stderr
    assert ended.stderr.startswith(b"cop-graph: ")


def test_store_with_a_space_in_its_name_is_read(built: Path) -> None:
    ended = run("ask", "helplines", "--store", built)
    assert (ended.returncode, b"Helpline" in ended.stdout) == (0, True)


@pytest.mark.parametrize(
    "command",
    [
        ["ask", "helplines", "--store", "\x1b[31mred\x07"],
        ["ask", "helplines", "--data", "\x1b[31mred\x07"],
        ["build", "--store", "https://\x1b[31mred/"],
        ["query", "\x1b[31m.rq"],
        ["\x1b[31mred"],
        ["map", "--size-by", "\x1b[31mred"],
    ],
)
def test_escapes_in_what_is_given_are_not_sent_to_the_terminal(command: list[str]) -> None:
    ended = run(*command)
    assert ended.returncode == 2
    assert b"\x1b" not in ended.stderr
    assert b"\x07" not in ended.stderr


def test_escapes_in_names_of_files_are_not_printed_by_check(small_copy: Path) -> None:
    (small_copy / "entities" / "\x1b[31mred.ttl").write_text("no turtle", encoding="utf-8")
    for command in ("check", "format"):
        ended = run(command, "--data", small_copy)
        assert b"\x1b" not in ended.stdout + ended.stderr, command
        assert b"red.ttl" in ended.stdout + ended.stderr


def test_message_keeps_its_lines() -> None:
    assert visible("a\nb\tc\x00\u202e") == "a\nb\tc\\x00\\u202e"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("command", [["ask", "helplines"], ["ask", "nothing"], ["--nothing"]])
def test_full_standard_error_ends_with_2(command: list[str], small_source: Source) -> None:
    data = ["--data", str(small_source.data)] if len(command) > 1 else []
    ended = run(*command, *data, after=" 2>/dev/full")
    assert ended.returncode == 2
