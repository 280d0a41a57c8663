"""Maps as still pictures: SVG in metres for paper, one panel for each group of zones that lie together.

Everything from the data enters as an escaped text node or as a number; there is no template anywhere.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.look import draw
from layers.look.overlay import Class, grid, picture
from layers.look.soft import soft
from layers.look.water import waters
from layers.page.lettering import labels, safe, scale_bar
from layers.page.window import Window, groups, window_of

__all__ = ["MapLike", "Picture", "card", "dashed", "fixed", "maps", "safe"]

FONTS = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"
STREETS_MAX = 20_000
CELLS_DRAWN = 12_000
"""Cells of a panel up to which each is a square of its own."""
FEW = 40
"""Facilities of a panel up to which their icons are large."""


class MapLike(Protocol):
    """What a map needs of a workspace, in its metric CRS."""

    @property
    def zones(self) -> gpd.GeoDataFrame: ...  # noqa: D102
    @property
    def links(self) -> gpd.GeoDataFrame: ...  # noqa: D102
    @property
    def water(self) -> gpd.GeoDataFrame: ...  # noqa: D102
    @property
    def ground(self) -> gpd.GeoDataFrame: ...  # noqa: D102
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
    areas: gpd.GeoDataFrame | None = None
    """Ground within walking reach, the nearest first."""


def maps(place: MapLike, shown: Picture, *, lang: str = "zh") -> list[str]:
    """Return one SVG element for each group of neighbouring zones, drawn in the metric CRS of the place."""
    drawn = ((ids, window_of(_chosen(place.zones, ids))) for ids in groups(place.zones))
    return [_map(place, shown, ids, frame, lang) for ids, frame in drawn]


UNITS_A_MM = 10.0
"""Units of a drawing at a fixed scale in a millimetre of paper: texts are then 3 to 4 mm high."""


def fixed(
    place: MapLike, shown: Picture, ids: Sequence[str], *, middle: tuple[float, float] | None = None,
    scale: float, width: float, height: float, lang: str = "zh",
) -> str:  # fmt: skip
    """Return a map at a fixed scale: the same box of ground, whatever is shown on it.

    Parameters
    ----------
    ids
        The zones in whose middle it lies, and which are named.
    middle
        The middle of the map, where it is not that of the zones [m].
    scale
        The n of 1 : n.
    width, height
        Size of the paper [mm].
    """
    west, south, east, north = _chosen(place.zones, ids).total_bounds
    x, y = middle if middle is not None else ((west + east) / 2, (south + north) / 2)
    across, up = width * scale / 1000, height * scale / 1000
    box = shapely.box(x - across / 2, y - up / 2, x + across / 2, y + up / 2)
    frame = Window(
        x - across / 2, y + up / 2, UNITS_A_MM * width / across, UNITS_A_MM * height, box, UNITS_A_MM * width
    )
    rim = f'<rect x="1" y="1" width="{frame.width - 2:.0f}" height="{frame.height - 2:.0f}" fill="none" stroke="#8a949d" stroke-width="2"/></svg>'
    return _map(place, shown, ids, frame, lang).removesuffix("</svg>") + rim


BLEED = 0.3
"""How much more ground than its box a card draws on each side, as a part of the box: a wider window shows it."""


def card(place: MapLike, shown: Picture, zone: str, *, width: float, height: float, lang: str = "zh") -> str:
    """Return a small map of one zone for the screen, without its name, whose ground goes on beyond its box.

    Parameters
    ----------
    width, height
        Units of the box that is seen in any case; a text is about 16 high.
    """
    west, south, east, north = _chosen(place.zones, [zone]).total_bounds
    scale = min(width / (east - west), height / (north - south)) / 1.12
    x, y = (west + east) / 2, (south + north) / 2
    across, up = width / scale, height / scale
    more_x, more_y = across * (0.5 + BLEED), up * (0.5 + BLEED)
    frame = Window(
        x - across / 2, y + up / 2, scale, height, shapely.box(x - more_x, y - more_y, x + more_x, y + more_y), width, 0
    )
    return _map(place, shown, [zone], frame, lang, card=True)


def _chosen(zones: gpd.GeoDataFrame, ids: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the zones of these ids and their parts."""
    parents = zones["parent_id"].astype(object) if "parent_id" in zones else pd.Series(None, index=zones.index)
    return zones[zones.index.isin(ids) | parents.isin(ids)]


