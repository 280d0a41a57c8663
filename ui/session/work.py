"""Threads that live on.

PROJ sets up its transformations anew in every new thread (0.1 s each), and Streamlit starts a thread for every
run. What needs coordinates is therefore done in a few threads that stay; what they log belongs to the run that asks.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from contextvars import ContextVar, copy_context
from typing import ParamSpec, TypeVar

import streamlit as st
from streamlit.errors import StreamlitAPIException

from geo.errors import InputError
from layers.door import limits
from layers.operate import log
from ui.words import both

__all__ = ["ENDS", "again", "aside", "later", "left", "too_long"]

P = ParamSpec("P")
T = TypeVar("T")
ENDS: ContextVar[float] = ContextVar("ends", default=math.inf)
"""When the run of the page must have its answer, by the clock of ``time.monotonic`` [s]."""


@st.cache_resource(show_spinner=False)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(4, thread_name_prefix="ask")


def later(work: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Do ``work`` in a thread that lives on, without waiting; a fault of it goes to the log."""
    asking = copy_context()
    _threads().submit(lambda: asking.run(work, *args, **kwargs)).add_done_callback(_log_fault)


def _log_fault(done: Future[object]) -> None:
    if fault := done.exception():
        logging.getLogger("zoneplan").error("%s", fault)


def aside(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what ``work`` returns, done in a thread that lives on; it must not touch the screen or the session.

    Raises
    ------
    InputError
        If the run has no time left for it.
    """
    asking = copy_context()
    done = _threads().submit(lambda: asking.run(work, *args, **kwargs))
    try:
        return done.result(left())
    except Late:
        if done.done():  # the work's own
            raise
        done.cancel()
        raise too_long() from None


def left() -> float | None:
    """Return how long the run may still take [s], None where nobody has set a limit."""
    return None if ENDS.get() == math.inf else max(0.0, ENDS.get() - time.monotonic())


def too_long() -> InputError:
    """Return the refusal of an answer that would take longer than the operator allows."""
    log.event("refused", why="run_seconds")
    return InputError(both("run_too_long", s=limits().run_seconds))


def again() -> None:
    """Run the page anew, with what has changed: only its fragment where that is what runs now."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:  # the whole page is running
        st.rerun()
