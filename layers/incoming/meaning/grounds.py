"""Parks and sports grounds drawn as areas, taken as the points of their layer with the places where one enters."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geo.crs import WGS84, metric_crs_for
from geo.entrances import along_edge, places_of, written
from geo.errors import Finding, InputError
from layers.incoming.rows.systems import converter
from layers.incoming.rows.table import error, info

__all__ = ["as_points"]


def as_points(shapes: list[Any], out: dict[str, list[Any]], lines: list[int]) -> tuple[list[Any], list[Finding]]:
    """Return areas (WGS84) as points inside them; their entrances and, where it is not told, ``area_m2`` go to ``out``.

    An area without entrances in its row gets points along its edge. A row whose entrances are no places is a finding.
    """
    told: list[Any] = list(out.get("entrances") or [None] * len(shapes))
    size: list[Any] = list(out.get("area_m2") or [None] * len(shapes))
    findings, drawn, points = [], 0, list(shapes)
    for row, (shape, line) in enumerate(zip(shapes, lines, strict=True)):
        if isinstance(told[row], str) and told[row].strip():
            try:
                told[row] = written(places_of(told[row]))
            except InputError as wrong:
                findings.append(error(wrong.text.zh, wrong.text.en, line, "entrances"))
        if shape is None or shape.is_empty or "Polygon" not in shape.geom_type:
            continue
        whole = shape if shape.is_valid else shapely.make_valid(shape)
        crs = metric_crs_for(*whole.representative_point().coords[0])
        flat = _moved(whole, WGS84, crs)
        areas = [p for p in getattr(flat, "geoms", [flat]) if p.geom_type == "Polygon" and p.area >= 1]
        if not areas:
            continue  # a sliver: what is wrong with it is said where shapes are checked
        ground = shapely.MultiPolygon(areas)
        drawn += 1
        points[row] = whole.representative_point()
        if size[row] is None or size[row] != size[row]:
            size[row] = round(float(ground.area), 1)
        if not told[row]:
            edge = _moved(shapely.MultiPoint(along_edge(ground)), crs, WGS84)
            told[row] = written([(p.x, p.y) for p in edge.geoms])
    if any(told):
        out["entrances"] = told
    if drawn:
        out["area_m2"] = size
        findings.append(
            info(
                f"{drawn} 处以面绘出：取面内一点，步行和半径算到出入口；没有出入口的取边界上的点（约 100 米一处）",
                f"{drawn} are drawn as areas: taken as a point inside, reached at their entrances, or where none is given at points along the edge (about every 100 m)",
            )
        )
    return points, findings


def _moved(shape: Any, source: str, target: str) -> Any:
    convert = converter(source, target)
    return shapely.transform(shape, lambda p: np.column_stack(convert.transform(p[:, 0], p[:, 1])))
