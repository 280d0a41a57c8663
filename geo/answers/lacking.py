"""Which areas lack which services of a living circle: zones, sub-areas and blocks, by people and by ground, the worst first."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.answers.base import basis_of, share, zone_columns
from geo.answers.known import incomplete_words, no_data
from geo.case import Case
from geo.coverage import area_within, land_of
from geo.errors import InputError
from geo.text import Text
from geo.walking import Speed
from geo.workspace import Workspace, zone_totals

__all__ = ["BY", "By", "by_service", "cells_lacking", "ground", "ranked"]

By = Literal["zone", "sub_area", "block"]
BY: tuple[By, ...] = ("zone", "sub_area", "block")
BLOCK_M = 200.0
"""Side of the squares that stand for blocks [m]: 4 ha, the most of a 居住街坊 of GB 50180-2018 2.0.5."""


def by_service(case: Case, table: pd.DataFrame, pace: Speed) -> pd.DataFrame:
    """Return who has each service within its circle, a row a zone or sub-area and service; the most people without it first.

    Parameters
    ----------
    table
        What ``geo.answers.circles.required`` returned.
    pace
        Of those who walk, for the minutes.

    Returns
    -------
    table
        people, within and share by metres and by minutes; ``share_area``, the share of the land within the radius;
        ``lacking`` [persons]; ``state``: known, unknown (the layer is not complete) or no_data. Unknown stays missing.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from geo.answers.circles import required
    >>> from geo.examples import town
    >>> from geo.walking import SPEEDS
    >>> row = {"service": "primary", "what": "service radius", "default": 1, "radius_m": 500.0, "walk_minutes": 10.0}
    >>> case = town().under(replace(town().workspace, standards=pd.DataFrame([row])))
    >>> by_service(case, required(case), SPEEDS["adult"])[["zone_id", "share_metres", "lacking"]].to_numpy().tolist()
    [['north', 0.0, 400.0], ['south', 1.0, 0.0]]
    """
    place, parts = case.workspace, []
    for key, told in table.iterrows():
        one, limit = case.of(str(key)), float(told["radius_m"])
        walk, people = one.nearest("walk")["metres"], case.people
        sums = {
            "people": people,
            "within_metres": people.where(walk.le(limit), 0.0),
            "within_minutes": people.where((walk / pace.m_per_min).le(told["circle"]), 0.0),
        }
        zones = zone_totals(place, pd.DataFrame(sums))
        zones["share_metres"] = share(zones["within_metres"], zones["people"])
        zones["share_minutes"] = share(zones["within_minutes"], zones["people"])
        zones["share_area"] = ground(one, limit)["share"]
        zones["lacking"] = zones["people"] - zones["within_metres"]
        zones["state"] = "no_data" if no_data(one) else "unknown" if incomplete_words(one) else "known"
        if no_data(one):
            zones[[c for c in zones if c.startswith(("within", "share"))]] = np.nan
        if zones["state"].ne("known").any():
            zones["lacking"] = np.nan
        words = told[["service_zh", "service_en", "circle", "radius_m", "indicator"]].to_dict()
        parts.append(zone_columns(place, zones).assign(service=key, **words, basis=basis_of(place.cells, one.supply)))
    out = pd.concat(parts).rename_axis("zone_id").reset_index()
    return pd.DataFrame(
        out.sort_values("lacking", ascending=False, kind="stable", na_position="last", ignore_index=True)
    )


def ground(case: Case, limit: float) -> pd.DataFrame:
    """Return the land of every zone and sub-area and how much of it lies within ``limit`` [m] of the service, kept.

    Examples
    --------
    >>> from geo.examples import town
    >>> ground(town(), 500)["share"].round(2).to_dict()
    {'south': 1.0, 'north': 0.95}
    """
    place = case.workspace
    land = case.keep("land of zones", place.zones, place.water, make=lambda: land_of(place.zones.geometry, place.water))
    return case.keep(
        ("land within", case.service, case.year, limit), place.zones, place.water, place.layer(case.asked.layer),
        make=lambda: area_within(land, case.doors, limit=limit),
    )  # fmt: skip


def cells_lacking(case: Case, table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return of each cell which services it lacks, of those that are known: ``lacks``, ``of``, ``lacks_<service>``; NaN where none is.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from geo.answers.circles import required
    >>> from geo.examples import town
    >>> row = {"service": "primary", "what": "service radius", "default": 1, "radius_m": 500.0, "walk_minutes": 10.0}
    >>> case = town().under(replace(town().workspace, standards=pd.DataFrame([row])))
    >>> cells_lacking(case, required(case))["lacks"].to_dict()
    {'a': 0.0, 'b': 0.0, 'c': 1.0}
    """
    place, lacks = case.workspace, {}
    for key, told in table.iterrows():
        one = case.of(str(key))
        if not no_data(one) and not incomplete_words(one):
            lacks[str(key)] = ~one.nearest("walk")["metres"].le(float(told["radius_m"]))
    cells = place.cells[["zone_id", "geometry"]].copy()
    cells["people"] = case.people
    cells["lacks"] = pd.DataFrame(lacks, index=cells.index).sum(axis="columns").astype(float) if lacks else np.nan
    cells["of"] = len(lacks)
    for key, lacking in lacks.items():
        cells[f"lacks_{key}"] = lacking.to_numpy()
    cells["basis"] = place.cells.get("basis", "assumed")
    return cells


