"""What keeps wrong values out: a raw frame becomes typed columns, and what cannot be taken is told row by row."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import Finding, InputError
from geo.schema.columns import LAYERS, Column, Layer
from geo.text import Text

__all__ = ["check", "conform", "require", "tiling"]

SUB_AREA_GAP_M2 = 1.0
LON_LAT_LIMIT = (180.0, 90.0)


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
