"""The transportation problem on a sparse graph, solved exactly in integers (numba).

Successive shortest paths on the graph of the facilities: an arc a → b is the cheapest change of place of one
pupil who now sits at a. First everybody goes to the nearest facility; then the overfull ones push pupils along
shortest paths to those with room, prices of the full seats rising as they do; last, priced seats that stand
empty are filled back. Flow, price and cost are int64, so nothing is rounded while solving and a proof of
optimality is a comparison of integers. Being left without a seat is a last facility with room for everybody.

Ahuja, Magnanti & Orlin (1993) Network Flows, ch. 9.7; Tomizawa (1971) Networks 1, 173-194 (potentials);
Fredman et al. (1986) Algorithmica 1, 111-129 (pairing heap).
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["improve", "nearest_pairs", "price_out", "scan", "start"]

_FAR = np.int64(1) << np.int64(62)


@njit(cache=True, nogil=True)
def scan(values: NDArray[np.float64], limit: float) -> tuple[int, float, bool]:
    """Return the position of the first NaN or negative cost (-1 if none), the largest within the limit, any."""
    top, some = 0.0, False
    for p in range(values.size):
        value = values[p]
        if not value >= 0.0:
            return p, 0.0, False
        if value <= limit and value < np.inf:
            some = True
            top = max(top, value)
    return -1, top, some


@njit(cache=True, nogil=True)
def nearest_pairs(indptr, indices, values, dense, rows, rank, limit, scale, tier, extra, dummy, keep):
    """Return the ``keep`` cheapest pairs of every cell within the limit, then its pair with the dummy.

    ``rows`` and ``rank`` put cells and facilities into canonical order. Ties go to the lower facility, so the
    kept pairs do not depend on the order of the input. ``cut`` is the cost from which pairs were left out.
    """
    n, facilities = rows.size, rank.size
    ptr = np.zeros(n + 1, np.int64)
    for r in range(n):
        count = 0
        for p in range(indptr[rows[r]], indptr[rows[r] + 1]):
            if values[p] <= limit and values[p] < np.inf:
                count += 1
        ptr[r + 1] = ptr[r] + min(count, keep) + 1
    fac = np.empty(ptr[n], np.int32)
    cost = np.empty(ptr[n], np.int64)
    cut = np.full(n, _FAR, np.int64)
    for r in range(n):
        low = indptr[rows[r]]
        base, room = ptr[r], ptr[r + 1] - ptr[r] - 1
        filled = 0
        for p in range(low, indptr[rows[r] + 1]):
            value = values[p]
            if not (value <= limit and value < np.inf):
                continue
            column = p - low if dense else indices[p]
            c = np.int64(np.rint(value * scale))
            if tier.size:
                c += extra[tier[p]]
            f = rank[column]
            if filled == room:
                last = base + filled - 1
                if c > cost[last] or (c == cost[last] and f > fac[last]):
                    cut[r] = min(cut[r], c)
                    continue
                cut[r] = min(cut[r], cost[last])
                q = last
            else:
                q = base + filled
                filled += 1
            while q > base and (cost[q - 1] > c or (cost[q - 1] == c and fac[q - 1] > f)):
                cost[q], fac[q] = cost[q - 1], fac[q - 1]
                q -= 1
            cost[q], fac[q] = c, f
        cost[base + room], fac[base + room] = dummy, facilities
    return ptr, fac, cost, cut


@njit(cache=True, nogil=True)
def start(ptr, fac, cost, pupils, price):
    """Return the flow that puts every cell wholly at its cheapest facility, prices included."""
    flow = np.zeros(fac.size, np.int64)
    for r in range(pupils.size):
        best = ptr[r]
        for p in range(ptr[r] + 1, ptr[r + 1]):
            if cost[p] + price[fac[p]] < cost[best] + price[fac[best]]:
                best = p
        flow[best] = pupils[r]
    return flow


@njit(cache=True, nogil=True)
def price_out(
    indptr, indices, values, dense, rows, rank, limit, scale, tier, extra, ptr, fac, cost, flow, price, cut, pupils
):
    """Return the kept pairs plus every left-out pair that the prices prove could improve the flow.

    A pair left out can matter only when its cost plus the price of its facility is below the cheapest kept
    pair of its cell. None found is the proof that the pruned optimum is the optimum of all pairs. A cell that
    gains pairs is moved wholly to its new cheapest one; ``improve`` then mends the loads.
    """
    n = rows.size
    added = np.zeros(n, np.int64)
    best = np.empty(n, np.int64)
    for r in range(n):
        u = _FAR
        for p in range(ptr[r], ptr[r + 1]):
            u = min(u, cost[p] + price[fac[p]])
        best[r] = u
        if cut[r] >= u or pupils[r] == 0:
            continue
        low = indptr[rows[r]]
        for p in range(low, indptr[rows[r] + 1]):
            value = values[p]
            if value <= limit and value < np.inf:
                c = np.int64(np.rint(value * scale))
                if tier.size:
                    c += extra[tier[p]]
                if c + price[rank[p - low if dense else indices[p]]] < u:
                    added[r] += 1
    total = added.sum()
    if total == 0:
        return total, ptr, fac, cost, flow
    ptr2 = np.zeros(n + 1, np.int64)
    for r in range(n):
        ptr2[r + 1] = ptr2[r] + ptr[r + 1] - ptr[r] + added[r]
    fac2 = np.empty(ptr2[n], np.int32)
    cost2 = np.empty(ptr2[n], np.int64)
    flow2 = np.zeros(ptr2[n], np.int64)
    for r in range(n):
        q = ptr2[r]
        if added[r]:
            cheapest = q
            low = indptr[rows[r]]
            for p in range(low, indptr[rows[r] + 1]):
                value = values[p]
                if value <= limit and value < np.inf:
                    c = np.int64(np.rint(value * scale))
                    if tier.size:
                        c += extra[tier[p]]
                    f = rank[p - low if dense else indices[p]]
                    if c + price[f] < best[r]:
                        fac2[q], cost2[q] = f, c
                        if c + price[f] < cost2[cheapest] + price[fac2[cheapest]]:
                            cheapest = q
                        q += 1
            flow2[cheapest] = pupils[r]
        for p in range(ptr[r], ptr[r + 1]):
            fac2[q], cost2[q] = fac[p], cost[p]
            if not added[r]:
                flow2[q] = flow[p]
            q += 1
    return total, ptr2, fac2, cost2, flow2


@njit(cache=True, nogil=True)
def _meld(a, b, key, child, sibling):
    if a < 0:
        return b
    if b < 0:
        return a
    if key[b] < key[a]:
        a, b = b, a
    sibling[b] = child[a]
    child[a] = b
    return a


@njit(cache=True, nogil=True)
def _drop_root(root, key, child, sibling):
    """Return the pairing heap without its root."""
    stack = -1
    c = child[root]
    while c >= 0:
        d = sibling[c]
        if d < 0:
            sibling[c] = stack
            stack = c
            break
        e = sibling[d]
        m = _meld(c, d, key, child, sibling)
        sibling[m] = stack
        stack = m
        c = e
    root = -1
    while stack >= 0:
        below = sibling[stack]
        root = _meld(root, stack, key, child, sibling)
        stack = below
    return root


@njit(cache=True, nogil=True)
def _enter(r, here, ptr, fac, cost, pool, arcs, table, heads, count):
    """File every change of place of the pupils of cell ``r`` sitting at pair ``here``; False when full."""
    key, source, target, child, sibling = pool
    arc_to, arc_next, arc_root, table_key, table_arc = arcs[0], arcs[1], arcs[2], table[0], table[1]
    a = fac[here]
    width = np.int64(heads.size)
    mask = table_key.size - 1
    for p in range(ptr[r], ptr[r + 1]):
        b = fac[p]
        if b == a:
            continue
        name = np.int64(a) * width + b
        slot = ((name * 0x9E3779B97F4A7C1) >> 17) & mask
        while table_key[slot] >= 0 and table_key[slot] != name:
            slot = (slot + 1) & mask
        if table_key[slot] < 0:
            if 2 * (count[1] + 1) > table_key.size:
                return False
            table_key[slot], table_arc[slot] = name, count[1]
            arc_to[count[1]], arc_root[count[1]] = b, -1
            arc_next[count[1]] = heads[a]
            heads[a] = count[1]
            count[1] += 1
        arc = table_arc[slot]
        if count[2] >= 0:
            node = count[2]
            count[2] = child[node]
        elif count[0] < key.size:
            node = count[0]
            count[0] += 1
        else:
            return False
        key[node], source[node], target[node] = cost[p] - cost[here], here, p
        child[node], sibling[node] = -1, -1
        arc_root[arc] = _meld(arc_root[arc], node, key, child, sibling)
    return True


@njit(cache=True, nogil=True)
def _top(arc, pool, arc_root, flow, filed, count):
    """Return the live cheapest change of place on an arc, -1 if none; pupils who left are dropped."""
    key, source, _target, child, sibling = pool
    node = arc_root[arc]
    while node >= 0 and flow[source[node]] == 0:
        filed[source[node]] = False
        rest = _drop_root(node, key, child, sibling)
        child[node] = count[2]
        count[2] = node
        node = rest
    arc_root[arc] = node
    return node


@njit(cache=True, nogil=True)
def _up(i, heap, place, far):
    v = heap[i]
    while i > 0:
        parent = (i - 1) >> 1
        if far[heap[parent]] <= far[v]:
            break
        heap[i] = heap[parent]
        place[heap[i]] = i
        i = parent
    heap[i] = v
    place[v] = i


@njit(cache=True, nogil=True)
def _take(size, heap, place, far):
    """Return the nearest node and leave the queue one shorter."""
    first = heap[0]
    place[first] = -2
    v = heap[size - 1]
    size -= 1
    i = 0
    while True:
        c = 2 * i + 1
        if c >= size:
            break
        if c + 1 < size and far[heap[c + 1]] < far[heap[c]]:
            c += 1
        if far[heap[c]] >= far[v]:
            break
        heap[i] = heap[c]
        place[heap[i]] = i
        i = c
    if size > 0:
        heap[i] = v
        place[v] = i
    return first


@njit(cache=True, nogil=True)
def _search(size, goal, load, seats, price, pool, arcs, heads, flow, filed, count, queue, seen):
    """Shortest path from the queued nodes to ``goal``, or with goal -1 to any facility with room.

    Returns the node reached and how many nodes were seen. Reduced cost of a → b is its cost plus the price of
    b less the price of a, never negative.
    """
    heap, place, far, parent = queue
    arc_to, arc_next, arc_root = arcs
    touched = size
    dummy = heads.size - 1
    while size > 0:
        v = _take(size, heap, place, far)
        size -= 1
        if v == goal or (goal < 0 and parent[v] >= 0 and (v == dummy or load[v] < seats[v])):
            return v, touched
        arc = heads[v]
        while arc >= 0:
            b = arc_to[arc]
            if place[b] != -2:
                node = _top(arc, pool, arc_root, flow, filed, count)
                if node >= 0:
                    length = far[v] + pool[0][node] + price[b] - price[v]
                    if place[b] == -1:
                        seen[touched] = b
                        touched += 1
                        far[b], parent[b] = length, node
                        heap[size] = b
                        _up(size, heap, place, far)
                        size += 1
                    elif length < far[b]:
                        far[b], parent[b] = length, node
                        _up(place[b], heap, place, far)
            arc = arc_next[arc]
    return -1, touched


@njit(cache=True, nogil=True)
def _push(end, amount, ptr, fac, cost, cell, flow, load, pool, arcs, table, heads, filed, count, parent):
    """Move up to ``amount`` along the path found; return what moved, where it began, and whether it fits."""
    source, target = pool[1], pool[2]
    v = end
    while parent[v] >= 0:
        amount = min(amount, flow[source[parent[v]]])
        v = fac[source[parent[v]]]
    begin = v
    fits = True
    v = end
    while parent[v] >= 0:
        node = parent[v]
        here, there = source[node], target[node]
        flow[here] -= amount
        fresh = flow[there] == 0
        flow[there] += amount
        v = fac[here]
        if fresh and not filed[there]:
            filed[there] = True
            fits = _enter(cell[there], there, ptr, fac, cost, pool, arcs, table, heads, count) and fits
    load[begin] -= amount
    load[end] += amount
    return amount, begin, fits


@njit(cache=True, nogil=True)
def improve(ptr, fac, cost, seats, flow, price, pool_size, table_size, least):
    """Make ``flow`` optimal and within the seats, in place; return False when the work space was too small.

    On entry flow lies only on cheapest pairs at these prices (``start``). After False, call again with more
    space: flow and price are consistent after every step, nothing is lost. ``least`` > 0 stops filling priced
    empty seats once the gain of one more pupil falls below it.
    """
    n, width = ptr.size - 1, price.size
    dummy = width - 1
    cell = np.empty(fac.size, np.int32)
    load = np.zeros(width, np.int64)
    filed = np.zeros(fac.size, np.bool_)
    pool = (
        np.empty(pool_size, np.int64),
        np.empty(pool_size, np.int32),
        np.empty(pool_size, np.int32),
        np.empty(pool_size, np.int32),
        np.empty(pool_size, np.int32),
    )
    half = table_size // 2 + 1
    arcs = (np.empty(half, np.int32), np.empty(half, np.int32), np.empty(half, np.int32))
    table = (np.full(table_size, np.int64(-1)), np.empty(table_size, np.int32))
    heads = np.full(width, np.int32(-1))
    count = np.array([0, 0, -1], np.int64)  # nodes used, arcs used, first free node
    for r in range(n):
        for p in range(ptr[r], ptr[r + 1]):
            cell[p] = r
            load[fac[p]] += flow[p]
    for r in range(n):
        for p in range(ptr[r], ptr[r + 1]):
            if flow[p] > 0:
                filed[p] = True
                if not _enter(r, p, ptr, fac, cost, pool, arcs, table, heads, count):
                    return False
    queue = (
        np.empty(width, np.int32),
        np.full(width, np.int32(-1)),
        np.zeros(width, np.int64),
        np.full(width, np.int32(-1)),
    )
    heap, place, far, parent = queue
    seen = np.empty(width, np.int32)
    for a in range(dummy):
        while load[a] > seats[a]:
            heap[0], place[a], far[a], parent[a], seen[0] = a, 0, 0, -1, a
            end, touched = _search(1, -1, load, seats, price, pool, arcs, heads, flow, filed, count, queue, seen)
            reach = far[end]
            for i in range(touched):
                v = seen[i]
                place[v] = -1
                if far[v] < reach:
                    price[v] += reach - far[v]
            amount = load[a] - seats[a]
            if end != dummy:
                amount = min(amount, seats[end] - load[end])
            _, _, fits = _push(
                end, amount, ptr, fac, cost, cell, flow, load, pool, arcs, table, heads, filed, count, parent
            )
            if not fits:
                return False
    for a in range(dummy):
        while price[a] > 0 and load[a] < seats[a]:
            for v in range(width):
                heap[v], far[v], parent[v], seen[v] = v, price[v], -1, v
            for v in range(width):
                place[v] = v
            for v in range(1, width):
                _up(v, heap, place, far)
            end, _ = _search(width, a, load, seats, price, pool, arcs, heads, flow, filed, count, queue, seen)
            reach = far[a]
            if least > 0 and price[a] - reach < least:
                return True
            for v in range(width):
                place[v] = -1
                price[v] -= min(far[v], reach)
            if parent[a] < 0:
                break
            _, _, fits = _push(
                end,
                seats[a] - load[a],
                ptr, fac, cost, cell, flow, load, pool, arcs, table, heads, filed, count, parent,
            )  # fmt: skip
            if not fits:
                return False
    return True
