"""The plan that is not saved yet, kept for the browser at every change, and taken up again when the browser comes back."""

from __future__ import annotations

import logging

import streamlit as st

from geo.errors import Finding, PlanError
from geo.scenario import Scenario
from layers.store import DamagedError, Plans, place
from layers.store.drafts import Draft
from ui.session import browser
from ui.session.state import data_folder

__all__ = ["Origin", "keep", "origins", "restore", "saved_as", "store", "taken_over"]

Origin = tuple[str, int]
"""A saved revision: the name of the plan, and its number."""


def store() -> Plans:
    """Return where plans are kept, the same place before and after the first import."""
    kept, found = place.plans_of(data_folder())
    if found:
        st.session_state.plans_taken_over = found
    return kept


def taken_over() -> tuple[Finding, ...]:
    """Return what there is to say of stores of earlier versions whose plans were taken over in this session."""
    found: tuple[Finding, ...] = st.session_state.get("plans_taken_over", ())
    return found


def origins() -> tuple[Origin | None, ...]:
    """Return for each step of the plan which saved revision it goes on from."""
    steps, known = st.session_state.edits, st.session_state.get("origins", ())
    return (*known, *[None] * len(steps))[: len(steps)]


def saved_as(origin: Origin | None) -> Scenario | None:
    """Return a saved revision, read once for the session; None where there is none, or it cannot be read."""
    if origin is None:
        return None
    read: dict[Origin, Scenario | None] = st.session_state.setdefault("read_revisions", {})
    if origin not in read:
        try:
            read[origin] = store().load(*origin).scenario
        except PlanError as error:
            logging.getLogger("zoneplan").warning("%s", error)
            return None
    return read[origin]


def keep() -> None:
    """Keep the steps of the plan for the browser; where they cannot be kept, the page says so and the plan goes on."""
    st.session_state.restored = 0
    try:
        place.drafts_of(data_folder()).keep(browser.own_id(), Draft(st.session_state.edits, origins()))
        st.session_state.draft_problem = None
    except PlanError as error:
        st.session_state.draft_problem = error.text


def restore() -> None:
    """Take up the plan as this browser left it, once a session and never over a plan that is there."""
    if "restored" in st.session_state:
        return
    st.session_state.restored = 0
    if st.session_state.edits:
        return
    try:
        found = place.drafts_of(data_folder()).of(browser.own_id())
    except DamagedError as error:
        st.session_state.draft_lost = error.text
        return
    except PlanError as error:  # where nothing can be written there is no draft either; at the first change it is said
        logging.getLogger("zoneplan").warning("%s", error)
        return
    if found is not None:
        st.session_state.edits, st.session_state.origins = found.steps, found.origins
        st.session_state.restored = len(found.steps)
