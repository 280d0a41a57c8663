"""Which few crossings serve most together: a set, exactly what it serves, and a bound that no set can pass.

Crossings in a row need one another, so that what a set serves is no more than the sum of its parts nor less: the usual
bounds of covering do not hold for what each crossing serves alone. They hold for what it could serve at best. Take anybody newly served by
a set, and on the shortest walk **from** the facility the last crossing of the set. Up to it the walk is at least as long as with
all crossings built, after it there are only today's streets. So the person is among those whom that crossing reaches within the limit when
its walk has begun with all the others built. Who is newly served by a set is therefore in the union of these people over
the set: a maximal covering, bounded by search (Nemhauser, Wolsey & Fisher 1978: of a union, the k best additions to a part bound every set).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.laws import limit_of
from geo.network import kernels
from geo.network.field import finish
from geo.network.graph import Scratch
from geo.network.links import Floats, csr, to_nm
from geo.network.live import Live
from geo.siting.crossed import EPS, Alone, Beside, Bools, Rows, alone, beside, marked, reached, served_by, standing
from geo.siting.crossings import Ends, ends_of

__all__ = ["Together", "at_best", "together"]

TRIED = 150
"""Sets of which the whole network is asked: half of them for a better set, the rest for the bound."""
OPENED = 400
"""Parts of the search for the bound that are opened, at most."""
WIDTH = 5
"""Additions tried at each step, of those that promise most."""


@dataclass(frozen=True)
class Together:
    """Crossings built together: their positions in the order in which they were taken, and people newly served [persons].

    ``gained`` is exactly what the set adds, less who is ``lost``; ``steps`` the same after each crossing. No set of as many serves
    more than ``bound``; ``proven`` where the two meet.

    Examples
    --------
    >>> Together((4, 1), 90.0, 100.0, False, (60.0, 90.0)).gap
    0.1
    """

    chosen: tuple[int, ...]
    gained: float
    bound: float
    proven: bool
    steps: tuple[float, ...]

    @property
    def gap(self) -> float:
        """What the bound leaves open, as a share of it; 0 where it is proven."""
        return 0.0 if self.proven or self.bound <= 0 else (self.bound - self.gained) / self.bound


def together(live: Live, lines: Any, people: Any, k: int, *, limit: float, known: Alone | None = None) -> Together:
    """Return ``k`` crossings (or fewer, where more add nobody) that serve most people together, and the bound.

    Parameters
    ----------
    live
        The streets with people and facilities; walking, without one-way streets.
    lines
        Crossings as ``geo.siting.crossings`` finds them: no street lies between their ends.
    people
        People at each point of ``live`` [persons], in its order.
    k
        How many crossings may be built.
    limit
        The standard [m]; at exactly ``limit`` people are served.
    known
        What ``geo.siting.crossed.alone`` returned for the same, if it was asked before.

    Notes
    -----
    Greedy, then exchanges, then the sets that the bound holds for best; every value is the whole network's. Same input, same answer.

    Examples
    --------
    >>> import shapely
    >>> from geo.examples import at, homes, network, school
    >>> live = Live(network(), homes(), school())
    >>> lines = [shapely.LineString([at(x, 0), at(x, 300)]) for x in (100, 200)]
    >>> together(live, lines, [600, 500, 400], 1, limit=600)  # c: 100 + 300 + 200 m by the first
    Together(chosen=(0,), gained=400.0, bound=400.0, proven=True, steps=(400.0,))
    """
    shapes, weight = np.asarray(lines, object), np.asarray(people, float)
    single = alone(live, shapes, limit) if known is None else known
    best, useful = at_best(live, shapes, limit)
    asked: dict[frozenset[int], float] = {}

    def value(chosen: Any) -> float:
        key = frozenset(int(c) for c in chosen)
        if key not in asked:
            gained, lost = served_by(live, shapes[sorted(key)], limit) if key else (np.zeros(len(weight), bool),) * 2
            asked[key] = float(weight[gained].sum() - weight[lost].sum())
        return asked[key]

    search = _Search(
        single.gained,
        best,
        np.flatnonzero(useful).astype(np.int32),
        weight,
        min(k, len(shapes)),
        value,
        lambda most: len(asked) >= most,
    )
    search.greedy()
    search.exchange()
    bound = search.prove()
    chosen = search.chosen
    steps = tuple(value(chosen[: i + 1]) for i in range(len(chosen)))
    return Together(chosen, search.gained, max(bound, search.gained), search.gained >= bound * (1 - 1e-12), steps)


class _Search:
    """The best set so far, and the search that betters it and bounds it."""

    def __init__(
        self, alone: Rows, best: Rows, useful: NDArray[np.int32], weight: Floats, k: int,
        value: Callable[[Any], float], tired: Callable[[int], bool],
    ) -> None:  # fmt: skip
        self.alone, self.best, self.useful, self.weight, self.k = alone, best, useful, weight, k
        self.value, self.tired = value, tired
        self.chosen: tuple[int, ...] = ()
        self.gained = 0.0

    def promises(self, chosen: tuple[int, ...]) -> list[int]:
        """Return the crossings that promise to add most to a set, alone or at best."""
        found: list[int] = []
        for table in (self.alone, self.best):
            add = table @ self.left(table, chosen)
            order = np.argsort(-add, kind="stable")[: WIDTH + len(chosen)]
            found += [int(c) for c in order if add[c] > 0 and c not in chosen and c not in found][:WIDTH]
        return found

    def left(self, table: Rows, chosen: tuple[int, ...]) -> Floats:
        """Return the people that the rows of a set do not mark."""
        left = self.weight.copy()
        for c in chosen:
            left[table.indices[table.indptr[c] : table.indptr[c + 1]]] = 0.0
        return left

    def take(self, chosen: tuple[int, ...]) -> bool:
        """Keep a set if it serves more than the best so far."""
        gained = self.value(chosen)
        if gained <= self.gained:
            return False
        self.chosen, self.gained = chosen, gained
        return True

    def greedy(self) -> None:
        """Add the best crossing, one at a time."""
        while len(self.chosen) < self.k:
            before = self.chosen
            for c in self.promises(before):
                self.take((*before, c))
            if self.chosen == before:
                return

    def exchange(self) -> None:
        """Give one crossing up for another while that serves more."""
        better = True
        while better and not self.tired(TRIED // 2):
            better, before = False, self.chosen
            for gone in before:
                rest = tuple(c for c in before if c != gone)
                for c in self.promises(rest):
                    if not self.tired(TRIED // 2):
                        better |= self.take((*rest, c))

    def prove(self) -> float:
        """Return the bound: parts of the search, the one that allows most first, until none allows more than what is found.

        A part is a set and the crossings that may join it. Those that add nobody by themselves stay in it: they may
        lead to others.
        """
        number = count()
        heap: list[tuple[float, int, tuple[int, ...], NDArray[np.int32]]] = [(-np.inf, next(number), (), self.useful)]
        for _ in range(OPENED):
            if not heap or -heap[0][0] <= self.gained:
                return self.gained
            _, _, chosen, others = heap[0]
            if len(chosen) == self.k or not len(others):
                if self.tired(TRIED):
                    break
                heapq.heappop(heap)
                self.take(chosen)
                continue
            heapq.heappop(heap)
            left = self.left(self.best, chosen)
            base, add = float(self.weight.sum() - left.sum()), (self.best @ left)[others]
            first = int(np.argmax(add))
            rest, more, room = np.delete(others, first), np.delete(add, first), self.k - len(chosen)
            top = np.sort(more)[::-1]
            with_it, without = base + add[first] + top[: room - 1].sum(), base + top[:room].sum()
            heapq.heappush(heap, (-with_it, next(number), (*chosen, int(others[first])), rest))
            heapq.heappush(heap, (-without, next(number), chosen, rest))
        return max(self.gained, -heap[0][0]) if heap else self.gained


def at_best(live: Live, lines: Any, limit: float) -> tuple[Rows, Bools]:
    """Return whom each crossing could newly serve as the last one on the walk, whatever else is built; and which can be of any use.

    The first is a sparse 0/1 table (crossings × people): who is newly served by a set of crossings is marked in one of its rows.

    Examples
    --------
    >>> import shapely
    >>> from geo.examples import at, homes, network, school
    >>> live = Live(network(), homes(), school())
    >>> table, useful = at_best(live, [shapely.LineString([at(x, 0), at(x, 300)]) for x in (100, 350)], 600)
    >>> table.toarray().tolist(), useful.tolist()  # by the second, c would be 700 m away, and so it is to its own end
    ([[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]], [True, False])
    """
    shapes = np.asarray(lines, object)
    room, n, people = float(to_nm(limit_of(limit))), len(shapes), live.people.places
    ends = ends_of(live.graph, shapes)
    new = beside(live, shapes, ends, limit)
    today = [finish(live.graph, p, live.supply.places, live.dist, live.label, np.inf)[0] for p in ends[:2]]
    start, end = _all_built(live, ends, new, room + EPS)
    short = ~(live.base.cost <= room)
    by = new.supply
    parts = [
        (ends.end, _worth(start + ends.length, today[1], room), start + ends.length),
        (ends.start, _worth(end + ends.length, today[0], room), end + ends.length),
    ]
    useful = np.zeros(n, bool)
    row, item = [], []
    for at, which, begun in parts:
        found = reached(live, at, which, begun[which], short, room + EPS)
        useful[which] = True
        row.append(found[0])
        item.append(found[1])
    for at, begun in ((ends.start, by.leg + by.along), (ends.end, by.leg + ends.length[by.crossing] - by.along)):
        found = reached(live, at, by.crossing, begun, short, room + EPS)  # a facility on the crossing itself
        row.append(found[0])
        item.append(found[1])
    c, who = new.people.crossing, new.people.point
    walk = new.people.leg + np.minimum(new.people.along + start[c], ends.length[c] - new.people.along + end[c])
    near = short[who] & ((walk <= room + EPS) | np.isin(c, by.crossing))
    doubt = short[new.doubt[1]]
    row += [c[near], new.doubt[0][doubt]]
    item += [who[near], new.doubt[1][doubt]]
    anybody = np.flatnonzero(short)
    for whole in np.unique(new.moved[0]):  # a facility that may be reached in another way: everybody may gain
        row.append(np.full(len(anybody), whole))
        item.append(anybody)
    edge = np.flatnonzero(short & (live.base.cost <= room + EPS))
    row.append(np.repeat(np.arange(n), len(edge)))
    item.append(np.tile(edge, n))
    for some in (c, by.crossing, *(pair[0] for pair in (new.doubt, new.moved))):
        useful[some] = True
    return marked(np.concatenate(row), np.concatenate(item), n, len(people)), useful | bool(len(edge))


def _worth(begun: Floats, today: Floats, room: float) -> NDArray[np.int64]:
    """Return the crossings by which the farther end comes no farther than today, and within the limit."""
    return np.flatnonzero((begun < today + EPS) & (begun <= room + EPS))


def _all_built(live: Live, ends: Ends, new: Beside, room: float) -> tuple[Floats, Floats]:
    """Return how far the two ends of each crossing are from the nearest facility when all crossings are built [nm], at least.

    Each end is a node of its own on its street, and each facility beside a crossing is reached from its ends too.
    """
    a, n, many = live.graph.arrays, live.graph.n, len(ends.length)
    edge, along = (np.concatenate([getattr(p, name) for p in ends[:2]]) for name in ("edge", "along"))
    own = np.arange(n, n + 2 * many, dtype=np.int32)
    order = np.lexsort((along, edge))
    e, s, node = edge[order], along[order], own[order]
    new_edge = np.ones(len(e) + 1, bool)
    new_edge[1:-1] = e[1:] != e[:-1]
    first, last = new_edge[:-1], new_edge[1:]
    tail = np.concatenate([a.tail, a.tail[e[first]], node[:-1][~first[1:]], node[last], own[:many]])
    head = np.concatenate([a.head, node[first], node[1:][~first[1:]], a.head[e[last]], own[many:]])
    length = np.concatenate([a.length, s[first], np.diff(s)[~first[1:]], a.length[e[last]] - s[last], ends.length])
    arcs = csr(tail, head, length, np.ones(len(tail), bool), n + 2 * many)
    t, by = live.supply.places, new.supply
    end, on = standing(t, np.arange(2 * many), edge)
    seed = np.concatenate([t.a, t.b, own[end], own[by.crossing], own[many + by.crossing]]).astype(np.int32)
    cost = np.concatenate(
        [t.cost_a, t.cost_b, t.leg[on] + np.abs(t.along[on] - along[end]), by.leg + by.along, by.leg + ends.length[by.crossing] - by.along]
    )  # fmt: skip
    work = Scratch.make(n + 2 * many)
    longest = max(live.graph.longest, float(ends.length.max(initial=0.0)))
    kernels.spread(*arcs, seed, cost, room, live.graph.delta, longest, *work)
    dist = np.ascontiguousarray(work.dist)
    return dist[n : n + many], dist[n + many :]
