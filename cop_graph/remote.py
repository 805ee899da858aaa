"""Stores elsewhere: any server that speaks the SPARQL 1.1 Protocol, by its address.

Servers differ in what a default graph is and in how much they answer at once. So every query is
sent as a SELECT or ASK with its graphs named in the request, and an answer that the server cut
short is fetched page by page or refused. What is guaranteed of an upload stands in docs/stores.md.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Any, Final

import pyoxigraph as ox

from cop_graph.dataset import BUILDS_GRAPH, DEFAULT_GRAPH, Source
from cop_graph.endpoint import Endpoint, Reply, is_address
from cop_graph.errors import StoreError
from cop_graph.guard import Token, explain, iter_tokens, resolve_escapes
from cop_graph.namespaces import BASE, COPD, PREFIXES, RDF, XSD
from cop_graph.store import (
    EVERY_GRAPH,
    WHOLE_STORE,
    EmbeddedStore,
    GraphStore,
    QueryDataset,
    QueryResults,
    build_store,
    open_store,
)

NOTHING: Final = COPD + "no-graph"
"""Named where a query is to see no graph; nothing is ever written there."""
BATCH_SUBJECTS: Final = 200
BATCH_TRIPLES: Final = 20_000
MOST_REMEMBERED: Final = 200_000
BUILD_CHECK_S: Final = 5.0
UNKNOWN_VERSION: Final = "unknown"
_TERMS: Final = BASE + "store#"
_STORE: Final = COPD + "store"
_CURRENT: Final = _TERMS + "currentBuild"
_SWITCHING: Final = _TERMS + "switchesTo"
_PREVIOUS: Final = _TERMS + "previousBuild"
_SIZE: Final = _TERMS + "quadCount"
_DEFAULT: Final = _TERMS + "defaultGraph"
_NAMED: Final = _TERMS + "namedGraph"
_STAGED: Final = _TERMS + "stagedGraph"
_VERSION: Final = PREFIXES["dcterms"] + "hasVersion"
_TYPE: Final = RDF + "type"
_DATA_VERSION: Final = re.compile(r"\b[0-9a-f]{12}\b")
_FORMS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_BOOLEAN: Final = XSD + "boolean"
_SHELTER: Final = _TERMS + "xsd-"
_MANGLED: Final = tuple(XSD + name for name in ("duration", "dayTimeDuration", "yearMonthDuration"))
_BLANK: Final = "urn:cop-graph:blank:"


def open_at(store: str | os.PathLike[str]) -> GraphStore:
    """Open a store by its directory or its address, for reading.

    Raises:
        StoreError: There is no store of ours, or it cannot be read.
    """
    place = _place(store)
    return open_remote(place) if is_address(place) else open_store(place)


def build_at(
    store: str | os.PathLike[str],
    source: Source,
    *,
    progress: Callable[[str], None] = lambda _message: None,
) -> GraphStore:
    """Build a store in a directory or at an address; until the last step the old one is read.

    Raises:
        DataError: A file cannot be used; the old store still stands.
        StoreError: The store cannot be written.
    """
    place = _place(store)
    if is_address(place):
        return build_remote(place, source, progress=progress)
    return build_store(place, source, progress=progress)


def _place(store: str | os.PathLike[str]) -> str:
    place = os.fspath(store)
    if not place.strip():
        raise StoreError("is empty; it names a directory or an address", path="--store")
    return place


@dataclass(frozen=True, slots=True)
class Build:
    """A build at a server, as the graph ``BUILDS_GRAPH`` tells of it."""

    iri: str
    version: str
    size: int
    default_graph: str
    named_graphs: tuple[str, ...]
    staged_graphs: tuple[str, ...]
    previous: str | None


@dataclass(frozen=True, slots=True)
class Builds:
    """All builds at a server, which of them is read, and whether that is being changed."""

    current: Build | None
    every: Mapping[str, Build]
    is_switching: bool


class RemoteStore(GraphStore):
    """A store at a server, pinned to the build that was current when it was opened.

    Where the server holds no build of ours, it is taken to hold our quads as they are, such as our
    own service does; ``build`` is then ``None``.

    Look-ups are remembered by subject, so that ``prefetch`` saves requests.
    """

    is_far = True

    def __init__(self, endpoint: Endpoint, build: Build | None, *, version: str) -> None:
        self.is_snapshot = build is not None
        self.endpoint = endpoint
        self.build = build
        self.version = version
        self._empty = ox.Store()
        self._subjects: dict[str, dict[str, list[ox.NamedNode | ox.Literal]]] = {}
        self._pairs: dict[str, list[tuple[str, str]]] = {}
        self._graphs: list[str] | None = None
        self._checked_at = time.monotonic()

    def __repr__(self) -> str:
        return f"RemoteStore({self.endpoint.address!r}, version={self.version!r})"

    def __len__(self) -> int:
        if self.build is not None:
            return self.build.size
        texts = [
            "SELECT (COUNT(*) AS ?count) WHERE { ?s ?p ?o }",
            "SELECT (COUNT(*) AS ?count) WHERE { GRAPH ?g { ?s ?p ?o } }",
        ]
        return sum(_integer(next(self._lookup(text, ("count",)))["count"]) for text in texts)

    def graphs(self) -> list[str]:
        """See ``GraphStore``."""
        if self.build is not None:
            return list(self.build.named_graphs)
        if self._graphs is None:
            text = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"
            found = (solution["g"] for solution in self._lookup(text, ("g",)))
            self._graphs = sorted(term.value for term in found if isinstance(term, ox.NamedNode))
        return self._graphs

    def run(self, text: str, *, dataset: QueryDataset = WHOLE_STORE) -> QueryResults:
        """See ``GraphStore``. The query is parsed here, so that a fault is told without a request.

        Raises:
            QuerySyntaxError: It is not a query of SPARQL 1.1.
            StoreError: The server cannot be reached, or its answer is not whole.
        """
        try:
            parsed = self._empty.query(text, prefixes=PREFIXES, base_iri=dataset.base)
        except SyntaxError as error:
            raise explain(error, text) from error
        self._check_build()
        query = _Query.read(f"BASE <{dataset.base}> {text}" if dataset.base else text)
        if dataset.default_graphs is not None or dataset.named_graphs is not None:
            query = replace(
                query,
                default=dataset.default_graphs or (),
                named=dataset.named_graphs or (),
            )
        if isinstance(parsed, ox.QueryBoolean):
            return self._ask(query)
        if isinstance(parsed, ox.QuerySolutions):
            names = [variable.value for variable in parsed.variables]
            return self._select(query.with_columns(names), names)
        return self._triples(query)

    def objects(self, subject: str, predicate: str) -> Iterator[ox.NamedNode | ox.Literal]:
        """See ``GraphStore``."""
        return iter(self._subject(subject).get(str(ox.NamedNode(predicate)), ()))

    def pairs(self, predicate: str) -> Iterator[tuple[str, str]]:
        """See ``GraphStore``."""
        if predicate not in self._pairs:
            text = f"SELECT ?s ?o WHERE {{ ?s {ox.NamedNode(predicate)} ?o }}"
            self._pairs[predicate] = [
                (solution["s"].value, solution["o"].value)
                for solution in self._lookup(text, ("s", "o"))
                if isinstance(solution["s"], ox.NamedNode)
            ]
        return iter(self._pairs[predicate])

    def instances(self, class_iri: str) -> Iterator[str]:
        """See ``GraphStore``."""
        key = f"a {class_iri}"
        if key not in self._pairs:
            text = f"SELECT ?s WHERE {{ ?s <{_TYPE}> {ox.NamedNode(class_iri)} }}"
            self._pairs[key] = [
                (solution["s"].value, "")
                for solution in self._lookup(text, ("s",))
                if isinstance(solution["s"], ox.NamedNode)
            ]
        return (subject for subject, _ in self._pairs[key])

    def holds(self, subject: str) -> bool:
        """See ``GraphStore``."""
        return bool(self._subject(subject))

    def iter_quads(self, graph: str | None = EVERY_GRAPH) -> Iterator[ox.Quad]:
        """See ``GraphStore``."""
        if graph == EVERY_GRAPH:
            for name in (None, *self.graphs()):
                yield from self.iter_quads(name)
            return
        home = ox.DefaultGraph() if graph is None else ox.NamedNode(graph)
        text, default = "SELECT ?s ?p ?o WHERE { ?s ?p ?o }", None
        if graph is not None and self.build is not None:
            default = graph
        elif graph is not None:
            text = f"SELECT ?s ?p ?o WHERE {{ GRAPH {home} {{ ?s ?p ?o }} }}"
        for solution in self._lookup(text, ("s", "p", "o"), default=default):
            yield ox.Quad(solution["s"], solution["p"], solution["o"], home)

    def prefetch(self, iris: Iterable[str], *steps: Sequence[str]) -> None:
        """Fetch all that is said of these subjects, some hundreds a request; see ``GraphStore``."""
        reached = [iri for iri in dict.fromkeys(iris) if _is_node(iri)]
        wanted = [iri for iri in reached if iri not in self._subjects]
        for start in range(0, len(wanted), BATCH_SUBJECTS):
            self._fetch(wanted[start : start + BATCH_SUBJECTS])
        if steps:
            terms = (
                term
                for iri in reached
                for predicate in steps[0]
                for term in self.objects(iri, predicate)
            )
            linked = [term.value for term in terms if isinstance(term, ox.NamedNode)]
            self.prefetch(linked, *steps[1:])

    def _subject(self, iri: str) -> Mapping[str, Sequence[ox.NamedNode | ox.Literal]]:
        if iri not in self._subjects:
            self._fetch([iri])
        return self._subjects[iri]

    def _fetch(self, iris: Sequence[str]) -> None:
        if len(self._subjects) > MOST_REMEMBERED:
            self._subjects.clear()
        nodes = [ox.NamedNode(iri) for iri in iris]
        found: dict[str, dict[str, list[ox.NamedNode | ox.Literal]]] = {iri: {} for iri in iris}
        values = " ".join(map(str, nodes))
        text = f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {values} }} ?s ?p ?o }}"
        if len(nodes) == 1:  # some engines look a constant up faster
            text = f"SELECT ({values} AS ?s) ?p ?o WHERE {{ {values} ?p ?o }}"
        for solution in self._lookup(text, ("s", "p", "o")):
            term = solution["o"]
            if isinstance(term, ox.NamedNode | ox.Literal):
                terms = found[solution["s"].value].setdefault(str(solution["p"]), [])
                terms.append(term)
            else:
                found[solution["s"].value].setdefault(str(solution["p"]), [])
        self._subjects |= found

    def _lookup(
        self, text: str, names: Sequence[str], *, default: str | None = None
    ) -> Iterator[ox.QuerySolution]:
        self._check_build()
        query = _Query.read(text)
        if default is not None:
            query = _Query(query.prologue, query.body, (default,))
        return iter(self._select(query, list(names)))

    def _check_build(self) -> None:
        """Make sure, now and then, that the build which is read is still there."""
        if self.build is None or time.monotonic() - self._checked_at < BUILD_CHECK_S:
            return
        builds = read_builds(self.endpoint)
        self._checked_at = time.monotonic()
        kept = {builds.current.iri, builds.current.previous} if builds.current else set()
        if self.build.iri not in kept:
            raise self.endpoint.fault(
                "was built anew more than once since it was opened, so that what was read is gone. "
                "Open it again"
            )

    def _seen(self, query: _Query) -> tuple[Sequence[str], Sequence[str]]:
        """Give the default graphs and the named graphs that a query sees; none for the server's."""
        if query.default is not None:
            return query.default or (NOTHING,), query.named or (NOTHING,)
        if self.build is None:
            return (), ()
        named = self.build.named_graphs if query.names_graphs else ()
        return (self.build.default_graph,), named or (NOTHING,)

    def _send(self, query: _Query, text: str) -> Reply:
        default, named = self._seen(query)
        if self.endpoint.is_virtuoso and query.has_wide_separator:
            raise self.endpoint.fault(
                "Virtuoso writes ? for the SEPARATOR of this query. Separate with ASCII characters"
            )
        if self.endpoint.is_virtuoso and named:
            text, named = query.within(named, text), (*named, NOTHING)
        reply = self.endpoint.query(query.prologue + text, default=default, named=named)
        if reply.headers.get("x-sql-state"):
            raise self.endpoint.fault(
                "stopped the query at its limit of time and gave a part of the answer, which is "
                "not shown. Ask for less, or raise MaxQueryExecutionTime at the server"
            )
        return _as_uploaded(reply) if self.endpoint.is_virtuoso else reply

    def _ask(self, query: _Query) -> ox.QueryBoolean:
        found = _results(self.endpoint, self._send(query, query.body))
        if not isinstance(found, ox.QueryBoolean):
            raise self.endpoint.fault("gave rows where yes or no was asked for")
        return found

    def _select(self, query: _Query, names: Sequence[str]) -> ox.QuerySolutions:
        """Give rows in the order of the embedded stores.

        SPARQL leaves the order of some terms open, and Virtuoso sorts no row of some thousand
        characters; so what can be sorted here is not sorted there.
        """
        order = "" if self.endpoint.is_oxigraph else query.order(names)
        if not order:
            return self._rows(query, names)
        rows = list(self._rows(query.without_order(), names))
        terms = [[solution[name] for name in names] for solution in rows]
        if any(isinstance(term, ox.BlankNode) for row in terms for term in row):
            return self._rows(query, names)
        shown = " ".join(f"?{name}" for name in names)
        values = " ".join(f"({' '.join(map(_written, row))})" for row in terms)
        text = f"SELECT {shown} WHERE {{ VALUES ({shown}) {{ {values} }} }} {order}"
        ordered = self._empty.query(query.prologue + text)
        assert isinstance(ordered, ox.QuerySolutions)
        return ordered

    def _rows(self, query: _Query, names: Sequence[str]) -> ox.QuerySolutions:
        """Give the rows of a SELECT query, all of them."""
        reply = self._send(query, query.body)
        count = _row_count(self.endpoint, reply, names)
        most = reply.headers.get("x-sparql-maxrows", "")
        if most.isdecimal() and count >= int(most):
            limit = query.limit
            if limit is None or limit > count:
                return self._paged(query, names, count)
        return _solutions(self.endpoint, reply)

    def _paged(self, query: _Query, names: Sequence[str], most: int) -> ox.QuerySolutions:
        """Fetch what the server cut off, page by page in one total order, and prove it whole.

        The pages are those of a subquery, because Virtuoso sorts no more rows than it gives.
        """
        inner = query.in_total_order(names)
        if inner is None or not names or not most:
            raise self.endpoint.fault(
                f"gives at most {most} rows, and this answer has more. Leave LIMIT, OFFSET and a "
                "last VALUES out, ask for less, or raise ResultSetMaxRows at the server"
            )
        shown = " ".join(f"?{name}" for name in names)
        rows: list[Any] = []
        while True:
            text = f"SELECT {shown} WHERE {{ {{ {inner}\n}} }} LIMIT {most} OFFSET {len(rows)}"
            reply = self._send(query, text)
            _row_count(self.endpoint, reply, names)
            page = json.loads(reply.body)["results"]["bindings"]
            rows += page
            if len(page) < most:
                break
        distinct = len({json.dumps(row, sort_keys=True) for row in rows})
        once = f"SELECT DISTINCT {shown} WHERE {{ {{ {query.body}\n}} }}"
        counts = [self._total(query, text) for text in (query.body, once)]
        if counts != [len(rows), distinct]:
            raise self.endpoint.fault(
                f"gives at most {most} rows at once, and its pages do not add up: {len(rows)} rows "
                f"({distinct} different ones) of {counts[0]} ({counts[1]}). Ask for less, or raise "
                "ResultSetMaxRows at the server"
            )
        document = {"head": {"vars": list(names)}, "results": {"bindings": rows}}
        return _solutions(self.endpoint, Reply(200, {}, json.dumps(document).encode()))

    def _total(self, query: _Query, text: str) -> int:
        reply = self._send(query, f"SELECT (COUNT(*) AS ?count) WHERE {{ {{ {text}\n}} }}")
        _row_count(self.endpoint, reply, ["count"])
        (solution,) = _solutions(self.endpoint, reply)
        return _integer(solution["count"])

    def _triples(self, query: _Query) -> ox.QueryTriples:
        """Make the triples here, from rows: servers cut triples short without a word."""
        made = ox.Store()
        if query.form == "CONSTRUCT":
            template, rest, names = query.template()
            shown = " ".join(f"?{name}" for name in names) or "(1 AS ?one)"
            rows = self._select(query.with_body(f"SELECT {shown} {rest}"), names or ["one"])
            while batch := list(islice(rows, BATCH_SUBJECTS)):
                values = " ".join(
                    f"({' '.join(_written(solution[name]) for name in names)})"
                    for solution in batch
                )
                variables = " ".join(f"?{name}" for name in names)
                local = f"CONSTRUCT {template} WHERE {{ VALUES ({variables}) {{ {values} }} }}"
                triples = self._empty.query(query.prologue + local)
                assert isinstance(triples, ox.QueryTriples)
                made.extend(
                    ox.Quad(_unblanked(t.subject), t.predicate, _unblanked(t.object))
                    for t in triples
                )
        else:
            iris = self._described(query)
            for start in range(0, len(iris), BATCH_SUBJECTS):
                values = " ".join(iris[start : start + BATCH_SUBJECTS])
                text = f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {values} }} ?s ?p ?o }}"
                for solution in self._select(query.with_body(text), ["s", "p", "o"]):
                    made.add(ox.Quad(solution["s"], solution["p"], solution["o"]))
        found = made.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
        assert isinstance(found, ox.QueryTriples)
        return found

    def _described(self, query: _Query) -> list[str]:
        """Give the IRIs that a DESCRIBE query names or finds, in angle brackets."""
        named, rest = query.description()
        iris = [text for text in named if text.startswith("<")]
        names = [text[1:] for text in named if text[0] in "?$"]
        if rest.strip() and (names or "*" in named):
            text = f"SELECT {' '.join(f'?{name}' for name in names) or '*'} {rest}"
            parsed = self._empty.query(query.prologue + text)
            assert isinstance(parsed, ox.QuerySolutions)
            names = [variable.value for variable in parsed.variables]
            for solution in self._select(query.with_body(text).with_columns(names), names):
                iris += [
                    str(solution[name])
                    for name in names
                    if isinstance(solution[name], ox.NamedNode)
                ]
        return list(dict.fromkeys(iris))


