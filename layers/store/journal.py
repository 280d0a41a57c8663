"""The record of imports in a workspace, and the one door through which its files change.

``imports.sqlite`` is committed (WAL, synchronous=FULL) before the first file is renamed; the new files are whole on the
disk by then. Whoever is killed in between leaves a version without its row in ``written``: `recover` puts its files in
place when the workspace is opened next. One lock is held from the first look at the files until the last is in place, so
that two imports never work from the same state.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from geo.errors import InputError
from geo.text import Text
from layers.write import atomic

__all__ = [
    "STORE",
    "Changes",
    "aside",
    "bytes_of",
    "content",
    "finish",
    "keep",
    "locked",
    "looked_at",
    "opened",
    "recover",
    "settle",
]

STORE = "imports.sqlite"
LOCK = "imports.sqlite.lock"
ASIDE = ".import-"
"""How the folders begin in which an import prepares its files; none is left but by a kill."""
PATIENCE_S = 60.0
TABLES = ("version", "content", "change", "part", "written")
SCHEMA = """
CREATE TABLE IF NOT EXISTS version (
  number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL CHECK (kind IN ('import', 'undo')), layer TEXT NOT NULL,
  made TEXT NOT NULL, who TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL, rows INTEGER NOT NULL,
  answers TEXT NOT NULL, findings TEXT NOT NULL, undoes INTEGER REFERENCES version(number));
