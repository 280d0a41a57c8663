"""What went wrong, in words that a planner can act on; never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import streamlit as st

from geo.errors import Finding, InfeasibleError, InputError, PlanError
from geo.text import Text
from layers.operate import log
from ui.parts import markup
from ui.words import both, pick, say

__all__ = ["findings", "full", "guarded", "refused", "workspace_refused"]

T = TypeVar("T")


def findings(found: Sequence[Finding]) -> None:
    """Show findings, each with where it is, what is wrong and what to do, in the language of the session."""
    rows = []
    for f in found:
        row = "" if f.row is None else say("finding_row", n=f.row)
        where = " ".join(t for t in (f.file, row, f.field) if t)
        rows.append((say(f"level_{f.level}"), where, pick(Text(f.text_zh, f.text_en))))
    markup.table([say("finding_level"), say("finding_where"), say("finding_why")], rows)


def refused(error: PlanError) -> None:
    """Show why a question could not be answered."""
    log.told("refused", why="question")
    if isinstance(error, InputError) and any(f.row is not None or f.file for f in error.findings):
        findings(error.findings)
        return
    with st.container(border=True):
        st.caption(say("infeasible") if isinstance(error, InfeasibleError) else say("cannot"))
        st.text(pick(error.text))


def guarded(question: Callable[[], T]) -> T | None:
    """Return the answer, or None after showing why there is none."""
    try:
        return question()
    except PlanError as error:
        refused(error)
    except Exception:
        log.told("refused", why="fault")
        # A fault of the program: logged for the operator, said plainly to the planner, map and other panels live on.
        logging.getLogger("zoneplan").exception("panel failed")
        st.error(say("fault"))
    return None


def full(most: str) -> None:
    """Show the page of whoever is one too many."""
    st.session_state.setdefault("lang", "zh")
    with st.container(key="refused"):
        st.subheader(" · ".join(both("full_title")))
        st.warning(
            "\n\n".join(both("full_why", n=most))
        )  # an alert takes the opening picture away (layers/door/shell.js)


def workspace_refused(folder: Path, error: PlanError) -> None:
    """Show the page of a workspace that cannot be used: every finding with its file, row, field and remedy."""
    st.session_state.setdefault("lang", "zh")
    with st.container(key="refused"):
        st.subheader(" · ".join(both("refused_title")))
        st.text(f"{' '.join(both('refused_folder'))}: {folder}")
        found = error.findings
        st.text("\n".join(both("refused_one") if len(found) == 1 else both("refused_many", n=len(found))))
        rows = [(f.file or "", "" if f.row is None else str(f.row), f.field or "", f.text_zh, f.text_en) for f in found]
        heads = (" ".join(head) for head in (both("refused_file"), both("refused_row"), both("refused_field")))
        markup.table([*heads, *both("finding_why")], rows)
        st.text(f"{both('refused_shell')}:  python cli.py --data DIR check")
