"""Lagrangian bounds for location models; numba kernels on the sparse rows of ``geo.siting.swap``.

Relaxing "each row is served once" leaves a problem solved by sorting: open the p columns that save most.
Any multipliers give a true bound, so rounding and stopping early never make it wrong.
Beasley, J. (1993) European Journal of Operational Research 65, 383-399.
"""

from __future__ import annotations

import numpy as np

from geo.kernel import kernel

__all__ = ["ascend", "ascend_cover", "cheapest"]


@kernel
def cheapest(saving, state, p, picked):  # type: ignore[no-untyped-def]
    """Mark the p free columns of least value, ties by index; return the p-th and the next value."""
    m = saving.shape[0]
    free = np.empty(m)
    count = 0
    for j in range(m):
        picked[j] = False
        if state[j] == 0:
            free[count] = saving[j]
            count += 1
    if p <= 0:
        return 0.0, np.inf
    if count <= p:
        for j in range(m):
            picked[j] = state[j] == 0
        return 0.0, np.inf
    order = np.partition(free[:count], p)
    after = order[p]
    last = order[:p].max()
    left = p
    for j in range(m):
        if state[j] == 0 and saving[j] < last:
            picked[j] = True
            left -= 1
    for j in range(m):
        if left > 0 and state[j] == 0 and saving[j] == last:
            picked[j] = True
            left -= 1
    return last, after


@kernel
def ascend(ptr, col, val, cap, state, p, start, upper, rounds, theta, patience, goal, alarm):  # type: ignore[no-untyped-def]  # noqa: C901
    """Raise the lower bound by subgradient steps from the multipliers ``start``.

    ``state`` is 0 for free columns, else the column is out (open columns have already lowered ``cap``).
    Stops after ``rounds`` steps, once the bound reaches ``goal``, or after the step in which ``alarm`` sounds.
    Returns bound, multipliers, savings, picked columns, share of the steps that picked each column, theta,
    p-th and next saving.
    """
    n, m = cap.shape[0], state.shape[0]
    lam = np.minimum(start, cap)
    best, best_lam = -np.inf, lam.copy()
    saving, best_saving = np.zeros(m), np.zeros(m)
    picked, best_picked = np.zeros(m, np.bool_), np.zeros(m, np.bool_)
    often = np.zeros(m)
    step_dir = np.zeros(n)
    best_last, best_after, idle = 0.0, np.inf, 0
    for _ in range(rounds):
        saving[:] = 0.0
        for i in range(n):
            for k in range(ptr[i], ptr[i + 1]):
                if val[k] >= lam[i]:
                    break
                saving[col[k]] += val[k] - lam[i]
        last, after = cheapest(saving, state, p, picked)
        bound = lam.sum()
        for j in range(m):
            if picked[j]:
                bound += saving[j]
                often[j] += 0.05
            often[j] *= 0.95
        if bound > best:
            if bound > best + 1e-5 * abs(best):
                idle = 0
            else:
                idle += 1
            best, best_last, best_after = bound, last, after
            best_lam[:] = lam
            best_saving[:] = saving
            best_picked[:] = picked
        else:
            idle += 1
        if best >= goal or alarm[0]:
            break
        if idle >= patience:
            theta, idle = theta * 0.6, 0
            lam[:] = best_lam
            step_dir[:] = 0.0
            if theta < 1e-4:
                break
        norm = 0.0
        for i in range(n):
            slope = 1.0
            for k in range(ptr[i], ptr[i + 1]):
                if val[k] >= lam[i]:
                    break
                if picked[col[k]]:
                    slope -= 1.0
            if (lam[i] >= cap[i] and slope > 0.0) or (lam[i] <= 0.0 and slope < 0.0):
                slope = 0.0
            step_dir[i] = slope + 0.3 * step_dir[i]
            norm += step_dir[i] * step_dir[i]
        if norm == 0.0:
            break
        step = theta * max(upper - bound, 1e-6 * abs(upper)) / norm
        for i in range(n):
            lam[i] = min(max(lam[i] + step * step_dir[i], 0.0), cap[i])
    return best, best_lam, best_saving, best_picked, often, theta, best_last, best_after


@kernel
def ascend_cover(ptr, col, cptr, start, upper, rounds, theta, alarm):  # type: ignore[no-untyped-def]
    """Raise the lower bound on the number of columns that cover every row, from multipliers ``start``.

    Returns the bound, the multipliers and the reduced cost of each column.
    """
    n, m = ptr.shape[0] - 1, cptr.shape[0] - 1
    lam = start.copy()
    best, best_lam, idle = -np.inf, lam.copy(), 0
    reduced, best_reduced = np.ones(m), np.ones(m)
    step_dir = np.zeros(n)
    for _ in range(rounds):
        reduced[:] = 1.0
        for i in range(n):
            for k in range(ptr[i], ptr[i + 1]):
                reduced[col[k]] -= lam[i]
        bound = lam.sum() + np.minimum(reduced, 0.0).sum()
        if bound > best:
            idle = 0 if bound > best + 1e-4 * abs(best) else idle + 1
            best = bound
            best_lam[:] = lam
            best_reduced[:] = reduced
        else:
            idle += 1
        if np.ceil(best - 1e-7) >= upper or alarm[0]:
            break
        if idle >= 20:
            theta, idle = theta * 0.6, 0
            lam[:] = best_lam
            step_dir[:] = 0.0
            if theta < 1e-3:
                break
        norm = 0.0
        for i in range(n):
            slope = 1.0
            for k in range(ptr[i], ptr[i + 1]):
                if reduced[col[k]] < 0.0:
                    slope -= 1.0
            if lam[i] <= 0.0 and slope < 0.0:
                slope = 0.0
            step_dir[i] = slope + 0.3 * step_dir[i]
            norm += step_dir[i] * step_dir[i]
        if norm == 0.0:
            break
        step = theta * max(upper - bound, 0.05) / norm
        for i in range(n):
            lam[i] = max(lam[i] + step * step_dir[i], 0.0)
    return best, best_lam, best_reduced
