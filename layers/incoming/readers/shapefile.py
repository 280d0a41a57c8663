"""Shapefiles read record by record: sizes and counts checked, text in the encoding that the bytes show."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from geo.errors import Finding
from layers.incoming.readers.formats import Opened
from layers.incoming.rows.shapes import FEATURE_LIMIT, Builder
from layers.incoming.rows.table import RefusedError, Table, error, info, warning
from layers.incoming.rows.text import decode_fields

__all__ = ["areas", "read"]

_KINDS = {0: "null", 1: "Point", 3: "Line", 5: "Area", 8: "Points",
          11: "Point", 13: "Line", 15: "Area", 18: "Points", 21: "Point", 23: "Line", 25: "Area", 28: "Points"}  # fmt: skip


def read(file: Opened) -> Table:
    """Return the rows and shapes of a shapefile and the parts beside it (".dbf", ".prj" …).

    Raises
    ------
    RefusedError
        If a part is missing or damaged.
    """
    parts = file.parts
    if ".dbf" not in parts:
        raise RefusedError(error("缺少 .dbf（属性表）；请把 .shp .shx .dbf .prj 一起压缩为 zip 导入",
                                 "the .dbf (attribute table) is missing; zip .shp, .shx, .dbf and .prj together"))  # fmt: skip
    if ".shx" not in parts:
        raise RefusedError(error("缺少 .shx（索引）；请把 .shp .shx .dbf .prj 一起压缩为 zip 导入",
                                 "the .shx (index) is missing; zip .shp, .shx, .dbf and .prj together"))  # fmt: skip
    builder = Builder()
    shapes = _shapes(file.path.read_bytes(), parts[".shx"].read_bytes(), builder)
    columns, rows, kept, notes = _dbf(parts[".dbf"].read_bytes())
    if len(shapes) != len(kept):
        raise RefusedError(error(f"图形 {len(shapes)} 个、属性 {len(kept)} 行，数目不一致；请重新导出",
                                 f"{len(shapes)} shapes but {len(kept)} rows of attributes; export it again"))  # fmt: skip
    shapes = [s for s, keep in zip(shapes, kept, strict=True) if keep]
    crs = None
    if ".prj" in parts:
        raw = parts[".prj"].read_bytes()[:20_000]
        crs = raw.decode("utf-8-sig", "replace").strip() or None
    notes += builder.notes()
    return Table(columns, rows, shapes, crs, ".prj" if crs else "", notes=notes)


def _damaged(zh: str, en: str, row: int | None = None) -> RefusedError:
    return RefusedError(
        error(f"Shapefile 已损坏：{zh}；请重新导出", f"the shapefile is damaged: {en}; export it again", row)
    )


def _shapes(shp: bytes, shx: bytes, builder: Builder) -> list[Any]:
    for name, raw in ((".shp", shp), (".shx", shx)):
        if len(raw) < 100 or struct.unpack_from(">i", raw, 0)[0] != 9994:
            raise _damaged(f"{name} 文件头无效", f"the header of {name} is invalid")
        if struct.unpack_from(">i", raw, 24)[0] * 2 != len(raw):
            raise _damaged(
                f"{name} 长度与文件头不符（文件不完整）", f"the length of {name} differs from its header (cut short)"
            )
    (kind,) = struct.unpack_from("<i", shp, 32)
    if kind not in _KINDS:
        raise _damaged("不支持的图形类型（如 MultiPatch）", "an unsupported shape type (such as MultiPatch)")
    count = (len(shx) - 100) // 8
    if count > FEATURE_LIMIT:
        raise RefusedError(
            error(
                f"图形过多（最多 {FEATURE_LIMIT:,}）；请分幅导入",
                f"too many shapes (at most {FEATURE_LIMIT:,}); split the file",
            )
        )
    shapes: list[Any] = []
    seen: set[int] = set()
    for row in range(1, count + 1):
        offset, length = struct.unpack_from(">ii", shx, 92 + 8 * row)
        at, size = offset * 2, length * 2
        if at < 100 or size < 4 or at + 8 + size > len(shp) or at in seen:
            raise _damaged(f"第 {row} 条记录的位置无效", f"the position of record {row} is invalid", row)
        seen.add(at)
        if struct.unpack_from(">i", shp, at + 4)[0] != length:
            raise _damaged(
                f"第 {row} 条记录的长度与索引不符", f"the length of record {row} differs from the index", row
            )
        shapes.append(_record(shp[at + 8 : at + 8 + size], kind, row, builder))
    return shapes


def _record(raw: bytes, kind: int, row: int, builder: Builder) -> Any:
    (own,) = struct.unpack_from("<i", raw, 0)
    if own == 0:
        return None
    if own != kind:
        raise _damaged(f"第 {row} 条记录的类型与文件不符", f"record {row} is of another type than the file", row)
    family = _KINDS[kind]
    builder.flattened |= kind > 10
    try:
        if family == "Point":
            return builder.from_parts("Point", list(struct.unpack_from("<dd", raw, 4)), row)
        if family == "Points":
            (n,) = struct.unpack_from("<i", raw, 36)
            return builder.from_parts("MultiPoint", _points(raw, 40, n, row), row)
        parts = _parts(raw, row)
    except struct.error:
        raise _damaged(f"第 {row} 条记录不完整", f"record {row} is cut short", row) from None
    if not parts:
        return None
    if family == "Line":
        return builder.from_parts(
            "MultiLineString" if len(parts) > 1 else "LineString", parts if len(parts) > 1 else parts[0], row
        )
    return areas(parts, row, builder)


def _points(raw: bytes, at: int, n: int, row: int) -> np.ndarray:
    if n < 0 or n * 16 > len(raw) - at:
        raise _damaged(
            f"第 {row} 条记录声明的点数超过数据长度", f"record {row} claims more points than there are bytes", row
        )
    return np.frombuffer(raw, "<f8", 2 * n, at).reshape(n, 2).astype(float)


def _parts(raw: bytes, row: int) -> list[np.ndarray]:
    n_parts, n = struct.unpack_from("<ii", raw, 36)
    if n_parts < 0 or n_parts * 4 > len(raw) - 44:
        raise _damaged(
            f"第 {row} 条记录声明的部件数超过数据长度", f"record {row} claims more parts than there are bytes", row
        )
    starts = [*struct.unpack_from(f"<{n_parts}i", raw, 44), n]
    points = _points(raw, 44 + 4 * n_parts, n, row)
    if n_parts and (starts[0] != 0 or any(b <= a for a, b in pairwise(starts))):
        raise _damaged(f"第 {row} 条记录的部件起点无效", f"the part starts of record {row} are invalid", row)
    return [points[a:b] for a, b in pairwise(starts)]


def areas(rings: list[np.ndarray], row: int, builder: Builder) -> Any:
    """Return the polygons of a record: clockwise rings are outer ones, the others holes of the ring around."""
    if len(rings) == 1:
        return builder.from_parts("Polygon", rings, row)
    areas = [_signed_area(r) for r in rings]
    outer = [r for r, a in zip(rings, areas, strict=True) if a <= 0]
    holes = [r for r, a in zip(rings, areas, strict=True) if a > 0]
    if not outer:
        outer, holes = holes, []
    if len(holes) * len(outer) > 1_000_000:
        raise RefusedError(
            error(f"第 {row} 个图形的孔洞过多；请拆分", f"shape {row} has too many holes; split it", row)
        )
    shells = [builder.from_parts("Polygon", [r], row) for r in outer]
    inside: list[list[np.ndarray]] = [[] for _ in outer]
    for hole in holes:
        builder.from_parts("Polygon", [hole], row)
        middle = shapely.Point(hole[0])
        home = [i for i, shell in enumerate(shells) if shell.intersects(middle)]
        if not home:
            raise RefusedError(error(f"第 {row} 个图形的孔洞在外环之外；请在原软件中修复几何",
                                     f"a hole of shape {row} lies outside its outer ring; repair it where it was drawn", row, "geometry"))  # fmt: skip
        inside[min(home, key=lambda i: shells[i].area)].append(hole)
    polygons = [shapely.Polygon(r, h) for r, h in zip(outer, inside, strict=True)]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _signed_area(ring: np.ndarray) -> float:
    x, y = (ring - ring[0]).T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2


def _dbf(raw: bytes) -> tuple[list[str], list[list[Any]], list[bool], list[Finding]]:
    """Return columns, undeleted rows, which rows are kept, and notes."""
    if len(raw) < 33 or (raw[0] & 7 not in (3, 4, 5) and raw[0] != 0x30):
        raise _damaged(".dbf 文件头无效", "the header of .dbf is invalid")
    count, start, width = struct.unpack_from("<IHH", raw, 4)
    fields = _fields(raw, start)
    if width != 1 + sum(f[2] for f in fields):
        raise _damaged(".dbf 记录长度与字段不符", "the record length of .dbf differs from its fields")
    if count > FEATURE_LIMIT or start + count * width > len(raw):
        raise _damaged(
            ".dbf 记录数超过数据长度（文件不完整）", ".dbf claims more rows than there are bytes (cut short)"
        )
    cells: list[tuple[bytes, int]] = [(f[0], 10) for f in fields]
    kept: list[bool] = []
    for i in range(count):
        record = raw[start + i * width : start + (i + 1) * width]
        if record[0] not in (0x20, 0x2A):
            raise _damaged(f".dbf 第 {i + 1} 行标记无效", f"the mark of row {i + 1} of .dbf is invalid", i + 1)
        kept.append(record[0] == 0x20)
        at = 1
        for _, kind, size, _ in fields:
            cells.append(
                (
                    record[at : at + size].strip(b"\0 ")
                    if kind != "C"
                    else record[at : at + size].split(b"\0")[0].rstrip(b" "),
                    size,
                )
            )
            at += size
    texts, encoding, cut = decode_fields([c[0] for c in cells], [c[1] for c in cells])
    names = texts[: len(fields)]
    notes: list[Finding] = []
    if encoding == "gb18030":
        notes.append(
            info(
                "属性文字按 GBK/GB18030 读取（由字节判断）", "attribute text read as GBK/GB18030 (told from the bytes)"
            )
        )
    if any(i < len(fields) for i in cut) or any(len(f[0]) == 10 and not f[0].isascii() for f in fields):
        notes.append(
            warning(
                "Shapefile 字段名最多 10 字节，可能已被截断；请核对列的对应",
                "shapefile field names hold at most 10 bytes and may be cut; check the columns",
            )
        )
    body = texts[len(fields) :]
    each = len(fields)
    rows = [
        [_value(body[i * each + j], f, i + 1, names[j]) for j, f in enumerate(fields)] for i in range(count) if kept[i]
    ]
    notes += [
        warning(
            "文字在字段宽度处被截断；请核对原文", "a text is cut at the width of its field; check the original", i + 1
        )
        for i in sorted({(c - each) // each for c in cut if c >= each})
    ]
    if not all(kept):
        notes.append(
            info(
                f"{kept.count(False)} 行带删除标记，已跳过", f"{kept.count(False)} rows marked as deleted were skipped"
            )
        )
    return names, rows, kept, notes


def _fields(raw: bytes, start: int) -> list[tuple[bytes, str, int, int]]:
    fields: list[tuple[bytes, str, int, int]] = []
    at = 32
    while at + 1 <= len(raw) and raw[at] != 0x0D:
        if at + 32 > min(start, len(raw)) or len(fields) >= 255:
            raise _damaged(".dbf 字段表无效", "the field table of .dbf is invalid")
        kind, size = chr(raw[at + 11]), raw[at + 16]
        if kind not in "CNFDL" or not size:
            raise _damaged(f".dbf 字段类型 {kind!r} 不支持", f"the .dbf field type {kind!r} is not supported")
        fields.append((raw[at : at + 11].split(b"\0")[0].strip(), kind, size, raw[at + 17]))
        at += 32
    if not fields:
        raise _damaged(".dbf 没有字段", ".dbf has no fields")
    return fields


def _value(text: str, field: tuple[bytes, str, int, int], row: int, name: str) -> Any:
    kind = field[1]
    stripped = text.strip()
    if kind == "C":
        return stripped or None
    if not stripped or set(stripped) <= {"*"}:
        return None
    if kind in "NF":
        try:
            return int(stripped) if stripped.lstrip("+-").isdigit() else float(stripped)
        except ValueError:
            raise _damaged(
                f"第 {row} 行字段 {name} 不是数字", f"field {name} of row {row} is not a number", row
            ) from None
    if kind == "L":
        return {"T": True, "Y": True, "F": False, "N": False}.get(stripped.upper())
    if kind == "D" and stripped.isdigit() and len(stripped) == 8:
        return f"{stripped[:4]}-{stripped[4:6]}-{stripped[6:]}"
    return stripped
