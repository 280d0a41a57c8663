"""Imports taken into a workspace: immutable versions, each in one transaction, and the way back.

``imports.sqlite`` in the workspace folder keeps every import: the original file and its hash, the answers and
findings, and the bytes of each workspace file before and after. How it is written, and made good after a crash, stands
in ``layers.store.journal``. Rows can be added but not changed: triggers forbid it. An undo is a new version that brings
the bytes back.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.errors import Finding, InputError
from geo.text import Text
from layers.incoming import Incoming
from layers.store import journal
from layers.store.journal import STORE, Changes, bytes_of, content, keep, recover
from layers.workspace import feeds
from layers.write import geojson

__all__ = ["Version", "file_of", "history", "original", "recover", "take", "undo"]

SOURCES = "SOURCES.json"
FIELDS = ("number", "kind", "layer", "made", "who", "file", "sha256", "rows", "undoes")
FILES = {"streets": "streets.parquet", "population": "population.parquet", "timetable": f"*{feeds.ENDING}"}
REPLACED = {"population": ("population.tif", "population.csv"), "streets": ("ways.parquet",)}
"""Files that go when a layer comes: they tell of what is there no longer. An undo brings them back."""


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


def file_of(layer: str) -> str:
    """Return the name of the workspace file that holds a layer."""
    return FILES.get(layer, f"{layer}.geojson")


def take(
    folder: str | os.PathLike[str],
    incoming: Incoming,
    original_path: str | os.PathLike[str],
    *,
    frame: gpd.GeoDataFrame | None = None,
    replaces: bool = True,
    seen: Mapping[str, str | None] | None = None,
    inspect: Callable[[Path], None] | None = None,
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
    frame
        The layer as it shall be, where that is not the file's rows alone (a merge).
    replaces
        Whether a timetable comes in place of the others, not beside them.
    seen
        SHA-256 of workspace files (None: no such file) on which ``frame`` rests: they must still be so.
    inspect
        Asked with a copy of the workspace as it would be, before anything is changed; what it raises stops the import.
    answers, who
        Kept with the version.

    Raises
    ------
    InputError
        If the import was refused or has open questions, if the file or the workspace has changed since, or if it cannot
        be written (a full disk): then nothing is changed.
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
    with journal.locked(home):
        journal.finish(home)
        _unchanged(home, seen or {})
        after = (
            _feeds(home, incoming, parts, replaces)
            if incoming.layer == "timetable"
            else _layer(home, incoming, incoming.frame if frame is None else frame)
        )
        before = {name: (bytes_of(home / name), raw) for name, raw in after.items()}
        changes: Changes = {**before, SOURCES: _sources(home, after, incoming)}
        with journal.opened(home) as base, journal.aside(home, changes) as ready:
            if inspect is not None:
                _inspected(home, ready, changes, inspect)
            base.execute("BEGIN IMMEDIATE")
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
                base.execute("INSERT INTO part VALUES (?, ?, ?)", (number, name, keep(base, raw)))
            base.execute("COMMIT")
            journal.settle(base, home, number, changes, ready)
            return _one(base, number)


def _unchanged(home: Path, seen: Mapping[str, str | None]) -> None:
    for name, digest in seen.items():
        now = bytes_of(home / name)
        if (None if now is None else hashlib.sha256(now).hexdigest()) != digest:
            raise InputError(
                Text(
                    f"{name} 在预览之后被改动（可能是他人的导入）；未写入，请重新预览后再写入",
                    f"{name} was changed after the preview (perhaps by somebody's import); nothing was taken, look at the preview again",
                )
            )


def _inspected(home: Path, ready: Path, changes: Changes, inspect: Callable[[Path], None]) -> None:
    """Show ``inspect`` the workspace as it would be: the new files, and the others by link."""
    draft = ready / "draft"
    draft.mkdir()
    for path in home.iterdir():
        if path.name.startswith(STORE) or not path.is_file():
            continue
        source = ready / path.name if path.name in changes else path
        if source.exists():
            _linked(source, draft / path.name)
    for name in changes:
        if (ready / name).exists() and not (draft / name).exists():
            _linked(ready / name, draft / name)
    inspect(draft)
    shutil.rmtree(draft)


def _linked(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copy2(source, target)


def undo(
    folder: str | os.PathLike[str], layer: str, *, inspect: Callable[[Path], None] | None = None, who: str = ""
) -> Version:
    """Take back the last import of ``layer`` that stands, and return the version that says so.

    Parameters
    ----------
    inspect
        Asked with a copy of the workspace as it would be, before anything is changed; what it raises stops the undo.

    Raises
    ------
    InputError
        If there is none, if the workspace's file was changed by something else since, or if it cannot be written.
    """
    home = Path(folder)
    with journal.locked(home):
        journal.finish(home)
        with journal.opened(home) as base:
            standing = [v for v in _all(base) if v.kind == "import" and v.layer == layer and not v.undone]
            if not standing:
                raise InputError(Text(f"图层“{layer}”没有可撤销的导入", f"the layer '{layer}' has no import to undo"))
            last = standing[-1]
            changes = _back(base, home, last)
            with journal.aside(home, changes) as ready:
                if inspect is not None:
                    _inspected(home, ready, changes, inspect)
                base.execute("BEGIN IMMEDIATE")
                number = _insert(
                    base, "undo", layer, who, last.file, last.sha256, last.rows, None, (), last.number, changes
                )
                base.execute("COMMIT")
                journal.settle(base, home, number, changes, ready)
            return _one(base, number)


def _back(base: sqlite3.Connection, home: Path, last: Version) -> dict[str, tuple[bytes | None, bytes | None]]:
    """Return what brings the files back to what they were before an import."""
    changes: dict[str, tuple[bytes | None, bytes | None]] = {}
    for name, before, after in base.execute(
        "SELECT name, before, after FROM change WHERE number = ?", (last.number,)
    ).fetchall():
        now = bytes_of(home / name)
        same = (None if now is None else hashlib.sha256(now).hexdigest()) == after
        if name == SOURCES:
            told = content(base, before)
            changes[SOURCES] = (now, told if same else _restored(now, told, last.sha256))
            continue
        if not same:
            raise InputError(
                Text(
                    f"{name} 在导入之后又被改动，不能自动撤销；请先另存改动",
                    f"{name} was changed after the import and cannot be undone; save those changes first",
                )
            )
        changes[name] = (now, content(base, before))
    return changes


def history(folder: str | os.PathLike[str], layer: str | None = None) -> tuple[Version, ...]:
    """Return the versions of a workspace, oldest first, of one layer or of all.

    Raises
    ------
    InputError
        If the record is damaged.
    """
    home = Path(folder)
    if not (home / STORE).is_file():
        return ()
    with journal.looked_at(home) as base:
        return tuple(v for v in _all(base) if layer in (None, v.layer)) if journal.has(base, "version") else ()


def original(folder: str | os.PathLike[str], number: int) -> dict[str, bytes]:
    """Return the original file of an import, and its parts, by name.

    Raises
    ------
    InputError
        If there is no such version, or its bytes no longer match their hash.
    """
    home = Path(folder)
    missing = Text(f"没有第 {number} 个导入版本", f"there is no import version {number}")
    if not (home / STORE).is_file():
        raise InputError(missing)
    with journal.looked_at(home) as base:
        asked = "SELECT name, sha256 FROM part WHERE number = ?"
        parts = base.execute(asked, (number,)).fetchall() if journal.has(base, "part") else []
        if not parts:
            raise InputError(missing)
        return {name: content(base, digest) or b"" for name, digest in parts}


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


def _layer(home: Path, incoming: Incoming, frame: gpd.GeoDataFrame) -> dict[str, bytes | None]:
    """Return the workspace's files that hold a layer, as they will be; None: gone."""
    after: dict[str, bytes | None] = {file_of(incoming.layer): _serialised(frame, incoming.layer)}
    return after | {other: None for other in REPLACED.get(incoming.layer, ()) if (home / other).is_file()}


