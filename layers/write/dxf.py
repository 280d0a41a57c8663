"""DXF out for CAD: a layer per class, closed outlines, symbols and Chinese labels, in metres.

GDAL's own DXF writer gives hatches without layers or attributes, so a DXF library writes it.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from ezdxf.colors import RGB, aci2rgb
from ezdxf.document import Drawing
from ezdxf.enums import TextEntityAlignment
from ezdxf.layouts.layout import Modelspace

from geo.crs import require_metric, to_metres
from geo.errors import InputError
from geo.progress import Progress, Step
from geo.schema import LAYERS
from geo.text import Text
from layers.write.atomic import writing
from layers.write.fields import by_family, plain_fields
from layers.write.geojson import AnswerLike, meta
from layers.write.qml import Category, Style, style_of

__all__ = ["write"]

APP = "ZONEPLAN"
FONT = "simhei.ttf"
NOTES = "说明"
TEXT_METRES = {"polygon": 120.0, "line": 60.0, "point": 40.0}
POINT_METRES = 30.0
EXTENDED_BYTES = 12_000  # of the 16 383 that an entity may carry
_NOT_IN_LAYER = re.compile(r'[<>/\\":;?*|=\'`,\x00-\x1f]')
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def write(
    layers: gpd.GeoDataFrame | Mapping[str, pd.DataFrame],
    path: str | os.PathLike[str],
    *,
    crs: str | None = None,
    version: str = "R2000",
    meta: AnswerLike | Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write layers to one DXF in one step and return the path.

    Parameters
    ----------
    layers
        Frames by name; tables without shapes are left out. Each class of each becomes a CAD layer ``图层_类别`` in the colour of the page; ids and
        basis go along as extended data (application ``ZONEPLAN``).
    crs
        Metric CRS of the drawing; that of the first layer, or the usual one for its place, if not given.
    version
        ``R2000`` (GBK: read right by every CAD, by QGIS and by GDAL) or ``R2010`` (UTF-8: for CAD only, as GDAL
        and QGIS garble its Chinese).
    meta
        An answer or its members, kept among the drawing's properties.
    progress
        Called with (layers written, layers in all).

    Raises
    ------
    CrsError
        If a layer has no reference system, or ``crs`` is not in metres.
    InputError
        If there is nothing to write, the version is unknown, or the folder does not exist.
    """
    given = {"layer": layers} if isinstance(layers, gpd.GeoDataFrame) else dict(layers)
    named = {name: frame for name, frame in given.items() if isinstance(frame, gpd.GeoDataFrame)}
    if not named:
        raise InputError(Text("没有可导出的图层", "there is no layer to export"))
    if version not in ("R2000", "R2010"):
        raise InputError(
            Text(f"DXF 版本只能是 R2000 或 R2010，现为 {version}", f"the DXF version is R2000 or R2010, not {version}")
        )
    target = require_metric(crs) if crs is not None else to_metres(next(iter(named.values()))).crs
    drawing = _drawing(version, target.to_string(), meta)
    corners = []
    for done, (name, frame) in enumerate(named.items(), start=1):
        metric = to_metres(frame, target)
        corners.append(metric.total_bounds[:2])
        _draw_layer(drawing, name, plain_fields(metric))
        if progress is not None:
            progress(Step(done=done, whole=len(named)))
    known = [c for c in corners if np.isfinite(c).all()]
    west, south = np.min(known, axis=0) if known else (0.0, 0.0)
    _note_texts(drawing, _notes(target.to_string(), meta), (float(west), float(south)))
    with (
        writing(path) as draft,
        draft.open("wt", encoding=drawing.output_encoding, errors="dxfreplace", newline="\r\n") as file,
    ):
        drawing.write(file)
    return Path(path)


def _drawing(version: str, crs: str, about: AnswerLike | Mapping[str, Any] | None) -> Drawing:
    drawing = Drawing.new(version)
    drawing.units = 6  # metres
    if version == "R2000":
        drawing.encoding = "gbk"
        drawing.header["$DWGCODEPAGE"] = "ANSI_936"
    drawing.styles.add("ZH", font=FONT)
    drawing.appids.add(APP)
    for name, value in _notes(crs, about):
        drawing.header.custom_vars.append(name, value)
    return drawing


