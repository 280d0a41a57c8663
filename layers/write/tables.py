"""Tables out: CSV that Excel opens in Chinese, XLSX with typed columns; neither runs a cell as a formula.

A cell is text or a number by the type of its value, never by its look: -5 stays a number, the text "-5" gets
an apostrophe in CSV. In XLSX every text is stored as text, and marked so that editing it keeps it text.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import InputError
from geo.progress import Progress, Step
from geo.schema import LAYERS
from geo.text import Text
from layers.write.atomic import write_bytes, writing
from layers.write.geojson import AnswerLike, meta, plain, wgs84

if TYPE_CHECKING:  # openpyxl is read by the functions that need it: few runs of the program write a workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

__all__ = ["about_rows", "csv_bytes", "flat", "safe_text", "write_csv", "write_xlsx", "xlsx_bytes"]

FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
"""First characters that make some spreadsheet read a text as a formula, a command or a field break."""

_INVISIBLE = "\x00\ufeff\u200b\u200c\u200d\u2060 \u00a0\u3000"
_ILLEGAL_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
ROWS_MAX, COLUMNS_MAX, TEXT_MAX = 1_048_575, 16_384, 32_767
ABOUT = "说明"


def safe_text(text: str) -> str:
    """Return ``text`` so that no spreadsheet runs it: an apostrophe in front where it could.

    Notes
    -----
    OWASP, CSV Injection; extended by full-width signs (Excel in Chinese reads them) and by invisible
    characters in front of the sign.
    """
    seen = text.lstrip(_INVISIBLE)
    return "'" + text if text[:1] in FORMULA or seen[:1] in FORMULA else text


def flat(frame: pd.DataFrame, *, gcj02: bool = False) -> pd.DataFrame:
    """Return a table without shapes: named index levels as columns, ``lon`` and ``lat`` [degrees] for a place.

    A point gives its own place, another shape a point inside it; WGS84, or GCJ-02 (columns ``lon_gcj02``,
    ``lat_gcj02``) where the planner chose it. Without a reference system there is no lon and lat.
    """
    table = pd.DataFrame(frame)
    shape = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) and "geometry" in _shapes(frame) else None
    if shape is not None:
        table = table.drop(columns=shape)
    named = [n for n in frame.index.names if n is not None and n not in table.columns]
    if named:
        table = table.reset_index(level=named) if len(named) < frame.index.nlevels else table.reset_index()
    table = table.reset_index(drop=True)
    if shape is not None and isinstance(frame, gpd.GeoDataFrame) and frame.crs is not None:
        shapes = wgs84(frame, gcj02=gcj02).to_numpy()
        inside = np.where(shapely.get_type_id(shapes) == 0, shapes, shapely.point_on_surface(shapes))
        suffix = "_gcj02" if gcj02 else ""
        for name, values in (("lon", shapely.get_x(inside)), ("lat", shapely.get_y(inside))):
            if name + suffix not in table.columns:
                table[name + suffix] = np.round(values, 7)
    return table


def _shapes(frame: gpd.GeoDataFrame) -> tuple[str, ...]:
    """Return ("geometry",) if the frame has an active geometry column."""
    return ("geometry",) if frame._geometry_column_name in frame.columns else ()


def csv_bytes(frame: pd.DataFrame, *, gcj02: bool = False) -> bytes:
    """Return the table as CSV: UTF-8 with BOM, CRLF, safe texts, empty for unknown, ``inf`` for unreachable."""
    table = flat(frame, gcj02=gcj02)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_text(str(n)) for n in table.columns])
    columns = [[_csv_cell(v) for v in _values(table.iloc[:, i])] for i in range(table.shape[1])]
    writer.writerows(zip(*columns, strict=True))
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def write_csv(
    frame: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    meta: AnswerLike | Mapping[str, Any] | None = None,
    gcj02: bool = False,
) -> Path:
    """Write the table as CSV in one step, and what it means beside it; return the path.

    Parameters
    ----------
    frame
        Any table; shapes are left out, their place is kept as ``lon`` and ``lat``.
    meta
        An answer or its members. A CSV has no room for them: they go to ``<path>-metadata.json``, the name
        that W3C's "Metadata Vocabulary for Tabular Data" gives to it.

    Raises
    ------
    InputError
        If the folder does not exist.
    """
    written = write_bytes(path, csv_bytes(frame, gcj02=gcj02))
    if meta is not None:
        told = {"@context": "http://www.w3.org/ns/csvw", "url": written.name} | _members(meta)
        text = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        write_bytes(written.with_name(written.name + "-metadata.json"), text.encode())
    return written


def _members(about: AnswerLike | Mapping[str, Any]) -> dict[str, Any]:
    return meta(about)


def _values(column: pd.Series) -> list[Any]:
    """Return the values as Python's own: None for unknown, numbers, booleans, dates, and text for the rest."""
    return [_value(v) for v in column.tolist()]


