"""Outlines: the states of the world as shapes on paper, and the way between two of them.

The shapes are those of Natural Earth as world-atlas packs them (TopoJSON); the projection is Equal
Earth, which shows areas in true proportion.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from cop_graph.browser import bundle
from cop_graph.drawing import number
from cop_graph.errors import PictureError

ATLAS: Final = "world-50m.json"
SOUTH, NORTH = -56.0, 83.7
"""Degrees of latitude that are shown; no state lies beyond."""
LEFT_OUT: Final = ("010",)
"""M49 codes of what is not drawn: Antarctica."""
SMALLEST_STEP: Final = 0.55
ARC_POINTS: Final = 64

_A: Final = (1.340264, -0.081106, 0.000893, 0.003796)
_M: Final = math.sqrt(3) / 2


def equal_earth(longitude: float, latitude: float) -> tuple[float, float]:
    """Project a point; north is up, so that y grows downwards.

    Args:
        longitude: Degrees, east positive.
        latitude: Degrees, north positive.

    Returns:
        ``(x, y)`` on a sphere of radius 1: x from about -2.71 to 2.71, y from -1.32 to 1.32.

    References:
        Šavrič, Patterson and Jenny (2018), "The Equal Earth map projection", equations 2 to 5.

    Example:
        >>> [round(value, 4) for value in equal_earth(180, 0)]
        [2.7066, 0.0]
    """
    theta = math.asin(_M * math.sin(math.radians(latitude)))
    square = theta * theta
    sixth = square * square * square
    slope = _A[0] + 3 * _A[1] * square + sixth * (7 * _A[2] + 9 * _A[3] * square)
    x = math.radians(longitude) * math.cos(theta) / (_M * slope)
    y = theta * (_A[0] + _A[1] * square + sixth * (_A[2] + _A[3] * square))
    return x, -y + 0.0


_EAST: Final = equal_earth(180, 0)[0]
_TOP: Final = equal_earth(0, NORTH)[1]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper on which the world is drawn: its width, and what follows from it."""

    width: float

    @property
    def scale(self) -> float:
        """How many units of the picture make the radius of the sphere."""
        return self.width / (2 * _EAST)

    @property
    def height(self) -> float:
        """The height from the southernmost to the northernmost latitude shown."""
        return (equal_earth(0, SOUTH)[1] - _TOP) * self.scale

    def place(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Give where a point of the earth lies on the sheet, the upper left corner at (0, 0)."""
        x, y = equal_earth(longitude, max(SOUTH, min(NORTH, latitude)))
        scale = self.scale
        return (x + _EAST) * scale, (y - _TOP) * scale


@dataclass(frozen=True, slots=True)
class Outline:
    """A state as a shape: ``path`` in commands of SVG.

    ``centre`` is the middle of its largest part on the sheet, ``point`` the same in degrees east
    and north. ``area`` is in square units of the sheet. ``code`` is the M49 code, empty where the
    atlas gives none.
    """

    code: str
    name: str
    path: str
    centre: tuple[float, float]
    point: tuple[float, float]
    area: float


@functools.cache
def read_outlines(sheet: Sheet, atlas: str | None = None) -> tuple[Outline, ...]:
    """Read the states of the world and lay them on a sheet, in the order of the atlas.

    Args:
        sheet: The paper.
        atlas: TopoJSON with the object ``countries``; else the one that the package was built with.

    Raises:
        NotBuiltError: The atlas is not there, because the package was not built.
        PictureError: The atlas is broken.
    """
    text = bundle(ATLAS) if atlas is None else atlas
    try:
        topology = json.loads(text)
        arcs = list(_arcs(topology))
        return tuple(
            outline
            for geometry in topology["objects"]["countries"]["geometries"]
            if (outline := _outline(sheet, geometry, arcs)) is not None
        )
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise PictureError(
            f"the shapes of the world cannot be read ({type(error).__name__}: {error}); build the "
            "package anew with pip install --editable . in a clone of the repository"
        ) from error


def _arcs(topology: dict[str, Any]) -> Iterator[list[tuple[float, float]]]:
    """Decode the arcs: steps from point to point, scaled to degrees (TopoJSON 1.0, 2.1.3)."""
    (scale_x, scale_y), (move_x, move_y) = (
        topology["transform"]["scale"],
        topology["transform"]["translate"],
    )
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            points.append((x * scale_x + move_x, y * scale_y + move_y))
        yield points


def _outline(
    sheet: Sheet, geometry: dict[str, Any], arcs: Sequence[list[tuple[float, float]]]
) -> Outline | None:
    code = str(geometry.get("id", ""))
    if code in LEFT_OUT or geometry["type"] not in ("Polygon", "MultiPolygon"):
        return None
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    parts: list[str] = []
    largest, centre, point, total = -1.0, (0.0, 0.0), (0.0, 0.0), 0.0
    for polygon in polygons:
        for position, ring in enumerate(polygon):
            for corners in _cut_at_the_antimeridian(_ring(ring, arcs)):
                points = [sheet.place(*corner) for corner in corners]
                area, middle = _area(points)
                if position == 0:
                    total += area
                    if area > largest:
                        largest, centre, point = area, middle, _area(corners)[1]
                kept = _thinned(points)
                if len(kept) > 2:
                    parts.append(_commands(kept))
    name = str(geometry.get("properties", {}).get("name", ""))
    return Outline(code, name, "".join(parts), centre, point, total)


def _commands(points: Sequence[tuple[float, float]]) -> str:
    """Write a ring as short as SVG allows: the first corner, then steps in tenths of a unit."""
    grid = [(round(x * 10), round(y * 10)) for x, y in points]
    steps = [
        f"{_tenths(x - x0)} {_tenths(y - y0)}"
        for (x0, y0), (x, y) in pairwise(grid)
        if (x, y) != (x0, y0)
    ]
    return f"M{_tenths(grid[0][0])} {_tenths(grid[0][1])}l" + " ".join(steps) + "z"


def _tenths(value: int) -> str:
    return number(value / 10).replace("0.", ".", 1) if abs(value) < 10 else number(value / 10)


def _ring(
    indices: Sequence[int], arcs: Sequence[list[tuple[float, float]]]
) -> list[tuple[float, float]]:
    """Join arcs into a ring; a negative index is the arc backwards (TopoJSON 1.0, 2.1.4)."""
    points: list[tuple[float, float]] = []
    for index in indices:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points.extend(arc if not points else arc[1:])
    return points


def _cut_at_the_antimeridian(
    ring: Sequence[tuple[float, float]],
) -> list[list[tuple[float, float]]]:
    """Cut a ring that crosses 180 degrees into its parts east and west of it.

    The atlas stitches such states together, so that a ring may step from 180 to -180 degrees.
    """
    unrolled = [ring[0]]
    for longitude, latitude in ring[1:]:
        turns = round((unrolled[-1][0] - longitude) / 360)
        unrolled.append((longitude + 360 * turns, latitude))
    parts = []
    for shift in (-360.0, 0.0, 360.0):
        moved = [(longitude + shift, latitude) for longitude, latitude in unrolled]
        if max(x for x, _ in moved) > -180 and min(x for x, _ in moved) < 180:
            part = _clipped(_clipped(moved, -180.0, 1.0), 180.0, -1.0)
            if len(part) > 2:
                parts.append(part)
    return parts


def _clipped(
    ring: Sequence[tuple[float, float]], edge: float, side: float
) -> list[tuple[float, float]]:
    """Keep what lies on one side of a meridian (Sutherland and Hodgman 1974, one edge)."""
    kept: list[tuple[float, float]] = []
    for (x0, y0), (x1, y1) in zip([*ring[-1:], *ring[:-1]], ring, strict=True):
        is_in, was_in = (x1 - edge) * side >= 0, (x0 - edge) * side >= 0
        if is_in != was_in:
            kept.append((edge, y0 + (y1 - y0) * (edge - x0) / (x1 - x0)))
        if is_in:
            kept.append((x1, y1))
    return kept


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out points that lie closer to the one before than can be seen."""
    kept = [points[0]]
    for point in points[1:-1]:
        if math.dist(point, kept[-1]) >= SMALLEST_STEP:
            kept.append(point)
    return kept


def _area(points: Sequence[tuple[float, float]]) -> tuple[float, tuple[float, float]]:
    """Give the area of a ring and its centre of gravity (the shoelace formula)."""
    double = x = y = 0.0
    for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
        cross = x1 * y2 - x2 * y1
        double += cross
        x += (x1 + x2) * cross
        y += (y1 + y2) * cross
    if abs(double) < 1e-9:
        return 0.0, points[0]
    return abs(double) / 2, (x / (3 * double), y / (3 * double))


def great_circle(
    start: tuple[float, float], end: tuple[float, float], points: int = ARC_POINTS
) -> list[list[tuple[float, float]]]:
    """Give the shortest way over the sphere, cut where it crosses the antimeridian.

    Args:
        start: Longitude and latitude in degrees.
        end: The same.
        points: How many points stand for the way.

    Returns:
        One or two lines of points in degrees; of two, the first ends and the second begins at a
        longitude of 180 degrees east or west.

    Example:
        >>> [len(line) for line in great_circle((0, 0), (90, 0), 4)]
        [4]
        >>> [[round(x) for x, _ in line] for line in great_circle((170, 0), (-170, 0), 2)]
        [[170, 180], [-180, -170]]
    """
    a, b = _vector(*start), _vector(*end)
    angle = math.acos(max(-1.0, min(1.0, sum(p * q for p, q in zip(a, b, strict=True)))))
    if math.sin(angle) < 1e-9:  # the same place, or the other end of the world: no one way
        return [[start, end]]
    lines: list[list[tuple[float, float]]] = [[start]]
    for step in range(1, points):
        share = step / (points - 1)
        p, q = math.sin((1 - share) * angle), math.sin(share * angle)
        x, y, z = ((p * u + q * v) / math.sin(angle) for u, v in zip(a, b, strict=True))
        point = (math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y))))
        before = lines[-1][-1]
        if abs(point[0] - before[0]) > 180:
            side = math.copysign(180.0, before[0])
            ahead = point[0] + math.copysign(360.0, before[0])
            part = (side - before[0]) / (ahead - before[0]) if ahead != before[0] else 0.0
            latitude = before[1] + part * (point[1] - before[1])
            lines[-1].append((side, latitude))
            lines.append([(-side, latitude)])
        lines[-1].append(point)
    return lines


def _vector(longitude: float, latitude: float) -> tuple[float, float, float]:
    turned, raised = math.radians(longitude), math.radians(latitude)
    return (
        math.cos(raised) * math.cos(turned),
        math.cos(raised) * math.sin(turned),
        math.sin(raised),
    )
