"""Layouts: where the nodes of a large network stand, computed with arrays in seconds.

``networks.layout`` weighs every pair of nodes and gives each room for its label; it is right for
hundreds. Here thousands are placed: distances to a few pivots give the shape of the whole, forces
that are summed over the cells of a grid give the shape of the parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import networkx as nx

PIVOTS: Final = 40
ROUNDS: Final = 70
GRID: Final = 16
"""Repulsion from afar is that of the mean of a cell; a grid has this many cells a side."""

APART: Final = 0.75
"""How far apart two nodes should be, where a tie is about 1 long."""

ROW_GAP: Final = 2.0


def place_many(graph: nx.MultiDiGraph[str], *, seed: int) -> dict[str, tuple[float, float]]:
    """Place the nodes of a large network: the same graph and seed give the same places.

    Components are laid out by themselves and set in rows, the largest first.

    Args:
        graph: Any network; parallel ties count once.
        seed: Starts the small shifts that part nodes which stand in one place.

    Returns:
        Node to ``(x, y)``; a tie is about 1 long.

    References:
        Brandes and Pich (2007), "Eigensolver methods for progressive multidimensional scaling", for
        the pivots; Fruchterman and Reingold (1991) for the forces.
    """
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    nodes = sorted(graph)
    number = {node: index for index, node in enumerate(nodes)}
    ends = {
        (min(pair), max(pair))
        for pair in ((number[source], number[target]) for source, target in graph.edges())
        if pair[0] != pair[1]
    }
    pairs = np.array(sorted(ends), dtype=np.int64).reshape(-1, 2)
    ones = np.ones(len(pairs))
    matrix = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(nodes), len(nodes))).tocsr()
    matrix = (matrix + matrix.T).tocsr()
    count, component = connected_components(matrix, directed=False)
    order = np.argsort(component, kind="stable")
    starts = np.searchsorted(component[order], np.arange(count + 1))
    parts = [order[starts[index] : starts[index + 1]] for index in range(count)]
    parts.sort(key=lambda part: (-len(part), int(part[0])))
    random = np.random.default_rng(seed)
    places = np.zeros((len(nodes), 2))
    for part in parts:
        places[part] = _place(matrix[part][:, part], random)
    _set_in_rows(places, parts)
    return {
        node: (round(float(x), 3), round(float(y), 3))
        for node, (x, y) in zip(nodes, places, strict=True)
    }


def _place(matrix: Any, random: Any) -> Any:
    """Lay out one component; gives an array of shape ``(n, 2)``."""
    import numpy as np

    size = matrix.shape[0]
    if size == 1:
        return np.zeros((1, 2))
    if size == 2:
        return np.array([[0.0, 0.0], [1.0, 0.0]])
    points = _by_pivots(matrix) * np.sqrt(size) * 0.5
    points += random.normal(scale=0.08, size=points.shape)
    points = _relaxed(points, matrix)
    return _spread(points)


def _by_pivots(matrix: Any) -> Any:
    """Give the two main directions of the distances to a few pivots, each as wide as 1."""
    import numpy as np
    from scipy.sparse.csgraph import dijkstra

    size = matrix.shape[0]
    pivot = int(np.argmax(np.diff(matrix.indptr)))
    nearest = np.full(size, np.inf)
    rows = []
    for _ in range(min(PIVOTS, size)):
        row = dijkstra(matrix, indices=pivot, unweighted=True)
        rows.append(row)
        nearest = np.minimum(nearest, row)
        pivot = int(np.argmax(nearest))
        if nearest[pivot] == 0:
            break
    squares = np.array(rows).T ** 2
    centred = squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean()
    _, directions = np.linalg.eigh(centred.T @ centred)
    points = centred @ directions[:, -2:] if directions.shape[1] > 1 else centred @ directions
    if points.shape[1] < 2:
        points = np.hstack([points, np.zeros((size, 1))])
    points = points[:, ::-1]
    # The sign of a direction is left open by mathematics; the first node decides it here.
    points *= np.where(points[np.abs(points).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)
    widths = points.std(axis=0)
    return points / np.where(widths > 1e-9, widths, 1.0)


def _relaxed(points: Any, matrix: Any) -> Any:
    """Let ties draw and nodes push, with steps that grow smaller."""
    import numpy as np

    rows, columns = matrix.nonzero()
    size = len(points)
    degree = np.maximum(np.diff(matrix.indptr), 1).astype(float)
    # A tie of a node with many draws less, so that stars stay open.
    pull = (1.0 / np.sqrt(np.minimum(degree[rows], degree[columns])))[:, None]
    for step in range(ROUNDS):
        heat = 0.9 * (1 - step / ROUNDS) + 0.05
        force = _push(points, shift=(0.618 * step) % 1)
        apart = points[columns] - points[rows]
        length = np.linalg.norm(apart, axis=1, keepdims=True)
        tension = pull * apart * np.minimum(length, 6.0)
        for axis in (0, 1):
            force[:, axis] += np.bincount(rows, tension[:, axis], size)
        force -= 0.02 * points
        strength = np.linalg.norm(force, axis=1, keepdims=True)
        points = points + force / np.maximum(strength, 1e-9) * np.minimum(strength, heat)
    return points


def _push(points: Any, *, shift: float) -> Any:
    """Push each node away from the means of all cells of a grid; shape ``(n, 2)``.

    The grid is shifted from step to step by a share of a cell, so that it leaves no trace.
    """
    import numpy as np

    low, high = points.min(axis=0), points.max(axis=0)
    width = np.maximum(high - low, 1e-6) * GRID / (GRID - 1)
    low = low - width / GRID * shift
    cell = np.minimum(((points - low) / width * GRID).astype(np.int64), GRID - 1)
    index = cell[:, 0] * GRID + cell[:, 1]
    weights = np.bincount(index, minlength=GRID * GRID).astype(float)
    filled = np.flatnonzero(weights)
    means = np.stack(
        [np.bincount(index, points[:, axis], GRID * GRID)[filled] for axis in (0, 1)], axis=1
    )
    weights = weights[filled]
    means = means / weights[:, None]
    # |p - m|² = |p|² - 2 p·m + |m|²: matrix products instead of an array of all differences, and
    # everything in place, because this is where the time goes.
    near, cells = points.astype(np.float32), means.astype(np.float32)
    share = near @ (-2 * cells.T)
    share += (near**2).sum(axis=1)[:, None]
    share += (cells**2).sum(axis=1)[None, :]
    np.maximum(share, 0.3, out=share)
    np.divide(weights.astype(np.float32)[None, :], share, out=share)
    return points * share.sum(axis=1, keepdims=True) - share @ cells


def _spread(points: Any) -> Any:
    """Move nodes apart that stand too near; only neighbours are looked at."""
    import numpy as np
    from scipy.spatial import cKDTree

    moved = points - points.min(axis=0)
    for _ in range(12):
        pairs = cKDTree(moved).query_pairs(APART, output_type="ndarray")
        if not len(pairs):
            break
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
        apart = moved[pairs[:, 0]] - moved[pairs[:, 1]]
        length = np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-3)
        push = apart / length * (APART - length) * 0.5
        for axis in (0, 1):
            moved[:, axis] += np.bincount(pairs[:, 0], push[:, axis], len(moved))
            moved[:, axis] -= np.bincount(pairs[:, 1], push[:, axis], len(moved))
    return moved - moved.min(axis=0)


def _set_in_rows(places: Any, parts: list[Any]) -> None:
    """Set components beside and below each other, in place, about three wide to two high."""
    sizes = [tuple(places[part].max(axis=0) - places[part].min(axis=0) + ROW_GAP) for part in parts]
    area = sum(width * height for width, height in sizes)
    row_width = max([(1.5 * area) ** 0.5, *(width for width, _ in sizes)], default=0.0)
    x = y = row_height = 0.0
    for part, (width, height) in zip(parts, sizes, strict=True):
        if x and x + width > row_width:
            x, y, row_height = 0.0, y + row_height, 0.0
        places[part] += (x, y)
        x += width
        row_height = max(row_height, height)
