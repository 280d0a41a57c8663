"""32 planners saving at once: how long a save takes, alone and in a crowd, on few and on many plans, after a short and a long history.

``python -m benchmarks.plans [--folder DIR]`` prints one JSON object. A conflict is no failure: the planner loads and saves again,
and what is timed is each call by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from geo.errors import InputError
from geo.scenario import Added, Scenario
from layers.store import ConflictError, Store

SITES = tuple(Added(f"N{i:02d}", "primary", 117.6 + i / 100, 39.05, 1080.0, 2030) for i in range(20))


def save_often(path: Path, planner: int, plans: int, times: int) -> dict[str, object]:
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


def crowd(folder: Path, planners: int, plans: int, times: int) -> dict[str, float]:
    """Let so many processes save at once."""
    path = folder / f"{planners}-{plans}.sqlite"
    Store(path)
    words = [sys.executable, "-m", "benchmarks.plans", "--worker", str(path), str(plans), str(times)]
    running = [
        subprocess.Popen([*words, str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for n in range(planners)
    ]
    for one in running:  # all are ready, then all go
        assert one.stdout is not None
        one.stdout.readline()
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    told = [json.loads(one.communicate()[0]) for one in running]
    seconds = np.concatenate([t["seconds"] for t in told])
    store = Store(path)
    kept = sum(len(store.history(name)) for name in store.names())
    return {
        "planners": planners, "plans": plans, "saves": planners * times, "kept": kept,
        "conflicts": sum(t["conflicts"] for t in told), "p50_ms": round(1e3 * float(np.quantile(seconds, 0.5)), 1),
        "p95_ms": round(1e3 * float(np.quantile(seconds, 0.95)), 1), "max_ms": round(1e3 * float(seconds.max()), 1),
    }  # fmt: skip


def growth(folder: Path) -> dict[str, float]:
    """Return the median time of load and save after 10 and after 1000 revisions."""
    store, told = Store(folder / "growth.sqlite"), {}
    for rev in range(1010):
        start = time.perf_counter()
        store.save(Scenario("a", SITES), base_rev=rev)
        saved = time.perf_counter()
        store.load("a")
        told[rev] = (saved - start, time.perf_counter() - saved)
    few, many = (np.median([told[r] for r in span], axis=0) for span in (range(10, 60), range(950, 1000)))
    return {"save_ratio": round(float(many[0] / few[0]), 2), "load_ratio": round(float(many[1] / few[1]), 2),
            "save_ms": round(1e3 * float(many[0]), 1), "load_ms": round(1e3 * float(many[1]), 1)}  # fmt: skip


def main() -> None:
    """Measure and print, or work for one that measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    parser.add_argument("--worker", nargs=4)
    args = parser.parse_args()
    if args.worker:
        path, plans, times, number = args.worker
        print("ready", flush=True)
        sys.stdin.readline()
        print(json.dumps(save_often(Path(path), int(number), int(plans), int(times))))
        return
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        there = Path(folder)
        told = {
            "load_average": os.getloadavg()[0],
            "alone": crowd(there, 1, 1, 50),
            "crowd": [crowd(there, 32, plans, 10) for plans in (32, 3, 1)],
            "growth": growth(there),
        }
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
