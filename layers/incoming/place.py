"""From the numbers of a file to WGS84: what reference system they are in, asked where the file does not say."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.exceptions import CRSError

from geo import crs as geocrs
from geo.errors import Finding
from layers.incoming.table import OpenQuestionError, Question, RefusedError, Table, error, info, warning

__all__ = ["Known", "Place", "to_wgs84"]

Floats = npt.NDArray[np.float64]
RMSE_LIMIT = 0.5  # [m] of control points; above it they do not belong to one grid
TIANJIN = (116.6, 38.4, 118.2, 40.4)  # lon, lat: the municipality and its surroundings
CHINA = (73.0, 3.0, 136.0, 54.0)
SHIFT_MATCHES = 5
DATUMS = (
    ("wgs84", "WGS84 / CGCS2000（GPS、天地图、测绘成果）", "WGS84 / CGCS2000 (GPS, Tianditu, survey)"),
    ("gcj02", "GCJ-02（高德、腾讯、谷歌中国）", "GCJ-02 (Amap, Tencent, Google China)"),
    ("bd09", "BD-09（百度地图）", "BD-09 (Baidu)"),
)
_GCJ_WORDS = re.compile(r"gcj|高德|amap|autonavi|火星|腾讯|tencent|qq地图|mars", re.IGNORECASE)
_BD_WORDS = re.compile(r"bd-?09|百度|baidu|bdmap", re.IGNORECASE)
_WGS_WORDS = re.compile(r"wgs-?_?84|cgcs-?_?2000|国家2000|天地图|大地2000|gps", re.IGNORECASE)
_PROJECTED = (
    ("EPSG:4548", "CGCS2000 3 度带 中央经线 117°（东坐标 6 位）", "CGCS2000 3-degree, CM 117E (easting of 6 digits)"),
    ("EPSG:4527", "CGCS2000 3 度带 第 39 带（东坐标以 39 开头）", "CGCS2000 3-degree zone 39 (easting starts with 39)"),
    ("EPSG:4498", "CGCS2000 6 度带 第 20 带（东坐标以 20 开头）", "CGCS2000 6-degree zone 20 (easting starts with 20)"),
    ("EPSG:4509", "CGCS2000 6 度带 中央经线 117°", "CGCS2000 6-degree, CM 117E"),
    ("EPSG:4547", "CGCS2000 3 度带 中央经线 114°", "CGCS2000 3-degree, CM 114E"),
    ("EPSG:4549", "CGCS2000 3 度带 中央经线 120°", "CGCS2000 3-degree, CM 120E"),
    ("EPSG:32650", "WGS84 UTM 50N", "WGS84 UTM 50N"),
    ("EPSG:3857", "Web 墨卡托", "Web Mercator"),
)  # fmt: skip
_DEGREES = (
    ("EPSG:4490", "CGCS2000 经纬度", "CGCS2000 degrees"),
    ("EPSG:4326", "WGS84 经纬度", "WGS84 degrees"),
)
_LOCAL = ("control_points", "地方坐标系：用控制点换算（至少 3 个）", "a local grid: by control points (at least 3)")


@dataclass(frozen=True)
class Known:
    """Places of the workspace by name: name, lon, lat [degrees], accuracy [m]."""

    name: str
    lon: float
    lat: float
    accuracy_m: float


@dataclass(frozen=True)
class Place:
    """What the caller knows of the place: its extent (west, south, east, north), and named places."""

    extent: tuple[float, float, float, float] = TIANJIN
    known: tuple[Known, ...] = ()
    sure: bool = True
    """Whether data far outside the extent must be wrong (not for OpenStreetMap extracts)."""


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
    xy = _coordinates(shapes)
    if not len(xy):
        raise RefusedError(
            error(
                "没有一行有坐标；请检查坐标列或几何图形",
                "no row has coordinates; check the coordinate columns or the drawing",
            )
        )
    findings: list[Finding] = []
    chosen, datum = _chosen(table, crs, answers)
    if chosen == "control_points":
        return _local(shapes, answers, place)
    system = _declared(table, findings) if chosen is None else _system(chosen, given=True)
    if chosen is not None and table.crs not in (None, "unknown"):
        _overridden(table, chosen, findings)
    if system is None and table.degrees and np.abs(xy).max() <= 360:
        system = pyproj.CRS.from_user_input("OGC:CRS84")
    if system is None:
        _ask(table, xy, place, answers, datum)
    xy, turned = _axes(xy, system, place, answers, findings, swappable=swappable)
    if turned:
        shapes = _mapped(shapes, lambda p: p[:, ::-1])
    if system.is_geographic:
        datum = datum or _datum_question(table, shapes, place, chosen)
        shapes = _unshift(shapes, datum, findings)
    else:
        convert = pyproj.Transformer.from_crs(system, geocrs.WGS84, always_xy=True)
        shapes = _mapped(shapes, lambda p: np.column_stack(convert.transform(p[:, 0], p[:, 1])))
        findings.append(info(f"坐标由 {system.name} 换算到 WGS84（CGCS2000 与 WGS84 按重合处理，差异小于 1 米）",
                             f"coordinates converted from {system.name} to WGS84 (CGCS2000 taken as equal to WGS84, within 1 m)"))  # fmt: skip
    _inside(shapes, table, place, findings)
    return shapes, findings


def _coordinates(shapes: Sequence[Any]) -> Floats:
    return np.asarray(shapely.get_coordinates(np.array(shapes, dtype=object)), dtype=float)


def _mapped(shapes: Sequence[Any], change: Any) -> list[Any]:
    return list(shapely.transform(np.array(shapes, dtype=object), change))


def _chosen(table: Table, crs: str | None, answers: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return the reference system and the datum that the caller has named, each None if not."""
    named = answers.get("crs") if answers.get("crs") is not None else crs
    datum = answers.get("datum")
    if datum is not None and datum not in {d[0] for d in DATUMS}:
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
    asked = answers.get("crs") is not None and table.crs is None
    return text, datum or (None if asked else "wgs84" if crs is not None else None)


