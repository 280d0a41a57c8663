"""The browser at the page: a random id that it keeps, the name that somebody gave in it once, its time of day."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from zoneinfo import ZoneInfo

import streamlit as st

from geo.errors import PlanError
from layers.store.drafts import BROWSER
from layers.store.place import drafts_of
from ui.session.state import data_folder

__all__ = ["COOKIE", "given", "local_time", "own_id", "remember"]

COOKIE = "zp_browser"
"""Set by the map's own script, first-party, no more than this id in it."""
ZONE = "Asia/Shanghai"
"""Where the browser does not tell its own."""
NAME_MAX = 40


def own_id() -> str:
    """Return the id of this browser: the one it keeps, or a new one for it to keep."""
    found = st.session_state.get("browser")
    if found is None:
        told = str(st.context.cookies.get(COOKIE, ""))
        found = told if BROWSER.fullmatch(told) else secrets.token_hex(16)
        st.session_state["browser"] = found
    return str(found)


def given() -> str:
    """Return the name that was given in this browser, empty where none was."""
    if "person" not in st.session_state:
        try:
            st.session_state["person"] = drafts_of(data_folder()).person(own_id())
        except PlanError as error:
            logging.getLogger("zoneplan").warning("%s", error)
            st.session_state["person"] = ""
    return str(st.session_state["person"])


def remember(name: str) -> None:
    """Keep the name that somebody gave, for this browser."""
    st.session_state["person"] = " ".join(name.split())[:NAME_MAX]
    drafts_of(data_folder()).name_person(own_id(), st.session_state["person"])


def local_time(at: str) -> str:
    """Return a moment kept as UTC (ISO 8601) in the reader's own time, to the minute."""
    told = st.context.timezone
    try:
        zone = ZoneInfo(told or ZONE)
    except (KeyError, ValueError, OSError):  # not one that this machine knows
        zone = ZoneInfo(ZONE)
    return dt.datetime.fromisoformat(at).astimezone(zone).strftime("%Y-%m-%d %H:%M")
