"""The mixed-integer programme of a rolling programme: which school opens, grows or closes when.

Multi-period location with capacities in whole classes and a budget a year: Schilling, D. (1980) Decision Sciences 11,
714-724 (covering over time); Jena, S., Cordeau, J.-F. & Gendron, B. (2015) Transportation Science 49, 484-499 (opening, growing
and closing in modules). Solved by HiGHS after reductions that lose nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

__all__ = ["Column", "Model", "Plan", "columns", "grouped", "roomy", "solved"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Column:
    """Sites that can do the same for the same pupils: one existing school, or candidates of one reach.

    Examples
    --------
    >>> Column((3, 5), new=True, least=6, most=12).times
    2
    """

    sites: tuple[int, ...]
    """Positions of the sites; the first is taken first."""
    new: bool
    least: float = 0.0
    """Classes of one at least, where it is new."""
    most: float = 0.0
    """Classes of one at most; of an existing school the classes that it may grow by."""
    seats: tuple[float, ...] = ()
    """Seats of an existing school in each year."""
    closes: int | None = None
    """Year (position) from which an existing school is closed; None where it stays open."""
    may_close: bool = False

    @property
    def times(self) -> int:
        """How many of these sites there are."""
        return len(self.sites)


@dataclass(frozen=True, eq=False)
class Model:
    """What is to be decided, in arrays: demand by group of pupils, whom each column reaches, what things cost.

    Examples
    --------
    >>> model = Model(np.array([[30.0, 60.0]]), np.array([[True]]), (Column((0,), True, 1, 2),), 30.0, np.array([1.0, 1.0]))
    >>> solved(model, 5.0).opened.tolist()
    [[1.0, 1.0]]
    """

    demand: Floats
    """Pupils of each group in each year [persons], shape (groups, years)."""
    reach: NDArray[np.bool_]
    """Whether a column is within reach of a group, shape (groups, columns)."""
    columns: tuple[Column, ...]
    size: float
    """Pupils of a class [persons]."""
    budget: Floats
    """Money of each year."""
    fixed: float = 1.0
    per_class: float = 0.0
    per_grown: float = 0.0
    upkeep: float = 0.0
    """Money a class and year, of classes beside those there are; closed classes save it."""
    build: int = 0
    """Years from the first money to the first lesson of a new school; its costs are spread evenly over them."""
    grow: int = 0
    carry: bool = True
    """Whether what a year leaves may be spent later."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What was decided, cumulative by year: shape (columns, years); and what is proven of it.

    Examples
    --------
    >>> none = np.zeros((1, 2))
    >>> Plan(none, none, none, 0.0, 5.0).bound
    5.0
    """

    opened: Floats
    """New sites that serve."""
    classes: Floats
    """Classes of them, or classes by which an existing school has grown."""
    closed: Floats
    value: float
    """Pupil-years with a seat in reach."""
    bound: float
    """No plan has more."""
    status: str = field(default="feasible")


def grouped(reach: sparse.csr_array, demand: Floats) -> tuple[Floats, Ints]:
    """Return the demand of the points that the same sites reach, added up, and the group of each point (-1: no site reaches it).

    Parameters
    ----------
    reach
        Shape (points, sites).
    demand
        Shape (years, points) [persons].

    Examples
    --------
    >>> reach = sparse.csr_array(np.array([[1, 0], [1, 0], [0, 0]]))
    >>> grouped(reach, np.array([[1.0, 2.0, 4.0]]))
    (array([[3.]]), array([ 0,  0, -1]))
    """
    found: dict[bytes, int] = {}
    group = np.full(reach.shape[0], -1)
    for point in range(reach.shape[0]):
        sites = np.sort(reach.indices[reach.indptr[point] : reach.indptr[point + 1]])
        if len(sites):
            group[point] = found.setdefault(sites.astype(np.int64).tobytes(), len(found))
    out = np.zeros((len(found), len(demand)))
    inside = group >= 0
    for year, people in enumerate(demand):
        out[:, year] = np.bincount(group[inside], people[inside], len(found))
    return out, group.astype(np.int64)


def columns(
    reach: sparse.csr_array, demand: Floats, existing: list[Column], least: float, most: float, size: float
) -> tuple[list[Column], list[int]]:
    """Return the columns to decide on, and the site whose reach each has.

    Candidates of the same reach are one column. A candidate goes where another reaches everybody that it does and seats all
    of them at its smallest: whoever opens the first could open the second instead, and beside the second it is of no use.

    Parameters
    ----------
    reach
        Shape (points, sites): the existing schools first, in the order of ``existing``, then the candidates.
    demand
        Shape (years, points) [persons].

    Examples
    --------
    >>> reach = sparse.csr_array(np.array([[1, 1], [0, 1]]))  # the second candidate reaches all that the first does
    >>> kept, first = columns(reach, np.array([[10.0, 10.0]]), [], 1, 2, 30.0)
    >>> first
    [1]
    """
    by_site = reach.tocsc()
    sets = [
        frozenset(by_site.indices[by_site.indptr[j] : by_site.indptr[j + 1]].tolist()) for j in range(reach.shape[1])
    ]
    whole = demand.max(axis=0)
    alike: dict[frozenset[int], list[int]] = {}
    for j in range(len(existing), len(sets)):
        if sets[j]:
            alike.setdefault(sets[j], []).append(j)
    wanted = {s: float(demand[:, sorted(s)].sum(axis=1).max()) for s in alike}
    enough = [s for s in alike if wanted[s] <= least * size]
    holders: dict[int, list[frozenset[int]]] = {}
    for s in enough:
        for point in s:
            holders.setdefault(point, []).append(s)
    kept, first = list(existing), list(range(len(existing)))
    for s, sites in alike.items():
        # Whoever holds all of s holds its rarest point: only those need to be looked at.
        rare = min(s, key=lambda p: len(holders.get(p, ())))
        if any(s < other for other in holders.get(rare, ())):
            continue
        roomy = wanted[s] <= least * size
        # More classes than all in reach fill are of no use, and a second school beside one that seats everybody neither.
        top = least if roomy else min(most, max(least, float(np.ceil(whole[sorted(s)].sum() / size))))
        kept.append(Column(tuple(sites[:1] if roomy else sites), new=True, least=least, most=top))
        first.append(sites[0])
    return kept, first


def roomy(model: Model) -> NDArray[np.bool_]:
    """Return whether everybody in reach of a column has a seat whenever it serves, shape (columns,).

    Examples
    --------
    >>> one = Column((0,), new=True, least=1, most=2)
    >>> roomy(Model(np.array([[30.0]]), np.array([[True]]), (one,), 30.0, np.ones(1))).tolist()
    [True]
    """
    found = np.zeros(len(model.columns), np.bool_)
    for j, column in enumerate(model.columns):
        wanted = model.demand[model.reach[:, j]].sum(axis=0)
        if column.new:
            found[j] = wanted.max(initial=0.0) <= column.least * model.size * (1 + 1e-12) and column.times == 1
        else:
            there = np.array(column.seats)
            found[j] = bool(((there == 0) | (wanted <= there * (1 + 1e-12))).all())
    return found


class _Rows:
    """Constraints of a programme, row by row."""

    def __init__(self) -> None:
        self.row: list[int] = []
        self.column: list[int] = []
        self.value: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def add(self, terms: list[tuple[int, float]], low: float, high: float) -> None:
        number = len(self.low)
        for column, value in terms:
            self.row.append(number)
            self.column.append(column)
            self.value.append(value)
        self.low.append(low)
        self.high.append(high)


def solved(model: Model, seconds: float, *, gap: float = 1e-6) -> Plan:
    """Return the best plan that HiGHS finds in so many seconds, and the bound it proves.

    Notes
    -----
    A column that seats everybody in its reach needs no flows: its pupils are covered as soon as it serves. Only the others
    have pupils put to them one by one. Doing nothing is always possible, so there is always a plan.

    Examples
    --------
    >>> model = Model(np.array([[30.0, 60.0]]), np.array([[True]]), (Column((0,), True, 1, 2),), 30.0, np.array([0.5, 0.5]))
    >>> plan = solved(model, 5.0)  # the money of two years together buys it, and two classes cost no more than one
    >>> plan.opened.tolist(), plan.value
    ([[0.0, 1.0]], 60.0)
    """
    years, count = model.demand.shape[1], len(model.columns)
    parts = _Variables(model)
    rows = _Rows()
    room_for_all = parts.roomy
    for j, column in enumerate(model.columns):
        parts.history(rows, j, column)
    for g in range(len(model.demand)):
        near = np.flatnonzero(model.reach[g])
        for t in range(years):
            pupils = float(model.demand[g, t])
            covered, u = [], parts.u[g, t]
            for site in near[room_for_all[near]]:
                covered += parts.serves(int(site), t, pupils)
            constant = sum(v for c, v in covered if c < 0)
            rows.add([(u, 1.0), *((c, -v) for c, v in covered if c >= 0)], -np.inf, constant)
            flows = [(parts.x[g, int(site), t], 1.0) for site in near[~room_for_all[near]]]
            if flows:
                rows.add([(u, 1.0), *flows], -np.inf, pupils)
    for site in np.flatnonzero(~room_for_all):
        for t in range(years):
            parts.room(rows, int(site), t)
    parts.money(rows)
    size = parts.size
    if not size:  # nobody is in reach of anything, and nothing can be done
        nothing = np.zeros((count, years))
        return Plan(nothing, nothing, nothing, 0.0, 0.0, "optimal")
    matrix = sparse.csr_matrix((rows.value, (rows.row, rows.column)), shape=(len(rows.low), size))
    cost = np.zeros(size)
    cost[[*parts.u.values(), *parts.x.values()]] = -1.0
    answer = milp(
        cost, constraints=LinearConstraint(matrix, rows.low, rows.high), integrality=parts.whole, bounds=Bounds(parts.low, parts.high),
        options={"time_limit": max(seconds, 0.1), "mip_rel_gap": gap},
    )  # fmt: skip
    nothing = np.zeros((count, years))
    bound = -float(answer.mip_dual_bound) if answer.mip_dual_bound is not None else float(model.demand.sum())
    bound = min(bound, float(model.demand.sum()))
    if answer.status == 0:  # solved before it branched, HiGHS tells no bound: it is as near as was asked for
        bound = min(bound, -float(answer.fun) * (1 + gap))
    if answer.x is None:
        return Plan(nothing, nothing, parts.forced(), 0.0, bound)
    read = [np.array([[answer.x[at[j, t]] if (j, t) in at else 0.0 for t in range(years)] for j in range(count)]) for at in (parts.o, parts.k, parts.c)]  # fmt: skip
    opened, classes, closed = (np.rint(v) for v in read)
    closed = np.maximum(closed, parts.forced())
    return Plan(opened, classes, closed, -float(answer.fun), bound, "optimal" if answer.status == 0 else "feasible")


class _Variables:
    """Positions and limits of the variables, and the rows that belong to a column."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.years = model.demand.shape[1]
        self.low: list[float] = []
        self.high: list[float] = []
        self.whole: list[int] = []
        self.o: dict[tuple[int, int], int] = {}
        self.k: dict[tuple[int, int], int] = {}
        self.c: dict[tuple[int, int], int] = {}
        self.roomy = roomy(model)
        for j, column in enumerate(model.columns):
            for t in range(self.years):
                self._decisions(j, column, t)
        self.u = {(g, t): self._new(model.demand[g, t]) for g in range(len(model.demand)) for t in range(self.years)}
        self.x = {
            (g, int(j), t): self._new(model.demand[g, t])
            for g in range(len(model.demand))
            for j in np.flatnonzero(model.reach[g] & ~self.roomy)
            for t in range(self.years)
        }

    @property
    def size(self) -> int:
        return len(self.low)

    def _new(self, high: float, *, whole: bool = False, low: float = 0.0) -> int:
        self.low.append(low)
        self.high.append(float(high))
        self.whole.append(int(whole))
        return len(self.low) - 1

    def _decisions(self, j: int, column: Column, t: int) -> None:
        model = self.model
        if column.new:
            ready = t >= model.build
            self.o[j, t] = self._new(column.times if ready else 0, whole=True)
            if not self.roomy[j]:
                self.k[j, t] = self._new(column.times * column.most if ready else 0, whole=True)
            return
        if column.most > 0 and not self.roomy[j]:
            self.k[j, t] = self._new(column.most if t >= model.grow else 0, whole=True)
        if column.may_close:
            self.c[j, t] = self._new(1, whole=True)

    def forced(self) -> Floats:
        """Return which existing schools are closed in which year whatever is decided."""
        out = np.zeros((len(self.model.columns), self.years))
        for j, column in enumerate(self.model.columns):
            if column.closes is not None:
                out[j, column.closes :] = 1.0
        return out

    def history(self, rows: _Rows, j: int, column: Column) -> None:
        """Hold that what is built stays, what is closed stays closed, and a new school has its classes from its first day."""
        for of in (self.o, self.k, self.c):
            for t in range(1, self.years):
                if (j, t) in of:
                    rows.add([(of[j, t], 1.0), (of[j, t - 1], -1.0)], 0.0, np.inf)
        if column.new and (j, 0) in self.k:
            for t in range(self.years):
                classes = [(self.k[j, t], 1.0), *([(self.k[j, t - 1], -1.0)] if t else [])]
                opening = [(self.o[j, t], 1.0), *([(self.o[j, t - 1], -1.0)] if t else [])]
                rows.add([*classes, *((c, -column.most * v) for c, v in opening)], -np.inf, 0.0)
                rows.add([*classes, *((c, -column.least * v) for c, v in opening)], 0.0, np.inf)
        if not column.new and (j, 0) in self.k and (j, 0) in self.c:
            for t in range(self.years):
                rows.add([(self.k[j, t], 1.0), (self.c[j, t], column.most)], -np.inf, column.most)

    def serves(self, j: int, t: int, pupils: float) -> list[tuple[int, float]]:
        """Return the pupils covered by a roomy column as terms; a term at -1 is a constant."""
        column = self.model.columns[j]
        if column.new:
            return [(self.o[j, t], pupils)]
        if column.seats[t] == 0 or (column.closes is not None and t >= column.closes):
            return []
        return [(-1, pupils), *([(self.c[j, t], -pupils)] if (j, t) in self.c else [])]

    def room(self, rows: _Rows, j: int, t: int) -> None:
        """Hold that pupils put to a column have seats there, and nobody is put to one that does not serve."""
        model, column = self.model, self.model.columns[j]
        near = np.flatnonzero(model.reach[:, j])
        flows = [(self.x[int(g), j, t], 1.0) for g in near]
        if not flows:
            return
        if column.new:
            rows.add([*flows, (self.k[j, t], -model.size)], -np.inf, 0.0)
            # Implied by the row above once everything is whole; it keeps the relaxation from opening a tenth of a school.
            if column.times == 1:
                rows.add([*flows, (self.o[j, t], -float(model.demand[near, t].sum()))], -np.inf, 0.0)
            return
        gone = column.closes is not None and t >= column.closes
        seats = 0.0 if gone else column.seats[t]
        grown = [(self.k[j, t], -model.size)] if (j, t) in self.k and not gone else []
        closed = [(self.c[j, t], seats)] if (j, t) in self.c else []
        rows.add([*flows, *grown, *closed], -np.inf, seats)

    def money(self, rows: _Rows) -> None:
        """Hold that what is spent in a year, or by its end, is there by then."""
        terms: list[list[tuple[int, float]]] = [[] for _ in range(self.years)]
        for j, column in enumerate(self.model.columns):
            for t in range(self.years):
                for year, variable, cost in self._costs(j, column, t):
                    terms[year].append((variable, cost))
        budget = self.model.budget
        saved: list[tuple[int, float]] = []
        for year in range(self.years):
            saved = [*saved, *terms[year]] if self.model.carry else terms[year]
            if saved:
                rows.add(_summed(saved), -np.inf, float(budget[: year + 1].sum() if self.model.carry else budget[year]))

    def _costs(self, j: int, column: Column, t: int) -> list[tuple[int, int, float]]:
        """Return the money that what is ready in year ``t`` costs: year, variable, amount."""
        model = self.model
        lead = model.build if column.new else model.grow
        paid = range(t - lead, t) if lead else (t,)
        out = []
        for of, each in ((self.o, model.fixed), (self.k, model.per_class if column.new else model.per_grown)):
            if (j, t) not in of:
                continue
            if of is self.o and j < len(self.roomy) and self.roomy[j]:
                each = model.fixed + model.per_class * column.least
            for year in paid:
                if year >= 0:
                    out.append((year, of[j, t], each / len(paid)))
                    if t:
                        out.append((year, of[j, t - 1], -each / len(paid)))
        if model.upkeep:
            if (j, t) in self.k and (column.closes is None or t < column.closes):
                out.append((t, self.k[j, t], model.upkeep))
            elif column.new and (j, t) not in self.k:
                out.append((t, self.o[j, t], model.upkeep * column.least))
            if (j, t) in self.c:
                out.append((t, self.c[j, t], -model.upkeep * column.seats[t] / model.size))
        return out


def _summed(terms: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the terms with those of one variable added up, less those that cancel."""
    total: dict[int, float] = {}
    for variable, value in terms:
        total[variable] = total.get(variable, 0.0) + value
    return [(variable, value) for variable, value in total.items() if abs(value) > 1e-12]
