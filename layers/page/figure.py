"""Maps as still pictures: SVG in metres for paper, one panel for each group of zones that lie together.

Everything from the data enters as an escaped text node or as a number; there is no template anywhere.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.look import draw
from layers.look.overlay import Class, grid, picture

__all__ = ["MapLike", "Picture", "legend_svg", "maps", "safe"]

WIDTH = 1000.0
"""Units of the drawing across; the height follows the place."""

LOW, HIGH = 0.55, 0.8
"""Least and greatest height of a panel as a part of its width."""

STREETS_MAX = 20_000
FEW = 40
"""Facilities of a panel up to which their icons are large."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class MapLike(Protocol):
    """What a map needs of a workspace, in its metric CRS."""

    @property
    def zones(self) -> gpd.GeoDataFrame: ...  # noqa: D102
    @property
    def links(self) -> gpd.GeoDataFrame: ...  # noqa: D102
    @property
    def water(self) -> gpd.GeoDataFrame: ...  # noqa: D102
    @property
    def streets(self) -> gpd.GeoDataFrame: ...  # noqa: D102
    @property
    def cell_metres(self) -> float: ...  # noqa: D102


@dataclass(frozen=True)
class Picture:
    """What a map shows besides the ground: classed cells, filled zones, facilities, outlines."""

    cells: gpd.GeoDataFrame | None = None
    values: np.ndarray | None = None
    classes: Sequence[Class] = ()
    fills: Mapping[str, str] = field(default_factory=dict)
    """zone_id → colour."""
    facilities: gpd.GeoDataFrame | None = None
    service: str | None = None
    lines: gpd.GeoDataFrame | None = None
    points: gpd.GeoDataFrame | None = None


def safe(text: object) -> str:
    """Return a text for HTML or SVG: escaped, without control characters; it can only ever be shown."""
    return escape(_CONTROL.sub("\ufffd", str(text)), quote=True)


def maps(place: MapLike, shown: Picture, *, lang: str = "zh") -> list[str]:
    """Return one SVG element for each group of neighbouring zones, drawn in the metric CRS of the place."""
    return [_map(place, shown, ids, lang) for ids in _groups(place.zones)]


def _groups(zones: gpd.GeoDataFrame) -> list[list[str]]:
    """Return zone ids by neighbourhood: zones whose boxes, a quarter larger, touch, share a panel."""
    tops = zones[zones["level"] == "zone"] if (zones["level"] == "zone").any() else zones
    boxes = {str(i): _grown(g.bounds, 0.25) for i, g in tops.geometry.items() if g is not None and not g.is_empty}
    groups: list[list[str]] = []
    for one in boxes:
        near = [g for g in groups if any(boxes[one].intersects(boxes[o]) for o in g)]
        groups = [g for g in groups if g not in near] + [[o for g in near for o in g] + [one]]
    return groups


def _grown(bounds: tuple[float, ...], by: float) -> shapely.Polygon:
    west, south, east, north = bounds
    more = by * max(east - west, north - south) / 2
    return shapely.box(west - more, south - more, east + more, north + more)


@dataclass(frozen=True)
class _Frame:
    """The window of a panel: metres to drawing units."""

    west: float
    north: float
    scale: float
    height: float
    box: shapely.Polygon

    def path(self, shape: shapely.Geometry) -> str:
        """Return SVG path data of a shape, clipped and no finer than the paper."""
        cut = shapely.simplify(shape, 0.4 / self.scale).intersection(self.box)
        return "".join(self._part(p) for p in shapely.get_parts(cut))

    def _part(self, part: shapely.Geometry) -> str:
        if part.geom_type == "Polygon":
            return "".join(self._ring(r) + "Z" for r in (part.exterior, *part.interiors))
        return self._ring(part) if part.geom_type in ("LineString", "LinearRing") else ""

    def _ring(self, ring: shapely.Geometry) -> str:
        xy = shapely.get_coordinates(ring)
        x, y = (xy[:, 0] - self.west) * self.scale, (self.north - xy[:, 1]) * self.scale
        return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))

    def at(self, point: shapely.Point) -> tuple[float, float]:
        """Return where a point lies on the drawing."""
        return (point.x - self.west) * self.scale, (self.north - point.y) * self.scale


def _frame(zones: gpd.GeoDataFrame) -> _Frame:
    box = _grown(tuple(zones.total_bounds), 0.12)
    west, south, east, north = box.bounds
    across, up = east - west, north - south
    if up < across * LOW:  # a long or a tall place still gets a picture one can look at
        middle, up = (south + north) / 2, across * LOW
        south, north = middle - up / 2, middle + up / 2
    if up > across * HIGH:
        middle, across = (west + east) / 2, up / HIGH
        west, east = middle - across / 2, middle + across / 2
    scale = WIDTH / across
    return _Frame(west, north, scale, up * scale, shapely.box(west, south, east, north))


