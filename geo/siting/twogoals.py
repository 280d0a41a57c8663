"""Two goals at once on arrays: people covered against their walk, by levels of the one and the least of the other.

The walk is least where the people covered are at least a level, level by level (ε-constraint): exactly by HiGHS where
the table is small, else by exchange of sites, with a true bound from weighted sums. Both goals grow with the distance
of a row, so that one ordering of its candidates serves every weight.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from geo.kernel import kernel
from geo.siting.clock import Clock
from geo.siting.median import search
from geo.siting.swap import nearest_two
from geo.siting.tables import Rows

__all__ = ["Found", "Goals", "exact", "improve", "next_level", "weigh"]

Array = np.ndarray[Any, Any]
LOOKS = 400
"""Most plans whose every exchange is looked at."""
EFFORT = 1e6
"""Shaking of a weighted sum, in entries; more changes the bounds of the tables tried by less than a tenth of a per cent."""


@dataclass(frozen=True)
class Goals:
    """Demand rows in metres, with who lives there; ``left`` columns are to be chosen of the ``usable`` ones.

    Examples
    --------
    >>> cost = np.array([[100.0, 900.0], [900.0, 200.0]])
    >>> goals = Goals.build(cost, np.array([5.0, 4.0]), np.array([1000.0, 1000.0]), np.ones(2, bool), 400.0, 1)
    >>> goals.value(np.array([0]))  # x at 100 m is covered, y walks 900 m
    (5.0, 4100.0)
    """

    rows: Rows
    """Columns nearer than what stands already, nearest first; ``cap`` is the walk to what stands [m]."""
    weight: Array
    usable: Array
    limit: float
    left: int

    @classmethod
    def build(cls, cost: Array, weight: Array, base: Array, usable: Array, limit: float, left: int) -> Goals:
        """Return the goals of a table [m]; ``base`` is the walk of each row without any new site [m]."""
        row, column = np.nonzero((cost < base[:, None]) & usable)
        metres = cost[row, column]
        order = np.lexsort((column, metres, row))
        ptr = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(cost)))))
        return cls(Rows.build(ptr, column[order], metres[order], base, cost.shape[1]), weight, usable, limit, left)

    def value(self, columns: Array) -> tuple[float, float]:
        """Return the people covered, and their walk in all [person-metres], with these columns open."""
        metres = self.rows.served_by(columns)
        return float(self.weight[metres <= self.limit].sum()), float(self.weight @ metres)

    def weighted(self, a: float, b: float) -> Rows:
        """Return rows whose cost is ``a`` × walk + ``b`` × people not covered."""
        rows, n = self.rows, np.arange(len(self.weight))

        def mixed(at: Array, metres: Array) -> Array:
            return self.weight[at] * (a * metres + b * (metres > self.limit))

        return Rows(rows.ptr, rows.col, mixed(np.repeat(n, np.diff(rows.ptr)), rows.val), rows.cptr, rows.crow,
                    mixed(rows.crow, rows.cval), mixed(n, rows.cap))  # fmt: skip


@dataclass
class Found:
    """The best plan known at each level of people covered, and the lines below which no plan lies.

    Examples
    --------
    >>> found = Found(np.array([0.0, 5.0]))
    >>> found.take(np.array([1]), 4.0, 3300.0), found.walk.tolist()
    (True, [3300.0, inf])
    """

    levels: Array
    walk: Array = field(init=False)
    plans: list[Array | None] = field(init=False)
    lines: list[tuple[float, float, float]] = field(default_factory=list)
    """(a, b, c): every plan has a × walk − b × people covered >= c."""
    steps: list[tuple[float, float]] = field(default_factory=list)
    """(people, walk): every plan that covers as many people has at least this walk."""

    def __post_init__(self) -> None:
        self.walk = np.full(len(self.levels), np.inf)
        self.plans = [None] * len(self.levels)

    def take(self, columns: Array, cover: float, walk: float) -> bool:
        """Keep a plan at the levels at which it is the best; return whether it is at any."""
        better = (self.levels <= cover * (1 + 1e-9)) & (walk < self.walk * (1 - 1e-12))
        self.walk[better] = walk
        for k in np.flatnonzero(better):
            self.plans[k] = columns
        return bool(better.any())

    def least(self, cover: float) -> float:
        """Return a walk that no plan undercuts which covers at least ``cover`` people."""
        lines = ((c + b * cover) / a for a, b, c in self.lines if a > 0)
        return max([0.0, *lines, *(walk for level, walk in self.steps if level <= cover)])

    def each(self) -> list[Array]:
        """Return the plans, each once."""
        return list({tuple(plan): plan for plan in self.plans if plan is not None}.values())


@kernel
def _exchanges(ptr, col, val, cptr, crow, cval, cap, weight, limit, usable, sites):  # type: ignore[no-untyped-def]
    """Return walk and people covered with column r open instead of the s-th site, for all r and s; inf where barred."""
    m, p = usable.shape[0], sites.shape[0]
    place = np.full(m, -1, np.int64)
    chosen = np.zeros(m, np.bool_)
    for s in range(p):
        place[sites[s]], chosen[sites[s]] = s, True
    d1, b1, d2, _b2 = nearest_two(ptr, col, val, cap, chosen)
    walk, cover = np.empty((m, p)), np.empty((m, p))
    loss, lost = np.zeros(p), np.zeros(p)
    now, covered = 0.0, 0.0
    for i in range(d1.shape[0]):
        now += weight[i] * d1[i]
        covered += weight[i] * (d1[i] <= limit)
        if b1[i] >= 0:
            loss[place[b1[i]]] += weight[i] * (d2[i] - d1[i])
            lost[place[b1[i]]] += weight[i] * (1.0 * (d1[i] <= limit) - 1.0 * (d2[i] <= limit))
    for r in range(m):
        if chosen[r] or not usable[r]:
            walk[r, :] = np.inf
            cover[r, :] = -np.inf
            continue
        walk[r, :] = now + loss
        cover[r, :] = covered - lost
        gain, more = 0.0, 0.0
        for k in range(cptr[r], cptr[r + 1]):
            i, c = crow[k], cval[k]
            if c >= d2[i]:
                continue
            if c < d1[i]:
                gain += weight[i] * (d1[i] - c)
                more += weight[i] * (1.0 * (c <= limit) - 1.0 * (d1[i] <= limit))
            if b1[i] >= 0:
                s, near = place[b1[i]], max(c, d1[i])
                walk[r, s] -= weight[i] * (d2[i] - near)
                cover[r, s] += weight[i] * (1.0 * (near <= limit) - 1.0 * (d2[i] <= limit))
        walk[r, :] -= gain
        cover[r, :] += more
    return walk, cover


def improve(goals: Goals, found: Found, clock: Clock, looks: int = LOOKS) -> None:
    """Exchange one site of the best plan of a level while that betters any level.

    As in ``geo.siting.swap``, all exchanges of a plan are valued at once; a plan is looked at once.

    Examples
    --------
    >>> cost = np.array([[100.0, 900.0], [900.0, 200.0]])
    >>> goals = Goals.build(cost, np.array([5.0, 4.0]), np.array([1000.0, 1000.0]), np.ones(2, bool), 400.0, 1)
    >>> found = Found(np.array([0.0]))
    >>> found.take(np.array([1]), *goals.value(np.array([1])))
    True
    >>> improve(goals, found, Clock(5.0))
    >>> found.plans[0].tolist(), found.walk.tolist()
    ([0], [4100.0])
    """
    seen: set[tuple[int, ...]] = set()
    if goals.left == 0:
        return
    while len(seen) < looks and clock.tell(np.nan, np.nan):
        waiting = [plan for plan in found.plans if plan is not None and tuple(plan) not in seen]
        if not waiting:
            return
        plan = waiting[len(seen) % len(waiting)]
        seen.add(tuple(plan))
        walk, cover = _exchanges(*goals.rows.both, goals.weight, goals.limit, goals.usable, plan)
        for k, level in enumerate(found.levels):
            open_ = np.where(cover >= level * (1 - 1e-12), walk, np.inf)
            at = int(open_.argmin())
            if open_.flat[at] < found.walk[k] * (1 - 1e-9):
                other = plan.copy()
                other[at % len(plan)] = at // len(plan)
                other.sort()
                found.take(other, *goals.value(other))


def weigh(goals: Goals, found: Found, a: float, b: float, clock: Clock, start: Array) -> Array:
    """Return a plan of least ``a`` × walk − ``b`` × people covered, taken into ``found`` with the bound's line.

    Examples
    --------
    >>> cost = np.array([[100.0, 900.0], [900.0, 200.0]])
    >>> goals = Goals.build(cost, np.array([5.0, 4.0]), np.array([1000.0, 1000.0]), np.ones(2, bool), 400.0, 1)
    >>> found = Found(np.array([0.0]))
    >>> weigh(goals, found, 1.0, 0.0, Clock(5.0), np.array([1])).tolist(), found.least(0.0)
    ([0], 4100.0)
    """
    state = search(goals.weighted(a, b), goals.left, goals.usable, clock, start=start, effort=EFFORT)
    plan = np.sort(state.best)
    found.take(plan, *goals.value(plan))
    found.lines.append((a, b, state.bound - b * float(goals.weight.sum())))
    return plan


def exact(goals: Goals, level: float, clock: Clock) -> tuple[Array | None, bool]:
    """Return the columns of least walk that cover at least ``level`` people, and whether that is proven.

    Of plans of one walk the one that covers more (augmented ε-constraint). The columns are None where there is no
    such plan, or where none was found in time (then nothing is proven).

    Examples
    --------
    >>> cost = np.array([[100.0, 900.0], [900.0, 200.0]])
    >>> goals = Goals.build(cost, np.array([5.0, 4.0]), np.array([1000.0, 1000.0]), np.ones(2, bool), 400.0, 1)
    >>> columns, proven = exact(goals, 5.0, Clock(5.0))
    >>> columns.tolist(), proven, exact(goals, 9.0, Clock(5.0))
    ([0], True, (None, True))
    """
    rows, free = goals.rows, np.flatnonzero(goals.usable)
    n, m, entries = len(rows.cap), len(free), len(rows.col)
    row, one = np.repeat(np.arange(n), np.diff(rows.ptr)), np.arange(entries)
    place = np.full(rows.columns, -1)
    place[free] = np.arange(m)
    # Variables: a site is open; an entry serves its row; a row stays with what stands. In shares of the people and
    # mean metres, so that the solver's tolerances mean the same in a hamlet and in a city.
    share = goals.weight / goals.weight.sum()
    metres, who = np.concatenate((rows.val, rows.cap)), np.concatenate((row, np.arange(n)))
    walk = np.concatenate((np.zeros(m), share[who] * metres))
    within = np.concatenate((np.zeros(m), share[who] * (metres <= goals.limit)))
    size = m + entries + n
    picks = np.concatenate((np.ones(m), np.zeros(entries + n)))
    served = sparse.csr_array((np.ones(entries + n), (who, m + np.arange(entries + n))), shape=(n, size))
    constraints = [
        LinearConstraint(served, 1, 1),
        LinearConstraint(sparse.csr_array(picks[None]), goals.left, goals.left),
        LinearConstraint(sparse.csr_array(within[None]), level / goals.weight.sum(), np.inf),
    ]
    if entries:
        signs = np.concatenate((np.ones(entries), -np.ones(entries)))
        at = (np.concatenate((one, one)), np.concatenate((m + one, place[rows.col])))
        constraints.append(LinearConstraint(sparse.csr_array((signs, at), shape=(entries, size)), -np.inf, 0))
    # So little that no whole metre of one person is given for it.
    little = 0.5 / goals.weight.sum() if rows.whole() and _whole(goals.weight) else 1e-6
    answer = milp(
        walk - little * within, constraints=constraints, bounds=Bounds(0, 1), integrality=picks,
        options={"time_limit": max(clock.left(), 0.05), "mip_rel_gap": 0.0},
    )  # fmt: skip
    return (None if answer.x is None else free[answer.x[:m] > 0.5]), answer.status in (0, 2)


def next_level(goals: Goals, cover: float) -> float:
    """Return a level of people covered just above one: half a person, or a millionth of all where parts of persons count.

    Examples
    --------
    >>> cost = np.array([[100.0, 900.0], [900.0, 200.0]])
    >>> goals = Goals.build(cost, np.array([5.0, 4.0]), np.array([1000.0, 1000.0]), np.ones(2, bool), 400.0, 1)
    >>> next_level(goals, 5.0)
    5.5
    """
    return cover + (0.5 if _whole(goals.weight) else 1e-6 * float(goals.weight.sum()))


def _whole(values: Array) -> bool:
    return bool((values == np.rint(values)).all())
