"""The matrix: actors by themes, with the number of claims in each cell.

Rows and columns are set so that what is alike stands near each other: reciprocal averaging, which
needs no chance and gives the same order each time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cop_graph.drawing import BAND, INK, LINE, PAPER, PLAN, SOFT, Canvas, fit, text_width, wrap
from cop_graph.model import Answer, Row
from cop_graph.namespaces import compact
from cop_graph.palette import BLUE
from cop_graph.scenes import PLAN_BOX, Fact, Said, Scene, Sign, claims_of, count, iri, label

MOST_ROWS: Final = 36
MOST_COLUMNS: Final = 40
COLUMNS: Final = ("Actor", "Theme", "Under", "Claims", "Plans", "Paragraphs")
ROUNDS: Final = 40
NAMES: Final = 372.0
HEADS: Final = 190.0
CELL: Final = 22.0
GROUP_GAP: Final = 12.0
GROUP_SIZE, GROUP_ROOM = 11.0, 172.0
MEASURES: Final = "measures"


@dataclass(slots=True)
class _Cell:
    """What the reports say of an actor and a theme with those below it."""

    facts: list[Row] = field(default_factory=list)
    plans: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a theme stands: ``column`` is what it is counted under, ``group`` what is above.

    ``iri`` is that of the column.
    """

    column: str
    group: str
    iri: str = ""


def shelves(tree: Answer) -> dict[str, Shelf]:
    """Tell for each theme, by label, under which theme it is counted and in which group.

    Measures stand under their pillar, risks under the kind of risk, all else under its root; a
    theme still narrower is counted with the theme above it that is a column.

    Args:
        tree: The answer of ``theme-tree``.
    """
    above = {label(row["theme"]): label(row["broader"]) for row in tree}
    iris = {label(row["theme"]): iri(row["theme"]) for row in tree}
    placed = {}
    for theme in above:
        way = [theme]
        while above.get(way[-1]) and above[way[-1]] not in way:
            way.append(above[way[-1]])
        way.reverse()
        depth = 2 if way[0] in (MEASURES, "risks") else 1
        group = way[min(depth - 1, len(way) - 1)]
        column = way[min(depth, len(way) - 1)]
        placed[theme] = Shelf(column, group, iris.get(column, ""))
    return placed


def draw_matrix(
    rows: Sequence[Row],
    placed: Mapping[str, Shelf],
    answer: Answer,
    said: Said,
    *,
    title: str,
    subtitle: str,
) -> Scene:
    """Draw the matrix.

    Args:
        rows: The rows of ``actors-and-themes`` to draw.
        placed: What ``shelves`` gives.
        answer: The answer that the rows are from.
        said: The evidence, and who is of what kind.
        title: The heading.
        subtitle: What stands below it.
    """
    cells: dict[tuple[str, str], _Cell] = defaultdict(_Cell)
    actors: dict[str, str] = {}
    for row in rows:
        theme = label(row["theme"])
        column = placed[theme].column if theme in placed else theme
        actor = label(row["actor"])
        actors[actor] = iri(row["actor"])
        cell = cells[actor, column]
        (cell.facts if said.asserts(row) else cell.plans).append(row)
    sizes = {key: len(claims_of([*cell.facts, *cell.plans])) for key, cell in cells.items()}
    kept_rows, other_rows = _most([(a, n) for (a, _), n in sizes.items()], MOST_ROWS)
    kept_columns, other_columns = _most([(c, n) for (_, c), n in sizes.items()], MOST_COLUMNS)
    shown = {
        key: size for key, size in sizes.items() if key[0] in kept_rows and key[1] in kept_columns
    }
    groups = {column: _group(column, placed) for column in kept_columns}
    row_order, column_order = seriation(shown, groups)
    scene = Scene("matrix", title, subtitle, Canvas(), 0, 0, [], COLUMNS, [], [], answer.scope)
    themes = {shelf.column: shelf.iri for shelf in placed.values()}
    _draw_cells(scene, cells, row_order, column_order, groups, actors, themes, said)
    for place, key in enumerate(sorted(set(sizes) - set(_drawn(row_order, column_order, cells)))):
        scene.facts.append(_fact(f"r{place}", key, cells[key], placed, said))
    _describe(scene, cells, sizes, other_rows, other_columns, row_order, column_order)
    return scene


def _group(column: str, placed: Mapping[str, Shelf]) -> str:
    return placed[column].group if column in placed else column


def _most(pairs: Sequence[tuple[str, int]], most: int) -> tuple[list[str], list[str]]:
    """Give the names with the highest totals, and the others, both in that order."""
    totals: dict[str, int] = defaultdict(int)
    for name, size in pairs:
        totals[name] += size
    order = sorted(totals, key=lambda name: (-totals[name], name))
    return order[:most], order[most:]


