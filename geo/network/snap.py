"""Points to the nearest place on a street, by a grid over all street pieces."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.kernel import kernel
from geo.network.graph import Graph
from geo.network.links import NM, Arrays
from geo.network.places import point_series

__all__ = ["Grid", "coordinates", "find", "make_grid", "measured", "nearer", "snap", "take"]

NONE_PASSED: NDArray[np.bool_] = np.empty(0, np.bool_)


class Grid(NamedTuple):
    """Street pieces by grid cell: ``piece`` lists, cell after cell, the first corner of each piece.

    Examples
    --------
    >>> from geo.examples import network
    >>> grid = make_grid(network().arrays)
    >>> grid.left, grid.bottom, grid.columns > 0
    (500000.0, 4330000.0, True)
    """

    left: float
    bottom: float
    cell: float
    columns: int
    rows: int
    ptr: NDArray[np.int32]
    piece: NDArray[np.int32]
    edge: NDArray[np.int32]
    """Edge that each corner of ``shape_xy`` belongs to."""


def make_grid(arrays: Arrays) -> Grid:
    """Return the grid of a network: about one street piece a cell.

    Examples
    --------
    >>> from geo.examples import network
    >>> make_grid(network().arrays).edge.tolist()  # two corners of each of the three streets
    [0, 0, 1, 1, 2, 2]
    """
    xy = arrays.shape_xy
    low, high = xy.min(axis=0), xy.max(axis=0)
    width, height = np.maximum(high - low, 1.0)
    n = len(xy)
    long = np.hypot(*np.diff(xy, axis=0).T)
    cell = max(float(np.sqrt(width * height / n)), float(np.median(long)) if n > 1 else 1.0, 1.0)
    while (width / cell + 2) * (height / cell + 2) > 4 * n + 4096:
        cell *= 1.5
    columns, rows = int(width / cell) + 1, int(height / cell) + 1
    edge = np.repeat(np.arange(len(arrays.length), dtype=np.int32), np.diff(arrays.shape_ptr))
    where = (float(low[0]), float(low[1]), cell, columns, rows)
    ptr, piece = _spread_out(xy, edge, *where)
    return Grid(*where, ptr, piece, edge)


@kernel
def _spread_out(xy, edge, left, bottom, cell, columns, rows):  # type: ignore[no-untyped-def]
    """Return the pieces of each cell they pass through, as compressed rows."""
    ptr = np.zeros(columns * rows + 1, np.int32)
    piece = np.empty(0, np.int32)
    for turn in range(2):
        for s in range(len(edge)):
            last = s + 1 == len(edge) or edge[s + 1] != edge[s]
            alone = last and (s == 0 or edge[s - 1] != edge[s])
            if last and not alone:
                continue
            t = s if alone else s + 1
            x0, y0, x1, y1 = xy[s, 0], xy[s, 1], xy[t, 0], xy[t, 1]
            if x1 < x0:
                x0, y0, x1, y1 = x1, y1, x0, y0
            j0 = min(max(int((x0 - left) / cell), 0), columns - 1)
            j1 = min(max(int((x1 - left) / cell), 0), columns - 1)
            for j in range(j0, j1 + 1):
                # The part of the piece inside this column, a little wider for safety.
                ya, yb = y0, y1
                if x1 > x0:
                    f = min(max((left + j * cell - x0) / (x1 - x0), 0.0), 1.0)
                    g = min(max((left + (j + 1) * cell - x0) / (x1 - x0), 0.0), 1.0)
                    ya, yb = y0 + f * (y1 - y0), y0 + g * (y1 - y0)
                slack = 1e-9 * cell
                i0 = min(max(int((min(ya, yb) - slack - bottom) / cell), 0), rows - 1)
                i1 = min(max(int((max(ya, yb) + slack - bottom) / cell), 0), rows - 1)
                for i in range(i0, i1 + 1):
                    c = i * columns + j
                    if turn == 0:
                        ptr[c + 1] += 1
                    else:
                        piece[ptr[c]] = s
                        ptr[c] += 1
        if turn == 0:
            for c in range(columns * rows):
                ptr[c + 1] += ptr[c]
            piece = np.empty(ptr[columns * rows], np.int32)
    for c in range(columns * rows, 0, -1):
        ptr[c] = ptr[c - 1]
    ptr[0] = 0
    return ptr, piece


@kernel
def _to_piece(px, py, xy, s, t):  # type: ignore[no-untyped-def]
    """Return the squared way from a point to the piece between two corners, and the share of it where that is."""
    dx, dy = xy[t, 0] - xy[s, 0], xy[t, 1] - xy[s, 1]
    qx, qy = px - xy[s, 0], py - xy[s, 1]
    square = dx * dx + dy * dy
    f = min(max((qx * dx + qy * dy) / square, 0.0), 1.0) if square > 0 else 0.0
    ex, ey = px - (xy[s, 0] + f * dx), py - (xy[s, 1] + f * dy)
    if f == 1.0:
        ex, ey = px - xy[t, 0], py - xy[t, 1]
    return ex * ex + ey * ey, f


@kernel
def find(left, bottom, cell, columns, rows, ptr, piece, edge, xy, points, gone):  # type: ignore[no-untyped-def]
    """Return for each point the first corner of the nearest piece, the share of the piece, and the squared way.

    Cells are searched in square rings until none left can hold anything nearer. Of edges equally near, the first.
    Edges that are ``gone`` are passed over (an empty array: none is).
    """
    n = len(points)
    found, share, square = np.full(n, -1, np.int32), np.zeros(n), np.full(n, np.inf)
    for p in range(n):
        px, py = points[p]
        cj, ci = int(np.floor((px - left) / cell)), int(np.floor((py - bottom) / cell))
        ring = max(0, -cj, cj - columns + 1, -ci, ci - rows + 1)
        most = max(abs(cj), abs(cj - columns + 1), abs(ci), abs(ci - rows + 1))
        best, at, best_f = np.inf, -1, 0.0
        while ring <= most:
            for i in range(max(ci - ring, 0), min(ci + ring, rows - 1) + 1):
                whole = i == ci - ring or i == ci + ring
                step = 1 if whole or ring == 0 else 2 * ring
                j = cj - ring
                if whole and j < 0:
                    j = 0
                while j <= min(cj + ring, columns - 1):
                    if j >= 0:
                        c = i * columns + j
                        for k in range(ptr[c], ptr[c + 1]):
                            s = piece[k]
                            if len(gone) and gone[edge[s]]:
                                continue
                            t = s + 1 if s + 1 < len(edge) and edge[s + 1] == edge[s] else s
                            d, f = _to_piece(px, py, xy, s, t)
                            if d < best or (d == best and (edge[s] < edge[at] or (edge[s] == edge[at] and s < at))):
                                best, at, best_f = d, s, f
                    j += step
            # A street just as near may lie in the next ring, and come first: so not "<=", with room for rounding.
            reach = ring * cell
            if best < reach * reach * (1.0 - 1e-9):
                break
            ring += 1
        found[p], share[p], square[p] = at, best_f, best
    return found, share, square


@kernel
def nearer(order, ptr, box, points, square, edge, xy):  # type: ignore[no-untyped-def]
    """Return which points have a nearer piece among others that come after: its first corner (-1: none) and share.

    ``order`` lists the points by blocks (``ptr``), each in its ``box``; ``square`` is lowered where one is nearer.
    """
    found, share = np.full(len(points), -1, np.int32), np.zeros(len(points))
    for b in range(len(ptr) - 1):
        most = 0.0
        for k in range(ptr[b], ptr[b + 1]):
            most = max(most, square[order[k]])
        for s in range(len(edge) - 1):
            if edge[s + 1] != edge[s]:
                continue
            x0, x1 = min(xy[s, 0], xy[s + 1, 0]), max(xy[s, 0], xy[s + 1, 0])
            y0, y1 = min(xy[s, 1], xy[s + 1, 1]), max(xy[s, 1], xy[s + 1, 1])
            gx, gy = max(x0 - box[b, 2], box[b, 0] - x1, 0.0), max(y0 - box[b, 3], box[b, 1] - y1, 0.0)
            if (gx * gx + gy * gy) * (1.0 - 1e-9) > most:
                continue
            for k in range(ptr[b], ptr[b + 1]):
                p = order[k]
                d, f = _to_piece(points[p, 0], points[p, 1], xy, s, s + 1)
                if d < square[p]:
                    square[p], found[p], share[p] = d, s, f
    return found, share


@kernel
def measured(edge, xy, found, share):  # type: ignore[no-untyped-def]
    """Return the edge of each piece found (-1: none), the share of its drawn length there, and the place."""
    n = len(found)
    which, along, place = np.full(n, -1, np.int32), np.full(n, np.nan), np.full((n, 2), np.nan)
    for p in range(n):
        at, f = found[p], share[p]
        if at < 0:
            continue
        e = edge[at]
        first = at
        while first > 0 and edge[first - 1] == e:
            first -= 1
        before, full = 0.0, 0.0
        s = first
        while s + 1 < len(edge) and edge[s + 1] == e:
            long = np.hypot(xy[s + 1, 0] - xy[s, 0], xy[s + 1, 1] - xy[s, 1])
            if s < at:
                before += long
            elif s == at:
                before += f * long
            full += long
            s += 1
        which[p] = e
        along[p] = min(before / full, 1.0) if full > 0 else 0.0
        t = at + 1 if at + 1 < len(edge) and edge[at + 1] == e else at
        place[p, 0] = xy[at, 0] + f * (xy[t, 0] - xy[at, 0])
        place[p, 1] = xy[at, 1] + f * (xy[t, 1] - xy[at, 1])
    return which, along, place


def coordinates(series: Any) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return x and y of points, shape (points, 2), and which have any.

    Examples
    --------
    >>> from geo.examples import homes
    >>> xy, known = coordinates(homes().geometry)
    >>> xy.shape, known.tolist()
    ((3, 2), [True, True, True])
    """
    shapes = series.to_numpy()
    xy = np.full((len(shapes), 2), np.nan)
    solid = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    xy[solid] = shapely.get_coordinates(shapes[solid])
    return xy, np.isfinite(xy).all(axis=1)


