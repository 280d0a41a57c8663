"""Public transport under a scenario: lines that a plan adds, joined to the timetable of the place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import to_metres
from geo.scenario.objects import Object, TransitLine
from geo.transit import Timetable
from geo.transit.window import clock
from geo.workspace import Workspace

__all__ = ["changed", "line_timetable"]

YEAR = 2025
"""The year whose days a line runs on where the place has no timetable and the line no year."""


def changed(workspace: Workspace, objects: Iterable[Object]) -> dict[str, Any]:
    """Return timetable and feeds of the workspace with the lines that objects add; nothing where none does.

    Examples
    --------
    >>> from geo.crs import to_wgs84
    >>> from geo.examples import CRS, at, town
    >>> ends = to_wgs84(gpd.GeoSeries([at(0, 0), at(400, 300)], crs=CRS))
    >>> line = TransitLine("N01", list(zip(ends.x, ends.y)), 10, year=2026)
    >>> after = changed(town().workspace, [line])
    >>> after["timetable"], after["feeds"][["file", "basis"]].to_dict("records")
    (Timetable(2 stops, 2 trips in 194 runs, 2026-01-01 to 2026-12-31), [{'file': 'N01', 'basis': 'assumed'}])
    """
    lines = [one for one in objects if isinstance(one, TransitLine)]
    if not lines:
        return {}
    whole, rows = workspace.timetable, []
    for one in lines:
        days = pd.date_range(f"{one.year or YEAR}-01-01", f"{one.year or YEAR}-12-31")
        made = line_timetable(one, workspace.crs, whole.days if whole is not None else days)
        whole = made if whole is None else whole.joined(made)
        named = f"{one.object_id} {one.name_zh}".strip()
        told = {"file": named, "first_day": f"{made.days[0]:%Y-%m-%d}", "last_day": f"{made.days[-1]:%Y-%m-%d}"}
        rows.append({**told, "stops": len(made.stops), "basis": "assumed", "source_id": "scenario"})
    feeds = pd.concat([workspace.feeds, pd.DataFrame(rows)], ignore_index=True) if len(workspace.feeds) else pd.DataFrame(rows)  # fmt: skip
    return {"timetable": whole, "feeds": feeds}


def line_timetable(one: TransitLine, crs: Any, days: pd.DatetimeIndex) -> Timetable:
    """Return the timetable of a line alone: both directions, every day of ``days``.

    Examples
    --------
    >>> line = TransitLine("N01", [(117.0, 39.0), (117.0, 39.009)], 30, 20, "07:00", "08:00")  # 999 m: three minutes
    >>> made = line_timetable(line, "EPSG:4548", pd.date_range("2025-05-05", "2025-05-05"))
    >>> made.arrival.tolist(), made.runs_a_day().tolist()  # at 7:00, 7:30 and 8:00, there and back
    ([25200, 25380, 25200, 25380], [6])
    """
    places = to_metres(gpd.GeoSeries(gpd.points_from_xy(*zip(*one.line, strict=True)), crs="EPSG:4326"), crs)
    name = one.name_zh or one.object_id
    ids = [f"{one.object_id}:{k + 1}" for k in range(len(places))]
    names = [f"{name} {k + 1}" for k in range(len(places))]
    stops = gpd.GeoDataFrame({"name": names}, geometry=places.to_numpy(), index=pd.Index(ids, name="stop_id"), crs=crs)
    far = np.hypot(np.diff(places.x), np.diff(places.y)) / (one.speed_km_h / 3.6)
    begin, end = clock(one.first), clock(one.last)
    calls, trips = [], [f"{one.object_id}:out", f"{one.object_id}:back"]
    for trip, order, legs in zip(trips, (ids, ids[::-1]), (far, far[::-1]), strict=True):
        at = begin + np.r_[0, np.rint(np.cumsum(legs))].astype(np.int64)
        calls.append(pd.DataFrame({"trip_id": trip, "stop_id": order, "arrival": at, "departure": at}))
    every = pd.DataFrame({"trip_id": trips, "start": begin, "end": end + 1, "headway": round(one.headway_min * 60)})
    table = pd.DataFrame({"service_id": one.object_id, "route_id": name}, index=pd.Index(trips, name="trip_id"))
    running = pd.DataFrame({"service_id": one.object_id, "date": days})
    return Timetable.from_frames(stops, pd.concat(calls, ignore_index=True), table, running, frequencies=every)
