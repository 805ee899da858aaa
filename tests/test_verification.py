from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from cop_graph.dataset import find_source
from cop_graph.errors import DataError, ReportError
from cop_graph.index import Violation, read_index
from cop_graph.verification import Facts, Verification, verify, verify_all

ALPHA = "claims/alpha-1.ttl"
BETA = "claims/beta-1.ttl"
REPORT_BETA = "reports/beta-1.ttl"
REPORTS = Path(__file__).resolve().parent / "fixtures" / "reports"


@pytest.fixture
def data(small_copy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the invented data, named ``data``, beside ``reports`` in the working directory."""
    shutil.copytree(REPORTS, small_copy.parent / "reports")
    monkeypatch.chdir(small_copy.parent)
    return small_copy


def edit(path: Path, old: str, new: str) -> str:
    """Change a text that stands once in a file, and give the file's new text."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text.replace(old, new)


def line_of(text: str, wanted: str) -> int:
    assert text.count(wanted) == 1
    return text.count("\n", 0, text.index(wanted)) + 1


def verified(data: Path, report: str = "alpha-1") -> Verification:
    return verify(read_index(find_source(data)), Path("reports") / f"{report}.txt")


@pytest.mark.parametrize(
    ("report", "records", "covered", "words"), [("alpha-1", 29, 84, 212), ("beta-1", 5, 13, 43)]
)
def test_every_anchor_of_the_invented_reports_is_proved(report, records, covered, words, data):
    assert verified(data, report) == Verification(report, records, records, covered, words, ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("launched in 2029", "launched in 2028", id="digit"),
        pytest.param("Alpha Forum met", "Alpha Forum meet", id="letter-more"),
        pytest.param("in Lanternport", "in Lanternpor", id="letter-less"),
        pytest.param("asked platforms to answer", "Asked platforms to answer", id="capital"),
    ],
)
def test_one_letter_of_an_anchor_fails_and_names_file_and_line(old, new, data):
    text = edit(data / ALPHA, f'"{old}"@en', f'"{new}"@en')

    (violation,) = verified(data).violations

    assert (violation.path, violation.line) == (f"data/{ALPHA}", line_of(text, f'"{new}"@en'))
    assert violation.check == "anchor-not-found"
    assert f"the anchor {new!r} is not in the paragraph" in violation.message
    assert str(violation).startswith(f"data/{ALPHA}:{violation.line}: {violation.entity}: ")


def test_one_letter_of_the_report_fails(data):
    edit(Path("reports/beta-1.txt"), "launched the Kelp Line", "launched the Help Line")

    found = [(one.check, one.entity) for one in verified(data, "beta-1").violations]

    assert found == [
        ("anchor-not-found", "copd:claim-beta-1-2-1-002"),
        ("anchor-not-found", "copd:claim-beta-1-2-1-003"),
        ("paragraph-changed", "copd:paragraph-beta-1-2-1"),
    ]


def test_a_paragraph_that_moved_is_known_by_its_fingerprint(data):
    """The text decides, not the number: another edition may number its paragraphs anew."""
    edit(Path("reports/beta-1.txt"), "2.1\tThe Blue", "2.7\tThe Blue")

    assert verified(data, "beta-1").violations == ()


def test_a_paragraph_that_is_gone_is_told_and_its_anchors_are_left_alone(data):
    path = Path("reports/beta-1.txt")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]) + "2.2\tNew words alone.\n", encoding="utf-8")
    place = line_of((data / REPORT_BETA).read_text(encoding="utf-8"), "copd:paragraph-beta-1-2-1\n")

    found = verified(data, "beta-1")

    assert found.violations == (
        Violation(
            f"data/{REPORT_BETA}",
            place,
            "copd:paragraph-beta-1-2-1",
            "is not in reports/beta-1.txt; is it another edition of the report?",
            "paragraph-missing",
            "2.1",
        ),
        Violation(
            "reports/beta-1.txt",
            4,
            "2-2",
            "stands in the report and not in data/reports/; `cop-graph intake` writes it",
            "paragraph-unknown",
            "2.2",
        ),
    )
    assert (found.records, found.anchors, found.covered_words) == (5, 5, 5)


