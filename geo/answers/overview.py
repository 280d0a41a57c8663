"""The whole place on one page: of each zone who is served, how many seats are missing and what comes next."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geo.answers.adequate import adequacy
from geo.answers.base import Answer, answered, basis_of, source_ids, zone_family
from geo.answers.covered import coverage
from geo.answers.projects import naming, projects
from geo.answers.register import register
from geo.case import Case
from geo.errors import PlanError
from geo.schema import LAYERS
from geo.services import STAGES
from geo.text import Text

__all__ = ["overview"]

STATES = LAYERS["projects"].by_name["state"].choices
STARTED, FINISHED = STATES[1], STATES[2]
ASKED = ("school", "health")
"""Kinds of project that bring what this page counts."""


def overview(case: Case) -> Answer:
    """Return the zones of a place with the figures that a planner asks for first, and how the plan stands.

    Parameters
    ----------
    case
        The place, the service whose users are counted as served, the year, and the demand model.

    Returns
    -------
    answer
        Table ``zones``, a row for each zone that is no part of another, those that lack most first: ``people``, ``served``
        (within the limit of the service on foot), ``served_radius`` and ``share`` (of ``served``); ``lacking`` [seats], what the
        parts of the zone are short of in all stages, each stage and part by itself, as :func:`adequacy` (a surplus elsewhere sends
        no child to school), with ``lacking_stage``, the stage that lacks most, and ``lacking_most``, how many of that; of the next
        project that names the zone and is not finished (the earliest year, then schools and clinics, then those being built, then the plan's order)
        ``project_id``, ``project_zh``, ``project_en``, ``project_year``, ``project_state`` and ``project_basis``; ``projects`` (number).
        What is not known is missing. ``plan``: one row: ``indicators``, ``binding``, ``projects`` and how many of them are in each state.
        ``stages``: ``stage``, ``existing``, ``seats`` and ``target`` of the whole place.

    Raises
    ------
    InputError
        If the service has no limit here, or the year is not usable.

    Examples
    --------
    >>> from geo.examples import town
    >>> overview(town())["zones"][["zone_id", "people", "served", "lacking"]].values.tolist()
    [['north', 400.0, 0.0, 22.8], ['south', 1100.0, 1100.0, 0.0]]
    """
    workspace = case.workspace
    cover = coverage(case)
    served = cover.tables["zones"]
    tops = served[served["level"] == "zone"] if "level" in served else served
    seats, basis, circular = _seats(case)
    every = projects(workspace)
    rows = [
        {
            "zone_id": str(zone),
            "name_zh": row["name_zh"],
            "name_en": row["name_en"],
            "people": row["people"],
            "served": row["covered_walk"],
            "served_radius": row["covered_radius"],
            "share": row["share_walk"],
            **_lacking(seats, str(zone)),
            **_next(
                every.tables["projects"].empty, naming(every.tables["projects"], zone_family(workspace, str(zone)))
            ),
            "basis": basis_of(row["basis"], basis) if basis else row["basis"],
        }
        for zone, row in tops.iterrows()
    ]
    zones = pd.DataFrame(rows)
    if len(zones):
        zones = zones.sort_values("lacking", ascending=False, kind="stable", na_position="last").reset_index(drop=True)
    states = every.tables["states"].set_index("state")["projects"] if len(every.tables["projects"]) else {}
    told = register(workspace).tables["summary"].iloc[0]
    plan = {"indicators": told["indicators"], "binding": told["binding"], "projects": told["projects"]}
    plan |= {state: int(states.get(state, 0)) for state in STATES}
    stages = seats["stages"][["stage", "existing", "seats", "target", "basis"]] if seats else pd.DataFrame()
    return answered(
        case,
        "overview",
        Text(f"{workspace.name_zh}总览", f"{workspace.name_en}: overview"),
        {"zones": zones, "plan": pd.DataFrame([plan]), "stages": stages},
        method=Text(
            "已服务：步行标准距离内的居民；缺学位：各分区、各学段分别计算的缺口之和（一处富余不能顶另一处）；下一个项目：未建成项目中年份最早的",
            "served: residents within the limit on foot; seats missing: the sum of what each sub-area lacks in each stage (a surplus "
            "elsewhere helps nobody); next project: the earliest of those not finished",
        ),
        parameters={"service": case.service, "year": case.year, "limit_m": cover.parameters["limit_m"]},
        basis=basis_of(cover.basis, *((basis,) if basis else ())),
        sources=tuple(sorted({*cover.sources, *source_ids(workspace.projects)})),
        notes=(*cover.notes, *circular),
    )


def _seats(case: Case) -> tuple[dict[str, pd.DataFrame] | None, str, tuple[Text, ...]]:
    """Return the tables of seats with their basis and notes, None where the place cannot be asked about seats."""
    try:
        found = adequacy(case)
    except PlanError:
        return None, "", ()
    return dict(found.tables), found.basis, found.notes[:1]


def _lacking(seats: dict[str, pd.DataFrame] | None, zone: str) -> dict[str, Any]:
    """Return the seats that a zone lacks, and the stage that lacks most; missing where those of every stage are unknown."""
    nothing: dict[str, Any] = {"lacking": float("nan"), "lacking_stage": None, "lacking_most": float("nan")}
    if seats is None:
        return nothing
    table = seats["zones"]
    mine = table[(table["zone_id"] == zone) & table["stage"].isin(STAGES)].set_index("stage")["deficit_within"]
    known = mine.dropna()
    if known.empty:
        return nothing
    most = float(known.max())
    return {
        "lacking": float(known.sum()),
        "lacking_stage": str(known.idxmax()) if most > 0 else None,
        "lacking_most": most,
    }


def _next(unsaid: bool, table: pd.DataFrame) -> dict[str, Any]:
    """Return the next project of a zone: the earliest year known, then what this page is about, then what is being built."""
    open_ = table[table["state"].astype(str) != FINISHED]
    told: dict[str, Any] = {
        "project_id": None,
        "project_zh": None,
        "project_en": None,
        "project_year": pd.NA,
        "project_state": None,
        "project_basis": None,
        "projects": pd.NA if unsaid else len(table),
    }
    if open_.empty:
        return told
    order = {
        "_year": pd.to_numeric(open_["year"], errors="coerce").astype(float),
        "_other": ~open_["kind"].isin(ASKED),
        "_waits": open_["state"].astype(str) != STARTED,
    }
    first = open_.assign(**order).sort_values(list(order), kind="stable").iloc[0]
    return told | {
        "project_id": first["project_id"],
        "project_zh": first["name"],
        "project_en": first["name_en"],
        "project_year": first["year"],
        "project_state": first["state"],
        "project_basis": first["basis"] if pd.isna(first["year"]) else basis_of(first["basis"], first["year_basis"]),
    }