def _value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, np.generic):
        value = float(str(value)) if isinstance(value, np.float32) else value.item()
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value
    told = plain(value)
    return told if told is None or isinstance(told, bool | int | float | str) else json.dumps(told, ensure_ascii=False)


def _csv_cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_text(value)
    return value.isoformat() if isinstance(value, dt.datetime | dt.date | dt.time) else value


def xlsx_bytes(
    tables: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    meta: AnswerLike | Mapping[str, Any] | None = None,
    gcj02: bool = False,
    progress: Progress | None = None,
) -> bytes:
    """Return a workbook: one sheet a table with typed columns, and a sheet 说明 with what it means.

    Parameters
    ----------
    tables
        One table, or tables by the name of their sheet.
    meta
        An answer or its members: method, parameters, basis, sources and date for the sheet 说明.
    progress
        Called with (rows written, rows in all).

    Raises
    ------
    InputError
        If a table has more rows or columns than a sheet can hold (1 048 575; 16 384): use CSV.
    """
    from openpyxl import Workbook

    named = {"数据": tables} if isinstance(tables, pd.DataFrame) else dict(tables)
    flats = {name: flat(table, gcj02=gcj02) for name, table in named.items()}
    book = Workbook(write_only=True)
    taken = {ABOUT}
    total, done = sum(map(len, flats.values())), 0
    for name, table in flats.items():
        _check_size(name, table)
        sheet = book.create_sheet(_sheet_name(name, taken))
        for row in _fill(sheet, table):
            if progress is not None and (row % 5_000 == 0 or row == len(table)):
                progress(Step(done=done + row, whole=total))
        done += len(table)
    _fill_about(book.create_sheet(ABOUT), meta, flats)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def write_xlsx(
    tables: pd.DataFrame | Mapping[str, pd.DataFrame],
    path: str | os.PathLike[str],
    *,
    meta: AnswerLike | Mapping[str, Any] | None = None,
    gcj02: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write the workbook of :func:`xlsx_bytes` to ``path`` in one step and return the path."""
    with writing(path) as draft:
        draft.write_bytes(xlsx_bytes(tables, meta=meta, gcj02=gcj02, progress=progress))
    return Path(path)


def _check_size(name: str, table: pd.DataFrame) -> None:
    rows, columns = table.shape
    if rows > ROWS_MAX or columns > COLUMNS_MAX:
        raise InputError(
            Text(
                f"表“{name}”有 {rows} 行 {columns} 列，超出 Excel 工作表的上限，请导出 CSV",
                f"table '{name}' has {rows} rows and {columns} columns, more than a sheet holds: export it as CSV",
            )
        )


def _sheet_name(name: str, taken: set[str]) -> str:
    base = _SHEET_NAME.sub("_", _ILLEGAL_XML.sub("", str(name))).strip()[:28] or "数据"
    unique = next(n for k in range(1, 10_000) if (n := base if k == 1 else f"{base[:24]}_{k}") not in taken)
    taken.add(unique)
    return unique


def _fill(sheet: WriteOnlyWorksheet, table: pd.DataFrame) -> Iterator[int]:
    """Write the header and the rows, yielding the rows written; text never becomes a formula."""
    from openpyxl.utils import get_column_letter

    columns = [_values(table.iloc[:, i]) for i in range(table.shape[1])]
    sheet.freeze_panes = "A2"
    for i, values in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(i)].width = _width(str(table.columns[i - 1]), values)
    if columns:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(table) + 1}"
    sheet.append([_text(sheet, str(n), header=True) for n in table.columns])
    for done, row in enumerate(zip(*columns, strict=True), start=1):
        sheet.append([_cell(sheet, v) for v in row])
        yield done


def _width(name: str, values: Sequence[Any]) -> float:
    """Return a column width that shows most values; a Chinese character counts two."""
    seen = [name, *(str(round(v, 4) if isinstance(v, float) else v) for v in values[:50] if v is not None)]
    return min(2 + max(sum(2 if ord(c) > 0x2E80 else 1 for c in text) for text in seen), 44)


def _cell(sheet: WriteOnlyWorksheet, value: Any) -> Any:
    if isinstance(value, str):
        return _text(sheet, value)
    if isinstance(value, float) and math.isinf(value):
        return _text(sheet, "inf" if value > 0 else "-inf")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return _text(sheet, str(value))
    if isinstance(value, dt.datetime | dt.time) and value.tzinfo is not None:
        return _text(sheet, value.isoformat())
    return value


def _text(sheet: WriteOnlyWorksheet, text: str, *, header: bool = False, wrap: bool = False) -> WriteOnlyCell:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill

    cell = WriteOnlyCell(sheet)
    cell._value = _ILLEGAL_XML.sub("\ufffd", text)[:TEXT_MAX]
    cell.data_type = "s"
    if safe_text(text) != text:
        cell.quotePrefix = True
    if header:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="FFE8EEF4")
    if wrap:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def about_rows(about: AnswerLike | Mapping[str, Any] | None, columns: Iterable[str] = ()) -> list[tuple[str, str, Any]]:
    """Return (subject in Chinese, in English, value) rows that explain a table: the answer, then its columns."""
    members = _members(about) if about is not None else {}
    rows: list[tuple[str, str, Any]] = []
    for key, value in members.items():
        zh, en = _SUBJECTS.get(key, (key, key))
        if isinstance(value, Mapping) and set(value) == {"zh", "en"}:
            rows += [(zh, f"{en} ({lang})", _joined(value[lang])) for lang in ("zh", "en")]
        elif isinstance(value, Mapping):
            rows += [(f"{zh}：{k}", f"{en}: {k}", _value(v)) for k, v in value.items()]
        elif isinstance(value, list):
            rows += [(zh, en, _listed(v)) for v in value]
        else:
            rows.append((zh, en, value))
    rows.append(("空格", "empty cell", "未知 / unknown"))
    rows.append(("inf", "inf", "步行不可达 / cannot be reached on foot"))
    known = {c.name: c for layer in LAYERS.values() for c in layer.columns}
    for name in dict.fromkeys(columns):
        if name in known:
            unit = f" [{known[name].unit}]" if known[name].unit else ""
            rows.append((f"字段 {name}", f"column {name}", f"{known[name].zh} / {known[name].en}{unit}"))
    return rows


_SUBJECTS = {
    "question": ("问题", "question"),
    "title": ("标题", "title"),
    "method": ("方法", "method"),
    "parameters": ("参数", "parameter"),
    "basis": ("依据", "basis"),
    "sources": ("来源", "source"),
    "date": ("日期", "date"),
    "workspace": ("工作区", "workspace"),
    "scenario": ("方案", "scenario"),
    "year": ("年份", "year"),
    "layer": ("图层", "layer"),
    "notes": ("提示", "notes"),
}


def _joined(value: Any) -> Any:
    return "\n".join(map(str, value)) if isinstance(value, list) else value


def _listed(value: Any) -> Any:
    """Return a source record as one line, any other value as it is."""
    if not isinstance(value, Mapping):
        return _value(value)
    return "；".join(f"{k}: {v}" if k != "id" else str(v) for k, v in value.items())


def _fill_about(
    sheet: WriteOnlyWorksheet,
    about: AnswerLike | Mapping[str, Any] | None,
    tables: Mapping[str, pd.DataFrame],
) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 22
    sheet.column_dimensions["C"].width = 90
    sheet.append([_text(sheet, t, header=True) for t in ("项目", "item", "内容 / content")])
    columns = [str(n) for table in tables.values() for n in table.columns]
    for zh, en, value in about_rows(about, columns):
        told = _text(sheet, value, wrap=True) if isinstance(value, str) else _cell(sheet, value)
        sheet.append([_text(sheet, zh), _text(sheet, en), told])
