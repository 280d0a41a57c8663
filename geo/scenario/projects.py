"""Projects of the plan under a scenario: what is done to a project is done to the facility that it builds.

A project that builds a facility of a layer (``facility_id``) is moved, resized, brought forward or dropped by the objects
that do it to any facility; one that builds none yet becomes a new facility that names it. There is no second mechanism:
supply follows as it always does, and the layer of projects follows the facilities.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo.crs import to_metres, to_wgs84
from geo.errors import Finding, InputError
from geo.scenario.objects import Added, Closed, Moved, Object, Opened, Resized
from geo.services import STAGES
from geo.text import Text
from geo.workspace import Workspace, with_leaf_zone

__all__ = ["SERVICES_OF", "changed", "noted", "on_project"]

SERVICES_OF: Mapping[str, tuple[str, ...]] = {
    "school": STAGES,
    "health": ("community_health_centre", "health_station", "hospital"),
    "welfare": ("elderly", "elderly_centre"),
    "culture": ("culture",),
    "sports": ("sport",),
    "community": ("culture", "elderly", "market"),
}
"""Kind of a project → the services that it may bring; a project of another kind brings none that is counted here."""
LAYERS = ("schools", "clinics", "stops", "facilities")
Change = Moved | Closed | Resized | Opened


def on_project(
    workspace: Workspace, project_id: str, *, open_year: int | None = None, place: tuple[float, float] | None = None,
    sizes: Mapping[str, float | None] | None = None, drop: bool = False, year: int | None = None, new_id: str = "",
) -> tuple[Object, ...]:  # fmt: skip
    """Return the objects of a scenario that do something to a project of the plan.

    Parameters
    ----------
    workspace
        The place as it is, without a scenario.
    open_year
        The year in which it opens instead: brought forward, or put off.
    place
        Where it is built instead, (lon, lat) [degrees, WGS 84].
    sizes
        Service → seats or beds instead. Of a project that builds no facility of a layer yet: the one service that it brings, and how large (None: not known).
    drop
        It is not built. Nothing else may be asked with it.
    year
        From which year on a facility that stands already is moved, resized or closed; what is planned is planned otherwise from the start.
    new_id
        Id of the new facility, of a project that builds none yet.

    Raises
    ------
    InputError
        If there is no such project, it builds no facility and lacks place or service for one, or what is asked does not go together.

    Examples
    --------
    >>> import dataclasses
    >>> from geo.examples import at, town
    >>> base = town().workspace
    >>> plan = {"project_id": ["P1"], "name": ["School"], "state": ["启动建设"], "facility_id": ["S"]}
    >>> drawn = gpd.GeoDataFrame(plan, geometry=[at(0, 0)], index=pd.Index(["P1"], name="project_id"), crs=base.crs)
    >>> base = dataclasses.replace(base, projects=drawn)
    >>> (one,) = on_project(base, "P1", sizes={"primary": 900}, year=2030)
    >>> one.object_id, one.seats, one.year, one.project_id, one.project_zh
    ('resize:S:primary', 900.0, 2030, 'P1', 'School')
    """
    row = _row(workspace, project_id)
    note = _note(row, project_id)
    facility = _facility(workspace, row)
    if drop and (open_year is not None or place or sizes):
        raise _wrong(
            project_id, "取消的项目不能再改年份、位置或规模", "is dropped, and can have no other year, place or size"
        )
    if facility is None:
        if drop:
            raise _wrong(project_id, "没有对应设施，取消不影响供给", "builds no facility: to drop it changes no supply")
        return (_new(workspace, row, project_id, open_year, place, sizes or {}, new_id, note),)
    name, status = facility
    since = year if status == "existing" else None
    if drop:
        return (Closed(name, since, **note),)
    out: list[Object] = [Moved(name, *place, since, **note)] if place else []
    for service, size in (sizes or {}).items():
        if size is None:
            raise _wrong(project_id, f"的设施 {name}：请给出改后的规模", f"builds {name}: say its new size")
        out.append(Resized(name, service, size, since, **note))
    if open_year is not None:
        if status == "existing":
            raise _wrong(project_id, f"的设施 {name} 已经开放，不能再改开放年份", f"builds {name}, which is open already: it cannot open in another year")  # fmt: skip
        out.append(Opened(name, open_year, **note))
    return tuple(out)


def noted(workspace: Workspace, objects: Iterable[Object]) -> tuple[Object, ...]:
    """Return objects with the project of the plan noted whose facility they change, where they name none.

    Examples
    --------
    >>> from geo.examples import town
    >>> noted(town().workspace, [Closed("S")])[0].project_id
    ''
    """
    told = workspace.projects
    builds = {} if told.empty else {str(f): str(i) for i, f in told["facility_id"][::-1].items() if pd.notna(f)}
    return tuple(
        replace(one, **_note(told.loc[project], project))
        if isinstance(one, Change) and not one.project_id and (project := builds.get(one.facility_id))
        else one
        for one in objects
    )


def changed(workspace: Workspace, objects: Iterable[Object]) -> dict[str, gpd.GeoDataFrame]:
    """Return the layer of projects, by its name, where objects change a facility that one builds, or make one for it.

    A project stands where its facility stands (in the zone that this is) and opens when it opens; one whose facility is closed is not there any more.

    Raises
    ------
    InputError
        If a new facility is made for a project that builds another one already.

    Examples
    --------
    >>> from geo.examples import town
    >>> changed(town().workspace, [Closed("S")])
    {}
    """
    base = workspace.projects
    if base.empty:
        return {}
    out, gone, faults, touched = base.copy(), [], [], False
    builds = base["facility_id"].astype(object).where(base["facility_id"].notna(), None)
    given: set[str] = set()
    for one in objects:
        if isinstance(one, Added) and one.project_id in out.index:
            if (built := _facility(workspace, base.loc[one.project_id])) is not None:
                faults.append(_twice(one, built[0]))
                continue
            if one.project_id in given:  # a second service of the project: its row names the first
                continue
            given.add(one.project_id)
            rows = pd.Series(out.index == one.project_id, index=out.index)
            out["facility_id"] = out["facility_id"].astype(object).mask(rows, one.facility_id)
        elif isinstance(one, Change):
            rows = builds == one.facility_id
        else:
            continue
        if not rows.any():
            continue
        touched = True
        if isinstance(one, Closed):
            gone += list(out.index[rows])
        if isinstance(one, Added | Moved):
            _put(out, rows, one, workspace)
        if isinstance(one, Added | Opened) and one.year is not None:
            out.loc[rows, "open_year"] = one.year
    if faults:
        raise InputError(faults)
    return {"projects": out.loc[~out.index.isin(gone)]} if touched else {}


def _put(out: gpd.GeoDataFrame, rows: pd.Series, one: Added | Moved, workspace: Workspace) -> None:
    """Put projects where a planner has put their facility, in the zone that this is, and say whose place it is."""
    at = to_metres(gpd.GeoSeries([shapely.Point(one.lon, one.lat)], crs="EPSG:4326"), workspace.crs)
    zone = with_leaf_zone(gpd.GeoDataFrame(geometry=at), workspace.zones)["zone_id"].iloc[0]
    out.loc[rows, out.geometry.name] = at.repeat(int(rows.sum())).to_numpy()
    told = {
        "basis": "assumed", "accuracy_m": 0.0, "source_id": "scenario", "zone_id": None if pd.isna(zone) else str(zone),
    }  # fmt: skip
    for column in told.keys() & set(out.columns):
        out.loc[rows, column] = told[column]


def _row(workspace: Workspace, project_id: str) -> pd.Series:
    told = workspace.projects
    if project_id not in told.index:
        raise InputError(
            Text(
                f"没有项目“{project_id}”，可选：{'、'.join(map(str, told.index)) or '（无）'}",
                f"no project '{project_id}', choose one of {', '.join(map(str, told.index)) or '(none)'}",
            )
        )
    return told.loc[project_id]


def _note(row: pd.Series, project_id: str) -> dict[str, Any]:
    return {"project_id": str(project_id), "project_zh": str(row["name"])}


def _facility(workspace: Workspace, row: pd.Series) -> tuple[str, str] | None:
    """Return id and status of the facility that a project builds; None where it builds none that is there."""
    name = row.get("facility_id")
    for layer in LAYERS:
        frame = workspace.layer(layer)
        if pd.notna(name) and name in frame.index:
            return str(name), str(frame.loc[name, "status"])
    return None


def _new(
    workspace: Workspace, row: pd.Series, project_id: str, open_year: int | None, place: tuple[float, float] | None,
    sizes: Mapping[str, float | None], new_id: str, note: dict[str, Any],
) -> Added:  # fmt: skip
    """Return the new facility of a project that builds none yet: where it is said to be, in the year it is said to open."""
    may = SERVICES_OF.get(str(row.get("kind")), ())
    if len(sizes) != 1 or next(iter(sizes)) not in may:
        listed = "、".join(may) or "（无）"
        raise _wrong(project_id, f"没有对应设施：请给出一项服务，可选：{listed}", f"builds no facility: name one service, of {', '.join(may) or '(none)'}")  # fmt: skip
    if place is None and row.geometry is not None:
        at = to_wgs84(gpd.GeoSeries([row.geometry.representative_point()], crs=workspace.crs)).iloc[0]
        place = (at.x, at.y)
    if place is None:
        raise _wrong(project_id, "没有单一地点：请给出位置", "has no single place: name one")
    own = row.get("open_year")
    opens = open_year if open_year is not None else None if pd.isna(own) else int(own)
    ((service, size),) = sizes.items()
    return Added(new_id, service, *place, size, opens, str(row["name"]), **note)


def _wrong(project_id: str, zh: str, en: str) -> InputError:
    return InputError(Text(f"项目 {project_id} {zh}", f"project {project_id} {en}"))


def _twice(one: Added, facility_id: str) -> Finding:
    return Finding(
        "error", f"方案对象 {one.object_id}：项目 {one.project_id} 已对应设施 {facility_id}，请改动该设施，或删去这一项",
        f"{one.object_id}: project {one.project_id} builds {facility_id} already: change that facility, or remove this object",
        one.object_id, None, "project_id",
    )  # fmt: skip
