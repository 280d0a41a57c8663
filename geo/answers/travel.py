"""How far one gets from a place: ground, people and facilities within some minutes, by any mode, over a window of time."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.answers.base import Answer, answered, basis_of, source_ids, title
from geo.answers.known import no_data, no_data_words
from geo.answers.site import SNAP_LIMIT_M, place_row, point_at
from geo.case import Case
from geo.errors import InputError
from geo.laws import limit_of
from geo.text import Text
from geo.travel import Going, Journey, going

__all__ = ["LIMITS_MIN", "travel"]

LIMITS_MIN = (15.0, 30.0, 45.0)
"""Travel times that are drawn where nobody says [min]."""


def travel(
    case: Case, lon: float, lat: float, *, journey: Journey | None = None, minutes: Iterable[float] = LIMITS_MIN
) -> Answer:
    """Return whom and what one reaches from a place within some minutes; with an arrival, who reaches the place.

    Parameters
    ----------
    case
        The place, the service whose facilities are counted, the year of people and facilities.
    lon, lat
        WGS84 degrees.
    journey
        How and when one goes; public transport on the morning of a usual working day where not given.
    minutes
        Travel times [min]; each a row.

    Returns
    -------
    answer
        Table ``reach``: by ``minutes`` and ``percentile`` the people (of schools also pupils), facilities and seats in
        reach; of a timetable the 5th (little waiting), the one asked for and the 95th (much waiting). ``areas``: their
        ground. ``facilities``: those in reach at the percentile asked for, nearest first, with the minutes at each.
        ``cells``: the same of people. ``place``: where it is.

    Raises
    ------
    InputError
        If the place is no place, a time is none, or the workspace has no data for the mode.

    Notes
    -----
    People and facilities are counted from travel times to each, never from the drawn ground.

    Examples
    --------
    >>> from geo.crs import to_wgs84
    >>> from geo.examples import homes, town
    >>> b = to_wgs84(homes()).geometry["b"]
    >>> answer = travel(town(), b.x, b.y, journey=Journey("walk"), minutes=(5, 7))  # 360 and 504 m
    >>> answer["reach"][["minutes", "people", "facilities"]].to_dict("records")
    [{'minutes': 5.0, 'people': 900.0, 'facilities': 0}, {'minutes': 7.0, 'people': 1500.0, 'facilities': 1}]
    """
    way = going(case, journey or Journey())
    limits = sorted({limit_of(m, name="minutes") for m in minutes})
    if not limits:
        raise InputError(Text("请给出一个或多个分钟数", "give one or more minutes"))
    workspace, point = case.workspace, point_at(case.workspace, lon, lat)
    snap = workspace.network.snap(point, limit=SNAP_LIMIT_M)
    place = place_row(case, point, lon, lat, float(snap["snap_m"].iloc[0]))
    basis = basis_of(workspace.cells, case.supply, *way.behind, way.basis)
    reached = bool(np.isfinite(snap["snap_m"].iloc[0]))
    cells = _cells(case, way, point, limits[-1]) if reached else _nobody(case, way)
    doors = way.reach(point, way.doors, limit=limits[-1]) if reached and len(case.doors) else pd.DataFrame()
    facilities = _facilities(case, way, doors)
    reach = _reach(case, way, cells, facilities, limits)
    areas = way.areas(point, limits) if reached else gpd.GeoDataFrame(reach[["percentile", "minutes"]].iloc[:0], geometry=[], crs=workspace.crs)  # fmt: skip
    areas = areas.merge(reach, on=["percentile", "minutes"], how="left").assign(basis=basis)
    to = way.journey.arrive and way.journey.mode != "walk"
    words = way.words
    return answered(
        case,
        "travel",
        title(case, "可达范围" if not to else "可到达此处的范围", "what is in reach" if not to else "who can be here in time"),
        {
            "place": pd.DataFrame([place]),
            "reach": reach.assign(basis=basis),
            "facilities": facilities.assign(basis=basis),
            "areas": areas,
            "cells": cells.assign(basis=basis),
        },
        method=Text(
            f"{words.zh}；人口与设施按到每一处的时间计数，不按所画范围",
            f"{words.en}; people and facilities are counted by the time to each, never from the ground that is drawn",
        ),
        parameters={
            "lon": lon, "lat": lat, "service": case.service, "year": case.year, "minutes": limits, **way.parameters,
        },
        basis=basis,
        sources=source_ids(workspace.cells, case.supply, *way.behind),
        notes=(Text(place["text_zh"], place["text_en"]), *way.notes, *no_data_words(case)),
    )  # fmt: skip


def column(percentile: float) -> str:
    """Return what a table calls the minutes at a percentile."""
    return f"minutes_p{percentile:g}"


def _cells(case: Case, way: Going, point: gpd.GeoSeries, longest: float) -> gpd.GeoDataFrame:
    """Return the minutes to each cell by percentile, with its people."""
    times = way.reach(point, way.homes, limit=longest).rename(columns=column)
    return _peopled(case).join(times)


def _nobody(case: Case, way: Going) -> gpd.GeoDataFrame:
    return _peopled(case).assign(**{column(p): np.inf for p in way.percentiles})


def _peopled(case: Case) -> gpd.GeoDataFrame:
    cells = case.workspace.cells[["zone_id", "geometry"]].assign(people=case.people)
    return cells.assign(pupils=case.pupils) if case.asked.unit == "pupils" else cells


def _facilities(case: Case, way: Going, doors: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the facilities in reach at the percentile asked for, nearest first, with the minutes at each percentile."""
    supply = case.supply
    if doors.empty:
        times = pd.DataFrame(np.inf, supply.index, list(way.percentiles))
    elif case.doors is supply:
        times = doors
    else:
        times = doors.groupby(case.doors["facility"].to_numpy()).min().reindex(supply.index)
    table = supply[["name_zh", "name_en", "status", "seats", "geometry"]].join(times.rename(columns=column))
    own = column(way.percentile)
    return table[np.isfinite(table[column(min(way.percentiles))])].sort_values(own, kind="stable")


def _reach(
    case: Case, way: Going, cells: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, limits: list[float]
) -> pd.DataFrame:
    """Return who and what is in reach, a row a limit and percentile; facilities are unknown where the data hold none."""
    rows = []
    units = {u: cells[u].to_numpy(float) for u in ("people", "pupils") if u in cells}
    seats = facilities["seats"].to_numpy(float)
    for p in way.percentiles:
        to_cells, to_facilities = cells[column(p)].to_numpy(), facilities[column(p)].to_numpy()
        for most in limits:
            near, there = to_cells <= most, to_facilities <= most
            counted = {u: float(np.nansum(number[near])) for u, number in units.items()}
            told = seats[there & ~np.isnan(seats)]
            # None in reach has no seats; of facilities whose seats nobody tells they are unknown.
            found = {"facilities": int(there.sum()), "seats": told.sum() if len(told) or not there.any() else np.nan}
            if no_data(case):
                found = {"facilities": pd.NA, "seats": np.nan}
            rows.append({"minutes": most, "percentile": p, **counted, **found})
    return pd.DataFrame(rows)
