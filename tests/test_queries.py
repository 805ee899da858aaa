from __future__ import annotations

import csv
import io
import re
import shutil
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
import yaml
from rdflib.plugins.sparql import prepareQuery

from cop_graph.dataset import find_source
from cop_graph.exports import cell_text
from cop_graph.guard import iter_tokens
from cop_graph.model import CLAIMS_COLUMN, Answer
from cop_graph.names import resolve
from cop_graph.namespaces import COP, COPD, RDF, compact, prefix_lines
from cop_graph.questions import (
    EXPECTATIONS,
    LITERAL_KINDS,
    Question,
    ask,
    bind,
    find_question,
    read_question,
)
from cop_graph.store import EmbeddedStore, memory_store

# What is asked of each question that needs a parameter, or would else tell of the whole ontology.
PARAMETERS: dict[str, dict[str, str]] = {
    "activities-of": {"actor": "Blue Lantern Office"},
    "agreements-on": {"about": "cop:theme-privacy"},
    "claims-about": {"thing": "Safe Harbour"},
    "documents-on": {"about": "cop:theme-risk"},
    "initiatives-of": {"actor": "Blue Lantern Office"},
    "initiatives-on": {"about": "cop:theme-helpline"},
    "laws-of": {"actor": "Westmark"},
    "mentions": {"document": "Document of Westmark"},
    "paragraph": {"paragraph": "copd:paragraph-alpha-1-3-1"},
    "partners-of": {"actor": "Kite Works"},
    "partners-on": {"about": "cop:theme-awareness"},
    "records-of": {"thing": "organizational structures"},
    "remarks-about": {"thing": "Kite Works"},
    "ties-of": {"actor": "Blue Lantern Office"},
    "theme-tree": {"under": "cop:theme-helpline"},
    "who-works-on": {"about": "cop:theme-helpline"},
    "works-together-in": {"thing": "Safe Harbour"},
}

