"""Where best: location models with proven bounds, and what a site would add at every node."""

from __future__ import annotations

from geo.siting.location import (
    Siting,
    capacitated_max_cover,
    capacitated_p_median,
    curve,
    gain_surface,
    max_cover,
    p_center,
    p_median,
    set_cover,
)

__all__ = [
    "Siting",
    "capacitated_max_cover",
    "capacitated_p_median",
    "curve",
    "gain_surface",
    "max_cover",
    "p_center",
    "p_median",
    "set_cover",
]
