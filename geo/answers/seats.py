"""Who gets a seat when every pupil is put to one, and where they come from."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd

from geo import adequacy as model
from geo import assignment
from geo.answers.base import Answer, answered, basis_of, source_ids, title, zone_columns
from geo.answers.counted import counted, outside, outside_sums, outside_words
from geo.answers.known import no_data, no_data_words
from geo.assignment import rules as enrolment_rules
from geo.case import Case
from geo.errors import InputError
from geo.network import Network
from geo.services import STAGES
from geo.text import Text
from geo.workspace import with_leaf_zone, zone_totals

__all__ = ["RULES", "assign", "assigned", "flow_map", "supposed_seats"]


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
            "summary": report.summary.assign(**outside_sums(case), basis=basis),
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
