"""Where best when the numbers are not known for sure: plans that fare well over many draws of them, side by side."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo import siting
from geo.answers.base import Answer, answered, basis_of, source_ids, title, with_degrees
from geo.answers.candidates import candidate_sites, rule_words
from geo.answers.known import no_data_words
from geo.answers.places import asked_for, check_count
from geo.case import Case
from geo.errors import InfeasibleError
from geo.network import Pairs
from geo.progress import Progress
from geo.siting.candidates import usable
from geo.siting.robust import Robust, robust_cover
from geo.text import Text
from geo.uncertainty import Uncertainties, Worlds, worlds

__all__ = ["CRITERIA_WORDS", "NEAR", "TAIL", "robust"]

TAIL, NEAR = 0.1, 0.05
"""Which share of the draws the worst ones are; by which part of what one site serves on average a plan may miss the best of a
draw and be among the best."""
SINGLE = 0.25
"""Share of the time that the plan of the single numbers may take."""
CRITERIA_WORDS = {
    "expected": Text("平均最好（期望值）", "best on average (expected value)"),
    "cvar": Text("最差 10% 情形中最好（CVaR）", "best in the worst 10 % (CVaR)"),
    "regret": Text("最大后悔值最小", "least regret"),
    "single": Text("按单一数字（不计不确定性）", "as if every number were certain"),
}
"""What each plan is the best in, in words."""
UNITS = {"pupils": Text("名学生", "pupils"), "people": Text("人", "people")}


def robust(
    case: Case, *, p: int, table: Uncertainties | None = None, draws: int = 200, seed: int = 1, limit: float | None = None,
    spacing: float = 200.0, origin: str = "streets", sites: gpd.GeoDataFrame | None = None, zones: Collection[str] = (),
    protection: bool = True, min_metres: float = 0.0, time_limit: float = 30.0, progress: Progress | None = None,
) -> Answer:  # fmt: skip
    """Return the sites that hold over what is not known: best on average, in the worst tenth, and by least regret.

    Parameters
    ----------
    case
        The place, service and year asked about.
    p
        How many **new** sites.
    table
        What is not known and within which range; from the bases of the workspace where not given.
    draws, seed
        How many possible truths are drawn, and from which seed: the same seed gives the same answer.
    limit
        Walking distance [m]; the standard's radius where not given.
    spacing, origin, sites, zones, protection, min_metres
        Where a facility may stand: ``geo.answers.candidates.candidate_sites`` (``sites`` is its ``given``).
    time_limit
        Longest time to search [s]; every plan says what is proven of it.

    Returns
    -------
    answer
        Table ``plans``: by ``criterion`` whom the plan newly serves in the ``mean`` of all draws, in the mean of the
        ``worst`` tenth, its greatest ``regret`` against the best of a draw, and ``bound``, ``gap``, ``status`` in what the
        criterion asks for; ``sites``: the places of each plan, in which share of the draws each is among the best
        (``best_share``, at least) or needed for the best (``chosen_share``), and its best substitute; ``chosen``: these
        shares for every candidate; ``draws``: whom each plan serves in each draw; ``inputs``: the table used; ``candidates``:
        all, with the reasons of those excluded; ``summary``: what one plan gives for the other, choosing nothing.

    Raises
    ------
    InputError
        If service, year, ``p``, ``limit`` or the candidates are not usable.
    InfeasibleError
        If everyone is served in every draw.

    Notes
    -----
    ``geo.siting.robust``. The plan ``single`` is the maximal cover of the numbers as they stand, as ``locate`` finds it.

    Examples
    --------
    >>> from geo.examples import town
    >>> answer = robust(town(), p=1, spacing=50, draws=40)
    >>> answer["plans"][["criterion", "status"]].to_numpy().tolist()
    [['expected', 'optimal'], ['cvar', 'optimal'], ['regret', 'optimal'], ['single', 'optimal']]
    >>> bool((answer["plans"]["bound"] >= answer["plans"]["worst"]).iloc[1])
    True
    """
    check_count(p)
    table = Uncertainties.of(case) if table is None else table
    everywhere = candidate_sites(
        case, origin=origin, spacing=spacing, given=sites, zones=zones, protection=protection,
        min_metres=min_metres,
    )  # fmt: skip
    places = usable(everywhere)
    check_count(p, places)
    metres = case.standard.radius_m if limit is None else float(limit)
    drawn = worlds(case, table, count=draws, seed=seed, limit=metres, progress=progress)
    inside = case.workspace.cells.loc[drawn.cells, "zone_id"].notna().to_numpy()
    cells = drawn.cells[inside]
    weight, served = drawn.weight[:, inside], drawn.served[:, inside]
    if (served | (weight <= 0)).all():
        raise InfeasibleError(
            Text(
                f"在全部 {draws} 个情形中 {metres:g} 米内都已覆盖，无需新增",
                f"everyone is within {metres:g} m already in all {draws} draws",
            ),
            shortage=0.0,
        )
    reach = max(float(drawn.limit.max()), metres)
    pairs = case.workspace.network.pairs(case.snaps.loc[cells], places, limit=reach)
    single = _single(case, pairs, metres, p, SINGLE * time_limit, progress)
    found = robust_cover(
        pairs, weight, served, drawn.limit, p=p, others={} if single is None else {"single": single.new}, tail=TAIL,
        near=NEAR, time_limit=time_limit - (0.0 if single is None else single.seconds), progress=progress,
    )  # fmt: skip
    return _answer(case, table, drawn, found, single, everywhere, p, metres, seed, {
        "spacing_m": spacing, "origin": "given" if sites is not None else origin, "zones": list(zones),
        "protection": protection, "min_metres": min_metres,
    })  # fmt: skip


def _single(
    case: Case, pairs: Pairs, metres: float, p: int, time_limit: float, progress: Progress | None
) -> siting.Siting | None:
    """Return the plan that the numbers as they stand ask for; None where they leave nobody to serve."""
    weight, before = asked_for(case)
    open_cells = weight.index[~(before <= metres)].intersection(pairs.sources)
    if open_cells.empty:
        return None
    cost = pairs.dense().loc[open_cells]
    return siting.max_cover(cost, weight[open_cells], limit=metres, p=p, time_limit=time_limit, progress=progress)


def _answer(
    case: Case, table: Uncertainties, drawn: Worlds, found: Robust, single: siting.Siting | None,
    everywhere: gpd.GeoDataFrame, p: int, metres: float, seed: int, where: dict[str, Any],
) -> Answer:  # fmt: skip
    """Return what was found as tables with words, signed with what they rest on."""
    inputs = table.table()
    basis = basis_of(case.workspace.cells, case.workspace.streets, case.supply, inputs)
    count, unit = len(drawn.limit), drawn.unit
    places, plans = usable(everywhere), _plans(found, single, unit)
    shares = pd.DataFrame({"chosen_share": found.chosen_share, "best_share": found.best_share})
    keep = [c for c in ("zone_id", "geometry") if c in places]
    chosen = gpd.GeoDataFrame(places[keep].join(shares), crs=places.crs).sort_values(
        ["chosen_share", "best_share"], ascending=False, kind="stable"
    )
    summary = _summary(found, plans, p, unit)
    kept = rule_words(case.service) if where["protection"] else Text("不计防护距离", "protection distances not kept")
    open_draws = int((found.best["bound"] > found.best["best"] * (1 + 1e-9) + 1e-9).sum())
    return answered(
        case,
        "robust",
        title(case, "稳健选址", "sites that hold over what is not known"),
        {
            "summary": summary.assign(basis=basis),
            "plans": plans.assign(basis=basis),
            "sites": with_degrees(_sites(found, places, unit)).assign(basis=basis),
            "chosen": with_degrees(chosen).assign(basis=basis),
            "draws": pd.concat((found.served, found.best), axis="columns").rename_axis("draw").assign(basis=basis),
            "inputs": inputs,
            "candidates": everywhere,
        },
        method=Text(
            f"{count} 个情形（种子 {seed}）中新建 {p} 处，保留现有设施，步行 {metres:g} 米；平均值、最差 10% 的平均（CVaR，Rockafellar 与 Uryasev 2000）、最大后悔值（Savage 1951）分别求最优并给出界；备选点 {len(places)} 个（{kept.zh}）",
            f"{p} new sites over {count} draws (seed {seed}), existing facilities kept, {metres:g} m on foot; best in the mean, in the mean of the worst 10 % (CVaR, Rockafellar & Uryasev 2000) and by least regret (Savage 1951), each with its bound; {len(places)} candidates ({kept.en})",
        ),
        parameters={
            "service": case.service, "year": case.year, "p": p, "draws": count, "seed": seed, "limit_m": metres, "tail": TAIL, "near": NEAR,
            "candidates": len(places), "candidates_excluded": len(everywhere) - len(places), **where, "unit": unit,
            "ranges": table.signature, "changed": table.told,
        },
        basis=basis,
        sources=source_ids(case.workspace.cells, case.workspace.streets),
        notes=(*no_data_words(case), *_open_words(open_draws, count)),
    )  # fmt: skip


def _open_words(open_draws: int, count: int) -> tuple[Text, ...]:
    """Return the note that the best of some draws is not proven; none where it is of all."""
    if not open_draws:
        return ()
    return (
        Text(
            f"{count} 个情形中有 {open_draws} 个的最优方案未证明：后悔值按其上界计，只会偏大；可延长搜索时间",
            f"in {open_draws} of {count} draws the best plan is not proven: regret is told against its bound, so never too small; a longer time limit helps",
        ),
    )


def _plans(found: Robust, single: siting.Siting | None, unit: str) -> pd.DataFrame:
    """Return the plans side by side, with what each gives for what."""
    plans = found.plans.drop(columns="sites").reset_index()
    if single is not None:
        # It is the best of one world only: its proof is of that world.
        plans.loc[plans["criterion"] == "single", "status"] = single.status
    words = [_plan_words(found.plans, name, unit) for name in plans["criterion"]]
    names = [CRITERIA_WORDS[name] for name in plans["criterion"]]
    plans.insert(1, "criterion_zh", [n.zh for n in names])
    plans.insert(2, "criterion_en", [n.en for n in names])
    return plans.assign(unit=unit, words_zh=[w.zh for w in words], words_en=[w.en for w in words])


def _plan_words(plans: pd.DataFrame, name: str, unit: str) -> Text:
    """Return what a plan gives and takes against the one that is best on average."""
    zh, en = UNITS[unit]
    row, mean = plans.loc[name], plans.loc["expected"]
    if name == "expected":
        return Text(
            f"平均新增服务 {row['mean']:,.0f} {zh}，最差 10% 的情形平均 {row['worst']:,.0f} {zh}；与各情形当时的最优相比最多差 {row['regret']:,.0f} {zh}",
            f"newly serves {row['mean']:,.0f} {en} on average, {row['worst']:,.0f} in the worst 10 % of draws; at most {row['regret']:,.0f} {en} short of what would have been best",
        )
    if set(row["sites"]) == set(mean["sites"]):
        return Text("与“平均最好”是同一组选址", "the same sites as best on average")
    parts = [
        _difference(row["worst"] - mean["worst"], Text("最差 10% 的情形", "in the worst 10 % of draws"), UNITS[unit]),
        _difference(row["mean"] - mean["mean"], Text("平均", "on average"), UNITS[unit]),
    ]
    lost = row["regret"] - mean["regret"]
    if round(lost):
        parts.append(
            Text(
                f"与当时最优的最大差距{'多' if lost > 0 else '少'} {abs(lost):,.0f} {zh}",
                f"at worst {abs(lost):,.0f} {en} {'farther from' if lost > 0 else 'closer to'} what would have been best",
            )
        )
    told = "，".join(part.zh for part in parts), ", ".join(part.en for part in parts)
    return Text(f"与“平均最好”相比：{told[0]}", f"against best on average: {told[1]}")


def _difference(persons: float, when: Text, unit: Text) -> Text:
    if not round(persons):
        return Text(f"{when.zh}基本相同", f"about the same {when.en}")
    return Text(
        f"{when.zh}{'多保' if persons > 0 else '少'} {abs(persons):,.0f} {unit.zh}",
        f"{abs(persons):,.0f} {unit.en} {'more' if persons > 0 else 'fewer'} {when.en}",
    )


def _sites(found: Robust, places: gpd.GeoDataFrame, unit: str) -> gpd.GeoDataFrame:
    """Return the places of each plan, those that are most often among the best first."""
    table = found.sites.assign(
        chosen_share=found.chosen_share[found.sites["candidate_id"]].to_numpy(),
        best_share=found.best_share[found.sites["candidate_id"]].to_numpy(),
    )
    parts = []
    for _, part in table.groupby("criterion", sort=False):
        ordered = part.sort_values(["best_share", "chosen_share"], ascending=False, kind="stable")
        ordered.insert(1, "rank", np.arange(1, len(ordered) + 1))
        parts.append(ordered)
    table = pd.concat(parts, ignore_index=True)
    words = [_site_words(row, unit) for row in table.to_dict("records")]
    at = places.loc[table["candidate_id"]]
    return gpd.GeoDataFrame(
        table.assign(
            zone_id=at["zone_id"].to_numpy() if "zone_id" in at else None,
            words_zh=[w.zh for w in words], words_en=[w.en for w in words],
        ),
        geometry=at.geometry.to_numpy(), crs=places.crs,
    )  # fmt: skip


def _site_words(row: dict[str, Any], unit: str) -> Text:
    """Return how sure a site is; shares are rounded down, for they are told as at least."""
    among, needed = (int(100 * row[name] + 1e-9) for name in ("best_share", "chosen_share"))
    words = Text(
        f"该点在 {among}% 的情形中属最优之列，在 {needed}% 的情形中不可或缺",
        f"this site is among the best in {among} % of draws, and needed for the very best in {needed} %",
    )
    loss, other = row["substitute_loss"], row["substitute"]
    if other is None or not np.isfinite(loss):
        return words
    if loss <= 1e-6:
        return Text(f"{words.zh}；换成 {other} 同样好", f"{words.en}; {other} in its place is just as good")
    lost, (zh, en) = f"{loss:,.0f}" if loss >= 10 else f"{max(loss, 0.1):,.1f}", UNITS[unit]
    told = {
        "expected": Text(f"平均少 {lost} {zh}", f"{lost} {en} fewer on average"),
        "cvar": Text(f"最差 10% 的情形少 {lost} {zh}", f"{lost} {en} fewer in the worst 10 % of draws"),
        "regret": Text(
            f"与当时最优的最大差距多 {lost} {zh}", f"at worst {lost} {en} farther from what would have been best"
        ),
    }[row["criterion"]]
    return Text(f"{words.zh}；换成 {other}，{told.zh}", f"{words.en}; with {other} in its place, {told.en}")


def _summary(found: Robust, plans: pd.DataFrame, p: int, unit: str) -> pd.DataFrame:
    """Return in one row how far the plans differ, in words that choose nothing."""
    sets = {name: frozenset(row) for name, row in found.plans["sites"].items()}
    robust_sets = {sets[name] for name in ("expected", "cvar", "regret")}
    told = plans.set_index("criterion")
    if len(robust_sets) == 1:
        words = Text(
            "三种标准选出同一组选址：不必在它们之间取舍",
            "all three criteria choose the same sites: there is nothing to weigh",
        )
    else:
        named = [name for name in ("cvar", "regret") if sets[name] != sets["expected"]]
        parts = [
            Text(
                f"“{CRITERIA_WORDS[name].zh}”{told.loc[name, 'words_zh']}",
                f"{CRITERIA_WORDS[name].en}, {told.loc[name, 'words_en']}",
            )
            for name in named
        ]
        words = Text(
            "；".join(part.zh for part in parts) + "。仅供比较，不是推荐",
            "; ".join(part.en for part in parts) + ". For comparison, not a choice",
        )
    row = {
        "new_sites": p, "unit": unit, "draws": len(found.served), "mean_best": float(found.best["best"].mean()),
        "proven": int((told["status"] == "optimal").sum()), "plans": len(told), "different": len(set(sets.values())),
        "seconds": found.seconds, "words_zh": words.zh, "words_en": words.en,
    }  # fmt: skip
    return pd.DataFrame([row])
