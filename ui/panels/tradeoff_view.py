"""Two goals of siting weighed 权衡: the curve of plans, each to be looked at on the map; the planner chooses."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.case import Case
from ui.map.drawn import Drawn
from ui.panels.coverage_panel import coverage_picture
from ui.panels.siting_parts import conditions, mark_of, percent, places_table, plain, search, sites_drawn, take, unit_of
from ui.parts import charts, export
from ui.parts.ask import select
from ui.parts.grid import Mark, grid
from ui.parts.markup import answered, figures, heading, method, paragraph
from ui.session import rows
from ui.session.state import Choice
from ui.words import language, pick, say

__all__ = ["show"]

GOALS = ("walk", "sites")


def show(case: Case, choice: Choice, cover: Answer) -> Drawn:
    """Ask for the curve, then show it, and the sites of the plan that is picked."""
    with st.form("tradeoff", border=False):
        a, b = st.columns([2, 3])
        p = int(a.number_input(say("tradeoff_most"), 1, 60, 7, key="tradeoff_p"))
        goals = select(say("tradeoff_goals"), GOALS, "tradeoff_goals", lambda g: say(f"tradeoff_{g}"), where=b)
        options = conditions(case.workspace, choice)
        paragraph(say("tradeoff_about"))
        pressed = st.form_submit_button(say("tradeoff_ask"), type="primary", width="stretch")
    if pressed:
        search("tradeoff_found", mark_of(case), answers.tradeoff, case, against=goals, p=p, **options)
        st.session_state.tradeoff_point = None
        rows.forget("plan")
    kept = st.session_state.get("tradeoff_found")
    if kept is None or kept[0] != mark_of(case):
        return Drawn(layers=coverage_picture(case.workspace, cover, choice))
    return _result(case, kept[1]) or Drawn(layers=coverage_picture(case.workspace, cover, choice))


def _result(case: Case, answer: Answer) -> Drawn | None:
    points, summary, against = answer["points"], answer["summary"].iloc[0], answer.parameters["against"]
    unit = unit_of(answer)
    answered(str(summary["words_en" if language() == "en" else "words_zh"]), pick(answer.title), basis=answer.basis)
    now = float(summary["covered_before"])
    figures([
        (say("covered_before"), percent(now / summary["total"]), "", f"{now:,.0f} {unit}", ""),
        (say("tradeoff_mean"), plain(summary["walk_before_m"]), say("metres"), say("tradeoff_now"), ""),
    ])  # fmt: skip
    paragraph(say("tradeoff_found", n=len(points), proven=int(summary["proven"])))
    for note in answer.notes:
        paragraph(pick(note))
    picked = rows.chosen("plan")
    if picked is not None and picked.isdigit():
        st.session_state.tradeoff_point = int(picked)
        rows.forget("plan")
    chosen = st.session_state.get("tradeoff_point")
    st.html(charts.tradeoff(points, against, chosen))
    plan = points[points["point"] == chosen]
    drawn = None
    if plan.empty:
        paragraph(say("tradeoff_pick" if against == "walk" else "tradeoff_pick_sites"))
    else:
        drawn = _plan(case, answer, plan.iloc[0])
    heading(say("tradeoff_plans"), answer.basis)
    _table(points, against, unit, chosen)
    export.buttons(case.workspace, answer, ("sites", "points", "cells", "summary"))
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    return drawn


def _table(points: pd.DataFrame, against: str, unit: str, chosen: int | None) -> None:
    """List the plans; a press on a row picks it."""
    table = pd.DataFrame({
        "#": points["point"].to_numpy(), say("how_many"): points["new_sites"].to_numpy(), f"{say('tradeoff_covered')} [{unit}]": points["covered"].round().to_numpy(),
        "%": (100 * points["share"]).round(1).to_numpy(), say("tradeoff_mean"): points["mean_walk_m"].round().to_numpy(),
        say("tradeoff_gap"): [say("solved_optimal") if s == "optimal" else f"≤ {max(g, 0.001):.1%}" for s, g in zip(points["status"], points["gap"], strict=True)],
    })  # fmt: skip
    if against == "walk":
        table = table.drop(columns=say("how_many"))
    grid(table, [Mark(pick=f"plan:{n}", chosen=n == chosen) for n in points["point"]], tall=9)


def _plan(case: Case, answer: Answer, plan: pd.Series) -> Drawn:
    """Show the sites of a plan, offer to take them, and return them for the map."""
    sites, cells = (answer[name][answer[name]["point"] == plan["point"]] for name in ("sites", "cells"))
    unit = unit_of(answer)
    heading(say("tradeoff_sites_of", n=int(plan["point"])), answer.basis)
    figures([
        (say("covered_after"), percent(plan["share"]), "", f"{plan['covered']:,.0f} {unit}", "good"),
        (say("tradeoff_mean"), plain(plan["mean_walk_m"]), say("metres"), "", ""),
    ])  # fmt: skip
    new = "pupils_new" if answer.parameters["unit"] == "pupils" else "people_new"
    if sites.empty:
        paragraph(say("tradeoff_none"))
    else:
        places_table(
            case.workspace, sites, {new: say("newly", unit=unit), "seats_needed": say("seats_needed"), "classes_needed": say("classes_needed")}
        )  # fmt: skip
        take(case, sites)
    drawn = sites_drawn(case, answer, sites, cells, new)
    walk = plain(plan["mean_walk_m"])
    drawn.spoken = say("tradeoff_spoken", n=int(plan["point"]), share=percent(plan["share"]), walk=walk)
    return drawn
