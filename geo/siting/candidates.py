"""Where a facility could be built: candidate points, and why some of them cannot be used.

Candidates come from a grid over an area, from drawn areas or vacant plots, or from points. Every rule only marks
the candidates that it excludes, with the reason in both languages: none is dropped silently.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import require_metric, same_crs
from geo.errors import Finding, InputError
from geo.land import by_controls, by_use

__all__ = ["REASONS", "exclude", "from_areas", "from_grid", "from_points", "usable"]

MOST = 200_000
"""Candidates beyond which a grid is refused as a slip of the spacing."""

REASONS: dict[str, tuple[str, str]] = {
    "outside": ("在规划范围之外", "outside the planning area"),
    "small": ("地块面积不足", "plot too small"),
    "water": ("位于水域", "in water"),
    "controls": (
        "违反控制线（生态保护红线、永久基本农田、城镇开发边界）",
        "against a control line (ecological red line, basic farmland, growth boundary)",
    ),
    "land_use": ("规划用地不相符", "the planned use of the land does not fit"),
    "hazard": ("在危险源防护距离之内", "within the protection distance of a hazard"),
    "zone": ("所在片区类型不允许", "not allowed in a zone of this kind"),
    "slope": ("坡度过大", "too steep"),
    "slope_unknown": ("坡度未知", "slope unknown"),
    "near_existing": ("离现有设施太近（直线距离）", "too close to an existing facility (straight line)"),
}
"""What excludes a candidate, in Chinese and English."""


def from_grid(area: gpd.GeoDataFrame | gpd.GeoSeries, *, spacing: float) -> gpd.GeoDataFrame:
    """Return a square grid of candidate points over the union of polygons.

    Parameters
    ----------
    area
        Polygons in a metric CRS.
    spacing
        Distance between neighbours [m]; points lie at the centres of cells aligned to the CRS, so that the same
        area gives the same points again.

    Returns
    -------
    candidates
        Points indexed by ``candidate_id``, with ``origin`` "grid" and empty reasons. A point on the edge of the
        area is inside.

    Raises
    ------
    InputError
        If the spacing is not above zero, there is no polygon, or more than 200 000 points would come out.
    CrsError
        If the area is not in a metric CRS.

    Examples
    --------
    >>> found = from_grid(gpd.GeoSeries([shapely.box(0, 0, 200, 100)], crs="EPSG:4548"), spacing=100)
    >>> shapely.get_coordinates(found.geometry).tolist(), found.index.tolist()
    ([[50.0, 50.0], [150.0, 50.0]], ['G0001', 'G0002'])
    """
    crs = require_metric(area.crs)
    step = _metres(spacing, "spacing", least=1e-3)
    whole = shapely.union_all(_polygons(area).to_numpy())
    west, south, east, north = whole.bounds
    columns = np.arange(np.floor(west / step), np.floor(east / step) + 1)
    rows = np.arange(np.floor(south / step), np.floor(north / step) + 1)
    _refuse_too_many(len(columns) * len(rows), step)
    x, y = (a.ravel() for a in np.meshgrid((columns + 0.5) * step, (rows + 0.5) * step))
    shapely.prepare(whole)
    inside = shapely.intersects_xy(whole, x, y)
    return _frame(shapely.points(x[inside], y[inside]), "grid", crs, {})


def from_areas(
    areas: gpd.GeoDataFrame | gpd.GeoSeries, *, spacing: float | None = None, min_area: float = 0.0
) -> gpd.GeoDataFrame:
    """Return candidates in drawn areas or on vacant plots.

    Parameters
    ----------
    areas
        Polygons in a metric CRS, one row a plot; the index is kept in ``area_id``.
    spacing
        Distance between the candidates of one area [m]; None for one candidate an area, at a point inside.
    min_area
        Least area of a plot [m²]; smaller ones stay in the list with the reason "small".

    Returns
    -------
    candidates
        Points indexed by ``candidate_id``, with ``area_id`` and ``area_m2``; every area has at least one.

    Raises
    ------
    InputError
        If a number is negative, or there is no polygon.
    CrsError
        If the areas are not in a metric CRS.

    Examples
    --------
    >>> plots = gpd.GeoSeries([shapely.box(0, 0, 200, 100), shapely.box(500, 0, 510, 10)], ["P1", "P2"], crs="EPSG:4548")
    >>> from_areas(plots, min_area=5000)[["area_id", "area_m2", "reasons"]].to_numpy().tolist()
    [['P1', 20000.0, ''], ['P2', 100.0, 'small']]
    """
    crs = require_metric(areas.crs)
    least = _metres(min_area, "min_area", least=0.0)
    shapes = _polygons(areas)
    points, owner = [], []
    for name, shape in shapes.items():
        mine: Any = []
        if spacing is not None:
            mine = from_grid(gpd.GeoSeries([shape], crs=crs), spacing=spacing).geometry.to_numpy()
        mine = mine if len(mine) else [shapely.point_on_surface(shape)]
        points.extend(mine)
        owner.extend([name] * len(mine))
        _refuse_too_many(len(points), spacing or 0.0)
    size = shapes.area.reindex(owner).to_numpy() if shapes.index.is_unique else None
    if size is None:
        raise _bad("地块编号重复：请给每块地一个编号", "plot ids repeat: give each plot its own id", "areas")
    found = _frame(np.array(points, dtype=object), "area", crs, {"area_id": owner, "area_m2": size})
    return _marked(found, size < least, "small")


def from_points(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a frame of points as candidates, ids and columns kept.

    Raises
    ------
    InputError
        If there is none, an id is named twice, or a geometry is not a point.
    CrsError
        If the points are not in a metric CRS.

    Examples
    --------
    >>> from geo.examples import homes
    >>> from_points(homes()).index.tolist()
    ['a', 'b', 'c']
    """
    require_metric(points.crs)
    if not len(points):
        raise _bad("没有备选点：请先给出备选点", "there is no candidate: provide candidates first", "candidates")
    if not points.index.is_unique:
        raise _bad("备选点编号重复：编号必须唯一", "candidate ids repeat: ids must be unique", "candidate_id")
    wrong = ~(points.geometry.geom_type == "Point") | points.geometry.is_empty
    if wrong.any():
        first = points.index[wrong][0]
        raise _bad(
            f"{int(wrong.sum())} 个备选点不是点，例如 {first}：请改为点，或用 from_areas",
            f"{int(wrong.sum())} candidates are not points, for example {first}: give points, or use from_areas",
            "geometry",
        )
    return points.rename_axis("candidate_id").assign(origin="point", reasons="", reason_zh="", reason_en="")


