"""The ways to one school on the page: its pupils' routes, and the main roads and barriers they cross."""

from __future__ import annotations

from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.case import Case
from layers.look import draw
from ui.map import results
from ui.map.drawn import Drawn
from ui.map.look import badge
from ui.map.scene import Spec
from ui.parts import export
from ui.parts.ask import select
from ui.parts.grid import Mark, grid, points
from ui.parts.markup import answered, figures, heading, method, paragraph
from ui.parts.stamp import stamped
from ui.parts.walk import on_foot, unit_on_foot
from ui.words import both, language, pick, say

__all__ = ["show"]

TOP = 12
"""Places of crossing listed."""


def show(case: Case) -> Drawn:
    """Show the ways of the pupils assigned to a chosen school."""
    supply = case.supply
    english = supply["name_en"].where(supply["name_en"].notna(), supply["name_zh"])
    names = english if language() == "en" else supply["name_zh"]
    school = select(say("district_school"), list(supply.index), "routes_school", lambda i: str(names[i]))
    answer = answers.routes(case, school=school)
    row, met = answer.tables["schools"].iloc[0], answer.tables["crossings"]
    told = both("ans_routes", school=str(names[school]), all=_n(row["pupils"]), n=_n(row["cross_main"]))
    answered(pick(told), pick(answer.title), basis=answer.basis)
    gate: Literal["", "good", "bad"] = (
        "" if pd.isna(row["nearest_crossing_m"]) else "good" if row["within_gate"] else "bad"
    )
    figures([
        (say("pupils_all"), _n(row["pupils"]), say("people"), "", ""),
        (say("route_main"), _n(row["cross_main"]), say("people"), say("route_share", share=_percent(row["share_main"])), "bad" if row["cross_main"] > 0.5 else "good"),
        (say("route_barrier"), _n(row["cross_barrier"]), say("people"), "", "bad" if row["cross_barrier"] > 0.5 else ""),
        (say("longest"), _n(row["longest_m"]), unit_on_foot(row["longest_m"]), say("route_mean", walk=on_foot(row["mean_m"])), ""),
        (say("route_nearest"), _n(row["nearest_crossing_m"]), say("metres"), say("route_gate"), gate),
    ])  # fmt: skip
    if len(met):
        heading(say("route_places"), answer.basis)
        grid(pd.DataFrame({
            say("route_what"): [say("route_main_road") if k == "main" else str(w) for k, w in zip(met["kind"], met["what"], strict=True)][:TOP],
            say("pupils_all"): [_n(v) for v in met["pupils"][:TOP]], say("route_to_gate"): [_n(v) for v in met["to_gate_m"][:TOP]],
        }), [Mark(at) for at in points(met.geometry[:TOP])])  # fmt: skip
    for note in answer.notes:
        paragraph(pick(note))
    export.buttons(case.workspace, answer, ("routes", "crossings", "schools"))
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    return Drawn(
        layers=_layers(answer), spoken=f"{say('route_main')} {_n(row['cross_main'])}", view=_view(answer, str(school))
    )


def _view(answer: Answer, school: str) -> dict[str, Any] | None:
    """Look at the ways of the school, once a school."""
    ways = answer.tables["routes"]
    ways = ways[ways.geometry.notna()]
    if ways.empty:
        return None
    west, south, east, north = (float(v) for v in ways.to_crs(4326).total_bounds)
    return {"id": f"routes-{school}", "bounds": [[south, west], [north, east]]}


def _layers(answer: Answer) -> list[Spec]:
    ways, met = answer.tables["routes"], answer.tables["crossings"]
    ways = ways[ways.geometry.notna()]
    specs: list[Spec] = []
    if len(ways):
        steps = pd.cut(ways["pupils"], [-1, 5, 15, 40, np.inf], labels=["1", "2", "3", "4"]).astype(str)
        frame = gpd.GeoDataFrame(
            {"step": steps.to_numpy(), "crosses": ways["crosses_main"].astype(str).to_numpy()},
            geometry=ways.geometry.to_numpy(), crs=ways.crs,
        )  # fmt: skip
        widths = {"1": 1.0, "2": 1.8, "3": 2.8, "4": 4.0}
        specs.append({
            "id": "routes", **results.published(frame), "group": "result", "title": stamped(say("view_routes"), answer), "pane": "zp-flow",
            "style": {"color": "#2a6f7c", "opacity": 0.65},
            "rules": [{"by": "step", "cases": {k: {"weight": w} for k, w in widths.items()}},
                      {"by": "crosses", "cases": {"True": {"color": "#c0483a"}}}],
            "legend": [{"type": "line", "color": "#2a6f7c", "text": say("route_without")}, {"type": "line", "color": "#c0483a", "text": say("route_with")}],
            "badge": badge(answer.basis),
        })  # fmt: skip
    if len(met):
        told = [f"{_n(p)} {say('people')}" for p in met["pupils"]]
        frame = gpd.GeoDataFrame({"tip_zh": told, "tip_en": told}, geometry=met.geometry.to_numpy(), crs=met.crs)
        specs.append({
            "id": "route-crossings", **results.inline(frame), "group": "result", "title": say("route_places"), "pane": "zp-points", "live": True,
            "style": {"color": "#b3261e", "path": draw.SHAPES["circle"], "radius": 5},
            "legend": [{"type": "point", "path": draw.SHAPES["circle"], "color": "#b3261e"}],
        })  # fmt: skip
    return specs


def _n(value: float) -> str:
    return f"{value:,.0f}" if np.isfinite(value) else "–"


def _percent(value: float) -> str:
    return f"{value:.0%}" if np.isfinite(value) else say("no_data")
