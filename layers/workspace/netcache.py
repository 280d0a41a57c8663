"""The prepared network of a streets frame (and what else takes long to make), kept on disk under the hash of its content.

A file holds plain arrays only (nothing is unpickled), is written whole or not at all, and is believed only when its
checksums and its array bounds hold. Anything else is built anew, so that deleting the folder is always safe. Processes that
open the same file share its memory (``layers.workspace.mapped``).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import struct
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geo.modes import Mode, Preset
from geo.modes import arrays as modes
from geo.network import Network
from geo.network.arrays import FORMAT, pack, unpack
from layers.home import cached
from layers.workspace import mapped

__all__ = ["compiled", "content_key", "folder", "keep", "kept", "load", "load_or_build", "save"]

T = TypeVar("T")
UNREAD = ("name", "note", "barrier", "basis", "accuracy_m", "source_id")
"""Columns of ways that no mode reads."""


def folder() -> Path | None:
    """Return where networks are kept: ``ZONEPLAN_CACHE``, or ``cache`` where the program may write; None where nowhere."""
    return cached("networks")


def load_or_build(
    streets: gpd.GeoDataFrame, *, directed: bool = False, where: str | os.PathLike[str] | None = None
) -> Network:
    """Return the prepared network of a frame of streets, from disk when the same frame was seen before.

    Parameters
    ----------
    streets
        Links with ``u``, ``v``, ``metres`` and geometry in a metric CRS.
    directed
        Keep to one-way streets.
    where
        Folder of the kept networks; :func:`folder` when omitted. A folder that cannot be written is done without.
    """
    if not isinstance(streets, gpd.GeoDataFrame) or not {"u", "v", "metres"} <= set(streets.columns):
        return Network.from_links(streets, directed=directed)
    kept_in = where or folder()
    if kept_in is None:
        return Network.from_links(streets, directed=directed).prepare()
    path = Path(kept_in) / f"{content_key(streets, directed=directed)}.npz"
    kept = load(path)
    if kept is not None:
        return kept
    network = Network.from_links(streets, directed=directed).prepare()
    save(network, path)
    return network


def compiled(ways: gpd.GeoDataFrame, how: Preset, make: Callable[[], Mode]) -> Mode:
    """Return a mode on its ways, from disk when the same ways were seen with the same preset before.

    Parameters
    ----------
    ways, how
        As ``geo.modes.Mode.from_ways``.
    make
        What makes the mode.
    """
    kept_in = folder()
    if kept_in is None:
        return make()
    columns = [c for c in ways.columns if c not in (*UNREAD, ways.geometry.name)]
    told = json.dumps(
        dataclasses.asdict(how), default=sorted, sort_keys=True
    )  # sets have an order of their own each run
    path = kept_in / f"{how.key}-{_hash(ways, f'{modes.FORMAT}|{told}', columns)}.npz"
    found = kept(path, lambda arrays: modes.unpack(arrays, how))
    if found is not None:
        return found
    mode = make()
    content = modes.pack(mode)
    if content is not None:
        keep(content, path)
    return mode


def content_key(streets: gpd.GeoDataFrame, *, directed: bool = False) -> str:
    """Return the hash of all that the network depends on."""
    columns = ["u", "v", "metres", *(["oneway"] if directed and "oneway" in streets.columns else [])]
    return _hash(streets, f"{FORMAT}|{directed}", columns)


def _hash(streets: gpd.GeoDataFrame, what: str, columns: list[str]) -> str:
    digest = hashlib.blake2b(f"{what}|{len(streets)}".encode(), digest_size=20)
    digest.update((streets.crs.to_wkt() if streets.crs is not None else "").encode())
    for values in (streets.index, *(streets[c] for c in columns)):
        digest.update(f"|{values.dtype}|".encode())
        plain = values.dtype.kind in "iufb" if isinstance(values.dtype, np.dtype) else False
        data = values.to_numpy()
        digest.update(np.ascontiguousarray(data).tobytes() if plain else repr(data.tolist()).encode())
    digest.update(b"".join(shapely.to_wkb(streets.geometry.to_numpy()).tolist()) if _solid(streets) else b"?")
    return digest.hexdigest()


def _solid(streets: gpd.GeoDataFrame) -> bool:
    return not streets.geometry.isna().any()


def save(network: Network, path: Path) -> bool:
    """Write ``network`` to ``path``, whole or not at all; return False where that cannot be done."""
    content = pack(network)
    return content is not None and keep(content, path)


def keep(content: Mapping[str, Any], path: Path) -> bool:
    """Write plain arrays to ``path``, whole or not at all; return False where that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    except OSError:
        return False
    try:
        with os.fdopen(handle, "wb") as file:
            mapped.write(file, content)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        return False
    return True


def load(path: str | os.PathLike[str]) -> Network | None:
    """Return the network kept at ``path``, or None when there is none that can be believed."""
    return kept(path, unpack)


def kept(path: str | os.PathLike[str], made_of: Callable[[dict[str, NDArray[Any]]], T]) -> T | None:
    """Return what was made of the arrays kept at ``path``, or None when there are none that can be believed."""
    try:
        with open(path, "rb") as handle:
            content = mapped.read(handle)
        return made_of(content)
    except (
        OSError, ValueError, KeyError, EOFError, NotImplementedError, struct.error, zipfile.BadZipFile,
        pyproj.exceptions.CRSError,
    ):  # fmt: skip
        return None
