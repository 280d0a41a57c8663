"""Timetables searched the slow and plain way: Dijkstra on every single call, for the tests to compare with.

Written from the definition of a journey alone: walk, ride, walk, ride … walk; it knows no rounds, no lines and no ranges.
``python -m tests.timetables 2000`` compares so many random journeys through Porto Alegre with the engine.
"""

from __future__ import annotations

import heapq
import sys
from collections.abc import Mapping
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.network import Network
from geo.transit import Timetable, Transit
from layers import gtfs
from layers.osm import osm
from tests.need import REAL

PORTO_ALEGRE = REAL / "porto_alegre"
DAY_MS = 86_400_000


class Plain:
    """All calls of the runs around one day, by stop, in milliseconds."""

    def __init__(self, runs: list[list[tuple[str, int, int, bool, bool]]]) -> None:
        """Take runs as lists of (stop, arrival, departure [ms], may board, may leave)."""
        self.runs = runs
        self.at: dict[str, list[tuple[int, int, int]]] = {}
        for r, run in enumerate(runs):
            for i, (stop, _, departure, board, _) in enumerate(run):
                if board:
                    self.at.setdefault(stop, []).append((departure, r, i))

    def arrivals(
        self,
        start: int,
        access: Mapping[str, int],
        changes: Mapping[str, Mapping[str, int]],
        rides: int,
        latest: float,
    ) -> dict[str, int]:
        """Return the earliest arrival in a vehicle at each stop, up to ``latest`` [ms]."""
        heap: list[tuple[int, int, str, int, int, int]] = []
        for stop, ms in access.items():
            heapq.heappush(heap, (start + ms, 0, stop, -1, -1, 0))
        waiting: set[tuple[str, int]] = set()
        riding: set[tuple[int, int, int]] = set()
        found: dict[str, int] = {}
        changed: set[tuple[str, int]] = set()
        while heap:
            now, used, stop, run, place, kind = heapq.heappop(heap)
            if now > latest:
                break
            if kind == 0:  # stands at a stop and may board whatever still leaves
                if (stop, used) in waiting or used == rides:
                    continue
                waiting.add((stop, used))
                for departure, r, i in self.at.get(stop, ()):
                    if departure >= now and (r, i, used + 1) not in riding:
                        heapq.heappush(heap, (departure, used + 1, stop, r, i, 1))
                continue
            if kind == 2 and self.runs[run][place][4]:  # has come in a vehicle, and may get off
                found.setdefault(stop, now)
                if (stop, used) not in changed:
                    changed.add((stop, used))
                    for other, ms in changes.get(stop, {}).items():
                        heapq.heappush(heap, (now + ms, used, other, -1, -1, 0))
            if (run, place, used) not in riding and place + 1 < len(self.runs[run]):
                riding.add((run, place, used))
                following = self.runs[run][place + 1]
                heapq.heappush(heap, (following[1], used, following[0], run, place + 1, 2))
        return found


def runs_around(
    date: str, calls: pd.DataFrame, trips: pd.DataFrame, days: pd.DataFrame, frequencies: pd.DataFrame | None
) -> list[list[tuple[str, int, int, bool, bool]]]:
    """Return the runs of a day and of the days beside it, from the frames of a timetable."""
    running = {(s, pd.Timestamp(d).normalize()) for s, d in zip(days["service_id"], days["date"], strict=True)}
    headways: dict[str, list[int]] = {}
    for row in frequencies.itertuples() if frequencies is not None else ():
        headways.setdefault(row.trip_id, []).extend(range(int(row.start), int(row.end), int(row.headway)))
    found = []
    for trip, group in calls.groupby("trip_id", sort=False):
        rows = list(group.itertuples())
        starts = headways.get(
            trip, [rows[0].departure] if frequencies is None or trip not in set(frequencies["trip_id"]) else []
        )
        for beside in (-1, 0, 1):
            if (trips.loc[trip, "service_id"], pd.Timestamp(date) + pd.Timedelta(days=beside)) not in running:
                continue
            for start in starts:
                late = (start - rows[0].departure) * 1000 + beside * DAY_MS
                found.append([
                    (c.stop_id, c.arrival * 1000 + late, c.departure * 1000 + late, getattr(c, "board", True), getattr(c, "leave", True))
                    for c in rows
                ])  # fmt: skip
    return found


