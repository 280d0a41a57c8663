"""One place as one frozen value: its frames, its network, its years.

Frames are in the workspace's metric reference system; nothing here reads a file. A scenario is the same value
with other facilities (see ``geo.scenario``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.demand import YEARS, residents
from geo.errors import InputError
from geo.network import Network
from geo.services import Service, service
from geo.text import Text

__all__ = [
    "DemandSettings",
    "Workspace",
    "facilities",
    "people",
    "people_basis",
    "with_demand",
    "with_leaf_zone",
    "zone_totals",
]


@dataclass(frozen=True)
class DemandSettings:
    """What the planner chose of the demand: model, bound, class size, changed numbers, new housing.

    ``changes`` are (key, stage, year, value) of ``geo.demand.Parameters``. ``housing`` are (lon, lat, dwellings,
    year of completion) of housing that the residents do not hold yet.
    """

    model: str = "share"
    bound: str = "low"
    class_rule: str = "plan"
    kindergarten_class: str | None = None
    changes: tuple[tuple[str, str, int | None, float], ...] = ()
    housing: tuple[tuple[float, float, float, int], ...] = ()


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
    demand: DemandSettings = DemandSettings()

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

    Years between two known ones are interpolated linearly; after the last, up to 2035, its number is held, which
    is an assumption (``people_basis``).

    Raises
    ------
    InputError
        If the year lies before the first known one or after 2035; the message lists what there is.
    """
    known = workspace.years
    if not known or not known[0] <= year <= max(known[-1], YEARS[-1]):
        listed = "、".join(str(y) for y in known)
        raise InputError(
            Text(
                f"没有 {year} 年的人口；该工作区的人口年份为：{listed}，可选 {known[0]}–{max(known[-1], YEARS[-1])}",
                f"no population for {year}: this workspace has {', '.join(map(str, known))}; choose {known[0]}-{max(known[-1], YEARS[-1])}",
            )
        )
    if year in known:
        return workspace.cells[f"people_{year}"].rename("people")
    table = workspace.cells[[f"people_{y}" for y in known]].set_axis(list(known), axis="columns")
    return residents(pd.DataFrame(table), year)


def people_basis(workspace: Workspace, year: int) -> tuple[str, str]:
    """Return how the residents of a year are known, in Chinese and English; empty where they are data."""
    known = workspace.years
    if year in known:
        return "", ""
    if year > known[-1]:
        return (
            f"{year} 年人口按 {known[-1]} 年不变假定",
            f"residents of {year} are those of {known[-1]}, held: an assumption",
        )
    return f"{year} 年人口由相邻年份线性内插", f"residents of {year} are interpolated between known years"


def with_demand(workspace: Workspace, settings: DemandSettings) -> Workspace:
    """Return the workspace with other demand settings; what does not hang on them is kept."""
    result = dataclasses.replace(workspace, demand=settings)
    if "cell_snaps" in workspace.__dict__:
        result.__dict__["cell_snaps"] = workspace.cell_snaps
    return result


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
