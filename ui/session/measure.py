"""What a place that goes by no standard is measured by: the planner chooses rules or a distance, or nothing is judged."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from geo.case import Case
from geo.measure import measured, rules_apply
from geo.workspace import Workspace
from ui.parts.ask import now, select
from ui.words import say

__all__ = ["ask", "chosen", "today"]

CHOICES = ("none", "metres", "gb50180")
METRES = 500
KEPT = 4
"""Places held as they are measured: the base and the plan, before and after a change."""


def ask(workspace: Workspace) -> None:
    """Ask by what the place is measured, where its workspace goes by no standard."""
    if rules_apply(workspace):
        return
    select(say("measure_by"), CHOICES, "measure_by", lambda key: say(f"measure_{key}"))
    if st.session_state.get("measure_by") == "metres":
        st.number_input(say("measure_distance"), 50, 20_000, METRES, 50, key="measure_metres")


def chosen(workspace: Workspace) -> Workspace:
    """Return the workspace as the planner measures it, under its own key; the same one for the same choice."""
    by = now("measure_by") or "none"
    if rules_apply(workspace) or by not in CHOICES[1:]:
        return workspace
    metres = float(st.session_state.get("measure_metres") or METRES) if by == "metres" else None
    mark = (id(workspace), by, metres)
    # The base and the plan are both asked about in one run; each is held, so that no other can take its place.
    kept: dict[object, tuple[Workspace, Workspace]] = st.session_state.setdefault("measured", {})
    if mark not in kept:
        place = measured(workspace, by=None if by == "metres" else by, metres=metres)
        # Under its own key, so that nothing drawn by another measure is shown for it.
        kept[mark] = (workspace, replace(place, key=f"{workspace.key}+{by}{metres or ''}"))
        for old in list(kept)[:-KEPT]:
            del kept[old]
    return kept[mark][1]


def today(case: Case) -> Case:
    """Return the same question about the place without the plan of the session, measured alike."""
    place = chosen(st.session_state.base)
    return case if place is case.workspace else case.under(place)
