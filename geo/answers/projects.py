"""The plan's projects and what they bring: seats, beds, an opening year; and which of a zone's gaps they close."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geo.answers.adequate import adequacy
from geo.answers.base import Answer, answered, basis_of, source_ids
from geo.case import Case
from geo.errors import InputError
from geo.services import SERVICES, STAGES
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["closing", "projects"]

BROUGHT = (*(f"seats_{stage}" for stage in STAGES), "beds")
TAKEN = (
    "project_id",
    "name",
    "name_en",
    "kind",
    "state",
    "zone_id",
    "clause",
    "facility_id",
    "basis",
    "accuracy_m",
    "source_id",
    "note",
)


def projects(
    workspace: Workspace, *, zone: str | None = None, state: str | None = None, year: int | None = None
) -> Answer:
    """Return the plan's projects, each with what it brings.

    Parameters
    ----------
    workspace
        The place; under a scenario the facilities are those of the scenario, and so are the seats.
    zone
        Only projects that name this zone or one of its sub-areas; one that names no zone belongs to none.
    state
        Only those in this state, the plan's own word: 谋划储备, 启动建设 or 建成投产.
    year
        Only those that are known to be open by then; one without a year is not.

    Returns
    -------
    answer
        Table ``projects``, a row each: the columns of the layer, ``seats_<stage>`` and ``beds`` of the facility that it builds
        (unknown where it builds none or nobody says: never 0), ``brings_basis`` (of these numbers), ``year`` of opening with
        ``year_basis`` (the project's own, else that of its facility), ``placed``: whether it has a place on the map.
        ``states``: number, seats and beds by state, in the order of the plan.

    Raises
    ------
    InputError
        If there is no such zone or state.

    Examples
    --------
    >>> import dataclasses, geopandas as gpd
    >>> from geo.examples import town
    >>> place = town().workspace
    >>> plan = gpd.GeoDataFrame(
    ...     {"name": ["school", "park"], "kind": ["school", "green"], "state": ["启动建设", "谋划储备"], "zone_id": ["south", None], "facility_id": ["S", None]},
    ...     index=pd.Index(["P1", "P2"], name="project_id"), geometry=[place.schools.geometry.loc["S"], None], crs=place.crs,
    ... )
    >>> table = projects(dataclasses.replace(place, projects=plan))["projects"]
    >>> table[["project_id", "seats_primary", "placed"]].values.tolist()
    [['P1', 540.0, True], ['P2', <NA>, False]]
    """
    table = _told(workspace)
    if zone is not None:
        if zone not in workspace.zones.index:
            raise InputError(Text(f"没有片区“{zone}”，可选：{'、'.join(map(str, workspace.zones.index))}", f"no zone '{zone}', choose one of {', '.join(map(str, workspace.zones.index))}"))  # fmt: skip
        family = _family(workspace, zone)
        table = table[np.array([bool(family & set(_zones(z))) for z in table["zone_id"]], dtype=bool)]
    order = list(dict.fromkeys([*("谋划储备", "启动建设", "建成投产"), *table["state"].astype(str)]))
    if state is not None:
        if state not in order:
            raise InputError(
                Text(
                    f"没有阶段“{state}”，可选：{'、'.join(order)}",
                    f"no state '{state}', choose one of {', '.join(order)}",
                )
            )
        table = table[table["state"].astype(str) == state]
    if year is not None:
        table = table[(table["year"] <= year).fillna(False)]
    states = [
        {"state": s, "projects": len(mine), **{c: mine[c].sum(min_count=1) for c in BROUGHT}}
        for s in order
        if len(mine := table[table["state"].astype(str) == s]) or s in order[:3]
    ]
    return answered(
        workspace,
        "projects",
        Text("规划项目", "Projects of the plan"),
        {"projects": table.reset_index(drop=True), "states": pd.DataFrame(states)},
        method=Text(
            "学位、床位取自项目对应的设施；年份取项目自己的，没有则取其设施的；规划没有说的不填，滚动项目不猜年份；阶段由规划用词推断",
            "seats and beds are those of the facility that a project builds; the year is its own, else its facility's; what the plan does not say "
            "stays unknown, a rolling project is given no year; states are read from the plan's words",
        ),
        parameters={k: v for k, v in {"zone": zone, "state": state, "year": year}.items() if v is not None},
        basis=basis_of(table) if len(table) else "sourced",
        sources=source_ids(table) if len(table) else (),
    )  # fmt: skip


def closing(case: Case, zone: str) -> Answer:
    """Return, stage by stage, how many seats a zone lacks and which projects of the plan bring some.

    Parameters
    ----------
    case
        The place and the year asked about; of its demand model are the needs.
    zone
        A zone or a sub-area.

    Returns
    -------
    answer
        Table ``stages``: ``stage``, ``demand``, ``existing`` and ``planned`` seats (open by the year), ``lacking``: what the zone would lack of its need
        without anything planned, ``by_projects``: seats of planned schools in the zone that projects build, ``deficit``: what is left,
        ``projects`` (ids), ``text_zh`` and ``text_en``: one sentence. ``projects``: those of the zone that bring seats, as :func:`projects`.

    Raises
    ------
    InputError
        If there is no such zone.

    Examples
    --------
    >>> from geo.examples import town
    >>> closing(town(), "south")["stages"].loc[1, ["stage", "existing", "by_projects"]].to_dict()
    {'stage': 'primary', 'existing': 540.0, 'by_projects': 0.0}
    """
    mine = projects(case.workspace, zone=zone).tables["projects"]
    seats = [f"seats_{s}" for s in STAGES]
    told = mine[seats].notna().any(axis="columns")
    silent = mine[~told & (mine["kind"] == "school")]
    mine = mine[told]
    found = adequacy(case)
    table = found.tables["zones"]
    table = table[table["zone_id"] == zone].set_index("stage")
    planned = set(case.workspace.schools.index[case.workspace.schools["status"] != "existing"])
    rows = []
    for stage in (s for s in STAGES if s in table.index):
        row = table.loc[stage]
        # One school may be named by two projects: its seats come once.
        there = mine[
            mine[f"seats_{stage}"].notna()
            & mine["facility_id"].isin(planned)
            & (mine["year"] <= case.year).fillna(False)
        ]
        there = there[np.array([_stands_in(case.workspace, f, zone) for f in there["facility_id"]], dtype=bool)]
        brought = float(there.drop_duplicates("facility_id")[f"seats_{stage}"].sum())
        lacking = max(0.0, float(row["demand"]) - float(row["existing"]))
        row_told = {
            "stage": stage, "demand": float(row["demand"]), "existing": float(row["existing"]), "planned": float(row["planned"]), "lacking": lacking,
            "by_projects": brought, "deficit": float(row["deficit"]), "projects": ";".join(there["project_id"].astype(str)), "basis": row["basis"],
        }  # fmt: skip
        sentence = _sentence(case, stage, row_told, there)
        rows.append({**row_told, "text_zh": sentence.zh, "text_en": sentence.en})
    return answered(
        case.workspace,
        "closing",
        Text("缺口与补上缺口的项目", "Gaps, and the projects that close them"),
        {"stages": pd.DataFrame(rows), "projects": mine.reset_index(drop=True)},
        method=found.method,
        parameters={"zone": zone, "year": case.year},
        basis=found.basis,
        sources=found.sources,
        notes=(_unsaid(silent),) if len(silent) else (),
    )


def _unsaid(silent: pd.DataFrame) -> Text:
    zh = "、".join(f"{r['project_id']} {r['name']}" for _, r in silent.iterrows())
    en = ", ".join(
        f"{r['project_id']} {r['name_en'] if _said(r['name_en']) else r['name']}" for _, r in silent.iterrows()
    )
    return Text(
        f"规划没有给出学位数、因此没有计入的学校项目：{zh}",
        f"School projects whose seats the plan does not give, and which are not counted: {en}",
    )


def _sentence(case: Case, stage: str, told: dict[str, Any], there: pd.DataFrame) -> Text:
    one, year = SERVICES[stage], case.year
    names_zh = "、".join(f"{r['project_id']} {r['name']}" for _, r in there.iterrows())
    names_en = ", ".join(
        f"{r['project_id']} {r['name_en'] if _said(r['name_en']) else r['name']}" for _, r in there.iterrows()
    )
    if not told["lacking"]:
        return Text(f"{one.name_zh}：现状学位已够（{told['existing']:,.0f}，需 {told['demand']:,.0f}）。",
                    f"{one.name_en}: the seats that exist are enough ({told['existing']:,.0f} for {told['demand']:,.0f}).")  # fmt: skip
    others = max(0.0, told["planned"] - told["by_projects"])
    by = f"规划项目带来 {told['by_projects']:,.0f} 个（{names_zh}）" if told["by_projects"] else "没有规划项目带来学位"
    by_en = (
        f"projects bring {told['by_projects']:,.0f} ({names_en})"
        if told["by_projects"]
        else "no project of the plan brings any"
    )
    more = f"，其他规划学校 {others:,.0f} 个" if others else ""
    more_en = f", other planned schools {others:,.0f}" if others else ""
    left = f"{year} 年仍缺 {told['deficit']:,.0f} 个" if told["deficit"] else f"{year} 年不缺"
    left_en = f"{told['deficit']:,.0f} still lacking in {year}" if told["deficit"] else f"none lacking in {year}"
    return Text(
        f"{one.name_zh}：按 {year} 年需求，现状缺 {told['lacking']:,.0f} 个学位；{by}{more}；{left}。",
        f"{one.name_en}: of the need of {year}, {told['lacking']:,.0f} seats are lacking today; {by_en}{more_en}; {left_en}.",
    )


def _told(workspace: Workspace) -> pd.DataFrame:
    """Return a row for each project, with what its facility brings."""
    layer = workspace.projects
    table = pd.DataFrame(layer.drop(columns="geometry")).reset_index(drop=True)
    table["project_id"] = layer.index.astype(str)
    for column in (*TAKEN, "open_year"):  # a workspace may tell less of its projects
        if column not in table:
            table[column] = None
    table = table[[*TAKEN, "open_year"]].copy()
    table["placed"] = layer.geometry.notna().to_numpy()
    schools, clinics = workspace.schools, workspace.clinics
    rows: list[dict[str, Any]] = []
    for facility in table["facility_id"]:
        row = (
            schools.loc[facility]
            if facility in schools.index
            else clinics.loc[facility]
            if facility in clinics.index
            else None
        )
        if row is None:
            rows.append({})
            continue
        own = {c: row.get(c) for c in BROUGHT}
        # 0 seats of a stage says that the school does not teach it.
        told = {c: float(v) for c, v in own.items() if _said(v) and float(v) > 0}
        rows.append({**told, "opens": row.get("open_year"), "brings_basis": str(row["basis"]) if told else ""})
    found = pd.DataFrame(rows, index=table.index, columns=[*BROUGHT, "opens", "brings_basis"])
    for column in BROUGHT:
        table[column] = pd.to_numeric(found[column], errors="coerce").astype("Float64")
    table["brings_basis"] = found["brings_basis"].fillna("")
    own_year, its = (
        pd.to_numeric(c, errors="coerce").astype("Int64") for c in (table.pop("open_year"), found["opens"])
    )
    table["year"] = own_year.fillna(its)
    facility_basis = [_basis(workspace, f) for f in table["facility_id"]]
    table["year_basis"] = [
        "" if pd.isna(y) else str(b) if pd.notna(o) else f
        for y, o, b, f in zip(table["year"], own_year, table["basis"], facility_basis, strict=True)
    ]
    return table


def _basis(workspace: Workspace, facility: object) -> str:
    for layer in (workspace.schools, workspace.clinics):
        if facility in layer.index:
            return str(layer.loc[facility, "basis"])
    return ""


def _said(value: object) -> bool:
    return not (value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)) or value == "")


def _zones(value: object) -> list[str]:
    return [p.strip() for p in value.split(";") if p.strip()] if isinstance(value, str) else []


def _family(workspace: Workspace, zone: str) -> set[str]:
    return {zone, *workspace.zones.index[workspace.zones["parent_id"] == zone].astype(str)}


def _stands_in(workspace: Workspace, facility: str, zone: str) -> bool:
    """Return whether a school stands in a zone: by its place, which a scenario may have moved."""
    return facility in workspace.schools.index and bool(
        workspace.zones.geometry.loc[zone].covers(workspace.schools.geometry.loc[facility])
    )
