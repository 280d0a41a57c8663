"""Are there seats: against the plan's targets, against demand, and after every pupil has been given one."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo import adequacy as model
from geo import assignment
from geo.answers.base import Answer, basis_of, source_ids, title, zone_columns
from geo.answers.pupils import CLASS_SIZE, enrolment, pupils_of, stage_share
from geo.answers.pupils import class_size as plan_class_size
from geo.errors import InputError
from geo.services import SERVICES, STAGES
from geo.workspace import Workspace, facilities, with_leaf_zone, zone_totals

__all__ = ["adequacy", "assign", "assigned", "flow_map"]


def assigned(
    workspace: Workspace, stage: str, year: int, *, limit: float | None = None, unknown_seats: float | None = None
) -> assignment.Assignment:
    """Return every pupil of a stage put to a seat (kept with the workspace value).

    Parameters
    ----------
    unknown_seats
        Seats to suppose for a school whose seats nobody recorded; the usual new school of the stage
        (``geo.adequacy.SCHOOL_SIZE`` classes) where not given.

    Raises
    ------
    InputError
        If the stage, year, limit or ``unknown_seats`` is not usable.
    """
    if stage not in STAGES:
        raise InputError(
            f"没有学段“{stage}”，可选：{'、'.join(STAGES)} / no stage '{stage}', choose one of {', '.join(STAGES)}"
        )
    for value in (limit, unknown_seats):
        if value is not None and not (np.isfinite(value) and value >= 0):
            raise InputError(f"须为不小于 0 的有限数，现为 {value} / give a finite number of at least 0, it is {value}")
    memo_key = ("assigned", stage, year, limit, unknown_seats)
    found = workspace.memo.get(memo_key)
    if found is None:
        supply = facilities(workspace, stage, year)
        seats = supply["seats"].astype(float).fillna(supposed_seats(workspace, stage, unknown_seats))
        pupils = pupils_of(workspace, stage, year)
        pupils = pupils[(pupils > 0) & workspace.cells["zone_id"].notna()]
        snaps = workspace.cell_snaps.loc[pupils.index]
        cost = (
            workspace.network.distances(snaps, supply)
            if limit is None
            else workspace.network.pairs(snaps, supply, limit=limit)
        )
        found = assignment.assign(cost, pupils, seats, limit=np.inf if limit is None else limit)
        workspace.memo[memo_key] = found
    return found


def supposed_seats(workspace: Workspace, stage: str, given: float | None) -> float:
    """Return the seats supposed for a school of unknown size: the number given, or a usual new school."""
    return model.SCHOOL_SIZE[stage] * plan_class_size(workspace, stage) if given is None else float(given)


def assign(
    workspace: Workspace, stage: str, year: int, *, limit: float | None = None, unknown_seats: float | None = None
) -> Answer:
    """Return who gets a seat when every pupil is put to one: least walking, seats never exceeded.

    Parameters
    ----------
    limit
        Longest walk allowed [m]; no limit where not given.
    unknown_seats
        Seats supposed for a school of unknown size; see ``assigned``. The notes say how many schools it fills.

    Returns
    -------
    answer
        Table ``summary`` (pupils, served, unserved, mean, p95 and longest walk [m]), ``schools`` (seats, used,
        fill), ``zones`` (pupils, unserved), ``cells`` (pupils, unserved and why), ``flows``.
    """
    result = assigned(workspace, stage, year, limit=limit, unknown_seats=unknown_seats)
    supply = facilities(workspace, stage, year)
    unknown, supposed = supply["seats"].isna(), supposed_seats(workspace, stage, unknown_seats)
    report = assignment.report(result)
    cells = workspace.cells.loc[result.pupils.index, ["zone_id", "geometry"]].assign(
        pupils=result.pupils, unserved=result.unserved
    )
    cells["why"] = report.cells["why"].reindex(cells.index) if "why" in report.cells else None
    zones = zone_totals(
        workspace,
        pd.DataFrame({"pupils": result.pupils, "unserved": result.unserved}).reindex(
            workspace.cells.index, fill_value=0.0
        ),
    )
    zones = zone_columns(workspace, zones)
    schools = supply[["name_zh", "name_en", "zone_id", "status", "seats", "basis", "geometry"]].assign(
        seats=result.seats, seats_known=~unknown, used=result.used
    )
    schools["basis"] = schools["basis"].where(~unknown, "assumed")
    schools["fill"] = schools["used"] / schools["seats"].where(schools["seats"] > 0)
    basis = basis_of(supply, workspace.cells, workspace.streets)
    head = title(stage, "学位分配", "every pupil to a seat", year)
    words = f"步行不超过 {limit:g} 米" if limit is not None else "步行距离不限"
    return Answer(
        question="assign",
        title_zh=head[0],
        title_en=head[1],
        tables={
            "summary": report.summary.assign(basis=basis),
            "schools": schools,
            "zones": zones.assign(basis=basis),
            "flows": result.flows.assign(metres=result.metres),
            "cells": cells,
        },
        method_zh=f"运输问题精确解：先让最多学生有学位，再使总步行距离最短，学位不超员；{words}",
        method_en=f"exact transportation problem: as many pupils seated as possible, then the least total walk, seats never exceeded; {'no limit of distance' if limit is None else f'at most {limit:g} m'}",
        parameters={
            "service": stage,
            "year": year,
            "limit_m": limit,
            "resolution_m": result.resolution,
            "schools_of_unknown_size": int(unknown.sum()),
            "seats_supposed_each": supposed if unknown.any() else None,
        },
        basis=basis,
        sources=source_ids(workspace.cells, workspace.streets, supply),
        workspace_zh=workspace.name_zh,
        workspace_en=workspace.name_en,
        scenario=workspace.scenario,
        notes_zh=(f"{int(unknown.sum())} 所学校学位未知，每所按 {supposed:g} 个学位假定",) if unknown.any() else (),
        notes_en=(f"{int(unknown.sum())} schools of unknown size, {supposed:g} seats supposed for each",)
        if unknown.any()
        else (),
    )


def flow_map(workspace: Workspace, stage: str, year: int, *, limit: float | None = None) -> dict[str, gpd.GeoDataFrame]:
    """Return the assignment as maps: ``flows`` (lines from cell to school) and ``catchments`` (招生片区)."""
    result = assigned(workspace, stage, year, limit=limit)
    supply = facilities(workspace, stage, year)
    cells = workspace.cells.loc[result.pupils.index]
    return {
        "flows": assignment.flow_lines(result, cells.geometry, supply.geometry),
        "catchments": assignment.catchments(result, cells.geometry, cell=workspace.cell_metres),
    }


def adequacy(workspace: Workspace, year: int, *, class_size: str = "plan", limit: float | None = None) -> Answer:
    """Return seats against target and demand, per stage in total and per stage and zone.

    Parameters
    ----------
    class_size
        "plan" (the workspace's own: 30/45/45/45 in the bundled one) or "gb50099" (30/45/50/50), for the
        shortages in classes.
    limit
        If given, also who can be given a seat within this walk [m] (``in_reach``).

    Returns
    -------
    answer
        Table ``stages``: one row a stage: seats, target, demand, ratio, deficit in seats, classes, schools and
        site area [ha]; ``zones``: the same per zone and sub-area; ``gaps``: the work list, most pupils first;
        ``outside``: schools in no zone, which the zone rows do not hold.

    Raises
    ------
    InputError
        If the year or the class size is unknown.
    """
    if class_size not in CLASS_SIZES:
        raise InputError(
            f"班额须为 plan 或 gb50099，现为 {class_size} / class size must be plan or gb50099, it is {class_size}"
        )
    sizes = {s: plan_class_size(workspace, s) if class_size == "plan" else CLASS_SIZE[s] for s in STAGES}
    supply = {stage: _placed(workspace, facilities(workspace, stage, year)) for stage in STAGES}
    zones = workspace.zones.index
    leaf = workspace.cells["zone_id"]
    pupils = pd.DataFrame({stage: pupils_of(workspace, stage, year) for stage in STAGES})
    demand = pupils.groupby(leaf.where(leaf.notna())).sum().reindex(zones, fill_value=0.0)
    have = model.seats_by_zone({k: f[f["status"] == "existing"] for k, f in supply.items()}, zones)
    planned = model.seats_by_zone({k: f[f["status"] != "existing"] for k, f in supply.items()}, zones)
    reach = None if limit is None else _in_reach(workspace, year, limit, zones)
    parents = workspace.zones["parent_id"]
    targets = _targets(workspace)
    table = model.adequacy(
        demand, have, targets, class_size=sizes, planned=planned, in_reach=reach, parents=parents[parents.notna()]
    )
    basis = basis_of(workspace.cells, *supply.values())
    named = table.merge(
        pd.DataFrame(workspace.zones[["name_zh", "name_en", "level", "parent_id"]]),
        left_on="zone_id",
        right_index=True,
        how="left",
    )
    named["stage_zh"] = named["stage"].map(lambda s: SERVICES[s].name_zh)
    named["basis"] = basis
    total = named[named["zone_id"] == model.ALL].drop(columns=["zone_id", "name_zh", "name_en", "level", "parent_id"])
    per_zone = named[named["zone_id"] != model.ALL]
    leaves = per_zone[~per_zone["zone_id"].isin(parents.dropna())]
    gaps = model.work_list(
        leaves.pivot(index="zone_id", columns="stage", values="deficit").reindex(columns=list(STAGES)),
        leaves.pivot(index="zone_id", columns="stage", values="demand").reindex(columns=list(STAGES)),
        names=workspace.zones["name_zh"].to_dict(),
    )
    outside = [f[f["zone_id"].isna()].assign(stage=k)[["stage", "name_zh", "seats"]] for k, f in supply.items()]
    return Answer(
        question="adequacy",
        title_zh=f"学位充足（{year}）",
        title_en=f"Are there seats ({year})",
        tables={
            "stages": total.reset_index(drop=True),
            "zones": per_zone.reset_index(drop=True),
            "gaps": gaps.assign(basis=basis),
            "outside": pd.DataFrame(pd.concat(outside)),
        },
        method_zh="学位 ÷ 学龄人口（常住人口 × 年龄段比例 × 入学率）；缺口折算班数与校数"
        + ("；目标为规划 2025 年学位数" if targets else "；该工作区没有规划目标，只对需求"),
        method_en="seats ÷ pupils (residents × share of the age group × enrolment); shortages in classes and schools"
        + ("; targets are the plan's seats of 2025" if targets else "; no plan targets here, against demand only"),
        parameters={
            "year": year,
            "class_size": {"rule": class_size, **sizes},
            "school_size_classes": dict(model.SCHOOL_SIZE),
            "shares": {s: stage_share(workspace, s) for s in STAGES},
            "enrolment": {s: enrolment(workspace, s, year) for s in STAGES},
            "shares_source": workspace.parameters.get("shares", {}).get("source_id", ""),
            "shares_basis": workspace.parameters.get("shares", {}).get("basis", "assumed"),
            "shares_note_zh": workspace.parameters.get("shares", {}).get("note_zh", ""),
            "shares_note_en": workspace.parameters.get("shares", {}).get("note_en", ""),
            "limit_m": limit,
        },
        basis=basis,
        sources=tuple(sorted({*source_ids(workspace.cells, *supply.values()), *_parameter_sources(workspace)})),
        workspace_zh=workspace.name_zh,
        workspace_en=workspace.name_en,
        scenario=workspace.scenario,
        **_gaps_in_data(supply),
    )


CLASS_SIZES = ("plan", "gb50099")


def _gaps_in_data(supply: dict[str, gpd.GeoDataFrame]) -> dict[str, tuple[str, ...]]:
    """Return notes on stages without any school, and on schools whose seats nobody recorded."""
    zh, en = [], []
    for stage, frame in supply.items():
        asked, unknown = SERVICES[stage], int(frame["seats"].isna().sum())
        if frame.empty:
            zh.append(f"数据中没有任何{asked.name_zh}：可能是真没有，也可能是数据缺失，请核对")
            en.append(f"no {asked.name_en.lower()} in the data: none there, or not recorded; please check")
        elif unknown:
            zh.append(f"{len(frame)} 所{asked.name_zh}中有 {unknown} 所学位未知，充足率因此空缺")
            en.append(
                f"{unknown} of {len(frame)} {asked.name_en.lower()} facilities have no known seats, so the ratio is left blank"
            )
    return {"notes_zh": tuple(zh), "notes_en": tuple(en)}


def _parameter_sources(workspace: Workspace) -> set[str]:
    """Return the sources behind shares, enrolment, class sizes and targets."""
    tables = (workspace.parameters.get(name, {}) for name in ("shares", "enrolment", "class_size"))
    return {str(t["source_id"]) for t in tables if t.get("source_id")} | set(source_ids(workspace.targets))


def _placed(workspace: Workspace, supply: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the facilities with the leaf zone that holds their point, whatever their file says."""
    return with_leaf_zone(supply, workspace.zones)


def _targets(workspace: Workspace) -> dict[str, float]:
    """Return the plan's seats of 2025 by stage; empty where the workspace has no plan."""
    table = workspace.targets
    if table.empty or "sub_item" not in table:
        return {}
    rows = table[table["name"].fillna("").str.contains("学位")].set_index("sub_item")["target_2025"]
    values = {stage: pd.to_numeric(rows.get(SERVICES[stage].name_zh), errors="coerce") for stage in STAGES}
    return {stage: float(v) for stage, v in values.items() if pd.notna(v)}


def _in_reach(workspace: Workspace, year: int, limit: float, zones: pd.Index) -> pd.DataFrame:
    """Return the pupils of each leaf zone who can be given a seat within the limit."""
    table = {}
    for stage in STAGES:
        served = assigned(workspace, stage, year, limit=limit).served
        table[stage] = served.groupby(workspace.cells.loc[served.index, "zone_id"]).sum().reindex(zones, fill_value=0.0)
    return pd.DataFrame(table)