def ranked(
    case: Case, table: pd.DataFrame, cells: gpd.GeoDataFrame, services: pd.DataFrame, by: By | None
) -> gpd.GeoDataFrame:
    """Return the areas, those whose people lack most services first.

    Parameters
    ----------
    table, cells, services
        What ``required``, ``cells_lacking`` and ``by_service`` returned.
    by
        "zone", "sub_area" or "block"; None for zones and sub-areas. A block is a plot of the layer of land use where
        one is imported and people live on it, else a square of 200 m of the cells of a sub-area (a cell that is larger).

    Returns
    -------
    areas
        With shapes: people, ``of`` (services that are known), ``lacks_mean`` (how many of them a resident lacks),
        ``lacking`` [persons who lack one at least], ``complete_5``, ``complete_10``, ``complete_15`` (share of people who have
        every known service of that circle and the narrower ones), ``missing`` (nobody has it), ``partly`` (some have not) and
        ``unknown`` in both languages; for zones and sub-areas also the share of people and of land within each service's
        metres, ``people_<service>`` and ``area_<service>``.

    Raises
    ------
    InputError
        If ``by`` is none of these, or there are no such areas.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from geo.answers.circles import circles
    >>> from geo.examples import town
    >>> row = {"service": "primary", "what": "service radius", "default": 1, "radius_m": 500.0, "walk_minutes": 10.0}
    >>> case = town().under(replace(town().workspace, standards=pd.DataFrame([row])))
    >>> circles(case, by="zone")["ranked"][["people", "lacks_mean", "complete_10", "missing_en"]].to_dict("index")
    {'north': {'people': 400.0, 'lacks_mean': 1.0, 'complete_10': 0.0, 'missing_en': 'Primary school'}, 'south': {'people': 1100.0, 'lacks_mean': 0.0, 'complete_10': 1.0, 'missing_en': ''}}
    """
    if by is not None and by not in BY:
        raise InputError(Text(f"没有“{by}”这种分法，可选：{'、'.join(BY)}", f"nothing is told by '{by}', choose one of {', '.join(BY)}"))  # fmt: skip
    known = [str(k) for k in table.index if f"lacks_{k}" in cells]
    people = cells["people"]
    lacks = cells[[f"lacks_{k}" for k in known]].set_axis(known, axis="columns").astype(float)
    sums = lacks.mul(people, axis="index").add_prefix("without_")
    sums["people"], sums["lack_sum"] = people, lacks.sum(axis="columns") * people
    sums["lacking"] = people.where(lacks.sum(axis="columns") > 0, 0.0)
    for circle in (5, 10, 15):
        sums[f"complete_{circle}"] = people.where(lacks[_of_circle(table, known, circle)].sum(axis="columns") == 0, 0.0)
    frame = _blocks(case.workspace, cells, sums) if by == "block" else _zones(case.workspace, sums, by)
    if frame.empty:
        raise InputError(Text("该工作区没有这样的分区", "there are no such areas in this workspace"))
    out = frame[[c for c in ("name_zh", "name_en", "level", "parent_id", "zone_id") if c in frame]].copy()
    out["people"], out["of"] = frame["people"], len(known)
    out["lacks_mean"] = share(frame["lack_sum"], frame["people"]) if known else np.nan
    out["lacking"] = frame["lacking"] if known else np.nan
    for circle in (5, 10, 15):
        told = bool(
            _of_circle(table, known, circle)
        )  # of a circle of which no service is known nothing is complete, nor lacking
        out[f"complete_{circle}"] = share(frame[f"complete_{circle}"], frame["people"]) if told else np.nan
    shares = pd.DataFrame({k: share(frame[f"without_{k}"], frame["people"]) for k in known}, index=frame.index)
    for word, chosen in (("missing", shares >= 1), ("partly", (shares > 0) & (shares < 1))):
        for tongue in ("zh", "en"):
            out[f"{word}_{tongue}"] = [
                _names(table, [k for k in known if row[k]], tongue) for _, row in chosen.iterrows()
            ]
    for tongue in ("zh", "en"):
        out[f"unknown_{tongue}"] = _names(table, [str(k) for k in table.index if k not in known], tongue)
    if by != "block":
        for key, part in services.set_index("zone_id").groupby("service", sort=False):
            out[f"people_{key}"], out[f"area_{key}"] = part["share_metres"].reindex(out.index), part["share_area"].reindex(out.index)  # fmt: skip
    out["basis"] = basis_of(cells, services) if len(services) else basis_of(cells)
    order = out.sort_values(["lacks_mean", "people"], ascending=False, kind="stable", na_position="last").index
    return gpd.GeoDataFrame(out.loc[order], geometry=frame.geometry.loc[order], crs=case.workspace.crs)