# The invented graph has each shape once; questions on several things at once need more of them.
FURTHER_THINGS = """
copd:organization-harbour-desk a cop:Organization ; skos:prefLabel "Harbour Desk"@en ;
    cop:kind cop:organization-kind-regulator ; cop:hasDescriptiveLabel true ;
    dcterms:description "Invented desk that the report does not name."@en .
copd:organization-tide-fund a cop:Organization ; skos:prefLabel "Tide Fund"@en ;
    cop:kind cop:organization-kind-private .
copd:state-westmark cop:m49Region cop:region-micronesia ; cop:alignmentSource "invented for tests" .
copd:state-eastmark cop:m49Region cop:region-micronesia ; cop:alignmentSource "invented for tests" .
cop:theme-lamps a cop:Theme ; skos:prefLabel "lamps"@en ; skos:broader cop:theme-helpline ;
    skos:definition "Helplines with a lamp."@en .
"""
FURTHER_CLAIMS = """
copd:organization-harbour-desk cop:isPartOf copd:organization-blue-lantern-office stated
copd:organization-harbour-desk cop:isLedBy copd:person-mira-quill stated ; cop:role cop:role-chair
copd:organization-kite-works cop:isMemberOf copd:organization-alpha-forum stated
copd:document-westmark cop:isSubmittedBy copd:organization-kite-works done
copd:document-westmark cop:isDevelopedBy copd:organization-kite-works done ; cop:start 2030
copd:document-westmark cop:addresses cop:theme-risk stated
copd:document-westmark cop:mentions copd:agreement-harbour-charter stated
copd:initiative-safe-harbour cop:isFundedBy copd:organization-tide-fund planned
copd:initiative-safe-harbour cop:addresses cop:theme-helpline stated
copd:initiative-safe-harbour cop:addresses cop:theme-privacy stated
copd:initiative-safe-harbour cop:usesTechnology cop:theme-technology stated
copd:initiative-kelp-line cop:addresses cop:theme-lamps stated
copd:initiative-kelp-line cop:isPartOf copd:initiative-safe-harbour expected
copd:agreement-harbour-charter cop:addresses cop:theme-privacy stated
copd:agreement-harbour-charter cop:hasStage cop:stage-adopted done
    ; cop:end 2028 ; cop:dateHedge "by"@en
copd:agreement-harbour-charter cop:hasStage cop:stage-published done ; cop:agent copd:state-westmark
copd:agreement-harbour-charter cop:hasStage cop:stage-published done ; cop:agent copd:state-eastmark
copd:agreement-harbour-charter cop:hasStage cop:stage-published done
copd:state-westmark cop:enforces copd:agreement-harbour-charter ongoing
copd:state-westmark cop:assists copd:state-eastmark ongoing ; cop:topic cop:theme-helpline
copd:state-westmark cop:assists copd:state-eastmark ongoing ; cop:start 2030 ; cop:end 2033
copd:state-westmark cop:assists copd:state-eastmark ongoing
    ; cop:inContextOf copd:initiative-kelp-line
copd:organization-kite-works cop:partnersWith copd:organization-tide-fund ongoing ; cop:start 2031
copd:organization-kite-works cop:partnersWith copd:organization-tide-fund ongoing ; cop:start 2030
copd:organization-tide-fund cop:partnersWith copd:state-eastmark proposed
    ; cop:topic cop:theme-awareness
copd:initiative-safe-harbour cop:reaches cop:countable-views done
    ; cop:value 2.5 ; cop:bound cop:bound-about
copd:initiative-safe-harbour cop:isDevelopedBy copd:organization-tide-fund done
copd:organization-kite-works cop:participatesIn copd:initiative-safe-harbour done
    ; cop:accordingTo copd:state-westmark
copd:organization-tide-fund cop:isBasedIn copd:state-eastmark stated
copd:organization-tide-fund cop:addresses cop:theme-risk stated
"""
FURTHER_REMARKS = """
commitment ; cop:accordingTo copd:state-eastmark ; cop:addressedTo copd:state-westmark
mandate ; cop:topic cop:theme-helpline, cop:theme-privacy
concern ; cop:topic cop:theme-risk ; cop:concerns copd:initiative-safe-harbour
gap
finding ; cop:value 5 ; cop:outOf 9 ; cop:counted cop:group-schools
goal ; cop:isSupportedBy copd:state-eastmark, copd:state-westmark
outcome ; cop:accordingTo copd:organization-alpha-forum
recommendation ; cop:addressedTo cop:group-parents ; cop:topic cop:theme-awareness
"""


@dataclass(frozen=True)
class Seed:
    """An edit of the invented data, and the thing in which a check query then finds a fault."""

    file: str
    old: str
    new: str
    entity: str


