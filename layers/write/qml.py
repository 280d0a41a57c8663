"""QGIS styles written by hand: the looks of :mod:`layers.draw` as QML, with Chinese labels.

A style travels inside the GeoPackage (table ``layer_styles``), so that QGIS 3 opens the layer coloured and
labelled. Names from the data appear only as escaped XML attributes, never as expressions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.land import CONTROLS
from geo.schema import LAYERS
from layers.look import draw
from layers.look.carriers import look_of
from layers.look.land import LINES, OTHER, USES, use_class
from layers.look.overlay import Class

__all__ = ["Category", "Style", "qml", "style_of"]

FONT = "Noto Sans CJK SC"
_IDENTIFIER = re.compile(r"[A-Za-z_\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]*")
_ILLEGAL_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MARKERS = {"circle": "circle", "square": "square", "diamond": "diamond", "triangle": "triangle", "cross": "cross_fill",
            "plus": "pentagon", "hexagon": "hexagon", "ring": "circle", "bar": "half_square", "house": "arrow",
            "pentagon": "right_half_triangle", "kite": "diagonal_half_square", "star": "star", "half": "semi_circle",
            "leaf": "third_circle"}  # fmt: skip
"""The marker of QGIS for each shape of the map: the nearest that every QGIS 3 has."""
BASIS_LINE = (
    "CASE WHEN \"basis\" IN ('measured','sourced') THEN 'solid' "
    "WHEN \"basis\" IN ('derived','estimated') THEN 'dash' ELSE 'dot' END"
)
"""QGIS expression of constants: the line style by basis, as on the page."""


@dataclass(frozen=True)
class Category:
    """One class of a layer: the value it holds (or its bounds), its words, colour and marker."""

    value: str
    label: str
    colour: str
    marker: str = "circle"
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Style:
    """How one layer is drawn in QGIS."""

    family: str
    """``point``, ``line`` or ``polygon``."""
    categories: tuple[Category, ...]
    column: str | None = None
    """Column that decides the class; None draws everything alike."""
    graduated: bool = False
    label: str | None = None
    """Column with the label."""
    by_basis: bool = False
    """Line style from the column ``basis``."""
    cell_metres: float | None = None
    """Draw points as squares of this size on the ground."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Column → name shown in QGIS."""


def style_of(
    frame: gpd.GeoDataFrame,
    family: str,
    *,
    layer: str = "",
    column: str | None = None,
    classes: Sequence[Class] | None = None,
    cell_metres: float | None = None,
) -> Style:
    """Return the style of a layer: its own look if it is one of the workspace's, else that of its result column.

    Parameters
    ----------
    frame
        Features, ids as columns.
    family
        ``point``, ``line`` or ``polygon``.
    layer
        Name of the layer (``zones``, ``schools``, ``links`` …).
    column, classes
        Result column and classes of :mod:`layers.draw`; guessed from the columns where not given.
    cell_metres
        Width of a cell [m], when points stand for cells.
    """
    if column is None:
        column, classes = _result(frame)
    if column is not None and classes:
        categories: tuple[Category, ...] = tuple(_of_class(c) for c in _met(frame, column, classes))
        graduated = "value" not in classes[0]
    else:
        column, categories = _own_look(frame, layer, family)
        graduated = False
    label = next(
        (n for n in ("short_zh", "name_zh", "name", "label_zh") if n in frame and frame[n].notna().any()), None
    )
    return Style(family, categories, column, graduated, None if cell_metres else label, "basis" in frame, cell_metres)


def _met(frame: gpd.GeoDataFrame, column: str, classes: Sequence[Class]) -> list[Class]:
    """Return the classes that something visible is in: a divided zone lies under its sub-areas and shows nothing."""
    seen = frame
    if {"zone_id", "parent_id"} <= set(frame):
        seen = frame[~frame["zone_id"].isin(set(frame["parent_id"].dropna()))]
    values = seen[column]
    given = values.to_numpy(object) if values.dtype.kind not in "if" else values.to_numpy(float, na_value=np.nan)
    found = set(draw.classify(given, classes).tolist())
    return [c for i, c in enumerate(classes) if i in found] or list(classes)