def _map(place: MapLike, shown: Picture, ids: Sequence[str], lang: str) -> str:
    zones = place.zones
    parents = zones["parent_id"].astype(object) if "parent_id" in zones else pd.Series(None, index=zones.index)
    chosen = zones[zones.index.isin(ids) | parents.isin(ids)]
    frame = _frame(chosen)
    name = "name_en" if lang == "en" and "name_en" in zones else "name_zh"
    title = ", ".join(safe(n) for n in zones.loc[zones.index.isin(ids), name])
    body = "".join((
        _ground(place, frame),
        _cells(place, shown, frame),
        _zones(zones, shown, frame),
        _links(place.links, frame),
        _points(shown, frame),
        _labels(chosen, frame, lang),
        _scale_bar(frame),
    ))  # fmt: skip
    return (
        f'<svg class="map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {frame.height:.0f}" role="img">'
        f"<title>{title}</title>{_HATCH}"
        f'<rect width="{WIDTH:.0f}" height="{frame.height:.0f}" fill="{draw.INK["land"]}"/>{body}</svg>'
    )


_HATCH = (
    '<defs><pattern id="hatch" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<line x1="0" y1="0" x2="0" y2="9" stroke="{draw.INK["line"]}" stroke-width="0.9" opacity="0.28"/></pattern></defs>'
)


def _near(layer: gpd.GeoDataFrame, frame: _Frame) -> gpd.GeoDataFrame:
    """Return the features that meet the window."""
    if layer.empty:
        return layer
    return layer.iloc[np.sort(layer.sindex.query(frame.box, predicate="intersects"))]


def _ground(place: MapLike, frame: _Frame) -> str:
    water = "".join(frame.path(g) for g in _near(place.water, frame).geometry if g.area > 0)
    streams = "".join(frame.path(g) for g in _near(place.water, frame).geometry if g.area == 0)
    streets = "".join(frame.path(g) for g in _main_streets(_near(place.streets, frame)).geometry)
    ink = draw.INK
    return (
        f'<path d="{water}" fill="{ink["water"]}" stroke="none"/>'
        f'<path d="{streams}" fill="none" stroke="{ink["water"]}" stroke-width="3"/>'
        f'<path d="{streets}" fill="none" stroke="{ink["street"]}" stroke-width="1"/>'
    )


