"""What the map is told of drawing: the tools, what the plan holds and how it looks, what is chosen, what it may forget."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from geo.case import Case
from geo.scenario import Added, Barrier, Closed, Housing, Moved, Object, Opened, Removed, Resized, Street, TransitLine
from ui.map import live, look
from ui.map.scene import Spec
from ui.parts.plan_words import called, facility_name, kind_of, says
from ui.session import drawing, edits, outbox, places
from ui.words import pick, say, service_name

__all__ = ["TOOLS", "WORDS", "layer", "told"]

WORDS = ("draw_bar", *(f"draw_{what}{more}" for what in ("undo", "redo", "remove") for more in ("", "_title")))
TOOLS = (
    ("facility", "facility", "facility", "facility"),
    ("facility", "pick", "pick", "pick"),
    ("way", "street", "street", "street"),
    ("way", "bridge", "bridge", "ends"),
    ("way", "crossing", "crossing", "ends"),
    ("way", "gate", "gate", "ends"),
    ("way", "remove", "take", "take"),
    ("housing", "housing", "housing", "housing"),
    ("barrier", "barrier", "barrier", "barrier"),
    ("transit", "transit", "transit", "transit"),
)
"""Of each tool: its group, its id, and the keys of its words and of its help."""


def told(case: Case) -> dict[str, Any]:
    """Return what the map is told of drawing."""
    one, picked = drawing.chosen(), drawing.picked()
    return {
        "tools": [_tool(case, *row) for row in TOOLS if row[1] != "facility" or edits.can_add(case)],
        "objects": [*_objects(case), *_picked(case, picked)],
        "selected": one.object_id if one else picked or "",
        "removable": one is not None,
        "of": "plan",
        "done": outbox.done(),
        "undo": bool(st.session_state.edits),
        "redo": bool(edits.undone()),
        "words": {key: say(key) for key in (*WORDS, *live.WORDS)},
    }


def _tool(case: Case, group: str, name: str, word: str, help_of: str) -> dict[str, Any]:
    looks = look.PLAN["add" if name == "facility" else "facility" if name == "pick" else name]
    service = {"service": pick(service_name(case.service))} if name == "facility" else {}
    return {
        "id": name, "group": say(f"draw_group_{group}"), "shape": drawing.TOOLS.get(name, "pick"), **looks, "kind": "add" if name == "facility" else name,
        "label": say(f"draw_{word}", **service), "title": say(f"draw_{word}_title", **service), "help": say(f"draw_{help_of}_help"),
    }  # fmt: skip


def _objects(case: Case) -> Iterable[dict[str, Any]]:
    """Give every object that has a place, what cannot be dragged first: it lies below."""
    misfits = st.session_state.misfits
    moved = {one.facility_id: (one.lon, one.lat) for one in edits.current().objects if isinstance(one, Moved)}
    found = []
    for one in edits.current().objects:
        if (shape := _shape(one, moved)) is None:
            continue
        label = " · ".join(t for t in (pick(kind_of(one)), called(case.workspace, one), says(case.workspace, one)) if t)
        why = misfits.get(one.object_id)
        fault = {} if why is None else {"fault": pick(why)}
        found.append(
            {"id": one.object_id, "kind": _look(one), **look.PLAN[_look(one)], **shape, "label": label, **fault}
        )
    return sorted(found, key=lambda spec: not spec.get("fixed"))


def _look(one: Object) -> str:
    return one.way if isinstance(one, Street) else one.kind


def _shape(one: Object, moved: dict[str, tuple[float, float]]) -> dict[str, Any] | None:
    """Return where an object lies: a point, line or area in degrees; None where it has no place or its facility is gone."""
    if isinstance(one, Added | Removed):
        return {"shape": "point", "at": [one.lon, one.lat]}
    if isinstance(one, Moved):
        start = places.facilities().get(one.facility_id)
        return {"shape": "point", "at": [one.lon, one.lat], **({} if start is None else {"from": list(start)})}
    if isinstance(one, Closed | Resized | Opened):
        here = moved.get(one.facility_id) or places.facilities().get(one.facility_id)
        return None if here is None else {"shape": "point", "at": list(here), "fixed": True}
    if isinstance(one, Housing) or (isinstance(one, Barrier) and one.polygon):
        return {"shape": "area", "at": [list(corner) for corner in one.polygon[:-1]]}
    return (
        {"shape": "line", "at": [list(corner) for corner in one.line]}
        if isinstance(one, Street | Barrier | TransitLine)
        else None
    )


def _picked(case: Case, name: str | None) -> Iterable[dict[str, Any]]:
    """Give the ring of a facility of the base that is chosen, to be dragged; none where the plan moves or closes it."""
    plan = edits.current().objects
    if name is None or any(one.facility_id == name for one in plan if isinstance(one, Moved | Closed)):
        return
    label = say("draw_facility_of", name=facility_name(case.workspace, name))
    yield {
        "id": name,
        "kind": "facility",
        **look.PLAN["facility"],
        "shape": "point",
        "at": list(places.facilities()[name]),
        "label": label,
    }


def layer() -> list[Spec]:
    """Return the legend of what the plan holds, with the switch that shows and hides it."""
    plan = edits.current().objects
    if not plan:
        return []
    names = {_look(one): pick(kind_of(one)) for one in plan}
    return [
        {
            "id": "plan", "kind": "drawn", "group": "result", "title": say("draw_layer", n=len(plan)),
            "legend": [_entry(kind, names[kind]) for kind in look.PLAN if kind in names],
        }
    ]  # fmt: skip


def _entry(kind: str, name: str) -> dict[str, Any]:
    looks = look.PLAN[kind]
    if kind == "housing":
        return {
            "type": "fill",
            "color": looks["colour"],
            "opacity": 0.18,
            "stroke": looks["colour"],
            "strokeWidth": 2,
            "text": name,
        }
    if kind in ("street", "bridge", "crossing", "gate", "barrier", "transit"):
        return {
            "type": "line",
            "color": looks["colour"],
            "width": looks["weight"],
            "dash": looks.get("dash", ""),
            "text": name,
        }
    return {"type": "ring", "color": looks["colour"], "sign": kind, "text": name}
