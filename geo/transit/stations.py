"""Ways inside stations: from the entrances on the street to the platforms, between platforms, and out again."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from geo.transit.legs import Legs

__all__ = ["Inside", "Stations", "joined"]

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Inside:
    """How long the ways inside stations take, at a pace; made by :meth:`Stations.walked`.

    ``doors`` are the stops that open on the street, and after them all entrances.

    Examples
    --------
    >>> from geo.examples import station
    >>> inside = station().walked(3, 3.6)  # 1 m a second: 20 m down to p, on by 60 s of stairs to q; r is on the street
    >>> inside.open.tolist(), inside.into.item.tolist(), inside.into.ms.tolist()
    ([False, False, True], [2, 0, 1], [0, 20000, 80000])
    """

    open: NDArray[np.bool_]
    """Whether each stop opens on the street itself: no entrance leads to it."""
    into: Legs
    """Doors × stops."""
    out: Legs
    """Stops × doors."""
    between: Legs
    """Stops × stops."""


@dataclass(frozen=True, eq=False)
class Stations:
    """The ways inside stations (pathways.txt of GTFS), each laid in the directions in which it may be gone.

    Examples
    --------
    >>> from geo.examples import station
    >>> station().entrances.index.tolist(), station().metres.tolist()
    (['door'], [20.0, 0.0, 20.0, 0.0])
    """

    entrances: gpd.GeoSeries
    stop: Ints
    """Which stop each place inside is, -1 where it is none."""
    entrance: Ints
    """Which entrance each place inside is, -1 where it is none."""
    source: Ints
    target: Ints
    seconds: Floats
    """How long the way takes [s]; NaN where its length and one's pace tell."""
    metres: Floats
    steps: NDArray[np.bool_]
    """Whether the way is one by stairs or escalator."""

    @classmethod
    def from_frames(cls, stops: pd.Index, entrances: gpd.GeoSeries, ways: pd.DataFrame) -> Stations:
        """Return the ways of a table.

        Parameters
        ----------
        stops
            Ids of the stops at which vehicles call.
        entrances
            Points, indexed by id.
        ways
            ``from_stop_id``, ``to_stop_id`` (stops, entrances, and any other places inside), ``both`` (whether it may be
            gone in both directions), ``seconds`` [s] (NaN: by ``metres`` and pace), ``metres`` [m], ``steps``.

        Examples
        --------
        >>> from geo.examples import at, CRS
        >>> door = gpd.GeoSeries([at(0, 0)], index=["door"], crs=CRS)
        >>> way = {"from_stop_id": ["door"], "to_stop_id": ["p"], "both": [False], "seconds": [30.0], "metres": [0.0], "steps": [True]}
        >>> there = Stations.from_frames(pd.Index(["p"]), door, pd.DataFrame(way)).walked(1, 3.6)
        >>> there.into.ms.tolist(), there.out.ms.tolist()  # in by the turnstile, and no way back
        ([30000], [])
        """
        names = pd.Index(pd.unique(pd.concat([ways["from_stop_id"], ways["to_stop_id"]])))
        a, b = (names.get_indexer(ways[c]).astype(np.int32) for c in ("from_stop_id", "to_stop_id"))
        back = ways["both"].to_numpy(bool)
        seconds, metres, steps = (ways[c].to_numpy(t) for c, t in (("seconds", float), ("metres", float), ("steps", bool)))  # fmt: skip
        return cls(
            entrances, stops.get_indexer(names).astype(np.int32), entrances.index.get_indexer(names).astype(np.int32),
            np.r_[a, b[back]], np.r_[b, a[back]], np.r_[seconds, seconds[back]], np.r_[metres, metres[back]], np.r_[steps, steps[back]],
        )  # fmt: skip

    def to_crs(self, crs: Any) -> Stations:
        """Return the same with the entrances in another reference system.

        Examples
        --------
        >>> from geo.examples import station
        >>> station().to_crs("EPSG:4326").entrances.crs.to_epsg()
        4326
        """
        return replace(self, entrances=self.entrances.to_crs(crs))

    def after(self, stops: int, crs: Any) -> Stations:
        """Return the same for a timetable in which ``stops`` others come first.

        Examples
        --------
        >>> from geo.examples import CRS, station
        >>> station().after(2, CRS).walked(5, 3.6).open.tolist()
        [True, True, False, False, True]
        """
        moved = np.where(self.stop < 0, -1, self.stop + stops).astype(np.int32)
        return replace(self, entrances=self.entrances.to_crs(crs), stop=moved)

    def walked(self, stops: int, km_h: float, *, step_free: bool = False) -> Inside:
        """Return how long the ways between doors and stops take, the quickest each, in whole milliseconds.

        A stop to which an entrance leads, or from which one comes out, is reached through its entrances alone.

        Parameters
        ----------
        stops
            How many stops the timetable has.
        km_h
            Walking speed [km/h], where a way tells its length and no time.
        step_free
            Neither stairs nor escalators; a stop to which nothing else leads is then out of reach.

        Examples
        --------
        >>> from geo.examples import station
        >>> station().walked(3, 3.6, step_free=True).into.item.tolist()  # p, by the ramp
        [2, 0]
        """
        whole = self._quickest(self._ms(km_h))
        gated = {v for u, v in whole if self.entrance[u] >= 0} | {u for u, v in whole if self.entrance[v] >= 0}
        opened = np.ones(stops, bool)
        opened[[s for s in self.stop[sorted(gated)] if s >= 0]] = False
        found = self._quickest(self._ms(km_h, ~self.steps)) if step_free else whole
        first = int(opened.sum())
        on_street = [(i, int(s), 0) for i, s in enumerate(np.flatnonzero(opened))]
        ins = [(first + self.entrance[u], self.stop[v], t) for (u, v), t in found.items() if self.entrance[u] >= 0 and self.stop[v] >= 0]  # fmt: skip
        outs = [(self.stop[u], first + self.entrance[v], t) for (u, v), t in found.items() if self.stop[u] >= 0 and self.entrance[v] >= 0]  # fmt: skip
        across = [(self.stop[u], self.stop[v], t) for (u, v), t in found.items() if self.stop[u] >= 0 and self.stop[v] >= 0]  # fmt: skip
        doors = first + len(self.entrances)
        return Inside(
            opened,
            _legs([*on_street, *ins], doors),
            _legs([*((s, i, 0) for i, s, _ in on_street), *outs], stops),
            _legs(across, stops),
        )

    def _ms(self, km_h: float, used: NDArray[np.bool_] | None = None) -> dict[int, list[tuple[int, int]]]:
        """Return the ways from each place inside, with their milliseconds."""
        taken = np.where(np.isnan(self.seconds), self.metres * (3.6 / km_h), self.seconds)
        ms = np.rint(taken * 1000).astype(np.int64)
        ways: dict[int, list[tuple[int, int]]] = {}
        for i in range(len(ms)) if used is None else np.flatnonzero(used):
            ways.setdefault(int(self.source[i]), []).append((int(self.target[i]), int(ms[i])))
        return ways

    def _quickest(self, ways: dict[int, list[tuple[int, int]]]) -> dict[tuple[int, int], int]:
        """Return the least time [ms] from every stop and entrance to every other that can be reached inside."""
        ends = (self.stop >= 0) | (self.entrance >= 0)
        found: dict[tuple[int, int], int] = {}
        for start in np.flatnonzero(ends).tolist():
            least, heap = {start: 0}, [(0, start)]
            while heap:
                now, here = heapq.heappop(heap)
                if now > least[here]:
                    continue
                if here != start and ends[here]:
                    found[start, here] = now
                for there, ms in ways.get(here, ()):
                    if now + ms < least.get(there, now + ms + 1):
                        least[there] = now + ms
                        heapq.heappush(heap, (now + ms, there))
        return found


