"""The world: where the reports place actors and work, and the ties between them as arcs.

An actor stands on the map only where the reports say so. Whoever has ties to someone on the map but
no place of its own stands in a row beneath it, so that no tie is left out for want of a place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cop_graph.drawing import (
    BAND,
    INK,
    LAND,
    PAPER,
    PLAN,
    SOFT,
    STRONG,
    WEAK,
    Canvas,
    fit,
    number,
    text_width,
    wrap,
)
from cop_graph.model import Answer, Row
from cop_graph.namespaces import compact, natural_key
from cop_graph.outlines import Outline, Sheet, great_circle, read_outlines
from cop_graph.palette import BLUE, EDGE_STYLES, GREY
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
    listed,
    tie_signs,
)

WIDTH: Final = 1240.0
BORDER_NOTE: Final = (
    "Borders and names on this map come from a public data set and only serve to find a place. "
    "They imply no opinion of anybody on the legal status of a country, territory or area, or on "
    "where its borders run."
)
CREDIT: Final = "Shapes: Natural Earth, by way of world-atlas. Projection: Equal Earth."
COLUMNS: Final = ("What", "Who", "Relation", "To or where", "On or through", "Status", "Paragraphs")
ROOM_BENEATH: Final = 12
"""How many stand beside each other beneath the map."""
LEVEL: Final = 98.0
"""How high a row beneath the map is."""
SMALL_AREA: Final = 14.0
RING: Final = 6.5
NAME_ROOM: Final = 190.0
PLACES_SHOWN: Final = 14


@dataclass(slots=True)
class _Ground:
    """Where everything stands: states by IRI, actors on the map by IRI of their state."""

    outlines: dict[str, Outline]
    names: dict[str, str]
    homes: dict[str, list[str]]
    beneath: dict[str, tuple[float, float]]


def draw_world(
    placed: Answer,
    work: Sequence[Row],
    ties: Sequence[Row],
    said: Said,
    *,
    title: str,
    subtitle: str,
) -> Scene:
    """Draw the map.

    Args:
        placed: The answer of ``placed-actors``.
        work: The rows of ``placed-work`` to draw.
        ties: The rows of ``world-ties`` to draw.
        said: The evidence, and who is of what kind.
        title: The heading.
        subtitle: What stands below it.

    Raises:
        NotBuiltError: The shapes of the world are not there.
    """
    sheet = Sheet(WIDTH)
    outlines = read_outlines(sheet)
    ground = _ground(placed, work, outlines)
    canvas = Canvas()
    canvas.path("".join(o.path for o in outlines), fill=LAND, stroke=PAPER, width=0.5)
    scene = Scene(
        "world", title, subtitle, canvas, WIDTH, 0, [], COLUMNS, [], [], placed.scope, [], CREDIT
    )
    drawn, beside = _sorted_ties(ties, ground)
    bottom = _place_beneath(ground, drawn, sheet)
    _draw_states(scene, ground, placed, work, said)
    _draw_ties(scene, ground, drawn, said)
    _draw_beneath(scene, ground, drawn, said, sheet)
    _draw_dots(scene, ground)
    scene.height = bottom
    _list_the_rest(scene, ground, placed, work, beside, said)
    _describe(scene, ground, drawn, beside, placed, work)
    return scene


def _ground(placed: Answer, work: Sequence[Row], outlines: Sequence[Outline]) -> _Ground:
    by_code = {outline.code: outline for outline in outlines if outline.code}
    found: dict[str, Outline] = {}
    names: dict[str, str] = {}
    homes: dict[str, list[str]] = defaultdict(list)
    for row in (*placed, *work):
        outline = by_code.get(str(row["m49"] or "").zfill(3))
        if iri(row["state"]) and outline is not None:
            found[iri(row["state"])] = outline
            names[iri(row["state"])] = label(row["state"])
    for row in placed:
        if iri(row["state"]) in found and iri(row["state"]) not in homes[iri(row["actor"])]:
            homes[iri(row["actor"])].append(iri(row["state"]))
    return _Ground(found, names, {actor: sorted(states) for actor, states in homes.items()}, {})


def _sorted_ties(ties: Sequence[Row], ground: _Ground) -> tuple[list[Row], list[Row]]:
    """Tell the ties that have a way on the map from those that lie in one state or in none."""
    drawn: list[Row] = []
    beside: list[Row] = []
    for row in ties:
        ends = [ground.homes.get(iri(row[end]), []) for end in ("source", "target")]
        lies_apart = any(ends) and not (ends[0] and ends[1] and ends[0][0] == ends[1][0])
        (drawn if lies_apart else beside).append(row)
    return drawn, beside


def _centre(ground: _Ground, thing: str) -> tuple[float, float]:
    if ground.homes.get(thing):
        return ground.outlines[ground.homes[thing][0]].centre
    return ground.beneath[thing]


def _place_beneath(ground: _Ground, drawn: Sequence[Row], sheet: Sheet) -> float:
    """Give those without a place one beneath the map, near the middle of those they are tied to."""
    reached: dict[str, list[float]] = defaultdict(list)
    for row in drawn:
        ends = (iri(row["source"]), iri(row["target"]))
        for here, there in (ends, ends[::-1]):
            if not ground.homes.get(here):
                reached[here].append(_centre(ground, there)[0])
    order = sorted(reached, key=lambda thing: (sum(reached[thing]) / len(reached[thing]), thing))
    rows = [order[n : n + ROOM_BENEATH] for n in range(0, len(order), ROOM_BENEATH)]
    for level, things in enumerate(rows):
        room = WIDTH / len(things)
        for place, thing in enumerate(things):
            ground.beneath[thing] = (room * (place + 0.5), sheet.height + 76 + level * LEVEL)
    return sheet.height + (84 + LEVEL * len(rows) if rows else 0)


def _draw_states(
    scene: Scene, ground: _Ground, placed: Answer, work: Sequence[Row], said: Said
) -> None:
    """Tint the states that the reports speak of; each is a fact with all that is said there."""
    here: dict[str, list[Row]] = defaultdict(list)
    works: dict[str, list[Row]] = defaultdict(list)
    for row in placed:
        here[iri(row["state"])].append(row)
    for row in work:
        works[iri(row["state"])].append(row)
    for state in sorted(ground.outlines, key=lambda state: (-ground.outlines[state].area, state)):
        outline, name = ground.outlines[state], ground.names[state]
        actors = [row for row in here[state] if iri(row["actor"]) != state]
        facts = [row for row in works[state] if said.asserts(row)]
        plans = [row for row in works[state] if not said.asserts(row)]
        parts = []
        for heading, names in (
            ("has its place here", sorted({label(row["actor"]) for row in actors})),
            ("takes place or works here", sorted({label(row["thing"]) for row in facts})),
            ("planned here, not a fact", sorted({label(row["thing"]) for row in plans})),
        ):
            if names:
                parts.append(f"{heading}: {', '.join(names)}")
        words = " – ".join((name, *parts))
        claims = claims_of([*here[state], *works[state]])
        is_plan = bool(plans) and not actors and not facts and len(claims) <= len(claims_of(plans))
        status = "planned" if is_plan else "stated"
        key = f"s{outline.code}"
        cells = ("State", name, "", "", "; ".join(parts), status, said.paragraphs(claims))
        scene.facts.append(Fact(key, words, status, not is_plan, cells, claims))
        scene.canvas.open_mark(key, words, claims, plan=is_plan)
        _draw_state(scene.canvas, outline, strong=bool(actors), plan=is_plan)
        scene.canvas.close_mark()


def _draw_state(canvas: Canvas, outline: Outline, *, strong: bool, plan: bool) -> None:
    if plan:
        canvas.path(outline.path, fill=LAND, stroke=PLAN, width=1.2, dashed=True)
    else:
        tint = STRONG if strong else WEAK
        canvas.path(outline.path, fill=tint, stroke=PAPER, width=0.6)
    if outline.area < SMALL_AREA:
        x, y = (number(value) for value in outline.centre)
        look = (
            f'fill="none" stroke="{PLAN}" stroke-dasharray="3 2"'
            if plan
            else f'fill="{BLUE}" fill-opacity="0.15" stroke="{BLUE}"'
        )
        canvas.elements.append(f'<circle cx="{x}" cy="{y}" r="{RING}" {look} stroke-width="1"/>')


def _draw_ties(scene: Scene, ground: _Ground, drawn: Sequence[Row], said: Said) -> None:
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for place, row in enumerate(drawn):
        ends = sorted((iri(row["source"]), iri(row["target"])))
        pair = (ends[0], ends[1])
        shift = seen[pair]
        seen[pair] += 1
        asserts = said.asserts(row)
        fact = _tie_fact(f"t{place}", "Tie on the map", row, said)
        scene.facts.append(fact)
        scene.canvas.open_mark(fact.key, fact.words, fact.claims, plan=not asserts)
        colour = EDGE_STYLES.get(label(row["relation"]), (GREY, ""))[0] if asserts else PLAN
        width = 1.3 + 0.4 * min(len(fact.claims) - 1, 3)
        for commands in _ways(ground, row, shift):
            scene.canvas.path(
                commands, stroke=colour, width=width, dashed=not asserts, opacity=0.75
            )
        scene.canvas.close_mark()
    lines = {_source_line(row, said): None for row in drawn}
    scene.sources.extend(sorted(lines, key=natural_key))


def _source_line(row: Row, said: Said) -> str:
    plan = "" if said.asserts(row) else f" ({label(row['status'])}: not a fact)"
    numbers = said.paragraphs(claims_of([row]))
    return f"{numbers} · {label(row['source'])} – {label(row['target'])}{plan}"


def _ways(ground: _Ground, row: Row, shift: int) -> list[str]:
    """Give the commands of a tie: over the sphere between states, else down to the row beneath."""
    ends = (iri(row["source"]), iri(row["target"]))
    states = [ground.homes.get(end, []) for end in ends]
    if all(states):
        sheet = Sheet(WIDTH)
        points = [ground.outlines[state[0]].point for state in states]
        lines = great_circle(points[0], points[1])
        return [
            "M" + "L".join(f"{number(x)} {number(y)}" for x, y in (sheet.place(*p) for p in line))
            for line in lines
        ]
    upper, lower = ends if states[0] else ends[::-1]
    (x1, y1), (x2, y2) = _centre(ground, upper), _centre(ground, lower)
    x2 += 5 * ((shift + 1) // 2) * (-1 if shift % 2 else 1)
    middle = (y2 - y1) * 0.52
    corners = (x1, y1, x1, y1 + middle, x2, y2 - middle, x2, y2 - 9)
    a, b, c, d, e, f, g, h = (number(value) for value in corners)
    return [f"M{a} {b}C{c} {d} {e} {f} {g} {h}"]


def _tie_fact(key: str, what: str, row: Row, said: Said) -> Fact:
    claims = claims_of([row])
    relation = label(row["relation"])
    words = f"{label(row['source'])} {relation} {label(row['target'])}"
    on = label(row["topics"])
    if row["through"]:
        words += f", through {label(row['through'])}"
        on = f"through {label(row['through'])}" + (f"; on {on}" if on else "")
    cells = (
        what,
        label(row["source"]),
        relation,
        label(row["target"]),
        on,
        label(row["status"]),
        said.paragraphs(claims),
    )
    return Fact(key, words, label(row["status"]), said.asserts(row), cells, claims)


def _draw_beneath(
    scene: Scene, ground: _Ground, drawn: Sequence[Row], said: Said, sheet: Sheet
) -> None:
    if not ground.beneath:
        return
    names = {iri(row[end]): label(row[end]) for row in drawn for end in ("source", "target")}
    canvas = scene.canvas
    lowest = max(y for _, y in ground.beneath.values())
    band = Canvas()
    band.box((0, sheet.height + 40, WIDTH, lowest - sheet.height + 64), fill=BAND, radius=10)
    canvas.elements[:0] = band.elements
    for thing, (x, y) in ground.beneath.items():
        _, colour, shape = said.style(thing)
        canvas.open_name(compact(thing), names[thing])
        canvas.sign(x, y, shape, colour, size=17)
        room = WIDTH / sum(level == y for _, level in ground.beneath.values()) - 12
        lines = wrap(names[thing], min(room, 200), 11, lines=4)
        canvas.lines(x, y + 23, lines, leading=13, size=11, anchor="middle")
        canvas.close_name()
    words = "The reports give these no place: they stand beneath the map, not on it."
    canvas.text(WIDTH / 2, lowest + 92, words, size=11.5, fill=SOFT, bold=True, anchor="middle")


def _draw_dots(scene: Scene, ground: _Ground) -> None:
    """Draw a dot and a name for each state, the names where they hide nothing."""
    taken: list[tuple[float, float, float, float]] = []
    centres = {state: outline.centre for state, outline in ground.outlines.items()}
    for x, y in centres.values():
        taken.append((x - 4, y - 4, x + 4, y + 4))
    for x, y in centres.values():
        scene.canvas.elements.append(
            f'<circle cx="{number(x)}" cy="{number(y)}" r="2.6" fill="{BLUE}" '
            f'stroke="{PAPER}" stroke-width="0.8"/>'
        )
    for state in sorted(centres, key=lambda state: (-centres[state][1], centres[state][0], state)):
        size = 11.5
        name = fit(ground.names[state], NAME_ROOM, size, bold=True)
        width = text_width(name, size, bold=True)
        near = RING if ground.outlines[state].area < SMALL_AREA else 0
        x, y, far = _free_place(centres[state], width, size, taken, near)
        taken.append((x - 2, y - size, x + width + 2, y + 3))
        if far:
            middle = min(max(centres[state][0], x), x + width)
            edge = y + 3 if y < centres[state][1] else y - size + 1
            scene.canvas.line((*centres[state], middle, edge), stroke=SOFT, width=0.7)
        scene.canvas.open_name(compact(state), ground.names[state])
        scene.canvas.text(x, y, name, size=size, fill=INK, bold=True, halo=True)
        scene.canvas.close_name()


def _free_place(
    centre: tuple[float, float],
    width: float,
    size: float,
    taken: Sequence[tuple[float, float, float, float]],
    near: float,
) -> tuple[float, float, bool]:
    """Give the nearest place for a name around a point, and whether it needs a line to it."""
    x, y = centre
    for distance in (near + 8, near + 13, 20, 30, 42, 56, 72, 90, 110):
        candidates = [
            (x + distance, y + 4),
            (x - distance - width, y + 4),
            (x - width / 2, y - distance),
            (x - width / 2, y + distance + size - 2),
            (x + distance * 0.7, y - distance * 0.8),
            (x + distance * 0.7, y + distance * 0.8 + 8),
            (x - distance * 0.7 - width, y - distance * 0.8),
            (x - distance * 0.7 - width, y + distance * 0.8 + 8),
        ]
        for left, base in candidates:
            box = (left - 2, base - size, left + width + 2, base + 3)
            if left < 0 or left + width > WIDTH or base - size < 0:
                continue
            if not any(_overlap(box, other) for other in taken):
                return left, base, distance > near + 13
    return max(0.0, min(x + 8, WIDTH - width)), y + 4, False


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _list_the_rest(
    scene: Scene,
    ground: _Ground,
    placed: Answer,
    work: Sequence[Row],
    beside: Sequence[Row],
    said: Said,
) -> None:
    """Put into the table what is not on the map, so that nothing is silently absent."""
    for place, row in enumerate(beside):
        scene.facts.append(_tie_fact(f"n{place}", "Tie that is not on the map", row, said))
    for place, row in enumerate(work):
        claims = claims_of([row])
        is_here = iri(row["state"]) in ground.outlines
        what = "Place of work" if is_here else "Place of work that is not on the map"
        where = label(row["place"])
        cells = (
            what,
            label(row["thing"]),
            label(row["relation"]),
            where,
            "",
            label(row["status"]),
            said.paragraphs(claims),
        )
        words = f"{label(row['thing'])} {label(row['relation'])} {where}"
        scene.facts.append(
            Fact(f"w{place}", words, label(row["status"]), said.asserts(row), cells, claims)
        )
    for place, row in enumerate(row for row in placed if iri(row["actor"]) not in ground.homes):
        name, state = label(row["actor"]), label(row["state"])
        where = f"{state}, of which the map has no shape" if state else "no place said"
        claims = claims_of([row])
        numbers = said.paragraphs(claims)
        cells = ("Actor without a place on the map", name, "", where, "", "", numbers)
        words, thing = f"{name}: {where}", compact(iri(row["actor"]))
        scene.facts.append(Fact(f"u{place}", words, "", True, cells, claims, thing))


def _describe(
    scene: Scene,
    ground: _Ground,
    drawn: Sequence[Row],
    beside: Sequence[Row],
    placed: Answer,
    work: Sequence[Row],
) -> None:
    facts = {fact.key: fact for fact in scene.facts}
    ties = [facts[f"t{place}"] for place in range(len(drawn))]
    plans = sum(not fact.asserts for fact in ties)
    unplaced = sorted(
        {label(row["actor"]) for row in placed if iri(row["actor"]) not in ground.homes}
    )
    alone = [name for name in unplaced if name not in _names_beneath(ground, drawn)]
    adrift = sorted(
        {label(row["place"]) for row in work if iri(row["state"]) not in ground.outlines}
    )
    scene.notes.append(
        f"{count(len(ground.outlines), 'state')}, {count(len(ties) - plans, 'stated tie')} and "
        f"{count(plans, 'plan')} on the map. Not on it: {count(len(beside), 'tie')} within one "
        "state or between two that have no place. A ring is drawn around a state that is too small "
        "to see."
    )
    if alone:
        scene.notes.append(
            f"{count(len(alone), 'more actor')} without a place and without a tie to anyone on the "
            f"map: {listed(alone, PLACES_SHOWN)}."
        )
    if adrift:
        names = listed(adrift, PLACES_SHOWN)
        scene.notes.append(
            f"Places of work that are not on the map, most often because the reports do not say "
            f"in which state they lie: {names}."
        )
    scene.notes.append(BORDER_NOTE)
    scene.signs.append(Sign("box", STRONG, "state in which an actor has its place"))
    scene.signs.append(Sign("box", WEAK, "state that is named, or where work takes place"))
    if any(not f.asserts for f in scene.facts if f.key.startswith("s")):
        scene.signs.append(
            Sign("box", PLAN, "state named in a plan only: not a fact", dashed=True, hollow=True)
        )
    scene.signs.extend(tie_signs(fact.cells[2] for fact in ties if fact.asserts))
    if plans:
        scene.signs.append(PLAN_LINE)


def _names_beneath(ground: _Ground, drawn: Sequence[Row]) -> Mapping[str, str]:
    return {
        label(row[end]): iri(row[end])
        for row in drawn
        for end in ("source", "target")
        if iri(row[end]) in ground.beneath
    }
