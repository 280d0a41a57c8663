"""Made-up countries and zones as workspaces on disk, of any size: streets, people as a raster, schools, one zone a quarter."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

__all__ = ["CRS", "country"]

CRS = "EPSG:4548"
EAST, NORTH = 300_000.0, 4_300_000.0
STEP = 80.0
"""From node to node [m], before they are shaken."""
OWN = {"basis": "assumed", "source_id": "own"}


def country(folder: Path, nodes: int, *, seed: int = 0, schools: int | None = None) -> Path:
    """Write a workspace of about so many nodes of streets and return its folder.

    A shaken grid with three in ten streets missing; a cell of 100 m with people for most of the ground; a school for every
    500 nodes, some of them at places of equal distance.
    """
    import rasterio

    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    side = max(round(nodes**0.5), 2)
    row, column = np.divmod(np.arange(side * side), side)
    xy = np.c_[column, row] * STEP + rng.uniform(-25, 25, (side * side, 2)) + [EAST, NORTH]
    at = np.arange(side * side).reshape(side, side)
    ends = np.r_[np.c_[at[:-1].ravel(), at[1:].ravel()], np.c_[at[:, :-1].ravel(), at[:, 1:].ravel()]]
    ends = ends[rng.random(len(ends)) < 0.7]
    lines = shapely.linestrings(np.stack([xy[ends[:, 0]], xy[ends[:, 1]]], axis=1))
    metres = (shapely.length(lines) * rng.uniform(1, 1.3, len(ends))).round(1)
    streets = {"u": ends[:, 0], "v": ends[:, 1], "metres": metres, "class": "street", **OWN}
    gpd.GeoDataFrame(streets, geometry=lines, crs=CRS).to_parquet(folder / "streets.parquet")

    wide = int(side * STEP // 100) + 4
    people = rng.uniform(0, 60, (wide, wide)).astype("float32")
    people[rng.random((wide, wide)) < 0.3] = 0
    profile = {
        "driver": "GTiff", "width": wide, "height": wide, "count": 1, "dtype": "float32", "crs": CRS, "tiled": True,
        "blockxsize": 256, "blockysize": 256, "compress": "deflate",
        "transform": rasterio.transform.from_origin(EAST - 150, NORTH + wide * 100 - 150, 100, 100),
    }  # fmt: skip
    with rasterio.open(folder / "population.tif", "w", **profile) as target:
        target.write(people, 1)
        target.set_band_description(1, "2025")

    count = schools or max(side * side // 500, 2)
    spots = xy[rng.choice(len(xy), count, replace=False)].round(-1) + 5
    rows = pd.DataFrame(
        {"facility_id": [f"S{n}" for n in range(count)], "kind": "primary", "status": "existing", **OWN}
    )
    rows["seats_primary"] = rng.integers(2, 30, count) * 45
    rows["name_zh"] = rows["name_en"] = rows["facility_id"]
    _put(folder, "schools", gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(*spots.T), crs=CRS))
    _put(folder, "clinics", gpd.GeoDataFrame({"facility_id": []}, geometry=[], crs=CRS))
    half, top = side * STEP / 2, side * STEP + 200
    quarters = [shapely.box(EAST + x, NORTH + y, EAST + x2, NORTH + y2) for x, x2 in ((-200, half), (half, top)) for y, y2 in ((-200, half), (half, top))]  # fmt: skip
    zones = pd.DataFrame({"zone_id": [f"Z{n}" for n in range(4)], "level": "zone", **OWN})
    zones["name_zh"] = zones["name_en"] = zones["zone_id"]
    _put(folder, "zones", gpd.GeoDataFrame(zones, geometry=quarters, crs=CRS))
    (folder / "workspace.toml").write_text(
        f'name_zh = "示例 {folder.name}"\nname_en = "Example {folder.name}"\ncrs = "{CRS}"\nyears = [2025]\n\n[standards]\napply = true\n', "utf-8"
    )  # fmt: skip
    own = {"title": "made up", "publisher": "tests", "licence": "CC0", "retrieved": "2026-11-28", "url": "own work"}
    (folder / "SOURCES.json").write_text(json.dumps({"own": own}), "utf-8")
    return folder


def _put(folder: Path, name: str, frame: gpd.GeoDataFrame) -> None:
    (folder / f"{name}.geojson").write_text(frame.to_crs(4326).to_json(), "utf-8")
