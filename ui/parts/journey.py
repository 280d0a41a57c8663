"""How and when one goes, chosen in place: the modes that the data allow, departure, window, changes."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import streamlit as st

from geo.case import Case
from geo.modes import PRESETS, preset
from geo.text import Text
from geo.travel import MODES, MORNING, Journey, offered
from ui.parts.ask import select, switch
from ui.parts.markup import paragraph
from ui.parts.walk import pace
from ui.words import pick, say

__all__ = ["STANDARD", "choose", "chosen_mode", "mode_name", "mode_now", "on_the_way"]

STANDARD = "standard"
"""No mode: metres on foot, as standards measure."""
WINDOWS = (15, 30, 60, 120)
RIDES = (1, 2, 3, 4)
WALKS = (500.0, 1000.0, 1500.0, 2000.0)


def chosen_mode(case: Case) -> str:
    """Ask by which mode one goes, among those that the data of the place allow; say why the others are not offered."""
    why = offered(case)
    there = [mode for mode, lack in why.items() if lack is None]
    mode = switch(
        say("go_mode"),
        (STANDARD, *there),
        "go_mode",
        lambda key: say("go_standard") if key == STANDARD else mode_name(key),
    )
    if mode == STANDARD:
        for key, lack in why.items():
            if lack is not None:
                paragraph(say("go_lacks", mode=pick(MODES[key]), why=pick(lack)))
    return mode


def mode_now(case: Case) -> str:
    """Return the mode of the session before it is asked: the standard's where the place no longer offers what was pressed."""
    pressed = str(st.session_state.get("go_mode", STANDARD))
    return pressed if offered(case).get(pressed, True) is None else STANDARD


def mode_name(mode: str) -> str:
    """Return what a mode is called in the language of the session."""
    return pick(MODES[mode])


def on_the_way(mode: str) -> Text:
    """Return a mode as it stands in a sentence: on foot, by bicycle."""
    name = MODES[mode]
    return name if mode == "walk" else Text(name.zh, f"by {name.en}")


def choose(case: Case, mode: str) -> Journey:
    """Ask when one goes, where the mode has a timetable, and return the journey."""
    timetable = case.workspace.timetable
    st.session_state.setdefault("go_clock", dt.time.fromisoformat(MORNING))
    if mode != "transit" or timetable is None:
        how = preset(mode, case.workspace.parameters) if mode in PRESETS else None
        # Whoever walks takes as long there as back; one-way streets and slopes are not the same both ways.
        arrive = how is not None and how.permission != "foot" and _arriving()
        busy = how is not None and how.congestion
        at = f"{st.time_input(say('go_clock'), key='go_clock', step=900):%H:%M}" if busy else ""
        return Journey(mode, at, arrive=arrive, speed=pace().key)
    arrive = _arriving()
    first, last = timetable.days[0].date(), timetable.days[-1].date()
    state = st.session_state
    if not (isinstance(state.get("go_day"), dt.date) and first <= state.go_day <= last):
        state.go_day = timetable.usual_day().date()
    a, b, c = st.columns([1.4, 1, 1], gap="small")  # a day is longer than a time
    day = a.date_input(say("go_day"), min_value=first, max_value=last, key="go_day")
    clock = b.time_input(say("go_clock"), key="go_clock", step=900)
    window = select(say("go_window"), WINDOWS, "go_window", start=2, where=c)
    with st.expander(say("go_more")):
        rides = select(say("go_rides"), RIDES, "go_rides", start=3)
        known = timetable.stations is not None or case.workspace.streets.get("class", pd.Series()).eq("steps").any()
        # Where neither is known nobody can say where steps are.
        step_free = bool(known and st.toggle(say("go_step_free"), key="go_step_free"))
        longest = select(say("go_longest"), WALKS, "go_longest", lambda m: f"{m:g}", start=1)
    at = f"{pd.Timestamp(str(day)):%Y-%m-%d}T{clock:%H:%M}"
    return Journey(
        mode, at, arrive=arrive, window=window, rides=rides, walk=longest, speed=pace().key, step_free=step_free
    )


def _arriving() -> bool:
    return switch(say("go_when"), ("leave", "arrive"), "go_when", lambda key: say(f"go_{key}")) == "arrive"
