"""What no districts can mend: pupils for whom there is no seat, proven by a flow that forgets contiguity and splits units.

A town within its seats as a whole may still have none where its pupils are. The most pupils that can be seated at the
schools in their reach is a maximum flow; the cut beside it names the pupils and the schools that prove the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array, vstack

from geo.assignment.districts import DUST, Town, piece

__all__ = ["Shortfall", "on_foot", "shortfall", "within"]


@dataclass(frozen=True)
class Shortfall:
    """Pupils that no assignment seats, and the group that proves it: its pupils less the seats of all schools in its reach.

    Examples
    --------
    >>> reach = np.array([[True, False], [True, True]])
    >>> shortfall(reach, np.array([50.0, 10.0]), np.array([40.0, 90.0])).pupils
    10.0
    """

    pupils: float
    """At least so many have no seat [persons]."""
    crowd: float = 0.0
    """Pupils of the group [persons]."""
    seats: float = 0.0
    """Seats of all the schools that anybody of the group reaches [seats]; ``crowd - seats`` is ``pupils``."""
    units: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """Positions of the units of the group."""
    schools: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """Positions of the schools in its reach."""


def shortfall(reach: NDArray[np.bool_], pupils: NDArray[np.float64], seats: NDArray[np.float64]) -> Shortfall:
    """Return how many pupils find no seat at best, when a unit may be split between any schools in its reach.

    Parameters
    ----------
    reach
        Whether a unit may go to a school, shape (units, schools).
    pupils, seats
        Of each unit [persons] and each school [seats].

    Notes
    -----
    Units of one reach are one node of the flow. That the group of the cut has so many pupils more than seats in reach
    is the deficiency version of Hall's theorem: Ore, O. (1955) Duke Mathematical Journal 22, 625-639,
    https://doi.org/10.1215/S0012-7094-55-02268-7. The number given is counted from the group itself, not the solver's.

    Examples
    --------
    >>> both = np.array([[True, False], [True, True]])
    >>> found = shortfall(both, np.array([50.0, 10.0]), np.array([40.0, 90.0]))  # seats enough, not where the 50 are
    >>> found.pupils, found.units.tolist(), found.schools.tolist()
    (10.0, [0], [0])
    """
    rows, group = np.unique(reach, axis=0, return_inverse=True)
    group = group.ravel()
    people = np.bincount(group, pupils, minlength=len(rows))
    a, b = np.nonzero(rows)
    used = np.zeros(len(a))
    if len(a):
        each = np.ones(len(a))
        columns = np.arange(len(a))
        limits = vstack([
            coo_array((each, (a, columns)), shape=(len(rows), len(a))), coo_array((each, (b, columns)), shape=(len(seats), len(a))),
        ])  # fmt: skip
        used = linprog(-each, A_ub=limits, b_ub=np.concatenate([people, seats]), method="highs").x
    left = people - np.bincount(a, used, minlength=len(rows))
    dust = max(DUST, 1e-9 * float(people.sum()))
    crowd: NDArray[np.bool_] = np.asarray(left > dust)
    while True:  # the cut: whom the unseated could push out of a seat, and whom these could
        reached = np.atleast_1d(rows[crowd].any(axis=0))
        more = crowd.copy()
        more[a[reached[b] & (used > dust)]] = True
        if np.array_equal(more, crowd):
            break
        crowd = more
    total, room = float(people[crowd].sum()), float(seats[reached].sum())
    if total - room <= DUST:
        return Shortfall(0.0)
    return Shortfall(total - room, total, room, np.flatnonzero(crowd[group]), np.flatnonzero(reached))


def within(town: Town) -> Shortfall:
    """Return the pupils over the seats that every plan of districts in one piece has at least.

    A unit may be of a school's district only where its ground leads there without passing another school's unit.

    Examples
    --------
    >>> import pandas as pd
    >>> from geo.assignment.districts import town
    >>> beside = pd.DataFrame({"a": ["p", "q"], "b": ["q", "r"]})
    >>> walk = pd.DataFrame({"A": [0.0, 9.0, 9.0], "B": [9.0, 0.0, 9.0]}, index=list("pqr"))
    >>> one = town(walk, pd.Series({"p": 30, "q": 20, "r": 10}), pd.Series({"A": 60, "B": 25}), beside)
    >>> within(one).pupils  # r is behind q, where B stands: it cannot be of A
    5.0
    """
    n, m = town.metres.shape
    reach = np.zeros((n, m), bool)
    homes = set(town.homes.tolist())
    for j, home in enumerate(town.homes.tolist()):
        open_ground = set(range(n)) - homes | {home}
        reach[list(piece(town.around, open_ground, home)), j] = True
    return shortfall(reach, town.pupils, town.seats)


def on_foot(town: Town) -> Shortfall:
    """Return the pupils for whom there is no seat that they can walk to, however the units are shared out.

    Examples
    --------
    >>> import pandas as pd
    >>> from geo.assignment.districts import town
    >>> beside = pd.DataFrame({"a": ["p"], "b": ["q"]})
    >>> walk = pd.DataFrame({"A": [0.0, np.inf]}, index=["p", "q"])
    >>> on_foot(town(walk, pd.Series({"p": 3, "q": 2}), pd.Series({"A": 9}), beside)).pupils
    2.0
    """
    return shortfall(np.isfinite(town.metres), town.pupils, town.seats)
