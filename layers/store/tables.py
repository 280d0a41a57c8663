"""The tables of a store of plans in SQLite: made, brought up from earlier versions, and looked at for damage."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from geo.errors import Finding
from geo.text import Text
from layers.store import chain, notes
from layers.store.revision import DamagedError, Row, Saved, saved
from layers.store.sqlite import Connection

__all__ = ["holds_plans", "is_ready", "prepare", "verify"]

VERSION = 3
"""``PRAGMA user_version``. Of before: 0 without seals, 2 without operation ids and comments."""
SCHEMA = {
    "revision": """CREATE TABLE revision (
    name TEXT NOT NULL, rev INTEGER NOT NULL, saved_at TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL,
    scenario TEXT, before TEXT NOT NULL, seal TEXT NOT NULL, op TEXT, PRIMARY KEY (name, rev)
) STRICT""",
    "revision_op": "CREATE UNIQUE INDEX revision_op ON revision (op)",
    "head": """CREATE TABLE head (
    name TEXT PRIMARY KEY, rev INTEGER NOT NULL, saved_at TEXT NOT NULL, shown INTEGER NOT NULL, seal TEXT NOT NULL
) STRICT""",
    "adopted": "CREATE TABLE adopted (path TEXT PRIMARY KEY) STRICT",
    "note": """CREATE TABLE note (
    plan TEXT NOT NULL, number INTEGER NOT NULL, made TEXT NOT NULL, who TEXT NOT NULL, text TEXT NOT NULL,
    object_id TEXT, lon REAL, lat REAL, settles INTEGER, op TEXT NOT NULL, before TEXT NOT NULL, seal TEXT NOT NULL,
    PRIMARY KEY (plan, number)
) STRICT""",
    "note_op": "CREATE UNIQUE INDEX note_op ON note (op)",
    "note_head": "CREATE TABLE note_head (plan TEXT PRIMARY KEY, number INTEGER NOT NULL, seal TEXT NOT NULL) STRICT",
} | {
    f"{table}_{what}": f"""CREATE TRIGGER {table}_{what} BEFORE {act} ON {table}
    BEGIN SELECT RAISE(ABORT, '{words} are never {done}'); END"""
    for table, words in (("revision", "revisions"), ("note", "comments"))
    for what, act, done in (("stays", "UPDATE", "changed"), ("kept", "DELETE", "deleted"))
}
OLD_TRIGGERS = ("revision_stays", "revision_kept")


def is_ready(db: Connection) -> bool:
    """Return whether the tables are made, and of this version.

    Raises
    ------
    DamagedError
        If a newer program made them, or the head of the file is damaged.
    """
    version, columns = int(db.execute("PRAGMA user_version").fetchone()[0]), _columns(db)
    if version == VERSION:
        return True
    if version not in (0, 2):
        raise DamagedError(
            Text(
                f"方案库的版本为 {version}，本程序只认识 {VERSION}：由更新的程序写成，或已损坏",
                f"the store of plans is of version {version}, this program knows {VERSION}: a newer program wrote it, or it is damaged",
            )
        )
    if "op" in columns or ("seal" in columns) is not (version == 2):
        raise DamagedError(Text("方案库的文件头已损坏", "the head of the store of plans is damaged"))
    return False


def holds_plans(db: Connection) -> bool:
    """Return whether there is a table of plans at all, of whatever version."""
    return bool(_columns(db))


def prepare(db: Connection) -> None:
    """Make the tables, in a transaction; what a store of before holds is taken over, its damage with it."""
    if is_ready(db):
        return  # somebody else was first
    columns = _columns(db)
    old = _rows_of_before(db) if columns and "seal" not in columns else []
    sealed = _sealed_of_before(db) if "seal" in columns else []
    heads = db.execute("SELECT name, rev, saved_at, shown, seal FROM head").fetchall() if sealed else []
    for trigger in OLD_TRIGGERS:
        db.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    for table in ("revision", "head", "adopted") if "seal" in columns else ("revision",) if columns else ():
        db.execute(f"ALTER TABLE {table} RENAME TO {table}_of_before")
    for statement in SCHEMA.values():
        db.execute(statement)
    for one in old:
        chain.add(db, one)
    for row in sealed:
        db.execute("INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)", row)
    for row in heads:  # as they were, not as the rows would make them: what is damaged must stay so
        db.execute("INSERT INTO head VALUES (?, ?, ?, ?, ?)", row)
    if "seal" in columns:
        db.execute("INSERT INTO adopted SELECT path FROM adopted_of_before")
    for table in ("revision", "head", "adopted"):
        db.execute(f"DROP TABLE IF EXISTS {table}_of_before")
    db.execute(f"PRAGMA user_version = {VERSION}")


def verify(db: Connection, file: str) -> Iterator[Finding]:
    """Say what is damaged: the file's structure, its tables, the first damaged revision and comment of each plan."""
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
    yield from chain.verify(db, file)
    yield from notes.verify(db, file)


def _columns(db: sqlite3.Connection) -> set[str]:
    return {str(row[1]) for row in db.execute("PRAGMA table_info(revision)").fetchall()}


def _rows_of_before(db: sqlite3.Connection) -> list[Saved]:
    rows = db.execute("SELECT name, rev, saved_at, who, why, scenario FROM revision ORDER BY name, rev").fetchall()
    return [saved((*row, "", "", None)) for row in rows]


def _sealed_of_before(db: sqlite3.Connection) -> list[Row]:
    asked = "SELECT name, rev, saved_at, who, why, scenario, before, seal FROM revision NOT INDEXED ORDER BY name, rev"
    return list(db.execute(asked).fetchall())
