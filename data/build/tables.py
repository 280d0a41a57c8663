"""Reads the tables, moves between degrees and metres, and writes files whose bytes never wander."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

TABLES = Path(__file__).parent / "tables"
METRIC = "EPSG:4548"
TO_METRES = pyproj.Transformer.from_crs("EPSG:4326", METRIC, always_xy=True)
DECIMALS = 6
"""Decimals of a written coordinate: 0.1 m, far finer than anything known here."""


def table(name: str) -> pd.DataFrame:
    """Return the CSV table ``name``; numbers as numbers, empty text as ""."""
    frame = pd.read_csv(TABLES / f"{name}.csv", encoding="utf-8")
    text = frame.columns[frame.dtypes.map(lambda t: not pd.api.types.is_numeric_dtype(t))]
    frame[text] = frame[text].fillna("")
    return frame


def toml(name: str) -> dict[str, Any]:
    """Return the TOML table ``name``."""
    return tomllib.loads((TABLES / f"{name}.toml").read_text(encoding="utf-8"))


def metres(lonlat: Any) -> np.ndarray:
    """Return easting and northing [m] of ``lonlat`` [degrees], shape (n, 2)."""
    x, y = TO_METRES.transform(*np.asarray(lonlat, float).reshape(-1, 2).T)
    return np.column_stack([x, y])


def degrees(xy: Any) -> np.ndarray:
    """Return longitude and latitude [degrees] of ``xy`` [m], shape (n, 2), not rounded."""
    x, y = TO_METRES.transform(*np.asarray(xy, float).reshape(-1, 2).T, direction="INVERSE")
    return np.column_stack([x, y])


def in_metres(geometry: BaseGeometry) -> BaseGeometry:
    """Return a geometry in degrees as one in metres."""
    return shapely.transform(geometry, metres)


def in_degrees(geometry: BaseGeometry) -> BaseGeometry:
    """Return a geometry in metres as one in degrees, rounded to what is written."""
    return shapely.transform(geometry, lambda xy: np.round(degrees(xy), DECIMALS))


def noise(*keys: Any) -> np.ndarray:
    """Return even noise in [0, 1) that depends on nothing but the whole-number ``keys`` (splitmix64)."""
    with np.errstate(over="ignore"):
        state = np.uint64(0x9E3779B97F4A7C15)
        for key in keys:
            state = (state ^ np.asarray(key, np.int64).astype(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state = state ^ (state >> np.uint64(31))
    return (state >> np.uint64(11)).astype(float) / 2.0**53


def plain(value: Any) -> Any:
    """Return ``value`` as JSON knows it: None for missing, whole numbers without a point."""
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
        return plain(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None if value == "" else value


def write_geojson(path: Path, name: str, rows: list[tuple[dict[str, Any], BaseGeometry | None]]) -> None:
    """Write one feature a line, right-handed, in longitude and latitude."""
    lines = []
    for properties, geometry in rows:
        shape = None
        if geometry is not None:
            if geometry.geom_type == "Polygon":
                geometry = orient(geometry)
            shape = mapping(geometry)
        feature = {"type": "Feature", "properties": {k: plain(v) for k, v in properties.items()}, "geometry": shape}
        lines.append(json.dumps(feature, ensure_ascii=False, allow_nan=False, separators=(", ", ": ")))
    body = ",\n".join(lines)
    head = json.dumps({"type": "FeatureCollection", "name": name}, ensure_ascii=False)[:-1]
    path.write_text(f'{head}, "features": [\n{body}\n]}}\n', encoding="utf-8", newline="\n")


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write UTF-8 without a mark, line feeds, whole numbers without a point."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(frame.columns)
        for row in frame.itertuples(index=False):
            writer.writerow(["" if (v := plain(value)) is None else v for value in row])
