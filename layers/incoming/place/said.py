"""What a file says of its coordinates, told apart from words that only happen to stand in it.

A brand of web map anywhere raises the question; only what speaks of the coordinates themselves answers it: the
headers of the columns that were used, a column of reference systems, a title that says coordinates. A column of
equipment that says "GPS" answers nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from layers.incoming.rows.table import Table
from layers.incoming.rows.text import key_of

__all__ = ["Said", "datum_in", "of_rows", "said"]

_GCJ = re.compile(
    r"gcj|高德(?!置地|广场|地产)|amap|autonavi|火星|腾讯|tencent|qq地图|\bmars\b|奥维|ovital|谷歌|google|datav|阿里云|adcode",
    re.IGNORECASE,
)
_BD = re.compile(r"bd-?_?09|百度(?!百科|文库|贴吧|知道|网盘)|baidu|bdmap", re.IGNORECASE)
_WGS = re.compile(
    r"wgs-?_?(19)?84|cgcs-?_?2000|国家2000|天地图|大地2000|2000坐标|测绘|gps|gnss|rtk|北斗", re.IGNORECASE
)
_COORDINATES = re.compile(r"坐标|经纬|datum|coord|crs|srs|epsg", re.IGNORECASE)
STRICT = (
    "坐标系",
    "坐标系统",
    "坐标来源",
    "坐标类型",
    "坐标基准",
    "crs",
    "coordsys",
    "coordtype",
    "coordinatesystem",
    "srs",
    "datum",
)
"""Headers of columns that say what the coordinates of each row are."""
LOOSE = ("来源", "数据来源", "source")
"""Headers of columns that say where each row comes from, which need not be where its coordinates do."""


@dataclass(frozen=True)
class Said:
    """What a file says of its coordinates: ``sure`` answers for them, ``brand`` only suggests.

    Both are a datum (``wgs84``, ``gcj02``, ``bd09``) or None.
    """

    sure: str | None
    brand: str | None


def datum_in(text: str) -> str | None:
    """Return the datum that words name, None for none, or for two ("高德转WGS84" may be either).

    Examples
    --------
    >>> datum_in("百度经度"), datum_in("CGCS2000"), datum_in("学校名称")
    ('bd09', 'wgs84', None)
    """
    found = [d for pattern, d in ((_BD, "bd09"), (_GCJ, "gcj02"), (_WGS, "wgs84")) if pattern.search(text)]
    return found[0] if len(found) == 1 else None


def said(table: Table, used: set[str]) -> Said:
    """Return what a file says of the coordinates in its columns ``used`` (none for shapes)."""
    brand = _shifted(" ".join((table.hint, table.above, *table.columns)))
    words = {d for c in used if (d := datum_in(c))}
    if _COORDINATES.search(table.above) and (told := datum_in(table.above)):
        words.add(told)
    if len(words) == 1:
        return Said(words.pop(), brand)
    return Said(None, brand)


def _shifted(text: str) -> str | None:
    """Return the shifted datum that words name: a word for WGS84 is no sign of it outside the coordinates."""
    return "bd09" if _BD.search(text) else "gcj02" if _GCJ.search(text) else None


def of_rows(table: Table) -> tuple[str, bool, list[str | None]] | None:
    """Return the column that says each row's source, whether it speaks of coordinates, and the datum of each row.

    None where there is no such column, or it names no datum.
    """
    for names, strict in ((STRICT, True), (LOOSE, False)):
        for at, column in enumerate(table.columns):
            if key_of(column) not in names:
                continue
            told = [datum_in(r[at]) if isinstance(r[at], str) else None for r in table.rows]
            if any(told):
                return column, strict, told
    return None


def counted(told: list[Any]) -> str:
    """Return how many rows are of which datum, as words."""
    return "、".join(f"{d or '未说明'} {n} 行" for d, n in Counter(told).most_common())
