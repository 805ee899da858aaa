"""Briefs and comparisons: nothing without its paragraph, plans apart, the same in every format."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pytest

from cop_graph.brief import BRIEF_TYPES, Brief, brief_of, map_png, write_brief
from cop_graph.compare import compare_actors, comparison_json, comparison_text
from cop_graph.errors import ExportError, QueryParameterError, UnknownEntityError
from cop_graph.exports import answer_xlsx
from cop_graph.graph import Graph
from cop_graph.model import Row
from cop_graph.namespaces import COP, expand


def program(name: str, package: str) -> str:
    """Find a program that only tests need; without it the test skips, in CI it fails."""
    found = shutil.which(name)
    if found is None:
        message = f"{name} is not installed (Debian: apt-get install {package})"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture(scope="module")
def office(small_graph: Graph) -> Brief:
    return brief_of(small_graph, "BLO")


def text_of(brief: Brief, format: str, tmp_path: Path) -> str:
    """Give what a reader of the file sees."""
    raw = write_brief(brief, format)
    if format == "docx":
        return "\n".join(one.text for one in docx.Document(io.BytesIO(raw)).paragraphs)
    if format == "pdf":
        path = tmp_path / "brief.pdf"
        path.write_bytes(raw)
        command = [program("pdftotext", "poppler-utils"), str(path), "-"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return raw.decode()


def test_every_sentence_has_a_source_that_is_listed(small_graph: Graph) -> None:
    store = small_graph.store
    briefs = 0
    for name in ("State", "Organization", "Theme", "Initiative"):
        for iri in store.instances(COP + name):
            brief = brief_of(small_graph, iri)
            numbers = {source.number for source in brief.sources}
            assert numbers == set(range(1, len(numbers) + 1))
            for section in brief.sections:
                for line in section.lines:
                    assert line.sources
                    assert set(line.sources) <= numbers
            assert all(source.anchors for source in brief.sources)
            briefs += bool(brief.sections)
    assert briefs > 5


def test_plans_stand_in_a_section_of_their_own(small_graph: Graph) -> None:
    brief = brief_of(small_graph, "Eastmark")
    facts = [line.text for one in brief.sections if one.is_fact for line in one.lines]
    plans = [line.text for one in brief.sections if not one.is_fact for line in one.lines]

    profile = small_graph.show("Eastmark")
    assert len(profile.plans) > 0
    assert any("explored" in text for text in plans)
    assert not any("explored" in text for text in facts)


@pytest.mark.parametrize("format", sorted(BRIEF_TYPES))
def test_each_format_holds_every_sentence_and_source(office, format: str, tmp_path: Path) -> None:
    flat = re.sub(r"[\s\\]+", " ", text_of(office, format, tmp_path))

    assert "Blue Lantern Office" in flat
    for section in office.sections:
        assert section.title in flat
        for line in section.lines:
            assert " ".join(line.text.split()[:4]) in flat
    for source in office.sources:
        assert source.paragraph.label in flat
    assert office.scope.version in flat


def test_same_data_give_the_same_file(small_graph: Graph) -> None:
    for name in ("html", "md", "pdf"):
        one, two = (write_brief(brief_of(small_graph, "BLO"), name) for _ in range(2))
        assert one == two


def test_what_nothing_is_said_of_has_an_empty_brief(small_graph: Graph) -> None:
    brief = brief_of(small_graph, "cop:theme-measure")

    assert (brief.sections, brief.sources, map_png(brief)) == ((), (), None)
    for name in BRIEF_TYPES:
        assert write_brief(brief, name)


def test_unknown_names_and_formats_are_refused(small_graph: Graph, office: Brief) -> None:
    with pytest.raises(UnknownEntityError):
        brief_of(small_graph, "Nowhereland")
    with pytest.raises(ExportError, match="docx"):
        write_brief(office, "doc")


@pytest.mark.slow
def test_the_docx_opens_in_libreoffice(office: Brief, tmp_path: Path) -> None:
    path = tmp_path / "brief.docx"
    path.write_bytes(write_brief(office, "docx"))
    soffice = program("soffice", "libreoffice-writer")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [soffice, profile, "--headless", "--convert-to", "txt:Text", str(path)]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)

    assert "Blue Lantern Office" in (tmp_path / "brief.txt").read_text(encoding="utf-8-sig")


def test_comparison_has_each_pillar_and_marks_what_is_shared(small_graph: Graph) -> None:
    made = compare_actors(small_graph, ["Westmark", "Eastmark"])
    pillars = [one.title for one in made.aspects if one.group]

    assert pillars == [str(row["pillar"]) for row in small_graph.ask("pillar-counts")]
    for aspect in made.aspects:
        assert len(aspect.cells) == 2
        facts = [{one.thing for one in cell if one.is_fact} for cell in aspect.cells]
        for cell in aspect.cells:
            for entry in cell:
                assert entry.is_shared == (entry.is_fact and entry.thing in facts[0] & facts[1])


def test_entries_of_a_comparison_are_the_rows_of_ask(small_graph: Graph) -> None:
    made = compare_actors(small_graph, ["KW", "BLO"])
    [partners] = [one for one in made.aspects if one.title == "Partners"]

    for name, cell in zip(("KW", "BLO"), partners.cells, strict=True):
        rows = list(small_graph.ask("partners-of", actor=name))
        assert {one.thing for one in cell} == {row["partner"] for row in rows}
        assert {claim for one in cell for claim in one.claims} == {
            claim for row in rows for claim in row["claims"]
        }


def test_comparison_as_text_and_json(small_graph: Graph) -> None:
    made = compare_actors(small_graph, ["Westmark", "Eastmark"])
    document = json.loads(comparison_json(made))

    assert [one["label"] for one in document["entities"]] == ["Westmark", "Eastmark"]
    for aspect in document["aspects"]:
        for cell in aspect["cells"]:
            for entry in cell:
                assert entry["claims"]
                assert entry["paragraphs"]
                assert all(expand(claim) in made.numbers for claim in entry["claims"])
    text = comparison_text(made)
    assert "The reports do not say." in text
    assert f"data {made.scope.version}" in text


@pytest.mark.parametrize("names", [["Westmark"], ["Westmark", "Westmark"], ["BLO", "KW"] * 2])
def test_comparison_takes_two_or_three_that_differ(small_graph: Graph, names) -> None:
    with pytest.raises(QueryParameterError, match="two or three different"):
        compare_actors(small_graph, names)


def test_workbook_has_numbers_as_numbers_and_no_formula(small_graph: Graph) -> None:
    answer = small_graph.with_evidence(small_graph.ask("quantities"))

    with zipfile.ZipFile(io.BytesIO(answer_xlsx(answer, with_evidence=True))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert sheet.count("<row ") == len(answer) + 1
    assert "<f>" not in sheet
    assert "<v>1200</v>" in sheet
    assert answer.scope.version in texts


def test_cell_of_a_workbook_that_is_cut_says_so(small_graph: Graph) -> None:
    answer = small_graph.ask("quantities")
    column = next(name for name, kind in answer.columns.items() if kind == "text")
    row = Row({**answer.rows[0].as_dict(), column: "a" * 40_000})
    with zipfile.ZipFile(io.BytesIO(answer_xlsx(replace(answer, rows=[row])))) as book:
        texts = book.read("xl/sharedStrings.xml").decode()

    [long] = [text for text in re.findall(r"<t[^>]*>([^<]*)</t>", texts) if text.startswith("aaa")]
    assert len(long) == 32_767
    assert long.endswith("(cut: a cell holds no more; CSV and JSON hold all)")
