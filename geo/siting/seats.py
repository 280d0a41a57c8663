"""Seats for most demand within reach: flows, search and bound for the capacitated maximal cover.

Rows with the same columns in reach are one group. How many a set of open columns can seat is a maximal flow,
kept up to date by augmenting paths; relaxing "nobody sits twice" gives the bound (a knapsack per column).
Current, J. & Storbeck, J. (1988) Environment and Planning B 15, 153-163.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from geo.kernel import kernel
from geo.siting.clock import Clock
from geo.siting.cover import packed
from geo.siting.lagrange import cheapest

__all__ = ["Groups", "Seated", "least_seats", "most_seated", "substitutes"]

Array = np.ndarray[Any, Any]
EXACT_ENTRIES = 20_000
"""Pairs of group and column up to which HiGHS is asked for the proof. Above, it looks at the clock too seldom (25 000
pairs: 7 s under a limit of 0.2 s), so that with no time left it is not asked for the smallest sizes either."""
LEAST_SHARE, LEAST_SECONDS = 0.1, 2.0
"""Share of the time limit that the choice of the smallest sizes has in any case, and seconds a large one needs [s]."""
TRIES = 6
"""Columns evaluated exactly at each step of the search, those that promise most first."""


@dataclass(frozen=True)
class Groups:
    """Demand of rows that reach the same columns; pairs by group and by column.

    Examples
    --------
    >>> reach = np.array([[True, False], [True, False], [True, True]])
    >>> sorted(Groups.build(reach, np.array([10.0, 20.0, 5.0])).demand.tolist())  # the first two reach the same
    [5.0, 30.0]
    """

    demand: Array
    ptr: Array
    col: Array
    cptr: Array
    crow: Array
    centry: Array

    @classmethod
    def build(cls, reach: Array, demand: Array) -> Groups:
        """Return the groups of a Boolean table."""
        live = (demand > 0) & reach.any(1)
        table, demand = reach[live], demand[live]
        if len(table):
            _, first, member = np.unique(packed(table), axis=0, return_index=True, return_inverse=True)
            table, demand = table[first], np.bincount(member.ravel(), weights=demand)
        by_row = sparse.csr_array(table)
        order = sparse.csr_array((np.arange(by_row.nnz) + 1, by_row.indices, by_row.indptr), shape=table.shape).tocsc()
        return cls(demand, by_row.indptr.astype(np.int64), by_row.indices.astype(np.int64),
                   order.indptr.astype(np.int64), order.indices.astype(np.int64), order.data - 1)  # fmt: skip

    @property
    def arrays(self) -> tuple[Array, Array, Array, Array, Array]:
        """The pairs, as the kernels take them."""
        return self.ptr, self.col, self.cptr, self.crow, self.centry


@dataclass
class Seated:
    """Open columns besides the given ones, how many are seated, and a true upper bound.

    Examples
    --------
    >>> Seated(np.array([1]), 40.0, 40.0).value
    40.0
    """

    columns: Array
    value: float
    bound: float


@kernel
def _seat(ptr, col, cptr, crow, centry, is_open, need, room, flow, tiny):  # type: ignore[no-untyped-def]  # noqa: C901
    """Seat as many as possible (in place), moving those seated where that makes room; mark columns beyond help."""
    n, m = ptr.shape[0] - 1, cptr.shape[0] - 1
    dead = np.zeros(m, np.bool_)
    seen, seen_row = np.zeros(m, np.int64), np.zeros(n, np.int64)
    by = np.zeros(m, np.int64)
    came = np.zeros(n, np.int64)
    queue = np.zeros(m, np.int64)
    stamp = 0
    for g in range(n):
        while need[g] > tiny:
            stamp += 1
            head, tail, goal = 0, 0, -1
            seen_row[g] = stamp
            for e in range(ptr[g], ptr[g + 1]):
                f = col[e]
                if is_open[f] and not dead[f] and seen[f] != stamp:
                    seen[f], by[f] = stamp, e
                    queue[tail] = f
                    tail += 1
                    if room[f] > tiny:
                        goal = f
                        break
            came[g] = -1
            while goal < 0 and head < tail:
                f = queue[head]
                head += 1
                for k in range(cptr[f], cptr[f + 1]):
                    h = crow[k]
                    if flow[centry[k]] <= tiny or seen_row[h] == stamp:
                        continue
                    seen_row[h], came[h] = stamp, centry[k]
                    for e in range(ptr[h], ptr[h + 1]):
                        q = col[e]
                        if is_open[q] and not dead[q] and seen[q] != stamp:
                            seen[q], by[q] = stamp, e
                            queue[tail] = q
                            tail += 1
                            if room[q] > tiny:
                                goal = q
                                break
                    if goal >= 0:
                        break
            if goal < 0:
                for k in range(tail):
                    dead[queue[k]] = True
                break
            push, f = min(need[g], room[goal]), goal
            while True:
                h = _row_of(by[f], ptr)
                if came[h] < 0:
                    break
                push = min(push, flow[came[h]])
                f = col[came[h]]
            room[goal] -= push
            need[g] -= push
            f = goal
            while True:
                flow[by[f]] += push
                h = _row_of(by[f], ptr)
                if came[h] < 0:
                    break
                flow[came[h]] -= push
                f = col[came[h]]
    return dead


@kernel
def _row_of(entry, ptr):  # type: ignore[no-untyped-def]
    return np.searchsorted(ptr, entry, side="right") - 1


@kernel
def _promise(ptr, col, seats, is_open, need, flow, dead):  # type: ignore[no-untyped-def]
    """Return the most that each closed column could add: those left over, and those whose seats they could take."""
    n, m = ptr.shape[0] - 1, seats.shape[0]
    most = np.zeros(m)
    for g in range(n):
        free = need[g]
        for e in range(ptr[g], ptr[g + 1]):
            if dead[col[e]]:
                free += flow[e]
        for e in range(ptr[g], ptr[g + 1]):
            most[col[e]] += free
    total = need.sum()
    for j in range(m):
        most[j] = 0.0 if is_open[j] else min(most[j], seats[j], total)
    return most


@kernel
def _bound(cptr, crow, demand, seats, state, count, lower, rounds, start, alarm):  # type: ignore[no-untyped-def]  # noqa: C901
    """Lower the upper bound by subgradient steps on the price of sitting twice, one price a group in [0, 1].

    ``state``: 0 may be opened (``count`` of them), 1 is open, -1 is out. Returns bound, prices, values, picked,
    least value picked, best value not picked.
    """
    n, m = demand.shape[0], seats.shape[0]
    price, best_price = start.copy(), start.copy()
    value, best_value = np.zeros(m), np.zeros(m)
    picked, best_picked = np.zeros(m, np.bool_), np.zeros(m, np.bool_)
    best, best_last, best_next, idle, theta = np.inf, 0.0, np.inf, 0, 1.0
    used = np.zeros(cptr[m])
    step_dir = np.zeros(n)
    for _ in range(rounds):
        for j in range(m):
            value[j] = 0.0
            if state[j] < 0:
                continue
            a, b = cptr[j], cptr[j + 1]
            left = seats[j]
            for k in np.argsort(price[crow[a:b]]):
                take = min(demand[crow[a + k]], left)
                used[a + k] = take
                left -= take
                value[j] -= take * (1.0 - price[crow[a + k]])
        last, after = cheapest(value, state, count, picked)
        bound = (price * demand).sum()
        slope = demand.copy()
        for j in range(m):
            if state[j] == 1:
                picked[j] = True
            if picked[j]:
                bound -= value[j]
                for k in range(cptr[j], cptr[j + 1]):
                    slope[crow[k]] -= used[k]
        if bound < best:
            idle = 0 if bound < best - 1e-5 * abs(best) else idle + 1
            best, best_last, best_next = bound, last, after
            best_price[:] = price
            best_value[:] = value
            best_picked[:] = picked
        else:
            idle += 1
        if best <= lower * (1 + 1e-12) or alarm[0]:
            break
        if idle >= 20:
            theta, idle = theta * 0.6, 0
            price[:] = best_price
            step_dir[:] = 0.0
            if theta < 1e-3:
                break
        for g in range(n):
            if (price[g] <= 0 and slope[g] > 0) or (price[g] >= 1 and slope[g] < 0):
                slope[g] = 0.0
        step_dir = slope + 0.3 * step_dir
        norm = (step_dir * step_dir).sum()
        if norm < 1e-12:
            break
        price = np.minimum(np.maximum(price - theta * max(bound - lower, 1e-6) / norm * step_dir, 0.0), 1.0)
    return best, best_price, -best_value, best_picked, -best_last, -best_next


class _Flow:
    """Who is seated where, for a changing set of open columns."""

    def __init__(self, groups: Groups, seats: Array, opened: Array) -> None:
        self.groups, self.seats = groups, seats
        self.open = opened.copy()
        self.need, self.room = groups.demand.copy(), np.where(opened, seats, 0.0)
        self.flow = np.zeros(len(groups.col))
        self.tiny = 1e-9 * max(float(groups.demand.max(initial=0.0)), 1e-300)
        self.dead = np.zeros(len(seats), bool)
        self.settle()

    def settle(self) -> None:
        self.dead = _seat(*self.groups.arrays, self.open, self.need, self.room, self.flow, self.tiny)

    def copy(self) -> _Flow:
        twin = object.__new__(_Flow)
        twin.groups, twin.seats, twin.tiny, twin.dead = self.groups, self.seats, self.tiny, self.dead
        twin.open, twin.need = self.open.copy(), self.need.copy()
        twin.room, twin.flow = self.room.copy(), self.flow.copy()
        return twin

    def opened(self, j: int) -> _Flow:
        twin = self.copy()
        twin.open[j], twin.room[j] = True, self.seats[j]
        twin.settle()
        return twin

    def closed(self, j: int) -> _Flow:
        twin = self.copy()
        at = slice(self.groups.cptr[j], self.groups.cptr[j + 1])
        entry = self.groups.centry[at]
        np.add.at(twin.need, self.groups.crow[at], twin.flow[entry])
        twin.flow[entry] = 0.0
        twin.open[j], twin.room[j] = False, 0.0
        twin.settle()
        return twin

    def value(self) -> float:
        return float(self.groups.demand.sum() - self.need.sum())

    def best_opening(self, state: Array, above: float, clock: Clock) -> tuple[int, _Flow | None]:
        """Return the closed column that seats most when opened, if more than ``above``, and the flow with it.

        When the time is over, only the column that promises most is tried.
        """
        most = _promise(self.groups.ptr, self.groups.col, self.seats, self.open, self.need, self.flow, self.dead)
        most[state != 0] = 0.0
        best, pick = None, -1
        now = self.value()
        tries = TRIES if clock.left() > 0 else 1
        for j in np.argsort(-most, kind="stable")[:tries]:
            if now + most[j] <= above + self.tiny:
                break
            twin = self.opened(int(j))
            if twin.value() > above + self.tiny:
                best, pick, above = twin, int(j), twin.value()
        return pick, best


def most_seated(groups: Groups, seats: Array, given: Array, usable: Array, count: int, clock: Clock) -> Seated:
    """Return ``count`` columns of ``usable`` that seat most demand together with the columns ``given``.

    Examples
    --------
    >>> groups = Groups.build(np.array([[True, False], [False, True]]), np.array([50.0, 40.0]))
    >>> none, both = np.empty(0, np.int64), np.ones(2, bool)
    >>> found = most_seated(groups, np.array([30.0, 90.0]), none, both, 1, Clock(5.0))
    >>> found.columns.tolist(), found.value, found.bound
    ([1], 40.0, 40.0)
    """
    state = np.where(usable, 0, -1).astype(np.int8)
    state[given] = 1
    whole = bool((groups.demand == np.rint(groups.demand)).all() and (seats == np.rint(seats)).all())
    ceiling = min(float(groups.demand.sum()), float(seats[given].sum() + np.sort(seats[usable])[::-1][:count].sum()))
    flow = _Flow(groups, seats, state == 1)
    for _ in range(count):
        _, better = flow.best_opening(state, flow.value(), clock)
        if better is None:
            break
        flow = better
    if not len(groups.demand):
        return Seated(np.empty(0, np.int64), 0.0, 0.0)
    prices, bound = np.zeros(len(groups.demand)), np.inf
    for turn in range(4):
        result = _bound(
            groups.cptr, groups.crow, groups.demand, seats, state, count, flow.value(), 200, prices, clock.alarm
        )
        prices = result[1]
        bound = min(bound, ceiling, result[0])
        bound = float(np.floor(bound + 1e-6)) if whole else bound
        if turn == 0:
            other = _Flow(groups, seats, (state == 1) | (result[3] & (state == 0)))
            flow = other if other.value() > flow.value() + flow.tiny else flow
        flow = _shaken(_exchanged(flow, state, clock), state, bound, turn, clock)
        if flow.value() >= bound * (1 - 1e-9) or not clock.tell(flow.value(), bound):
            break
    found = Seated(np.flatnonzero(flow.open & (state == 0)), flow.value(), max(bound, flow.value()))
    if found.value < bound * (1 - 1e-9) and clock.left() > 0:
        _prove(found, groups, seats, state, count, result, clock, whole)
    if found.bound - found.value <= 1e-9 * found.value:
        found.bound = found.value
    return found


def _exchanged(flow: _Flow, state: Array, clock: Clock) -> _Flow:
    """Exchange one open column for another while more are seated."""
    better = True
    while better and clock.left() > 0:
        better = False
        for s in np.flatnonzero(flow.open & (state == 0)):
            if clock.left() <= 0:
                break
            _, twin = flow.closed(int(s)).best_opening(state, flow.value(), clock)
            if twin is not None:
                flow, better = twin, True
    return flow


def _shaken(flow: _Flow, state: Array, bound: float, turn: int, clock: Clock) -> _Flow:
    """Close some columns at random, open the best instead, exchange; keep what seats more."""
    dice = np.random.default_rng(turn)
    for _ in range(int(np.clip(4e5 / (len(flow.flow) + 1), 2, 20))):
        mine = np.flatnonzero(flow.open & (state == 0))
        if len(mine) < 2 or flow.value() >= bound * (1 - 1e-9) or clock.left() <= 0:
            break
        trial, barred = flow, state.copy()
        for j in dice.permutation(mine)[:3]:
            trial = trial.closed(int(j))
            barred[j] = -1
        for _k in range(min(3, len(mine))):
            _, better = trial.best_opening(barred, trial.value(), clock)
            if better is None:
                break
            trial, barred = better, state
        trial = _exchanged(trial, state, clock)
        flow = trial if trial.value() > flow.value() + flow.tiny else flow
    return flow


def substitutes(
    groups: Groups, seats: Array, given: Array, columns: Array, usable: Array, clock: Clock
) -> tuple[Array, Array]:
    """Return, for each of the open columns, what is seated with the best substitute tried, and that substitute.

    Examples
    --------
    >>> groups = Groups.build(np.array([[True, False], [False, True]]), np.array([50.0, 40.0]))
    >>> none, both = np.empty(0, np.int64), np.ones(2, bool)
    >>> value, by = substitutes(groups, np.array([30.0, 90.0]), none, np.array([1]), both, Clock(5.0))
    >>> value.tolist(), by.tolist()
    ([30.0], [0])
    """
    opened = np.zeros(len(seats), bool)
    opened[given] = opened[columns] = True
    flow = _Flow(groups, seats, opened)
    state = np.where(usable & ~opened, 0, -1).astype(np.int8)
    value, by = np.full(len(columns), np.nan), np.full(len(columns), -1)
    for k, column in enumerate(columns):
        pick, twin = flow.closed(int(column)).best_opening(state, -1.0, clock)
        if twin is not None:
            value[k], by[k] = twin.value(), pick
    return value, by


def _prove(
    found: Seated, groups: Groups, seats: Array, state: Array, count: int, result: Any, clock: Clock, whole: bool
) -> None:
    """Ask HiGHS for a plan that seats more, among the columns that the bound leaves open."""
    goal = found.value + (1 - 1e-6 if whole else 1e-9 * found.value)
    bound, _prices, value, picked, last, _next = result
    out = (state == 0) & ~picked & (bound + value - last < goal)
    keep = np.flatnonzero((state >= 0) & ~out)
    spot = np.full(len(state), -1)
    spot[keep] = np.arange(len(keep))
    row = np.repeat(np.arange(len(groups.demand)), np.diff(groups.ptr))
    stay = spot[groups.col] >= 0
    row, column = row[stay], spot[groups.col[stay]]
    k, m, n = len(row), len(keep), len(groups.demand)
    if k > EXACT_ENTRIES:
        return
    eye = np.arange(k)
    once = sparse.csr_array((np.ones(k), (row, eye)), shape=(n, k + m))
    full = sparse.csr_array((np.ones(k), (column, eye)), shape=(m, k + m)) - sparse.csr_array(
        (seats[keep], (np.arange(m), k + np.arange(m))), shape=(m, k + m)
    )
    most = np.minimum(groups.demand[row], seats[keep][column])
    link = sparse.csr_array((np.ones(k), (eye, eye)), shape=(k, k + m)) - sparse.csr_array(
        (most, (eye, k + column)), shape=(k, k + m)
    )
    given = state[keep] == 1
    picks = np.concatenate((np.zeros(k), (~given).astype(float)))
    price = np.concatenate((np.ones(k), np.zeros(m)))
    answer = milp(
        -price,
        constraints=[
            LinearConstraint(once, -np.inf, groups.demand),
            LinearConstraint(full, -np.inf, 0),
            LinearConstraint(link, -np.inf, 0),
            LinearConstraint(picks[None], 0, count),
            LinearConstraint(price[None], goal, np.inf),
        ],
        bounds=Bounds(np.concatenate((np.zeros(k), given.astype(float))), np.concatenate((most, np.ones(m)))),
        integrality=np.concatenate((np.zeros(k), np.ones(m))),
        options={"time_limit": max(clock.left(), 0.05), "mip_rel_gap": 0.0},
    )
    if answer.x is not None:
        on = keep[(answer.x[k:] > 0.5) & ~given]
        opened = state == 1
        opened[on] = True
        value_now = _Flow(groups, seats, opened).value()
        if value_now > found.value:
            found.columns, found.value = on, value_now
    if answer.status in (0, 2):
        found.bound = found.value
    elif answer.mip_dual_bound is not None and np.isfinite(answer.mip_dual_bound):
        limit = -answer.mip_dual_bound * (1 + 1e-7)
        found.bound = max(min(found.bound, np.floor(limit + 1e-6) if whole else limit), found.value)


def least_seats(groups: Groups, given: Array, new: Array, sizes: list[Array], value: float, clock: Clock) -> Array:
    """Return a size for each new column so that ``value`` can be seated with the fewest seats in all.

    ``given`` are the seats of every column that is open anyway (0 elsewhere); ``sizes`` lists the sizes each new
    column may have, ascending.

    Examples
    --------
    >>> groups = Groups.build(np.array([[True]]), np.array([70.0]))
    >>> sizes = [np.array([45.0, 90.0, 135.0])]
    >>> least_seats(groups, np.zeros(1), np.array([0]), sizes, 70.0, Clock(5.0)).tolist()
    [90.0]
    """
    n = len(groups.demand)
    row = np.repeat(np.arange(n), np.diff(groups.ptr))
    # Only pairs with a column that is open: the others are most of them, and seat nobody.
    opened = given > 0
    opened[new] = True
    stay = opened[groups.col]
    row, col = row[stay], groups.col[stay]
    k = len(row)
    if k > EXACT_ENTRIES and clock.left() < LEAST_SECONDS:
        return np.array([s[-1] for s in sizes])
    owner = np.repeat(np.arange(len(new)), [len(s) for s in sizes])
    choice = np.concatenate(sizes)
    z = len(choice)
    eye = np.arange(k)
    once = sparse.csr_array((np.ones(k), (row, eye)), shape=(n, k + z))
    full = sparse.csr_array((np.ones(k), (col, eye)), shape=(len(given), k + z)) - sparse.csr_array(
        (choice, (new[owner], k + np.arange(z))), shape=(len(given), k + z)
    )
    one = sparse.csr_array((np.ones(z), (owner, k + np.arange(z))), shape=(len(new), k + z))
    price = np.concatenate((np.ones(k), np.zeros(z)))
    answer = milp(
        np.concatenate((np.zeros(k), choice)),
        constraints=[
            LinearConstraint(once, -np.inf, groups.demand),
            LinearConstraint(full, -np.inf, given),
            LinearConstraint(one, 1, 1),
            LinearConstraint(price[None], value * (1 - 1e-9), np.inf),
        ],
        bounds=Bounds(0, np.concatenate((groups.demand[row], np.ones(z)))),
        integrality=np.concatenate((np.zeros(k), np.ones(z))),
        options={"time_limit": min(clock.least(LEAST_SHARE), 10.0), "mip_rel_gap": 0.0},
    )
    if answer.x is not None:
        on = np.flatnonzero(answer.x[k:] > 0.5)
        return choice[on[np.argsort(owner[on])]]
    return np.array([s[-1] for s in sizes])