def _of_class(one: Class) -> Category:
    return Category(str(one["key"]), str(one["zh"]), str(one["colour"]), low=one.get("low"), high=one.get("high"))


_RESULTS: tuple[tuple[str, Any], ...] = (
    ("served", draw.COVERAGE),
    ("share_walk", draw.SHARE),
    ("share", draw.SHARE),
    ("ratio", draw.ADEQUACY),
    ("gain", draw.GAIN),
    ("access", draw.ACCESS),
)
"""Result columns of the answers, and their classes or, for ramps, colours."""


def _result(frame: gpd.GeoDataFrame) -> tuple[str | None, tuple[Class, ...] | None]:
    for key, look in _RESULTS:
        name = next((str(c) for c in frame.columns if c == key or (key == "ratio" and str(c).endswith("_ratio"))), None)
        if name is not None:
            ramp = isinstance(look[0], str)
            classes = (
                draw.ramp(pd.to_numeric(frame[name], errors="coerce"), look, whole=key == "gain") if ramp else look
            )
            return (name, classes) if classes else (None, None)
    return None, None


def _own_look(frame: gpd.GeoDataFrame, layer: str, family: str) -> tuple[str | None, tuple[Category, ...]]:
    """Return the deciding column and classes of a layer of the workspace."""
    if "zone_id" in frame and family == "polygon" and "level" in frame:
        return "zone_id", _zones(frame)
    if "kind" in frame and layer == "links":
        return "kind", tuple(
            Category(str(k), draw.LINKS[draw.link_kind(k)][0], draw.LINKS[draw.link_kind(k)][2])
            for k in _seen(frame["kind"])
        )
    if layer == "controls" and "kind" in frame:
        return "kind", tuple(
            Category(str(k), _control(str(k)), LINES.get(str(k), LINES["urban"])["color"]) for k in _seen(frame["kind"])
        )
    if layer == "carriers" and "kind" in frame:
        looks = [(str(k), look_of(k)) for k in _seen(frame["kind"])]
        return "kind", tuple(Category(k, look.name.zh, look.colour, look.marker) for k, look in looks)
    if layer == "landuse" and "code" in frame:
        named = [(str(code), USES.get(use_class(code), OTHER)) for code in _seen(frame["code"])]
        return "code", tuple(Category(code, f"{code} {look[0]}", look[2]) for code, look in named)
    if layer == "projects" and "state" in frame:  # its kind is no service: a sports centre planned is no sports ground
        return "state", tuple(
            Category(str(k), str(k), draw.PROJECT_LOOK.get(str(k), {"color": draw.INK["accent"]})["color"])
            for k in _seen(frame["state"])
        )
    if family == "polygon" and "facility_id" in frame:
        return "facility_id", tuple(
            Category(str(i), str(i), draw.ZONE_COLOURS[k % len(draw.ZONE_COLOURS)])
            for k, i in enumerate(_seen(frame["facility_id"]))
        )
    if family == "point" and "kind" in frame:
        return "kind", tuple(_facility(str(k), frame[frame["kind"] == k]) for k in _seen(frame["kind"]))
    plain = draw.INK["accent"] if family == "line" else draw.ZONE_COLOURS[0]
    return None, (Category("", _named(layer), plain),)


def _control(key: str) -> str:
    return CONTROLS[key].zh if key in CONTROLS else key


def _named(layer: str) -> str:
    """Return the Chinese name of a layer, or its own."""
    return LAYERS[layer].zh if layer in LAYERS else layer


def _seen(column: pd.Series) -> list[Any]:
    return sorted(column.dropna().unique(), key=str)


