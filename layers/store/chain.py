"""The rows of the store of plans: revisions, each sealed by the hash of the one before it, and what is newest.

``revision.seal`` = SHA-256 of (``before``, name, rev, saved_at, who, why, scenario), ``before`` the seal of the revision
before it (empty for the first). ``head`` says for each plan which revision is the newest, and its seal, so that a plan
that lost its end is noticed without reading it from the beginning.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from geo.errors import Finding, InputError
from geo.scenario import Scenario
from geo.text import Text
from layers.store.sqlite import DamagedError, reading

__all__ = [
    "Saved", "add", "adopted", "history", "is_ready", "listed", "missing", "names", "newest", "prepare", "read_old", "revision",
    "take_over", "verify",
]  # fmt: skip

VERSION = 2
"""``PRAGMA user_version``; a store of before has 0 and no seals."""
SCHEMA = {
    "revision": """CREATE TABLE revision (
    name TEXT NOT NULL, rev INTEGER NOT NULL, saved_at TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL,
    scenario TEXT, before TEXT NOT NULL, seal TEXT NOT NULL, PRIMARY KEY (name, rev)
) STRICT""",
    "head": """CREATE TABLE head (
    name TEXT PRIMARY KEY, rev INTEGER NOT NULL, saved_at TEXT NOT NULL, shown INTEGER NOT NULL, seal TEXT NOT NULL
) STRICT""",
    "adopted": "CREATE TABLE adopted (path TEXT PRIMARY KEY) STRICT",
    "revision_stays": """CREATE TRIGGER revision_stays BEFORE UPDATE ON revision
    BEGIN SELECT RAISE(ABORT, 'revisions are never changed'); END""",
    "revision_kept": """CREATE TRIGGER revision_kept BEFORE DELETE ON revision
    BEGIN SELECT RAISE(ABORT, 'revisions are never deleted'); END""",
}
FIELDS = "name, rev, saved_at, who, why, scenario, before, seal"


@dataclass(frozen=True)
class Saved:
    """One revision of a scenario; ``scenario`` is None where it was put away, ``saved_at`` is UTC (ISO 8601)."""

    name: str
    rev: int
    saved_at: str
    who: str
    why: str
    scenario: Scenario | None


def missing(name: str) -> InputError:
    """Return what to say where there is no such plan."""
    return InputError(Text(f"没有名为“{name}”的方案", f"there is no scenario named '{name}'"))


def is_ready(db: sqlite3.Connection) -> bool:
    """Return whether the store is made, and sealed."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version == VERSION:
        return True
    if version:
        raise DamagedError(
            Text(
                f"方案库的版本为 {version}，本程序只认识 {VERSION}：由更新的程序写成，或已损坏",
                f"the store of plans is of version {version}, this program knows {VERSION}: a newer program wrote it, or it is damaged",
            )
        )
    if "seal" in _columns(db):
        raise DamagedError(Text("方案库的文件头已损坏", "the head of the store of plans is damaged"))
    return False


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables, in a transaction; the revisions of a store of before are sealed as they are found."""
    if is_ready(db):
        return  # somebody else was first
    old = _rows_of_before(db) if _columns(db) else []
    for trigger in ("revision_stays", "revision_kept"):
        db.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    if _columns(db):
        db.execute("ALTER TABLE revision RENAME TO unsealed")
    for statement in SCHEMA.values():
        db.execute(statement)
    for saved in old:
        add(db, saved)
    db.execute("DROP TABLE IF EXISTS unsealed")
    db.execute(f"PRAGMA user_version = {VERSION}")


def add(db: sqlite3.Connection, saved: Saved) -> None:
    """Add a revision after the newest one of its plan, in a transaction."""
    head = db.execute("SELECT seal FROM head WHERE name = ?", (saved.name,)).fetchone()
    before = str(head[0]) if head else ""
    text = None if saved.scenario is None else json.dumps(saved.scenario.as_dict(), ensure_ascii=False)
    row = (saved.name, saved.rev, saved.saved_at, saved.who, saved.why, text, before)
    seal = _seal(row)
    db.execute(f"INSERT INTO revision ({FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*row, seal))
    shown = int(text is not None)
    db.execute(
        "INSERT INTO head (name, rev, saved_at, shown, seal) VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
        " rev = excluded.rev, saved_at = excluded.saved_at, shown = excluded.shown, seal = excluded.seal",
        (saved.name, saved.rev, saved.saved_at, shown, seal),
    )


def newest(db: sqlite3.Connection, name: str) -> Saved | None:
    """Return the newest revision of a plan, None where there is no such plan.

    Raises
    ------
    DamagedError
        If it is not what was saved.
    """
    head = db.execute("SELECT rev, seal FROM head WHERE name = ?", (name,)).fetchone()
    if head is None:
        if db.execute("SELECT 1 FROM revision WHERE name = ? LIMIT 1", (name,)).fetchone():
            raise _damaged(name, None)
        return None
    row = _row(db, name, head[0])
    if row is None or row[7] != head[1] or not _sound(row):
        raise _damaged(name, head[0], _earlier(db, name))
    return _saved(row)


def revision(db: sqlite3.Connection, name: str, rev: int) -> Saved | None:
    """Return one revision of a plan, None where there is none."""
    row = _row(db, name, rev)
    if row is None:
        return None
    if not _sound(row):
        raise _damaged(name, rev)
    return _saved(row)


def history(db: sqlite3.Connection, name: str) -> list[Saved]:
    """Return all revisions of a plan, newest first; none of them damaged."""
    rows = _all(db, name)
    bad = _first_bad(rows, db.execute("SELECT rev, seal FROM head WHERE name = ?", (name,)).fetchone())
    if bad is not None:
        raise _damaged(name, bad, _earlier(db, name))
    return [_saved(row) for row in reversed(rows)]


def listed(db: sqlite3.Connection, name: str) -> list[Saved]:
    """Return the revisions that hold a plan and are as they were saved, newest first, without their content."""
    rows = [row for row in _all(db, name) if _sound(row) and row[5] is not None]
    return [_saved((*row[:5], None)) for row in reversed(rows)]


def names(db: sqlite3.Connection) -> list[str]:
    """Return the plans that are not put away, the latest saved first."""
    rows = db.execute("SELECT name FROM head WHERE shown = 1 ORDER BY saved_at DESC, name").fetchall()
    return [str(row[0]) for row in rows]


def verify(db: sqlite3.Connection, file: str) -> Iterator[Finding]:
    """Say what is damaged: the file's structure, its tables, and the first damaged revision of each plan."""
    told = [str(row[0]) for row in db.execute("PRAGMA integrity_check").fetchall()]
    if told != ["ok"]:
        yield Finding(
            "error", f"文件结构已损坏（{told[0]}）；请另存一份，再从备份恢复",
            f"the structure of the file is damaged ({told[0]}); keep a copy and restore it from a backup", file,
        )  # fmt: skip
    made = {str(n): str(sql) for n, sql in db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")}
    if made != SCHEMA:
        yield Finding(
            "error", "表结构已损坏；请另存一份，再从备份恢复",
            "the tables are not as they were made; keep a copy and restore it from a backup", file,
        )  # fmt: skip
    heads = {row[0]: row[1:] for row in db.execute("SELECT name, rev, seal, saved_at, shown FROM head").fetchall()}
    found = [row[0] for row in db.execute("SELECT DISTINCT name FROM revision NOT INDEXED").fetchall()]
    for name in dict.fromkeys((*heads, *found)):
        rows = _all(db, name)
        head = heads.get(name)
        bad = _first_bad(rows, head[:2] if head else None)
        if bad is None and head and rows and head[2:] != (rows[-1][2], int(rows[-1][5] is not None)):
            bad = head[0]
        if bad is not None:
            yield Finding("error", *_damaged(str(name), bad, _earlier(db, name)).text, file, None, str(name))


def adopted(db: sqlite3.Connection, other: Path) -> bool:
    """Return whether an older store was taken over already."""
    return db.execute("SELECT 1 FROM adopted WHERE path = ?", (str(other),)).fetchone() is not None


def read_old(path: Path) -> tuple[list[Saved], list[Finding]]:
    """Return the revisions of another store, oldest first, and what of it is damaged; the file is only read."""
    with tempfile.TemporaryDirectory(prefix="zoneplan-plans-") as folder:
        # A copy: opening an SQLite file can change it, and what was left by a crash is taken in.
        for suffix in ("", "-wal", "-journal"):
            if path.with_name(path.name + suffix).is_file():
                shutil.copyfile(path.with_name(path.name + suffix), Path(folder) / (path.name + suffix))
        with reading(Path(folder) / path.name) as db:
            if not _columns(db):
                return [], []
            if not is_ready(db):
                return _rows_of_before(db), []
            damaged = list(verify(db, path.name))
            rows = [row for row in _all(db) if _sound(row)]
        return [_saved(row) for row in rows], damaged


def take_over(db: sqlite3.Connection, other: Path, revisions: Sequence[Saved]) -> list[Finding]:
    """Add the revisions of another store, in a transaction; a name that is taken by another plan is told apart."""
    own = {row[0]: _all(db, row[0]) for row in db.execute("SELECT name FROM head").fetchall()}
    found = []
    for name in dict.fromkeys(one.name for one in revisions):
        theirs = [one for one in revisions if one.name == name]
        mine = [_saved(row) for row in own.get(name, ())]
        if theirs == mine[: len(theirs)]:
            continue  # the same plan, and we have it all
        start, under = 0, name
        if mine and mine == theirs[: len(mine)]:
            start = len(mine)  # the same plan, and theirs went on
        elif mine:
            under = next(n for k in range(2, 10_000) if (n := f"{name} ({k})") not in own)
            found.append(
                Finding(
                    "warning", f"两处都有名为“{name}”的方案，已都保留：{other} 中的改名为“{under}”",
                    f"two plans are named '{name}', both are kept: that of {other} is now '{under}'", other.name, None, name,
                )
            )  # fmt: skip
        own.setdefault(under, [])
        for number, one in enumerate(theirs[start:], start + 1):
            scenario = None if one.scenario is None else replace(one.scenario, name=under)
            add(db, replace(one, name=under, rev=number, scenario=scenario))
    db.execute("INSERT INTO adopted VALUES (?)", (str(other),))
    return found


def _columns(db: sqlite3.Connection) -> set[str]:
    return {str(row[1]) for row in db.execute("PRAGMA table_info(revision)").fetchall()}


def _rows_of_before(db: sqlite3.Connection) -> list[Saved]:
    rows = db.execute("SELECT name, rev, saved_at, who, why, scenario FROM revision ORDER BY name, rev").fetchall()
    return [_saved((*row, "", "")) for row in rows]


def _row(db: sqlite3.Connection, name: str, rev: int) -> tuple | None:
    return db.execute(f"SELECT {FIELDS} FROM revision WHERE name = ? AND rev = ?", (name, rev)).fetchone()


def _all(db: sqlite3.Connection, name: object = None) -> list[tuple]:
    where, values = ("", ()) if name is None else (" WHERE name = ?", (name,))
    # Sorted without the index, so that what the index has lost is still found.
    return db.execute(f"SELECT {FIELDS} FROM revision NOT INDEXED{where} ORDER BY name, rev", values).fetchall()


def _seal(row: Iterable[object]) -> str:
    return hashlib.sha256(json.dumps(list(row), ensure_ascii=True).encode()).hexdigest()


def _sound(row: tuple) -> bool:
    kinds: tuple[Any, ...] = (str, int, str, str, str, (str, type(None)), str, str)
    return all(isinstance(v, k) for v, k in zip(row, kinds, strict=True)) and _seal(row[:7]) == row[7]


def _first_bad(rows: Sequence[tuple], head: Sequence | None) -> int | None:
    """Return the first revision of a plan that is not what was saved; None where all are."""
    before = ""
    for number, row in enumerate(rows, 1):
        if row[1] != number or row[6] != before or not _sound(row):
            return number
        before = row[7]
    if head is None:
        return len(rows) or None
    if head[0] != len(rows):
        return len(rows) + 1
    return None if head[1] == before else len(rows)


def _earlier(db: sqlite3.Connection, name: str) -> int | None:
    """Return the last revision that is still as it was saved and can be loaded."""
    sound = [row[1] for row in _all(db, name) if _sound(row) and row[5] is not None]
    return max(sound, default=None)


def _damaged(name: str, rev: int | None, sound: int | None = None) -> DamagedError:
    which = ("", "") if rev is None else (f"第 {rev} 版", f", revision {rev},")
    rest = (
        ("请从备份恢复方案库", "restore the store of plans from a backup")
        if sound is None
        else (f"第 {sound} 版完好，可打开后另存为其他名称", f"revision {sound} is whole: open it and save it under another name")
    )  # fmt: skip
    return DamagedError(
        Text(
            f"方案“{name}”{which[0]}已损坏，与保存时不同；{rest[0]}",
            f"the scenario '{name}'{which[1]} is damaged, it is not what was saved; {rest[1]}",
        )
    )


def _saved(row: tuple) -> Saved:
    name, rev, at, who, why, text = row[:6]
    try:
        return Saved(name, rev, at, who, why, None if text is None else Scenario.from_dict(json.loads(text)))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise _damaged(str(name), rev) from error
