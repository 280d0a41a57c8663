"""The ground along the streets that are reached: strips of a given width, contoured on a grid of distances.

The distance to the nearest reached piece of street is computed exactly at the corners of a fixed grid, and its
contour at the width of the strip is drawn by marching squares (Lorensen & Cline 1987, in two dimensions). The grid
is aligned to the axes of the CRS, so that equal questions give equal shapes; a larger limit only lowers the
distances, so that areas of one question are nested. No hull: blocks and water inside stay holes.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.errors import InputError
from geo.kernel import kernel
from geo.network import kernels
from geo.network.graph import Graph
from geo.network.links import Floats, Ints, to_nm
from geo.network.places import Places
from geo.network.where import places
from geo.text import Text

__all__ = ["around", "ground_within", "isochrone"]

CELLS = 4_000_000
"""Corners of the grid at most; a larger area gets a coarser grid."""


def isochrone(graph: Graph, points: Any, limits: float | Iterable[float], *, width: float = 30.0) -> gpd.GeoDataFrame:
    """Return the strips of ``width`` [m] along the streets reached from each point within each limit [m].

    Examples
    --------
    >>> from geo.examples import at, network, school
    >>> isochrone(network().graph, school(), 150).intersects(at(100, 0)).tolist()
    [True]
    """
    wanted = sorted({float(x) for x in (limits if isinstance(limits, Iterable) else [limits])})
    if not wanted or not all(np.isfinite(x) and x >= 0 for x in wanted):
        raise InputError(Text("请给出一个或多个不小于 0 的米数", "limits must be one or more metres of at least 0"))
    if not (np.isfinite(width) and width > 0):
        raise InputError(Text("街道两侧宽度必须大于 0 米", "width must be more than 0 metres"))
    p = places(graph, points, arriving=False)
    shapes = [shape for i in range(len(p)) for shape in _areas(_reached(graph, p, i, to_nm(wanted)), width)]
    table = pd.DataFrame({"point": p.index.repeat(len(wanted)), "limit": wanted * len(p)})
    geometry = gpd.GeoSeries(shapes, index=table.index, crs=graph.crs)
    return gpd.GeoDataFrame(table, geometry=geometry, crs=graph.crs)


def around(graph: Graph, dist: Floats, p: Places, limits: list[float], width: float) -> list[shapely.Geometry]:
    """Return the strips along the streets within each limit [m, ascending], when every node is ``dist`` [nm] away.

    From the one place ``p`` its own street is walked too; ``dist`` may hold quicker ways than that, such as a ride.

    Examples
    --------
    >>> from geo.examples import at, network, school
    >>> walked = network()
    >>> far = np.where(walked.nodes == 4, 0.0, np.inf)  # at node 4 at once, though no street leads there
    >>> [shape.intersects(at(50, 300)) for shape in around(walked.graph, far, walked.place(school()), [10, 60], 5.0)]
    [False, True]
    """
    along = float(p.along[0])
    return ground_within(graph, dist, p, (along, along), to_nm(limits), width, _lengths(graph))


def ground_within(
    graph: Graph, dist: Floats, p: Places, along: tuple[float, float], rooms: Floats, width: float,
    costs: tuple[Floats, Floats],
) -> list[shapely.Geometry]:  # fmt: skip
    """Return the strips along the streets within each of ``rooms`` (ascending), when every node is ``dist`` away.

    Both are in the unit of ``costs``: what each edge costs from tail to head and back, ``inf`` where one may not go.
    ``along`` is what the part of its own edge before the place ``p`` costs in either direction.

    Examples
    --------
    >>> from geo.examples import at, homes, network
    >>> walked = network()
    >>> home = walked.place(homes().loc[["a"]])
    >>> costs = walked.arrays.length / 1e9, np.full(3, np.inf)  # seconds at 1 m/s, and only as drawn
    >>> (shape,) = ground_within(walked.graph, np.full(4, np.inf), home, (100.0, np.inf), np.array([50.0]), 5.0, costs)
    >>> shape.intersects(at(140, 0)), shape.intersects(at(60, 0))
    (True, False)
    """
    return _areas(
        [
            _walked(graph, dist, np.flatnonzero(dist <= r), p, 0, (less, r), along, costs)
            for less, r in pairwise((-1.0, *rooms))
        ],
        width,
    )


def _lengths(graph: Graph) -> tuple[Floats, Floats]:
    """Return the lengths of the edges from tail to head and back [nm]."""
    length = graph.arrays.length
    return length, np.where(graph.oneway(), np.inf, length) if graph.directed else length


def _areas(pieces: list[Floats], width: float) -> list[shapely.Geometry]:
    """Return the area along the pieces of street reached within each limit, each list what the one before it lacks."""
    xy = np.concatenate(pieces).reshape(-1, 2)
    if len(xy) == 0:
        return [shapely.Polygon() for _ in pieces]
    low, high = xy.min(axis=0) - width, xy.max(axis=0) + width
    cell = max(width / 3, float(np.sqrt(np.prod(high - low) / CELLS)))
    first = np.floor(low / cell).astype(np.int64) - 1
    shape = (np.ceil(high / cell).astype(np.int64) + 2 - first)[::-1]
    away = np.full((int(shape[0]), int(shape[1])), (width + 1.5 * cell) ** 2)
    areas, empty = [], True
    for piece in pieces:
        # Each limit adds to the grid of the one before it, so that areas are nested to the last bit.
        _come_near(piece, first[0], first[1], cell, width, away)
        empty = empty and len(piece) == 0
        areas.append(shapely.Polygon() if empty else _polygon(*_contour(away, first[0], first[1], cell, width)))
    return areas


def _reached(graph: Graph, p: Places, i: int, rooms: Floats) -> list[Floats]:
    """Return the pieces of street for each limit that are reached beyond the one before, shape (pieces, 4): x, y to x, y."""
    node, cost, along = np.array([p.a[i], p.b[i]]), np.array([p.cost_a[i], p.cost_b[i]]), float(p.along[i])
    costs = _lengths(graph)
    with graph.scratch() as lent:
        count = kernels.spread(*graph.out, node, cost, float(rooms[-1]), graph.delta, graph.longest, *lent)
        found = lent.reached[:count]
        pieces = [
            _walked(graph, lent.dist, found, p, i, within, (along, along), costs) for within in pairwise((-1.0, *rooms))
        ]
        lent.dist[lent.reached[:count]] = np.inf
    return pieces


def _walked(
    graph: Graph, dist: Floats, reached: Ints | NDArray[np.int64], p: Places, i: int, within: tuple[float, float],
    along: tuple[float, float], costs: tuple[Floats, Floats],
) -> Floats:  # fmt: skip
    """Return the pieces of street within the farther of two limits but for those that are wholly within the nearer."""
    a = graph.arrays
    return _pieces(
        dist, reached.astype(np.int32, copy=False), len(reached), float(within[0]), float(within[1]), *graph.incidence(), a.tail, a.head,
        *costs, a.shape_ptr, a.shape_xy,
        int(p.edge[i]), *along, float(p.leg[i]), float(p.x[i]), float(p.y[i]), int(p.a[i]),
    )  # fmt: skip


@kernel
def _cut(e, low, high, shape_ptr, shape_xy, out, used):  # type: ignore[no-untyped-def]
    """Write the part of edge ``e`` between two shares of its length; return how many pieces there are now."""
    begin, end = shape_ptr[e], shape_ptr[e + 1] - 1
    full = 0.0
    for s in range(begin, end):
        full += np.hypot(shape_xy[s + 1, 0] - shape_xy[s, 0], shape_xy[s + 1, 1] - shape_xy[s, 1])
    at = 0.0
    for s in range(begin, end):
        x, y = shape_xy[s]
        dx, dy = shape_xy[s + 1, 0] - x, shape_xy[s + 1, 1] - y
        long = np.hypot(dx, dy)
        f = min(max((low * full - at) / long, 0.0), 1.0) if long > 0 else 0.0
        g = min(max((high * full - at) / long, 0.0), 1.0) if long > 0 else 1.0
        if f < g:
            out[used, 0], out[used, 1], out[used, 2], out[used, 3] = x + f * dx, y + f * dy, x + g * dx, y + g * dy
            used += 1
        at += long
    return used


@kernel
def _from_ends(room, tail, head, forth, back):  # type: ignore[no-untyped-def]
    """Return how far one comes along a street from either end within ``room``, and whether that is all of it."""
    ahead = min(max(room - tail, 0.0), forth) if forth < np.inf else 0.0
    behind = min(max(room - head, 0.0), back) if back < np.inf else 0.0
    # What is reached from both ends, in the cost of one direction; alike in both, no rounding comes in.
    if forth == back:
        whole = ahead + behind >= forth
    elif forth == np.inf:
        whole = behind >= back
    else:
        whole = ahead + (behind * (forth / back) if behind > 0 else 0.0) >= forth
    return ahead, behind, whole


@kernel
def _pieces(  # type: ignore[no-untyped-def]  # noqa: C901
    dist, reached, count, less, room, at_ptr, at_edge, tail, head, forth, back, shape_ptr, shape_xy,
    edge, along, along_back, leg, px, py, node,
):  # fmt: skip
    """Return the pieces of street within ``room`` of the start; streets wholly within ``less`` are left out."""
    most = 2
    if edge >= 0:
        most += shape_ptr[edge + 1] - shape_ptr[edge]
    for i in range(count):
        for k in range(at_ptr[reached[i]], at_ptr[reached[i] + 1]):
            most += 2 * (shape_ptr[at_edge[k] + 1] - shape_ptr[at_edge[k]])
    out = np.empty((most, 4))
    used = 0
    if leg <= room and (edge >= 0 or node >= 0):
        out[0, 0], out[0, 1], out[0, 2], out[0, 3] = px, py, px, py
        used = 1
        if edge >= 0 and (0 < forth[edge] < np.inf or 0 < back[edge] < np.inf):
            if forth[edge] < np.inf:
                here = along / forth[edge]
                high = min(along + (room - leg), forth[edge]) / forth[edge]
            else:
                here = high = along_back / back[edge]
            low = max(along_back - (room - leg), 0.0) / back[edge] if back[edge] < np.inf else here
            used = _cut(edge, low, high, shape_ptr, shape_xy, out, used)
    for i in range(count):
        v = reached[i]
        if dist[v] > room:
            continue
        for k in range(at_ptr[v], at_ptr[v + 1]):
            e = at_edge[k]
            if v != tail[e] and dist[tail[e]] <= room:
                continue
            a, b = dist[tail[e]], dist[head[e]]
            if min(a, b) <= less and _from_ends(less, a, b, forth[e], back[e])[2]:
                continue
            ahead, behind, whole = _from_ends(room, a, b, forth[e], back[e])
            if whole:
                used = _cut(e, 0.0, 1.0, shape_ptr, shape_xy, out, used)
            else:
                if ahead > 0:
                    used = _cut(e, 0.0, ahead / forth[e], shape_ptr, shape_xy, out, used)
                if behind > 0:
                    used = _cut(e, 1.0 - behind / back[e], 1.0, shape_ptr, shape_xy, out, used)
    return out[:used]


@kernel
def _come_near(pieces, first_x, first_y, cell, width, away):  # type: ignore[no-untyped-def]
    """Lower ``away``, the squared distance of each corner of the grid to the nearest piece, where pieces are near."""
    ny, nx = away.shape
    pad = width + 1.5 * cell
    for s in range(len(pieces)):
        x0, y0, x1, y1 = pieces[s]
        dx, dy = x1 - x0, y1 - y0
        square = dx * dx + dy * dy
        part = 1.0 / square if square > 0 else 0.0
        j0 = max(int(np.ceil((min(x0, x1) - pad) / cell)) - first_x, 0)
        j1 = min(int(np.floor((max(x0, x1) + pad) / cell)) - first_x, nx - 1)
        i0 = max(int(np.ceil((min(y0, y1) - pad) / cell)) - first_y, 0)
        i1 = min(int(np.floor((max(y0, y1) + pad) / cell)) - first_y, ny - 1)
        for i in range(i0, i1 + 1):
            qy = (i + first_y) * cell - y0
            for j in range(j0, j1 + 1):
                qx = (j + first_x) * cell - x0
                share = min(max((qx * dx + qy * dy) * part, 0.0), 1.0)
                ex, ey = qx - share * dx, qy - share * dy
                away[i, j] = min(away[i, j], ex * ex + ey * ey)


@kernel
def _root(parent, v):  # type: ignore[no-untyped-def]
    while parent[v] != v:
        parent[v] = parent[parent[v]]
        v = parent[v]
    return v


@kernel
def _contour(away, first_x, first_y, cell, width):  # type: ignore[no-untyped-def]  # noqa: C901
    """Return the rings around all corners nearer than ``width``: coordinates, ring starts, part, and whether shell.

    Corner ``v`` owns two sides: ``2 v`` to its right neighbour and ``2 v + 1`` to the one above. Rings keep the
    inside on their left, so that shells run counter-clockwise; corners that meet only diagonally stay apart.
    """
    ny, nx = away.shape
    square = width * width
    after = np.full(2 * ny * nx, -1, np.int32)
    parent = np.arange(ny * nx).astype(np.int32)
    crossings = 0
    for i in range(ny - 1):
        for j in range(nx - 1):
            v = i * nx + j
            sw, se = away[i, j] <= square, away[i, j + 1] <= square
            nw, ne = away[i + 1, j] <= square, away[i + 1, j + 1] <= square
            if sw and se:
                a, b = _root(parent, v), _root(parent, v + 1)
                parent[max(a, b)] = min(a, b)
            if sw and nw:
                a, b = _root(parent, v), _root(parent, v + nx)
                parent[max(a, b)] = min(a, b)
            if sw == se and sw == nw and sw == ne:
                continue
            south, east, north, west = 2 * v, 2 * (v + 1) + 1, 2 * (v + nx), 2 * v + 1
            # Each side that leads into the inside, going round the cell, is joined to the next that leads out.
            if sw and not se:
                after[south] = west if not nw else (north if not ne else east)
            if se and not ne:
                after[east] = south if not sw else (west if not nw else north)
            if ne and not nw:
                after[north] = east if not se else (south if not sw else west)
            if nw and not sw:
                after[west] = north if not ne else (east if not se else south)
            crossings += 4
    xy = np.empty((crossings + 4, 2))
    starts = np.empty(crossings // 3 + 2, np.int64)
    part, shell = np.empty(crossings // 3 + 2, np.int64), np.empty(crossings // 3 + 2, np.bool_)
    used, rings = 0, 0
    for side in range(2 * ny * nx):
        if after[side] < 0:
            continue
        starts[rings] = used
        at, area = side, 0.0
        while after[at] >= 0:
            v = at >> 1
            i, j = v // nx, v % nx
            up = at & 1
            here, there = np.sqrt(away[i, j]), np.sqrt(away[i + up, j + 1 - up])
            t = min(max((width - here) / (there - here), 0.001), 0.999)
            xy[used, 0] = (first_x + j + (0.0 if up else t)) * cell
            xy[used, 1] = (first_y + i + (t if up else 0.0)) * cell
            if used > starts[rings]:
                area += xy[used - 1, 0] * xy[used, 1] - xy[used, 0] * xy[used - 1, 1]
            if away[i, j] <= square:
                part[rings] = _root(parent, v)
            else:
                part[rings] = _root(parent, v + (nx if up else 1))
            used += 1
            following = after[at]
            after[at] = -1
            at = following
        xy[used] = xy[starts[rings]]
        area += xy[used - 1, 0] * xy[used, 1] - xy[used, 0] * xy[used - 1, 1]
        shell[rings] = area > 0
        used += 1
        rings += 1
    starts[rings] = used
    return xy[:used].copy(), starts[: rings + 1].copy(), part[:rings].copy(), shell[:rings].copy()


def _polygon(
    xy: Floats, starts: NDArray[np.int64], part: NDArray[np.int64], shell: NDArray[np.bool_]
) -> shapely.Geometry:
    """Return the polygon, or the polygons, with the holes inside their shells."""
    rings = shapely.linearrings(xy, indices=np.repeat(np.arange(len(part)), np.diff(starts)))
    order = np.lexsort((~shell, part))
    _, which = np.unique(part[order], return_inverse=True)
    polygons = shapely.polygons(rings[order], indices=which)
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)
