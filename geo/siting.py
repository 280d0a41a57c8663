"""Where to build: sites that cover most people, cover all with fewest, or bring all nearest; with proof.

Every answer carries the value of the plan, a bound that no plan can pass, and the gap between them. ``p`` counts
all sites **including the fixed ones**. "Within" means at most the limit. Same input, same answer, as long as the
time limit is not reached. See docs/methods/siting.md for the methods and what was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from geo._location import (
    Array,
    Clock,
    Progress,
    checked_cost,
    checked_count,
    checked_fixed,
    checked_weights,
    fail,
)
from geo._models import Outcome, center, cover_all, cover_most, filled, median
from geo._swap import exchange_values
from geo.errors import InfeasibleError

__all__ = ["Siting", "curve", "max_cover", "p_center", "p_median", "set_cover"]

TIME_LIMIT = 60.0
"""Seconds after which the search stops with the best plan and its bound."""


@dataclass(frozen=True)
class Siting:
    """Chosen sites, what they achieve, and how sure it is that nothing better exists."""

    sites: list[Any]
    """Candidate ids: the fixed ones first, then the new ones in the order of the candidates."""
    objective: float
    """People covered, number of sites, people × cost, or largest cost, by the model."""
    bound: float
    """No plan can do better than this (an upper bound of a maximum, a lower bound of a minimum)."""
    gap: float
    """Distance of objective and bound over the objective; 0 when proven."""
    status: Literal["optimal", "feasible"]
    """``optimal`` when proven, else ``feasible``."""
    seconds: float
    """Time taken [s]."""
    model: str = ""
    fixed: tuple[Any, ...] = ()
    """The sites that were kept as given."""
    runner_up: Siting | None = field(default=None, compare=False)
    """The best plan that differs in exactly one site (its own bound is not known: NaN)."""
    alternatives: pd.DataFrame | None = field(default=None, compare=False, repr=False)
    """For each new site the best ``substitute``, the ``objective`` with it, and the ``loss`` against the plan."""
    total: float = float("nan")
    """All people, for the models that count people."""
    sizes: dict[Any, float] = field(default_factory=dict)
    """Seats of each new site, for the models that choose them."""
    flows: pd.DataFrame | None = field(default=None, compare=False, repr=False)
    """Who goes where (demand_id, facility_id, pupils), for the models with capacity."""

    @property
    def new(self) -> list[Any]:
        """The sites that were chosen, without the fixed ones."""
        return self.sites[len(self.fixed) :]

    @property
    def share(self) -> float:
        """People covered over all people; NaN for models that do not count people."""
        return self.objective / self.total if self.total > 0 else float("nan")

    @property
    def message_zh(self) -> str:
        """One sentence on how good the plan is, in Chinese."""
        if self.status == "optimal":
            return f"已证明最优（{self.seconds:.1f} 秒）"
        return f"可行方案，离理论极限最多 {self.gap:.2%}（{self.seconds:.1f} 秒），未证明最优"

    @property
    def message_en(self) -> str:
        """One sentence on how good the plan is, in English."""
        if self.status == "optimal":
            return f"proven optimal ({self.seconds:.1f} s)"
        return f"feasible, at most {self.gap:.2%} from the best possible ({self.seconds:.1f} s), not proven optimal"


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
    clock = _clock(time_limit, progress)
    table, kept, p = _checked(cost, fixed, p)
    weight = checked_weights(people, table.index, "people")
    reach = table.to_numpy() <= _checked_limit(limit)
    begin = _columns(start, table, kept)
    found = cover_most(reach, weight, p, kept, clock, begin)
    columns = filled(found.columns, kept, p, len(table.columns))
    value = float(weight[reach[:, np.concatenate((kept, columns))].any(1)].sum())
    if begin is not None and len(begin) == p - len(kept):
        before = float(weight[reach[:, np.concatenate((kept, begin))].any(1)].sum())
        columns, value = (begin, before) if before > value else (columns, value)
    plan = _plan("max_cover", table, kept, columns, Outcome(columns, value, max(found.bound, value)), clock)
    cost_by, by = exchange_values((~reach).view(np.int8), weight, np.concatenate((kept, columns)), len(columns))
    total = float(weight.sum())
    return _with_alternatives(replace(plan, total=total), table.columns, total - cost_by, by)


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
    """
    clock = _clock(time_limit, progress)
    table, kept, _ = _checked(cost, fixed, None)
    reach = table.to_numpy() <= _checked_limit(limit)
    _refuse_unreached(~reach.any(1), table, limit)
    found = cover_all(reach, kept, clock)
    plan = _plan("set_cover", table, kept, found.columns, found, clock)

    ones, chosen = np.ones(len(table)), np.concatenate((kept, found.columns))
    left, by = exchange_values((~reach).view(np.int8), ones, chosen, len(found.columns))
    value = np.where(left < 0.5, plan.objective, np.inf)
    return _with_alternatives(plan, table.columns, value, np.where(left < 0.5, by, -1))


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
    """
    clock = _clock(time_limit, progress)
    table, kept, p = _checked(cost, fixed, p)
    weight = checked_weights(people, table.index, "people")
    values = table.to_numpy()
    begin = _columns(start, table, kept)
    lost = ~np.isfinite(values).any(1) & (weight > 0)
    if lost.any():
        raise _left_out(float(weight[lost].sum()), int(lost.sum()), table.index[lost][0], p, everywhere=True)
    found = median(values, weight, p, kept, clock, begin)
    if not np.isfinite(found.value):
        reach = np.isfinite(values)
        least = float(weight.sum()) - cover_most(reach, weight, p, kept, Clock(10.0)).value
        raise _left_out(least, 0, None, p, everywhere=False)
    columns = filled(found.columns, kept, p, len(table.columns))
    live = weight > 0
    values, weight = values[live], weight[live]

    if begin is not None and len(begin) == p - len(kept):
        here, there = np.concatenate((kept, columns)), np.concatenate((kept, begin))
        columns = begin if _total(values, weight, there) < _total(values, weight, here) else columns
    chosen = np.concatenate((kept, columns))
    value = _total(values, weight, chosen)
    plan = _plan("p_median", table, kept, columns, Outcome(columns, value, min(found.bound, value)), clock)
    cost_by, by = exchange_values(values, weight, chosen, len(columns))
    return _with_alternatives(plan, table.columns, cost_by, by)


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
    """
    clock = _clock(time_limit, progress)
    table, kept, p = _checked(cost, fixed, p)
    values = table.to_numpy()
    _refuse_unreached(~np.isfinite(values).any(1), table, np.inf)
    found = center(values, p, kept, clock)
    if not np.isfinite(found.value):
        ones = np.ones(len(values))
        least = len(values) - cover_most(np.isfinite(values), ones, p, kept, Clock(10.0)).value
        raise _left_out(least, 0, None, p, everywhere=False, zh="个需求点", en="demand points")
    columns = filled(found.columns, kept, p, len(table.columns))
    plan = _plan("p_center", table, kept, columns, found, clock)
    return _with_alternatives(plan, table.columns, *_worst_without(values, kept, columns))


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


