"""A town one can draw on paper, for the examples of the documentation: every number in them can be checked by hand.

::

       north    4 ----------400---------- 3        S   primary school, 540 seats, at node 1
                                    |  c   |        a   home of 600 people, 100 m from S on foot
    - - - - - - - - - - - - - - -   300 - - - -     b   home of 500 people, 500 m
                                          b        c   home of 400 people, 800 m, though only 424 m as the crow flies
       south  S=1 --a-------400---------- 2

Streets lead from 1 to 2, 3 and 4 (400, 300 and 400 m); a railway keeps 4 from 1. Homes a, b and c lie on the streets,
at (100, 0), (400, 100) and (300, 300) metres east and north of node 1. The two zones meet 150 m north of it.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.case import Case
from geo.network import Network
from geo.transit import Stations, Timetable

__all__ = ["CRS", "at", "buses", "homes", "network", "school", "station", "streets", "town", "zones"]

CRS = "EPSG:4548"
EAST, NORTH = 500_000.0, 4_330_000.0
NODES = {1: (0, 0), 2: (400, 0), 3: (400, 300), 4: (0, 300)}


def at(x: float, y: float) -> shapely.Point:
    """Return the point ``x`` metres east and ``y`` metres north of node 1.

    Examples
    --------
    >>> at(100, 0).distance(at(100, 300))
    300.0
    """
    return shapely.Point(EAST + x, NORTH + y)


def streets() -> gpd.GeoDataFrame:
    """Return the three streets, with ``u``, ``v`` and ``metres``.

    Examples
    --------
    >>> streets()[["u", "v", "metres"]].to_numpy().tolist()
    [[1.0, 2.0, 400.0], [2.0, 3.0, 300.0], [3.0, 4.0, 400.0]]
    """
    ends = [(1, 2), (2, 3), (3, 4)]
    lines = [shapely.LineString([at(*NODES[u]), at(*NODES[v])]) for u, v in ends]
    columns = {"u": [u for u, _ in ends], "v": [v for _, v in ends], "metres": shapely.length(lines)}
    return gpd.GeoDataFrame(columns, geometry=lines, crs=CRS)


def network() -> Network:
    """Return the streets as a network to walk on.

    Examples
    --------
    >>> network()
    Network(4 nodes, 3 edges, EPSG:4548)
    """
    return Network.from_links(streets())


def homes() -> gpd.GeoDataFrame:
    """Return the three homes, with ``people`` [persons] and ``zone_id``.

    Examples
    --------
    >>> homes()["people"].to_dict()
    {'a': 600, 'b': 500, 'c': 400}
    """
    content = {"people": [600, 500, 400], "zone_id": ["south", "south", "north"]}
    return gpd.GeoDataFrame(content, geometry=[at(100, 0), at(400, 100), at(300, 300)], index=list("abc"), crs=CRS)


def school() -> gpd.GeoDataFrame:
    """Return the primary school, with ``seats`` [seats].

    Examples
    --------
    >>> school()["seats"].to_dict()
    {'S': 540}
    """
    return gpd.GeoDataFrame({"name": ["School"], "seats": [540]}, geometry=[at(0, 0)], index=["S"], crs=CRS)


def buses() -> Timetable:
    """Return the timetable of the bus from node 1 to node 3: at 7:00, 7:20 and 7:40 on weekdays, ten minutes.

    Examples
    --------
    >>> buses().stops.index.tolist(), (buses().departure / 60).tolist()
    (['west', 'east'], [420.0, 430.0])
    """
    stops = gpd.GeoDataFrame(index=["west", "east"], geometry=[at(*NODES[1]), at(*NODES[3])], crs=CRS)
    times = {"arrival": [25_200, 25_800], "departure": [25_200, 25_800]}
    calls = pd.DataFrame({"trip_id": "bus", "stop_id": ["west", "east"], **times})
    days = pd.DataFrame({"service_id": "weekdays", "date": pd.date_range("2025-05-05", "2025-05-09")})
    every = pd.DataFrame({"trip_id": ["bus"], "start": [25_200], "end": [28_800], "headway": [1_200]})
    trips = pd.DataFrame({"service_id": ["weekdays"]}, index=["bus"])
    return Timetable.from_frames(stops, calls, trips, days, frequencies=every)


def station() -> Stations:
    """Return a station: a ramp of 20 m from its door to platform p, from there stairs of 60 s to platform q; stop r is on the street.

    Examples
    --------
    >>> station().steps.tolist()
    [False, True, False, True]
    """
    ways = pd.DataFrame(
        {"from_stop_id": ["door", "p"], "to_stop_id": ["p", "q"], "both": True, "seconds": [np.nan, 60.0],
         "metres": [20.0, 0.0], "steps": [False, True]}
    )  # fmt: skip
    return Stations.from_frames(pd.Index(["p", "q", "r"]), gpd.GeoSeries([at(0, 0)], index=["door"], crs=CRS), ways)


def zones() -> gpd.GeoDataFrame:
    """Return the two zones: 500 m wide, the south 250 m deep and the north 200 m.

    Examples
    --------
    >>> zones().area.to_dict()
    {'south': 125000.0, 'north': 100000.0}
    """
    corners = [(*at(-50, -100).coords[0], *at(450, 150).coords[0]), (*at(-50, 150).coords[0], *at(450, 350).coords[0])]
    shapes = [shapely.box(*corner) for corner in corners]
    return gpd.GeoDataFrame({"name": ["South", "North"]}, geometry=shapes, index=["south", "north"], crs=CRS)


def town(service: str = "primary", year: int = 2025) -> Case:
    """Return the question who of the town has a primary school within 500 m.

    Examples
    --------
    >>> case = town()
    >>> case.nearest("radius")["metres"].round(1).tolist(), case.nearest("walk")["metres"].tolist()
    ([100.0, 412.3, 424.3], [100.0, 500.0, 800.0])
    """
    case = Case.from_frames(
        facilities=school(), people=homes(), links=streets(), zones=zones(), limit=500, year=year, name="Town"
    )
    return case.of(service)
