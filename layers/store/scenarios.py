"""Scenarios kept for good: one SQLite file, every save synced, nothing overwritten unseen, no damage unnoticed.

Each save is a new revision; the old ones stay. A save says which revision it started from, and one that
started from an older revision is refused with the newer one in hand, so that no planner's edit is lost under
another's. Every revision is sealed by the SHA-256 of the seal before it and of all it holds, and the newest seal of
each plan is kept a second time: ``load`` checks the row it reads, ``verify`` the whole chain. What is read at each
save does not grow with the history.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from geo.errors import Finding, InputError
from geo.scenario import Scenario
from geo.text import Text
from layers.store import chain
from layers.store.chain import Saved, missing
from layers.store.sqlite import DamagedError, reading, room_for, writing

__all__ = ["ConflictError", "DamagedError", "Saved", "Store"]

NAME_MAX = 120


class ConflictError(InputError):
    """Somebody saved the scenario meanwhile; ``current`` is what they saved."""

    def __init__(self, current: Saved) -> None:
        self.current = current
        super().__init__(
            Text(
                f"方案“{current.name}”已由 {current.who or '他人'} 保存为第 {current.rev} 版；请与新版合并，或另存为其他名称",
                f"the scenario '{current.name}' was saved meanwhile by {current.who or 'somebody else'} as revision {current.rev}; merge with it, or save under another name",
            )
        )


class Store:
    """The scenarios of one workspace in one file on a local disk."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        room_for(self.path, Text("方案", "plans"))
        with reading(self.path) as db:
            ready = chain.is_ready(db)
        if not ready:
            with writing(self.path) as db:
                chain.prepare(db)

    def save(self, scenario: Scenario, *, base_rev: int, who: str = "", why: str = "") -> Saved:
        """Save a scenario and return its new revision; when this returns, it is on disk.

        Parameters
        ----------
        base_rev
            Revision that the edit started from; 0 for a new scenario.

        Raises
        ------
        ConflictError
            If the stored revision is another one.
        InputError
            If the name is empty or too long, or the store cannot be written.
        DamagedError
            If the newest revision is damaged: nothing is saved on top of it.
        """
        name = scenario.name.strip()
        if not name or len(name) > NAME_MAX:
            raise InputError(
                Text(f"方案名称须为 1–{NAME_MAX} 个字", f"the name of a scenario has 1 to {NAME_MAX} characters")
            )
        return self._append(name, scenario, base_rev, who, why)

    def put_away(self, name: str, *, base_rev: int, who: str = "", why: str = "") -> Saved:
        """Take a scenario off the list; its revisions stay and ``history`` still has them."""
        return self._append(name, None, base_rev, who, why)

    def load(self, name: str, rev: int | None = None) -> Saved:
        """Return a revision, the newest where none is named; one row is read, however long the history.

        Raises
        ------
        InputError
            If there is no such scenario or revision.
        DamagedError
            If the revision is not what was saved; it says which earlier one still is.
        """
        with reading(self.path) as db:
            found = chain.newest(db, name) if rev is None else chain.revision(db, name, rev)
        if found is None or (rev is None and found.scenario is None):
            raise missing(name)
        return found

    def names(self) -> list[str]:
        """Return the names of the scenarios that are not put away, the latest saved first."""
        with reading(self.path) as db:
            return chain.names(db)

    def history(self, name: str) -> list[Saved]:
        """Return all revisions of a scenario, newest first.

        Raises
        ------
        DamagedError
            If one of them is damaged; ``load`` still returns those that are not.
        """
        with reading(self.path) as db:
            return chain.history(db, name)

    def listed(self, name: str) -> list[Saved]:
        """Return who saved which revision when, newest first, without what they hold: also where some are damaged."""
        with reading(self.path) as db:
            return chain.listed(db, name)

    def verify(self) -> tuple[Finding, ...]:
        """Return what is damaged, in words, the first damaged revision of each plan; nothing where all is as saved."""
        try:
            with reading(self.path) as db:
                return tuple(chain.verify(db, self.path.name))
        except DamagedError as error:
            return (Finding("error", *error.text, file=self.path.name),)

    def adopt(self, others: Sequence[str | Path]) -> tuple[Finding, ...]:
        """Take over what older stores hold, each once; they are only read, and stay.

        A plan that both have goes on under its own name with " (2)", and a finding says so; nothing is lost.
        """
        found: list[Finding] = []
        for other in map(Path, others):
            with reading(self.path) as db:
                known = chain.adopted(db, other)
            if known or not other.is_file():
                continue
            try:
                revisions, damaged = chain.read_old(other)
            except DamagedError as error:  # told each time, until somebody restores it
                found.append(Finding("error", *error.text, other.name))
                continue
            found += damaged
            with writing(self.path) as db:
                if not chain.adopted(db, other):
                    found += chain.take_over(db, other, revisions)
        return tuple(found)

    def _append(self, name: str, scenario: Scenario | None, base_rev: int, who: str, why: str) -> Saved:
        with reading(self.path) as db:  # who is too late is told at once, not after waiting for his turn
            _on_top(chain.newest(db, name), name, base_rev)
        with writing(self.path) as db:
            _on_top(chain.newest(db, name), name, base_rev)
            saved = Saved(name, base_rev + 1, _now(), who, why, scenario)
            chain.add(db, saved)
        return saved


def _on_top(newest: Saved | None, name: str, base_rev: int) -> None:
    if (newest.rev if newest else 0) != base_rev:
        raise ConflictError(newest) if newest else missing(name)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
