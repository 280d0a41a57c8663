"""Living circles of the whole place: which zones, sub-areas and blocks lack which services, by people and by land, the worst first."""

from __future__ import annotations

import math
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.answers.lacking import BY, By
from geo.text import Text
from layers.look import draw
from ui.map import results
from ui.map.drawn import Asked, Drawn
from ui.map.look import badge
from ui.map.scene import Spec, short_name
from ui.parts import export, lacking, made, sentence
from ui.parts.ask import select, switch
from ui.parts.markup import answered, figures, heading, method, numbers, paragraph
from ui.parts.patience import patient
from ui.parts.stamp import stamped
from ui.parts.walk import choose_pace, pace
from ui.words import both, language, pick, say

__all__ = ["show"]

STEPS = 5
LISTED = 12
OPACITY = draw.AREA_WASH


def show(asked: Asked) -> Drawn:
    """Show how many of the required services residents lack: map, ranking, and one area service by service."""
    by = cast(By, switch(say("circles_by"), BY, "circles_by", lambda key: say(f"circles_{key}")))
    walking = pace().key
    answer = patient(
        both("circles"), lambda _: answers.circles(asked.case, walking=walking, by=by), (made.asked_of(asked.case), walking, by)
    )  # fmt: skip
    if answer is None:
        return Drawn()
    areas, of = answer["ranked"], int(answer["cells"]["of"].max())
    drawn = Drawn(layers=_layers(answer, areas, of))
    asked.paint(drawn)
    told = sentence.circles(areas, of, lambda i: Text(areas.loc[i, "name_zh"], areas.loc[i, "name_en"] or areas.loc[i, "name_zh"]))  # fmt: skip
    answered(
        pick(told),
        pick(answer.title),
        say("circles_known", n=of, unknown=_told(areas, "unknown") or say("circles_none")),
        answer.basis,
    )
    for note in answer.notes:
        paragraph(pick(note))
    if not of:
        paragraph(say("circles_nothing"))
        lacking.bring(asked.case, "service")
        return drawn
    people = areas["people"].to_numpy(float)
    figures([
        *((say("circles_complete", m=m), _percent(_mean(areas[f"complete_{m}"], people)), "", say("circles_of_people"), "") for m in (5, 10, 15)),
        (say("circles_lacks"), f"{_mean(areas['lacks_mean'], people):.1f}", say("circles_items"), say("circles_of", n=of), ""),
    ])  # fmt: skip
    heading(say("circles_worst"), answer.basis)
    numbers(
        (say("layer_zones"), say("residents"), say("circles_lacks_short"), say("circles_whole")),
        [
            (_name(asked, areas, i), _lists(row), [(f"{row['people']:,.0f}", "", ""), (_one(row["lacks_mean"]), "", ""), (_percent(row["complete_15"]), "", "")])
            for i, row in areas[areas["people"] > 0].head(LISTED).iterrows()
        ],
    )  # fmt: skip
    if len(areas) > LISTED:
        paragraph(say("circles_more", n=LISTED, all=f"{len(areas):,}"))
    _one_area(asked, answer)
    heading(say("speed"))
    choose_pace()
    export.buttons(asked.workspace, answer, ("ranked", "zones"), kinds=("geojson", "csv", "xlsx"))
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    return drawn


def _one_area(asked: Asked, answer: Answer) -> None:
    """Show the share of people and of land of one area, service by service."""
    zones, services = asked.workspace.zones, answer["zones"]
    ids = [i for i in zones.index if i in set(services["zone_id"])]
    heading(say("circles_area"), answer.basis)
    chosen = select(
        say("layer_zones"), ids, "circles_zone", lambda i: pick(short_name(zones.loc[i])), label_visibility="collapsed"
    )
    rows = services[services["zone_id"] == chosen].sort_values(["circle", "service"], kind="stable")
    numbers(
        (say("service"), say("circles_people_metres"), say("circles_people_minutes"), say("share_area")),
        [
            (pick(Text(one.service_zh, one.service_en)), _limits(one), [(_percent(v), "", "") for v in (one.share_metres, one.share_minutes, one.share_area)])
            for one in rows.itertuples()
        ],
    )  # fmt: skip
    paragraph(say("circles_area_note"))


