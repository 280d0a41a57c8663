"""population.tif: residents in 100 m cells, whole persons, clustered where people are taken to live."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
import shapely
import shapely.affinity
from rasterio.transform import from_origin

from data.build import streets, transport, zones
from data.build.tables import METRIC, noise, table

CELL_M = 100
YEARS = (2020, 2025)
SCATTERED = 0.04
"""Share of a sub-area's residents living outside its patches (works dormitories, old houses)."""
HAMLET = 1.32
"""Cells outside the patches with a draw above this hold the scattered residents: about one in ten."""
EMPTY = 0.2
"""Share of the cells of a patch that are parks, schools or shops."""
CORE = 0.7
"""Share of a patch's width and depth that is housing; the rest of it is streets of shops, offices and parks. Housing
then holds 15 to 25 thousand people a square kilometre, what five-minute circles have (GB 50180-2018, 2.0.4)."""
CLEAR_M = 40.0


def cells() -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Return centres x, y [m] of all cells around the zones, row by row from the north-west, and the shape."""
    bounds = shapely.total_bounds(list(zones.shapes_m().values()))
    west, south = np.floor(bounds[:2] / CELL_M) * CELL_M
    east, north = np.ceil(bounds[2:] / CELL_M) * CELL_M
    x = np.arange(west + CELL_M / 2, east, CELL_M)
    y = np.arange(north - CELL_M / 2, south, -CELL_M)
    xx, yy = np.meshgrid(x, y)
    return xx.ravel(), yy.ravel(), xx.shape


def whole(weights: np.ndarray, total: int) -> np.ndarray:
    """Return whole numbers like ``weights`` that sum to ``total`` (largest remainders; ties to the first)."""
    share = weights / weights.sum() * total
    low = np.floor(share)
    rest = np.argsort(-(share - low), kind="stable")[: round(float(total - low.sum()))]
    low[rest] += 1
    return low


def people() -> tuple[dict[int, np.ndarray], tuple[int, int]]:
    """Return residents per cell for each year, NaN outside the zones, and the shape of the grid."""
    x, y, shape = cells()
    leaves = zones.shapes_m()
    wet = shapely.union_all([w for _, w in transport.water()] + list(streets.barriers().values())).buffer(CLEAR_M)
    dry = ~shapely.contains_xy(wet, x, y)
    patches = streets.patch_shapes()
    vary = 0.6 + 0.8 * noise(x.astype(np.int64), y.astype(np.int64), 31)
    vary = np.where(noise(x.astype(np.int64), y.astype(np.int64), 32) < EMPTY, 0.0, vary)
    out = {year: np.full(len(x), np.nan) for year in YEARS}
    for row in table("population").itertuples():
        inside = shapely.contains_xy(leaves[row.zone_id], x, y)
        for year in YEARS:
            total = int(getattr(row, f"people_{year}"))
            dense = np.zeros(len(x))
            for patch in patches[patches["zone_id"] == row.zone_id].itertuples():
                housing = shapely.affinity.scale(patch.geometry, CORE, CORE)
                within = inside & dry & shapely.contains_xy(housing, x, y)
                dense += np.where(within, vary * getattr(patch, f"weight_{year}"), 0.0)
            loose = np.where(inside & dry & (dense == 0) & (vary > HAMLET), vary - 1.0, 0.0)
            count = whole(dense, total - round(total * SCATTERED)) + whole(loose, round(total * SCATTERED))
            out[year][inside] = count[inside]
    return out, shape


def build(out: Path) -> None:
    """Write population.tif."""
    counts, shape = people()
    x, y, _ = cells()
    profile = {
        "driver": "GTiff",
        "dtype": "float32",
        "count": len(YEARS),
        "height": shape[0],
        "width": shape[1],
        "crs": METRIC,
        "transform": from_origin(x.min() - CELL_M / 2, y.max() + CELL_M / 2, CELL_M, CELL_M),
        "nodata": float("nan"),
        "compress": "deflate",
        "predictor": 3,
        "zlevel": 9,
    }
    with rasterio.open(out / "population.tif", "w", **profile) as raster:
        for band, year in enumerate(YEARS, start=1):
            raster.write(counts[year].reshape(shape).astype(np.float32), band)
            raster.set_band_description(band, str(year))
