"""What OpenStreetMap tags mean here: which ways one may walk or drive, what is a school, a clinic, a station.

The way rules are those of OSMnx's ``walk`` and ``drive_service`` filters (Boeing, G. (2025) Geographical
Analysis 57, 567-577, https://doi.org/10.1111/gean.70009; ``osmnx/_overpass.py``), so that results compare.
Tag meanings follow wiki.openstreetmap.org (amenity=school, isced:level, healthcare=*, railway=station).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = [
    "YES",
    "Tags",
    "clinic_kind",
    "coast",
    "drivable",
    "ground_kind",
    "kindergarten_or_school",
    "line_kind",
    "names",
    "number",
    "one_way",
    "public_kind",
    "school_kind",
    "stop_kind",
    "walkable",
    "water_kind",
]

Tags = Mapping[str, str]

_NOT_A_STREET = "abandoned|bus_guideway|construction|no|planned|platform|proposed|raceway|razed|rest_area|services"
WALK_REFUSED = {
    "area": re.compile("yes"),
    "access": re.compile("private"),
    "highway": re.compile(f"{_NOT_A_STREET}|cycleway|motor"),
    "foot": re.compile("no"),
    "service": re.compile("private"),
    "sidewalk": re.compile("separate"),
    "sidewalk:both": re.compile("separate"),
    "sidewalk:left": re.compile("separate"),
    "sidewalk:right": re.compile("separate"),
}
"""A way with a highway tag is walkable unless one of these tags matches (anywhere in the value, as in Overpass)."""
DRIVE_REFUSED = {
    "area": re.compile("yes"),
    "access": re.compile("private"),
    "highway": re.compile(
        f"{_NOT_A_STREET}|bridleway|corridor|cycleway|elevator|escalator|footway|path|pedestrian|steps|track"
    ),
    "motor_vehicle": re.compile("no"),
    "motorcar": re.compile("no"),
    "service": re.compile("emergency_access|parking|parking_aisle|private"),
}
YES = ("yes", "true", "1")

# Chinese school names say the stages; the first pattern that fits wins.
SCHOOL_NAMES: tuple[tuple[str, str], ...] = (
    (r"幼儿园|幼稚园|托儿所", "kindergarten"),
    (r"十五年", "fifteen_year"),
    (r"十二年", "twelve_year"),
    (r"九年", "nine_year"),
    (r"完全中学", "complete_middle"),
    (r"小学", "primary"),
    (r"初级中学|初中", "junior"),
    (r"高级中学|高中", "senior"),
    (r"中学", "middle"),
)
ISCED: dict[frozenset[str], str] = {
    frozenset("0"): "kindergarten", frozenset("1"): "primary", frozenset("2"): "junior", frozenset("3"): "senior",
    frozenset("12"): "nine_year", frozenset("23"): "middle", frozenset("123"): "twelve_year",
    frozenset("0123"): "fifteen_year",
}  # fmt: skip
STATION_KINDS = {"subway": "metro", "light_rail": "light_rail", "monorail": "light_rail"}
LINES = {
    ("railway", "subway"): "metro",
    ("railway", "light_rail"): "light_rail",
    ("railway", "rail"): "railway",
    ("highway", "motorway"): "expressway",
    ("highway", "trunk"): "expressway",
}


def walkable(tags: Tags) -> bool:
    """Return whether people may walk along a way (OSMnx's walk filter)."""
    return _street(tags, WALK_REFUSED)


def drivable(tags: Tags) -> bool:
    """Return whether cars may drive along a way (OSMnx's drive_service filter)."""
    return _street(tags, DRIVE_REFUSED)


def _street(tags: Tags, refused: Mapping[str, re.Pattern[str]]) -> bool:
    if "highway" not in tags:
        return False
    return not any(key in tags and pattern.search(tags[key]) for key, pattern in refused.items())


def one_way(tags: Tags) -> int:
    """Return 1 if cars may only go along the way as drawn, -1 only against it, 0 both."""
    value = tags.get("oneway", "")
    if value in ("-1", "reverse"):
        return -1
    implied = tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
    return 1 if value in YES or (implied and value != "no") else 0


def kindergarten_or_school(tags: Tags) -> bool:
    """Return whether the object is a school or kindergarten in use."""
    return tags.get("amenity") in ("school", "kindergarten")


def school_kind(tags: Tags) -> str:
    """Return the kind of a school: by amenity, then ISCED levels, then its Chinese name, else ``school``."""
    if tags.get("amenity") == "kindergarten":
        return "kindergarten"
    levels = frozenset(re.findall(r"[0-3]", _expanded(tags.get("isced:level", ""))))
    if levels in ISCED:
        return ISCED[levels]
    name = tags.get("name:zh") or tags.get("name", "")
    return next((kind for pattern, kind in SCHOOL_NAMES if re.search(pattern, name)), "school")


def _expanded(levels: str) -> str:
    """Return ``1-3`` as ``1 2 3``."""
    return re.sub(r"([0-9])\s*-\s*([0-9])", lambda m: " ".join(map(str, range(int(m[1]), int(m[2]) + 1))), levels)


def clinic_kind(tags: Tags) -> str | None:
    """Return the kind of a medical institution, None if the object is none."""
    amenity, health = tags.get("amenity"), tags.get("healthcare")
    if amenity not in ("hospital", "clinic", "doctors") and health not in ("hospital", "clinic", "centre", "doctor"):
        return None
    name = tags.get("name:zh") or tags.get("name", "")
    if re.search(r"卫生服务站|卫生站|卫生室|医务室", name):
        return "health_station"
    if re.search(r"卫生服务中心|卫生院", name):
        return "community_health_centre"
    if amenity == "hospital" or health == "hospital":
        return "hospital"
    return "health_station" if amenity == "doctors" or health == "doctor" else "community_health_centre"


def stop_kind(tags: Tags) -> str | None:
    """Return the kind of a station or a bus stop, None if the object is none."""
    if tags.get("highway") == "bus_stop":
        return "bus"
    if tags.get("railway") in ("station", "halt") or (
        tags.get("public_transport") == "station" and tags.get("amenity") != "bus_station"
    ):
        for key, kind in STATION_KINDS.items():
            if tags.get("station") == key or tags.get(key) == "yes":
                return kind
        if tags.get("railway") in ("station", "halt") or tags.get("train") == "yes":
            return "railway"
    if tags.get("railway") == "tram_stop":
        return "tram"
    if tags.get("amenity") == "bus_station":
        return "bus_station"
    return "ferry" if tags.get("amenity") == "ferry_terminal" else None


def public_kind(tags: Tags) -> str | None:
    """Return the kind of another public facility (park, sport, culture, elderly, market), None if the object is none.

    ``amenity=social_facility`` counts only where it says it is for the elderly (``social_facility:for=senior``): day care
    is day care, everything else an elderly centre.
    """
    amenity, leisure = tags.get("amenity"), tags.get("leisure")
    if tags.get("access") == "private":
        return None
    if amenity == "social_facility":
        if not re.search(r"senior|elderly", tags.get("social_facility:for", "")):
            return None
        return "elderly_day_care" if tags.get("social_facility") == "day_care" else "elderly_centre"
    if leisure in ("sports_centre", "pitch"):
        return "sport"
    if leisure == "park":
        return "park"
    if amenity in ("library", "community_centre", "arts_centre"):
        return "culture"
    return "market" if amenity == "marketplace" or tags.get("shop") == "supermarket" else None


def line_kind(tags: Tags) -> str | None:
    """Return the kind of a transport line that streets cannot cross freely, None otherwise."""
    if tags.get("service") in ("yard", "siding", "spur", "crossover"):
        return None
    for (key, value), kind in LINES.items():
        if tags.get(key) == value:
            return kind
    return None


def water_kind(tags: Tags) -> str | None:
    """Return ``area`` or ``line`` for waters worth drawing, None otherwise."""
    if tags.get("natural") == "water" or tags.get("waterway") == "riverbank" or tags.get("landuse") == "reservoir":
        return "area"
    return "line" if tags.get("waterway") in ("river", "canal") else None


GROUND: dict[str, dict[str, str]] = {
    "landuse": {
        **dict.fromkeys(("residential", "commercial", "retail", "education", "institutional", "construction"), "builtup"),
        **dict.fromkeys(("industrial", "railway", "port", "depot", "quarry"), "industrial"),
        **dict.fromkeys(("forest", "grass", "recreation_ground", "village_green", "cemetery", "orchard", "vineyard", "meadow"), "green"),
    },
    "leisure": dict.fromkeys(("park", "garden", "golf_course", "nature_reserve"), "green"),
    "natural": dict.fromkeys(("wood", "scrub", "heath", "grassland", "wetland"), "green"),
}  # fmt: skip


def ground_kind(tags: Tags) -> str | None:
    """Return what an area is on the base map: ``green``, ``builtup``, ``industrial``, or None."""
    return next((kinds[tags[key]] for key, kinds in GROUND.items() if tags.get(key) in kinds), None)


def coast(tags: Tags) -> bool:
    """Return whether a way is a piece of coast, with the sea on its right."""
    return tags.get("natural") == "coastline"


def names(tags: Tags, what: str, label: str) -> tuple[str, str | None]:
    """Return the Chinese (or local) and English name; an unnamed object is called by its kind and OSM id."""
    local = tags.get("name:zh") or tags.get("name:zh-Hans") or tags.get("name") or tags.get("name:en")
    return (local or f"{what}（未命名，OSM {label}）"), tags.get("name:en") or None


def number(tags: Tags, *keys: str) -> float:
    """Return the first of the tags that is a plain count, NaN otherwise: unknown, never zero."""
    for key in keys:
        value = tags.get(key, "").strip()
        if value.isdigit() and 0 < int(value) <= 20_000:
            return float(value)
    return float("nan")
