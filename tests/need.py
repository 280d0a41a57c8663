"""Say loudly what a test needs and does not find.

Under CI=true a missing program is a failure (pywebview with its half gigabyte of Qt is not); elsewhere the test is skipped and the terminal summary lists
it under NOT TESTED (see conftest.py). Real cities live outside the repository: ZONEPLAN_REAL, or
``../shared/real`` beside the checkout.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
REAL = Path(os.environ.get("ZONEPLAN_REAL", ROOT.parent / "shared" / "real"))
PROGRAMS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "ogrinfo": ("ogrinfo",),
    "node": ("node",),
    "soffice": ("soffice", "libreoffice"),
    "nginx": ("nginx", "/usr/sbin/nginx"),
    "unshare": ("unshare",),
}


def need(what: str) -> str:
    """Return the path of a program (``chromium``, ``ogrinfo``, ``node``, ``nginx``, ``qgis``, ``postgres``, ``webview``) or folder (``real:porto``)."""
    found = _find(what)
    if found:
        return found
    if os.environ.get("CI") == "true" and not what.startswith("real:") and what != "webview":
        pytest.fail(f"{what} is missing: run tests/install, or install it by hand")
    pytest.skip(f"NOT TESTED: {what} is missing")


@cache
def _find(what: str) -> str | None:
    if what.startswith("real:"):
        folder = REAL / what.removeprefix("real:")
        return str(folder) if folder.is_dir() else None
    if what == "qgis":
        done = subprocess.run(["/usr/bin/python3", "-c", "import qgis.core"], capture_output=True, check=False,
                              env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}) if Path("/usr/bin/python3").exists() else None  # fmt: skip
        return "/usr/bin/python3" if done is not None and done.returncode == 0 else None
    if what == "webview":
        there = all(map(importlib.util.find_spec, ("webview", "PyQt6", "qtpy")))
        return sys.executable if there and importlib.util.find_spec("PyQt6.QtWebEngineWidgets") else None
    if what == "postgres":
        from tests.postgres import binaries

        return str(binaries() or "") or None
    if what == "linters":
        folder = ROOT / "tests" / "linters" / "node_modules"
        return str(folder) if folder.is_dir() and shutil.which("node") else None
    return next((path for name in PROGRAMS[what] if (path := shutil.which(name))), None)
