"""Whether a place that is asked about is among the best over what is not known: read from robust sites already found, never sought for a press."""

from __future__ import annotations

import math

import streamlit as st

from geo.answers import Answer
from geo.case import Case
from geo.crs import metres_of
from geo.text import Text
from ui.panels.siting_parts import mark_of
from ui.session import ranges
from ui.words import both

__all__ = ["FOUND", "found", "here", "mark"]

FOUND = "robust_found"
"""Where the session keeps the robust sites: to what they belong, and the answer."""


def mark(case: Case) -> tuple[object, ...]:
    """Return what robust sites belong to: they are not shown for another question, nor for other ranges."""
    return (*mark_of(case), ranges.of(case).signature)


def found(case: Case) -> Answer | None:
    """Return the robust sites of this session, where they were sought for this very question."""
    kept = st.session_state.get(FOUND)
    # The table of ranges is made only where there is something that it might belong to.
    return kept[1] if kept is not None and kept[0] == mark(case) else None


def here(case: Case, answer: Answer, lon: float, lat: float) -> Text | None:
    """Return how often a place is among the best; None where no candidate lies within their spacing of it."""
    places = answer["chosen"]
    if places.empty:
        return None
    away = places.geometry.distance(metres_of(lon, lat, case.workspace.crs)).to_numpy()
    first = int(away.argmin())
    share = float(places["best_share"].iloc[first])
    if away[first] > float(answer.parameters["spacing_m"]) or not math.isfinite(share):
        return None
    return both("robust_here", share=int(100 * share + 1e-9), n=len(answer["draws"]), away=f"{away[first]:,.0f}")
