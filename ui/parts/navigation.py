"""The way through the page: a task, and below it the panels of that task. One press, one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from ui.session import tasks
from ui.words import say

__all__ = ["onward", "show"]


def show() -> None:
    """Show tasks and panels as two rows of tabs, and follow what is pressed.

    The open panel is kept in the session under ``panel``, apart from the rows: a click on the map, a link and a button
    open panels too, and a row that is not drawn forgets what was pressed in it.
    """
    state = st.session_state
    task = tasks.show_panel(state.panel)
    _row(say("task"), tuple(tasks.TASKS), "task", task, lambda one: say(f"task_{one}"), _turned, box="nav")
    if len(tasks.TASKS[task]) == 1:
        return  # a row of one tab offers nothing
    _row(
        say("panel"), tasks.TASKS[task], f"panel_of_{task}", state.panel, lambda one: say(f"panel_{one}"), _opened, box="tabs"
    )  # fmt: skip


def onward(label: str, panel: str, *, key: str, **chosen: object) -> None:
    """Show the one step that leads on from a panel: another panel opens, with something already chosen there."""
    st.button(label, key=key, type="primary", width="stretch", on_click=_go, args=(panel, chosen))


def _go(panel: str, chosen: Mapping[str, object]) -> None:
    st.session_state.panel = panel
    for key, value in chosen.items():
        st.session_state[key] = value


def _row(
    label: str, options: tuple[str, ...], key: str, now: str, words: Callable[[str], str], heard: Callable[[str], None], *, box: str
) -> None:  # fmt: skip
    """Show a row of tabs with one of them pressed, whatever was pressed in it before."""
    if st.session_state.get(key) != now:
        st.session_state[key] = now
    st.container(key=box).segmented_control(
        label, options, key=key, required=True, label_visibility="collapsed", width="stretch", format_func=words,
        on_change=heard, args=(key,),
    )  # fmt: skip


def _turned(key: str) -> None:
    if (task := st.session_state[key]) is not None:
        tasks.turn_to(task)


def _opened(key: str) -> None:
    # A press that was on its way while the row was drawn anew can say that nothing is pressed: the panel stays.
    if (panel := st.session_state[key]) is not None:
        st.session_state.panel = panel
