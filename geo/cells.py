"""Population cells as squares of ground: how much of each lies inside an area."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["overlap", "squares"]


def squares(cells: gpd.GeoDataFrame, side: float) -> NDArray[np.object_]:
    """Return the square of ground around each cell centre, ``side`` metres wide.

    Examples
    --------
    >>> from geo.examples import homes
    >>> float(squares(homes(), 100.0)[0].area)
    10000.0
    """
    x, y, half = cells.geometry.x.to_numpy(), cells.geometry.y.to_numpy(), side / 2
    return np.asarray(shapely.box(x - half, y - half, x + half, y + half))


def overlap(cells: gpd.GeoDataFrame, side: float, area: shapely.Geometry) -> NDArray[np.float64]:
    """Return how much of each cell's square lies inside an area [m²], in the cells' metric reference system.

    Examples
    --------
    >>> from geo.examples import at, homes
    >>> west = shapely.box(*at(0, -50).coords[0], *at(100, 50).coords[0])  # half of the square of home a
    >>> overlap(homes(), 100.0, west).tolist()
    [5000.0, 0.0, 0.0]
    """
    ground = squares(cells, side)
    inside = np.zeros(len(ground))
    near = np.flatnonzero(shapely.intersects(ground, area))
    inside[near] = shapely.area(shapely.intersection(ground[near], area))
    return inside
