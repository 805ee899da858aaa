"""Descriptions that machines read: of the service, of the data, and of each question.

References:
    SPARQL 1.1 Service Description, https://www.w3.org/TR/sparql11-service-description/
    VoID, https://www.w3.org/TR/void/
"""

from __future__ import annotations

from typing import Any, Final

import pyoxigraph as ox

from cop_graph.dataset import Source
from cop_graph.files import read_text
from cop_graph.namespaces import BASE, COP, COPD, PREFIXES, RDF, XSD
from cop_graph.questions import Question
from cop_graph.store import GraphStore

SD: Final = "http://www.w3.org/ns/sparql-service-description#"
VOID: Final = "http://rdfs.org/ns/void#"
FORMATS: Final = "http://www.w3.org/ns/formats/"
DESCRIPTION_PREFIXES: Final = {"sd": SD, "void": VOID, "formats": FORMATS, **PREFIXES}
_RESULT_FORMATS: Final = (
    "SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV",
    "Turtle", "N-Triples", "RDF_XML", "JSON-LD", "TriG", "N-Quads",
)  # fmt: skip
_INPUT_FORMATS: Final = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD", "TriG", "N-Quads")
_VOCABULARIES: Final = ("cop", "dcterms", "owl", "rdf", "rdfs", "skos")
LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
TITLE: Final = "COP Graph: who works with whom for children online"


class _Triples:
    """Collects triples with one subject after the other."""

    def __init__(self) -> None:
        self.found: list[ox.Triple] = []

    def say(
        self, subject: str, predicate: str, value: str | int | bool, *, text: bool = False
    ) -> None:
        if isinstance(value, bool | int):
            kind = "boolean" if isinstance(value, bool) else "integer"
            term: Any = ox.Literal(str(value).lower(), datatype=ox.NamedNode(XSD + kind))
        else:
            term = ox.Literal(value, language="en") if text else ox.NamedNode(value)
        self.found.append(ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), term))


def describe(
    store: GraphStore,
    source: Source,
    what: str,
    *,
    root: str,
    allows_update: bool,
    allows_service: bool,
) -> list[ox.Triple]:
    """Describe the service or the data.

    Args:
        store: What is described.
        source: Where the queries for its sizes stand.
        what: ``service`` (a service description with its default dataset) or ``void``.
        root: Scheme and host of the service.
        allows_update: Whether updates are allowed.
        allows_service: Whether a query may call some other endpoint.
    """
    triples = _Triples()
    if what == "service":
        _service(triples, store, source, root, allows_update, allows_service)
    else:
        _void(triples, store, source, root)
    return triples.found


def _service(
    triples: _Triples,
    store: GraphStore,
    source: Source,
    root: str,
    allows_update: bool,
    allows_service: bool,
) -> None:
    endpoint = f"{root}/sparql"
    dataset, default = f"{endpoint}#dataset", f"{endpoint}#default-graph"
    say = triples.say
    say(endpoint, RDF + "type", SD + "Service")
    say(endpoint, SD + "endpoint", endpoint)
    say(endpoint, SD + "supportedLanguage", SD + "SPARQL11Query")
    if allows_update:
        say(endpoint, SD + "supportedLanguage", SD + "SPARQL11Update")
    if allows_service:
        say(endpoint, SD + "feature", SD + "BasicFederatedQuery")
    for name in _RESULT_FORMATS:
        say(endpoint, SD + "resultFormat", FORMATS + name)
    for name in _INPUT_FORMATS if allows_update else ():
        say(endpoint, SD + "inputFormat", FORMATS + name)
    say(endpoint, SD + "defaultDataset", dataset)
    say(dataset, RDF + "type", SD + "Dataset")
    say(dataset, SD + "defaultGraph", default)
    say(default, RDF + "type", SD + "Graph")
    sizes = dict(_pairs(store, source, "graph-sizes"))
    say(default, VOID + "triples", sizes.pop("", 0))
    for number, (name, size) in enumerate(sorted(sizes.items()), 1):
        named, graph = f"{endpoint}#named-graph-{number}", f"{endpoint}#graph-{number}"
        say(dataset, SD + "namedGraph", named)
        say(named, RDF + "type", SD + "NamedGraph")
        say(named, SD + "name", name)
        say(named, SD + "graph", graph)
        say(graph, RDF + "type", SD + "Graph")
        say(graph, VOID + "triples", size)


def _void(triples: _Triples, store: GraphStore, source: Source, root: str) -> None:
    dataset = f"{root}/void#dataset"
    say = triples.say
    dcterms, foaf = PREFIXES["dcterms"], PREFIXES["foaf"]
    say(dataset, RDF + "type", VOID + "Dataset")
    say(dataset, dcterms + "title", TITLE, text=True)
    say(dataset, dcterms + "license", LICENCE)
    say(dataset, dcterms + "hasVersion", f"{COPD}version-{store.version}")
    say(dataset, foaf + "homepage", f"{root}/")
    say(dataset, VOID + "sparqlEndpoint", f"{root}/sparql")
    say(dataset, VOID + "dataDump", f"{root}/store?default")
    say(dataset, VOID + "uriSpace", BASE)
    for prefix in _VOCABULARIES:
        say(dataset, VOID + "vocabulary", PREFIXES[prefix])
    sizes = dict(_pairs(store, source, "graph-sizes"))
    say(dataset, VOID + "triples", sizes.pop("", 0))
    for number, (name, size) in enumerate(sorted(sizes.items()), 1):
        part = f"{root}/void#graph-{number}"
        say(dataset, VOID + "subset", part)
        say(part, RDF + "type", VOID + "Dataset")
        say(part, dcterms + "source", name)
        say(part, VOID + "triples", size)
    classes = _pairs(store, source, "class-sizes")
    say(dataset, VOID + "classes", len(classes))
    for name, size in classes:
        if name.startswith(COP):
            part = f"{root}/void#{name.removeprefix(COP)}"
            say(dataset, VOID + "classPartition", part)
            say(part, VOID + "class", name)
            say(part, VOID + "entities", size)


def _pairs(store: GraphStore, source: Source, name: str) -> list[tuple[str, int]]:
    """Run a query that counts; what has no name is the default graph."""
    results = store.run(read_text(source.queries / "service" / f"{name}.rq"))
    assert isinstance(results, ox.QuerySolutions)
    rows = []
    for solution in results:
        named, count = solution[0], solution[1]
        assert isinstance(count, ox.Literal)
        rows.append((named.value if isinstance(named, ox.NamedNode) else "", int(count.value)))
    return rows


def question_json(question: Question) -> dict[str, Any]:
    """Give what a program has to know to ask a question."""
    return {
        "name": question.name,
        "group": question.group,
        "summary": question.summary,
        "description": question.description,
        "tags": list(question.tags),
        "parameters": [
            {
                "name": parameter.name,
                "kind": parameter.kind,
                "label": parameter.label,
                "default": parameter.default,
                "required": parameter.is_required,
            }
            for parameter in question.parameters
        ],
        "columns": {name: kind for name, kind in question.columns.items() if name != "claims"},
        "note": question.note,
    }
