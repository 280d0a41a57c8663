"""What a server costs, with all the processes it has started: read from /proc, so on Linux only."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cpu_seconds", "made_each", "made_mb", "tree"]

TICKS = os.sysconf("SC_CLK_TCK")


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


def made_mb(pid: int) -> float:
    """Return what a process and its descendants have made in memory [MB]: what they share counts once.

    Files that they have mapped are not in it: they are the system's, and how many others have them open changes their share.
    """
    return sum(made_each(pid))


def made_each(pid: int) -> list[float]:
    """Return the same of each process by itself [MB], its own first."""
    return [_made_kb(one) * 1024 / 1e6 for one in tree(pid)]


def _made_kb(pid: int) -> int:
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8")
    except OSError:  # it has ended
        return 0
    return sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss_Anon:"))
