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
from geo.answers.impedance import Between, between
from geo.answers.known import no_data, no_data_words
from geo.answers.reached import MINUTES, reached
from geo.answers.seats import assigned
from geo.case import Case
from geo.equity import gini
from geo.errors import InputError
from geo.progress import Progress, Step
from geo.text import Text
from geo.travel import Journey, going
from geo.workspace import Workspace, zone_totals

__all__ = ["COMPARED", "FAR_MIN", "PARAMETERS", "compared", "measures", "seats_in_zones"]

PARAMETERS: Mapping[str, Text] = {
    "scenario": Text("方案", "scenario"),
    "state": Text("方案版本", "state of the scenario"),
    "year": Text("年份", "year"),
    "people_year": Text("居民的年份", "year of the residents"),
    "limit_m": Text("距离（米）", "distance [m]"),
    "departure": Text("出发", "leaving"),
    "arrive": Text("到达", "arriving"),
    "timetable": Text("时刻表", "timetable"),
    "standard": Text("标准", "standard"),
    "clause": Text("条目", "clause"),
    "place": Text("地点", "place"),
    "demand.model": Text("需求模型", "demand model"),
}
"""What planners call the parameters that may differ; others are told by the name that the program gives them."""
COMPARED = ("people", "covered", "share", "unseated", "mean_walk_m", "gini", "seats")
"""What is compared, each column with ``d_`` before it for the difference to the first."""
FAR_MIN = 120.0
"""Nobody is looked for who is longer under way by a mode [min]."""
MOST = 4


