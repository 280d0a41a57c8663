"""The panels by the planner's task: what is there, what is lacking, which plan, what goes out; and the data behind it all."""

from __future__ import annotations

import streamlit as st

__all__ = ["TASKS", "panels", "show_panel", "task_of", "turn_to"]

TASKS: dict[str, tuple[str, ...]] = {
    "start": ("overview",),
    "look": ("site", "zones", "targets"),
    "gap": ("coverage", "seats"),
    "choose": ("siting", "scenario", "compare"),
    "deliver": ("export",),
    "data": ("import", "health"),
}
"""Task to its panels, both in the order of the work."""


def task_of(panel: str) -> str:
    """Return the task that a panel belongs to.

    Examples
    --------
    >>> task_of("seats"), task_of("import")
    ('gap', 'data')
    """
    return next(task for task, panels in TASKS.items() if panel in panels)


def panels() -> tuple[str, ...]:
    """Return every panel, task by task."""
    return tuple(panel for one in TASKS.values() for panel in one)


def turn_to(task: str) -> None:
    """Open the panel of a task that was open last in it, its first where none was."""
    if task_of(st.session_state.panel) != task:
        st.session_state.panel = _last().get(task, TASKS[task][0])


def show_panel(panel: str) -> str:
    """Open a panel, keep it as the last one of its task, and return that task."""
    task = task_of(panel)
    st.session_state.panel = _last()[task] = panel
    return task


def _last() -> dict[str, str]:
    found: dict[str, str] = st.session_state.setdefault("task_panels", {})
    return found
