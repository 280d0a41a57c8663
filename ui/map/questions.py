"""What each session may be asked beside its socket: its question lies here under a word that only its own page knows.

A question ends with its session, or after two hours unused; of many sessions the one asked longest ago goes first. Who
holds the word may ask, and nobody else: it is unguessable, and told to nobody but the page (``layers.door.beside``).
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Generic, TypeVar

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

__all__ = ["HOURS", "SESSIONS", "Held", "Questions"]

SESSIONS = 64
"""Held at most; the one that was asked longest ago goes first."""
HOURS = 2.0
"""Until a word that nobody used is forgotten [h]: the next run of the page leaves another."""

Q = TypeVar("Q")


@dataclass
class Held(Generic[Q]):
    """The question of one session, and the last number that it asked under."""

    session: str
    question: Q
    used: float
    last: int = 0
    turn: Lock = field(default_factory=Lock)
    told: Any = None
    """What was answered last, for whoever asks the same again."""


class Questions(Generic[Q]):
    """The questions of all sessions that are asked at one address.

    Parameters
    ----------
    name
        First part of the address.
    most
        Sessions held at most; the one that was asked longest ago goes first.
    """

    def __init__(self, name: str, most: int = SESSIONS) -> None:
        self.name = name
        self.most = most
        self._open: OrderedDict[str, Held[Q]] = OrderedDict()
        self._lock = Lock()

    def leave(self, question: Q) -> str:
        """Leave what this session is asked from now on, and return the address to ask at."""
        context = get_script_run_ctx(suppress_warning=True)
        session = context.session_id if context is not None else ""
        word = str(st.session_state.setdefault(f"{self.name}_word", secrets.token_urlsafe(24)))
        now = time.monotonic()
        with self._lock:
            for other, held in list(self._open.items()):
                if now - held.used > HOURS * 3600 or not there(held.session):
                    del self._open[other]
            kept = self._open.pop(word, None) or Held(session, question, now)
            kept.session, kept.question, kept.used = session, question, now
            self._open[word] = kept
            while len(self._open) > self.most:
                self._open.popitem(last=False)
        return f"{self.name}/{word}"

    def held(self, word: str) -> Held[Q] | None:
        """Return the question under a word, None where there is none any more."""
        now = time.monotonic()
        with self._lock:
            kept = self._open.get(word)
            if kept is None or now - kept.used > HOURS * 3600 or not there(kept.session):
                return None
            kept.used = now
            self._open.move_to_end(word)
            return kept

    def mine(self) -> Held[Q] | None:
        """Return the question that this session has left, None where it has left none."""
        word = st.session_state.get(f"{self.name}_word")
        return self.held(word) if isinstance(word, str) else None

    def begun(self, kept: Held[Q], number: int) -> None:
        """Say that a question of this number is here: an older one that still waits has been overtaken."""
        with self._lock:
            kept.last = max(kept.last, number)


def there(session: str) -> bool:
    """Return whether a session is still one; without a server, all are."""
    return not runtime.exists() or runtime.get_instance().is_active_session(session)
