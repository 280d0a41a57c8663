"""The numbers behind the demand: one table with unit, source and basis, shown, changed and saved with a result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from geo.errors import InputError
from geo.schema import BASES
from geo.services import SERVICES, STAGES
from geo.text import Text

__all__ = ["DEFAULTS", "Parameter", "Parameters", "class_sizes", "parameters"]


@dataclass(frozen=True)
class Parameter:
    """One number behind the demand. ``year`` is None where it holds for every year.

    Examples
    --------
    >>> share = DEFAULTS.at("share", "primary")
    >>> share.value, share.unit, share.source, share.basis
    (0.057, 'of residents', 'census-2020', 'derived')
    """

    key: str
    stage: str
    year: int | None
    value: float
    unit: str
    zh: str
    en: str
    source: str
    clause: str
    basis: str


@dataclass(frozen=True)
class Parameters:
    """All numbers behind the demand, as one value that is shown, changed and saved with the result.

    Examples
    --------
    >>> round(DEFAULTS.value("enrolment", "kindergarten", 2022), 3)  # between 0.90 in 2020 and 0.92 in 2025
    0.908
    """

    rows: tuple[Parameter, ...]

    def at(self, key: str, stage: str = "", year: int | None = None) -> Parameter:
        """Return the parameter of a stage in a year.

        Between two years of the table the value is interpolated linearly; before the first and after the last
        it is held. The row returned then keeps the source of the nearer year below.

        Raises
        ------
        InputError
            If the table has no such parameter.

        Examples
        --------
        >>> DEFAULTS.at("ratio_low", "primary").unit
        'seats per 1000'
        >>> DEFAULTS.at("ratio_low", "senior")
        Traceback (most recent call last):
            ...
        geo.errors.InputError: ...the parameters lack 'ratio_low' for 'senior'; add it
        """
        found = sorted((r for r in self.rows if r.key == key and r.stage == stage), key=lambda r: r.year or 0)
        if not found:
            raise InputError(
                Text(
                    f"参数表缺少“{key}”（{_name(stage)}），请补上",
                    f"the parameters lack '{key}' for '{stage or 'all stages'}'; add it",
                )
            )
        if year is None or found[0].year is None:
            return found[0] if year is None or len(found) == 1 else found[-1]
        known = [r.year or 0 for r in found]
        below = max((i for i, y in enumerate(known) if y <= year), default=0)
        value = float(np.interp(year, known, [r.value for r in found]))
        return replace(found[below], year=year, value=value)

    def value(self, key: str, stage: str = "", year: int | None = None) -> float:
        """Return only the number of ``at``.

        Examples
        --------
        >>> DEFAULTS.value("persons")
        3.0
        """
        return self.at(key, stage, year).value

    def table(self) -> pd.DataFrame:
        """Return one row per parameter, for the screen and for saving with a result.

        Examples
        --------
        >>> DEFAULTS.table()["key"].head(2).tolist()
        ['share', 'share']
        """
        return pd.DataFrame([asdict(r) for r in self.rows])

    def changed(
        self, key: str, value: float, *, stage: str = "", year: int | None = None, source: str = "planner"
    ) -> Parameters:
        """Return the table with one number replaced; the row then says who chose it, and that it is assumed.

        Raises
        ------
        InputError
            If there is no such row, or the number is negative or not finite.

        Examples
        --------
        >>> mine = DEFAULTS.changed("share", 0.06, stage="primary")
        >>> mine.at("share", "primary").value, mine.at("share", "primary").source, mine.at("share", "primary").basis
        (0.06, 'planner', 'assumed')
        """
        hits = [i for i, r in enumerate(self.rows) if (r.key, r.stage, r.year) == (key, stage, year)]
        if not hits:
            raise InputError(
                Text(
                    f"参数表没有“{key}”（{_name(stage)}，{year or '各年'}），请从表中选择",
                    f"no parameter '{key}' for '{stage}' in {year or 'every year'}; choose one of the table",
                )
            )
        _amount(value, key)
        rows = list(self.rows)
        rows[hits[0]] = replace(rows[hits[0]], value=float(value), source=source, clause="", basis="assumed")
        return Parameters(tuple(rows))

    @staticmethod
    def read(table: pd.DataFrame) -> Parameters:
        """Return the parameters of a table written by ``table``; a wrong number or basis is refused by row.

        Examples
        --------
        >>> Parameters.read(DEFAULTS.table()) == DEFAULTS
        True
        """
        rows = []
        for i, record in enumerate(table.to_dict("records"), start=1):
            missing = [c for c in Parameter.__dataclass_fields__ if c not in record]
            if missing:
                raise InputError(
                    Text(f"参数表缺少列：{'、'.join(missing)}", f"the parameter table lacks columns {missing}")
                )
            _amount(record["value"], f"{record['key']}, 第 {i} 行 row {i}")
            if record["basis"] not in BASES:
                raise InputError(
                    Text(
                        f"参数表第 {i} 行的依据“{record['basis']}”须为：{'、'.join(BASES)}",
                        f"row {i}: basis must be one of {BASES}",
                    )
                )
            year = record["year"]
            texts = {k: "" if pd.isna(v) else str(v) for k, v in record.items() if k not in ("year", "value")}
            rows.append(Parameter(year=None if pd.isna(year) else int(year), value=float(record["value"]), **texts))
        return Parameters(tuple(rows))


def _amount(value: object, name: str) -> None:
    if not isinstance(value, int | float | np.number) or not math.isfinite(value) or value < 0:
        raise InputError(Text(f"参数 {name} 的值 {value} 须为不小于 0 的数", f"{name} is {value}; give a number >= 0"))


def _name(stage: str) -> str:
    return SERVICES[stage].name_zh if stage in SERVICES else stage or "各学段"


_CENSUS = ("census-2020", "0–14岁占14.26%（滨海新区，2020年）", "derived")
_PLAN = ("plan14", "第二章表1第28项", "sourced")
_GB = ("gb50180", "第5.0.3条条文说明（推得）", "derived")
_BIRTHS = ("tj-births", "天津市国民经济和社会发展统计公报：出生率（经二手资料转引）", "sourced")


def _p(
    key: str, stage: str, value: float, unit: str, zh: str, en: str, why: tuple[str, str, str], year: int | None = None
) -> Parameter:
    return Parameter(key, stage, year, value, unit, zh, en, *why)


DEFAULTS = Parameters(
    (
        _p("share", "kindergarten", 0.029, "of residents", "3–5岁人口比例", "share aged 3-5", _CENSUS),
        _p("share", "primary", 0.057, "of residents", "6–11岁人口比例", "share aged 6-11", _CENSUS),
        _p("share", "junior", 0.029, "of residents", "12–14岁人口比例", "share aged 12-14", _CENSUS),
        _p("share", "senior", 0.029, "of residents", "15–17岁人口比例", "share aged 15-17",
           ("census-2020", "无分龄数，按12–14岁假定", "assumed")),
        _p("enrolment", "kindergarten", 0.90, "of the age group", "毛入园率", "gross enrolment", _PLAN, 2020),
        _p("enrolment", "kindergarten", 0.92, "of the age group", "毛入园率", "gross enrolment", _PLAN, 2025),
        _p("enrolment", "primary", 1.0, "of the age group", "入学率", "enrolment", ("", "义务教育", "assumed")),
        _p("enrolment", "junior", 1.0, "of the age group", "入学率", "enrolment", ("", "义务教育", "assumed")),
        _p("enrolment", "senior", 0.60, "of the age group", "升普通高中比例", "promotion to general senior schools",
           ("", "假定", "assumed")),
        _p("ratio_low", "kindergarten", 45, "seats per 1000", "千人指标下限", "seats per 1000, low", _GB),
        _p("ratio_high", "kindergarten", 72, "seats per 1000", "千人指标上限", "seats per 1000, high", _GB),
        _p("ratio_low", "primary", 97, "seats per 1000", "千人指标下限", "seats per 1000, low", _GB),
        _p("ratio_high", "primary", 108, "seats per 1000", "千人指标上限", "seats per 1000, high", _GB),
        _p("ratio_low", "junior", 48, "seats per 1000", "千人指标下限", "seats per 1000, low", _GB),
        _p("ratio_high", "junior", 48, "seats per 1000", "千人指标上限", "seats per 1000, high", _GB),
        _p("age_share", "", 0.1426 / 15, "of residents per year of age", "每一岁人口比例", "share of one year of age", _CENSUS),
        _p("births", "", 5.99, "per 1000 residents", "出生率", "births", _BIRTHS, 2020),
        _p("births", "", 4.47, "per 1000 residents", "出生率", "births", _BIRTHS, 2023),
        _p("births", "", 4.99, "per 1000 residents", "出生率", "births", _BIRTHS, 2024),
        _p("persons", "", 3.0, "persons per dwelling", "每户人数", "persons per dwelling",
           ("gb50180", "第2.0.2、2.0.3条：15000–25000人对5000–8000套", "derived")),
        _p("occupied", "", 1.0, "of dwellings", "入住率", "occupied dwellings", ("", "假定", "assumed")),
        _p("class_plan", "kindergarten", 30, "pupils per class", "规划班额", "class size of the plan", ("plan14", "第二章表1第29项（推得）", "derived")),
        _p("class_plan", "primary", 45, "pupils per class", "规划班额", "class size of the plan", ("plan14", "第二章表1第29项（推得）", "derived")),
        _p("class_plan", "junior", 45, "pupils per class", "规划班额", "class size of the plan", ("plan14", "第二章表1第29项（推得）", "derived")),
        _p("class_plan", "senior", 45, "pupils per class", "规划班额", "class size of the plan", ("plan14", "第二章表1第29项（推得）", "derived")),
        _p("class_gb50099", "kindergarten", 30, "pupils per class", "标准班额（中班）", "class size of the standard (middle class)", ("jgj39", "表1.0.3-2", "sourced")),
        _p("class_gb50099", "primary", 45, "pupils per class", "标准班额", "class size of the standard", ("gb50099", "第3.0.1条", "sourced")),
        _p("class_gb50099", "junior", 50, "pupils per class", "标准班额", "class size of the standard", ("gb50099", "第3.0.1条", "sourced")),
        _p("class_gb50099", "senior", 50, "pupils per class", "标准班额", "class size of the standard", ("gb50099", "第3.0.1条", "sourced")),
        _p("class_small", "kindergarten", 25, "children per class", "小班班额", "youngest class", ("jgj39", "表1.0.3-2（上限）", "sourced")),
        _p("class_middle", "kindergarten", 30, "children per class", "中班班额", "middle class", ("jgj39", "表1.0.3-2（上限）", "sourced")),
        _p("class_large", "kindergarten", 35, "children per class", "大班班额", "oldest class", ("jgj39", "表1.0.3-2（上限）", "sourced")),
    )
)  # fmt: skip
"""The numbers of the bundled place; a workspace lays its own over them (``parameters``)."""


def parameters(config: Mapping[str, Any], base: Parameters = DEFAULTS) -> Parameters:
    """Return the parameters with the tables [shares], [enrolment] and [class_size] of a workspace laid over.

    A table's own ``source_id`` and ``basis`` go with its numbers; enrolment may be a number or a table of years.

    Examples
    --------
    >>> city = parameters({"shares": {"primary": 0.08, "source_id": "census", "basis": "sourced"}})
    >>> city.value("share", "primary"), city.value("share", "junior")
    (0.08, 0.029)
    >>> parameters({"standards": {"apply": False}}).at("class_plan", "junior").en
    'class size (assumed)'
    """
    rows = list(base.rows)
    for table, key in (("shares", "share"), ("enrolment", "enrolment"), ("class_size", "class_plan")):
        given = config.get(table, {})
        why = (
            str(given.get("source_id", "workspace")),
            f"workspace.toml [{table}]",
            str(given.get("basis", "assumed")),
        )
        for stage in (s for s in STAGES if s in given):
            like = next(r for r in base.rows if r.key == key and r.stage == stage)
            zh, en = _own_words(like, why)
            by_year = given[stage] if isinstance(given[stage], Mapping) else {None: given[stage]}
            rows = [r for r in rows if (r.key, r.stage) != (key, stage)]
            for year, value in by_year.items():
                _amount(value, f"{table}.{stage}")
                rows.append(_p(key, stage, float(value), like.unit, zh, en, why, None if year is None else int(year)))
    if _elsewhere(config):
        # A place that goes by no Chinese standard has no class size of Tianjin's plan: what stands in is assumed.
        rows = [
            r if r.key != "class_plan" or r.source != PLAN_SOURCE else _p(
                r.key, r.stage, r.value, r.unit, *ASSUMED_CLASS, ("assumption", "", "assumed")
            )
            for r in rows
        ]  # fmt: skip
    return Parameters(tuple(rows))


ASSUMED_CLASS = ("班额（假定）", "class size (assumed)")
PLAN_SOURCE = "plan14"


def _own_words(like: Parameter, why: tuple[str, str, str]) -> tuple[str, str]:
    """Return what a number of the workspace is called: a class size is the plan's only where the plan is its source."""
    if like.key != "class_plan" or why[0] == PLAN_SOURCE:
        return like.zh, like.en
    return ASSUMED_CLASS if why[2] == "assumed" else ("本地班额", "class size of the place")


