"""A rolling programme where nobody fights for a seat: a new school seats all in its reach, and only the money counts schools.

Then each year by itself is a maximal cover of as many sites as the money can have opened by then, which ``geo.siting`` proves: their
sum is a bound that no programme passes. A programme that comes near it is found by choosing, year by year, what covers most
for the rest of the time, and exchanging sites while that pays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from geo.siting.clock import Clock
from geo.siting.models import cover_most
from geo.siting.programme_model import Model, Plan, roomy

__all__ = ["covering"]

Floats = NDArray[np.float64]
TRIES = 12
"""Starts of the search, each from another half of the sites thrown away."""


def covering(model: Model, clock: Clock) -> Plan | None:
    """Return a programme and its bound by maximal covers; None where seats, growth or closings are to be decided.

    Examples
    --------
    >>> from geo.siting.programme_model import Column
    >>> reach = np.array([[True, False], [False, True]])
    >>> two = (Column((0,), True, 1, 1), Column((1,), True, 1, 1))
    >>> model = Model(np.array([[30.0, 30.0], [20.0, 20.0]]), reach, two, 30.0, np.array([1.0, 1.0]))
    >>> plan = covering(model, Clock(5.0))
    >>> plan.opened.tolist(), plan.value, plan.bound
    ([[1.0, 1.0], [0.0, 1.0]], 80.0, 80.0)
    """
    old = [j for j, c in enumerate(model.columns) if not c.new]
    if not roomy(model).all() or (model.upkeep and any(model.columns[j].may_close for j in old)):
        return None
    new = np.array([j for j, c in enumerate(model.columns) if c.new], np.int64)
    standing = np.zeros(model.demand.shape, np.bool_)
    for j in old:
        column = model.columns[j]
        serves = np.array(column.seats) > 0
        if column.closes is not None:
            serves[column.closes :] = False
        standing |= model.reach[:, j][:, None] & serves
    covered = float(model.demand[standing].sum())
    open_demand = np.where(standing, 0.0, model.demand)
    most = [_most(model, year) for year in range(model.demand.shape[1])]
    starts = _counts(model)
    reach = model.reach[:, new]
    bound, known, seeds = covered, {}, []
    for year, count in enumerate(most):
        people = open_demand[:, year]
        key = (count, people.tobytes())
        if key not in known:
            found = cover_most(
                reach, people, min(count, len(new)), np.empty(0, np.int64), Clock(max(clock.left() / 2, 0.1))
            )
            known[key] = found.bound
            seeds.append(found.columns)
        bound += known[key]
    slots = np.repeat(np.arange(len(starts)), starts)
    chosen = _searched(reach, open_demand, slots, seeds, clock)
    opened = np.zeros((len(model.columns), model.demand.shape[1]))
    for site, first in zip(chosen, slots, strict=False):
        opened[new[site], first:] = 1.0
    value = covered + _value(reach, open_demand, chosen, slots)
    return Plan(opened, np.zeros_like(opened), np.zeros_like(opened), value, max(bound, value))


def _money(model: Model) -> tuple[Floats, Floats, Floats]:
    """Return what a school that serves from each year costs in each year, and what money there is: rows of a constraint."""
    years = model.demand.shape[1]
    least = next((c.least for c in model.columns if c.new), 0.0)
    each = model.fixed + model.per_class * least
    rows = np.zeros((years, years))
    for year in range(years):
        for paid in range(year - model.build, year) if model.build else (year,):
            if paid >= 0:
                rows[paid, year] += each / max(model.build, 1)
        rows[year:, year] += model.upkeep * least
    room = model.budget.astype(float)
    if model.carry:
        rows, room = np.cumsum(rows, axis=0), np.cumsum(room)
    high = np.array([np.inf if year >= model.build else 0.0 for year in range(years)])
    return rows, room, high


def _starting(model: Model, gain: Floats) -> NDArray[np.int64]:
    """Return how many schools begin to serve in each year, so that the sum of ``gain`` is greatest."""
    rows, room, high = _money(model)
    top = float(sum(c.new for c in model.columns))
    answer = milp(
        -gain, constraints=[LinearConstraint(rows, -np.inf, room), LinearConstraint(np.ones((1, len(gain))), 0, top)],
        integrality=np.ones(len(gain)), bounds=Bounds(0, np.minimum(high, top)), options={"mip_rel_gap": 0.0},
    )  # fmt: skip
    return np.rint(answer.x).astype(np.int64)


def _most(model: Model, year: int) -> int:
    """Return how many schools can serve in a year at most, whatever that leaves for the others."""
    return (
        int(_starting(model, (np.arange(model.demand.shape[1]) <= year).astype(float)).sum())
        if year >= model.build
        else 0
    )


def _counts(model: Model) -> NDArray[np.int64]:
    """Return how many schools begin to serve in each year of the programme: as many school-years as the money buys, early first."""
    years = model.demand.shape[1]
    return _starting(model, years - np.arange(years) + 1e-3 * (years - np.arange(years)) ** 2 / years)


def _value(reach: NDArray[np.bool_], people: Floats, sites: NDArray[np.int64], slots: NDArray[np.int64]) -> float:
    """Return the pupil-years of sites that serve from the years of their slots."""
    years = people.shape[1]
    first = np.full(len(people), years)
    for site, year in zip(sites, slots, strict=False):
        first[reach[:, site]] = np.minimum(first[reach[:, site]], year)
    return float(_tails(people)[np.arange(len(people)), first].sum())


def _tails(people: Floats) -> Floats:
    """Return the pupil-years of each group from each year on, 0 after the last."""
    tails = np.zeros((len(people), people.shape[1] + 1))
    tails[:, :-1] = np.cumsum(people[:, ::-1], axis=1)[:, ::-1]
    return tails


def _searched(
    reach: NDArray[np.bool_], people: Floats, slots: NDArray[np.int64], seeds: list[NDArray[np.int64]], clock: Clock
) -> NDArray[np.int64]:
    """Return a site for each slot, none of them twice; the best of several starts, each exchanged until nothing pays."""
    count = min(len(slots), reach.shape[1])
    slots = slots[:count]
    if not count:
        return np.empty(0, np.int64)
    tails, table = _tails(people), reach.astype(float).T
    draws = np.random.default_rng(0)
    best, top = np.full(count, -1), -1.0
    starts = [np.full(count, -1), *(_ordered(table, tails, slots, seed) for seed in seeds if len(seed))]
    for number in range(TRIES):
        if number < len(starts):
            sites = starts[number].copy()
        else:
            sites = best.copy()
            sites[draws.permutation(count)[: (count + 1) // 2]] = -1
        sites, value = _exchanged(table, tails, slots, sites)
        if value > top:
            best, top = sites, value
        if not clock.tell(top, np.inf):
            break
    return best


def _ordered(table: Floats, tails: Floats, slots: NDArray[np.int64], seed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sites of a seed in the slots, those that cover most first."""
    sites = np.full(len(slots), -1)
    first = np.full(len(tails), tails.shape[1] - 1)
    left = list(seed)
    for slot, year in enumerate(slots):
        if not left:
            break
        gains = [float(table[s] @ _gain(tails, first, year)) for s in left]
        site = left.pop(int(np.argmax(gains)))
        sites[slot] = site
        near = table[site] > 0
        first[near] = np.minimum(first[near], year)
    return sites


