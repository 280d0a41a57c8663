"""metro.gtfs.zip: the metro lines by the zones as an assumed timetable; nobody has published one for this project.

Where the stations stand is what ``stops.csv`` says of each. How often, how fast and since when trains go is assumed, in
``metro.csv``, and nothing else: it is there so that the page can be tried, and an import takes its place.
"""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from data.build.tables import metres, table

DWELL_S = 30
"""How long a train stands at a station [s]; assumed."""


def build(out: Path) -> None:
    """Write the feed: stored, not packed, and of one date, so that its bytes never wander."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_STORED) as archive:
        for name, rows in files().items():
            head = ",".join(rows[0])
            text = "\n".join([head, *(",".join(str(v) for v in row.values()) for row in rows)]) + "\n"
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text)
    (out / "metro.gtfs.zip").write_bytes(raw.getvalue())


def files() -> dict[str, list[dict[str, Any]]]:
    """Return the tables of the feed by file name, as GTFS names them."""
    stations, lines = table("stops"), table("metro").to_dict("records")
    mine = stations[stations["line"].isin([line["line"] for line in lines])]
    daily = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 1)
    trips, calls, every, days = [], [], [], []
    for line in lines:
        days.append({"service_id": line["line_id"], **daily, "start_date": line["first_day"], "end_date": line["last_day"]})  # fmt: skip
        rows = mine[mine["line"] == line["line"]]
        places = metres(rows[["lon", "lat"]].to_numpy())
        for way, order in (("out", np.arange(len(rows))), ("back", np.arange(len(rows))[::-1])):
            trip = f"{line['line_id']}-{way}"
            trips.append({"route_id": line["line_id"], "service_id": line["line_id"], "trip_id": trip})
            every.append({
                "trip_id": trip, "start_time": line["first"], "end_time": line["last"], "headway_secs": line["headway_min"] * 60, "exact_times": 1,
            })  # fmt: skip
            at, when = 0, [(0, 0)]
            for here, there in pairwise(order):
                far = float(np.hypot(*(places[there] - places[here])))
                at = when[-1][1] + round(far / (line["speed_km_h"] / 3.6))
                when.append((at, at + DWELL_S))
            for number, (k, (arrive, leave)) in enumerate(zip(order, when, strict=True)):
                calls.append({
                    "trip_id": trip, "arrival_time": _clock(line["first"], arrive), "departure_time": _clock(line["first"], leave),
                    "stop_id": rows["stop_id"].iloc[k], "stop_sequence": number,
                })  # fmt: skip
    return {
        "agency.txt": [{"agency_id": "assumed", "agency_name": "假定时刻表 assumed timetable", "agency_url": "https://example.org", "agency_timezone": "Asia/Shanghai"}],
        "stops.txt": [{"stop_id": s.stop_id, "stop_name": s.name_zh, "stop_lat": s.lat, "stop_lon": s.lon} for s in mine.itertuples()],
        "routes.txt": [{"route_id": line["line_id"], "agency_id": "assumed", "route_short_name": line["line"], "route_type": 1} for line in lines],
        "calendar.txt": days, "trips.txt": trips, "stop_times.txt": calls, "frequencies.txt": every,
    }  # fmt: skip


def _clock(first: str, seconds: int) -> str:
    hours, minutes = map(int, first.split(":")[:2])
    whole = hours * 3600 + minutes * 60 + seconds
    return f"{whole // 3600:02}:{whole % 3600 // 60:02}:{whole % 60:02}"
