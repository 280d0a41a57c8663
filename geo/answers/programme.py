"""When best: a rolling programme of a service, from what money there is each year."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.answers.base import Answer, answered, basis_of, source_ids, with_degrees
from geo.answers.candidates import candidate_sites, rule_words
from geo.answers.counted import counted, outside_words
from geo.answers.known import no_data_words
from geo.answers.programme_terms import MONEY, residents_of, terms_table, usual_terms
from geo.answers.seats import supposed_seats
from geo.case import Case
from geo.errors import InputError
from geo.network.pairs import Pairs
from geo.progress import Progress
from geo.scenario import Added, Closed, Object, Resized, Scenario
from geo.scenario.scenario import free_ids, ids_of
from geo.siting.candidates import usable
from geo.siting.programme import Programme, Terms
from geo.siting.programme import programme as solve
from geo.text import Text
from geo.workspace import with_leaf_zone

__all__ = ["ACTIONS", "GOALS", "plan_of_programme", "programme"]

ACTIONS: Mapping[str, Text] = {
    "open": Text("新建", "opens"),
    "grow": Text("扩班", "grows"),
    "close": Text("停办", "closes"),
}
GOALS: Mapping[str, Text] = {
    "reach": Text("步行范围内有座的人年最多", "most pupil-years seated within the walk"),
    "zones": Text("各片区学位缺口合计最小", "least shortage of seats, zone by zone"),
}


def programme(
    case: Case, terms: Terms | None = None, *, goal: str = "reach", limit: float | None = None, closes: Mapping[str, int] | None = None,
    may_close: bool = False, spacing: float = 200.0, origin: str = "streets", sites: gpd.GeoDataFrame | None = None,
    zones: Collection[str] = (), protection: bool = True, min_metres: float = 0.0, time_limit: float = 30.0, progress: Progress | None = None,
) -> Answer:  # fmt: skip
    """Return which school (or clinic) opens, grows or closes in which year.

    Parameters
    ----------
    case
        The place, service and demand; its year is not used.
    terms
        Years, budget, sizes, costs and times; ``usual_terms`` where not given.
    goal
        A key of ``GOALS``. Within a walk, what is short is who is not served: most served and least short are the same
        programme. "zones" leaves the walk out: pupils have any seat of their zone.
    limit
        Walk [m] of "reach"; the standard's radius where not given.
    closes
        Existing facilities that close whatever happens, each with the first year without it.
    may_close
        Whether others may be closed where what that saves (``terms.upkeep``) is worth more elsewhere.
    spacing, origin, sites, zones, protection, min_metres
        Where a facility may stand: ``geo.answers.candidates.candidate_sites`` (``sites`` is its ``given``).
    time_limit
        Longest time to search [s].

    Returns
    -------
    answer
        ``schedule``: what is done (``action`` open, grow, close), where, from what year on it is built (``starts``) and serves
        (``opens``), classes, seats, cost. ``years``: budget, spent, demand, seats, served, shortage of each. ``summary``:
        objective [pupil-years], bound, gap, status, the same with nothing done, words. ``terms``: what is supposed, with its basis.

    Raises
    ------
    InputError
        If a year has no residents, a facility of ``closes`` is unknown, or an option is not usable.

    Examples
    --------
    >>> from geo.examples import town
    >>> terms = usual_terms(town(), first=2025, last=2027, budget=(8000.0,), build=1)
    >>> answer = programme(town(), terms, spacing=50)
    >>> answer["schedule"][["action", "starts", "opens", "classes"]].to_dict("records")  # a school for c
    [{'action': 'open', 'starts': 2025, 'opens': 2026, 'classes': 12}]
    >>> answer["summary"][["objective", "before", "bound", "status"]].round(1).to_dict("records")
    [{'objective': 233.7, 'before': 188.1, 'bound': 233.7, 'status': 'optimal'}]
    """
    if goal not in GOALS:
        raise InputError(
            Text(f"没有目标“{goal}”，可选：{'、'.join(GOALS)}", f"no goal '{goal}', choose one of {', '.join(GOALS)}")
        )
    terms = usual_terms(case) if terms is None else terms
    place = case.workspace
    metres = case.standard.radius_m if limit is None else float(limit)
    everywhere = candidate_sites(
        case, origin=origin, spacing=spacing, given=sites, zones=zones, protection=protection, min_metres=min_metres
    )
    places = usable(everywhere)
    if not (np.isfinite(metres) and metres > 0):
        raise InputError(Text(f"步行距离须为大于 0 的有限数，现为 {metres}", f"the limit must be a finite number above 0, it is {metres}"))  # fmt: skip
    of_year = {year: dataclasses.replace(case, year=year) for year in terms.years}
    demand = pd.DataFrame({year: one.weight for year, one in of_year.items()})
    inside = place.cells["zone_id"].notna() & (demand > 0).any(axis="columns")
    demand = demand[inside]
    if not case.is_school:
        # Room for everybody in every year, whichever year the case is of: only reach and money decide.
        terms = dataclasses.replace(terms, classes=(1, 1), class_size=max(float(demand.sum().max()), 1.0), grow_by=0)
    supply, seats = _supply(of_year, terms)
    taken = sorted(map(str, supply.index.intersection(places.index)))
    if taken:
        raise InputError(Text(f"备选点编号与现有设施相同：{taken}；请改备选点的编号", f"candidates have the ids of facilities there are: {taken}; give them others"))  # fmt: skip
    unknown = set(closes or {}) - set(supply.index)
    if unknown:
        raise InputError(Text(f"没有设施 {sorted(unknown)}，可选：{'、'.join(map(str, supply.index))}", f"no facilities {sorted(unknown)}, choose among {', '.join(map(str, supply.index))}"))  # fmt: skip
    pairs = (
        _by_zone(case, demand, supply, places) if goal == "zones" else _by_walk(case, demand, supply, places, metres)
    )
    found = solve(
        pairs, demand, terms, seats=seats, closes=closes, may_close=may_close, time_limit=time_limit, progress=progress
    )
    before = float(_seated(pairs, demand, seats, terms, closes))
    schedule = _placed(case, found.schedule, supply, seats, places)
    basis = basis_of(place.cells, place.streets, case.supply, "assumed")
    words = _words(case, found, terms, before)
    summary = pd.DataFrame([{
        "goal": goal, "objective": found.objective, "bound": found.bound, "gap": found.gap, "status": found.status, "before": before,
        "total": found.total, "seconds": found.seconds, "cost": float(schedule["cost"].sum()), "things": len(schedule),
        "words_zh": words.zh, "words_en": words.en,
    }])  # fmt: skip
    asked = case.asked
    kept = rule_words(case.service) if protection else Text("不计防护距离", "protection distances not kept")
    how = (
        Text(f"步行 {metres:g} 米内", f"within a walk of {metres:g} m")
        if goal == "reach"
        else Text("本片区内", "within their zone")
    )
    return answered(
        place,
        "programme",
        Text(f"{asked.name_zh}滚动计划，{terms.first}–{terms.last}", f"{asked.name_en}: rolling programme, {terms.first}-{terms.last}"),
        {
            "summary": summary.assign(basis=basis),
            "schedule": schedule.assign(basis=basis),
            "years": found.years.assign(**({} if case.is_school else {"seats": np.nan}), residents=[residents_of(one) for one in of_year.values()], basis=basis),
            "terms": terms_table(case, terms),
            "candidates": everywhere,
        },
        method=Text(
            f"混合整数规划（HiGHS）：{GOALS[goal].zh}，{how.zh}；{len(places)} 个备选点（{kept.zh}）；逐年按学位精确分配复核",
            f"mixed-integer programme (HiGHS): {GOALS[goal].en}, {how.en}; {len(places)} candidates ({kept.en}); counted again year by year by the exact assignment",
        ),
        parameters={
            "service": case.service, "goal": goal, "limit_m": metres if goal == "reach" else None, **dataclasses.asdict(terms),
            "closes": dict(closes or {}), "may_close": may_close, "candidates": len(places), "spacing_m": spacing, "zones": list(zones),
            "protection": protection, "min_metres": min_metres, "model": case.demand.model, "money": MONEY.en,
            "unit": case.asked.unit,
        },
        basis=basis,
        sources=source_ids(place.cells, place.streets, case.supply),
        notes=(*_notes(case, of_year), *(outside_words(case) if case.is_school else ()), *no_data_words(case)),
    )  # fmt: skip


def plan_of_programme(case: Case, answer: Answer, name: str) -> Scenario:
    """Return a programme as a scenario, each thing from its year on, to be drawn, kept and compared like any other.

    New schools take ids that the place has free. A plan holds one size of a school: one that grows in several years has its
    last size, from the year of the last step on, so that no year has seats that are not there yet.

    Examples
    --------
    >>> from geo.examples import town
    >>> terms = usual_terms(town(), first=2025, last=2027, budget=(8000.0,), build=1)
    >>> [(o.kind, o.year) for o in plan_of_programme(town(), programme(town(), terms, spacing=50), "until 2027").objects]
    [('add', 2026)]
    """
    service = str(answer.parameters["service"])
    rows = answer["schedule"].to_dict("records")
    ids = iter(free_ids(sum(row["action"] == "open" for row in rows), ids_of(case.workspace)))
    objects: dict[str, Object] = {}
    grown: dict[str, float] = {}
    for row in rows:
        year, place = int(row["opens"]), str(row["place_id"])
        one: Object
        if row["action"] == "open":
            seats = float(row["seats"]) if np.isfinite(row["seats"]) else None
            one = Added(next(ids), service, row["lon"], row["lat"], seats, year, name_zh=str(row["name_zh"]))
        elif row["action"] == "grow":
            grown[place] = grown.get(place, 0.0) + float(row["seats"])
            one = Resized(place, service, float(row["seats_before"]) + grown[place], year)
        else:
            one = Closed(place, year)
        objects[one.object_id] = one
    return Scenario(name, objects=tuple(objects.values()))


def _supply(of_year: Mapping[int, Case], terms: Terms) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the facilities there are in any year, and the seats of each year: 0 before one opens, supposed where unknown."""
    # Seats of a neighbour's school are its neighbours', as in every question that counts seats.
    frames = {year: counted(one) if one.is_school else one.supply for year, one in of_year.items()}
    every = pd.concat(list(frames.values()))
    supply = gpd.GeoDataFrame(every[~every.index.duplicated()])
    seats = pd.DataFrame(0.0, supply.index, list(terms.years))
    for year, frame in frames.items():
        one = of_year[year]
        stated = frame["seats"].astype(float)
        seats.loc[frame.index, year] = stated.fillna(supposed_seats(one, None)) if one.is_school else terms.class_size
    return supply, seats