def _gain(tails: Floats, first: NDArray[np.int64], year: int) -> Floats:
    """Return what each group gains of a site that serves from a year, beside those that serve it from ``first``."""
    rows = np.arange(len(tails))
    return tails[rows, np.minimum(first, year)] - tails[rows, first]


def _exchanged(
    table: Floats, tails: Floats, slots: NDArray[np.int64], sites: NDArray[np.int64]
) -> tuple[NDArray[np.int64], float]:
    """Return the sites after each slot has in turn been given the best site for it, until none changes."""
    never = tails.shape[1] - 1
    changed = True
    while changed:
        changed = False
        for slot, year in enumerate(slots):
            first = np.full(len(tails), never)
            for other, when in enumerate(slots):
                if other != slot and sites[other] >= 0:
                    near = table[sites[other]] > 0
                    first[near] = np.minimum(first[near], when)
            gains = table @ _gain(tails, first, year)
            taken = sites[(np.arange(len(slots)) != slot) & (sites >= 0)]
            gains[taken] = -1.0
            site = int(np.argmax(gains))
            # Only what is surely better, or it would go round for ever.
            if sites[slot] < 0 or gains[site] > gains[sites[slot]] + 1e-9 * max(1.0, gains[site]):
                sites[slot], changed = site, True
    first = np.full(len(tails), never)
    for site, year in zip(sites, slots, strict=True):
        near = table[site] > 0
        first[near] = np.minimum(first[near], year)
    return sites, float(tails[np.arange(len(tails)), first].sum())
