"""The planner's plan: sites added, closed, resized. Every change is kept, can be undone, and says what it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import streamlit as st

from geo.answers import Answer, pupils
from geo.errors import PlanError
from geo.scenario import Added, Scenario, apply
from geo.services import SERVICES
from geo.workspace import Workspace
from layers.store import Saved, Store, take
from ui.session import demand
from ui.session.state import Choice, data_folder
from ui.session.work import aside
from ui.words import say

__all__ = [
    "CLASSES",
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

CLASSES = {"kindergarten": 9, "primary": 24, "junior": 18, "senior": 18}
"""Classes of a new school where the planner has not said; 9 and 24 are usual sizes of the standards."""


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
    """Return the workspace under the plan and the demand of the session; worked out once for each state of both."""
    plan, wanted = current(), demand.digest()
    if not (plan.added or plan.closed or plan.resized or wanted):
        return base
    text = json.dumps(plan.as_dict(), sort_keys=True) if plan.added or plan.closed or plan.resized else ""
    mark = (id(base), text, wanted)
    kept = st.session_state.get("applied")
    if kept is None or kept[0] != mark:
        try:
            changed = aside(apply, base, plan) if text else base
        except PlanError:
            # The base changed under the plan (an import took a facility away): the plan is set aside, not the page.
            st.session_state.set_aside = plan
            st.session_state.edits = ()
            return base
        kept = (mark, _keyed(demand.set_for(changed), base, text, wanted))
        st.session_state.applied = kept
    return kept[1]


def _keyed(workspace: Workspace, base: Workspace, plan: str, wanted: str) -> Workspace:
    """Return the workspace under its own key, so that nothing drawn for another plan is shown for it.

    What follows ``#`` is the demand: it changes numbers, never the layers that stand on the map.
    """
    key = base.key
    for sign, text in (("+", plan), ("#", wanted)):
        key += f"{sign}{hashlib.sha256(text.encode()).hexdigest()[:12]}" if text else ""
    result = replace(workspace, key=key)
    result.__dict__["cell_snaps"] = base.cell_snaps  # same cells, same streets: not worked out again
    return result


def class_size(workspace: Workspace, service: str) -> float | None:
    """Return the pupils of a class in the workspace's own plan; None for services without classes."""
    if service not in CLASSES:
        return None
    return float(pupils.class_size(workspace, service))


def offer_site(workspace: Workspace, choice: Choice, place: tuple[float, float], answer: Answer) -> None:
    """Offer to take the clicked place into the plan."""
    if not answer.tables["place"].iloc[0]["on_street"]:
        return
    asked = SERVICES[choice.service]
    size = class_size(workspace, choice.service)
    with st.container(border=True):
        seats = None
        if size is not None:
            classes = st.number_input(
                say("classes_here", size=f"{size:g}"), 1, 60, CLASSES[choice.service], key=f"here_{choice.service}"
            )
            seats = size * int(classes)
        label = say("add_here") if seats is None else say("add_here_seats", seats=f"{seats:,.0f}")
        if st.button(label, key="add_here", width="stretch"):
            (name,) = next_ids(1)
            add_sites((Added(name, asked.key, *place, seats, choice.year),))
            st.rerun(scope="fragment")


def classes_here(choice: Choice) -> int | None:
    """Return the classes of the school supposed at the clicked place; None for other services."""
    if choice.service not in CLASSES:
        return None
    return int(st.session_state.get(f"here_{choice.service}") or CLASSES[choice.service])