@dataclass(frozen=True, slots=True)
class _Query:
    """A query cut into what comes before its form, and the rest without its FROM clauses.

    ``default`` and ``named`` are the graphs of these clauses; ``None`` where there are none.
    """

    prologue: str
    body: str
    default: Sequence[str] | None = None
    named: Sequence[str] = ()

    @classmethod
    def read(cls, text: str) -> _Query:
        """Cut a query that is known to be one of SPARQL 1.1, and declare the prefixes of ours."""
        tokens = list(iter_tokens(text))
        start = next(token.start for token in tokens if token.keyword in _FORMS)
        prefixes, ours = _prefixes(tokens)
        default: list[str] = []
        named: list[str] = []
        pieces, kept_to = [], start
        for position, token in enumerate(tokens):
            following = tokens[position + 1 : position + 5]
            if token.keyword == "FROM":
                is_named = following[0].keyword == "NAMED"
                last = following[1 if is_named else 0]
                (named if is_named else default).append(_iri_of(last, prefixes))
            elif token.keyword == "VALUES" and _says_nothing(following):
                last = following[-1]
            else:
                continue
            pieces.append(text[kept_to : token.start])
            kept_to = last.start + len(last.text)
        pieces.append(text[kept_to:])
        has_dataset = bool(default or named)
        return cls(ours + text[:start], "".join(pieces), default if has_dataset else None, named)

    def with_body(self, body: str) -> _Query:
        """Give another query over the same graphs."""
        return _Query(self.prologue, body, self.default, self.named)

    def with_columns(self, names: Sequence[str]) -> _Query:
        """Give a SELECT query that names its columns where it said ``*``, so that all agree."""
        tokens = list(islice(iter_tokens(self.body), 3))
        star = tokens[2 if tokens[1].keyword in ("DISTINCT", "REDUCED") else 1]
        if star.text != "*" or not names:
            return self
        shown = " ".join(f"?{name}" for name in names)
        return self.with_body(f"{self.body[: star.start]}{shown} {self.body[star.start + 1 :]}")

    @property
    def form(self) -> str:
        """SELECT, ASK, CONSTRUCT or DESCRIBE."""
        return next(iter_tokens(self.body)).keyword

    @property
    def names_graphs(self) -> bool:
        """Whether the query looks into named graphs."""
        return any(token.keyword == "GRAPH" for token in iter_tokens(self.body))

    def within(self, graphs: Sequence[str], text: str) -> str:
        """Give a text of this query whose GRAPH clauses name no other graphs than these.

        Virtuoso finds something in any graph that is named there and not in the request.
        """
        prefixes, _ = _prefixes(list(iter_tokens(self.prologue)))
        pieces, kept_to = [], 0
        tokens = list(iter_tokens(text))
        for keyword, graph in pairwise(tokens):
            if keyword.keyword != "GRAPH" or graph.kind not in ("iri", "prefixed"):
                continue
            if _iri_of(graph, prefixes) not in graphs:
                pieces += [text[kept_to : graph.start], f"<{NOTHING}>"]
                kept_to = graph.start + len(graph.text)
        return "".join([*pieces, text[kept_to:]])

    @property
    def has_wide_separator(self) -> bool:
        """Whether GROUP_CONCAT is to separate by characters beyond ASCII."""
        tokens = list(iter_tokens(self.body))
        return any(
            word.keyword == "SEPARATOR" and not resolve_escapes(text.text).isascii()
            for word, text in zip(tokens, tokens[2:], strict=False)
        )

    @property
    def limit(self) -> int | None:
        """The LIMIT of the whole query, if it has one."""
        tail = self._tail()
        for token, following in pairwise(tail):
            if token.keyword == "LIMIT":
                return int(following.text)
        return None

    def order(self, names: Sequence[str]) -> str:
        """Give the ORDER BY clause where it needs these columns alone, else nothing."""
        clause = self._order_tokens()
        variables = {token.text[1:] for token in clause if token.kind == "variable"}
        if not clause or not variables <= {*names} or any(token.text == "{" for token in clause):
            return ""
        return self.body[clause[0].start : clause[-1].start + len(clause[-1].text)]

    def without_order(self) -> _Query:
        """Give the query without its ORDER BY clause."""
        clause = self._order_tokens()
        end = clause[-1].start + len(clause[-1].text)
        return self.with_body(self.body[: clause[0].start] + self.body[end:])

    def _order_tokens(self) -> list[Token]:
        """Give the tokens of ORDER BY; none where LIMIT or OFFSET make the order matter."""
        tail = self._tail()
        starts = [token.start for token in tail if token.keyword == "ORDER"]
        if not starts or {token.keyword for token in tail} & {"LIMIT", "OFFSET"}:
            return []
        ends = [token.start for token in tail if token.keyword == "VALUES"] or [len(self.body)]
        return [token for token in iter_tokens(self.body) if starts[0] <= token.start < ends[0]]

    def in_total_order(self, names: Sequence[str]) -> str | None:
        """Give the query with rows in one order, or ``None`` where it cuts or adds rows itself."""
        keywords = {token.keyword for token in self._tail()}
        if keywords & {"LIMIT", "OFFSET", "VALUES"}:
            return None
        order = "" if "ORDER" in keywords else "ORDER BY"
        return f"{self.body}\n{order} {' '.join(f'?{name}' for name in names)}"

    def template(self) -> tuple[str, str, list[str]]:
        """Give the template of a CONSTRUCT query, what follows it, and its variables."""
        tokens = list(iter_tokens(self.body))
        opened = next(at for at, token in enumerate(tokens) if token.text == "{")
        closed = _closing(tokens, opened)
        template = self.body[tokens[opened].start : tokens[closed].start + 1]
        is_short = tokens[1].keyword == "WHERE"
        rest = self.body[tokens[1].start if is_short else tokens[closed].start + 1 :]
        variables = [t.text[1:] for t in tokens[opened:closed] if t.kind == "variable"]
        return template, rest, list(dict.fromkeys(variables))

    def description(self) -> tuple[list[str], str]:
        """Give what a DESCRIBE query names (IRIs in brackets, variables, ``*``), and the rest."""
        tokens = list(iter_tokens(self.body))
        prefixes, _ = _prefixes(list(iter_tokens(self.prologue)))
        named = []
        for token in tokens[1:]:
            if token.kind in ("iri", "prefixed"):
                named.append(f"<{_iri_of(token, prefixes)}>")
            elif token.kind == "variable" or token.text == "*":
                named.append(token.text)
            else:
                return named, self.body[token.start :]
        return named, ""

    def _tail(self) -> list[Token]:
        """Give the tokens after the pattern of the query that stand in no brackets."""
        tokens = list(iter_tokens(self.body))
        opened = next((at for at, token in enumerate(tokens) if token.text == "{"), len(tokens))
        tail, depth = [], 0
        for token in tokens[_closing(tokens, opened) + 1 :]:
            depth += (token.text in ("{", "(")) - (token.text in ("}", ")"))
            if depth == 0:
                tail.append(token)
        return tail