def compared(
    cases: Mapping[str, Case], *, limit: float | None = None, journey: Journey | None = None, minutes: float = MINUTES,
    costs: Mapping[str, float] | None = None, progress: Progress | None = None,
) -> Answer:  # fmt: skip
    """Return two to four plans or years of one service beside each other, each less the first.

    Parameters
    ----------
    cases
        What planners call each → the case: the same service, whatever scenario, year and demand.
    limit
        Distance [m] within which people are covered; the standard's of each case where not given.
    journey, minutes
        How and when one goes, and for how long [min] people count as covered; metres on foot where no journey is given.
        ``mean_minutes`` then stands for ``mean_walk_m``, and both it and gini are of the minutes. Who has no seat stays a
        matter of metres.
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
    if journey is not None and (journey.mode == "transit" and not journey.day):
        journey = dataclasses.replace(journey, at=f"{going(first, journey).day}T{journey.clock}")  # one day for all
    parts = {}
    for done, (name, case) in enumerate(cases.items()):
        if progress is not None:
            progress(Step(done=done, whole=len(cases)))
        parts[name] = _measured(case, limit, None if journey is None else between(case, minutes, journey))
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
    if journey is not None:
        told += [
            t for t in dict.fromkeys(n for case in cases.values() for n in going(case, journey).notes) if t not in told
        ]
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
        method=_method(None if journey is None else between(first, minutes, journey)),
        parameters={"service": first.service, "plans": list(cases), **_limits([part[2] for part in parts.values()])},
        basis=basis,
        sources=source_ids(*(frame for case in cases.values() for frame in (case.workspace.cells, case.supply, *_behind(case, journey)))),
        notes=tuple(told),
    )  # fmt: skip


def measures(by_mode: bool) -> tuple[str, ...]:
    """Return the columns that are compared: on foot, or by a mode, where minutes stand for metres.

    Examples
    --------
    >>> measures(False)[4], measures(True)[4]
    ('mean_walk_m', 'mean_minutes')
    """
    return tuple("mean_minutes" if by_mode and c == "mean_walk_m" else c for c in COMPARED)


def _method(way: Between | None) -> Text:
    if way is None:
        return Text(
            "各方案与第一个之差；覆盖按步行距离；平均步行按需要该服务的人加权，只计有路可达者；基尼系数为该步行距离在人群中的不均；学位缺口按运输问题精确分配（步行不限）",
            "each less the first; covered on foot; mean walk weighted by who needs the service, of those with a way; Gini: how unequally that walk is spread over them; without a seat: exact assignment, walk not limited",
        )
    told = way.words()
    return Text(
        f"各方案与第一个之差；覆盖为{told.zh}内可到一处；平均分钟按需要该服务的人加权，只计 {FAR_MIN:g} 分钟内可到者；基尼系数为该时间在人群中的不均；学位缺口按步行精确分配（步行不限）；不是标准的达标判断",
        f"each less the first; covered: one is reached within {told.en}; mean minutes weighted by who needs the service, of those who reach one within {FAR_MIN:g} min; Gini: how unequally they are spread; without a seat: exact assignment on foot, walk not limited; no standard is met or missed by it",
    )


def _limits(parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """Return within what people are covered: all limits in metres, or how one goes."""
    if "limit_m" in parameters[0]:
        return {"limit_m": sorted({one["limit_m"] for one in parameters})}
    left_out = ("service", "year", "people_year", "scenario", "state", "place", "timetable")
    return {k: v for k, v in parameters[0].items() if k not in left_out and not k.startswith("demand.")}


def _behind(case: Case, journey: Journey | None) -> tuple[pd.DataFrame, ...]:
    return (case.workspace.streets,) if journey is None else going(case, journey).behind


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


def _measured(
    case: Case, limit: float | None, way: Between | None
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any], str]:
    """Return what is compared, per zone and in all; the parameters behind it, and its basis."""
    place = case.workspace
    if way is None or way.way is None:
        answer, covered, mean = coverage(case, limit=limit), "covered_walk", "mean_walk_m"
        far = case.nearest("walk")["metres"]
    else:
        answer, covered, mean = reached(case, way.way.journey, minutes=way.limit), "covered", "mean_minutes"
        far = between(case, max(FAR_MIN, way.limit), way.way.journey).nearest()
    near = np.isfinite(far) & (not no_data(case))
    weight = case.weight
    cells = pd.DataFrame(
        {
            "people": case.people, "no_way": case.people.where(~np.isfinite(far), 0.0), "weight": weight.where(near, 0.0),
            "far": (weight * far).where(near, 0.0), "unseated": _unseated(case),
        }
    )  # fmt: skip
    sums = zone_totals(place, cells)
    sums["seats"] = seats_in_zones(case)
    if not case.is_school or no_data(case):
        sums["unseated"] = np.nan  # the question makes no sense, or nothing is known: not the same as nobody
    zones = zone_columns(place, answer["zones"][["people", covered]].rename(columns={covered: "covered"}))
    top = place.zones["level"] == "zone"
    whole = pd.concat([answer["total"][["people", covered]].set_axis(["people", "covered"], axis=1).reset_index(drop=True),
                       sums[top].sum(skipna=False).to_frame().T[["no_way", "weight", "far", "unseated", "seats"]].reset_index(drop=True)], axis=1)  # fmt: skip
    for table, more in ((zones, sums), (whole, whole)):
        table["share"] = share(table["covered"], table["people"])
        table["unseated"] = more["unseated"]
        table[mean] = share(more["far"], more["weight"])
        table["seats"] = more["seats"]
    inside = {zone: _inside(place, zone) for zone in place.zones.index}
    zones["gini"] = [_gini(far, weight, near & here) for here in inside.values()]
    whole["gini"] = _gini(far, weight, near & place.cells["zone_id"].notna())
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
    told = list(measures(way is not None))
    return zones[[*lead, *told]], whole[[*told, "no_way"]], parameters, answer.basis


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


def _gini(far: pd.Series, weight: pd.Series, rows: pd.Series) -> float:
    return gini(far[rows], weight[rows]) if rows.any() else float("nan")


def _less_first(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the tables below each other, each with its differences to the first."""
    first = next(iter(tables.values()))
    rows = []
    for name, table in tables.items():
        told = table.assign(**{f"d_{c}": table[c] - first[c] for c in measures("mean_minutes" in table)})
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
