"""Taking a planner's file into a workspace, and the working copy that keeps shipped data whole.

What the program ships (``data/``) is never edited. The first import into it makes a working copy beside it, and
from then on that copy is what opens.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.errors import Finding, InputError
from geo.text import Text
from layers import workspace
from layers.home import SHIPPED, writable, written
from layers.incoming import Incoming
from layers.store import versions

__all__ = ["SHIPPED", "WORKING", "default_folder", "take", "undo"]

WORKING = (writable() or SHIPPED.parent) / "workspaces" / "bundled"
"""The working copy of the shipped workspace; it is made by the first import, where the program may write."""


def default_folder() -> Path:
    """Return the workspace to open when none is named: the working copy once there is one, else ``data/``."""
    return WORKING if (WORKING / "workspace.toml").is_file() else SHIPPED


def take(
    folder: Path, read: Incoming, original: Path, *, answers: Mapping[str, Any] | None = None, who: str = ""
) -> tuple[Path, versions.Version]:
    """Make an import the layer of a workspace; return the folder it went to, and its version.

    Raises
    ------
    InputError
        If the import was refused, has open questions, its file was changed since it was read, or the workspace
        could not be opened with it: then it is undone at once, and the findings say what is wrong.
    """
    if read.frame is None:
        raise InputError(
            read.findings or Text("导入未完成，不能写入", "the import is not complete and cannot be taken")
        )
    target = _working_copy() if folder.resolve() == SHIPPED else folder
    sound = not workspace.check(target).errors
    version = versions.take(target, read, original, answers=answers, who=who)
    errors = workspace.check(target).errors if sound else ()
    if errors:
        versions.undo(target, read.layer, who=who)
        told = Finding(
            "error",
            "写入后工作区无法打开，已自动撤销，原数据未变；请按下列各条改正后再导入",
            "the workspace could not be opened with this import; it was undone and nothing is changed: mend what follows and import again",
            read.file,
        )
        raise InputError([told, *errors])
    return target, version


def undo(folder: Path, layer: str, *, who: str = "") -> versions.Version:
    """Take back the last import of a layer that still stands."""
    return versions.undo(folder, layer, who=who)


def _working_copy() -> Path:
    """Return the working copy of the shipped workspace, made whole or not at all."""
    if not (WORKING / "workspace.toml").is_file():
        if writable() is None:
            written("workspaces")  # says that there is no place, and how to name one
        WORKING.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".new-", dir=WORKING.parent))
        try:
            shutil.copytree(
                SHIPPED, aside / "copy", ignore=shutil.ignore_patterns("build", "__pycache__", "imports.sqlite*")
            )
            for path in (aside / "copy", *(aside / "copy").rglob("*")):
                path.chmod(path.stat().st_mode | stat.S_IWUSR)  # what is shipped may be read-only
            (aside / "copy").replace(WORKING)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return WORKING
