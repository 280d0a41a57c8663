"""A rolling programme 滚动计划: which school opens, grows or closes in which year, under a budget a year.

The plan that HiGHS finds is read back into single sites, freed of what serves nobody, and counted again by the exact
assignment of pupils to seats, year by year: what is told is what the plan does, and the bound is what no plan passes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geo.assignment import assign
from geo.errors import Finding, InputError
from geo.network.pairs import Pairs
from geo.progress import Progress
from geo.siting.clock import Clock
from geo.siting.programme_cover import covering
from geo.siting.programme_model import Column, Model, Plan, columns, grouped, solved
from geo.text import Text

__all__ = ["Programme", "Terms", "programme"]

Floats = NDArray[np.float64]
DUST = 1e-6
TERMS = 400_000
ENOUGH = 0.002
"""Gap at which covers are good enough, where HiGHS would take minutes for the rest."""


@dataclass(frozen=True)
class Terms:
    """What a programme may do and what it costs; money in one unit of one's own.

    Parameters
    ----------
    first, last
        Years of the programme.
    budget
        Money of each year: as many as there are years, or one for all.
    classes
        Classes of a new school, least and most.
    class_size
        Pupils of a class [persons].
    fixed, per_class
        Cost of a new school: whatever its size, and a class.
    per_grown, grow_by
        Cost of a class by which an existing school grows, and how many it may grow by.
    upkeep
        Cost a class and year of classes beside those there are; a closed school saves that of its own.
    build, grow
        Years from the first money to the first lesson; the cost is spread evenly over them (0: paid in the year itself).
    carry
        Whether what a year leaves may be spent later.

    Raises
    ------
    InputError
        If years, numbers or their order cannot be; every finding names its field.

    Examples
    --------
    >>> Terms(2021, 2023, budget=(10.0,)).money.tolist()
    [10.0, 10.0, 10.0]
    """

    first: int = 2021
    last: int = 2030
    budget: tuple[float, ...] = (10_000.0,)
    classes: tuple[int, int] = (12, 36)
    class_size: float = 45.0
    fixed: float = 3_000.0
    per_class: float = 400.0
    per_grown: float = 300.0
    grow_by: int = 0
    upkeep: float = 0.0
    build: int = 2
    grow: int = 1
    carry: bool = True

    def __post_init__(self) -> None:
        findings = []

        def refuse(field: str, zh: str, en: str) -> None:
            findings.append(Finding("error", zh, en, field=field))

        years = self.last - self.first + 1
        if not 1 <= years <= 30:
            refuse("last", f"年份 {self.first}–{self.last} 须为 1 至 30 年", f"years {self.first} to {self.last}: give 1 to 30 of them")  # fmt: skip
        elif len(self.budget) not in (1, years):
            refuse("budget", f"预算给了 {len(self.budget)} 年，计划有 {years} 年：请逐年给出，或只给一个数", f"{len(self.budget)} budgets for {years} years: give one for each year, or one for all")  # fmt: skip
        for number, value in enumerate(self.budget):
            if not (np.isfinite(value) and value >= 0):
                refuse("budget", f"{self.first + number} 年预算 {value} 须为不小于 0 的有限数", f"the budget of {self.first + number} is {value}; give a finite number of at least 0")  # fmt: skip
        for name in ("fixed", "per_class", "per_grown", "upkeep", "grow_by", "build", "grow"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                refuse(name, f"{name} 为 {value}，须为不小于 0 的有限数", f"{name} is {value}; give a finite number of at least 0")  # fmt: skip
        if not 1 <= self.classes[0] <= self.classes[1]:
            refuse("classes", f"班数范围 {self.classes[0]}–{self.classes[1]} 无效：下限至少 1 且不大于上限", f"classes {self.classes[0]} to {self.classes[1]} cannot be: at least 1, and the low one not above the high one")  # fmt: skip
        if not (np.isfinite(self.class_size) and self.class_size > 0):
            refuse("class_size", f"班额 {self.class_size} 须大于 0", f"a class of {self.class_size} pupils cannot be; give a number above 0")  # fmt: skip
        if findings:
            raise InputError(findings)

    @property
    def years(self) -> range:
        """The years of the programme."""
        return range(self.first, self.last + 1)

    @property
    def money(self) -> Floats:
        """Money of each year."""
        return np.array(self.budget * (len(self.years) if len(self.budget) == 1 else 1), float)


@dataclass(frozen=True, eq=False)
class Programme:
    """What to do when, what it brings, and how sure it is that nothing better can be done.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> pairs = Pairs(pd.Index(["p", "q"]), pd.Index(["A", "B"]), np.array([0, 1, 2]), np.array([0, 1]), np.zeros(2))
    >>> demand = pd.DataFrame({2021: [30.0, 50.0], 2022: [30.0, 50.0]}, index=["p", "q"])
    >>> terms = Terms(2021, 2022, budget=(6.0,), classes=(1, 2), class_size=30, fixed=4, per_class=1, build=0)
    >>> found = programme(pairs, demand, terms)
    >>> found.schedule[["site", "action", "opens", "classes", "cost"]].to_dict("records")
    [{'site': 'B', 'action': 'open', 'opens': 2021, 'classes': 2, 'cost': 6.0}, {'site': 'A', 'action': 'open', 'opens': 2022, 'classes': 1, 'cost': 5.0}]
    >>> found.objective, found.bound, found.status
    (130.0, 130.0, 'optimal')
    """

    schedule: pd.DataFrame
    """A row for each thing done: ``site``, ``action`` (open, grow, close), ``starts`` (first money), ``opens`` (first year
    with lessons, of a closing the first without), ``classes``, ``seats``, ``cost``."""
    years: pd.DataFrame
    """A row for each year: ``year``, ``budget``, ``spent``, ``demand``, ``seats``, ``served``, ``shortage``."""
    objective: float
    """Pupil-years with a seat in reach."""
    bound: float
    """No programme has more."""
    gap: float
    status: Literal["optimal", "feasible"]
    seconds: float
    total: float
    """Pupil-years in all."""


def programme(
    reach: Pairs,
    demand: pd.DataFrame,
    terms: Terms,
    *,
    seats: pd.DataFrame | None = None,
    closes: Mapping[Any, int] | None = None,
    may_close: bool = False,
    time_limit: float = 30.0,
    progress: Progress | None = None,
) -> Programme:
    """Return the programme with the most pupil-years seated within reach.

    Parameters
    ----------
    reach
        Pairs of points and sites within the limit; its targets are the existing schools, then the candidates.
    demand
        Pupils at each point in each year [persons]: rows the sources of ``reach``, columns ``terms.years``.
    seats
        Seats of the existing schools in each year [seats], 0 where one is not there yet: rows the first targets of ``reach``.
    closes
        Existing schools that close whatever happens: the first year without them.
    may_close
        Whether any existing school may be closed where that pays (it saves ``upkeep``).
    time_limit
        Longest time to search [s].

    Raises
    ------
    InputError
        If a year, a point or a school is missing, or a number is negative or missing.

    Notes
    -----
    What is short is the demand less the served: with the demand given, most served and least short are the same programme.

    Examples
    --------
    See ``Programme``.

    >>> terms = Terms(2021, 2021, budget=(0.0,), build=0)
    >>> pairs = Pairs(pd.Index(["p"]), pd.Index(["A"]), np.array([0, 1]), np.array([0]), np.zeros(1))
    >>> programme(pairs, pd.DataFrame({2021: [30.0]}, index=["p"]), terms).objective  # no money
    0.0
    """
    clock = Clock(time_limit, progress)
    years = list(terms.years)
    have = pd.DataFrame(index=pd.Index([]), columns=years, dtype=float) if seats is None else seats
    people, there = _checked(reach, demand, have, terms)
    existing = []
    for j in range(len(have)):
        end = _position(closes, reach.targets[j], years)
        may = may_close and end is None
        existing.append(
            Column((j,), new=False, most=float(terms.grow_by), seats=tuple(there[j]), closes=end, may_close=may)
        )
    shape = (len(reach.sources), len(reach.targets))
    near = sparse.csr_array((np.ones(len(reach), np.bool_), reach.indices, reach.indptr), shape=shape)
    kept, first = columns(near, people, existing, terms.classes[0], terms.classes[1], terms.class_size)
    narrow = (
        sparse.csr_array(near[:, np.array(first, np.int64)])
        if first
        else sparse.csr_array((shape[0], 0), dtype=np.bool_)
    )
    groups, group = grouped(narrow, people)
    whose = np.zeros((len(groups), len(kept)), np.bool_)
    rows = np.repeat(np.arange(shape[0]), np.diff(narrow.indptr))
    whose[group[rows], narrow.indices] = True
    model = Model(
        groups, whose, tuple(kept), terms.class_size, terms.money, terms.fixed, terms.per_class, terms.per_grown, terms.upkeep,
        terms.build, terms.grow, terms.carry,
    )  # fmt: skip
    clock.tell(0.0, float(groups.sum()))
    counted = _Count(model)
    plan = _best(model, clock)
    plan = _freed(plan, counted)
    served = counted(plan)
    value = float(served.sum())
    # Sums of fractions differ in their last digits from the solver's: a plan is never told above its own bound.
    bound = max(plan.bound, value)
    gap = 0.0 if bound - value <= 2e-6 * max(value, 1.0) else (bound - value) / value if value > 0 else np.inf
    clock.tell(value, bound)
    return Programme(
        _schedule(plan, model, terms, reach.targets),
        _years(plan, model, terms, people, served),
        value,
        value if gap == 0.0 else bound,
        float(gap),
        "optimal" if gap == 0.0 else "feasible",
        clock.seconds(),
        float(people.sum()),
    )


def _best(model: Model, clock: Clock) -> Plan:
    """Return the best plan: by maximal covers where no seat is fought for and they prove enough, by HiGHS otherwise."""
    plan = covering(model, clock)
    # HiGHS proves a few hundred thousand terms in seconds; of more it may not even see the first relaxation.
    large = model.reach.sum() * model.demand.shape[1] > TERMS
    if plan is not None and plan.bound - plan.value <= (ENOUGH if large else 0.0) * plan.value:
        return plan
    exact = solved(model, clock.least(0.1))
    if plan is None:
        return exact
    better = exact if exact.value > plan.value else plan
    return dataclasses.replace(better, bound=min(exact.bound, plan.bound))


def _position(closes: Mapping[Any, int] | None, school: Any, years: list[int]) -> int | None:
    if closes is None or school not in closes or closes[school] > years[-1]:
        return None
    return max(closes[school] - years[0], 0)


def _checked(reach: Pairs, demand: pd.DataFrame, seats: pd.DataFrame, terms: Terms) -> tuple[Floats, Floats]:
    """Return pupils (years, points) and seats (schools, years) as arrays, refusing what is missing or negative."""
    years = list(terms.years)
    for table, name, ids in ((demand, "demand", reach.sources), (seats, "seats", reach.targets[: len(seats)])):
        lost = [y for y in years if y not in table.columns]
        if lost:
            raise InputError(Text(f"表 {name} 缺少年份：{lost}", f"{name} lacks the years {lost}; add them"))
        if not table.index.equals(ids):
            raise InputError(
                Text(f"表 {name} 的行须与可达表一致", f"the rows of {name} must be those of the pairs, in their order")
            )
        values = table[years].to_numpy(float)
        wrong = ~(np.isfinite(values) & (values >= 0))
        if wrong.any():
            row, column = (int(v[0]) for v in np.nonzero(wrong))
            raise InputError(
                [
                    Finding(
                        "error", f"{name} 中 {ids[row]} 的 {years[column]} 年为 {values[row, column]}，须为不小于 0 的数",
                        f"{name} of {ids[row]} in {years[column]} is {values[row, column]}; give a number of at least 0", field=name,
                    )
                ]
            )  # fmt: skip
    return demand[years].to_numpy(float).T, seats[years].to_numpy(float).reshape(len(seats), len(years))


class _Count:
    """Counts whom a plan serves, year by year, by the exact assignment of pupils to seats."""

    def __init__(self, model: Model) -> None:
        self.model = model
        near = sparse.csr_array(model.reach)
        self.pairs = Pairs(
            pd.RangeIndex(near.shape[0]), pd.RangeIndex(near.shape[1]), near.indptr.astype(np.int64),
            near.indices.astype(np.int32), np.zeros(near.nnz),
        )  # fmt: skip
        self.known: dict[tuple[int, bytes], float] = {}

    def seats(self, plan: Plan) -> Floats:
        """Return the seats of each column in each year, shape (columns, years)."""
        size = self.model.size
        out = np.zeros_like(plan.opened)
        for j, column in enumerate(self.model.columns):
            if column.new:
                # A column that seats all at its smallest has no classes decided: it has the least.
                classes = np.maximum(plan.classes[j], column.least * plan.opened[j])
                out[j] = size * classes
            else:
                grown = size * plan.classes[j] * (np.array(column.seats) > 0)
                out[j] = (np.array(column.seats) + grown) * (1 - plan.closed[j])
        return out

    def __call__(self, plan: Plan) -> Floats:
        """Return the pupils with a seat in each year."""
        return np.array([self._year(t, seats) for t, seats in enumerate(self.seats(plan).T)])

    def _year(self, year: int, seats: Floats) -> float:
        key = (year, seats.tobytes())
        if key not in self.known:
            pupils = pd.Series(self.model.demand[:, year], self.pairs.sources)
            found = assign(self.pairs, pupils, pd.Series(seats, self.pairs.targets))
            self.known[key] = float(found.served.sum())
        return self.known[key]


def _freed(plan: Plan, count: _Count) -> Plan:
    """Return the plan without what serves nobody: classes that stay empty, schools that only take others' pupils, closings that save what nobody needs.

    A budget that is larger than what can be done with it leaves the solver free to build, and to close, for nothing.
    """
    model, value = count.model, count(plan).sum()

    def tried(less: Plan) -> bool:
        return bool(count(less).sum() >= value - DUST) and _paid(less, model)

    for j, column in enumerate(model.columns):
        if plan.closed[j].any() and column.closes is None:
            less = dataclasses.replace(plan, closed=_row(plan.closed, j, np.zeros_like(plan.closed[j])))
            plan = less if tried(less) else plan
        # The last of them first: whatever goes takes what came with it from its year on.
        for year in range(plan.opened.shape[1] - 1, -1, -1):
            while _step(plan.opened[j], year) > 0:
                left = _step(plan.opened[j], year) - 1
                surplus = max(_step(plan.classes[j], year) - column.most * left, 0.0)
                less = _fewer(_fewer(plan, "opened", j, year, 1.0), "classes", j, year, surplus)
                if not tried(less):
                    break
                plan = less
            least = column.least * _step(plan.opened[j], year) if column.new else 0.0
            while _step(plan.classes[j], year) > least:
                less = _fewer(plan, "classes", j, year, 1.0)
                if not tried(less):
                    break
                plan = less
    return plan


def _spent(plan: Plan, model: Model) -> Floats:
    """Return the money of each year, what closed classes save taken off."""
    spent = np.zeros(plan.opened.shape[1])
    for j, column in enumerate(model.columns):
        classes = np.maximum(plan.classes[j], column.least * plan.opened[j]) if column.new else plan.classes[j]
        each, lead = (model.per_class, model.build) if column.new else (model.per_grown, model.grow)
        made = model.fixed * np.diff(plan.opened[j], prepend=0.0) + each * np.diff(classes, prepend=0.0)
        for year in np.flatnonzero(made):
            for paid in range(year - lead, year) if lead else (year,):
                spent[paid] += made[year] / max(lead, 1)
        spent += model.upkeep * classes * (1 - plan.closed[j])
        if not column.new and column.closes is None:
            spent -= model.upkeep * plan.closed[j] * np.array(column.seats) / model.size
    return spent


def _paid(plan: Plan, model: Model) -> bool:
    """Return whether the money is there when it is spent."""
    spent, budget = _spent(plan, model), model.budget
    if model.carry:
        spent, budget = np.cumsum(spent), np.cumsum(budget)
    return bool((spent <= budget + 1e-6 * max(1.0, float(budget.max()))).all())


def _step(line: Floats, year: int) -> float:
    """Return what came in a year."""
    return float(line[year] - (line[year - 1] if year else 0.0))


def _fewer(plan: Plan, what: Literal["opened", "classes"], j: int, year: int, by: float) -> Plan:
    """Return the plan with so much less of what a column has, from a year on."""
    line = getattr(plan, what)[j].copy()
    line[year:] -= by
    rows = _row(getattr(plan, what), j, line)
    return dataclasses.replace(plan, opened=rows) if what == "opened" else dataclasses.replace(plan, classes=rows)


def _row(lines: Floats, j: int, values: Floats) -> Floats:
    out = lines.copy()
    out[j] = values
    return out


def _schedule(plan: Plan, model: Model, terms: Terms, ids: pd.Index) -> pd.DataFrame:
    """Return what is done, in the order of its years."""
    rows = []

    def add(site: int, action: str, year: int, classes: float, seats: float, cost: float, lead: int) -> None:
        rows.append({
            "site": ids[site], "action": action, "starts": terms.first + year - lead, "opens": terms.first + year,
            "classes": round(classes), "seats": float(seats), "cost": float(cost),
        })  # fmt: skip

    for j, column in enumerate(model.columns):
        steps = [np.diff(line, prepend=0.0) for line in (plan.opened[j], plan.classes[j], plan.closed[j])]
        if column.new:
            sites = iter(column.sites)
            for t in np.flatnonzero(steps[0] > 0):
                count = int(steps[0][t])
                classes = max(steps[1][t], column.least * count)
                for number in range(count):
                    # As even as whole classes allow.
                    mine = float(classes // count + (number < classes % count))
                    add(next(sites), "open", int(t), mine, mine * model.size, model.fixed + model.per_class * mine, model.build)  # fmt: skip
        else:
            for t in np.flatnonzero(steps[1] > 0):
                add(column.sites[0], "grow", int(t), steps[1][t], steps[1][t] * model.size, model.per_grown * steps[1][t], model.grow)  # fmt: skip
            for t in np.flatnonzero(steps[2] > 0):
                seats = column.seats[int(t)]
                add(column.sites[0], "close", int(t), seats / model.size, seats, 0.0, 0)
    names = ["site", "action", "starts", "opens", "classes", "seats", "cost"]
    return pd.DataFrame(rows, columns=names).sort_values(["opens", "starts"], kind="stable", ignore_index=True)


def _years(plan: Plan, model: Model, terms: Terms, people: Floats, served: Floats) -> pd.DataFrame:
    """Return money and pupils of each year."""
    demand = people.sum(axis=1)
    return pd.DataFrame({
        "year": list(terms.years), "budget": terms.money, "spent": _spent(plan, model), "demand": demand,
        "seats": _Count(model).seats(plan).sum(axis=0), "served": served, "shortage": np.maximum(demand - served, 0.0),
    })  # fmt: skip