def _limits(one: Any) -> str:
    """Return minutes and metres of a service, and that its layer is not complete where it is not."""
    told = say("circles_limits", minutes=one.circle, metres=f"{one.radius_m:g}")
    return told if one.state == "known" else say("noted", text=told, note=say(f"circles_state_{one.state}"))


def _layers(answer: Answer, areas: gpd.GeoDataFrame, of: int) -> list[Spec]:
    shown = areas[(areas["people"] > 0) & areas["lacks_mean"].notna() & areas.geometry.notna()]
    if shown.empty or not of:
        return []
    step = np.clip((shown["lacks_mean"].to_numpy(float) / of * STEPS).astype(int), 0, STEPS - 1)
    tips = [_tip(row) for _, row in shown.iterrows()]
    frame = gpd.GeoDataFrame(
        {"step": [str(k) for k in step], "tip_zh": [t.zh for t in tips], "tip_en": [t.en for t in tips]},
        geometry=shown.geometry.to_numpy(), crs=shown.crs,
    )  # fmt: skip
    colours, width = draw.LACK, of / STEPS
    legend = [
        {"type": "fill", "color": colours[k], "opacity": OPACITY, "text": say("circles_class", low=f"{k * width:.2g}", high=f"{(k + 1) * width:.2g}")}
        for k in reversed(range(STEPS))
    ]  # fmt: skip
    return [{
        "id": "circles", **results.published(frame), "group": "result", "title": stamped(say("circles_layer", n=of), answer), "pane": "zp-result",
        "style": {"weight": 0 if answer.parameters["by"] == "block" else 0.8, "color": "#5b6770", "fillOpacity": OPACITY},
        "rules": [{"by": "step", "cases": {str(k): {"fillColor": c} for k, c in enumerate(colours)}}],
        "legend": legend, "badge": badge(answer.basis),
    }]  # fmt: skip


def _tip(row: pd.Series) -> Text:
    return both(
        "circles_tip", name=Text(row["name_zh"], row["name_en"] or row["name_zh"]), n=f"{row['lacks_mean']:.1f}", people=f"{row['people']:,.0f}",
        lacks=Text(row["missing_zh"] or "—", row["missing_en"] or "—"),
    )  # fmt: skip


def _name(asked: Asked, areas: gpd.GeoDataFrame, i: object) -> str:
    if i in asked.workspace.zones.index:
        return pick(short_name(asked.workspace.zones.loc[i]))
    zone = areas.loc[i, "zone_id"] if "zone_id" in areas else None
    known = pick(short_name(asked.workspace.zones.loc[zone])) if zone in asked.workspace.zones.index else ""
    return f"{known} {str(i).rpartition(':')[2]}".strip()


def _lists(row: pd.Series) -> str:
    parts = [
        say(f"circles_{word}", names=row[f"{word}_{language()}"])
        for word in ("missing", "partly")
        if row[f"{word}_{language()}"]
    ]
    return say("circles_stop").join(parts)


def _told(areas: pd.DataFrame, word: str) -> str:
    return str(areas[f"{word}_{language()}"].iloc[0]) if len(areas) else ""


def _mean(values: pd.Series, weight: np.ndarray) -> float:
    known = values.notna().to_numpy() & (weight > 0)
    return float(np.average(values.to_numpy(float)[known], weights=weight[known])) if known.any() else math.nan


def _percent(value: float) -> str:
    return f"{value:.0%}" if math.isfinite(value) else say("no_data")


def _one(value: float) -> str:
    return f"{value:.1f}" if math.isfinite(value) else say("no_data")
