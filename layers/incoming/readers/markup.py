"""XML without entities: KML with all its attributes, and the strict reading that OpenStreetMap XML shares."""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ElementTree
from typing import Any
from xml.parsers import expat

from geo.errors import Finding
from layers.incoming.readers.formats import Opened
from layers.incoming.rows.shapes import FEATURE_LIMIT, Builder
from layers.incoming.rows.table import RefusedError, Table, error, warning
from layers.incoming.rows.text import decode, encoding_told

__all__ = ["read_kml", "strict"]

DEPTH_LIMIT = 60
ELEMENT_LIMIT = 3_000_000
_ROW = re.compile(r"<tr[^>]*>\s*<t[dh][^>]*>([^<]{1,80})</t[dh]>\s*<td[^>]*>([^<]{0,2000})</td>\s*</tr>", re.IGNORECASE)


def _malformed() -> RefusedError:
    return RefusedError(
        error("XML 语法错误或文件不完整；请重新导出", "the XML is malformed or cut short; export it again")
    )


def strict(raw: bytes) -> tuple[str, str]:
    """Return the text of an XML file without its declaration, and its encoding.

    Raises
    ------
    RefusedError
        If it has a DOCTYPE or entity, nests too deep, is too large or malformed.
    """
    text, encoding = decode(raw)
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff"), count=1)
    if re.search(r"<!\s*(DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)|<\?xml-stylesheet", text, re.IGNORECASE):
        raise RefusedError(error("XML 含有 DOCTYPE、实体或样式表引用，出于安全不接受；请重新导出普通文件",
                                 "the XML holds a DOCTYPE, an entity or a stylesheet and is not taken for safety; export a plain file"))  # fmt: skip
    if re.search(r"<[^>]*:?include[^>]*XInclude", text, re.IGNORECASE):
        raise RefusedError(
            error(
                "XML 含有 XInclude，出于安全不接受",
                "the XML holds XInclude and is not taken for safety; export a plain file",
            )
        )
    depth = count = 0

    def start(_name: str, _attributes: Any) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > DEPTH_LIMIT or count > ELEMENT_LIMIT:
            raise RefusedError(
                error(
                    f"XML 嵌套过深（最多 {DEPTH_LIMIT} 层）或元素过多；请简化后导出",
                    f"the XML nests too deep (at most {DEPTH_LIMIT}) or has too many elements; simplify it",
                )
            )

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, ValueError):
        raise _malformed() from None
    return text, encoding


def _plain(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def read_kml(file: Opened) -> Table:
    """Return the placemarks of a KML file with their attributes; it is WGS84 by definition.

    Raises
    ------
    RefusedError
        If it is not KML, only links elsewhere, or a geometry is wrong.
    """
    text, encoding = strict(file.path.read_bytes())
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError):
        raise _malformed() from None
    if _plain(root.tag) != "kml" and not any(_plain(e.tag) == "Placemark" for e in root.iter()):
        raise RefusedError(
            error("XML 不是 KML；请导出为 KML 或 GeoJSON", "the XML is not KML; export it as KML or GeoJSON")
        )
    notes = encoding_told(encoding)
    _left_out(root, notes)
    marks: list[tuple[Any, str]] = []
    _collect(root, "", marks)
    if not marks:
        raise RefusedError(
            error(
                "KML 中没有地标（只有链接或图片）；请在软件中导出数据本身",
                "the KML holds no placemarks (only links or pictures); export the data itself",
            )
        )
    if len(marks) > FEATURE_LIMIT:
        raise RefusedError(
            error(
                f"地标过多（最多 {FEATURE_LIMIT:,}）",
                f"too many placemarks (at most {FEATURE_LIMIT:,}); split the file",
            )
        )
    builder = Builder()
    shapes, own = [], []
    for row, (mark, folder) in enumerate(marks, 1):
        shapes.append(_geometry(mark, row, builder))
        own.append(_attributes(mark, folder, row))
    columns = list(dict.fromkeys(k for o in own for k in o))
    if columns.count("folder") and len({o.get("folder") for o in own}) == 1:
        columns.remove("folder")
    notes += builder.notes()
    hint = " ".join(e.text or "" for e in root.iter() if _plain(e.tag) in ("name", "description"))[:500]
    return Table(
        columns,
        [[o.get(c) for c in columns] for o in own],
        shapes,
        "EPSG:4326",
        "KML",
        notes=notes,
        hint=f"{hint} {' '.join(columns)}",
    )


