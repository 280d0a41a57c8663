"""Metres on foot with their minutes beside them, at the walking speed that the planner chose."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

from geo.text import Text
from geo.walking import SPEEDS, Speed, lasting, speed, walked
from ui.parts.ask import switch
from ui.parts.markup import paragraph
from ui.words import pick, say

__all__ = ["choose_pace", "on_foot", "on_foot_both", "pace", "unit_on_foot", "walking"]


_WALKS: ContextVar[str] = ContextVar("walks", default="")


@contextmanager
def walking(key: str) -> Iterator[None]:
    """Go at a speed, whatever the session has chosen: for what is worked out outside its run."""
    before = _WALKS.set(key)
    try:
        yield
    finally:
        _WALKS.reset(before)


def pace() -> Speed:
    """Return the walking speed of the session: a grown-up's where nobody chose another."""
    return speed(_WALKS.get() or st.session_state.get("speed") or "adult")


def on_foot_both(metres: float) -> Text:
    """Return metres with their minutes, in both languages."""
    return walked(metres, pace())


def on_foot(metres: float) -> str:
    """Return metres with their minutes."""
    return pick(on_foot_both(metres))


def unit_on_foot(metres: float) -> str:
    """Return the unit of a figure of metres: metres, and the minutes of as many."""
    return say("metres") if not math.isfinite(metres) else f"{say('metres')} · {pick(lasting(metres, pace()))}"


def choose_pace() -> None:
    """Let the planner say who walks: every minute on the page follows."""
    switch(say("speed"), tuple(SPEEDS), "speed", lambda key: pick(SPEEDS[key].words))
    paragraph(say("speed_source", source=pick(pace().source)))
