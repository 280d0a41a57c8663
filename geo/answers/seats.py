"""Are there seats: against the plan's targets, against demand, and after every pupil has been given one."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo import adequacy as model
from geo import assignment
from geo.answers.base import Answer, basis_of, source_ids, title, zone_columns
from geo.answers.pupils import class_size as plan_class_size
from geo.answers.pupils import pupils_of
from geo.errors import InputError
from geo.services import SERVICES, STAGES
from geo.workspace import Workspace, facilities, zone_totals

__all__ = ["adequacy", "assign", "assigned", "flow_map"]


def assigned(workspace: Workspace, stage: str, year: int, *, limit: float | None = None) -> assignment.Assignment:
    """Return every pupil of a stage put to a seat (kept with the workspace value).

    Raises
    ------
    InputError
        If the stage or year is unknown, or seats of some school are not known (the message names them).
    """
    if stage not in STAGES:
        raise InputError(f"没有学段“{stage}”，可选：{'、'.join(STAGES)} / no stage '{stage}', choose one of {', '.join(STAGES)}")
    if limit is not None and not (np.isfinite(limit) and limit >= 0):
        raise InputError(f"距离须为不小于 0 的有限数，现为 {limit} / the limit must be finite and at least 0, it is {limit}")
    memo_key = ("assigned", stage, year, limit)
    found = workspace.memo.get(memo_key)
    if found is None:
        supply = facilities(workspace, stage, year)
        unknown = list(supply.index[supply["seats"].isna()])
        if unknown:
            raise InputError(
                f"{len(unknown)} 所学校的学位未知，无法分配，请先补上学位：{unknown[:8]} / "
                f"{len(unknown)} schools have no known seats and cannot be assigned to; fill them in first: {unknown[:8]}"
            )
        pupils = pupils_of(workspace, stage, year)
        pupils = pupils[(pupils > 0) & workspace.cells["zone_id"].notna()]
        snaps = workspace.cell_snaps.loc[pupils.index]
        cost = (
            workspace.network.distances(snaps, supply)
            if limit is None
            else workspace.network.pairs(snaps, supply, limit=limit)
        )
        found = assignment.assign(cost, pupils, supply["seats"].astype(float), limit=np.inf if limit is None else limit)
        workspace.memo[memo_key] = found
    return found


def assign(workspace: Workspace, stage: str, year: int, *, limit: float | None = None) -> Answer:
    """Return who gets a seat when every pupil is put to one: least walking, seats never exceeded.

    Parameters
    ----------
    limit
        Longest walk allowed [m]; no limit where not given.

    Returns
    -------
    answer
        Table ``summary`` (pupils, served, unserved, mean, p95 and longest walk [m]), ``schools`` (seats, used,
        fill), ``zones`` (pupils, unserved), ``cells`` (pupils, unserved and why), ``flows``.
    """
    result = assigned(workspace, stage, year, limit=limit)
    supply = facilities(workspace, stage, year)
    report = assignment.report(result)
    cells = workspace.cells.loc[result.pupils.index, ["zone_id", "geometry"]].assign(
        pupils=result.pupils, unserved=result.unserved
    )
    cells["why"] = report.cells["why"].reindex(cells.index) if "why" in report.cells else None
    zones = zone_totals(workspace, pd.DataFrame({"pupils": result.pupils, "unserved": result.unserved}).reindex(workspace.cells.index, fill_value=0.0))
    zones = zone_columns(workspace, zones)
    schools = supply[["name_zh", "name_en", "zone_id", "status", "seats", "basis", "geometry"]].assign(used=result.used)
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
        parameters={"service": stage, "year": year, "limit_m": limit, "resolution_m": result.resolution},
        basis=basis,
        sources=source_ids(workspace.cells, workspace.streets, supply),
        workspace_zh=workspace.name_zh,
        workspace_en=workspace.name_en,
        scenario=workspace.scenario,
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


def adequacy(workspace: Workspace, year: int, *, class_size: str = "plan") -> Answer:
    """Return seats against target and demand, per stage in total and per stage and zone."""
    raise NotImplementedError
