"""Where one enters a facility that is an area: a park is reached at its gates, not at a point in its middle.

A facility is a point with, where they are known, its entrances as text: ``"117.65120 39.06010; 117.65310 39.06240"``
(longitude latitude, WGS84 degrees). A park drawn as an area without gates gets points along its edge instead, as the
urban health check 城市体检 measures the service radius of parks from their edge. A walk ends at the nearest of them.
"""

from __future__ import annotations

import re
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import to_metres
from geo.errors import InputError
from geo.text import Text

__all__ = ["MOST", "along_edge", "doors", "places_of", "where_ways_enter", "written"]

EVERY_M = 100.0
"""Points along an edge stand about so far apart [m], farther on a large one."""
APART_M = 20.0
"""Ways that cross an edge nearer to each other than this enter by one gate [m]."""
MOST = 12
"""Entrances of a facility at most: as many as a text of a shapefile (254 characters) holds."""


def places_of(text: str) -> list[tuple[float, float]]:
    """Return the entrances of a text as longitude and latitude [degrees].

    Raises
    ------
    InputError
        If a part of it is no longitude and latitude.

    Examples
    --------
    >>> places_of("117.65 39.06; 117.66，39.07")
    [(117.65, 39.06), (117.66, 39.07)]
    >>> places_of("东门")
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...entrances must be written as 'lon lat; lon lat'...
    """
    found = []
    for part in filter(None, (p.strip() for p in re.split(r"[;；]", text))):
        numbers = re.fullmatch(r"(-?\d+(?:\.\d+)?)[\s,，]+(-?\d+(?:\.\d+)?)", part)
        lon, lat = (float(n) for n in numbers.groups()) if numbers else (np.nan, np.nan)
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            raise InputError(
                Text(
                    f"出入口须写成“经度 纬度; 经度 纬度”（WGS84 度），现为“{part[:40]}”",
                    f"entrances must be written as 'lon lat; lon lat' in WGS84 degrees, not '{part[:40]}'",
                )
            )
        found.append((lon, lat))
    return found


def written(lonlat: Any) -> str:
    """Return entrances [degrees] as the text that a layer holds, about a metre sharp.

    Examples
    --------
    >>> written([(117.65, 39.06), (117.661234, 39.07)])
    '117.65000 39.06000; 117.66123 39.07000'
    """
    return "; ".join(f"{lon:.5f} {lat:.5f}" for lon, lat in lonlat)


def along_edge(ground: shapely.Geometry) -> list[tuple[float, float]]:
    """Return points along the outer edge of an area in metres [m], about 100 m apart, at most 12.

    Examples
    --------
    >>> along_edge(shapely.box(0, 0, 100, 50))
    [(100.0, 0.0), (50.0, 50.0), (0.0, 0.0)]
    """
    rings = [part.exterior for part in getattr(ground, "geoms", [ground])]
    whole = shapely.MultiLineString([ring.coords for ring in rings])
    n = int(np.clip(np.ceil(whole.length / EVERY_M), 3, MOST))
    ends, at = np.cumsum([0.0, *(ring.length for ring in rings)]), whole.length * np.arange(n) / n
    which = np.clip(np.searchsorted(ends, at, side="right") - 1, 0, len(rings) - 1)
    points = [rings[k].interpolate(d - ends[k]) for k, d in zip(which, at, strict=True)]
    return [(float(p.x), float(p.y)) for p in points]


def where_ways_enter(ground: shapely.Geometry, ways: Any) -> list[tuple[float, float]]:
    """Return where walkable ways cross the outer edge of an area, both in metres [m]; at most 12, well apart; none where no way enters.

    Parameters
    ----------
    ways
        Lines, those near the area.

    Examples
    --------
    >>> path = shapely.LineString([(50, -10), (50, 25)])
    >>> where_ways_enter(shapely.box(0, 0, 100, 50), [path])
    [(50.0, 0.0)]
    """
    edge = shapely.union_all([part.exterior for part in getattr(ground, "geoms", [ground])])
    met = shapely.get_coordinates(shapely.intersection(edge, np.asarray(ways, dtype=object)))
    if not len(met):
        return []
    along = np.sort(shapely.line_locate_point(edge, shapely.points(met))) if edge.geom_type == "LineString" else None
    if along is None:
        spread = met[:: max(1, len(met) // MOST)][:MOST]
        return [(float(x), float(y)) for x, y in spread]
    apart: list[float] = []
    for metres in along:
        if not apart or metres - apart[-1] > APART_M:
            apart.append(float(metres))
    chosen = np.asarray(apart)[np.unique(np.linspace(0, len(apart) - 1, min(len(apart), MOST)).round().astype(int))]
    return [(float(p.x), float(p.y)) for p in shapely.line_interpolate_point(edge, chosen)]


def doors(supply: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return where facilities are entered: a row an entrance, with ``facility``; the very same frame where none has any.

    The first entrance bears the id of its facility. One whose text is no list of places is entered at its point.

    Parameters
    ----------
    supply
        Facilities as points in a metric reference system, perhaps with a column ``entrances``.

    Examples
    --------
    >>> from geo.crs import to_wgs84
    >>> from geo.examples import at, school
    >>> gates = to_wgs84(gpd.GeoSeries([at(0, 0), at(50, 0)], crs=school().crs))
    >>> park = school().assign(entrances=written(zip(gates.x, gates.y)))
    >>> found = doors(park)
    >>> found["facility"].tolist(), found.index.tolist(), found.geometry.x.sub(500_000).round().tolist()
    (['S', 'S'], ['S', 'S #2'], [0.0, 50.0])
    >>> doors(school()[[]].set_geometry(school().geometry)).equals(school()[["geometry"]])
    True
    """
    if "entrances" not in supply:
        return supply
    texts = supply["entrances"]
    if not (texts.notna() & (texts.astype(str).str.strip() != "")).any():
        return supply
    names: list[Any] = []
    facility: list[Any] = []
    lonlat: list[tuple[float, float]] = []
    own: list[int] = []
    for row, (name, text) in enumerate(texts.items()):
        try:
            found = places_of(text) if isinstance(text, str) else []
        except InputError:
            found = []
        for k, place in enumerate(found or [(0.0, 0.0)]):
            names.append(name if k == 0 else f"{name} #{k + 1}")
            facility.append(name)
            lonlat.append(place)
            own.append(-1 if found else row)
    points = gpd.GeoSeries(gpd.points_from_xy(*zip(*lonlat, strict=True)), crs="EPSG:4326")
    shapes = to_metres(points, str(supply.crs)).to_numpy()
    at = np.array(own)
    shapes[at >= 0] = supply.geometry.to_numpy()[at[at >= 0]]
    return gpd.GeoDataFrame({"facility": facility}, index=names, geometry=shapes, crs=supply.crs)
