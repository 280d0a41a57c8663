"""A workspace on disk that opens in a moment: one zone of a kilometre, two schools, two clinics, a cross of streets."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from layers.incoming import Incoming
from layers.write import geojson

__all__ = ["HERE", "found", "put", "village"]

HERE = (117.65, 39.05)
"""South-west corner of the village [degrees]."""
STEP = 0.01
COLUMNS: dict[str, Any] = {"status": "existing", "basis": "sourced", "source_id": "own"}


def at(x: float, y: float) -> list[float]:
    """Return a place in the village, 0 to 1 from its corner."""
    return [round(HERE[0] + STEP * x, 7), round(HERE[1] + STEP * y, 7)]


def row(**more: Any) -> dict[str, Any]:
    """Return a feature: ``x`` and ``y`` its place in the village, the rest its columns."""
    place = {"type": "Point", "coordinates": at(more.pop("x"), more.pop("y"))}
    return {"type": "Feature", "properties": {**COLUMNS, **more}, "geometry": place}


SCHOOLS = (
    row(facility_id="S1", name_zh="一小", kind="primary", seats_primary=540, accuracy_m=10, x=0.2, y=0.2),
    row(facility_id="S2", name_zh="二中", kind="junior", seats_junior=450, accuracy_m=10, x=0.8, y=0.8),
)
CLINICS = (
    row(facility_id="C1", name_zh="村医院", kind="hospital", beds=50, x=0.5, y=0.4),
    row(facility_id="C2", name_zh="卫生站", kind="health_station", x=0.5, y=0.6),
)


def put(folder: Path, name: str, features: Any) -> Path:
    """Write a GeoJSON file and return its path."""
    path = folder / f"{name}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}, ensure_ascii=False), "utf-8")
    return path


def village(folder: Path) -> Path:
    """Write the workspace into a new folder and return it."""
    folder.mkdir(parents=True)
    (folder / "workspace.toml").write_text(
        'name_zh = "村"\nname_en = "Village"\ncrs = "EPSG:4548"\nyears = [2025]\n', "utf-8"
    )
    ring = [at(0, 0), at(1, 0), at(1, 1), at(0, 1), at(0, 0)]
    zone = {"zone_id": "z", "level": "zone", "name_zh": "村", **COLUMNS}
    put(
        folder,
        "zones",
        [{"type": "Feature", "properties": zone, "geometry": {"type": "Polygon", "coordinates": [ring]}}],
    )
    put(folder, "schools", SCHOOLS)
    put(folder, "clinics", CLINICS)
    lines = [shapely.LineString([at(0, 0.5), at(1, 0.5)]), shapely.LineString([at(1, 0.5), at(1, 1)])]
    streets = {"u": [1, 2], "v": [2, 3], "metres": [866.0, 555.0], "class": ["street"] * 2, "basis": ["sourced"] * 2}
    gpd.GeoDataFrame({**streets, "source_id": ["own"] * 2}, geometry=lines, crs=4326).to_parquet(
        folder / "streets.parquet"
    )
    people = [f"{at(x, y)[0]},{at(x, y)[1]},100" for x in (0.25, 0.75) for y in (0.25, 0.75)]
    (folder / "population.csv").write_text("\n".join(["lon,lat,people_2025", *people]) + "\n", "utf-8")
    own = {"title": "村", "publisher": "村", "licence": "CC0", "retrieved": "2026-11-01", "url": "own work"}
    (folder / "SOURCES.json").write_text(json.dumps({"own": own}, ensure_ascii=False), "utf-8")
    return folder


def found(frame: gpd.GeoDataFrame, path: Path, layer: str) -> Incoming:
    """Return a frame as what the door for files would have made of it; ``path`` is written as the file."""
    geojson.write(frame, path)
    return Incoming(frame, (), (), hashlib.sha256(path.read_bytes()).hexdigest(), layer, path.name)
