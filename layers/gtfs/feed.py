"""GTFS feeds → a timetable, checked file by file, row by row; several feeds become one.

What cannot be understood keeps the feed out (an error); what is wrong in single rows is left out and told with file,
row, field and what to do (a warning), as the rest can still be run. Rules: gtfs.org/documentation/schedule/reference.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import Finding, InputError
from geo.transit import Timetable
from layers.gtfs.calls import calls_of
from layers.gtfs.days import days_of
from layers.gtfs.pathways import pathways_of
from layers.gtfs.tables import Notes, opened
from layers.gtfs.values import numbers, seconds

__all__ = ["Feed", "read"]

NAMED = ("stops", "trips", "entrances")
"""Frames that are indexed by ids."""


@dataclass(frozen=True)
class Feed:
    """What became of one or more feeds: a timetable (stops in WGS84), or None and why.

    ``findings`` name file, row and field; warnings say what was left out.
    """

    timetable: Timetable | None
    findings: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        """Whether there is a timetable to take."""
        return self.timetable is not None


def read(paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> Feed:
    """Return the timetable of GTFS feeds (ZIP files or folders); never raises for a bad one.

    Ids of several feeds are told apart by the name of their file: ``poa_eptc:4220``.
    """
    listed = [Path(p) for p in ([paths] if isinstance(paths, str | os.PathLike) else paths)]
    names = _names(listed)
    findings: list[Finding] = []
    parts = []
    for path, name in zip(listed, names, strict=True):
        notes = Notes(name)
        tables = opened(path, notes)
        part = None if notes.refused else _frames(tables, notes)
        findings += notes.findings
        if part is not None and not notes.refused:
            parts.append(_prefixed(part, Path(name).stem) if len(listed) > 1 else part)
    if len(parts) < len(listed) or not parts:
        return Feed(None, tuple(findings))
    joined = {key: pd.concat([p[key] for p in parts], ignore_index=key not in NAMED) for key in parts[0]}
    try:
        return Feed(Timetable.from_frames(**joined), tuple(findings))
    except InputError as error:
        return Feed(None, (*findings, *error.findings))


def _names(paths: list[Path]) -> list[str]:
    """Return a name for each feed, no two alike."""
    names: list[str] = []
    for path in paths:
        name, n = path.name, 2
        while Path(name).stem in {Path(other).stem for other in names}:
            name, n = f"{path.stem}-{n}{path.suffix}", n + 1
        names.append(name.encode("utf-8", "replace").decode("utf-8"))
    return names


def _frames(tables: dict[str, pd.DataFrame], notes: Notes) -> dict[str, pd.DataFrame] | None:
    """Return the frames of ``Timetable.from_frames``, or None with the reason in ``notes``."""
    stops = _stops(tables["stops.txt"], notes)
    days = days_of(tables, notes)
    trips = _trips(tables, days, notes)
    placed = stops[stops["lon"].notna()]
    calls = calls_of(tables["stop_times.txt"], trips.index, placed, notes)
    frequencies, headway_trips = _frequencies(tables.get("frequencies.txt"), trips.index, notes)
    trips = trips[trips.index.isin(calls["trip_id"].unique())]
    # A trip by headway is run by its headways alone: without a good one it is not run.
    trips = trips[~trips.index.isin(headway_trips) | trips.index.isin(frequencies["trip_id"])]
    if trips.empty:
        notes.add(
            "error",
            "没有一个班次可用；请先改正以上各行",
            "no trip can be used; correct the rows above first",
            "trips.txt",
        )
        return None
    calls = calls[calls["trip_id"].isin(trips.index)]
    used = placed[placed.index.isin(calls["stop_id"].unique())]
    shapes = gpd.points_from_xy(used["lon"], used["lat"])
    inside = pathways_of(tables, stops, used.index, notes)
    doors = stops.loc[
        stops.index.isin(pd.concat([inside["from_stop_id"], inside["to_stop_id"]]))
        & (stops["kind"] == "2")
        & stops["lon"].notna()
    ]
    return {
        "stops": gpd.GeoDataFrame(used[["name"]], geometry=shapes, crs="EPSG:4326"),
        "stop_times": calls,
        "trips": trips,
        "days": days[days["service_id"].isin(trips["service_id"])],
        "frequencies": frequencies[frequencies["trip_id"].isin(trips.index)],
        "transfers": _transfers(tables.get("transfers.txt"), stops, used.index, notes),
        "entrances": gpd.GeoDataFrame(
            geometry=gpd.points_from_xy(doors["lon"], doors["lat"]), index=doors.index, crs="EPSG:4326"
        ),
        "pathways": inside,
    }


def _prefixed(part: dict[str, pd.DataFrame], name: str) -> dict[str, pd.DataFrame]:
    ids = ("stop_id", "trip_id", "service_id", "route_id", "from_stop_id", "to_stop_id")
    out = {}
    for key, frame in part.items():
        named = frame.assign(**{c: f"{name}:" + frame[c].astype("str") for c in ids if c in frame})
        out[key] = named.set_axis(f"{name}:" + named.index, axis=0) if key in NAMED else named
    return out


def _once(table: pd.DataFrame, file: str, field: str, notes: Notes) -> pd.DataFrame:
    """Return the rows with an id of their own."""
    blank, twice = table[field] == "", table[field].duplicated() & (table[field] != "")
    notes.rows(file, table.index[blank], field, "缺编号；此行未采用", "the id is missing; the row is left out")
    notes.rows(file, table.index[twice], field, "编号“{}”重复；只采用第一行，请更正", "id '{}' stands twice; only the first row counts, correct it", values=table[field][twice])  # fmt: skip
    return table[~blank & ~twice]


def _stops(table: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Return ``lon``, ``lat`` (missing where unknown), ``name``, ``parent``, ``kind`` (location_type) by stop id."""
    file = "stops.txt"
    table = _once(table, file, "stop_id", notes)
    place = {}
    for field, most in (("stop_lon", 180), ("stop_lat", 90)):
        value = numbers(table[field])
        off = ~np.isfinite(value) | (np.abs(value) > most)
        place[field] = np.where(off, np.nan, value)
    nowhere = np.isnan(place["stop_lon"]) | np.isnan(place["stop_lat"]) | ((place["stop_lon"] == 0) & (place["stop_lat"] == 0))  # fmt: skip
    kind = table["location_type"] if "location_type" in table else pd.Series("", table.index)
    told = nowhere & ~kind.isin(["3", "4"]).to_numpy()
    notes.rows(file, table.index[told], "stop_lat", "站点“{}”没有可用的经纬度；经过它的班次不停此站，请补上", "stop '{}' has no usable coordinates; trips pass it without a call, give it a place", values=table["stop_id"][told])  # fmt: skip
    parent = table["parent_station"] if "parent_station" in table else pd.Series("", table.index)
    lost = (parent != "") & ~parent.isin(table["stop_id"])
    notes.rows(file, table.index[lost], "parent_station", "没有车站“{}”；按单独站点处理", "no station '{}'; the stop stands for itself", values=parent[lost])  # fmt: skip
    return pd.DataFrame(
        {
            "lon": np.where(nowhere, np.nan, place["stop_lon"]),
            "lat": np.where(nowhere, np.nan, place["stop_lat"]),
            "name": (table["stop_name"] if "stop_name" in table else table["stop_id"]).to_numpy(),
            "parent": parent.where(~lost, "").to_numpy(),
            "kind": kind.to_numpy(),
        },
        index=pd.Index(table["stop_id"].to_numpy(), name="stop_id"),
    )