def _prefixes(tokens: Sequence[Token]) -> tuple[dict[str, str], str]:
    """Give the prefixes that hold, and declarations of those of ours that are used undeclared."""
    declared = {}
    for keyword, name, iri in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if keyword.keyword == "PREFIX" and iri.kind == "iri":
            declared[name.text[:-1]] = resolve_escapes(iri.text[1:-1])
    used = {token.text.partition(":")[0] for token in tokens if token.kind == "prefixed"}
    missing = sorted((used & PREFIXES.keys()) - declared.keys())
    ours = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}> " for prefix in missing)
    return {**PREFIXES, **declared}, ours


def _says_nothing(following: Sequence[Token]) -> bool:
    """Tell whether VALUES goes on with ``?name { UNDEF }``: an open parameter, which binds nothing.

    Virtuoso 7.2 finds no row where a transitive path and an OPTIONAL stand beside one.
    """
    name, *rest = following or [Token("end", "", 0)]
    return name.kind == "variable" and [token.text.upper() for token in rest] == ["{", "UNDEF", "}"]


def _iri_of(token: Token, prefixes: Mapping[str, str]) -> str:
    if token.kind == "iri":
        return resolve_escapes(token.text[1:-1])
    prefix, _, local = token.text.partition(":")
    return prefixes.get(prefix, "") + re.sub(r"\\(.)", r"\1", local)


