"""Objects of a map → the base map of a workspace: sea, green, built-up and industrial land; for drawing only.

OpenStreetMap has no areas of sea, only the coast as lines with the water on their right (wiki.openstreetmap.org,
natural=coastline): the frame of the map is cut along them, and a part is sea when its coast says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import WGS84
from layers.osm import tags as tags_of
from layers.osm.features import MapObject

__all__ = ["ground_of"]

DRAWN_M = 4.0
"""Outlines are simplified to this for the map."""
SMALLEST_M2 = 2_000.0
BESIDE_DEG = 2e-6
SURE = 4
"""A part is sea when this many times as many pieces of coast have it on their right as on their left."""
TRUTH: dict[str, Any] = {
    "rank": np.nan,
    "basis": "sourced",
    "accuracy_m": 10.0,
    "source_id": "osm",
    "note": "OpenStreetMap",
}
COLUMNS = ["kind", "name_zh", "name_en", *TRUTH]


def ground_of(objects: Sequence[MapObject], crs: str, bounds: Sequence[float]) -> gpd.GeoDataFrame:
    """Return the base map within ``bounds`` (west, south, east, north in degrees): sea, then land by kind, names of green kept."""
    rows: list[dict[str, Any]] = []
    coast = [o.shape for o in objects if tags_of.coast(o.tags) and o.shape.geom_type == "LineString"]
    rows += [{"kind": "sea", "geometry": part} for part in _sea(coast, shapely.box(*bounds))]
    plain: dict[str, list[Any]] = {"builtup": [], "industrial": [], "green": []}
    for thing in objects:
        kind = tags_of.ground_kind(thing.tags)
        if kind is None or not thing.shape.geom_type.endswith("Polygon"):
            continue
        name = thing.tags.get("name:zh") or thing.tags.get("name")
        if kind == "green" and name:
            rows.append({"kind": kind, "name_zh": name, "name_en": thing.tags.get("name:en"), "geometry": thing.shape})
        else:
            plain[kind].append(thing.shape)
    for kind, shapes in plain.items():
        joined = shapely.union_all(shapely.make_valid(np.array(shapes, dtype=object))) if shapes else shapely.Polygon()
        rows += [{"kind": kind, "geometry": part} for part in shapely.get_parts(joined)]
    columns = {c: [row.get(c, TRUTH.get(c)) for row in rows] for c in COLUMNS}
    frame = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([row["geometry"] for row in rows], crs=WGS84), crs=WGS84)
    if frame.empty:
        return frame
    metric = frame.to_crs(crs)
    metric["geometry"] = metric.geometry.simplify(DRAWN_M).make_valid()
    kept = metric.geom_type.isin(["Polygon", "MultiPolygon"]) & (metric.area >= SMALLEST_M2)
    return metric[kept].to_crs(WGS84).reset_index(drop=True)


def _sea(coast: list[Any], frame: Any) -> list[Any]:
    """Return the parts of the frame that lie to the right of the coast."""
    lines = shapely.intersection(np.array(coast, dtype=object), frame) if coast else np.array([], dtype=object)
    lines = lines[~shapely.is_empty(lines)]
    if not len(lines):
        return []
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all([*lines, frame.boundary]))))
    pieces = shapely.get_parts(lines)
    xy, of = shapely.get_coordinates(pieces[shapely.get_type_id(pieces) == 1], return_index=True)
    same = of[1:] == of[:-1]
    start, end = xy[:-1][same], xy[1:][same]
    step = end - start
    length = np.hypot(*step.T)
    start, end, step, length = (a[length > 10 * BESIDE_DEG] for a in (start, end, step, length))
    right = np.column_stack([step[:, 1], -step[:, 0]]) / length[:, None] * BESIDE_DEG
    tree = shapely.STRtree(faces)
    votes = np.zeros((2, len(faces)), dtype=int)
    for side, sign in ((0, 1), (1, -1)):
        beside = shapely.points((start + end) / 2 + sign * right)
        votes[side] = np.bincount(tree.query(beside, predicate="within")[1], minlength=len(faces))
    return list(faces[votes[0] > SURE * votes[1]])
