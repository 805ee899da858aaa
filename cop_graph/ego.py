"""The ego map: one actor in the middle, and all whom the reports tie to it, by kind of tie.

Partners stand in two columns beside the actor, so that each name has a line of its own; under each
name stands what they work on and which paragraph says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from cop_graph.drawing import INK, PAPER, PLAN, SOFT, Canvas, fit, number, wrap
from cop_graph.model import Answer, Reference, Row
from cop_graph.palette import EDGE_STYLES, GREY
from cop_graph.scenes import (
    PLAN_LINE,
    Fact,
    Said,
    Scene,
    Sign,
    claims_of,
    count,
    iri,
    label,
    tie_signs,
)

WIDTH: Final = 1240.0
MOST_TIES: Final = 60
COLUMNS: Final = ("From", "Tie", "To", "On", "Within", "When", "Status", "Paragraphs")
NAME_ROOM: Final = 370.0
ROW: Final = 34.0
HEADING: Final = 34.0
SEEN: Final = {
    "partners with": ("Works together with", "Works together with"),
    "is a member of": ("Is a member of", "Has as members"),
    "is part of": ("Is part of", "Has as parts"),
    "assists": ("Helps", "Is helped by"),
    "represents": ("Represents", "Is represented by"),
}
"""Words for a tie as the actor in the middle sees it: as subject, as object."""


def draw_ego(
    rows: Sequence[Row],
    centre: Reference,
    answer: Answer,
    said: Said,
    *,
    title: str,
    subtitle: str,
) -> Scene:
    """Draw the ego map.

    Args:
        rows: The rows of ``ties-of`` to draw.
        centre: The actor in the middle.
        answer: The answer that the rows are from.
        said: The evidence, and who is of what kind.
        title: The heading.
        subtitle: What stands below it.
    """
    shown, cut = list(rows[:MOST_TIES]), list(rows[MOST_TIES:])
    scene = Scene("ego", title, subtitle, Canvas(), WIDTH, 0, [], COLUMNS, [], [], answer.scope)
    sides = _sides(_groups(shown))
    heights = [_height(side) for side in sides]
    scene.height = max(max(heights), 150)
    middle = scene.height / 2
    links, labels = Canvas(), Canvas()
    place = 0
    for side, groups in enumerate(sides):
        y = (scene.height - heights[side]) / 2
        for heading, members in groups:
            _draw_heading(labels, heading, len(members), side, y)
            y += HEADING
            for row in members:
                fact = _fact(f"m{place}", row, centre, said)
                place += 1
                scene.facts.append(fact)
                links.open_mark(fact.key, fact.words, fact.claims, plan=not fact.asserts)
                _draw_tie(links, row, side, y, middle, fact, said)
                links.close_mark()
                y += ROW
            y += 14
    scene.canvas.elements = [*links.elements, *labels.elements]
    _draw_centre(scene.canvas, centre, middle, said)
    for number_of, row in enumerate(cut):
        scene.facts.append(_fact(f"c{number_of}", row, centre, said))
    _describe(scene, shown, cut, centre, said)
    return scene


def _groups(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Put the ties into groups by kind and direction, the largest first."""
    together: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        together[_heading(row)].append(row)
    for members in together.values():
        members.sort(key=lambda row: (label(row["partner"]).casefold(), label(row["status"])))
    return sorted(together.items(), key=lambda entry: (-len(entry[1]), entry[0]))


def _heading(row: Row) -> str:
    relation = label(row["relation"])
    forward, backward = SEEN.get(
        relation, (relation[:1].upper() + relation[1:], f"From whom: {relation}")
    )
    return forward if row["isSubject"] in (True, "true") else backward


def _sides(
    groups: Sequence[tuple[str, list[Row]]],
) -> tuple[list[tuple[str, list[Row]]], list[tuple[str, list[Row]]]]:
    """Share the groups out to the right and the left, each to the side that is shorter so far."""
    right: list[tuple[str, list[Row]]] = []
    left: list[tuple[str, list[Row]]] = []
    for group in groups:
        (right if _height(right) <= _height(left) else left).append(group)
    return right, left


def _height(groups: Sequence[tuple[str, list[Row]]]) -> float:
    if not groups:
        return 0
    return sum(HEADING + ROW * len(members) + 14 for _, members in groups) - 14


def _inner(side: int) -> float:
    """Where the dots of a side stand: 0 is the right, 1 the left."""
    return WIDTH - NAME_ROOM - 14 if side == 0 else NAME_ROOM + 14


