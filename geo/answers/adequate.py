"""Are there seats: against the plan's targets and against demand, per stage and zone."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo import adequacy as model
from geo.answers.base import Answer, answered, basis_of, dated, source_ids
from geo.answers.circular import beside, circular_words
from geo.answers.counted import outside, outside_sums, outside_words, placed
from geo.answers.known import no_data, no_data_words
from geo.answers.pupils import formula
from geo.answers.seats import assigned
from geo.case import Case
from geo.services import SERVICES, STAGES
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["adequacy"]


def adequacy(case: Case, *, limit: float | None = None) -> Answer:
    """Return seats against target and demand, per stage in total and per stage and zone.

    Parameters
    ----------
    case
        The place, year and demand asked about; all four stages are answered, whatever its service.
    limit
        If given, also who can be given a seat within this walk [m] (``in_reach``).

    Returns
    -------
    answer
        Table ``stages``: one row a stage: seats, target, demand, ratio, deficit in seats, classes, schools and
        site area [ha]; ``zones``: the same per zone and sub-area; ``gaps``: the work list, most pupils first;
        ``outside``: schools in no zone, not counted anywhere (``geo.answers.counted``); ``deficit_within`` is what the
        parts are short of even where the whole has enough; where residents were inferred from seats, ``circular``
        says so and ``ratio_independent`` is seats ÷ demand by the ratio of the standard; ``formula``: the sum behind the demand
        with its numbers; ``parameters``: every number used, with source and basis.

    Raises
    ------
    InputError
        If the year or a demand setting is not usable.

    Examples
    --------
    >>> from geo.examples import town
    >>> stages = adequacy(town())["stages"].set_index("stage")
    >>> stages.loc["primary", ["demand", "seats", "ratio", "deficit"]].round(2).tolist()  # 1500 people, 5.7 % pupils
    [85.5, 540.0, 6.32, 0.0]
    """
    workspace, year, sizes = case.workspace, case.year, case.class_sizes
    of = {stage: case.of(stage) for stage in STAGES}
    supply = {stage: placed(one) for stage, one in of.items()}
    targets = _targets(workspace, year)
    tables = {name: table.copy(deep=False) for name, table in _tables(case, limit).items()}
    basis = basis_of(workspace.cells, *supply.values())
    how = Text(*HOW[case.demand.model])
    return answered(
        case,
        "adequacy",
        dated(case, "学位充足", "Are there seats"),
        {
            **tables,
            "formula": formula(case),
            "parameters": case.numbers.table(),
        },
        method=Text(
            f"学位 ÷ 学龄人口（{how.zh}）；缺口折算班数与校数"
            + (f"；目标为规划 {year} 年学位数" if targets else f"；无 {year} 年目标，只对需求"),
            f"seats ÷ pupils ({how.en}); shortages in classes and schools"
            + (
                f"; targets are the plan's seats of {year}"
                if targets
                else f"; no targets of {year}, against demand only"
            ),
        ),
        parameters={
            "year": year,
            "demand_model": case.demand.model,
            "ratio_bound": case.demand.bound,
            "class_rule": "assumed" if _class_assumed(case) else case.demand.class_rule,
            "class_size": sizes,
            "school_size_classes": dict(model.SCHOOL_SIZE),
            "changed_numbers": [list(c) for c in case.demand.changes],
            "new_housing": [list(h) for h in case.demand.housing],
            "limit_m": limit,
        },
        basis=basis,
        sources=tuple(sorted({*source_ids(workspace.cells, *supply.values()), *_parameter_sources(workspace)})),
        notes=(
            *circular_words(case, tables["stages"]),
            *_target_words(workspace, year, targets),
            *_notes(case, supply),
            *_class_words(case),
            *(note for one in of.values() for note in outside_words(one)),
        ),
    )


def _tables(case: Case, limit: float | None) -> dict[str, pd.DataFrame]:
    """Return seats against target and demand, in all, per zone, as a list of work, and what stands outside (kept)."""
    place = case.workspace
    return case.keep(
        ("adequacy", case.year, case.demand, limit, place.complete),
        place.zones, place.cells, place.schools, place.targets, place.parameters, place.network, place.streets,
        make=lambda: _worked_out(case, limit),
    )  # fmt: skip


def _worked_out(case: Case, limit: float | None) -> dict[str, pd.DataFrame]:
    workspace = case.workspace
    of = {stage: case.of(stage) for stage in STAGES}
    supply = {stage: placed(one) for stage, one in of.items()}
    zones = workspace.zones.index
    leaf = workspace.cells["zone_id"]
    pupils = pd.DataFrame({stage: one.pupils for stage, one in of.items()})
    demand = pupils.groupby(leaf.where(leaf.notna())).sum().reindex(zones, fill_value=0.0)
    have = model.seats_by_zone({k: f[f["status"] == "existing"] for k, f in supply.items()}, zones)
    planned = model.seats_by_zone({k: f[f["status"] != "existing"] for k, f in supply.items()}, zones)
    for stage in (s for s, one in of.items() if no_data(one)):  # nothing known of them is not no seats
        have[stage] = np.nan
    reach = None if limit is None else _in_reach(of, limit, zones)
    parents = workspace.zones["parent_id"]
    table = model.adequacy(
        demand, have, _targets(workspace, case.year), class_size=case.class_sizes, planned=planned, in_reach=reach,
        parents=parents[parents.notna()],
    )  # fmt: skip
    named = table.merge(
        pd.DataFrame(workspace.zones[["name_zh", "name_en", "level", "parent_id"]]),
        left_on="zone_id",
        right_index=True,
        how="left",
    )
    named = beside(case, named)
    named["stage_zh"] = named["stage"].map(lambda s: SERVICES[s].name_zh)
    named["basis"] = basis = basis_of(workspace.cells, *supply.values())
    total = named[named["zone_id"] == model.ALL].drop(columns=["zone_id", "name_zh", "name_en", "level", "parent_id"])
    per_zone = named[named["zone_id"] != model.ALL]
    leaves = per_zone[~per_zone["zone_id"].isin(parents.dropna())]
    gaps = model.work_list(
        leaves.pivot(index="zone_id", columns="stage", values="deficit").reindex(columns=list(STAGES)),
        leaves.pivot(index="zone_id", columns="stage", values="demand").reindex(columns=list(STAGES)),
        names=workspace.zones["name_zh"].to_dict(),
    )
    beyond = [outside(one).assign(stage=k)[["stage", "name_zh", "seats"]] for k, one in of.items()]
    sums = {stage: outside_sums(one) for stage, one in of.items()}
    total = total.assign(**{c: [sums[s][c] for s in total["stage"]] for c in ("schools_outside", "seats_outside")})
    return {
        "stages": total.reset_index(drop=True),
        "zones": per_zone.reset_index(drop=True),
        "gaps": gaps.assign(basis=basis),
        "outside": pd.DataFrame(pd.concat(beyond)),
    }


def _class_assumed(case: Case) -> bool:
    """Return whether the class sizes are neither the place's own nor a standard's that the planner chose."""
    rows = [r for r in case.numbers.rows if r.key == "class_plan" and r.source != "planner"]
    return case.demand.class_rule == "plan" and any(r.basis == "assumed" for r in rows)


def _class_words(case: Case) -> tuple[Text, ...]:
    """Return that the classes needed rest on class sizes nobody chose for the place."""
    if not _class_assumed(case):
        return ()
    sizes = "/".join(f"{case.class_sizes[s]:g}" for s in STAGES)
    return (
        Text(
            f"班额 {sizes} 为假定，不是当地规定；请在 workspace.toml [class_size] 写上当地班额",
            f"class sizes {sizes} are assumed, no rule of the place; write its own into workspace.toml [class_size]",
        ),
    )


def _target_words(workspace: Workspace, year: int, targets: dict[str, float]) -> tuple[Text, ...]:
    """Return that the plan has no targets of the year asked for, where it has those of another."""
    others = [c.removeprefix("target_") for c in workspace.targets.columns if c.startswith("target_")]
    if targets or workspace.targets.empty or not others:
        return ()
    return (
        Text(
            f"无 {year} 年目标：规划只有 {'、'.join(others)} 年的",
            f"no targets of {year}: the plan has those of {', '.join(others)} only",
        ),
    )


def _notes(case: Case, supply: dict[str, gpd.GeoDataFrame]) -> tuple[Text, ...]:
    """Return notes on stages without a ratio or any school, and schools of unknown size."""
    notes = []
    for stage in STAGES:
        one = case.of(stage)
        if one.model != case.demand.model:
            notes.append(
                Text(
                    f"所查标准没有{one.asked.name_zh}千人指标，按人口比例计",
                    f"no standard prints a ratio for {one.asked.name_en.lower()}: by share of residents instead",
                )
            )
    for stage, frame in supply.items():
        asked, unknown = SERVICES[stage], int(frame["seats"].isna().sum())
        notes += no_data_words(case.of(stage))
        if unknown:
            notes.append(
                Text(
                    f"{len(frame)} 所{asked.name_zh}中有 {unknown} 所学位未知，充足率因此空缺",
                    f"{unknown} of {len(frame)} {asked.name_en.lower()} facilities have no known seats, so the ratio is left blank",
                )
            )
    return tuple(notes)


def _parameter_sources(workspace: Workspace) -> set[str]:
    """Return the sources behind shares, enrolment, class sizes and targets."""
    tables = (workspace.parameters.get(name, {}) for name in ("shares", "enrolment", "class_size"))
    return {str(t["source_id"]) for t in tables if t.get("source_id")} | set(source_ids(workspace.targets))


HOW = {
    "share": ("常住人口 × 年龄段比例 × 入学率", "residents × share of the age group × enrolment"),
    "ratio": ("常住人口 × 标准千人指标", "residents × seats per 1000 of the standard"),
    "cohorts": ("常住人口 × 逐年推算的各岁人口比例 × 入学率", "residents × cohorts aged year by year × enrolment"),
}


def _targets(workspace: Workspace, year: int) -> dict[str, float]:
    """Return the plan's seats for a year by stage; empty where the plan sets none for that very year."""
    table, column = workspace.targets, f"target_{year}"
    if table.empty or "service" not in table or column not in table:
        return {}
    rows = table[table["service"].isin(STAGES)].drop_duplicates("service").set_index("service")[column]
    values = pd.to_numeric(rows, errors="coerce").reindex(STAGES)
    return {str(stage): float(v) for stage, v in values.items() if pd.notna(v)}


def _in_reach(of: dict[str, Case], limit: float, zones: pd.Index) -> pd.DataFrame:
    """Return the pupils of each leaf zone who can be given a seat within the limit."""
    table = {}
    for stage, case in of.items():
        if no_data(case):
            table[stage] = pd.Series(np.nan, zones)
            continue
        served = assigned(case, limit=limit).served
        place = case.workspace.cells.loc[served.index, "zone_id"]
        table[stage] = served.groupby(place).sum().reindex(zones, fill_value=0.0)
    return pd.DataFrame(table)
