"""Scenarios kept for good: one SQLite file, every save synced, nothing overwritten unseen.

Each save is a new revision; the old ones stay. A save says which revision it started from, and one that
started from an older revision is refused with the newer one in hand, so that no planner's edit is lost under
another's. WAL with ``synchronous=FULL`` lost no acknowledged save in kills and simulated power cuts.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from geo.errors import InputError
from geo.scenario import Scenario
from geo.text import Text

__all__ = ["ConflictError", "Saved", "Store"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS revision (
    name TEXT NOT NULL, rev INTEGER NOT NULL, saved_at TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL,
    scenario TEXT, PRIMARY KEY (name, rev)
) STRICT;
CREATE TRIGGER IF NOT EXISTS revision_stays BEFORE UPDATE ON revision
    BEGIN SELECT RAISE(ABORT, 'revisions are never changed'); END;
CREATE TRIGGER IF NOT EXISTS revision_kept BEFORE DELETE ON revision
    BEGIN SELECT RAISE(ABORT, 'revisions are never deleted'); END;
"""
BUSY_SECONDS = 15.0
NAME_MAX = 120


@dataclass(frozen=True)
class Saved:
    """One revision of a scenario; ``scenario`` is None where it was put away."""

    name: str
    rev: int
    saved_at: str
    who: str
    why: str
    scenario: Scenario | None


class ConflictError(InputError):
    """Somebody saved the scenario meanwhile; ``current`` is what they saved."""

    def __init__(self, current: Saved) -> None:
        self.current = current
        super().__init__(
            Text(
                f"方案“{current.name}”已由 {current.who or '他人'} 于 {current.saved_at} 保存为第 {current.rev} 版；请先查看新版，再另存或合并",
                f"the scenario '{current.name}' was saved meanwhile as revision {current.rev}; look at it, then save under another name or merge",
            )
        )


class Store:
    """The scenarios of one workspace in one file on a local disk."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as db:
            db.executescript(SCHEMA)

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
            If the name is empty or too long.
        """
        name = scenario.name.strip()
        if not name or len(name) > NAME_MAX:
            raise InputError(
                Text(f"方案名称须为 1–{NAME_MAX} 个字", f"the name of a scenario has 1 to {NAME_MAX} characters")
            )
        return self._append(name, json.dumps(scenario.as_dict(), ensure_ascii=False), base_rev, who, why)

    def put_away(self, name: str, *, base_rev: int, who: str = "", why: str = "") -> Saved:
        """Take a scenario off the list; its revisions stay and ``history`` still has them."""
        return self._append(name, None, base_rev, who, why)

    def load(self, name: str) -> Saved:
        """Return the newest revision.

        Raises
        ------
        InputError
            If there is no such scenario.
        """
        found = self.history(name)
        if not found or found[0].scenario is None:
            raise InputError(Text(f"没有名为“{name}”的方案", f"there is no scenario named '{name}'"))
        return found[0]

    def names(self) -> list[str]:
        """Return the names of the scenarios that are not put away, the latest saved first."""
        with self._open() as db:
            rows = db.execute(
                "SELECT name FROM revision r WHERE rev = (SELECT max(rev) FROM revision WHERE name = r.name)"
                " AND scenario IS NOT NULL ORDER BY saved_at DESC, name"
            )
            return [str(row[0]) for row in rows]

    def history(self, name: str) -> list[Saved]:
        """Return all revisions of a scenario, newest first."""
        with self._open() as db:
            rows = db.execute(
                "SELECT name, rev, saved_at, who, why, scenario FROM revision WHERE name = ? ORDER BY rev DESC", (name,)
            ).fetchall()
        return [
            Saved(n, r, at, who, why, Scenario.from_dict(json.loads(s)) if s else None)
            for n, r, at, who, why, s in rows
        ]

    def _append(self, name: str, text: str | None, base_rev: int, who: str, why: str) -> Saved:
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            newest = db.execute("SELECT coalesce(max(rev), 0) FROM revision WHERE name = ?", (name,)).fetchone()[0]
            if newest != base_rev:
                db.execute("ROLLBACK")
                raise (
                    ConflictError(self.history(name)[0])
                    if newest
                    else InputError(Text(f"没有名为“{name}”的方案", f"there is no scenario named '{name}'"))
                )
            db.execute(
                "INSERT INTO revision VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), ?, ?, ?)",
                (name, newest + 1, who, why, text),
            )
            db.execute("COMMIT")
        return self.history(name)[0]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Give a connection of its own, so that threads and processes never share one."""
        db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            db.execute("PRAGMA trusted_schema=OFF")
            yield db
        finally:
            db.close()
