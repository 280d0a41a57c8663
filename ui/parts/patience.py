"""Work that may take longer than a second: what is done, how far and for how long is said, and the planner can stop it.

The work goes on in a thread of its own while the page asks after it; each time it asks, a press on Stop (or on anything
else) can end the run. What was begun is finished in the background and kept, so that asking again finds it. What takes longer
than the operator allows is ended in words, and the work itself at its next word of how far it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from typing import TypeVar

import streamlit as st

from geo.progress import Progress, Step
from geo.text import Text
from ui.parts.markup import paragraph
from ui.session.work import ENDS, left, too_long
from ui.words import pick, say

__all__ = ["patient"]

T = TypeVar("T")
AT_ONCE = 0.7
"""How long nothing is said: what comes by then needs no word [s]."""
BETWEEN = 0.25
"""How often the work is asked after, and a press on Stop is heard [s]."""


@st.cache_resource(show_spinner=False)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(4, thread_name_prefix="long")


def patient(what: Text, work: Callable[[Progress], T], asked: Hashable, *, pressed: bool = False) -> T | None:
    """Return what ``work`` returns, None where the planner stopped it; it must not touch the screen or the session.

    Parameters
    ----------
    what
        What is being worked out, in words.
    work
        Done in a thread that is not the page's; it may tell how far it is to what it is given.
    asked
        The question: what was stopped stays so, with a way to ask again, until another is asked.
    pressed
        Whether a press has just asked for it: then it begins, also where it was stopped before.
    """
    state, mark = st.session_state, (what, asked)
    if pressed or state.get("work_stopped", mark) != mark:
        state.pop("work_stopped", None)
    if "work_stopped" in state:
        paragraph(say("work_stopped", what=pick(what)))
        st.button(say("work_again"), key="work_again", on_click=state.pop, args=("work_stopped",), width="stretch")
        return None
    began, far, ends = time.monotonic(), [Step()], ENDS.get()

    def told(step: Step) -> None:
        far[0] = step
        if time.monotonic() > ends:
            raise too_long()

    done = _threads().submit(work, told)
    try:
        return done.result(min(AT_ONCE, left() or AT_ONCE))
    except Late:
        if done.done():  # the work's own
            raise
    return _awaited(done, pick(what), began, mark, far)


def _awaited(done: Future[T], what: str, began: float, mark: Hashable, far: Sequence[Step]) -> T:
    word, stop = st.empty(), st.empty()
    stop.button(say("stop"), key="work_stop", on_click=_stopped, args=(mark,))
    try:
        while True:
            share, seconds = far[0].share, f"{time.monotonic() - began:.0f}"
            # A bar that stands at 0 where nobody knows would be a number that is not true: the words go without one.
            text = say("work_on", what=what, s=seconds)
            if share is None:
                word.markdown(text)
            else:
                word.progress(share, text=text)
            try:
                return done.result(BETWEEN)
            except Late:
                if done.done():
                    raise
                if left() == 0:
                    raise too_long() from None
    finally:
        done.cancel()  # if it has not begun, it need not
        word.empty()
        stop.empty()


def _stopped(mark: Hashable) -> None:
    st.session_state["work_stopped"] = mark
