"""What a session remembers, and the workspace that all sessions share."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from geo import answers
from geo.case import Case
from geo.demand import YEARS, DemandSettings
from geo.measure import told
from geo.progress import Progress
from geo.services import STAGES
from geo.text import Text
from geo.workspace import Workspace
from layers import workspace as folder
from layers.incoming.child import sandbox
from layers.store import take
from ui.session import tasks
from ui.session.work import later

__all__ = [
    "PANELS",
    "Choice",
    "case",
    "choice",
    "commenting",
    "data_folder",
    "demand",
    "first_year",
    "load",
    "loaded",
    "look_up",
    "offered_years",
    "place_in",
    "remember_place",
    "service_names",
    "start",
    "warm",
]

PANELS = tasks.panels()


@dataclass(frozen=True)
class Choice:
    """What the planner has chosen above the map."""

    service: str
    year: int
    by: str

    @property
    def stage(self) -> str | None:
        """Return the school stage of the service, None for other services."""
        return self.service if self.service in STAGES else None


def data_folder() -> Path:
    """Return the workspace folder: ZONEPLAN_DATA, or the bundled one."""
    asked = os.environ.get("ZONEPLAN_DATA", "").strip()
    return Path(asked).expanduser().resolve() if asked else take.default_folder()


@st.cache_resource(show_spinner=False)
def _shared() -> dict[str, Any]:
    return {"lock": threading.Lock(), "kept": {}}


def warm(workspace: Workspace, then: Callable[[Workspace], None]) -> None:
    """Let the first click of a freshly loaded workspace find everything prepared, after doing ``then``; returns at once."""
    shared = _shared()
    with shared["lock"]:
        if shared.get("warm") == workspace.key:
            return
        shared["warm"] = workspace.key
    later(_prepare, folder.case(workspace), then)


def _prepare(first: Case, then: Callable[[Workspace], None]) -> None:
    """Work out what the first click would wait for, and spare what stays in memory the search for garbage.

    Streamlit searches all of memory for garbage after every run of the page, and whoever uses the page waits for it:
    with a workspace and the compiled code 0.15 s and more. What is there now stays, so it is looked through no more.
    """
    try:
        then(first.workspace)  # what is seen before what can be asked
        answers.warm(first)
        sandbox.capabilities()  # a child process is asked for its locks: whoever opens the health panel would wait
    finally:
        gc.unfreeze()  # the workspace before this one may go
        gc.collect()
        gc.freeze()


def is_loaded(path: Path) -> bool:
    """Return True if the folder is already in memory as it is on disk."""
    return loaded(path) is not None


def loaded(path: Path) -> Workspace | None:
    """Return the workspace of a folder if it is already in memory as it is on disk; never waits for it to be read."""
    kept = _shared()["kept"].get(str(path))
    return kept[1] if kept is not None and kept[0] == folder.stamp(path) else None


def load(path: Path, progress: Progress | None = None) -> Workspace:
    """Return the workspace of a folder, read once for all sessions and again when a file changes."""
    shared = _shared()
    with shared["lock"]:
        stamp = folder.stamp(path)
        kept = shared["kept"].get(str(path))
        if kept is None or kept[0] != stamp:
            kept = (stamp, folder.load(path, progress=progress))
            shared["kept"][str(path)] = kept
        return kept[1]


def offered_years(workspace: Workspace) -> tuple[int, ...]:
    """Return the years to choose from: those with people that a question may name, then every fifth up to the horizon."""
    known = workspace.years
    return (*(y for y in known if y in YEARS), *(y for y in YEARS if y > known[-1] and y % 5 == 0))


def first_year(workspace: Workspace) -> int:
    """Return the year that a session begins with: the last with people, or the first to choose where theirs are too old."""
    return max((y for y in workspace.years if y in YEARS), default=offered_years(workspace)[0])


def start(workspace: Workspace) -> None:
    """Set what a new session begins with, from the address where it names something."""
    asked = st.query_params
    years = offered_years(workspace)
    state = st.session_state
    state.setdefault("lang", "en" if asked.get("lang") == "en" else "zh")
    state.base = workspace  # the words know its services before the page is drawn
    state.setdefault("service", asked.get("service", "primary"))
    if state.service not in workspace.services:
        state.service = "primary"
    wanted = asked.get("year", "")
    state.setdefault("year", int(wanted) if wanted.isdigit() and int(wanted) in years else first_year(workspace))
    state.setdefault("by", "radius" if asked.get("by") == "radius" else "walk")
    state.setdefault("place", place_in(asked))
    begin = "overview" if state.place is None else "site"
    state.setdefault("panel", asked.get("panel") if asked.get("panel") in PANELS else begin)
    state.setdefault("edits", ())
    if state.year not in years:
        state.year = first_year(workspace)


def place_in(asked: Mapping[str, str]) -> tuple[float, float] | None:
    """Return longitude and latitude [degrees] of the place that an address names, None where it names none on earth.

    Examples
    --------
    >>> place_in({"place": "117.651500,39.064300"})
    (117.6515, 39.0643)
    >>> place_in({"place": "117.65"}), place_in({"place": "200,nan"}), place_in({})
    (None, None, None)
    """
    try:
        lon, lat = (float(x) for x in asked.get("place", "").split(","))
    except ValueError:
        return None
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


@st.cache_data(show_spinner=False, max_entries=16, hash_funcs={Workspace: lambda w: w.key})
def service_names(workspace: Workspace) -> dict[str, Text]:
    """Return the official name of every service of a place, with minutes and metres as the place is measured."""
    return {key: told(workspace, key) for key in workspace.services}


def choice() -> Choice:
    """Return what is chosen now."""
    state = st.session_state
    return Choice(state.service or "primary", int(state.year), state.by or "walk")


def case(workspace: Workspace, chosen: Choice) -> Case:
    """Return the question that the planner's choice asks of a workspace, with the demand of the session."""
    return folder.case(workspace, chosen.service, chosen.year, demand())


def demand() -> DemandSettings:
    """Return the demand as the session has set it."""
    found: DemandSettings = st.session_state.get("demand") or DemandSettings()
    return found


def commenting() -> bool:
    """Return whether a comment on a place is being written: a click on the map is its place, and the panel stays."""
    return bool(st.session_state.panel == "scenario" and st.session_state.get("note_about") == "place")


def look_up(words: str) -> None:
    """Turn to the requirements of the plan, with some words to look for in all that it says."""
    st.session_state.panel = "targets"
    st.session_state.register_part = "facts"
    st.session_state.facts_search = words


def remember_place(lon: float, lat: float) -> None:
    """Keep the place asked about and turn to its panel, unless the planner is siting or says what a comment is on."""
    state = st.session_state
    state.place = (lon, lat)
    districting = state.panel == "seats" and state.get("seats_view") == "districts"
    if state.panel not in ("site", "siting", "zones") and not districting and not commenting():
        state.panel = "site"
