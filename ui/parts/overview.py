"""The opening as HTML: a card with a map for each zone. Made of the answer alone, so that the door can show it before any session.

Every text from data goes through ``html.escape``; the maps are drawn by ``layers.page.figure``, which escapes its own.
"""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.case import Case
from geo.text import Text
from geo.workspace import Workspace
from layers.page.figure import Picture, card
from layers.page.report import pictured
from ui.map.publish import publish
from ui.parts.markup import pill
from ui.session.work import aside
from ui.words import PROJECT_STATES, STAGE_NAMES, both, pick

__all__ = ["ASKS", "MOST", "as_files", "atlas", "drawn", "questions", "sentence", "shown_zones"]

MOST = 6
"""Zones that the opening shows; more would be stamps."""
ASKS = ("seats", "site", "siting")
"""Where the three questions lead: a panel each."""
BOXES = {
    1: (1040.0, 640.0),
    2: (520.0, 640.0),
    3: (520.0, 280.0),
    4: (520.0, 280.0),
    5: (345.0, 280.0),
    6: (345.0, 280.0),
}
"""Units of a map by the number of zones: about its pixels in the window, so that letters and scale bar are as large on each."""


@st.cache_data(show_spinner=False, max_entries=32, hash_funcs={Workspace: lambda w: w.key})
def drawn(  # service and year are part of the key, not of the code
    place: Workspace, service: str, year: int, lang: str, zones: tuple[str, ...], _case: Case  # noqa: ARG001
) -> tuple[dict[str, str], str]:  # fmt: skip
    """Return the map of each of ``zones``, as SVG by its id (who is served, and the facilities), and what its colours mean."""
    coverage = aside(answers.coverage, _case)
    shown = pictured(coverage)[0] or Picture()
    width, height = BOXES[max(len(zones), 1)]

    def maps() -> dict[str, str]:
        return {z: card(place, shown, z, width=width, height=height, lang=lang) for z in zones}

    return aside(maps), _key(shown, lang)


def shown_zones(answer: Answer) -> tuple[str, ...]:
    """Return the zones that the opening shows."""
    return tuple(answer.tables["zones"]["zone_id"].head(MOST))


def as_files(maps: dict[str, str]) -> dict[str, str]:
    """Return pictures of published maps, by zone: Streamlit takes drawings out of the HTML it is given."""
    return {z: f'<img src="{publish(svg.encode(), "svg")["url"]}" alt="">' for z, svg in maps.items()}


def atlas(place: Workspace, answer: Answer, maps: dict[str, str], lang: str) -> str:
    """Return the cards of the zones: map (as HTML, by zone), who is served, seats missing, next project."""
    zones = answer.tables["zones"]
    cards = "".join(_card(row, place, answer, maps, lang) for _, row in zones.head(MOST).iterrows())
    more = len(zones) - MOST
    rest = f'<p class="zp-sub">{escape(_say("ov_more", lang, n=more))}</p>' if more > 0 else ""
    return f'<section class="zp-atlas zp-of-{min(len(zones), MOST)}" aria-label="{escape(_say("ov_maps", lang))}">{cards}</section>{rest}'


def questions(lang: str) -> str:
    """Return the three questions to start from: each leads to a panel."""
    asks = "".join(
        f'<button type="button" class="zp-ask" data-go="panel:{panel}"><b>{escape(_say(f"ov_ask_{panel}", lang))}</b>'
        f"<span>{escape(_say(f'ov_ask_{panel}_note', lang))}</span></button>"
        for panel in ASKS
    )
    return f'<nav class="zp-asks" aria-label="{escape(_say("ov_ask", lang))}">{asks}</nav>'


def _key(shown: Picture, lang: str) -> str:
    """Return what the colours of the maps mean."""
    word = "en" if lang == "en" else "zh"
    entries = "".join(
        f'<span><i style="background:{escape(str(one["colour"]))}"></i>{escape(str(one[word]))}</span>'
        for one in shown.classes
    )
    return f'<p class="zp-atlas-key">{entries}</p>' if entries else ""


