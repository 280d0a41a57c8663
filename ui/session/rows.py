"""Which row of a table the planner pressed: heard by the way of a mark on the map, kept by what the table lists."""

from __future__ import annotations

import streamlit as st

__all__ = ["choose", "chosen", "forget"]

KINDS = ("target", "fact", "found", "crossing", "plan", "robust")


def choose(thing: tuple[str, str]) -> None:
    """Take a pressed row as the browser says it; whether the table has it is the panel's to see."""
    kind, mark = thing
    if kind in KINDS:
        st.session_state[f"row_{kind}"] = mark


def chosen(kind: str) -> str | None:
    """Return what was pressed last in the tables of a kind, None where nothing was."""
    found: str | None = st.session_state.get(f"row_{kind}")
    return found


def forget(kind: str) -> None:
    """Let go of what was pressed: the table is another."""
    st.session_state.pop(f"row_{kind}", None)
