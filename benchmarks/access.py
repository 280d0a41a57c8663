"""E2SFCA over the engine's pairs against PySAL's ``access`` on the very same pairs."""

from __future__ import annotations

import os
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.access import e2sfca
from geo.network import Network
from layers.osm import osm

ROOT = Path(__file__).resolve().parent.parent
REAL = Path(os.environ.get("ZONEPLAN_REAL", ROOT.parent / "shared" / "real"))
STEPS = {500.0: 1.0, 1000.0: 0.68, 1500.0: 0.22}
REPEATS = 9


def main(out: Path) -> None:
    """Measure and write ``out`` / access.md (or ``out`` itself if it ends in .md)."""
    target = out if out.suffix == ".md" else out / "access.md"
    lines = [
        "# Accessibility scoring (E2SFCA, three steps to 1 500 m)", "",
        "All nodes × facilities at random nodes (seed 1), pairs ready in both. Median of "
        f"{REPEATS} runs; `access` of 3. *first*: pairs as they come; *again*: ordered once, then scored.", "",
        "| network | nodes | facilities | pairs | ours first ms | ordering ms | ours again ms | `access` ms | ratio | largest difference |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, links, sites in _networks():
        lines.append(_row(name, Network.from_links(links), sites))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", "utf-8")


def _networks() -> list[tuple[str, gpd.GeoDataFrame, int]]:
    """Return the networks that are there: the bundled one always, the real cities where they are."""
    found = [("bundled", gpd.read_parquet(ROOT / "data" / "streets.parquet").to_crs("EPSG:4548"), 40)]
    for name, file, sites in (
        ("Porto Alegre", "porto_alegre/poa_osm.pbf", 40),
        ("Porto", "porto/porto_portugal.osm.pbf", 300),
    ):
        if (REAL / file).is_file():
            found.append((name, osm.streets(REAL / file), sites))
    return found


def _row(name: str, network: Network, sites: int) -> str:
    rng = np.random.default_rng(1)
    chosen = network.nodes[rng.choice(network.n_nodes, sites, replace=False)]
    people = pd.Series(rng.uniform(1, 50, network.n_nodes), network.nodes)
    seats = pd.Series(rng.uniform(100, 900, sites), chosen)
    fresh = [network.pairs(network.nodes, chosen, limit=1500) for _ in range(REPEATS + 1)]
    e2sfca(fresh.pop(), people, seats, steps=STEPS)  # compiles
    first = _median(lambda: e2sfca(fresh.pop(), people, seats, steps=STEPS), REPEATS)
    pairs = network.pairs(network.nodes, chosen, limit=1500)
    ours = e2sfca(pairs, people, seats, steps=STEPS)
    start = time.perf_counter()
    e2sfca(pairs, people, seats, steps=STEPS)
    ordering = (time.perf_counter() - start) * 1e3
    again = _median(lambda: e2sfca(pairs, people, seats, steps=STEPS), REPEATS)
    theirs = _peer(pairs.frame(), people, seats)
    head = f"| {name} | {network.n_nodes:,} | {sites} | {len(pairs.metres):,} | {first:.2f} | {ordering:.1f} | {again:.3f} |"
    if theirs is None:
        return head + " not installed | – | – |"
    milliseconds, scores = theirs
    off = float((scores.reindex(ours.index).fillna(0.0) - ours).abs().max())
    return head + f" {milliseconds:.0f} | {milliseconds / again:,.0f} | {off:.0e} |"


def _peer(pairs: pd.DataFrame, people: pd.Series, seats: pd.Series) -> tuple[float, pd.Series] | None:
    """Return the milliseconds and the scores of the ``access`` package."""
    try:
        from access import Access
        from access.weights import step_fn
    except ImportError:
        return None
    costs = pairs.set_axis(["origin", "dest", "cost"], axis="columns")
    demand = people.rename("pop").rename_axis("geoid").reset_index()
    supply = seats.rename("seats").rename_axis("geoid").reset_index()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = Access(
            demand_df=demand, demand_index="geoid", demand_value="pop", supply_df=supply, supply_index="geoid",
            supply_value="seats", cost_df=costs, cost_origin="origin", cost_dest="dest", cost_name="cost",
        )  # fmt: skip
        score = step_fn(STEPS)
        milliseconds = _median(lambda: model.enhanced_two_stage_fca(name="e", weight_fn=score), 3)
    return milliseconds, model.access_df["e_seats"]


def _median(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1e3)
    return statistics.median(taken)


if __name__ == "__main__":
    main(ROOT / "benchmarks" / "results")
