"""What it is worth to know a number before deciding: value of information, from what each plan brings in many draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InputError
from geo.text import Text

__all__ = ["NOTHING", "SURE", "Decided", "Worth", "best_on_average", "exactly", "worth_of_knowing"]

SURE = 2.0
"""Standard errors by which a limit is farther out than its estimate (97.7 % of a normal law lie within on that side)."""
PARTS = 8
"""Into how many parts the inner draws are divided: what is chosen by seven is judged by the eighth."""


@dataclass(frozen=True)
class Decided:
    """The plan that is best on average, and what perfect knowledge would bring beyond it.

    Examples
    --------
    >>> best_on_average([[4.0, 3.0], [0.0, 3.0]])
    Decided(option=1, mean=3.0, perfect=0.5, error=0.5)
    """

    option: int
    """Which plan (column) has the greatest mean."""
    mean: float
    """What it brings on average [persons]."""
    perfect: float
    """Expected value of perfect information [persons]: by how much the best plan of each draw beats it on average."""
    error: float
    """Standard error of ``perfect`` [persons]."""


@dataclass(frozen=True)
class Worth:
    """What knowing one input is worth [persons].

    Examples
    --------
    >>> Worth(40.0, 5.0, 30.0, 50.0).told, Worth(1.0, 2.0, -3.0, 4.0).told
    (True, False)
    """

    value: float
    """Best estimate, the noise of the inner means taken out; at least 0."""
    error: float
    """Standard error of ``value``."""
    low: float
    """What it is worth at least: two standard errors below an estimate that is never too great in expectation."""
    high: float
    """What it is worth at most: two standard errors above an estimate that is never too small in expectation."""

    @property
    def told(self) -> bool:
        """Whether the value stands out of its noise: otherwise say "no more than ``high``", and give it no rank.

        Examples
        --------
        >>> Worth(0.0, 0.0, 0.0, 0.0).told
        False
        """
        return self.low > 0


NOTHING = Worth(0.0, 0.0, 0.0, 0.0)
"""What is known already is worth nothing more."""


def best_on_average(utility: ArrayLike) -> Decided:
    """Return the plan to be chosen now, and what knowing everything first would bring.

    Parameters
    ----------
    utility
        What each plan brings in each draw [persons], shape (draws, options). Of plans with the same mean the first is
        chosen.

    Raises
    ------
    InputError
        If there is no draw, no plan, or a number that is missing.

    Notes
    -----
    Raiffa, H. & Schlaifer, R. (1961) Applied Statistical Decision Theory, Harvard. The mean of the greatest is taken over
    the plans given: other plans can only add to it.

    Examples
    --------
    >>> best_on_average([[10.0, 0.0], [0.0, 8.0]]).perfect  # (10 + 8) / 2 - 5
    4.0
    """
    table = _checked(utility, 2)
    mean = table.mean(axis=0)
    option = int(mean.argmax())
    beyond = table.max(axis=1) - table[:, option]
    return Decided(option, float(mean[option]), float(beyond.mean()), _error(beyond))


def worth_of_knowing(utility: ArrayLike, mean: ArrayLike | None = None) -> Worth:
    """Return what it is worth to know one input before deciding (expected value of partial perfect information).

    Parameters
    ----------
    utility
        What each plan brings [persons], shape (outer, inner, options). Along ``outer`` the input takes its draws; along
        ``inner`` all others take theirs, **the same ones for every outer draw**.
    mean
        What each plan brings on average [persons], shape (options,), from a larger sample; from ``utility`` where not given.

    Returns
    -------
    worth
        Value, standard error, and limits on either side. Exactly nothing where the input moves no plan.

    Raises
    ------
    InputError
        If there are fewer than two inner draws, shapes do not fit, or a number is missing.

    Notes
    -----
    With ``u_k(x)`` the mean of plan k over the inner draws at input x, the value is the mean over x of max_k u_k(x), less
    max_k of the mean of u_k. Because every x meets the same inner draws, what they add to a plan at every x is one number a
    plan, which is replaced by ``mean``: only the interaction of the input with the others is left as noise. It makes the
    greatest too great. How much it scatters is known by an analysis of variance, and what a plan has more or less than the
    plan of now at x is drawn in so far that its variance is that of the truth, as in Jalal, H. & Alarid-Escudero, F. (2018)
    Medical Decision Making 38, 174-188. ``high`` is the value before that (never too small in expectation, by Jensen's
    inequality); ``low`` chooses by seven parts of the inner draws and judges by the eighth (never too great); both with two standard
    errors, which join the scatter over the outer draws and that between the parts of the inner ones.

    Examples
    --------
    Plan 0 brings 10 or 0 as the input falls, plan 1 brings 6 at any rate: knowing it first is worth (10 + 6) / 2 - 6.

    >>> worth_of_knowing([[[10.0, 6.0], [10.0, 6.0]], [[0.0, 6.0], [0.0, 6.0]]]).value
    2.0
    """
    table = _checked(utility, 3)
    inner, options = table.shape[1:]
    if inner < 2:
        raise _fail("每个取值至少需两个内层情形", "at least two inner draws are needed")
    centre = table.mean(axis=(0, 1)) if mean is None else _checked(mean, 1)
    if centre.shape != (options,):
        raise _fail(
            f"平均值须有 {options} 个方案，现为 {centre.shape}",
            f"mean must have {options} plans, it has {centre.shape}",
        )
    now = int(centre.argmax())
    means = _centred(table, centre)
    naive = means.max(axis=1)
    drawn_in = _drawn_in(table, centre, now).max(axis=1)
    parts = np.array_split(np.arange(inner), min(inner, PARTS))
    judged, plain = _judged(table, centre, parts), np.array([_centred(table[:, p], centre).max(axis=1).mean() for p in parts])  # fmt: skip
    error = float(np.hypot(_error(_moved(drawn_in, means - means[:, [now]])), _error(plain)))
    wide = SURE * float(np.hypot(_error(_moved(naive, means)), _error(plain)))
    far = SURE * float(np.hypot(_error(_moved(judged.mean(axis=0), means)), _error(judged.mean(axis=1))))
    high, low = float(naive.mean() - centre[now]) + wide, float(judged.mean() - centre[now]) - far
    value = max(float(drawn_in.mean()), 0.0)
    # The last bits of sums of thousands are nobody: what is worth nothing is worth exactly nothing.
    rest = 1e-9 * float(np.abs(table).max())
    value, low, high = (0.0 if abs(v) <= rest else v for v in (value, low, high))
    return Worth(value, error, min(low, high), high)


def _judged(
    table: NDArray[np.float64], centre: NDArray[np.float64], parts: Sequence[NDArray[np.int64]]
) -> NDArray[np.float64]:
    """Return what is chosen by all other parts of the inner draws as each part judges it, shape (parts, outer)."""
    inner = np.arange(table.shape[1])
    found = []
    for part in parts:
        chosen = _centred(table[:, np.setdiff1d(inner, part)], centre).argmax(axis=1)
        found.append(_centred(table[:, part], centre)[np.arange(len(table)), chosen])
    return np.array(found)


def _drawn_in(table: NDArray[np.float64], centre: NDArray[np.float64], now: int) -> NDArray[np.float64]:
    """Return what each plan has more than the plan of now at each outer draw, with the variance of the truth."""
    outer, inner, _ = table.shape
    beyond = table - table[:, :, [now]]
    at, whole = beyond.mean(axis=1), beyond.mean(axis=(0, 1))
    left = beyond - at[:, None] - beyond.mean(axis=0) + whole
    noise = (left**2).sum(axis=(0, 1)) / (max(outer - 1, 1) * (inner - 1)) / inner
    seen = at.var(axis=0, ddof=1) if outer > 1 else np.zeros_like(whole)
    true = np.clip(1 - noise / np.where(seen > 0, seen, 1.0), 0.0, 1.0)
    drawn_in: NDArray[np.float64] = centre - centre[now] + np.sqrt(true) * (at - whole)
    return drawn_in


def _moved(best: NDArray[np.float64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how much each outer draw moves the mean of ``best``, all being centred on the mean of the plans."""
    chosen = np.bincount(means.argmax(axis=1), minlength=means.shape[1]) / len(means)
    moved: NDArray[np.float64] = best - means @ chosen
    return moved


