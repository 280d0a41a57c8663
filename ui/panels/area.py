"""A drawn area: who lives there, which pupils and seats, and what is missing against each standard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.workspace import Workspace
from ui.map import results
from ui.map.drawn import Asked, Drawn
from ui.map.scene import bounds_of, short_name
from ui.parts import export, lacking, problem
from ui.parts.markup import Row, figures, grouped, heading, listing, method, paragraph, table, title
from ui.parts.walk import on_foot
from ui.session import area, outbox
from ui.session.work import aside
from ui.words import STAGE_NAMES, language, pick, say, service_name

__all__ = ["show"]

WORDS = ("draw_bar", "draw_undo", "draw_redo", "draw_remove")
LOOK = {"colour": "#0f6b78", "weight": 3, "dash": "7 5"}
"""How it is drawn: not in the red of a plan, as it changes nothing."""
PLACE = "POLYGON ((117.64 39.05, 117.66 39.05, 117.66 39.07, 117.64 39.05))"
LISTED = 60


def show(asked: Asked, zones: Sequence[str]) -> Drawn:
    """Show the tool on the map, other ways to give an area (``zones``: in the order of their list), and what it answers."""
    ground = area.current()
    picture = _picture(ground)
    asked.paint(picture)  # the hand sees its area before it is answered
    if (why := area.problem()) is not None:
        st.warning(pick(why))
    title(say("area_mine"), say("area_how"))
    _ways(asked.workspace, ground, zones)
    if ground is None:
        paragraph(say("area_none"))
        return picture
    if area.corners(ground) is None:
        paragraph(say("area_fixed"))
    if not lacking.told(asked.case, "people"):
        problem.guarded(lambda: _answered(asked, ground))
    return picture


def _picture(ground: area.Ground | None) -> Drawn:
    """Return the tool and the area on the map: with handles where its corners are few."""
    tool = {
        "id": area.ID, "shape": "area", "group": "", "kind": "area", **LOOK, "label": say("area_tool"),
        "title": say("area_tool_title"), "help": say("area_tool_help"),
    }  # fmt: skip
    drawn = Drawn(spoken=say("area_mine"))
    ring = area.corners(ground)
    shapes = [] if ground is None or ring is not None else [ground.shape]
    by_hand = not shapes  # else it is a layer like any other
    objects = []
    if ring is not None:
        objects.append({"id": area.ID, "kind": "area", "shape": "area", **LOOK, "at": ring, "label": say("area_mine")})
    drawn.layers.append({
        "id": area.ID, **results.inline(gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4326")), **({"kind": "drawn"} if by_hand else {}),
        "group": "result", "title": say("area_mine"), "pane": "zp-band",
        "style": {"color": LOOK["colour"], "weight": LOOK["weight"], "dashArray": LOOK["dash"], "fillOpacity": 0.12},
        "legend": [{"type": "fill", "color": LOOK["colour"], "opacity": 0.2, "strokeWidth": 2}],
    })  # fmt: skip
    drawn.draw = {
        "tools": [tool], "objects": objects, "selected": area.ID if objects else "", "removable": bool(objects), "of": "area", "done": outbox.done(),
        "undo": area.undoable(), "redo": area.redoable(), "words": {key: say(key) for key in WORDS},
    }  # fmt: skip
    if ground is not None and (times := st.session_state.get("area_view")):
        shapes = gpd.GeoSeries([ground.shape], crs="EPSG:4326")
        drawn.view = {"id": f"area-{times}", "bounds": aside(bounds_of, shapes)}
    return drawn


def _ways(workspace: Workspace, ground: area.Ground | None, zones: Sequence[str]) -> None:
    """Offer zones and pasted coordinates, and to go back."""
    names = {str(i): short_name(workspace.zones.loc[i]) for i in zones}
    if names:
        key = f"area_zones_{language()}"
        st.session_state[key] = [z for z in (ground.zones if ground else ()) if z in names]
        st.multiselect(
            say("area_zones"), list(names), key=key, format_func=lambda z: pick(names[z]), placeholder=say("area_zones_hint"),
            on_change=lambda: area.of_zones(workspace, st.session_state[key]),
        )  # fmt: skip
    with st.expander(say("area_paste")):
        st.text_area(say("area_text"), key="area_text", placeholder=PLACE, height=96)
        st.button(
            say("area_take"),
            key="area_take",
            width="stretch",
            on_click=lambda: area.of_text(st.session_state.area_text),
        )
    left, middle, right = st.columns(3)
    left.button(say("undo"), on_click=area.undo, disabled=not area.undoable(), width="stretch", key="area_undo")
    middle.button(say("redo"), on_click=area.redo, disabled=not area.redoable(), width="stretch", key="area_redo")
    right.button(say("area_clear"), on_click=area.clear, disabled=ground is None, width="stretch", key="area_clear")


def _answered(asked: Asked, ground: area.Ground) -> None:
    case = asked.case
    answer = aside(answers.area, case, ground.shape)
    row = answer["area"].iloc[0]
    stages = answer["stages"]
    heading(say("area_year", year=case.year), answer.basis)
    figures(
        [
            (say("area"), f"{row['area_km2']:,.2f}", "km²", "", ""),
            (say("residents_in", year=case.year), f"{row['people']:,.0f}", say("people"), say("area_cells", n=f"{row['cells']:,}"), ""),
            (say("area_pupils"), _number(stages["pupils"].sum(skipna=False)), say("people"), "", ""),
        ]
    )  # fmt: skip
    heading(say("area_stages"))
    heads = (say("stage"), say("pupils_all"), say("area_schools"), say("area_seats"), say("area_missing"))
    table(heads, [_stage(one) for one in stages.reset_index().to_dict("records")])
    heading(say("area_standards"))
    columns = (say("area_needed"), say("area_clause"))
    grouped(columns, [_standard(asked.workspace, one) for one in answer["standards"].to_dict("records")])
    _inside(answer)
    for note in answer.notes:
        paragraph(pick(note))
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    export.buttons(asked.workspace, answer, ("area", "inside", "stages", "standards"))


def _number(value: float) -> str:
    return say("area_unknown") if pd.isna(value) else f"{value:,.0f}"


def _stage(one: dict[str, Any]) -> tuple[str, ...]:
    unknown = int(one["schools_unknown"])
    seats = say("area_unknown_of", n=unknown) if pd.isna(one["seats"]) and unknown else _number(one["seats"])
    name = pick(STAGE_NAMES[one["stage"]])
    return name, _number(one["pupils"]), f"{one['schools']:,}", seats, _number(one["missing"])


def _standard(workspace: Workspace, one: dict[str, Any]) -> tuple[str, str, tuple[str, str]]:
    """Return a standard as a group of the table: what it is about, what comes of it, and the figures."""
    service = pick(service_name(one["service"]))
    distance = one["asks"] == "distance"
    about = (
        say("area_walk", service=service, walk=on_foot(one["limit_m"]))
        if distance
        else say("area_per_thousand", service=service)
    )
    missing = one["missing"]
    end = (
        say("area_unknown")
        if pd.isna(missing)
        else say("area_met")
        if round(missing) == 0
        else say("area_short", n=_counted(one, missing))
    )
    share = one["share"]
    there = _number(one["there"])
    there = there if pd.isna(share) else say("area_share", n=there, share=f"{share:.0%}")
    asks = say("area_of", needed=_counted(one, one["needed"]), there=there)
    record = workspace.sources.get(one["standard"], {})  # some standards are named by the id of their source
    return about, end, (asks, f"{record.get('title', one['standard'])} {one['clause']}")


def _counted(one: dict[str, Any], value: float) -> str:
    return say("area_unknown") if pd.isna(value) else say(f"area_unit_{one['unit']}", n=f"{value:,.0f}")


def _inside(answer: Answer) -> None:
    """List the facilities inside, each with what it gives."""
    found = answer["inside"]
    heading(say("area_inside", n=len(found)))
    if found.empty:
        paragraph(say("none_here"))
        return
    rows: list[Row] = []
    for one in found.head(LISTED).to_dict("records"):
        name = (one["name_en"] if language() == "en" and isinstance(one["name_en"], str) else None) or one["name_zh"]
        given = say("between").join(pick(service_name(key)) for key in one["services"].split("; ") if key)
        seats = "" if pd.isna(one["seats"]) else f"{one['seats']:,.0f}"
        rows.append((f"{name} · {given}", seats, ""))
    listing(rows)
