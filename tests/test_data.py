"""The data itself: sound, in form, proved against the report, and true to what the text says.

The tables below were read off the report by hand, apart from the data: facts that must be there
with their status, and statements that a careless reader makes and that must not be there as facts.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cop_graph.checks import check
from cop_graph.coverage import coverage
from cop_graph.dataset import find_source
from cop_graph.formatting import format_files
from cop_graph.graph import Graph
from cop_graph.index import read_index
from cop_graph.names import resolve
from cop_graph.namespaces import COP, PREFIXES, compact, expand
from cop_graph.questions import list_questions
from cop_graph.store import EmbeddedStore, memory_store
from cop_graph.verification import verify

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def store() -> EmbeddedStore:
    return memory_store(find_source())


@pytest.fixture(scope="module")
def graph(store: EmbeddedStore) -> Graph:
    return Graph(store, find_source())


def test_every_check_finds_nothing(report_directory: Path) -> None:
    result = check(find_source(), reports=report_directory)
    assert [str(violation) for violation in result.violations] == []
    assert result.notes == ()


def test_files_are_in_canonical_form() -> None:
    result = format_files(find_source(), only_check=True)
    assert (result.changed, result.faults) == ((), ())


def test_every_anchor_is_in_its_paragraph(report_directory: Path) -> None:
    result = verify(read_index(find_source()), report_directory / "cwg-cop-22.txt")
    assert [str(violation) for violation in result.violations] == []
    assert result.covered_words <= 0.4 * result.words


def test_no_sentence_is_forgotten(report_directory: Path) -> None:
    source = find_source()
    result = coverage(read_index(source), source, report_directory / "cwg-cop-22.txt")
    assert [f"{one.paragraph} {one.number}" for one in result.forgotten] == []
    assert (result.stale_reasons, result.things_without_record) == ((), ())


def test_prefixes_of_every_file_are_those_of_the_table() -> None:
    odd = []
    for file in [*ROOT.glob("ontology/*.ttl"), *ROOT.glob("data/*/*.ttl")]:
        text = file.read_text(encoding="utf-8")
        for prefix, namespace in re.findall(r"^@prefix (\w+): <([^>]+)> \.$", text, re.MULTILINE):
            if PREFIXES.get(prefix) != namespace:
                odd.append(f"{file.name}: {prefix}")
    assert odd == []


def test_data_holds_no_sentence_of_the_report(report_directory: Path) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"[a-z0-9]+", text.casefold())
        return {tuple(words[n : n + 12]) for n in range(len(words) - 11)}

    known = runs((report_directory / "cwg-cop-22.txt").read_text(encoding="utf-8"))
    copied = []
    for file in [*ROOT.glob("data/**/*.*"), *ROOT.glob("ontology/*"), *ROOT.glob("docs/*.md")]:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            # A title is a name and may stand; a sentence may not.
            names = ("skos:prefLabel", "skos:altLabel", "skos:hiddenLabel")
            is_name = any(name in line for name in names)
            if not is_name and runs(line) & known:
                copied.append(f"{file.name}:{number}")
    assert copied == []


def claims(store: EmbeddedStore, subject: str, relation: str, target: str) -> list[dict[str, str]]:
    """Give status and qualifiers of every claim with these ends."""
    query = f"""
        SELECT ?status ?start ?end ?value ?bound ?outOf WHERE {{
          ?claim a cop:Claim ; rdf:subject {subject} ; rdf:predicate cop:{relation} ;
            rdf:object {target} ; cop:status ?status .
          OPTIONAL {{ ?claim cop:start ?start }} OPTIONAL {{ ?claim cop:end ?end }}
          OPTIONAL {{ ?claim cop:value ?value }} OPTIONAL {{ ?claim cop:bound ?bound }}
          OPTIONAL {{ ?claim cop:outOf ?outOf }}
        }}"""
    found = []
    for solution in store.run(query):  # type: ignore[union-attr]
        row = {"status": compact(solution["status"].value).removeprefix("cop:status-")}
        for name in ("start", "end", "value", "bound", "outOf"):
            if solution[name] is not None:
                row[name] = compact(solution[name].value).removeprefix("cop:bound-")
        found.append(row)
    return found


PTA = "copd:organization-pakistan-telecommunication-authority"
ITU = "copd:organization-international-telecommunication-union"
MEETING = "copd:event-cwg-cop-22"
PROGRAM = (
    "copd:initiative-national-program-for-the-prevention-of-violence-and-abuse-against-children"
)
STATEMENT = "copd:agreement-joint-statement-ai-child-rights"
COMMITTEE = "copd:organization-un-committee-on-the-rights-of-the-child"
LANZAROTE = "copd:agreement-lanzarote-convention"
DOCUMENT = "copd:document-cwg-cop-22-"

FACTS: list[tuple[str, str, str, dict[str, str]]] = [
    # 1.1 to 4.1
    (MEETING, "hasStage", "cop:stage-held", {"status": "done", "start": "2025-02-12"}),
    (MEETING, "reaches", "cop:group-participants", {"value": "191", "bound": "about"}),
    ("copd:person-stella-c-erebor", "represents", "copd:state-nigeria", {}),
    (f"{DOCUMENT}chad", "isSubmittedBy", "copd:state-chad", {"status": "done"}),
    (f"{DOCUMENT}caribbean", "isSubmittedBy", "copd:state-bahamas", {"status": "done"}),
    (
        f"{DOCUMENT}caribbean",
        "isSubmittedBy",
        "copd:organization-caribbean-telecommunications-union",
        {"status": "done"},
    ),
    # 5.1
    (ITU, "partnersWith", "copd:organization-western-sydney-university", {"status": "ongoing"}),
    (ITU, "partnersWith", "copd:organization-scort-foundation", {}),
    (STATEMENT, "isSubmittedTo", COMMITTEE, {"status": "planned"}),
    (STATEMENT, "hasStage", "cop:stage-submitted", {"status": "planned", "start": "2025"}),
    # 5.3
    (
        PROGRAM,
        "reduces",
        "cop:theme-violence-against-children",
        {"status": "expected", "value": "20"},
    ),
    (
        "copd:initiative-be-brave-be-good",
        "hasStage",
        "cop:stage-launched",
        {"status": "done", "start": "2024"},
    ),
    # 5.4
    (
        "copd:initiative-digital-citizenship-initiative",
        "isLedBy",
        "copd:organization-egyptian-ministry-of-communication-and-information-technology",
        {"status": "stated"},
    ),
    ("copd:initiative-wa3i-net", "isAvailableIn", "cop:language-ar", {}),
    # 5.5
    (PTA, "partnersWith", "copd:organization-tiktok", {"status": "done"}),
    (PTA, "partnersWith", "copd:organization-unicef", {"status": "ongoing"}),
    ("copd:initiative-digital-hifazat", "reaches", "cop:group-schools", {"value": "40"}),
    ("copd:initiative-digital-hifazat", "reaches", "cop:group-individuals", {"value": "150000"}),
    # 5.6 and 5.7
    ("copd:organization-chad-cybercrime-units", "partnersWith", "copd:organization-interpol", {}),
    ("copd:organization-chad-cybercrime-units", "partnersWith", "copd:organization-europol", {}),
    (
        "copd:agreement-cybercrimes-act-tanzania",
        "hasStage",
        "cop:stage-amended",
        {"status": "done", "start": "2024"},
    ),
    ("copd:initiative-116-child-helpline", "operatesIn", "copd:state-tanzania", {}),
    ("copd:state-tanzania", "implements", "copd:resource-child-sim-card", {"status": "explored"}),
    # 5.11 to 5.13
    (
        "copd:resource-eu-age-verification-system",
        "hasStage",
        "cop:stage-launched",
        {"status": "planned", "start": "2025"},
    ),
    (
        "copd:agreement-digital-childhood-ethics-charter",
        "hasSignatory",
        "cop:group-organizations",
        {"value": "13000"},
    ),
    (
        "copd:event-tbilisi-conference",
        "hasStage",
        "cop:stage-held",
        {"status": "planned", "start": "2025-03-10", "end": "2025-03-12"},
    ),
    # 5.15
    (LANZAROTE, "hasStage", "cop:stage-adopted", {"status": "done", "start": "2007"}),
    (LANZAROTE, "hasStage", "cop:stage-in-force", {"start": "2010"}),
    (LANZAROTE, "hasParty", "cop:group-states", {"value": "48"}),
    (LANZAROTE, "isMonitoredBy", "copd:organization-lanzarote-committee", {}),
    # 5.16 and 5.21
    (f"{DOCUMENT}kindernothilfe", "isPresentedAt", MEETING, {"status": "not-done"}),
    (f"{DOCUMENT}eworldwide", "isPresentedAt", MEETING, {"status": "not-done"}),
    # 5.18
    (
        "copd:event-webinar-for-young-coaches-in-ecuador",
        "reaches",
        "cop:group-coaches",
        {"value": "46"},
    ),
    # 5.22 and 5.23
    (
        "copd:initiative-preventing-online-radicalisation",
        "isFundedBy",
        "copd:organization-uk-home-office",
        {},
    ),
    (
        "copd:initiative-preventing-online-radicalisation",
        "hasStage",
        "cop:stage-launched",
        {"status": "planned", "start": "2025-03"},
    ),
    (
        "copd:organization-financial-coalition-against-child-sexual-exploitation",
        "hasStage",
        "cop:stage-launched",
        {"start": "2006"},
    ),
    # 8.4
    (
        "copd:document-cg-cop-gap-analysis-report",
        "isDiscussedAt",
        "copd:organization-itu-t-study-group-17",
        {"status": "planned", "start": "2025-04"},
    ),
]


@pytest.mark.parametrize(("subject", "relation", "target", "qualifiers"), FACTS)
def test_graph_says_what_the_text_says(
    store: EmbeddedStore, subject: str, relation: str, target: str, qualifiers: dict[str, str]
) -> None:
    found = claims(store, subject, relation, target)
    if relation == "partnersWith":
        found += claims(store, target, relation, subject)
    assert any(qualifiers.items() <= claim.items() for claim in found), found


NOT_FACTS = [
    # listed in 4.1 and not presented
    (f"{DOCUMENT}kindernothilfe", "isPresentedAt", MEETING),
    (f"{DOCUMENT}eworldwide", "isPresentedAt", MEETING),
    # partners of a third
    ("copd:organization-unodc", "partnersWith", "copd:organization-unicef"),
    ("copd:organization-tiktok", "partnersWith", "copd:organization-unicef"),
    ("copd:organization-interpol", "partnersWith", "copd:organization-europol"),
    ("copd:organization-kindernothilfe", "partnersWith", "copd:organization-voice-of-children"),
    # hoped for, planned, looked into
    (PROGRAM, "reduces", "cop:theme-violence-against-children"),
    (STATEMENT, "hasStage", "cop:stage-adopted"),
    (STATEMENT, "hasSignatory", "cop:group-international-organizations"),
    (STATEMENT, "isSubmittedTo", COMMITTEE),
    ("copd:state-tanzania", "implements", "copd:resource-child-sim-card"),
    ("copd:event-tbilisi-conference", "hasStage", "cop:stage-held"),
    ("copd:initiative-preventing-online-radicalisation", "hasStage", "cop:stage-launched"),
    ("copd:resource-eu-age-verification-system", "hasStage", "cop:stage-launched"),
    ("copd:document-cg-cop-gap-analysis-report", "hasStage", "cop:stage-finalized"),
    ("copd:document-cg-cop-gap-analysis-report", "isPresentedAt", MEETING),
    ("copd:organization-digital-skills-and-wellbeing-office", "hasStage", "cop:stage-established"),
    # one who took the floor did not submit
    (f"{DOCUMENT}swgfl", "isSubmittedBy", "copd:organization-cg-cop"),
]


@pytest.mark.parametrize(("subject", "relation", "target"), NOT_FACTS)
def test_graph_does_not_say_what_a_careless_reader_says(
    store: EmbeddedStore, subject: str, relation: str, target: str
) -> None:
    for name in (subject, target):
        assert store.holds(expand(name)) or name.startswith("cop:"), name
    assert not store.run(f"ASK {{ {subject} cop:{relation} {target} }}")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("PTA", "Pakistan Telecommunication Authority"),
        ("CNIL", "Commission Nationale de l'Informatique et des Libertés"),
        ("UNICE", "UNICEF"),
        ("SWFfL", "SouthWest Grid for Learning"),
        ("DSA", "Digital Services Act"),
        ("united nations office on drugs and crime", "UNODC"),
        ("copd:state-egypt", "Egypt"),
    ],
)
def test_names_that_people_use_find_the_thing(store: EmbeddedStore, name: str, label: str) -> None:
    assert resolve(store, name, classes=("Thing",)).label == label


def test_the_two_documents_that_were_not_presented_are_named(graph: Graph) -> None:
    rows = graph.ask("not-presented")
    assert [(str(row.document), row.finding) for row in rows] == [
        ("Information document of eWorldwide Group", "the report says it was not presented"),
        (
            "Joint information document of Kindernothilfe, Voice of Children and the Center for "
            "Child Study and Protection",
            "the report says it was not presented",
        ),
    ]


def test_states_with_a_helpline_are_named(graph: Graph) -> None:
    rows = graph.ask("helplines")
    assert sorted({(str(row.helpline), str(row.state)) for row in rows}) == [
        ("116-child helpline", "Tanzania"),
        ("National Safer Internet Centre Hotline", "Bulgaria"),
    ]


def test_no_plan_is_a_plain_triple(store: EmbeddedStore) -> None:
    query = """
        SELECT ?claim WHERE {
          ?claim a cop:Claim ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ;
            cop:status/cop:asserts false .
          ?s ?p ?o .
          MINUS { ?other a cop:Claim ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ;
            cop:status/cop:asserts true }
          MINUS { ?p a owl:SymmetricProperty . ?turned a cop:Claim ; rdf:subject ?o ;
            rdf:predicate ?p ; rdf:object ?s ; cop:status/cop:asserts true }
        }"""
    assert [solution["claim"].value for solution in store.run(query)] == []  # type: ignore[union-attr]


def test_every_question_expecting_rows_has_some(graph: Graph) -> None:
    empty = [
        question.name
        for question in list_questions(find_source().queries)
        if question.expect == "some"
        and not any(parameter.is_required for parameter in question.parameters)
        and not graph.ask(question.name)
    ]
    assert empty == []


def test_every_row_of_every_question_leads_to_evidence(graph: Graph, store: EmbeddedStore) -> None:
    without = []
    for question in list_questions(find_source().queries):
        if "claims" not in question.columns or any(p.is_required for p in question.parameters):
            continue
        for row in graph.ask(question.name):
            for claim in row["claims"]:  # type: ignore[union-attr]
                if store.value(str(claim), COP + "paragraph") is None:
                    without.append(f"{question.name}: {claim}")
    assert without == []