def _closing(tokens: Sequence[Token], opened: int) -> int:
    """Give the position of the bracket that closes the one at a position."""
    depth = 0
    for position in range(opened, len(tokens)):
        depth += (tokens[position].text == "{") - (tokens[position].text == "}")
        if depth == 0:
            return position
    return len(tokens)


def _written(term: object) -> str:
    """Write a term for VALUES, where a blank node cannot stand."""
    if term is None:
        return "UNDEF"
    return f"<{_BLANK}{term.value}>" if isinstance(term, ox.BlankNode) else str(term)


def _unblanked(term: Any) -> Any:
    if isinstance(term, ox.NamedNode) and term.value.startswith(_BLANK):
        return ox.BlankNode(term.value.removeprefix(_BLANK))
    return term


def _results(endpoint: Endpoint, reply: Reply) -> ox.QuerySolutions | ox.QueryBoolean:
    try:
        return ox.parse_query_results(reply.body, format=ox.QueryResultsFormat.JSON)
    except (SyntaxError, ValueError, OSError) as error:
        raise _unreadable(endpoint, error) from error


def _solutions(endpoint: Endpoint, reply: Reply) -> ox.QuerySolutions:
    found = _results(endpoint, reply)
    if not isinstance(found, ox.QuerySolutions):
        raise endpoint.fault("gave yes or no where rows were asked for")
    return found


