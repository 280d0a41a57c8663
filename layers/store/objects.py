"""The objects of a plan as plain rows, each with its place: what an audit compares and PostGIS shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.scenario import Scenario

__all__ = ["as_objects", "geometry"]


def as_objects(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """Return object id → the object as plain data, with its ``kind``."""
    data = scenario.as_dict()
    if "objects" in data:
        return {str(one["object_id"]): dict(one) for one in data["objects"]}
    found = {one["facility_id"]: {"kind": "add", **one} for one in data["added"]}
    found |= {f"close:{one}": {"kind": "close", "facility_id": one} for one in data["closed"]}
    for one, sizes in data["resized"].items():
        found |= {
            f"resize:{one}:{service}": {"kind": "resize", "facility_id": one, "service": service, "seats": seats}
            for service, seats in sizes.items()
        }
    return found


def geometry(one: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the place of an object as GeoJSON, in degrees; None where it has none."""
    if one.get("polygon"):
        rings = one["polygon"]
        return {"type": "Polygon", "coordinates": [rings] if isinstance(rings[0][0], int | float) else rings}
    if one.get("line"):
        return {"type": "LineString", "coordinates": one["line"]}
    if one.get("lon") is not None and one.get("lat") is not None:
        return {"type": "Point", "coordinates": [one["lon"], one["lat"]]}
    return None
