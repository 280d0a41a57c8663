"""What a tile answers, from the ground around it, and whether that ground was enough.

A walk is as long as the file says, not as its line is drawn, and a home may lie far from its street: no width of ground
around a tile is right for every place. So each answer proves itself. Every node that a walk within the limit reaches must
lie so deep inside the ground that was read that nothing within the rest of the limit can lie outside it; and every home
or facility that was counted must be nearer to its street than to the rim. Where that does not hold, nothing is returned,
and the same is asked with more ground: in the end with the whole area, which always is enough. A tile's answer is
therefore that of the whole, to the last bit: lengths are whole nanometres, people are added in the order of the cells.
"""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.access import e2sfca
from geo.case import Case
from geo.coverage import radius_metres
from geo.network import Network
from geo.network.field import metres_field
from geo.network.links import NM
from geo.siting.gain import gain_surface
from geo.tiles.grid import Box, Tile

__all__ = ["accessible", "covered", "gained"]

SLACK = 0.05
"""Lines may end a millimetre beside their nodes; this is more [m]."""


def covered(case: Case, tile: Tile, ground: Box, *, limit: float) -> pd.DataFrame | None:
    """Return how far the cells of a tile are from the nearest facility; None where the ground was not enough.

    Parameters
    ----------
    case
        The question, of a place that holds what lies in ``ground``: streets whose extent meets it, cells and facilities in it.
    tile
        Whose cells are answered.
    ground
        What was read [m]; a side is infinite where the area ends.
    limit
        The standard [m].

    Returns
    -------
    table
        Indexed by cell: ``radius_m`` and ``walk_m`` [m], ``inf`` beyond the limit.

    Examples
    --------
    >>> from geo.examples import town
    >>> everywhere = Box(-np.inf, -np.inf, np.inf, np.inf)
    >>> covered(town(), Tile(0, 0, 5e6), everywhere, limit=500)["walk_m"].to_dict()
    {'a': 100.0, 'b': 500.0, 'c': inf}
    """
    cells = _own(case, tile)
    if min(_depth(ground, cells), default=np.inf) < limit:
        return None
    radius = radius_metres(cells, case.doors)["metres"].where(lambda metres: metres <= limit, np.inf)
    snaps = case.snaps.loc[cells.index]
    near = case.workspace.network.nearest(snaps, case.doors, limit=limit)
    chosen = case.doors.loc[case.doors.index.isin(near["target"].dropna())]
    if not (_holds(case.workspace.network, snaps, ground, limit) and _sure(case, chosen, ground, limit)):
        return None
    return pd.DataFrame({"radius_m": radius, "walk_m": near["metres"]})


def accessible(
    case: Case, tile: Tile, ground: Box, *, limit: float, steps: Mapping[float, float], seats: pd.Series
) -> pd.DataFrame | None:
    """Return the seats per person (``access``) of the cells of a tile; None where the ground was not enough.

    Parameters
    ----------
    case, tile, ground
        As ``covered``.
    limit
        The catchment [m], the largest of ``steps``.
    steps
        As ``geo.access.e2sfca``; one step of weight 1 is the two-step method.
    seats
        Seats of the facilities that count.

    Notes
    -----
    A facility in reach of the tile shares its seats among all who reach it, so the ground is twice the catchment.

    Examples
    --------
    >>> from geo.examples import town
    >>> everywhere = Box(-np.inf, -np.inf, np.inf, np.inf)
    >>> seats = town().supply["seats"]
    >>> accessible(town(), Tile(0, 0, 5e6), everywhere, limit=500, steps={500: 1.0}, seats=seats)["access"].round(4).to_dict()
    {'a': 8.6124, 'b': 8.6124, 'c': 0.0}
    """
    own, network = _own(case, tile), case.workspace.network
    supply = case.supply.loc[case.supply.index.isin(seats.index)]
    if min(_depth(ground, own), default=np.inf) < limit:
        return None
    snaps = case.snaps.loc[own.index]
    if not _holds(network, snaps, ground, limit):
        return None
    reached = supply.iloc[np.unique(network.pairs(snaps, supply, limit=limit).indices)]
    if reached.empty:
        return pd.DataFrame({"access": np.zeros(len(own))}, index=own.index)
    pairs = network.pairs(case.snaps, reached, limit=limit)
    sharing = case.workspace.cells.iloc[np.flatnonzero(np.diff(pairs.indptr))]
    if not (
        _holds(network, reached, ground, limit)
        and _sure(case, reached, ground, limit)
        and _sure(case, sharing, ground, limit)
    ):
        return None
    return e2sfca(pairs, case.weight, seats.loc[reached.index], steps=steps).loc[own.index].to_frame()


