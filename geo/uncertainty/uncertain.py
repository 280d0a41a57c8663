"""One thing that is not known exactly: its law, its range, and what a basis is taken to say of that.

Nothing printed says how far an "assumed" number may be off. ``RANGES`` is what this tool takes it to mean: a convention in
one place, shown wherever it is used, to be changed by a workspace (``[uncertainty]``) and by the planner.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from geo.errors import InputError
from geo.text import Text

__all__ = [
    "ACCURACY",
    "CE90",
    "CLASSES",
    "EVERYBODY",
    "FACTOR",
    "LAWS",
    "RANGES",
    "SPEED",
    "Law",
    "Uncertain",
    "checked",
]

Law = Literal["fixed", "normal", "lognormal", "uniform", "triangular"]
LAWS: Mapping[str, Text] = {
    "fixed": Text("视为确定", "taken as known"),
    "normal": Text("正态", "normal"),
    "lognormal": Text("对数正态", "lognormal"),
    "uniform": Text("均匀", "uniform"),
    "triangular": Text("三角", "triangular"),
}
"""Laws of an input. ``low`` and ``high`` are the 5 and 95 % points of a normal and a lognormal one, the ends of the others."""

CE90 = math.sqrt(2 * math.log(10))
"""Radius that holds 90 % of a circular normal error, in standard deviations of either axis (2.146)."""

RANGES: Mapping[str, Mapping[str, float]] = {
    "people:total": {"measured": 0.02, "sourced": 0.05, "derived": 0.15, "estimated": 0.25, "assumed": 0.40},
    "people:zones": {"measured": 0.02, "sourced": 0.05, "derived": 0.10, "estimated": 0.20, "assumed": 0.30},
    "people:cells": {"measured": 0.05, "sourced": 0.10, "derived": 0.30, "estimated": 0.50, "assumed": 0.70},
    "number": {"measured": 0.01, "sourced": 0.03, "derived": 0.10, "estimated": 0.20, "assumed": 0.30},
    "streets:length": {"measured": 0.01, "sourced": 0.03, "derived": 0.05, "estimated": 0.10, "assumed": 0.15},
    "seats:stated": {"measured": 0.00, "sourced": 0.00, "derived": 0.05, "estimated": 0.10, "assumed": 0.20},
    "position": {"measured": 5.0, "sourced": 20.0, "derived": 100.0, "estimated": 500.0, "assumed": 1500.0},
}
"""How far a number of each basis may be off, a convention of this tool: r means that it lies within a factor 1 + r, up or
down, in 90 of 100 cases. ``position`` is the radius [m] that holds the true place in 90 of 100 cases, where a row has no
``accuracy_m``."""

EVERYBODY = 0.97
"""Of children who must all go to school at least so many do, assumed."""
FACTOR, ACCURACY, CLASSES, SPEED = "factor", "× accuracy_m", "classes", "km/h"


@dataclass(frozen=True)
class Uncertain:
    """One thing that is not known exactly.

    ``low`` and ``high`` are factors, classes of a school (``seats:unknown``), km/h (``speed``), or, of a position, 0 and how
    many times ``accuracy_m`` the radius is that holds 90 % of its errors. ``range_from`` says who gives the range: the
    rows' own accuracy, the table of bases, workspace.toml, the planner; ``used`` whether it enters the answers here.

    Examples
    --------
    >>> total = Uncertain("people:total", "居民总数", "number of residents", "lognormal", 0.8, 1.25, FACTOR, "estimated")
    >>> total.factors(np.array([0.05, 0.5, 0.95])).round(3).tolist()
    [0.8, 1.0, 1.25]
    >>> import dataclasses
    >>> dataclasses.replace(total, law="fixed").factors(np.array([0.05])).tolist()
    [1.0]
    """

    key: str
    zh: str
    en: str
    law: Law
    low: float
    high: float
    unit: str
    basis: str
    range_from: str = "basis"
    used: bool = True
    source: str = ""
    """Where a range that was written down is from, in the words of whoever wrote it."""

    @property
    def name(self) -> Text:
        """What it is called."""
        return Text(self.zh, self.en)

    @property
    def known(self) -> bool:
        """Whether it is taken as known: it then changes nothing."""
        return self.law == "fixed" or not self.used or (self.low == self.high and self.unit != CLASSES)

    @property
    def centre(self) -> float:
        """The value at which a fixed one stands: 1 for a factor, the middle of any other range."""
        return 1.0 if self.unit in (FACTOR, ACCURACY) else (self.low + self.high) / 2

    def factors(self, chance: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values at these probabilities, of any shape: the quantile function of the law."""
        if self.known:
            return np.full(chance.shape, self.centre)
        low, high = self.low, self.high
        if self.law == "uniform":
            return low + (high - low) * chance
        if self.law == "triangular":
            wide = high - low
            left = low + wide * np.sqrt(chance / 2)
            return np.where(chance < 0.5, left, high - wide * np.sqrt((1 - chance) / 2))
        steps = ndtri(chance) / ndtri(0.95)  # -1 and 1 at 5 and 95 %
        if self.law == "lognormal":
            return np.exp((math.log(low) + math.log(high)) / 2 + (math.log(high) - math.log(low)) / 2 * steps)
        return np.maximum((low + high) / 2 + (high - low) / 2 * steps, 0.0)


def checked(row: Uncertain, number: int | None = None) -> None:
    """Refuse a law or a range that cannot be; of a table the message names the row.

    Examples
    --------
    >>> checked(Uncertain("streets:length", "路程", "ways", "lognormal", 0.0, 2.0, FACTOR, "assumed"))
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...the range of 'streets:length', 0.0 to 2.0, cannot be: finite numbers, the low one above 0 and not above the high one
    """
    zh, en = (f"第 {number} 行 ", f"row {number}: ") if number else ("", "")
    if row.law not in LAWS:
        raise InputError(
            Text(
                f"{zh}“{row.key}”的分布“{row.law}”须为：{'、'.join(LAWS)}",
                f"{en}the law of '{row.key}' must be one of {', '.join(LAWS)}, not '{row.law}'",
            )
        )
    if row.unit == ACCURACY and row.law not in ("normal", "fixed"):
        raise InputError(
            Text(
                f"{zh}位置“{row.key}”的误差只能为 normal 或 fixed",
                f"{en}errors of a position are normal or fixed: '{row.key}'",
            )
        )
    least = 0.0 if row.law != "lognormal" else math.ulp(0.0)
    if not (all(math.isfinite(v) for v in (row.low, row.high)) and least <= row.low <= row.high):
        raise InputError(
            Text(
                f"{zh}“{row.key}”的范围 {row.low}–{row.high} 无效：须为有限数，下限{'大于' if least else '不小于'} 0 且不大于上限",
                f"{en}the range of '{row.key}', {row.low} to {row.high}, cannot be: finite numbers, the low one {'above' if least else 'at least'} 0 and not above the high one",
            )
        )
    if row.unit == FACTOR and row.law != "fixed" and row.low == row.high != 1:
        raise InputError(
            Text(
                f'{zh}“{row.key}”的范围只有一个值 {row.low:g}：要改数据请改原始数据，视为确定请写 law = "fixed"',
                f"{en}the range of '{row.key}' is the one value {row.low:g}: change the data themselves, or write law = \"fixed\" to take them as known",
            )
        )
