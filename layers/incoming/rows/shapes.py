"""Geometries from untrusted coordinates: every number, ring and count is looked at before GEOS sees it."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from geo.errors import Finding
from layers.incoming.rows.table import RefusedError, error, info
from layers.incoming.rows.wkt import NAMES, NEST_LIMIT, BadShapeError, parsed

__all__ = ["FEATURE_LIMIT", "PART_LIMIT", "VERTEX_LIMIT", "Builder"]

VERTEX_LIMIT = 1_000_000  # a whole file
PART_LIMIT = 100_000  # one geometry
FEATURE_LIMIT = 200_000
FARTHEST = 1e9  # no coordinate of any system is as large

_WKB = dict(zip(range(1, 8), NAMES, strict=True))


class Builder:
    """Makes geometries row by row and keeps count of the vertices of the file."""

    def __init__(self) -> None:
        self.total = 0
        self.flattened = False
        self.scale = 1.0
        """What coordinates are multiplied by, for drawings in millimetres."""
        self.most = 3
        """Numbers that a position may have; four only where the file says that heights and measures follow."""

    def from_json(self, geometry: Any, row: int) -> Any:
        """Return the shape of a GeoJSON geometry object; None for null.

        Raises
        ------
        RefusedError
            If it is not a proper geometry; names the row.
        """
        return self._made(lambda: self._json(geometry), row)

    def from_parts(self, kind: str, coordinates: Any, row: int) -> Any:
        """Return the shape of ``kind`` with GeoJSON-like nested coordinates."""
        return self._made(lambda: self._shape(kind, coordinates), row)

    def from_pairs(self, xy: np.ndarray, rows: Sequence[int]) -> list[Any]:
        """Return a Point for each pair of numbers [n, 2], None where one is NaN: a table's rows, all at once.

        Raises
        ------
        RefusedError
            If one is infinite or absurdly large; names its row.
        """
        bad = (np.isinf(xy) | (np.abs(xy) > FARTHEST)).any(1)
        if bad.any():
            at = int(bad.argmax())
            self.from_parts("Point", xy[at].tolist(), rows[at])  # says what is wrong with it
        self.count_points(len(xy))
        out: np.ndarray = shapely.points(xy)
        out[np.isnan(xy).any(1)] = None
        return list(out)

    def from_wkb(self, raw: bytes, row: int) -> Any:
        """Return the shape of well-known binary (ISO or EWKB), read here so that depth and counts are known."""
        return self._made(lambda: self._wkb(raw), row)

    def from_wkt(self, text: str, row: int) -> Any:
        """Return the shape of well-known text."""

        def make() -> Any:
            found = parsed(text)
            if found is None:
                return None
            kind, coordinates, measured = found
            most, self.most = self.most, 4 if measured else self.most
            try:
                return self._shape(kind, coordinates)
            finally:
                self.most = most

        return self._made(make, row)

    def notes(self) -> list[Finding]:
        """Return what was left out of the shapes made so far."""
        return [info("高程（Z）已忽略", "heights (Z) were left out")] if self.flattened else []

    def _made(self, make: Any, row: int) -> Any:
        try:
            shape = make()
        except BadShapeError as bad:
            raise RefusedError(
                error(f"第 {row} 行的几何图形有误：{bad.text.zh}；请在原软件中修正后重新导出",
                      f"the geometry of row {row} is wrong: {bad.text.en}; mend it where it was drawn and export it again", row, "geometry")) from None  # fmt: skip
        except (struct.error, shapely.errors.ShapelyError, ValueError, IndexError, OverflowError, TypeError):
            raise RefusedError(
                error(f"第 {row} 行的几何图形已损坏或不完整；请重新导出",
                      f"the geometry of row {row} is damaged or cut short; export it again", row, "geometry")) from None  # fmt: skip
        return shape

    def count_points(self, n: int) -> None:
        """Count ``n`` shapes of one vertex each."""
        self.total += n - 1
        self.count(1)

    def count(self, n: int) -> None:
        """Add ``n`` vertices to the count of the file, and refuse it above the limits."""
        self.total += n
        if n > PART_LIMIT or self.total > VERTEX_LIMIT:
            raise RefusedError(
                error(f"顶点过多（单个图形最多 {PART_LIMIT:,}，整个文件最多 {VERTEX_LIMIT:,}）；请先抽稀或分幅导入",
                      f"too many vertices (at most {PART_LIMIT:,} a shape, {VERTEX_LIMIT:,} a file); simplify or split the file"))  # fmt: skip

    def _json(self, geometry: Any) -> Any:
        if geometry is None:
            return None
        if not isinstance(geometry, dict):
            raise BadShapeError("geometry 应为对象或 null", "geometry must be an object or null")
        kind = geometry.get("type")
        if kind == "GeometryCollection":
            return self._collection(geometry.get("geometries"), 0)
        if kind not in NAMES:
            raise BadShapeError(f"未知的几何类型 {str(kind)[:40]!r}", f"unknown geometry type {str(kind)[:40]!r}")
        if "coordinates" not in geometry:
            raise BadShapeError("缺少 coordinates", "it has no coordinates")
        return self._shape(kind, geometry["coordinates"])

    def _collection(self, members: Any, depth: int) -> Any:
        """Return the one kind of shape that a collection holds; mixed ones are not a layer's geometry."""
        if not isinstance(members, list) or depth >= NEST_LIMIT or not members:
            raise BadShapeError("几何集合为空或嵌套过深", "a geometry collection that is empty or nested too deep")
        parts = [
            self._collection(m.get("geometries"), depth + 1) if isinstance(m, dict) and m.get("type") == "GeometryCollection"
            else self._json(m)
            for m in members
        ]  # fmt: skip
        return _joined(parts)

    def _shape(self, kind: str, c: Any) -> Any:
        if not isinstance(c, list | tuple | np.ndarray):
            raise BadShapeError("坐标不是数组", "coordinates are not an array")
        if len(c) == 0:
            return None
        if kind == "Point":
            return shapely.Point(self._positions([c])[0])
        if kind == "LineString":
            return self._line(c)
        if kind == "Polygon":
            return self._polygon(c)
        if kind == "MultiPoint":
            return shapely.MultiPoint(self._positions(c))
        make = self._line if kind == "MultiLineString" else self._polygon
        parts = [make(part) for part in c]
        return shapely.MultiLineString(parts) if kind == "MultiLineString" else shapely.MultiPolygon(parts)

    def _positions(self, points: Any) -> np.ndarray:
        if not isinstance(points, np.ndarray):
            if not isinstance(points, list | tuple):
                raise BadShapeError("坐标不是数组", "coordinates are not an array")
            self._check(points)
            self.flattened |= any(len(p) > 2 for p in points)
            points = np.array([(p[0], p[1]) for p in points], dtype=float)
        if self.scale != 1.0:
            points = points * self.scale
        self.count(len(points))
        if not np.isfinite(points).all() or np.abs(points).max(initial=0) > FARTHEST:
            raise BadShapeError("坐标为 NaN、无穷大或超大值", "a coordinate is NaN, infinite or absurdly large")
        return points

    def _check(self, points: Sequence[Any]) -> None:
        for p in points:
            if not isinstance(p, list | tuple) or not 2 <= len(p) <= self.most:
                raise BadShapeError(
                    "坐标应为 [经度, 纬度] 或 [经度, 纬度, 高程]",
                    "a position must be [longitude, latitude], or with a height [longitude, latitude, height]",
                )
            for v in p:
                if isinstance(v, bool) or not isinstance(v, int | float):
                    raise BadShapeError(
                        f"坐标 {str(v)[:30]!r} 不是数字", f"the coordinate {str(v)[:30]!r} is not a number"
                    )
                if isinstance(v, int) and abs(v) > 10**12:
                    raise BadShapeError("坐标数值过大", "a coordinate is absurdly large")
            if any(math.isnan(v) or math.isinf(v) for v in p):
                raise BadShapeError("坐标为 NaN 或无穷大", "a coordinate is NaN or infinite")

    def _line(self, c: Any) -> Any:
        points = self._positions(c)
        if len(points) < 2 or (points == points[0]).all():
            raise BadShapeError("线少于两个不同的点", "a line has fewer than two different points")
        return shapely.LineString(points)

    def _polygon(self, c: Any) -> Any:
        if not isinstance(c, list | tuple) or not len(c):
            raise BadShapeError("多边形没有环", "a polygon has no ring")
        return shapely.Polygon(self._ring(c[0]), [self._ring(r) for r in c[1:]])

    def _ring(self, c: Any) -> np.ndarray:
        points = self._positions(c)
        if len(points) < 4:
            raise BadShapeError("环少于 4 个点", "a ring has fewer than four points")
        if (points[0] != points[-1]).any():
            raise BadShapeError("环没有闭合（首尾点不同）", "a ring is not closed (first and last point differ)")
        if len(np.unique(points, axis=0)) < 3:
            raise BadShapeError("环退化为点或线", "a ring has collapsed to a point or line")
        return points

    def _wkb(self, raw: bytes) -> Any:
        if not raw:
            return None
        shape, at = self._wkb_at(raw, 0, 0)
        if at != len(raw):
            raise BadShapeError("二进制几何之后有多余字节", "bytes left over after the binary geometry")
        return shape

    def _wkb_at(self, raw: bytes, at: int, depth: int) -> tuple[Any, int]:
        if depth > NEST_LIMIT:
            raise BadShapeError("几何嵌套过深", "the geometry is nested too deep")
        if raw[at] not in (0, 1):
            raise BadShapeError("二进制几何的字节序无效", "the byte order of the binary geometry is invalid")
        order = "<" if raw[at] else ">"
        (code,) = struct.unpack_from(order + "I", raw, at + 1)
        at += 5
        if code & 0x20000000:
            at += 4
        flat, extra = code & 0x0FFFFFFF, bool(code & 0x80000000) + bool(code & 0x40000000)
        base, thousands = flat % 1000, flat // 1000
        if base not in _WKB or thousands > 3:
            raise BadShapeError(
                "不支持的几何类型（曲线、曲面等）；请转为普通点线面",
                "an unsupported geometry type (curves, surfaces); make it plain",
            )
        size = 2 + max(extra, (0, 1, 1, 2)[thousands])
        kind = _WKB[base]
        if kind == "Point":
            x, y = struct.unpack_from(order + "dd", raw, at)
            at += 8 * size
            if math.isnan(x) and math.isnan(y):
                return None, at
            return self._shape("Point", [x, y]), at
        if kind in ("LineString", "Polygon"):
            return self._wkb_simple(raw, at, order, size, kind)
        (n,) = struct.unpack_from(order + "I", raw, at)
        at += 4
        if n > (len(raw) - at) // 5:
            raise BadShapeError(
                "二进制几何声明的部件数超过数据长度", "the binary geometry claims more parts than there are bytes"
            )
        parts = []
        for _ in range(n):
            part, at = self._wkb_at(raw, at, depth + 1)
            parts.append(part)
        return (_joined(parts) if parts else None), at

    def _wkb_simple(self, raw: bytes, at: int, order: str, size: int, kind: str) -> tuple[Any, int]:
        rings, count = [], 1
        if kind == "Polygon":
            (count,) = struct.unpack_from(order + "I", raw, at)
            at += 4
            if count > (len(raw) - at) // 4:
                raise BadShapeError(
                    "二进制几何声明的环数超过数据长度", "the binary geometry claims more rings than there are bytes"
                )
        for _ in range(count):
            (n,) = struct.unpack_from(order + "I", raw, at)
            at += 4
            if n * size * 8 > len(raw) - at:
                raise BadShapeError(
                    "二进制几何声明的点数超过数据长度", "the binary geometry claims more points than there are bytes"
                )
            rings.append(np.frombuffer(raw, order + "f8", n * size, at).reshape(n, size)[:, :2].astype(float))
            at += n * size * 8
        self.flattened |= size > 2
        if not rings or not len(rings[0]):
            return None, at
        return (self._line(rings[0]) if kind == "LineString" else self._polygon(rings)), at


def _joined(parts: Sequence[Any]) -> Any:
    """Return parts of one family as one multi-part shape."""
    if any(p is None for p in parts):
        raise BadShapeError("多部件几何中有空部件", "a part of a multi-part geometry is empty")
    simple = [q for p in parts for q in (p.geoms if hasattr(p, "geoms") else (p,))]
    kinds = {p.geom_type for p in simple}
    if len(kinds) != 1:
        raise BadShapeError(
            "同一图形中混有点、线、面；请分成不同图层", "one shape mixes points, lines and areas; split it into layers"
        )
    kind = kinds.pop()
    make = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}[kind]
    return make(simple)
