"""From checked tables to the sparse rows that the location solvers work on."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from geo.errors import Finding, InfeasibleError, InputError
from geo.text import Text

__all__ = ["Rows", "checked_cost", "checked_count", "checked_fixed", "cost_rows", "fail"]

Array = np.ndarray[Any, Any]


def fail(zh: str, en: str, *, field: str | None = None) -> InputError:
    """Return the error for bad input, said in both languages.

    Examples
    --------
    >>> fail("人数缺失", "people are missing", field="people").findings[0].field
    'people'
    """
    return InputError([Finding("error", zh, en, field=field)])


@dataclass(frozen=True)
class Rows:
    """Demand rows with the columns that serve them below ``cap``, cheapest first; and the same by column.

    Examples
    --------
    >>> rows = cost_rows(np.array([[100.0, 400.0], [900.0, 200.0]]), np.array([1.0, 2.0]), 2, 1000.0)
    >>> rows.served_by(np.array([0])).tolist(), rows.served_by(np.array([0, 1])).tolist()
    ([100.0, 1800.0], [100.0, 400.0])
    """

    ptr: Array
    col: Array
    val: Array
    cptr: Array
    crow: Array
    cval: Array
    cap: Array

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.cptr) - 1

    @property
    def forward(self) -> tuple[Array, Array, Array]:
        """The rows: pointer, column, cost."""
        return self.ptr, self.col, self.val

    @property
    def both(self) -> tuple[Array, Array, Array, Array, Array, Array, Array]:
        """The arrays that the swap kernels take: rows, columns, caps."""
        return self.ptr, self.col, self.val, self.cptr, self.crow, self.cval, self.cap

    @classmethod
    def build(cls, ptr: Array, col: Array, val: Array, cap: Array, columns: int) -> Rows:
        """Return rows with their transpose; entries of each row must come cheapest first."""
        ptr, col = ptr.astype(np.int64), col.astype(np.int32)
        by_row = sparse.csr_array((np.arange(len(col), dtype=np.int64) + 1, col, ptr), shape=(len(ptr) - 1, columns))
        by_col = by_row.tocsc()
        cval = val[by_col.data - 1]
        return cls(ptr, col, val.astype(float), by_col.indptr.astype(np.int64), by_col.indices.astype(np.int32),
                   cval.astype(float), cap.astype(float))  # fmt: skip

    def capped(self, cap: Array, keep: Array) -> Rows:
        """Return the rows with lower caps and only the columns of ``keep`` (same numbering)."""
        row = np.repeat(np.arange(len(self.cap)), np.diff(self.ptr))
        stay = keep[self.col] & (self.val < cap[row])
        ptr = np.concatenate(([0], np.cumsum(np.bincount(row[stay], minlength=len(cap)))))
        return Rows.build(ptr, self.col[stay], self.val[stay], cap, self.columns)

    def served_by(self, columns: Array) -> Array:
        """Return the cost of each row when these columns are open."""
        cost = self.cap.copy()
        for j in columns:
            at = slice(self.cptr[j], self.cptr[j + 1])
            np.minimum.at(cost, self.crow[at], self.cval[at])
        return cost

    def whole(self) -> bool:
        """Return whether every cost is a whole number (then so is every objective)."""
        return bool((self.val == np.rint(self.val)).all() and (self.cap == np.rint(self.cap)).all())


def cost_rows(cost: Array, weight: Array, keep: int, far: float) -> Rows:
    """Return rows of weight times cost with the ``keep`` nearest columns of each demand.

    A row that reaches fewer than ``keep`` columns is capped at weight times ``far``; a row cut short is capped at
    its last cost kept, which no column left out can undercut.

    Examples
    --------
    >>> rows = cost_rows(np.array([[100.0, 400.0], [900.0, 200.0]]), np.array([1.0, 2.0]), 1, 1000.0)
    >>> rows.col.tolist(), rows.cap.tolist()  # no column left out is cheaper than the cap
    ([], [100.0, 400.0])
    """
    m = cost.shape[1]
    if keep < m:
        near = np.argpartition(cost, keep - 1, axis=1)[:, :keep]
        near.sort(axis=1)
        near = np.take_along_axis(near, np.argsort(np.take_along_axis(cost, near, 1), axis=1, kind="stable"), 1)
    else:
        near = np.argsort(cost, axis=1, kind="stable")
    value = np.take_along_axis(cost, near, 1)
    reached = np.isfinite(value)
    cap = np.where(reached[:, -1], value[:, -1], far) * weight
    value = value * weight[:, None]
    stay = reached & (value < cap[:, None])
    ptr = np.concatenate(([0], np.cumsum(stay.sum(1))))
    return Rows.build(ptr, near[stay], value[stay], cap, m)


def checked_cost(cost: Any) -> pd.DataFrame:
    """Return the cost table as floats, demand × candidate; also from the network's sparse pairs.

    Raises
    ------
    InputError
        If it is empty, holds a missing or negative value, or names a candidate twice.

    Examples
    --------
    >>> checked_cost(pd.DataFrame({"A": [100, 200]})).to_numpy().tolist()
    [[100.0], [200.0]]
    >>> checked_cost(pd.DataFrame({"A": [100, -1]}))
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...1 cost values are negative, for example (1, A): write inf where there is no way
    """
    if not isinstance(cost, pd.DataFrame):
        if not all(hasattr(cost, name) for name in ("sources", "targets", "indptr", "indices", "metres")):
            raise fail(
                "成本必须是表格（需求点 × 备选点）", "cost must be a DataFrame, demand x candidate", field="cost"
            )
        table = np.full((len(cost.sources), len(cost.targets)), np.inf)
        table[np.repeat(np.arange(len(cost.sources)), np.diff(cost.indptr)), cost.indices] = cost.metres
        cost = pd.DataFrame(table, index=cost.sources, columns=cost.targets)
    if cost.shape[1] == 0:
        raise fail("没有备选点：请先给出备选点", "there is no candidate: provide candidates first", field="cost")
    if cost.shape[0] == 0:
        raise fail("没有需求点：请先给出需求", "there is no demand: provide demand points first", field="cost")
    for axis, zh, en in ((cost.columns, "备选点", "candidate"), (cost.index, "需求点", "demand point")):
        if not axis.is_unique:
            twice = axis[axis.duplicated()][0]
            raise fail(
                f"{zh} {twice} 出现多次：编号必须唯一", f"{en} {twice} appears twice: ids must be unique", field="cost"
            )
    try:
        table = cost.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise fail("成本必须是数字", "cost must be numbers", field="cost") from error
    for bad, zh, en in ((np.isnan(table), "缺失", "missing"), (table < 0, "为负", "negative")):
        if bad.any():
            row, column = np.argwhere(bad)[0]
            where = f"({cost.index[row]}, {cost.columns[column]})"
            raise fail(
                f"成本中有 {bad.sum()} 个值{zh}，例如 {where}：到不了的请写 inf",
                f"{bad.sum()} cost values are {en}, for example {where}: write inf where there is no way",
                field="cost",
            )
    return pd.DataFrame(table, index=cost.index, columns=cost.columns)


def checked_fixed(fixed: Iterable[Hashable], columns: pd.Index) -> Array:
    """Return the column numbers of the fixed sites, each once, in the order given.

    Examples
    --------
    >>> checked_fixed(["B", "B"], pd.Index(["A", "B"])).tolist()
    [1]
    """
    wanted = [fixed] if isinstance(fixed, str) else list(fixed)
    unknown = [site for site in wanted if not isinstance(site, Hashable) or site not in columns]
    if unknown:
        raise fail(
            f"固定的设施不在备选点中：{unknown[:5]}",
            f"fixed sites are not among the candidates: {unknown[:5]}",
            field="fixed",
        )
    return np.array([columns.get_loc(site) for site in dict.fromkeys(wanted)], dtype=np.int64)


def checked_count(p: Any, fixed: int, columns: int) -> int:
    """Return the number of sites as int; it counts the fixed ones.

    Raises
    ------
    InputError
        If it is not a whole number above zero.
    InfeasibleError
        If there are fewer candidates, or more fixed sites; ``shortage`` [sites].

    Examples
    --------
    >>> checked_count(3, 1, 5)
    3
    >>> checked_count(9, 1, 5)
    Traceback (most recent call last):
        ...
    geo.errors.InfeasibleError: ...9 sites asked for, 5 candidates: 4 short; add candidates or lower p
    """
    number = isinstance(p, (int, float, np.number)) and not isinstance(p, (bool, np.bool_))
    if not number or not np.isfinite(p) or p != int(p) or p < 1:
        raise fail(
            f"设施数 p 必须是大于 0 的整数，现在是 {p!r}", f"p must be a whole number above 0, not {p!r}", field="p"
        )
    p = int(p)
    if p > columns:
        raise InfeasibleError(
            Text(
                f"要选 {p} 处，只有 {columns} 个备选点，差 {p - columns} 个：请增加备选点或减小 p",
                f"{p} sites asked for, {columns} candidates: {p - columns} short; add candidates or lower p",
            ),
            shortage=p - columns,
        )
    if p < fixed:
        raise InfeasibleError(
            Text(
                f"已固定 {fixed} 处，p = {p} 少 {fixed - p} 处（p 含固定设施）",
                f"{fixed} sites are fixed, p = {p} is {fixed - p} short (p counts the fixed ones)",
            ),
            shortage=fixed - p,
        )
    return p
