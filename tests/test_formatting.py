from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Triple

from cop_graph.dataset import Source
from cop_graph.errors import IdentifierError, OutputError
from cop_graph.formatting import FormatResult, format_files, structure_turtle
from cop_graph.model import Paragraph, Report
from cop_graph.namespaces import COP, COPD
from cop_graph.reports import read_report, text_hash
from cop_graph.turtle import format_turtle, parse_turtle, write_turtle

REPORTS = Path(__file__).resolve().parent / "fixtures" / "reports"
ACTORS = "data/entities/actors.ttl"
STATES = "data/entities/states.ttl"
ALPHA = "data/claims/alpha-1.ttl"


@pytest.fixture
def source(small_copy: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """A copy of the invented data, named ``data``, with an ontology of one term beside it."""
    monkeypatch.chdir(small_copy.parent)
    Path("ontology").mkdir()
    Path("ontology/cop.ttl").write_text(
        "@prefix cop: <https://w3id.org/cop-graph/ontology#> .\n"
        "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
        "\n"
        "cop:Lamp\n"
        "    a owl:Class ;\n"
        "    .\n",
        encoding="utf-8",
    )
    return Source(Path("ontology"), Path("data"), Path("queries"))


def edit(file: str, old: str, new: str) -> str:
    path = Path(file)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text.replace(old, new)


def test_format_leaves_canonical_files_alone(source):
    before = {path: os.stat(path).st_mtime_ns for path in Path().rglob("*.ttl")}

    result = format_files(source, reports=REPORTS)

    assert result == FormatResult(len(before), (), (), ())
    assert {path: os.stat(path).st_mtime_ns for path in before} == before


def test_format_writes_the_one_form(source):
    wanted = Path(ACTORS).read_text(encoding="utf-8")
    edit(
        ACTORS,
        '    skos:altLabel "KW"@en ;\n    skos:prefLabel "Kite Works"@en ;\n    .\n',
        ("  skos:prefLabel 'Kite Works'@en; skos:altLabel \"KW\"@en, 'KW'@en."),
    )

    result = format_files(source)

    assert (result.changed, result.notes, result.faults) == ((ACTORS,), (), ())
    assert Path(ACTORS).read_text(encoding="utf-8") == wanted


def test_format_twice_is_format_once(source):
    edit(STATES, '"Eastmark"@en ;', '"Eastmark"@en; # why')
    format_files(source)
    once = Path(STATES).read_text(encoding="utf-8")

    result = format_files(source)

    assert (result.changed, Path(STATES).read_text(encoding="utf-8")) == ((), once)


TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
TERMS = st.one_of(
    NAMES.map(lambda name: NamedNode(COPD + name)),
    TEXTS.map(Literal),
    TEXTS.map(lambda text: Literal(text, language="en")),
    st.integers().map(Literal),
    st.booleans().map(Literal),
)
TRIPLES = st.lists(
    st.builds(
        Triple,
        NAMES.map(lambda name: NamedNode(COPD + name)),
        NAMES.map(lambda name: NamedNode(COP + name)),
        TERMS,
    ),
    max_size=8,
)


@settings(deadline=None)
@given(TRIPLES)
def test_format_of_any_graph_is_idempotent_and_does_not_depend_on_order(triples):
    text = write_turtle(triples)

    assert write_turtle(reversed(triples)) == text
    assert format_turtle(text, path="-") == text
    assert write_turtle(parse_turtle(text, path="-")) == text


def test_check_writes_nothing(source):
    text = edit(STATES, '"Eastmark"@en ;', '"Eastmark"@en; # why')

    result = format_files(source, only_check=True)

    assert (result.changed, result.notes) == ((STATES,), ())
    assert Path(STATES).read_text(encoding="utf-8") == text


def test_dropped_comments_are_told(source):
    edit(STATES, '"Eastmark"@en ;', '"Eastmark"@en ; # why\n# and more\n')
    edit(ACTORS, '"KW"@en ;', '"KW"@en; skos:editorialNote "# no comment" ;')

    result = format_files(source)

    assert result.changed == (ACTORS, STATES)
    assert result.notes == (f"{STATES}: 2 comments dropped; say it with skos:editorialNote",)
    assert "#" not in Path(STATES).read_text(encoding="utf-8").partition("\n\n")[2]
    assert '"# no comment"' in Path(ACTORS).read_text(encoding="utf-8")


def test_a_broken_file_is_told_while_others_are_written(source):
    broken = edit(ACTORS, '"KW"@en ;', '"KW@en ;')
    blank = edit("data/entities/things.ttl", "cop:kind cop:place-kind-city ;", "cop:kind [] ;")
    edit(STATES, '"Eastmark"@en ;', '"Eastmark"@en;')

    result = format_files(source)

    assert result.changed == (STATES,)
    assert [(fault.path, fault.line) for fault in result.faults] == [
        (ACTORS, broken[: broken.index('"KW@en')].count("\n") + 1),
        ("data/entities/things.ttl", None),
    ]
    assert "a blank node" in str(result.faults[1])
    assert Path(ACTORS).read_text(encoding="utf-8") == broken
    assert Path("data/entities/things.ttl").read_text(encoding="utf-8") == blank
    assert '"Eastmark"@en ;\n' in Path(STATES).read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_stops_with_its_name(source, monkeypatch):
    text = edit(STATES, '"Eastmark"@en ;', '"Eastmark"@en;')
    monkeypatch.setattr(os, "replace", lambda *_paths: (_ for _ in ()).throw(OSError(28, "full")))

    with pytest.raises(OutputError, match=f"{STATES}: cannot be written: full"):
        format_files(source, [Path(STATES)])

    assert Path(STATES).read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("paths", "changed"),
    [
        pytest.param([STATES], (STATES,), id="file"),
        pytest.param(["data/entities"], (ACTORS, STATES), id="folder"),
        pytest.param(["data"], (ALPHA, ACTORS, STATES), id="folder-of-folders"),
        pytest.param([STATES, "data/claims"], (STATES, ALPHA), id="file-and-folder"),
        pytest.param([], (ALPHA, ACTORS, STATES), id="all"),
    ],
)
def test_format_keeps_to_the_paths_given(paths, changed, source):
    for file, label in (
        (STATES, '"Eastmark"@en ;'),
        (ACTORS, '"KW"@en ;'),
        (ALPHA, '"40 schools"@en ;'),
    ):
        edit(file, label, label.replace(" ;", ";"))

    result = format_files(source, [Path(path) for path in paths], only_check=True)

    assert set(result.changed) == set(changed)


