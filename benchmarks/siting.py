"""Location models against spopt (CBC and HiGHS) and scipy's HiGHS: value, proof and time, in one run.

Peers get a time limit of their own (``PEER_SECONDS`` for solving; building their model comes on top) and are
judged by the sites they choose, evaluated here, not by what they report.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse.csgraph import shortest_path

from geo.siting import Siting, capacitated_p_median, max_cover, p_center, p_median, set_cover

ROOT = Path(__file__).resolve().parent.parent
ORLIB = ROOT / "tests" / "orlib"
PEER_SECONDS = 40


@dataclass
class Row:
    """One way to solve one problem."""

    problem: str
    way: str
    value: float
    proof: str
    seconds: float


def main(out: Path) -> None:
    """Measure and write ``out`` / siting.md (or ``out`` itself if it ends in .md)."""
    target = out if out.suffix == ".md" else out / "siting.md"
    compiled = fresh()
    warm()
    blocks = [
        ("p-median (least person-metres; lower is better)", medians()),
        ("p-centre (least longest walk; lower is better)", centres()),
        ("Capacitated p-median (OR-Library; lower is better)", capacitated()),
        ("Maximal cover (people within the limit; higher is better)", covers()),
        ("Set cover (fewest sites; lower is better)", sets()),
    ]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(report(blocks, compiled), "utf-8")


def report(blocks: list[tuple[str, list[Row]]], compiled: float) -> str:
    """Return the page."""
    lines = [
        "# Location models",
        "",
        f"Python {platform.python_version()}, scipy {scipy.__version__}, {os.cpu_count()} processors at a load of {os.getloadavg()[2]:.0f}; trust "
        f"the ratios. One run. Peers: spopt with CBC and with HiGHS, and `scipy.optimize.milp` on the textbook model, "
        f"each with {PEER_SECONDS} s for solving; the time includes building the model. A peer's value is that of "
        'the sites it chose, counted here. "×" is time over ours.',
        f"Compiling our kernels, once for each installation: {compiled:.0f} s (not in the figures).",
        "",
    ]
    for title, rows in blocks:
        ours: dict[str, float] = {}
        lines += [f"## {title}", "", "| problem | way | value | proof | s | × |", "|---|---|---|---|---|---|"]
        for row in rows:
            ours.setdefault(row.problem, row.seconds)
            ratio = f"{row.seconds / ours[row.problem]:,.0f}" if row.way != "ours" else ""
            value = f"{row.value:,.0f}" if np.isfinite(row.value) else "none"
            lines.append(f"| {row.problem} | {row.way} | {value} | {row.proof} | {row.seconds:.2f} | {ratio} |")
        lines.append("")
    return "\n".join(lines)


def fresh() -> float:
    """Return the seconds that a first call takes on an installation without compiled kernels."""
    with tempfile.TemporaryDirectory() as folder:
        run = [sys.executable, "-c", "from benchmarks import siting; print(siting.warm())"]
        kept = os.environ | {"NUMBA_CACHE_DIR": folder}
        done = subprocess.run(run, cwd=ROOT, env=kept, capture_output=True, text=True, check=True)
    return float(done.stdout)


def warm() -> float:
    """Load or compile every kernel on small problems; return the seconds."""
    start = time.perf_counter()
    cost, people = plane(60, 20, 0)
    max_cover(cost, people, limit=1500, p=3)
    p_median(cost, people, p=3)
    p_center(cost, p=3)
    set_cover(cost, limit=9000)
    rough, weight = plane(400, 200, 1)
    max_cover(rough, weight, limit=900, p=15, time_limit=2)
    set_cover(rough.loc[rough.min(axis=1) <= 900], limit=900, time_limit=2)
    capacitated_p_median(cost.iloc[:20], pd.Series(1, cost.index[:20]), p=4, capacity=6)
    return time.perf_counter() - start


def plane(demand: int, candidates: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Return distances [m] from random cells to random candidates in 10 km × 10 km, and 1–299 people a cell."""
    dice = np.random.default_rng(seed)
    cells, sites = dice.random((demand, 2)) * 10_000, dice.random((candidates, 2)) * 10_000
    metres = np.hypot(*(cells[:, None] - sites[None]).transpose(2, 0, 1))
    return pd.DataFrame(metres), pd.Series(dice.integers(1, 300, demand).astype(float))


