"""Every kernel that a question uses, compiled by asking it once: at installation, so that no planner waits for it.

Compiled code belongs to the types it is called with; asking the questions themselves is the one way to be sure that
these are the types that will come.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import siting
from geo.access import e2sfca
from geo.answers.access import METHODS, access
from geo.answers.adequate import adequacy
from geo.answers.covered import coverage
from geo.answers.crossings import crossings
from geo.answers.districts import districts
from geo.answers.gain import gain
from geo.answers.places import MODELS, locate
from geo.answers.reached import reached
from geo.answers.seats import RULES, assign
from geo.answers.site import isochrone, site
from geo.answers.tradeoff import tradeoff
from geo.case import Case
from geo.crs import to_wgs84
from geo.errors import PlanError
from geo.network import Network
from geo.network.edits import Edits
from geo.network.live import Live
from geo.progress import Progress, Step
from geo.siting.robust import robust_cover
from geo.text import Text
from geo.transit import Timetable, Transit
from geo.travel import Journey

__all__ = ["compile_all", "compile_searches", "compile_solvers", "compile_transit"]

SPACING_M = 600.0
"""Candidates far apart: the kernels are the same, the search is short."""


def compile_all(case: Case, progress: Progress | None = None) -> None:
    """Ask every question of a school case once, so that its kernels are compiled and kept where that can be done.

    Parameters
    ----------
    case
        A question about a school of a place with people and streets, such as the bundled one.
    progress
        Told each step: what is compiled, and how many of how many are done.

    Examples
    --------
    >>> from geo.examples import town
    >>> said = []
    >>> compile_all(town(), lambda step: said.append(step.text.en))
    >>> said[0], len(said) == len(set(said))
    ('searches of the network', True)
    """
    steps = _steps(case)
    for done, (text, work) in enumerate(steps):
        if progress is not None:
            progress(Step(text, done, len(steps)))
        with suppress(PlanError):  # a place without what a question needs has nothing to compile for it
            work()
    if progress is not None:
        progress(Step(Text("完成", "done"), len(steps), len(steps)))


def _steps(case: Case) -> list[tuple[Text, Callable[[], object]]]:
    point = to_wgs84(case.workspace.cells.geometry.loc[[case.people.idxmax()]]).iloc[0]

    def assigned() -> None:
        for limit in (None, case.standard.radius_m * 3):
            for rules in ((), *((r,) for r in RULES)):
                with suppress(PlanError):
                    assign(case.of("junior"), limit=limit, rules=rules)

    def sited(model: str) -> Callable[[], object]:
        p = None if model == "set_cover" else 2
        return lambda: locate(case, p=p, model=model, spacing=SPACING_M, time_limit=5.0)

    return [
        (Text("路网搜索", "searches of the network"), compile_searches),
        (Text("服务覆盖", "coverage"), lambda: coverage(case)),
        (Text("点选", "a click"), lambda: site(case, point.x, point.y)),
        (Text("等时圈", "isochrones"), lambda: isochrone(case, point.x, point.y)),
        (Text("选址增益面", "gain surface"), lambda: gain(case)),
        (Text("打通增益", "crossing gain"), lambda: crossings(case)),
        (Text("学位充足", "seats"), lambda: adequacy(case)),
        (Text("学位分配", "assignment"), assigned),
        (Text("划片", "districts"), lambda: districts(case)),
        (Text("权衡", "trade-off"), lambda: tradeoff(case)),
        *((Text(f"可达性：{zh}", f"accessibility: {en}"), (lambda m=m: access(case, method=m))) for m, (zh, en) in METHODS.items()),
        (Text("选址求解器", "location models"), compile_solvers),
        (Text("公共交通", "public transport"), compile_transit),
        (Text("骑行与驾车", "bicycle and car"), lambda: reached(case, Journey("car"))),
        *((Text(f"选址：{zh}", f"sites: {en}"), sited(m)) for m, (zh, en) in MODELS.items()),
    ]  # fmt: skip


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
    pairs = network.pairs(points, points, limit=200)
    some = pd.Series(1.0, index=points.index)
    for _ in range(2):  # pairs that are scored again are put in order first, and scored in another way
        e2sfca(pairs, some, some, steps={100: 1.0, 200: 0.5})
    network.nearest_k(points, points, 2)
    network.isochrone(points, [50, 100])
    live = Live(network, points, points[:1])
    across = shapely.LineString([(60, -50), (60, 50)])
    live.after(Edits(streets=((across, "street"),), removed=(1,), barriers=(shapely.box(30, -5, 40, 5),)))
    siting.gain_surface(network, points[:1], pd.Series(1.0, index=network.nodes), limit=50)


def compile_transit() -> None:
    """Ask every question of public transport once, on a street with a bus along it.

    Examples
    --------
    >>> compile_transit()
    """
    line = shapely.LineString([(0, 0), (900, 0)])
    links = gpd.GeoDataFrame({"u": [0], "v": [1], "metres": [900.0]}, geometry=[line], crs="EPSG:4548")
    stops = gpd.GeoDataFrame(index=["a", "b"], geometry=gpd.points_from_xy([0, 900], [0, 0]), crs=links.crs)
    calls = pd.DataFrame({"trip_id": "t", "stop_id": ["a", "b"], "arrival": [0, 60], "departure": [0, 60]})
    days = pd.DataFrame({"service_id": ["s"], "date": ["2025-05-05"]})
    told = Timetable.from_frames(stops, calls, pd.DataFrame({"service_id": ["s"]}, index=["t"]), days)
    transit = Transit(Network.from_links(links), told, "2025-05-05")
    for arrive_by in (False, True):
        how: dict[str, Any] = {"start": "00:00", "minutes": 2, "arrive_by": arrive_by}
        transit.by_minute(stops[:1], stops, **how)
        transit.travel_times(stops, stops, **how)
        transit.isochrone(stops[:1], (5, 10), **how)


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
    siting.capacitated_p_median(cost, some, p=2, capacity=16.0)
    draws = np.outer([1.0, 2.0, 1.5], some)
    robust_cover(cost, draws, draws > 11, np.array([150.0, 250.0, 350.0]), p=2)
    # A ring of five, each reached from two neighbours: no candidate makes another needless, so that the search begins.
    ring = pd.DataFrame([[100.0 if (j - i) % 5 < 2 else 900.0 for j in range(5)] for i in range(5)])
    siting.set_cover(ring, limit=100)