def sentence(answer: Answer, place: Workspace) -> Text:
    """Return what the opening says first: which zone lacks most, and how many are served."""
    zones, year, service = answer.tables["zones"], answer.parameters["year"], _service(place, answer)
    people, served = (
        zones["people"].sum(),
        zones["served"].sum(skipna=False),
    )  # the sum of what is not known is no nought
    share = f"{served / people:.0%}" if people and pd.notna(served) else both("ov_unknown")
    worst = zones.iloc[0]
    if pd.isna(worst["lacking"]):
        return both("ov_unsaid", year=year, service=service, share=share)
    if worst["lacking"] < 1:
        return both("ov_enough", year=year, service=service, share=share)
    seats = f"{worst['lacking']:,.0f}"
    return both("ov_most", year=year, service=service, share=share, zone=_named(worst), seats=seats)


def _card(row: pd.Series, place: Workspace, answer: Answer, maps: dict[str, str], lang: str) -> str:
    name, zone = pick(_named(row), lang), str(row["zone_id"])
    title = escape(_say("ov_open", lang, name=name))
    figures = _served(row, place, answer, lang) + _lacking(row, lang)
    return (
        f'<article class="zp-card-zone"><button type="button" class="zp-card-map" data-go="zone:{escape(zone)}" title="{title}" aria-label="{title}">'
        f"{maps.get(zone, '')}</button>"
        f'<div class="zp-card-told"><h2>{escape(name)}{pill(str(row["basis"]), lang)}</h2><dl>{figures}{_next(row, lang)}</dl></div></article>'
    )


def _served(row: pd.Series, place: Workspace, answer: Answer, lang: str) -> str:
    known = pd.notna(row["served"]) and row["people"] > 0
    share = f"{row['share']:.0%}" if pd.notna(row["share"]) else _say("ov_unknown", lang)
    note = _say("ov_served_of", lang, share=share, people=f"{row['people']:,.0f}") if known else ""
    value = f"{row['served']:,.0f}" if known else _say("ov_unknown", lang)
    return _figure(_say("ov_served", lang, service=pick(_service(place, answer), lang)), value, note, "")


def _lacking(row: pd.Series, lang: str) -> str:
    label = _say("ov_lacking", lang)
    if pd.isna(row["lacking"]):
        return _figure(label, _say("ov_unknown", lang), _say("ov_lacking_unknown", lang), "")
    if not isinstance(row["lacking_stage"], str) or row["lacking"] < 1:
        return _figure(label, "0", _say("ov_lacking_none", lang), "good")
    stage = pick(STAGE_NAMES[str(row["lacking_stage"])], lang)
    note = _say("ov_lacking_most", lang, stage=stage, seats=f"{row['lacking_most']:,.0f}")
    return _figure(label, f"{row['lacking']:,.0f}", note, "bad")


def _next(row: pd.Series, lang: str) -> str:
    label = _say("ov_next", lang)
    if not isinstance(row["project_id"], str):
        none = _say("ov_next_unsaid", lang) if pd.isna(row["projects"]) else _say("ov_next_none", lang)
        return f'<div class="wide"><dt>{escape(label)}</dt><dd class="n">{escape(none)}</dd></div>'
    zh, en = row["project_zh"], row["project_en"]
    name = str((en if lang == "en" and isinstance(en, str) and en else zh) or "")
    state = pick(PROJECT_STATES.get(str(row["project_state"]), Text(str(row["project_state"]), "")), lang)
    when = _say("ov_year", lang, year=row["project_year"], state=state) if pd.notna(row["project_year"]) else state
    link = f'<button type="button" class="zp-go" data-go="project:{escape(str(row["project_id"]))}">{escape(name)}</button>'
    return f'<div class="wide"><dt>{escape(label)}</dt><dd>{link}</dd><dd class="n">{escape(when)}{pill(str(row["project_basis"]), lang)}</dd></div>'


def _figure(label: str, value: str, note: str, tone: str) -> str:
    return f'<div class="{tone}"><dt>{escape(label)}</dt><dd class="v">{escape(value)}</dd><dd class="n">{escape(note)}</dd></div>'


def _service(place: Workspace, answer: Answer) -> Text:
    known = place.services[str(answer.parameters["service"])]
    return Text(known.name_zh, known.name_en.lower())


def _named(row: pd.Series) -> Text:
    zh, en = row["name_zh"], row["name_en"]
    return Text(str(zh), str(en) if isinstance(en, str) and en else str(zh))


def _say(key: str, lang: str, **values: object) -> str:
    return pick(both(key, **values), lang)
