"""Who has a facility of a service within some minutes of a journey, per zone and sub-area."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.answers.base import Answer, answered, basis_of, share, source_ids, title, zone_columns
from geo.answers.impedance import between
from geo.answers.known import no_data, no_data_words
from geo.case import Case
from geo.text import Text
from geo.travel import Journey
from geo.workspace import zone_totals

__all__ = ["MINUTES", "reached"]

MINUTES = 30.0
"""How long one may be under way where nobody says [min]."""


def reached(case: Case, journey: Journey, *, minutes: float = MINUTES) -> Answer:
    """Return who reaches a facility of the service within some minutes, per zone and sub-area.

    Parameters
    ----------
    case
        The place, service and year asked about.
    journey
        How and when one goes.
    minutes
        Longest travel time [min]; exactly so long counts.

    Returns
    -------
    answer
        Table ``zones``: people, covered, share; for schools pupils and pupils_covered. ``total``: one row. ``cells``: the
        minutes to the nearest facility (missing where none is in reach). ``facilities``: the service's.

    Raises
    ------
    InputError
        If the minutes are none, or the journey cannot be made here.

    Notes
    -----
    No standard is met or missed by this: standards measure metres on foot (``geo.answers.coverage``).

    Examples
    --------
    >>> from geo.examples import town
    >>> answer = reached(town(), Journey("walk"), minutes=7)
    >>> answer["zones"][["people", "covered", "share"]].to_dict("index")
    {'south': {'people': 1100.0, 'covered': 1100.0, 'share': 1.0}, 'north': {'people': 400.0, 'covered': 0.0, 'share': 0.0}}
    """
    workspace, way = case.workspace, between(case, minutes, journey)
    nearest, unknown = way.nearest(), no_data(case)
    inside = nearest.le(way.limit)
    cells = workspace.cells[["zone_id", "geometry"]].assign(people=case.people)
    cells["minutes"] = nearest.where(np.isfinite(nearest))
    cells["covered"] = case.people.where(inside, 0.0)
    if case.asked.unit == "pupils":
        cells["pupils"], cells["pupils_covered"] = case.pupils, case.pupils.where(inside, 0.0)
    counted = [c for c in ("covered", "pupils_covered") if c in cells]
    sums = pd.DataFrame(cells[[c for c in cells if c.startswith(("people", "pupils", "covered"))]])
    zones = zone_totals(workspace, sums)
    total = zones[workspace.zones["level"] == "zone"].sum().to_frame().T
    for table in (zones, total):
        table.insert(2, "share", share(table["covered"], table["people"]))
        if unknown:
            table[[*counted, "share"]] = np.nan
    if unknown:
        cells[counted] = np.nan
    basis = basis_of(case.supply, workspace.cells, way.basis)
    told = way.words()
    return answered(
        case,
        "reached",
        title(case, "出行时间覆盖", "who reaches one in time"),
        {
            "zones": zone_columns(workspace, zones).assign(basis=basis),
            "total": total.assign(basis=basis),
            "cells": cells.assign(basis=basis),
            "facilities": case.supply,
        },
        method=Text(
            f"人口加权覆盖率：{told.zh}内可到一处{case.asked.name_zh}的常住人口 ÷ 常住人口；不是标准的达标判断，标准以步行距离计",
            f"people-weighted coverage: residents who reach a {case.asked.name_en.lower()} within {told.en} ÷ residents; no standard is met or missed by it: standards go by metres on foot",
        ),
        parameters={"service": case.service, "year": case.year, **way.parameters, "facilities": len(case.supply)},
        basis=basis,
        sources=source_ids(workspace.zones, case.supply, workspace.cells) + tuple(way.sources),
        notes=(*way.notes, *no_data_words(case)),
    )
