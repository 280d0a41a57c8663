"""File geodatabase out, zipped, for ArcGIS: one feature class a layer, long Chinese texts kept whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from geo.crs import to_wgs84
from geo.progress import Progress, Step
from layers.write.atomic import write_zip
from layers.write.fields import as_multi, by_family, layer_name, named_layers, plain_fields, plain_table
from layers.write.geojson import AnswerLike
from layers.write.tables import about_rows

__all__ = ["write"]

RESERVED = frozenset({"objectid", "shape", "fid", "shape_length", "shape_area"})
INT32_MAX = 2**31 - 1


def write(
    layers: gpd.GeoDataFrame | Mapping[str, pd.DataFrame],
    path: str | os.PathLike[str],
    *,
    crs: str = "EPSG:4490",
    meta: AnswerLike | Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write layers to a file geodatabase in a zip and return its path.

    Parameters
    ----------
    layers
        Frames by name; a layer with several geometry families becomes one feature class a family,
        a table without shapes a plain table.
    path
        The zip; the folder inside it has its name, with ``.gdb``.
    crs
        Reference system to write: EPSG:4490, or a projected one as EPSG:4548.
    meta
        An answer or its members, kept as table ``zoneplan_info``.
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
    with tempfile.TemporaryDirectory() as folder:
        inside = f"{layer_name(Path(path).name.split('.')[0])}.gdb"
        base = Path(folder) / inside
        for done, (name, frame) in enumerate(named.items(), start=1):
            if isinstance(frame, gpd.GeoDataFrame):
                _write_layer(base, name, frame, crs)
            else:
                table = _narrow(plain_table(frame).rename(columns=_free))
                if table.shape[1]:
                    pyogrio.write_dataframe(
                        table, base, layer=layer_name(name), driver="OpenFileGDB", append=base.exists()
                    )
            if progress is not None:
                progress(Step(done=done, whole=len(named)))
        rows = [(zh, en, "" if v is None else str(v)) for zh, en, v in about_rows(meta, [])]
        pyogrio.write_dataframe(
            pd.DataFrame(rows, columns=["subject_zh", "subject_en", "content"]),
            base,
            layer="zoneplan_info",
            driver="OpenFileGDB",
            append=base.exists(),
        )
        return write_zip(path, {f"{inside}/{p.name}": p for p in sorted(base.iterdir())})


def _free(column: str) -> str:
    """Return a column name that the format does not keep for itself."""
    return f"{column}_" if column.lower() in RESERVED else column


def _narrow(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose integers have 32 bits where they fit, else are decimals or, if too long for these, text.

    ArcMap has no longer integers.
    """
    result = table.copy()
    for column in result.columns:
        values = result[column]
        if getattr(values.dtype, "kind", "") in ("i", "u"):
            largest = int(values.dropna().abs().max()) if values.notna().any() else 0
            kind = "Int32" if largest <= INT32_MAX else "Float64" if largest <= 2**53 else "string"
            result[column] = values.astype(kind)
    return result


def _write_layer(base: Path, name: str, frame: gpd.GeoDataFrame, crs: str) -> None:
    to_wgs84(frame.iloc[:0])  # refuses a system that cannot be placed
    fields = plain_fields(frame.to_crs(crs), infinite=False)
    safe = fields.rename(
        columns={c: f"{c}_" for c in fields.columns if c.lower() in RESERVED and c != fields.geometry.name}
    )
    families = by_family(gpd.GeoDataFrame(_narrow(safe)))
    for family, part in families.items():
        table = layer_name(name) if len(families) == 1 else f"{layer_name(name)}_{family}"
        drawn = part.set_geometry(as_multi(part.geometry, family))
        geometry = {"point": "Point", "line": "MultiLineString", "polygon": "MultiPolygon"}[family]
        pyogrio.write_dataframe(drawn, base, layer=table, driver="OpenFileGDB", append=base.exists(),
                                geometry_type=geometry, promote_to_multi=family != "point")  # fmt: skip