def _system(name: str, *, given: bool) -> Any:
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
        system = pyproj.CRS.from_user_input(name)
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
        return _system(text, given=False)
    except RefusedError as refused:
        if "无法识别" in refused.findings[0].text_zh:
            raise RefusedError(error(f"文件声明的坐标系无法识别（{text[:60]}）；请在软件中定义投影后重新导出，或指定 crs",
                                     f"the reference system of the file is not known ({text[:60]}); define the projection and export again, or name the crs")) from None  # fmt: skip
        raise


def _overridden(table: Table, chosen: str, findings: list[Finding]) -> None:
    try:
        same = pyproj.CRS.from_user_input(table.crs).equals(pyproj.CRS.from_user_input(chosen), ignore_axis_order=True)
    except CRSError:
        same = False
    if not same and table.crs_from not in ("RFC 7946", "TopoJSON", "KML"):
        findings.append(
            warning(
                f"按指定的坐标系 {chosen} 读取，与文件声明的不同；请核对位置",
                f"read as {chosen} as told, which differs from what the file declares; check the place",
            )
        )


def _within(xy: Floats, box: tuple[float, float, float, float], margin: float = 0.0) -> npt.NDArray[np.bool_]:
    west, south, east, north = box
    with np.errstate(invalid="ignore"):
        return (
            (xy[:, 0] >= west - margin)
            & (xy[:, 0] <= east + margin)
            & (xy[:, 1] >= south - margin)
            & (xy[:, 1] <= north + margin)
        )


def _share(xy: Floats, system: Any, place: Place) -> float:
    """Return the share of points that fall into the extent when read in ``system``."""
    if system.is_geographic:
        degrees = xy
    else:
        convert = pyproj.Transformer.from_crs(system, geocrs.WGS84, always_xy=True)
        degrees = np.column_stack(convert.transform(xy[:, 0], xy[:, 1]))
    return float(_within(degrees, place.extent, 0.05).mean())


