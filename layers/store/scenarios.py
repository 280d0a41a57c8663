"""Plans in one SQLite file: every save synced, nothing overwritten unseen, no damage unnoticed.

Every revision is sealed by the SHA-256 of the seal before it and of all it holds, and the newest seal of each plan is
kept a second time: ``load`` checks the row it reads, ``verify`` the whole chain. What is read at each save does not grow
with the history.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from geo.errors import Finding, InputError
from geo.text import Text
from layers.store import tables
from layers.store.plans import ConflictError, Plans
from layers.store.revision import DamagedError, Rows, Saved
from layers.store.sqlite import reading, room_for, turn, writing
from layers.write import atomic

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

    def used(self, db: Rows) -> int:
        """Return the size of the file, with what this transaction has added."""
        (pages,), (size,) = (db.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
        return int(pages) * int(size)

    def reading(self, act: Callable[[Rows], T]) -> T:
        """Do ``act`` on one state of the file."""
        with reading(self.path) as db:
            return act(db)

    def writing(self, act: Callable[[Rows], T], *, plan: str | None) -> T:  # noqa: ARG002 - one file has one writer
        """Do ``act`` as the only writer of the file."""
        with writing(self.path) as db:
            return act(db)

    def anew(self, fill: Callable[[Rows], T]) -> tuple[str, T]:
        """Put the file away under another name and another in its place, filled by ``fill``, in one step."""
        aside = self.path.with_name(f"{self.path.name}.aside-{time.strftime('%Y%m%d-%H%M%S')}")
        with turn(self.path), tempfile.TemporaryDirectory(prefix=".plans-", dir=self.path.parent) as folder:
            new = Store(Path(folder) / self.path.name)
            done = new.writing(fill, plan=None)
            atomic.sync(new.path)
            with suppress(InputError), reading(self.path) as db:
                tables.holds_plans(db)  # what a crash has left half done is finished first, where it can be
            os.link(self.path, aside)  # the store keeps its name until the new one takes it
            with suppress(FileNotFoundError):  # never to be played back into the new one
                self.path.with_name(f"{self.path.name}-journal").replace(aside.with_name(f"{aside.name}-journal"))
            new.path.replace(self.path)
            atomic.sync(self.path.parent)
        return str(aside), done

    def verify(self) -> tuple[Finding, ...]:
        """Return what is damaged, in words, the first damaged revision of each plan; nothing where all is as saved."""
        try:
            with reading(self.path) as db:
                return tuple(tables.verify(db, self.path.name))
        except DamagedError as error:
            return (Finding("error", *error.text, file=self.path.name),)
