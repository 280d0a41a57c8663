"""One place as one frozen value: its frames, its network, its years.

Frames are in the workspace's metric reference system; nothing here reads a file. A scenario is the same value
with other facilities (see ``geo.scenario``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import InputError
from geo.network import Network
from geo.services import Service, service

__all__ = ["Workspace", "facilities", "people", "with_leaf_zone", "zone_totals"]


@dataclass(frozen=True, eq=False)
class Workspace:
    """A place: zones, facilities, transport, people and the plan, in metres of ``crs``.

    ``zones`` is indexed by zone_id, ``schools`` and ``clinics`` by facility_id, ``stops`` by stop_id, ``cells``
    by cell_id with columns people_<year> [persons] and zone_id (the leaf: sub-area, or zone where the cell lies
    in none; missing outside). ``parameters`` holds the tables of workspace.toml.
    """

    name_zh: str
    name_en: str
    crs: str
    years: tuple[int, ...]
    zones: gpd.GeoDataFrame
    schools: gpd.GeoDataFrame
    clinics: gpd.GeoDataFrame
    stops: gpd.GeoDataFrame
    links: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    projects: gpd.GeoDataFrame
    cells: gpd.GeoDataFrame
    cell_metres: float
    targets: pd.DataFrame
    standards: pd.DataFrame
    contradictions: pd.DataFrame
    sources: Mapping[str, Mapping[str, Any]]
    network: Network
    parameters: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    scenario: str = ""

    @cached_property
    def cell_snaps(self) -> pd.DataFrame:
        """Return where each cell centre meets the street network (computed once)."""
        return self.network.snap(self.cells)

    @cached_property
    def memo(self) -> dict[Any, Any]:
        """Return the answers already worked out for this very value."""
        return {}

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """Return the frame of a layer by its name in the data contract."""
        return getattr(self, name)


def facilities(workspace: Workspace, key: str, year: int) -> gpd.GeoDataFrame:
    """Return the facilities that provide a service in a year.

    Each counts from its opening year. Where that is not known, an existing one and one that a scenario proposes
    count always, and a planned one of the plan never.

    Parameters
    ----------
    key
        A key of ``geo.services.SERVICES``.
    year
        Calendar year.

    Returns
    -------
    facilities
        Rows of the layer, with a column ``seats`` [seats or beds], NaN where unknown.
    """
    asked: Service = service(key)
    frame = workspace.layer(asked.layer)
    provides = provides_service(frame, asked)
    opened = frame["open_year"]
    there = frame["status"].isin(["existing", "proposed"]) & opened.isna()
    chosen = frame[provides & (there | (opened <= year))].copy()
    if asked.seats:
        chosen["seats"] = chosen[asked.seats]
    elif "beds" in chosen:
        chosen["seats"] = chosen["beds"]
    else:
        chosen["seats"] = np.nan
    return chosen


def provides_service(frame: gpd.GeoDataFrame, asked: Service) -> pd.Series:
    """Return True for the rows that provide the service: by seats or by the kind of school, or by kind."""
    if not asked.seats:
        return frame["kind"].isin(asked.kinds)
    by_kind = frame["kind"].fillna("").map(lambda kind: asked.key in SCHOOL_STAGES.get(str(kind), ()))
    seats = frame[asked.seats]
    return (seats > 0) | (by_kind & seats.isna())


SCHOOL_STAGES: dict[str, tuple[str, ...]] = {
    "kindergarten": ("kindergarten",),
    "primary": ("primary",),
    "junior": ("junior",),
    "senior": ("senior",),
    "middle": ("junior", "senior"),
    "complete_middle": ("junior", "senior"),
    "nine_year": ("primary", "junior"),
    "twelve_year": ("primary", "junior", "senior"),
    "fifteen_year": ("kindergarten", "primary", "junior", "senior"),
    "school": ("primary", "junior", "senior"),
}
"""Stages of a school whose seats are unknown, by its kind."""


def people(workspace: Workspace, year: int) -> pd.Series:
    """Return the residents [persons] of each cell in a year.

    Years between two known ones are interpolated linearly.

    Raises
    ------
    InputError
        If the year lies outside the known ones; the message lists them.
    """
    known = workspace.years
    column = f"people_{year}"
    if year in known:
        return workspace.cells[column].rename("people")
    if not known or not known[0] < year < known[-1]:
        listed = "、".join(str(y) for y in known)
        raise InputError(
            f"没有 {year} 年的人口；该工作区的人口年份为：{listed}，请选其中或之间的年份 / "
            f"no population for {year}: this workspace has {', '.join(map(str, known))}; choose one of them or a year between"
        )
    after = next(y for y in known if y > year)
    before = known[known.index(after) - 1]
    share = (year - before) / (after - before)
    cells = workspace.cells
    return (cells[f"people_{before}"] * (1 - share) + cells[f"people_{after}"] * share).rename("people")


def with_leaf_zone(cells: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the cells with ``zone_id`` of the smallest area that holds their centre (missing outside).

    A centre on a common border belongs to the area whose id sorts first.
    """
    out = cells.copy()
    leaf = pd.Series(index=cells.index, dtype=object)
    for level in ("zone", "sub_area"):
        areas = zones[zones["level"] == level]
        if areas.empty:
            continue
        joined = gpd.sjoin(cells[["geometry"]], areas[["geometry"]], predicate="intersects", how="inner")
        right = joined.columns[joined.columns.str.startswith(("index_right", str(zones.index.name)))][0]
        first = joined.sort_values(right, kind="stable").groupby(level=0)[right].first()
        leaf.loc[first.index] = first
    out["zone_id"] = leaf
    return out


def zone_totals(workspace: Workspace, values: pd.DataFrame) -> pd.DataFrame:
    """Return sums of per-cell values for every zone and sub-area, in the order of ``workspace.zones``.

    Parameters
    ----------
    values
        Indexed like ``workspace.cells``; every column is summed.

    Returns
    -------
    table
        One row a zone_id; a zone is the sum of its sub-areas and of its cells outside them.
    """
    leaf = workspace.cells["zone_id"]
    by_leaf = values.groupby(leaf.where(leaf.notna())).sum()
    zones = workspace.zones
    table = by_leaf.reindex(zones.index, fill_value=0.0)
    parent = zones["parent_id"]
    for zone_id in zones.index[zones["level"] == "zone"]:
        table.loc[zone_id] += by_leaf.reindex(zones.index[parent == zone_id], fill_value=0.0).sum()
    return table
