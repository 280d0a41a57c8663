"""What one facility more, moved or closed would change, touching only what changes.

A new site is searched for outwards and stops wherever someone else is nearer already. A closed one leaves a hole:
the nodes that went to it are searched again from the rim of the hole and from what else lies inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo import _kernels, _snap
from geo._engine import hang, lie
from geo._kernels import kernel
from geo._links import NM
from geo._places import Places, places
from geo.errors import InputError

if TYPE_CHECKING:
    from geo.network import Network

__all__ = ["Change", "Served", "place_at", "serve", "what_if"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Served:
    """How far everyone is from the nearest facility today, ready for questions; made by :func:`serve`."""

    network: Network
    targets: Places
    room: float
    node_cost: Floats
    node_target: Ints
    sources: pd.Index
    source_cost: Floats
    """Nanometres from each source to its nearest facility."""
    _lists: tuple[Any, ...]
    """Targets by node and by edge; sources by node and by edge; the sources (None: the nodes)."""

    @property
    def metres(self) -> pd.Series:
        """Metres from each source to its nearest facility; ``inf`` beyond the limit."""
        return pd.Series(self.source_cost / NM, index=self.sources, name="metres")


@dataclass(frozen=True, eq=False)
class Change:
    """Sources whose distance to the nearest facility changes: positions, and metres before and after."""

    sources: pd.Index
    position: NDArray[np.int64]
    before: Floats
    after: Floats

    def __len__(self) -> int:
        """Return how many sources change."""
        return len(self.position)

    def frame(self) -> pd.DataFrame:
        """Return ``before`` and ``after`` [m] of the sources that change."""
        return pd.DataFrame({"before": self.before, "after": self.after}, index=self.sources.take(self.position))

    def newly(self, weights: Any, *, limit: float) -> float:
        """Return the weight (people) that comes within ``limit`` [m] less what falls out of it."""
        weights = np.asarray(weights, float)
        gain = (self.after <= limit).astype(float) - (self.before <= limit)
        return float(gain @ weights[self.position])


def serve(network: Network, targets: Any, *, sources: Any = None, limit: float = np.inf) -> Served:
    """Return how far every source (every node, when none are given) is from the nearest of ``targets``.

    Parameters
    ----------
    network
        The walking network.
    targets
        The facilities as they are.
    sources
        Who walks: homes or cells; every node of the network when omitted.
    limit
        Nothing farther than this matters [m]; a small limit makes every question cheaper.
    """
    from geo.reach import field, finish, room_of

    room, engine = room_of(limit), network.engine
    t = places(network, targets, arriving=True)
    cost, which = field(engine, t, room)
    by_node, by_edge = hang(t, engine.n), lie(t, engine)
    if sources is None:
        return Served(network, t, room, cost, which, network.nodes, cost, (by_node, by_edge, None, None, None))
    s = places(network, sources, arriving=False)
    source_cost, _ = finish(engine, s, t, cost, which, room)
    lists = (by_node, by_edge, hang(s, engine.n), lie(s, engine), s)
    return Served(network, t, room, cost, which, s.index, source_cost, lists)


def place_at(network: Network, x: float, y: float, *, limit: float = np.inf) -> Places:
    """Return the place on the street nearest to a clicked position [m], usable wherever points are asked for."""
    return _snap.place(network, x, y, limit)


def what_if(served: Served, *, add: Any = None, close: Any = None) -> Change:
    """Return what changes when facilities are added, or one is closed, or both (it moves).

    Parameters
    ----------
    served
        The state of today, see :func:`serve`.
    add
        Where new facilities would be (points, snapped points, node labels, or :func:`place_at`).
    close
        Id of the facility that would close.

    Raises
    ------
    InputError
        ``close`` is not among the facilities, or ``add`` has another CRS (``CrsError``).
    """
    network, engine = served.network, served.network.engine
    by_node, by_edge, homes, homes_by_edge, s = served._lists
    new = places(network, [] if add is None else add, arriving=True)
    node, cost = np.concatenate([new.a, new.b]), np.concatenate([new.cost_a, new.cost_b])
    gone = -1 if close is None else _position(served.targets.index, close)
    common = (served.room, engine.delta, engine.longest)
    with engine.scratch() as near:
        count = _kernels.spread(*engine.into, node, cost, *common, *near, None, None, served.node_cost)
        if gone >= 0:
            with engine.scratch() as marks, engine.scratch() as refilled:
                hole, rim, rim_cost = _vacate(
                    *engine.into[:2], *engine.out, served.targets.a, served.targets.b, gone, served.node_cost,
                    served.node_target, *by_node, near.dist, node, cost, marks.dist, marks.reached,
                )  # fmt: skip
                filled = _kernels.spread(
                    *engine.into, rim, rim_cost, *common, *refilled, None, None, None, served.node_target, gone
                )
                count = _merge(hole, *refilled[:2], filled, near.dist, near.reached, count)
        changed = near.reached[:count]
        if s is None:
            position, after = _nodes(changed, near.dist, served.node_cost)
        else:
            position, after = _refresh(
                changed, near.dist, served.node_cost, *homes[:2], *homes_by_edge, *by_edge,
                served.targets.along, served.targets.leg, served.targets.edge, gone, new.edge, new.along, new.leg,
                s.a, s.b, s.cost_a, s.cost_b, s.edge, s.along, s.leg, engine.oneway(), served.room, served.source_cost,
            )  # fmt: skip
    return Change(served.sources, position, served.source_cost[position] / NM, after / NM)


def _position(index: pd.Index, wanted: Any) -> int:
    at = index.get_indexer_for([wanted])
    if len(at) != 1 or at[0] < 0:
        raise InputError(f"没有编号为 {wanted!r} 的设施，请核对编号 / no single facility {wanted!r}: check the id")
    return int(at[0])


@kernel
def _vacate(  # type: ignore[no-untyped-def]
    ptr, node, out_ptr, out_node, out_length, a, b, gone, now, which, hung_ptr, hung_item, hung_cost,
    near, new_node, new_cost, mark, hole,
):  # fmt: skip
    """Return the nodes that went to the closed facility, and the seeds to search them again from."""
    count = 0
    for v in (a[gone], b[gone]):
        if v >= 0 and which[v] == gone and mark[v] == np.inf:
            mark[v] = 0.0
            hole[count] = v
            count += 1
    i = 0
    room = len(new_node)
    while i < count:
        v = hole[i]
        i += 1
        room += 1 + hung_ptr[v + 1] - hung_ptr[v] + out_ptr[v + 1] - out_ptr[v]
        for k in range(ptr[v], ptr[v + 1]):
            t = node[k]
            if which[t] == gone and mark[t] == np.inf:
                mark[t] = 0.0
                hole[count] = t
                count += 1
    rim, cost = np.empty(room, np.int32), np.empty(room)
    used = len(new_node)
    rim[:used], cost[:used] = new_node, new_cost
    for i in range(count):
        v = hole[i]
        if near[v] < np.inf:
            rim[used], cost[used] = v, near[v]
            used += 1
        for k in range(hung_ptr[v], hung_ptr[v + 1]):
            if hung_item[k] != gone:
                rim[used], cost[used] = v, hung_cost[k]
                used += 1
        for k in range(out_ptr[v], out_ptr[v + 1]):
            t = out_node[k]
            there = min(now[t], near[t])
            if which[t] != gone and there < np.inf:
                rim[used], cost[used] = v, there + out_length[k]
                used += 1
    for i in range(count):
        mark[hole[i]] = np.inf
    return hole[:count].copy(), rim[:used], cost[:used]


@kernel
def _merge(hole, refilled, refilled_list, filled, near, reached, count):  # type: ignore[no-untyped-def]
    """Put what the hole was refilled with into the changed nodes; -1 stands for out of reach."""
    for i in range(len(hole)):
        v = hole[i]
        if near[v] == np.inf:
            reached[count] = v
            count += 1
        near[v] = refilled[v] if refilled[v] < np.inf else -1.0
    for i in range(filled):
        refilled[refilled_list[i]] = np.inf
    return count


@kernel
def _nodes(changed, near, now):  # type: ignore[no-untyped-def]
    """Return the nodes whose distance differs, and the new distance; ``near`` is put back to ``inf``."""
    position, after = np.empty(len(changed), np.int64), np.empty(len(changed))
    used = 0
    for v in changed:
        d = near[v] if near[v] >= 0 else np.inf
        near[v] = np.inf
        if d != now[v]:
            position[used], after[used] = v, d
            used += 1
    return position[:used].copy(), after[:used].copy()


@kernel
def _refresh(  # type: ignore[no-untyped-def]  # noqa: C901
    changed, near, now, home_ptr, home_item, home_edge_ptr, home_edge_item, edge_ptr, edge_item,
    t_along, t_leg, t_edge, gone, new_edge, new_along, new_leg,
    a, b, cost_a, cost_b, edge, along, leg, oneway, room, source_now,
):  # fmt: skip
    """Return the sources whose distance differs, and the new distance; ``near`` is put back to ``inf``."""
    most = 0
    for v in changed:
        most += home_ptr[v + 1] - home_ptr[v]
    for e in new_edge:
        if e >= 0:
            most += home_edge_ptr[e + 1] - home_edge_ptr[e]
    if gone >= 0 and t_edge[gone] >= 0:
        most += home_edge_ptr[t_edge[gone] + 1] - home_edge_ptr[t_edge[gone]]
    who = np.empty(most, np.int64)
    count = 0
    for v in changed:
        for k in range(home_ptr[v], home_ptr[v + 1]):
            who[count] = home_item[k]
            count += 1
    for i in range(len(new_edge) + 1):
        e = new_edge[i] if i < len(new_edge) else (t_edge[gone] if gone >= 0 else -1)
        if e >= 0:
            for k in range(home_edge_ptr[e], home_edge_ptr[e + 1]):
                who[count] = home_edge_item[k]
                count += 1
    who.sort()
    position, after = np.empty(count, np.int64), np.empty(count)
    used = 0
    for i in range(count):
        p = who[i]
        if i > 0 and who[i - 1] == p:
            continue
        c = np.inf
        for turn in range(2):
            v, cost = (a[p], cost_a[p]) if turn == 0 else (b[p], cost_b[p])
            if v >= 0:
                d = near[v]
                if d == np.inf:
                    d = now[v]
                if d >= 0:
                    c = min(c, d + cost)
        e = edge[p]
        if e >= 0:
            for k in range(edge_ptr[e], edge_ptr[e + 1]):
                t = edge_item[k]
                gap = t_along[t] - along[p]
                if t != gone and not (oneway[e] and gap < 0):
                    c = min(c, leg[p] + abs(gap) + t_leg[t])
            for t in range(len(new_edge)):
                gap = new_along[t] - along[p]
                if new_edge[t] == e and not (oneway[e] and gap < 0):
                    c = min(c, leg[p] + abs(gap) + new_leg[t])
        if c > room:
            c = np.inf
        if c != source_now[p]:
            position[used], after[used] = p, c
            used += 1
    for v in changed:
        near[v] = np.inf
    return position[:used].copy(), after[:used].copy()
