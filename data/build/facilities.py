"""schools.geojson, clinics.geojson and facilities.geojson: what is known by name, the rest numbered and called assumed."""

from __future__ import annotations

from pathlib import Path

from shapely.geometry import Point

from data.build.tables import table, write_geojson


def build(out: Path) -> None:
    """Write the three layers."""
    tables = {"schools": "schools", "clinics": "clinics", "facilities": "facilities_other"}
    for name, source in tables.items():
        rows = []
        for row in table(source).to_dict("records"):
            lon, lat = row.pop("lon"), row.pop("lat")
            rows.append((row, Point(lon, lat)))
        write_geojson(out / f"{name}.geojson", name, rows)