def _sample(xy: Floats) -> Floats:
    return xy if len(xy) <= 2_000 else xy[:: len(xy) // 2_000]


def _candidates(xy: Floats, place: Place) -> list[tuple[str, bool]]:
    """Return (system, turned) readings that put most points into the extent, best first."""
    found = []
    few = _sample(xy)
    for name, *_ in (*_DEGREES[:1], *_PROJECTED):
        system = pyproj.CRS.from_user_input(name)
        for turned in (False, True):
            if _share(few[:, ::-1] if turned else few, system, place) > 0.9:
                found.append((name, turned))
    return found


def _ask(table: Table, xy: Floats, place: Place, answers: dict[str, Any], datum: str | None) -> None:
    """Raise the question of the reference system, the best guess first."""
    found = [name for name, _ in _candidates(xy, place)]
    degrees = bool(np.abs(xy).max() <= 360)
    choices = [*(_DEGREES if degrees else ()), *_PROJECTED, *(() if degrees else _DEGREES), _LOCAL]
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
        questions.append(_datum(table, list(table.shapes or []), place, guess_only=True))
    raise OpenQuestionError(questions)


def _axes(
    xy: Floats, system: Any, place: Place, answers: dict[str, Any], findings: list[Finding], *, swappable: bool
) -> tuple[Floats, bool]:  # fmt: skip
    """Return the coordinates with x east and y north; asks where they only fit when turned."""
    few = _sample(xy)
    told = answers.get("axis")
    if told not in (None, "xy", "yx"):
        raise RefusedError(error("axis 的答案无效，可选 xy 或 yx", "no answer to axis; choose xy or yx"))
    if told == "yx":
        return xy[:, ::-1], True
    if told == "xy" or not place.sure or _share(few, system, place) > 0.5:
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
            tuple(c for c in (*_DEGREES, *_PROJECTED, _LOCAL)), others[0])],
            [warning(f"声明的坐标系与坐标数值不符，不在天津范围内（{_hint(xy)}）", "the coordinates do not fit the declared reference system")])  # fmt: skip
    return xy, False


def _hint(xy: Floats) -> str:
    digits = len(str(int(abs(float(np.median(xy[:, 0]))))))
    return f"东坐标 {digits} 位" if digits > 3 else f"如 {xy[0, 0]:.6g}, {xy[0, 1]:.6g}"


def _datum_question(table: Table, shapes: list[Any], place: Place, chosen: str | None) -> str:
    """Return the datum of degrees that the file declares; asks where it does not or places say otherwise."""
    measured = _detect(table, shapes, place)
    if table.crs is not None and table.crs != "unknown":
        suspects = measured not in (None, "wgs84") or _worded(table.hint) in ("gcj02", "bd09")
        if not suspects or table.crs_from not in ("RFC 7946", "TopoJSON", "KML", "GeoJSON crs", "WKT"):
            if measured not in (None, "wgs84"):
                raise OpenQuestionError([_datum(table, shapes, place)])
            return "wgs84"
    elif _worded(table.hint) == "wgs84" and measured in (None, "wgs84"):
        return "wgs84"
    raise OpenQuestionError([_datum(table, shapes, place)])


def _worded(text: str) -> str | None:
    for pattern, datum in ((_BD_WORDS, "bd09"), (_GCJ_WORDS, "gcj02"), (_WGS_WORDS, "wgs84")):
        if pattern.search(text):
            return datum
    return None


def _datum(table: Table, shapes: list[Any], place: Place, *, guess_only: bool = False) -> Question:
    measured = _detect(table, shapes, place)
    guess = measured or _worded(table.hint) or "wgs84"
    why_zh = "与已知同名地点比较，" if measured else ""
    why_en = "Compared with known places of the same names, " if measured else ""
    return Question(
        "datum", f"这些经纬度取自哪里？{why_zh}判断为 {guess}。选错会偏 0.5–1.4 公里。",
        f"Where do these longitudes and latitudes come from? {why_en}the guess is {guess}. A wrong choice is 0.5-1.4 km off.", DATUMS, guess)  # fmt: skip


def _same_name(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\s·()（）\-]|天津市?|滨海新区|高新区|地铁站$|站$", "", text)


