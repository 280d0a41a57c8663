"""Nearest facility of every node in two linear passes, after a one-off preparation.

Preparation contracts the nodes one by one, the least important first, and keeps for each the arcs to the nodes that
remained, shortcuts included (contraction hierarchies: Geisberger, Sanders, Schultes & Vetter 2012, Transportation
Science 46, 388-404). Every shortest path then climbs and descends once, so that one pass upwards and one pass
downwards over these arcs give exact distances to all nodes (PHAST: Delling, Goldberg, Nowatzyk & Werneck 2013, J.
Parallel Distrib. Comput. 73, 940-952), from any number of facilities at once. The passes run in an order that is
both valid and local on the ground. Lengths are whole numbers, so sums do not depend on how paths are cut.

Where ways differ by direction (one-way streets, uphill and down) every pair of neighbours has a length each way, ``inf``
where there is none: searches climb by the lengths outwards and descend by the lengths back.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.kernel import kernel
from geo.network.links import Floats, Ints, Side
from geo.network.places import Places

__all__ = ["Hierarchy", "distances", "nearest", "prepare", "several", "table"]

LANES = 8
"""Searches answered side by side in one pass: eight float64 fill one AVX-512 register or one cache line."""


class Hierarchy(NamedTuple):
    """The arcs upwards, in passing order: every head comes before its tail.

    Examples
    --------
    >>> from geo.examples import network
    >>> tree = prepare(network().graph.out)
    >>> len(tree.place), len(tree.head)  # a path of three streets needs no shortcut
    (4, 3)
    """

    place: Ints
    """Position of each node in the passing order."""
    ptr: NDArray[np.int32]
    head: Ints
    length: Floats
    """Of each arc from its tail up to its head."""
    back: Floats
    """Of each arc from its head down to its tail; the same array where all ways are alike in both directions."""

    def turned(self) -> Hierarchy:
        """Return the hierarchy for searches against the arcs: from every node to the seeds.

        Examples
        --------
        >>> from geo.examples import network
        >>> tree = prepare(network().graph.out)
        >>> tree.turned().length is tree.back
        True
        """
        return self._replace(length=self.back, back=self.length)


@kernel
def _witness(a, v, far, settle, start, size, adj_node, adj_out, dist, touched, heap_node, heap_cost):  # type: ignore[no-untyped-def]
    """Search from ``a`` without ``v`` as far as ``far``, settling few nodes; return how many were touched."""
    dist[a] = 0.0
    touched[0] = a
    count, used, done = 1, 1, 0
    heap_node[0], heap_cost[0] = a, 0.0
    while used > 0:
        u, d = heap_node[0], heap_cost[0]
        used -= 1
        last, last_cost = heap_node[used], heap_cost[used]
        i = 0
        while 2 * i + 1 < used:
            j = 2 * i + 1
            if j + 1 < used and heap_cost[j + 1] < heap_cost[j]:
                j += 1
            if heap_cost[j] >= last_cost:
                break
            heap_cost[i], heap_node[i] = heap_cost[j], heap_node[j]
            i = j
        heap_cost[i], heap_node[i] = last_cost, last
        if d > dist[u]:
            continue
        done += 1
        if done > settle:
            break
        for k in range(start[u], start[u] + size[u]):
            t = adj_node[k]
            nd = d + adj_out[k]
            if t == v or nd > far or nd >= dist[t] or used >= len(heap_node):
                continue
            if dist[t] == np.inf:
                if count == len(touched):
                    continue
                touched[count] = t
                count += 1
            dist[t] = nd
            i = used
            used += 1
            while i > 0 and heap_cost[(i - 1) >> 1] > nd:
                heap_cost[i], heap_node[i] = heap_cost[(i - 1) >> 1], heap_node[(i - 1) >> 1]
                i = (i - 1) >> 1
            heap_cost[i], heap_node[i] = nd, t
    return count


@kernel
def _drop(u, v, start, size, adj_node, adj_out, adj_in):  # type: ignore[no-untyped-def]
    """Remove ``v`` from the neighbours of ``u``."""
    last = start[u] + size[u] - 1
    for k in range(start[u], last + 1):
        if adj_node[k] == v:
            adj_node[k], adj_out[k], adj_in[k] = adj_node[last], adj_out[last], adj_in[last]
            size[u] -= 1
            return


@kernel
def _shut(u, v, start, size, adj_node, adj_in):  # type: ignore[no-untyped-def]
    """Close the way into ``u`` from its neighbour ``v``."""
    for k in range(start[u], start[u] + size[u]):
        if adj_node[k] == v:
            adj_in[k] = np.inf
            return


@kernel
def _longer(values, used, room):  # type: ignore[no-untyped-def]
    """Return an array of ``room`` places that begins with the ``used`` ones of ``values``."""
    more = np.empty(room, values.dtype)
    more[:used] = values[:used]
    return more


@kernel
def _contract(ptr, node, length, back, directed, settle, weight):  # type: ignore[no-untyped-def]  # noqa: C901
    """Return for each node where its upward arcs start and how many there are, and the arcs (head, length, back).

    Neighbours are listed at both nodes, with the length out of the node and the length into it. Without ``directed``
    both are one array, so that every change is one of both.
    """
    n = len(ptr) - 1
    start, size, cap = np.empty(n, np.int64), np.empty(n, np.int32), np.empty(n, np.int32)
    total = 0
    for v in range(n):
        degree = ptr[v + 1] - ptr[v]
        start[v], size[v], cap[v] = total, degree, degree + 2
        total += degree + 2
    pool = total + total // 2 + 1024
    adj_node, adj_out = np.empty(pool, np.int32), np.empty(pool)
    adj_in = np.empty(pool) if directed else adj_out
    for v in range(n):
        for k in range(size[v]):
            adj_node[start[v] + k] = node[ptr[v] + k]
            adj_out[start[v] + k] = length[ptr[v] + k]
            if directed:
                adj_in[start[v] + k] = back[ptr[v] + k]
    up_start, up_size = np.zeros(n, np.int64), np.zeros(n, np.int32)
    up_room, up_used = 3 * n + 1024, 0
    up_node, up_out, up_in = np.empty(up_room, np.int32), np.empty(up_room), np.empty(up_room if directed else 1)
    level = np.zeros(n, np.int32)
    dist = np.full(n, np.inf)
    touched = np.empty(8192, np.int32)
    heap_node, heap_cost = np.empty(8192, np.int32), np.empty(8192)
    cut_a, cut_b, cut_len = np.empty(65536, np.int32), np.empty(65536, np.int32), np.empty(65536)

    queue_node, queue_rank = np.empty(n + 1, np.int32), np.empty(n + 1)
    queued = 0
    for first in range(n):
        # Guess from the degree; the true rank is found when the node comes up.
        rank = 0.25 * max(0, size[first] - 1)
        i = queued
        queued += 1
        while i > 0 and queue_rank[(i - 1) >> 1] > rank:
            queue_rank[i], queue_node[i] = queue_rank[(i - 1) >> 1], queue_node[(i - 1) >> 1]
            i = (i - 1) >> 1
        queue_rank[i], queue_node[i] = rank, first

    while queued > 0:
        v = queue_node[0]
        degree = size[v]
        cuts = 0
        if degree > 1:
            for x in range(degree if directed else degree - 1):
                a, wa = adj_node[start[v] + x], adj_in[start[v] + x]
                if wa == np.inf:
                    continue
                far = 0.0
                for y in range(0 if directed else x + 1, degree):
                    if y != x and adj_out[start[v] + y] < np.inf:
                        far = max(far, wa + adj_out[start[v] + y])
                count = _witness(
                    a, v, far, settle + 2 * degree, start, size, adj_node, adj_out, dist, touched, heap_node, heap_cost
                )
                for y in range(0 if directed else x + 1, degree):
                    b, through = adj_node[start[v] + y], wa + adj_out[start[v] + y]
                    if y != x and dist[b] > through and cuts < len(cut_a):
                        cut_a[cuts], cut_b[cuts], cut_len[cuts] = a, b, through
                        cuts += 1
                # An arc longer than a way round it is on no shortest path.
                k = start[a]
                while k < start[a] + size[a]:
                    b = adj_node[k]
                    if b == v or dist[b] >= adj_out[k]:
                        k += 1
                    elif directed and adj_in[k] < np.inf:
                        adj_out[k] = np.inf
                        _shut(b, a, start, size, adj_node, adj_in)
                        k += 1
                    else:
                        _drop(b, a, start, size, adj_node, adj_out, adj_in)
                        last = start[a] + size[a] - 1
                        adj_node[k], adj_out[k], adj_in[k] = adj_node[last], adj_out[last], adj_in[last]
                        size[a] -= 1
                for i in range(count):
                    dist[touched[i]] = np.inf
        rank = weight * level[v] + (cuts / degree if degree > 0 else 0.0)
        next_rank = np.inf
        if queued > 1:
            next_rank = queue_rank[1]
        if queued > 2:
            next_rank = min(next_rank, queue_rank[2])
        contract = rank <= next_rank
        if contract:
            queued -= 1
            moved, moved_rank = queue_node[queued], queue_rank[queued]
        else:
            moved, moved_rank = v, rank
        i = 0
        while 2 * i + 1 < queued:
            j = 2 * i + 1
            if j + 1 < queued and queue_rank[j + 1] < queue_rank[j]:
                j += 1
            if queue_rank[j] >= moved_rank:
                break
            queue_rank[i], queue_node[i] = queue_rank[j], queue_node[j]
            i = j
        queue_rank[i], queue_node[i] = moved_rank, moved
        if not contract:
            continue

        up_start[v], up_size[v] = up_used, degree
        if up_used + degree > up_room:
            up_room = 2 * up_room + degree
            up_node, up_out = _longer(up_node, up_used, up_room), _longer(up_out, up_used, up_room)
            if directed:
                up_in = _longer(up_in, up_used, up_room)
        for x in range(degree):
            a = adj_node[start[v] + x]
            up_node[up_used], up_out[up_used] = a, adj_out[start[v] + x]
            if directed:
                up_in[up_used] = adj_in[start[v] + x]
            up_used += 1
            level[a] = max(level[a], level[v] + 1)
            _drop(a, v, start, size, adj_node, adj_out, adj_in)
        for c in range(cuts):
            for turn in range(2):
                a, b = (cut_a[c], cut_b[c]) if turn == 0 else (cut_b[c], cut_a[c])
                out = np.inf if directed and turn == 1 else cut_len[c]
                into = np.inf if directed and turn == 0 else cut_len[c]
                found = False
                for k in range(start[a], start[a] + size[a]):
                    if adj_node[k] == b:
                        adj_out[k] = min(adj_out[k], out)
                        adj_in[k] = min(adj_in[k], into)
                        found = True
                        break
                if found:
                    continue
                if size[a] == cap[a]:
                    room = 2 * cap[a] + 2
                    if total + room > pool:
                        pool = 2 * pool + room
                        adj_node, adj_out = _longer(adj_node, total, pool), _longer(adj_out, total, pool)
                        adj_in = _longer(adj_in, total, pool) if directed else adj_out
                    for k in range(size[a]):
                        adj_node[total + k], adj_out[total + k] = adj_node[start[a] + k], adj_out[start[a] + k]
                        adj_in[total + k] = adj_in[start[a] + k]
                    start[a], cap[a] = total, room
                    total += room
                adj_node[start[a] + size[a]], adj_out[start[a] + size[a]], adj_in[start[a] + size[a]] = b, out, into
                size[a] += 1
    return up_start, up_size, up_node[:up_used].copy(), up_out[:up_used].copy(), up_in[:up_used].copy()


@kernel
def _lay_out(up_start, up_size, up_node, up_out, up_in, directed):  # type: ignore[no-untyped-def]
    """Return the arcs in an order where heads precede tails and neighbours on the ground stay near."""
    n = len(up_start)
    place = np.full(n, -1, np.int32)
    order = np.empty(n, np.int32)
    stack, at = np.empty(n + 1, np.int32), np.zeros(n, np.int32)
    count = 0
    for root in range(n):
        if place[root] >= 0:
            continue
        stack[0] = root
        top = 0
        while top >= 0:
            v = stack[top]
            deeper = False
            while at[v] < up_size[v]:
                u = up_node[up_start[v] + at[v]]
                at[v] += 1
                if place[u] < 0:
                    top += 1
                    stack[top] = u
                    deeper = True
                    break
            if not deeper:
                place[v] = count
                order[count] = v
                count += 1
                top -= 1
    ptr = np.zeros(n + 1, np.int32)
    for i in range(n):
        ptr[i + 1] = ptr[i] + up_size[order[i]]
    head, length = np.empty(ptr[n], np.int32), np.empty(ptr[n])
    back = np.empty(ptr[n]) if directed else length
    for i in range(n):
        v = order[i]
        for k in range(up_size[v]):
            head[ptr[i] + k] = place[up_node[up_start[v] + k]]
            length[ptr[i] + k] = up_out[up_start[v] + k]
            if directed:
                back[ptr[i] + k] = up_in[up_start[v] + k]
    return place, ptr, head, length, back


def prepare(side: Side, back: Floats | None = None) -> Hierarchy:
    """Return the hierarchy of a graph.

    Parameters
    ----------
    side
        Its arcs, each listed at both of its nodes.
    back
        Length of each arc the other way round, where the two differ; ``inf`` in either direction where there is no way.

    Examples
    --------
    >>> from geo.examples import network
    >>> sorted(prepare(network().graph.out).place.tolist())
    [0, 1, 2, 3]
    """
    directed = back is not None
    up = _contract(side.ptr, side.node, side.length, side.length if back is None else back, directed, 15, 0.05)
    place, ptr, head, length, down = _lay_out(*up, directed)
    return Hierarchy(place, ptr, head, length, down if directed else length)


@kernel
def _distances(place, ptr, head, length, back, node, cost, room, scale):  # type: ignore[no-untyped-def]
    n = len(place)
    dist = np.full(n, np.inf)
    highest = -1
    for i in range(len(node)):
        if node[i] >= 0 and cost[i] <= room:
            p = place[node[i]]
            dist[p] = min(dist[p], cost[i])
            highest = max(highest, p)
    for i in range(highest, -1, -1):
        d = dist[i]
        if d < np.inf:
            for k in range(ptr[i], ptr[i + 1]):
                dist[head[k]] = min(dist[head[k]], d + length[k])
    for i in range(n):
        d = dist[i]
        for k in range(ptr[i], ptr[i + 1]):
            d = min(d, dist[head[k]] + back[k])
        dist[i] = d
    out = np.empty(n)
    for v in range(n):
        d = dist[place[v]]
        out[v] = d / scale if d <= room else np.inf
    return out


@kernel
def _nearest(place, ptr, head, length, back, node, cost, which, room):  # type: ignore[no-untyped-def]
    n = len(place)
    dist, label = np.full(n, np.inf), np.full(n, -1, np.int32)
    for i in range(len(node)):
        if node[i] >= 0 and cost[i] <= room:
            p = place[node[i]]
            if cost[i] < dist[p] or (cost[i] == dist[p] and which[i] < label[p]):
                dist[p], label[p] = cost[i], which[i]
    for i in range(n - 1, -1, -1):
        d, w = dist[i], label[i]
        if w >= 0:
            for k in range(ptr[i], ptr[i + 1]):
                h, c = head[k], d + length[k]
                if c < dist[h] or (c == dist[h] and w < label[h]):
                    dist[h], label[h] = c, w
    for i in range(n):
        d, w = dist[i], label[i]
        for k in range(ptr[i], ptr[i + 1]):
            h = head[k]
            c = dist[h] + back[k]
            if c < d or (c == d and label[h] < w and label[h] >= 0):
                d, w = c, label[h]
        dist[i], label[i] = d, w
    out, which_out = np.empty(n), np.empty(n, np.int32)
    for v in range(n):
        p = place[v]
        near = dist[p] <= room
        out[v] = dist[p] if near else np.inf
        which_out[v] = label[p] if near else -1
    return out, which_out


@kernel
def _lanes(place, ptr, head, length, back, node, cost, lane, dist):  # type: ignore[no-untyped-def]
    """Fill ``dist`` (passing order × 8) from seeds that belong to one lane each."""
    n = len(place)
    live = np.zeros(n, np.bool_)
    dist[:] = np.inf
    for i in range(len(node)):
        if node[i] >= 0:
            p = place[node[i]]
            dist[p, lane[i]] = min(dist[p, lane[i]], cost[i])
            live[p] = True
    for i in range(n - 1, -1, -1):
        if live[i]:
            for k in range(ptr[i], ptr[i + 1]):
                h, w = head[k], length[k]
                live[h] = True
                for j in range(8):
                    c = dist[i, j] + w
                    dist[h, j] = c if c < dist[h, j] else dist[h, j]
    for i in range(n):
        for k in range(ptr[i], ptr[i + 1]):
            h, w = head[k], back[k]
            for j in range(8):
                c = dist[h, j] + w
                dist[i, j] = c if c < dist[i, j] else dist[i, j]


@kernel
def _read(place, dist, a, b, cost_a, cost_b, start, stop, table):  # type: ignore[no-untyped-def]
    """Read the lanes at places on the network into rows [start, stop) of ``table``."""
    for i in range(len(a)):
        for r in range(start, stop):
            c = np.inf
            if a[i] >= 0:
                c = dist[place[a[i]], r - start] + cost_a[i]
            if b[i] >= 0:
                c = min(c, dist[place[b[i]], r - start] + cost_b[i])
            table[r, i] = c


def distances(tree: Hierarchy, node: Ints, cost: Floats, room: float, scale: float = 1.0) -> Floats:
    """Return for every node the length to the nearest seed within ``room``, divided by ``scale``.

    Examples
    --------
    >>> from geo.examples import network
    >>> graph = network().graph
    >>> first = graph.labels.get_indexer([1]).astype(np.int32)
    >>> sorted(distances(prepare(graph.out), first, np.zeros(1), np.inf, 1e9).tolist())
    [0.0, 400.0, 700.0, 1100.0]
    """
    return _distances(*tree, node, cost, room, scale)


def nearest(tree: Hierarchy, node: Ints, cost: Floats, which: Ints, room: float) -> tuple[Floats, Ints]:
    """Return for every node the length to the nearest seed within ``room`` and its label.

    Examples
    --------
    >>> from geo.examples import network
    >>> graph = network().graph
    >>> both = graph.labels.get_indexer([1, 4]).astype(np.int32)
    >>> metres, which = nearest(prepare(graph.out), both, np.zeros(2), np.array([0, 1], np.int32), np.inf)
    >>> (metres / 1e9)[graph.labels.get_indexer([2, 3])].tolist(), which[graph.labels.get_indexer([2, 3])].tolist()
    ([400.0, 400.0], [0, 1])
    """
    return _nearest(*tree, node, cost, which, room)


def several(tree: Hierarchy, kinds: list[tuple[Ints, Floats]]) -> Floats:
    """Return for every node the lengths to the nearest seed of each kind, shape (nodes, kinds).

    Examples
    --------
    >>> from geo.examples import network
    >>> graph = network().graph
    >>> first, last = (graph.labels.get_indexer([i]).astype(np.int32) for i in (1, 4))
    >>> metres = several(prepare(graph.out), [(first, np.zeros(1)), (last, np.zeros(1))])
    >>> (metres / 1e9)[graph.labels.get_loc(2)].tolist()
    [400.0, 700.0]
    """
    out = np.empty((len(tree.place), len(kinds)))
    dist = np.empty((len(tree.place), LANES))
    for start in range(0, len(kinds), LANES):
        some = kinds[start : start + LANES]
        node = np.concatenate([k[0] for k in some])
        cost = np.concatenate([k[1] for k in some])
        lane = np.repeat(np.arange(len(some)), [len(k[0]) for k in some])
        _lanes(*tree, node, cost, lane, dist)
        out[:, start : start + len(some)] = dist[tree.place, : len(some)]
    return out


def table(tree: Hierarchy, nodes: Ints, costs: Floats, items: Places, out: Floats) -> None:
    """Fill ``out`` (roots × items) from roots given by two nodes and costs each.

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> walked = network()
    >>> start, goal = walked.place(school()), walked.place(homes())
    >>> out = np.empty((1, 3))
    >>> nodes, costs = np.stack([start.a, start.b], 1), np.stack([start.cost_a, start.cost_b], 1)
    >>> table(prepare(walked.graph.out), nodes, costs, goal, out)
    >>> (out / 1e9).tolist()
    [[100.0, 500.0, 800.0]]
    """
    dist = np.empty((len(tree.place), LANES))
    for start in range(0, len(nodes), LANES):
        stop = min(start + LANES, len(nodes))
        lane = np.repeat(np.arange(stop - start), 2)
        _lanes(*tree, nodes[start:stop].ravel(), costs[start:stop].ravel(), lane, dist)
        _read(tree.place, dist, items.a, items.b, items.cost_a, items.cost_b, start, stop, out)
