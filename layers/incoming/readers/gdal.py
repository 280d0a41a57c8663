"""FileGDB and FlatGeobuf through GDAL (and drawings, for ``drawings``), with only those drivers loaded.

The file is looked at first, in Python.
"""

from __future__ import annotations

import datetime
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.incoming.readers.features import layer_question, too_many
from layers.incoming.readers.formats import Opened, damaged, name_of
from layers.incoming.rows.shapes import FEATURE_LIMIT, Builder
from layers.incoming.rows.table import OpenQuestionError, Table

__all__ = ["Layer", "layer_of", "read_fgb", "read_gdb"]


@dataclass(frozen=True)
class Layer:
    """A layer as GDAL gives it: columns, rows, the geometry of each row as well-known binary, and the system."""

    columns: list[str]
    rows: list[list[Any]]
    raw: Any
    crs: str | None


def read_fgb(file: Opened) -> Table:
    """Return the rows and shapes of a FlatGeobuf.

    Raises
    ------
    RefusedError
        If it is damaged.
    """
    _check_fgb(file.path)
    return _table(file)


def read_gdb(file: Opened) -> Table:
    """Return the rows and shapes of one layer of a FileGDB.

    Raises
    ------
    RefusedError
        If it is damaged.
    OpenQuestionError
        If it holds several layers and the answer ``layer`` names none.
    """
    _check_gdb(file.path)
    return _table(file)


def _table(file: Opened) -> Table:
    layer = layer_of(file, lambda names: _chosen(names, file.kind, file.answers.get("layer"), file.layer))
    builder = Builder()
    shapes = [None if g is None else builder.from_wkb(bytes(g), row) for row, g in enumerate(layer.raw, 1)]
    origin = name_of(file.kind) if layer.crs else ""
    return Table(layer.columns, layer.rows, shapes, layer.crs, origin, notes=builder.notes())


def layer_of(file: Opened, choose: Callable[[list[str]], str]) -> Layer:
    """Return the layer that ``choose`` picks among the names of those that have shapes.

    Raises
    ------
    RefusedError
        If GDAL cannot read the file, or it is empty or too large.
    """
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError

    try:
        drawn = [str(n) for n, geometry in pyogrio.list_layers(file.path) if geometry is not None]
        if not drawn:
            raise damaged(file.kind, "没有图形图层", "it holds no layer with shapes")
        meta, _, raw, values = pyogrio.raw.read(
            file.path, layer=choose(drawn), max_features=FEATURE_LIMIT + 1, datetime_as_string=True
        )
    except (DataSourceError, DataLayerError, FieldError, ValueError, RuntimeError, UnicodeError):
        raise damaged(file.kind, "文件已损坏", "the file is damaged") from None
    if not len(raw):
        raise damaged(file.kind, "没有要素", "it holds no features")
    if len(raw) > FEATURE_LIMIT:
        raise too_many()
    rows = [[_plain(v) for v in row] for row in zip(*values, strict=True)] if values else [[] for _ in raw]
    return Layer([str(c) for c in meta["fields"]], rows, raw, str(meta["crs"]) if meta["crs"] else None)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | list | dict) or bool(getattr(value, "shape", ())):
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, datetime.date | datetime.time):
        return str(value)
    if isinstance(value, float) and value != value:
        return None  # GDAL's way of saying NULL in a number column
    return value


def _chosen(names: list[str], kind: str, wanted: str | None, layer: str) -> str:
    """Return the layer to take: the one told, or the only one."""
    if wanted in names:
        return str(wanted)
    if len(names) > 1:
        name = name_of(kind)
        raise OpenQuestionError([layer_question(name, names, layer)])
    return names[0]


def _check_fgb(path: Path) -> None:
    raw = path.read_bytes()
    if len(raw) < 12 or raw[:3] != b"fgb" or raw[3] != 3:
        raise damaged(".fgb", "文件头无效", "its header is invalid")
    (size,) = struct.unpack_from("<I", raw, 8)
    if size < 8 or size > 10 * 1024 * 1024 or 12 + size > len(raw):
        raise damaged(".fgb", "文件头长度无效（文件不完整）", "the length of its header is invalid (cut short)")
    if not raw.rstrip(b"\0"):
        raise damaged(".fgb", "没有数据", "it is empty")


def _check_gdb(path: Path) -> None:
    tables = sorted(path.glob("*.gdbtable"))
    if not (path / "a00000001.gdbtable").is_file() or not (path / "a00000001.gdbtablx").is_file():
        raise damaged(
            ".gdb",
            "缺少系统表 a00000001（压缩时漏了文件）",
            "it lacks the system table a00000001 (files left out when zipping)",
        )
    for table in tables:
        head = table.read_bytes()[:40]
        if len(head) < 40 or struct.unpack_from("<I", head, 0)[0] not in (3, 4):
            raise damaged(".gdb", f"{table.name} 已损坏", f"{table.name} is damaged")
        if not table.with_suffix(".gdbtablx").is_file():
            raise damaged(".gdb", f"{table.name} 缺少索引 .gdbtablx", f"{table.name} lacks its .gdbtablx")