def _detect(table: Table, shapes: list[Any], place: Place) -> str | None:
    """Return the datum that the shift to known places of the same names shows, or None."""
    if not place.known:
        return None
    known = {_same_name(k.name): k for k in place.known}
    east, north, loose = [], [], []
    for row, shape in zip(table.rows, shapes, strict=True):
        if shape is None:
            continue
        match = next(
            (
                known[n]
                for v in row
                if isinstance(v, str) and len(v) <= 60 and len(n := _same_name(v)) >= 2 and n in known
            ),
            None,
        )
        if match:
            middle = shape.centroid
            east.append((middle.x - match.lon) * 111_320 * math.cos(math.radians(match.lat)))
            north.append((middle.y - match.lat) * 110_950)
            loose.append(match.accuracy_m)
    if len(east) < min(SHIFT_MATCHES, max(3, len(shapes))):
        return None
    dx, dy = float(np.median(east)), float(np.median(north))
    lon = float(np.median([k.lon for k in place.known]))
    lat = float(np.median([k.lat for k in place.known]))
    best, error_m = None, math.inf
    for datum, forward in (("wgs84", None), ("gcj02", geocrs.wgs84_to_gcj02), ("bd09", geocrs.wgs84_to_bd09)):
        to = forward(lon, lat) if forward else (lon, lat)
        ex, ey = (to[0] - lon) * 111_320 * math.cos(math.radians(lat)), (to[1] - lat) * 110_950
        off = math.hypot(dx - ex, dy - ey)
        if off < error_m:
            best, error_m = datum, off
    return best if error_m <= 60 + min(float(np.median(loose)), 140) else None


def _unshift(shapes: list[Any], datum: str, findings: list[Finding]) -> list[Any]:
    if datum == "wgs84":
        return shapes
    change = geocrs.gcj02_to_wgs84 if datum == "gcj02" else geocrs.bd09_to_wgs84
    moved = _mapped(shapes, lambda p: np.column_stack(change(p[:, 0], p[:, 1])))
    before, after = _coordinates(shapes), _coordinates(moved)
    metres = np.hypot(
        (after - before)[:, 0] * 111_320 * np.cos(np.radians(after[:, 1])), (after - before)[:, 1] * 110_950
    )
    findings.append(warning(f"已由 {'GCJ-02' if datum == 'gcj02' else 'BD-09'} 换算到 WGS84，平均移动 {metres.mean():.0f} 米（精度约 1–2 米）；请在预览中核对",
                            f"converted from {'GCJ-02' if datum == 'gcj02' else 'BD-09'} to WGS84, moved {metres.mean():.0f} m on average (good to 1-2 m); check the preview"))  # fmt: skip
    return moved


def _inside(shapes: list[Any], table: Table, place: Place, findings: list[Finding]) -> None:
    """Say which rows lie outside the area; refuse those that cannot be meant."""
    bounds = shapely.bounds(np.array(shapes, dtype=object))
    present = ~np.isnan(bounds).any(axis=1)
    broken = [
        table.lines[i]
        for i, s in enumerate(shapes)
        if s is not None and not np.isfinite(shapely.get_coordinates(s)).all()
    ]
    if broken:
        raise RefusedError(
            *(
                error(
                    "坐标无法换算到经纬度；请检查坐标系和带号",
                    "the coordinates cannot be converted to degrees; check the reference system and zone number",
                    r,
                    "geometry",
                )
                for r in broken[:100]
            )
        )
    good = _within(bounds[:, [0, 1]], place.extent) & _within(bounds[:, [2, 3]], place.extent)
    outside = np.flatnonzero(present & ~good)
    if not len(outside):
        return
    if not place.sure:
        findings.append(warning(f"{len(outside)} 行在规划范围之外", f"{len(outside)} rows lie outside the area"))
        return
    where = "、".join(f"{v:g}" for v in place.extent)
    raise RefusedError(*(
        error(f"位置在规划范围之外（{bounds[i, 0]:.4f}, {bounds[i, 1]:.4f}；范围 {where}）；请检查坐标、经纬度顺序和坐标系，或删除此行",
              f"the place ({bounds[i, 0]:.4f}, {bounds[i, 1]:.4f}) lies outside the area; check coordinates, axis order and reference system, or delete the row",
              table.lines[i], "geometry") for i in outside[:200]))  # fmt: skip


