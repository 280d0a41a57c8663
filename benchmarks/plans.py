"""32 planners saving at once: how long a save takes, alone and in a crowd, on few and on many plans, after a short and a long history.

``python -m benchmarks.plans [--folder DIR]`` prints one JSON object. A conflict is no failure: the planner loads and saves again,
and what is timed is each call by itself.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from geo.errors import InputError
from geo.scenario import Added, Scenario
from layers.store import ConflictError, Store

SITES = tuple(Added(f"N{i:02d}", "primary", 117.6 + i / 100, 39.05, 1080.0, 2030) for i in range(20))


def save_often(path: Path, planner: int, plans: int, times: int) -> dict[str, Any]:
    """Save ``times`` revisions of one of ``plans`` plans; return the seconds of each call, and how many met a newer revision."""
    store, name, taken, conflicts = Store(path), f"plan {planner % plans}", [], 0
    done = 0
    while done < times:
        try:
            base = store.load(name).rev
        except InputError:
            base = 0
        start = time.perf_counter()
        try:
            store.save(Scenario(name, SITES, (f"{planner}.{done}",)), base_rev=base, who=str(planner))
            done += 1
        except ConflictError:
            conflicts += 1
        taken.append(time.perf_counter() - start)
    return {"seconds": taken, "conflicts": conflicts}


def _worker(path: Path, planner: int, plans: int, times: int, start: Any, back: Any) -> None:
    start.wait()
    back.put(save_often(path, planner, plans, times))


def crowd(folder: Path, planners: int, plans: int, times: int) -> dict[str, float]:
    """Let so many processes save at once."""
    path = folder / f"{planners}-{plans}.sqlite"
    Store(path)
    fork = multiprocessing.get_context("fork")
    start, back = fork.Barrier(planners), fork.SimpleQueue()
    running = [fork.Process(target=_worker, args=(path, n, plans, times, start, back)) for n in range(planners)]
    for one in running:
        one.start()
    told = [back.get() for _ in running]
    for one in running:
        one.join()
    seconds = np.concatenate([t["seconds"] for t in told])
    store = Store(path)
    kept = sum(len(store.history(name)) for name in store.names())
    return {
        "planners": planners, "plans": plans, "saves": planners * times, "kept": kept,
        "conflicts": sum(t["conflicts"] for t in told), "p50_ms": round(1e3 * float(np.quantile(seconds, 0.5)), 1),
        "p95_ms": round(1e3 * float(np.quantile(seconds, 0.95)), 1), "max_ms": round(1e3 * float(seconds.max()), 1),
    }  # fmt: skip


def growth(folder: Path) -> dict[str, float]:
    """Return the median time of load and save after 10 and after 500 revisions."""
    store, told = Store(folder / "growth.sqlite"), {}
    for rev in range(560):
        start = time.perf_counter()
        store.save(Scenario("a", SITES), base_rev=rev)
        saved = time.perf_counter()
        store.load("a")
        told[rev] = (saved - start, time.perf_counter() - saved)
    few, many = (np.median([told[r] for r in span], axis=0) for span in (range(10, 60), range(510, 560)))
    return {"save_ratio": round(float(many[0] / few[0]), 2), "load_ratio": round(float(many[1] / few[1]), 2),
            "save_ms": round(1e3 * float(many[0]), 1), "load_ms": round(1e3 * float(many[1]), 1)}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        there = Path(folder)
        told = {
            "load_average": os.getloadavg()[0],
            "alone": crowd(there, 1, 1, 50),
            "crowd": [crowd(there, 32, plans, 10) for plans in (32, 3)],
            "growth": growth(there),
        }
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
