"""The base map under everything: sea, waters, green, built-up land, railways, roads and their names, generalised by scale.

Drawn, never asked about. Each of ``LEVELS`` has its own shapes in one file, so that a browser draws no corner that it cannot
show; areas too small for a scale are left out of it. Names say themselves from which zoom they stand.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.workspace import Workspace
from layers.look import draw
from layers.look.water import KNOWN, own_water
from ui.map import look
from ui.map.look import badge, weakest
from ui.map.publish import publish_frame, publish_lines
from ui.words import say

__all__ = [
    "AREAS",
    "ground_files",
    "ground_spec",
    "label_point",
    "link_files",
    "link_spec",
    "water_file",
    "water_spec",
    "way_angle",
]

AREAS = ("builtup", "industrial", "green", "sea", "water")
WAYS = ("river", "other", "arterial", "expressway", "metro", "railway")
CODE = {kind: number for number, kind in enumerate((*AREAS, *WAYS))}
UNSURE = 16
"""Bit of a code: not measured and not sourced. ``ui/map/host/ground.js`` reads it, and the level above it."""
SAME = {"lake": "water", "reservoir": "water"}
LEVELS = ((10, 100.0), (12, 26.0), (14, 6.5), (99, 0.0))
"""Until which zoom a level is drawn, and what its lines are simplified to: two thirds of a pixel there [m of EPSG:3857]."""
PIXEL_Z0 = 156_543.0
SMALLEST_PX = 2.5
NAMED_PX = 70.0
"""An area is named from the zoom on at which it is about this wide."""
NAMED_MOST = 200
PLACES = {
    0: ("zp-water zp-sea", 1.6, 6, 12.5),
    1: ("zp-town zp-city", 4.5, 0, 13),
    2: ("zp-town", 3, 8.75, 14.5),
    3: ("zp-town zp-village", 0.6, 11, 16),
}
"""How a place is named, by rank: look, weight against other names, from and until which zoom."""
CREDITS = {"OpenStreetMap": "© OpenStreetMap contributors", "GeoNames": "© GeoNames"}
SHORE = "#a9c4d2"
LEGEND = {"sea": "#cfdfe6", "water": "#c9dde7", "green": "#dde8d3", "builtup": "#ebe6dc", "industrial": "#e7e3e2"}


def label_point(shape: shapely.Geometry) -> shapely.Point:
    """Return the middle of the widest part, so that a label never stands beside its area."""
    circle = shapely.maximum_inscribed_circle(shape, tolerance=max(shape.length / 400, 1e-6))
    return shapely.Point(shapely.get_coordinates(circle)[0])


def _shapes(workspace: Workspace) -> gpd.GeoDataFrame:
    """Return what is drawn, in EPSG:3857: kind, whether it is sure, names."""
    water = workspace.water if workspace.water.empty else workspace.water[workspace.water["basis"].isin(KNOWN)]
    kinds = np.where(water.geom_type.str.endswith("Polygon"), "water", "river")
    parts = [water.assign(kind=kinds)] if len(water) else []
    if len(workspace.ground):
        ground = workspace.ground[workspace.ground["kind"] != "place"]
        parts.insert(0, ground.assign(kind=ground["kind"].map(lambda k: SAME.get(k, k))))
    columns = ["kind", "name_zh", "name_en", "basis", "geometry"]
    frames = [part.reindex(columns=columns).set_geometry("geometry", crs=workspace.crs) for part in parts]
    empty = gpd.GeoDataFrame({c: [] for c in columns}, geometry="geometry", crs=workspace.crs)
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True) if frames else empty).to_crs(3857)


def ground_files(workspace: Workspace) -> dict[str, Any] | None:
    """Publish the ground and its names; None where a place brings neither."""
    shapes = _shapes(workspace)
    places = workspace.ground[workspace.ground["kind"] == "place"].to_crs(3857) if len(workspace.ground) else None
    if shapes.empty:
        return None
    names = [*_area_names(shapes), *_way_names(shapes)]
    for row in places.to_dict("records") if places is not None else ():
        look_, weight, start, end = PLACES.get(int(row["rank"]) if not pd.isna(row["rank"]) else 3, PLACES[3])
        names.append(_name(row, row["geometry"], look=look_, weight=weight, **{"from": start, "until": end}))
    return {
        **_published(shapes),
        "names": _published_names(names),
        "kinds": [k for k in AREAS if (shapes["kind"] == k).any()],
    }


def link_files(workspace: Workspace) -> dict[str, Any]:
    """Publish the transport lines of the place and their names."""
    shapes = workspace.links[["name_zh", "name_en", "basis", "status", "geometry"]].to_crs(3857).reset_index(drop=True)
    shapes["kind"] = [draw.link_kind(k) for k in workspace.links["kind"]]
    shapes.loc[shapes["status"] == "planned", "basis"] = "assumed"
    return {**_published(shapes), "names": _published_names(list(_way_names(shapes)))}


def _published(shapes: gpd.GeoDataFrame) -> dict[str, Any]:
    """Publish shapes at every level that differs from the next finer one."""
    codes = np.array([CODE[k] for k in shapes["kind"]]) + np.where(shapes["basis"].isin(KNOWN), 0, UNSURE)
    whole = np.asarray(shapes.geometry.array, dtype=object)
    kept: list[tuple[int, np.ndarray, np.ndarray]] = []
    for until, tolerance in reversed(LEVELS):
        lines, owner = _lines(
            shapely.simplify(whole, tolerance) if tolerance else whole, SMALLEST_PX * PIXEL_Z0 / 2**until
        )
        points = int(shapely.get_num_coordinates(lines).sum())
        if kept and points > 0.8 * int(shapely.get_num_coordinates(kept[-1][1]).sum()):
            continue  # hardly fewer corners: the finer level serves this scale too
        kept.append((until, lines, codes[owner]))
    kept.reverse()
    lines = np.concatenate([lines for _, lines, _ in kept])
    ranks = np.concatenate([own + (level << 5) for level, (_, _, own) in enumerate(kept)])
    return {**publish_lines(lines, ranks), "levels": [until for until, _, _ in kept]}


def _lines(shapes: np.ndarray, least_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Return rings and lines, each with its shape's number; holes run against their shells, tiny rings are left out."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, of = shapely.get_rings(shapely.orient_polygons(parts[area]), return_index=True)
    large = shapely.area(shapely.polygons(rings)) >= least_m**2 if len(rings) else np.array([], dtype=bool)
    return np.concatenate([rings[large], parts[~area]]), np.concatenate([owner[area][of][large], owner[~area]]).astype(
        int
    )


def _name(row: Mapping[Any, Any], at: shapely.Point, **how: Any) -> dict[str, Any]:
    zh, en = (row.get(key) if isinstance(row.get(key), str) else None for key in ("name_zh", "name_en"))
    return {"label_zh": zh, "label_en": en or zh, "geometry": at, **how}


def _area_names(shapes: gpd.GeoDataFrame) -> Iterator[dict[str, Any]]:
    named = shapes[shapes["kind"].isin(["water", "green"]) & shapes["name_zh"].notna()]
    named = named[named.geom_type.str.endswith("Polygon")]
    for row in named.loc[named.area.nlargest(NAMED_MOST).index].to_dict("records"):
        shape = row["geometry"]
        start = math.log2(NAMED_PX * PIXEL_Z0 / math.sqrt(shape.area))
        style = "zp-water" if row["kind"] == "water" else "zp-green"
        yield _name(
            row,
            label_point(shape),
            look=style,
            weight=1.5 if style == "zp-water" else 0.5,
            **{"from": round(max(9.0, start), 2), "until": 19},
        )


def _way_names(shapes: gpd.GeoDataFrame) -> Iterator[dict[str, Any]]:
    """Yield names along lines: one in the middle, then ever more between as one comes closer."""
    for row in shapes[shapes["kind"].isin(WAYS) & shapes["name_zh"].notna()].to_dict("records"):
        style = "zp-water" if row["kind"] == "river" else f"zp-road zp-{row['kind']}"
        for line in shapely.get_parts(row["geometry"]):
            room = math.log2(260 * PIXEL_Z0 / max(line.length, 1.0))  # from here on the name is a part of the line
            for turn, share in ((0, (0.5,)), (1, (0.25, 0.75)), (2, (0.125, 0.375, 0.625, 0.875))):
                start = max(10.0, room) + turn * 1.25
                for at in share if start < 18 else ():
                    yield _name(row, line.interpolate(at, normalized=True), look=style, weight=0.3 - turn / 10,
                                angle=way_angle(line, at), **{"from": round(start, 2), "until": 19})  # fmt: skip


def way_angle(line: shapely.LineString, at: float) -> int:
    """Return how a name lies along a line [degrees, clockwise on screen]; never upside down."""
    reach = min(0.06, 400.0 / max(line.length, 1.0))
    a, b = (line.interpolate(min(max(at + d, 0), 1), normalized=True) for d in (-reach, reach))
    turn = -math.degrees(math.atan2(b.y - a.y, b.x - a.x))
    return round(turn - 180 if turn > 90 else turn + 180 if turn <= -90 else turn)


def _published_names(names: list[dict[str, Any]]) -> str | None:
    said = [n for n in names if n["label_zh"]]
    return publish_frame(gpd.GeoDataFrame(said, geometry="geometry", crs=3857))["url"] if said else None


def _credit(workspace: Workspace) -> str:
    """Return whom the map must name: the makers of what it shows."""
    makers = " ".join(str(record.get("publisher")) for record in workspace.sources.values())
    return " · ".join(text for maker, text in CREDITS.items() if maker in makers)


def ground_spec(workspace: Workspace, files: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ground as the lowest layer of the map."""
    file = {key: files[key] for key in ("url", "hash", "names", "levels")}
    return {
        "id": "ground", "kind": "ground", **file, "fade": True, "group": "base", "title": say("layer_ground"), "pane": "zp-water",
        "legend": [{"type": "fill", "color": LEGEND[k], "stroke": look.INK["street"], "text": say(f"ground_{k}")} for k in files["kinds"]],
        "badge": badge(weakest(workspace.ground)) if len(workspace.ground) else None, "credit": _credit(workspace),
    }  # fmt: skip


