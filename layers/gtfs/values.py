"""Words of a feed as numbers: clock times beyond midnight, dates, amounts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["BAD", "BLANK", "apart_m", "dates", "numbers", "seconds"]

EARTH_RADIUS_M = 6_371_009.0

BLANK, BAD = -1, -2
"""No time is given; what is given is no time."""
_TIME = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)")
_DATE = re.compile(r"\d{8}")


def seconds(column: pd.Series) -> NDArray[np.int64]:
    """Return clock times [s after midnight]; ``25:10:00`` is ten past one the next night.

    ``BLANK`` where nothing stands, ``BAD`` where it is no time.
    """

    def one(text: str) -> int:
        if not text:
            return BLANK
        found = _TIME.fullmatch(text)
        if not found or int(found.group(1)) >= 168:
            return BAD
        hours, minutes, left = map(int, found.groups())
        return hours * 3600 + minutes * 60 + left

    return _each(column, one).astype(np.int64)


def dates(column: pd.Series) -> pd.Series:
    """Return dates written as 20250505; missing where they are none."""
    return pd.to_datetime(column.where(column.str.fullmatch(_DATE.pattern)), format="%Y%m%d", errors="coerce")


def numbers(column: pd.Series) -> NDArray[np.float64]:
    """Return numbers; NaN where nothing stands or it is none."""

    def one(text: str) -> float:
        try:
            return float(text) if text and "_" not in text else np.nan
        except ValueError:
            return np.nan

    found = _each(column, one).astype(float)
    return np.where(np.isfinite(found), found, np.nan)


def apart_m(
    lon: NDArray[np.float64], lat: NDArray[np.float64], lon2: NDArray[np.float64], lat2: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far places near each other lie apart in a straight line [m]; all in radians."""
    return EARTH_RADIUS_M * np.hypot((lon2 - lon) * np.cos(lat2), lat2 - lat)


def _each(column: pd.Series, one: Callable[[str], Any]) -> NDArray[Any]:
    """Return ``one`` of every value, worked out once for equal values."""
    codes, known = pd.factorize(column)
    return np.array([one(str(v)) for v in known] or [0])[codes] if len(codes) else np.empty(0)