def seriation(
    sizes: Mapping[tuple[str, str], int], groups: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Order rows and columns so that what is alike stands near each other.

    Each row is set at the mean position of its columns and each column at that of its rows, in
    turns, until the order rests. Columns of one group stay together. Ties go by name, so that the
    same cells give the same order.

    Args:
        sizes: Row and column to a number; no entry is zero.
        groups: Column to its group.

    References:
        Hill (1973), "Reciprocal averaging: an eigenvector method of ordination".

    Example:
        >>> seriation({("a", "x"): 1, ("b", "y"): 1, ("c", "x"): 1}, {"x": "g", "y": "g"})
        (['a', 'c', 'b'], ['x', 'y'])
    """
    rows = sorted({row for row, _ in sizes})
    columns = sorted({column for _, column in sizes}, key=lambda name: (groups[name], name))
    by_row: dict[str, list[tuple[str, int]]] = defaultdict(list)
    by_column: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for (row, column), size in sorted(sizes.items()):
        by_row[row].append((column, size))
        by_column[column].append((row, size))
    for _ in range(ROUNDS):
        before = (rows, columns)
        rows = _by_mean(rows, by_row, columns)
        means = _means(by_column, rows)
        together: dict[str, list[str]] = defaultdict(list)
        for column in columns:
            together[groups[column]].append(column)
        at = {
            group: sum(means[column] for column in members) / len(members)
            for group, members in together.items()
        }
        columns = sorted(columns, key=lambda c: (at[groups[c]], groups[c], means[c], c))
        if (rows, columns) == before:
            break
    return rows, columns


def _means(ties: Mapping[str, Sequence[tuple[str, int]]], order: Sequence[str]) -> dict[str, float]:
    place = {name: position for position, name in enumerate(order)}
    return {
        name: sum(place[other] * size for other, size in pairs) / sum(size for _, size in pairs)
        for name, pairs in ties.items()
    }


def _by_mean(
    names: Sequence[str], ties: Mapping[str, Sequence[tuple[str, int]]], order: Sequence[str]
) -> list[str]:
    means = _means(ties, order)
    return sorted(names, key=lambda name: (means[name], name))


def _drawn(
    rows: Sequence[str], columns: Sequence[str], cells: Mapping[tuple[str, str], _Cell]
) -> list[tuple[str, str]]:
    return [(row, column) for row in rows for column in columns if (row, column) in cells]


def _draw_cells(
    scene: Scene,
    cells: Mapping[tuple[str, str], _Cell],
    rows: Sequence[str],
    columns: Sequence[str],
    groups: Mapping[str, str],
    actors: Mapping[str, str],
    themes: Mapping[str, str],
    said: Said,
) -> None:
    canvas = scene.canvas
    x = NAMES
    lefts: dict[str, float] = {}
    spans: dict[str, tuple[float, float]] = {}
    for position, column in enumerate(columns):
        if position and groups[column] != groups[columns[position - 1]]:
            x += GROUP_GAP
        lefts[column] = x
        first, _ = spans.get(groups[column], (x, x))
        x += CELL
        spans[groups[column]] = (first, x)
    paragraphs_at = x + 16
    scene.width = max(paragraphs_at + 190, 900)
    top = _draw_heads(canvas, spans, lefts, groups, themes)
    bottom = top + CELL * len(rows)
    for position, row in enumerate(rows):
        y = top + CELL * position
        if position % 2 == 0:
            canvas.box((0, y, paragraphs_at + 190, CELL), fill=BAND)
        _, colour, shape = said.style(actors[row])
        canvas.open_name(compact(actors[row]), row)
        canvas.sign(9, y + CELL / 2, shape, colour, size=13)
        canvas.text(22, y + 15, fit(row, NAMES - 34, 11.5), size=11.5)
        canvas.close_name()
        own = [cells[row, column] for column in columns if (row, column) in cells]
        numbers = said.paragraphs(claims_of([r for cell in own for r in _rows(cell)]))
        canvas.text(paragraphs_at, y + 15, fit(numbers, 186, 10), size=10, fill=SOFT)
    canvas.text(paragraphs_at, top - 8, "Paragraphs", size=11, bold=True)
    for first, last in spans.values():
        canvas.line((first, top, first, bottom), stroke=LINE)
        canvas.line((last, top, last, bottom), stroke=LINE)
    most = max((len(claims_of(cell.facts)) for cell in cells.values()), default=1) or 1
    for place, (row, column) in enumerate(_drawn(rows, columns, cells)):
        fact = _fact(f"m{place}", (row, column), cells[row, column], groups, said)
        scene.facts.append(fact)
        canvas.open_mark(fact.key, fact.words, fact.claims, plan=not fact.asserts)
        corner = (lefts[column], top + CELL * rows.index(row))
        _draw_cell(canvas, cells[row, column], corner, most)
        canvas.close_mark()
    scene.height = bottom


def _draw_heads(
    canvas: Canvas,
    spans: Mapping[str, tuple[float, float]],
    lefts: Mapping[str, float],
    groups: Mapping[str, str],
    themes: Mapping[str, str],
) -> float:
    """Write the names of columns upright, and of their groups above; give where the rows begin."""
    size = 11.0
    longest = max((text_width(column, size) for column in lefts), default=0)
    high = min(longest, HEADS) + 12
    level, upright = {}, {}
    for group, (first, last) in spans.items():
        lines = wrap(group, last - first, GROUP_SIZE, bold=True)
        widest = max(text_width(word, GROUP_SIZE, bold=True) for word in group.split() or [""])
        if widest <= last - first and len(lines) <= 3:
            level[group] = lines
        else:
            most = 2 if last - first > CELL + 4 else 1
            room = GROUP_ROOM if most == 2 else 2 * GROUP_ROOM
            upright[group] = wrap(group, room, GROUP_SIZE, lines=most, bold=True)
    reach = [13.0 * len(lines) for lines in level.values()]
    reach += [text_width(line, GROUP_SIZE, bold=True) for ls in upright.values() for line in ls]
    deep = max(reach, default=0) + 12
    for group, lines in level.items():
        canvas.lines(
            spans[group][0],
            deep - 8 - 13 * (len(lines) - 1),
            lines,
            leading=13,
            size=GROUP_SIZE,
            bold=True,
        )
    for group, lines in upright.items():
        first, last = spans[group]
        middle = (first + last) / 2 + 4 - 6.5 * (len(lines) - 1)
        for place, line in enumerate(lines):
            canvas.text(middle + 13 * place, deep - 8, line, size=GROUP_SIZE, bold=True, turned=-90)
    for first, last in spans.values():
        canvas.line((first, deep, last, deep), stroke=INK, width=1.6)
    for column, left in lefts.items():
        if themes.get(column):
            canvas.open_name(compact(themes[column]), column)
        canvas.text(
            left + CELL / 2 + 4, deep + high, fit(column, HEADS, size), size=size, turned=-90
        )
        if themes.get(column):
            canvas.close_name()
    return deep + high + 8


def _draw_cell(canvas: Canvas, cell: _Cell, corner: tuple[float, float], most: int) -> None:
    x, y = corner
    facts, plans = len(claims_of(cell.facts)), len(claims_of(cell.plans))
    inner = (x + 1.5, y + 1.5, CELL - 3, CELL - 3)
    if facts:
        share = 0.22 + 0.78 * (facts / most) ** 0.5
        canvas.box(inner, fill=PAPER, radius=3)
        canvas.box(inner, fill=BLUE, radius=3, opacity=share)
        text_fill = "#FFFFFE" if share > 0.85 else INK
        canvas.text(x + CELL / 2, y + 15, str(facts), size=10.5, anchor="middle", fill=text_fill)
    if plans:
        canvas.box(inner, stroke=PLAN, width=1.6, dashed=True, radius=3)
        if not facts:
            canvas.text(
                x + CELL / 2, y + 15, str(plans), size=10.5, anchor="middle", fill=PLAN, italic=True
            )


def _rows(cell: _Cell) -> list[Row]:
    return [*cell.facts, *cell.plans]


def _fact(
    key: str,
    names: tuple[str, str],
    cell: _Cell,
    places: Mapping[str, Shelf] | Mapping[str, str],
    said: Said,
) -> Fact:
    actor, column = names
    place = places.get(column, "")
    group = place.group if isinstance(place, Shelf) else place
    claims = claims_of(_rows(cell))
    facts, plans = len(claims_of(cell.facts)), len(claims_of(cell.plans))
    statuses = ", ".join(sorted({label(row["status"]) for row in _rows(cell)}))
    words = f"{actor} and {column}: {count(facts, 'claim')}"
    if plans:
        words += f" and {count(plans, 'plan')}, which is no fact"
    cells = (actor, column, group, str(facts), str(plans), said.paragraphs(claims))
    return Fact(key, words, statuses, facts > 0, cells, claims)


def _describe(
    scene: Scene,
    cells: Mapping[tuple[str, str], _Cell],
    sizes: Mapping[tuple[str, str], int],
    other_rows: Sequence[str],
    other_columns: Sequence[str],
    rows: Sequence[str],
    columns: Sequence[str],
) -> None:
    scene.notes.append(
        f"{count(len(rows), 'actor')} by {count(len(columns), 'theme')}. The number in a cell is "
        "how many claims tie the two; claims on narrower themes are counted with the theme. Rows "
        "and columns are ordered so that what is alike stands near each other (reciprocal "
        "averaging)."
    )
    for names, one, kept, position in (
        (other_rows, "actor", MOST_ROWS, 0),
        (other_columns, "theme", MOST_COLUMNS, 1),
    ):
        if names:
            counts = [len({key for key in sizes if key[position] == name}) for name in names]
            other = "theme" if one == "actor" else "actor"
            each = (
                f"with {count(1, other)} each"
                if set(counts) == {1}
                else (f"with {min(counts)} to {max(counts)} {other}s each")
            )
            scene.notes.append(
                f"Not drawn: {count(len(names), f'more {one}')} {each}; drawn are the {kept} with "
                "the most claims. All stand in the table of the page."
            )
    scene.signs.append(Sign("box", BLUE, "stated, with the number of claims; darker is more"))
    if any(cell.plans for cell in cells.values()):
        scene.signs.append(PLAN_BOX)
