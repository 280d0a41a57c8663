"""Questions to a network: what is near, how far, what lies within reach, and what a change would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from geo import _kernels, _sweep
from geo._engine import Engine, hang, lie, slices
from geo._links import NM, to_nm
from geo._places import Places, places
from geo._snap import take
from geo._what_if import Change, Served, place_at, serve, what_if
from geo.errors import InputError

if TYPE_CHECKING:
    from geo.network import Network

__all__ = [
    "Change",
    "Pairs",
    "Served",
    "distances",
    "islands",
    "nearest",
    "nearest_k",
    "node_distances",
    "pairs",
    "place_at",
    "serve",
    "what_if",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

FEW = 2_000
"""Fewer sources than one in so many nodes are searched from one by one, more all at once from the targets."""
MANY = 64
"""From so many full searches on, the one-off preparation pays."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Sources and targets within a limit of each other, row by row (compressed sparse rows).

    The targets of source ``i`` are ``targets[indices[indptr[i]:indptr[i + 1]]]``, ascending, at ``metres`` [m].
    """

    sources: pd.Index
    targets: pd.Index
    indptr: NDArray[np.int64]
    indices: Ints
    metres: Floats

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.indices)

    def rows(self) -> Ints:
        """Return the position of the source of each pair."""
        return np.repeat(np.arange(len(self.sources), dtype=np.int32), np.diff(self.indptr))

    def frame(self) -> pd.DataFrame:
        """Return one row per pair: ``source``, ``target``, ``metres`` [m]."""
        return pd.DataFrame(
            {
                "source": self.sources.take(self.rows()),
                "target": self.targets.take(self.indices),
                "metres": self.metres,
            }
        )

    def dense(self) -> pd.DataFrame:
        """Return the full table [m], ``inf`` where a pair is missing."""
        table = np.full((len(self.sources), len(self.targets)), np.inf)
        table[self.rows(), self.indices] = self.metres
        return pd.DataFrame(table, self.sources, self.targets)

    def transpose(self) -> Pairs:
        """Return the same pairs, targets first."""
        turned = sparse.csr_matrix(
            (self.metres, self.indices, self.indptr), shape=(len(self.sources), len(self.targets))
        ).tocsc()
        return Pairs(
            self.targets,
            self.sources,
            turned.indptr.astype(np.int64),
            turned.indices.astype(np.int32),
            turned.data,
        )


def room_of(limit: float) -> float:
    """Return ``limit`` [m] in nanometres, or raise when it is no length."""
    if not float(limit) >= 0:
        raise InputError("距离上限必须是不小于 0 的米数 / limit must be metres of at least 0")
    return float(to_nm(limit))


def _ends(p: Places) -> tuple[NDArray[np.int32], Floats]:
    """Return the two nodes and costs of each place, shape (places, 2)."""
    return np.stack([p.a, p.b], axis=1), np.stack([p.cost_a, p.cost_b], axis=1)


def field(engine: Engine, targets: Places, room: float) -> tuple[Floats, Ints]:
    """Return for every node the nanometres to its nearest target within ``room``, and which it is (-1: none)."""
    node = np.concatenate([targets.a, targets.b])
    cost = np.concatenate([targets.cost_a, targets.cost_b])
    which = np.tile(np.arange(len(targets), dtype=np.int32), 2)
    tree = engine.seen("hierarchy")
    if tree is not None and not _local(engine, targets, room):
        return _sweep.nearest(tree, node, cost, which, room)
    label = np.full(engine.n, -1, np.int32)
    with engine.scratch() as lent:
        count = _kernels.spread(*engine.into, node, cost, room, engine.delta, engine.longest, *lent, which, label)
        return _kernels.take_out(lent.dist, lent.reached, count, 1.0), label


def metres_field(engine: Engine, targets: Places, room: float) -> Floats:
    """Return for every node the metres to its nearest target within ``room`` [nm]."""
    node = np.concatenate([targets.a, targets.b])
    cost = np.concatenate([targets.cost_a, targets.cost_b])
    tree = engine.seen("hierarchy")
    if tree is not None and not _local(engine, targets, room):
        return _sweep.distances(tree, node, cost, room, NM)
    with engine.scratch() as lent:
        count = _kernels.spread(*engine.into, node, cost, room, engine.delta, engine.longest, *lent)
        return _kernels.take_out(lent.dist, lent.reached, count, NM)


def _local(engine: Engine, targets: Places, room: float) -> bool:
    """Return whether searching around the targets touches too little to be worth a sweep over the network."""
    if not np.isfinite(room):
        return False
    ball = 12.0 * (room / engine.delta) ** 2
    return len(targets) * min(ball, engine.n) < 0.3 * engine.n


def nearest(network: Network, sources: Any, targets: Any, *, limit: float = np.inf) -> pd.DataFrame:
    """Return ``target`` and ``metres`` [m] of the nearest target of each source."""
    room, engine = room_of(limit), network.engine
    t = places(network, targets, arriving=True)
    if sources is network.nodes:
        cost, which = field(engine, t, room)
        return pd.DataFrame({"target": take(t.index, which), "metres": cost / NM}, index=network.nodes)
    s = places(network, sources, arriving=False)
    if len(s) * FEW < engine.n:
        item, costs, found = _k_nearest(engine, s, t, 1, room)
        which, cost = np.where(found > 0, item[:, 0], -1), np.where(found > 0, costs[:, 0], np.inf)
    else:
        dist, label = field(engine, t, room)
        cost, which = finish(engine, s, t, dist, label, room)
    return pd.DataFrame({"target": take(t.index, which), "metres": cost / NM}, index=s.index)


def finish(engine: Engine, s: Places, t: Places, dist: Floats, label: Ints, room: float) -> tuple[Floats, Ints]:
    """Return the nanometres from each place to its nearest target within ``room``, and which it is."""
    side = lie(t, engine)
    cost, which = _kernels.finish(
        dist, label, s.a, s.b, s.cost_a, s.cost_b, s.edge, s.along, s.leg, *side, t.along, t.leg, engine.oneway()
    )
    far = cost > room
    cost[far], which[far] = np.inf, -1
    return cost, which


def node_distances(network: Network, targets: Any, *, limit: float = np.inf) -> pd.Series:
    """Return the metres [m] from every node to its nearest target."""
    metres = metres_field(network.engine, places(network, targets, arriving=True), room_of(limit))
    return pd.Series(metres, index=network.nodes, name="metres", copy=False)


def _k_nearest(engine: Engine, s: Places, t: Places, k: int, room: float) -> tuple[Ints, Floats, NDArray[np.int64]]:
    """Return items, costs (sources × k) and how many were found."""
    item, cost = np.full((len(s), k), -1, np.int32), np.full((len(s), k), np.inf)
    found = np.zeros(len(s), np.int64)
    if len(t) == 0:
        return item, cost, found
    nodes, costs = _ends(s)
    hung, side = hang(t, engine.n), lie(t, engine)
    oneway = engine.oneway()

    def task(start: int, stop: int) -> None:
        with engine.scratch() as lent:
            _kernels.k_nearest(
                *engine.out, start, stop, nodes, costs, s.edge, s.along, s.leg, *hung, *side, t.along, t.leg, oneway,
                k, room, engine.delta, engine.longest, *lent, item, cost, found,
            )  # fmt: skip

    slices(len(s), task)
    return item, cost, found


def nearest_k(network: Network, sources: Any, targets: Any, k: int, *, limit: float = np.inf) -> pd.DataFrame:
    """Return up to ``k`` nearest targets of each source, nearest first."""
    if k < 1:
        raise InputError("k 至少为 1 / k must be at least 1")
    s, t = places(network, sources, arriving=False), places(network, targets, arriving=True)
    item, cost, found = _k_nearest(network.engine, s, t, min(k, max(len(t), 1)), room_of(limit))
    ok = np.arange(item.shape[1]) < found[:, None]
    rows, rank = np.nonzero(ok)
    return pd.DataFrame(
        {
            "source": s.index.take(rows),
            "target": t.index.take(item[ok]),
            "metres": cost[ok] / NM,
            "rank": rank + 1,
        }
    )


def distances(network: Network, sources: Any, targets: Any, *, limit: float = np.inf) -> pd.DataFrame:
    """Return walking metres [m], shape (sources, targets), ``inf`` beyond ``limit``."""
    if np.isfinite(room_of(limit)):
        return pairs(network, sources, targets, limit=limit).dense()
    s, t = places(network, sources, arriving=False), places(network, targets, arriving=True)
    forward = len(s) < len(t)
    roots, items = (s, t) if forward else (t, s)
    table = np.empty((len(roots), len(items)))
    _fill(network, roots, items, forward, table)
    table /= NM
    return pd.DataFrame(table if forward else table.T, s.index, t.index)


def _fill(network: Network, roots: Places, items: Places, forward: bool, table: Floats) -> None:
    engine = network.engine
    nodes, costs = _ends(roots)
    side, oneway = lie(items, engine), engine.oneway()
    on_edges = (roots.edge, roots.along, roots.leg, *side, items.along, items.leg, oneway, forward)
    if len(roots) >= MANY:
        network.prepare()
    tree = engine.seen("hierarchy")
    if tree is not None:
        _sweep.table(tree, nodes, costs, items, table)
        _kernels.beside(0, len(roots), *on_edges, table)
        return
    arcs = engine.out if forward else engine.into

    def task(start: int, stop: int) -> None:
        with engine.scratch() as lent:
            _kernels.table_rows(
                *arcs, start, stop, nodes, costs, *on_edges[:3], items.a, items.b, items.cost_a, items.cost_b,
                *on_edges[3:], engine.delta, engine.longest, *lent, table,
            )  # fmt: skip

    slices(len(roots), task, least=4)


def pairs(network: Network, sources: Any, targets: Any, *, limit: float) -> Pairs:
    """Return all pairs within ``limit`` [m]."""
    s, t = places(network, sources, arriving=False), places(network, targets, arriving=True)
    forward = len(s) < len(t)
    roots, items = (s, t) if forward else (t, s)
    counts, found, metres = pair_arrays(network.engine, roots, items, forward, room_of(limit))
    indptr = np.zeros(len(roots) + 1, np.int64)
    np.cumsum(counts, out=indptr[1:])
    by_root = Pairs(roots.index, items.index, indptr, found, metres)
    if items.whole:
        return by_root if forward else by_root.transpose()
    by_item = by_root.transpose()
    return by_item.transpose() if forward else by_item


def pair_arrays(
    engine: Engine, roots: Places, items: Places, forward: bool, room: float
) -> tuple[NDArray[np.int64], Ints, Floats]:
    """Return how many items are within ``room`` of each root, which, and how far [m].

    The items of a root are in order when they are all nodes.
    """
    nodes, costs = _ends(roots)
    arcs, oneway = engine.out if forward else engine.into, engine.oneway()
    width = (room, engine.delta, engine.longest)
    hung, side = (None, None) if items.whole else (hang(items, engine.n), lie(items, engine))

    def task(start: int, stop: int) -> tuple[NDArray[np.int64], Ints, Floats]:
        with engine.scratch() as lent:
            if hung is None or side is None:
                return _kernels.node_rows(*arcs, start, stop, nodes, costs, *width, *lent)
            counts, found, cost = _kernels.pair_rows(
                *arcs, start, stop, nodes, costs, roots.edge, roots.along, roots.leg, *hung, *side,
                items.along, items.leg, oneway, forward, *width, *lent,
            )  # fmt: skip
            return counts, found, cost / NM

    parts = slices(len(roots), task)
    counts, found, cost = zip(*parts, strict=True)
    return np.concatenate(counts), np.concatenate(found), np.concatenate(cost)


def islands(network: Network) -> pd.Series:
    """Return the number of the connected part of each node, 0 the largest."""
    out = network.engine.out
    graph = sparse.csr_matrix((np.ones(len(out.node), np.int8), out.node, out.ptr), shape=(network.n_nodes,) * 2)
    _, part = connected_components(graph, directed=False)
    size = np.bincount(part)
    first = np.full(len(size), len(part))
    np.minimum.at(first, part, np.arange(len(part)))
    rank = np.empty(len(size), np.int64)
    rank[np.lexsort((first, -size))] = np.arange(len(size))
    return pd.Series(rank[part], index=network.nodes, name="island")
