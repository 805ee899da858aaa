"""The documentation is run: commands, examples and generated pages."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import TOKEN, Server, serving

from cop_graph.cli import cli
from cop_graph.dataset import find_source
from cop_graph.questions import list_questions
from cop_graph.store import build_store

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def console_examples(text: str) -> list[tuple[str, str]]:
    """Give each command of the ``console`` blocks with the output that is shown below it."""
    examples = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            examples.append((command, output))
    return examples


@pytest.mark.parametrize(("command", "shown"), console_examples(README))
def test_readme_shows_what_the_command_prints(command: str, shown: str, tmp_path: Path) -> None:
    arguments = shlex.split(command)
    assert arguments[0] == "cop-graph"
    done = subprocess.run(
        [sys.executable, "-m", "cop_graph.cli", *arguments[1:]],
        cwd=ROOT,
        env={**os.environ, "COP_GRAPH_REPORTS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip() == shown.rstrip()


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with our data that takes changes."""
    folder = tmp_path_factory.mktemp("service")
    build_store(folder / "store", find_source())
    few = ("--workers", "1", "--long-workers", "1")
    store = ("--store", str(folder / "store"), "--allow-update")
    with serving(*store, *few, log=folder / "log") as server:
        yield server


def test_service_page_shows_what_curl_prints(documented: Server) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    page = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
    local = "http://127.0.0.1:8000"
    for command, shown in console_examples(page):
        done = subprocess.run(
            ["bash", "-c", command.replace(local, documented.address)],
            capture_output=True,
            env={**os.environ, "COP_GRAPH_UPDATE_TOKEN": TOKEN},
            check=False,
        )
        printed = done.stdout.decode("utf-8-sig").replace("\r\n", "\n")
        assert printed.replace(documented.address, local).strip() == shown.strip(), command


def test_readme_python_snippet_runs(tmp_path: Path) -> None:
    snippet = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert snippet is not None
    done = subprocess.run(
        [sys.executable, "-c", snippet[1]],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "TikTok done" in done.stdout
    assert (tmp_path / "partnership.gexf").stat().st_size > 1000


def test_generated_pages_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_a_help_an_example_and_a_place_in_the_docs(name: str) -> None:
    text = cli.commands[name].help or ""
    assert "Example:" in text
    assert f"## {name}\n" in (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def test_every_question_stands_in_the_docs() -> None:
    page = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    names = [question.name for question in list_questions(find_source().queries)]
    assert [name for name in names if f"### {name}\n" not in page] == []


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for page in [*ROOT.glob("*.md"), *ROOT.glob("*/README.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if not target.startswith("http") and not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []


def test_no_page_names_a_path_of_one_machine() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    pattern = re.compile(r"(^|[^A-Za-z0-9_.-])/(work|farm|root|home)/[a-z.]")
    named = [
        name
        for name in tracked
        if (ROOT / name).suffix in (".md", ".py", ".toml", ".rq", ".ru", ".ttl", ".csv")
        and name != "tests/test_docs.py"
        and pattern.search((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert named == []


def test_our_own_text_spells_one_way() -> None:
    odd = {"organisation", "behavior", "color blind", "adaptor", "program "}
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/design.md"), *ROOT.glob("docs/tutorial.md")]
    found = [
        f"{page.name}: {word}"
        for page in pages
        for word in odd - {"program "}
        if word in page.read_text(encoding="utf-8").casefold()
    ]
    assert found == []
