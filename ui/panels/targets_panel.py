"""How far is the plan: its indicators with the pace each needs, its projects, and where it contradicts itself."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo import answers
from geo.errors import InputError
from geo.text import Text
from geo.workspace import Workspace
from ui.map.drawn import Asked, Drawn
from ui.panels import consistency_view, monitor_panel, projects_view
from ui.parts import lacking, sentence
from ui.parts.cited import cited, passage
from ui.parts.grid import Mark, grid
from ui.parts.markup import answered, figures, heading, method, paragraph
from ui.parts.navigation import onward
from ui.session.rows import chosen
from ui.words import FACT_GROUPS, PROJECT_STATES, TARGET_GROUPS, TARGET_KINDS, both, language, pick, say

__all__ = ["show"]

PARTS = ("targets", "monitor", "facts", "projects", "contradictions", "consistency", "remarks")
COLUMNS = ("name", "baseline_2020", "target_2025", "unit", "pace_per_year", "kind", "category", "clause", "conflict")


def show(asked: Asked) -> Drawn:
    """Show the register of the plan."""
    workspace = asked.workspace
    answer = answers.register(workspace)
    targets, projects, clashes, remarks = (
        answer.tables[n] for n in ("targets", "projects", "contradictions", "remarks")
    )
    count = answer.tables["summary"].iloc[0]
    if lacking.told(asked.case, "plan"):
        return Drawn()
    head = st.container()
    # Without indicators there is neither a list of them nor a pace.
    parts = PARTS if len(targets) else tuple(part for part in PARTS if part not in ("targets", "monitor"))
    if st.session_state.get("register_part") not in parts:
        st.session_state.register_part = "targets" if len(targets) else "projects"
    first = st.session_state.register_part
    if first == "projects":
        opening = sentence.projects(_counts(projects))
    else:
        opening = both("ans_register", n=count["indicators"], binding=count["binding"], facts=count["facts"], projects=len(projects), clashes=len(clashes))  # fmt: skip
    if first not in ("monitor", "consistency"):  # these say first how far, or how true, the plan is
        with head:
            answered(pick(opening), pick(answer.title), "" if len(targets) else say("lack_targets"), answer.basis)
    part = st.segmented_control(say("panel"), parts, key="register_part", required=True,
                                label_visibility="collapsed", format_func=lambda k: say(f"part_{k}"))  # fmt: skip
    if part not in ("projects", "monitor", "consistency"):  # these begin with figures of their own
        with head:
            figures([
                (say("indicators"), str(count["indicators"]), "", say("indicators_note", rows=count["rows"], n=count["binding"]), ""),
                (say("part_facts"), str(count["facts"]), "", say("facts_note"), ""),
                (say("layer_projects"), str(len(projects)), "", _states(projects), ""),
                (say("contradictions"), str(len(clashes)), "", say("contradictions_note", n=len(remarks)), "bad" if len(clashes) else "good"),
            ])  # fmt: skip
    drawn = Drawn()
    if part == "monitor":
        return monitor_panel.show(asked)
    if part == "consistency":
        return consistency_view.show(workspace)
    if part == "targets":
        onward(say("next_monitor"), "targets", key="next_monitor", register_part="monitor")
        kept = {column: say(f"target_{column}") for column in COLUMNS if column in targets}
        _listed(workspace, "target", targets, _without_none(_in_language(targets)[list(kept)]).rename(columns=kept))
    elif part == "contradictions":
        _clashes(workspace, clashes)
    elif part == "remarks":
        _clashes(workspace, remarks)
    elif part == "facts":
        _facts(workspace, answer.tables["facts"])
    else:
        told = answers.projects(workspace)
        drawn = projects_view.show(asked, told.tables["projects"])
    with st.expander(say("how")):
        method(pick(answer.method if part != "projects" else told.method), answer.sources)
    return drawn


def _in_language(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose words are those of the session's language where the table has them."""
    if language() == "zh":
        return table
    told = {
        c: table[f"{c}_en"].where(table[f"{c}_en"].fillna("") != "", table[c]) for c in COLUMNS if f"{c}_en" in table
    }
    told |= {
        column: table[column].map(lambda value, words=words: words[value].en if value in words else value)
        for column, words in (("kind", TARGET_KINDS), ("category", TARGET_GROUPS)) if column in table
    }  # fmt: skip
    return table.assign(**told)


