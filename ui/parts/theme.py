"""Light or dark: the button in the head of the page. The browser keeps the choice; no run of the page is needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from ui.words import say

__all__ = ["EARLY", "control"]

HERE = Path(__file__).resolve().parent
EARLY = (HERE / "theme_early.js").read_text("utf-8")
"""What is to run before the page draws anything, so that a dark page does not begin with a white flash."""


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    own = (HERE / "theme.js").read_text("utf-8")
    return st.components.v2.component("zone_theme", js=f"{EARLY}\n{own}", isolate_styles=False)


def control() -> None:
    """Show the button that turns from the system's colours to light, to dark, and back."""
    words = {choice: say(f"theme_{choice}") for choice in ("auto", "light", "dark")}
    _component()(key="theme", data={"words": words}, width=34, height="content")
