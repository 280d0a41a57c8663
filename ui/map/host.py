"""The map on the page: one component that stays mounted, fed with published layers and small answers.

The script and the style are this repository's own files; data reaches them only as values, never as code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

__all__ = ["KEY", "clicked", "last_click", "show_map"]

KEY = "map"
HERE = Path(__file__).resolve().parent


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "zone_map",
        js=(HERE / "host.js").read_text(encoding="utf-8"),
        css=(HERE / "host.css").read_text(encoding="utf-8"),
        isolate_styles=False,
    )


def show_map(data: Mapping[str, Any], on_click: Callable[[], None]) -> None:
    """Draw ``data`` on the map; call ``on_click`` when somebody asks about a place (mouse, touch or Enter)."""
    _component()(key=KEY, data=dict(data), on_click_change=on_click)


def last_click() -> int:
    """Return the number of the last click, so that the same place asked twice is answered twice."""
    value = getattr(st.session_state.get(KEY), "click", None)
    number = value.get("n") if isinstance(value, Mapping) else None
    return number if isinstance(number, int) else 0


def clicked() -> tuple[float, float] | None:
    """Return longitude and latitude [degrees] of the place asked about last, or None."""
    value = st.session_state.get(KEY)
    place = getattr(value, "click", None) if value is not None else None
    if not isinstance(place, Mapping):
        return None
    try:
        lon, lat = float(place["lon"]), float(place["lat"])
    except (KeyError, TypeError, ValueError):
        return None
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None
