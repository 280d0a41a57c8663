"""OpenStreetMap extracts: looked at byte by byte first, then given the meaning that ``layers.osm`` knows."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any
from xml.parsers import expat

import pandas as pd

from geo.errors import PlanError
from layers.incoming.readers import markup
from layers.incoming.readers.formats import Opened
from layers.incoming.rows.table import RefusedError, Table, error, info
from layers.osm import osm

__all__ = ["checked", "read"]

BLOB_HEADER_LIMIT = 64 * 1024
BLOB_LIMIT = 32 * 1024 * 1024
TOTAL_LIMIT = 600 * 1024 * 1024
LAYERS = ("streets", "schools", "clinics", "stops", "facilities", "links", "water")


def _damaged(zh: str, en: str) -> RefusedError:
    return RefusedError(error(f"OSM 文件有误：{zh}；请重新下载", f"the OSM file is wrong: {en}; download it again"))


def checked(path: Path) -> Path:
    """Return the path of an OSM file that is sound; for XML that of a clean UTF-8 copy.

    Raises
    ------
    RefusedError
        If it is damaged or contradicts itself.
    """
    if path.suffix.lower() == ".pbf":
        _check_pbf(path.read_bytes())
        return path
    return _check_xml(path)


def read(file: Opened) -> Table:
    """Return the rows of one layer of an OpenStreetMap file (XML or PBF).

    Raises
    ------
    RefusedError
        If it is damaged, inconsistent, or has nothing of the layer.
    """
    layer = file.layer
    if layer not in LAYERS:
        raise RefusedError(
            error(
                f"OSM 文件可导入为 {'、'.join(LAYERS)}，不能作为 {layer}",
                f"an OSM file can become {', '.join(LAYERS)}, not {layer}; choose one of them",
            )
        )
    try:
        data = osm.read(file.path)
    except PlanError as refused:
        raise RefusedError(*refused.findings) from None
    except (RuntimeError, ValueError, OSError):
        raise _damaged("无法解析", "it cannot be parsed") from None
    frame = getattr(data, layer)
    if not len(frame):
        raise RefusedError(
            error(
                f"文件中没有可作为 {layer} 的对象", f"the file holds nothing for the layer {layer}; check the extract"
            )
        )
    columns = [c for c in frame.columns if c != frame.geometry.name]
    rows = [[_plain(v) for v in row] for row in frame[columns].itertuples(index=False, name=None)]
    notes = [
        *data.notes,
        info(
            "数据来自 OpenStreetMap（ODbL），引用时须注明“© OpenStreetMap 贡献者”",
            "data from OpenStreetMap (ODbL); credit © OpenStreetMap contributors",
        ),
    ]
    return Table(columns, rows, list(frame.geometry), "EPSG:4326", "OpenStreetMap", notes=notes)


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return None
    return value.item() if hasattr(value, "item") else value


def _check_xml(path: Path) -> Path:
    """Refuse an OSM XML that contradicts itself; return a clean UTF-8 copy of it."""
    text, _ = markup.strict(path.read_bytes())
    nodes: set[str] = set()
    ways: set[str] = set()
    state: dict[str, Any] = {"way": None, "refs": 0, "relation": None, "root": None}

    def start(name: str, own: dict[str, str]) -> None:
        state["root"] = state["root"] or name
        if name == "node":
            _node(own, nodes)
        elif name == "way":
            if own.get("id") in ways or "id" not in own:
                raise _damaged(f"道路编号 {own.get('id')} 重复或缺失", f"way id {own.get('id')} is repeated or missing")
            ways.add(own["id"])
            state["way"], state["refs"] = own["id"], 0
        elif name == "nd":
            state["refs"] += 1
        elif name == "relation":
            state["relation"] = own.get("id")
        elif name == "member" and own.get("type") == "relation" and own.get("ref") == state["relation"]:
            raise _damaged(f"关系 {own.get('ref')} 包含自身", f"relation {own.get('ref')} includes itself")

    def end(name: str) -> None:
        if name == "way" and state["refs"] < 2:
            raise _damaged(f"道路 {state['way']} 少于两个节点", f"way {state['way']} has fewer than two nodes")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(text, True)
    if state["root"] != "osm":
        raise _damaged("根元素不是 <osm>", "its root is not <osm>")
    clean = path.with_name("clean.osm")
    clean.write_text('<?xml version="1.0" encoding="UTF-8"?>' + text, "utf-8")
    return clean


def _node(own: dict[str, str], nodes: set[str]) -> None:
    key = own.get("id", "")
    if not key.lstrip("-").isdigit() or len(key) > 18 or key in nodes:
        raise _damaged(f"节点编号 {key[:20]!r} 重复或无效", f"node id {key[:20]!r} is repeated or invalid")
    nodes.add(key)
    try:
        lon, lat = float(own["lon"]), float(own["lat"])
    except (KeyError, ValueError):
        raise _damaged(f"节点 {key} 没有坐标", f"node {key} has no coordinates") from None
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise _damaged(f"节点 {key} 的坐标超出范围", f"the coordinates of node {key} are out of range")


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("varint")


def _fields(raw: bytes) -> dict[int, Any]:
    """Return the fields of a protocol-buffer message: numbers and byte strings."""
    out: dict[int, Any] = {}
    at = 0
    while at < len(raw):
        key, at = _varint(raw, at)
        kind = key & 7
        if kind == 0:
            out[key >> 3], at = _varint(raw, at)
        elif kind == 2:
            size, at = _varint(raw, at)
            if size > len(raw) - at:
                raise ValueError("length")
            out[key >> 3] = raw[at : at + size]
            at += size
        else:
            raise ValueError("wire type")
    return out


def _check_pbf(raw: bytes) -> None:
    """Refuse a PBF whose blobs are not what they say: sizes, order, compression."""
    at = total = count = 0
    try:
        while at < len(raw):
            (size,) = struct.unpack_from(">I", raw, at)
            if size > BLOB_HEADER_LIMIT or at + 4 + size > len(raw):
                raise ValueError("header")
            header = _fields(raw[at + 4 : at + 4 + size])
            kind, length = header.get(1), header.get(3, 0)
            at += 4 + size
            if kind != (b"OSMHeader" if count == 0 else b"OSMData") or length > BLOB_LIMIT or at + length > len(raw):
                raise ValueError("blob")
            blob = _fields(raw[at : at + length])
            total += _unpacked(blob)
            if total > TOTAL_LIMIT:
                raise RefusedError(
                    error(
                        "OSM 文件展开后过大；请裁剪到规划范围", "the OSM file is too large unpacked; cut it to the area"
                    )
                )
            at += length
            count += 1
    except (ValueError, IndexError, struct.error, zlib.error, TypeError):
        raise _damaged("数据块损坏或文件不完整", "a block is damaged or the file is cut short") from None
    if count < 2:
        raise _damaged("没有数据块", "it holds no data")


def _unpacked(blob: dict[int, Any]) -> int:
    if 1 in blob:
        return len(blob[1])
    if 3 not in blob or not 0 < blob.get(2, 0) <= BLOB_LIMIT:
        raise ValueError("compression")
    engine = zlib.decompressobj()
    data = engine.decompress(blob[3], blob[2] + 1)
    if len(data) != blob[2] or not engine.eof:
        raise ValueError("size")
    return len(data)
