"""The tiles of an area: squares that share it out, and the ground around one that its answer looks at."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Box", "Tile", "tiles"]


class Box(NamedTuple):
    """A rectangle in metres; a side may be infinite, where the area ends before it.

    Examples
    --------
    >>> box = Box(0.0, 0.0, 100.0, 50.0)
    >>> box.grown(10.0)
    Box(west=-10.0, south=-10.0, east=110.0, north=60.0)
    >>> box.depth(np.array([[10.0, 25.0], [120.0, 25.0]])).tolist()  # 10 m inside, 20 m outside
    [10.0, -20.0]
    >>> box.open_to(Box(20.0, 0.0, 100.0, 200.0))  # nothing lies beyond in the west, the south and the east
    Box(west=-inf, south=-inf, east=inf, north=50.0)
    """

    west: float
    south: float
    east: float
    north: float

    def grown(self, metres: float) -> Box:
        """Return the box with so much more on every side [m]."""
        return Box(self.west - metres, self.south - metres, self.east + metres, self.north + metres)

    def depth(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far inside the box points lie [m]; below 0 outside."""
        x, y = xy[:, 0], xy[:, 1]
        return np.minimum(np.minimum(x - self.west, self.east - x), np.minimum(y - self.south, self.north - y))

    def open_to(self, whole: Box) -> Box:
        """Return the box with infinite sides where it reaches as far as all there is."""
        return Box(
            -math.inf if self.west <= whole.west else self.west,
            -math.inf if self.south <= whole.south else self.south,
            math.inf if self.east >= whole.east else self.east,
            math.inf if self.north >= whole.north else self.north,
        )


class Tile(NamedTuple):
    """A square of the grid; points on its western and southern sides belong to it, on the others to its neighbours.

    Examples
    --------
    >>> tile = Tile(2, -1, 100.0)
    >>> tile.box, tile.name
    (Box(west=200.0, south=-100.0, east=300.0, north=0.0), '2_-1')
    >>> tile.owns(np.array([[200.0, -100.0], [300.0, -50.0]])).tolist()
    [True, False]
    """

    column: int
    row: int
    side: float

    @property
    def box(self) -> Box:
        """The square [m]."""
        return Box(*(self.side * n for n in (self.column, self.row, self.column + 1, self.row + 1)))

    @property
    def name(self) -> str:
        """What its files are called by."""
        return f"{self.column}_{self.row}"

    def owns(self, xy: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which points belong to the tile: every point to exactly one."""
        return (np.floor(xy[:, 0] / self.side) == self.column) & (np.floor(xy[:, 1] / self.side) == self.row)


def tiles(whole: Box, side: float) -> list[Tile]:
    """Return the squares of a side [m] that hold a box, from the south-west on, row by row.

    They start at whole multiples of the side, so that a larger area keeps the tiles of a smaller one.

    Examples
    --------
    >>> [tile.name for tile in tiles(Box(50.0, 0.0, 250.0, 100.0), 100.0)]
    ['0_0', '1_0', '2_0', '0_1', '1_1', '2_1']
    """
    first, last = (math.floor(whole.west / side), math.floor(whole.south / side)), (
        math.floor(whole.east / side), math.floor(whole.north / side),
    )  # fmt: skip
    return [Tile(c, r, side) for r in range(first[1], last[1] + 1) for c in range(first[0], last[0] + 1)]
