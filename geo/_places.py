"""Where a question starts or ends: points, snapped points and node labels, all as places on the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo._links import Arrays, to_nm
from geo.errors import CrsError, Finding, InputError

if TYPE_CHECKING:
    from geo.network import Network

__all__ = ["Places", "is_geometry", "on_edges", "places", "point_series"]

SNAPPED = ("edge", "to_u", "to_v", "snap_m")


@dataclass(frozen=True, eq=False)
class Places:
    """Places on a network, one per row: up to two nodes to go through, with the cost to each [nm].

    ``a`` and ``b`` are node positions (-1: none), ``cost_a`` and ``cost_b`` include the way from the point to the
    street (``leg``). ``edge`` is -1 for a place that is a node; ``along`` is the way from the tail of the edge.
    """

    index: pd.Index
    a: NDArray[np.int32]
    b: NDArray[np.int32]
    cost_a: NDArray[np.float64]
    cost_b: NDArray[np.float64]
    edge: NDArray[np.int32]
    along: NDArray[np.float64]
    leg: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    whole: bool = False
    """Whether these are all nodes of the network, in its own order."""

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.index)


def places(network: Network, points: Any, *, arriving: bool) -> Places:
    """Return ``points`` as places; on one-way edges only the end that can be used when ``arriving`` or leaving."""
    if points is network.nodes:
        return network.engine.once("whole", lambda: _from_labels(network, points))
    if isinstance(points, Places):
        if not (network.directed and (points.edge >= 0).any()):
            return points
        xy, p = np.c_[points.x, points.y], points
        return on_edges(network.arrays, p.index, p.edge, p.along, p.leg, xy, arriving=arriving)
    if isinstance(points, pd.DataFrame) and not isinstance(points, gpd.GeoDataFrame):
        if all(c in points.columns for c in SNAPPED):
            return _from_snapped(network, points, arriving)
        raise InputError(
            [
                Finding(
                    "error",
                    "这里需要点图层、snap() 的结果或节点编号",
                    "expected points, the frame returned by snap(), or node labels",
                )
            ]
        )
    if is_geometry(points):
        return _from_snapped(network, network.snap(points), arriving)
    return _from_labels(network, points)


def is_geometry(points: Any) -> bool:
    """Return whether ``points`` holds geometries rather than node labels."""
    if isinstance(points, gpd.GeoSeries | gpd.GeoDataFrame | gpd.array.GeometryArray | shapely.Geometry):
        return True
    if np.isscalar(points) or not pd.api.types.is_object_dtype(getattr(points, "dtype", object)):
        return False
    return any(isinstance(v, shapely.Geometry) for v in points)


def point_series(points: Any, crs: Any) -> gpd.GeoSeries:
    """Return ``points`` as a GeoSeries of Points in ``crs``, or raise ``CrsError`` or ``InputError``."""
    if isinstance(points, gpd.GeoDataFrame):
        series = points.geometry
    elif isinstance(points, gpd.GeoSeries):
        series = points
    elif isinstance(points, gpd.array.GeometryArray):
        series = gpd.GeoSeries(points)
    elif isinstance(points, shapely.Geometry):
        series = gpd.GeoSeries([points], crs=crs)
    elif isinstance(points, pd.Series):
        series = gpd.GeoSeries(points.to_numpy(), index=points.index, crs=crs)
    else:
        series = gpd.GeoSeries(list(points), crs=crs)
    if len(series) and not _same(series.crs, crs):
        raise CrsError(
            f"点的坐标系（{_name(series.crs)}）与路网（{_name(crs)}）不同，请先转换（to_crs） / "
            f"points are in {_name(series.crs)} but the network is in {_name(crs)}: convert them first (to_crs)"
        )
    shapes = series.to_numpy()
    wrong = ~np.isin(shapely.get_type_id(shapes), (-1, 0))
    if wrong.any():
        rows = np.flatnonzero(wrong)
        raise InputError(
            [
                Finding(
                    "error",
                    "需要点，不是线或面；面请先取代表点（representative_point）",
                    "expected a Point; for areas take representative_point() first",
                    row=int(r) + 1,
                    field="geometry",
                )
                for r in rows[:20]
            ]
        )
    return series


def _same(a: Any, b: Any) -> bool:
    return a is not None and (a == b or a.equals(b, ignore_axis_order=True))


def _name(crs: Any) -> str:
    return "无 none" if crs is None else str(crs.name)


def _from_labels(network: Network, points: Any) -> Places:
    if isinstance(points, pd.Series):
        index, wanted = points.index, pd.Index(points.to_numpy(), tupleize_cols=False)
    elif isinstance(points, pd.Index):
        index = wanted = points
    elif isinstance(points, np.ndarray):
        index = wanted = pd.Index(points.ravel(), tupleize_cols=False)
    else:
        values = [points] if np.isscalar(points) else list(points)
        index = wanted = pd.Index(values, tupleize_cols=False)
    if len(wanted) == 0:
        at = np.empty(0, np.int32)
    elif wanted is network.nodes:
        at = np.arange(len(wanted), dtype=np.int32)
    else:
        at = network.nodes.get_indexer(wanted).astype(np.int32)
    if (at < 0).any():
        rows = np.flatnonzero(at < 0)
        raise InputError(
            [
                Finding(
                    "error",
                    f"路网中没有编号为 {wanted[r]!r} 的节点，请用 network.nodes 中的编号",
                    f"no node {wanted[r]!r} in the network: use labels of network.nodes",
                    row=int(r) + 1,
                )
                for r in rows[:20]
            ]
        )
    n = len(at)
    nothing = np.full(n, -1, np.int32)
    zero = np.zeros(n)
    xy = network.xy[at]
    x, y = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
    return Places(index, at, nothing, zero, np.full(n, np.inf), nothing, zero, zero, x, y, wanted is network.nodes)


def _from_snapped(network: Network, snapped: pd.DataFrame, arriving: bool) -> Places:
    arrays = network.arrays
    on = snapped["edge"].notna().to_numpy()
    edge = np.full(len(snapped), -1, np.int32)
    edge[on] = arrays.edges.get_indexer(pd.Index(snapped["edge"][on].to_list(), tupleize_cols=False))
    if (edge[on] < 0).any():
        raise InputError(
            [
                Finding(
                    "error",
                    "这些点是在另一张路网上定位的，请重新 snap()",
                    "these points were snapped to another network: snap() them again",
                    field="edge",
                )
            ]
        )
    to_u = to_nm(snapped["to_u"].to_numpy(float, na_value=np.nan))
    leg = to_nm(snapped["snap_m"].to_numpy(float, na_value=np.nan))
    xy = snapped[["x", "y"]].to_numpy(float, na_value=np.nan)
    return on_edges(arrays, snapped.index, edge, to_u, leg, xy, arriving=arriving)


def on_edges(arrays: Arrays, index: pd.Index, edge: Any, along: Any, leg: Any, xy: Any, *, arriving: bool) -> Places:
    """Return places on edges (-1: nowhere), ``along`` from the tail and ``leg`` off the street [nm]."""
    on = edge >= 0
    a = np.where(on, arrays.tail[edge], -1).astype(np.int32)
    b = np.where(on, arrays.head[edge], -1).astype(np.int32)
    if arrays.directed:
        blocked = on & arrays.oneway[edge]
        a[blocked & (not arriving)] = -1
        b[blocked & arriving] = -1
    return Places(
        index,
        a,
        b,
        np.where(a >= 0, along + leg, np.inf),
        np.where(b >= 0, arrays.length[edge] - along + leg, np.inf),
        np.asarray(edge, np.int32),
        np.where(on, along, 0.0),
        np.where(on, leg, np.inf),
        np.ascontiguousarray(xy[:, 0]),
        np.ascontiguousarray(xy[:, 1]),
    )
