"""From the numbers of a file to WGS84: what reference system they are in, asked where the file does not say."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from pyproj.exceptions import CRSError

from geo import crs as geocrs
from geo.errors import Finding
from layers.incoming.place import datum as datums
from layers.incoming.place import localgrid
from layers.incoming.place.extent import Floats, Place, coordinates, inside, mapped, within
from layers.incoming.rows.systems import converter, system_of
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, Table, error, info, warning

__all__ = ["to_wgs84", "usual"]

_DEGREES = (
    ("EPSG:4490", "CGCS2000 经纬度", "CGCS2000 degrees"),
    ("EPSG:4326", "WGS84 经纬度", "WGS84 degrees"),
)
_LOCAL = ("control_points", "地方坐标系：用控制点换算（至少 3 个）", "a local grid: by control points (at least 3)")


def _projected(place: Place) -> tuple[tuple[str, str, str], ...]:
    """Return the projected systems that data of this area come in, the usual ones first: code and names."""
    lon = (place.extent[0] + place.extent[2]) / 2
    three, six = max(min(round(lon / 3), 45), 25), max(min(int(lon // 6) + 1, 23), 13)
    found = [
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


def usual(place: Place) -> tuple[str, ...]:
    """Return the systems that data of this area come in."""
    return tuple(name for name, *_ in (*_DEGREES, *_projected(place)))


def to_wgs84(
    table: Table, place: Place, *, crs: str | None, answers: dict[str, Any], swappable: bool = True
) -> tuple[list[Any], list[Finding]]:
    """Return the shapes of ``table`` in WGS84 longitude, latitude, and what was found.

    Raises
    ------
    OpenQuestionError
        If the file does not say where it is; every question carries the best guess.
    RefusedError
        If it cannot be placed.
    """
    shapes = table.shapes or []
    xy = coordinates(shapes)
    if not len(xy):
        raise RefusedError(
            error(
                "没有一行有坐标；请检查坐标列或几何图形",
                "no row has coordinates; check the coordinate columns or the drawing",
            )
        )
    findings: list[Finding] = []
    chosen, datum = _chosen(crs, answers)
    if chosen == "control_points":
        return localgrid.placed(shapes, answers, place)
    system = _declared(table, findings) if chosen is None else _system(chosen)
    if chosen is not None and table.crs not in (None, "unknown"):
        _overridden(table, chosen, findings)
    if system is None and table.degrees and np.abs(xy).max() <= 360:
        system = system_of("OGC:CRS84")
    if system is None:
        _ask(table, xy, place, datum)
    xy, turned = _axes(xy, system, place, answers, swappable=swappable)
    if turned:
        shapes = mapped(shapes, lambda p: p[:, ::-1])
    if system.is_geographic:
        datum = datum or datums.declared_or_asked(table, shapes, place, told=crs is not None)
        shapes = datums.unshifted(shapes, datum, findings)
    else:
        convert = converter(system, geocrs.WGS84)
        shapes = mapped(shapes, lambda p: np.column_stack(convert.transform(p[:, 0], p[:, 1])))
        findings.append(info(f"坐标由 {system.name} 换算到 WGS84（CGCS2000 与 WGS84 按重合处理，差异小于 1 米）",
                             f"coordinates converted from {system.name} to WGS84 (CGCS2000 taken as equal to WGS84, within 1 m)"))  # fmt: skip
    inside(shapes, table, place, findings)
    return shapes, findings


def _chosen(crs: str | None, answers: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return the reference system and the datum that the caller has named, each None if not."""
    named = answers.get("crs") if answers.get("crs") is not None else crs
    datum = answers.get("datum")
    if datum is not None and datum not in {d[0] for d in datums.DATUMS}:
        raise RefusedError(
            error(
                f"datum 的答案“{str(datum)[:40]}”无效，可选 wgs84、gcj02、bd09",
                f"'{str(datum)[:40]}' is no answer to datum; choose wgs84, gcj02 or bd09",
            )
        )
    if named is None:
        return ("control_points" if answers.get("control_points") is not None else None), datum
    text = str(named).strip()
    flat = re.sub(r"[\s_\-]", "", text).casefold()
    if flat in ("gcj02", "gcj"):
        return "EPSG:4326", "gcj02"
    if flat in ("bd09", "bd09ll", "bd"):
        return "EPSG:4326", "bd09"
    if flat == "controlpoints":
        return "control_points", datum
    if text.isdigit():
        text = f"EPSG:{text}"
    return text, datum