def test_format_takes_a_file_that_lies_elsewhere(source, tmp_path):
    path = tmp_path / "new.ttl"
    path.write_text(f"<{COPD}state-a> a <{COP}State>.", encoding="utf-8")

    result = format_files(source, [path])

    assert (result.files, result.changed) == (1, ("new.ttl",))
    assert path.read_text(encoding="utf-8") == (
        "@prefix cop: <https://w3id.org/cop-graph/ontology#> .\n"
        "@prefix copd: <https://w3id.org/cop-graph/id/> .\n"
        "\n"
        "copd:state-a\n"
        "    a cop:State ;\n"
        "    .\n"
    )


TYPED = [
    pytest.param('"Kite Works\' game"@en', '"Kite Works’ game"@en', id="apostrophe"),
    pytest.param('"game \\"Tide\\" is"@en', '"game “Tide” is"@en', id="quotation-marks"),
    pytest.param('"Kite  Works\u2019 game"@en', '"Kite Works’ game"@en', id="two-spaces"),
]


@pytest.mark.parametrize(("typed", "repaired"), TYPED)
def test_anchors_take_the_typography_of_the_report(typed, repaired, source):
    edit(ALPHA, '"Kite Works’ game"@en', typed)

    result = format_files(source, reports=REPORTS)

    assert result.changed == (ALPHA,)
    assert f"cop:anchor {repaired} ;" in Path(ALPHA).read_text(encoding="utf-8")


