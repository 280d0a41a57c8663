"""Uploaded files on disk: for their owner alone, and gone with the session that brought them."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

__all__ = ["drop", "keep", "sweep", "watch"]

PREFIX = "zoneplan-upload-"
LOOK_S = 5.0
"""How often it is seen whether a session is still there [s]."""
GRACE_S = 20.0
"""How long a session may be away (a reload, a bad network) before its files go [s]; it brings them again if it comes back."""
OLD_S = 3600.0
"""A folder of before, without the process in its name, is left over when it is older than this [s]."""


def keep(files: Iterable[tuple[str, bytes]]) -> Path:
    """Write files into a folder of their own, readable by this user alone, and return the folder."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))  # made with mode 0700
    for name, content in files:
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    context = get_script_run_ctx()
    if context is not None and runtime.exists():
        _watched()[str(folder)] = context.session_id
    return folder


def drop(folder: Path) -> None:
    """Remove a folder of uploads."""
    _watched().pop(str(folder), None)
    shutil.rmtree(folder, ignore_errors=True)


def sweep(now: float | None = None) -> None:
    """Remove what servers that are no more have left."""
    moment = time.time() if now is None else now
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        maker = re.fullmatch(rf"{PREFIX}(\d+)-.*", folder.name)
        try:
            left = not _alive(int(maker[1])) if maker else folder.stat().st_mtime < moment - OLD_S
        except OSError:  # somebody else has just removed it
            continue
        if left:
            shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    if os.name == "nt":  # no signal asks there: 0 would press Ctrl+C in every process of the console
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of another user, or a system that cannot say
        return True
    return True


def watch(
    folders: dict[str, str], active: Callable[[str], bool], *, gone: Callable[[str], None], clock: Callable[[], float], pause: Callable[[float], bool]
) -> None:  # fmt: skip
    """Remove each folder when its session has been away for ``GRACE_S``, and call ``gone``; goes on until ``pause`` says stop."""
    away: dict[str, float] = {}
    while not pause(LOOK_S):
        for folder, session in list(folders.items()):
            if active(session):
                away.pop(folder, None)
            elif clock() - away.setdefault(folder, clock()) >= GRACE_S:
                folders.pop(folder, None)
                away.pop(folder, None)
                shutil.rmtree(folder, ignore_errors=True)
                gone(session)


def _forget_media(session: str) -> None:
    """Let go of the layers that were shown to a session alone; Streamlit itself waits for two minutes more."""
    media = runtime.get_instance().media_file_mgr
    media.clear_session_refs(session)
    media.remove_orphaned_files()


@st.cache_resource(show_spinner=False)
def _watched() -> dict[str, str]:
    """Return folder → session, looked after by one thread for as long as the server runs."""
    folders: dict[str, str] = {}
    sweep()
    if runtime.exists():
        stop = threading.Event()
        active = runtime.get_instance().is_active_session
        threading.Thread(
            target=watch, args=(folders, active), kwargs={"gone": _forget_media, "clock": time.monotonic, "pause": stop.wait}, daemon=True, name="uploads"
        ).start()  # fmt: skip
    return folders
