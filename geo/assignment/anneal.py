"""Simulated annealing of districts, compiled: units on a border change sides, districts stay in one piece.

In compiled code the generator of numpy's first kind is each thread's own; the new kind cannot be seeded there cheaply.
"""

# ruff: noqa: NPY002

from __future__ import annotations

import numpy as np

from geo.kernel import kernel

__all__ = ["anneal"]


@kernel
def _stays_whole(ptr, near, owner, u, seen, stamp, stack):  # type: ignore[no-untyped-def]
    """Return whether the district of ``u`` is in one piece without it: whether its neighbours there still meet."""
    a, wanted, first = owner[u], 0, -1
    for k in range(ptr[u], ptr[u + 1]):
        if owner[near[k]] == a:
            wanted += 1
            first = near[k]
    if wanted <= 1:
        return True
    seen[u] = stamp
    seen[first] = stamp
    stack[0], top, met = first, 1, 0
    while top:
        top -= 1
        v = stack[top]
        for k in range(ptr[v], ptr[v + 1]):
            if near[k] == u:
                met += 1
        if met == wanted:
            return True
        for k in range(ptr[v], ptr[v + 1]):
            w = near[k]
            if owner[w] == a and seen[w] != stamp:
                seen[w] = stamp
                stack[top] = w
                top += 1
    return False


@kernel
def anneal(  # type: ignore[no-untyped-def]
    ptr, near, border, cost, pupils, seats, owner, fixed, dear, hot, cold, tries, seed
):  # fmt: skip
    """Return the owners of least excess and, of these, least cost that were met in ``tries`` changes.

    ``cost`` is (units × schools); ``border`` is the cost of a border between two districts along each pair of ``near``;
    a pupil over the seats costs ``dear``; the temperature falls from ``hot`` to ``cold``, and then nothing that costs
    more is taken.
    """
    n, m = cost.shape
    np.random.seed(seed)
    owner = owner.copy()
    load = np.zeros(m)
    total = 0.0
    for u in range(n):
        load[owner[u]] += pupils[u]
        total += cost[u, owner[u]]
        for k in range(ptr[u], ptr[u + 1]):
            if near[k] > u and owner[near[k]] != owner[u]:
                total += border[k]
    excess = 0.0
    for j in range(m):
        excess += max(load[j] - seats[j], 0.0)
    best, best_excess, best_total = owner.copy(), excess, total
    seen, stack = np.full(n, -1, np.int64), np.empty(n, np.int64)
    fall = (cold / hot) ** (1.0 / max(0.8 * tries, 1.0)) if hot > 0.0 and cold > 0.0 else 0.0
    heat = hot
    for step in range(tries):
        heat = heat * fall if step < 0.8 * tries else 0.0
        u = np.random.randint(n)
        if fixed[u] or ptr[u] == ptr[u + 1]:
            continue
        a, b = owner[u], owner[near[np.random.randint(ptr[u], ptr[u + 1])]]
        if a == b:
            continue
        p = pupils[u]
        less = max(load[a] - seats[a], 0.0) - max(load[a] - p - seats[a], 0.0)
        more = max(load[b] + p - seats[b], 0.0) - max(load[b] - seats[b], 0.0)
        dearer = cost[u, b] - cost[u, a]
        for k in range(ptr[u], ptr[u + 1]):
            if owner[near[k]] == a:
                dearer += border[k]
            elif owner[near[k]] == b:
                dearer -= border[k]
        change = dearer + dear * (more - less)
        if change > 0.0 and (heat <= 0.0 or np.random.random() >= np.exp(-change / heat)):
            continue
        if not _stays_whole(ptr, near, owner, u, seen, step, stack):
            continue
        owner[u] = b
        load[a] -= p
        load[b] += p
        total += dearer
        excess += more - less
        if excess < best_excess - 1e-9 or (excess <= best_excess + 1e-9 and total < best_total - 1e-6):
            best[:] = owner
            best_excess, best_total = min(excess, best_excess), total
    return best
