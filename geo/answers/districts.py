"""School districts 学区划片: every cell of the town to one school, in one piece, within the seats."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.answers.base import Answer, answered, basis_of, source_ids, title
from geo.answers.known import no_data, no_data_words
from geo.answers.seats import supposed_seats
from geo.assignment import balance as balancing
from geo.assignment import districts as model
from geo.assignment import grounds, shortfall
from geo.case import Case
from geo.errors import InputError
from geo.scenario import District
from geo.scenario.districts import district
from geo.text import Text

__all__ = ["district_objects", "district_town", "districts"]


def district_town(case: Case, *, unknown_seats: float | None = None) -> tuple[model.Town, gpd.GeoSeries]:
    """Return the cells with pupils and the schools of a case as a town to be districted, and each cell's ground (kept).

    Examples
    --------
    >>> from geo.examples import town
    >>> one, ground = district_town(town())
    >>> one.home.to_dict(), len(ground)
    ({'S': 'a'}, 3)
    """
    if no_data(case):
        raise InputError(no_data_words(case)[0])
    place = case.workspace
    seats = supposed_seats(case, unknown_seats)

    def make() -> tuple[model.Town, gpd.GeoSeries]:
        supply, pupils = case.supply, case.pupils
        pupils = pupils[(pupils > 0) & place.cells["zone_id"].notna()]
        cells = place.cells.loc[pupils.index].geometry
        # Ground outside the zones is not the town's: districts do not reach through it.
        ground = grounds.ground(
            cells, cell=place.cell_metres, within=shapely.union_all(place.zones.geometry.to_numpy())
        )
        walk = place.network.distances(case.snaps.loc[pupils.index], supply)
        near = shapely.STRtree(cells.to_numpy()).nearest(supply.geometry.to_numpy())
        home = pd.Series(pupils.index.take(near), supply.index)
        size = supply["seats"].astype(float).fillna(seats)
        return model.town(walk, pupils, size, grounds.neighbours(ground, homes=set(home)), home=home), ground

    return case.keep(
        ("district town", case.service, case.year, case.demand, seats),
        place.network, place.cells, place.schools, place.zones, place.parameters, make=make,
    )  # fmt: skip


def districts(
    case: Case,
    *,
    plan: pd.Series | None = None,
    balance: bool = True,
    anew: bool = False,
    unknown_seats: float | None = None,
) -> Answer:
    """Return school districts, or what a drawn plan of them breaks.

    Parameters
    ----------
    case
        The place, stage and year asked about.
    plan
        School of each cell, as drawn. Where not given, the districts that the scenario holds are judged, and where it
        holds none, new ones are made.
    balance
        Bring a given plan within its seats, moving as few pupils as is found; otherwise it is only judged.
    anew
        Make new ones although the scenario holds some.
    unknown_seats
        Seats supposed for a school of unknown size; see ``geo.answers.assign``.

    Returns
    -------
    answer
        Table ``summary`` (pupils, seats, pupils over the seats and the least possible, mean walk [m], share by which the
        walk is at most above the least, without a way on foot, whether legal, whether the excess is proven least, whether
        the walk is too, mean compactness, borders between districts [m]), ``shortfall`` (what no districts can mend, in words, with the pupils and seats that prove it),
        ``districts`` (areas by school: pupils, seats, fill, walk, compactness), ``findings`` (rules broken), ``cells`` (cell, school,
        pupils, metres, its ground).

    Raises
    ------
    InputError
        If the stage or year is not usable, or there is no school in the data.

    Notes
    -----
    See ``geo.assignment.districts`` (what is legal) and ``geo.assignment.balance`` (how a plan is found). Compactness is
    4π·area / perimeter², 1 for a circle: Polsby, D. D. & Popper, R. D. (1991) Yale Law & Policy Review 9, 301-353.

    Examples
    --------
    >>> from geo.examples import town
    >>> answer = districts(town())
    >>> answer["summary"][["pupils", "seats", "legal", "proven"]].round(1).to_dict("records")
    [{'pupils': 85.5, 'seats': 540.0, 'legal': True, 'proven': True}]
    """
    place, supply = case.workspace, case.supply
    one, ground = district_town(case, unknown_seats=unknown_seats)
    kept = None if plan is not None or anew else _of_scenario(case, one)
    if kept is not None:
        found = balancing.judged(one, kept)
    elif plan is None:
        found = case.keep(("districts",), one, make=lambda: balancing.balance(one, compact=balancing.COMPACT))
    elif balance:
        found = balancing.balance(one, start=plan)
    else:
        found = balancing.judged(one, plan)
    held = found.plan.reindex(one.units)
    owner = one.schools.get_indexer(held)
    there = owner >= 0
    metres = np.full(len(one.units), np.nan)
    metres[there] = one.metres[np.flatnonzero(there), owner[there]]
    metres[~np.isfinite(metres)] = np.nan
    cells = gpd.GeoDataFrame(
        {"facility_id": held, "pupils": one.pupils, "metres": metres}, geometry=ground.to_numpy(), index=one.units, crs=place.crs
    )  # fmt: skip
    basis = basis_of(supply, place.cells, place.streets)
    unknown = supply["seats"].isna()
    total, reached = float(one.pupils.sum()), float(one.pupils.sum()) - found.no_way
    areas = _areas(case, one, cells, basis)
    summary = pd.DataFrame([{
        "pupils": total, "seats": float(one.seats.sum()), "excess": found.excess, "excess_least": found.excess_bound,
        "mean_m": found.walk / reached if reached > 0 else np.nan, "walk_gap": found.gap, "no_way": found.no_way,
        "legal": found.legal, "least": found.least, "proven": found.proven,
        "compact": float(areas["compact"].mean()), "border_m": model.border(one, held), "basis": basis,
    }])  # fmt: skip
    why = found.findings.assign(
        rule_zh=found.findings["rule"].map(lambda r: model.RULES[r].zh),
        rule_en=found.findings["rule"].map(lambda r: model.RULES[r].en),
        told_zh=found.findings["rule"].map(lambda r: model.BROKEN[r].zh),
        told_en=found.findings["rule"].map(lambda r: model.BROKEN[r].en),
    )
    notes = [
        Text(
            "单元为有学生的居住格，其范围取片区内离该格最近的地面；两格范围有公共边即相邻，互不相连的部分相距 1 公里以内或没有学校时，以最近的两格相连；都有学校而相距更远的，学区不跨越（不考虑铁路、河流）",
            "units are cells with pupils, each with the ground of the zones nearest to it; two touch where their ground shares a line, and parts that touch no other are joined at their nearest cells where these are within 1 km or a part has no school; districts do not cross a wider gap between parts with schools (railways and waters are not looked at)",
        )
    ]
    if unknown.any():
        each = supposed_seats(case, unknown_seats)
        notes.append(
            Text(
                f"{int(unknown.sum())} 所学校学位未知，每所按 {each:g} 个学位假定",
                f"{int(unknown.sum())} schools of unknown size, {each:g} seats supposed for each",
            )
        )
    if kept is not None:
        notes.insert(
            0, Text(f"学区取自方案“{place.scenario}”", f"the districts are those of the plan '{place.scenario}'")
        )
    if one.stands_in:
        notes.append(
            Text(
                f"与他校同格的学校：{list(one.stands_in)}，以相邻格为所在单元",
                f"schools on the cell of another: {list(one.stands_in)}; the next cell stands in",
            )
        )
    tables = {
        "summary": summary, "shortfall": _shortfall(case, one, basis), "districts": areas,
        "findings": why, "cells": cells.assign(basis=basis),
    }  # fmt: skip
    return answered(
        case,
        "districts",
        title(case, "学区划片", "school districts"),
        tables,
        method=Text(
            "每格整体划入一校；学区连片、含学校、不超学位优先，其次步行最短；由最近学校生长后模拟退火，再使边界平顺（步行至多增 2%），小城镇以整数规划精确求解",
            "each cell whole to one school; in one piece with its school and within the seats first, then least walking; grown from the schools and annealed, then borders smoothed for at most 2 % of walk; small towns solved exactly",
        ),
        parameters={"service": case.service, "year": case.year, "drawn": plan is not None or kept is not None, "balanced": kept is None and (plan is None or balance)},
        basis=basis,
        sources=source_ids(place.cells, place.streets, supply),
        notes=tuple(notes),
    )  # fmt: skip


def district_objects(case: Case, plan: pd.Series) -> tuple[District, ...]:
    """Return districts as objects of a scenario, one a school; a scenario that has them is judged by ``districts``.

    Parameters
    ----------
    plan
        School of each cell, as in the table ``cells`` of ``districts``.

    Examples
    --------
    >>> from geo.examples import town
    >>> case = town()
    >>> (one,) = district_objects(case, districts(case)["cells"]["facility_id"])
    >>> one.object_id
    'district:S:primary'
    """
    _, ground = district_town(case)
    held = plan.reindex(ground.index)
    return tuple(district(str(school), case.service, mine) for school, mine in ground.groupby(held))


def _of_scenario(case: Case, one: model.Town) -> pd.Series | None:
    """Return the school of each cell by the scenario's districts, None where it holds none of this service.

    A cell is of the district that its centre lies in. One in no district, or in that of a school that is not there any
    more, is of nobody, and ``broken`` says so; of two districts over each other the one drawn last has it.
    """
    drawn = {school: area for (service, school), area in case.workspace.districts.items() if service == case.service}
    if not drawn:
        return None
    ids = {str(i): i for i in one.schools}
    centres = case.workspace.cells.geometry.loc[one.units].to_numpy()
    which, area = shapely.STRtree(centres).query(list(drawn.values()), predicate="intersects")
    plan = pd.Series([None] * len(one.units), one.units, dtype=object)
    for row, cell in zip(which, area, strict=True):
        plan.iloc[cell] = ids.get(list(drawn)[row])
    return plan


def _shortfall(case: Case, one: model.Town, basis: str) -> pd.DataFrame:
    """Return what no districts can mend: pupils over the seats that lie where they are, and those that have no seat on foot."""
    rows: list[tuple[object, ...]] = []
    for kind, found in (("on_foot", shortfall.on_foot(one)), ("in_one_piece", shortfall.within(one))):
        least = int(np.floor(found.pupils + 1e-6))
        if least < 1:
            continue
        schools = list(one.schools[found.schools])
        listed = " ".join(map(str, schools))
        if any(row[4] == listed for row in rows):
            continue  # the same schools and so the same crowd: said once
        supposed = int(case.supply.loc[schools, "seats"].isna().sum())
        guess_zh = f"（其中 {supposed} 所学位为假定）" if supposed else ""
        guess_en = f" ({supposed} of them of supposed size)" if supposed else ""
        many = f"{len(schools)} school{'s' * (len(schools) != 1)}"
        whole_zh, whole_en = ("都", "all the") if len(schools) == len(one.schools) else ("只有", "only")
        if kind == "on_foot":
            told = Text(
                f"已证：至少 {least:,} 名学生没有步行可达的学位。{found.crowd:,.0f} 名学生步行能到的{whole_zh} {len(schools)} 所学校，共 {found.seats:,.0f} 个学位{guess_zh}。",
                f"Proven: at least {least:,} pupils have no seat that they can walk to. {found.crowd:,.0f} pupils reach {whole_en} {many} on foot, with {found.seats:,.0f} seats together{guess_en}.",
            )
        else:
            told = Text(
                f"已证：学区各自连片时，至少 {least:,} 名学生超出学位。{found.crowd:,.0f} 名学生能划入的{whole_zh} {len(schools)} 所学校，共 {found.seats:,.0f} 个学位{guess_zh}。",
                f"Proven: with districts in one piece at least {least:,} pupils are over the seats. {found.crowd:,.0f} pupils can be of {whole_en} {many}, with {found.seats:,.0f} seats together{guess_en}.",
            )
        if not schools:
            told = Text(
                f"已证：{least:,} 名学生步行到不了任何学校。", f"Proven: {least:,} pupils cannot walk to any school."
            )
        rows.append((kind, found.pupils, found.crowd, found.seats, listed, told.zh, told.en, basis))
    columns = ["kind", "pupils", "crowd", "seats", "schools", "told_zh", "told_en", "basis"]
    return pd.DataFrame(rows, columns=columns)


def _areas(case: Case, one: model.Town, cells: gpd.GeoDataFrame, basis: str) -> gpd.GeoDataFrame:
    """Return the districts as areas, in the order of the schools; a school without a cell has none."""
    walk = cells["pupils"] * cells["metres"]
    reached = cells["pupils"].where(cells["metres"].notna(), 0.0)
    sums = pd.DataFrame(
        {"facility_id": cells["facility_id"], "pupils": cells["pupils"], "walk": walk, "reached": reached}
    )
    by = sums.groupby("facility_id")[["pupils", "walk", "reached"]].sum().reindex(one.schools, fill_value=0.0)
    shapes = cells.dissolve("facility_id").geometry.reindex(one.schools)
    names = case.supply.loc[one.schools, ["name_zh", "name_en"]]
    seats = pd.Series(one.seats, one.schools)
    table = names.assign(
        pupils=by["pupils"], seats=seats, over=(by["pupils"] - seats).clip(lower=0),
        fill=by["pupils"] / seats.where(seats > 0), mean_m=by["walk"] / by["reached"].where(by["reached"] > 0),
        compact=4 * np.pi * shapes.area / shapes.length**2, basis=basis,
    )  # fmt: skip
    frame = gpd.GeoDataFrame(table, geometry=shapes.to_numpy(), crs=cells.crs)
    frame.index.name = "facility_id"
    return frame
