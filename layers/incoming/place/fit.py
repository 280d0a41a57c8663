"""How well a reading of the coordinates fits what is known of the place: places by name first."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

from layers.incoming.place.extent import Floats, Place
from layers.incoming.rows.table import Table

__all__ = ["METRES", "Matches", "matches"]

METRES = (111_320.0, 110_950.0)
"""Metres of a degree of longitude at the equator and of latitude at 39°: good to a per mille, enough to compare."""
MATCHES = 5
"""So many known places tell the datum of a file; fewer where the file has no more rows, but never under three."""


class Matches:
    """Rows of a file and the known places of their names: ``rows`` (positions), ``lonlat`` [degrees], ``loose_m`` [m]."""

    def __init__(self, rows: list[int], lonlat: Floats, loose_m: Floats) -> None:
        self.rows, self.lonlat, self.loose_m = rows, lonlat, loose_m

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.rows)

    def off(self, degrees: Floats) -> tuple[float, float]:
        """Return how far a reading lies from the known places: median metres east and north.

        ``degrees`` are the points of the rows matched, as longitude and latitude.
        """
        with np.errstate(invalid="ignore"):
            east = (degrees[:, 0] - self.lonlat[:, 0]) * METRES[0] * np.cos(np.radians(self.lonlat[:, 1]))
            north = (degrees[:, 1] - self.lonlat[:, 1]) * METRES[1]
        return (float(np.nanmedian(east)), float(np.nanmedian(north))) if len(degrees) else (math.nan, math.nan)

    def metres(self, degrees: Floats) -> float:
        """Return the median distance of a reading from the known places [m]; infinite where it is nowhere."""
        if not self.rows or not np.isfinite(degrees).any():
            return math.inf
        with np.errstate(invalid="ignore"):
            east = (degrees[:, 0] - self.lonlat[:, 0]) * METRES[0] * np.cos(np.radians(self.lonlat[:, 1]))
            north = (degrees[:, 1] - self.lonlat[:, 1]) * METRES[1]
            found = float(np.nanmedian(np.hypot(east, north)))
        return found if math.isfinite(found) else math.inf


def same_name(name: str) -> str:
    """Return a name as two lists of one place write it alike.

    Examples
    --------
    >>> same_name("天津市 周邓纪念馆（地铁站）"), same_name("滨海高新区第一小学")
    ('周邓纪念馆地铁', '第一小学')
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\s·()（）\-]|天津市?|滨海新区|滨海|高新区|地铁站$|站$", "", text)


def matches(table: Table, shapes: Sequence[Any], place: Place) -> Matches:
    """Return the rows whose names are those of known places, each place met once."""
    known = {same_name(k.name): k for k in place.known}
    naming = [i for i, c in enumerate(table.columns) if re.search(r"名|站|name|title|标题", c, re.IGNORECASE)]
    met: dict[str, list[int]] = {}
    for number, (row, shape) in enumerate(zip(table.rows, shapes, strict=True)):
        if shape is None or shape.is_empty:
            continue
        called = {same_name(v) for i in naming if isinstance(v := row[i], str) and 2 <= len(v) <= 60}
        for name in called & known.keys():
            met.setdefault(name, []).append(number)
    once = [(rows[0], known[name]) for name, rows in met.items() if len(rows) == 1]
    return Matches(
        [i for i, _ in once],
        np.array([(k.lon, k.lat) for _, k in once], dtype=float).reshape(-1, 2),
        np.array([k.accuracy_m for _, k in once], dtype=float),
    )
