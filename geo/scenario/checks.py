"""What the fields of a scenario's objects may hold, and the words for those that cannot be meant."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import shapely

from geo.errors import Finding, InputError
from geo.services import SERVICES

__all__ = ["WAYS", "Area", "Ring", "checked", "is_needed", "members", "same_id", "told"]

Ring = tuple[tuple[float, float], ...]
Area = tuple[tuple[Ring, ...], ...]
"""Areas, each an outline and its holes: the coordinates of a GeoJSON MultiPolygon."""
WAYS = ("street", "bridge", "crossing", "gate")
"""How a new way joins the streets: wherever it crosses one, or at its two ends only."""
DECIMALS = 7
YEARS = range(1900, 2201)
NAMES = ("facility_id", "object_id", "from_zone", "to_zone")
TEXTS = ("author", "reason", "name_zh", "project_id", "project_zh")
SIZES = ("seats", "dwellings", "persons_per_dwelling", "people")
RATES = {"headway_min": (1, 240), "speed_km_h": (3, 200)}
"""Numbers of a line of public transport, and between what they lie."""
UNKNOWN_ALLOWED = {("add", "seats"), ("housing", "persons_per_dwelling")}


def checked(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an object in their plain form.

    Raises
    ------
    InputError
        One finding for each field that cannot be meant; ``file`` names the object.

    Examples
    --------
    >>> checked("close", {"facility_id": "S", "year": 2030.0, "author": "", "reason": ""})["year"]
    2030
    >>> checked("growth", {"object_id": "N1", "from_zone": "a", "to_zone": "a", "people": 5, "year": None})
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...N1: from_zone and to_zone are the same...
    """
    name = _id(kind, values)
    found: list[Finding] = []
    out = dict(values)
    for field, value in values.items():
        out[field] = _plain(kind, name, field, value, found)
    if kind == "barrier" and bool(out["line"]) is bool(out["polygon"]) and not found:
        found.append(_wrong(name, "line", "须给出线或面之一", "give a line or a polygon, one of them"))
    if kind == "growth" and out["from_zone"] == out["to_zone"]:
        found.append(_wrong(name, "to_zone", "迁出与迁入片区相同，请选择两个片区", "from_zone and to_zone are the same, choose two"))  # fmt: skip
    if kind == "transit" and not found and out["last"] < out["first"]:
        found.append(_wrong(name, "last", "末班早于首班，请更正（次日写 25:00）", "the last trip is before the first, correct it (25:00 is the next day)"))  # fmt: skip
    if found:
        raise InputError(found)
    return out


def told(data: Any, kinds: Collection[str]) -> tuple[str, dict[str, Any]]:
    """Return the kind of an object told in plain data, and its other members.

    Examples
    --------
    >>> told({"kind": "tunnel"}, ("add", "close"))
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...the kind of object 'tunnel' is not known: add, close; open it with a newer version...
    """
    if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
        raise InputError(
            [_wrong("objects", None, "方案中的每一项须为对象", "each entry of a scenario must be an object")]
        )
    given = dict(data)
    kind = given.pop("kind", None)
    if not isinstance(kind, str) or kind not in kinds:
        raise InputError(
            [
                _wrong(
                    str(given.get("object_id", "objects")), "kind",
                    f"不认识的对象类型 {kind!r}（认识 {'、'.join(kinds)}）；请用更新的版本打开，或更正",
                    f"the kind of object {kind!r} is not known: {', '.join(kinds)}; open it with a newer version, or correct it",
                )
            ]
        )  # fmt: skip
    return kind, given


def members(kind: str, given: Mapping[str, Any], known: Collection[str], needed: Collection[str]) -> None:
    """Refuse an object with members that are not known, or without those it needs.

    Examples
    --------
    >>> members("close", {}, {"facility_id"}, {"facility_id"})
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...facility_id...is missing...
    """
    name = _id(kind, given)
    if unknown := [key for key in given if key not in known]:
        listed = "、".join(unknown)
        raise InputError(
            [
                _wrong(
                    name, unknown[0], f"有本程序不认识的字段：{listed}；请用更新的版本打开，或删去这些字段",
                    f"{name} has fields that this program does not know: {', '.join(unknown)}; open it with a newer version, or remove them",
                )
            ]
        )  # fmt: skip
    if missing := [key for key in sorted(needed) if key not in given]:
        raise InputError([_wrong(name, key, f"缺少 {key}，请补上", f"{key} is missing, add it") for key in missing])


