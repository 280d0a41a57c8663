"""Plans in one SQLite file: every save synced, nothing overwritten unseen, no damage unnoticed.

Every revision is sealed by the SHA-256 of the seal before it and of all it holds, and the newest seal of each plan is
kept a second time: ``load`` checks the row it reads, ``verify`` the whole chain. What is read at each save does not grow
with the history.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from geo.errors import Finding
from geo.text import Text
from layers.store import tables
from layers.store.plans import ConflictError, Plans
from layers.store.revision import DamagedError, Rows, Saved
from layers.store.sqlite import reading, room_for, writing

__all__ = ["ConflictError", "DamagedError", "Saved", "Store"]

T = TypeVar("T")


class Store(Plans):
    """The scenarios of one workspace in one file on a local disk."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        room_for(self.path, Text("方案", "plans"))
        with reading(self.path) as db:
            ready = tables.is_ready(db)
        if not ready:
            with writing(self.path) as db:
                tables.prepare(db)

    @property
    def where(self) -> str:
        """The path of the file."""
        return str(self.path)

    def reading(self, act: Callable[[Rows], T]) -> T:
        """Do ``act`` on one state of the file."""
        with reading(self.path) as db:
            return act(db)

    def writing(self, act: Callable[[Rows], T], *, plan: str | None) -> T:  # noqa: ARG002 - one file has one writer
        """Do ``act`` as the only writer of the file."""
        with writing(self.path) as db:
            return act(db)

    def verify(self) -> tuple[Finding, ...]:
        """Return what is damaged, in words, the first damaged revision of each plan; nothing where all is as saved."""
        try:
            with reading(self.path) as db:
                return tuple(tables.verify(db, self.path.name))
        except DamagedError as error:
            return (Finding("error", *error.text, file=self.path.name),)
