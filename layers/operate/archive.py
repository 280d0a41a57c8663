"""One file that holds a workspace whole: its layers, its record of imports, its plans, comments and drafts.

It is a zip with a ``manifest.json`` that says the SHA-256 of each file. It is of one moment while planners save and import:
the lock of imports is held, each store is copied by SQLite itself, and drafts are taken before plans, so that every
revision a draft goes on from is there. It gets its name only when all of it has been read again and found whole.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import sqlite3
import stat
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from geo.errors import Finding, InputError
from geo.text import Text
from layers import workspace
from layers.home import version
from layers.store import Store, backup, journal
from layers.store.place import DRAFTS, PLANS, folder_of, plans_of
from layers.store.sqlite import reading
from layers.workspace.form import FORMAT, format_of
from layers.write import atomic

__all__ = ["MANIFEST", "STORE", "WORKSPACE", "Archive", "back_up", "extracted", "files_of", "looked_at", "verify"]

VERSION = 1
"""Of the archive itself."""
MANIFEST, WORKSPACE, STORE = "manifest.json", "workspace/", "store/"
LARGEST_MANIFEST = 32 * 2**20
BLOCK = 1 << 20
LEFT_OUT = re.compile(r"(plans|drafts|imports|scenarios)\.sqlite.*|\..*|__pycache__|build|.*\.aside-.*")
"""Names that are not copied as files: stores, which are copied as stores; what is hidden, made anew, or was put aside."""
PART = re.compile(r"[^\x00-\x1f\\/:*?\"<>|]+")
"""A part of a path that is a plain name on every system."""


@dataclass(frozen=True)
class Archive:
    """What an archive says of itself."""

    made: str
    name_zh: str
    name_en: str
    format: int
    """Of the workspace."""
    store: dict[str, Any]
    """Where the plans came from (``kind``), how many revisions and comments, the newest seal of each plan (``heads``)."""
    files: dict[str, dict[str, Any]]
    """Path in the archive → ``bytes`` and ``sha256``."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "made": self.made, "name_zh": self.name_zh, "name_en": self.name_en, "format": self.format,
            "store": self.store, "files": len(self.files), "bytes": sum(int(f["bytes"]) for f in self.files.values()),
        }  # fmt: skip


def back_up(folder: Path, path: str | os.PathLike[str]) -> Archive:
    """Write a workspace with its plans and drafts into one file, read again and found whole before it gets its name.

    Raises
    ------
    InputError
        If there is no workspace, something cannot be read, or the file cannot be written: what was there before stays.
    DamagedError
        If the store of plans is damaged.
    """
    target = Path(path)
    if target.resolve().is_relative_to(folder.resolve()):
        raise InputError(Text(
            f"备份文件不能放在工作区之内（{target}）：请写到别处，最好另一块磁盘",
            f"the backup cannot lie in the workspace itself ({target}): write it elsewhere, best on another disk",
        ))  # fmt: skip
    config = workspace.settings(folder)
    with atomic.writing(target) as draft, tempfile.TemporaryDirectory(prefix="zoneplan-backup-") as place:
        stores, told = _stores(folder, Path(place))
        with _at_rest(folder), _opened(draft) as archive:
            if (folder / journal.STORE).is_file():
                stores[WORKSPACE + journal.STORE] = Path(place) / journal.STORE
                with journal.looked_at(folder) as db:
                    _copied(db, Path(place) / journal.STORE)
            files = {name: _added(archive, name, file) for name, file in [*stores.items(), *files_of(folder)]}
            manifest = {
                "zoneplan_backup": VERSION, "program": version(), "made": dt.datetime.now(dt.UTC).isoformat("T", "seconds"),
                "name_zh": str(config.get("name_zh", folder.name)), "name_en": str(config.get("name_en", folder.name)),
                "format": format_of(config), "store": told, "files": files,
            }  # fmt: skip
            archive.writestr(_entry(MANIFEST), json.dumps(manifest, ensure_ascii=False, indent=1))
        if wrong := verify(draft):
            raise InputError(wrong)
        return looked_at(draft)


