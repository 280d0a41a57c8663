"""Where best: sites chosen by a location model, existing facilities kept, with the proof shown."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo import siting
from geo.answers.base import Answer, answered, basis_of, finite, source_ids, title, with_degrees
from geo.answers.candidates import candidate_sites, rule_words
from geo.answers.counted import counted
from geo.answers.impedance import Between, between
from geo.answers.known import no_data_words
from geo.answers.reached import MINUTES
from geo.answers.seats import supposed_seats
from geo.case import Case
from geo.errors import InfeasibleError, InputError
from geo.progress import Progress
from geo.siting.candidates import usable
from geo.text import Text
from geo.travel import Journey

__all__ = ["MODELS", "asked_for", "check_count", "locate", "served"]

MODELS = {
    "max_cover": ("最大覆盖", "maximal covering (MCLP), Church & ReVelle 1974"),
    "set_cover": ("集合覆盖", "set covering (LSCP), Toregas et al. 1971"),
    "p_median": ("p-中位", "p-median, Hakimi 1964"),
    "p_center": ("p-中心", "p-centre, Hakimi 1964"),
    "capacitated_max_cover": ("容量约束最大覆盖", "capacitated maximal covering"),
}


def locate(
    case: Case,
    *,
    p: int | None = None,
    model: str = "max_cover",
    limit: float | None = None,
    spacing: float = 200.0,
    origin: str = "streets",
    sites: gpd.GeoDataFrame | None = None,
    zones: Collection[str] = (),
    protection: bool = True,
    min_metres: float = 0.0,
    time_limit: float = 30.0,
    progress: Progress | None = None,
    journey: Journey | None = None,
) -> Answer:
    """Return the best places for new facilities, those that exist being kept.

    Parameters
    ----------
    case
        The place, service and year asked about.
    p
        How many **new** sites (not needed by set_cover).
    model
        A key of ``MODELS``.
    limit
        Walking distance [m]; the standard's radius where not given. Of a journey [min], and
        ``geo.answers.reached.MINUTES`` where not given.
    spacing, origin, sites, zones, protection, min_metres
        Where a facility may stand: ``geo.answers.candidates.candidate_sites`` (``sites`` is its ``given``).
    time_limit
        Longest time to search [s]; the proven gap is shown whatever happens.
    journey
        How one goes, where not on foot: minutes take the place of metres. A p-median or p-centre needs everybody in
        reach of some site within the limit.

    Returns
    -------
    answer
        Table ``sites``: rank, newly served people or pupils, seats and classes needed, place; ``summary``:
        objective, bound, gap, status, seconds, covered before and after, value of the runner-up; ``alternatives``: the
        best substitute of each site; ``candidates``: all, with the reasons of those excluded; ``cells``: who is
        newly served; of set_cover ``unreachable``: cells that no candidate is in reach of, which are left out.

    Raises
    ------
    InputError
        If service, year, model, ``p`` or ``limit`` is not usable.
    InfeasibleError
        If no choice can do what is asked; says what is short.

    Examples
    --------
    >>> from geo.examples import town
    >>> answer = locate(town(), p=1, spacing=50)
    >>> answer["sites"][["pupils_new", "seats_needed"]].round(1).to_dict("records")  # the pupils of c
    [{'pupils_new': 22.8, 'seats_needed': 23}]
    >>> answer["summary"][["covered_before", "covered_after", "total", "gap", "status"]].round(1)
       covered_before  covered_after  total  gap   status
    0            62.7           85.5   85.5  0.0  optimal
    """
    workspace, asked = case.workspace, case.asked
    if model not in MODELS:
        raise InputError(
            Text(
                f"没有模型“{model}”，可选：{'、'.join(MODELS)}",
                f"no model '{model}', choose one of {', '.join(MODELS)}",
            )
        )
    if model != "set_cover":
        check_count(p)
    usual = MINUTES if journey else case.standard.radius_m if limit is None else 0.0
    way = between(case, usual if limit is None else float(limit), journey)
    everywhere = candidate_sites(
        case, origin=origin, spacing=spacing, given=sites, zones=zones, protection=protection,
        min_metres=min_metres,
    )  # fmt: skip
    places = usable(everywhere)
    check_count(p, places)
    weight, before = asked_for(case)
    before = before if journey is None else way.nearest().reindex(weight.index)
    result = _solve(way, model, places, weight, before, p, time_limit, progress)
    chosen = places.loc[[s for s in result.sites if s in places.index]]
    walk = way.cost(weight.index, chosen)
    table, cells = served(case, chosen, weight, before, walk, way.limit, result.sizes)
    cells = cells.rename(columns={"walk_m": way.column})
    left = _unreachable(way, places, weight, before) if model == "set_cover" else None
    summary = _summary(result, weight, before, walk, way.limit, asked.unit, len(chosen), model)
    basis = basis_of(workspace.cells, case.supply, way.basis)
    told = way.words()
    kept = rule_words(case.service) if protection else Text("不计防护距离", "protection distances not kept")
    return answered(
        case,
        "locate",
        title(case, f"选址（{MODELS[model][0]}）", f"sites by {MODELS[model][1]}"),
        {
            "summary": summary.assign(basis=basis),
            "sites": with_degrees(table).assign(basis=basis),
            "alternatives": _alternatives(result, places, basis),
            "candidates": everywhere,
            "cells": cells,
            **({} if left is None else {"unreachable": left.assign(basis=basis)}),
        },
        method=Text(
            f"{MODELS[model][0]}模型，保留现有设施，{told.zh}；备选点 {len(places)} 个（{kept.zh}）；界与差距由求解器证明",
            f"{MODELS[model][1]}; existing facilities kept, {told.en}, {len(places)} candidates ({kept.en}); bound and gap proven by the solver",
        ),
        parameters={
            "service": case.service,
            "year": case.year,
            "model": model,
            "p": p,
            **way.parameters,
            "spacing_m": spacing,
            "candidates": len(places),
            "candidates_excluded": len(everywhere) - len(places),
            "origin": "given" if sites is not None else origin,
            "zones": list(zones),
            "protection": protection,
            "min_metres": min_metres,
            "unit": asked.unit,
        },
        basis=basis,
        sources=tuple(sorted({*source_ids(workspace.cells), *way.sources})),
        notes=(*way.notes, *no_data_words(case), *(() if left is None else _unreachable_words(left, asked.unit, told))),
    )


def check_count(p: int | None, places: gpd.GeoDataFrame | None = None) -> None:
    """Refuse a number of new sites that is none; with the candidates, one that they do not suffice for.

    Examples
    --------
    >>> check_count(0)
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...the number of new sites must be a whole number of at least 1, it is 0
    """
    if places is None and (p is None or p < 1):
        raise InputError(
            Text(
                f"新增数量 p 须为不小于 1 的整数，现为 {p}",
                f"the number of new sites must be a whole number of at least 1, it is {p}",
            )
        )
    if places is not None and p is not None and p > len(places):
        raise InputError(
            Text(
                f"备选点只有 {len(places)} 个，少于要选的 {p} 个",
                f"only {len(places)} candidates, fewer than the {p} asked for",
            )
        )


def asked_for(case: Case) -> tuple[pd.Series, pd.Series]:
    """Return whom siting counts by cell (people or pupils of the zones), and their walk to what stands [m].

    Examples
    --------
    >>> from geo.examples import town
    >>> weight, before = asked_for(town())
    >>> before.to_dict()
    {'a': 100.0, 'b': 500.0, 'c': 800.0}
    """
    weight = case.weight
    weight = weight[(weight > 0) & case.workspace.cells["zone_id"].notna()]
    return weight, case.nearest("walk")["metres"].reindex(weight.index)


def _unreachable(way: Between, places: gpd.GeoDataFrame, weight: pd.Series, before: pd.Series) -> gpd.GeoDataFrame:
    """Return the cells without the service that no candidate is in reach of, most people first."""
    case = way.case
    open_cells = before.index[~(before <= way.limit)]
    nearest = way.nearest_of(open_cells, places)
    lost = nearest.index[~(nearest <= way.limit)]
    far = "walk_to_candidate_m" if way.unit == "m" else "minutes_to_candidate"
    cells = case.workspace.cells.loc[lost, ["zone_id", "geometry"]].assign(
        **{case.asked.unit: weight[lost], far: nearest[lost].where(np.isfinite(nearest[lost]))}
    )
    return with_degrees(cells.sort_values(case.asked.unit, ascending=False, kind="stable"))


def _unreachable_words(left: gpd.GeoDataFrame, unit: str, limit: Text) -> tuple[Text, ...]:
    """Return the note on whom no candidate can reach; none where all can be reached."""
    if left.empty:
        return ()
    number, zh = f"{left[unit].sum():,.0f}", "名学生" if unit == "pupils" else "人"
    return (
        Text(
            f"{len(left)} 个居住格（{number} {zh}）{limit.zh}内没有任何备选点，无法覆盖，见表 unreachable；其余全部覆盖。可加密备选点或放宽条件",
            f"{len(left)} cells ({number} {unit}) have no candidate within {limit.en} and cannot be covered, see the table unreachable; all others are. Set candidates closer together, or ask less of them",
        ),
    )


def _solve(
    way: Between, model: str, places: gpd.GeoDataFrame, weight: pd.Series, before: pd.Series, p: int | None, time_limit: float, progress: Progress | None,
) -> siting.Siting:  # fmt: skip
    """Return the siting of new places. Cover models see only those whom nothing serves yet."""
    case, limit = way.case, way.limit
    options: dict[str, Any] = {"time_limit": time_limit, "progress": progress}
    if model in ("max_cover", "set_cover"):
        open_cells = before.index[~(before <= limit)]
        if open_cells.empty:
            told = way.words()
            raise InfeasibleError(
                Text(f"{told.zh}内已全部覆盖，无需新增", f"everyone is within {told.en} already"), shortage=0.0
            )
        cost = way.cost(open_cells, places, limit=limit)
        if model == "max_cover":
            return siting.max_cover(cost, weight[open_cells], limit=limit, p=int(p or 0), **options)
        # Whom no candidate can reach no choice can cover: the others are covered, and these are listed.
        reached = (cost <= limit).any(axis="columns")
        return siting.set_cover(cost[reached] if reached.any() else cost, limit=limit, **options)
    supply = counted(case) if model == "capacitated_max_cover" else case.supply
    both = gpd.GeoDataFrame(pd.concat([supply[["geometry"]], places[["geometry"]]]), crs=case.workspace.crs)
    fixed = list(supply.index)
    if model == "capacitated_max_cover":
        return _capacitated(way, both, weight, int(p or 0), options)
    cost = way.cost(weight.index, both)
    if model == "p_median":
        return siting.p_median(cost, weight, p=int(p or 0) + len(fixed), fixed=fixed, **options)
    return siting.p_center(cost, p=int(p or 0) + len(fixed), fixed=fixed, **options)


def _capacitated(
    way: Between, both: gpd.GeoDataFrame, weight: pd.Series, p: int, options: dict[str, Any]
) -> siting.Siting:
    """Return new schools with sizes, the seats of existing ones used first."""
    case = way.case
    supply = counted(case)
    if case.asked.unit != "pupils":
        raise InputError(Text("容量约束选址只用于学校", "capacitated siting is for schools only"))
    sizes = [n * case.class_size for n in SIZES[case.service]]
    return siting.capacitated_max_cover(
        way.cost(weight.index, both, limit=way.limit),
        weight,
        limit=way.limit,
        p=p + len(supply),
        existing=supply["seats"].fillna(supposed_seats(case, None)),
        sizes=sizes,
        **options,
    )


SIZES = {
    "kindergarten": (6, 9, 12),
    "primary": (12, 18, 24, 36),
    "junior": (18, 24, 30, 36),
    "senior": (18, 24, 30, 36),
}
"""Classes of a new school to choose from: JGJ 39-2016 table 1.0.3-1; GB 50442 (draft) 4.2.2 and tables 4.2.5."""


def served(
    case: Case, chosen: gpd.GeoDataFrame, weight: pd.Series, before: pd.Series,
    walk: pd.DataFrame, limit: float, sizes: Mapping[Any, float],
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:  # fmt: skip
    """Return the chosen sites with whom each newly serves (its nearest), and those cells.

    Examples
    --------
    >>> from geo.examples import town
    >>> place = candidate_sites(town(), spacing=50).loc[["N3"]]
    >>> weight, before = asked_for(town())
    >>> walk = pd.DataFrame({"N3": [900.0, 500.0, 100.0]}, index=weight.index)
    >>> served(town(), place, weight, before, walk, 500.0, {})[0]["pupils_new"].round(1).tolist()  # those of c
    [22.8]
    """
    metres = walk.min(axis="columns") if len(chosen) else pd.Series(np.inf, index=weight.index)
    new = (metres <= limit) & ~(before <= limit)
    nearest = walk[new].idxmin(axis="columns") if new.any() else pd.Series(dtype=object)
    per_site = weight[new].groupby(nearest).sum().reindex(chosen.index, fill_value=0.0)
    order = per_site.sort_values(ascending=False, kind="stable").index
    table = chosen.loc[order].drop(columns=["reasons", "reason_zh", "reason_en"], errors="ignore")
    unit = case.asked.unit
    table.insert(0, "rank", range(1, len(table) + 1))
    table[f"{unit}_new"] = per_site.loc[order]
    zones = case.workspace.zones["name_zh"]
    table["zone_zh"] = [zones.get(z) for z in table["zone_id"]] if "zone_id" in table else None
    if unit == "pupils":
        size = case.class_size
        if sizes:
            table["seats_chosen"] = [sizes.get(i, np.nan) for i in table.index]
            table["classes_chosen"] = table["seats_chosen"] / size
        table["seats_needed"] = [math.ceil(n - 1e-9) for n in table["pupils_new"]]
        table["classes_needed"] = [math.ceil(n / size - 1e-9) for n in table["pupils_new"]]
    cells = case.workspace.cells.loc[weight.index[new], ["zone_id", "geometry"]].assign(
        **{unit: weight[new], "walk_m": metres[new], "site": nearest, "rank": nearest.map(table["rank"])}
    )
    return table, cells


def _summary(
    result: siting.Siting, weight: pd.Series, before: pd.Series, walk: pd.DataFrame, limit: float, unit: str,
    new_sites: int, model: str,
) -> pd.DataFrame:  # fmt: skip
    after = np.minimum(before, walk.min(axis="columns")) if new_sites else before
    total = float(weight.sum())
    row: dict[str, Any] = {
        "model": model,
        "new_sites": new_sites,
        "unit": unit,
        "total": total,
        "covered_before": float(weight[before <= limit].sum()),
        "covered_after": float(weight[after <= limit].sum()),
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
        "status": result.status,
        "seconds": result.seconds,
    }
    row["share_before"], row["share_after"] = row["covered_before"] / total, row["covered_after"] / total
    row["runner_up"] = None if result.runner_up is None else finite(result.runner_up.objective)
    row["message_zh"], row["message_en"] = result.message
    return pd.DataFrame([row])


def _alternatives(result: siting.Siting, places: gpd.GeoDataFrame, basis: str) -> pd.DataFrame:
    """Return the best substitute of each new site and what it would cost, so that a planner sees how flat the choice is."""
    if result.alternatives is None:
        return pd.DataFrame()
    return result.alternatives.assign(
        zone_id=places["zone_id"].reindex(result.alternatives["substitute"]).to_numpy(), basis=basis
    )
