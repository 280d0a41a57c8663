"""School districts 学区: every unit of a town to one school, each district in one piece and within its seats.

A unit is a cell of residents or a block; it goes to one school as a whole (an assignment may split it, a district may
not). A plan is legal when every unit is in exactly one district, every district is one piece that holds the unit its
school stands on, and no district has more pupils than seats.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.errors import InputError
from geo.laws import amounts, unique
from geo.text import Text

__all__ = ["RULES", "Town", "broken", "ground", "load", "moved", "neighbours", "piece", "town", "walked"]

RULES = {
    "once": Text("每个单元恰好属于一个学区", "every unit is in exactly one district"),
    "home": Text("学区包含学校所在单元", "a district holds the unit of its school"),
    "contiguous": Text("学区连成一片", "a district is in one piece"),
    "capacity": Text("学生不超过学位", "no more pupils than seats"),
}
TOUCH = 0.01
"""Two areas that share less than this [m] meet at a corner."""
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


def ground(
    points: gpd.GeoDataFrame | gpd.GeoSeries, *, cell: float, within: shapely.Geometry | None = None
) -> gpd.GeoSeries:
    """Return the ground of each cell: the places nearer to its centre than to any other, so that districts tile the town.

    Parameters
    ----------
    points
        Centres of the cells (metric), no two alike.
    cell
        Side of a cell [m]: the ground ends so far outside the convex hull of the centres.
    within
        Where the ground ends instead, such as the boundary of the town.

    Notes
    -----
    The Voronoi diagram (Voronoi 1908), by GEOS. A cell without neighbours on the grid borders on the next ones across
    empty ground; barriers such as railways are not looked at.

    Examples
    --------
    >>> points = gpd.GeoSeries(gpd.points_from_xy([0, 100], [0, 0]), index=list("pq"), crs=4548)
    >>> ground(points, cell=100, within=shapely.box(-50, -50, 150, 50)).area.to_dict()
    {'p': 10000.0, 'q': 10000.0}
    """
    shapes = np.asarray(points.geometry.array, dtype=object)
    edge = (
        shapely.convex_hull(shapely.multipoints(shapes)).buffer(cell, join_style="mitre") if within is None else within
    )
    if len(shapes) == 1:
        return gpd.GeoSeries([edge], index=points.index, crs=points.crs)
    parts = np.asarray(
        shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(shapes), extend_to=edge.envelope.buffer(cell)))
    )
    holder, which = shapely.STRtree(parts).query(shapes, predicate="within")
    mine = np.empty(len(shapes), object)
    mine[holder] = parts[which]
    if len(np.unique(which)) < len(shapes):
        raise InputError(Text("有重合的单元中心，请合并", "some units have the same centre: merge them"))
    cut = shapely.intersection(mine, edge)
    return gpd.GeoSeries(cut, index=points.index, crs=points.crs)


def neighbours(units: gpd.GeoDataFrame | gpd.GeoSeries) -> pd.DataFrame:
    """Return which units touch: rows ``a``, ``b`` (ids) and ``why``.

    Parameters
    ----------
    units
        Areas (metric), indexed by unit id: blocks, or the ``ground`` of cells.

    Returns
    -------
    pairs
        ``why`` is "border" where two areas share a line (a corner does not count), and "gap" where a part of the town
        that touches no other is joined to the nearest one: without these a district could not be one piece.

    Raises
    ------
    InputError
        If a unit is no area.

    Examples
    --------
    >>> areas = gpd.GeoSeries([shapely.box(x, 0, x + 1, 1) for x in (0, 1, 5)], index=list("pqr"), crs=4548)
    >>> neighbours(areas).to_numpy().tolist()
    [['p', 'q', 'border'], ['q', 'r', 'gap']]
    """
    shapes = np.asarray(units.geometry.array, dtype=object)
    if len(shapes) == 0:
        return pd.DataFrame({"a": [], "b": [], "why": []})
    if (shapely.get_dimensions(shapes) < 2).any():
        raise InputError(
            Text(
                "单元须为面；点状格网请先用 ground 取其范围", "units must be areas: give the ground of points (ground)"
            )
        )
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    shared = shapely.length(shapely.intersection(shapely.boundary(shapes[first]), shapely.boundary(shapes[second])))
    pairs = np.column_stack([first, second])[shared > TOUCH]
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].reshape(-1, 2)
    bridges = _bridges(pairs, shapely.get_coordinates(shapely.point_on_surface(shapes)))
    whole = np.concatenate([pairs, bridges])
    return pd.DataFrame({
        "a": units.index.take(whole[:, 0]), "b": units.index.take(whole[:, 1]),
        "why": ["border"] * len(pairs) + ["gap"] * len(bridges),
    })  # fmt: skip


def _bridges(pairs: NDArray[np.int64], xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the shortest pairs that join the parts, part by part, the smallest first."""
    n = len(xy)
    found: list[NDArray[np.int64]] = []
    while True:
        ends = np.concatenate([pairs, *found]) if found else pairs
        count, part = connected_components(
            coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n)), directed=False
        )
        if count == 1:
            return np.concatenate(found) if found else np.empty((0, 2), np.int64)
        least = np.bincount(part).argmin()
        inside, outside = np.flatnonzero(part == least), np.flatnonzero(part != least)
        far, which = cKDTree(xy[outside]).query(xy[inside])
        k = int(np.argmin(far))
        found.append(np.array([sorted((inside[k], outside[which[k]]))]))


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
        Pairs ``a``, ``b`` of units that touch, as ``neighbours`` gives.
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
    around: list[list[int]] = [[] for _ in units]
    for i, j in zip(a.tolist(), b.tolist(), strict=True):
        if i != j:
            around[i].append(j)
            around[j].append(i)
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
        [sorted(set(near)) for near in around], pd.Series(units.take(homes), schools, name="home"), tuple(second),
        np.array(homes, np.int64),
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
