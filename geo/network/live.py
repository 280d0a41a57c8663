"""The nearest supply of everybody while streets are changed and supply is moved: exact, and in milliseconds."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.network import dynamic, kernels
from geo.network.draft import Change
from geo.network.edits import Edits, changed
from geo.network.field import field
from geo.network.field import finish as whole_finish
from geo.network.graph import Graph, Scratch
from geo.network.links import NM, Arrays, Floats, Ints, hilbert_order
from geo.network.network import Network
from geo.network.patch import sides
from geo.network.places import Places, on_edges, point_series
from geo.network.snap import coordinates, find, make_grid, measured, nearer, take

__all__ = ["Live", "Walked"]

BLOCK = 64
"""Points looked at together when a new street may be nearer to them."""


@dataclass(frozen=True, eq=False)
class Walked:
    """How far each person is from the nearest supply, and which that is.

    ``cost`` is whole nanometres (``inf``: none is reached), ``which`` the position of the supply (-1: none).

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> walked = Live(network(), homes(), school()).base
    >>> walked.metres.to_dict(), walked.frame()["target"].tolist(), walked.within(500).tolist()
    ({'a': 100.0, 'b': 500.0, 'c': 800.0}, ['S', 'S', 'S'], [True, True, False])
    """

    people: pd.Index
    supply: pd.Index
    cost: Floats
    which: Ints

    @property
    def metres(self) -> pd.Series:
        """Walking metres of each person [m], ``inf`` where no supply is reached."""
        return pd.Series(self.cost / NM, index=self.people, name="metres")

    def frame(self) -> pd.DataFrame:
        """Return ``target`` and ``metres``, as ``Network.nearest`` does."""
        return pd.DataFrame({"target": take(self.supply, self.which), "metres": self.cost / NM}, index=self.people)

    def within(self, limit: float) -> NDArray[np.bool_]:
        """Return who reaches a supply within ``limit`` [m], exactly ``limit`` counts."""
        return self.cost / NM <= limit


class Live:
    """Distances to the nearest supply, kept, so that a change of streets or supply only costs what it changes.

    Parameters
    ----------
    network
        The streets as they are.
    people, supply
        Points in the CRS of the network; people walk to the supply (on one-way streets it matters).

    Raises
    ------
    CrsError
        If the points have another CRS than the network.
    InputError
        If a geometry is not a Point.

    Examples
    --------
    >>> import shapely
    >>> from geo.examples import at, homes, network, school
    >>> live = Live(network(), homes(), school())
    >>> bridge = shapely.LineString([at(100, 0), at(300, 300)])
    >>> live.after(Edits(streets=((bridge, "bridge"),))).metres.round(1).to_dict()
    {'a': 100.0, 'b': 500.0, 'c': 460.6}
    >>> live.after(Edits(removed=(1,))).metres.to_dict()  # without the street from 2 to 3: b snaps elsewhere
    {'a': 100.0, 'b': 500.0, 'c': inf}
    """

    def __init__(self, network: Network, people: Any, supply: Any) -> None:
        graph = network.graph
        self.network, self.graph = network, graph
        self.people = _Points.on(graph, people, arriving=False)
        self._take(supply)

    def of(self, supply: Any) -> Live:
        """Return the distances of the same people, on the same streets, to another supply.

        Examples
        --------
        >>> from geo.examples import homes, network, school
        >>> live = Live(network(), homes(), school())
        >>> live.of(school()[:0]).base.metres.tolist()
        [inf, inf, inf]
        """
        other = copy.copy(self)
        other._take(supply)
        return other

    def _take(self, supply: Any) -> None:
        self.stands = point_series(supply, self.graph.crs)
        self.supply = _Points.on(self.graph, self.stands, arriving=True)
        self.dist, self.label = field(self.graph, self.supply.places, np.inf)
        s, t = self.people.places, self.supply.places
        cost, which = whole_finish(self.graph, s, t, self.dist, self.label, np.inf)
        self.base = Walked(s.index, t.index, cost, which)

    @property
    def nbytes(self) -> int:
        """Memory of what is kept for one supply [bytes]; the people are shared.

        Examples
        --------
        >>> from geo.examples import homes, network, school
        >>> Live(network(), homes(), school()).nbytes
        84
        """
        return sum(a.nbytes for a in (self.dist, self.label, self.base.cost, self.base.which))

    def after(self, edits: Edits, places: Mapping[Hashable, shapely.Point] | None = None) -> Walked:
        """Return how far everybody is after the edits: bit for bit what a network of the edited links would say.

        Parameters
        ----------
        edits
            Of the streets.
        places
            Where supply stands instead, by its label, in the CRS of the network; a label that there is not yet is new
            supply, after all others.

        Raises
        ------
        InputError
            As ``geo.network.edits.edit``.

        Examples
        --------
        >>> from geo.examples import at, homes, network, school
        >>> live = Live(network(), homes(), school())
        >>> live.after(Edits()) is live.base
        True
        >>> live.after(Edits(), {"S": at(100, 300)}).metres.to_dict()
        {'a': 900.0, 'b': 500.0, 'c': 200.0}
        >>> live.after(Edits(), {"NEW": at(100, 300)}).frame()["target"].to_dict()
        {'a': 'S', 'b': 'S', 'c': 'NEW'}
        """
        if not edits and not places:
            return self.base
        change = changed(self.graph, edits)
        arrays = _overlaid(self.graph.arrays, change)
        s, _ = self.people.after(self.graph, arrays, change)
        supply, elsewhere = self._standing(places or {})
        t, moved = supply.after(self.graph, arrays, change)
        dist, label = self._field(change, t, np.concatenate([moved, elsewhere]))
        oneway = arrays.oneway if arrays.directed else np.zeros(len(arrays.length), np.bool_)
        side = kernels.group(t.edge, len(arrays.length))
        cost, which = kernels.finish(
            dist, label, s.a, s.b, s.cost_a, s.cost_b, s.edge, s.along, s.leg, *side, t.along, t.leg, oneway
        )
        return Walked(s.index, t.index, cost, which)

    def _standing(self, places: Mapping[Hashable, shapely.Point]) -> tuple[_Points, NDArray[np.int64]]:
        """Return the supply with some of it elsewhere, and which of the old ones these are."""
        if not places:
            return self.supply, np.empty(0, np.int64)
        given = gpd.GeoSeries(list(places.values()), index=pd.Index(list(places), dtype=object), crs=self.stands.crs)
        old = self.stands.index.get_indexer_for(given.index)
        stands = self.stands.copy()
        stands.iloc[old[old >= 0]] = given[old >= 0].to_numpy()
        stands = gpd.GeoSeries(pd.concat([stands, given[old < 0]]), crs=self.stands.crs)
        return _Points.on(self.graph, stands, arriving=True), old[old >= 0].astype(np.int64)

    def _field(self, change: Change, t: Places, moved: NDArray[np.int64]) -> tuple[Floats, Ints]:
        """Return nanometres and nearest supply of every node after a change; new nodes after the old ones."""
        graph, arrays = self.graph, self.graph.arrays
        out, into = sides(arrays, change, shortcuts=True)
        n, old = len(out.ptr) - 1, len(self.dist)
        work = Scratch.make(n)
        dist, label = work.dist, np.full(n, -1, np.int32)
        dist[:old], label[:old] = self.dist, self.label
        seeds = _seeds(t, np.arange(len(t)))  # all of them: a lost node may fall back on one that stood still
        first = np.concatenate([_robbed(arrays, change.broken, dist, label), self._unseeded(moved)])
        lost = np.empty(0, np.int32)
        if len(first):
            lost = dynamic.fallen(*graph.into, *out, dist, label, first, *seeds)
            dist[lost], label[lost] = np.inf, -1
        parts = [seeds, dynamic.border(*out, dist, label, lost), *_new_ways(arrays, change, dist, label)]
        node, cost, mine = (np.concatenate(column) for column in zip(*parts, strict=True))
        longest = max(graph.longest, float(change.length.max(initial=0.0)))
        kernels.spread(*into, node, cost, np.inf, graph.delta, longest, *work, mine, label)
        return np.ascontiguousarray(dist), label

    def _unseeded(self, moved: NDArray[np.int64]) -> Ints:
        """Return the nodes that rested on the old place of a supply that now stands elsewhere on the streets."""
        node, cost, mine = _seeds(self.supply.places, moved[moved < len(self.stands)])
        at = np.where(node >= 0, node, 0)
        return node[(node >= 0) & (self.dist[at] == cost) & (self.label[at] == mine)]


Seeds = tuple[Ints, Floats, Ints]


def _seeds(p: Places, which: NDArray[np.int64]) -> Seeds:
    """Return node, cost and label of the ends of some places."""
    label = np.tile(which.astype(np.int32), 2)
    return np.concatenate([p.a[which], p.b[which]]), np.concatenate([p.cost_a[which], p.cost_b[which]]), label


def _robbed(arrays: Arrays, broken: NDArray[np.int64], dist: Floats, label: Ints) -> Ints:
    """Return the nodes that rested on the way through an edge that is lost."""
    tail, head, length = arrays.tail[broken], arrays.head[broken], arrays.length[broken]
    both = ~arrays.oneway[broken] | (not arrays.directed)
    same = (label[tail] == label[head]) & (label[tail] >= 0) & (tail != head)
    forth = same & (dist[tail] == dist[head] + length)
    back = same & both & (dist[head] == dist[tail] + length)
    return np.concatenate([tail[forth], head[back]])


def _new_ways(arrays: Arrays, change: Change, dist: Floats, label: Ints) -> list[Seeds]:
    """Return what the new ways offer to their ends, from the distances that hold."""
    both = ~change.oneway | (not arrays.directed)
    found = []
    for start, goal, use in (
        (change.tail, change.head, np.ones(len(both), bool)),
        (change.head, change.tail, both),
    ):
        ok = use & (dist[goal] < np.inf)
        found.append((start[ok], dist[goal[ok]] + change.length[ok], label[goal[ok]]))
    return found


def _overlaid(arrays: Arrays, change: Change) -> Arrays:
    """Return the arrays with the new edges after all old ones, for places on edges; arcs and labels are the old ones."""
    return dataclasses.replace(
        arrays,
        tail=np.concatenate([arrays.tail, change.tail]),
        head=np.concatenate([arrays.head, change.head]),
        length=np.concatenate([arrays.length, change.length]),
        oneway=np.concatenate([arrays.oneway, change.oneway]),
    )


class _Blocks(NamedTuple):
    """Points in blocks of neighbours, each with its box (west, south, east, north)."""

    order: Ints
    ptr: NDArray[np.int64]
    box: Floats

    @classmethod
    def of(cls, xy: Floats, known: NDArray[np.bool_]) -> _Blocks:
        some = np.flatnonzero(known)
        order = some[hilbert_order(xy[some])].astype(np.int32)
        starts = np.arange(0, len(order), BLOCK)
        low, high = (
            f.reduceat(xy[order], starts, axis=0) if len(order) else xy[order] for f in (np.minimum, np.maximum)
        )
        return cls(order, np.append(starts, len(order)).astype(np.int64), np.ascontiguousarray(np.hstack([low, high])))


@dataclass(frozen=True, eq=False)
class _Points:
    """Points and where they meet the streets: the piece found, its share, and the squared way there."""

    xy: Floats
    known: NDArray[np.bool_]
    found: Ints
    share: Floats
    square: Floats
    blocks: _Blocks
    places: Places
    arriving: bool

    @classmethod
    def on(cls, graph: Graph, points: Any, *, arriving: bool) -> _Points:
        series = point_series(points, graph.crs)
        xy, known = coordinates(series)
        grid = graph.once("grid", lambda: make_grid(graph.arrays))
        n = len(xy)
        found, share, square = np.full(n, -1, np.int32), np.zeros(n), np.full(n, -1.0)
        corners = graph.arrays.shape_xy
        found[known], share[known], square[known] = find(*grid, corners, xy[known], np.empty(0, np.bool_))
        edge, along, place = measured(grid.edge, corners, found, share)
        at = _places(graph.arrays, series.index, edge, along, square, place, arriving)
        return cls(xy, known, found, share, square, _Blocks.of(xy, known), at, arriving)

    def after(self, graph: Graph, arrays: Arrays, change: Change) -> tuple[Places, NDArray[np.int64]]:
        """Return the places after a change (edges of ``arrays``, the overlaid ones), and which of them are others."""
        grid = graph.seen("grid")
        p, m = self.places, len(graph.arrays.length)
        gone = np.zeros(m, np.bool_)
        gone[change.gone] = True
        lost = np.flatnonzero((p.edge >= 0) & gone[p.edge])
        found, share, square = self.found.copy(), self.share.copy(), self.square.copy()
        if len(lost):
            found[lost], share[lost], square[lost] = find(*grid, graph.arrays.shape_xy, self.xy[lost], gone)
        owner = np.repeat(np.arange(len(change.length), dtype=np.int32), np.diff(change.shape_ptr))
        new, new_share = nearer(*self.blocks, self.xy, square, owner, change.shape_xy)
        old = lost[new[lost] < 0]
        fresh = np.flatnonzero(new >= 0)
        if not len(old) and not len(fresh):
            return p, old
        edge, along = p.edge.copy(), np.zeros(len(p))
        place = np.c_[p.x, p.y]
        edge[old], along[old], place[old] = measured(grid.edge, graph.arrays.shape_xy, found[old], share[old])
        edge[fresh], along[fresh], place[fresh] = measured(owner, change.shape_xy, new[fresh], new_share[fresh])
        edge[fresh] += m
        others = np.concatenate([old, fresh])
        moved = _places(
            arrays, p.index[others], edge[others], along[others], square[others], place[others], self.arriving
        )
        columns = {}
        for name in ("a", "b", "cost_a", "cost_b", "edge", "along", "leg", "x", "y"):
            column = getattr(p, name).copy()
            column[others] = getattr(moved, name)
            columns[name] = column
        return dataclasses.replace(p, **columns), others


def _places(
    arrays: Arrays, index: pd.Index, edge: Ints, along: Floats, square: Floats, place: Floats, arriving: bool
) -> Places:
    """Return places from the share of each edge and the squared way to it, in whole nanometres."""
    leg = np.rint(np.sqrt(np.maximum(square, 0.0)) * NM)
    return on_edges(arrays, index, edge, np.rint(along * arrays.length[edge]), leg, place, arriving=arriving)