def _map(place: MapLike, shown: Picture, ids: Sequence[str], frame: Window, lang: str, *, card: bool = False) -> str:
    zones = place.zones
    name = "name_en" if lang == "en" and "name_en" in zones else "name_zh"
    title = ", ".join(safe(n) for n in zones.loc[zones.index.isin(ids), name])
    body = "".join((
        _water(place, frame),
        _cells(place, shown, frame),
        _areas(shown, frame),
        _streets(place, frame),  # above the wash: one sees which street a place lies at
        _zones(zones, shown, frame, card=card),
        _links(place.links, frame),
        _points(shown, frame, card=card),
        labels(_chosen(zones, ids), frame, lang, _signs(shown, frame, card=card), card=card),
        scale_bar(frame, north=not card, size=18 if card else 26),
    ))  # fmt: skip
    return (
        f'<svg class="map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width:.0f} {frame.height:.0f}" role="img" font-family="{FONTS}">'
        f"<title>{title}</title>{_HATCH}"
        f'<rect {_whole(frame)} fill="{draw.INK["land"]}"/>{body}</svg>'
    )


def _whole(frame: Window) -> str:
    """Return the box of ground that is drawn, as the attributes of a rectangle."""
    west, south, east, north = frame.box.bounds
    x, y = frame.at(shapely.Point(west, north))
    return f'x="{x:.0f}" y="{y:.0f}" width="{(east - west) * frame.scale:.0f}" height="{(north - south) * frame.scale:.0f}"'


_HATCH = (
    '<defs><pattern id="hatch" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<line x1="0" y1="0" x2="0" y2="9" stroke="{draw.INK["line"]}" stroke-width="0.9" opacity="0.28"/></pattern></defs>'
)


def _near(layer: gpd.GeoDataFrame, frame: Window) -> gpd.GeoDataFrame:
    """Return the features that meet the window."""
    if layer.empty:
        return layer
    return layer.iloc[np.sort(layer.sindex.query(frame.box, predicate="intersects"))]


def _water(place: MapLike, frame: Window) -> str:
    shapes = waters(place)
    near = shapes.iloc[np.sort(shapes.sindex.query(frame.box, predicate="intersects"))] if len(shapes) else shapes
    water = "".join(frame.path(g) for g in near if g.area > 0)
    streams = "".join(frame.path(g) for g in near if g.area == 0)
    ink = draw.INK
    return (
        f'<path d="{water}" fill="{ink["water"]}" stroke="none"/>'
        f'<path d="{streams}" fill="none" stroke="{ink["water"]}" stroke-width="3"/>'
    )


def _streets(place: MapLike, frame: Window) -> str:
    streets = frame.paths(_main_streets(_near(place.streets, frame)).geometry)
    return f'<path d="{streets}" fill="none" stroke="{draw.INK["street"]}" stroke-width="1"/>'


