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

__all__ = ["heights_at", "with_slope", "with_slopes"]

STEP_M = 30.0
"""Links are cut into steps of this length [m], about the cell of the usual height models (SRTM, 1 arc second)."""
SLOPE_STEP_M = 100.0
"""Slopes that stop a wheelchair are those over about so many metres [m]: on less, a height model mostly shows its errors."""
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


def with_slopes(ways: gpd.GeoDataFrame, dem: str | Path | None) -> gpd.GeoDataFrame:
    """Return ways with ``slope`` (from beginning to end) and ``steepest`` (of any part, up or down), rise / run.

    Parameters
    ----------
    ways
        In a metric CRS, with ``metres``, ``incline`` (rise / run, NaN where the map says nothing) and ``bridge`` (bridges
        and tunnels, which do not follow the ground: taken as even between their ends). Both columns are used up.
    dem
        GeoTIFF of heights [m]; None where there is none. What the map says of a slope goes before it.

    Returns
    -------
    ways
        NaN where neither says anything.

    Raises
    ------
    InputError
        As `heights_at`.
    """
    out = ways.drop(columns=["incline", "bridge"])
    incline = ways["incline"].to_numpy(dtype=float)
    slope, steepest = np.full(len(ways), np.nan), np.full(len(ways), np.nan)
    if dem is not None and len(ways):
        lines = np.asarray(ways.geometry.array).copy()
        whole = ways["bridge"].to_numpy(dtype=bool)
        ends = shapely.get_coordinates([shapely.get_point(lines, 0), shapely.get_point(lines, -1)]).reshape(2, -1, 2)
        lines[whole] = shapely.linestrings(np.swapaxes(ends, 0, 1))[whole]
        lines[~whole] = [_even(line) for line in lines[~whole]]
        xy, link = shapely.get_coordinates(lines, return_index=True)
        height = heights_at(dem, xy[:, 0], xy[:, 1], crs=ways.crs)
        first, last = (
            np.searchsorted(link, np.arange(len(ways))),
            np.searchsorted(link, np.arange(len(ways)), "right") - 1,
        )
        metres = ways["metres"].to_numpy(dtype=float)
        slope = np.divide(height[last] - height[first], metres, out=np.zeros(len(ways)), where=metres > 0)
        parts = last - first
        run = (metres / parts)[link[1:]]
        step = (link[1:] == link[:-1]) & np.isfinite(height[1:] - height[:-1]) & (run > 0)
        steepest = np.zeros(len(ways))
        np.maximum.at(steepest, link[1:][step], np.abs(height[1:] - height[:-1])[step] / run[step])
        steepest[~np.isfinite(slope)] = np.nan
    told = np.isfinite(incline)
    slope[told], steepest[told] = incline[told], np.abs(incline)[told]
    return out.assign(slope=slope, steepest=steepest)


def _even(line: Any) -> Any:
    """Return a line through points at even distances along it, about ``SLOPE_STEP_M`` apart."""
    count = max(1, round(line.length / SLOPE_STEP_M))
    return shapely.linestrings(shapely.get_coordinates(line.interpolate(np.linspace(0, 1, count + 1), normalized=True)))
