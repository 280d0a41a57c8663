"""Plans that are not saved yet, as each browser left them: they survive a reload, the back button and the server's restart.

One row for each browser; each change replaces it. A draft is what somebody is working on, no history: what is to stay
is saved as a revision. Drafts that nobody came back to are swept away after ``KEPT_DAYS``.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.errors import InputError
from geo.scenario import Scenario
from geo.text import Text
from layers.store.revision import DamagedError
from layers.store.sqlite import reading, room_for, writing

__all__ = ["BROWSER", "Draft", "Drafts"]

KEPT_DAYS = 30.0
BROWSER = re.compile(r"[0-9a-f]{32}")
"""What the id of a browser looks like; anything else that a browser sends is not one."""
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS draft"
    " (browser TEXT PRIMARY KEY, changed REAL NOT NULL, content TEXT NOT NULL, seal TEXT NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS person (browser TEXT PRIMARY KEY, changed REAL NOT NULL, name TEXT NOT NULL) STRICT",
)


@dataclass(frozen=True)
class Draft:
    """The steps of a plan, the newest last, and for each which saved revision (name, number) it goes on from."""

    steps: tuple[Scenario, ...] = ()
    origins: tuple[tuple[str, int] | None, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Return the draft as plain data."""
        return {
            "format": 1,
            "steps": [one.as_dict() for one in self.steps],
            "origins": [None if one is None else list(one) for one in self.origins],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Draft:
        """Return the draft written by ``as_dict``."""
        origins = tuple(None if one is None else (str(one[0]), int(one[1])) for one in data["origins"])
        return cls(tuple(Scenario.from_dict(one) for one in data["steps"]), origins)


class Drafts:
    """The drafts of one workspace in one file on a local disk; nothing is written before there is a draft to keep."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def keep(self, browser: str, draft: Draft, *, now: float | None = None) -> None:
        """Keep the draft of a browser, in place of the one before; an empty one is removed.

        Raises
        ------
        InputError
            If it cannot be written.
        """
        at = time.time() if now is None else now
        with self._writing() as db:
            if not draft.steps:
                db.execute("DELETE FROM draft WHERE browser = ?", (browser,))
                return
            text = json.dumps(draft.as_dict(), ensure_ascii=False)
            db.execute("INSERT OR REPLACE INTO draft VALUES (?, ?, ?, ?)", (browser, at, text, _seal(browser, text)))
            db.execute("DELETE FROM draft WHERE changed < ?", (at - KEPT_DAYS * 86_400,))

    def of(self, browser: str) -> Draft | None:
        """Return the draft of a browser; None where there is none.

        Raises
        ------
        DamagedError
            If it is not what was kept.
        """
        row = self._row("SELECT content, seal FROM draft WHERE browser = ?", browser)
        if row is None:
            return None
        text, seal = row
        damaged = DamagedError(_DAMAGED)
        if not isinstance(text, str) or _seal(browser, text) != seal:
            raise damaged
        try:
            return Draft.from_dict(json.loads(text))
        except InputError:
            raise
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            raise damaged from error

    def name_person(self, browser: str, name: str) -> None:
        """Keep the name that somebody gave in a browser."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO person VALUES (?, ?, ?)", (browser, time.time(), name))

    def person(self, browser: str) -> str:
        """Return the name given in a browser, empty where none was."""
        row = self._row("SELECT name FROM person WHERE browser = ?", browser)
        return str(row[0]) if row else ""

    def _row(self, question: str, browser: str) -> tuple | None:
        if not self.path.is_file():
            return None
        with reading(self.path) as db:
            if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'person'").fetchone():
                return None  # made this moment by somebody else
            return db.execute(question, (browser,)).fetchone()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        room_for(self.path, Text("草稿", "drafts"))
        with writing(self.path) as db:
            for statement in _SCHEMA:
                db.execute(statement)
            yield db


def _seal(browser: str, text: str) -> str:
    return hashlib.sha256(f"{browser}\n{text}".encode()).hexdigest()


_DAMAGED = Text(
    "未保存的方案草稿已损坏，无法恢复；已保存的各版不受影响",
    "the draft of the unsaved plan is damaged and cannot be restored; what was saved is not touched",
)