def _pairs(raw: Any) -> tuple[Floats, Floats]:
    rows = []
    try:
        for p in raw:
            values = [p[k] for k in ("x", "y", "lon", "lat")] if isinstance(p, dict) else list(p)
            if len(values) == 2:
                values = [*values[0], *values[1]]
            rows.append([float(v) for v in values])
        points = np.array(rows, dtype=float).reshape(len(rows), 4)
    except (TypeError, ValueError, KeyError):
        raise RefusedError(
            error(
                "控制点格式无效；每个控制点写 [x, y, 经度, 纬度]",
                "control points must each be [x, y, longitude, latitude]",
            )
        ) from None
    if len(points) < 3 or len(points) > 1000 or not np.isfinite(points).all():
        raise RefusedError(
            error(
                "控制点至少 3 个，且都是有限数；请补充 [x, y, 经度, 纬度]",
                "give at least 3 control points of finite numbers, each [x, y, longitude, latitude]",
            )
        )
    target = points[:, 2:]
    if np.abs(target).max() > 1000:
        convert = pyproj.Transformer.from_crs("EPSG:4548", geocrs.WGS84, always_xy=True)
        target = np.column_stack(convert.transform(target[:, 0], target[:, 1]))
    return points[:, :2], target


def helmert(source: Floats, target: Floats) -> tuple[npt.NDArray[np.complex128], Floats]:
    """Return (a, b) of target = a + b * source as complex numbers, and the residual of each point [m].

    Least-squares 2-D similarity (Helmert) transformation: shift, rotation and one scale.
    """
    z, w = source[:, 0] + 1j * source[:, 1], target[:, 0] + 1j * target[:, 1]
    zc, wc = z.mean(), w.mean()
    spread = float(np.sum(np.abs(z - zc) ** 2))
    b = np.sum(np.conj(z - zc) * (w - wc)) / spread if spread else 0j
    a = wc - b * zc
    return np.array([a, b]), np.abs(w - (a + b * z))


def _local(shapes: list[Any], answers: dict[str, Any], place: Place) -> tuple[list[Any], list[Finding]]:
    """Return the shapes placed by control points: 2-D Helmert into a metric grid, residual per point shown."""
    if answers.get("control_points") is None:
        raise RefusedError(error("地方坐标系需要控制点：请在 answers 的 control_points 中给出至少 3 个 [x, y, 经度, 纬度]",
                                 "a local grid needs control points: give at least 3 as [x, y, longitude, latitude] in control_points of answers"))  # fmt: skip
    source, degrees = _pairs(answers["control_points"])
    metric = geocrs.metric_crs_for(float(degrees[:, 0].mean()), float(degrees[:, 1].mean()))
    there = pyproj.Transformer.from_crs(geocrs.WGS84, metric, always_xy=True)
    target = np.column_stack(there.transform(degrees[:, 0], degrees[:, 1]))
    best = None
    for turned in (False, True):
        (a, b), residual = helmert(source[:, ::-1] if turned else source, target)
        rmse = float(np.sqrt(np.sum(residual**2) / max(2 * len(residual) - 4, 1)))
        if best is None or rmse < best[0]:
            best = (rmse, a, b, residual, turned)
    assert best is not None
    rmse, a, b, residual, turned = best
    each = "、".join(f"{i}：{r:.3f} 米" for i, r in enumerate(residual[:20], 1))
    each_en = ", ".join(f"{i}: {r:.3f} m" for i, r in enumerate(residual[:20], 1))
    if not rmse <= RMSE_LIMIT or not 0.9 < abs(b) < 1.1:
        raise RefusedError(error(f"控制点互不相符：中误差 {rmse:.2f} 米（最多 {RMSE_LIMIT} 米），尺度 {abs(b):.6f}；各点残差 {each}。请核对残差大的点",
                                 f"the control points do not agree: RMSE {rmse:.2f} m (at most {RMSE_LIMIT} m), scale {abs(b):.6f}; residuals {each_en}. Check the worst"))  # fmt: skip
    back = pyproj.Transformer.from_crs(metric, geocrs.WGS84, always_xy=True)

    def move(p: Floats) -> Floats:
        z = (p[:, 1] + 1j * p[:, 0]) if turned else (p[:, 0] + 1j * p[:, 1])
        w = a + b * z
        return np.column_stack(back.transform(w.real, w.imag))

    moved = _mapped(shapes, move)
    findings = [warning(f"按 {len(source)} 个控制点换算（二维四参数），中误差 {rmse:.3f} 米；各点残差 {each}",
                        f"placed by {len(source)} control points (2-D Helmert), RMSE {rmse:.3f} m; residuals {each_en}")]  # fmt: skip
    table = Table([], [[] for _ in moved], moved)
    _inside(moved, table, place, findings)
    return moved, findings
