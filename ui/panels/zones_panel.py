"""The card of a zone: its role, functions, carriers and clause, its people and facilities, and how its shape is known."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
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
from ui.map.scene import UNSAID, bounds_of
from ui.panels import area, carriers_view
from ui.parts import lacking, sentence
from ui.parts.ask import select
from ui.parts.cited import control
from ui.parts.markup import Row, answered, figures, heading, indented, listing, method, paragraph, plain, steps
from ui.parts.navigation import onward
from ui.session import area as area_now
from ui.session import projects
from ui.session.once import once
from ui.session.work import aside
from ui.words import KIND_NAMES, PROJECT_STATES, STAGE_NAMES, STATUS, language, pick, say

__all__ = ["show"]

FIELDS = ("role", "functions", "carriers", "clause", "sides", "note")
"""What is told of a zone, in this order, where the data say it."""


def show(asked: Asked) -> Drawn:
    """Show the card of the chosen zone, and the zone on the map; or an area of the planner's own."""
    workspace = asked.workspace
    zones = workspace.zones
    ordered = _ordered(zones)
    st.session_state.setdefault("zones_view", "card" if area_now.current() is None else "area")
    what = st.segmented_control(
        say("map_shows"), ("card", "area"), key="zones_view", required=True, label_visibility="collapsed",
        format_func=lambda k: say(f"view_{k}"),
    )  # fmt: skip
    if what == "area":
        return area.show(asked, ordered)
    if lacking.told(asked.case, "zones"):
        return Drawn()
    _follow_click(asked.case)
    if st.session_state.get("zone") not in ordered:
        st.session_state.zone = ordered[0]
    chosen = select(say("zone"), ordered, "zone", lambda z: _indented(zones, z), on_change=_look_there)
    answer = once(_card, asked.case, chosen)
    card = answer.tables["card"].iloc[0]
    closing = once(answers.closing, asked.case, str(chosen))
    short = {str(r["stage"]): float(r["deficit_within"]) for r in closing.tables["stages"].to_dict("records")}
    year = min(workspace.years, key=lambda y: abs(y - asked.case.year))
    name = Text(_text(card["name_zh"]), _text(card.get("name_en")) or _text(card["name_zh"]))
    unknown = bool(lacking.lacks(asked.case, "people"))
    people = math.nan if unknown else float(card[f"people_{year}"])
    told = sentence.zone(name, float(card["area_km2"]), people, year, {} if unknown else short, STAGE_NAMES)
    answered(pick(told), _name(card), _text(card.get("name_en" if language() == "zh" else "name_zh")), answer.basis)
    if not lacking.told(asked.case, "people"):
        if short:
            onward(say("next_gap"), "seats", key="next_gap", seats_view="adequacy")
        figures(_figures(workspace, card))
        _closing(asked.case, closing)
    quotes = workspace.quotes
    quoted = set(quotes.loc[quotes["id"] == chosen, "field"]) if len(quotes) else set()
    for field in FIELDS:
        text = _text(card.get(f"{field}_{language()}")) or _text(card.get(f"{field}_zh")) or _text(card.get(field))
        if field == "carriers" and len(answer.tables["carriers"]):
            carriers_view.show(workspace, answer.tables["carriers"])
        elif text:
            heading(say(f"zone_{field}"))
            st.text(text)
        if text and field in quoted:
            control(workspace, "zone", chosen, field=field, key=f"cite_{chosen}_{field}")
    _projects(answer.tables["projects"])
    _facilities(answer.tables)
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    shape = zones.loc[[chosen]]
    colour = draw.zone_style(draw.zone_colours(zones)[str(chosen)])["color"]
    frame = shape[["geometry"]].reset_index(drop=True)
    spec = {
        "id": "chosen", **results.inline(frame), "group": "result", "title": _name(card), "pane": "zp-band",
        "style": {"color": colour, "weight": 4, "fillColor": colour, "fillOpacity": 0.12},
        "legend": [{"type": "fill", "color": colour, "opacity": 0.2, "strokeWidth": 2}],
    }  # fmt: skip
    return Drawn(layers=[spec], view=_view(chosen, shape), spoken=_name(card))


