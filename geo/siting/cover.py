"""The fewest columns that cover every row: reductions, row-weighting search, Lagrangian bound, HiGHS.

Reductions: Toregas, C. & ReVelle, C. (1972) Papers of the Regional Science Association 28, 133-144.
Search: Gao, C. et al. (2015) European Journal of Operational Research 246, 750-761 (row weighting).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse.csgraph import connected_components

from geo.kernel import kernel
from geo.siting.clock import Clock
from geo.siting.lagrange import ascend_cover
from geo.siting.swap import draw

__all__ = ["Cover", "dominated", "fewest", "packed"]

Array = np.ndarray[Any, Any]
EXACT_ENTRIES, DECISION_ENTRIES, EARLY_ENTRIES, EARLY_SECONDS = 30_000, 1_000_000, 15_000, 3.0
"""Entries after reductions up to which HiGHS is asked: for the fewest columns, for a decision on a given
number of them (easier), and before the long search, then for so many seconds."""


@dataclass(frozen=True)
class Cover:
    """Columns that cover all rows, and a true lower bound on their number.

    Examples
    --------
    >>> Cover(np.array([0, 2]), 2).bound
    2
    """

    columns: Array
    bound: int


def packed(table: Array) -> Array:
    """Return the rows of a Boolean table as 64-bit words.

    Examples
    --------
    >>> packed(np.eye(3, dtype=bool)).shape, packed(np.ones((2, 65), dtype=bool)).shape
    ((3, 1), (2, 2))
    """
    spare = -table.shape[1] % 64
    bits = np.packbits(np.pad(table, ((0, 0), (0, spare))), axis=1)
    return np.ascontiguousarray(bits).view(np.uint64)


@kernel
def _inside(bits, ptr, idx, tptr, tidx, drop_larger, alarm):  # type: ignore[no-untyped-def]
    n, words = bits.shape
    gone = np.zeros(n, np.bool_)
    for k in range(n):
        if alarm[0]:
            break
        if gone[k] or ptr[k] == ptr[k + 1]:
            continue
        rare, least = -1, 1 << 60
        for e in range(ptr[k], ptr[k + 1]):
            width = tptr[idx[e] + 1] - tptr[idx[e]]
            if width < least:
                rare, least = idx[e], width
        for e in range(tptr[rare], tptr[rare + 1]):
            i = tidx[e]
            if i == k or gone[i]:
                continue
            subset, equal = True, True
            for w in range(words):
                if bits[k, w] & ~bits[i, w]:
                    subset = False
                    break
                if bits[k, w] != bits[i, w]:
                    equal = False
            if subset and (drop_larger or (equal and i > k)):
                gone[i] = True
            elif subset:
                gone[k] = True
                break
    return gone


def dominated(table: Array, clock: Clock, *, larger: bool) -> Array:
    """Mark the rows whose set contains another's (``larger``) or lies within another's; of equals the first stays.

    Examples
    --------
    >>> dominated(np.array([[True, False], [True, True]]), Clock(5.0), larger=True).tolist()
    [False, True]
    >>> dominated(np.array([[True, False], [True, True]]), Clock(5.0), larger=False).tolist()
    [True, False]
    """
    by_row = sparse.csr_array(table)
    by_col = sparse.csr_array(table.T)
    return _inside(packed(table), by_row.indptr, by_row.indices, by_col.indptr, by_col.indices, larger, clock.alarm)


@kernel
def _weighting(ptr, col, cptr, crow, start, target, steps, seed, alarm):  # type: ignore[no-untyped-def]  # noqa: C901
    """Search by row weights for ever fewer columns, down to ``target``; return the mask of the best cover.

    Starts from the columns ``start``, completed greedily; stops once ``alarm`` sounds and there is a cover.
    """
    dice = np.full(1, seed * 7919 + 1, np.uint64)
    n, m = ptr.shape[0] - 1, cptr.shape[0] - 1
    weight, times = np.ones(n), np.zeros(n, np.int64)
    score = np.zeros(m)
    for j in range(m):
        score[j] = cptr[j + 1] - cptr[j]
    stamp, allowed = np.zeros(m, np.int64), np.ones(m, np.bool_)
    inside, best = np.zeros(m, np.bool_), np.ones(m, np.bool_)
    open_rows, spot = np.arange(n), np.arange(n)
    bare, size, smallest, last, first = n, 0, m + 1, -1, True
    for j in start:
        bare, size = _flip(j, ptr, col, cptr, crow, inside, times, weight, score, open_rows, spot, bare, size, allowed)
    for step in range(steps):
        if alarm[0] and smallest <= m:
            break
        while bare == 0:
            if size < smallest:
                smallest = size
                best[:] = inside
            if smallest <= target:
                return best
            out = -1
            for j in range(m):
                if inside[j] and (out < 0 or score[j] > score[out]):
                    out = j
            first = False
            bare, size = _flip(
                out, ptr, col, cptr, crow, inside, times, weight, score, open_rows, spot, bare, size, allowed
            )
        if not first:
            out = -1
            for j in range(m):
                if (
                    inside[j]
                    and j != last
                    and (out < 0 or score[j] > score[out] or (score[j] == score[out] and stamp[j] < stamp[out]))
                ):
                    out = j
            if out >= 0:
                bare, size = _flip(
                    out, ptr, col, cptr, crow, inside, times, weight, score, open_rows, spot, bare, size, allowed
                )
                stamp[out] = step
                allowed[out] = False
        while bare > 0 and (first or size + 1 < smallest):
            row, new = open_rows[draw(dice, bare)], -1
            for strict in range(2):
                for e in range(ptr[row], ptr[row + 1]):
                    j = col[e]
                    if (allowed[j] or strict == 1) and (
                        new < 0 or score[j] > score[new] or (score[j] == score[new] and stamp[j] < stamp[new])
                    ):
                        new = j
                if new >= 0:
                    break
            if first:
                for j in range(m):
                    if not inside[j] and score[j] > score[new]:
                        new = j
            bare, size = _flip(
                new, ptr, col, cptr, crow, inside, times, weight, score, open_rows, spot, bare, size, allowed
            )
            stamp[new] = step
            last = new
        for e in range(0 if first else bare):
            i = open_rows[e]
            weight[i] += 1.0
            for f in range(ptr[i], ptr[i + 1]):
                score[col[f]] += 1.0
    return best


@kernel
def _flip(  # type: ignore[no-untyped-def]  # noqa: C901
    j, ptr, col, cptr, crow, inside, times, weight, score, open_rows, spot, bare, size, allowed
):
    """Add or remove column j; a column's score is what adding it gains, or minus what removing it loses."""
    adding = not inside[j]
    inside[j] = adding
    score[j] = -score[j]
    size += 1 if adding else -1
    for e in range(cptr[j], cptr[j + 1]):
        i = crow[e]
        if adding:
            times[i] += 1
            if times[i] == 1:
                bare -= 1
                moved = open_rows[bare]
                open_rows[spot[i]], spot[moved] = moved, spot[i]
                for f in range(ptr[i], ptr[i + 1]):
                    if col[f] != j:
                        score[col[f]] -= weight[i]
                        allowed[col[f]] = True
            elif times[i] == 2:
                for f in range(ptr[i], ptr[i + 1]):
                    if col[f] != j and inside[col[f]]:
                        score[col[f]] += weight[i]
                        break
        else:
            times[i] -= 1
            if times[i] == 0:
                open_rows[bare], spot[i] = i, bare
                bare += 1
                for f in range(ptr[i], ptr[i + 1]):
                    if col[f] != j:
                        score[col[f]] += weight[i]
                        allowed[col[f]] = True
            elif times[i] == 1:
                for f in range(ptr[i], ptr[i + 1]):
                    if inside[col[f]]:
                        score[col[f]] -= weight[i]
                        break
    return bare, size


