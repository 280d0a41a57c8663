"""Year by year: the map of one year, and the series of each zone with the model of growth that it goes by."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.answers.series import GROWTH, Growth, in_year
from geo.case import Case
from geo.progress import Progress
from geo.scenario import Scenario
from geo.services import STAGES
from geo.workspace import Workspace
from layers.look import draw
from ui.map.drawn import Asked, Drawn
from ui.map.scene import service_spec, short_name
from ui.panels import compare_rows
from ui.panels.coverage_panel import coverage_picture
from ui.parts import charts, export, made
from ui.parts.ask import select
from ui.parts.markup import Cell, answered, figures, heading, indented, method, numbers, paragraph
from ui.parts.navigation import onward
from ui.parts.patience import patient
from ui.session import compared, state
from ui.session.compared import Version
from ui.words import both, pick, say, service_name

__all__ = ["MEASURES", "WORDS_OF_RESIDENTS", "show"]

MEASURES = ("people", "pupils", "seats", "shortage", "covered", "share")
WORDS_OF_RESIDENTS = ("data", "interpolated", "held", "totals", "scenario")
MOST_LINES = 8


def show(asked: Asked, case: Case) -> Drawn:
    """Show a year of a plan on the map, and every year of it in a figure; ``case`` is the question on the base."""
    who = compare_rows.choose_who("cmp_who")
    version = compared.fitting(compared.version(who), case.workspace, compared.years_of(case.workspace)[-1])
    compare_rows.left_out(version)
    models = ("housing", "totals", "held")
    growth = cast(Growth, select(say("cmp_growth"), models, "cmp_growth", lambda key: say(f"growth_{key}")))
    year = _year(case.workspace)
    totals = _totals(case.workspace) if growth == "totals" else {}
    if growth == "totals" and not totals:
        paragraph(say("cmp_totals_needed"))
        return Drawn()
    one = _case(case, version, year, growth, totals)
    drawn = _picture(asked, one, say("cmp_row", letter="", name=pick(version.name), year=year).strip())
    asked.paint(drawn)
    told = (made.asked_of(case), pick(version.name), growth, tuple(totals.items()))
    answer = patient(both("cmp_view_years"), lambda tell: _series(case, version.plan, growth, totals, tell), told)
    if answer is None:
        return drawn
    _told(case.workspace, answer, year, version)
    return drawn


def _year(place: Workspace) -> int:
    """Return the year on the map: a slider over every year, kept while other panels are open."""
    known, session = compared.years_of(place), st.session_state
    if session.get("cmp_year") not in known:
        session.cmp_year = min(max(int(session.year), known[0]), known[-1])
    session.setdefault("cmp_year_at", session.cmp_year)
    session.cmp_year = int(st.slider(say("cmp_year_drawn"), known[0], known[-1], key="cmp_year_at"))
    return int(session.cmp_year)


def _totals(place: Workspace) -> dict[int, float]:
    """Return the planned residents as the planner gives them, for some of the years that are offered."""
    session = st.session_state
    kept: dict[int, float] = session.get("cmp_totals", {})
    later = [year for year in state.offered_years(place) if year > place.years[-1]]
    given: dict[int, float] = {}
    for year, column in zip(later, st.columns(max(len(later), 1)), strict=False):
        key = f"cmp_total_{year}"
        session.setdefault(key, kept.get(year))
        value = column.number_input(say("cmp_total_in", year=year), 1.0, step=1000.0, format="%.0f", key=key)
        if value is not None:
            given[year] = float(value)
    session.cmp_totals = given
    return given


def _case(case: Case, version: Version, year: int, growth: Growth, totals: Mapping[int, float]) -> Case:
    """Return the case of the year, the same one while the slider goes back and forth."""
    text = "" if version.plan is None else json.dumps(version.plan.as_dict(), sort_keys=True)
    mark = (case.workspace.key, case.service, case.demand, text, version.state, year, growth, tuple(totals.items()))
    kept: dict[object, Case] = st.session_state.setdefault("cmp_years", {})
    if mark not in kept:
        under = compared.under(version.state)
        kept[mark] = in_year(case, version.plan, year, growth=growth, totals=totals, under=under)
        for old in list(kept)[: -len(compared.years_of(case.workspace))]:
            del kept[old]
    return kept[mark]


def _picture(asked: Asked, one: Case, name: str) -> Drawn:
    """Return who is served in the year, and the facilities that are there by then."""
    choice = replace(asked.choice, year=one.year)
    answer = answers.coverage(one)
    points = service_spec(one.workspace, one.service, one.year)
    layers = [*coverage_picture(one.workspace, answer, choice), {**points, "id": "service-then", "group": "result"}]
    named = [{**spec, "title": say("cmp_side", mark=one.year, text=spec["title"])} for spec in layers]
    return Drawn(layers=named, spoken=name, hidden=("service",))


def _series(case: Case, plan: Scenario | None, growth: Growth, totals: Mapping[int, float], tell: Progress) -> Answer:
    """Return the series, worked out once for a plan and a model: the slider only asks for another picture."""
    base = case.workspace
    text = "" if plan is None else json.dumps(plan.as_dict(), sort_keys=True)
    mark = ("series", base.key, case.service, case.demand, text, growth, tuple(totals.items()))
    return case.keep(
        mark, base.cells, make=lambda: answers.series(case, plan, growth=growth, totals=totals or None, progress=tell)
    )


def _told(place: Workspace, answer: Answer, year: int, version: Version) -> None:
    total = answer["total"].set_index("year").loc[year]
    # What this question does not ask (pupils of a metro) is not the same as what is not known.
    measures = [key for key in MEASURES if key not in ("pupils", "shortage") or answer.parameters["service"] in STAGES]
    told = both(
        "ans_years", year=year, people=_text("people", total["people"]), service=service_name(answer.parameters["service"]),
        share=_text("share", total["share"]),
    )  # fmt: skip
    answered(pick(told), pick(answer.title), pick(version.name), answer.basis)
    onward(say("next_export"), "export", key="next_export")
    paragraph(say("cmp_known", year=year, word=_residents(str(total["residents"]), place.years[-1])))
    figures(
        [
            (say(f"cmp_of_{key}"), _text(key, total[key]), "", say("cmp_year_at", year=year), "")
            for key in measures[:4]
            if key != "covered"
        ]
    )
    shown = select(say("cmp_measure"), measures, "cmp_series", lambda key: say(f"cmp_of_{key}"))
    group = _group(place)
    table = answer["series"]
    if len(group) > MOST_LINES:
        last = table[table["year"] == place.years[-1]].set_index("zone_id")["people"].reindex(group)
        group = list(last.nlargest(MOST_LINES).index)
        paragraph(say("cmp_most", year=place.years[-1], n=MOST_LINES))
    _figure(place, answer, group, shown, year, version)
    heading(say("noted", text=say("by_zone"), note=str(year)), answer.basis)
    then = table[table["year"] == year].set_index("zone_id")
    rows = [
        (indented(pick(short_name(place.zones.loc[z])), then.loc[z, "level"]), "", _row(then.loc[z], measures))
        for z in then.index
    ]
    numbers(["", *(say(f"cmp_of_{key}") for key in measures if key != "covered")], rows)
    if then[measures].isna().any(axis=None):
        paragraph(say("cmp_unknown"))
    for note in answer.notes:
        paragraph(pick(note))
    export.buttons(place, answer, ("series", "total"), kinds=("xlsx", "csv"))
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)


def _figure(place: Workspace, answer: Answer, group: list[Any], shown: str, year: int, version: Version) -> None:
    table = answer["series"]
    table = table[table["zone_id"].isin(group)]
    names = {z: pick(short_name(place.zones.loc[z])) for z in group}
    tops = set(place.zones.loc[group, "level"]) == {"zone"}
    own = draw.zone_colours(place.zones)
    # Zones as on the map; parts of one zone share its colour there, and need their own here.
    colours = {
        name: own[str(z)] if tops else draw.ZONE_COLOURS[i % len(draw.ZONE_COLOURS)]
        for i, (z, name) in enumerate(names.items())
    }
    lines = pd.DataFrame(
        {"zone": table["zone_id"].map(names).astype(str), "year": table["year"].astype(int), "value": table[shown].astype(float),
         "data": table["year"].isin(place.years)}
    )  # fmt: skip
    lines = lines[np.isfinite(lines["value"])]
    if lines.empty:
        paragraph(say("no_data"))
        return
    what = say("cmp_figure", what=say(f"cmp_of_{shown}"), who=pick(version.name))
    grown = [pick(note) for note in answer.notes if note in GROWTH.values()]
    words = [
        say("noted", text=what, note=pick(service_name(answer.parameters["service"]))),
        *grown,
        say("cmp_marks", year=place.years[-1]),
    ]
    st.html(charts.year_lines(lines, colours, words=words, known=place.years[-1], now=year, share=shown == "share"))


def _group(place: Workspace) -> list[Any]:
    """Return the zones of the figure: all zones, or the parts of one."""
    zones = place.zones
    tops = list(zones.index[zones["level"] == "zone"])
    whole = [z for z in tops if (zones["parent_id"] == z).any()]
    if not whole:
        return tops
    names = {z: say("cmp_parts_of", zone=pick(short_name(zones.loc[z]))) for z in whole}
    chosen = select(
        say("cmp_zones"),
        ["", *whole],
        "cmp_zones",
        lambda z: names.get(z) or say("cmp_tops"),
        label_visibility="collapsed",
    )
    return list(zones.index[zones["parent_id"] == chosen]) if chosen else tops


def _residents(word: str, last: int) -> str:
    """Return in words how the residents of a year are known."""
    kind, _, more = word.partition(" + ")
    told = both(f"known_{kind}", year=last) if kind == "held" else both(f"known_{kind}")
    return say("known_scenario", word=told) if more else pick(told)


def _row(zone: pd.Series, measures: list[str]) -> list[Cell]:
    return [(_text(key, zone[key]), "", "") for key in measures if key != "covered"]


def _text(key: str, value: float) -> str:
    if not math.isfinite(value):
        return "—"
    return f"{value:.1%}" if key == "share" else f"{value:,.0f}"
