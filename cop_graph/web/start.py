"""The pages where a reader starts: home, search, about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from cop_graph.model import Reference
from cop_graph.namespaces import COP, compact
from cop_graph.questions import MOST_TIED, kept_rows, read_question
from cop_graph.search import SEARCHED_CLASSES, Hits, index_of
from cop_graph.web.pages import SECURITY_HEADERS, Page

if TYPE_CHECKING:
    from cop_graph.web.layout import Layout

CLASSES: Final = (
    "State Organization Initiative Agreement Event Document Resource Person Place Theme Group"
).split()
"""The classes that a reader can choose among, in the order in which they are shown."""

PLURALS: Final = {"Agreement": "agreements and laws", "Resource": "resources", "Person": "people"}
FIRST_QUESTIONS: Final = (
    "helplines",
    "planned",
    "agreements",
    "recommendations",
    "quantities",
    "states-and-themes",
)
SEARCH_LIMIT: Final = 50
SUGGESTION_LIMIT: Final = 8


def home(layout: Layout) -> Page:
    """Show one search box, what is in here, and good first questions."""
    return layout.page("home.html", title="COP Graph", **_contents(layout))


def search(layout: Layout, ending: str | None) -> Page:
    """Search names and descriptions; as a page, or as JSON for suggestions while one types."""
    query = layout.request.query
    words = query.get("q", "")[:200].strip()
    kind = query.get("kind", "")
    named = kind[:200].split("|")
    classes = tuple(name for name in named if name.isalnum()) or SEARCHED_CLASSES
    index = index_of(layout.store)
    limit = SUGGESTION_LIMIT if ending else SEARCH_LIMIT
    found = index.search(words, classes=classes, limit=limit)
    if ending:
        return _json(layout, found)
    listed: list[Reference] = []
    if not words and kind:
        listed = index.members(classes, limit=1001)
    return layout.page(
        "search.html",
        title=f"Search: {words}" if words else "Search",
        words=words,
        kind=kind,
        kinds=[(name, plural(name)) for name in CLASSES],
        kind_words=plural(kind) if kind in CLASSES else kind,
        found=found,
        groups=_groups(found),
        listed=listed[:1000],
        listed_is_cut=len(listed) > 1000,
    )


def about(layout: Layout) -> Page:
    """Tell how to read the pages, and what stands behind them."""
    statuses = sorted(
        layout.store.instances(COP + "Status"),
        key=lambda one: (one not in layout.kept.grammar.asserting, one),
    )
    return layout.page(
        "about.html",
        title="About",
        statuses=[
            (
                layout.store.value(one, "http://www.w3.org/2004/02/skos/core#prefLabel") or one,
                one in layout.kept.grammar.asserting,
                layout.store.value(one, "http://www.w3.org/2004/02/skos/core#definition") or "",
            )
            for one in statuses
        ],
        reports=_contents(layout)["reports"],
    )


def plural(name: str) -> str:
    """Give the plural of a class in words."""
    return PLURALS.get(name, f"{name.lower()}s")


def _contents(layout: Layout) -> dict[str, Any]:
    """Tell what is in here; looked up once for each version of the data."""
    kept = layout.kept
    if kept.home is not None:
        return kept.home
    index = index_of(layout.store)
    counts = [(name, plural(name), index.count(name)) for name in CLASSES]
    kept.home = {
        "counts": [entry for entry in counts if entry[2]],
        "reports": _reports(layout),
        "questions": _first_questions(layout),
        "busiest": _busiest(layout),
    }
    return kept.home


def _reports(layout: Layout) -> list[dict[str, Any]]:
    return [
        {
            "entity": row["report"],
            "name": row["report"].iri.rpartition("/report-")[2],
            "event": row["event"],
            "issued": row["issued"],
            "paragraphs": row["paragraphs"],
            "read": row["paragraphsWithClaims"],
            "claims": row["claimCount"],
            "remarks": row["remarkCount"],
        }
        for row in layout.graph.ask("reports")
        if isinstance(row["report"], Reference)
    ]


def _busiest(layout: Layout) -> list[tuple[Reference, int]]:
    """Give the actors with most stated ties, for a first look around; plans do not count."""
    question = read_question(layout.graph.source.queries / MOST_TIED)
    return [
        (row["actor"], int(str(row["ties"])))
        for row in kept_rows(layout.store, question)
        if isinstance(row["actor"], Reference)
    ]


def _first_questions(layout: Layout) -> list[tuple[str, str]]:
    """Give good first questions as words and address, filled from the data."""
    found = []
    busiest = _busiest(layout)
    if busiest:
        actor = busiest[0][0]
        found.append(
            (
                f"Who are the partners of {actor.label}, and on what?",
                layout.to("/questions/partners-of", actor=actor.iri.rpartition("/")[2]),
            )
        )
    summaries = {question.name: question.summary for question in layout.kept.questions}
    found += [
        (summaries[name], layout.to(f"/questions/{name}"))
        for name in FIRST_QUESTIONS
        if name in summaries
    ]
    return found


def _groups(found: Hits) -> list[tuple[str, list[Any]]]:
    """Sort hits by class, the class of the best hit first."""
    groups: dict[str, list[Any]] = {}
    for hit in found:
        name = next((one for one in CLASSES if one in hit.classes), "")
        groups.setdefault(plural(name) if name else "terms", []).append(hit)
    return list(groups.items())


def _json(layout: Layout, found: Hits) -> Page:
    document = {
        "words": found.words,
        "how": found.how,
        "isCut": found.is_cut,
        "hits": [
            {
                "label": hit.entity.label,
                "otherName": hit.other_name,
                "kind": hit.kind or ", ".join(hit.classes).lower(),
                "curie": compact(hit.entity.iri),
                "address": layout.href(hit.entity.iri),
            }
            for hit in found
        ],
    }
    body = json.dumps(document, ensure_ascii=False).encode()
    return Page(200, "application/json; charset=utf-8", body, SECURITY_HEADERS)
