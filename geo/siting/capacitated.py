"""Location with capacity: every point to one site with room, and most pupils seated within the limit."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from geo.assignment import assign
from geo.errors import InfeasibleError
from geo.laws import amounts
from geo.progress import Progress
from geo.siting.capacity import CapacityPlan, solve
from geo.siting.models import Outcome, filled
from geo.siting.seats import Groups, least_seats, most_seated, substitutes
from geo.siting.siting import Siting, checked, checked_limit, plan_of, refuse_unreached, started, with_alternatives
from geo.siting.tables import Array, fail
from geo.text import Text

__all__ = ["capacitated_max_cover", "capacitated_p_median"]

TIME_LIMIT = 60.0


def capacitated_p_median(
    cost: pd.DataFrame,
    demand: pd.Series,
    *,
    p: int,
    capacity: float | pd.Series,
    people: pd.Series | None = None,
    fixed: Iterable[Hashable] = (),
    time_limit: float = TIME_LIMIT,
    progress: Progress | None = None,
) -> Siting:
    """Return ``p`` sites and a site for every demand point, whole, with room for it, at the least total cost.

    Parameters
    ----------
    cost
        Cost of serving a point from a candidate, shape (demand, candidates), ``inf`` where there is no way. It is
        added up **as given, once a point**, as in the published problems; see ``people``.
    demand
        Room that each point takes, for example pupils [persons], indexed like ``cost.index``.
    p
        Number of sites, the fixed ones included.
    capacity
        Room of a site: one number for all, or a Series indexed like ``cost.columns``.
    people
        Weight of each point in the objective [persons]; give ``demand`` again to add up person-metres.
    fixed, time_limit, progress
        As in :func:`geo.siting.max_cover`.

    Returns
    -------
    siting
        ``objective`` and ``bound`` in (people ×) cost; ``flows`` tells the site of each point.

    Raises
    ------
    InputError
        If the table is empty, or a number is missing, negative or not a number.
    InfeasibleError
        If the sites cannot hold all; ``shortage`` is the demand without room (the number of points, where those that
        reach no site need nothing).

    Notes
    -----
    Mulvey, J. & Beck, M. (1984) European Journal of Operational Research 18, 339-348. Made for up to about a
    thousand points; for more, ask :func:`capacitated_max_cover`, which may split a point.

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [100, 200, 300], "B": [400, 300, 200]}, index=["x", "y", "z"])
    >>> plan = capacitated_p_median(cost, pd.Series([20, 20, 20], cost.index), p=2, capacity=40)
    >>> plan.objective, plan.flows["facility_id"].tolist()  # 100 + 200 + 200: A has room for two
    (500.0, ['A', 'A', 'B'])
    """
    clock = started(time_limit, progress)
    table, kept, p = checked(cost, fixed, p)
    size = amounts(demand, table.index, "demand", "需求")
    weight = np.ones(len(size)) if people is None else amounts(people, table.index, "people", "人口")
    room = _seats_of(capacity, table, "capacity")
    values = table.to_numpy()
    refuse_unreached(~np.isfinite(values).any(1), table, np.inf)
    _refuse_too_small(size, room, values, kept, p, table)
    finite = np.isfinite(values)
    weighted = np.where(finite, values, 0.0) * weight[:, None]
    # One order in memory: a table of one site lies in both, which numba takes for another type and compiles anew.
    found = solve(np.ascontiguousarray(np.where(finite, weighted, np.inf)), size, room, p, kept, clock)
    _refuse_without_room(found, size, values, p, table)
    columns = np.setdiff1d(found.sites, kept)
    plan = plan_of("capacitated_p_median", table, kept, columns, Outcome(columns, found.cost, found.bound), clock)
    serves = table.columns[found.sites[found.who]]
    flows = pd.DataFrame({"demand_id": table.index, "facility_id": serves, "pupils": size})
    return replace(plan, flows=flows, total=float(size.sum()))


def capacitated_max_cover(
    cost: pd.DataFrame,
    demand: pd.Series,
    *,
    limit: float,
    p: int,
    capacity: float | pd.Series | None = None,
    sizes: Iterable[float] | None = None,
    existing: pd.Series | None = None,
    fixed: Iterable[Hashable] = (),
    time_limit: float = TIME_LIMIT,
    progress: Progress | None = None,
) -> Siting:
    """Return the sites, and their sizes, that give most pupils a seat within ``limit``.

    Parameters
    ----------
    cost
        Walking distance [m], shape (cells, candidates and existing schools), ``inf`` where there is no way.
    demand
        Pupils of each cell [persons], indexed like ``cost.index``; a cell may be split between schools.
    limit
        Longest walk allowed, in the unit of ``cost``; a cell at exactly the limit is in reach.
    p
        Number of sites, **the existing and fixed ones included**.
    capacity
        Seats of a new site: one number, or a Series indexed like ``cost.columns``. With ``sizes`` it is the most
        that a candidate has space for.
    sizes
        Seats that a new school may have, for example classes times class size; the smallest are chosen that seat
        as many pupils as the largest would.
    existing
        Seats of the schools there are, indexed by their ids among ``cost.columns``; they stay as they are.
    fixed
        Candidates that are built in any case, with a new site's seats.
    time_limit, progress
        As in :func:`geo.siting.max_cover`.

    Returns
    -------
    siting
        ``objective`` and ``bound`` in pupils seated, ``sizes`` the seats of each new site, ``total`` all pupils,
        ``flows`` the assignment with least walking for these sites. Sites that seat nobody more are filled up
        in the order of the candidates, to make ``p``.

    Raises
    ------
    InputError
        If the table is empty, a number is missing, negative or not a number, or neither ``capacity`` nor
        ``sizes`` is given.
    InfeasibleError
        If there are fewer than ``p`` candidates, or more than ``p`` existing and fixed sites; ``shortage`` [sites].

    Notes
    -----
    Current, J. & Storbeck, J. (1988) Environment and Planning B 15, 153-163.

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [100, 900, 900], "B": [900, 100, 400]}, index=["x", "y", "z"])
    >>> plan = capacitated_max_cover(cost, pd.Series([50, 40, 30], cost.index), limit=500, p=1, sizes=[45, 90])
    >>> plan.sites, plan.objective, plan.sizes  # 70 pupils of y and z need the larger school
    (['B'], 70.0, {'B': 90.0})
    """
    clock = started(time_limit, progress)
    here = _existing(existing)
    table, kept, p = checked(cost, [*here.index, *(f for f in fixed if f not in here.index)], p)
    pupils = amounts(demand, table.index, "demand", "需求")
    most, choices = _new_sizes(capacity, sizes, table)
    standing = table.columns.get_indexer(here.index)
    seats = most.copy()
    seats[standing] = amounts(here, here.index, "existing", "现有规模") if len(here) else 0.0
    reach = table.to_numpy() <= checked_limit(limit)
    groups = Groups.build(reach, pupils)
    usable = most > 0
    usable[kept] = False
    found = most_seated(groups, seats, kept, usable, p - len(kept), clock)
    columns = filled(found.columns, kept, p, len(table.columns))
    built = np.concatenate((np.setdiff1d(kept, standing), columns))
    given = np.zeros(len(seats))
    given[standing] = seats[standing]
    allowed = [_allowed(choices, most[j]) for j in built]
    chosen = least_seats(groups, given, built, allowed, found.value, clock) if len(built) else np.empty(0)
    given[built] = chosen
    outcome = Outcome(columns, found.value, found.bound)
    plan = plan_of("capacitated_max_cover", table, kept, columns, outcome, clock)
    flows = _flows(table, pupils, given, np.concatenate((kept, columns)), limit)
    value, by = substitutes(groups, seats, kept, columns, usable, clock)
    plan = replace(
        plan,
        total=float(pupils.sum()),
        sizes=dict(zip(table.columns[built].tolist(), chosen.tolist(), strict=True)),
        flows=flows,
    )
    return with_alternatives(plan, table.columns, value, by)


def _flows(table: pd.DataFrame, pupils: Array, seats: Array, columns: Array, limit: float) -> pd.DataFrame:
    """Return who walks where, at least walking, with these seats."""
    part = table.iloc[:, columns]
    room = pd.Series(seats[columns], part.columns)
    return assign(part, pd.Series(pupils, part.index), room, limit=limit).flows


def _seats_of(capacity: Any, table: pd.DataFrame, name: str) -> Array:
    """Return the seats of every column, from one number or a Series."""
    if isinstance(capacity, pd.Series):
        return amounts(capacity, table.columns, name, "容量")
    number = isinstance(capacity, (int, float, np.number)) and not isinstance(capacity, bool)
    if not number or not np.isfinite(capacity) or capacity < 0:
        raise fail(
            f"{name} 必须是不小于 0 的数，或按备选点索引的一列",
            f"{name} must be a number >= 0, or a Series indexed by candidate",
            field=name,
        )
    return np.full(len(table.columns), float(capacity))


def _existing(existing: pd.Series | None) -> pd.Series:
    if existing is None:
        return pd.Series(dtype=float)
    if not isinstance(existing, pd.Series) or not existing.index.is_unique:
        raise fail(
            "existing 必须是按设施编号索引的一列，编号不重复",
            "existing must be a Series of seats indexed by facility id, each id once",
            field="existing",
        )
    return existing


def _new_sizes(capacity: Any, sizes: Iterable[float] | None, table: pd.DataFrame) -> tuple[Array, Array | None]:
    """Return the most seats that each column may have, and the sizes to choose from (None: the most)."""
    if sizes is None:
        if capacity is None:
            raise fail(
                "请给出新建设施的规模：capacity（座位数）或 sizes（可选规模）",
                "say how large a new site is: capacity (seats) or sizes (to choose from)",
                field="capacity",
            )
        return _seats_of(capacity, table, "capacity"), None
    given = pd.Series(list(sizes), dtype=object)
    choices = np.unique(amounts(given, given.index, "sizes", "规模"))
    if not len(choices):
        raise fail("sizes 为空：请给出至少一个规模", "sizes is empty: give at least one size", field="sizes")
    space = np.full(len(table.columns), np.inf) if capacity is None else _seats_of(capacity, table, "capacity")
    fits = choices[None] <= space[:, None]
    return np.where(fits, choices[None], 0.0).max(1), choices


def _allowed(choices: Array | None, most: float) -> Array:
    """Return the sizes that a site may have, ascending."""
    fit = np.array([most]) if choices is None else choices[choices <= most]
    return fit if len(fit) else np.array([0.0])


def _refuse_too_small(size: Array, room: Array, values: Array, kept: Array, p: int, table: pd.DataFrame) -> None:
    """Raise when the largest sites together, or every site a point can reach, are too small."""
    free = np.delete(room, kept)
    total = float(room[kept].sum() + np.sort(free)[::-1][: p - len(kept)].sum())
    if total < size.sum() - 1e-9:
        short = float(size.sum()) - total
        raise InfeasibleError(
            Text(
                f"{p} 处设施最多容纳 {total:g}，需求 {size.sum():g}，差 {short:g}：请增大 p 或规模",
                f"{p} sites hold at most {total:g}, demand is {size.sum():g}: {short:g} short; raise p or capacity",
            ),
            shortage=short,
        )
    largest = np.where(np.isfinite(values), room[None], -np.inf).max(1)
    worst = int((size - largest).argmax())
    if size[worst] > largest[worst] + 1e-9:
        short = float(size[worst] - largest[worst])
        raise InfeasibleError(
            Text(
                f"需求点 {table.index[worst]} 的需求 {size[worst]:g} 超过可达设施的规模，差 {short:g}：请拆分该点或增大规模",
                f"demand point {table.index[worst]} needs {size[worst]:g}, more than any site in reach holds: "
                f"{short:g} short; split the point or raise capacity",
            ),
            shortage=short,
        )


def _refuse_without_room(found: CapacityPlan, size: Array, values: Array, p: int, table: pd.DataFrame) -> None:
    """Raise when the search found no plan in which every point reaches a site and fits whole."""
    if found.feasible:
        return
    lost = ~np.isfinite(values[np.arange(len(size)), found.sites[found.who]])
    sure = "已证明无解" if found.impossible else "在时限内没有找到可行方案"
    certain = "proven impossible" if found.impossible else "no plan found in time"
    if lost.any():
        names, need, many = list(table.index[lost][:5]), float(size[lost].sum()), int(lost.sum())
        raise InfeasibleError(
            Text(
                f"{p} 处设施无法让每个需求点都有可达的设施（{sure}）：最好的方案中 {many} 个点到不了任何一处（{names}，需求 {need:g}）；"
                "请增大 p 或改变固定的设施",
                f"{p} sites cannot be reached from every point ({certain}): in the best plan {many} points reach none "
                f"({names}, demand {need:g}); raise p or change the fixed sites",
            ),
            shortage=need or float(many),  # points that need nothing are still without a site
        )
    short = float(found.over)
    raise InfeasibleError(
        Text(
            f"{p} 处设施无法整点容纳全部需求（{sure}），最好的方案还差 {short:g}：请增大 p 或规模",
            f"{p} sites cannot hold every point whole ({certain}), the best plan is {short:g} short: raise p or capacity",
        ),
        shortage=short,
    )