def _reduced(table: Array, clock: Clock) -> tuple[Array, Array, Array]:
    """Return the rows and columns that must still be decided, and the columns that every cover needs."""
    rows, cols = np.arange(table.shape[0]), np.arange(table.shape[1])
    needed: list[int] = []
    while len(rows) and clock.left() > 0:
        before = (len(rows), len(cols), len(needed))
        rows = rows[~dominated(table[np.ix_(rows, cols)], clock, larger=True)]
        cols = cols[~dominated(table[np.ix_(rows, cols)].T, clock, larger=False)]
        part = table[np.ix_(rows, cols)]
        cols, part = cols[part.any(0)], part[:, part.any(0)]
        single = part.sum(1) == 1
        if single.any():
            must = np.unique(part[single].argmax(1))
            needed += cols[must].tolist()
            keep = ~part[:, must].any(1)
            rows = rows[keep]
            cols = np.delete(cols, must)
        if (len(rows), len(cols), len(needed)) == before:
            break
    return rows, cols if len(rows) else cols[:0], np.array(needed, dtype=np.int64)


def fewest(table: Array, clock: Clock, *, target: int = 0, effort: float = 1.0, exact: bool = True) -> Cover:
    """Return few columns that cover every row of a Boolean table, with a lower bound on their number.

    Stops once a cover of ``target`` columns is found or more are proven necessary. Every row must have a column.

    Examples
    --------
    >>> reach = np.array([[True, True, False], [False, True, False], [False, False, True]])
    >>> found = fewest(reach, Clock(5.0))
    >>> found.columns.tolist(), found.bound
    ([1, 2], 2)
    """
    rows, cols, needed = _reduced(table, clock)
    parts: list[tuple[Array, Array]] = []
    if len(rows):
        part = sparse.csr_array(table[np.ix_(rows, cols)])
        count, label = connected_components(sparse.block_array([[None, part], [part.T, None]]), directed=False)
        order = [(rows[label[: len(rows)] == c], cols[label[len(rows) :] == c]) for c in range(count)]
        parts = sorted(order, key=lambda pair: len(pair[1]))
    chosen, bound, rest = [needed], len(needed), len(parts)
    for part_rows, part_cols in parts:
        rest -= 1
        aim = max(1, target - bound - rest) if target else 0
        known, least = sum(map(len, chosen)) + rest, bound + rest

        def report(best: int, low: int, known: int = known, least: int = least) -> bool:
            return clock.tell(known + best, least + low)

        cover = _component(table[np.ix_(part_rows, part_cols)], clock, report, aim, effort, exact)
        chosen.append(part_cols[cover.columns])
        bound += cover.bound
    return Cover(np.sort(np.concatenate(chosen)).astype(np.int64), bound)


