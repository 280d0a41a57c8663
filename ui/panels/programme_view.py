"""When best: which school opens, grows or closes in which year for the money there is, and what less money costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unicodedata import normalize

import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.answers.programme import plan_of_programme
from geo.answers.programme_less import compared_budgets
from geo.answers.programme_terms import BUDGET, COSTS, usual_terms
from geo.case import Case
from geo.errors import InputError, PlanError
from geo.progress import Step
from geo.scenario import Added
from geo.siting.programme import Terms
from geo.text import Text
from ui.map import results
from ui.map.drawn import Drawn
from ui.panels.coverage_panel import coverage_picture
from ui.panels.siting_parts import conditions, mark_of, plain
from ui.parts import export, gantt, problem
from ui.parts.grid import Mark, grid, points
from ui.parts.markup import answered, figures, heading, method, paragraph
from ui.session import edits
from ui.session.state import Choice
from ui.session.work import again
from ui.words import both, language, pick, say

__all__ = ["LINES", "budgets", "show"]

LINES = ("budget", "spent", "served", "shortage")
LESS = 0.2


def show(case: Case, choice: Choice, cover: Answer) -> Drawn:
    """Ask for the programme, then show it year by year, and beside it what less money would do."""
    with st.form("programme", border=False):
        a, b, c = st.columns([1, 1, 2])
        first = int(a.number_input(say("programme_first"), 2000, 2100, 2021, key="programme_first"))
        last = int(b.number_input(say("programme_last"), 2000, 2100, 2030, key="programme_last"))
        money = c.text_input(
            say("programme_budget"), f"{BUDGET:.0f}", key="programme_budget", help=say("programme_budget_help")
        )
        changes = _costs(case)
        options = conditions(case.workspace, choice)
        pressed = st.form_submit_button(say("programme_ask"), type="primary", width="stretch")
    mark = (*mark_of(case), "programme")
    may_close = bool(changes.pop("may_close"))
    if pressed:
        try:
            terms = usual_terms(case, first=first, last=last, budget=budgets(money), **changes)
        except PlanError as error:
            problem.refused(error)
        else:
            asked = {**options, "may_close": may_close}
            st.session_state.programme_less = None
            st.session_state.programme_found = _solved(case, mark, terms, asked)
    kept = st.session_state.get("programme_found")
    if kept is None or kept[0] != mark:
        return Drawn(layers=coverage_picture(case.workspace, cover, choice))
    return _result(case, *kept)


def budgets(text: str) -> tuple[float, ...]:
    """Return the money of the years that a planner wrote, commas Chinese or not.

    Raises
    ------
    InputError
        If it is no number.

    Examples
    --------
    >>> budgets("8000，12000, 6000")
    (8000.0, 12000.0, 6000.0)
    """
    # Commas and digits as wide as Chinese signs, too.
    parts = [p.strip() for p in normalize("NFKC", text).split(",") if p.strip()]
    try:
        if parts:
            return tuple(float(p) for p in parts)
    except ValueError:
        pass
    raise InputError(both("programme_budget_bad", text=text))


def _costs(case: Case) -> dict[str, Any]:
    """Return what building costs and takes, and whether existing ones may grow or close."""
    with st.expander(say("programme_costs")):
        a, b, c = st.columns(3)
        told: dict[str, Any] = {
            "fixed": float(a.number_input(say("programme_fixed"), 0.0, None, COSTS["fixed"], key="programme_fixed")),
            "build": int(c.number_input(say("programme_build"), 0, 10, 2, key="programme_build")),
        }
        if case.is_school:
            told["per_class"] = float(b.number_input(say("programme_per_class"), 0.0, None, COSTS["per_class"], key="programme_per_class"))  # fmt: skip
            told["per_grown"] = float(a.number_input(say("programme_per_grown"), 0.0, None, COSTS["per_grown"], key="programme_per_grown"))  # fmt: skip
            told["grow_by"] = int(b.number_input(say("programme_grow_by"), 0, 60, 0, key="programme_grow_by"))
        told["upkeep"] = float(c.number_input(say("programme_upkeep"), 0.0, None, 0.0, key="programme_upkeep"))
        told["may_close"] = st.checkbox(say("programme_may_close"), False, key="programme_may_close")
    return told


def _solved(case: Case, mark: Any, terms: Terms, options: dict[str, Any]) -> Any:
    """Return the programme with what was asked; a press on Stop, or any other choice, ends the search at its next word."""
    bar = st.progress(0.0, text=say("solving"))
    stop = st.empty()
    stop.button(say("stop"), key="stop_programme")

    def told(step: Step) -> None:
        bar.progress(step.share or 0.0, text=say("solving_at", value=plain(step.value), bound=plain(step.bound)))

    try:
        return mark, answers.programme(case, terms, progress=told, **options), terms, options
    except PlanError as error:
        problem.refused(error)
        return None
    finally:
        bar.empty()
        stop.empty()


def _result(case: Case, mark: Any, answer: Answer, terms: Terms, options: dict[str, Any]) -> Drawn:
    end = "en" if language() == "en" else "zh"
    answered(str(answer["summary"][f"words_{end}"].iloc[0]), pick(answer.title), basis=answer.basis)
    for note in answer.notes:
        paragraph(pick(note))
    if st.button(say("programme_less"), width="stretch", key="programme_ask_less"):
        poorer = replace(terms, budget=tuple(v * (1 - LESS) for v in terms.budget))
        found = _solved(case, mark, poorer, options)
        st.session_state.programme_less = found and found[1]
    less = st.session_state.get("programme_less")
    if less is not None:
        answered(pick(compared_budgets(answer, less, LESS)), say("programme_less"), basis=less.basis)
        # One below the other, over the same years: half a panel has no room for a chart.
        for one, word in ((answer, say("programme_now")), (less, say("programme_less"))):
            heading(word, one.basis)
            _numbers(one)
            st.html(gantt.gantt(one["schedule"], terms.first, terms.last))
    else:
        _numbers(answer)
        st.html(gantt.gantt(answer["schedule"], terms.first, terms.last))
    _tables(answer)
    _take(case, answer)
    export.buttons(case.workspace, answer, ("schedule", "years", "summary"))
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    return _drawn(answer)


def _numbers(answer: Answer) -> None:
    summary, last = answer["summary"].iloc[0], answer["years"].iloc[-1]
    figures([
        (say("programme_gain"), plain(summary["objective"] - summary["before"]), "", say("proof_is", value=plain(summary["objective"]), bound=plain(summary["bound"]), gap=f"{summary['gap']:.2%}"), "good"),
        (say("programme_shortage"), plain(last["shortage"]), say("people"), f"{say('programme_served')} {plain(last['served'])}", "bad"),
        (say("programme_spent"), plain(float(answer["years"]["spent"].sum())), say("programme_money"), f"{say('programme_line_budget')} {plain(float(answer['years']['budget'].sum()))}", ""),
    ])  # fmt: skip


def _tables(answer: Answer) -> None:
    """List what is done, and the years; the tables are the charts for who hears them."""
    end = "en" if language() == "en" else "zh"
    schedule, years = answer["schedule"], answer["years"]
    heading(say("programme_what"), answer.basis)
    if schedule.empty:
        paragraph(say("programme_empty"))
    else:
        grid(
            pd.DataFrame({
                say("layer_facilities"): schedule[f"name_{end}"].to_numpy(), say("programme_action"): schedule[f"action_{end}"].to_numpy(),
                say("programme_starts"): schedule["starts"].astype(str).to_numpy(), say("programme_opens"): schedule["opens"].astype(str).to_numpy(),
                say("programme_classes"): schedule["classes"].to_numpy(), say("programme_cost"): schedule["cost"].round().to_numpy(),
            }),
            [Mark(at) for at in points(schedule.geometry)],
        )  # fmt: skip
    heading(say("programme_years"), answer.basis)
    st.html(gantt.yearly(years, "budget", "spent", say("programme_money_chart")))
    st.html(gantt.yearly(years, "served", "shortage", say("programme_people_chart")))
    table = {say("programme_year"): years["year"].astype(str).to_numpy()}
    grid(pd.DataFrame(table | {say(f"programme_line_{k}"): years[k].round().to_numpy() for k in LINES}))


def _take(case: Case, answer: Answer) -> None:
    """Take the programme into the plan as one step, each thing from its year on."""
    if answer["schedule"].empty:
        return
    if not edits.can_add(case):
        paragraph(say("add_own_not"))
        return
    objects = plan_of_programme(case, answer, edits.current().name).objects
    if st.button(say("programme_take", n=len(objects)), width="stretch", key="programme_take"):
        fresh = iter(edits.next_ids(sum(isinstance(o, Added) for o in objects)))
        edits.add(tuple(replace(o, facility_id=next(fresh)) if isinstance(o, Added) else o for o in objects))
        again()


def _drawn(answer: Answer) -> Drawn:
    """Return the places of the programme, each with the year from which it serves."""
    schedule = answer["schedule"]
    drawn = Drawn(spoken=say("programme_on_map"))
    if len(schedule):
        tips = [
            both("programme_row", name=Text(r["name_zh"], r["name_en"]), action=Text(r["action_zh"], r["action_en"]), starts=r["starts"], opens=r["opens"])
            for r in schedule.to_dict("records")
        ]  # fmt: skip
        labels = [f"{int(y) % 100:02d}" for y in schedule["opens"]]
        drawn.layers.append(results.numbered(schedule.geometry, labels, tips, say("programme_on_map")))
    return drawn
