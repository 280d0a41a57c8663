"""Cover under many draws of what is not known, on arrays: who is served by a choice of sites in each draw.

A cell is served in a draw by a site within the draw's limit. Draws are ordered by their limit, widest first; a site
at ``d`` metres then serves a cell in the first so many draws, and this number, its *depth*, is all that matters of a
distance. One sorting serves every question: who is served in each draw, and the weighted mean over draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from geo.kernel import kernel
from geo.siting.clock import Clock
from geo.siting.models import filled
from geo.siting.tables import Rows

__all__ = ["Draws"]

Array = np.ndarray[Any, Any]
NONE = np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Draws:
    """Whom each candidate serves in each draw, without what cannot matter.

    Left out are cells that no candidate serves in any draw and candidates that serve no cell deeper than another
    one does; cells that the same candidates serve equally deep are one. Neither changes the best value of any
    criterion that grows with the people served.

    Examples
    --------
    >>> metres = sparse.csr_array(np.array([[100.0, 900.0], [400.0, 300.0]]))
    >>> weight, served = np.array([[5.0, 4.0], [6.0, 3.0]]), np.zeros((2, 2), bool)
    >>> draws = Draws.build(metres, weight, served, np.array([350.0, 450.0]), Clock(5.0))
    >>> draws.value(np.array([0])).tolist(), draws.value(np.array([1])).tolist()  # in the first draw 350 m are too far
    ([5.0, 9.0], [4.0, 3.0])
    """

    ptr: Array
    col: Array
    depth: Array
    """By cell: the candidates that serve it, deepest first, and in how many draws, those of widest limit first."""
    cptr: Array
    crow: Array
    cdepth: Array
    turned: Array
    """By candidate: its cells and depths; ``turned`` says where each entry stands among those by cell."""
    weight: Array
    """Persons not served by what stands, shape (cells, draws), widest limit first."""
    order: Array
    """Which draw stands where: ``order[0]`` has the widest limit."""
    usable: Array
    """Candidates that are left."""

    @classmethod
    def build(
        cls, metres: Any, weight: Array, served: Array, limit: Array, clock: Clock, *, every: bool = False
    ) -> Draws:
        """Return the draws of a sparse table [m], shape (cells, candidates): an entry that is missing is out of reach.

        Parameters
        ----------
        metres
            Distances [m] as compressed rows; an entry of 0 that is stored is a distance of 0.
        weight, served
            Persons of each cell and whether it is served already, shape (draws, cells).
        limit
            Farthest distance served in each draw [m]; at exactly the limit a cell is served.
        every
            Keep the candidates that another one outdoes too.
        """
        order = np.argsort(-limit, kind="stable")
        rising = limit[order][::-1]
        row = np.repeat(np.arange(metres.shape[0]), np.diff(metres.indptr))
        depth = len(limit) - np.searchsorted(rising, metres.data, side="left")
        open_ = np.ascontiguousarray(np.where(served, 0.0, weight).T[:, order])
        # Nobody is served by depths that no weight follows: only draws in which somebody lives there count.
        stay = (depth > 0) & (open_.max(axis=1, initial=0.0) > 0)[row]
        row, col, depth = row[stay], metres.indices[stay].astype(np.int64), depth[stay]
        stay, row, open_ = _merged(row, col, depth, open_)
        col, depth = col[stay], depth[stay]
        kept = np.ones(metres.shape[1], bool)
        if not every:
            kept = ~_outdone(*_by_column(row, col, depth, metres.shape[1]), row, col, len(open_), clock.alarm)
        stay = kept[col]
        row, col, depth = row[stay], col[stay], depth[stay]
        first = np.lexsort((col, -depth, row))
        row, col, depth = row[first], col[first], depth[first]
        ptr = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(open_))))).astype(np.int64)
        turned = np.argsort(col, kind="stable")
        cptr = np.concatenate(([0], np.cumsum(np.bincount(col, minlength=metres.shape[1])))).astype(np.int64)
        return cls(ptr, col.astype(np.int32), depth.astype(np.int32), cptr, row[turned].astype(np.int32),
                   depth[turned].astype(np.int32), turned, open_, order, kept)  # fmt: skip

    @property
    def count(self) -> int:
        """Number of draws."""
        return len(self.order)

    def value(self, columns: Array) -> Array:
        """Return whom these candidates serve in each draw [persons], in the order in which the draws were given."""
        return self.given(self.sorted_value(columns))

    def given(self, values: Array) -> Array:
        """Return what is known of each draw, widest limit first, in the order in which the draws were given."""
        turned = np.empty_like(values)
        turned[self.order] = values
        return turned

    def sorted_value(self, columns: Array) -> Array:
        """Return whom these candidates serve in each draw [persons], widest limit first."""
        return _value(*self.by_column, self.weight, np.asarray(columns, np.int64))

    def rows(self, share: Array) -> Rows:
        """Return the p-median whose cost is the mean of those not served, each draw (widest limit first) by its share.

        A gradual cover (Berman, Krass & Drezner 2003): a cell at some distance is worth the share of draws in which
        that distance is within the limit, and counts where its nearest site is.
        """
        whole = np.concatenate((np.zeros((len(self.weight), 1)), np.cumsum(self.weight * share, axis=1)), axis=1)
        cell = np.repeat(np.arange(len(self.weight)), np.diff(self.ptr))
        deepest = np.zeros(len(self.weight), np.int64)
        filled_rows = self.ptr[:-1] < self.ptr[1:]
        deepest[filled_rows] = self.depth[self.ptr[:-1][filled_rows]]
        cap = whole[np.arange(len(whole)), deepest]
        val = cap[cell] - whole[cell, self.depth]
        return Rows(self.ptr, self.col, val, self.cptr, self.crow, val[self.turned], cap)

    def alone(self, at: int) -> Rows:
        """Return the maximal cover of one draw, by its place (0 has the widest limit)."""
        stay = self.depth > at
        cell = np.repeat(np.arange(len(self.weight)), np.diff(self.ptr))[stay]
        ptr = np.concatenate(([0], np.cumsum(np.bincount(cell, minlength=len(self.weight)))))
        cap = np.where(np.diff(ptr) > 0, self.weight[:, at], 0.0)
        live = cap > 0
        stay[stay] = live[cell]
        counts = np.diff(ptr)[live]
        ptr = np.concatenate(([0], np.cumsum(counts)))
        col = self.col[stay]
        return Rows.build(ptr, col, np.zeros(len(col)), cap[live], len(self.usable))

    @property
    def by_column(self) -> tuple[Array, Array, Array]:
        """Pointer, cells and depths of each candidate."""
        return self.cptr, self.crow, self.cdepth

    def completed(self, columns: Array, p: int) -> Array:
        """Return the columns with as many others as make ``p``, those left first, ascending."""
        free = np.flatnonzero(self.usable)
        more = free[~np.isin(free, columns)][: p - len(columns)]
        return filled(np.concatenate((columns, more)), NONE, p, len(self.usable))


def _merged(row: Array, col: Array, depth: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Make cells one that the same candidates serve equally deep: which entries stay, their cells, the weights."""
    first = np.lexsort((col, row))
    pairs = np.stack((col[first], depth[first]), axis=1)
    bounds = np.searchsorted(row[first], np.arange(len(weight) + 1))
    known: dict[bytes, int] = {}
    group, one = np.full(len(weight), -1), np.zeros(len(weight), bool)
    for i in np.flatnonzero(np.diff(bounds)):
        number = len(known)
        group[i] = known.setdefault(pairs[bounds[i] : bounds[i + 1]].tobytes(), number)
        one[i] = group[i] == number
    here = np.flatnonzero(group >= 0)
    turn = sparse.csr_array((np.ones(len(here)), (group[here], here)), shape=(len(known), len(weight)))
    stay = one[row]
    return stay, group[row[stay]], np.ascontiguousarray(turn @ weight)