def _by_walk(
    case: Case, demand: pd.DataFrame, supply: gpd.GeoDataFrame, places: gpd.GeoDataFrame, limit: float
) -> Pairs:
    network = case.workspace.network
    sites = pd.concat([supply[["geometry"]], places[["geometry"]]])
    return network.pairs(
        case.snaps.loc[demand.index], network.snap(gpd.GeoDataFrame(sites, crs=supply.crs)), limit=limit
    )


def _by_zone(case: Case, demand: pd.DataFrame, supply: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> Pairs:
    """Return pairs of cells and sites of the same leaf zone."""
    zones = case.workspace.zones
    sites = pd.concat([with_leaf_zone(supply, zones)["zone_id"], places["zone_id"]])
    cells = case.workspace.cells.loc[demand.index, "zone_id"]
    same = cells.to_numpy()[:, None] == sites.to_numpy()[None]
    rows, columns = np.nonzero(same)
    indptr = np.zeros(len(cells) + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=len(cells)), out=indptr[1:])
    return Pairs(cells.index, sites.index, indptr, columns.astype(np.int32), np.zeros(len(rows)))


def _seated(
    pairs: Pairs, demand: pd.DataFrame, seats: pd.DataFrame, terms: Terms, closes: Mapping[str, int] | None
) -> float:
    """Return the pupil-years served with nothing done but what closes anyway."""
    nothing = dataclasses.replace(terms, budget=(0.0,), grow_by=0, fixed=1.0, build=1)
    return solve(pairs, demand, nothing, seats=seats, closes=closes).objective


