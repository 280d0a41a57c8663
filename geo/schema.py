"""Columns of every layer of a workspace, and the checks that keep wrong values out.

One table, ``LAYERS``, is read by whoever loads, imports, edits or exports a layer: names, kinds, bounds and
units, the Chinese and English headers, and the other headers under which planners' files carry the same
thing. ``conform`` turns a raw frame into typed columns and says, row by row, what it could not accept.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import Finding, InputError
from geo.text import Text

__all__ = ["BASES", "LAYERS", "Column", "Layer", "check", "conform", "require", "tiling"]

Kind = Literal["id", "text", "choice", "number", "integer", "year"]

BASES = ("measured", "sourced", "derived", "estimated", "assumed")
SEATS_MAX = 20_000
SUB_AREA_GAP_M2 = 1.0
LON_LAT_LIMIT = (180.0, 90.0)


@dataclass(frozen=True)
class Column:
    """One column: its name in our files, kind, bounds, headers in both languages, and other known headers.

    Examples
    --------
    >>> seats = LAYERS["schools"].by_name["seats_primary"]
    >>> seats.kind, seats.unit, seats.low
    ('integer', 'seats', 0)
    """

    name: str
    kind: Kind
    zh: str
    en: str
    required: bool = False
    choices: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    unit: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layer:
    """One layer: its key column, the geometry families it takes, and its columns.

    Examples
    --------
    >>> LAYERS["schools"].key, LAYERS["schools"].families
    ('facility_id', ('Point',))
    """

    name: str
    zh: str
    en: str
    key: str
    families: tuple[str, ...]
    columns: tuple[Column, ...]
    geometry_required: bool = True
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index the columns by name."""
        self.by_name.update({c.name: c for c in self.columns})


def _id(name: str, zh: str, en: str, *aliases: str) -> Column:
    return Column(name, "id", zh, en, required=True, aliases=aliases)


def _seats(name: str, zh: str, en: str, *aliases: str) -> Column:
    return Column(name, "integer", zh, en, low=0, high=SEATS_MAX, unit="seats", aliases=aliases)


NAMES = (
    Column("name_zh", "text", "名称", "name", required=True,
           aliases=("名称", "中文名", "中文名称", "学校名称", "机构名称", "站名", "单位名称", "校名", "设施名称", "name", "NAME", "mc", "MC")),
    Column("name_en", "text", "英文名", "English name", aliases=("英文名", "英文名称", "name:en")),
)  # fmt: skip
TRUTH = (
    Column("basis", "choice", "依据", "basis", required=True, choices=BASES, aliases=("依据", "数据依据")),
    Column("accuracy_m", "number", "精度（米）", "accuracy [m]", low=0, unit="m", aliases=("精度", "精度（米）", "定位精度")),
    Column("source_id", "text", "来源", "source", required=True, aliases=("来源", "数据来源", "来源编号")),
    Column("note", "text", "备注", "note", aliases=("备注", "说明", "注", "remark", "remarks")),
)  # fmt: skip
STATUS = Column("status", "choice", "状态", "status", required=True, choices=("existing", "planned", "proposed"),
                aliases=("状态", "建设状态", "现状/规划"))  # fmt: skip
OPEN_YEAR = Column("open_year", "year", "开办年份", "opening year", low=1800, high=2100, aliases=("开办年份", "建成年份", "启用年份", "投用年份", "开学年份", "年份"))  # fmt: skip
ZONE = Column("zone_id", "text", "片区编号", "zone id", aliases=("片区编号", "所属片区", "片区"))
ADDRESS = Column("address", "text", "地址", "address", aliases=("地址", "详细地址", "学校地址", "机构地址"))
POINTS = ("Point",)
LINES = ("LineString", "MultiLineString")
AREAS = ("Polygon", "MultiPolygon")
GROUND_KINDS = (
    "sea", "lake", "reservoir", "river", "green", "builtup", "industrial", "railway", "expressway", "arterial", "metro", "place",
)  # fmt: skip
"""What the base map is drawn of; nothing is measured by it."""

