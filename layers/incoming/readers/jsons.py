"""GeoJSON, ESRI JSON and TopoJSON, read strictly: no doubled key, no NaN, no bottomless nesting."""

from __future__ import annotations

from typing import Any

from geo.errors import Finding
from layers.incoming.readers import esrijson, topojson
from layers.incoming.readers.features import columns_of, few_enough, hint_of, strict
from layers.incoming.readers.formats import Opened
from layers.incoming.rows.shapes import Builder
from layers.incoming.rows.table import RefusedError, Table, error
from layers.incoming.rows.text import decode, encoding_told

__all__ = ["read"]


def read(file: Opened) -> Table:
    """Return the rows and shapes of a GeoJSON, ESRI JSON or TopoJSON file.

    Raises
    ------
    RefusedError
        If it is none of them, or damaged.
    """
    text, encoding = decode(file.path.read_bytes())
    content = strict(text)
    if not isinstance(content, dict):
        raise _unknown()
    kind = content.get("type")
    if kind == "Topology":
        table = topojson.read(content)
    elif kind in ("FeatureCollection", "Feature") or (
        isinstance(kind, str) and ("coordinates" in content or "geometries" in content)
    ):
        table = _geojson(content)
    elif "features" in content and ("geometryType" in content or "spatialReference" in content or "fields" in content):
        table = esrijson.read(content)
    else:
        raise _unknown(kind)
    table.notes[:0] = encoding_told(encoding)
    return table


def _unknown(kind: object = None) -> RefusedError:
    if kind in ("gdal_streamed_alg", "gdalg") or str(kind).startswith("gdal"):
        return RefusedError(error("这是 GDAL 处理流程描述，不是地图数据，出于安全不接受；请导出为 GeoJSON 数据本身",
                                  "this describes a GDAL pipeline, not data, and is not accepted for safety; export the data itself"))  # fmt: skip
    return RefusedError(error("JSON 不是 GeoJSON、ESRI JSON 或 TopoJSON；请从 GIS 软件导出为 GeoJSON",
                              "the JSON is not GeoJSON, ESRI JSON or TopoJSON; export it as GeoJSON"))  # fmt: skip


def _geojson(content: dict[str, Any]) -> Table:
    features = content.get("features") if content["type"] == "FeatureCollection" else [content]
    if content["type"] not in ("FeatureCollection", "Feature"):
        features = [{"type": "Feature", "properties": {}, "geometry": content}]
    if not isinstance(features, list):
        raise RefusedError(
            error(
                "GeoJSON 的 features 不是数组；请重新导出",
                "the features of the GeoJSON are not an array; export it again",
            )
        )
    few_enough(features)
    notes: list[Finding] = []
    builder = Builder()
    shapes, properties = [], []
    for row, feature in enumerate(features, 1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature" or "geometry" not in feature:
            raise RefusedError(
                error(
                    "要素缺少 type=Feature 或 geometry；请重新导出",
                    "a feature lacks type=Feature or a geometry; export it again",
                    row,
                )
            )
        given = feature.get("properties")
        if given is not None and not isinstance(given, dict):
            raise RefusedError(
                error(
                    "要素的 properties 不是对象；请重新导出",
                    "the properties of a feature are not an object; export it again",
                    row,
                )
            )
        own = dict(given or {})
        if (
            "id" in feature
            and "id" not in own
            and isinstance(feature["id"], str | int)
            and not isinstance(feature["id"], bool)
        ):
            own["id"] = feature["id"]
        shapes.append(builder.from_json(feature["geometry"], row))
        properties.append(own)
    columns, rows = columns_of(properties, notes)
    crs, declared = _crs_member(content)
    notes += builder.notes()
    return Table(
        columns,
        rows,
        shapes,
        crs or "OGC:CRS84",
        "GeoJSON crs" if declared else "RFC 7946",
        notes=notes,
        hint=hint_of(content, columns),
    )


def _crs_member(content: dict[str, Any]) -> tuple[str | None, bool]:
    """Return the reference system that a GeoJSON of 2008 declares, and whether it does."""
    if "crs" not in content:
        return None, False
    crs = content["crs"]
    if crs is None:
        return "unknown", True
    name = (
        crs.get("properties", {}).get("name")
        if isinstance(crs, dict) and isinstance(crs.get("properties"), dict)
        else crs
    )
    if isinstance(crs, dict) and crs.get("type") == "EPSG" and isinstance(crs.get("properties"), dict):
        name = f"EPSG:{crs['properties'].get('code')}"
    if isinstance(crs, dict) and crs.get("type") == "link":
        raise RefusedError(error("坐标系以网址链接给出，不会访问；请在文件中写明 EPSG 代码",
                                 "the reference system is given as a link, which is never followed; name its EPSG code in the file"))  # fmt: skip
    if not isinstance(name, str) or not name.strip() or len(name) > 5000:
        return "unknown", True
    return name, True
