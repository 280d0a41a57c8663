"""The index behind the search box: made once for each state of a workspace, beside the page, and served like a layer."""

from __future__ import annotations

import threading
from typing import Any

import streamlit as st

from geo.workspace import Workspace
from layers import search
from ui.map.publish import FOLDER, publish
from ui.session.work import later

__all__ = ["index_of"]


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


def _make(workspace: Workspace, name: str) -> None:
    lock, making = _making()
    try:
        publish(search.dumps(workspace).encode(), "json", name)
    finally:
        with lock:
            making.discard(name)