LAYERS: dict[str, Layer] = {
    layer.name: layer
    for layer in (
        Layer("zones", "片区", "zones", "zone_id", AREAS, (
            _id("zone_id", "片区编号", "zone id", "片区编号", "编号", "代码"),
            Column("parent_id", "text", "上级片区", "parent zone", aliases=("上级编号", "上级片区", "所属片区")),
            Column("level", "choice", "级别", "level", required=True, choices=("zone", "sub_area"), aliases=("级别", "层级")),
            *NAMES,
            Column("short_zh", "text", "简称", "short name", aliases=("简称",)),
            Column("role_zh", "text", "定位", "role (zh)", aliases=("定位", "功能定位")),
            Column("role_en", "text", "定位（英文）", "role", aliases=()),
            Column("functions", "text", "主要功能", "functions", aliases=("功能", "主要功能")),
            Column("area_km2_published", "number", "公布面积（平方公里）", "published area [km2]", low=0, unit="km2",
                   aliases=("公布面积", "面积")),
            Column("clause", "text", "规划条目", "clause", aliases=("条目", "规划条目")),
            *TRUTH,
        )),
        Layer("schools", "学校", "schools", "facility_id", POINTS, (
            _id("facility_id", "设施编号", "facility id", "编号", "学校编号", "学校代码", "设施编号", "代码", "id"),
            *NAMES,
            Column("kind", "text", "类型", "kind", aliases=("类型", "学校类型", "办学类型", "类别", "学段")),
            _seats("seats_kindergarten", "幼儿园学位", "kindergarten seats", "幼儿园学位", "幼儿园学位数", "学前学位", "学前学位数"),
            _seats("seats_primary", "小学学位", "primary seats", "小学学位", "小学学位数"),
            _seats("seats_junior", "初中学位", "junior seats", "初中学位", "初中学位数"),
            _seats("seats_senior", "高中学位", "senior seats", "高中学位", "高中学位数"),
            STATUS, OPEN_YEAR, ZONE, ADDRESS, *TRUTH,
        )),
        Layer("clinics", "医疗机构", "medical institutions", "facility_id", POINTS, (
            _id("facility_id", "设施编号", "facility id", "编号", "机构编号", "机构代码", "设施编号", "代码", "id"),
            *NAMES,
            Column("kind", "choice", "类型", "kind", required=True,
                   choices=("hospital", "community_health_centre", "health_station"),
                   aliases=("类型", "机构类型", "机构类别", "类别", "级别")),
            Column("beds", "integer", "床位", "beds", low=0, high=SEATS_MAX, unit="beds", aliases=("床位", "床位数", "编制床位")),
            Column("staff", "integer", "卫生人员", "staff", low=0, high=100_000, unit="persons", aliases=("人员", "职工数", "卫生人员", "医护人数")),
            STATUS, OPEN_YEAR, ZONE, ADDRESS, *TRUTH,
        )),
        Layer("links", "交通线", "transport lines", "link_id", LINES, (
            _id("link_id", "线路编号", "link id", "编号", "线路编号"), *NAMES,
            Column("kind", "text", "类型", "kind", required=True, aliases=("类型", "类别")),
            STATUS, OPEN_YEAR, *TRUTH,
        )),
        Layer("stops", "站点", "stations and stops", "stop_id", POINTS, (
            _id("stop_id", "站点编号", "stop id", "编号", "站点编号"), *NAMES,
            Column("kind", "text", "类型", "kind", required=True, aliases=("类型", "类别")),
            Column("line", "text", "线路", "line", aliases=("线路", "线路名称")),
            STATUS, OPEN_YEAR, *TRUTH,
        )),
        Layer("facilities", "公共设施", "public facilities", "facility_id", POINTS, (
            _id("facility_id", "设施编号", "facility id", "编号", "设施编号", "设施代码", "代码", "id"),
            *NAMES,
            Column("kind", "text", "类型", "kind", required=True, aliases=("类型", "设施类型", "设施类别", "类别")),
            Column("area_m2", "number", "面积（平方米）", "area [m2]", low=0, unit="m2", aliases=("面积", "面积（平方米）", "用地面积", "占地面积", "建筑面积")),
            Column("entrances", "text", "出入口", "entrances", aliases=("出入口", "入口", "大门", "公园出入口")),
            STATUS, OPEN_YEAR, ZONE, ADDRESS, *TRUTH,
        )),
        Layer("streets", "步行道路", "walkable streets", "", LINES, (
            _id("u", "起点", "from node", "起点"), _id("v", "终点", "to node", "终点"),
            Column("metres", "number", "长度（米）", "length [m]", required=True, low=0, unit="m", aliases=("长度", "长度（米）")),
            Column("class", "text", "等级", "class", aliases=("等级", "道路等级")),
            Column("barrier", "text", "穿越", "barrier crossed", aliases=("穿越",)),
            *TRUTH,
        )),
        Layer("projects", "项目", "projects", "project_id", ("Point", *LINES, *AREAS), (
            _id("project_id", "项目编号", "project id", "项目编号", "编号"),
            Column("name", "text", "项目名称", "name", required=True, aliases=("项目名称", "名称")),
            Column("kind", "text", "类型", "kind", aliases=("类型", "项目类型")),
            Column("state", "choice", "阶段", "state", required=True, choices=("谋划储备", "启动建设", "建成投产"), aliases=("阶段", "状态")),
            ZONE, Column("clause", "text", "规划条目", "clause", aliases=("条目",)),
            Column("facility_id", "id", "对应设施", "facility it builds", aliases=("对应设施", "对应设施编号", "关联设施")), OPEN_YEAR, *TRUTH,
        ), geometry_required=False),
        Layer("carriers", "载体", "carriers", "carrier_id", POINTS, (
            _id("carrier_id", "载体编号", "carrier id", "载体编号", "编号"), *NAMES,
            Column("kind", "choice", "类别", "kind", required=True, choices=("premises", "firm", "institute", "platform"),
                   aliases=("类别", "类型", "载体类型", "载体类别")),
            ZONE, Column("clause", "text", "规划条目", "clause", aliases=("条目",)), *TRUTH,
        )),
        Layer("water", "水域", "water", "", (*AREAS, *LINES), (
            Column("name_zh", "text", "名称", "name", aliases=("名称",)), *TRUTH,
        )),
        Layer("ground", "底图", "base map", "", ("Point", *LINES, *AREAS), (
            Column("kind", "choice", "类型", "kind", required=True, choices=GROUND_KINDS, aliases=("类型", "类别")),
            Column("name_zh", "text", "名称", "name", aliases=("名称",)),
            Column("name_en", "text", "英文名", "English name", aliases=("英文名",)),
            Column("rank", "integer", "级别", "rank", low=0, high=9, aliases=("级别",)), *TRUTH,
        )),
        Layer("landuse", "规划用地", "planned land use", "plot_id", AREAS, (
            _id("plot_id", "地块编号", "plot id", "地块编号", "地块号", "图斑编号", "编号"),
            Column("code", "text", "用地代码", "use code", required=True,
                   aliases=("用地代码", "用地性质代码", "用地分类代码", "地类代码", "地类编码", "用地编码", "YDDM", "YDDH", "YDXZDM", "DLBM", "GHYDDM")),
            Column("use_zh", "text", "用地性质", "planned use", aliases=("用地性质", "用地名称", "地类名称", "规划用途", "用地类型", "YDMC", "YDXZ", "DLMC", "GHYDMC")),
            ZONE, *TRUTH,
        )),
        Layer("controls", "控制线", "control lines", "line_id", AREAS, (
            _id("line_id", "控制线编号", "control line id", "控制线编号", "编号"),
            Column("kind", "choice", "类型", "kind", required=True, choices=("ecology", "farmland", "urban"),
                   aliases=("类型", "控制线类型", "红线类型", "类别", "HXLX", "KZXLX")),
            Column("name_zh", "text", "名称", "name", aliases=("名称",)), *TRUTH,
        )),
    )
}  # fmt: skip


