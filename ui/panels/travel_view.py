"""Where one gets in some minutes by a mode: from the clicked place, and to the nearest facility for everybody."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.case import Case
from geo.text import Text
from geo.travel import MODES, Journey
from geo.workspace import Workspace
from layers.look import draw
from layers.look.soft import soft
from ui.map import results
from ui.map.drawn import Asked, Drawn
from ui.map.look import DOT, badge
from ui.map.scene import Spec
from ui.parts import export, journey, lacking
from ui.parts.ask import select
from ui.parts.grid import Mark, Share, grid, names_of, outlines
from ui.parts.made import asked_of
from ui.parts.markup import Cell, answered, heading, indented, listing, method, numbers, paragraph
from ui.parts.patience import patient
from ui.session.work import aside
from ui.words import both, language, pick, say

__all__ = ["LIMITS", "covered", "covered_picture", "show"]

MIDDLE = 1
"""Which of the limits the sentence is about."""
LISTED = 8
SOFT_M = 1500.0
"""Ground reached by a ride lies in patches round its stops: drawn as soft as a walk of so many metres."""
COARSE_M = 6.0
LIMITS = (10, 15, 20, 30, 45, 60)
SERVICE_LEVELS = (1.0, 2.0, 4.0, 8.0, 12.0)
"""Where the classes of departures an hour begin."""


def show(asked: Asked, mode: str, place: tuple[float, float]) -> Drawn:
    """Show whom and what one reaches from a place, or who reaches it in time."""
    case, ride = asked.case, journey.choose(asked.case, mode)
    answer = patient(MODES[mode], lambda _: answers.travel(case, *place, journey=ride), (asked_of(case), place, ride))
    if answer is None:
        return Drawn()
    told = _sentence(case, answer, ride)
    drawn = Drawn(layers=_layers(case, answer, ride), spoken=pick(told))
    asked.paint(drawn)
    answered(pick(told), pick(answer.title), _known(case, ride), answer.basis)
    _without(case, answer, ride, place)
    for note in answer.notes:
        paragraph(pick(note))
    if len(answer["areas"]):
        _reach(case, answer)
        _facilities(case, answer)
    export.buttons(asked.workspace, answer, ("areas", "reach", "facilities"), kinds=("geojson", "gpkg", "xlsx"))
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    return drawn


def _sentence(case: Case, answer: Answer, ride: Journey) -> Text:
    if answer["areas"].empty:
        return both("ans_go_off")
    row, low, high = _of(answer, answer.parameters["minutes"][MIDDLE])
    alike = _n(low["people"]) == _n(high["people"])
    band = Text("", "") if alike else both("ans_go_band", low=_n(low["people"]), high=_n(high["people"]))
    by, m, n = journey.on_the_way(ride.mode), f"{row['minutes']:g}", _n(row["people"])
    if ride.arrive:
        return both("ans_come", mode=by, m=m, n=n, band=band)
    return both("ans_go", mode=by, m=m, n=n, band=band, k=_n(row["facilities"]), service=_service(case))


def _without(case: Case, answer: Answer, ride: Journey, place: tuple[float, float]) -> None:
    """Say how many it would be without the lines that the plan adds."""
    base: Workspace | None = st.session_state.get("base")
    if ride.mode != "transit" or base is None or base.timetable is None or base.timetable is case.workspace.timetable:
        return
    before = aside(answers.travel, case.under(base), *place, journey=ride)
    if before["areas"].empty or answer["areas"].empty:
        return
    minutes = answer.parameters["minutes"][MIDDLE]
    now, was = (float(_of(one, minutes)[0]["people"]) for one in (answer, before))
    paragraph(say("go_without", m=f"{minutes:g}", n=_n(was), more=f"{now - was:+,.0f}"))


def _of(answer: Answer, minutes: float) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return what is in reach within some minutes: as asked, at least (much waiting) and at most."""
    reach = answer["reach"]
    rows = reach[reach["minutes"] == minutes].set_index("percentile", drop=False)
    asked = answer.parameters.get("percentile", 50.0)
    return rows.loc[asked], rows.loc[rows.index.max()], rows.loc[rows.index.min()]


def _service(case: Case) -> Text:
    return Text(case.asked.name_zh, case.asked.name_en.lower())


def _known(case: Case, ride: Journey) -> str:
    """Return where the timetable is from; nothing of modes without one."""
    if ride.mode != "transit":
        return ""
    rows = case.workspace.feeds.itertuples()
    return say("list_stop").join(say("go_source", file=r.file, first=r.first_day, last=r.last_day) for r in rows)


