"""Plans and years beside each other: what changes in all and zone by zone, and two of them on one map with a handle."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.answers.compared import PARAMETERS, measures
from geo.case import Case
from geo.progress import Progress
from geo.text import Text
from geo.travel import Journey
from geo.workspace import Workspace
from layers import exports
from ui.map.drawn import Asked, Drawn
from ui.map.scene import Spec, service_spec, short_name
from ui.panels import compare_rows, compare_years
from ui.panels.compare_rows import Told
from ui.panels.coverage_panel import coverage_picture
from ui.panels.travel_view import LIMITS, covered_picture
from ui.parts import export, journey, lacking, made, sentence
from ui.parts.ask import select, switch
from ui.parts.markup import Cell, Tone, answered, heading, indented, method, numbers, paragraph, table
from ui.parts.navigation import onward
from ui.parts.patience import patient
from ui.session import measure
from ui.session.compared import LETTERS, VIEWS
from ui.session.state import Choice
from ui.words import both, pick, say

__all__ = ["UNITS", "show"]

FORMS = {"share": "{:.1%}", "mean_walk_m": "{:,.0f}", "mean_minutes": "{:.1f}", "gini": "{:.3f}", "cost": "{:,.0f}"}
UNITS = {
    "share": "cmp_in_share",
    "mean_walk_m": "cmp_in_metres",
    "mean_minutes": "cmp_in_minutes",
    "gini": "cmp_in_index",
    "seats": "cmp_in_seats",
    "cost": "cmp_in_cost",
}
BETTER = {"covered": 1, "share": 1, "unseated": -1, "mean_walk_m": -1, "mean_minutes": -1, "gini": -1}
"""Which way is better; more residents, seats or money is neither."""
SIDE_BY_SIDE = ("zones", "total", "plans", "parameters")
"""The tables of a download: those that ``exports.side_by_side`` makes."""


def show(asked: Asked) -> Drawn:
    """Show plans and years beside each other, or a plan year by year."""
    base = measure.chosen(st.session_state.base)
    if lacking.told(asked.case, "zones", "people"):
        return Drawn()
    view = switch(say("cmp_view"), VIEWS, "cmp_view", lambda key: say(f"cmp_view_{key}"))
    if view == "years":
        return compare_years.show(asked, asked.case.under(base))
    chosen = compare_rows.choose(base)
    rows = compare_rows.told(asked.case.under(base), chosen)
    if len(rows) < 2:
        paragraph(say("cmp_too_few"))
        return Drawn()
    ride, minutes = _going(rows[0].case)
    drawn = _swipe(rows, asked.choice, ride, minutes)
    asked.paint(drawn)
    costs = _costs(rows)
    mark = tuple((row.name, row.case.year, made.asked_of(row.case)) for row in rows)
    answer = patient(
        both("panel_compare"), lambda tell: _compared(rows, costs, ride, minutes, tell), (mark, *costs.items(), ride, minutes)
    )  # fmt: skip
    if answer is None:
        return drawn
    _tables(asked.workspace, rows, answer, [*_shown(rows[0].case, ride), *(["cost"] if costs else [])])
    return drawn


def _going(case: Case) -> tuple[Journey | None, float]:
    """Ask by what it is measured who is in reach: metres on foot, or a mode and its minutes."""
    mode = journey.chosen_mode(case)
    if mode == journey.STANDARD:
        return None, answers.MINUTES
    ride = journey.choose(case, mode)
    return ride, float(select(say("go_limit"), LIMITS, "go_limit", start=LIMITS.index(int(answers.MINUTES))))


def _swipe(rows: Sequence[Told], choice: Choice, ride: Journey | None, minutes: float) -> Drawn:
    """Ask which two stand on the map, and return them on either side of the handle."""
    state, letters = st.session_state, [row.letter for row in rows]
    sides = [LETTERS[i] for i in state.get("cmp_sides", (0, 1))]
    sides = sides if set(sides) <= set(letters) else letters[:2]
    if len(rows) > 2:
        state.cmp_left, state.cmp_right = sides
        columns = st.columns(2)
        sides = [
            select(say(key), letters, key, where=column)
            for key, column in zip(("cmp_left", "cmp_right"), columns, strict=True)
        ]
    state.cmp_sides = tuple(LETTERS.index(letter) for letter in sides)
    pair = {
        side: next(row for row in rows if row.letter == x) for side, x in zip(("left", "right"), sides, strict=True)
    }
    names = {side: row.name for side, row in pair.items()}
    pictures, points = [], []
    for side, row in reversed(pair.items()):  # the legend tells the last one first
        if ride is not None:
            answer = answers.reached(row.case, ride, minutes=minutes)
            told = [covered_picture(row.case, answer, ride.mode)] if answer["total"]["share"].notna().all() else []
        else:
            asked = replace(choice, year=row.case.year)
            told = coverage_picture(row.case.workspace, answers.coverage(row.case), asked)
        pictures += [_on(side, row, one) for one in told]
        points.append(_on(side, row, service_spec(row.case.workspace, row.case.service, row.case.year)))
    # The signs are the same on both sides: they are told once, where there are more of them.
    brief = min(points, key=lambda spec: len(spec["legend"]))
    brief["legend"] = brief["legend"][:1]
    _one_legend(pictures, sides)
    paragraph(say("cmp_sides", left=sides[0], right=sides[1]))
    return Drawn(
        layers=pictures + points,
        spoken=say("cmp_spoken", left=names["left"], right=names["right"]),
        hidden=("service",),
        swipe=names,
    )


def _one_legend(pictures: Sequence[Spec], sides: Sequence[str]) -> None:
    """Tell the classes of both maps once, below the names of both, where they are the same."""
    if len(pictures) != len(sides):
        return  # of one side nothing is known
    right, left = pictures
    if [one["color"] for one in left["legend"]] != [one["color"] for one in right["legend"]]:
        return
    pairs = zip(left["legend"], right["legend"], strict=True)
    right["legend"] = [{**a, "text": told_of_both(a["text"], b["text"], sides)} for a, b in pairs]
    left["legend"] = []


def told_of_both(left: str, right: str, letters: Sequence[str]) -> str:
    """Return one text for two that differ in a number: what they share once, the numbers by the letters of their sides.

    Examples
    --------
    >>> told_of_both("15 分钟内（1,234 人）", "15 分钟内（1,250 人）", "AB")
    '15 分钟内（A 1,234 · B 1,250 人）'
    """
    if left == right:
        return left
    before = _shared(left, right)
    after = _shared(left[len(before) :][::-1], right[len(before) :][::-1])[::-1]
    parts = (text[len(before) : len(text) - len(after)] for text in (left, right))
    return before + " · ".join(f"{x} {part}" for x, part in zip(letters, parts, strict=True)) + after


def _shared(one: str, other: str) -> str:
    """Return with what both begin, up to the number in which they differ and not into it."""
    same = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return re.sub(r"[\d,.]*$", "", same)


def _on(side: str, row: Told, spec: Spec) -> Spec:
    text = say("cmp_side", mark=row.letter, text=spec["title"])
    return {**spec, "id": f"{spec['id']}-{side}", "side": side, "title": text, "group": "result"}


def _costs(rows: Sequence[Told]) -> dict[str, float]:
    """Return what each costs, where the planner says so."""
    with st.expander(say("cmp_costs")):
        paragraph(say("cmp_costs_note"))
        columns = st.columns(len(rows))
        given = {
            row.name: column.number_input(row.letter, 0.0, value=None, step=100.0, format="%.0f", key=f"cmp_cost_{row.letter}")
            for row, column in zip(rows, columns, strict=True)
        }  # fmt: skip
    return {name: float(value) for name, value in given.items() if value is not None}


def _compared(
    rows: Sequence[Told], costs: dict[str, float], ride: Journey | None, minutes: float, tell: Progress
) -> Answer:
    """Return the comparison, worked out once: another figure or another side of the map asks for nothing new."""
    cases = {row.name: row.case for row in rows}
    asked = [
        (name, one.service, one.year, one.demand, one.workspace.key, one.workspace.scenario_state)
        for name, one in cases.items()
    ]
    mark = ("compared", tuple(asked), tuple(costs.items()), ride, minutes)
    cells = (one.workspace.cells for one in cases.values())
    return rows[0].case.keep(
        mark, *cells, make=lambda: answers.compared(cases, journey=ride, minutes=minutes, costs=costs, progress=tell)
    )


def _shown(case: Case, ride: Journey | None) -> list[str]:
    return [key for key in measures(ride is not None) if case.is_school or key != "unseated"]


def _tables(workspace: Workspace, rows: Sequence[Told], answer: Answer, shown: list[str]) -> None:
    covered = [(Text(row.name, row.name), float(n)) for row, n in zip(rows, answer["total"]["covered"], strict=True)]  # fmt: skip
    answered(
        pick(sentence.compared(covered, _within(answer))),
        pick(answer.title),
        say("cmp_note", first=rows[0].letter),
        answer.basis,
    )
    onward(say("next_export"), "export", key="next_export")
    _differing(rows, answer)
    for note in answer.notes[
        0 if answer["parameters"].empty else 1 :
    ]:  # which parameters differ is told with their values
        paragraph(pick(note))
    letters = [row.letter for row in rows]
    heading(say("cmp_all"), answer.basis)
    total = answer["total"]
    by_mode = "mean_minutes" in total
    numbers(["", *letters], [(_called(key, by_mode), _unit(key), _cells(total, key)) for key in shown])
    if total[shown].isna().any(axis=None):
        paragraph(say("cmp_unknown"))
    if total["no_way"].gt(0).any():
        counts = zip(letters, total["no_way"], strict=True)
        people = [say("cmp_people_at", letter=letter, n=f"{n:,.0f}") for letter, n in counts if n > 0]
        paragraph(say("cmp_no_way", told=say("between").join(people)))
    heading(say("by_zone"), answer.basis)
    known = [key for key in shown if key != "cost"]
    key = select(
        say("cmp_measure"), known, "cmp_measure", lambda k: _called(k, by_mode), start=known.index("covered"), label_visibility="collapsed"
    )  # fmt: skip
    zones = workspace.zones
    parts = {zone: part for zone, part in answer["zones"].groupby("zone_id", sort=False)}
    names = {zone: indented(pick(short_name(zones.loc[zone])), zones.loc[zone, "level"]) for zone in parts}
    numbers([_unit(key), *letters], [(names[zone], "", _cells(part, key)) for zone, part in parts.items()])
    export.buttons(
        workspace, answer, SIDE_BY_SIDE, kinds=("geojson", "xlsx", "csv"), tables=lambda: exports.side_by_side(workspace, answer)
    )  # fmt: skip
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)


def _differing(rows: Sequence[Told], answer: Answer) -> None:
    """Name the parameters that are not the same in all, each with its values."""
    differing = answer["parameters"]
    if differing.empty:
        return
    heading(say("cmp_parameters"))
    lines = []
    for _, line in differing.iterrows():
        key = str(line["parameter"])
        values = [pick(row.version.state) if key == "state" else line[row.name] for row in rows]
        lines.append((pick(PARAMETERS.get(key, Text(key, key))), *(_plain(value) for value in values)))
    table([say("cmp_parameter"), *(row.letter for row in rows)], lines)


def _plain(value: Any) -> str:
    """Return a parameter as it is shown: what is not given is a dash, a year no decimal."""
    return "—" if pd.isna(value) or value == "" else f"{value:g}" if isinstance(value, float) else str(value)


def _within(answer: Answer) -> Text | None:
    """Return within what residents are in reach; None on foot, by the standard."""
    if (mode := answer.parameters.get("mode")) is None:
        return None
    return both("cmp_within", mode=journey.on_the_way(mode), m=f"{answer.parameters['limit_min']:g}")


def _called(key: str, by_mode: bool) -> str:
    """Return what a measure is called; by a mode people are in reach, and nothing is walked."""
    return say(f"cmp_go_{key}") if by_mode and key in ("covered", "share", "gini") else say(f"cmp_of_{key}")


def _unit(key: str) -> str:
    return say(UNITS.get(key, "cmp_in_people"))


def _cells(rows: pd.DataFrame, key: str) -> list[Cell]:
    """Return the figures of a measure, each with its difference to the first."""
    form = FORMS.get(key, "{:,.0f}")
    cells: list[Cell] = []
    for i, (value, more) in enumerate(zip(rows[key], rows[f"d_{key}"], strict=True)):
        text = form.format(value) if math.isfinite(value) else "—"
        cells.append((text, *(_difference(key, more) if i and math.isfinite(more) else ("", ""))))
    return cells


def _difference(key: str, more: float) -> tuple[str, Tone]:
    """Return a difference with its sign, and whether it is for the better; without either where none is seen."""
    size = f"{abs(more) * 100:.1f}" if key == "share" else FORMS.get(key, "{:,.0f}").format(abs(more))
    if not any(digit in size for digit in "123456789"):
        return size, ""
    way = BETTER.get(key, 0) * (1 if more > 0 else -1)
    return ("+" if more > 0 else "-") + size, "good" if way > 0 else "bad" if way < 0 else ""
