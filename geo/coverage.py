"""Who is within the standard of a service: people and their share, by zone."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from geo.errors import CrsError, Finding, InputError
from geo.laws import limit_of
from geo.text import Text

__all__ = ["area_within", "coverage", "land_of", "radius_metres", "within"]


def coverage(demand: pd.DataFrame, impedance: pd.DataFrame | pd.Series, *, limit: float) -> pd.DataFrame:
    """Return the people of each zone, those within ``limit`` of any facility, and their share.

    Parameters
    ----------
    demand
        Demand points with columns ``zone_id`` and ``people`` [persons].
    impedance
        Distance [m] or time, shape (points, facilities) or (points,) for the nearest; ``inf`` where unreachable,
        which no limit covers, not even an infinite one.
        Points that it does not hold count as not covered.
    limit
        The standard, in the unit of ``impedance``; a point at exactly ``limit`` is covered.

    Returns
    -------
    table
        One row per ``zone_id``: ``people``, ``covered`` [persons], ``share`` in [0, 1], NaN where nobody lives.

    Raises
    ------
    InputError
        If ``people`` is missing or negative somewhere, an impedance is negative or NaN, or ``limit`` is not a
        number of at least 0.

    Examples
    --------
    >>> from geo.examples import homes, network, school
    >>> walk = network().nearest(homes(), school())["metres"]
    >>> coverage(homes(), walk, limit=500).to_dict("index")
    {'north': {'people': 400, 'covered': 0, 'share': 0.0}, 'south': {'people': 1100, 'covered': 1100, 'share': 1.0}}
    """
    _checked(demand, impedance, limit)
    covered_points = within(impedance, limit=limit).reindex(demand.index, fill_value=False).astype(bool)
    people = demand["people"].groupby(demand["zone_id"]).sum()
    covered = demand["people"].where(covered_points, 0).groupby(demand["zone_id"]).sum()
    return pd.DataFrame({"people": people, "covered": covered, "share": covered / people.where(people > 0)})


def within(impedance: pd.DataFrame | pd.Series, *, limit: float) -> pd.Series:
    """Return True for the points that have a facility at ``limit`` or nearer; never where there is no way (``inf``).

    Examples
    --------
    >>> within(pd.Series([100.0, 500.0, 500.1, np.inf]), limit=500).tolist()
    [True, True, False, False]
    >>> within(pd.Series([100.0, 500.0, 500.1, np.inf]), limit=np.inf).tolist()
    [True, True, True, False]
    """
    near = impedance.le(limit) & np.isfinite(impedance)
    return near if isinstance(near, pd.Series) else near.any(axis="columns")


def radius_metres(points: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the nearest facility of each point in a straight line.

    Parameters
    ----------
    points, facilities
        Points in the same metric reference system.

    Returns
    -------
    table
        Indexed like ``points``: ``target`` (facility id, missing where there is none) and ``metres`` (inf).

    Raises
    ------
    CrsError
        If the two are not in the same reference system.

    Examples
    --------
    >>> from geo.examples import homes, school
    >>> radius_metres(homes(), school()).round(1).to_dict("list")
    {'target': ['S', 'S', 'S'], 'metres': [100.0, 412.3, 424.3]}
    """
    if points.crs != facilities.crs:
        raise CrsError(Text("坐标系不一致", f"the layers differ in CRS: {points.crs} ≠ {facilities.crs}"))
    metres = np.full(len(points), np.inf)
    target = np.full(len(points), None, dtype=object)
    if len(facilities) and len(points):
        tree = cKDTree(np.column_stack([facilities.geometry.x, facilities.geometry.y]))
        metres, nearest = tree.query(np.column_stack([points.geometry.x, points.geometry.y]))
        target = facilities.index.to_numpy(object)[nearest]
    return pd.DataFrame({"target": target, "metres": metres}, index=points.index)


def land_of(areas: gpd.GeoSeries, water: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return areas without the waters that are drawn as areas (sea, lakes, reservoirs): the ground that is judged.

    Examples
    --------
    >>> import shapely
    >>> from geo.examples import at, zones
    >>> pond = gpd.GeoDataFrame(geometry=[shapely.box(*at(0, 0).coords[0], *at(100, 100).coords[0])], crs=zones().crs)
    >>> land_of(zones().geometry, pond).area.to_dict()  # a hectare of 12.5 is water
    {'south': 115000.0, 'north': 100000.0}
    """
    drawn = water[water.geom_type.isin(["Polygon", "MultiPolygon"])].geometry if len(water) else water.geometry
    near = drawn.iloc[np.unique(drawn.sindex.query(areas, predicate="intersects")[1])] if len(drawn) else drawn
    return areas if near.empty else areas.difference(shapely.union_all(shapely.make_valid(near.to_numpy())))


def area_within(land: gpd.GeoSeries, facilities: gpd.GeoDataFrame, *, limit: float) -> pd.DataFrame:
    """Return how much of each area lies within ``limit`` metres of a facility in a straight line.

    Parameters
    ----------
    land
        Areas in a metric reference system, water left out (``land_of``).
    facilities
        Points in the same system.
    limit
        Distance [m].

    Returns
    -------
    table
        Indexed like ``land``: ``land_m2``, ``covered_m2`` [m²] and ``share``, NaN where there is no land.

    Notes
    -----
    A circle is drawn with 128 corners: its area is 0.04 % small. The share of area of stations is that of
    GB/T 51328-2018's predecessor (300 m and 500 m of bus stops) and of the urban health check (parks).

    Examples
    --------
    >>> import shapely
    >>> from geo.examples import school, zones
    >>> found = area_within(zones().geometry, school(), limit=100)  # 50 m of the quarter circles west and all of the east
    >>> found["covered_m2"].round(-2).to_dict(), found["share"].round(3).to_dict()
    ({'south': 25300.0, 'north': 0.0}, {'south': 0.202, 'north': 0.0})
    """
    if land.crs != facilities.crs:
        raise CrsError(Text("坐标系不一致", f"the layers differ in CRS: {land.crs} ≠ {facilities.crs}"))
    near = facilities.geometry.to_numpy()
    near = near[~shapely.is_missing(near)]
    reach = shapely.union_all(shapely.buffer(near, limit, quad_segs=32)) if len(near) else shapely.Polygon()
    whole, covered = land.area, shapely.area(shapely.intersection(land.to_numpy(), reach))
    return pd.DataFrame({"land_m2": whole, "covered_m2": covered, "share": covered / whole.where(whole > 0)}, index=land.index)  # fmt: skip


def _checked(demand: pd.DataFrame, impedance: pd.DataFrame | pd.Series, limit: float) -> None:
    lacking = [c for c in ("people", "zone_id") if c not in demand]
    if lacking:
        raise InputError(
            [Finding("error", f"需求表缺少列 {lacking}", f"demand lacks the columns {lacking}", field=lacking[0])]
        )
    limit_of(limit)
    bad = demand.index[~(demand["people"] >= 0)].tolist()
    if bad:
        raise InputError(
            Text(
                f"人口为负或缺失的点有 {len(bad)} 个：{bad[:5]}",
                f"{len(bad)} points with negative or missing people: {bad[:5]}",
            )
        )
    values = impedance.to_numpy(float)
    if values.size and not (values >= 0).all():
        raise InputError(
            Text("距离表中有负数或缺失值", "impedance holds negative or missing values; use inf where unreachable")
        )
