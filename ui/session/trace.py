"""Each run of the page in the log: its number goes on from that of the connection, so that one press can be followed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from layers.operate import log

__all__ = ["run"]


@contextmanager
def run() -> Iterator[None]:
    """Let all that is logged in the block belong to a run of this session, and log how long it took."""
    state = st.session_state
    state.runs = state.get("runs", 0) + 1
    connection = st.context.headers.get(log.HEADER.decode(), "")
    begun = time.perf_counter()
    with log.during(f"{connection}.{state.runs}" if connection else ""):
        try:
            yield
        finally:
            spent = round((time.perf_counter() - begun) * 1000)
            log.event("run", panel=state.get("panel"), service=state.get("service"), year=state.get("year"), ms=spent)
