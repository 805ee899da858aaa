"""What is kept beside a store: made once, never believed where it is broken, gone with its data."""

from __future__ import annotations

import errno
import gc
import signal
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest
from conftest import SMALL

from cop_graph.dataset import Source, find_source
from cop_graph.generations import check_files
from cop_graph.graph import Graph, make_beforehand
from cop_graph.kept import kept_json, made_once
from cop_graph.questions import KEPT_QUESTIONS, ask, find_question, kept_rows, read_question, scope
from cop_graph.search import NameIndex
from cop_graph.store import EmbeddedStore, build_store, open_store
from cop_graph.web.pages import PageRequest, Site, render

MOMENTS = ("os.fsync", "Path.replace", "_fill_terms")
"""At which a process that makes an index is killed: written, to be named, half full."""


@pytest.fixture
def on_disk(tmp_path: Path, small_source: Source) -> EmbeddedStore:
    build_store(tmp_path / "store", small_source)
    return open_store(tmp_path / "store")


def files_of(store: EmbeddedStore, pattern: str = "thing-*") -> list[Path]:
    assert store.place is not None
    return sorted(store.place.glob(pattern))


def refuse(*_: Any, **__: Any) -> Any:
    raise AssertionError("made anew")


def test_it_is_made_once_and_given_as_json_makes_it(on_disk: EmbeddedStore) -> None:
    made = kept_json(on_disk, "thing", lambda: {"a": (1, "é", None)})

    assert made == {"a": [1, "é", None]}
    assert kept_json(on_disk, "thing", refuse) == made
    assert kept_json(open_store(on_disk.place.parent), "thing", refuse) == made  # type: ignore[union-attr]
    assert on_disk.place is not None
    check_files(on_disk.place)


