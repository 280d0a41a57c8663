"""A GeoJSON file of a workspace → raw rows, or what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry import shape

from geo import schema
from geo.errors import Finding, InputError

__all__ = ["read_features"]

MAX_FILE_BYTES = 512 * 2**20


def read_features(path: Path) -> gpd.GeoDataFrame:
    """Return the features of a GeoJSON file as raw rows in WGS84: values as they stand, no guessing.

    Read with Python's own JSON reader, never by a driver that chooses by content, so that a file can only be
    what its name says.

    Raises
    ------
    InputError
        If the file is not a GeoJSON FeatureCollection in longitude and latitude, naming the feature at fault.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InputError(
                [Finding("error", "文件超过 512 MB，请拆分或简化", "is over 512 MB; split or simplify it", path.name)]
            )
        document = json.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(
            [
                Finding(
                    "error",
                    f"无法按 UTF-8 GeoJSON 读取：{error}；请重新导出",
                    f"cannot be read as UTF-8 GeoJSON: {error}; export it again",
                    path.name,
                )
            ]
        ) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise InputError(
            [
                Finding(
                    "error",
                    "不是 FeatureCollection；请导出为 GeoJSON 要素集",
                    "is not a FeatureCollection; export it as GeoJSON features",
                    path.name,
                )
            ]
        )
    findings = _declared_crs(document, path.name)
    geometries, rows = [], []
    for number, feature in enumerate(features, start=1):
        geometry, properties, finding = _feature(feature, path.name, number)
        geometries.append(geometry)
        rows.append(properties)
        findings += finding
    schema.require(findings)
    columns = list(dict.fromkeys(key for row in rows for key in row if key != "geometry"))
    data = {c: pd.Series([row.get(c) for row in rows], dtype=object) for c in columns}
    return gpd.GeoDataFrame(data, geometry=gpd.GeoSeries(geometries, crs="EPSG:4326"), crs="EPSG:4326")


def _declared_crs(document: dict[str, Any], file: str) -> list[Finding]:
    """Return an error if an old-style crs member names anything but WGS84 longitude and latitude."""
    declared = document.get("crs")
    if not declared:
        return []
    name = str(declared.get("properties", {}).get("name", declared)) if isinstance(declared, dict) else str(declared)
    if name.upper().endswith(("CRS84", "EPSG::4326", "EPSG:4326")):
        return []
    return [
        Finding(
            "error",
            f"声明的坐标系是 {name}；工作区文件须为 WGS84 经纬度，请转换或用导入功能",
            f"declares the CRS {name}; workspace files are WGS84 lon/lat: convert it, or use import",
            file,
        )
    ]


def _feature(feature: Any, file: str, row: int) -> tuple[Any, dict[str, Any], list[Finding]]:
    """Return geometry, properties and findings of one feature."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
        return (
            None,
            {},
            [Finding("error", "该要素结构不完整；请重新导出", "this feature is malformed; export it again", file, row)],
        )
    geometry = feature.get("geometry")
    properties = dict(feature.get("properties") or {})
    if geometry is None:
        return None, properties, []
    try:
        if geometry.get("type") == "GeometryCollection":
            raise ValueError("GeometryCollection")
        return shapely.force_2d(shape(geometry)), properties, []
    except Exception as error:  # shapely raises many kinds for malformed coordinates
        text = f"该要素的几何无法读取（{error}）；请重新绘制或导出"
        return (
            None,
            properties,
            [
                Finding(
                    "error",
                    text,
                    f"the geometry of this feature cannot be read ({error}); redraw or export it",
                    file,
                    row,
                    "geometry",
                )
            ],
        )
