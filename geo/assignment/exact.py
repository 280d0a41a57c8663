"""Every pupil to a seat: as many as possible within the limit, then the least walking, exactly.

The answer is lexicographic. First, no other assignment seats more pupils within the limit. Second, among those
none walks less in total. Whole pupils stay whole: the optimum of a transportation problem with integral
supplies is integral (Dantzig 1951), and the solver works in integers throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.assignment import seating
from geo.assignment.transport import scan
from geo.errors import Finding, InputError
from geo.laws import amounts, limit_of, unique
from geo.text import Text

__all__ = ["Assignment", "Cost", "SparseCost", "State", "assign", "assign_ranked", "pairs_of"]

_SHOWN = 5
_FARTHEST = 1e12
"""No walk is longer [m]; a larger number stands for "no way", which is ``inf``."""
_NO_TIER = np.zeros(0, np.uint8)


@runtime_checkable
class SparseCost(Protocol):
    """The sparse many-to-many of the engine (``geo.network.Pairs``): rows of pairs within a limit, in metres.

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> isinstance(network().pairs(homes(), school(), limit=500), SparseCost)
    True
    """

    sources: pd.Index
    targets: pd.Index
    indptr: NDArray[np.integer]
    indices: NDArray[np.integer]
    metres: NDArray[np.float64]


Cost: TypeAlias = pd.DataFrame | SparseCost


@dataclass(frozen=True)
class State:
    """The solved problem, with the ids of its rows and columns and its units per pupil.

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [100.0, 200.0]}, index=["p", "q"])
    >>> assign(cost, pd.Series({"p": 30, "q": 20}), pd.Series({"A": 40})).state.schools.tolist()
    ['A']
    """

    problem: seating.Problem
    solution: seating.Solution
    cells: pd.Index
    schools: pd.Index
    units: float
    whole: bool


@dataclass(frozen=True)
class Assignment:
    """Who goes where, who is left, and what it takes.

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [100.0, 200.0]}, index=["p", "q"])
    >>> got = assign(cost, pd.Series({"p": 30, "q": 20}), pd.Series({"A": 40}))
    >>> got.unserved.to_dict(), got.used.to_dict(), got.objective  # 30 walk 100 m, 10 walk 200 m
    ({'p': 0, 'q': 10}, {'A': 40}, 5000.0)
    """

    flows: pd.DataFrame
    """Rows ``demand_id``, ``facility_id``, ``pupils`` > 0, in the order of the cost."""
    unserved: pd.Series
    """Pupils without a seat [persons], indexed like ``pupils``."""
    used: pd.Series
    """Seats taken [seats], indexed like ``seats``."""
    objective: float
    """Total walk of those who have a seat [pupil-metres]."""
    metres: pd.Series
    """Walk of each row of ``flows`` [m], indexed like ``flows``."""
    pupils: pd.Series
    seats: pd.Series
    limit: float
    resolution: float
    """Costs were compared in whole multiples of this [m]."""
    state: State = field(repr=False, compare=False)
    """What the solver ended with; ``geo.what_if`` goes on from it."""

    @property
    def served(self) -> pd.Series:
        """Return the pupils with a seat [persons], indexed like ``pupils``.

        Examples
        --------
        >>> cost = pd.DataFrame({"A": [100.0, 200.0]}, index=["p", "q"])
        >>> assign(cost, pd.Series({"p": 30, "q": 20}), pd.Series({"A": 40})).served.to_dict()
        {'p': 30, 'q': 10}
        """
        return (self.pupils - self.unserved).rename("served")


def assign(cost: Cost, pupils: pd.Series, seats: pd.Series, *, limit: float = np.inf) -> Assignment:
    """Return the assignment that seats the most pupils within the limit and, of those, walks the least.

    Parameters
    ----------
    cost
        Walking distance [m], shape (cells, facilities), ``inf`` where there is no way; or the sparse pairs of
        the engine, where a pair that is not stored is out of reach.
    pupils
        Pupils of each cell [persons], >= 0, same ids as ``cost.index`` (any order). Whole numbers stay whole;
        fractions are exact to 1e-9 pupils.
    seats
        Seats of each facility [seats], >= 0, same ids as ``cost.columns`` (any order).
    limit
        Longest walk allowed [m]; a pair at exactly ``limit`` is allowed.

    Returns
    -------
    assignment
        ``flows``, ``unserved`` and ``used``; served + unserved = pupils and used <= seats, always. The same
        answer whatever the order of rows and columns: ties go by id.

    Raises
    ------
    InputError
        If an id is missing, doubled or unknown, or a number is missing, negative or not finite.

    Notes
    -----
    Network simplex (Dantzig 1951; Ahuja, Magnanti & Orlin 1993, Network Flows, ch. 11) on a tree of facilities.
    Only the nearest facilities of a cell are tried at first; the prices then prove that no pair left out can
    improve the answer, or add it. See docs/methods/assignment.md.

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [100.0, 200.0], "B": [900.0, 400.0]}, index=["p", "q"])
    >>> got = assign(cost, pd.Series({"p": 30, "q": 20}), pd.Series({"A": 40, "B": 40}))
    >>> got.flows.to_numpy().tolist()
    [['p', 'A', 30], ['q', 'A', 10], ['q', 'B', 10]]
    >>> got.objective
    9000.0
    """
    return assign_ranked(cost, pupils, seats, limit=limit)


def assign_ranked(
    cost: Cost,
    pupils: pd.Series,
    seats: pd.Series,
    *,
    limit: float,
    tier: NDArray[np.uint8] = _NO_TIER,
    levels: tuple[str, ...] = (),
) -> Assignment:
    """``assign`` with pairs ranked first by the bits of ``tier`` (see ``geo.assignment.seating``).

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [100.0], "B": [900.0]}, index=["p"])
    >>> pupils, seats = pd.Series({"p": 30}), pd.Series({"A": 40, "B": 40})
    >>> last = np.array([1, 0], np.uint8)  # A, though nearer, comes after B
    >>> assign_ranked(cost, pupils, seats, limit=np.inf, tier=last, levels=("metres",)).used.to_dict()
    {'A': 0, 'B': 30}
    """
    pupils = pd.Series(pupils) if isinstance(pupils, Mapping) else pupils
    seats = pd.Series(seats) if isinstance(seats, Mapping) else seats
    limit = limit_of(limit)
    cells, schools, indptr, indices, values, dense = pairs_of(cost)
    asked = _amounts(pupils, cells, "pupils", "学生数")
    offered = _amounts(seats, schools, "seats", "学位数")
    where, top, _ = scan(values, limit)
    if where >= 0 or top > _FARTHEST:
        where = where if where >= 0 else int(np.flatnonzero((values > _FARTHEST) & np.isfinite(values))[0])
        row = int(np.searchsorted(indptr, where, side="right")) - 1
        column = where - int(indptr[row]) if dense else int(indices[where])
        _refuse_cost(cells[row], schools[column], values[where])
    far = float(limit) if np.isfinite(limit) and limit <= 16 * top else 2 * top
    rows, columns = _canonical(cells), _canonical(schools)
    rank = np.empty(len(columns), np.int64)
    rank[columns] = np.arange(len(columns))
    demand, supply, units = seating.units_of(asked, offered)
    costs = seating.Costs(indptr, indices, values, dense, tier, levels)
    problem = seating.prepare(costs, rows, rank, demand[rows], supply[columns], limit=limit, far=far)
    whole = pd.api.types.is_integer_dtype(pupils.dtype) and units == 1.0
    return _assembled(State(problem, seating.solve(problem), cells, schools, units, whole), pupils, seats)


def _assembled(state: State, pupils: pd.Series, seats: pd.Series) -> Assignment:
    """Return the solution with the ids and the numbers of the input."""
    problem, units = state.problem, state.units
    row, column, *parts = seating.read(problem, state.solution)
    amount, left, taken = parts if state.whole else (part / units for part in parts)
    metres = seating.metres_at(problem.costs, row, column)
    if not state.whole:
        # A total of very many bits cuts the smallest amounts; what was cut has no seat.
        asked = np.empty(len(left))
        asked[problem.rows] = problem.pupils / units
        whole = pupils.reindex(state.cells).to_numpy(np.float64)
        cut = whole - asked
        left = np.where(cut > 1e-9, left + cut, left)
        # Within a rounding of all, all: half a unit more left than there are would be fewer than none served.
        left = np.where(left > whole - 0.75 / units, whole, left)
    flows = pd.DataFrame(
        {"demand_id": state.cells.take(row), "facility_id": state.schools.take(column), "pupils": amount}
    )
    return Assignment(
        flows=flows,
        unserved=_like(pd.Series(left, state.cells, name="unserved"), pupils),
        used=_like(pd.Series(taken, state.schools, name="used"), seats),
        objective=float(metres @ amount),
        metres=pd.Series(metres, flows.index, name="metres"),
        pupils=pupils,
        seats=seats,
        limit=problem.limit,
        resolution=1.0 / problem.scale,
        state=state,
    )


def _like(values: pd.Series, model: pd.Series) -> pd.Series:
    return values if values.index is model.index else values.reindex(model.index)


def pairs_of(cost: Cost) -> tuple[pd.Index, pd.Index, NDArray, NDArray, NDArray[np.float64], bool]:
    """Return ids of cells and facilities and the pairs as rows, dense rows without their column numbers.

    Examples
    --------
    >>> cells, schools, indptr, _, values, dense = pairs_of(pd.DataFrame({"A": [100.0, 200.0]}, index=["p", "q"]))
    >>> cells.tolist(), schools.tolist(), indptr.tolist(), values.tolist(), dense
    (['p', 'q'], ['A'], [0, 1, 2], [100.0, 200.0], True)
    """
    if isinstance(cost, pd.DataFrame):
        cells, schools = cost.index, cost.columns
        try:
            values = np.ascontiguousarray(cost.to_numpy(np.float64)).ravel()
        except (TypeError, ValueError):
            raise InputError(
                Text("距离表含有非数字，请检查后重试", "the cost table holds values that are not numbers; correct them")
            ) from None
        indptr = np.arange(len(cells) + 1, dtype=np.int64) * len(schools)
        indices, dense = np.zeros(0, np.int32), True
    elif isinstance(cost, SparseCost):
        cells, schools = cost.sources, cost.targets
        values = np.ascontiguousarray(cost.metres, np.float64)
        indptr, indices, dense = np.asarray(cost.indptr, np.int64), np.asarray(cost.indices, np.int32), False
        sound = len(indptr) == len(cells) + 1 and indptr[0] == 0 and indptr[-1] == len(values) == len(indices)
        if (
            not sound
            or (np.diff(indptr) < 0).any()
            or (len(indices) and not 0 <= indices.min() <= indices.max() < len(schools))
        ):
            raise InputError(
                Text("稀疏距离表的行指针或列号不一致", "the sparse cost is inconsistent: check indptr and indices")
            )
    else:
        raise InputError(
            Text(
                "距离表须为表格（需求点×设施）或路网引擎的稀疏结果",
                "cost must be a DataFrame (cells x facilities) or the sparse pairs of the network",
            )
        )
    unique(cells, "cost rows", "距离表的行")
    unique(schools, "cost columns", "距离表的列")
    return cells, schools, _read_only(indptr), _read_only(indices), _read_only(values), dense


def _read_only(values: NDArray) -> NDArray:
    """Return a view that cannot be written: pandas gives such for some tables, and each kind is compiled apart."""
    view = values.view()
    view.flags.writeable = False
    return view


def _canonical(ids: pd.Index) -> NDArray[np.int64]:
    """Return the positions of the ids in an order that does not depend on how they came."""
    if ids.is_monotonic_increasing:
        return np.arange(len(ids), dtype=np.int64)
    try:
        return np.argsort(ids.to_numpy(), kind="stable").astype(np.int64)
    except TypeError:
        named = [(type(i).__name__, str(i)) for i in ids]
        return np.array(sorted(range(len(ids)), key=named.__getitem__), np.int64)


def _amounts(given: pd.Series, ids: pd.Index, name: str, zh: str) -> NDArray[np.float64]:
    """Return the numbers in the order of ``ids``; pupils too many to be counted exactly are refused."""
    values = amounts(given, ids, name, zh)
    if values.sum() >= 2.0**52 and name == "pupils":
        raise InputError(Text(f"{zh}总和超过 2^52，请检查单位", f"{name}: the total exceeds 2^52; check the unit"))
    return values


def _refuse_cost(cell: object, school: object, value: float) -> None:
    raise InputError(
        [
            Finding(
                "error",
                f"需求点 {cell} 到设施 {school} 的距离为 {value}；距离须在 0 到 10^12 米之间，走不到请填无穷大 inf",
                f"the distance from {cell} to {school} is {value}; give 0 to 1e12 metres, or inf where there is no way",
                field="cost",
            )
        ]
    )
