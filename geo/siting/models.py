"""The location models on arrays: from a cost table to chosen columns, their value and a true bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from geo.siting.clock import Clock
from geo.siting.cover import dominated, fewest, packed
from geo.siting.median import Reduced, branch, search
from geo.siting.tables import Rows, cost_rows

__all__ = ["Outcome", "center", "cover_all", "cover_most", "filled", "median"]

Array = np.ndarray[Any, Any]
EXACT_ENTRIES = 60_000
"""Entries after reductions up to which HiGHS is asked to prove a maximal cover."""
HOPELESS_GAP = 0.004
"""Gap at the root above which branching on a large maximal cover is not tried."""
BRANCH_WORK = 1e8
"""Entries times nodes after which branching on a large maximal cover is given up."""
DENSE = 2_000_000
"""Entries of a cost table up to which no candidate is left out of a row at first."""


@dataclass(frozen=True)
class Outcome:
    """Columns chosen besides the fixed ones, the value of the model, and its bound.

    Examples
    --------
    >>> Outcome(np.array([1]), 7.0, 7.0).columns.tolist()
    [1]
    """

    columns: Array
    value: float
    bound: float


def filled(columns: Array, fixed: Array, p: int, total: int) -> Array:
    """Return the columns completed to ``p`` with the first ones not used; none of them changes the value.

    Examples
    --------
    >>> filled(np.array([2]), np.array([0]), 3, 5).tolist()  # 0 is fixed, 2 chosen, 1 the first that is left
    [1, 2]
    """
    used = np.zeros(total, bool)
    used[columns] = used[fixed] = True
    spare = np.flatnonzero(~used)[: max(p - len(fixed) - len(columns), 0)]
    return np.sort(np.concatenate((columns, spare)).astype(np.int64))


def cover_most(reach: Array, weight: Array, p: int, fixed: Array, clock: Clock, start: Array | None = None) -> Outcome:
    """Return the columns that cover most weight; value and bound in weight covered.

    Examples
    --------
    >>> reach = np.array([[True, False], [False, True], [False, True]])
    >>> found = cover_most(reach, np.array([5.0, 4.0, 3.0]), 1, np.empty(0, np.int64), Clock(5.0))
    >>> found.columns.tolist(), found.value, found.bound
    ([1], 7.0, 7.0)
    """
    done = reach[:, fixed].any(1)
    base = float(weight[done].sum())
    rows = ~done & (weight > 0) & reach.any(1)
    free = np.setdiff1d(np.arange(reach.shape[1]), fixed)
    table, weight = reach[np.ix_(rows, free)], weight[rows]
    if len(table):
        _, first, member = np.unique(packed(table), axis=0, return_index=True, return_inverse=True)
        table, weight = table[first], np.bincount(member.ravel(), weights=weight)
    best = table.any(0)
    best[best] = ~dominated(table[:, best].T, clock, larger=False)
    table, free = table[:, best], free[best]
    left = p - len(fixed)
    total = float(weight.sum())
    if left <= 0 or len(free) <= left:
        gain = total if left > 0 else 0.0
        return Outcome(free[: max(left, 0)], base + gain, base + gain)
    near = sparse.csr_array(table)
    problem = Rows.build(near.indptr, near.indices, np.zeros(near.nnz), weight, len(free))
    if start is not None:
        start = filled(np.flatnonzero(np.isin(free, start))[:left], np.empty(0, np.int64), left, len(free))
    clock.total = base + total
    state = search(problem, left, np.ones(len(free), bool), clock, start=start, effort=4e7)
    if not state.proven() and clock.left() > 0:
        _finish(state, clock, base + total)
    return Outcome(free[state.best], base + total - state.cost, base + total - state.bound)


def _finish(state: Reduced, clock: Clock, total: float) -> None:
    """Prove a maximal cover by HiGHS when small, by branching when the gap is small, else leave it open."""
    gap = (state.cost - state.bound) / max(total - state.cost, 1e-300)
    if len(state.rows.col) <= EXACT_ENTRIES:
        _highs(state, clock)
    elif gap <= HOPELESS_GAP:
        branch(state, clock, nodes=int(np.clip(BRANCH_WORK / len(state.rows.col), 50, 100_000)))


def _highs(state: Reduced, clock: Clock) -> None:
    """Ask HiGHS for a maximal cover better than the best known, among the columns still open."""
    rows, free = state.rows, np.flatnonzero(state.usable)
    live = np.flatnonzero((rows.cap > 0) & (np.diff(rows.ptr) > 0))
    lost = float(rows.cap.sum() - rows.cap[live].sum())
    matrix = sparse.csr_array((np.ones(len(rows.col)), rows.col, rows.ptr), shape=(len(rows.cap), rows.columns))
    matrix = matrix[live][:, free]
    n, m = matrix.shape
    weight = rows.cap[live]
    picks = np.concatenate((np.ones(m), np.zeros(n)))
    better = np.concatenate((np.zeros(m), weight))
    answer = milp(
        np.concatenate((np.zeros(m), -weight)),
        constraints=[
            LinearConstraint(sparse.hstack([matrix, -sparse.eye_array(n)], format="csr"), 0, np.inf),
            LinearConstraint(picks[None], state.p, state.p),
            LinearConstraint(better[None], weight.sum() + lost - state.goal(), np.inf),
        ],
        bounds=Bounds(0, 1),
        integrality=picks,
        options={"time_limit": max(clock.left(), 0.05), "mip_rel_gap": 0.0},
    )
    if answer.x is not None:
        sites = free[answer.x[:m] > 0.5]
        state.improve(sites, float(rows.served_by(sites).sum()))
    if answer.status in (0, 2):
        state.bound = state.cost
    elif answer.mip_dual_bound is not None and np.isfinite(answer.mip_dual_bound):
        state.raise_to(weight.sum() + lost + answer.mip_dual_bound - 1e-7 * weight.sum())


def cover_all(reach: Array, fixed: Array, clock: Clock) -> Outcome:
    """Return the fewest columns that reach every row; value and bound count the fixed ones.

    Examples
    --------
    >>> reach = np.array([[True, False], [True, True], [False, True]])
    >>> found = cover_all(reach, np.empty(0, np.int64), Clock(5.0))
    >>> found.columns.tolist(), found.value, found.bound
    ([0, 1], 2, 2)
    """
    rows = ~reach[:, fixed].any(1)
    free = np.setdiff1d(np.arange(reach.shape[1]), fixed)
    cover = fewest(reach[np.ix_(rows, free)], clock)
    return Outcome(free[cover.columns], len(fixed) + len(cover.columns), len(fixed) + cover.bound)


def median(cost: Array, weight: Array, p: int, fixed: Array, clock: Clock, start: Array | None = None) -> Outcome:
    """Return the columns of least weighted cost; value and bound in weight times cost.

    The value is infinite if no plan found serves everyone. Only the nearest candidates of each row are looked at;
    when a row of the plan needs one further away, more are taken and the search is repeated.

    Examples
    --------
    >>> cost = np.array([[100.0, 900.0], [400.0, 100.0], [900.0, 400.0]])
    >>> found = median(cost, np.array([10.0, 20.0, 30.0]), 1, np.empty(0, np.int64), Clock(5.0))
    >>> found.columns.tolist(), found.value
    ([1], 23000.0)
    """
    live = weight > 0
    cost, weight = cost[live], weight[live]
    left, m = p - len(fixed), cost.shape[1]
    if not len(cost):
        return Outcome(np.empty(0, np.int64), 0.0, 0.0)
    base = cost[:, fixed].min(1) if len(fixed) else np.full(len(cost), np.inf)
    if left == 0:
        value = float(base @ weight)
        return Outcome(np.empty(0, np.int64), value, value)
    largest = float(cost[np.isfinite(cost)].max(initial=0.0))
    usable = np.ones(m, bool)
    usable[fixed] = False
    keep = m if cost.size <= DENSE else int(np.clip(np.ceil(12 * m / left), 60, m))
    far = 4 * largest + 1
    while True:
        rows = cost_rows(cost, weight, keep, far)
        cap = np.minimum(rows.cap, np.where(np.isfinite(base), base, far) * weight)
        if len(fixed):
            rows = rows.capped(cap, usable)
        state = search(rows, left, usable, clock, start=start)
        if not state.proven() and clock.left() > 0:
            branch(state, clock)
        value = float(np.minimum(base, cost[:, state.best].min(1)) @ weight)
        if value <= state.cost * (1 + 1e-9) or clock.left() <= 0:
            return Outcome(state.best, value, min(state.bound, value))
        start = state.best
        if keep < m:
            keep = min(m, 3 * keep)
            continue
        if np.isfinite(value) or far > 1e5 * (largest + 1):
            return Outcome(state.best, value, min(state.bound, value))
        cover = fewest(np.isfinite(cost[np.ix_(~np.isfinite(base), usable)]), clock, target=left)
        if len(cover.columns) > left:
            return Outcome(state.best, np.inf, state.bound)
        start = filled(np.flatnonzero(usable)[cover.columns], fixed, p, m)
        far = 1e6 * (largest + 1)


def center(cost: Array, p: int, fixed: Array, clock: Clock) -> Outcome:
    """Return the columns of least largest distance, by bisection over the distances with a set cover at each.

    The value is infinite if p columns cannot reach every row (proven: then the bound is infinite too).
    Minieka, E. (1970) SIAM Review 12, 138-139.

    Examples
    --------
    >>> cost = np.array([[100.0, 800.0], [400.0, 100.0], [900.0, 400.0]])
    >>> found = center(cost, 1, np.empty(0, np.int64), Clock(5.0))
    >>> found.columns.tolist(), found.value, found.bound
    ([1], 800.0, 800.0)
    """
    base = cost[:, fixed].min(1) if len(fixed) else np.full(len(cost), np.inf)
    left = p - len(fixed)
    free = np.setdiff1d(np.arange(cost.shape[1]), fixed)
    table = cost[:, free]
    best = free[:0]
    high = float(base.max())
    if left == 0 or not len(free):
        return Outcome(best, high, high)
    at_least = float(np.minimum(base, table.min(1)).max())
    best, high = _farthest_first(table, base, left)
    pool = np.concatenate((base, table.ravel()))
    steps = np.unique(pool[(pool >= at_least) & (pool <= high) & np.isfinite(pool)])
    if not np.isfinite(high):
        steps = np.append(steps, np.inf)
    low, top = -1, len(steps) - 1
    # First bisect with the quick search alone, where "not found" counts as no; then prove, just below the best
    # found first: mostly that one proof is all it takes.
    tried = -1
    for exact in (False, True):
        tried = low
        while top - tried > 1 and clock.left() > 0:
            at = top - 1 if exact and tried == low else (tried + top) // 2
            budget = Clock((0.5 if exact else 1.0) * clock.left())
            cover = fewest(table[base > steps[at]] <= steps[at], budget, target=left, effort=0.05, exact=exact)
            if len(cover.columns) <= left:
                best = cover.columns
                top = int(np.searchsorted(steps, _radius(table, base, best)))
            elif cover.bound > left:
                low = tried = at
            elif exact and at == top - 1 and tried == low:
                tried = low = _proven_below(table, base, steps, low, at, left, clock)
                break
            else:
                tried = at
            if not clock.tell(float(steps[top]), float(steps[low + 1])):
                break
    return Outcome(free[best], float(steps[top]), float(steps[low + 1]))


def _proven_below(table: Array, base: Array, steps: Array, low: int, high: int, left: int, clock: Clock) -> int:
    """Return the largest step found at which ``left`` columns are proven too few; it is open at ``high``."""
    while high - low > 1 and clock.left() > 0:
        at = (low + high) // 2
        budget = Clock(0.4 * clock.left())
        cover = fewest(table[base > steps[at]] <= steps[at], budget, target=left, effort=0.05)
        low, high = (at, high) if cover.bound > left else (low, at)
    return low


def _radius(table: Array, base: Array, columns: Array) -> float:
    return float(np.minimum(base, table[:, columns].min(1) if len(columns) else np.inf).max())


def _farthest_first(table: Array, base: Array, count: int) -> tuple[Array, float]:
    """Return columns opened one by one, each the nearest to the row then served worst."""
    served, chosen = base.copy(), []
    for _ in range(count):
        row = int(served.argmax())
        column = int(table[row].argmin())
        chosen.append(column)
        served = np.minimum(served, table[:, column])
    return np.unique(chosen), float(served.max())
