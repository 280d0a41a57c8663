"""Rules a district may set on who sits where: residents of the zone first, siblings together, no crossings.

Each rule is a rank above or below being seated, and all ranks are exact: no distance, however long, outweighs a
rule, and no rule of a lower rank outweighs one above. From the top: residents at a school of their own zone;
every pupil seated; siblings at one campus; least walking.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.assignment.exact import Assignment, Cost, assign_ranked, pairs_of
from geo.errors import InputError
from geo.services import STAGES
from geo.text import Text

__all__ = ["assign_residents_first", "assign_stages", "without_crossings"]


def assign_residents_first(
    cost: Cost,
    pupils: pd.Series,
    seats: pd.Series,
    *,
    cell_zone: pd.Series,
    school_zone: pd.Series,
    limit: float = np.inf,
) -> Assignment:
    """Return the assignment in which residents have the first right to the seats of their own zone.

    First as many pupils as possible sit at a school of the zone they live in, then as many as possible sit at
    all, then the walk is least. A pupil from outside may lose a seat by it: that is what the rule means.

    Parameters
    ----------
    cost, pupils, seats, limit
        As in ``geo.assignment.assign``.
    cell_zone
        Zone of each cell, indexed by its id; a missing one belongs to no zone.
    school_zone
        Zone of each facility, indexed by its id.

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [500.0, 100.0]}, index=["home", "away"])
    >>> pupils, seats = pd.Series({"home": 30, "away": 30}), pd.Series({"A": 40})
    >>> zones = {"cell_zone": pd.Series({"home": "east", "away": "west"}), "school_zone": pd.Series({"A": "east"})}
    >>> assign_residents_first(cost, pupils, seats, **zones).unserved.to_dict()  # without the rule 20 of home would be left
    {'home': 0, 'away': 20}
    """
    tier = _elsewhere(cost, cell_zone, school_zone)
    return assign_ranked(cost, pupils, seats, limit=limit, tier=tier, levels=("service",))


def assign_stages(
    costs: Mapping[str, Cost],
    pupils: Mapping[str, pd.Series],
    seats: Mapping[str, pd.Series],
    *,
    limits: Mapping[str, float],
    siblings: bool = False,
    cell_zone: pd.Series | None = None,
    school_zone: pd.Series | None = None,
) -> dict[str, Assignment]:
    """Return the assignment of every stage, youngest first, by the rules asked for.

    Parameters
    ----------
    costs, pupils, seats, limits
        By stage, as in ``geo.assignment.assign``; limits not given are infinite.
    siblings
        Keep siblings of different stages at one campus. Who has siblings is not known, so the rule is by cell: a
        campus (one facility id with seats in several stages) to which pupils of the cell already go at a
        younger stage comes before any other, after everybody is seated and before the walk.
    cell_zone, school_zone
        If both are given, residents of the zone come first (``assign_residents_first``).

    Returns
    -------
    assignments
        By stage, in the order of ``geo.services.STAGES``.

    Examples
    --------
    >>> cost = pd.DataFrame({"A": [300.0], "B": [100.0]}, index=["p"])
    >>> pupils = {"primary": pd.Series({"p": 30}), "junior": pd.Series({"p": 10})}
    >>> seats = {"primary": pd.Series({"A": 40, "B": 0}), "junior": pd.Series({"A": 40, "B": 40})}
    >>> both = {"primary": cost, "junior": cost}
    >>> assign_stages(both, pupils, seats, limits={}, siblings=True)["junior"].used.to_dict()  # where the younger ones go
    {'A': 10, 'B': 0}
    >>> assign_stages(both, pupils, seats, limits={})["junior"].used.to_dict()
    {'A': 0, 'B': 10}
    """
    done: dict[str, Assignment] = {}
    for stage in (s for s in STAGES if s in costs):
        tier: NDArray[np.uint8] = np.zeros(0, np.uint8)
        levels: list[str] = []
        if siblings and done:
            tier, levels = _no_sibling(costs[stage], done), ["metres"]
        if cell_zone is not None and school_zone is not None:
            elsewhere = _elsewhere(costs[stage], cell_zone, school_zone)
            tier = (elsewhere * np.uint8(1 << len(levels)) + (tier if len(tier) else np.uint8(0))).astype(np.uint8)
            levels.append("service")
        done[stage] = assign_ranked(
            costs[stage],
            pupils[stage],
            seats[stage],
            limit=limits.get(stage, np.inf),
            tier=tier,
            levels=tuple(levels),
        )
    return done


def without_crossings(links: gpd.GeoDataFrame, refused: Collection[str] | None = None) -> gpd.GeoDataFrame:
    """Return the street links without those that cross a barrier, for a network on which no child crosses it.

    Parameters
    ----------
    links
        Streets with a column ``barrier``: empty, or what the link crosses (a kind or a name).
    refused
        Barriers to refuse; a link is refused if its barrier is, or contains, one of them. All if not given.

    Raises
    ------
    InputError
        If the streets have no column ``barrier``.

    Examples
    --------
    >>> from geo.examples import streets
    >>> links = streets().assign(barrier=["", "railway", "river"])
    >>> len(without_crossings(links)), len(without_crossings(links, ["railway"]))
    (1, 2)
    """
    if "barrier" not in links:
        raise InputError(
            Text(
                "道路图层没有 barrier（穿越）列，无法排除穿越；请补上该列",
                "the streets have no column 'barrier'; add it to refuse crossings",
            )
        )
    crossed = links["barrier"].fillna("").astype(str).str.strip()
    wanted = crossed.map(bool) if refused is None else crossed.map(lambda b: any(r in b for r in refused if r))
    return links[~wanted]


def _positions(cost: Cost) -> tuple[pd.Index, pd.Index, NDArray[np.int64], NDArray[np.int64]]:
    """Return the ids, and the row and column of every pair in the order of its values."""
    cells, schools, indptr, indices, _, dense = pairs_of(cost)
    row = np.repeat(np.arange(len(cells)), np.diff(indptr))
    column = np.tile(np.arange(len(schools)), len(cells)) if dense else np.asarray(indices, np.int64)
    return cells, schools, row, column


def _elsewhere(cost: Cost, cell_zone: pd.Series, school_zone: pd.Series) -> NDArray[np.uint8]:
    """Return 1 for pairs whose school is not of the cell's zone."""
    cells, schools, row, column = _positions(cost)
    names = pd.Index(pd.concat([cell_zone, school_zone]).dropna().unique())
    home = names.get_indexer(cell_zone.reindex(cells).to_numpy())
    place = names.get_indexer(school_zone.reindex(schools).to_numpy())
    return ((home[row] != place[column]) | (home[row] < 0)).astype(np.uint8)


def _no_sibling(cost: Cost, done: Mapping[str, Assignment]) -> NDArray[np.uint8]:
    """Return 1 for pairs whose school no younger pupil of the cell goes to."""
    cells, schools, row, column = _positions(cost)
    flows = pd.concat([a.flows[["demand_id", "facility_id"]] for a in done.values()])
    r, c = cells.get_indexer(flows["demand_id"]), schools.get_indexer(flows["facility_id"])
    both = (r >= 0) & (c >= 0)
    together = np.unique(r[both] * np.int64(len(schools)) + c[both])
    return (~np.isin(row * np.int64(len(schools)) + column, together)).astype(np.uint8)
