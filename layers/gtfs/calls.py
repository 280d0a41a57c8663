"""The calls of a feed (stop_times.txt), checked trip by trip: what can be run, and what is left out and why."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.gtfs.tables import Notes
from layers.gtfs.values import BAD, BLANK, apart_m, numbers, seconds

__all__ = ["calls_of"]

FILE = "stop_times.txt"
Bools = NDArray[np.bool_]


def calls_of(table: pd.DataFrame, trips: pd.Index, stops: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Return the calls that can be run, in the order of their trips.

    Parameters
    ----------
    table
        stop_times.txt as it stands.
    trips
        Ids of the trips that are left.
    stops
        Indexed by stop id: ``lon`` and ``lat``, missing where unknown.

    Returns
    -------
    calls
        ``trip_id``, ``stop_id``, ``arrival``, ``departure`` [s after midnight], ``board``, ``leave``. Times that are not
        given lie between those that are, by the share of the way in a straight line (or ``shape_dist_traveled``).
    """
    trip, stop = trips.get_indexer(table["trip_id"]), stops.index.get_indexer(table["stop_id"])
    order = numbers(table["stop_sequence"])
    row = table.index.to_numpy()
    arrival, departure = seconds(table["arrival_time"]), seconds(table["departure_time"])
    gone = trip < 0
    notes.rows(FILE, row[gone], "trip_id", "没有可用的班次“{}”；此行未采用，请补上或删去", "no trip '{}' that can be used; the row is left out, add the trip or delete it", values=table["trip_id"][gone])  # fmt: skip
    lost = ~gone & (stop < 0)
    notes.rows(FILE, row[lost], "stop_id", "没有可用的站点“{}”；此站跳过，请补上或更正", "no stop '{}' that can be used; the call is skipped, add the stop or correct it", values=table["stop_id"][lost])  # fmt: skip
    for values, field in ((arrival, "arrival_time"), (departure, "departure_time")):
        bad = values == BAD
        notes.rows(FILE, row[bad], field, "“{}”不是时刻，请写如 07:05:00（次日凌晨写 25:10:00）；按未填处理", "'{}' is no time; write 07:05:00 (25:10:00 after midnight); taken as not given", values=table[field][bad])  # fmt: skip
        values[bad] = BLANK
    odd = ~(order >= 0)
    notes.rows(FILE, row[odd], "stop_sequence", "“{}”不是不小于 0 的整数；此行未采用", "'{}' is no whole number of at least 0; the row is left out", values=table["stop_sequence"][odd])  # fmt: skip
    kept = np.flatnonzero(~gone & ~lost & ~odd)
    kept = kept[np.lexsort((order[kept], trip[kept]))]
    twice = np.zeros(len(kept), bool)
    twice[1:] = (trip[kept][1:] == trip[kept][:-1]) & (order[kept][1:] == order[kept][:-1])
    notes.rows(FILE, row[kept[twice]], "stop_sequence", "同一班次内站序 {} 重复；此行未采用，请更正", "stop_sequence {} stands twice in one trip; the row is left out, correct it", values=table["stop_sequence"].to_numpy()[kept[twice]])  # fmt: skip
    kept = kept[~twice]
    trip, stop, row = trip[kept], stop[kept], row[kept]
    arrival, departure = arrival[kept], departure[kept]
    arrival, departure = (
        np.where(arrival == BLANK, departure, arrival),
        np.where(departure == BLANK, arrival, departure),
    )
    out = _unrunnable(trip, arrival, departure, row, trips, notes)
    keep = ~out[trip]
    kept, trip, stop, arrival, departure = kept[keep], trip[keep], stop[keep], arrival[keep], departure[keep]
    way = _way(table.iloc[kept], trip, stops.iloc[stop])
    chosen = table.iloc[kept]
    return pd.DataFrame(
        {
            "trip_id": trips.take(trip),
            "stop_id": stops.index.take(stop),
            "arrival": _between(arrival, way),
            "departure": _between(departure, way),
            "board": _allowed(chosen, "pickup_type"),
            "leave": _allowed(chosen, "drop_off_type"),
        }
    )


def _unrunnable(
    trip: NDArray[np.int64],
    arrival: NDArray[np.int64],
    departure: NDArray[np.int64],
    row: NDArray[np.int64],
    trips: pd.Index,
    notes: Notes,
) -> Bools:
    """Return which trips cannot be run, and tell why."""
    first = np.ones(len(trip), bool)
    first[1:] = trip[1:] != trip[:-1]
    last = np.r_[first[1:], True][: len(trip)]
    out = np.zeros(len(trips), bool)

    def leave_out(bad: Bools, field: str, zh: str, en: str) -> None:
        notes.rows(FILE, row[bad], field, f"{zh}；班次 {{}} 未采用", f"{en}; trip {{}} is left out", values=trips.take(trip[bad]))  # fmt: skip
        out[trip[bad]] = True

    leave_out(
        (first | last) & (arrival == BLANK), "arrival_time", "首末站须有时刻", "the first and last stop need a time"
    )
    leave_out((departure < arrival), "departure_time", "离站早于到站，请更正", "leaves before it arrives; correct it")
    given = np.flatnonzero(arrival != BLANK)
    back = np.zeros(len(trip), bool)
    same = trip[given][1:] == trip[given][:-1]
    back[given[1:]] = same & (arrival[given][1:] < departure[given][:-1])
    leave_out(back, "arrival_time", "时刻早于前一站，请更正（过了午夜写 24:00:00 以上）", "earlier than the stop before, correct it (after midnight hours go on from 24)")  # fmt: skip
    alone = first & last
    leave_out(alone, "stop_sequence", "班次只有一站", "the trip has one stop only")
    return out


def _allowed(table: pd.DataFrame, column: str) -> Bools:
    """Return where one may get on, or off: everywhere but at type 1."""
    return (table[column] != "1").to_numpy(bool) if column in table else np.ones(len(table), bool)


def _way(table: pd.DataFrame, trip: NDArray[np.int64], stops: pd.DataFrame) -> NDArray[np.float64]:
    """Return how far along its trip each call lies, in any unit; never going back."""
    lon, lat = np.radians(stops["lon"].to_numpy(float)), np.radians(stops["lat"].to_numpy(float))
    same = np.zeros(len(trip), bool)
    same[1:] = trip[1:] == trip[:-1]
    step = np.where(same, apart_m(np.r_[0.0, lon[:-1]], np.r_[0.0, lat[:-1]], lon, lat), 0.0)
    way = np.cumsum(step)
    if "shape_dist_traveled" in table:
        told = numbers(table["shape_dist_traveled"])
        rising = ~same | (np.diff(told, prepend=0.0) >= 0)
        whole = pd.Series(np.isfinite(told) & rising).groupby(trip).transform("all").to_numpy()
        way = np.where(whole, told, way)
    return way


def _between(times: NDArray[np.int64], way: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return whole seconds, those not given by the share of the way between the times around them."""
    given = np.flatnonzero(times != BLANK)
    if len(given) == len(times):
        return times.astype(np.int32)
    at = np.arange(len(times))
    after = np.searchsorted(given, at)
    low, high = given[np.maximum(after - 1, 0)], given[np.minimum(after, len(given) - 1)]
    span = way[high] - way[low]
    # Stops at one place: by their number.
    share = np.where(span > 0, (way - way[low]) / np.where(span > 0, span, 1), (at - low) / np.maximum(high - low, 1))
    found = np.rint(times[low] + share * (times[high] - times[low])).astype(np.int64)
    return np.where(times == BLANK, found, times).astype(np.int32)
