"""Which plan: the changes made so far, undone one by one, compared with today, saved as a file."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import streamlit as st

from geo import answers
from geo.case import Case
from geo.errors import PlanError
from geo.scenario import mark_of, to_geojson
from geo.workspace import Workspace
from ui.map import change, live, results
from ui.map.drawn import Asked, Drawn
from ui.map.scene import Spec
from ui.panels import drawing, notes, plan_objects, saved_plans
from ui.parts import lacking, problem, sentence
from ui.parts.grid import Share, grid
from ui.parts.markup import answered, heading, paragraph
from ui.parts.navigation import onward
from ui.session import edits, measure
from ui.words import both, pick, say, service_name

__all__ = ["show"]


def show(asked: Asked) -> Drawn:
    """Show the plan of the session and what it changes."""
    case, workspace = asked.case, asked.workspace
    unknown = bool(lacking.lacks(case, "zones", "people"))
    compared = not unknown and any(one.object_id not in st.session_state.misfits for one in edits.current().objects)
    base = measure.today(case)
    # What the hand has just moved is told and drawn before six services are compared in a table.
    changes = _changes(base, case) if compared else []
    told = sentence.planned(len(edits.current().objects), [(service_name(key), n) for key, _, _, n in changes])
    if unknown and edits.current().objects:
        told = both("ans_plan_unknown", n=len(edits.current().objects))
    answered(pick(told), say("my_plan"), say("plan_note"))
    asking = live.offer(base, case, edits.current(), edits.next_ids(live.NEW))
    picture = Drawn(draw={**drawing.told(case), "live": asking}, layers=drawing.layer())
    if compared:
        picture.layers = [*(problem.guarded(lambda: _difference(base, case)) or []), *picture.layers]
    notes.on_map(picture, workspace)
    asked.paint(picture)  # what the hand has just moved is drawn before six services are compared in words
    if misfits := st.session_state.misfits:
        st.warning(say("plan_unfit", why="\n\n".join(pick(why) for why in dict.fromkeys(misfits.values()))))
    saved_plans.state_line()
    if not edits.current().objects and not unknown:
        onward(say("next_sites"), "siting", key="next_sites", siting_view="locate")
    plan_objects.show(case)
    left, middle, right = st.columns(3)
    left.button(say("undo"), on_click=edits.undo, disabled=not st.session_state.edits, width="stretch")
    middle.button(say("redo"), on_click=edits.redo, disabled=not edits.undone(), width="stretch")
    right.download_button(
        say("save_plan"), _file(case) if st.session_state.edits else b"", "plan.geojson", "application/geo+json",
        disabled=not st.session_state.edits, width="stretch",
    )  # fmt: skip
    saved_plans.show(workspace)
    if compared:
        _compare(case, changes)
        onward(say("next_compare"), "compare", key="next_compare")
    return picture


def _file(case: Case) -> bytes:
    """Return the plan as a file that runs the same elsewhere: with the question asked here and the mark of its base."""
    plan = edits.current()
    asked = {**plan.parameters, "service": case.service, "year": case.year}
    told = to_geojson(replace(plan, parameters=asked), _mark(st.session_state.base))
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


@st.cache_data(show_spinner=False, max_entries=8, hash_funcs={Workspace: lambda w: w.key})
def _mark(base: Workspace) -> dict[str, str]:
    """Return the mark of a base, worked out once: it reads every street, and the panel is drawn at each step of a drag."""
    return mark_of(base)


def _difference(base: Case, case: Case) -> list[Spec]:
    """Return who is served on foot under the plan and was not before, and the other way round, as a picture."""
    before, after = (answers.coverage(one) for one in (base, case))
    cells = after.tables["cells"]
    way = change.change_of(*(a.tables["cells"]["served"].eq("walk") for a in (before, after)))
    shown = (way != 0) & (cells["people"] > 0)
    if not shown.any():
        return []
    return [
        results.picture(
            "difference",
            say("difference"),
            cells[shown],
            way[shown].to_numpy(float),
            case.workspace.cell_metres,
            change.classes(cells["people"], way),
            basis=after.basis,
            opacity=change.OPACITY,
        )
    ]


def _changes(base: Case, case: Case) -> list[tuple[str, float, float, float]]:
    """Return service, share on foot today and under the plan, and residents more in reach, of every service."""
    found = []
    for key in base.workspace.services:
        try:
            before, after = (answers.coverage(one.of(key)).tables["total"].iloc[0] for one in (base, case))
        except PlanError:
            continue
        found.append((key, before["share_walk"], after["share_walk"], after["covered_walk"] - before["covered_walk"]))
    return found


def _compare(case: Case, changes: list[tuple[str, float, float, float]]) -> None:
    """Show coverage on foot of every service today and under the plan."""
    heading(say("compare", year=case.year))
    grid(
        pd.DataFrame(
            [(pick(service_name(key)), Share(before), Share(after), more) for key, before, after, more in changes],
            columns=[say("service"), say("before"), say("after"), say("more_people")],
        )
    )
    paragraph(say("compare_note"))