def _component(
    table: Array, clock: Clock, report: Callable[[int, int], bool], target: int, effort: float, exact: bool
) -> Cover:
    by_row, by_col = sparse.csr_array(table), sparse.csr_array(table.T)
    arrays = (by_row.indptr, by_row.indices, by_col.indptr, by_col.indices)
    none = np.empty(0, dtype=np.int64)
    best = np.flatnonzero(_weighting(*arrays, none, target, 4 * table.shape[1], 1, clock.alarm))
    start = np.full(table.shape[0], 1.0 / max(table.sum(0).max(), 1))
    bound, lam, reduced = ascend_cover(*arrays[:3], start, len(best), 600, 1.0, clock.alarm)
    low = max(1, int(np.ceil(bound - 1e-6)))
    if len(best) <= max(low, target) or low > target > 0:
        return Cover(best, min(low, len(best)))
    goal = max(low, target)
    work = table.shape[1] + 4.0 * by_row.nnz**2 / table.size
    steps = int(np.clip(4e8 / work, 20_000, 500_000) * min(1.0, 5 * effort))
    turns = max(1, round(5 * effort))
    for turn in range(turns + 1):
        # A tenth of the effort first: if the problem is small, the proof may then come at once.
        best = np.flatnonzero(_weighting(*arrays, best, goal, steps if turn else steps // 10, 2 + turn, clock.alarm))
        if len(best) <= goal or not report(len(best), low):
            return Cover(best, min(low, len(best)))
        if turn in (0, turns) and exact:
            bound, lam, reduced = ascend_cover(*arrays[:3], lam, len(best), 600, 0.5, clock.alarm)
            low = max(low, int(np.ceil(bound - 1e-6)))
            most = min(len(best) - 1, target) if target else len(best) - 1
            keep = np.flatnonzero(bound + np.maximum(reduced, 0) <= most + 1e-6)
            entries = by_row.nnz * len(keep) / table.shape[1]
            allowed = EARLY_ENTRIES if turn < turns else DECISION_ENTRIES if target else EXACT_ENTRIES
            if low <= most and entries <= allowed and clock.left() > 0:
                budget = Clock(min(clock.left(), EARLY_SECONDS if turn < turns else np.inf))
                cover = _proof(table[:, keep], keep, best, low, target, budget)
                best, low = cover.columns, max(low, cover.bound)
            if len(best) <= max(low, target) or low > target > 0:
                break
    return Cover(best, min(low, len(best)))


def _proof(table: Array, keep: Array, best: Array, low: int, target: int, clock: Clock) -> Cover:
    """Ask HiGHS for fewer columns than the best known (or ``target``), among those a smaller cover may use."""
    most = min(len(best) - 1, target) if target else len(best) - 1
    if not table.any(1).all() or low > most:
        return Cover(best, most + 1)
    matrix = sparse.csr_array(table, dtype=float)
    ones = np.ones(table.shape[1])
    answer = milp(
        ones,
        constraints=[LinearConstraint(matrix, 1, np.inf), LinearConstraint(ones[None], low, most)],
        bounds=Bounds(0, 1),
        integrality=ones,
        options={"time_limit": max(clock.left(), 0.05), "mip_rel_gap": 10.0 if target else 0.0},
    )
    if answer.status == 2:
        return Cover(best, most + 1)
    if answer.x is not None:
        best = keep[answer.x > 0.5]
    if answer.status == 0 and not target:
        return Cover(best, len(best))
    if answer.mip_dual_bound is not None and np.isfinite(answer.mip_dual_bound):
        low = max(low, min(int(np.ceil(answer.mip_dual_bound - 1e-6)), len(best)))
    return Cover(best, low)
