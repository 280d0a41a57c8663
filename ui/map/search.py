"""The index behind the search box: made once for each state of a workspace, beside the page, and served like a layer.

What only this session has (the objects of its plan) and what changes by the minute (the names of saved plans) comes with
the page itself.
"""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

import streamlit as st

from geo.errors import PlanError
from geo.scenario import Added, Barrier, Closed, Housing, Moved, Object, Opened, Removed, Resized, Street, TransitLine
from geo.workspace import Workspace
from layers import search
from layers.store.place import plans_of
from ui.map.publish import FOLDER, publish
from ui.parts.plan_words import called, kind_of
from ui.session import edits, places
from ui.session.state import data_folder
from ui.session.work import later
from ui.words import pick

__all__ = ["OWN", "index_of", "search_of"]

OWN = ("objects", "plans")
"""What is found beside the things of the place."""
FRESH_S = 20
"""How long names of saved plans are believed: one saved elsewhere is found that much later [s]."""


@st.cache_resource(show_spinner=False)
def _making() -> tuple[threading.Lock, set[str]]:
    return threading.Lock(), set()


def index_of(workspace: Workspace) -> dict[str, Any] | None:
    """Return where the index of a workspace is or will be in a moment, and whether there is a plan to look words up in.

    None for a workspace that came from no folder.

    Reading names as pinyin takes a second or two, which nobody waits for: the address is known before the file is there,
    for it bears the key of the workspace and not its own hash, and the browser asks again until it is.
    """
    if not workspace.key:
        return None
    name = f"names{search.VERSION}-{workspace.key.split('+')[0]}"
    lock, making = _making()
    with lock:
        if name not in making and not (FOLDER / f"{name}.json").exists():
            making.add(name)
            later(_make, workspace, name)
    text = len(workspace.facts) > 0 and len(workspace.targets) > 0
    return {"hash": name, "url": f"app/static/layers/{name}.json", "text": text}


def search_of(workspace: Workspace) -> dict[str, Any] | None:
    """Return what the search box looks through: the index of the place, and what only this session has."""
    told = index_of(workspace)
    return told and {**told, "own": {"kinds": OWN, "zones": [], "rows": search.written(_own(workspace), OWN, {})}}


def _own(workspace: Workspace) -> list[search.Named]:
    """Return the objects of the plan that is open, and the plans that are saved."""
    objects, names = edits.current().objects, _saved(str(data_folder()))
    if not objects and not names:
        return []
    # The dictionaries of pinyin take a second, which no click shall wait for: until they are there, names are found as written.
    ready = "pypinyin" in sys.modules
    if not ready:
        later(import_module, "pypinyin")
    found = [
        search.spoken(
            "objects", f"{pick(kind_of(one))} {called(workspace, one)}", at=_place(one), extra=one.object_id,
            lead=f"object:{one.object_id}", pinyin=ready,
        )
        for one in objects
    ]  # fmt: skip
    return found + [search.spoken("plans", name, lead=f"saved:{name}", pinyin=ready) for name in names]


def _place(one: Object) -> tuple[float, float] | None:
    """Return where an object stands or begins, or where what it changes stands [degrees]; None for what has no place."""
    if isinstance(one, Added | Moved | Removed):
        return one.lon, one.lat
    if isinstance(one, Street | Barrier | TransitLine) and one.line:
        return one.line[len(one.line) // 2]
    if isinstance(one, Housing | Barrier) and one.polygon:
        return one.polygon[0]
    return places.facilities().get(one.facility_id) if isinstance(one, Closed | Resized | Opened) else None


@st.cache_data(show_spinner=False, ttl=FRESH_S, max_entries=8)
def _saved(folder: str) -> list[str]:
    """Return the names of the saved plans of a workspace; none where they cannot be read."""
    try:
        return plans_of(Path(folder))[0].names()
    except PlanError:  # the panel of plans says why
        return []


def _make(workspace: Workspace, name: str) -> None:
    lock, making = _making()
    try:
        publish(search.dumps(workspace).encode(), "json", name)
    finally:
        with lock:
            making.discard(name)
