"""Where a button of the opening or a find of the search leads: a panel, the card of a zone, a project, an object of the plan, a saved plan."""

from __future__ import annotations

import streamlit as st

from ui.session import drawing, projects
from ui.session.state import PANELS

__all__ = ["go"]


def go(kind: str, thing: str) -> None:
    """Open what was pressed; what the browser names and nobody knows is passed over by the panel that opens."""
    state = st.session_state
    if kind == "panel" and thing in PANELS:
        state.panel = thing
    elif kind == "zone":
        state.panel, state.zones_view, state.zone = "zones", "card", thing
        state.zone_view = state.get("zone_view", 0) + 1  # as chosen by name: the map goes there
    elif kind == "project":
        projects.open_card(thing)
    elif kind == "object":
        drawing.choose(thing)
        state.panel = "scenario"
    elif kind == "saved":
        state.panel = "scenario"
        state.plan_wanted = thing
