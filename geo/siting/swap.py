"""Swap search for sites that serve demand at least cost; numba kernels on sparse rows.

A problem is given by rows (demand) and columns (candidates): row ``i`` lists, cheapest first, the columns that
serve it for less than ``cap[i]``. Without any of them the row costs ``cap[i]``. This one form holds the p-median
(cost times people), the maximal cover (cost 0 in reach, cap = people) and sites already open (they lower the
cap). The search exchanges one site at a time, evaluated for all pairs at once:
Resende, M. & Werneck, R. (2007) Annals of Operations Research 150, 205-230.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.kernel import kernel

__all__ = ["draw", "exchange_values", "nearest_two", "perturbed_search", "swap_search"]

Array = np.ndarray[Any, Any]


@kernel
def _two(i, ptr, col, val, cap, chosen, d1, b1, d2, b2):  # type: ignore[no-untyped-def]
    d1[i], b1[i], d2[i], b2[i] = cap[i], -1, cap[i], -1
    for k in range(ptr[i], ptr[i + 1]):
        if val[k] >= cap[i]:
            break
        if chosen[col[k]]:
            if b1[i] < 0:
                d1[i], b1[i] = val[k], col[k]
            else:
                d2[i], b2[i] = val[k], col[k]
                break


@kernel
def nearest_two(ptr, col, val, cap, chosen):  # type: ignore[no-untyped-def]
    """Return cost and column of the best and d2 best chosen site of each row (column -1: the cap)."""
    n = cap.shape[0]
    d1, d2 = np.empty(n), np.empty(n)
    b1, b2 = np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):
        _two(i, ptr, col, val, cap, chosen, d1, b1, d2, b2)
    return d1, b1, d2, b2


@kernel
def _evaluate(r, cptr, crow, cval, d1, b1, d2, place, loss, extra):  # type: ignore[no-untyped-def]
    """Return the profit of opening column r and closing its best partner, and that partner's place."""
    gain = 0.0
    extra[:] = 0.0
    for k in range(cptr[r], cptr[r + 1]):
        i, c = crow[k], cval[k]
        if c < d2[i]:
            if c < d1[i]:
                gain += d1[i] - c
                if b1[i] >= 0:
                    extra[place[b1[i]]] += d2[i] - d1[i]
            elif b1[i] >= 0:
                extra[place[b1[i]]] += d2[i] - c
    best, at = -np.inf, -1
    for s in range(extra.shape[0]):
        if extra[s] - loss[s] > best:
            best, at = extra[s] - loss[s], s
    return gain + best, at


@kernel
def _losses(sites, place, d1, b1, d2):  # type: ignore[no-untyped-def]
    loss = np.zeros(sites.shape[0])
    for i in range(d1.shape[0]):
        if b1[i] >= 0:
            loss[place[b1[i]]] += d2[i] - d1[i]
    return loss


@kernel
def swap_search(ptr, col, val, cptr, crow, cval, cap, usable, sites, offset, alarm):  # type: ignore[no-untyped-def]
    """Exchange sites while it pays; return the sites (in place) and their cost.

    ``usable`` marks the columns that may be opened, ``offset`` rotates the order in which they are tried.
    Once ``alarm`` sounds, the sites stay as they are.
    """
    m = usable.shape[0]
    chosen = np.zeros(m, np.bool_)
    place = np.full(m, -1, np.int64)
    for s in range(sites.shape[0]):
        chosen[sites[s]] = True
        place[sites[s]] = s
    d1, b1, d2, b2 = nearest_two(ptr, col, val, cap, chosen)
    if sites.shape[0] == 0:
        return d1.sum()
    loss = _losses(sites, place, d1, b1, d2)
    extra = np.empty(sites.shape[0])
    least = 1e-11 * (cap.sum() + 1e-300)
    idle, r = 0, offset % m
    while idle < m and not alarm[0]:
        r = r + 1 if r + 1 < m else 0
        idle += 1
        if chosen[r] or not usable[r]:
            continue
        profit, at = _evaluate(r, cptr, crow, cval, d1, b1, d2, place, loss, extra)
        if profit <= least:
            continue
        idle = 0
        out = sites[at]
        chosen[out], chosen[r] = False, True
        place[out], place[r] = -1, at
        sites[at] = r
        for i in range(d1.shape[0]):
            if b1[i] == out or b2[i] == out:
                _two(i, ptr, col, val, cap, chosen, d1, b1, d2, b2)
        for k in range(cptr[r], cptr[r + 1]):
            if cval[k] < d2[crow[k]]:
                _two(crow[k], ptr, col, val, cap, chosen, d1, b1, d2, b2)
        loss = _losses(sites, place, d1, b1, d2)
    return d1.sum()


