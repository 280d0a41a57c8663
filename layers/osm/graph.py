"""OSMnx graphs → links: from a saved .graphml, or fetched by the name of a place."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmnx as ox
import requests
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjError

from geo.crs import WGS84, metric_crs_for, require_metric
from geo.errors import Finding, InputError
from geo.text import Text
from layers.osm import tags as tags_of
from layers.osm.features import MapObject

__all__ = ["fetch", "links_of_graph", "read_graphml"]

LETTERS = {"node": "n", "way": "w", "relation": "r"}
MAX_GRAPHML_BYTES = 2 * 2**30


def read_graphml(path: Path, crs: str | None, mode: str) -> tuple[gpd.GeoDataFrame, list[MapObject], str]:
    """Return the links of a graph that OSMnx saved, no other objects, and the metric CRS.

    Raises
    ------
    InputError
        If the file is not such a graph, or a node lacks its place, or a length is negative or missing.
    """
    with path.open("rb") as stream:
        start = stream.read(65_536)
    if b"<graphml" not in start or b"<!DOCTYPE" in start or b"<!ENTITY" in start:
        raise _bad(path.name, "不是 GraphML；请用 OSMnx 重新保存", "is not GraphML; save it again with OSMnx")
    if path.stat().st_size > MAX_GRAPHML_BYTES:
        raise _bad(path.name, "超过 2 GB；请改用 .osm.pbf", "is over 2 GB; use .osm.pbf")
    try:
        graph = ox.load_graphml(path)
    except Exception as error:  # networkx and osmnx raise many kinds for damaged files
        raise _bad(path.name, f"GraphML 无法读取：{error}", f"cannot be read as OSMnx GraphML: {error!r}") from error
    links, metric = links_of_graph(graph, path.name, crs, mode)
    return links, [], metric


def fetch(
    place: str, crs: str | None, mode: str, tags: dict[str, Any]
) -> tuple[gpd.GeoDataFrame, list[MapObject], str]:
    """Return links and other objects of a place, fetched from OpenStreetMap, and the metric CRS."""
    try:
        graph = ox.graph_from_place(place, network_type="walk" if mode == "walk" else "drive_service", retain_all=True)
        features = ox.features_from_place(place, tags)
    except (requests.RequestException, ConnectionError, TimeoutError) as error:
        raise InputError(
            Text(
                "连不上 OpenStreetMap：请检查网络，或先下载 .osm.pbf 文件再用 --osm 指定",
                "cannot reach OpenStreetMap: check the network, or download an .osm.pbf and give it with --osm",
            )
        ) from error
    except (ox._errors.InsufficientResponseError, ox._errors.ResponseStatusCodeError, TypeError, ValueError) as error:
        raise InputError(
            Text(
                f"OpenStreetMap 没有找到“{place}”的数据：请换一种写法（如“华苑, 天津, 中国”）",
                f"OpenStreetMap has no data for '{place}': write the place differently",
            )
        ) from error
    links, metric = links_of_graph(graph, place, crs, mode)
    return links, _objects(features), metric


def links_of_graph(graph: Any, file: str, crs: str | None, mode: str) -> tuple[gpd.GeoDataFrame, str]:
    """Return a graph's edges as links (both directions of a street once), and the metric CRS.

    Raises
    ------
    InputError
        If the graph has no edge, a node without a place, or a length that is negative or missing.
    """
    places = _places(graph, file)
    rows: list[dict[str, Any]] = []
    seen: dict[tuple[Any, ...], int] = {}
    for a, b, data in graph.edges(data=True):
        line = data.get("geometry")
        if not isinstance(line, shapely.LineString):
            line = shapely.LineString([places[a], places[b]])
        length = data.get("length")
        if length is not None and not (isinstance(length, int | float) and math.isfinite(length) and length >= 0):
            raise _bad(
                file,
                f"道路 {a}–{b} 的长度 {length} 无效；请重新导出",
                f"the length {length} of {a}–{b} is not a distance; export the graph again",
            )
        middle = line.interpolate(0.5, normalized=True)
        key = (*sorted((a, b)), round(middle.x, 6), round(middle.y, 6))
        if key in seen:
            rows[seen[key]]["oneway"] = False
            continue
        seen[key] = len(rows)
        rows += _halves(a, b, line, data, len(rows))
    if not rows:
        raise _bad(file, "其中没有道路", "holds no street")
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=WGS84).astype({"u": "int64", "v": "int64"})
    metric = crs or metric_crs_for(*np.median(np.array(list(places.values())), axis=0))
    require_metric(metric)
    frame.insert(2, "metres", frame.geometry.to_crs(metric).length)
    if mode == "walk":
        frame["oneway"] = False
    return frame, metric


def _places(graph: Any, file: str) -> dict[int, tuple[float, float]]:
    """Return lon, lat of the nodes."""
    try:
        geographic = CRS.from_user_input(graph.graph.get("crs", WGS84)).is_geographic
    except ProjError:
        geographic = False
    if not geographic:
        raise _bad(
            file,
            "图的坐标系不是经纬度；请用 OSMnx 保存投影前的图",
            "the graph is not in longitude and latitude; save it before projecting",
        )
    places = {}
    for node, data in graph.nodes(data=True):
        x, y = data.get("x"), data.get("y")
        if not (isinstance(x, float) and isinstance(y, float) and abs(x) <= 180 and abs(y) <= 90):
            raise _bad(
                file,
                f"节点 {node} 没有有效的经纬度；请重新导出",
                f"the node {node} has no longitude and latitude; export the graph again",
            )
        places[node] = (x, y)
    return places


def _halves(a: int, b: int, line: Any, data: dict[str, Any], number: int) -> list[dict[str, Any]]:
    """Return the link, or the two halves of one that ends where it begins (a new node, numbered below zero)."""
    kept = {
        "class": _first(data.get("highway"), "unclassified"),
        "name": _first(data.get("name"), ""),
        "oneway": bool(data.get("oneway", False)),
        "way_id": int(_first(data.get("osmid"), 0)),
    }
    if a != b:
        return [{"u": a, "v": b, **kept, "geometry": line}]
    coordinates = shapely.get_coordinates(line)
    if len(coordinates) < 3:
        return []
    middle, new = len(coordinates) // 2, -1 - number
    first, second = shapely.LineString(coordinates[: middle + 1]), shapely.LineString(coordinates[middle:])
    return [{"u": a, "v": new, **kept, "geometry": first}, {"u": new, "v": b, **kept, "geometry": second}]


def _first(value: Any, otherwise: Any) -> Any:
    """Return the value, the first of a list (a merged street has several), or the default."""
    if isinstance(value, list):
        value = value[0] if value else None
    return otherwise if value is None or value != value else value


def _objects(features: gpd.GeoDataFrame) -> list[MapObject]:
    """Return the other objects of the map, with their tags as text."""
    columns = [c for c in features.columns if c != features.geometry.name]
    objects = []
    for (element, number), row in zip(features.index, features[columns].to_dict("records"), strict=True):
        tags = {str(k): str(v) for k, v in row.items() if isinstance(v, str)}
        objects.append(MapObject(f"{LETTERS.get(str(element), 'w')}{number}", tags, None))
    shapes = features.geometry.to_numpy()
    wanted = (
        tags_of.kindergarten_or_school, tags_of.clinic_kind, tags_of.stop_kind, tags_of.line_kind, tags_of.water_kind,
    )  # fmt: skip
    return [
        MapObject(o.label, o.tags, shape)
        for o, shape in zip(objects, shapes, strict=True)
        if any(test(o.tags) for test in wanted)
    ]


def _bad(file: str, zh: str, en: str) -> InputError:
    return InputError([Finding("error", zh, en, file)])
