"""A timetable as plain arrays and back, for whoever keeps it; no file is touched here."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.transit.stations import Stations
from geo.transit.timetable import Timetable

__all__ = ["FORMAT", "pack", "unpack"]

FORMAT = "zoneplan-timetable-2"
"""Changes whenever the arrays or their meaning change; older files are then read anew."""
FLAT = (
    "ptr", "stop", "arrival", "departure", "board", "leave", "run_trip", "run_shift", "active", "change_from", "change_to",
    "change_seconds",
)  # fmt: skip
INSIDE = ("stop", "entrance", "source", "target", "seconds", "metres", "steps")


def pack(timetable: Timetable) -> dict[str, NDArray[Any]]:
    """Return a timetable as plain arrays: numbers and texts, nothing else.

    Examples
    --------
    >>> from geo.examples import buses
    >>> pack(buses())["stop_ids"].tolist()
    ['west', 'east']
    """
    stops, trips = timetable.stops, timetable.trips
    more = {f"trip_{c}": trips[c].to_numpy() for c in ("service", "pattern")}
    texts = {f"trip_{c}": _texts(trips[c]) for c in ("service_id", "route_id") if c in trips}
    return {
        "format": np.array(FORMAT), "crs": np.array(stops.crs.to_wkt()), "stop_ids": _texts(stops.index),
        "stop_xy": np.column_stack([stops.geometry.x, stops.geometry.y]),
        **({"stop_name": _texts(stops["name"])} if "name" in stops else {}),
        "trip_ids": _texts(trips.index), **more, **texts, "days": timetable.days.to_numpy().astype("datetime64[D]"),
        **{name: getattr(timetable, name) for name in FLAT}, **_inside(timetable.stations),
    }  # fmt: skip


def unpack(content: dict[str, NDArray[Any]]) -> Timetable:
    """Return the timetable, or raise ``ValueError`` or ``KeyError`` when the arrays do not fit together.

    Examples
    --------
    >>> from geo.examples import buses
    >>> unpack(pack(buses()))
    Timetable(2 stops, 1 trips in 3 runs, 2025-05-05 to 2025-05-09)
    """
    if str(content["format"]) != FORMAT:
        raise ValueError("another format")
    flat = {name: content[name] for name in FLAT}
    stops, trips, calls = len(content["stop_ids"]), len(content["trip_ids"]), len(flat["stop"])
    ptr, services = flat["ptr"], len(flat["active"])
    fits = (
        content["stop_xy"].shape == (stops, 2)
        and len(ptr) == trips + 1 and ptr[0] == 0 and ptr[-1] == calls and bool((np.diff(ptr) >= 2).all())
        and all(len(flat[name]) == calls for name in ("arrival", "departure", "board", "leave"))
        and len(flat["run_trip"]) == len(flat["run_shift"])
        and flat["active"].shape == (services, len(content["days"]))
        and len(flat["change_from"]) == len(flat["change_to"]) == len(flat["change_seconds"])
        and all(_within(flat[name], stops) for name in ("stop", "change_from", "change_to"))
        and _within(flat["run_trip"], trips) and _within(content["trip_service"], services)
    )  # fmt: skip
    if not fits:
        raise ValueError("the arrays do not fit together")
    rows = {c: content[f"trip_{c}"] for c in ("service_id", "route_id", "service", "pattern") if f"trip_{c}" in content}
    table = pd.DataFrame(rows, index=pd.Index(content["trip_ids"].tolist(), name="trip_id"))
    names = {"name": content["stop_name"]} if "stop_name" in content else {}
    places = gpd.GeoDataFrame(
        names, geometry=gpd.points_from_xy(*content["stop_xy"].T), crs=str(content["crs"]),
        index=pd.Index(content["stop_ids"].tolist(), name="stop_id"),
    )  # fmt: skip
    days = pd.DatetimeIndex(content["days"])
    return Timetable(places, table, days=days, **flat, stations=_stations(content, stops, places.crs))


def _inside(stations: Stations | None) -> dict[str, NDArray[Any]]:
    if stations is None:
        return {}
    doors = stations.entrances
    told = {f"inside_{name}": getattr(stations, name) for name in INSIDE}
    return {"door_ids": _texts(doors.index), "door_xy": np.column_stack([doors.x, doors.y]), **told}


def _stations(content: dict[str, NDArray[Any]], stops: int, crs: Any) -> Stations | None:
    if "door_ids" not in content:
        return None
    told = {name: content[f"inside_{name}"] for name in INSIDE}
    doors, places = len(content["door_ids"]), len(told["stop"])
    fits = (
        content["door_xy"].shape == (doors, 2) and len(told["entrance"]) == places
        and all(len(told[name]) == len(told["source"]) for name in ("target", "seconds", "metres", "steps"))
        and all(_within(told[name], places) for name in ("source", "target"))
        and all(_within(told[name] + 1, top + 1) for name, top in (("stop", stops), ("entrance", doors)))
    )  # fmt: skip
    if not fits:
        raise ValueError("the arrays do not fit together")
    points = gpd.GeoSeries(gpd.points_from_xy(*content["door_xy"].T), index=content["door_ids"].tolist(), crs=crs)
    return Stations(points, **told)


def _texts(values: Any) -> NDArray[np.str_]:
    return np.array([str(v) for v in values], dtype=np.str_)


def _within(values: NDArray[Any], top: int) -> bool:
    return values.size == 0 or (int(values.min()) >= 0 and int(values.max()) < top)
