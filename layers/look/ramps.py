"""The classes of results and their colours: quiet, colour-blind safe, and read through the ground below them.

More is darker, and each ramp has one hue or two beside each other: it is read in grey print and by every eye. Of what is
short and what is to spare only the first is loud. ``tests/test_ramps.py`` looks at each with the eyes of the three kinds of
colour-blindness (Machado, Oliveira & Fernandes 2009), on paper and multiplied with the ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from layers.look.overlay import Class

__all__ = [
    "ABOVE_ZERO",
    "ACCESS",
    "ADEQUACY",
    "AREA_WASH",
    "COVERAGE",
    "GAIN",
    "LACK",
    "LOST",
    "NONE",
    "SHARE",
    "WASH",
    "WON",
    "coverage_keys",
    "ramp",
]

WASH = 0.85
"""How strongly a result covers the ground that it is multiplied with, 0–1."""
AREA_WASH = 0.65
"""The same for whole zones and blocks: what fills the map must not be as strong as what lies in it by cells."""
WON, LOST = "#4fa37d", "#cf7d3f"
"""Who is served under a plan and was not, and the other way round."""
NONE = "#cfd2d4"
"""Nothing within reach: known, and none."""

COVERAGE: tuple[Class, ...] = (
    {"key": "walk", "value": 2, "colour": "#b4ddd3", "zh": "步行可达", "en": "within the limit on foot"},
    {"key": "radius_only", "value": 1, "colour": "#e8ad4e", "zh": "仅半径内（步行超出）", "en": "within the radius only, too far on foot"},
    {"key": "beyond", "value": 0, "colour": "#c4787f", "zh": "未覆盖", "en": "beyond the standard"},
)  # fmt: skip
"""Coverage of a place; the darker, the worse, also in grey print."""

GAIN = ("#f5eebc", "#c7dc97", "#8fc389", "#539e76", "#24705d")
"""People newly served, from few to many."""
ACCESS = ("#e4eccf", "#b3d6c3", "#78b5b3", "#438ca0", "#245f82")
"""What is within reach for each person, from little to much; shares of people served as well."""
LACK = ("#f8e6d2", "#efc8a4", "#e29c78", "#c66b53", "#963f30")
"""People or things that lack something, from few to many."""
SHARE: tuple[Class, ...] = tuple(
    {"key": f"share{i}", "low": i / 5, "high": (i + 1) / 5, "colour": colour,
     "zh": f"{i / 5:.0%}–{(i + 1) / 5:.0%}", "en": f"{i / 5:.0%}–{(i + 1) / 5:.0%}"}
    for i, colour in enumerate(ACCESS)
)  # fmt: skip
"""Share of people covered, 0–1."""

ADEQUACY: tuple[Class, ...] = (
    {"key": "severe", "low": None, "high": 0.5, "colour": "#b0482c", "zh": "严重不足（<50%）", "en": "severe shortage (<50 %)"},
    {"key": "short", "low": 0.5, "high": 0.8, "colour": "#e08a55", "zh": "不足（50–80%）", "en": "shortage (50–80 %)"},
    {"key": "slight", "low": 0.8, "high": 1.0, "colour": "#f4cfa4", "zh": "略缺（80–100%）", "en": "slight shortage (80–100 %)"},
    {"key": "enough", "low": 1.0, "high": 1.2, "colour": "#e3ebe6", "zh": "满足（100–120%）", "en": "enough (100–120 %)"},
    {"key": "ample", "low": 1.2, "high": 1.5, "colour": "#b0cbd3", "zh": "富余（120–150%）", "en": "ample (120–150 %)"},
    {"key": "excess", "low": 1.5, "high": None, "colour": "#7fa9b8", "zh": "明显富余（≥150%）", "en": "excess (≥150 %)"},
)  # fmt: skip
"""Seats ÷ seats needed: the redder, the shorter; what is to spare is a quiet blue, for shortage is what is looked for."""

ABOVE_ZERO = 1e-9
"""Where the lowest class of a ramp begins: nothing gained is not a class."""


def coverage_keys(radius: npt.ArrayLike, foot: npt.ArrayLike) -> np.ndarray:
    """Return the COVERAGE value of each place (2 on foot, 1 within the radius only, 0 beyond)."""
    on_foot, near = np.asarray(foot, bool), np.asarray(radius, bool)
    return np.where(on_foot, 2, np.where(near, 1, 0)).astype(float)


def ramp(
    values: npt.ArrayLike, colours: Sequence[str] = GAIN, *, unit_zh: str = "", unit_en: str = "", whole: bool = False
) -> tuple[Class, ...]:
    """Return classes for the positive ``values``: about equal counts, with round bounds.

    Zero and missing stay uncoloured: where nothing is gained, the map shows the ground.

    Parameters
    ----------
    values
        Any numbers; infinite and missing ones are passed over.
    colours
        Colours from low to high; as many classes at most.
    unit_zh, unit_en
        Unit to be written after the bounds.
    whole
        Whether bounds are whole numbers, as of persons: what is below 1 is a class of its own, "less than 1".
    """
    found = np.asarray(values, float).ravel()
    found = found[np.isfinite(found) & (found > 0)]
    if not found.size:
        return ()
    cuts = np.quantile(found, np.linspace(0, 1, len(colours) + 1)[1:-1])
    near = (lambda c: max(1.0, float(round(_rounder(c))))) if whole else _rounder
    inner = sorted({c for c in map(near, cuts) if found.min() < c <= found.max()})
    bounds: list[float | None] = [None, *inner, None]
    below_one = whole and (inner[:1] == [1.0] or float(found.max()) < 1)
    picked = _spread(colours, len(inner) + 1)
    return tuple(
        {
            "key": f"c{i}",
            "low": low if low is not None else ABOVE_ZERO,
            "high": high,
            "colour": picked[i],
            "zh": f"不足 1 {unit_zh}".rstrip() if below_one and low is None else _between(low, high, unit_zh),
            "en": f"less than 1 {unit_en}".rstrip() if below_one and low is None else _between(low, high, unit_en),
        }
        for i, (low, high) in enumerate(pairwise(bounds))
    )


def _rounder(value: float) -> float:
    """Return ``value`` with two significant digits."""
    return float(f"{value:.2g}")


def _spread(colours: Sequence[str], n: int) -> list[str]:
    """Return ``n`` of the colours, from the first to the last."""
    if n == 1:
        return [colours[len(colours) // 2]]
    return [colours[round(i * (len(colours) - 1) / (n - 1))] for i in range(n)]


def _between(low: float | None, high: float | None, unit: str) -> str:
    tail = f" {unit}" if unit else ""
    if low is None:
        return f"< {high:,g}{tail}" if high is not None else f"> 0{tail}"
    return f"≥ {low:,g}{tail}" if high is None else f"{low:,g} – {high:,g}{tail}"