def _zones(frame: gpd.GeoDataFrame) -> tuple[Category, ...]:
    """Return a class per zone and sub-area: a zone its colour, its sub-areas that colour and paler ones."""
    colours = draw.zone_colours(frame)
    nth: dict[str, int] = {}
    made = []
    for one, level, name in zip(frame["zone_id"].astype(str), frame["level"], frame["name_zh"], strict=True):
        base, step = colours[one], 0
        if level != "zone":
            step = nth.get(base, 0)
            nth[base] = step + 1
        made.append(Category(one, str(name), _paler(base, min(0.35 + 0.13 * step, 0.85))))
    return tuple(made)


def _facility(kind: str, rows: gpd.GeoDataFrame) -> Category:
    if not any(str(c).startswith("seats_") for c in rows) and kind not in draw.SERVICE_LOOK:
        zh, _en, colour, _weight = draw.LINKS[draw.link_kind(kind)]
        return Category(kind, zh, colour, "square")
    service = draw.service_of({"kind": kind} | {c: rows[c].max() for c in rows if str(c).startswith("seats_")})
    look = draw.service_style(service)
    return Category(kind, draw.kind_words(kind)[0], str(look["colour"]), _MARKERS[str(look["shape"])])


def _paler(colour: str, by: float) -> str:
    """Return a colour mixed with ``by`` parts of white."""
    mixed = [round(c + (255 - c) * by) for c in bytes.fromhex(colour[1:])]
    return "#" + "".join(f"{c:02x}" for c in mixed)


def qml(style: Style) -> str:
    """Return a style as QML for QGIS 3."""
    if style.column is not None and not _IDENTIFIER.fullmatch(style.column):
        raise ValueError(style.column)  # a column name that is no identifier would be read as an expression
    symbols = "".join(_symbol(style, c, str(i)) for i, c in enumerate(style.categories))
    aliases = "".join(
        f"<alias field={_q(n)} name={_q(zh)} index={_q(i)}/>" for i, (n, zh) in enumerate(style.fields.items())
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        f'<qgis version="3.22.0" styleCategories="Symbology|Labeling|Fields" labelsEnabled="{int(style.label is not None)}">'
        f"{_renderer(style, symbols)}{_labels(style)}"
        f"<aliases>{aliases}</aliases><layerGeometryType>{_GEOMETRY[style.family]}</layerGeometryType></qgis>\n"
    )


_GEOMETRY = {"point": 0, "line": 1, "polygon": 2}


def _renderer(style: Style, symbols: str) -> str:
    common = 'forceraster="0" symbollevels="0" enableorderby="0"'
    if style.column is None:
        return f'<renderer-v2 type="singleSymbol" {common}><symbols>{symbols}</symbols></renderer-v2>'
    if style.graduated:
        ranges = "".join(
            f"<range lower={_q(_bound(c.low, -1e300))} upper={_q(_bound(c.high, 1e300))} symbol={_q(i)} label={_q(c.label)} "
            'render="true"/>'
            for i, c in enumerate(style.categories)
        )
        return (
            f'<renderer-v2 type="graduatedSymbol" attr={_q(style.column)} graduatedMethod="GraduatedColor" {common}>'
            f"<ranges>{ranges}</ranges><symbols>{symbols}</symbols></renderer-v2>"
        )
    rows = "".join(
        f'<category value={_q(c.value)} symbol={_q(i)} label={_q(c.label)} render="true"/>'
        for i, c in enumerate(style.categories)
    )
    return (
        f'<renderer-v2 type="categorizedSymbol" attr={_q(style.column)} {common}>'
        f"<categories>{rows}</categories><symbols>{symbols}</symbols></renderer-v2>"
    )


def _bound(value: float | None, default: float) -> str:
    return repr(float(default if value is None else value))


