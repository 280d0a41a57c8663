"""Every possible crossing of the barriers, scored: our searches against the whole network asked for each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.network import REAL
from geo.answers.crossings import BARRIER_LINKS
from geo.network import Network
from geo.network.live import Live
from geo.siting.crossed import alone, served_by
from geo.siting.crossings import crossings
from geo.siting.crossings_together import together
from layers import workspace
from layers.osm import osm

ROOT = Path(__file__).resolve().parent.parent
PLAIN = 200
"""Crossings of which the whole network is asked too, evenly spread; the time for all is scaled up."""
TOGETHER = 3

Place = tuple[str, gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoSeries, gpd.GeoSeries, Any, float, float]


def places() -> Iterator[Place]:
    """Yield name, streets, barriers, people, facilities, persons, limit and longest crossing [m]."""
    place = workspace.load(ROOT / "data")
    walls = _walls(place.links, place.water)
    for longest in (300.0, 600.0):
        people = place.cells[f"people_{place.years[-1]}"].to_numpy(float)
        yield "bundled zone, primary schools", place.streets, walls, place.cells.geometry, place.schools.geometry, people, 1000.0, longest  # fmt: skip
    for path in sorted((REAL / "porto").glob("*.pbf")):
        data = osm.read(path)
        links, walls = (data.streets.to_crs(data.crs), _walls(data.links.to_crs(data.crs), data.water.to_crs(data.crs)))
        rng = np.random.default_rng(0)
        corners = shapely.get_coordinates(links.geometry.to_numpy())
        xy = corners[rng.integers(len(corners), size=20_060)] + rng.normal(0, 30, (20_060, 2))
        points = gpd.GeoSeries(shapely.points(xy), crs=links.crs)
        people = rng.integers(1, 100, 20_000).astype(float)
        for limit in (1000.0, 2000.0):
            yield "Porto, made-up homes", links, walls, points.iloc[:20_000], points.iloc[20_000:], people, limit, 300.0


def _walls(links: gpd.GeoDataFrame, water: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    parts = [links.loc[links["kind"].isin(BARRIER_LINKS), ["geometry"]], water[["geometry"]]]
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=links.crs)


def main(out: Path) -> None:
    """Measure and write ``out`` / crossings.md."""
    lines = [
        "# Crossing gain", "",
        f"Wall seconds from barriers to every crossing's newly served people, and the best {TOGETHER} together with their bound. *plain*: the whole network (`Live`, itself some hundred times faster than a network made anew) asked for {PLAIN} of the crossings in the same run, people equal one by one (checked), scaled to all. The extract of Porto holds streets only: its barriers are expressways.", "",
        "| place | people | limit [m] | crossings | of any gain | found [s] | scored [s] | together [s] | all [s] | best alone | together | bound | plain [s] | plain ÷ scored |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, links, walls, homes, supply, people, limit, longest in places():
        network = Network.from_links(links)
        live = Live(network, homes, supply)
        few = crossings(network, walls, longest=longest, step=2000.0)  # compiled, and the index of the streets made
        together(live, few.geometry, people, 1, limit=limit)
        marks = [time.perf_counter()]
        found = crossings(network, walls, longest=longest)
        marks.append(time.perf_counter())
        single = alone(live, found.geometry, limit)
        marks.append(time.perf_counter())
        best = together(live, found.geometry, people, TOGETHER, limit=limit, known=single)
        marks.append(time.perf_counter())
        gains = (single.gained - single.lost) @ people
        some = np.unique(np.linspace(0, len(found) - 1, min(PLAIN, len(found))).astype(int))
        start = time.perf_counter()
        for i in some:
            gained, lost = served_by(live, [found.geometry.iloc[i]], limit)
            if people[gained].sum() - people[lost].sum() != gains[i]:
                raise AssertionError(f"{name}: crossing {i} differs")
        plain = (time.perf_counter() - start) / max(len(some), 1) * len(found)
        search, score, choose = np.diff(marks)
        lines.append(
            f"| {name}, up to {longest:g} m | {len(homes):,} | {limit:g} | {len(found):,} | {(gains > 0).sum():,} | {search:.2f} | {score:.2f} | {choose:.2f} | {marks[-1] - marks[0]:.1f} | {gains.max(initial=0.0):,.0f} | {best.gained:,.0f} | {best.bound:,.0f} | {plain:.1f} | {plain / score:.0f} |"
        )
    (out / "crossings.md").write_text("\n".join(lines) + "\n", "utf-8")
