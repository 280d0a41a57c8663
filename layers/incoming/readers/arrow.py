"""GeoParquet: the table read by Arrow in the child, its geometries by our own reader."""

from __future__ import annotations

import datetime
import decimal
import json
from typing import Any

from layers.incoming.readers.features import strict
from layers.incoming.readers.formats import Opened, damaged
from layers.incoming.rows.shapes import FEATURE_LIMIT, Builder
from layers.incoming.rows.table import RefusedError, Table, error

__all__ = ["read"]

CELL_LIMIT = 300 * 1024 * 1024


def _damaged(zh: str, en: str) -> RefusedError:
    return damaged(".parquet", zh, en)


def read(file: Opened) -> Table:
    """Return the rows and shapes of a GeoParquet file.

    Raises
    ------
    RefusedError
        If it is damaged, too large, has no GeoParquet metadata, or a geometry encoding other than WKB.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    raw = file.path.read_bytes()
    if len(raw) < 12 or raw[-4:] != b"PAR1" or int.from_bytes(raw[-8:-4], "little") > len(raw) - 12:
        raise _damaged("文件不完整", "it is cut short")
    try:
        parquet = pq.ParquetFile(
            pa.BufferReader(raw), thrift_string_size_limit=20_000_000, thrift_container_size_limit=1_000_000
        )
        meta = parquet.metadata
        _small(meta)
        geo = strict((meta.metadata or {}).get(b"geo", b"{}").decode("utf-8"))
        table = parquet.read(use_threads=False)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, UnicodeDecodeError):
        raise _damaged("文件已损坏", "the file is damaged") from None
    column = geo.get("primary_column") if isinstance(geo, dict) else None
    described = (
        geo.get("columns", {}).get(column) if isinstance(geo, dict) and isinstance(geo.get("columns"), dict) else None
    )
    if not isinstance(described, dict) or column not in table.column_names:
        return _points_only(table)
    if described.get("encoding") != "WKB" or not (
        pa.types.is_binary(t := table.schema.field(column).type) or pa.types.is_large_binary(t)
    ):
        raise _damaged("几何编码不是 WKB", "its geometries are not WKB")
    if described.get("edges", "planar") != "planar":
        raise _damaged("几何边为球面", "its edges are spherical")
    builder = Builder()
    shapes = [
        None if v is None else builder.from_wkb(v, row) for row, v in enumerate(table.column(column).to_pylist(), 1)
    ]
    columns = [c for c in table.column_names if c != column]
    crs, origin = _reference(described)
    return Table(columns, _rows(table, columns), shapes, crs, origin, notes=builder.notes())


def _small(meta: Any) -> None:
    if meta.num_rows == 0:
        raise _damaged("没有数据行", "it has no rows")
    if meta.num_rows > FEATURE_LIMIT or meta.num_columns > 500:
        raise RefusedError(
            error(
                f"行或列过多（最多 {FEATURE_LIMIT:,} 行、500 列）；请分幅导入",
                f"too many rows or columns (at most {FEATURE_LIMIT:,} and 500); split the file",
            )
        )
    size = sum(
        meta.row_group(i).column(j).total_uncompressed_size
        for i in range(meta.num_row_groups)
        for j in range(meta.num_columns)
    )
    if size > CELL_LIMIT or size < 0:
        raise RefusedError(error("解压后过大；请分幅导入", "too large when unpacked; split the file"))


def _rows(table: Any, columns: list[str]) -> list[list[Any]]:
    if len(set(columns)) != len(columns):
        raise _damaged("列名重复", "a column name is repeated")
    values = [[_plain(v) for v in table.column(c).to_pylist()] for c in columns]
    return [list(row) for row in zip(*values, strict=True)] if values else [[] for _ in range(table.num_rows)]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, bytes | list | dict):
        return None
    return value


def _reference(described: dict[str, Any]) -> tuple[str | None, str]:
    """Return the reference system of a geometry column; without one the format says OGC:CRS84."""
    if "crs" not in described:
        return "OGC:CRS84", "GeoParquet default"
    crs = described["crs"]
    if crs is None:
        return None, ""
    if (
        isinstance(crs, dict)
        and isinstance(crs.get("id"), dict)
        and str(crs["id"].get("authority", "")).upper() in ("EPSG", "OGC")
    ):
        return f"{crs['id']['authority']}:{crs['id'].get('code')}", "GeoParquet"
    return json.dumps(crs) if isinstance(crs, dict) else str(crs)[:20_000], "GeoParquet"


def _points_only(table: Any) -> Table:
    columns = list(table.column_names)
    return Table(columns, _rows(table, columns), None, hint=" ".join(columns))
