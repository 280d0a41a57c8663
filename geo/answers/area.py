"""A drawn area answers: who lives there, which pupils, which seats, and what is missing against each standard that applies."""

from __future__ import annotations

from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.answers.base import Answer, answered, basis_of, share, source_ids
from geo.answers.known import no_data
from geo.case import Case
from geo.cells import overlap
from geo.crs import to_metres
from geo.errors import InputError
from geo.services import STAGES, Service
from geo.text import Text

__all__ = ["area"]

Drawn: TypeAlias = Any
"""A polygon of shapely in degrees, or its corners (lon, lat)."""


def area(case: Case, polygon: Drawn) -> Answer:
    """Return people, pupils, seats and shortages of a drawn area, under the scenario and in the year of the case.

    Parameters
    ----------
    case
        The place and year asked about; all services are told, whichever the case is about.
    polygon
        The area: corners (lon, lat) in degrees of WGS 84, or a polygon of them; holes are left out of it.

    Returns
    -------
    answer
        Table ``area``: its outline, one row with area_km2, people [persons], cells. Table ``stages``: for each stage pupils, schools,
        seats of those inside (NaN where the seats of one are not known), schools_unknown, ratio, missing [seats]. Table
        ``standards``: a row for each standard that applies: what it asks for (``needed``), what there is (``there``) and
        what is ``missing``, with unit, limit_m, standard, clause and basis. Table ``inside``: the facilities in it.

    Raises
    ------
    InputError
        If the area is no valid polygon, lies beside all that is known, or the year is not usable.

    Notes
    -----
    Each cell counts by the share of its square (``cell_metres`` wide) that lies inside: its people are taken to live
    evenly on it. A cell within a service's distance is served as a whole. Facilities may stand outside the area.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from geo.crs import to_wgs84
    >>> from geo.examples import CRS, at, town
    >>> south = shapely.box(*at(-300, -300).coords[0], *at(700, 290).coords[0])
    >>> answer = area(town(), to_wgs84(gpd.GeoSeries([south], crs=CRS)).iloc[0])
    >>> answer["stages"].loc["primary", ["seats", "missing"]].tolist()
    [540.0, 0.0]
    >>> row = answer["standards"].iloc[0]  # 44 % of the square of home c are inside, and 800 m from the school
    >>> row["service"], row["asks"], round(float(row["missing"]), 1), round(400 * 0.057 * 0.442, 1)
    ('primary', 'distance', 10.1, 10.1)
    """
    place = case.workspace
    ground = _ground(case, polygon)
    inside = overlap(place.cells, place.cell_metres, ground)
    part = pd.Series(inside / place.cell_metres**2, index=place.cells.index)
    touched = place.cells[part > 0]
    if touched.empty and not any(
        _within(place.layer(name), ground).any() for name in ("schools", "clinics", "stops", "facilities")
    ):
        raise InputError(
            Text(
                "所画范围内没有人口格，也没有设施；请画在有资料的地方",
                "there are no cells of people and no facilities in the area; draw it where something is known",
            )
        )
    people = float((case.people * part).sum())
    stages = pd.DataFrame([_stage(case.of(stage), ground, part) for stage in STAGES]).set_index("stage")
    rows, unmeasured = _standards(case, part, stages)
    facilities = _facilities(case, ground)
    basis = basis_of(touched, facilities, "estimated")
    words = [
        Text(
            f"边界上的人口格按其在范围内的面积比例计入（格为 {place.cell_metres:g} 米见方，格内均匀分布，估计）",
            f"cells on the border count by the share of their square inside ({place.cell_metres:g} m wide; people taken to live evenly on it: an estimate)",
        )
    ]
    if unmeasured:
        words.append(
            Text(
                f"未衡量距离（没有适用的标准距离）：{'、'.join(place.services[s].name_zh for s in unmeasured)}",
                f"no distance measured, none applies: {', '.join(place.services[s].name_en.lower() for s in unmeasured)}",
            )
        )
    if unknown := int(stages["schools_unknown"].sum()):
        words.append(Text(f"{unknown} 所学校的学位未知，相应的缺额未知", f"{unknown} schools of unknown size: what is missing there is not known"))  # fmt: skip
    return answered(
        case,
        "area",
        Text(f"所画范围，{case.year} 年", f"the drawn area, {case.year}"),
        {
            "area": gpd.GeoDataFrame(
                [{"area_km2": ground.area / 1e6, "people": people, "cells": int((part > 0).sum()), "basis": basis}],
                geometry=[ground], crs=place.crs,
            ),
            "stages": stages,
            "standards": rows,
            "inside": facilities,
        },
        method=Text(
            "人口、学生按人口格在范围内的面积比例求和；学位为范围内学校的学位之和；距离标准按步行距离衡量，设施可在范围外",
            "people and pupils: sums over the cells by the share of each inside; seats: of the schools inside; distances on foot, to facilities inside or outside",
        ),
        parameters={"year": case.year, "area_km2": round(ground.area / 1e6, 6), "model": case.demand.model, "bound": case.demand.bound},
        basis=basis,
        sources=source_ids(touched, facilities, place.streets),
        notes=tuple(words),
    )  # fmt: skip