def is_needed(field: dataclasses.Field[Any]) -> bool:
    """Return whether an object cannot be without a field.

    Examples
    --------
    >>> from geo.scenario.objects import Closed
    >>> [is_needed(f) for f in dataclasses.fields(Closed)]
    [True, False, False, False, False, False]
    """
    return field.default is dataclasses.MISSING


def same_id(stated: object, real: str) -> None:
    """Refuse an object whose stated id is not the one it has by its kind and facility.

    Examples
    --------
    >>> same_id("close:T", "close:S")
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...object_id must be 'close:S', not 'close:T'...
    """
    if stated is not None and stated != real:
        raise InputError(
            [
                _wrong(
                    real, "object_id", f"object_id 须为 {real!r}，现为 {stated!r}；请更正或删去",
                    f"object_id must be {real!r}, not {stated!r}; correct it or leave it out",
                )
            ]
        )  # fmt: skip


def _id(kind: str, values: Mapping[str, Any]) -> str:
    """Return what to call an object in a message."""
    if kind == "add" or "object_id" in values:
        return str(values.get("object_id", values.get("facility_id", kind)))
    own = f"{kind}:{values.get('facility_id', '?')}"
    return f"{own}:{values['service']}" if kind in ("resize", "district") and "service" in values else own


def _wrong(name: str, field: str | None, zh: str, en: str) -> Finding:
    said = en if en.startswith(name) else f"{name}: {en}"
    return Finding("error", f"方案对象 {name}：{zh}", said, name, field=field)


def _plain(kind: str, name: str, field: str, value: Any, found: list[Finding]) -> Any:
    """Return one field in its plain form; what is wrong with it goes to ``found``."""
    if field in NAMES:
        if isinstance(value, str) and value.strip() == value != "":
            return value
        found.append(_wrong(name, field, f"{field} 须为不空的编号，前后无空格", f"{field} must be an id: a text that is not empty, no spaces around it"))  # fmt: skip
    elif field in TEXTS:
        if isinstance(value, str):
            return value
        found.append(_wrong(name, field, f"{field} 须为文字", f"{field} must be text"))
    elif field == "service":
        if value in SERVICES:
            return value
        found.append(_wrong(name, field, f"没有服务 {value!r}，可选：{'、'.join(SERVICES)}", f"there is no service {value!r}, choose one of {', '.join(SERVICES)}"))  # fmt: skip
    elif field == "way":
        if value in WAYS:
            return value
        found.append(_wrong(name, field, f"没有通道类型 {value!r}，可选：{'、'.join(WAYS)}", f"there is no way {value!r}, choose one of {', '.join(WAYS)}"))  # fmt: skip
    elif field in MEASURED:
        return MEASURED[field](kind, name, field, value, found)
    elif field in ("lon", "lat"):
        bound = 180 if field == "lon" else 90
        if (number := _number(value)) is not None and abs(number) <= bound:
            return round(number, DECIMALS) + 0.0
        found.append(_wrong(name, field, f"{field} 须为 ±{bound} 度之内的数，现为 {value!r}", f"{field} must be degrees within ±{bound}, not {value!r}"))  # fmt: skip
    elif field in ("line", "polygon", "area"):
        return _area(name, field, value, found) if field == "area" else _shape(kind, name, field, value, found)
    return value


def _number(value: Any) -> float | None:
    """Return a finite number as a float, None for everything else."""
    if isinstance(value, bool | str | bytes) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _year(kind: str, name: str, field: str, value: Any, found: list[Finding]) -> int | None:
    if value is None and kind != "open":
        return None
    number = _number(value)
    if number is not None and number == int(number) and int(number) in YEARS:
        return int(number)
    found.append(_wrong(name, field, f"年份须为 {YEARS[0]}–{YEARS[-1]} 的整数，现为 {value!r}", f"the year must be a whole number from {YEARS[0]} to {YEARS[-1]}, not {value!r}"))  # fmt: skip
    return None


