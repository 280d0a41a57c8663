"""Robust siting: against enumeration and against the textbook model in HiGHS, and how long the bundled zone takes."""

from __future__ import annotations

import os
import platform
import time
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from geo import answers
from geo.siting.robust import CRITERIA, Robust, robust_cover
from layers import home, workspace

ENUMERATED = 1_600
"""Random small instances whose every set is tried."""
PEER_SECONDS = 60.0
Town = tuple[pd.DataFrame, np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]
"""Metres (cells × candidates), and of each draw persons, who is served already, and the limit."""


def main(out: Path) -> None:
    """Measure and write ``out`` / robust.md (or ``out`` itself if it ends in .md)."""
    target = out if out.suffix == ".md" else out / "robust.md"
    robust_cover(*town(1, 20, 8, 5), p=2)  # compiled before anything is timed
    lines = [
        "# Robust siting",
        "",
        f"Python {platform.python_version()}, scipy {scipy.__version__}, {os.cpu_count()} processors at a load of {os.getloadavg()[2]:.0f}. One run.",
        "",
        *enumeration(),
        *peers(),
        *zone(),
    ]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", "utf-8")


def town(seed: int, cells: int, candidates: int, draws: int) -> Town:
    """Return a town on a plane of 3 km with people, limits and what is served already unsure."""
    rng = np.random.default_rng(seed)
    home_at, site = rng.uniform(0, 3000, (cells, 2)), rng.uniform(0, 3000, (candidates, 2))
    metres = np.hypot(*(home_at[:, None] - site[None]).transpose(2, 0, 1))
    weight = rng.gamma(2.0, 20.0, cells) * np.exp(rng.normal(0, 0.7, (draws, cells)))
    return pd.DataFrame(metres), weight, rng.random((draws, cells)) < 0.3, 600 * np.exp(rng.normal(0, 0.15, draws))


def best_by_trying(instance: Town, p: int) -> tuple[float, float, float]:
    """Return the best mean, the best mean of the worst tenth and the least regret of all sets of ``p``."""
    metres, weight, served, limit = instance
    plans = np.array(list(combinations(range(metres.shape[1]), p)))
    nearest = metres.to_numpy()[:, plans].min(axis=2)
    drawn = zip(weight, served, limit, strict=True)
    values = np.array([(nearest <= far).T @ (persons * ~there) for persons, there, far in drawn]).T
    tenth = 0.1 * len(limit)
    part = np.clip(tenth - np.arange(len(limit)), 0.0, 1.0)
    worst = np.sort(values, axis=1) @ part / tenth
    return values.mean(axis=1).max(), worst.max(), (values.max(axis=0) - values).max(axis=1).min()


def enumeration() -> list[str]:
    """Return how many of the small instances were answered as trying every set does, and on which side bounds were."""
    equal = proven = right = 0
    for seed in range(ENUMERATED):
        rng = np.random.default_rng(seed)
        instance = town(seed, *(int(n) for n in (rng.integers(5, 40), rng.integers(4, 13), rng.integers(10, 40))))
        p = int(rng.integers(1, 4))
        truth = dict(zip(CRITERIA, best_by_trying(instance, p), strict=True))
        plans = robust_cover(*instance, p=p).plans
        for name, best in truth.items():
            row, near = plans.loc[name], 1e-6 * max(1.0, best)
            equal += abs(row["value"] - best) <= near
            proven += row["status"] == "optimal"
            right += row["bound"] <= best + near if name == "regret" else row["bound"] >= best - near
    whole = ENUMERATED * len(CRITERIA)
    return [
        "## Every set tried",
        "",
        f"{ENUMERATED:,} random towns (5–39 cells, 4–12 candidates, 10–39 draws, 1–3 sites), three criteria each: {equal:,} of {whole:,} values equal "
        f"to the best of all sets, {proven:,} proven, {right:,} bounds on the right side.",
        "",
    ]


