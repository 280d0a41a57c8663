"""Numbers of a running server for Prometheus: planners at the page, how long runs take, what was kept, taken in and refused.

They count what the log tells (``layers.operate.log``), so that the two cannot say different things. Several processes of one server
(``layers.door.desks``) count into files of one folder (``PROMETHEUS_MULTIPROC_DIR``), and the process before them tells of all, by
worker. Imported only where an operator has named a place to tell them at: this file decides at its import how the numbers are kept.

No name, place or text of anybody is in them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, multiprocess, start_http_server

from geo.errors import Finding, InputError
from layers.operate import log

__all__ = ["FOLDER", "begin", "expose", "forget", "prepared"]

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable in which the processes of a server find the folder that they count into."""
SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0)
BY = ("worker",)
OWN = CollectorRegistry()
"""Ours alone, whatever else in the process counts."""
SESSIONS = Gauge(
    "zoneplan_sessions", "Pages that are open: their sockets", BY, multiprocess_mode="livesum", registry=OWN
)
MEMORY = Gauge(
    "zoneplan_memory_bytes", "Memory of the process after its last event", BY, multiprocess_mode="livesum", registry=OWN
)
RUNS = Histogram(
    "zoneplan_run_seconds", "Runs of the page, and how long they took", (*BY, "panel"), buckets=SECONDS, registry=OWN
)
ANSWERS = Counter(
    "zoneplan_answers", "Answers that were asked for: kept already, or worked out", (*BY, "kept"), registry=OWN
)
IMPORTS = Counter(
    "zoneplan_imports", "Planners' files that were read, by what became of them", (*BY, "outcome"), registry=OWN
)
REFUSALS = Counter("zoneplan_refusals", "What was refused, by why", (*BY, "why"), registry=OWN)


def begin(worker: str) -> None:
    """Begin to count in this process, under the name ``worker``."""

    def heard(event: str, told: Mapping[str, object]) -> None:
        if event == "run":
            RUNS.labels(worker, str(told["panel"])).observe(float(str(told["ms"])) / 1000)
        elif event == "session":
            SESSIONS.labels(worker).inc(1 if told["begins"] else -1)
        elif event == "answer":
            ANSWERS.labels(worker, "hit" if told["kept"] else "miss").inc()
        elif event == "import":
            IMPORTS.labels(worker, "accepted" if told["accepted"] else "refused").inc()
        elif event == "refused":
            REFUSALS.labels(worker, str(told["why"])).inc()
        else:
            return
        if size := _memory():
            MEMORY.labels(worker).set(size)

    SESSIONS.labels(worker).set(0)
    log.EARS[:] = [heard]


def prepared(folder: Path) -> Path:
    """Return a folder for several processes to count into, empty: what an earlier server has left is no number of this one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def forget(folder: Path, process: int) -> None:
    """Count the open pages and the memory of a process that has ended no more; what it has counted stays."""
    multiprocess.mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]


def expose(at: tuple[str, int], folder: Path | None = None) -> None:
    """Tell the numbers at an address of their own: those of this process, or of all that count into a folder.

    Raises
    ------
    InputError
        If it cannot be listened at.
    """
    registry = OWN
    if folder is not None:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
    try:
        start_http_server(at[1], addr=at[0], registry=registry)
    except OSError as error:
        where = f"{at[0]}:{at[1]}"
        raise InputError([Finding(
            "error", f"指标端口 {where} 无法监听（{error.strerror}）：换一个（zoneplan serve --metrics），或停掉占用它的程序",
            f"the numbers cannot be told at {where} ({error.strerror}): name another place (zoneplan serve --metrics), or stop what uses it", "ZONEPLAN_METRICS",
        )]) from error  # fmt: skip


def _memory() -> int:
    """Return how much memory this process has [bytes]; 0 where the system does not tell it so."""
    try:
        told = Path("/proc/self/statm").read_text("ascii")
    except OSError:
        return 0
    return int(told.split()[1]) * os.sysconf("SC_PAGE_SIZE")
