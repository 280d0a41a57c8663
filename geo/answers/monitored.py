"""How far is the plan this year: every indicator with its light, what the map itself counts beside it, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from geo.answers.base import Answer, answered, basis_of, source_ids
from geo.case import facilities
from geo.monitor import BINDING, LIGHTS, TARGET_YEAR, TOLERANCE, Actual, newest, pace_table
from geo.services import SERVICES, STAGES
from geo.text import Text
from geo.workspace import Workspace, with_leaf_zone

__all__ = ["computed", "monitored"]

COUNTED = {"各类学校数": "schools", "医疗机构数量": "clinics"}
"""Sub-items of the plan that are numbers of facilities → the layer that is counted."""
SAME = 0.5
"""Counts and seats that differ by less are the same."""


def monitored(
    workspace: Workspace, actuals: Iterable[Actual], year: int | None = None, *, tolerance: float = TOLERANCE
) -> Answer:
    """Return how far every indicator is in a year, against what was entered and against the map.

    Parameters
    ----------
    workspace
        The place; under a scenario, what ``geo.scenario.apply`` returns: what the map counts follows it.
    actuals
        What was entered, in any order.
    year
        2021 to 2025; the last one that anything was entered for where not given, else 2025.
    tolerance
        As of ``geo.monitor.pace_table``.

    Returns
    -------
    answer
        Tables ``targets`` (as ``pace_table``; ``computed`` by the map, its ``computed_basis`` and words, ``difference``
        of what was entered for the year from it, ``differs``; ``who`` entered the number and when (``made``), ``source``, ``entry_note``),
        ``summary`` (lights by ``kind`` and ``category``, binding first), ``alerts`` (``what``: red, missing, differs,
        task; in words), ``actuals`` (what holds, with who and when).

    Examples
    --------
    >>> import dataclasses
    >>> from geo.examples import town
    >>> plan = pd.DataFrame({"indicator_id": ["A"], "name": ["小学学位"], "baseline_2020": [300.0], "target_2025": [600.0],
    ...     "kind": ["预期性"], "operator": [">="], "comparable": [1], "service": ["primary"]})
    >>> place = dataclasses.replace(town().workspace, targets=plan)
    >>> row = monitored(place, [Actual("A", 2023, 500.0)])["targets"].iloc[0]
    >>> row["light"], float(row["required"]), float(row["computed"]), bool(row["differs"])
    ('green', 50.0, 540.0, True)
    """
    held = newest(actuals)
    asked = year or max((y for _, y in held), default=TARGET_YEAR)
    targets = pace_table(workspace.targets, held.values(), asked, tolerance=tolerance)
    targets = _signed(targets, held, asked)
    found = computed(workspace, asked)
    targets["computed"] = [found.get(str(i), (None,))[0] for i in targets.get("indicator_id", ())]
    targets["computed"] = targets["computed"].astype(float)
    for at, name in ((1, "computed_basis"), (2, "computed_zh"), (3, "computed_en")):
        targets[name] = [found.get(str(i), ("",) * 4)[at] for i in targets.get("indicator_id", ())]
    there = (targets["actual_year"] == asked).fillna(False) & targets["computed"].notna()
    targets["difference"] = (targets["actual"] - targets["computed"]).where(there)
    targets["differs"] = there & ((targets["actual"] - targets["computed"]).abs() >= SAME)
    return answered(
        workspace,
        "monitored",
        Text(f"规划实施评估（{asked} 年）", f"How far the plan is in {asked}"),
        {"summary": _summary(targets), "targets": targets, "alerts": _alerts(targets, asked), "actuals": _entered(held.values())},
        method=Text(
            "直线：2020 基数至 2025 目标；约束性须达到直线，不设容差；预期性落后全程的容差以内为黄灯；五年累计按合计，增长率按平均；"
            "当年无数据为灰灯，往年的数不沿用；2025 预测为基数与各年实际值的最小二乘直线。直线、容差、预测为本工具的规则，非标准条文",
            "straight line from the baseline of 2020 to the target of 2025; binding ones must be on it, expected ones are amber within the "
            "tolerance; five-year sums by their sum, rates by their mean; grey without a number of the year, none is carried over; forecast by "
            "least squares through baseline and actuals. Line, tolerance and forecast are this tool's rules, no standard's",
        ),
        parameters={"year": asked, "tolerance": tolerance},
        basis=basis_of(targets) if "basis" in targets else "sourced",
        sources=source_ids(targets),
    )  # fmt: skip


def computed(workspace: Workspace, year: int) -> dict[str, tuple[float | None, str, str, str]]:
    """Return by indicator what the map counts in a year: the number, its basis, how in Chinese and in English.

    Seats of a stage and numbers of schools and clinics that stand in a zone and are open. The number is None where one
    school's seats are unknown; the words then tell the known sum.

    Examples
    --------
    >>> import dataclasses
    >>> from geo.examples import town
    >>> plan = pd.DataFrame({"indicator_id": ["A"], "service": ["primary"]})
    >>> computed(dataclasses.replace(town().workspace, targets=plan), 2025)["A"][:2]
    (540.0, 'assumed')
    """
    told: dict[str, tuple[float | None, str, str, str]] = {}
    if "indicator_id" not in workspace.targets:
        return told
    for row in workspace.targets.to_dict("records"):
        stage, layer = row.get("service"), COUNTED.get(str(row.get("sub_item")))
        if stage in STAGES:
            told[str(row["indicator_id"])] = _seats(workspace, str(stage), year)
        elif layer is not None:
            told[str(row["indicator_id"])] = _number_of(workspace, layer, year)
    return told


def _seats(workspace: Workspace, stage: str, year: int) -> tuple[float | None, str, str, str]:
    inside = _inside(workspace, stage, year)
    unknown, known = int(inside["seats"].isna().sum()), float(inside["seats"].sum())
    more = (
        (f"；另 {unknown} 所学位未知，合计不详", f"; {unknown} more of unknown size, so no sum")
        if unknown
        else ("", "")
    )
    classes = _classes(inside, stage)
    return (
        None if unknown else known, basis_of(inside) if len(inside) else "derived",
        f"图上 {year} 年片区内 {len(inside)} 所，已知 {known:,.0f} 席{classes.zh}{more[0]}",
        f"the map has {len(inside)} in the zones in {year}, {known:,.0f} seats known{classes.en}{more[1]}",
    )  # fmt: skip


def _classes(inside: pd.DataFrame, stage: str) -> Text:
    """Return the classes of a stage in words, where the workspace's layer of schools has a column of them."""
    name = f"classes_{stage}"
    number = pd.to_numeric(inside[name], errors="coerce") if name in inside else pd.Series(dtype=float)
    if not number.notna().any():
        return Text("", "")
    lacking = int(number.isna().sum())
    less = (f"（{lacking} 所班数未知）", f" ({lacking} of unknown classes)") if lacking else ("", "")
    return Text(f"、{number.sum():,.0f} 班{less[0]}", f", {number.sum():,.0f} classes{less[1]}")


