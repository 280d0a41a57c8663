"""Taking a planner's file into a workspace, and the working copy that keeps shipped data whole.

What the program ships (``data/``) is never edited. The first import into it makes a working copy beside it, and
from then on that copy is what opens.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from geo.errors import Finding, InputError, PlanError
from geo.text import Text
from layers import workspace
from layers.home import SHIPPED, writable, written
from layers.incoming import Incoming
from layers.store import journal, versions
from layers.store.preview import Preview, offered
from layers.store.preview import preview as previewed

__all__ = ["SHIPPED", "WORKING", "Preview", "default_folder", "offered", "preview", "take", "undo"]

WORKING = (writable() or SHIPPED.parent) / "workspaces" / "bundled"
"""The working copy of the shipped workspace; it is made by the first import, where the program may write."""
NEW = ".new-"
"""How the folders begin in which a working copy is made."""


def default_folder() -> Path:
    """Return the workspace to open when none is named: the working copy once there is one, else ``data/``."""
    if any(WORKING.parent.glob(f"{NEW}*")):
        with suppress(PlanError), journal.locked(WORKING.parent, seconds=0):  # whose maker is alive holds the lock
            _swept(WORKING.parent)
    return WORKING if (WORKING / "workspace.toml").is_file() else SHIPPED


def preview(
    folder: Path, read: Incoming, *, mode: str | None = None, part: str | None = None, pairs: Mapping[str, Any] | None = None
) -> Preview:  # fmt: skip
    """Return what `take` would do, row by row; nothing is changed (see ``layers.store.preview``)."""
    return previewed(_as_it_stands(folder), read, mode=mode, part=part, pairs=pairs)


def _as_it_stands(folder: Path) -> Path:
    """Return the folder that an import meets: of the shipped workspace the working copy, once there is one."""
    return default_folder() if folder.resolve() == SHIPPED else folder


def take(
    folder: Path,
    read: Incoming,
    original: Path,
    *,
    mode: str | None = None,
    part: str | None = None,
    pairs: Mapping[str, Any] | None = None,
    replace_all: bool = False,
    shown: Preview | None = None,
    answers: Mapping[str, Any] | None = None,
    who: str = "",
) -> tuple[Path, versions.Version]:
    """Take an import into a workspace; return the folder it went to, and its version.

    Parameters
    ----------
    mode, part, pairs
        How it is taken; see ``layers.store.preview``. Merged where nobody says.
    replace_all
        The explicit yes without which no row is removed.
    shown
        The preview that was looked at: just that is done, or nothing where the workspace has changed since.
    answers, who
        Kept with the version.

    Raises
    ------
    InputError
        If the import was refused, has open questions, would remove rows without ``replace_all``, its file or the
        workspace was changed since it was looked at, or the workspace could not be opened with it: then nothing is
        taken, and the findings say what is wrong.
    """
    if read.frame is None:
        raise InputError(
            read.findings or Text("导入未完成，不能写入", "the import is not complete and cannot be taken")
        )
    plan = shown or preview(folder, read, mode=mode, part=part, pairs=pairs)
    _agreed(plan, read.file, replace_all=replace_all)
    target = _working_copy() if folder.resolve() == SHIPPED else folder
    how = {"mode": plan.merged.mode, **({"part": plan.part} if plan.part else {}), **(pairs or {})}
    version = versions.take(
        target, read, original, frame=plan.merged.frame, seen=plan.seen, replaces=plan.merged.mode == "replace",
        inspect=lambda draft: _opens(draft, target, _told(read.file)), answers={**(answers or {}), **how}, who=who,
    )  # fmt: skip
    return target, version


def _agreed(plan: Preview, file: str, *, replace_all: bool) -> None:
    """Refuse what is open, wrong, or would remove rows that nobody has agreed to remove."""
    wrong = [f for f in plan.findings if f.level == "error"]
    wrong += [Finding("error", *o.text, file, o.row, o.key) for o in plan.merged.open]
    if plan.alarm is not None and not replace_all:
        zh, en = plan.alarm
        told = Finding(
            "error",
            f"{zh}。未写入；确实要移除请明确确认（命令行加 --replace-all），或改用“合并”",
            f"{en}. Nothing was taken; if they shall go, say so explicitly (--replace-all), or merge instead",
            file,
        )
        wrong.append(told)
    if wrong:
        raise InputError(wrong)


def _opens(draft: Path, target: Path, told: Finding) -> None:
    """Refuse what would close the workspace, before anything is changed; one that is closed already may be mended."""
    errors = workspace.check(draft).errors
    if errors and not workspace.check(target, mend=False).errors:
        raise InputError([told, *errors])


def _told(file: str) -> Finding:
    return Finding(
        "error",
        "写入后工作区将无法打开，所以没有写入，原数据未变；请按下列各条改正后再导入",
        "the workspace could not be opened with this import; nothing was taken, nothing is changed: mend what follows and import again",
        file,
    )


def undo(folder: Path, layer: str, *, who: str = "") -> versions.Version:
    """Take back the last import of a layer that still stands.

    Raises
    ------
    InputError
        If there is none, its file was changed since, or the workspace could not be opened without the import (what
        came later may rest on it): then nothing is changed, and the findings say what is wrong.
    """
    told = Finding(
        "error",
        f"撤销图层“{layer}”的导入后工作区将无法打开（之后的改动可能依赖它），所以没有撤销，数据未变；请先按下列各条处理，再撤销",
        f"without the import of '{layer}' the workspace could not be opened (what came later may rest on it); nothing was undone, nothing is changed: deal with what follows first, then undo",
        versions.file_of(layer),
    )
    return versions.undo(folder, layer, inspect=lambda draft: _opens(draft, folder, told), who=who)


def _working_copy() -> Path:
    """Return the working copy of the shipped workspace, made whole or not at all."""
    if not (WORKING / "workspace.toml").is_file():
        if writable() is None:
            written("workspaces")  # says that there is no place, and how to name one
        WORKING.parent.mkdir(parents=True, exist_ok=True)
        with journal.locked(WORKING.parent):
            _swept(WORKING.parent)
            if not (WORKING / "workspace.toml").is_file():  # somebody else may have made it while we waited
                _copied()
    return WORKING


def _copied() -> None:
    aside = Path(tempfile.mkdtemp(prefix=NEW, dir=WORKING.parent))
    try:
        shutil.copytree(
            SHIPPED, aside / "copy", ignore=shutil.ignore_patterns("build", "__pycache__", "imports.sqlite*")
        )
        for path in (aside / "copy", *(aside / "copy").rglob("*")):
            path.chmod(path.stat().st_mode | stat.S_IWUSR)  # what is shipped may be read-only
        (aside / "copy").replace(WORKING)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _swept(place: Path) -> None:
    """Remove the halves of working copies whose makers were killed; the lock of the place is held."""
    for left in place.glob(f"{NEW}*"):
        shutil.rmtree(left, ignore_errors=True)
