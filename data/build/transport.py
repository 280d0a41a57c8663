"""links.geojson, stops.geojson and water.geojson."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.affinity import rotate, scale, translate
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from data.build.tables import in_degrees, metres, table, write_geojson


def lines() -> dict[str, LineString]:
    """Return every transport line by its id, in degrees."""
    points = table("lines").sort_values(["link_id", "seq"], kind="stable")
    return {str(key): LineString(rows[["lon", "lat"]].to_numpy()) for key, rows in points.groupby("link_id")}


def ellipse(lon: float, lat: float, a_m: float, b_m: float, angle_deg: float) -> BaseGeometry:
    """Return an ellipse [m]: half axes ``a_m`` (turned ``angle_deg`` from east, anticlockwise) and ``b_m``."""
    x, y = metres([lon, lat])[0]
    unit = Point(0, 0).buffer(1, quad_segs=8)
    return translate(rotate(scale(unit, a_m, b_m), angle_deg, origin=(0, 0)), x, y)


def water() -> list[tuple[dict[str, Any], BaseGeometry]]:
    """Return the water bodies with their properties, in metres."""
    rows: list[tuple[dict[str, Any], BaseGeometry]] = []
    for w in table("water").itertuples():
        shape = ellipse(w.lon, w.lat, w.a_m, w.b_m, w.angle_deg)
        rows.append((_properties(w), shape))
    for w in table("water_lines").itertuples():
        course = metres([tuple(map(float, p.split())) for p in w.points.split(";")])
        rows.append((_properties(w), LineString(course).buffer(w.width_m / 2, cap_style="flat", quad_segs=3)))
    return rows


def _properties(w: Any) -> dict[str, Any]:
    return {
        "water_id": w.water_id,
        "name_zh": w.name_zh,
        "name_en": w.name_en,
        "kind": w.kind,
        "basis": "estimated",
        "accuracy_m": w.accuracy_m,
        "source_id": w.source_id,
        "note": w.note,
    }


def build(out: Path) -> None:
    """Write the three layers."""
    drawn = lines()
    links = [(row, drawn[row["link_id"]]) for row in table("links").to_dict("records")]
    write_geojson(out / "links.geojson", "links", links)
    stops = []
    for row in table("stops").to_dict("records"):
        lon, lat = row.pop("lon"), row.pop("lat")
        stops.append((row, Point(lon, lat)))
    write_geojson(out / "stops.geojson", "stops", stops)
    write_geojson(out / "water.geojson", "water", [(p, in_degrees(shapely.simplify(g, 1.0))) for p, g in water()])
    assert all(np.isfinite(g.length) for _, g in links)
