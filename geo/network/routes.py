"""The way itself, street by street: from many places to one, each as long as the distance to the last nanometre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import shapely.ops

from geo.errors import InputError
from geo.network.field import field
from geo.network.graph import Graph
from geo.network.links import NM
from geo.network.places import Places
from geo.network.where import places
from geo.text import Text

__all__ = ["Routes", "routes"]


@dataclass(frozen=True, eq=False)
class Routes:
    """Ways from places to one target.

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> found = network().routes(homes(), school())
    >>> found.steps.loc[found.steps["source"] == "b", ["edge", "forward", "metres"]].to_numpy().tolist()
    [[1, False, 100.0], [0, False, 400.0]]
    """

    lines: gpd.GeoDataFrame
    """Indexed like the sources: ``metres`` [m], ``inf`` where there is no way, and the line along the streets (None)."""
    steps: pd.DataFrame
    """The streets of each way in order: ``source``, ``edge`` (label of the link), ``forward`` (walked from u to v),
    ``metres`` (walked on it) [m], and the node at its end ``to`` (position in the network; -1 at the target)."""


def routes(graph: Graph, sources: Any, target: Any) -> Routes:
    """Return the shortest way from each source to one target.

    Of ways equally short, the one through the street that comes first in the network is taken.

    Raises
    ------
    InputError
        If there is not exactly one target.

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> found = routes(network().graph, homes(), school())
    >>> found.lines["metres"].tolist(), found.lines.length.tolist()
    ([100.0, 500.0, 800.0], [100.0, 500.0, 800.0])
    """
    s, t = places(graph, sources, arriving=False), places(graph, target, arriving=True)
    if len(t) != 1:
        raise InputError(Text(f"请给出一个目标，现为 {len(t)} 个", f"give one target, not {len(t)}"))
    dist, _ = field(graph, t, np.inf)
    walk = _Walk(graph, t, dist)
    lines, metres, steps = [], [], []
    for i in range(len(s)):
        cost, way = walk.way(s, i)
        metres.append(cost / NM)
        lines.append(walk.line(s, i, way))
        steps += [
            (s.index[i], graph.arrays.edges[e], bool(end > start), abs(end - start) / NM, to)
            for e, start, end, to in way
        ]
    return Routes(
        gpd.GeoDataFrame({"metres": metres}, geometry=lines, index=s.index, crs=graph.crs),
        pd.DataFrame(steps, columns=["source", "edge", "forward", "metres", "to"]),
    )


Step = tuple[int, float, float, int]
"""A street (position), where it is entered and left [nm from its tail], the node at the end (-1: the target)."""


class _Walk:
    """The ways down the distances to one target."""

    def __init__(self, graph: Graph, target: Places, dist: np.ndarray) -> None:
        self.graph, self.target, self.dist = graph, target, dist
        self.ptr, self.edges = graph.incidence()
        self.oneway = graph.oneway()
        self.next: dict[int, tuple[list[Step], int]] = {}

    def way(self, s: Places, i: int) -> tuple[float, list[Step]]:
        """Return cost [nm] and streets of the way from source ``i``."""
        a, t, e = self.graph.arrays, self.target, int(s.edge[i])
        best, node, end = np.inf, -1, 0.0
        if e >= 0 and e == t.edge[0]:
            gap = float(t.along[0] - s.along[i])
            if not (self.oneway[e] and gap < 0):
                best, end = s.leg[i] + abs(gap) + t.leg[0], float(t.along[0])
        for at, cost, far in ((s.a[i], s.cost_a[i], 0.0), (s.b[i], s.cost_b[i], float(a.length[e]))):
            if at >= 0 and cost + self.dist[at] < best:
                best, node, end = cost + self.dist[at], int(at), far
        if not np.isfinite(best):
            return np.inf, []
        way: list[Step] = [(e, float(s.along[i]), end, node)] if e >= 0 else []
        while node >= 0:
            if node not in self.next:
                self.next[node] = self._down(node)
            part, node = self.next[node]
            way += part
        return best, way

    def _down(self, start: int) -> tuple[list[Step], int]:
        """Return the streets from a node to one that is nearer to the target, and that node; -1 at the target.

        Streets of no length may lead in circles: they are searched breadth first.
        """
        came: dict[int, list[Step]] = {start: []}
        queue = [start]
        for node in queue:
            if self.target.edge[0] < 0 and self.dist[node] == 0 and node == self.target.a[0]:
                return came[node], -1
            last = self._into_target(node)
            if last is not None:
                return [*came[node], last], -1
            for step in self._tight(node):
                if step[1] != step[2]:
                    return [*came[node], step], step[3]
                if step[3] not in came:
                    came[step[3]] = [*came[node], step]
                    queue.append(step[3])
        raise AssertionError("no way down the distances")

    def _tight(self, node: int) -> list[Step]:
        """Return the streets at a node that lie on a shortest way, those with a length first."""
        a, found = self.graph.arrays, []
        for e in self.edges[self.ptr[node] : self.ptr[node + 1]].tolist():
            length = float(a.length[e])
            for here, there, start, end in ((a.tail[e], a.head[e], 0.0, length), (a.head[e], a.tail[e], length, 0.0)):
                barred = self.oneway[e] and here == a.head[e] and a.head[e] != a.tail[e]
                if here == node and not barred and self.dist[there] + length == self.dist[node]:
                    found.append((e, start, end, int(there)))
        return sorted(found, key=lambda step: step[1] == step[2])

    def _into_target(self, node: int) -> Step | None:
        """Return the last street, from a node to the target on it, where that is the way."""
        t = self.target
        e = int(t.edge[0])
        if e >= 0:
            for at, cost, start in (
                (t.a[0], t.cost_a[0], 0.0),
                (t.b[0], t.cost_b[0], float(self.graph.arrays.length[e])),
            ):
                if at == node and cost == self.dist[node]:
                    return e, start, float(t.along[0]), -1
        return None

    def line(self, s: Places, i: int, way: Sequence[Step]) -> shapely.LineString | None:
        """Return the way as a line along the streets as they are drawn, without the steps to the doors."""
        a = self.graph.arrays
        parts = []
        for e, start, end, _ in way:
            shape = shapely.LineString(a.shape_xy[a.shape_ptr[e] : a.shape_ptr[e + 1]])
            whole = a.length[e] or 1.0  # the drawn line and the walk may differ in length: shares of both agree
            low, high = sorted((start / whole, end / whole))
            piece = shapely.get_coordinates(shapely.ops.substring(shape, low, high, normalized=True))
            parts.append(piece if end >= start else piece[::-1])
        if not parts:
            here = not np.isinf(self.dist[s.a[i]]) if s.a[i] >= 0 else False
            return shapely.LineString([(s.x[i], s.y[i])] * 2) if here else None
        return shapely.LineString(np.concatenate(parts) if sum(map(len, parts)) > 1 else np.repeat(parts[0], 2, axis=0))
