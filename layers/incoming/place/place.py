"""From the numbers of a file to WGS84: what reference system they are in, asked where the file does not say."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from pyproj.exceptions import CRSError

from geo import crs as geocrs
from geo.errors import Finding
from layers.incoming.place import datum as datums
from layers.incoming.place import grids, localgrid
from layers.incoming.place.extent import Floats, Place, coordinates, inside, mapped, within
from layers.incoming.place.fit import METRES, matches
from layers.incoming.place.said import of_rows, said
from layers.incoming.rows.systems import converter, system_of
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, Table, error, info, warning

__all__ = ["to_wgs84"]

TELLS_M = 15.0
"""By so much a reading must lie nearer to known places to be preferred to a more usual one [m]."""


def to_wgs84(
    table: Table,
    place: Place,
    *,
    crs: str | None,
    answers: dict[str, Any],
    used: set[str] | None = None,
    swappable: bool = True,
) -> tuple[list[Any], list[Finding]]:
    """Return the shapes of ``table`` in WGS84 longitude, latitude, and what was found.

    ``used`` are the columns that the coordinates were taken from.

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
    if chosen == grids.UNKNOWN[0]:
        raise RefusedError(
            error("坐标系未知，不能导入；请向数据提供者问清坐标系，或在 QGIS/ArcGIS 中对照已知地物“定义投影”后重新导出（GeoTIFF 请写入坐标系），也可提供至少 3 个控制点",
                  "the reference system is not known, so the file cannot be placed: ask who made it, or define the projection in QGIS or ArcGIS against what is known and export it again (a GeoTIFF with its system written in), or give at least 3 control points")
        )  # fmt: skip
    system = _declared(table, findings) if chosen is None else _system(chosen)
    if chosen is not None and table.crs not in (None, "unknown"):
        _overridden(table, chosen, findings)
    if system is None and table.degrees and np.abs(xy).max() <= 360:
        system = system_of("OGC:CRS84")
    if system is None:
        _ask(table, xy, place, datum, used or set())
    xy, turned = _axes(xy, system, place, answers, swappable=swappable)
    if turned:
        shapes = mapped(shapes, lambda p: p[:, ::-1])
    if system.is_geographic:
        if datum is not None and answers.get("datum") is None:
            answers = {**answers, "datum": datum}
        each = datums.of_file(table, shapes, place, used or set(), answers, told=crs is not None)
        shapes = datums.moved(shapes, each, findings)
    else:
        convert = converter(system, geocrs.WGS84)
        shapes = mapped(shapes, lambda p: np.column_stack(convert.transform(p[:, 0], p[:, 1])))
        if system.is_bound:
            seven = "，".join(f"{v:g}" for v in system.coordinate_operation.towgs84)
            findings.append(warning(f"{system.source_crs.name} 按文件自带的 TOWGS84 参数（{seven}）换算；参数对不对决定位置准不准，请在预览中核对",
                                    f"{system.source_crs.name} was converted by the TOWGS84 parameters of the file ({seven}); the places are as good as they are, check the preview"))  # fmt: skip
        findings.append(info(f"坐标由 {system.name} 换算到 WGS84（CGCS2000 与 WGS84 按重合处理，差异小于 1 米）",
                             f"coordinates converted from {system.name} to WGS84 (CGCS2000 taken as equal to WGS84, within 1 m)"))  # fmt: skip
    inside(shapes, table, place, findings)
    return shapes, findings