def _ground(case: Case, polygon: Drawn) -> shapely.Geometry:
    """Return the area in the metric reference system of the place."""
    try:
        drawn = polygon if isinstance(polygon, shapely.Geometry) else shapely.Polygon(polygon)
    except (ValueError, TypeError, shapely.errors.GEOSException):
        drawn = shapely.Polygon()
    corners = shapely.get_coordinates(drawn)
    on_earth = len(corners) and np.isfinite(corners).all() and (np.abs(corners) <= (180, 90)).all()
    if drawn.geom_type not in ("Polygon", "MultiPolygon") or not on_earth or not drawn.is_valid or drawn.area == 0:
        raise InputError(
            Text(
                "须为一个面：至少三个不同的点，经纬度为度，边界不自相交；请重画",
                "draw an area: at least three different corners in degrees, a border that does not cross itself",
            )
        )
    return to_metres(gpd.GeoSeries([drawn], crs="EPSG:4326"), case.workspace.crs).iloc[0]


def _within(frame: gpd.GeoDataFrame, ground: shapely.Geometry) -> np.ndarray:
    """Return which points lie in the area or on its border."""
    return np.asarray(shapely.intersects(np.asarray(frame.geometry), ground), bool)


def _stage(case: Case, ground: shapely.Geometry, part: pd.Series) -> dict[str, Any]:
    pupils = float((case.pupils * part).sum())
    here = case.supply[_within(case.supply, ground)]
    seats = np.nan if no_data(case) else float(here["seats"].sum(skipna=False)) if len(here) else 0.0
    return {
        "stage": case.service, "pupils": pupils, "schools": len(here), "seats": seats, "schools_unknown": int(here["seats"].isna().sum()),
        "ratio": seats / pupils if pupils > 0 else np.nan, "missing": max(pupils - seats, 0.0) if seats == seats else np.nan,
    }  # fmt: skip


def _standards(case: Case, part: pd.Series, stages: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return what each standard asks for, what there is and what is missing; and the services without a distance."""
    rows, unmeasured = [], []
    for key in case.workspace.services:
        one = case.of(key)
        try:
            rule = one.standard
        except InputError:
            unmeasured.append(key)
        else:
            needed = float((one.weight * part).sum())
            on_foot = one.nearest("walk")["metres"].le(rule.radius_m)
            there = np.nan if no_data(one) else float((one.weight * part)[on_foot].sum())
            rows.append(
                _row(
                    one.asked,
                    "distance",
                    needed,
                    there,
                    one.asked.unit,
                    rule.radius_m,
                    rule.standard,
                    rule.clause,
                    rule.basis,
                )
            )
    people = float((case.people * part).sum())
    for stage in stages.index:
        asked = [r for r in case.numbers.rows if r.key == f"ratio_{case.demand.bound}" and r.stage == stage]
        for number in asked[:1]:
            needed = people / 1000 * number.value
            rows.append(_row(case.of(str(stage)).asked, "seats per 1000", needed, stages.loc[stage, "seats"], "seats", np.nan, number.source, number.clause, number.basis))  # fmt: skip
    columns = [
        "service",
        "service_zh",
        "service_en",
        "asks",
        "needed",
        "there",
        "missing",
        "share",
        "unit",
        "limit_m",
        "standard",
        "clause",
        "basis",
    ]
    table = pd.DataFrame(rows, columns=columns)
    table["share"] = share(table["there"], table["needed"])
    return table, unmeasured


def _row(
    asked: Service,
    asks: str,
    needed: float,
    there: float,
    unit: str,
    limit: float,
    standard: str,
    clause: str,
    basis: str,
) -> dict[str, Any]:
    return {
        "service": asked.key, "service_zh": asked.name_zh, "service_en": asked.name_en, "asks": asks, "needed": needed,
        "there": there, "missing": max(needed - there, 0.0) if there == there else np.nan, "unit": unit, "limit_m": limit,
        "standard": standard, "clause": clause, "basis": basis,
    }  # fmt: skip


def _facilities(case: Case, ground: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the facilities inside that are there in the year, each once with the services it gives."""
    found: dict[str, dict[str, Any]] = {}
    for key in case.workspace.services:
        supply = case.of(key).supply
        here = supply[_within(supply, ground)]
        for i, row in here.iterrows():
            one = found.setdefault(
                str(i), {c: row.get(c) for c in ("name_zh", "name_en", "status", "basis", "source_id", "geometry")}
            )
            one["services"] = "; ".join(filter(None, (one.get("services"), key)))
            known = [n for n in (one.get("seats"), row["seats"]) if n is not None and n == n]
            one["seats"] = sum(known) if known else np.nan
    columns = ["name_zh", "name_en", "services", "seats", "status", "basis", "source_id", "geometry"]
    table = pd.DataFrame(list(found.values()), index=pd.Index(list(found), name="facility_id"), columns=columns)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=case.workspace.crs)
