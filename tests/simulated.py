"""Towns whose truth is known: one world is the truth, the other what its surveyors wrote down, each in the other's errors.

Nothing here is taken from ``geo.uncertainty`` but the ranges that it states (``RANGES``, ``EVERYBODY``): errors are drawn anew,
and the truth is measured by the plain answers, in the true world.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo import answers
from geo.adequacy import ALL
from geo.case import Case
from geo.demand import DemandSettings
from geo.uncertainty import RANGES, Uncertainties, blocks
from geo.uncertainty.uncertain import EVERYBODY

CRS = "EPSG:4548"
EAST, NORTH = 500_000.0, 4_330_000.0
STEP, SIDE = 150.0, 12
"""Homes and street corners stand so far apart [m], so many in a row."""
LIMIT = 600.0
CLASS = 45
SIGMAS_90 = 1.6448536269514722
"""Standard deviations of a normal law between its middle and its 95 % point."""
RADIUS_90 = math.sqrt(2 * math.log(10))
"""Standard deviations of a circular normal law within which 90 % of its points lie."""

Floats = NDArray[np.float64]
Key = tuple[str, str]


@dataclass(frozen=True)
class Town:
    """A town as it was written down, and what is true of it."""

    written: Case
    truth: dict[Key, float]
    """True numbers by zone and quantity."""


@dataclass(frozen=True)
class Kind:
    """What sort of town: how many schools, how exact their places, which bases, how many seats nobody states."""

    schools: tuple[int, int] = (3, 9)
    accuracies: tuple[float, ...] = (0.0, 30.0, 150.0, 400.0)
    bases: tuple[str, ...] = ("sourced", "derived", "estimated", "assumed")
    zones: int = 3
    empty: bool = False
    """Whether nobody lives in the last zone."""
    unknown: float = 0.3
    """Share of the schools whose seats nobody states."""


PLAIN = Kind()
ODD = {
    "two schools": Kind(schools=(2, 2)),
    "places as good as exact": Kind(accuracies=(1.0,)),
    "places off by a kilometre": Kind(accuracies=(1000.0,)),
    "a zone where nobody lives": Kind(empty=True),
    "one zone": Kind(zones=1),
    "seats of none stated": Kind(unknown=1.0),
    "everything measured": Kind(bases=("measured",)),
    "everything assumed": Kind(bases=("assumed",)),
}


def towns(count: int, *, seed: int = 0, kind: Kind = PLAIN) -> Iterator[Town]:
    """Yield towns, in turn with the truth off what is written and with what is written off the truth."""
    for number in range(count):
        yield _town(np.random.default_rng([seed, number]), kind, written_first=number % 2 == 0)


def _town(rng: np.random.Generator, kind: Kind, *, written_first: bool) -> Town:
    people, zone = _people(rng, kind)
    n = int(rng.integers(kind.schools[0], kind.schools[1] + 1))
    basis = {what: str(rng.choice(kind.bases)) for what in ("people", "streets", "schools")}
    accuracy = rng.choice(kind.accuracies, n)
    places = rng.uniform(0.1, 0.9, (n, 2)) * STEP * (SIDE - 1)
    seats = rng.integers(12, 37, n) * float(CLASS)

    # The other world is off in all things; the same error leads from what is written to the truth, or back.
    other_people = _off(people, zone, basis["people"], rng, back=not written_first)
    other_places = places + rng.normal(size=(n, 2)) * (accuracy / RADIUS_90)[:, None]
    by = _factor(RANGES["seats:stated"][basis["schools"]], rng, n)
    other_seats = np.rint(seats * by) if written_first else np.rint(seats / by)
    true_people, written_people = (other_people, people) if written_first else (people, other_people)
    true_places, written_places = (other_places, places) if written_first else (places, other_places)
    true_seats, written_seats = (other_seats, seats) if written_first else (seats, other_seats)
    nowhere = rng.random(n) < kind.unknown
    true_seats = np.where(nowhere, np.rint(rng.uniform(18, 36, n)) * CLASS, true_seats)
    written_seats = np.where(nowhere, np.nan, written_seats)

    streets = _streets(rng, basis["streets"])
    written = _case(written_people, zone, written_places, written_seats, accuracy, streets, basis)
    share, enrolment = written.numbers.at("share", "primary"), written.numbers.at("enrolment", "primary")
    assert enrolment.value == 1.0
    true_share = share.value * _factor(RANGES["number"][share.basis], rng)
    changes = (
        ("share", "primary", None, float(true_share)),
        ("enrolment", "primary", None, rng.uniform(EVERYBODY, 1.0)),
    )
    true = _case(true_people, zone, true_places, true_seats, accuracy, streets, basis)
    true = dataclasses.replace(true, demand=DemandSettings(changes=changes))
    longer = float(_factor(RANGES["streets:length"][basis["streets"]], rng))
    return Town(written, _truth(true, longer))


def _factor(far: float, rng: np.random.Generator, size: int | tuple[int, ...] | None = None) -> Floats:
    """Return factors that lie within 1 + ``far``, up or down, in 90 of 100 cases."""
    return np.asarray(np.exp(rng.normal(size=size) * math.log(1 + far) / SIGMAS_90))


def _off(people: Floats, zone: NDArray[np.str_], basis: str, rng: np.random.Generator, *, back: bool) -> Floats:
    """Return residents that are off as their basis says: in all, among the zones, and among the cells of a zone."""
    by = {what: RANGES[f"people:{what}"][basis] for what in ("total", "zones", "cells")}
    sign = -1 if back else 1
    drawn = people * _factor(by["cells"], rng, len(people)) ** sign
    parts = {}
    for name in np.unique(zone):
        here = zone == name
        now = drawn[here].sum()
        drawn[here] *= people[here].sum() / now if now else 1.0
        parts[name] = float(_factor(by["zones"], rng)) ** sign
    drawn *= np.array([parts[name] for name in zone])
    return np.asarray(drawn * (people.sum() / drawn.sum()) * float(_factor(by["total"], rng)) ** sign)


def _people(rng: np.random.Generator, kind: Kind) -> tuple[Floats, NDArray[np.str_]]:
    """Return residents and zone of each home, row by row from the south-west; zones are strips from west to east."""
    column = np.tile(np.arange(SIDE), SIDE)
    zone = np.array([f"z{c * kind.zones // SIDE}" for c in column])
    people = rng.gamma(2.0, 60.0, SIDE * SIDE)
    return np.where(zone == f"z{kind.zones - 1}", 0.0, people) if kind.empty else people, zone


def _streets(rng: np.random.Generator, basis: str) -> gpd.GeoDataFrame:
    """Return streets along the homes, one piece in six missing."""
    node = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    ends = np.concatenate([
        np.stack([node[:, :-1], node[:, 1:]], axis=-1).reshape(-1, 2), np.stack([node[:-1], node[1:]], axis=-1).reshape(-1, 2),
    ])  # fmt: skip
    ends = ends[rng.random(len(ends)) > 1 / 6]
    xy = _corners()
    lines = shapely.linestrings(xy[ends])
    content = {"u": ends[:, 0], "v": ends[:, 1], "metres": STEP, "basis": basis}
    return gpd.GeoDataFrame(content, geometry=lines, crs=CRS)


def _corners() -> Floats:
    at = np.arange(SIDE) * STEP
    return np.column_stack([EAST + np.tile(at, SIDE), NORTH + np.repeat(at, SIDE)])


def _case(
    people: Floats, zone: NDArray[np.str_], places: Floats, seats: Floats, accuracy: Floats,
    streets: gpd.GeoDataFrame, basis: dict[str, str],
) -> Case:  # fmt: skip
    xy = _corners()
    homes = gpd.GeoDataFrame({"people": people, "basis": basis["people"]}, geometry=shapely.points(xy), crs=CRS)
    names = np.unique(zone)
    edges = [(xy[zone == name, 0].min() - STEP / 2, xy[zone == name, 0].max() + STEP / 2) for name in names]
    south, north = NORTH - STEP / 2, NORTH + STEP * (SIDE - 0.5)
    zones = gpd.GeoDataFrame({"name": names}, geometry=[shapely.box(w, south, e, north) for w, e in edges], index=names, crs=CRS)  # fmt: skip
    schools = gpd.GeoDataFrame(
        {"seats": seats, "accuracy_m": accuracy, "basis": basis["schools"]},
        geometry=shapely.points(places + np.array([EAST, NORTH])), index=[f"S{k}" for k in range(len(places))], crs=CRS,
    )  # fmt: skip
    return Case.from_frames(facilities=schools, people=homes, links=streets, zones=zones, limit=LIMIT)


def _truth(true: Case, longer: float) -> dict[Key, float]:
    """Return what is true, by the plain answers: ways that are really longer reach as far as a shorter limit on the map."""
    answer = answers.coverage(true, limit=LIMIT / longer)
    rows = [(ALL, answer["total"].iloc[0]), *((str(zone), row) for zone, row in answer["zones"].iterrows())]
    found = {(zone, "demand"): float(row["pupils"]) for zone, row in rows}
    found |= {(zone, "covered"): float(row["pupils_walk"]) for zone, row in rows}
    found[ALL, "seats"] = float(true.supply["seats"].sum())
    return found


def held(town: Town, table: Uncertainties | None = None, *, draws: int = 500, seed: int = 1) -> pd.DataFrame:
    """Return a row a number of a town: its 90 % interval, the truth, whether the interval holds it, and whether it says anything.

    An interval that is one point (nobody lives there, none could ever get there) says that nothing is open: it is counted apart.
    """
    demand, covered, seats = [], [], []
    for block in blocks(town.written, table, count=draws, seed=seed):
        demand.append(block.demand)
        covered.append(block.covered)
        seats.append(block.seats.sum(axis=1))
    values: dict[Key, Floats] = {(ALL, "seats"): np.concatenate(seats)}
    for name, parts in (("demand", np.concatenate(demand)), ("covered", np.concatenate(covered))):
        values[ALL, name] = parts.sum(axis=1)
        values |= {(str(z), name): parts[:, k] for k, z in enumerate(town.written.workspace.zones.index)}
    ends = {key: np.quantile(drawn, [0.05, 0.95]) for key, drawn in values.items()}
    rows = [(*key, low, high, town.truth[key]) for key, (low, high) in ends.items()]
    told = pd.DataFrame(rows, columns=["zone_id", "quantity", "low", "high", "truth"])
    inside = (told["low"] - 1e-9 <= told["truth"]) & (told["truth"] <= told["high"] + 1e-9)
    return told.assign(held=inside, says=told["high"] > told["low"] + 1e-9, part=np.where(told["zone_id"] == ALL, "whole", "zones"))  # fmt: skip
