"""What the planner's hand does on the map, as changes of the plan: each once, in order, every one a step of undo.

The browser sends operations until it hears the number of the last one taken (``done``), so that none is lost while the
page runs and none is made twice. What it sends is a stranger's text: it is checked here, member by member, and changes
only the plan of its own session.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from geo.adequacy import SCHOOL_SIZE
from geo.errors import InputError, PlanError
from geo.scenario import Added
from geo.text import Text
from ui.session import edits, state
from ui.words import both

__all__ = ["choose", "chosen", "done", "facility", "problem", "take"]

MOST = 500
"""Operations taken at once; a hand does not do more between two runs of the page."""
LAST_NUMBER = 2**53
"""The largest number that a browser counts exactly."""


def done() -> int:
    """Return the number of the last operation taken, 0 before the first."""
    return int(st.session_state.get("draw_done", 0))


def facility(facility_id: object) -> Added | None:
    """Return the new facility of an id as the plan has it now, or None."""
    return next((one for one in edits.current().added if one.facility_id == facility_id), None)


def chosen() -> Added | None:
    """Return what is chosen on the map and in the panel, None where nothing is or it is gone."""
    return facility(st.session_state.get("draw_chosen"))


def choose(facility_id: object) -> None:
    """Choose a new facility by its id; anything else chooses nothing."""
    one = facility(facility_id)
    st.session_state.draw_chosen = one.facility_id if one else None


def problem() -> Text | None:
    """Return once why the last thing drawn was not taken."""
    found: Text | None = st.session_state.pop("draw_problem", None)
    return found


def take(sent: object) -> None:
    """Take the operations that the browser sends and that were not taken yet."""
    listed = sent.get("ops") if isinstance(sent, Mapping) else None
    for op in listed[:MOST] if isinstance(listed, list) else ():
        number = op.get("n") if isinstance(op, Mapping) else None
        if type(number) is not int or not done() < number <= LAST_NUMBER:
            continue
        st.session_state.draw_done = number
        try:
            _make(op)
        except PlanError as error:
            st.session_state.draw_problem = error.text


def _make(op: Mapping[str, Any]) -> None:
    what = op.get("op")
    if what == "undo":
        edits.undo()
    elif what == "redo":
        edits.redo()
    elif what == "select":
        choose(op.get("id"))
    elif what == "add" and op.get("tool") == "facility":
        _add(*_place(op.get("at")))
    elif what in ("move", "remove"):
        one = facility(op.get("id"))
        if one is None:
            raise InputError(both("draw_gone", id=str(op.get("id"))[:40]))
        if what == "remove":
            edits.drop(one.facility_id)
        else:
            lon, lat = _place(op.get("at"))
            choose(one.facility_id)
            edits.put(replace(one, lon=lon, lat=lat))


def _add(lon: float, lat: float) -> None:
    """Add a facility of the service and year chosen above the map, a school of the usual size."""
    choice = state.choice()
    case = state.case(st.session_state.base, choice)
    size = edits.class_size(case)
    seats = None if size is None else size * SCHOOL_SIZE[case.asked.key]
    (name,) = edits.next_ids(1)
    edits.add_sites((Added(name, choice.service, lon, lat, seats, choice.year),))
    choose(name)


def _place(at: object) -> tuple[float, float]:
    """Return longitude and latitude [degrees] as the format of plans keeps them, or say that they are none."""
    if isinstance(at, list) and len(at) == 2 and all(type(v) in (int, float) and math.isfinite(v) for v in at):
        lon, lat = (round(float(v), 7) for v in at)
        if abs(lon) <= 180 and abs(lat) <= 90:
            return lon, lat
    raise InputError(both("draw_odd"))
