"""Pupils to seats against OR-Tools, POT, scipy and networkx, each in a process of its own.

``python -m benchmarks.assignment`` writes results/assignment.md. Every solver gets the same instance as arrays
and is timed (CPU of its process, one thread) from there to the flows; the best of a few runs counts.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

SIZES = ((1_000, 20), (5_000, 100), (20_000, 300))
BIG = (100_000, 500)
SLACKS = (1.2, 1.01, 0.9)
LIMIT = 3_000.0
NEAREST = 24
RUNS = {(1_000, 20): 25, (5_000, 100): 5, (20_000, 300): 2}
SECONDS = 420
EQUAL = 2e-8  # OR-Tools takes whole millimetres; half a millimetre a pupil is below this


def town(n: int, m: int, slack: float, side: float = 10_000.0) -> dict[str, np.ndarray]:
    """Cells and schools on a square; seats are ``slack`` times the pupils, unevenly spread."""
    rng = np.random.default_rng(0)
    home, place = rng.random((n, 2)) * side, rng.random((m, 2)) * side
    pupils, share = rng.integers(1, 20, n), rng.random(m) + 0.5
    seats = np.ceil(share / share.sum() * pupils.sum() * slack).astype(np.int64)
    return {"home": home, "place": place, "pupils": pupils, "seats": seats}


def dense(data: dict[str, np.ndarray]) -> np.ndarray:
    home, place = data["home"], data["place"]
    return np.hypot(home[:, None, 0] - place[None, :, 0], home[:, None, 1] - place[None, :, 1])


def sparse(data: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, column and metres of the pairs within the limit."""
    from scipy.spatial import cKDTree

    near = cKDTree(data["home"]).sparse_distance_matrix(cKDTree(data["place"]), LIMIT, output_type="coo_matrix").tocsr()
    near.sort_indices()
    return np.repeat(np.arange(near.shape[0]), np.diff(near.indptr)), near.indices.astype(np.int64), near.data


def pairs_of(data: dict[str, np.ndarray], big: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if big:
        return sparse(data)
    table = dense(data)
    return (
        np.repeat(np.arange(len(table)), table.shape[1]),
        np.tile(np.arange(table.shape[1]), len(table)),
        table.ravel(),
    )


Timed = tuple[float, float, float]  # objective [pupil-m], served, CPU seconds


def ours(data: dict[str, np.ndarray], big: bool) -> Timed:
    from geo.assignment import assign

    small = pd.DataFrame([[1.0, 2.0]])
    pupils, seats = pd.Series(data["pupils"]), pd.Series(data["seats"])
    if big:
        row, column, metres = sparse(data)
        indptr = np.searchsorted(row, np.arange(len(pupils) + 1))
        cost = SimpleNamespace(
            sources=pupils.index, targets=seats.index, indptr=indptr, indices=column.astype(np.int32), metres=metres
        )
        tiny = SimpleNamespace(
            sources=small.index, targets=small.columns, indptr=np.array([0, 2]),
            indices=np.array([0, 1], np.int32), metres=np.array([1.0, 2.0]),
        )  # fmt: skip
        assign(tiny, pd.Series([1]), pd.Series([1, 1]))
    else:
        cost = pd.DataFrame(dense(data))
        assign(small, pd.Series([1]), pd.Series([1, 1]))
    start = time.process_time()
    got = assign(cost, pupils, seats, limit=LIMIT if big else np.inf)
    seconds = time.process_time() - start
    return got.objective, float(got.used.sum()), seconds


def pot(data: dict[str, np.ndarray], big: bool) -> Timed:
    import ot

    table, pupils, seats = dense(data), data["pupils"].astype(float), data["seats"].astype(float)
    start = time.process_time()
    short = seats.sum() - pupils.sum()
    if short >= 0:
        plan = ot.emd(np.r_[pupils, short], seats, np.vstack([table, np.zeros(len(seats))]), numItermax=10**9)
    else:
        far = np.full((len(pupils), 1), 10 * table.max())
        plan = ot.emd(pupils, np.r_[seats, -short], np.hstack([table, far]), numItermax=10**9)
    seconds = time.process_time() - start
    plan = plan[: len(pupils), : len(seats)]
    return float((plan * table).sum()), float(plan.sum()), seconds


def _or_tools(data: dict[str, np.ndarray], big: bool, keep: int | None) -> Timed:
    from ortools.graph.python import min_cost_flow

    pupils, seats = data["pupils"], data["seats"]
    n, m = len(pupils), len(seats)
    row, column, metres = pairs_of(data, big)
    if keep is not None:
        rank = np.lexsort((metres, row))
        place = np.arange(len(rank)) - np.repeat(np.searchsorted(row, np.arange(n)), np.bincount(row, minlength=n))
        chosen = rank[place < keep]
        row, column, metres = row[chosen], column[chosen], metres[chosen]
    start = time.process_time()
    flow = min_cost_flow.SimpleMinCostFlow()
    sink = n + m
    millimetres = np.rint(metres * 1000).astype(np.int64)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        np.r_[row, n + np.arange(m), np.arange(n)],
        np.r_[n + column, np.full(m, sink), np.full(n, sink)],
        np.r_[pupils[row], seats, pupils],
        np.r_[millimetres, np.zeros(m, np.int64), np.full(n, 10 * millimetres.max())],
    )
    flow.set_nodes_supplies(np.r_[np.arange(n), sink], np.r_[pupils, -pupils.sum()])
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("not optimal")
    moved = flow.flows(arcs)[: len(row)]
    seconds = time.process_time() - start
    return float(moved @ metres), float(moved.sum()), seconds


