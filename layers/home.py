"""Where the program lies: what it ships, and where it may write.

From a checkout everything lies beside the program, as it always did. Installed as a package, what is shipped lies in
packages of its own (``zoneplan_data``, ``zoneplan_static``), and what is written goes to the user's own folder.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from geo.errors import InputError
from geo.text import Text

__all__ = [
    "CHECKOUT",
    "ROOT",
    "SETTINGS",
    "SHIPPED",
    "VENDOR",
    "cached",
    "program",
    "published",
    "version",
    "writable",
    "written",
]

ROOT = Path(__file__).resolve().parent.parent
CHECKOUT = (ROOT / "pyproject.toml").is_file() and (ROOT / "data" / "workspace.toml").is_file()


def _shipped(folder: str, package: str) -> Path:
    found = None if CHECKOUT else find_spec(package)
    places = list(found.submodule_search_locations or ()) if found is not None else []
    return Path(places[0]).resolve() if places else ROOT / folder


SHIPPED = _shipped("data", "zoneplan_data")
"""The bundled workspace, which is never written to."""
VENDOR = _shipped("static", "zoneplan_static") / "vendor"
"""Leaflet and what else the page needs, served by the program itself."""
SETTINGS = _shipped(".streamlit", "zoneplan_settings") / "config.toml"
"""How Streamlit is to run the page."""


ANSWERING = ("geo", "layers", "commands")
"""Packages that an answer depends on."""


def version() -> str:
    """Return the version of the installed program; empty in a checkout that nothing was installed from."""
    try:
        return metadata.version("zoneplan")
    except metadata.PackageNotFoundError:
        return ""


@cache
def program() -> str:
    """Return the version with a hash of all code that answers: where it is the same, so are the answers."""
    digest = hashlib.blake2b(digest_size=8)
    for package in ANSWERING:
        for path in sorted((ROOT / package).rglob("*.py")):
            digest.update(f"|{path.relative_to(ROOT).as_posix()}|".encode() + path.read_bytes())
    return f"{version() or 'checkout'}+{digest.hexdigest()}"


@cache
def writable() -> Path | None:
    """Return the folder to write into; None where none can be written, and everything is then answered all the same.

    ZONEPLAN_HOME where it is named; the checkout; XDG_DATA_HOME/zoneplan or ~/.local/share/zoneplan.
    """
    named = os.environ.get("ZONEPLAN_HOME", "").strip()
    choices = [Path(named)] if named else [*([ROOT] if CHECKOUT else []), *_own()]
    return next((place for place in choices if _can_write(place)), None)


def _own() -> list[Path]:
    """Return the user's own folder, if he has one: a home that is not there is not made for it."""
    share = os.environ.get("XDG_DATA_HOME", "").strip()
    if share:
        return [Path(share) / "zoneplan"]
    home = Path(os.path.expanduser("~"))
    return [home / ".local" / "share" / "zoneplan"] if home.is_absolute() and home.is_dir() else []


def _can_write(place: Path) -> bool:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(place, os.W_OK | os.X_OK)


def written(name: str) -> Path:
    """Return a folder below ``writable``; the folder itself need not be there yet.

    Raises
    ------
    InputError
        If no place can be written.
    """
    place = writable()
    if place is None:
        raise InputError(
            Text(
                "没有可写的文件夹：请用环境变量 ZONEPLAN_HOME 指定一个",
                "there is no folder to write into: name one by the environment variable ZONEPLAN_HOME",
            )
        )
    return place / name


def cached(name: str) -> Path | None:
    """Return a folder for what can be made anew at any time; None where none can be written.

    Below ``ZONEPLAN_CACHE``, else below ``cache`` in ``writable``; the folder itself need not be there yet.
    """
    named = os.environ.get("ZONEPLAN_CACHE", "").strip()
    place = Path(named) if named else (home / "cache" if (home := writable()) is not None else None)
    return None if place is None else place / name


def published() -> Path:
    """Return the folder of published layers: beside the script that Streamlit runs, for it serves no other."""
    run = os.environ.get("ZONEPLAN_RUN", "").strip()
    return (Path(run) if run else ROOT) / "static" / "layers"
