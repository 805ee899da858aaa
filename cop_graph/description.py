"""Descriptions that machines read: of the service, of the data, and of the questions.

References:
    SPARQL 1.1 Service Description, https://www.w3.org/TR/sparql11-service-description/
    VoID, https://www.w3.org/TR/void/
    OpenAPI 3.1, https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from cop_graph import __version__
from cop_graph.dataset import Source
from cop_graph.files import read_text
from cop_graph.namespaces import BASE, COP, COPD, PREFIXES, RDF, XSD
from cop_graph.questions import LITERAL_KINDS, Parameter, Question, list_questions
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
_LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
_TITLE: Final = "COP Graph: who works with whom for children online"
_SCHEMAS: Final = {
    "text": {"type": "string"},
    "number": {"type": "string", "pattern": r"^[+-]?[0-9]+(\.[0-9]+)?$"},
    "date": {"type": "string", "pattern": r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"},
}


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
    say(dataset, dcterms + "title", _TITLE, text=True)
    say(dataset, dcterms + "license", _LICENCE)
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


def openapi(queries: Path, *, root: str) -> dict[str, Any]:
    """Give the OpenAPI document of all questions, made from their headers.

    Args:
        queries: The directory of question files.
        root: Scheme and host of the service.
    """
    questions = list_questions(queries)
    paths: dict[str, Any] = {
        "/questions": {
            "get": {
                "operationId": "questions",
                "summary": "Which questions are there?",
                "responses": {
                    "200": _json_response({"type": "array", "items": {"type": "object"}})
                },
            }
        }
    }
    for question in questions:
        paths[f"/questions/{question.name}"] = {"get": _operation(question)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": _TITLE,
            "version": __version__,
            "description": (
                "Each question gives rows; each row names the claims behind it. The default answer "
                "is JSON; text/csv and text/tab-separated-values are to be had by Accept."
            ),
            "license": {"name": "CC BY 4.0", "url": _LICENCE},
        },
        "servers": [{"url": root}],
        "tags": [{"name": group} for group in dict.fromkeys(one.group for one in questions)],
        "paths": paths,
        "components": {"schemas": {"Answer": _ANSWER, "Error": {"type": "string"}}},
    }


def _operation(question: Question) -> dict[str, Any]:
    return {
        "operationId": question.name,
        "summary": question.summary,
        "description": " ".join(filter(None, (question.description, question.note))),
        "tags": [question.group],
        "parameters": [*map(_parameter, question.parameters), _EVIDENCE],
        "responses": {
            "200": {
                "description": "The rows, possibly none, and what was searched.",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Answer"}},
                    "text/csv": {"schema": {"type": "string"}},
                    "text/tab-separated-values": {"schema": {"type": "string"}},
                },
            },
            "400": _error("A parameter is unknown, missing, or does not fit."),
            "404": _error("A name stands for nothing; near ones are told."),
            "406": _error("The answer is not to be had in a format that was asked for."),
            "503": _error("A limit was reached, or the service is busy."),
        },
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = (
        dict(_SCHEMAS[parameter.kind])
        if parameter.kind in LITERAL_KINDS
        else {
            "type": "string",
            "description": f"Label, alias, CURIE or IRI of {' or '.join(parameter.classes)}",
        }
    )
    if parameter.default is not None:
        schema["default"] = parameter.default
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.is_required,
        "description": parameter.label,
        "schema": schema,
    }


def _json_response(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": "The questions, by group and name.",
        "content": {"application/json": {"schema": schema}},
    }


def _error(words: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": words, "content": {"text/plain": {"schema": schema}}}


_EVIDENCE: Final = {
    "name": "evidence",
    "in": "query",
    "required": False,
    "description": "Whether to give paragraph and words behind each claim.",
    "schema": {"type": "boolean", "default": False},
}
_ANSWER: Final = {
    "type": "object",
    "required": ["question", "summary", "parameters", "columns", "rows", "scope"],
    "properties": {
        "question": {"type": "string"},
        "summary": {"type": "string"},
        "parameters": {"type": "object"},
        "columns": {"type": "object"},
        "rows": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["claims"],
                "properties": {"claims": {"type": "array", "items": {"type": "string"}}},
            },
        },
        "scope": {"type": "object"},
    },
}