@kernel
def draw(state, below):  # type: ignore[no-untyped-def]
    """Return a pseudo-random whole number in [0, below), the same on every machine; ``state`` is one uint64."""
    state[0] = state[0] * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
    return np.int64((state[0] >> np.uint64(33)) % np.uint64(below))


@kernel
def perturbed_search(  # type: ignore[no-untyped-def]
    ptr, col, val, cptr, crow, cval, cap, usable, sites, best, rounds, strength, seed, alarm
):
    """Shake ``strength`` sites, search again, keep what is better; ``rounds`` times. Return the best cost.

    ``sites`` holds the best sites afterwards. Half of the new sites of a shake lie close to the ones they
    replace (they serve a common row), the others anywhere.
    """
    dice = np.full(1, seed * 7919 + 1, np.uint64)
    pool = np.flatnonzero(usable)
    n, p = cap.shape[0], sites.shape[0]
    if p == 0 or pool.shape[0] <= p:
        return best
    for _ in range(rounds):
        if alarm[0]:
            break
        trial = sites.copy()
        taken = np.zeros(usable.shape[0], np.bool_)
        for s in range(p):
            taken[trial[s]] = True
        for _k in range(strength):
            at = draw(dice, p)
            new = pool[draw(dice, pool.shape[0])]
            if draw(dice, 2) == 0:
                i = draw(dice, n)
                a, b = cptr[trial[at]], cptr[trial[at] + 1]
                if b > a:
                    i = crow[a + draw(dice, b - a)]
                if ptr[i + 1] > ptr[i]:
                    new = col[ptr[i] + draw(dice, ptr[i + 1] - ptr[i])]
            if not taken[new] and usable[new]:
                taken[trial[at]], taken[new] = False, True
                trial[at] = new
        cost = swap_search(ptr, col, val, cptr, crow, cval, cap, usable, trial, draw(dice, usable.shape[0]), alarm)
        if cost < best:
            best = cost
            sites[:] = trial
    return best


@kernel
def exchange_values(value, weight, chosen, movable, far):  # type: ignore[no-untyped-def]
    """Return, for each movable site, the least weighted cost with it replaced by another column, and that column.

    ``value`` is the whole table (rows × columns, numbers or Boolean), ``chosen`` lists all sites, of which the
    first ``len(chosen) - movable`` stay. ``far`` stands for no way at all: above every value, but not so far
    that it drowns the others.
    """
    n, m = value.shape
    p = chosen.shape[0]
    kept = p - movable
    gain, extra = np.zeros(m), np.zeros((m, movable))
    loss, now = np.zeros(movable), 0.0
    for i in range(n):
        d1, d2, at = far, far, -1
        for s in range(p):
            d = float(value[i, chosen[s]])
            if d < d1:
                d2, d1, at = d1, d, s
            elif d < d2:
                d2 = d
        at -= kept
        now += weight[i] * d1
        if at >= 0:
            loss[at] += weight[i] * (d2 - d1)
        for r in range(m):
            d = float(value[i, r])
            if d < d2:
                if d < d1:
                    gain[r] += weight[i] * (d1 - d)
                if at >= 0:
                    extra[r, at] += weight[i] * (d2 - max(d, d1))
    used = np.zeros(m, np.bool_)
    used[chosen] = True
    cost, by = np.full(movable, np.inf), np.full(movable, -1, np.int64)
    for r in range(m):
        if used[r]:
            continue
        for s in range(movable):
            if now - gain[r] - extra[r, s] + loss[s] < cost[s]:
                cost[s], by[s] = now - gain[r] - extra[r, s] + loss[s], r
    return cost, by
