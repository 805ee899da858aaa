"""The front: one object that asks questions, runs SPARQL, searches and finds evidence.

Command line, notebook and page all go through it, so that all give the same rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cop_graph.model import Answer, Evidence, Reference, Row, Scope
from cop_graph.namespaces import compact

if TYPE_CHECKING:
    import pandas as pd

    from cop_graph.dataset import Source
    from cop_graph.measures import MeasurableNetwork
    from cop_graph.questions import Question
    from cop_graph.store import GraphStore
    from cop_graph.ways import Connection


@dataclass(frozen=True, slots=True)
class Solutions:
    """What a SELECT query gives: rows whose cells are IRIs as text, texts, numbers and booleans."""

    variables: tuple[str, ...]
    rows: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def to_frame(self) -> pd.DataFrame:
        """Give the rows as a pandas frame, one column a variable (extra ``frames``)."""
        return _frame([row.as_dict() for row in self.rows], self.variables)


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one thing: who it is, and what is claimed of it.

    ``facts`` and ``plans`` are the rows of ``claims-about`` by whether their status asserts;
    ``remarks`` are the rows of ``remarks-about``.
    """

    entity: Reference
    classes: tuple[str, ...]
    names: tuple[str, ...]
    description: str | None
    identifiers: tuple[str, ...]
    facts: tuple[Row, ...]
    plans: tuple[Row, ...]
    remarks: tuple[Row, ...]
    evidence: Mapping[str, Evidence]
    scope: Scope


