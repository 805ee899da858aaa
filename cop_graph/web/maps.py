"""Pages of the live network: what the map module shows, and the same ties as a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from cop_graph.errors import NetworkError
from cop_graph.maps import about_graph, map_payload, notes_on
from cop_graph.model import Answer, Evidence, Reference, Row
from cop_graph.names import reference
from cop_graph.namespaces import COP, COPD, compact, expand
from cop_graph.networks import LIMITS_NOTE, PROJECTIONS, Network, build_network
from cop_graph.questions import evidence
from cop_graph.statements import claims_of
from cop_graph.web.drawings import ACTOR_CLASSES, NAMES, THEME_CLASSES, field, resolved_iri
from cop_graph.web.pages import SECURITY_HEADERS, Page

if TYPE_CHECKING:
    import networkx as nx

    from cop_graph.web.layout import Layout

CHOICES: Final = {
    "partnership": "Who works with whom",
    "co-participation": "Who takes part in the same",
    "support": "Who supports what",
    "themes": "Who works on which theme",
    "all": "All ties",
}
"""Name of a network to what its page is called; the first is shown where none is asked for."""

SLOW_LAYOUT_NODES: Final = 100
"""From here on a layout without overlaps takes longer than a reader waits."""
_UNIT_PIXELS: Final = 110
MOST_KEPT: Final = 12
FOCUS_CLASSES: Final = (*ACTOR_CLASSES, "Thing", "Theme")
PAIRS: Final = (
    ("source", "target", "is tied to"),
    ("subject", "object", "is tied to"),
    ("actor", "partner", "cop:partnersWith"),
    ("helper", "helped", "cop:assists"),
    ("member", "body", "cop:isMemberOf"),
    ("body", "whole", "cop:isPartOf"),
    ("part", "whole", "cop:isPartOf"),
    ("actor", "other", "is tied to"),
    ("participant", "event", "takes part in"),
    ("thing", "leader", "is led by"),
    ("founder", "thing", "establishes"),
)
"""Columns of a question whose rows are ties, and what the tie is called where no column says it."""
SHARED: Final = {
    "shared-partners": ("actorA", "actorB", "shares a partner with"),
    "submitted-with": ("actorA", "actorB", "submits a document with"),
    "works-together-in": ("actorA", "actorB", "takes part in the same as"),
}
"""The same of questions that pair two actors: of others such a pair may just be no tie."""


@dataclass(frozen=True)
class Drawn:
    """A network with its evidence: the ties as lines of a table, and what the map module reads.

    It is laid out when the picture is asked for: the table does not wait for that.
    """

    network: Network
    title: str
    ties: tuple[Tie, ...]
    evidence: Mapping[str, Evidence]

    @property
    def about(self) -> str:
        """How much there is."""
        return about_graph(self.network.graph)

    @property
    def notes(self) -> list[str]:
        """What it can and cannot show."""
        return [*notes_on(self.network.graph, self.network.answer.scope), LIMITS_NOTE]

    @cached_property
    def payload(self) -> bytes:
        """The network as the map module reads it."""
        graph = self.network.graph
        scope = self.network.answer.scope
        payload = map_payload(
            self.network, self.evidence, scope=scope, title=self.title, places=_places(graph)
        )
        payload["notes"] = self.notes
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Tie:
    """A line of the table: two things, what is said between them, and the claims that say so."""

    source: Reference
    words: str
    target: Reference
    status: str
    asserts: bool
    dates: str
    on: str
    claims: tuple[str, ...]


def network_page(layout: Layout, ending: str | None) -> Page:
    """Show a network that can be walked through; without scripts, its ties as a table."""
    query = layout.request.query
    name = query.get("network", "") or next(iter(CHOICES))
    if name not in PROJECTIONS:
        raise NetworkError(f"no network {name[:60]!r}; there is {', '.join(PROJECTIONS)}")
    theme = resolved_iri(layout, query.get("theme", "").strip()[:300], THEME_CLASSES)
    focus = resolved_iri(layout, query.get("focus", "").strip()[:300], FOCUS_CLASSES)
    drawn = _network(layout, name, theme)
    if ending:
        if drawn is None:
            return layout.fault(NetworkError("there is no tie to draw"), code=404)
        return payload_page(drawn.payload)
    label = layout.graph.resolve(focus, classes=FOCUS_CLASSES).label if focus else ""
    ties = drawn.ties if drawn else ()
    around = compact(focus) if focus else ""
    if focus:
        ties = _around(ties, focus)
    given = {"theme": _slug(theme), "focus": _slug(focus)}
    return layout.page(
        "map.html",
        title=CHOICES.get(name, f"Network: {name}"),
        name=name,
        choices=CHOICES,
        names=NAMES,
        given=given,
        actor=given["focus"] if focus and layout.classes(focus) & set(ACTOR_CLASSES) else None,
        drawn=drawn,
        around=around if ties else "",
        focus=label,
        facts=[tie for tie in ties if tie.asserts],
        plans=[tie for tie in ties if not tie.asserts],
        limits=LIMITS_NOTE,
        as_table=query.get("view") == "table",
        data_address=layout.to("/map.json", network=name, theme=given["theme"]),
        fields=[
            field(layout, "focus", "Only around", focus, FOCUS_CLASSES),
            field(layout, "theme", "Only on the theme", theme, THEME_CLASSES),
        ],
    )


def ties_of(layout: Layout, answer: Answer) -> Answer | None:
    """Give the rows of an answer as ties; ``None`` where they are none.

    One end may be what was asked for: the partners of an actor are tied to that actor. A row
    without a status has that of its claims: no fact where one of them is none.
    """
    pair = _pair_of(answer)
    if pair is None or not answer.rows:
        return None
    rows = []
    for row in answer:
        cells = row.as_dict()
        source, target = _ends(answer, row, pair)
        if source is None or target is None:
            continue
        status = cells.get("status") or _status(layout, row)
        if source == target or status is None:
            continue
        made = {
            "source": source,
            "target": target,
            "relation": cells.get("relation") or _relation(layout, pair[2]),
            "status": status,
            "claims": cells["claims"],
        }
        if isinstance(cells.get("through"), Reference):
            made["through"] = cells["through"]
        rows.append(Row(made))
    columns = dict.fromkeys(("source", "target", "relation", "status"), "IRI")
    return replace(answer, columns=columns, rows=rows) if rows else None


def rows_payload(layout: Layout, answer: Answer, *, title: str) -> bytes | None:
    """Give the map of just the rows of an answer; ``None`` where they are no ties of things."""
    ties = ties_of(layout, answer)
    if ties is None:
        return None
    return _drawn(layout, build_network(layout.store, ties, name=answer.question), title).payload


def has_ties(layout: Layout, answer: Answer, *, most: int) -> bool:
    """Tell whether ``ties_of`` would give ties, at most so many, without making them."""
    pair = _pair_of(answer)
    if pair is None:
        return False
    found = 0
    for row in answer:
        source, target = _ends(answer, row, pair)
        if source is None or target is None or source == target:
            continue
        has_status = row.as_dict().get("status") or any(
            layout.store.value(claim, COP + "status") for claim in claims_of(row)
        )
        found += bool(has_status)
        if found > most:
            return False
    return found > 0


def _pair_of(answer: Answer) -> tuple[str, str, str] | None:
    pairs = (SHARED[answer.question],) if answer.question in SHARED else PAIRS
    return next((pair for pair in pairs if _has(answer, pair[0]) and _has(answer, pair[1])), None)


def _ends(
    answer: Answer, row: Row, pair: tuple[str, str, str]
) -> tuple[Reference | None, Reference | None]:
    """Give both ends of a row; one may be what was asked for."""
    cells = row.as_dict()
    source, target = (cells.get(name, answer.parameters.get(name)) for name in pair[:2])
    return (
        source if isinstance(source, Reference) else None,
        target if isinstance(target, Reference) else None,
    )


def _has(answer: Answer, name: str) -> bool:
    kind = answer.columns.get(name)
    return kind == "IRI" or (kind is None and isinstance(answer.parameters.get(name), Reference))


def _relation(layout: Layout, name: str) -> str | Reference:
    return reference(layout.store, expand(name)) if name.startswith("cop:") else name


def _status(layout: Layout, row: Row) -> Reference | None:
    """Give the status of the first claim behind a row that asserts nothing, else of the first."""
    found = [layout.store.value(claim, COP + "status") for claim in claims_of(row)]
    known = [status for status in found if status]
    asserting = layout.kept.grammar.asserting
    chosen = next((one for one in known if one not in asserting), next(iter(known), None))
    return reference(layout.store, chosen) if chosen else None


def payload_page(payload: bytes) -> Page:
    """Give what the map module reads."""
    return Page(200, "application/json; charset=utf-8", payload, SECURITY_HEADERS)


def _network(layout: Layout, name: str, theme: str | None) -> Drawn | None:
    """Lay a network out, or take it from those laid out of this version of the data."""
    kept, key = layout.kept.networks, (name, theme)
    if key not in kept:
        while len(kept) >= MOST_KEPT:
            kept.pop(next(iter(kept)))
        network = layout.graph.network(name, theme=theme)
        title = CHOICES.get(name, name)
        kept[key] = _drawn(layout, network, title) if network.graph else None
    return kept[key]


def _drawn(layout: Layout, network: Network, title: str) -> Drawn:
    claims = [claim for row in network.answer for claim in claims_of(row)]
    found = evidence(layout.store, claims)
    return Drawn(network, title, tuple(_ties(network)), found)


def _places(graph: nx.MultiDiGraph[str]) -> dict[str, tuple[float, float]] | None:
    """Place many nodes quickly; ``None`` leaves few of them to the patient layout."""
    from cop_graph.layouts import place_many
    from cop_graph.networks import SEED

    if len(graph) <= SLOW_LAYOUT_NODES:
        return None
    places = place_many(graph, seed=SEED)
    return {
        node: (round(x * _UNIT_PIXELS, 1), round(y * _UNIT_PIXELS, 1))
        for node, (x, y) in places.items()
    }


def _ties(network: Network) -> list[Tie]:
    nodes = network.graph.nodes
    found = []
    for source, target, edge in network.graph.edges(data=True):
        dates = " to ".join(filter(None, (edge["start"], edge["end"])))
        on = "; ".join(filter(None, (edge["contexts"], edge["topics"])))
        found.append(
            Tie(
                Reference(expand(source), nodes[source]["label"]),
                edge["label"],
                Reference(expand(target), nodes[target]["label"]),
                edge["status"],
                edge["asserts"],
                dates,
                on,
                tuple(expand(claim) for claim in edge["claims"].split()),
            )
        )
    return sorted(found, key=lambda tie: (tie.source.label, tie.target.label, tie.words))


def _around(ties: tuple[Tie, ...], centre: str) -> tuple[Tie, ...]:
    """Keep the ties of one thing, and those between the things that it is tied to."""
    near = {centre}
    for tie in ties:
        if centre in (tie.source.iri, tie.target.iri):
            near |= {tie.source.iri, tie.target.iri}
    if len(near) == 1:
        return ()
    return tuple(tie for tie in ties if {tie.source.iri, tie.target.iri} <= near)


def _slug(iri: str | None) -> str:
    return iri.removeprefix(COPD).removeprefix(COP) if iri else ""


__all__ = ["CHOICES", "has_ties", "network_page", "payload_page", "rows_payload", "ties_of"]
