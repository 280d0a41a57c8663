"""Degrees of Chinese web maps: asked by source, told by known places and by each row, and shifted back.

GeoJSON and KML are WGS84 by their standards, and what Chinese map sites write into them often is not: inside
mainland China they are asked about too, unless known places or a survey's reference system prove them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from geo import crs as geocrs
from geo.errors import Finding
from layers.incoming.place.extent import Floats, Place, coordinates, mapped
from layers.incoming.place.fit import MATCHES, METRES, matches
from layers.incoming.place.said import Said, counted, of_rows, said
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, Table, error, warning

__all__ = ["DATUMS", "ROWS", "moved", "of_file", "question", "samples"]

DATUMS = (
    ("wgs84", "WGS84 / CGCS2000（GPS、天地图、测绘成果）", "WGS84 / CGCS2000 (GPS, Tianditu, survey)"),
    ("gcj02", "GCJ-02（高德、腾讯、谷歌中国）", "GCJ-02 (Amap, Tencent, Google China)"),
    ("bd09", "BD-09（百度地图）", "BD-09 (Baidu)"),
)
ROWS = "rows"
"""The answer that every row is of the source that its own column names."""
SAMPLE = 60
"""So many points of a file are drawn for each choice."""
NOT_BY_THE_FILE = ("GeoParquet default", "RFC 7946", "TopoJSON", "KML", "GeoJSON crs")
"""Where a reference system comes from that the format, not the author, says."""
OWN = (
    {"basis", "source_id"},
    {"facility_id", "zone_id", "stop_id", "link_id", "water_id", "project_id", "cell_id", "plot_id", "line_id"},
)
"""Columns by which a file of this program is known: its positions are WGS84 by its own contract."""
Shift = Callable[[Any, Any], Any]
_TO: dict[str, Shift] = {"gcj02": geocrs.wgs84_to_gcj02, "bd09": geocrs.wgs84_to_bd09}
_BACK: dict[str, Shift] = {"gcj02": geocrs.gcj02_to_wgs84, "bd09": geocrs.bd09_to_wgs84}
_NAMES = {"gcj02": "GCJ-02", "bd09": "BD-09"}


def of_file(
    table: Table, shapes: list[Any], place: Place, used: set[str], answers: dict[str, Any], *, told: bool
) -> list[str]:
    """Return the datum of each row: what the file, its rows or the caller (``told``) say of it.

    Parameters
    ----------
    used
        The columns that the coordinates were taken from; none for shapes.
    answers
        ``datum`` answers for all rows that do not speak for themselves; ``rows`` for each as its column says.

    Raises
    ------
    OpenQuestionError
        If nobody does, or the words of the file or the known places say otherwise.
    """
    own, answer = of_rows(table), answers.get("datum")
    if answer == ROWS and own is None:
        raise RefusedError(
            error("文件没有逐行说明坐标来源的列，不能按行处理；请选 wgs84、gcj02 或 bd09",
                  "no column says the source of each row's coordinates; choose wgs84, gcj02 or bd09")
        )  # fmt: skip
    if own is not None and answer == ROWS:
        return _by_row(table, shapes, place, own, rest=None)
    if answer is not None:
        several = own is not None and own[1] and len({d for d in own[2] if d}) > 1
        return _by_row(table, shapes, place, own, rest=str(answer)) if several and own else [str(answer)] * len(shapes)
    words, measured = said(table, used), _measured(table, shapes, place)
    if own is not None and own[1]:
        one = {d for d in own[2] if d}
        doubted = (told and one - {"wgs84"}) or (measured is not None and one != {measured} and len(one) == 1)
        if not doubted:  # what the caller or the known places say otherwise is asked about
            return _by_row(table, shapes, place, own, rest=None)
    if own is not None and {d for d in own[2] if d} - {"wgs84"}:
        raise OpenQuestionError([question(table, shapes, place, words, measured, own, used)])
    shifted = measured if measured in _TO else None if measured == "wgs84" else _named(words)
    declared = told or table.crs not in (None, "unknown")
    doubtful = declared and not told and _only_by_format(table) and measured != "wgs84" and _mainland(shapes)
    unsaid = not declared and words.sure != "wgs84" and _mainland(shapes)
    if shifted or unsaid or doubtful:
        raise OpenQuestionError([question(table, shapes, place, words, measured, own, used)])
    return ["wgs84"] * len(shapes)


def _named(words: Said) -> str | None:
    return words.sure if words.sure in _TO else words.brand if words.sure is None else None


def _only_by_format(table: Table) -> bool:
    """Return whether only the format says WGS84, and the file is none of this program's own."""
    columns = set(table.columns)
    if OWN[0] <= columns and OWN[1] & columns:
        return False
    survey = table.crs_from == "GeoJSON crs" and "4490" in str(table.crs)
    return table.crs_from in NOT_BY_THE_FILE and not survey


