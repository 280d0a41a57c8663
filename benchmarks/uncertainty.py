"""Intervals: whether they hold the truth where it is known, and how long a thousand draws take."""

from __future__ import annotations

import dataclasses
import math
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from benchmarks.states import porto
from geo import answers
from geo.case import Case
from geo.kept import Kept
from geo.uncertainty import blocks
from layers import workspace
from tests.simulated import ODD, PLAIN, Kind, held, towns

ROOT = Path(__file__).resolve().parent.parent
DRAWS = 1000
TOWNS, ODD_TOWNS = 200, 40
SCHOOLS = 120


def main(out: Path) -> None:
    """Measure and write ``out`` / uncertainty.md."""
    (out / "uncertainty.md").write_text("\n".join([*honest(), "", *speed()]) + "\n", "utf-8")


def honest(count: int = TOWNS, odd: int = ODD_TOWNS) -> Iterator[str]:
    """Yield the lines on the share of 90 % intervals that hold the truth."""
    yield from (
        "# Do 90 % intervals hold the truth?", "",
        f"Made-up towns (`tests/simulated.py`) of 144 homes, three zones, three to nine schools. In every other one the truth is drawn off what is written, in the others what is written off the truth; errors by a code of its own, the truth by the plain answers. {DRAWS} draws. Share of the intervals that hold the truth [%], ± 1.96 standard errors of the share (the zones of a town share its errors, so theirs count as one town). Intervals of one point are left out.", "",
        "| towns | number | demand, whole | demand, zones | covered, whole | covered, zones | seats, whole | all |", "|---|---|---|---|---|---|---|---|",
    )  # fmt: skip
    for name, kind, number in (("as they come", PLAIN, count), *((name, kind, odd) for name, kind in ODD.items())):
        if number:
            yield f"| {name} | {number} | {' | '.join(_shares(number, kind))} |"


def _shares(count: int, kind: Kind) -> Iterator[str]:
    every = pd.concat([held(town, draws=DRAWS, seed=k).assign(town=k) for k, town in enumerate(towns(count, seed=11, kind=kind))])  # fmt: skip
    every = every[every["says"]]
    parts = [("demand", "whole"), ("demand", "zones"), ("covered", "whole"), ("covered", "zones"), ("seats", "whole")]
    picked = [every[(every["quantity"] == quantity) & (every["part"] == part)] for quantity, part in parts]
    for some in (*picked, every):
        by_town = some.groupby("town")["held"].mean()
        off = 1.96 * by_town.std() / math.sqrt(len(by_town)) if len(by_town) > 1 else math.nan
        yield f"{100 * some['held'].mean():.1f} ± {100 * off:.1f}" if len(some) else "–"


def speed() -> Iterator[str]:
    """Yield the lines on how long it takes."""
    yield from (
        "## A thousand draws of coverage", "",
        f"Primary schools, {DRAWS} draws. CPU seconds of one core, and by the clock (which tells how busy the machine was); the network is there already. *Draws*: who is covered, zone by zone (`geo.uncertainty.blocks`). *With what makes it wide*: the answer with Sobol's indices of every input (`answers.uncertain`). *Plain*: `answers.coverage` anew, for the ratio.", "",
        "| place | cells | schools | draws, CPU [s] | draws, clock [s] | with what makes it wide, CPU [s] | clock [s] | plain, CPU [s] | draws ÷ plain |", "|---|---|---|---|---|---|---|---|---|",
    )  # fmt: skip
    yield _timed("bundled zone", _case(ROOT / "data"))
    with tempfile.TemporaryDirectory() as folder:
        real = porto(Path(folder))
        if real is not None:
            yield _timed("Porto, made-up people and schools", made_up(real))


def _case(at: Path) -> Case:
    place = workspace.load(at)
    return Case(place, "primary", place.years[-1])


def made_up(at: Path) -> Case:
    """Return a real city's streets and people with schools put among its homes, their places known to 100 m or to 500 m."""
    case = _case(at)
    place, rng = case.workspace, np.random.default_rng(2)
    homes = place.cells.geometry.iloc[rng.choice(len(place.cells), SCHOOLS, replace=False)].reset_index(drop=True)
    schools = gpd.GeoDataFrame({"seats": 540.0, "accuracy_m": rng.choice([100.0, 500.0], SCHOOLS), "basis": "estimated"}, geometry=homes)  # fmt: skip
    people = place.cells[["basis", "source_id", "geometry"]].assign(people=case.people)
    return Case.from_frames(facilities=schools, people=people, links=place.streets, limit=500, year=case.year)


def _timed(name: str, case: Case) -> str:
    next(blocks(case, count=2))  # compiled, and the network prepared

    def took(made: Callable[[], object]) -> tuple[float, float]:
        cpu, clock = time.process_time(), time.perf_counter()
        made()
        return time.process_time() - cpu, time.perf_counter() - clock

    drawn = took(lambda: [block.covered for block in blocks(case, count=DRAWS)])
    whole = took(lambda: answers.uncertain(case, draws=DRAWS))
    plain = took(lambda: answers.coverage(dataclasses.replace(case, keep=Kept())))
    return f"| {name} | {len(case.workspace.cells):,} | {len(case.supply)} | {drawn[0]:.2f} | {drawn[1]:.2f} | {whole[0]:.2f} | {whole[1]:.2f} | {plain[0]:.3f} | {drawn[0] / plain[0]:.1f} |"