def _by_column(row: Array, col: Array, depth: Array, columns: int) -> tuple[Array, Array, Array]:
    first = np.lexsort((row, col))
    ptr = np.concatenate(([0], np.cumsum(np.bincount(col, minlength=columns)))).astype(np.int64)
    return ptr, row[first], depth[first]


@kernel
def _outdone(cptr, crow, cdepth, row, col, n, alarm):  # type: ignore[no-untyped-def]  # noqa: C901
    """Mark the columns that another one is at least as deep as in every cell; of equals the first stays."""
    m = cptr.shape[0] - 1
    gone = np.zeros(m, np.bool_)
    ptr = np.zeros(n + 1, np.int64)
    for e in range(row.shape[0]):
        ptr[row[e] + 1] += 1
    for i in range(n):
        ptr[i + 1] += ptr[i]
    at, members = ptr[:-1].copy(), np.empty(row.shape[0], np.int64)
    for e in range(row.shape[0]):
        members[at[row[e]]] = col[e]
        at[row[e]] += 1
    for j in range(m):
        a, b = cptr[j], cptr[j + 1]
        if a == b:
            gone[j] = True
            continue
        if alarm[0]:
            continue
        rare = crow[a]
        for e in range(a, b):
            if ptr[crow[e] + 1] - ptr[crow[e]] < ptr[rare + 1] - ptr[rare]:
                rare = crow[e]
        for k in range(ptr[rare], ptr[rare + 1]):
            other = members[k]
            if other == j or gone[other] or cptr[other + 1] - cptr[other] < b - a:
                continue
            f, inside, equal = cptr[other], True, cptr[other + 1] - cptr[other] == b - a
            for e in range(a, b):
                while f < cptr[other + 1] and crow[f] < crow[e]:
                    f += 1
                if f == cptr[other + 1] or crow[f] != crow[e] or cdepth[f] < cdepth[e]:
                    inside = False
                    break
                equal = equal and cdepth[f] == cdepth[e]
            if inside and not (equal and other > j):
                gone[j] = True
                break
    return gone


@kernel
def _value(cptr, crow, cdepth, weight, columns):  # type: ignore[no-untyped-def]
    reach = np.zeros(weight.shape[0], np.int64)
    for j in columns:
        for e in range(cptr[j], cptr[j + 1]):
            reach[crow[e]] = max(reach[crow[e]], cdepth[e])
    value = np.zeros(weight.shape[1])
    for i in range(weight.shape[0]):
        for t in range(reach[i]):
            value[t] += weight[i, t]
    return value
