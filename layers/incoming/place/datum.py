"""Degrees of Chinese web maps: asked by source, told by known places, and shifted back."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

import numpy as np

from geo import crs as geocrs
from geo.errors import Finding
from layers.incoming.place.extent import Place, coordinates, mapped
from layers.incoming.rows.table import OpenQuestionError, Question, Table, warning

__all__ = ["DATUMS", "declared_or_asked", "question", "unshifted"]

SHIFT_MATCHES = 5
DATUMS = (
    ("wgs84", "WGS84 / CGCS2000（GPS、天地图、测绘成果）", "WGS84 / CGCS2000 (GPS, Tianditu, survey)"),
    ("gcj02", "GCJ-02（高德、腾讯、谷歌中国）", "GCJ-02 (Amap, Tencent, Google China)"),
    ("bd09", "BD-09（百度地图）", "BD-09 (Baidu)"),
)
_GCJ_WORDS = re.compile(r"gcj|高德|amap|autonavi|火星|腾讯|tencent|qq地图|mars", re.IGNORECASE)
_BD_WORDS = re.compile(r"bd-?09|百度|baidu|bdmap", re.IGNORECASE)
_WGS_WORDS = re.compile(r"wgs-?_?84|cgcs-?_?2000|国家2000|天地图|大地2000|gps", re.IGNORECASE)


def declared_or_asked(table: Table, shapes: list[Any], place: Place, *, told: bool) -> str:
    """Return the datum of degrees that the file declares, or the caller (``told``).

    Raises
    ------
    OpenQuestionError
        If neither does, or the words of the file or the known places say otherwise.
    """
    measured, worded = _detect(table, shapes, place), _worded(table.hint)
    declared = told or table.crs not in (None, "unknown")
    if not declared and worded != "wgs84":
        raise OpenQuestionError([question(table, shapes, place)])
    if measured in ("gcj02", "bd09") or (measured is None and worded in ("gcj02", "bd09")):
        raise OpenQuestionError([question(table, shapes, place)])
    return "wgs84"


def _worded(text: str) -> str | None:
    for pattern, datum in ((_BD_WORDS, "bd09"), (_GCJ_WORDS, "gcj02"), (_WGS_WORDS, "wgs84")):
        if pattern.search(text):
            return datum
    return None


def question(table: Table, shapes: list[Any], place: Place) -> Question:
    """Return the question where degrees come from, with the best guess."""
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
    naming = [i for i, c in enumerate(table.columns) if re.search(r"名|站|name|title|标题", c, re.IGNORECASE)]
    met: dict[str, list[tuple[float, float, float]]] = {}
    for row, shape in zip(table.rows, shapes, strict=True):
        called = {_same_name(v) for i in naming if isinstance(v := row[i], str) and 2 <= len(v) <= 60}
        for match in (known[n] for n in called if n in known and shape is not None):
            middle = shape.centroid
            dx = (middle.x - match.lon) * 111_320 * math.cos(math.radians(match.lat))
            met.setdefault(match.name, []).append((dx, (middle.y - match.lat) * 110_950, match.accuracy_m))
    once = [found[0] for found in met.values() if len(found) == 1]
    east, north, loose = ([o[k] for o in once] for k in range(3))
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


def unshifted(shapes: list[Any], datum: str, findings: list[Finding]) -> list[Any]:
    """Return shapes of ``datum`` in WGS84, and say how far they moved."""
    if datum == "wgs84":
        return shapes
    change = geocrs.gcj02_to_wgs84 if datum == "gcj02" else geocrs.bd09_to_wgs84
    moved = mapped(shapes, lambda p: np.column_stack(change(p[:, 0], p[:, 1])))
    before, after = coordinates(shapes), coordinates(moved)
    metres = np.hypot(
        (after - before)[:, 0] * 111_320 * np.cos(np.radians(after[:, 1])), (after - before)[:, 1] * 110_950
    )
    findings.append(warning(f"已由 {'GCJ-02' if datum == 'gcj02' else 'BD-09'} 换算到 WGS84，平均移动 {metres.mean():.0f} 米（精度约 1–2 米）；请在预览中核对",
                            f"converted from {'GCJ-02' if datum == 'gcj02' else 'BD-09'} to WGS84, moved {metres.mean():.0f} m on average (good to 1-2 m); check the preview"))  # fmt: skip
    return moved
