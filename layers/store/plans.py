"""Plans kept for good, whatever keeps them: what a save, a comment, an audit and a check mean is said here once.

Each save is a new revision; the old ones stay. A save says which revision it started from, and one that started from an
older revision is refused with the newer one in hand, so that no planner's edit is lost under another's. A save carries
the id of its operation: the same one asked again (the answer was lost on the way) counts once, and gives the same
revision. `layers.store.scenarios.Store` keeps plans in one SQLite file, `layers.store.postgres.PostgresStore` in a
PostgreSQL with PostGIS; both pass the same tests.
"""

from __future__ import annotations

import datetime as dt
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from geo.errors import Finding, InputError
from geo.scenario import Scenario
from geo.text import Text
from layers.store import chain, notes, older
from layers.store.notes import Note
from layers.store.objects import as_objects
from layers.store.quota import within
from layers.store.revision import DamagedError, Rows, Saved, missing, writable

__all__ = ["Change", "ConflictError", "Plans", "now"]

NAME_MAX = 120
T = TypeVar("T")


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


@dataclass(frozen=True)
class Change:
    """One object of a plan as a revision changed it; None where it was not there before, or is not there any more."""

    rev: int
    saved_at: str
    who: str
    why: str
    op: str | None
    object_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Plans(ABC):
    """What page, shell and tests ask of a store of plans: everything but the opening of its transactions."""

    most: float | None = None
    """How much the store may take on the disk [MB], None for any amount (``layers.store.quota``)."""

    @abstractmethod
    def used(self, db: Rows) -> int:
        """Return how much the store takes on the disk [bytes], asked in a transaction of its own."""

    @property
    @abstractmethod
    def where(self) -> str:
        """Where the plans lie, for people; never with a password."""

    @abstractmethod
    def reading(self, act: Callable[[Rows], T]) -> T:
        """Do ``act`` on one state of the store, whatever others save meanwhile; it may be done twice."""

    @abstractmethod
    def writing(self, act: Callable[[Rows], T], *, plan: str | None) -> T:
        """Do ``act`` as the only writer of a plan (None: of the store), and keep what it did, all or nothing.

        When this returns, it is on the disk. ``act`` may be done twice, where the store cannot tell whether the first
        time was kept: it must see that it was.
        """

    @abstractmethod
    def anew(self, fill: Callable[[Rows], T]) -> tuple[str, T]:
        """Put the store away whole and make another in its place, filled by ``fill``, in one step; say where it lies."""

    def show(self, db: Rows, one: Saved) -> None:  # noqa: B027 - nothing to show where no other program looks
        """Show the objects of a plan's newest revision to other programs, in the transaction that kept it."""

    @abstractmethod
    def verify(self) -> tuple[Finding, ...]:
        """Return what is damaged, in words, the first damaged revision of each plan; nothing where all is as saved."""

    def save(self, scenario: Scenario, *, base_rev: int, who: str = "", why: str = "", op: str | None = None) -> Saved:
        """Save a scenario and return its new revision; when this returns, it is on disk.

        Parameters
        ----------
        base_rev
            Revision that the edit started from; 0 for a new scenario.
        op
            Id of the operation (32 hexadecimal digits); a new one where none is given. Asked again, it counts once.

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
        return self._append(name, scenario, base_rev, who, why, op)

    def put_away(self, name: str, *, base_rev: int, who: str = "", why: str = "", op: str | None = None) -> Saved:
        """Take a scenario off the list; its revisions stay and ``history`` still has them."""
        return self._append(name, None, base_rev, who, why, op)

    def load(self, name: str, rev: int | None = None) -> Saved:
        """Return a revision, the newest where none is named; one row is read, however long the history.

        Raises
        ------
        InputError
            If there is no such scenario or revision.
        DamagedError
            If the revision is not what was saved; it says which earlier one still is.
        """
        found = self.reading(lambda db: chain.newest(db, name) if rev is None else chain.revision(db, name, rev))
        if found is None or (rev is None and found.scenario is None):
            raise missing(name)
        return found

    def names(self) -> list[str]:
        """Return the names of the scenarios that are not put away, the latest saved first."""
        return self.reading(chain.names)

    def history(self, name: str) -> list[Saved]:
        """Return all revisions of a scenario, newest first.

        Raises
        ------
        DamagedError
            If one of them is damaged; ``load`` still returns those that are not.
        """
        return self.reading(lambda db: chain.history(db, name))

    def listed(self, name: str) -> list[Saved]:
        """Return who saved which revision when, newest first, without what they hold: also where some are damaged."""
        return self.reading(lambda db: chain.listed(db, name))

    def audit(self, name: str) -> list[Change]:
        """Return who changed which object of a plan when, from what into what, and why; oldest first.

        Raises
        ------
        InputError
            If there is no such plan.
        DamagedError
            If one of its revisions is damaged.
        """
        found, changes, before = self.history(name), [], dict[str, dict[str, Any]]()
        if not found:
            raise missing(name)
        for one in reversed(found):
            now = {} if one.scenario is None else as_objects(one.scenario)
            changes += [
                Change(one.rev, one.saved_at, one.who, one.why, one.op, key, before.get(key), now.get(key))
                for key in dict.fromkeys((*before, *now))
                if before.get(key) != now.get(key)
            ]
            before = now
        return changes

    def comment(
        self, plan: str, text: str, *, who: str = "", object_id: str | None = None,
        place: tuple[float, float] | None = None, settles: int | None = None, op: str | None = None,
    ) -> Note:  # fmt: skip
        """Write a comment on a plan, on one of its objects or on a place (lon, lat); ``settles`` closes an earlier one.

        Raises
        ------
        InputError
            If there is no such plan or comment, or nothing is said.
        """
        lon, lat = (None, None) if place is None else map(float, place)
        words = writable(Text("意见", "the comment"), text)
        signed = writable(Text("姓名", "the name"), who)
        asked = Note(plan, 0, now(), signed, words, object_id, lon, lat, settles, op or uuid.uuid4().hex)

        def act(db: Rows) -> Note:
            if (done := notes.done_before(db, asked)) is not None:
                return done
            if chain.newest(db, plan) is None:
                raise missing(plan)
            within(self.used(db), self.most)
            return notes.add(db, asked)

        return self.writing(act, plan=plan)

    def comments(self, plan: str) -> list[Note]:
        """Return the comments on a plan, oldest first.

        Raises
        ------
        DamagedError
            If one is not what was written.
        """
        return self.reading(lambda db: notes.of(db, plan))

    def heads(self) -> dict[str, tuple[str, str]]:
        """Return for each plan the seal of its newest revision and of its newest comment, and that of the actuals: equal heads, equal stores."""

        def act(db: Rows) -> dict[str, tuple[str, str]]:
            said = notes.heads(db)
            found = {name: (seal, said.get(name, "")) for name, seal in chain.heads(db).items()}
            return found | ({notes.ACTUALS: ("", said[notes.ACTUALS])} if notes.ACTUALS in said else {})

        return self.reading(act)

    def adopt(self, others: Sequence[str | Path]) -> tuple[Finding, ...]:
        """Take over what older stores hold, each once; they are only read, and stay.

        A plan that both have goes on under its own name with " (2)", and a finding says so; nothing is lost.
        """
        found: list[Finding] = []
        for other in map(Path, others):

            def known(db: Rows, other: Path = other) -> bool:
                return older.adopted(db, other)

            if not other.is_file() or self.reading(known):
                continue
            try:
                revisions, damaged = older.read(other)
            except DamagedError as error:  # told each time, until somebody restores it
                found.append(Finding("error", *error.text, other.name))
                continue

            def act(db: Rows, other: Path = other, revisions: Sequence[Saved] = revisions) -> list[Finding]:
                if older.adopted(db, other):
                    return []
                told = older.take_over(db, other, revisions)
                for name in chain.heads(db):
                    if (newest := chain.newest(db, name)) is not None:
                        self.show(db, newest)
                return told

            found += [*damaged, *self.writing(act, plan=None)]
        return tuple(found)

    def _append(self, name: str, scenario: Scenario | None, base_rev: int, who: str, why: str, op: str | None) -> Saved:
        writable(Text("方案名称", "the name of the scenario"), name)
        writable(Text("姓名", "the name"), who)
        writable(Text("说明", "the reason"), why)
        asked = Saved(name, base_rev + 1, now(), who, why, scenario, op or uuid.uuid4().hex)

        def look(db: Rows) -> Saved | None:
            if (done := chain.done_before(db, asked)) is None:
                _on_top(chain.newest(db, name), name, base_rev)
            return done

        if (done := self.reading(look)) is not None:  # who is too late is told at once, not after waiting for his turn
            return done

        def act(db: Rows) -> Saved:
            if (done := look(db)) is None:
                within(self.used(db), self.most)
                done = chain.add(db, asked)
                self.show(db, done)
            return done

        return self.writing(act, plan=name)


def _on_top(newest: Saved | None, name: str, base_rev: int) -> None:
    if (newest.rev if newest else 0) != base_rev:
        raise ConflictError(newest) if newest else missing(name)


def now() -> str:
    """Return the moment as it is written beside what is kept: UTC, ISO 8601."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
