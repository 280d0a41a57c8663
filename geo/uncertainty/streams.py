"""Random numbers that belong to one input each: what is drawn of one does not depend on what is drawn of another.

Two plans are then compared in the same draws, an input that is changed or taken as known leaves all others as they were, and
a school that is added leaves the others where they were drawn (common random numbers; Law, A. & Kelton, W. (2000)
Simulation Modeling and Analysis, 3rd ed., 11.2).
"""

from __future__ import annotations

import zlib

import numpy as np

__all__ = ["BLOCK", "stream"]

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
