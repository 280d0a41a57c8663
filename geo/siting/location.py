"""Where to build: sites that cover most people, cover all with fewest, or bring all nearest; with proof.

Every answer carries the value of the plan, a bound that no plan can pass, and the gap between them. ``p`` counts
all sites **including the fixed ones**. "Within" means at most the limit. Same input, same answer, as long as the
time limit is not reached. See docs/methods/siting.md for the methods and what was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from geo.errors import InfeasibleError
from geo.laws import amounts
from geo.progress import Progress
from geo.siting.capacitated import capacitated_max_cover, capacitated_p_median
from geo.siting.clock import Clock
from geo.siting.gain import gain_surface
from geo.siting.models import Outcome, center, cover_all, cover_most, filled, median
from geo.siting.siting import (
    Siting,
    checked,
    checked_limit,
    columns_of,
    left_out,
    plan_of,
    refuse_unreached,
    started,
    with_alternatives,
)
from geo.siting.swap import exchange_values
from geo.siting.tables import Array

__all__ = [
    "Siting",
    "capacitated_max_cover",
    "capacitated_p_median",
    "curve",
    "gain_surface",
    "max_cover",
    "p_center",
    "p_median",
    "set_cover",
]

TIME_LIMIT = 60.0
"""Seconds after which the search stops with the best plan and its bound."""


def max_cover(
    cost: pd.DataFrame,
    people: pd.Series,
    *,
    limit: float,
    p: int,
    fixed: Iterable[Hashable] = (),
    time_limit: float = TIME_LIMIT,
    progress: Progress | None = None,
    start: Sequence[Hashable] | None = None,
) -> Siting:
    """Return the ``p`` sites with most people within ``limit`` of one of them (MCLP).

    Parameters
    ----------
    cost
        Distance [m] or time, shape (demand, candidates), ``inf`` where there is no way.
    people
        People at each demand point [persons], indexed like ``cost.index``.
    limit
        The standard, in the unit of ``cost``; a point at exactly the limit is covered.
    p
        Number of sites, the fixed ones included.
    fixed
        Candidate ids that are chosen in any case (existing facilities).
    time_limit
        Seconds after which the best plan so far is returned with its bound [s].
    progress
        Called with seconds, best value and bound; returning False stops the search, keeping the best plan.
    start
        Candidate ids of a plan to start from; the answer is never worse than it.

    Returns
    -------
    siting
        ``objective`` and ``bound`` in people covered.

    Raises
    ------
    InputError
        If the table is empty, or a number is missing, negative or not a number.
    InfeasibleError
        If there are fewer than ``p`` candidates, or more than ``p`` fixed sites; ``shortage`` in sites.

    Notes
    -----
    Church, R. & ReVelle, C. (1974) Papers of the Regional Science Association 32, 101-118.

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [100, 900, 900], "B": [900, 100, 400]}, index=["x", "y", "z"])
    >>> max_cover(cost, pd.Series([5, 4, 3], cost.index), limit=400, p=1).sites
    ['B']
    """
    clock = started(time_limit, progress)
    table, kept, p = checked(cost, fixed, p)
    weight = amounts(people, table.index, "people", "人口")
    reach = table.to_numpy() <= checked_limit(limit)
    begin = columns_of(start, table, kept)
    found = cover_most(reach, weight, p, kept, clock, begin)
    columns = filled(found.columns, kept, p, len(table.columns))
    value = float(weight[reach[:, np.concatenate((kept, columns))].any(1)].sum())
    if begin is not None and len(begin) == p - len(kept):
        before = float(weight[reach[:, np.concatenate((kept, begin))].any(1)].sum())
        columns, value = (begin, before) if before > value else (columns, value)
    plan = plan_of("max_cover", table, kept, columns, Outcome(columns, value, max(found.bound, value)), clock)
    chosen = np.concatenate((kept, columns))
    _, by = exchange_values(_beyond(reach), weight, chosen, len(columns), 1.0)
    others = [float(weight[reach[:, c].any(1)].sum()) for c in _swapped(chosen, by)]
    return with_alternatives(replace(plan, total=float(weight.sum())), table.columns, others, by)


def set_cover(
    cost: pd.DataFrame,
    *,
    limit: float,
    fixed: Iterable[Hashable] = (),
    time_limit: float = TIME_LIMIT,
    progress: Progress | None = None,
) -> Siting:
    """Return the fewest sites that have every demand point within ``limit`` of one of them (LSCP).

    Parameters
    ----------
    cost, limit, fixed, time_limit, progress
        As in :func:`max_cover`. Every row counts; leave out the rows where nobody lives.

    Returns
    -------
    siting
        ``objective`` and ``bound`` in sites, the fixed ones included.

    Raises
    ------
    InputError
        If the table is empty, or a number is missing, negative or not a number.
    InfeasibleError
        If a demand point has no candidate within the limit; ``shortage`` is the number of such points.

    Notes
    -----
    Toregas, C. et al. (1971) Operations Research 19, 1363-1373.

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [100, 400, 900], "B": [900, 100, 400]}, index=["x", "y", "z"])
    >>> set_cover(cost, limit=400).sites, set_cover(cost, limit=400).bound
    (['A', 'B'], 2.0)
    """
    clock = started(time_limit, progress)
    table, kept, _ = checked(cost, fixed, None)
    reach = table.to_numpy() <= checked_limit(limit)
    refuse_unreached(~reach.any(1), table, limit)
    found = cover_all(reach, kept, clock)
    plan = plan_of("set_cover", table, kept, found.columns, found, clock)

    ones, chosen = np.ones(len(table)), np.concatenate((kept, found.columns))
    left, by = exchange_values(_beyond(reach), ones, chosen, len(found.columns), 1.0)
    value = np.where(left < 0.5, plan.objective, np.inf)
    return with_alternatives(plan, table.columns, value, np.where(left < 0.5, by, -1))


def p_median(
    cost: pd.DataFrame,
    people: pd.Series,
    *,
    p: int,
    fixed: Iterable[Hashable] = (),
    time_limit: float = TIME_LIMIT,
    progress: Progress | None = None,
    start: Sequence[Hashable] | None = None,
) -> Siting:
    """Return the ``p`` sites with the least sum of people times cost to the nearest of them.

    Parameters
    ----------
    cost, people, p, fixed, time_limit, progress, start
        As in :func:`max_cover`. Demand points without people do not count, reachable or not.

    Returns
    -------
    siting
        ``objective`` and ``bound`` in people × cost [person-metres].

    Raises
    ------
    InputError
        If the table is empty, or a number is missing, negative or not a number.
    InfeasibleError
        If ``p`` sites cannot serve everyone; ``shortage`` is the people left out [persons] (or sites, see
        :func:`max_cover`).

    Notes
    -----
    Hakimi, S. (1964) Operations Research 12, 450-459; bound and search as in docs/methods/siting.md.

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [100, 400, 900], "B": [900, 100, 400]}, index=["x", "y", "z"])
    >>> plan = p_median(cost, pd.Series([10, 20, 30], cost.index), p=1)
    >>> plan.sites, plan.objective  # 10 x 900 + 20 x 100 + 30 x 400
    (['B'], 23000.0)
    """
    clock = started(time_limit, progress)
    table, kept, p = checked(cost, fixed, p)
    weight = amounts(people, table.index, "people", "人口")
    values = table.to_numpy()
    begin = columns_of(start, table, kept)
    lost = ~np.isfinite(values).any(1) & (weight > 0)
    if lost.any():
        raise left_out(float(weight[lost].sum()), int(lost.sum()), table.index[lost][0], p, everywhere=True)
    found = median(values, weight, p, kept, clock, begin)
    if not np.isfinite(found.value):
        reach = np.isfinite(values)
        least = float(weight.sum()) - cover_most(reach, weight, p, kept, Clock(clock.least(0.1))).value
        raise left_out(least, 0, None, p, everywhere=False)
    columns = filled(found.columns, kept, p, len(table.columns))
    live = weight > 0
    values, weight = values[live], weight[live]

    if begin is not None and len(begin) == p - len(kept):
        here, there = np.concatenate((kept, columns)), np.concatenate((kept, begin))
        columns = begin if _total(values, weight, there) < _total(values, weight, here) else columns
    chosen = np.concatenate((kept, columns))
    value = _total(values, weight, chosen)
    plan = plan_of("p_median", table, kept, columns, Outcome(columns, value, min(found.bound, value)), clock)
    far = 1e3 * float(values[np.isfinite(values)].max(initial=0.0)) + 1
    _, by = exchange_values(np.ascontiguousarray(values), weight, chosen, len(columns), far)
    others = [_total(values, weight, c) for c in _swapped(chosen, by)]
    return with_alternatives(plan, table.columns, others, by)


def p_center(
    cost: pd.DataFrame,
    *,
    p: int,
    fixed: Iterable[Hashable] = (),
    time_limit: float = TIME_LIMIT,
    progress: Progress | None = None,
) -> Siting:
    """Return the ``p`` sites with the least largest cost from any demand point to its nearest site.

    Parameters
    ----------
    cost, p, fixed, time_limit, progress
        As in :func:`max_cover`. Every row counts; leave out the rows where nobody lives.

    Returns
    -------
    siting
        ``objective`` and ``bound`` in the unit of ``cost``: the walk of the worst served.

    Raises
    ------
    InputError
        If the table is empty, or a number is missing, negative or not a number.
    InfeasibleError
        If ``p`` sites cannot reach every point; ``shortage`` is the number of points left out.

    Notes
    -----
    Minieka, E. (1970) SIAM Review 12, 138-139.

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [100, 400, 900], "B": [800, 100, 400]}, index=["x", "y", "z"])
    >>> plan = p_center(cost, p=1)
    >>> plan.sites, plan.objective
    (['B'], 800.0)
    """
    clock = started(time_limit, progress)
    table, kept, p = checked(cost, fixed, p)
    values = table.to_numpy()
    refuse_unreached(~np.isfinite(values).any(1), table, np.inf)
    found = center(values, p, kept, clock)
    if not np.isfinite(found.value):
        ones = np.ones(len(values))
        least = len(values) - cover_most(np.isfinite(values), ones, p, kept, Clock(clock.least(0.1))).value
        raise left_out(least, 0, None, p, everywhere=False, zh="个需求点", en="demand points")
    columns = filled(found.columns, kept, p, len(table.columns))
    plan = plan_of("p_center", table, kept, columns, found, clock)
    return with_alternatives(plan, table.columns, *_worst_without(values, kept, columns))


def curve(
    model: Callable[..., Siting], cost: pd.DataFrame, *args: Any, p: Iterable[int], **options: Any
) -> pd.DataFrame:
    """Return what each number of sites achieves: the trade-off that a planner weighs.

    Parameters
    ----------
    model
        A model of this module that takes ``p``.
    cost, args, options
        Its table, its further tables, and its options.
    p
        Numbers of sites; taken in ascending order. Each plan starts from the one before it, so that a larger
        ``p`` never does worse.

    Returns
    -------
    table
        Indexed by ``p``: objective, bound, gap, status, seconds, sites. A ``p`` that is not feasible has status
        ``infeasible``, NaN, and no sites.

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [100, 900, 900], "B": [900, 100, 400]}, index=["x", "y", "z"])
    >>> curve(max_cover, cost, pd.Series([5, 4, 3], cost.index), limit=400, p=[1, 2, 3])["objective"].to_dict()
    {1: 7.0, 2: 12.0, 3: nan}
    """
    rows: dict[int, dict[str, Any]] = {}
    plan: Siting | None = None
    for count in sorted(set(p)):
        try:
            if plan is not None and model in (max_cover, p_median):
                spare = [c for c in cost.columns if c not in set(plan.sites)] if isinstance(cost, pd.DataFrame) else []
                plan = model(cost, *args, p=count, start=[*plan.sites, *spare][:count], **options)
            else:
                plan = model(cost, *args, p=count, **options)
        except InfeasibleError:
            rows[count] = {"objective": np.nan, "bound": np.nan, "gap": np.nan, "status": "infeasible"}
            rows[count] |= {"seconds": np.nan, "sites": []}
            continue
        names = ("objective", "bound", "gap", "status", "seconds", "sites")
        rows[count] = {name: getattr(plan, name) for name in names}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("p")


def _total(values: Array, weight: Array, chosen: Array) -> float:
    return float(values[:, chosen].min(1) @ weight) if len(values) else 0.0


def _beyond(reach: Array) -> Array:
    """Return 1 where a row is beyond a column's limit, by rows: compiled code belongs to the layout as well."""
    return np.logical_not(reach, order="C").view(np.int8)


