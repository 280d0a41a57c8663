"""The ground of a town's units, and which of them touch: what a district in one piece is made of."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.errors import InputError
from geo.text import Text

__all__ = ["GAP", "ground", "neighbours"]

TOUCH = 0.01
"""Two areas that share less than this [m] meet at a corner."""
GAP = 1000.0
"""Two parts of a town that both have a school are joined up to so far [m], assumed: a district crosses no wider gap without need."""


def ground(
    points: gpd.GeoDataFrame | gpd.GeoSeries, *, cell: float, within: shapely.Geometry | None = None
) -> gpd.GeoSeries:
    """Return the ground of each cell: the places nearer to its centre than to any other, so that districts tile the town.

    Parameters
    ----------
    points
        Centres of the cells (metric), no two alike.
    cell
        Side of a cell [m]: the ground ends so far outside the convex hull of the centres.
    within
        Where the ground ends instead, such as the boundary of the town.

    Notes
    -----
    The Voronoi diagram (Voronoi 1908), by GEOS. A cell without neighbours on the grid borders on the next ones across
    empty ground; barriers such as railways are not looked at.

    Examples
    --------
    >>> points = gpd.GeoSeries(gpd.points_from_xy([0, 100], [0, 0]), index=list("pq"), crs=4548)
    >>> ground(points, cell=100, within=shapely.box(-50, -50, 150, 50)).area.to_dict()
    {'p': 10000.0, 'q': 10000.0}
    """
    shapes = np.asarray(points.geometry.array, dtype=object)
    edge = (
        shapely.convex_hull(shapely.multipoints(shapes)).buffer(cell, join_style="mitre") if within is None else within
    )
    if len(shapes) == 1:
        return gpd.GeoSeries([edge], index=points.index, crs=points.crs)
    parts = np.asarray(
        shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(shapes), extend_to=edge.envelope.buffer(cell)))
    )
    holder, which = shapely.STRtree(parts).query(shapes, predicate="within")
    mine = np.empty(len(shapes), object)
    mine[holder] = parts[which]
    if len(np.unique(which)) < len(shapes):
        raise InputError(Text("有重合的单元中心，请合并", "some units have the same centre: merge them"))
    cut = shapely.intersection(mine, edge)
    return gpd.GeoSeries(cut, index=points.index, crs=points.crs)


def neighbours(units: gpd.GeoDataFrame | gpd.GeoSeries, *, homes: Collection[object] | None = None) -> pd.DataFrame:
    """Return which units touch: rows ``a``, ``b`` (ids), ``why``, and the length of the shared border ``metres`` [m].

    Parameters
    ----------
    units
        Areas (metric), indexed by unit id: blocks, or the ``ground`` of cells.
    homes
        Ids of the units with a school, if parts that have one stay apart where the gap is wider than ``GAP``.

    Returns
    -------
    pairs
        ``why`` is "border" where two areas share a line (a corner does not count), and "gap" where a part of the town
        that touches no other is joined to the nearest one: without these a district could not be one piece. A gap has
        no border (0 m).

    Raises
    ------
    InputError
        If a unit is no area.

    Examples
    --------
    >>> areas = gpd.GeoSeries([shapely.box(x, 0, x + 1, 1) for x in (0, 1, 5)], index=list("pqr"), crs=4548)
    >>> neighbours(areas).to_numpy().tolist()
    [['p', 'q', 'border', 1.0], ['q', 'r', 'gap', 0.0]]
    """
    shapes = np.asarray(units.geometry.array, dtype=object)
    if len(shapes) == 0:
        return pd.DataFrame({"a": [], "b": [], "why": [], "metres": []})
    if (shapely.get_dimensions(shapes) < 2).any():
        raise InputError(
            Text(
                "单元须为面；点状格网请先用 ground 取其范围", "units must be areas: give the ground of points (ground)"
            )
        )
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    shared = shapely.length(shapely.intersection(shapely.boundary(shapes[first]), shapely.boundary(shapes[second])))
    order = np.lexsort((second, first))
    order = order[shared[order] > TOUCH]
    pairs = np.column_stack([first, second])[order].reshape(-1, 2)
    schools = None if homes is None else np.isin(np.arange(len(shapes)), units.index.get_indexer(list(homes)))
    bridges = _bridges(pairs, shapely.get_coordinates(shapely.point_on_surface(shapes)), schools)
    whole = np.concatenate([pairs, bridges])
    return pd.DataFrame({
        "a": units.index.take(whole[:, 0]), "b": units.index.take(whole[:, 1]),
        "why": ["border"] * len(pairs) + ["gap"] * len(bridges),
        "metres": np.concatenate([shared[order], np.zeros(len(bridges))]),
    })  # fmt: skip


def _bridges(pairs: NDArray[np.int64], xy: NDArray[np.float64], schools: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """Return the shortest pairs that join the parts, the smallest part first; parts that may stay apart do."""
    n = len(xy)
    found: list[NDArray[np.int64]] = []
    apart: set[tuple[int, int]] = set()  # by first unit and size: a part that grows is looked at again
    while True:
        ends = np.concatenate([pairs, *found]) if found else pairs
        _, part = connected_components(
            coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n)), directed=False
        )
        sizes = np.bincount(part)
        for least in np.argsort(sizes, kind="stable"):
            inside, outside = np.flatnonzero(part == least), np.flatnonzero(part != least)
            if len(outside) == 0 or (int(inside[0]), len(inside)) in apart:
                continue
            far, which = cKDTree(xy[outside]).query(xy[inside])
            k = int(np.argmin(far))
            if schools is None or not schools[inside].any() or far[k] <= GAP:
                found.append(np.array([sorted((inside[k], outside[which[k]]))]))
                break
            apart.add((int(inside[0]), len(inside)))
        else:
            return np.concatenate(found) if found else np.empty((0, 2), np.int64)