def exclude(
    candidates: gpd.GeoDataFrame,
    *,
    within: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    water: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    controls: gpd.GeoDataFrame | None = None,
    landuse: gpd.GeoDataFrame | None = None,
    service: str = "",
    hazards: gpd.GeoDataFrame | None = None,
    hazard_metres: float | None = None,
    zones: gpd.GeoDataFrame | None = None,
    zone_kinds: Iterable[str] = (),
    slope: pd.Series | None = None,
    max_slope: float | None = None,
    existing: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    min_metres: float = 0.0,
) -> gpd.GeoDataFrame:
    """Return the candidates with the reasons why they cannot be used added; none is dropped.

    Parameters
    ----------
    candidates
        Points of this module, metric CRS; all other frames in the same.
    within
        Polygons that a candidate must lie in.
    water
        Water bodies; a candidate in or on one is excluded.
    controls
        Control lines 三线 (see :func:`geo.land.by_controls`); a candidate that breaks one for sure is excluded.
    landuse, service
        Plots of planned land use, and the service to be built (see :func:`geo.land.by_use`); a candidate on land of another use is
        excluded, one outside every plot or on a use that cannot be judged is not.
    hazards, hazard_metres
        Hazards of any geometry, and the protection distance [m]; a column ``metres`` of the frame gives each its
        own. A candidate **closer** than the distance is excluded, at exactly the distance it may stand.
    zones, zone_kinds
        Polygons with a column ``kind``, and the kinds where building is not allowed.
    slope, max_slope
        Slope [%] at each candidate, indexed by ``candidate_id``, and the most that is allowed; a missing slope
        excludes, with a reason of its own.
    existing, min_metres
        Facilities there are, and the least straight-line distance to them [m].

    Returns
    -------
    candidates
        As given, ``reasons`` (keys of ``REASONS``, joined by ;), ``reason_zh`` and ``reason_en`` extended.

    Raises
    ------
    InputError
        If a distance is missing, negative, or not a number, or a column is missing.
    CrsError
        If two frames differ in CRS.

    Examples
    --------
    >>> from geo.examples import homes, school, zones
    >>> found = exclude(from_points(homes()), within=zones().loc[["south"]], existing=school(), min_metres=300)
    >>> found["reasons"].to_dict()
    {'a': 'near_existing', 'b': '', 'c': 'outside'}
    """
    points = candidates.geometry
    for frame in (within, water, controls, landuse, hazards, zones, existing):
        if frame is not None:
            same_crs(candidates, frame)
    require_metric(candidates.crs)
    found = candidates.copy()
    if within is not None:
        found = _marked(found, ~_touches(points, within), "outside")
    if water is not None:
        found = _marked(found, _touches(points, water), "water")
    if controls is not None:
        kept = by_controls(points, controls)
        broken = kept.loc[kept["met"].map(lambda m: m is False), "at"]
        found = _marked(found, found.index.isin(broken), "controls")
    if landuse is not None:
        found = _marked(
            found, by_use(points, landuse, service)["met"].map(lambda m: m is False).to_numpy(dtype=bool), "land_use"
        )
    if hazards is not None and len(hazards):
        found = _marked(found, _endangered(points, hazards, hazard_metres), "hazard")
    if zones is not None:
        if "kind" not in zones.columns:
            raise _bad("zones 缺少 kind 列", "zones need a column kind", "kind")
        found = _marked(found, _touches(points, zones[zones["kind"].isin(set(zone_kinds))]), "zone")
    if slope is not None and max_slope is not None:
        steep = slope.reindex(found.index).to_numpy(dtype=float, na_value=np.nan)
        found = _marked(found, steep > _metres(max_slope, "max_slope", least=0.0), "slope")
        found = _marked(found, np.isnan(steep), "slope_unknown")
    if existing is not None and len(existing):
        near = _nearest(points, existing.geometry) < _metres(min_metres, "min_metres", least=0.0)
        found = _marked(found, near, "near_existing")
    return found