def or_tools(data: dict[str, np.ndarray], big: bool) -> Timed:
    return _or_tools(data, big, None)


def or_tools_nearest(data: dict[str, np.ndarray], big: bool) -> Timed:
    return _or_tools(data, big, NEAREST)


def highs(data: dict[str, np.ndarray], big: bool) -> Timed:
    from scipy import sparse as sp
    from scipy.optimize import linprog

    pupils, seats = data["pupils"], data["seats"]
    row, column, metres = pairs_of(data, big)
    start = time.process_time()
    ones, k = np.ones(len(row)), np.arange(len(row))
    upper = sp.vstack(
        [
            sp.csr_matrix((ones, (row, k)), (len(pupils), len(k))),
            sp.csr_matrix((ones, (column, k)), (len(seats), len(k))),
        ]
    )
    got = linprog(metres - 10 * metres.max(), A_ub=upper, b_ub=np.r_[pupils, seats], method="highs")
    seconds = time.process_time() - start
    return float(got.x @ metres), float(got.x.sum()), seconds


def networkx(data: dict[str, np.ndarray], big: bool) -> Timed:
    import networkx as nx

    pupils, seats = data["pupils"], data["seats"]
    row, column, metres = pairs_of(data, big)
    start = time.process_time()
    graph = nx.DiGraph()
    graph.add_node("sink", demand=int(pupils.sum()))
    millimetres = np.rint(metres * 1000).astype(np.int64)
    graph.add_nodes_from(((("cell", i), {"demand": -int(p)}) for i, p in enumerate(pupils)))
    far = int(10 * millimetres.max())
    graph.add_edges_from((("cell", i), "sink", {"weight": far}) for i in range(len(pupils)))
    graph.add_edges_from((("school", j), "sink", {"capacity": int(s)}) for j, s in enumerate(seats))
    graph.add_edges_from(
        (("cell", i), ("school", j), {"weight": w})
        for i, j, w in zip(row.tolist(), column.tolist(), millimetres.tolist(), strict=True)
    )
    _, moved = nx.network_simplex(graph)
    table = dense(data)
    found = [(i, j[1], v) for i in range(len(pupils)) for j, v in moved[("cell", i)].items() if v and j != "sink"]
    seconds = time.process_time() - start
    return float(sum(table[i, j] * v for i, j, v in found)), float(sum(v for *_, v in found)), seconds


