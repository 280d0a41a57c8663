"""Map layers as static files named by their content, so that a browser fetches each once and redraws only changes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.home import published
from layers.write import geojson

__all__ = ["FOLDER", "publish", "publish_frame", "publish_lines", "publish_streets", "sweep"]

FOLDER = published()
KEEP_DAYS = 14
HASH_LENGTH = 20
STREET_TOLERANCE_M = 1.5
"""Streets are drawn, not measured: vertices that move a line by less than this are left out [m]."""

GRID_M = 0.5
"""Corners of lines lie on a grid of this size [m of EPSG:3857]: less than a pixel at the closest zoom."""

STREET_RANK: dict[str, int] = {
    **dict.fromkeys(("motorway", "trunk", "primary", "arterial", "motorway_link", "trunk_link", "primary_link", "expressway"), 0),
    **dict.fromkeys(("secondary", "tertiary", "collector", "secondary_link", "tertiary_link", "main", "crossing"), 1),
    **dict.fromkeys(("residential", "unclassified", "living_street", "local", "street", "road", "branch"), 2),
}  # fmt: skip
"""How important a street class is on the map; classes not named here are footways and service roads (3)."""


def publish(content: bytes, suffix: str, name: str = "") -> dict[str, str]:
    """Write ``content`` under its own hash, or a name that says as much, and return ``hash`` and the ``url`` relative to the page.

    Written to a temporary name and renamed, so that no browser ever reads half a file.
    """
    digest = name or hashlib.sha256(content).hexdigest()[:HASH_LENGTH]
    path = FOLDER / f"{digest}.{suffix}"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=FOLDER, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    else:
        path.touch()
    return {"hash": digest, "url": f"app/static/layers/{path.name}"}


def publish_frame(frame: gpd.GeoDataFrame) -> dict[str, str]:
    """Publish a frame as GeoJSON (WGS84) with its columns as properties."""
    return publish(geojson.dumps(frame).encode(), "geojson")


def publish_streets(streets: gpd.GeoDataFrame) -> dict[str, str]:
    """Publish a street network as one binary file for the map's own street painter, the rank of each as its code."""
    lines = shapely.simplify(np.asarray(streets.geometry.array, dtype=object), STREET_TOLERANCE_M)
    drawn = gpd.GeoSeries(lines, crs=streets.crs).to_crs(3857)
    rank = streets["class"].fillna("").map(lambda name: STREET_RANK.get(str(name).split(";")[0], 3))
    return publish_lines(np.asarray(drawn.array, dtype=object), rank.to_numpy())


def publish_lines(lines: np.ndarray, codes: np.ndarray) -> dict[str, str]:
    """Publish lines or rings in EPSG:3857, each with a code of one byte, as one compact binary file.

    Layout, little-endian: two uint32 (lines, points); origin x, y as float64 in EPSG:3857; uint32 corners of each line;
    the steps from corner to corner in x, then in y, in units of ``GRID_M``, whole and with the sign in the lowest bit, as
    uint32; one uint8 a line. Each uint32 stands in four runs of bytes, all lowest ones first: most are small, and what is
    alike packs well.
    """
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    counts = np.bincount(owner, minlength=len(lines))
    origin = xy.min(axis=0) if len(xy) else np.zeros(2)
    steps = np.diff(np.rint((xy - origin) / GRID_M).astype(np.int64), axis=0, prepend=np.zeros((1, 2), np.int64))
    signed = (steps << 1) ^ (steps >> 63)
    parts: list[Any] = [
        np.array([len(lines), len(xy)], "<u4"),
        np.asarray(origin, "<f8"),
        *(_in_runs(values) for values in (counts, signed[:, 0], signed[:, 1])),
        codes.astype("u1"),
    ]
    return publish(b"".join(part.tobytes() for part in parts), "bin")


def _in_runs(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values.astype("<u4").view("u1").reshape(-1, 4).T)


def sweep(now: float | None = None) -> None:
    """Remove published files that nobody asked for in the last fortnight."""
    oldest = (now if now is not None else time.time()) - KEEP_DAYS * 86_400
    for path in FOLDER.glob("*.*") if FOLDER.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):  # another process has just put it in its place, or removed it
            if path.stat().st_mtime < oldest:
                path.unlink()
