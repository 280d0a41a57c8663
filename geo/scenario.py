"""Scenarios: facilities added, closed or resized over a base workspace, and what changes by them."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import to_metres
from geo.errors import InputError
from geo.services import SERVICES, STAGES, provides_service
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["FORMAT", "Added", "Scenario", "apply", "compare", "free_ids", "ids_of"]

FORMAT = 1
"""Of ``Scenario.as_dict``: a later program writes a higher one, and an earlier one says so instead of dropping what it does not know."""
FIELDS = ("format", "name", "added", "closed", "resized")


@dataclass(frozen=True)
class Added:
    """One facility of a scenario: where, for which service, how large, from which year.

    Examples
    --------
    >>> Added("NEW", "primary", 117.0, 39.1, seats=360).open_year is None
    True
    """

    facility_id: str
    service: str
    lon: float
    lat: float
    seats: float | None = None
    open_year: int | None = None
    name_zh: str = ""


@dataclass(frozen=True)
class Scenario:
    """Changes over a base. ``resized`` maps facility_id → service → seats (beds for clinics).

    Examples
    --------
    >>> plan = Scenario("two schools", added=(Added("NEW", "primary", 117.0, 39.1, 360),), closed=("S",))
    >>> plan.added[0].seats, plan.closed
    (360, ('S',))
    """

    name: str
    added: tuple[Added, ...] = ()
    closed: tuple[str, ...] = ()
    resized: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the scenario as plain data.

        Examples
        --------
        >>> Scenario("close it", closed=("S",)).as_dict()
        {'format': 1, 'name': 'close it', 'added': [], 'closed': ['S'], 'resized': {}}
        """
        return {
            "format": FORMAT,
            "name": self.name,
            "added": [dataclasses.asdict(a) for a in self.added],
            "closed": list(self.closed),
            "resized": {k: dict(v) for k, v in self.resized.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scenario:
        """Return the scenario written by ``as_dict``, of this format or an earlier one (those before 1 name none).

        Raises
        ------
        InputError
            If the data are not of that form, or hold what this program does not know: nothing is dropped unseen.

        Examples
        --------
        >>> plan = Scenario("close it", closed=("S",))
        >>> Scenario.from_dict(plan.as_dict()) == plan
        True
        """
        _known(data)
        try:
            return cls(
                str(data["name"]),
                tuple(Added(**one) for one in data.get("added", ())),
                tuple(map(str, data.get("closed", ()))),
                {str(k): {str(s): float(n) for s, n in v.items()} for k, v in data.get("resized", {}).items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(Text(f"方案数据无法读取：{error}", f"the scenario cannot be read: {error}")) from error


def ids_of(workspace: Workspace) -> frozenset[str]:
    """Return every id that a layer of the workspace uses: facilities, zones, lines, projects of the plan.

    Examples
    --------
    >>> from geo.examples import town
    >>> sorted(ids_of(town().workspace))
    ['S', 'north', 'south']
    """
    layers = ("zones", "schools", "clinics", "stops", "links", "water", "projects")
    named = (frame for name in layers if (frame := workspace.layer(name)).index.name)
    return frozenset(str(i) for frame in named for i in frame.index)


def free_ids(count: int, used: Collection[str]) -> list[str]:
    """Return ids for new facilities, N01 and on, that are not among those used.

    Examples
    --------
    >>> free_ids(2, {"S01", "N01", "P01"})
    ['N02', 'N03']
    """
    taken, number = set(used), 1
    ids: list[str] = []
    while len(ids) < count:
        if (name := f"N{number:02d}") not in taken:
            ids.append(name)
        number += 1
    return ids


def apply(workspace: Workspace, scenario: Scenario) -> Workspace:
    """Return the workspace as it would be under a scenario; the base is left as it is.

    Raises
    ------
    InputError
        If a facility to close or resize is not there, an id is taken, or a size is not a number of at least 0.

    Examples
    --------
    >>> from geo.examples import town
    >>> other = apply(town().workspace, Scenario("larger", resized={"S": {"primary": 900}}))
    >>> other.schools["seats_primary"].to_dict(), other.scenario
    ({'S': 900.0}, 'larger')
    """
    layers = {name: workspace.layer(name) for name in ("schools", "clinics", "stops")}
    known = {str(i) for frame in layers.values() for i in frame.index}
    missing = [i for i in (*scenario.closed, *scenario.resized) if i not in known]
    taken = [a.facility_id for a in scenario.added if a.facility_id in known]
    if missing or taken or len({a.facility_id for a in scenario.added}) < len(scenario.added):
        raise InputError(
            Text(
                f"方案中的设施编号不存在：{missing}，或已被占用：{taken}",
                f"ids not in the base: {missing}; ids taken: {taken}",
            )
        )
    changed = {}
    for name, frame in layers.items():
        touched = frame.index.isin([*scenario.closed, *scenario.resized]).any()
        if not touched and not any(SERVICES[a.service].layer == name for a in scenario.added):
            continue  # the very same frame: what was worked out from it still holds
        out = frame.loc[~frame.index.isin(list(scenario.closed))].copy()
        for facility_id, sizes in scenario.resized.items():
            if facility_id in out.index:
                for key, size in sizes.items():
                    out.loc[facility_id, _size_column(name, key)] = _size(size)
        new = [_row(a, out) for a in scenario.added if SERVICES[a.service].layer == name]
        if new:
            rows = gpd.GeoDataFrame(new, geometry="geometry", crs="EPSG:4326").set_index(out.index.name, drop=False)
            rows = to_metres(rows, workspace.crs).reindex(columns=out.columns)
            joined = pd.concat([out.astype(object), rows.astype(object)])
            out = gpd.GeoDataFrame(joined.astype(out.dtypes.to_dict()), geometry="geometry", crs=workspace.crs)
            out.index.name = frame.index.name
        changed[name] = out
    had = (key for key, asked in SERVICES.items() if provides_service(workspace.layer(asked.layer), asked).any())
    return dataclasses.replace(workspace, **changed, scenario=scenario.name, complete=workspace.complete.union(had))


def compare(base: Mapping[str, pd.DataFrame], other: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return, for every table that both answers have, the numbers of the other less those of the base.

    Examples
    --------
    >>> before, after = pd.DataFrame({"people": [1100.0]}), pd.DataFrame({"people": [1500.0]})
    >>> compare({"total": before}, {"total": after})["total"]["people"].tolist()
    [400.0]
    """
    result = {}
    for name in base.keys() & other.keys():
        left, right = base[name], other[name]
        numeric = [c for c in left.select_dtypes("number").columns if c in right]
        if numeric and left.index.equals(right.index):
            result[name] = right[numeric] - left[numeric]
    return result


def _known(data: Mapping[str, Any]) -> None:
    """Refuse a format of a later program, and members that nobody knows."""
    if not isinstance(data, Mapping):
        raise InputError(Text("方案数据须为对象", "the data of a scenario must be an object"))
    written = data.get("format", FORMAT)
    if type(written) is not int or not 1 <= written <= FORMAT:
        raise InputError(
            Text(
                f"方案的格式为 {written!r}，本程序只认识到 {FORMAT}：请用更新的版本打开",
                f"the scenario is of format {written!r}, this program knows up to {FORMAT}: open it with a newer version",
            )
        )
    known_added = {f.name for f in dataclasses.fields(Added)}
    added = data.get("added", ())
    rows = [one for one in added if isinstance(one, Mapping)] if isinstance(added, list | tuple) else []
    unknown = [str(k) for k in data if k not in FIELDS]
    unknown += [f"added.{k}" for k in dict.fromkeys(k for one in rows for k in one) if k not in known_added]
    if unknown:
        raise InputError(
            Text(
                f"方案中有本程序不认识的字段：{'、'.join(unknown)}；请用更新的版本打开，或删去这些字段",
                f"the scenario has fields that this program does not know: {', '.join(unknown)}; open it with a newer "
                "version, or remove them",
            )
        )


def _size_column(layer: str, key: str) -> str:
    column = SERVICES[key].seats or ("beds" if layer == "clinics" else None)
    if column is None:
        raise InputError(
            Text(f"“{SERVICES[key].name_zh}”没有规模可改", f"{SERVICES[key].name_en} has no size to change")
        )
    return column


def _size(value: float) -> float:
    if not (np.isfinite(value) and value >= 0):
        raise InputError(
            Text(f"规模须为不小于 0 的数，现为 {value}", f"a size must be a number of at least 0, it is {value}")
        )
    return float(value)


def _row(added: Added, like: pd.DataFrame) -> dict[str, Any]:
    """Return an added facility as a row of its layer."""
    asked = SERVICES[added.service]
    row: dict[str, Any] = {
        str(like.index.name): added.facility_id,
        "name_zh": added.name_zh or f"方案新增{asked.name_zh} {added.facility_id}",
        "name_en": f"Proposed {asked.name_en.lower()} {added.facility_id}",
        "kind": asked.kinds[0] if asked.kinds else asked.key,
        "status": "proposed",
        "open_year": added.open_year,
        "basis": "assumed",
        "accuracy_m": 0.0,
        "source_id": "scenario",
        "geometry": shapely.Point(added.lon, added.lat),
    }
    if asked.layer == "schools":
        row |= {f"seats_{stage}": 0.0 for stage in STAGES}
    if asked.seats or asked.layer == "clinics":
        row[_size_column(asked.layer, added.service)] = _size(added.seats) if added.seats is not None else np.nan
    return row