def gained(case: Case, tile: Tile, ground: Box, *, limit: float) -> gpd.GeoDataFrame | None:
    """Return what a new facility would newly serve at every node of a tile; None where the ground was not enough.

    As ``geo.answers.gain``: a row a node with ``gain`` and its place. The ground is twice the limit: whoever a site would
    serve may be served already from as far again.

    Examples
    --------
    >>> from geo.examples import town
    >>> everywhere = Box(-np.inf, -np.inf, np.inf, np.inf)
    >>> gained(town(), Tile(0, 0, 5e6), everywhere, limit=500)["gain"].sort_index().round(1).to_dict()
    {1: 0.0, 2: 22.8, 3: 22.8, 4: 22.8}
    """
    network = case.workspace.network
    own = network.nodes[tile.owns(network.xy)]
    if len(own) == 0:
        return gained_nowhere(network)
    if not _holds(network, own, ground, limit):
        return None
    way = network.nearest(case.snaps, own, limit=limit)["metres"]
    living = case.workspace.cells[(way <= limit).to_numpy() & (case.weight > 0).to_numpy()]
    snaps = case.snaps.loc[living.index]
    near = network.nearest(snaps, case.doors, limit=limit)
    chosen = case.doors.loc[case.doors.index.isin(near["target"].dropna())]
    if not (
        _sure(case, living, ground, limit)
        and _holds(network, snaps, ground, limit)
        and _sure(case, chosen, ground, limit)
    ):
        return None
    unserved = near["metres"] > limit
    people = snaps[unserved].assign(people=case.weight.loc[living.index][unserved])
    return gain_surface(network, [], people, limit=limit).loc[own]


def gained_nowhere(network: Network) -> gpd.GeoDataFrame:
    """Return the answer of ``gained`` where there is no node."""
    return gpd.GeoDataFrame({"gain": np.zeros(0)}, geometry=[], crs=network.crs, index=network.nodes[:0])


def _own(case: Case, tile: Tile) -> gpd.GeoDataFrame:
    cells = case.workspace.cells
    return cells[tile.owns(_xy(cells))]


def _xy(points: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return np.column_stack([points.geometry.x, points.geometry.y])


def _depth(ground: Box, points: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return ground.depth(_xy(points))


def _holds(network: Network, points: object, ground: Box, limit: float) -> bool:
    """Return whether no walk within ``limit`` of the points can leave the ground, nor meet anybody outside it.

    At a node reached after ``d`` metres at most ``limit - d`` are left. A street may be drawn longer than it counts: by so
    much more may a place along it lie nearer to the rim than its node. Where a walk starts along a street, the same holds there.
    """
    places = network.place(points)
    if len(places) == 0:
        return True
    metres = metres_field(network.graph, places, limit * NM)
    arrays = network.arrays
    step = np.hypot(*np.diff(arrays.shape_xy, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(step)])
    first, last = arrays.shape_ptr[:-1], arrays.shape_ptr[1:] - 1
    longer = np.maximum(along[last] - along[first] - arrays.length / NM, 0.0)
    on = (places.edge >= 0) & (places.leg <= limit * NM)
    start = np.column_stack([places.x, places.y])[on]
    if (ground.depth(start) + places.leg[on] / NM < limit + longer[places.edge[on]] + SLACK).any():
        return False
    more = np.zeros(len(metres))
    np.maximum.at(more, arrays.tail, longer)
    np.maximum.at(more, arrays.head, longer)
    reached = metres <= limit
    return bool((ground.depth(arrays.xy[reached]) + metres[reached] >= limit + more[reached] + SLACK).all())


def _sure(case: Case, points: gpd.GeoDataFrame, ground: Box, limit: float) -> bool:
    """Return whether no street outside the ground can be nearer to one of the points than the street found for it."""
    if points.empty:
        return True
    away = case.workspace.network.snap(points)["snap_m"].to_numpy(float)
    return bool((np.minimum(away, limit) + SLACK <= _depth(ground, points)).all())
