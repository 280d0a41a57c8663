"""Streets that are drawn or cut: their pieces, how far along them things lie, and what of them is outside a barrier."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely

from geo.network.links import Floats

__all__ = ["SAME_M", "Hit", "Line", "Piece", "Stop", "outside", "place_at"]

SAME_M = 1e-3
"""Places on a street nearer than this are one [m]: as exact as the ends of links are checked."""


class Piece(NamedTuple):
    """One street piece: the old edge whose row it takes (-1: new), its ends, length [nm] and corners.

    Examples
    --------
    >>> Piece(-1, 0, 1, 5e9, False, np.zeros((2, 2))).length
    5000000000.0
    """

    parent: int
    tail: int
    head: int
    length: float
    oneway: bool
    xy: Floats


class Line(NamedTuple):
    """Corners of a line and how far along the drawing each is [m].

    Examples
    --------
    >>> line = Line.of(np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 9.0]]))
    >>> line.along.tolist(), line.full, line.part(1.0, 7.0, line.xy[0], line.xy[2]).tolist()
    ([0.0, 5.0, 10.0], 10.0, [[0.0, 0.0], [3.0, 4.0], [3.0, 9.0]])
    """

    xy: Floats
    along: Floats

    @classmethod
    def of(cls, xy: Floats) -> Line:
        """Return a line of corners."""
        return cls(xy, np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))]))

    @property
    def full(self) -> float:
        """Length of the drawing [m]."""
        return float(self.along[-1])

    def part(self, start: float, stop: float, first: Floats, last: Floats) -> Floats:
        """Return the corners from ``start`` to ``stop``, whose places are given."""
        inner = (self.along > start) & (self.along < stop)
        return np.vstack([first, self.xy[inner], last])


class Stop(NamedTuple):
    """A place along a line, and the node there.

    Examples
    --------
    >>> Stop(5.0, 2).node
    2
    """

    along: float
    node: int


class Hit(NamedTuple):
    """Where a new line meets a street: how far along both [m], and the place.

    Examples
    --------
    >>> Hit(5.0, 0, 100.0, np.zeros(2)).on
    100.0
    """

    along: float
    edge: int
    on: float
    xy: Floats


def place_at(line: Line, along: float) -> Floats:
    """Return the place so far along a line.

    Examples
    --------
    >>> place_at(Line.of(np.array([[0.0, 0.0], [10.0, 0.0]])), 4.0).tolist()
    [4.0, 0.0]
    """
    return np.array([np.interp(along, line.along, line.xy[:, 0]), np.interp(along, line.along, line.xy[:, 1])])


def outside(line: Line, shape: Any) -> list[tuple[float, float, bool, bool]]:
    """Return the parts of a line that are not on a shape, and whether they hold its beginning and its end.

    A line that only touches the shape is cut there all the same: what meets a barrier does not pass it.

    Examples
    --------
    >>> outside(Line.of(np.array([[0.0, 0.0], [10.0, 0.0]])), shapely.box(4, -1, 6, 1))
    [(0.0, 4.0, True, False), (6.0, 10.0, False, True)]
    """
    parts = shapely.linestrings(np.stack([line.xy[:-1], line.xy[1:]], axis=1))
    met = shapely.intersection(parts, shape)
    spans = []
    for k in np.flatnonzero(~shapely.is_empty(met)):
        for one in shapely.get_parts(met[k]):
            gap = np.hypot(*(shapely.get_coordinates(one) - line.xy[k]).T) + line.along[k]
            spans.append((float(gap.min()), float(gap.max())))
    if not spans:
        return []
    left, free, begins = [], 0.0, True
    for start, stop in sorted(spans):
        if start - free > SAME_M:
            left.append((free, start, begins, False))
        free, begins = max(free, stop), False
    if line.full - free > SAME_M:
        left.append((free, line.full, False, True))
    return left