def snap(graph: Graph, points: Any, limit: float, *, passed: NDArray[np.bool_] = NONE_PASSED) -> pd.DataFrame:
    """Return the frame of ``Network.snap``; edges that are ``passed`` over are not looked at (empty: none is).

    Examples
    --------
    >>> from geo.examples import homes, network
    >>> snap(network().graph, homes(), np.inf)["snap_m"].tolist()
    [0.0, 0.0, 0.0]
    """
    series = point_series(points, graph.crs)
    xy, known = coordinates(series)
    arrays = graph.arrays
    grid = graph.once("grid", lambda: make_grid(arrays))
    found, share, square = find(*grid, arrays.shape_xy, xy[known], passed)
    edge, share, at = measured(grid.edge, arrays.shape_xy, found, share)
    away = np.sqrt(square)

    n = len(series)
    result_edge = np.full(n, -1)
    along, gap, place = np.full(n, np.nan), np.full(n, np.nan), np.full((n, 2), np.nan)
    result_edge[known], along[known], gap[known], place[known] = edge, share * arrays.length[edge], away, at
    gap = np.rint(gap * NM) / NM
    near = known & (gap <= limit)
    why = np.array(
        [
            ""
            if ok
            else f"离最近的街道 {g:.0f} 米，超过 {limit:g} 米 / nearest street is {g:.0f} m away, limit {limit:g} m"
            if has
            else "没有坐标，请补上点位 / no coordinates: give the point a place"
            for ok, has, g in zip(near, known, gap, strict=True)
        ],
        dtype=object,
    )
    pick = np.where(near, result_edge, 0)
    along = np.rint(np.where(near, along, np.nan))
    missing = ~near
    frame = pd.DataFrame(
        {
            "edge": _take(arrays.edges, pick, missing),
            "u": _take(arrays.labels, arrays.tail[pick], missing),
            "v": _take(arrays.labels, arrays.head[pick], missing),
            "to_u": along / NM,
            "to_v": (arrays.length[pick] - along) / NM,
            "snap_m": np.where(near, gap, np.nan),
            "x": np.where(near, place[:, 0], np.nan),
            "y": np.where(near, place[:, 1], np.nan),
            "why": why,
        }
    )
    frame.index = series.index
    return frame


def _take(labels: pd.Index, at: Any, missing: Any) -> Any:
    """Return labels by position, missing where told; whole numbers stay whole."""
    return take(labels, np.where(missing, -1, at))


def take(labels: pd.Index, at: Any) -> Any:
    """Return ``labels`` at positions ``at``, NA where -1; whole numbers stay whole numbers.

    Examples
    --------
    >>> take(pd.Index([10, 20]), np.array([1, -1, 0])).tolist()
    [20, <NA>, 10]
    """
    lost = at < 0
    if isinstance(labels.dtype, np.dtype) and labels.dtype.kind in "iu":
        known = labels.to_numpy()
        values = np.zeros(len(at), known.dtype) if len(known) == 0 else known[np.where(lost, 0, at)]
        return pd.arrays.IntegerArray(values, lost)
    values = np.full(len(at), pd.NA, dtype=object)
    values[~lost] = labels.to_numpy(dtype=object)[at[~lost]]
    return pd.Series(values, dtype=labels.dtype if labels.dtype == "str" else object).array