def _clock(time_limit: float, progress: Progress | None) -> Clock:
    if not isinstance(time_limit, (int, float)) or not time_limit > 0:
        raise fail("time_limit 必须是大于 0 的秒数", "time_limit must be seconds above 0", field="time_limit")
    return Clock(float(time_limit), progress)


def _checked(cost: Any, fixed: Iterable[Hashable], p: int | None) -> tuple[pd.DataFrame, Array, int]:
    table = checked_cost(cost)
    kept = checked_fixed(fixed, table.columns)
    return table, kept, 0 if p is None else checked_count(p, len(kept), len(table.columns))


def _checked_limit(limit: float) -> float:
    if isinstance(limit, bool) or not isinstance(limit, (int, float, np.number)) or not limit >= 0:
        raise fail(
            f"标准 limit 必须是不小于 0 的数，现在是 {limit!r}", f"limit must be >= 0, not {limit!r}", field="limit"
        )
    # An infinite standard still does not reach where there is no way.
    return min(float(limit), np.finfo(float).max)


def _columns(start: Sequence[Hashable] | None, table: pd.DataFrame, kept: Array) -> Array | None:
    if start is None:
        return None
    return np.setdiff1d(checked_fixed(start, table.columns), kept)


def _refuse_unreached(lost: Array, table: pd.DataFrame, limit: float) -> None:
    """Raise when demand points have no candidate within the limit."""
    if not lost.any():
        return
    count, first = int(lost.sum()), table.index[lost][0]
    zh = f"{limit:g} 之内没有任何备选点" if np.isfinite(limit) else "没有路通到任何备选点"
    en = f"have no candidate within {limit:g}" if np.isfinite(limit) else "have no way to any candidate"
    raise InfeasibleError(
        f"{len(table)} 个需求点中有 {count} 个{zh}，例如 {first}：请增加备选点、放宽标准或去掉这些点 / "
        f"{count} of {len(table)} demand points {en}, for example {first}: add candidates, relax the limit or drop them",
        shortage=count,
    )