def _placed(
    case: Case, schedule: pd.DataFrame, supply: gpd.GeoDataFrame, seats: pd.DataFrame, places: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return what is done with names, zones and points."""
    zones = case.workspace.zones
    frame = schedule.rename(columns={"site": "place_id"})
    new = frame["place_id"].isin(places.index)
    points = [places.geometry[i] if n else supply.geometry[i] for i, n in zip(frame["place_id"], new, strict=True)]
    zone = [
        places["zone_id"][i] if n else supply["zone_id"].get(i) for i, n in zip(frame["place_id"], new, strict=True)
    ]
    words = zones["name_zh"].to_dict(), zones["name_en"].to_dict()
    frame["zone_id"] = zone
    frame["zone_zh"], frame["zone_en"] = ([w.get(z, "") for z in zone] for w in words)
    kind = case.asked
    number = np.cumsum(new.to_numpy())
    frame["name_zh"] = [f"新建{kind.name_zh}{k}（{z}）" if n else str(supply["name_zh"][i]) for i, n, k, z in zip(frame["place_id"], new, number, frame["zone_zh"], strict=True)]  # fmt: skip
    frame["name_en"] = [f"new {kind.name_en.lower()} {k} ({z})" if n else str(supply["name_en"][i]) for i, n, k, z in zip(frame["place_id"], new, number, frame["zone_en"], strict=True)]  # fmt: skip
    frame["action_zh"] = [ACTIONS[a].zh for a in frame["action"]]
    frame["action_en"] = [ACTIONS[a].en for a in frame["action"]]
    frame["seats_before"] = [
        np.nan if n else float(seats.at[i, year])
        for i, n, year in zip(frame["place_id"], new, frame["opens"], strict=True)
    ]
    if not case.is_school:
        frame["classes"] = frame["seats"] = frame["seats_before"] = np.nan
    return with_degrees(gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(points, crs=places.crs), crs=places.crs))


def _words(case: Case, found: Programme, terms: Terms, before: float) -> Text:
    """Return what the programme brings and how sure that is, in a sentence."""
    counts = found.schedule["action"].value_counts()
    unit = Text("处", "places") if not case.is_school else Text("所", "schools")
    zh = "、".join(f"{ACTIONS[a].zh} {counts[a]} {unit.zh}" for a in ACTIONS if a in counts) or "不新建、不扩班"
    en = ", ".join(f"{counts[a]} {unit.en} {'open' if a == 'open' else 'grow' if a == 'grow' else 'close'}" for a in ACTIONS if a in counts) or "nothing is built"  # fmt: skip
    last = found.years.iloc[-1]
    who = "pupil-years" if case.is_school else "person-years"
    sure = Text("已证明没有更好的", "proven: none is better") if found.gap == 0 else Text(f"离理论极限最多 {found.gap:.2%}", f"at most {found.gap:.2%} from the best possible")  # fmt: skip
    return Text(
        f"{terms.first}–{terms.last} 年{zh}：多服务 {found.objective - before:,.0f} 人年，{terms.last} 年仍缺 {last['shortage']:,.0f} 人（{sure.zh}）",
        f"{terms.first}-{terms.last}: {en}; {found.objective - before:,.0f} more {who} served, {last['shortage']:,.0f} still without in {terms.last} ({sure.en})",
    )


def _notes(case: Case, of_year: Mapping[int, Case]) -> tuple[Text, ...]:
    """Return that money and sizes are assumed, and whose residents the years are answered with."""
    notes = [
        Text(
            "造价、预算、班数范围与工期为假定的整数，没有标准规定；请填写自己的数",
            "costs, budget, sizes and building times are round figures, assumed: no standard prints them; give your own",
        )
    ]
    held = dict.fromkeys(note for one in of_year.values() if (note := one.people_basis) is not None)
    first, last = (next(iter(held)), list(held)[-1]) if held else (None, None)
    notes += [note for note in dict.fromkeys((first, last)) if note is not None]
    if not case.is_school:
        notes.append(Text("这类设施不计容量：步行范围内有一处即算服务", "room is not counted for this service: whoever has one within the walk is served"))  # fmt: skip
    count = int(counted(of_year[max(of_year)])["seats"].isna().sum()) if case.is_school else 0
    if count:
        notes.append(
            Text(f"{count} 所学校学位未知，按常规规模假定", f"{count} schools of unknown size, a usual one supposed")
        )
    return tuple(notes)