SOLVERS: dict[str, tuple[str, Callable[[dict[str, np.ndarray], bool], Timed]]] = {
    "ours": ("`geo.assignment.assign`", ours),
    "pot": ("POT `emd`", pot),
    "or_tools": ("OR-Tools min-cost flow, all pairs", or_tools),
    "or_tools_nearest": (
        f"OR-Tools min-cost flow, {NEAREST} nearest schools (chosen beforehand, not timed)",
        or_tools_nearest,
    ),
    "highs": ("scipy `linprog` (HiGHS)", highs),
    "networkx": ("networkx `network_simplex`", networkx),
}
LEFT_OUT = {
    "pot": {BIG: "not run: needs the dense table, 100 000 × 500 twice over"},
    "highs": {(20_000, 300): "not run: minutes", BIG: "not run: minutes"},
    "networkx": {(5_000, 100): "not run: minutes", (20_000, 300): "not run: minutes", BIG: "not run: minutes"},
}


def once(name: str, n: int, m: int, slack: float, runs: int) -> dict[str, float]:
    """Run one solver here and return what it found."""
    big = (n, m) == BIG
    data = town(n, m, slack, side=20_000.0 if big else 10_000.0)
    solver = SOLVERS[name][1]
    results = [solver(data, big) for _ in range(runs)]
    objective, served, _ = results[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return {"objective": objective, "served": served, "ms": min(r[2] for r in results) * 1e3, "peak_mb": peak}


def apart(name: str, n: int, m: int, slack: float, runs: int) -> dict[str, float] | str:
    """Run one solver in its own process, on one thread; a sentence if it could not."""
    threads = {k: "1" for k in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    command = [sys.executable, "-m", "benchmarks.assignment", name, str(n), str(m), str(slack), str(runs)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, env=os.environ | threads, check=False
        )
    except subprocess.TimeoutExpired:
        return f"stopped after {SECONDS} s"
    if done.returncode:
        why = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}"
        return f"failed: {why}"
    return json.loads(done.stdout.strip().splitlines()[-1])


def main(out: Path) -> None:
    """Write results/assignment.md."""
    lines = [
        "# Pupils to seats", "",
        "Cells and schools at random on a square, straight distances, 1–19 pupils a cell, seats unevenly spread. Each solver "
        "in a process of its own, one thread; CPU ms from arrays to flows, best of 25, 5, 2 and 1 runs by size (HiGHS and networkx: one); peak memory of the process "
        "(a Python with numpy, pandas and geopandas is about 200 MB of it). Seats are 120 %, 101 % or 90 % of the pupils. "
        f"“Equal” means as many pupils seated and the same pupil-metres to {EQUAL:g}.", "",
    ]  # fmt: skip
    for n, m in (*SIZES, BIG):
        for slack in SLACKS:
            lines += _table(n, m, slack)
            (out / "assignment.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _table(n: int, m: int, slack: float) -> list[str]:
    kind = f"pairs within {LIMIT:,.0f} m" if (n, m) == BIG else "all pairs"
    lines = [f"## {n:,} × {m}, {kind}, seats {slack:.0%} of pupils", "",
             "| solver | CPU ms | × ours | objective | peak MB |", "|---|---|---|---|---|"]  # fmt: skip
    base: dict[str, float] = {}
    for name, (title, _) in SOLVERS.items():
        skipped = LEFT_OUT.get(name, {}).get((n, m))
        got = skipped or apart(name, n, m, slack, RUNS.get((n, m), 1) if name not in ("highs", "networkx") else 1)
        if isinstance(got, str):
            lines.append(f"| {title} | {got} | | | |")
            continue
        base = base or got
        gap = got["objective"] / base["objective"] - 1
        same = got["served"] == base["served"] or abs(got["served"] - base["served"]) < 1e-3
        if name == "ours":
            verdict = f"{got['objective']:,.0f} pupil-m, {got['served']:,.0f} seated"
        elif same and abs(gap) < EQUAL:
            verdict = "equal"
        else:
            verdict = f"{gap:+.1e} longer, {got['served'] - base['served']:+,.0f} seated"
        ratio = f"{got['ms'] / base['ms']:.1f}"
        lines.append(f"| {title} | {got['ms']:,.1f} | {ratio} | {verdict} | {got['peak_mb']:,.0f} |")
    return [*lines, ""]


if __name__ == "__main__":
    if len(sys.argv) == 6:
        solver, cells, places, room, repeats = sys.argv[1:]
        print(json.dumps(once(solver, int(cells), int(places), float(room), int(repeats))))
    else:
        main(Path(__file__).parent / "results")