def _zones(place: Workspace, sums: pd.DataFrame, by: By | None) -> gpd.GeoDataFrame:
    zones = place.zones if by is None else place.zones[place.zones["level"] == by]
    totals = zone_totals(place, sums).loc[zones.index]
    told = zones[["name_zh", "name_en", "level", "parent_id", "geometry"]]
    return gpd.GeoDataFrame(told.join(totals).rename_axis("zone_id"), geometry="geometry", crs=place.crs)


def _blocks(place: Workspace, cells: gpd.GeoDataFrame, sums: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the blocks where people live, each in one zone or sub-area."""
    lived = cells[(cells["people"] > 0) & cells["zone_id"].notna()]
    side = max(BLOCK_M, place.cell_metres)
    column, row = (np.floor(v.to_numpy() / side).astype(int) for v in (lived.geometry.x, lived.geometry.y))
    zone = lived["zone_id"].astype(str).to_numpy(object)
    if place.cell_metres >= BLOCK_M:  # a cell is a block already, wherever the grid begins
        name = np.array([f"{i}" for i in lived.index], dtype=object)
    else:
        name = np.array([f"{z}:{x}-{y}" for z, x, y in zip(zone, column, row, strict=True)], dtype=object)
    half = place.cell_metres / 2
    x, y = lived.geometry.x.to_numpy(), lived.geometry.y.to_numpy()
    shapes = gpd.GeoSeries(shapely.box(x - half, y - half, x + half, y + half), index=lived.index, crs=place.crs)
    plots = place.landuse
    drawn = pd.Series(dtype=object)
    if len(plots):
        met = gpd.sjoin(lived[["geometry"]], plots[["geometry"]], predicate="within")
        right = next(c for c in met.columns if str(c).startswith("index_right") or c == plots.index.name)
        drawn = met[~met.index.duplicated()][right]
        name[lived.index.get_indexer(drawn.index)] = [f"{p}" for p in drawn]
    by_name = pd.Series(name, index=lived.index, name="block_id")
    totals = sums.loc[lived.index].groupby(by_name).sum()
    totals["zone_id"] = lived["zone_id"].groupby(by_name).first()
    outline = shapes.groupby(by_name).agg(lambda part: shapely.union_all(part.to_numpy()))
    own = {str(i): g for i, g in plots.geometry.items()} if len(plots) else {}
    totals["geometry"] = [own.get(str(i), g) if i in set(drawn) else g for i, g in outline.items()]
    names = place.zones[["name_zh", "name_en"]]
    short = totals.index.astype(str).str.rpartition(":").get_level_values(2)
    totals["name_zh"] = totals["zone_id"].map(names["name_zh"]).astype(str) + "·" + short
    totals["name_en"] = totals["zone_id"].map(names["name_en"].fillna(names["name_zh"])).astype(str) + ", " + short
    return gpd.GeoDataFrame(totals.rename_axis("block_id"), geometry="geometry", crs=place.crs)


def _of_circle(table: pd.DataFrame, known: list[str], circle: int) -> list[str]:
    return [k for k in known if table.loc[k, "circle"] <= circle]


def _names(table: pd.DataFrame, keys: list[str], tongue: str) -> str:
    return ("、" if tongue == "zh" else ", ").join(str(table.loc[k, f"service_{tongue}"]) for k in keys)
