"""Are there seats: against the plan's targets, against demand, and after every pupil has been given one."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd

from geo import adequacy as model
from geo import assignment
from geo.answers.base import Answer, answered, basis_of, dated, source_ids, title, zone_columns
from geo.answers.circular import beside, circular_words
from geo.answers.counted import counted, outside, outside_words, placed
from geo.answers.known import no_data, no_data_words
from geo.answers.pupils import formula
from geo.assignment import rules as enrolment_rules
from geo.case import Case
from geo.errors import InputError
from geo.network import Network
from geo.services import SERVICES, STAGES
from geo.text import Text
from geo.workspace import Workspace, with_leaf_zone, zone_totals

__all__ = ["RULES", "adequacy", "assign", "assigned", "flow_map", "supposed_seats"]


RULES = {
    "residents_first": ("本片区学生优先", "residents of the zone first"),
    "siblings": ("同一校区各学段的兄弟姐妹尽量同校", "siblings at one campus where they can"),
    "no_crossings": ("不穿越铁路和高速", "no crossing of railways and expressways"),
}
"""Rules of an assignment that a planner may ask for."""


def assigned(
    case: Case, *, limit: float | None = None, unknown_seats: float | None = None, rules: Collection[str] = ()
) -> assignment.Assignment:
    """Return every pupil of a stage put to a seat (kept).

    Parameters
    ----------
    case
        The place, stage and year asked about.
    limit
        Longest walk allowed [m]; no limit where not given.
    unknown_seats
        Seats to suppose for a school whose seats nobody recorded; the usual new school of the stage
        (``geo.adequacy.SCHOOL_SIZE`` classes) where not given.
    rules
        Keys of ``RULES``.

    Raises
    ------
    InputError
        If the stage, year, limit, ``unknown_seats`` or a rule is not usable, or there is no school in the data.

    Examples
    --------
    >>> from geo.examples import town
    >>> assigned(town(), limit=500).unserved.round(1).to_dict()
    {'a': 0.0, 'b': 0.0, 'c': 22.8}
    """
    for value in (limit, unknown_seats):
        if value is not None and not (np.isfinite(value) and value >= 0):
            raise InputError(
                Text(f"须为不小于 0 的有限数，现为 {value}", f"give a finite number of at least 0, it is {value}")
            )
    unknown_rules = set(rules) - RULES.keys()
    if unknown_rules:
        raise InputError(
            Text(
                f"没有规则 {sorted(unknown_rules)}，可选：{'、'.join(RULES)}",
                f"no rules {sorted(unknown_rules)}, choose among {', '.join(RULES)}",
            )
        )
    chosen, place = frozenset(rules), case.workspace
    return case.keep(
        ("assigned", case.service, case.year, case.demand, limit, unknown_seats, chosen),
        place.network, place.cells, place.schools, place.zones, place.streets, place.parameters,
        make=lambda: _assigned(case, limit, unknown_seats, chosen),
    )  # fmt: skip


def _assigned(
    case: Case, limit: float | None, unknown_seats: float | None, rules: frozenset[str]
) -> assignment.Assignment:
    at_most, stage, place = np.inf if limit is None else limit, case.service, case.workspace
    if not rules - {"no_crossings"}:
        cost, pupils, seats = _parts(case, limit, unknown_seats, rules)
        return assignment.assign(cost, pupils, seats, limit=at_most)
    stages = STAGES[: STAGES.index(stage) + 1] if "siblings" in rules else (stage,)
    parts = {s: _parts(case.of(s), limit, unknown_seats, rules) for s in stages}
    cells, schools = {}, {}
    if "residents_first" in rules:
        top = place.zones["parent_id"].where(place.zones["parent_id"].notna(), place.zones.index.to_series())
        cells = {"cell_zone": place.cells["zone_id"].map(top)}
        schools = {"school_zone": with_leaf_zone(place.schools, place.zones)["zone_id"].map(top)}
    result = enrolment_rules.assign_stages(
        {s: p[0] for s, p in parts.items()}, {s: p[1] for s, p in parts.items()}, {s: p[2] for s, p in parts.items()},
        limits=dict.fromkeys(stages, at_most), siblings="siblings" in rules, **cells, **schools,
    )  # fmt: skip
    return result[stage]


def _parts(
    case: Case, limit: float | None, unknown_seats: float | None, rules: frozenset[str]
) -> tuple[assignment.Cost, pd.Series, pd.Series]:
    """Return walking distances, pupils and seats of a stage: of the schools whose seats are counted."""
    supply, pupils = counted(case), case.pupils
    seats = supply["seats"].astype(float).fillna(supposed_seats(case, unknown_seats))
    pupils = pupils[(pupils > 0) & case.workspace.cells["zone_id"].notna()]
    network, snaps = _streets(case, rules)
    snaps = snaps.loc[pupils.index]
    cost = network.distances(snaps, supply) if limit is None else network.pairs(snaps, supply, limit=limit)
    return cost, pupils, seats


def _streets(case: Case, rules: Collection[str]) -> tuple[Network, pd.DataFrame]:
    """Return the network to walk on and the cells on it; without the streets that cross a barrier where asked."""
    place = case.workspace
    if "no_crossings" not in rules:
        return place.network, case.snaps

    def make() -> tuple[Network, pd.DataFrame]:
        network = Network.from_links(enrolment_rules.without_crossings(place.streets))
        return network, network.snap(place.cells)

    return case.keep("uncrossed", place.streets, place.cells, make=make)


def supposed_seats(case: Case, given: float | None) -> float:
    """Return the seats supposed for a school of unknown size: the number given, or a usual new school.

    Examples
    --------
    >>> from geo.examples import town
    >>> supposed_seats(town(), None), supposed_seats(town(), 360)  # 24 classes of 45
    (1080, 360.0)
    """
    return model.SCHOOL_SIZE[case.service] * case.class_size if given is None else float(given)


def assign(
    case: Case, *, limit: float | None = None, unknown_seats: float | None = None, rules: Collection[str] = ()
) -> Answer:
    """Return who gets a seat when every pupil is put to one: least walking, seats never exceeded.

    Parameters
    ----------
    case
        The place, stage and year asked about.
    limit
        Longest walk allowed [m]; no limit where not given.
    unknown_seats
        Seats supposed for a school of unknown size; see ``assigned``. The notes say how many schools it fills.
    rules
        Keys of ``RULES``: residents of the zone first, siblings together, no crossing of barriers.

    Returns
    -------
    answer
        Table ``summary`` (pupils, served, unserved, mean, p95 and longest walk [m]), ``schools`` (seats, used,
        fill), ``zones`` (pupils, unserved), ``cells`` (pupils, unserved and why), ``flows``.

    Raises
    ------
    InputError
        If the stage, year, limit, ``unknown_seats`` or a rule is not usable, or there is no school in the data.

    Notes
    -----
    The transportation problem of Hitchcock (1941), solved exactly: see ``geo.assignment.assign``.

    Examples
    --------
    >>> from geo.examples import town
    >>> answer = assign(town(), limit=500)
    >>> answer["summary"][["pupils", "served", "unserved", "longest_m"]].round(1).to_dict("records")
    [{'pupils': 85.5, 'served': 62.7, 'unserved': 22.8, 'longest_m': 500.0}]
    >>> answer["cells"]["why"].to_dict()
    {'a': '', 'b': '', 'c': 'too_far'}
    """
    _refuse_without_schools(case)
    workspace, supply = case.workspace, counted(case)
    result = assigned(case, limit=limit, unknown_seats=unknown_seats, rules=rules)
    unknown, supposed = supply["seats"].isna(), supposed_seats(case, unknown_seats)
    report = assignment.report(result, nearest=_nearest_school(case, rules))
    cells = gpd.GeoDataFrame(
        workspace.cells.loc[result.pupils.index, ["zone_id", "geometry"]].join(report.cells), crs=workspace.crs
    )
    zones = zone_totals(
        workspace,
        pd.DataFrame({"pupils": result.pupils, "unserved": result.unserved}).reindex(
            workspace.cells.index, fill_value=0.0
        ),
    )
    zones = zone_columns(workspace, zones)
    schools = supply[["name_zh", "name_en", "zone_id", "status", "seats", "basis", "geometry"]].assign(
        seats=result.seats, seats_known=~unknown
    )
    schools["basis"] = schools["basis"].where(~unknown, "assumed")
    schools = gpd.GeoDataFrame(schools.join(report.schools.drop(columns="seats")), crs=workspace.crs)
    basis = basis_of(supply, workspace.cells, workspace.streets)
    sized = Text(
        f"{int(unknown.sum())} 所学校学位未知，每所按 {supposed:g} 个学位假定",
        f"{int(unknown.sum())} schools of unknown size, {supposed:g} seats supposed for each",
    )
    words = f"步行不超过 {limit:g} 米" if limit is not None else "步行距离不限"
    return answered(
        case,
        "assign",
        title(case, "学位分配", "every pupil to a seat"),
        {
            "summary": report.summary.assign(**_outside_sums(case), basis=basis),
            "schools": schools,
            "zones": zones.assign(basis=basis),
            "flows": result.flows.assign(metres=result.metres),
            "cells": cells,
        },
        method=Text(
            f"运输问题精确解：先让最多学生有学位，再使总步行距离最短，学位不超员；{words}",
            f"exact transportation problem: as many pupils seated as possible, then the least total walk, seats never exceeded; {'no limit of distance' if limit is None else f'at most {limit:g} m'}",
        ),
        parameters={
            "service": case.service,
            "year": case.year,
            "limit_m": limit,
            "resolution_m": result.resolution,
            "schools_of_unknown_size": int(unknown.sum()),
            "seats_supposed_each": supposed if unknown.any() else None,
        },
        basis=basis,
        sources=source_ids(workspace.cells, workspace.streets, supply),
        notes=(*((sized,) if unknown.any() else ()), *outside_words(case)),
    )


def _refuse_without_schools(case: Case) -> None:
    """Refuse to say that nobody has a seat where no school is recorded."""
    if no_data(case):
        raise InputError(no_data_words(case)[0])


def _nearest_school(case: Case, rules: Collection[str]) -> pd.Series:
    """Return the walk to the nearest school however far, to tell "too far" from "no way"."""
    if "no_crossings" not in rules and outside(case).empty:
        return case.nearest("walk")["metres"]
    network, snaps = _streets(case, rules)
    return network.nearest(snaps, counted(case))["metres"]


def _outside_sums(case: Case) -> dict[str, float]:
    """Return how many schools stand outside every zone and their known seats, for the row of a total."""
    found = outside(case)
    return {"schools_outside": len(found), "seats_outside": float(found["seats"].sum())}


def flow_map(
    case: Case, *, limit: float | None = None, unknown_seats: float | None = None, rules: Collection[str] = ()
) -> dict[str, gpd.GeoDataFrame]:
    """Return the assignment as maps: ``flows`` (lines from cell to school) and ``catchments`` (招生片区).

    Parameters and errors as ``assign``; both frames in the metric CRS of the place.

    Examples
    --------
    >>> from geo.examples import town
    >>> flow_map(town())["flows"][["demand_id", "facility_id", "metres"]].to_numpy().tolist()
    [['a', 'S', 100.0], ['b', 'S', 500.0], ['c', 'S', 800.0]]
    """
    _refuse_without_schools(case)
    result = assigned(case, limit=limit, unknown_seats=unknown_seats, rules=rules)
    cells = case.workspace.cells.loc[result.pupils.index]
    return {
        "flows": assignment.flow_lines(result, cells.geometry, case.supply.geometry),
        "catchments": assignment.catchments(result, cells.geometry, cell=case.workspace.cell_metres),
    }


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
    targets = _targets(workspace, year)
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
    named = beside(case, named)
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
    beyond = [outside(one).assign(stage=k)[["stage", "name_zh", "seats"]] for k, one in of.items()]
    sums = {stage: _outside_sums(one) for stage, one in of.items()}
    total = total.assign(**{c: [sums[s][c] for s in total["stage"]] for c in ("schools_outside", "seats_outside")})
    how = Text(*HOW[case.demand.model])
    return answered(
        case,
        "adequacy",
        dated(case, "学位充足", "Are there seats"),
        {
            "stages": total.reset_index(drop=True),
            "zones": per_zone.reset_index(drop=True),
            "gaps": gaps.assign(basis=basis),
            "outside": pd.DataFrame(pd.concat(beyond)),
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
            "class_rule": "assumed" if class_assumed(case) else case.demand.class_rule,
            "class_size": sizes,
            "school_size_classes": dict(model.SCHOOL_SIZE),
            "changed_numbers": [list(c) for c in case.demand.changes],
            "new_housing": [list(h) for h in case.demand.housing],
            "limit_m": limit,
        },
        basis=basis,
        sources=tuple(sorted({*source_ids(workspace.cells, *supply.values()), *_parameter_sources(workspace)})),
        notes=(
            *circular_words(case, total),
            *_target_words(workspace, year, targets),
            *_notes(case, supply),
            *_class_words(case),
            *(note for one in of.values() for note in outside_words(one)),
        ),
    )


def class_assumed(case: Case) -> bool:
    """Return whether the class sizes are neither the place's own nor a standard's that the planner chose."""
    rows = [r for r in case.numbers.rows if r.key == "class_plan" and r.source != "planner"]
    return case.demand.class_rule == "plan" and any(r.basis == "assumed" for r in rows)


def _class_words(case: Case) -> tuple[Text, ...]:
    """Return that the classes needed rest on class sizes nobody chose for the place."""
    if not class_assumed(case):
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
