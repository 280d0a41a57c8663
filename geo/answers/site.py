"""What if here: a clicked point, its zone, what is near on foot, and what a new facility there would change."""

from __future__ import annotations

from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.answers.base import Answer, answered, basis_of, source_ids, title
from geo.answers.candidates import PROTECTED, PROTECTION_M
from geo.answers.counted import outside, outside_words
from geo.answers.known import no_data, no_data_words
from geo.answers.land import land_rules
from geo.answers.school import school_here
from geo.case import Case
from geo.crs import to_metres
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
    point = _point(workspace, lon, lat)
    snap = workspace.network.snap(point, limit=SNAP_LIMIT_M)
    on_street = bool(np.isfinite(snap["snap_m"].iloc[0]))
    place = _place(workspace, point, lon, lat, float(snap["snap_m"].iloc[0]) if on_street else np.nan)
    in_zone = bool(place["in_zone"].iloc[0])
    walk = _walk_to_cells(case, snap) if on_street else pd.Series(dtype=float)
    gain, supply = _gain(case, point, walk), _supply(case, point, snap if on_street else None)
    tables: dict[str, pd.DataFrame] = {
        "place": place,
        "nearest": _nearest(supply),
        "gain": gain,
        "seats": _seats(case, walk, supply) if case.is_school and on_street and in_zone else pd.DataFrame(),
        "rules": _rules(case, point, place, gain),
    }
    if case.is_school and on_street and in_zone:  # a school outside the zones gives them no seat
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
        basis=basis_of(workspace.cells, workspace.streets, case.supply),
        sources=source_ids(workspace.zones, workspace.cells, workspace.streets),
        notes=(
            *map(Text, place["text_zh"], place["text_en"]),
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
    point = _point(workspace, lon, lat)
    snap = workspace.network.snap(point, limit=SNAP_LIMIT_M)
    if not np.isfinite(snap["snap_m"].iloc[0]):
        return gpd.GeoDataFrame({"point": [], "limit": [], "geometry": []}, geometry="geometry", crs=workspace.crs)
    return workspace.network.isochrone(snap, tuple(sorted(limits)))


def _point(workspace: Workspace, lon: float, lat: float) -> gpd.GeoSeries:
    if not (np.isfinite(lon) and np.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise InputError(
            Text(
                f"经纬度无效：经度 {lon}、纬度 {lat}；经度应在 ±180、纬度应在 ±90 之内",
                f"not a place in degrees: lon {lon}, lat {lat}; lon is within ±180 and lat within ±90",
            )
        )
    return to_metres(gpd.GeoSeries([shapely.Point(lon, lat)], index=["site"], crs="EPSG:4326"), workspace.crs)


def _place(workspace: Workspace, point: gpd.GeoSeries, lon: float, lat: float, snap_m: float) -> pd.DataFrame:
    zones = workspace.zones
    holds = zones[zones.intersects(point.iloc[0])]
    zone = holds[holds["level"] == "zone"].head(1)
    sub = holds[holds["level"] == "sub_area"].head(1)
    row: dict[str, Any] = {"lon": lon, "lat": lat}
    for prefix, found in (("zone", zone), ("sub_area", sub)):
        row[f"{prefix}_id"] = found.index[0] if len(found) else None
        row[f"{prefix}_zh"] = found["name_zh"].iloc[0] if len(found) else None
        row[f"{prefix}_en"] = found["name_en"].iloc[0] if len(found) else None
    row["in_zone"], row["on_street"], row["snap_m"] = bool(len(zone)), bool(np.isfinite(snap_m)), snap_m
    row["text_zh"], row["text_en"] = _words(workspace, point, row)
    row["basis"] = basis_of(zone, sub) if len(zone) else "derived"
    return pd.DataFrame([row])


def _words(workspace: Workspace, point: gpd.GeoSeries, row: dict[str, Any]) -> Text:
    """Return the place in a sentence, also where the map has nothing to say."""
    if row["in_zone"]:
        zh = f"位于{row['zone_zh']}" + (f"·{row['sub_area_zh']}" if row["sub_area_zh"] else "")
        en = f"In {row['zone_en']}" + (f", {row['sub_area_en']}" if row["sub_area_en"] else "")
    else:
        zones = workspace.zones[workspace.zones["level"] == "zone"]
        metres = zones.distance(point.iloc[0])
        near = metres.idxmin()
        zh = f"在规划范围外，不在任何片区内；最近的是{zones.loc[near, 'name_zh']}，相距 {metres[near] / 1000:.1f} 公里"
        en = f"Outside every zone; the nearest is {zones.loc[near, 'name_en']}, {metres[near] / 1000:.1f} km away"
    if not row["on_street"]:
        zh += f"；{SNAP_LIMIT_M:g} 米内没有步行道路（可能是水面或空地），无法计算步行结果"
        en += f"; no walkable street within {SNAP_LIMIT_M:g} m (water or empty land), so there is no walking answer"
    return Text(zh + "。", en + ".")


def _walk_to_cells(case: Case, snap: pd.DataFrame) -> pd.Series:
    """Return walking metres from the site to the cells within the standard distance, by cell_id."""
    found = case.workspace.network.pairs(snap, case.homes, limit=case.standard.radius_m).frame()
    return pd.Series(found["metres"].to_numpy(float), index=found["target"].to_numpy(), name="metres")


def _gain(case: Case, point: gpd.GeoSeries, walk: pd.Series) -> pd.DataFrame:
    """Return whom a facility here would have in reach, and whom of them newly, by radius and on foot."""
    cells, limit = case.workspace.cells, case.standard.radius_m
    metres = np.hypot(cells.geometry.x - point.x.iloc[0], cells.geometry.y - point.y.iloc[0])
    reach = {"radius": metres <= limit, "walk": pd.Series(cells.index.isin(walk.index), index=cells.index)}
    weights = {"people": case.people}
    if case.asked.unit == "pupils":
        weights["pupils"] = case.pupils
    row: dict[str, float] = {}
    for by, in_reach in reach.items():
        before = case.nearest(by)["metres"] <= limit
        for unit, weight in weights.items():
            row[f"{unit}_in_reach_{by}"] = float(weight[in_reach].sum())
            row[f"{unit}_new_{by}"] = float(weight[in_reach & ~before].sum())
    return pd.DataFrame([row]).assign(basis=basis_of(cells, case.workspace.streets))


def _supply(case: Case, point: gpd.GeoSeries, snap: pd.DataFrame | None) -> pd.DataFrame:
    """Return the facilities of every service with ``walk_m`` and ``radius_m`` from the point [m]."""
    supply, doors, places = _every_supply(case)
    straight, walk = np.full(len(supply), np.inf), np.full(len(supply), np.inf)
    np.minimum.at(straight, doors["of"].to_numpy(), np.hypot(doors["x"] - point.x.iloc[0], doors["y"] - point.y.iloc[0]).to_numpy())  # fmt: skip
    if snap is not None and len(supply):
        np.minimum.at(walk, doors["of"].to_numpy(), case.workspace.network.distances(snap, places).to_numpy()[0])
    return supply.assign(walk_m=walk, radius_m=straight)


def _nearest(supply: pd.DataFrame) -> pd.DataFrame:
    """Return the nearest three facilities of every service, by walk, then by straight line."""
    if supply.empty:
        return pd.DataFrame()
    order = np.lexsort((supply["radius_m"].to_numpy(), supply["walk_m"].to_numpy(), supply["place"].to_numpy()))
    ranked = supply.iloc[order]
    ranked = ranked.assign(rank=ranked.groupby("place").cumcount() + 1)
    best = ranked[ranked["rank"] <= NEAREST].reset_index(drop=True)
    return best[
        [
            "service",
            "service_zh",
            "service_en",
            "rank",
            "facility_id",
            "name_zh",
            "name_en",
            "walk_m",
            "radius_m",
            "status",
            "basis",
        ]
    ]


def _every_supply(case: Case) -> tuple[pd.DataFrame, pd.DataFrame, Places]:
    """Return the facilities of every service, their entrances, and where these are on the network (kept: a click asks for all)."""
    place = case.workspace

    def make() -> tuple[pd.DataFrame, pd.DataFrame, Places]:
        parts, ways_in, count = [], [], 0
        for rank, asked in enumerate(place.services.values()):
            one = case.of(asked.key)
            found = one.supply
            named = pd.DataFrame(found[["name_zh", "name_en", "status", "seats", "basis"]])
            words = {"place": rank, "service": asked.key, "service_zh": asked.name_zh, "service_en": asked.name_en}
            parts.append(named.assign(**words, facility_id=found.index))
            owner = found.index.get_indexer(one.doors["facility"]) if one.doors is not found else np.arange(len(found))
            ways_in.append(pd.DataFrame({"of": owner + count, "x": one.doors.geometry.x.to_numpy(), "y": one.doors.geometry.y.to_numpy()}))  # fmt: skip
            count += len(found)
        supply = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)
        doors = pd.concat(ways_in, ignore_index=True).astype({"of": int})
        points = gpd.GeoSeries(gpd.points_from_xy(doors["x"], doors["y"]), index=doors.index, crs=place.crs)
        return supply, doors, place.network.place(points)

    return case.keep(
        ("every supply", case.year),
        place.network,
        place.schools,
        place.clinics,
        place.stops,
        place.facilities,
        make=make,
    )


def _seats(case: Case, walk: pd.Series, supply: pd.DataFrame) -> pd.DataFrame:
    """Return pupils and seats within reach of the site, and the seats short there."""
    pupils = float(case.pupils.reindex(walk.index).sum())
    near = supply[(supply["service"] == case.service) & (supply["walk_m"] <= case.standard.radius_m)]
    beyond = near[near["facility_id"].isin(outside(case).index)]
    near = near.drop(beyond.index)
    seats, unknown = float(near["seats"].sum()), int(near["seats"].isna().sum())
    if no_data(case):  # no school known is not no seats
        seats = np.nan
    return pd.DataFrame(
        [
            {
                "service": case.service,
                "pupils_in_reach": pupils,
                "seats_in_reach": seats,
                "schools_in_reach": len(near),
                "schools_without_known_seats": unknown,
                "schools_outside_in_reach": len(beyond),
                "seats_outside_in_reach": float(beyond["seats"].sum()),
                "seats_short": np.nan if unknown or np.isnan(seats) else max(0.0, pupils - seats),
                "basis": basis_of(case.supply, case.workspace.cells),
            }
        ]
    )


def _rules(case: Case, point: gpd.GeoSeries, place: pd.DataFrame, gain: pd.DataFrame) -> pd.DataFrame:
    """Return the rules a facility here would meet or break; ``met`` is None where it cannot be judged.

    Outside every zone nothing is judged: what is known of the ground there does not reach that far.
    """
    if not place["in_zone"].iloc[0]:
        return pd.DataFrame()
    standard, unit = case.standard, case.asked.unit
    snap_m, new = float(place["snap_m"].iloc[0]), float(gain[f"{unit}_new_walk"].iloc[0])
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
        rows += _protection(case.workspace, point)
    if len(case.workspace.controls) or len(case.workspace.landuse):
        rows += land_rules(case, point)
    return pd.DataFrame(rows)


def _crossings(case: Case, point: gpd.GeoSeries, limit: float) -> pd.DataFrame:
    """Return the crossings of railways, expressways and water within ``limit`` metres of the point, nearest first."""
    streets = case.workspace.streets
    if "barrier" not in streets:
        return pd.DataFrame()
    crossing = case.keep(
        "crossings", streets, make=lambda: streets[streets["barrier"].fillna("").astype(str).str.strip() != ""]
    )
    metres = crossing.distance(point.iloc[0])
    near = metres[metres <= limit].sort_values(kind="stable")
    rows = crossing.loc[near.index]
    basis = rows["basis"].to_numpy() if "basis" in rows else "assumed"
    return pd.DataFrame({"barrier": rows["barrier"].to_numpy(), "metres": near.to_numpy(), "basis": basis})


def _protection(workspace: Workspace, point: gpd.GeoSeries) -> list[dict[str, Any]]:
    """Return the distance rules from railways and main roads."""
    rows = []
    links = workspace.links
    for kind, required in PROTECTION_M.items():
        lines = links[links["kind"] == kind]
        if lines.empty:
            continue
        metres = lines.distance(point.iloc[0])
        nearest = metres.idxmin()
        accuracy = float(lines.loc[nearest, "accuracy_m"]) if pd.notna(lines.loc[nearest, "accuracy_m"]) else 0.0
        actual = float(metres[nearest])
        # A line known to ±700 m cannot prove a rule of 80 m, unless the site is farther than both together.
        sure = abs(actual - required) > accuracy
        rows.append(
            _rule(
                f"protection_{kind}",
                Text(
                    f"距{lines.loc[nearest, 'name_zh']}不小于 {required:g} 米",
                    f"at least {required:g} m from {lines.loc[nearest, 'name_en'] or kind}",
                ),
                ("GB 50099-2011", "4.1.6"),
                actual >= required if sure else None,
                _metres(f"{actual:.0f} ± {accuracy:.0f}"),
                str(lines.loc[nearest, "basis"]),
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