def _left_out(root: Any, notes: list[Finding]) -> None:
    tags = {_plain(e.tag) for e in root.iter()}
    for tag, zh, en in (
        ("NetworkLink", "网络链接", "network links"),
        ("GroundOverlay", "图片叠加", "picture overlays"),
        ("Model", "三维模型", "3-D models"),
        ("Track", "轨迹", "tracks"),
    ):
        if tag in tags:
            notes.append(
                warning(f"KML 中的{zh}不会打开，已忽略", f"{en} in the KML are never opened and were left out")
            )


def _collect(element: Any, folder: str, marks: list[tuple[Any, str]]) -> None:
    for child in element:
        tag = _plain(child.tag)
        if tag == "Placemark":
            marks.append((child, folder))
        elif tag in ("Document", "Folder", "kml"):
            name = next((c.text or "" for c in child if _plain(c.tag) == "name"), "")
            _collect(child, name.strip() if tag == "Folder" else folder, marks)


def _attributes(mark: Any, folder: str, row: int) -> dict[str, Any]:
    own: dict[str, Any] = {}
    for child in mark:
        tag, text = _plain(child.tag), (child.text or "").strip()
        if tag == "name":
            own["name"] = text or None
        elif tag == "description" and text:
            pairs = {html.unescape(k).strip(): html.unescape(v).strip() for k, v in _ROW.findall(text)}
            own |= {k: v for k, v in pairs.items() if k and k not in own} if pairs else {"description": text}
        elif tag == "address" and text:
            own["address"] = text
        elif tag == "ExtendedData":
            for item in child.iter():
                name = item.get("name")
                if _plain(item.tag) == "SimpleData" and name:
                    own[name] = (item.text or "").strip() or None
                elif _plain(item.tag) == "Data" and name:
                    own[name] = next(((v.text or "").strip() or None for v in item if _plain(v.tag) == "value"), None)
    if mark.get("id") and "id" not in own:
        own["kml_id"] = mark.get("id")
    if folder:
        own["folder"] = folder
    if len(own) > 500:
        raise RefusedError(error("属性过多", "too many attributes; export those needed", row))
    return own


def _geometry(mark: Any, row: int, builder: Builder) -> Any:
    found = [g for c in mark if (g := _shape(c, row)) is not None]
    if not found:
        return None
    kind, coordinates = found[0]
    if len(found) > 1:
        raise RefusedError(
            error(
                "地标含有多个几何图形；请分开", "the placemark holds several geometries; separate them", row, "geometry"
            )
        )
    if kind == "GeometryCollection":
        return builder.from_json({"type": kind, "geometries": coordinates}, row)
    return builder.from_parts(kind, coordinates, row)


def _shape(element: Any, row: int, depth: int = 0) -> Any:
    """Return (kind, nested coordinates) of a KML geometry element, None if it is none."""
    tag = _plain(element.tag)
    if tag in ("Point", "LineString", "LinearRing"):
        points = _positions(element, row)
        return ("Point", points[0] if points else []) if tag == "Point" else ("LineString", points)
    if tag == "Polygon":
        outer = [r for b in element if _plain(b.tag) == "outerBoundaryIs" for r in b]
        inner = [r for b in element if _plain(b.tag) == "innerBoundaryIs" for r in b]
        return "Polygon", [_positions(r, row) for r in (*outer[:1], *inner)]
    if tag == "MultiGeometry" and depth < 5:
        members = [s for c in element if (s := _shape(c, row, depth + 1)) is not None]
        return "GeometryCollection", [
            {"type": k, "geometries": c} if k == "GeometryCollection" else {"type": k, "coordinates": c}
            for k, c in members
        ]
    return None


def _positions(element: Any, row: int) -> list[list[float]]:
    text = next((c.text or "" for c in element if _plain(c.tag) == "coordinates"), "")
    try:
        return [[float(v) for v in p.split(",")[:3] if v] for p in re.sub(r"\s*,\s*", ",", text).split()]
    except ValueError:
        raise RefusedError(
            error("坐标不是数字；请重新导出", "a coordinate is not a number; export it again", row, "geometry")
        ) from None
