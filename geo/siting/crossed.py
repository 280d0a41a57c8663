"""What each crossing serves alone: who comes within the limit by it, as exact as a network made anew with it.

A crossing changes distances only on its farther side, and only there can people be newly served: one search each, from the
farther end on, as far as the limit leaves (``geo.network.reach``). What new streets do besides is looked at one by one: people who
live nearer to the crossing than to their street, streets that are cut where two are equally near to somebody, facilities
beside the crossing. Where rounding by nanometres could decide, or a facility itself would be reached in another way, the
whole network is asked (``geo.network.live``), so that the answer is always its answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse

from geo.laws import limit_of
from geo.network.draft import Ground, ground
from geo.network.edits import Edits
from geo.network.field import finish
from geo.network.links import NM, Floats, to_nm
from geo.network.live import Live
from geo.network.places import Places
from geo.network.reach import pair_arrays
from geo.siting.crossings import Ends, ends_of, taken

__all__ = ["EPS", "Alone", "Beside", "alone", "beside", "marked", "reached", "served_by", "standing"]

EPS = 1e4
"""Ten micrometres [nm]: far more than all roundings of a walk, far less than anybody can measure."""
SAME_M = 1e-5
"""Two places on streets as near as this are one [m]."""
FOOT_M = 1e-6
"""How sure it must be that one street is nearer than another [m]."""

Rows: TypeAlias = sparse.csr_matrix
Bools = NDArray[np.bool_]
Ints64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Alone:
    """What crossings serve, each built alone: sparse 0/1 tables (crossings × people).

    ``gained`` marks who comes within the limit, ``lost`` who leaves it (people who live nearer to the new crossing than to
    their street are counted from there on). ``asked`` says of which crossings the whole network was asked.

    Examples
    --------
    >>> from geo.examples import at, homes, network, school
    >>> live = Live(network(), homes(), school())
    >>> found = alone(live, [shapely.LineString([at(100, 0), at(100, 300)])], 600)  # c: 100 + 300 + 200 m
    >>> found.gained.toarray().tolist(), found.lost.nnz, found.asked.tolist()
    ([[0.0, 0.0, 1.0]], 0, [True])
    """

    gained: Rows
    lost: Rows
    asked: Bools


class Near(NamedTuple):
    """Points nearer to a crossing than to their street: which, which crossing, the way there and from its start on [nm]."""

    point: Ints64
    crossing: Ints64
    leg: Floats
    along: Floats
    sure: Bools


class Beside(NamedTuple):
    """What crossings change besides the way across.

    ``people`` and ``supply`` are those nearer to a crossing; ``doubt`` and ``moved`` are (crossing, point) pairs of people and of
    facilities that may meet another street as near, because theirs is cut; ``cut`` and ``stands`` pair crossings with the people
    and the facilities on the streets that they cut.

    Examples
    --------
    >>> from geo.examples import at, homes, network, school
    >>> live, lines = Live(network(), homes(), school()), [shapely.LineString([at(100, 0), at(100, 300)])]
    >>> beside(live, lines, ends_of(live.graph, lines), 600).stands.tolist()  # the school is on the street from 1 to 2
    [[0], [0]]
    """

    people: Near
    supply: Near
    doubt: Ints64
    moved: Ints64
    cut: Ints64
    stands: Ints64


def served_by(live: Live, lines: Any, limit: float) -> tuple[Bools, Bools]:
    """Return who comes within the limit and who leaves it when all of some crossings are built, by the whole network.

    Examples
    --------
    >>> from geo.examples import at, homes, network, school
    >>> live = Live(network(), homes(), school())
    >>> [who.tolist() for who in served_by(live, [shapely.LineString([at(100, 0), at(100, 300)])], 600)]
    [[False, False, True], [False, False, False]]
    """
    was = _within(live.base.cost, limit)
    now = _within(live.after(Edits(streets=tuple((line, "bridge") for line in lines))).cost, limit)
    return now & ~was, was & ~now


def alone(live: Live, lines: Any, limit: float) -> Alone:
    """Return who is newly served by each crossing built alone: the people of ``served_by``, for thousands of crossings.

    Parameters
    ----------
    live
        The streets with people and facilities; walking, without one-way streets.
    lines
        Crossings from street to street, as ``geo.siting.crossings`` finds them.
    limit
        The standard [m]; at exactly ``limit`` people are served.

    Examples
    --------
    >>> from geo.examples import at, homes, network, school
    >>> live = Live(network(), homes(), school())
    >>> alone(live, [], 500).gained.shape
    (0, 3)
    """
    shapes = np.asarray(lines, object)
    room, n, people = float(to_nm(limit_of(limit))), len(shapes), live.people.places
    was, ends = _within(live.base.cost, limit), ends_of(live.graph, shapes)
    besides = beside(live, shapes, ends, limit)
    start, end = (finish(live.graph, p, live.supply.places, live.dist, live.label, np.inf)[0] for p in ends[:2])
    found = []
    for at, begun, other in ((ends.end, start + ends.length, end), (ends.start, end + ends.length, start)):
        which = np.flatnonzero((begun < other + EPS) & (begun <= room + EPS))
        found.append(reached(live, at, which, begun[which], ~was, room + EPS))
    row, item, metres = (np.concatenate(column) for column in zip(*found, strict=True))
    gained = marked(row, item, n, len(people))
    asked = np.zeros(n, bool)
    asked[row[np.abs(metres - room) <= EPS]] = True
    new = besides.people
    first, last = start[new.crossing], end[new.crossing]
    length = ends.length[new.crossing]
    first, last = np.minimum(first, last + length), np.minimum(last, first + length)
    walk = new.leg + np.minimum(new.along + first, length - new.along + last)
    asked[new.crossing[~new.sure | (np.abs(walk - room) <= EPS)]] = True
    asked[besides.supply.crossing] = True
    asked[besides.doubt[0]], asked[besides.moved[0]] = True, True
    edge = np.abs(live.base.cost - room) <= EPS
    asked[besides.cut[0][edge[besides.cut[1]]]] = True
    if edge.any():
        asked[besides.stands[0]] = True
    # Whoever lives nearer to the crossing is counted from there, whatever was found before.
    there = marked(new.crossing, new.point, n, len(people))
    gained = gained - gained.multiply(there)
    served = walk <= room
    come = served & ~was[new.point]
    gained = gained + marked(new.crossing[come], new.point[come], n, len(people))
    left = ~served & was[new.point]
    lost = marked(new.crossing[left], new.point[left], n, len(people))
    return _corrected(live, shapes, limit, asked, gained.tolil(), lost.tolil())


def _corrected(live: Live, shapes: NDArray[Any], limit: float, asked: Bools, gained: Any, lost: Any) -> Alone:
    """Return the tables with the rows of doubtful crossings as the whole network tells them."""
    for i in np.flatnonzero(asked):
        for table, who in zip((gained, lost), served_by(live, [shapes[i]], limit), strict=True):
            at = np.flatnonzero(who)
            table.rows[i], table.data[i] = at.tolist(), [1.0] * len(at)
    return Alone(gained.tocsr(), lost.tocsr(), asked)


def reached(
    live: Live, at: Places, which: Ints64, begun: Floats, among: Bools, room: float
) -> tuple[Ints64, Ints64, Floats]:
    """Return crossing, person and walk [nm] of those ``among`` people within ``room`` of ends from which walks have ``begun``.

    Examples
    --------
    >>> from geo.examples import at, homes, network, school
    >>> live = Live(network(), homes(), school())
    >>> ends = ends_of(live.graph, [shapely.LineString([at(100, 0), at(100, 300)])])
    >>> found = reached(live, ends.end, np.array([0]), np.array([400e9]), np.ones(3, bool), 600e9)
    >>> [part.tolist() for part in found]  # 200 m on from the end, c
    [[0], [2], [600000000000.0]]
    """
    some = np.flatnonzero(among)
    if not len(which) or not len(some):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    roots, items = taken(at, which, begun), taken(live.people.places, some)
    counts, found, metres = pair_arrays(live.graph, roots, items, True, room)
    return np.repeat(which, counts), some[found], np.rint(metres * NM)


def beside(live: Live, shapes: NDArray[Any], ends: Ends, limit: float) -> Beside:
    """Return what crossings change besides the way across; only what matters within the limit.

    Examples
    --------
    >>> from geo.examples import at, homes, network, school
    >>> live = Live(network(), homes(), school())
    >>> lines = [shapely.LineString([at(100, 0), at(100, 300)])]
    >>> beside(live, lines, ends_of(live.graph, lines), 600).cut.tolist()  # a and c live on the streets that are cut
    [[0, 0], [0, 2]]
    """
    shapes = np.asarray(shapes, object)
    inside = [
        (p.edge >= 0) & (p.along > 0) & (p.along < live.graph.arrays.length[p.edge]) for p in (ends.start, ends.end)
    ]
    crossing = np.concatenate([np.flatnonzero(part) for part in inside])
    edge = np.concatenate([p.edge[part] for p, part in zip(ends[:2], inside, strict=True)])
    found = []
    for points in (live.people, live.supply):
        on = standing(points.places, crossing, edge)
        doubtful = _doubtful(live, points, np.unique(on[1]), limit)
        found.append((on, on[:, np.isin(on[1], doubtful)]))
    (cut, doubt), (stands, moved) = found
    return Beside(_nearer(live.people, shapes, limit), _nearer(live.supply, shapes, limit), doubt, moved, cut, stands)


def _within(cost: Floats, limit: float) -> Bools:
    return (cost / NM <= limit) & np.isfinite(cost)


def marked(row: Any, column: Any, n: int, m: int) -> Rows:
    """Return a sparse table of ones; a pair given twice counts once.

    Examples
    --------
    >>> marked([0, 0, 1], [2, 2, 0], 2, 3).toarray().tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    table = sparse.csr_matrix((np.ones(len(row)), (row, column)), shape=(n, m))
    table.data[:] = 1.0
    return table


