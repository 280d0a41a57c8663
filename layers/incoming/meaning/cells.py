"""Cells of a column of the schema: numbers with their unit, words, ids; every refusal with its row and remedy."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from geo.errors import Finding
from geo.schema import Column
from layers.incoming.meaning.vocabulary import WORDS
from layers.incoming.rows.table import Table, error, info, warning
from layers.incoming.rows.text import clean, key_of, suspicious
from layers.incoming.rows.units import COUNTS, Header, Reading, header, quantity
from layers.incoming.rows.values import is_blank

__all__ = ["COUNTED", "OTHERS", "bounded", "column_of", "fits", "kept", "reading", "scale"]

# What a column of a unit of the schema may count, besides numbers without a unit.
_FITS = {
    "seats": COUNTS, "beds": COUNTS | {"beds"}, "persons": COUNTS | {"teachers"}, "km2": frozenset({"", "area"}), "m": frozenset({"", "length"}),
}  # fmt: skip
_ONE = {"km2": 1e6}  # in the unit of ``units``
COUNTED = {
    "classes": ("班数", "classes"), "tracks": ("轨数", "forms of entry"), "schools": ("学校（机构）数", "a number of institutions"),
    "households": ("户数", "households"), "area": ("面积", "an area"), "length": ("长度", "a length"), "money": ("金额", "money"), "ratio": ("比率或人均指标", "a rate"),
    "visits": ("人次", "visits"), "intake": ("每年招生数", "the intake of a year"), "enrolment": ("在校生数", "enrolment"), "need": ("需求或缺口", "a need or shortage"),
    "change": ("增减量", "a change"), "teachers": ("教职工数", "teachers"), "beds": ("床位", "beds"), "count": ("个数", "a count"),
}  # fmt: skip
"""What the words of ``units`` are called, for findings."""
OTHERS = frozenset({"classes", "intake", "enrolment"})
"""What can be made seats of, by a rule that the planner chooses."""


def fits(column: Column, head: Header) -> bool:
    """Return whether the numbers under a header can be those of a column: persons are no square metres."""
    return head.what in _FITS.get(column.unit, COUNTS)


def scale(column: Column, head: Header) -> float:
    """Return by what the numbers under a header are multiplied to be in the unit of the column."""
    return head.factor / _ONE.get(column.unit, 1.0) if head.unit else 1.0


def kept(values: list[Any], column: str, table: Table) -> list[Any]:
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


def column_of(
    values: list[Any], column: Column, layer: str, table: Table, name: str, head: Header | None = None
) -> list[Any]:
    """Return the values of a column of the schema, each in its kind and unit; what is wrong goes to ``table.notes``.

    Parameters
    ----------
    values
        The cells under the header ``name``.
    head
        What the header says, where the table says more than the header (a unit in its title).
    """
    numeric = column.kind in ("integer", "number", "year")
    said_of = head or header(name)
    out = []
    garbled = 0
    plain: dict[tuple[type, Any], Any] = {}  # cells that needed no comment: columns repeat themselves
    for value, line in zip(values, table.lines, strict=True):
        known = (type(value), value)
        if known in plain:
            out.append(plain[known])
            continue
        if numeric:
            made, said = _number(value, column, line, name, said_of)
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
                f"列“{name}”有 {garbled} 行像乱码（UTF-8 被当作 GBK 保存过）；请用原始文件重新导出",
                f"{garbled} rows of column '{name}' look garbled (UTF-8 once saved as GBK); export the original again",
                None,
                column.name,
            )
        )
    if numeric and (times := scale(column, said_of)) != 1.0 and any(v is not None for v in out):
        table.notes.append(
            warning(
                f"“{name}”的单位是“{said_of.unit}”，数值已乘以 {times:.10g}",
                f"the unit of '{name}' is '{said_of.unit}'; its numbers were multiplied by {times:.10g}",
                None,
                column.name,
            )
        )
    return out


def reading(value: Any, column: Column, line: int, name: str, head: Header) -> tuple[Reading, list[Finding]]:
    """Return the number of a cell in ones of what it counts, and what is wrong with it or had to be said.

    ``what`` is that of the cell's own unit, else that of the header; the number is multiplied by the unit of the
    header, and by that of the cell.
    """
    found = quantity(value)
    shown = str(value)[:40]
    if found.how == "bad":
        what = "整数" if column.kind != "number" else "数字"
        return found, [error(f"“{name}”的值“{shown}”不是{what}；请改为{what}，不知道请留空（空=未知，不是 0）",
                             f"'{shown}' in column '{name}' is not {'a whole number' if column.kind != 'number' else 'a number'}; correct it, or leave it blank if unknown (blank is unknown, not 0)", line, column.name)]  # fmt: skip
    if found.how == "masked":
        return found, [
            warning(
                f"“{name}”的值“{shown}”被遮盖或溢出，按未知处理；请向数据提供者索取原值",
                f"'{shown}' in column '{name}' is masked or overflowed and taken as unknown; ask for the value itself",
                line,
                column.name,
            )
        ]
    if found.value is None:
        if is_blank(value):
            return found, []
        return found, [
            warning(
                f"“{shown}”按未知处理；若为 0 请填 0",
                f"'{shown}' is taken as unknown; write 0 if zero is meant",
                line,
                column.name,
            )
        ]
    if found.factor != 1.0 and head.factor != 1.0 and head.unit:
        return replace(found, value=None), [
            error(
                f"“{name}”的单位是“{head.unit}”，单元格“{shown}”又带单位，无法判断；请只写数字",
                f"the unit of '{name}' is '{head.unit}' and the cell '{shown}' has one too; write the number only",
                line,
                column.name,
            )
        ]
    own = "" if found.what == "count" else found.what
    what = own or head.what
    times = (1.0 / _ONE.get(column.unit, 1.0) if own else scale(column, head)) if what not in OTHERS else 1.0
    said = [info(f"“{shown}”按 {found.value:g} 读取", f"'{shown}' was read as {found.value:g}", line, column.name)] if found.how == "rewritten" else []  # fmt: skip
    return replace(found, value=round(found.value * times, 9) if times != 1.0 else found.value, what=what), said


def _number(value: Any, column: Column, line: int, name: str, head: Header) -> tuple[Any, list[Finding]]:
    if (
        column.kind == "year"
        and isinstance(value, str)
        and (m := re.fullmatch(r"((?:19|20)\d\d)\s*(?:年|[-/.年]\d{1,2}.{0,8})", value.strip()))
    ):
        return float(m[1]), [
            info(f"“{value}”取年份 {m[1]}", f"the year {m[1]} was taken of '{value}'", line, column.name)
        ]
    found, said = reading(value, column, line, name, head)
    if found.value is None:
        return None, said
    if found.what != head.what and found.what not in _FITS.get(column.unit, COUNTS):
        zh, en = COUNTED.get(found.what, (found.what, found.what))
        return None, [
            error(
                f"“{name}”的值“{str(value)[:40]}”是{zh}，不是{column.zh}；请更正，不知道请留空",
                f"'{str(value)[:40]}' in column '{name}' is {en}, not {column.en}; correct it, or leave it blank if unknown",
                line,
                column.name,
            )
        ]
    wrong = bounded(found.value, column, line, name)
    return (None, [wrong]) if wrong else (found.value, said)


def bounded(value: float, column: Column, line: int, name: str) -> Finding | None:
    """Return what is wrong with a number that is not whole or not within the bounds of its column."""
    if column.kind != "number" and value != round(value):
        return error(
            f"“{name}”的值 {value:g} 不是整数；请更正，不知道请留空",
            f"{value:g} in column '{name}' is not a whole number; correct it, or leave it blank if unknown",
            line,
            column.name,
        )
    if not column.low <= value <= column.high:
        return error(
            f"“{name}”的值 {value:g} 超出范围 {column.low:g}–{column.high:g}；请更正，不知道请留空",
            f"{value:g} in column '{name}' is outside {column.low:g}-{column.high:g}; correct it, or leave it blank if unknown",
            line,
            column.name,
        )
    return None


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
