"""An older workspace brought up to the format of this program: shown first, backed up, then done whole or not at all."""

from __future__ import annotations

import json
import shutil
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import InputError
from geo.text import Text
from layers import workspace
from layers.home import written
from layers.operate import archive
from layers.store import journal, take
from layers.store.place import PLANS, folder_of, plans_of
from layers.store.sqlite import reading
from layers.store.tables import VERSION
from layers.workspace import form
from layers.workspace.catalog import sha256
from layers.write import atomic

__all__ = ["Upgrade", "planned", "upgrade"]

SETTINGS, SOURCES = "workspace.toml", "SOURCES.json"


@dataclass(frozen=True)
class Upgrade:
    """What an upgrade would change, before it does."""

    folder: Path
    before: int
    steps: tuple[Text, ...]
    store: tuple[int, int]
    """Version of the store of plans as it is, and as this program keeps it."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "workspace": str(self.folder), "format": self.before, "format_after": form.FORMAT, "store": self.store[0], "store_after": self.store[1],
            "steps": [{"zh": one.zh, "en": one.en} for one in self.steps],
        }  # fmt: skip


def planned(folder: Path) -> Upgrade:
    """Return what an upgrade would change; nothing is.

    Raises
    ------
    InputError
        If there is no workspace, or it is of a newer format than this program knows.
    """
    before = form.format_of(workspace.settings(folder))
    steps = [form.STEPS[number].text for number in range(before, form.FORMAT)]
    held = _store_version(folder)
    if held != VERSION:
        steps.append(Text(f"方案库从第 {held} 版升到第 {VERSION} 版，每一版方案都保留", f"the store of plans goes from version {held} to {VERSION}, every revision stays"))  # fmt: skip
    return Upgrade(folder, before, tuple(steps), (held, VERSION))


def upgrade(folder: Path, backup: Path | None = None) -> tuple[Upgrade, Path | None]:
    """Bring a workspace up, after a backup of it as it was; return what was done and where the backup lies.

    Parameters
    ----------
    backup
        The file of the backup; below the program's own folder ``backups`` where none is named.

    Raises
    ------
    InputError
        If it is the shipped workspace, cannot be written, or could not be read the same afterwards: then it is as it was.
    """
    plan = planned(folder)
    if not plan.steps:
        return plan, None
    if folder.resolve() == take.SHIPPED.resolve():
        raise InputError(Text("自带工作区随程序升级，不单独升级", "the bundled workspace comes with the program and is not upgraded by itself"))  # fmt: skip
    if backup is None:
        place = written("backups")
        place.mkdir(parents=True, exist_ok=True)
        backup = place / f"{folder.resolve().name}-format-{plan.before}-{time.strftime('%Y%m%d-%H%M%S')}.zip"
    if plan.store[0] != plan.store[1]:  # whoever opens it brings it up: kept as it was too
        shutil.copyfile(folder_of(folder) / PLANS, backup.with_suffix(f".plans-{plan.store[0]}.sqlite"))
    archive.back_up(folder, backup)
    with journal.locked(folder):
        _rewrite(folder, plan.before)
    plans_of(folder)  # opening a store brings it up
    return plan, backup


def _rewrite(folder: Path, before: int) -> None:
    path = folder / SETTINGS
    text = path.read_bytes().decode("utf-8")  # its ends of lines stay
    new = form.upgraded(text, before)
    if tomllib.loads(new) != {**tomllib.loads(text), "format": form.FORMAT}:
        raise InputError(Text(
            f"{SETTINGS} 的写法特殊，无法自动改写，没有任何改动；请自行在第一行写上 format = {form.FORMAT}",
            f"{SETTINGS} is written in a way that cannot be changed safely, nothing was changed: write format = {form.FORMAT} into its first line yourself",
        ))  # fmt: skip
    vouched, old = folder / SOURCES, sha256(path)
    records = json.loads(vouched.read_text("utf-8")) if vouched.is_file() else {}
    told = [r for r in records.values() if isinstance(r, dict) and r.get("file") == SETTINGS and r.get("sha256") == old]
    atomic.write_bytes(path, new.encode())
    for record in told:  # what was vouched for still is
        record["sha256"] = sha256(path)
    if told:
        atomic.write_bytes(vouched, (json.dumps(records, ensure_ascii=False, indent=1) + "\n").encode())


def _store_version(folder: Path) -> int:
    """Return the version of the store of plans in a file; of a database, or where there is none, that of this program."""
    path = folder_of(folder) / PLANS
    if not path.is_file():
        return VERSION
    with reading(path) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])
