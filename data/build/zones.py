"""zones.geojson: rings of named points, so that neighbours share their corners."""

from __future__ import annotations

from pathlib import Path

from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from data.build.tables import in_metres, table, toml, write_geojson

FIELDS = (
    "zone_id", "parent_id", "level", "name_zh", "name_en", "short_zh", "role_zh", "role_en", "functions",
    "carriers", "area_km2_published", "clause", "sides", "basis", "accuracy_m", "source_id", "note",
)  # fmt: skip


def shapes() -> dict[str, Polygon]:
    """Return the polygon of every zone and sub-area in degrees."""
    points = {p.point: (p.lon, p.lat) for p in table("points").itertuples()}
    return {z["zone_id"]: Polygon([points[name] for name in z["ring"].split()]) for z in toml("zones")["zone"]}


def shapes_m() -> dict[str, BaseGeometry]:
    """Return the polygons in metres."""
    return {key: in_metres(shape) for key, shape in shapes().items()}


def sub_area_ids() -> list[str]:
    """Return the leaves: the sub-areas, and zones without any."""
    rows = toml("zones")["zone"]
    parents = {z.get("parent_id") for z in rows}
    return [z["zone_id"] for z in rows if z["zone_id"] not in parents]


def build(out: Path) -> None:
    """Write zones.geojson."""
    drawn = shapes()
    rows = [({name: zone.get(name) for name in FIELDS}, drawn[zone["zone_id"]]) for zone in toml("zones")["zone"]]
    write_geojson(out / "zones.geojson", "zones", rows)
