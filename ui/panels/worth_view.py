"""What to ask for next 先查什么: which input, known before siting, would let the new sites serve most."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.case import Case
from ui.map import results
from ui.map.drawn import Drawn
from ui.panels.coverage_panel import coverage_picture
from ui.panels.siting_parts import conditions, mark_of, plain, search, unit_of
from ui.parts import export
from ui.parts.grid import grid
from ui.parts.markup import answered, figures, heading, method, paragraph
from ui.parts.navigation import onward
from ui.session import ranges
from ui.session.state import Choice
from ui.words import BASIS, both, language, pick, say

__all__ = ["show"]

FOUND = "worth_found"


def show(case: Case, choice: Choice, cover: Answer) -> Drawn:
    """Ask for the worth of each input, then list them in the order in which to ask for data."""
    table = ranges.of(case)
    mark = (*mark_of(case), table.signature)
    with st.form("worth", border=False):
        p = int(st.number_input(say("how_many"), 1, 60, 3, key="worth_p"))
        options = conditions(case.workspace, choice)
        paragraph(say("worth_about"))
        pressed = st.form_submit_button(say("worth_ask"), type="primary", width="stretch")
    with st.expander(say("ranges_title")):
        ranges.choose(table)
    if pressed:
        search(FOUND, mark, answers.value, case, p=p, table=table, **options)
    drawn = Drawn(layers=coverage_picture(case.workspace, cover, choice))
    kept = st.session_state.get(FOUND)
    if kept is None or kept[0] != mark:
        return drawn
    return _result(case, kept[1], drawn)


def _result(case: Case, answer: Answer, drawn: Drawn) -> Drawn:
    word = "en" if language() == "en" else "zh"
    summary, inputs, unit = answer["summary"].iloc[0], answer["inputs"], unit_of(answer)
    answered(str(summary[f"words_{word}"]), pick(answer.title), basis=answer.basis)
    figures([(say("worth_perfect"), plain(summary["perfect"]), unit, f"± {plain(1.96 * summary['error'])}", "")])
    for note in answer.notes:
        paragraph(pick(note))
    heading(say("worth_list"), answer.basis)
    if len(inputs):
        first = inputs.iloc[0]
        paragraph(say("sure_said", quantity=first[word], words=first[f"words_{word}"]))
    grid(
        pd.DataFrame({
            "#": ["" if pd.isna(r) else str(r) for r in inputs["rank"]],
            say("ranges_input"): [_named(n, b) for n, b in zip(inputs[word], inputs["basis"], strict=True)],
            say("worth_value", unit=unit): [_told(v, e) for v, e in zip(inputs["value"], inputs["error"], strict=True)],
            say("worth_who"): inputs[f"ask_{word}"].to_numpy(),
        })
    )  # fmt: skip
    asked = inputs[inputs["told"]].head(1)
    if len(asked):
        onward(say("worth_import", layer=asked[word].iloc[0]), "import", key="worth_import")
    export.buttons(case.workspace, answer, ("inputs", "options", "sites", "ranges", "summary"))
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    sites = answer["sites"]
    if len(sites):
        ranks = [str(r) for r in sites["rank"]]
        tips = [both("chosen_sites") for _ in ranks]
        drawn.layers.append(results.numbered(sites.geometry, ranks, tips, say("chosen_sites")))
    return drawn


def _named(name: str, basis: str) -> str:
    """Return an input with what it rests on."""
    return say("noted", text=name, note=pick(BASIS[basis])) if basis in BASIS else name


def _told(value: float, error: float) -> str:
    """Return a worth with twice its standard error, as the number above the table has it; a dash where it was not worked out."""
    if pd.isna(value):
        return "–"
    return f"{value:,.1f}\u00a0±\u00a0{1.96 * error:,.1f}" if pd.notna(error) else f"{value:,.1f}"
