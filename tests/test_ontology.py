from __future__ import annotations

import re
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SKOS

from cop_graph.dataset import SHAPES_FILES
from cop_graph.namespaces import BASE, COP, PREFIXES, compact, natural_key, prefix_lines
from cop_graph.turtle import format_turtle

ONTOLOGY = Path(__file__).resolve().parent.parent / "ontology"
FILES = sorted(ONTOLOGY.glob("*.ttl"))
TERM_CLASSES = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
TEXTS = (SKOS.prefLabel, SKOS.altLabel, SKOS.definition, SKOS.example, SKOS.scopeNote)
SCHEMA = rdflib.Namespace(PREFIXES["schema"])
SH = rdflib.Namespace(PREFIXES["sh"])
TERMS = rdflib.Namespace(COP)
MAPPINGS = (
    RDFS.subClassOf,
    RDFS.subPropertyOf,
    OWL.equivalentClass,
    OWL.equivalentProperty,
    OWL.inverseOf,
    SKOS.exactMatch,
    SKOS.closeMatch,
    SKOS.broadMatch,
    SKOS.narrowMatch,
)
# DESIGN.md 3: one closed table.
STATUSES = {
    "stated": True,
    "done": True,
    "ongoing": True,
    "planned": False,
    "expected": False,
    "proposed": False,
    "explored": False,
    "not-done": False,
}


def read(*files: Path) -> rdflib.Graph:
    graph = rdflib.Graph()
    for file in files:
        graph.parse(file, format="turtle")
    return graph


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    """The terms and concepts, without the shapes."""
    return read(*(file for file in FILES if file.name not in SHAPES_FILES))


@pytest.fixture(scope="module")
def shapes() -> rdflib.Graph:
    return read(*(ONTOLOGY / name for name in SHAPES_FILES))


def names(nodes: object) -> list[str]:
    """Give nodes as sorted CURIEs, which a failing test can show."""
    return sorted({compact(str(node)) for node in nodes}, key=natural_key)  # type: ignore[attr-defined]


def concepts_of(ontology: rdflib.Graph) -> set[rdflib.term.Node]:
    """Give what is of the class of concepts or of one narrower than it."""
    return {
        concept
        for kind in ontology.transitive_subjects(RDFS.subClassOf, TERMS.Concept)
        for concept in ontology.subjects(RDF.type, kind)
    }


def terms_of(ontology: rdflib.Graph) -> set[rdflib.term.Node]:
    """Give the classes, properties and concepts."""
    return concepts_of(ontology) | {
        term for kind in TERM_CLASSES for term in ontology.subjects(RDF.type, kind)
    }


def test_the_ontology_has_terms_of_every_kind(ontology):
    """So that no test below passes because it finds nothing to test."""
    counts = [
        len(set(ontology.subjects(RDF.type, kind))) for kind in (*TERM_CLASSES, TERMS.Relation)
    ]

    assert min(counts) > 0
    assert len(concepts_of(ontology)) > 100


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_is_canonical(path):
    text = path.read_text(encoding="utf-8")

    assert format_turtle(text, path=path.name) == text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_prefixes_are_those_of_the_house(path):
    text = path.read_text(encoding="utf-8")
    stated = re.findall(r"^@prefix (\w+): <(.*)> \.$", text, re.MULTILINE)

    assert stated == [(name, PREFIXES[name]) for name, _ in stated]
    assert [name for name, _ in stated] == sorted(name for name, _ in stated)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_there_are_no_blank_nodes(path):
    nodes = {node for triple in read(path) for node in triple}

    assert [node for node in nodes if isinstance(node, rdflib.BNode)] == []


@pytest.mark.parametrize("word", [SKOS.prefLabel, SKOS.definition], ids=["label", "definition"])
def test_every_term_has_exactly_one(word, ontology):
    wrong = [term for term in terms_of(ontology) if len(list(ontology.objects(term, word))) != 1]

    assert names(wrong) == []


def test_every_definition_is_a_sentence_in_english(ontology):
    wrong = [
        (compact(str(term)), str(text))
        for term, text in ontology.subject_objects(SKOS.definition)
        if text.language != "en" or not re.fullmatch(r"\S.*\S\.|\S\.", str(text))
    ]

    assert wrong == []