def _symbol(style: Style, category: Category, name: str) -> str:
    kind = {"point": "marker", "line": "line", "polygon": "fill"}[style.family]
    layer, options = _layer(style, category)
    defined = {"outlineStyle": BASIS_LINE} if style.by_basis and style.family != "point" else {}
    return (
        f'<symbol type="{kind}" name="{name}" alpha="1" clip_to_extent="1" force_rhr="0">'
        f'<layer class="{layer}" enabled="1" locked="0" pass="0"><Option type="Map">'
        + "".join(f'<Option name={_q(k)} type="QString" value={_q(v)}/>' for k, v in options.items())
        + "</Option>"
        + "".join(f"<prop k={_q(k)} v={_q(v)}/>" for k, v in options.items())
        + _defined(defined)
        + "</layer></symbol>"
    )


def _layer(style: Style, category: Category) -> tuple[str, dict[str, str]]:
    """Return the QGIS symbol layer and its options."""
    colour, line = _rgba(category.colour), _rgba(draw.INK["line"])
    if style.family == "polygon":
        edge = _rgba(draw.INK["line"] if style.graduated else _darker(category.colour))
        return "SimpleFill", {"color": colour, "style": "solid", "outline_color": edge, "outline_style": "solid",
                              "outline_width": "0.4", "outline_width_unit": "MM", "joinstyle": "miter"}  # fmt: skip
    if style.family == "line":
        return "SimpleLine", {"line_color": colour, "line_style": "solid", "line_width": "0.7", "line_width_unit": "MM",
                              "capstyle": "flat", "joinstyle": "round"}  # fmt: skip
    if style.cell_metres:
        return "SimpleMarker", {"name": "square", "color": colour, "outline_style": "no", "size": repr(float(style.cell_metres)),
                                "size_unit": "RenderMetersInMapUnits", "scale_method": "diameter"}  # fmt: skip
    return "SimpleMarker", {"name": category.marker, "color": colour, "outline_color": line, "outline_style": "solid",
                            "outline_width": "0.2", "outline_width_unit": "MM", "size": "3.4", "size_unit": "MM",
                            "scale_method": "diameter"}  # fmt: skip


def _defined(expressions: Mapping[str, str]) -> str:
    if not expressions:
        return ""
    inner = "".join(
        f'<Option name={_q(k)} type="Map"><Option name="active" type="bool" value="true"/>'
        f'<Option name="expression" type="QString" value={_q(v)}/><Option name="type" type="int" value="3"/></Option>'
        for k, v in expressions.items()
    )
    return (
        '<data_defined_properties><Option type="Map"><Option name="name" type="QString" value=""/>'
        f'<Option name="properties" type="Map">{inner}</Option>'
        '<Option name="type" type="QString" value="collection"/></Option></data_defined_properties>'
    )


_PLACEMENT = {"point": 6, "line": 2, "polygon": 4}


def _labels(style: Style) -> str:
    if style.label is None:
        return ""
    return (
        '<labeling type="simple"><settings calloutType="simple">'
        f'<text-style fieldName={_q(style.label)} isExpression="0" allowHtml="0" fontFamily={_q(FONT)} fontSize="9" '
        f'fontSizeUnit="Point" textColor={_q(_rgba(draw.INK["text"]))} textOpacity="1" namedStyle="Regular" fontWeight="50">'
        '<text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferColor="255,255,255,255" bufferOpacity="1" '
        'bufferJoinStyle="128" bufferNoFill="1"/></text-style>'
        f'<placement placement="{_PLACEMENT[style.family]}" priority="5" dist="1" distUnits="MM" centroidInside="1" '
        'predefinedPositionOrder="R,L,T,B,TR,TL,BR,BL"/>'
        '<rendering displayAll="0" obstacle="1" drawLabels="1" scaleVisibility="0" fontLimitPixelSize="0"/>'
        "</settings></labeling>"
    )


def _rgba(colour: str) -> str:
    return ",".join(str(c) for c in bytes.fromhex(colour[1:])) + ",255"


def _darker(colour: str) -> str:
    return "#" + "".join(f"{int(np.clip(c * 0.6, 0, 255)):02x}" for c in bytes.fromhex(colour[1:]))


def _q(value: object) -> str:
    return quoteattr(_ILLEGAL_XML.sub("\ufffd", str(value)))
