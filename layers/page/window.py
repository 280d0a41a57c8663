"""Windows on the ground: which zones lie together, what box of ground a drawing shows, and at which scale."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

__all__ = ["SCALES", "Window", "groups", "scale_for", "window_of"]

WIDTH = 1000.0
"""Units of the drawing across; the height follows the place."""

LOW, HIGH = 0.55, 0.8
"""Least and greatest height of a panel as a part of its width."""

SCALES = tuple(m * 10**p for p in (3, 4, 5) for m in (1, 1.5, 2, 2.5, 3, 4, 5, 7.5))
"""Scales that a map on paper may have, 1 : n: those a ruler is read at easily."""


def groups(zones: gpd.GeoDataFrame) -> list[list[str]]:
    """Return zone ids by neighbourhood: zones whose boxes, a quarter larger, touch, share a panel."""
    tops = zones[zones["level"] == "zone"] if (zones["level"] == "zone").any() else zones
    boxes = {str(i): _grown(g.bounds, 0.25) for i, g in tops.geometry.items() if g is not None and not g.is_empty}
    found: list[list[str]] = []
    for one in boxes:
        near = [g for g in found if any(boxes[one].intersects(boxes[o]) for o in g)]
        found = [g for g in found if g not in near] + [[o for g in near for o in g] + [one]]
    return found


def scale_for(zones: gpd.GeoDataFrame, width: float, height: float) -> float:
    """Return the n of the largest scale 1 : n at which zones fit a box of paper [mm], a tenth of it left free around them."""
    west, south, east, north = zones.total_bounds
    wanted = 1.1 * 1000 * max((east - west) / width, (north - south) / height)
    return next((n for n in SCALES if n >= wanted), SCALES[-1])


def _grown(bounds: tuple[float, ...], by: float) -> shapely.Polygon:
    west, south, east, north = bounds
    more = by * max(east - west, north - south) / 2
    return shapely.box(west - more, south - more, east + more, north + more)


@dataclass(frozen=True)
class Window:
    """The window of a panel: metres to drawing units."""

    west: float
    north: float
    scale: float
    height: float
    box: shapely.Polygon
    width: float = WIDTH
    digits: int = 1
    """Decimals of a coordinate: on a screen a whole unit is enough, and half as long to send."""

    def path(self, shape: shapely.Geometry) -> str:
        """Return SVG path data of a shape, clipped and no finer than the paper."""
        cut = shapely.simplify(shape, 0.4 / self.scale).intersection(self.box)
        return "".join(self._part(p) for p in shapely.get_parts(cut))

    def paths(self, shapes: Iterable[shapely.Geometry]) -> str:
        """Return SVG path data of many lines at once: a town has thousands, and one by one each pays for the crossing to GEOS."""
        lines = shapely.simplify(np.asarray(list(shapes), dtype=object), 0.4 / self.scale)
        parts = shapely.get_parts(shapely.clip_by_rect(lines, *self.box.bounds))
        xy, whose = shapely.get_coordinates(parts, return_index=True)
        x, y = (xy[:, 0] - self.west) * self.scale, (self.north - xy[:, 1]) * self.scale
        at = np.round(np.column_stack((x, y)), self.digits)
        first = np.diff(whose, prepend=-1) != 0
        step = np.round(np.diff(at, axis=0, prepend=0), self.digits)
        here = first | (step != 0).any(axis=1)  # points that fall on the one before draw nothing
        n = self.digits
        # Steps from point to point are shorter to write than where each lies.
        return "".join(
            f"{'M' if new else 'l'}{a:.{n}f} {b:.{n}f}"
            for (a, b), new in zip(np.where(first[:, None], at, step)[here].tolist(), first[here].tolist(), strict=True)
        )

    def _part(self, part: shapely.Geometry) -> str:
        if part.geom_type == "Polygon":
            return "".join(self._ring(r) + "Z" for r in (part.exterior, *part.interiors))
        return self._ring(part) if part.geom_type in ("LineString", "LinearRing") else ""

    def _ring(self, ring: shapely.Geometry) -> str:
        xy = shapely.get_coordinates(ring)
        x, y = (xy[:, 0] - self.west) * self.scale, (self.north - xy[:, 1]) * self.scale
        return "M" + "L".join(f"{a:.{self.digits}f} {b:.{self.digits}f}" for a, b in zip(x, y, strict=True))

    def at(self, point: shapely.Point) -> tuple[float, float]:
        """Return where a point lies on the drawing."""
        return (point.x - self.west) * self.scale, (self.north - point.y) * self.scale


def window_of(zones: gpd.GeoDataFrame) -> Window:
    """Return the window of a panel around zones, neither too flat nor too tall."""
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
    return Window(west, north, scale, up * scale, shapely.box(west, south, east, north))