def test_in_memory_nothing_is_kept(small_store: EmbeddedStore) -> None:
    assert kept_json(small_store, "thing", lambda: (1,)) == [1]
    assert kept_json(small_store, "thing", lambda: (2,)) == [2]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda content: b"", id="empty"),
        pytest.param(lambda content: content[:-3], id="cut"),
        pytest.param(lambda content: content.replace(b"7", b"8"), id="changed"),
        pytest.param(lambda content: b"\xff" + content, id="no-text"),
        pytest.param(lambda content: b"0" * 12 + content[12:], id="of-other-data"),
    ],
)
def test_what_is_damaged_is_made_anew(on_disk: EmbeddedStore, spoil: Any) -> None:
    kept_json(on_disk, "thing", lambda: [7])
    [path] = files_of(on_disk)
    path.write_bytes(spoil(path.read_bytes()))

    assert kept_json(on_disk, "thing", lambda: [9]) == [9]
    assert kept_json(on_disk, "thing", refuse) == [9]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_what_cannot_be_written_is_given_all_the_same(
    on_disk: EmbeddedStore, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(Path, "write_text", full)

    assert kept_json(on_disk, "thing", lambda: [1]) == [1]
    monkeypatch.undo()
    assert files_of(on_disk) == []
    assert kept_json(on_disk, "thing", lambda: [2]) == [2]


def test_a_fault_of_what_makes_it_leaves_nothing(on_disk: EmbeddedStore) -> None:
    with pytest.raises(ZeroDivisionError):
        made_once(on_disk, "thing", "txt", lambda path: path.write_text(str(1 // 0)))

    assert files_of(on_disk) == []


def test_what_was_left_unfinished_is_taken_away(on_disk: EmbeddedStore) -> None:
    kept_json(on_disk, "thing", lambda: [1])
    [path] = files_of(on_disk)
    path.rename(path.with_name(f"{path.name}.1"))

    assert kept_json(on_disk, "thing", lambda: [2]) == [2]
    assert [one.name for one in files_of(on_disk)] == [path.name]


# Questions whose rows are kept.


def test_kept_rows_are_those_of_the_question(on_disk: EmbeddedStore, small_source: Source) -> None:
    for name in KEPT_QUESTIONS:
        question = read_question(small_source.queries / name)
        asked = kept_rows(on_disk, question)
        opened = kept_rows(open_store(on_disk.place.parent), question)  # type: ignore[union-attr]

        assert asked
        assert asked == opened
        assert [list(row.as_dict()) for row in asked] == [list(row.as_dict()) for row in opened]


def test_scope_and_answers_are_alike_on_disk_and_in_memory(
    on_disk: EmbeddedStore, small_store: EmbeddedStore, small_source: Source
) -> None:
    queries = small_source.queries
    for _ in range(2):  # made, then read
        store = open_store(on_disk.place.parent)  # type: ignore[union-attr]
        answer = ask(store, queries, "reports")

        assert answer == ask(small_store, queries, "reports")
        assert scope(store, queries) == scope(small_store, queries)


def test_another_text_of_a_question_is_asked_anew(
    on_disk: EmbeddedStore, small_source: Source, tmp_path: Path
) -> None:
    kept_rows(on_disk, find_question(small_source.queries, "reports"))
    text = find_question(small_source.queries, "reports").text
    other = tmp_path / "reports.rq"
    other.write_text(text + "LIMIT 1\n", encoding="utf-8")

    assert len(kept_rows(open_store(on_disk.place.parent), read_question(other))) == 1  # type: ignore[union-attr]


def test_kept_rows_follow_a_new_build(
    on_disk: EmbeddedStore, small_source: Source, small_copy: Path
) -> None:
    before = scope(on_disk, small_source.queries)
    path = next((small_copy / "claims").glob("*.ttl"))
    blocks = path.read_text(encoding="utf-8").split("\n\n")
    path.write_text("\n\n".join(blocks[:-1]) + "\n", encoding="utf-8")
    assert on_disk.place is not None
    root = on_disk.place.parent
    build_store(root, find_source(small_copy))
    after = scope(open_store(root), small_source.queries)

    assert before.version != after.version
    assert before.claims + before.remarks == after.claims + after.remarks + 1
    assert scope(on_disk, small_source.queries) == before  # a reader keeps what it opened


def test_build_makes_what_is_kept(on_disk: EmbeddedStore, small_source: Source) -> None:
    steps: list[str] = []
    make_beforehand(Graph(on_disk, small_source), progress=steps.append)

    assert len(steps) == 2
    assert len(files_of(on_disk, "names-*.sqlite")) == 1
    assert len(files_of(on_disk, "rows-*.json")) == len(KEPT_QUESTIONS)


# Killed while it is made.

KILLED = """
import os, signal, sys
from pathlib import Path
from cop_graph import kept, search
from cop_graph.store import open_store

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

moment = sys.argv[2]
if moment == "os.fsync":
    os.fsync = die
elif moment == "Path.replace":
    Path.replace = die
else:
    search._fill_terms = die
search.NameIndex(open_store(sys.argv[1]))
"""


@pytest.mark.parametrize("moment", MOMENTS)
def test_index_whose_maker_is_killed_is_made_by_the_next(
    on_disk: EmbeddedStore, small_store: EmbeddedStore, moment: str
) -> None:
    assert on_disk.place is not None
    done = subprocess.run([sys.executable, "-c", KILLED, str(on_disk.place.parent), moment])

    assert done.returncode == -signal.SIGKILL
    left = files_of(on_disk, "names-*")
    assert [path.suffix for path in left] not in ([], [".sqlite"])

    index = NameIndex(on_disk)

    assert [path.suffix for path in files_of(on_disk, "names-*")] == [".sqlite"]
    assert index.search("kite").hits == NameIndex(small_store).search("kite").hits
    check_files(on_disk.place)


def test_pages_do_not_keep_a_store_that_nobody_reads(on_disk: EmbeddedStore) -> None:
    assert on_disk.place is not None
    root = on_disk.place.parent
    store = open_store(root)
    gone = weakref.ref(store)
    site = Site(Graph(store, find_source(SMALL)))
    for path in ("/", "/search", "/id/state-westmark", "/report/alpha-1", "/questions/states"):
        assert render(site, PageRequest(path, {})).status == 200

    del store, site
    gc.collect()

    assert gone() is None
