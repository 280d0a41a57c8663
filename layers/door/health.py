"""Whether the server can do its work: the workspace opens, what must be written can be, and the disk has room."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from geo.errors import PlanError
from layers.home import published
from layers.store import take
from layers.store.place import plans_of

__all__ = ["ENOUGH_BYTES", "Health", "health"]

ENOUGH_BYTES = 200_000_000
"""Free room below which the server is not well: an import of the greatest size and its copy want that much [bytes]."""
STORES = ("plans.sqlite", "drafts.sqlite", "imports.sqlite")
OF = ("zoneplan", "streamlit", "starlette", "uvicorn", "geopandas")


@dataclass(frozen=True)
class Health:
    """What was found; ``ok`` only if all of it is well."""

    workspace: dict[str, Any]
    stores: dict[str, Any]
    disk: dict[str, Any]
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every part is well."""
        return all(part["ok"] for part in (self.workspace, self.stores, self.disk))

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data; no path of this machine is in it."""
        return {
            "ok": self.ok,
            "workspace": self.workspace,
            "stores": self.stores,
            "disk": self.disk,
            "versions": self.versions,
        }


def health(folder: Path, errors: Callable[[Path], list[str] | None], *, enough: int = ENOUGH_BYTES) -> Health:
    """Look at the workspace of a folder and at the places that are written to.

    Parameters
    ----------
    folder
        The workspace that is served.
    errors
        Says what keeps it from being opened: nothing, or None while it is being opened.
    enough
        Room that must be free [bytes].
    """
    home = take.WORKING.parent if folder == take.SHIPPED else folder
    wrong = errors(folder)
    # Without the path of this machine: whoever asks need not be the operator.
    shown = [one.replace(str(folder), "…") for one in (wrong or [])[:5]]
    told = {"state": "opening" if wrong is None else "refused" if wrong else "open", "errors": shown}
    places = {"plans": home, "layers": published()}
    faults = [f for name, place in places.items() if (f := _unwritable(name, place))]
    faults += [f for f in map(_damaged, (place / name for place in {home, folder} for name in STORES)) if f]
    faults += [f for f in (_out_of_reach(folder),) if f]
    try:
        free = min(shutil.disk_usage(_existing(place)).free for place in places.values())
    except OSError:
        free = 0
    return Health(
        {"ok": wrong == [], **told},
        {"ok": not faults, "faults": faults},
        {"ok": free >= enough, "free_mb": free // 1_000_000, "needed_mb": enough // 1_000_000},
        dict(_versions(OF)),
    )


def _existing(place: Path) -> Path:
    """Return the place, or the nearest folder above it that is there: it is made when something is first written."""
    return next((p for p in (place, *place.parents) if p.is_dir()), place)


def _unwritable(name: str, place: Path) -> str:
    """Return why nothing can be written there, or "": by writing, for what the mode says holds not for all."""
    try:
        # Without a dot in its name: files with one are taken for a change of the workspace.
        handle, temporary = tempfile.mkstemp(prefix="health-", dir=_existing(place))
        try:
            os.write(handle, b"well")
            os.fsync(handle)
        finally:
            os.close(handle)
            with contextlib.suppress(OSError):
                os.unlink(temporary)
    except OSError as error:
        return f"{name}: {error.strerror}"
    return ""


def _damaged(path: Path) -> str:
    """Return why a store can not be opened, or ""."""
    if not path.exists():
        return ""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as db:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        return f"{path.name}: {error}"
    return ""


def _out_of_reach(folder: Path) -> str:
    """Return why the database of plans cannot be used, or "" where it can, or none is asked for."""
    if not os.environ.get("ZONEPLAN_DB", "").strip():
        return ""
    try:
        plans_of(folder)[0].names()
    except PlanError:  # its words name a host, which is the operator's business
        return "plans: the database of ZONEPLAN_DB cannot be used; zoneplan scenario list says why"
    return ""


def _versions(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    yield "python", platform.python_version()
    for name in names:
        with contextlib.suppress(metadata.PackageNotFoundError):
            yield name, metadata.version(name)
