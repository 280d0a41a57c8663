"""What stands above the picture of the map: the place, and what is asked on it."""

from __future__ import annotations

import streamlit as st

from geo.text import Text
from geo.workspace import Workspace
from ui.session.state import Choice
from ui.words import pick, say, service_name

__all__ = ["caption"]


def caption(workspace: Workspace, choice: Choice) -> dict[str, str]:
    """Return title, line and program of the picture, in the language of the session."""
    asked = [
        say(f"panel_{st.session_state.panel}"),
        pick(service_name(choice.service)),
        str(choice.year),
        say("walk" if choice.by == "walk" else "radius"),
    ]
    return {
        "title": pick(Text(workspace.name_zh, workspace.name_en)),
        "line": " · ".join([*asked, *([workspace.scenario] if workspace.scenario else [])]),
        "program": pick(workspace.brand),
    }
