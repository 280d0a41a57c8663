"""What if here: the clicked place, what is near it on foot, and what a new facility there would change."""

from __future__ import annotations

import math
import re
import unicodedata

import pandas as pd
import streamlit as st

from geo import answers
from geo.case import Case
from geo.errors import InputError
from geo.text import Text
from geo.workspace import Workspace
from ui.map.drawn import Asked, Drawn
from ui.panels import place_told, travel_view
from ui.parts import journey, lacking
from ui.parts.grid import Mark, grid
from ui.parts.made import asked_of
from ui.parts.markup import heading, method, paragraph, sent, steps, table, title
from ui.parts.patience import patient
from ui.parts.problem import guarded
from ui.parts.trust import known_layers
from ui.parts.walk import choose_pace, on_foot, pace
from ui.session import edits
from ui.session.state import remember_place
from ui.session.work import aside
from ui.words import both, language, pick, say

__all__ = ["show"]

LIST_LIMIT = 50


def show(asked: Asked) -> Drawn:
    """Show what is known of the place asked about, or how to begin."""
    case, workspace, choice = asked.case, asked.workspace, asked.choice
    place = st.session_state.place
    question = place_told.asked_now(case, choice)
    # By a mode the panel asks when and how long: what a press is told at once would be another answer than the page's.
    ask = place_told.leave(question) if journey.mode_now(case) == journey.STANDARD else None
    if place is None:
        _welcome(workspace)
        _by_coordinates(case)
        return Drawn(hint=say("hint"), ask=ask)
    mode = journey.chosen_mode(case)
    if mode != journey.STANDARD:
        return travel_view.show(asked, mode, place)
    told = place_told.told(question, *place)
    answer = told.answer
    # Everything is worked out before the first word is sent: the browser then draws while nothing else needs the processor.
    drawn = Drawn(layers=told.layers, spoken=told.spoken, ask=ask)
    asked.paint(drawn)
    counted = not lacking.lacks(case, "zones", "people")
    if counted:
        sent([*told.head, *told.body], place_told.IN_PANEL)
    else:
        sent(told.head)
        lacking.told(case, "zones", "people")
        sent(told.body)
    edits.offer_site(case, place, answer, primary=counted)
    _band_choice()
    if counted:
        _circles(case, place)
    _by_coordinates(case)
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    return drawn


def _welcome(workspace: Workspace) -> None:
    title(say("welcome"))
    steps([say("step_1"), say("step_2"), say("step_3")])
    known_layers(workspace)


def _band_choice() -> None:
    st.segmented_control(
        say("bands_by"),
        ("metres", "minutes"),
        key="band_kind",
        default="metres",
        required=True,
        format_func=lambda k: say(f"bands_{k}"),
    )
    choose_pace()


def _circles(case: Case, place: tuple[float, float]) -> None:
    """Show the living circles of the place, where asked for: they ask every service of every zone."""
    if not st.toggle(say("circles"), key="circles"):
        return
    walking = pace().key
    answer = guarded(
        lambda: patient(
            both("circles"), lambda _: answers.circles(case, *place, walking=walking), (asked_of(case), place, walking)
        )
    )
    if answer is None:
        return
    heading(say("circles"), answer.basis)
    bands = answer["bands"]
    table(
        (say("circle"), say("circle_people_metres"), say("circle_people_minutes", speed=pick(pace().words))),
        [
            (
                say("minutes_of", m=one.circle),
                f"{one.people_metres:,.0f} ({one.limit_m:g} m)",
                f"{one.people_minutes:,.0f} ({one.reach_m:,.0f} m)",
            )
            for one in bands.itertuples()
        ],
    )
    table(
        (say("circle"), say("service"), say("circle_state"), say("circle_nearest")),
        [
            (
                say("minutes_of", m=one.circle),
                pick(Text(one.service_zh, one.service_en)),
                pick(Text(one.state_zh, one.state_en)),
                on_foot(one.walk_m),
            )
            for one in answer["required"].itertuples()
        ],
    )
    for note in answer.notes:
        paragraph(pick(note))
    method(pick(answer.method), answer.sources)


def _by_coordinates(case: Case) -> None:
    """Ask about a place without the mouse: by numbers, or a list of places at once."""
    if not st.toggle(say("by_numbers"), key="by_numbers"):  # a fold would send its two forms with every click
        return
    with st.form("coordinates", border=False):
        a, b = st.columns(2)
        lon = a.text_input(say("lon"), placeholder="117.62", key="lon_asked")
        lat = b.text_input(say("lat"), placeholder="39.07", key="lat_asked")
        if st.form_submit_button(say("ask")):
            remember_place(*_numbers(f"{lon},{lat}"))
            st.rerun(scope="fragment")
    with st.form("list", border=False):
        text = st.text_area(say("list"), placeholder="117.62,39.07\n117.10,39.08", height=84, key="list_asked")
        if st.form_submit_button(say("ask_list")) and text.strip():
            _listed(case, text)


def _numbers(text: str) -> tuple[float, float]:
    # NFKC turns the comma and the digits of a Chinese keyboard into plain ones.
    parts = [p for p in re.split(r"[,\s]", unicodedata.normalize("NFKC", text)) if p]
    try:
        lon, lat = (float(p) for p in parts)
    except ValueError:
        raise InputError(both("not_a_place", text=text)) from None
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise InputError(both("not_on_earth", text=text))
    return lon, lat


def _listed(case: Case, text: str) -> None:
    lines = [line.strip() for line in text.splitlines() if line.strip()][:LIST_LIMIT]
    rows = []
    for line in lines:
        answer = aside(answers.site, case, *_numbers(line))
        where, gain = answer.tables["place"].iloc[0], answer.tables["gain"].iloc[0]
        near = answer.tables["nearest"]
        first = near[(near["service"] == case.service) & (near["rank"] == 1)]
        rows.append({
            say("place"): line, say("layer_zones"): where[f"sub_area_{language()}"] or where[f"zone_{language()}"] or say("outside"),
            say("walk_to"): round(first["walk_m"].iloc[0]) if len(first) and math.isfinite(first["walk_m"].iloc[0]) else None,
            say("new_people_walk"): round(gain["people_new_walk"]),
        })  # fmt: skip
    grid(pd.DataFrame(rows), [Mark("{:.6f},{:.6f}".format(*_numbers(line))) for line in lines])
