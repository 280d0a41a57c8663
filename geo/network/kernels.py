"""Compiled searches on the compact graph.

All lengths are whole nanometres in float64. The queue is a ring of buckets of equal width (Dial 1969, with the
label correction inside a bucket of Meyer & Sanders 2003, J. Algorithms 49, 114-152), which costs O(1) a step.
``dist`` arrays are ``inf`` everywhere on entry and are put back on exit, touching only what was reached, so that
a search costs what it reaches and not the size of the network. No state is shared between calls.
"""

from __future__ import annotations

import numpy as np

from geo.kernel import kernel

__all__ = [
    "beside",
    "finish",
    "gains",
    "group",
    "k_nearest",
    "node_rows",
    "pair_rows",
    "spread",
    "table_rows",
    "take_out",
]


@kernel
def _ring(limit, delta, longest, low, high):  # type: ignore[no-untyped-def]
    """Return the bucket heads and the buckets per nanometre for keys that span at most one ring."""
    span = min(max(longest, high - low), limit)
    size = 64
    while size < span / delta + 3 and size < 1 << 20:
        size *= 2
    return np.full(size, -1, np.int32), 1.0 / max(delta, span / (size - 3))


@kernel
def spread(  # type: ignore[no-untyped-def]  # noqa: C901
    ptr, node, length, seed_node, seed_cost, limit, delta, longest, dist, reached, chain,
    seed_label=None, label=None, now=None, only=None, gone=-1,
):  # fmt: skip
    """Set ``dist`` of all nodes within ``limit`` of the seeds; list them in ``reached`` and return how many.

    With ``label``, nodes also take the label of their nearest seed, of equals the smallest. With ``now``, only
    nodes that come nearer than that are looked at; with ``only``, those that belong to ``gone``. ``chain`` links the nodes of a bucket (-2: in none) and is left
    as it was found.
    """
    low, high = np.inf, 0.0
    for i in range(len(seed_node)):
        if seed_node[i] >= 0 and seed_cost[i] <= limit:
            low, high = min(low, seed_cost[i]), max(high, seed_cost[i])
    if low == np.inf:
        return 0
    heads, per = _ring(limit, delta, longest, low, high)
    mask = len(heads) - 1
    queued, count = 0, 0
    current = int(low * per)
    # Seeds are pushed by the same lines as neighbours: v = -1 stands for the seeds.
    v, d, k, end, mine = -1, 0.0, 0, len(seed_node), 0
    while True:
        while k < end:
            if v < 0:
                t, nd = seed_node[k], seed_cost[k]
                if seed_label is not None:
                    mine = seed_label[k]
            else:
                t, nd = node[k], d + length[k]
            k += 1
            if t < 0 or nd > limit:
                continue
            if only is not None:  # noqa: SIM102 - alone, it is dropped where there is no `only`
                if only[t] != gone:
                    continue
            old = dist[t]
            if label is None:
                if nd >= old:
                    continue
            else:
                if nd > old or (nd == old and mine >= label[t]):
                    continue
                label[t] = mine
            if now is not None:  # noqa: SIM102 - alone, it is dropped where there is no `now`
                if nd >= now[t]:
                    continue
            if old == np.inf:
                reached[count] = t
                count += 1
            dist[t] = nd
            slot = int(nd * per) & mask
            before = chain[t, 0]
            if before != -2:
                was = int(old * per) & mask
                if was == slot:
                    continue
                after = chain[t, 1]
                if before >= 0:
                    chain[before, 1] = after
                else:
                    heads[was] = after
                if after >= 0:
                    chain[after, 0] = before
            else:
                queued += 1
            after = heads[slot]
            chain[t, 0], chain[t, 1] = -1, after
            if after >= 0:
                chain[after, 0] = t
            heads[slot] = t
        if queued == 0:
            break
        slot = current & mask
        while heads[slot] < 0:
            current += 1
            slot = current & mask
        v = heads[slot]
        after = chain[v, 1]
        heads[slot] = after
        if after >= 0:
            chain[after, 0] = -1
        chain[v, 0] = -2
        queued -= 1
        d = dist[v]
        if label is not None:
            mine = label[v]
        k, end = ptr[v], ptr[v + 1]
    return count


@kernel
def group(values, n):  # type: ignore[no-untyped-def]
    """Return the positions of each value in [0, n) as compressed rows, in order; negative values are left out."""
    ptr = np.zeros(n + 2, np.int64)
    for v in values:
        if v >= 0:
            ptr[v + 2] += 1
    for i in range(n):
        ptr[i + 2] += ptr[i + 1]
    order = np.empty(ptr[n + 1], np.int32)
    for i in range(len(values)):
        v = values[i]
        if v >= 0:
            order[ptr[v + 1]] = i
            ptr[v + 1] += 1
    return ptr[: n + 1].copy(), order


