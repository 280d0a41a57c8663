"""Accessibility after competition: seats (or beds) per person in reach, and how evenly they are shared."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo import access as family
from geo import equity
from geo.answers.base import Answer, answered, basis_of, source_ids, title, zone_columns
from geo.answers.impedance import Between, between
from geo.answers.known import no_data, no_data_words
from geo.answers.reached import MINUTES
from geo.case import Case
from geo.errors import InputError
from geo.text import Text
from geo.travel import Journey
from geo.workspace import zone_totals

__all__ = ["DECAYED", "DECAYS", "METHODS", "access"]

STEPS = ((1 / 3, 1.0), (2 / 3, 0.68), (1.0, 0.22))
"""Thirds of the limit with the slow weights of Luo & Qi (2009)."""
METHODS = {
    "e2sfca": ("增强两步移动搜索法", "E2SFCA, Luo & Qi 2009"),
    "2sfca": ("两步移动搜索法", "2SFCA, Luo & Wang 2003"),
    "3sfca": ("三步移动搜索法", "3SFCA, Wan, Zou & Sternberg 2012"),
    "balanced": ("平衡移动搜索法", "balanced FCA, Paez, Higgins & Vivona 2019"),
    "gravity": ("引力模型", "gravity with competition, Joseph & Bantock 1982"),
    "huff": ("Huff 选择模型", "Huff's choice with floating catchments, Luo 2014"),
    "raam": ("理性选择均衡（RAAM）", "RAAM, Saxon & Snow 2020"),
    "cumulative": ("累计机会", "cumulative opportunities"),
}
DECAYS = {
    "step": ("三级阶梯 1、0.68、0.22", "steps 1, 0.68, 0.22 by thirds of the limit"),
    "none": ("不衰减", "none within the limit"),
    "gaussian": ("高斯", "Gaussian"),
    "exponential": ("指数", "exponential"),
    "power": ("幂函数", "power"),
}
"""How a longer way counts less."""
DECAYED = {"e2sfca": "step", "3sfca": "step", "balanced": "step", "gravity": "gaussian", "huff": "gaussian"}
"""Methods that take a decay, and the one that holds where none is chosen."""
NEAREST = 100.0
"""Nearer than this counts as this far in a power decay [m]: otherwise the next door takes everything."""
NEAREST_MIN = 1.0
"""The same of minutes."""
CURVE = 200
"""Points of a Lorenz curve that are told."""


def access(
    case: Case, *, method: str = "e2sfca", limit: float | None = None, decay: str | None = None,
    parameter: float | None = None, journey: Journey | None = None,
) -> Answer:  # fmt: skip
    """Return seats per person in reach of each cell, their means per zone, and how evenly they are shared.

    Parameters
    ----------
    case
        The place, service and year asked about.
    method
        A key of ``METHODS``.
    limit
        Catchment [m]; three times the standard's radius where not given, so that nearness can count. Of a journey [min], and
        ``geo.answers.reached.MINUTES`` where not given.
    decay
        A key of ``DECAYS``, for the methods in ``DECAYED``; the method's own where not given.
    parameter
        Of the decay: bandwidth (Gaussian; half the limit where not given), rate (exponential; 3 ÷ limit, which
        leaves 5 % at the limit), exponent (power; 1). Of RAAM: the way that costs as much as average crowding; the
        standard's radius where not given, of a journey a third of the limit. In the unit of the limit.
    journey
        How one goes, where not on foot: minutes take the place of metres.

    Returns
    -------
    answer
        Table ``zones``: people (or pupils), access (weighted mean, seats per person); ``equity``: Gini, Palma,
        Theil, share of people with none in reach; ``lorenz``: the Lorenz curve behind Gini (cumulative shares of people,
        worst served first, and of seats), at most ``CURVE`` points; ``cells``: the score per cell (RAAM: and ``cost``).

    Raises
    ------
    InputError
        If the method or decay is unknown, the parameter is not above 0, or a facility has no known seats or beds (the message names them).

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
    usual = MINUTES if journey else 3 * case.standard.radius_m if limit is None else 0.0
    way = between(case, usual if limit is None else float(limit), journey)
    supply, demand = case.supply, case.weight
    counted = supply["seats"].notna()
    size = supply["seats"].where(counted) if counted.any() else pd.Series(1.0, index=supply.index)
    left_out = list(supply.index[size.isna()])
    size = size.dropna()
    weigh, told, used = _decay(way, method, decay, parameter)
    pairs = way.to_supply(size.index)
    cost = None
    if method == "raam":
        found = family.raam(pairs, demand, size, tau=float(used or 0))
        score, cost = found["access"], found["cost"].where(np.isfinite(found["cost"]))
    else:
        score = _score(method, pairs, demand, size, way.limit, weigh)
    cells = workspace.cells[["zone_id", "geometry"]].assign(demand=demand, access=score)
    if cost is not None:
        cells["cost"] = cost
    sums = zone_totals(workspace, pd.DataFrame({"demand": demand, "seats": score * demand}))
    zones = zone_columns(
        workspace,
        pd.DataFrame({"demand": sums["demand"], "access": sums["seats"] / sums["demand"].where(sums["demand"] > 0)}),
    )
    basis = basis_of(workspace.cells, supply, way.basis)
    zones["basis"] = basis
    inside = workspace.cells["zone_id"].notna() & (demand > 0)
    notes = (
        Text(
            f"{len(left_out)} 处设施规模未知，未计入：{left_out[:5]}",
            f"{len(left_out)} facilities of unknown size were left out: {left_out[:5]}",
        ),
    )
    even = _equity(score[inside], demand[inside], basis)
    curve = _lorenz(score[inside], demand[inside], basis)
    if no_data(case):  # nobody is said to reach nothing where nothing is recorded
        curve = curve.iloc[:0]
        cells["access"], zones["access"], even[["gini", "palma", "theil", "share_none"]] = np.nan, np.nan, np.nan
    return answered(
        case,
        "access",
        title(case, "可达性", "accessibility"),
        {"zones": zones, "equity": even, "lorenz": curve, "cells": cells},
        method=Text(
            f"{METHODS[method][0]}，{way.words().zh}内{told.zh}；单位：每人学位（床位、站点）数",
            f"{METHODS[method][1]}, within {way.words().en}{told.en}; seats (beds, stations) per person",
        ),
        parameters={
            "service": case.service,
            "year": case.year,
            "method": method,
            **way.parameters,
            "decay": (decay or DECAYED.get(method)),
            "parameter": used,
            "facilities": len(size),
            "left_out": left_out,
        },
        basis=basis,
        sources=tuple(sorted({*source_ids(workspace.cells, supply), *way.sources})),
        notes=(*way.notes, *no_data_words(case), *(notes if left_out else ()), *_palma_words(even)),
    )


