"""Year by year, zone by zone: people, pupils, seats, shortage and coverage, with growth by a model that the figure names."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import numpy as np
import pandas as pd

from geo.answers.base import Answer, answered, basis_of, share, source_ids, zone_columns
from geo.answers.compared import seats_in_zones
from geo.answers.covered import coverage
from geo.answers.known import no_data_words
from geo.case import Case, people
from geo.demand import YEARS
from geo.errors import InputError
from geo.progress import Progress, Step
from geo.scenario import Object, Scenario, apply
from geo.text import Text
from geo.workspace import Workspace

__all__ = ["GROWTH", "Growth", "in_year", "series"]

Growth = Literal["housing", "held", "totals"]
GROWTH: Mapping[str, Text] = {
    "housing": Text(
        "最后数据年之后：人口不变，另加方案的住宅与人口转移",
        "after the last year of data: residents held, with the scenario's housing and moves",
    ),
    "held": Text(
        "最后数据年之后：人口不变，不计方案的住宅与人口转移",
        "after the last year of data: residents held, the scenario's housing and moves left out",
    ),
    "totals": Text(
        "最后数据年之后：总人口按所给规划总量（其间线性内插），分布按现状加方案的住宅",
        "after the last year of data: as many residents as the totals given (linear between), spread as today with the scenario's housing",
    ),
}
"""What is said of the residents after the last year of data, by the model chosen."""
OF_RESIDENTS = ("housing", "growth")


def series(
    case: Case, plan: Scenario | None = None, *, years: Iterable[int] | None = None, growth: Growth = "housing",
    totals: Mapping[int, float] | None = None, limit: float | None = None, progress: Progress | None = None,
) -> Answer:  # fmt: skip
    """Return people, pupils, seats, shortage and coverage of each zone for every year.

    Parameters
    ----------
    case
        Service and demand asked about, on the base without the scenario; its year is not used.
    plan
        The scenario; each year has what of it holds by then.
    years
        2020 to 2035 where not given, from the first year of the population on.
    growth
        The model of the residents after the last year of data: a key of ``GROWTH``.
    totals
        For "totals": year → residents in all zones [persons].
    limit
        Distance [m] of the coverage; the standard's where not given.
    progress
        Told each year, of all years.

    Returns
    -------
    answer
        Table ``series``: a row for each zone and year with people [persons], pupils (NaN for services that are not
        schools), seats, shortage [seats] (pupils less seats of the zone's parts, each at least 0), covered (on foot) and
        share, and ``residents``: "data", "interpolated", "held", "totals", with "+ scenario" where it supposes some. Table
        ``total``: the same for all zones together.

    Raises
    ------
    InputError
        If there is no such model, totals are missing, not above 0 or of no later year, or a year is not usable.

    Examples
    --------
    >>> from geo.examples import town
    >>> from geo.scenario import Added
    >>> plan = Scenario("a school", (Added("N01", "primary", 117.0, 39.106, 360, 2028),))
    >>> answer = series(town(), plan, years=(2025, 2028))
    >>> answer["total"][["year", "people", "seats", "residents"]].to_dict("records")
    [{'year': 2025, 'people': 1500.0, 'seats': 540.0, 'residents': 'data'}, {'year': 2028, 'people': 1500.0, 'seats': 900.0, 'residents': 'held'}]
    >>> answer.notes[0].en
    "after the last year of data: residents held, with the scenario's housing and moves"
    """
    base = case.workspace
    wanted = tuple(range(max(YEARS[0], base.years[0]), YEARS[-1] + 1)) if years is None else tuple(years)
    known = _totals(base, growth, totals or {})
    views: dict[tuple[Object, ...], Workspace] = {}  # years with the same objects have the same frames

    def once(place: Workspace, now: Scenario) -> Workspace:
        if now.objects not in views:
            views[now.objects] = apply(place, now)
        return views[now.objects]

    zones, wholes, bases, said = [], [], [], []
    for done, year in enumerate(wanted):
        if progress is not None:
            progress(Step(done=done, whole=len(wanted)))
        one = in_year(case, plan, year, growth=growth, totals=totals, under=once)
        table, whole, basis = _year(one, limit)
        word = _known(one, known)
        zones.append(table.assign(year=year, residents=word))
        wholes.append(whole.assign(year=year, residents=word))
        bases.append(basis)
        said += [note for since, note in one.workspace.supposed if since is None or since <= year]
    table = pd.concat(zones).reset_index(names="zone_id")
    total = pd.concat(wholes, ignore_index=True)
    lead = ["year", "residents"]
    asked, later = case.asked, max(wanted, default=0) > base.years[-1]
    signed = base if plan is None else dataclasses.replace(base, scenario=plan.name)
    return answered(
        signed,
        "series",
        Text(f"{asked.name_zh}逐年变化，{wanted[0]}–{wanted[-1]}", f"{asked.name_en} year by year, {wanted[0]}-{wanted[-1]}"),
        {
            "series": table[["zone_id", *lead, *(c for c in table if c not in ("zone_id", *lead))]],
            "total": total[[*lead, *(c for c in total if c not in lead)]],
        },
        method=Text(
            "每年按当年的人口、设施与方案中已生效的对象各算一次；缺额为各子片区缺额之和；覆盖按步行距离",
            "each year by its own residents, facilities and what of the scenario holds by then; shortage: of the parts of a zone added up; covered on foot",
        ),
        parameters={"service": case.service, "years": list(wanted), "growth": growth, "totals": dict(known), "model": case.demand.model},
        basis=basis_of(*bases),
        sources=source_ids(base.cells, base.layer(asked.layer), base.streets),
        notes=(*((GROWTH[growth],) if later else ()), *dict.fromkeys(said), *no_data_words(case)),
    )  # fmt: skip


def in_year(
    case: Case, plan: Scenario | None, year: int, *, growth: Growth = "housing", totals: Mapping[int, float] | None = None,
    under: Callable[[Workspace, Scenario], Workspace] = apply,
) -> Case:  # fmt: skip
    """Return the case of one year of a series: with what of the plan holds by then, and residents by the model of growth.

    Parameters
    ----------
    case, plan, growth, totals
        As of ``series``.
    year
        The year asked about.
    under
        How a place comes under what holds of the plan; for a caller who keeps what was applied before.

    Raises
    ------
    InputError
        As ``series``.

    Examples
    --------
    >>> from geo.examples import town
    >>> from geo.scenario import Closed
    >>> plan = Scenario("a", objects=(Closed("S", 2030),))
    >>> [len(in_year(town(), plan, year).supply) for year in (2029, 2030)]
    [1, 0]
    >>> round(in_year(town(), None, 2030, growth="totals", totals={2035: 3000}).people.sum())
    2250
    """
    base = case.workspace
    known = _totals(base, growth, totals or {})
    now = (plan or Scenario("")).at(year)
    if growth == "held":
        now = dataclasses.replace(now, objects=tuple(o for o in now.objects if o.kind not in OF_RESIDENTS))
    view = under(base, now) if now else base
    return dataclasses.replace(case, workspace=_scaled(view, year, known), year=year)


def _totals(base: Workspace, growth: str, totals: Mapping[int, float]) -> dict[int, float]:
    """Return the totals given, checked; none for a model without them."""
    if growth not in GROWTH:
        raise InputError(Text(f"没有增长模型“{growth}”，可选：{'、'.join(GROWTH)}", f"no model of growth '{growth}', choose one of {', '.join(GROWTH)}"))  # fmt: skip
    if growth != "totals":
        if totals:
            raise InputError(Text("规划总量只用于模型 totals，请改选模型或去掉总量", "totals go with the model 'totals': choose it, or leave them out"))  # fmt: skip
        return {}
    last = base.years[-1]
    wrong = [year for year, value in totals.items() if year <= last or not (np.isfinite(value) and value > 0)]
    if not totals or wrong:
        raise InputError(
            Text(
                f"请给出 {last} 年之后的规划总人口（大于 0 的数），如 {{2035: 200000}}；有误的年份：{wrong}",
                f"give the totals of years after {last} (numbers above 0), such as {{2035: 200000}}; wrong: {wrong}",
            )
        )
    return dict(sorted(totals.items()))


def _scaled(view: Workspace, year: int, totals: Mapping[int, float]) -> Workspace:
    """Return the workspace with as many residents in its zones as the totals say; the same one where they say nothing."""
    last = view.years[-1]
    if not totals or year <= last:
        return view
    inside = view.cells["zone_id"].notna()
    here = people(view, year)
    wanted = np.interp(year, [last, *totals], [float(people(view, last)[inside].sum()), *totals.values()])
    now = float(here[inside].sum())
    if now <= 0:
        raise InputError(Text("片区内无人居住，无法按总量放缩", "nobody lives in the zones: there is nothing to scale to the totals"))  # fmt: skip
    cells = view.cells.assign(**{f"people_{year}": here.where(~inside, here * (wanted / now))})
    note = Text(
        f"{year} 年按规划总量 {wanted:,.0f} 人放缩（假定）",
        f"{year}: scaled to the total of {wanted:,.0f} persons (assumed)",
    )
    return dataclasses.replace(view, cells=cells, supposed=(*view.supposed, (year, note)))


def _year(case: Case, limit: float | None) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Return a year's numbers, per zone and in all, and their basis."""
    answer, place = coverage(case, limit=limit), case.workspace
    names = {"covered_walk": "covered", "share_walk": "share"}
    wanted = ["people", *(["pupils"] if case.is_school else []), *names]
    zones = answer["zones"][wanted].rename(columns=names)
    if not case.is_school:
        zones["pupils"] = np.nan
    zones["seats"] = seats_in_zones(case)
    level, parent = place.zones["level"], place.zones["parent_id"]
    # Spare seats in one part do not seat the pupils of another: the shortages of the parts add up by themselves.
    leaf = _own(place, zones)
    short = (leaf["pupils"] - leaf["seats"]).clip(lower=0)
    zones["shortage"] = [short[z] + short[parent.index[parent == z]].sum(skipna=False) for z in zones.index]
    columns = ["people", "pupils", "seats", "shortage", "covered"]
    whole = zones.loc[level == "zone", columns].sum(skipna=False).to_frame().T
    whole["share"] = share(whole["covered"], whole["people"])
    return zone_columns(place, zones[[*columns, "share"]]), whole, answer.basis


def _own(place: Workspace, zones: pd.DataFrame) -> pd.DataFrame:
    """Return the pupils and seats of each zone outside its parts."""
    parent = place.zones["parent_id"]
    own = zones[["pupils", "seats"]].copy()
    for zone in zones.index:
        parts = parent.index[parent == zone]
        if len(parts):
            own.loc[zone] = zones.loc[zone, ["pupils", "seats"]] - zones.loc[parts, ["pupils", "seats"]].sum(
                skipna=False
            )
    return own


def _known(case: Case, totals: Mapping[int, float]) -> str:
    """Return in a word how the residents of a year are known."""
    years, year = case.workspace.years, case.year
    word = "data" if year in years else "interpolated" if year < years[-1] else "totals" if totals else "held"
    supposed = len(case.workspace.supposed) - (word == "totals")
    since = [y for y, _ in case.workspace.supposed[:supposed]]
    return f"{word} + scenario" if any(y is None or y <= year for y in since) else word
