"""What a hand on the map says, read member by member: a stranger's text until it is an object of a plan."""

from __future__ import annotations

from dataclasses import replace

from geo.errors import InputError
from geo.scenario import Added, Barrier, Housing, Moved, Object, Removed, Street, TransitLine
from ui.words import both

__all__ = ["CORNERS", "FAR", "Box", "corners", "moved", "place"]

CORNERS = 1000
"""Of one line or area; a hand does not draw more, and every one is snapped to at each move of the mouse."""
FAR = 0.25
"""How far from the place something may be drawn [degrees, some 25 km]; the metric system of the place holds near it only."""
Box = tuple[float, float, float, float]
"""West, south, east and north of a place [degrees]."""


def place(at: object, box: Box) -> tuple[float, float]:
    """Return longitude and latitude [degrees] as the format of plans keeps them, or say that they are none near the place."""
    if not (isinstance(at, list) and len(at) == 2 and all(type(v) in (int, float) and -180 <= v <= 180 for v in at)):
        raise InputError(both("draw_odd"))
    lon, lat = (round(float(v), 7) for v in at)
    west, south, east, north = box
    if abs(lat) > 90:
        raise InputError(both("draw_odd"))
    if not (west - FAR <= lon <= east + FAR and south - FAR <= lat <= north + FAR):
        raise InputError(both("draw_far"))
    return lon, lat


def corners(at: object, box: Box) -> tuple[tuple[float, float], ...]:
    """Return the corners of a line or area, each a place near the plan."""
    if not isinstance(at, list):
        raise InputError(both("draw_odd"))
    if len(at) > CORNERS:
        raise InputError(both("draw_many", n=f"{len(at):,}", most=f"{CORNERS:,}"))
    return tuple(place(one, box) for one in at)


def moved(one: Object, at: object, box: Box) -> Object:
    """Return an object where the hand has put it."""
    if isinstance(one, Added | Moved | Removed):
        lon, lat = place(at, box)
        return replace(one, lon=lon, lat=lat)
    if isinstance(one, Housing):
        return replace(one, polygon=corners(at, box))
    if isinstance(one, Street | TransitLine):
        return replace(one, line=corners(at, box))
    if isinstance(one, Barrier):
        there = corners(at, box)
        return replace(one, polygon=there) if one.polygon else replace(one, line=there)
    raise InputError(both("draw_fixed", id=one.object_id))
