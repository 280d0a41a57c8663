"""32 planners saving at once: how long a save takes, alone and in a crowd, on few and on many plans, after a short and a long history.

``python -m benchmarks plans`` measures the file and, where PostgreSQL is installed, a server of its own, into README.md;
``python -m benchmarks.plans [--folder DIR] [--db postgresql://…]`` prints one JSON object of that disk or server. A conflict is no failure: the planner
loads and saves again, and what is timed is each call by itself. ``paced``: each planner saves about once a second, more often than people do;
``crowd``: all of them without a pause. With ``--db`` the store is that PostgreSQL (a schema of its own
for each crowd, left there); a planner is a process, as the server of a page is.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import numpy as np

from geo.errors import InputError
from geo.scenario import Added, Scenario
from layers.store import ConflictError, Plans, Store
from tests.postgres import Server, binaries

SITES = tuple(Added(f"N{i:02d}", "primary", 117.6 + i / 100, 39.05, 1080.0, 2030) for i in range(20))


def opened(where: str) -> Plans:
    """Return a store: a file, or a schema behind the address of a database (``postgresql://…#schema``)."""
    if not where.startswith("postgresql://"):
        return Store(where)
    from layers.store.postgres import PostgresStore

    url, _, schema = where.partition("#")
    return PostgresStore(url, schema)


def save_often(where: str, planner: int, plans: int, times: int, pause: float = 0.0) -> dict[str, Any]:
    """Save ``times`` revisions of one of ``plans`` plans; return the seconds of each call, and how many met a newer revision."""
    store, name, taken, conflicts = opened(where), f"plan {planner % plans}", [], 0
    done = 0
    rng = random.Random(planner)
    while done < times:
        time.sleep(rng.uniform(0.0, 2 * pause))
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


def _worker(where: str, planner: int, plans: int, times: int, pause: float, start: Any, back: Any) -> None:
    start.wait()
    back.put(save_often(where, planner, plans, times, pause))


def crowd(folder: str, planners: int, plans: int, times: int, pause: float = 0.0) -> dict[str, float]:
    """Let so many processes save at once."""
    where = f"{folder}{planners}_{plans}_{pause:.0f}"
    opened(where)
    fork = multiprocessing.get_context("fork")
    start, back = fork.Barrier(planners), fork.SimpleQueue()
    running = [fork.Process(target=_worker, args=(where, n, plans, times, pause, start, back)) for n in range(planners)]
    for one in running:
        one.start()
    told = [back.get() for _ in running]
    for one in running:
        one.join()
    seconds = np.concatenate([t["seconds"] for t in told])
    store = opened(where)
    kept = sum(len(store.history(name)) for name in store.names())
    return {
        "planners": planners, "plans": plans, "pause_s": pause, "saves": planners * times, "kept": kept,
        "conflicts": sum(t["conflicts"] for t in told), "p50_ms": round(1e3 * float(np.quantile(seconds, 0.5)), 1),
        "p95_ms": round(1e3 * float(np.quantile(seconds, 0.95)), 1), "max_ms": round(1e3 * float(seconds.max()), 1),
    }  # fmt: skip


def growth(folder: str) -> dict[str, float]:
    """Return the median time of load and save after 10 and after 500 revisions."""
    store, told = opened(f"{folder}growth"), {}
    for rev in range(560):
        start = time.perf_counter()
        store.save(Scenario("a", SITES), base_rev=rev)
        saved = time.perf_counter()
        store.load("a")
        told[rev] = (saved - start, time.perf_counter() - saved)
    few, many = (np.median([told[r] for r in span], axis=0) for span in (range(10, 60), range(510, 560)))
    return {"save_ratio": round(float(many[0] / few[0]), 2), "load_ratio": round(float(many[1] / few[1]), 2),
            "save_ms": round(1e3 * float(many[0]), 1), "load_ms": round(1e3 * float(many[1]), 1)}  # fmt: skip


def measured(folder: str, db: str | None = None) -> dict[str, Any]:
    """Measure one store: a folder for files, or the address of a server."""
    there = f"{db}#bench_{uuid.uuid4().hex[:8]}_" if db else f"{folder}/plans-"
    return {
        "store": "PostgreSQL" if db else "SQLite",
        "load_average": round(os.getloadavg()[0], 1),
        "alone": crowd(there, 1, 1, 50),
        "paced": [crowd(there, 32, plans, 8, 1.0) for plans in (32, 1)],
        "crowd": [crowd(there, 32, plans, 10) for plans in (32, 3, 1)],
        "growth": growth(there),
    }


def main(out: Path) -> None:
    """Measure both stores and write ``plans.md`` into the folder ``out``; without PostgreSQL the table says so."""
    with tempfile.TemporaryDirectory() as folder:
        told = [measured(folder)]
        if binaries() is not None:
            server = Server()
            try:
                told.append(measured(folder, server.url))
            finally:
                server.stop()
    heads = (
        "store",
        "planners",
        "plans",
        "between saves",
        "saves",
        "lost",
        "conflicts",
        "p50 [ms]",
        "p95 [ms]",
        "worst [ms]",
        "load",
    )
    lines = [
        "# Saving plans at once", "",
        f"Processes on one machine, {os.cpu_count()} cores; a conflict is answered by loading and saving again, and each call is timed by itself. "
        "*about 1 s*: more often than people save; *none*: without a pause. Lost: saves that returned and are not in the history.",
        "", "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads),
        *("| " + " | ".join(map(str, _row(one, run))) + " |" for one in told for run in (one["alone"], *one["paced"], *one["crowd"])), "",
        *(f"{one['store']}: after 510 revisions a save takes {one['growth']['save_ratio']} and a load {one['growth']['load_ratio']} times what it took "
          f"after 10 ({one['growth']['save_ms']} and {one['growth']['load_ms']} ms)." for one in told),
        *([] if binaries() is not None else ["PostgreSQL is missing on this machine and was not measured."]), "",
    ]  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    (out / "plans.md").write_text("\n".join(lines), "utf-8")


def _row(one: dict[str, Any], run: dict[str, float]) -> tuple[object, ...]:
    return (
        one["store"], run["planners"], run["plans"], "about 1 s" if run["pause_s"] else "none", run["saves"],
        run["saves"] - run["kept"], run["conflicts"], run["p50_ms"], run["p95_ms"], run["max_ms"], one["load_average"],
    )  # fmt: skip


def _asked() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    parser.add_argument("--db", help="postgresql://…: measure a server instead of a file")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        print(json.dumps(measured(folder, args.db), indent=1))


if __name__ == "__main__":
    _asked()