@pytest.mark.parametrize(("typed", "repaired"), TYPED)
def test_anchors_are_left_alone_without_the_report(typed, repaired, source, tmp_path):
    text = edit(ALPHA, '"Kite Works’ game"@en', typed)
    empty = tmp_path / "empty"
    empty.mkdir()

    assert format_files(source).changed == ()
    assert format_files(source, reports=empty).changed == ()
    assert Path(ALPHA).read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('"Kite Works’ game"@en', '"Kite Works play"@en', id="other-words"),
        pytest.param('"Kite Works’ game"@en', '"Kite Works\' game"', id="no-language"),
        pytest.param('"Kite Works’ game"@en', "copd:resource-tide", id="no-text"),
        pytest.param(
            'cop:anchor "Kite Works’ game"@en ;\n    cop:paragraph copd:paragraph-alpha-1-3-1 ;',
            'cop:anchor "Kite Works\' game"@en ;\n    cop:paragraph copd:paragraph-alpha-1-9 ;',
            id="unknown-paragraph",
        ),
        pytest.param('"Tide “the game” \\"1\\" لعبة 🌊"@en', '"Tide"@en', id="no-anchor"),
    ],
)
def test_format_changes_no_words(old, new, source):
    file = ALPHA if "Kite" in old else "data/entities/things.ttl"
    text = edit(file, old, new)

    assert format_files(source, reports=REPORTS).changed == ()
    assert Path(file).read_text(encoding="utf-8") == text


def test_structure_of_a_report_is_its_canonical_turtle():
    report = Report(
        "lamps.txt",
        (
            Paragraph("1", "section-heading", "Lamps", 1, None, "1"),
            Paragraph("1-1", "numbered", "All lamps were lit.", 2, "1", "1.1"),
            Paragraph("1-1-p2", "continuation", "None was dim.", 3, "1-1"),
        ),
    )

    assert (
        structure_turtle(report, "lamps-2")
        == f"""\
@prefix cop: <https://w3id.org/cop-graph/ontology#> .
@prefix copd: <https://w3id.org/cop-graph/id/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

copd:paragraph-lamps-2-1
    a cop:Paragraph ;
    cop:inReport copd:report-lamps-2 ;
    cop:kind cop:paragraph-kind-section-heading ;
    cop:number "1" ;
    cop:position 1 ;
    cop:textHash "{text_hash("Lamps")}" ;
    cop:wordCount 1 ;
    dcterms:identifier "1" ;
    .

copd:paragraph-lamps-2-1-1
    a cop:Paragraph ;
    cop:inReport copd:report-lamps-2 ;
    cop:kind cop:paragraph-kind-numbered ;
    cop:number "1.1" ;
    cop:position 2 ;
    cop:textHash "{text_hash("All lamps were lit.")}" ;
    cop:under copd:paragraph-lamps-2-1 ;
    cop:wordCount 4 ;
    dcterms:identifier "1-1" ;
    .

copd:paragraph-lamps-2-1-1-p2
    a cop:Paragraph ;
    cop:inReport copd:report-lamps-2 ;
    cop:kind cop:paragraph-kind-continuation ;
    cop:position 3 ;
    cop:textHash "{text_hash("None was dim.")}" ;
    cop:under copd:paragraph-lamps-2-1-1 ;
    cop:wordCount 3 ;
    dcterms:identifier "1-1-p2" ;
    .

copd:report-lamps-2
    a cop:Report ;
    cop:kind cop:document-kind-meeting-report ;
    dcterms:identifier "lamps-2" ;
    skos:prefLabel "Report lamps-2"@en ;
    .
"""
    )


@pytest.mark.parametrize("name", ["alpha-1", "beta-1"])
def test_structure_of_the_invented_reports_is_what_stands_in_their_files(name, small_source):
    """But for what a person adds: the title, the event, and which document a paragraph retells."""
    own = ("cop:summarizes", "cop:reportsOn", "skos:prefLabel")
    written = (small_source.data / "reports" / f"{name}.ttl").read_text(encoding="utf-8")

    found = structure_turtle(read_report(REPORTS / f"{name}.txt"), name)

    def rest(text: str) -> list[str]:
        return [line for line in text.splitlines() if not line.strip().startswith(own)]

    assert rest(found) == rest(written)


@pytest.mark.parametrize("name", ["Alpha 1", "alpha_1", "-alpha", "älpha", "a> <b", "", "../a"])
def test_structure_needs_an_identifier_of_words_and_hyphens(name):
    with pytest.raises(IdentifierError, match="lower-case words joined by hyphens") as raised:
        structure_turtle(Report("a.txt", ()), name)

    assert raised.value.value == name
