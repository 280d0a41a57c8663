"""What is told of a place that is asked about: in the panel, on the map and aloud; worked out once, whoever asks first.

A press on the map asks beside the page's socket (``answer``), so that map and panel show the place before the page's own
run has begun; the run that follows finds here what was told (``told``), and sends the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.case import Case
from geo.crs import metres_of
from geo.errors import PlanError
from geo.text import Text
from layers.door import Pending
from layers.look import draw
from ui.map import results
from ui.map.look import weakest
from ui.map.questions import Held, Questions
from ui.map.scene import Spec, short_name
from ui.panels import robust_here
from ui.parts import lacking, sentence
from ui.parts.made import asked_of
from ui.parts.markup import Row, Tone, answered, collected, figures, heading, listing, paragraph, title, trees
from ui.parts.walk import on_foot, on_foot_both, pace, walking
from ui.session import edits
from ui.session.state import Choice
from ui.session.work import aside
from ui.words import both, language, pick, say, speaking

__all__ = ["IN_PANEL", "NAME", "PENDING", "Question", "Told", "answer", "asked_now", "gains", "leave", "told"]

NAME = "place"
"""First part of the address of a question."""
IN_PANEL = "zp-asked"
"""The class by which the map's script finds what the panel tells of a place."""
BANDS_M = (300.0, 500.0, 1000.0)
BANDS_MIN = (5.0, 10.0, 15.0)
DRAWN = ("bands", "spokes")
"""The layers that show an answer, where it has them."""


@dataclass(frozen=True, eq=False)
class Question:
    """All that an answer depends on beside the place: the case, and what the session has chosen."""

    case: Case
    choice: Choice
    lang: str
    walks: str
    minutes: bool
    classes: int | None
    robust: Answer | None = None
    """Robust sites that the session has found for this question, if it has."""

    @property
    def key(self) -> Hashable:
        """What is asked, to be compared; in the language of the question."""
        return asked_of(self.case, self.choice.by, self.walks, self.minutes, self.classes, self.robust)


@dataclass(frozen=True, eq=False)
class Told:
    """What is told of a place: the answer, its head and its body in pieces of HTML, its layers, and its words for the ear."""

    answer: Answer
    head: list[str]
    body: list[str]
    layers: list[Spec]
    spoken: str


PENDING = Pending()
"""Presses whose answer nobody has seen yet."""
_OPEN: Questions[Question] = Questions(NAME)


def asked_now(case: Case, choice: Choice) -> Question:
    """Return what is asked about a place as the session has chosen."""
    minutes = st.session_state.get("band_kind") == "minutes"
    return Question(case, choice, language(), pace().key, minutes, edits.classes_here(choice), robust_here.found(case))


def leave(question: Question) -> dict[str, str] | None:
    """Leave what a press on the map asks from now on; return what the map is told of it, None where the panel has more to say than words."""
    return None if lacking.lacks(question.case, "zones", "people") else {"url": _OPEN.leave(question)}


def told(question: Question, lon: float, lat: float) -> Told:
    """Return what this session is told of a place: what it was just told, where it asked the same.

    Raises
    ------
    PlanError
        If there is no answer; the words say why.
    """
    held = _OPEN.mine()
    return _tell(question, lon, lat) if held is None else _once(held, question, lon, lat)


def _once(held: Held[Question], question: Question, lon: float, lat: float) -> Told:
    with held.turn, speaking(question.lang):
        key = (question.key, lon, lat)
        if held.told is None or held.told[0] != key:
            held.told = (key, _tell(question, lon, lat))
        found: Told = held.told[1]
        return found


def answer(word: str, body: bytes) -> tuple[int, bytes]:
    """Return status and body for a press on the map: the layers of its answer and what the panel tells, as JSON; called in a thread of the door."""
    held = _OPEN.held(word)
    if held is None:
        return 404, b"{}"
    try:
        number, lon, lat = _read(body)
    except ValueError:
        return 400, b"{}"
    _OPEN.begun(held, number)
    try:
        found = _once(held, held.question, lon, lat)
    except PlanError:  # the page's own run says what is wrong
        return 204, b""
    if number < held.last:  # another place was asked about meanwhile
        return 204, b""
    there = {spec["id"] for spec in found.layers}
    said = {
        "n": number,
        "layers": found.layers,
        "gone": [one for one in DRAWN if one not in there],
        "panel": trees([*found.head, *found.body]),
    }
    return 200, json.dumps(said, ensure_ascii=False, allow_nan=False).encode()


def _read(body: bytes) -> tuple[int, float, float]:
    """Return number, longitude and latitude of a question."""
    try:
        asked = json.loads(body)
    except RecursionError as error:
        raise ValueError from error
    told: list[Any] = [asked.get(name) for name in ("n", "lon", "lat")] if isinstance(asked, dict) else [None]
    number, *place = told
    if type(number) is not int or not 0 < number <= 2**53 or not all(type(one) in (int, float) for one in place):
        raise ValueError
    lon, lat = (float(one) for one in place)
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise ValueError
    return number, lon, lat


def _tell(question: Question, lon: float, lat: float) -> Told:
    case, choice = question.case, question.choice
    with speaking(question.lang), walking(question.walks):
        found = aside(answers.site, case, lon, lat, classes=question.classes)
        where = found.tables["place"].iloc[0]
        counted = not lacking.lacks(case, "zones", "people")
        with collected() as head:
            _head(case, found, choice)
        with collected() as body:
            if where["on_street"] and counted:
                gains(case, found, choice)
                if question.robust is not None and (sure := robust_here.here(case, question.robust, lon, lat)):
                    paragraph(pick(sure))
                _school_here(found)
            _nearest(found, choice)
            if counted:
                _rules(found)
        layers = _layers(case, found, (lon, lat), minutes=question.minutes)
        return Told(found, head, body, layers, _spoken(found, where))


def _layers(case: Case, answer: Answer, place: tuple[float, float], *, minutes: bool) -> list[Spec]:
    """Return bands around the place, and lines to the nearest facilities of the service."""
    limits = tuple(m * pace().m_per_min for m in BANDS_MIN) if minutes else BANDS_M
    words = (
        [both("band_minutes", m=f"{m:g}") for m in BANDS_MIN]
        if minutes
        else [both("band_metres", walk=on_foot_both(m)) for m in BANDS_M]
    )
    layers = []
    spec = results.bands(
        aside(answers.isochrone, case, *place, limits), words, say("bands"), weakest(case.workspace.streets)
    )
    if spec:
        layers.append(spec)
    near = answer.tables["nearest"]
    near = near[(near["service"] == case.service) & near["walk_m"].map(math.isfinite)] if len(near) else near
    if len(near):
        here = aside(metres_of, *place, case.workspace.crs)
        frame = case.workspace.layer(case.asked.layer)
        texts = [both("spoke", walk=on_foot_both(m)) for m in near["walk_m"]]
        layers.append(
            results.spokes(
                here,
                frame.geometry.loc[near["facility_id"]],
                texts,
                say("spokes"),
                draw.service_style(case.service)["colour"],
            )
        )
    return layers


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


def _school_here(answer: Answer) -> None:
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


def _spoken(answer: Answer, where: pd.Series) -> str:
    gain = answer.tables["gain"].iloc[0]
    text = where["text_zh"] if language() == "zh" else where["text_en"]
    return f"{text} {say('new_people_walk')} {_persons(gain['people_new_walk'])}"


def _persons(value: float) -> str:
    return say("below_one") if 0 < value < 1 else _whole(value)


def _whole(value: float) -> str:
    return f"{value:,.0f}" if math.isfinite(value) else "–"
