"""A plan as a GeoPackage: what QGIS opens styled, and in it the plan itself, which comes back exactly.

The layers (points, lines, areas, and a table of what has no place) are for eyes. The plan is the GeoJSON of
``geo.scenario.to_geojson`` in the table ``zoneplan_scenario``, beside a seal over the layers: a file whose layers were
edited is refused, as nobody could say which of the two is meant.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
import shapely.geometry

from geo.errors import InputError
from geo.scenario import NAMES, Object, Scenario, geometry, said, subject, to_geojson, told
from geo.scenario.audit import values
from geo.scenario.objects import as_plain
from geo.text import Text
from geo.workspace import Workspace
from layers.write import geopackage
from layers.write.atomic import writing
from layers.write.planlooks import AREAS, AT_FACILITIES, LINES, POINTS
from layers.write.qml import Category, Style

__all__ = ["ENDING", "LAYERS", "place_of", "read", "write"]

ENDING = ".gpkg"
TABLE = "zoneplan_scenario"
LAYERS: Mapping[str, tuple[str, tuple[Category, ...]]] = {
    "plan_points": ("point", (*POINTS, *AT_FACILITIES)),
    "plan_lines": ("line", LINES),
    "plan_areas": ("polygon", AREAS),
}
"""Layer → its family, and how each kind in it is drawn."""
WITHOUT_PLACE = "plan_others"
FAMILY = {"Point": "plan_points", "LineString": "plan_lines", "Polygon": "plan_areas", "MultiPolygon": "plan_areas"}
FIELDS = {
    "object_id": "编号", "kind": "类别代码", "what": "类别", "label": "标注", "name": "名称", "service": "服务", "year": "年份",
    "size": "规模（学位或床位）", "dwellings": "套数", "persons_per_dwelling": "每套人数", "people": "人数", "from_zone": "迁出片区",
    "to_zone": "迁入片区", "way": "街道类型", "project": "项目", "author": "作者", "reason": "理由", "told": "说明", "told_en": "说明（英文）",
}  # fmt: skip
"""Columns of the layers, and how QGIS names them."""
SHORT: Mapping[str, Text] = {**NAMES, **{c.value: Text(*c.label.split(" ", 1)) for c in (*POINTS[:2], *AT_FACILITIES)}}
"""A kind in a word, where there is one: what stands first in a label."""
SIZE_MAX = 50_000_000
"""Characters of a plan that is read."""


def write(plan: Scenario, path: str | os.PathLike[str], base: Workspace) -> Path:
    """Write a plan to a GeoPackage; return the path.

    What closes, resizes or opens a facility is drawn where that facility stands in ``base``.

    Raises
    ------
    InputError
        If the folder does not exist or cannot be written.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for one in plan.objects:
        place = place_of(one, base)
        name = WITHOUT_PLACE if place is None else FAMILY[place.geom_type]
        rows.setdefault(name, []).append({**_fields(one, base), "geometry": place})
    frames: dict[str, pd.DataFrame] = {}
    styles = {}
    for name, (family, looks) in LAYERS.items():
        if name in rows:
            frames[name] = gpd.GeoDataFrame(rows[name], geometry="geometry", crs="EPSG:4326")
            there = {row["kind"] for row in rows[name]}
            styles[name] = Style(
                family, tuple(c for c in looks if c.value in there), "kind", label="label", fields=FIELDS
            )
    if WITHOUT_PLACE in rows:
        frames[WITHOUT_PLACE] = pd.DataFrame(rows[WITHOUT_PLACE]).drop(columns="geometry")
    text = json.dumps(to_geojson(plan, base), ensure_ascii=True)
    frames[TABLE] = pd.DataFrame([{"geojson": text, "seal": "-"}])
    with writing(path) as draft:
        geopackage.write(frames, draft, meta=_about(plan), styles=styles)
        with closing(sqlite3.connect(draft)) as db, db:
            db.execute(f"UPDATE {TABLE} SET seal = ?", (_seal(db),))
    return Path(path)


