"""Sums of tiles that are those of the whole, whatever the tiles: exact parts, rounded once at the end."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["exact", "total"]


def exact(values: NDArray[np.float64]) -> list[float]:
    """Return a few numbers whose sum is that of the values without any rounding.

    Notes
    -----
    ``math.fsum`` rounds a sum once (Shewchuk 1997, Discrete & Computational Geometry 18, 305-363); what it rounded off is
    the sum of the values less what it gave, and so on until nothing is left.

    Examples
    --------
    >>> parts = exact(np.array([1e16, 1.0, 0.1]))
    >>> len(parts), total([parts, exact(np.array([-1e16]))])
    (3, 1.1)
    """
    left = np.asarray(values, float).tolist()
    parts: list[float] = []
    while part := math.fsum(left):
        parts.append(part)
        left.append(-part)
    return parts


def total(parts: Iterable[Iterable[float]]) -> float:
    """Return the sum of the parts of all tiles, rounded once: in any order, and by any tiles, the same.

    Examples
    --------
    >>> one, two = np.array([0.1, 0.2]), np.array([0.3])
    >>> total([exact(one), exact(two)]) == total([exact(np.array([0.3, 0.2, 0.1]))])
    True
    """
    return math.fsum(part for some in parts for part in some)