def changes_between(
    metres: pd.DataFrame, walk: float, km_h: float, transfers: pd.DataFrame | None
) -> dict[str, dict[str, int]]:
    """Return how long a change from stop to stop takes [ms], where it is possible."""
    found: dict[str, dict[str, int]] = {}
    for a, row in zip(metres.index, metres.to_numpy(), strict=True):
        near = np.flatnonzero(row <= walk)
        found[a] = {metres.columns[j]: round(row[j] * 3600 / km_h) for j in near} | {a: 0}
    for told in transfers.itertuples() if transfers is not None else ():
        a, b, ms = told.from_stop_id, told.to_stop_id, told.seconds * 1000
        if ms < 0:
            found[a].pop(b, None)
        else:
            found[a][b] = max(found[a].get(b, 0), ms)
    return found


@cache
def porto_alegre() -> tuple[Transit, gpd.GeoSeries, Plain, dict[str, dict[str, int]]]:
    """Return the engine of Porto Alegre, its hexagons, and the same timetable to be searched plainly."""
    feed = gtfs.read([PORTO_ALEGRE / "poa_eptc.zip", PORTO_ALEGRE / "poa_trensurb.zip"])
    network = Network.from_links(osm.streets(PORTO_ALEGRE / "poa_osm.pbf"))
    assert feed.timetable is not None
    told = feed.timetable.to_crs(network.crs)
    transit = Transit(network, told, "2019-05-13")
    cells = pd.read_csv(PORTO_ALEGRE / "poa_hexgrid.csv", index_col="id")
    hexagons = gpd.GeoSeries(gpd.points_from_xy(cells["lon"], cells["lat"]), cells.index, crs=4326).to_crs(network.crs)
    metres = network.distances(told.stops, told.stops)
    changes = changes_between(metres, transit.walk, transit.speed.km_h, None)
    return transit, hexagons, Plain(_runs(told)), changes


def _runs(told: Timetable) -> list[list[tuple[str, int, int, bool, bool]]]:
    """Return the runs of Monday 13 May 2019 and of the days beside it."""
    ids, found = told.stops.index, []
    for beside in (-1, 0, 1):
        at = told.days.get_loc(pd.Timestamp("2019-05-13") + pd.Timedelta(days=beside))
        for trip in np.flatnonzero(told.active[told.trips["service"], at]):
            part = slice(told.ptr[trip], told.ptr[trip + 1])
            times = zip(told.stop[part], told.arrival[part].tolist(), told.departure[part].tolist(), strict=True)
            late = beside * DAY_MS
            found.append([(ids[s], a * 1000 + late, d * 1000 + late, True, True) for s, a, d in times])
    return found


def compare(queries: int, seed: int) -> int:
    """Compare random journeys through Porto Alegre to the millisecond; return how many could be made in time."""
    transit, hexagons, plain, changes = porto_alegre()
    rng = np.random.default_rng(seed)
    network, km_h, walk = transit.network, transit.speed.km_h, transit.walk
    stops = transit.timetable.stops
    made = 0
    for number in range(queries):
        origin, goals = (
            hexagons.iloc[[rng.integers(len(hexagons))]],
            hexagons.iloc[rng.integers(len(hexagons), size=40)],
        )
        start, rides, limit = (
            int(rng.integers(13 * 60, 15 * 60)) * 60,
            int(rng.integers(1, 5)),
            int(rng.integers(20, 75)),
        )
        found = transit.by_minute(origin, goals, start=start, minutes=20, rides=rides, limit=limit)
        minute = int(rng.integers(20))
        leave = (start + 60 * minute) * 1000
        into = network.distances(origin, stops).iloc[0]
        past = network.distances(origin, goals).iloc[0].to_numpy()
        out = network.distances(stops, goals)
        access = {s: round(m * 3600 / km_h) for s, m in into.items() if m <= walk}
        came = plain.arrivals(leave, access, changes, rides, leave + limit * 60_000)
        at = np.array(list(came.values()))
        ways = out.loc[list(came)].to_numpy()
        ms = (
            np.where(ways <= walk, np.rint(ways * 3600 / km_h), np.inf) + at[:, None]
            if came
            else np.full((1, len(goals)), np.inf)
        )
        foot = np.where(past <= walk, np.rint(past * 3600 / km_h), np.inf)
        wanted = np.minimum(ms.min(axis=0) - leave, foot)
        wanted[wanted > limit * 60_000] = np.inf
        np.testing.assert_array_equal(
            np.rint(found.iloc[:, minute].to_numpy() * 60_000), wanted, f"query {number}, seed {seed}"
        )
        made += int(np.isfinite(wanted).sum())
    return made


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print(f"{many} queries of 40 goals each, equal to the millisecond; {compare(many, 1)} journeys")
