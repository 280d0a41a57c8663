"""What a server costs, with all the processes it has started: read from /proc, so on Linux only."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cpu_seconds", "resident_mb", "tree"]

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat behind the name, which may hold blanks; none where the process has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace").rsplit(")", 1)[1].split()
    except OSError:
        return []


def tree(pid: int) -> list[int]:
    """Return a process and all that descend from it and are still there."""
    parents = {
        int(p.name): int(s[1]) for p in Path("/proc").iterdir() if p.name.isdigit() and (s := _stat(int(p.name)))
    }
    found = [pid]
    for one in found:  # grows while it is read
        found += [child for child, parent in parents.items() if parent == one]
    return found


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, of its descendants, and of those of them that have ended [s]."""
    return sum(sum(map(int, s[11:15])) for one in tree(pid) if (s := _stat(one))) / TICKS


def resident_mb(pid: int) -> float:
    """Return the memory that a process and its descendants hold [MB]; what they share counts for each."""
    return sum(int(s[21]) for one in tree(pid) if (s := _stat(one))) * PAGE / 1e6
