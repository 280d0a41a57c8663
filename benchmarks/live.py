"""The end of a bridge is dragged: everybody's nearest facility by what changes, against a network made anew."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.network import REAL
from geo.network import Network
from geo.network.edits import Edits, edited_links
from geo.network.live import Live
from layers import workspace
from layers.osm import osm

ROOT = Path(__file__).resolve().parent.parent
DRAGS, ANEW = 100, 5
LIMIT_M = 1000.0


def places() -> Iterator[tuple[str, gpd.GeoDataFrame, gpd.GeoSeries, gpd.GeoSeries]]:
    """Yield name, links, people and facilities; of Porto, 20 000 homes and 60 facilities drawn along its streets."""
    place = workspace.load(ROOT / "data")
    yield "bundled zone, primary schools", place.streets, place.cells.geometry, place.schools.geometry
    for path in sorted((REAL / "porto").glob("*.pbf")):
        links = osm.streets(path)
        rng = np.random.default_rng(0)
        corners = shapely.get_coordinates(links.geometry.to_numpy())
        xy = corners[rng.integers(len(corners), size=20_060)] + rng.normal(0, 30, (20_060, 2))
        points = gpd.GeoSeries(shapely.points(xy), crs=links.crs)
        yield "Porto, made-up homes", links, points.iloc[:20_000], points.iloc[20_000:]


def drags(links: gpd.GeoDataFrame, count: int) -> list[Edits]:
    """Return bridges from one corner of a street to places within 500 m, as a hand moves their end."""
    rng = np.random.default_rng(1)
    corners = shapely.get_coordinates(links.geometry.to_numpy())
    start = corners[rng.integers(len(corners))]
    away = np.hypot(*(corners - start).T)
    near = corners[(away > 100) & (away < 500)]
    ends = near[rng.integers(len(near), size=count)] + rng.normal(0, 10, (count, 2))
    return [Edits(streets=((shapely.LineString([start, end]), "bridge"),)) for end in ends]


def main(out: Path) -> None:
    """Measure and write ``out`` / live.md."""
    lines = [
        "# A street is dragged", "",
        f"Wall milliseconds from the edit to everybody's metres, nearest facility and who is within {LIMIT_M:g} m; {DRAGS} places of a bridge's end, of which {ANEW} with a network made anew of the edited links (equal to the last bit, checked). Once: what `Live` prepares for a place.", "",
        "| place | nodes | people | once [ms] | drag, p50 [ms] | drag, p95 [ms] | anew, p50 [ms] | anew ÷ drag |", "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, links, people, supply in places():
        network = Network.from_links(links)
        edits = drags(links, DRAGS)
        Live(network, people, supply).after(edits[0])  # compiled, and the index of the drawn lines made
        start = time.perf_counter()
        live = Live(network, people, supply)
        once = time.perf_counter() - start
        taken, anew = [], []
        for one in edits:
            start = time.perf_counter()
            live.after(one).within(LIMIT_M).sum()
            taken.append(time.perf_counter() - start)
        for one in edits[:ANEW]:
            start = time.perf_counter()
            full = Network.from_links(edited_links(links, one)).nearest(people, supply)
            anew.append(time.perf_counter() - start)
            if not full.equals(live.after(one).frame()):
                raise AssertionError(f"{name}: the two ways differ")
        p50, p95, whole = (float(x) * 1e3 for x in (*np.percentile(taken, [50, 95]), np.median(anew)))
        lines.append(
            f"| {name} | {network.n_nodes:,} | {len(people):,} | {once * 1e3:.0f} | {p50:.1f} | {p95:.1f} | {whole:.0f} | {whole / p50:.0f} |"
        )
    (out / "live.md").write_text("\n".join(lines) + "\n", "utf-8")
