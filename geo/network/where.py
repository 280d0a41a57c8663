"""Where a question starts or ends: points, snapped points and node labels, all as places on the network."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import Finding, InputError
from geo.network.graph import Graph
from geo.network.links import to_nm
from geo.network.places import Places, on_edges
from geo.network.snap import snap

__all__ = ["is_geometry", "places"]

SNAPPED = ("edge", "to_u", "to_v", "snap_m")
"""Columns by which a frame made by ``Network.snap`` is known."""


def places(graph: Graph, points: Any, *, arriving: bool) -> Places:
    """Return ``points`` as places; on one-way edges only the end that can be used when ``arriving`` or leaving.

    Examples
    --------
    >>> from geo.examples import homes, network
    >>> len(places(network().graph, homes(), arriving=True)), len(places(network().graph, [1, 4], arriving=True))
    (3, 2)
    """
    if points is graph.labels:
        return graph.once("whole", lambda: _from_labels(graph, points))
    if isinstance(points, Places):
        if not (graph.directed and (points.edge >= 0).any()):
            return points
        xy, p = np.c_[points.x, points.y], points
        return on_edges(graph.arrays, p.index, p.edge, p.along, p.leg, xy, arriving=arriving)
    if isinstance(points, pd.DataFrame) and not isinstance(points, gpd.GeoDataFrame):
        if all(c in points.columns for c in SNAPPED):
            return _from_snapped(graph, points, arriving)
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
        return _from_snapped(graph, snap(graph, points, np.inf), arriving)
    return _from_labels(graph, points)


def is_geometry(points: Any) -> bool:
    """Return whether ``points`` holds geometries rather than node labels.

    Examples
    --------
    >>> from geo.examples import homes
    >>> is_geometry(homes()), is_geometry([1, 2, 3])
    (True, False)
    """
    if isinstance(points, gpd.GeoSeries | gpd.GeoDataFrame | gpd.array.GeometryArray | shapely.Geometry):
        return True
    if np.isscalar(points) or not pd.api.types.is_object_dtype(getattr(points, "dtype", object)):
        return False
    return any(isinstance(v, shapely.Geometry) for v in points)


def _from_labels(graph: Graph, points: Any) -> Places:
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
    elif wanted is graph.labels:
        at = np.arange(len(wanted), dtype=np.int32)
    else:
        at = graph.labels.get_indexer(wanted).astype(np.int32)
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
    xy = graph.arrays.xy[at]
    x, y = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
    return Places(index, at, nothing, zero, np.full(n, np.inf), nothing, zero, zero, x, y, wanted is graph.labels)


def _from_snapped(graph: Graph, snapped: pd.DataFrame, arriving: bool) -> Places:
    arrays = graph.arrays
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
