"""What a table of features may hold in the formats that GDAL writes: plain columns, one geometry family."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import InputError
from geo.text import Text
from layers.write.geojson import plain
from layers.write.tables import flat

__all__ = ["as_multi", "by_family", "layer_name", "named_layers", "plain_fields", "plain_table", "with_index"]

FAMILIES = {"point": (0, 4), "line": (1, 2, 5), "polygon": (3, 6)}
_NOT_IN_NAMES = re.compile(r"[^a-z0-9_]+")


def layer_name(text: str) -> str:
    """Return a short name for a table or file made of ``a-z0-9_`` only; user text never gets further."""
    name = _NOT_IN_NAMES.sub("_", text.lower()).strip("_")[:40]
    return name if name and not name[0].isdigit() else f"layer_{name}".rstrip("_")


def named_layers(layers: gpd.GeoDataFrame | Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the frames to write by name; a single frame is called ``layer``.

    Raises
    ------
    InputError
        If there is nothing to write.
    """
    named = {"layer": layers} if isinstance(layers, gpd.GeoDataFrame) else dict(layers)
    if not named:
        raise InputError(Text("没有可导出的图层", "there is no layer to export"))
    return named


def with_index(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame with named index levels as its first columns and a plain index."""
    named = [n for n in frame.index.names if n is not None and n not in frame.columns]
    moved = frame.reset_index(level=named) if named and len(named) < frame.index.nlevels else frame
    moved = frame.reset_index() if named and moved is frame else moved
    return moved.reset_index(drop=True)


def plain_fields(frame: gpd.GeoDataFrame, *, infinite: bool = True) -> gpd.GeoDataFrame:
    """Return the frame with columns that every format takes: numbers, truth values, dates and text.

    Parameters
    ----------
    infinite
        Keep infinity (unreachable) in number columns; without it, it becomes missing.
    """
    result = with_index(frame)
    result.columns = [str(c) for c in result.columns]
    if len(set(result.columns)) < result.shape[1]:
        raise InputError(Text("列名重复，请改名", "two columns have the same name, rename one"))
    for name in result.columns:
        if name != result.geometry.name:
            result[name] = _plain(result[name], infinite=infinite)
    return result


def plain_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table without shapes with columns that every format takes, index levels among them."""
    carried = gpd.GeoDataFrame(flat(frame), geometry=gpd.GeoSeries([None] * len(frame), crs=4326), crs=4326)
    return pd.DataFrame(plain_fields(carried).drop(columns="geometry"))


def _plain(column: pd.Series, *, infinite: bool) -> pd.Series:
    kind = getattr(column.dtype, "kind", "O")
    if kind == "f" and not infinite:
        return column.replace([np.inf, -np.inf], np.nan)
    if kind in "iubfM":
        return column
    values = column.tolist()
    known = [v for v in values if not _missing(v)]
    if known and all(isinstance(v, bool | np.bool_) for v in known):
        return pd.Series([None if _missing(v) else bool(v) for v in values], index=column.index, dtype="boolean")
    if known and all(isinstance(v, int | float | np.number) and not isinstance(v, bool) for v in known):
        return _plain(pd.to_numeric(column).astype(float), infinite=infinite)
    return pd.Series([None if _missing(v) else _text(v) for v in values], index=column.index, dtype=object)


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value))


def _text(value: object) -> str:
    if isinstance(value, str):
        # NUL ends a text in C libraries; a lone surrogate is no character.
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    told = plain(value)
    return told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)


def by_family(frame: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Return the rows of each geometry family (point, line, polygon); rows without a shape go to the largest.

    A collection goes by its largest family; formats with one family a table take no collections.
    """
    kinds = np.array([_family(g) for g in frame.geometry], dtype=object)
    found = {f: int((kinds == f).sum()) for f in FAMILIES if (kinds == f).any()}
    if not found:
        return {"point": frame} if len(frame) else {}
    largest = max(found, key=lambda f: found[f])
    kinds[kinds == ""] = largest
    return {f: frame[kinds == f] for f in found}


def _family(shape: shapely.Geometry | None) -> str:
    if shape is None or shape.is_empty:
        return ""
    kind = shapely.get_type_id(shape)
    if kind != 7:
        return next(f for f, ids in FAMILIES.items() if kind in ids)
    parts: Sequence[shapely.Geometry] = list(shape.geoms)
    return max((_family(p) for p in parts), key=lambda f: list(FAMILIES).index(f) if f else -1)


def as_multi(shapes: gpd.GeoSeries, family: str) -> gpd.GeoSeries:
    """Return shapes of one family in two dimensions, made multi where any of them is; parts of others are left."""
    flat = [_only(shapely.force_2d(g), family) if g is not None else None for g in shapes]
    many = any(g is not None and shapely.get_type_id(g) >= 4 for g in flat)
    made = [_multi(g, family) if many and g is not None else g for g in flat]
    return gpd.GeoSeries(made, index=shapes.index, crs=shapes.crs)


def _only(shape: shapely.Geometry, family: str) -> shapely.Geometry | None:
    kind = shapely.get_type_id(shape)
    if kind == 2:
        return shapely.LineString(shape)
    if kind != 7:
        return shape
    parts = [p for g in shape.geoms if _family(g) == family for p in shapely.get_parts(g)]
    return _build(parts, family) if parts else None


def _multi(shape: shapely.Geometry, family: str) -> shapely.Geometry:
    return shape if shapely.get_type_id(shape) >= 4 else _build([shape], family)


def _build(parts: Sequence[shapely.Geometry], family: str) -> shapely.Geometry:
    made = {"point": shapely.MultiPoint, "line": shapely.MultiLineString, "polygon": shapely.MultiPolygon}
    return made[family](list(parts))