def _chosen(crs: str | None, answers: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return the reference system and the datum that the caller has named, each None if not."""
    named = answers.get("crs") if answers.get("crs") is not None else crs
    datum = answers.get("datum")
    if datum is not None and datum not in {*(d[0] for d in datums.DATUMS), datums.ROWS}:
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
    if flat == grids.UNKNOWN[0]:
        return flat, datum
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
    bound = system if system.is_bound and any(system.coordinate_operation.towgs84) else None
    if system.is_bound:
        system = system.source_crs
    datum = f"{system.datum.name if system.datum else ''} {system.name} {system.ellipsoid.name if system.ellipsoid else ''}".casefold()
    if re.search(r"beijing|xian|xi'an|西安|北京|krassow|iag.?1975|xi_an", datum):
        if bound is not None:
            return bound  # the file's own parameters lead to WGS84; zeros, as some programs write, do not
        raise RefusedError(
            error(f"坐标系 {system.name} 属北京54/西安80，没有公开的转换参数（直接转换会偏 50–100 米）；请先用本地七参数转为 CGCS2000，或提供至少 3 个控制点（answers 的 control_points）",
                  f"{system.name} (Beijing 54 or Xian 80) has no public parameters (a plain conversion is 50-100 m off); convert it to CGCS2000 with local parameters first, or give at least 3 control points"))  # fmt: skip
    if not (system.is_geographic or system.is_projected) or system.is_geocentric:
        raise RefusedError(error(f"坐标系 {system.name[:80]} 是地方或工程坐标系；请提供至少 3 个控制点（answers 的 control_points）",
                                 f"{system.name[:80]} is a local or engineering grid; give at least 3 control points (control_points in answers)"))  # fmt: skip
    if not re.search(
        r"(?<!to)wgs.?(19)?84|world geodetic|china.?2000|china geodetic|cgcs|etrs|itrf|grs.?1980|gda|nad83|sirgas|web mercator|pseudo",
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
    """Return (system, turned) readings that put most points into the extent, the usual ones first."""
    found: list[tuple[str, bool]] = []
    few = _sample(xy)
    for name, *_ in (*grids.DEGREES[:1], *grids.projected(place), *grids.old(place)):
        system = system_of(name)
        found += [
            (name, turned) for turned in (False, True) if _share(few[:, ::-1] if turned else few, system, place) > 0.9
        ]
    return found


def _degrees(xy: Floats, name: str, *, turned: bool) -> Floats:
    """Return points as longitude and latitude when read in a system."""
    own, system = (xy[:, ::-1] if turned else xy), system_of(name)
    if system.is_geographic:
        return own
    return np.column_stack(converter(system, geocrs.WGS84).transform(own[:, 0], own[:, 1]))


def _best(table: Table, xy: Floats, place: Place) -> tuple[str | None, list[tuple[str, bool]], float | None]:
    """Return the best guess of the system, all readings that could be, and how far the guess is from known places [m].

    Known places decide, where there are three of the file's names: readings in the extent can lie kilometres apart. A
    reading must fit better by `TELLS_M` to be preferred to a more usual one.
    """
    found = _candidates(xy, place)
    shapes = list(table.shapes or [])
    met = matches(table, shapes, place) if place.known else None
    if met is None or len(met.rows) < 3 or not found:
        return (found[0][0] if found else None), found, None
    middles = np.array([(shapes[i].centroid.x, shapes[i].centroid.y) for i in met.rows])
    off = [met.metres(_degrees(middles, name, turned=turned)) for name, turned in found]
    best = 0
    for i, metres in enumerate(off):
        if metres < off[best] - TELLS_M:
            best = i
    return found[best][0], [found[best], *(f for f in found if f != found[best])], off[best]


def _apart(xy: Floats, found: list[tuple[str, bool]]) -> str:
    """Return how far the readings that could be lie from the best, as words; empty where there is one."""
    middle = np.median(_sample(xy), axis=0, keepdims=True)
    first = _degrees(middle, found[0][0], turned=found[0][1])[0]
    words = []
    for name, turned in found[1:5]:
        other = _degrees(middle, name, turned=turned)[0]
        metres = np.hypot(
            (other[0] - first[0]) * METRES[0] * np.cos(np.radians(first[1])), (other[1] - first[1]) * METRES[1]
        )
        words.append(f"{name} {metres:,.0f} m")
    return "；".join(words)


def _ask(table: Table, xy: Floats, place: Place, datum: str | None, used: set[str]) -> None:
    """Raise the question of the reference system, the best guess first."""
    best, found, off = _best(table, xy, place)
    degrees = bool(np.abs(xy).max() <= 360)
    choices = [
        *(grids.DEGREES if degrees else ()), *grids.projected(place), *(() if degrees else grids.DEGREES),
        *(() if degrees else grids.old(place)), grids.LOCAL, grids.UNKNOWN,
    ]  # fmt: skip
    guess = best or ("EPSG:4490" if degrees else "control_points")
    looks = f"坐标如 ({xy[0, 0]:.6g}, {xy[0, 1]:.6g})"
    reason, why = f"看起来是 {guess}", f"look like {guess}"
    if guess in ("EPSG:4490", "EPSG:4326"):
        reason = "看起来是经纬度"
    elif guess == "control_points":
        reason = "看起来是地方坐标系"
    if off is not None:
        reason += f"（与已知同名地点相差约 {off:,.0f} 米）"
        why += f" ({off:,.0f} m from known places of the same names)"
    if len(found) > 1 and not degrees:
        apart = _apart(xy, found)
        reason += f"；其他也落入范围的坐标系与它相差：{apart}"
        why += f"; others that fall into the area lie apart from it: {apart}"
    questions = [Question("crs", f"文件没有坐标系，{looks}，{reason}。请确认是哪一种？",
                          f"The file has no reference system; coordinates such as ({xy[0, 0]:.8g}, {xy[0, 1]:.8g}) {why}. Which is it?",
                          tuple(choices), guess, () if degrees else _drawn(xy, found))]  # fmt: skip
    if degrees and datum is None:
        shapes = list(table.shapes or [])
        questions.append(datums.question(table, shapes, place, said(table, used), own=of_rows(table), used=used))
    raise OpenQuestionError(questions)


def _drawn(xy: Floats, found: list[tuple[str, bool]]) -> tuple[tuple[str, tuple[tuple[float, float], ...]], ...]:
    """Return where the likeliest readings would put some of the points, for the map."""
    some = xy[:: max(1, len(xy) // datums.SAMPLE)][: datums.SAMPLE]
    out = {}
    for name, turned in found[:4]:
        if name not in out:
            there = _degrees(some, name, turned=turned)
            out[name] = tuple((round(float(x), 7), round(float(y), 7)) for x, y in there if np.isfinite([x, y]).all())
    return tuple(out.items())


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
            tuple(c for c in (*grids.DEGREES, *grids.projected(place), grids.LOCAL)), others[0])],
            [warning(f"声明的坐标系与坐标数值不符，不在天津范围内（{_hint(xy)}）", "the coordinates do not fit the declared reference system")])  # fmt: skip
    return xy, False


def _hint(xy: Floats) -> str:
    digits = len(str(int(abs(float(np.median(xy[:, 0]))))))
    return f"东坐标 {digits} 位" if digits > 3 else f"如 {xy[0, 0]:.6g}, {xy[0, 1]:.6g}"
