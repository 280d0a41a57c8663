"""How far is the plan: its indicators with the pace each needs, its projects, and where it contradicts itself."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo import answers
from geo.text import Text
from ui.map.drawn import Asked, Drawn
from ui.parts.markup import figures, heading, method, paragraph, title
from ui.words import PROJECT_STATES, language, pick, say

__all__ = ["show"]

PROJECT_COLUMNS = ("name", "kind", "state", "zone_id", "clause", "note")
COLUMNS = ("name", "baseline_2020", "target_2025", "unit", "pace_per_year", "kind", "category", "clause", "conflict")


def show(asked: Asked) -> Drawn:
    """Show the register of the plan."""
    workspace = asked.workspace
    answer = answers.register(workspace)
    targets, projects, clashes, remarks = (
        answer.tables[n] for n in ("targets", "projects", "contradictions", "remarks")
    )
    count = answer.tables["summary"].iloc[0]
    title(pick(answer.title), basis=answer.basis)
    if targets.empty:
        paragraph(say("no_targets"))
        return Drawn()
    figures([
        (say("indicators"), str(count["indicators"]), "", say("indicators_note", rows=count["rows"], n=count["binding"]), ""),
        (say("layer_projects"), str(len(projects)), "", _states(projects), ""),
        (say("contradictions"), str(len(clashes)), "", say("contradictions_note", n=len(remarks)), "bad" if len(clashes) else "good"),
    ])  # fmt: skip
    part = st.segmented_control(say("panel"), ("targets", "contradictions", "remarks", "projects"), key="register_part", default="targets", required=True,
                                label_visibility="collapsed", format_func=lambda k: say(f"part_{k}"))  # fmt: skip
    if part == "targets":
        kept = {column: say(f"target_{column}") for column in COLUMNS if column in targets}
        st.dataframe(
            _without_none(_in_language(targets)[list(kept)]).rename(columns=kept),
            hide_index=True,
            width="stretch",
            height=520,
        )
    elif part == "contradictions":
        _clashes(clashes)
    elif part == "remarks":
        _clashes(remarks)
    else:
        st.dataframe(_projects(projects), hide_index=True, width="stretch", height=520)
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    return Drawn()


def _projects(projects: pd.DataFrame) -> pd.DataFrame:
    """Return the projects with headers in the language of the session, states in words, nothing for what is not said."""
    kept = {column: say(f"project_{column}") for column in PROJECT_COLUMNS if column in projects}
    table = projects[list(kept)].astype(object)
    if "state" in kept:
        table["state"] = [pick(PROJECT_STATES.get(str(s), Text(str(s), str(s)))) for s in table["state"]]
    return _without_none(table).rename(columns=kept)


def _in_language(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose words are those of the session's language where the table has them."""
    if language() == "zh":
        return table
    told = {
        c: table[f"{c}_en"].where(table[f"{c}_en"].fillna("") != "", table[c]) for c in COLUMNS if f"{c}_en" in table
    }
    return table.assign(**told)


def _without_none(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table as text with nothing where nothing is said: numbers plain, no None and no nan."""
    told = table.astype(object).map(lambda v: "" if pd.isna(v) else f"{v:g}" if isinstance(v, float) else str(v))
    return pd.DataFrame(told)


def _states(projects: pd.DataFrame) -> str:
    if "state" not in projects or projects.empty:
        return ""
    counts = projects["state"].astype(str).value_counts()
    return say("between").join(f"{pick(PROJECT_STATES.get(s, Text(s, s)))} {n}" for s, n in counts.items())


def _clashes(clashes: pd.DataFrame) -> None:
    """Show each contradiction: where it stands, what it is, how it was settled here, and how sure that is."""
    if clashes.empty:
        paragraph(say("none_here"))
    word = language()
    for row in clashes.to_dict("records"):
        told = {k: v for k, v in row.items() if isinstance(v, str) and v.strip()}
        with st.container(border=True):
            heading("  ".join(t for t in (told.get("id", ""), told.get("where", "")) if t), told.get("basis", ""))
            st.text(told.get(f"finding_{word}") or told.get("finding_zh") or "")
            if settled := told.get(f"settled_{word}") or told.get("settled_zh"):
                paragraph(say("settled", how=settled))
