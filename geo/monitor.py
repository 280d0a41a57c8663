"""How far is the plan: yearly actuals against baseline and target, with a light and its rule in words (规划实施评估).

That a plan is looked at every year and after five, that binding (约束性) and expected (预期性) indicators are held
apart, and that tasks are ticked off, is the practice of 规划实施评估. The straight line, the tolerance band and the
forecast are ours: no standard prints them (docs/monitor.md). Nothing is green without a number of the year itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from geo.errors import Finding, InputError
from geo.text import Text

__all__ = ["BASE_YEAR", "BINDING", "LIGHTS", "STATES", "TARGET_YEAR", "TOLERANCE", "YEARS", "Actual", "check_actuals", "measure_of", "newest", "pace_table"]  # fmt: skip

BASE_YEAR, TARGET_YEAR = 2020, 2025
"""The years of the columns ``baseline_2020`` and ``target_2025``."""
YEARS = tuple(range(BASE_YEAR + 1, TARGET_YEAR + 1))
TOLERANCE = 0.1
"""How far behind the straight line an expected indicator may be and still be amber, as a share of the whole way; ours."""
STATES = ("完成", "进行中", "未完成")
"""What is said of a task of one year: done, under way, not done."""
LIGHTS = ("red", "amber", "green", "grey")
BINDING = "约束性"
"""Value of ``kind`` of an indicator that the plan must meet."""
SPAN = TARGET_YEAR - BASE_YEAR
TEXT_MAX = 500
_DUST = 1e-9  # a share: sums of decimals that meet a target must not miss it by the last bit

Measure = Literal["level", "sum", "rate", "task", "none"]


@dataclass(frozen=True)
class Actual:
    """What was reached in a year, as somebody entered it; ``number`` is its place in the record: the later one holds.

    Examples
    --------
    >>> Actual("I29-primary", 2023, 4100.0, source="教体局").value
    4100.0
    """

    indicator_id: str
    year: int
    value: float | None = None
    state: str = ""
    source: str = ""
    note: str = ""
    who: str = ""
    made: str = ""
    number: int = 0
    batch: str = ""


@dataclass(frozen=True)
class _Judged:
    """What is said of one row; None is unknown."""

    light: str
    rule: Text
    progress: float | None = None
    pace: float | None = None
    required: float | None = None
    forecast: float | None = None


def measure_of(row: Mapping[str, Any]) -> Measure:
    """Return how a row of the targets is measured.

    A column ``measure`` (level, sum, rate, task) holds where a workspace has one. Else: operator ``task`` is a task; no
    target, nothing to be measured; 累计 in the name a sum of five years; 增长率 or 增速 a yearly rate; all else a level.

    Examples
    --------
    >>> measure_of({"name": "累计固定资产投资总额", "target_2025": 937}), measure_of({"name": "学位数", "target_2025": 5400})
    ('sum', 'level')
    """
    told = str(row.get("measure") or "")
    if told in ("level", "sum", "rate", "task"):
        return told  # type: ignore[return-value]
    if row.get("operator") == "task":
        return "task"
    if _number(row.get("target_2025")) is None:
        return "none"
    name = str(row.get("name", ""))
    return "sum" if "累计" in name else "rate" if "增长率" in name or "增速" in name else "level"


def check_actuals(
    rows: Sequence[Actual], targets: pd.DataFrame, *, file: str | None = None, lines: Sequence[int] | None = None
) -> tuple[Finding, ...]:
    """Return what is wrong with actuals before they are kept; nothing where all can be.

    Parameters
    ----------
    targets
        The indicators, with ``indicator_id``.
    file, lines
        Where the rows stand, for the findings.

    Examples
    --------
    >>> plan = pd.DataFrame({"indicator_id": ["A"], "name": ["学位数"], "target_2025": [5400.0]})
    >>> [f.field for f in check_actuals([Actual("A", 2031, 3.0), Actual("B", 2023, 3.0), Actual("A", 2023)], plan)]
    ['year', 'indicator_id', 'value']
    """
    known = {str(row["indicator_id"]): row for row in targets.to_dict("records")} if "indicator_id" in targets else {}
    found: list[Finding] = []
    seen: dict[tuple[str, int], int] = {}
    for at, one in enumerate(rows):
        line = lines[at] if lines else (at + 1 if file else None)

        def wrong(zh: str, en: str, field: str, line: int | None = line) -> None:
            found.append(Finding("error", zh, en, file, line, field))

        row = known.get(one.indicator_id)
        if row is None:
            wrong(f"没有指标“{one.indicator_id}”；编号见模板", f"no indicator '{one.indicator_id}'; the template lists the ids", "indicator_id")  # fmt: skip
            continue
        if one.year not in YEARS:
            wrong(f"年份 {one.year} 不在 {YEARS[0]}–{YEARS[-1]}；{BASE_YEAR} 年基数以规划为准", f"the year {one.year} is not in {YEARS[0]}-{YEARS[-1]}; the baseline of {BASE_YEAR} is the plan's", "year")  # fmt: skip
            continue
        if (one.indicator_id, one.year) in seen:
            wrong(f"{one.indicator_id} 的 {one.year} 年填了两次；请只留一行", f"{one.indicator_id} is given twice for {one.year}; keep one row", "year")  # fmt: skip
        seen[one.indicator_id, one.year] = at
        if one.state and one.state not in STATES:
            wrong(f"状态“{one.state}”不可用，请写：{'、'.join(STATES)}", f"the state '{one.state}' is none, write one of {', '.join(STATES)}", "state")  # fmt: skip
        if one.value is None and not one.state:
            wrong("没有数值；任务型指标请填状态", "there is no value; for a task give its state", "value")
        if one.value is not None and not np.isfinite(one.value):
            wrong("数值不是有限的数", "the value is no finite number", "value")
        if one.state and measure_of(row) != "task":
            wrong("只有任务型指标才填状态；请填数值", "only tasks have a state; give the value", "state")
        if max(len(one.source), len(one.note)) > TEXT_MAX:
            wrong(f"来源和备注各不超过 {TEXT_MAX} 个字", f"source and note have at most {TEXT_MAX} characters each", "source")  # fmt: skip
    return tuple(found)


def newest(actuals: Iterable[Actual]) -> dict[tuple[str, int], Actual]:
    """Return what holds for each indicator and year: the entry that came last.

    Examples
    --------
    >>> newest([Actual("A", 2023, 2.0, number=2), Actual("A", 2023, 1.0, number=1)])["A", 2023].value
    2.0
    """
    return {(one.indicator_id, one.year): one for one in sorted(actuals, key=lambda one: one.number)}


def pace_table(
    targets: pd.DataFrame, actuals: Iterable[Actual], year: int, *, tolerance: float = TOLERANCE
) -> pd.DataFrame:
    """Return, for every row of the targets, how far it is in ``year``.

    Parameters
    ----------
    targets
        ``indicator_id``, ``name``, ``baseline_2020``, ``target_2025`` [unit of the row], ``kind``, ``operator`` (>=, <=, =,
        task), ``comparable`` (0 where the baseline cannot be set against the target).
    year
        The year that is judged, 2021 to 2025; later actuals are left out.
    tolerance
        Share of the whole way that an expected indicator may be behind the straight line and be amber, 0 to 0.5.

    Returns
    -------
    table
        The columns of ``targets`` and ``measure``, ``actual`` (the newest number up to ``year``) of ``actual_year``,
        ``state``, ``progress`` (share of the way; of a sum: reached so far ÷ target), ``pace`` so far and ``required`` pace
        [unit a year], ``forecast`` for 2025, ``light``, ``rule_zh``, ``rule_en``. NaN is unknown.

    Raises
    ------
    InputError
        If the year or the tolerance is none.

    Notes
    -----
    Forecast: least squares line through the comparable baseline and all actuals, taken to 2025; of a five-year sum the mean
    year times five, of a rate the mean. None of fewer than two numbers.

    Examples
    --------
    >>> plan = pd.DataFrame({"indicator_id": ["A"], "name": ["小学学位"], "baseline_2020": [3000.0], "target_2025": [5400.0],
    ...     "kind": ["预期性"], "operator": [">="], "comparable": [1]})
    >>> row = pace_table(plan, [Actual("A", 2023, 4440.0)], 2023).iloc[0]
    >>> row["light"], float(row["progress"]), float(row["pace"]), float(row["required"]), round(float(row["forecast"]))
    ('green', 0.6, 480.0, 480.0, 5400)
    """
    if year not in YEARS:
        raise InputError(Text(f"评估年份须为 {YEARS[0]}–{YEARS[-1]}", f"the year to judge is one of {YEARS[0]} to {YEARS[-1]}"))  # fmt: skip
    if not 0 <= tolerance <= 0.5:
        raise InputError(Text("容差须在 0 到 0.5 之间", "the tolerance is a share from 0 to 0.5"))
    held = newest(a for a in actuals if a.year <= year)
    rows = []
    for row in targets.to_dict("records"):
        mine = {y: a for (key, y), a in held.items() if key == str(row.get("indicator_id"))}
        values = {y: float(a.value) for y, a in sorted(mine.items()) if a.value is not None}
        measure = measure_of(row)
        state = mine[year].state if year in mine else ""
        done = _judge(row, measure, values, state, year, tolerance)
        last = max(values, default=None)
        rows.append({
            **row, "measure": measure, "actual": None if last is None else values[last], "actual_year": last,
            "state": state, "progress": done.progress, "pace": done.pace, "required": done.required,
            "forecast": done.forecast, "light": done.light, "rule_zh": done.rule.zh, "rule_en": done.rule.en,
        })  # fmt: skip
    added = ["measure", "actual", "actual_year", "state", "progress", "pace", "required", "forecast", "light", "rule_zh", "rule_en"]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(dict.fromkeys([*targets.columns, *added])))
    numbers = ["actual", "progress", "pace", "required", "forecast"]
    table[numbers] = table[numbers].astype(float)
    return table.astype({"actual_year": "Int64"})


def _judge(
    row: Mapping[str, Any], measure: Measure, values: Mapping[int, float], state: str, year: int, tolerance: float
) -> _Judged:
    if measure == "task":
        return _task(state, year, binding=row.get("kind") == BINDING)
    if measure == "none":
        return _Judged("grey", Text("规划未印目标，不评", "the plan prints no target: not judged"))
    judged = {"sum": _of_sum, "rate": _of_rate, "level": _of_level}[measure](row, values, tolerance)
    if year in values:
        return judged
    last = max(values, default=None)
    why = Text(f"{year} 年无数据", f"no number for {year}")
    if last is not None:
        why = Text(f"{why.zh}；{last} 年的数不能沿用", f"{why.en}; that of {last} is not carried over")
    return _Judged("grey", why, judged.progress, judged.pace, judged.required, judged.forecast)


def _task(state: str, year: int, *, binding: bool) -> _Judged:
    if state == "完成":
        return _Judged("green", Text(f"{year} 年任务已完成", f"the task of {year} is done"))
    if state == "未完成":
        return _Judged("red", Text(f"{year} 年任务未完成", f"the task of {year} is not done"))
    if state == "进行中":
        light = "grey" if binding else "amber"  # a binding task is met or not: under way is no result yet
        return _Judged(light, Text(f"{year} 年任务进行中，尚无结果", f"the task of {year} is under way: no result yet"))
    return _Judged("grey", Text(f"{year} 年任务未填", f"nothing is said of the task of {year}"))


def _of_level(row: Mapping[str, Any], values: Mapping[int, float], tolerance: float) -> _Judged:
    target, base = _number(row.get("target_2025")), _number(row.get("baseline_2020"))
    assert target is not None
    operator = str(row.get("operator") or ">=")
    compared = base is not None and _number(row.get("comparable")) != 0
    last = max(values, default=None)
    if last is None:
        return _Judged("grey", Text("", ""))
    value, left = values[last], TARGET_YEAR - last
    if not compared or base is None:
        light, rule = _against(row, value, target, target, abs(target), tolerance, "目标", "the target")
        if light != "green" and last < TARGET_YEAR:
            light, rule = "grey", Text("基数缺或不可比，无直线；未达目标，未到目标年", "no comparable baseline, so no straight line; the target is not met, its year not reached")  # fmt: skip
        return _Judged(light, rule)
    ahead = _short(operator, base, target, target) > 0  # there is a way to go
    line = base + (target - base) * (last - BASE_YEAR) / SPAN if ahead else target
    scale = abs(target - base) if ahead else abs(target)
    named = Text(f" {last} 年直线值 {line:.6g}", f"the straight line in {last}, {line:.6g}") if ahead else Text(f"目标 {target:.6g}", f"the target {target:.6g}")  # fmt: skip
    light, rule = _against(row, value, line, target, scale, tolerance, *named)
    met = _short(operator, value, target, target) <= _DUST * max(abs(target), abs(base))
    return _Judged(
        light, rule,
        progress=(value - base) / (target - base) if ahead else None,
        pace=(value - base) / (last - BASE_YEAR),
        required=0.0 if met else (target - value) / left if left else None,
        forecast=_line({BASE_YEAR: base, **values}),
    )  # fmt: skip


def _of_sum(row: Mapping[str, Any], values: Mapping[int, float], tolerance: float) -> _Judged:
    target = _number(row.get("target_2025"))
    assert target is not None
    last = max(values, default=None)
    if last is None:
        return _Judged("grey", Text("", ""))
    total = sum(values.values())
    missing = [y for y in range(BASE_YEAR + 1, last + 1) if y not in values]
    if missing:
        return _Judged("grey", _lacks(missing))
    count, left = len(values), TARGET_YEAR - last
    line = target * (last - BASE_YEAR) / SPAN
    named = Text(f" {last} 年应累计 {line:.6g}", f"the sum due by {last}, {line:.6g}")
    light, rule = _against(row, total, line, target, abs(target), tolerance, *named)
    return _Judged(
        light, rule, progress=total / target if target else None, pace=total / count,
        required=max(0.0, target - total) / left if left else None if total < target else 0.0,
        forecast=total / count * SPAN if count > 1 else None,
    )  # fmt: skip


def _of_rate(row: Mapping[str, Any], values: Mapping[int, float], tolerance: float) -> _Judged:
    target = _number(row.get("target_2025"))
    assert target is not None
    last = max(values, default=None)
    if last is None:
        return _Judged("grey", Text("", ""))
    missing = [y for y in range(BASE_YEAR + 1, last + 1) if y not in values]
    if missing:
        return _Judged("grey", _lacks(missing))
    total, count, left = sum(values.values()), len(values), TARGET_YEAR - last
    mean = total / count
    named = Text(f"目标 {target:.6g}（{YEARS[0]} 年以来的平均）", f"the target {target:.6g} (mean since {YEARS[0]})")
    light, rule = _against(row, mean, target, target, abs(target), tolerance, *named)
    return _Judged(
        light, rule, required=(target * SPAN - total) / left if left else None, forecast=mean if count > 1 else None
    )


def _lacks(missing: Sequence[int]) -> Text:
    return Text(f"缺 {'、'.join(map(str, missing))} 年的数，不能累计或平均", f"the numbers of {', '.join(map(str, missing))} are missing: no sum, no mean")  # fmt: skip


def _short(operator: str, value: float, line: float, target: float) -> float:
    """Return by how much a value is short of the line, in the direction of the operator; at most 0 where it is not."""
    if operator == "<=":
        return value - line
    if operator == "=":
        return abs(value - target) - abs(line - target)
    return line - value


def _against(
    row: Mapping[str, Any], value: float, line: float, target: float, scale: float, tolerance: float, zh: str, en: str
) -> tuple[str, Text]:
    """Return the light of a value against the line, and its rule in words."""
    operator = str(row.get("operator") or ">=")
    dust = _DUST * max(abs(target), scale)
    binding = row.get("kind") == BINDING
    if _short(operator, value, target, target) <= dust:
        return "green", Text(f"{value:.6g}，已达目标 {target:.6g}", f"{value:.6g}: the target {target:.6g} is met")
    short = _short(operator, value, line, target)
    if short <= dust:
        return "green", Text(f"{value:.6g}，不落后于{zh}", f"{value:.6g}: not behind {en}")
    if binding:
        return "red", Text(f"{value:.6g}，落后于{zh}；约束性，不设容差", f"{value:.6g}: behind {en}; binding, no tolerance")  # fmt: skip
    share = short / scale if scale else np.inf
    much = f"{share:.1%}" if np.isfinite(share) else "—"
    inside = short <= tolerance * scale + dust
    told = ("在容差", "within") if inside else ("超过容差", "beyond")
    return "amber" if inside else "red", Text(
        f"{value:.6g}，落后于{zh}，差 {much}，{told[0]} {tolerance:.0%} {'内' if inside else ''}".rstrip(),
        f"{value:.6g}: {much} behind {en}, {told[1]} the tolerance of {tolerance:.0%}",
    )


def _line(values: Mapping[int, float]) -> float | None:
    """Return where a least squares line through the values is in the year of the target; None of fewer than two."""
    if len(values) < 2:
        return None
    years, numbers = np.array(list(values), float), np.array(list(values.values()), float)
    apart = years - years.mean()
    slope = float((apart * (numbers - numbers.mean())).sum() / (apart**2).sum())
    return float(numbers.mean()) + slope * (TARGET_YEAR - float(years.mean()))


def _number(value: Any) -> float | None:
    """Return a number of a table, None where there is none."""
    found = pd.to_numeric(value, errors="coerce") if value is not None else np.nan
    return None if pd.isna(found) else float(found)
