"""What to measure next: which number, if it were known before deciding, would change the decision most."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.answers.base import Answer, answered, source_ids, title, with_degrees
from geo.answers.candidates import candidate_sites, rule_words
from geo.answers.known import no_data_words
from geo.answers.places import check_count
from geo.case import Case
from geo.errors import InfeasibleError, InputError
from geo.network import Pairs
from geo.progress import Progress
from geo.siting.candidates import usable
from geo.siting.contenders import contenders, newly_served
from geo.text import Text
from geo.uncertainty import Uncertain, Uncertainties, Worlds, crossed, farthest, worlds
from geo.uncertainty.value import NOTHING, SURE, Decided, Worth, best_on_average, worth_of_knowing
from geo.workspace import basis_of

__all__ = ["ASK", "VALUES", "value"]

SEARCHED = 40
"""Draws of whose best plans the decision is made."""
VALUES, INNER = 150, 25
"""Values that each input takes, and how many times the others are drawn at each of them."""
UNITS = {"pupils": Text("名学生", "pupils"), "people": Text("人", "people")}
ASK = {
    "people:total": Text("公安实有人口或街道、社区人口台账，统计部门人口普查和年度公报", "the police's resident register or the ledgers of subdistricts and communities; the census and yearly bulletins of the statistics office"),
    "people:zones": Text("街道、社区人口台账（分街道、分社区）", "the ledgers of subdistricts and communities, by subdistrict and community"),
    "people:cells": Text("公安实有人口或社区台账到楼栋、小区，不动产登记的住房", "the police's resident register or community ledgers by building and compound; dwellings of the property register"),
    "share": Text("教体局学籍数据，普查分年龄人口", "enrolment records of the education bureau; the census by year of age"),
    "age_share": Text("普查或公安登记的分年龄人口", "residents by year of age, from the census or the police's register"),
    "enrolment": Text("教体局学籍与招生数据", "enrolment and admission records of the education bureau"),
    "ratio_low": Text("教体局、自然资源局的千人指标依据，学籍数据", "what the bureaus of education and of natural resources rest the ratio on; enrolment records"),
    "ratio_high": Text("教体局、自然资源局的千人指标依据，学籍数据", "what the bureaus of education and of natural resources rest the ratio on; enrolment records"),
    "births": Text("卫健委出生登记，统计部门出生人口", "birth registration of the health commission; births of the statistics office"),
    "position:schools": Text("教体局学校名录（带校址），测绘地形图", "the education bureau's list of schools with addresses; the surveyed topographic map"),
    "position:clinics": Text("卫健委医疗机构执业登记（带地址），测绘地形图", "the health commission's register of medical institutions with addresses; the surveyed topographic map"),
    "position:stops": Text("交通部门站点台账，测绘地形图", "the transport bureau's list of stops; the surveyed topographic map"),
    "position:facilities": Text("各主管部门设施台账，测绘地形图", "the lists of facilities of the bureaus in charge; the surveyed topographic map"),
    "streets:length": Text("自然资源局测绘地形图和道路中心线，现场核对步行通道", "the surveyed topographic map and street centre lines of the natural resources bureau; a check of walkways on site"),
    "speed": Text("现场步行调查", "a survey of walking on site"),
}  # fmt: skip
"""By input (or the part of its key before the colon) who usually has such data: general words, not found out for any one place."""


@dataclass(frozen=True, eq=False)
class _Choice:
    """The plans among which is decided, and what each newly serves."""

    pairs: Pairs
    inside: np.ndarray[Any, Any]
    plans: Sequence[tuple[int, ...]]

    def served(self, weight: np.ndarray[Any, Any], served: np.ndarray[Any, Any], limit: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:  # fmt: skip
        return newly_served(self.pairs, self.plans, weight[:, self.inside], served[:, self.inside], limit)


def value(
    case: Case, *, p: int, table: Uncertainties | None = None, draws: int = 1000, seed: int = 1, limit: float | None = None,
    values: int = VALUES, spacing: float = 200.0, origin: str = "streets", sites: gpd.GeoDataFrame | None = None,
    zones: Collection[str] = (), protection: bool = True, min_metres: float = 0.0, time_limit: float = 30.0,
    progress: Progress | None = None,
) -> Answer:  # fmt: skip
    """Return what knowing each input before siting ``p`` new places would be worth, in people or pupils newly served.

    Parameters
    ----------
    case
        The place, service and year asked about.
    p
        How many **new** sites.
    table
        What is not known and within which range; from the bases of the workspace where not given.
    draws, seed
        Draws in which the decision of now and perfect information are judged, and their seed.
    limit
        Walking distance [m]; the standard's radius where not given.
    values
        Values drawn of each input, 4 to 250; what the others are is drawn 25 times at each.
    spacing, origin, sites, zones, protection, min_metres
        Where a facility may stand: ``geo.answers.candidates.candidate_sites`` (``sites`` is its ``given``).
    time_limit
        Longest time to search for the plans that are compared [s].
    progress
        Told of each step; False stops with what there is: inputs not looked at say so.

    Returns
    -------
    answer
        Table ``inputs``: in the order in which to ask for real data, ``value`` [pupils or people] with its standard ``error``
        and the limits ``low`` and ``high``, ``share`` of perfect information, ``ask_zh`` / ``ask_en``: who has such data.
        ``rank`` is missing where the value does not stand out of its noise. ``summary``: ``perfect``, the decision in words;
        ``options``: the plans compared; ``sites``: those of the decision; ``ranges``: the table used.

    Raises
    ------
    InputError
        If service, year, ``p``, ``limit``, ``values`` or the candidates are not usable.
    InfeasibleError
        If everyone is served in every draw.

    Notes
    -----
    ``geo.uncertainty.value``: Raiffa & Schlaifer 1961, Jalal & Alarid-Escudero 2018. Compared are the plans that are best in the mean or in
    one of 40 draws, and building nothing: what more plans would add is not counted.

    Examples
    --------
    >>> from geo.examples import town
    >>> answer = value(town(), p=1, spacing=50, draws=100, values=10)
    >>> sorted(answer)
    ['inputs', 'options', 'ranges', 'sites', 'summary']
    >>> bool((answer["inputs"]["value"] <= answer["summary"]["perfect"].iloc[0]).all())
    True
    """
    check_count(p)
    if not 4 <= values <= 250:
        raise InputError(
            Text(f"每项取值数须在 4 与 250 之间，现为 {values}", f"values of an input must be 4 to 250, not {values}")
        )
    table = Uncertainties.of(case) if table is None else table
    everywhere = candidate_sites(
        case, origin=origin, spacing=spacing, given=sites, zones=zones, protection=protection, min_metres=min_metres
    )
    places = usable(everywhere)
    check_count(p, places)
    metres = case.standard.radius_m if limit is None else float(limit)
    asked: dict[str, Any] = {"limit": metres, "progress": progress}
    drawn = worlds(case, table, count=draws, seed=seed, **asked)
    search = worlds(case, table, count=SEARCHED, seed=seed + 1, **asked)
    room = max(float(drawn.limit.max()), float(search.limit.max()), farthest(case, table, seed=seed, limit=metres))
    choice = _choice(case, places, drawn, search, room, p, time_limit, progress)
    utility = choice.served(drawn.weight, drawn.served, drawn.limit)
    decided = best_on_average(utility)
    found: dict[str, Worth | None] = {}
    memo: dict[object, Any] = {}
    for row in table:
        found[row.key] = NOTHING
        if not _idle(row) and decided.perfect > 0:
            blocks = crossed(case, table, row.key, outer=values, inner=INNER, seed=seed, memo=memo, **asked)
            parts = [choice.served(b.weight, b.reach.served(b.limit), b.limit) for b in blocks]
            whole = np.concatenate(parts) if parts else np.empty((0, 1))
            taken = whole.reshape(-1, INNER, whole.shape[1])
            found[row.key] = worth_of_knowing(taken, utility.mean(axis=0)) if len(taken) > 1 else None
    inputs = _inputs(table, found, decided, drawn.unit)
    ranges = table.table()
    basis = basis_of(case.workspace.cells, case.workspace.streets, case.supply, ranges)
    chosen = places.iloc[list(choice.plans[decided.option])]
    kept = rule_words(case.service) if protection else Text("不计防护距离", "protection distances not kept")
    return answered(
        case,
        "value",
        title(case, "先查什么", "what to measure next"),
        {
            "summary": _summary(decided, inputs, len(choice.plans), len(drawn), p, drawn.unit).assign(basis=basis),
            "inputs": inputs,
            "options": _options(choice, places, utility).assign(basis=basis),
            "sites": with_degrees(_sites(chosen)).assign(basis=basis),
            "ranges": ranges,
        },
        method=Text(
            f"信息价值：在 {len(choice.plans)} 个方案中选平均新增服务最多者；某项若先弄清，可改选更好的方案，平均多服务的人数即其价值（Raiffa 与 Schlaifer 1961；两层抽样，Jalal 与 Alarid-Escudero 2018，每项 {values} × {INNER} 次，种子 {seed}）；备选点 {len(places)} 个（{kept.zh}）",
            f"value of information: of {len(choice.plans)} plans the one that newly serves most on average is chosen; were an input known first, a better one could be, and what that serves more on average is its value (Raiffa & Schlaifer 1961; two-level sampling, Jalal & Alarid-Escudero 2018, {values} × {INNER} draws an input, seed {seed}); {len(places)} candidates ({kept.en})",
        ),
        parameters={
            "service": case.service, "year": case.year, "p": p, "draws": len(drawn), "values": values, "inner": INNER, "seed": seed,
            "ranges": table.signature, "changed": table.told, "limit_m": metres, "spacing_m": spacing, "candidates": len(places), "origin": "given" if sites is not None else origin,
            "zones": list(zones), "protection": protection, "min_metres": min_metres, "unit": drawn.unit,
        },
        basis=basis,
        sources=source_ids(case.workspace.cells, case.workspace.streets, case.supply),
        notes=no_data_words(case),
    )  # fmt: skip


def _choice(
    case: Case, places: gpd.GeoDataFrame, drawn: Worlds, search: Worlds, room: float, p: int, time_limit: float, progress: Progress | None,
) -> _Choice:  # fmt: skip
    """Return the plans to be compared."""
    inside = case.workspace.cells.loc[drawn.cells, "zone_id"].notna().to_numpy()
    if (drawn.served[:, inside] | (drawn.weight[:, inside] <= 0)).all():
        raise InfeasibleError(
            Text(
                f"在全部 {len(drawn)} 个情形中都已覆盖，无需新增",
                f"everyone is served already in all {len(drawn)} draws",
            ),
            shortage=0.0,
        )
    pairs = case.workspace.network.pairs(case.snaps.loc[drawn.cells[inside]], places, limit=room)
    plans = contenders(
        pairs, search.weight[:, inside], search.served[:, inside], search.limit, p=p, time_limit=time_limit, progress=progress,
    )  # fmt: skip
    return _Choice(pairs, inside, plans)


def _idle(row: Uncertain) -> bool:
    """Return whether an input cannot change who is covered: known, or about seats, of which coverage asks nothing."""
    return row.known or row.key.startswith("seats:")


def _inputs(
    table: Uncertainties, found: dict[str, Worth | None], decided: Decided, unit: str
) -> pd.DataFrame:  # fmt: skip
    """Return the inputs in the order in which to ask for data, those that stand out of the noise ranked."""
    rows = []
    for row in table:
        worth = found[row.key]
        # What one input is worth cannot exceed what all are worth: a sample that says so is off by its noise.
        most = decided.perfect
        numbers = (
            dict.fromkeys(("value", "error", "low", "high"), np.nan)
            if worth is None
            else {"value": min(worth.value, most), "error": worth.error, "low": max(worth.low, 0.0), "high": max(worth.high, 0.0)}
        )  # fmt: skip
        told = worth is not None and worth.told
        numbers["share"] = numbers["value"] / most if most > 0 else 0.0
        zh, en = _told(row, worth, numbers, UNITS[unit])
        ask = ASK.get(row.key) or ASK.get(row.key.partition(":")[0]) or Text("", "")
        rows.append({
            "rank": pd.NA, "key": row.key, "zh": row.zh, "en": row.en, "basis": row.basis, **numbers, "unit": unit, "told": told,
            "words_zh": zh, "words_en": en, "ask_zh": ask.zh, "ask_en": ask.en,
        })  # fmt: skip
    out = pd.DataFrame(rows).sort_values(["told", "value"], ascending=False, kind="stable", ignore_index=True)
    first = int(out["told"].sum())
    out["rank"] = pd.array([*range(1, first + 1), *([pd.NA] * (len(out) - first))], "Int64")
    return out


def _told(row: Uncertain, worth: Worth | None, numbers: dict[str, float], unit: Text) -> Text:
    """Return in words what knowing an input would change."""
    if worth is None:
        return Text("已停止，未计算", "stopped before it was looked at")
    if row.key.startswith("seats:"):
        return Text(
            "覆盖只看距离，知道学位数不会改变选址", "coverage asks for distance only: seats cannot change the sites"
        )
    if not row.used:
        return Text("本问题不用到它", "this question does not use it")
    if row.known:
        return Text("已视为确定", "taken as known already")
    if worth.high < 1:
        return Text(
            f"知道它不会改变选择（不到 1 {unit.zh}）",
            f"knowing it would not change the decision (less than 1 of the {unit.en})",
        )
    if not worth.told:
        most = _figure(worth.high)
        return Text(
            f"不超过 {most} {unit.zh}，低于抽样误差，不排先后",
            f"no more than {most} {unit.en}: below the noise of the draws, not ranked",
        )
    said, off = _figure(numbers["value"]), _figure(SURE * worth.error)
    return Text(
        f"先弄清它再选址，平均可多服务 {said} {unit.zh}（±{off}）",
        f"known before siting, it would serve {said} more {unit.en} on average (±{off})",
    )


def _summary(decided: Decided, inputs: pd.DataFrame, options: int, draws: int, p: int, unit: str) -> pd.DataFrame:
    """Return the decision of now, what perfect knowledge would add, and what to ask for first, in words."""
    word, mean, perfect = UNITS[unit], _figure(decided.mean), _figure(decided.perfect)
    first = inputs[inputs["told"]].head(3)
    if decided.perfect <= 0:
        zh = f"现在的选择平均新增服务 {mean} {word.zh}；在全部 {draws} 个情形中都最好，弄清任何一项都不会改变它"
        en = f"the decision of now newly serves {mean} {word.en} on average; it is the best in all {draws} draws, and no number known first would change it"
    else:
        zh = f"现在的选择平均新增服务 {mean} {word.zh}；若事先全部弄清，平均可再多 {perfect} {word.zh}"
        en = f"the decision of now newly serves {mean} {word.en} on average; with everything known first it would be {perfect} more"
        if len(first):
            zh += f"。建议先查：{'、'.join(first['zh'])}"
            en += f". Ask first for: {', '.join(first['en'])}"
        else:
            zh += "。没有哪一项单独弄清就能明显改变选择，要几项一起弄清才有用"
            en += ". No single input known alone would change the decision by more than the noise; only several together would"
    return pd.DataFrame(
        [
            {
                "perfect": decided.perfect, "error": decided.error, "mean": decided.mean, "decision": decided.option, "new_sites": p, "options": options,
                "draws": draws, "unit": unit, "words_zh": zh, "words_en": en,
            }
        ]
    )  # fmt: skip


def _options(choice: _Choice, places: gpd.GeoDataFrame, utility: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Return the plans that were compared: their sites, what they serve on average, how often each is the best."""
    best = np.bincount(utility.argmax(axis=1), minlength=utility.shape[1]) / len(utility)
    named = ["; ".join(map(str, places.index[list(plan)])) for plan in choice.plans]
    return pd.DataFrame(
        {"option": range(len(named)), "sites": named, "mean": utility.mean(axis=0), "best_share": best}
    ).sort_values("mean", ascending=False, kind="stable", ignore_index=True)


def _sites(chosen: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the sites of the decision."""
    keep = [c for c in ("zone_id", "geometry") if c in chosen]
    out = chosen[keep].copy()
    out.insert(0, "rank", range(1, len(out) + 1))
    return out


def _figure(number: float) -> str:
    """Return a number of people as it is said: whole, a small one by two figures."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"
