"""Excel workbooks: one sheet, merged cells and two-row headers undone, formulas without a value refused."""

from __future__ import annotations

import datetime
import re
import zipfile
from pathlib import Path
from typing import Any

from geo.errors import Finding
from layers.incoming.meaning.columns import known_headers
from layers.incoming.readers.formats import Opened
from layers.incoming.readers.sheets import COLUMN_LIMIT, HEADER_WITHIN, header_of, table_of, two_rows, words_of
from layers.incoming.rows.shapes import FEATURE_LIMIT
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, Table, error, info, warning
from layers.incoming.rows.text import key_of
from layers.incoming.rows.units import header, quantity
from layers.incoming.rows.values import is_blank

__all__ = ["read"]

_ERRORS = {"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#GETTING_DATA", "#SPILL!"}
_SHOWN = frozenset({"count", "beds", "classes", "tracks", "schools", "area", "households"})
"""What the unit of a number format may count; others (°, 年) only decorate."""

_FORMULA = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]")
"""How the element of a formula begins, whatever its prefix."""


def read(file: Opened) -> Table:
    """Return the rows of one sheet of an Excel workbook; asks for the sheet where there are several.

    Raises
    ------
    RefusedError
        If a formula has no stored value, a cell holds an Excel error, or there is no table.
    OpenQuestionError
        If several sheets hold data and the answer ``sheet`` names none.
    """
    import openpyxl

    known, sheet = known_headers(file.layer), file.answers.get("sheet")
    try:
        values = openpyxl.load_workbook(file.path, data_only=True, keep_links=False)
        # Reading a workbook a second time takes as long again: only where there is a formula to look at.
        formulas = (
            openpyxl.load_workbook(file.path, data_only=False, keep_links=False) if _calculates(file.path) else values
        )
    except (MemoryError, RecursionError):
        raise
    except Exception:
        raise RefusedError(
            error(
                "Excel 文件已损坏或不是 .xlsx；请用 Excel/WPS 打开后另存为 .xlsx",
                "the workbook is damaged or no .xlsx; open it in Excel or WPS and save it as .xlsx",
            )
        ) from None
    full = [
        s
        for s in values.worksheets
        if s.sheet_state == "visible" and any(not is_blank(c) for row in s.iter_rows(values_only=True) for c in row)
    ]
    if not full:
        raise RefusedError(error("Excel 中没有可见的数据", "the workbook has no visible data; check it"))
    names = [s.title for s in full]
    if sheet is not None and sheet not in names:
        raise RefusedError(
            error(
                f"没有名为“{sheet}”的工作表，可选：{'、'.join(names)}",
                f"there is no sheet '{sheet}'; choose one of {', '.join(names)}",
            )
        )
    if sheet is None and len(full) > 1:
        guess = max(
            full,
            key=lambda s: len(
                {key_of(str(c)) for row in s.iter_rows(max_row=HEADER_WITHIN, values_only=True) for c in row if c}
                & known
            ),
        ).title
        raise OpenQuestionError([Question("sheet", f"Excel 有 {len(full)} 个工作表，导入哪一个？", f"The workbook has {len(full)} sheets; which one to import?",
                                          tuple((n, n, n) for n in names), guess)])  # fmt: skip
    chosen = full[0] if sheet is None else full[names.index(sheet)]
    asked = (
        frozenset(str(v) for pair in (file.answers.get("columns") or {}).items() for v in pair)
        if isinstance(file.answers.get("columns"), dict)
        else frozenset()
    )
    return _sheet(
        chosen,
        formulas[chosen.title],
        known,
        asked | {str(v) for k, v in file.answers.items() if k.startswith("columns.")},
    )


def _calculates(path: Path) -> bool:
    """Return whether any part of a workbook may hold a formula."""
    with zipfile.ZipFile(path) as archive:
        parts = (m for m in archive.infolist() if m.filename.lower().endswith(".xml"))
        return any(_FORMULA.search(archive.read(m).replace(b"\0", b"")) for m in parts)


def _sheet(values: Any, formulas: Any, known: frozenset[str], asked: frozenset[str]) -> Table:
    notes: list[Finding] = []
    if values.max_row > FEATURE_LIMIT + HEADER_WITHIN or values.max_column > COLUMN_LIMIT:
        raise RefusedError(
            error("工作表过大；请只保留需要的行列", "the sheet is too large; keep the rows and columns needed")
        )
    merged = [(r.min_row, r.min_col, r.max_row, r.max_col) for r in values.merged_cells.ranges]
    if len(merged) > 5_000:
        raise RefusedError(error("合并单元格过多；请取消合并", "too many merged cells; unmerge them"))
    whole = [[_plain(c) for c in row] for row in values.iter_rows(values_only=True)]
    grid = [(i, row) for i, row in enumerate(whole, 1) if any(not is_blank(c) for c in row)]
    line, _ = header_of(grid, known)
    above = words_of(grid[:line])
    names, top, body = two_rows(grid, line, notes, known)
    _fill_down(whole, merged, grid[body][0] if body < len(grid) else top + 1, notes, top)
    wanted = {
        i
        for i, n in enumerate(names, 1)
        if n in asked or {key_of(n), header(n).key} & known or header(n).what or header(n).when
    }
    _formulas(values, formulas, top, notes, wanted, whole)
    _dressed(values, top, wanted, whole)
    hidden = [i for i, d in values.row_dimensions.items() if d.hidden and i > top and i <= len(whole)]
    if hidden:
        notes.append(
            warning(
                f"有 {len(hidden)} 个隐藏行（如第 {hidden[0]} 行），一并导入；不需要请删除",
                f"{len(hidden)} hidden rows (such as {hidden[0]}) are imported too; delete them if not wanted",
            )
        )
    return table_of(names, [(i, whole[i - 1]) for i, _ in grid[body:]], top, notes, above)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return str(value)
    return value if isinstance(value, str | bool | int | float) or value is None else str(value)