# One fault for each check query.
SEEDED_FAULTS: dict[str, Seed] = {
    "alias-of-two": Seed(
        "entities/actors.ttl",
        'skos:altLabel "KW"@en',
        'skos:altLabel "Blue Lantern Office"@en',
        "copd:organization-kite-works",
    ),
    "alignment-without-source": Seed(
        "alignments/identifiers.ttl",
        'copd:state-westmark\n    cop:alignmentSource "invented for tests" ;',
        "copd:state-westmark",
        "copd:state-westmark",
    ),
    "bound-without-value": Seed(
        "claims/alpha-1.ttl", "    cop:value 1200 ;\n", "", "copd:claim-alpha-1-3-1-007"
    ),
    "claim-of-itself": Seed(
        "claims/alpha-1.ttl",
        "rdf:predicate cop:partnersWith ;\n    rdf:object copd:organization-kite-works ;",
        "rdf:predicate cop:partnersWith ;\n    rdf:object copd:organization-blue-lantern-office ;",
        "copd:claim-alpha-1-3-1-004",
    ),
    "claim-outside-domain": Seed(
        "claims/alpha-1.ttl",
        "rdf:subject copd:person-mira-quill ;\n    rdf:predicate cop:represents ;",
        "rdf:subject copd:resource-tide ;\n    rdf:predicate cop:represents ;",
        "copd:claim-alpha-1-1-1-005",
    ),
    "claim-outside-range": Seed(
        "claims/alpha-1.ttl",
        "rdf:object cop:language-en ;",
        "rdf:object cop:group-parents ;",
        "copd:claim-alpha-1-3-1-010",
    ),
    "contradiction": Seed(
        "claims/alpha-1.ttl",
        "rdf:subject copd:document-westmark ;\n    rdf:predicate cop:isPresentedAt ;",
        "rdf:subject copd:document-eastmark ;\n    rdf:predicate cop:isPresentedAt ;",
        "copd:claim-alpha-1-3-2-001",
    ),
    "countable-without-value": Seed(
        "claims/alpha-1.ttl",
        "rdf:object cop:group-parents ;",
        "rdf:object cop:countable-views ;",
        "copd:claim-alpha-1-3-1-005",
    ),
    "deprecated-without-reason": Seed(
        "entities/actors.ttl",
        'skos:prefLabel "Mira Quill"@en ;',
        'skos:prefLabel "Mira Quill"@en ; <http://www.w3.org/2002/07/owl#deprecated> true ;',
        "copd:person-mira-quill",
    ),
    "identifier-of-two": Seed(
        "alignments/identifiers.ttl",
        'cop:m49 "902" ;',
        'cop:m49 "902" ; owl:sameAs <http://www.wikidata.org/entity/Q1> ;',
        "copd:state-westmark",
    ),
    "shared-label": Seed(
        "entities/actors.ttl",
        'skos:prefLabel "Kite Works"@en',
        'skos:prefLabel "Blue Lantern Office"@en',
        "copd:organization-kite-works",
    ),
    "state-without-code": Seed(
        "alignments/identifiers.ttl", 'cop:m49 "902" ;', "", "copd:state-eastmark"
    ),
    "voice-of-wrong-class": Seed(
        "claims/alpha-1.ttl",
        "cop:accordingTo copd:person-mira-quill ;",
        "cop:accordingTo copd:place-lanternport ;",
        "copd:remark-alpha-1-4-1-002",
    ),
    "thing-without-claim": Seed(
        "entities/states.ttl",
        "copd:state-eastmark\n",
        'copd:state-northmark a cop:State ; skos:prefLabel "N"@en .\n\ncopd:state-eastmark\n',
        "copd:state-northmark",
    ),
    "unused-concept": Seed(
        "entities/states.ttl",
        "copd:state-eastmark\n",
        'cop:theme-lamps a cop:Theme ; skos:prefLabel "lamps"@en .\n\ncopd:state-eastmark\n',
        "cop:theme-lamps",
    ),
}

