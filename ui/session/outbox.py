"""What the browser says was done by hand: each operation once, in order, and to whom it belongs.

The browser sends operations until it hears the number of the last one taken (``done``), so that none is lost while the
page runs and none is made twice. Each says what it was meant for (the plan, the area asked about): a drag just before
another panel is opened arrives when that panel is there already. What is sent is a stranger's text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

__all__ = ["Maker", "done", "take"]

Maker = Callable[[Mapping[str, Any]], None]
"""Makes an operation; what is wrong with it the maker keeps, to be said."""
MOST = 500
"""Operations taken at once; a hand does not do more between two runs of the page."""
LAST_NUMBER = 2**53
"""The largest number that a browser counts exactly."""


def done() -> int:
    """Return the number of the last operation taken, 0 before the first."""
    return int(st.session_state.get("hand_done", 0))


def take(sent: object, makers: Mapping[str, Maker]) -> None:
    """Take the operations that were not taken yet; one that is meant for nobody known is left."""
    listed = sent.get("ops") if isinstance(sent, Mapping) else None
    for op in listed[:MOST] if isinstance(listed, list) else ():
        number = op.get("n") if isinstance(op, Mapping) else None
        if type(number) is not int or not done() < number <= LAST_NUMBER:
            continue
        st.session_state.hand_done = number
        whose = op.get("of")
        if isinstance(whose, str) and whose in makers:
            makers[whose](op)