def check(layer: str, frame: gpd.GeoDataFrame, *, file: str | None = None) -> list[Finding]:
    """Return what is wrong with ``frame`` as the layer named ``layer``; an empty list means nothing.

    Examples
    --------
    >>> nameless = gpd.GeoDataFrame({"facility_id": ["S1"]}, geometry=[shapely.Point(117, 39)], crs="EPSG:4326")
    >>> [finding.field for finding in check("schools", nameless)]
    ['name_zh', 'status', 'basis', 'source_id']
    """
    return conform(layer, frame, file=file)[1]


def conform(layer: str, frame: gpd.GeoDataFrame, *, file: str | None = None) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return ``frame`` with the typed columns of ``layer``, and the findings of the check.

    Parameters
    ----------
    layer
        A key of ``LAYERS``.
    frame
        Rows as read; text, numbers and None as they stood in the file. Its order gives the row numbers.
    file
        Name to put into the findings.

    Returns
    -------
    typed
        A copy: numbers as float64 (NaN = unknown), years and seats as float64 whole numbers, text as object
        with None where empty. Columns that the schema does not know are kept as they are.
    findings
        Errors name row (1-based) and field. Values in error are left missing in ``typed``.

    Raises
    ------
    InputError
        If ``layer`` is not a layer.

    Examples
    --------
    >>> raw = gpd.GeoDataFrame(
    ...     {"facility_id": ["S1"], "name_zh": ["一小"], "seats_primary": ["540?"], "status": ["existing"], "basis": ["sourced"],
    ...      "source_id": ["own"]}, geometry=[shapely.Point(117, 39)], crs="EPSG:4326",
    ... )
    >>> typed, findings = conform("schools", raw)
    >>> typed["seats_primary"].tolist(), findings[0].text_en
    ([nan], "primary seats is '540?', not a whole number; write a whole number, or leave it blank if unknown")
    """
    if layer not in LAYERS:
        raise InputError(
            Text(
                f"没有名为“{layer}”的图层，可选：{'、'.join(LAYERS)}",
                f"unknown layer '{layer}', choose one of {', '.join(LAYERS)}",
            )
        )
    spec = LAYERS[layer]
    name = file or f"{layer}.geojson"
    out = frame.copy()
    findings: list[Finding] = []
    for column in spec.columns:
        if column.name not in out.columns:
            if column.required:
                findings.append(_missing_column(name, column))
            out[column.name] = pd.Series([None] * len(out), index=out.index, dtype=object)
            if column.required:
                continue
        out[column.name] = _typed(out[column.name], column, name, findings)
    findings += _duplicate_ids(out, spec, name)
    findings += _geometry(out, spec, name)
    if layer == "zones" and not any(f.level == "error" for f in findings):
        findings += _hierarchy(out, name)
    return out, findings


def _missing_column(file: str, column: Column) -> Finding:
    known = "、".join(dict.fromkeys((column.zh, *column.aliases)))
    return Finding(
        "error",
        f"缺少必填列“{column.name}”（{column.zh}）；请补上这一列，列名可写作：{column.name}、{known}",
        f"the required column '{column.name}' ({column.en}) is missing; add it under that name",
        file, None, column.name,
    )  # fmt: skip


def _typed(values: pd.Series, column: Column, file: str, findings: list[Finding]) -> pd.Series:
    """Return the column in its kind; append one finding a row that cannot be taken."""
    numeric = column.kind in ("number", "integer", "year")
    result: list[Any] = []
    for row, value in enumerate(values.tolist(), start=1):
        if _blank(value):
            result.append(np.nan if numeric else None)
            if column.required:
                findings.append(_finding(file, row, column, "不能为空，请填写", "must not be empty; fill it in"))
            continue
        good, bad = _number(value, column) if numeric else _text(value, column)
        if bad is not None:
            findings.append(_finding(file, row, column, *bad))
        result.append(good)
    return pd.Series(result, index=values.index, dtype=float if numeric else object, name=column.name)


def _blank(value: object) -> bool:
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, float) and math.isnan(value)


def _finding(file: str, row: int, column: Column, zh: str, en: str) -> Finding:
    return Finding("error", f"{column.zh}{zh}", f"{column.en} {en}", file, row, column.name)


def _number(value: object, column: Column) -> tuple[float, tuple[str, str] | None]:
    whole = column.kind in ("integer", "year")
    what_zh, what_en = ("整数", "a whole number") if whole else ("数字", "a number")
    shown = repr(value) if isinstance(value, str) else str(value)
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        return np.nan, (
            f"的值 {shown} 不是{what_zh}；请填{what_zh}，未知请留空",
            f"is {shown}, not {what_en}; write {what_en}, or leave it blank if unknown",
        )
    number = float(value)
    if not math.isfinite(number):
        return np.nan, (
            f"的值 {shown} 不是有限数；请更正或留空",
            f"is {shown}, not finite; correct it or leave it blank",
        )
    if whole and number != round(number):
        return np.nan, (
            f"的值 {shown} 不是整数；请填整数，未知请留空",
            f"is {shown}, not a whole number; correct it or leave it blank",
        )
    if not column.low <= number <= column.high:
        bounds = f"{column.low:g}–{column.high:g}" if math.isfinite(column.high) else f"≥ {column.low:g}"
        return np.nan, (
            f"的值 {shown} 超出允许范围（{bounds}）；请更正，未知请留空",
            f"is {shown}, outside {bounds}; correct it, or leave it blank if unknown",
        )
    return number, None


def _text(value: object, column: Column) -> tuple[Any, tuple[str, str] | None]:
    if column.kind == "id" and isinstance(value, numbers.Real) and not isinstance(value, bool):
        return (int(float(value)) if float(value).is_integer() else value), None
    if not isinstance(value, str):
        if isinstance(value, numbers.Real) and column.kind == "text":
            return str(value), None
        return None, (f"的值 {value!r} 不是文字；请改为文字", f"is {value!r}, not text; write text")
    text = value.strip()
    if column.kind == "choice" and text not in column.choices:
        options = "、".join(column.choices)
        return None, (
            f"的值“{text}”不在可选值中；请改为：{options}",
            f"is '{text}', not one of {', '.join(column.choices)}",
        )
    return text, None


def _duplicate_ids(frame: gpd.GeoDataFrame, spec: Layer, file: str) -> list[Finding]:
    if not spec.key:
        return []
    key = frame[spec.key]
    seen = key.duplicated(keep="first") & key.notna()
    return [
        Finding("error", f"编号“{key.iloc[i]}”重复；每行编号必须唯一", f"the id '{key.iloc[i]}' is repeated; ids must be unique",
                file, int(i) + 1, spec.key)
        for i in np.flatnonzero(seen.to_numpy())
    ]  # fmt: skip


def _geometry(frame: gpd.GeoDataFrame, spec: Layer, file: str) -> list[Finding]:
    """Return findings on missing, invalid, misplaced or wrong-family geometries."""
    geometry = np.asarray(frame.geometry.array, dtype=object)
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    findings: list[Finding] = []
    if spec.geometry_required:
        findings += _rows(file, missing, "没有几何图形；请补绘或删除此行", "has no geometry; draw it or delete the row")
    families = set(spec.families)
    kind = np.array([g.geom_type if g is not None else "" for g in geometry])
    wrong = ~missing & ~np.isin(kind, list(families))
    findings += _rows(file, wrong, f"几何类型不符，应为 {'/'.join(spec.families)}；请检查图层是否选对",
                      f"has the wrong geometry type, {'/'.join(spec.families)} expected; check the layer")  # fmt: skip
    bounds = shapely.bounds(geometry)
    with np.errstate(invalid="ignore"):
        far = ~missing & (
            (np.abs(bounds[:, [0, 2]]).max(axis=1) > LON_LAT_LIMIT[0])
            | (np.abs(bounds[:, [1, 3]]).max(axis=1) > LON_LAT_LIMIT[1])
        )
    unfinite = ~missing & ~np.isfinite(bounds).all(axis=1)
    findings += _rows(
        file, unfinite, "坐标含有无效数值；请重新导出", "has coordinates that are not finite; export it again"
    )
    if frame.crs is None or frame.crs.is_geographic:
        findings += _rows(file, far & ~unfinite, "坐标超出经纬度范围，像是以米为单位的投影坐标；请转换为 WGS84 经纬度后再用，或用导入功能指定坐标系",
                          "has coordinates outside longitude/latitude, probably projected metres; convert to WGS84 lon/lat, or use import and name the CRS")  # fmt: skip
        wrong = wrong | far
    invalid = ~missing & ~wrong & ~unfinite & ~shapely.is_valid(geometry)
    for i in np.flatnonzero(invalid):
        reason = shapely.is_valid_reason(geometry[i])
        findings.append(Finding(
            "error", f"图形自相交或无效（{reason}）；请在 GIS 中修复后再用，或用导入功能自动修复并核对面积",
            f"is not a valid shape ({reason}); repair it in a GIS, or use import, which repairs it and shows the areas",
            file, int(i) + 1, "geometry"))  # fmt: skip
    return findings


def _rows(file: str, mask: np.ndarray, zh: str, en: str) -> list[Finding]:
    return [Finding("error", f"该行{zh}", f"this row {en}", file, int(i) + 1, "geometry") for i in np.flatnonzero(mask)]


def _hierarchy(frame: gpd.GeoDataFrame, file: str) -> list[Finding]:
    """Return findings on parents that are not there."""
    findings: list[Finding] = []
    zones = set(frame.loc[frame["level"] == "zone", "zone_id"])
    for row, (level, parent) in enumerate(zip(frame["level"], frame["parent_id"], strict=True), start=1):
        if level == "sub_area" and parent not in zones:
            findings.append(Finding("error", f"上级片区“{parent}”不存在；请填写已有片区的编号", f"the parent zone '{parent}' does not exist; write the id of a zone", file, row, "parent_id"))  # fmt: skip
    return findings


def tiling(frame: gpd.GeoDataFrame, file: str) -> list[Finding]:
    """Return warnings for sub-areas that do not tile their zone; ``frame`` is in metres.

    Examples
    --------
    >>> whole, half = shapely.box(0, 0, 200, 100), shapely.box(0, 0, 100, 100)
    >>> table = {"zone_id": ["town", "west"], "parent_id": [None, "town"], "level": ["zone", "sub_area"]}
    >>> tiling(gpd.GeoDataFrame(table, geometry=[whole, half], crs="EPSG:4548"), "zones")[0].text_en
    "sub-areas do not tile zone 'town': gap or excess 10000 m2, overlap 0 m2; check the borders"
    """
    findings: list[Finding] = []
    for zone_id, subs in frame[frame["level"] == "sub_area"].groupby("parent_id", sort=True):
        whole = frame.loc[frame["zone_id"] == zone_id].geometry.iloc[0]
        merged = shapely.union_all(subs.geometry.array)
        overlap = float(subs.geometry.area.sum() - merged.area)
        gap = float(whole.symmetric_difference(merged).area)
        if max(overlap, gap) > SUB_AREA_GAP_M2:
            row = int(np.flatnonzero((frame["zone_id"] == zone_id).to_numpy())[0]) + 1
            findings.append(Finding("warning", f"分区未铺满片区“{zone_id}”：缝隙或越界 {gap:.0f} 平方米，重叠 {overlap:.0f} 平方米；请核对边界",
                                    f"sub-areas do not tile zone '{zone_id}': gap or excess {gap:.0f} m2, overlap {overlap:.0f} m2; check the borders", file, row, "geometry"))  # fmt: skip
    return findings


def require(findings: Sequence[Finding]) -> None:
    """Raise InputError if any finding is an error.

    Examples
    --------
    >>> require([Finding("warning", "注意", "careful")])
    >>> require([Finding("error", "缺少人数", "people are missing", "people")])
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...people are missing
    """
    errors = [f for f in findings if f.level == "error"]
    if errors:
        raise InputError(errors)
