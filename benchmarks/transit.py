"""Travel times by public transport against networkx on the time-expanded graph, and how long a large feed takes to read."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd

from geo.network import Network
from geo.transit import Transit
from layers import gtfs
from layers.osm import osm

ROOT = Path(__file__).resolve().parent.parent
PLACE = Path(os.environ.get("ZONEPLAN_REAL", ROOT.parent / "shared" / "real")) / "porto_alegre"
DAY, START = "2019-05-13", 14 * 3600
LIMIT_MIN, RIDES, WALK_M = 120, 8, 1000.0


def main(out: Path) -> None:
    """Write results/transit.md."""
    feed = gtfs.read([PLACE / "poa_eptc.zip", PLACE / "poa_trensurb.zip"])
    network = Network.from_links(osm.streets(PLACE / "poa_osm.pbf"))
    assert feed.timetable is not None
    timetable = feed.timetable.to_crs(network.crs)
    join, transit = _cpu(lambda: Transit(network, timetable, DAY, walk=WALK_M))
    cells = pd.read_csv(PLACE / "poa_hexgrid.csv", index_col="id")
    points = gpd.GeoSeries(gpd.points_from_xy(cells["lon"], cells["lat"]), cells.index, crs=4326).to_crs(network.crs)
    places, one = network.place(points), network.place(points.iloc[[600]])
    ask = {"start": START, "limit": LIMIT_MIN}
    transit.node_times(one, **ask)
    nodes = min(_cpu(lambda: transit.node_times(one, **ask))[0] for _ in range(5))
    single = min(_cpu(lambda: transit.by_minute(one, places, minutes=1, rides=RIDES, **ask))[0] for _ in range(5))
    matrix, _ = _cpu(lambda: transit.travel_times(places, places, **ask))
    built, peer, journeys = _peer(transit, points.iloc[[600]], points)
    million, memory = _million()
    rows = [
        f"| join the day to the streets (once) | {join:.2f} |",
        f"| one place → all {network.n_nodes:,} nodes, 60 departures, five percentiles | {nodes:.2f} |",
        f"| {len(points):,} × {len(points):,} hexagons, 60 departures, five percentiles | {matrix:.1f} |",
        f"| one place → {len(points):,} hexagons, one departure, up to {RIDES} rides | {single:.3f} |",
        f"| the same by networkx: build the time-expanded graph (once) | {built:.1f} |",
        f"| the same by networkx: Dijkstra | {peer:.2f} ({peer / single:,.0f} times) |",
        f"| read and check 1 000 000 stop times ({memory:.1f} GB at most) | {million:.1f} |",
    ]
    (out / "transit.md").write_text(
        "# Public transport (Porto Alegre, buses and rail)\n\n"
        f"{len(timetable.stops):,} stops, {timetable.runs_a_day()[DAY]:,} runs that day, walks up to {WALK_M:.0f} m, from 14:00; "
        "seconds of CPU time, all cores together (the matrix uses all of them). The feed's buses run from noon on. networkx searches for stops and hexagons only; "
        f"its {journeys:,} travel times are equal to the millisecond. r5py (Java) fetches its engine from the network at its first import and could not here; minotor 1.0.7 (npm) installs and reads the feed, but leaves out every call without a time of its own, which are most here, and walks along no street: it answers another question and is not compared.\n\n| | CPU s |\n|---|---|\n"
        + "\n".join(rows)
        + "\n",
        "utf-8",
    )


def _cpu(ask: Callable[[], Any]) -> tuple[float, Any]:
    started = time.process_time()
    answer = ask()
    return time.process_time() - started, answer


def _peer(transit: Transit, origin: gpd.GeoSeries, goals: gpd.GeoSeries) -> tuple[float, float, int]:
    """Return the seconds to build the time-expanded graph and to search it, and how many times were compared."""
    network, told, km_h = transit.network, transit.timetable, transit.speed.km_h

    def legs(a: gpd.GeoSeries, b: gpd.GeoSeries) -> np.ndarray:
        metres = network.distances(a, b).to_numpy()
        return np.where(metres <= WALK_M, np.rint(metres * (3600 / km_h)), np.inf)

    between, into, out, past = (
        legs(told.stops, told.stops),
        legs(origin, told.stops),
        legs(told.stops, goals),
        legs(origin, goals),
    )
    calls = []
    for trip in np.flatnonzero(told.active[told.trips["service"], told.days.get_loc(DAY)]):
        part = slice(told.ptr[trip], told.ptr[trip + 1])
        times = zip(told.stop[part].tolist(), told.arrival[part].tolist(), told.departure[part].tolist(), strict=True)
        calls.append([(s, a * 1000, d * 1000) for s, a, d in times])
    np.fill_diagonal(between, 0)
    built, graph = _cpu(lambda: _expanded(calls, between, into[0]))
    search, reached = _cpu(lambda: nx.single_source_dijkstra_path_length(graph, "start", cutoff=LIMIT_MIN * 60_000))
    came = np.full(len(told.stops), np.inf)
    for node, ms in reached.items():
        if node[0] == "in":
            stop = calls[node[1]][node[2]][0]
            came[stop] = min(came[stop], ms)
    theirs = np.minimum((came[:, None] + out).min(axis=0), past[0])
    theirs[theirs > LIMIT_MIN * 60_000] = np.inf
    ours = transit.by_minute(origin, goals, start=START, minutes=1, rides=RIDES, limit=LIMIT_MIN).iloc[:, 0].to_numpy()
    np.testing.assert_array_equal(np.rint(ours * 60_000), theirs)
    return built, search, int(np.isfinite(theirs).sum())


def _expanded(calls: list[list[tuple[int, int, int]]], between: np.ndarray, into: np.ndarray) -> nx.DiGraph:
    """Return the graph of all calls of the window: a node for each arrival, each departure and each wait [ms]."""
    leave, last = START * 1000, (START + LIMIT_MIN * 60) * 1000
    graph, waits = nx.DiGraph(), {}
    for run, stops in enumerate(calls):
        for i, (stop, arrival, departure) in enumerate(stops):
            if i + 1 < len(stops) and leave <= departure <= last:
                waits.setdefault(stop, []).append(departure)
                graph.add_edge(("wait", stop, departure), ("out", run, i), weight=0)
                graph.add_edge(("out", run, i), ("in", run, i + 1), weight=stops[i + 1][1] - departure)
            if i:
                graph.add_edge(("in", run, i), ("out", run, i), weight=departure - arrival)
    times = {stop: np.unique(found) for stop, found in waits.items()}
    for stop, found in times.items():
        for a, b in pairwise(found.tolist()):
            graph.add_edge(("wait", stop, a), ("wait", stop, b), weight=b - a)

    def walk(node: Any, now: int, row: np.ndarray) -> None:
        for stop in np.flatnonzero(np.isfinite(row)).tolist():
            at = times.get(stop, np.empty(0))
            following = at[np.searchsorted(at, now + row[stop]) :][:1]
            if len(following):
                graph.add_edge(node, ("wait", stop, int(following[0])), weight=int(following[0]) - now)

    walk("start", leave, into)
    for run, stops in enumerate(calls):
        for i, (stop, arrival, _) in enumerate(stops):
            if i and leave <= arrival <= last:
                walk(("in", run, i), arrival, between[stop])
    return graph


READ = """
import resource, sys, time
from layers import gtfs
started = time.process_time()
feed = gtfs.read(sys.argv[1])
assert len(feed.timetable.arrival) == 1_000_000
print(time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
"""


def _million() -> tuple[float, float]:
    """Return the seconds and the gigabytes that reading a made-up feed of a million stop times takes."""
    trips, calls = 25_000, 40
    lines = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
    for t in range(trips):
        for c in range(calls):
            now = 18_000 + t * 2 + 90 * c
            clock = f"{now // 3600:02d}:{now % 3600 // 60:02d}:{now % 60:02d}"
            lines.append(f"trip-{t},{clock},{clock},stop-{t % 50 * calls + c},{c}")
    files = {
        "stop_times.txt": "\n".join(lines),
        "stops.txt": "stop_id,stop_lat,stop_lon\n"
        + "\n".join(f"stop-{i},{30 + i / 1e3},{110 + i / 1500}" for i in range(2000)),
        "trips.txt": "route_id,service_id,trip_id\n" + "\n".join(f"r,s,trip-{t}" for t in range(trips)),
        "calendar_dates.txt": "service_id,date,exception_type\ns,20250505,1\n",
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        done = subprocess.run(
            [sys.executable, "-c", READ, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
        )
    seconds, memory = map(float, done.stdout.split())
    return seconds, memory


if __name__ == "__main__":
    main(ROOT / "benchmarks" / "results")
