"""Which choice of sites fares best in the worst draws: sites exchanged one by one, each valued in every draw.

A *loss* is what a choice of sites falls short of a target in a draw [persons]. The *mean of the worst* gives each draw at
most a ``share``: 1 ÷ number of draws is the mean of all, 10 ÷ that the mean of the worst tenth (CVaR, Rockafellar, R. &
Uryasev, S. (2000) Journal of Risk 2, 21-41), 1 the one worst draw (least regret: Savage, L. (1951) Journal of the American
Statistical Association 46, 55-67).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.kernel import kernel
from geo.siting.clock import Clock
from geo.siting.robust_draws import Draws

__all__ = ["best_exchanges", "exchanged", "mean_of_worst", "substitutes", "worst_shares"]

Array = np.ndarray[Any, Any]


@kernel
def _mean(loss, share):  # type: ignore[no-untyped-def]
    ordered = np.sort(loss)
    left, total = 1.0, 0.0
    for k in range(ordered.shape[0] - 1, -1, -1):
        part = min(share, left)
        total += part * ordered[k]
        left -= part
        if left <= 0:
            break
    return total


def mean_of_worst(loss: Array, share: float) -> float:
    """Return the mean of the greatest losses, each draw counting at most ``share``.

    Examples
    --------
    >>> loss = np.array([1.0, 7.0, 4.0, 2.0])
    >>> mean_of_worst(loss, 0.25), mean_of_worst(loss, 0.5), mean_of_worst(loss, 1.0)
    (3.5, 5.5, 7.0)
    """
    return float(_mean(loss, share))


def worst_shares(loss: Array, share: float) -> Array:
    """Return by how much each draw counts in :func:`mean_of_worst`; they add up to 1.

    Examples
    --------
    >>> worst_shares(np.array([1.0, 7.0, 4.0, 2.0]), 0.4).round(3).tolist()
    [0.0, 0.4, 0.4, 0.2]
    """
    order = np.argsort(-loss, kind="stable")
    shares = np.empty(len(loss))
    shares[order] = np.clip(1.0 - share * np.arange(len(loss)), 0.0, share)
    return shares


@kernel
def _exchanges(cptr, crow, cdepth, weight, usable, sites, target, share, alarm):  # type: ignore[no-untyped-def]
    """Return the mean of the worst losses with column r instead of the s-th site, for all r and s."""
    n, draws = weight.shape
    m, p = usable.shape[0], sites.shape[0]
    result = np.full((m, p), np.inf)
    reach, loss, trial = np.empty(n, np.int64), np.empty(draws), np.empty(draws)
    chosen = np.zeros(m, np.bool_)
    chosen[sites] = True
    for s in range(p):
        reach[:] = 0
        for other in range(p):
            if other != s:
                for e in range(cptr[sites[other]], cptr[sites[other] + 1]):
                    reach[crow[e]] = max(reach[crow[e]], cdepth[e])
        loss[:] = target
        for i in range(n):
            for t in range(reach[i]):
                loss[t] -= weight[i, t]
        for r in range(m):
            if alarm[0]:
                return result
            if chosen[r] or not usable[r]:
                continue
            trial[:] = loss
            for e in range(cptr[r], cptr[r + 1]):
                i = crow[e]
                for t in range(reach[i], cdepth[e]):
                    trial[t] -= weight[i, t]
            result[r, s] = _mean(trial, share)
    return result


def exchanged(draws: Draws, columns: Array, target: Array, share: float, clock: Clock) -> tuple[Array, float]:
    """Return the columns with one exchanged for another while the mean of the worst losses falls, and that mean.

    Examples
    --------
    >>> from scipy import sparse
    >>> metres = sparse.csr_array(np.array([[100.0, 0.0], [0.0, 100.0]]))
    >>> weight = np.array([[9.0, 5.0], [1.0, 5.0]])
    >>> draws = Draws.build(metres, weight, np.zeros((2, 2), bool), np.array([400.0, 400.0]), Clock(5.0))
    >>> exchanged(draws, np.array([0]), np.zeros(2), 1.0, Clock(5.0))  # the second never serves fewer than 5
    (array([1]), -5.0)
    """
    columns = np.array(columns, np.int64)
    best = mean_of_worst(target - draws.sorted_value(columns), share)
    while len(columns) and clock.left() > 0:
        found = _exchanges(*draws.by_column, draws.weight, draws.usable, columns, target, share, clock.alarm)
        at = int(found.argmin())
        other = columns.copy()
        other[at % len(columns)] = at // len(columns)
        # Valued anew: the sums of an exchange are taken in another order.
        value = mean_of_worst(target - draws.sorted_value(other), share) if np.isfinite(found.flat[at]) else np.inf
        if not value < best - 1e-12 * max(abs(best), 1.0):
            break
        columns, best = other, value
    return columns, best


def best_exchanges(draws: Draws, columns: Array, target: Array, share: float, clock: Clock) -> tuple[Array, Array]:
    """Return the best substitute of each column, and by how much the mean of the worst losses grows with it.

    A column is -1 and its loss NaN where no other candidate is left, or the time is over.

    Examples
    --------
    >>> from scipy import sparse
    >>> metres = sparse.csr_array(np.array([[100.0, 0.0], [0.0, 100.0]]))
    >>> weight = np.array([[9.0, 5.0], [1.0, 5.0]])
    >>> draws = Draws.build(metres, weight, np.zeros((2, 2), bool), np.array([400.0, 400.0]), Clock(5.0))
    >>> [part.tolist() for part in best_exchanges(draws, np.array([1]), np.zeros(2), 1.0, Clock(5.0))]
    [[0], [4.0]]
    """
    columns = np.asarray(columns, np.int64)
    found = _exchanges(*draws.by_column, draws.weight, draws.usable, columns, target, share, clock.alarm)
    if not found.size or clock.left() <= 0:
        return np.full(len(columns), -1), np.full(len(columns), np.nan)
    now, by = mean_of_worst(target - draws.sorted_value(columns), share), found.argmin(axis=0)
    loss = np.maximum(found.min(axis=0) - now, 0.0)
    known = np.isfinite(loss)
    return np.where(known, by, -1), np.where(known, loss, np.nan)


@kernel
def _substitutes(cptr, crow, cdepth, weight, at, sites, worth, needed):  # type: ignore[no-untyped-def]
    n, m, p = weight.shape[0], cptr.shape[0] - 1, sites.shape[0]
    times, by = np.zeros(n, np.int64), np.full(n, -1, np.int64)
    for s in range(p):
        for e in range(cptr[sites[s]], cptr[sites[s] + 1]):
            if cdepth[e] > at:
                times[crow[e]] += 1
                by[crow[e]] = s
    loss, now = np.zeros(p), 0.0
    for i in range(n):
        if times[i] > 0:
            now += weight[i, at]
        if times[i] == 1:
            loss[by[i]] += weight[i, at]
    extra = np.empty(p)
    for r in range(m):
        gain = 0.0
        extra[:] = 0.0
        for e in range(cptr[r], cptr[r + 1]):
            i = crow[e]
            if cdepth[e] > at:
                if times[i] == 0:
                    gain += weight[i, at]
                elif times[i] == 1:
                    extra[by[i]] += weight[i, at]
        worth[r] = now + gain + (extra - loss).max()
    for s in range(p):
        worth[sites[s]] = now
        needed[s] = loss[s] > 0


def substitutes(draws: Draws, at: int, columns: Array) -> tuple[Array, Array]:
    """Return whom a plan serves in one draw with each candidate in it, put in for the site it replaces best.

    Returns
    -------
    worth
        Persons served in the draw that stands at place ``at``, one a candidate.
    needed
        Whether each site of the plan serves somebody there whom no other one does.

    Examples
    --------
    >>> from scipy import sparse
    >>> metres = sparse.csr_array(np.array([[100.0, 0.0], [0.0, 100.0]]))
    >>> weight = np.array([[9.0, 5.0], [1.0, 5.0]])
    >>> draws = Draws.build(metres, weight, np.zeros((2, 2), bool), np.array([400.0, 400.0]), Clock(5.0))
    >>> [part.tolist() for part in substitutes(draws, 0, np.array([0]))]
    [[9.0, 5.0], [True]]
    """
    worth, needed = np.zeros(len(draws.usable)), np.zeros(len(columns), bool)
    if len(columns):
        _substitutes(*draws.by_column, draws.weight, at, np.asarray(columns, np.int64), worth, needed)
    return worth, needed
