"""The transportation problem on a sparse graph, solved exactly in integers (numba).

A network simplex made for many cells and few facilities. Its tree holds facilities only: a cell with one basic
pair hangs on its facility and costs nothing to carry along, a cell whose pupils are split joins facilities.
A pivot therefore touches as many nodes as there are facilities on a path, not as many as there are cells.
The root stands for being left without a seat and for seats that stay empty. Flow, price and cost are int64:
nothing is rounded while solving, and the proof of optimality is a comparison of integers.

Dantzig (1951); Ahuja, Magnanti & Orlin (1993) Network Flows, ch. 11; Cunningham (1976) Mathematical
Programming 11, 105-116 (trees that never cycle).
"""

# mypy: allow-untyped-defs, allow-untyped-calls, disable-error-code=assignment

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.kernel import kernel

__all__ = ["first_basis", "improve", "metres_of", "nearest_pairs", "price_out", "scan"]

_FAR = np.int64(1) << np.int64(62)


@kernel
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


@kernel
def metres_of(indptr, indices, values, row, column):
    """Return the stored value of each (row, column) of sparse rows, the least where one is stored twice."""
    found = np.full(row.size, np.inf)
    for i in range(row.size):
        for p in range(indptr[row[i]], indptr[row[i] + 1]):
            if indices[p] == column[i]:
                found[i] = min(found[i], values[p])
    return found


@kernel
def _whole(value, p, scale, tier, extra):
    """Return the cost of a pair in whole units."""
    c = np.int64(value * scale + 0.5)
    return c + extra[tier[p]] if tier.size else c


@kernel
def nearest_pairs(indptr, indices, values, dense, rows, rank, limit, scale, tier, extra, seats, dummy, keep):
    """Return the ``keep`` cheapest pairs of every cell within the limit, then its pair with the dummy.

    ``rows`` and ``rank`` put cells and facilities into canonical order. Ties go to the lower facility, so the
    kept pairs do not depend on the order of the input. Pairs left out of a row cost at least its ``cut``.
    Facilities without seats are left out for good.
    """
    n, facilities = rows.size, rank.size
    ptr = np.zeros(n + 1, np.int64)
    fac = np.empty(n * (keep + 1), np.int32)
    cost = np.empty(n * (keep + 1), np.int64)
    cut = np.full(n, _FAR, np.int64)
    shut = seats[rank] == 0
    for r in range(n):
        low, base, filled = indptr[rows[r]], ptr[r], 0
        reach, more = limit, False
        all_kept = indptr[rows[r] + 1] - low <= keep
        for p in range(low, indptr[rows[r] + 1]):
            value = values[p]
            if value > reach or value == np.inf:
                more = more or value <= limit
                continue
            column = p - low if dense else np.int64(indices[p])
            if shut[column]:
                continue
            c, f = _whole(value, p, scale, tier, extra), rank[column]
            q = base + filled
            if all_kept:  # any order will do that does not hang on the input
                while q > base and fac[q - 1] > f:
                    cost[q], fac[q] = cost[q - 1], fac[q - 1]
                    q -= 1
                cost[q], fac[q] = c, f
                filled += 1
                continue
            if filled < keep:
                filled += 1
            else:
                q -= 1
                more = True
                if c > cost[q] or (c == cost[q] and f > fac[q]):
                    continue
            while q > base and (cost[q - 1] > c or (cost[q - 1] == c and fac[q - 1] > f)):
                cost[q], fac[q] = cost[q - 1], fac[q - 1]
                q -= 1
            cost[q], fac[q] = c, f
            if filled == keep:  # whoever walks farther costs more, whatever its tier
                reach = min(limit, (cost[base + keep - 1] + 1) / scale)
        if more:
            cut[r] = cost[base + filled - 1] if filled else 0
        cost[base + filled], fac[base + filled] = dummy, facilities
        ptr[r + 1] = base + filled + 1
    return ptr, fac[: ptr[n]].copy(), cost[: ptr[n]].copy(), cut


