"""The frame of every page: templates, addresses, scope line, and pages for what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urlsplit
from weakref import WeakKeyDictionary

from cop_graph.errors import CopGraphError, UnknownEntityError, UnknownQueryError
from cop_graph.graph import Graph
from cop_graph.media import choose
from cop_graph.model import MOST_NAMED_REPORTS, Reference, Scope
from cop_graph.names import reference, remembered
from cop_graph.namespaces import COP, COPD, RDF, compact
from cop_graph.questions import Question, list_questions, scope
from cop_graph.search import index_of
from cop_graph.statements import Grammar, Statement, claim_row
from cop_graph.web.pages import HTML, SECURITY_HEADERS, Page, PageRequest, Site, static_address

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from cop_graph.gallery import Picture
    from cop_graph.store import GraphStore
    from cop_graph.web.maps import Drawn

RDF_TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "ttl": ("text/turtle", "turtle"),
    "jsonld": ("application/ld+json", "jsonld"),
    "nt": ("application/n-triples", "ntriples"),
}
"""Ending of an address to media type and to the format of ``store.serialize``."""

OFFERED: Final = (
    ("html", "text/html"),
    ("html", "application/xhtml+xml"),
    ("ttl", "text/turtle"),
    ("jsonld", "application/ld+json"),
    ("jsonld", "application/json"),
    ("nt", "application/n-triples"),
    ("nt", "text/plain"),
)
"""What a page about an IRI can be given as, best first."""

MOST_WORDS: Final = 200
"""So many letters of an address are repeated, and searched for, where nothing stands at it."""
REMEMBERED_ADDRESSES: Final = 16_384
"""How many addresses are kept for the next page: some megabytes."""
REMEMBERED_CITATIONS: Final = 50_000
REMEMBERED_STATEMENTS: Final = 10_000
"""How many lines are kept for the next page: some ten megabytes."""
TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass
class Kept:
    """What is the same for all pages of one version of the data, so that it is made once."""

    version: str
    grammar: Grammar
    scope: Scope
    questions: list[Question]
    home: dict[str, Any] | None = None
    choices: dict[tuple[str, ...], Markup] = field(default_factory=dict)
    pictures: dict[tuple[str, str | None, str | None], Picture] = field(default_factory=dict)
    networks: dict[tuple[str, str | None], Drawn | None] = field(default_factory=dict)


_KEPT: WeakKeyDictionary[GraphStore, Kept] = WeakKeyDictionary()


class Layout:
    """One request with all that its page is made of."""

    most_named: Final = MOST_NAMED_REPORTS

    def __init__(self, site: Site, request: PageRequest) -> None:
        self.site = site
        # Sentences are looked up only where one is shown: the texts are left out of all else.
        self.graph = Graph(site.graph.store, site.graph.source)
        self.store = site.graph.store
        self.request = request
        self.root = urlsplit(site.base_url).path.rstrip("/")

    @cached_property
    def kept(self) -> Kept:
        """What was made for this version of the data."""
        kept = _KEPT.get(self.store)
        if kept is None or kept.version != self.store.version:
            found = scope(self.store, self.graph.source.queries)
            questions = list_questions(self.graph.source.queries)
            kept = Kept(self.store.version, Grammar(self.store), found, questions)
            _KEPT[self.store] = kept
        return kept

    @property
    def reports(self) -> Path | None:
        """Where the texts of the reports are, where they may be shown."""
        return self.site.graph.reports if self.site.show_report_text else None

    def citations(self, claims: Sequence[str]) -> list[Markup]:
        """Give a link to the evidence of each claim, with the printed number of its paragraph."""
        known = remembered(self.store, f"citations {self.root}")
        if len(known) > REMEMBERED_CITATIONS:
            known.clear()
        for claim in claims:
            if claim not in known:
                paragraph = self.store.value(claim, COP + "paragraph")
                number = reference(self.store, paragraph).label if paragraph else "?"
                known[claim] = self.piece("citation", self.href(claim), number)
        return [known[claim] for claim in claims]

    def statement(self, claim: str) -> Statement:
        """Give a claim as a line, made once for all pages that show it."""
        known = remembered(self.store, "statements")
        if claim not in known:
            if len(known) >= REMEMBERED_STATEMENTS:
                known.clear()
            known[claim] = self.kept.grammar.statement(claim_row(self.store, claim))
        made: Statement = known[claim]
        return made

    def choices(self, classes: Sequence[str], *, most: int) -> Markup:
        """Give what a field may be filled with as options; nothing where there is too much."""
        key = tuple(classes)
        known = self.kept.choices
        if key not in known:
            found = index_of(self.store).members(classes, limit=most + 1)
            known[key] = self.piece("options", found if len(found) <= most else [])
        return known[key]

    def piece(self, name: str, *values: object) -> Markup:
        """Fill one of the macros of ``parts.html``."""
        made: Markup = getattr(_environment().get_template("parts.html").module, name)(*values)
        return made

    def page(self, template: str, *, code: int = 200, **values: Any) -> Page:
        """Fill a template."""
        text = (
            _environment()
            .get_template(template)
            .render(
                layout=self,
                href=self.href,
                to=self.to,
                asset=self.asset,
                scope=self.kept.scope,
                is_part=self.request.query.get("part") == "drawer",
                **values,
            )
        )
        return Page(code, HTML, text.encode(), SECURITY_HEADERS)

    def to(self, path: str, **query: str | None) -> str:
        """Give the address of a page of ours."""
        return _address(self.root, path, tuple(query.items()))

    def href(self, iri: str) -> str:
        """Give the address of the page about an IRI; that of a foreign one is itself."""
        return _address_of(self.root, iri)

    def asset(self, name: str) -> str | None:
        """Give the address of a static file; ``None`` where the package was not built."""
        found = static_address(name)
        return self.root + found if found else None

    def classes(self, iri: str) -> set[str]:
        """Give the local names of the classes of ours that an IRI belongs to."""
        found = self.store.objects(iri, RDF + "type")
        return {term.value.removeprefix(COP) for term in found}

    def wanted_format(self, ending: str | None) -> str:
        """Give ``html`` or a key of ``RDF_TYPES``: what the address says, else what is accepted."""
        if ending:
            return ending.removeprefix(".")
        found = choose(self.request.accept, OFFERED)
        return found[0] if found else "html"

    def missing(self, path: str, error: CopGraphError | None = None) -> Page:
        """Give the page for what is not there, with what may have been meant."""
        words = path.rpartition("/")[2].partition(".")[0]
        for kind in ("claim", "remark", "paragraph", "report", "theme"):
            words = words.removeprefix(f"{kind}-")
        if isinstance(error, UnknownEntityError):
            words = error.name
        words = words.replace("-", " ").strip()[:MOST_WORDS]
        meant = error.suggestions if isinstance(error, UnknownQueryError) else ()
        index = index_of(self.store)
        near: Sequence[Reference] = [hit.entity for hit in index.search(words, limit=6)]
        return self.page(
            "missing.html",
            code=404,
            title="Nothing here",
            path=path if len(path) <= MOST_WORDS else f"{path[:MOST_WORDS]}…",
            words=words,
            near=near,
            questions=[one for one in self.kept.questions if one.name in meant],
        )

    def fault(self, error: CopGraphError, *, code: int = 400) -> Page:
        """Give the page for a request that cannot be answered."""
        message = str(error.args[0]) if error.args else str(error)
        return self.page("fault.html", code=code, title="This cannot be shown", message=message)


@lru_cache(maxsize=REMEMBERED_ADDRESSES)
def _address(root: str, path: str, query: tuple[tuple[str, str | None], ...]) -> str:
    given = {name: value for name, value in query if value not in (None, "")}
    return f"{root}{quote(path)}" + (f"?{urlencode(given)}" if given else "")


@lru_cache(maxsize=REMEMBERED_ADDRESSES)
def _address_of(root: str, iri: str) -> str:
    if iri.startswith(COPD):
        return f"{root}/id/{quote(iri.removeprefix(COPD))}"
    if iri.startswith(COP):
        return f"{root}/ontology/{quote(iri.removeprefix(COP))}"
    return iri if iri.startswith(("http://", "https://")) else f"{root}/about"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from cop_graph.statements import date_words, figure_words, listed, spaced_class
    from cop_graph.tables import spaced

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "curies": lambda iris: " ".join(map(compact, iris)),
        "date_words": date_words,
        "figure": figure_words,
        "listed": listed,
        "spaced": spaced,
        "spaced_class": spaced_class,
        "sentence_case": lambda text: text[:1].upper() + text[1:],
    }
    environment.tests["reference"] = lambda value: isinstance(value, Reference)
    return environment


__all__ = ["RDF_TYPES", "Kept", "Layout"]