def _notes(crs: str, about: AnswerLike | Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return what the drawing says of itself."""
    members = meta(about) if about is not None else {}
    known = ("title", "method", "basis", "date")
    return [("CRS", crs), *((k, _line(members[k])[:250]) for k in known if k in members)]


def _note_texts(drawing: Drawing, notes: list[tuple[str, str]], corner: tuple[float, float]) -> None:
    """Write the notes below the drawing: R2000 keeps no other place for them that survives."""
    drawing.layers.add(NOTES)
    height = TEXT_METRES["line"]
    for k, (name, value) in enumerate(notes):
        text = drawing.modelspace().add_text(
            _text(f"{name}: {value}"), height=height, dxfattribs={"layer": NOTES, "style": "ZH"}
        )
        text.set_placement((corner[0], corner[1] - (k + 2) * 1.8 * height))


def _line(value: Any) -> str:
    text = " / ".join(str(v) for v in value.values()) if isinstance(value, Mapping) else str(value)
    return _CONTROL.sub(" ", text)


def _draw_layer(drawing: Drawing, name: str, frame: gpd.GeoDataFrame) -> None:
    space = drawing.modelspace()
    for family, part in by_family(frame).items():
        style = style_of(part, family, layer=name)
        if family == "line":
            part = part.iloc[np.argsort(-part.length.to_numpy(), kind="stable")]
        told, named = _told(part), set()
        for shape, row in zip(part.geometry, pd.DataFrame(part).to_dict("records"), strict=True):
            if shape is None or shape.is_empty:
                continue
            layer = _cad_layer(drawing, name, _class_of(style, row))
            data = [pair for c in told if pd.notna(row[c]) for pair in _extended(c, row[c])]
            _draw_shape(space, shape, layer, data)
            if style.label is not None and pd.notna(row[style.label]) and row[style.label] not in named:
                if family == "line":  # a road in many pieces is named once, on its longest piece
                    named.add(row[style.label])
                _label(space, shape, _text(row[style.label]), layer, TEXT_METRES[family])


def _told(frame: gpd.GeoDataFrame) -> list[str]:
    """Return the columns that go along as extended data: all, ids and names first, as far as an entity has room."""
    first = [c for c in frame.columns if c.endswith("_id") or c in ("basis", "accuracy_m", "name_zh")]
    rest = [c for c in frame.columns if c not in first and c != frame.geometry.name]
    longest = {c: max((len(str(v)) for v in frame[c]), default=0) * 2 + len(c) + 8 for c in [*first, *rest]}
    room, kept = EXTENDED_BYTES, []
    for c in [*first, *rest]:
        room -= longest[c]
        if room < 0:
            break
        kept.append(c)
    return kept


def _extended(column: str, value: object) -> list[tuple[int, str]]:
    """Return a value as strings of extended data, which hold 255 bytes each; ``column+=`` goes on with the last."""
    text = _text(value)
    parts = [text[i : i + 100] for i in range(0, len(text), 100)] or [""]
    return [(1000, f"{column}{'+=' if i else '='}{part}") for i, part in enumerate(parts)]


def _class_of(style: Style, row: Mapping[str, Any]) -> Category | None:
    """Return the class a row is in, None if in none."""
    if style.column is None:
        return style.categories[0]
    value = row[style.column]
    if not style.graduated:
        return next((c for c in style.categories if c.value == str(value)), None)
    if pd.isna(value):
        return None
    inside = (
        c
        for k, c in enumerate(style.categories)
        if (-math.inf if c.low is None else c.low) <= value
        and (value < (math.inf if c.high is None else c.high) or (k == len(style.categories) - 1 and value == c.high))
    )
    return next(inside, None)


def _cad_layer(drawing: Drawing, name: str, category: Category | None) -> str:
    """Return the CAD layer of a class, made when first met."""
    first = LAYERS[name].zh if name in LAYERS else name
    second = category.label if category is not None else "未分类"
    layer = _NOT_IN_LAYER.sub("_", f"{first}_{second}").strip()[:120]
    if layer not in drawing.layers:
        made = drawing.layers.add(layer)
        if category is not None:
            red, green, blue = bytes.fromhex(category.colour[1:])
            made.rgb = RGB(red, green, blue)
            made.color = _nearest_index(red, green, blue)
    return layer


def _nearest_index(red: int, green: int, blue: int) -> int:
    """Return the AutoCAD colour index nearest to a colour: R2000 knows no true colours."""

    def away(index: int) -> int:
        r, g, b = aci2rgb(index)
        return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2

    return min(range(1, 250), key=away)


def _draw_shape(space: Modelspace, shape: shapely.Geometry, layer: str, data: list[tuple[int, str]]) -> None:
    look = {"layer": layer}
    for part in shapely.get_parts(shape):
        made = []
        if part.geom_type == "Point":
            made = [
                space.add_circle((part.x, part.y), POINT_METRES, dxfattribs=look),
                space.add_point((part.x, part.y), dxfattribs=look),
            ]
        elif part.geom_type == "Polygon":
            rings = [part.exterior, *part.interiors]
            made = [space.add_lwpolyline([xy[:2] for xy in r.coords[:-1]], close=True, dxfattribs=look) for r in rings]
        elif part.geom_type in ("LineString", "LinearRing"):
            made = [space.add_lwpolyline([xy[:2] for xy in part.coords], dxfattribs=look)]
        for entity in made[-1:] if part.geom_type == "Point" else made:  # the point, not the ring that shows it
            entity.set_xdata(APP, data)


def _label(space: Modelspace, shape: shapely.Geometry, text: str, layer: str, height: float) -> None:
    place = shapely.point_on_surface(shape)
    offset = POINT_METRES * 1.3 if shape.geom_type == "Point" else 0.0
    entity = space.add_text(text, height=height, dxfattribs={"layer": layer, "style": "ZH"})
    align = TextEntityAlignment.MIDDLE_LEFT if offset else TextEntityAlignment.MIDDLE_CENTER
    entity.set_placement((place.x + offset, place.y), align=align)


def _text(value: object) -> str:
    """Return a text that CAD shows as it is: no control codes (``%%c``), no line breaks."""
    return _CONTROL.sub(" ", str(value)).replace("%%", "% %").replace("^", "^ ")
