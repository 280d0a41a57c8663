"""Beside the drawing: what the plan adds, one of it chosen here or on the map, and its fields, reachable by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from geo.case import Case
from geo.errors import InputError, PlanError
from geo.scenario import Added
from geo.services import SERVICES, STAGES
from ui.map import look
from ui.parts.markup import paragraph
from ui.session import drawing, edits
from ui.words import both, language, pick, say, service_name

__all__ = ["FIELDS", "WORDS", "show", "told"]

WORDS = ("draw_bar", "draw_undo", "draw_redo", "draw_remove")
FIELDS = ("draw_name", "draw_year", "draw_size", "draw_beds", "draw_lon", "draw_lat", "seats", "beds")
YEARS = (1900, 2100)


def told(case: Case) -> dict[str, Any]:
    """Return what the map is told of drawing: the tools, what is drawn, what is chosen, what it may forget."""
    one = drawing.chosen()
    tool = {
        "id": "facility", "shape": "point", "colour": look.MINE, "help": say("draw_facility_help"),
        "label": say("draw_facility", service=pick(service_name(case.service))),
    }  # fmt: skip
    return {
        "tools": [tool],
        "objects": [
            {"id": a.facility_id, "shape": "point", "at": [a.lon, a.lat], "colour": look.MINE, "label": _words(a)}
            for a in edits.current().added
        ],
        "selected": one.facility_id if one else "",
        "done": drawing.done(),
        "undo": bool(st.session_state.edits),
        "redo": bool(edits.undone()),
        "words": {key: say(key) for key in WORDS},
    }


def show() -> None:
    """Show what the plan adds, and the fields of the one that is chosen."""
    if (why := drawing.problem()) is not None:
        st.warning(pick(why))
    paragraph(say("draw_how"))
    added = {a.facility_id: a for a in edits.current().added}
    if not added:
        return
    one = drawing.chosen()
    key = f"draw_objects_{language()}"
    st.session_state[key] = one.facility_id if one else None
    st.radio(
        say("draw_objects"), list(added), key=key, index=None, format_func=lambda i: _words(added[i]),
        on_change=lambda: drawing.choose(st.session_state[key]),
    )  # fmt: skip
    if one is not None:
        _fields(one)


def _words(one: Added) -> str:
    """Return a new facility in one line: id, name or service, size, year."""
    size = "" if one.seats is None else f"{one.seats:,.0f} {say(_sized(one) or 'seats')}"
    name = f"＋ {one.facility_id} {one.name_zh or pick(service_name(one.service))}"
    return " · ".join(t for t in (name, size, str(one.open_year or "")) if t)


def _sized(one: Added) -> str | None:
    """Return the word for the size of a facility, None for one without."""
    if one.service in STAGES:
        return "seats"
    return "beds" if SERVICES[one.service].layer == "clinics" else None


def _fields(one: Added) -> None:
    """Show the fields of a new facility; what is written in one is a step of the plan."""
    name = one.facility_id
    with st.container(border=True, key="draw_fields"):
        _field(name, "draw_name", one.name_zh, lambda now, text: replace(now, name_zh=text[:120]))
        left, right = st.columns(2)
        with left:
            _field(name, "draw_year", _shown(one.open_year), lambda now, text: replace(now, open_year=_year(text)))
        if sized := _sized(one):
            word = "draw_size" if sized == "seats" else "draw_beds"
            with right:
                _field(name, word, _shown(one.seats), lambda now, text: replace(now, seats=_size(word, text)))
        left, right = st.columns(2)
        with left:
            _field(
                name,
                "draw_lon",
                _degrees(one.lon),
                lambda now, text: replace(now, lon=_number("draw_lon", text, -180, 180)),
            )
        with right:
            _field(
                name,
                "draw_lat",
                _degrees(one.lat),
                lambda now, text: replace(now, lat=_number("draw_lat", text, -90, 90)),
            )
        st.button(say("draw_delete"), key=f"draw_delete_{name}", on_click=edits.drop, args=(name,), width="stretch")


def _field(facility_id: str, word: str, value: str, changed: Callable[[Added, str], Added]) -> None:
    """Show one field with what the plan says, and take what is written in it."""
    key = f"{word}_{facility_id}"
    st.session_state[key] = value

    def take() -> None:
        now = drawing.facility(facility_id)
        written = str(st.session_state[key]).strip()
        if now is None or written == value:
            return
        try:
            edits.put(changed(now, written))
        except PlanError as error:
            st.session_state.draw_problem = error.text

    st.text_input(say(word), key=key, on_change=take)


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _degrees(value: float) -> str:
    return f"{value:.7f}".rstrip("0").rstrip(".")


def _number(word: str, text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise InputError(both("draw_number", value=text[:40], what=both(word)))
    return value


def _year(text: str) -> int | None:
    return int(_number("draw_year", text, *YEARS)) if text else None


def _size(word: str, text: str) -> float | None:
    return _number(word, text, 0, 100_000) if text else None
