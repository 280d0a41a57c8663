"""Many workspaces, and one area too large for a machine: workers, tiles against the whole, memory of a tile."""

from __future__ import annotations

import multiprocessing
import os
import platform
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psutil

from layers.scale import batch, ranking, tiled
from layers.scale.cluster import THREADS
from tests.country import country

WORKSPACES, NODES = 40, 15_000
ZONES, ZONE_NODES = 177, 400
SIZES = (250_000, 500_000, 1_000_000)
SIDE = 10_000.0
QUESTIONS: dict[str, dict[str, Any]] = {"coverage": {}, "access": {"method": "2sfca", "limit": 1_500.0}, "gain": {}}


def main(out: Path) -> None:
    """Measure and write ``out`` / scale.md and scale.svg."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("ZONEPLAN_BENCH_TMP")) as folder:
        top = Path(folder)
        parts = [_head(), *_workers(top), *_zones(top), *_tiles(top, out)]
    (out / "scale.md").write_text("\n".join(parts) + "\n", "utf-8")


def _head() -> str:
    return (
        "# Many workspaces, and one area by tiles\n\n"
        f"Made-up streets (a shaken grid, three in ten missing), cells of 100 m, a school for every 500 nodes. {os.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GB, {platform.system()}, Python {platform.python_version()}; one thread a worker."
    )


def _workers(top: Path) -> list[str]:
    """Return how much sooner two workers are done than one."""
    places = [country(top / f"city{n}", NODES, seed=n) for n in range(WORKSPACES)]
    question = ("access", "--service", "primary", "--method", "2sfca")
    seconds = {}
    for workers in (1, 2):
        os.environ["ZONEPLAN_CACHE"] = str(top / f"cache{workers}")
        started = time.perf_counter()
        done = batch.ask(places, question, shell="cli:main", workers=workers)
        seconds[workers] = time.perf_counter() - started
        if any(one.error for one in done):
            raise RuntimeError(str([one.error for one in done if one.error]))
    for place in places:
        shutil.rmtree(place)
    return [
        "\n## Two local workers against one\n",
        f"{WORKSPACES} workspaces of {NODES:,} nodes, access by 2SFCA, from the start of the processes to the last answer; no network "
        "kept from before.\n",
        "| workers | seconds | ratio |\n|---|---|---|",
        f"| 1 | {seconds[1]:.1f} | 1.00 |\n| 2 | {seconds[2]:.1f} | {seconds[1] / seconds[2]:.2f} |",
    ]  # fmt: skip


def _zones(top: Path) -> list[str]:
    """Return how long a table and a ranking of 177 zones take."""
    import datetime as dt

    from layers.report.to_html import html

    places = [country(top / f"zone{n:03}", ZONE_NODES, seed=1_000 + n) for n in range(ZONES)]
    started = time.perf_counter()
    table = batch.table(batch.ask(places, ("coverage", "--service", "primary"), shell="cli:main", workers=2))
    page = html(ranking.document(table, "coverage --service primary", lang="zh", date=dt.date.today()))
    took = time.perf_counter() - started
    for place in places:
        shutil.rmtree(place)
    ranked, by = ranking.ranked(table)
    return [
        "\n## 177 zones in one table and one page\n",
        f"{len(table)} rows, ranked by {by} from {ranked[by].iloc[0]:.1%} to {ranked[by].iloc[-1]:.1%}; a page of "
        f"{len(page.encode()) / 1024:.0f} KB; {took:.0f} s with two workers.",
    ]


@dataclass
class Row:
    """What a size took, by tiles and in one piece."""

    nodes: int
    question: str
    tiles: int
    seconds: float
    worker_mb: float
    whole_seconds: float
    whole_mb: float
    equal: str


def _tiles(top: Path, out: Path) -> list[str]:
    """Return that tiles equal the whole, and what each takes."""
    rows = []
    for nodes in SIZES:
        place = country(top / "area", nodes, seed=nodes)
        for kind, how in QUESTIONS.items():
            with peak() as seen:
                started = time.perf_counter()
                done = tiled.ask(place, top / "answer", kind=kind, side=SIDE, workers=2, **how)
                took = time.perf_counter() - started
            if done.failed:
                raise RuntimeError(str(done.failed))
            whole, whole_seconds, whole_mb = _in_one_piece(place, kind, how, top)
            got = _files(top / "answer" / ("nodes" if kind == "gain" else "cells"))
            rows.append(Row(nodes, kind, done.tiles, took, seen[0], whole_seconds, whole_mb, _compared(got, whole)))
            print(f"  {nodes:,} {kind}: {took:.0f} s by tiles, {whole_seconds:.0f} s in one piece", flush=True)
        shutil.rmtree(place)
        shutil.rmtree(top / "answer")  # kept until now: the streets are sorted once for all questions
    (out / "scale.svg").write_text(_drawing(rows), "utf-8")
    return [
        "\n## One area by tiles against the area in one piece\n",
        f"Tiles of {SIDE / 1000:g} km, two workers; memory is the peak of resident memory of the largest worker, libraries included. "
        "The first question also sorts the streets, and in one piece prepares the network, which both are then kept. "
        "Equal: every number of every cell (or node), compared bit by bit.\n",
        "| nodes | question | tiles | seconds | MB a worker | in one piece: seconds | MB | equal |\n|---|---|---|---|---|---|---|---|",
        *(
            f"| {r.nodes:,} | {r.question} | {r.tiles} | {r.seconds:.0f} | {r.worker_mb:.0f} | {r.whole_seconds:.0f} | {r.whole_mb:.0f} | {r.equal} |"
            for r in rows
        ),
        "\n![Peak memory of a worker against the size of the whole](scale.svg)",
    ]  # fmt: skip


@contextmanager
def peak() -> Iterator[list[float]]:
    """Give a list whose one number becomes the peak of resident memory [MB] of the largest child process."""
    seen, stop = [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            for child in psutil.Process().children(recursive=True):
                try:
                    seen[0] = max(seen[0], child.memory_info().rss / 2**20)
                except psutil.Error:
                    continue

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _in_one_piece(place: Path, kind: str, how: dict[str, Any], top: Path) -> tuple[pd.DataFrame, float, float]:
    """Ask the whole in a process of its own; return its cells or nodes, its seconds and its peak [MB]."""
    file = top / "whole.parquet"
    with peak() as seen:
        started = time.perf_counter()
        process = multiprocessing.get_context("spawn").Process(target=_whole, args=(place, kind, how, file))
        process.start()
        process.join()
        took = time.perf_counter() - started
    return gpd.read_parquet(file), took, seen[0]


def _whole(place: Path, kind: str, how: dict[str, Any], file: Path) -> None:
    os.environ.update(dict.fromkeys(THREADS, "1"))
    from geo import answers
    from layers import workspace

    case = workspace.case(workspace.load(place))
    asked = {"coverage": answers.coverage, "access": answers.access, "gain": answers.gain}[kind]
    answer = asked(case, **how)
    table = answer["nodes" if kind == "gain" else "cells"]
    if kind == "coverage":
        far = table[["radius_m", "walk_m"]] > answer.parameters["limit_m"]
        table[["radius_m", "walk_m"]] = table[["radius_m", "walk_m"]].mask(far, np.inf)
    table.to_parquet(file)


def _files(folder: Path) -> pd.DataFrame:
    return pd.concat([gpd.read_parquet(p) for p in folder.glob("*.parquet")])


def _compared(got: pd.DataFrame, want: pd.DataFrame) -> str:
    """Return whether all numbers that both have are the same, or by how much they differ."""
    if len(got) != len(want):
        return f"NO: {len(got)} rows against {len(want)}"
    got = got.loc[want.index]
    numbers = [c for c in want.select_dtypes("number") if c in got]
    wrong = [c for c in numbers if not np.array_equal(got[c].to_numpy(), want[c].to_numpy(), equal_nan=True)]
    return f"yes, {len(want):,} × {len(numbers)}" if numbers and not wrong else f"NO: {', '.join(wrong)}"


def _drawing(rows: list[Row]) -> str:
    """Return peak memory against size as SVG: by tiles (a line a question) and in one piece."""
    wide, high, left, low = 640, 340, 70, 40
    top = max(max(r.worker_mb, r.whole_mb) for r in rows) * 1.1

    def at(nodes: float, mb: float) -> tuple[float, float]:
        return left + (wide - left - 150) * nodes / max(SIZES), high - low - (high - low - 20) * mb / top

    colours = {"coverage": "#0b5fa5", "access": "#b5532b", "gain": "#3a7d44"}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="12">',
        f'<rect width="{wide}" height="{high}" fill="white"/>',
        f'<text x="{left}" y="14">Peak memory of a worker [MB]: tiles of {SIDE / 1000:g} km (solid), in one piece (dashed)</text>',
    ]
    for mb in np.linspace(0, top, 5)[:-1]:
        x, y = at(0, mb)
        parts.append(f'<line x1="{x}" x2="{wide - 150}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/><text x="{x - 6}" y="{y + 4:.1f}" text-anchor="end">{mb:.0f}</text>')  # fmt: skip
    for size in SIZES:
        x, _ = at(size, 0)
        parts.append(f'<text x="{x:.1f}" y="{high - low + 18}" text-anchor="middle">{size // 1000:,}k nodes</text>')
    for n, (kind, colour) in enumerate(colours.items()):
        mine = [r for r in rows if r.question == kind]
        for dash, values in (("", [r.worker_mb for r in mine]), ("5 4", [r.whole_mb for r in mine])):
            line = " ".join("{:.1f},{:.1f}".format(*at(r.nodes, v)) for r, v in zip(mine, values, strict=True))
            parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>')  # fmt: skip
        parts.append(f'<text x="{wide - 140}" y="{40 + 18 * n}" fill="{colour}">{kind}</text>')
    return "\n".join([*parts, "</svg>", ""])
