"""The OpenAPI document: every address of the service, what it takes and what it gives.

Questions are described from the headers of their files. What can be had of a thing, and each page,
stands in tables here; ``tests/test_openapi.py`` proves that they are the routes of the service.

References:
    OpenAPI 3.1, https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from cop_graph import __version__
from cop_graph.description import LICENCE, TITLE
from cop_graph.media import SOLUTIONS, TRIPLES
from cop_graph.names import label_of
from cop_graph.namespaces import COP, OWL, RDF, compact
from cop_graph.networks import PROJECTIONS
from cop_graph.questions import LITERAL_KINDS, Parameter, Question, list_questions
from cop_graph.store import GraphStore

TABLE_ENDINGS: Final = ("csv", "json", "tsv")
FILE_ENDINGS: Final = ("xlsx", "rq", "map")
_HTML, _TEXT, _JSON, _SVG = "text/html", "text/plain", "application/json", "image/svg+xml"
_DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_RDF: Final = tuple(dict.fromkeys(kind for kinds in TRIPLES.values() for kind in kinds))
_RESULTS: Final = tuple(dict.fromkeys(kind for kinds in SOLUTIONS.values() for kind in kinds))
_OF_A_THING: Final = (_HTML, "text/turtle", "application/ld+json", "application/n-triples")
_OF_A_QUESTION: Final = (_JSON, "text/csv", "text/tab-separated-values")
_SHOWN_INSTANCES: Final = 200

_TERM: Final = r"(a|[?][a-z]{1,8}|cop:[A-Z][A-Za-z]{0,20}|copd:[a-z]{1,20}|<urn:[a-z]{1,9}>)"
_ONE_PATTERN: Final = rf"\{{ [?]s {_TERM} [?]o \}} LIMIT [1-9][0-9]{{0,2}}"
_SIMPLE: Final = (
    " The grammar of SPARQL is no regular expression: the pattern here is that of the simplest "
    "texts, so that what is made from this document alone is always in order."
)
_QUERY: Final = {
    "type": "string",
    "contentMediaType": "application/sparql-query",
    "pattern": rf"^(ASK|SELECT [*]|DESCRIBE [?]s|CONSTRUCT) WHERE {_ONE_PATTERN}$",
    "description": "Any query of SPARQL 1.1 that reads nothing but this graph." + _SIMPLE,
}
_NTRIPLES: Final = r'(<urn:[a-z]{1,9}> <urn:[a-z]{1,9}> ("[a-z]{0,9}"|<urn:[a-z]{1,9}>) [.]\n){0,3}'
_UPDATE: Final = {
    "type": "string",
    "contentMediaType": "application/sparql-update",
    "pattern": r"^INSERT DATA \{ <urn:[a-z]{1,9}> <urn:[a-z]{1,9}> <urn:[a-z]{1,9}> \}$",
    "description": "Any update of SPARQL 1.1 without LOAD." + _SIMPLE,
}
_RDF_TEXT: Final = {
    "type": "string",
    "pattern": f"^{_NTRIPLES}$",
    "description": "A document in the language of its media type. The pattern is that of the "
    "simplest N-Triples, which most of these languages contain.",
}
_GRAPH_IRI: Final = {
    "type": "string",
    "description": "An absolute IRI; the pattern is that of some that are always in order.",
    "pattern": r"^(urn:[a-z]{2,9}:|https://[a-z]{1,20}[.]example/)[A-Za-z0-9._~-]{1,99}$",
}
_DEFAULT_GRAPH: Final = {
    "type": "object",
    "required": ["default"],
    "properties": {"default": {"type": "string", "const": ""}},
    "additionalProperties": False,
}
_NAMED_GRAPH: Final = {
    "type": "object",
    "required": ["graph"],
    "properties": {"graph": _GRAPH_IRI},
    "additionalProperties": False,
}
_LITERALS: Final = {
    "text": {"type": "string"},
    "number": {"type": "string", "pattern": r"^[+-]?[0-9]+(\.[0-9]+)?$"},
    "date": {"type": "string", "pattern": r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"},
}
_SAFE_HEADERS: Final = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy")
_LIMIT_HEADERS: Final = tuple(
    f"COP-Graph-Limit-{name}" for name in ("Seconds", "Rows", "Bytes", "Memory")
)
_READ_HEADERS: Final = ("ETag", "Cache-Control", "Vary", "COP-Graph-Data-Version", *_LIMIT_HEADERS)


def openapi(
    queries: Path, *, root: str, store: GraphStore | None = None, allows_update: bool = False
) -> dict[str, Any]:
    """Give the OpenAPI document of the service.

    Args:
        queries: The directory of question files.
        root: Scheme and host of the service.
        store: Where examples are taken from; without one there are none.
        allows_update: Whether the service takes changes, from those who have its token.
    """
    questions = list_questions(queries)
    examples = _Examples(store)
    paths = {
        **_questions(questions, examples),
        **_pages(examples),
        **_protocol(allows_update=allows_update),
        **_descriptions(),
    }
    groups = dict.fromkeys(one.group for one in questions)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "CC BY 4.0", "url": LICENCE},
        },
        "servers": [{"url": root}],
        "tags": [{"name": name} for name in (*groups, "pages", "protocol", "descriptions")],
        "paths": paths,
        "components": {
            "schemas": _SCHEMAS | {f"Answer-{one.name}": _answer(one) for one in questions},
            "headers": _HEADERS,
            "parameters": _PARAMETERS,
            "responses": _faults(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of a service that was started with --allow-update.",
                }
            },
        },
    }


_ABOUT: Final = (
    "Each question gives rows; each row names the claims behind it. The form of an answer is "
    "chosen by Accept or by the ending of the address. Everything that is read with GET can be "
    "asked for with HEAD; addresses that are no pages answer OPTIONS for pages of other sites. An "
    "address may end with a slash. Under /sparql and /store stand the SPARQL 1.1 Protocol and the "
    "SPARQL 1.1 Graph Store HTTP Protocol; changes need --allow-update and its token."
)


class _Examples:
    """Names of things that are there, so that who reads the document can try it."""

    def __init__(self, store: GraphStore | None) -> None:
        self._store = store
        self._found: dict[str, str | None] = {}

    def curie(self, classes: Iterable[str]) -> str | None:
        """Give the CURIE of the first thing by label of the first class that has any."""
        return next(filter(None, map(self._first, classes)), None)

    def slug(self, *classes: str) -> str | None:
        """Give the last part of its IRI."""
        found = self.curie(classes)
        return found.partition(":")[2] if found else None

    def _first(self, name: str) -> str | None:
        if self._store is None:
            return None
        if name not in self._found:
            store = self._store
            iris = store.instances((OWL if name == "Class" else COP) + name)
            some = sorted(islice(iris, _SHOWN_INSTANCES))
            store.prefetch(some)
            ours = [iri for iri in some if compact(iri).startswith(("cop:", "copd:"))]
            first = min(ours, key=lambda iri: (label_of(store, iri), iri), default=None)
            self._found[name] = compact(first) if first else None
        return self._found[name]


# Questions.


def _questions(questions: list[Question], examples: _Examples) -> dict[str, Any]:
    paths: dict[str, Any] = {
        "/questions": _get(
            "questions",
            "Which questions are there?",
            tag="overview",
            kinds=(_JSON, _HTML),
            schemas={_JSON: {"type": "array", "items": _ref("schemas", "Question")}},
        )
    }
    for question in questions:
        told = [_parameter(one, examples) for one in question.parameters]
        told.append(_ref("parameters", "evidence"))
        words = " ".join(filter(None, (question.description, question.note)))
        rows = _ref("schemas", f"Answer-{question.name}")
        common: dict[str, Any] = {"tag": question.group, "faults": (400, 404, 406)}
        paths[f"/questions/{question.name}"] = _get(
            question.name,
            question.summary,
            description=f"{words} As a page (text/html) it is a form and its answer.",
            parameters=told,
            kinds=(*_OF_A_QUESTION, _HTML),
            schemas={_JSON: rows},
            **common,
        )
        endings = {
            "name": "ending",
            "in": "path",
            "required": True,
            "description": "json, csv, tsv and xlsx hold the rows; rq is the SPARQL behind them; "
            "map is what a map of the rows is drawn from, where they are ties.",
            "schema": {"type": "string", "enum": [*TABLE_ENDINGS, *FILE_ENDINGS]},
        }
        paths[f"/questions/{question.name}.{{ending}}"] = _get(
            f"{question.name}-file",
            f"{question.summary} (as a file)",
            description=words,
            parameters=[endings, *told],
            kinds=(*_OF_A_QUESTION, _XLSX, "application/sparql-query"),
            schemas={_JSON: {"anyOf": [rows, _ref("schemas", "Map")]}},
            **common,
        )
    return paths


def _parameter(parameter: Parameter, examples: _Examples) -> dict[str, Any]:
    if parameter.kind in LITERAL_KINDS:
        schema = dict(_LITERALS[parameter.kind])
        example = "2025" if parameter.kind == "date" else None
    else:
        words = f"Label, alias, CURIE or IRI of {' or '.join(parameter.classes)}"
        schema = {"type": "string", "pattern": r"\S", "description": words}
        example = examples.curie(parameter.classes)
    if parameter.default is not None:
        schema["default"] = parameter.default
    told = {
        "name": parameter.name,
        "in": "query",
        "required": parameter.is_required,
        "description": parameter.label,
        "schema": schema,
    }
    return told | ({"example": example} if example else {})


def _answer(question: Question) -> dict[str, Any]:
    cells = {
        name: _ref("schemas", f"Cell-{kind}")
        for name, kind in question.columns.items()
        if name != "claims"
    }
    row = {"type": "object", "required": list(cells), "properties": cells}
    rows = {"type": "array", "items": row}
    return {"allOf": [_ref("schemas", "Answer"), {"properties": {"rows": rows}}]}


# Pages.


def _pages(examples: _Examples) -> dict[str, Any]:
    slug = {"type": "string", "pattern": r"^[A-Za-z0-9_.-]+$"}

    def name(*classes: str) -> dict[str, Any]:
        told = {"name": "name", "in": "path", "required": True, "schema": slug}
        found = examples.slug(*classes)
        return told | ({"example": found} if found else {})

    def ending(*names: str) -> dict[str, Any]:
        schema = {"type": "string", "enum": list(names)}
        return {"name": "ending", "in": "path", "required": True, "schema": schema}

    def text(name: str, words: str, *classes: str) -> dict[str, Any]:
        told = {"name": name, "in": "query", "description": words, "schema": {"type": "string"}}
        found = examples.curie(classes)
        return told | ({"example": found} if found else {})

    part = _ref("parameters", "part")
    actor = text("actor", "Only what touches this actor.", "Organization", "State")
    theme = text("theme", "Only what is on this theme.", "Theme")
    narrowed = [actor, theme]
    network = {
        "name": "network",
        "in": "query",
        "description": "Which ties; partnership where nothing is said.",
        "schema": {"type": "string", "enum": [*PROJECTIONS, ""], "default": "partnership"},
    }
    words = text("q", "Words, acronyms, beginnings of words; misspelled ones are found too.")
    words["example"] = "online"
    kind = text("kind", "Only of these classes, joined by |, such as State|Organization.")
    formats = ending("html", "ttl", "jsonld", "nt")
    negotiated = "As RDF: the thing and what is claimed of it."
    pairs = [text(one, "A thing.", "Organization", "State") for one in ("a", "b", "c")]
    focus = text("focus", "Only around this thing.", "Organization", "State")
    view = text("view", "`table` shows the ties as a table at once.")
    told: dict[str, tuple[str, str, list[dict[str, Any]], tuple[str, ...], str]] = {
        "/": ("home", "What is in here, and where to begin", [], (_HTML,), ""),
        "/about": ("about", "How to read what is shown", [], (_HTML,), ""),
        "/search": ("search", "Search names and descriptions", [words, kind], (_HTML,), ""),
        "/search.json": ("suggest", "Search as one types", [words, kind], (_JSON,), ""),
        "/ontology": ("terms", "What can be said: classes and relations", [], (_HTML,), ""),
        "/ontology/{name}": (
            "term", "A class, relation or concept", [name("Theme")], _OF_A_THING, negotiated,
        ),
        "/ontology/{name}.{ending}": (
            "term-file", "The same in one form", [name("Theme"), formats], _OF_A_THING, "",
        ),
        "/id/{name}": (
            "thing", "A thing, claim, remark, paragraph or report",
            [name("Organization", "State")], _OF_A_THING, negotiated,
        ),
        "/id/{name}.{ending}": (
            "thing-file", "The same in one form",
            [name("Organization", "State"), formats], _OF_A_THING, "",
        ),
        "/id/{name}/brief": (
            "brief", "A brief of a thing or theme", [name("Organization", "State")], (_HTML,),
            "Every sentence with its paragraphs.",
        ),
        "/id/{name}/brief.{ending}": (
            "brief-file", "The brief as a file",
            [name("Organization", "State"), ending("docx", "pdf", "html", "md")],
            (_DOCX, "application/pdf", _HTML, "text/markdown"), "",
        ),
        "/id/{name}/map": (
            "ego", "Whom the reports tie to an actor",
            [name("Organization", "State")], (_HTML,), "",
        ),
        "/id/{name}/map.svg": (
            "ego-picture", "The same as a picture", [name("Organization", "State")], (_SVG,), "",
        ),
        "/report/{name}": (
            "report", "A report, paragraph by paragraph",
            [
                {**name(), **_of_report(examples)},
                text("claims", "`all` shows the claims too."),
            ],
            (_HTML,), "",
        ),
        "/compare": ("compare", "Two or three actors side by side", pairs, (_HTML,), ""),
        "/connect": ("connect", "How two things are connected", pairs[:2], (_HTML,), ""),
        "/map": ("map", "The network", [network, theme, focus, view], (_HTML,), ""),
        "/selection.json": (
            "selection", "What is chosen, and the claims that belong to it",
            [
                text("actor", "A thing, as a CURIE.", "Organization", "State"),
                text("claims", "Else claims and remarks: their names, joined by commas."),
                text("years", "Else years: `2024-2025`."),
            ],
            (_JSON,), "",
        ),
        "/map.json": ("map-file", "What the network is drawn from", [network, theme], (_JSON,), ""),
        **{
            f"/{one}": (one, summary, narrowed, (_HTML,), "")
            for one, summary in _PICTURES.items()
        },
        **{
            f"/{one}.svg": (f"{one}-picture", f"{summary} (as a picture)", narrowed, (_SVG,), "")
            for one, summary in _PICTURES.items()
        },
    }  # fmt: skip
    shapes = {
        "suggest": _ref("schemas", "Hits"),
        "selection": _ref("schemas", "Selection"),
        "map-file": _ref("schemas", "Map"),
    }
    paths = {
        path: _get(
            f"page-{operation}",
            summary,
            description=more,
            tag="pages",
            parameters=[*taken, *([part] if kinds == (_HTML,) or kinds == _OF_A_THING else [])],
            kinds=kinds,
            schemas={_JSON: shapes.get(operation, {})},
            faults=(400, 404),
        )
        for path, (operation, summary, taken, kinds, more) in told.items()
    }
    paths["/static/{name}"] = _get(
        "page-static",
        "A file that pages load",
        description="A name with the fingerprint of its content may be kept for good.",
        tag="pages",
        parameters=[{**name(), "example": "pages.css"}],
        kinds=("text/css", "text/javascript", _JSON, _SVG, _TEXT),
        faults=(400, 404),
        headers=(*_SAFE_HEADERS, "Cache-Control", "Vary"),
    )
    del paths["/static/{name}"]["get"]["responses"]["304"]
    return paths


_PICTURES: Final = {
    "world": "Who works with whom on a map of the world",
    "timeline": "What happened when, and what is planned",
    "matrix": "Who works on what",
}


def _of_report(examples: _Examples) -> dict[str, Any]:
    found = examples.slug("Report")
    return {"example": found.removeprefix("report-")} if found else {}


# Protocols.


def _protocol(*, allows_update: bool) -> dict[str, Any]:
    def graphs(name: str, words: str) -> dict[str, Any]:
        schema = {"type": "array", "items": _GRAPH_IRI}
        return {"name": name, "in": "query", "description": words, "schema": schema}

    def which(*schemas: Any) -> dict[str, Any]:
        return {
            "name": "which",
            "in": "query",
            "required": True,
            "style": "form",
            "explode": True,
            "description": "`?default`, or `?graph=` and the IRI of a graph.",
            "schema": {"oneOf": list(schemas)},
        }

    whole, named = which(_DEFAULT_GRAPH, _NAMED_GRAPH), _path_of_graph()
    form = {
        "type": "object",
        "required": ["query"],
        "properties": {"query": _QUERY},
        "description": "query or update, with the graphs that either takes in an address.",
    }
    sparql = _get(
        "query",
        "Answer a query, or describe the service (SPARQL 1.1 Protocol)",
        tag="protocol",
        description="Without a query: the service description (SPARQL 1.1 Service Description), to "
        "a browser the editor. SELECT and ASK give results, CONSTRUCT and DESCRIBE triples.",
        parameters=[
            {
                "name": "query",
                "in": "query",
                "schema": _QUERY,
                "example": "SELECT * WHERE { ?s a ?o } LIMIT 10",
            },
            graphs("default-graph-uri", "Graphs that make up the default graph."),
            graphs("named-graph-uri", "Graphs that can be named."),
        ],
        kinds=(*_RESULTS, *_RDF, _HTML),
        faults=(400, 403, 404, 405, 406, 413),
    )
    sparql["post"] = {
        "operationId": "query-or-update",
        "summary": "Answer a query or, with the token, change the store",
        "tags": ["protocol"],
        "security": [{}, {"token": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {"schema": form},
                "application/sparql-query": {"schema": _QUERY},
                "application/sparql-update": {"schema": _UPDATE},
            },
        },
        "responses": {
            "200": _response("The answer.", (*_RESULTS, *_RDF)),
            "204": _empty("The store was changed.", ("COP-Graph-Data-Version",)),
            **_faults_of((400, 401, 403, 404, 406, 413, 415)),
        },
    }
    store = _get(
        "graph",
        "Give a graph whole (SPARQL 1.1 Graph Store HTTP Protocol)",
        tag="protocol",
        parameters=[whole],
        kinds=_RDF,
        faults=(400, 404, 406),
    )
    below = _get(
        "graph-at",
        "Give the graph that stands at this address",
        tag="protocol",
        parameters=[named],
        kinds=_RDF,
        faults=(400, 404, 406),
    )
    for path, taken, kind in ((store, whole, "graph"), (below, named, "graph-at")):
        path["put"] = _change(f"put-{kind}", "Put a graph in the place of what is there", [taken])
        path["post"] = _change(f"add-to-{kind}", "Add to a graph", [taken])
        path["delete"] = _change(f"delete-{kind}", "Remove a graph", [taken], has_body=False)
    store["post"] |= {
        "description": "Without `?default` or `?graph` a graph with a new address is made.",
    }
    store["post"]["responses"]["201"]["headers"]["Location"] = _ref("headers", "Location")
    paths = {"/sparql": sparql, "/store": store, "/store/{name}": below}
    if not allows_update:
        for one in (operation for path in paths.values() for operation in path.values()):
            one.pop("security", None)
            one["responses"].pop("401", None)
    return paths


def _path_of_graph() -> dict[str, Any]:
    return {
        "name": "name",
        "in": "path",
        "required": True,
        "description": "The IRI of the graph is the whole address; it may have more steps.",
        "schema": {"type": "string", "pattern": "[^/]"},
    }


def _change(
    operation: str, summary: str, parameters: list[dict[str, Any]], *, has_body: bool = True
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation,
        "summary": summary,
        "tags": ["protocol"],
        "security": [{"token": []}],
        "parameters": parameters,
        "responses": {
            "204": _empty("It is done.", ()),
            **_faults_of((400, 401, 403, 404, 413, 415, 507) if has_body else (400, 401, 403, 404)),
        },
    }
    if has_body:
        content: dict[str, Any] = {
            kind: {"schema": _RDF_TEXT} for kind in _RDF if "xml" not in kind
        }
        for kind in ("application/ld+json", _JSON):
            content[kind] = {"schema": _ref("schemas", "JSON-LD")}
        for kind in ("application/rdf+xml", "application/xml", "text/xml"):
            content[kind] = {"schema": _ref("schemas", "RDF-XML")}
        files = {
            "type": "array",
            "minItems": 1,
            "items": {**_RDF_TEXT, "contentMediaType": "application/octet-stream"},
        }
        content["multipart/form-data"] = {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": files},
                "description": "Files with the media type of each; their fields have any name.",
            },
            "encoding": {"file": {"contentType": "text/turtle"}},
        }
        told["requestBody"] = {"required": True, "content": content}
        told["responses"]["201"] = _empty("A graph was made.", ())
    return told


def _descriptions() -> dict[str, Any]:
    void = "What the data are, and how many (VoID)"
    health = _get(
        "health",
        "Whether queries are answered",
        tag="descriptions",
        kinds=(_JSON,),
        schemas={_JSON: _ref("schemas", "Health")},
        headers=(*_SAFE_HEADERS, "Cache-Control"),
    )
    health["get"]["responses"]["503"] = _response(
        "They are not.", (_JSON,), {_JSON: _ref("schemas", "Health")}, _SAFE_HEADERS
    )
    for name in ("304", "505"):
        del health["get"]["responses"][name]
    return {
        "/void": _get("void", void, tag="descriptions", kinds=_RDF, faults=(400, 406)),
        "/.well-known/void": _get(
            "well-known-void", void, tag="descriptions", kinds=_RDF, faults=(400, 406)
        ),
        "/healthz": health,
        "/openapi.json": _get(
            "openapi",
            "This document",
            tag="descriptions",
            kinds=(_JSON,),
            schemas={_JSON: {"type": "object", "required": ["openapi", "info", "paths"]}},
        ),
    }


# What operations share.


def _get(
    operation: str,
    summary: str,
    *,
    tag: str,
    kinds: Iterable[str],
    description: str = "",
    parameters: Iterable[dict[str, Any]] = (),
    schemas: Mapping[str, Any] | None = None,
    faults: Iterable[int] = (400,),
    headers: Iterable[str] = (*_SAFE_HEADERS, *_READ_HEADERS),
) -> dict[str, Any]:
    told: dict[str, Any] = {"operationId": operation, "summary": summary, "tags": [tag]}
    if description:
        told["description"] = description
    told["parameters"] = [*parameters, _ref("parameters", "If-None-Match")]
    told["responses"] = {
        "200": _response("What was asked for.", kinds, schemas, headers),
        "304": _empty("What you have is still true.", ("ETag", "Cache-Control", "Vary")),
        **_faults_of(faults),
    }
    return {"get": told}


def _response(
    words: str,
    kinds: Iterable[str],
    schemas: Mapping[str, Any] | None = None,
    headers: Iterable[str] = (*_SAFE_HEADERS, *_READ_HEADERS),
) -> dict[str, Any]:
    known = schemas or {}
    text = {"type": "string"}
    return {
        "description": words,
        "headers": {name: _ref("headers", name) for name in headers},
        "content": {
            kind: {"schema": known.get(kind, {} if kind.endswith("json") else text)}
            for kind in kinds
        },
    }


def _empty(words: str, headers: Iterable[str]) -> dict[str, Any]:
    names = (*_SAFE_HEADERS, *headers)
    return {"description": words, "headers": {name: _ref("headers", name) for name in names}}


_FAULTS: Final = {
    400: "The request, a parameter or a body does not fit; the text says where.",
    401: "A change without the token.",
    403: "A change where none is allowed, or a query that would reach out of the graph.",
    404: "No such thing, question, graph or page; near names are told.",
    405: "Not this method, or an update that was not sent by POST.",
    406: "Not to be had in a form that is accepted.",
    413: "The body or the query is too large.",
    414: "The address is too long; send a long query by POST.",
    415: "The body is not of a media type that is known here, not UTF-8, or compressed.",
    431: "Address and headers are too long.",
    500: "A fault of the program itself.",
    503: "A limit was reached, or the service is busy.",
    505: "An answer too large for HTTP/1.0.",
    507: "The store cannot be written to; nothing has changed.",
}
_EVERYWHERE: Final = (414, 431, 500, 503, 505)


def _faults() -> dict[str, Any]:
    more = {
        401: ("WWW-Authenticate",),
        405: ("Allow",),
        503: ("Retry-After", "COP-Graph-Stopped-By"),
    }
    found = {}
    for status, words in _FAULTS.items():
        kinds = (_TEXT, _HTML) if status in (400, 404) else (_TEXT,)
        headers = (*_SAFE_HEADERS, *more.get(status, ()))
        schemas = {_TEXT: _ref("schemas", "Error"), _HTML: {"type": "string"}}
        found[f"Fault-{status}"] = _response(words, kinds, schemas, headers)
    return found


def _faults_of(statuses: Iterable[int]) -> dict[str, Any]:
    return {
        str(status): _ref("responses", f"Fault-{status}")
        for status in sorted({*statuses, *_EVERYWHERE})
    }


def _ref(part: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{part}/{name}"}


def _header(words: str, *, pattern: str = "", is_always: bool = False) -> dict[str, Any]:
    schema = {"type": "string"} | ({"pattern": pattern} if pattern else {})
    return {"description": words, "required": is_always, "schema": schema}


_HEADERS: Final = {
    "Content-Security-Policy": _header(
        "Nothing of elsewhere, nothing inline.", pattern="default-src 'none'", is_always=True
    ),
    "X-Content-Type-Options": _header("", pattern="^nosniff$", is_always=True),
    "Referrer-Policy": _header("", pattern="^same-origin$", is_always=True),
    "Cache-Control": _header("Whether, and how, to keep the answer.", is_always=True),
    "Vary": _header("What else the answer hangs on.", is_always=True),
    "ETag": _header("Changes with the data; none where the version is not known.", pattern='^W/"'),
    "COP-Graph-Data-Version": _header("The version of the data."),
    "COP-Graph-Limit-Seconds": _header("So long may an answer take.", is_always=True),
    "COP-Graph-Limit-Rows": _header(
        "So many rows may it have.", pattern="^[0-9]+$", is_always=True
    ),
    "COP-Graph-Limit-Bytes": _header("So large may it be.", pattern="^[0-9]+$", is_always=True),
    "COP-Graph-Limit-Memory": _header("So many bytes.", pattern="^[0-9]+$", is_always=True),
    "COP-Graph-Stopped-By": _header("Which limit.", pattern="^(time|memory|rows|bytes|busy)$"),
    "Retry-After": _header("After so many seconds.", pattern="^[0-9]+$"),
    "WWW-Authenticate": _header("How to show the token.", pattern="^Bearer ", is_always=True),
    "Allow": _header("The methods that there are.", is_always=True),
    "Location": _header("The address, and IRI, of a new graph."),
}
_PARAMETERS: Final = {
    "evidence": {
        "name": "evidence",
        "in": "query",
        "required": False,
        "description": "Whether to give paragraph and words behind each claim.",
        "schema": {"type": "boolean", "default": False},
    },
    "part": {
        "name": "part",
        "in": "query",
        "description": "`drawer` gives the page without its frame, to be shown within another.",
        "schema": {"type": "string"},
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag of an answer that you have.",
        "schema": {"type": "string"},
    },
}


def _nullable(*kinds: str) -> dict[str, Any]:
    return {"type": [*kinds, "null"]}


def _object(required: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": {**required, **more}}


_STRINGS: Final = {"type": "array", "items": {"type": "string"}}
_COUNT: Final = {"type": "integer", "minimum": 0}
_SCHEMAS: Final = {
    "Error": {"type": "string", "description": "What is wrong, and what to do."},
    "Reference": _object({"iri": {"type": "string"}, "label": {"type": "string"}}),
    "Cell-IRI": {"anyOf": [_ref("schemas", "Reference"), {"type": "string"}, {"type": "null"}]},
    "Cell-text": _nullable("string"),
    "Cell-labels": _nullable("string"),
    "Cell-date": _nullable("string"),
    "Cell-number": _nullable("number"),
    "Cell-boolean": _nullable("boolean"),
    "Evidence": _object(
        {
            "claim": {"type": "string"},
            "report": {"type": "string"},
            "paragraph": {"type": "string"},
            "anchors": _STRINGS,
            "occurrence": _nullable("integer"),
            "status": {"type": "string"},
            "voices": _STRINGS,
            "sentence": _nullable("string"),
        }
    ),
    "Scope": _object(
        {
            "reports": _STRINGS,
            "paragraphs": _COUNT,
            "paragraphsWithClaims": _COUNT,
            "claims": _COUNT,
            "remarks": _COUNT,
            "version": {"type": "string"},
        }
    ),
    "Answer": _object(
        {
            "question": {"type": "string"},
            "summary": {"type": "string"},
            "parameters": {"type": "object"},
            "columns": {"type": "object", "additionalProperties": {"type": "string"}},
            "rows": {
                "type": "array",
                "items": _object(
                    {"claims": _STRINGS},
                    evidence={"type": "array", "items": _ref("schemas", "Evidence")},
                ),
            },
            "scope": _ref("schemas", "Scope"),
        }
    ),
    "Question": _object(
        {
            "name": {"type": "string"},
            "group": {"type": "string"},
            "summary": {"type": "string"},
            "description": {"type": "string"},
            "tags": _STRINGS,
            "parameters": {
                "type": "array",
                "items": _object(
                    {
                        "name": {"type": "string"},
                        "kind": {"type": "string"},
                        "label": {"type": "string"},
                        "default": _nullable("string"),
                        "required": {"type": "boolean"},
                    }
                ),
            },
            "columns": {"type": "object", "additionalProperties": {"type": "string"}},
            "note": _nullable("string"),
        }
    ),
    "Hits": _object(
        {
            "words": {"type": "string"},
            "how": {"type": "string", "enum": ["all", "some", "near", "none"]},
            "isCut": {"type": "boolean"},
            "hits": {
                "type": "array",
                "items": _object(
                    {
                        "label": {"type": "string"},
                        "otherName": _nullable("string"),
                        "kind": {"type": "string"},
                        "curie": {"type": "string"},
                        "address": {"type": "string"},
                    }
                ),
            },
        }
    ),
    "Selection": _object(
        {
            **{key: {"type": "string"} for key in ("words", "kind", "doubt", "address")},
            "claims": _STRINGS,
            "things": {
                "type": "array",
                "items": _object(
                    {key: {"type": "string"} for key in ("curie", "label", "address")}
                ),
            },
        }
    ),
    "Map": _object({"nodes": {"type": "array"}, "edges": {"type": "array"}}),
    "Health": _object(
        {
            "status": {"type": "string", "enum": ["ok", "not ready"]},
            "version": {"type": "string"},
            "network": {"type": "string"},
            "workers": _COUNT,
            "free": _COUNT,
            "long": _COUNT,
            "waiting": _COUNT,
        }
    ),
    "JSON-LD": {"description": "A document in JSON-LD 1.1; terms without a context mean nothing."},
    "RDF-XML": {
        "type": "object",
        "additionalProperties": False,
        "description": "A document in RDF/XML; described here is the one that says nothing.",
        "xml": {"name": "RDF", "prefix": "rdf", "namespace": RDF},
    },
}

__all__ = ["openapi"]
