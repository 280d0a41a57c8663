"""Backups of a store of plans, restoring them, and moving plans from one kind of store to the other.

A backup is one SQLite file of our own form, whichever store it is of: it opens as a store, and ``verify`` reads it. It is
taken from one state of the store while others save, is checked whole before it gets its name, and never takes the place
of an older one unless it is whole. Revisions and comments come with their seals: equal newest seals mean equal stores.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from geo.errors import Finding, InputError
from geo.text import Text
from layers.store import chain, notes
from layers.store.plans import Plans
from layers.store.revision import DamagedError, Row, Rows
from layers.store.scenarios import Store
from layers.store.sqlite import opened, reading
from layers.write import atomic

__all__ = ["Copied", "back_up", "move", "restore"]


@dataclass(frozen=True)
class Copied:
    """What was copied: where it lies, the newest seals of each plan there, how many rows came new."""

    where: str
    heads: dict[str, tuple[str, str]]
    revisions: int
    comments: int
    aside: str | None = None
    """Where the store of before lies, if it had to make room."""


def back_up(source: Plans, path: str | os.PathLike[str]) -> Copied:
    """Write a store as it is at one moment into one file, checked before it gets its name.

    Raises
    ------
    InputError
        If the file cannot be written, or is the store itself.
    DamagedError
        If the store is damaged: a backup of before is not replaced by a damaged one.
    """
    target = Path(path)
    if isinstance(source, Store) and target.exists() and target.samefile(source.path):
        raise InputError(Text("备份不能写到方案库自己的文件上", "a backup cannot be written over the store itself"))
    with atomic.writing(target) as draft:
        if isinstance(source, Store):
            with reading(source.path) as db, opened(draft) as copy:
                db.backup(copy)
        else:
            revisions, said = _rows_of(source)
            Store(draft).writing(lambda db: _all_in(db, revisions, said), plan=None)
        copied = Store(draft)
        _whole(copied, source.where)
        heads = copied.heads()
        counted = copied.reading(lambda db: (len(chain.all_rows(db)), len(notes.all_rows(db))))
        for left in draft.parent.glob(f"{draft.name}-*"):
            left.unlink()  # the emptied journal and the queue of writers
    return Copied(str(target), heads, *counted)


def restore(target: Plans, path: str | os.PathLike[str], *, replace: bool = False) -> Copied:
    """Bring back what a backup holds.

    Plans that the store lost come back; plans that it has in an earlier state go on; what it has beyond the backup stays.

    Parameters
    ----------
    replace
        Where the store is damaged, or has other revisions than the backup under the same numbers: put it away whole,
        under another name beside it, and make it anew from the backup. Nothing is deleted.

    Raises
    ------
    InputError
        If there is no such file, or the store has gone another way than the backup and ``replace`` is not given.
    DamagedError
        If the backup is damaged, or the store is and ``replace`` is not given: then nothing is changed.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(Text(f"没有备份文件 {file}", f"there is no backup {file}"))
    with tempfile.TemporaryDirectory(prefix="zoneplan-backup-") as folder:
        copy = Path(folder) / file.name  # opening an SQLite file can change it: the backup stays as it is
        shutil.copyfile(file, copy)
        source = Store(copy)
        _whole(source, str(file))
        if not replace:
            _whole(target, target.where)
        return _joined(source, target, replace=replace)


def move(source: Plans, target: Plans) -> Copied:
    """Copy all plans and comments into another store, of the same kind or the other; the source stays as it is.

    Raises
    ------
    InputError
        If a plan of that name has gone another way there: then nothing is changed.
    DamagedError
        If one of the stores is damaged.
    """
    _whole(source, source.where)
    _whole(target, target.where)
    return _joined(source, target)


def _joined(source: Plans, target: Plans, *, replace: bool = False) -> Copied:
    revisions, said = _rows_of(source)

    def act(db: Rows) -> tuple[int, int]:
        counted = _all_in(db, revisions, said)
        for name in dict.fromkeys(row[0] for row in revisions):
            if (newest := chain.newest(db, name)) is not None:
                target.show(db, newest)
        return counted

    aside = None
    if replace:
        aside, counted = target.anew(act)
    else:
        counted = target.writing(act, plan=None)
    _whole(target, target.where)
    return Copied(target.where, target.heads(), *counted, aside)


def _rows_of(source: Plans) -> tuple[list[Row], list[Row]]:
    """Return all revisions and comments of one moment, none of them damaged or missing at the end of its plan."""

    def act(db: Rows) -> tuple[list[Finding], list[Row], list[Row]]:
        wrong = [*chain.verify(db, source.where), *notes.verify(db, source.where)]
        return wrong, chain.all_rows(db), notes.all_rows(db)

    wrong, revisions, said = source.reading(act)
    _none(wrong, source.where)
    return revisions, said


def _all_in(db: Rows, revisions: Sequence[Row], said: Sequence[Row]) -> tuple[int, int]:
    """Add what is not there yet, in a transaction; all or nothing. Return how many revisions and comments came new."""
    told = []
    for room, rows in ((chain, revisions), (notes, said)):
        new = [row for name in dict.fromkeys(row[0] for row in rows) for row in _new(db, room, name, rows)]
        for row in new:
            room.add_row(db, row)
        told.append(len(new))
    return told[0], told[1]


def _new(db: Rows, room: ModuleType, name: str, rows: Sequence[Row]) -> Sequence[Row]:
    theirs = [row for row in rows if row[0] == name]
    ours: list[Row] = room.all_rows(db, name)
    common = min(len(ours), len(theirs))
    if [tuple(row) for row in ours[:common]] != [tuple(row) for row in theirs[:common]]:
        first = next(n for n, (a, b) in enumerate(zip(ours, theirs, strict=False), 1) if tuple(a) != tuple(b))
        raise InputError(
            Text(
                f"方案“{name}”从第 {first} 版起与目标库不同，没有任何改动；先把其中一个另存为其他名称，或用 --replace 以备份为准（原库另存）",
                f"the scenario '{name}' differs from revision {first} on, nothing was changed; save one of the two under another "
                "name first, or restore with --replace (the store of before is put aside)",
            )
        )
    return theirs[common:]


def _whole(plans: Plans, where: str) -> None:
    _none([f for f in plans.verify() if f.level == "error"], where)


def _none(wrong: Sequence[Finding], where: str) -> None:
    if wrong:
        told = Finding("error", f"{where} 已损坏，没有任何改动", f"{where} is damaged, nothing was changed", where)
        raise DamagedError([told, *wrong])