def _decay(
    way: Between, method: str, decay: str | None, parameter: float | None
) -> tuple[family.Decay, Text, float | None]:
    """Return the decay, how it is told, and its parameter."""
    limit, in_metres = way.limit, way.unit == "m"
    if decay is not None and (decay not in DECAYS or method not in DECAYED):
        raise InputError(
            Text(
                f"衰减“{decay}”不可用；可选：{'、'.join(DECAYS)}，方法：{'、'.join(DECAYED)}",
                f"no decay '{decay}' here: choose one of {', '.join(DECAYS)}, with {', '.join(DECAYED)}",
            )
        )
    if parameter is not None and not (np.isfinite(parameter) and parameter > 0):
        raise InputError(Text(f"参数须大于 0，现为 {parameter}", f"the parameter must be above 0, it is {parameter}"))
    steps = {limit * bound: weight for bound, weight in STEPS}
    if method == "raam":
        usual_tau = way.case.standard.radius_m if in_metres and parameter is None else limit / 3
        tau = usual_tau if parameter is None else parameter
        unit = Text("米", "m") if in_metres else Text("分钟", "min")
        return (
            steps,
            Text(f"，每 {tau:g} {unit.zh}抵一份平均拥挤", f", {tau:g} {unit.en} cost as much as average crowding"),
            tau,
        )
    name = decay or DECAYED.get(method)
    usual = {"gaussian": limit / 2, "exponential": 3.0 / limit, "power": 1.0}.get(str(name))
    used = usual if parameter is None or usual is None else parameter
    makes: dict[str, family.Decay] = {
        "none": {limit: 1.0},
        "gaussian": family.gaussian(used or 1.0, limit=limit),
        "exponential": family.exponential(used or 1.0, limit=limit),
        "power": family.power(used or 1.0, floor=NEAREST if in_metres else NEAREST_MIN),
    }
    if name is None:
        return steps, Text("", ""), None
    number = "" if used is None else f" {used:.4g}"
    return (
        makes.get(name, steps),
        Text(f"，衰减：{DECAYS[name][0]}{number}", f", decay: {DECAYS[name][1]}{number}"),
        used,
    )


def _score(
    method: str, pairs: object, demand: pd.Series, size: pd.Series, limit: float, weigh: family.Decay
) -> pd.Series:
    run = {
        # With another decay than steps, the two steps are those of gravity.
        "e2sfca": lambda: family.e2sfca(pairs, demand, size, steps=weigh) if isinstance(weigh, dict) else family.gravity(pairs, demand, size, decay=weigh),
        "2sfca": lambda: family.fca2(pairs, demand, size, limit=limit),
        "3sfca": lambda: family.fca3(pairs, demand, size, decay=weigh),
        "balanced": lambda: family.balanced(pairs, demand, size, decay=weigh),
        "gravity": lambda: family.gravity(pairs, demand, size, decay=weigh),
        "huff": lambda: family.huff(pairs, demand, size, decay=weigh),
        "cumulative": lambda: family.cumulative(pairs, size, limit=limit),
    }  # fmt: skip
    return run[method]()


def _lorenz(score: pd.Series, demand: pd.Series, basis: str) -> pd.DataFrame:
    """Return the Lorenz curve, thinned; no row where there is nothing to share."""
    if score.empty or not (score > 0).any():
        return pd.DataFrame({"people_share": [], "seats_share": [], "basis": []})
    people, has = equity.lorenz(score, demand)
    if len(people) > CURVE:
        keep = np.unique(np.searchsorted(people, np.linspace(0, 1, CURVE)).clip(0, len(people) - 1))
        keep = np.union1d(keep[: CURVE - 2], [0, len(people) - 1])
        people, has = people[keep], has[keep]
    return pd.DataFrame({"people_share": people, "seats_share": has, "basis": basis})


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