def _reach(case: Case, answer: Answer) -> None:
    heading(say("go_reach"), answer.basis)
    rows: list[tuple[str, str, list[Cell]]] = []
    for minutes in answer.parameters["minutes"]:
        row, low, high = _of(answer, minutes)
        cells: list[Cell] = [(_n(row["people"]), _range(low["people"], high["people"]), ""), (_n(row["facilities"]), _range(low["facilities"], high["facilities"]), "")]  # fmt: skip
        rows.append((say("go_minutes", m=f"{minutes:g}"), "", cells))
    numbers((say("go_time"), say("residents"), pick(_service(case))), rows)
    if answer["reach"]["percentile"].nunique() > 1:
        paragraph(say("go_band"))


def _range(low: float, high: float) -> str:
    return "" if pd.isna(low) or low == high else say("go_range", low=_n(low), high=_n(high))


def _facilities(case: Case, answer: Answer) -> None:
    table, longest = answer["facilities"], answer.parameters["minutes"][-1]
    heading(say("go_found", service=pick(_service(case))), answer.basis)
    columns = [c for c in table if str(c).startswith("minutes_p")]
    asked = f"minutes_p{answer.parameters.get('percentile', 50.0):g}"
    rows: list[Any] = []
    for row in table.head(LISTED).to_dict("records"):
        name = row["name_zh"] if language() == "zh" else row["name_en"] or row["name_zh"]
        band = _range(row[columns[0]], row[columns[-1]]) if math.isfinite(row[columns[-1]]) else ""
        text = say("noted", text=name, note=band) if band else name
        rows.append((text, say("go_minutes", m=_n(row[asked])) if math.isfinite(row[asked]) else "–", ""))
    listing(rows or [(say("go_none_found", m=f"{longest:g}"), "", "")])


def _layers(case: Case, answer: Answer, ride: Journey) -> list[Spec]:
    """Return the areas, soft as those of a walk; of a timetable also the rims with least and most waiting, and the stops."""
    areas = answer["areas"]
    if areas.empty:
        return []
    asked = areas[areas["percentile"] == answer.parameters.get("percentile", 50.0)]
    words = [both("go_minutes", m=f"{m:g}") for m in asked["minutes"]]
    title = say("go_areas", mode=pick(journey.on_the_way(ride.mode)))
    layers = [results.bands(gpd.GeoDataFrame(asked).assign(limit=SOFT_M), words, title, answer.basis, coarse=COARSE_M)]
    if ride.mode == "transit":
        when = tuple(str(answer.parameters.get(k)) for k in ("departure", "arrive", "window_min"))
        asked_for = ("stops by departures", language(), when)  # the same at every click
        layers += [
            _rims(areas, answer),
            case.keep(asked_for, case.workspace.timetable, case.workspace.feeds, make=lambda: _stops(case, answer)),
        ]
    return [layer for layer in layers if layer is not None]


def _rims(areas: gpd.GeoDataFrame, answer: Answer) -> Spec:
    """Return the rims of the middle limit at both ends of the band."""
    minutes = answer.parameters["minutes"][MIDDLE]
    ends = areas[(areas["minutes"] == minutes) & areas["percentile"].isin([5.0, 95.0])].sort_values(
        "percentile", ascending=False
    )  # the wider after the narrower
    which = ["low" if p == 5 else "high" for p in ends["percentile"]]
    shapes = shapely.simplify(aside(soft, gpd.GeoDataFrame(ends).assign(limit=SOFT_M)), COARSE_M)
    frame = gpd.GeoDataFrame({"end": which}, geometry=shapely.boundary(shapes), crs=areas.crs)
    colour = {"low": "#0f6b78", "high": "#8a4b00"}
    dash = {"low": "2 4", "high": "7 4"}
    legend = [
        {"type": "line", "color": colour[e], "dash": dash[e], "text": say(f"go_rim_{e}", m=f"{minutes:g}")}
        for e in which
    ]
    return {
        "id": "travel-rims", **results.inline(frame), "group": "result", "title": say("go_rims", m=f"{minutes:g}"), "pane": "zp-flow",
        "style": {"weight": 1.6, "opacity": 0.85, "fill": False},
        "rules": [{"by": "end", "cases": {e: {"color": colour[e], "dashArray": dash[e]} for e in which}}],
        "legend": legend, "badge": badge(answer.basis),
    }  # fmt: skip


