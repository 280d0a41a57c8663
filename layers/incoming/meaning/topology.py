"""Shapes as a layer needs them: one family, repaired with areas told, doubles, overlaps and gaps listed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

from geo.crs import WGS84, metric_crs_for
from geo.errors import Finding
from geo.schema import LAYERS
from layers.incoming.rows.systems import converter
from layers.incoming.rows.table import RefusedError, error, info, warning

__all__ = ["checked"]

SLIVER_M2 = 1.0
OVERLAP_SHARE = 0.001
TOUCH_M = 0.5
GAP_VERTICES = 200_000
LISTED = 100
NAMED = ("zones", "schools", "clinics", "stops", "facilities")  # layers in which two rows of one name are odd
REPAIR_LIMIT = 100_000  # vertices of shapes to repair


def checked(
    shapes: list[Any], layer: str, lines: list[int], names: list[Any], levels: list[Any]
) -> tuple[list[Any], list[Finding]]:
    """Return the shapes ready for the layer, in WGS84 degrees, and what was found.

    Raises
    ------
    RefusedError
        If a shape is missing, of the wrong family, or cannot be repaired; names the rows.
    """
    spec = LAYERS[layer]
    shapes = [_single(s) for s in shapes]
    errors = []
    for shape, line in zip(shapes, lines, strict=True):
        if shape is None or shape.is_empty:
            if spec.geometry_required:
                errors.append(
                    error(
                        "没有几何图形或坐标；请补绘、补坐标，或删除此行",
                        "has no geometry or coordinates; draw it, fill in the coordinates, or delete the row",
                        line,
                        "geometry",
                    )
                )
        elif shape.geom_type not in spec.families:
            errors.append(error(f"几何类型是 {shape.geom_type}，图层“{spec.zh}”需要 {'/'.join(spec.families)}；请检查图层是否选对",
                                f"the shape is a {shape.geom_type}, the layer {layer} takes {'/'.join(spec.families)}; check the layer", line, "geometry"))  # fmt: skip
    if errors:
        raise RefusedError(*errors[:200])
    present = [s for s in shapes if s is not None]
    if not present:
        return shapes, []
    metric = _to_metres(present)
    shapes, findings = _repaired(shapes, lines, metric)
    findings += _doubles(shapes, lines, names, layer)
    if spec.families[0] == "Polygon":
        flat = [metric(s) for s in shapes]
        findings += _overlaps(flat, lines, levels)
        findings += _gaps(flat, lines, levels)
    return shapes, findings


def _single(shape: Any) -> Any:
    """Return a multi-part shape of one part as that part."""
    if (
        shape is not None
        and hasattr(shape, "geoms")
        and len(shape.geoms) == 1
        and shape.geom_type != "GeometryCollection"
    ):
        return shape.geoms[0]
    return shape


def _to_metres(shapes: list[Any]) -> Any:
    west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object))
    crs = metric_crs_for((west + east) / 2, (south + north) / 2)
    convert = converter(WGS84, crs)

    def change(shape: Any) -> Any:
        return (
            None
            if shape is None
            else shapely.transform(shape, lambda p: np.column_stack(convert.transform(p[:, 0], p[:, 1])))
        )

    return change


def _repaired(shapes: list[Any], lines: list[int], metric: Any) -> tuple[list[Any], list[Finding]]:
    findings: list[Finding] = []
    out = []
    for shape, line in zip(shapes, lines, strict=True):
        if shape is None or "Polygon" not in shape.geom_type:
            out.append(shape)
            continue
        if shape.is_valid:
            if metric(shape).area < SLIVER_M2:
                findings.append(
                    error(
                        "面积小于 1 平方米；请删除碎片或检查坐标",
                        "the area is below 1 m2; delete the sliver or check the coordinates",
                        line,
                        "geometry",
                    )
                )
            out.append(shape)
            continue
        out.append(_mended(shape, line, metric, findings))
    bad = [f for f in findings if f.level == "error"]
    if bad:
        raise RefusedError(*bad)
    return out, findings


def _mended(shape: Any, line: int, metric: Any, findings: list[Finding]) -> Any:
    if shapely.get_num_coordinates(shape) > REPAIR_LIMIT:
        findings.append(
            error(
                "自相交图形过于复杂，无法自动修复；请在原软件中修复几何",
                "the self-crossing shape is too complex to repair here; repair it where it was drawn",
                line,
                "geometry",
            )
        )
        return shape
    why = shapely.is_valid_reason(shape).split("[")[0].strip()
    before = metric(shape).area
    made = shapely.make_valid(shape)
    parts = [p for p in getattr(made, "geoms", [made]) if "Polygon" in p.geom_type]
    parts = [q for p in parts for q in getattr(p, "geoms", [p])]
    mended = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts) if parts else None
    after = metric(mended).area if mended is not None else 0.0
    if mended is None or after < SLIVER_M2 or not mended.is_valid:
        findings.append(
            error(
                f"图形无效（{why}）且无法修复为面；请重新绘制",
                f"the shape is invalid ({why}) and cannot be repaired to an area; draw it again",
                line,
                "geometry",
            )
        )
        return shape
    findings.append(warning(f"图形自相交或无效（{why}），已修复：面积 {before / 1e4:.2f} → {after / 1e4:.2f} 公顷；请在预览中核对",
                            f"the shape crosses itself or is invalid ({why}); repaired, area {before / 1e4:.2f} -> {after / 1e4:.2f} ha, check the preview", line, "geometry"))  # fmt: skip
    return mended


def _doubles(shapes: list[Any], lines: list[int], names: list[Any], layer: str) -> list[Finding]:
    """Return rows with exactly the shape of an earlier one, and facilities or zones of one name."""
    array = np.array(shapes, dtype=object)
    points = bool((shapely.get_type_id(array[~shapely.is_missing(array)]) == 0).all())
    keys = shapely.to_wkb(shapely.set_precision(array, 1e-7) if points else shapely.normalize(array))
    findings = [
        warning(
            f"与第 {before} 行的位置/图形完全相同；若重复请删除一行",
            f"has exactly the shape of row {before}; delete one if it is a double",
            line,
            "geometry",
        )
        for line, before in _repeated(keys, lines)
    ]
    if layer in NAMED:
        findings += [
            warning(
                f"名称与第 {before} 行相同；若重复请删除一行",
                f"has the same name as row {before}; delete one if it is a double",
                line,
                "name",
            )
            for line, before in _repeated([n or None for n in names], lines)
        ]
    return findings


def _repeated(keys: Iterable[Any], lines: list[int]) -> list[tuple[int, int]]:
    """Return (row, earlier row) of the first keys that come again."""
    seen: dict[Any, int] = {}
    found = [
        (line, seen[k])
        for k, line in zip(keys, lines, strict=True)
        if k is not None and seen.setdefault(k, line) != line
    ]
    return found[:LISTED]


def _overlaps(flat: list[Any], lines: list[int], levels: list[Any]) -> list[Finding]:
    """Return overlaps between areas of one level, with their size."""
    at = [i for i, s in enumerate(flat) if s is not None]
    if len(at) < 2:
        return []
    tree = shapely.STRtree([flat[i] for i in at])
    first, second = tree.query([flat[i] for i in at], predicate="intersects")
    findings: list[Finding] = []
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        i, j = at[a], at[b]
        if i >= j or levels[i] != levels[j]:
            continue
        common = float(flat[i].intersection(flat[j]).area)
        if common > max(SLIVER_M2, OVERLAP_SHARE * min(flat[i].area, flat[j].area)) or common > 1_000:
            findings.append(warning(f"与第 {lines[i]} 行重叠 {common / 1e4:.2f} 公顷；请修边界，否则人口会重复计算",
                                    f"overlaps row {lines[i]} by {common / 1e4:.2f} ha; mend the border, or people are counted twice", lines[j], "geometry"))  # fmt: skip
            if len(findings) >= LISTED:
                break
    return findings


def _gaps(flat: list[Any], lines: list[int], levels: list[Any]) -> list[Finding]:
    findings: list[Finding] = []
    for level in dict.fromkeys(levels):
        group = [s for s, v in zip(flat, levels, strict=True) if s is not None and v == level]
        if len(group) < 2 or shapely.get_num_coordinates(group).sum() > GAP_VERTICES:
            continue
        # Half a metre closes what projecting long straight borders opens by millimetres.
        merged = shapely.union_all(shapely.buffer(group, TOUCH_M, join_style="mitre"))
        holes = _holes(getattr(merged, "geoms", [merged]))
        drawn = _holes(p for s in group for p in getattr(s, "geoms", [s]))
        for hole in holes:
            whole = hole.buffer(TOUCH_M, join_style="mitre")
            if any(whole.symmetric_difference(d).area < 0.2 * d.area + 1 for d in drawn if d.intersects(whole)):
                continue
            near = [n for n, s in zip(lines, flat, strict=True) if s is not None and s.distance(whole) < 1][:4]
            if whole.area > SLIVER_M2 and near:
                findings.append(
                    warning(
                        f"第 {'、'.join(map(str, near))} 行之间有缝隙或空白 {whole.area / 1e4:.2f} 公顷；请接边，或确认本来如此",
                        f"a gap of {whole.area / 1e4:.2f} ha between rows {', '.join(map(str, near))}; join the borders, or make sure it is meant",
                        near[0],
                        "geometry",
                    )
                )
            if len(findings) >= LISTED:
                return findings
    narrow = _slits(flat, lines, levels)
    return findings + narrow


def _holes(areas: Iterable[Any]) -> list[Any]:
    return [shapely.Polygon(r) for a in areas if a.geom_type == "Polygon" for r in a.interiors]


def _slits(flat: list[Any], lines: list[int], levels: list[Any]) -> list[Finding]:
    """Return narrow open strips between neighbours: near each other for long, but not touching."""
    at = [i for i, s in enumerate(flat) if s is not None]
    if len(at) > 500:
        return [info("面太多，未检查狭长缝隙", "too many areas to look for narrow gaps", None, "geometry")]
    findings: list[Finding] = []
    tree = shapely.STRtree([flat[i] for i in at])
    first, second = tree.query([flat[i] for i in at], predicate="dwithin", distance=20.0)
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        i, j = at[a], at[b]
        if i >= j or levels[i] != levels[j] or flat[i].distance(flat[j]) < 0.05:
            continue
        shared = float(flat[i].boundary.intersection(flat[j].buffer(20.0)).length)
        if shared > 100:
            findings.append(warning(f"与第 {lines[i]} 行之间有约 {flat[i].distance(flat[j]):.1f} 米的缝隙（沿边 {shared:.0f} 米）；请接边",
                                    f"a gap of about {flat[i].distance(flat[j]):.1f} m to row {lines[i]} along {shared:.0f} m; join the borders", lines[j], "geometry"))  # fmt: skip
        if len(findings) >= LISTED:
            break
    return findings
