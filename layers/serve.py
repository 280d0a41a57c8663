"""The page from an installed package: a folder that Streamlit can serve from, and the command that runs it there.

Streamlit serves static files only from ``static`` beside the script it runs, and reads its settings from
``.streamlit`` beside it. An installed package may lie where nothing can be written; so the script, the vendored
scripts and the settings are laid out in a folder of the user's own, anew at each start.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from geo.errors import InputError
from geo.text import Text
from layers import door
from layers.door import desks
from layers.home import ROOT, SETTINGS, VENDOR, writable

__all__ = ["command", "run_folder", "settings", "several"]

COOKIE_SECRET = "STREAMLIT_SERVER_COOKIE_SECRET"
SCRIPT = """# Runs the page of the installed package behind its door; laid here by `zoneplan serve`.
import runpy
from pathlib import Path

import streamlit as st

if __name__ == "__main__":
    runpy.run_path({page!r}, run_name="__main__")
else:
    from ui.door import door

    app = st.App(Path(__file__).resolve(), middleware=door())
"""


def run_folder() -> Path:
    """Return the folder to run the page in, laid out: the user's own, or a temporary one where none can be written.

    Raises
    ------
    InputError
        If neither can be laid out.
    """
    home = writable()
    try:
        folder = home / "serve" if home is not None else Path(tempfile.mkdtemp(prefix="zoneplan-serve-"))
        return _laid_out(folder)
    except OSError as error:
        raise InputError(
            Text(
                f"无法准备网页的运行文件夹（{error}）：请用环境变量 ZONEPLAN_HOME 指定可写的文件夹",
                f"the folder to run the page in cannot be laid out ({error}): name one that can be written by the "
                "environment variable ZONEPLAN_HOME",
            )
        ) from error


def _laid_out(folder: Path) -> Path:
    (folder / ".streamlit").mkdir(parents=True, exist_ok=True)
    (folder / "app.py").write_text(SCRIPT.format(page=str(ROOT / "app.py")), "utf-8")
    shutil.copyfile(SETTINGS, folder / ".streamlit" / "config.toml")
    for source in (p for p in VENDOR.rglob("*") if p.is_file()):
        target = folder / "static" / "vendor" / source.relative_to(VENDOR)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)  # without its mode: what is shipped may be read-only
    return folder


def settings(
    *, address: str, port: int, hosts: Sequence[str] = (), prefix: str = "", upload_mb: int | None = None
) -> dict[str, Any]:
    """Return Streamlit's settings by their names, beside those of its file.

    Parameters
    ----------
    address, port
        Where to listen.
    hosts
        Names that the page is asked for by; the banner shows the first.
    prefix
        The path under which a proxy shows the page.
    upload_mb
        The greatest upload [MB]; None for that of the file.

    Examples
    --------
    >>> settings(address="127.0.0.1", port=8501, prefix="/gxq/plan/")
    {'server.address': '127.0.0.1', 'server.port': 8501, 'server.baseUrlPath': 'gxq/plan'}
    """
    told: dict[str, Any] = {"server.address": address, "server.port": port}
    told |= {"browser.serverAddress": hosts[0]} if hosts else {}
    told |= {"server.baseUrlPath": prefix.strip("/")} if prefix.strip("/") else {}
    return told | ({"server.maxUploadSize": upload_mb} if upload_mb is not None else {})


def command(folder: Path, told: Mapping[str, Any], hosts: Sequence[str] = ()) -> tuple[list[str], dict[str, str]]:
    """Return the words that start the page in ``folder``, and what to add to the environment.

    Parameters
    ----------
    folder
        Where the page is laid out, of :func:`run_folder`.
    told
        Of :func:`settings`.
    hosts
        Names that the page is asked for by, beside those of this machine and of ZONEPLAN_HOSTS.

    Raises
    ------
    InputError
        If what the environment says about the door or the limits cannot be read.
    """
    # The address of the peer decides whose word is taken about a person: no header may take its place.
    more = {"FORWARDED_ALLOW_IPS": os.environ.get("FORWARDED_ALLOW_IPS", "")}
    more["ZONEPLAN_HOSTS"] = " ".join([os.environ.get("ZONEPLAN_HOSTS", ""), *hosts]).strip()
    door.read({**os.environ, **more})
    door.limits()
    words = [sys.executable, "-m", "streamlit", "run", str(folder / "app.py")]
    words += [word for name, value in told.items() for word in (f"--{name}", str(value))]
    # The page publishes its layers beside the script that runs, and finds its modules wherever it was started from.
    path = os.pathsep.join(p for p in (str(ROOT), os.environ.get("PYTHONPATH", "")) if p)
    return words, {**more, "ZONEPLAN_RUN": str(folder), "PYTHONPATH": path}


def several(folder: Path, environ: Mapping[str, str], told: Mapping[str, Any], *, count: int) -> int:
    """Serve the page by several processes behind one port (``layers.door.desks``), until told to end.

    Raises
    ------
    InputError
        If a port cannot be had, or this system cannot do it.
    """
    # What one process signs (who has logged in) the others must know for their own.
    env = {**environ, COOKIE_SECRET: environ.get(COOKIE_SECRET) or secrets.token_hex(32)}
    port = int(told["server.port"])
    if door.limits(env).sessions is not None:
        seats = folder / f"seats-{port}"
        seats.mkdir(exist_ok=True)
        env[door.SEATS] = str(seats)
    more: dict[str, Callable[[int], None]] = {}
    if (at := door.read(env).metrics) is not None:
        from layers.operate import metrics  # only where asked for

        counted = metrics.prepared(folder / f"metrics-{port}")
        metrics.expose(at, counted)
        env[metrics.FOLDER] = str(counted)
        more["ended"] = partial(metrics.forget, counted)
    words = [sys.executable, "-m", "ui.desk", str(folder), json.dumps(told)]
    desks.serve(words, env, address=str(told["server.address"]), port=port, count=count, **more)
    return 0
