"""The timeline: what happened when, as exactly as the reports say, and what is planned, apart.

A bar is as long as its date is exact: a year, a month, a day. A year is as wide as what falls into
it needs, so that a crowded year can be read and a long silence takes no room.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cop_graph.drawing import BAND, INK, LINE, PLAN, SOFT, Canvas, fit, text_width, wrap
from cop_graph.model import Answer, Row
from cop_graph.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILION
from cop_graph.scenes import (
    PLAN_BOX,
    Fact,
    Said,
    Scene,
    Sign,
    claims_of,
    count,
    iri,
    label,
    listed,
)

WIDTH: Final = 1240.0
LABELS: Final = 470.0
"""The width of the column of names."""
MOST_ROWS: Final = 90
COLUMNS: Final = ("Lane", "What", "Stage or relation", "When", "Status", "Paragraphs")
LANES: Final = (
    ("Event", "Events", BLUE),
    ("Agreement", "Agreements and laws", PURPLE),
    ("Document", "Documents and resources", GREEN),
    ("Resource", "Documents and resources", GREEN),
    ("Initiative", "Initiatives", ORANGE),
    ("Actor", "Actors and their ties", VERMILION),
)
OTHER_LANE: Final = ("Other", GREY)
PLANS: Final = "Plans: not facts"
MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


@dataclass(frozen=True, slots=True)
class _Moment:
    """A row with a date: from and until in years, a fraction for months and days."""

    row: Row
    lane: str
    colour: str
    begins: float
    ends: float
    when: str


def draw_timeline(
    rows: Sequence[Row],
    lanes: dict[str, str],
    answer: Answer,
    said: Said,
    *,
    title: str,
    subtitle: str,
) -> Scene:
    """Draw the timeline.

    Args:
        rows: The rows of ``life-of-things`` to draw.
        lanes: IRI of a thing to the class that gives its lane, one of ``LANES``.
        answer: The answer that the rows are from.
        said: The evidence, and which status asserts.
        title: The heading.
        subtitle: What stands below it.
    """
    dated = [_moment(row, lanes, said) for row in rows if row["start"] or row["end"]]
    undated = [row for row in rows if not (row["start"] or row["end"])]
    order = [*dict.fromkeys(name for _, name, _ in LANES), OTHER_LANE[0], PLANS]
    dated.sort(key=lambda m: (order.index(m.lane), m.begins, m.ends, label(m.row["thing"])))
    shown, cut = dated[:MOST_ROWS], dated[MOST_ROWS:]
    scene = Scene(
        "timeline", title, subtitle, Canvas(), WIDTH, 0, [], COLUMNS, [], [], answer.scope
    )
    if shown:
        axis = _axis(shown)
        scene.height = _draw_rows(scene, shown, axis, said)
    for place, moment in enumerate(cut):
        scene.facts.append(_fact(f"c{place}", moment.lane, moment.row, moment.when, said))
    for place, row in enumerate(undated):
        lane = lanes.get(iri(row["thing"]), "") if said.asserts(row) else PLANS
        name = next((name for cls, name, _ in LANES if cls == lane), lane or OTHER_LANE[0])
        scene.facts.append(_fact(f"u{place}", name, row, "no date said", said))
    _describe(scene, shown, cut, undated, said)
    return scene


def _moment(row: Row, lanes: dict[str, str], said: Said) -> _Moment:
    start, end = label(row["start"]), label(row["end"])
    begins = year_of(start or end)
    ends = year_of(end or start, after=True)
    if not said.asserts(row):
        lane, colour = PLANS, PLAN
    else:
        wanted = lanes.get(iri(row["thing"]), "")
        lane, colour = next(
            ((name, colour) for cls, name, colour in LANES if cls == wanted), OTHER_LANE
        )
    return _Moment(row, lane, colour, begins, max(ends, begins), when_words(row))


def year_of(date: str, *, after: bool = False) -> float:
    """Give a year, month or day as a number of years; ``after`` gives where it ends.

    Example:
        >>> year_of("2025"), year_of("2025", after=True), year_of("2025-07")
        (2025.0, 2026.0, 2025.5)
    """
    parts = [int(part) for part in date.split("-")[:3]]
    year = parts[0]
    if len(parts) == 1:
        return float(year + after)
    month = parts[1]
    if len(parts) == 2:
        return year + (month - 1 + after) / 12
    days = calendar.monthrange(year, month)[1]
    return year + (month - 1 + (parts[2] - 1 + after) / days) / 12


def when_words(row: Row) -> str:
    """Say a date as the report does: as exact, and with its hedge.

    Example:
        >>> when_words(Row({"start": "2025-03-10", "end": "2025-03-12", "hedge": None}))
        '10 Mar 2025 to 12 Mar 2025'
        >>> when_words(Row({"start": "2025", "end": None, "hedge": "early"}))
        'early 2025'
    """
    dates = [_date_words(label(row[name])) for name in ("start", "end") if row[name]]
    hedge = label(row["hedge"])
    words = " to ".join(dict.fromkeys(dates))
    if row["end"] and not row["start"]:
        words = f"until {words}"
    return f"{hedge} {words}".strip()


def _date_words(date: str) -> str:
    parts = date.split("-")
    if len(parts) == 1:
        return parts[0]
    month = MONTHS[int(parts[1]) - 1]
    return f"{int(parts[2][:2])} {month} {parts[0]}" if len(parts) > 2 else f"{month} {parts[0]}"


class _Axis:
    """Years to the right, each as wide as it is full; years that hold nothing are narrow."""

    def __init__(self, weights: dict[int, float], left: float, right: float) -> None:
        self.years = sorted(weights)
        total = sum(weights.values())
        self.edges = {self.years[0]: left}
        for year in self.years:
            self.edges[year + 1] = self.edges[year] + (right - left) * weights[year] / total

    def at(self, moment: float) -> float:
        """Give where a moment lies."""
        year = min(max(int(moment), self.years[0]), self.years[-1])
        share = min(max(moment - year, 0.0), 1.0)
        return self.edges[year] + share * (self.edges[year + 1] - self.edges[year])


def _axis(moments: Sequence[_Moment]) -> _Axis:
    first = int(min(moment.begins for moment in moments))
    last = max(first, max(int(moment.ends - 1e-9) for moment in moments))
    held = dict.fromkeys(range(first, last + 1), 0)
    for moment in moments:
        held[int(moment.begins)] += 1
    most = max(held.values())
    weights = {year: 0.35 + 5.5 * (total / most) ** 0.8 for year, total in held.items()}
    return _Axis(weights, LABELS + 14, WIDTH)


def _draw_rows(scene: Scene, moments: Sequence[_Moment], axis: _Axis, said: Said) -> float:
    canvas = scene.canvas
    grid = Canvas()
    y = 30.0
    lane = ""
    for place, moment in enumerate(moments):
        if moment.lane != lane:
            lane = moment.lane
            y += 12 if place else 0
            is_plan = lane == PLANS
            total = sum(other.lane == lane for other in moments)
            canvas.text(0, y + 16, lane, size=13.5, bold=True, fill=PLAN if is_plan else INK)
            wide = text_width(lane, 13.5, bold=True)
            canvas.text(wide + 8, y + 16, str(total), size=11.5, fill=SOFT)
            canvas.line((0, y + 24, WIDTH, y + 24))
            y += 28
        fact = _fact(f"m{place}", moment.lane, moment.row, moment.when, said)
        scene.facts.append(fact)
        y += _draw_moment(canvas, moment, axis, y, fact, said)
    _draw_grid(grid, axis, y)
    canvas.elements[:0] = grid.elements
    return y + 2


def _draw_moment(
    canvas: Canvas, moment: _Moment, axis: _Axis, y: float, fact: Fact, said: Said
) -> float:
    """Draw a row: the name, the bar, and beside the bar what, when and where it is said."""
    lines = wrap(label(moment.row["thing"]), LABELS - 8, 12, lines=2)
    words = f"{fact.cells[2]} · {moment.when} · ¶ {said.paragraphs(fact.claims)}"
    colour = SOFT if fact.asserts else PLAN
    if not fact.asserts:
        words = f"{fact.status}: {words}"
    left, right = axis.at(moment.begins), axis.at(moment.ends)
    right = max(right, left + 4)
    wide = text_width(words, 10.5)
    high = 15.0 * len(lines) + 8
    middle = y + high / 2
    canvas.open_mark(fact.key, fact.words, fact.claims, plan=not fact.asserts)
    canvas.box((0, y, WIDTH, high), fill=BAND, opacity=0.01)
    canvas.lines(0, y + 15, lines, leading=15, size=12)
    beside_left, beside_right = right + 7, left - 7
    if beside_left + wide <= WIDTH:
        near, place, anchor = left - 6, beside_left, "start"
    elif beside_right - wide >= LABELS:
        near, place, anchor = beside_right - wide - 6, beside_right, "end"
    else:
        dated = f"{moment.when} · ¶ {said.paragraphs(fact.claims)} · {words.partition(' · ')[0]}"
        words = fit(dated, WIDTH - LABELS - 20, 10.5)
        near, place, anchor = left - 6, WIDTH, "end"
        high, middle = high + 13, y + 8
        canvas.text(place, y + 28, words, size=10.5, fill=colour, anchor=anchor)
        words = ""
    reached = max(text_width(line, 12) for line in lines) + 8 if lines else 0
    if near > reached:
        canvas.line((reached, middle, near, middle), width=0.7)
    _draw_bar(canvas, moment, (left, right), middle - 6)
    if words:
        canvas.text(
            place,
            middle + 3.8,
            words,
            size=10.5,
            fill=colour,
            anchor=anchor,
            halo=True,
        )
    canvas.close_mark()
    return high


def _draw_bar(canvas: Canvas, moment: _Moment, span: tuple[float, float], y: float) -> None:
    left, wide = span[0], span[1] - span[0]
    radius = min(3, wide / 2)
    if moment.lane != PLANS:
        canvas.box((left, y, wide, 12), fill=moment.colour, radius=radius)
    else:
        canvas.box((left, y, wide, 12), stroke=PLAN, width=1.5, dashed=True, radius=radius)


def _draw_grid(grid: Canvas, axis: _Axis, bottom: float) -> None:
    """Draw the years: a line each, a name where there is room, months where a year is wide."""
    last_name = -1e9
    for year in axis.years:
        left, right = axis.edges[year], axis.edges[year + 1]
        if year % 2 == 0:
            grid.box((left, 28, right - left, bottom - 28), fill=BAND)
        grid.line((left, 24, left, bottom), stroke=LINE, width=0.8)
        name = str(year)
        room = text_width(name, 12, bold=True)
        if right - left >= room + 4 and (left + right) / 2 - room / 2 > last_name + 4:
            grid.open_name(f"year:{year}", f"What is dated {year}")
            grid.text((left + right) / 2, 6, name, size=12, bold=True, anchor="middle")
            grid.close_name()
            last_name = (left + right) / 2 + room / 2
        elif left > last_name + 5 and right - left < room + 4:
            short = f"’{year % 100:02d}"
            if right - left >= text_width(short, 9.5):
                grid.text((left + right) / 2, 6, short, size=9.5, anchor="middle", fill=SOFT)
                last_name = (left + right) / 2 + text_width(short, 9.5) / 2
        if right - left > 150:
            for month in range(12):
                at = left + (right - left) * month / 12
                grid.text(
                    at + (right - left) / 24,
                    20,
                    MONTHS[month][0],
                    size=9.5,
                    anchor="middle",
                    fill=SOFT,
                )
                if month:
                    grid.line((at, 24, at, bottom), stroke=LINE, width=0.3)
    grid.line((axis.edges[axis.years[-1] + 1], 24, axis.edges[axis.years[-1] + 1], bottom))


def _stage(row: Row) -> str:
    relation = label(row["relation"])
    return label(row["object"]) if relation == "has stage" else f"{relation} {label(row['object'])}"


def _fact(key: str, lane: str, row: Row, when: str, said: Said) -> Fact:
    claims = claims_of([row])
    status = label(row["status"])
    words = f"{label(row['thing'])}: {_stage(row)}, {when} ({status})"
    cells = (lane, label(row["thing"]), _stage(row), when, status, said.paragraphs(claims))
    return Fact(key, words, status, said.asserts(row), cells, claims)


def _describe(
    scene: Scene,
    shown: Sequence[_Moment],
    cut: Sequence[_Moment],
    undated: Sequence[Row],
    said: Said,
) -> None:
    plans = sum(not said.asserts(moment.row) for moment in shown)
    scene.notes.append(
        f"{count(len(shown) - plans, 'dated fact')} and {count(plans, 'dated plan')}. A bar is as "
        "long as its date is exact: a year, a month or a day. Years are as wide as what begins in "
        "them needs, so that lengths compare only within a year."
    )
    if cut:
        scene.notes.append(f"{count(len(cut), 'more dated row')} not drawn for want of room.")
    if undated:
        facts = [row for row in undated if said.asserts(row)]
        names = sorted({f"{label(row['thing'])} ({_stage(row)})" for row in facts})
        words = f"Without a date, so not drawn: {count(len(facts), 'stage')}"
        if names:
            words += f": {listed(names, 10)}"
        open_plans = len(undated) - len(facts)
        scene.notes.append(f"{words}; and {count(open_plans, 'plan')} for which no date is said.")
    lanes = {moment.lane: moment.colour for moment in shown if moment.lane != PLANS}
    scene.signs.extend(Sign("box", colour, lane) for lane, colour in lanes.items())
    if plans:
        scene.signs.append(PLAN_BOX)
