"""The planner's plan: sites added, closed, resized. Every change is kept, can be undone, and says what it was.

The steps are in the session, and as a draft on the server's disk (``ui.session.draft``), so that neither a reload nor a
restart loses one. Each step knows which saved revision it goes on from; that is what a save and a report go by.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import streamlit as st

from geo.adequacy import SCHOOL_SIZE
from geo.answers import Answer
from geo.case import Case
from geo.errors import PlanError
from geo.scenario import Added, Object, Scenario, apply, counted, free_ids, ids_of, noted
from geo.services import SERVICES
from geo.text import Text
from geo.workspace import Workspace
from layers.store import Saved, operation
from ui.session import browser, draft, person
from ui.session.draft import Origin
from ui.session.state import Choice
from ui.session.work import aside
from ui.words import both, say

__all__ = [
    "add",
    "applied",
    "can_add",
    "change",
    "class_size",
    "classes_here",
    "current",
    "discard",
    "drop",
    "fitted",
    "next_ids",
    "offer_site",
    "opened",
    "origin",
    "put",
    "redo",
    "save",
    "told",
    "undo",
    "undone",
    "unsaved",
]


def current() -> Scenario:
    """Return the plan of the session."""
    steps: tuple[Scenario, ...] = st.session_state.edits
    return steps[-1] if steps else Scenario(say("my_plan"))


def origin() -> Origin | None:
    """Return which saved revision (name, number) the plan goes on from; None where it was never saved."""
    return draft.origins()[-1] if st.session_state.edits else None


def _keep(changed: Scenario, start: Origin | None) -> None:
    st.session_state.undone = ()  # a new change: what was taken back has no place to come back to
    _step(changed, start)


def _step(changed: Scenario, start: Origin | None) -> None:
    st.session_state.origins = (*draft.origins(), start)
    st.session_state.edits = (*st.session_state.edits, changed)
    draft.keep()


def undone() -> tuple[tuple[Scenario, Origin | None], ...]:
    """Return the steps that were taken back and can be made again, the next one last."""
    found: tuple[tuple[Scenario, Origin | None], ...] = st.session_state.get("undone", ())
    return found


def undo() -> None:
    """Take back the last change, if there is one."""
    steps = st.session_state.edits
    if not steps:
        return
    known = draft.origins()
    st.session_state.undone = (*undone(), (steps[-1], known[-1]))
    st.session_state.origins, st.session_state.edits = known[:-1], steps[:-1]
    draft.keep()


def redo() -> None:
    """Make the change again that was taken back last, if nothing was changed since."""
    if back := undone():
        st.session_state.undone = back[:-1]
        _step(*back[-1])


def add(objects: tuple[Object, ...]) -> None:
    """Take objects into the plan as one change, in the name of the person at the page."""
    who = person.name()
    if (base := st.session_state.get("base")) is not None:
        objects = noted(base, objects)
    _keep(current().having(*(one if one.author else replace(one, author=who) for one in objects)), origin())


def put(one: Object) -> None:
    """Take an object as it now is, in place of the one of its id; the same again is no step."""
    plan = current()
    now = plan.having(one) if any(had.object_id == one.object_id for had in plan.objects) else plan
    if now != plan:
        _keep(now, origin())


def drop(object_id: str) -> None:
    """Take an object out of the plan."""
    plan = current()
    if (rest := plan.without(object_id)) != plan:
        _keep(rest, origin())


def change(scenario: Scenario) -> None:
    """Take a whole changed plan as one step."""
    _keep(scenario, origin())


def discard() -> None:
    """Go back to the plan as it was saved, or to none, as one step that can be undone."""
    start = origin()
    kept = draft.saved_as(start)
    _keep(kept or Scenario(say("my_plan")), start if kept else None)


def opened(saved: Saved) -> None:
    """Take a saved plan as the session's own, as one step that can be undone."""
    if saved.scenario is not None:
        _keep(saved.scenario, (saved.name, saved.rev))


def save(plan: Scenario, start: Origin | None, *, why: str = "") -> Saved:
    """Save a plan that goes on from a revision, under its name, in the name of the person; it is the session's then.

    Raises
    ------
    ConflictError
        If somebody else has saved that plan meanwhile, or another one under that name.
    InputError
        If it cannot be saved.
    """
    named = replace(plan, name=plan.name.strip())
    base = start[1] if start is not None and start[0] == named.name else 0
    kept = draft.store()
    # The same press again, where the answer of the first was lost, is the same operation: it counts once.
    op = operation(browser.own_id(), base, named.as_dict())
    saved = kept.save(named, base_rev=base, who=person.signing("save"), why=why, op=op)
    opened(saved)
    return saved


