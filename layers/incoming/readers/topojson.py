"""TopoJSON: arcs shared by neighbours, joined into plain geometries."""

from __future__ import annotations

from typing import Any

from layers.incoming.readers.features import columns_of, few_enough, hint_of
from layers.incoming.rows.shapes import Builder
from layers.incoming.rows.table import RefusedError, Table, error, info

__all__ = ["read"]


def read(content: dict[str, Any]) -> Table:
    """Return the rows and shapes of a topology, its shared arcs joined.

    Raises
    ------
    RefusedError
        If arcs or objects are invalid.
    """
    arcs, objects = content.get("arcs"), content.get("objects")
    if not isinstance(arcs, list) or not isinstance(objects, dict) or not objects:
        raise RefusedError(
            error("TopoJSON 缺少 arcs 或 objects；请重新导出", "the TopoJSON lacks arcs or objects; export it again")
        )
    lines = _arcs(arcs, content.get("transform"))
    members: list[dict[str, Any]] = []
    for thing in objects.values():
        listed = (
            thing.get("geometries")
            if isinstance(thing, dict) and thing.get("type") == "GeometryCollection"
            else [thing]
        )
        if not isinstance(listed, list) or not all(isinstance(g, dict) for g in listed):
            raise RefusedError(
                error(
                    "TopoJSON 的 objects 无效；请重新导出", "the objects of the TopoJSON are invalid; export it again"
                )
            )
        members += listed
    few_enough(members)
    builder = Builder()
    notes = [
        info(
            "TopoJSON 按规范视为 WGS84 经纬度；请在预览中核对位置",
            "TopoJSON is taken as WGS84 degrees; check the place in the preview",
        )
    ]
    shapes, properties = [], []
    for row, member in enumerate(members, 1):
        shapes.append(_topo_shape(member, lines, content.get("transform"), row, builder))
        own = member.get("properties") or {}
        if not isinstance(own, dict):
            raise RefusedError(
                error("要素的 properties 不是对象", "the properties of a feature are not an object", row)
            )
        properties.append(
            own | ({"id": member["id"]} if isinstance(member.get("id"), str | int) and "id" not in own else {})
        )
    columns, rows = columns_of(properties, notes)
    return Table(columns, rows, shapes, "OGC:CRS84", "TopoJSON", notes=notes, hint=hint_of(content, columns))


def _transform(transform: Any) -> tuple[float, float, float, float] | None:
    if transform is None:
        return None
    try:
        (sx, sy), (tx, ty) = transform["scale"], transform["translate"]
        return float(sx), float(sy), float(tx), float(ty)
    except (TypeError, KeyError, ValueError):
        raise RefusedError(
            error("TopoJSON 的 transform 无效；请重新导出", "the transform of the TopoJSON is invalid; export it again")
        ) from None


def _arcs(arcs: list[Any], transform: Any) -> list[list[list[float]]]:
    change = _transform(transform)
    total = 0
    lines = []
    for arc in arcs:
        if not isinstance(arc, list) or not all(
            isinstance(p, list) and len(p) >= 2 and all(type(v) in (int, float) for v in p[:2]) for p in arc
        ):
            raise RefusedError(
                error("TopoJSON 的弧段无效；请重新导出", "an arc of the TopoJSON is invalid; export it again")
            )
        total += len(arc)
        if total > 1_000_000:
            raise RefusedError(
                error("顶点过多（最多 1,000,000）；请先抽稀", "too many vertices (at most 1,000,000); simplify first")
            )
        if change is None:
            lines.append([[float(p[0]), float(p[1])] for p in arc])
            continue
        x = y = 0.0
        line = []
        for p in arc:
            x, y = x + p[0], y + p[1]
            line.append([x * change[0] + change[2], y * change[1] + change[3]])
        lines.append(line)
    return lines


def _topo_shape(
    member: dict[str, Any], lines: list[list[list[float]]], transform: Any, row: int, builder: Builder
) -> Any:
    kind, change = member.get("type"), _transform(transform)

    def place(p: Any) -> Any:
        return [p[0] * change[0] + change[2], p[1] * change[1] + change[3]] if change else p

    def joined(indices: Any) -> list[list[float]]:
        out: list[list[float]] = []
        for i in indices:
            if type(i) is not int or not -len(lines) <= i < len(lines):
                raise RefusedError(
                    error(
                        "TopoJSON 引用了不存在的弧段；请重新导出",
                        "the TopoJSON refers to an arc that is not there; export it again",
                        row,
                    )
                )
            line = lines[i] if i >= 0 else lines[~i][::-1]
            out += line[1:] if out else line
            builder.count(0 if len(out) <= 100_000 else len(out))
        return out

    try:
        if kind is None:
            return None
        if kind == "Point":
            return builder.from_parts(kind, place(member["coordinates"]), row)
        if kind == "MultiPoint":
            return builder.from_parts(kind, [place(p) for p in member["coordinates"]], row)
        arcs = member["arcs"]
        nested: Any = (
            joined(arcs)
            if kind == "LineString"
            else [joined(a) for a in arcs]
            if kind != "MultiPolygon"
            else [[joined(r) for r in a] for a in arcs]
        )
        if kind not in ("LineString", "MultiLineString", "Polygon", "MultiPolygon"):
            raise KeyError(kind)
        return builder.from_parts(kind, nested, row)
    except (KeyError, TypeError, IndexError):
        raise RefusedError(
            error(
                "TopoJSON 的几何无效；请重新导出",
                "a geometry of the TopoJSON is invalid; export it again",
                row,
                "geometry",
            )
        ) from None
