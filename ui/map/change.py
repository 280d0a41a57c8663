"""The picture of who is served under a plan and was not before, and the other way round: one look, however it is asked for."""

from __future__ import annotations

from typing import Any

import pandas as pd

from layers.look import draw
from layers.look.overlay import Class
from ui.words import both

__all__ = ["OPACITY", "change_of", "classes"]

OPACITY = draw.WASH


def change_of(was: pd.Series, now: pd.Series) -> pd.Series:
    """Return 1 for a cell that is served now and was not, -1 for the opposite, 0 otherwise; a cell that was not there was not served."""
    return now.astype(int) - was.reindex(now.index, fill_value=False).astype(int)


def classes(people: pd.Series, change: pd.Series) -> list[Class]:
    """Return the two classes of the picture, with the people of each."""
    counted: dict[Any, float] = people.groupby(change).sum().to_dict()
    lost, won = (f"{counted.get(way, 0.0):,.0f}" for way in (-1, 1))
    return [
        {"key": "lost", "value": -1, "colour": draw.LOST, **both("lost_by_plan", n=lost)._asdict()},
        {"key": "won", "value": 1, "colour": draw.WON, **both("won_by_plan", n=won)._asdict()},
    ]
