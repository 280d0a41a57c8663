"""Walking areas as one would sketch them: soft, without the holes between streets; for the eye only.

The exact area (``geo.network.isochrone``) is a strip along every street that is reached. Its holes are blocks of houses, and
drawn as it is it looks like a maze. Every number comes from the exact shape; what is made here is never measured.

The area is closed, dilated and then eroded (Serra 1982, Image Analysis and Mathematical Morphology), by a distance that grows
with the limit, and its corners are cut (Chaikin 1974, An algorithm for high-speed curve generation).
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["gap", "margin", "soft"]

GAP_SHARE, GAP_MIN_M, GAP_MAX_M = 0.1, 40.0, 150.0
HOLE_SHARE = 0.3
"""A hole narrower than this share of the limit (its area below the square of that) is not drawn: blocks, not lakes."""
MARGIN_M = 8.0
"""How far the drawn rim lies outside the exact one [m]: what cutting corners takes away stays within it."""
COARSE_M, FINE_M = 6.0, 4.0
"""Vertices that move a line by less are left out before and after [m]."""
ROUND = 2
"""Straight pieces a quarter of a circle, and times that corners are cut: a rim needs no more to look round."""


def gap(limits: npt.ArrayLike) -> np.ndarray:
    """Return how far apart two streets may lie for the ground between them to be drawn, halved [m], by limit [m].

    Examples
    --------
    >>> gap([300, 500, 1000, 5000]).round().tolist()
    [40.0, 50.0, 100.0, 150.0]
    """
    return np.clip(np.asarray(limits, float) * GAP_SHARE, GAP_MIN_M, GAP_MAX_M)


def margin(limits: npt.ArrayLike) -> np.ndarray:
    """Return how far from the exact area, its holes filled, the drawn one ends at most [m]."""
    return 1.15 * gap(limits) + MARGIN_M  # the circle of a buffer is a polygon here, off by up to a tenth


def soft(areas: gpd.GeoDataFrame) -> npt.NDArray[Any]:
    """Return walking areas (``limit`` [m], ascending, and ``geometry``, metric CRS) as they are drawn, each within the next."""
    exact = np.asarray(areas.geometry.array, dtype=object)
    limits = areas["limit"].to_numpy(float)
    wide = gap(limits)
    shapes = _filled(shapely.simplify(exact, COARSE_M, preserve_topology=False), HOLE_SHARE * limits)
    shapes = _filled(shapely.buffer(shapes, wide, quad_segs=ROUND), np.maximum(HOLE_SHARE * limits - 2 * wide, 0))
    shapes = shapely.buffer(shapely.simplify(shapes, FINE_M), MARGIN_M - wide, quad_segs=ROUND)
    shapes = _rounded(shapely.simplify(shapes, FINE_M))
    for k in range(1, len(shapes)):  # what corners lose is metres, but two rims that cross are seen
        shapes[k] = shapely.union(shapes[k], shapes[k - 1])
    return shapes


def _rings(shapes: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the rings of areas, and of each the number of its polygon and of its area."""
    parts, of_area = shapely.get_parts(shapes, return_index=True)
    there = ~shapely.is_empty(parts)
    parts, of_area = parts[there], of_area[there]
    rings, of_part = shapely.get_rings(parts, return_index=True)
    return rings, of_part, of_area


def _joined(
    rings: npt.NDArray[Any], of_part: npt.NDArray[Any], of_area: npt.NDArray[Any], count: int
) -> npt.NDArray[Any]:
    """Return areas put together from their rings again; one that has none is empty."""
    made = np.full(count, shapely.Polygon(), dtype=object)
    if len(rings):
        shapely.multipolygons(shapely.polygons(rings, indices=of_part), indices=of_area, out=made)
    return made


def _filled(shapes: npt.NDArray[Any], across: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Return areas without the holes that are smaller than a square so wide [m]."""
    rings, of_part, of_area = _rings(shapes)
    shell = np.diff(of_part, prepend=-1) > 0
    kept = shell | (shapely.area(shapely.polygons(rings)) >= across[of_area[of_part]] ** 2)
    return _joined(rings[kept], of_part[kept], of_area, len(shapes))


def _rounded(shapes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return areas with their corners cut: each side keeps its middle half, twice over (Chaikin 1974)."""
    rings, of_part, of_area = _rings(shapes)
    xy, of_ring = shapely.get_coordinates(rings, return_index=True)
    for _ in range(ROUND):
        side = of_ring[:-1] == of_ring[1:]
        here, there, owner = xy[:-1][side], xy[1:][side], of_ring[:-1][side]
        xy = np.stack([0.75 * here + 0.25 * there, 0.25 * here + 0.75 * there], axis=1).reshape(-1, 2)
        of_ring = owner.repeat(2)
        first = np.flatnonzero(np.diff(of_ring, prepend=-1))
        last = np.append(first[1:], len(of_ring))
        xy, of_ring = np.insert(xy, last, xy[first], axis=0), np.insert(of_ring, last, of_ring[first])
    return _joined(shapely.linearrings(xy, indices=of_ring), of_part, of_area, len(shapes))
