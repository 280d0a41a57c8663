"""Who is served: people within the standard, by straight-line radius and on foot, side by side."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.answers.base import Answer, answered, basis_of, share, source_ids, title, zone_columns
from geo.answers.known import no_data, no_data_words
from geo.answers.lacking import ground
from geo.case import Case
from geo.errors import InputError
from geo.text import Text
from geo.workspace import zone_totals

__all__ = ["coverage"]


def coverage(case: Case, *, limit: float | None = None) -> Answer:
    """Return who lives within the standard distance of a service, per zone and sub-area.

    Parameters
    ----------
    case
        The place, service and year asked about.
    limit
        Distance [m]; the standard's radius where not given. "Within" includes the limit itself.

    Returns
    -------
    answer
        Table ``zones``: people, covered_radius, share_radius, covered_walk, share_walk, radius_only [persons],
        for schools pupils, pupils_radius, pupils_walk, and share_area. Table ``cells``: the same per cell, with radius_m,
        walk_m [m] and ``served`` (walk, radius_only, beyond, or no_data where the data hold nothing of the service: then every
        number but the people is missing, never 0). Table ``total``: one row.

    Raises
    ------
    InputError
        If the year or the limit is not usable, or the workspace has no standard distance and none is given.

    Notes
    -----
    Shares are of people; ``share_area`` alone is of land (waters drawn as areas left out) within the radius. Walking metres count the way from the cell to the nearest street.
    Radii: GB 50180-2018 tables 5.0.3 and C.0.1 and the other standards of standards.csv.

    Examples
    --------
    >>> from geo.examples import town
    >>> answer = coverage(town())
    >>> answer["cells"][["people", "radius_m", "walk_m", "served"]].round(1)
             people  radius_m  walk_m       served
    cell_id
    a         600.0     100.0   100.0         walk
    b         500.0     412.3   500.0         walk
    c         400.0     424.3   800.0  radius_only
    >>> answer["zones"][["people", "share_radius", "share_walk"]]
             people  share_radius  share_walk
    zone_id
    south    1100.0           1.0         1.0
    north     400.0           1.0         0.0
    """
    workspace, asked = case.workspace, case.asked
    standard = case.standard if limit is None else None
    metres = float(limit) if limit is not None else standard.radius_m  # type: ignore[union-attr]
    if not metres >= 0 or not np.isfinite(metres):
        raise InputError(
            Text(
                f"服务距离必须是不小于 0 的有限数，现为 {metres}",
                f"the limit must be a finite number of at least 0, it is {metres}",
            )
        )
    supply = case.supply
    tables = {name: table.copy(deep=False) for name, table in _tables(case, metres).items()}
    zones = tables["zones"]
    basis = basis_of(supply, workspace.cells, workspace.streets)
    zones["basis"] = basis
    return answered(
        case,
        "coverage",
        title(case, "服务覆盖", "who is served"),
        {**tables, "facilities": supply},
        method=Text(
            f"人口加权覆盖率：{metres:g} 米内有{asked.name_zh}的常住人口 ÷ 常住人口；半径为直线距离，步行为沿步行网络的距离（含到街道的距离），均含等于 {metres:g} 米",
            f"people-weighted coverage: residents with a {asked.name_en.lower()} within {metres:g} m ÷ residents; radius = straight line, walk = along the walking network including the way to the street; exactly {metres:g} m counts",
        ),
        parameters={
            "service": case.service,
            "year": case.year,
            "limit_m": metres,
            "standard": standard.standard if standard else "",
            "clause": standard.clause if standard else "",
            "confidence": standard.confidence if standard else "",
            "minutes": standard.minutes if standard else None,
            "indicator": standard.indicator if standard else "",
            "facilities": len(supply),
            "area": "用地（扣除水面）land without water",
        },
        basis=basis,
        sources=source_ids(workspace.zones, supply, workspace.cells, workspace.streets),
        notes=no_data_words(case),
    )


def _tables(case: Case, limit: float) -> dict[str, pd.DataFrame]:
    """Return who is served per zone, in all and per cell; kept by what it is made from, as the rest of a case is.

    A page that compares six services under a plan asks each of them at every step of a drag; the plan touches one.
    """
    place, unknown = case.workspace, no_data(case)

    def make() -> dict[str, pd.DataFrame]:
        cells = _cells(case, limit)
        sums = cells[[c for c in cells if c.startswith(("people", "covered", "radius_only", "pupils"))]]
        zones = zone_totals(place, pd.DataFrame(sums))
        top = place.zones["level"] == "zone"
        total = zones[top].sum().to_frame().T
        land = ground(case, limit)
        for table in (zones, total):
            _shares(table)
            if unknown:
                table[[c for c in table if c not in ("people", "pupils")]] = np.nan
        whole = land.loc[top, ["land_m2", "covered_m2"]].sum()
        zones["share_area"] = np.nan if unknown else land["share"]
        total["share_area"] = np.nan if unknown or not whole["land_m2"] else whole["covered_m2"] / whole["land_m2"]
        if unknown:
            cells["served"] = "no_data"
            cells[["radius_m", "walk_m", *_counted(cells)]] = np.nan
        return {"zones": zone_columns(place, zones), "total": total, "cells": cells}

    on = (place.zones, place.cells, case.people, case.weight, *(case.nearest(by) for by in ("radius", "walk")))
    return case.keep(("coverage", limit, unknown), *on, make=make)


def _counted(cells: pd.DataFrame) -> list[str]:
    """Return the columns that count who is served."""
    return [c for c in cells if c.startswith(("covered", "radius_only", "pupils_"))]


def _cells(case: Case, limit: float) -> gpd.GeoDataFrame:
    """Return people, distances and what serves them, per cell."""
    residents = case.people
    radius, walk = (case.nearest(by)["metres"] for by in ("radius", "walk"))
    in_radius, on_foot = radius.le(limit), walk.le(limit)
    cells = case.workspace.cells[["zone_id", "geometry"]].copy()
    cells["people"] = residents
    cells["radius_m"], cells["walk_m"] = radius, walk
    cells["covered_radius"] = residents.where(in_radius, 0.0)
    cells["covered_walk"] = residents.where(on_foot, 0.0)
    cells["radius_only"] = residents.where(in_radius & ~on_foot, 0.0)
    cells["served"] = np.select([on_foot, in_radius], ["walk", "radius_only"], "beyond")
    if case.asked.unit == "pupils":
        pupils = case.pupils
        cells["pupils"] = pupils
        cells["pupils_radius"] = pupils.where(in_radius, 0.0)
        cells["pupils_walk"] = pupils.where(on_foot, 0.0)
    cells["basis"] = case.workspace.cells.get("basis", "assumed")
    return cells


def _shares(table: pd.DataFrame) -> None:
    """Add the shares beside their people."""
    place = int(table.columns.get_loc("covered_radius")) + 1
    table.insert(place, "share_radius", share(table["covered_radius"], table["people"]))
    place = int(table.columns.get_loc("covered_walk")) + 1
    table.insert(place, "share_walk", share(table["covered_walk"], table["people"]))
