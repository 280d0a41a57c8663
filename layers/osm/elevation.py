"""Heights from a raster, and streets made longer by their slopes (off by default)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer
from rasterio.windows import Window

from geo.errors import Finding, InputError
from geo.network.slope import level_metres
from layers.workspace.population import open_geotiff

__all__ = ["heights_at", "with_slope"]

STEP_M = 30.0
"""Links are cut into steps of this length [m], about the cell of the usual height models (SRTM, 1 arc second)."""
MAX_CELLS = 200_000_000

Floats = npt.NDArray[np.float64]


def heights_at(dem: str | Path, x: npt.ArrayLike, y: npt.ArrayLike, *, crs: Any) -> Floats:
    """Return the height [m] at points, between the four cell centres around each (bilinear).

    Parameters
    ----------
    dem
        GeoTIFF of heights [m], band 1, any CRS; only the window around the points is read.
    x, y
        Coordinates in ``crs``.
    crs
        Reference system of the points.

    Returns
    -------
    heights
        NaN outside the raster or beside a cell without data.

    Raises
    ------
    InputError
        If the file is not a readable GeoTIFF, or the points span more than 200 million cells.
    """
    with open_geotiff(Path(dem)) as source:
        east, north = Transformer.from_crs(crs, source.crs, always_xy=True).transform(
            np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        )
        columns, rows = ~source.transform * (np.asarray(east), np.asarray(north))
        columns, rows = columns - 0.5, rows - 0.5  # from cell corners to cell centres
        inside = (columns >= 0) & (rows >= 0) & (columns <= source.width - 1) & (rows <= source.height - 1)
        out = np.full(columns.shape, np.nan)
        if not inside.any():
            return out
        left, top = int(columns[inside].min()), int(rows[inside].min())
        width = min(int(columns[inside].max()) + 2, source.width) - left
        height = min(int(rows[inside].max()) + 2, source.height) - top
        if width * height > MAX_CELLS:
            raise InputError(
                [Finding("error", "高程栅格窗口过大；请先裁剪到城市范围", "the height window is too large; clip it to the city", Path(dem).name)]
            )  # fmt: skip
        data = source.read(1, window=Window(left, top, width, height), masked=True).astype(float).filled(np.nan)
    out[inside] = _bilinear(data, columns[inside] - left, rows[inside] - top)
    return out


def _bilinear(data: Floats, columns: Floats, rows: Floats) -> Floats:
    c0, r0 = np.floor(columns).astype(int), np.floor(rows).astype(int)
    c1, r1 = np.minimum(c0 + 1, data.shape[1] - 1), np.minimum(r0 + 1, data.shape[0] - 1)
    right, down = columns - c0, rows - r0
    upper = data[r0, c0] * (1 - right) + data[r0, c1] * right
    lower = data[r1, c0] * (1 - right) + data[r1, c1] * right
    return upper * (1 - down) + lower * down


def with_slope(streets: gpd.GeoDataFrame, dem: str | Path) -> gpd.GeoDataFrame:
    """Return streets whose ``metres`` are the level ground that takes as long to walk; the map's go to ``map_metres``.

    Parameters
    ----------
    streets
        Links in a metric CRS, as ``Network.from_links`` takes them.
    dem
        GeoTIFF of heights [m]. Bridges and tunnels follow the ground of the raster: their slopes are too steep.

    Returns
    -------
    streets
        A copy. Where the raster has no height, the link is taken as level. The mean of both directions is used,
        because walking is not directed here.

    Raises
    ------
    InputError
        As `heights_at`.
    """
    out = streets.copy()
    out["map_metres"] = out["metres"]
    if out.empty:
        return out
    lines = shapely.segmentize(np.asarray(out.geometry.array), STEP_M)
    xy, link = shapely.get_coordinates(lines, return_index=True)
    height = heights_at(dem, xy[:, 0], xy[:, 1], crs=out.crs)
    step = link[1:] == link[:-1]
    run = np.hypot(*(xy[1:] - xy[:-1]).T)[step]
    ends = np.column_stack([height[:-1], height[1:]])[step]
    level = level_metres(run, ends, link[1:][step], links=len(out))
    drawn = np.bincount(link[1:][step], weights=run, minlength=len(out))
    factor = np.divide(level, drawn, out=np.ones(len(out)), where=drawn > 0)
    out["metres"] = out["map_metres"] * factor
    return out
