"""Whether the server still knows a page: asked by a page whose line was cut, before it goes on as if nothing had been.

Streamlit gives a page that comes back too late, or to a server that was started anew, a new session and runs nothing for
it: what is pressed then belongs to a run that nobody knows, and is never answered.
"""

from __future__ import annotations

from ui.map.questions import Questions

__all__ = ["NAME", "answer", "leave"]

NAME = "known"
"""First part of the address of the question."""
_OPEN: Questions[None] = Questions(NAME, most=4096)


def leave() -> str:
    """Return the address at which the page of this session asks whether it is known; another session has another."""
    return _OPEN.leave(None)


def answer(word: str, _body: bytes) -> tuple[int, bytes]:
    """Return 200 where the session of the word is still one, 404 where it is not."""
    return (404 if _OPEN.held(word) is None else 200), b"{}"
