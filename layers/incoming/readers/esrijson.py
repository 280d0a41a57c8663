"""ESRI JSON, as ArcGIS services answer: field aliases for names, rings sorted into areas, no missing rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.errors import Finding
from layers.incoming.readers.features import columns_of, few_enough
from layers.incoming.readers.shapefile import areas
from layers.incoming.rows.shapes import Builder
from layers.incoming.rows.table import RefusedError, Table, error

__all__ = ["read"]

_FAMILIES = {"esriGeometryPoint": "Point", "esriGeometryMultipoint": "MultiPoint",
             "esriGeometryPolyline": "Line", "esriGeometryPolygon": "Area"}  # fmt: skip


def read(content: dict[str, Any]) -> Table:
    """Return the rows and shapes of the answer of an ArcGIS service.

    Raises
    ------
    RefusedError
        If rows are missing from it, or a geometry is wrong.
    """
    if content.get("exceededTransferLimit") or (
        isinstance(content.get("properties"), dict) and content["properties"].get("exceededTransferLimit")
    ):
        raise RefusedError(error("服务只返回了部分数据（exceededTransferLimit），缺行；请分批查询后合并",
                                 "the service returned only part of the data (exceededTransferLimit); query in batches and merge"))  # fmt: skip
    features = content["features"]
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise RefusedError(
            error(
                "ESRI JSON 的 features 无效；请重新导出", "the features of the ESRI JSON are invalid; export it again"
            )
        )
    few_enough(features)
    family = _FAMILIES.get(content.get("geometryType", ""), "")
    builder = Builder()
    builder.most = 4 if content.get("hasZ") is True and content.get("hasM") is True else 3
    notes: list[Finding] = []
    shapes, properties = [], []
    for row, feature in enumerate(features, 1):
        own = feature.get("attributes") or {}
        if not isinstance(own, dict):
            raise RefusedError(
                error("要素的 attributes 不是对象", "the attributes of a feature are not an object", row)
            )
        shapes.append(_esri_shape(feature.get("geometry"), family, row, builder))
        properties.append(own)
    aliases = {f["name"]: f["alias"] for f in content.get("fields", []) if isinstance(f, dict) and isinstance(f.get("name"), str)
               and isinstance(f.get("alias"), str) and f["alias"].strip()} if isinstance(content.get("fields"), list) else {}  # fmt: skip
    columns, rows = columns_of(properties, notes)
    named = [aliases.get(c, c) for c in columns]
    if len(set(named)) == len(named):
        columns = named
    reference = content.get("spatialReference")
    crs = None
    if isinstance(reference, dict):
        code = reference.get("latestWkid", reference.get("wkid"))
        if isinstance(code, int) and not isinstance(code, bool):
            crs = "EPSG:3857" if code in (102100, 102113) else f"EPSG:{code}" if code < 100_000 else f"ESRI:{code}"
        elif isinstance(reference.get("wkt"), str):
            crs = reference["wkt"][:5000]
    return Table(columns, rows, shapes, crs, "spatialReference" if crs else "", notes=notes)


def _esri_shape(geometry: Any, family: str, row: int, builder: Builder) -> Any:
    if geometry is None:
        return None
    if not isinstance(geometry, dict) or any(k in geometry for k in ("curvePaths", "curveRings")):
        raise RefusedError(
            error(
                "几何图形含曲线或无效；请先打散曲线",
                "the geometry holds curves or is invalid; densify it first",
                row,
                "geometry",
            )
        )
    if "x" in geometry and family in ("", "Point"):
        if geometry["x"] is None or geometry["x"] == "NaN":
            return None
        return builder.from_parts("Point", [geometry["x"], geometry.get("y")], row)
    if "points" in geometry:
        return builder.from_parts("MultiPoint", geometry["points"], row)
    if "paths" in geometry:
        paths = geometry["paths"]
        return (
            builder.from_parts("MultiLineString", paths, row)
            if not isinstance(paths, list) or len(paths) != 1
            else builder.from_parts("LineString", paths[0], row)
        )
    if "rings" in geometry and isinstance(geometry["rings"], list):
        if not geometry["rings"]:
            return None
        for ring in geometry["rings"]:
            builder.from_parts("Polygon", [ring], row)
        return areas([np.array([p[:2] for p in ring], dtype=float) for ring in geometry["rings"]], row, builder)
    raise RefusedError(error("几何图形与声明的类型不符", "the geometry is not of the declared type", row, "geometry"))
