"""Questions to a network: what is near, how far, what lies within reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from geo.errors import InputError
from geo.network import hierarchy, kernels
from geo.network.field import ends, field, finish, metres_field, room_of
from geo.network.graph import Graph, hang, lie, slices
from geo.network.links import NM, Floats, Ints
from geo.network.pairs import Pairs
from geo.network.places import Places
from geo.network.snap import take
from geo.network.where import places
from geo.text import Text

__all__ = ["distances", "islands", "nearest", "nearest_k", "node_distances", "pair_arrays", "pairs"]

FEW = 2_000
"""Fewer sources than one in so many nodes are searched from one by one, more all at once from the targets."""
MANY = 64
"""From so many full searches on, the one-off preparation pays."""


def nearest(graph: Graph, sources: Any, targets: Any, *, limit: float = np.inf) -> pd.DataFrame:
    """Return ``target`` and ``metres`` [m] of the nearest target of each source.

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> nearest(network().graph, homes(), school())["metres"].tolist()
    [100.0, 500.0, 800.0]
    """
    room = room_of(limit)
    t = places(graph, targets, arriving=True)
    if sources is graph.labels:
        cost, which = field(graph, t, room)
        return pd.DataFrame({"target": take(t.index, which), "metres": cost / NM}, index=graph.labels)
    s = places(graph, sources, arriving=False)
    if len(s) * FEW < graph.n:
        item, costs, found = _k_nearest(graph, s, t, 1, room)
        which, cost = np.where(found > 0, item[:, 0], -1), np.where(found > 0, costs[:, 0], np.inf)
    else:
        dist, label = field(graph, t, room)
        cost, which = finish(graph, s, t, dist, label, room)
    return pd.DataFrame({"target": take(t.index, which), "metres": cost / NM}, index=s.index)


def node_distances(graph: Graph, targets: Any, *, limit: float = np.inf) -> pd.Series:
    """Return the metres [m] from every node to its nearest target.

    Examples
    --------
    >>> from geo.examples import network, school
    >>> node_distances(network().graph, school()).sort_index().tolist()
    [0.0, 400.0, 700.0, 1100.0]
    """
    metres = metres_field(graph, places(graph, targets, arriving=True), room_of(limit))
    return pd.Series(metres, index=graph.labels, name="metres", copy=False)


def _k_nearest(graph: Graph, s: Places, t: Places, k: int, room: float) -> tuple[Ints, Floats, NDArray[np.int64]]:
    """Return items, costs (sources × k) and how many were found."""
    item, cost = np.full((len(s), k), -1, np.int32), np.full((len(s), k), np.inf)
    found = np.zeros(len(s), np.int64)
    if len(t) == 0:
        return item, cost, found
    nodes, costs = ends(s)
    hung, side = hang(t, graph.n), lie(t, graph)
    oneway = graph.oneway()

    def task(start: int, stop: int) -> None:
        with graph.scratch() as lent:
            kernels.k_nearest(
                *graph.out, start, stop, nodes, costs, s.edge, s.along, s.leg, *hung, *side, t.along, t.leg, oneway,
                k, room, graph.delta, graph.longest, *lent, item, cost, found,
            )  # fmt: skip

    slices(len(s), task)
    return item, cost, found


def nearest_k(graph: Graph, sources: Any, targets: Any, k: int, *, limit: float = np.inf) -> pd.DataFrame:
    """Return up to ``k`` nearest targets of each source, nearest first.

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> nearest_k(network().graph, school(), homes(), 2)["target"].tolist()
    ['a', 'b']
    """
    if k < 1:
        raise InputError(Text("k 至少为 1", "k must be at least 1"))
    s, t = places(graph, sources, arriving=False), places(graph, targets, arriving=True)
    item, cost, found = _k_nearest(graph, s, t, min(k, max(len(t), 1)), room_of(limit))
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


def distances(graph: Graph, sources: Any, targets: Any, *, limit: float = np.inf) -> pd.DataFrame:
    """Return walking metres [m], shape (sources, targets), ``inf`` beyond ``limit``.

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> distances(network().graph, homes(), school(), limit=500)["S"].tolist()
    [100.0, 500.0, inf]
    """
    if np.isfinite(room_of(limit)):
        return pairs(graph, sources, targets, limit=limit).dense()
    s, t = places(graph, sources, arriving=False), places(graph, targets, arriving=True)
    forward = len(s) < len(t)
    roots, items = (s, t) if forward else (t, s)
    table = np.empty((len(roots), len(items)))
    _fill(graph, roots, items, forward, table)
    table /= NM
    return pd.DataFrame(table if forward else table.T, s.index, t.index)


def _fill(graph: Graph, roots: Places, items: Places, forward: bool, table: Floats) -> None:
    nodes, costs = ends(roots)
    side, oneway = lie(items, graph), graph.oneway()
    on_edges = (roots.edge, roots.along, roots.leg, *side, items.along, items.leg, oneway, forward)
    if len(roots) >= MANY:
        graph.prepare()
    tree = graph.seen("hierarchy")
    if tree is not None:
        hierarchy.table(tree, nodes, costs, items, table)
        kernels.beside(0, len(roots), *on_edges, table)
        return
    arcs = graph.out if forward else graph.into

    def task(start: int, stop: int) -> None:
        with graph.scratch() as lent:
            kernels.table_rows(
                *arcs, start, stop, nodes, costs, *on_edges[:3], items.a, items.b, items.cost_a, items.cost_b,
                *on_edges[3:], graph.delta, graph.longest, *lent, table,
            )  # fmt: skip

    slices(len(roots), task, least=4)


def pairs(graph: Graph, sources: Any, targets: Any, *, limit: float) -> Pairs:
    """Return all pairs within ``limit`` [m].

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> len(pairs(network().graph, homes(), school(), limit=500))
    2
    """
    s, t = places(graph, sources, arriving=False), places(graph, targets, arriving=True)
    forward = len(s) < len(t)
    roots, items = (s, t) if forward else (t, s)
    counts, found, metres = pair_arrays(graph, roots, items, forward, room_of(limit))
    indptr = np.zeros(len(roots) + 1, np.int64)
    np.cumsum(counts, out=indptr[1:])
    by_root = Pairs(roots.index, items.index, indptr, found, metres)
    if items.whole:
        return by_root if forward else by_root.transpose()
    by_item = by_root.transpose()
    return by_item.transpose() if forward else by_item


def pair_arrays(
    graph: Graph, roots: Places, items: Places, forward: bool, room: float
) -> tuple[NDArray[np.int64], Ints, Floats]:
    """Return how many items are within ``room`` of each root, which, and how far [m].

    The items of a root are in order when they are all nodes.

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> walked = network()
    >>> start, goal = walked.place(school()), walked.place(homes())
    >>> counts, which, metres = pair_arrays(walked.graph, start, goal, True, 500 * NM)
    >>> counts.tolist(), sorted(zip(which.tolist(), metres.tolist()))
    ([2], [(0, 100.0), (1, 500.0)])
    """
    nodes, costs = ends(roots)
    arcs, oneway = graph.out if forward else graph.into, graph.oneway()
    width = (room, graph.delta, graph.longest)
    hung, side = (None, None) if items.whole else (hang(items, graph.n), lie(items, graph))

    def task(start: int, stop: int) -> tuple[NDArray[np.int64], Ints, Floats]:
        with graph.scratch() as lent:
            if hung is None or side is None:
                return kernels.node_rows(*arcs, start, stop, nodes, costs, *width, *lent)
            counts, found, cost = kernels.pair_rows(
                *arcs, start, stop, nodes, costs, roots.edge, roots.along, roots.leg, *hung, *side,
                items.along, items.leg, oneway, forward, *width, *lent,
            )  # fmt: skip
            return counts, found, cost / NM

    parts = slices(len(roots), task)
    counts, found, cost = zip(*parts, strict=True)
    return np.concatenate(counts), np.concatenate(found), np.concatenate(cost)


def islands(graph: Graph) -> pd.Series:
    """Return the number of the connected part of each node, 0 the largest.

    Examples
    --------
    >>> from geo.examples import network
    >>> islands(network().graph).tolist()
    [0, 0, 0, 0]
    """
    out = graph.out
    arcs = sparse.csr_matrix((np.ones(len(out.node), np.int8), out.node, out.ptr), shape=(graph.n,) * 2)
    _, part = connected_components(arcs, directed=False)
    size = np.bincount(part)
    first = np.full(len(size), len(part))
    np.minimum.at(first, part, np.arange(len(part)))
    rank = np.empty(len(size), np.int64)
    rank[np.lexsort((first, -size))] = np.arange(len(size))
    return pd.Series(rank[part], index=graph.labels, name="island")
