"""Sites of least total cost: Lagrangian bound, swap search, then branch and bound.

Works on the rows of ``geo.siting.tables``; serves the p-median and the maximal cover alike.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.siting.clock import Clock
from geo.siting.lagrange import ascend
from geo.siting.swap import perturbed_search, swap_search
from geo.siting.tables import Rows

__all__ = ["Reduced", "branch", "search"]

Array = np.ndarray[Any, Any]
ROUNDS = 14
"""Most rounds of bound and search at the root; 3 suffice mostly."""


@dataclass
class Reduced:
    """What is left to decide: columns proven out or in, multipliers, best plan and bound so far.

    Examples
    --------
    >>> from geo.siting.tables import cost_rows
    >>> rows = cost_rows(np.array([[1.0, 4.0], [5.0, 2.0]]), np.ones(2), 2, 9.0)
    >>> state = search(rows, 1, np.ones(2, bool), Clock(5.0))
    >>> state.best.tolist(), state.cost, state.bound, state.proven()
    ([0], 6.0, 6.0, True)
    """

    rows: Rows
    p: int
    usable: Array
    inside: list[int]
    best: Array
    cost: float
    bound: float
    lam: Array
    whole: bool

    def goal(self) -> float:
        """Return the bound from which no better plan can exist."""
        return self.cost - 1 + 1e-6 if self.whole else self.cost - 1e-9 * abs(self.cost)

    def proven(self) -> bool:
        """Return whether the best plan is proven best."""
        return self.bound >= self.goal()

    def improve(self, columns: Array, cost: float) -> None:
        """Keep a plan of the remaining columns if it is better."""
        if cost < self.cost:
            self.best, self.cost = np.concatenate((np.array(self.inside, np.int64), columns)), cost

    def raise_to(self, bound: float) -> None:
        """Keep a higher bound; a whole objective lets it be rounded up."""
        if self.whole and np.isfinite(bound):
            bound = float(np.ceil(bound - 1e-6))
        self.bound = min(max(self.bound, bound), self.cost)


def _first_multipliers(rows: Rows, p: int) -> Array:
    """Return the cost of a site at about the spacing that p sites have."""
    width = np.diff(rows.ptr)
    near = np.minimum(max(1, round(0.6 * rows.columns / max(p, 1))), np.maximum(width - 1, 0))
    lam = rows.cap.copy()
    full = width > 0
    lam[full] = np.minimum(rows.val[rows.ptr[:-1][full] + near[full]], rows.cap[full])
    lam[lam <= 0] = 0.5 * rows.cap[lam <= 0]
    return lam


def _fix(state: Reduced, saving: Array, picked: Array, bound: float, last: float, after: float) -> bool:
    """Decide the columns whose other choice cannot beat the best plan; return whether any was decided."""
    goal = state.goal()
    free = state.usable
    out = free & ~picked & (bound + saving - last > goal)
    must = free & picked & (bound - saving + after > goal) if np.isfinite(after) else free & picked & False
    if not out.any() and not must.any():
        return False
    cap = state.rows.cap
    for j in np.flatnonzero(must):
        cap = np.minimum(cap, state.rows.served_by(np.array([j])))
        state.inside.append(int(j))
        state.p -= 1
    state.usable = free & ~out & ~must
    state.rows = state.rows.capped(cap, state.usable)
    state.lam = np.minimum(state.lam, cap)
    return True


def _shaken(state: Reduced, sites: Array, cost: float, turn: int, effort: float, clock: Clock) -> float:
    """Shake and search again as often as the size allows, in batches between which the clock is looked at."""
    entries = max(len(state.rows.col), 1)
    strength = max(1, min(4, state.p // 4))
    batches = 5
    shakes = int(np.clip(effort / entries, batches, 100)) // batches
    for batch in range(batches):
        if clock.left() <= 0:
            break
        seed = 1 + turn * batches + batch
        cost = float(perturbed_search(*state.rows.both, state.usable, sites, cost, shakes, strength, seed, clock.alarm))
    return cost


def _settle(state: Reduced) -> bool:
    """Close the case in which nothing is left to choose; return whether it was closed."""
    left = np.flatnonzero(state.usable)
    if state.p > 0 and len(left) > state.p:
        return False
    if len(left) >= state.p:
        pick = left[: state.p]
        state.improve(pick, float(state.rows.served_by(pick).sum()))
    state.bound = state.cost
    return True


def search(
    rows: Rows, p: int, usable: Array, clock: Clock, *, start: Array | None = None, effort: float = 1e7
) -> Reduced:
    """Return a good plan of ``p`` columns with its bound, and the columns that proof has decided.

    Deterministic: the effort is counted in rounds, not in seconds, unless the clock runs out.

    Examples
    --------
    >>> from geo.siting.tables import cost_rows
    >>> rows = cost_rows(np.array([[1.0, 4.0], [5.0, 2.0]]), np.ones(2), 2, 9.0)
    >>> search(rows, 2, np.ones(2, bool), Clock(5.0)).cost
    3.0
    """
    usable = usable.copy()
    lam = _first_multipliers(rows, p)
    state = Reduced(rows, p, usable, [], np.flatnonzero(usable)[:p], np.inf, -np.inf, lam, rows.whole())
    if start is not None and len(start) == p:
        state.best = start.astype(np.int64)
        swap_search(*rows.both, usable, state.best, 0, clock.alarm)
    state.cost = float(rows.served_by(state.best).sum())
    if _settle(state):
        return state
    theta = 1.0
    for turn in range(ROUNDS):
        before, cheapest = state.bound, state.cost
        mask = (~state.usable).astype(np.int8)
        steps = 60 if turn == 0 else 300
        bound, state.lam, saving, picked, _often, theta, last, after = ascend(
            *state.rows.forward,
            state.rows.cap,
            mask,
            state.p,
            state.lam,
            state.cost,
            steps,
            theta,
            30,
            state.goal(),
            clock.alarm,
        )
        state.raise_to(bound)
        sites = np.flatnonzero(picked)
        cost = swap_search(*state.rows.both, state.usable, sites, 37 * turn, clock.alarm)
        # Little shaking while the bound still moves much: a short time limit then leaves a good bound too.
        cost = _shaken(state, sites, float(cost), turn, effort * (0.2 if turn < 3 else 1.0), clock)
        state.improve(sites, cost)
        if turn == 0:
            theta = 1.5
        if not clock.tell(state.cost, state.bound) or state.proven():
            break
        if _fix(state, saving, picked, bound, last, after) and _settle(state):
            break
        if turn > 0 and state.cost == cheapest and state.bound < before + 5e-3 * (state.cost - before):
            break
    if state.proven():
        state.bound = state.cost
    return state


def branch(state: Reduced, clock: Clock, *, nodes: int = 100_000) -> None:
    """Prove or improve the plan by branching on the columns, best bound first.

    Examples
    --------
    >>> from geo.siting.tables import cost_rows
    >>> rows = cost_rows(np.array([[1.0, 4.0], [5.0, 2.0]]), np.ones(2), 2, 9.0)
    >>> state = search(rows, 1, np.ones(2, bool), Clock(5.0))
    >>> branch(state, Clock(5.0))
    >>> state.cost, state.proven()
    (6.0, True)
    """
    if state.proven() or _settle(state):
        state.bound = state.cost
        return
    first = (state.bound, 0, state.rows.cap, (~state.usable).astype(np.int8), state.p, state.lam, ())
    heap: list[Any] = [first]
    count = 0
    while heap and count < nodes:
        node = heapq.heappop(heap)
        state.raise_to(node[0])
        if node[0] >= state.goal():
            heap.clear()
            break
        count += 1
        for child in _children(state, node, count, clock):
            heapq.heappush(heap, child)
        if count % 16 == 0 and not clock.tell(state.cost, min([state.bound, *(h[0] for h in heap[:1])])):
            break
    if not heap:
        state.bound = state.cost
    else:
        state.raise_to(min(h[0] for h in heap))


def _children(state: Reduced, node: Any, count: int, clock: Clock) -> list[Any]:
    """Tighten one node; return its two children, or none when it is closed."""
    bound, _, cap, mask, p, lam, inside = node
    rows, goal = state.rows, state.goal()
    if _leaf(state, mask, p, inside):
        return []
    got, lam, saving, picked, often, _theta, last, after = ascend(
        *rows.forward, cap, mask, p, lam, state.cost, 300 if count == 1 else 60, 0.3, 8, goal, clock.alarm
    )
    bound = max(bound, got)
    sites = np.concatenate((np.array(inside, np.int64), np.flatnonzero(picked)))
    cost = float(rows.served_by(sites).sum())
    if cost < state.cost or count % 50 == 1:
        cost = float(swap_search(*rows.both, state.usable, sites, count, clock.alarm))
        state.improve(sites, cost)
        goal = state.goal()
    if bound >= goal:
        return []
    free = mask == 0
    mask = mask.copy()
    mask[free & ~picked & (got + saving - last > goal)] = 1
    if np.isfinite(after):
        for j in np.flatnonzero(free & picked & (got - saving + after > goal)):
            cap, mask, p, inside = _open(rows, cap, mask, p, inside, int(j))
    if _leaf(state, mask, p, inside):
        return []
    left = np.flatnonzero(mask == 0)
    by = int(left[np.argmin(np.abs(often[left] - 0.5))])
    lam = np.minimum(lam, cap)
    closed = mask.copy()
    closed[by] = 1
    opened = _open(rows, cap, mask, p, inside, by)
    return [
        (bound, -2 * count, opened[0], opened[1], opened[2], np.minimum(lam, opened[0]), opened[3]),
        (bound, -2 * count + 1, cap, closed, p, lam, inside),
    ]


def _leaf(state: Reduced, mask: Array, p: int, inside: tuple[int, ...]) -> bool:
    """Evaluate a node in which nothing is left to choose; return whether it is one."""
    left = np.flatnonzero(mask == 0)
    if p > 0 and len(left) > p:
        return False
    if len(left) >= p:
        sites = np.concatenate((np.array(inside, np.int64), left[:p]))
        state.improve(sites, float(state.rows.served_by(sites).sum()))
    return True


def _open(rows: Rows, cap: Array, mask: Array, p: int, inside: tuple[int, ...], j: int) -> Any:
    cap, mask = cap.copy(), mask.copy()
    at = slice(rows.cptr[j], rows.cptr[j + 1])
    cap[rows.crow[at]] = np.minimum(cap[rows.crow[at]], rows.cval[at])
    mask[j] = 1
    return cap, mask, p - 1, (*inside, j)
