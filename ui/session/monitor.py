"""Yearly actuals as the session enters them: one, a table of them, and what is taken back."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from geo.errors import InputError, PlanError
from geo.monitor import Actual
from geo.text import Text
from layers.store import actuals, operation
from ui.session import browser, draft, person
from ui.words import both

__all__ = ["changes", "enter", "kept", "problem", "seen", "take", "take_back"]

History = list[tuple[Actual, str]]


def kept() -> History:
    """Return everything ever entered for the workspace, with who took it back.

    Raises
    ------
    PlanError
        If the store cannot be read, or an entry is damaged.
    """
    return actuals.history(draft.store())


def changes(rows: Sequence[Actual], history: History) -> list[tuple[Actual, Actual | None]]:
    """Return what of the rows is new, with what holds now."""
    return actuals.changes(rows, [one for one, gone in history if not gone])


def seen() -> int:
    """Return how many entries the record has, those that take back counted."""
    return len(draft.store().comments(actuals.ACTUALS))


def problem() -> Text | None:
    """Return once why the last entry was not taken."""
    found: Text | None = st.session_state.pop("monitor_problem", None)
    return found


def enter(indicator: str, targets: pd.DataFrame, seen: int) -> None:
    """Enter what stands in the fields; the same press again, where the answer of the first was lost, counts once."""
    told = {
        name: st.session_state.get(f"monitor_{name}_{indicator}")
        for name in ("of_year", "value", "state", "source", "note")
    }
    row = Actual(indicator, int(told["of_year"] or 0), told["value"], told["state"] or "", told["source"] or "", told["note"] or "")  # fmt: skip
    _write([row], targets, operation(browser.own_id(), "actual", indicator, {k: str(v) for k, v in told.items()}, seen))


def take(rows: Sequence[Actual], targets: pd.DataFrame, seen: int) -> None:
    """Enter the rows of a table as one operation, refused where somebody entered something since they were shown."""
    said = [(one.indicator_id, one.year, one.value, one.state, one.source, one.note) for one in rows]
    if _write(rows, targets, operation(browser.own_id(), "actuals", said, seen), seen):
        st.session_state.monitor_round = st.session_state.get("monitor_round", 0) + 1


def take_back(batch: str) -> None:
    """Take back what one operation entered."""
    try:
        actuals.take_back(draft.store(), batch, who=_signing())
    except PlanError as error:
        st.session_state.monitor_problem = error.text


def _write(rows: Sequence[Actual], targets: pd.DataFrame, op: str, seen: int | None = None) -> bool:
    try:
        actuals.enter(draft.store(), rows, targets, who=_signing(), op=op, seen=seen)
    except PlanError as error:
        st.session_state.monitor_problem = error.text
        return False
    return True


def _signing() -> str:
    """Return who enters it; whoever may save plans may."""
    if not person.may("save"):
        raise InputError(both("monitor_viewer"))
    return person.signing("save")
