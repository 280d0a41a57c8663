"""How sure a panel's numbers are: the interval in words under its first sentence, and where it comes from, folded."""

from __future__ import annotations

import streamlit as st

from geo import answers
from geo.adequacy import ALL
from geo.answers import Answer
from geo.case import Case
from ui.parts import export, spread
from ui.parts.grid import names_of
from ui.parts.markup import heading, method, paragraph
from ui.parts.patience import patient
from ui.session import ranges
from ui.words import both, language, pick, say

__all__ = ["show"]

SAID = {"coverage": ("covered", "share"), "adequacy": ("demand", "deficit")}
"""What is said of each answer; the last of them is the one drawn."""
PERCENT = ("share",)
TELLING = 0.005
"""From which share of the width on an input is drawn; the rest would all read 0 %, and stands in the files."""


def show(case: Case, about: str) -> None:
    """Offer the intervals of an answer; once asked for, they are shown in every panel of the session.

    They take a second or two, so the panel stands before: nobody waits for them who has not asked.
    """
    if not st.session_state.get("sure"):
        st.button(say("sure_ask"), key=f"sure_{about}", width="stretch", on_click=_ask)
        return
    table = ranges.of(case)
    asked = (case.workspace.key, case.demand, case.service, case.year, about, table.signature)
    answer = patient(
        both("sure_on"), lambda tell: answers.uncertain(case, about=about, table=table, progress=tell), asked
    )
    if answer is None:
        return
    rows = answer["intervals"]
    rows = rows[(rows["stage"] == case.service) & rows["quantity"].isin(SAID[about])]
    word = "en" if language() == "en" else "zh"
    for name in SAID[about]:
        for _, row in rows[(rows["zone_id"] == ALL) & (rows["quantity"] == name)].iterrows():
            paragraph(say("sure_said", quantity=row[f"quantity_{word}"], words=row[f"words_{word}"]))
    for note in answer.notes:
        paragraph(pick(note))
    with st.expander(say("sure_more")):
        _folded(case, answer, SAID[about][-1])
        heading(say("ranges_title"))
        ranges.choose(table)
        export.buttons(case.workspace, answer, ("intervals", "drivers", "inputs", "values"), kinds=("csv", "xlsx"))
        method(pick(answer.method), answer.sources)


def _ask() -> None:
    st.session_state.sure = True


def _folded(case: Case, answer: Answer, quantity: str) -> None:
    """Draw the draws, the interval of each zone and what makes it wide."""
    word = "en" if language() == "en" else "zh"
    rows = answer["intervals"]
    rows = rows[(rows["quantity"] == quantity) & (rows["stage"] == case.service)].set_index("zone_id")
    if ALL not in rows.index:
        return
    whole, percent = rows.loc[ALL], quantity in PERCENT
    heading(say("noted", text=say("sure_draws"), note=str(whole[f"quantity_{word}"])), answer.basis)
    column = f"{case.service}:{quantity}"
    st.html(spread.histogram(answer["values"][column], whole["low"], whole["high"], whole["central"], percent=percent))
    names = names_of(case.workspace)
    zones = rows[rows.index.isin(list(names))]
    heading(say("sure_by_zone"), answer.basis)
    st.html(spread.whiskers(zones.assign(name=[pick(names[i]) for i in zones.index]), percent=percent))
    made = answer["drivers"]
    made = made[(made["zone_id"] == ALL) & (made["quantity"] == quantity) & (made["stage"] == case.service)]
    made = made[made["total"] >= TELLING]
    if len(made):
        heading(say("sure_drivers"), answer.basis)
        st.html(spread.drivers(made.assign(name=made[word])))
