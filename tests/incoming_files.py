"""Small files of planners for the tests of the import, and what was said of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from layers.incoming import Incoming

DATA = Path(__file__).resolve().parents[1] / "data"


SURVEY = {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}}
"""What a GeoJSON of a survey says of its degrees; without it they are asked about inside China."""


def geojson(
    folder: Path, features: list[dict[str, Any]], name: str = "a.geojson", *, survey: bool = True, **more: Any
) -> Path:
    """Write a GeoJSON, of a survey unless it shall say nothing of its degrees."""
    path = folder / name
    told = {**(SURVEY if survey else {}), "type": "FeatureCollection", "features": features, **more}
    path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    return path


def school(name: str, lon: float, lat: float, **more: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"名称": name, **more},
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
    }


def texts(result: Incoming, level: str) -> str:
    return "\n".join(str(f) for f in result.findings if f.level == level)