def _mainland(shapes: Sequence[Any]) -> bool:
    """Return whether the data lie where Chinese web maps shift: where CGCS2000 is the planning grid."""
    xy = coordinates([s for s in shapes if s is not None])
    lon, lat = (float(np.median(v)) for v in xy.T) if len(xy) else (0.0, 0.0)
    return geocrs.in_cgcs2000_area(lon, lat)


def question(
    table: Table,
    shapes: Sequence[Any],
    place: Place,
    words: Said | None = None,
    measured: str | None = None,
    own: tuple[str, bool, list[str | None]] | None = None,
    used: set[str] | None = None,
) -> Question:
    """Return the question where degrees come from, with the best guess and where each choice would put the points."""
    words = words or said(table, set())
    measured = measured or _measured(table, shapes, place)
    named = words.sure or words.brand
    guess = measured or named or "wgs84"
    choices: tuple[tuple[str, str, str], ...] = DATUMS
    why_zh, why_en = (
        ("与已知同名地点比较，", "Compared with known places of the same names, ") if measured else ("", "")
    )
    if own is not None:
        choices = (
            *DATUMS,
            (ROWS, f"按“{own[0]}”列逐行（{counted(own[2])}）", f"row by row, as the column '{own[0]}' says"),
        )
        of_rows = {d for d in own[2] if d}
        if len(of_rows) > 1 and not measured:
            guess = ROWS
        elif of_rows and not measured and not words.sure:
            guess = of_rows.pop()  # every row that says something says the same
    # A table may have two pairs of coordinates: which one is asked about has to be said.
    columns = [c for c in table.columns if c in (used or ())]
    of_zh = f"（{'、'.join(columns)}）" if columns else ""
    of_en = f" ({', '.join(columns)})" if columns else ""
    text_zh = f"这些经纬度{of_zh}取自哪里？{why_zh}判断为 {'逐行' if guess == ROWS else guess}。选错会偏 0.5–1.4 公里。"
    text_en = f"Where do these longitudes and latitudes{of_en} come from? {why_en}the guess is {guess}. A wrong choice is 0.5-1.4 km off."
    return Question("datum", text_zh, text_en, choices, guess, samples(shapes))