def _main_streets(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the streets to draw: all of a small place, of a city those one can tell apart on paper."""
    if len(streets) <= STREETS_MAX or "class" not in streets:
        return streets.iloc[:STREETS_MAX]
    return streets[streets["class"].astype(str).str.contains("trunk|primary|secondary|motorway|arterial")].iloc[
        :STREETS_MAX
    ]


def _cells(place: MapLike, shown: Picture, frame: _Frame) -> str:
    if shown.cells is None or shown.values is None or not len(shown.cells) or not shown.classes:
        return ""
    values = draw.classify(shown.values, shown.classes).astype(float)
    values[values < 0] = np.nan
    array, transform = grid(shown.cells, values, place.cell_metres)
    numbered = [{"value": i, "colour": c["colour"], "key": str(i)} for i, c in enumerate(shown.classes)]
    data = base64.b64encode(picture(array, numbered, opacity=0.8)).decode()
    x, y = frame.at(shapely.Point(transform.c, transform.f))
    height, width = array.shape
    size = transform.a * frame.scale
    return (
        f'<image x="{x:.1f}" y="{y:.1f}" width="{width * size:.1f}" height="{height * size:.1f}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="data:image/png;base64,{data}"/>'
    )


def _zones(zones: gpd.GeoDataFrame, shown: Picture, frame: _Frame) -> str:
    colours = draw.zone_colours(zones)
    made = []
    divided = set(zones["parent_id"].dropna().astype(str)) if "parent_id" in zones else set()
    for level in ("sub_area", "zone"):
        for i, row in _near(zones, frame).iterrows():
            if str(row["level"]) != level:
                continue
            style = draw.zone_style(colours[str(i)], level=level, basis=row.get("basis"), fill=0.10)
            d = frame.path(row.geometry)
            fill, opacity = (
                shown.fills.get(str(i), style["fillColor"]),
                0.75 if str(i) in shown.fills else style["fillOpacity"],
            )
            filled = str(i) not in divided or not shown.fills
            made.append(
                f'<path d="{d}" fill="{fill if filled and shown.cells is None else "none"}" fill-opacity="{opacity}" '
                f'stroke="{style["color"]}" stroke-width="{style["weight"] * 2:.1f}"{_dashed(style["dashArray"])}/>'
            )
            if level == "sub_area" and style["hatch"]:
                made.append(f'<path d="{d}" fill="url(#hatch)" stroke="none"/>')
    return "".join(made)


def _dashed(dash: str | None) -> str:
    return f' stroke-dasharray="{dash}"' if dash else ""


def _links(links: gpd.GeoDataFrame, frame: _Frame) -> str:
    made = []
    for _, row in _near(links, frame).iterrows():
        style = draw.link_style(str(row.get("kind")), status=str(row.get("status")), basis=row.get("basis"))
        made.append(
            f'<path d="{frame.path(row.geometry)}" fill="none" stroke="{style["color"]}" opacity="{style["opacity"]}" '
            f'stroke-width="{style["weight"] * 1.5:.1f}"{_dashed(style["dashArray"])}/>'
        )
    return "".join(made)


def _points(shown: Picture, frame: _Frame) -> str:
    made = []
    if shown.lines is not None:
        look = f'fill="none" stroke="{draw.INK["accent"]}" stroke-width="1.4" opacity="0.6"'
        made += [f'<path d="{frame.path(g)}" {look}/>' for g in _near(shown.lines, frame).geometry]
    if shown.facilities is not None:
        near = _near(shown.facilities, frame)
        size = 1.6 if len(near) <= FEW else 0.9
        made += [_icon(row, shown.service or draw.service_of(row), frame, size) for _, row in near.iterrows()]
    if shown.points is not None:
        for k, g in enumerate(_near(shown.points, frame).geometry, start=1):
            x, y = frame.at(g)
            made.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="22" fill="{draw.INK["pin"]}" stroke="#fff" stroke-width="2"/>'
                f'<text x="{x:.1f}" y="{y + 9:.1f}" text-anchor="middle" font-size="26" fill="#fff">{k}</text>'
            )
    return "".join(made)


def _icon(row: Mapping[str, Any], service: str, frame: _Frame, size: float) -> str:
    style = draw.facility_style(service, status=str(row.get("status")), basis=row.get("basis"))
    x, y = frame.at(shapely.point_on_surface(row["geometry"]))
    dash = ' stroke-dasharray="3 2"' if style["dashArray"] else ""
    return (
        f'<path transform="translate({x - 12 * size:.1f} {y - 12 * size:.1f}) scale({size})" d="{style["path"]}" fill="{style["fillColor"]}" '
        f'fill-rule="evenodd" stroke="{style["color"]}" stroke-width="1.8"{dash}/>'
    )


def _labels(zones: gpd.GeoDataFrame, frame: _Frame, lang: str) -> str:
    """Return the names of zones and sub-areas, with a halo."""
    made = []
    names = ("name_en",) if lang == "en" else ("short_zh", "name_zh")
    leaves = set(zones["parent_id"].dropna().astype(str)) if "parent_id" in zones else set()
    for i, row in zones.iterrows():
        text = next((str(row[n]) for n in names if n in zones and pd.notna(row[n]) and str(row[n])), str(i))
        part = row.geometry.intersection(frame.box)
        if part.is_empty:
            continue
        x, y = frame.at(shapely.point_on_surface(part))
        whole = str(row["level"]) == "zone"
        if whole and str(i) in leaves:  # the name of a divided zone stands at its upper edge
            west, _, east, north = part.bounds
            x, y = frame.at(shapely.Point((west + east) / 2, north))
            y = max(y - 10, 40)
        size = 38 if whole else 28
        made.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="{size}" font-weight="{600 if whole else 400}" '
            f'fill="{draw.INK["text"]}" stroke="#fff" stroke-width="7" paint-order="stroke" stroke-linejoin="round">{safe(text)}</text>'
        )
    return "".join(made)


def _scale_bar(frame: _Frame) -> str:
    """Return a bar of a round length, about a fifth of the width, and north."""
    wanted = WIDTH / 5 / frame.scale
    power = 10 ** math.floor(math.log10(wanted))
    metres = max(m for m in (power, 2 * power, 5 * power) if m <= wanted)
    words = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    y, length = frame.height - 24, metres * frame.scale
    ink = draw.INK["text"]
    return (
        f'<path d="M24 {y - 7:.0f}V{y:.0f}H{24 + length:.1f}V{y - 7:.0f}" fill="none" stroke="{ink}" stroke-width="3"/>'
        f'<text x="{32 + length:.1f}" y="{y + 8:.0f}" font-size="26" fill="{ink}">{words}</text>'
        f'<path d="M{WIDTH - 36:.0f} 46l15 36-15-10-15 10z" fill="{ink}"/>'
        f'<text x="{WIDTH - 36:.0f}" y="38" text-anchor="middle" font-size="28" fill="{ink}">N</text>'
    )


def legend_svg(legends: Iterable[Mapping[str, Any]], lang: str) -> str:
    """Return legends of :func:`layers.draw.legend` as HTML; symbols are small SVGs of constants."""
    made = []
    for one in legends:
        rows = "".join(f"<li>{_symbol(e)}{safe(e[lang])}</li>" for e in one["entries"])
        made.append(f"<section><h4>{safe(one['title'][lang])}</h4><ul>{rows}</ul></section>")
    return f'<div class="legend">{"".join(made)}</div>'


def _symbol(entry: Mapping[str, Any]) -> str:
    if entry["symbol"] == "icon":
        return str(entry["svg"])
    if entry["symbol"] == "line":
        return (
            f'<svg width="30" height="12" aria-hidden="true"><path d="M1 6H29" stroke="{entry["colour"]}" '
            f'stroke-width="{entry.get("weight", 2)}"{_dashed(entry.get("dashArray"))}/></svg>'
        )
    return f'<svg width="20" height="12" aria-hidden="true"><rect width="20" height="12" rx="2" fill="{entry["colour"]}"/></svg>'
