"""How fast people walk: presets, to turn metres into minutes and back.

No clause at hand prints a speed for planning, so all three presets are assumed, and every answer that uses one says so.
Distances of a standard stay metres; minutes at a speed stand beside them.
"""

from __future__ import annotations

from dataclasses import dataclass

from geo.errors import InputError
from geo.text import Text

__all__ = ["SPEEDS", "Speed", "minutes", "speed"]


@dataclass(frozen=True)
class Speed:
    """A walking speed [km/h], who walks so, and how that is known.

    Examples
    --------
    >>> SPEEDS["adult"].km_h, SPEEDS["adult"].basis, round(SPEEDS["adult"].m_per_min, 1)
    (4.8, 'assumed', 80.0)
    """

    key: str
    zh: str
    en: str
    km_h: float
    basis: str = "assumed"

    @property
    def m_per_min(self) -> float:
        """Metres walked in a minute.

        Examples
        --------
        >>> SPEEDS["elder"].m_per_min
        60.0
        """
        return self.km_h * 1000 / 60


SPEEDS: dict[str, Speed] = {
    s.key: s
    for s in (
        Speed("adult", "成人", "adult", 4.8),
        Speed("child", "儿童", "child", 4.2),
        Speed("elder", "老人", "elder", 3.6),
    )
}


def speed(asked: str | float = "adult") -> Speed:
    """Return a preset by its key, or a speed of one's own [km/h].

    Raises
    ------
    InputError
        If it is neither a preset nor a number above 0 and at most 15 km/h.

    Examples
    --------
    >>> speed("child").km_h, speed("4.5").km_h
    (4.2, 4.5)
    """
    if asked in SPEEDS:
        return SPEEDS[str(asked)]
    try:
        own = float(asked)
    except ValueError:
        own = float("nan")
    if not 0 < own <= 15:
        raise InputError(
            Text(
                f"步行速度“{asked}”无效：请选 {'、'.join(SPEEDS)}，或填 0–15 之间的公里/小时数",
                f"no walking speed '{asked}': choose {', '.join(SPEEDS)}, or give km/h above 0 and at most 15",
            )
        )
    return Speed("own", "自定", "own", own)


def minutes(metres: float, at: Speed) -> float:
    """Return the minutes [min] of a walk [m]; inf stays inf and unknown (NaN) unknown.

    Examples
    --------
    >>> minutes(600, SPEEDS["elder"]), minutes(float("inf"), SPEEDS["adult"])
    (10.0, inf)
    """
    return metres / at.m_per_min
