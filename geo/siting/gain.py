"""What a new site would add, at every node of the network."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import Finding, InputError
from geo.network import Network, kernels
from geo.network.graph import slices
from geo.network.links import to_nm
from geo.network.where import places

__all__ = ["gain_surface"]

MICRO = 1e6
"""People are added as whole millionths, as lengths are as whole nanometres: sums then are the same in any order, on any
number of cores and by any tiles, exact up to 9 000 million people."""


def gain_surface(network: Network, existing: Any, people: Any, *, limit: float) -> gpd.GeoDataFrame:
    """Return the people newly served by a site at each node, on the map.

    Parameters
    ----------
    network
        The walking network.
    existing
        Facilities that stand already (points, snapped points or node labels; may be empty).
    people
        GeoDataFrame of points with column ``people`` [persons], or a Series of people by node label.
    limit
        The standard [m]; at exactly ``limit`` people are served.

    Returns
    -------
    surface
        One row a node, indexed by its label: ``gain``, the people within ``limit`` of the node and of no existing
        facility [persons], and the point where the node lies, in the network's CRS.

    Raises
    ------
    InputError
        Column ``people`` is missing, or a number of people is negative or missing.

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> surface = gain_surface(network(), school(), homes(), limit=500)
    >>> surface["gain"].sort_index().to_dict()  # a and b have a school; c is 100, 300 and 400 m from 3, 4 and 2
    {1: 0.0, 2: 400.0, 3: 400.0, 4: 400.0}
    """
    where, count = people_at(people)
    served = network.nearest(where, [] if existing is None else existing, limit=limit)["metres"].to_numpy() <= limit
    living = places(network.graph, where, arriving=False)
    short = np.flatnonzero(~served & (count > 0))
    node = np.stack([living.a[short], living.b[short]], axis=1)
    cost = np.stack([living.cost_a[short], living.cost_b[short]], axis=1)
    # Homes side by side share a search of nearly the same nodes: their order on the ground keeps memory warm.
    order = np.argsort(node.max(axis=1), kind="stable")
    node, cost, people_short = node[order], cost[order], np.rint(count[short][order] * MICRO)
    graph, room = network.graph, float(to_nm(limit))

    def task(start: int, stop: int) -> NDArray[np.float64]:
        gain = np.zeros(graph.n)
        with graph.scratch() as lent:
            kernels.gains(
                *graph.out, start, stop, node, cost, people_short, room, graph.delta, graph.longest, *lent, gain
            )
        return gain

    gain = sum(slices(len(short), task), start=np.zeros(graph.n)) / MICRO
    nodes = gpd.points_from_xy(network.xy[:, 0], network.xy[:, 1])
    return gpd.GeoDataFrame({"gain": gain}, geometry=nodes, crs=network.crs, index=network.nodes)


def people_at(people: Any) -> tuple[Any, Any]:
    """Return where the people are (points or node labels) and how many are there [persons]."""
    if isinstance(people, pd.DataFrame):
        if "people" not in people.columns:
            raise InputError([Finding("error", "缺少人数列 people", "column people is missing", field="people")])
        where, values = people, people["people"]
    else:
        series = people if isinstance(people, pd.Series) else pd.Series(people)
        where, values = series.index, series
    count = pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = np.flatnonzero(~(np.isfinite(count) & (count >= 0)))
    if len(wrong):
        raise InputError(
            [
                Finding(
                    "error",
                    "人数必须是不小于 0 的数",
                    "people must be a number of at least 0",
                    row=int(r) + 1,
                    field="people",
                )
                for r in wrong[:20]
            ]
        )
    return where, count
