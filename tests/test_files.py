"""A file is read whole, and written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cop_graph.errors import DataError, OutputError
from cop_graph.files import read_text, write_whole


def test_read_text_keeps_line_ends_and_drops_the_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\xc3\xa9\n")

    assert read_text(path) == "one\r\ntwoé\n"


def test_read_text_says_where_it_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"caf\xe9")

    with pytest.raises(DataError) as caught:
        read_text(path)

    assert str(caught.value) == f"{path}: not UTF-8 at byte 3; save the file as UTF-8"


def test_read_text_says_that_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_text(tmp_path / "none.txt")

    assert (caught.value.path, caught.value.args) == (
        str(tmp_path / "none.txt"),
        ("cannot be read: No such file or directory",),
    )


@pytest.mark.parametrize(
    ("content", "written"),
    [("Tide 🌊\r\n", "Tide 🌊\r\n".encode()), (b"\x00\xff", b"\x00\xff")],
    ids=["text", "bytes"],
)
def test_write_whole_writes_what_it_is_given(
    tmp_path: Path, content: str | bytes, written: bytes
) -> None:
    write_whole(tmp_path / "a", content)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": written}


def test_write_whole_gives_a_new_file_the_mode_that_the_user_gives_files(tmp_path: Path) -> None:
    old = os.umask(0o026)
    try:
        write_whole(tmp_path / "a", "new")
        again = os.umask(0o026)
    finally:
        os.umask(old)

    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    assert again == 0o026


def test_write_whole_keeps_the_mode_of_an_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o604)

    write_whole(path, "new")

    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o604)


def test_write_whole_follows_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)

    write_whole(link, "new")

    assert (link.is_symlink(), target.read_text()) == (True, "new")


def test_write_whole_writes_to_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, "through the pipe")
        read = os.read(reader, 100)
    finally:
        os.close(reader)

    assert (read, stat.S_ISFIFO(pipe.stat().st_mode)) == (b"through the pipe", True)


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
def test_write_whole_leaves_the_old_file_where_a_step_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "a"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OutputError) as caught:
        write_whole(path, "new")

    assert str(caught.value) == (
        f"{path}: cannot be written: No space left on device. What was there is unchanged."
    )
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"a": "old"}


def test_write_whole_leaves_the_old_file_where_it_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_text("old")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, "new")

    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"a": "old"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing/a", "No such file or directory"), ("folder", "Is a directory")],
    ids=["no-directory", "directory"],
)
def test_write_whole_says_why_it_cannot_write(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(OutputError) as caught:
        write_whole(tmp_path / name, "new")

    assert caught.value.args == (reason,)
    assert caught.value.path == str(tmp_path / name)


def test_write_whole_names_an_error_that_has_no_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError) as caught:
        write_whole(tmp_path / "a", "new")

    assert caught.value.args == ("the disk is gone",)
