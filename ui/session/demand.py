"""The demand as the planner sets it: model, class size, single numbers, new housing; kept in the session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import streamlit as st

from geo.demand import MODELS, DemandSettings
from geo.text import Text
from ui.parts.grid import grid
from ui.parts.markup import paragraph
from ui.session.state import demand as settings
from ui.words import BASIS, STAGE_NAMES, UNITS, language, pick, say

__all__ = ["choose", "choose_housing"]

HOUSING_MAX = 50_000


def _keep(changed: DemandSettings) -> None:
    st.session_state.demand = changed


def choose(table: pd.DataFrame) -> None:
    """Show the model, the class size and every number used with its source; each can be changed, and put back."""
    now = settings()
    sizes = table[(table["key"] == "class_plan") & (table["source"] != "planner")]
    assumed = bool((sizes["basis"] == "assumed").any())
    with st.expander(say("demand_settings")):
        model = st.segmented_control(
            say("demand_model"),
            list(MODELS),
            default=now.model,
            required=True,
            key="demand_model",
            format_func=lambda m: pick(MODELS[m]),
        )
        bound = now.bound
        if model == "ratio":
            bound = st.segmented_control(
                say("demand_bound"),
                ("low", "high"),
                default=now.bound,
                required=True,
                key="demand_bound",
                format_func=lambda b: say(f"bound_{b}"),
            )
        rule = st.segmented_control(
            say("class_rule"),
            ("plan", "gb50099"),
            default=now.class_rule,
            required=True,
            key="class_rule",
            format_func=lambda k: say("class_assumed" if k == "plan" and assumed else f"class_{k}"),
        )
        if (model, bound, rule) != (now.model, now.bound, now.class_rule):
            _keep(replace(now, model=str(model), bound=str(bound), class_rule=str(rule)))
            st.rerun(scope="fragment")
        _numbers(table)
        if settings() != DemandSettings() and st.button(say("demand_reset"), width="stretch"):
            _keep(DemandSettings())
            for key in ("demand_model", "demand_bound", "class_rule"):
                st.session_state.pop(key, None)
            st.rerun(scope="fragment")


def _in_words(value: object, words: Mapping[str, Text]) -> str:
    """Return what a value of a table is called; one that is not known stands as it is."""
    return pick(words[value]) if isinstance(value, str) and value in words else str(value or "")


def _numbers(table: pd.DataFrame) -> None:
    """Show every number behind the demand, and a way to change one."""
    word = "en" if language() == "en" else "zh"
    heads = {
        word: say("number"),
        "stage": say("stage"),
        "year": say("year"),
        "value": say("value"),
        "unit": say("unit"),
        "source": say("source"),
        "clause": say("clause"),
        "basis": say("basis_word"),
    }
    known = {"stage": STAGE_NAMES, "unit": UNITS, "basis": BASIS}
    told = table.assign(**{column: [_in_words(v, words) for v in table[column]] for column, words in known.items()})
    grid(told[list(heads)].rename(columns=heads), tall=7)
    rows = list(table.index)

    def named(i: int) -> str:
        row = table.loc[i]
        year = "" if pd.isna(row["year"]) else f" {row['year']:.0f}"
        return f"{row[word]} {_in_words(row['stage'], STAGE_NAMES)}{year}".strip()

    with st.form("demand_number", border=False):
        a, b = st.columns([3, 2])
        which = a.selectbox(say("number_change"), rows, format_func=named)
        value = b.number_input(
            say("value"),
            value=None,
            placeholder=f"{table.loc[which, 'value']:g}" if which is not None else "",
            format="%.4f",
        )
        if st.form_submit_button(say("number_set"), width="stretch") and value is not None:
            row = table.loc[which]
            change = (
                str(row["key"]),
                str(row["stage"] or ""),
                None if pd.isna(row["year"]) else int(row["year"]),
                float(value),
            )
            now = settings()
            _keep(replace(now, changes=(*(c for c in now.changes if c[:3] != change[:3]), change)))
            st.rerun(scope="fragment")


def choose_housing(place: tuple[float, float] | None, year: int) -> None:
    """Offer new housing at the clicked place: its dwellings bring pupils from the year they are built."""
    now = settings()
    with st.expander(say("housing")):
        paragraph(say("housing_note"))
        for number, (lon, lat, dwellings, built) in enumerate(now.housing):
            left, right = st.columns([4, 1], vertical_alignment="center")
            left.text(f"{dwellings:,.0f} {say('dwellings')} · {built} · {lon:.4f}, {lat:.4f}")
            if right.button("×", key=f"housing_drop_{number}", help=say("housing_drop")):
                _keep(replace(now, housing=now.housing[:number] + now.housing[number + 1 :]))
                st.rerun(scope="fragment")
        if place is None:
            paragraph(say("housing_needs_place"))
            return
        with st.form("housing", border=False):
            dwellings = st.number_input(say("dwellings"), 1, HOUSING_MAX, 1000, 100, key="housing_dwellings")
            if st.form_submit_button(say("housing_add"), width="stretch"):
                _keep(replace(now, housing=(*now.housing, (*place, float(dwellings), year))))
                st.rerun(scope="fragment")
