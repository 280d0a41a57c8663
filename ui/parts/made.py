"""Files made on the page: each offered only while the page still asks what it answers."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import streamlit as st

from geo.case import Case
from ui.words import language, say

__all__ = ["Made", "asked_of", "keep", "offered"]


@dataclass(frozen=True)
class Made:
    """A file as it was made, and what was asked when it was."""

    name: str
    content: bytes
    asked: Hashable


def asked_of(case: Case, *more: Hashable) -> Hashable:
    """Return all that a file's content depends on: place, plan and its state, service, year, demand, language, and ``more``."""
    place = case.workspace
    return place.key, place.scenario_state, case.service, case.year, case.demand, language(), *more


def keep(key: str, made: Made | None) -> None:
    """Keep a file for the session, in place of the one made before it; None lets go of that one."""
    st.session_state[f"made_{key}"] = made


def offered(key: str, asked: Hashable) -> Made | None:
    """Return the file made before, if it answers what is asked now; else say that it was withdrawn, and why."""
    made: Made | None = st.session_state.get(f"made_{key}")
    if made is None or made.asked == asked:
        return made
    # Kept, not dropped: a planner who goes back to the year before finds the file that answers it.
    st.info(say("export_withdrawn", name=made.name))
    return None
