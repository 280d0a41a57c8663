"""Two goals of siting weighed: people covered against their mean walk, or against the number of new sites."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.answers.base import Answer, answered, basis_of, source_ids, title, with_degrees
from geo.answers.candidates import candidate_sites, rule_words
from geo.answers.known import no_data_words
from geo.answers.places import asked_for, check_count, served
from geo.case import Case
from geo.errors import InfeasibleError, InputError
from geo.progress import Progress
from geo.siting.candidates import usable
from geo.siting.tradeoff import Front, cover_against_sites, cover_against_walk
from geo.text import Text

__all__ = ["AGAINST", "FAR_M", "tradeoff"]

AGAINST = {
    "walk": Text("覆盖人数与平均步行距离", "people covered against mean walk"),
    "sites": Text("覆盖人数与新建数量", "people covered against the number of new sites"),
}
FAR_M = 3000.0
"""A longer walk, or none at all, counts as this in the mean [m] (assumed: who lives so far off does not walk)."""


def tradeoff(
    case: Case, *, against: str = "walk", p: int = 7, steps: int = 16, limit: float | None = None,
    far: float | None = None, spacing: float = 200.0, origin: str = "streets", sites: gpd.GeoDataFrame | None = None,
    zones: Collection[str] = (), protection: bool = True, min_metres: float = 0.0, time_limit: float = 30.0,
    progress: Progress | None = None,
) -> Answer:  # fmt: skip
    """Return the plans between two goals of siting, of which none is better in one without being worse in the other.

    Parameters
    ----------
    case
        The place, service and year asked about.
    against
        ``walk``: people within the limit (MCLP) against the mean walk of all (p-median), with ``p`` new sites;
        ``sites``: people within the limit against the number of new sites, up to ``p``.
    p
        How many **new** sites.
    steps
        Levels of people covered at which the least walk is sought.
    limit
        Walking distance [m]; the standard's radius where not given.
    far
        A longer walk, or none at all, counts as this [m]; ``FAR_M``, or twice the limit where that is more.
    spacing, origin, sites, zones, protection, min_metres
        Where a facility may stand: ``geo.answers.candidates.candidate_sites`` (``sites`` is its ``given``).
    time_limit
        Longest time to search [s]; every point says what is proven of it.

    Returns
    -------
    answer
        Table ``points``: number, new sites, people or pupils covered, share, mean walk [m], how many walk farther than
        ``far``, bound, gap, status, whether it is the ``knee``; ``sites`` of each point (``point``, rank, newly served);
        ``cells`` newly served in each point; ``summary``: before, most that can be covered, the knee in words.

    Raises
    ------
    InputError
        If service, year, ``against``, ``p``, ``limit`` or ``far`` is not usable.
    InfeasibleError
        If everyone is served already: there is nothing to weigh.

    Notes
    -----
    ``geo.siting.tradeoff``: ε-constraint. The knee is the point farthest from the line between the ends; it is told for the
    talk and chooses nothing.

    Examples
    --------
    >>> from geo.examples import town
    >>> answer = tradeoff(town(), against="sites", p=2, spacing=50)
    >>> answer["points"][["new_sites", "covered", "status"]].round(1).to_dict("records")
    [{'new_sites': 0, 'covered': 62.7, 'status': 'optimal'}, {'new_sites': 1, 'covered': 85.5, 'status': 'optimal'}]
    """
    if against not in AGAINST:
        raise InputError(
            Text(
                f"没有权衡“{against}”，可选：{'、'.join(AGAINST)}",
                f"no trade-off '{against}', choose one of {', '.join(AGAINST)}",
            )
        )
    check_count(p)
    metres = case.standard.radius_m if limit is None else float(limit)
    farthest = max(FAR_M, 2 * metres) if far is None else float(far)
    everywhere = candidate_sites(
        case, origin=origin, spacing=spacing, given=sites, zones=zones, protection=protection,
        min_metres=min_metres,
    )  # fmt: skip
    places = usable(everywhere)
    check_count(p, places)
    weight, before = asked_for(case)
    if (before <= metres).all():
        raise InfeasibleError(
            Text(f"{metres:g} 米内已全部覆盖，无需新增", f"everyone is within {metres:g} m already"), shortage=0.0
        )
    network, snaps = case.workspace.network, case.snaps.loc[weight.index]
    cost = network.distances(snaps, places, limit=farthest)
    # What stands already is one column: of all of it, only the nearest counts.
    cost.insert(0, "now", before.to_numpy(float))
    front = _front(cost, weight, against, metres, farthest, p, steps, time_limit, progress)
    points, chosen, cells = _tables(case, front, places, weight, before, cost, metres, farthest)
    basis = basis_of(case.workspace.cells, case.workspace.streets, case.supply)
    kept = rule_words(case.service) if protection else Text("不计防护距离", "protection distances not kept")
    words = _words(points, against, case.asked.unit)
    summary = pd.DataFrame([{
        "against": against, "unit": case.asked.unit, "total": front.total, "covered_before": float(weight[before <= metres].sum()),
        "walk_before_m": _mean(weight, before, farthest), "covered_most": front.most,
        "points": len(points), "proven": int((points["status"] == "optimal").sum()), "knee": front.knee + 1 if front.knee is not None else None,
        "seconds": front.seconds, "words_zh": words.zh, "words_en": words.en,
    }])  # fmt: skip
    return answered(
        case,
        "tradeoff",
        title(case, f"选址权衡（{AGAINST[against].zh}）", f"siting, {AGAINST[against].en}"),
        {
            "summary": summary.assign(basis=basis),
            "points": points.assign(basis=basis),
            "sites": chosen.assign(basis=basis),
            "cells": cells,
            "candidates": everywhere,
        },
        method=_method(against, metres, farthest, p, len(places), kept),
        parameters={
            "service": case.service, "year": case.year, "against": against, "p": p, "steps": steps if against == "walk" else None,
            "limit_m": metres, "far_m": farthest if against == "walk" else None, "spacing_m": spacing, "candidates": len(places),
            "candidates_excluded": len(everywhere) - len(places), "origin": "given" if sites is not None else origin,
            "zones": list(zones), "protection": protection, "min_metres": min_metres, "unit": case.asked.unit,
        },
        basis=basis,
        sources=source_ids(case.workspace.cells, case.workspace.streets),
        notes=no_data_words(case),
    )  # fmt: skip


def _front(
    cost: pd.DataFrame, weight: pd.Series, against: str, limit: float, far: float, p: int, steps: int, time_limit: float,
    progress: Progress | None,
) -> Front:  # fmt: skip
    fixed = ["now"]
    if against == "sites":
        return cover_against_sites(
            cost, weight, limit=limit, most=p, fixed=fixed, time_limit=time_limit, progress=progress
        )
    return cover_against_walk(
        cost, weight, limit=limit, far=far, p=p + 1, fixed=fixed, steps=steps, time_limit=time_limit, progress=progress
    )


def _mean(weight: pd.Series, metres: pd.Series, far: float) -> float:
    return float(weight @ metres.clip(upper=far)) / float(weight.sum())


def _tables(
    case: Case, front: Front, places: gpd.GeoDataFrame, weight: pd.Series, before: pd.Series, cost: pd.DataFrame,
    limit: float, far: float,
) -> tuple[pd.DataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:  # fmt: skip
    """Return the points in the words of the question, the sites of each, and whom each newly serves."""
    rows, sites, cells = [], [], []
    against = front.goals[1]
    for number, row in enumerate(front.points.to_dict("records"), start=1):
        walk = cost[row["sites"]] if row["sites"] else pd.DataFrame(np.inf, weight.index, ["none"])
        after = pd.Series(np.minimum(before, walk.min(axis="columns")), weight.index)
        table, new = served(case, places.loc[row["sites"]], weight, before, walk, limit, {})
        table.insert(0, "point", number)
        sites.append(table)
        cells.append(new.assign(point=number))
        rows.append({
            "point": number, "new_sites": len(row["sites"]), "covered": row["people"], "share": row["share"],
            "mean_walk_m": _mean(weight, after, far), "farther": float(weight[~(after <= far)].sum()),
            "bound_walk_m": row["bound"] if against == "walk" else np.nan, "bound_covered": row["bound"] if against == "sites" else np.nan,
            "gap": row["gap"], "status": row["status"], "knee": number - 1 == front.knee,
        })  # fmt: skip
    points = pd.DataFrame(rows).drop(columns="bound_covered" if against == "walk" else "bound_walk_m")
    chosen = gpd.GeoDataFrame(pd.concat(sites).rename_axis("candidate_id"), crs=places.crs)
    return points, with_degrees(chosen), gpd.GeoDataFrame(pd.concat(cells), crs=places.crs)


def _words(points: pd.DataFrame, against: str, unit: str) -> Text:
    """Return where the curve bends, in words that choose nothing."""
    zh_unit, en_unit = ("名学生", "pupils") if unit == "pupils" else ("人", "people")
    if not points["knee"].any():
        return Text(
            "曲线没有明显的转折点：各方案之间此消彼长大致均匀，或方案太少",
            "the curve has no bend: the one goal is given for the other at about the same rate, or there are few plans",
        )
    first, last, at = points.iloc[0], points.iloc[-1], points[points["knee"]].iloc[0]
    if against == "sites":
        before = (at["covered"] - first["covered"]) / (at["new_sites"] - first["new_sites"])
        after = (last["covered"] - at["covered"]) / (last["new_sites"] - at["new_sites"])
        return Text(
            f"转折在新建 {at['new_sites']} 处：之前每多一处平均多覆盖 {before:,.0f} {zh_unit}，之后每处 {after:,.0f} {zh_unit}。仅供讨论，不是推荐",
            f"the curve bends at {at['new_sites']} new sites: up to there each covers {before:,.0f} {en_unit} more on average, beyond it {after:,.0f}. For discussion, not a choice",
        )
    before = 100 * (at["mean_walk_m"] - first["mean_walk_m"]) / (at["covered"] - first["covered"])
    after = 100 * (last["mean_walk_m"] - at["mean_walk_m"]) / (last["covered"] - at["covered"])
    return Text(
        f"转折在第 {at['point']} 个方案：之前每多覆盖 100 {zh_unit}，全体平均步行增加 {before:,.1f} 米，之后增加 {after:,.1f} 米。仅供讨论，不是推荐",
        f"the curve bends at plan {at['point']}: up to there 100 {en_unit} more covered cost {before:,.1f} m of everyone's mean walk, beyond it {after:,.1f} m. For discussion, not a choice",
    )


def _method(against: str, limit: float, far: float, p: int, candidates: int, kept: Text) -> Text:
    common = Text(
        f"保留现有设施，步行 {limit:g} 米；备选点 {candidates} 个（{kept.zh}）",
        f"existing facilities kept, {limit:g} m on foot, {candidates} candidates ({kept.en})",
    )
    if against == "sites":
        return Text(
            f"ε-约束法：每一新建数量（至多 {p} 处）各求一次最大覆盖；{common.zh}",
            f"ε-constraint: a maximal cover for each number of new sites, up to {p}; {common.en}",
        )
    return Text(
        f"增广 ε-约束法（Mavrotas 2009）：新建 {p} 处，在各级覆盖人数下求全体最短平均步行（超过 {far:g} 米或无路可达的按 {far:g} 米计，假定）；{common.zh}；未证明最优的点给出界与差距",
        f"augmented ε-constraint (Mavrotas 2009): {p} new sites, least mean walk of all at each level of people covered (more than {far:g} m, or no way, counts as {far:g} m: assumed); {common.en}; a point that is not proven has its bound and gap",
    )
