"""The objects of a plan as plain rows: what an audit compares and PostGIS shows."""

from __future__ import annotations

from typing import Any

from geo.scenario import Scenario

__all__ = ["as_objects"]


def as_objects(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """Return object id → the object as plain data, with its ``kind``."""
    return {str(one["object_id"]): one for one in scenario.as_dict()["objects"]}
