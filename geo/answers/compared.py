"""Plans and years beside each other: for each zone who is served, who has no seat, how far they walk, how unequal that is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from geo.answers.base import Answer, answered, basis_of, share, source_ids, zone_columns
from geo.answers.counted import placed
from geo.answers.covered import coverage
from geo.answers.known import no_data, no_data_words
from geo.answers.seats import assigned
from geo.case import Case
from geo.equity import gini
from geo.errors import InputError
from geo.progress import Progress, Step
from geo.text import Text
from geo.workspace import Workspace, zone_totals

__all__ = ["COMPARED", "PARAMETERS", "compared", "seats_in_zones"]

PARAMETERS: Mapping[str, Text] = {
    "scenario": Text("方案", "scenario"),
    "state": Text("方案版本", "state of the scenario"),
    "year": Text("年份", "year"),
    "people_year": Text("居民的年份", "year of the residents"),
    "limit_m": Text("距离（米）", "distance [m]"),
    "standard": Text("标准", "standard"),
    "clause": Text("条目", "clause"),
    "place": Text("地点", "place"),
    "demand.model": Text("需求模型", "demand model"),
}
"""What planners call the parameters that may differ; others are told by the name that the program gives them."""
COMPARED = ("people", "covered", "share", "unseated", "mean_walk_m", "gini", "seats")
"""What is compared, each column with ``d_`` before it for the difference to the first."""
MOST = 4


def compared(
    cases: Mapping[str, Case], *, limit: float | None = None, costs: Mapping[str, float] | None = None, progress: Progress | None = None,
) -> Answer:  # fmt: skip
    """Return two to four plans or years of one service beside each other, each less the first.

    Parameters
    ----------
    cases
        What planners call each → the case: the same service, whatever scenario, year and demand.
    limit
        Distance [m] within which people are covered; the standard's of each case where not given.
    costs
        What each costs, in a unit of one's own, for those of which it is known.
    progress
        Told each plan, of all plans.

    Returns
    -------
    answer
        Table ``zones``: a row for each plan and zone with people [persons], covered (on foot), share, unseated [pupils]
        (NaN for services without seats), mean_walk_m [m] of those with a way to a facility, gini of that walk, seats, and
        ``d_…`` of each, the difference to the first plan. Table ``total``: the same for all zones together, with
        ``no_way`` [persons who reach no facility] and cost. Table ``parameters``: a row for each parameter that is not the
        same in all, its value in each.

    Raises
    ------
    InputError
        If there are fewer than two or more than four, they are of different services or zones, or a cost is named that
        nothing is called.

    Notes
    -----
    The walk is weighted by who needs the service: pupils of a stage, residents otherwise. Gini: ``geo.equity.gini``.

    Examples
    --------
    >>> from geo.examples import town
    >>> from geo.scenario import Scenario, apply
    >>> base = town()
    >>> larger = base.under(apply(base.workspace, Scenario("none", closed=("S",))))
    >>> answer = compared({"today": base, "closed": larger}, limit=500)
    >>> answer["total"][["plan", "covered", "d_covered", "no_way"]].to_dict("records")[1]
    {'plan': 'closed', 'covered': 0.0, 'd_covered': -1100.0, 'no_way': 1500.0}
    >>> answer["parameters"].to_dict("records")
    [{'parameter': 'scenario', 'today': '', 'closed': 'none'}]
    """
    first = _checked(cases, costs or {})
    parts = {}
    for done, (name, case) in enumerate(cases.items()):
        if progress is not None:
            progress(Step(done=done, whole=len(cases)))
        parts[name] = _measured(case, limit)
    zones = _less_first({name: part[0] for name, part in parts.items()})
    total = _less_first({name: part[1] for name, part in parts.items()})
    if costs:
        total["cost"] = total["plan"].map(dict(costs)).astype(float)
        total["d_cost"] = total["cost"] - total["cost"].iloc[0]
    differing = _differing(cases, {name: part[2] for name, part in parts.items()})
    basis = basis_of(*(part[3] for part in parts.values()))
    told = [t for t in dict.fromkeys(n for case in cases.values() for n in no_data_words(case))]
    years = {name: case.people_basis for name, case in cases.items() if case.people_basis is not None}
    told += [Text(f"{name}：{t.zh}", f"{name}: {t.en}") for name, t in years.items()]
    if len(differing):
        named = [PARAMETERS.get(key, Text(key, key)) for key in differing["parameter"]]
        zh, en = "、".join(name.zh for name in named), ", ".join(name.en for name in named)
        told.insert(0, Text(f"各方案参数不同：{zh}", f"parameters differ: {en}"))
    asked = first.asked
    return answered(
        first.workspace,
        "compared",
        Text(f"{asked.name_zh}：{'、'.join(cases)} 对比", f"{asked.name_en}: {', '.join(cases)} compared"),
        {"zones": zones, "total": total, "parameters": differing},
        method=Text(
            "各方案与第一个之差；覆盖按步行距离；平均步行按需要该服务的人加权，只计有路可达者；基尼系数为该步行距离在人群中的不均；学位缺口按运输问题精确分配（步行不限）",
            "each less the first; covered on foot; mean walk weighted by who needs the service, of those with a way; Gini: how unequally that walk is spread over them; without a seat: exact assignment, walk not limited",
        ),
        parameters={"service": first.service, "plans": list(cases), "limit_m": sorted({part[2]["limit_m"] for part in parts.values()})},
        basis=basis,
        sources=source_ids(*(frame for case in cases.values() for frame in (case.workspace.cells, case.supply, case.workspace.streets))),
        notes=tuple(told),
    )  # fmt: skip


def seats_in_zones(case: Case) -> pd.Series:
    """Return the seats of the facilities that stand in each zone [seats]: NaN where those of one are not known.

    A zone has those of its parts; 0 where there is no facility.

    Examples
    --------
    >>> from geo.examples import town
    >>> seats_in_zones(town()).to_dict()
    {'south': 540.0, 'north': 0.0}
    """
    zones, supply = case.workspace.zones, placed(case)
    own = {z: supply.loc[supply["zone_id"] == z, "seats"] for z in zones.index}
    parts = {z: [own[p] for p in zones.index[zones["parent_id"] == z]] for z in zones.index}
    sums = {z: sum((float(s.sum(skipna=False)) for s in (own[z], *parts[z])), 0.0) for z in zones.index}
    return pd.Series(np.nan if no_data(case) else sums, index=zones.index, name="seats", dtype=float)


def _checked(cases: Mapping[str, Case], costs: Mapping[str, float]) -> Case:
    """Return the first case; refuse what cannot be compared."""
    if not 2 <= len(cases) <= MOST:
        raise InputError(Text(f"可对比 2–{MOST} 个方案，现有 {len(cases)} 个", f"2 to {MOST} plans can be compared, there are {len(cases)}"))  # fmt: skip
    first = next(iter(cases.values()))
    for name, case in cases.items():
        if case.service != first.service:
            raise InputError(Text(f"“{name}”问的是另一种服务，请用同一种", f"'{name}' asks about another service, take the same one"))  # fmt: skip
        if not case.workspace.zones.index.equals(first.workspace.zones.index):
            raise InputError(Text(f"“{name}”的片区不同，无法逐片区对比", f"'{name}' has other zones, they cannot be compared one by one"))  # fmt: skip
    if stray := [name for name in costs if name not in cases]:
        raise InputError(Text(f"造价所属的方案不在其中：{'、'.join(stray)}", f"costs of plans that are not among them: {', '.join(stray)}"))  # fmt: skip
    return first


def _measured(case: Case, limit: float | None) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any], str]:
    """Return what is compared, per zone and in all; the parameters behind it, and its basis."""
    answer, place = coverage(case, limit=limit), case.workspace
    walk = case.nearest("walk")["metres"]
    reached = np.isfinite(walk) & (not no_data(case))
    weight = case.weight
    cells = pd.DataFrame(
        {
            "people": case.people, "no_way": case.people.where(~np.isfinite(walk), 0.0), "weight": weight.where(reached, 0.0),
            "metres": (weight * walk).where(reached, 0.0), "unseated": _unseated(case),
        }
    )  # fmt: skip
    sums = zone_totals(place, cells)
    sums["seats"] = seats_in_zones(case)
    if not case.is_school or no_data(case):
        sums["unseated"] = np.nan  # the question makes no sense, or nothing is known: not the same as nobody
    zones = zone_columns(place, answer["zones"][["people", "covered_walk"]].rename(columns={"covered_walk": "covered"}))
    top = place.zones["level"] == "zone"
    whole = pd.concat([answer["total"][["people", "covered_walk"]].set_axis(["people", "covered"], axis=1).reset_index(drop=True),
                       sums[top].sum(skipna=False).to_frame().T[["no_way", "weight", "metres", "unseated", "seats"]].reset_index(drop=True)], axis=1)  # fmt: skip
    for table, more in ((zones, sums), (whole, whole)):
        table["share"] = share(table["covered"], table["people"])
        table["unseated"] = more["unseated"]
        table["mean_walk_m"] = share(more["metres"], more["weight"])
        table["seats"] = more["seats"]
    inside = {zone: _inside(place, zone) for zone in place.zones.index}
    zones["gini"] = [_gini(walk, weight, reached & here) for here in inside.values()]
    whole["gini"] = _gini(walk, weight, reached & place.cells["zone_id"].notna())
    whole["no_way"] = np.nan if no_data(case) else whole["no_way"]
    parameters = {
        **answer.parameters,
        "scenario": place.scenario,
        "state": place.scenario_state.en,
        "place": place.name_en,
    }
    parameters |= {f"demand.{f.name}": getattr(case.demand, f.name) for f in dataclasses.fields(case.demand)}
    parameters.pop("facilities")
    lead = ["name_zh", "name_en", "level", "parent_id"]
    return zones[[*lead, *COMPARED]], whole[[*COMPARED, "no_way"]], parameters, answer.basis


def _unseated(case: Case) -> pd.Series:
    """Return the pupils of each cell without a seat."""
    cells = case.workspace.cells
    if not case.is_school or no_data(case):
        return pd.Series(0.0, index=cells.index)
    if placed(case)["zone_id"].notna().sum() == 0:
        return case.pupils.where(cells["zone_id"].notna(), 0.0)
    return assigned(case).unserved.reindex(cells.index, fill_value=0.0)


def _inside(place: Workspace, zone: object) -> pd.Series:
    parts = place.zones.index[place.zones["parent_id"] == zone]
    return place.cells["zone_id"].isin([zone, *parts])


def _gini(walk: pd.Series, weight: pd.Series, rows: pd.Series) -> float:
    return gini(walk[rows], weight[rows]) if rows.any() else float("nan")


def _less_first(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the tables below each other, each with its differences to the first."""
    first = next(iter(tables.values()))
    rows = []
    for name, table in tables.items():
        told = table.assign(**{f"d_{c}": table[c] - first[c] for c in COMPARED})
        told.insert(0, "plan", name)
        rows.append(told.reset_index() if told.index.name else told)
    return pd.concat(rows, ignore_index=True)


def _differing(cases: Mapping[str, Case], parameters: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return the parameters that are not the same in all."""
    names = dict.fromkeys(key for one in parameters.values() for key in one)
    rows = []
    for key in names:
        values = [one.get(key) for one in parameters.values()]
        if any(str(v) != str(values[0]) for v in values):
            rows.append({"parameter": key, **dict(zip(cases, values, strict=True))})
    return pd.DataFrame(rows, columns=["parameter", *cases])
