"""Districts of a small town, exactly: a whole-number programme in which a flow from each school holds its district together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from geo.assignment.districts import Town

__all__ = ["FAR", "exact", "far_metres"]

FAR = 10.0
"""A unit without a way to a school counts as so many times the longest walk of the town."""


def far_metres(town: Town) -> np.ndarray:
    """Return the walks with a number for "no way": ``FAR`` times the longest walk there is [m].

    Examples
    --------
    >>> from geo.assignment.districts import town
    >>> walk = pd.DataFrame({"A": [100.0, np.inf]}, index=["p", "q"])
    >>> beside = pd.DataFrame({"a": ["p"], "b": ["q"]})
    >>> far_metres(town(walk, pd.Series({"p": 1, "q": 1}), pd.Series({"A": 2}), beside)).ravel().tolist()
    [100.0, 1000.0]
    """
    known = town.metres[np.isfinite(town.metres)]
    return np.where(np.isfinite(town.metres), town.metres, FAR * max(float(known.max(initial=0.0)), 100.0))


def exact(town: Town, *, seconds: float = 20.0) -> tuple[pd.Series, float, float, bool] | None:
    """Return the plan of least excess and then least walk, its excess, its walk, and whether both are proven.

    Parameters
    ----------
    town
        As ``districts.town`` gives; a few hundred pairs of unit and school.
    seconds
        Time for each of the two programmes.

    Returns
    -------
    found
        Plan (unit to school), excess [pupils], walk [pupil-metres, "no way" as ``FAR``], proven. None where no plan at
        all was found within the time.

    Notes
    -----
    Contiguity by a flow of one commodity a district: the school's unit sends one through the district to each of its
    other units. Shirabe, T. (2009) Environment and Planning B 36, 1053-1066, https://doi.org/10.1068/b34104. The solver
    is HiGHS; excess is compared to 1e-6 pupils.

    Examples
    --------
    >>> from geo.assignment.districts import town
    >>> beside = pd.DataFrame({"a": ["p", "q"], "b": ["q", "r"]})
    >>> walk = pd.DataFrame({"A": [10.0, 20.0, 30.0], "B": [30.0, 25.0, 10.0]}, index=list("pqr"))
    >>> one = town(walk, pd.Series({"p": 30, "q": 20, "r": 10}), pd.Series({"A": 40, "B": 40}), beside)
    >>> plan, excess, walk, proven = exact(one)
    >>> plan.to_dict(), excess, walk, proven  # q would rather go to A, which has no room
    ({'p': 'A', 'q': 'B', 'r': 'B'}, 0.0, 900.0, True)
    """
    n, m = town.metres.shape
    arcs = np.array([(u, v) for u in range(n) for v in town.around[u]], np.int64).reshape(-1, 2)
    e = len(arcs)
    x, f, o = 0, n * m, n * m + e * m  # unit to school, flow, excess
    size = o + m
    rows: list[np.ndarray] = []
    low: list[float] = []
    high: list[float] = []
    count = 0

    def add(columns: np.ndarray, values: np.ndarray, at_least: float, at_most: float) -> None:
        nonlocal count
        rows.append(np.column_stack([np.full(len(columns), count), columns, values]))
        low.append(at_least)
        high.append(at_most)
        count += 1

    for u in range(n):
        add(x + u * m + np.arange(m), np.ones(m), 1, 1)
    for j in range(m):
        add(np.append(x + np.arange(n) * m + j, o + j), np.append(town.pupils, -1.0), -np.inf, float(town.seats[j]))
        for u in range(n):
            into, out = np.flatnonzero(arcs[:, 1] == u), np.flatnonzero(arcs[:, 0] == u)
            if u != town.homes[j]:  # what comes in and does not go on is one where the unit is of the district
                add(
                    np.concatenate([f + into * m + j, f + out * m + j, [x + u * m + j]]),
                    np.concatenate([np.ones(len(into)), -np.ones(len(out)), [-1.0]]), 0, 0,
                )  # fmt: skip
        for k in range(e):  # nothing flows out of a unit of another district
            add(np.array([f + k * m + j, x + arcs[k, 0] * m + j]), np.array([1.0, -float(n)]), -np.inf, 0)
    table = np.concatenate(rows)
    matrix = coo_array((table[:, 2], (table[:, 0].astype(int), table[:, 1].astype(int))), shape=(count, size)).tocsr()
    floor, roof = np.zeros(size), np.full(size, np.inf)
    roof[:f] = 1
    floor[x + town.homes * m + np.arange(m)] = 1
    whole = np.zeros(size)
    whole[:f] = 1
    held = [LinearConstraint(matrix, low, high)]
    first = np.zeros(size)
    first[o:] = 1
    options = {"time_limit": seconds, "mip_rel_gap": 0.0}
    answer = milp(first, constraints=held, integrality=whole, bounds=Bounds(floor, roof), options=options)
    if answer.x is None:
        return None
    least, proven = float(answer.fun), answer.status == 0
    walk = np.zeros(size)
    walk[:f] = (far_metres(town) * town.pupils[:, None]).ravel()
    scale = max(float(walk.max()), 1.0)
    held.append(LinearConstraint(first[None, :], -np.inf, least + 1e-6))
    second = milp(walk / scale, constraints=held, integrality=whole, bounds=Bounds(floor, roof), options=options)
    best = answer if second.x is None else second
    owner = best.x[:f].reshape(n, m).argmax(axis=1)
    over = np.maximum(np.bincount(owner, town.pupils, minlength=m) - town.seats, 0)
    plan = pd.Series(town.schools.take(owner), town.units, name="school")
    excess = float(over.sum()) if over.sum() > 1e-6 else 0.0
    return plan, excess, float(walk[x + np.arange(n) * m + owner].sum()), bool(proven and second.status == 0)
