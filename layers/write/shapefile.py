"""Shapefile out, for ArcMap, SuperMap and MapGIS: ASCII names of ten letters, GBK with .cpg, a field dictionary.

The format cannot hold what we have (long names, long texts, one family of shapes); what it costs is written in
``字段对照.json`` beside it, so that nobody loses a column or half a sentence without a word.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from geo.crs import to_wgs84
from geo.progress import Progress, Step
from geo.schema import LAYERS
from layers.write.atomic import write_zip
from layers.write.fields import as_multi, by_family, layer_name, named_layers, plain_fields
from layers.write.geojson import AnswerLike, meta
from layers.write.short import short_of
from layers.write.tables import csv_bytes

__all__ = ["DICTIONARY", "short_names", "write"]

DICTIONARY = "字段对照.json"
TEXT_BYTES = 254
_NOT_ASCII_NAME = re.compile(r"[^A-Za-z0-9_]+")


def write(
    layers: gpd.GeoDataFrame | Mapping[str, pd.DataFrame],
    path: str | os.PathLike[str],
    *,
    crs: str = "EPSG:4490",
    meta: AnswerLike | Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write layers as Shapefiles in one zip and return its path.

    Parameters
    ----------
    layers
        Frames by name; a layer with several geometry families becomes one Shapefile a family, a table without
        shapes a CSV.
    path
        The zip.
    crs
        Reference system to write: EPSG:4490, or a projected one as EPSG:4548.
    meta
        An answer or its members, kept in ``字段对照.json``.
    progress
        Called with (layers written, layers in all).

    Raises
    ------
    CrsError
        If a layer has no reference system.
    InputError
        If there is nothing to write, or the folder does not exist.
    """
    named = named_layers(layers)
    told: dict[str, Any] = _members(meta) | {"layers": {}}
    with tempfile.TemporaryDirectory() as folder:
        for done, (name, frame) in enumerate(named.items(), start=1):
            if isinstance(frame, gpd.GeoDataFrame):
                told["layers"] |= _write_layer(Path(folder), name, frame, crs)
            else:
                (Path(folder) / f"{layer_name(name)}.csv").write_bytes(csv_bytes(frame))
            if progress is not None:
                progress(Step(done=done, whole=len(named)))
        members: dict[str, bytes | Path] = {p.name: p for p in sorted(Path(folder).iterdir())}
        members[DICTIONARY] = (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()
        return write_zip(path, members)


def _members(about: AnswerLike | Mapping[str, Any] | None) -> dict[str, Any]:
    return meta(about) if about is not None else {}


def short_names(names: list[str]) -> dict[str, str]:
    """Return column → ASCII name of at most ten letters, no two alike (case does not count in DBF)."""
    result: dict[str, str] = {}
    taken: set[str] = set()
    for i, name in enumerate(names):
        base = short_of(name) or _NOT_ASCII_NAME.sub("", name)[:10] or f"F{i + 1}"
        base = base if base[0].isalpha() else f"F{base}"[:10]
        short = base
        k = 1
        while short.lower() in taken:
            k += 1
            short = f"{base[: 10 - len(str(k)) - 1]}_{k}"
        taken.add(short.lower())
        result[name] = short
    return result


def _write_layer(folder: Path, name: str, frame: gpd.GeoDataFrame, crs: str) -> dict[str, Any]:
    to_wgs84(frame.iloc[:0])  # refuses a system that cannot be placed
    fields = plain_fields(frame.to_crs(crs), infinite=False)
    columns = [c for c in fields.columns if c != fields.geometry.name]
    short = short_names(columns)
    encoding = "GBK" if all(_fits(fields[c]) for c in columns) else "UTF-8"
    cut: list[dict[str, Any]] = []
    table = fields.rename(columns=short)
    for column in columns:
        table[short[column]] = _dbf(fields[column], encoding, column, cut)
    told = {}
    families = by_family(table)
    for family, part in families.items():
        file = layer_name(name) if len(families) == 1 else f"{layer_name(name)}_{family}"
        drawn = part.set_geometry(as_multi(part.geometry, family))
        pyogrio.write_dataframe(drawn, folder / f"{file}.shp", driver="ESRI Shapefile",
                                encoding=_CODE_PAGE[encoding], geometry_type=_GEOMETRY[family])  # fmt: skip
        (folder / f"{file}.cpg").write_text(_CODE_PAGE[encoding], encoding="ascii")
        told[file] = {"crs": crs, "encoding": encoding, "rows": len(part), "fields": [_field(name, c, short[c]) for c in columns]} | (
            {"cut_to_254_bytes": cut} if cut else {}
        )  # fmt: skip
    return told


_GEOMETRY = {"point": "Point", "line": "LineString", "polygon": "Polygon"}
_CODE_PAGE = {"GBK": "CP936", "UTF-8": "UTF-8"}


def _field(layer: str, column: str, short: str) -> dict[str, str]:
    """Return an entry of the field dictionary."""
    specs = [LAYERS[layer]] if layer in LAYERS else list(LAYERS.values())
    known = next((s.by_name[column] for s in specs if column in s.by_name), None)
    entry = {"short": short, "name": column}
    return entry | ({"zh": known.zh, "en": known.en, "unit": known.unit} if known else {})


def _fits(column: pd.Series) -> bool:
    """Return whether all texts can be written in GBK."""
    try:
        for value in column:
            if isinstance(value, str):
                value.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def _dbf(column: pd.Series, encoding: str, name: str, cut: list[dict[str, Any]]) -> pd.Series:
    """Return a column as DBF holds it: texts of at most 254 bytes (cuts are noted), times as text."""
    kind = getattr(column.dtype, "kind", "O")
    if str(column.dtype) in ("bool", "boolean"):
        return column.astype("Int32")
    if kind == "M":
        return column.map(lambda v: None if pd.isna(v) else v.isoformat()).astype(object)
    if kind != "O":
        return column
    values = []
    for row, value in enumerate(column, start=1):
        text = value
        if isinstance(value, str) and len(raw := value.encode(encoding)) > TEXT_BYTES:
            text = raw[:TEXT_BYTES].decode(encoding, "ignore")
            cut.append({"field": name, "row": row, "bytes": len(raw)})
        values.append(text)
    return pd.Series(values, index=column.index, dtype=object)
