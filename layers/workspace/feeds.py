"""The timetables of a workspace: its GTFS feeds, read once and kept compiled under the hash of their content."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import Finding
from geo.schema import BASES
from geo.transit import Timetable
from geo.transit.arrays import FORMAT, pack, unpack
from layers import gtfs
from layers.workspace import catalog, netcache

__all__ = ["ENDING", "file_name", "named", "read_feeds"]

ENDING = ".gtfs.zip"
"""How the files of a workspace end that are feeds, where ``[transit] feeds`` of workspace.toml names none."""
COLUMNS = ("file", "first_day", "last_day", "stops", "basis", "source_id")


@dataclass(frozen=True)
class _Read:
    timetable: Timetable | None
    findings: tuple[Finding, ...]


def read_feeds(
    folder: Path, table: Any, sources: Mapping[str, Mapping[str, Any]], *, crs: str
) -> tuple[Timetable | None, pd.DataFrame, list[Finding]]:
    """Return the timetable of a workspace with its stops in ``crs``, a row for each feed, and what was found.

    Parameters
    ----------
    table
        ``[transit]`` of workspace.toml, or None.
    sources
        Records of SOURCES.json: the basis of a feed is that of the record that vouches for its file, else it is assumed.

    Returns
    -------
    timetable, feeds, findings
        No timetable and no row where there is no feed, or one cannot be used (a finding then says why).
    """
    paths, wrong = named(folder, table)
    none = pd.DataFrame(columns=list(COLUMNS))
    if wrong or not paths:
        return None, none, wrong
    read = _compiled(paths)
    if read.timetable is None:
        return None, none, list(read.findings)
    return read.timetable.to_crs(crs), _rows(paths, read.timetable, sources), list(read.findings)


def named(folder: Path, table: Any) -> tuple[list[Path], list[Finding]]:
    """Return the feeds of a workspace: those that its workspace.toml names, else every ``*.gtfs.zip``."""
    asked = table.get("feeds") if isinstance(table, Mapping) else None
    if asked is None:
        return sorted(folder.glob(f"*{ENDING}")), []
    names = asked if isinstance(asked, list) else [asked]
    wrong = [
        Finding(
            "error",
            f"[transit] feeds 中的“{name}”不是工作区里的文件；请写文件名，如 bus{ENDING}，并把文件放入工作区",
            f"'{name}' of [transit] feeds is no file of the workspace; write a file name such as bus{ENDING} and put the file there",
            "workspace.toml",
            field="transit.feeds",
        )
        for name in names
        if not isinstance(name, str) or Path(name).name != name or not (folder / name).is_file()
    ]
    return ([] if wrong else [folder / str(name) for name in names]), wrong


def file_name(called: str) -> str:
    """Return what a planner's feed is called in a workspace: ``bus.zip`` becomes ``bus.gtfs.zip``."""
    stem = Path(called).name.lower().removesuffix(".zip").removesuffix(".gtfs")
    plain = re.sub(r"[^\w.-]", "_", stem)[:80]
    return f"{plain or 'feed'}{ENDING}"


def _compiled(paths: list[Path]) -> _Read:
    """Return what the feeds hold, from disk when the same files were read before."""
    where = netcache.folder()
    key = hashlib.blake2b(FORMAT.encode(), digest_size=20)
    for path in paths:
        key.update(f"|{path.name}|{catalog.sha256(path)}".encode())
    kept_at = None if where is None else where / f"{key.hexdigest()}.timetable.npz"
    kept = None if kept_at is None else netcache.kept(kept_at, _unpacked)
    if kept is not None:
        return kept
    feed = gtfs.read(paths)
    read = _Read(feed.timetable, feed.findings)
    if kept_at is not None and feed.timetable is not None:
        told = json.dumps([f.as_dict() for f in feed.findings])
        netcache.keep({**pack(feed.timetable), "findings": np.array(told)}, kept_at)
    return read


def _unpacked(content: dict[str, NDArray[Any]]) -> _Read:
    return _Read(unpack(content), tuple(Finding(**f) for f in json.loads(str(content["findings"]))))


def _rows(paths: list[Path], timetable: Timetable, sources: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return a row for each feed: its file, the days of the timetable, and how it is known."""
    rows = []
    for path in paths:
        key, record = next(((k, r) for k, r in sources.items() if r.get("file") == path.name), (None, {}))
        basis = str(record.get("basis", "assumed"))
        start = f"{path.stem}:" if len(paths) > 1 else ""  # as layers.gtfs tells the ids of several feeds apart
        stops = int(timetable.stops.index.str.startswith(start).sum())
        trips = timetable.trips.index.str.startswith(start)
        days = timetable.days[timetable.active[np.unique(timetable.trips["service"][trips])].any(axis=0)]
        first, last = (f"{days[i]:%Y-%m-%d}" for i in (0, -1)) if len(days) else ("", "")
        rows.append((path.name, first, last, stops, basis if basis in BASES else "assumed", key))
    return pd.DataFrame(rows, columns=list(COLUMNS))
