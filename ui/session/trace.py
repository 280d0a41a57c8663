"""Each run of the page in the log: its number goes on from that of the connection, so that one press can be followed."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from layers.door import limits
from layers.operate import log
from ui.session import work

__all__ = ["run"]


@contextmanager
def run() -> Iterator[None]:
    """Let all that is logged in the block belong to a run of this session, which may take no longer than the operator allows; log how long it took."""
    state = st.session_state
    state.runs = state.get("runs", 0) + 1
    limit = limits().run_seconds
    ends = work.ENDS.set(math.inf if limit is None else time.monotonic() + limit)
    connection = st.context.headers.get(log.HEADER.decode(), "")
    begun = time.perf_counter()
    with log.during(f"{connection}.{state.runs}" if connection else ""):
        try:
            yield
        finally:
            work.ENDS.reset(ends)
            spent = round((time.perf_counter() - begun) * 1000)
            log.event("run", panel=state.get("panel"), service=state.get("service"), year=state.get("year"), ms=spent)
