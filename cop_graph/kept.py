"""What is derived from a finished generation, made once and kept beside its quads.

A generation is never written to again, so that what follows from it stays true as long as it is
there, and goes with it. Whoever needs it first makes it, under another name that becomes its own
when it is whole: a process that is killed leaves nothing that is believed. Where nothing can be
written, each process makes it for itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cop_graph.store import GraphStore


def made_once(store: GraphStore, stem: str, ending: str, write: Callable[[Path], None]) -> Path:
    """Give a file beside the quads of a store on disk, made by whoever needs it first.

    Args:
        store: One that has a ``place``.
        stem: Names what it is and how it is written; the version of the data is put behind it.
        ending: Of the file, such as ``sqlite``.
        write: Writes the file that it is given the path of.

    Raises:
        OSError: It cannot be written there.
    """
    assert store.place is not None
    path = store.place / f"{stem}-{re.sub('[^0-9A-Za-z]', '_', store.version)}.{ending}"
    if not path.is_file():
        with _alone(path):
            if not path.is_file():
                _write(path, write)
    return path


def kept_json(store: GraphStore, stem: str, make: Callable[[], Any]) -> Any:
    """Give what ``make`` gives, taken from the file that an earlier call has left.

    Args:
        store: What it is made from.
        stem: Names what is made, and all that it depends on besides the data.
        make: Gives something that JSON can hold; called where nothing can be read.

    Returns:
        What JSON makes of it, whether it was kept or not.
    """
    made: list[str] = []

    def write(path: Path) -> None:
        made.append(json.dumps(make(), ensure_ascii=True))
        path.write_text(_sealed(store, made[0]), encoding="ascii")

    if store.place is not None:
        with contextlib.suppress(OSError):
            path = made_once(store, stem, "json", write)
            if not made:
                found = _opened(store, path)
                if found is not None:
                    return json.loads(found)
                with _alone(path):  # it is damaged
                    _write(path, write)
    return json.loads(made[0] if made else json.dumps(make(), ensure_ascii=True))


def _sealed(store: GraphStore, text: str) -> str:
    return f"{store.version} {zlib.crc32(text.encode('ascii')):08x}\n{text}"


def _opened(store: GraphStore, path: Path) -> str | None:
    """Give what a file holds; ``None`` where it is damaged, or of other data."""
    try:
        content = path.read_text(encoding="ascii")
    except ValueError:
        return None
    text = content.partition("\n")[2]
    return text if content == _sealed(store, text) else None


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other process makes the same; the lock goes with its process."""
    try:
        import fcntl
    except ImportError:  # Windows: several make it, and the last stays
        yield
        return
    with open(path.with_name(f"lock-{path.name}"), "w", encoding="ascii") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _write(path: Path, write: Callable[[Path], None]) -> None:
    """Write under another name, and give it its own only when it is whole."""
    for left in path.parent.glob(f"{path.name}.*"):  # by a process that was killed
        left.unlink()
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        write(unfinished)
        with open(unfinished, "rb+") as stream:
            os.fsync(stream.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


__all__ = ["kept_json", "made_once"]