@kernel
def price_out(
    indptr, indices, values, dense, rows, rank, limit, scale, tier, extra, seats, ptr, fac, cost, flow, home, up,
    price, cut, pupils,
):  # fmt: skip
    """Return the kept pairs plus every left-out pair that the prices prove could improve the flow.

    A pair left out can matter only when its cost plus the price of its facility is below what its cell pays
    now. None found is the proof that the pruned optimum is the optimum of all pairs. Flow and basis stay.
    """
    n = rows.size
    added, asking = np.zeros(n, np.int64), np.empty(rank.size)
    for column in range(rank.size):  # in metres, rounded down: a quick test that never drops a pair that matters
        asking[column] = np.inf if seats[rank[column]] == 0 else (price[rank[column]] - 1.0) / scale * (1 - 1e-15)
    for r in range(n):
        paid = cost[home[r]] + price[fac[home[r]]]
        if cut[r] < paid and pupils[r] > 0:
            low, about = indptr[rows[r]], paid / scale * (1 + 1e-15)
            for p in range(low, indptr[rows[r] + 1]):
                column = p - low if dense else np.int64(indices[p])
                quick = values[p] + asking[column] < about and values[p] <= limit
                if quick and _whole(values[p], p, scale, tier, extra) + price[rank[column]] < paid:
                    added[r] += 1
    if not added.any():
        return 0, ptr, fac, cost, flow
    return _widened(
        indptr, indices, values, dense, rows, rank, limit, scale, tier, extra, seats, ptr, fac, cost, flow, home, up,
        price, added,
    )  # fmt: skip


@kernel
def _widened(
    indptr, indices, values, dense, rows, rank, limit, scale, tier, extra, seats, ptr, fac, cost, flow, home, up,
    price, added,
):  # fmt: skip
    """Return the pairs with those that ``price_out`` counted; the basis is renumbered in place."""
    n, total = rows.size, added.sum()
    moved = np.zeros(n + 1, np.int64)
    moved[1:] = np.cumsum(added)
    fac2 = np.empty(fac.size + total, np.int32)
    cost2, flow2 = np.empty(fac2.size, np.int64), np.zeros(fac2.size, np.int64)
    for f in range(up.size):
        if up[f] >= 0:
            up[f] += moved[np.searchsorted(ptr, up[f], side="right")]
    for r in range(n):
        paid = cost[home[r]] + price[fac[home[r]]]
        low, q = indptr[rows[r]], ptr[r] + moved[r]
        if added[r]:
            for p in range(low, indptr[rows[r] + 1]):
                f = rank[p - low if dense else np.int64(indices[p])]
                if values[p] <= limit and values[p] < np.inf and seats[f] > 0:
                    c = _whole(values[p], p, scale, tier, extra)
                    if c + price[f] < paid:
                        fac2[q], cost2[q] = f, c
                        q += 1
        home[r] += moved[r + 1]
        for p in range(ptr[r], ptr[r + 1]):
            fac2[q], cost2[q], flow2[q] = fac[p], cost[p], flow[p]
            q += 1
    return total, ptr + moved, fac2, cost2, flow2


@kernel
def first_basis(ptr, fac, cost, pupils, seats):
    """Return a flow to begin with: every cell whole at its nearest facility with room to spare, or without a seat.

    Cells that lose most by going second choose first (Vogel's rule); it halves the pivots. ``home`` is each
    cell's pair; ``up`` is -1 for every facility: all hang on their empty seats.
    """
    n = pupils.size
    flow, home = np.zeros(fac.size, np.int64), np.empty(n, np.int64)
    gain = np.zeros(n, np.int64)
    for r in range(n):
        best, second = _FAR, _FAR
        for p in range(ptr[r], ptr[r + 1]):
            if cost[p] < best:
                best, second = cost[p], best
            elif cost[p] < second:
                second = cost[p]
        gain[r] = best - second
    empty = seats.copy()
    for r in np.argsort(gain, kind="mergesort"):
        chosen = ptr[r + 1] - 1
        for p in range(ptr[r], ptr[r + 1] - 1):
            if cost[p] < cost[chosen] and empty[fac[p]] > pupils[r]:  # strictly: one must stay empty (see improve)
                chosen = p
        if chosen < ptr[r + 1] - 1:
            empty[fac[chosen]] -= pupils[r]
        flow[chosen] = pupils[r]
        home[r] = chosen
    return flow, home, np.full(seats.size, np.int64(-1))


@kernel
def _link(f, parent, family):
    child, after, before = family
    after[f], before[f] = child[parent], -1
    if child[parent] >= 0:
        before[child[parent]] = f
    child[parent] = f


@kernel
def _unlink(f, parent, family):
    child, after, before = family
    if before[f] >= 0:
        after[before[f]] = after[f]
    else:
        child[parent] = after[f]
    if after[f] >= 0:
        before[after[f]] = before[f]


@kernel
def _link_cell(r, on, ptr, fac, home, up, family):
    """Hang the facilities below cell ``r`` on its home facility (or take them off)."""
    parent = fac[home[r]]
    for p in range(ptr[r], ptr[r + 1] - 1):
        if up[fac[p]] == p:
            if on:
                _link(fac[p], parent, family)
            else:
                _unlink(fac[p], parent, family)


