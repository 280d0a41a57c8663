"""The project of the plan that is looked at: chosen in the list or by its mark on the map."""

from __future__ import annotations

import streamlit as st

__all__ = ["choose", "chosen", "looked", "open_card", "turn_to"]


def chosen() -> str | None:
    """Return the id of the project that is looked at; whether the workspace has it is the panel's to see."""
    found: str | None = st.session_state.get("project_chosen")
    return found


def choose(thing: tuple[str, str]) -> None:
    """Take a mark that was clicked on the map: the panel of projects opens with its card. The map stays where it is."""
    kind, mark = thing
    if kind == "project":
        st.session_state.project_chosen = mark
        st.session_state.panel = "targets"
        st.session_state.register_part = "projects"


def turn_to(mark: str | None) -> None:
    """Look at a project that was chosen by name: its card opens, the map goes there."""
    st.session_state.project_chosen = mark
    if mark is not None:
        st.session_state.project_view_times = looked() + 1


def looked() -> int:
    """Return how often a project was turned to by name: the map moves once for each."""
    found: int = st.session_state.get("project_view_times", 0)
    return found


def open_card(mark: str | None) -> None:
    """Open the panel of projects at one of them: from a list that stands in another panel."""
    if mark is not None:
        choose(("project", mark))
        turn_to(mark)