def standing(p: Places, crossing: Ints64, edge: Any) -> Ints64:
    """Return (crossing, point) of all points on the streets of crossings, shape (2, pairs).

    Examples
    --------
    >>> from geo.examples import homes, network
    >>> standing(network().place(homes()), np.array([7]), np.array([1])).tolist()  # b, on the street from 2 to 3
    [[7], [1]]
    """
    order = np.argsort(p.edge, kind="stable")
    low, high = (np.searchsorted(p.edge[order], edge, side=side) for side in ("left", "right"))
    many = high - low
    at = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many) + np.repeat(low, many)
    return np.unique(np.stack([np.repeat(crossing, many), order[at]]).astype(np.int64), axis=1)


def _doubtful(live: Live, points: Any, which: Ints64, limit: float) -> Ints64:
    """Return the points that have a second street as near as their own, elsewhere: another one when theirs is cut."""
    graph, p = live.graph, points.places
    known: Ground = graph.once("ground", lambda: ground(graph.arrays))
    leg = np.sqrt(np.maximum(points.square, 0.0))
    which = which[leg[which] <= limit]
    if not len(which):
        return which
    spots = shapely.points(points.xy[which])
    k, street = known.tree.query(spots, predicate="dwithin", distance=leg[which] + FOOT_M)
    other = street != p.edge[which[k]]
    k, street = k[other], street[other]
    own = which[k]
    line = known.lines[street]
    place = shapely.get_coordinates(shapely.line_interpolate_point(line, shapely.line_locate_point(line, spots[k])))
    apart = np.hypot(place[:, 0] - p.x[own], place[:, 1] - p.y[own]) > SAME_M if len(k) else np.zeros(0, bool)
    joined = np.zeros(len(k), bool)
    a = graph.arrays
    for mine in (a.tail[p.edge[own]], a.head[p.edge[own]]):
        here = np.hypot(*(a.xy[mine] - np.c_[p.x[own], p.y[own]]).T) <= SAME_M
        joined |= here & ((a.tail[street] == mine) | (a.head[street] == mine))
    return np.unique(own[apart | ~joined])


def _nearer(points: Any, shapes: NDArray[Any], limit: float) -> Near:
    """Return the points that are nearer to a crossing than to their street, or may be."""
    p = points.places
    leg = np.sqrt(np.maximum(points.square, 0.0))
    some = np.flatnonzero(points.known)
    if not len(shapes) or not len(some):
        nothing = np.empty(0, np.int64)
        return Near(nothing, nothing, np.empty(0), np.empty(0), np.empty(0, bool))
    spots = shapely.points(points.xy[some])
    reach = np.minimum(leg[some], limit) + FOOT_M
    k, crossing = shapely.STRtree(shapes).query(spots, predicate="dwithin", distance=reach)
    point, line, spot = some[k], shapes[crossing], spots[k]
    along = shapely.line_locate_point(line, spot)
    foot = shapely.get_coordinates(shapely.line_interpolate_point(line, along)).reshape(-1, 2)
    away = np.hypot(*(foot - points.xy[point]).T)
    other = np.hypot(*(foot - np.c_[p.x[point], p.y[point]]).T) > SAME_M
    sure = away < leg[point] - FOOT_M
    return Near(point[other], crossing[other], np.rint(away * NM)[other], np.rint(along * NM)[other], sure[other])