def _row_count(endpoint: Endpoint, reply: Reply, names: Sequence[str]) -> int:
    """Count the rows of an answer, which proves that all of it can be read."""
    found = _solutions(endpoint, reply)
    if [variable.value for variable in found.variables] != list(names):
        raise endpoint.fault("gave other columns than those asked for")
    try:
        return sum(1 for _ in found)
    except (SyntaxError, ValueError, OSError) as error:
        raise _unreadable(endpoint, error) from error


def _as_uploaded(reply: Reply) -> Reply:
    """Give booleans as words (Virtuoso says 1 and 0), and durations with their own datatype."""
    if not any(mark in reply.body for mark in (_BOOLEAN.encode(), _SHELTER.encode())):
        return reply
    try:
        document = json.loads(reply.body)
        for row in document["results"]["bindings"]:
            for term in row.values():
                datatype = str(term.get("datatype"))
                if datatype == _BOOLEAN:
                    term["value"] = {"1": "true", "0": "false"}.get(term["value"], term["value"])
                elif datatype.startswith(_SHELTER):
                    term["datatype"] = XSD + datatype.removeprefix(_SHELTER)
    except (ValueError, KeyError, TypeError, AttributeError):
        return reply  # whoever reads it says that it cannot be read
    return Reply(reply.status, reply.headers, json.dumps(document).encode())


