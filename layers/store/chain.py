"""The revisions of plans in a store of either kind: added one after the other, each sealed by the one before it.

``head`` says for each plan which revision is the newest, and its seal, so that a plan that lost its end is noticed
without reading it from the beginning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from geo.errors import Finding, InputError
from geo.text import Text
from layers.store.revision import COLUMNS, Row, Rows, Saved, damaged, first_bad, is_sound, saved, sealed

__all__ = [
    "add", "add_row", "all_rows", "done_before", "heads", "history", "listed", "names", "newest", "revision", "verify",
]  # fmt: skip

FIELDS = ", ".join(COLUMNS)


def add(db: Rows, one: Saved) -> Saved:
    """Add a revision after the newest one of its plan, in a transaction; return it with its seal."""
    head = db.execute("SELECT seal FROM head WHERE name = ?", (one.name,)).fetchone()
    row = sealed(one, str(head[0]) if head else "")
    add_row(db, row)
    return replace(one, seal=row[7])


def add_row(db: Rows, row: Row) -> None:
    """Add a revision as it is, with its seal, in a transaction."""
    db.execute(f"INSERT INTO revision ({FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    db.execute(
        "INSERT INTO head (name, rev, saved_at, shown, seal) VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
        " rev = excluded.rev, saved_at = excluded.saved_at, shown = excluded.shown, seal = excluded.seal",
        (row[0], row[1], row[2], int(row[5] is not None), row[7]),
    )


def done_before(db: Rows, asked: Saved) -> Saved | None:
    """Return the revision that the same operation has saved already, None where it has not.

    Raises
    ------
    InputError
        If the operation's id was used for something else.
    """
    if asked.op is None:
        return None
    row = db.execute(f"SELECT {FIELDS} FROM revision WHERE op = ?", (asked.op,)).fetchone()
    if row is None:
        return None
    if not is_sound(row):
        raise damaged(row[0], row[1])
    found = saved(row)
    if (found.name, found.rev, found.scenario) != (asked.name, asked.rev, asked.scenario):
        raise InputError(
            Text(
                f"操作编号 {asked.op} 已用于保存方案“{found.name}”第 {found.rev} 版，不能再用于别的保存",
                f"the operation id {asked.op} was used for revision {found.rev} of '{found.name}'; it cannot be used for another save",
            )
        )
    return found


def newest(db: Rows, name: str) -> Saved | None:
    """Return the newest revision of a plan, None where there is no such plan.

    Raises
    ------
    DamagedError
        If it is not what was saved.
    """
    head = db.execute("SELECT rev, seal FROM head WHERE name = ?", (name,)).fetchone()
    if head is None:
        if db.execute("SELECT 1 FROM revision WHERE name = ? LIMIT 1", (name,)).fetchone():
            raise damaged(name, None)
        return None
    row = _row(db, name, head[0])
    if row is None or row[7] != head[1] or not is_sound(row):
        raise damaged(name, head[0], _earlier(db, name))
    return saved(row)


def revision(db: Rows, name: str, rev: int) -> Saved | None:
    """Return one revision of a plan, None where there is none."""
    row = _row(db, name, rev)
    if row is None:
        return None
    if not is_sound(row):
        raise damaged(name, rev)
    return saved(row)


def history(db: Rows, name: str) -> list[Saved]:
    """Return all revisions of a plan, newest first; none of them damaged."""
    rows = all_rows(db, name)
    bad = first_bad(rows, db.execute("SELECT rev, seal FROM head WHERE name = ?", (name,)).fetchone())
    if bad is not None:
        raise damaged(name, bad, _earlier(db, name))
    return [saved(row) for row in reversed(rows)]


def listed(db: Rows, name: str) -> list[Saved]:
    """Return the revisions that hold a plan and are as they were saved, newest first, without their content."""
    rows = [row for row in all_rows(db, name) if is_sound(row) and row[5] is not None]
    return [saved((*row[:5], None, *row[6:])) for row in reversed(rows)]


def names(db: Rows) -> list[str]:
    """Return the plans that are not put away, the latest saved first."""
    rows = db.execute("SELECT name FROM head WHERE shown = 1 ORDER BY saved_at DESC, name").fetchall()
    return [str(row[0]) for row in rows]


def heads(db: Rows) -> dict[str, str]:
    """Return for each plan, also those put away, the seal of its newest revision."""
    return {str(name): str(seal) for name, seal in db.execute("SELECT name, seal FROM head ORDER BY name").fetchall()}


def verify(db: Rows, file: str) -> Iterator[Finding]:
    """Say the first damaged revision of each plan."""
    known = {row[0]: row[1:] for row in db.execute("SELECT name, rev, seal, saved_at, shown FROM head").fetchall()}
    found = [row[0] for row in db.execute(f"SELECT DISTINCT name FROM revision {db.unindexed}").fetchall()]
    for name in dict.fromkeys((*known, *found)):
        rows = all_rows(db, name)
        head = known.get(name)
        bad = first_bad(rows, head[:2] if head else None)
        if bad is None and head and rows and head[2:] != (rows[-1][2], int(rows[-1][5] is not None)):
            bad = head[0]
        if bad is not None:
            yield Finding("error", *damaged(str(name), bad, _earlier(db, name)).text, file, None, str(name))


def all_rows(db: Rows, name: object = None) -> list[Row]:
    """Return the revisions of a plan, or of all, oldest first."""
    where, values = ("", ()) if name is None else (" WHERE name = ?", (name,))
    # Sorted without the index, so that what the index has lost is still found.
    asked = f"SELECT {FIELDS} FROM revision {db.unindexed}{where} ORDER BY name, rev"
    return list(db.execute(asked, values).fetchall())


def _row(db: Rows, name: str, rev: int) -> Row | None:
    found: Row | None = db.execute(f"SELECT {FIELDS} FROM revision WHERE name = ? AND rev = ?", (name, rev)).fetchone()
    return found


def _earlier(db: Rows, name: str) -> int | None:
    """Return the last revision that is still as it was saved and can be loaded."""
    return max((row[1] for row in all_rows(db, name) if is_sound(row) and row[5] is not None), default=None)