def _system(name: str) -> Any:
    """Return the usable system of ``name``.

    Raises
    ------
    RefusedError
        If it is unknown, or has no true way to WGS84.
    """
    if re.match(r"\s*\+", name) or re.search(r"grids\s*=\s*(?!@null)|init\s*=|file:", name, re.IGNORECASE):
        raise RefusedError(
            error(
                "坐标系的写法会引用本机或网络上的文件，不接受；请用 EPSG 代码，如 EPSG:4548",
                "this way of writing a reference system can refer to files and is not taken; use an EPSG code such as EPSG:4548",
            )
        )
    try:
        system: Any = system_of(name)
    except (CRSError, ValueError):
        raise RefusedError(error(f"无法识别的坐标系“{name[:80]}”；请用 EPSG 代码，如 EPSG:4548",
                                 f"unknown reference system '{name[:80]}'; use an EPSG code such as EPSG:4548")) from None  # fmt: skip
    if system.is_compound:
        system = system.sub_crs_list[0]
    if system.is_bound:
        system = system.source_crs
    datum = f"{system.datum.name if system.datum else ''} {system.name} {system.ellipsoid.name if system.ellipsoid else ''}".casefold()
    if re.search(r"beijing|xian|xi'an|西安|北京|krassow|iag.?1975|xi_an", datum):
        raise RefusedError(
            error(f"坐标系 {system.name} 属北京54/西安80，没有公开的转换参数（直接转换会偏 50–100 米）；请先用本地七参数转为 CGCS2000，或提供至少 3 个控制点（answers 的 control_points）",
                  f"{system.name} (Beijing 54 or Xian 80) has no public parameters (a plain conversion is 50-100 m off); convert it to CGCS2000 with local parameters first, or give at least 3 control points"))  # fmt: skip
    if not (system.is_geographic or system.is_projected) or system.is_geocentric:
        raise RefusedError(error(f"坐标系 {system.name[:80]} 是地方或工程坐标系；请提供至少 3 个控制点（answers 的 control_points）",
                                 f"{system.name[:80]} is a local or engineering grid; give at least 3 control points (control_points in answers)"))  # fmt: skip
    if not re.search(
        r"wgs.?(19)?84|world geodetic|china.?2000|china geodetic|cgcs|etrs|itrf|grs.?1980|gda|nad83|sirgas|web mercator|pseudo",
        datum,
    ):
        raise RefusedError(
            error(f"坐标系 {system.name[:80]} 的基准未知，无法可靠转换到 WGS84；请转为 CGCS2000 后导入，或提供控制点",
                  f"the datum of {system.name[:80]} is unknown and has no reliable way to WGS84; convert it to CGCS2000, or give control points"))  # fmt: skip
    return system


def _declared(table: Table, findings: list[Finding]) -> Any:
    if table.crs is None or table.crs == "unknown":
        return None
    text = table.crs
    if re.match(r"\s*(LOCAL_CS|LOCALCS|ENGCRS|ENGINEERINGCRS)", text, re.IGNORECASE):
        findings.append(
            warning(
                "文件声明的是地方（工程）坐标系，没有转换参数",
                "the file declares a local (engineering) grid without parameters",
            )
        )
        return None
    try:
        system = _system(text)
        datum = f"{system.datum.name if system.datum else ''}"
        if re.search(r"unknown|not specified|unnamed|undefined", datum, re.IGNORECASE):
            findings.append(
                warning(
                    f"坐标系 {system.name[:60]} 没有写明基准，按 CGCS2000/WGS84 处理；请核对位置",
                    f"{system.name[:60]} does not name its datum; taken as CGCS2000/WGS84, check the place",
                )
            )
        return system
    except RefusedError as refused:
        if "无法识别" in refused.findings[0].text_zh:
            raise RefusedError(error(f"文件声明的坐标系无法识别（{text[:60]}）；请在软件中定义投影后重新导出，或指定 crs",
                                     f"the reference system of the file is not known ({text[:60]}); define the projection and export again, or name the crs")) from None  # fmt: skip
        raise


def _overridden(table: Table, chosen: str, findings: list[Finding]) -> None:
    try:
        same = system_of(str(table.crs)).equals(system_of(chosen), ignore_axis_order=True)
    except CRSError:
        same = False
    if not same and table.crs_from not in ("RFC 7946", "TopoJSON", "KML"):
        findings.append(
            warning(
                f"按指定的坐标系 {chosen} 读取，与文件声明的不同；请核对位置",
                f"read as {chosen} as told, which differs from what the file declares; check the place",
            )
        )