def _elsewhere(config: Mapping[str, Any]) -> bool:
    """Return whether the place goes by no standard of China, even where the planner chose to measure it by one."""
    told = config.get("standards", {})
    return not told.get("apply", True) or bool(told.get("chosen"))


def class_sizes(
    rule: str = "plan", *, kindergarten: str | None = None, numbers: Parameters = DEFAULTS
) -> dict[str, float]:
    """Return the pupils of a class at each stage [persons].

    Parameters
    ----------
    rule
        "plan" (30/45/45/45, derived from the plan's seats) or "gb50099" (GB 50099-2011, 3.0.1: 30/45/50/50).
    kindergarten
        "small", "middle" or "large" class of JGJ 39-2016, table 1.0.3-2, instead of 30.

    Examples
    --------
    >>> class_sizes()
    {'kindergarten': 30, 'primary': 45, 'junior': 45, 'senior': 45}
    >>> class_sizes("gb50099", kindergarten="small")
    {'kindergarten': 25, 'primary': 45, 'junior': 50, 'senior': 50}
    """
    if rule not in ("plan", "gb50099"):
        raise InputError(
            Text(f"班额规则“{rule}”无效，可选 plan、gb50099", f"class size rule must be plan or gb50099, not '{rule}'")
        )
    sizes = {stage: numbers.value(f"class_{rule}", stage) for stage in STAGES}
    if kindergarten is not None:
        if kindergarten not in ("small", "middle", "large"):
            raise InputError(
                Text(
                    f"幼儿园班别“{kindergarten}”无效，可选 small（小班）、middle（中班）、large（大班）",
                    f"kindergarten class must be small, middle or large, not '{kindergarten}'",
                )
            )
        sizes["kindergarten"] = numbers.value(f"class_{kindergarten}", "kindergarten")
    return sizes
