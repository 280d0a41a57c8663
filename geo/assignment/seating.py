"""A transportation problem in whole units and in canonical order, solved, kept warm, and read back."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.assignment import transport as kernel

__all__ = ["Costs", "Problem", "Solution", "add_facility", "metres_at", "prepare", "read", "solve", "units_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KEEP = 16
"""Nearest facilities a cell starts with; what the prices show to be missing is added, so this is only speed."""
ROOM = 60
"""Power of two that no price may pass while solving; the sums of the solver then stay below 2**63."""
SPARE = 6
"""Facilities that may be added to a problem later without changing its weights."""


@dataclass(frozen=True)
class Costs:
    """Walking metres cell by cell: dense rows, or sparse rows with ``indices``; ``tier`` ranks pairs first.

    Examples
    --------
    >>> costs = Costs(np.array([0, 2]), np.zeros(0, np.int32), np.array([100.0, 900.0]), True, np.zeros(0, np.uint8))
    >>> metres_at(costs, np.array([0]), np.array([1])).tolist()
    [900.0]
    """

    indptr: Ints
    indices: NDArray[np.integer]
    values: Floats
    dense: bool
    tier: NDArray[np.uint8]
    levels: tuple[str, ...] = ()
    """What each bit of ``tier`` outranks: "metres" (after service) or "service" (before it)."""


@dataclass(frozen=True)
class Problem:
    """Everything the solver reads, in whole units and canonical order.

    Examples
    --------
    >>> costs = Costs(np.array([0, 2]), np.zeros(0, np.int32), np.array([100.0, 900.0]), True, np.zeros(0, np.uint8))
    >>> one, two = np.array([0]), np.array([0, 1])
    >>> prepare(costs, one, two, np.array([30]), np.array([10, 40]), limit=np.inf, far=1800.0).seats.tolist()
    [10, 40]
    """

    costs: Costs
    rows: Ints
    rank: Ints
    pupils: Ints
    seats: Ints
    limit: float
    far: float
    scale: float
    extra: Ints
    dummy: int


@dataclass(frozen=True)
class Solution:
    """Flow on the kept pairs (canonical order), the basis it lies on, the price of each facility's seats.

    Examples
    --------
    >>> costs = Costs(np.array([0, 2]), np.zeros(0, np.int32), np.array([100.0, 900.0]), True, np.zeros(0, np.uint8))
    >>> one, two = np.array([0]), np.array([0, 1])
    >>> problem = prepare(costs, one, two, np.array([30]), np.array([10, 40]), limit=np.inf, far=1800.0)
    >>> solve(problem).flow[:2].tolist()  # 10 to the near one, 20 to the far one
    [10, 20]
    """

    ptr: Ints
    fac: NDArray[np.int32]
    cost: Ints
    cut: Ints
    flow: Ints
    home: Ints
    up: Ints
    price: Ints
    pivots: int


def units_of(pupils: Floats, seats: Floats) -> tuple[Ints, Ints, float]:
    """Return pupils and seats in whole units, and the units per pupil.

    Integral input keeps 1; up to six decimals keep a power of ten, so that the numbers come back as they were;
    anything else a power of two fine enough for 1e-9 pupils. Only a total above 2**21 that is not of few decimals
    is coarser; then a cell is rounded down.

    Examples
    --------
    >>> pupils, seats, units = units_of(np.array([28.5, 20.0]), np.array([40.0]))
    >>> pupils.tolist(), seats.tolist(), units
    ([285, 200], [400], 10.0)
    """
    total = float(pupils.sum())
    ample = seats >= total  # more seats than pupils change nothing
    some = seats[~ample]
    for scale in (1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6):
        if total * scale >= 2.0**52:
            break
        if all(bool((np.rint(v * scale) / scale == v).all()) for v in (pupils, some)):
            break
    else:
        scale = 0.0
    if not scale or total * scale >= 2.0**52:
        scale = 2.0 ** (51 - max(math.frexp(total)[1], 0))
    demand = np.rint(pupils * scale).astype(np.int64)
    demand -= demand / scale - pupils > 1e-9  # only where the total leaves too few bits
    supply = np.full(len(seats), demand.sum(), np.int64)
    supply[~ample] = np.minimum(np.floor(np.round(some * scale, 9)), 2.0**52).astype(np.int64)
    return demand, supply, scale


def _weights(far: int, facilities: int, levels: tuple[str, ...]) -> tuple[list[int], int]:
    """Return the weight of each tier bit, and the cost of being left without a seat.

    Each weight is more than any chain of moves can save on all lower levels together, so the order is exactly
    lexicographic: metres, then tiers after service, then service, then tiers before service.
    """
    steps = facilities + 2
    below = far
    weights = [0] * len(levels)
    for bit in [i for i, level in enumerate(levels) if level == "metres"]:
        weights[bit] = steps * below + 1
        below += weights[bit]
    dummy = steps * below + 1
    below += dummy
    for bit in [i for i, level in enumerate(levels) if level == "service"]:
        weights[bit] = steps * below + 1
        below += weights[bit]
        dummy += weights[bit]
    return weights, dummy


def prepare(costs: Costs, rows: Ints, rank: Ints, pupils: Ints, seats: Ints, *, limit: float, far: float) -> Problem:
    """Return the problem with costs scaled by the largest power of two that leaves no sum to overflow.

    ``far`` is the largest cost within the limit [m], also of a facility that is added later.

    Examples
    --------
    >>> costs = Costs(np.array([0, 2]), np.zeros(0, np.int32), np.array([100.0, 900.0]), True, np.zeros(0, np.uint8))
    >>> one, two = np.array([0]), np.array([0, 1])
    >>> problem = prepare(costs, one, two, np.array([30]), np.array([10, 40]), limit=np.inf, far=1800.0)
    >>> problem.dummy > 1800 * problem.scale  # no walk is worth a seat
    True
    """
    facilities = rank.size + SPARE
    _, dummy = _weights(1 << 20, facilities, costs.levels)
    if "service" in costs.levels:  # prices on the way may hold this weight once a facility
        dummy *= facilities
    bits = dummy.bit_length() - 20 + (math.frexp(far)[1] if far > 0 else 0)
    scale = math.ldexp(1.0, min(ROOM - bits, 1000))
    weights, dummy = _weights(math.ceil(far * scale), facilities, costs.levels)
    codes = range(1 << len(weights))
    extra = np.array([sum(w for bit, w in enumerate(weights) if code >> bit & 1) for code in codes], np.int64)
    return Problem(costs, rows, rank, pupils, seats, limit, far, scale, extra, dummy)


def solve(problem: Problem, warm: Solution | None = None, *, keep: int = KEEP) -> Solution:
    """Return the optimum; every pair left out is proven useless by the prices, or added and solved again.

    Examples
    --------
    >>> costs = Costs(np.array([0, 2]), np.zeros(0, np.int32), np.array([100.0, 900.0]), True, np.zeros(0, np.uint8))
    >>> one, two = np.array([0]), np.array([0, 1])
    >>> problem = prepare(costs, one, two, np.array([60]), np.array([10, 40]), limit=np.inf, far=1800.0)
    >>> row, column, amount, left, used = read(problem, solve(problem))
    >>> amount.tolist(), left.tolist()
    ([10, 40], [10])
    """
    p, c = problem, problem.costs
    where = (
        c.indptr, c.indices, c.values, c.dense, p.rows, p.rank, p.limit, p.scale, c.tier, p.extra, p.seats
    )  # fmt: skip
    if warm is None:
        keep = p.rank.size if p.rank.size <= keep + keep // 2 else keep
        ptr, fac, cost, cut = kernel.nearest_pairs(*where, p.dummy, keep)
        flow, home, up = kernel.first_basis(ptr, fac, cost, p.pupils, p.seats)
    else:
        ptr, fac, cost, cut = warm.ptr, warm.fac, warm.cost, warm.cut
        flow, home, up = warm.flow.copy(), warm.home.copy(), warm.up.copy()
    more, pivots = 1, 0
    while more:
        price, steps = kernel.improve(ptr, fac, cost, p.pupils, p.seats, flow, home, up)
        pivots += steps
        more, ptr, fac, cost, flow = kernel.price_out(
            *where, ptr, fac, cost, flow, home, up, price, cut, p.pupils
        )  # fmt: skip
    return Solution(ptr, fac, cost, cut, flow, home, up, price, pivots)


def add_facility(problem: Problem, now: Solution, metres: Floats, seats: int) -> tuple[Problem, Solution]:
    """Return problem and solution with one facility more, its seats still empty; ``solve`` fills them.

    ``metres`` are in the row order of the input, ``inf`` where there is no way; ``seats`` in units, > 0.

    Examples
    --------
    >>> costs = Costs(np.array([0, 2]), np.zeros(0, np.int32), np.array([100.0, 900.0]), True, np.zeros(0, np.uint8))
    >>> one, two = np.array([0]), np.array([0, 1])
    >>> problem = prepare(costs, one, two, np.array([60]), np.array([10, 40]), limit=np.inf, far=1800.0)
    >>> larger, warm = add_facility(problem, solve(problem), np.array([500.0]), 25)
    >>> read(larger, solve(larger, warm))[4].tolist()  # the new one is nearer than the second
    [10, 25, 25]
    """
    cost = metres[problem.rows]
    within = (cost <= problem.limit) & np.isfinite(cost)
    last = problem.seats.size
    spots = now.ptr[1:][within] - 1
    ptr = now.ptr.copy()
    ptr[1:] += np.cumsum(within)

    def moved(pairs: Ints) -> Ints:
        return np.where(pairs < 0, pairs, pairs + np.searchsorted(spots, pairs, side="right"))

    grown = Solution(
        ptr,
        np.insert(np.where(now.fac == last, last + 1, now.fac).astype(np.int32), spots, last),
        np.insert(now.cost, spots, np.floor(cost[within] * problem.scale + 0.5).astype(np.int64)),
        now.cut,
        np.insert(now.flow, spots, 0),
        moved(now.home),
        np.append(moved(now.up), -1),
        now.price,
        0,
    )
    return replace(problem, seats=np.append(problem.seats, seats), rank=np.append(problem.rank, last)), grown


def read(problem: Problem, solution: Solution) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return row, column and units of every flow in the order of the input, units left per row, used per column.

    Examples
    --------
    >>> costs = Costs(np.array([0, 2]), np.zeros(0, np.int32), np.array([100.0, 900.0]), True, np.zeros(0, np.uint8))
    >>> one, two = np.array([0]), np.array([0, 1])
    >>> problem = prepare(costs, one, two, np.array([30]), np.array([10, 40]), limit=np.inf, far=1800.0)
    >>> row, column, amount, left, used = read(problem, solve(problem))
    >>> column.tolist(), amount.tolist(), left.tolist(), used.tolist()
    ([0, 1], [10, 20], [0], [10, 20])
    """
    n, m = len(problem.rows), len(problem.rank)
    hit = np.flatnonzero(solution.flow)
    row = problem.rows[np.searchsorted(solution.ptr, hit, side="right") - 1]
    columns = np.empty(m + 1, np.int64)
    columns[problem.rank] = np.arange(m)
    columns[m] = m
    column, amount = columns[solution.fac[hit]], solution.flow[hit]
    seated = column < m
    # Sums of doubles: exact, since all pupils together are fewer than 2**53 units.
    left = np.bincount(row[~seated], amount[~seated], minlength=n).astype(np.int64)
    row, column, amount = row[seated], column[seated], amount[seated]
    taken = np.bincount(column, amount, minlength=m).astype(np.int64)
    order = np.argsort(row * (m + 1) + column)
    return row[order], column[order], amount[order], left, taken


def metres_at(costs: Costs, row: Ints, column: Ints) -> Floats:
    """Return the metres of each (row, column); the shortest where sparse rows name a column twice.

    Examples
    --------
    >>> costs = Costs(np.array([0, 2]), np.zeros(0, np.int32), np.array([100.0, 900.0]), True, np.zeros(0, np.uint8))
    >>> metres_at(costs, np.array([0, 0]), np.array([0, 1])).tolist()
    [100.0, 900.0]
    """
    if costs.dense:
        return costs.values[costs.indptr[row] + column]
    return kernel.metres_of(costs.indptr, costs.indices, costs.values, row, column)
