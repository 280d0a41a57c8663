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

from layers.incoming.rows.datums import datum_in, shifted_in
from layers.incoming.rows.table import Table
from layers.incoming.rows.text import key_of

__all__ = ["Said", "counted", "of_rows", "said"]

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


def said(table: Table, used: set[str]) -> Said:
    """Return what a file says of the coordinates in its columns ``used`` (none for shapes)."""
    brand = shifted_in(" ".join((table.hint, table.above, *table.columns)))
    words = {d for c in used if (d := datum_in(c))}
    if _COORDINATES.search(table.above) and (told := datum_in(table.above)):
        words.add(told)
    if len(words) == 1:
        return Said(words.pop(), brand)
    return Said(None, brand)


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
