"""The map on the page: one component that stays mounted, fed with published layers and small answers.

The script and the style are this repository's own files; data reaches them only as values, never as code. The script is
the modules of ``ui/map/host``, joined into one. Streamlit sends a component's script with every answer; so what it is
given is a few lines (``loader.js``) that fetch script and style, which the door serves under a name made of their content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import streamlit as st

from ui.map import known
from ui.map.bundle import bundle
from ui.session import address, browser, state
from ui.words import BASIS, WIDGETS, language, pick, say, tools

__all__ = [
    "KEY",
    "clicked",
    "drawn",
    "files",
    "has",
    "last_click",
    "led",
    "noted",
    "picked",
    "show_map",
    "sought",
    "worded",
]

KEY = "map"
HERE = Path(__file__).resolve().parent
WORDS = ("layers_failed", "layers_between", "layers_retried", "layers_retry", "layers_trying", "layer_unnamed",
         "link_copy", "link_copied", "link_by_hand", "link_unsaved", "link_close", "swipe_handle",
         "gone_lost", "gone_trying", "gone_back", "gone_anew", "gone_retry", "layers_loading", "panel",
         "head_service", "head_year", "head_by", "head_lang", *tools.WORDS)  # fmt: skip
"""What the map itself says, whatever the panel shows."""
LONGEST = 200
"""Characters that are looked for in the plan at most."""


@cache
def files() -> dict[str, bytes]:
    """Return script and style of the map by the path that they are served under, which changes with them."""
    made = {".js": bundle(HERE / "host").encode(), ".css": (HERE / "host.css").read_bytes()}
    return {f"app/static/map/{hashlib.sha256(text).hexdigest()[:20]}{kind}": text for kind, text in made.items()}


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    script, style = files()
    loader = Template((HERE / "loader.js").read_text("utf-8")).safe_substitute(script=script, style=style)
    return st.components.v2.component("zone_map", js=loader, isolate_styles=False)


def show_map(data: Mapping[str, Any], on_click: Callable[[], None], on_draw: Callable[[], None]) -> None:
    """Draw ``data`` on the map.

    ``on_click`` is called when somebody asks about a place (mouse, touch or Enter), ``on_draw`` when somebody draws.
    """
    told = {
        **worded(data),
        "browser": browser.own_id(),
        "known": known.leave(),
        "widgets": WIDGETS if language() == "zh" else {},
        "address": address.named(),
        "stay": state.commenting(),
    }
    _component()(key=KEY, data=told, on_click_change=on_click, on_draw_change=on_draw)


def worded(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the map is told with the words that it says by itself."""
    words = {
        **data["words"],
        **{key: say(key) for key in WORDS},
        **{f"find_basis_{key}": pick(text) for key, text in BASIS.items()},
    }
    return {**data, "words": words}


def drawn() -> object:
    """Return what the browser says was drawn, as it says it: nothing in it is checked yet."""
    return getattr(st.session_state.get(KEY), "draw", None)


def last_click() -> int:
    """Return the number of the last click, so that the same place asked twice is answered twice."""
    value = getattr(st.session_state.get(KEY), "click", None)
    number = value.get("n") if isinstance(value, Mapping) else None
    return number if isinstance(number, int) else 0


def has() -> frozenset[str]:
    """Return the hashes of what the page has drawn of the last click's answer by itself: it need not be sent again."""
    value = getattr(st.session_state.get(KEY), "click", None)
    hashes = value.get("has") if isinstance(value, Mapping) else None
    return frozenset(one for one in hashes if isinstance(one, str)) if isinstance(hashes, list) else frozenset()


def noted() -> int | None:
    """Return the number of the comment whose mark was clicked last, None where the last click asked about a place."""
    value = getattr(st.session_state.get(KEY), "click", None)
    number = value.get("note") if isinstance(value, Mapping) else None
    return number if type(number) is int else None


def sought() -> str:
    """Return the words that are to be looked for in the text of the plan, "" where the last click asked something else."""
    value = getattr(st.session_state.get(KEY), "click", None)
    words = value.get("find") if isinstance(value, Mapping) else None
    return words.strip()[:LONGEST] if isinstance(words, str) else ""


def picked() -> tuple[str, str] | None:
    """Return kind and id of the thing whose mark was clicked last, as the browser says it: no id is checked yet."""
    return _named("pick")


def led() -> tuple[str, str] | None:
    """Return kind and id of where a button beside the map leads that was pressed last, as the browser says it."""
    return _named("go")


def _named(what: str) -> tuple[str, str] | None:
    """Return kind and id that the last click names under ``what``, None where it names none."""
    value = getattr(st.session_state.get(KEY), "click", None)
    said = value.get(what) if isinstance(value, Mapping) else None
    if not isinstance(said, str) or ":" not in said:
        return None
    kind, _, thing = said.partition(":")
    return kind, thing


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