def _swapped(chosen: Array, by: Array) -> Iterator[Array]:
    """Yield the sites with each of the last ones replaced in turn; the sites as they are where nothing replaces."""
    kept = len(chosen) - len(by)
    for k, column in enumerate(by):
        other = chosen.copy()
        other[kept + k] = column if column >= 0 else chosen[kept + k]
        yield other


def _worst_without(values: Array, kept: Array, columns: Array) -> tuple[Array, Array]:
    """Return, for each new site, the least largest cost with another column in its place, and that column."""
    chosen = np.concatenate((kept, columns))
    near = values[:, chosen]
    nearest = near.argmin(1)
    cost, by = np.full(len(columns), np.inf), np.full(len(columns), -1)
    spare = np.setdiff1d(np.arange(values.shape[1]), chosen)
    if not len(spare):
        return cost, by
    for k in range(len(columns)):
        mine = nearest == len(kept) + k
        rest = float(near[~mine].min(1).max()) if (~mine).any() else 0.0
        others = np.delete(near[mine], len(kept) + k, axis=1).min(1, initial=np.inf)
        worst = np.minimum(values[np.ix_(mine, spare)], others[:, None]).max(0, initial=rest)
        cost[k], by[k] = worst.min(), spare[worst.argmin()]
    return cost, by