def _sheltered(triple: ox.Triple) -> ox.Triple:
    """Give a duration a datatype of ours, because Virtuoso makes ``P3M`` the number 3."""
    term = triple.object
    if not isinstance(term, ox.Literal) or term.datatype.value not in _MANGLED:
        return triple
    datatype = ox.NamedNode(_SHELTER + term.datatype.value.removeprefix(XSD))
    return ox.Triple(triple.subject, triple.predicate, ox.Literal(term.value, datatype=datatype))


def _unreadable(endpoint: Endpoint, error: Exception) -> StoreError:
    return endpoint.fault(
        f"its answer cannot be read, or ends too early ({error}). Nothing of it is shown"
    )


def _is_node(iri: str) -> bool:
    try:
        return bool(ox.NamedNode(iri))
    except ValueError:
        return False


def _integer(term: object) -> int:
    value = term.value if isinstance(term, ox.Literal) else ""
    return int(value) if value.isdecimal() else 0


def read_builds(endpoint: Endpoint) -> Builds:
    """Read which builds of ours a server holds.

    Raises:
        StoreError: It cannot be reached, or is no SPARQL endpoint.
    """
    names = ["s", "p", "o"]
    reply = endpoint.query(f"SELECT ?s ?p ?o WHERE {{ GRAPH <{BUILDS_GRAPH}> {{ ?s ?p ?o }} }}")
    _row_count(endpoint, reply, names)
    told: dict[str, dict[str, list[str]]] = {}
    for solution in _solutions(endpoint, reply):
        subject, predicate, term = (solution[name].value for name in names)
        told.setdefault(subject, {}).setdefault(predicate, []).append(term)
    store = told.pop(_STORE, {})
    every = {iri: _build_of(iri, facts) for iri, facts in told.items()}
    current = store.get(_CURRENT, [])
    return Builds(
        current=every.get(current[0]) if len(current) == 1 else None,
        every=every,
        is_switching=_SWITCHING in store or len(current) > 1,
    )


