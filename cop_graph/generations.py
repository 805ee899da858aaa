"""The directory of a store on disk: finished generations, and the name of the one in use.

Each generation is a finished state of all quads and is never written to again. ``CURRENT`` names
one of them; changing that name is one step of the file system, so that whoever is killed at any
moment leaves the old state or the new. A reader holds what it reads: a generation is removed only
when nobody reads it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from cop_graph.errors import StoreError
from cop_graph.files import write_whole

CURRENT: Final = "CURRENT"
GENERATION: Final = "generation-"
LIVE: Final = "live-"
"""Begins the name of the copy that a writer works on; it is worth nothing once the writer ends."""
META: Final = "build.json"
QUADS: Final = "quads"
MOST_READ_BYTES: Final = 128 * 1024**2
"""Up to this size the files of a store are read through when it is opened, beyond it measured."""
_CHUNK_BYTES: Final = 1 << 20
_NAME: Final = re.compile(rf"{GENERATION}[0-9a-f]{{12}}")
_OURS: Final = re.compile(rf"{CURRENT}|\.{CURRENT}\..*|LOCK|{_NAME.pattern}|{LIVE}[0-9a-f]{{12}}")


def current(root: Path) -> str | None:
    """Give the name of the generation in use, or ``None`` where no build was ever finished."""
    try:
        if not (root / CURRENT).is_file():  # a pipe of that name would be waited for
            return None
        name = (root / CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    return name if _NAME.fullmatch(name) and (root / name).is_dir() else None


def new_name(beginning: str = GENERATION) -> str:
    """Give a name that no generation has had."""
    return f"{beginning}{uuid.uuid4().hex[:12]}"


def version_of(generation: Path) -> str:
    """Give the version of the data in a generation.

    Raises:
        OSError: It cannot be read.
        ValueError: What stands there is no version.
    """
    meta = json.loads((generation / META).read_text(encoding="utf-8"))
    version = meta.get("version") if isinstance(meta, dict) else None
    if not isinstance(version, str):
        raise ValueError(f"{META} names no version")
    return version


def publish(root: Path, name: str, *, version: str) -> None:
    """Make a finished generation the one in use.

    Raises:
        OutputError: It cannot be written; the old generation stays in use.
    """
    meta = {"version": version, "files": _sums(root / name / QUADS)}
    write_whole(root / name / META, json.dumps(meta) + "\n")
    write_whole(root / CURRENT, name + "\n")


def check_files(generation: Path) -> None:
    """Compare the files of a generation with what they were when it was finished.

    The engine can read a damaged file for ever, or give a part of what was in it.

    Raises:
        OSError: A file cannot be read.
        ValueError: A file is not what it was; names it.
    """
    meta = json.loads((generation / META).read_text(encoding="utf-8"))
    recorded = meta.get("files") if isinstance(meta, dict) else None
    if not isinstance(recorded, dict):
        return  # built by an earlier version, which recorded none
    for name, (size, checksum) in recorded.items():
        path = generation / QUADS / name
        if not path.is_file() or path.stat().st_size != size:
            raise ValueError(f"{name} is missing or has another size")
        if checksum is not None and _checksum(path) != checksum:
            raise ValueError(f"{name} holds other bytes than were written")


def _sums(folder: Path) -> dict[str, tuple[int, int | None]]:
    """Give size and CRC-32 of each file that the engine reads; no CRC where there is much."""
    paths = [path for path in folder.glob("*") if not path.name.startswith(("LOG", "LOCK"))]
    sizes = {path: path.stat().st_size for path in sorted(paths) if path.is_file()}
    reads = sum(sizes.values()) <= MOST_READ_BYTES
    return {path.name: (size, _checksum(path) if reads else None) for path, size in sizes.items()}


def _checksum(path: Path) -> int:
    found = 0
    with open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            found = zlib.crc32(chunk, found)
    return found


def hold(generation: Path) -> IO[str]:
    """Keep a generation from being removed while the file that this gives is open.

    Raises:
        OSError: There is no such generation any more.
    """
    if not (generation / META).is_file():
        raise FileNotFoundError(f"{META} is no file")
    stream = open(generation / META, encoding="utf-8")  # noqa: SIM115  # held open on purpose
    with contextlib.suppress(ImportError, OSError):  # no such locks: then nothing is held
        import fcntl

        fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return stream


def hold_current(root: Path) -> tuple[str, IO[str]] | None:
    """Give the generation in use and what keeps it; ``None`` where no build was ever finished.

    A generation that ``CURRENT`` names after it is held stays: whoever replaces it looks for
    readers only afterwards.
    """
    while (name := current(root)) is not None:
        try:
            held = hold(root / name)
        except OSError:
            if current(root) == name:
                raise
            continue
        if current(root) == name:
            return name, held
        held.close()
    return None


def remove_unused(root: Path, *, keep: str | None, keep_live: Path | None = None) -> None:
    """Remove what no build finished and every other generation that nobody reads.

    Args:
        root: The directory, locked by the caller.
        keep: The name of the generation in use.
        keep_live: The copy that the caller works on.
    """
    for path in sorted(root.glob(f"{GENERATION}*")):
        if path.name != keep and not _is_read(path):
            shutil.rmtree(path, ignore_errors=True)
    for path in sorted(root.glob(f"{LIVE}*")):
        if path == keep_live:
            continue
        shutil.rmtree(path, ignore_errors=True)


def _is_read(generation: Path) -> bool:
    try:
        import fcntl

        with open(generation / META, encoding="utf-8") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (ImportError, OSError):
        return False
    return False


def check_ours(root: Path) -> None:
    """Refuse a directory that holds something else.

    Raises:
        StoreError: It is no directory, or other files are in it.
    """
    if root.exists() and not root.is_dir():
        raise StoreError("is not a directory; --store names a directory", path=str(root))
    with contextlib.suppress(FileNotFoundError):
        foreign = [name for name in os.listdir(root) if not _OURS.fullmatch(name)]
        if foreign:
            raise StoreError(
                f"holds other files ({sorted(foreign)[0]}); name an empty or new directory",
                path=str(root),
            )


@contextlib.contextmanager
def locked(root: Path) -> Iterator[None]:
    """Keep two writers of one store apart; the lock goes with the process that holds it.

    Raises:
        StoreError: Another process writes here.
    """
    lock = root / "LOCK"
    if lock.exists() and not lock.is_file():  # a pipe of that name would be waited for
        raise StoreError("LOCK is no file; take it away", path=str(root))
    with open(lock, "a", encoding="utf-8") as stream:
        try:
            import fcntl
        except ImportError:  # Windows: RocksDB's own lock remains
            yield
            return
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(
                "another build or a service that allows updates is writing here; wait for it, or "
                "stop it",
                path=str(root),
            ) from error
        yield
