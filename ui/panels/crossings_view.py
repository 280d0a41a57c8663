"""Crossing gain 打通增益: where a bridge over a railway, an expressway or a water serves most people; taken into the plan in one step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.case import Case
from geo.errors import PlanError
from geo.progress import Step
from geo.scenario import Street
from geo.scenario.streets import barriers_of
from geo.text import Text
from layers.look import draw
from ui.map import results
from ui.map.drawn import Drawn
from ui.map.look import INK, MINE, badge
from ui.map.scene import Spec, bounds_of, short_name
from ui.panels.coverage_panel import coverage_picture
from ui.panels.siting_parts import mark_of, plain
from ui.parts import export, problem, sentence
from ui.parts.ask import select
from ui.parts.grid import Mark, grid, points
from ui.parts.markup import answered, figures, heading, listing, method, paragraph
from ui.parts.stamp import counted_head, stamped
from ui.parts.walk import on_foot
from ui.session import edits, rows
from ui.session.state import Choice
from ui.session.work import again, aside
from ui.words import both, pick, say, service_name

__all__ = ["BARRIERS", "bridges", "show"]

LONGEST = 600
"""Longest crossing until the planner says another [m]. Of our own: the assumed streets of the bundled place keep so far from
its railways and expressways that 300 m, what the shell asks for, finds next to nothing there."""
STEPS = (25, 50, 100, 200)
BARRIERS = ("railway", "light_rail", "expressway", "barrier", "water")
"""Kinds of barrier that have a word of their own; lakes, rivers and whatever else the layer of waters names are waters."""
WIDTHS = (3.0, 4.0, 5.0, 6.0)
COLOURS = draw.GAIN[1:]
"""Of the lines, the wider the more people; the palest of the ramp is not seen as a line on the pale ground."""
IDLE = {"color": "#8d979d", "weight": 1.2, "opacity": 0.9}
AROUND = 400.0
"""What is seen around a crossing that is picked in the table [m]."""


def show(case: Case, choice: Choice, cover: Answer) -> Drawn:
    """Ask for the crossings, then show the best of them, what the best few serve together, and where they lie."""
    radius = case.standard.radius_m
    with st.form("crossings", border=False):
        a, b = st.columns(2)
        limit = a.number_input(say("crossings_limit"), 1.0, 20_000.0, float(radius), 50.0, format="%g", key=f"cross_limit_{case.service}_{radius:g}")  # fmt: skip
        longest = b.number_input(say("crossings_longest"), 10, 2_000, LONGEST, 50, key="cross_longest")
        a, b = st.columns(2)
        step = select(say("crossings_step"), STEPS, "cross_step", lambda v: f"{v} {say('metres')}", start=1, where=a)
        k = b.number_input(say("crossings_k"), 1, 20, 3, key="cross_k")
        paragraph(say("crossings_about", m=f"{LONGEST}"))
        pressed = st.form_submit_button(say("crossings_ask"), type="primary", width="stretch")
    if pressed:
        _solve(case, limit=float(limit), longest=float(longest), step=float(step), k=int(k))
    kept = st.session_state.get("crossings_found")
    if kept is None or kept[0] != mark_of(case):
        _say_taken(case, cover)
        return Drawn(layers=coverage_picture(case.workspace, cover, choice))
    # Who is beyond the standard lies under the lines when it is switched on.
    below = [{**spec, "on": False} for spec in coverage_picture(case.workspace, cover, choice)]
    drawn = _result(case, kept[1], kept[2])
    return Drawn(layers=[*below, *drawn.layers], spoken=drawn.spoken, view=drawn.view)


def _solve(case: Case, **options: Any) -> None:
    """Ask, telling what is being done; a press on Stop, or any other choice of the planner ends it at its next word."""
    bar = st.progress(0.0, text=say("solving"))
    stop = st.empty()
    stop.button(say("stop"), key="stop_crossing")
    plan = edits.current().without(*st.session_state.misfits).at(case.year)
    walls = barriers_of(plan.objects, case.workspace.crs)

    def told(step: Step) -> None:
        bar.progress(step.share or 0.0, text=pick(step.text))

    times = st.session_state.get("crossings_asked", 0) + 1
    try:
        found = answers.crossings(case, barriers=walls if len(walls) else None, progress=told, **options)
        st.session_state.crossings_found = (mark_of(case), found, times)
    except PlanError as error:
        st.session_state.crossings_found = None
        problem.refused(error)
    finally:
        bar.empty()
        stop.empty()
    st.session_state.crossings_asked = times
    rows.forget("crossing")


def _result(case: Case, answer: Answer, times: int) -> Drawn:
    best, chosen, told = answer["best"], answer["chosen"], answer["together"].iloc[0]
    signs = _signs(best, chosen)
    known = math.isfinite(float(told["gain"]))
    first = float(best["gain"].iloc[0]) if len(best) else 0.0
    said = sentence.crossings(_called(best.iloc[0]) if len(best) else None, first, int(told["k"]), float(told["gain"]))
    answered(pick(said), pick(answer.title), basis=answer.basis)
    asked = answer.parameters
    paragraph(say("crossings_asked", limit=on_foot(asked["limit_m"]), longest=f"{asked['longest_m']:g}", step=f"{asked['step_m']:g}", n=f"{asked['candidates']:,}"))  # fmt: skip
    if known:
        _figures(answer)
    for note in answer.notes:
        paragraph(pick(note))
    picked = _best(case, answer) if len(best) else None
    if len(chosen):
        heading(say("crossings_chosen", k=len(chosen)), answer.basis)
        listing(
            (say("crossings_step_of", sign=signs[name], name=pick(_called(row)), m=plain(row["length_m"])), say("crossings_so_far", n=plain(row["gain_with"])), "")
            for name, row in chosen.iterrows()
        )  # fmt: skip
        _take(case, answer, chosen, "crossings_take_all", say("crossings_take_all", n=len(chosen)))
    if len(best) and asked["limit_m"] != case.standard.radius_m:
        paragraph(say("crossings_other", limit=on_foot(asked["limit_m"]), standard=on_foot(case.standard.radius_m)))
    export.buttons(case.workspace, answer, ("crossings", "best", "chosen", "together"))
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    if not known:
        return Drawn(spoken=pick(answer.title))
    spoken = say("crossings_spoken", n=len(best), gain=plain(told["gain"]))
    drawn = Drawn(layers=_layers(case, answer, signs), spoken=spoken)
    if picked is not None:
        around = best[best.index.astype(str) == picked].geometry.buffer(AROUND)
        drawn.view = {"id": f"crossing-{times}-{picked}", "bounds": aside(bounds_of, around)}
    return drawn


def _figures(answer: Answer) -> None:
    """Show the best one, and what the best few serve together with how sure that is."""
    best, told = answer["best"], answer["together"].iloc[0]
    if told["proven"]:
        sure = say("crossings_proven")
    else:
        sure = say("crossings_open", bound=plain(told["bound"]), gap=f"{told['gap']:.1%}")
    first = float(best["gain"].iloc[0]) if len(best) else 0.0
    figures([
        (say("crossings_first"), plain(first), say("people"), pick(_called(best.iloc[0])) if len(best) else say("crossings_none"), "good" if first > 0 else ""),
        (say("crossings_of_k", k=told["k"]), plain(told["gain"]), say("people"), sure, "good" if told["gain"] > 0 else ""),
    ])  # fmt: skip


def _best(case: Case, answer: Answer) -> str | None:
    """List the best crossings; return the one that is picked, with the button that takes it into the plan."""
    best = answer["best"]
    heading(say("crossings_best", n=len(best)), answer.basis)
    zones = case.workspace.zones
    short = {name: pick(short_name(row)) for name, row in zones.iterrows()}
    table = pd.DataFrame({
        "#": range(1, len(best) + 1), say("crossings_barrier"): [pick(_called(row)) for _, row in best.iterrows()], say("crossings_length"): best["length_m"].round().to_numpy(),
        counted_head(say("crossings_gain"), answer): best["gain"].round().to_numpy(), say("crossings_lost"): best["lost"].round().to_numpy(),
        say("layer_zones"): [short.get(z, "") for z in best["zone_id"]],
    })  # fmt: skip
    here = rows.chosen("crossing")
    names = [str(i) for i in best.index]
    with st.container(key="crossings_best"):
        grid(table, [Mark(at, f"crossing:{i}", i == here) for at, i in zip(points(best.geometry), names, strict=True)])
    if here is None or here not in names:
        paragraph(say("crossings_pick"))
        return None
    _take(
        case, answer, best.iloc[[names.index(here)]], "crossings_take", say("crossings_take", n=names.index(here) + 1)
    )
    return here


def _take(case: Case, answer: Answer, rows: gpd.GeoDataFrame, key: str, label: str) -> None:
    """Offer to take crossings into the plan as one step."""
    if st.button(label, key=key, width="stretch"):
        ids = edits.next_ids(len(rows))
        edits.add(bridges(case, answer, rows, ids))
        asked = (edits.current(), case.service, case.year)
        st.session_state.crossings_taken = (asked, ids, _covered(answers.coverage(case)))
        again()


def _covered(cover: Answer) -> float:
    return float(cover["total"]["covered_walk"].iloc[0])


def _say_taken(case: Case, cover: Answer) -> None:
    """Say what the crossings taken last have changed, as long as nothing else of plan and question was."""
    asked, ids, before = st.session_state.get("crossings_taken", (None, (), 0.0))
    if asked == (edits.current(), case.service, case.year):
        after = plain(_covered(cover))
        st.success(say("crossings_taken", ids=say("between").join(ids), before=plain(before), after=after))


def bridges(case: Case, answer: Answer, rows: gpd.GeoDataFrame, ids: list[str]) -> tuple[Street, ...]:
    """Return crossings as objects of a plan, from the year asked about on: over a drawn barrier a crossing, else a bridge."""
    where = aside(rows.geometry.to_crs, 4326)
    service, limit = pick(service_name(case.service)), on_foot(answer.parameters["limit_m"])
    whole = say("crossings_reason_all", n=len(rows), gain=plain(rows["gain_with"].iloc[-1])) if "gain_with" in rows and len(rows) > 1 else ""  # fmt: skip
    return tuple(
        Street(
            name, tuple(line.coords), "crossing" if row["kind"] == "barrier" else "bridge", case.year,
            reason=say("crossings_reason", service=service, year=case.year, limit=limit, gain=plain(row["gain"])) + whole, name_zh=say("crossings_name", name=pick(_called(row))),
        )
        for name, line, (_, row) in zip(ids, where, rows.iterrows(), strict=True)
    )  # fmt: skip


def _called(row: Mapping[str, Any] | pd.Series) -> Text:
    """Return the name of a barrier, or its kind where it has none."""
    kind = both(f"barrier_{row['kind'] if row['kind'] in BARRIERS else 'water'}")
    zh, en = (str(v) if isinstance(v, str) and v.strip() else "" for v in (row["barrier_zh"], row["barrier_en"]))
    return Text(zh or en or kind.zh, en or zh or kind.en)


def _signs(best: gpd.GeoDataFrame, chosen: gpd.GeoDataFrame) -> dict[str, str]:
    """Return the sign of each crossing on the map: its number in the list, a letter for those of the best few that are not in it."""
    signs = {str(name): str(i) for i, name in enumerate(best.index, 1)}
    letters = (chr(ord("A") + i) for i in range(len(chosen)))
    return signs | {str(name): next(letters) for name in chosen.index if name not in signs}


def _layers(case: Case, answer: Answer, signs: Mapping[str, str]) -> list[Spec]:
    """Return every crossing by what it serves, over a dark rim for the best of the list and a red one for the best few together."""
    best, chosen = answer["best"], answer["chosen"]
    rims = [
        _rim("crossings_best", best[~best.index.isin(chosen.index)], signs, say("crossings_best", n=len(best)), INK["line"], "zp-number zp-rank"),
        _rim("crossings_chosen", chosen, signs, say("crossings_chosen", k=len(chosen)), MINE, "zp-number"),
    ]  # fmt: skip
    return [*(rim for rim in rims if rim), *_all(case, answer)]


def _rim(name: str, lines: gpd.GeoDataFrame, signs: Mapping[str, str], title: str, colour: str, sign: str) -> Spec | None:  # fmt: skip
    if lines.empty:
        return None
    told = [signs[str(i)] for i in lines.index]
    frame = gpd.GeoDataFrame({"label_zh": told, "label_en": told}, geometry=lines.geometry.to_numpy(), crs=lines.crs)
    return {
        "id": name, **results.inline(frame), "group": "result", "title": title, "pane": "zp-flow", "style": {"color": colour, "weight": 12, "opacity": 0.9},
        "label": {"className": sign, "rank": 20, "always": True}, "legend": [{"type": "line", "color": colour, "width": 6}],
    }  # fmt: skip


def _all(case: Case, answer: Answer) -> list[Spec]:
    table = answer["crossings"]
    if table.empty:
        return []
    people = both("people")
    classes = draw.ramp(table["gain"], COLOURS, unit_zh=people.zh, unit_en=people.en, whole=True)
    steps = draw.classify(table["gain"], classes)
    # From the low end up, so that the widest line is the one of most people however few classes there are.
    looks = [{"color": c["colour"], "weight": WIDTHS[i - len(classes)], "opacity": 1.0} for i, c in enumerate(classes)]
    short = {i: short_name(row) for i, row in case.workspace.zones.iterrows()}
    tips = [_tip(row, short) for row in table.itertuples()]
    frame = gpd.GeoDataFrame(
        {"step": [str(s) for s in steps], "tip_zh": [t.zh for t in tips], "tip_en": [t.en for t in tips]},
        geometry=table.geometry.to_numpy(), crs=table.crs,
    ).iloc[::-1]  # the best last, above the others  # fmt: skip
    return [{
        "id": "crossing_gain", **results.published(frame), "group": "result", "title": stamped(say("crossings_layer"), answer), "pane": "zp-points", "live": True,
        "style": IDLE, "rules": [{"by": "step", "cases": {str(i): look for i, look in enumerate(looks)}}],
        "legend": [
            *({"type": "line", "color": look["color"], "width": look["weight"], "text": pick(Text(c["zh"], c["en"]))} for look, c in reversed(list(zip(looks, classes, strict=True)))),
            {"type": "line", "color": IDLE["color"], "width": IDLE["weight"], "text": say("crossings_idle")},
        ],
        "badge": badge(answer.basis),
    }]  # fmt: skip


def _tip(row: Any, short: Mapping[Any, Text]) -> Text:
    name = _called({"barrier_zh": row.barrier_zh, "barrier_en": row.barrier_en, "kind": row.kind})
    where = both("crossings_tip", name=name, m=plain(row.length_m))
    if not row.gain > 0:
        what = both("crossings_tip_idle")
    else:
        zone = short.get(row.zone_id, Text("–", "–"))
        what = both("crossings_tip_gain", n=plain(row.gain), zone=zone)
        less = both("crossings_tip_lost", lost=plain(row.lost)) if row.lost > 0 else Text("", "")
        what = Text(what.zh + less.zh, what.en + less.en)
    return Text(f"{where.zh}\n{what.zh}", f"{where.en}\n{what.en}")