@kernel
def node_rows(  # type: ignore[no-untyped-def]
    ptr, node, length, start, stop, root_node, root_cost, limit, delta, longest, dist, reached, chain
):  # fmt: skip
    """Return how many nodes are within ``limit`` of each root in [start, stop), which, ascending, and how far [m]."""
    counts = np.zeros(stop - start, np.int64)
    room, used = 1024, 0
    nodes, metres = np.empty(room, np.int32), np.empty(room)
    # What a root reaches is put in order by a set of bits: nodes near on the ground are near in number.
    bits = np.zeros((len(dist) >> 6) + 1, np.uint64)
    one = np.uint64(1)
    for r in range(start, stop):
        seen = spread(ptr, node, length, root_node[r], root_cost[r], limit, delta, longest, dist, reached, chain)
        while used + seen > room:
            room *= 2
            more, more_metres = np.empty(room, np.int32), np.empty(room)
            more[:used], more_metres[:used] = nodes[:used], metres[:used]
            nodes, metres = more, more_metres
        low, high = len(bits), -1
        for i in range(seen):
            v = reached[i]
            bits[v >> 6] |= one << np.uint64(v & 63)
            low, high = min(low, v >> 6), max(high, v >> 6)
        for word in range(low, high + 1):
            left = bits[word]
            v = word << 6
            bits[word] = 0
            while left:
                if left & one:
                    nodes[used], metres[used] = v, dist[v] / 1e9
                    dist[v] = np.inf
                    used += 1
                left >>= one
                v += 1
        counts[r - start] = seen
    return counts, nodes[:used].copy(), metres[:used].copy()


@kernel
def take_out(dist, reached, count, scale):  # type: ignore[no-untyped-def]
    """Return a copy of ``dist`` divided by ``scale``, and put ``dist`` back to ``inf``."""
    n = len(dist)
    if 4 * count > n:
        out = np.empty(n)
        for v in range(n):
            out[v] = dist[v] / scale
            dist[v] = np.inf
        return out
    out = np.full(n, np.inf)
    for i in range(count):
        out[reached[i]] = dist[reached[i]] / scale
        dist[reached[i]] = np.inf
    return out


@kernel
def pair_rows(  # type: ignore[no-untyped-def]
    ptr, node, length, start, stop, root_node, root_cost, root_edge, root_along, root_leg,
    hung_ptr, hung_item, hung_cost, side_ptr, side_item, along, leg, oneway, forward,
    limit, delta, longest, dist, reached, chain,
):  # fmt: skip
    """Return counts, items and lengths of all items within ``limit`` of each root in [start, stop).

    Items hang on nodes (``hung_*``, with the cost from the node) and lie along edges (``side_*``). ``forward``
    tells whether roots are where the walk starts, which matters on one-way edges.
    """
    best = np.full(len(along), np.inf)
    counts = np.zeros(stop - start, np.int64)
    room, used = 1024, 0
    items, costs = np.empty(room, np.int32), np.empty(room)
    for r in range(start, stop):
        seen = spread(ptr, node, length, root_node[r], root_cost[r], limit, delta, longest, dist, reached, chain)
        begin = used
        for i in range(seen + 1):
            on_edge = i == seen
            if on_edge:
                if root_edge[r] < 0:
                    break
                lo, hi = side_ptr[root_edge[r]], side_ptr[root_edge[r] + 1]
                base = root_leg[r]
            else:
                v = reached[i]
                lo, hi = hung_ptr[v], hung_ptr[v + 1]
                base = dist[v]
                dist[v] = np.inf
            for k in range(lo, hi):
                if on_edge:
                    item = side_item[k]
                    gap = along[item] - root_along[r]
                    if oneway[root_edge[r]] and ((gap < 0) if forward else (gap > 0)):
                        continue
                    c = base + abs(gap) + leg[item]
                else:
                    item = hung_item[k]
                    c = base + hung_cost[k]
                if c > limit or c >= best[item]:
                    continue
                if best[item] == np.inf:
                    if used == room:
                        room *= 2
                        more, more_cost = np.empty(room, np.int32), np.empty(room)
                        more[:used], more_cost[:used] = items, costs
                        items, costs = more, more_cost
                    items[used] = item
                    used += 1
                best[item] = c
        for k in range(begin, used):
            costs[k] = best[items[k]]
            best[items[k]] = np.inf
        counts[r - start] = used - begin
    return counts, items[:used].copy(), costs[:used].copy()


@kernel
def table_rows(  # type: ignore[no-untyped-def]
    ptr, node, length, start, stop, root_node, root_cost, root_edge, root_along, root_leg,
    a, b, cost_a, cost_b, side_ptr, side_item, along, leg, oneway, forward, delta, longest, dist, reached, chain, table,
):  # fmt: skip
    """Fill ``table`` (roots × items) with lengths, however far."""
    for r in range(start, stop):
        seen = spread(ptr, node, length, root_node[r], root_cost[r], np.inf, delta, longest, dist, reached, chain)
        for i in range(len(a)):
            c = np.inf
            if a[i] >= 0:
                c = dist[a[i]] + cost_a[i]
            if b[i] >= 0:
                c = min(c, dist[b[i]] + cost_b[i])
            table[r, i] = c
        for i in range(seen):
            dist[reached[i]] = np.inf
    beside(start, stop, root_edge, root_along, root_leg, side_ptr, side_item, along, leg, oneway, forward, table)


