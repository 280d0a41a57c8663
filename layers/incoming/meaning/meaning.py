"""From rows to a checked layer: numbers, words and ids of each row, every refusal with its row and remedy."""

from __future__ import annotations

import re
from typing import Any

from geo.errors import Finding
from geo.schema import LAYERS, Column
from layers.incoming.meaning import defaults
from layers.incoming.meaning.vocabulary import WORDS
from layers.incoming.rows.table import Table, error, info, warning
from layers.incoming.rows.text import clean, key_of, suspicious
from layers.incoming.rows.values import is_blank, number

__all__ = ["typed"]


def typed(
    table: Table, layer: str, found: dict[str, str], taken: set[str], answers: dict[str, Any], mark: str
) -> dict[str, list[Any]]:
    """Return the columns of the layer, then the file's other columns; errors go to ``table.notes`` by row.

    Raises
    ------
    OpenQuestionError
        If seats are given without the stage of the school.
    """
    spec = LAYERS[layer]
    at = {c: i for i, c in enumerate(table.columns)}
    out: dict[str, list[Any]] = {}
    for target, column in found.items():
        raw = [r[at[column]] for r in table.rows]
        out[target] = _column(raw, spec.by_name[target], layer, table, column)
        if (
            (layer, target) in WORDS
            and column not in spec.by_name
            and column not in out
            and _reworded(raw, out[target])
        ):
            out[column] = _others(raw, column, table)  # the planner's own words are kept beside ours
    used = taken | set(found.values())
    if layer == "schools":
        seats = defaults.seat_column(table, used)
        if seats is not None:
            raw = [r[at[seats]] for r in table.rows]
            values = _column(raw, spec.by_name["seats_primary"], layer, table, seats)
            defaults.spread_seats(table, seats, values, out, answers)
            used.add(seats)
    for column in table.columns:
        if column in used:
            continue
        name = column if column not in spec.by_name and column not in ("geometry", "") else f"{column}_原"
        out[name] = _others([r[at[column]] for r in table.rows], column, table)
    defaults.fill(table, layer, out, mark)
    return out


def _reworded(raw: list[Any], made: list[Any]) -> bool:
    return any(isinstance(a, str) and b is not None and a.strip() != b for a, b in zip(raw, made, strict=True))


def _others(values: list[Any], column: str, table: Table) -> list[Any]:
    """Return a column that the schema does not know: kept as it is, its texts cleaned."""
    out = []
    for value, line in zip(values, table.lines, strict=True):
        if isinstance(value, str):
            value, said = clean(value, line, column, name=False)
            table.notes += said
        elif isinstance(value, float) and value != value:
            value = None
        out.append(value)
    return out


def _column(values: list[Any], column: Column, layer: str, table: Table, header: str) -> list[Any]:
    numeric = column.kind in ("integer", "number", "year")
    out = []
    garbled = 0
    plain: dict[tuple[type, Any], Any] = {}  # cells that needed no comment: columns repeat themselves
    for value, line in zip(values, table.lines, strict=True):
        known = (type(value), value)
        if known in plain:
            out.append(plain[known])
            continue
        if numeric:
            made, said = _number(value, column, line, header)
        else:
            made, said = _text(value, column, layer, line)
            garbled += isinstance(made, str) and suspicious(made)
        if not said and value == value:
            plain[known] = made
        table.notes += said
        out.append(made)
    if garbled:
        table.notes.append(
            warning(
                f"列“{header}”有 {garbled} 行像乱码（UTF-8 被当作 GBK 保存过）；请用原始文件重新导出",
                f"{garbled} rows of column '{header}' look garbled (UTF-8 once saved as GBK); export the original again",
                None,
                column.name,
            )
        )
    return out


def _number(value: Any, column: Column, line: int, header: str) -> tuple[Any, list[Finding]]:
    if (
        column.kind == "year"
        and isinstance(value, str)
        and (m := re.fullmatch(r"((?:19|20)\d\d)\s*(?:年|[-/.年]\d{1,2}.{0,8})", value.strip()))
    ):
        return float(m[1]), [
            info(f"“{value}”取年份 {m[1]}", f"the year {m[1]} was taken of '{value}'", line, column.name)
        ]
    found, how = number(value)
    shown = str(value)[:40]
    if how == "bad":
        what = "整数" if column.kind != "number" else "数字"
        return None, [error(f"“{header}”的值“{shown}”不是{what}；请改为{what}，不知道请留空（空=未知，不是 0）",
                            f"'{shown}' in column '{header}' is not {'a whole number' if column.kind != 'number' else 'a number'}; correct it, or leave it blank if unknown (blank is unknown, not 0)", line, column.name)]  # fmt: skip
    if found is None:
        said = (
            [
                warning(
                    f"“{shown}”按未知处理；若为 0 请填 0",
                    f"'{shown}' is taken as unknown; write 0 if zero is meant",
                    line,
                    column.name,
                )
            ]
            if not is_blank(value)
            else []
        )
        return None, said
    said = (
        [info(f"“{shown}”按 {found:g} 读取", f"'{shown}' was read as {found:g}", line, column.name)]
        if how == "rewritten"
        else []
    )
    if column.kind != "number" and found != round(found):
        return None, [
            error(
                f"“{header}”的值 {found:g} 不是整数；请更正，不知道请留空",
                f"{found:g} in column '{header}' is not a whole number; correct it, or leave it blank if unknown",
                line,
                column.name,
            )
        ]
    if not column.low <= found <= column.high:
        return None, [
            error(
                f"“{header}”的值 {found:g} 超出范围 {column.low:g}–{column.high:g}；请更正，不知道请留空",
                f"{found:g} in column '{header}' is outside {column.low:g}-{column.high:g}; correct it, or leave it blank if unknown",
                line,
                column.name,
            )
        ]
    return found, said


def _text(value: Any, column: Column, layer: str, line: int) -> tuple[Any, list[Finding]]:
    if is_blank(value):
        return None, []
    if isinstance(value, float) and value != value:
        return None, [warning("值为 NaN，按空处理", "the value is NaN and taken as blank", line, column.name)]
    if isinstance(value, bool):
        return None, [
            error(
                f"值 {value} 是真假值，应为文字；请更正",
                f"{value} is a truth value where text is expected; correct it",
                line,
                column.name,
            )
        ]
    said: list[Finding] = []
    if isinstance(value, int | float):
        if abs(value) >= 1e15:
            said.append(
                warning(
                    "编号超过 15 位且以数字保存，末位可能已丢失；请在表中设为文本",
                    "the id has more than 15 digits and was stored as a number, its last digits may be lost; store it as text",
                    line,
                    column.name,
                )
            )
        text = str(int(value)) if float(value).is_integer() else repr(value)
    else:
        text, said = clean(
            str(value).strip("\u3000 \t\r\n\xa0"),
            line,
            column.name,
            name=column.name in ("name", "name_zh", "name_en") or column.kind == "id",
        )
    if column.kind == "choice" or (layer, column.name) in WORDS:
        words = {
            key_of(k): v
            for k, v in {**WORDS.get(("*", column.name), {}), **WORDS.get((layer, column.name), {})}.items()
        }
        text = next((c for c in column.choices if key_of(c) == key_of(text)), words.get(key_of(text), text))
    if not text:
        return None, said
    if column.kind == "choice" and text not in column.choices:
        said.append(
            error(
                f"“{text[:40]}”不是可用的{column.zh}；请改为 {'、'.join(column.choices)}",
                f"'{text[:40]}' is no known {column.en}; use one of {', '.join(column.choices)}",
                line,
                column.name,
            )
        )
    return text, said