def usable(candidates: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the candidates that no rule excludes.

    Raises
    ------
    InputError
        If none is left; says how many each rule took.

    Examples
    --------
    >>> from geo.examples import homes, zones
    >>> usable(exclude(from_points(homes()), within=zones().loc[["south"]])).index.tolist()
    ['a', 'b']
    """
    free = candidates[candidates["reasons"] == ""]
    if len(free):
        return free
    counts = candidates["reasons"].str.split(";").explode().value_counts()
    zh = "、".join(f"{REASONS[key][0]} {n}" for key, n in counts.items())
    en = ", ".join(f"{REASONS[key][1]} {n}" for key, n in counts.items())
    raise _bad(
        f"{len(candidates)} 个备选点全部被排除（{zh}）：请放宽条件或扩大范围",
        f"all {len(candidates)} candidates are excluded ({en}): relax a rule or widen the area",
        "candidates",
    )


def _bad(zh: str, en: str, field: str) -> InputError:
    return InputError([Finding("error", zh, en, field=field)])


def _metres(value: Any, name: str, *, least: float) -> float:
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not np.isfinite(value) or value < least:
        raise _bad(
            f"{name} 必须是不小于 {least:g} 的数，现在是 {value!r}",
            f"{name} must be at least {least:g}, not {value!r}",
            name,
        )
    return float(value)


def _polygons(area: gpd.GeoDataFrame | gpd.GeoSeries) -> gpd.GeoSeries:
    """Return the polygons that are there, repaired."""
    shapes = area.geometry
    shapes = shapes[shapes.notna() & ~shapes.is_empty].make_valid()
    shapes = shapes[shapes.geom_type.isin(["Polygon", "MultiPolygon", "GeometryCollection"]) & (shapes.area > 0)]
    if not len(shapes):
        raise _bad("没有面：请画出范围或地块", "there is no polygon: draw an area or plots", "geometry")
    return shapes


def _refuse_too_many(count: int, spacing: float) -> None:
    if count > MOST:
        raise _bad(
            f"间距 {spacing:g} 米会产生 {count} 个网格点，多于 {MOST}：请加大间距",
            f"a spacing of {spacing:g} m makes {count} grid points, more than {MOST}: use a wider one",
            "spacing",
        )


def _frame(points: Any, origin: str, crs: Any, columns: dict[str, Any]) -> gpd.GeoDataFrame:
    width = max(4, len(str(len(points))))
    names = pd.Index([f"{origin[0].upper()}{k + 1:0{width}d}" for k in range(len(points))], name="candidate_id")
    empty = {"origin": origin, "reasons": "", "reason_zh": "", "reason_en": ""}
    return gpd.GeoDataFrame(columns | empty, index=names, geometry=points, crs=crs)


def _marked(candidates: gpd.GeoDataFrame, excluded: Any, key: str) -> gpd.GeoDataFrame:
    """Return the candidates with one more reason on those excluded, once each."""
    found = candidates.copy()
    already = found["reasons"].str.split(";").map(lambda keys: key in keys).to_numpy(dtype=bool)
    at = np.asarray(excluded, dtype=bool) & ~already
    for column, text, joint in (
        ("reasons", key, ";"),
        ("reason_zh", REASONS[key][0], "；"),
        ("reason_en", REASONS[key][1], "; "),
    ):
        old = found[column].to_numpy(dtype=object)
        found[column] = np.where(at, [f"{o}{joint}{text}" if o else text for o in old], old)
    return found


def _touches(points: gpd.GeoSeries, areas: gpd.GeoDataFrame | gpd.GeoSeries) -> Any:
    """Return which points lie in or on any of the areas."""
    tree = shapely.STRtree(areas.geometry.dropna().to_numpy())
    hit = np.zeros(len(points), dtype=bool)
    hit[tree.query(points.to_numpy(), predicate="intersects")[0]] = True
    return hit


def _endangered(points: gpd.GeoSeries, hazards: gpd.GeoDataFrame, metres: float | None) -> Any:
    """Return which points are closer to a hazard than its protection distance."""
    if "metres" in hazards.columns:
        reach = hazards["metres"].to_numpy(dtype=float, na_value=np.nan)
        if metres is not None:
            reach = np.where(np.isnan(reach), metres, reach)
        if np.isnan(reach).any() or (reach < 0).any():
            raise _bad("危险源的防护距离缺失或为负", "a hazard has no protection distance, or a negative one", "metres")
    else:
        reach = np.full(len(hazards), _metres(metres, "hazard_metres", least=0.0))
    there = hazards.geometry.notna().to_numpy()
    shapes, reach = hazards.geometry.to_numpy()[there], reach[there]
    close = np.zeros(len(points), dtype=bool)
    tree = shapely.STRtree(points.to_numpy())
    hazard, point = tree.query(shapes, predicate="dwithin", distance=reach)
    near = shapely.distance(shapes[hazard], points.to_numpy()[point]) < reach[hazard]
    close[point[near]] = True
    return close


def _nearest(points: gpd.GeoSeries, others: gpd.GeoSeries) -> Any:
    """Return the straight-line distance from each point to the nearest of the others [m]."""
    others = others[others.notna() & ~others.is_empty]
    if not len(others):
        return np.full(len(points), np.inf)
    at, metres = shapely.STRtree(others.to_numpy()).query_nearest(
        points.to_numpy(), return_distance=True, all_matches=False
    )
    found = np.full(len(points), np.inf)
    found[at[0]] = metres
    return found
