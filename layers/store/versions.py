"""Imports taken into a workspace: immutable versions, each in one transaction, and the way back.

``imports.sqlite`` in the workspace folder keeps every import: the original file and its hash, the answers and
findings, and the bytes of each workspace file before and after. It is committed (WAL, synchronous=FULL) before
the workspace's files are changed, each whole by a rename; a crash in between is made good by `recover`. Rows
can be added but not changed: triggers forbid it. An undo is a new version that brings the bytes back.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.errors import Finding, InputError
from geo.text import Text
from layers.incoming import Incoming
from layers.write import atomic, geojson

__all__ = ["Version", "history", "original", "recover", "take", "undo"]

STORE = "imports.sqlite"
SOURCES = "SOURCES.json"
FIELDS = ("number", "kind", "layer", "made", "who", "file", "sha256", "rows", "undoes")
FILES = {"streets": "streets.parquet", "population": "population.parquet"}
REPLACED = {"population": ("population.tif", "population.csv")}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS version (
  number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL CHECK (kind IN ('import', 'undo')), layer TEXT NOT NULL,
  made TEXT NOT NULL, who TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL, rows INTEGER NOT NULL,
  answers TEXT NOT NULL, findings TEXT NOT NULL, undoes INTEGER REFERENCES version(number));
CREATE TABLE IF NOT EXISTS content (sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS change (
  number INTEGER NOT NULL REFERENCES version(number), name TEXT NOT NULL, before TEXT, after TEXT, PRIMARY KEY (number, name));
CREATE TABLE IF NOT EXISTS part (number INTEGER NOT NULL REFERENCES version(number), name TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (number, name));
"""


@dataclass(frozen=True)
class Version:
    """One import or undo: what, when, by whom, from which file (SHA-256 of the original), and how many rows."""

    number: int
    kind: str
    layer: str
    made: str
    who: str
    file: str
    sha256: str
    rows: int
    undoes: int | None
    undone: bool


@contextmanager
def _store(folder: Path) -> Iterator[sqlite3.Connection]:
    if not folder.is_dir():
        raise InputError(Text(f"没有这个文件夹：{folder}", f"there is no such folder: {folder}"))
    base = sqlite3.connect(folder / STORE, timeout=15, isolation_level=None)
    try:
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=15000",
            "trusted_schema=OFF",
            "foreign_keys=ON",
        ):
            base.execute(f"PRAGMA {pragma}")
        base.executescript(_SCHEMA)
        for table in ("version", "content", "change", "part"):
            for act in ("UPDATE", "DELETE"):
                base.execute(
                    f"CREATE TRIGGER IF NOT EXISTS no_{act.lower()}_{table} BEFORE {act} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'versions are immutable'); END"
                )
        yield base
    finally:
        base.close()


def take(
    folder: str | os.PathLike[str],
    incoming: Incoming,
    original_path: str | os.PathLike[str],
    *,
    answers: Mapping[str, Any] | None = None,
    who: str = "",
) -> Version:
    """Make an import the workspace's layer, in one transaction, and return its version.

    Parameters
    ----------
    folder
        The workspace. Its layer file and SOURCES.json are changed, nothing else.
    incoming
        What ``layers.incoming.read`` gave, with a frame.
    original_path
        The file that was read; kept whole, with its parts. Must still be the one that was read.
    answers, who
        Kept with the version.

    Raises
    ------
    InputError
        If the import was refused or has open questions, or the file has changed since it was read.
    """
    home = Path(folder)
    if incoming.frame is None:
        raise InputError(
            incoming.findings or Text("导入未完成，不能写入", "the import is not complete and cannot be taken")
        )
    parts = _originals(Path(original_path))
    if _digest(parts) != incoming.sha256:
        raise InputError(
            Text(
                f"文件 {incoming.file} 在预览之后被改动，请重新导入",
                f"{incoming.file} was changed after the preview, import it again",
            )
        )
    recover(home)
    with _store(home) as base:
        base.execute("BEGIN IMMEDIATE")
        changes = _changes(home, incoming)
        number = _insert(
            base,
            "import",
            incoming.layer,
            who,
            incoming.file,
            incoming.sha256,
            len(incoming.frame),
            answers,
            incoming.findings,
            None,
            changes,
        )
        for name, raw in parts.items():
            base.execute("INSERT INTO part VALUES (?, ?, ?)", (number, name, _keep(base, raw)))
        base.execute("COMMIT")
        _written(home, changes)
        return _one(base, number)


