"""SOURCES.json: where every number comes from, and the checksum of every file made here."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import rasterio

from data.build.tables import METRIC, toml

OWN = {
    "publisher": "Zone Planner",
    "licence": "same as this project; lines and stations from OpenStreetMap stay under ODbL 1.0, see osm-stations and osm-rail",
    "retrieved": "2026-11-22",
    "url": "own work",
}


def _rows(path: Path) -> tuple[str | None, int | None]:
    """Return the reference system of a file and its number of features, rows or cells."""
    if path.suffix == ".geojson":
        return "EPSG:4326", len(json.loads(path.read_text(encoding="utf-8"))["features"])
    if path.suffix == ".parquet":
        return "EPSG:4326", len(gpd.read_parquet(path))
    if path.suffix == ".tif":
        with rasterio.open(path) as raster:
            return METRIC, raster.width * raster.height
    if path.suffix == ".csv":
        return None, path.read_text(encoding="utf-8").count("\n") - 1
    return None, None


def build(out: Path) -> None:
    """Write SOURCES.json; every other file must be there already."""
    records: dict[str, dict[str, Any]] = {}
    for key, record in toml("sources").items():
        records[key] = dict(record)
        if "file" in record:
            path = out / record["file"]
            crs, rows = _rows(path)
            records[key] = OWN | records[key] | {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            records[key] |= {k: v for k, v in {"crs": crs, "rows": rows}.items() if v is not None}
    text = json.dumps(records, ensure_ascii=False, indent=1, sort_keys=True)
    (out / "SOURCES.json").write_text(text + "\n", encoding="utf-8", newline="\n")
