"""Rows with their place in columns: degrees, metres, one cell with both, or WKT, made into shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.errors import Finding
from layers.incoming.place.packed import unpacked
from layers.incoming.rows.shapes import Builder
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, Table, error, info, warning
from layers.incoming.rows.values import angle, is_blank
from layers.incoming.rows.where import place_columns, split_pair

__all__ = ["add_points"]

FINDINGS_PER_KIND = 200


def add_points(table: Table, answers: dict[str, Any]) -> set[str]:
    """Give a table without shapes its points (or WKT shapes) from its columns; return the columns used.

    Raises
    ------
    RefusedError
        If there are no such columns, or a row's coordinates are not numbers.
    OpenQuestionError
        If it cannot be told which of X and Y is north.
    """
    way, columns = place_columns(table)
    at = [table.columns.index(c) for c in columns]
    if way == "none":
        raise RefusedError(
            error(
                "找不到坐标列；请加上 经度/纬度、X坐标/Y坐标，或 WKT 列",
                "no coordinate columns were found; add lon/lat, X/Y, or a WKT column",
            )
        )
    builder = Builder()
    if way == "wkt":
        table.shapes = [
            None if is_blank(r[at[0]]) else builder.from_wkt(str(r[at[0]])[:5_000_000], n)
            for r, n in zip(table.rows, table.lines, strict=True)
        ]
        table.crs_from = table.crs_from or "WKT"
        return set(columns)
    pairs = [
        _cells(row, at, line, columns, way, table.notes) for row, line in zip(table.rows, table.lines, strict=True)
    ]
    bad = [p for p in pairs if isinstance(p, Finding)]
    if bad:
        raise RefusedError(*bad[:FINDINGS_PER_KIND])
    xy = np.array([p if p is not None else (np.nan, np.nan) for p in pairs], dtype=float).reshape(len(pairs), 2)
    table.degrees = way == "degrees" or (way == "both" and bool(np.nanmax(np.abs(xy), initial=0) <= 360))
    if way == "degrees" or (way == "both" and table.degrees):
        xy = unpacked(xy, _written(table.rows, at, way), answers.get("angle"), table.notes)
    if way == "xy" or way == "both":
        xy = _turned(xy, way, columns, answers, table.notes)
    table.shapes = builder.from_pairs(xy, table.lines)
    return set(columns)


def _written(rows: list[list[Any]], at: list[int], way: str) -> list[tuple[str, str]]:
    """Return the coordinates of each row as they were written."""
    out = []
    for row in rows:
        values = split_pair(str(row[at[0]] or "")) if way == "both" else [row[i] for i in at]
        texts = ["" if v is None else str(v).strip() for v in values]
        out.append((texts[0], texts[1]) if len(texts) == 2 else ("", ""))
    return out


def _cells(
    row: list[Any], at: list[int], line: int, columns: tuple[str, ...], way: str, notes: list[Finding]
) -> tuple[float, float] | Finding | None:
    values = [row[i] for i in at]
    if way == "both":
        if is_blank(values[0]):
            return None
        values = list(split_pair(str(values[0])))
        if len(values) != 2:
            return error(
                f"坐标“{str(row[at[0]])[:40]}”不是两个数；请写成“经度,纬度”",
                f"the coordinates '{str(row[at[0]])[:40]}' are not two numbers; write 'lon,lat'",
                line,
                columns[0],
            )
    out = []
    for i, value in enumerate(values):
        found, how = angle(value)
        field = columns[min(i, len(columns) - 1)]
        if how == "bad":
            return error(
                f"坐标“{str(value)[:40]}”不是数字；请写成 117.6543 或 117°39′15″",
                f"the coordinate '{str(value)[:40]}' is no number; write 117.6543 or 117°39'15\"",
                line,
                field,
            )
        if how == "rewritten":
            notes.append(
                info(
                    f"坐标“{str(value)[:40]}”按 {found:.8g} 读取",
                    f"the coordinate '{str(value)[:40]}' was read as {found:.8g}",
                    line,
                    field,
                )
            )
        out.append(found)
    if out[0] is None and out[1] is None:
        return None
    if out[0] is None or out[1] is None:
        return error(
            "只有一个坐标；请补全或两个都留空",
            "only one of the two coordinates is given; complete it",
            line,
            columns[0],
        )
    return float(out[0]), float(out[1])


def _turned(
    xy: np.ndarray, way: str, columns: tuple[str, ...], answers: dict[str, Any], notes: list[Finding]
) -> np.ndarray:
    """Return points with east first: survey tables call north X; the size of the numbers tells, else ask."""
    a, b = (float(np.nanmedian(np.abs(c))) if np.isfinite(c).any() else 0.0 for c in xy.T)
    if max(a, b) <= 360:
        if way == "both" and a < b and 70 < b < 140 and a < 55:
            notes.append(
                warning(
                    "坐标写作“纬度,经度”，已按此读取；请核对",
                    "the coordinates are written 'lat,lon' and read so; check them",
                    None,
                    columns[0],
                )
            )
            return xy[:, ::-1]
        return xy
    north_like = [2_000_000 < v < 6_000_000 for v in (a, b)]
    told = answers.get("axis")
    if north_like[0] != north_like[1]:
        if north_like[0]:
            notes.append(
                info(
                    f"{columns[0]} 为北坐标（测量习惯），已按东、北读取",
                    f"{columns[0]} is north (survey custom); read accordingly",
                    None,
                    columns[0],
                )
            )
            return xy[:, ::-1]
        notes.append(
            info(
                f"{columns[0]} 为东坐标（由数值判断）",
                f"{columns[0]} is east (told from the numbers)",
                None,
                columns[0],
            )
        )
        return xy
    if told in ("xnorth", "xeast"):
        answers["axis"] = "xy"
        return xy[:, ::-1] if told == "xnorth" else xy
    raise OpenQuestionError([Question("axis", f"{columns[0]} 是北坐标还是东坐标？（测量习惯 X 为北）", f"Is {columns[0]} north or east? (survey custom: X is north)",
                                      (("xnorth", "X 为北", "X is north"), ("xeast", "X 为东", "X is east")), "xnorth")])  # fmt: skip
