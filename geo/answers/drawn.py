"""What each question answers in every draw: numbers by zone, in one order, for the interval and for what makes it wide."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo import assignment
from geo.access import fca2
from geo.adequacy import ALL
from geo.answers.counted import counted, placed
from geo.answers.known import no_data
from geo.case import Case
from geo.network.pairs import Pairs
from geo.progress import Progress
from geo.services import STAGES
from geo.text import Text
from geo.uncertainty import Block, Uncertainties, mixed

__all__ = ["ABOUT", "Asked", "Drawn", "Quantity", "areas", "drawn"]

Floats = NDArray[np.float64]
PUPILS, PEOPLE = Text("名学生", "pupils"), Text("人", "people")
SEATS, CLASSES, SHARE, METRES, EACH = (
    Text("座", "seats"), Text("班", "classes"), Text("", ""), Text("米", "m"), Text("座/人", "seats per person"),
)  # fmt: skip
THOUSAND = Text("床（处）/千人", "beds (or places) per 1,000 people")
FEW = 200
"""Draws of questions that solve a problem in each: they tell how many."""


@dataclass(frozen=True)
class Quantity:
    """One number of an answer: of which area, what it is called, of which stage, and its unit.

    Examples
    --------
    >>> Quantity("south", "covered", "primary", PUPILS).unit.en
    'pupils'
    """

    zone_id: str
    name: str
    stage: str
    unit: Text


@dataclass(frozen=True, eq=False)
class Drawn:
    """The numbers of an answer in each draw.

    ``first`` and ``second`` are of two independent streams, shape (draws, quantities); ``alone[key]`` is the first with
    one input of the second.

    Examples
    --------
    >>> one = Quantity("south", "covered", "primary", PUPILS)
    >>> Drawn((one,), np.zeros((3, 1)), np.ones((3, 1)), {"people:total": np.ones((3, 1))}).first.shape
    (3, 1)
    """

    quantities: tuple[Quantity, ...]
    first: Floats
    second: Floats
    alone: Mapping[str, Floats]


@dataclass(frozen=True, eq=False)
class Asked:
    """What is to be drawn: a question (a key of ``ABOUT``), what is uncertain, how often, and as ``uncertain`` says.

    Examples
    --------
    >>> from geo.examples import town
    >>> Asked(town(), "coverage", Uncertainties.of(town()), count=20).by
    'walk'
    """

    case: Case
    about: str
    table: Uncertainties
    count: int
    seed: int = 1
    limit: float | None = None
    by: str = "walk"
    progress: Progress | None = None


Values = Callable[[Block], Floats]


def areas(case: Case) -> tuple[list[str], Floats]:
    """Return the areas, ``ALL`` first, and which leaf zones each is made of: shape (areas, zones + 1); cells of none in none.

    Examples
    --------
    >>> from geo.examples import town
    >>> names, parts = areas(town())
    >>> names, parts.tolist()
    (['__total__', 'south', 'north'], [[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    """
    zones = case.workspace.zones
    ids, parent = zones.index.astype(str).tolist(), zones["parent_id"].to_numpy()
    own = np.eye(len(ids))
    for child, of in enumerate(parent):
        if of in zones.index:
            own[zones.index.get_loc(of), child] = 1.0
    parts = np.vstack([np.ones(len(ids)), own])
    return [ALL, *ids], np.column_stack([parts, np.zeros(len(parts))])


def drawn(asked: Asked) -> Drawn:
    """Return the numbers of a question in each draw.

    Examples
    --------
    >>> from geo.examples import town
    >>> case = town()
    >>> got = drawn(Asked(case, "coverage", Uncertainties.of(case), count=20))
    >>> [q.name for q in got.quantities[:4]], got.first.shape
    (['demand', 'covered', 'without', 'share'], (20, 12))
    """
    return ABOUT[asked.about](asked)


def _collected(asked: Asked, quantities: list[Quantity], values: Values, keys: Collection[str]) -> Drawn:
    first: list[Floats] = []
    second: list[Floats] = []
    alone: dict[str, list[Floats]] = {key: [] for key in keys}
    for one, two, each in mixed(
        asked.case, asked.table, keys, count=asked.count, seed=asked.seed, limit=asked.limit, by=asked.by, progress=asked.progress
    ):  # fmt: skip
        first.append(values(one))
        second.append(values(two))
        for key, block in each.items():
            alone[key].append(values(block))
    return Drawn(
        tuple(quantities), np.concatenate(first), np.concatenate(second), {k: np.concatenate(v) for k, v in alone.items()}
    )  # fmt: skip


def _open(table: Uncertainties, *without: str) -> list[str]:
    """Return the keys of what is not taken as known, less those that a question does not depend on."""
    return [r.key for r in table if not r.known and not r.key.startswith(without)]


def _coverage(asked: Asked) -> Drawn:
    case = asked.case
    ids, parts = areas(case)
    who = PUPILS if case.asked.unit == "pupils" else PEOPLE
    named = [Quantity(z, n, case.service, u) for z in ids for n, u in (("demand", who), ("covered", who), ("without", who), ("share", SHARE))]  # fmt: skip

    def values(block: Block) -> Floats:
        demand, covered = _by_area(block.demand, parts), _by_area(block.covered, parts)
        share = np.divide(covered, demand, out=np.full_like(demand, np.nan), where=demand > 0)
        return np.stack([demand, covered, demand - covered, share], axis=2).reshape(len(demand), -1)

    return _collected(asked, named, values, _open(asked.table, "seats"))


def _by_area(zones: Floats, parts: Floats) -> Floats:
    """Return sums of zones by area; a place all of whose cells lie in zones has no column for those outside."""
    return zones @ parts[:, : zones.shape[1]].T


def _adequacy(asked: Asked) -> Drawn:
    case = asked.case
    ids, parts = areas(case)
    found = []
    for stage in STAGES:
        one = case.of(stage)
        if no_data(one):
            continue
        mine = asked.table
        rows = Uncertainties(tuple(mine.at(r.key) if mine.has(r.key) else r for r in Uncertainties.of(one)))
        named = [Quantity(z, n, stage, u) for z in ids for n, u in (("demand", PUPILS), ("seats", SEATS), ("deficit", SEATS), ("deficit_classes", CLASSES))]  # fmt: skip
        # Seats are counted where a school is said to stand: no distance enters, and nothing has to be searched.
        narrow = dataclasses.replace(asked, case=one, table=rows, limit=0.0, progress=None)
        open_ = _open(rows, "position", "streets", "speed", "people:cells")
        found.append(_collected(narrow, named, _seats(one, parts), open_))
    if not found:
        nothing = np.empty((asked.count, 0))
        return Drawn((), nothing, nothing, {})
    keys = list(dict.fromkeys(key for one in found for key in one.alone))
    return Drawn(
        tuple(q for one in found for q in one.quantities),
        np.hstack([one.first for one in found]),
        np.hstack([one.second for one in found]),
        # A number of one stage leaves the others as they are.
        {key: np.hstack([one.alone.get(key, one.first) for one in found]) for key in keys},
    )


def _seats(one: Case, parts: Floats) -> Values:
    zones, size = one.workspace.zones.index, one.class_size
    at = zones.get_indexer(pd.Index(placed(one)["zone_id"].reindex(one.supply.index)))
    member = np.zeros((len(at), parts.shape[1]))
    member[np.flatnonzero(at >= 0), at[at >= 0]] = 1.0

    def values(block: Block) -> Floats:
        demand = _by_area(block.demand, parts)
        seats = block.seats @ member @ parts.T
        deficit = np.maximum(demand - seats, 0.0)
        classes = np.ceil(np.maximum(deficit - 1e-6, 0.0) / size)
        return np.stack([demand, seats, deficit, classes], axis=2).reshape(len(demand), -1)

    return values


def _assignment(asked: Asked) -> Drawn:
    case = asked.case
    inside = case.workspace.cells["zone_id"].notna().to_numpy()
    schools = case.supply.index.isin(counted(case).index)
    named = [Quantity(ALL, n, case.service, u) for n, u in (("demand", PUPILS), ("seated", PUPILS), ("unseated", PUPILS), ("mean_walk", METRES))]  # fmt: skip

    def values(block: Block) -> Floats:
        rows = []
        for draw, pupils in enumerate(block.weight):
            there = np.flatnonzero(inside & (pupils > 0))
            cost = _pairs(case, block, draw, block.limit[draw], there, np.flatnonzero(schools))
            placed_at = assignment.assign(
                cost, pd.Series(pupils[there], cost.sources), pd.Series(block.seats[draw, schools], cost.targets)
            )
            flows, walk = placed_at.flows["pupils"].to_numpy(float), placed_at.metres.to_numpy(float)
            seated = float(flows.sum())
            # What is walked is as long as the ways really are.
            mean = float(flows @ walk) / seated * block.stretch[draw] if seated else np.nan
            total = float(pupils[there].sum())
            rows.append([total, seated, max(total - seated, 0.0), mean])
        return np.array(rows)

    few = dataclasses.replace(asked, count=min(asked.count, FEW))
    return _collected(few, named, values, _open(asked.table))


def _access(asked: Asked) -> Drawn:
    case = asked.case
    ids, parts = areas(case)
    unit = EACH if case.asked.unit == "pupils" else THOUSAND
    named = [Quantity(z, "access", case.service, unit) for z in ids] + [
        Quantity(ALL, "none_in_reach", case.service, SHARE)
    ]
    reach = 3 * case.standard.radius_m if asked.limit is None else asked.limit
    each = 1.0 if case.asked.unit == "pupils" else 1000.0
    every = np.arange(len(case.workspace.cells))

    def values(block: Block) -> Floats:
        rows = []
        for draw, who in enumerate(block.weight):
            size = np.where(np.isnan(block.seats[draw]), 1.0, block.seats[draw])
            pairs = _pairs(case, block, draw, block.limit[draw], every, np.arange(len(size)))
            score = fca2(pairs, pd.Series(who, pairs.sources), pd.Series(size, pairs.targets), limit=np.inf).to_numpy()
            leaf = np.bincount(block.zone, who * score, parts.shape[1]), np.bincount(block.zone, who, parts.shape[1])
            seats, whole = (parts @ leaf[0]), (parts @ leaf[1])
            inside = block.zone < parts.shape[1] - 1
            none = float(who[inside & (score == 0)].sum()) / whole[0] if whole[0] else np.nan
            rows.append([*np.divide(each * seats, whole, out=np.full(len(ids), np.nan), where=whole > 0), none])
        return np.array(rows)

    few = dataclasses.replace(asked, count=min(asked.count, FEW), limit=reach)
    return _collected(few, named, values, _open(asked.table))


def _pairs(
    case: Case, block: Block, draw: int, limit: float, cells: NDArray[np.int64], facilities: NDArray[np.int64]
) -> Pairs:  # fmt: skip
    """Return the pairs of some cells and facilities within the limit of a draw."""
    cell, facility, metres = block.reach.pairs(draw)
    row, column = np.full(len(case.workspace.cells), -1), np.full(len(case.supply), -1)
    row[cells], column[facilities] = np.arange(len(cells)), np.arange(len(facilities))
    kept = (row[cell] >= 0) & (column[facility] >= 0) & (metres <= limit * (1 + 1e-9))
    indptr = np.zeros(len(cells) + 1, np.int64)
    np.cumsum(np.bincount(row[cell[kept]], minlength=len(cells)), out=indptr[1:])
    return Pairs(
        case.workspace.cells.index[cells], case.supply.index[facilities], indptr, column[facility[kept]].astype(np.int32), metres[kept]
    )  # fmt: skip


ABOUT: Mapping[str, Callable[[Asked], Drawn]] = {
    "coverage": _coverage, "adequacy": _adequacy, "assignment": _assignment, "access": _access,
}  # fmt: skip
"""What can be asked with an interval."""
