"""Threads that live on.

PROJ sets up its transformations anew in every new thread (0.1 s each), and Streamlit starts a thread for every
run. What needs coordinates is therefore done in a few threads that stay; what they log belongs to the run that asks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

import streamlit as st
from streamlit.errors import StreamlitAPIException

__all__ = ["again", "aside", "later"]

P = ParamSpec("P")
T = TypeVar("T")


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
    """Return what ``work`` returns, done in a thread that lives on; it must not touch the screen or the session."""
    asking = copy_context()
    return _threads().submit(lambda: asking.run(work, *args, **kwargs)).result()


def again() -> None:
    """Run the page anew, with what has changed: only its fragment where that is what runs now."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:  # the whole page is running
        st.rerun()
