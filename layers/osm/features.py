"""Objects of a map → schools, clinics, stations, lines and water with the columns of the data contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import WGS84
from geo.entrances import along_edge, where_ways_enter, written
from layers.osm import tags as tags_of

__all__ = ["MapObject", "clinics_of", "lines_of", "public_of", "schools_of", "stops_of", "water_of"]

SAME_STATION_M = 300.0  # a station is often drawn twice: as a node of the line and as a building
SMALL_WATER_M2 = 1_000.0
DRAWN_M = 3.0  # lines and shores are simplified to this for the map
SEATS = ("kindergarten", "primary", "junior", "senior")
LINE_NAMES = {
    "metro": "地铁", "light_rail": "轻轨", "railway": "铁路", "expressway": "快速路", "water": "水系",
}  # fmt: skip
STOP_NAMES = {
    "metro": "地铁站", "light_rail": "轻轨站", "railway": "火车站", "tram": "电车站", "bus_station": "汽车站",
    "ferry": "轮渡站", "bus": "公交站",
}  # fmt: skip
PUBLIC_NAMES = {
    "park": "公园", "sport": "体育设施", "culture": "文化设施", "market": "市场", "elderly_day_care": "日间照料中心",
    "elderly_centre": "养老机构",
}  # fmt: skip
CLINIC_NAMES = {"hospital": "医院", "community_health_centre": "卫生服务中心", "health_station": "卫生服务站"}


@dataclass(frozen=True)
class MapObject:
    """One object of a map: its label (n12, w34, r56), tags, and shape in WGS84."""

    label: str
    tags: Mapping[str, str]
    shape: Any


def schools_of(objects: Sequence[MapObject]) -> gpd.GeoDataFrame:
    """Return schools and kindergartens; seats only where one stage and a capacity are tagged, else unknown."""
    rows = []
    for thing in _distinct([o for o in objects if tags_of.kindergarten_or_school(o.tags)], tags_of.school_kind):
        kind = tags_of.school_kind(thing.tags)
        what = "幼儿园" if kind == "kindergarten" else "学校"
        capacity = tags_of.number(thing.tags, "capacity")
        seats = {f"seats_{stage}": capacity if stage == kind else np.nan for stage in SEATS}
        note = "OpenStreetMap；学位未知" if np.isnan(capacity) else "OpenStreetMap"
        if not np.isnan(capacity) and kind not in SEATS:
            note = f"OpenStreetMap；总容量 {capacity:.0f}，各学段未分"
        rows.append({**_facility(thing, what, kind), **seats, "note": note})
    columns = [*_FACILITY[:4], *(f"seats_{s}" for s in SEATS), *_FACILITY[4:]]
    return _points(rows, columns)


def clinics_of(objects: Sequence[MapObject]) -> gpd.GeoDataFrame:
    """Return hospitals, community health centres and stations; beds only where tagged."""
    found = [o for o in objects if tags_of.clinic_kind(o.tags)]
    rows = []
    for thing in _distinct(found, lambda tags: str(tags_of.clinic_kind(tags))):
        kind = str(tags_of.clinic_kind(thing.tags))
        tagged = thing.tags.get("healthcare") or thing.tags.get("amenity")
        rows.append(
            {
                **_facility(thing, CLINIC_NAMES[kind], kind),
                "beds": tags_of.number(thing.tags, "beds", "capacity:beds"),
                "staff": tags_of.number(thing.tags, "staff_count:doctors", "staff_count"),
                "note": f"OpenStreetMap，标签 {tagged}",
            }
        )
    return _points(rows, [*_FACILITY[:4], "beds", "staff", *_FACILITY[4:]])


def public_of(objects: Sequence[MapObject], crs: str, ways: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return parks, sport, culture, elderly facilities and markets as points inside them, with their area where drawn.

    An area is entered where a walkable way (``ways``) crosses its edge; where none does, along the edge.
    """
    found = _distinct([o for o in objects if tags_of.public_kind(o.tags)], lambda t: str(tags_of.public_kind(t)))
    kinds = [str(tags_of.public_kind(thing.tags)) for thing in found]
    shapes = gpd.GeoSeries([thing.shape for thing in found], crs=WGS84).to_crs(crs)
    area = [float(s.area) if s.geom_type.endswith("Polygon") else np.nan for s in shapes]
    rows = [
        {**_facility(thing, PUBLIC_NAMES[kind], kind), "area_m2": m2, "entrances": gates, "note": "OpenStreetMap"}
        for thing, kind, m2, gates in zip(found, kinds, area, _gates(shapes, ways.to_crs(crs).geometry), strict=True)
    ]
    return _points(rows, [*_FACILITY[:4], "area_m2", "entrances", *_FACILITY[4:]])


