"""Sites that hold over what is not known 稳健选址: plans of three criteria side by side; the planner chooses."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.case import Case
from geo.text import Text
from layers.look import draw
from ui.map import results
from ui.map.drawn import Drawn
from ui.map.look import badge
from ui.map.scene import Spec, short_name
from ui.panels.coverage_panel import coverage_picture
from ui.panels.robust_here import FOUND, found, mark
from ui.panels.siting_parts import conditions, plain, search, take, unit_of
from ui.parts import export
from ui.parts.ask import select
from ui.parts.grid import Mark, grid, points
from ui.parts.markup import answered, heading, method, paragraph
from ui.parts.stamp import stamped
from ui.session import ranges, rows
from ui.session.state import Choice
from ui.words import both, language, pick, say

__all__ = ["show"]

DRAWS = (100, 200, 500)
STEPS = (0.05, 0.25, 0.5, 0.75, 0.9)
"""Where the classes of the map begin: in which share of the draws a place is among the best."""


def show(case: Case, choice: Choice, cover: Answer) -> Drawn:
    """Ask for the plans, then show them, and the sites of the one that is picked."""
    table = ranges.of(case)
    here = mark(case)
    with st.form("robust", border=False):
        a, b = st.columns(2)
        p = int(a.number_input(say("how_many"), 1, 60, 3, key="robust_p"))
        draws = select(say("robust_draws"), DRAWS, "robust_draws", str, start=1, where=b)
        options = conditions(case.workspace, choice)
        paragraph(say("robust_about"))
        pressed = st.form_submit_button(say("robust_ask"), type="primary", width="stretch")
    with st.expander(say("ranges_title")):
        ranges.choose(table)
    if pressed:
        search(FOUND, here, answers.robust, case, p=p, draws=draws, table=table, **options)
        rows.forget("robust")
    answer = found(case)
    if answer is None:
        return Drawn(layers=coverage_picture(case.workspace, cover, choice))
    return _result(case, answer)


def _result(case: Case, answer: Answer) -> Drawn:
    word = "en" if language() == "en" else "zh"
    plans, summary = answer["plans"], answer["summary"].iloc[0]
    answered(str(summary[f"words_{word}"]), pick(answer.title), basis=answer.basis)
    for note in answer.notes:
        paragraph(pick(note))
    heading(say("robust_plans"), answer.basis)
    names = list(plans["criterion"])
    chosen = rows.chosen("robust")
    chosen = chosen if chosen in names else names[0]
    unit = unit_of(answer)
    grid(
        pd.DataFrame({
            say("robust_plan"): plans[f"criterion_{word}"].to_numpy(), f"{say('robust_mean')} [{unit}]": plans["mean"].round().to_numpy(),
            say("robust_worst"): plans["worst"].round().to_numpy(), say("robust_regret"): plans["regret"].round().to_numpy(),
            say("robust_gap"): [_gap(s, g) for s, g in zip(plans["status"], plans["gap"], strict=True)],
        }),
        [Mark(pick=f"robust:{n}", chosen=n == chosen) for n in names],
    )  # fmt: skip
    paragraph(say("robust_pick"))
    plan = plans[plans["criterion"] == chosen].iloc[0]
    paragraph(str(plan[f"words_{word}"]))
    sites = answer["sites"]
    sites = sites[sites["criterion"] == chosen]
    heading(say("robust_sites_of", name=plan[f"criterion_{word}"]), answer.basis)
    _sites(case, sites, word)
    take(case, sites)
    export.buttons(case.workspace, answer, ("plans", "sites", "chosen", "draws", "inputs"))
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    drawn = Drawn(spoken=say("sites_found", n=len(sites)))
    drawn.layers += [layer for layer in (_often(answer),) if layer is not None]
    tips = [_tip(row) for row in sites.to_dict("records")]
    drawn.layers.append(results.numbered(sites.geometry, [str(r) for r in sites["rank"]], tips, say("chosen_sites")))
    return drawn


def _gap(status: str, gap: float) -> str:
    """Return how far the best may be from what was found; of the plan of one number there is nothing to be near to."""
    if status == "optimal":
        return say("solved_optimal")
    return f"≤ {max(gap, 0.001):.1%}" if math.isfinite(gap) else "–"


def _shares(row: dict[Any, Any]) -> tuple[int, int]:
    """Return both shares of a place in whole percent, rounded down: they are told as at least."""
    return int(100 * row["best_share"] + 1e-9), int(100 * row["chosen_share"] + 1e-9)


def _tip(row: dict[Any, Any]) -> Text:
    among, needed = _shares(row)
    return both("robust_tip", share=among, needed=needed)


def _sites(case: Case, sites: gpd.GeoDataFrame, word: str) -> None:
    """List the sites of a plan, with how sure each is, and what to tell of the first in words."""
    shares = [_shares(row) for row in sites.to_dict("records")]
    zones = {i: pick(short_name(row)) for i, row in case.workspace.zones.iterrows()}
    table = pd.DataFrame({
        "#": sites["rank"].to_numpy(), say("robust_share"): [f"{among}%" for among, _ in shares], say("robust_needed"): [f"{needed}%" for _, needed in shares],
        say("layer_zones"): [zones.get(z, "") for z in sites["zone_id"]],
    })  # fmt: skip
    grid(table, [Mark(at) for at in points(sites.geometry)])
    for row in sites.to_dict("records"):
        paragraph(f"{plain(row['rank'])}. {row[f'words_{word}']}")


def _often(answer: Answer) -> Spec | None:
    """Return every place that is among the best in some draws as a dot, darker the more often it is."""
    places = answer["chosen"]
    places = places[places["best_share"] >= STEPS[0]]
    if places.empty:
        return None
    places = places.sort_values("best_share", kind="stable")  # the best lie on top
    step = (pd.cut(places["best_share"], [*STEPS, 1.001], right=False, labels=False)).astype(int).astype(str)
    tips = [_tip(row) for row in places.to_dict("records")]
    frame = gpd.GeoDataFrame(
        {"step": step.to_numpy(), "tip_zh": [t.zh for t in tips], "tip_en": [t.en for t in tips]}, geometry=places.geometry.to_numpy(), crs=places.crs
    )  # fmt: skip
    path = draw.SHAPES["circle"]
    ends = [round(100 * s) for s in (*STEPS, 1.0)]
    words = [say("robust_class", low=a, high=b) for a, b in pairwise(ends)]
    return {
        "id": "robust-often", **results.published(frame), "group": "result", "title": stamped(say("robust_layer"), answer), "pane": "zp-points", "live": True,
        "style": {"path": path, "radius": 5, "color": draw.GAIN[0]}, "rules": [{"by": "step", "cases": {str(i): {"color": c} for i, c in enumerate(draw.GAIN)}}],
        "legend": [{"type": "point", "path": path, "color": c, "text": w} for c, w in zip(draw.GAIN, words, strict=True)][::-1], "badge": badge(answer.basis),
    }  # fmt: skip
