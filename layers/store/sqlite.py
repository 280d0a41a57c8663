"""One SQLite file opened so that nothing acknowledged is lost, nothing damaged goes unnoticed, and nobody starves.

A rollback journal that stays beside the file, emptied (no folder to be synced), with ``synchronous=FULL``: when a save
returns, it is in the file itself, and no second file holds part of it. (A WAL left behind by a crash hides its last saves
without a word when a bit of it flips.) Writers queue
at a lock of the system, so that each gets its turn; SQLite alone lets them poll, and some wait for seconds.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from geo.errors import InputError
from geo.text import Text
from layers.store.revision import DamagedError

__all__ = ["Connection", "opened", "reading", "room_for", "turn", "writing"]

BUSY_SECONDS = 15.0


class Connection(sqlite3.Connection):
    """A connection that says how a table is read without its indexes."""

    unindexed = "NOT INDEXED"


def room_for(path: Path, what: Text) -> None:
    """Make the folder of a file that keeps ``what``.

    Raises
    ------
    InputError
        If it cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            Text(
                f"{what.zh}无处可存：无法建立文件夹 {path.parent}（{error.strerror}）",
                f"there is no place for {what.en}: the folder {path.parent} cannot be made ({error.strerror})",
            )
        ) from error


@contextmanager
def opened(path: Path) -> Iterator[Connection]:
    """Give a connection of its own, so that threads and processes never share one.

    Raises
    ------
    DamagedError
        If the file is damaged.
    InputError
        If it cannot be used now: locked too long, a full disk, no right to write.
    """
    try:
        db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, factory=Connection)
        try:
            db.execute("PRAGMA trusted_schema=OFF")
            db.execute("PRAGMA cell_size_check=ON")
            with suppress(
                sqlite3.OperationalError
            ):  # others may be using it, or it may be read only: it stays as it is
                db.execute("PRAGMA journal_mode=PERSIST")
            db.execute("PRAGMA synchronous=FULL")
            yield db
        finally:
            db.close()
    except (sqlite3.Error, UnicodeError, OverflowError) as error:
        raise _in_words(path, error) from error


@contextmanager
def reading(path: Path) -> Iterator[Connection]:
    """Give a connection that sees one state of the file, whatever others save meanwhile."""
    with opened(path) as db:
        db.execute("BEGIN")
        yield db


@contextmanager
def writing(path: Path) -> Iterator[Connection]:
    """Give a connection in a transaction of the only writer; it is committed when the block ends well."""
    # Opened in our turn, not before: a restored backup may have taken the file's place while we waited.
    with turn(path), opened(path) as db:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")


@contextmanager
def turn(path: Path) -> Iterator[None]:
    """Wait for our turn to write, woken by the system; where it knows no such locks, SQLite's own must do."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    try:
        handle = os.open(path.with_name(f"{path.name}-turn"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o666)
    except OSError:
        yield  # SQLite will say what is wrong with the folder
        return
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


_USE = {
    sqlite3.SQLITE_BUSY: ("正被他人使用，请稍后再试", "is in use, try again in a moment"),
    sqlite3.SQLITE_LOCKED: ("正被他人使用，请稍后再试", "is in use, try again in a moment"),
    sqlite3.SQLITE_FULL: ("无法写入：磁盘已满；没有任何改动，请腾出空间再保存", "cannot be written: the disk is full; nothing was changed, make room and save again"),
    sqlite3.SQLITE_READONLY: ("不可写，请检查文件夹权限", "cannot be written, check the rights of its folder"),
    sqlite3.SQLITE_PERM: ("不可写，请检查文件夹权限", "cannot be written, check the rights of its folder"),
    sqlite3.SQLITE_CANTOPEN: ("无法打开，请检查文件夹是否存在、可写", "cannot be opened, check that its folder is there and can be written"),
    sqlite3.SQLITE_IOERR: ("读写出错，请检查磁盘", "cannot be read or written, check the disk"),
}  # fmt: skip


def _in_words(path: Path, error: Exception) -> InputError:
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int) and (said := _USE.get(code & 0xFF)):
        return InputError(Text(f"{path.name} {said[0]}", f"{path.name} {said[1]}"))
    return DamagedError(
        Text(
            f"{path.name} 已损坏（{error}）；请不要再写入，先另存一份，再从备份恢复",
            f"{path.name} is damaged ({error}); write nothing more to it, keep a copy, and restore it from a backup",
        )
    )
