"""Balancing districts: from the nearest school or the present plan to one within its seats, then to shorter walks.

Every step keeps each district in one piece with its school in it; the best plan met on the way is kept: the one of least
excess over the seats and, of these, the least walk. What this finds is good, not proven least; small towns are then solved exactly
(``geo.assignment.districts_exact``), and bounds say how far the rest can be from the best.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
import pandas as pd

from geo.assignment.anneal import anneal
from geo.assignment.districts import DUST, Town, border, broken, piece, walked
from geo.assignment.districts_exact import exact, far_metres
from geo.assignment.exact import assign
from geo.assignment.shortfall import within
from geo.errors import InputError
from geo.text import Text

__all__ = ["COMPACT", "SMALL", "Districts", "balance", "grow", "judged", "repair"]

SMALL = 240
"""Pairs of unit and school up to which a town is solved exactly."""
COMPACT = 0.02
"""Share of the walk that compact districts may cost, assumed."""
WEIGHTS = (10.0, 3.0, 1.0, 0.3)
"""Weights of borders that are tried (``repair``), until one keeps to that share."""
TRIES, MOST = 2000, 3_000_000
"""Changes tried for each unit, and at most in all."""
PATIENCE = 4000
"""Units times attempts after which an excess that may not be the least is left as it is."""


@dataclass(frozen=True)
class Districts:
    """A plan of districts, what it breaks, and how near it is to the best.

    Examples
    --------
    >>> from geo.assignment.districts import town
    >>> beside = pd.DataFrame({"a": ["p", "q"], "b": ["q", "r"]})
    >>> walk = pd.DataFrame({"A": [10.0, 20.0, 30.0], "B": [30.0, 25.0, 10.0]}, index=list("pqr"))
    >>> one = town(walk, pd.Series({"p": 30, "q": 20, "r": 10}), pd.Series({"A": 40, "B": 40}), beside)
    >>> balance(one).legal
    True
    """

    plan: pd.Series
    """School of each unit."""
    excess: float
    """Pupils over the seats, all districts together [persons]."""
    walk: float
    """Total walk of those who have a way to their school [pupil-metres]."""
    no_way: float
    """Pupils without a way on foot to their school [persons]."""
    excess_bound: float
    """No plan in one piece has less excess [persons] (``shortfall.within``)."""
    walk_bound: float
    """No plan of the same excess walks less [pupil-metres], "no way" counted as ``districts_exact.FAR``."""
    walk_counted: float
    """The walk of this plan in the same count [pupil-metres]."""
    proven: bool
    """Whether excess and walk are proven least."""
    findings: pd.DataFrame
    """Rules broken (``districts.broken``)."""

    @property
    def legal(self) -> bool:
        """Whether no rule is broken."""
        return self.findings.empty

    @property
    def least(self) -> bool:
        """Whether no plan in one piece has less excess: this one is, and has no more than the bound, to a millionth."""
        return set(self.findings["rule"]) <= {"capacity"} and self.excess <= self.excess_bound + 1e-6 * max(
            self.excess_bound, 1.0
        )

    @property
    def gap(self) -> float:
        """Return by how much the walk may at most be above the least one, as a share of it; NaN where nobody walks."""
        return (self.walk_counted - self.walk_bound) / self.walk_bound if self.walk_bound > 0 else np.nan


def grow(town: Town, *, seats: bool = True) -> np.ndarray:
    """Return the school of each unit (its position) when districts grow from their schools, the nearest unit first.

    With ``seats``, a district that is full waits until no other can grow.

    Examples
    --------
    >>> from geo.assignment.districts import town
    >>> beside = pd.DataFrame({"a": ["p", "q"], "b": ["q", "r"]})
    >>> walk = pd.DataFrame({"A": [10.0, 20.0, 30.0], "B": [30.0, 25.0, 10.0]}, index=list("pqr"))
    >>> one = town(walk, pd.Series({"p": 30, "q": 20, "r": 10}), pd.Series({"A": 40, "B": 40}), beside)
    >>> grow(one).tolist(), grow(one, seats=False).tolist()
    ([0, 1, 1], [0, 0, 1])
    """
    metres, owner = far_metres(town), np.full(len(town.units), -1, np.int64)
    owner[town.homes] = np.arange(len(town.schools))
    left = town.seats - town.pupils[town.homes]
    heap: list[tuple[bool, float, int, int]] = []

    def offer(u: int) -> None:
        j = int(owner[u])
        for v in town.around[u]:
            if owner[v] < 0:
                heappush(heap, (False, float(metres[v, j]), v, j))

    for home in town.homes:
        offer(int(home))
    while heap:
        waits, far, u, j = heappop(heap)
        if owner[u] >= 0:
            continue
        if seats and not waits and left[j] < town.pupils[u]:
            heappush(heap, (True, far, u, j))
            continue
        owner[u] = j
        left[j] -= town.pupils[u]
        offer(u)
    if (owner < 0).any():
        cut = list(town.units[owner < 0][:5])
        raise InputError(
            Text(f"单元 {cut} 与任何学校都不相连，请补上相邻关系", f"units {cut} touch no other: add who touches them")
        )
    return owner


def repair(town: Town, plan: pd.Series, *, shorter: bool = True, seed: int = 1, compact: float = 0.0) -> pd.Series:
    """Return a plan made whole and brought within its seats as far as that is found, from the one given.

    Units cut off from their school go to a neighbour; then units on the borders change sides, by chance at first and
    ever more strictly (simulated annealing): less excess comes first, then with ``shorter`` less walking, otherwise
    fewer pupils moved. With ``compact`` and ``shorter`` a border of 1 m between two districts weighs like ``compact``
    metres of walk of the pupils of a mean unit.

    Notes
    -----
    Kirkpatrick, S., Gelatt, C. D. & Vecchi, M. P. (1983) Science 220, 671-680,
    https://doi.org/10.1126/science.220.4598.671; for districts: D'Amico, S. J. et al. (2002) Computers & Operations
    Research 29, 667-684, https://doi.org/10.1016/S0305-0548(01)00056-9. The same ``seed`` gives the same plan.

    Examples
    --------
    >>> from geo.assignment.districts import town
    >>> beside = pd.DataFrame({"a": ["p", "q"], "b": ["q", "r"]})
    >>> walk = pd.DataFrame({"A": [10.0, 20.0, 30.0], "B": [30.0, 25.0, 10.0]}, index=list("pqr"))
    >>> one = town(walk, pd.Series({"p": 30, "q": 20, "r": 10}), pd.Series({"A": 40, "B": 40}), beside)
    >>> repair(one, pd.Series({"p": "A", "q": "A", "r": "B"})).to_dict()
    {'p': 'A', 'q': 'B', 'r': 'B'}
    """
    owner = _whole(town, town.schools.get_indexer(plan.reindex(town.units)))
    n, m = town.metres.shape
    if m == 1:
        return pd.Series(town.schools.take(owner), town.units, name="school")
    metres = far_metres(town)
    people = town.pupils + 1e-4 * max(float(town.pupils.mean()), 1e-9)  # empty units follow the walk too
    if not shorter:
        metres = np.where(np.arange(m) == owner[:, None], 0.0, 1.0 + metres / max(float(metres.max()), 1.0))
    cost = np.ascontiguousarray(metres * people[:, None])  # by rows always: compiled code belongs to the layout as well
    step = float(np.median(np.ptp(metres, axis=1))) * float(people.mean())
    dear = 2.0 * float(np.quantile(np.ptp(metres, axis=1), 0.9)) + 1e-9
    near = np.array([v for around in town.around for v in around], np.int64)
    ptr = np.concatenate([[0], np.cumsum([len(around) for around in town.around])])
    edge = np.zeros(len(near))
    if compact > 0 and shorter and town.borders:
        edge = compact * float(town.pupils.mean()) * np.array([v for along in town.borders for v in along])
    fixed = np.zeros(n, bool)
    fixed[town.homes] = True
    best = anneal(
        ptr, near, edge, cost, town.pupils, town.seats, owner, fixed, dear, 0.5 * step, 5e-4 * step, min(TRIES * n, MOST), seed
    )  # fmt: skip
    return pd.Series(town.schools.take(best), town.units, name="school")


def _whole(town: Town, owner: np.ndarray) -> np.ndarray:
    """Return the owners with homes at home and every district the piece around its school, the rest handed to neighbours."""
    owner = owner.copy()
    owner[town.homes] = np.arange(len(town.schools))
    held = np.full(len(owner), -1, np.int64)
    for j in range(len(town.schools)):
        mine = set(np.flatnonzero(owner == j).tolist())
        held[list(piece(town.around, mine, int(town.homes[j])))] = j
    metres = far_metres(town)
    heap = [
        (float(metres[v, held[u]]), v, int(held[u]))
        for u in np.flatnonzero(held >= 0).tolist()
        for v in town.around[u]
        if held[v] < 0
    ]
    heap.sort()
    while heap:
        _, u, j = heappop(heap)
        if held[u] >= 0:
            continue
        held[u] = j
        for v in town.around[u]:
            if held[v] < 0:
                heappush(heap, (float(metres[v, j]), v, j))
    return held if (held >= 0).all() else grow(town, seats=False)


def balance(
    town: Town, *, start: pd.Series | None = None, small: int = SMALL, seconds: float = 20.0, compact: float = 0.0
) -> Districts:
    """Return districts in one piece, within their seats where that is found, with little walking.

    Parameters
    ----------
    town
        As ``districts.town`` gives.
    start
        A plan to begin with and to change as little as needed; from the nearest school where not given.
    small
        Pairs of unit and school up to which the town is solved exactly (0: never).
    seconds
        Time for each programme of the exact solution.
    compact
        Share by which the walk may grow for short borders; the excess never does. A plan from ``start`` keeps its
        borders, and one that is solved exactly walks least whatever its borders.

    Returns
    -------
    districts
        Excess first, walk second. ``proven`` tells whether both are least; otherwise the bounds tell how far they can
        be from it: for the excess a flow that may split units (``shortfall.within``); for the walk, within the seats,
        the transportation problem that may split units and forget contiguity, otherwise the nearest school of everybody.

    Examples
    --------
    >>> from geo.assignment.districts import town
    >>> beside = pd.DataFrame({"a": ["p", "q"], "b": ["q", "r"]})
    >>> walk = pd.DataFrame({"A": [10.0, 20.0, 30.0], "B": [30.0, 25.0, 10.0]}, index=list("pqr"))
    >>> one = town(walk, pd.Series({"p": 30, "q": 20, "r": 10}), pd.Series({"A": 40, "B": 40}), beside)
    >>> found = balance(one)
    >>> found.plan.to_dict(), found.walk, found.proven
    ({'p': 'A', 'q': 'B', 'r': 'B'}, 900.0, True)
    """
    least = within(town).pupils
    if start is not None:
        return _told(town, repair(town, start, shorter=False), least)
    best = None
    for seed, full in enumerate((True, False) * 5, 1):
        plan = repair(
            town, pd.Series(town.schools.take(grow(town, seats=full)), town.units), seed=seed, compact=compact
        )
        told = _told(town, plan, least)
        if best is None or (told.excess, told.walk_counted) < (best.excess, best.walk_counted):
            best = told
        if seed > 1 and (best.least or len(town.units) * seed > PATIENCE):
            break
    assert best is not None
    if len(town.units) * len(town.schools) <= small and (solved := exact(town, seconds=seconds)) is not None:
        plan, _, _, proven = solved
        told = _told(town, plan, least, proven=proven)
        if proven or (told.excess, told.walk_counted) < (best.excess, best.walk_counted):
            return told
    return _smoothed(town, best, least, compact) if compact > 0 and town.borders else best


def _smoothed(town: Town, best: Districts, least: float, share: float) -> Districts:
    """Return districts of shorter borders with no more excess and little more walk, those given where none are found."""
    for weight in WEIGHTS:
        plan = repair(town, best.plan, compact=weight)
        told = _told(town, plan, least)
        no_more = told.excess <= best.excess + 1e-6 * max(best.excess, 1.0)
        if (
            no_more
            and told.walk_counted <= (1 + share) * best.walk_counted
            and border(town, plan) < border(town, best.plan)
        ):
            return told
    return best


def judged(town: Town, plan: pd.Series) -> Districts:
    """Return a plan as it is, with what it breaks and how far it is from the best.

    Examples
    --------
    >>> from geo.assignment.districts import town
    >>> beside = pd.DataFrame({"a": ["p"], "b": ["q"]})
    >>> walk = pd.DataFrame({"A": [10.0, 20.0]}, index=["p", "q"])
    >>> judged(town(walk, pd.Series({"p": 3, "q": 2}), pd.Series({"A": 4}), beside), pd.Series({"p": "A", "q": "A"})).excess
    1.0
    """
    return _told(town, plan, within(town).pupils)


def _told(town: Town, plan: pd.Series, least: float, *, proven: bool = False) -> Districts:
    """Return a plan with what it breaks and its bounds."""
    findings = broken(town, plan)
    excess = float(findings.loc[findings["rule"] == "capacity", "pupils"].sum())
    metres = far_metres(town)
    owner = town.schools.get_indexer(plan.reindex(town.units))
    held = owner >= 0
    counted = float(town.pupils[held] @ metres[held, owner[held]])
    bound = float(town.pupils @ metres.min(axis=1))
    if excess <= DUST:
        frame = pd.DataFrame(metres, town.units, town.schools)
        free = assign(frame, pd.Series(town.pupils, town.units), pd.Series(town.seats, town.schools))
        bound = max(bound, free.objective)
    walk, no_way = walked(town, plan)
    if proven:
        least, bound = excess, counted
    return Districts(plan, excess, walk, no_way, least, min(bound, counted), counted, proven, findings)