def _card(case: Case, zone: str) -> Answer:
    return answers.zone_card(case.workspace, zone)


def _look_there() -> None:
    """Remember that the planner chose a zone by name: the map may move. After a click on the map it stays."""
    st.session_state.zone_view = st.session_state.get("zone_view", 0) + 1


def _view(chosen: object, shape: gpd.GeoDataFrame) -> dict[str, Any] | None:
    times = st.session_state.get("zone_view", 0)
    return {"id": f"zone-{times}", "bounds": aside(bounds_of, shape.geometry)} if times and chosen is not None else None


def _follow_click(case: Case) -> None:
    """Turn the card to the zone that was clicked, once a click."""
    place = st.session_state.place
    if place is None or st.session_state.get("zone_click") == place:
        return
    st.session_state.zone_click = place
    row = aside(answers.site, case, *place).tables["place"].iloc[0]
    found = row["sub_area_id"] or row["zone_id"]
    if found is not None:
        st.session_state.zone = found
    st.session_state.carrier = carriers_view.clicked(case.workspace, *place) or ""


def _ordered(zones: pd.DataFrame) -> list[Any]:
    """Return zones, each followed by its sub-areas."""
    ids: list[Any] = []
    for top in zones.index[zones["level"] == "zone"]:
        ids += [top, *zones.index[zones["parent_id"] == top]]
    return ids


def _name(row: pd.Series) -> str:
    return (_text(row.get("name_en")) if language() == "en" else "") or _text(row["name_zh"])


def _indented(zones: pd.DataFrame, zone_id: Any) -> str:
    row = zones.loc[zone_id]
    return indented(f"· {_name(row)}" if row["level"] == "sub_area" else _name(row), row["level"])


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _figures(workspace: Workspace, card: pd.Series) -> list[Any]:
    published = card.get("area_km2_published")
    note = (
        say("area_published", km2=f"{published:.2f}")
        if published is not None and pd.notna(published)
        else say("area_no_published")
    )
    tiles: list[Any] = [(say("area"), f"{card['area_km2']:.2f}", "km²", note, "")]
    tiles += [
        (say("residents_in", year=y), f"{card[f'people_{y}']:,.0f}", say("people"), say("from_cells"), "")
        for y in workspace.years[:3]
    ]
    return tiles


def _closing(case: Case, answer: Answer) -> None:
    """Say of each stage what the zone lacks, which projects bring it, and what is left."""
    rows = answer.tables["stages"]
    if rows.empty:
        return
    heading(say("zone_closing", year=case.year), answer.basis)
    steps(list(rows[f"text_{language()}"]))
    for note in answer.notes:
        paragraph(pick(note))


def _projects(rows: pd.DataFrame) -> None:
    """List the projects of the zone, each to be pressed: its card opens, on the map."""
    if rows.empty:
        return
    heading(say("projects_here"))
    ids = [str(i) for i in rows["project_id"]]
    told = {
        str(r["project_id"]): f"{plain(str((r.get('name_en') if language() == 'en' else None) or r['name']))}  \n:small[{pick(PROJECT_STATES.get(str(r['state']), UNSAID))}]"
        for _, r in rows.iterrows()
    }  # fmt: skip
    key = f"zone_projects_{language()}"
    st.session_state[key] = None
    with st.container(key="cards"):
        st.pills(say("projects_here"), ids, key=key, label_visibility="collapsed", format_func=lambda i: told[i],
                 on_change=lambda: projects.open_card(st.session_state[key]))  # fmt: skip


def _facilities(tables: Any) -> None:
    rows: list[Row] = []
    for name in ("schools", "clinics", "stops", "facilities"):
        for row in tables[name].head(40).to_dict("records"):
            kind = pick(KIND_NAMES.get(_text(row.get("kind")), UNSAID))
            state = pick(STATUS.get(_text(row.get("status")), UNSAID))
            label = (_text(row.get("name_en")) if language() == "en" else "") or _text(row.get("name_zh"))
            rows.append((label, " · ".join(t for t in (kind, state) if t), ""))
    heading(say("facilities_here", n=len(rows)))
    if rows:
        listing(rows)
    else:
        paragraph(say("none_here"))
