"""Accessibility scores: how many seats a person can reach, after the competition of others."""

from __future__ import annotations

from geo.access.choice import huff, huff_shares, raam
from geo.access.scores import (
    LUO_QI_FAST,
    LUO_QI_SLOW,
    Decay,
    SparseImpedance,
    balanced,
    cumulative,
    e2sfca,
    exponential,
    fca2,
    fca3,
    gaussian,
    gravity,
    power,
)

__all__ = [
    "LUO_QI_FAST",
    "LUO_QI_SLOW",
    "Decay",
    "SparseImpedance",
    "balanced",
    "cumulative",
    "e2sfca",
    "exponential",
    "fca2",
    "fca3",
    "gaussian",
    "gravity",
    "huff",
    "huff_shares",
    "power",
    "raam",
]