def _feeds(home: Path, incoming: Incoming, parts: Mapping[str, bytes], replaces: bool) -> dict[str, bytes | None]:
    """Return a feed as it came, under its name in the workspace, and the others gone where it comes in their place."""
    mine = feeds.file_name(incoming.file)
    others = [path.name for path in sorted(home.glob(f"*{feeds.ENDING}")) if path.name != mine] if replaces else []
    return {mine: next(iter(parts.values())), **dict.fromkeys(others)}


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
    before = bytes_of(home / SOURCES)
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


def _insert(
    base: sqlite3.Connection, kind: str, layer: str, who: str, file: str, digest: str, rows: int,
    answers: Mapping[str, Any] | None, findings: tuple[Finding, ...], undoes: int | None,
    changes: Changes,
) -> int:  # fmt: skip
    made = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    told = json.dumps([f.as_dict() for f in findings], ensure_ascii=False)
    cursor = base.execute(
        "INSERT INTO version (kind, layer, made, who, file, sha256, rows, answers, findings, undoes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (kind, layer, made, who, file, digest, rows, json.dumps(dict(answers or {}), ensure_ascii=False), told, undoes),
    )
    number = int(cursor.lastrowid or 0)
    for name, (before, after) in changes.items():
        marks = [None if raw is None else keep(base, raw) for raw in (before, after)]
        base.execute("INSERT INTO change VALUES (?, ?, ?, ?)", (number, name, *marks))
    return number


def _all(base: sqlite3.Connection) -> list[Version]:
    rows = base.execute(
        "SELECT number, kind, layer, made, who, file, sha256, rows, undoes FROM version ORDER BY number"
    ).fetchall()
    undone = {r[8] for r in rows if r[8] is not None}
    return [Version(**dict(zip(FIELDS, r, strict=True)), undone=r[0] in undone) for r in rows]


def _one(base: sqlite3.Connection, number: int) -> Version:
    return next(v for v in _all(base) if v.number == number)