class Graph:
    """An open graph.

    Made by ``open_graph``. ``store`` is the engine's own interface, for what is not offered here.
    """

    def __init__(self, store: GraphStore, source: Source, *, reports: Path | None = None) -> None:
        self.store = store
        self.source = source
        self.reports = reports

    def __repr__(self) -> str:
        return f"Graph({self.store!r})"

    @property
    def version(self) -> str:
        """The name of exactly this ontology and data: 12 hexadecimal digits."""
        return self.store.version

    def questions(self) -> list[Question]:
        """List the questions that can be asked.

        Raises:
            DataError: The header of a question cannot be used.
        """
        from cop_graph.questions import list_questions

        return list_questions(self.source.queries)

    def ask(self, name: str, /, *, evidence: bool = False, **parameters: object) -> Answer:
        """Ask a question by name.

        Args:
            name: Such as ``partners-of``; ``questions`` lists them.
            evidence: Whether to look up the paragraph and words behind each claim.
            **parameters: Label, alias, CURIE or IRI of a thing, or a plain value; ``None`` is
                as good as not given.

        Raises:
            UnknownQueryError: There is no such question.
            QueryParameterError: A parameter is unknown, missing, or does not fit.
            UnknownEntityError: A value stands for nothing; suggests near ones.
        """
        from cop_graph.questions import ask

        given = {key: value for key, value in parameters.items() if value is not None}
        answer = ask(self.store, self.source.queries, name, given)
        return self.with_evidence(answer) if evidence else answer

    def with_evidence(self, answer: Answer) -> Answer:
        """Give an answer with the evidence of every claim behind its rows."""
        from cop_graph.questions import evidence

        claims = [claim for row in answer for claim in _claims(row)]
        return replace(answer, evidence=evidence(self.store, claims, reports=self.reports))

    def query(self, sparql: str) -> Solutions | bool | list[tuple[str, str, str]]:
        """Run a guarded SPARQL query; prefixes of ours may be left out.

        Returns:
            Solutions for SELECT, a boolean for ASK, for CONSTRUCT and DESCRIBE a list of triples in
            N-Triples terms.

        Raises:
            QueryRefusedError: It would reach out of the graph.
            QuerySyntaxError: It is not a query of SPARQL 1.1.
            QueryError: The engine cannot go on, as with a function that it does not know.
        """
        import pyoxigraph as ox

        from cop_graph.errors import QueryError

        try:
            results = self.store.query(sparql)
            if isinstance(results, ox.QueryBoolean):
                return bool(results)
            if isinstance(results, ox.QueryTriples):
                return [(str(t.subject), str(t.predicate), str(t.object)) for t in results]
            names = tuple(variable.value for variable in results.variables)
            rows = tuple(
                Row({name: _plain_value(solution[name]) for name in names}) for solution in results
            )
        except (OSError, RuntimeError, ValueError) as error:
            raise QueryError(f"the engine could not go on: {error}") from error
        return Solutions(names, rows)

    def search(
        self, words: str, *, classes: Sequence[str] = ("Thing", "Concept"), limit: int = 20
    ) -> list[Reference]:
        """Find things and concepts by words of their names and descriptions, best first."""
        from cop_graph.search import index_of

        found = index_of(self.store).search(words, classes=classes, limit=limit)
        return [hit.entity for hit in found]

    def resolve(self, name: str, *, classes: Sequence[str] = ("Thing", "Concept")) -> Reference:
        """Find the one thing that a label, alias, CURIE or IRI stands for.

        Raises:
            UnknownEntityError: Nothing has that name; suggests near ones.
            AmbiguousNameError: More than one thing has it.
        """
        from cop_graph.names import resolve

        return resolve(self.store, name, classes=classes)

    def show(self, name: str) -> Profile:
        """Give what is claimed of one thing or concept, plans apart from facts.

        Raises:
            UnknownEntityError: Nothing has that name; suggests near ones.
        """
        from cop_graph.namespaces import COP
        from cop_graph.questions import evidence

        profile = self.identify(name)
        claims = self.ask("claims-about", thing=profile.entity)
        remarks = self.ask("remarks-about", thing=profile.entity)
        asserting = {
            subject for subject, value in self.store.pairs(COP + "asserts") if value == "true"
        }
        rows = {True: [], False: []}  # type: dict[bool, list[Row]]
        for row in claims:
            status = row["status"]
            rows[isinstance(status, Reference) and status.iri in asserting].append(row)
        every = [claim for row in [*claims, *remarks] for claim in _claims(row)]
        return replace(
            profile,
            facts=tuple(rows[True]),
            plans=tuple(rows[False]),
            remarks=tuple(remarks.rows),
            evidence=evidence(self.store, every, reports=self.reports),
        )

    def identify(self, name: str) -> Profile:
        """Give who or what one thing or concept is, without what is claimed of it.

        Raises:
            UnknownEntityError: Nothing has that name; suggests near ones.
        """
        from cop_graph.names import classes_of
        from cop_graph.namespaces import COP, OWL, PREFIXES, SKOS
        from cop_graph.questions import scope

        entity = self.resolve(name)
        codes = ("iso3166Alpha2", "iso3166Alpha3", "iso3166Subdivision", "m49")
        return Profile(
            entity=entity,
            classes=tuple(
                sorted(classes_of(self.store, entity.iri) - {"Thing", "Actor", "Concept"})
            ),
            names=tuple(
                sorted(
                    term.value
                    for property_name in ("altLabel", "hiddenLabel")
                    for term in self.store.objects(entity.iri, SKOS + property_name)
                )
            ),
            description=self.store.value(entity.iri, PREFIXES["dcterms"] + "description")
            or self.store.value(entity.iri, SKOS + "definition"),
            identifiers=(
                *(
                    f"{code} {value}"
                    for code in codes
                    if (value := self.store.value(entity.iri, COP + code))
                ),
                *sorted(term.value for term in self.store.objects(entity.iri, OWL + "sameAs")),
            ),
            facts=(),
            plans=(),
            remarks=(),
            evidence={},
            scope=scope(self.store, self.source.queries),
        )

    def network(
        self,
        name: str = "partnership",
        *,
        theme: str | None = None,
        report: str | None = None,
        status: str | None = None,
        include_plans: bool = True,
    ) -> MeasurableNetwork:
        """Build a network by name; see ``cop_graph.network``."""
        from cop_graph.errors import NetworkError
        from cop_graph.measures import MeasurableNetwork
        from cop_graph.networks import PROJECTIONS, build_network

        if name not in PROJECTIONS:
            raise NetworkError(f"no network {name!r}; there is {', '.join(PROJECTIONS)}")
        answer = self.ask(PROJECTIONS[name], about=theme, report=report, status=status)
        steps = self.ask("region-steps")
        built = build_network(
            self.store, answer, name=name, steps=steps, include_plans=include_plans
        )
        return MeasurableNetwork(built.name, built.graph, built.answer, built.basis)


def make_beforehand(
    graph: Graph, *, progress: Callable[[str], None] = lambda _message: None
) -> None:
    """Make what is kept beside a store on disk, so that the first who reads it need not wait.

    Args:
        graph: One whose store has just been built; of any other store nothing is kept.
        progress: Called with the name of each step.
    """
    from cop_graph.questions import KEPT_QUESTIONS, kept_rows, read_question
    from cop_graph.search import index_of

    if graph.store.place is None:
        return
    progress("indexing names")
    index_of(graph.store)
    progress("counting")
    for name in KEPT_QUESTIONS:
        kept_rows(graph.store, read_question(graph.source.queries / name))


