"""What if here: the clicked place, what is near it on foot, and what a new facility there would change."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.case import Case
from geo.crs import metres_of
from geo.errors import InputError
from geo.text import Text
from geo.workspace import Workspace
from layers.look import draw
from ui.map import results
from ui.map.drawn import Asked, Drawn
from ui.map.look import weakest
from ui.map.scene import short_name
from ui.panels import travel_view
from ui.parts import journey, lacking, sentence
from ui.parts.grid import Mark, grid
from ui.parts.made import asked_of
from ui.parts.markup import (
    Row,
    Tone,
    answered,
    figures,
    heading,
    listing,
    method,
    paragraph,
    steps,
    table,
    title,
    together,
)
from ui.parts.patience import patient
from ui.parts.problem import guarded
from ui.parts.trust import known_layers
from ui.parts.walk import choose_pace, on_foot, on_foot_both, pace
from ui.session import edits
from ui.session.state import Choice, remember_place
from ui.session.work import aside
from ui.words import both, language, pick, say

__all__ = ["gains", "show"]

BANDS_M = (300.0, 500.0, 1000.0)
BANDS_MIN = (5.0, 10.0, 15.0)
LIST_LIMIT = 50


def show(asked: Asked) -> Drawn:
    """Show what is known of the place asked about, or how to begin."""
    case, workspace, choice = asked.case, asked.workspace, asked.choice
    place = st.session_state.place
    if place is None:
        _welcome(workspace)
        _by_coordinates(case)
        return Drawn(hint=say("hint"))
    mode = journey.chosen_mode(case)
    if mode != journey.STANDARD:
        return travel_view.show(asked, mode, place)
    answer = aside(answers.site, case, *place, classes=edits.classes_here(choice))
    where = answer.tables["place"].iloc[0]
    # Everything is worked out before the first word is sent: the browser then draws while nothing else needs the processor.
    drawn = _draw(case, answer, place)
    drawn.spoken = _spoken(answer, where)
    asked.paint(drawn)
    _head(case, answer, choice)
    counted = not lacking.told(case, "zones", "people")
    with together():
        if where["on_street"] and counted:
            gains(case, answer, choice)
            school_here(answer)
        _nearest(answer, choice)
        if counted:
            _rules(answer)
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


def _sentence(case: Case, answer: Answer, choice: Choice) -> Text:
    """Return whom a facility here would serve, and how far the nearest is today."""
    gain, near = answer.tables["gain"].iloc[0], answer.tables["nearest"]
    unit = "pupils" if case.asked.unit == "pupils" else "people"
    first = near[(near["service"] == choice.service) & near["walk_m"].map(math.isfinite)] if len(near) else near
    walk = on_foot_both(float(first["walk_m"].min())) if len(first) else None
    service = Text(case.asked.name_zh, case.asked.name_en.lower())
    return sentence.site(
        float(gain[f"{unit}_new_{choice.by}"]),
        walk,
        service=service,
        unit=both("pupils" if unit == "pupils" else "people"),
        known=not lacking.lacks(case, "service"),
    )


def _head(case: Case, answer: Answer, choice: Choice) -> None:
    workspace, where = case.workspace, answer.tables["place"].iloc[0]
    ids = [where[f"{level}_id"] for level in ("zone", "sub_area") if where[f"{level}_id"] is not None]
    lon, lat = where["lon"], where["lat"]
    at = f"{abs(lon):.5f}°{'E' if lon >= 0 else 'W'}  {abs(lat):.5f}°{'N' if lat >= 0 else 'S'}"
    known = where["on_street"] and not lacking.lacks(case, "zones", "people")
    told = pick(_sentence(case, answer, choice)) if known else ""
    if ids:
        named = [where[f"{level}_{language()}"] or where[f"{level}_zh"] for level in ("zone", "sub_area")]
        full = say("between_names").join(n for n in named if n)
        head = " · ".join(pick(short_name(workspace.zones.loc[i])) for i in ids)
        under = "  ".join(t for t in (full, at) if t)
    else:
        head, under = (at, "") if workspace.zones.empty else (say("outside"), at)
    if told:
        answered(told, head, under, answer.basis)
    else:
        title(head, under, where["basis"] if ids else "")
    if not ids or not where["on_street"]:
        paragraph(where["text_zh"] if language() == "zh" else where["text_en"])


def gains(case: Case, answer: Answer, choice: Choice) -> None:
    """Show whom a new facility at the place would serve."""
    gain, limit = answer.tables["gain"].iloc[0], on_foot(answer.parameters["limit_m"])
    service = case.asked
    year = pick(answer.stamp) or str(choice.year)
    heading(say("if_here", service=pick(Text(service.name_zh, service.name_en.lower())), year=year), answer.basis)
    units = ["pupils", "people"] if service.unit == "pupils" else ["people"]
    by, other = choice.by, "walk" if choice.by == "radius" else "radius"
    tiles: list[Any] = [
        (
            say(f"new_{unit}_{by}"), _persons(gain[f"{unit}_new_{by}"]), say("people"),
            say(f"note_{other}", limit=limit, n=_persons(gain[f"{unit}_new_{other}"])), "good" if gain[f"{unit}_new_{by}"] >= 1 else "",
        )
        for unit in units
    ]  # fmt: skip
    seats = answer.tables.get("seats")
    if seats is not None and len(seats):
        row = seats.iloc[0]
        tiles.append((
            say("seats_short"), _whole(row["seats_short"]), say("places"),
            say("seats_note", pupils=_whole(row["pupils_in_reach"]), seats=_whole(row["seats_in_reach"])), "bad" if row["seats_short"] > 0 else "good" if row["seats_short"] == 0 else "",
        ))  # fmt: skip
    tiles.append(
        (
            say(f"in_reach_{by}"),
            _persons(gain[f"people_in_reach_{by}"]),
            say("people"),
            say(f"note_{other}", limit=limit, n=_persons(gain[f"people_in_reach_{other}"])),
            "",
        )
    )
    figures(tiles)


def school_here(answer: Answer) -> None:
    """Show who without a seat would get one if a school of the chosen size stood here, and which schools it relieves."""
    table = answer.tables.get("school")
    if table is None or table.empty:
        return
    row = table.iloc[0]
    heading(say("school_here", classes=_whole(row["classes"]), seats=_whole(row["seats"])), row["basis"])
    figures([
        (say("pupils_seated"), _whole(row["pupils_seated"]), say("people"), say("pupils_seated_note", before=_whole(row["unserved_before"]), after=_whole(row["unserved_after"])),
         "good" if row["pupils_seated"] >= 1 else ""),
        (say("right_size"), _whole(row["right_classes"]), say("classes"), say("right_size_note", seats=_whole(row["right_seats"])), ""),
    ])  # fmt: skip
    relieved = answer.tables.get("relieved")
    rows: list[Any] = []
    if relieved is not None:
        for one in relieved.head(5).itertuples():
            name = one.name_zh if language() == "zh" else one.name_en or one.name_zh
            rows.append((say("relieves", name=name), f"−{_whole(one.pupils_fewer)} {say('people')}", "good"))
    crossings = answer.tables.get("crossings")
    if crossings is not None:
        rows += [
            (say("crossing_near", name=one.barrier), f"{_whole(one.metres)} {say('metres')}", "bad")
            for one in crossings.head(4).itertuples()
        ]
    listing(rows)


def _nearest(answer: Answer, choice: Choice) -> None:
    near = answer.tables["nearest"]
    if near.empty:
        return
    heading(say("nearest"), weakest(near))
    own = near[near["service"] == choice.service]
    others = near[(near["service"] != choice.service) & (near["rank"] == 1)]
    rows: list[Row] = []
    for row in pd.concat([own, others]).itertuples():
        name = row.name_zh if language() == "zh" else row.name_en or row.name_zh
        kind = row.service_zh if language() == "zh" else row.service_en
        straight = say("line_m", m=f"{row.radius_m:,.0f}")
        rows.append(
            (
                say("noted", text=f"{kind} · {name}", note=straight),
                say("walk_m", walk=on_foot(row.walk_m)) if math.isfinite(row.walk_m) else say("no_walk"),
                "",
            )
        )
    listing(rows)
    paragraph(say("nearest_note"))


def _rules(answer: Answer) -> None:
    rules = answer.tables.get("rules")
    if rules is None or rules.empty:
        return
    heading(say("rules"))
    rows: list[Row] = []
    for row in rules.itertuples():
        text = row.text_zh if language() == "zh" else row.text_en
        source = " ".join(t for t in (row.standard, row.clause) if isinstance(t, str) and t)
        source = source or (row.note_zh if language() == "zh" else row.note_en)
        met = None if row.met is None or (isinstance(row.met, float) and math.isnan(row.met)) else bool(row.met)
        mark = say("rule_unsure") if met is None else say("rule_met") if met else say("rule_broken")
        tone: Tone = "" if met is None else "good" if met else "bad"
        actual = row.actual_zh if language() == "zh" else row.actual
        rows.append((say("noted", text=text, note=source) if source else text, f"{actual} {mark}".strip(), tone))
    listing(rows)


def _draw(case: Case, answer: Answer, place: tuple[float, float]) -> Drawn:
    """Return bands around the place, and lines to the nearest facilities of the service."""
    minutes = st.session_state.get("band_kind") == "minutes"
    limits = tuple(m * pace().m_per_min for m in BANDS_MIN) if minutes else BANDS_M
    words = (
        [both("band_minutes", m=f"{m:g}") for m in BANDS_MIN]
        if minutes
        else [both("band_metres", walk=on_foot_both(m)) for m in BANDS_M]
    )
    drawn = Drawn()
    spec = results.bands(
        aside(answers.isochrone, case, *place, limits), words, say("bands"), weakest(case.workspace.streets)
    )
    if spec:
        drawn.layers.append(spec)
    near = answer.tables["nearest"]
    near = near[(near["service"] == case.service) & near["walk_m"].map(math.isfinite)] if len(near) else near
    if len(near):
        here = aside(metres_of, *place, case.workspace.crs)
        frame = case.workspace.layer(case.asked.layer)
        texts = [both("spoke", walk=on_foot_both(m)) for m in near["walk_m"]]
        drawn.layers.append(
            results.spokes(
                here,
                frame.geometry.loc[near["facility_id"]],
                texts,
                say("spokes"),
                draw.service_style(case.service)["colour"],
            )
        )
    return drawn


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


def _spoken(answer: Answer, where: pd.Series) -> str:
    gain = answer.tables["gain"].iloc[0]
    text = where["text_zh"] if language() == "zh" else where["text_en"]
    return f"{text} {say('new_people_walk')} {_persons(gain['people_new_walk'])}"


def _persons(value: float) -> str:
    return say("below_one") if 0 < value < 1 else _whole(value)


def _whole(value: float) -> str:
    return f"{value:,.0f}" if math.isfinite(value) else "–"
