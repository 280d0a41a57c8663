"""Which sentences of the plan cannot all hold: the fewest, side by side, each with its clause and the plan's own words."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo import answers
from geo.errors import InputError
from geo.text import Text
from geo.workspace import Workspace
from ui.map.drawn import Drawn
from ui.parts.cited import cited
from ui.parts.grid import grid
from ui.parts.markup import answered, figures, heading, method, paragraph
from ui.parts.patience import patient
from ui.words import both, language, pick, say

__all__ = ["show"]


def show(workspace: Workspace) -> Drawn:
    """Show the sets of sentences that cannot all hold, and every sentence that was looked at."""
    try:
        answer = patient(
            both("consistency_work"),
            lambda progress: answers.consistency(workspace, progress=progress),
            ("consistency", workspace.key, workspace.scenario, workspace.scenario_state),
        )
    except InputError as error:
        st.error(pick(error.text))
        return Drawn()
    if answer is None:
        return Drawn()
    count = answer["summary"].iloc[0]
    answered(pick(Text(count["words_zh"], count["words_en"])), pick(answer.title), say("consistency_how"), answer.basis)
    figures([
        (say("consistency_sentences"), str(count["taking_part"]), "", say("consistency_sentences_note", of=count["sentences"]), ""),
        (say("consistency_new"), str(count["new"]), "", "", "bad" if count["new"] else "good"),
        (say("consistency_known"), str(count["known"]), "", say("consistency_known_note"), ""),
    ])  # fmt: skip
    for note in answer.notes:
        paragraph(pick(note))
    # What nobody has settled yet stands first.
    conflicts = answer["conflicts"]
    for settled in (False, True):
        _sets(workspace, conflicts[(conflicts["known"] != "") == settled])
    if count["overlapping"]:
        with st.expander(say("consistency_overlapping", n=count["overlapping"])):
            _sets(workspace, answer["overlapping"])
    table = answer["constraints"]
    if len(table):
        with st.expander(say("consistency_all", n=len(table))):
            grid(_listed(table))
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    return Drawn()


def _sets(workspace: Workspace, conflicts: pd.DataFrame) -> None:
    """Show each set: its sentences side by side, what is known of it, and the plan's own words on a press."""
    for number, rows in conflicts.groupby("conflict", sort=True):
        first = rows.iloc[0]
        with st.container(border=True):
            heading(
                say("consistency_set", n=number, m=len(rows)) if len(rows) > 1 else say("consistency_one", n=number)
            )
            if first["known"]:
                settled = pick(Text(first["settled_zh"], first["settled_en"] or first["settled_zh"]))
                paragraph(say("consistency_same", id=first["known"]) + say("settled", how=settled))
            for at, row in enumerate(rows.to_dict("records")):
                heading(str(at + 1), row["basis"])
                st.text(pick(Text(row["sentence_zh"], row["sentence_en"])))
                paragraph(say("between").join(t for t in (say(f"kind_{row['kind']}"), row["clause"]) if t))
                if row["quote"]:
                    with st.expander(say("cite_open")):
                        cited(workspace, row["cited_kind"], row["cited_id"])


def _listed(table: pd.DataFrame) -> pd.DataFrame:
    """Return every sentence in the session's language, those in a contradiction first."""
    rows = table.sort_values("conflict", key=lambda n: n.eq(0), kind="stable")
    words = rows[f"sentence_{language()}"]
    return pd.DataFrame({
        say("consistency_sentence"): words, say("project_clause"): rows["clause"],
        say("consistency_kind"): [say(f"kind_{kind}") for kind in rows["kind"]],
        say("consistency_takes_part"): [("✓" if part else why) for part, why in zip(rows["takes_part"], rows[f"why_not_{language()}"], strict=True)],
    }).reset_index(drop=True)  # fmt: skip