def read(path: Path) -> Any:
    """Return the GeoJSON that a GeoPackage of ``write`` holds, as plain data.

    Raises
    ------
    InputError
        If it is no such file, or its layers are not those that were written.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            db.execute("PRAGMA trusted_schema = off")
            real = db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (TABLE,)).fetchone()
            held = db.execute(f"SELECT length(geojson), seal FROM {TABLE} LIMIT 1").fetchone() if real else None
            if held is None or not isinstance(held[0], int) or held[0] > SIZE_MAX:
                raise _no_plan(path)
            if held[1] != _seal(db):
                raise InputError(
                    Text(
                        f"{path.name} 的图层在写出后改动过，与其中的方案不一致；图层的改动不是方案，请在页面中修改，或导入 GeoJSON",
                        f"the layers of {path.name} were edited after it was written and are not its plan any more; change the plan on the page, or import GeoJSON",
                    )
                )
            return json.loads(db.execute(f"SELECT geojson FROM {TABLE} LIMIT 1").fetchone()[0])
    except (sqlite3.Error, ValueError, TypeError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise _no_plan(path) from error


def _no_plan(path: Path) -> InputError:
    return InputError(
        Text(
            f"{path.name} 里没有方案；请用 scenario export 写出的 GeoPackage，或 GeoJSON",
            f"there is no plan in {path.name}; give a GeoPackage that scenario export wrote, or GeoJSON",
        )
    )


def _seal(db: sqlite3.Connection) -> str:
    """Return the SHA-256 of what the layers hold; of those columns that are ours."""
    return hashlib.sha256("\n".join(_rows(db)).encode()).hexdigest()


def _rows(db: sqlite3.Connection) -> Iterator[str]:
    for table in (*LAYERS, WITHOUT_PLACE):
        there = {str(row[1]) for row in db.execute(f"PRAGMA table_info({table})").fetchall()}
        names = [f'"{name}"' for name in FIELDS if name in there] + (["hex(geom)"] if "geom" in there else [])
        if names:
            for row in db.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY object_id").fetchall():
                yield json.dumps([table, *row])


def place_of(one: Object, base: Workspace) -> shapely.Geometry | None:
    """Return where an object is, in degrees: its own place, or that of the facility it is about."""
    own = geometry(as_plain(one))
    if own is not None:
        return shapely.geometry.shape(own)
    row = _facility(one, base)
    return None if row is None else gpd.GeoSeries([row["geometry"]], crs=base.crs).to_crs("EPSG:4326").iloc[0]


def _facility(one: Object, base: Workspace) -> Mapping[str, Any] | None:
    for layer in ("schools", "clinics", "stops", "facilities"):
        frame = base.layer(layer)
        if subject(one) in frame.index:
            return dict(frame.loc[subject(one)])
    return None


def _fields(one: Object, base: Workspace) -> dict[str, Any]:
    """Return an object as a row that people read."""
    held, what, words = values(one), NAMES[one.kind], told(one)
    row = _facility(one, base)
    name = str(held.get("name_zh") or (row or {}).get("name_zh") or "")
    both = {key: said(key, held[key]) if held.get(key) else None for key in ("service", "way")}
    lead = both["way"] or SHORT[one.kind]
    label = " ".join(str(t) for t in (lead.zh, name or subject(one), one.year) if t)
    return {
        "object_id": one.object_id, "kind": one.kind, "what": f"{what.zh} {what.en}", "label": label, "name": name or None,
        **{key: None if text is None else f"{text.zh} {text.en}" for key, text in both.items()},
        "year": one.year, "size": held.get("seats"),
        **{key: held.get(key) for key in ("dwellings", "persons_per_dwelling", "people", "from_zone", "to_zone")},
        "project": held.get("project") or None, "author": one.author or None, "reason": one.reason or None, "told": words.zh, "told_en": words.en,
    }  # fmt: skip


def _about(plan: Scenario) -> dict[str, Any]:
    return {
        "question": "scenario",
        "title": Text(f"方案 {plan.name}", f"the plan {plan.name}"),
        "method": Text(
            "方案的对象，未作计算；图层供查看，方案本身在表 zoneplan_scenario 中，在此改动图层不会改动方案",
            "the objects of a plan, nothing computed; the layers are to be looked at, the plan is in the table zoneplan_scenario: an edit of a layer is none of the plan",
        ),
        "parameters": dict(plan.parameters),
        "basis": "assumed",
        "sources": (),
    }
