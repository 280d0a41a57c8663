"""What the plan holds, object by object: a table linked with the map, and the fields of the one that is chosen.

What is written in a field is one step of the plan; whatever the mouse can do can be done here by keyboard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from geo.case import Case
from geo.errors import InputError, PlanError
from geo.scenario import (
    WAYS,
    Added,
    Barrier,
    Closed,
    Growth,
    Housing,
    Moved,
    Object,
    Opened,
    Removed,
    Resized,
    Scenario,
    Street,
    TransitLine,
    apply,
    said,
)
from geo.services import provides_service
from geo.workspace import Workspace
from ui.parts.ask import select
from ui.parts.markup import paragraph
from ui.parts.plan_words import called, facility_name, kind_of, says, size_word, zone_name
from ui.session import drawing, edits, places
from ui.session.work import aside
from ui.words import both, language, pick, say, service_name, services

__all__ = ["FIELDS", "facility_fields", "into_plan", "maybe", "object_fields", "show"]

FIELDS = (
    "draw_beds", "draw_dwellings", "draw_each", "draw_from_zone", "draw_lat", "draw_lon", "draw_name", "draw_open_year", "draw_people",
    "draw_reason", "draw_resize", "draw_resize_beds", "draw_size", "draw_headway_min", "draw_speed_km_h", "draw_first", "draw_last", "draw_to_zone", "draw_way", "draw_year",
)  # fmt: skip
MANY = 6
"""Longer lists scroll by themselves, so that the fields of what is chosen stay near."""
MARKS = re.compile(r"([\\`*_{}\[\]<>()#+.!|~:$&-])")
NAME_MAX, REASON_MAX = 120, 400


def show(case: Case) -> None:
    """Show the table, the fields of what is chosen, and the ways to change what is there by name."""
    if (why := drawing.problem()) is not None:
        st.warning(pick(why))
    paragraph(say("draw_how"))
    plan = {one.object_id: one for one in edits.current().objects}
    if plan:
        _table(case.workspace, plan)
    else:
        paragraph(say("plan_empty"))
    if (one := drawing.chosen()) is not None:
        object_fields(case.workspace, one)
    if (name := drawing.picked()) is not None:
        facility_fields(case.workspace, name)
    _by_name(case)
    _growth(case)


def _table(workspace: Workspace, plan: Mapping[str, Object]) -> None:
    """List every object: kind, name, from which year on, and below it what it says."""
    misfits = st.session_state.misfits
    one = drawing.chosen()
    key = f"draw_objects_{language()}"
    st.session_state[key] = one.object_id if one else None

    def below(each: Object) -> str:
        fault = f"⚠ **{say('draw_misfit')}**" if each.object_id in misfits else ""
        return " · ".join(part for part in (fault, _text(says(workspace, each))) if part)

    with st.container(key="draw_table", height=300 if len(plan) > MANY else "content", border=False):
        st.radio(
            say("draw_objects", n=len(plan)), list(plan), key=key, index=None,
            format_func=lambda i: f"**{_text(pick(kind_of(plan[i])))}** {_text(called(workspace, plan[i]))} *{plan[i].year or say('draw_always')}*",
            captions=[below(each) for each in plan.values()], on_change=lambda: drawing.choose(st.session_state[key]), width="stretch",
        )  # fmt: skip


def _text(words: str) -> str:
    """Return words as they are, whatever marks of a formatted text they hold: names come from files and from other people."""
    return MARKS.sub(r"\\\1", " ".join(words.split()))


def object_fields(workspace: Workspace, one: Object) -> None:
    """Show the fields of an object, who made it, and a way to delete it."""
    name = one.object_id
    with st.container(border=True, key=f"draw_fields_{name}"):
        if isinstance(one, Added | Housing | Street | Barrier | TransitLine):
            _field(one, "draw_name", one.name_zh, lambda now, text: replace(now, name_zh=text[:NAME_MAX]))
        _special(workspace, one)
        if isinstance(one, Opened):
            _field(
                one,
                "draw_open_year",
                _shown(one.year),
                lambda now, text: replace(now, year=_number("draw_open_year", text)),
            )
        else:
            year = "open_year" if isinstance(one, Added) else "year"
            _field(
                one, "draw_year", _shown(one.year), lambda now, text: replace(now, **{year: maybe("draw_year", text)})
            )
        _field(one, "draw_reason", one.reason, lambda now, text: replace(now, reason=text[:REASON_MAX]))
        if one.author:
            paragraph(say("draw_author", who=one.author))
        st.button(say("draw_delete"), key=f"draw_delete_{name}", on_click=edits.drop, args=(name,), width="stretch")


def _special(workspace: Workspace, one: Object) -> None:
    """Show the fields that only objects of this kind have."""
    if isinstance(one, Added | Resized) and (sized := size_word(one.service)):
        word = "draw_size" if sized == "seats" else "draw_beds"
        read = maybe if isinstance(one, Added) else _number
        _field(one, word, _shown(one.seats), lambda now, text: replace(now, seats=read(word, text)))
    if isinstance(one, Housing):
        _field(
            one,
            "draw_dwellings",
            _shown(one.dwellings),
            lambda now, text: replace(now, dwellings=_number("draw_dwellings", text)),
        )
        if one.dwellings == drawing.dwellings(one):
            paragraph(say("draw_dwellings_assumed", n=f"{drawing.PER_HECTARE:g}"))
        _field(
            one,
            "draw_each",
            _shown(one.persons_per_dwelling),
            lambda now, text: replace(now, persons_per_dwelling=maybe("draw_each", text)),
        )
    if isinstance(one, Street):
        _choice(
            one,
            "draw_way",
            list(WAYS),
            one.way,
            lambda way: pick(said("way", way)),
            lambda now, way: replace(now, way=way),
        )
    if isinstance(one, TransitLine):
        left, right = st.columns(2)
        for where, (field, number) in zip((left, right) * 2, TRANSIT_FIELDS.items(), strict=True):
            with where:
                _transit_field(one, field, number=number)
        paragraph(say("draw_transit_assumed"))
    if isinstance(one, Growth):
        zones = list(map(str, workspace.zones.index))
        named = partial(zone_name, workspace)
        _choice(one, "draw_from_zone", zones, one.from_zone, named, lambda now, zone: replace(now, from_zone=zone))
        _choice(one, "draw_to_zone", zones, one.to_zone, named, lambda now, zone: replace(now, to_zone=zone))
        _field(
            one, "draw_people", _shown(one.people), lambda now, text: replace(now, people=_number("draw_people", text))
        )
    if isinstance(one, Added | Moved | Removed):
        left, right = st.columns(2)
        with left:
            _field(one, "draw_lon", _degrees(one.lon), lambda now, text: replace(now, lon=_number("draw_lon", text)))
        with right:
            _field(one, "draw_lat", _degrees(one.lat), lambda now, text: replace(now, lat=_number("draw_lat", text)))


TRANSIT_FIELDS = {"headway_min": True, "speed_km_h": True, "first": False, "last": False}
"""What a line of public transport is asked for; whether it is a number."""


def _transit_field(one: TransitLine, field: str, *, number: bool) -> None:
    word, value = f"draw_{field}", getattr(one, field)
    _field(
        one, word, _shown(value) if number else value,
        lambda now, text: replace(now, **{field: _number(word, text) if number else text}),
    )  # fmt: skip


def facility_fields(workspace: Workspace, name: str) -> None:
    """Show what can be done to a facility of the base, as far as the plan does not do it already."""
    base: Workspace = st.session_state.base
    frame = next(
        f for f in map(base.layer, ("schools", "clinics", "stops", "facilities")) if name in f.index.astype(str)
    )
    row = frame[frame.index.astype(str) == name]
    known = {one.object_id for one in edits.current().objects}
    # What is planned is planned otherwise from the start: it would else move, grow or go in the year after it opened.
    since = _year() if row["status"].iloc[0] == "existing" else None
    with st.container(border=True, key=f"draw_facility_{name}"):
        paragraph(say("draw_facility_of", name=facility_name(workspace, name)))
        if f"close:{name}" in known:
            return
        if f"move:{name}" not in known:
            paragraph(say("draw_facility_how"))
            lon, lat = places.facilities()[name]
            left, right = st.columns(2)
            with left:
                _new(name, "draw_lon", _degrees(lon), lambda text: Moved(name, _number("draw_lon", text), lat, since))
            with right:
                _new(name, "draw_lat", _degrees(lat), lambda text: Moved(name, lon, _number("draw_lat", text), since))
        for key, asked in services().items():
            column = asked.seats or "beds"
            if f"resize:{name}:{key}" in known or column not in row or not provides_service(row, asked).any():
                continue
            word = "draw_resize" if size_word(key) == "seats" else "draw_resize_beds"
            size = row[column].iloc[0]
            made = partial(_resized, name, key, word, since)
            _new(name, word, "" if pd.isna(size) else f"{size:g}", made, more=key, service=pick(service_name(key)))
        if row["status"].iloc[0] != "existing" and f"open:{name}" not in known:
            opens = row["open_year"].iloc[0]
            _new(name, "draw_open_year", "" if pd.isna(opens) else f"{opens:g}", partial(_opened, name))
        st.button(
            say("close_it"),
            key=f"close_{name}",
            on_click=into_plan,
            args=(lambda: Closed(name, since),),
            width="stretch",
        )


def _resized(name: str, service: str, word: str, since: int | None, text: str) -> Resized:
    return Resized(name, service, _number(word, text, service=service_name(service)), since)


def _opened(name: str, text: str) -> Opened:
    return Opened(name, _number("draw_open_year", text))  # type: ignore[arg-type]  # a year that is no whole number is refused in words


def _by_name(case: Case) -> None:
    """Choose a facility of the service asked about by its name."""
    supply = case.supply
    own = {one.facility_id for one in edits.current().added}
    names = [str(i) for i in supply.index if str(i) not in own]
    with st.expander(say("draw_choose_facility")):
        if not names:
            paragraph(say("none_here"))
            return
        picked = drawing.picked()
        st.session_state.facility_chosen = picked if picked in names else ""  # as it is chosen on the map
        select(
            say("facility"), ["", *names], "facility_chosen", lambda i: facility_name(case.workspace, i) if i else "–",
            on_change=lambda: drawing.choose(st.session_state[f"facility_chosen_{language()}"]),
        )  # fmt: skip


def _growth(case: Case) -> None:
    """Make growth of residents come to another zone: what has no place on the map is said in a form."""
    zones = list(map(str, case.workspace.zones.index))
    if len(zones) < 2:
        return
    with st.expander(say("draw_growth")):
        paragraph(say("draw_growth_how"))
        named = partial(zone_name, case.workspace)
        start = select(say("draw_from_zone"), zones, "growth_from", named)
        end = select(say("draw_to_zone"), zones, "growth_to", named, start=1)
        people = st.number_input(say("draw_people"), 1, 1_000_000, 1000, 100, key="growth_people")
        if not st.button(say("draw_growth_take"), key="growth_take", width="stretch"):
            return
        (name,) = edits.next_ids(1)
        try:
            one = Growth(name, start, end, people, case.year)
            aside(
                apply, st.session_state.base, Scenario("", objects=(one,)), case.year
            )  # what there is not cannot come
        except PlanError as error:
            st.warning(pick(error.text))
            return
        into_plan(lambda: one)
        st.rerun(scope="fragment")


def into_plan(make: Callable[[], Object]) -> None:
    """Take a new object into the plan and choose it; what cannot be is said."""
    try:
        one = make()
    except PlanError as error:
        st.session_state.draw_problem = error.text
        return
    edits.add((one,))
    drawing.choose(one.object_id)


def _new(facility_id: str, word: str, value: str, made: Callable[[str], Object], more: str = "", **named: str) -> None:
    """Show a field of a facility of the base; what is written in it makes an object of the plan."""
    key = _key(f"{word}_{more}_{facility_id}", value)

    def take() -> None:
        written = str(st.session_state[key]).strip()
        if written != value:
            into_plan(lambda: made(written))

    st.text_input(say(word, **named), key=key, on_change=take)


def _field(one: Object, word: str, value: str, changed: Callable[[Any, str], Object]) -> None:
    """Show one field with what the plan says, and take what is written in it."""
    key = _key(f"{word}_{one.object_id}", value)

    def take() -> None:
        written = str(st.session_state[key]).strip()
        if written != value:
            _put(one.object_id, lambda now: changed(now, written))

    st.text_input(say(word), key=key, on_change=take)


def _choice(
    one: Object,
    word: str,
    options: list[str],
    value: str,
    named: Callable[[str], str],
    changed: Callable[[Any, str], Object],
) -> None:
    """Show a field whose values are few."""
    key = _key(f"{word}_{one.object_id}_{language()}", value if value in options else None)
    st.selectbox(
        say(word), options, key=key, format_func=named,
        on_change=lambda: _put(one.object_id, lambda now: changed(now, str(st.session_state[key]))),
    )  # fmt: skip


def _key(name: str, value: str | None) -> str:
    """Return the key of a field that shows a value: another one whenever the plan says another.

    The browser sends what its fields hold along with every operation, also what they held before it heard of the last
    one. Under one key that would be taken for writing, and undo twice in a second would be a step forward.
    """
    shown: dict[str, tuple[str | None, int]] = st.session_state.setdefault("draw_shown", {})
    last, number = shown.get(name, (value, 0))
    shown[name] = (value, number + (last != value))
    key = f"{name}_{shown[name][1]}"
    st.session_state[key] = value
    return key


def _put(object_id: str, changed: Callable[[Any], Object]) -> None:
    now = drawing.find(object_id)
    if now is None:
        return
    try:
        edits.put(changed(now))
    except PlanError as error:
        st.session_state.draw_problem = error.text


def _year() -> int:
    return int(st.session_state.year)


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _degrees(value: float) -> str:
    return f"{value:.7f}".rstrip("0").rstrip(".")


def _number(word: str, text: str, **named: object) -> float:
    """Return the number that somebody wrote; what it may be is for the object to say."""
    try:
        return float(text)
    except ValueError:
        raise InputError(both("draw_number", value=text[:40], what=both(word, **named))) from None


def maybe(word: str, text: str) -> float | None:
    """Return the number that somebody wrote, None for nothing."""
    return _number(word, text) if text else None