def undo(folder: str | os.PathLike[str], layer: str, *, who: str = "") -> Version:
    """Take back the last import of ``layer`` that stands, and return the version that says so.

    Raises
    ------
    InputError
        If there is none, or the workspace's file was changed by something else since.
    """
    home = Path(folder)
    recover(home)
    with _store(home) as base:
        base.execute("BEGIN IMMEDIATE")
        standing = [v for v in _all(base) if v.kind == "import" and v.layer == layer and not v.undone]
        if not standing:
            raise InputError(Text(f"图层“{layer}”没有可撤销的导入", f"the layer '{layer}' has no import to undo"))
        last = standing[-1]
        changes: dict[str, tuple[bytes | None, bytes | None]] = {}
        for name, before, after in base.execute(
            "SELECT name, before, after FROM change WHERE number = ?", (last.number,)
        ).fetchall():
            now = _bytes(home / name)
            same = (None if now is None else hashlib.sha256(now).hexdigest()) == after
            if name == SOURCES:
                told = _content(base, before)
                changes[SOURCES] = (now, told if same else _restored(now, told, last.sha256))
                continue
            if not same:
                raise InputError(
                    Text(
                        f"{name} 在导入之后又被改动，不能自动撤销；请先另存改动",
                        f"{name} was changed after the import and cannot be undone; save those changes first",
                    )
                )
            changes[name] = (now, _content(base, before))
        number = _insert(base, "undo", layer, who, last.file, last.sha256, last.rows, None, (), last.number, changes)
        base.execute("COMMIT")
        _written(home, changes)
        return _one(base, number)


def history(folder: str | os.PathLike[str], layer: str | None = None) -> tuple[Version, ...]:
    """Return the versions of a workspace, oldest first, of one layer or of all."""
    home = Path(folder)
    if not (home / STORE).is_file():
        return ()
    with _store(home) as base:
        return tuple(v for v in _all(base) if layer in (None, v.layer))


def original(folder: str | os.PathLike[str], number: int) -> dict[str, bytes]:
    """Return the original file of an import, and its parts, by name.

    Raises
    ------
    InputError
        If there is no such version, or its bytes no longer match their hash.
    """
    with _store(Path(folder)) as base:
        parts = base.execute("SELECT name, sha256 FROM part WHERE number = ?", (number,)).fetchall()
        if not parts:
            raise InputError(Text(f"没有第 {number} 个导入版本", f"there is no import version {number}"))
        return {name: _content(base, digest) or b"" for name, digest in parts}


def recover(folder: str | os.PathLike[str]) -> tuple[str, ...]:
    """Finish what a crash interrupted and return the files brought up to date (none, as a rule).

    Only the last version is looked at, and only files that still hold exactly what it found: a file that
    something else has changed since is left alone.
    """
    home = Path(folder)
    if not (home / STORE).is_file():
        return ()
    with _store(home) as base:
        last = base.execute("SELECT max(number) FROM version").fetchone()[0]
        late: dict[str, tuple[bytes | None, bytes | None]] = {}
        for name, before, after in base.execute(
            "SELECT name, before, after FROM change WHERE number = ?", (last,)
        ).fetchall():
            now = _bytes(home / name)
            digest = None if now is None else hashlib.sha256(now).hexdigest()
            if digest == before and before != after:
                late[name] = (now, _content(base, after))
        _written(home, late)
        return tuple(late)


def _originals(path: Path) -> dict[str, bytes]:
    """Return the bytes of the file and of a shapefile's parts, in the order in which they were hashed."""
    from layers.incoming import shapefile_parts

    if path.is_dir():
        return {p.name: p.read_bytes() for p in sorted(path.iterdir()) if p.is_file() and not p.is_symlink()}
    wanted = {path.suffix.lower(): path}
    if path.suffix.lower() == ".shp":
        wanted |= shapefile_parts(path)
    first = path.suffix.lower()
    return {p.name: p.read_bytes() for _, p in sorted(wanted.items(), key=lambda kv: kv[0] != first)}


