"""A workspace brought back from an archive: shown first, nothing overwritten, what was there put aside.

All of it is written and checked beside the place; then the old folder gets another name and the new one takes its own. Whoever is
killed in between leaves both, under names that say what they are: the next restore clears what was prepared and not used. A disk that is
mounted at the place itself cannot get another name: there the files change their places one by one, while those who save wait.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import InputError, PlanError
from geo.text import Text
from layers.operate import archive
from layers.operate.archive import STORE, WORKSPACE, Archive
from layers.store import Store, backup, journal, take
from layers.store.place import DRAFTS, PLANS, plans_of
from layers.store.sqlite import turn
from layers.workspace.catalog import sha256
from layers.write import atomic

__all__ = ["Plan", "Restored", "left", "planned", "restore"]

NEW = ".restore-"
"""How the folders begin in which a restore prepares its files; none is left but by a kill."""
LOCKS = frozenset({f"{PLANS}-turn", f"{DRAFTS}-turn", journal.LOCK, f"{journal.LOCK}-journal"})
"""Files at which those who save wait for their turn: on a mounted disk they stay where they are."""


@dataclass(frozen=True)
class Plan:
    """What a restore would do to each file, before it does any of it."""

    target: Path
    store: Path
    """The folder of plans and drafts: the workspace itself, or beside the working copy of the bundled one."""
    made: Archive
    rows: tuple[dict[str, str], ...]
    """``file`` and ``action``: ``new``, ``same``, ``differs`` (the backup's takes its place), ``aside`` (only there, put aside)."""

    @property
    def occupied(self) -> bool:
        """Whether anything is there that would have to make room."""
        return any(row["action"] != "new" for row in self.rows)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"target": str(self.target), "backup": self.made.as_dict(), "rows": list(self.rows)}


@dataclass(frozen=True)
class Restored:
    """What was restored, and where what had been there lies now."""

    plan: Plan
    aside: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**self.plan.as_dict(), "aside": list(self.aside)}


def planned(path: Path, folder: Path) -> Plan:
    """Return what restoring an archive to a folder would do; nothing is changed.

    The bundled workspace is never written to: its backup comes back as the working copy that an import would make.

    Raises
    ------
    InputError
        If the archive is not whole, or ``folder`` is a file.
    """
    if wrong := archive.verify(path):
        raise InputError(wrong)
    made = archive.looked_at(path)
    target = folder.resolve()
    if target in (take.SHIPPED.resolve(), take.WORKING.resolve()):
        target, store = take.WORKING, take.WORKING.parent
    else:
        store = target
    if target.exists() and not target.is_dir():
        raise InputError(Text(f"{target} 是文件，请给出文件夹", f"{target} is a file: name a folder"))
    there = {name: file for name, file in archive.files_of(target)} if target.is_dir() else {}
    stores = {WORKSPACE + journal.STORE: target / journal.STORE, STORE + PLANS: store / PLANS, STORE + DRAFTS: store / DRAFTS}  # fmt: skip
    there |= {name: file for name, file in stores.items() if file.is_file()}
    rows = [{"file": name, "action": _action(name, made, there.get(name))} for name in sorted({*made.files, *there})]
    return Plan(target, store, made, tuple(rows))


def restore(path: Path, folder: Path, *, replace: bool = False) -> Restored:
    """Bring a workspace back with its plans and drafts.

    Parameters
    ----------
    replace
        The explicit yes without which nothing that is there makes room. What was there is put aside under another name; nothing
        is deleted.

    Raises
    ------
    InputError
        If the archive is not whole, something is there and ``replace`` is not given, or the place cannot be written: then nothing
        is changed.
    """
    plan = planned(path, folder)
    if plan.occupied and not replace:
        raise InputError(Text(
            f"{plan.target} 已有内容，没有任何改动；确要以备份为准请加 --replace（原有的另存一旁，不删除），或恢复到别的文件夹",
            f"there is something at {plan.target}, nothing was changed; with --replace the backup takes its place (what was there is put aside, not deleted), or restore to another folder",
        ))  # fmt: skip
    with _in_words(plan.target):
        place = plan.target if os.path.ismount(plan.target) else plan.target.parent
        place.mkdir(parents=True, exist_ok=True)
        for old in left(plan.target):
            shutil.rmtree(old, ignore_errors=True)
        staging = Path(tempfile.mkdtemp(prefix=NEW, dir=place))
        used = _held(staging)
        try:
            (staging / "workspace").mkdir()
            (staging / "store").mkdir()
            done = archive.extracted(path, plan.made, WORKSPACE, staging / "workspace")
            done += archive.extracted(path, plan.made, STORE, staging / "store")
            for file in {*done, *(f.parent for f in done)}:
                atomic.sync(file)
            return Restored(plan, tuple(_put_in_place(plan, staging, replace=replace)))
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            if used is not None:
                os.close(used)


def left(target: Path) -> tuple[Path, ...]:
    """Return the folders that restores to a place have prepared and, killed, not used up; those of a restore that runs are not among them."""
    found = sorted({one for place in (target.parent, target) for one in place.glob(f"{NEW}*") if one.is_dir()})
    return tuple(one for one in found if not _in_use(one))


