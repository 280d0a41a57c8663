"""Places on a network: where a question starts or ends, in the numbers that the searches run on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.errors import CrsError, Finding, InputError
from geo.network.links import Arrays
from geo.text import Text

__all__ = ["Places", "on_edges", "point_series"]


@dataclass(frozen=True, eq=False)
class Places:
    """Places on a network, one per row: up to two nodes to go through, with the cost to each [nm].

    ``a`` and ``b`` are node positions (-1: none), ``cost_a`` and ``cost_b`` include the way from the point to the
    street (``leg``). ``edge`` is -1 for a place that is a node; ``along`` is the way from the tail of the edge.

    Examples
    --------
    >>> from geo.examples import homes, network
    >>> places = network().place(homes())
    >>> len(places), places.index.tolist(), (places.along / 1e9).tolist()  # from the beginning of each street
    (3, ['a', 'b', 'c'], [100.0, 100.0, 100.0])
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


def point_series(points: Any, crs: Any) -> gpd.GeoSeries:
    """Return ``points`` as a GeoSeries of Points in ``crs``, or raise ``CrsError`` or ``InputError``.

    Examples
    --------
    >>> from geo.examples import homes
    >>> len(point_series(homes(), homes().crs))
    3
    >>> point_series(homes(), homes().to_crs("EPSG:4549").crs)
    Traceback (most recent call last):
        ...
    geo.errors.CrsError: ...3-degree Gauss-Kruger CM 120E: convert them first (to_crs)
    """
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
            Text(
                f"点的坐标系（{_name(series.crs)}）与路网（{_name(crs)}）不同，请先转换（to_crs）",
                f"points are in {_name(series.crs)} but the network is in {_name(crs)}: convert them first (to_crs)",
            )
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


def on_edges(arrays: Arrays, index: pd.Index, edge: Any, along: Any, leg: Any, xy: Any, *, arriving: bool) -> Places:
    """Return places on edges (-1: nowhere), ``along`` from the tail and ``leg`` off the street [nm].

    Examples
    --------
    >>> from geo.examples import network
    >>> arrays = network().arrays
    >>> edge, along, leg, xy = np.array([0], np.int32), np.array([150e9]), np.zeros(1), np.zeros((1, 2))
    >>> here = on_edges(arrays, pd.Index(["x"]), edge, along, leg, xy, arriving=True)
    >>> (here.cost_a / 1e9).tolist(), (here.cost_b / 1e9).tolist()  # 150 m along a street of 400 m
    ([150.0], [250.0])
    """
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
