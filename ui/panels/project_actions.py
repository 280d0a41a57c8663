"""What a planner can do to a project of the plan: the fields of its facility, or a form that makes one for it.

A board or a card of projects calls ``show`` with an id. What is written here is one step of the scenario, as on the map.
"""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from geo.scenario import SERVICES_OF, Object, on_project, subject
from geo.workspace import Workspace
from ui.panels.plan_objects import facility_fields, into_plan, maybe, object_fields
from ui.parts.ask import select
from ui.parts.markup import paragraph
from ui.parts.plan_words import called, size_word
from ui.session import drawing, edits, places
from ui.words import pick, say, service_name

__all__ = ["show"]


def show(workspace: Workspace, project_id: str) -> None:
    """Show the fields and buttons of one project; nothing where the base has no such project."""
    base: Workspace = st.session_state.base
    if project_id not in base.projects.index:
        return
    if (why := drawing.problem()) is not None:
        st.warning(pick(why))
    row = base.projects.loc[project_id]
    facility = "" if pd.isna(row.get("facility_id")) else str(row["facility_id"])
    mine = _of(project_id, facility)
    for one in mine:
        if one.object_id in st.session_state.misfits:
            st.warning(pick(st.session_state.misfits[one.object_id]))
        paragraph(called(workspace, one))
        object_fields(workspace, one)
    if facility in places.facilities():
        facility_fields(workspace, facility)
    elif may := SERVICES_OF.get(str(row.get("kind")), ()):
        if not mine:
            _form(base, project_id, may)
    else:
        paragraph(say("project_no_supply"))
    st.button(
        say("undo"), key=f"project_undo_{project_id}", on_click=edits.undo, disabled=not st.session_state.edits, width="stretch"
    )  # fmt: skip


def _of(project_id: str, facility: str) -> list[Object]:
    """Return what the plan does to a project: what names it, or is about the facility that it builds."""
    every = edits.current().objects
    return [
        one for one in every if getattr(one, "project_id", "") == project_id or (facility and subject(one) == facility)
    ]


def _form(base: Workspace, project_id: str, may: tuple[str, ...]) -> None:
    """Ask for what a project without a facility brings: service, size, year, and the place where the plan names none."""
    row = base.projects.loc[project_id]
    paragraph(say("project_makes_facility"))
    service = select(say("service"), may, f"project_service_{project_id}", lambda key: pick(service_name(key)))
    sized = size_word(service)
    if sized:
        label = say("draw_size") if sized == "seats" else say("draw_beds")
        st.text_input(label, key=f"project_size_{project_id}", help=say("project_size_unknown"))
    own = row.get("open_year")
    start = "" if pd.isna(own) else f"{own:g}"
    st.text_input(say("project_opens"), start, key=f"project_opens_{project_id}")
    where: tuple[float, float] | None = st.session_state.place
    if where is not None:
        paragraph(say("project_at_click", lon=f"{where[0]:.5f}", lat=f"{where[1]:.5f}"))
    elif row.geometry is not None:
        paragraph(say("project_at_own"))
    else:
        paragraph(say("project_click_first"))
    made = partial(_made, base, project_id, service, where)
    st.button(
        say("project_take"), key=f"project_take_{project_id}", on_click=into_plan, args=(made,), width="stretch",
        disabled=where is None and row.geometry is None,
    )  # fmt: skip


def _made(base: Workspace, project_id: str, service: str, where: tuple[float, float] | None) -> Object:
    """Return the new facility; the fields are read when the button is pressed, which may bring what was written last along."""
    (name,) = edits.next_ids(1)
    year = maybe("project_opens", st.session_state[f"project_opens_{project_id}"].strip())
    word = "draw_size" if size_word(service) == "seats" else "draw_beds"
    sizes = {service: maybe(word, st.session_state.get(f"project_size_{project_id}", "").strip())}
    (one,) = on_project(base, project_id, open_year=year, place=where, sizes=sizes, new_id=name)  # type: ignore[arg-type]  # a year that is no whole number is refused in words
    return one
