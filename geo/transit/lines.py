"""The runs of one day as lines: the same stops in the same order, and no run that overtakes another."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.network.kernels import group
from geo.transit.kernels import chains

__all__ = ["Lines", "lines_of", "mirrored"]

Ints = NDArray[np.int32]
Rows = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Lines(NamedTuple):
    """Lines of one day, as flat arrays; times are milliseconds after midnight [ms].

    Line ``l`` calls at ``stop[first[l] : first[l] + size[l]]``; where one may get on and off stands beside. Its run
    ``r`` arrives at place ``i`` at ``arrival[base[l] + r * size[l] + i]``. Runs of a line are in order at every place.
    The lines that can be boarded at stop ``s``, and at which of their places, are rows ``at_ptr[s] : at_ptr[s + 1]``.

    Examples
    --------
    >>> from geo.examples import buses
    >>> lines = buses().on("2025-05-09")  # two stops, three runs
    >>> lines.size.tolist(), lines.runs.tolist(), (lines.departure[::2] / 60_000).tolist()
    ([2], [3], [420.0, 440.0, 460.0])
    """

    first: Rows
    size: Ints
    base: Rows
    runs: Ints
    stop: Ints
    board: Bools
    leave: Bools
    arrival: Ints
    departure: Ints
    at_ptr: Rows
    at_line: Ints
    at_place: Ints


def lines_of(
    stops: int, pattern: Ints, trip: Ints, shift: Rows, ptr: Rows, stop: Ints, board: Bools, leave: Bools,
    arrival: Ints, departure: Ints,
) -> Lines:  # fmt: skip
    """Return the lines of runs: ``trip`` moved by ``shift`` [s]; trips of one ``pattern`` call at the same stops.

    Examples
    --------
    Two buses of which the later one is faster are two lines.

    >>> one, both = np.zeros(2, np.int32), np.ones(4, bool)
    >>> ptr, times = np.array([0, 2, 4]), np.array([0, 600, 60, 300], np.int32)
    >>> lines = lines_of(2, one, np.array([0, 1], np.int32), np.zeros(2, int), ptr, np.array([0, 1, 0, 1], np.int32),
    ...                  both, both, times, times)
    >>> lines.runs.tolist()
    [1, 1]
    """
    begin, end = ptr[trip], ptr[trip + 1]
    order = np.lexsort((trip, arrival[end - 1] + shift, departure[begin] + shift, pattern[trip]))
    trip, shift = trip[order], shift[order]
    line, count = chains(pattern[trip], trip, shift, ptr, arrival, departure)
    by = np.argsort(line, kind="stable")
    trip, shift = trip[by], shift[by]
    runs = np.bincount(line, minlength=count).astype(np.int32)
    lead = trip[np.cumsum(runs) - runs] if count else trip[:0]
    size = (ptr[lead + 1] - ptr[lead]).astype(np.int32)
    each = size.astype(np.int64) * runs
    first, base = np.cumsum(size, dtype=np.int64) - size, np.cumsum(each) - each
    calls = _spread(ptr[lead], size)
    times, late = _spread(ptr[trip], ptr[trip + 1] - ptr[trip]), np.repeat(shift, ptr[trip + 1] - ptr[trip])
    last = np.zeros(len(calls), bool)
    last[first + size - 1] = True
    return _at(
        stops, first, size, base, runs, stop[calls], board[calls] & ~last, leave[calls],
        ((arrival[times] + late) * 1000).astype(np.int32), ((departure[times] + late) * 1000).astype(np.int32),
    )  # fmt: skip


def mirrored(lines: Lines) -> Lines:
    """Return the lines in a mirror of time: the latest way to arrive is the earliest way there.

    Times change sign, lines run from their last stop to their first, and getting on is getting off.

    Examples
    --------
    >>> from geo.examples import buses
    >>> lines = buses().on("2025-05-09")
    >>> (mirrored(lines).departure[::2] / 60_000).tolist()  # the buses arrive at 7:10, 7:30 and 7:50
    [-470.0, -450.0, -430.0]
    """
    back = _spread(lines.first, lines.size, turned=True)
    size = lines.size.astype(np.int64) * lines.runs
    times = _spread(lines.base, size, turned=True)
    begins = np.zeros(len(back), bool)
    begins[lines.first + lines.size - 1] = True
    return _at(
        len(lines.at_ptr) - 1, lines.first, lines.size, lines.base, lines.runs, lines.stop[back],
        lines.leave[back] & ~begins, lines.board[back], -lines.departure[times], -lines.arrival[times],
    )  # fmt: skip


def _at(
    stops: int, first: Rows, size: Ints, base: Rows, runs: Ints, stop: Ints, board: Bools, leave: Bools,
    arrival: Ints, departure: Ints,
) -> Lines:  # fmt: skip
    """Return the lines with what can be boarded at each stop."""
    line = np.repeat(np.arange(len(runs), dtype=np.int32), size)
    place = (np.arange(len(stop)) - np.repeat(first, size)).astype(np.int32)
    ptr, order = group(np.where(board, stop, -1).astype(np.int32), stops)
    return Lines(
        first, size, base, runs, stop, board, leave, arrival, departure, ptr, line[order], place[order]
    )  # fmt: skip


def _spread(start: Rows, size: NDArray[np.integer], *, turned: bool = False) -> Rows:
    """Return the positions of all slices ``start : start + size``, one after the other; each ``turned`` round."""
    total = np.cumsum(size, dtype=np.int64)
    inside = np.arange(total[-1] if len(total) else 0) - np.repeat(total - size, size)
    if turned:
        inside = np.repeat(size, size) - 1 - inside
    return np.repeat(start, size) + inside
