"""GeoTIFF out: cell results as a raster in the metric system, one band a column, missing as NaN."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio

from geo.crs import require_metric
from geo.errors import InputError
from geo.text import Text
from layers.look.overlay import grid
from layers.write.atomic import writing
from layers.write.geojson import AnswerLike, meta

__all__ = ["write"]


def write(
    cells: gpd.GeoDataFrame,
    columns: str | Sequence[str] | None,
    path: str | os.PathLike[str],
    *,
    cell_metres: float,
    meta: AnswerLike | Mapping[str, Any] | None = None,
) -> Path:
    """Write number columns of cells as bands of a GeoTIFF in one step and return the path.

    Parameters
    ----------
    cells
        Cell centres (points) in a metric CRS.
    columns
        Column or columns to write; None for all number columns. ``inf`` (unreachable) stays infinite.
    cell_metres
        Width of a cell [m]. Cells off a regular grid are spread over squares of a quarter of it, each with the value
        of the nearest centre: then values are to be looked at, not summed, and the tag ``resampled`` says so.
    meta
        An answer or its members, kept as the tag ``ZONEPLAN`` (JSON).

    Raises
    ------
    CrsError
        If the CRS is missing or not in metres.
    InputError
        If there are no cells or no number column.
    """
    crs = require_metric(cells.crs)
    chosen = _chosen(cells, columns)
    if absent := [c for c in chosen if c not in cells]:
        raise InputError(Text(f"没有这些列：{'、'.join(absent)}", f"no such columns: {', '.join(absent)}"))
    if not chosen:
        raise InputError(Text("没有可写成栅格的数值列", "there is no number column to write as a raster"))
    bands = [
        grid(cells, pd.to_numeric(cells[c], errors="coerce").to_numpy(float, na_value=np.nan), cell_metres)
        for c in chosen
    ]
    height, width = bands[0][0].shape
    transform = bands[0][1]
    about = _members(meta)
    profile = {"driver": "GTiff", "width": width, "height": height, "count": len(bands), "dtype": "float64",
               "crs": crs.to_wkt(), "transform": transform, "nodata": np.nan, "compress": "deflate", "predictor": 3}  # fmt: skip
    with writing(path) as draft, rasterio.open(draft, "w", **profile) as file:
        for i, (name, (array, _)) in enumerate(zip(chosen, bands, strict=True), start=1):
            file.write(array, i)
            file.set_band_description(i, name)
        file.update_tags(ZONEPLAN=json.dumps(about, ensure_ascii=False, allow_nan=False))
        if abs(transform.a - cell_metres) > 1e-9:
            file.update_tags(resampled=f"nearest cell centre within {cell_metres:g} m")
    return Path(path)


def _chosen(cells: gpd.GeoDataFrame, columns: str | Sequence[str] | None) -> list[str]:
    if columns is not None:
        return [columns] if isinstance(columns, str) else list(columns)
    others = [str(c) for c in cells.columns if c != cells.geometry.name]
    return [c for c in others if pd.api.types.is_numeric_dtype(cells[c]) and not pd.api.types.is_bool_dtype(cells[c])]


def _members(about: AnswerLike | Mapping[str, Any] | None) -> dict[str, Any]:
    return meta(about) if about is not None else {}
