"""Walking on slopes: Tobler's hiking function as metres of level ground.

Off by default: standards are written in metres on the map. With it, a link's length becomes the metres of level
ground that take the same time; on level ground nothing changes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.errors import InputError
from geo.text import Text

__all__ = ["LEVEL_KMH", "level_metres", "tobler_kmh"]

Floats = npt.NDArray[np.float64]

# Tobler, W. (1993) Three presentations on geographical analysis and modeling, NCGIA Technical Report 93-1.
FASTEST_KMH, STEEPNESS, BEST_SLOPE = 6.0, 3.5, 0.05
LEVEL_KMH = FASTEST_KMH * float(np.exp(-STEEPNESS * BEST_SLOPE))
"""Speed on level ground [km/h], about 5.04."""
SHORTEST_M = 1e-6  # a step shorter than this has no slope
STEEPEST = 1.0
"""Steeper slopes (45 degrees) are taken as this: they are steps, or errors of the height model."""


def tobler_kmh(slope: npt.ArrayLike) -> Floats:
    """Return the walking speed [km/h] on a slope (rise / run, uphill positive).

    Examples
    --------
    >>> tobler_kmh([-0.05, 0, 0.05, 0.5]).round(2).tolist()
    [6.0, 5.04, 4.23, 0.88]
    """
    rise = np.clip(np.asarray(slope, dtype=float), -STEEPEST, STEEPEST)
    return FASTEST_KMH * np.exp(-STEEPNESS * np.abs(rise + BEST_SLOPE))


def level_metres(metres: npt.ArrayLike, heights: npt.ArrayLike, link: npt.ArrayLike, *, links: int) -> Floats:
    """Return for each link the metres of level ground that take as long, the mean of both directions.

    Parameters
    ----------
    metres
        Length on the map of each step along a link [m], shape (steps,).
    heights
        Height at the beginning and the end of each step [m], shape (steps, 2); NaN is taken as level.
    link
        Number of the link each step belongs to, 0 … links - 1.
    links
        How many links there are.

    Returns
    -------
    level
        Metres of level ground [m], shape (links,); a link without steps has 0. Never less than the
        length on the map, since both directions together are slowest to gain: walking stays at least as far as
        the straight line.

    Raises
    ------
    InputError
        If the shapes differ, a length is negative or a link number is out of range.

    Examples
    --------
    >>> level_metres([100.0], [[0.0, 0.0]], [0], links=1).tolist()
    [100.0]
    >>> level_metres([100.0], [[0.0, 10.0]], [0], links=1).round(1).tolist()
    [121.0]
    """
    run, ends, of = np.asarray(metres, dtype=float), np.asarray(heights, dtype=float), np.asarray(link, dtype=np.intp)
    if ends.shape != (*run.shape, 2) or of.shape != run.shape:
        raise InputError(Text("长度、高程与路段编号的个数不一致", "lengths, heights and link numbers differ in number"))
    if run.size and not (run.min() >= 0 and of.min() >= 0 and of.max() < links):
        raise InputError(Text("路段长度为负或编号越界", "a length is negative or a link number out of range"))
    rise = np.nan_to_num(ends[:, 1] - ends[:, 0], nan=0.0)
    slope = np.divide(rise, run, out=np.zeros_like(run), where=run > SHORTEST_M)
    slower = (LEVEL_KMH / tobler_kmh(slope) + LEVEL_KMH / tobler_kmh(-slope)) / 2
    return np.bincount(of, weights=run * slower, minlength=links).astype(float)
