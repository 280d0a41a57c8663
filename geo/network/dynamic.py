"""What a change of the streets takes back from distances that were known, and where the search goes on.

After Ramalingam & Reps (1996), J. Algorithms 21, 267-305: nodes that lost what their distance rested on are found
and forgotten, and a search from their border and from the new ways sets them anew; all others stay as they were. The
distance of a node and the target it belongs to are one key: a node rests on a neighbour that has both.
"""

from __future__ import annotations

import numpy as np

from geo.kernel import kernel

__all__ = ["border", "fallen"]


@kernel
def fallen(  # type: ignore[no-untyped-def]
    in_ptr, in_node, in_length, out_ptr, out_node, out_length, dist, label, first, seed_node, seed_cost, seed_label
):  # fmt: skip
    """Return the nodes whose distance or label no longer holds, at least; those that hold are kept.

    ``in_*`` are the arcs before (who rests on a node), ``out_*`` those after (on whom it can rest), ``first`` the
    nodes that lost an arc or a seed that they rested on, ``seed_*`` the seeds there are after.
    """
    marked = np.zeros(len(dist), np.bool_)
    stack = np.empty(len(dist), np.int32)
    count = 0
    for v in first:
        if not marked[v]:
            marked[v] = True
            stack[count] = v
            count += 1
    # All that rests on them, through whomever.
    done = 0
    while done < count:
        y = stack[done]
        done += 1
        for k in range(in_ptr[y], in_ptr[y + 1]):
            x = in_node[k]
            if not marked[x] and dist[x] == dist[y] + in_length[k] and label[x] == label[y]:
                marked[x] = True
                stack[count] = x
                count += 1
    for i in range(len(seed_node)):
        v = seed_node[i]
        if v >= 0 and marked[v] and dist[v] == seed_cost[i] and label[v] == seed_label[i]:
            marked[v] = False
    # From the nearest on: who rests on one that holds and is truly nearer holds too. A way of no length is not
    # trusted, for two nodes could then rest on each other.
    order = np.argsort(dist[stack[:count]])
    for i in order:
        v = stack[i]
        k = out_ptr[v]
        while marked[v] and k < out_ptr[v + 1]:
            u = out_node[k]
            if not marked[u] and dist[u] < dist[v] and dist[v] == dist[u] + out_length[k] and label[v] == label[u]:
                marked[v] = False
            k += 1
    left = 0
    for i in range(count):
        if marked[stack[i]]:
            stack[left] = stack[i]
            left += 1
    return stack[:left].copy()


@kernel
def border(out_ptr, out_node, out_length, dist, label, lost):  # type: ignore[no-untyped-def]
    """Return the ways from lost nodes (already ``inf``) to those that hold: node, cost and label of each."""
    many = 0
    for v in lost:
        many += out_ptr[v + 1] - out_ptr[v]
    node, cost, mine = np.empty(many, np.int32), np.empty(many), np.empty(many, np.int32)
    count = 0
    for v in lost:
        for k in range(out_ptr[v], out_ptr[v + 1]):
            u = out_node[k]
            if dist[u] < np.inf:
                node[count], cost[count], mine[count] = v, dist[u] + out_length[k], label[u]
                count += 1
    return node[:count].copy(), cost[:count].copy(), mine[:count].copy()
