"""Feeder chains on the page 升学链: which school goes on to which, on the map and in a table, whole or of one school."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.case import Case
from ui.map import results
from ui.map.drawn import Drawn
from ui.map.look import badge
from ui.map.scene import Spec, bounds_of
from ui.parts import export, lacking, made
from ui.parts.ask import select
from ui.parts.grid import grid
from ui.parts.markup import answered, figures, heading, method, paragraph
from ui.parts.patience import patient
from ui.parts.stamp import stamped
from ui.session.work import aside
from ui.words import STAGE_NAMES, both, language, pick, say

__all__ = ["show"]

COLOURS = {"kindergarten": "#b0691c", "primary": "#2a6f7c"}
WIDTHS = {"1": 1.4, "2": 2.6, "3": 4.2, "4": 6.5}
AROUND = 400.0
"""What is seen around the chain of a school [m]."""
STEPS = [-1, 10, 30, 60, np.inf]
"""Bounds of the widths [persons a year]."""


def show(case: Case) -> Drawn:
    """Show the chains of all stages, or those of one school."""
    answer = patient(both("view_feeders"), lambda _: answers.feeders(case), made.asked_of(case))
    if answer is None:
        return Drawn()
    whole = answer["summary"]
    if whole.empty:  # no school of any stage that leads on
        lacking.told(case, "service")
        return Drawn()
    names = _names(case)
    graduates = float(whole["graduates"].sum())
    if graduates > 0:
        told = both("ans_feeders", all=_n(graduates), n=_n(whole["together"].sum()))
    else:
        told = both("ans_feeders_none")
    answered(pick(told), pick(answer.title), basis=answer.basis)
    _told(answer)
    links, chains = answer["links"], answer["chains"]
    ids = [i for i in names if i in set(links.get("from_id", [])) | set(links.get("to_id", []))]
    school = select(
        say("feeders_school"), ["", *ids], "feeders_school", lambda i: names[i] if i else say("feeders_whole")
    )
    mine = chains
    if school:
        stages = ["kindergarten", "primary", "junior"]
        mine = chains[(chains[stages] == school).any(axis="columns")]
    if len(mine):
        heading(say("feeders_chains"), answer.basis)
        table = _table(mine, names)
        grid(table, tall=10)
    _broken(answer, names, school)
    for note in answer.notes:
        paragraph(pick(note))
    export.buttons(case.workspace, answer, ("links", "chains", "schools", "places", "zones", "summary"))
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    shown = _shown(links, mine)
    drawn = Drawn(layers=_layers(answer, shown, names), spoken=pick(answer.title))
    if school and len(shown):
        drawn.view = {"id": f"feeders-{school}", "bounds": aside(bounds_of, shown.geometry.buffer(AROUND))}
    return drawn


def _names(case: Case) -> dict[Any, str]:
    """Return the schools of the three stages by id, in the language of the page."""
    names: dict[Any, str] = {}
    for stage in ("kindergarten", "primary", "junior"):
        supply = case.of(stage).supply
        english = supply["name_en"].where(supply["name_en"].notna(), supply["name_zh"])
        names |= {i: str(n) for i, n in (english if language() == "en" else supply["name_zh"]).items()}
    return names


def _told(answer: Answer) -> None:
    """Say for each step who stays together, who finds no place and how far the longest way is."""
    tiles: list[Any] = []
    for row in answer["summary"].to_dict("records"):
        step = say(f"feeders_{row['stage']}")
        whole = row["graduates"]
        share = f"{row['together'] / whole:.0%}" if whole > 0 else say("no_data")
        tiles += [
            (say("feeders_together"), _n(row["together"]), say("people"), say("feeders_of", step=step, n=_n(whole), share=share), ""),
            (say("feeders_unplaced"), _n(row["unplaced"]), say("people"), say("feeders_broken", step=step, n=row["broken"]), "bad" if row["unplaced"] >= 0.5 else "good"),
            (say("longest"), _n(row["longest_m"]), say("metres"), step, ""),
        ]  # fmt: skip
    figures(tiles)


def _table(chains: pd.DataFrame, names: dict[Any, str]) -> pd.DataFrame:
    def told(column: str) -> list[str]:
        return [names.get(i, "–") for i in chains[column]]

    def going(people: str, metres: str) -> list[str]:
        return [f"{_n(n)} · {_n(m)}" for n, m in zip(chains[people], chains[metres], strict=True)]

    stages = {pick(STAGE_NAMES[stage]): told(stage) for stage in ("kindergarten", "primary", "junior")}
    return pd.DataFrame(
        {**stages, "→ ①": going("to_primary", "to_primary_m"), "→ ②": going("to_junior", "to_junior_m")}
    )


def _broken(answer: Answer, names: dict[Any, str], school: Any) -> None:
    """List the schools whose chain is split or ends, with the reason."""
    rows = answer["schools"]
    rows = rows[rows["why"] != ""]
    if school:
        rows = rows[rows.index == school]
    if rows.empty:
        return
    heading(say("feeders_why"), answer.basis)
    grid(pd.DataFrame({
        say("district_school"): [names.get(i, str(i)) for i in rows.index], say("feeders_unplaced"): [_n(v) for v in rows["unplaced"]],
        say("feeders_reason"): rows["why_en" if language() == "en" else "why_zh"].to_numpy(),
    }), tall=8)  # fmt: skip


def _shown(links: gpd.GeoDataFrame, mine: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the links of the chains shown."""
    if links.empty:
        return links
    early = {("kindergarten", *pair) for pair in zip(mine["kindergarten"], mine["primary"], strict=True)}
    late = {("primary", *pair) for pair in zip(mine["primary"], mine["junior"], strict=True)}
    keys = zip(links["stage"], links["from_id"], links["to_id"], strict=True)
    return links[[key in early | late for key in keys]]


def _layers(answer: Answer, links: gpd.GeoDataFrame, names: dict[Any, str]) -> list[Spec]:
    """Return the links, each step in its colour, wider for more pupils."""
    specs: list[Spec] = []
    for stage, colour in COLOURS.items() if len(links) else ():
        part = links[links["stage"] == stage]
        if part.empty:
            continue
        tips = [
            say("feeders_tip", a=names.get(a, "–"), b=names.get(b, "–"), n=_n(n), m=_n(m))
            for a, b, n, m in zip(part["from_id"], part["to_id"], part["graduates"], part["metres"], strict=True)
        ]
        steps = pd.cut(part["graduates"], STEPS, labels=list(WIDTHS)).astype(str)
        frame = gpd.GeoDataFrame(
            {"step": steps.to_numpy(), "tip_zh": tips, "tip_en": tips}, geometry=part.geometry.to_numpy(), crs=part.crs
        )
        specs.append({
            "id": f"feeders-{stage}", **results.inline(frame), "group": "result", "title": stamped(say(f"feeders_{stage}"), answer), "pane": "zp-flow", "live": True,
            "style": {"color": colour, "opacity": 0.85}, "rules": [{"by": "step", "cases": {k: {"weight": w} for k, w in WIDTHS.items()}}],
            "legend": [{"type": "line", "color": colour, "width": w, "text": f"{_bound(k)} {say('people')}"} for k, w in enumerate(WIDTHS.values())],
            "badge": badge(answer.basis),
        })  # fmt: skip
    return specs


def _bound(step: int) -> str:
    """Return the persons a year that a width stands for."""
    low, high = max(STEPS[step], 0), STEPS[step + 1]
    return f"> {low:g}" if np.isinf(high) else f"{low:g}–{high:g}"


def _n(value: float) -> str:
    return f"{value:,.0f}" if np.isfinite(value) else "–"
