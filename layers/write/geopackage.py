"""GeoPackage out: version 1.3 in EPSG:4490, styles and labels inside, and what the numbers mean beside them."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from geo.progress import Progress, Step
from geo.schema import LAYERS
from layers.look.overlay import Class
from layers.write.atomic import writing
from layers.write.fields import as_multi, by_family, layer_name, named_layers, plain_fields, plain_table
from layers.write.geojson import AnswerLike, meta, wgs84
from layers.write.qml import Style, qml, style_of
from layers.write.tables import about_rows

__all__ = ["write"]

CRS = "EPSG:4490"
"""CGCS2000 longitude and latitude, what Chinese planning offices exchange. From WGS84 it is a zero step: the two
differ by less than about a metre (plate motion since 2000)."""
INFO = "zoneplan_info"


def write(
    layers: gpd.GeoDataFrame | Mapping[str, pd.DataFrame],
    path: str | os.PathLike[str],
    *,
    meta: AnswerLike | Mapping[str, Any] | None = None,
    classes: Mapping[str, tuple[str, Sequence[Class]]] | None = None,
    cell_metres: float | None = None,
    styles: Mapping[str, Style] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write layers and tables to one GeoPackage that QGIS opens coloured and labelled; return the path.

    Parameters
    ----------
    layers
        Frames by name; a table without shapes becomes an attribute table. A layer with several geometry
        families becomes one table a family.
    path
        The file, ``.gpkg``.
    meta
        An answer or its members, kept as table ``zoneplan_info`` and as GeoPackage metadata.
    classes
        Name of a layer → (column, classes) that colour it; known result columns need none.
    cell_metres
        Width of a cell [m]: layers named ``cells`` are drawn as squares of this size.
    styles
        Name of a layer of one geometry family → its style, where it is none that its columns tell.
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
    with writing(path) as draft:
        looks: dict[str, Style] = {}
        for done, (name, frame) in enumerate(named.items(), start=1):
            metres = cell_metres if name == "cells" else None
            looks |= _layer(draft, name, frame, (classes or {}).get(name), metres, (styles or {}).get(name))
            if progress is not None:
                progress(Step(done=done, whole=len(named)))
        _write_info(draft, meta, [str(c) for f in named.values() for c in f.columns])
        _finish(draft, looks, meta)
    return Path(path)


def _layer(
    draft: Path,
    name: str,
    frame: pd.DataFrame,
    chosen: tuple[str, Sequence[Class]] | None,
    cell_metres: float | None,
    given: Style | None,
) -> dict[str, Style]:
    """Write one layer, or one table a geometry family, and return the styles by table."""
    table = layer_name(name)
    if not isinstance(frame, gpd.GeoDataFrame):
        if frame.shape[1] or any(
            n is not None for n in frame.index.names
        ):  # a table without columns has nothing to say
            _append(draft, table, plain_table(frame), None)
        return {}
    placed = frame.set_geometry(wgs84(frame).set_crs(CRS, allow_override=True))
    fields = plain_fields(placed)
    families = by_family(fields)
    styles = {}
    for family, part in families.items():
        one = table if len(families) == 1 else f"{table}_{family}"
        drawn = part.set_geometry(as_multi(part.geometry, family)).rename_geometry("geom")
        _append(draft, one, drawn, family)
        if given is not None:
            styles[one] = given
            continue
        column, found = chosen if chosen is not None else (None, None)
        style = style_of(part, family, layer=name, column=column, classes=found, cell_metres=cell_metres)
        styles[one] = _with_aliases(style, drawn, name)
    if not families:
        _append(draft, table, fields.rename_geometry("geom"), "polygon")
    return styles


def _append(draft: Path, table: str, frame: pd.DataFrame, family: str | None) -> None:
    kinds = {"point": "Point", "line": "LineString", "polygon": "Polygon"}
    geometry = {}
    if family is not None and isinstance(frame, gpd.GeoDataFrame):
        many = frame.geometry.geom_type.fillna("").str.startswith("Multi").any()
        geometry = {
            "geometry_type": ("Multi" if many else "") + kinds[family],
            "layer_options": {"GEOMETRY_NAME": "geom"},
        }
    # A column called fid would be taken for the key of the table.
    safe = frame.rename(columns={c: f"{c}_" for c in frame.columns if str(c).lower() == "fid"})
    pyogrio.write_dataframe(safe, draft, layer=table, driver="GPKG", append=draft.exists(),
                            dataset_options={"VERSION": "1.3"}, **geometry)  # fmt: skip


def _with_aliases(style: Style, frame: gpd.GeoDataFrame, layer: str) -> Style:
    """Return the style with Chinese field names from the schema."""
    known = LAYERS[layer].by_name if layer in LAYERS else {c.name: c for s in LAYERS.values() for c in s.columns}
    names = {str(c): known[str(c)].zh for c in frame.columns if str(c) in known}
    return Style(**{**style.__dict__, "fields": names})


def _write_info(draft: Path, about: AnswerLike | Mapping[str, Any] | None, columns: Sequence[str]) -> None:
    rows = [(zh, en, "" if v is None else str(v)) for zh, en, v in about_rows(about, columns)]
    _append(draft, INFO, pd.DataFrame(rows, columns=["项目", "item", "内容"]), None)


def _finish(draft: Path, styles: Mapping[str, Style], about: AnswerLike | Mapping[str, Any] | None) -> None:
    """Add the styles, the names shown and the metadata; every value is bound, none is part of the SQL."""
    with closing(sqlite3.connect(draft)) as db, db:
        db.execute(_STYLES)
        stamp = db.execute("SELECT max(last_change) FROM gpkg_contents").fetchone()[0]
        db.execute(
            "INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
            (stamp,),
        )
        db.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, "
            "styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '')",
            [(table, table, qml(style), "Zone Planner") for table, style in styles.items()],
        )
        _metadata(db, meta(about) if about is not None else {}, stamp)


def _metadata(db: sqlite3.Connection, members: Mapping[str, Any], stamp: str) -> None:
    """Keep the answer's members in the standard's own metadata tables (OGC 12-128r17, annex F.8)."""
    for statement in _METADATA:
        db.execute(statement)
    db.executemany("INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_metadata', ?, 'read-write')", [
        (t, "http://www.geopackage.org/spec131/#extension_metadata") for t in ("gpkg_metadata", "gpkg_metadata_reference")
    ])  # fmt: skip
    text = json.dumps(members, ensure_ascii=False, allow_nan=False)
    db.execute(
        "INSERT INTO gpkg_metadata VALUES (1, 'dataset', 'http://json-schema.org', 'application/json', ?)", (text,)
    )
    db.execute("INSERT INTO gpkg_metadata_reference VALUES ('geopackage', NULL, NULL, NULL, ?, 1, NULL)", (stamp,))


_STYLES = """
CREATE TABLE IF NOT EXISTS layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))
"""
_METADATA = (
    """CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))""",
    """CREATE TABLE IF NOT EXISTS gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE IF NOT EXISTS gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id INTEGER NOT NULL,
  md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id))""",
)
