"""Results on the map: pictures of cells, walking bands, lines to facilities, numbered sites."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import degrees_of
from geo.kept import Kept
from geo.text import Text
from layers.look import draw
from layers.look.soft import soft
from layers.write import geojson
from ui.map.look import MINE, badge, picture_legend
from ui.map.publish import publish, publish_frame
from ui.map.scene import Spec
from ui.session.work import aside
from ui.words import pick

__all__ = ["bands", "flows", "inline", "numbered", "picture", "published", "spokes"]

PICTURES = Kept(entries=128)
DECIMALS = 6
"""Of a degree: 0.1 m, finer than a pixel at any zoom."""


def picture(
    name: str, title: str, cells: gpd.GeoDataFrame, values: Any, cell_metres: float, classes: Sequence[Any], *,
    basis: str = "", note: str = "", on: bool = True, opacity: float = draw.WASH,
) -> Spec:  # fmt: skip
    """Return a raster layer: one palette PNG of the cells, its rows spaced as the map projects them."""
    array, transform = draw.grid(cells, values, cell_metres)
    # Known by its own numbers: two plans, two panels and twenty planners mostly look at the same picture.
    numbers = hashlib.sha256(array.tobytes()).digest()
    mark = (
        numbers,
        array.shape,
        transform,
        str(cells.crs),
        tuple((c.get("value"), c.get("low"), c.get("high"), c["colour"]) for c in classes),
    )
    overlay = PICTURES(mark, make=lambda: aside(draw.png, array, transform, cells.crs, classes, opacity=1.0))
    return {
        "id": name, "kind": "image", **publish(overlay.png, "png"), "bounds": overlay.bounds, "group": "result", "title": title,
        "opacity": opacity, "legend": picture_legend(classes, opacity), "badge": badge(basis), "note": note, "on": on,
    }  # fmt: skip


def inline(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return a small frame as GeoJSON inside the message, with the hash that tells the map whether it changed."""
    columns = {name: frame[name].tolist() for name in frame.columns if name != frame.geometry.name}
    return told_as(frame.geometry.to_numpy(), frame.crs, columns)


