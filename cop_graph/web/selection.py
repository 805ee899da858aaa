"""``/selection.json``: what is chosen, in words, and the claims that belong to it.

One answer for all views: a mark, a row or a tie belongs to what is chosen where one of its claims
does. The claims of a thing are those of the question ``records-of``, those of years are the rows of
``timeline``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from cop_graph.errors import UnknownEntityError
from cop_graph.model import Reference
from cop_graph.names import classes_of, label_of, reference
from cop_graph.namespaces import COP, COPD, PREFIXES, compact, natural_key
from cop_graph.statements import claim_row, claims_of
from cop_graph.web.pages import SECURITY_HEADERS, Page
from cop_graph.web.start import CLASSES

if TYPE_CHECKING:
    from cop_graph.web.layout import Layout

MOST_CLAIMS: Final = 200
"""How many claims an address may name."""
MOST_NAMED: Final = 6
"""How many of the things that claims are about are named."""
CHOSEN_CLASSES: Final = frozenset({"Thing", "Theme", "Group"})
ABOUT: Final = (
    PREFIXES["rdf"] + "subject",
    PREFIXES["rdf"] + "object",
    COP + "topic",
    COP + "inContextOf",
    COP + "concerns",
)
_RECORD: Final = re.compile(r"(?:claim|remark)-[\w.-]+", re.ASCII)
_YEARS: Final = re.compile(r"(\d{1,4})-(\d{1,4})", re.ASCII)


def selection(layout: Layout) -> Page:
    """Tell what a selection means: ``?actor=CURIE``, ``?claims=NAME,NAME`` or ``?years=2024-2025``.

    Returns:
        JSON with ``words``, ``kind`` and ``address`` of what is chosen (of several claims the
        address is that of the first), ``claims`` (CURIEs of claims and remarks that belong to it),
        ``doubt`` (how many of the claims assert nothing), ``things`` (what claims are about, each
        with ``curie``, ``label`` and ``address``).

    Raises:
        UnknownEntityError: Nothing is chosen, or nothing here has that name.
    """
    query = layout.request.query
    if thing := query.get("actor", "").strip()[:300]:
        found = _thing(layout, thing)
    elif names := query.get("claims", ""):
        found = _claims(layout, names)
    else:
        found = _years(layout, query.get("years", "")[:9])
    body = json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")
    return Page(200, "application/json; charset=utf-8", body, SECURITY_HEADERS)


def _thing(layout: Layout, curie: str) -> dict[str, Any]:
    base, name = {"copd": COPD, "cop": COP}.get(curie.partition(":")[0]), curie.partition(":")[2]
    iri = f"{base}{name}" if base and re.fullmatch(r"[\w.-]+", name) else ""
    if not iri or not layout.classes(iri) & {"Thing", "Concept"}:
        raise UnknownEntityError(curie[:100], wanted="things and concepts", suggestions=[])
    store = layout.store
    kind = store.value(iri, COP + "kind")
    classes = [
        one.lower() for one in sorted(classes_of(store, iri)) if one not in ("Thing", "Concept")
    ]
    records = layout.graph.ask("records-of", thing=iri)
    return {
        "words": label_of(store, iri),
        "kind": label_of(store, kind)
        if kind
        else next((one for one in CLASSES if one in classes), "").lower(),
        "doubt": "",
        "address": layout.href(iri),
        "claims": _compacted(claim for row in records for claim in claims_of(row)),
        "things": [],
    }


def _claims(layout: Layout, names: str) -> dict[str, Any]:
    store = layout.store
    given = dict.fromkeys(name for name in names.split(",") if name)
    iris = [COPD + name for name in given if _RECORD.fullmatch(name) and store.holds(COPD + name)]
    if not iris or len(given) > MOST_CLAIMS:
        raise UnknownEntityError(names[:100], wanted="claims and remarks", suggestions=[])
    counts: Counter[str] = Counter()
    for iri in iris:
        counts.update(
            list(dict.fromkeys(o.value for one in ABOUT for o in store.objects(iri, one)))
        )
    order = sorted(counts, key=lambda iri: -counts[iri])  # subjects before objects, as counted
    things = [reference(store, iri) for iri in order if layout.classes(iri) & CHOSEN_CLASSES]
    return {
        "words": _words(layout, iris, things, counts) + _lacking(len(given) - len(iris)),
        "kind": "",
        "doubt": _doubt(layout, iris),
        "address": layout.href(iris[0]),
        "claims": _compacted(iris),
        "things": [
            {"curie": compact(one.iri), "label": one.label, "address": layout.href(one.iri)}
            for one in things[:MOST_NAMED]
        ],
    }


def _lacking(count: int) -> str:
    """Say how many of the claims that an address names are not in this graph."""
    if not count:
        return ""
    return f" ({count} more that the address names {'is' if count == 1 else 'are'} not in here)"


def _words(layout: Layout, iris: list[str], things: list[Reference], counts: Counter[str]) -> str:
    """Say what some claims say: one as it stands, several by what they share."""
    if len(iris) == 1:
        if iris[0].startswith(f"{COPD}remark-"):
            return layout.store.value(iris[0], PREFIXES["skos"] + "prefLabel") or ""
        statement = layout.kept.grammar.statement(claim_row(layout.store, iris[0]))
        words = "".join(map(str, statement.parts))
        return words[:1].upper() + words[1:]
    shared = [one.label for one in things if counts[one.iri] == len(iris)][:2]
    words = f"{len(iris)} claims"
    if shared:
        return f"{words} on {' and '.join(shared)}"
    return f"{words}, most on {things[0].label}" if things else words


def _years(layout: Layout, years: str) -> dict[str, Any]:
    match = _YEARS.fullmatch(years)
    if match is None or int(match[1]) > int(match[2]):
        raise UnknownEntityError(years or "nothing", wanted="selections", suggestions=[])
    first, last = (year.zfill(4) for year in match.groups())
    asked: dict[str, Any] = {"from": first, "until": last}
    rows = layout.graph.ask("timeline", **asked)
    claims = [claim for row in rows for claim in claims_of(row)]
    return {
        "words": f"Dated {first}" if first == last else f"Dated {first} to {last}",
        "kind": "",
        "doubt": _doubt(layout, claims),
        "address": layout.to("/questions/timeline", **asked),
        "claims": _compacted(claims),
        "things": [],
    }


def _doubt(layout: Layout, iris: Sequence[str]) -> str:
    """Say how many of some claims assert nothing, so that a plan is never chosen as a fact."""
    statuses = [layout.store.value(iri, COP + "status") for iri in dict.fromkeys(iris)]
    doubted = [one for one in statuses if one and one not in layout.kept.grammar.asserting]
    if not doubted:
        return ""
    if len(iris) == 1:
        return f"{label_of(layout.store, doubted[0])}, not a fact"
    if len(doubted) == len(statuses):
        return "not facts"
    return f"{len(doubted)} of them {'not a fact' if len(doubted) == 1 else 'not facts'}"


def _compacted(claims: Iterable[str]) -> list[str]:
    return sorted({compact(claim) for claim in claims}, key=natural_key)