def _gates(shapes: gpd.GeoSeries, ways: gpd.GeoSeries) -> list[str | None]:
    """Return the entrances of each shape as text, None for what is no area."""
    out: list[str | None] = []
    tree, lines = ways.sindex, ways.to_numpy()
    for shape in shapes:
        if not shape.geom_type.endswith("Polygon"):
            out.append(None)
            continue
        near = lines[tree.query(shape.boundary, predicate="intersects")]
        met = (where_ways_enter(shape, near) if len(near) else []) or along_edge(shape)
        degrees = gpd.GeoSeries(shapely.points(met), crs=shapes.crs).to_crs(WGS84)
        out.append(written(zip(degrees.x, degrees.y, strict=True)))
    return out


def stops_of(objects: Sequence[MapObject], crs: str) -> gpd.GeoDataFrame:
    """Return the stations; one drawn twice (same kind and name within 300 m) once."""
    rows = []
    for thing in objects:
        kind = tags_of.stop_kind(thing.tags)
        if kind is None:
            continue
        zh, en = tags_of.names(thing.tags, STOP_NAMES[kind], thing.label)
        line = thing.tags.get("line") or thing.tags.get("network") or None
        rows.append(
            {"stop_id": thing.label, "name_zh": zh, "name_en": en, "kind": kind, "line": line, "status": "existing",
             "open_year": np.nan, **_TRUTH, "note": "OpenStreetMap", "geometry": _point(thing.shape)}
        )  # fmt: skip
    columns = ["stop_id", "name_zh", "name_en", "kind", "line", "status", "open_year", *_TRUTH, "note"]
    frame = _points(rows, columns)
    if len(frame) < 2:
        return frame
    places = shapely.get_coordinates(frame.geometry.to_crs(crs).array)
    keep = np.ones(len(frame), dtype=bool)
    for _, same in frame.groupby(["kind", "name_zh"], sort=False):
        numbers = frame.index.get_indexer(same.index)
        for position, number in enumerate(numbers):
            before = [n for n in numbers[:position] if keep[n]]
            near = np.hypot(*(places[before] - places[number]).T) <= SAME_STATION_M
            keep[number] = not near.any()
    return frame[keep].reset_index(drop=True)