def test_text_without_a_number_is_told_by_its_identifier(data):
    path = Path("reports/beta-1.txt")
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + "\nAnd more.\n", "utf-8")

    (violation,) = verified(data, "beta-1").violations

    assert (violation.line, violation.entity, violation.paragraph) == (5, "2-1-p2", "2-1-p2")
    assert violation.check == "paragraph-unknown"


@pytest.mark.parametrize(
    ("old", "new", "check", "at"),
    [
        pytest.param("    cop:occurrence 1 ;\n", "", "occurrence-missing", None, id="missing"),
        pytest.param(
            "cop:occurrence 1 ;",
            "cop:occurrence 3 ;",
            "occurrence-too-high",
            "cop:occurrence 3 ;",
            id="too-high",
        ),
        pytest.param(
            '"launched in 2029"@en ;',
            '"launched in 2029"@en ; cop:occurrence 1 ;',
            "occurrence-needless",
            '"launched in 2029"@en ; cop:occurrence 1 ;',
            id="needless",
        ),
        pytest.param("cop:occurrence 1 ;", "cop:occurrence 2 ;", None, None, id="the-second"),
        pytest.param("cop:occurrence 1 ;", 'cop:occurrence "x" ;', None, None, id="no-number"),
    ],
)
def test_occurrence(old, new, check, at, data):
    text = edit(data / ALPHA, old, new)

    found = [(one.check, one.line) for one in verified(data).violations]

    anchor = '"Eastmark is exploring"@en'
    assert found == ([(check, line_of(text, at or anchor))] if check else [])


def test_occurrence_is_needed_where_one_of_several_anchors_occurs_twice(data):
    edit(data / ALPHA, '"Eastmark is exploring"@en', '"is exploring"@en, "presented"@en')

    assert verified(data).violations == ()


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        pytest.param(
            "Kite Works' game",
            "the report types it 'Kite Works’ game'; `cop-graph format` repairs that",
            id="apostrophe",
        ),
        pytest.param(
            'game \\"Tide\\" is',
            "the report types it 'game “Tide” is'; `cop-graph format` repairs that",
            id="quotation-marks",
        ),
        pytest.param("Kite Works game", "copy it from the paragraph", id="other-words"),
        pytest.param('game \\"Tides\\" is', "copy it from the paragraph", id="quoted-words"),
    ],
)
def test_advice_tells_typography_from_other_words(typed, advice, data):
    text = edit(data / ALPHA, '"Kite Works’ game"@en', f'"{typed}"@en')

    (violation,) = verified(data).violations

    assert violation.line == line_of(text, f'"{typed}"@en')
    assert advice in violation.message


def test_anchors_may_cover_no_more_than_two_fifths_of_the_words(data):
    claims = (data / BETA).read_text(encoding="utf-8")
    words = "Those present also looked at the harbour and"
    edit(data / BETA, '"partnered with Kite Works"@en', f'"{words}"@en')
    assert verified(data, "beta-1").covered_words == 17
    assert verified(data, "beta-1").violations == ()

    (data / BETA).write_text(
        claims.replace(
            '"launched the Kelp Line"@en',
            '"launched the Kelp Line"@en, "Those present also looked at"@en',
        ),
        encoding="utf-8",
    )
    (violation,) = verified(data, "beta-1").violations

    report = (data / REPORT_BETA).read_text(encoding="utf-8")
    assert violation == Violation(
        f"data/{REPORT_BETA}",
        line_of(report, "copd:report-beta-1\n"),
        "copd:report-beta-1",
        "all anchors together cover 18 of 43 words, more than two fifths; choose shorter anchors",
        "anchor-coverage",
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "entity", "paragraph"),
    [
        pytest.param(
            "entities/actors.ttl",
            '"Invented office that leads a programme."@en',
            '"NOTHING else was said about lamps; boats, tides, bells, or the weather."@en',
            "copd:organization-blue-lantern-office",
            None,
            id="description",
        ),
        pytest.param(
            ALPHA,
            '"Privacy counts."@en',
            '"Nothing else was said about lamps, boats, tides, bells or the weather in it."@en',
            "copd:remark-alpha-1-4-1-002",
            "4.1",
            id="remark",
        ),
    ],
)
def test_a_sentence_of_the_report_is_found_in_our_words(file, old, new, entity, paragraph, data):
    text = edit(data / file, old, new)

    (violation,) = verified(data).violations

    assert violation == Violation(
        f"data/{file}",
        line_of(text, new),
        entity,
        "repeats 12 or more words of the report in a row; say it in our own words",
        "copied-text",
        paragraph,
    )


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param(
            "entities/actors.ttl",
            '"Invented office that leads a programme."@en',
            '"Nothing else was said about lamps, boats, tides, bells or the."@en',
            id="eleven-words-and-a-full-stop",
        ),
        pytest.param(
            "entities/actors.ttl",
            '"Kite Works"@en',
            '"Nothing else was said about lamps, boats, tides, bells or the weather"@en',
            id="name-of-a-thing",
        ),
        pytest.param(
            "entities/actors.ttl",
            '"Invented office that leads a programme."@en',
            "copd:nothing-else-was-said-about-lamps-boats-tides-bells-or-the-weather",
            id="iri",
        ),
        pytest.param(
            "entities/actors.ttl",
            'dcterms:description "Invented office that leads a programme."@en ;',
            'dcterms:source [ skos:definition "Nothing else was said about lamps, boats, tides, '
            'bells or the weather"@en ] ;',
            id="blank-node",
        ),
    ],
)
def test_what_is_no_copied_sentence(file, old, new, data):
    edit(data / file, old, new)

    assert verified(data).violations == ()


