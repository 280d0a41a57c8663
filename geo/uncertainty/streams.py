"""Random numbers that belong to one input each: what is drawn of one does not depend on what is drawn of another.

Two plans are then compared in the same draws, an input that is changed or taken as known leaves all others as they were, and
a school that is added leaves the others where they were drawn (common random numbers; Law, A. & Kelton, W. (2000)
Simulation Modeling and Analysis, 3rd ed., 11.2).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "Picked", "stream"]

BLOCK = 250
"""Draws made at once: what they need of memory does not grow with their number."""


def stream(seed: int, key: str, block: int, *, other: bool = False) -> np.random.Generator:
    """Return the random numbers of an input in a block of draws.

    Parameters
    ----------
    other
        Whether those of the second stream, independent of the first, are wanted.

    Examples
    --------
    >>> stream(1, "people:total", 0).random() == stream(1, "people:total", 0).random()
    True
    >>> stream(1, "people:total", 0).random() == stream(1, "people:total", 0, other=True).random()
    False
    """
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(key.encode()), block, int(other)]))


@dataclass(frozen=True, eq=False)
class Picked:
    """The numbers of some draws of a block, in an order of one's own, asked for as those of the block are.

    Examples
    --------
    >>> whole = stream(1, "births", 0).random(BLOCK)
    >>> bool((Picked(stream(1, "births", 0), np.array([5, 5, 0])).random(BLOCK) == whole[[5, 5, 0]]).all())
    True
    """

    numbers: np.random.Generator
    at: NDArray[np.int64]

    def random(self, size: int | tuple[int, ...]) -> NDArray[np.float64]:
        """Return uniform numbers of [0, 1) of these draws."""
        return self.numbers.random(size)[self.at]

    def standard_normal(self, size: int | tuple[int, ...]) -> NDArray[np.float64]:
        """Return standard normal numbers of these draws."""
        return self.numbers.standard_normal(size)[self.at]