def cvar_by_highs(instance: Town, p: int) -> tuple[float, float, float]:
    """Return value, bound and seconds of the textbook model of the mean of the worst tenth, given to HiGHS as it is."""
    started = time.perf_counter()
    metres, weight, served, limit = instance
    draws, m = len(limit), metres.shape[1]
    open_ = np.where(served, 0.0, weight)
    draw, cell = np.nonzero(open_ > 0)
    n = len(draw)
    # Variables: sites, who is served in each draw, what each draw falls short of the threshold, the threshold.
    row, site = np.nonzero(metres.to_numpy()[cell] <= limit[draw][:, None])
    near = sparse.csr_array((np.ones(len(row)), (row, site)), shape=(n, m))
    reach = sparse.hstack([near, -sparse.eye_array(n), sparse.csr_array((n, draws + 1))], format="csr")
    gained = sparse.csr_array((open_[draw, cell], (draw, np.arange(n))), shape=(draws, n))
    short = sparse.hstack(
        [sparse.csr_array((draws, m)), gained, sparse.eye_array(draws), -np.ones((draws, 1))], format="csr"
    )
    picks = np.concatenate((np.ones(m), np.zeros(n + draws + 1)))
    high = np.concatenate((np.ones(m + n), np.full(draws + 1, float(open_.sum()))))
    answer = milp(
        np.concatenate((np.zeros(m + n), np.full(draws, 1 / (0.1 * draws)), [-1.0])),
        constraints=[
            LinearConstraint(reach, 0, np.inf), LinearConstraint(short, 0, np.inf), LinearConstraint(picks[None], p, p),
        ],
        bounds=Bounds(0, high), integrality=picks, options={"time_limit": PEER_SECONDS, "mip_rel_gap": 0.0},
    )  # fmt: skip
    value = np.nan if answer.x is None else -answer.fun
    bound = np.nan if answer.mip_dual_bound is None else -answer.mip_dual_bound
    return value, bound, time.perf_counter() - started


def peers() -> list[str]:
    """Return the table of the mean of the worst tenth by our search (all three criteria) and by HiGHS (that one alone)."""
    lines = [
        f"## Against HiGHS on the textbook model (mean of the worst tenth; {PEER_SECONDS:.0f} s at most)",
        "",
        "Ours answers all three criteria, the best plan of every draw and the shares of all candidates in the time told; HiGHS this one criterion.",
        "",
        "| cells × candidates × draws, sites | ours | proof | s | HiGHS | bound | s | × |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for cells, candidates, draws, p in ((60, 20, 20, 3), (100, 40, 40, 4), (150, 60, 40, 5)):
        instance = town(7, cells, candidates, draws)
        started = time.perf_counter()
        found: Robust = robust_cover(*instance, p=p)
        seconds = time.perf_counter() - started
        value, bound, other = cvar_by_highs(instance, p)
        row = found.plans.loc["cvar"]
        lines.append(
            f"| {cells} × {candidates} × {draws}, {p} | {row['value']:,.1f} | {row['status']} | {seconds:.1f} | {value:,.1f} | {bound:,.1f} | {other:.1f} | {other / seconds:.1f} |"
        )
    return [*lines, ""]


def zone() -> list[str]:
    """Return the table of the bundled zone, primary schools, 200 draws."""
    case = workspace.case(workspace.load(home.SHIPPED), "primary", 2025)
    lines = [
        "## The bundled zone: primary schools, 200 draws",
        "",
        "Whole answer: candidates, draws, search. Values in pupils newly served; bound in brackets where not reached.",
        "",
        "| candidates | sites | mean | worst tenth | greatest regret | of the plan by single numbers: mean, worst tenth, regret | s |",
        "|---|---|---|---|---|---|---|",
    ]
    for p in (1, 3, 5, 7):
        started = time.perf_counter()
        answer = answers.robust(case, p=p)
        seconds = time.perf_counter() - started
        plans = answer["plans"].set_index("criterion")
        own = [
            f"{row['value']:,.0f}" + ("" if row["status"] == "optimal" else f" ({row['bound']:,.0f})")
            for _, row in plans.loc[list(CRITERIA)].iterrows()
        ]
        single = ", ".join(f"{plans.loc['single', name]:,.0f}" for name in ("mean", "worst", "regret"))
        lines.append(f"| {answer.parameters['candidates']:,} | {p} | {' | '.join(own)} | {single} | {seconds:.1f} |")
    return [*lines, ""]
