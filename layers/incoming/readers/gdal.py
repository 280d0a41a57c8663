"""FileGDB, DXF and FlatGeobuf through GDAL, with only those drivers loaded and the file looked at first."""

from __future__ import annotations

import datetime
import struct
from pathlib import Path
from typing import Any

from geo.errors import Finding
from layers.incoming.rows.shapes import FEATURE_LIMIT, Builder
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, Table, error, info

__all__ = ["damaged", "read"]

NAMES = {".gdb": "FileGDB", ".dxf": "DXF", ".fgb": "FlatGeobuf"}


def damaged(kind: str, zh: str, en: str) -> RefusedError:
    """Return the refusal of a file of ``kind`` that cannot be read."""
    return RefusedError(
        error(f"{NAMES[kind]} 无法读取：{zh}；请重新导出", f"the {NAMES[kind]} cannot be read: {en}; export it again")
    )


def read(path: Path, kind: str, wanted: str | None, families: tuple[str, ...]) -> Table:
    """Return the rows and shapes of one layer of a FileGDB, DXF or FlatGeobuf.

    Raises
    ------
    RefusedError
        If it is damaged.
    OpenQuestionError
        If it holds several layers and ``wanted`` names none.
    """
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError

    from layers.incoming.readers import drawings

    encoding = "utf-8"
    if kind == ".dxf":
        encoding = drawings.check(path)
    elif kind == ".fgb":
        _check_fgb(path)
    else:
        _check_gdb(path)
    try:
        layers = [(str(n), g) for n, g in pyogrio.list_layers(path)]
        name = _layer(layers, kind, wanted)
        meta, _, raw, values = pyogrio.raw.read(
            path, layer=name, max_features=FEATURE_LIMIT + 1, datetime_as_string=True
        )
    except (DataSourceError, DataLayerError, FieldError, ValueError, RuntimeError, UnicodeError):
        raise damaged(kind, "文件已损坏", "the file is damaged") from None
    if len(raw) > FEATURE_LIMIT:
        raise RefusedError(
            error(
                f"要素过多（最多 {FEATURE_LIMIT:,}）；请分幅导入",
                f"too many features (at most {FEATURE_LIMIT:,}); split the file",
            )
        )
    if not len(raw):
        raise damaged(kind, "没有要素", "it holds no features")
    builder = Builder()
    columns = [str(c) for c in meta["fields"]]
    rows = [[_plain(v) for v in row] for row in zip(*values, strict=True)] if values else [[] for _ in raw]
    notes: list[Finding] = []
    if kind == ".dxf":
        return drawings.rows_of(columns, rows, raw, builder, encoding, wanted, families)
    shapes = [None if g is None else builder.from_wkb(bytes(g), row) for row, g in enumerate(raw, 1)]
    if builder.flattened:
        notes.append(info("高程（Z）已忽略", "heights (Z) were left out"))
    crs = meta["crs"]
    return Table(columns, rows, shapes, str(crs) if crs else None, NAMES[kind] if crs else "", notes=notes)


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


def _layer(layers: list[tuple[str, Any]], kind: str, wanted: str | None) -> str:
    drawn = [n for n, geometry in layers if geometry is not None]
    if not drawn:
        raise damaged(kind, "没有图形图层", "it holds no layer with shapes")
    if kind == ".dxf":
        return drawn[0]
    if wanted in drawn:
        return str(wanted)
    if len(drawn) > 1:
        raise OpenQuestionError([Question("layer", f"{NAMES[kind]} 有 {len(drawn)} 个图层，导入哪一个？", f"The {NAMES[kind]} holds {len(drawn)} layers; which one to import?",
                                          tuple((n, n, n) for n in sorted(drawn)), sorted(drawn)[0])])  # fmt: skip
    return drawn[0]


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
