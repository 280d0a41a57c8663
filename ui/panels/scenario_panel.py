"""Which plan: the changes made so far, undone one by one, compared with today, saved as a file."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from geo import answers
from geo.case import Case
from geo.errors import PlanError
from geo.scenario import Closed, Resized, mark_of, to_geojson, told
from geo.workspace import Workspace
from ui.map import results
from ui.map.drawn import Asked, Drawn
from ui.map.scene import Spec
from ui.panels import drawing, saved_plans
from ui.panels.plan_words import facility_name
from ui.parts import problem
from ui.parts.ask import select
from ui.parts.columns import share_column
from ui.parts.markup import heading, listing, paragraph, title
from ui.session import edits
from ui.session.state import SHOWN_SERVICES
from ui.session.work import again
from ui.words import both, language, pick, say, service_name

__all__ = ["show"]


def show(asked: Asked) -> Drawn:
    """Show the plan of the session and what it changes."""
    case, workspace = asked.case, asked.workspace
    title(say("my_plan"), say("plan_note"))
    picture = Drawn(draw=drawing.told(case))
    compared = bool(st.session_state.edits) and st.session_state.get("unfit") is None
    base = case.under(st.session_state.base)
    if compared:
        picture.layers = problem.guarded(lambda: _difference(base, case)) or []
    asked.paint(picture)  # what the hand has just moved is drawn before six services are compared in words
    if st.session_state.get("unfit") is not None:
        st.warning(say("plan_unfit", why=pick(st.session_state.unfit)))
    saved_plans.state_line()
    drawing.show()
    _list(workspace)
    left, middle, right = st.columns(3)
    left.button(say("undo"), on_click=edits.undo, disabled=not st.session_state.edits, width="stretch")
    middle.button(say("redo"), on_click=edits.redo, disabled=not edits.undone(), width="stretch")
    right.download_button(
        say("save_plan"), _file(case) if st.session_state.edits else b"", "plan.geojson", "application/geo+json",
        disabled=not st.session_state.edits, width="stretch",
    )  # fmt: skip
    saved_plans.show(workspace)
    _change(case)
    if compared:
        _compare(base, case)
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
    was, now = (a.tables["cells"]["served"].eq("walk") for a in (before, after))
    cells = after.tables["cells"]
    change = now.astype(int) - was.astype(int)
    shown = (change != 0) & (cells["people"] > 0)
    if not shown.any():
        return []
    people = cells["people"].groupby(change).sum()
    lost, won = (f"{people.get(way, 0.0):,.0f}" for way in (-1, 1))
    classes = [
        {"key": "lost", "value": -1, "colour": "#b35806", **both("lost_by_plan", n=lost)._asdict()},
        {"key": "won", "value": 1, "colour": "#2f8f5b", **both("won_by_plan", n=won)._asdict()},
    ]
    return [
        results.picture(
            "difference",
            say("difference"),
            cells[shown],
            change[shown].to_numpy(float),
            case.workspace.cell_metres,
            classes,
            basis=after.basis,
            opacity=0.75,
        )
    ]


def _list(workspace: Workspace) -> None:
    """List what the plan closes and resizes; what it adds stands beside the drawing."""
    plan = edits.current()
    rows: list[tuple[str, str, Any]] = []
    rows += [(f"－ {facility_name(workspace, i)}", say("closed"), "bad") for i in plan.closed]
    for key, sizes in plan.resized.items():
        rows.append(
            (f"↕ {facility_name(workspace, key)}", say("between").join(f"{n:,.0f}" for n in sizes.values()), "")
        )
    listed = ("add", "close", "resize")
    rows += [(pick(told(one)), "", "") for one in plan.objects if one.kind not in listed]
    if rows:
        listing(rows)
    elif not plan.added:
        paragraph(say("plan_empty"))


def _change(case: Case) -> None:
    """Close or resize a facility of the chosen service."""
    supply = case.supply
    with st.expander(say("change_facility")):
        if supply.empty:
            paragraph(say("none_here"))
            return
        chosen = select(
            say("facility"), list(supply.index), "facility_chosen",
            lambda i: str((supply.loc[i, "name_en"] if language() == "en" else None) or supply.loc[i, "name_zh"]),
        )  # fmt: skip
        plan = edits.current()
        own = {a.facility_id for a in plan.added}
        if st.button(say("close_it"), width="stretch"):
            if chosen in own:
                edits.change(plan.without(chosen))
            else:
                edits.change(plan.having(Closed(chosen)))
            again()
        if case.is_school and chosen not in own:
            seats = supply.loc[chosen, "seats"]
            size = st.number_input(
                say("size"),
                0,
                20_000,
                int(seats) if math.isfinite(seats) else 0,
                30,
                key=f"resize_{chosen}_{case.service}",
            )
            if st.button(say("resize_it"), width="stretch"):
                edits.change(plan.having(Resized(chosen, case.service, float(size))))
                again()


def _compare(base: Case, case: Case) -> None:
    """Show coverage on foot of every service today and under the plan."""
    heading(say("compare", year=case.year))
    rows = []
    for key in SHOWN_SERVICES:
        try:
            before, after = (answers.coverage(one.of(key)).tables["total"].iloc[0] for one in (base, case))
        except PlanError:
            continue
        rows.append({
            "service": pick(service_name(key)), "before": before["share_walk"] * 100, "after": after["share_walk"] * 100,
            "people": after["covered_walk"] - before["covered_walk"],
        })  # fmt: skip
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, width="stretch",
        column_config={
            "service": st.column_config.TextColumn(say("service"), width=96), "before": share_column(say("before"), 84),
            "after": share_column(say("after"), 84),
            "people": st.column_config.NumberColumn(say("more_people"), format="localized", width=80),
        },
    )  # fmt: skip
    paragraph(say("compare_note"))
