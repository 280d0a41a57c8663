"""An interval as a planner says it: rounded to what it can hold, with what makes it wide."""

from __future__ import annotations

import math

from geo.text import Text

__all__ = ["about", "rounded"]


def rounded(low: float, high: float, *, least: float = 0.0) -> tuple[float, float]:
    """Return the ends of an interval on round figures, outwards: none is narrower than it was.

    The step is 1, 2 or 5 times a power of ten, at most a tenth of the width, and not below ``least``.

    Examples
    --------
    >>> rounded(4021.3, 4588.0), rounded(0.0, 3.2), rounded(97, 97)
    ((4000.0, 4600.0), (0.0, 3.2), (97, 97))
    >>> rounded(0.0, 0.28, least=1)
    (0, 1)
    """
    width = high - low
    if not width > 0:
        return low, high
    power = 10.0 ** math.floor(math.log10(width / 10))
    step = max(least, next(power * part for part in (10, 5, 2, 1) if power * part <= width / 10 * (1 + 1e-9)))
    digits = max(0, -math.floor(math.log10(step)))
    down = math.floor(low / step + 1e-9) * step
    up = math.ceil(high / step - 1e-9) * step
    return round(max(down, 0.0) if low >= 0 else down, digits), round(up, digits)


def about(
    low: float, high: float, unit: Text, driver: Text | None = None, *, percent: bool = False, least: float = 1.0
) -> Text:
    """Return an interval in words, and what it mainly depends on.

    Parameters
    ----------
    unit
        What is counted; of a share it is left out.
    driver
        The input that makes it wide.
    percent
        Whether ``low`` and ``high`` are shares to be told as per cent.
    least
        Nothing is told finer than this, in the unit told: nobody is half a pupil.

    Examples
    --------
    >>> about(4021, 4588, Text("人", "people"), Text("人口分布", "where people live"))
    Text(zh='约 4,000–4,600 人，主要取决于人口分布', en='about 4,000–4,600 people, mainly depending on where people live')
    >>> about(0.41, 0.52, Text("", ""), percent=True).zh, about(30, 30, Text("座", "seats")).en
    ('约 41%–52%', '30 seats')
    """
    if math.isnan(low) or math.isnan(high):
        return Text("无法估计", "cannot be told")
    a, b = rounded(100 * low, 100 * high, least=least) if percent else rounded(low, high, least=least)
    if percent:
        b = min(b, 100.0) if high <= 1 else b
    sign = "%" if percent else ""
    zh_unit, en_unit = ("", "") if percent else (f" {unit.zh}" if unit.zh else "", f" {unit.en}" if unit.en else "")
    if a == b:
        return Text(f"{_figure(a)}{sign}{zh_unit}", f"{_figure(a)}{sign}{en_unit}")
    zh, en = "", ""
    if driver is not None:
        zh, en = f"，主要取决于{driver.zh}", f", mainly depending on {driver.en}"
    span = f"{_figure(a)}{sign}–{_figure(b)}{sign}"
    return Text(f"约 {span}{zh_unit}{zh}", f"about {span}{en_unit}{en}")


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,g}"