def lines_of(objects: Sequence[MapObject], crs: str) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the transport lines by name (WGS84), and what streets have to cross (in ``crs``, column label)."""
    drawn: dict[tuple[str, str], list[Any]] = {}
    barriers = []
    for thing in objects:
        kind = tags_of.line_kind(thing.tags) or ("water" if tags_of.water_kind(thing.tags) == "line" else None)
        if kind is None or not thing.shape.geom_type.endswith("LineString"):
            continue
        name = thing.tags.get("name:zh") or thing.tags.get("name") or thing.tags.get("ref") or LINE_NAMES[kind]
        if kind != "water":
            drawn.setdefault((kind, name), []).append(thing.shape)
        if thing.tags.get("tunnel", "no") == "no":  # nothing to cross above a tunnel
            barriers.append({"label": name, "geometry": thing.shape})
    rows = []
    for number, ((kind, name), shapes) in enumerate(sorted(drawn.items(), key=lambda item: item[0]), start=1):
        rows.append(
            {"link_id": f"{kind}-{number}", "name_zh": name, "name_en": None, "kind": kind, "status": "existing",
             "open_year": np.nan, **_TRUTH, "note": "OpenStreetMap", "geometry": _merged(shapes, crs)}
        )  # fmt: skip
    columns = ["link_id", "name_zh", "name_en", "kind", "status", "open_year", *_TRUTH, "note"]
    labelled = _frame(barriers, ["label"]).to_crs(crs)
    return _frame(rows, columns), labelled


def water_of(objects: Sequence[MapObject], crs: str) -> gpd.GeoDataFrame:
    """Return waters for the base map: areas above 1 000 m2, and rivers and canals by name, simplified to 3 m."""
    areas: list[dict[str, Any]] = []
    lines: dict[str, list[Any]] = {}
    for thing in objects:
        kind = tags_of.water_kind(thing.tags)
        name = thing.tags.get("name:zh") or thing.tags.get("name")
        if kind == "area" and thing.shape.geom_type.endswith("Polygon"):
            areas.append({"name_zh": name, **_TRUTH, "note": "OpenStreetMap", "geometry": thing.shape})
        elif kind == "line" and thing.shape.geom_type.endswith("LineString"):
            lines.setdefault(name or "", []).append(thing.shape)
    rows = [
        {"name_zh": name or None, **_TRUTH, "note": "OpenStreetMap", "geometry": _merged(lines[name], crs)}
        for name in sorted(lines)
    ]
    columns = ["name_zh", *_TRUTH, "note"]
    surfaces = _frame(areas, columns).to_crs(crs)
    surfaces = surfaces[surfaces.area >= SMALL_WATER_M2]
    surfaces["geometry"] = surfaces.geometry.simplify(DRAWN_M).make_valid()
    surfaces = surfaces[surfaces.geometry.geom_type.isin(["Polygon", "MultiPolygon"])].to_crs(WGS84)
    parts = [part for part in (surfaces, _frame(rows, columns)) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else _frame([], columns)


_TRUTH: dict[str, Any] = {"basis": "sourced", "accuracy_m": 10.0, "source_id": "osm"}
_FACILITY = ["facility_id", "name_zh", "name_en", "kind", "status", "open_year", "zone_id", "address", *_TRUTH, "note"]


def _facility(thing: MapObject, what: str, kind: str) -> dict[str, Any]:
    zh, en = tags_of.names(thing.tags, what, thing.label)
    street = " ".join(filter(None, (thing.tags.get("addr:street"), thing.tags.get("addr:housenumber"))))
    address = thing.tags.get("addr:full") or street or None
    return {
        "facility_id": thing.label, "name_zh": zh, "name_en": en, "kind": kind, "status": "existing",
        "open_year": np.nan, "zone_id": None, "address": address, **_TRUTH, "geometry": _point(thing.shape),
    }  # fmt: skip


def _distinct(objects: list[MapObject], kind: Callable[[Mapping[str, str]], str]) -> list[MapObject]:
    """Return the objects without the nodes that only repeat an area around them (same kind and name)."""
    areas = [o for o in objects if o.shape.geom_type.endswith("Polygon")]
    tree = shapely.STRtree([a.shape for a in areas])
    kept = []
    for thing in objects:
        if thing.shape.geom_type == "Point":
            around = [areas[int(n)] for n in tree.query(thing.shape, predicate="intersects")]
            name = thing.tags.get("name")
            if any(kind(a.tags) == kind(thing.tags) and name in (None, a.tags.get("name")) for a in around):
                continue
        kept.append(thing)
    return sorted(kept, key=lambda o: (o.label[0], int(o.label[1:])))


def _point(shape: Any) -> Any:
    """Return a point for the object: its own, inside the area, or halfway along the line."""
    if shape.geom_type == "Point":
        return shape
    if shape.geom_type == "LineString":
        return shape.interpolate(0.5, normalized=True)
    return shape.representative_point()


def _merged(shapes: Iterable[Any], crs: str) -> Any:
    """Return the lines as one geometry, joined where they meet and simplified for the map."""
    joined = gpd.GeoSeries([shapely.line_merge(shapely.union_all(list(shapes)))], crs=WGS84)
    return joined.to_crs(crs).simplify(DRAWN_M).to_crs(WGS84).iloc[0]


def _points(rows: list[dict[str, Any]], columns: Sequence[str]) -> gpd.GeoDataFrame:
    return _frame(rows, columns)


def _frame(rows: list[dict[str, Any]], columns: Sequence[str]) -> gpd.GeoDataFrame:
    data = {c: pd.Series([r.get(c) for r in rows], dtype=_dtype(c)) for c in columns}
    return gpd.GeoDataFrame(data, geometry=gpd.GeoSeries([r["geometry"] for r in rows], crs=WGS84), crs=WGS84)


def _dtype(column: str) -> Any:
    return (
        float
        if column.startswith("seats_") or column in ("beds", "staff", "open_year", "accuracy_m", "area_m2")
        else object
    )
