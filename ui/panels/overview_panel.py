"""The opening: the zones as an atlas over the map; beside it what is missing, how far the plan is, and where to begin."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.schema import LAYERS
from ui.map.drawn import Asked, Drawn
from ui.parts import lacking, overview
from ui.parts.markup import heading, listing, method, paragraph, title
from ui.parts.trust import known_layers
from ui.session.once import once
from ui.words import STAGE_NAMES, language, pick, say

__all__ = ["show"]


def show(asked: Asked) -> Drawn:
    """Show what is missing and where to begin; the atlas lies over the map."""
    case = asked.case
    if lacking.told(case, "zones", "people"):
        known_layers(case.workspace)
        return Drawn()
    answer = once(answers.overview, case)
    svgs, key = overview.drawn(case.workspace, case.service, case.year, language(), overview.shown_zones(answer), case)
    maps = overview.as_files(svgs)
    said = pick(overview.sentence(answer, case.workspace))
    drawn = Drawn(over=overview.atlas(case.workspace, answer, maps, language()), spoken=said)
    asked.paint(drawn)
    title(said, "", answer.basis)
    st.html(overview.questions(language()) + key)
    heading(say("ov_plan"))
    _plan(answer)
    known_layers(case.workspace)
    with st.expander(say("how")):
        for note in answer.notes:
            paragraph(pick(note))
        method(pick(answer.method), answer.sources)
    return drawn


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
