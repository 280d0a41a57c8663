"""Kill imports and undos of a small workspace at every kind of moment, and say what was found when it was opened again.

``python -m tests.killed FOLDER COUNT``: run in an interpreter of its own, which forks the processes that are killed.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import geopandas as gpd

from layers import workspace
from layers.incoming import Incoming
from layers.store import journal, versions
from tests.village import SCHOOLS, found, village

WATCHED = ("journal.py", "versions.py", "atomic.py")


def contents(home: Path) -> dict[str, bytes]:
    """Return every file of the workspace but the record of imports; folders left behind by their names."""
    files = (p for p in home.iterdir() if not p.name.startswith(journal.STORE))
    return {p.name: p.read_bytes() if p.is_file() else b"left" for p in files}


def forked(act: Callable[[], object], stop_at: int = 0, after: float = 0.0) -> tuple[bool, int]:
    """Do ``act`` in a process that is killed at its n-th line (0: not), or after a while [s]; return (killed, lines)."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reads)
        lines = 0

        def traced(frame: FrameType, event: str, _arg: Any) -> Any:
            nonlocal lines
            if not frame.f_code.co_filename.endswith(WATCHED):
                return None
            if event == "line":
                lines += 1
                if lines == stop_at:
                    os.kill(os.getpid(), signal.SIGKILL)
            return traced

        sys.settrace(traced)
        act()
        sys.settrace(None)
        os.write(writes, str(lines).encode())
        os._exit(0)
    os.close(writes)
    if after:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    counted = os.read(reads, 20)
    os.close(reads)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status), int(counted or b"0")


def main(folder: Path, count: int) -> dict[str, Any]:
    """Return how many processes were killed and what each opening found."""
    home = village(folder / "home")
    file = folder / "new.geojson"
    frame = gpd.GeoDataFrame.from_features(
        [{**s, "properties": {**s["properties"], "name_zh": "新校"}} for s in SCHOOLS[:1]], crs=4326
    )
    read: Incoming = found(frame, file, "schools")
    plain = folder / "plain"
    shutil.copytree(home, plain)
    taken = folder / "taken"
    versions.take(home, read, file)
    shutil.copytree(home, taken)
    imported = contents(home)
    versions.undo(home, "schools")
    start = contents(plain)
    told: dict[str, Any] = {"kills": 0, "before": 0, "after": 0, "wrong": []}
    acts: tuple[tuple[Path, Callable[[], object], dict[str, bytes], dict[str, bytes]], ...] = (
        (plain, lambda: versions.take(home, read, file), start, imported),
        (taken, lambda: versions.undo(home, "schools"), imported, start),
    )
    chance = random.Random(9)
    for begin, act, old, new in acts:
        versions_before = len(versions.history(begin))

        def fresh(begin: Path = begin) -> None:
            shutil.rmtree(home)
            shutil.copytree(begin, home)

        fresh()
        moment = time.monotonic()
        _, lines = forked(act)
        whole = time.monotonic() - moment
        for n in range(count // 2):
            fresh()
            by_clock = n % 5 == 0  # also inside what is not ours: SQLite, the system
            at = 1 + n * lines // (count // 2)
            wait = chance.uniform(0.0, whole)
            killed, _ = forked(act, after=wait) if by_clock else forked(act, stop_at=at)
            while not killed:  # the clock struck after the end
                wait /= 2
                fresh()
                killed, _ = forked(act, after=wait)
            told["kills"] += killed
            opened = workspace.check(home)
            now = contents(home)
            state = "before" if now == old else "after" if now == new else "wrong"
            recorded = len(versions.history(home)) - versions_before
            if opened.errors or state == "wrong" or recorded != (state == "after"):
                told["wrong"].append([n, at, state, recorded, [str(f) for f in opened.errors], sorted(now)])
            else:
                told[state] += 1
    return told


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2])), ensure_ascii=False))
