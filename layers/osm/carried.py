"""What the ways of OpenStreetMap carry for other modes than walking: who may use them, which way, how fast, on what.

Access follows the hierarchy of wiki.openstreetmap.org/wiki/Key:access (the more special tag wins); directions follow Key:oneway,
Key:cycleway and Key:junction. Nobody is let onto private ways; through traffic on ways for destinations is not kept out.
"""

from __future__ import annotations

import re
from typing import Any

from layers.osm.tags import YES, Tags, one_way, walkable

__all__ = ["carried"]

DRIVEN = frozenset(
    f"{name}{link}" for name in ("motorway", "trunk", "primary", "secondary", "tertiary") for link in ("", "_link")
) | {"unclassified", "residential", "living_street", "service", "road"}
NO_BICYCLE = {"motorway", "motorway_link", "trunk", "trunk_link"}
PUSHED = {"footway", "pedestrian", "corridor"}
RIDDEN = (DRIVEN - NO_BICYCLE) | {"cycleway", "path", "track"}
CAR_TAGS, BICYCLE_TAGS = ("motorcar", "motor_vehicle", "vehicle", "access"), ("bicycle", "vehicle", "access")
REFUSED = {
    "no", "private", "agricultural", "forestry", "delivery", "emergency", "military", "permit", "use_sidepath",
}  # fmt: skip
NO_THROUGH = {"emergency_access", "parking_aisle", "drive-through"}
CONTRAFLOW = ("cycleway", "cycleway:both", "cycleway:left", "cycleway:right")
MPH = 1.609344


def carried(tags: Tags) -> dict[str, Any] | None:
    """Return the columns of a way for ``geo.modes``; None where nobody goes on foot, by bicycle or by car."""
    if "highway" not in tags or tags.get("area") == "yes":
        return None
    foot = "both" if walkable(tags) else "no"
    car, bicycle = _car(tags), _bicycle(tags, foot)
    if (foot, bicycle, car) == ("no", "no", "no"):
        return None
    return {
        "foot": foot,
        "bicycle": bicycle,
        "car": car,
        "maxspeed": _speed(tags.get("maxspeed", "")),
        "surface": tags.get("surface"),
        "smoothness": tags.get("smoothness"),
        "wheelchair": tags.get("wheelchair"),
        "incline": _incline(tags.get("incline", "")),
        "bridge": tags.get("bridge", "no") != "no" or tags.get("tunnel", "no") != "no",
    }


def _allowed(tags: Tags, keys: tuple[str, ...]) -> bool | None:
    """Return what the most special access tag says, None where none says anything."""
    said = next((tags[key] for key in keys if key in tags), None)
    return None if said is None else said not in REFUSED


def _direction(sign: int) -> str:
    return {1: "ahead", -1: "back"}.get(sign, "both")


def _car(tags: Tags) -> str:
    if tags["highway"] not in DRIVEN or _allowed(tags, CAR_TAGS) is False or tags.get("service") in NO_THROUGH:
        return "no"
    return "no" if tags.get("oneway") in ("reversible", "alternating") else _direction(one_way(tags))


def _bicycle(tags: Tags, foot: str) -> str:
    kind, said = tags["highway"], _allowed(tags, BICYCLE_TAGS)
    if said is False or (kind not in RIDDEN and kind not in PUSHED) or tags.get("motorroad") == "yes":
        return "no"
    if tags.get("bicycle") == "dismount" or (kind in PUSHED and not said):
        return "pushed" if foot == "both" else "no"
    own = tags.get("oneway:bicycle")
    if own is not None:
        return _direction(-1 if own == "-1" else 1 if own in YES else 0)
    against = any(tags.get(key, "").startswith("opposite") for key in CONTRAFLOW) or any(
        tags.get(f"{key}:oneway") in ("no", "-1") for key in CONTRAFLOW
    )
    return "both" if against else _direction(one_way(tags))


def _speed(text: str) -> float:
    """Return a posted limit [km/h], NaN where the tag gives no number."""
    found = re.match(r"\s*(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|)\s*(?:;|$)", text)
    if not found:
        return float("nan")
    value = float(found[1]) * (MPH if found[2] == "mph" else 1.0)
    return value if 0 < value <= 200 else float("nan")


def _incline(text: str) -> float:
    """Return a slope as drawn [rise / run], NaN where the tag gives no percentage."""
    found = re.fullmatch(r"\s*([+-]?\d+(?:\.\d+)?)\s*%\s*", text)
    return float(found[1]) / 100 if found and abs(float(found[1])) <= 60 else float("nan")