def exactly(utility: ArrayLike, chances: Sequence[ArrayLike]) -> tuple[float, list[float]]:
    """Return the values of perfect and of partial information where every input has a few values only: by enumeration.

    Parameters
    ----------
    utility
        What each plan brings [persons], one axis an input and the last one of the plans.
    chances
        Of each input the probabilities of its values, in the order of its axis.

    Returns
    -------
    perfect
        What knowing all inputs first is worth [persons].
    partial
        What knowing each of them alone is worth [persons], in the order of the axes. All together they may be worth less
        than ``perfect``, or more.

    Raises
    ------
    InputError
        If the axes and chances do not fit, or the chances of an input are no probabilities.

    Examples
    --------
    Plan 1 pays where both inputs agree, and costs as much where they do not: neither alone says anything.

    >>> exactly([[[0, 1], [0, -1]], [[0, -1], [0, 1]]], [[0.5, 0.5], [0.5, 0.5]])
    (0.5, [0.0, 0.0])
    """
    table, laws = _checked(utility, len(chances) + 1), [np.asarray(c, float) for c in chances]
    for axis, law in enumerate(laws):
        if law.shape != table.shape[axis : axis + 1] or (law < 0).any() or not np.isclose(law.sum(), 1):
            raise _fail(
                f"第 {axis + 1} 项须有 {table.shape[axis]} 个和为 1 的概率",
                f"input {axis + 1} needs {table.shape[axis]} probabilities that sum to 1",
            )
    now = float(_mean(table, laws, keep=None).max())
    best = table.max(axis=-1)
    for law in reversed(laws):
        best = best @ law
    partial = [float(law @ _mean(table, laws, keep=axis).max(axis=-1)) - now for axis, law in enumerate(laws)]
    return float(best) - now, partial


def _mean(table: NDArray[np.float64], laws: Sequence[NDArray[np.float64]], keep: int | None) -> NDArray[np.float64]:
    """Return the mean of each plan over all inputs but one."""
    for axis in range(len(laws) - 1, -1, -1):
        if axis != keep:
            table = np.tensordot(table, laws[axis], axes=(axis, 0))
    return table


def _centred(table: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each plan at each outer draw, its mean over all of them put at ``centre``."""
    given = table.mean(axis=1)
    moved: NDArray[np.float64] = given - given.mean(axis=0) + centre
    return moved


def _error(values: NDArray[np.float64]) -> float:
    """Return the standard error of the mean; of one draw there is none to tell, and it is taken as the value itself."""
    if len(values) < 2:
        return float(abs(values).sum())
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def _checked(values: ArrayLike, axes: int) -> NDArray[np.float64]:
    table: NDArray[np.float64] = np.asarray(values, float)
    if table.ndim != axes or not table.size:
        raise _fail(
            f"效用须有 {axes} 个维度且不为空，现为 {table.shape}",
            f"utilities must have {axes} axes and not be empty, they have shape {table.shape}",
        )
    if not np.isfinite(table).all():
        raise _fail("效用中有缺失或无穷的数", "a utility is missing or not finite")
    return table


def _fail(zh: str, en: str) -> InputError:
    return InputError(Text(zh, en))
