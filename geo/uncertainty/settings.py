"""Ranges that a workspace or a planner writes down: what may be said of an input, checked with file, key and field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from geo.errors import Finding, InputError
from geo.schema import BASES
from geo.services import STAGES
from geo.uncertainty.uncertain import LAWS

__all__ = ["FIELDS", "KEYS", "from_table", "ranges"]

KEYS = (
    "people:total", "people:zones", "people:cells", "position:schools", "position:clinics", "position:facilities",
    "position:stops", "streets:length", "seats:stated", "seats:unknown", "speed", "births", "age_share",
    "share:STAGE", "enrolment:STAGE", "ratio_low:STAGE", "ratio_high:STAGE",
)  # fmt: skip
"""What may be written down; STAGE is a school stage."""
FIELDS = ("low", "high", "law", "used", "basis", "source")
"""What may be said of each."""
FILE, TABLE = "workspace.toml", "uncertainty"
YES, NO = ("true", "1", "1.0", "yes", "是"), ("false", "0", "0.0", "no", "否")


def ranges(told: object) -> dict[str, dict[str, Any]]:
    """Return what ``[uncertainty]`` of workspace.toml says of each input.

    Parameters
    ----------
    told
        The table as read: key → ``low``, ``high``, ``law``, ``used``, ``basis``, ``source``, none of which must be there.

    Raises
    ------
    InputError
        With one finding a fault, each with its key and field: a key or field that nobody knows, no number, a law or basis that is
        none, a low end above the high one.

    Examples
    --------
    >>> ranges({"people:total": {"low": 0.95, "high": 1.05, "basis": "sourced", "source": "census 2020"}})["people:total"]["low"]
    0.95
    >>> ranges({"people": {"low": "few"}})
    Traceback (most recent call last):
        ...
    geo.errors.InputError: workspace.toml, 字段 field uncertainty.people: ...
    """
    if not told:
        return {}
    if not isinstance(told, Mapping):
        raise InputError([_finding("[uncertainty] 须为表：键 = { low = 0.9, high = 1.1 }", "[uncertainty] must be a table: key = { low = 0.9, high = 1.1 }", FILE, None, TABLE)])  # fmt: skip
    faults: list[Finding] = []
    for key, said in told.items():
        where = f"{TABLE}.{key}"
        faults += _key_faults(str(key), FILE, None, where)
        if not isinstance(said, Mapping):
            faults.append(_finding(f"“{key}”须写成 {{ low = 0.9, high = 1.1 }}，可加 law、used、basis、source", f"write '{key}' = {{ low = 0.9, high = 1.1 }}, with law, used, basis, source if wanted", FILE, None, where))  # fmt: skip
            continue
        faults += _faults(said, FILE, None, where + ".")
    if faults:
        raise InputError(faults)
    return {str(key): dict(said) for key, said in told.items()}


def from_table(table: pd.DataFrame, file: str) -> dict[str, dict[str, Any]]:
    """Return what a planner's own table says of each input: a row an input, its ``key`` and what else of ``FIELDS`` it has.

    Empty cells say nothing. Other columns (names, units) are for people and are passed over.

    Parameters
    ----------
    table
        Texts or numbers, as read from a file.
    file
        What the file is called, for messages.

    Raises
    ------
    InputError
        With one finding a fault, each with file, row and column.

    Examples
    --------
    >>> from_table(pd.DataFrame({"key": ["births"], "low": ["0.8"], "high": [1.1], "law": [""]}), "my.csv")
    {'births': {'low': 0.8, 'high': 1.1}}
    """
    if "key" not in table:
        raise InputError([_finding("缺少列 key（不确定项的代码）", "lacks the column key, which says what each row is about", file, None, "key")])  # fmt: skip
    faults: list[Finding] = []
    out: dict[str, dict[str, Any]] = {}
    for row, record in enumerate(table.to_dict("records"), start=1):
        said = {str(c): v for c, v in record.items() if c in FIELDS and not _empty(v)}
        key = "" if _empty(record["key"]) else str(record["key"]).strip()
        faults += _key_faults(key, file, row, "key")
        if key in out:
            faults.append(_finding(f"“{key}”写了两次，请只留一行", f"'{key}' is there twice: leave one row", file, row, "key"))  # fmt: skip
        for name in said:
            said[name] = _read(name, said[name])
        faults += _faults(said, file, row, "")
        out[key] = said
    if faults:
        raise InputError(faults)
    return out


def _read(name: str, value: Any) -> Any:
    """Return a cell as the number or truth it stands for, where it is one."""
    text = str(value).strip()
    if name == "used":
        return True if text.lower() in YES else False if text.lower() in NO else text
    if name not in ("low", "high"):
        return text
    try:
        return float(text)
    except ValueError:
        return text


def _key_faults(key: str, file: str, row: int | None, field: str) -> list[Finding]:
    stem, _, stage = key.partition(":")
    if key in KEYS or (f"{stem}:STAGE" in KEYS and stage in STAGES):
        return []
    known = "、".join(KEYS)
    return [_finding(f"“{key}”不是不确定项，可写：{known}（STAGE 为 {'、'.join(STAGES)}）", f"'{key}' is nothing uncertain; write one of {', '.join(KEYS)} (STAGE: {', '.join(STAGES)})", file, row, field)]  # fmt: skip


def _faults(said: Mapping[str, Any], file: str, row: int | None, prefix: str) -> list[Finding]:
    """Return what is wrong with what is said of one input."""
    found = [
        _finding(f"不认识“{name}”，可写：{'、'.join(FIELDS)}", f"'{name}' is not known, write {', '.join(FIELDS)}", file, row, prefix + str(name))
        for name in said if name not in FIELDS
    ]  # fmt: skip
    ends = {}
    for name in ("low", "high"):
        value = said.get(name, 0.0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
            found.append(_finding(f"“{value}”须为不小于 0 的数", f"'{value}' must be a number of at least 0", file, row, prefix + name))  # fmt: skip
        elif name in said:
            ends[name] = float(value)
    if len(ends) == 2 and ends["low"] > ends["high"]:
        found.append(_finding(f"下限 {ends['low']:g} 大于上限 {ends['high']:g}，请对调", f"the low end {ends['low']:g} is above the high one {ends['high']:g}: exchange them", file, row, prefix + "low"))  # fmt: skip
    for name, known in (("law", tuple(LAWS)), ("basis", tuple(BASES))):
        if name in said and said[name] not in known:
            found.append(_finding(f"“{said[name]}”须为：{'、'.join(known)}", f"'{said[name]}' must be one of {', '.join(known)}", file, row, prefix + name))  # fmt: skip
    if not isinstance(said.get("used", True), bool):
        found.append(_finding(f"“{said['used']}”须为 true 或 false", f"'{said['used']}' must be true or false", file, row, prefix + "used"))  # fmt: skip
    if not isinstance(said.get("source", ""), str):
        found.append(_finding("source 须为文字", "source must be a text", file, row, prefix + "source"))
    return found


def _finding(zh: str, en: str, file: str, row: int | None, field: str) -> Finding:
    return Finding("error", zh, en, file, row, field)


def _empty(value: Any) -> bool:
    return value is None or bool(pd.isna(value)) or not str(value).strip()
