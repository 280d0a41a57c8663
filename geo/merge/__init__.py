"""A planner's rows and the rows that are there: which are the same things, and the layer that comes of both."""

from __future__ import annotations

from geo.merge.merged import MODES, WHOLE, Merged, dangling, default_mode, merge, modes_of
from geo.merge.pairs import FAR_M, NEAR_M, Open, Pairs, bare_name, pair

__all__ = [
    "FAR_M",
    "MODES",
    "NEAR_M",
    "WHOLE",
    "Merged",
    "Open",
    "Pairs",
    "bare_name",
    "dangling",
    "default_mode",
    "merge",
    "modes_of",
    "pair",
]
