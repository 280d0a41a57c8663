"""Points to the nearest place on a street."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo._links import NM
from geo._places import point_series

if TYPE_CHECKING:
    from geo.network import Network


def snap(network: Network, points: Any, limit: float) -> pd.DataFrame:
    """Return the frame of ``Network.snap``."""
    series = point_series(points, network.crs)
    shapes = series.to_numpy()
    xy = np.full((len(shapes), 2), np.nan)
    solid = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    xy[solid] = shapely.get_coordinates(shapes[solid])
    known = np.isfinite(xy).all(axis=1)
    edge, to_u, away, at = _nearest(network, xy[known])

    n = len(shapes)
    result_edge = np.full(n, -1)
    along, gap, place = np.full(n, np.nan), np.full(n, np.nan), np.full((n, 2), np.nan)
    result_edge[known], along[known], gap[known], place[known] = edge, to_u, away, at
    gap = np.rint(gap * NM) / NM
    near = known & (gap <= limit)
    why = np.where(near, "", "")
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
    arrays = network.arrays
    pick = np.where(near, result_edge, 0)
    along = np.rint(np.where(near, along, np.nan) * NM)
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
    """Return ``labels`` at positions ``at``, NA where -1; whole numbers stay whole numbers."""
    lost = at < 0
    if pd.api.types.is_integer_dtype(labels.dtype):
        values = np.zeros(len(at), np.int64) if len(labels) == 0 else labels.to_numpy()[np.where(lost, 0, at)]
        return pd.arrays.IntegerArray(values.astype(np.int64), lost)
    values = np.full(len(at), pd.NA, dtype=object)
    values[~lost] = labels.to_numpy(dtype=object)[at[~lost]]
    return pd.Series(values, dtype=labels.dtype if labels.dtype == "str" else object).array


def _nearest(network: Network, xy: Any) -> Any:
    arrays = network.arrays
    lines = shapely.linestrings(
        arrays.shape_xy, indices=np.repeat(np.arange(network.n_edges), np.diff(arrays.shape_ptr))
    )
    points = shapely.points(xy)
    if len(points) == 0:
        return np.empty(0, int), np.empty(0), np.empty(0), np.empty((0, 2))
    tree = shapely.STRtree(lines)
    who, hit = tree.query_nearest(points)
    order = np.lexsort((hit, who))
    _, first = np.unique(who[order], return_index=True)
    edge = hit[order][first]
    along = shapely.line_locate_point(lines[edge], points)
    full = shapely.length(lines[edge])
    share = np.divide(along, full, out=np.zeros_like(along), where=full > 0)
    at = shapely.get_coordinates(shapely.line_interpolate_point(lines[edge], along))
    return edge, share * arrays.length[edge] / NM, shapely.distance(points, lines[edge]), at
