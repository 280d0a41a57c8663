"""Results on the map: pictures of cells, walking bands, lines to facilities, numbered sites."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

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


def picture(
    name: str, title: str, cells: gpd.GeoDataFrame, values: Any, cell_metres: float, classes: Sequence[Any], *,
    basis: str = "", note: str = "", on: bool = True, opacity: float = 0.62,
) -> Spec:  # fmt: skip
    """Return a raster layer: one palette PNG of the cells, its rows spaced as the map projects them."""
    array, transform = draw.grid(cells, values, cell_metres)
    overlay = aside(draw.png, array, transform, cells.crs, classes, opacity=1.0)
    return {
        "id": name, "kind": "image", **publish(overlay.png, "png"), "bounds": overlay.bounds, "group": "result", "title": title,
        "opacity": opacity, "legend": picture_legend(classes, opacity), "badge": badge(basis), "note": note, "on": on,
    }  # fmt: skip


def inline(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return a small frame as GeoJSON inside the message, with the hash that tells the map whether it changed."""
    text = aside(geojson.dumps, frame)
    return {"data": json.loads(text), "hash": hashlib.sha256(text.encode()).hexdigest()[:16]}


def published(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return a frame as a published file."""
    return aside(publish_frame, frame)


def bands(areas: gpd.GeoDataFrame, texts: Sequence[Text], title: str, basis: str) -> Spec | None:
    """Return walking bands, the farthest first so that the nearest lies on top; drawn soft, the numbers come from the exact shapes."""
    if areas.empty:
        return None
    order = np.arange(len(areas))[::-1]
    shapes = aside(soft, areas)
    styles = [draw.isochrone_style(i, len(areas)) for i in range(len(areas))]
    frame = gpd.GeoDataFrame(
        {"rank": [str(i) for i in order], "label_zh": [texts[i].zh for i in order], "label_en": [texts[i].en for i in order],
         "label_at": _tops(gpd.GeoSeries(shapes[order], crs=areas.crs))},
        geometry=shapes[order], crs=areas.crs,
    )  # fmt: skip
    keys = ("color", "fillColor", "weight", "opacity", "fillOpacity")
    return {
        "id": "bands", **inline(frame), "group": "result", "title": title, "pane": "zp-band", "style": {},
        "rules": [{"by": "rank", "cases": {str(i): {k: s[k] for k in keys} for i, s in enumerate(styles)}}],
        "label": {"className": "zp-band", "rank": 7, "from": 12},
        "legend": [{"type": "fill", "color": s["fillColor"], "stroke": s["color"], "strokeWidth": s["weight"], "text": pick(texts[i])}
                   for i, s in enumerate(styles)],
        "badge": badge(basis),
    }  # fmt: skip


def _tops(shapes: gpd.GeoSeries) -> list[list[float] | None]:
    """Return the northernmost point of each shape in degrees: where its label sits on its rim."""
    points = []
    for shape in shapes:
        xy = shapely.get_coordinates(shape)
        points.append(shapely.Point(xy[xy[:, 1].argmax()]) if len(xy) else None)
    turned = aside(gpd.GeoSeries(points, crs=shapes.crs).to_crs, 4326)
    return [None if p is None or p.is_empty else [round(p.x, 6), round(p.y, 6)] for p in turned]


def spokes(origin: shapely.Point, targets: gpd.GeoSeries, texts: Sequence[Text], title: str, color: str) -> Spec:
    """Return straight dashed lines from a place to facilities, each labelled with its walking distance."""
    lines = [shapely.LineString([origin, target]) for target in targets]
    frame = gpd.GeoDataFrame(
        {"label_zh": [t.zh for t in texts], "label_en": [t.en for t in texts]}, geometry=lines, crs=targets.crs
    )
    return {
        "id": "spokes", **inline(frame), "group": "result", "title": title, "pane": "zp-flow",
        "style": {"color": color, "weight": 1.8, "dashArray": "3 5", "opacity": 0.9},
        "label": {"className": "zp-road", "rank": 6, "from": 12}, "legend": [{"type": "line", "color": color, "dash": "3 4"}],
    }  # fmt: skip


def numbered(points: gpd.GeoSeries, texts: Iterable[str], tips: Sequence[Text], title: str, service: str) -> Spec:
    """Return chosen sites: a numbered red mark each."""
    names = list(texts)
    look = draw.service_style(service)
    frame = gpd.GeoDataFrame(
        {"label_zh": names, "label_en": names, "tip_zh": [t.zh for t in tips], "tip_en": [t.en for t in tips]},
        geometry=points.to_numpy(), crs=points.crs,
    )  # fmt: skip
    return {
        "id": "sites", **inline(frame), "group": "result", "title": title, "pane": "zp-points", "live": True,
        "style": {"color": MINE, "path": look["path"], "radius": 11},
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
