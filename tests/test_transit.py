"""Public transport: equal to a plain search of every call, and the laws that travel times keep."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import CrsError, InputError
from geo.examples import at, buses, homes, network, school
from geo.network import Network
from geo.transit import Timetable, Transit
from geo.transit.legs import Legs, changes
from tests.need import need
from tests.timetables import Plain, changes_between, compare, runs_around

KM_H, DATE, START = 3.6, "2025-05-07", 7 * 3600
STOPS = ["A", "B", "C", "D", "E"]


@dataclass
class Town:
    """A grid of nine corners with five stops on them, and what runs there."""

    links: gpd.GeoDataFrame
    stops: gpd.GeoDataFrame
    corner: dict[str, int]
    calls: pd.DataFrame
    trips: pd.DataFrame
    days: pd.DataFrame
    frequencies: pd.DataFrame | None
    transfers: pd.DataFrame | None

    def timetable(self) -> Timetable:
        return Timetable.from_frames(
            self.stops, self.calls, self.trips, self.days, frequencies=self.frequencies, transfers=self.transfers
        )

    @cached_property
    def plain(self) -> Plain:
        return Plain(runs_around(DATE, self.calls, self.trips, self.days, self.frequencies))

    @cached_property
    def metres(self) -> pd.DataFrame:
        graph = nx.Graph()
        graph.add_nodes_from(range(9))
        graph.add_weighted_edges_from(self.links[["u", "v", "metres"]].itertuples(index=False))
        far = pd.DataFrame(np.inf, range(9), range(9))
        for a, reach in nx.all_pairs_dijkstra_path_length(graph):
            for b, m in reach.items():
                far.loc[a, b] = m
        return far


@st.composite
def towns(draw) -> Town:
    place = [at(300.0 * (i % 3), 300.0 * (i // 3)) for i in range(9)]
    ends = [(i, i + 1) for i in range(9) if i % 3 < 2] + [(i, i + 3) for i in range(6)]
    # The ring always stays, so that every corner is a node of the network.
    ring = {(0, 1), (1, 2), (0, 3), (3, 6), (2, 5), (5, 8), (6, 7), (7, 8), (3, 4)}
    kept = [e for e in ends if e in ring or draw(st.booleans())]
    lines = [shapely.LineString([place[a], place[b]]) for a, b in kept]
    longer = [draw(st.sampled_from([1.0, 1.0, 1.5, 4.0])) for _ in kept]
    links = gpd.GeoDataFrame(
        {"u": [a for a, _ in kept], "v": [b for _, b in kept], "metres": 300.0 * np.array(longer)},
        geometry=lines,
        crs="EPSG:4548",
    )
    corner = dict(zip(STOPS, draw(st.permutations(range(9))), strict=False))
    stops = gpd.GeoDataFrame(index=STOPS, geometry=[place[corner[s]] for s in STOPS], crs="EPSG:4548")
    rows, trips, frequencies = [], {}, []
    for number in range(draw(st.integers(1, 7))):
        trip = f"t{number}"
        service = draw(st.sampled_from(["today", "yesterday", "tomorrow", "always"]))
        trips[trip] = service
        night = draw(st.booleans()) if service in ("yesterday", "always") else False
        now = START + draw(st.integers(-900, 1800)) + (86_400 if night else 0)
        before = [r for r in rows if r["trip_id"] == "t0"]
        # Often the stops of the first trip again, so that lines and overtaking come about.
        path = (
            [r["stop_id"] for r in before]
            if before and draw(st.booleans())
            else draw(st.lists(st.sampled_from(STOPS), min_size=2, max_size=5))
        )
        for stop in path:
            leaves = now + draw(st.sampled_from([0, 0, 20, 120]))
            flags = {"board": draw(st.integers(0, 9)) > 0, "leave": draw(st.integers(0, 9)) > 0}
            rows.append({"trip_id": trip, "stop_id": stop, "arrival": now, "departure": leaves, **flags})
            now = leaves + draw(st.sampled_from([0, 60, 90, 150, 400]))
        if draw(st.integers(0, 3)) == 0:
            begin = START + draw(st.integers(-600, 600))
            frequencies.append(
                {
                    "trip_id": trip,
                    "start": begin,
                    "end": begin + draw(st.integers(1, 2000)),
                    "headway": draw(st.sampled_from([130, 300, 777])),
                }
            )
    dates = {
        "today": [DATE],
        "yesterday": ["2025-05-06"],
        "tomorrow": ["2025-05-08"],
        "always": ["2025-05-06", DATE, "2025-05-08"],
    }
    dates["today"] = [DATE]
    days = pd.DataFrame([{"service_id": s, "date": d} for s in sorted({*trips.values(), "today"}) for d in dates[s]])
    if not set(trips.values()) & {"today", "always"}:
        trips["t0"] = "today"
    pairs = draw(st.lists(st.tuples(st.sampled_from(STOPS), st.sampled_from(STOPS)), unique=True, max_size=3))
    told = [{"from_stop_id": a, "to_stop_id": b, "seconds": draw(st.sampled_from([-1, 0, 60, 400]))} for a, b in pairs]
    return Town(
        links, stops, corner, pd.DataFrame(rows), pd.DataFrame({"service_id": trips}), days,
        pd.DataFrame(frequencies) if frequencies else None, pd.DataFrame(told) if told else None,
    )  # fmt: skip


def plainly(town: Town, origin: int, leave: int, walk: float, rides: int, limit: float) -> np.ndarray:
    """Return the travel time [ms] to the nine corners, the plain way."""
    far = town.metres
    stop_far = pd.DataFrame(far.loc[list(town.corner.values()), list(town.corner.values())].to_numpy(), STOPS, STOPS)
    between = changes_between(stop_far, walk, KM_H, town.transfers)
    access = {s: round(m * 1000) for s in STOPS if (m := far.loc[origin, town.corner[s]]) <= walk}
    came = town.plain.arrivals(leave, access, between, rides, leave + limit)
    took = np.full(9, np.inf)
    for corner in range(9):
        ways = [a - leave + m * 1000 for s, a in came.items() if (m := far.loc[town.corner[s], corner]) <= walk]
        ways += [far.loc[origin, corner] * 1000] if far.loc[origin, corner] <= walk else []
        took[corner] = min(ways, default=np.inf)
    return np.where(took <= limit, took, np.inf)


QUESTIONS = st.tuples(
    st.integers(0, 8), st.sampled_from([0.0, 300.0, 650.0]), st.integers(0, 3), st.sampled_from([9.0, 25.0, 70.0])
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(), QUESTIONS)
def test_every_departure_equals_a_plain_search_of_all_calls(town, question):
    origin, walk, rides, limit = question
    transit = Transit(Network.from_links(town.links), town.timetable(), DATE, walk=walk, speed=KM_H)
    found = transit.by_minute([origin], list(range(9)), start=START, minutes=12, rides=rides, limit=limit)
    wanted = [plainly(town, origin, (START + 60 * m) * 1000, walk, rides, limit * 60_000) for m in range(12)]
    np.testing.assert_array_equal(np.rint(found.to_numpy() * 60_000).T, wanted)
    # The percentiles are the ordered travel times of the same minutes.
    told = transit.travel_times([origin], list(range(9)), start=START, minutes=12, rides=rides, limit=limit)
    ordered = np.sort(found.to_numpy(), axis=1)
    for percentile, place in ((5, 0), (25, 2), (50, 5), (75, 8), (95, 11)):
        np.testing.assert_array_equal(told.table(percentile).iloc[0].to_numpy(), ordered[:, place])


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(), QUESTIONS)
def test_to_arrive_in_time_one_leaves_as_late_as_a_plain_search_allows(town, question):
    goal, walk, rides, limit = question
    transit = Transit(Network.from_links(town.links), town.timetable(), DATE, walk=walk, speed=KM_H)
    found = transit.by_minute(
        [goal], [0, 4, 8], start=START + 1200, minutes=2, rides=rides, limit=limit, arrive_by=True
    )
    far = town.metres
    leaving = {departure for run in town.plain.runs for _, _, departure, _, _ in run}
    for origin, due in itertools.product((0, 4, 8), found.columns):
        deadline = due * 1000
        walks = [m * 1000 for s in STOPS if (m := far.loc[origin, town.corner[s]]) <= walk]
        times = {d - w for d in leaving for w in walks} | {deadline - far.loc[origin, goal] * 1000}
        in_time = [
            deadline - t
            for t in times
            if np.isfinite(t) and deadline - limit * 60_000 <= t <= deadline
            and t + plainly(town, origin, int(t), walk, rides, deadline - t)[goal] <= deadline
        ]  # fmt: skip
        took = found.loc[origin, due]
        assert (round(took * 60_000) if np.isfinite(took) else took) == min(in_time, default=np.inf)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(), QUESTIONS)
def test_laws_of_travel_times(town, question):
    origin, walk, rides, _ = question
    transit = Transit(Network.from_links(town.links), town.timetable(), DATE, walk=walk, speed=KM_H)
    corners = list(range(9))
    how = {"start": START, "minutes": 15, "limit": 600.0}
    each = transit.by_minute([origin], corners, rides=rides, **how)
    arrival = each.to_numpy() + np.arange(15)
    later = arrival[:, 1:] >= arrival[:, :-1] - 1e-9
    assert later.all()
    more = transit.by_minute([origin], corners, rides=rides + 1, **how)
    assert (more <= each).all(axis=None)
    told = transit.travel_times([origin], corners, rides=rides, **how).ms
    assert (np.diff(told, axis=0) >= 0).all()
    on_foot = transit.by_minute([origin], corners, rides=0, **how)
    assert (each <= on_foot).all(axis=None)
    metres = transit.network.distances([origin], corners, limit=walk).iloc[0]
    np.testing.assert_allclose(on_foot.to_numpy(), np.repeat(metres.to_numpy()[:, None] / 60, 15, axis=1), rtol=1e-12)


def test_all_at_once_is_one_by_one():
    transit = Transit(network(), buses(), "2025-05-05", speed=KM_H)
    for arrive_by in (False, True):
        how = {"start": "07:10", "minutes": 9, "arrive_by": arrive_by}
        table = transit.travel_times(homes(), [1, 2, 3, 4], **how).table(75)
        for home in homes().index:
            one = transit.travel_times(homes().loc[[home]], [1, 2, 3, 4], **how).table(75)
            pd.testing.assert_frame_equal(one, table.loc[[home]])
    assert transit.node_times([1], start="07:10", minutes=9, arrive_by=True)[75].to_dict() == (
        transit.travel_times(transit.network.nodes, [1], start="07:10", minutes=9, arrive_by=True)
        .table(75)[1]
        .to_dict()
    )


def test_isochrones_are_nested_and_without_rides_those_of_a_walk():
    transit = Transit(network(), buses(), "2025-05-05", speed=KM_H)
    areas = transit.isochrone(school(), (3, 11, 13), start="07:00", minutes=1)
    assert [bool(b.contains(a)) for a, b in itertools.pairwise(areas.geometry)] == [True, True]
    walked = transit.isochrone(school(), [3], start="07:00", minutes=1, rides=0).geometry.iloc[0]
    assert walked.equals(network().isochrone(school(), [180]).geometry.iloc[0])


def test_what_a_timetable_says_of_changes():
    walks = Legs(np.array([0, 1, 2]), np.array([1, 0], np.int32), np.array([30_000] * 2, np.int32))
    told = changes(walks, np.array([1, 1, 0]), np.array([0, 0, 0]), np.array([60, -1, 90]))
    assert (told.ptr.tolist(), told.item.tolist(), told.ms.tolist()) == ([0, 2, 3], [0, 1, 1], [90_000, 30_000, 0])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"start": "7 o'clock"}, "write a time as 07:30"),
        ({"minutes": 0}, "minutes must be a whole number from 1"),
        ({"rides": 1.5}, "rides must be a whole number from 0"),
        ({"limit": -1}, "limit must be a number of at least 0"),
        ({"percentiles": [101]}, "percentiles lie between 0 and 100"),
    ],
)
def test_what_cannot_be_asked_is_said(wrong, words):
    with pytest.raises(InputError, match=words):
        Transit(network(), buses(), "2025-05-05").travel_times([1], [2], **wrong)


def test_stops_in_another_system_and_days_without_service_are_said():
    with pytest.raises(CrsError, match="convert them first"):
        Transit(network(), buses().to_crs("EPSG:4326"), "2025-05-05")
    for day, words in (("2025-05-11", "nothing runs on 2025-05-11"), ("soon", "'soon' is no date")):
        with pytest.raises(InputError, match=words):
            Transit(network(), buses(), day)


@pytest.mark.real
def test_porto_alegre_equals_a_plain_search():
    need("real:porto_alegre")
    assert compare(30, seed=0) > 300
