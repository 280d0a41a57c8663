"""Where the plans of a workspace lie: one place, which no import moves.

Plans of the shipped workspace lie beside its working copy, whether there is one yet or not; those of any other
workspace in its folder, or in the program's own where that one cannot be written. What earlier versions kept elsewhere
is taken over once; their files stay as they are.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from geo.errors import Finding
from layers.home import written
from layers.store import take
from layers.store.drafts import Drafts
from layers.store.scenarios import Store

__all__ = ["drafts_of", "folder_of", "plans_of"]

PLANS, DRAFTS = "plans.sqlite", "drafts.sqlite"
BEFORE = "scenarios.sqlite"
"""What the store of plans was called by earlier versions."""


def folder_of(workspace: Path) -> Path:
    """Return the folder that holds plans and drafts of a workspace.

    Raises
    ------
    InputError
        If neither the workspace nor any other place can be written.
    """
    here = workspace.resolve()
    if here in _bundled():
        return take.WORKING.parent
    if os.access(here, os.W_OK | os.X_OK):
        return here
    return written("workspaces") / f"{here.name}-{hashlib.sha256(str(here).encode()).hexdigest()[:8]}"


def plans_of(workspace: Path) -> tuple[Store, tuple[Finding, ...]]:
    """Return the store of plans of a workspace, and what there is to say of the older ones it has taken over."""
    folder = folder_of(workspace)
    store = Store(folder / PLANS)
    older = [folder / BEFORE]
    if workspace.resolve() in _bundled():
        older.append(take.WORKING / BEFORE)
    return store, store.adopt([path for path in older if path.is_file()])


def drafts_of(workspace: Path) -> Drafts:
    """Return the drafts of a workspace; nothing is written before there is one."""
    return Drafts(folder_of(workspace) / DRAFTS)


def _bundled() -> tuple[Path, Path]:
    return take.SHIPPED.resolve(), take.WORKING.resolve()
