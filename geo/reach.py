"""Questions to a network: what is near, how far, within reach, and what ground that covers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components, dijkstra

from geo._links import NM, to_nm
from geo._places import Places, places
from geo._snap import take
from geo.errors import InputError

if TYPE_CHECKING:
    from geo.network import Network

__all__ = ["Pairs", "distances", "islands", "isochrone", "nearest", "nearest_k", "node_distances", "pairs"]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Sources and targets within a limit of each other, row by row (compressed sparse rows).

    The targets of source ``i`` are ``targets[indices[indptr[i]:indptr[i + 1]]]``, ascending, at ``metres`` [m].
    """

    sources: pd.Index
    targets: pd.Index
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    metres: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.indices)

    def frame(self) -> pd.DataFrame:
        """Return one row per pair: ``source``, ``target``, ``metres`` [m]."""
        rows = np.repeat(np.arange(len(self.sources)), np.diff(self.indptr))
        return pd.DataFrame(
            {
                "source": self.sources.take(rows),
                "target": self.targets.take(self.indices),
                "metres": self.metres,
            }
        )

    def dense(self) -> pd.DataFrame:
        """Return the full table [m], ``inf`` where a pair is missing."""
        table = np.full((len(self.sources), len(self.targets)), np.inf)
        table[np.repeat(np.arange(len(self.sources)), np.diff(self.indptr)), self.indices] = self.metres
        return pd.DataFrame(table, self.sources, self.targets)

    def transpose(self) -> Pairs:
        """Return the same pairs, targets first."""
        rows = np.repeat(np.arange(len(self.sources), dtype=np.int32), np.diff(self.indptr))
        order = np.argsort(self.indices, kind="stable")
        indptr = np.zeros(len(self.targets) + 1, np.int64)
        np.cumsum(np.bincount(self.indices, minlength=len(self.targets)), out=indptr[1:])
        return Pairs(self.targets, self.sources, indptr, rows[order], self.metres[order])


def _matrix(network: Network, *, into: bool) -> sparse.csr_matrix:
    a = network.arrays
    ptr, node, length = (a.in_ptr, a.in_node, a.in_length) if into else (a.out_ptr, a.out_node, a.out_length)
    n = network.n_nodes
    # scipy reads a stored zero as "no edge": a tiny length stands for it and is rounded away afterwards.
    return sparse.csr_matrix((np.maximum(length, 1e-6), node, ptr), shape=(n, n))


def _from_one(graph: Any, p: Places, i: int, n: int) -> NDArray[np.float64]:
    best = np.full(n, np.inf)
    for node, cost in ((p.a[i], p.cost_a[i]), (p.b[i], p.cost_b[i])):
        if node >= 0:
            best = np.minimum(best, np.rint(dijkstra(graph, indices=int(node))) + cost)
    return best


def _table(network: Network, sources: Any, targets: Any, limit: float) -> tuple[Places, Places, Any]:
    s, t = places(network, sources, arriving=False), places(network, targets, arriving=True)
    table = np.full((len(s), len(t)), np.inf)
    graph = _matrix(network, into=True)
    for j in range(len(t)):
        d = _from_one(graph, t, j, network.n_nodes)
        column = np.full(len(s), np.inf)
        for node, cost in ((s.a, s.cost_a), (s.b, s.cost_b)):
            column = np.minimum(column, np.where(node >= 0, d[node] + cost, np.inf))
        if t.edge[j] >= 0:
            gap = t.along[j] - s.along
            same = s.edge == t.edge[j]
            if network.directed and network.arrays.oneway[t.edge[j]]:
                same &= gap >= 0
            column = np.where(same, np.minimum(column, np.abs(gap) + s.leg + t.leg[j]), column)
        table[:, j] = column
    table[table > to_nm(limit)] = np.inf
    return s, t, table / NM


def distances(network: Network, sources: Any, targets: Any, *, limit: float = np.inf) -> pd.DataFrame:
    """Return walking metres [m], shape (sources, targets), ``inf`` beyond ``limit``."""
    s, t, table = _table(network, sources, targets, limit)
    return pd.DataFrame(table, s.index, t.index)


def nearest(network: Network, sources: Any, targets: Any, *, limit: float = np.inf) -> pd.DataFrame:
    """Return ``target`` and ``metres`` [m] of the nearest target of each source."""
    s, t, table = _table(network, sources, targets, limit)
    if len(t) == 0:
        best, metres = np.full(len(s), -1), np.full(len(s), np.inf)
    else:
        best = table.argmin(axis=1)
        metres = table[np.arange(len(s)), best]
    best = np.where(np.isfinite(metres), best, -1)
    return pd.DataFrame({"target": take(t.index, best), "metres": metres}, index=s.index)


