"""What a workspace says of its plan, as constraints: targets, layers of facilities, projects, classes, people."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pandas as pd

from geo.consistency.exact import Quantity
from geo.consistency.expression import Linear, plain
from geo.consistency.sentence import Sentence, natural, read
from geo.demand import parameters
from geo.errors import InputError
from geo.monitor import BASE_YEAR, TARGET_YEAR
from geo.services import SERVICES, STAGES
from geo.text import Text, several
from geo.workspace import Workspace

__all__ = ["Plan", "plan_of"]

OPERATORS = {">=": ">=", "<=": "<=", "=": "=", "==": "="}
RELATIONS = {">=": Text("不低于", "is at least"), "<=": Text("不高于", "is at most"), "=": Text("为", "is")}
WHEN = {BASE_YEAR: Text("基数", "baseline"), TARGET_YEAR: Text("目标", "target")}
FIGURE = re.compile(r"[-+]?\d+(\.\d+)?")
SHARES = re.compile(r"比重|占比|比例|覆盖率|\bshare\b", re.IGNORECASE)
"""Names of indicators in % that are parts of a whole; a rate of growth is none."""
TOTALS = frozenset({"合计", "总计", "总数", "total"})
CLASS = "class size of the plan"
"""Value of ``what`` in standards.csv."""
COUNTED = {"schools": Text("学校", "schools"), "clinics": Text("医疗机构", "medical institutions")}
BUILT = frozenset({"school", "health"})
"""Kinds of projects that bring a school or a clinic."""
CIRCULAR = Text(
    "居民数由学位反推，再与学位比较是循环论证，不参与判断",
    "the residents were inferred from the seats: comparing them with the seats would go in a circle, so it takes no part",
)
PARTIAL = Text(
    "图层只收录一部分（workspace.toml [incomplete]），合计不参与判断",
    "the layer holds only part of what there is (workspace.toml [incomplete]), so its total takes no part",
)


@dataclass
class Plan:
    """The sentences of a plan; what is counted, whole and bounded in it; what holds by definition.

    Examples
    --------
    >>> from geo.examples import town
    >>> [s.id for s in plan_of(town().workspace).sentences]
    []
    """

    sentences: list[Sentence] = field(default_factory=list)
    quantities: dict[str, Quantity] = field(default_factory=dict)
    always: list[Linear] = field(default_factory=list)

    def says(
        self, name: str, kind: str, terms: Mapping[str, int | Fraction], relation: str, bound: Fraction | int, zh: str, en: str, **told: Any
    ) -> None:  # fmt: skip
        """Add a sentence."""
        self.sentences.append(Sentence(name, kind, _linear(terms, relation, bound), Text(zh, en), **told))

    def bounds(self) -> list[Quantity]:
        """Return the natural bounds of all quantities: those that are known here, else what the name tells."""
        names = dict.fromkeys(n for row in (*(s.linear for s in self.sentences), *self.always) for n in row.names)
        return [self.quantities.get(name) or natural(name) for name in names]


def plan_of(workspace: Workspace) -> Plan:
    """Return the sentences of a workspace's plan as constraints; a place without targets and constraints has none.

    Raises
    ------
    InputError
        If constraints.csv cannot be read, with row and field.

    Examples
    --------
    >>> import dataclasses
    >>> from geo.examples import town
    >>> targets = pd.DataFrame({"indicator_id": ["A"], "name": ["学位"], "service": ["primary"], "unit": ["个"],
    ...     "baseline_2020": ["540"], "target_2025": ["720"], "operator": [">="], "clause": ["表1"]})
    >>> found = plan_of(dataclasses.replace(town().workspace, targets=targets))
    >>> [str(s.linear) for s in found.sentences if s.kind == "target"]
    ['seats_primary_2020 = 540', 'seats_primary_2025 >= 720']
    """
    own, findings = read(workspace.constraints)
    wrong = [f for f in findings if f.level == "error"]
    if wrong:
        raise InputError(wrong)
    plan = Plan()
    if len(workspace.targets) or own:
        stages = _targets(plan, workspace.targets)
        for layer, words in COUNTED.items():
            _layer(plan, workspace, layer, words)
        _classes(plan, workspace)
        _projects(plan, workspace)
        _people(plan, workspace, stages)
    plan.sentences += own
    return plan


def _linear(terms: Mapping[str, int | Fraction], relation: str, bound: Fraction | int) -> Linear:
    factors = tuple((name, Fraction(factor)) for name, factor in terms.items())
    return Linear(factors, OPERATORS[relation], Fraction(bound))  # type: ignore[arg-type]  # the values are relations


def _targets(plan: Plan, targets: pd.DataFrame) -> set[str]:
    """Add baselines and targets; return the stages whose seats have a target."""
    names: dict[tuple[str, str], str] = {}
    parts: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    stages = set()
    for row in targets.to_dict("records"):
        told = {str(k): "" if pd.isna(v) else str(v).strip() for k, v in row.items()}
        name = told.get("name", "")
        key = (name, told.get("sub_item", ""))
        quantity = names.setdefault(key, _quantity(told, len(names)))
        label, english = f"{name}", told.get("name_en") or name
        unit, unit_en = told.get("unit", ""), told.get("unit_en") or told.get("unit", "")
        origin = {k: told.get(k, "") for k in ("clause", "source_id")} | {"basis": told.get("basis") or "sourced"}
        thing = told.get("indicator_id") or quantity
        for year, column in ((BASE_YEAR, "baseline_2020"), (TARGET_YEAR, "target_2025")):
            figure, least = _figure(told.get(column, ""))
            if figure is None or (year == TARGET_YEAR and told.get("operator") == "task"):
                continue
            relation = OPERATORS.get(told.get("operator", ""), ">=") if year == TARGET_YEAR else ">=" if least else "="
            said, when = RELATIONS[relation], WHEN[year]
            zh = f"{label}：{year}年{when.zh}{said.zh} {plain(figure)} {unit}"
            en = f"{english}: {when.en} of {year} {said.en} {plain(figure)} {unit_en}"
            measured = f"{quantity}_{year}"
            plan.says(f"{thing}:{year}", "target", {measured: 1}, relation, figure, zh.strip(), en.strip(), cited=("target", thing), **origin)  # fmt: skip
            roof = Fraction(100) if "%" in unit and SHARES.search(f"{name} {english}") else None
            floor = Fraction(0) if "%" not in unit or roof is not None else None
            if natural(measured).whole or quantity.startswith("seats_"):
                plan.quantities.pop(measured, None)
            else:
                floor = None if figure < 0 else floor
                plan.quantities[measured] = Quantity(measured, low=floor, high=roof)
            if year == TARGET_YEAR and told.get("service") in STAGES:
                stages.add(told["service"])
            if told.get("number"):
                parts[f"{told['number']}_{year}_{unit}"].append((measured, told.get("sub_item", "").lower() in TOTALS))
    for group, members in parts.items():
        totals = [m for m, is_total in members if is_total]
        others = dict.fromkeys(m for m, is_total in members if not is_total)
        if len(totals) == 1 and others:
            number, at = group.split("_")[:2]
            zh = f"第{number}项{at}年的合计等于各分项之和"
            en = f"the total of indicator {number} in {at} is the sum of its items"
            plan.says(f"total-{number}:{at}", "total", {totals[0]: 1, **dict.fromkeys(others, -1)}, "=", 0, zh, en)
    return stages


def _quantity(told: Mapping[str, str], at: int) -> str:
    """Return the name of what a row of targets measures, without its year."""
    if told.get("quantity"):
        return told["quantity"]
    if told.get("service") in STAGES:
        return f"seats_{told['service']}"
    thing = _token(told.get("indicator_id", "") or f"row_{at + 1}")
    return f"target_{thing}" if not thing[0].isalpha() else thing


def _figure(text: str) -> tuple[Fraction | None, bool]:
    """Return the number of a cell, exact as printed, and whether it says 以上 (at least)."""
    bare = text.replace(",", "").removesuffix("%")
    least = bare.endswith("以上")
    bare = bare.removesuffix("以上").removesuffix("%")
    return (Fraction(bare), least) if FIGURE.fullmatch(bare) else (None, False)


def _layer(plan: Plan, workspace: Workspace, layer: str, words: Text) -> None:
    """Add how many facilities the layer holds in the base and in the target year, how many come between, and their seats."""
    frame = workspace.layer(layer)
    if frame.empty or "status" not in frame:
        return
    opened = (
        pd.to_numeric(frame["open_year"], errors="coerce")
        if "open_year" in frame
        else pd.Series(float("nan"), frame.index)
    )
    there = frame["status"] == "existing"
    kept = frame["status"].isin(["existing", "planned"])
    base = there & ~(opened > BASE_YEAR)
    new = kept & ~base & ~(opened > TARGET_YEAR) & (opened.notna() | ~there)
    sure = new & opened.notna()
    told: dict[str, Any] = {
        "basis": _weakest(frame[kept]),
        "source_id": "; ".join(sorted({s for v in frame[kept].get("source_id", ()) for s in several(v)})),
    }
    if layer in workspace.parameters.get("incomplete", {}).get("layers", ()):
        told["why_not"] = PARTIAL
    late = int((new & ~sure).sum())
    counts = {
        f"{layer}_{BASE_YEAR}": int(base.sum()),
        f"new_{layer}": int(sure.sum()),
        f"{layer}_{TARGET_YEAR}": int((base | sure).sum()),
    }
    said = (
        (f"{BASE_YEAR}年现有", f"{BASE_YEAR + 1}至{TARGET_YEAR}年新增", f"{TARGET_YEAR}年合计"),
        (f"existing in {BASE_YEAR}", f"new from {BASE_YEAR + 1} to {TARGET_YEAR}", f"in {TARGET_YEAR} together"),
    )
    unknown = f"facilities_undated_{layer}"
    if late:
        plan.quantities[unknown] = Quantity(unknown, whole=True, high=Fraction(late))
    for (name, number), zh, en in zip(counts.items(), *said, strict=True):
        open_ended = late and not name.endswith(str(BASE_YEAR))
        terms = {name: 1, **({unknown: -1} if open_ended else {})}
        more = (f"（另有{late}个年份不详）", f" (and {late} of unknown year)") if open_ended else ("", "")
        plan.says(f"layer-{name}", "layer", terms, "=", number, f"{words.zh}图层：{zh} {number} 个{more[0]}", f"layer of {words.en}: {number} {en}{more[1]}", **told)  # fmt: skip
    plan.says(
        f"balance-{layer}", "balance", {f"{layer}_{TARGET_YEAR}": 1, f"{layer}_{BASE_YEAR}": -1, f"new_{layer}": -1}, "=", 0,
        f"{TARGET_YEAR}年{words.zh}数 = {BASE_YEAR}年数 + 其间新增（规划未说撤并）",
        f"{words.en} of {TARGET_YEAR} = those of {BASE_YEAR} + the new ones (the plan speaks of no closing)",
    )  # fmt: skip
    for stage in STAGES if layer == "schools" else ():
        if f"seats_{stage}" in frame:
            seats = pd.to_numeric(frame[f"seats_{stage}"], errors="coerce")
            _seats(plan, stage, seats, {BASE_YEAR: (base, base), TARGET_YEAR: (base | sure, base | new)}, told)


def _seats(
    plan: Plan, stage: str, seats: pd.Series, of: Mapping[int, tuple[pd.Series, pd.Series]], told: dict[str, Any]
) -> None:
    """Add the seats of a stage: the sum where all are known, at least the sum where some are not."""
    if not seats.notna().any():
        return
    words = SERVICES[stage]
    for year, (sure, possible) in of.items():
        total = sum((Fraction(str(v)) for v in seats[sure].dropna()), Fraction(0))
        known = not seats[possible].isna().any() and bool((sure == possible).all())
        more = (
            ("", "") if known else ("以上（部分学校学位或年份不详）", " or more (seats or years of some are unknown)")
        )
        plan.says(
            f"layer-seats_{stage}_{year}", "layer", {f"seats_{stage}_{year}": 1}, "=" if known else ">=", total,
            f"学校图层：{words.name_zh}学位{year}年合计 {plain(total)} 个{more[0]}",
            f"layer of schools: {plain(total)} {words.name_en.lower()} seats in {year}{more[1]}", **told,
        )  # fmt: skip


def _weakest(frame: pd.DataFrame) -> str:
    order = ("measured", "sourced", "derived", "estimated", "assumed")
    seen = {str(b) for b in frame.get("basis", ())}
    return next((b for b in reversed(order) if b in seen), "assumed")


def _classes(plan: Plan, workspace: Workspace) -> None:
    """Add that seats are whole classes, where the place's own standards print the plan's class size."""
    rules = workspace.standards
    if not {"what", "service", "class_size", "source_id"} <= set(rules.columns):
        return
    for row in rules[rules["what"] == CLASS].to_dict("records"):
        size, stage = row["class_size"], str(row["service"])
        if pd.isna(size) or stage not in STAGES or not set(several(row["source_id"])) & set(workspace.sources):
            continue
        pupils = Fraction(str(size))
        for year in (BASE_YEAR, TARGET_YEAR):
            plan.says(
                f"classes-{stage}:{year}", "class", {f"seats_{stage}_{year}": 1, f"classes_{stage}_{year}": -pupils}, "=", 0,
                f"{SERVICES[stage].name_zh}学位{year}年为整班，每班 {plain(pupils)} 人",
                f"{SERVICES[stage].name_en} seats of {year} are whole classes of {plain(pupils)}",
                clause=str(row.get("clause") or ""), basis=str(row.get("basis") or "derived"), source_id=str(row["source_id"]),
            )  # fmt: skip


def _projects(plan: Plan, workspace: Workspace) -> None:
    """Add which facility each project builds, and when it opens: once each, in one year, within the plan's time."""
    frame = workspace.projects
    if frame.empty or "project_id" not in frame or not len(workspace.targets):
        return
    builders: dict[str, list[str]] = defaultdict(list)
    dated = set()
    for row in pd.DataFrame(frame.drop(columns="geometry", errors="ignore")).to_dict("records"):
        thing = str(row["project_id"])
        name, english = (str(row.get(c) or row.get("name") or thing) for c in ("name", "name_en"))
        told: dict[str, Any] = {
            "clause": _said(row, "clause"),
            "basis": _said(row, "basis") or "assumed",
            "source_id": _said(row, "source_id"),
            "cited": ("project", thing),
        }
        facility = _said(row, "facility_id")
        token = _token(facility or thing)
        if facility and str(row.get("kind")) in BUILT:
            builds = f"projects_{_token(thing)}_building_{token}"
            builders[facility].append(builds)
            plan.quantities[builds] = Quantity(builds, whole=True, high=Fraction(1))
            plan.says(f"{thing}:builds", "project", {builds: 1}, "=", 1, f"项目“{name}”建设设施 {facility}", f"project '{english}' builds facility {facility}", **told)  # fmt: skip
        for year in _year(row):
            dated.add(facility)
            plan.says(f"{thing}:opens", "project", {f"opens_{token}": 1}, "=", year, f"项目“{name}”{year}年投用", f"project '{english}' opens in {year}", **told)  # fmt: skip
            plan.says(f"{thing}:horizon", "horizon", {f"opens_{token}": 1}, "<=", TARGET_YEAR, f"规划期至{TARGET_YEAR}年：列入规划的“{name}”在期内投用", f"the plan ends in {TARGET_YEAR}: '{english}', which it lists, opens by then", clause=told["clause"])  # fmt: skip
    plan.always += [_linear(dict.fromkeys(several_builds, 1), "<=", 1) for several_builds in builders.values() if len(several_builds) > 1]  # fmt: skip
    for layer in COUNTED:
        for row in pd.DataFrame(workspace.layer(layer).drop(columns="geometry", errors="ignore")).to_dict("records"):
            facility = _said(row, "facility_id")
            for year in _year(row) if facility in dated and facility else ():
                plan.says(
                    f"{facility}:opens", "layer", {f"opens_{_token(facility)}": 1}, "=", year,
                    f"设施图层：{facility} {row.get('name_zh', '')} {year}年开放", f"layer of {COUNTED[layer].en}: {facility} {row.get('name_en') or row.get('name_zh', '')} opens in {year}",
                    basis=_said(row, "basis") or "assumed", source_id=_said(row, "source_id"),
                )  # fmt: skip


