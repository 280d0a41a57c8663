"""Travel times by public transport and on foot: range RAPTOR between the streets and a timetable.

A journey is a walk, a ride, a walk, a ride … and a walk: from the door to a stop, between stops, from a stop to the
door, each on the streets of the walking network and none longer than the walk limit; or the whole way on foot. All
journeys with at most so many rides are looked at, in rounds (RAPTOR: Delling, Pajor & Werneck 2015, *Transportation
Science* 49, 591-604, first in ALENEX 2012), for every minute of a window from the last to the first (its range
form, rRAPTOR; used so by Conway, Byrd & van der Linden 2017, *Transportation Research Record* 2653, 45-53, for percentiles
over a window). Travel time runs from the minute one is ready to leave and holds the wait at the first stop.

When one has to arrive at a time, the same search runs in a mirror of time from the goal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo import walking
from geo.kept import Kept
from geo.laws import limit_of
from geo.network import Network, Pairs
from geo.network.graph import slices
from geo.network.isochrone import around
from geo.network.links import NM
from geo.network.places import Places
from geo.transit import kernels
from geo.transit.legs import Legs, changes, least, legs_of, through, transposed
from geo.transit.lines import Lines, mirrored
from geo.transit.timetable import Timetable
from geo.transit.window import PERCENTILES, Window, ranks, window

__all__ = ["Transit", "TravelTimes"]

MINUTE = 60_000.0


KEPT, KEPT_BYTES = 8, 256 * 2**20
"""Walks and searches that are kept, at most."""


class Asked(NamedTuple):
    """What the kernels are asked: the day, walks into it and out of it and past it by root, times and limits."""

    lines: Lines
    walks: Legs
    access: Legs
    egress: Legs
    foot: Legs
    times: NDArray[np.int32]
    limit: int
    rides: int


@dataclass(frozen=True, eq=False)
class TravelTimes:
    """Travel times between places, by percentile of the window; see :meth:`Transit.travel_times`.

    Examples
    --------
    >>> from geo.examples import buses, homes, network, school
    >>> times = Transit(network(), buses(), "2025-05-05", speed=3.6).travel_times(homes(), school(), start="07:00", minutes=20)
    >>> times.percentiles, times.ms.shape
    ((5, 25, 50, 75, 95), (5, 3, 1))
    """

    percentiles: tuple[float, ...]
    origins: pd.Index
    destinations: pd.Index
    ms: NDArray[np.int32]
    """Milliseconds, shape (percentiles, origins, destinations); ``geo.transit.kernels.FAR`` where there is no way."""

    def table(self, percentile: float = 50) -> pd.DataFrame:
        """Return one percentile as a table [min], origins × destinations, ``inf`` where there is no way in time.

        Examples
        --------
        >>> from geo.examples import buses, homes, network, school
        >>> transit = Transit(network(), buses(), "2025-05-05", speed=3.6)
        >>> times = transit.travel_times(school(), homes(), start="07:00", minutes=20)
        >>> times.table(5).round(2).to_numpy().tolist(), times.table(50).round(2).to_numpy().tolist()
        ([[1.67, 8.33, 11.67]], [[1.67, 8.33, 13.33]])
        """
        return pd.DataFrame(_minutes(self.ms[self.percentiles.index(percentile)]), self.origins, self.destinations)


class Transit:
    """A timetable of one day joined to the streets.

    Parameters
    ----------
    network
        Streets to walk on.
    timetable
        Its stops in the network's reference system (:meth:`Timetable.to_crs`).
    date
        The day.
    walk
        Longest walk [m]: to a stop, between stops, from a stop, and the whole way.
    speed
        Walking speed: a key of ``geo.walking.SPEEDS``, or km/h.
    step_free
        Inside stations neither stairs nor escalators are used; streets are walked all the same.

    Raises
    ------
    CrsError
        The stops have another reference system than the network.
    InputError
        Nothing runs on the day, or a limit or speed is none.

    Examples
    --------
    >>> from geo.examples import buses, network
    >>> Transit(network(), buses(), "2025-05-09")
    Transit(2 stops, 1 lines with 3 runs around the day, walks up to 1000 m at 4.32 km/h)
    """

    def __init__(
        self, network: Network, timetable: Timetable, date: Any, *,
        walk: float = 1000.0, speed: str | float = "adult", step_free: bool = False,
    ) -> None:  # fmt: skip
        self.network, self.timetable = network, timetable
        self.walk, self.speed = limit_of(walk, name="walk"), walking.speed(speed)
        doors, self._inside = timetable.stops.geometry, None
        if (told := timetable.stations) is not None:
            self._inside = told.walked(len(timetable.stops), self.speed.km_h, step_free=step_free)
            doors = pd.concat([doors[self._inside.open], told.entrances])
        self._doors = network.place(doors)
        self._kept = Kept(KEPT, KEPT_BYTES)
        self._join(timetable.on(date))

    def _join(self, lines: Lines) -> None:
        """Lay the changes between stops for the day's lines, in both directions of time."""
        told = self.timetable
        apart = self._from_stops(self._into(self._doors))
        walks = changes(apart, told.change_from, told.change_to, told.change_seconds)
        self._forward = (lines, walks)
        self._backward = (mirrored(lines), transposed(walks, len(told.stops)))

    def __repr__(self) -> str:
        """Return sizes and how one walks."""
        lines = self._forward[0]
        return (
            f"Transit({len(self.timetable.stops)} stops, {len(lines.runs)} lines with {int(lines.runs.sum())} runs around the "
            f"day, walks up to {self.walk:g} m at {self.speed.km_h:g} km/h)"
        )

    def travel_times(
        self,
        origins: Any,
        destinations: Any,
        *,
        start: Any = "07:00",
        minutes: int = 60,
        rides: int = 4,
        limit: float = 120.0,
        percentiles: Iterable[float] = PERCENTILES,
        arrive_by: bool = False,
    ) -> TravelTimes:
        """Return travel times between all origins and destinations, by percentile over the window.

        Parameters
        ----------
        origins, destinations
            Points in the network's CRS, snapped points, places, or node labels.
        start, minutes
            The window: every minute from ``start`` on.
        rides
            Vehicles one may ride in, one after another.
        limit
            Longest travel time [min].
        percentiles
            Which of the travel times over the window, in per cent, by nearest rank.
        arrive_by
            The window is that of arrivals: the travel time runs from the latest departure that is in time.

        Examples
        --------
        A bus leaves node 1 at 7:00, 7:20 and 7:40 and is at node 3 ten minutes later. On foot it takes 700 s.

        >>> from geo.examples import buses, network
        >>> transit = Transit(network(), buses(), "2025-05-05", speed=3.6)
        >>> transit.travel_times([1], [3], start="07:00", minutes=1).table().to_numpy().tolist()
        [[10.0]]
        >>> transit.travel_times([1], [3], start="07:00", minutes=1, rides=0).table().round(2).to_numpy().tolist()
        [[11.67]]
        >>> transit.travel_times([1], [3], start="07:32", minutes=1, arrive_by=True).table().round(2).to_numpy().tolist()
        [[11.67]]
        """
        s, t = self.network.place(origins), self.network.place(destinations)
        wanted = window(start, minutes, rides, limit)
        told = tuple(percentiles)
        rank = ranks(told, minutes)
        roots, items = (t, s) if arrive_by else (s, t)
        asked = self._asked(s, t, wanted, arrive_by)
        out = np.full((len(told), len(roots), len(items)), kernels.FAR, np.int32)
        if len(roots) == 1:
            times = self._one(asked)
            slices(len(items), lambda a, b: kernels.row(*times, rank, a, b, out), least=1024)
        else:
            slices(len(roots), lambda a, b: kernels.matrix_rows(*asked, rank, a, b, out), least=2)
        return TravelTimes(told, s.index, t.index, np.swapaxes(out, 1, 2) if arrive_by else out)

    def by_minute(
        self,
        origin: Any,
        destinations: Any,
        *,
        start: Any = "07:00",
        minutes: int = 60,
        rides: int = 4,
        limit: float = 120.0,
        arrive_by: bool = False,
    ) -> pd.DataFrame:
        """Return the travel time [min] of each minute of the window, destinations × minutes [s after midnight].

        Parameters as :meth:`travel_times`; ``origin`` is one place. With ``arrive_by``, ``origin`` is where one has to
        arrive and ``destinations`` are where one may come from.

        Examples
        --------
        >>> from geo.examples import buses, network
        >>> transit = Transit(network(), buses(), "2025-05-05", speed=3.6, walk=600)
        >>> transit.by_minute([1], [3], start="07:19", minutes=3, limit=30)
           26340  26400  26460
        3   11.0   10.0   29.0
        """
        here, there = self.network.place(origin), self.network.place(destinations)
        wanted = window(start, minutes, rides, limit)
        s, t = (there, here) if arrive_by else (here, there)
        out = np.empty((len(there), minutes), np.int32)
        kernels.profile(*self._one(self._asked(s, t, wanted, arrive_by)), out)
        if arrive_by:
            out = out[:, ::-1]
        return pd.DataFrame(_minutes(out), there.index, wanted.times // 1000)

    def node_times(self, origin: Any, **how: Any) -> pd.DataFrame:
        """Return travel times [min] from one place to every node of the streets, nodes × percentiles.

        Further parameters as :meth:`travel_times`; with ``arrive_by``, from every node to the place.

        Examples
        --------
        >>> from geo.examples import buses, network
        >>> transit = Transit(network(), buses(), "2025-05-05", speed=3.6)
        >>> transit.node_times([1], start="07:00", minutes=1)[50].sort_index().round(2).tolist()
        [0.0, 6.67, 10.0, 16.67]
        """
        nodes = self.network.nodes
        if how.get("arrive_by"):
            times = self.travel_times(nodes, origin, **how)
            ms = times.ms[:, :, 0]
        else:
            times = self.travel_times(origin, nodes, **how)
            ms = times.ms[:, 0]
        return pd.DataFrame(_minutes(ms).T, nodes, pd.Index(times.percentiles))

    def isochrone(
        self,
        origin: Any,
        limits: Iterable[float] = (15, 30, 45),
        *,
        percentile: float = 50,
        width: float = 30.0,
        **how: Any,
    ) -> gpd.GeoDataFrame:
        """Return the ground along the streets reached within each limit [min], drawn like that of a walk.

        From every node that is reached in time one walks on along its streets for the rest of the time: between two
        nodes this takes the percentile of the nodes for that of the places between. ``width`` [m] as in
        :meth:`geo.network.Network.isochrone`, further parameters as :meth:`travel_times`.

        Returns
        -------
        areas
            One row per limit: ``limit`` [min] and ``geometry``; each area lies inside the next.

        Examples
        --------
        >>> from geo.examples import at, buses, network, school
        >>> transit = Transit(network(), buses(), "2025-05-05", speed=3.6)
        >>> areas = transit.isochrone(school(), [5, 12], start="07:00", minutes=1)
        >>> areas["limit"].tolist(), areas.intersects(at(300, 300)).tolist()  # off the bus at 7:10, 100 m on by 7:12
        ([5.0, 12.0], [False, True])
        """
        return self.isochrones(origin, limits, percentiles=(percentile,), width=width, **how).drop(columns="percentile")

    def isochrones(
        self,
        origin: Any,
        limits: Iterable[float] = (15, 30, 45),
        *,
        percentiles: Iterable[float] = (5, 50, 95),
        width: float = 30.0,
        **how: Any,
    ) -> gpd.GeoDataFrame:
        """Return the areas of :meth:`isochrone` for several percentiles of one search.

        Returns
        -------
        areas
            One row per percentile and limit: ``percentile``, ``limit`` [min] and ``geometry``.

        Examples
        --------
        >>> from geo.examples import at, buses, network, school
        >>> transit = Transit(network(), buses(), "2025-05-05", speed=3.6)
        >>> areas = transit.isochrones(school(), [12], percentiles=[5, 50], start="07:00", minutes=20)
        >>> areas["percentile"].tolist(), areas.intersects(at(300, 300)).tolist()  # who need not wait is there by bus
        ([5, 50], [True, False])
        """
        wanted = sorted({limit_of(x) for x in limits})
        told = tuple(percentiles)
        how["limit"] = max(wanted, default=0.0)
        times = self.node_times(origin, percentiles=told, **how)
        metres, place = self.speed.m_per_min, self.network.place(origin)
        rooms = [x * metres for x in wanted]
        shapes = [
            shape
            for p in told
            for shape in around(self.network.graph, times[p].to_numpy() * metres * NM, place, rooms, width)
        ]
        rows = {"percentile": np.repeat(told, len(wanted)), "limit": wanted * len(told)}
        return gpd.GeoDataFrame(rows, geometry=shapes, crs=self.network.crs)

    def _legs(self, s: Any, t: Any) -> Legs:
        return legs_of(self._pairs(s, t), self.speed.km_h)

    def _into(self, s: Any) -> Legs:
        """Return the walks from places to stops: along the streets to a door, and on inside."""
        legs = self._legs(s, self._doors)
        return legs if self._inside is None else through(legs, self._inside.into, len(self.timetable.stops))

    def _out(self, t: Places) -> Legs:
        """Return the walks from stops to places."""
        legs = self._legs(self._doors, t)
        return legs if self._inside is None else through(self._inside.out, legs, len(t))

    def _from_stops(self, legs: Legs) -> Legs:
        """Return the walks from stop to stop, of those from doors to stops: over the street or inside, whichever is quicker."""
        if self._inside is None:
            return legs
        stops = len(self.timetable.stops)
        return least(through(self._inside.out, legs, stops), self._inside.between, stops)

    def _pairs(self, s: Any, t: Any) -> Pairs:
        return self.network.pairs(s, t, limit=self.walk)

    def _asked(self, s: Places, t: Places, wanted: Window, arrive_by: bool) -> Asked:
        """Return what the kernels are asked."""
        into, out, past = self._known(s, "into"), self._known(t, "out"), self._legs(s, t)
        times = wanted.times
        if not arrive_by:
            return Asked(*self._forward, into, out, past, times, wanted.limit, wanted.rides)
        times = np.ascontiguousarray(-times[::-1])
        return Asked(*self._backward, out, into, transposed(past, len(t)), times, wanted.limit, wanted.rides)

    def _known(self, places: Places, way: str) -> Legs:
        """Return the walks to stops, or from stops by place; of places that are asked for again and again worked out once."""

        def make() -> Legs:
            return self._into(places) if way == "into" else transposed(self._out(places), len(places))

        return make() if len(places) == 1 else self._kept(way, places, make=make)

    def _one(self, asked: Asked) -> tuple[Any, ...]:
        """Return what ``kernels.row`` and ``kernels.profile`` are asked of the only root.

        Where one gets from a place is asked of homes, of facilities and of streets: the vehicles ridden are the same.
        """
        lines, walks, access, egress, foot, times, limit, rides = asked
        same = (access.item.tobytes(), access.ms.tobytes(), times.tobytes(), limit, rides)
        arrive = self._kept(same, lines, make=lambda: kernels.arrivals(lines, walks, access, times, limit, rides))
        return arrive, egress, foot, times, limit


def _minutes(ms: NDArray[np.int32]) -> NDArray[np.float64]:
    return np.where(ms < kernels.FAR, ms / MINUTE, np.inf)
