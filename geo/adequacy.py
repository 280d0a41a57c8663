"""Seats against pupils and against the plan: what is missing, in seats, classes, schools and hectares.

A number that is not known stays NaN: a school whose seats nobody recorded is not a school without seats, and a
place where no pupil lives has no ratio.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import Finding, InputError
from geo.text import Text

__all__ = [
    "ALL",
    "SCHOOL_SIZE",
    "SITE_AREA_HA",
    "adequacy",
    "classes_for",
    "roll_up",
    "schools_for",
    "seats_by_zone",
    "site_area",
    "work_list",
]

ALL = "__total__"
"""The row of the whole place; the plan prints its seat targets for the whole place only."""

SCHOOL_SIZE: Mapping[str, int] = {"kindergarten": 9, "primary": 24, "junior": 24, "senior": 24}
"""Classes of a usual new school [classes], assumed: the middle of GB 50180-2018 table 5.0.3 (kindergarten 6-12)
and of the sizes of GB 50442 (draft) tables 4.2.5 (18, 24, 30)."""

SITE_AREA_HA: Mapping[str, tuple[tuple[int, float, float], ...]] = {
    "primary": ((18, 1.2, 1.8), (24, 1.9, 2.3), (30, 2.7, 3.3)),
    "junior": ((18, 1.8, 2.8), (30, 3.1, 4.8)),
}
"""Site of a school: (classes, least, most) [ha], GB 50442 (draft) tables 4.2.5-1 and 4.2.5-2; none is printed for
kindergarten and senior."""

_DUST = 1e-6  # pupils are expected numbers; a millionth of one fills no class


def adequacy(
    demand: pd.DataFrame,
    seats: pd.DataFrame,
    targets: Mapping[str, float] | pd.Series | None = None,
    *,
    class_size: Mapping[str, float],
    planned: pd.DataFrame | None = None,
    in_reach: pd.DataFrame | None = None,
    school_size: Mapping[str, int] = SCHOOL_SIZE,
    parents: Mapping[str, object] | pd.Series | None = None,
    total: bool = True,
) -> pd.DataFrame:
    """Return, for every zone and stage, the seats there are, the seats asked for, and what is missing.

    Parameters
    ----------
    demand
        Pupils who live in each zone [persons], shape (zones, stages).
    seats
        Seats of the existing schools in each zone [seats], same shape; NaN where one school's are unknown.
    targets
        Seats the plan wants in the whole place [seats], by stage; they stand in the row ``ALL`` only.
    class_size
        Pupils of a class [persons], by stage.
    planned
        Seats of planned schools open by then [seats], same shape as ``seats``; none if not given.
    in_reach
        Pupils of each zone who can be given a seat within the limit [persons], from an assignment.
    school_size
        Classes of a usual new school [classes], by stage.
    parents
        Zone id to the id of the zone it is part of. If given, the tables are read as values of the leaves and a
        parent is its own value plus its parts.
    total
        Whether to add the row ``ALL``: the sum of the zones that are part of no other.

    Returns
    -------
    table
        One row per ``zone_id`` and ``stage``, in the order of ``demand`` with ``ALL`` last: ``demand``,
        ``existing``, ``planned``, ``seats`` (both), ``in_reach``, ``ratio`` (seats / demand, NaN where nobody
        lives), ``deficit`` [seats], ``deficit_within`` (the shortages of its parts added up: what it is short
        even where the seats of one part exceed its pupils) with ``deficit_classes``, ``deficit_schools``, ``site_low_ha``,
        ``site_high_ha``, and against the plan ``target``, ``target_deficit``, ``target_classes``,
        ``target_schools``. Shortages are >= 0. Everything that hangs on an unknown number is NaN.

    Raises
    ------
    InputError
        If tables differ in zones or stages, a number is negative, or a size is missing or not positive.

    Examples
    --------
    >>> zone = pd.DataFrame({"kindergarten": [1380.0]}, index=["east"])
    >>> have = pd.DataFrame({"kindergarten": [1260.0]}, index=["east"])
    >>> got = adequacy(zone, have, {"kindergarten": 2790}, class_size={"kindergarten": 30})
    >>> got.set_index("zone_id").loc[ALL, ["target_deficit", "target_classes", "target_schools"]].tolist()
    [1530.0, 51.0, 6.0]
    """
    stages, zones = list(demand.columns), demand.index
    _check_sizes(stages, class_size, school_size)
    nothing = pd.DataFrame(0.0, zones, stages)
    tables = {
        "demand": _like(demand, demand, "demand", unknown=False),
        "existing": _like(seats, demand, "seats"),
        "planned": nothing if planned is None else _like(planned, demand, "planned"),
        "in_reach": nothing * np.nan if in_reach is None else _like(in_reach, demand, "in_reach"),
    }
    # Spare seats in one part do not seat the pupils of another: the shortages of the parts add up by themselves.
    tables["deficit_within"] = (tables["demand"] - tables["existing"] - tables["planned"]).clip(lower=0)
    if parents is not None:
        tables = {name: roll_up(table, parents) for name, table in tables.items()}
    if total:
        top = zones[_top(zones, parents)]
        tables = {name: _with_total(table, top) for name, table in tables.items()}
    rows = pd.DataFrame({name: table.stack() for name, table in tables.items()})
    rows.index.names = ["zone_id", "stage"]
    rows = rows.reset_index()
    rows["stage"] = rows["stage"].astype(object)
    return _judged(rows, pd.Series(dict(targets or {}), dtype=float), class_size, school_size)


def _judged(
    rows: pd.DataFrame, targets: pd.Series, class_size: Mapping[str, float], school_size: Mapping[str, int]
) -> pd.DataFrame:
    """Return the rows with ratio, shortages and targets."""
    out = rows.copy()
    out["seats"] = out["existing"] + out["planned"]
    out["ratio"] = out["seats"] / out["demand"].where(out["demand"] > 0)
    out["target"] = out["stage"].map(targets).where(out["zone_id"] == ALL)
    per_class = out["stage"].map(dict(class_size)).to_numpy(float)
    per_school = out["stage"].map(dict(school_size)).to_numpy(float)
    for name, wanted in (("deficit", "demand"), ("target_deficit", "target")):
        out[name] = (out[wanted] - out["seats"]).clip(lower=0)
        stem = name.removesuffix("_deficit")
        out[f"{stem}_classes"] = _whole(out[name], per_class)
        out[f"{stem}_schools"] = _whole(out[f"{stem}_classes"], per_school)
    area = np.array([site_area(s, school_size[s]) for s in out["stage"]]).reshape(-1, 2)
    for i, name in enumerate(("site_low_ha", "site_high_ha")):
        out[name] = out["deficit_schools"] * area[:, i]
    return out[
        [
            *("zone_id", "stage", "demand", "existing", "planned", "seats", "in_reach", "ratio", "deficit"),
            *(
                "deficit_within",
                "deficit_classes",
                "deficit_schools",
                "site_low_ha",
                "site_high_ha",
                "target",
                "target_deficit",
            ),
            *("target_classes", "target_schools"),
        ]
    ]


def _whole(amount: pd.Series, per: NDArray[np.float64]) -> pd.Series:
    return np.ceil((amount - _DUST).clip(lower=0) / per)


def classes_for(pupils: float, class_size: float) -> float:
    """Return how many whole classes hold the pupils [classes]; NaN for an unknown number.

    Examples
    --------
    >>> classes_for(90, 45), classes_for(91, 45), classes_for(float("nan"), 45)
    (2.0, 3.0, nan)
    """
    return float(np.ceil(max(pupils - _DUST, 0.0) / class_size)) if pupils == pupils else np.nan


def schools_for(classes: float, school_size: float) -> float:
    """Return how many whole schools hold the classes [schools]; NaN for an unknown number.

    Examples
    --------
    >>> schools_for(24, 24), schools_for(25, 24)
    (1.0, 2.0)
    """
    return classes_for(classes, school_size)


def site_area(stage: str, classes: float) -> tuple[float, float]:
    """Return the least and the most site area of one school [ha], by GB 50442 (draft) tables 4.2.5.

    Between two sizes of the table the area is interpolated; outside them, and for stages the standard prints no
    table for, both are NaN.

    Examples
    --------
    >>> site_area("primary", 24), site_area("senior", 24)
    ((1.9, 2.3), (nan, nan))
    >>> [round(area, 2) for area in site_area("junior", 24)]  # half way between 18 and 30 classes
    [2.45, 3.8]
    """
    table = SITE_AREA_HA.get(stage)
    if table is None or not table[0][0] <= classes <= table[-1][0]:
        return np.nan, np.nan
    sizes, low, high = zip(*table, strict=True)
    return float(np.interp(classes, sizes, low)), float(np.interp(classes, sizes, high))


def seats_by_zone(facilities: Mapping[str, pd.DataFrame], zones: pd.Index) -> pd.DataFrame:
    """Return the seats in each zone by stage [seats].

    Parameters
    ----------
    facilities
        Stage to its facilities, with columns ``zone_id`` and ``seats`` (NaN where unknown).
    zones
        Ids of the rows wanted; facilities elsewhere are left out.

    Returns
    -------
    seats
        Shape (zones, stages): 0 where there is no facility, NaN where the seats of one are unknown.

    Examples
    --------
    >>> schools = pd.DataFrame({"zone_id": ["east", "east", "west"], "seats": [360, 540, np.nan]})
    >>> seats_by_zone({"primary": schools}, pd.Index(["east", "west", "north"]))["primary"].tolist()
    [900.0, nan, 0.0]
    """
    table = {
        stage: frame.groupby("zone_id")["seats"].agg(lambda s: s.sum(skipna=False)).reindex(zones)
        for stage, frame in facilities.items()
    }
    present = {stage: zones.isin(frame["zone_id"]) for stage, frame in facilities.items()}
    return pd.DataFrame({stage: column.where(present[stage], 0.0) for stage, column in table.items()}, index=zones)


def roll_up(table: pd.DataFrame, parents: Mapping[str, object] | pd.Series) -> pd.DataFrame:
    """Return the table with every parent zone as its own value plus its parts; unknown parts make it unknown.

    Examples
    --------
    >>> seats = pd.DataFrame({"primary": [100, 540, 360]}, index=["town", "east", "west"])
    >>> roll_up(seats, {"east": "town", "west": "town"})["primary"].to_dict()
    {'town': 1000.0, 'east': 540.0, 'west': 360.0}
    """
    parent = pd.Series(parents).reindex(table.index)
    own = table.astype(float)
    out = own.copy()
    for zone in table.index:
        kin = parent.index[parent == zone]
        if len(kin):
            out.loc[zone] = own.loc[zone] + own.loc[kin].sum(skipna=False)
    return out


def work_list(
    gaps: pd.DataFrame, people: pd.DataFrame | None = None, *, names: Mapping[object, str] | None = None
) -> pd.DataFrame:
    """Return what to see to first: place and service, most people without it on top.

    Parameters
    ----------
    gaps
        People (or pupils) without the service [persons], shape (places, services); places are blocks, cells or
        sub-areas. NaN is unknown and comes last; 0 is no gap and is left out.
    people
        People who need it [persons], same shape, for the share.
    names
        Place id to its name, for a column ``name``.

    Returns
    -------
    list
        ``rank`` (1 = most people; equal numbers share a rank), ``place_id``, ``name``, ``service``, ``people``,
        ``of`` and ``share``. Ties are in the order of the table.

    Examples
    --------
    >>> gaps = pd.DataFrame({"primary": [120, 0], "junior": [np.nan, 300]}, index=["east", "west"])
    >>> work_list(gaps, pd.DataFrame({"primary": [400, 90], "junior": [50, 600]}, index=["east", "west"]))
       rank place_id  name  service  people     of  share
    0   1.0     west  west   junior   300.0  600.0    0.5
    1   2.0     east  east  primary   120.0  400.0    0.3
    2   NaN     east  east   junior     NaN   50.0    NaN
    """
    _refuse_negative(gaps, "gaps")
    rows = gaps.stack().rename("people").reset_index()
    rows.columns = ["place_id", "service", "people"]
    if people is not None:
        needs = _like(people, gaps, "people").stack()
        rows["of"] = needs.to_numpy()
    else:
        rows["of"] = np.nan
    rows = rows[rows["people"].isna() | (rows["people"] > _DUST)]
    rows["share"] = rows["people"] / rows["of"].where(rows["of"] > 0)
    rows["name"] = rows["place_id"].map(dict(names)) if names else rows["place_id"].astype(str)
    rows["rank"] = rows["people"].rank(ascending=False, method="min")
    rows = rows.sort_values("people", ascending=False, kind="stable", ignore_index=True, na_position="last")
    return rows[["rank", "place_id", "name", "service", "people", "of", "share"]]


def _top(zones: pd.Index, parents: Mapping[str, object] | pd.Series | None) -> NDArray[np.bool_]:
    if parents is None:
        return np.ones(len(zones), bool)
    parent = pd.Series(parents).reindex(zones)
    return ~parent.isin(zones).to_numpy()


def _with_total(table: pd.DataFrame, top: pd.Index) -> pd.DataFrame:
    whole = table.loc[top].sum(skipna=False).to_frame(ALL).T
    return pd.concat([table, whole])


def _like(table: pd.DataFrame, model: pd.DataFrame, name: str, *, unknown: bool = True) -> pd.DataFrame:
    """Return the table with the rows and columns of ``model``, refusing missing ones and negative numbers."""
    for axis, have, want in (("rows", table.index, model.index), ("columns", table.columns, model.columns)):
        if not have.is_unique:
            raise InputError(Text(f"{name} 的编号重复：{have[have.duplicated()].tolist()}", f"{name}: repeated {axis}"))
        lost = want.difference(have, sort=False)
        if len(lost):
            raise InputError(
                Text(
                    f"表 {name} 缺少：{'、'.join(map(str, lost[:5]))}，请补上",
                    f"{name} lacks {axis} {list(lost[:5])}; add them",
                )
            )
    out = table.loc[model.index, model.columns].astype(float)
    _refuse_negative(out, name)
    if not unknown and out.isna().any(axis=None):
        where = out.index[out.isna().any(axis="columns")].tolist()
        raise InputError(
            Text(f"表 {name} 有缺失值：{where[:5]}，请补上", f"{name} has missing values at {where[:5]}; fill them in")
        )
    return out


def _refuse_negative(table: pd.DataFrame, name: str) -> None:
    values = table.to_numpy(float)
    wrong = (values < 0) | np.isinf(values)
    if wrong.any():
        row, column = (int(i[0]) for i in np.nonzero(wrong))
        place, stage = table.index[row], table.columns[column]
        raise InputError(
            [
                Finding(
                    "error",
                    f"{place} 的 {stage} 为 {values[row, column]}，须为不小于 0 的有限数，请更正",
                    f"{stage} of {place} is {values[row, column]}; give a finite number >= 0",
                    field=name,
                )
            ]
        )


def _check_sizes(stages: list[str], class_size: Mapping[str, float], school_size: Mapping[str, int]) -> None:
    for name, sizes in (("class_size", class_size), ("school_size", school_size)):
        bad = [s for s in stages if not (s in sizes and np.isfinite(sizes[s]) and sizes[s] > 0)]
        if bad:
            raise InputError(
                Text(
                    f"{name} 缺少或不为正数：{'、'.join(bad)}，请给出",
                    f"{name} is missing or not positive for {bad}; give it",
                )
            )