def _draw_heading(canvas: Canvas, heading: str, total: int, side: int, y: float) -> None:
    x = _inner(side) + (14 if side == 0 else -14)
    anchor = "start" if side == 0 else "end"
    canvas.text(x, y + 19, f"{heading} ({total})", size=13, bold=True, anchor=anchor)


def _draw_tie(
    canvas: Canvas, row: Row, side: int, y: float, middle: float, fact: Fact, said: Said
) -> None:
    x = _inner(side)
    at = y + 13
    start = WIDTH / 2 + (84 if side == 0 else -84)
    bend = (x - start) * 0.55
    corners = (start, middle, start + bend, middle, x - bend, at, x, at)
    a, b, c, d, e, f, g, h = (number(value) for value in corners)
    relation = EDGE_STYLES.get(label(row["relation"]), (GREY, ""))[0]
    canvas.path(
        f"M{a} {b}C{c} {d} {e} {f} {g} {h}",
        stroke=relation if fact.asserts else PLAN,
        width=1.4 + 0.5 * min(len(fact.claims) - 1, 3),
        dashed=not fact.asserts,
        opacity=0.9,
    )
    _, colour, shape = said.style(iri(row["partner"]))
    canvas.sign(x, at, shape, colour, size=15)
    anchor = "start" if side == 0 else "end"
    words = x + (14 if side == 0 else -14)
    name = fit(label(row["partner"]), NAME_ROOM - 14, 12.5)
    canvas.text(words, at + 2, name, size=12.5, anchor=anchor)
    status = fact.status if fact.asserts else f"{fact.status}: not a fact"
    parts = [f"¶ {said.paragraphs(fact.claims)}", status]
    if fact.cells[5]:
        parts.append(fact.cells[5])
    if row["topics"]:
        parts.append(f"on {label(row['topics'])}")
    canvas.text(
        words,
        at + 15.5,
        fit(" · ".join(parts), NAME_ROOM - 14, 10),
        size=10,
        fill=SOFT if fact.asserts else PLAN,
        anchor=anchor,
    )


def _draw_centre(canvas: Canvas, centre: Reference, middle: float, said: Said) -> None:
    _, colour, shape = said.style(centre.iri)
    lines = wrap(centre.label, 140, 13, lines=4, bold=True)
    high = 17 * len(lines) + 52
    top = middle - high / 2
    canvas.box((WIDTH / 2 - 84, top, 168, high), fill=PAPER, stroke=INK, width=1.6, radius=12)
    canvas.sign(WIDTH / 2, top + 21, shape, colour, size=20)
    canvas.lines(WIDTH / 2, top + 48, lines, leading=17, size=13, bold=True, anchor="middle")


def _fact(key: str, row: Row, centre: Reference, said: Said) -> Fact:
    claims = claims_of([row])
    ends = [centre.label, label(row["partner"])]
    if row["isSubject"] not in (True, "true"):
        ends.reverse()
    status = label(row["status"])
    when = " to ".join(dict.fromkeys(label(row[n]) for n in ("start", "end") if row[n]))
    words = f"{ends[0]} {label(row['relation'])} {ends[1]} ({status})"
    cells = (
        ends[0],
        label(row["relation"]),
        ends[1],
        label(row["topics"]),
        label(row["contexts"]),
        when,
        status,
        said.paragraphs(claims),
    )
    return Fact(key, words, status, said.asserts(row), cells, claims)


def _describe(
    scene: Scene, shown: Sequence[Row], cut: Sequence[Row], centre: Reference, said: Said
) -> None:
    plans = sum(not said.asserts(row) for row in shown)
    partners = {iri(row["partner"]) for row in shown}
    scene.notes.append(
        f"{count(len(partners), 'partner')}, {count(len(shown) - plans, 'stated tie')} and "
        f"{count(plans, 'plan')}. A line is wider where more claims say it. ¶ names the paragraph."
    )
    if cut:
        scene.notes.append(
            f"{count(len(cut), 'more tie')} not drawn for want of room; they stand in the table of "
            "the page."
        )
    if not shown:
        scene.notes.append(f"The reports state no tie of {centre.label} to another actor or group.")
    scene.signs.extend(tie_signs(label(row["relation"]) for row in shown if said.asserts(row)))
    if plans:
        scene.signs.append(PLAN_LINE)
    kinds = {said.style(iri(row["partner"])) for row in shown} | {said.style(centre.iri)}
    for words, colour, shape in sorted(kinds):
        scene.signs.append(Sign(shape, colour, words))
