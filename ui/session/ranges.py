"""How far off the inputs may be, as the planner says: kept in the session, laid over what bases and workspace say."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo.case import Case
from geo.errors import PlanError
from geo.uncertainty import Uncertainties
from geo.uncertainty.uncertain import ACCURACY, CLASSES, FACTOR, LAWS, SPEED, Uncertain
from ui.parts import problem
from ui.parts.grid import grid
from ui.parts.markup import paragraph
from ui.session.work import again
from ui.words import BASIS, CATALOGUE, pick, say

__all__ = ["choose", "of", "told"]

UNITS = {FACTOR: "factor", ACCURACY: "accuracy", CLASSES: "classes", SPEED: "speed"}


def told() -> dict[str, dict[str, object]]:
    """Return what the planner has said of each input: its key → low, high, law."""
    kept: dict[str, dict[str, object]] = st.session_state.setdefault("ranges", {})
    return kept


def of(case: Case) -> Uncertainties:
    """Return the table of a question with the planner's own ranges over it."""
    return Uncertainties.of(case).laid_over(told(), "planner")


def choose(table: Uncertainties) -> None:
    """Show every input with its range, law, basis and who says so; each can be changed, and put back."""
    paragraph(say("ranges_about"))
    used = [row for row in table if row.used]
    grid(_shown(used), tall=0)  # wide: it scrolls, so the keyboard must reach it
    with st.form("ranges_form", border=False, clear_on_submit=True):
        which = st.selectbox(say("ranges_change"), [r.key for r in used], format_func=lambda k: pick(table.at(k).name))
        a, b = st.columns(2)
        low = a.number_input(say("sure_low"), value=None, min_value=0.0, format="%.3f")
        high = b.number_input(say("sure_high"), value=None, min_value=0.0, format="%.3f")
        known = st.checkbox(say("ranges_known"))
        if st.form_submit_button(say("ranges_set"), width="stretch") and which is not None:
            _set(table, which, low, high, known=known)
    if told():
        st.button(say("ranges_reset"), width="stretch", key="ranges_reset", on_click=_reset)


def _reset() -> None:
    st.session_state.ranges = {}


def _set(table: Uncertainties, key: str, low: float | None, high: float | None, *, known: bool) -> None:
    """Keep a new range, if it can be; what was not filled in stays as it is."""
    change: dict[str, object] = {name: value for name, value in (("low", low), ("high", high)) if value is not None}
    change |= {"law": "fixed"} if known else {}
    if not change:
        return
    try:
        table.changed(key, low=low, high=high, law="fixed" if known else None)
    except PlanError as error:
        problem.refused(error)
        return
    st.session_state.ranges = {**told(), key: {**told().get(key, {}), **change}}
    again()


def _shown(rows: list[Uncertain]) -> pd.DataFrame:
    shown = [
        {
            say("ranges_input"): say("noted", text=pick(row.name), note=pick(BASIS[row.basis]))
            if row.basis in BASIS
            else pick(row.name),
            say(
                "ranges_range"
            ): f"{row.low:.3g}–{row.high:.3g} {say(f'ranges_unit_{UNITS[row.unit]}') if row.unit in UNITS else row.unit}",
            say("ranges_law"): pick(LAWS[row.law]),
            say("ranges_from"): row.source or _from(row.range_from),
        }
        for row in rows
    ]
    return pd.DataFrame(shown)


def _from(word: str) -> str:
    return say(f"ranges_from_{word}") if f"ranges_from_{word}" in CATALOGUE else word