def _dressed(values: Any, top: int, wanted: set[int], whole: list[list[Any]]) -> None:
    """Give numbers the zeros and the unit that their format shows: 7 as 007, 24 as 24班, or what is seen is lost."""
    for row in values.iter_rows(min_row=top + 1):
        for cell in row:
            if cell.column in wanted and cell.has_style and type(cell.value) in (int, float):
                shown = _shown(cell.value, cell.number_format)
                if shown is not None:
                    whole[cell.row - 1][cell.column - 1] = shown


def _shown(value: float, form: str) -> str | None:
    """Return how a format shows a number where it adds zeros or a unit, else None.

    Examples
    --------
    >>> _shown(7, "000"), _shown(24, '0"班"'), _shown(1080, "#,##0")
    ('007', '24班', None)
    """
    if form == "General":
        return None
    if re.fullmatch("00+", form) and value == int(value) >= 0:
        return str(int(value)).zfill(len(form))
    unit = re.fullmatch(r'(?:#,##)?0(?:\.0+)?\s*"([^"]{1,8})"', form)
    text = f"{value:.15g}{unit[1]}" if unit else ""
    return text if unit and quantity(text).what in _SHOWN else None


def _fill_down(
    whole: list[list[Any]], merged: list[tuple[int, int, int, int]], first: int, notes: list[Finding], top: int
) -> None:
    filled = 0
    for r0, c0, r1, c1 in merged:
        if r0 < first or r1 > len(whole) or (r1 - r0) * (c1 - c0) > 100_000:
            continue
        value = whole[r0 - 1][c0 - 1]
        if isinstance(value, int | float) and r1 > r0:
            raise RefusedError(error(f"单元格区域（第 {r0}–{r1} 行）合并了数字 {value}，无法判断是合计还是每行的值；请取消合并并逐行填写",
                                     f"the merged cells of lines {r0}-{r1} hold the number {value}: a total or the value of each row? unmerge and fill in each row", r0 - top))  # fmt: skip
        if r1 == r0 or is_blank(value):
            continue
        for r in range(r0, r1 + 1):
            whole[r - 1][c0 - 1] = value
        filled += 1
    if filled:
        notes.append(
            info(f"{filled} 处纵向合并的单元格已按行填充", f"{filled} vertically merged cells were filled down")
        )


def _formulas(
    values: Any, formulas: Any, top: int, notes: list[Finding], wanted: set[int], whole: list[list[Any]]
) -> None:
    """Refuse cells without a value in columns that may be used; in others they are unknown, and said so."""
    stored = 0
    lost: list[str] = []
    if formulas is values and not any(isinstance(c, str) and c in _ERRORS for row in whole for c in row):
        return
    for row, formula_row in zip(values.iter_rows(), formulas.iter_rows(), strict=False):
        for cell, formula in zip(row, formula_row, strict=False):
            broken = isinstance(cell.value, str) and cell.value in _ERRORS
            bare = formula.data_type == "f" and cell.value is None and cell.row > top
            if (broken or bare) and cell.row > top and cell.column not in wanted:
                whole[cell.row - 1][cell.column - 1] = None
                lost.append(cell.coordinate)
                continue
            if broken:
                raise RefusedError(
                    error(
                        f"单元格 {cell.coordinate} 是错误值 {cell.value}；请更正后保存",
                        f"cell {cell.coordinate} holds the error {cell.value}; correct it and save",
                        max(cell.row - top, 1),
                    )
                )
            if formula.data_type == "f":
                if cell.value is None and cell.row > top:
                    raise RefusedError(error(f"单元格 {cell.coordinate} 的公式没有保存计算结果；请用 Excel 打开、保存，或“粘贴为数值”",
                                             f"the formula in cell {cell.coordinate} has no stored value; open and save it in Excel, or paste it as values", max(cell.row - top, 1)))  # fmt: skip
                stored += 1
    if lost:
        notes.append(
            warning(
                f"{len(lost)} 个单元格（如 {lost[0]}）的公式没有计算结果或是错误值，所在列不用于此图层，按未知",
                f"{len(lost)} cells (such as {lost[0]}) hold a formula without a value or an error; their columns are not used here, they are unknown",
            )
        )
    if stored:
        notes.append(
            warning(
                f"{stored} 个公式单元格使用保存的计算结果；请核对",
                f"{stored} formula cells: their stored values are used; check them",
            )
        )
