"""A town one can draw on paper: a square with a tail, two ends of a long street, and an island.

::

    4 ---400--- 3 ---300--- 6
    |           |
   300         300           7 ---100--- 8   (island)
    |           |
    1 ---400--- 2 ---200--- 5

"""

from __future__ import annotations

import geopandas as gpd
import shapely

CRS = "EPSG:4548"
EAST, NORTH = 500_000.0, 4_330_000.0

PLACES = {1: (0, 0), 2: (400, 0), 3: (400, 300), 4: (0, 300), 5: (600, 0), 6: (700, 300), 7: (800, 150), 8: (900, 150)}
STREETS = [(1, 2), (2, 3), (3, 4), (4, 1), (2, 5), (3, 6), (7, 8)]


def at(x: float, y: float) -> shapely.Point:
    """Return the point x metres east and y metres north of node 1."""
    return shapely.Point(EAST + x, NORTH + y)


def points(**named: tuple[float, float]) -> gpd.GeoSeries:
    """Return named points, given in metres from node 1."""
    return gpd.GeoSeries([at(*xy) for xy in named.values()], index=list(named), crs=CRS)


def links() -> gpd.GeoDataFrame:
    """Return the streets of the town."""
    lines = [shapely.LineString([at(*PLACES[u]), at(*PLACES[v])]) for u, v in STREETS]
    u, v = zip(*STREETS, strict=True)
    return gpd.GeoDataFrame({"u": u, "v": v, "metres": shapely.length(lines)}, geometry=lines, crs=CRS)