@kernel
def _shift(top, by, cell, fac, home, up, family, price, depth, stack):
    """Move the prices of a subtree of facilities and renew its depths."""
    child, after, _ = family
    stack[0] = top
    size = 1
    while size > 0:
        size -= 1
        f = stack[size]
        price[f] += by
        depth[f] = 1 if up[f] < 0 else depth[fac[home[cell[up[f]]]]] + 2
        c = child[f]
        while c >= 0:
            stack[size] = c
            size += 1
            c = after[c]


@kernel
def _best_of(listed, size, cell, fac, cost, home, price):
    """Return the listed pair that gains most now, its reduced cost, and how many of the list still gain."""
    best, worst, kept = np.int64(0), np.int64(0), 0
    for i in range(size):
        p = listed[i]
        if p >= 0:
            h = home[cell[p]]
            reduced = cost[p] + price[fac[p]] - cost[h] - price[fac[h]]
        else:
            reduced = price[-1 - p]
        if reduced < 0:
            listed[kept] = p
            kept += 1
            if reduced < worst:
                worst, best = reduced, p
    return best, worst, kept


@kernel
def _list_pairs(at, n, block, ptr, fac, cost, home, price, pupils, listed):
    """List the best pair of every cell that gains by moving, and facilities below price 0 (-1 - f).

    Looks at blocks of cells from ``at`` on until one lists any, or all have been seen. Returns how many were
    listed and where to go on.
    """
    root = price.size - 1
    size, looked = 0, 0
    while looked < n + root:
        if at < n:
            if pupils[at] > 0:
                u = cost[home[at]] + price[fac[home[at]]]
                best, worst = np.int64(-1), np.int64(0)
                for p in range(ptr[at], ptr[at + 1]):
                    reduced = cost[p] + price[fac[p]] - u
                    if reduced < worst:
                        worst, best = reduced, p
                if best >= 0:
                    listed[size] = best
                    size += 1
        elif price[at - n] < 0:
            listed[size] = n - 1 - at
            size += 1
        at += 1
        if at == n + root:
            at = 0
        looked += 1
        if looked % block == 0 and size > 0:
            break
    return size, at


@kernel(inline="always")
def _parent(v, root, cell, fac, home, up):
    """Return the node above: facilities are 0 .. root, cells follow."""
    if v > root:
        return np.int64(fac[home[v - root - 1]])
    return root if up[v] < 0 else np.int64(root + 1 + cell[up[v]])


@kernel(inline="always")
def _level(v, root, fac, home, depth):
    return depth[v] if v <= root else depth[fac[home[v - root - 1]]] + 1


@kernel
def _cycle(source, target, root, cell, fac, flow, empty, home, up, depth, down, back):
    """Walk both sides of the cycle a new pair closes, up to where they meet.

    Returns how much can move round it, the node it cuts off, whether on the first side, and how many nodes
    were put into ``down`` (first side) and ``back`` (second). Pupils come down from the meeting point to
    ``source`` and go back up from ``target``: home pairs of the cells on the first side lose, upper pairs or
    empty seats of the facilities on the second. Of several that run dry the last along the cycle leaves; so no
    basis comes back, whatever the ties (Cunningham 1976).
    """
    most, out = np.int64(1) << np.int64(62), np.int64(-1)
    most2, out2 = most, np.int64(-1)
    u, v = source, target
    level, level2 = _level(u, root, fac, home, depth), _level(v, root, fac, home, depth)
    size, size2 = 0, 0
    while u != v:
        if level >= level2:
            down[size] = u
            size += 1
            level -= 1
            if u > root:
                p = home[u - root - 1]
                if flow[p] < most:
                    most, out = flow[p], u
                u = np.int64(fac[p])
            else:
                u = _parent(u, root, cell, fac, home, up)
        else:
            back[size2] = v
            size2 += 1
            level2 -= 1
            if v > root:
                v = np.int64(fac[home[v - root - 1]])
            else:
                left = flow[up[v]] if up[v] >= 0 else empty[v]
                if left <= most2:
                    most2, out2 = left, v
                v = _parent(v, root, cell, fac, home, up)
    if most2 <= most:
        return most2, out2, False, size, size2
    return most, out, True, size, size2


@kernel
def _move(amount, nodes, size, sign, root, flow, empty, home, up):
    """Move the amount along one side of the cycle: cells lose and facilities gain where ``sign`` is 1."""
    for i in range(size):
        v = nodes[i]
        if v > root:
            flow[home[v - root - 1]] -= sign * amount
        elif up[v] >= 0:
            flow[up[v]] += sign * amount
        else:
            empty[v] += sign * amount


