"""A module imports only from above it, and nothing heavy before it is needed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "cop_graph"
DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
ORDER = re.findall(r"^\| `(\w+)/?` \|", DESIGN, re.MULTILINE)
HEAVY = {"rdflib", "networkx", "pyoxigraph", "numpy", "scipy", "pandas", "rich", "pyshacl", "pyvis"}
HEAVY |= {"jinja2", "docx", "reportlab", "PIL", "xlsxwriter"}


def imported(path: Path) -> set[str]:
    """Name the modules of ours that a module imports, at its head or within a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = "cop_graph." * bool(node.level) + (node.module or "")
            names = [f"{module.rstrip('.')}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            package, _, rest = name.partition(".")
            if package == "cop_graph" and rest:
                found.add(rest.partition(".")[0])
    return found - {"__version__"}


def files_of(module: str) -> list[Path]:
    """Give the files of a module: one, or those of a package."""
    folder = PACKAGE / module
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [PACKAGE / f"{module}.py"]


def test_every_module_has_its_place_in_the_order() -> None:
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    modules |= {path.parent.name for path in PACKAGE.glob("*/__init__.py")}

    assert modules == set(ORDER)


@pytest.mark.parametrize("module", ORDER)
def test_module_imports_only_from_above(module: str) -> None:
    above = set(ORDER[: ORDER.index(module)])

    within = set().union(*(imported(path) for path in files_of(module)))
    assert within - above - {module} == set()


def test_imports_of_every_form_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "import cop_graph.cli\nimport cop_graph\nimport os.path\n"
        "from cop_graph import __version__, errors\n"
        "def function():\n    from cop_graph.store import open_store as opened\n"
        "    from .guard import check_query\n    from . import tables\n",
        encoding="utf-8",
    )

    assert imported(path) == {"cli", "errors", "store", "guard", "tables"}


def run(code: str) -> str:
    """Run code in an interpreter of its own and give what it prints last."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout.splitlines()[-1]


def test_import_of_the_package_imports_nothing_heavy() -> None:
    loaded = run("import sys, cop_graph; print(' '.join(sys.modules))").split()

    assert "cop_graph" in loaded
    assert HEAVY & set(loaded) == set()
    assert [name for name in loaded if name.startswith("cop_graph.")] == []


@pytest.mark.parametrize("format", ["table", "csv", "json"])
def test_ask_imports_only_what_it_needs(format: str) -> None:
    data = ROOT / "tests" / "fixtures" / "small"
    command = ["ask", "partners-of", "--actor", "KW", "--data", str(data), "--format", format]
    loaded = run(
        "import sys\nfrom cop_graph.cli import main\n"
        f"sys.argv = ['cop-graph', *{command!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "print()\nprint(' '.join(sys.modules))"
    ).split()

    assert "cop_graph.questions" in loaded
    assert HEAVY & set(loaded) == {"pyoxigraph"}


def test_public_names_are_found_when_they_are_used() -> None:
    import cop_graph

    assert dir(cop_graph) == sorted(cop_graph.__all__)
    assert [name for name in cop_graph.__all__ if not hasattr(cop_graph, name)] == []
    with pytest.raises(AttributeError) as caught:
        cop_graph.nothing  # noqa: B018
    assert str(caught.value) == "module 'cop_graph' has no attribute 'nothing'"
