"""GeoPackages as plain SQLite, read-only and against a step limit: tables only, never a view or trigger."""

from __future__ import annotations

import re
import sqlite3
import struct
from typing import Any

from layers.incoming.readers.features import layer_question, too_many
from layers.incoming.readers.formats import Opened
from layers.incoming.rows.shapes import FEATURE_LIMIT, Builder
from layers.incoming.rows.table import OpenQuestionError, RefusedError, Table, error, warning

__all__ = ["read"]

STEP_LIMIT = 4_000  # × 100 000 SQLite instructions
_TRIGGER = re.compile(r"^(rtree_|gpkg_|trigger_(insert|delete)_feature_count_|fgti_|fgtd_|fgtu_|ogr_)", re.IGNORECASE)


def _damaged(zh: str = "数据库结构损坏", en: str = "its database is damaged") -> RefusedError:
    return RefusedError(
        error(
            f"GeoPackage 无法读取：{zh}；请在 QGIS 中另存为新的 GeoPackage",
            f"the GeoPackage cannot be read: {en}; save it anew in QGIS",
        )
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def read(file: Opened) -> Table:
    """Return the rows and shapes of one feature table; asks where there are several.

    Raises
    ------
    RefusedError
        If the database is damaged, or its table is a view.
    OpenQuestionError
        If it holds several feature tables and the answer ``layer`` names none.
    """
    path = file.path
    head = path.read_bytes()[:100]
    size = path.stat().st_size
    page = struct.unpack_from(">H", head, 16)[0] if len(head) == 100 else 0
    page = 65_536 if page == 1 else page
    if page < 512 or page & (page - 1) or size < page or struct.unpack_from(">I", head, 28)[0] * page > size:
        raise _damaged("文件不完整", "it is cut short")
    base = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    steps = 0

    def tick() -> int:
        nonlocal steps
        steps += 1
        return int(steps > STEP_LIMIT)

    try:
        base.set_progress_handler(tick, 100_000)
        base.execute("PRAGMA trusted_schema=OFF")
        base.execute("PRAGMA cell_size_check=ON")
        base.text_factory = _text
        table = _table(base, file.answers.get("layer"), file.layer)
        if head[18:20] == b"\x02\x02":
            table.notes.append(
                warning(
                    "数据库处于 WAL 模式，未写回的编辑不在此文件中；请先在 QGIS 中关闭再复制",
                    "the database is in WAL mode, edits not written back are not in this file; close it in QGIS before copying",
                )
            )
        return table
    except (sqlite3.Error, OverflowError, UnicodeError):
        raise _damaged() from None
    finally:
        base.close()


def _text(raw: bytes) -> str:
    for name in ("utf-8", "gb18030"):
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
    raise _damaged("文字编码无效", "the encoding of a text is invalid")


def _table(base: sqlite3.Connection, wanted: str | None, layer: str) -> Table:
    schema = {
        str(n): (str(t), str(s or ""))
        for n, t, s in base.execute("SELECT name, type, sql FROM sqlite_master LIMIT 200000")
    }
    if "gpkg_contents" not in schema or "gpkg_geometry_columns" not in schema:
        raise _damaged(
            "缺少 gpkg_contents 表（普通 SQLite 不是 GeoPackage）",
            "it lacks gpkg_contents (a plain SQLite file is no GeoPackage)",
        )
    if any(
        schema[n][0] != "table"
        for n in ("gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys")
        if n in schema
    ):
        raise _damaged("系统表被视图代替，出于安全不接受", "a system table is a view, which is not taken for safety")
    odd = [n for n, (t, s) in schema.items() if t == "trigger" and not _TRIGGER.match(n)]
    if odd:
        raise _damaged(
            f"含有触发器 {odd[0][:40]}，出于安全不接受",
            f"it holds the trigger {odd[0][:40]}, which is not taken for safety",
        )
    listed = base.execute(
        "SELECT g.table_name, g.column_name, g.srs_id, g.geometry_type_name FROM gpkg_geometry_columns g JOIN gpkg_contents c ON c.table_name = g.table_name WHERE c.data_type = 'features' LIMIT 100000"
    ).fetchall()
    tables = {str(t): (str(c), s) for t, c, s, _ in listed}
    if not tables:
        raise _damaged("没有要素表", "it holds no feature table")
    if wanted is None and len(tables) > 1:
        filled = [
            t
            for t in tables
            if schema.get(t, ("",))[0] == "table" and base.execute(f"SELECT 1 FROM {_quoted(t)} LIMIT 1").fetchone()
        ]
        tables = {t: tables[t] for t in filled} if len(filled) == 1 else tables
    if len(tables) > 1 and wanted not in tables:
        raise OpenQuestionError([layer_question("GeoPackage", list(tables), layer)])
    name = wanted if wanted in tables else next(iter(tables))
    if schema.get(name, ("",))[0] != "table" or "VIRTUAL" in schema[name][1].upper()[:20]:
        raise _damaged(
            f"图层“{name[:60]}”是视图或不存在，出于安全只读取真正的表",
            f"the layer '{name[:60]}' is a view or is not there; only real tables are read",
        )
    return _rows(base, name, *tables[name])


def _rows(base: sqlite3.Connection, name: str, geometry: str, srs: Any) -> Table:
    described = base.execute(f"PRAGMA table_xinfo({_quoted(name)})").fetchall()
    columns = [str(c[1]) for c in described]
    if any(c[6] in (2, 3) for c in described):
        raise _damaged("含有计算列，出于安全不接受", "it has generated columns, which are not taken for safety")
    if geometry not in columns or len(columns) > 500:
        raise _damaged("几何列不存在", "its geometry column is not there")
    key = {str(c[1]) for c in described if c[5] == 1 and str(c[2]).upper() == "INTEGER"}
    kept = [
        c for c in columns if c != geometry and not (c in key and c.lower() in ("fid", "ogc_fid", "objectid", "id"))
    ]
    crs, origin = _reference(base, srs)
    builder = Builder()
    rows: list[list[Any]] = []
    shapes: list[Any] = []
    chosen = ", ".join(_quoted(c) for c in (geometry, *kept))
    for row, values in enumerate(base.execute(f"SELECT {chosen} FROM {_quoted(name)} LIMIT {FEATURE_LIMIT + 1}"), 1):
        if row > FEATURE_LIMIT:
            raise too_many()
        shapes.append(_shape(values[0], row, builder))
        rows.append([None if isinstance(v, bytes) else v for v in values[1:]])
    if not rows:
        raise _damaged("图层是空的", "the layer is empty")
    return Table(kept, rows, shapes, crs, origin, notes=builder.notes())


def _reference(base: sqlite3.Connection, srs: Any) -> tuple[str | None, str]:
    if not isinstance(srs, int) or srs in (0, -1):
        return None, ""
    found = base.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?", (srs,)
    ).fetchone()
    if found is None:
        return None, ""
    body, code, definition = found
    if str(body).upper() in ("EPSG", "ESRI") and isinstance(code, int):
        return f"{str(body).upper()}:{code}", "GeoPackage srs"
    text = str(definition or "").strip()
    return (text[:20_000], "GeoPackage srs") if text and text.lower() != "undefined" else (None, "")


def _shape(raw: Any, row: int, builder: Builder) -> Any:
    if raw is None:
        return None
    if not isinstance(raw, bytes) or len(raw) < 8 or raw[:2] != b"GP":
        raise RefusedError(
            error(
                "几何图形不是 GeoPackage 格式（已损坏）；请重新导出",
                "the geometry is not in GeoPackage form (damaged); export it again",
                row,
                "geometry",
            )
        )
    flags = raw[3]
    envelope = (flags >> 1) & 7
    if flags & 0x20 or envelope > 4:
        raise RefusedError(
            error(
                "几何图形是扩展类型或已损坏；请重新导出为普通点线面",
                "the geometry is of an extended type or damaged; export plain geometries",
                row,
                "geometry",
            )
        )
    body = raw[8 + (0, 32, 48, 48, 64)[envelope] :]
    if flags & 0x10:
        return None
    if not body:
        raise RefusedError(
            error("几何图形不完整；请重新导出", "the geometry is cut short; export it again", row, "geometry")
        )
    return builder.from_wkb(body, row)
