"""A changed network from the arrays of the old one: only the arcs at touched nodes are made anew."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.kernel import kernel
from geo.network.draft import Change
from geo.network.links import Arrays, Side, csr

__all__ = ["grown", "patched", "sides"]


def sides(arrays: Arrays, change: Change, *, shortcuts: bool = False) -> tuple[Side, Side]:
    """Return the arcs outwards and inwards of a changed network; new nodes come after the old ones.

    With ``shortcuts``, the way through an edge that is only cut stays one arc beside its pieces: no distance is
    another for it, and a search that goes on from the old distances has nothing to take back.

    Examples
    --------
    >>> from geo.examples import network
    >>> from geo.network.draft import change
    >>> arrays = network().arrays
    >>> out, into = sides(arrays, change(arrays, [], [1], []))
    >>> len(arrays.out_node), len(out.node), into is out
    (6, 4, True)
    """
    n = len(arrays.labels) + len(change.node_xy)
    gone = change.broken if shortcuts else change.gone
    alive = np.ones(len(arrays.length), bool)
    alive[gone] = False
    touched = np.zeros(n, bool)
    for ends in (arrays.tail[gone], arrays.head[gone], change.tail, change.head):
        touched[ends] = True
    touched[len(arrays.labels) :] = True  # also one whose streets a barrier took away again
    near = np.flatnonzero(alive & (touched[arrays.tail] | touched[arrays.head]))
    tail = np.concatenate([arrays.tail[near], change.tail])
    head = np.concatenate([arrays.head[near], change.head])
    length = np.concatenate([arrays.length[near], change.length])
    both = ~np.concatenate([arrays.oneway[near], change.oneway]) | (not arrays.directed)
    out = Side(*_splice(arrays.out_ptr, arrays.out_node, arrays.out_length, touched, *csr(tail, head, length, both, n)))
    if not arrays.directed:
        return out, out
    into = _splice(arrays.in_ptr, arrays.in_node, arrays.in_length, touched, *csr(head, tail, length, both, n))
    return out, Side(*into)


@kernel
def _splice(ptr, node, length, touched, new_ptr, new_node, new_length):  # type: ignore[no-untyped-def]
    """Return compressed rows: of touched nodes the new ones, of others the old ones."""
    n = len(touched)
    out_ptr = np.zeros(n + 1, np.int32)
    for v in range(n):
        many = new_ptr[v + 1] - new_ptr[v] if touched[v] else ptr[v + 1] - ptr[v]
        out_ptr[v + 1] = out_ptr[v] + many
    out_node, out_length = np.empty(out_ptr[n], np.int32), np.empty(out_ptr[n])
    for v in range(n):
        at = out_ptr[v]
        if touched[v]:
            for k in range(new_ptr[v], new_ptr[v + 1]):
                out_node[at], out_length[at] = new_node[k], new_length[k]
                at += 1
        else:
            for k in range(ptr[v], ptr[v + 1]):
                out_node[at], out_length[at] = node[k], length[k]
                at += 1
    return out_ptr, out_node, out_length


def patched(arrays: Arrays, change: Change) -> Arrays:
    """Return the arrays of a changed network; nodes and edges that stay keep label and order, new ones follow.

    A node at which no street is left is dropped, as it is when the network is made of the changed links.

    Examples
    --------
    >>> from geo.examples import network
    >>> from geo.network.draft import change
    >>> arrays = network().arrays
    >>> less = patched(arrays, change(arrays, [], [2], []))
    >>> sorted(less.labels), less.edges.tolist()
    ([1, 2, 3], [0, 1])
    """
    keep = np.ones(len(arrays.length), bool)
    keep[change.gone] = False
    tail = np.concatenate([arrays.tail[keep], change.tail])
    head = np.concatenate([arrays.head[keep], change.head])
    out, into = sides(arrays, change)
    used = np.zeros(len(out.ptr) - 1, bool)
    used[tail], used[head] = True, True
    number = (np.cumsum(used) - 1).astype(np.int32)
    out = _fewer(out, used, number)
    into = _fewer(into, used, number) if arrays.directed else out
    corners = np.diff(arrays.shape_ptr)
    old = np.concatenate([[0], np.cumsum(corners[keep])])
    return dataclasses.replace(
        arrays,
        labels=grown(arrays.labels, len(change.node_xy))[used],
        xy=np.concatenate([arrays.xy, change.node_xy])[used],
        edges=grown(arrays.edges, len(change.length))[np.concatenate([keep, np.ones(len(change.length), bool)])],
        tail=number[tail],
        head=number[head],
        length=np.concatenate([arrays.length[keep], change.length]),
        oneway=np.concatenate([arrays.oneway[keep], change.oneway]),
        shape_ptr=np.concatenate([old, old[-1] + change.shape_ptr[1:]]).astype(np.int64),
        shape_xy=np.concatenate([arrays.shape_xy[np.repeat(keep, corners)], change.shape_xy]),
        out_ptr=out.ptr, out_node=out.node, out_length=out.length,
        in_ptr=into.ptr, in_node=into.node, in_length=into.length,
    )  # fmt: skip


def _fewer(side: Side, used: NDArray[np.bool_], number: NDArray[np.int32]) -> Side:
    """Return the arcs without the rows of nodes that have none, in the new numbers."""
    if used.all():
        return side
    return Side(np.concatenate([[0], side.ptr[1:][used]]).astype(np.int32), number[side.node], side.length)


def grown(labels: pd.Index, more: int) -> pd.Index:
    """Return labels with ``more`` new ones after them: the next whole numbers, or +1, +2, … among other labels.

    Examples
    --------
    >>> grown(pd.Index([7, 3]), 2).tolist(), grown(pd.Index(["a", "+1"]), 1).tolist()
    ([7, 3, 8, 9], ['a', '+1', '+2'])
    """
    if more == 0:
        return labels
    if isinstance(labels.dtype, np.dtype) and labels.dtype.kind in "iu":
        first = int(labels.max()) + 1
        return pd.Index(np.concatenate([labels.to_numpy(), np.arange(first, first + more)]), name=labels.name)
    new: list[str] = []
    taken, number = set(labels), 1
    while len(new) < more:
        if (name := f"+{number}") not in taken:
            new.append(name)
        number += 1
    values = np.empty(len(labels) + more, object)
    values[: len(labels)], values[len(labels) :] = labels.to_numpy(object), new
    return pd.Index(values, name=labels.name, tupleize_cols=False)
