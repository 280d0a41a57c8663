"""What an answer carries, and the pieces that several questions share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.answers.picture import Shapes, map_of, shaped
from geo.answers.stamp import people_of, stamp, stamped
from geo.card import card, grid, short
from geo.case import Case
from geo.crs import to_wgs84
from geo.errors import InputError
from geo.measure import own_metres
from geo.text import Text, several
from geo.workspace import Workspace, basis_of

__all__ = ["Answer", "answered", "basis_of", "source_ids", "with_degrees", "zone_columns", "zone_family"]


NOWHERE = Text("", "")
CHOSEN = Text(
    "按规划者选用的中国标准（GB 50180 等）衡量，该工作区本身未选用任何标准",
    "measured by Chinese standards (GB 50180 and its kin) as the planner chose; the workspace itself goes by none",
)
OWN = (
    "按规划者自定的 {metres:g} 米衡量，不是标准条文",
    "measured by {metres:g} m, the planner's own distance and no standard's",
)
PICTURES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "coverage": {"zones": ("share_walk",)},
    "crossings": {"best": ("gain",), "chosen": ("gain_with",)},
    "access": {"zones": ("access",)},
    "adequacy": {"zones": ("deficit",)},
    "assign": {"schools": ("fill",)},
    "circles": {"ranked": ("lacks_mean",), "reach": ()},
    "programme": {"schedule": ("opens",)},
    "gain": {"nodes": ("gain",)},
    "locate": {"sites": ("pupils_new", "people_new")},
    "tradeoff": {"sites": ("point",)},
    "robust": {"chosen": ("chosen_share",), "sites": ("best_share",)},
    "value": {"sites": ("rank",)},
    "reached": {"zones": ("share",)},
    "travel": {"areas": ("minutes",)},
    "site": {"reach": (), "nearest": ("service",), "place": ()},
    "zone_card": {"card": ()},
}
"""What a map of an answer shows where nobody says otherwise: its layers from below, and what colours each."""


@dataclass(frozen=True, eq=False)
class Answer:
    """The answer to one question: tables with the method, parameters, basis and sources behind them.

    ``tables`` maps a name to a DataFrame (or GeoDataFrame in the workspace's metric CRS); ``answer["zones"]`` is one
    of them, ``answer.frame("zones")`` the same with shapes, ``answer.explore()`` a map. ``basis`` is the weakest
    basis of anything that went into the numbers.

    Examples
    --------
    >>> from geo.answers import coverage
    >>> from geo.examples import town
    >>> answer = coverage(town())
    >>> answer["zones"]["share_walk"].to_dict()
    {'south': 1.0, 'north': 0.0}
    >>> answer.basis, answer.parameters["limit_m"]
    ('assumed', 500.0)
    """

    question: str
    title: Text
    tables: Mapping[str, pd.DataFrame]
    method: Text
    parameters: Mapping[str, Any]
    basis: str
    sources: tuple[str, ...]
    workspace: Text = NOWHERE
    scenario: str = ""
    scenario_state: Text = NOWHERE
    """Which state of the scenario: its revision, changes not saved; empty where nobody said."""
    notes: tuple[Text, ...] = ()
    stamp: Text = NOWHERE
    """Whose residents a year without its own is answered with ("2035 按 2025 年人口"): for legends and headers."""
    shapes: Shapes = field(default_factory=dict, repr=False)
    """Shapes of what the tables name by id, for a map; no part of the answer."""
    beside: Mapping[str, Callable[[], gpd.GeoDataFrame]] = field(default_factory=dict, repr=False)
    """Layers to be drawn beside the tables, made when they are looked at."""

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return a table by its name."""
        if name not in self.tables:
            raise InputError(
                Text(
                    f"没有表“{name}”，可选：{'、'.join(self.tables)}",
                    f"no table '{name}', choose one of {', '.join(self.tables)}",
                )
            )
        return self.tables[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the tables."""
        return iter(self.tables)

    def _ipython_key_completions_(self) -> list[str]:
        """Return the names of the tables, for the tab key after ``answer[``."""
        return list(self.tables)

    def frame(self, name: str) -> gpd.GeoDataFrame:
        """Return a table with the shapes of its rows, in the metric CRS of the place.

        Parameters
        ----------
        name
            A table that names zones or facilities, or tells places by lon and lat; or a layer of ``beside`` (of a
            click: ``reach``, the ground within walking reach).

        Raises
        ------
        InputError
            If there is no such table, or it tells no place.

        Examples
        --------
        >>> from geo.answers import coverage
        >>> from geo.examples import town
        >>> coverage(town()).frame("zones").geometry.area.tolist()
        [125000.0, 100000.0]
        """
        return self.beside[name]() if name in self.beside else shaped(self[name], self.shapes)

    def explore(self, table: str | None = None, column: str | None = None, **options: Any) -> Any:
        """Return a map of the answer, for a notebook: folium's, drawn by geopandas.

        Parameters
        ----------
        table, column
            What to draw, and the column that colours it; where not given, what the question is about: zones by the
            share on foot, schools by how full they are, nodes by gain, chosen sites, the clicked place in its reach.
        options
            As of ``geopandas.GeoDataFrame.explore``; ``m`` draws on a map there is. Without ``tiles`` no ground is
            fetched; the script of the map itself comes from folium's content network.

        Raises
        ------
        InputError
            If there is nothing to draw, too much, no such column, or the packages that draw are not installed.

        Notes
        -----
        folium escapes nothing; names are made harmless first (``geo.answers.picture.harmless``).

        Examples
        --------
        >>> from geo.answers import coverage
        >>> from geo.examples import town
        >>> type(coverage(town()).explore()).__name__
        'Map'
        """
        if table is not None:
            return map_of([(self.frame(table), column)], **options)
        picture = {k: v for k, v in PICTURES.get(self.question, {}).items() if k in self.beside or len(self[k])}
        layers = []
        for name, columns in picture.items():
            frame = _one_row_a_zone(self.frame(name))
            asked = column if len(picture) == 1 or column in frame else None
            layers.append((frame, asked or next((c for c in columns if c in frame), None)))
        return map_of(layers, **options)

    def __repr__(self) -> str:
        """Return question, place, basis and the sizes of the tables."""
        sizes = ", ".join(f"{name} {len(table)}×{table.shape[1]}" for name, table in self.tables.items())
        about = " · ".join(
            t for t in (short(self.title.en, 48), short(self.workspace.en, 24), short(self.scenario, 16)) if t
        )
        return f"Answer({about}; basis {short(self.basis, 12)}; {short(sizes, 80)})"

    def _repr_html_(self) -> str:
        """Return the answer as a card: method, parameters, basis, sources, notes, and the first table."""
        facts = {
            "地点 place": self.workspace if any(self.workspace) else "",
            "方案 scenario": f"{self.scenario} ({self.scenario_state})" if any(self.scenario_state) else self.scenario,
            "方法 method": self.method,
            "参数 parameters": ", ".join(f"{k}={v}" for k, v in self.parameters.items() if v not in ("", None, [])),
            "依据 basis": self.basis,
            "来源 sources": ", ".join(self.sources),
            "注意 notes": "; ".join(map(str, self.notes)),
            "表 tables": ", ".join(f"{name} ({len(table)})" for name, table in self.tables.items()),
        }
        first = next(((n, t) for n, t in self.tables.items() if len(t)), None)
        return card(self.title, facts, *([grid(first[1], first[0])] if first else []))


def _one_row_a_zone(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a zone table for a map: the parts and not the zones they cover, the stages of a zone side by side."""
    if {"stage", "zone_id"} <= set(frame.columns):
        wide = frame.drop_duplicates("zone_id").set_index("zone_id")[["name_zh", "name_en", "parent_id", "geometry"]]
        for stage, part in frame.groupby("stage", sort=False):
            wide[f"{stage}_deficit"] = part.set_index("zone_id")["deficit"]
        frame = wide.assign(deficit=wide.filter(like="_deficit").sum(axis="columns", skipna=False))
    return frame[~frame.index.isin(frame["parent_id"].dropna())] if "parent_id" in frame else frame


def answered(
    about: Workspace | Case, question: str, title: Text, tables: Mapping[str, pd.DataFrame], **told: Any
) -> Answer:
    """Return an answer signed with the place and scenario it is about; ``told`` are the other fields of ``Answer``.

    Of a case whose year has no residents of its own, the title, the first note, the parameters and every table of
    residents say whose residents they are.

    Examples
    --------
    >>> from geo.examples import town
    >>> told = {"method": Text("数", "counted"), "parameters": {}, "basis": "assumed", "sources": ()}
    >>> answered(town().workspace, "people", Text("人口", "people"), {"all": pd.DataFrame({"people": [1500]})}, **told)
    Answer(people · Town; basis assumed; all 1×1)
    """
    workspace = about.workspace if isinstance(about, Case) else about
    if isinstance(about, Case) and about.people_basis is not None:
        told["notes"] = (about.people_basis, *told.get("notes", ()))
        told["parameters"] = {**told["parameters"], "people_year": people_of(about)}
        told["stamp"] = stamp(about)
        tables = stamped(about, tables)
    own = own_metres(workspace)
    if own is not None and told["parameters"].get("limit_m") == own:
        told["notes"] = (*told.get("notes", ()), Text(*(words.format(metres=own) for words in OWN)))
    if workspace.parameters.get("standards", {}).get("chosen") and own is None:
        told["notes"] = (*told.get("notes", ()), CHOSEN)
    place = Text(workspace.name_zh, workspace.name_en)
    facilities = [
        frame.geometry for frame in (workspace.schools, workspace.clinics, workspace.stops, workspace.facilities)
    ]
    shapes = {"zone_id": [workspace.zones.geometry], "facility_id": facilities}
    return Answer(
        question, title, tables, workspace=place, scenario=workspace.scenario, scenario_state=workspace.scenario_state,
        shapes=shapes, **told,
    )  # fmt: skip


def source_ids(*frames: pd.DataFrame) -> tuple[str, ...]:
    """Return the ids of the sources behind the rows of the frames, sorted.

    Examples
    --------
    >>> source_ids(pd.DataFrame({"source_id": ["census; plan", None, "plan"]}))
    ('census', 'plan')
    """
    ids: set[str] = set()
    for frame in frames:
        if "source_id" in frame:
            for value in frame["source_id"].unique():
                ids.update(several(value))
    return tuple(sorted(ids))


def zone_columns(workspace: Workspace, table: pd.DataFrame) -> pd.DataFrame:
    """Return a zone table with names, level and parent put before its numbers.

    Examples
    --------
    >>> from geo.examples import town
    >>> zone_columns(town().workspace, pd.DataFrame({"share": [1.0, 0.0]}, index=["south", "north"])).columns.tolist()
    ['name_zh', 'name_en', 'level', 'parent_id', 'share']
    """
    zones = workspace.zones.loc[table.index, ["name_zh", "name_en", "level", "parent_id"]]
    return pd.concat([pd.DataFrame(zones), table], axis="columns")


def with_degrees(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return points with their ``lon`` and ``lat`` [degrees, WGS84], so that a printed table tells where they are.

    Examples
    --------
    >>> from geo.examples import homes
    >>> with_degrees(homes())[["lon", "lat"]].round(3).loc["a"].tolist()
    [117.001, 39.104]
    """
    degrees = to_wgs84(points.geometry)
    return points.assign(lon=degrees.x.round(7), lat=degrees.y.round(7))


def share(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Return part ÷ whole, NaN where the whole is 0."""
    return part / whole.where(whole > 0)


def finite(value: float) -> float | None:
    """Return a float, or None for inf and NaN (for tables that go to JSON and to the screen)."""
    return float(value) if np.isfinite(value) else None


def title(case: Case, zh: str, en: str) -> Text:
    """Return the title of an answer about the service and year of a case, with the year of its residents."""
    return dated(case, f"{case.asked.name_zh}{zh}", f"{case.asked.name_en}: {en}")


def dated(case: Case, zh: str, en: str) -> Text:
    """Return a title with the year of a case, and whose residents it is answered with where it has none of its own."""
    told = stamp(case)
    return Text(f"{zh}（{told.zh or case.year}）", f"{en} ({told.en or case.year})")


def zone_family(workspace: Workspace, zone: str) -> set[str]:
    """Return a zone and its sub-areas.

    Raises
    ------
    InputError
        If there is no such zone.

    Examples
    --------
    >>> from geo.examples import town
    >>> zone_family(town().workspace, "south")
    {'south'}
    """
    zones = workspace.zones
    if zone not in zones.index:
        listed = [str(i) for i in zones.index]
        raise InputError(
            Text(f"没有片区“{zone}”，可选：{'、'.join(listed)}", f"no zone '{zone}', choose one of {', '.join(listed)}")
        )
    return {zone, *zones.index[zones["parent_id"] == zone].astype(str)}