@kernel
def beside(start, stop, root_edge, root_along, root_leg, side_ptr, side_item, along, leg, oneway, forward, table):  # type: ignore[no-untyped-def]
    """Lower ``table`` where root and item lie on one edge and walk directly along it."""
    for r in range(start, stop):
        e = root_edge[r]
        if e < 0:
            continue
        for k in range(side_ptr[e], side_ptr[e + 1]):
            item = side_item[k]
            gap = along[item] - root_along[r]
            if oneway[e] and ((gap < 0) if forward else (gap > 0)):
                continue
            c = root_leg[r] + abs(gap) + leg[item]
            if c < table[r, item]:
                table[r, item] = c


@kernel
def _offer(item, c, found_item, found_cost, count, k):  # type: ignore[no-untyped-def]
    """Put ``item`` at ``c`` into the sorted list of the best ``k`` and return the new count."""
    for i in range(count):
        if found_item[i] == item:
            if found_cost[i] <= c:
                return count
            for j in range(i, count - 1):
                found_item[j], found_cost[j] = found_item[j + 1], found_cost[j + 1]
            count -= 1
            break
    at = count
    while at > 0 and (c < found_cost[at - 1] or (c == found_cost[at - 1] and item < found_item[at - 1])):
        at -= 1
    if at >= k:
        return count
    count = min(count + 1, k)
    for j in range(count - 1, at, -1):
        found_item[j], found_cost[j] = found_item[j - 1], found_cost[j - 1]
    found_item[at], found_cost[at] = item, c
    return count


@kernel
def k_nearest(  # type: ignore[no-untyped-def]
    ptr, node, length, start, stop, root_node, root_cost, root_edge, root_along, root_leg,
    hung_ptr, hung_item, hung_cost, side_ptr, side_item, along, leg, oneway,
    k, limit, delta, longest, dist, reached, chain, found_item, found_cost, found,
):  # fmt: skip
    """Fill the ``k`` nearest items (of equals the smallest) of each root, searching rings of doubling reach."""
    for r in range(start, stop):
        e = root_edge[r]
        count = 0
        if e >= 0:
            for i in range(side_ptr[e], side_ptr[e + 1]):
                item = side_item[i]
                gap = along[item] - root_along[r]
                c = root_leg[r] + abs(gap) + leg[item]
                if c <= limit and not (oneway[e] and gap < 0):
                    count = _offer(item, c, found_item[r], found_cost[r], count, k)
        reach = min(limit, min(root_cost[r, 0], root_cost[r, 1]) + 16 * delta)
        before = -1
        while True:
            if count == k:
                reach = min(reach, found_cost[r, k - 1])
            seen = spread(ptr, node, length, root_node[r], root_cost[r], reach, delta, longest, dist, reached, chain)
            for i in range(seen):
                v = reached[i]
                for h in range(hung_ptr[v], hung_ptr[v + 1]):
                    c = dist[v] + hung_cost[h]
                    if c <= limit:
                        count = _offer(hung_item[h], c, found_item[r], found_cost[r], count, k)
                dist[v] = np.inf
            enough = count == k and found_cost[r, k - 1] <= reach
            if enough or reach >= limit:
                break
            # A ring that found nothing new may have left its island behind: look everywhere, once.
            reach = limit if seen == before else min(limit, reach * 2)
            before = seen
        found[r] = count


@kernel
def gains(  # type: ignore[no-untyped-def]
    ptr, node, length, start, stop, root_node, root_cost, people, limit, delta, longest, dist, reached, chain, gain,
):  # fmt: skip
    """Add the people of each root in [start, stop) to every node within ``limit`` of it."""
    for r in range(start, stop):
        seen = spread(ptr, node, length, root_node[r], root_cost[r], limit, delta, longest, dist, reached, chain)
        for i in range(seen):
            v = reached[i]
            gain[v] += people[r]
            dist[v] = np.inf


@kernel
def finish(dist, label, a, b, cost_a, cost_b, edge, along, leg, side_ptr, side_item, side_along, side_leg, oneway):  # type: ignore[no-untyped-def]
    """Return the nearest item of each place from the nearest items of its nodes and of its own edge."""
    best = np.full(len(a), np.inf)
    which = np.full(len(a), -1, np.int32)
    for i in range(len(a)):
        c, w = np.inf, -1
        if a[i] >= 0 and label[a[i]] >= 0:
            c, w = dist[a[i]] + cost_a[i], label[a[i]]
        if b[i] >= 0 and label[b[i]] >= 0:
            other = dist[b[i]] + cost_b[i]
            if other < c or (other == c and label[b[i]] < w):
                c, w = other, label[b[i]]
        e = edge[i]
        if e >= 0:
            for k in range(side_ptr[e], side_ptr[e + 1]):
                item = side_item[k]
                gap = side_along[item] - along[i]
                if oneway[e] and gap < 0:
                    continue
                other = leg[i] + abs(gap) + side_leg[item]
                if other < c or (other == c and item < w):
                    c, w = other, item
        best[i], which[i] = c, w
    return best, which
