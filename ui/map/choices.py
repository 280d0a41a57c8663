"""Where each answer to an open question would put a file's points: seen before it is answered."""

from __future__ import annotations

from typing import Any

import geopandas as gpd

from geo.text import Text
from layers.incoming import Question
from ui.map import look
from ui.map.private import private
from ui.words import pick

__all__ = ["drawn"]

COLOURS = ("#c2187e", "#0f6b78", "#b45309", "#4b5563")
"""Of the guess first, then of the other answers in their order; told apart without hue by their radius too."""
RADII = (8, 6, 5, 4)


def drawn(questions: tuple[Question, ...]) -> tuple[list[dict[str, Any]], gpd.GeoSeries | None]:
    """Return a layer for each answer of the first question that says where it would put the points, and all of them."""
    for question in questions:
        if len(question.samples) < 2:
            continue
        words = {value: Text(zh, en) for value, zh, en in question.choices}
        order = sorted(question.samples, key=lambda one: one[0] != question.guess)
        layers, everywhere = [], []
        for (value, points), colour, radius in zip(order, COLOURS, RADII, strict=False):
            shapes = gpd.GeoSeries(gpd.points_from_xy(*zip(*points, strict=True)), crs="EPSG:4326")
            everywhere += list(shapes)
            layers.append({
                "id": f"incoming-if-{value}", **private(gpd.GeoDataFrame(geometry=shapes), f"if-{value}"), "group": "result",
                "title": pick(words.get(value, Text(value, value))), "pane": "zp-points", "live": True,
                "style": {"color": colour, "weight": 2, "fillColor": colour, "fillOpacity": 0.25, "path": look.DOT, "radius": radius},
                "legend": [{"type": "point", "path": look.DOT, "color": colour}],
            })  # fmt: skip
        return layers, gpd.GeoSeries(everywhere, crs="EPSG:4326")
    return [], None
