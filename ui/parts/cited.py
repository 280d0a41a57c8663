"""The plan's own words behind a thing, in their place: chapter, section, item; the sentence marked, its neighbours in grey."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from geo import answers
from geo.errors import InputError
from geo.plantext import places
from geo.workspace import Workspace
from ui.words import pick, say

__all__ = ["FIELDS", "cited", "control", "passage"]

FIELDS = ("table", "text", "role", "functions", "carriers", "what", "finding")
"""What a quotation may speak for: the row of table 1, the text beside it, what of a zone, project, fact or finding."""
LONGEST_NEIGHBOUR = 160
"""Characters shown of a neighbour; the paragraph before a first sentence can be a page."""


def cited(workspace: Workspace, kind: str, thing: str, *, field: str = "") -> None:
    """Show the words of the plan that one thing rests on; of all its fields, or of one.

    ``kind`` and ``thing`` (an id) are those of ``geo.answers.citation``. Draws wherever it is called; no key, no state.
    """
    try:
        answer = answers.citation(workspace, kind, thing)
    except InputError as error:
        st.error(pick(error.text))
        return
    for note in answer.notes:
        _quiet(pick(note))
    if kind == "standard":
        _standards(answer["record"].to_dict("records"))
        return
    rows = answer["places"]
    if field:
        rows = rows[rows["field"] == field]
        if rows.empty and not answer.notes:
            _quiet(say("cite_none"))
    shown = "".join(_place(row) for row in rows.to_dict("records"))
    source = answer.parameters["source"]
    if shown:
        st.html(f'<div class="zp-cited">{shown}<p class="zp-cited-source">{escape(source)}</p></div>')


def passage(workspace: Workspace, words: str) -> None:
    """Show a sentence of the plan in its place, for words that nothing cites."""
    rows = places(workspace.plan_text, words).head(1).assign(field="text", side="")
    st.html(f'<div class="zp-cited">{"".join(_place(row) for row in rows.to_dict("records"))}</div>')


def control(workspace: Workspace, kind: str, thing: str, *, field: str = "", key: str) -> None:
    """Show a small control that opens the words of the plan in place."""
    with st.popover(say("cite_open"), key=key):
        cited(workspace, kind, thing, field=field)


def _place(row: Mapping[str, Any]) -> str:
    """Return one place as HTML; everything from data is escaped."""
    label = say(f"cite_{row['field']}") if row["field"] in FIELDS else row["field"]
    if row["side"]:
        label = f"{label} {say('cite_side', side=str(row['side']).upper())}"
    crumbs = [row[c] for c in ("chapter", "section", "item") if row[c]]
    where = " › ".join(crumbs) or row["clause"]
    words, start, end = row["sentence"], int(row["start"]), int(row["end"])
    sentence = f"{escape(words[:start])}<b>{escape(words[start:end])}</b>{escape(words[end:])}"
    before, after = row["before"], row["after"]
    if len(before) > LONGEST_NEIGHBOUR:
        before = "…" + before[-LONGEST_NEIGHBOUR:]
    if len(after) > LONGEST_NEIGHBOUR:
        after = after[:LONGEST_NEIGHBOUR] + "…"
    # Rows of a table are no sentences of one paragraph: each on a line of its own.
    apart = ' class="rows"' if row["kind"] == "table row" else ""
    return (
        f'<p class="zp-cited-where"><b>{escape(label)}</b><span>{escape(where)}</span></p>'
        f"<blockquote{apart}><span>{escape(before)}</span> <mark>{sentence}</mark> <span>{escape(after)}</span></blockquote>"
    )


def _standards(rows: list[dict[str, Any]]) -> None:
    lines = "".join(
        f"<li><span>{escape(' · '.join(str(r.get(c) or '') for c in ('what', 'standard', 'clause')))}</span>"
        f"<b>{escape(say('cite_confidence', level=str(r.get('confidence') or '?')))}</b></li>"
        for r in rows
    )
    st.html(f'<ul class="zp-list">{lines}</ul>')


def _quiet(text: str) -> None:
    st.html(f'<p class="zp-sub">{escape(text)}</p>')
