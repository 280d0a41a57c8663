"""What the views of siting share: where a site may stand, the table and the map of places, and taking them into the plan."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st

from geo.adequacy import SCHOOL_SIZE
from geo.answers import Answer
from geo.answers.candidates import PROTECTED
from geo.case import Case
from geo.errors import PlanError
from geo.progress import Step
from geo.scenario import Added
from geo.workspace import Workspace
from layers.look import draw
from ui.map import results
from ui.map.drawn import Drawn
from ui.map.scene import short_name
from ui.parts import problem
from ui.parts.ask import select
from ui.parts.grid import Mark, grid, points
from ui.parts.markup import indented, paragraph
from ui.parts.stamp import stamped
from ui.session import edits
from ui.session.state import Choice
from ui.session.work import again, aside
from ui.words import both, pick, say

__all__ = ["conditions", "mark_of", "percent", "places_table", "plain", "search", "sites_drawn", "take", "unit_of"]

SPACINGS = (150, 200, 300, 400, 500)


def mark_of(case: Case) -> tuple[Any, ...]:
    """Return what a chosen set of sites belongs to: it is not shown for another question."""
    return case.workspace.key, case.demand, case.service, case.year


def places_table(workspace: Workspace, places: gpd.GeoDataFrame, numbers: dict[str, str]) -> None:
    """Show ranked places with those of ``numbers`` (column: header) that there are, and their zone."""
    kept = {k: v for k, v in numbers.items() if k in places}
    short = {row["name_zh"]: pick(short_name(row)) for _, row in workspace.zones.iterrows()}
    table = pd.DataFrame({"#": places["rank"].to_numpy(), **{v: places[k].round().to_numpy() for k, v in kept.items()},
                          say("layer_zones"): [short.get(z, "") for z in places["zone_zh"]]})  # fmt: skip
    grid(table, [Mark(at) for at in points(places.geometry)])


def unit_of(answer: Answer) -> str:
    """Return the word for whom an answer counts."""
    return say("pupils") if answer.parameters["unit"] == "pupils" else say("people")


def plain(value: float) -> str:
    """Return a whole number, a dash where it is not known."""
    return f"{value:,.0f}" if math.isfinite(value) else "–"


def percent(value: float) -> str:
    """Return a share, a dash where it is not known."""
    return f"{value:.1%}" if math.isfinite(value) else "–"


def conditions(workspace: Workspace, choice: Choice) -> dict[str, Any]:
    """Return where a site may stand and how long to search."""
    with st.expander(say("conditions")):
        names = {i: indented(pick(short_name(z)), z["level"]) for i, z in workspace.zones.iterrows()}
        zones = st.multiselect(
            say("only_zones"),
            list(names),
            key="only_zones",
            format_func=names.__getitem__,
            placeholder=say("all_zones"),
        )
        keep = st.checkbox(say("protection"), True, key="protection") if choice.service in PROTECTED else False
        a, b, c = st.columns(3)
        apart = a.number_input(say("apart"), 0, 5000, 0, 100, key="apart")
        spacing = select(say("spacing"), SPACINGS, "spacing", lambda v: f"{v} {say('metres')}", start=1, where=b)
        seconds = c.number_input(say("time_limit"), 1, 120, 20, key="time_limit")
    return {
        "zones": tuple(zones),
        "protection": bool(keep),
        "min_metres": float(apart),
        "spacing": float(spacing),
        "time_limit": float(seconds),
    }


def search(key: str, mark: Hashable, find: Callable[..., Answer], case: Case, **options: Any) -> None:
    """Ask for a long answer and keep it under ``key`` with its mark; a press on Stop, or any other choice, ends it at its next word."""
    bar = st.progress(0.0, text=say("solving"))
    stop = st.empty()
    stop.button(say("stop"), key=f"stop_{key}")

    def told(step: Step) -> None:
        bar.progress(step.share or 0.0, text=say("solving"))

    try:
        st.session_state[key] = (mark, find(case, progress=told, **options))
    except PlanError as error:
        st.session_state[key] = None
        problem.refused(error)
    finally:
        bar.empty()
        stop.empty()


def sites_drawn(case: Case, answer: Answer, sites: gpd.GeoDataFrame, cells: gpd.GeoDataFrame, new: str) -> Drawn:
    """Return chosen sites, numbered, over the cells that they newly serve and the candidates."""
    drawn = Drawn(spoken=say("sites_found", n=len(sites)))
    if (places := answer.tables.get("candidates")) is not None and len(places):
        drawn.layers.append(_candidates(places))
    if len(cells):
        colour = {"key": "new", "value": 1, "colour": draw.WON, **both("newly_area")._asdict()}
        drawn.layers.append(
            results.picture(
                "newly",
                stamped(say("newly_area"), answer),
                cells,
                np.ones(len(cells)),
                case.workspace.cell_metres,
                [colour],
                basis=answer.basis,
            )
        )
    if len(sites):
        tips = [both("site_tip", rank=r, n=f"{v:,.0f}") for r, v in zip(sites["rank"], sites[new], strict=True)]
        drawn.layers.append(
            results.numbered(sites.geometry, [str(r) for r in sites["rank"]], tips, say("chosen_sites"))
        )
    return drawn


def _candidates(places: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return all candidates as small dots, the excluded ones hollow with the reason; off until switched on."""
    out = places["reasons"].fillna("").astype(str) != ""
    frame = gpd.GeoDataFrame(
        {"out": ["yes" if o else "no" for o in out], "tip_zh": places["reason_zh"].fillna("").to_numpy(), "tip_en": places["reason_en"].fillna("").to_numpy()},
        geometry=places.geometry.to_numpy(), crs=places.crs,
    )  # fmt: skip
    return {
        "id": "candidates", **results.published(frame), "group": "result", "title": say("candidates"), "pane": "zp-points", "live": True, "on": False,
        "style": {"path": draw.SHAPES["circle"], "radius": 3, "color": "#45555e"}, "rules": [{"by": "out", "cases": {"yes": {"hollow": True}}}],
        "legend": [{"type": "point", "path": draw.SHAPES["circle"], "color": "#45555e", "text": say("candidate_ok")},
                   {"type": "point", "path": draw.SHAPES["circle"], "color": "#45555e", "hollow": True, "text": say("candidate_out")}],
    }  # fmt: skip


def take(case: Case, sites: gpd.GeoDataFrame) -> None:
    """Take all chosen sites into the plan as one step, each with a size."""
    if sites.empty:
        return
    if not edits.can_add(case):
        paragraph(say("add_own_not"))
        return
    size = edits.class_size(case)
    classes = None
    if size is not None:
        classes = st.number_input(
            say("classes_each", size=f"{size:g}"), 1, 60, SCHOOL_SIZE[case.service], key=f"classes_{case.service}"
        )
    if st.button(say("take_all", n=len(sites)), type="primary", width="stretch", key="take_all"):
        where = aside(sites.geometry.to_crs, 4326)
        names = edits.next_ids(len(sites))
        seats = None if size is None or classes is None else float(size * int(classes))
        edits.add(tuple(Added(n, case.service, p.x, p.y, seats, case.year) for n, p in zip(names, where, strict=True)))
        again()