CREATE TABLE IF NOT EXISTS content (sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS change (
  number INTEGER NOT NULL REFERENCES version(number), name TEXT NOT NULL, before TEXT, after TEXT, PRIMARY KEY (number, name));
CREATE TABLE IF NOT EXISTS part (number INTEGER NOT NULL REFERENCES version(number), name TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (number, name));
"""

Changes = Mapping[str, tuple[bytes | None, bytes | None]]
"""Name of a workspace file → its bytes before and after; None where there is no such file."""


def _told(error: Exception, folder: Path) -> InputError:
    """Return what went wrong with the disk or the record, as something that a planner can act on."""
    reason = getattr(error, "strerror", None) or str(error)
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        return InputError(
            Text(
                f"{STORE} 已损坏（{reason}），请从备份恢复", f"{STORE} is damaged ({reason}), restore it from a backup"
            )
        )
    if "locked" in reason:
        return InputError(
            Text(
                "另一个导入正在写入这个工作区，请稍后再试",
                "another import is writing to this workspace, try again in a moment",
            )
        )
    return InputError(
        Text(
            f"无法写入 {folder}（{reason}）；本次操作没有生效，原数据未变。请检查磁盘空间和写权限后重试",
            f"cannot write to {folder} ({reason}); nothing was changed. Check the free space and the permissions, then try again",
        )
    )


@contextmanager
def locked(folder: Path, *, seconds: float = PATIENCE_S) -> Iterator[None]:
    """Hold the workspace for one import or undo; a lock is let go by the system when its holder is killed.

    Raises
    ------
    InputError
        If somebody else holds it for longer than ``seconds``, or the folder cannot be written to.
    """
    if not folder.is_dir():
        raise InputError(Text(f"没有这个文件夹：{folder}", f"there is no such folder: {folder}"))
    try:
        base = sqlite3.connect(folder / LOCK, timeout=seconds, isolation_level=None)
        with closing(base):
            base.execute("BEGIN EXCLUSIVE")
            yield
    except (sqlite3.Error, OSError) as error:
        raise _told(error, folder) from error


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """Give the record of a workspace for writing; made where there is none.

    A record of before the table ``written`` is taken as it was meant: all its versions but the last are in place.
    """
    base = sqlite3.connect(folder / STORE, timeout=15, isolation_level=None)
    with closing(base):
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "trusted_schema=OFF", "foreign_keys=ON"):
            base.execute(f"PRAGMA {pragma}")
        if not has(base, "written"):
            base.execute("BEGIN IMMEDIATE")
            for statement in filter(str.strip, SCHEMA.split(";\n")):
                base.execute(statement)
            if not has(base, "written"):
                base.execute("CREATE TABLE written (number INTEGER PRIMARY KEY REFERENCES version(number))")
                base.execute(
                    "INSERT INTO written SELECT number FROM version WHERE number < (SELECT max(number) FROM version)"
                )
            for table in TABLES:
                for act in ("UPDATE", "DELETE"):
                    base.execute(
                        f"CREATE TRIGGER IF NOT EXISTS no_{act.lower()}_{table} BEFORE {act} ON {table} "
                        "BEGIN SELECT RAISE(ABORT, 'versions are immutable'); END"
                    )
            base.execute("COMMIT")
        yield base


@contextmanager
def looked_at(folder: Path) -> Iterator[sqlite3.Connection]:
    """Give the record for reading; works in a folder that cannot be written to.

    Raises
    ------
    InputError
        If it is damaged.
    """
    place = (folder / STORE).resolve().as_uri()
    # Without write permission SQLite cannot set up what WAL shares between programs; nobody writes there then.
    sealed = not os.access(folder, os.W_OK) or not _writes(folder)
    try:
        base = sqlite3.connect(f"{place}?{'immutable=1' if sealed else 'mode=rw'}", uri=True, timeout=15)
        with closing(base):
            yield base
    except sqlite3.Error as error:
        raise _told(error, folder) from error


def _writes(folder: Path) -> bool:
    """Return whether the file system lets us write: a read-only mount says so even to root."""
    return not (hasattr(os, "statvfs") and os.statvfs(folder).f_flag & getattr(os, "ST_RDONLY", 0))


def has(base: sqlite3.Connection, table: str) -> bool:
    """Return whether the record has a table: one whose maker was killed has none."""
    return (
        base.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone() is not None
    )


def keep(base: sqlite3.Connection, raw: bytes) -> str:
    """Put bytes into the record, once, and return their SHA-256."""
    digest = hashlib.sha256(raw).hexdigest()
    base.execute("INSERT OR IGNORE INTO content VALUES (?, ?)", (digest, raw))
    return digest


def content(base: sqlite3.Connection, digest: str | None) -> bytes | None:
    """Return bytes from the record by their SHA-256; None for no file.

    Raises
    ------
    InputError
        If they are not there or are not what they were.
    """
    if digest is None:
        return None
    row = base.execute("SELECT bytes FROM content WHERE sha256 = ?", (digest,)).fetchone()
    if row is None or hashlib.sha256(row[0]).hexdigest() != digest:
        raise InputError(
            Text(
                f"{STORE} 已损坏（{digest[:12]}），请从备份恢复",
                f"{STORE} is damaged ({digest[:12]}), restore it from a backup",
            )
        )
    return bytes(row[0])


def bytes_of(path: Path) -> bytes | None:
    """Return the bytes of a file, None where there is none."""
    return path.read_bytes() if path.is_file() else None


@contextmanager
def aside(home: Path, changes: Changes) -> Iterator[Path]:
    """Give a hidden folder in the workspace with the new files, whole and synced: only renames are left to do."""
    folder = Path(tempfile.mkdtemp(prefix=ASIDE, dir=home))
    try:
        for name, (_, after) in changes.items():
            if after is not None:
                with (folder / name).open("wb") as file:
                    file.write(after)
                    file.flush()
                    os.fsync(file.fileno())
                if (home / name).exists():  # who may read the layer stays as it was
                    shutil.copymode(home / name, folder / name)
                else:
                    (folder / name).chmod(0o666 & ~_umask())
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def settle(base: sqlite3.Connection, home: Path, number: int, changes: Changes, ready: Path) -> None:
    """Put the files of a committed version in place and note that they are.

    Raises
    ------
    InputError
        If a file cannot be put in place: the version is recorded and will be finished when the workspace is opened next.
    """
    try:
        for name, (_, after) in changes.items():
            if after is None:
                (home / name).unlink(missing_ok=True)
            else:
                (ready / name).replace(home / name)
        atomic.sync(home)
    except OSError as error:
        raise InputError(
            Text(
                f"第 {number} 版已记录，但文件未能全部放到位（{error.strerror}）；请排除原因后重新打开工作区，将自动补完",
                f"version {number} is recorded, but its files could not all be put in place ({error.strerror}); mend the cause and "
                "open the workspace again: it is then finished",
            )
        ) from error
    with suppress(sqlite3.OperationalError):  # a disk filled meanwhile: the next opening sees that all is in place
        base.execute("INSERT OR IGNORE INTO written VALUES (?)", (number,))


def recover(folder: str | os.PathLike[str]) -> tuple[str, ...]:
    """Finish what was interrupted and return the files brought up to date (none, as a rule).

    Only files that still hold exactly what the version found are touched: what something else has changed since is
    left alone. A workspace that cannot be written to is left as it is.

    Raises
    ------
    InputError
        If something is unfinished and cannot be finished.
    """
    home = Path(folder)
    left = any(home.glob(f"{ASIDE}*"))
    if not left and not _unfinished(home):
        return ()
    if not (os.access(home, os.W_OK) and _writes(home)):
        if not _unfinished(home):
            return ()
        raise InputError(
            Text(
                "上一次导入没有写完，而这个文件夹不可写；请使它可写后重新打开，将自动补完",
                "the last import was interrupted and this folder cannot be written to; make it writable and open it again: it is then finished",
            )
        )
    with locked(home):
        for folder_left in home.glob(f"{ASIDE}*"):  # nobody else is at work: the lock is ours
            shutil.rmtree(folder_left, ignore_errors=True)
        return finish(home)


def finish(home: Path) -> tuple[str, ...]:
    """Put the files of every unfinished version in place, oldest first; the lock is held by the caller."""
    if not (home / STORE).is_file():
        return ()
    done: list[str] = []
    with opened(home) as base:
        for (number,) in base.execute(
            "SELECT number FROM version WHERE number NOT IN (SELECT number FROM written) ORDER BY number"
        ).fetchall():
            late: dict[str, tuple[bytes | None, bytes | None]] = {}
            for name, before, after in base.execute(
                "SELECT name, before, after FROM change WHERE number = ?", (number,)
            ).fetchall():
                now = bytes_of(home / name)
                if before != after and (None if now is None else hashlib.sha256(now).hexdigest()) == before:
                    late[name] = (now, content(base, after))
            with aside(home, late) as ready:
                settle(base, home, number, late, ready)
            done += late
    return tuple(done)


def _unfinished(home: Path) -> bool:
    if not (home / STORE).is_file():
        return False
    with looked_at(home) as base:
        if not has(base, "version"):
            return False
        if not has(base, "written"):  # of before: the last one may be unfinished
            return base.execute("SELECT 1 FROM version").fetchone() is not None and _writes(home)
        asked = "SELECT 1 FROM version WHERE number NOT IN (SELECT number FROM written)"
        return base.execute(asked).fetchone() is not None
