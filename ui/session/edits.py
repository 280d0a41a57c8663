"""The planner's plan: sites added, closed, resized. Every change is kept, can be undone, and says what it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import streamlit as st

from geo.adequacy import SCHOOL_SIZE
from geo.answers import Answer
from geo.case import Case
from geo.errors import PlanError
from geo.scenario import Added, Scenario, apply
from geo.workspace import Workspace
from layers.store import Saved, Store, take
from ui.session.state import Choice, data_folder
from ui.session.work import aside
from ui.words import say

__all__ = [
    "add_sites",
    "applied",
    "change",
    "class_size",
    "classes_here",
    "current",
    "next_ids",
    "offer_site",
    "opened",
    "revision_of",
    "store",
    "undo",
]


def current() -> Scenario:
    """Return the plan of the session."""
    steps: tuple[Scenario, ...] = st.session_state.edits
    return steps[-1] if steps else Scenario(say("my_plan"))


def _keep(changed: Scenario) -> None:
    st.session_state.edits = (*st.session_state.edits, changed)


def undo() -> None:
    """Take back the last change."""
    st.session_state.edits = st.session_state.edits[:-1]


def add_sites(added: tuple[Added, ...]) -> None:
    """Add facilities to the plan as one change."""
    plan = current()
    _keep(replace(plan, added=(*plan.added, *added)))


def change(scenario: Scenario) -> None:
    """Take a whole changed plan as one step."""
    _keep(scenario)


def store() -> Store:
    """Return where plans are kept: in the workspace, or beside the shipped one, which is never written to."""
    folder = data_folder()
    return Store((take.WORKING.parent if folder == take.SHIPPED else folder) / "scenarios.sqlite")


def revision_of(name: str) -> int:
    """Return the revision of a saved plan that this session opened or saved last, 0 for a new one."""
    revisions: dict[str, int] = st.session_state.setdefault("revisions", {})
    return revisions.get(name, 0)


def opened(saved: Saved) -> None:
    """Take a saved plan as the session's own, as one step that can be undone."""
    if saved.scenario is None:
        return
    st.session_state.setdefault("revisions", {})[saved.name] = saved.rev
    _keep(saved.scenario)


def next_ids(count: int) -> list[str]:
    """Return ids for new facilities that no step of the plan has used."""
    used = {a.facility_id for step in st.session_state.edits for a in step.added}
    ids: list[str] = []
    number = 1
    while len(ids) < count:
        if (name := f"P{number:02d}") not in used:
            ids.append(name)
        number += 1
    return ids


def applied(base: Workspace) -> Workspace:
    """Return the workspace under the plan of the session; worked out once for each state of it."""
    plan = current()
    if not (plan.added or plan.closed or plan.resized):
        return base
    text = json.dumps(plan.as_dict(), sort_keys=True)
    mark = (id(base), text)
    kept = st.session_state.get("applied")
    if kept is None or kept[0] != mark:
        try:
            changed = aside(apply, base, plan)
        except PlanError:
            # The base changed under the plan (an import took a facility away): the plan is set aside, not the page.
            st.session_state.set_aside = plan
            st.session_state.edits = ()
            return base
        # Under its own key, so that nothing drawn for another plan is shown for it.
        kept = (mark, replace(changed, key=f"{base.key}+{hashlib.sha256(text.encode()).hexdigest()[:12]}"))
        st.session_state.applied = kept
    return kept[1]


def class_size(case: Case) -> float | None:
    """Return the pupils of a class of the school asked about; None for services without classes."""
    return float(case.class_size) if case.is_school else None


def offer_site(case: Case, place: tuple[float, float], answer: Answer) -> None:
    """Offer to take the clicked place into the plan."""
    if not answer.tables["place"].iloc[0]["on_street"]:
        return
    asked = case.asked
    size = class_size(case)
    with st.container(border=True):
        seats = None
        if size is not None:
            classes = st.number_input(
                say("classes_here", size=f"{size:g}"), 1, 60, SCHOOL_SIZE[asked.key], key=f"here_{asked.key}"
            )
            seats = size * int(classes)
        label = say("add_here") if seats is None else say("add_here_seats", seats=f"{seats:,.0f}")
        if st.button(label, key="add_here", width="stretch"):
            (name,) = next_ids(1)
            add_sites((Added(name, asked.key, *place, seats, case.year),))
            st.rerun(scope="fragment")


def classes_here(choice: Choice) -> int | None:
    """Return the classes of the school supposed at the clicked place; None for other services."""
    if choice.stage is None:
        return None
    return int(st.session_state.get(f"here_{choice.stage}") or SCHOOL_SIZE[choice.stage])
