"""The way of each pupil to the school assigned, and what it crosses."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.answers.base import Answer, answered, basis_of, source_ids, title
from geo.answers.known import no_data, no_data_words
from geo.answers.seats import assigned
from geo.assignment.mainroads import MAIN, crossings
from geo.case import Case
from geo.errors import InputError
from geo.text import Text

__all__ = ["GATE", "routes"]

GATE = 80.0
"""A crossing lies at most so far from the gate of a school [m]: GB/T 51439-2021, 6.1.3."""


def routes(
    case: Case, *, school: str | None = None, limit: float | None = None, unknown_seats: float | None = None
) -> Answer:
    """Return the way of each group of pupils to its school, and the main roads and barriers it crosses.

    Parameters
    ----------
    case
        The place, stage and year asked about.
    school
        Id of one school; all where not given.
    limit, unknown_seats
        As in ``geo.answers.assign``.

    Returns
    -------
    answer
        Table ``schools`` (pupils, mean and longest way [m], pupils who cross a main road or a barrier, the share, the
        nearest crossing to the gate along their ways [m] and whether it is within ``GATE``), ``routes`` (a line per
        cell and school: pupils, metres, crossings), ``crossings`` (points: kind, what, pupils who cross there, nearest
        metres to the gate).

    Raises
    ------
    InputError
        If there is no such school, or none in the data, or the streets have no class.

    Notes
    -----
    See ``geo.assignment.mainroads.crossings``. Where a way meets a main road is known; whether a zebra or a light is
    there is not in the data.

    Examples
    --------
    >>> from geo.examples import town
    >>> import dataclasses
    >>> case = town()
    >>> place = dataclasses.replace(case.workspace, streets=case.workspace.streets.assign(**{"class": "residential"}))
    >>> routes(case.under(place))["schools"][["pupils", "longest_m", "cross_main"]].round(1).to_dict("records")
    [{'pupils': 85.5, 'longest_m': 800.0, 'cross_main': 0.0}]
    """
    if no_data(case):
        raise InputError(no_data_words(case)[0])
    place, supply = case.workspace, case.supply
    result = assigned(case, limit=limit, unknown_seats=unknown_seats)
    known = list(result.seats.index)
    if school is not None and school not in known:
        raise InputError(
            Text(
                f"没有学校“{school}”，可选：{'、'.join(map(str, known[:8]))}",
                f"no school '{school}', choose one of {', '.join(map(str, known[:8]))}",
            )
        )
    lines, points, rows = [], [], []
    for one in known if school is None else [school]:
        flows = result.flows[result.flows["facility_id"] == one].set_index("demand_id")["pupils"].astype(float)
        ways = place.network.routes(case.snaps.loc[flows.index], supply.loc[[one]])
        met = crossings(ways, place.network, place.streets)
        met = met.assign(facility_id=one, pupils=met["source"].map(flows).astype(float))
        who = {kind: met.loc[met["kind"] == kind, "source"].unique() for kind in ("main", "barrier")}
        number = met.groupby("source").size().reindex(flows.index, fill_value=0)
        frame = ways.lines.assign(facility_id=one, demand_id=flows.index, pupils=flows, crossings=number)
        lines.append(
            frame.assign(crosses_main=frame.index.isin(who["main"]), crosses_barrier=frame.index.isin(who["barrier"]))
        )
        points.append(met)
        nearest = float(met.loc[met["kind"] == "main", "to_gate_m"].min()) if len(met) else np.nan
        walked = frame["metres"]
        rows.append({
            "facility_id": one, "pupils": flows.sum(),
            "mean_m": (walked * flows).sum() / flows.sum() if flows.sum() else np.nan,
            "longest_m": walked.max() if len(walked) else np.nan,
            "cross_main": flows.reindex(who["main"]).sum(), "cross_barrier": flows.reindex(who["barrier"]).sum(),
            "nearest_crossing_m": nearest, "within_gate": None if np.isnan(nearest) else nearest <= GATE,
        })  # fmt: skip
    basis = basis_of(supply, place.cells, place.streets)
    table = pd.DataFrame(rows).set_index("facility_id")
    table["share_main"] = table["cross_main"] / table["pupils"].where(table["pupils"] > 0)
    names = supply.loc[table.index, ["name_zh", "name_en", "geometry"]]
    schools = gpd.GeoDataFrame(names.join(table).assign(basis=basis), crs=place.crs)
    ways = gpd.GeoDataFrame(pd.concat(lines, ignore_index=True), geometry="geometry", crs=place.crs)
    order = ["demand_id", "facility_id", "pupils", "metres", "crossings", "crosses_main", "crosses_barrier", "geometry"]
    return answered(
        case,
        "routes",
        title(case, "上学路径", "the way to school"),
        {
            "schools": schools, "routes": ways[order].assign(basis=basis),
            "crossings": _places(pd.concat(points, ignore_index=True), place.crs, basis),
        },
        method=Text(
            "按学位分配结果，沿步行网络最短路逐校还原路径；路口两侧均有干路（快速路、主干路、次干路）者为穿越干路",
            "shortest ways on the walking network to the school assigned; a way crosses a main road where such a road leaves a node on both sides of it",
        ),
        parameters={
            "service": case.service, "year": case.year, "school": school, "limit_m": limit, "gate_m": GATE,
            "main_classes": sorted(MAIN & set(place.streets["class"].dropna().astype(str))),
        },
        basis=basis,
        sources=source_ids(place.cells, place.streets, supply),
        notes=(
            Text(
                "过街设施（斑马线、信号灯）位置不在数据中：80 米之内（GB/T 51439-2021 6.1.3）只说明穿越干路处离校门多远；沿干路走在哪一侧未知，转弯不计为穿越",
                "where zebras and lights are is not in the data: within 80 m (GB/T 51439-2021, 6.1.3) tells only how far from the gate the main road is crossed; which side of a main road is walked on is not known, so a turn is no crossing",
            ),
        ),
    )  # fmt: skip


def _places(met: pd.DataFrame, crs: object, basis: str) -> gpd.GeoDataFrame:
    """Return the places of crossing, each once with all who cross there."""
    met = met.assign(place=[f"{p.x:.2f},{p.y:.2f}" for p in met["geometry"]])
    rows = met.groupby(["facility_id", "kind", "what", "place"], sort=False, as_index=False).agg(
        pupils=("pupils", "sum"), to_gate_m=("to_gate_m", "min"), geometry=("geometry", "first")
    )
    frame = gpd.GeoDataFrame(rows.drop(columns="place"), geometry="geometry", crs=crs)
    return frame.sort_values("pupils", ascending=False, ignore_index=True).assign(basis=basis)
