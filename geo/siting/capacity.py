"""The capacitated p-median: every row whole to one site, no site above its capacity.

Lagrangian bound with one knapsack per column (Mulvey & Beck 1984, European Journal of Operational Research 18,
339-348), a search that moves, exchanges and re-centres, and HiGHS on the columns and pairs that the bound leaves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from geo.kernel import kernel
from geo.siting.clock import Clock
from geo.siting.lagrange import cheapest
from geo.siting.swap import draw

__all__ = ["CapacityPlan", "solve"]

Array = np.ndarray[Any, Any]
KNAPSACK_WORK = 3e7
"""Work of one step up to which the knapsacks are solved exactly (whole demand only), else with fractions."""
EXACT_PAIRS = 60_000
"""Pairs left by the bound up to which HiGHS is asked for the proof."""


@kernel
def _knapsack(worth, size, room, exact, table, take):  # type: ignore[no-untyped-def]
    """Return the most worth that fits; ``take`` [0, 1] tells which. Not exact: fractions allowed (a bound)."""
    n = worth.shape[0]
    total = 0.0
    if not exact:
        ratio = np.empty(n)
        for i in range(n):
            ratio[i] = worth[i] / size[i] if size[i] > 0 else 1e300
        for i in np.argsort(-ratio):
            part = 1.0 if size[i] <= room else room / size[i]
            take[i] = part
            total += part * worth[i]
            room -= part * size[i]
        return total
    units = int(room)
    best = np.zeros(units + 1)
    for i in range(n):
        s = int(size[i])
        for u in range(units, s - 1, -1):
            table[i, u] = best[u - s] + worth[i] > best[u]
            if table[i, u]:
                best[u] = best[u - s] + worth[i]
    u = units
    for i in range(n - 1, -1, -1):
        s = int(size[i])
        take[i] = 1.0 if u >= s and table[i, u] else 0.0
        if take[i] > 0:
            u -= s
    return best[units]


@kernel
def _ascend(cost, size, room, state, forced, p, start, upper, rounds, theta, exact, goal, alarm):  # type: ignore[no-untyped-def]
    """Raise the bound from multipliers; return bound, multipliers, savings, picked columns, last, next, theta."""
    n, m = cost.shape
    lam, best_lam = start.copy(), start.copy()
    most = int(room.max()) + 1 if exact else 1
    table = np.zeros((n, most), np.bool_)
    best, idle = -np.inf, 0
    best_saving, best_picked = np.zeros(m), np.zeros(m, np.bool_)
    best_last, best_next = 0.0, np.inf
    saving, picked = np.zeros(m), np.zeros(m, np.bool_)
    served, step_dir = np.zeros(n), np.zeros(n)
    used = np.zeros((m, n))
    for _ in range(rounds):
        used[:] = 0.0
        for j in range(m):
            saving[j] = 0.0
            if state[j] == 0 or forced[j]:
                who = np.flatnonzero(cost[:, j] < lam)
                who = who[size[who] <= room[j]]
                take = np.zeros(who.shape[0])
                saving[j] = -_knapsack(lam[who] - cost[who, j], size[who], room[j], exact, table, take)
                for k in range(who.shape[0]):
                    used[j, who[k]] = take[k]
        last, after = cheapest(saving, state, p, picked)
        bound = lam.sum()
        served[:] = 0.0
        for j in range(m):
            if forced[j]:
                picked[j] = True
            if picked[j]:
                bound += saving[j]
                served += used[j]
        if bound > best:
            idle = 0 if bound > best + 1e-5 * abs(best) else idle + 1
            best, best_last, best_next = bound, last, after
            best_lam[:] = lam
            best_saving[:] = saving
            best_picked[:] = picked
        else:
            idle += 1
        if best >= goal or alarm[0]:
            break
        if idle >= 20:
            theta, idle = theta * 0.6, 0
            lam[:] = best_lam
            step_dir[:] = 0.0
            if theta < 1e-3:
                break
        step_dir = (1.0 - served) + 0.3 * step_dir
        norm = (step_dir * step_dir).sum()
        if norm < 1e-12:
            break
        lam += theta * max(upper - bound, 1e-6 * abs(upper)) / norm * step_dir
    return best, best_lam, best_saving, best_picked, best_last, best_next, theta


@kernel
def _place(cost, size, room, sites, who, left):  # type: ignore[no-untyped-def]
    """Give every row a site, those that lose most by waiting first; rows that fit nowhere overload the roomiest."""
    n, p = cost.shape[0], sites.shape[0]
    for s in range(p):
        left[s] = room[sites[s]]
    who[:] = -1
    for _ in range(n):
        pick, to, worst = -1, -1, -np.inf
        for i in range(n):
            if who[i] >= 0:
                continue
            a, b, at = np.inf, np.inf, -1
            for s in range(p):
                if left[s] >= size[i] - 1e-9:
                    c = cost[i, sites[s]]
                    if c < a:
                        b, a, at = a, c, s
                    elif c < b:
                        b = c
            regret = 1e300 if b == np.inf else b - a
            if at < 0:
                regret = np.inf
            if regret > worst or pick < 0:
                pick, to, worst = i, at, regret
        if to < 0:
            to = 0
            for s in range(p):
                if left[s] > left[to]:
                    to = s
        who[pick] = to
        left[to] -= size[pick]


@kernel
def _over(left):  # type: ignore[no-untyped-def]
    return max(-left, 0.0) if left < -1e-9 else 0.0


@kernel
def _shift(cost, size, sites, who, left, fine, alarm):  # type: ignore[no-untyped-def]
    """Move or exchange rows while cost plus ``fine`` times overload falls."""
    n, p = cost.shape[0], sites.shape[0]
    better = True
    while better:
        better = False
        for i in range(n):
            if alarm[0]:
                return
            a = who[i]
            for b in range(p):
                if b == a:
                    continue
                change = cost[i, sites[b]] - cost[i, sites[a]]
                over = _over(left[b] - size[i]) - _over(left[b]) + _over(left[a] + size[i]) - _over(left[a])
                if change + fine * over < -1e-7:
                    left[a] += size[i]
                    left[b] -= size[i]
                    who[i], a, better = b, b, True
            for k in range(i + 1, n):
                b = who[k]
                if b == a:
                    continue
                change = cost[i, sites[b]] + cost[k, sites[a]] - cost[i, sites[a]] - cost[k, sites[b]]
                if change >= 0 and _over(left[a]) + _over(left[b]) == 0:
                    continue
                more = size[i] - size[k]
                over = _over(left[b] - more) - _over(left[b]) + _over(left[a] + more) - _over(left[a])
                if change + fine * over < -1e-7:
                    left[a] += more
                    left[b] -= more
                    who[i], who[k], a, better = b, a, b, True


@kernel
def _recentre(cost, room, sites, who, left, kept, alarm):  # type: ignore[no-untyped-def]
    """Move each site to the column that serves its rows at least cost; return whether any moved."""
    m, p = cost.shape[1], sites.shape[0]
    used = np.zeros(m, np.bool_)
    used[sites] = True
    moved = False
    for s in range(kept, p):
        if alarm[0]:
            return False
        load = room[sites[s]] - left[s]
        rows = np.flatnonzero(who == s)
        best, at = 0.0, sites[s]
        for i in rows:
            best += cost[i, sites[s]]
        for j in range(m):
            if used[j] or room[j] < load - 1e-9:
                continue
            total = 0.0
            for i in rows:
                total += cost[i, j]
                if total >= best - 1e-7:
                    break
            if total < best - 1e-7:
                best, at = total, j
        if at != sites[s]:
            used[sites[s]], used[at] = False, True
            left[s] = room[at] - load
            sites[s], moved = at, True
    return moved


@kernel
def _settle(cost, size, room, sites, who, left, kept, fine, alarm):  # type: ignore[no-untyped-def]
    """Shift and re-centre until nothing improves; return cost and overload of the plan (in place)."""
    for _ in range(30):
        _shift(cost, size, sites, who, left, fine, alarm)
        if not _recentre(cost, room, sites, who, left, kept, alarm):
            break
    total, over = 0.0, 0.0
    for i in range(cost.shape[0]):
        total += cost[i, sites[who[i]]]
    for s in range(sites.shape[0]):
        over += _over(left[s])
    return total, over


@kernel
def _polish(cost, size, room, sites, who, left, kept, fine, alarm):  # type: ignore[no-untyped-def]
    """Search from these sites; return cost and overload of the plan (in place)."""
    _place(cost, size, room, sites, who, left)
    return _settle(cost, size, room, sites, who, left, kept, fine, alarm)


@kernel
def _rehouse(cost, size, sites, who, left, moved):  # type: ignore[no-untyped-def]
    """Give the rows of moved sites the nearest site with room, large rows first, else the roomiest."""
    rows = np.flatnonzero(moved[who])
    for i in rows[np.argsort(-size[rows])]:
        at, roomiest = -1, 0
        for s in range(sites.shape[0]):
            if left[s] >= size[i] and (at < 0 or cost[i, sites[s]] < cost[i, sites[at]]):
                at = s
            if left[s] > left[roomiest]:
                roomiest = s
        who[i] = at if at >= 0 else roomiest
        left[who[i]] -= size[i]


@kernel
def _shaken(cost, size, room, sites, who, kept, fine, best, worst, pool, rounds, seed, alarm):  # type: ignore[no-untyped-def]
    """Replace one to three sites by columns of ``pool`` and search on, ``rounds`` times; keep what is better."""
    dice = np.full(1, seed * 7919 + 1, np.uint64)
    p = sites.shape[0]
    trial, whom, left, moved = sites.copy(), who.copy(), np.zeros(p), np.zeros(p, np.bool_)
    for _ in range(rounds):
        if alarm[0]:
            break
        trial[:] = sites
        whom[:] = who
        moved[:] = False
        for _k in range(1 + draw(dice, min(3, max(p - kept, 1)))):
            if p == kept:
                break
            at = kept + draw(dice, p - kept)
            new = pool[draw(dice, pool.shape[0])]
            if draw(dice, 2) == 0:
                # A column close to the site it replaces: cheap for one of its rows.
                i = draw(dice, cost.shape[0])
                for _t in range(6):
                    j = pool[draw(dice, pool.shape[0])]
                    if cost[i, j] < cost[i, new]:
                        new = j
            if not (trial == new).any():
                trial[at], moved[at] = new, True
        for s in range(p):
            left[s] = room[trial[s]]
        for i in range(cost.shape[0]):
            if not moved[whom[i]]:
                left[whom[i]] -= size[i]
        _rehouse(cost, size, trial, whom, left, moved)
        total, over = _settle(cost, size, room, trial, whom, left, kept, fine, alarm)
        if over < worst - 1e-9 or (over < worst + 1e-9 and total < best - 1e-9):
            best, worst = total, over
            sites[:] = trial
            who[:] = whom
    return best, worst


class CapacityPlan:
    """Sites, who goes to which of them, cost, bound; and what is left without room.

    Examples
    --------
    >>> cost = np.array([[1.0, 9.0], [2.0, 3.0], [9.0, 1.0]])
    >>> plan = solve(cost, np.ones(3), np.array([2.0, 2.0]), 2, np.empty(0, np.int64), Clock(5.0))
    >>> plan.cost, plan.feasible
    (4.0, True)
    """

    def __init__(self, sites: Array, who: Array, cost: float, over: float) -> None:
        self.sites, self.who, self.cost, self.over = sites, who, cost, over
        self.bound = -np.inf
        self.impossible = False

    @property
    def feasible(self) -> bool:
        """Whether every row has room."""
        return self.over <= 1e-9

    def better(self, sites: Array, who: Array, cost: float, over: float) -> None:
        """Keep a plan that overloads less, or costs less."""
        if over < self.over - 1e-9 or (over <= self.over + 1e-9 and cost < self.cost):
            self.sites, self.who, self.cost, self.over = sites.copy(), who.copy(), cost, over


def solve(cost: Array, size: Array, room: Array, p: int, fixed: Array, clock: Clock) -> CapacityPlan:
    """Return the plan of ``p`` columns of least cost in which every row fits whole into one column.

    Examples
    --------
    >>> cost = np.array([[1.0, 9.0], [2.0, 3.0], [3.0, 4.0]])
    >>> plan = solve(cost, np.ones(3), np.array([2.0, 2.0]), 2, np.empty(0, np.int64), Clock(5.0))
    >>> plan.cost, plan.sites[plan.who].tolist()  # one of the three must go to the second column
    (7.0, [0, 0, 1])
    """
    n, m = cost.shape
    finite = np.isfinite(cost)
    far = float(4 * cost[finite].max(initial=0.0) + 1) * max(n, 2)
    # By columns, and free to be written to: compiled code belongs to the layout as well, and compiling anew takes 20 s.
    cost, size, room = np.asfortranarray(np.where(finite, cost, far)), size.copy(), room.copy()
    units = bool((size == np.rint(size)).all() and (room == np.rint(room)).all())
    exact = units and m * min(n, 4 * n / p) * float(room.max()) <= KNAPSACK_WORK
    whole = bool((cost == np.rint(cost)).all())
    forced = np.zeros(m, bool)
    forced[fixed] = True
    free = np.setdiff1d(np.argsort(-room, kind="stable"), fixed, assume_unique=True)
    sites = np.concatenate((fixed, free[: p - len(fixed)])).astype(np.int64)
    fine = far / max(float(size[size > 0].min(initial=1.0)), 1e-9)
    who, left = np.zeros(n, np.int64), np.zeros(p)
    plan = CapacityPlan(sites.copy(), who, *_polish(cost, size, room, sites, who, left, len(fixed), fine, clock.alarm))
    plan.sites, plan.who = sites.copy(), who.copy()
    state = forced.astype(np.int8)
    lam = np.partition(cost, min(2, m - 1), axis=1)[:, min(2, m - 1)].copy()
    theta, result = 1.0, None
    shakes = int(np.clip(2e8 / (n * n * 4 + n * p * 8), 5, 400))
    idle = 0
    for turn in range(40):
        goal = _goal(plan, whole)
        upper = plan.cost if plan.feasible else min(plan.cost, 3 * abs(lam).sum())
        result = _ascend(
            cost, size, room, state, forced, p - len(fixed), lam, upper, 80, theta, exact, goal, clock.alarm
        )
        lam, theta = result[1], max(result[6], 0.02)
        before, cheapest_yet = plan.bound, plan.cost
        plan.bound = max(plan.bound, float(np.ceil(result[0] - 1e-6) if whole else result[0]))
        start = np.concatenate((fixed, np.flatnonzero(result[3] & ~forced))).astype(np.int64)
        if len(start) == p:
            plan.better(start, who, *_polish(cost, size, room, start, who, left, len(fixed), fine, clock.alarm))
        pool, pairs = _left_open(plan, (cost, size, room, finite), forced, result, whole)
        sites, who2 = plan.sites.copy(), plan.who.copy()
        best = _shaken(
            cost, size, room, sites, who2, len(fixed), fine, plan.cost, plan.over, pool, shakes, 1 + turn, clock.alarm
        )
        plan.better(sites, who2, *best)
        if not clock.tell(plan.cost, plan.bound) or plan.bound >= _goal(plan, whole):
            break
        better = plan.cost < cheapest_yet or plan.bound > before + 1e-3 * (plan.cost - before)
        idle = 0 if better or not plan.feasible else idle + 1
        if idle > (1 if pairs.sum() <= EXACT_PAIRS else 4) and turn > 3:
            break
    if plan.feasible and plan.bound >= _goal(plan, whole):
        plan.bound = plan.cost
    elif clock.left() > 0 and result is not None:
        _proof(plan, (cost, size, room, finite), p, forced, result, clock)
    if plan.feasible and (plan.cost >= far or not finite[np.arange(n), plan.sites[plan.who]].all()):
        plan.over = np.inf
        # No plan of finite pairs alone costs as much as one pair without a way: a bound there is the proof.
        plan.impossible = plan.impossible or plan.bound >= far - 1e-6 * far
    return plan


def _goal(plan: CapacityPlan, whole: bool) -> float:
    if not plan.feasible:
        return np.inf
    return plan.cost - 1 + 1e-6 if whole else plan.cost - 1e-9 * abs(plan.cost)


def _left_open(plan: CapacityPlan, data: Any, forced: Array, result: Any, whole: bool) -> tuple[Array, Array]:
    """Return the columns, and the pairs of row and column, that a better plan may use by the bound."""
    cost, size, room, finite = data
    bound, lam, saving, picked, last, *_ = result
    goal = _goal(plan, whole)
    extra = np.where(picked, 0.0, np.maximum(saving - last, 0.0))
    columns = forced | (bound + extra <= goal)
    reduced = np.maximum(cost - lam[:, None], 0.0) + extra
    pair = finite & (bound + reduced <= goal) & (size[:, None] <= room[None] + 1e-9) & columns
    return (np.flatnonzero(columns) if columns.any() else np.arange(len(columns))), pair


def _proof(plan: CapacityPlan, data: Any, p: int, forced: Array, result: Any, clock: Clock) -> None:
    """Ask HiGHS for a better plan among the columns and pairs that the Lagrangian bound leaves open."""
    cost, size, room, _finite = data
    whole = bool((cost == np.rint(cost)).all())
    goal = _goal(plan, whole)
    columns, pair = _left_open(plan, data, forced, result, whole)
    rows, cols = np.nonzero(pair[:, columns])
    if len(rows) > EXACT_PAIRS or len(columns) < p:
        if len(columns) < p and plan.feasible:
            plan.bound = plan.cost
        return
    n, m, k = len(cost), len(columns), len(rows)
    value = cost[rows, columns[cols]]
    eye = np.arange(k)
    once = sparse.csr_array((np.ones(k), (rows, eye)), shape=(n, k + m))
    load = sparse.csr_array((size[rows], (cols, eye)), shape=(m, k + m)) - sparse.csr_array(
        (room[columns], (np.arange(m), k + np.arange(m))), shape=(m, k + m)
    )
    link = sparse.csr_array((np.ones(k), (eye, eye)), shape=(k, k + m)) - sparse.csr_array(
        (np.ones(k), (eye, k + cols)), shape=(k, k + m)
    )
    picks = np.concatenate((np.zeros(k), np.ones(m)))
    rule = [
        LinearConstraint(once, 1, 1),
        LinearConstraint(load, -np.inf, 0),
        LinearConstraint(link, -np.inf, 0),
        LinearConstraint(picks[None], p, p),
        LinearConstraint(np.concatenate((np.zeros(k), room[columns]))[None], size.sum(), np.inf),
    ]
    price = np.concatenate((value, np.zeros(m)))
    if plan.feasible:
        rule.append(LinearConstraint(price[None], -np.inf, goal))
    low = np.concatenate((np.zeros(k), forced[columns].astype(float)))
    answer = milp(
        price,
        constraints=rule,
        bounds=Bounds(low, 1),
        integrality=np.ones(k + m),
        options={"time_limit": max(clock.left(), 0.05), "mip_rel_gap": 0.0},
    )
    if answer.x is not None:
        on = np.flatnonzero(answer.x[k:] > 0.5)
        spot = np.full(m, -1)
        spot[on] = np.arange(len(on))
        chosen = np.flatnonzero(answer.x[:k] > 0.5)
        who = np.zeros(n, np.int64)
        who[rows[chosen]] = spot[cols[chosen]]
        plan.better(columns[on], who, float(value[chosen].sum()), 0.0)
    if answer.status == 0 or (answer.status == 2 and plan.feasible):
        plan.bound = plan.cost
    elif answer.status == 2:
        plan.impossible = True
    elif answer.mip_dual_bound is not None and np.isfinite(answer.mip_dual_bound):
        found = answer.mip_dual_bound - 1e-7 * abs(answer.mip_dual_bound)
        plan.bound = min(max(plan.bound, np.ceil(found - 1e-6) if whole else found), plan.cost)
