"""How far is the plan: its indicators with the pace each needs, its projects, and where it contradicts itself."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo import answers
from ui.map.drawn import Asked, Drawn
from ui.parts.markup import figures, heading, method, paragraph, title
from ui.words import language, pick, say

__all__ = ["show"]

COLUMNS = {
    "name": ("指标", "indicator"), "baseline_2020": ("2020 基数", "2020"), "target_2025": ("2025 目标", "2025 target"), "unit": ("单位", "unit"),
    "pace_per_year": ("每年需", "needed a year"), "kind": ("性质", "kind"), "category": ("类别", "category"), "clause": ("条目", "clause"), "conflict": ("矛盾与说明", "conflict"),
}  # fmt: skip


def show(asked: Asked) -> Drawn:
    """Show the register of the plan."""
    workspace = asked.workspace
    answer = answers.register(workspace)
    targets, projects, clashes = (answer.tables[n] for n in ("targets", "projects", "contradictions"))
    title(pick(answer.title), basis=answer.basis)
    if targets.empty:
        paragraph(say("no_targets"))
        return Drawn()
    binding = int((targets["kind"] == "约束性").sum()) if "kind" in targets else 0
    figures([
        (say("indicators"), str(len(targets)), "", say("binding", n=binding), ""),
        (say("layer_projects"), str(len(projects)), "", _states(projects), ""),
        (say("contradictions"), str(len(clashes)), "", say("contradictions_note"), "bad" if len(clashes) else "good"),
    ])  # fmt: skip
    part = st.segmented_control(say("panel"), ("targets", "contradictions", "projects"), key="register_part", default="targets", required=True,
                                label_visibility="collapsed", format_func=lambda k: say(f"part_{k}"))  # fmt: skip
    if part == "targets":
        kept = {k: v for k, v in COLUMNS.items() if k in targets}
        st.dataframe(
            targets[list(kept)].rename(columns={k: pick(v) for k, v in kept.items()}),
            hide_index=True,
            width="stretch",
            height=520,
        )
    elif part == "contradictions":
        _clashes(clashes)
    else:
        st.dataframe(projects, hide_index=True, width="stretch", height=520)
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    return Drawn()


STATES = {"谋划储备": "being prepared", "启动建设": "started", "建成投产": "in use"}


def _states(projects: pd.DataFrame) -> str:
    if "state" not in projects or projects.empty:
        return ""
    english = language() == "en"
    told = [f"{STATES.get(str(s), s) if english else s} {n}" for s, n in projects["state"].value_counts().items()]
    return (", " if english else "、").join(told)


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
