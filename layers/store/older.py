"""Stores of earlier versions, taken over once: they are only read, and stay."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from geo.errors import Finding
from layers.store import chain, tables
from layers.store.revision import Rows, Saved, is_sound, saved
from layers.store.sqlite import reading, writing

__all__ = ["adopted", "read", "take_over"]


def adopted(db: Rows, other: Path) -> bool:
    """Return whether an older store was taken over already."""
    return db.execute("SELECT 1 FROM adopted WHERE path = ?", (str(other),)).fetchone() is not None


def read(path: Path) -> tuple[list[Saved], list[Finding]]:
    """Return the revisions of another store, oldest first, and what of it is damaged; the file is only read."""
    with tempfile.TemporaryDirectory(prefix="zoneplan-plans-") as folder:
        # A copy: opening an SQLite file can change it, and what was left by a crash is taken in.
        for suffix in ("", "-wal", "-journal"):
            if path.with_name(path.name + suffix).is_file():
                shutil.copyfile(path.with_name(path.name + suffix), Path(folder) / (path.name + suffix))
        copy = Path(folder) / path.name
        with reading(copy) as db:
            if not tables.holds_plans(db):
                return [], []
        with writing(copy) as db:
            tables.prepare(db)
        with reading(copy) as db:
            return [saved(row) for row in chain.all_rows(db) if is_sound(row)], list(tables.verify(db, path.name))


def take_over(db: Rows, other: Path, revisions: Sequence[Saved]) -> list[Finding]:
    """Add the revisions of another store, in a transaction; a name that is taken by another plan is told apart."""
    own = {row[0]: chain.all_rows(db, row[0]) for row in db.execute("SELECT name FROM head").fetchall()}
    found = []
    for name in dict.fromkeys(one.name for one in revisions):
        theirs = [one for one in revisions if one.name == name]
        mine = [saved(row) for row in own.get(name, ())]
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
            op = one.op if under == name else None  # an operation saves one plan
            chain.add(db, replace(one, name=under, rev=number, scenario=scenario, op=op))
    db.execute("INSERT INTO adopted VALUES (?)", (str(other),))
    return found