def verify(path: str | os.PathLike[str]) -> tuple[Finding, ...]:
    """Return what of an archive is not as it was written, each file by its name; nothing where all is whole."""
    file = Path(path)
    try:
        made = looked_at(file)
        with tempfile.TemporaryDirectory(prefix="zoneplan-verify-") as place, zipfile.ZipFile(file) as archive:
            wrong = [f for name in made.files if (f := _differs(archive, name, made.files[name], Path(place)))]
            plans = Path(place) / PLANS
            if not wrong and plans.is_file():
                wrong = [f for f in Store(plans).verify() if f.level == "error"]
                if not wrong and {k: list(v) for k, v in Store(plans).heads().items()} != made.store.get("heads"):
                    wrong = [Finding("error", "方案的最新封印与清单不同", "the newest seals of the plans are not those of the manifest", STORE + PLANS)]  # fmt: skip
    except InputError as error:
        return error.findings
    except (zipfile.BadZipFile, OSError) as error:
        return (_broken(file, error),)
    return tuple(wrong)


def looked_at(path: str | os.PathLike[str]) -> Archive:
    """Return what an archive says of itself; its files are not read.

    Raises
    ------
    InputError
        If it is no such archive, a newer program wrote it, or its list of files is not the manifest's.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(Text(f"没有备份文件 {file}", f"there is no backup {file}"))
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            entry = next((e for e in entries if e.filename == MANIFEST and e.file_size <= LARGEST_MANIFEST), None)
            said = json.loads(archive.read(entry)) if entry is not None else None
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RecursionError, NotImplementedError, RuntimeError) as error:  # fmt: skip
        raise InputError([_broken(file, error)]) from error
    if entry is None:
        zh, en = f"不是本程序的备份：没有 {MANIFEST}", f"is no backup of this program: it has no {MANIFEST}"
        raise InputError([Finding("error", zh, en, file.name)])
    made = _read(file, said)
    _as_listed(file, entries, made.files)
    return made


def extracted(path: Path, made: Archive, part: str, into: Path) -> list[Path]:
    """Write the files of one part of an archive into a folder and return them, each checked by its SHA-256.

    Raises
    ------
    InputError
        If one is not what the manifest says.
    """
    done = []
    with zipfile.ZipFile(path) as archive:
        for name, told in made.files.items():
            if name.startswith(part):
                wrong = _differs(archive, name, told, into, name.removeprefix(part))
                if wrong:
                    raise InputError([wrong])
                done.append(into / name.removeprefix(part))
    return done


def _stores(folder: Path, place: Path) -> tuple[dict[str, Path], dict[str, Any]]:
    """Copy drafts and plans, in this order; return the files by their names in the archive, and what the manifest tells."""
    found: dict[str, Path] = {}
    drafts = folder_of(folder) / DRAFTS
    if drafts.is_file():
        with reading(drafts) as db:
            _copied(db, place / DRAFTS)
        found[STORE + DRAFTS] = place / DRAFTS
    plans, _ = plans_of(folder)
    copied = backup.back_up(plans, place / PLANS)
    found[STORE + PLANS] = place / PLANS
    kind = "sqlite" if isinstance(plans, Store) else "postgresql"
    return found, {"kind": kind, "revisions": copied.revisions, "comments": copied.comments, "heads": copied.heads}


def _copied(db: sqlite3.Connection, target: Path) -> None:
    with closing(sqlite3.connect(target)) as copy:
        db.backup(copy)


@contextmanager
def _at_rest(folder: Path) -> Iterator[None]:
    """Hold the workspace as an import would, finished; where nothing can be written, nobody imports."""
    journal.recover(folder)
    with journal.locked(folder) if os.access(folder, os.W_OK) else nullcontext():
        yield


def files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a workspace, stores and what can be made anew left out, each by its name in an archive."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(LEFT_OUT.fullmatch(part) for part in parts):
            yield WORKSPACE + "/".join(parts), path


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            yield archive
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(Text(
            f"备份没有写成（{error.filename or path.name}：{why}），没有留下半个文件；请检查磁盘空间和权限后重试",
            f"the backup could not be written ({error.filename or path.name}: {why}), and no half of it is left; check the room on the disk and the rights, then try again",
        )) from error  # fmt: skip


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, atomic.EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


def _added(archive: zipfile.ZipFile, name: str, path: Path) -> dict[str, Any]:
    with path.open("rb") as source, archive.open(_entry(name), "w", force_zip64=True) as out:
        return _poured(source, out)


def _poured(source: IO[bytes], out: IO[bytes], most: int | None = None) -> dict[str, Any]:
    """Copy a file and return its size and SHA-256; ends one block after ``most`` bytes."""
    digest, size = hashlib.sha256(), 0
    while block := source.read(BLOCK):
        digest.update(block)
        out.write(block)
        size += len(block)
        if most is not None and size > most:
            break
    return {"bytes": size, "sha256": digest.hexdigest()}


def _differs(archive: zipfile.ZipFile, name: str, told: Mapping[str, Any], into: Path, under: str | None = None) -> Finding | None:  # fmt: skip
    """Write one file of an archive, by its own name or ``under`` another; return what is wrong with it."""
    target = into / (under or Path(name).name)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(name) as source, target.open("wb") as out:
            found = _poured(source, out, most=int(told["bytes"]))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        return Finding("error", f"无法读出（{error}）：备份已损坏，请用另一份", f"cannot be read ({error}): the backup is damaged, use another", name)  # fmt: skip
    if found != dict(told):
        return Finding("error", "内容与清单的 SHA-256 不同：备份已损坏或被改动，请用另一份",
                       "is not what the manifest's SHA-256 says: the backup is damaged or was altered, use another", name)  # fmt: skip
    return None


def _read(file: Path, said: Any) -> Archive:
    """Return a manifest as a value, nothing of it believed before it is looked at."""
    number = said.get("zoneplan_backup") if isinstance(said, dict) else None
    if isinstance(number, int) and number > VERSION:
        raise InputError(Text(
            f"{file.name} 由更新的版本写成（备份格式 {number}，本程序只认识 {VERSION}）；请升级本程序",
            f"{file.name} was written by a newer version (backup format {number}, this one knows {VERSION}): upgrade the program",
        ))  # fmt: skip
    files = said.get("files") if isinstance(said, dict) else None
    whole = (
        number == VERSION
        and isinstance(said.get("format"), int)
        and isinstance(said.get("store"), dict)
        and isinstance(files, dict)
        and all(
            isinstance(f, dict) and set(f) == {"bytes", "sha256"} and isinstance(f["bytes"], int) for f in files.values()
        )
    )  # fmt: skip
    if not whole or files is None:
        raise InputError([Finding("error", "清单不完整：不是本程序的备份，或已损坏", "the manifest is not whole: this is no backup of this program, or it is damaged", MANIFEST)])  # fmt: skip
    if said["format"] > FORMAT:
        format_of({"format": said["format"]})  # says what to do
    text = {key: str(said.get(key, "")) for key in ("made", "name_zh", "name_en")}
    return Archive(**text, format=said["format"], store=said["store"], files=files)


def _as_listed(file: Path, entries: list[zipfile.ZipInfo], files: Mapping[str, Any]) -> None:
    """Refuse names that lead out of the folder, links, what is listed and not there, and what is there and not listed."""
    names = Counter(entry.filename.casefold() for entry in entries)
    there = {entry.filename for entry in entries}
    wrong = [
        Finding("error", "路径不安全（绝对路径、“..”、符号链接或重名），整份备份不予恢复", "is no safe path (absolute, '..', a link, or there twice): nothing of the backup is restored", entry.filename)
        for entry in entries
        if not _is_safe(entry) or names[entry.filename.casefold()] > 1
    ]  # fmt: skip
    lost = Text("清单中有，备份中缺少", "is in the manifest and not in the backup")
    added = Text("备份中有，清单中没有：被人添加", "is in the backup and not in the manifest: somebody added it")
    wrong += [Finding("error", *lost, name) for name in files if name not in there]
    wrong += [Finding("error", *added, name) for name in sorted(there - set(files) - {MANIFEST})]
    if WORKSPACE + "workspace.toml" not in files:
        wrong.append(Finding("error", "备份中没有工作区", "there is no workspace in the backup", file.name))
    if wrong:
        raise InputError(wrong)


def _is_safe(entry: zipfile.ZipInfo) -> bool:
    name, kind = entry.filename, stat.S_IFMT(entry.external_attr >> 16)
    parts = name.split("/")
    plain = all(PART.fullmatch(p) and p not in (".", "..") for p in parts) and kind in (0, stat.S_IFREG)
    if name == MANIFEST:
        return True
    return plain and (
        name in (STORE + PLANS, STORE + DRAFTS) or (name.startswith(WORKSPACE) and len(parts) > 1)
    )  # fmt: skip


def _broken(file: Path, error: Exception) -> Finding:
    return Finding("error", f"不是完整的备份（{error}）：文件被截断或损坏，请用另一份", f"is no whole backup ({error}): it was cut off or is damaged, use another", file.name)  # fmt: skip