def link_spec(workspace: Workspace, files: Mapping[str, Any], legend: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the transport lines as a layer."""
    return {
        "id": "links", "kind": "ground", **files, "group": "base", "title": say("layer_links"), "pane": "zp-links",
        "legend": legend, "badge": badge(weakest(workspace.links)),
    }  # fmt: skip


def water_file(workspace: Workspace) -> dict[str, str] | None:
    """Publish the guessed waters; None where there are none."""
    water = own_water(workspace)
    if water.empty:
        return None
    frame = water[["basis", "geometry"]].reset_index(drop=True)
    frame["label_zh"] = water["name_zh"].fillna("").to_list()
    frame["label_en"] = water["name_en" if "name_en" in water else "name_zh"].fillna("").to_list()
    return publish_frame(frame)


def water_spec(workspace: Workspace, file: Mapping[str, str]) -> dict[str, Any]:
    """Return the guessed waters as a layer."""
    return {
        "id": "water", **file, "group": "base", "title": say("layer_water"), "pane": "zp-lakes",
        "style": {"color": SHORE, "weight": 1, "fillColor": LEGEND["water"], "fillOpacity": 1}, "rules": [look.BASIS_RULE],
        "label": {"className": "zp-water", "rank": 1, "from": 11},
        "legend": [{"type": "fill", "color": LEGEND["water"], "stroke": SHORE}], "badge": badge(weakest(own_water(workspace))),
    }  # fmt: skip
