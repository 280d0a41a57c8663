"""School districts 学区: every unit of a town to one school, each district in one piece and within its seats.

A unit is a cell of residents or a block; it goes to one school as a whole (an assignment may split it, a district may
not). A plan is legal when every unit is in exactly one district, every district is one piece that holds the unit its
school stands on, and no district has more pupils than seats.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import InputError
from geo.laws import amounts, unique
from geo.text import Text

__all__ = ["BROKEN", "RULES", "Town", "border", "broken", "load", "moved", "piece", "town", "walked"]

RULES = {
    "once": Text("每个单元恰好属于一个学区", "every unit is in exactly one district"),
    "home": Text("学区包含学校所在单元", "a district holds the unit of its school"),
    "contiguous": Text("学区连成一片", "a district is in one piece"),
    "capacity": Text("学生不超过学位", "no more pupils than seats"),
}
BROKEN = {
    "once": Text("未划入任何学校，或划入不止一所", "in no district, or in more than one"),
    "home": Text("学校所在单元不在本学区", "the unit of the school is not in its district"),
    "contiguous": Text("与学校不连片", "cut off from the school"),
    "capacity": Text("超出学位", "over the seats"),
}
"""What it is called where a rule is not kept."""
DUST = 1e-7
"""Fewer pupils than this are rounding, not a pupil."""


@dataclass(frozen=True, eq=False)
class Town:
    """Units, schools, and which units touch, in numbers; made by ``town``.

    Examples
    --------
    >>> beside = pd.DataFrame({"a": ["p"], "b": ["q"]})
    >>> walk = pd.DataFrame({"A": [100.0, 300.0], "B": [400.0, 200.0]}, index=["p", "q"])
    >>> one = town(walk, pd.Series({"p": 30, "q": 20}), pd.Series({"A": 40, "B": 40}), beside)
    >>> one.home.to_dict(), one.around
    ({'A': 'p', 'B': 'q'}, [[1], [0]])
    """

    units: pd.Index
    schools: pd.Index
    metres: NDArray[np.float64]
    """Walk from each unit to each school [m]; ``inf`` where there is no way."""
    pupils: NDArray[np.float64]
    seats: NDArray[np.float64]
    around: list[list[int]]
    home: pd.Series
    """The unit each school stands on."""
    stands_in: tuple[str, ...] = ()
    """Schools whose own unit belongs to another school that stands on it too: the next unit is theirs."""
    homes: NDArray[np.int64] = field(repr=False, default_factory=lambda: np.empty(0, np.int64))
    borders: list[list[float]] = field(repr=False, default_factory=list)
    """Length of the border with each unit of ``around`` [m]; empty where it is not known."""


def town(
    metres: pd.DataFrame, pupils: pd.Series, seats: pd.Series, touching: pd.DataFrame, *, home: pd.Series | None = None
) -> Town:
    """Return units and schools ready to be put into districts.

    Parameters
    ----------
    metres
        Walk [m], shape (units, schools), ``inf`` where there is no way.
    pupils, seats
        Pupils of each unit [persons], seats of each school [seats]; same ids as ``metres``.
    touching
        Pairs ``a``, ``b`` of units that touch, as ``grounds.neighbours`` gives, with the length ``metres`` of the border
        where it is known.
    home
        Unit that each school stands on; the one with the least walk to it where not given. Where two schools stand on
        one unit, the later one takes the nearest unit that is free.

    Raises
    ------
    InputError
        If ids do not match, there are no schools, or more schools than units.

    Examples
    --------
    >>> beside = pd.DataFrame({"a": ["p"], "b": ["q"]})
    >>> walk = pd.DataFrame({"A": [100.0, 300.0], "B": [90.0, 200.0]}, index=["p", "q"])
    >>> one = town(walk, pd.Series({"p": 30, "q": 20}), pd.Series({"A": 40, "B": 40}), beside)
    >>> one.home.to_dict(), one.stands_in  # both stand on p
    ({'A': 'p', 'B': 'q'}, ('B',))
    """
    units, schools = metres.index, metres.columns
    unique(units, "metres rows", "距离表的行")
    unique(schools, "metres columns", "距离表的列")
    if not 0 < len(schools) <= len(units):
        raise InputError(
            Text(
                f"{len(schools)} 所学校、{len(units)} 个单元：学校须至少 1 所且不多于单元数",
                f"{len(schools)} schools and {len(units)} units: there must be a school, and no more schools than units",
            )
        )
    cost = metres.to_numpy(float)
    if not (cost >= 0).all():
        raise InputError(
            Text("距离须不小于 0；到不了写 inf", "walks must be at least 0; write inf where there is no way")
        )
    a, b = units.get_indexer(touching["a"]), units.get_indexer(touching["b"])
    if (a < 0).any() or (b < 0).any():
        raise InputError(Text("相邻表含未知单元", "touching names units that there are not"))
    beside: list[dict[int, float]] = [{} for _ in units]
    known = "metres" in touching
    lengths = touching["metres"].tolist() if known else [0.0] * len(touching)
    for i, j, metres_of in zip(a.tolist(), b.tolist(), lengths, strict=True):
        if i != j:
            beside[i][j] = beside[j][i] = float(metres_of)
    around = [sorted(near) for near in beside]
    taken: set[int] = set()
    homes, second = [], []
    for j, school in enumerate(schools):
        order = np.argsort(cost[:, j], kind="stable").tolist()
        if home is not None and pd.notna(home.get(school)):
            own = int(units.get_indexer([home[school]])[0])
            if own < 0:
                raise InputError(Text(f"学校 {school} 所在单元不存在", f"school {school} stands on no known unit"))
            order = [own, *_rings(own, around), *order]
        first = order[0]
        pick = next(i for i in order if i not in taken)
        if pick != first:
            second.append(str(school))
        taken.add(pick)
        homes.append(pick)
    return Town(
        units, schools, cost, amounts(pupils, units, "pupils", "学生"), amounts(seats, schools, "seats", "学位"),
        around, pd.Series(units.take(homes), schools, name="home"), tuple(second), np.array(homes, np.int64),
        [[beside[i][j] for j in near] for i, near in enumerate(around)] if known else [],
    )  # fmt: skip


def _rings(start: int, around: list[list[int]]) -> list[int]:
    """Return the units from the nearest ring outwards."""
    seen, order = {start}, [start]
    for unit in order:
        for near in around[unit]:
            if near not in seen:
                seen.add(near)
                order.append(near)
    return order


def piece(around: list[list[int]], inside: Collection[int], start: int) -> set[int]:
    """Return the units of ``inside`` that are reached from ``start`` without leaving it.

    Examples
    --------
    >>> piece([[1], [0, 2], [1]], {0, 2}, 0)
    {0}
    """
    seen, stack = {start}, [start]
    while stack:
        for near in around[stack.pop()]:
            if near in inside and near not in seen:
                seen.add(near)
                stack.append(near)
    return seen


def load(town: Town, plan: pd.Series) -> pd.Series:
    """Return the pupils of each district [persons], of a plan from unit to school.

    Examples
    --------
    >>> beside = pd.DataFrame({"a": ["p"], "b": ["q"]})
    >>> walk = pd.DataFrame({"A": [100.0, 300.0], "B": [400.0, 200.0]}, index=["p", "q"])
    >>> one = town(walk, pd.Series({"p": 30, "q": 20}), pd.Series({"A": 40, "B": 40}), beside)
    >>> load(one, pd.Series({"p": "A", "q": "A"})).to_dict()
    {'A': 50.0, 'B': 0.0}
    """
    owner = town.schools.get_indexer(plan.reindex(town.units))
    held = owner >= 0
    sums = np.bincount(owner[held], town.pupils[held], minlength=len(town.schools))
    return pd.Series(sums, town.schools, name="pupils")


def walked(town: Town, plan: pd.Series) -> tuple[float, float]:
    """Return the total walk [pupil-metres] of those who can walk, and the pupils without a way to their school.

    Examples
    --------
    >>> beside = pd.DataFrame({"a": ["p"], "b": ["q"]})
    >>> walk = pd.DataFrame({"A": [100.0, 300.0], "B": [400.0, np.inf]}, index=["p", "q"])
    >>> one = town(walk, pd.Series({"p": 30, "q": 20}), pd.Series({"A": 40, "B": 40}), beside)
    >>> walked(one, pd.Series({"p": "A", "q": "B"}))
    (3000.0, 20.0)
    """
    owner = town.schools.get_indexer(plan.reindex(town.units))
    held = np.flatnonzero((owner >= 0) & (town.pupils > 0))
    metres = town.metres[held, owner[held]]
    reached = np.isfinite(metres)
    people = town.pupils[held]
    return float(metres[reached] @ people[reached]), float(people[~reached].sum())


def border(town: Town, plan: pd.Series) -> float:
    """Return the length of all borders between two districts [m], each once; 0 where no lengths are known.

    Examples
    --------
    >>> beside = pd.DataFrame({"a": ["p", "q"], "b": ["q", "r"], "metres": [100.0, 70.0]})
    >>> walk = pd.DataFrame({"A": [0.0, 9.0, 9.0], "B": [9.0, 9.0, 0.0]}, index=list("pqr"))
    >>> one = town(walk, pd.Series({"p": 3, "q": 2, "r": 1}), pd.Series({"A": 5, "B": 5}), beside)
    >>> border(one, pd.Series({"p": "A", "q": "A", "r": "B"}))
    70.0
    """
    owner = town.schools.get_indexer(plan.reindex(town.units))
    return 0.5 * sum(
        metres
        for u, along in enumerate(town.borders)
        for v, metres in zip(town.around[u], along, strict=True)
        if owner[u] != owner[v]
    )


def broken(town: Town, plan: pd.Series) -> pd.DataFrame:
    """Return the rules that a plan breaks: no row means that it is legal.

    Parameters
    ----------
    plan
        School of each unit, indexed by unit id, in any order; a unit left out or without a school belongs to nobody.

    Returns
    -------
    findings
        ``rule`` (a key of ``RULES``), ``school`` ("" where none is concerned), ``units`` (the ids that break it),
        ``pupils`` (of these units; for capacity those too many) [persons].

    Examples
    --------
    >>> beside = pd.DataFrame({"a": ["p", "q"], "b": ["q", "r"]})
    >>> walk = pd.DataFrame({"A": [0.0, 9.0, 9.0], "B": [9.0, 0.0, 9.0]}, index=list("pqr"))
    >>> one = town(walk, pd.Series({"p": 30, "q": 20, "r": 10}), pd.Series({"A": 40, "B": 15}), beside)
    >>> broken(one, pd.Series({"p": "A", "q": "B", "r": "A"})).to_numpy().tolist()  # q cuts r off from A
    [['contiguous', 'A', ['r'], 10.0], ['capacity', 'B', ['q'], 5.0]]
    """
    rows: list[tuple[str, str, list[str], float]] = []
    doubled = plan.index[plan.index.duplicated()].unique()
    strange = plan.index.difference(town.units)
    plan = plan[~plan.index.duplicated()]
    owner = town.schools.get_indexer(plan.reindex(town.units))
    wrong = [*town.units[owner < 0], *doubled, *strange]
    if wrong:
        rows.append(("once", "", wrong, float(town.pupils[owner < 0].sum())))
    sums = load(town, plan)
    for j, school in enumerate(town.schools):
        mine = set(np.flatnonzero(owner == j).tolist())
        home = int(town.homes[j])
        if home not in mine:
            rows.append(("home", school, [town.units[home]], float(town.pupils[home])))
        if mine:
            start = home if home in mine else max(mine, key=lambda u: len(piece(town.around, mine, u)))
            cut = sorted(mine - piece(town.around, mine, start))
            if cut:
                rows.append(("contiguous", school, list(town.units[cut]), float(town.pupils[cut].sum())))
        over = float(sums.iloc[j] - town.seats[j])
        if over > DUST:
            rows.append(("capacity", school, list(town.units[sorted(mine)]), over))
    return pd.DataFrame(rows, columns=["rule", "school", "units", "pupils"])


def moved(town: Town, plan: pd.Series, units: Collection[str], school: str) -> tuple[pd.Series, pd.DataFrame]:
    """Return a plan with units moved to another school, and the rules this breaks that were kept before.

    The plan comes back changed in either case: whether to refuse a move that breaks a rule is the caller's choice.

    Raises
    ------
    InputError
        If a unit or the school is not in the town.

    Examples
    --------
    >>> beside = pd.DataFrame({"a": ["p", "q"], "b": ["q", "r"]})
    >>> walk = pd.DataFrame({"A": [0.0, 9.0, 9.0], "B": [9.0, 9.0, 0.0]}, index=list("pqr"))
    >>> one = town(walk, pd.Series({"p": 30, "q": 20, "r": 10}), pd.Series({"A": 60, "B": 15}), beside)
    >>> plan, now = moved(one, pd.Series({"p": "A", "q": "A", "r": "B"}), ["q"], "B")
    >>> plan.to_dict(), now[["rule", "school", "pupils"]].to_numpy().tolist()
    ({'p': 'A', 'q': 'B', 'r': 'B'}, [['capacity', 'B', 15.0]])
    """
    lost = [u for u in units if u not in town.units] + ([] if school in town.schools else [school])
    if lost:
        raise InputError(Text(f"没有 {lost[:5]}", f"there is no {lost[:5]}"))
    after = plan.copy()
    after.loc[list(units)] = school
    before = {(r.rule, r.school): r.pupils for r in broken(town, plan).itertuples()}
    found = broken(town, after)
    worse = [r.pupils > before.get((r.rule, r.school), -1.0) + DUST for r in found.itertuples()]
    return after, found[np.array(worse, bool)].reset_index(drop=True)