def _token(thing: str) -> str:
    """Return an id as part of a name of a quantity."""
    return re.sub(r"\W", "_", thing)


def _said(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column)
    return value.strip() if isinstance(value, str) else ""


def _year(row: Mapping[str, Any]) -> Iterator[int]:
    """Yield the opening year of a row, if it tells one."""
    value = pd.to_numeric(row.get("open_year"), errors="coerce")
    if pd.notna(value):
        yield int(value)


def _people(plan: Plan, workspace: Workspace, stages: set[str]) -> None:
    """Add the residents, and that a stage with a target has seats for its pupils by the shares of the ages."""
    cells, told = (
        workspace.cells,
        {
            "basis": _weakest(workspace.cells),
            "source_id": "; ".join(
                sorted(
                    {
                        s
                        for v in pd.Series(workspace.cells.get("source_id", ()), dtype=object).unique()
                        for s in several(v)
                    }
                )
            ),
        },
    )
    circular = str(workspace.parameters.get("population", {}).get("inferred_from", "")) == "seats"
    numbers = parameters(workspace.parameters)
    for year in workspace.people_years:
        total = Fraction(round(float(cells[f"people_{year}"].sum())))
        plan.says(f"layer-people_{year}", "people", {f"people_{year}": 1}, "=", total, f"人口格网：{year}年 {plain(total)} 人", f"cells of residents: {plain(total)} people in {year}", **told)  # fmt: skip
        for stage in (s for s in STAGES if year == TARGET_YEAR and s in stages):
            share, enrolment = numbers.at("share", stage), numbers.at("enrolment", stage, year)
            rate = Fraction(str(share.value)) * Fraction(str(round(enrolment.value, 9)))
            plan.says(
                f"demand-{stage}:{year}", "demand", {f"seats_{stage}_{year}": 1, f"people_{year}": -rate}, ">=", 0,
                f"{SERVICES[stage].name_zh}学位{year}年不少于人口 × {share.value:g} × 入学率 {enrolment.value:g}",
                f"{SERVICES[stage].name_en} seats of {year} are at least the people × {share.value:g} × enrolment {enrolment.value:g}",
                clause=share.clause, basis=share.basis, source_id=share.source, why_not=CIRCULAR if circular else Text("", ""),
            )  # fmt: skip