def test_verify_takes_the_name_of_the_report_from_the_file_or_from_the_caller(data):
    index = read_index(find_source(data))
    shutil.copy("reports/beta-1.txt", "other.txt")

    assert verify(index, Path("other.txt"), identifier="beta-1").report == "beta-1"
    with pytest.raises(DataError) as raised:
        verify(index, Path("other.txt"))
    assert str(raised.value) == (
        "other.txt: no report 'other' in the data (there is alpha-1, beta-1); name the file after "
        "the report, or give --report"
    )


def test_verify_says_where_there_is_no_report_at_all(data):
    for path in (data / "reports").iterdir():
        path.unlink()

    with pytest.raises(DataError, match=r"no report 'alpha-1' in the data \(there is none\)"):
        verified(data)


def test_verify_needs_a_text_that_can_be_read(data):
    with pytest.raises(ReportError, match="cannot be read") as raised:
        verify(read_index(find_source(data)), Path("nowhere.txt"), identifier="beta-1")

    assert raised.value.path == "nowhere.txt"


def test_another_thing_with_the_identifier_of_a_report_is_no_report(data):
    edit(data / REPORT_BETA, 'dcterms:identifier "beta-1" ;', 'dcterms:identifier "beta" ;')
    edit(
        data / "entities/states.ttl",
        '"Eastmark"@en ;',
        '"Eastmark"@en ; dcterms:identifier "beta-1" ;',
    )

    with pytest.raises(DataError, match=r"there is alpha-1, beta"):
        verified(data, "beta-1")


@pytest.mark.parametrize(
    ("at_hand", "found"),
    [
        pytest.param(("alpha-1", "beta-1"), ["alpha-1", "beta-1"], id="both"),
        pytest.param(("beta-1",), ["beta-1"], id="one"),
        pytest.param((), [], id="none"),
    ],
)
def test_verify_all_verifies_what_is_at_hand(at_hand, found, data):
    for name in {"alpha-1", "beta-1"} - set(at_hand):
        Path(f"reports/{name}.txt").unlink()

    results = list(verify_all(read_index(find_source(data)), Path("reports")))

    assert [result.report for result in results] == found


def test_verify_all_needs_a_directory(data):
    assert list(verify_all(read_index(find_source(data)), None)) == []


def test_facts_answer_by_subject_and_by_object():
    one, two, says = (NamedNode(f"https://example.org/{name}") for name in ("1", "2", "says"))
    word = Literal("word")
    facts = Facts(
        [
            Triple(one, says, word),
            Triple(one, says, two),
            Triple(one, says, word),
            Triple(two, says, Literal("other")),
            Triple(two, says, BlankNode("b")),
            Triple(BlankNode("b"), says, word),
        ]
    )

    assert facts.objects(one.value, says.value) == [word, two]
    assert facts.value(one.value, says.value) == "word"
    assert facts.subjects(says.value, "word") == [one.value]
    assert facts.subjects(says.value, two.value) == [one.value]
    assert facts.objects(two.value, says.value) == [Literal("other")]
    assert (facts.objects("x", "y"), facts.value("x", "y"), facts.subjects("y", "x")) == (
        [],
        None,
        [],
    )
