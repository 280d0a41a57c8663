"""Pupils by stage and year: what turns residents into children who need a seat.

Four models, from plain to demanding. ``share``: residents × share of the ages × enrolment. ``ratio``: seats per
1 000 residents of a standard. ``cohorts``: children aged year by year, those not yet born from a birth rate.
``housing``: new dwellings × pupils of a dwelling, added to any of the others. Every number used is a row of
``Parameters`` with its unit, source and basis, and ``explain`` writes the sum out with its numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from geo.demand.numbers import DEFAULTS, Parameter, Parameters, class_sizes, parameters
from geo.errors import InputError
from geo.services import SERVICES, STAGES
from geo.text import Text

__all__ = [
    "AGES",
    "DEFAULTS",
    "MODELS",
    "YEARS",
    "Parameter",
    "Parameters",
    "between",
    "by_cohorts",
    "by_housing",
    "by_ratio",
    "by_share",
    "class_sizes",
    "cohort_share",
    "explain",
    "parameters",
    "pupils",
    "residents",
]

YEARS = range(2020, 2036)
"""Years that can be asked for: from the census to the horizon of the district's school plan."""
AGES: Mapping[str, range] = {
    "kindergarten": range(3, 6),
    "primary": range(6, 12),
    "junior": range(12, 15),
    "senior": range(15, 18),
}
"""Ages at each stage [years]: three years of kindergarten, six of primary, three each of junior and senior."""
MODELS: Mapping[str, tuple[str, str]] = {
    "share": ("人口比例", "share of residents"),
    "ratio": ("千人指标", "seats per 1 000 residents"),
    "cohorts": ("队列推算", "cohorts"),
}


def residents(known: pd.DataFrame, year: int) -> pd.Series:
    """Return the residents of each place in a year [persons] from the years that are known.

    Parameters
    ----------
    known
        One column per year (int), ascending or not. Between two years linear; before the first and after the
        last their value is held, which is an assumption.

    Examples
    --------
    >>> residents(pd.DataFrame({2020: [1000.0], 2025: [1500.0]}), 2022).tolist()
    [1200.0]
    """
    _check_year(year)
    return between(known, year).rename("people")


def between(known: pd.DataFrame, year: int) -> pd.Series:
    """Return ``residents`` of any year, also of one that no question asks about (dwellings that come in 2040).

    Examples
    --------
    >>> between(pd.DataFrame({2020: [1000.0], 2025: [1500.0]}), 2040).tolist()
    [1500.0]
    """
    years = sorted(int(c) for c in known.columns)
    if not years:
        raise InputError(Text("没有任何年份的人口", "there is no population of any year"))
    after = min((y for y in years if y >= year), default=years[-1])
    before = max((y for y in years if y <= year), default=years[0])
    share = 0.0 if after == before else (year - before) / (after - before)
    return known[before] * (1 - share) + known[after] * share


def by_share(people: pd.Series, stage: str, year: int, numbers: Parameters = DEFAULTS) -> pd.Series:
    """Return the pupils of each place [persons]: residents × share of the ages × enrolment; errors as ``pupils``.

    Examples
    --------
    >>> by_share(pd.Series([1000.0]), "primary", 2025).tolist()  # 5.7 % aged 6 to 11, all enrolled
    [57.0]
    """
    _checked(people, stage, year)
    rate = numbers.value("share", stage) * numbers.value("enrolment", stage, year)
    return (people * rate).rename("pupils")


def by_ratio(
    people: pd.Series, stage: str, year: int, numbers: Parameters = DEFAULTS, *, bound: str = "low"
) -> pd.Series:
    """Return the seats each place calls for [seats]: residents / 1000 × the ratio of a standard.

    GB 50180-2018, 5.0.3 (explanation); DB29-7-2008, 4.2.8 in Tianjin: ``bound`` "low" in the centre, "high"
    elsewhere. No ratio is printed for senior schools: give one with ``Parameters``, or use another model.

    Examples
    --------
    >>> by_ratio(pd.Series([2000.0]), "primary", 2025).tolist()  # 97 seats per 1000
    [194.0]
    """
    _checked(people, stage, year)
    if bound not in ("low", "high"):
        raise InputError(
            Text(f"千人指标取“{bound}”无效，须为 low 或 high", f"bound must be low or high, not '{bound}'")
        )
    return (people / 1000 * numbers.value(f"ratio_{bound}", stage)).rename("pupils")


