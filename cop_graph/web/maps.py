"""Pages of the live network: what the map module shows, and the same ties as a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from cop_graph.errors import NetworkError
from cop_graph.maps import about_graph, map_payload, notes_on
from cop_graph.model import Answer, Evidence, Reference
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
TIE_COLUMNS: Final = ("source", "target")


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
    name = query.get("network", "").strip() or next(iter(CHOICES))
    if name not in PROJECTIONS:
        raise NetworkError(f"no network {name[:60]!r}; there is {', '.join(PROJECTIONS)}")
    theme = resolved_iri(layout, query.get("theme", "").strip()[:300], THEME_CLASSES)
    focus = resolved_iri(layout, query.get("focus", "").strip()[:300], FOCUS_CLASSES)
    drawn = _network(layout, name, theme)
    if ending:
        if drawn is None:
            raise NetworkError("there is no tie to draw")
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
        drawn=drawn,
        around=around if ties else "",
        focus=label,
        facts=[tie for tie in ties if tie.asserts],
        plans=[tie for tie in ties if not tie.asserts],
        limits=LIMITS_NOTE,
        as_table=query.get("view") == "table",
        data_address=layout.to("/map.json", network=name, theme=given["theme"]),
        fields=[
            field(layout, "focus", "Only around", focus, FOCUS_CLASSES[:2]),
            field(layout, "theme", "Only on the theme", theme, THEME_CLASSES),
        ],
    )


def is_of_ties(answer: Answer) -> bool:
    """Tell whether the rows of an answer are ties that a map can show."""
    return set(TIE_COLUMNS) <= answer.columns.keys() and len(answer) > 0


def rows_payload(layout: Layout, answer: Answer, *, title: str) -> bytes | None:
    """Give the map of just the rows of an answer; ``None`` where they are no ties of things."""
    if not is_of_ties(answer):
        return None
    if not all(isinstance(row[end], Reference) for row in answer for end in TIE_COLUMNS):
        return None
    try:
        network = build_network(layout.store, answer, name=answer.question)
        return _drawn(layout, network, title).payload
    except NetworkError:
        return None  # a tie of a thing to itself, or nothing that can be drawn


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


__all__ = ["CHOICES", "is_of_ties", "network_page", "payload_page", "rows_payload"]