def _build_of(iri: str, facts: Mapping[str, Sequence[str]]) -> Build:
    def first(predicate: str) -> str:
        return next(iter(facts.get(predicate, ())), "")

    return Build(
        iri=iri,
        version=first(_VERSION),
        size=int(first(_SIZE) or 0),
        default_graph=first(_DEFAULT),
        named_graphs=tuple(sorted(facts.get(_NAMED, ()))),
        staged_graphs=tuple(sorted(facts.get(_STAGED, ()))),
        previous=first(_PREVIOUS) or None,
    )


def open_remote(address: str) -> RemoteStore:
    """Open the current build at a server, or else the quads that it holds as they are.

    Raises:
        StoreError: The server cannot be reached, holds nothing of ours, or is being changed.
    """
    endpoint = Endpoint(address)
    builds = read_builds(endpoint)
    if builds.is_switching:
        raise endpoint.fault(
            "is changing to a new build, or that was cut off. Try again in a moment; if it stays "
            f"so, `cop-graph build --store {endpoint.address}` puts it right"
        )
    if builds.current is not None:
        return RemoteStore(endpoint, builds.current, version=builds.current.version)
    if builds.every:
        raise endpoint.fault(
            "its first build is under way or was cut off. Wait for it, or run "
            f"`cop-graph build --store {endpoint.address}` again"
        )
    store = RemoteStore(endpoint, None, version=UNKNOWN_VERSION)
    if endpoint.is_virtuoso or not store.run("ASK { ?report a cop:Report }"):
        raise endpoint.fault(
            f"no store here. `cop-graph build --store {endpoint.address}` makes one"
        )
    store.version = _told_version(endpoint)
    return store


def _told_version(endpoint: Endpoint) -> str:
    """Read the version of the data from what a server of ours says of itself."""
    if _DATA_VERSION.fullmatch(endpoint.version):
        return endpoint.version
    try:
        described = list(
            ox.parse(
                endpoint.describe_service(),
                format=ox.RdfFormat.TURTLE,
                base_iri=endpoint.address,
            )
        )
    except SyntaxError:
        return UNKNOWN_VERSION
    texts = [quad.object.value for quad in described if isinstance(quad.object, ox.Literal)]
    return next((text for text in texts if _DATA_VERSION.fullmatch(text)), UNKNOWN_VERSION)


def build_remote(
    address: str,
    source: Source,
    *,
    progress: Callable[[str], None] = lambda _message: None,
) -> RemoteStore:
    """Build on this machine, upload to fresh graphs, prove them whole, then change over.

    Args:
        address: The server's SPARQL endpoint, or its root.
        source: What to build from.
        progress: Called with the name of each step.

    Returns:
        The new build, opened for reading.

    Raises:
        DataError: A file cannot be used; the old build still stands.
        StoreError: The server cannot be reached or written; says what stands there.
    """
    endpoint = Endpoint(address)
    progress("asking the server")
    builds = read_builds(endpoint)
    with tempfile.TemporaryDirectory(prefix="cop-graph-") as folder:
        local = build_store(os.path.join(folder, "store"), source, progress=progress)
        build = _planned(local, builds)
        try:
            endpoint.update(_announcement(build))
            _upload(endpoint, local, build, progress)
        except BaseException:
            with contextlib.suppress(StoreError):
                endpoint.update(_removal([build]))
            raise
    progress("changing over")
    endpoint.update(_change(builds, build))
    gone = [old for old in builds.every.values() if old.iri != build.previous]
    endpoint.update(_removal(gone, kept=build))
    return RemoteStore(endpoint, build, version=build.version)


