"""How unevenly a thing is spread over people: Gini, Palma, Theil, and the share below a standard.

Every measure counts people, not points: ``weights`` are the people at each point. All take values >= 0. Rows
of weight 0 count for nothing, whatever their value; a missing or negative value on a row that has people is an
error, because leaving it out would flatter the result. 0 ÷ 0 is NaN.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import Finding, InputError
from geo.text import Text

__all__ = ["gini", "lorenz", "palma", "share_below", "theil"]

Floats: TypeAlias = npt.NDArray[np.float64]
TOP, BOTTOM = 0.10, 0.40  # Palma's tenths: Palma (2011), Cobham & Sumner (2013)


def gini(values: pd.Series | npt.ArrayLike, weights: pd.Series | npt.ArrayLike | None = None) -> float:
    """Return the Gini coefficient of ``values`` over people: 0 all alike, towards 1 one has all.

    Parameters
    ----------
    values
        What each person at a point has (seats per person, metres to walk …), >= 0.
    weights
        People at each point [persons]; None counts every row once. Two Series must have the same ids.

    Returns
    -------
    gini
        Of the population (no small-sample factor n / (n - 1)); NaN if there is nobody or nothing to share.

    Raises
    ------
    InputError
        If lengths or ids differ, a weight is negative or missing, or a value with people is negative, missing
        or infinite.

    Notes
    -----
    Twice the area between the Lorenz curve and the diagonal, by trapezoids: exact for grouped data. Gini, C.
    (1912) Variabilità e mutabilità; Lerman, R. I. & Yitzhaki, S. (1989) Journal of Econometrics 42, 43-47,
    https://doi.org/10.1016/0304-4076(89)90074-2.

    Examples
    --------
    >>> round(gini([1, 2, 3, 4, 5]), 4), round(gini([0, 1], [3, 1]), 4)
    (0.2667, 0.75)
    """
    people, has = lorenz(values, weights)
    return float(1.0 - np.sum(np.diff(people) * (has[1:] + has[:-1])))


def palma(values: pd.Series | npt.ArrayLike, weights: pd.Series | npt.ArrayLike | None = None) -> float:
    """Return the Palma ratio: what the best-served tenth has over what the worst-served four tenths have.

    The quantile rule: both shares are read off the Lorenz curve by linear interpolation, so a point that
    straddles the limit is divided by people. Parameters and errors as `gini`.

    Returns
    -------
    palma
        0.25 if all have the same; ``inf`` if the worst-served 40 % have nothing; NaN if nobody or nothing.

    Notes
    -----
    Palma, J. G. (2011) Development and Change 42, 87-153, https://doi.org/10.1111/j.1467-7660.2011.01694.x;
    Cobham, A. & Sumner, A. (2013) Is it all about the tails?, Center for Global Development WP 343.

    Examples
    --------
    >>> round(palma([1, 1, 1, 1]), 6), round(palma([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), 6)
    (0.25, 1.0)
    """
    people, has = lorenz(values, weights)
    if np.isnan(has).any():
        return float("nan")
    bottom = float(np.interp(BOTTOM, people, has))
    top = 1.0 - float(np.interp(1.0 - TOP, people, has))
    return top / bottom if bottom > 0 else float("inf")


def theil(values: pd.Series | npt.ArrayLike, weights: pd.Series | npt.ArrayLike | None = None) -> float:
    """Return the Theil index T: 0 all alike, up to ln(people) when one person has all.

    A value of 0 contributes 0 (the limit of x ln x). Parameters and errors as `gini`; NaN if nobody or nothing.

    Notes
    -----
    Theil, H. (1967) Economics and Information Theory, chapter 4: mean of (x / mean) ln(x / mean).

    Examples
    --------
    >>> round(theil([1, 1, 1]), 6), round(theil([0, 2]), 6)
    (0.0, 0.693147)
    """
    has, people = _checked(values, weights)
    total = people.sum()
    mean = float(np.dot(has, people) / total) if total > 0 else 0.0
    if mean <= 0:
        return float("nan")
    ratio = has / mean
    logs = np.log(ratio, out=np.zeros_like(ratio), where=ratio > 0)
    return float(np.dot(people, ratio * logs) / total)


def share_below(
    values: pd.Series | npt.ArrayLike, weights: pd.Series | npt.ArrayLike | None = None, *, limit: float
) -> float:
    """Return the share of people whose value is below ``limit``; exactly at the limit meets the standard.

    Parameters and errors as `gini`, but infinite values are allowed (an unreachable service is never below).
    NaN if there is nobody.

    Examples
    --------
    >>> share_below([0.5, 1.0, 2.0], [10, 20, 30], limit=1.0)
    0.16666666666666666
    """
    has, people = _checked(values, weights, finite=False)
    if np.isnan(limit):
        raise InputError([Finding("error", "limit 不能为空", "limit must be a number", field="limit")])
    total = people.sum()
    return float(people[has < limit].sum() / total) if total > 0 else float("nan")


def lorenz(
    values: pd.Series | npt.ArrayLike, weights: pd.Series | npt.ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Return the Lorenz curve: cumulative share of people, and of what they have, from (0, 0) to (1, 1).

    Rows of equal value are one straight piece, so their order does not matter. The second array is NaN where
    there is nobody or nothing to share. Parameters and errors as `gini`.

    Examples
    --------
    >>> people, has = lorenz([0, 1, 3], [2, 1, 1])  # two have nothing, one a quarter, one the rest
    >>> people.tolist(), has.tolist()
    ([0.0, 0.5, 0.75, 1.0], [0.0, 0.0, 0.25, 1.0])
    """
    has, people = _checked(values, weights)
    order = np.argsort(has, kind="stable")
    crowd = np.concatenate([[0.0], np.cumsum(people[order])])
    held = np.concatenate([[0.0], np.cumsum((has * people)[order])])
    if not (crowd[-1] > 0 and held[-1] > 0):
        return np.array([0.0, 1.0]), np.array([np.nan, np.nan])
    return crowd / crowd[-1], held / held[-1]


def _checked(
    values: pd.Series | npt.ArrayLike, weights: pd.Series | npt.ArrayLike | None, *, finite: bool = True
) -> tuple[Floats, Floats]:
    """Return values and weights of the rows that have people."""
    has = np.asarray(values, dtype=float).ravel()
    if weights is None:
        people = np.ones(has.size)
    else:
        if isinstance(values, pd.Series) and isinstance(weights, pd.Series):
            weights = _matched(weights, values.index)
        people = np.asarray(weights, dtype=float).ravel()
    if people.size != has.size:
        raise InputError(
            Text(
                f"数值 {has.size} 个而权重 {people.size} 个，应一样多",
                f"{has.size} values but {people.size} weights: they must be as many",
            )
        )
    bad_weights = ~((people >= 0) & np.isfinite(people))
    if bad_weights.any():
        raise _bad("weights", "权重", bad_weights)
    has, people = has[people > 0], people[people > 0]
    bad_values = ~(has >= 0) | (np.isinf(has) if finite else False)
    if bad_values.any():
        raise _bad("values", "数值", bad_values)
    return has, people


def _matched(weights: pd.Series, ids: pd.Index) -> pd.Series:
    if weights.index.equals(ids):
        return weights
    if weights.index.has_duplicates or ids.has_duplicates or len(ids.symmetric_difference(weights.index)):
        raise InputError(
            Text("数值与权重的编号不一致，请用同一组编号", "values and weights have different ids: use the same ones")
        )
    return weights.reindex(ids)


def _bad(field: str, zh: str, mask: npt.NDArray[np.bool_]) -> InputError:
    count, first = int(mask.sum()), int(np.flatnonzero(mask)[0]) + 1
    return InputError(
        [
            Finding(
                "error",
                f"{zh}有 {count} 个为负、缺失或无穷；请补全，或把这些行去掉并说明",
                f"{count} {field} are negative, missing or infinite; complete them, or drop those rows and say so",
                row=first,
                field=field,
            )
        ]
    )
