"""What network edits do to the streets of a network, worked out edge by edge on its arrays.

Order: streets are taken away, new streets join what is left, barriers cut both, and bridges, crossings and gates
are laid over the barriers last. Everything is a function of the network and the edits alone: of ends equally near,
the first edge; new nodes and edges are numbered after the old ones in the order in which they come to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import Finding, InputError
from geo.network.drawn import SAME_M, Hit, Line, Piece, Stop, outside, place_at
from geo.network.links import NM, Arrays, Floats, Ints
from geo.text import Text

__all__ = ["END_M", "JOIN_M", "REMOVE_M", "Change", "Ground", "change", "ground"]

JOIN_M = 30.0
"""How far the free end of a new street looks for a street to join [m]."""
END_M = 50.0
"""How far the end of a bridge, crossing or gate looks for its street [m]."""
REMOVE_M = 50.0
"""How far a point that removes a street may be from it [m]."""


class Ground(NamedTuple):
    """The drawn lines of a network and an index of them.

    Examples
    --------
    >>> from geo.examples import network
    >>> len(ground(network().arrays).lines)
    3
    """

    lines: NDArray[Any]
    tree: shapely.STRtree


@dataclass(frozen=True, eq=False)
class Change:
    """What edits change: old edges that are gone, new nodes and new edges.

    ``gone`` are positions of edges that are no more; of ``broken`` the way through is lost, of the others it is
    still there, in pieces of the same length together. New nodes are numbered from ``len(labels)`` on.

    Examples
    --------
    >>> from geo.examples import network
    >>> change(network().arrays, [], [], []).gone.tolist()
    []
    """

    gone: NDArray[np.int64]
    broken: NDArray[np.int64]
    node_xy: Floats
    parent: NDArray[np.int64]
    tail: Ints
    head: Ints
    length: Floats
    oneway: NDArray[np.bool_]
    shape_ptr: NDArray[np.int64]
    shape_xy: Floats


def ground(arrays: Arrays) -> Ground:
    """Return the lines of a network with an index of them.

    Examples
    --------
    >>> from geo.examples import network
    >>> ground(network().arrays).lines[0].length
    400.0
    """
    owner = np.repeat(np.arange(len(arrays.length)), np.diff(arrays.shape_ptr))
    lines = shapely.linestrings(arrays.shape_xy, indices=owner)
    return Ground(lines, shapely.STRtree(lines))


def change(
    arrays: Arrays,
    streets: Sequence[tuple[Any, str]],
    removed: Sequence[Any],
    barriers: Sequence[Any],
    known: Ground | None = None,
) -> Change:
    """Return what ``streets`` (line, way), ``removed`` (points, or labels of edges) and ``barriers`` change.

    Raises
    ------
    InputError
        If a label is unknown, a point or an end finds no street near enough, or no street is left.

    Examples
    --------
    >>> from geo.examples import at, network
    >>> found = change(network().arrays, [(shapely.LineString([at(100, -50), at(100, 50)]), "street")], [], [])
    >>> found.gone.tolist(), (found.length / NM).tolist()  # the street from 1 to 2 is joined 100 m from 1
    ([0], [100.0, 300.0, 50.0, 50.0])
    """
    draft = _Draft(arrays, known or ground(arrays))
    draft.remove(removed)
    over = [way != "street" for _, way in streets]
    for row, (line, _) in enumerate(streets):
        if not over[row]:
            draft.street(shapely.get_coordinates(line))
    for barrier in barriers:
        draft.barrier(barrier)
    for row, (line, way) in enumerate(streets):
        if over[row]:
            draft.bridge(shapely.get_coordinates(line), way, row + 1)
    return draft.result()


class _Draft:
    """The streets while they are being changed: old edges by position, new ones numbered after them."""

    def __init__(self, arrays: Arrays, known: Ground) -> None:
        self.arrays, self.ground = arrays, known
        self.n, self.m = len(arrays.labels), len(arrays.length)
        self.gone: set[int] = set()
        self.broken: set[int] = set()
        self.pieces: dict[int, Piece] = {}
        self.nodes: list[Floats] = []
        self.next = self.m

    def piece(self, e: int) -> Piece:
        if e >= self.m:
            return self.pieces[e]
        a = self.arrays
        xy = a.shape_xy[a.shape_ptr[e] : a.shape_ptr[e + 1]]
        return Piece(e, int(a.tail[e]), int(a.head[e]), float(a.length[e]), bool(a.oneway[e]), xy)

    def place(self, node: int) -> Floats:
        return self.arrays.xy[node] if node < self.n else self.nodes[node - self.n]

    def new_node(self, xy: Floats) -> int:
        self.nodes.append(np.asarray(xy, float))
        return self.n + len(self.nodes) - 1

    def add(self, piece: Piece) -> None:
        self.pieces[self.next] = piece
        self.next += 1

    def drop(self, e: int) -> Piece:
        piece = self.piece(e)
        if e >= self.m:
            del self.pieces[e]
        else:
            self.gone.add(e)
        return piece

    def near(self, box: Any) -> list[int]:
        """Return the edges whose box meets a box (west, south, east, north), in order."""
        west, south, east, north = box
        found = self.ground.tree.query(shapely.box(west, south, east, north))
        old = [int(e) for e in np.sort(found) if int(e) not in self.gone]
        new = []
        for e, piece in self.pieces.items():
            (left, bottom), (right, top) = piece.xy.min(axis=0), piece.xy.max(axis=0)
            if left <= east and right >= west and bottom <= north and top >= south:
                new.append(e)
        return old + new

    def segments(self, edges: Sequence[int]) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
        """Return for each straight part of the edges: its edge, its two ends, and where along the edge it begins."""
        lines = [Line.of(self.piece(e).xy) for e in edges]
        # A line of one corner does not exist: two equal corners are the shortest.
        owner = np.repeat(np.asarray(edges, np.int64), [len(x.along) - 1 for x in lines])
        a = np.concatenate([x.xy[:-1] for x in lines])
        b = np.concatenate([x.xy[1:] for x in lines])
        return owner, a, b, np.concatenate([x.along[:-1] for x in lines])

    def nearest(self, xy: Floats, within: float, without: Iterable[int] = ()) -> tuple[Hit, float] | None:
        """Return the place on a street nearest to a point and how far it is [m]; of equals, on the first edge."""
        edges = self.near((xy[0] - within, xy[1] - within, xy[0] + within, xy[1] + within))
        left_out = set(without)
        edges = [e for e in edges if e not in left_out]
        if not edges:
            return None
        owner, a, b, start = self.segments(edges)
        step = b - a
        square = (step**2).sum(axis=1)
        share = np.clip(((xy - a) * step).sum(axis=1) / np.where(square > 0, square, 1.0), 0.0, 1.0)
        place = np.where((share == 1.0)[:, None], b, a + share[:, None] * step)
        away = np.hypot(*(place - xy).T)
        k = int(np.argmin(away))
        if away[k] > within:
            return None
        return Hit(0.0, int(owner[k]), float(start[k] + share[k] * np.sqrt(square[k])), place[k]), float(away[k])

    def remove(self, removed: Sequence[Any]) -> None:
        """Take streets away: each the one with a label, or the nearest to a point; all on the network as it was."""
        found = []
        for row, one in enumerate(removed):
            if isinstance(one, shapely.Geometry):
                hit = self.nearest(shapely.get_coordinates(one)[0], REMOVE_M)
                if hit is None:
                    raise _not_found(
                        row + 1,
                        "removed",
                        f"要拆除的点 {REMOVE_M:g} 米内没有街道，请点在街道上",
                        f"no street within {REMOVE_M:g} m of the point to remove one at: point at the street",
                    )
                found.append(hit[0].edge)
                continue
            at = self.arrays.edges.get_indexer_for([one])
            if at[0] < 0:
                raise _not_found(
                    row + 1,
                    "removed",
                    f"路网中没有编号为 {one!r} 的路段",
                    f"no street {one!r} in the network: use the labels of its links",
                )
            found.append(int(at[0]))
        self.gone.update(found)
        self.broken.update(found)

    def street(self, xy: Floats) -> None:
        """Add a street that joins every street it crosses or touches, and with its free ends the nearest ones."""
        hits = self.crossings(xy)
        line = Line.of(xy)
        met = {h.edge for h in hits}
        start = end = None
        if not any(h.along <= SAME_M for h in hits):
            start = self.nearest(xy[0], JOIN_M, met)
        if not any(h.along >= line.full - SAME_M for h in hits):
            end = self.nearest(xy[-1], JOIN_M, met)
        self.lay(xy, hits, start, end)

    def bridge(self, xy: Floats, way: str, row: int) -> None:
        """Add a way that joins the nearest streets at its two ends and nothing between."""
        found = [self.nearest(xy[0], END_M), self.nearest(xy[-1], END_M)]
        for side, hit in zip((("起点", "start"), ("终点", "end")), found, strict=True):
            if hit is None:
                raise _not_found(
                    row,
                    "streets",
                    f"{WAYS[way].zh}的{side[0]} {END_M:g} 米内没有街道，请把端点移近街道",
                    f"the {side[1]} of the {WAYS[way].en} finds no street within {END_M:g} m: move it nearer to one",
                )
        self.lay(xy, [], found[0], found[1])

    def crossings(self, xy: Floats) -> list[Hit]:
        """Return where a line crosses or touches streets; where they run along each other, both ends of it."""
        edges = self.near((*xy.min(axis=0), *xy.max(axis=0)))
        if not edges:
            return []
        line = Line.of(xy)
        owner, a, b, start = self.segments(edges)
        own = shapely.linestrings(np.stack([line.xy[:-1], line.xy[1:]], axis=1))
        other = shapely.linestrings(np.stack([a, b], axis=1))
        mine, theirs = np.nonzero(shapely.intersects(own[:, None], other[None, :]))
        met = shapely.intersection(own[mine], other[theirs])
        place, which = shapely.get_coordinates(met, return_index=True)
        hits = []
        for spot, k in zip(place, which, strict=True):
            i, j = mine[k], theirs[k]
            along = float(line.along[i] + np.hypot(*(spot - line.xy[i])))
            on = float(start[j] + np.hypot(*(spot - a[j])))
            hits.append(Hit(along, int(owner[j]), on, spot))
        return hits

    def lay(self, xy: Floats, hits: list[Hit], start: tuple[Hit, float] | None, end: tuple[Hit, float] | None) -> None:
        """Add a line that meets streets at ``hits``, led on to the streets that its ends join."""
        if start is not None and start[1] > SAME_M:
            xy = np.vstack([start[0].xy, xy])
            hits = [h._replace(along=h.along + start[1]) for h in hits]
        if end is not None and end[1] > SAME_M:
            xy = np.vstack([xy, end[0].xy])
        line = Line.of(xy)
        if start is not None:
            hits = [start[0], *hits]
        if end is not None:
            hits = [*hits, end[0]._replace(along=line.full)]
        stops, cuts = self.joints(hits)
        if not stops or stops[0].along > SAME_M:
            stops.insert(0, Stop(0.0, self.new_node(xy[0])))
        if stops[-1].along < line.full - SAME_M:
            ring = bool((xy[0] == xy[-1]).all())
            stops.append(Stop(line.full, stops[0].node if ring else self.new_node(xy[-1])))
        for e, found in cuts.items():
            self.cut(e, found)
        stops[0], stops[-1] = stops[0]._replace(along=0.0), stops[-1]._replace(along=line.full)
        xy = np.vstack([self.place(stops[0].node), xy[1:-1], self.place(stops[-1].node)])
        self.split(Piece(-1, -1, -1, float(np.rint(line.full * NM)), False, xy), stops)

    def joints(self, hits: list[Hit]) -> tuple[list[Stop], dict[int, list[Stop]]]:
        """Return the nodes along a new line where it meets streets, and where those are to be cut for it."""
        stops: list[Stop] = []
        cuts: dict[int, list[Stop]] = {}
        ordered = sorted(hits, key=lambda h: h.along)
        while ordered:
            here = [h for h in ordered if h.along <= ordered[0].along + SAME_M]
            ordered = ordered[len(here) :]
            nodes, inside = [], []
            for h in here:
                piece = self.piece(h.edge)
                full = Line.of(piece.xy).full
                if h.on <= SAME_M:
                    nodes.append(piece.tail)
                elif h.on >= full - SAME_M:
                    nodes.append(piece.head)
                else:
                    inside.append(h)
            nodes = sorted(set(nodes))
            node = nodes[0] if nodes else self.new_node(here[0].xy)
            for other in nodes[1:]:
                # Streets that pass over one another without a junction meet where a new street touches both.
                both = np.vstack([self.place(node), self.place(other)])
                length = float(np.rint(np.hypot(*(both[1] - both[0])) * NM))
                self.add(Piece(-1, node, other, length, False, both))
            for h in inside:
                at = cuts.setdefault(h.edge, [])
                if not any(s.node == node for s in at):
                    at.append(Stop(h.on, node))
            stops.append(Stop(here[0].along, node))
        return stops, cuts

    def cut(self, e: int, stops: list[Stop]) -> None:
        """Cut an edge at nodes; the way through stays."""
        piece = self.drop(e)
        full = Line.of(piece.xy).full
        ordered = sorted(stops, key=lambda s: s.along)
        self.split(piece, [Stop(0.0, piece.tail), *ordered, Stop(full, piece.head)])

    def split(self, piece: Piece, stops: list[Stop]) -> None:
        """Add the parts of a piece between stops; their lengths add up to its own."""
        line = Line.of(piece.xy)
        at = np.array([s.along for s in stops])
        done = np.rint(piece.length * (at / line.full)) if line.full > 0 else np.zeros(len(at))
        done[-1] = piece.length
        places = [piece.xy[0], *(self.place(s.node) for s in stops[1:-1]), piece.xy[-1]]
        for k in range(len(stops) - 1):
            xy = line.part(at[k], at[k + 1], places[k], places[k + 1])
            length = float(done[k + 1] - done[k])
            self.add(Piece(piece.parent, stops[k].node, stops[k + 1].node, length, piece.oneway, xy))

    def barrier(self, shape: Any) -> None:
        """Take away what lies on a barrier or inside it; what is left ends at it, and nothing passes."""
        shapely.prepare(shape)
        for e in self.near(shape.bounds):
            piece = self.piece(e)
            if not shapely.intersects(shape, shapely.linestrings(piece.xy)):
                continue
            self.drop(e)
            if piece.parent >= 0:
                self.broken.add(piece.parent)
            line = Line.of(piece.xy)
            for start, stop, begins, ends in outside(line, shape):
                first, last = place_at(line, start), place_at(line, stop)
                tail = piece.tail if begins else self.new_node(first)
                head = piece.head if ends else self.new_node(last)
                done = np.rint(piece.length * np.array([start, stop]) / line.full)
                length = float(done[1] - done[0])
                self.add(piece._replace(tail=tail, head=head, length=length, xy=line.part(start, stop, first, last)))

    def result(self) -> Change:
        """Return the change, or raise when nothing is left to walk on."""
        if len(self.gone) == self.m and not self.pieces:
            raise InputError(
                Text(
                    "改动后一条街道也不剩，请少拆一些或缩小屏障",
                    "no street is left after the changes: remove fewer, or make the barriers smaller",
                )
            )
        made = list(self.pieces.values())
        return Change(
            gone=np.array(sorted(self.gone), np.int64),
            broken=np.array(sorted(self.broken), np.int64),
            node_xy=np.array(self.nodes, float).reshape(-1, 2),
            parent=np.array([p.parent for p in made], np.int64),
            tail=np.array([p.tail for p in made], np.int32),
            head=np.array([p.head for p in made], np.int32),
            length=np.array([p.length for p in made], float),
            oneway=np.array([p.oneway for p in made], bool),
            shape_ptr=np.concatenate([[0], np.cumsum([len(p.xy) for p in made])]).astype(np.int64),
            shape_xy=np.concatenate([p.xy for p in made]) if made else np.empty((0, 2)),
        )


WAYS = {
    "street": Text("街道", "street"),
    "bridge": Text("桥", "bridge"),
    "crossing": Text("过街通道", "crossing"),
    "gate": Text("门", "gate"),
}
"""Kinds of new ways: all but a street join at their two ends only."""


def _not_found(row: int, field: str, zh: str, en: str) -> InputError:
    return InputError([Finding("error", zh, en, row=row, field=field)])
