"""What if here: a clicked point, its zone, what is near on foot, and what a new facility there would change."""

from __future__ import annotations

from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.answers import standing
from geo.answers.base import Answer, answered, basis_of, title
from geo.answers.candidates import PROTECTED, PROTECTION_M
from geo.answers.counted import outside_words
from geo.answers.known import no_data, no_data_words
from geo.answers.land import land_rules
from geo.answers.school import school_here
from geo.case import Case
from geo.crs import metres_of
from geo.errors import InputError
from geo.network.places import Places
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["SNAP_LIMIT_M", "isochrone", "site"]

SNAP_LIMIT_M = 500.0
"""Farther than this from any walkable street [m], a clicked point has no walking answer."""
STREET_M = 80.0
"""Farther than this from a walkable street [m] a site has no way in; of our own: no standard names the distance."""
OWN = ("", "")
"""The source of a test that no clause of a standard or plan holds: it is said to be this tool's own."""
NEAREST = 3
BANDS_M = (300.0, 500.0, 1000.0)


def site(case: Case, lon: float, lat: float, *, classes: int | None = None) -> Answer:
    """Return what a planner wants to know of a clicked point, for one service and year.

    Parameters
    ----------
    case
        The place, the service of the new facility, the year of people and existing facilities.
    lon, lat
        WGS84 degrees.
    classes
        Classes of the school supposed here; a usual new school where not given.

    Returns
    -------
    answer
        Table ``place`` (one row: zone, sub-area, way to the street [m], words where there is no answer),
        ``nearest`` (the nearest three facilities of every service: walk_m, radius_m), ``gain`` (one row: people
        and pupils newly covered by radius and on foot), ``seats`` (schools: pupils and seats in reach, short),
        ``school`` and ``relieved`` (schools: who gets a seat, the right size, existing schools relieved),
        ``rules`` (standard, clause, required, actual, met), ``crossings`` within the limit on foot.

    Raises
    ------
    InputError
        If the coordinates are not degrees, or the service or year is unknown.

    Examples
    --------
    >>> from geo.crs import to_wgs84
    >>> from geo.examples import homes, town
    >>> c = to_wgs84(homes()).geometry["c"]
    >>> answer = site(town(), c.x, c.y)
    >>> answer["gain"][["people_in_reach_walk", "people_new_walk"]].to_dict("records")  # b has a school already
    [{'people_in_reach_walk': 900.0, 'people_new_walk': 400.0}]
    >>> answer["nearest"][["facility_id", "walk_m", "radius_m"]].round(1).to_dict("records")
    [{'facility_id': 'S', 'walk_m': 800.0, 'radius_m': 424.3}]
    """
    workspace, asked, standard = case.workspace, case.asked, case.standard
    point = point_at(workspace, lon, lat)
    snap = workspace.network.snap(point, limit=SNAP_LIMIT_M)
    on_street = bool(np.isfinite(snap["snap_m"].iloc[0]))
    start = workspace.network.place(snap) if on_street else None
    place = place_row(case, point, lon, lat, float(snap["snap_m"].iloc[0]) if on_street else np.nan)
    in_zone = bool(place["in_zone"])
    served = standing.who(case)
    # Positions of the cells within the standard distance on foot, and how far they are [m].
    near, metres = _walk_to_cells(case, start)
    gain = _gain(case, point, near)
    walk_m, radius_m = _ways(case, point, start)
    tables: dict[str, pd.DataFrame] = {
        "place": pd.DataFrame([place]),
        "nearest": _nearest(case, walk_m, radius_m),
        "gain": pd.DataFrame([gain]),
        "seats": _seats(case, near, walk_m) if case.is_school and on_street and in_zone else pd.DataFrame(),
        "rules": _rules(case, point, place, gain),
    }
    if case.is_school and on_street and in_zone:  # a school outside the zones gives them no seat
        everywhere = np.full(len(served.cells), np.inf)
        everywhere[near] = metres
        walk = pd.Series(everywhere, index=served.cells, name="metres")
        tables["school"], tables["relieved"] = school_here(case, walk, classes=classes, limit=standard.radius_m)
    tables["crossings"] = _crossings(case, point, standard.radius_m)
    return answered(
        case,
        "site",
        title(case, "选址分析", "what a new site here would change"),
        tables,
        method=Text(
            f"新增人口：{standard.radius_m:g} 米内原来没有{asked.name_zh}、建成后有的常住人口；步行距离沿步行网络，含两端到街道的距离",
            f"newly covered: residents who had no {asked.name_en.lower()} within {standard.radius_m:g} m and would have one; walking metres along the network, with the way to the street at both ends",
        ),
        parameters={
            "lon": lon,
            "lat": lat,
            "service": case.service,
            "year": case.year,
            "limit_m": standard.radius_m,
            "standard": standard.standard,
            "clause": standard.clause,
            "classes": classes,
        },
        basis=served.basis_all,
        sources=served.sources,
        notes=(
            Text(place["text_zh"], place["text_en"]),
            *(outside_words(case) if case.is_school else ()),
            *no_data_words(case),
        ),
        beside={"reach": partial(isochrone, case, lon, lat)},
    )


