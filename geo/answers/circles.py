"""Living circles 生活圈 of 5, 10 and 15 minutes: who lives in them, and which of the required services they lack."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.answers.base import Answer, answered, basis_of, source_ids, zone_family
from geo.answers.known import incomplete_words, no_data
from geo.answers.lacking import By, by_service, cells_lacking, ranked
from geo.answers.site import SNAP_LIMIT_M, isochrone
from geo.case import Case
from geo.crs import to_metres
from geo.errors import InputError, NotMeasuredError
from geo.measure import rule
from geo.network.places import Places
from geo.text import Text
from geo.walking import Speed, minutes, speed

__all__ = ["CIRCLES", "circles", "required"]

CIRCLES: dict[int, float] = {5: 300.0, 10: 500.0, 15: 1000.0}
"""Minutes of a circle to its walking distance [m]: GB 50180-2018 2.0.4, 2.0.3 and 2.0.2 (800-1000 m; the upper bound)."""
WORDS = {
    "present": Text("有", "present"),
    "missing": Text("缺", "missing"),
    "unknown": Text("不详（图层不完整）", "unknown (the layer is not complete)"),
    "no_data": Text("无数据，可导入", "no data; import the layer"),
    "off_street": Text("不详（附近无步行道路）", "unknown (no walkable street near)"),
}


def required(case: Case) -> pd.DataFrame:
    """Return the services that a living circle must hold, by the standards of the workspace.

    A service belongs to the circle of its minutes: those of the official indicator (TD/T 1063-2021) where there is one,
    else those beside its distance in standards.csv. Services without minutes, or with other minutes, are not claimed.

    Returns
    -------
    table
        Indexed by service, from the narrowest circle: ``circle`` [min], ``radius_m`` [m], names, ``indicator`` (the
        official name, empty where none), standard, clause, confidence, basis.

    Examples
    --------
    >>> from geo.examples import town
    >>> required(town()).empty  # a town of one's own frames names no minutes
    True
    """
    rows, place = [], case.workspace
    for key, asked in place.services.items():
        try:
            found = rule(place, key, own_first=False)
        except NotMeasuredError:
            raise
        except InputError:  # no distance: nothing to be within
            continue
        if found.minutes not in CIRCLES:
            continue
        words = {
            name: getattr(found, name)
            for name in ("radius_m", "indicator", "standard", "clause", "confidence", "basis")
        }
        rows.append({"service": key, "service_zh": asked.name_zh, "service_en": asked.name_en, "circle": int(found.minutes), **words})  # fmt: skip
    names = ("service", "service_zh", "service_en", "circle", "radius_m", "indicator", "standard", "clause", "confidence", "basis")  # fmt: skip
    table = pd.DataFrame(rows, columns=list(names)).set_index("service")
    return table.sort_values("circle", kind="stable")


def circles(
    case: Case,
    lon: float | None = None,
    lat: float | None = None,
    *,
    walking: str | float = "adult",
    zone: str | None = None,
    by: By | None = None,
) -> Answer:
    """Return the living circles of the whole place and, where one is given, of a clicked point.

    Parameters
    ----------
    case
        The place and the year; its service plays no part.
    lon, lat
        WGS84 degrees of a point; only zones and blocks are answered where not given.
    walking
        A preset of ``geo.walking.SPEEDS`` (adult, child, elder) or km/h, for the minutes. Metres need no speed.

    zone
        Only this zone and its sub-areas in the tables ``zones`` and ``ranked``.
    by
        What ``ranked`` ranks: "zone", "sub_area" or "block"; zones and sub-areas where not given.

    Returns
    -------
    answer
        ``bands``: per circle, limit_m and people_metres, and reach_m (the minutes walked) and people_minutes.
        ``required``: per service of a circle the nearest facility, walk_m, walk_min, radius_m (the limit), within_metres,
        within_minutes (None where not known), seats (of facilities within the limit), ``state``: present, missing, no_data
        (nothing of it in the data), unknown (the layer is not complete) or off_street. ``zones``: per zone and service
        people, within and share by metres and by minutes, share_area (land within the radius, straight line, water left
        out), and ``lacking`` [persons], ranked; unknown stays missing. ``ranked``: the areas, those whose people lack most
        first, with what is missing, what some lack and what is not known (``geo.answers.lacking.ranked``). ``cells``: per cell how many of the services that are known it
        lacks. Bands and required are empty without a point.

    Raises
    ------
    InputError
        If only one coordinate is given, the place has no required service, or the speed is no speed.

    Notes
    -----
    Walks count the way to the street at both ends; "within" includes the limit. By metres: GB 50180-2018 and the other
    standards of standards.csv; by minutes: the indicators of TD/T 1063-2021 at the speed given, which no clause prints.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from geo.crs import to_wgs84
    >>> from geo.examples import homes, town
    >>> rule = {"service": "primary", "what": "service radius", "default": 1, "radius_m": 500.0, "walk_minutes": 10.0}
    >>> place = replace(town().workspace, standards=pd.DataFrame([rule]))
    >>> a = to_wgs84(homes()).geometry["a"]
    >>> answer = circles(town().under(place), a.x, a.y)
    >>> answer["bands"]["people_metres"].round(1).tolist()  # b is 500 m away, c 700 m
    [600.0, 1100.0, 1500.0]
    >>> answer["required"][["walk_m", "state"]].round(1).to_numpy().tolist()
    [[100.0, 'present']]
    >>> answer["zones"].set_index("zone_id")["lacking"].to_dict()
    {'north': 400.0, 'south': 0.0}
    """
    if (lon is None) != (lat is None):
        raise InputError(Text("须同时给出经度和纬度", "give both lon and lat, or neither"))
    table, pace = required(case), speed(walking)
    if table.empty:
        raise InputError(
            Text(
                "standards.csv 没有任何 5、10、15 分钟的服务（walk_minutes 列），无法衡量生活圈",
                "standards.csv has no service of 5, 10 or 15 minutes (walk_minutes): there is no circle to measure",
            )
        )
    place = case.workspace
    tables: dict[str, pd.DataFrame] = {"bands": pd.DataFrame(), "required": pd.DataFrame()}
    beside: dict[str, Any] = {}
    if lon is not None and lat is not None:
        point = to_metres(gpd.GeoSeries([shapely.Point(lon, lat)], index=["site"], crs="EPSG:4326"), place.crs)
        if not np.isfinite(shapely.get_coordinates(point.array)).all() or abs(lat) > 90 or abs(lon) > 180:
            raise InputError(Text(f"经纬度无效：{lon}、{lat}", f"not a place in degrees: {lon}, {lat}"))
        spot = place.network.place(place.network.snap(point, limit=SNAP_LIMIT_M))
        tables = {"bands": _bands(case, spot, pace), "required": _required(case, table, spot, pace)}
        beside["reach"] = partial(isochrone, case, lon, lat, tuple(CIRCLES.values()))
    services, cells = by_service(case, table, pace), cells_lacking(case, table)
    tables |= {"ranked": ranked(case, table, cells, services, by), "zones": services, "cells": cells}
    if by in ("zone", "sub_area"):
        tables["zones"] = services[services["level"] == by].reset_index(drop=True)
    if zone is not None:
        family = zone_family(place, zone)
        tables["zones"] = tables["zones"][tables["zones"]["zone_id"].isin(family)].reset_index(drop=True)
        areas = tables["ranked"]
        tables["ranked"] = areas[areas["zone_id"].isin(family) if by == "block" else areas.index.isin(family)]
    incomplete = {note: None for key in table.index for note in incomplete_words(case.of(str(key)))}
    return answered(
        case,
        "circles",
        Text(f"生活圈，{case.year} 年", f"Living circles, {case.year}"),
        tables,
        method=Text(
            f"米：步行路网距离不超过标准距离；分钟：步行距离 ÷ 步速（{pace.words.zh}，{pace.source.zh}）不超过指标分钟数；面积：服务半径（直线）覆盖的用地占片区用地（扣除以面绘出的水面）；排序：居民平均缺少的设施数，不详的不计",
            f"metres: the walk is within the standard's distance; minutes: the walk at {pace.words.en} ({pace.source.en}) is within the indicator's minutes; area: share of the land of a zone (waters drawn as areas left out) within the radius, straight line; ranked by how many services a resident lacks, what is not known left out",
        ),
        parameters={
            "year": case.year,
            "by": by or "",
            "speed_kmh": pace.km_h,
            "speed": pace.key,
            "lon": lon,
            "lat": lat,
        },
        basis=basis_of(place.cells, place.streets, "assumed"),
        sources=source_ids(place.zones, place.cells, place.streets),
        notes=tuple(incomplete),
        beside=beside,
    )


def _bands(case: Case, spot: Places, pace: Speed) -> pd.DataFrame:
    """Return the people within each circle of the point, by the metres and by the minutes of the circle."""
    reach = {circle: circle * pace.m_per_min for circle in CIRCLES}
    farthest = max(*CIRCLES.values(), *reach.values())
    found = case.workspace.network.pairs(spot, case.homes, limit=farthest).frame()
    walk, people = found["metres"].to_numpy(float), case.people.reindex(found["target"]).to_numpy(float)
    rows = [
        {
            "circle": circle, "limit_m": limit, "people_metres": float(people[walk <= limit].sum()),
            "reach_m": reach[circle], "people_minutes": float(people[walk <= reach[circle]].sum()),
            "basis": basis_of(case.workspace.cells, case.workspace.streets),
        }
        for circle, limit in CIRCLES.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _required(case: Case, table: pd.DataFrame, spot: Places, pace: Speed) -> pd.DataFrame:
    """Return what there is of each required service from the point."""
    on_street = bool(np.isfinite(spot.cost_a[0]) or np.isfinite(spot.cost_b[0]))
    rows = []
    for key, told in table.iterrows():
        one, limit = case.of(str(key)), float(told["radius_m"])
        supply = one.supply
        walk = pd.Series(np.inf, index=supply.index)
        if on_street and len(supply):
            found = case.workspace.network.distances(spot, one.doors.geometry)
            walk = pd.Series(found.to_numpy()[0], index=one.doors.get("facility", one.doors.index))
            walk = walk.groupby(level=0).min().reindex(supply.index)
        best: Hashable | None = walk.idxmin() if np.isfinite(walk).any() else None
        metres = float(walk[best]) if best is not None else np.inf
        near, soon = metres <= limit, minutes(metres, pace) <= told["circle"]
        state = _state(one, on_street, present=near)
        sure = state in ("present", "missing")
        rows.append(
            {
                "service": key, **told[["service_zh", "service_en", "circle", "radius_m", "indicator"]].to_dict(),
                "facility_id": best, "name_zh": supply.loc[best, "name_zh"] if best is not None else None,
                "walk_m": metres if best is not None else np.nan,
                "walk_min": minutes(metres, pace) if best is not None else np.nan,
                "within_metres": near if sure else None, "within_minutes": soon if sure or soon else None,
                "seats": float(supply["seats"][walk <= limit].sum(skipna=False)) if near else np.nan,
                "state": state, "state_zh": WORDS[state].zh, "state_en": WORDS[state].en,
                **told[["standard", "clause", "confidence", "basis"]].to_dict(),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _state(one: Case, on_street: bool, *, present: bool) -> str:
    """Return what is known of one service: a layer without data, or known to be a part, never proves that it is missing."""
    if no_data(one):
        return "no_data"
    if not on_street:
        return "off_street"
    if present:
        return "present"
    return "unknown" if incomplete_words(one) else "missing"