def samples(shapes: Sequence[Any]) -> tuple[tuple[str, tuple[tuple[float, float], ...]], ...]:
    """Return where each datum would put some of the points [WGS84 degrees], for the map."""
    points = [
        s.representative_point() if s.geom_type != "Point" else s for s in shapes if s is not None and not s.is_empty
    ]
    some = points[:: max(1, len(points) // SAMPLE)][:SAMPLE]
    xy = np.array([(p.x, p.y) for p in some], dtype=float).reshape(-1, 2)
    if not len(xy) or np.abs(xy[:, 0]).max() > 180 or np.abs(xy[:, 1]).max() > 90:
        return ()
    found = []
    for datum, *_ in DATUMS:
        there = np.column_stack(_BACK[datum](xy[:, 0], xy[:, 1])) if datum in _BACK else xy
        found.append((datum, tuple((round(float(x), 7), round(float(y), 7)) for x, y in there)))
    return tuple(found)


def _measured(table: Table, shapes: Sequence[Any], place: Place) -> str | None:
    """Return the datum that the shift to known places of the same names shows, or None."""
    if not place.known:
        return None
    met = matches(table, shapes, place)
    if len(met.rows) < min(MATCHES, max(3, len(shapes))):
        return None
    middles = [shapes[i].centroid for i in met.rows]
    dx, dy = met.off(np.array([(m.x, m.y) for m in middles]))
    lon, lat = (float(np.median([getattr(k, a) for k in place.known])) for a in ("lon", "lat"))
    best, error_m = None, math.inf
    for datum in ("wgs84", "gcj02", "bd09"):
        to = _TO[datum](lon, lat) if datum in _TO else (lon, lat)
        ex, ey = (to[0] - lon) * METRES[0] * math.cos(math.radians(lat)), (to[1] - lat) * METRES[1]
        off = math.hypot(dx - ex, dy - ey)
        if off < error_m:
            best, error_m = datum, off
    return best if error_m <= 60 + min(float(np.median(met.loose_m)), 140) else None


def _by_row(
    table: Table, shapes: list[Any], place: Place, own: tuple[str, bool, list[str | None]], *, rest: str | None
) -> list[str]:
    """Return the datum that each row names, ``rest`` for those that name none; asks where there are such."""
    column, _, told = own
    open_rows = [i for i, (d, s) in enumerate(zip(told, shapes, strict=True)) if d is None and s is not None]
    if open_rows and rest is None:
        asked = question(table, [s if i in open_rows else None for i, s in enumerate(shapes)], place)
        lines = "、".join(str(table.lines[i]) for i in open_rows[:10])
        zh = f"“{column}”列没有说明第 {lines} 行等 {len(open_rows)} 行的坐标来源；其余按各行所说换算（{counted(told)}）。{asked.text_zh}"
        en = f"The column '{column}' does not name the source of {len(open_rows)} rows (such as {lines}); the others are taken as it says. {asked.text_en}"
        raise OpenQuestionError([Question("datum", zh, en, DATUMS, asked.guess, asked.samples)])
    table.notes.append(
        warning(f"坐标来源按“{column}”列逐行处理（{counted(told)}）；请在预览中核对",
                f"each row's coordinates were taken as the column '{column}' says; check the preview", None, column)
    )  # fmt: skip
    return [d or rest or "wgs84" for d in told]


def moved(shapes: list[Any], datums: Sequence[str], findings: list[Finding]) -> list[Any]:
    """Return shapes of each row's datum in WGS84, and say how far they moved."""
    out = list(shapes)
    for datum, name in _NAMES.items():
        rows = [i for i, d in enumerate(datums) if d == datum and shapes[i] is not None]
        if not rows:
            continue
        change, before = _BACK[datum], [shapes[i] for i in rows]

        def shift(p: Floats, change: Shift = change) -> Floats:
            return np.column_stack(change(p[:, 0], p[:, 1]))

        after = mapped(before, shift)
        for i, shape in zip(rows, after, strict=True):
            out[i] = shape
        a, b = coordinates(before), coordinates(after)
        metres = np.hypot((b - a)[:, 0] * METRES[0] * np.cos(np.radians(b[:, 1])), (b - a)[:, 1] * METRES[1])
        part_zh, part_en = ("", "") if len(rows) == len(shapes) else (f" {len(rows)} 行", f" ({len(rows)} rows)")
        findings.append(warning(f"已由 {name} 换算到 WGS84{part_zh}，平均移动 {metres.mean():.0f} 米（精度约 1–2 米）；请在预览中核对",
                                f"converted from {name} to WGS84{part_en}, moved {metres.mean():.0f} m on average (good to 1-2 m); check the preview"))  # fmt: skip
    return out