def _share(xy: Floats, system: Any, place: Place) -> float:
    """Return the share of points that fall into the extent when read in ``system``."""
    if system.is_geographic:
        degrees = xy
    else:
        convert = converter(system, geocrs.WGS84)
        degrees = np.column_stack(convert.transform(xy[:, 0], xy[:, 1]))
    return float(within(degrees, place.extent, 0.05).mean())


def _sample(xy: Floats) -> Floats:
    return xy if len(xy) <= 2_000 else xy[:: len(xy) // 2_000]


def _candidates(xy: Floats, place: Place) -> list[tuple[str, bool]]:
    """Return (system, turned) readings that put most points into the extent, best first."""
    found: list[tuple[str, bool]] = []
    few = _sample(xy)
    for name, *_ in (*_DEGREES[:1], *_projected(place)):
        system = system_of(name)
        found += [
            (name, turned) for turned in (False, True) if _share(few[:, ::-1] if turned else few, system, place) > 0.9
        ]
    return found


def _ask(table: Table, xy: Floats, place: Place, datum: str | None) -> None:
    """Raise the question of the reference system, the best guess first."""
    found = [name for name, _ in _candidates(xy, place)]
    degrees = bool(np.abs(xy).max() <= 360)
    choices = [*(_DEGREES if degrees else ()), *_projected(place), *(() if degrees else _DEGREES), _LOCAL]
    guess = found[0] if found else "EPSG:4490" if degrees else "control_points"
    looks = f"坐标如 ({xy[0, 0]:.6g}, {xy[0, 1]:.6g})"
    reason = (
        "看起来是经纬度"
        if guess in ("EPSG:4490", "EPSG:4326")
        else "看起来是地方坐标系"
        if guess == "control_points"
        else f"看起来是 {guess}"
    )
    questions = [Question("crs", f"文件没有坐标系，{looks}，{reason}。请确认是哪一种？",
                          f"The file has no reference system; coordinates such as ({xy[0, 0]:.8g}, {xy[0, 1]:.8g}) look like {guess}. Which is it?",
                          tuple(choices), guess)]  # fmt: skip
    if degrees and datum is None:
        questions.append(datums.question(table, list(table.shapes or []), place))
    raise OpenQuestionError(questions)


def _axes(
    xy: Floats, system: Any, place: Place, answers: dict[str, Any], *, swappable: bool
) -> tuple[Floats, bool]:  # fmt: skip
    """Return the coordinates with x east and y north; asks where they only fit when turned."""
    few = _sample(xy)
    told = answers.get("axis")
    if told not in (None, "xy", "yx"):
        raise RefusedError(error("axis 的答案无效，可选 xy 或 yx", "no answer to axis; choose xy or yx"))
    if told == "yx":
        return xy[:, ::-1], True
    swappable = swappable and told != "xy"
    if not place.sure or _share(few, system, place) > 0.5:
        return xy, False
    if _share(few[:, ::-1], system, place) > 0.9 and swappable:
        zh = "经度和纬度" if system.is_geographic else "X（北）和 Y（东）"
        raise OpenQuestionError([Question(
            "axis", f"坐标不在规划范围内；若{zh}对调则正好落入。是否对调？", "The coordinates lie outside the area, but fall into it with the axes swapped. Swap them?",
            (("yx", "对调", "swap"), ("xy", "不对调", "keep")), "yx")],
            [warning(f"{zh}疑似颠倒", "the axes seem to be swapped")])  # fmt: skip
    others = [name for name, turned in _candidates(xy, place) if not turned or swappable]
    if others and answers.get("crs") is None:
        raise OpenQuestionError([Question(
            "crs", f"按 {system.name} 读取，坐标不在规划范围内；按 {others[0]} 则正好落入。请确认坐标系？",
            f"Read as {system.name} the coordinates lie outside the area; read as {others[0]} they fall into it. Which is it?",
            tuple(c for c in (*_DEGREES, *_projected(place), _LOCAL)), others[0])],
            [warning(f"声明的坐标系与坐标数值不符，不在天津范围内（{_hint(xy)}）", "the coordinates do not fit the declared reference system")])  # fmt: skip
    return xy, False


def _hint(xy: Floats) -> str:
    digits = len(str(int(abs(float(np.median(xy[:, 0]))))))
    return f"东坐标 {digits} 位" if digits > 3 else f"如 {xy[0, 0]:.6g}, {xy[0, 1]:.6g}"