def _without_none(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table as text with nothing where nothing is said: numbers plain, no None and no nan."""
    told = table.astype(object).map(lambda v: "" if pd.isna(v) else f"{v:g}" if isinstance(v, float) else str(v))
    return pd.DataFrame(told)


def _states(projects: pd.DataFrame) -> str:
    if "state" not in projects or projects.empty:
        return ""
    return say("between").join(f"{pick(state)} {n}" for state, n in _counts(projects).items())


def _counts(projects: pd.DataFrame) -> dict[Text, int]:
    counts = projects["state"].astype(str).value_counts() if "state" in projects else pd.Series(dtype=int)
    return {Text(*PROJECT_STATES.get(s, Text(s, s))): int(n) for s, n in counts.items()}


def _listed(workspace: Workspace, kind: str, rows: pd.DataFrame, shown: pd.DataFrame) -> None:
    """Show a table; of the row that is picked, the plan's own words below it."""
    key = answers.CITED[kind][1]
    names = [str(i) for i in rows[key]] if key in rows else []
    here = chosen(kind)
    if here is None or here not in names:
        paragraph(say("cite_pick"))
        grid(shown, [Mark(pick=f"{kind}:{name}") for name in names])
        return
    # The plan's words stand above the list, not below it: the row that was pressed may be far down.
    row = rows.iloc[names.index(here)]
    told = row.get("name_en") if language() == "en" else None
    heading(str(told or row.get("name_zh") or row.get("name") or row[key]), str(row.get("basis") or ""))
    cited(workspace, kind, str(row[key]))
    grid(shown, [Mark(pick=f"{kind}:{name}", chosen=name == here) for name in names])


def _facts(workspace: Workspace, facts: pd.DataFrame) -> None:
    """Show what the plan asks for beside targets and projects, by group; what is typed is looked for in all that the plan says."""
    if facts.empty:
        paragraph(say("none_here"))
        return
    sought = st.text_input(say("facts_search"), key="facts_search").strip()
    groups = st.pills(
        say("facts_group"), list(dict.fromkeys(facts["group"])), key="facts_group", selection_mode="multi",
        format_func=lambda g: pick(FACT_GROUPS.get(g, Text(g, g))),
    )  # fmt: skip
    kept = facts[facts["group"].isin(groups)] if groups else facts
    if sought:
        _found(workspace, sought, set(kept["id"]) if groups else None)
        return
    paragraph(say("facts_found", n=len(kept), of=len(facts)))
    if kept.empty:
        return
    lang = language()
    shown = pd.DataFrame({
        say("facts_group"): [pick(FACT_GROUPS.get(g, Text(g, g))) for g in kept["group"]],
        say("fact_name"): _said(kept, "name", lang), say("fact_what"): _said(kept, "what", lang), say("project_clause"): list(kept["clause"]),
    })  # fmt: skip
    _listed(workspace, "fact", kept, _without_none(shown))


def _found(workspace: Workspace, sought: str, facts: set[str] | None) -> None:
    """Show all that speaks of some words, or only these requirements; of the row that is picked, the plan's own words."""
    try:
        answer = answers.find(workspace, sought)
    except InputError as error:
        st.error(pick(error.text))
        return
    found = answer["found"]
    if facts is not None:
        found = found[(found["kind"] == "fact") & found["id"].isin(facts)].reset_index(drop=True)
    if found.empty:
        paragraph(say("found_none"))
        return
    paragraph(say("found_of", n=len(found)) if (found["score"] == 1).all() else say("found_near", n=len(found)))
    names = _said(found, "name", language())
    shown = pd.DataFrame({
        say("found_kind"): [say(f"found_{kind}") for kind in found["kind"]],
        say("found_name"): names, say("project_clause"): list(found["clause"]),
    })  # fmt: skip
    marks = [f"{i}-{kind}" for i, kind in zip(found.get("id", found.index), found["kind"], strict=True)]
    here = chosen("found")
    at = marks.index(here) if here in marks else 0
    grid(shown, [Mark(pick=f"found:{mark}", chosen=i == at) for i, mark in enumerate(marks)])
    row = found.iloc[at]
    heading(str(names[at]))
    if row["kind"] == "text":
        passage(workspace, str(row["quote"]))
    else:
        cited(workspace, str(row["kind"]), str(row["id"]))


def _said(table: pd.DataFrame, what: str, lang: str) -> list[str]:
    """Return a text of each row in the language of the session, in Chinese where there is no other."""
    zh = table[f"{what}_zh"].fillna("") if f"{what}_zh" in table else pd.Series("", table.index)
    if lang == "zh" or f"{what}_en" not in table:
        return list(zh)
    own = table[f"{what}_en"].fillna("")
    return list(own.where(own != "", zh))


def _clashes(workspace: Workspace, clashes: pd.DataFrame) -> None:
    """Show each contradiction: where it stands, what it is, how it was settled here, how sure that is, and both sentences."""
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
            if told.get("quote"):
                with st.expander(say("cite_open")):
                    cited(workspace, "contradiction", told["id"])
