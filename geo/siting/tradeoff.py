"""Two goals of siting at once: what a little less of the one buys of the other, with proof where there is any.

ε-constraint: Haimes, Y., Lasdon, L. & Wismer, D. (1971) IEEE Transactions on Systems, Man, and Cybernetics 1, 296-297;
augmented: Mavrotas, G. (2009) Applied Mathematics and Computation 213, 455-465. Weights for the bounds: Cohon, J.,
Church, R. & Sheer, D. (1979) Water Resources Research 15, 1001-1010. See docs/methods/siting.md.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from geo.errors import InputError
from geo.laws import amounts
from geo.progress import Progress
from geo.siting.clock import Clock
from geo.siting.models import cover_most, filled
from geo.siting.siting import checked, checked_limit, started
from geo.siting.tables import Array, fail
from geo.siting.twogoals import Found, Goals, exact, improve, next_level, weigh
from geo.text import Text

__all__ = ["Front", "cover_against_sites", "cover_against_walk", "knee"]

EXACT_ENTRIES = 6_000
"""Pairs of demand point and nearer candidate up to which each level is proven by HiGHS."""
WEIGHTS = 8
"""Weighted sums solved for the bounds of a large table, besides the two ends."""


@dataclass(frozen=True)
class Front:
    """The plans of which none is better in one goal without being worse in the other, fewest people covered first.

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [100, 600, 600], "B": [900, 300, 700], "C": [900, 900, 100]}, index=["x", "y", "z"])
    >>> front = cover_against_walk(cost, pd.Series([4, 5, 6], cost.index), limit=400, far=1000, p=1)
    >>> front.points[["people", "walk_m", "sites", "status"]].round(1).to_dict("split")["data"]
    [[4.0, 466.7, ['A'], 'optimal'], [6.0, 580.0, ['C'], 'optimal']]
    """

    goals: tuple[Literal["cover"], Literal["walk", "sites"]]
    points: pd.DataFrame
    """``people`` covered [persons] and their ``share``; the other goal: ``walk_m``, mean walk of all [m], or
    ``new_sites``; ``bound``: as good as the other goal can be with as many people covered (``walk``) or the people that as
    many sites can cover at most (``sites``); ``gap`` between, over the value; ``status`` optimal or feasible;
    ``sites``: the new ones."""
    total: float
    """All people [persons]."""
    most: float
    """No plan of as many sites covers more people [persons]."""
    seconds: float
    """Time taken [s]."""
    every: bool
    """Whether these are proven to be all such plans; else they are a choice of them, level by level."""

    @property
    def knee(self) -> int | None:
        """Return the position of the point after which the curve bends most; see :func:`knee`.

        Examples
        --------
        >>> points = pd.DataFrame({"people": [0.0, 60, 70, 74], "new_sites": [0, 1, 2, 3]})
        >>> Front(("cover", "sites"), points, 80.0, 74.0, 0.1, True).knee
        1
        """
        return knee(self.points["people"], self.points["walk_m" if self.goals[1] == "walk" else "new_sites"])


def knee(first: Iterable[float], second: Iterable[float]) -> int | None:
    """Return the position of the point of a curve farthest from the line between its ends, both goals scaled to 0-1.

    Parameters
    ----------
    first, second
        The two goals along the curve, in any units.

    Returns
    -------
    position
        From 0; None where there are fewer than three points, or none lies off the line. A hint for a talk, no
        judgement: where to stop is for those who weigh the goals.

    Notes
    -----
    Das, I. (1999) Structural Optimization 18, 107-115.

    Examples
    --------
    >>> knee([0, 60, 70, 74], [0, 1, 2, 3]), knee([0, 1, 2], [0, 1, 2])
    (1, None)
    """
    ends = np.array([list(first), list(second)], float)
    span = np.ptp(ends, axis=1) if ends.size else np.zeros(2)
    if ends.shape[1] < 3 or not (span > 0).all():
        return None
    x, y = (ends - ends[:, :1]) / (ends[:, -1:] - ends[:, :1])
    off = np.abs(x - y)
    return int(off.argmax()) if off.max() > 1e-9 else None


def cover_against_walk(
    cost: pd.DataFrame, people: pd.Series, *, limit: float, far: float, p: int, fixed: Iterable[Hashable] = (),
    steps: int | None = 16, time_limit: float = 60.0, progress: Progress | None = None,
) -> Front:  # fmt: skip
    """Return the plans of ``p`` sites between most people within ``limit`` (MCLP) and least mean walk (p-median).

    Parameters
    ----------
    cost
        Distance [m], shape (demand, candidates), ``inf`` where there is no way.
    people
        People at each demand point [persons], indexed like ``cost.index``.
    limit
        The standard [m]; a point at exactly the limit is covered.
    far
        Longest walk [m], at least ``limit``: a longer one, or none at all, counts as this.
    p
        Number of sites, the fixed ones included.
    fixed
        Candidate ids that are chosen in any case (existing facilities).
    steps
        Levels of people covered between the two ends, equally far apart, at which the least walk is sought; None asks
        for every plan of the curve, which small tables allow.
    time_limit
        Seconds after which the points so far are returned, each with its bound [s].
    progress
        Told of each step; returning False stops the search, keeping the points so far.

    Returns
    -------
    front
        Points with proven or bounded walk, and their sites.

    Raises
    ------
    InputError
        If the table is empty, a number is missing, negative or not a number, ``far`` is below ``limit``, ``steps`` is not
        usable, or every plan is asked of a table too large for that.
    InfeasibleError
        If there are fewer than ``p`` candidates, or more than ``p`` fixed sites; ``shortage`` in sites.

    Notes
    -----
    ε-constraint with the people covered as the constraint (sources at the head of this module). Where a table is too large
    for HiGHS, sites are exchanged one by one at every level, and the bound is that of weighted sums (Lagrangian): true, but
    between two of them never better than the straight line.

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [100, 600, 600], "B": [900, 300, 700], "C": [900, 900, 100]}, index=["x", "y", "z"])
    >>> front = cover_against_walk(cost, pd.Series([4, 5, 6], cost.index), limit=400, far=1000, p=1, steps=None)
    >>> front.points["sites"].tolist(), front.every
    ([['A'], ['C']], True)
    """
    clock = started(time_limit, progress)
    table, kept, p = checked(cost, fixed, p)
    weight = amounts(people, table.index, "people", "人口")
    limit = checked_limit(limit)
    if not (np.isfinite(far) and far >= limit):
        raise fail(
            f"最远步行 far 须为不小于标准 {limit:g} 的有限米数，现为 {far}",
            f"far must be finite metres, at least the limit {limit:g}, it is {far}",
            field="far",
        )
    if steps is not None and not (isinstance(steps, (int, np.integer)) and steps >= 1):
        raise fail(
            f"级数 steps 须为不小于 1 的整数，现为 {steps}",
            f"steps must be a whole number of at least 1, it is {steps}",
            field="steps",
        )
    live = weight > 0
    values, weight = np.minimum(table.to_numpy()[live], far), weight[live]
    if not len(weight):
        raise fail("没有人口：无从权衡", "there are no people: nothing to weigh", field="people")
    base = values[:, kept].min(1) if len(kept) else np.full(len(values), far)
    usable = np.ones(values.shape[1], bool)
    usable[kept] = False
    goals = Goals.build(values, weight, base, usable, limit, p - len(kept))
    small = len(goals.rows.col) <= EXACT_ENTRIES
    if steps is None and not small:
        raise InputError(
            Text(
                f"表太大（{len(goals.rows.col)} 对，超过 {EXACT_ENTRIES}），无法给出全部方案：请给出级数 steps",
                f"the table is too large for every plan ({len(goals.rows.col)} pairs, more than {EXACT_ENTRIES}): give steps",
            )
        )

    most = cover_most(values <= limit, weight, p, kept, clock.part(0.2))
    end = filled(most.columns, kept, p, values.shape[1])
    found = _every(goals, clock) if steps is None else _levels(goals, end, steps, clock, small=small)
    points = _points(goals, found, table.columns)
    every = steps is None and bool((points["status"] == "optimal").all()) and clock.left() > 0
    return Front(("cover", "walk"), points, float(weight.sum()), max(most.bound, most.value), clock.seconds(), every)


def _every(goals: Goals, clock: Clock) -> Found:
    """Return every plan of the curve: from the least walk on, each covers more than the one before."""
    plans: list[tuple[float, Array]] = []
    level = 0.0
    while clock.tell(np.nan, np.nan):
        columns, proven = exact(goals, level, clock)
        if columns is None:
            break
        plans.append((level if proven else np.nan, columns))
        level = max(next_level(goals, goals.value(columns)[0]), np.nextafter(level, np.inf))
    found = Found(np.array([goals.value(columns)[0] for _, columns in plans]))
    for proven_from, columns in plans:
        found.take(columns, *goals.value(columns))
        if np.isfinite(proven_from):
            found.steps.append((proven_from, goals.value(columns)[1]))
    return found


def _levels(goals: Goals, end: Array, steps: int, clock: Clock, *, small: bool) -> Found:
    """Return the best plans at equal levels of people covered, from those of the least walk to the most."""
    ground = Found(np.zeros(1))
    least = weigh(goals, ground, 1.0, 0.0, clock.part(0.3), end) if goals.left else end
    low, high = goals.value(least)[0], goals.value(end)[0]
    found = Found(np.unique(np.linspace(min(low, high), high, steps + 1)))
    found.lines = ground.lines
    for plan in (least, end):
        found.take(plan, *goals.value(plan))
    improve(goals, found, clock)
    if small:
        _prove(goals, found, clock)
    else:
        _bound(goals, found, clock)
        improve(goals, found, clock)
    return found


def _prove(goals: Goals, found: Found, clock: Clock) -> None:
    """Ask for the least walk at each level; a plan that covers more than its level answers the next ones too."""
    reached = -np.inf
    for level in found.levels:
        if level <= reached:
            continue
        if not clock.tell(np.nan, np.nan):
            return
        columns, proven = exact(goals, float(level), clock)
        if columns is not None:
            cover, walk = goals.value(columns)
            found.take(columns, cover, walk)
            if proven:
                found.steps.append((float(level), walk))
                reached = cover


def _bound(goals: Goals, found: Found, clock: Clock) -> None:
    """Solve weighted sums, each along the stretch of the curve where the bound is farthest off."""
    done: set[tuple[float, float]] = set()
    for turn in range(WEIGHTS):
        plans = _efficient(goals, found)
        best: tuple[float, tuple[float, float], float, Array] | None = None
        for (c1, w1, plan), (c2, w2, _) in pairwise(plans):
            off = (w1 + w2) / 2 - found.least((c1 + c2) / 2)
            if (c1, c2) not in done and off > 1e-3 * w1 and (best is None or off > best[0]):
                best = off, (c1, c2), (w2 - w1) / (c2 - c1), plan
        if best is None or not clock.tell(np.nan, np.nan):
            return
        done.add(best[1])
        weigh(goals, found, 1.0, best[2], clock.part(1 / (WEIGHTS + 1 - turn)), best[3])


def _efficient(goals: Goals, found: Found) -> list[tuple[float, float, Array]]:
    """Return the plans that no other is better than, with people and walk, fewest people first."""
    kept: list[tuple[float, float, Array]] = []
    for cover, walk, plan in sorted(((*goals.value(plan), plan) for plan in found.each()), key=lambda t: (-t[0], t[1])):
        if not kept or (walk < kept[-1][1] * (1 - 1e-12) and cover < kept[-1][0]):
            kept.append((cover, walk, plan))
    return kept[::-1]


def _points(goals: Goals, found: Found, ids: pd.Index) -> pd.DataFrame:
    total = float(goals.weight.sum())
    rows = []
    for cover, walk, plan in _efficient(goals, found):
        bound = min(found.least(cover), walk)
        gap = 0.0 if walk - bound <= 1e-9 * walk else (walk - bound) / walk
        rows.append({
            "people": cover, "share": cover / total, "walk_m": walk / total, "bound": (bound if gap else walk) / total,
            "gap": gap, "status": "feasible" if gap else "optimal", "sites": ids[plan].tolist(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _covered(reach: Array, weight: Array, kept: Array, columns: Array) -> float:
    return float(weight[reach[:, np.concatenate((kept, columns))].any(1)].sum())


def cover_against_sites(
    cost: pd.DataFrame, people: pd.Series, *, limit: float, most: int, fixed: Iterable[Hashable] = (),
    time_limit: float = 60.0, progress: Progress | None = None,
) -> Front:  # fmt: skip
    """Return most people within ``limit`` for each number of new sites up to ``most``: what one more site buys.

    Parameters
    ----------
    cost, people, limit, fixed, progress
        As in :func:`cover_against_walk`.
    most
        Largest number of new sites.
    time_limit
        Seconds for all numbers together; those not reached in time are left out [s].

    Returns
    -------
    front
        A point for each number of new sites that covers more than any smaller one; from 0 on where sites are fixed.

    Raises
    ------
    InputError
        As in :func:`cover_against_walk`; or ``most`` is no whole number above 0.
    InfeasibleError
        If there are fewer candidates than asked for.

    Notes
    -----
    The number of sites is the constraint (ε), so that each point is a maximal cover (MCLP) of its own, started from the one
    before.

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [100, 900, 900], "B": [900, 100, 400], "C": [900, 100, 900]}, index=["x", "y", "z"])
    >>> front = cover_against_sites(cost, pd.Series([5, 4, 3], cost.index), limit=400, most=3)
    >>> front.points[["new_sites", "people", "bound"]].to_numpy().tolist(), front.every  # three cover no more than two
    ([[1.0, 7.0, 7.0], [2.0, 12.0, 12.0]], True)
    """
    clock = started(time_limit, progress)
    table, kept, _ = checked(cost, fixed, None)
    weight = amounts(people, table.index, "people", "人口")
    checked(cost, fixed, most + len(kept) if isinstance(most, (int, np.integer)) else most)
    total, ids = float(weight.sum()), table.columns
    rows: list[dict[str, Any]] = []
    if len(kept):
        now = _covered(table.to_numpy() <= checked_limit(limit), weight, kept, kept)
        rows.append({"people": now, "new_sites": 0, "bound": now, "gap": 0.0, "status": "optimal", "sites": []})
    reach, plan, bound = table.to_numpy() <= checked_limit(limit), np.empty(0, np.int64), total
    for count in range(len(kept) + 1, len(kept) + most + 1):
        if not clock.tell(rows[-1]["people"] if rows else np.nan, total):
            break
        left = clock.part(1 / (len(kept) + most + 1 - count))
        begin = filled(plan, kept, count, len(ids))
        found = cover_most(reach, weight, count, kept, left, begin)
        plan = max(
            (filled(found.columns, kept, count, len(ids)), begin), key=lambda c: _covered(reach, weight, kept, c)
        )
        value = _covered(reach, weight, kept, plan)
        bound = max(found.bound, value)
        gap = 0.0 if bound - value <= 1e-9 * value else (bound - value) / value if value else np.inf
        if not rows or value > rows[-1]["people"] * (1 + 1e-12):
            rows.append({
                "people": value, "new_sites": count - len(kept), "bound": bound if gap else value, "gap": gap,
                "status": "feasible" if gap else "optimal", "sites": ids[plan].tolist(),
            })  # fmt: skip
        if value >= total * (1 - 1e-12):
            break
    points = pd.DataFrame(rows)
    points.insert(1, "share", points["people"] / total if total > 0 else np.nan)
    every = bool((points["status"] == "optimal").all()) and clock.left() > 0
    return Front(("cover", "sites"), points, total, bound, clock.seconds(), every)