def unsaved() -> Text:
    """Return in words what of the plan is not saved, empty where all of it is."""
    plan, kept = current(), draft.saved_as(origin())
    return counted(kept or Scenario(""), plan)


def told() -> Text:
    """Return which state of the plan this is: the revision, and what of it is not saved."""
    start, more = origin(), unsaved()
    if start is None:
        return both("plan_never_saved", what=more) if any(more) else both("plan_no_change")
    return both("plan_is_rev_and", rev=start[1], what=more) if any(more) else both("plan_is_rev", rev=start[1])


def next_ids(count: int) -> list[str]:
    """Return ids for new objects that nothing in the workspace and no step of the plan has used."""
    used = {one.object_id for step in st.session_state.edits for one in step.objects}
    base: Workspace | None = st.session_state.get("base")
    return free_ids(count, used | (ids_of(base) if base is not None else frozenset()))


def applied(base: Workspace) -> Workspace:
    """Return the workspace under what of the session's plan holds in the year asked about; worked out once for each state.

    What of it does not fit the base (a bridge whose end meets no street, a facility that an import took away) stays in
    the plan, step by step, and is left out here: ``st.session_state.misfits`` says which objects, and why.
    """
    plan = current()
    st.session_state.misfits = {}
    if not plan:
        return base
    year = int(st.session_state.year)
    text = json.dumps(_of_effect(plan.at(year)), sort_keys=True)
    mark = (id(base), text)
    kept = st.session_state.get("applied")
    if kept is None or kept[0] != mark:
        changed, left_out = fitted(base, plan, year)
        # Under its own key, so that nothing drawn for another plan is shown for it.
        own = replace(changed, key=f"{base.key}+{hashlib.sha256(text.encode()).hexdigest()[:12]}")
        kept = (mark, base if changed is base else own, left_out)
    _, changed, st.session_state.misfits = kept
    named = Text(*(comma.join(kept[2]) for comma in both("between")))
    state = both("plan_is_without", state=told(), what=named) if kept[2] else told()
    if changed is not base and changed.scenario_state != state:
        kept = (mark, replace(changed, scenario_state=state), kept[2])
    st.session_state.applied = kept
    return kept[1]


def _of_effect(plan: Scenario) -> dict[str, Any]:
    """Return a plan as plain data without what is said of it and changes no number: a reason that is written waits for none."""
    told = plan.as_dict()
    return {
        **told,
        "objects": [{k: v for k, v in one.items() if k not in ("author", "reason")} for one in told["objects"]],
    }


def fitted(base: Workspace, plan: Scenario, year: int) -> tuple[Workspace, dict[str, Text]]:
    """Return the workspace under as much of a plan as fits it, and of the objects that do not, why."""
    left_out: dict[str, Text] = {}
    while rest := plan.without(*left_out):
        try:
            return aside(apply, base, rest, year), left_out
        except PlanError as error:
            known = {one.object_id for one in rest.objects}
            found = {f.file: Text(f.text_zh, f.text_en) for f in error.findings if f.file in known}
            # A fault that names no object is one of the whole plan.
            left_out |= {str(name): why for name, why in found.items()} or dict.fromkeys(sorted(known), error.text)
    return base, left_out


def class_size(case: Case) -> float | None:
    """Return the pupils of a class of the school asked about; None for services without classes."""
    return float(case.class_size) if case.is_school else None


def can_add(case: Case) -> bool:
    """Return whether a facility of the service can be part of a plan: plans know the services of the standards only."""
    return case.service in SERVICES


def offer_site(case: Case, place: tuple[float, float], answer: Answer, *, primary: bool = False) -> None:
    """Offer to take the clicked place into the plan; ``primary`` where that is the step that leads on."""
    if not answer.tables["place"].iloc[0]["on_street"]:
        return
    asked = case.asked
    if not can_add(case):
        st.caption(say("add_own_not"))
        return
    size = class_size(case)
    with st.container(border=True):
        seats = None
        if size is not None:
            classes = st.number_input(
                say("classes_here", size=f"{size:g}"), 1, 60, SCHOOL_SIZE[asked.key], key=f"here_{asked.key}"
            )
            seats = size * int(classes)
        label = say("add_here") if seats is None else say("add_here_seats", seats=f"{seats:,.0f}")
        if st.button(label, key="add_here", width="stretch", type="primary" if primary else "secondary"):
            (name,) = next_ids(1)
            add((Added(name, asked.key, *place, seats, case.year),))
            st.rerun(scope="fragment")


def classes_here(choice: Choice) -> int | None:
    """Return the classes of the school supposed at the clicked place; None for other services."""
    if choice.stage is None:
        return None
    return int(st.session_state.get(f"here_{choice.stage}") or SCHOOL_SIZE[choice.stage])
