"""What OpenStreetMap says of corners: who does not come through a gate, and which turns are forbidden.

Gates are those of wiki.openstreetmap.org/wiki/Key:barrier, with what the profiles of OSRM (car.lua, bicycle.lua) let through where no
access tag says more; turns are relations of the type restriction over one corner. Restrictions by hour, and those over a
way between, are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmium

from layers.osm.carried import BICYCLE_TAGS, CAR_TAGS, REFUSED
from layers.osm.tags import Tags

__all__ = ["corners_of", "shut_to", "told", "turns_of"]

OPEN_TO_CARS = {
    "cattle_grid", "border_control", "toll_booth", "sally_port", "gate", "lift_gate", "swing_gate", "sliding_gate", "no", "entrance",
    "height_restrictor", "arch", "kerb",
}  # fmt: skip
NARROW = {"stile", "turnstile", "full-height_turnstile", "kissing_gate"}
SHUT = {"wall", "fence", "hedge", "debris"}
"""What nobody comes through unless a tag lets him."""
FOOT_TAGS = ("foot", "access")
GATED = {
    "car": (CAR_TAGS, None),
    "bicycle": (BICYCLE_TAGS, NARROW | SHUT),
    "wheelchair": (("wheelchair", *FOOT_TAGS), NARROW | SHUT | {"log"}),
    "pram": (FOOT_TAGS, NARROW | SHUT | {"log"}),
}  # fmt: skip
"""Of each mode the access tags, the most special first, and the barriers that stop it (None: all but those open to cars)."""
FORBIDDING = ("restriction:motorcar", "restriction:motor_vehicle", "restriction")


def shut_to(tags: Tags) -> tuple[str, ...]:
    """Return the modes that do not come through a barrier."""
    kind, found = tags.get("barrier", "no"), []
    for mode, (keys, stopping) in GATED.items():
        said = next((tags[key] for key in keys if key in tags), None)
        stops = kind not in OPEN_TO_CARS if stopping is None else kind in stopping
        if (said in REFUSED) if said is not None else stops:
            found.append(mode)
    return tuple(found)


def turns_of(tags: Tags, members: Iterable[tuple[str, str, int]]) -> list[tuple[int, str]]:
    """Return what a restriction forbids cars: ways, and the words of ``geo.modes.turns`` on each.

    ``members`` are (role, kind, id) with kinds n, w, r.
    """
    said = next((tags[key] for key in FORBIDDING if key in tags), "")
    sign = {"no_": ">", "only_": "="}.get(said.partition("_")[0] + "_")
    if sign is None or {"motorcar", "motor_vehicle"} & set(tags.get("except", "").replace(" ", "").split(";")):
        return []
    by: dict[str, list[tuple[str, int]]] = {}
    for role, kind, number in members:
        by.setdefault(role, []).append((kind, number))
    via = by.get("via", [])
    if len(via) != 1 or via[0][0] != "n":
        return []
    ways = [[number for kind, number in by.get(role, []) if kind == "w"] for role in ("from", "to")]
    return [(one, f"{via[0][1]}{sign}{other}") for one in ways[0] for other in ways[1]]


def corners_of(path: Path) -> tuple[dict[int, str], dict[int, list[str]]]:
    """Return the gates of a map file by node, as modes that do not come through, and by way the turns forbidden from it."""
    gates: dict[int, str] = {}
    turns: dict[int, list[str]] = {}
    thing: Any
    for thing in osmium.FileProcessor(str(path.resolve()), osmium.osm.NODE | osmium.osm.RELATION).with_filter(
        osmium.filter.KeyFilter("barrier", *FORBIDDING)
    ):
        tags = {t.k: t.v for t in thing.tags}
        if thing.is_node():
            if shut := shut_to(tags):
                gates[thing.id] = ",".join(shut)
        elif thing.is_relation():
            for way, word in turns_of(tags, [(m.role, m.type, m.ref) for m in thing.members]):
                turns.setdefault(way, []).append(word)
    return gates, turns


def told(ways: gpd.GeoDataFrame, gates: Mapping[int, str], turns: Mapping[int, list[str]]) -> gpd.GeoDataFrame:
    """Return links (u, v, way_id) with ``gates`` and ``turns`` as ``geo.modes.turns`` reads them."""
    ends = list(zip(ways["u"].tolist(), ways["v"].tolist(), ways["way_id"].tolist(), strict=True))
    shut = [" ".join(f"{end}:{gates[end]}" for end in (u, v) if end in gates) for u, v, _ in ends]
    said = [
        " ".join(word for word in turns.get(way, ()) if int(word.replace("=", ">").split(">")[0]) in (u, v))
        for u, v, way in ends
    ]
    return ways.assign(gates=shut, turns=said)
