"""One place as one frozen value: its frames, its network, its years.

Frames are in the workspace's metric reference system; nothing here reads a file. A scenario is the same value
with other facilities, residents or streets (see ``geo.scenario``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from geo.card import card, grid, short
from geo.network import Network
from geo.schema import BASES
from geo.services import SERVICES, Service, own_services
from geo.text import Text

if TYPE_CHECKING:  # most questions ride in nothing: the search through a timetable is read when one does
    from geo.transit import Timetable

__all__ = ["OWN_FRAMES", "Workspace", "basis_of", "with_leaf_zone", "zone_totals"]

OWN_FRAMES = "own_frames"
"""Key of ``Workspace.parameters`` under which ``Case.from_frames`` tells what it did with each frame."""

UNSAID = Text("", "")
COUNTED = {
    "zones": "片区",
    "schools": "学校",
    "clinics": "医疗",
    "stops": "车站",
    "facilities": "公共设施",
    "cells": "人口格",
    "streets": "街道",
}


def _anew(_ways: gpd.GeoDataFrame, _how: Any, make: Callable[[], Any]) -> Any:
    return make()


@dataclass(frozen=True, eq=False)
class Workspace:
    """A place: zones, facilities, transport, people and the plan, in metres of ``crs``.

    ``zones`` is indexed by zone_id, ``schools``, ``clinics`` and ``facilities`` by facility_id, ``stops`` by stop_id, ``cells``
    by cell_id with columns people_<year> [persons] and zone_id (the leaf: sub-area, or zone where the cell lies
    in none; missing outside). ``parameters`` holds the tables of workspace.toml.

    Examples
    --------
    >>> from geo.examples import town
    >>> town().workspace
    Workspace(Town; EPSG:4548; 2025; 2 zones, 1 schools, 3 cells, 3 streets)
    """

    name_zh: str
    name_en: str
    crs: str
    years: tuple[int, ...]
    zones: gpd.GeoDataFrame
    schools: gpd.GeoDataFrame
    clinics: gpd.GeoDataFrame
    stops: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
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
    plan_text: pd.DataFrame = field(default_factory=pd.DataFrame)
    """The plan as printed, a row a paragraph (``geo.plantext``); empty where a place brings none."""
    quotes: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Which words of it say what: kind, id, field, quote, side."""
    facts: pd.DataFrame = field(default_factory=pd.DataFrame)
    """What it asks for beside targets, projects and zones, each with clause and quotation."""
    constraints: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Sentences of the plan as relations between its quantities (``geo.consistency``), beside those its tables tell."""
    key: str = ""
    scenario: str = ""
    districts: Mapping[tuple[str, str], shapely.Geometry] = field(default_factory=dict)
    """School districts that a scenario draws: (service, school) to area."""
    complete: frozenset[str] = frozenset()
    """Services of which nothing there is nothing there, not nothing known: a scenario took the last away, or an analyst's
    own frame is empty."""
    scenario_state: Text = UNSAID
    """Which state of the scenario this is, said by whoever keeps scenarios: a revision, changes not saved; or nothing."""
    landuse: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    """Plots of planned land use, indexed by plot_id; empty where none are imported."""
    controls: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    """Control lines 三线 as areas, indexed by line_id; empty where none are imported."""
    carriers: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    """Premises, firms, institutes and platforms 载体 on which the plan rests a zone's functions, indexed by carrier_id: places
    to know, no facilities; nothing is counted of them."""
    ground: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    """Sea, waters, green, built-up land, far railways and roads, place names: drawn under everything, asked about nowhere."""
    ways: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    """All ways with who may use them and how (``geo.modes``); empty where a place has only its streets to walk on."""
    compiled: Callable[..., Any] = field(default=_anew, repr=False)
    """Given ways, a preset of ``geo.modes`` and how the mode is made: the mode, made, or from where an earlier one was kept."""
    supposed: tuple[tuple[int | None, Text], ...] = ()
    """What a scenario supposes of the residents, each from a year on (None: always). ``years`` stay those of the data."""
    timetable: Timetable | None = None
    """Public transport, its stops in ``crs``; None where the place brings none."""
    feeds: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Where the timetable is from, a row a feed: file, first and last day, basis, source_id."""

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """Return the frame of a layer by its name in the data contract.

        Examples
        --------
        >>> from geo.examples import town
        >>> town().workspace.layer("schools")["seats_primary"].to_dict()
        {'S': 540.0}
        """
        return getattr(self, name)

    @property
    def services(self) -> Mapping[str, Service]:
        """The services that can be asked here: those of the standards, then those that workspace.toml adds.

        Examples
        --------
        >>> from geo.examples import town
        >>> list(town().workspace.services)[-2:]
        ['market', 'park']
        """
        return {**SERVICES, **own_services(self.parameters.get("services"))}

    @property
    def people_years(self) -> tuple[int, ...]:
        """The years with a column of residents: those of the data, and those in which a scenario's housing comes.

        Examples
        --------
        >>> from geo.examples import town
        >>> town().workspace.people_years
        (2025,)
        """
        named = (re.fullmatch(r"people_(\d{4})", str(column)) for column in self.cells.columns)
        found = {int(name.group(1)) for name in named if name}
        return tuple(sorted(found if self.supposed else found.intersection(self.years)))

    @property
    def brand(self) -> Text:
        """What a page of this place is called: ``[brand]`` of workspace.toml, else its name with "planning map".

        Examples
        --------
        >>> from geo.examples import town
        >>> town().workspace.brand
        Text(zh='Town规划图', en='Town: Zone Planner')
        """
        told = self.parameters.get("brand", {})
        return Text(
            str(told.get("zh") or f"{self.name_zh}规划图"), str(told.get("en") or f"{self.name_en}: Zone Planner")
        )

    @property
    def own_frames(self) -> Mapping[str, Text]:
        """What ``Case.from_frames`` did with each frame: rows, reference systems, joins; empty for a place from files.

        Examples
        --------
        >>> from geo.examples import town
        >>> town().workspace.own_frames["zones"].en
        '2 rows; EPSG:4548'
        """
        told = self.parameters.get(OWN_FRAMES, {})
        return told if isinstance(told, Mapping) else {}

    def __repr__(self) -> str:
        """Return the place, its years and how much of everything there is."""
        counts = ", ".join(f"{len(self.layer(name))} {name}" for name in COUNTED if len(self.layer(name)))
        place = short(self.name_en or self.name_zh) + (f", {short(self.scenario, 20)}" if self.scenario else "")
        return f"Workspace({place}; {short(self.crs, 20)}; {self._years()}; {counts})"

    def _repr_html_(self) -> str:
        """Return the place as a card: years, layers, sources, and how the frames were brought to one system."""
        facts = {
            "方案 scenario": self.scenario,
            "坐标系 CRS": self.crs,
            "年份 years": self._years(),
            **{f"{zh} {name}": f"{len(self.layer(name)):,}" for name, zh in COUNTED.items()},
            "来源 sources": ", ".join(self.sources),
            **{f"自备数据 own frame: {name}": told for name, told in self.own_frames.items()},
        }
        zones = self.zones[[c for c in ("name_zh", "name_en", "level", "parent_id", "basis") if c in self.zones]]
        return card(Text(self.name_zh, self.name_en), facts, grid(zones, "片区 zones"))

    def _years(self) -> str:
        known = self.years
        return ", ".join(map(str, known)) if len(known) < 4 else f"{known[0]}-{known[-1]} ({len(known)})"


