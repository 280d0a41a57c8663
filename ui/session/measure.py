"""What a place that goes by no standard is measured by: the planner chooses rules or a distance, or nothing is judged."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from geo.measure import measured, rules_apply
from geo.workspace import Workspace
from ui.parts.ask import select
from ui.words import say

__all__ = ["ask", "chosen"]

CHOICES = ("none", "metres", "gb50180")
METRES = 500


def ask(workspace: Workspace) -> None:
    """Ask by what the place is measured, where its workspace goes by no standard."""
    if rules_apply(workspace):
        return
    select(say("measure_by"), CHOICES, "measure_by", lambda key: say(f"measure_{key}"))
    if st.session_state.get("measure_by") == "metres":
        st.number_input(say("measure_distance"), 50, 20_000, METRES, 50, key="measure_metres")


def chosen(workspace: Workspace) -> Workspace:
    """Return the workspace as the planner measures it, under its own key; the same one for the same choice."""
    by = st.session_state.get("measure_by", "none")
    if rules_apply(workspace) or by not in CHOICES[1:]:
        return workspace
    metres = float(st.session_state.get("measure_metres") or METRES) if by == "metres" else None
    mark = (id(workspace), by, metres)
    kept = st.session_state.get("measured")
    if kept is None or kept[0] != mark:
        place = measured(workspace, by=None if by == "metres" else by, metres=metres)
        # Under its own key, so that nothing drawn by another measure is shown for it.
        kept = (mark, replace(place, key=f"{workspace.key}+{by}{metres or ''}"))
        st.session_state.measured = kept
    return kept[1]