def _left_out(
    people: float, points: int, first: Any, p: int, *, everywhere: bool, zh: str = "人", en: str = "people"
) -> InfeasibleError:
    """Return the error for demand that no plan serves."""
    if everywhere:
        message = (
            f"{points} 个需求点（{people:g} 人）没有路通到任何备选点，例如 {first}：请增加备选点或检查路网 / "
            f"{points} demand points ({people:g} people) have no way to any candidate, for example {first}: "
            "add candidates or check the network"
        )
    else:
        message = (
            f"{p} 处设施无法让所有需求点都有路可达，至少差 {people:g} {zh}：请增大 p 或增加备选点 / "
            f"{p} sites cannot be reached by everyone, {people:g} {en} are left out: raise p or add candidates"
        )
    return InfeasibleError(message, shortage=people)


def _plan(model: str, table: pd.DataFrame, kept: Array, columns: Array, found: Outcome, clock: Clock) -> Siting:
    """Return the answer in the ids of the table."""
    gap = abs(found.value - found.bound)
    gap = 0.0 if gap <= 1e-9 * abs(found.value) else gap / abs(found.value) if found.value else np.inf
    ids = table.columns
    return Siting(
        sites=[*ids[kept].tolist(), *ids[columns].tolist()],
        objective=float(found.value),
        bound=float(found.value if gap == 0 else found.bound),
        gap=float(gap),
        status="optimal" if gap == 0 else "feasible",
        seconds=clock.seconds(),
        model=model,
        fixed=tuple(ids[kept].tolist()),
    )


def _total(values: Array, weight: Array, chosen: Array) -> float:
    return float(values[:, chosen].min(1) @ weight) if len(values) else 0.0


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


def _with_alternatives(plan: Siting, ids: pd.Index, value: Array, by: Array) -> Siting:
    """Return the plan with the best substitute of each new site, and the best of these plans as runner-up."""
    rows = [
        {"site": site, "substitute": ids[int(j)], "objective": float(v), "loss": abs(float(v) - plan.objective)}
        for site, v, j in zip(plan.new, value, by, strict=True)
        if j >= 0 and np.isfinite(v) and abs(v) < 1e29
    ]
    table = pd.DataFrame(rows, columns=["site", "substitute", "objective", "loss"])
    if table.empty:
        return replace(plan, alternatives=table)
    best = table.iloc[int(table["loss"].argmin())]
    order = {site: k for k, site in enumerate(ids)}
    new = sorted([s for s in plan.new if s != best["site"]] + [best["substitute"]], key=order.__getitem__)
    second = Siting(
        [*plan.fixed, *new], float(best["objective"]), np.nan, np.nan, "feasible", 0.0, plan.model, plan.fixed,
        total=plan.total,
    )  # fmt: skip
    return replace(plan, alternatives=table, runner_up=second)