def _size(kind: str, name: str, field: str, value: Any, found: list[Finding]) -> float | None:
    if value is None and (kind, field) in UNKNOWN_ALLOWED:
        return None
    number = _number(value)
    least = 0 if field == "seats" else 1e-9  # nobody builds no dwelling, or moves nobody; a school may lose its stage
    if number is not None and number >= least:
        return number + 0.0
    zh, en = ("不小于 0", "of at least 0") if field == "seats" else ("大于 0", "above 0")
    found.append(_wrong(name, field, f"规模 {field} 须为{zh}的数，现为 {value!r}", f"{field} must be a number {en}, not {value!r}"))  # fmt: skip
    return None


def _rate(_kind: str, name: str, field: str, value: Any, found: list[Finding]) -> float | None:
    low, high = RATES[field]
    if (number := _number(value)) is not None and low <= number <= high:
        return number + 0.0
    found.append(_wrong(name, field, f"{field} 须为 {low:g}–{high:g} 的数，现为 {value!r}", f"{field} must be a number from {low:g} to {high:g}, not {value!r}"))  # fmt: skip
    return None


def _clock(_kind: str, name: str, field: str, value: Any, found: list[Finding]) -> str:
    if isinstance(value, str) and (time := re.fullmatch(r"([01]?\d|2\d):([0-5]\d)", value.strip())):
        return f"{int(time[1]):02}:{time[2]}"
    found.append(_wrong(name, field, f"时刻请写如 06:30，现为 {value!r}", f"write a time as 06:30, not {value!r}"))
    return ""


MEASURED: Mapping[str, Callable[[str, str, str, Any, list[Finding]], Any]] = {
    **dict.fromkeys(("year", "open_year"), _year),
    **dict.fromkeys(SIZES, _size),
    **dict.fromkeys(RATES, _rate),
    **dict.fromkeys(("first", "last"), _clock),
}
"""Fields that hold a year, a size, a rate or a time, and how each is read."""


def _shape(kind: str, name: str, field: str, value: Any, found: list[Finding]) -> Ring:
    """Return the corners of a line, or of the border of an area, which ends where it begins."""
    if kind == "barrier" and not _listed(value):
        return ()
    corners = [_corner(one) for one in _listed(value)]
    ring = tuple(c for i, c in enumerate(corners) if c is not None and (i == 0 or c != corners[i - 1]))
    area = field == "polygon"
    if area and ring and ring[0] != ring[-1]:
        ring = (*ring, ring[0])
    if None in corners or len(ring) < (4 if area else 2):
        zh, en = ("三个", "three") if area else ("两个", "two")
        found.append(_wrong(name, field, f"{field} 须为至少{zh}不同的 [经度, 纬度]（度），不含洞", f"{field} must be at least {en} different [lon, lat] in degrees, without holes"))  # fmt: skip
        return ()
    if area and not shapely.Polygon(ring).is_valid:
        found.append(_wrong(name, field, "面的边界自相交，请重画", "the border of the area crosses itself, draw it again"))  # fmt: skip
        return ()
    return ring


def _area(name: str, field: str, value: Any, found: list[Finding]) -> Area:
    """Return the outlines and holes of an area in several parts, each ring ending where it begins."""
    parts, faults = [], len(found)
    for part in _listed(value):
        rings = tuple(_shape("district", name, "polygon", ring, found) for ring in _listed(part))
        parts.append(rings)
    if len(found) > faults:
        return ()
    if not parts or not all(parts) or not shapely.MultiPolygon([(p[0], p[1:]) for p in parts]).is_valid:
        found.append(_wrong(name, field, f"{field} 须为至少一个面，各面不重叠，洞在面内", f"{field} must be at least one area, none over another, holes inside"))  # fmt: skip
        return ()
    return tuple(parts)


def _listed(value: Any) -> Sequence[Any]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        return (value,) if value is not None else ()
    return list(value)


def _corner(one: Any) -> tuple[float, float] | None:
    pair = _listed(one)
    if len(pair) != 2:
        return None
    lon, lat = _number(pair[0]), _number(pair[1])
    if lon is None or lat is None or abs(lon) > 180 or abs(lat) > 90:
        return None
    return round(lon, DECIMALS) + 0.0, round(lat, DECIMALS) + 0.0
