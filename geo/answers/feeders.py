"""Feeder chains: kindergarten to primary to junior school, school by school and zone by zone."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.answers.base import Answer, answered, basis_of, source_ids, zone_columns
from geo.answers.seats import assigned, supposed_seats
from geo.assignment.feeders import STAGE_YEARS, feed
from geo.case import Case
from geo.text import Text
from geo.workspace import with_leaf_zone

__all__ = ["CHAINS", "feeders"]

CHAINS = (("kindergarten", "primary"), ("primary", "junior"))
WHY = {
    "": Text("", ""),
    "full": Text("可达的下一学段学校已满", "the schools of the next stage in reach are full"),
    "too_far": Text("可达范围内没有下一学段学校", "no school of the next stage in reach"),
    "split": Text("须分到多所学校", "goes on to several schools"),
}


def feeders(case: Case, *, limit: float | None = None, unknown_seats: float | None = None) -> Answer:
    """Return where the pupils of each school go on, stage by stage, and which chain breaks.

    Parameters
    ----------
    case
        The place and year asked about; the chain runs over all of ``CHAINS`` whatever its stage.
    limit
        Longest mean walk from the homes to the next school [m]; none where not given.
    unknown_seats
        Seats supposed for a school of unknown size; see ``geo.answers.assign``.

    Returns
    -------
    answer
        Table ``links`` (stage, from, to, graduates a year, mean walk [m]; a straight line from school to school),
        ``schools`` (graduates, placed, unplaced a year, to how many schools, why the chain breaks), ``chains`` (school by
        school through all stages; None where a chain ends), ``places`` (of the next stage: places a year, taken), ``zones``
        (graduates and unplaced by the zone of the school left), ``summary`` by step (``together``: graduates whose whole
        school goes on to one school [persons a year]; ``longest_m``: the longest mean walk from the homes [m]).

    Raises
    ------
    InputError
        As ``assign``.

    Notes
    -----
    Model and years: ``geo.assignment.feeders``.

    Examples
    --------
    >>> from geo.examples import town
    >>> feeders(town())["schools"][["graduates", "placed", "why"]].round(2).to_dict("records")  # no junior school
    [{'graduates': 14.25, 'placed': 0.0, 'why': 'too_far'}]
    """
    place = case.workspace
    reach = float("inf") if limit is None else float(limit)
    links, schools, places, sums, zones = [], [], [], [], []
    used = [place.cells, place.streets]
    for stage, then in CHAINS:
        here, next_one = case.of(stage), case.of(then)
        if here.supply.empty:
            continue
        used += [here.supply, next_one.supply]
        flows = assigned(here, unknown_seats=unknown_seats).flows
        seats = next_one.supply["seats"].astype(float).fillna(supposed_seats(next_one, unknown_seats))
        homes = flows["demand_id"].unique()
        walk = place.network.distances(case.snaps.loc[homes], next_one.supply)
        years = {"leave_after": STAGE_YEARS[stage], "admit_over": STAGE_YEARS[then]}
        chain = feed(flows, walk, seats, limit=reach, **years)
        told = {"stage": stage, "next_stage": then}
        spots = [
            frame.geometry.reindex(chain.links[key]).to_numpy()
            for frame, key in ((here.supply, "from_id"), (next_one.supply, "to_id"))
        ]
        ways = [shapely.LineString(pair) for pair in zip(*spots, strict=True)]
        links.append(gpd.GeoDataFrame(chain.links.assign(**told), geometry=ways, crs=place.crs))
        schools.append(
            here.supply.loc[chain.schools.index, ["name_zh", "name_en", "zone_id"]].join(chain.schools).assign(**told)
        )
        places.append(
            next_one.supply.loc[chain.places.index, ["name_zh", "name_en", "zone_id"]].join(chain.places).assign(**told)
        )
        one = chain.schools
        sums.append({
            **told, "graduates": one["graduates"].sum(), "places": chain.places["places"].sum(), "placed": one["placed"].sum(),
            "unplaced": one["unplaced"].sum(), "broken": int((one["unplaced"] > 1e-6).sum()), "split": int((one["why"] == "split").sum()),
            "together": one["graduates"][one["why"] == ""].sum(), "longest_m": chain.links["metres"].max() if len(chain.links) else np.nan,
        })  # fmt: skip
        zone = with_leaf_zone(here.supply, place.zones)["zone_id"].reindex(one.index)
        by = one.groupby(zone)[["graduates", "unplaced"]].sum()
        parts = place.zones.index.to_series().map(
            lambda z, by=by: by.loc[[i for i in by.index if i == z or place.zones["parent_id"].get(i) == z]].sum()
        )
        frame = pd.DataFrame(parts.tolist(), index=place.zones.index)
        zones.append(zone_columns(place, frame[frame["graduates"] > 0]).assign(**told))
    basis = basis_of(*used)
    rows = pd.concat(schools) if schools else pd.DataFrame({"why": []})
    rows = rows.assign(why_zh=rows["why"].map(lambda w: WHY[w].zh), why_en=rows["why"].map(lambda w: WHY[w].en))
    tables = {
        "summary": pd.DataFrame(sums),
        "schools": rows,
        "chains": _chains(links),
        "links": _all(links),
        "places": _all(places),
        "zones": _all(zones),
    }
    return answered(
        case,
        "feeders",
        Text(f"升学链（{case.year}）", f"Feeder chains ({case.year})"),
        {name: table.assign(basis=basis) for name, table in tables.items()},
        method=Text(
            "每校毕业生＝在校生÷学制年数，下一学段每年招生＝学位÷学制年数；按毕业生住处平均步行距离，以运输问题先多安置、再求最短",
            "graduates of a school = its pupils ÷ its years, places of the next stage = seats ÷ its years; by the mean walk from the graduates' homes, as many placed as possible, then the least walk",
        ),
        parameters={"year": case.year, "limit_m": limit, "years": dict(STAGE_YEARS)},
        basis=basis,
        sources=source_ids(*used),
        notes=(
            Text("各年级人数按相等计，不计留级、迁出", "cohorts are taken as equal; nobody repeats a year or moves away"),
        ),
    )  # fmt: skip


def _chains(links: list[gpd.GeoDataFrame]) -> pd.DataFrame:
    """Return the links of each step beside those of the next, by the school between; a school none goes on to begins one."""
    columns = ["from_id", "to_id", "graduates", "metres"]
    steps = {frame["stage"].iloc[0]: pd.DataFrame(frame[columns]) for frame in links if len(frame)}
    first, second = (steps.get(stage, pd.DataFrame(columns=columns)) for stage, _ in CHAINS)
    early = first.set_axis(["kindergarten", "primary", "to_primary", "to_primary_m"], axis="columns")
    late = second.set_axis(["primary", "junior", "to_junior", "to_junior_m"], axis="columns")
    whole = early.merge(late, on="primary", how="outer")
    order = ["kindergarten", "primary", "junior", "to_primary", "to_primary_m", "to_junior", "to_junior_m"]
    return whole[order].sort_values(
        ["kindergarten", "to_junior"], ascending=[True, False], kind="stable", ignore_index=True
    )


def _all(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames) if frames else pd.DataFrame()
