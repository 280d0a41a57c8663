"""Are there seats: against the plan's target, against demand, and after every pupil has been given one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.case import Case
from geo.text import Text
from geo.workspace import Workspace
from layers.look import draw
from ui.map import results
from ui.map.drawn import Asked, Drawn
from ui.map.look import badge
from ui.map.scene import Spec, short_name
from ui.panels import districts_view, feeders_view, routes_view, sure_view
from ui.parts import charts, export, lacking, made, sentence
from ui.parts.ask import select
from ui.parts.grid import Mark, grid, names_of, outlines
from ui.parts.markup import answered, figures, heading, indented, listing, method, paragraph, table
from ui.parts.navigation import onward
from ui.parts.patience import patient
from ui.parts.stamp import counted_head, stamped
from ui.parts.walk import on_foot, on_foot_both, unit_on_foot
from ui.session import demand
from ui.words import CATALOGUE, STAGE_NAMES, UNITS, both, language, pick, say

__all__ = ["VIEWS", "show"]

VIEWS = ("adequacy", "assign", "districts", "feeders", "routes")
LIMITS = (0, 500, 1000, 1500, 2000, 3000)


def show(asked: Asked) -> Drawn:
    """Show seats against target and demand, or the assignment of every pupil."""
    st.session_state.setdefault("seats_view", "adequacy")  # a button that leads here sets it too
    what = st.segmented_control(
        say("map_shows"), VIEWS, key="seats_view", required=True, label_visibility="collapsed",
        format_func=lambda k: say(f"view_{k}"),
    )  # fmt: skip
    case = asked.case.of(asked.choice.stage or "primary")
    # The seats of other stages can be told without this one, and so can chains; a seat for each pupil asks for its schools.
    if lacking.told(case, "zones", "people", *(() if what in ("adequacy", "feeders") else ("service",))):
        return Drawn()
    views = {
        "assign": _assign,
        "districts": districts_view.show,
        "feeders": feeders_view.show,
        "routes": routes_view.show,
    }
    return views.get(str(what), _adequacy)(case)


def _adequacy(case: Case) -> Drawn:
    workspace, stage, answer = case.workspace, case.service, answers.adequacy(case)
    stages = answer.tables["stages"].set_index("stage")
    zones = answer.tables["zones"]
    zones = zones[zones["stage"] == stage]
    names = names_of(workspace)
    told = sentence.short(stages.loc[stage], zones, names, name=STAGE_NAMES[stage], year=case.year)
    answered(pick(told), pick(answer.title), basis=answer.basis, more=pick(sentence.by_zone(zones, names)))
    sure = st.container()
    if lacking.lacks(case, "service"):
        lacking.bring(case, "service")
    else:
        onward(say("next_sites"), "siting", key="next_sites", siting_view="locate")
    chart = stages.reset_index().assign(stage=lambda t: t["stage"].map(lambda s: pick(STAGE_NAMES[s])))
    _stage_figures(stages.loc[stage], stage, case.year)
    st.html(charts.seat_bars(chart[["stage", "existing", "planned", "target", "demand"]]))
    for note in answer.notes:
        paragraph(pick(note))
    demand.choose(answer.tables["parameters"])
    demand.choose_housing(st.session_state.place, case.year)
    heading(say("all_stages"))
    grid(_stage_table(stages, answer))
    heading(say("seats_by_zone", stage=pick(STAGE_NAMES[stage])), answer.basis)
    known = zones[zones["zone_id"].isin(workspace.zones.index)]
    lines = outlines(workspace)
    grid(_zone_table(workspace, known, answer), [Mark(lines.get(str(i), "")) for i in known["zone_id"]], tall=24)
    _gaps(answer, names, lines)
    export.buttons(workspace, answer, ("stages", "zones", "gaps"), kinds=("csv", "xlsx"))
    _formula(answer, stage)
    with sure:  # last, though it stands above: the panel is there before it is drawn
        sure_view.show(case, "adequacy")
    return Drawn(layers=[_zone_map(workspace, zones, stage, answer)], spoken=pick(answer.title))


def _stage_figures(row: pd.Series, stage: str, year: int) -> None:
    name = pick(STAGE_NAMES[stage])
    # Where no school of the stage is in the data, none planned is not known either.
    planned = row["planned"] if row["planned"] > 0 or pd.notna(row["existing"]) else math.nan
    tiles: list[Any] = [
        (say("seats_of_stage", stage=name), _n(row["seats"]), say("places"), say("of_which", existing=_n(row["existing"]), planned=_n(planned)), ""),
    ]  # fmt: skip
    if pd.notna(row["target"]):
        tiles.append(
            (
                say("seats_target"),
                _n(row["target"]),
                say("places"),
                say("short_is", n=_n(row["target_deficit"])),
                "good" if row["target_deficit"] <= 0 else "bad",
            )
        )
    else:
        tiles.append((say("seats_target"), "–", "", say("no_target_of", year=year), ""))
    tiles.append(
        (
            say("seats_demand"),
            _n(row["demand"]),
            say("people"),
            say("ratio_is", ratio=_percent(row["ratio"])),
            "" if row["circular"] or pd.isna(row["ratio"]) else "good" if row["ratio"] >= 1 else "bad",
        )
    )
    if row["circular"]:
        tiles.append(
            (
                say("circular"),
                _percent(row["ratio_independent"]),
                "",
                say("circular_note", own=_percent(row["ratio"]), demand=_n(row["demand_independent"])),
                "bad" if row["ratio_independent"] < 1 else "",
            )
        )
    if row["deficit_within"] > row["deficit"] + 0.5:
        tiles.append(
            (
                say("deficit_within"),
                _n(row["deficit_within"]),
                say("places"),
                say("deficit_within_note", n=_n(row["deficit"])),
                "bad",
            )
        )
    if row["deficit"] > 0:
        tiles.append(
            (
                say("deficit"),
                _n(row["deficit"]),
                say("places"),
                say("deficit_note", classes=_n(row["deficit_classes"]), schools=_n(row["deficit_schools"])),
                "bad",
            )
        )
    figures(tiles)


def _stage_table(stages: pd.DataFrame, answer: Answer) -> pd.DataFrame:
    return pd.DataFrame({
        say("stage"): [pick(STAGE_NAMES[s]) for s in stages.index], say("seats"): _told(stages["seats"]), say("seats_target"): _told(stages["target"]),
        counted_head(say("seats_demand"), answer): _told(stages["demand"]), say("ratio"): [_percent(r) for r in stages["ratio"]], say("classes_short"): _told(stages["deficit_classes"]),
    })  # fmt: skip


def _zone_table(workspace: Workspace, known: pd.DataFrame, answer: Answer) -> pd.DataFrame:
    names = [
        indented(pick(short_name(workspace.zones.loc[z])), level)
        for z, level in zip(known["zone_id"], known["level"], strict=True)
    ]
    return pd.DataFrame({
        say("layer_zones"): names, say("seats"): _told(known["seats"]), counted_head(say("seats_demand"), answer): _told(known["demand"]),
        say("ratio"): [_percent(r) for r in known["ratio"]], say("deficit"): _told(known["deficit"]), say("deficit_within"): _told(known["deficit_within"]),
    })  # fmt: skip


def _gaps(answer: Answer, names: Mapping[object, Text], lines: dict[str, str]) -> None:
    gaps = answer.tables["gaps"]
    if gaps.empty:
        return
    heading(say("work_list"), answer.basis)
    words = {
        "rank": "#",
        "name": say("layer_zones"),
        "service": say("stage"),
        "people": say("deficit"),
        "of": say("seats_demand"),
    }
    rows = gaps.head(20)
    if "place_id" in rows:
        rows = rows.assign(
            name=[pick(names.get(i, Text(name, name))) for i, name in zip(rows["place_id"], rows["name"], strict=True)]
        )
    table = rows.rename(columns=words)
    if say("stage") in table:
        table[say("stage")] = table[say("stage")].map(lambda s: pick(STAGE_NAMES[s]) if s in STAGE_NAMES else s)
    kept = [v for v in words.values() if v in table]
    numbers = [c for c in kept if table[c].dtype.kind == "f"]
    for column in numbers:
        table[column] = _told(table[column])
    marks = [Mark(lines.get(str(i), "")) for i in table["place_id"]] if "place_id" in table else []
    grid(table[kept], marks)


def _formula(answer: Answer, stage: str) -> None:
    """Show the sum behind the demand with its numbers and their sources: nothing hidden."""
    with st.expander(say("how")):
        rows = answer.tables["formula"]
        rows = rows[rows["stage"] == stage]
        word = "text_en" if language() == "en" else "text_zh"
        told = [
            (
                str(r[word]),
                f"{r['value']:,.4g}",
                _unit(r["unit"]),
                " ".join(t for t in (r["source"], r["clause"]) if isinstance(t, str) and t),
            )
            for _, r in rows.iterrows()
        ]
        table([say("step"), say("value"), say("unit"), say("source")], told)
        method(pick(answer.method), answer.sources)


def _unit(unit: object) -> str:
    return pick(UNITS.get(unit, Text(unit, unit))) if isinstance(unit, str) else ""


def _zone_map(workspace: Workspace, zones: pd.DataFrame, stage: str, answer: Answer) -> Spec:
    """Return sub-areas (zones without any as a whole) coloured by seats ÷ pupils."""
    ratio = zones.set_index("zone_id")["ratio"].reindex(workspace.zones.index)
    parents = set(workspace.zones["parent_id"].dropna())
    leaf = ~workspace.zones.index.isin(list(parents))
    shown = workspace.zones[leaf & ratio.notna().to_numpy()]
    numbers = draw.classify(ratio[shown.index].to_numpy(float), draw.ADEQUACY)
    frame = gpd.GeoDataFrame(
        {"class": [str(int(n)) for n in numbers]}, geometry=shown.geometry.to_numpy(), crs=shown.crs
    )
    first = int(np.min(draw.classify(np.array([0.1]), draw.ADEQUACY)))
    word = "en" if language() == "en" else "zh"
    return {
        "id": "adequacy", **results.inline(frame), "group": "result", "title": stamped(say("ratio_layer", stage=pick(STAGE_NAMES[stage])), answer), "pane": "zp-band",
        "style": {"weight": 0, "fillOpacity": draw.AREA_WASH},
        "rules": [{"by": "class", "cases": {str(i + first): {"fillColor": c["colour"]} for i, c in enumerate(draw.ADEQUACY)}}],
        "legend": [{"type": "fill", "color": c["colour"], "opacity": draw.AREA_WASH, "text": c[word]} for c in draw.ADEQUACY], "badge": badge(answer.basis),
    }  # fmt: skip


def _assign(case: Case) -> Drawn:
    workspace = case.workspace
    chosen = select(say("assign_limit"), LIMITS, "assign_limit", lambda v: on_foot(v) if v else say("no_limit"))
    limit = float(chosen) if chosen else None
    rules = st.multiselect(
        say("assign_rules"),
        list(answers.RULES),
        key="assign_rules",
        format_func=lambda r: pick(answers.RULES[r]),
        placeholder=say("assign_rules_none"),
    )
    options: dict[str, Any] = {"limit": limit, "rules": tuple(rules)}
    answer = patient(both("view_assign"), lambda _: answers.assign(case, **options), (made.asked_of(case), *options.values()))  # fmt: skip
    if answer is None:
        return Drawn()
    maps = answers.flow_map(case, **options)
    total, schools, cells = answer.tables["summary"].iloc[0], answer.tables["schools"], answer.tables["cells"]
    mean, longest = _first(total, "mean_walk_m", "mean_m", "mean"), _first(total, "longest_walk_m", "longest_m", "max_m", "longest", "max")  # fmt: skip
    everybody, walk = _n(total["pupils"]), on_foot_both(mean)
    told = both("ans_assigned", all=everybody, walk=walk, n=_n(total["unserved"])) if total["unserved"] > 0.5 else both("ans_assigned_all", all=everybody, walk=walk)  # fmt: skip
    answered(pick(told), pick(answer.title), pick(answer.method), answer.basis)
    if total["unserved"] > 0.5:
        onward(say("next_sites"), "siting", key="next_sites", siting_view="locate")
    figures([
        (say("pupils_all"), _n(total["pupils"]), say("people"), say("served_is", n=_n(total["served"])), ""),
        (say("unserved"), _n(total["unserved"]), say("people"), "", "bad" if total["unserved"] > 0.5 else "good"),
        (say("mean_walk"), _n(mean), unit_on_foot(mean), say("p95_is", walk=on_foot(_first(total, "p95_walk_m", "p95_m", "p95"))), ""),
        (say("longest"), _n(longest), unit_on_foot(longest), "", ""),
    ])  # fmt: skip
    for note in answer.notes:
        paragraph(pick(note))
    heading(say("fill"), answer.basis)
    names = (
        schools["name_en"].where(schools["name_en"].notna(), schools["name_zh"])
        if language() == "en"
        else schools["name_zh"]
    )
    bars = pd.DataFrame(
        {
            "name": names.to_numpy(),
            "fill": schools["fill"].to_numpy(),
            "used": schools["used"].to_numpy(),
            "seats": schools["seats"].to_numpy(),
        }
    )
    st.html(charts.fill_bars(bars.nlargest(20, "seats")))
    left = cells[cells["unserved"] > 0]
    if len(left) and "why" in left:
        heading(say("why_unserved"))
        why = left.groupby("why")["unserved"].sum()
        listing(
            [
                (say(f"why_{w}") if f"why_{w}" in CATALOGUE else str(w), f"{n:,.0f} {say('people')}", "")
                for w, n in why.items()
            ]
        )
    export.buttons(workspace, answer, ("schools", "cells", "flows", "zones"))
    drawn = Drawn(
        layers=[*_assign_layers(workspace, maps, left, answer), _full(schools, names, answer)],
        spoken=f"{say('unserved')} {_n(total['unserved'])}",
    )
    paragraph(say("assign_note"))
    return drawn


def _assign_layers(
    workspace: Workspace, maps: dict[str, gpd.GeoDataFrame], left: gpd.GeoDataFrame, answer: Answer
) -> list[Spec]:
    specs: list[Spec] = []
    areas = maps["catchments"]
    if len(areas):
        frame = gpd.GeoDataFrame(
            {"tone": [str(i % len(draw.ZONE_COLOURS)) for i in range(len(areas))]},
            geometry=areas.geometry.to_numpy(),
            crs=areas.crs,
        )
        specs.append({
            "id": "catchments", **results.published(frame), "group": "result", "title": stamped(say("catchments"), answer), "pane": "zp-result",
            "style": {"weight": 1, "color": "#45555e", "fillOpacity": 0.35},
            "rules": [{"by": "tone", "cases": {str(i): {"fillColor": c} for i, c in enumerate(draw.ZONE_COLOURS)}}],
            "legend": [{"type": "fill", "color": draw.ZONE_COLOURS[0], "opacity": 0.4}], "badge": badge(answer.basis),
        })  # fmt: skip
    if len(left):
        classes = draw.ramp(
            left["unserved"],
            draw.LACK[1:4],
            unit_zh=say("people"),
            unit_en=say("people"),
            whole=True,
        )
        specs.append(
            results.picture(
                "unserved",
                stamped(say("unserved_cells"), answer),
                left,
                left["unserved"],
                workspace.cell_metres,
                classes,
                basis=answer.basis,
            )
        )
    flows = maps["flows"]
    if len(flows):
        specs.append(results.flows(flows, flows["pupils"], stamped(say("flows"), answer), "#2a6f7c", answer.basis))
    return specs


FILL = (("low", 0.7, "#7cc4a0"), ("high", 0.95, "#e6b84c"), ("full", math.inf, "#c0483a"))
"""How full a school is, up to which share, and its colour."""


def _full(schools: gpd.GeoDataFrame, names: pd.Series, answer: Answer) -> Spec:
    """Return the schools by how full they are, with seats used of seats."""
    step = [next((k for k, most, _ in FILL if f < most), "") if math.isfinite(f) else "" for f in schools["fill"]]
    told = [f"{name} {_n(u)}/{_n(s)}" for name, u, s in zip(names, schools["used"], schools["seats"], strict=True)]
    frame = gpd.GeoDataFrame(
        {"step": step, "tip_zh": told, "tip_en": told}, geometry=schools.geometry.to_numpy(), crs=schools.crs
    )
    path = draw.SHAPES["circle"]
    return {
        "id": "school-fill", **results.inline(frame), "group": "result", "title": stamped(say("fill"), answer), "pane": "zp-points", "live": True,
        "style": {"color": "#9aa5ab", "path": path, "radius": 9},
        "rules": [{"by": "step", "cases": {k: {"color": c} for k, _, c in FILL}}],
        "legend": [{"type": "point", "path": path, "color": c, "text": say(f"fill_{k}")} for k, _, c in FILL], "badge": badge(answer.basis),
    }  # fmt: skip


def _first(row: pd.Series, *names: str) -> float:
    return next((float(row[n]) for n in names if n in row and pd.notna(row[n])), math.nan)


def _told(numbers: pd.Series) -> list[float] | list[str]:
    """Return whole numbers for a column; where one is not known all as text, so that the page shows a dash, not None."""
    whole = numbers.round()
    return [_n(v) for v in whole] if whole.isna().any() else whole.tolist()


def _n(value: float) -> str:
    return f"{value:,.0f}" if value is not None and math.isfinite(value) else "–"


def _percent(value: float) -> str:
    return f"{value:.0%}" if math.isfinite(value) else say("no_data")