def with_leaf_zone(cells: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the cells with ``zone_id`` of the smallest area that holds their centre (missing outside).

    A centre on a common border belongs to the area whose id sorts first.

    Examples
    --------
    >>> from geo.examples import homes, zones
    >>> areas = zones().assign(level="zone").rename_axis("zone_id")
    >>> with_leaf_zone(homes()[["geometry"]], areas)["zone_id"].to_dict()
    {'a': 'south', 'b': 'south', 'c': 'north'}
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

    Examples
    --------
    >>> from geo.examples import town
    >>> place = town().workspace
    >>> zone_totals(place, place.cells[["people_2025"]])["people_2025"].to_dict()
    {'south': 1100.0, 'north': 400.0}
    """
    leaf = workspace.cells["zone_id"]
    by_leaf = values.groupby(leaf.where(leaf.notna())).sum()
    zones = workspace.zones
    table = by_leaf.reindex(zones.index, fill_value=0.0)
    parent = zones["parent_id"]
    for zone_id in zones.index[zones["level"] == "zone"]:
        table.loc[zone_id] += by_leaf.reindex(zones.index[parent == zone_id], fill_value=0.0).sum()
    return table


def basis_of(*parts: pd.DataFrame | pd.Series | str) -> str:
    """Return the weakest basis among frames (their ``basis`` column), series and single words.

    Examples
    --------
    >>> basis_of(pd.DataFrame({"basis": ["measured", "estimated"]}), "derived")
    'estimated'
    """
    seen: set[str] = set()
    for part in parts:
        if isinstance(part, str):
            seen.add(part)
        else:
            values = part["basis"] if isinstance(part, pd.DataFrame) and "basis" in part else part
            if isinstance(values, pd.Series):
                seen.update(v for v in values.dropna().unique() if isinstance(v, str))
    ranked = [b for b in BASES if b in seen]
    return ranked[-1] if ranked else "assumed"