def connect(
    graph: Graph,
    a: str,
    b: str,
    *,
    most: int = 3,
    max_degree: int | None = None,
    max_steps: int = 6,
    include_plans: bool = True,
) -> Connection:
    """Tell how two things are connected: the shortest way and the next best, with evidence.

    Args:
        graph: An open graph.
        a: One end: a label, an alias, a CURIE or an IRI.
        b: The other.
        most: How many ways at the most.
        max_degree: No way passes through what is tied to more others; by default
            ``ways.DEFAULT_MAX_DEGREE``.
        max_steps: No way is longer.
        include_plans: Whether a step may rest on a plan; it is then marked.

    Raises:
        UnknownEntityError: A name stands for nothing; suggests near ones.
        NetworkError: Both names stand for the same thing.
    """
    from cop_graph.questions import evidence
    from cop_graph.ways import DEFAULT_MAX_DEGREE, find_ways

    ends = [graph.resolve(name, classes=("Thing",)) for name in (a, b)]
    found = find_ways(
        graph.network("all"),
        *ends,
        most=most,
        max_degree=DEFAULT_MAX_DEGREE if max_degree is None else max_degree,
        max_steps=max_steps,
        include_plans=include_plans,
    )
    claims = [
        claim for way in found.ways for step in way.steps for tie in step.ties
        for claim in tie.claims
    ]  # fmt: skip
    known = evidence(graph.store, list(dict.fromkeys(claims)), reports=graph.reports)
    return replace(found, evidence=known)


def open_graph(
    data: str | os.PathLike[str] | None = None,
    *,
    store: str | os.PathLike[str] | None = None,
    reports: str | None = None,
    named_graphs: bool = True,
) -> Graph:
    """Open a graph: ours, somebody else's data, or a store on disk or at a server.

    Args:
        data: A directory of data (``entities/``, ``claims/`` …); else ``COP_GRAPH_DATA``, else
            ours.
        store: A directory or the address of a server where ``cop-graph build --store`` built; read
            instead of the files.
        reports: A directory with the texts of the reports, for whole sentences.
        named_graphs: Whether to fill the graphs of single reports too; most questions name none.

    Raises:
        DataError: A file cannot be used; names file and line.
        StoreError: There is no finished store there, or it cannot be read.
        ReportError: There is no such directory of reports.
    """
    from cop_graph.dataset import find_source
    from cop_graph.reports import find_reports_directory
    from cop_graph.store import memory_store

    source = find_source(data)
    if store is not None:
        from cop_graph.remote import open_at

        opened: GraphStore = open_at(store)
    else:
        opened = memory_store(source, named_graphs=named_graphs)
    return Graph(opened, source, reports=find_reports_directory(reports))


def network(
    graph: Graph,
    name: str = "partnership",
    *,
    theme: str | None = None,
    report: str | None = None,
    status: str | None = None,
    include_plans: bool = True,
) -> MeasurableNetwork:
    """Build a network by name.

    Args:
        graph: An open graph.
        name: ``partnership`` (who works with, helps, belongs to or represents whom),
            ``participation`` (actors and what they take part in), ``co-participation`` (actors that
            take part in the same; the weight is the number of things shared), ``support`` (who
            supports, funds or leads), ``all`` (every tie between named things), ``themes`` (actors
            and themes).
        theme: Keep the ties on this theme and those narrower than it.
        report: Keep what this report says.
        status: Keep the ties of this status.
        include_plans: Whether to keep ties that no report states as a fact; they are marked with
            ``asserts`` false, and no measure counts them unless told to.

    Raises:
        NetworkError: There is no network with that name.
        UnknownEntityError: There is no such theme, report or status; suggests near ones.
    """
    return graph.network(
        name, theme=theme, report=report, status=status, include_plans=include_plans
    )


def answer_frame(answer: Answer) -> pd.DataFrame:
    """Give an answer as a pandas frame of labels and values, with its claims (extra ``frames``)."""
    rows = []
    for row in answer:
        cells: dict[str, Any] = {
            name: cell.label if isinstance(cell := row[name], Reference) else cell
            for name in answer.columns
        }
        rows.append({**cells, "claims": [compact(claim) for claim in _claims(row)]})
    return _frame(rows, [*answer.columns, "claims"])


def _frame(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    try:
        import pandas as pd
    except ImportError as error:
        from cop_graph.errors import CopGraphError

        raise CopGraphError("a frame needs pandas: pip install 'cop-graph[frames]'") from error
    return pd.DataFrame(list(rows), columns=list(columns))


def _claims(row: Row) -> tuple[str, ...]:
    claims = row["claims"]
    return claims if isinstance(claims, tuple) else ()


def _plain_value(term: object) -> str | int | float | bool | None:
    import pyoxigraph as ox

    from cop_graph.questions import python_value

    if isinstance(term, ox.NamedNode):
        return term.value
    if isinstance(term, ox.Literal):
        return python_value(term)
    return None if term is None else str(term)