def _main_streets(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the streets to draw: all of a small place, of a city those one can tell apart on paper."""
    if len(streets) <= STREETS_MAX or "class" not in streets:
        return streets.iloc[:STREETS_MAX]
    return streets[streets["class"].astype(str).str.contains("trunk|primary|secondary|motorway|arterial")].iloc[
        :STREETS_MAX
    ]


def _cells(place: MapLike, shown: Picture, frame: Window) -> str:
    if shown.cells is None or shown.values is None or not len(shown.cells) or not shown.classes:
        return ""
    values = draw.classify(shown.values, shown.classes).astype(float)
    values[values < 0] = np.nan
    inside = _inside(shown.cells, frame)
    if inside.sum() <= CELLS_DRAWN:
        return _squares(shown.cells[inside], values[inside], shown.classes, place.cell_metres, frame)
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


def _areas(shown: Picture, frame: Window) -> str:
    """Return walking areas, softened as on the page: the far ones below the near ones."""
    shapes = [] if shown.areas is None or shown.areas.empty else list(soft(shown.areas))
    made = []
    for rank, shape in reversed(list(enumerate(shapes))):
        style = draw.isochrone_style(rank, len(shapes))
        made.append(
            f'<path d="{frame.path(shape)}" fill="{style["fillColor"]}" fill-opacity="0.45" fill-rule="evenodd" '
            f'stroke="{style["color"]}" stroke-opacity="{style["opacity"]}" stroke-width="{style["weight"] * 1.7:.1f}"/>'
        )
    return "".join(made)


def _zones(zones: gpd.GeoDataFrame, shown: Picture, frame: Window, *, card: bool = False) -> str:
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
                f'stroke="{style["color"]}" stroke-width="{style["weight"] * (1.2 if card else 2):.1f}"{dashed(style["dashArray"])}/>'
            )
            if level == "sub_area" and style["hatch"]:
                made.append(f'<path d="{d}" fill="url(#hatch)" stroke="none"/>')
    return "".join(made)


def _inside(cells: gpd.GeoDataFrame, frame: Window) -> np.ndarray:
    west, south, east, north = frame.box.bounds
    points = cells.geometry.centroid
    return np.asarray(points.x.between(west, east) & points.y.between(south, north))


def _squares(
    cells: gpd.GeoDataFrame, values: np.ndarray, classes: Sequence[Class], metres: float, frame: Window
) -> str:
    """Return cells as squares, a path for each class: sharp on any paper, which a picture of pixels is not."""
    points, size = cells.geometry.centroid, metres * frame.scale
    x = (points.x.to_numpy() - metres / 2 - frame.west) * frame.scale
    y = (frame.north - points.y.to_numpy() - metres / 2) * frame.scale
    made = []
    for k, one in enumerate(classes):
        here = values == k
        d = "".join(
            f"M{a:.1f} {b:.1f}h{wide:.1f}v{size:.1f}h-{wide:.1f}z" for a, b, wide in _rows(x[here], y[here], size)
        )
        made.append(f'<path d="{d}" fill="{one["colour"]}" fill-opacity="0.8" stroke="none"/>' if d else "")
    return "".join(made)


def _rows(x: np.ndarray, y: np.ndarray, size: float) -> Iterator[tuple[float, float, float]]:
    """Return left, top and width of squares, those that stand beside one another in a row as one."""
    order = np.lexsort((x, y.round(2)))
    x, y = x[order], y[order]
    new = np.ones(len(x), dtype=bool)
    new[1:] = (np.abs(np.diff(y)) > size / 10) | (np.abs(np.diff(x) - size) > size / 10)
    starts = np.flatnonzero(new)
    counts = np.diff(starts, append=len(x))
    yield from zip(x[starts].tolist(), y[starts].tolist(), (counts * size).tolist(), strict=True)


def dashed(dash: str | None) -> str:
    """Return the attribute of a dashed line."""
    return f' stroke-dasharray="{dash}"' if dash else ""


def _links(links: gpd.GeoDataFrame, frame: Window) -> str:
    made = []
    for _, row in _near(links, frame).iterrows():
        style = draw.link_style(str(row.get("kind")), status=str(row.get("status")), basis=row.get("basis"))
        made.append(
            f'<path d="{frame.path(row.geometry)}" fill="none" stroke="{style["color"]}" opacity="{style["opacity"]}" '
            f'stroke-width="{style["weight"] * 1.5:.1f}"{dashed(style["dashArray"])}/>'
        )
    return "".join(made)


def _sign_size(number: int, *, card: bool) -> float:
    """Return how much larger than its box of 24 units a sign is drawn."""
    return (1.0 if card else 2.0) if number <= FEW else 0.75 if card else 0.9


def _signs(shown: Picture, frame: Window, *, card: bool) -> list[shapely.Polygon]:
    """Return the boxes of the facilities' signs: no name stands on one."""
    if shown.facilities is None:
        return []
    near = _near(shown.facilities, frame)
    half = 10 * _sign_size(len(near), card=card)
    at = (frame.at(shapely.point_on_surface(g)) for g in near.geometry)
    return [shapely.box(x - half, y - half, x + half, y + half) for x, y in at]


def _points(shown: Picture, frame: Window, *, card: bool = False) -> str:
    made = []
    if shown.lines is not None:
        look = f'fill="none" stroke="{draw.INK["accent"]}" stroke-width="1.4" opacity="0.6"'
        made += [f'<path d="{frame.path(g)}" {look}/>' for g in _near(shown.lines, frame).geometry]
    if shown.facilities is not None:
        near = _near(shown.facilities, frame)
        size = _sign_size(len(near), card=card)
        made += [_icon(row, shown.service or draw.service_of(row), frame, size) for _, row in near.iterrows()]
    if shown.points is not None:
        for k, g in enumerate(_near(shown.points, frame).geometry, start=1):
            x, y = frame.at(g)
            made.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="22" fill="{draw.INK["pin"]}" stroke="#fff" stroke-width="2"/>'
                f'<text x="{x:.1f}" y="{y + 9:.1f}" text-anchor="middle" font-size="26" fill="#fff">{k}</text>'
            )
    return "".join(made)


def _icon(row: Mapping[str, Any], service: str, frame: Window, size: float) -> str:
    style = draw.facility_style(service, status=str(row.get("status")), basis=row.get("basis"))
    x, y = frame.at(shapely.point_on_surface(row["geometry"]))
    paths = draw.sign_paths(style, hollow=style["hollow"], dashed=style["dashArray"] is not None)
    return f'<g transform="translate({x - 12 * size:.1f} {y - 12 * size:.1f}) scale({size})">{paths}</g>'