def _number_of(workspace: Workspace, layer: str, year: int) -> tuple[float | None, str, str, str]:
    parts = {one: _inside(workspace, key, year) for key, one in SERVICES.items() if one.layer == layer}
    rows = pd.concat(parts.values()) if parts else pd.DataFrame()
    rows = rows[~rows.index.duplicated()]
    count = len(rows)
    each = [(one, len(part)) for one, part in parts.items() if len(part)]
    zh, en = "、".join(f"{one.name_zh} {n}" for one, n in each), ", ".join(f"{one.name_en} {n}" for one, n in each)
    twice = sum(n for _, n in each) > count
    return (
        float(count), basis_of(rows) if count else "derived",
        f"图上 {year} 年片区内 {count} 处" + (f"（{zh}{'；一校多学段的各学段都计' if twice else ''}）" if zh else ""),
        f"the map has {count} in the zones in {year}" + (f" ({en}{'; a school of several stages in each' if twice else ''})" if en else ""),
    )  # fmt: skip


def _inside(workspace: Workspace, service: str, year: int) -> pd.DataFrame:
    found = facilities(workspace, service, year)
    return pd.DataFrame(found[with_leaf_zone(found, workspace.zones)["zone_id"].notna()].drop(columns="geometry"))


def _signed(targets: pd.DataFrame, held: Mapping[tuple[str, int], Actual], asked: int) -> pd.DataFrame:
    """Return the targets with who entered the number or the state that is judged, when, from where."""
    said = [
        held.get((str(row.get("indicator_id")), asked if pd.isna(row["actual_year"]) else int(row["actual_year"])))
        for row in targets.to_dict("records")
    ]
    told = {"who": "who", "made": "made", "source": "source", "entry_note": "note"}
    return targets.assign(**{c: [getattr(one, of) if one else "" for one in said] for c, of in told.items()})


