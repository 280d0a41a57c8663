"""The answer of a location model, and what all models check and tell alike."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from geo.card import card, grid, short
from geo.errors import InfeasibleError
from geo.laws import limit_of
from geo.progress import Progress
from geo.siting.clock import Clock
from geo.siting.models import Outcome
from geo.siting.tables import Array, checked_cost, checked_count, checked_fixed, fail
from geo.text import Text

__all__ = [
    "Siting",
    "checked",
    "checked_limit",
    "columns_of",
    "left_out",
    "plan_of",
    "refuse_unreached",
    "started",
    "with_alternatives",
]


@dataclass(frozen=True)
class Siting:
    """Chosen sites, what they achieve, and how sure it is that nothing better exists.

    Examples
    --------
    >>> from geo.siting import max_cover
    >>> cost = pd.DataFrame({"A": [100, 900, 900], "B": [900, 100, 400]}, index=["x", "y", "z"])
    >>> plan = max_cover(cost, pd.Series([5, 4, 3], cost.index), limit=400, p=1)
    >>> plan.sites, plan.objective, plan.bound, plan.gap, plan.status
    (['B'], 7.0, 7.0, 0.0, 'optimal')
    >>> plan.runner_up.sites, plan.alternatives.to_dict("records")
    (['A'], [{'site': 'B', 'substitute': 'A', 'objective': 5.0, 'loss': 2.0}])
    """

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
        """The sites that were chosen, without the fixed ones.

        Examples
        --------
        >>> Siting(["S", "B"], 7.0, 7.0, 0.0, "optimal", 0.1, fixed=("S",)).new
        ['B']
        """
        return self.sites[len(self.fixed) :]

    @property
    def share(self) -> float:
        """People covered over all people; NaN for models that do not count people.

        Examples
        --------
        >>> Siting(["B"], 6.0, 6.0, 0.0, "optimal", 0.1, total=12.0).share
        0.5
        """
        return self.objective / self.total if self.total > 0 else float("nan")

    @property
    def message(self) -> Text:
        """One sentence on how good the plan is.

        Examples
        --------
        >>> Siting(["B"], 7.0, 7.7, 0.1, "feasible", 0.1).message.en
        'feasible, at most 10.00% from the best possible (0.1 s), not proven optimal'
        """
        if self.status == "optimal":
            return Text(f"已证明最优（{self.seconds:.1f} 秒）", f"proven optimal ({self.seconds:.1f} s)")
        return Text(
            f"可行方案，离理论极限最多 {self.gap:.2%}（{self.seconds:.1f} 秒），未证明最优",
            f"feasible, at most {self.gap:.2%} from the best possible ({self.seconds:.1f} s), not proven optimal",
        )

    def __repr__(self) -> str:
        """Return the sites, what they achieve and how sure it is."""
        kept = f" + {len(self.fixed)} kept" if self.fixed else ""
        new = short(", ".join(map(str, self.new)), 60)
        share = f" of {self.total:g}" if self.total > 0 else ""
        value = f"objective {self.objective:g}{share}, bound {self.bound:g}, gap {self.gap:.2%}"
        return f"Siting({short(self.model, 24)}: {len(self.new)} new [{new}]{kept}; {value}, {self.status})"

    def _repr_html_(self) -> str:
        """Return the plan as a card: sites, value, bound, gap, how sure, and the best substitutes."""
        runner = self.runner_up
        facts = {
            "新址 new sites": ", ".join(map(str, self.new)),
            "保留 kept": ", ".join(map(str, self.fixed)),
            "目标值 objective": f"{self.objective:g}" + (f" / {self.total:g}" if self.total > 0 else ""),
            "界 bound": f"{self.bound:g}",
            "差距 gap": f"{self.gap:.2%}",
            "状态 status": self.status,
            "说明 in words": self.message,
            "次优 runner-up": "" if runner is None else f"{', '.join(map(str, runner.new))}: {runner.objective:g}",
        }
        others = self.alternatives
        table = [grid(others, "替代 substitutes")] if others is not None and len(others) else []
        return card(f"{self.model or 'siting'}: {len(self.new)} + {len(self.fixed)}", facts, *table)


def started(time_limit: float, progress: Progress | None) -> Clock:
    """Return the clock of a search, started; refuse a limit that is no number of seconds.

    Examples
    --------
    >>> started(5, None).left() <= 5
    True
    >>> started(0, None)
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...time_limit must be seconds above 0
    """
    if not isinstance(time_limit, (int, float)) or not time_limit > 0:
        raise fail("time_limit 必须是大于 0 的秒数", "time_limit must be seconds above 0", field="time_limit")
    return Clock(float(time_limit), progress)


def checked(cost: Any, fixed: Iterable[Hashable], p: int | None) -> tuple[pd.DataFrame, Array, int]:
    """Return the table of distances, the columns kept fixed, and how many sites there may be in all.

    Examples
    --------
    >>> table, kept, p = checked(pd.DataFrame({"A": [1], "B": [2]}), ["B"], 2)
    >>> table.to_numpy().tolist(), kept.tolist(), p
    ([[1.0, 2.0]], [1], 2)
    """
    table = checked_cost(cost)
    kept = checked_fixed(fixed, table.columns)
    return table, kept, 0 if p is None else checked_count(p, len(kept), len(table.columns))


def checked_limit(limit: float) -> float:
    """Return the standard as a finite number [m]: an infinite one still does not reach where there is no way.

    Examples
    --------
    >>> checked_limit(500), checked_limit(float("inf")) < float("inf")
    (500.0, True)
    """
    return min(limit_of(limit), float(np.finfo(float).max))


def columns_of(start: Sequence[Hashable] | None, table: pd.DataFrame, kept: Array) -> Array | None:
    """Return the columns of a plan to start from, less the fixed ones.

    Examples
    --------
    >>> table = pd.DataFrame({"A": [1], "B": [2], "C": [3]})
    >>> columns_of(["C", "A"], table, np.array([0])).tolist(), columns_of(None, table, np.array([0]))
    ([2], None)
    """
    if start is None:
        return None
    return np.setdiff1d(checked_fixed(start, table.columns), kept)


def refuse_unreached(lost: Array, table: pd.DataFrame, limit: float) -> None:
    """Raise when demand points have no candidate within the limit.

    Examples
    --------
    >>> table = pd.DataFrame({"A": [100, 900]}, index=["x", "y"])
    >>> refuse_unreached(np.array([False, True]), table, 500)
    Traceback (most recent call last):
        ...
    geo.errors.InfeasibleError: ...1 of 2 demand points have no candidate within 500, for example y: add candidates, ...
    """
    if not lost.any():
        return
    count, first = int(lost.sum()), table.index[lost][0]
    zh = f"{limit:g} 之内没有任何备选点" if np.isfinite(limit) else "没有路通到任何备选点"
    en = f"have no candidate within {limit:g}" if np.isfinite(limit) else "have no way to any candidate"
    raise InfeasibleError(
        Text(
            f"{len(table)} 个需求点中有 {count} 个{zh}，例如 {first}：请增加备选点、放宽标准或去掉这些点",
            f"{count} of {len(table)} demand points {en}, for example {first}: add candidates, relax the limit or drop them",
        ),
        shortage=count,
    )


def left_out(
    people: float, points: int, first: Any, p: int, *, everywhere: bool, zh: str = "人", en: str = "people"
) -> InfeasibleError:
    """Return the error for demand that no plan serves.

    Examples
    --------
    >>> left_out(300, 2, "x", 1, everywhere=False).text.en
    '1 sites cannot be reached by everyone, 300 people are left out: raise p or add candidates'
    """
    if everywhere:
        message = Text(
            f"{points} 个需求点（{people:g} 人）没有路通到任何备选点，例如 {first}：请增加备选点或检查路网",
            f"{points} demand points ({people:g} people) have no way to any candidate, for example {first}: "
            "add candidates or check the network",
        )
    else:
        message = Text(
            f"{p} 处设施无法让所有需求点都有路可达，至少差 {people:g} {zh}：请增大 p 或增加备选点",
            f"{p} sites cannot be reached by everyone, {people:g} {en} are left out: raise p or add candidates",
        )
    return InfeasibleError(message, shortage=people)


def plan_of(model: str, table: pd.DataFrame, kept: Array, columns: Array, found: Outcome, clock: Clock) -> Siting:
    """Return the answer in the ids of the table.

    Examples
    --------
    >>> table = pd.DataFrame({"A": [1.0], "B": [2.0]})
    >>> plan_of("p_median", table, np.empty(0, np.int64), np.array([0]), Outcome(np.array([0]), 1.0, 0.9), Clock(5.0))
    Siting(p_median: 1 new [A]; objective 1, bound 0.9, gap 10.00%, feasible)
    """
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


def with_alternatives(plan: Siting, ids: pd.Index, value: Iterable[float], by: Array) -> Siting:
    """Return the plan with the best substitute of each new site, and the best of these plans as runner-up.

    Examples
    --------
    >>> plan = Siting(["B"], 7.0, 7.0, 0.0, "optimal", 0.1)
    >>> with_alternatives(plan, pd.Index(["A", "B"]), [5.0], np.array([0])).runner_up.objective
    5.0
    """
    rows = [
        {"site": site, "substitute": ids[int(j)], "objective": float(v), "loss": abs(float(v) - plan.objective)}
        for site, v, j in zip(plan.new, value, by, strict=True)
        if j >= 0 and np.isfinite(v)
    ]
    table = pd.DataFrame(rows, columns=["site", "substitute", "objective", "loss"])
    if table.empty:
        return replace(plan, alternatives=table)
    best = rows[int(table["loss"].argmin())]
    order = {site: k for k, site in enumerate(ids)}
    new = sorted([s for s in plan.new if s != best["site"]] + [best["substitute"]], key=order.__getitem__)
    second = Siting(
        [*plan.fixed, *new], float(best["objective"]), np.nan, np.nan, "feasible", 0.0, plan.model, plan.fixed,
        total=plan.total,
    )  # fmt: skip
    return replace(plan, alternatives=table, runner_up=second)
