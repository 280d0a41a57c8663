"""Headers that say where a row is, and in which of a table's columns that stands."""

from __future__ import annotations

import re

from layers.incoming.rows.datums import SHIFTED, datum_in, without
from layers.incoming.rows.table import Table, info
from layers.incoming.rows.text import key_of
from layers.incoming.rows.values import angle, is_blank

__all__ = ["HEADERS", "place_columns", "split_pair"]

LON = ("经度", "lon", "lng", "long", "longitude", "东经", "经", "gpslon", "wgs84lon", "gcj02lon", "gcjlon", "bd09lon", "bdlon", "lon84",
       "wgs84经度", "高德经度", "百度经度", "gcj02经度", "bd09经度", "经度wgs84", "坐标经度", "经度坐标", "pointx", "xlon", "lonwgs84", "lonbd09", "longcj02", "lnggcj02", "lngbd09", "lngwgs84")  # fmt: skip
LAT = ("纬度", "lat", "latitude", "北纬", "纬", "gpslat", "wgs84lat", "gcj02lat", "gcjlat", "bd09lat", "bdlat", "lat84",
       "wgs84纬度", "高德纬度", "百度纬度", "gcj02纬度", "bd09纬度", "纬度wgs84", "坐标纬度", "纬度坐标", "pointy", "ylat", "latwgs84", "latbd09", "latgcj02")  # fmt: skip
X = ("x", "x坐标", "坐标x", "横坐标", "xcoord", "xcoordinate", "coordx", "x轴", "xm", "x值")
Y = ("y", "y坐标", "坐标y", "纵坐标", "ycoord", "ycoordinate", "coordy", "y轴", "ym", "y值")
EAST = ("东坐标", "easting", "east", "e", "e坐标", "东向坐标", "东")
NORTH = ("北坐标", "northing", "north", "n", "n坐标", "北向坐标", "北")
BOTH = (
    "坐标",
    "经纬度",
    "lonlat",
    "lnglat",
    "location",
    "coordinates",
    "coord",
    "位置坐标",
    "坐标经度纬度",
    "经度纬度",
    "xy",
)
WKT = ("wkt", "geometry", "geom", "thegeom", "几何", "图形", "wktgeom", "shape")
HEADERS = frozenset({*LON, *LAT, *X, *Y, *EAST, *NORTH, *BOTH, *WKT})
"""All of them, by `text.key_of`."""


def place_columns(table: Table) -> tuple[str, tuple[str, ...]]:
    """Return how the rows of a table say where they are, and in which columns.

    The way is ``degrees`` (longitude, latitude), ``xy`` (X, Y of unknown order), ``metres`` (east, north),
    ``both`` (one column with two numbers), ``wkt`` or ``none``.
    """
    keys = {key_of(c): c for c in reversed(table.columns)}
    loose = {without(k): c for k, c in keys.items()}
    for a, b, way in ((LON, LAT, "degrees"), (EAST, NORTH, "metres"), (X, Y, "xy")):
        for source in (keys, loose):
            first, second = (
                next((source[k] for k in a if k in source), None),
                next((source[k] for k in b if k in source), None),
            )
            if first and second and first != second:
                return way, (_surveyed(table) or (first, second)) if way == "degrees" else (first, second)
    for wanted, way in ((WKT, "wkt"), (BOTH, "both")):
        for source in (keys, loose):
            column = next((source[k] for k in wanted if k in source), None)
            if column is not None and _looks(table, column, way):
                return way, (column,)
    return "none", ()


def _surveyed(table: Table) -> tuple[str, str] | None:
    """Return the pair of columns whose headers say WGS84 or CGCS2000 and which is filled wherever a row has a place.

    A table may give a place twice, as its web map had it and as WGS84: the pair that says what it is needs no guess.
    """
    plain = [(c, key_of(c)) for c in table.columns]
    pairs = []
    for wanted in (LON, LAT):
        named = [c for c, k in plain if datum_in(k) == "wgs84" and without(k) in wanted]
        pairs.append(named[0] if len(named) == 1 else None)
    lon, lat = pairs
    if lon is None or lat is None:
        return None
    others = [c for c, k in plain if c not in (lon, lat) and without(k) in (*LON, *LAT)]
    at = {c: table.columns.index(c) for c in (lon, lat, *others)}
    named = [c for c in others if datum_in(key_of(c)) in SHIFTED]
    for row in table.rows:
        if any(not is_blank(row[at[c]]) and row[at[c]] in (row[at[lon]], row[at[lat]]) for c in named):
            # One place in two systems that lie half a kilometre apart: one of the headers is wrong, so it is asked.
            pair = [next((c for c in named if without(key_of(c)) in wanted), None) for wanted in (LON, LAT)]
            return (pair[0], pair[1]) if pair[0] and pair[1] else None
        own = not is_blank(row[at[lon]]) and not is_blank(row[at[lat]])
        if not own and any(not is_blank(row[at[c]]) for c in others):
            return None
    if others:
        names = "、".join(others)
        table.notes.append(
            info(
                f"有两组坐标：取写明坐标系的“{lon}、{lat}”，“{names}”原样保留",
                f"the places are given twice: '{lon}, {lat}' were taken, which say their reference system; '{names}' are kept as they are",
                None,
                lon,
            )
        )
    return lon, lat


def _looks(table: Table, column: str, way: str) -> bool:
    at = table.columns.index(column)
    values = [r[at] for r in table.rows if isinstance(r[at], str) and r[at].strip()][:50]
    if way == "wkt":
        return any(re.match(r"\s*(SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON)", v, re.IGNORECASE) for v in values)
    return any(len(p := split_pair(v)) == 2 and angle(p[0])[1] != "bad" and angle(p[1])[1] != "bad" for v in values)


def split_pair(value: str) -> list[str]:
    """Return the two numbers that one cell holds ("117.2, 39.1"), as text."""
    return [p for p in re.split(r"[,，;；\s]+", value.strip().strip("()（）[]")) if p]
