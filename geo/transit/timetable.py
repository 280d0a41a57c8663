"""A timetable as flat arrays: stops, trips with their times, the days they run on, changes between stops.

Times are whole seconds after the midnight that begins the service day and may pass 24 hours. What runs on a day is
what its own services do and what those of the day before still do after midnight (and, for a late window, those of
the day after). A day is taken to have 24 hours: where clocks are put forward or back in the night, an hour is off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import Finding, InputError
from geo.text import Text
from geo.transit.stations import Stations, joined
from geo.transit.window import window

if TYPE_CHECKING:
    from geo.transit.lines import Bools, Ints, Lines, Rows

__all__ = ["DAY", "Timetable"]

DAY = 86_400
"""Seconds of a day [s]."""
SHOWN = 20
"""Findings listed one by one."""
RUNS_MOST = 5_000_000
"""Runs that trips by headway may become."""


@dataclass(frozen=True, eq=False)
class Timetable:
    """Stops, trips, days and changes; see :meth:`from_frames`, and ``layers.gtfs`` for files.

    Examples
    --------
    >>> from geo.examples import buses
    >>> buses()
    Timetable(2 stops, 1 trips in 3 runs, 2025-05-05 to 2025-05-09)
    """

    stops: gpd.GeoDataFrame
    trips: pd.DataFrame
    """Indexed by trip id: ``service`` and ``pattern`` (positions), and what else was given, such as ``route_id``."""
    ptr: Rows
    stop: Ints
    arrival: Ints
    departure: Ints
    board: Bools
    leave: Bools
    run_trip: Ints
    run_shift: Rows
    """Seconds by which each run is later than its trip [s]; more than one run a trip where a headway is given."""
    days: pd.DatetimeIndex
    active: Bools
    """Whether each service runs on each day, shape (services, days)."""
    change_from: Ints
    change_to: Ints
    change_seconds: Ints
    """Least time of a change between two stops [s], -1 where it is not possible."""
    stations: Stations | None = None
    """The ways from the street to the platforms, where they are known."""

    @classmethod
    def from_frames(
        cls,
        stops: gpd.GeoDataFrame,
        stop_times: pd.DataFrame,
        trips: pd.DataFrame,
        days: pd.DataFrame,
        *,
        frequencies: pd.DataFrame | None = None,
        transfers: pd.DataFrame | None = None,
        entrances: gpd.GeoDataFrame | None = None,
        pathways: pd.DataFrame | None = None,
    ) -> Timetable:
        """Return the timetable of frames.

        Parameters
        ----------
        stops
            Points, indexed by stop id.
        stop_times
            One row a call, the calls of a trip in their order: ``trip_id``, ``stop_id``, ``arrival``, ``departure``
            [s after midnight]; ``board`` and ``leave`` (whether one may get on and off) where not everywhere.
        trips
            Indexed by trip id: ``service_id``.
        days
            One row for each day of each service: ``service_id``, ``date``.
        frequencies
            ``trip_id``, ``start``, ``end`` [s], ``headway`` [s]: the trip is run from ``start`` on every ``headway``,
            before ``end``; its own times tell only how long it takes.
        transfers
            ``from_stop_id``, ``to_stop_id``, ``seconds`` [s]: a change takes at least so long; -1: it is not possible.
        entrances, pathways
            Where stations open on the street, and the ways inside, as :meth:`geo.transit.Stations.from_frames`.

        Raises
        ------
        InputError
            An id is unknown, times go back, a trip has fewer than two calls, or a headway is not above 0.

        Examples
        --------
        >>> from geo.examples import at, CRS
        >>> stops = gpd.GeoDataFrame(index=["x", "y"], geometry=[at(0, 0), at(400, 300)], crs=CRS)
        >>> calls = pd.DataFrame({"trip_id": ["t", "t"], "stop_id": ["x", "y"], "arrival": [0, 300], "departure": [0, 300]})
        >>> trips = pd.DataFrame({"service_id": ["daily"]}, index=["t"])
        >>> Timetable.from_frames(stops, calls, trips, pd.DataFrame({"service_id": ["daily"], "date": ["2025-05-05"]}))
        Timetable(2 stops, 1 trips in 1 runs, 2025-05-05 to 2025-05-05)
        >>> Timetable.from_frames(stops, calls.assign(arrival=[0, -5]), trips, pd.DataFrame({"service_id": [], "date": []}))
        Traceback (most recent call last):
            ...
        geo.errors.InputError: stop_times, 第 2 行 row 2, 字段 field arrival: 时刻早于前一站，请更正 / earlier than the stop before; correct it
        """
        services = pd.Index(trips["service_id"]).unique()
        trip_at, stop_at = (
            trips.index.get_indexer(stop_times["trip_id"]),
            stops.index.get_indexer(stop_times["stop_id"]),
        )
        order = np.argsort(trip_at, kind="stable")
        ptr = np.searchsorted(trip_at[order], np.arange(len(trips) + 1)).astype(np.int64)
        arrival, departure = (stop_times[c].to_numpy(np.int32)[order] for c in ("arrival", "departure"))
        _check(trip_at, stop_at, order, ptr, arrival, departure, trips)
        on, off = (
            stop_times[c].to_numpy(bool)[order] if c in stop_times else np.ones(len(order), bool)
            for c in ("board", "leave")
        )  # fmt: skip
        calls = stop_at[order].astype(np.int32)
        told = trips.assign(service=services.get_indexer(trips["service_id"]), pattern=_patterns(ptr, calls, on, off))
        dates = pd.to_datetime(days["date"])
        span = pd.DatetimeIndex(np.sort(dates.unique()))
        active = np.zeros((len(services), len(span)), bool)
        of = services.get_indexer(days["service_id"])
        active[of[of >= 0], span.get_indexer(dates)[of >= 0]] = True
        return cls(
            stops, told, ptr, calls, arrival, departure, on, off,
            *_runs(trips.index, frequencies, ptr, departure), span, active, *_changes(stops.index, transfers),
            None if entrances is None or pathways is None or pathways.empty else Stations.from_frames(stops.index, entrances.geometry, pathways),
        )  # fmt: skip

    def __repr__(self) -> str:
        """Return what there is and when it runs."""
        span = f"{self.days[0]:%Y-%m-%d} to {self.days[-1]:%Y-%m-%d}" if len(self.days) else "no day"
        return f"Timetable({len(self.stops)} stops, {len(self.trips)} trips in {len(self.run_trip)} runs, {span})"

    def to_crs(self, crs: Any) -> Timetable:
        """Return the same timetable with its stops in another reference system.

        Examples
        --------
        >>> from geo.examples import buses
        >>> buses().to_crs("EPSG:4326").stops.crs.to_epsg()
        4326
        """
        inside = None if self.stations is None else self.stations.to_crs(crs)
        return replace(self, stops=self.stops.to_crs(crs), stations=inside)

    def joined(self, other: Timetable) -> Timetable:
        """Return both timetables as one; ids of the other that are taken get a mark, its stops come to this one's system.

        Examples
        --------
        >>> from geo.examples import buses
        >>> both = buses().joined(buses())
        >>> both, both.runs_a_day().iloc[0], both.stops.index.tolist()
        (Timetable(4 stops, 2 trips in 6 runs, 2025-05-05 to 2025-05-09), np.int64(6), ['west', 'east', "west'", "east'"])
        """
        stops, trips = _apart(other.stops.to_crs(self.stops.crs), self.stops), _apart(other.trips, self.trips)
        trips = trips.assign(
            service=trips["service"] + len(self.active), pattern=trips["pattern"] + int(self.trips["pattern"].max()) + 1
        )
        days = self.days.union(other.days)
        active = np.zeros((len(self.active) + len(other.active), len(days)), bool)
        active[: len(self.active), days.get_indexer(self.days)] = self.active
        active[len(self.active) :, days.get_indexer(other.days)] = other.active
        n, m = len(self.stops), len(self.trips)
        theirs = None if other.stations is None else other.stations.after(n, self.stops.crs)
        return Timetable(
            pd.concat([self.stops, stops]), pd.concat([self.trips, trips]),
            np.r_[self.ptr, other.ptr[1:] + self.ptr[-1]], np.r_[self.stop, other.stop + np.int32(n)],
            np.r_[self.arrival, other.arrival], np.r_[self.departure, other.departure],
            np.r_[self.board, other.board], np.r_[self.leave, other.leave],
            np.r_[self.run_trip, other.run_trip + np.int32(m)], np.r_[self.run_shift, other.run_shift], days, active,
            np.r_[self.change_from, other.change_from + np.int32(n)], np.r_[self.change_to, other.change_to + np.int32(n)],
            np.r_[self.change_seconds, other.change_seconds], joined(self.stations, theirs),
        )  # fmt: skip

    def runs_a_day(self) -> pd.Series:
        """Return how many runs begin on each day: to choose a day that is like others.

        Examples
        --------
        >>> from geo.examples import buses
        >>> buses().runs_a_day().iloc[:2].tolist()
        [3, 3]
        """
        each = np.bincount(self.trips["service"].to_numpy()[self.run_trip], minlength=len(self.active))
        return pd.Series(each @ self.active, index=self.days, name="runs")

    def usual_day(self) -> pd.Timestamp:
        """Return a day like most working days: the first, Tuesdays to Thursdays before others, with the commonest number of runs.

        Days with less than half of the runs of the fullest are passed over: not all feeds hold on them.

        Raises
        ------
        InputError
            If nothing runs on any day.

        Examples
        --------
        >>> from geo.examples import buses
        >>> f"{buses().usual_day():%A %Y-%m-%d}"
        'Tuesday 2025-05-06'
        """
        runs = self.runs_a_day()
        runs = runs[(runs > 0) & (runs >= runs.max() / 2)]
        if runs.empty:
            raise InputError(Text("时刻表里没有任何一天有班次", "nothing runs on any day of the timetable"))
        working = runs[runs.index.day_of_week < 5] if (runs.index.day_of_week < 5).any() else runs
        usual = working.index[working == working.mode().max()]
        middle = usual[usual.day_of_week.isin([1, 2, 3])]
        return (middle if len(middle) else usual)[0]

    def departures(self, date: Any, start: Any = "07:30", minutes: int = 60) -> pd.Series:
        """Return how many vehicles one may board at each stop in an hour, over a window of a day.

        Parameters
        ----------
        date
            The day; what still runs of the day before after midnight counts too.
        start, minutes
            The window, as in :meth:`geo.transit.Transit.travel_times`.

        Examples
        --------
        >>> from geo.examples import buses
        >>> buses().departures("2025-05-05", "07:00", 30).to_dict()  # at 7:00 and 7:20; nobody boards where it ends
        {'west': 4.0, 'east': 0.0}
        """
        times = window(start, minutes, 0, 0).times // 1000
        stop, when = self._boardings(date)
        counted = (when >= times[0]) & (when < times[-1] + 60)
        count = np.bincount(stop[counted], minlength=len(self.stops)).astype(float)
        return pd.Series(count * 60 / minutes, self.stops.index, name="departures")

    def hours(self, date: Any) -> tuple[int, int] | None:
        """Return when the first and the last vehicle of a day may be boarded [s after midnight]; None where there is none.

        Examples
        --------
        >>> from geo.examples import buses
        >>> buses().hours("2025-05-05"), buses().hours("2025-05-10")  # the last one leaves at 7:40
        ((25200, 27600), None)
        """
        when = self._boardings(date)[1]
        return (int(when.min()), int(when.max())) if len(when) else None

    def _boardings(self, date: Any) -> tuple[Rows, Rows]:
        """Return at which stop, and when [s after midnight of the day], one may board what runs on a day."""
        day = pd.to_datetime(date).normalize()
        service = self.trips["service"].to_numpy()[self.run_trip]
        last = np.zeros(len(self.stop), bool)
        last[self.ptr[1:] - 1] = True
        stops, times = [], []
        for beside in (-1, 0):
            at = self.days.get_indexer([day + pd.Timedelta(days=beside)])[0]
            runs = np.flatnonzero(self.active[service, at]) if at >= 0 else np.empty(0, np.int64)
            trips = self.run_trip[runs]
            size = np.diff(self.ptr)[trips]
            call = np.repeat(self.ptr[trips] - np.cumsum(size) + size, size) + np.arange(size.sum())
            when = self.departure[call] + np.repeat(self.run_shift[runs], size) + beside * DAY
            boards = self.board[call] & ~last[call] & (when >= 0)
            stops.append(self.stop[call[boards]])
            times.append(when[boards])
        return np.concatenate(stops), np.concatenate(times)

    def on(self, date: Any) -> Lines:
        """Return what runs on a day, its services and those of the days beside it, as lines without overtaking.

        Raises
        ------
        InputError
            If it is no date, or no service runs on it.

        Examples
        --------
        >>> from geo.examples import buses
        >>> buses().on("2025-05-09").runs.tolist()
        [3]
        >>> buses().on("2025-05-10")
        Traceback (most recent call last):
            ...
        geo.errors.InputError: ...nothing runs on 2025-05-10; the timetable knows 2025-05-05 to 2025-05-09
        """
        from geo.transit.lines import (
            lines_of,
        )  # the compiler takes a second: who only reads a feed does not wait for it

        day = pd.to_datetime(date, errors="coerce")
        if pd.isna(day):
            raise InputError(Text(f"“{date}”不是日期，请写如 2025-05-05", f"'{date}' is no date; write 2025-05-05"))
        day = day.normalize()
        service = self.trips["service"].to_numpy()[self.run_trip]
        found = []
        for beside in (-1, 0, 1):
            at = self.days.get_indexer([day + pd.Timedelta(days=beside)])[0]
            runs = np.flatnonzero(self.active[service, at]) if at >= 0 else np.empty(0, np.int64)
            if beside == 0 and len(runs) == 0:
                known = f"{self.days[0]:%Y-%m-%d} to {self.days[-1]:%Y-%m-%d}" if len(self.days) else "-"
                raise InputError(
                    Text(
                        f"{day:%Y-%m-%d} 没有任何班次；时刻表的日期为 {known.replace(' to ', ' 至 ')}",
                        f"nothing runs on {day:%Y-%m-%d}; the timetable knows {known}",
                    )
                )
            if beside == -1:
                ends = self.arrival[self.ptr[self.run_trip[runs] + 1] - 1] + self.run_shift[runs]
                runs = runs[ends >= DAY]
            found.append((runs, np.full(len(runs), beside * DAY)))
        runs, moved = (np.concatenate(part) for part in zip(*found, strict=True))
        return lines_of(
            len(self.stops), self.trips["pattern"].to_numpy(np.int32), self.run_trip[runs],
            self.run_shift[runs] + moved, self.ptr, self.stop, self.board, self.leave, self.arrival, self.departure,
        )  # fmt: skip


def _check(
    trip_at: Rows, stop_at: Rows, order: Rows, ptr: Rows, arrival: Ints, departure: Ints, trips: pd.DataFrame
) -> None:
    """Refuse calls that cannot be run; rows are those of the frame."""
    wrong = [
        Finding("error", "没有这个班次，请更正", "no such trip; correct it", "stop_times", int(r) + 1, "trip_id")
        for r in np.flatnonzero(trip_at < 0)[:SHOWN]
    ]
    wrong += [
        Finding("error", "没有这个站点，请更正", "no such stop; correct it", "stop_times", int(r) + 1, "stop_id")
        for r in np.flatnonzero(stop_at < 0)[:SHOWN]
    ]
    inside = np.zeros(len(order), bool)
    known = np.flatnonzero(trip_at[order] >= 0)
    inside[known[1:]] = trip_at[order][known[1:]] == trip_at[order][known[:-1]]
    before = np.r_[0, departure[:-1]]
    for late, field in ((inside & (arrival < before), "arrival"), (departure < arrival, "departure")):
        wrong += [
            Finding("error", "时刻早于前一站，请更正", "earlier than the stop before; correct it", "stop_times", int(r) + 1, field)
            for r in order[late][:SHOWN]
        ]  # fmt: skip
    few = np.flatnonzero(np.diff(ptr) < 2)
    wrong += [
        Finding("error", f"班次 {trips.index[r]} 不足两站，请补全或删去", f"trip {trips.index[r]} has fewer than two stops; complete it or leave it out", "trips", int(r) + 1)
        for r in few[:SHOWN]
    ]  # fmt: skip
    if wrong:
        raise InputError(wrong)


def _apart(frame: Any, taken: pd.DataFrame) -> Any:
    """Return a frame with ids that are not taken."""
    ids = frame.index
    while ids.isin(taken.index).any():
        ids = ids.where(~ids.isin(taken.index), ids.astype(str) + "'")
    return frame.set_axis(ids, axis="index")


def _patterns(ptr: Rows, stop: Ints, board: Bools, leave: Bools) -> Ints:
    """Return the number of the pattern of each trip: the same stops in the same order, on and off alike."""
    calls = stop * 4 + board * 2 + leave
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(calls[a:b].tobytes(), len(seen)) for a, b in pairwise(ptr)], np.int32)


def _runs(trips: pd.Index, frequencies: pd.DataFrame | None, ptr: Rows, departure: Ints) -> tuple[Ints, Rows]:
    """Return the trip and shift of every run: each trip once, those with a headway as often as it tells."""
    everyone = np.arange(len(trips), dtype=np.int32)
    if frequencies is None or frequencies.empty:
        return everyone, np.zeros(len(trips), np.int64)
    trip = trips.get_indexer(frequencies["trip_id"])
    start, end, headway = (frequencies[c].to_numpy(np.int64) for c in ("start", "end", "headway"))
    wrong = [
        Finding("error", zh, en, "frequencies", int(r) + 1, field)
        for bad, zh, en, field in (
            (trip < 0, "没有这个班次，请更正", "no such trip; correct it", "trip_id"),
            (headway <= 0, "发车间隔须大于 0 秒", "the headway must be above 0 s", "headway"),
        )
        for r in np.flatnonzero(bad)[:SHOWN]
    ]
    if wrong:
        raise InputError(wrong)
    count = np.maximum(-((start - end) // headway), 0)
    if count.sum() > RUNS_MOST:
        raise InputError(
            Text(
                f"按间隔发车的班次超过 {RUNS_MOST:,} 个，请检查发车间隔",
                f"headways make more than {RUNS_MOST:,} runs; check them",
            )
        )
    row = np.repeat(np.arange(len(trip)), count)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    shift = start[row] + turn * headway[row] - departure[ptr[trip[row]]]
    alone = np.setdiff1d(everyone, trip)
    return np.r_[alone, trip[row]].astype(np.int32), np.r_[np.zeros(len(alone), np.int64), shift]


def _changes(stops: pd.Index, transfers: pd.DataFrame | None) -> tuple[Ints, Ints, Ints]:
    """Return the changes told between stops."""
    if transfers is None or transfers.empty:
        return (np.empty(0, np.int32),) * 3
    a, b = stops.get_indexer(transfers["from_stop_id"]), stops.get_indexer(transfers["to_stop_id"])
    wrong = [
        Finding("error", "没有这个站点，请更正", "no such stop; correct it", "transfers", int(r) + 1)
        for r in np.flatnonzero((a < 0) | (b < 0))[:SHOWN]
    ]
    if wrong:
        raise InputError(wrong)
    return a.astype(np.int32), b.astype(np.int32), transfers["seconds"].to_numpy(np.int32)
