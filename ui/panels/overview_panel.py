"""The opening: the zones as an atlas over the map; beside it what is missing, how far the plan is, and where to begin."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.case import Case
from geo.schema import LAYERS
from geo.workspace import Workspace
from ui.map.drawn import Asked, Drawn
from ui.parts import overview
from ui.parts.markup import heading, listing, method, paragraph, title
from ui.parts.trust import known_layers
from ui.session.work import aside
from ui.words import STAGE_NAMES, language, pick, say

__all__ = ["show"]

ASKS = ("seats", "site", "siting")
"""Where the three questions to start from lead: a panel each."""


def show(asked: Asked) -> Drawn:
    """Show what is missing and where to begin; the atlas lies over the map."""
    case = asked.case
    answer = aside(answers.overview, case)
    maps, key = _drawn(case.workspace, case.service, case.year, language(), case, answer.tables["zones"])
    said = pick(overview.sentence(answer, case.workspace))
    drawn = Drawn(over=overview.atlas(case.workspace, answer, maps, language()), spoken=said)
    asked.paint(drawn)
    title(said, "", answer.basis)
    _questions()
    st.html(key)
    heading(say("ov_plan"))
    _plan(answer)
    known_layers(case.workspace)
    with st.expander(say("how")):
        for note in answer.notes:
            paragraph(pick(note))
        method(pick(answer.method), answer.sources)
    return drawn


@st.cache_data(show_spinner=False, max_entries=32, hash_funcs={Workspace: lambda w: w.key})
def _drawn(  # service and year are part of the key, not of the code
    workspace: Workspace, service: str, year: int, lang: str, _case: Case, _zones: pd.DataFrame  # noqa: ARG001
) -> tuple[dict[str, str], str]:  # fmt: skip
    """Return where the maps lie and what their colours mean. What they show depends on the first four alone."""
    coverage = aside(answers.coverage, _case)
    return aside(overview.maps, workspace, coverage, _zones, lang), overview.key(coverage, lang)


def _questions() -> None:
    asks = "".join(
        f'<button type="button" class="zp-ask" data-go="panel:{panel}"><b>{escape(say(f"ov_ask_{panel}"))}</b>'
        f"<span>{escape(say(f'ov_ask_{panel}_note'))}</span></button>"
        for panel in ASKS
    )
    st.html(f'<nav class="zp-asks" aria-label="{escape(say("ov_ask"))}">{asks}</nav>')


def _plan(answer: Answer) -> None:
    row = answer.tables["plan"].iloc[0]
    planned, started, done = (int(row[state]) for state in LAYERS["projects"].by_name["state"].choices)
    if not row["indicators"] and not row["projects"]:
        paragraph(say("ov_plan_none"))
        return
    paragraph(
        say(
            "ov_plan_line", indicators=row["indicators"], binding=row["binding"], projects=row["projects"],
            done=done, started=started, planned=planned,
        )
    )  # fmt: skip
    stages = answer.tables["stages"]
    listing(
        (
            say("ov_stage", stage=pick(STAGE_NAMES[str(one.stage)]), year=answer.parameters["year"]),
            say("ov_seats_of", existing=_whole(one.existing), seats=_whole(one.seats), target=_whole(one.target)),
            "",
        )
        for one in stages.itertuples()
    )


def _whole(value: float) -> str:
    return f"{value:,.0f}" if pd.notna(value) else say("ov_unknown")
