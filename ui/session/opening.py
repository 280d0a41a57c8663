"""Whether the workspace opens: asked from outside a session, answered with the workspace that all sessions share."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillOpening
from pathlib import Path

from geo.errors import PlanError
from ui.session import state
from ui.words import both

__all__ = ["errors"]

PATIENCE = 5.0
"""How long the question waits for a workspace that is being opened [s]; a watchman asks again."""
AGAIN = 30.0
"""How long a refusal stands before the folder is tried again [s]: a watchman who asks every second costs nothing."""

_ONE = ThreadPoolExecutor(1, thread_name_prefix="opening")
_TRIED: dict[Path, Future[tuple[float, list[str]]]] = {}


def errors(folder: Path, patience: float = PATIENCE) -> list[str] | None:
    """Return what keeps a workspace from being opened, [] if it is open, None while it is being opened."""
    if state.is_loaded(folder):
        return []
    tried = _TRIED.get(folder)
    # What was opened and has changed since is opened again at once.
    if tried is None or (tried.done() and (not tried.result()[1] or time.monotonic() - tried.result()[0] > AGAIN)):
        tried = _TRIED[folder] = _ONE.submit(_open, folder)
    try:
        return tried.result(patience)[1]
    except StillOpening:
        return None


def _open(folder: Path) -> tuple[float, list[str]]:
    wrong: list[str] = []
    try:
        state.load(folder)
    except PlanError as error:
        wrong = [" ".join(t for t in (f.file, f.field, f.text_en) if t) for f in error.findings]
    except Exception:
        logging.getLogger("zoneplan").exception("the workspace cannot be opened")
        wrong = [both("fault").en]
    return time.monotonic(), wrong
