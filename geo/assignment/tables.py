"""An assignment in words, numbers and shapes: who is left and why, how full, how far, and whose catchment."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.assignment.exact import Assignment
from geo.errors import CrsError, InputError
from geo.text import Text

__all__ = ["REASONS", "Report", "catchments", "flow_lines", "report", "walk_quantile"]

REASONS: dict[str, tuple[str, str]] = {
    "no_way": ("无路可达：没有任何学校可以步行到达", "no way: no school can be reached on foot"),
    "too_far": ("超出距离：上限以内没有学校", "too far: no school within the limit"),
    "full": ("学位不足：上限以内的学校均已满", "no seat: every school within the limit is full"),
}
"""Why pupils are left without a seat: code to Chinese and English."""

_DUST = 1e-6  # a millionth of an expected pupil is nobody


@dataclass(frozen=True)
class Report:
    """Tables of an assignment.

    Examples
    --------
    >>> from geo.assignment import assign
    >>> cost = pd.DataFrame({"A": [100.0, 200.0]}, index=["p", "q"])
    >>> tables = report(assign(cost, pd.Series({"p": 30, "q": 20}), pd.Series({"A": 40})))
    >>> tables.schools[["seats", "used", "fill"]].to_dict("records")
    [{'seats': 40.0, 'used': 40, 'fill': 1.0}]
    """

    cells: pd.DataFrame
    """Like the pupils: ``pupils``, ``served``, ``unserved`` [persons], ``mean_m`` walk [m], ``in_reach``
    [schools], ``nearest_m`` [m], ``why`` (a key of ``REASONS``, "" where all are served), ``why_zh``, ``why_en``."""
    schools: pd.DataFrame
    """Like the seats: ``seats``, ``used``, ``free`` [seats], ``fill`` (NaN without seats), ``mean_m``, ``p95_m``,
    ``longest_m`` [m]."""
    totals: pd.Series
    """``pupils``, ``served``, ``unserved``, the unserved by reason, ``seats``, ``used``, ``fill``, ``mean_m``,
    ``p95_m``, ``longest_m``; walks are NaN where nobody has a seat."""

    @property
    def summary(self) -> pd.DataFrame:
        """Return the totals as a table of one row.

        Examples
        --------
        >>> from geo.assignment import assign
        >>> cost = pd.DataFrame({"A": [100.0, 200.0]}, index=["p", "q"])
        >>> tables = report(assign(cost, pd.Series({"p": 30, "q": 20}), pd.Series({"A": 40})))
        >>> tables.summary[["pupils", "served", "unserved_full", "mean_m"]].to_numpy().tolist()  # 30 walk 100 m, 10 walk 200 m
        [[50.0, 40.0, 10.0, 125.0]]
        """
        return self.totals.to_frame().T.reset_index(drop=True)


def report(assignment: Assignment, *, nearest: pd.Series | None = None) -> Report:
    """Return who is left without a seat and why, how full each school is, and how far pupils walk.

    Parameters
    ----------
    assignment
        From ``geo.assignment.assign``.
    nearest
        Walk from each cell to the nearest school however far [m], ``inf`` where there is no way. Needed only
        with sparse costs, which do not tell "too far" from "no way"; without it they say "too far".

    Notes
    -----
    Walks are weighted by pupils; the 95th percentile is the shortest distance within which at least 95 % of
    the pupils walk.

    Examples
    --------
    >>> from geo.assignment import assign
    >>> cost = pd.DataFrame({"A": [100.0, 200.0, 900.0, np.inf]}, index=list("pqrs"))
    >>> tables = report(assign(cost, pd.Series(20, cost.index), pd.Series({"A": 30}), limit=500))
    >>> tables.cells["why"].to_dict()
    {'p': '', 'q': 'full', 'r': 'too_far', 's': 'no_way'}
    """
    flows = assignment.flows.assign(metres=assignment.metres)
    cells = _cells(assignment, flows, nearest)
    return Report(cells, _schools(assignment, flows), _totals(assignment, flows, cells))


def walk_quantile(metres: NDArray[np.float64], pupils: NDArray[np.float64], share: float) -> float:
    """Return the shortest distance [m] within which at least ``share`` of the pupils walk; NaN without pupils.

    Examples
    --------
    >>> walk_quantile(np.array([100.0, 500.0, 900.0]), np.array([50.0, 45.0, 5.0]), 0.95)
    500.0
    """
    if not len(metres) or not pupils.sum() > 0:
        return np.nan
    order = np.argsort(metres, kind="stable")
    climbed = np.cumsum(pupils[order])
    return float(metres[order][np.searchsorted(climbed, share * climbed[-1] * (1 - 1e-12))])


def _walks(group: pd.DataFrame) -> pd.Series:
    metres, pupils = group["metres"].to_numpy(float), group["pupils"].to_numpy(float)
    total = pupils.sum()
    return pd.Series(
        {
            "mean_m": float(metres @ pupils) / total if total else np.nan,
            "p95_m": walk_quantile(metres, pupils, 0.95),
            "longest_m": float(metres.max()) if len(metres) else np.nan,
        }
    )


def _reach(assignment: Assignment) -> tuple[pd.Series, pd.Series]:
    """Return how many schools each cell has within the limit, and the nearest the costs know of [m]."""
    state = assignment.state
    costs = state.problem.costs
    n = len(state.cells)
    row = np.repeat(np.arange(n), np.diff(costs.indptr))
    inside = (costs.values <= assignment.limit) & np.isfinite(costs.values)
    count = np.bincount(row[inside], minlength=n)
    nearest = np.full(n, np.inf)
    np.minimum.at(nearest, row, costs.values)
    index = assignment.pupils.index
    return pd.Series(count, state.cells).reindex(index), pd.Series(nearest, state.cells).reindex(index)


def _cells(assignment: Assignment, flows: pd.DataFrame, nearest: pd.Series | None) -> pd.DataFrame:
    in_reach, known = _reach(assignment)
    dense = assignment.state.problem.costs.dense
    if nearest is not None:
        known = nearest.reindex(known.index).fillna(np.inf)
    cut_off = np.isinf(known) & (dense or nearest is not None)
    left = assignment.unserved > _DUST
    why = pd.Series("", left.index, dtype=object)
    why[left] = "full"
    why[left & (in_reach == 0)] = "too_far"
    why[left & (in_reach == 0) & cut_off] = "no_way"
    by_cell = flows.assign(walk=flows["metres"] * flows["pupils"]).groupby("demand_id")[["walk", "pupils"]].sum()
    return pd.DataFrame(
        {
            "pupils": assignment.pupils,
            "served": assignment.served,
            "unserved": assignment.unserved,
            "mean_m": (by_cell["walk"] / by_cell["pupils"]).reindex(left.index),
            "in_reach": in_reach,
            "nearest_m": known,
            "why": why,
            "why_zh": why.map(lambda w: REASONS[w][0] if w else ""),
            "why_en": why.map(lambda w: REASONS[w][1] if w else ""),
        }
    )


def _schools(assignment: Assignment, flows: pd.DataFrame) -> pd.DataFrame:
    seats, used = assignment.seats.astype(float), assignment.used
    walks = {f: _walks(group) for f, group in flows.groupby("facility_id", sort=False)}
    table = pd.DataFrame.from_dict(walks, orient="index", columns=["mean_m", "p95_m", "longest_m"], dtype=float)
    return pd.DataFrame(
        {"seats": seats, "used": used, "free": seats - used, "fill": used / seats.where(seats > 0)}
    ).join(table.reindex(seats.index))


def _totals(assignment: Assignment, flows: pd.DataFrame, cells: pd.DataFrame) -> pd.Series:
    seats, used = float(assignment.seats.sum()), float(assignment.used.sum())
    by_reason = assignment.unserved.groupby(cells["why"]).sum().reindex(list(REASONS), fill_value=0)
    return pd.Series(
        {
            "pupils": float(assignment.pupils.sum()),
            "served": used,
            "unserved": float(assignment.unserved.sum()),
            **{f"unserved_{reason}": float(people) for reason, people in by_reason.items()},
            "seats": seats,
            "used": used,
            "fill": used / seats if seats else np.nan,
            **_walks(flows).to_dict(),
        }
    )


def _placed(cells: gpd.GeoDataFrame | gpd.GeoSeries, ids: pd.Series, what: str) -> NDArray[np.object_]:
    lost = pd.Index(ids.unique()).difference(cells.index)
    if len(lost):
        raise InputError(
            Text(
                f"{what}缺少编号 {list(lost[:5])} 的位置，请补上",
                f"no place for {list(lost[:5])}; add them to the layer",
            )
        )
    return np.asarray(cells.geometry.reindex(ids).array, dtype=object)


def flow_lines(
    assignment: Assignment, cells: gpd.GeoDataFrame | gpd.GeoSeries, schools: gpd.GeoDataFrame | gpd.GeoSeries
) -> gpd.GeoDataFrame:
    """Return one straight line from cell to school per flow: ``demand_id``, ``facility_id``, ``pupils``, ``metres``.

    Parameters
    ----------
    cells, schools
        Points indexed by demand and facility id, in the same metric reference system.

    Returns
    -------
    lines
        In the order of the flows. ``metres`` is the walk, not the length of the line.

    Raises
    ------
    CrsError
        If the two layers differ in reference system.
    InputError
        If a cell or school of a flow has no place.

    Examples
    --------
    >>> from geo.assignment import assign
    >>> from geo.examples import homes, network, school
    >>> walk = network().distances(homes(), school())
    >>> lines = flow_lines(assign(walk, homes()["people"], pd.Series({"S": 1500})), homes(), school())
    >>> lines["metres"].tolist(), lines.length.round(1).tolist()  # the walk, and the straight line
    ([100.0, 500.0, 800.0], [100.0, 412.3, 424.3])
    """
    if cells.crs != schools.crs:
        raise CrsError(Text("坐标系不一致", f"the layers differ in CRS: {cells.crs} ≠ {schools.crs}"))
    flows = assignment.flows
    home = _placed(cells, flows["demand_id"], "需求点")
    place = _placed(schools, flows["facility_id"], "学校")
    ends = np.stack([shapely.get_coordinates(home), shapely.get_coordinates(place)], axis=1)
    return gpd.GeoDataFrame(flows.assign(metres=assignment.metres), geometry=shapely.linestrings(ends), crs=cells.crs)


def catchments(assignment: Assignment, cells: gpd.GeoDataFrame | gpd.GeoSeries, *, cell: float) -> gpd.GeoDataFrame:
    """Return the catchment 招生片区 of every school: the squares of the cells that send it most of their pupils.

    Parameters
    ----------
    cells
        Centres of the cells (points, metric), indexed by demand id.
    cell
        Side of a cell [m].

    Returns
    -------
    areas
        One row per school that any cell sends most of its seated pupils to, in the order of the seats:
        ``facility_id``, ``pupils`` who live there and go there, ``from_elsewhere`` who come from other cells,
        ``cells``, geometry (MultiPolygon). On a grid no two overlap. A cell split evenly goes to the lower id;
        cells without pupils, and those most of whose pupils have no seat, belong to nobody.

    Raises
    ------
    InputError
        If a cell has no place, or ``cell`` is not above 0.

    Examples
    --------
    >>> from geo.assignment import assign
    >>> from geo.examples import homes, network, school
    >>> walk = network().distances(homes(), school())
    >>> areas = catchments(assign(walk, homes()["people"], pd.Series({"S": 1500})), homes(), cell=100)
    >>> areas[["facility_id", "pupils", "cells"]].to_dict("records"), areas.area.tolist()
    ([{'facility_id': 'S', 'pupils': 1500, 'cells': 3}], [30000.0])
    """
    if not cell > 0:
        raise InputError(Text(f"格网边长须大于 0，现为 {cell}", f"the cell size must be above 0, not {cell}"))
    flows = assignment.flows
    ranked = flows.assign(place=assignment.state.schools.get_indexer(flows["facility_id"]))
    ranked = ranked.sort_values(["pupils", "place"], ascending=[False, True], kind="stable")
    main = ranked.drop_duplicates("demand_id").sort_index()
    left = main["demand_id"].map(assignment.unserved).to_numpy()
    main = main[main["pupils"].to_numpy() >= left]
    xy = shapely.get_coordinates(_placed(cells, main["demand_id"], "需求点"))
    half = cell / 2
    squares = shapely.box(xy[:, 0] - half, xy[:, 1] - half, xy[:, 0] + half, xy[:, 1] + half)
    whole = flows.groupby("facility_id")["pupils"].sum()
    rows = []
    for school, group in main.assign(square=squares).groupby("facility_id", sort=False):
        area = shapely.union_all(group["square"].to_numpy())
        own = group["pupils"].sum()
        rows.append(
            {
                "facility_id": school,
                "pupils": own,
                "from_elsewhere": whole[school] - own,
                "cells": len(group),
                "geometry": area if area.geom_type == "MultiPolygon" else shapely.MultiPolygon([area]),
            }
        )
    columns = ["facility_id", "pupils", "from_elsewhere", "cells", "geometry"]
    out = gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=cells.crs)
    place = pd.Series(np.arange(len(assignment.seats)), assignment.seats.index)
    return out.iloc[np.argsort(out["facility_id"].map(place).to_numpy(), kind="stable")].reset_index(drop=True)