def _digest(parts: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for raw in parts.values():
        whole.update(raw)
    return whole.hexdigest()


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _changes(home: Path, incoming: Incoming) -> dict[str, tuple[bytes | None, bytes | None]]:
    """Return name → (bytes before, bytes after) of the workspace's files."""
    assert incoming.frame is not None
    name = FILES.get(incoming.layer, f"{incoming.layer}.geojson")
    after: dict[str, bytes | None] = {name: _serialised(incoming.frame, incoming.layer)}
    after |= {other: None for other in REPLACED.get(incoming.layer, ()) if (home / other).is_file()}
    changes = {n: (_bytes(home / n), raw) for n, raw in after.items()}
    changes[SOURCES] = _sources(home, after, incoming)
    return changes


def _serialised(frame: gpd.GeoDataFrame, layer: str) -> bytes:
    if layer in FILES:
        out = io.BytesIO()
        plain = frame.copy()
        if layer == "streets":
            plain = (
                plain.astype({"u": "int64", "v": "int64"})
                if plain[["u", "v"]].map(lambda v: isinstance(v, int)).all(axis=None)
                else plain
            )
        for column in plain.columns.difference(["geometry"]):
            if plain[column].dtype == object and column not in ("u", "v"):
                plain[column] = plain[column].map(lambda v: None if v is None or v is pd.NA else v)
        plain.to_parquet(out)
        return out.getvalue()
    return geojson.dumps(frame).encode()


def _sources(home: Path, after: Mapping[str, bytes | None], incoming: Incoming) -> tuple[bytes | None, bytes]:
    """Return SOURCES.json before and after: the record of the import vouches for the file from now on."""
    before = _bytes(home / SOURCES)
    records = json.loads(before) if before else {}
    for record in (r for r in records.values() if isinstance(r, dict) and str(r.get("file")) in after):
        del record["file"]
        record.pop("sha256", None)
    name, raw = next((n, r) for n, r in after.items() if r is not None)
    records[_record(incoming.sha256)] = {
        "title": incoming.file, "publisher": "规划者导入 / imported by the planner", "licence": "未说明 / not stated",
        "retrieved": datetime.date.today().isoformat(), "url": "own work", "original_sha256": incoming.sha256,
        "basis": "sourced", "file": name, "sha256": hashlib.sha256(raw).hexdigest(),
    }  # fmt: skip
    return before, _told(records)


def _restored(now: bytes | None, before: bytes | None, digest: str) -> bytes:
    """Return SOURCES.json as it is now, with the records of before for the file that an undone import had taken over."""
    records = json.loads(now) if now else {}
    mine = records.get(_record(digest), {})
    name = mine.pop("file", None)
    mine.pop("sha256", None)
    old = json.loads(before) if before else {}
    records |= {key: r for key, r in old.items() if isinstance(r, dict) and name is not None and r.get("file") == name}
    return _told(records)


def _record(digest: str) -> str:
    return f"import-{digest[:8]}"


def _told(records: Mapping[str, Any]) -> bytes:
    return (json.dumps(records, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _keep(base: sqlite3.Connection, raw: bytes) -> str:
    digest = hashlib.sha256(raw).hexdigest()
    base.execute("INSERT OR IGNORE INTO content VALUES (?, ?)", (digest, raw))
    return digest


def _content(base: sqlite3.Connection, digest: str | None) -> bytes | None:
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


def _insert(
    base: sqlite3.Connection, kind: str, layer: str, who: str, file: str, digest: str, rows: int,
    answers: Mapping[str, Any] | None, findings: tuple[Finding, ...], undoes: int | None,
    changes: Mapping[str, tuple[bytes | None, bytes | None]],
) -> int:  # fmt: skip
    made = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    told = json.dumps([f.as_dict() for f in findings], ensure_ascii=False)
    cursor = base.execute(
        "INSERT INTO version (kind, layer, made, who, file, sha256, rows, answers, findings, undoes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (kind, layer, made, who, file, digest, rows, json.dumps(dict(answers or {}), ensure_ascii=False), told, undoes),
    )
    number = int(cursor.lastrowid or 0)
    for name, (before, after) in changes.items():
        marks = [None if raw is None else _keep(base, raw) for raw in (before, after)]
        base.execute("INSERT INTO change VALUES (?, ?, ?, ?)", (number, name, *marks))
    return number


def _written(home: Path, changes: Mapping[str, tuple[bytes | None, bytes | None]]) -> None:
    for name, (_, after) in changes.items():
        if after is None:
            (home / name).unlink(missing_ok=True)
        else:
            atomic.write_bytes(home / name, after)


def _all(base: sqlite3.Connection) -> list[Version]:
    rows = base.execute(
        "SELECT number, kind, layer, made, who, file, sha256, rows, undoes FROM version ORDER BY number"
    ).fetchall()
    undone = {r[8] for r in rows if r[8] is not None}
    return [Version(**dict(zip(FIELDS, r, strict=True)), undone=r[0] in undone) for r in rows]


def _one(base: sqlite3.Connection, number: int) -> Version:
    return next(v for v in _all(base) if v.number == number)
