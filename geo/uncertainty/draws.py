"""The draws of a place, input by input: who lives where, where facilities stand, how long the ways are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geo.case import Case
from geo.errors import InputError
from geo.progress import Progress, Step
from geo.text import Text
from geo.uncertainty.reach import Reach, accuracy, near
from geo.uncertainty.rows import parts, surveyed
from geo.uncertainty.streams import BLOCK, Picked, Stream, stream
from geo.uncertainty.table import Uncertainties
from geo.uncertainty.uncertain import CE90

__all__ = ["Block", "blocks", "mixed", "sums", "zone_codes"]

Floats = NDArray[np.float64]
T = TypeVar("T")
DRAWING = Text("逐次抽样", "drawing")


@dataclass(frozen=True, eq=False)
class Block:
    """Some of the draws, one after another: the same numbers whatever else is drawn.

    Examples
    --------
    >>> from geo.examples import town
    >>> block = next(blocks(town(), count=4))
    >>> block.demand.shape, block.covered.shape  # two zones
    ((4, 2), (4, 2))
    >>> bool((block.covered <= block.demand).all())
    True
    """

    spread: Floats
    """Residents of each cell as they are spread within their zones [persons], shape (draws, cells)."""
    residents: Floats
    """Residents of each zone [persons], shape (zones,)."""
    scale: Floats
    """What makes those of a zone into who needs the service there, shape (draws, zones)."""
    zone: NDArray[np.int64]
    """Position in ``scale`` of the zone of each cell, shape (cells,); cells of no zone are one more."""
    extra: Floats
    """Who needs the service beside them, in every draw [persons], shape (cells,)."""
    limit: Floats
    """The limit on the streets as drawn on the map [m], shape (draws,)."""
    stretch: Floats
    """How much longer the ways are than on the map, shape (draws,)."""
    seats: Floats
    """Seats of each facility [seats], shape (draws, facilities); NaN where the service has none."""
    make_reach: Callable[[], Reach]
    make_inner: Callable[[], Floats]

    @cached_property
    def reach(self) -> Reach:
        """How far it is to where the facilities were drawn: looked for when it is asked for."""
        return self.make_reach()

    @cached_property
    def weight(self) -> Floats:
        """Who needs the service in each cell [persons], shape (draws, cells)."""
        return self.spread * self.scale[:, self.zone] + self.extra

    @property
    def demand(self) -> Floats:
        """Who needs the service in each zone [persons], shape (draws, zones)."""
        return self.residents * self.scale + sums(self.extra[None], self.zone)

    @property
    def covered(self) -> Floats:
        """Who of them has it within the limit [persons], shape (draws, zones)."""
        # Factors of a zone do not change which of its cells are served: those are looked at once for all of them.
        covered = self.make_inner() * self.scale
        return covered + sums(self.reach.served(self.limit) * self.extra, self.zone) if self.extra.any() else covered


def blocks(
    case: Case,
    table: Uncertainties | None = None,
    *,
    count: int,
    seed: int = 1,
    other: Collection[str] = (),
    limit: float | None = None,
    by: str = "walk",
    progress: Progress | None = None,
) -> Iterator[Block]:
    """Yield the draws block by block; parameters as of ``worlds``, ``by`` "walk" or "radius" (straight lines).

    Examples
    --------
    >>> from geo.examples import town
    >>> [len(block.limit) for block in blocks(town(), count=600)]
    [250, 250, 100]
    """
    table = Uncertainties.of(case) if table is None else table
    for key in other:
        table.at(key)
    for size, draws in _drawn(case, table, count, seed, limit, by, progress):
        yield draws.block(size, frozenset(other))


def mixed(
    case: Case,
    table: Uncertainties,
    keys: Collection[str],
    *,
    count: int,
    seed: int = 1,
    limit: float | None = None,
    by: str = "walk",
    progress: Progress | None = None,
) -> Iterator[tuple[Block, Block, dict[str, Block]]]:
    """Yield block by block: the draws of the first stream, of the second, and for each key those with it alone of the second.

    What two of them have in common (where the facilities were drawn, who lives in which cell) is made once.

    Examples
    --------
    >>> from geo.examples import town
    >>> case = town()
    >>> first, second, alone = next(mixed(case, Uncertainties.of(case), ["people:cells"], count=4))
    >>> bool((first.demand == alone["people:cells"].demand).all()), bool((first.demand == second.demand).any())
    (True, False)
    """
    for size, draws in _drawn(case, table, count, seed, limit, by, progress):
        every = frozenset(row.key for row in table.rows)
        alone = {key: draws.block(size, frozenset([key])) for key in keys}
        yield draws.block(size, frozenset()), draws.block(size, every), alone


def _drawn(
    case: Case, table: Uncertainties, count: int, seed: int, limit: float | None, by: str, progress: Progress | None
) -> Iterator[tuple[int, _Draws]]:
    if count < 1:
        raise InputError(Text(f"抽样次数须至少为 1，现为 {count}", f"draw at least once, not {count} times"))
    metres = case.standard.radius_m if limit is None else float(limit)
    for number, first in enumerate(range(0, count, BLOCK)):
        if progress is not None and progress(Step(DRAWING, first, count)) is False and first:
            return
        yield min(BLOCK, count - first), _Draws(case, table, seed, number, metres, by)


@dataclass(frozen=True, eq=False)
class _Draws:
    """The random numbers of one block, input by input.

    A block is always drawn whole: 1 000 draws begin with the very 100 that 100 draws are.
    """

    case: Case
    table: Uncertainties
    seed: int
    number: int
    metres: float
    by: str
    memo: dict[object, Any] = field(default_factory=dict)

    def block(self, size: int, other: frozenset[str]) -> Block:
        """Return the draws with the inputs ``other`` of the second stream."""
        stretch, limit = self.limits(other)
        near = self.of(other, self.positions, "streets:length", "speed", "people:cells")

        def inner() -> Floats:
            def make() -> Floats:
                return sums(self.spread(other)[:size] * self.reach(size, other).served(limit[:size]), self.zones)

            return self.kept(("inner", size, near), make)

        return Block(
            self.spread(other)[:size], sums(self.people[None], self.zones)[0], self.scale(other)[:size], self.zones, self.extra, limit[:size], stretch[:size],
            self.seats(other)[:size], lambda: self.reach(size, other), inner,
        )  # fmt: skip

    @property
    def positions(self) -> str:
        """The key of where the facilities stand."""
        return f"position:{self.case.asked.layer}"

    def of(self, other: frozenset[str], *stems: str) -> frozenset[str]:
        """Return those of ``other`` that concern these inputs."""
        return frozenset(key for key in other if key.partition("/")[0] in stems)

    def kept(self, what: object, make: Callable[[], T]) -> T:
        """Return what was made before in this block; made once."""
        if what not in self.memo:
            self.memo[what] = make()
        found: T = self.memo[what]
        return found

    def numbers(self, key: str, other: frozenset[str]) -> Stream | Picked:
        """Return the random numbers of an input."""
        return stream(self.seed, key, self.number, other=key.partition("/")[0] in other or key in other)

    def shared(self, key: str, other: frozenset[str]) -> Floats:
        """Return the value of an input that is one number, in each draw; 1 where the question has none such."""
        if not self.table.has(key):
            return np.ones(BLOCK)
        return self.table.at(key).factors(self.numbers(key, other).random(BLOCK))

    def limits(self, other: frozenset[str]) -> tuple[Floats, Floats]:
        """Return how much longer the ways are than on the map, and the limit on that map [m]."""
        stretch = self.shared("streets:length", other)
        timed = self.table.has("speed") and self.table.at("speed").used and self.by == "walk"
        minutes = self.case.standard.minutes if timed else None
        # Measured by minutes, the limit is what is walked in them; by metres, it does not depend on who walks.
        reached = self.shared("speed", other) * 1000 / 60 * minutes if minutes else np.full(BLOCK, self.metres)
        return stretch, reached / stretch if self.by == "walk" else reached

    @cached_property
    def people(self) -> Floats:
        return self.case.people.fillna(0.0).to_numpy(float)

    @cached_property
    def zones(self) -> NDArray[np.int64]:
        return zone_codes(self.case)

    @cached_property
    def extra(self) -> Floats:
        """Return the pupils that the planner's new housing brings beside the residents: as stated, in every draw."""
        case = self.case
        if case.asked.unit != "pupils" or not case.demand.housing:
            return np.zeros(len(self.people))
        return np.maximum(case.pupils.fillna(0.0).to_numpy(float) - self.people * sum(parts(case)), 0.0)

    def spread(self, other: frozenset[str]) -> Floats:
        """Return the residents of the cells; those of a zone together are as many as before."""
        key, people = "people:cells", self.people

        def make() -> Floats:
            if self.table.at(key).known:
                return np.broadcast_to(people, (BLOCK, len(people)))
            drawn = people * self.table.at(key).factors(self.numbers(key, other).random((BLOCK, len(people))))
            there, now = sums(people[None], self.zones), sums(drawn, self.zones)
            return drawn * np.divide(there, now, out=np.ones_like(now), where=now > 0)[:, self.zones]

        return self.kept((key, self.of(other, key)), make)

    def scale(self, other: frozenset[str]) -> Floats:
        """Return what makes the residents of each zone into who needs the service; "zones" leaves the whole as it is."""
        there = sums(self.people[None], self.zones)
        key = "people:zones"
        factor = np.ones((BLOCK, there.shape[1]))
        if not self.table.at(key).known:
            factor = self.table.at(key).factors(self.numbers(key, other).random(factor.shape))
            whole = (factor * there).sum(axis=1, keepdims=True)
            factor = factor * np.divide(there.sum(), whole, out=np.ones_like(whole), where=whole > 0)
        one = self.shared("people:total", other)
        if self.case.asked.unit == "pupils":
            one = one * self.rate(other)
        return factor * one[:, None]

    def rate(self, other: frozenset[str]) -> Floats:
        """Return the pupils of a resident in each draw."""
        stage = self.case.service
        plain, ages, births = parts(self.case)
        if self.case.model == "ratio":
            return plain * self.shared(f"ratio_{self.case.demand.bound}:{stage}", other)
        enrolled = self.shared(f"enrolment:{stage}", other)
        if self.case.model == "share":
            return plain * enrolled * self.shared(f"share:{stage}", other)
        return enrolled * (ages * self.shared("age_share", other) + births * self.shared("births", other))

    def seats(self, other: frozenset[str]) -> Floats:
        """Return the seats of each facility: as stated and so far off, or by the classes of a usual school."""
        case = self.case
        stated = case.supply["seats"].to_numpy(float)
        out = np.broadcast_to(stated, (BLOCK, len(stated))).copy()
        if not case.is_school:
            return out
        found_out = case.supply.index.isin(surveyed(case.supply).index)
        for column, (name, seats) in enumerate(zip(case.supply.index, stated, strict=True)):
            if not found_out[column] and not np.isnan(seats):
                continue
            key = "seats:unknown" if np.isnan(seats) else "seats:stated"
            if not self.table.has(key) or (self.table.at(key).known and not np.isnan(seats)):
                continue
            drawn = self.table.at(key).factors(self.numbers(f"{key}/{name}", other).random(BLOCK))
            # Nobody builds half a class; what is stated may be off by a few seats of each.
            out[:, column] = np.rint(drawn) * case.class_size if np.isnan(seats) else np.rint(seats * drawn)
        return out

    def shift(self, other: frozenset[str]) -> dict[object, Floats]:
        """Return how far from its place each facility that may be elsewhere was drawn [m], shape (draws, 2)."""
        if self.table.at(self.positions).known:
            return {}
        sigma = accuracy(self.case.supply) * self.table.at(self.positions).high / CE90
        return {
            key: self.numbers(f"{self.positions}/{key}", other).standard_normal((BLOCK, 2)) * far
            for key, far in sigma.items()
            if far > 0
        }

    @cached_property
    def room(self) -> float:
        """Return the greatest limit of any draw of either stream [m]."""
        every = frozenset(row.key for row in self.table.rows)
        return max(float(self.limits(o)[1].max()) for o in (frozenset[str](), every))

    def reach(self, size: int, other: frozenset[str]) -> Reach:
        """Return how far it is to where the facilities were drawn, as far as the limit of any draw of either stream."""
        return self.kept(("reach", size, self.of(other, self.positions)), lambda: self._reach(size, self.room, other))

    def _reach(self, size: int, room: float, other: frozenset[str]) -> Reach:
        case, doors, shift = self.case, self.case.doors, self.shift(other)
        facilities = case.supply.index
        # All doors of a facility are as far off as it is: they were written down together.
        names = doors.index if doors is case.supply else pd.Index(doors["facility"])
        owner = facilities.get_indexer(names).astype(np.int64)
        moving = np.array([key in shift for key in names], np.bool_)
        xy = np.column_stack([doors.geometry.x, doors.geometry.y]) if len(doors) else np.empty((0, 2))
        still = near(case, xy[~moving], room, self.by)
        moved = np.empty((0, 2))
        if moving.any():
            moved = (xy[moving][None] + np.stack([shift[k][:size] for k in names[moving]], axis=1)).reshape(-1, 2)
        cell, point, metres = near(case, moved, room, self.by)
        draw, door = np.divmod(point, max(int(moving.sum()), 1))
        order = np.argsort(draw, kind="stable")
        found = (draw[order], owner[moving][door[order]], cell[order], metres[order])
        return Reach(
            size, len(case.workspace.cells), len(facilities), found, (owner[~moving][still[1]], still[0], still[2])
        )


def zone_codes(case: Case) -> NDArray[np.int64]:
    """Return the position of the leaf zone of each cell in the order of the zones; cells of none come last.

    Examples
    --------
    >>> from geo.examples import town
    >>> zone_codes(town()).tolist()
    [0, 0, 1]
    """
    zones = case.workspace.zones.index
    found = zones.get_indexer(pd.Index(case.workspace.cells["zone_id"]))
    return np.where(found < 0, len(zones), found).astype(np.int64)


def sums(values: Floats, group: NDArray[np.int64]) -> Floats:
    """Return the sum of each row's values by group, shape (rows, groups).

    Examples
    --------
    >>> sums(np.array([[1.0, 2.0, 4.0]]), np.array([1, 0, 1])).tolist()
    [[2.0, 5.0]]
    """
    size = len(group)
    groups = int(group.max()) + 1 if size else 0
    member = sparse.csr_matrix((np.ones(size), (group, np.arange(size))), shape=(groups, size))
    return np.asarray((member @ values.T).T)
