"""Laws that every model of the core keeps alike: what a limit is, what ids are, what amounts by id are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import Finding, InputError

__all__ = ["amounts", "limit_of", "unique"]

SHOWN = 5
"""Ids named in a message."""


def limit_of(limit: Any, *, name: str = "limit") -> float:
    """Return a limit as a number [m, or the unit of the table]: at least 0, ``inf`` for none.

    Raises
    ------
    InputError
        If it is text, a truth value, missing, or negative.

    Examples
    --------
    >>> limit_of(500), limit_of(float("inf"))
    (500.0, inf)
    >>> limit_of("3")
    Traceback (most recent call last):
        ...
    geo.errors.InputError: 字段 field limit: limit 须为不小于 0 的数，现为 '3' / limit must be a number of at least 0, not '3'
    """
    number = isinstance(limit, int | float | np.number) and not isinstance(limit, bool | np.bool_)
    if not number or not limit >= 0:
        shown = repr(limit) if not number else f"{limit}"
        raise InputError(
            [
                Finding(
                    "error", f"{name} 须为不小于 0 的数，现为 {shown}", f"{name} must be a number of at least 0, not {shown}",
                    field=name,
                )
            ]
        )  # fmt: skip
    return float(limit)


def unique(ids: pd.Index, name: str, zh: str) -> None:
    """Refuse ids that are missing or given twice.

    Examples
    --------
    >>> unique(pd.Index(["p", "q"]), "points", "点")
    >>> unique(pd.Index(["p", "p"]), "points", "点")
    Traceback (most recent call last):
        ...
    geo.errors.InputError: 字段 field points: 点编号重复：['p']，编号必须唯一 / points: ids repeated: ['p']; ids must be unique
    """
    if ids.hasnans:
        raise InputError(
            [Finding("error", f"{zh}有空编号，请补上", f"{name}: an id is missing; fill it in", field=name)]
        )
    if not ids.is_unique:
        twice = list(ids[ids.duplicated()].unique()[:SHOWN])
        raise InputError(
            [
                Finding(
                    "error", f"{zh}编号重复：{twice}，编号必须唯一", f"{name}: ids repeated: {twice}; ids must be unique",
                    field=name,
                )
            ]
        )  # fmt: skip


def amounts(values: Any, ids: pd.Index, name: str, zh: str) -> NDArray[np.float64]:
    """Return amounts (people, pupils, seats) in the order of ``ids``, as floats of at least 0.

    Raises
    ------
    InputError
        If they are no Series by id; if an id is missing, doubled, or unknown to the table; if a value is text,
        missing, negative or infinite. All that is wrong with the ids is told at once.

    Examples
    --------
    >>> amounts(pd.Series({"q": 3, "p": 1}), pd.Index(["p", "q"]), "people", "人口").tolist()
    [1.0, 3.0]
    >>> amounts(pd.Series({"q": 3, "p": 1, "z": 9}), pd.Index(["p", "q"]), "people", "人口")
    Traceback (most recent call last):
        ...
    geo.errors.InputError: 字段 field people: 人口有 1 个编号不在表中：['z']，请更正或去掉 / people: 1 ids unknown to the table: ['z']; correct or drop them
    """
    if not isinstance(values, pd.Series):
        raise InputError(
            [
                Finding(
                    "error", f"{zh}须为按编号索引的一列（Series）", f"{name} must be a Series indexed by id", field=name
                )
            ]
        )
    if values.index is not ids and not values.index.equals(ids):
        unique(values.index, name, zh)
        missing, unknown = ids.difference(values.index, sort=False), values.index.difference(ids, sort=False)
        told = (
            (missing, f"{zh}缺少 {len(missing)} 个编号", f"{name}: {len(missing)} ids missing", "请补上", "add them"),
            (unknown, f"{zh}有 {len(unknown)} 个编号不在表中", f"{name}: {len(unknown)} ids unknown to the table", "请更正或去掉", "correct or drop them"),
        )  # fmt: skip
        wrong = [
            Finding("error", f"{what}：{list(bad[:SHOWN])}，{mend}", f"{en}: {list(bad[:SHOWN])}; {do}", field=name)
            for bad, what, en, mend, do in told
            if len(bad)
        ]
        if wrong:
            raise InputError(wrong)
        values = values.reindex(ids)
    try:
        # A copy: pandas lends its own read-only, and compiled code for that is other code, compiled anew.
        found = values.to_numpy(np.float64, copy=True, na_value=np.nan)
    except (TypeError, ValueError):
        raise InputError(
            [
                Finding(
                    "error",
                    f"{zh}含有非数字，请改为数字",
                    f"{name} holds values that are not numbers; give numbers",
                    field=name,
                )
            ]
        ) from None
    bad = ~(np.isfinite(found) & (found >= 0))
    if bad.any():
        where, shown = list(ids[bad][:SHOWN]), found[bad][:SHOWN].tolist()
        raise InputError(
            [
                Finding(
                    "error",
                    f"{zh}有 {int(bad.sum())} 个值缺失、为负或无穷（编号 {where}：{shown}）；请改为不小于 0 的数，或先去掉这些行",
                    f"{name}: {int(bad.sum())} values missing, negative or infinite (ids {where}: {shown}); use numbers >= 0, or drop those rows",
                    field=name,
                )
            ]
        )
    return found
