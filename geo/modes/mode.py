"""Minutes by one mode: from many places to many, to all streets, and the ground that is reached.

Ways are compiled once into a hierarchy (``geo.network.hierarchy``) whose arcs have milliseconds in either direction, so
that one-way streets and slopes count. Times are whole milliseconds, as ``geo.transit``'s: a way is rounded once, sums are
exact. The way from a door to the street is gone on foot.
"""

from __future__ import annotations

import dataclasses
import weakref
from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import InputError
from geo.kernel import kernel
from geo.laws import limit_of
from geo.modes.presets import Preset, preset
from geo.modes.turns import corners
from geo.modes.ways import usable
from geo.network import Network, hierarchy
from geo.network.field import ends
from geo.network.graph import lie
from geo.network.hierarchy import Hierarchy
from geo.network.isochrone import ground_within
from geo.network.links import NM, Floats, Side
from geo.network.places import Places
from geo.network.snap import snap
from geo.network.where import is_geometry
from geo.text import Text
from geo.walking import SPEEDS
from geo.workspace import Workspace

__all__ = ["MINUTE", "Mode", "travel"]

MINUTE = 60_000.0
"""Milliseconds in a minute."""


class Mode:
    """A mode of travel on the ways that it may use; see :meth:`from_ways`.

    Parameters
    ----------
    network
        The ways that may be used, in metres.
    ahead, back
        Milliseconds along each of its edges, from tail to head and back; ``inf`` where that is not allowed.
    how
        The preset.
    notes
        What had to be assumed of the ways.
    doorless
        Edges that no place is brought to; none where not given.
    barred
        Turns that may not be made, see ``geo.modes.turns``; none where not given.

    Examples
    --------
    >>> from geo.examples import homes, school, streets
    >>> roads = streets().assign(**{"class": "residential", "oneway": ["yes", "no", "no"]})  # 1 → 2 only
    >>> bicycle = Mode.from_ways(roads, preset("bicycle"))
    >>> bicycle
    Mode(bicycle: 12–15 km/h; estimated; 4 nodes, 3 ways)
    >>> bicycle.travel_times(school(), homes()).round(2).to_numpy().tolist()  # 100, 500 and 800 m at 250 m a minute
    [[0.4, 2.0, 3.2]]
    >>> bicycle.travel_times(homes(), school())["S"].tolist()  # nobody comes back against the one-way street
    [inf, inf, inf]
    """

    def __init__(
        self, network: Network, ahead: Floats, back: Floats, how: Preset, notes: Iterable[Text] = (),
        doorless: NDArray[np.bool_] | None = None, barred: NDArray[np.int64] | None = None,
    ) -> None:  # fmt: skip
        self.network, self.ahead, self.back, self.preset, self.notes = network, ahead, back, how, tuple(notes)
        self.doorless = np.zeros(network.n_edges, bool) if doorless is None else doorless
        self.barred = np.empty((0, 2), np.int64) if barred is None else barred
        arrays = network.arrays
        self._corners = corners(self.barred, arrays.tail, arrays.head, network.n_nodes)
        self._own: weakref.WeakSet[Places] = weakref.WeakSet()
        self._walk = min(SPEEDS["adult"].km_h, max(how.speeds.values())) * 1000 / 60  # metres a minute to the street

    @classmethod
    def from_ways(cls, ways: gpd.GeoDataFrame, how: Preset) -> Mode:
        """Return the mode on ``ways``: links as ``Network.from_links`` takes them, with what ``usable`` reads of them.

        Raises
        ------
        InputError
            As ``geo.modes.ways.usable`` and ``Network.from_links``.

        Examples
        --------
        >>> from geo.examples import streets
        >>> Mode.from_ways(streets().assign(**{"class": "primary"}), preset("car")).travel_times([1], [3]).to_numpy().tolist()
        [[0.84]]
        """
        found = usable(ways, how)
        return cls(
            Network.from_links(found.links), found.ahead, found.back, how, found.notes, found.doorless, found.barred
        )

    def __repr__(self) -> str:
        """Return how one goes, and on how much."""
        return f"Mode({self.preset.words().en}; {self.network.n_nodes} nodes, {self.network.n_edges} ways)"

    @property
    def corners(self) -> int:
        """How many corners the searches run on: more than there are nodes where turns are forbidden."""
        return self._corners.total

    def prepare(self) -> Mode:
        """Compile the ways, once (a second for a city), and return the mode; the first question does it otherwise.

        Examples
        --------
        >>> from geo.examples import streets
        >>> roads = streets().assign(**{"class": "primary"})
        >>> Mode.from_ways(roads, preset("car")).prepare().node_times([1]).sort_index().tolist()
        [0.0, 0.48, 0.84, 1.32]
        """
        self.tree  # noqa: B018 - made when it is first asked for
        return self

    @property
    def tree(self) -> Hierarchy:
        """The compiled ways [ms]."""
        return self.network.graph.once("times", self._compiled)

    def _compiled(self) -> Hierarchy:
        arrays = self.network.arrays
        tail, head, ahead, back = arrays.tail, arrays.head, self.ahead, self.back
        if len(self.barred):
            apart = self._corners
            tail, head = (
                np.concatenate([ends[0::2], ends[1::2], more]).astype(np.int32)
                for ends, more in ((apart.source, apart.tail), (apart.target, apart.head))
            )
            ahead, back = np.concatenate([ahead, back, np.zeros(len(apart.tail))]), np.full(len(tail), np.inf)
        ptr, node, out, into = arcs(tail, head, ahead, back, self._corners.total)
        alike = np.array_equal(out, into)
        return hierarchy.prepare(Side(ptr, node, out), None if alike else into)

    def travel_times(
        self, origins: Any, destinations: Any, *, start: Any = "12:00", arrive_by: bool = False, limit: float = np.inf
    ) -> pd.DataFrame:
        """Return travel times [min], origins × destinations; ``inf`` where there is no way.

        Parameters
        ----------
        origins, destinations
            Points in the network's CRS, or labels of its nodes. Each is brought to the nearest way of the mode: what was
            found on the walking network does not hold here, and is refused.
        start
            Time of day, for the congestion of that hour.
        arrive_by
            ``start`` is when one arrives. Times are the same: they run from origin to destination either way.
        limit
            Longest travel time [min]; longer ones are ``inf``.

        Examples
        --------
        >>> from geo.examples import homes, school, streets
        >>> car = Mode.from_ways(streets().assign(**{"class": "primary"}), preset("car"))
        >>> car.travel_times(homes(), school(), limit=0.9)["S"].tolist()
        [0.12, 0.6, inf]
        >>> car.travel_times(homes(), school(), start="08:00")["S"].round(2).tolist()  # 1.5 times as long in the peak
        [0.18, 0.9, 1.44]
        """
        del arrive_by
        factor, room = self.preset.delay(start), limit_of(limit) * MINUTE
        s, t = self.place(origins), self.place(destinations)
        forward = len(s) <= len(t)
        roots, items = (s, t) if forward else (t, s)
        root_ends = self._ends(roots, leaving=forward, factor=factor)
        item_ends = self._ends(items, leaving=not forward, factor=factor)
        tree = self.tree if forward else self.tree.turned()
        table = np.empty((len(roots), len(items)))
        hierarchy.table(tree, *ends(root_ends), item_ends, table)
        _beside(
            roots.edge, root_ends.along, root_ends.leg, *lie(items, self.network.graph), item_ends.along, item_ends.leg,
            self.ahead, self.back, forward, table,
        )  # fmt: skip
        table = table if forward else table.T
        return pd.DataFrame(_minutes(table, factor, room, self.preset.parking), s.index, t.index)

    def node_times(
        self, place: Any, *, start: Any = "12:00", arrive_by: bool = False, limit: float = np.inf
    ) -> pd.Series:
        """Return the minutes from a place to every node of the ways; with ``arrive_by``, from every node to the place.

        Of several places the nearest counts. Further parameters as :meth:`travel_times`.

        Examples
        --------
        >>> from geo.examples import streets
        >>> roads = streets().assign(**{"class": "residential", "oneway": ["yes", "no", "no"]})
        >>> bicycle = Mode.from_ways(roads, preset("bicycle"))
        >>> bicycle.node_times([2]).sort_index().tolist(), bicycle.node_times([2], arrive_by=True).sort_index().tolist()
        ([inf, 0.0, 1.2, 2.8], [1.6, 0.0, 1.2, 2.8])
        """
        factor, room = self.preset.delay(start), limit_of(limit) * MINUTE
        ms = self._node_ms(self.place(place), factor, arrive_by)
        return pd.Series(_minutes(ms, factor, room, self.preset.parking), self.network.nodes, name="minutes")

    def isochrone(
        self, place: Any, minutes: Iterable[float] = (5, 10, 15), *, start: Any = "12:00", arrive_by: bool = False,
        width: float = 30.0,
    ) -> gpd.GeoDataFrame:  # fmt: skip
        """Return the ground along the ways reached from a place within each limit [min], one row per limit.

        With ``arrive_by``, the ground from which one reaches the place. ``width`` [m] as in
        :meth:`geo.network.Network.isochrone`; each area lies inside the next.

        Examples
        --------
        >>> from geo.examples import at, school, streets
        >>> areas = Mode.from_ways(streets().assign(**{"class": "primary"}), preset("car")).isochrone(school(), [0.12, 0.6])
        >>> areas["limit"].tolist(), areas.intersects(at(200, 0)).tolist()  # 100 and 500 m
        ([0.12, 0.6], [False, True])
        """
        factor, wanted = self.preset.delay(start), sorted({limit_of(x) for x in minutes})
        where = self.place(place)
        ms = self._node_ms(where, factor, arrive_by)
        costs = (self.back, self.ahead) if arrive_by else (self.ahead, self.back)
        seen = self._ends(where, leaving=not arrive_by, factor=factor)
        edge, share = int(seen.edge[0]), float(seen.along[0])
        along = (share * float(costs[0][edge]), share * float(costs[1][edge])) if edge >= 0 else (0.0, 0.0)
        rooms = np.floor((np.array(wanted) - self.preset.parking) * MINUTE / factor)
        shapes = ground_within(self.network.graph, ms, seen, along, rooms, width, costs)
        return gpd.GeoDataFrame({"limit": wanted}, geometry=shapes, crs=self.network.crs)

    def place(self, points: Any) -> Places:
        """Return points as places on the ways of this mode, found once for any number of questions.

        Raises
        ------
        InputError
            If they were found on another network: on the ways of this mode they are somewhere else.

        Examples
        --------
        >>> from geo.examples import homes, network, school, streets
        >>> car = Mode.from_ways(streets().assign(**{"class": "primary"}), preset("car"))
        >>> car.travel_times(car.place(homes()), school())["S"].tolist()
        [0.12, 0.6, 0.96]
        >>> car.place(network().place(homes()))
        Traceback (most recent call last):
            ...
        geo.errors.InputError: ...places found on the walking network are none on the ways of another mode
        """
        if isinstance(points, Places) and points in self._own:
            return points
        if isinstance(points, Places) or (
            isinstance(points, pd.DataFrame) and not isinstance(points, gpd.GeoDataFrame)
        ):
            raise InputError(
                Text(
                    "这里需要点：在步行路网上定位的结果不适用于其他出行方式的道路",
                    "give points: places found on the walking network are none on the ways of another mode",
                )
            )
        if is_geometry(points) and not self.doorless.all():
            points = snap(self.network.graph, points, np.inf, passed=self.doorless)
        places = self.network.place(points)
        self._own.add(places)
        return places

    def _node_ms(self, place: Places, factor: float, arrive_by: bool) -> Floats:
        """Return the milliseconds on free streets between the nearest place and every node."""
        seeds = self._ends(place, leaving=not arrive_by, factor=factor)
        tree = self.tree.turned() if arrive_by else self.tree
        node, cost = np.concatenate([seeds.a, seeds.b]), np.concatenate([seeds.cost_a, seeds.cost_b])
        found = hierarchy.distances(tree, node, cost, np.inf)
        return found[self._corners.start] if arrive_by else found[: self.network.n_nodes]

    def _ends(self, p: Places, *, leaving: bool, factor: float) -> Places:
        """Return places with the milliseconds to (or from) the nodes at the ends of their way; ``along`` as a share.

        Delay lengthens the moving, not the way from the door to the street: it is divided out of that here, as all is
        multiplied by it in the end.
        """
        on = p.edge >= 0
        length = self.network.arrays.length[p.edge]
        share = np.where(on, np.divide(p.along, length, out=np.zeros(len(p)), where=length > 0), 0.0)
        off = np.where(on, p.leg / NM / self._walk * MINUTE / factor, 0.0)
        forth, back = self.ahead[p.edge], self.back[p.edge]
        to_a, to_b = (back, forth) if leaving else (forth, back)
        cost_a = np.where(on, np.rint(_part(share, to_a) + off), p.cost_a)
        cost_b = np.where(on, np.rint(_part(1 - share, to_b) + off), p.cost_b)
        at_a, at_b = self._at(p, leaving)
        a, b = np.where(np.isfinite(cost_a), at_a, -1), np.where(np.isfinite(cost_b), at_b, -1)
        return dataclasses.replace(p, a=a, b=b, cost_a=cost_a, cost_b=cost_b, along=share, leg=np.rint(off))

    def _at(self, p: Places, leaving: bool) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the corners at the ends of the ways on which places lie: which turns one may make there hangs on the way."""
        if not len(self.barred):
            return p.a, p.b
        apart, on, as_drawn = self._corners, p.edge >= 0, 2 * p.edge
        itself = np.where(p.a >= 0, apart.start[p.a] if leaving else p.a, -1)
        a, b = (
            (apart.target[as_drawn + 1], apart.target[as_drawn])
            if leaving
            else (apart.source[as_drawn], apart.source[as_drawn + 1])
        )
        return np.where(on, a, itself).astype(np.int32), np.where(on, b, p.b).astype(np.int32)


def travel(place: Workspace, mode: str) -> Mode:
    """Return a mode on the ways of a place: on all its ways where it has them, else on its streets to walk on.

    Examples
    --------
    >>> import dataclasses
    >>> from geo.examples import town
    >>> place = town().workspace
    >>> place = dataclasses.replace(place, streets=place.streets.assign(**{"class": "residential"}))
    >>> car = travel(place, "car")
    >>> [note.en for note in car.notes][0]
    'only the streets that are walked are known: expressways and cycleways are missing'
    """
    how = preset(mode, place.parameters)
    ways = place.ways if len(place.ways) else place.streets
    made: Mode = place.compiled(ways, how, lambda: Mode.from_ways(ways, how).prepare())
    if len(place.ways) or how.permission == "foot":
        return made
    lacking = Text(
        "只有步行街道，缺少快速路和自行车专用道",
        "only the streets that are walked are known: expressways and cycleways are missing",
    )
    return Mode(made.network, made.ahead, made.back, how, (lacking, *made.notes), made.doorless, made.barred)


def arcs(
    tail: NDArray[np.int32], head: NDArray[np.int32], ahead: Floats, back: Floats, n: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats, Floats]:
    """Return neighbours by node with the cost out of it and into it, each the least of parallel ways; no loops.

    Examples
    --------
    >>> one, two = np.array([0, 0], np.int32), np.array([1, 1], np.int32)
    >>> [x.tolist() for x in arcs(one, two, np.array([5.0, 9.0]), np.array([np.inf, 7.0]), 2)]
    [[0, 1, 2], [1, 0], [5.0, 7.0], [7.0, 5.0]]
    """
    a, b = np.concatenate([tail, head]), np.concatenate([head, tail])
    out, into = np.concatenate([ahead, back]), np.concatenate([back, ahead])
    apart = a != b
    a, b, out, into = a[apart], b[apart], out[apart], into[apart]
    order = np.lexsort((b, a))
    a, b, out, into = a[order], b[order], out[order], into[order]
    first = np.ones(len(a), bool)
    first[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    starts = np.flatnonzero(first)
    if len(starts):
        out, into = np.minimum.reduceat(out, starts), np.minimum.reduceat(into, starts)
    ptr = np.zeros(n + 1, np.int32)
    np.cumsum(np.bincount(a[first], minlength=n), out=ptr[1:])
    return ptr, b[first].astype(np.int32), out, into


def _part(share: Floats, whole: Floats) -> Floats:
    """Return a share of a cost; no share of what is not allowed costs nothing."""
    return np.multiply(share, whole, out=np.zeros(len(share)), where=share > 0)


def _minutes(ms: Floats, factor: float, room: float, parking: float) -> Floats:
    held = np.rint(ms * factor) + np.rint(parking * MINUTE)
    return np.where(held <= room, held / MINUTE, np.inf)


@kernel
def _beside(root_edge, root_share, root_leg, ptr, which, share, leg, ahead, back, forward, table):  # type: ignore[no-untyped-def]
    """Lower ``table`` where root and item lie on one way and one goes directly along it."""
    for r in range(len(root_edge)):
        e = root_edge[r]
        if e < 0:
            continue
        for k in range(ptr[e], ptr[e + 1]):
            item = which[k]
            gap = share[item] - root_share[r] if forward else root_share[r] - share[item]
            moved = 0.0
            if gap > 0:
                moved = gap * ahead[e]
            elif gap < 0:
                moved = -gap * back[e]
            cost = root_leg[r] + leg[item] + np.rint(moved)
            if cost < table[r, item]:
                table[r, item] = cost