def joined(one: Stations | None, other: Stations | None) -> Stations | None:
    """Return the ways of both as one.

    Examples
    --------
    >>> from geo.examples import CRS, station
    >>> joined(None, None), joined(station(), station().after(3, CRS)).walked(6, 3.6).open.tolist()
    (None, [False, False, True, False, False, True])
    """
    if one is None or other is None:
        return one or other
    places, doors = np.int32(len(one.stop)), np.int32(len(one.entrances))
    return Stations(
        pd.concat([one.entrances, other.entrances]), np.r_[one.stop, other.stop],
        np.r_[one.entrance, np.where(other.entrance < 0, np.int32(-1), other.entrance + doors)],
        np.r_[one.source, other.source + places], np.r_[one.target, other.target + places],
        np.r_[one.seconds, other.seconds], np.r_[one.metres, other.metres], np.r_[one.steps, other.steps],
    )  # fmt: skip


def _legs(rows: Iterable[tuple[Any, Any, int]], count: int) -> Legs:
    from geo.transit.legs import Legs  # with the streets comes the compiler: who only reads a feed does not wait for it

    told = sorted((int(a), int(b), int(ms)) for a, b, ms in rows)
    a, b, ms = (np.array([row[k] for row in told], np.int64) for k in range(3))
    return Legs(np.searchsorted(a, np.arange(count + 1)).astype(np.int64), b.astype(np.int32), ms.astype(np.int32))