def _held(folder: Path) -> int | None:
    """Let others see that a folder is in use, until what is returned is closed or this process ends; None where it cannot be, or is already."""
    try:
        import fcntl
    except ImportError:  # Windows removes no folder with a file that is open
        return None
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _in_use(folder: Path) -> bool:
    with suppress(OSError):
        handle = _held(folder)
        if handle is None:
            return os.name == "posix"
        os.close(handle)
    return False


def _action(name: str, made: Archive, old: Path | None) -> str:
    if name not in made.files:
        return "aside"
    if old is None:
        return "new"
    if name == STORE + PLANS:  # equal newest seals are equal plans, however SQLite has laid them out
        return "same" if _heads(old) == made.store.get("heads") else "differs"
    return "same" if sha256(old) == made.files[name]["sha256"] else "differs"


def _heads(store: Path) -> dict[str, list[str]] | None:
    """Return the newest seal of each plan of a store that stays as it is; None where it is damaged."""
    with tempfile.TemporaryDirectory(prefix="zoneplan-restore-") as place, suppress(PlanError):
        for suffix in ("", "-journal"):  # a copy: to open a file can change it
            with suppress(FileNotFoundError):
                shutil.copyfile(store.with_name(store.name + suffix), Path(place) / f"{PLANS}{suffix}")
        return {name: list(seal) for name, seal in Store(Path(place) / PLANS).heads().items()}
    return None


def _put_in_place(plan: Plan, staging: Path, *, replace: bool) -> Iterator[str]:
    """Give the old files other names and the new ones theirs; yield where the old ones lie."""
    stores = [name for name in (PLANS, DRAFTS) if (staging / "store" / name).is_file()]
    if os.environ.get("ZONEPLAN_DB", "").strip():  # it may refuse, so it comes first
        told = backup.restore(plans_of(plan.target)[0], staging / "store" / PLANS, replace=replace)
        stores.remove(PLANS)
        yield from [told.aside] if told.aside else []
    if plan.store == plan.target:
        for name in stores:
            (staging / "store" / name).replace(staging / "workspace" / name)
        stores = []
    stamp = _free(plan.target)
    with _nobody_writes(plan):
        if os.path.ismount(plan.target):
            yield from _one_by_one(plan.target, staging, stamp)
        elif plan.target.is_dir():
            shutil.copymode(plan.target, staging / "workspace")
            if any(plan.target.iterdir()):
                aside = plan.target.with_name(f"{plan.target.name}.aside-{stamp}")
                plan.target.rename(aside)
                yield str(aside)
            else:
                plan.target.rmdir()
        if not os.path.ismount(plan.target):
            (staging / "workspace").rename(plan.target)
        for name in stores:
            for suffix in ("-journal", ""):  # never to be played back into the new one
                if (old := plan.store / f"{name}{suffix}").is_file():
                    old.rename(plan.store / f"{name}.aside-{stamp}{suffix}")
                    yield from [f"{old}.aside-{stamp}"] if not suffix else []
            (staging / "store" / name).rename(plan.store / name)
        atomic.sync(plan.target.parent)


def _one_by_one(target: Path, staging: Path, stamp: str) -> Iterator[str]:
    """Put what lies on a mounted disk into a folder there, and the new files in its place; yield where the old ones lie."""
    stay = LOCKS | {staging.name, "lost+found"}
    old = [one for one in target.iterdir() if one.name not in stay and ".aside-" not in one.name]
    if old:
        aside = target / f"workspace.aside-{stamp}"
        aside.mkdir()
        for one in old:
            one.rename(aside / one.name)
        yield str(aside)
    # What says that this is a workspace comes last: until then nobody opens half of one.
    for one in sorted((staging / "workspace").iterdir(), key=lambda one: one.name == "workspace.toml"):
        one.rename(target / one.name)
    atomic.sync(target)


def _free(target: Path) -> str:
    """Return the time of day, with a number behind where something was put aside in this very second."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    tried = (stamp, *(f"{stamp}-{k}" for k in range(2, 1_000)))
    return next(one for one in tried if not any(any(place.glob(f"*.aside-{one}")) for place in (target.parent, target)))


@contextmanager
def _nobody_writes(plan: Plan) -> Iterator[None]:
    """Wait until those who save and import have finished; who comes later finds the new files."""
    with ExitStack() as held:
        if os.name == "posix":  # elsewhere a folder with an open file cannot be renamed
            if plan.target.is_dir() and os.access(plan.target, os.W_OK):
                held.enter_context(journal.locked(plan.target))
            if plan.store.is_dir():
                for name in (PLANS, DRAFTS):
                    held.enter_context(turn(plan.store / name))
        yield


@contextmanager
def _in_words(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(Text(
            f"无法恢复到 {target}（{error.strerror}）：原有内容未删除；请检查权限和磁盘空间，或恢复到别的文件夹",
            f"cannot restore to {target} ({error.strerror}): nothing that was there is deleted; check rights and room, or restore to another folder",
        )) from error  # fmt: skip
