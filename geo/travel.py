"""How one goes somewhere: by which mode, when, and how long that takes between the places of a question.

Compliance with a standard stays a matter of metres on foot (``Case.nearest``); here are minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo import walking
from geo.case import Case
from geo.errors import Finding, InputError
from geo.laws import limit_of
from geo.modes import PRESETS, Mode, Preset, preset
from geo.network import Network
from geo.text import Text
from geo.transit import Timetable
from geo.transit.window import LONGEST_MIN, clock

__all__ = ["BAND", "MODES", "MORNING", "Going", "Journey", "going", "offered"]

MODES = {
    "walk": Text("步行", "on foot"),
    "transit": Text("公交", "public transport"),
    **{key: Text(how.zh, how.en) for key, how in PRESETS.items()},
}
"""How one may go: the key of the mode, and what it is called."""
BAND = (5.0, 95.0)
"""Percentiles between which nine tenths of the minutes of a window lie."""
RIDDEN_M = 80.0
"""How far from a reached street the ground counts as reached by a ride [m]; the blocks of a whole city are not told one by one."""
BEFORE = 3600
"""Who arrives in a window boarded within so long before it [s]."""
MORNING = "07:30"
"""When one leaves, where nobody says."""


@dataclass(frozen=True)
class Journey:
    """How and when one goes.

    Parameters
    ----------
    mode
        A key of ``MODES``.
    at
        When the window begins: ``2025-10-14T07:30``, or ``07:30`` on a usual day of the timetable; the morning of such
        a day where empty.
    arrive
        The window is that of arrivals: one has to be there by then.
    window
        Minutes of the window: 60 from 07:30 on are 07:30, 07:31 … 08:29.
    percentile
        Which of the travel times over the window is the answer: 50, the middle one, where not given.
    rides
        Vehicles one may ride in, one after another.
    walk
        Longest walk [m] to a stop, between stops, from a stop.
    speed
        Walking speed: a key of ``geo.walking.SPEEDS``, or km/h.
    step_free
        Neither steps of the streets nor, where the timetable tells of the ways inside stations, stairs and escalators are used.

    Raises
    ------
    InputError
        If the time is none.

    Examples
    --------
    >>> Journey(at="2025-10-14T07:30").day, Journey(at="2025-10-14T07:30").clock, Journey().day
    ('2025-10-14', '07:30', '')
    >>> Journey(at="tomorrow")
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...write the time as 2025-10-14T07:30 or 07:30, not 'tomorrow'
    """

    mode: str = "transit"
    at: str = ""
    arrive: bool = False
    window: int = 60
    percentile: float = 50.0
    rides: int = 4
    walk: float = 1000.0
    speed: str | float = "adult"
    step_free: bool = False

    def __post_init__(self) -> None:
        """Refuse a time that is none."""
        if self.at and _moment(self.at) is None:
            zh = f"时刻请写如 2025-10-14T07:30 或 07:30，现为 {self.at!r}"
            en = f"write the time as 2025-10-14T07:30 or 07:30, not {self.at!r}"
            raise InputError([Finding("error", zh, en, field="arrive" if self.arrive else "departure")])
        limit_of(self.walk, name="walk")

    @property
    def day(self) -> str:
        """The day, empty where none is said."""
        found = _moment(self.at)
        return (found.group("day") or "") if found else ""

    @property
    def clock(self) -> str:
        """The time of day at which the window begins."""
        found = _moment(self.at)
        return found.group("clock") if found else MORNING


def _moment(text: str) -> re.Match[str] | None:
    return re.fullmatch(r"(?:(?P<day>\d{4}-\d{2}-\d{2})[T ])?(?P<clock>\d{1,2}:[0-5]\d(?::[0-5]\d)?)", text.strip())


def offered(case: Case) -> dict[str, Text | None]:
    """Return every mode, and why the place cannot answer it; None where it can.

    Examples
    --------
    >>> from geo.examples import town
    >>> [mode for mode, why in offered(town()).items() if why is None]
    ['walk']
    """
    return {mode: _lacking(case, mode) for mode in MODES}


def _lacking(case: Case, mode: str) -> Text | None:
    if mode == "transit" and case.workspace.timetable is None:
        return Text(
            "没有时刻表：请导入 GTFS（图层 timetable），或把 名称.gtfs.zip 放入工作区",
            "there is no timetable: import GTFS (layer timetable), or put NAME.gtfs.zip into the workspace",
        )
    place = case.workspace
    if mode in PRESETS and "class" not in (place.ways if len(place.ways) else place.streets):
        return Text(
            "道路没有等级（class）：请用 zoneplan build 从 OpenStreetMap 重建工作区，或补上 class 列",
            "the ways have no class: build the workspace anew from OpenStreetMap (zoneplan build), or add the column class",
        )
    return None


def going(case: Case, journey: Journey) -> Going:
    """Return how long ways take in a case by a journey; kept by the streets and the timetable.

    Raises
    ------
    InputError
        If there is no such mode, the place has no data for it, or nothing runs on the day.

    Examples
    --------
    A bus leaves by the school at 7:00, 7:20 and 7:40; home c is ten minutes and a walk of 100 m on.

    >>> import dataclasses
    >>> from geo.examples import buses, town
    >>> case = town()
    >>> case = case.under(dataclasses.replace(case.workspace, timetable=buses()))
    >>> ride = going(case, Journey(at="2025-05-05T07:00", window=1, speed=3.6))
    >>> ride.minutes(case.doors, case.homes, limit=30).round(2).loc["S"].to_dict()
    {'a': 1.67, 'b': 8.33, 'c': 11.67}
    >>> going(case, Journey("walk", speed=3.6)).minutes(case.doors, case.homes, limit=30).round(2).loc["S", "c"]
    np.float64(13.33)
    """
    if journey.mode not in MODES:
        raise InputError(
            Text(
                f"没有出行方式“{journey.mode}”，可选：{'、'.join(MODES)}",
                f"there is no mode '{journey.mode}': choose {', '.join(MODES)}",
            )
        )
    why = _lacking(case, journey.mode)
    if why is not None:
        raise InputError(why)
    return Going(case, journey)


@dataclass(frozen=True, eq=False)
class Going:
    """How long ways take in a case by a journey; made by :func:`going`.

    Examples
    --------
    >>> from geo.examples import town
    >>> way = going(town(), Journey("walk"))
    >>> way.percentiles, way.words.en
    ((50.0,), 'on foot (adult, 1.2 m/s)')
    >>> way.to_supply(15).round(2)["S"].to_dict()
    {'a': 1.39, 'b': 6.94, 'c': 11.11}
    >>> way.reach(town().doors, town().homes, limit=10)[50].round(2).tolist()
    [1.39, 6.94, inf]
    >>> way.areas(town().doors, (5, 10))["minutes"].tolist()
    [5.0, 10.0]
    """

    case: Case
    journey: Journey

    @property
    def rides(self) -> bool:
        """Whether the minutes differ over the window: a timetable is ridden by."""
        return self.journey.mode == "transit"

    @property
    def mode(self) -> Mode | None:
        """The ways of a mode with its own speeds; None on foot and where one rides."""
        return self.case.travel(self.journey.mode) if self.journey.mode in PRESETS else None

    @property
    def homes(self) -> Any:
        """The cells, as this way starts from them: brought to the ways of the mode once."""
        mode, cells, network = self.mode, self.case.workspace.cells, self._network
        if mode is None and network is self.case.workspace.network:
            return self.case.homes
        if mode is None:
            return self.case.keep("homes without steps", network, cells, make=lambda: network.place(cells))
        return self.case.keep(("homes by", self.journey.mode), mode, cells, make=lambda: mode.place(cells))

    @property
    def doors(self) -> Any:
        """Where the facilities of the service are entered, brought to the streets once where one rides."""
        doors, network = self.case.doors, self._network
        return (
            self.case.keep("doors to ride to", network, doors, make=lambda: network.place(doors))
            if self.rides
            else doors
        )

    @property
    def percentiles(self) -> tuple[float, ...]:
        """The percentiles that can be told: the band and the one asked for, or one where all minutes are alike."""
        return tuple(sorted({*BAND, float(self.journey.percentile)})) if self.rides else (50.0,)

    @property
    def percentile(self) -> float:
        """The percentile that is the answer."""
        return float(self.journey.percentile) if self.rides else 50.0

    @cached_property
    def day(self) -> str:
        """The day on which one rides."""
        timetable = self.case.workspace.timetable
        return self.journey.day or ("" if timetable is None else f"{timetable.usual_day():%Y-%m-%d}")

    @property
    def words(self) -> Text:
        """How one goes, as it stands beside the minutes."""
        told, name, pace = self.journey, MODES[self.journey.mode], walking.speed(self.journey.speed).words
        if self._preset is not None:
            how = self._preset.words()
            if self._delay == 1:
                return how
            zh = f"{how.zh}；{told.clock} 的拥堵系数 {self._delay:g}，假定"
            return Text(zh, f"{how.en}; at {told.clock} {self._delay:g} times as long, assumed")
        if not self.rides:
            return Text(f"{name.zh}（{pace.zh}）", f"{name.en} ({pace.en})")
        zh = f"{self.day} {told.clock} 起 {told.window} 分钟内{'到达' if told.arrive else '出发'}，第 {self.percentile:g} 百分位"
        en = f"{'arriving' if told.arrive else 'leaving'} within {told.window} min from {self.day} {told.clock} on, percentile {self.percentile:g}"
        walk = f"{told.walk:g}"
        free = Text("，不走台阶、楼梯和扶梯", ", no steps, stairs nor escalators") if told.step_free else Text("", "")
        return Text(
            f"{name.zh}（{zh}，最多乘 {told.rides} 次，每段步行不超过 {walk} 米，{pace.zh}{free.zh}）",
            f"{name.en} ({en}, at most {told.rides} rides, each walk up to {walk} m, {pace.en}{free.en})",
        )

    @property
    def behind(self) -> tuple[pd.DataFrame, ...]:
        """The frames behind the minutes, with their basis and sources."""
        place = self.case.workspace
        if self._preset is not None:
            return (place.ways if len(place.ways) else place.streets,)
        return (place.streets, place.feeds) if self.rides else (place.streets,)

    @property
    def basis(self) -> str:
        """The basis of the speeds."""
        if self._preset is not None:
            return self._preset.basis if self._delay == 1 else "assumed"
        return walking.speed(self.journey.speed).basis

    @property
    def parameters(self) -> dict[str, Any]:
        """What the minutes rest on, for whoever keeps them."""
        told = self.journey
        if self._preset is not None:
            return {"mode": told.mode, "arrive" if told.arrive else "departure": told.clock, "congestion": self._delay}
        pace = {"mode": told.mode, "speed_km_h": walking.speed(told.speed).km_h}
        if not self.rides:
            return pace
        files = list(self.case.workspace.feeds.get("file", ()))
        return {
            **pace, "arrive" if told.arrive else "departure": f"{self.day}T{told.clock}", "window_min": told.window,
            "percentile": self.percentile, "rides": told.rides, "walk_m": told.walk, "timetable": "; ".join(files),
            **({"step_free": True} if told.step_free else {}),
        }  # fmt: skip

    @cached_property
    def notes(self) -> tuple[Text, ...]:
        """What has to be said: a day that was chosen for the planner, and since when the timetable holds."""
        place, mode = self.case.workspace, self.mode
        if mode is not None:
            return (*mode.notes, mode.preset.source)
        if not self.rides or place.timetable is None:
            return ()
        days = place.timetable.days
        zh, en = f"{days[0]:%Y-%m-%d} 至 {days[-1]:%Y-%m-%d}", f"{days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}"
        said = [Text(f"时刻表有效期 {zh}", f"the timetable holds from {en}")]
        if "basis" in place.feeds and place.feeds["basis"].eq("assumed").any():
            said.append(Text("时刻表含假定部分，不是公布的班次", "part of the timetable is assumed, not published"))
        said += self._nothing_runs(place.timetable)
        if self.journey.step_free and place.timetable.stations is None:
            zh, en = (
                "时刻表没有站内通道（pathways），不知道哪些车站有楼梯",
                "the timetable tells of no ways inside stations (pathways): nobody knows where there are stairs",
            )
            said.append(Text(zh, en))
        if not self.journey.day:
            said.append(
                Text(f"未指定日期，取平常工作日 {self.day}", f"no day was given: {self.day}, a usual working day")
            )
        return tuple(said)

    def _nothing_runs(self, timetable: Timetable) -> list[Text]:
        """Return the words for a window in which nobody can board: what is answered then is a walk, however it looks."""
        told = self.journey
        first = clock(told.clock) - told.arrive * BEFORE
        minutes = min(told.window + told.arrive * BEFORE // 60, LONGEST_MIN)
        if first < 0 or timetable.departures(self.day, first, minutes).any():
            return []
        hours = timetable.hours(self.day)
        when = " – ".join(f"{s // 3600:02d}:{s % 3600 // 60:02d}" for s in hours) if hours else "—"
        return [
            Text(
                f"所选时段没有一班车可乘，结果就是步行；时刻表当天的班次在 {when}",
                f"no vehicle can be boarded in this window: what is told is a walk; the timetable of the day runs {when}",
            )
        ]

    def bands(self, origins: Any, destinations: Any, *, limit: float) -> dict[float, pd.DataFrame]:
        """Return minutes between places by percentile, origins × destinations, ``inf`` beyond ``limit`` [min]."""
        return self._bands(origins, destinations, self.percentiles, limit)

    def minutes(self, origins: Any, destinations: Any, *, limit: float) -> pd.DataFrame:
        """Return the minutes that are the answer, origins × destinations, ``inf`` beyond ``limit`` [min]."""
        return self._bands(origins, destinations, (self.percentile,), limit)[self.percentile]

    def to_supply(self, limit: float) -> pd.DataFrame:
        """Return the minutes from every cell to every facility of the service, ``inf`` beyond ``limit`` [min]."""
        case, place = self.case, self.case.workspace

        def make() -> pd.DataFrame:
            found = self.minutes(self.homes, case.doors, limit=limit)
            if case.doors is case.supply:
                return found
            return found.T.groupby(case.doors["facility"].to_numpy()).min().T.reindex(columns=case.supply.index)

        on = (place.network, place.ways, place.parameters, place.timetable, place.cells, case.doors)
        return case.keep(("minutes to supply", self.journey, limit), *on, make=make)

    def reach(self, place: Any, others: Any, *, limit: float) -> pd.DataFrame:
        """Return the minutes between one place and others, others × percentiles: to them, or from them to arrive in time."""
        if self.journey.arrive:
            return pd.DataFrame({p: t.iloc[:, 0] for p, t in self.bands(others, place, limit=limit).items()})
        return pd.DataFrame({p: t.iloc[0] for p, t in self.bands(place, others, limit=limit).items()})

    def areas(self, place: Any, limits: Iterable[float]) -> gpd.GeoDataFrame:
        """Return the ground reached within each limit [min]: ``percentile``, ``minutes`` and ``geometry``."""
        wanted = sorted({limit_of(x) for x in limits})
        if self.rides:
            found = self._transit.isochrones(place, wanted, percentiles=self.percentiles, width=RIDDEN_M, **self._how)
            return found.rename(columns={"limit": "minutes"})
        if (mode := self.mode) is not None:
            found = mode.isochrone(place, wanted, start=self.journey.clock, arrive_by=self.journey.arrive)
            return found.rename(columns={"limit": "minutes"}).assign(percentile=self.percentile)
        pace = walking.speed(self.journey.speed).m_per_min
        found = self.case.workspace.network.isochrone(place, [m * pace for m in wanted])
        table = {"percentile": self.percentile, "minutes": wanted}
        return gpd.GeoDataFrame(table, geometry=found.geometry.to_numpy(), crs=found.crs)

    @property
    def _preset(self) -> Preset | None:
        mode = self.journey.mode
        return preset(mode, self.case.workspace.parameters) if mode in PRESETS else None

    @property
    def _delay(self) -> float:
        """How many times the moving takes as long at that hour."""
        return 1.0 if self._preset is None else self._preset.delay(self.journey.clock)

    @property
    def _network(self) -> Network:
        """The streets on which one walks."""
        return self.case.stepless if self.rides and self.journey.step_free else self.case.workspace.network

    @property
    def _transit(self) -> Any:
        return self.case.transit(
            self.day, walk=self.journey.walk, speed=self.journey.speed, step_free=self.journey.step_free
        )

    @property
    def _how(self) -> dict[str, Any]:
        told = self.journey
        return {"start": told.clock, "minutes": told.window, "rides": told.rides, "arrive_by": told.arrive}

    def _bands(
        self, origins: Any, destinations: Any, percentiles: tuple[float, ...], limit: float
    ) -> dict[float, pd.DataFrame]:
        longest = limit_of(limit)
        if self.rides:
            how = {**self._how, "limit": longest, "percentiles": percentiles}
            found = self._transit.travel_times(origins, destinations, **how)
            return {p: found.table(p) for p in percentiles}
        if (mode := self.mode) is not None:
            return {self.percentile: mode.travel_times(origins, destinations, start=self.journey.clock, limit=longest)}
        pace = walking.speed(self.journey.speed).m_per_min
        metres = self.case.workspace.network.distances(origins, destinations, limit=longest * pace)
        return {self.percentile: metres.where(metres <= longest * pace, np.inf) / pace}