@kernel
def _hang(pair, top, out, root, ptr, cell, fac, home, up, family, path):
    """Make ``top`` the top of the subtree cut off at ``out`` and hang it by ``pair`` (-1: by its empty seats)."""
    size = 0
    v = top
    while True:  # the nodes whose parent changes
        path[size] = v
        size += 1
        if v == out:
            break
        v = _parent(v, root, cell, fac, home, up)
    for i in range(size):
        v = path[i]
        if v > root:
            _link_cell(v - root - 1, False, ptr, fac, home, up, family)
    if out <= root:
        _unlink(out, root if up[out] < 0 else fac[home[cell[up[out]]]], family)
    carry = pair
    for i in range(size):
        v = path[i]
        if v > root:
            carry, home[v - root - 1] = home[v - root - 1], carry
        else:
            carry, up[v] = up[v], carry
    for i in range(size):
        v = path[i]
        if v > root:
            _link_cell(v - root - 1, True, ptr, fac, home, up, family)
    if top <= root:
        _link(top, root if up[top] < 0 else fac[home[cell[up[top]]]], family)


@kernel
def _planted(fac, cost, cell, home, up):
    """Return the tree of ``home`` and ``up`` as families, with the prices and depths it implies."""
    width = up.size + 1
    root = width - 1
    family = (np.full(width, np.int64(-1)), np.full(width, np.int64(-1)), np.full(width, np.int64(-1)))
    price, depth = np.zeros(width, np.int64), np.zeros(width, np.int64)
    stack = np.empty(width, np.int64)
    for f in range(root):
        _link(f, root if up[f] < 0 else fac[home[cell[up[f]]]], family)
    stack[0] = root
    size = 1
    while size > 0:  # prices and depths from the root down
        size -= 1
        f = stack[size]
        if f != root and up[f] >= 0:
            above = home[cell[up[f]]]
            price[f] = cost[above] + price[fac[above]] - cost[up[f]]
            depth[f] = depth[fac[above]] + 2
        elif f != root:
            depth[f] = 1
        c = family[0][f]
        while c >= 0:
            stack[size] = c
            size += 1
            c = family[1][c]
    return family, price, depth


@kernel
def improve(ptr, fac, cost, pupils, seats, flow, home, up):
    """Make ``flow`` optimal, in place with its basis; return the price of each facility's seats and the pivots.

    On entry ``flow`` is feasible and lies on the tree of ``home`` and ``up``, in which every facility that hangs
    on its empty seats or below a cell has some to give (a strongly feasible tree); so it stays.
    """
    n, width = pupils.size, up.size + 1
    root = width - 1
    cell = np.empty(fac.size, np.int32)
    empty = np.zeros(width, np.int64)
    empty[:root] = seats
    for r in range(n):
        for p in range(ptr[r], ptr[r + 1]):
            cell[p] = r
            if fac[p] < root:
                empty[fac[p]] -= flow[p]
    family, price, depth = _planted(fac, cost, cell, home, up)
    stack, path = np.empty(width, np.int64), np.empty(2 * width + 2, np.int64)
    down, back = np.empty(2 * width + 2, np.int64), np.empty(2 * width + 2, np.int64)
    block = max(int(4 * n / np.sqrt(max(fac.size, 1))), 64)  # cells looked at before the best pairs enter
    listed = np.empty(block + 1, np.int64)
    at, pivots, size, spent = 0, 0, 0, 0
    while True:
        pair, reduced, size = _best_of(listed, size, cell, fac, cost, home, price)
        if size <= spent:
            size, at = _list_pairs(at, n, block, ptr, fac, cost, home, price, pupils, listed)
            if size == 0:
                return price, pivots
            spent = size // 4  # the last of a list are seldom worth it
            pair, reduced, size = _best_of(listed, size, cell, fac, cost, home, price)
        pivots += 1
        source = np.int64(root + 1 + cell[pair]) if pair >= 0 else np.int64(root)
        target = np.int64(fac[pair]) if pair >= 0 else -1 - pair
        amount, out, first, steps, steps2 = _cycle(
            source, target, root, cell, fac, flow, empty, home, up, depth, down, back
        )
        if amount > 0:
            _move(amount, down, steps, 1, root, flow, empty, home, up)
            _move(amount, back, steps2, -1, root, flow, empty, home, up)
        if pair >= 0:
            flow[pair] += amount
        else:
            empty[target] += amount
        if first:
            _hang(pair, source, out, root, ptr, cell, fac, home, up, family, path)
            r = source - root - 1
            for p in range(ptr[r], ptr[r + 1] - 1):
                if up[fac[p]] == p:
                    _shift(fac[p], reduced, cell, fac, home, up, family, price, depth, stack)
        else:
            _hang(max(pair, np.int64(-1)), target, out, root, ptr, cell, fac, home, up, family, path)
            _shift(target, -reduced, cell, fac, home, up, family, price, depth, stack)