def isochrone(case: Case, lon: float, lat: float, limits: tuple[float, ...] = BANDS_M) -> gpd.GeoDataFrame:
    """Return the areas within walking reach of a point, one row a limit [m], ascending; empty off the network.

    Examples
    --------
    >>> from geo.crs import to_wgs84
    >>> from geo.examples import at, homes, town
    >>> c = to_wgs84(homes()).geometry["c"]
    >>> areas = isochrone(town(), c.x, c.y, (150, 500))
    >>> areas["limit"].tolist(), areas.intersects(at(400, 0)).tolist()  # node 2 is 400 m away
    ([150.0, 500.0], [False, True])
    """
    workspace = case.workspace
    point = point_at(workspace, lon, lat)
    snap = workspace.network.snap(point, limit=SNAP_LIMIT_M)
    if not np.isfinite(snap["snap_m"].iloc[0]):
        return gpd.GeoDataFrame({"point": [], "limit": [], "geometry": []}, geometry="geometry", crs=workspace.crs)
    return workspace.network.isochrone(snap, tuple(sorted(limits)))


def point_at(workspace: Workspace, lon: float, lat: float) -> gpd.GeoSeries:
    if not (np.isfinite(lon) and np.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise InputError(
            Text(
                f"经纬度无效：经度 {lon}、纬度 {lat}；经度应在 ±180、纬度应在 ±90 之内",
                f"not a place in degrees: lon {lon}, lat {lat}; lon is within ±180 and lat within ±90",
            )
        )
    return gpd.GeoSeries([metres_of(lon, lat, workspace.crs)], index=["site"], crs=workspace.crs)


def place_row(case: Case, point: gpd.GeoSeries, lon: float, lat: float, snap_m: float) -> dict[str, Any]:
    """Return the row of ``place``: the zone and the sub-area that hold the point, and the way to the street."""
    row: dict[str, Any] = {"lon": lon, "lat": lat}
    found = []
    for level in ("zone", "sub_area"):
        places = standing.places(case, level)
        at = places.holding(point.iloc[0])
        row[f"{level}_id"] = None if at is None else places.ids[at]
        row[f"{level}_zh"] = None if at is None else places.zh[at]
        row[f"{level}_en"] = None if at is None else places.en[at]
        found += [] if at is None else [places.basis[at]]
    in_zone, on_street = row["zone_id"] is not None, bool(np.isfinite(snap_m))
    row |= {"in_zone": in_zone, "on_street": on_street, "snap_m": snap_m}
    row["text_zh"], row["text_en"] = _words(case.workspace, point, row)
    return row | {"basis": basis_of(*found) if in_zone else "derived"}


def _words(workspace: Workspace, point: gpd.GeoSeries, row: dict[str, Any]) -> Text:
    """Return the place in a sentence, also where the map has nothing to say."""
    if row["in_zone"]:
        zh = f"位于{row['zone_zh']}" + (f"·{row['sub_area_zh']}" if row["sub_area_zh"] else "")
        en = f"In {row['zone_en']}" + (f", {row['sub_area_en']}" if row["sub_area_en"] else "")
    else:
        zh, en = _outside(workspace.zones[workspace.zones["level"] == "zone"], point)
    if not row["on_street"]:
        zh += f"；{SNAP_LIMIT_M:g} 米内没有步行道路（可能是水面或空地），无法计算步行结果"
        en += f"; no walkable street within {SNAP_LIMIT_M:g} m (water or empty land), so there is no walking answer"
    return Text(zh + "。", en + ".")


def _outside(zones: gpd.GeoDataFrame, point: gpd.GeoSeries) -> Text:
    """Return where a place outside the zones lies."""
    if zones.empty:
        return Text(
            "数据里没有片区，不知道这里属于哪一片", "There are no zones in the data: nobody can say which one this is"
        )
    metres = zones.distance(point.iloc[0])
    near = metres.idxmin()
    return Text(
        f"在规划范围外，不在任何片区内；最近的是{zones.loc[near, 'name_zh']}，相距 {metres[near] / 1000:.1f} 公里",
        f"Outside every zone; the nearest is {zones.loc[near, 'name_en']}, {metres[near] / 1000:.1f} km away",
    )


def _walk_to_cells(case: Case, start: Places | None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return which cells are within the standard distance of the site on foot, ascending, and how far [m]."""
    if start is None:
        return np.empty(0, np.int64), np.empty(0)
    found = case.workspace.network.pairs(start, case.homes, limit=case.standard.radius_m)
    return found.indices.astype(np.int64), found.metres


def _gain(case: Case, point: gpd.GeoSeries, near: NDArray[np.int64]) -> dict[str, Any]:
    """Return whom a facility here would have in reach, and whom of them newly, by radius and on foot."""
    served, at = standing.who(case), point.iloc[0]
    on_foot = np.zeros(len(served.cells), np.bool_)
    on_foot[near] = True
    reach = {"radius": np.hypot(served.x - at.x, served.y - at.y) <= case.standard.radius_m, "walk": on_foot}
    row: dict[str, Any] = {}
    for by, in_reach in reach.items():
        for unit, weight in served.weights.items():
            row[f"{unit}_in_reach_{by}"] = _sum(weight[in_reach])
            row[f"{unit}_new_{by}"] = _sum(weight[in_reach & served.without[by]])
    return row | {"basis": served.basis}


def _sum(weight: NDArray[np.float64]) -> float:
    """Return the sum of what is known, as pandas sums."""
    return float(np.nansum(weight))


def _ways(case: Case, point: gpd.GeoSeries, start: Places | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the way from the point to each facility of every service [m]: on foot, and in a straight line."""
    supply, at = standing.supply(case), point.iloc[0]
    straight, walk = np.full(len(supply.table), np.inf), np.full(len(supply.table), np.inf)
    np.minimum.at(straight, supply.owner, np.hypot(supply.x - at.x, supply.y - at.y))
    if start is not None and len(supply.table):
        np.minimum.at(walk, supply.owner, case.workspace.network.distances(start, supply.doors).to_numpy()[0])
    return walk, straight


NEAREST_COLUMNS = (
    "service", "service_zh", "service_en", "rank", "facility_id", "name_zh", "name_en", "walk_m", "radius_m", "status", "basis",
)  # fmt: skip


def _nearest(case: Case, walk_m: NDArray[np.float64], radius_m: NDArray[np.float64]) -> pd.DataFrame:
    """Return the nearest three facilities of every service, by walk, then by straight line."""
    supply = standing.supply(case)
    if supply.table.empty:
        return pd.DataFrame()
    order = np.lexsort((radius_m, walk_m, supply.rank))
    service = supply.rank[order]
    # Where each service begins in this order; a facility's rank is how far behind the beginning it stands.
    rank = np.arange(len(order)) - np.searchsorted(service, service) + 1
    best = order[rank <= NEAREST]
    told = supply.table.take(best).reset_index(drop=True)
    told = told.assign(rank=rank[rank <= NEAREST], walk_m=walk_m[best], radius_m=radius_m[best])
    return told[list(NEAREST_COLUMNS)]


def _seats(case: Case, near: NDArray[np.int64], walk_m: NDArray[np.float64]) -> pd.DataFrame:
    """Return pupils and seats within reach of the site, and the seats short there."""
    served, supply = standing.who(case), standing.supply(case)
    pupils = _sum(served.weights["pupils"][near])
    inside, outside = standing.own(case)
    in_reach = walk_m <= case.standard.radius_m
    beyond, counted = supply.seats[in_reach & outside], supply.seats[in_reach & inside]
    unknown = int(np.isnan(counted).sum())
    seats = np.nan if no_data(case) else _sum(counted)  # no school known is not no seats
    return pd.DataFrame(
        [
            {
                "service": case.service,
                "pupils_in_reach": pupils,
                "seats_in_reach": seats,
                "schools_in_reach": len(counted),
                "schools_without_known_seats": unknown,
                "schools_outside_in_reach": len(beyond),
                "seats_outside_in_reach": _sum(beyond),
                "seats_short": np.nan if unknown or np.isnan(seats) else max(0.0, pupils - seats),
                "basis": served.basis_seats,
            }
        ]
    )


def _rules(case: Case, point: gpd.GeoSeries, place: dict[str, Any], gain: dict[str, Any]) -> pd.DataFrame:
    """Return the rules a facility here would meet or break; ``met`` is None where it cannot be judged.

    Outside every zone nothing is judged: what is known of the ground there does not reach that far.
    """
    if not place["in_zone"]:
        return pd.DataFrame()
    standard, unit = case.standard, case.asked.unit
    snap_m, new = float(place["snap_m"]), float(gain[f"{unit}_new_walk"])
    near = bool(np.isfinite(snap_m))
    rows = [
        _rule("inside", Text("位于规划片区内", "inside a planning zone"), OWN, True, Text("", ""), "sourced"),
        _rule(
            "street",
            Text(f"{STREET_M:g} 米内有步行道路", f"a walkable street within {STREET_M:g} m"),
            OWN,
            snap_m <= STREET_M if near else False,
            _metres(f"{snap_m:.0f}" if near else f"> {SNAP_LIMIT_M:g}"),
            "sourced",
        ),
        _rule(
            "radius",
            Text(f"步行 {standard.radius_m:g} 米内有新服务对象", f"someone new within {standard.radius_m:g} m on foot"),
            OWN,
            new >= 1,  # expected numbers: a part of a person is nobody
            _persons(new, unit),
            "derived",
        ),
    ]
    if case.service in PROTECTED:
        rows += _protection(case, point)
    if len(case.workspace.controls) or len(case.workspace.landuse):
        rows += land_rules(case, point)
    return pd.DataFrame(rows)


def _crossings(case: Case, point: gpd.GeoSeries, limit: float) -> pd.DataFrame:
    """Return the crossings of railways, expressways and water within ``limit`` metres of the point, nearest first."""
    shapes, told = standing.crossings(case)
    if not len(shapes):
        return pd.DataFrame()
    metres = shapely.distance(shapes, point.iloc[0])
    near = np.flatnonzero(metres <= limit)
    near = near[np.argsort(metres[near], kind="stable")]
    rows = told.take(near)
    return pd.DataFrame(
        {"barrier": rows["barrier"].to_numpy(), "metres": metres[near], "basis": rows["basis"].to_numpy()}
    )


def _protection(case: Case, point: gpd.GeoSeries) -> list[dict[str, Any]]:
    """Return the distance rules from railways and main roads."""
    rows = []
    for kind, line in standing.lines(case).items():
        required = PROTECTION_M[kind]
        nearest, actual = line.nearest(point.iloc[0])
        accuracy = line.accuracy_m[nearest]
        # A line known to ±700 m cannot prove a rule of 80 m, unless the site is farther than both together.
        sure = abs(actual - required) > accuracy
        rows.append(
            _rule(
                f"protection_{kind}",
                Text(f"距{line.zh[nearest]}不小于 {required:g} 米", f"at least {required:g} m from {line.en[nearest]}"),
                ("GB 50099-2011", "4.1.6"),
                actual >= required if sure else None,
                _metres(f"{actual:.0f} ± {accuracy:.0f}"),
                line.basis[nearest],
            )
        )
    return rows


def _persons(number: float, unit: str) -> Text:
    """Return a number of persons as it is judged: less than one is not printed as 0 or 1."""
    zh, en = ("名学生", "pupils") if unit == "pupils" else ("人", "people")
    if 0 < number < 1:
        return Text(f"不足 1 {zh}", f"less than 1 of {en}")
    return Text(f"{number:.0f} {zh}", f"{number:.0f} {en}")


def _metres(number: str) -> Text:
    return Text(f"{number} 米", f"{number} m")


def _rule(name: str, text: Text, source: tuple[str, str], met: bool | None, actual: Text, basis: str) -> dict[str, Any]:
    """Return one rule as a row; ``actual`` stays English as programs know it, ``actual_zh`` is for the screen.

    A rule without a clause that says it is told as this tool's own test, in ``note_zh`` and ``note_en``.
    """
    own = (
        Text("本工具的判据（非标准条文）", "a test of this tool, no clause of a standard")
        if not source[0]
        else Text("", "")
    )
    return {
        "rule": name, "text_zh": text.zh, "text_en": text.en, "standard": source[0], "clause": source[1], "note_zh": own.zh,
        "note_en": own.en, "met": met,
        "actual": actual.en, "actual_zh": actual.zh, "basis": basis,
    }  # fmt: skip