def cohort_share(stage: str, year: int, numbers: Parameters = DEFAULTS, *, base_year: int = 2020) -> pd.DataFrame:
    """Return the share of residents at each age of a stage in a year.

    Returns
    -------
    table
        One row per age: ``born``, ``share`` of residents, ``from`` ("ages" of the base year, or "births").

    Notes
    -----
    A child aged a in ``year`` was ``a - (year - base_year)`` old in the base year; if already born then, its
    cohort is that of the census (key ``age_share``), otherwise the births per 1000 of its year of birth. Deaths
    are left out, and families are taken to move like everybody else.

    Examples
    --------
    >>> cohort_share("kindergarten", 2025)["born"].to_dict()
    {3: 2022, 4: 2021, 5: 2020}
    >>> cohort_share("kindergarten", 2025)["from"].tolist()
    ['births', 'births', 'births']
    """
    rows = []
    for age in AGES[stage]:
        born = year - age
        seen = born <= base_year - 1  # those born in the census year itself are counted by its births
        share = numbers.value("age_share") if seen else numbers.value("births", "", born) / 1000
        rows.append({"age": age, "born": born, "share": share, "from": "ages" if seen else "births"})
    return pd.DataFrame(rows).set_index("age")


def by_cohorts(
    people: pd.Series, stage: str, year: int, numbers: Parameters = DEFAULTS, *, base_year: int = 2020
) -> pd.Series:
    """Return the pupils of each place [persons]: residents of the year × cohorts of the ages × enrolment.

    ``people`` are the residents of ``year``; the cohorts are aged from ``base_year`` (``cohort_share``).
    Enrolment of senior schools is the promotion rate.

    Examples
    --------
    >>> by_cohorts(pd.Series([1000.0]), "kindergarten", 2025).round(2).tolist()  # 5.99 + 5.48 + 4.98 born, 92 % go
    [15.13]
    """
    _checked(people, stage, year)
    share = float(cohort_share(stage, year, numbers, base_year=base_year)["share"].sum())
    return (people * share * numbers.value("enrolment", stage, year)).rename("pupils")


def by_housing(dwellings: pd.DataFrame, stage: str, year: int, numbers: Parameters = DEFAULTS) -> pd.Series:
    """Return the pupils new dwellings bring to each place [persons], to be added to another model.

    Parameters
    ----------
    dwellings
        One row per project or drawn area: ``dwellings`` [dwellings] and ``year`` of completion; those later
        than ``year`` bring nobody yet.

    Notes
    -----
    dwellings × occupied × persons per dwelling × share of the ages × enrolment.

    Examples
    --------
    >>> new = pd.DataFrame({"dwellings": [1000, 500], "year": [2024, 2030]}, index=["a", "b"])
    >>> by_housing(new, "primary", 2025).to_dict()  # 1000 dwellings x 3 persons x 5.7 %; b is not built yet
    {'a': 171.0, 'b': 0.0}
    """
    _check_year(year)
    _check_stage(stage)
    _numbers(dwellings["dwellings"], "dwellings", "住宅套数")
    done = dwellings["dwellings"].where(dwellings["year"] <= year, 0.0)
    people = done * numbers.value("occupied") * numbers.value("persons")
    return by_share(people, stage, year, numbers)


def pupils(
    people: pd.Series,
    stage: str,
    year: int,
    *,
    model: str = "share",
    numbers: Parameters = DEFAULTS,
    bound: str = "low",
    base_year: int = 2020,
    housing: pd.DataFrame | None = None,
) -> pd.Series:
    """Return the pupils of each place and stage in a year by one of ``MODELS`` [persons].

    Parameters
    ----------
    people
        Residents of each place in ``year`` [persons].
    housing
        New dwellings not yet in ``people``: rows indexed by place (repeats add up), columns ``dwellings`` and
        ``year`` of completion.

    Raises
    ------
    InputError
        If the stage, year or model is unknown, or a number of people or dwellings is negative or missing.

    Examples
    --------
    >>> people = pd.Series({"a": 1000.0, "b": 2000.0})
    >>> pupils(people, "primary", 2025).to_dict(), pupils(people, "primary", 2025, model="ratio").to_dict()
    ({'a': 57.0, 'b': 114.0}, {'a': 97.0, 'b': 194.0})
    """
    models = {
        "share": lambda: by_share(people, stage, year, numbers),
        "ratio": lambda: by_ratio(people, stage, year, numbers, bound=bound),
        "cohorts": lambda: by_cohorts(people, stage, year, numbers, base_year=base_year),
    }
    if model not in models:
        named = "、".join(f"{k}（{v[0]}）" for k, v in MODELS.items())
        raise InputError(
            Text(f"没有模型“{model}”，可选：{named}", f"no model '{model}', choose one of {', '.join(MODELS)}")
        )
    out = models[model]()
    if housing is None or housing.empty:
        return out
    more = by_housing(housing, stage, year, numbers)
    more = more.groupby(level=0).sum()
    stray = more.index.difference(people.index)
    if len(stray):
        raise InputError(
            Text(
                f"新建住宅所在的单元不存在：{list(stray[:5])}，请更正",
                f"new housing lies at unknown places {list(stray[:5])}; correct it",
            )
        )
    return out.add(more.reindex(people.index, fill_value=0.0)).rename("pupils")