def test_every_term_has_an_example(ontology):
    wrong = [term for term in terms_of(ontology) if (term, SKOS.example, None) not in ontology]

    assert names(wrong) == []


def test_every_term_says_which_ontology_defines_it(ontology):
    whole = rdflib.URIRef(BASE + "ontology")
    wrong = [
        term
        for term in terms_of(ontology)
        if list(ontology.objects(term, RDFS.isDefinedBy)) != [whole]
    ]

    assert (whole, RDF.type, OWL.Ontology) in ontology
    assert names(wrong) == []


def test_every_text_has_a_language_and_no_outer_space(ontology, shapes):
    properties = (*TEXTS, TERMS.counterExample, SH.message)
    wrong = [
        (compact(str(subject)), str(text))
        for graph in (ontology, shapes)
        for word in properties
        for subject, text in graph.subject_objects(word)
        if not text.language or str(text) != str(text).strip()
    ]

    assert wrong == []


def test_every_term_is_of_our_namespace(ontology):
    assert [str(term) for term in terms_of(ontology) if not str(term).startswith(COP)] == []


def test_every_concept_is_in_one_scheme_that_exists(ontology):
    schemes = set(ontology.subjects(RDF.type, SKOS.ConceptScheme))
    wrong = [
        concept
        for concept in concepts_of(ontology)
        if len(found := set(ontology.objects(concept, SKOS.inScheme))) != 1 or not found <= schemes
    ]

    assert names(wrong) == []


def test_every_scheme_has_concepts_a_label_and_a_definition(ontology):
    wrong = [
        scheme
        for scheme in ontology.subjects(RDF.type, SKOS.ConceptScheme)
        if not all(
            list(found)
            for found in (
                ontology.subjects(SKOS.inScheme, scheme),
                ontology.objects(scheme, SKOS.prefLabel),
                ontology.objects(scheme, SKOS.definition),
            )
        )
    ]

    assert names(wrong) == []


def test_no_concept_is_an_orphan(ontology):
    """Each is at the top of its scheme, or below one concept of the same scheme."""
    wrong = []
    for concept in concepts_of(ontology):
        (scheme,) = ontology.objects(concept, SKOS.inScheme)
        tops = set(ontology.objects(concept, SKOS.topConceptOf))
        broader = list(ontology.objects(concept, SKOS.broader))
        is_top = tops == {scheme} and not broader
        is_below = (
            not tops and len(broader) == 1 and (broader[0], SKOS.inScheme, scheme) in ontology
        )
        if not (is_top or is_below):
            wrong.append(concept)

    assert names(wrong) == []


def test_no_concept_is_broader_than_itself(ontology):
    wrong = [
        concept
        for concept in concepts_of(ontology)
        for above in ontology.objects(concept, SKOS.broader)
        if concept in ontology.transitive_objects(above, SKOS.broader)
    ]

    assert names(wrong) == []


def test_no_two_concepts_of_a_scheme_share_a_label(ontology):
    seen: dict[tuple[str, str], list[str]] = {}
    for concept in concepts_of(ontology):
        (scheme,) = ontology.objects(concept, SKOS.inScheme)
        (label,) = ontology.objects(concept, SKOS.prefLabel)
        seen.setdefault((str(scheme), str(label).casefold()), []).append(compact(str(concept)))

    assert {key: found for key, found in seen.items() if len(found) > 1} == {}


def test_statuses_are_the_closed_table(ontology):
    found = {
        str(status).removeprefix(COP + "status-"): [
            value.toPython() for value in ontology.objects(status, TERMS.asserts)
        ]
        for status in ontology.subjects(RDF.type, TERMS.Status)
    }

    assert found == {name: [asserts] for name, asserts in STATUSES.items()}


def test_nothing_but_a_status_asserts(ontology):
    statuses = set(ontology.subjects(RDF.type, TERMS.Status))

    assert set(ontology.subjects(TERMS.asserts)) == statuses


@pytest.mark.parametrize(
    "side", [SCHEMA.domainIncludes, SCHEMA.rangeIncludes], ids=["domain", "range"]
)
def test_every_relation_has_classes_as(side, ontology):
    classes = set(ontology.subjects(RDF.type, OWL.Class))
    wrong = [
        relation
        for relation in ontology.subjects(RDF.type, TERMS.Relation)
        if not (found := set(ontology.objects(relation, side))) or not found <= classes
    ]

    assert names(wrong) == []


