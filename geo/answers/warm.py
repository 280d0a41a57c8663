"""Everything that a first click would otherwise wait for: compiled kernels, snapped cells, nearest facilities."""

from __future__ import annotations

from contextlib import suppress

import geopandas as gpd
import pandas as pd
import shapely

from geo import siting
from geo.answers.access import access
from geo.answers.covered import coverage
from geo.answers.gain import gain
from geo.answers.seats import adequacy
from geo.answers.site import isochrone, site
from geo.case import Case
from geo.crs import to_wgs84
from geo.errors import PlanError
from geo.network import Network
from geo.services import SERVICES

__all__ = ["compile_searches", "compile_solvers", "warm"]


def warm(case: Case) -> None:
    """Ask each kind of question once where most people live, so that the next one is answered at once.

    Examples
    --------
    >>> from geo.examples import town
    >>> case = town()
    >>> warm(case)
    >>> len(case.keep) > 0
    True
    """
    cells = case.workspace.cells
    if cells.empty:
        return
    busiest = case.people.idxmax()
    point = to_wgs84(cells.geometry.loc[[busiest]]).iloc[0]
    for key in SERVICES:
        with suppress(PlanError):  # a workspace without that service or its numbers answers when it is asked
            coverage(case.of(key))
            site(case.of(key), point.x, point.y)
    isochrone(case, point.x, point.y)
    with suppress(PlanError):
        gain(case)
        adequacy(case)
        access(case)
    compile_searches()
    compile_solvers()


def compile_searches() -> None:
    """Ask every question of the network once on a street of three nodes: compiles what a first click would wait for.

    Examples
    --------
    >>> compile_searches()
    """
    lines = [shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(100, 0), (200, 0)])]
    links = gpd.GeoDataFrame({"u": [0, 1], "v": [1, 2], "metres": [100.0, 100.0]}, geometry=lines, crs="EPSG:4548")
    points = gpd.GeoSeries(gpd.points_from_xy([20, 120], [5, 5]), crs=links.crs)
    network = Network.from_links(links)
    for _ in range(2):
        network.node_distances(points)
        network.nearest(points, points)
        network.nearest(network.nodes, points)
        network.distances(points, points)
        network.prepare()
    network.pairs(points, network.nodes, limit=100)
    network.pairs(points, points, limit=100)
    network.nearest_k(points, points, 2)
    network.isochrone(points, [50, 100])
    siting.gain_surface(network, points[:1], pd.Series(1.0, index=network.nodes), limit=50)


def compile_solvers() -> None:
    """Solve one tiny case of each location model: compiles what a first search would wait for.

    Examples
    --------
    >>> compile_solvers()
    """
    cells, places = [f"d{i}" for i in range(6)], list("abcd")
    cost = pd.DataFrame([[100.0 * (1 + (i * 7 + j * 3) % 5) for j in range(4)] for i in range(6)], cells, places)
    some = pd.Series(range(1, 7), cells, dtype=float)
    siting.max_cover(cost, some, limit=200, p=2)
    siting.p_median(cost, some, p=2)
    siting.p_center(cost, p=2)
    siting.capacitated_max_cover(cost, some, limit=300, p=2, sizes=(4.0, 8.0))
