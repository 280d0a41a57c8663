"""GeoJSON, ESRI JSON and TopoJSON, read strictly: no doubled key, no NaN, no bottomless nesting."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from geo.errors import Finding
from layers.incoming.rows.shapes import FEATURE_LIMIT, Builder
from layers.incoming.rows.table import RefusedError, Table, error, info, warning
from layers.incoming.rows.text import decode

__all__ = ["columns_of", "few_enough", "hint_of", "read", "strict"]

DEPTH_LIMIT = 40


def strict(text: str) -> Any:
    """Return the value of a JSON text.

    Raises
    ------
    RefusedError
        If it is not JSON, repeats a key, holds NaN or infinity, or nests deeper than ``DEPTH_LIMIT``.
    """
    _depth(text)

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            names = [k for k, _ in items]
            twice = next(k for k in names if names.count(k) > 1)
            raise RefusedError(error(f"JSON 中键“{twice[:60]}”重复，无法判断以哪个为准；请删除重复项",
                                     f"the JSON repeats the key '{twice[:60]}'; delete one"))  # fmt: skip
        return found

    def constant(name: str) -> Any:
        raise RefusedError(
            error(
                f"JSON 中含有 {name}（不是合法数字）；未知值请写 null",
                f"the JSON holds {name}, which is no number; write null for unknown",
            )
        )

    def real(digits: str) -> float:
        value = float(digits)
        return value if abs(value) < 1e300 else constant(digits[:20])

    def whole(digits: str) -> int:
        return int(digits) if len(digits) <= 25 else constant(digits[:20] + "…")

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_constant=constant, parse_float=real, parse_int=whole)
    except json.JSONDecodeError as problem:
        raise RefusedError(
            error(f"JSON 语法错误（第 {problem.lineno} 行第 {problem.colno} 列，文件可能不完整）；请重新导出",
                  f"the JSON is malformed at line {problem.lineno}, column {problem.colno} (perhaps cut short); export it again")) from None  # fmt: skip
    except RecursionError:
        raise _too_deep() from None


def _too_deep() -> RefusedError:
    return RefusedError(
        error(
            f"JSON 嵌套过深（最多 {DEPTH_LIMIT} 层）；这不是正常的地图文件",
            f"the JSON nests too deep (at most {DEPTH_LIMIT}); this is no normal map file",
        )
    )


def _depth(text: str) -> None:
    depth = 0
    quoted = False
    for token in re.finditer(r'\\.|["\[\]{}]', text, re.DOTALL):
        t = token[0]
        if t == '"':
            quoted = not quoted
        elif not quoted and t in "[{":
            depth += 1
            if depth > DEPTH_LIMIT:
                raise _too_deep()
        elif not quoted and t in "]}":
            depth -= 1


def read(path: Path) -> Table:
    """Return the rows and shapes of a GeoJSON, ESRI JSON or TopoJSON file.

    Raises
    ------
    RefusedError
        If it is none of them, or damaged.
    """
    text, encoding = decode(path.read_bytes())
    notes: list[Finding] = []
    if encoding != "utf-8":
        notes.append(
            info(
                f"文件编码为 {encoding.upper()}，已正确读取",
                f"the file is encoded in {encoding.upper()} and was read as such",
            )
        )
    content = strict(text)
    if not isinstance(content, dict):
        raise _unknown()
    kind = content.get("type")
    if kind == "Topology":
        from layers.incoming.readers import topojson

        table = topojson.read(content)
    elif kind in ("FeatureCollection", "Feature") or (
        isinstance(kind, str) and ("coordinates" in content or "geometries" in content)
    ):
        table = _geojson(content)
    elif "features" in content and ("geometryType" in content or "spatialReference" in content or "fields" in content):
        from layers.incoming.readers import esrijson

        table = esrijson.read(content)
    else:
        raise _unknown(kind)
    table.notes[:0] = notes
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
    if builder.flattened:
        notes.append(info("高程（Z）已忽略", "heights (Z) were left out"))
    return Table(
        columns,
        rows,
        shapes,
        crs or "OGC:CRS84",
        "GeoJSON crs" if declared else "RFC 7946",
        notes=notes,
        hint=hint_of(content, columns),
    )


def few_enough(features: list[Any]) -> None:
    """Refuse a file of no features or too many."""
    if not features:
        raise RefusedError(
            error(
                "文件中没有要素；请确认导出时选中了数据",
                "the file holds no features; check what was selected for export",
            )
        )
    if len(features) > FEATURE_LIMIT:
        raise RefusedError(
            error(
                f"要素过多（最多 {FEATURE_LIMIT:,}）；请分幅导入",
                f"too many features (at most {FEATURE_LIMIT:,}); split the file",
            )
        )


def hint_of(content: dict[str, Any], columns: list[str]) -> str:
    """Return the words of a file that may tell which web map it came from."""
    own = " ".join(
        str(content.get(k, ""))[:200]
        for k in ("name", "source", "generator", "crs_note", "coordinateSystem", "coord_type", "coordtype")
    )
    return f"{own} {' '.join(columns)}"[:2000]


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


def columns_of(properties: list[dict[str, Any]], notes: list[Finding]) -> tuple[list[str], list[list[Any]]]:
    """Return the union of all keys and the rows under it; nested values are kept as their JSON text."""
    columns = list(dict.fromkeys(k for own in properties for k in own))
    if len(columns) > 500:
        raise RefusedError(
            error(
                f"属性列过多（{len(columns)}，最多 500）；请只导出需要的列",
                f"too many columns ({len(columns)}, at most 500); export those needed",
            )
        )
    nested = {k for own in properties for k, v in own.items() if isinstance(v, dict | list)}
    if nested:
        notes.append(
            warning(
                f"列 {'、'.join(sorted(nested)[:5])} 含有嵌套结构，按文字保存",
                f"columns {', '.join(sorted(nested)[:5])} hold nested values; kept as text",
            )
        )
    lacking = sum(1 for own in properties if len(own) != len(columns))
    if lacking:
        notes.append(
            info(
                f"{lacking} 个要素缺少部分属性，按未知处理",
                f"{lacking} features lack some properties; taken as unknown",
            )
        )
    return columns, [
        [json.dumps(v, ensure_ascii=False) if isinstance(v := own.get(k), dict | list) else v for k in columns]
        for own in properties
    ]