def network(nodes: int, seed: int) -> pd.DataFrame:
    """Return distances on a random network as in OR-Library: a ring and chords, n²/50 edges of 1–100."""
    dice = np.random.default_rng(seed)
    lengths = np.zeros((nodes, nodes))
    ends = [(i, (i + 1) % nodes) for i in range(nodes)]
    ends += [tuple(dice.choice(nodes, 2, replace=False)) for _ in range(nodes * nodes // 50 - nodes)]
    for u, v in ends:
        lengths[u, v] = lengths[v, u] = dice.integers(1, 101)
    return pd.DataFrame(shortest_path(lengths, directed=False))


def published(name: str) -> tuple[pd.DataFrame, int]:
    """Return distances and p of an OR-Library p-median problem."""
    head, *edges = [list(map(int, line.split())) for line in (ORLIB / name).read_text("utf-8").splitlines()]
    lengths = np.zeros((head[0], head[0]))
    for u, v, metres in edges:
        lengths[u - 1, v - 1] = lengths[v - 1, u - 1] = metres
    return pd.DataFrame(shortest_path(lengths, directed=False)), head[2]


def ours(problem: str, solve: Callable[[], Siting]) -> Row:
    """Return our row."""
    start = time.perf_counter()
    plan = solve()
    proof = "optimal" if plan.status == "optimal" else f"gap {plan.gap:.2%}"
    return Row(problem, "ours", plan.objective, proof, time.perf_counter() - start)


def peer(problem: str, way: str, choose: Callable[[], tuple[Any, str]], value: Callable[[Any], float]) -> Row:
    """Return a peer's row; what it raises is told, not hidden."""
    start = time.perf_counter()
    try:
        sites, proof = choose()
    except Exception as error:
        return Row(problem, way, np.nan, f"{type(error).__name__}", time.perf_counter() - start)
    spent = time.perf_counter() - start
    return Row(problem, way, value(sites) if sites is not None and len(sites) else np.nan, proof, spent)


def by_spopt(kind: str, solver: str, *arguments: Any, **options: Any) -> Callable[[], tuple[Any, str]]:
    """Return a run of spopt."""

    def run() -> tuple[Any, str]:
        import pulp
        from spopt import locate

        engine = {
            "CBC": lambda: pulp.PULP_CBC_CMD(msg=False, timeLimit=PEER_SECONDS),
            "HiGHS": lambda: pulp.HiGHS(msg=False, timeLimit=PEER_SECONDS),
        }[solver]()
        model = getattr(locate, kind).from_cost_matrix(*arguments, **options)
        try:
            model = model.solve(engine, results=False)
        except RuntimeError as error:
            return None, str(error).split(".")[0][:60]
        sites = [j for j, variable in enumerate(model.fac_vars) if (variable.varValue or 0) > 0.5]
        return sites, f"says {pulp.LpStatus[model.problem.status]}"

    return run


def by_scipy(price: Any, rules: list[Any], whole: Any, columns: int) -> Callable[[], tuple[Any, str]]:
    """Return a run of scipy's HiGHS; the first ``columns`` variables are the sites."""

    def run() -> tuple[Any, str]:
        options = {"time_limit": PEER_SECONDS, "mip_rel_gap": 0.0}
        answer = milp(price, constraints=rules, bounds=Bounds(0, 1), integrality=whole, options=options)
        sites = None if answer.x is None else np.flatnonzero(answer.x[:columns] > 0.5)
        gap = "" if answer.mip_gap is None else f"gap {answer.mip_gap:.2%}"
        return sites, "optimal" if answer.status == 0 else gap or "no plan"

    return run


def median_model(cost: Any, weight: Any, p: int) -> Callable[[], tuple[Any, str]]:
    """Return scipy's run on the textbook p-median."""
    n, m = cost.shape
    each = np.arange(n * m)
    once = sparse.csr_array((np.ones(n * m), (np.repeat(np.arange(n), m), m + each)), shape=(n, m + n * m))
    link = sparse.csr_array((np.ones(n * m), (each, m + each)), shape=(n * m, m + n * m))
    link -= sparse.csr_array((np.ones(n * m), (each, np.tile(np.arange(m), n))), shape=(n * m, m + n * m))
    sites = np.concatenate((np.ones(m), np.zeros(n * m)))
    rules = [LinearConstraint(once, 1, 1), LinearConstraint(link, -np.inf, 0), LinearConstraint(sites[None], p, p)]
    return by_scipy(np.concatenate((np.zeros(m), (cost * weight[:, None]).ravel())), rules, sites, m)


def medians() -> list[Row]:
    """Return the rows of the p-median."""
    rows = []
    cases = [("pmed1 (n 100, p 5; optimum 5819)", *published("pmed1.txt")),
             ("pmed5 (n 100, p 33; optimum 1355)", *published("pmed5.txt"))]  # fmt: skip
    cases += [(f"network n {n}, p {p}", network(n, n + p), p)
              for n, p in [(200, 10), (400, 5), (400, 40), (600, 60), (800, 80), (900, 5), (900, 90)]]  # fmt: skip
    for name, cost, p in cases:
        people = pd.Series(1.0, cost.index)
        table, weight = cost.to_numpy(), people.to_numpy()
        rows.append(ours(name, lambda c=cost, w=people, p=p: p_median(c, w, p=p)))

        def value(sites: Any, table: Any = table) -> float:
            return float(table[:, sites].min(1).sum())

        if len(cost) in (100, 200) and p != 33:
            for solver in ("CBC", "HiGHS"):
                run = by_spopt("PMedian", solver, table, weight, p_facilities=p)
                rows.append(peer(name, f"spopt, {solver}", run, value))
        if (len(cost), p) in ((100, 5), (200, 10), (400, 40)):
            rows.append(peer(name, "scipy milp", lambda t=table, w=weight, p=p: median_model(t, w, p)(), value))
    for n, m, p in [(5000, 500, 20), (20_000, 1000, 50)]:
        cost, people = plane(n, m, n + p)
        name = f"plane {n:,} × {m:,}, p {p}"
        rows.append(ours(name, lambda c=cost, w=people, p=p: p_median(c, w, p=p, time_limit=10)))
    return rows


def centres() -> list[Row]:
    """Return the rows of the p-centre."""
    rows = []
    for name, (cost, p), optimum in (
        ("pmed1", published("pmed1.txt"), 127),
        ("pmed5", published("pmed5.txt"), 48),
    ):
        rows.append(ours(f"{name} (p {p}; optimum {optimum})", lambda c=cost, p=p: p_center(c, p=p)))
    for n, p in [(400, 40), (900, 5), (900, 90)]:
        cost = network(n, n + p)
        rows.append(ours(f"network n {n}, p {p}", lambda c=cost, p=p: p_center(c, p=p)))
    return rows


def capacitated() -> list[Row]:
    """Return the rows of the capacitated p-median."""
    rows = []
    for name in ("pmedcap1", "pmedcap5", "pmedcap11"):
        lines = [list(map(int, line.split())) for line in (ORLIB / f"{name}.txt").read_text("utf-8").splitlines()]
        (_, optimum), (n, p, room), nodes = lines[0], lines[1], np.array(lines[2:], dtype=float)
        metres = np.floor(np.hypot(*(nodes[:, None, 1:3] - nodes[None, :, 1:3]).transpose(2, 0, 1)) + 1e-9)
        cost, demand = pd.DataFrame(metres), pd.Series(nodes[:, 3])
        label = f"{name} (n {n}, p {p}; optimum {optimum})"
        rows.append(ours(label, lambda c=cost, d=demand, p=p, r=room: capacitated_p_median(c, d, p=p, capacity=r)))
    return rows


def covers() -> list[Row]:
    """Return the rows of the maximal cover."""
    rows = []
    for n, m, limit, p, seconds in [
        (1000, 200, 1000, 10, 60),
        (1000, 200, 1000, 20, 60),
        (5000, 1000, 800, 40, 2),
        (5000, 1000, 1000, 20, 2),
        (20_000, 2000, 800, 40, 10),
    ]:
        cost, people = plane(n, m, n + p)
        name = f"{n:,} × {m:,}, {limit} m, p {p}"
        table, weight = cost.to_numpy(), people.to_numpy()
        reach = table <= limit
        rows.append(
            ours(name, lambda c=cost, w=people, r=limit, p=p, s=seconds: max_cover(c, w, limit=r, p=p, time_limit=s))
        )

        def value(sites: Any, reach: Any = reach, weight: Any = weight) -> float:
            return float(weight[reach[:, sites].any(1)].sum())

        if n <= 5000 and (n, p) in ((1000, 10), (5000, 40)):
            for solver in ("CBC", "HiGHS"):
                run = by_spopt("MCLP", solver, table, weight, service_radius=limit, p_facilities=p)
                rows.append(peer(name, f"spopt, {solver}", run, value))
        if (n, p) in ((1000, 10), (1000, 20), (5000, 40), (20_000, 40)):
            near = sparse.csr_array(reach.astype(float))
            sites = np.concatenate((np.ones(m), np.zeros(n)))
            rules = [LinearConstraint(sparse.hstack([near, -sparse.eye_array(n)], format="csr"), 0, np.inf),
                     LinearConstraint(sites[None], p, p)]  # fmt: skip
            run = by_scipy(np.concatenate((np.zeros(m), -weight)), rules, sites, m)
            rows.append(peer(name, "scipy milp", run, value))
    return rows


def sets() -> list[Row]:
    """Return the rows of the set cover."""
    rows = []
    for n, m, limit in [(1000, 200, 1100), (5000, 1000, 800), (5000, 1000, 1500), (20_000, 2000, 800)]:
        cost, _ = plane(n, m, 1)
        cost = cost.loc[cost.min(axis=1) <= limit]
        name = f"{n:,} × {m:,}, {limit} m"
        rows.append(ours(name, lambda c=cost, r=limit: set_cover(c, limit=r, time_limit=10)))
        reach = cost.to_numpy() <= limit

        def value(sites: Any, reach: Any = reach) -> float:
            return float(len(sites)) if reach[:, sites].any(1).all() else np.nan

        if n <= 5000 and limit < 1500:
            run = by_spopt("LSCP", "HiGHS", cost.to_numpy(), service_radius=limit)
            rows.append(peer(name, "spopt, HiGHS", run, value))
            ones = np.ones(m)
            run = by_scipy(ones, [LinearConstraint(sparse.csr_array(reach.astype(float)), 1, np.inf)], ones, m)
            rows.append(peer(name, "scipy milp", run, value))
    return rows


if __name__ == "__main__":
    main(ROOT / "benchmarks" / "results")