def explain(
    people: float,
    stage: str,
    year: int,
    *,
    model: str = "share",
    numbers: Parameters = DEFAULTS,
    bound: str = "low",
    base_year: int = 2020,
    dwellings: float = 0.0,
) -> pd.DataFrame:
    """Return the sum behind the pupils of one place, written out with its numbers.

    Parameters
    ----------
    people
        Residents [persons].
    dwellings
        New dwellings completed by then [dwellings].

    Returns
    -------
    steps
        One row per number: ``text_zh``, ``text_en``, ``value``, ``unit``, ``source``, ``clause``, ``basis``; the
        last row is the result with the whole formula.

    Examples
    --------
    >>> explain(1000, "primary", 2025)["text_en"].iloc[-1]
    'Primary school pupils in 2025 = 1,000 × 0.057 × 1 = 57.0'
    """
    place = pd.Series([float(people)], index=["place"])
    housing = pd.DataFrame({"dwellings": [dwellings], "year": [year]}, index=["place"]) if dwellings else None
    options: dict[str, Any] = {"model": model, "numbers": numbers, "bound": bound, "base_year": base_year}
    total = float(pupils(place, stage, year, housing=housing, **options).iloc[0])
    used, formula = _used(people, stage, year, options)
    rows = [_step("常住人口", "residents", people, "persons", "", "", "")]
    rows += [_step(p.zh, p.en, p.value, p.unit, p.source, p.clause, p.basis) for p in used]
    if dwellings:
        new = [
            numbers.at("occupied"),
            numbers.at("persons"),
            numbers.at("share", stage),
            numbers.at("enrolment", stage, year),
        ]
        rows += [_step("新建住宅", "new dwellings", dwellings, "dwellings", "", "", "")]
        rows += [_step(p.zh, p.en, p.value, p.unit, p.source, p.clause, p.basis) for p in new[:2]]
        formula += f" + {dwellings:,.0f} × " + " × ".join(f"{p.value:g}" for p in new)
    name = SERVICES[stage]
    rows.append(
        _step(
            f"{year}年{name.name_zh}学生数 = {formula} = {total:,.1f}",
            f"{name.name_en} pupils in {year} = {formula} = {total:,.1f}",
            total,
            "persons",
            "",
            "",
            "derived",
        )
    )
    return pd.DataFrame(rows)


def _used(people: float, stage: str, year: int, options: Mapping[str, Any]) -> tuple[list[Parameter], str]:
    """Return the parameters a model uses, and its formula in numbers."""
    numbers: Parameters = options["numbers"]
    if options["model"] == "ratio":
        ratio = numbers.at(f"ratio_{options['bound']}", stage)
        return [ratio], f"{people:,.0f} ÷ 1000 × {ratio.value:g}"
    enrolment = numbers.at("enrolment", stage, year)
    if options["model"] == "share":
        share = numbers.at("share", stage)
        return [share, enrolment], f"{people:,.0f} × {share.value:g} × {enrolment.value:g}"
    ages = cohort_share(stage, year, numbers, base_year=options["base_year"])
    used = [
        replace(
            numbers.at("age_share") if row["from"] == "ages" else numbers.at("births", "", int(row["born"])),
            zh=f"{age}岁（{row['born']}年生）占比",
            en=f"share aged {age} (born {row['born']})",
            value=float(row["share"]),
            unit="of residents",
        )
        for age, row in ages.iterrows()
    ]
    summed = " + ".join(f"{p.value:.5f}" for p in used)
    return [*used, enrolment], f"{people:,.0f} × ({summed}) × {enrolment.value:g}"


def _step(zh: str, en: str, value: float, unit: str, source: str, clause: str, basis: str) -> dict[str, object]:
    return {"text_zh": zh, "text_en": en, "value": float(value), "unit": unit, "source": source, "clause": clause,
            "basis": basis}  # fmt: skip


def _check_year(year: int) -> None:
    if year not in YEARS:
        raise InputError(
            Text(
                f"年份 {year} 超出 {YEARS[0]}–{YEARS[-1]}，请选其间的年份",
                f"{year} is outside {YEARS[0]}-{YEARS[-1]}; choose a year between",
            )
        )


def _check_stage(stage: str) -> None:
    if stage not in STAGES:
        raise InputError(
            Text(
                f"没有学段“{stage}”，可选：{'、'.join(STAGES)}",
                f"no stage '{stage}', choose one of {', '.join(STAGES)}",
            )
        )


def _numbers(values: pd.Series, name: str, name_zh: str) -> None:
    wrong = ~(np.isfinite(values.to_numpy(float, na_value=np.nan)) & (values.to_numpy(float, na_value=np.nan) >= 0))
    if wrong.any():
        bad = values.index[wrong][:5].tolist()
        raise InputError(
            Text(
                f"{name_zh}有 {int(wrong.sum())} 处为负或缺失（{bad}），请更正",
                f"{name}: {int(wrong.sum())} values negative or missing at {bad}; correct them",
            )
        )


def _checked(people: pd.Series, stage: str, year: int) -> None:
    _check_stage(stage)
    _check_year(year)
    _numbers(people, "people", "人口")
