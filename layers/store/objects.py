"""The objects of a plan as plain rows, each with its place: what an audit compares and PostGIS shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.scenario import Scenario

__all__ = ["as_objects", "geometry"]


def as_objects(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """Return object id → the object as plain data, with its ``kind``."""
    return {str(one["object_id"]): one for one in scenario.as_dict()["objects"]}


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
