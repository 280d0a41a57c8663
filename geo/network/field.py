"""How far every node, and every place, is from the nearest of some targets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.laws import limit_of
from geo.network import hierarchy, kernels
from geo.network.graph import Graph, lie
from geo.network.links import NM, Floats, Ints, to_nm
from geo.network.places import Places

__all__ = ["ends", "field", "finish", "metres_field", "room_of"]


def room_of(limit: float) -> float:
    """Return ``limit`` [m] in nanometres, or raise when it is no length.

    Examples
    --------
    >>> room_of(500) / NM
    500.0
    >>> room_of(-1)
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...limit must be a number of at least 0, not -1
    """
    return float(to_nm(limit_of(limit)))


def ends(p: Places) -> tuple[NDArray[np.int32], Floats]:
    """Return the two nodes and costs of each place, shape (places, 2).

    Examples
    --------
    >>> from geo.examples import homes, network
    >>> nodes, costs = ends(network().place(homes()))
    >>> (costs / NM).tolist()  # a lies 100 m from node 1 and 300 m from node 2
    [[100.0, 300.0], [100.0, 200.0], [100.0, 300.0]]
    """
    return np.stack([p.a, p.b], axis=1), np.stack([p.cost_a, p.cost_b], axis=1)


def field(graph: Graph, targets: Places, room: float) -> tuple[Floats, Ints]:
    """Return for every node the nanometres to its nearest target within ``room``, and which it is (-1: none).

    Examples
    --------
    >>> from geo.examples import network, school
    >>> walked = network()
    >>> costs, which = field(walked.graph, walked.place(school()), np.inf)
    >>> sorted((costs / NM).tolist()), which.tolist()
    ([0.0, 400.0, 700.0, 1100.0], [0, 0, 0, 0])
    """
    node = np.concatenate([targets.a, targets.b])
    cost = np.concatenate([targets.cost_a, targets.cost_b])
    which = np.tile(np.arange(len(targets), dtype=np.int32), 2)
    tree = graph.seen("hierarchy")
    if tree is not None and not _local(graph, targets, room):
        return hierarchy.nearest(tree, node, cost, which, room)
    label = np.full(graph.n, -1, np.int32)
    with graph.scratch() as lent:
        count = kernels.spread(*graph.into, node, cost, room, graph.delta, graph.longest, *lent, which, label)
        return kernels.take_out(lent.dist, lent.reached, count, 1.0), label


def metres_field(graph: Graph, targets: Places, room: float) -> Floats:
    """Return for every node the metres to its nearest target within ``room`` [nm].

    Examples
    --------
    >>> from geo.examples import network, school
    >>> walked = network()
    >>> sorted(metres_field(walked.graph, walked.place(school()), np.inf).tolist())
    [0.0, 400.0, 700.0, 1100.0]
    """
    node = np.concatenate([targets.a, targets.b])
    cost = np.concatenate([targets.cost_a, targets.cost_b])
    tree = graph.seen("hierarchy")
    if tree is not None and not _local(graph, targets, room):
        return hierarchy.distances(tree, node, cost, room, NM)
    with graph.scratch() as lent:
        count = kernels.spread(*graph.into, node, cost, room, graph.delta, graph.longest, *lent)
        return kernels.take_out(lent.dist, lent.reached, count, NM)


def _local(graph: Graph, targets: Places, room: float) -> bool:
    """Return whether searching around the targets touches too little to be worth a sweep over the network."""
    if not np.isfinite(room):
        return False
    ball = 12.0 * (room / graph.delta) ** 2
    return len(targets) * min(ball, graph.n) < 0.3 * graph.n


def finish(graph: Graph, s: Places, t: Places, dist: Floats, label: Ints, room: float) -> tuple[Floats, Ints]:
    """Return the nanometres from each place to its nearest target within ``room``, and which it is.

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> walked = network()
    >>> start, goal = walked.place(homes()), walked.place(school())
    >>> costs, which = finish(walked.graph, start, goal, *field(walked.graph, goal, np.inf), np.inf)
    >>> (costs / NM).tolist(), which.tolist()
    ([100.0, 500.0, 800.0], [0, 0, 0])
    """
    side = lie(t, graph)
    cost, which = kernels.finish(
        dist, label, s.a, s.b, s.cost_a, s.cost_b, s.edge, s.along, s.leg, *side, t.along, t.leg, graph.oneway()
    )
    far = cost > room
    cost[far], which[far] = np.inf, -1
    return cost, which
