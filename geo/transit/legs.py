"""Walks to, between and from stops: pairs of places within the walk limit, in whole milliseconds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from geo.network import Pairs

__all__ = ["Legs", "changes", "least", "legs_of", "through", "transposed"]


class Legs(NamedTuple):
    """Walks by row: from row ``i`` to ``item[ptr[i] : ptr[i + 1]]`` in ``ms`` [ms].

    Examples
    --------
    >>> Legs(np.array([0, 1]), np.array([3], np.int32), np.array([60_000], np.int32)).item.tolist()
    [3]
    """

    ptr: NDArray[np.int64]
    item: NDArray[np.int32]
    ms: NDArray[np.int32]


def legs_of(pairs: Pairs, km_h: float) -> Legs:
    """Return walks at a speed [km/h], each rounded once to a whole millisecond.

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> legs_of(network().pairs(homes(), school(), limit=500), 3.6).ms.tolist()  # 100 and 500 m at 1 m/s
    [100000, 500000]
    """
    return Legs(pairs.indptr, pairs.indices, np.rint(pairs.metres * (3600.0 / km_h)).astype(np.int32))


def changes(walks: Legs, source: NDArray[np.int32], target: NDArray[np.int32], seconds: NDArray[np.int32]) -> Legs:
    """Return the ways from stop to stop with the stop itself (0 s), and with what a timetable says of its transfers.

    Parameters
    ----------
    walks
        Stops within the walk limit of each other.
    source, target, seconds
        Stops between which a change takes at least so long [s], also where streets do not lead from one to the
        other; -1 where a change is not possible.

    Examples
    --------
    Stops 0 and 1 are 30 s apart; the timetable wants 120 s from 0 to 1, and nobody may change at 1.

    >>> walks = Legs(np.array([0, 1, 2]), np.array([1, 0], np.int32), np.array([30_000] * 2, np.int32))
    >>> told = changes(walks, np.array([0, 1]), np.array([1, 1]), np.array([120, -1]))
    >>> told.ptr.tolist(), told.item.tolist(), told.ms.tolist()
    ([0, 2, 3], [0, 1, 0], [0, 120000, 30000])
    """
    n = len(walks.ptr) - 1
    rows = np.repeat(np.arange(n), np.diff(walks.ptr))
    apart = rows != walks.item
    itself = np.arange(n)
    key = np.concatenate([itself * n + itself, rows[apart] * n + walks.item[apart]])
    ms = np.concatenate([np.zeros(n, np.int64), walks.ms[apart]])
    told = source.astype(np.int64) * n + target
    order = np.argsort(key)
    key, ms = key[order], ms[order]
    at = np.minimum(np.searchsorted(key, told), max(len(key) - 1, 0))
    known = key[at] == told if len(key) else np.zeros(len(told), bool)
    np.maximum.at(ms, at[known], seconds[known].astype(np.int64) * 1000)
    new = ~known & (seconds >= 0)
    key, ms = np.concatenate([key, told[new]]), np.concatenate([ms, seconds[new].astype(np.int64) * 1000])
    possible = ~np.isin(key, told[seconds < 0])
    key, ms = key[possible], ms[possible]
    # One pair told twice counts once, at its longer time.
    order = np.lexsort((-ms, key))
    key, ms = key[order], ms[order]
    once = np.r_[True, key[1:] != key[:-1]] if len(key) else np.zeros(0, bool)
    key, ms = key[once], ms[once]
    ptr = np.searchsorted(key, np.arange(n + 1) * n)
    return Legs(ptr.astype(np.int64), (key % max(n, 1)).astype(np.int32), ms.astype(np.int32))


def through(first: Legs, second: Legs, items: int) -> Legs:
    """Return the quickest ways over a place between: by ``first`` to it, by ``second`` on to one of ``items``.

    Examples
    --------
    >>> doors = Legs(np.array([0, 2]), np.array([0, 1], np.int32), np.array([50_000, 10_000], np.int32))
    >>> inside = Legs(np.array([0, 1, 2]), np.array([0, 0], np.int32), np.array([5_000, 60_000], np.int32))
    >>> through(doors, inside, 1).ms.tolist()  # the door that is farther is nearer to the platform
    [55000]
    """
    count = np.diff(second.ptr)[first.item]
    row = np.repeat(np.repeat(np.arange(len(first.ptr) - 1), np.diff(first.ptr)), count)
    at = np.repeat(second.ptr[first.item] - np.cumsum(count) + count, count) + np.arange(count.sum())
    return _quickest(row, second.item[at], np.repeat(first.ms, count) + second.ms[at], len(first.ptr) - 1, items)


def least(one: Legs, other: Legs, items: int) -> Legs:
    """Return the ways of both, the quicker one where both lead to an item.

    Examples
    --------
    >>> street = Legs(np.array([0, 1]), np.array([3], np.int32), np.array([60_000], np.int32))
    >>> tunnel = Legs(np.array([0, 2]), np.array([2, 3], np.int32), np.array([9_000, 40_000], np.int32))
    >>> least(street, tunnel, 4).ms.tolist()
    [9000, 40000]
    """
    rows = len(one.ptr) - 1
    row = np.concatenate([np.repeat(np.arange(rows), np.diff(legs.ptr)) for legs in (one, other)])
    return _quickest(row, np.r_[one.item, other.item], np.r_[one.ms, other.ms], rows, items)


def _quickest(row: NDArray[np.int64], item: NDArray[np.int32], ms: NDArray[np.int32], rows: int, items: int) -> Legs:
    """Return walks by row, of those to one item the quickest."""
    key = row * np.int64(items) + item
    order = np.lexsort((ms, key))
    key, ms = key[order], ms[order]
    once = np.r_[True, key[1:] != key[:-1]] if len(key) else np.zeros(0, bool)
    key, ms = key[once], ms[once]
    ptr = np.searchsorted(key, np.arange(rows + 1) * np.int64(items))
    return Legs(ptr.astype(np.int64), (key % max(items, 1)).astype(np.int32), ms.astype(np.int32))


def transposed(legs: Legs, items: int) -> Legs:
    """Return the same walks by item, of which there are ``items``.

    Examples
    --------
    >>> walks = Legs(np.array([0, 2]), np.array([0, 1], np.int32), np.array([0, 60_000], np.int32))
    >>> transposed(walks, 2).ptr.tolist()
    [0, 1, 2]
    """
    turned = sparse.csr_matrix((legs.ms, legs.item, legs.ptr), shape=(len(legs.ptr) - 1, items)).tocsc()
    return Legs(turned.indptr.astype(np.int64), turned.indices.astype(np.int32), turned.data.astype(np.int32))
