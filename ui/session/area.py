"""The area asked about: drawn on the map, taken of zones, pasted, or named by the address; each a step that can be undone.

What the browser sends is a stranger's text: it is checked here, and changes only the area of its own session.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
import streamlit as st

from geo.crs import to_wgs84
from geo.errors import InputError, PlanError
from geo.text import Text
from geo.workspace import Workspace
from layers.incoming.outlines import outline
from ui.session.work import aside
from ui.words import both

__all__ = [
    "ID", "Ground", "clear", "corners", "current", "make", "named", "of_text", "of_zones", "problem", "redo", "redoable", "take_up",
    "undo", "undoable",
]  # fmt: skip

ID = "area"
"""How the map calls it; there is one."""
EDITABLE = 200
"""Corners of an area that is moved by hand; a border with more is shown, and not as handles all over the map."""
IN_LINK = 40
"""Corners of an area that an address holds."""
MOST = 1000
OF_ZONES = "zones:"
SIMPLE = re.compile(r"[\w.-]{1,60}")
"""What an id of a zone is made of that an address can list."""


@dataclass(frozen=True)
class Ground:
    """An area in degrees of WGS 84, and the zones it was taken of."""

    shape: shapely.Polygon | shapely.MultiPolygon
    zones: tuple[str, ...] = ()


def _steps() -> tuple[Ground | None, ...]:
    found: tuple[Ground | None, ...] = st.session_state.get("areas", ())
    return found


def current() -> Ground | None:
    """Return the area asked about, None where there is none."""
    steps = _steps()
    return steps[-1] if steps else None


def _put(ground: Ground | None, *, look: bool = False) -> None:
    if ground == current():
        return
    st.session_state.areas = (*_steps(), ground)
    st.session_state.areas_undone = ()
    if look:
        st.session_state.area_view = st.session_state.get("area_view", 0) + 1


def clear() -> None:
    """Ask about no area any more, as a step."""
    _put(None)


def undoable() -> bool:
    """Return whether there is a step to take back."""
    return bool(_steps())


def redoable() -> bool:
    """Return whether a step was taken back that can be made again."""
    return bool(st.session_state.get("areas_undone", ()))


def undo() -> None:
    """Take back the last step, if there is one."""
    if steps := _steps():
        st.session_state.areas = steps[:-1]
        st.session_state.areas_undone = (*st.session_state.get("areas_undone", ()), steps[-1])


def redo() -> None:
    """Make the step again that was taken back last."""
    if back := st.session_state.get("areas_undone", ()):
        st.session_state.areas = (*_steps(), back[-1])
        st.session_state.areas_undone = back[:-1]


def of_zones(workspace: Workspace, names: Collection[str]) -> None:
    """Take zones as the area, all together; none of them clears it."""
    there = [i for i in workspace.zones.index if str(i) in set(map(str, names))]
    if not there:
        clear()
        return
    shapes = aside(to_wgs84, gpd.GeoSeries(workspace.zones.geometry.loc[there]))
    _put(Ground(shapely.union_all(np.asarray(shapes)), tuple(map(str, there))), look=True)


def of_text(text: str) -> None:
    """Take the area of a text, GeoJSON or WKT in degrees; what is none is told by ``problem``."""
    try:
        _put(Ground(outline(text)), look=True)
    except PlanError as error:
        st.session_state.area_problem = error.text


def problem() -> Text | None:
    """Return once why the last area was not taken."""
    found: Text | None = st.session_state.pop("area_problem", None)
    return found


def corners(ground: Ground | None, most: int = EDITABLE) -> list[list[float]] | None:
    """Return the corners of an area of one outline without holes, the ring not closed; None of any other, or one with more."""
    shape = None if ground is None else ground.shape
    if not isinstance(shape, shapely.Polygon) or shape.interiors or len(shape.exterior.coords) > most + 1:
        return None
    return [[round(x, 7), round(y, 7)] for x, y, *_ in shape.exterior.coords[:-1]]


# -- what the hand does on the map ------------------------------------------------------------------------------------
def make(op: Mapping[str, Any]) -> None:
    """Make an operation of the hand (``ui.session.outbox``); why it cannot be made is told by ``problem``."""
    try:
        _make(op)
    except PlanError as error:
        st.session_state.area_problem = error.text


def _make(op: Mapping[str, Any]) -> None:
    what = op.get("op")
    if what == "undo":
        undo()
    elif what == "redo":
        redo()
    elif what == "remove" and op.get("id") == ID:
        clear()
    elif (what == "add" and op.get("tool") == ID) or (what == "move" and op.get("id") == ID):
        _put(Ground(_ring(op.get("at"))))


def _ring(at: object) -> shapely.Polygon:
    """Return the area of corners [lon, lat] in degrees, or say that they are none."""
    if isinstance(at, list) and 3 <= len(at) <= MOST and all(isinstance(xy, list) and len(xy) == 2 for xy in at):
        numbers = [v for xy in at for v in xy]
        if all(type(v) in (int, float) and -180 <= v <= 180 for v in numbers) and max(abs(xy[1]) for xy in at) <= 90:
            shape = shapely.Polygon([(round(float(x), 7), round(float(y), 7)) for x, y in at])
            if shape.is_valid and shape.area > 0:
                return shape
    raise InputError(both("area_odd"))


# -- the address ------------------------------------------------------------------------------------------------------
def named() -> str:
    """Return the area as an address holds it: its corners, or the zones it was taken of; empty where it is too long."""
    ground = current()
    ring = corners(ground, IN_LINK)
    if ring is not None:
        return ",".join(f"{v:.6f}" for xy in ring for v in xy)
    zones = ground.zones if ground is not None else ()
    return OF_ZONES + ",".join(zones) if 0 < len(zones) <= IN_LINK and all(map(SIMPLE.fullmatch, zones)) else ""


def take_up(workspace: Workspace) -> None:
    """Take the area that the address names, once a session and never over one that is there; what is none is left out."""
    asked = st.query_params.get("area", "")
    if "areas" in st.session_state or not asked:
        return
    st.session_state.areas = ()
    if asked.startswith(OF_ZONES):
        of_zones(workspace, asked.removeprefix(OF_ZONES).split(","))
        return
    try:
        numbers = [float(v) for v in asked.split(",")]
        if len(numbers) % 2 == 0 and len(numbers) <= 2 * IN_LINK:
            _put(Ground(_ring([numbers[i : i + 2] for i in range(0, len(numbers), 2)])), look=True)
    except ValueError:  # an InputError is one
        return
