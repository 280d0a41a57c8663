"""The reference systems that planners' files of a place come in, the usual ones first."""

from __future__ import annotations

from layers.incoming.place.extent import Place

__all__ = ["DEGREES", "LOCAL", "OLD", "UNKNOWN", "old", "projected", "usual"]

DEGREES = (
    ("EPSG:4490", "CGCS2000 经纬度", "CGCS2000 degrees"),
    ("EPSG:4326", "WGS84 经纬度", "WGS84 degrees"),
)
LOCAL = ("control_points", "地方坐标系：用控制点换算（至少 3 个）", "a local grid: by control points (at least 3)")
UNKNOWN = ("unknown", "不知道：不导入", "not known: do not import")
OLD = "需用控制点或本地七参数"
"""What the names of systems say for which no public parameters lead to WGS84."""


def _zones(place: Place) -> tuple[int, int]:
    """Return the numbers of the 3-degree and the 6-degree zone of a place."""
    lon = (place.extent[0] + place.extent[2]) / 2
    return max(min(round(lon / 3), 45), 25), max(min(int(lon // 6) + 1, 23), 13)


def in_china(place: Place) -> bool:
    """Return whether the Chinese zones of Gauss and Krüger reach the middle of a place.

    Examples
    --------
    >>> in_china(Place()), in_china(Place((-51.3, -30.3, -51.0, -29.9)))
    (True, False)
    """
    lon = (place.extent[0] + place.extent[2]) / 2
    return 73 < lon < 136 and 15 < (place.extent[1] + place.extent[3]) / 2 < 55


def projected(place: Place) -> tuple[tuple[str, str, str], ...]:
    """Return the projected systems that data of this area come in, the usual ones first: code and names."""
    lon, (three, six) = (place.extent[0] + place.extent[2]) / 2, _zones(place)
    found = []
    if in_china(place):
        found += [
            (4534 + three - 25, f"CGCS2000 3 度带 中央经线 {three * 3}°（东坐标 6 位）", f"CGCS2000 3-degree, CM {three * 3}E (easting of 6 digits)"),
            (4513 + three - 25, f"CGCS2000 3 度带 第 {three} 带（东坐标以 {three} 开头）", f"CGCS2000 3-degree zone {three} (easting starts with {three})"),
            (4491 + six - 13, f"CGCS2000 6 度带 第 {six} 带（东坐标以 {six} 开头）", f"CGCS2000 6-degree zone {six} (easting starts with {six})"),
            (4502 + six - 13, f"CGCS2000 6 度带 中央经线 {six * 6 - 3}°", f"CGCS2000 6-degree, CM {six * 6 - 3}E"),
        ]  # fmt: skip
        for near in (three - 1, three + 1):
            if 25 <= near <= 45:
                found.append(
                    (4534 + near - 25, f"CGCS2000 3 度带 中央经线 {near * 3}°", f"CGCS2000 3-degree, CM {near * 3}E")
                )
                found.append((4513 + near - 25, f"CGCS2000 3 度带 第 {near} 带", f"CGCS2000 3-degree zone {near}"))
    utm = int((lon + 180) // 6) + 1
    north = (place.extent[1] + place.extent[3]) > 0
    found.append(
        (
            (32600 if north else 32700) + utm,
            f"WGS84 UTM {utm}{'N' if north else 'S'}",
            f"WGS84 UTM {utm}{'N' if north else 'S'}",
        )
    )
    found.append((3857, "Web 墨卡托", "Web Mercator"))
    return tuple((f"EPSG:{code}", zh, en) for code, zh, en in found)


def old(place: Place) -> tuple[tuple[str, str, str], ...]:
    """Return the systems of Beijing 1954 and Xian 1980 of this area: they can be recognised, not converted."""
    if not in_china(place):
        return ()
    three, six = _zones(place)
    found = []
    for zh, en, cm3, zone3, cm6, zone6 in (
        ("北京54", "Beijing 1954", 2422, 2401, 21453, 21413),
        ("西安80", "Xian 1980", 2370, 2349, 2338, 2327),
    ):
        found += [
            (cm3 + three - 25, f"{zh} 3 度带 中央经线 {three * 3}°（{OLD}）", f"{en} 3-degree, CM {three * 3}E (needs control points)"),
            (zone3 + three - 25, f"{zh} 3 度带 第 {three} 带（{OLD}）", f"{en} 3-degree zone {three} (needs control points)"),
            (cm6 + six - 13, f"{zh} 6 度带 中央经线 {six * 6 - 3}°（{OLD}）", f"{en} 6-degree, CM {six * 6 - 3}E (needs control points)"),
            (zone6 + six - 13, f"{zh} 6 度带 第 {six} 带（{OLD}）", f"{en} 6-degree zone {six} (needs control points)"),
        ]  # fmt: skip
    return tuple((f"EPSG:{code}", zh, en) for code, zh, en in found)


def usual(place: Place) -> tuple[str, ...]:
    """Return the systems that data of this area come in."""
    return tuple(name for name, *_ in (*DEGREES, *projected(place)))