def _stops(case: Case, answer: Answer) -> Spec | None:
    """Return the stops by how many vehicles leave in an hour of the window."""
    timetable = case.workspace.timetable
    if timetable is None:
        return None
    day, _, clock = str(answer.parameters.get("departure") or answer.parameters.get("arrive")).partition("T")
    served = aside(timetable.departures, day, clock, answer.parameters["window_min"])
    served = served[served >= SERVICE_LEVELS[0]]
    if served.empty:
        return None
    level = np.searchsorted(SERVICE_LEVELS, served.to_numpy(), side="right") - 1
    stops = timetable.stops.loc[served.index]
    tips = [
        both("go_stop_tip", name=str(n), n=f"{k:.3g}")
        for n, k in zip(stops.get("name", stops.index), served, strict=True)
    ]
    frame = gpd.GeoDataFrame(
        {"level": [str(k) for k in level], "tip_zh": [t.zh for t in tips], "tip_en": [t.en for t in tips]},
        geometry=stops.geometry.to_numpy(), crs=stops.crs,
    )  # fmt: skip
    names = [say("go_an_hour", low=f"{a:g}", high=f"{b:g}") for a, b in pairwise(SERVICE_LEVELS)]
    names.append(say("go_an_hour_most", low=f"{SERVICE_LEVELS[-1]:g}"))
    return {
        "id": "travel-stops", **results.published(frame), "group": "result", "title": say("go_stops"), "pane": "zp-points", "on": False,
        "style": {"path": DOT, "radius": 3.5, "color": draw.ACCESS[0]},
        "rules": [{"by": "level", "cases": {str(k): {"color": c} for k, c in enumerate(draw.ACCESS)}}],
        "legend": [{"type": "point", "path": DOT, "color": c, "text": t} for c, t in zip(draw.ACCESS, names, strict=True)],
        "badge": badge(next(iter(case.workspace.feeds.get("basis", [])), "")),
    }  # fmt: skip


def covered(asked: Asked, mode: str) -> Drawn:
    """Show who reaches a facility of the service within some minutes of a mode."""
    case, ride = asked.case, journey.choose(asked.case, mode)
    minutes = float(select(say("go_limit"), LIMITS, "go_limit", start=LIMITS.index(int(answers.MINUTES))))
    answer = patient(
        MODES[mode], lambda _: answers.reached(case, ride, minutes=minutes), (asked_of(case), ride, minutes)
    )
    if answer is None:
        return Drawn()
    row = answer["total"].iloc[0]
    service, known = _service(case), math.isfinite(row["share"])
    told = both("ans_reached_unknown", service=service)
    if known:
        share, n = f"{row['share']:.0%}", _n(row["covered"])
        told = both("ans_reached", mode=journey.on_the_way(mode), m=f"{minutes:g}", service=service, share=share, n=n)
    drawn = Drawn(layers=[covered_picture(case, answer, mode)] if known else [], spoken=pick(told))
    asked.paint(drawn)
    answered(pick(told), pick(answer.title), _known(case, ride), answer.basis)
    for note in answer.notes:
        paragraph(pick(note))
    if not known:
        lacking.bring(case, "service")
        return drawn
    heading(say("by_zone"), answer.basis)
    zones = answer["zones"]
    short = names_of(asked.workspace)
    table = pd.DataFrame(
        {
            say("layer_zones"): [indented(pick(short[i]), level) for i, level in zones["level"].items()],
            say("residents"): zones["people"].round(0).to_numpy(),
            say("go_minutes", m=f"{minutes:g}"): [Share(v) for v in zones["share"]],
        }
    )
    grid(table, [Mark(outlines(asked.workspace).get(str(i), "")) for i in zones.index], tall=24)
    export.buttons(asked.workspace, answer, ("zones", "cells"), kinds=("geojson", "gpkg", "xlsx"))
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    return drawn


def covered_picture(case: Case, answer: Answer, mode: str) -> Spec:
    """Return the cells by whether they reach one in time, with their people in the legend."""
    cells, minutes = answer["cells"], answer.parameters["limit_min"]
    cells = cells[cells["people"] > 0]
    inside = cells["minutes"].notna().to_numpy()
    people = cells["people"].to_numpy(float)
    classes = []
    for key, value, colour, of in (
        ("within", 1, draw.COVERAGE[0]["colour"], inside),
        ("beyond", 0, draw.COVERAGE[2]["colour"], ~inside),
    ):
        told = both(f"go_{key}", m=f"{minutes:g}", n=_n(people[of].sum()))
        classes.append({"key": key, "value": value, "colour": colour, "zh": told.zh, "en": told.en})
    title = say("go_layer", service=pick(_service(case)), mode=pick(journey.on_the_way(mode)), m=f"{minutes:g}")
    return results.picture("travel-cover", title, cells, inside.astype(float), case.workspace.cell_metres, classes[::-1], basis=answer.basis)  # fmt: skip


def _n(value: Any) -> str:
    return "–" if pd.isna(value) or not math.isfinite(value) else f"{value:,.0f}"