def told_as(shapes: NDArray[Any], crs: Any, columns: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Return shapes with what is said of them as `inline` does, without a frame around them.

    The collection is a text: Streamlit would write each of its thousand numbers anew, and the browser read them twice.
    """
    drawn = shapely.to_geojson(shapely.transform(shapes, lambda xy: _lon_lat(xy, crs)))
    rows = zip(*columns.values(), strict=True) if columns else ((),) * len(drawn)
    features = ",".join(
        f'{{"type":"Feature","properties":{_json(dict(zip(columns, row, strict=True)))},"geometry":{shape or "null"}}}'
        for row, shape in zip(rows, drawn, strict=True)
    )
    text = f'{{"type":"FeatureCollection","features":[{features}]}}'
    return {"data": text, "hash": hashlib.sha256(text.encode()).hexdigest()[:16]}


def _json(row: dict[str, Any]) -> str:
    return json.dumps(geojson.plain(row), ensure_ascii=False, separators=(",", ":"))


def _lon_lat(xy: NDArray[np.float64], crs: Any) -> NDArray[np.float64]:
    """Return places in degrees, to 0.1 m: in a thread that knows the way (``ui.session.work``)."""
    return np.round(aside(degrees_of, xy, crs), DECIMALS) + 0.0


def published(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return a frame as a published file."""
    return aside(publish_frame, frame)


def bands(areas: gpd.GeoDataFrame, texts: Sequence[Text], title: str, basis: str, *, coarse: float = 0) -> Spec | None:
    """Return walking bands, the farthest first so that the nearest lies on top; drawn soft, the numbers come from the exact shapes.

    ``coarse`` [m] leaves out corners that so little would move: ground reached by a ride has very many.
    """
    if areas.empty:
        return None
    order = np.arange(len(areas))[::-1]
    shapes = aside(soft, areas)
    if coarse:
        shapes = shapely.simplify(shapes, coarse)
    styles = [draw.isochrone_style(i, len(areas)) for i in range(len(areas))]
    rims = _rims(shapes[order], areas.crs)
    told = told_as(shapes[order], areas.crs, {
        "rank": [str(i) for i in order], "label_zh": [texts[i].zh for i in order], "label_en": [texts[i].en for i in order],
        "label_at": [rim[0] if rim else None for rim in rims], "label_more": [rim[1:] for rim in rims],
    })  # fmt: skip
    keys = ("color", "fillColor", "weight", "opacity", "fillOpacity")
    return {
        "id": "bands", **told, "group": "result", "title": title, "pane": "zp-band", "style": {},
        "rules": [{"by": "rank", "cases": {str(i): {k: s[k] for k in keys} for i, s in enumerate(styles)}}],
        "label": {"className": "zp-band", "rank": 7, "from": 12},
        "legend": [{"type": "fill", "color": s["fillColor"], "stroke": s["color"], "strokeWidth": s["weight"], "text": pick(texts[i])}
                   for i, s in enumerate(styles)],
        "badge": badge(basis),
    }  # fmt: skip


COMPASS = np.array([(0, 1), (1, 1), (-1, 1), (1, 0), (-1, 0), (1, -1), (-1, -1), (0, -1)])
"""Where a name may stand on a rim, the better places first."""
ALONG = (0.5, 0.65, 0.35, 0.8, 0.2)
"""Where a name may stand on a line, as shares of its length."""


def _rims(shapes: NDArray[Any], crs: Any) -> list[list[list[float]]]:
    """Return for each shape the points of its rim that lie farthest in eight directions, in degrees."""
    found = []
    for shape in shapes:
        xy = shapely.get_coordinates(shape)
        found.append(xy[(xy @ COMPASS.T).argmax(axis=0)] if len(xy) else xy)
    return _degrees(found, crs)


def _degrees(places: Sequence[NDArray[np.float64]], crs: Any) -> list[list[list[float]]]:
    """Return rows of places in degrees."""
    turned = _lon_lat(np.concatenate(places), crs)
    ends = np.cumsum([len(p) for p in places])[:-1]
    return [part.tolist() for part in np.split(turned, ends)]


def spokes(origin: shapely.Point, targets: gpd.GeoSeries, texts: Sequence[Text], title: str, color: str) -> Spec:
    """Return straight dashed lines from a place to facilities, each labelled with its walking distance."""
    ends = shapely.get_coordinates(targets.to_numpy())
    start = shapely.get_coordinates(origin)[0]
    lines = shapely.linestrings(np.stack([np.broadcast_to(start, ends.shape), ends], axis=1))
    along = _degrees([start + np.outer(ALONG, end - start) for end in ends], targets.crs)
    told = told_as(lines, targets.crs, {
        "label_zh": [t.zh for t in texts], "label_en": [t.en for t in texts], "label_at": [a[0] for a in along],
        "label_more": [a[1:] for a in along],
    })  # fmt: skip
    return {
        "id": "spokes", **told, "group": "result", "title": title, "pane": "zp-flow",
        "style": {"color": color, "weight": 1.8, "dashArray": "3 5", "opacity": 0.9},
        "label": {"className": "zp-spoke", "rank": 6, "from": 12}, "legend": [{"type": "line", "color": color, "dash": "3 4"}],
    }  # fmt: skip


def numbered(points: gpd.GeoSeries, texts: Iterable[str], tips: Sequence[Text], title: str) -> Spec:
    """Return chosen sites: a numbered red mark each."""
    names = list(texts)
    frame = gpd.GeoDataFrame(
        {"label_zh": names, "label_en": names, "tip_zh": [t.zh for t in tips], "tip_en": [t.en for t in tips]},
        geometry=points.to_numpy(), crs=points.crs,
    )  # fmt: skip
    return {
        "id": "sites", **inline(frame), "group": "result", "title": title, "pane": "zp-points", "live": True,
        "style": {"color": MINE, "path": draw.SHAPES["circle"], "radius": 11},
        "label": {"className": "zp-number", "rank": 20, "always": True}, "legend": [{"type": "point", "path": draw.SHAPES["circle"], "color": MINE}],
    }  # fmt: skip


def flows(lines: gpd.GeoDataFrame, weight: pd.Series, title: str, color: str, basis: str) -> Spec:
    """Return pupils on their way to seats: one line a flow, wider for more pupils."""
    steps = pd.cut(weight, [-1, 5, 15, 40, float("inf")], labels=["1", "2", "3", "4"]).astype(str)
    frame = gpd.GeoDataFrame({"step": steps.to_numpy()}, geometry=lines.geometry.to_numpy(), crs=lines.crs)
    widths = {"1": 0.5, "2": 1.1, "3": 2.0, "4": 3.2}
    return {
        "id": "flows", **published(frame), "group": "result", "title": title, "pane": "zp-flow",
        "style": {"color": color, "opacity": 0.4}, "rules": [{"by": "step", "cases": {k: {"weight": w} for k, w in widths.items()}}],
        "legend": [{"type": "line", "color": color}], "badge": badge(basis),
    }  # fmt: skip
