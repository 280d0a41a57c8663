"""Feeder chains 幼→小→初: who leaves a school goes on together, and whether the next stage has the places.

Of a school with ``used`` pupils over *n* years, ``used / n`` leave in a year; a school of the next stage with ``seats``
over *m* years admits ``seats / m``. Cohorts are taken as equal, nobody repeats a year or moves away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.assignment.exact import assign
from geo.errors import InputError
from geo.text import Text

__all__ = ["STAGE_YEARS", "Chain", "feed"]

STAGE_YEARS = {"kindergarten": 3, "primary": 6, "junior": 3, "senior": 3}
"""Years of each stage: 幼儿园三年、小学六年、初中三年、高中三年 (六三学制)."""


@dataclass(frozen=True)
class Chain:
    """Who goes on where, a year.

    Examples
    --------
    >>> flows = pd.DataFrame({"demand_id": ["p"], "facility_id": ["A"], "pupils": [60.0]})
    >>> walk = pd.DataFrame({"J": [500.0]}, index=["p"])
    >>> feed(flows, walk, pd.Series({"J": 24.0}), leave_after=6, admit_over=3).links.to_numpy().tolist()
    [['A', 'J', 8.0, 500.0]]
    """

    links: pd.DataFrame
    """``from_id``, ``to_id``, ``graduates`` [persons a year], ``metres`` (mean walk from their homes) [m]."""
    schools: pd.DataFrame
    """By school left: ``graduates``, ``placed``, ``unplaced`` [persons a year], ``goes_to`` (how many schools), ``why``
    ("full", "too_far" or "split"; empty where the chain holds)."""
    places: pd.DataFrame
    """By school of the next stage: ``places`` and ``taken`` [persons a year]."""


def feed(
    flows: pd.DataFrame,
    walk: pd.DataFrame,
    seats: pd.Series,
    *,
    leave_after: int,
    admit_over: int,
    limit: float = np.inf,
) -> Chain:
    """Return where those who leave each school go on: as many as possible placed, then the least walk.

    Parameters
    ----------
    flows
        Who is at which school: ``demand_id``, ``facility_id``, ``pupils`` [persons], as an assignment gives.
    walk
        Walk from each home to each school of the next stage [m], shape (homes, schools), ``inf`` where there is no way.
    seats
        Seats of the schools of the next stage [seats].
    leave_after, admit_over
        Years of the two stages.
    limit
        Longest mean walk of a school's pupils to the next school [m].

    Returns
    -------
    chain
        Pupils of a school go on together where the places allow it; where not, the school is told as split. A home with
        no way to a school leaves that school out of the mean; a school no home can walk to is out of reach.

    Raises
    ------
    InputError
        If a home of the flows has no row in ``walk``, or the years are not above 0.

    Notes
    -----
    A transportation problem between the two stages, solved exactly (``geo.assignment.assign``).

    Examples
    --------
    >>> flows = pd.DataFrame({"demand_id": ["p", "q"], "facility_id": ["A", "B"], "pupils": [60.0, 30.0]})
    >>> walk = pd.DataFrame({"J": [500.0, 400.0], "K": [900.0, np.inf]}, index=["p", "q"])
    >>> chain = feed(flows, walk, pd.Series({"J": 30.0, "K": 9.0}), leave_after=6, admit_over=3)
    >>> chain.schools[["graduates", "placed", "goes_to", "why"]].to_dict("index")
    {'A': {'graduates': 10.0, 'placed': 8.0, 'goes_to': 2, 'why': 'full'}, 'B': {'graduates': 5.0, 'placed': 5.0, 'goes_to': 1, 'why': ''}}
    """
    if not (leave_after > 0 and admit_over > 0):
        raise InputError(Text("学制年数须大于 0", "the years of a stage must be above 0"))
    lost = pd.Index(flows["demand_id"].unique()).difference(walk.index)
    if len(lost):
        raise InputError(Text(f"距离表缺少 {list(lost[:5])}", f"walk has no rows for {list(lost[:5])}"))
    metres = walk.loc[flows["demand_id"]].to_numpy(float)
    there = np.isfinite(metres)
    people = flows["pupils"].to_numpy(float)[:, None]
    schools = pd.Index(flows["facility_id"].unique(), name="facility_id")
    position = schools.get_indexer(flows["facility_id"])
    total, count = np.zeros((2, len(schools), walk.shape[1]))
    np.add.at(total, position, np.where(there, metres, 0.0) * people)
    np.add.at(count, position, there * people)
    mean = pd.DataFrame(
        np.divide(total, count, out=np.full_like(total, np.inf), where=count > 0), schools, walk.columns
    )
    graduates = flows.groupby("facility_id")["pupils"].sum().reindex(schools).astype(float) / leave_after
    room = seats.reindex(walk.columns).astype(float) / admit_over
    found = assign(mean, graduates, room, limit=limit)
    links = found.flows.rename(columns={"demand_id": "from_id", "facility_id": "to_id", "pupils": "graduates"})
    links["metres"] = found.metres.to_numpy()
    goes = links.groupby("from_id").size().reindex(schools, fill_value=0)
    left = found.unserved.reindex(schools)
    in_reach = (mean <= limit).any(axis=1) & np.isfinite(mean.min(axis=1))
    why = pd.Series("", schools)
    why[goes > 1] = "split"
    why[left > 1e-6] = "full"
    why[(left > 1e-6) & ~in_reach] = "too_far"
    table = pd.DataFrame(
        {"graduates": graduates, "placed": graduates - left, "unplaced": left, "goes_to": goes, "why": why}
    )
    return Chain(links, table, pd.DataFrame({"places": room, "taken": found.used}))
