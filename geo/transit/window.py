"""When one leaves, or arrives: every minute of a window; and which of the travel times over it are told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.errors import Finding, InputError
from geo.laws import limit_of

__all__ = ["LONGEST_MIN", "PERCENTILES", "Window", "clock", "ranks", "window"]

PERCENTILES = (5, 25, 50, 75, 95)
LONGEST_MIN = 24 * 60
"""Longest window, and longest travel time that is looked for [min]."""


class Window(NamedTuple):
    """Times to leave or to arrive [ms after midnight], and the limits of a journey.

    Examples
    --------
    >>> window("07:30", 2, 4, 120).times.tolist()  # 7:30 and 7:31
    [27000000, 27060000]
    """

    times: NDArray[np.int32]
    limit: int
    """Longest travel time [ms]."""
    rides: int


def clock(time: Any, name: str = "start") -> int:
    """Return seconds after midnight [s] of ``07:30``, ``25:10:00`` (ten past one the next night), or of a number of seconds.

    Raises
    ------
    InputError
        If it is no time.

    Examples
    --------
    >>> clock("07:30"), clock("25:10:00"), clock(60)
    (27000, 90600, 60)
    >>> clock("half past")
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...write a time as 07:30, not 'half past'
    """
    if isinstance(time, int | np.integer) and not isinstance(time, bool) and 0 <= time < 2 * 86_400:
        return int(time)
    found = re.fullmatch(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?", str(time).strip())
    if not found or int(found.group(1)) >= 48:
        raise InputError(
            [Finding("error", f"时刻请写如 07:30，现为 {time!r}", f"write a time as 07:30, not {time!r}", field=name)]
        )
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def window(start: Any, minutes: int, rides: int, limit: float) -> Window:
    """Return every minute of a window, and the limits; raises ``InputError`` when they are none.

    Parameters
    ----------
    start
        First time, see :func:`clock`.
    minutes
        How many minutes the window has: 60 from 07:00 on are 07:00, 07:01 … 07:59.
    rides
        Vehicles one may ride in, one after another; 0: on foot only.
    limit
        Longest travel time [min], waiting included.

    Examples
    --------
    >>> window("07:00", 60, 4, 90).limit
    5400000
    >>> window("07:00", 0, 4, 90)
    Traceback (most recent call last):
        ...
    geo.errors.InputError: 字段 field minutes: minutes 须为 1 至 1440 的整数，现为 0 / minutes must be a whole number from 1 to 1440, not 0
    """
    begin = clock(start)
    for name, value, low, high in (("minutes", minutes, 1, LONGEST_MIN), ("rides", rides, 0, 20)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or not low <= value <= high:
            zh, en = (
                f"{name} 须为 {low} 至 {high} 的整数，现为 {value}",
                f"{name} must be a whole number from {low} to {high}, not {value}",
            )
            raise InputError([Finding("error", zh, en, field=name)])
    longest = min(limit_of(limit), LONGEST_MIN)
    times = ((begin + 60 * np.arange(minutes, dtype=np.int64)) * 1000).astype(np.int32)
    return Window(times, int(np.floor(longest * 60_000)), int(rides))


def ranks(percentiles: Iterable[float], count: int) -> NDArray[np.int64]:
    """Return the positions of percentiles among ``count`` values in order, by nearest rank.

    The p-th percentile is the least value that at least p % of all values do not exceed: always one that occurs,
    also where some are infinite.

    Examples
    --------
    >>> ranks([5, 50, 95], 60).tolist()  # the 3rd, 30th and 57th
    [2, 29, 56]
    """
    wanted = np.array(list(percentiles), float)
    if len(wanted) == 0 or not ((wanted >= 0) & (wanted <= 100)).all():
        raise InputError(
            [Finding("error", "百分位须在 0 至 100 之间", "percentiles lie between 0 and 100", field="percentiles")]
        )
    return np.maximum(np.ceil(wanted * count / 100 - 1e-9).astype(np.int64) - 1, 0)