def test_every_relation_is_an_object_property(ontology):
    wrong = [
        relation
        for relation in ontology.subjects(RDF.type, TERMS.Relation)
        if (relation, RDF.type, OWL.ObjectProperty) not in ontology
    ]

    assert names(wrong) == []


def test_claims_are_made_in_one_direction_and_the_inverse_is_derived(ontology):
    pairs = list(ontology.subject_objects(OWL.inverseOf))
    relations = set(ontology.subjects(RDF.type, TERMS.Relation))
    wrong = [
        one
        for one, other in pairs
        if (other, OWL.inverseOf, one) not in ontology or len({one, other} & relations) != 1
    ]

    assert pairs
    assert names(wrong) == []


def test_a_symmetric_relation_may_start_where_it_may_end(ontology):
    """So that the derived other direction is sound; groups are objects alone."""
    groups = {TERMS.Group}
    wrong = [
        relation
        for relation in ontology.subjects(RDF.type, OWL.SymmetricProperty)
        if set(ontology.objects(relation, SCHEMA.rangeIncludes)) - groups
        != set(ontology.objects(relation, SCHEMA.domainIncludes)) - groups
    ]

    assert names(wrong) == []


def test_every_term_of_ours_that_is_used_is_defined(ontology, shapes):
    defined = set((ontology + shapes).subjects())
    used = {
        node
        for triple in ontology + shapes
        for node in triple
        if isinstance(node, rdflib.URIRef) and str(node).startswith(COP)
    }

    assert names(used - defined) == []


def test_terms_are_mapped_to_known_vocabularies(ontology):
    known = tuple(PREFIXES.values())
    wrong = [
        (compact(str(term)), str(other))
        for word in MAPPINGS
        for term, other in ontology.subject_objects(word)
        if not str(other).startswith(known)
    ]

    assert wrong == []


@pytest.mark.parametrize(
    "vocabulary", ["dcterms", "foaf", "oa", "org", "prov", "schema", "skos", "rdf"]
)
def test_some_term_is_mapped_to(vocabulary, ontology):
    others = {str(other) for word in MAPPINGS for other in ontology.objects(None, word)}

    assert [other for other in others if other.startswith(PREFIXES[vocabulary])]


def test_classes_and_relations_have_no_circle_above_them(ontology):
    wrong = [
        term
        for word in (RDFS.subClassOf, RDFS.subPropertyOf)
        for term, above in ontology.subject_objects(word)
        if term in ontology.transitive_objects(above, word)
    ]

    assert names(wrong) == []


def test_every_shape_has_a_message_a_severity_and_an_iri(shapes):
    properties = set(shapes.subjects(RDF.type, SH.PropertyShape))
    wrong = [
        shape
        for shape in properties
        if not isinstance(shape, rdflib.URIRef)
        or len(list(shapes.objects(shape, SH.message))) != 1
        or (shape, SH.severity, SH.Violation) not in shapes
    ]

    assert properties
    assert names(wrong) == []


def test_every_property_shape_belongs_to_one_shape(shapes):
    wrong = [
        shape
        for shape in shapes.subjects(RDF.type, SH.PropertyShape)
        if len(list(shapes.subjects(SH.property, shape))) != 1
    ]

    assert names(wrong) == []


def test_shapes_speak_of_properties_and_classes_that_exist(ontology, shapes):
    named = {
        node
        for word in (SH.path, SH["class"], SH.targetClass)
        for node in shapes.objects(None, word)
        if str(node).startswith(COP)
    }

    assert names(named - terms_of(ontology)) == []


def test_statuses_of_the_shape_are_those_of_the_table(shapes):
    """The message of the shape lists them for people."""
    (message,) = shapes.objects(TERMS["ClaimShape-status"], SH.message)

    assert str(message).rpartition(": ")[2] == ", ".join(STATUSES) + "."


def test_table_of_prefixes_is_written_alike_in_turtle_and_sparql():
    text = "".join(path.read_text(encoding="utf-8") for path in FILES)
    lines = {
        line[1:].removesuffix(" .") for line in re.findall(r"^@prefix .*$", text, re.MULTILINE)
    }

    assert {line.replace("prefix", "PREFIX", 1) for line in lines} <= set(
        prefix_lines().splitlines()
    )