def _planned(local: EmbeddedStore, builds: Builds) -> Build:
    name = uuid.uuid4().hex[:12]
    graphs = local.graphs()
    return Build(
        iri=f"{COPD}build-{name}",
        version=local.version,
        size=len(local),
        default_graph=f"{DEFAULT_GRAPH}-{name}",
        named_graphs=tuple(graphs),
        staged_graphs=tuple(f"{COPD}staged-{name}-{number:06}" for number in range(len(graphs))),
        previous=builds.current.iri if builds.current else None,
    )


def _upload(
    endpoint: Endpoint, local: EmbeddedStore, build: Build, progress: Callable[[str], None]
) -> None:
    homes = [build.default_graph, *build.staged_graphs]
    for graph, home in zip([None, *build.named_graphs], homes, strict=True):
        sent = 0
        for triples in _batches(local, graph):
            progress(f"uploading: {sent} quads of {graph or 'the default graph'}")
            if endpoint.is_virtuoso:
                triples = [_sheltered(triple) for triple in triples]
            endpoint.add_triples(home, ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"")
            sent += len(triples)
        text = "SELECT (COUNT(*) AS ?count) WHERE { ?s ?p ?o }"
        reply = endpoint.query(text, default=[home], named=[NOTHING])
        _row_count(endpoint, reply, ["count"])
        (solution,) = _solutions(endpoint, reply)
        if _integer(solution["count"]) != sent:
            raise endpoint.fault(
                f"holds {_integer(solution['count'])} of {sent} quads sent for "
                f"{graph or 'the default graph'}: another build may be under way. The old build, "
                "if there was one, still stands; run it again"
            )


def _batches(local: EmbeddedStore, graph: str | None) -> Iterator[list[ox.Triple]]:
    """Cut a graph into requests; blank nodes go together, as no two requests share one."""
    blank = [quad.triple for quad in local.iter_quads(graph) if _is_blank(quad)]
    if blank:
        yield blank
    others = (quad.triple for quad in local.iter_quads(graph) if not _is_blank(quad))
    while batch := list(islice(others, BATCH_TRIPLES)):
        yield batch


def _is_blank(quad: ox.Quad) -> bool:
    return isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode)


def _announcement(build: Build) -> str:
    """Write down what an upload will hold, so that one that is cut off is known later."""
    facts = [(_VERSION, f'"{build.version}"'), (_SIZE, f'"{build.size}"')]
    facts += [(_DEFAULT, f"<{build.default_graph}>")]
    facts += [(_NAMED, f"<{graph}>") for graph in build.named_graphs]
    facts += [(_STAGED, f"<{graph}>") for graph in build.staged_graphs]
    facts += [(_PREVIOUS, f"<{build.previous}>")] if build.previous else []
    lines = "".join(f"<{build.iri}> <{predicate}> {term} .\n" for predicate, term in facts)
    return f"INSERT DATA {{ GRAPH <{BUILDS_GRAPH}> {{\n{lines}}} }}"


def _change(builds: Builds, build: Build) -> str:
    """Change over in one request, which a server with transactions does wholly or not at all.

    Others show the mark ``switchesTo`` from the first step to the last.
    """
    mark = f"<{_STORE}> <{_SWITCHING}> <{build.iri}>"
    known = {graph for old in builds.every.values() for graph in old.named_graphs}
    steps = [f"INSERT DATA {{ GRAPH <{BUILDS_GRAPH}> {{ {mark} }} }}"]
    steps += [f"DROP SILENT GRAPH <{graph}>" for graph in sorted(known - {*build.named_graphs})]
    steps += [
        f"MOVE GRAPH <{staged}> TO GRAPH <{named}>"
        for staged, named in zip(build.staged_graphs, build.named_graphs, strict=True)
    ]
    steps += [
        f"DELETE WHERE {{ GRAPH <{BUILDS_GRAPH}> {{ <{_STORE}> <{_CURRENT}> ?build }} }}",
        f"INSERT DATA {{ GRAPH <{BUILDS_GRAPH}> {{ <{_STORE}> <{_CURRENT}> <{build.iri}> }} }}",
        f"DELETE WHERE {{ GRAPH <{BUILDS_GRAPH}> {{ <{_STORE}> <{_SWITCHING}> ?build }} }}",
    ]
    return " ;\n".join(steps)


def _removal(builds: Iterable[Build], *, kept: Build | None = None) -> str:
    """Remove the graphs of builds that are read no more, and what is told of them."""
    steps = []
    for build in builds:
        graphs = {build.default_graph, *build.staged_graphs} - {""}
        steps += [f"DROP SILENT GRAPH <{graph}>" for graph in sorted(graphs)]
        steps.append(f"DELETE WHERE {{ GRAPH <{BUILDS_GRAPH}> {{ <{build.iri}> ?p ?o }} }}")
    if kept is not None:
        steps.append(
            f"DELETE WHERE {{ GRAPH <{BUILDS_GRAPH}> {{ <{kept.iri}> <{_STAGED}> ?graph }} }}"
        )
    return " ;\n".join(steps)
