"""Files, whole or not at all: read in one piece, and written so that a crash leaves the old."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile

from cop_graph.errors import DataError, OutputError


def read_text(path: str | os.PathLike[str]) -> str:
    """Read a whole text file in UTF-8, line ends as they are.

    Raises:
        DataError: There is no such file, it may not be read, or it is not UTF-8.
    """
    name = os.fspath(path)
    try:
        with open(name, "rb") as stream:
            return stream.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"not UTF-8 at byte {error.start}; save the file as UTF-8", path=name
        ) from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=name) from error


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file so that at every moment the old or the new content stands there.

    The content goes to a temporary file beside the target, is flushed to disk, and takes the
    target's name in one step. A device or pipe is written to as it is.

    Raises:
        OutputError: The file cannot be written; what stood there is unchanged.
    """
    name = os.fspath(path)
    raw = content.encode() if isinstance(content, str) else content
    try:
        if os.path.exists(name) and not stat.S_ISREG(os.stat(name).st_mode):
            with open(name, "wb") as stream:
                stream.write(raw)
            return
        _replace(os.path.realpath(name), raw)
    except OSError as error:
        raise OutputError(error.strerror or str(error), path=name) from error


def _replace(target: str, raw: bytes) -> None:
    mode = stat.S_IMODE(os.stat(target).st_mode) if os.path.exists(target) else _default_mode()
    handle, temporary = tempfile.mkstemp(
        dir=os.path.dirname(target), prefix=f".{os.path.basename(target)}."
    )
    try:
        with open(handle, "wb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _default_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
