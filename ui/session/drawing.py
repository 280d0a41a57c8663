"""What the planner's hand does on the map (``ui.session.outbox``), as changes of the plan: every one a step of undo.

What the browser sends is a stranger's text: it is checked here, member by member, and changes only the plan of its own
session.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from geo.adequacy import SCHOOL_SIZE
from geo.errors import InputError, PlanError
from geo.scenario import WAYS, Added, Barrier, Housing, Moved, Object, Removed, Street, TransitLine, subject
from geo.text import Text
from ui.session import edits, hand, places, state
from ui.words import both

__all__ = ["PER_HECTARE", "TOOLS", "choose", "chosen", "dwellings", "find", "make", "picked", "problem"]

REACH = 2000.0
"""How far from a facility the hand may be to mean it, however far out the map is [m]."""
PER_HECTARE = 100.0
"""Dwellings on a hectare of drawn housing until the planner says how many. Assumed: 100 m² of floor each at a floor area ratio of 1."""
LARGEST = 10_000.0
"""The largest housing area [ha]: more is a slip of the hand, and would make millions of population cells."""

TOOLS: Mapping[str, str] = {
    "facility": "point",
    **dict.fromkeys(WAYS, "line"),
    "remove": "point",
    "housing": "area",
    "barrier": "line",
    "transit": "line",
}
"""What can be drawn, and the shape of each."""


def find(object_id: object) -> Object | None:
    """Return the object of an id as the plan has it now, or None."""
    return next((one for one in edits.current().objects if one.object_id == object_id), None)


def chosen() -> Object | None:
    """Return the object that is chosen on the map and in the panel, None where none is or it is gone."""
    return find(st.session_state.get("draw_chosen"))


def picked() -> str | None:
    """Return the facility of the base that is chosen, or that the chosen object changes; None where neither is."""
    one = chosen()
    name = st.session_state.get("draw_chosen") if one is None else subject(one)
    return name if isinstance(name, str) and name in places.facilities() else None


def choose(name: object) -> None:
    """Choose an object or a facility of the base by its id; anything else chooses nothing.

    A facility that the plan changes already is chosen by that change.
    """
    known = isinstance(name, str) and (find(name) is not None or name in places.facilities())
    own = next((one.object_id for one in edits.current().objects if known and subject(one) == name), name)
    st.session_state.draw_chosen = own if known else None


def problem() -> Text | None:
    """Return once why the last thing drawn was not taken."""
    found: Text | None = st.session_state.pop("draw_problem", None)
    return found


def make(op: Mapping[str, Any]) -> None:
    """Make an operation of the hand; why it cannot be made is told by ``problem``."""
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
    elif what == "pick":
        _pick(op.get("at"), op.get("reach"))
    elif what == "add":
        _draw(op.get("tool"), op.get("at"))
    elif what == "move":
        _move(op.get("id"), op.get("at"))
    elif what == "remove":
        edits.drop(_known(op.get("id")).object_id)


def _draw(tool: object, at: object) -> None:
    """Take what a tool has drawn into the plan, from the year chosen above the map on."""
    if not isinstance(tool, str) or tool not in TOOLS:
        return
    (name,) = edits.next_ids(1)
    year = state.choice().year
    make: Mapping[str, Callable[[], Object]] = {
        "facility": lambda: _facility(name, *_place(at)),
        "remove": lambda: Removed(name, *_place(at), year),
        "housing": lambda: _housing(name, _corners(at), year),
        "barrier": lambda: Barrier(name, line=_corners(at), year=year),
        "transit": lambda: TransitLine(name, _corners(at), year=year),
    }
    edits.add((make[tool]() if tool in make else Street(name, _corners(at), tool, year),))
    choose(name)


def _facility(name: str, lon: float, lat: float) -> Added:
    """Return a facility of the service and year chosen above the map, a school of the usual size."""
    choice = state.choice()
    size = edits.class_size(state.case(st.session_state.base, choice))
    seats = None if size is None else size * SCHOOL_SIZE[choice.service]
    return Added(name, choice.service, lon, lat, seats, choice.year)


def _housing(name: str, ring: tuple[tuple[float, float], ...], year: int) -> Housing:
    drawn = Housing(name, ring, 1, year=year)  # an area that crosses itself is refused before it is measured
    return replace(drawn, dwellings=dwellings(drawn))


def dwellings(home: Housing) -> float:
    """Return how many dwellings are supposed on an area of which nobody has said how many, to ten."""
    hectares = places.hectares(home.polygon)
    if hectares > LARGEST:
        raise InputError(both("draw_large", ha=f"{hectares:,.0f}", most=f"{LARGEST:,.0f}"))
    return max(10.0, round(hectares * PER_HECTARE, -1))


def _move(name: object, at: object) -> None:
    """Put an object, or a facility of the base, where the hand has put it."""
    one = find(name)
    if one is None and isinstance(name, str) and name in places.facilities():
        one = Moved(name, *_place(at), state.choice().year)
        edits.add((one,))
    else:
        one = _moved(_known(name), at)
        edits.put(one)
    choose(one.object_id)


def _moved(one: Object, at: object) -> Object:
    moved = hand.moved(one, at, places.bounds())
    if isinstance(moved, Housing):
        dwellings(moved)  # no larger than may be drawn
    return moved


def _pick(at: object, reach: object) -> None:
    """Choose the facility nearest to a place, new or of the base, within the reach of the hand [m]."""
    lon, lat = _place(at)
    if not isinstance(reach, int | float) or not reach > 0:
        raise InputError(both("draw_odd"))
    now = places.facilities() | {
        one.facility_id: (one.lon, one.lat) for one in edits.current().objects if isinstance(one, Added | Moved)
    }
    east = math.cos(math.radians(lat))
    away = {name: math.hypot((x - lon) * east, y - lat) * 111_320 for name, (x, y) in now.items()}
    nearest = min(away, key=away.__getitem__, default=None)
    if nearest is None or away[nearest] > min(reach, REACH):
        raise InputError(both("draw_nothing_here"))
    choose(nearest)


def _known(name: object) -> Object:
    one = find(name) if isinstance(name, str) else None
    if one is None:
        raise InputError(both("draw_gone", id=str(name)[:40]))
    return one


def _corners(at: object) -> tuple[tuple[float, float], ...]:
    return hand.corners(at, places.bounds())


def _place(at: object) -> tuple[float, float]:
    return hand.place(at, places.bounds())
