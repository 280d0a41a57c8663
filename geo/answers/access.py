"""Accessibility after competition: seats (or beds) per person in reach, and how evenly they are shared."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo import access as family
from geo import equity
from geo.answers.base import Answer, answered, basis_of, source_ids, title, zone_columns
from geo.answers.known import no_data, no_data_words
from geo.case import Case
from geo.errors import InputError
from geo.text import Text
from geo.workspace import zone_totals

__all__ = ["METHODS", "access"]

STEPS = ((1 / 3, 1.0), (2 / 3, 0.68), (1.0, 0.22))
"""Thirds of the limit with the slow weights of Luo & Qi (2009)."""
METHODS = {
    "e2sfca": ("增强两步移动搜索法", "E2SFCA, Luo & Qi 2009"),
    "2sfca": ("两步移动搜索法", "2SFCA, Luo & Wang 2003"),
    "3sfca": ("三步移动搜索法", "3SFCA, Wan, Zou & Sternberg 2012"),
    "balanced": ("平衡移动搜索法", "balanced FCA, Paez, Higgins & Vivona 2019"),
    "gravity": ("引力模型", "gravity with competition, Joseph & Bantock 1982"),
    "cumulative": ("累计机会", "cumulative opportunities"),
}


def access(case: Case, *, method: str = "e2sfca", limit: float | None = None) -> Answer:
    """Return seats per person in reach of each cell, their means per zone, and how evenly they are shared.

    Parameters
    ----------
    case
        The place, service and year asked about.
    method
        A key of ``METHODS``.
    limit
        Catchment [m]; three times the standard's radius where not given, so that nearness can count.

    Returns
    -------
    answer
        Table ``zones``: people (or pupils), access (weighted mean, seats per person); ``equity``: Gini, Palma,
        Theil, share of people with none in reach; ``cells``: the score per cell.

    Raises
    ------
    InputError
        If the method is unknown, or a facility has no known seats or beds (the message names them).

    Notes
    -----
    Facilities of unknown size cannot be scored; services without sizes (stations) count one each.

    Examples
    --------
    >>> from geo.examples import town
    >>> answer = access(town(), method="2sfca", limit=500)
    >>> answer["cells"]["access"].round(4).to_dict()  # 540 seats for 62.7 pupils: 5.7 % of a and b
    {'a': 8.6124, 'b': 8.6124, 'c': 0.0}
    >>> answer["equity"]["share_none"].round(4).tolist()  # c, 400 of 1500 people
    [0.2667]
    """
    workspace = case.workspace
    if method not in METHODS:
        raise InputError(
            Text(
                f"没有方法“{method}”，可选：{'、'.join(METHODS)}",
                f"no method '{method}', choose one of {', '.join(METHODS)}",
            )
        )
    metres = 3 * case.standard.radius_m if limit is None else float(limit)
    if not (np.isfinite(metres) and metres > 0):
        raise InputError(
            Text(f"距离必须是大于 0 的有限数，现为 {metres}", f"the limit must be finite and above 0, it is {metres}")
        )
    supply, demand = case.supply, case.weight
    counted = supply["seats"].notna()
    size = supply["seats"].where(counted) if counted.any() else pd.Series(1.0, index=supply.index)
    left_out = list(supply.index[size.isna()])
    size = size.dropna()
    pairs = workspace.network.pairs(case.snaps, supply.loc[size.index], limit=metres)
    score = _score(method, pairs, demand, size, metres)
    cells = workspace.cells[["zone_id", "geometry"]].assign(demand=demand, access=score)
    sums = zone_totals(workspace, pd.DataFrame({"demand": demand, "seats": score * demand}))
    zones = zone_columns(
        workspace,
        pd.DataFrame({"demand": sums["demand"], "access": sums["seats"] / sums["demand"].where(sums["demand"] > 0)}),
    )
    basis = basis_of(workspace.cells, workspace.streets, supply)
    zones["basis"] = basis
    inside = workspace.cells["zone_id"].notna() & (demand > 0)
    notes = (
        Text(
            f"{len(left_out)} 处设施规模未知，未计入：{left_out[:5]}",
            f"{len(left_out)} facilities of unknown size were left out: {left_out[:5]}",
        ),
    )
    even = _equity(score[inside], demand[inside], basis)
    if no_data(case):  # nobody is said to reach nothing where nothing is recorded
        cells["access"], zones["access"], even[["gini", "palma", "theil", "share_none"]] = np.nan, np.nan, np.nan
    return answered(
        case,
        "access",
        title(case, "可达性", "accessibility"),
        {"zones": zones, "equity": even, "cells": cells},
        method=Text(
            f"{METHODS[method][0]}，步行 {metres:g} 米内；单位：每人学位（床位、站点）数",
            f"{METHODS[method][1]}, within {metres:g} m on foot; seats (beds, stations) per person",
        ),
        parameters={
            "service": case.service,
            "year": case.year,
            "method": method,
            "limit_m": metres,
            "facilities": len(size),
            "left_out": left_out,
        },
        basis=basis,
        sources=source_ids(workspace.cells, workspace.streets, supply),
        notes=(*no_data_words(case), *(notes if left_out else ()), *_palma_words(even)),
    )


def _score(method: str, pairs: object, demand: pd.Series, size: pd.Series, limit: float) -> pd.Series:
    steps = {limit * bound: weight for bound, weight in STEPS}
    run = {
        "e2sfca": lambda: family.e2sfca(pairs, demand, size, steps=steps),
        "2sfca": lambda: family.fca2(pairs, demand, size, limit=limit),
        "3sfca": lambda: family.fca3(pairs, demand, size, decay=steps),
        "balanced": lambda: family.balanced(pairs, demand, size, decay=steps),
        "gravity": lambda: family.gravity(pairs, demand, size, decay=family.gaussian(limit / 2, limit=limit)),
        "cumulative": lambda: family.cumulative(pairs, size, limit=limit),
    }  # fmt: skip
    return run[method]()


def _palma_words(even: pd.DataFrame) -> tuple[Text, ...]:
    """Return why there is no Palma ratio: the worst four tenths have nothing to divide by."""
    shared = even[["gini", "palma"]].iloc[0]
    if not (np.isnan(shared["palma"]) and np.isfinite(shared["gini"])):
        return ()
    return (
        Text(
            "没有帕尔马比值：最差四成的人一处也够不到，除数为零；请看“一处也够不到”的比例",
            "there is no Palma ratio: the worst four tenths reach nothing, so there is nothing to divide by; see the share with none in reach",
        ),
    )


def _equity(score: pd.Series, demand: pd.Series, basis: str) -> pd.DataFrame:
    if score.empty or not (score > 0).any():
        row = {"gini": np.nan, "palma": np.nan, "theil": np.nan, "share_none": np.nan if score.empty else 1.0}
    else:
        row = {
            "gini": equity.gini(score, demand),
            "palma": palma if np.isfinite(palma := equity.palma(score, demand)) else np.nan,
            "theil": equity.theil(score, demand),
            "share_none": float(demand[score <= 0].sum() / demand.sum()),
        }
    return pd.DataFrame([row]).assign(basis=basis)