HEADER_FIELDS = ["summary", "description", "tags", "parameters", "columns", "expect", "note"]
REQUIRED_FIELDS = {"summary", "description", "tags", "columns", "expect"}
ORDER_CONDITION = re.compile(
    r"(?:ASC|DESC)\s*\((?P<within>[^()]+)\)|(?P<plain>\w+\((?:[^()]|\([^()]*\))*\)|\?\w+)"
)
QUALIFIERS = {
    "accordingTo": ox.NamedNode(COPD + "state-eastmark"),
    "bound": ox.NamedNode(COP + "bound-at-least"),
    "dateHedge": ox.Literal("around", language="en"),
    "end": ox.Literal("2040", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#gYear")),
    "inContextOf": ox.NamedNode(COPD + "initiative-kelp-line"),
    "outOf": ox.Literal(77),
    "period": ox.Literal("P9D", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#duration")),
    "role": ox.NamedNode(COP + "role-chair"),
    "start": ox.Literal("1999", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#gYear")),
    "status": ox.NamedNode(COP + "status-ongoing"),
    "topic": ox.NamedNode(COP + "theme-privacy"),
    "unit": ox.NamedNode(COP + "unit-percent"),
    "value": ox.Literal(99),
}

ROOT = Path(__file__).resolve().parent.parent
QUERIES = ROOT / "queries"
EXPECTED = ROOT / "tests" / "fixtures" / "expected"
# What describes the service counts named graphs, which one of the two engines is given without;
# tests/test_description.py tests it.
PATHS = sorted(path for path in QUERIES.glob("*/*.rq") if path.parent.name != "service")


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


every_query = pytest.mark.parametrize("path", PATHS, ids=name_of)
every_question = pytest.mark.parametrize(
    "path", [path for path in PATHS if path.parent.name != "checks"], ids=name_of
)
every_check = pytest.mark.parametrize(
    "path", [path for path in PATHS if path.parent.name == "checks"], ids=name_of
)


@pytest.fixture(scope="session")
def wider_store(tmp_path_factory: pytest.TempPathFactory, small_source) -> EmbeddedStore:
    """The invented graph with the further things, claims and remarks of this file."""
    data = Path(shutil.copytree(small_source.data, tmp_path_factory.mktemp("wider") / "data"))
    (data / "claims" / "further.ttl").write_text(further_turtle(), encoding="utf-8")
    return memory_store(find_source(data))


@pytest.fixture(scope="session")
def rdflib_graph(wider_store: EmbeddedStore) -> rdflib.Graph:
    """The default graph of the wider store in rdflib's own memory."""
    graph = rdflib.Graph()
    quads = wider_store.quads.quads_for_pattern(None, None, None, ox.DefaultGraph())
    triples = ox.serialize((quad.triple for quad in quads), format=ox.RdfFormat.N_TRIPLES)
    graph.parse(data=triples, format="nt")
    return graph


@pytest.fixture(scope="session")
def twin_store(wider_store: EmbeddedStore) -> EmbeddedStore:
    """The wider graph, each claim and remark with twins that are unlike it in one qualifier."""
    quads = ox.Store()
    quads.extend(wider_store.iter_quads())
    for class_name in ("Claim", "Remark"):
        for record in wider_store.instances(COP + class_name):
            own = list(
                wider_store.quads.quads_for_pattern(
                    ox.NamedNode(record), None, None, ox.DefaultGraph()
                )
            )
            for name, value in QUALIFIERS.items():
                twin, changed = ox.NamedNode(f"{record}-{name}"), ox.NamedNode(COP + name)
                quads.extend(
                    ox.Quad(twin, quad.predicate, quad.object)
                    for quad in own
                    if quad.predicate != changed
                )
                quads.add(ox.Quad(twin, changed, value))
    return EmbeddedStore(quads, version="twins")


def unheard(kind: str) -> ox.NamedNode:
    """Give the thing of a kind of parameter that no report names."""
    return ox.NamedNode(COPD + "unheard-" + kind.replace("|", "-").lower())


@pytest.fixture(scope="session")
def unheard_store(wider_store: EmbeddedStore) -> EmbeddedStore:
    """The wider graph with a thing that no report names for each kind of parameter."""
    quads = ox.Store()
    quads.extend(wider_store.iter_quads())
    parameters = [parameter for path in PATHS for parameter in read_question(path).parameters]
    quads.extend(
        ox.Quad(unheard(parameter.kind), ox.NamedNode(RDF + "type"), ox.NamedNode(COP + name))
        for parameter in parameters
        for name in parameter.classes
    )
    return EmbeddedStore(quads, version="unheard")


def further_turtle() -> str:
    """Write the tables above as Turtle; paragraph and anchor do not matter to questions."""

    def qualifiers(text: str) -> str:
        return re.sub(r"(cop:(?:start|end)) (\d{4})", r'\1 "\2"^^xsd:gYear', text)

    parts = [prefix_lines().replace("PREFIX", "@prefix").replace(">\n", "> .\n"), FURTHER_THINGS]
    evidence = 'cop:paragraph copd:paragraph-beta-1-2-1 ; cop:anchor "Those present"@en'
    claims = FURTHER_CLAIMS.replace("\n    ", " ").strip().splitlines()
    for number, line in enumerate(claims, 101):
        first, _, rest = line.partition(" ; ")
        subject, relation, thing, status = first.split()
        parts.append(
            f"copd:claim-beta-1-2-1-{number} a cop:Claim ; {evidence} ; rdf:subject {subject} ; "
            f"rdf:predicate {relation} ; rdf:object {thing} ; cop:status cop:status-{status}"
            + (f" ; {qualifiers(rest)} ." if rest else " .")
        )
    for number, line in enumerate(FURTHER_REMARKS.strip().splitlines(), 201):
        kind, _, rest = line.partition(" ; ")
        parts.append(
            f"copd:remark-beta-1-2-1-{number} a cop:Remark ; {evidence} ; "
            f'cop:kind cop:remark-{kind} ; skos:prefLabel "Invented {kind}."@en'
            + (f" ; {qualifiers(rest)} ." if rest else " .")
        )
    return "\n".join(parts) + "\n"


def header_of(path: Path) -> dict:
    header, _, _ = path.read_text(encoding="utf-8").partition("\n\n")
    return yaml.safe_load("\n".join(line.removeprefix("#+ ") for line in header.splitlines()))


def terms_of(question: Question, store: EmbeddedStore) -> dict[str, ox.NamedNode | ox.Literal]:
    """Give the terms of the parameters of the table, or of their defaults."""
    given = PARAMETERS.get(question.name, {})
    terms: dict[str, ox.NamedNode | ox.Literal] = {}
    for parameter in question.parameters:
        value = given.get(parameter.name, parameter.default)
        if value is not None and parameter.classes:
            iri = resolve(store, value, classes=parameter.classes).iri
            terms[parameter.name] = ox.NamedNode(iri)
        elif value is not None:
            terms[parameter.name] = ox.Literal(value)
    return terms


def answer_text(answer: Answer) -> str:
    """Give an answer as CSV: cells by label, claims as CURIEs."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*answer.columns, CLAIMS_COLUMN])
    for row in answer:
        claims = " ".join(compact(claim) for claim in row[CLAIMS_COLUMN])
        writer.writerow([*(cell_text(row[name]) for name in answer.columns), claims])
    return buffer.getvalue()


def plain(value: object, kind: str) -> object:
    """Give a term of either engine as what both must agree on."""
    text = getattr(value, "value", value)
    if isinstance(value, rdflib.term.Node):
        text = str(value)
    if kind == "labels":
        return tuple(sorted(set(str(text or "").split("; ")) - {""}))
    if kind == CLAIMS_COLUMN:
        return tuple(sorted(set(str(text or "").split())))
    if kind == "number" and text is not None:
        return Decimal(str(text))
    return text


# The files


@every_query
def test_header_is_complete(path):
    header = header_of(path)
    fields = list(header)

    assert set(fields) >= REQUIRED_FIELDS
    assert fields == [field for field in HEADER_FIELDS if field in fields]
    assert header["summary"].endswith("." if path.parent.name == "checks" else "?")
    assert header["description"].strip().endswith(".")
    assert header["expect"] in EXPECTATIONS
    for fields in header.get("parameters", {}).values():
        assert set(fields) <= {"kind", "label", "default", "required"}


@every_query
def test_question_reads_what_the_header_says(path):
    header = header_of(path)
    question = read_question(path)

    assert (question.name, question.group) == (path.stem, path.parent.name)
    assert (question.summary, list(question.tags)) == (header["summary"], header["tags"])
    assert dict(question.columns) == header["columns"]
    assert [parameter.name for parameter in question.parameters] == list(
        header.get("parameters", {})
    )


@pytest.mark.parametrize(
    "path",
    sorted([*PATHS, *QUERIES.glob("*/*.ru")]),
    ids=lambda path: f"{name_of(path)}{path.suffix}",
)
def test_prefixes_are_those_used_and_those_of_the_house(path):
    text = path.read_text(encoding="utf-8")
    stated = "".join(re.findall(r"^PREFIX .*\n", text, re.MULTILINE))
    rest = re.sub(r"^PREFIX .*\n", "", text, flags=re.MULTILINE)
    used = {token.text.partition(":")[0] for token in iter_tokens(rest) if token.kind == "prefixed"}

    assert stated == prefix_lines(used)


@every_query
def test_select_names_its_variables_and_ends_in_an_order(path):
    tokens = list(iter_tokens(path.read_text(encoding="utf-8")))
    words = [token.keyword or token.text for token in tokens]
    depths = [words[:n].count("{") - words[:n].count("}") for n in range(len(words))]
    after_select = [
        words[n + 1 + (words[n + 1] in ("DISTINCT", "REDUCED"))]
        for n, word in enumerate(words)
        if word == "SELECT"
    ]

    assert "*" not in after_select
    assert [depths[n] for n, word in enumerate(words) if word == "ORDER"] == [0]
    assert "LIMIT" not in words or read_question(path).note
    assert "OFFSET" not in words


@every_query
def test_columns_are_the_variables_of_the_query(path, small_store):
    question = read_question(path)

    solutions = small_store.run(question.text)

    assert [variable.value for variable in solutions.variables] == list(question.columns)


@every_query
def test_query_is_sparql_for_rdflib_too(path):
    query = prepareQuery(path.read_text(encoding="utf-8"))

    assert query.algebra.name == "SelectQuery"


def test_names_of_questions_are_unlike():
    names = Counter(path.stem for path in PATHS)

    assert [name for name, count in names.items() if count > 1] == []


# Answers


@every_question
def test_question_gives_the_expected_rows(path, wider_store, request):
    expected = EXPECTED / f"{path.stem}.csv"

    answer = ask(wider_store, QUERIES, path.stem, PARAMETERS.get(path.stem))

    found = answer_text(answer)
    if request.config.getoption("--accept"):
        expected.parent.mkdir(parents=True, exist_ok=True)
        expected.write_text(found, encoding="utf-8", newline="")
    assert found == expected.read_text(encoding="utf-8")
    assert len(answer) > 0


def test_every_expected_answer_has_its_question():
    names = {path.stem for path in PATHS if path.parent.name != "checks"}

    assert {path.name for path in EXPECTED.iterdir()} == {f"{name}.csv" for name in names}


def test_parameters_are_of_questions_that_exist():
    for name, given in PARAMETERS.items():
        question = find_question(QUERIES, name)
        assert {parameter.name for parameter in question.parameters} >= given.keys()


@every_question
def test_both_engines_give_the_same_rows(path, wider_store, rdflib_graph):
    question = read_question(path)
    text = bind(question, terms_of(question, wider_store))
    kinds = dict(question.columns) | {CLAIMS_COLUMN: CLAIMS_COLUMN}

    ours = Counter(
        tuple(plain(solution[name], kinds[name]) for name in question.columns)
        for solution in wider_store.run(text)
    )
    theirs = Counter(
        tuple(plain(row[name], kinds[name]) for name in question.columns)
        for row in rdflib_graph.query(text)
    )

    assert ours == theirs


@every_query
def test_order_is_total(path, twin_store):
    """No two rows have the same sort key, where claims are unlike in one qualifier alone."""
    question = read_question(path)
    bound = bind(question, terms_of(question, twin_store))
    head, _, order = bound.rpartition("ORDER BY")
    keys = [found["within"] or found["plain"] for found in ORDER_CONDITION.finditer(order)]
    columns = {key: key[1:] for key in keys if key[1:] in question.columns}
    others = {key: f"key{n}" for n, key in enumerate(keys) if key not in columns}
    extra = "".join(f" ({key} AS ?{name})" for key, name in others.items())
    start = re.search(r"^WHERE", head, re.MULTILINE)
    assert start
    keyed = f"{head[: start.start()]}{extra}\n{head[start.start() :]}"

    rows = [
        tuple(solution[name] for name in (columns | others).values())
        for solution in twin_store.run(keyed)
    ]

    assert keys
    assert [row for row, count in Counter(rows).items() if count > 1] == []


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        pytest.param(path, parameter, id=f"{path.stem}-{parameter.name}")
        for path in PATHS
        for parameter in read_question(path).parameters
    ],
)
def test_parameter_narrows_the_answer(path, parameter, unheard_store):
    """Bound to what no report names, a parameter leaves no row that tells of anything else."""
    question = read_question(path)
    literal = {"until": "0001"}.get(parameter.name, "9999")
    term = ox.Literal(literal) if parameter.kind in LITERAL_KINDS else unheard(parameter.kind)
    terms = terms_of(question, unheard_store) | {parameter.name: term}

    rows = list(unheard_store.run(bind(question, terms)))

    assert [row for row in rows if term not in list(row)] == []


def test_claims_stand_in_the_order_of_the_report(small_copy):
    """Not in the order of their numbers as text, under which 5.10 comes before 5.2."""
    path = small_copy / "reports" / "alpha-1.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("cop:position 12 ;", "cop:position 99 ;"), encoding="utf-8")
    store = memory_store(find_source(small_copy))

    answer = ask(store, QUERIES, "claims-about", {"thing": "Safe Harbour"})

    assert list(dict.fromkeys(row["number"] for row in answer)) == ["3-1-p2", "3.1"]


def test_a_tie_keeps_what_only_some_of_its_claims_tell(wider_store):
    answer = ask(wider_store, QUERIES, "partnership-ties", {"about": "cop:theme-helpline"})

    cells = [
        tuple(str(row[name]) for name in ("source", "target", "start", "end")) for row in answer
    ]
    assert cells == [("Westmark", "Eastmark", "None", "None")]

    ties = {
        (str(row["source"]), str(row["relation"])): row
        for row in ask(wider_store, QUERIES, "partnership-ties")
    }
    tie = ties["Westmark", "assists"]
    assert (tie["start"], tie["end"], tie["contexts"]) == ("2030", "2033", "Kelp Line")
    assert len(tie["claims"]) == 3


# Check queries


@every_check
def test_check_query_says_problem_and_solution(path):
    question = read_question(path)

    assert question.expect == "none"
    assert dict(question.columns) == {"entity": "IRI", "message": "text"}
    assert question.parameters == ()
    assert re.fullmatch(r"Problem: .+\. Solution: .+\.", question.description)


def entities_of(store: EmbeddedStore, path: Path) -> Counter[str]:
    return Counter(
        compact(solution["entity"].value) for solution in store.run(read_question(path).text)
    )


@every_check
def test_check_query_finds_nothing_in_the_invented_data(path, small_store, wider_store):
    for store in (small_store, wider_store):
        found = entities_of(store, path)
        assert [entity for entity in found if entity.startswith("copd:")] == []


@every_check
def test_check_query_finds_a_seeded_fault(path, small_store, small_copy):
    seed = SEEDED_FAULTS[path.stem]
    file = small_copy / seed.file
    text = file.read_text(encoding="utf-8")
    assert text.count(seed.old) == 1
    file.write_text(text.replace(seed.old, seed.new), encoding="utf-8")
    before = entities_of(small_store, path)

    after = entities_of(memory_store(find_source(small_copy)), path)

    assert after - before == Counter([seed.entity])


def test_every_seeded_fault_has_its_check_query():
    assert set(SEEDED_FAULTS) == {path.stem for path in PATHS if path.parent.name == "checks"}