def nearest_k(network: Network, sources: Any, targets: Any, k: int, *, limit: float = np.inf) -> pd.DataFrame:
    """Return up to ``k`` nearest targets of each source, nearest first."""
    if k < 1:
        raise InputError("k 至少为 1 / k must be at least 1")
    s, t, table = _table(network, sources, targets, limit)
    order = np.argsort(table, axis=1, kind="stable")[:, :k]
    rows = np.repeat(np.arange(len(s)), order.shape[1])
    metres = table[rows, order.ravel()]
    rank = np.tile(np.arange(1, order.shape[1] + 1), len(s))
    ok = np.isfinite(metres)
    return pd.DataFrame(
        {
            "source": s.index.take(rows[ok]),
            "target": t.index.take(order.ravel()[ok]),
            "metres": metres[ok],
            "rank": rank[ok],
        }
    )


def pairs(network: Network, sources: Any, targets: Any, *, limit: float) -> Pairs:
    """Return all pairs within ``limit`` [m]."""
    s, t, table = _table(network, sources, targets, limit)
    rows, columns = np.nonzero(np.isfinite(table))
    indptr = np.zeros(len(s) + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=len(s)), out=indptr[1:])
    return Pairs(s.index, t.index, indptr, columns.astype(np.int32), table[rows, columns])


def node_distances(network: Network, targets: Any, *, limit: float = np.inf) -> pd.Series:
    """Return the metres [m] from every node to its nearest target."""
    metres = nearest(network, network.nodes, targets, limit=limit)["metres"]
    return metres.rename("metres")


def isochrone(
    network: Network, points: Any, limits: float | Iterable[float], *, width: float = 30.0
) -> gpd.GeoDataFrame:
    """Return the strip of ``width`` [m] along the streets reached from each point within each limit [m]."""
    wanted = sorted({float(x) for x in (limits if isinstance(limits, Iterable) else [limits])})
    p = places(network, points, arriving=False)
    graph, a = _matrix(network, into=False), network.arrays
    lines = shapely.linestrings(a.shape_xy, indices=np.repeat(np.arange(network.n_edges), np.diff(a.shape_ptr)))
    rows = []
    for i in range(len(p)):
        d = _from_one(graph, p, i, network.n_nodes)
        for limit in wanted:
            room = to_nm(limit)
            ahead = np.clip(np.where(np.isfinite(d[a.tail]), room - d[a.tail], 0), 0, a.length)
            back = np.clip(np.where(np.isfinite(d[a.head]), room - d[a.head], 0), 0, a.length)
            back[a.oneway & network.directed] = 0
            parts = []
            for e in np.flatnonzero((ahead > 0) | (back > 0)):
                full = a.length[e]
                if ahead[e] + back[e] >= full:
                    parts.append(lines[e])
                else:
                    parts += [
                        shapely.ops.substring(lines[e], 0, ahead[e] / full, normalized=True),
                        shapely.ops.substring(lines[e], 1 - back[e] / full, 1, normalized=True),
                    ]
            if p.edge[i] >= 0 and p.leg[i] <= room:
                e, full = p.edge[i], max(a.length[p.edge[i]], 1)
                left = room - p.leg[i]
                low = p.along[i] if network.directed and a.oneway[e] else max(p.along[i] - left, 0)
                high = min(p.along[i] + left, full)
                parts.append(shapely.ops.substring(lines[e], low / full, high / full, normalized=True))
            if p.edge[i] < 0 and p.a[i] >= 0:
                parts.append(shapely.Point(p.x[i], p.y[i]))
            rows.append((p.index[i], limit, shapely.union_all(shapely.buffer(parts, width))))
    table = pd.DataFrame(rows, columns=["point", "limit", "geometry"])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=network.crs)


def islands(network: Network) -> pd.Series:
    """Return the number of the connected part of each node, 0 the largest."""
    _, part = connected_components(_matrix(network, into=False), directed=False)
    size = np.bincount(part)
    first = np.full(len(size), len(part))
    np.minimum.at(first, part, np.arange(len(part)))
    rank = np.empty(len(size), np.int64)
    rank[np.lexsort((first, -size))] = np.arange(len(size))
    return pd.Series(rank[part], index=network.nodes, name="island")
