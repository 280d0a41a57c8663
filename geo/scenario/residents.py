"""Residents under a scenario: new dwellings, and growth that comes to another zone.

A year without a column of its own is interpolated between its neighbours. So what begins in a year gets two columns, of
that year and of the one before: until then nothing of it, from then on all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.cells import overlap, squares
from geo.crs import to_metres
from geo.demand import between, parameters
from geo.errors import Finding, InputError
from geo.scenario.objects import Growth, Housing, Object
from geo.text import Text
from geo.workspace import Workspace, with_leaf_zone

__all__ = ["changed"]

SLIVER = 0.25
"""Ground without a cell that is smaller than this share of a cell gets none: grids are a little askew to the metric system."""


def changed(workspace: Workspace, objects: Iterable[Object]) -> dict[str, Any]:
    """Return the fields of the workspace that housing and growth change: cells, and what is supposed of residents.

    Raises
    ------
    InputError
        If a zone is not there or nobody can live in it, or the growth is not there to be moved; one finding each.

    Examples
    --------
    >>> from geo.examples import town
    >>> before = town().workspace
    >>> after = changed(before, [Growth("N01", "south", "north", 100)])
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...N01: the population of the base is of one year only (2025)...
    """
    homes = [one for one in objects if isinstance(one, Housing)]
    moves = [one for one in objects if isinstance(one, Growth)]
    if not homes and not moves:
        return {}
    cells = _stepped(workspace.cells, workspace.people_years, [one.year for one in (*homes, *moves)])
    notes: list[tuple[int | None, Text]] = []
    for home in homes:
        cells, note = _housed(workspace, cells, home)
        notes.append((home.year, note))
    faults: list[Finding] = []
    for move in moves:
        faults += _moved(workspace, cells, move)
        notes.append((move.year, _said(move)))
    if faults:
        raise InputError(faults)
    return {"cells": cells, "supposed": (*workspace.supposed, *notes)}


def _stepped(cells: gpd.GeoDataFrame, known: Sequence[int], years: Sequence[int | None]) -> gpd.GeoDataFrame:
    """Return a copy of the cells with a column for each year in which something begins, and for the year before."""
    wanted = {y for year in years if year is not None and year > known[0] for y in (year - 1, year)}
    new = sorted(wanted.difference(known))
    table = pd.DataFrame({y: cells[f"people_{y}"].astype(float) for y in known})
    at = {y: between(table, y) for y in new}
    out = cells.copy()
    place = max(out.columns.get_loc(f"people_{y}") for y in known) + 1
    for offset, year in enumerate(new):
        out.insert(place + offset, f"people_{year}", at[year])
    return out


def _housed(workspace: Workspace, cells: gpd.GeoDataFrame, home: Housing) -> tuple[gpd.GeoDataFrame, Text]:
    """Return the cells with those who move into new dwellings, and what is supposed of them."""
    numbers = parameters(workspace.parameters)
    persons = home.persons_per_dwelling
    each = numbers.value("persons") * numbers.value("occupied") if persons is None else persons
    area = to_metres(gpd.GeoSeries([shapely.Polygon(home.polygon)], crs="EPSG:4326"), workspace.crs).iloc[0]
    out, share = _shares(workspace, cells, home.object_id, area)
    people = home.dwellings * each
    columns = _columns(out, home.year)
    touched = share > 0
    out.loc[touched, columns] = out.loc[touched, columns].to_numpy(float) + (share[touched] * people)[:, None]
    if "basis" in out:
        out.loc[touched, "basis"] = "assumed"
    from_zh, from_en = ("", "") if home.year is None else (f"{home.year} 年起", f"from {home.year} on, ")
    by_zh, by_en = ("按工作区每户人数", "persons per dwelling of the workspace") if persons is None else ("方案设定", "as the scenario says")  # fmt: skip
    return out, Text(
        f"{from_zh}含方案住宅 {home.object_id}：{home.dwellings:g} 套 × {each:g} 人（{by_zh}，假定），按面积分到人口格",
        f"{from_en}with housing {home.object_id} of the scenario: {home.dwellings:g} dwellings × {each:g} persons ({by_en}, assumed), spread over the cells by area",
    )


def _shares(
    workspace: Workspace, cells: gpd.GeoDataFrame, name: str, area: shapely.Polygon
) -> tuple[gpd.GeoDataFrame, np.ndarray]:
    """Return the cells, with new ones on ground of the area that has none, and the share of the area in each."""
    side = workspace.cell_metres
    inside = overlap(cells, side, area)
    covered = squares(cells[inside > 0], side)
    bare = shapely.difference(area, shapely.union_all(covered)) if len(covered) else area
    pieces = _pieces(bare, side)
    if inside.sum() > 0:
        pieces = [one for one in pieces if one.area >= SLIVER * side**2]
    if not pieces:
        return cells, inside / inside.sum()
    new = _new_cells(workspace, cells, name, [one.representative_point() for one in pieces])
    weight = np.concatenate([inside, [one.area for one in pieces]])
    return new, weight / weight.sum()


def _pieces(ground: shapely.Geometry, side: float) -> list[shapely.Geometry]:
    """Return ground cut along a grid, each piece at most as large as a cell; slivers go to no piece unless they are all."""
    if ground.is_empty:
        return []
    west, south, east, north = ground.bounds
    columns = np.arange(np.floor(west / side), np.ceil(east / side))
    rows = np.arange(np.floor(south / side), np.ceil(north / side))
    grid_x, grid_y = (axis.ravel() * side for axis in np.meshgrid(columns, rows))
    cut = shapely.intersection(shapely.box(grid_x, grid_y, grid_x + side, grid_y + side), ground)
    areas = shapely.area(cut)
    large = cut[areas >= SLIVER * side**2]
    return list(large) if len(large) else [ground]


def _new_cells(
    workspace: Workspace, cells: gpd.GeoDataFrame, name: str, points: Sequence[shapely.Point]
) -> gpd.GeoDataFrame:
    """Return the cells with new ones, where nobody has lived in any year."""
    whole = pd.api.types.is_integer_dtype(cells.index.dtype)
    first = int(cells.index.max()) + 1 if whole and len(cells) else 0
    labels = range(first, first + len(points)) if whole else [f"{name}-{n}" for n in range(1, len(points) + 1)]
    rows = gpd.GeoDataFrame(
        dict.fromkeys(_columns(cells, None), 0.0) | {"basis": "assumed", "source_id": "scenario"},
        geometry=list(points), index=pd.Index(labels, name=cells.index.name), crs=workspace.crs,
    )  # fmt: skip
    rows = with_leaf_zone(rows, workspace.zones).reindex(columns=cells.columns)
    joined = pd.concat([cells.astype(object), rows.astype(object)])
    out = gpd.GeoDataFrame(joined.astype(cells.dtypes.to_dict()), geometry=cells.geometry.name, crs=workspace.crs)
    out.index = out.index.astype(cells.index.dtype) if whole else out.index
    out.index.name = cells.index.name
    return out


def _columns(cells: pd.DataFrame, year: int | None) -> list[str]:
    """Return the columns of residents from a year on."""
    found = [c for c in cells.columns if re.fullmatch(r"people_\d{4}", str(c))]
    return [c for c in found if year is None or int(c[-4:]) >= year]


def _moved(workspace: Workspace, cells: gpd.GeoDataFrame, move: Growth) -> Iterable[Finding]:
    """Move growth from one zone to another, in place; say what of it there is not."""

    def fault(field: str, zh: str, en: str) -> Finding:
        return Finding(
            "error", f"方案对象 {move.object_id}：{zh}", f"{move.object_id}: {en}", move.object_id, None, field
        )

    base = min(workspace.people_years)
    zones = {name: getattr(move, name) for name in ("from_zone", "to_zone")}
    missing = [name for name, zone in zones.items() if zone not in workspace.zones.index]
    for name in missing:
        yield fault(name, f"没有片区 {zones[name]!r}，请从现有片区中选择", f"there is no zone {zones[name]!r}, choose one that is there")  # fmt: skip
    if missing:
        return
    inside = {name: _in_zone(workspace, cells, zone) for name, zone in zones.items()}
    if not inside["to_zone"].any():
        yield fault("to_zone", f"片区 {move.to_zone} 内没有人口格，无法迁入；请先画出住宅", f"there is no cell of people in {move.to_zone}, nobody can come; draw housing there first")  # fmt: skip
        return
    columns = [c for c in _columns(cells, move.year) if int(c[-4:]) > base]
    if not columns:
        yield fault("year", f"人口只有 {base} 一个年份，没有增长可迁；请先画出住宅，或给出年份", f"the population of the base is of one year only ({base}), there is no growth to move; draw housing first, or say a year")  # fmt: skip
    start = float(cells.loc[inside["from_zone"], f"people_{base}"].sum())
    for column in columns:
        here, there = (cells.loc[inside[name], column].to_numpy(float) for name in zones)
        growth = here.sum() - start
        if move.people > growth + 1e-9:
            yield fault(
                "people", f"{move.from_zone} 到 {column[-4:]} 年的增长为 {max(growth, 0):,.0f} 人（相对 {base} 年），不够迁出 {move.people:,.0f} 人；请减少人数或推迟年份",
                f"the growth of {move.from_zone} by {column[-4:]} is {max(growth, 0):,.0f} persons (since {base}), {move.people:,.0f} cannot leave; take fewer, or a later year",
            )  # fmt: skip
            return
        cells.loc[inside["from_zone"], column] = here * (1 - move.people / here.sum())
        came = there.sum()
        cells.loc[inside["to_zone"], column] = (
            there * (1 + move.people / came) if came > 0 else move.people / len(there)
        )


def _in_zone(workspace: Workspace, cells: pd.DataFrame, zone: str) -> np.ndarray:
    """Return which cells lie in a zone or one of its parts."""
    parts = workspace.zones.index[workspace.zones["parent_id"] == zone]
    return cells["zone_id"].isin([zone, *parts]).to_numpy()


def _said(move: Growth) -> Text:
    from_zh, from_en = ("", "") if move.year is None else (f"{move.year} 年起", f"from {move.year} on, ")
    return Text(
        f"{from_zh}方案 {move.object_id} 将 {move.people:,.0f} 人的增长由 {move.from_zone} 移至 {move.to_zone}（假定，按现有分布放缩）",
        f"{from_en}growth of {move.people:,.0f} persons comes to {move.to_zone} instead of {move.from_zone} ({move.object_id} of the scenario; assumed, in proportion to the cells)",
    )
