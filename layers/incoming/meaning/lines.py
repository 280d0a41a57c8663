"""Street lines without node ids: ends that meet become nodes, lengths are measured."""

from __future__ import annotations

from typing import Any

import pyproj

from layers.incoming.rows.table import Table, error, info, warning

__all__ = ["nodes"]

DIGITS = 7  # of a degree, about 1 cm: ends nearer than this meet
CHECKED = 2_000  # rows whose length is compared with their shape
_EARTH = pyproj.Geod(ellps="WGS84")


def nodes(shapes: list[Any], out: dict[str, list[Any]], table: Table) -> list[Any]:
    """Return the shapes, having filled ``u``, ``v`` and ``metres`` [m] of ``out`` where the file has none.

    Multi-part lines of one row become one line a part only if they have one part; others are left to the
    family check of the layer.
    """
    single = [
        s.geoms[0] if s is not None and s.geom_type == "MultiLineString" and len(s.geoms) == 1 else s for s in shapes
    ]
    lines = [s if s is not None and s.geom_type == "LineString" else None for s in single]
    if "u" not in out or "v" not in out:
        ids: dict[tuple[float, float], int] = {}
        for name, end in (("u", 0), ("v", -1)):
            out[name] = [
                None
                if s is None
                else ids.setdefault((round(s.coords[end][0], DIGITS), round(s.coords[end][1], DIGITS)), len(ids) + 1)
                for s in lines
            ]
        table.notes.append(
            info(
                "没有起讫节点编号，已由线的端点生成；不在端点相交的道路不连通",
                "there were no node ids; they were made from line ends, streets that cross elsewhere are not joined",
            )
        )
    if "metres" not in out:
        out["metres"] = [_length(s) for s in lines]
        table.notes.append(
            info(
                "没有长度列，已按椭球面量算",
                "there was no length column; lengths were measured on the ellipsoid",
                None,
                "metres",
            )
        )
        return single
    few = list(zip(table.lines, out["metres"], lines, strict=True))[:CHECKED]
    off = [n for n, a, s in few if a is not None and (b := _length(s)) and not 0.95 <= a / b <= 1.5]
    if len(off) > len(few) / 2:
        table.notes.append(
            error(
                f"“长度”与图形不符（如第 {off[0]} 行），单位可能不是米；请改为米，或删除该列（将按图形量算）",
                f"the lengths do not fit the shapes (such as row {off[0]}), perhaps they are not metres; give metres, or delete the column and they are measured",
                off[0],
                "metres",
            )
        )
    elif off:
        table.notes.append(
            warning(
                f"{len(off)} 行的长度与图形不符（如第 {off[0]} 行）；请核对",
                f"{len(off)} rows have a length unlike their shape (such as row {off[0]}); check them",
                off[0],
                "metres",
            )
        )
    return single


def _length(line: Any) -> float | None:
    return None if line is None else round(float(_EARTH.geometry_length(line)), 3)
