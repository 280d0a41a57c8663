"""Scenarios: what planners do to a place, object by object; what it makes of the place; how two become one.

``objects`` are the things drawn, ``scenario`` holds them, ``apply`` gives the place under them, ``merge`` makes one of
two planners' versions, ``audit`` says what changed in words, ``geojson`` writes it for people and other programs.
"""

from __future__ import annotations

from geo.scenario.apply import apply
from geo.scenario.audit import FIELDS, NAMES, Changed, changes_between, counted, said, told
from geo.scenario.compare import compare
from geo.scenario.geojson import base_of, fingerprint, from_geojson, geometry, mark_of, to_geojson
from geo.scenario.merge import Difference, Merged, Side, merge
from geo.scenario.objects import (
    KINDS,
    WAYS,
    Added,
    Barrier,
    Closed,
    District,
    Growth,
    Housing,
    Moved,
    Object,
    Opened,
    Removed,
    Resized,
    Street,
    TransitLine,
    subject,
)
from geo.scenario.projects import SERVICES_OF, noted, on_project
from geo.scenario.scenario import FORMAT, Scenario, free_ids, ids_of

__all__ = [
    "FIELDS",
    "FORMAT",
    "KINDS",
    "NAMES",
    "SERVICES_OF",
    "WAYS",
    "Added",
    "Barrier",
    "Changed",
    "Closed",
    "Difference",
    "District",
    "Growth",
    "Housing",
    "Merged",
    "Moved",
    "Object",
    "Opened",
    "Removed",
    "Resized",
    "Scenario",
    "Side",
    "Street",
    "TransitLine",
    "apply",
    "base_of",
    "changes_between",
    "compare",
    "counted",
    "fingerprint",
    "free_ids",
    "from_geojson",
    "geometry",
    "ids_of",
    "mark_of",
    "merge",
    "noted",
    "on_project",
    "said",
    "subject",
    "to_geojson",
    "told",
]
