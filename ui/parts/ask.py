"""A select box that speaks the language of the session and keeps its value when the language changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.words import language

__all__ = ["now", "select", "switch"]


def select(
    label: str, options: Sequence[Hashable], key: str, words: Callable[[Any], str] = str, *, start: int = 0, label_visibility: Any = "visible", width: Any = "stretch",
    where: DeltaGenerator | None = None, on_change: Callable[[], None] | None = None,
) -> Any:  # fmt: skip
    """Return the chosen one of ``options``, kept in the session under ``key``.

    Streamlit's own box keeps the words it was first drawn with; so each language has a box of its own over one
    value.
    """
    choices = list(options)
    state = st.session_state
    if state.get(key) not in choices:
        state[key] = choices[start] if choices else None
    own, labels = f"{key}_{language()}", tuple(words(one) for one in choices)
    if own not in state or state.get(f"{key}@last") != (state[key], language(), labels):
        # First shown, shown in another language or by other words (Streamlit then begins at the first), or set by something
        # else (a click on the map). What the planner chose since it was last drawn holds.
        state[own] = (
            now(key)
            if state.get(f"{key}@last", ())[:2] == (state[key], language()) and now(key) in choices
            else state[key]
        )
    value = (where or st).selectbox(
        label, choices, key=own, format_func=words, on_change=on_change, label_visibility=label_visibility, width=width
    )
    state[key] = value
    state[f"{key}@last"] = (value, language(), labels)
    return value


def now(key: str) -> Any:
    """Return what is chosen in a box of ``select`` by now, also before it is drawn again in this run."""
    state = st.session_state
    own, last = f"{key}_{language()}", state.get(f"{key}@last", ())
    return state[own] if own in state and last[:2] == (state.get(key), language()) else state.get(key)


def switch(label: str, options: Sequence[str], key: str, words: Callable[[str], str]) -> str:
    """Return the one pressed of a row of buttons, kept in the session under ``key`` while other panels are open."""
    state = st.session_state
    if state.get(key) not in options:
        state[key] = options[0]
    if state.get(f"{key}_row") not in options:  # first shown, or what was pressed is no longer offered
        state[f"{key}_row"] = state[key]
    pressed = st.segmented_control(
        label, options, key=f"{key}_row", required=True, label_visibility="collapsed", format_func=words
    )
    state[key] = pressed
    return str(pressed)
