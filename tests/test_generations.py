"""The directory of a store: what is in use, who reads it, and what may go."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pyoxigraph as ox
import pytest

from cop_graph import generations
from cop_graph.errors import OutputError, StoreError
from cop_graph.generations import (
    check_ours,
    current,
    hold,
    hold_current,
    locked,
    new_name,
    publish,
    remove_unused,
    version_of,
)
from cop_graph.store import open_store


def add(root: Path, *, value: int = 1) -> str:
    """Make a finished generation the one in use, whose one triple has this value."""
    name = new_name()
    (root / name).mkdir(parents=True)
    quads = ox.Store(str(root / name / generations.QUADS))
    quads.add(ox.Quad(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.Literal(value)))
    quads.flush()
    del quads
    publish(root, name, version=f"v{value}")
    return name


def test_nothing_is_in_use_before_a_build(tmp_path: Path) -> None:
    assert (current(tmp_path), current(tmp_path / "none"), hold_current(tmp_path)) == (
        None,
        None,
        None,
    )


def test_newest_is_in_use(tmp_path: Path) -> None:
    first, second = add(tmp_path, value=1), add(tmp_path, value=2)

    assert first != second
    assert current(tmp_path) == second
    assert version_of(tmp_path / second) == "v2"


@pytest.mark.parametrize("text", [b"", b"../../etc", b"generation-zz", b"\xff", b"generation-"])
def test_name_that_no_build_wrote_is_none(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "CURRENT").write_bytes(text)

    assert current(tmp_path) is None


def test_generation_that_is_gone_is_not_in_use(tmp_path: Path) -> None:
    (tmp_path / "CURRENT").write_text(new_name(), encoding="utf-8")

    assert current(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', "{"])
def test_meta_without_a_version_is_told_of(tmp_path: Path, text: str) -> None:
    (tmp_path / generations.META).write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=r".+"):
        version_of(tmp_path)


def test_what_somebody_reads_is_not_removed(tmp_path: Path) -> None:
    first = add(tmp_path)
    held = hold(tmp_path / first)
    second = add(tmp_path)
    remove_unused(tmp_path, keep=second)
    assert (tmp_path / first).is_dir()

    held.close()
    remove_unused(tmp_path, keep=second)
    assert not (tmp_path / first).exists()
    assert (tmp_path / second).is_dir()


def test_reader_in_another_process_holds_and_its_death_lets_go(tmp_path: Path) -> None:
    first = add(tmp_path)
    code = (
        "import sys; from cop_graph.store import open_store\n"
        "store = open_store(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "open\n"
        second = add(tmp_path)
        remove_unused(tmp_path, keep=second)
        assert (tmp_path / first).is_dir()
        reader.kill()
        reader.wait()
        remove_unused(tmp_path, keep=second)
    assert not (tmp_path / first).exists()


def test_unfinished_builds_and_copies_are_removed(tmp_path: Path) -> None:
    kept = add(tmp_path)
    (tmp_path / new_name()).mkdir()
    live, old = tmp_path / new_name("live-"), tmp_path / new_name("live-")
    live.mkdir()
    old.mkdir()
    remove_unused(tmp_path, keep=kept, keep_live=live)

    assert {path.name for path in tmp_path.iterdir()} == {kept, live.name, "CURRENT"}


def test_generation_that_is_replaced_while_it_is_held_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = add(tmp_path)
    names: list[str] = []

    def replaced_before(generation: Path) -> object:
        names.append(generation.name)
        if len(names) == 1:  # a build comes between the look and the hold
            remove_unused(tmp_path, keep=add(tmp_path))
        return hold(generation)

    monkeypatch.setattr(generations, "hold", replaced_before)
    found = hold_current(tmp_path)

    assert found is not None
    assert names[0] == first
    assert found[0] == current(tmp_path) != first
    found[1].close()


def test_generation_that_is_replaced_just_after_it_is_held_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = add(tmp_path)
    held: list[object] = []

    def replaced_after(generation: Path) -> object:
        stream = hold(generation)
        if not held:
            add(tmp_path)
        held.append(stream)
        return stream

    monkeypatch.setattr(generations, "hold", replaced_after)
    found = hold_current(tmp_path)

    assert found is not None
    assert found[0] != first
    assert [stream.closed for stream in held] == [True, False]  # type: ignore[attr-defined]
    found[1].close()


def test_damaged_generation_in_use_is_told_of(tmp_path: Path) -> None:
    name = add(tmp_path)
    (tmp_path / name / generations.META).unlink()

    with pytest.raises(OSError, match=generations.META):
        hold_current(tmp_path)
    with pytest.raises(StoreError, match="damaged"):
        open_store(tmp_path)


def test_readers_always_see_one_whole_state(tmp_path: Path) -> None:
    add(tmp_path, value=0)
    seen: list[int] = []
    faults: list[Exception] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            try:
                store = open_store(tmp_path)
                [quad] = list(store.iter_quads())
                assert store.version == f"v{quad.object.value}"  # type: ignore[union-attr]
                seen.append(int(store.version[1:]))
            except Exception as error:
                faults.append(error)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for value in range(1, 15):
        remove_unused(tmp_path, keep=add(tmp_path, value=value))
    over.set()
    for thread in threads:
        thread.join()

    assert faults == []
    assert len(set(seen)) > 1


def test_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    check_ours(tmp_path)
    check_ours(tmp_path / "new")
    add(tmp_path)
    check_ours(tmp_path)
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(StoreError, match=r"thesis\.docx"):
        check_ours(tmp_path)
    with pytest.raises(StoreError, match="is not a directory"):
        check_ours(tmp_path / "thesis.docx")


def test_lock_keeps_others_out_and_goes_with_its_block(tmp_path: Path) -> None:
    with locked(tmp_path):  # noqa: SIM117  # the second is refused within the first
        with pytest.raises(StoreError, match="writing here"), locked(tmp_path):
            raise AssertionError
    with locked(tmp_path):
        pass


def test_name_that_cannot_be_written_leaves_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = add(tmp_path)

    def fail(path: object, _content: object) -> None:
        raise OutputError("No space left on device", path=str(path))

    monkeypatch.setattr(generations, "write_whole", fail)
    with pytest.raises(OutputError):
        publish(tmp_path, name, version="next")

    assert (current(tmp_path), version_of(tmp_path / name)) == (name, "v1")
