"""A transportation problem in whole units and in canonical order, solved, kept warm, and read back."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo import _transport as kernel

__all__ = ["Costs", "Problem", "Solution", "add_facility", "prepare", "solve", "units_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KEEP = 16
"""Nearest facilities a cell starts with; what the prices show to be missing is added, so this is only speed."""
ROOM = 59
"""Power of two that no cost may pass; the sums of the solver then stay below 2**63."""
SPARE = 6
"""Facilities that may be added to a problem later without changing its weights."""


@dataclass(frozen=True)
class Costs:
    """Walking metres cell by cell: dense rows, or sparse rows with ``indices``; ``tier`` ranks pairs first."""

    indptr: Ints
    indices: NDArray[np.integer]
    values: Floats
    dense: bool
    tier: NDArray[np.uint8]
    levels: tuple[str, ...] = ()
    """What each bit of ``tier`` outranks: "metres" (after service) or "service" (before it)."""


@dataclass(frozen=True)
class Problem:
    """Everything the solver reads, in whole units and canonical order."""

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
    least: int
    """Any move that seats one unit more gains at least this; any other move gains less."""


@dataclass(frozen=True)
class Solution:
    """Flow on the kept pairs (canonical order) and the price of each facility's seats."""

    ptr: Ints
    fac: NDArray[np.int32]
    cost: Ints
    cut: Ints
    flow: Ints
    price: Ints


def units_of(pupils: Floats, seats: Floats) -> tuple[Ints, Ints, float]:
    """Return pupils and seats in whole units, and the units per pupil.

    Integral input keeps 1; up to six decimals keep a power of ten, so that the numbers come back as they were;
    anything else a power of two fine enough for 1e-9 pupils. Only a total above 2**21 that is not of few decimals
    is coarser; then a cell is rounded down.
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


def _weights(far: int, facilities: int, levels: tuple[str, ...]) -> tuple[list[int], int, int]:
    """Return the weight of each tier bit, the cost of being left out, and the least gain of seating one unit.

    Each weight is more than any chain of moves can save on all lower levels together, so the order is exactly
    lexicographic: metres, then tiers after service, then service, then tiers before service.
    """
    steps = facilities + 2
    below = far
    weights = [0] * len(levels)
    for bit in [i for i, level in enumerate(levels) if level == "metres"]:
        weights[bit] = steps * below + 1
        below += weights[bit]
    least = steps * below + 1
    dummy = 2 * least
    below += dummy
    for bit in [i for i, level in enumerate(levels) if level == "service"]:
        weights[bit] = steps * below + 1
        below += weights[bit]
        dummy += weights[bit]
    return weights, dummy, least


def prepare(costs: Costs, rows: Ints, rank: Ints, pupils: Ints, seats: Ints, *, limit: float, far: float) -> Problem:
    """Return the problem with costs scaled by the largest power of two that leaves no sum to overflow.

    ``far`` is the largest cost within the limit [m], also of a facility that is added later.
    """
    facilities = rank.size + SPARE
    _, dummy, _ = _weights(1 << 20, facilities, costs.levels)
    bits = dummy.bit_length() - 20 + (math.frexp(far)[1] if far > 0 else 0)
    scale = math.ldexp(1.0, min(ROOM - bits, 1000))
    weights, dummy, least = _weights(math.ceil(far * scale), facilities, costs.levels)
    codes = range(1 << len(weights))
    extra = np.array([sum(w for bit, w in enumerate(weights) if code >> bit & 1) for code in codes], np.int64)
    return Problem(costs, rows, rank, pupils, seats, limit, far, scale, extra, dummy, least)


def _run(ptr: Ints, fac: NDArray[np.int32], cost: Ints, seats: Ints, flow: Ints, price: Ints, least: int) -> None:
    pool = 2 * fac.size + 1024
    arcs = min(price.size**2, fac.size * 8)
    table = 1 << max(4 * arcs, 64).bit_length()
    while not kernel.improve(ptr, fac, cost, seats, flow, price, pool, table, least):
        pool, table = 2 * pool, 2 * table


def solve(problem: Problem, warm: Solution | None = None, *, keep: int = KEEP, least: int = 0) -> Solution:
    """Return the optimum; every pair left out is proven useless by the prices, or added and solved again."""
    p, c = problem, problem.costs
    where = (c.indptr, c.indices, c.values, c.dense, p.rows, p.rank, p.limit, p.scale, c.tier, p.extra)
    if warm is None:
        if p.rank.size <= keep + keep // 2:
            keep = p.rank.size
        ptr, fac, cost, cut = kernel.nearest_pairs(*where, p.dummy, keep)
        price = np.zeros(p.rank.size + 1, np.int64)
        flow = kernel.start(ptr, fac, cost, p.pupils, price)
    else:
        ptr, fac, cost, cut = warm.ptr, warm.fac, warm.cost, warm.cut
        price, flow = warm.price.copy(), warm.flow.copy()
    _run(ptr, fac, cost, p.seats, flow, price, least)
    while True:
        more, ptr, fac, cost, flow = kernel.price_out(*where, ptr, fac, cost, flow, price, cut, p.pupils)
        if not more:
            return Solution(ptr, fac, cost, cut, flow, price)
        _run(ptr, fac, cost, p.seats, flow, price, least)


def add_facility(problem: Problem, now: Solution, metres: Floats, seats: int) -> tuple[Problem, Solution]:
    """Return problem and solution with one facility more, its seats still empty; ``solve`` fills them.

    ``metres`` are in the row order of the input, ``inf`` where there is no way; ``seats`` in units. The new
    seats start at the highest price anybody would pay, so the old flow stays optimal until they are filled.
    """
    cost = metres[problem.rows]
    within = (cost <= problem.limit) & np.isfinite(cost)
    fresh = np.rint(cost[within] * problem.scale).astype(np.int64)
    ends = now.ptr[1:]
    last = problem.seats.size
    paid = np.minimum.reduceat(now.cost + now.price[now.fac], now.ptr[:-1]) if len(ends) else np.zeros(0, np.int64)
    worth = np.where(problem.pupils[within] > 0, paid[within] - fresh, 0)
    price = max(int(worth.max(initial=0)), 0)
    spots = ends[within] - 1
    fac = np.where(now.fac == last, last + 1, now.fac).astype(np.int32)
    ptr = now.ptr.copy()
    ptr[1:] += np.cumsum(within)
    grown = Solution(
        ptr,
        np.insert(fac, spots, last),
        np.insert(now.cost, spots, fresh),
        now.cut,
        np.insert(now.flow, spots, 0),
        np.insert(now.price, last, price),
    )
    return replace(problem, seats=np.append(problem.seats, seats)), grown