def _summary(targets: pd.DataFrame) -> pd.DataFrame:
    """Return how many rows have which light, by kind (binding first) and category in the order of the plan."""
    groups = [c for c in ("kind", "category") if c in targets]
    keyed = targets.assign(**{c: targets[c].fillna("") for c in groups})
    rows = []
    for key, part in keyed.groupby(groups, sort=False) if groups else [((), keyed)]:
        counts = {light: int((part["light"] == light).sum()) for light in LIGHTS}
        rows.append({**dict(zip(groups, key, strict=True)), "rows": len(part), **counts})
    table = pd.DataFrame(rows, columns=[*groups, "rows", *LIGHTS])
    return (
        table.sort_values("kind", key=lambda k: k != BINDING, kind="stable", ignore_index=True)
        if "kind" in groups
        else table
    )


def _alerts(targets: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return what needs somebody: binding first, then red lights, differences from the map, tasks and numbers not given."""
    rows = []
    for row in targets.to_dict("records"):
        key = {"indicator_id": row.get("indicator_id"), "name": row.get("name"), "kind": row.get("kind")}
        if "name_en" in row:
            key["name_en"] = row["name_en"]
        if row["light"] == "red":
            rows.append({**key, "what": "red", "text_zh": row["rule_zh"], "text_en": row["rule_en"]})
        if row["differs"]:
            rows.append({
                **key, "what": "differs", "text_zh": f"填报 {row['actual']:,.6g}；{row['computed_zh']}",
                "text_en": f"{row['actual']:,.6g} was entered; {row['computed_en']}",
            })  # fmt: skip
        task, binding = row["measure"] == "task", row.get("kind") == BINDING
        if task and not row["state"]:
            rows.append(
                {
                    **key,
                    "what": "task",
                    "text_zh": f"{'约束性' if binding else ''}任务 {year} 年未填",
                    "text_en": f"{'binding ' if binding else ''}task: nothing said for {year}",
                }
            )
        elif row["light"] == "grey" and row["measure"] not in ("task", "none") and not _is(row["actual_year"], year):
            rows.append({**key, "what": "missing", "text_zh": row["rule_zh"], "text_en": row["rule_en"]})
    order = {"red": 1, "differs": 2, "task": 3, "missing": 4}
    rows.sort(key=lambda r: (r["kind"] != BINDING, order[r["what"]]))
    return pd.DataFrame(rows, columns=["indicator_id", "name", "name_en", "kind", "what", "text_zh", "text_en"])


def _entered(held: Iterable[Actual]) -> pd.DataFrame:
    columns = ["indicator_id", "year", "value", "state", "source", "note", "who", "made"]
    rows = [{c: getattr(one, c) for c in columns} for one in sorted(held, key=lambda a: (a.indicator_id, a.year))]
    return pd.DataFrame(rows, columns=columns).astype({"value": float})


def _is(one: object, year: int) -> bool:
    return not pd.isna(one) and one == year