def _trips(tables: dict[str, pd.DataFrame], days: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Return ``service_id`` and ``route_id`` of the trips that run on some day."""
    file, table = "trips.txt", _once(tables["trips.txt"], "trips.txt", "trip_id", notes)
    known = {s for name in ("calendar.txt", "calendar_dates.txt") if name in tables for s in tables[name]["service_id"]}
    unknown = ~table["service_id"].isin(known)
    notes.rows(file, table.index[unknown], "service_id", "日历里没有“{}”；班次未采用，请在 calendar.txt 或 calendar_dates.txt 补上", "no calendar has '{}'; the trip is left out, add it to calendar.txt or calendar_dates.txt", values=table["service_id"][unknown])  # fmt: skip
    if "routes.txt" in tables:
        lost = ~table["route_id"].isin(tables["routes.txt"]["route_id"])
        notes.rows(file, table.index[lost], "route_id", "没有线路“{}”；班次照用，请补上", "no route '{}'; the trip is used all the same, add it", values=table["route_id"][lost])  # fmt: skip
    table = table[table["service_id"].isin(days["service_id"])]
    return pd.DataFrame(
        {"service_id": table["service_id"].to_numpy(), "route_id": table["route_id"].to_numpy()},
        index=pd.Index(table["trip_id"].to_numpy(), name="trip_id"),
    )


def _frequencies(table: pd.DataFrame | None, trips: pd.Index, notes: Notes) -> tuple[pd.DataFrame, pd.Series]:
    """Return the headways that can be used, and the trips of all."""
    file = "frequencies.txt"
    if table is None or table.empty:
        return pd.DataFrame(columns=["trip_id", "start", "end", "headway"]).astype({"trip_id": "str"}), pd.Series(
            dtype="str"
        )
    start, end = seconds(table["start_time"]), seconds(table["end_time"])
    headway = numbers(table["headway_secs"])
    bad = np.zeros(len(table), bool)
    for wrong, field, zh, en in (
        (~table["trip_id"].isin(trips).to_numpy(), "trip_id", "没有可用的班次“{}”；此行未采用", "no trip '{}' that can be used; the row is left out"),
        (start < 0, "start_time", "“{}”不是时刻，请写如 07:05:00；此行未采用", "'{}' is no time, write 07:05:00; the row is left out"),
        (end <= start, "end_time", "结束“{}”不晚于开始；此行未采用", "the end '{}' is not after the start; the row is left out"),
        (~((headway >= 1) & (headway % 1 == 0)), "headway_secs", "发车间隔“{}”须为大于 0 的整秒；此行未采用", "the headway '{}' must be whole seconds above 0; the row is left out"),
    ):  # fmt: skip
        notes.rows(file, table.index[wrong], field, zh, en, values=table[field][wrong])
        bad |= wrong
    loose = ~bad & (table["exact_times"] != "1").to_numpy() if "exact_times" in table else ~bad
    if loose.any():
        notes.add(
            "info", f"{int(loose.sum())} 行只给间隔、没有定点：按自开始时刻起每隔一个间隔发车计算",
            f"{int(loose.sum())} rows give a headway and no fixed times: taken to leave at the start and every headway after", file,
        )  # fmt: skip
    kept = ~bad
    found = {"trip_id": table["trip_id"][kept].to_numpy(), "start": start[kept], "end": end[kept], "headway": headway[kept].astype(np.int64)}  # fmt: skip
    return pd.DataFrame(found), table["trip_id"]


def _transfers(table: pd.DataFrame | None, stops: pd.DataFrame, used: pd.Index, notes: Notes) -> pd.DataFrame:
    """Return the least times of changes between stops; what holds for a station holds for all its stops."""
    file = "transfers.txt"
    empty = pd.DataFrame({"from_stop_id": pd.Series(dtype="str"), "to_stop_id": pd.Series(dtype="str"), "seconds": pd.Series(dtype=int)})  # fmt: skip
    if table is None or table.empty:
        return empty
    lone = [c for c in ("from_route_id", "to_route_id", "from_trip_id", "to_trip_id") if c in table]
    special = (table[lone] != "").any(axis="columns") | table["transfer_type"].isin(["4", "5"])
    if special.any():
        notes.add("info", f"{int(special.sum())} 行只对某些线路或班次的换乘未采用", f"{int(special.sum())} rows about changes between single routes or trips are not used", file)  # fmt: skip
    table = table[~special]
    for field in ("from_stop_id", "to_stop_id"):
        lost = ~table[field].isin(stops.index)
        notes.rows(file, table.index[lost], field, "没有站点“{}”；此行未采用", "no stop '{}'; the row is left out", values=table[field][lost])  # fmt: skip
        table = table[~lost]
    odd = ~table["transfer_type"].isin(["", "0", "1", "2", "3"])
    notes.rows(file, table.index[odd], "transfer_type", "“{}”应为 0 至 5；此行未采用", "'{}' should be 0 to 5; the row is left out", values=table["transfer_type"][odd])  # fmt: skip
    table = table[~odd]
    least = numbers(table["min_transfer_time"]) if "min_transfer_time" in table else np.full(len(table), np.nan)
    wrong = (table["transfer_type"] == "2").to_numpy() & ~(least >= 0)
    notes.rows(file, table.index[wrong], "min_transfer_time", "换乘最少时间须为不小于 0 的秒数；此行未采用", "the least time of a change must be seconds of at least 0; the row is left out")  # fmt: skip
    told = (table["transfer_type"] == "3").to_numpy() | ((table["transfer_type"] == "2").to_numpy() & ~wrong)
    seconds_ = np.where(table["transfer_type"] == "3", -1, np.nan_to_num(least)).astype(np.int64)
    parents = stops["parent"].where(stops["parent"] != "", stops.index.to_series())
    children = pd.Series(used, index=parents[used]).groupby(level=0).agg(list)
    rows = [
        (a, b, s)
        for one, other, s in zip(table["from_stop_id"][told], table["to_stop_id"][told], seconds_[told], strict=True)
        for a in ([one] if one in used else children.get(one, []))
        for b in ([other] if other in used else children.get(other, []))
    ]
    return pd.DataFrame(rows, columns=empty.columns) if rows else empty
