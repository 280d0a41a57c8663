"""Where best: the gain of a site at every street corner, optimal sites with proof, two goals weighed, crossings; taken into the plan in one step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.case import Case
from geo.errors import PlanError
from geo.progress import Step
from geo.text import Text
from geo.workspace import Workspace
from layers.look import draw
from ui.map import results
from ui.map.drawn import Asked, Drawn
from ui.map.scene import short_name
from ui.panels import crossings_view, programme_view, robust_view, tradeoff_view, worth_view
from ui.panels.coverage_panel import coverage_picture
from ui.panels.place_told import gains
from ui.panels.siting_parts import conditions, mark_of, percent, places_table, plain, sites_drawn, take, unit_of
from ui.parts import export, lacking, problem, sentence
from ui.parts.ask import select
from ui.parts.markup import answered, figures, heading, listing, method, paragraph
from ui.parts.patience import patient
from ui.parts.stamp import dated, stamped
from ui.session import edits, measure
from ui.session.state import Choice
from ui.session.work import aside
from ui.words import CATALOGUE, both, pick, say, service_name

__all__ = ["MODELS", "show"]

MODELS = ("max_cover", "set_cover", "p_median", "p_center", "capacitated_max_cover")
VIEWS = ("locate", "robust", "tradeoff", "programme", "gain", "crossings", "worth")


def show(asked: Asked) -> Drawn:
    """Show the gap, then the gain surface, the optimal sites or the crossings."""
    case, workspace, choice = asked.case, asked.workspace, asked.choice
    if lacking.told(case, "zones", "people"):
        return Drawn()
    surface = None
    if st.session_state.get("siting_view") == "gain":
        surface = patient(both("view_gain"), lambda _: answers.gain(case, by=choice.by), (mark_of(case), choice.by))
        if surface is not None:
            asked.paint(_gain_picture(workspace, surface))
    cover = answers.coverage(case)
    head = say("siting_of", service=pick(service_name(case.service)), year=pick(dated(case)))
    opening = st.session_state.setdefault("siting_view", "locate")  # a button that leads here sets it too
    told, basis = _told(case, opening, cover, surface)
    answered(pick(told), head, basis=basis)
    what = st.segmented_control(
        say("map_shows"), VIEWS, key="siting_view", required=True, label_visibility="collapsed",
        format_func=lambda k: say(f"view_{k}"),
    )  # fmt: skip
    _gap(case, cover)
    if what == "gain" and surface is not None:
        _gain(workspace, surface)
        drawn = Drawn()
    elif what == "crossings":
        drawn = crossings_view.show(case, choice, cover)
    elif what == "programme":
        drawn = programme_view.show(case, choice, cover)
    elif what == "tradeoff":
        drawn = tradeoff_view.show(case, choice, cover)
    elif what == "robust":
        drawn = robust_view.show(case, choice, cover)
    elif what == "worth":
        drawn = worth_view.show(case, choice, cover)
    else:
        drawn = _locate(case, choice, cover)
    if st.session_state.place is not None:
        answer = aside(answers.site, case, *st.session_state.place)
        gains(case, answer, choice)
        edits.offer_site(case, st.session_state.place, answer)
    return drawn


def _told(case: Case, view: str, cover: Answer, surface: Answer | None) -> tuple[Text, str]:
    """Return the first sentence, and its basis: what the sites found bring, the best place, or the gap before any is asked for."""
    service = Text(case.asked.name_zh, case.asked.name_en.lower())
    names = {row["name_zh"]: short_name(row) for _, row in case.workspace.zones.iterrows()}

    def where(zone: object) -> Text:
        return names.get(zone) or both("ans_outside")

    located = st.session_state.get("located")
    if view == "gain" and surface is not None:
        top = surface.tables["top"]
        if top.empty or not float(top["gain"].iloc[0]) >= 0.5:
            return both("ans_best_none"), surface.basis
        first = top.iloc[0]
        return both("ans_best", zone=where(first["zone_zh"]), service=service, n=f"{first['gain']:,.0f}", unit=_unit(surface)), surface.basis  # fmt: skip
    if view == "locate" and located is not None and located[0] == mark_of(case):
        answer = located[1]
        summary, sites = answer.tables["summary"].iloc[0], answer.tables["sites"]
        new = "pupils_new" if answer.parameters["unit"] == "pupils" else "people_new"
        found = [(where(z), float(n)) for z, n in zip(sites["zone_zh"], sites[new], strict=True)]
        return sentence.sited(float(summary["covered_after"] - summary["covered_before"]), found, unit=_unit(answer)), answer.basis  # fmt: skip
    total = cover.tables["total"].iloc[0]
    pupils = "pupils" in total
    whole, foot = ("pupils", "pupils_walk") if pupils else ("people", "covered_walk")
    unit, who = (both("pupils"), both("ans_pupils")) if pupils else (both("people"), both("ans_residents"))
    return sentence.gap(float(total[whole] - total[foot]), service=service, unit=unit, who=who, metres=cover.parameters["limit_m"]), cover.basis  # fmt: skip


def _unit(answer: Answer) -> Text:
    return both("pupils" if answer.parameters["unit"] == "pupils" else "people")


def _gap(case: Case, now: Answer) -> None:
    """Show who is without the service today, and under the plan of the session where there is one."""
    pupils = "pupils" in now.tables["total"]
    whole, foot = ("pupils", "pupils_walk") if pupils else ("people", "covered_walk")
    after = now.tables["total"].iloc[0]
    tiles: list[Any] = []
    if st.session_state.edits:
        first = answers.coverage(measure.today(case)).tables["total"].iloc[0]
        tiles.append(
            (
                say("gap_before"),
                plain(first[whole] - first[foot]),
                say("people"),
                say("covered_is", share=percent(first["share_walk"])),
                "bad",
            )
        )
        tiles.append(
            (
                say("gap_after"),
                plain(after[whole] - after[foot]),
                say("people"),
                say("covered_is", share=percent(after["share_walk"])),
                "good",
            )
        )
    else:
        tiles.append((say("gap_pupils" if pupils else "gap_people"), plain(after[whole] - after[foot]), say("people"),
                      say("covered_is", share=percent(after["share_walk"])), "bad"))  # fmt: skip
    if case.is_school:
        tiles += _seat_gap(case)
    heading(say("gap"), now.basis)
    for note in now.notes:
        paragraph(pick(note))
    figures(tiles)


def _seat_gap(case: Case) -> list[Any]:
    """Return the seats short of the demand, today and under the plan."""
    rows = []
    spaces = (
        [(measure.today(case), say("seats_gap_before")), (case, say("seats_gap_after"))]
        if st.session_state.edits
        else [(case, say("seats_gap"))]
    )
    for place, word in spaces:
        try:
            table = answers.adequacy(place).tables["stages"]
        except PlanError:
            return []
        row = table.loc[case.service] if case.service in table.index else table[table["stage"] == case.service].iloc[0]
        short = float(row["deficit"])
        told = (
            say("seats_of", seats=plain(row["seats"]), demand=plain(row["demand"]))
            if math.isfinite(short)
            else say("seats_not_known")
        )
        rows.append((word, plain(short), say("places"), told, "bad" if short > 0 else "good" if short == 0 else ""))
    return rows


def _gain(workspace: Workspace, answer: Answer) -> None:
    """Show how the surface is made, its best places and its files."""
    paragraph(pick(answer.method))
    heading(say("top_places"), answer.basis)
    for note in answer.notes:
        paragraph(pick(note))
    places_table(workspace, answer.tables["top"], {"gain": say("newly", unit=unit_of(answer))})
    export.buttons(workspace, answer, ("top", "nodes"))


def _gain_picture(workspace: Workspace, answer: Answer) -> Drawn:
    """Return the surface as a picture, and the best places numbered."""
    nodes, top, unit = answer.tables["nodes"], answer.tables["top"], unit_of(answer)
    # Less than one person is no gain worth a colour; the table and the export keep the exact numbers.
    shown = nodes["gain"].where(nodes["gain"] >= 1, 0.0)
    classes = draw.ramp(shown, draw.GAIN, unit_zh=unit, unit_en=unit, whole=True)
    drawn = Drawn(spoken=say("gain_layer"))
    if classes:
        # Wide enough that the squares of neighbouring street corners meet.
        spacing = float(np.clip(np.percentile(workspace.streets["metres"], 80) * 1.15, 60, 400))
        drawn.layers.append(
            results.picture(
                "gain",
                stamped(say("gain_layer"), answer),
                nodes,
                shown,
                spacing,
                classes,
                basis=answer.basis,
            )
        )
    if len(top):
        tips = [
            both("gain_tip", rank=r, n=f"{g:,.0f}", unit=unit) for r, g in zip(top["rank"], top["gain"], strict=True)
        ]
        drawn.layers.append(results.numbered(top.geometry, [str(r) for r in top["rank"]], tips, say("top_places")))
    return drawn


def _locate(case: Case, choice: Choice, cover: Answer) -> Drawn:
    workspace = case.workspace
    with st.form("locate", border=False):
        a, b = st.columns([2, 3])
        p = int(a.number_input(say("how_many"), 1, 60, 7, key="p"))
        model = select(say("model"), MODELS, "model", lambda m: say(f"model_{m}"), where=b)
        options = conditions(workspace, choice)
        # One primary step at a time: to ask first, then to take what was found.
        found = (st.session_state.get("located") or (None,))[0] == mark_of(case)
        asked = st.form_submit_button(say("solve"), type="secondary" if found else "primary", width="stretch")
    mark = mark_of(case)
    if asked:
        _solve(case, p=None if model == "set_cover" else p, model=model, **options)
    kept = st.session_state.get("located")
    if kept is None or kept[0] != mark:
        return Drawn(layers=coverage_picture(workspace, cover, choice))
    return _sites(case, kept[1])


def _solve(case: Case, **options: Any) -> None:
    """Ask the solver; a press on Stop, or any other choice, ends it at its next word."""
    bar = st.progress(0.0, text=say("solving"))
    stop = st.empty()
    stop.button(say("stop"), key="stop_solving")

    def told(step: Step) -> None:
        bar.progress(step.share or 0.0, text=say("solving_at", value=plain(step.value), bound=plain(step.bound)))

    try:
        st.session_state.located = (mark_of(case), answers.locate(case, progress=told, **options))
    except PlanError as error:
        st.session_state.located = None
        problem.refused(error)
    finally:
        bar.empty()
        stop.empty()


def _sites(case: Case, answer: Answer) -> Drawn:
    workspace = case.workspace
    summary, sites, cells = answer.tables["summary"].iloc[0], answer.tables["sites"], answer.tables["cells"]
    pupils = answer.parameters["unit"] == "pupils"
    unit = unit_of(answer)
    heading(pick(answer.title), answer.basis)
    figures([
        (say("covered_before"), percent(summary["share_before"]), "", f"{summary['covered_before']:,.0f} {unit}", ""),
        (say("covered_after"), percent(summary["share_after"]), "", f"{summary['covered_after']:,.0f} {unit}", "good"),
    ])  # fmt: skip
    for note in answer.notes:
        paragraph(pick(note))
    gap = float(summary["gap"])
    rows: list[Any] = [
        (say("status"), _status(str(summary["status"])), "good" if gap <= 1e-6 else ""),
        (
            say("proof"),
            say(
                "proof_is",
                value=plain(summary["objective"]),
                bound=plain(summary["bound"]),
                gap=f"{gap:.2%}" if math.isfinite(gap) else "–",
            ),
            "",
        ),
        (say("time"), f"{summary['seconds']:.2f} s", ""),
    ]
    if "runner_up" in summary and pd.notna(summary["runner_up"]):
        rows.append((say("runner_up"), f"{float(summary['runner_up']):,.1f}", ""))
    excluded = int(answer.parameters.get("candidates_excluded") or 0)
    rows.append(
        (say("candidates"), say("candidates_are", n=f"{answer.parameters['candidates']:,}", out=f"{excluded:,}"), "")
    )
    listing(rows)
    new = "pupils_new" if pupils else "people_new"
    places_table(
        workspace,
        sites,
        {new: say("newly", unit=unit), "seats_needed": say("seats_needed"), "classes_needed": say("classes_needed")},
    )
    take(case, sites)
    export.buttons(workspace, answer, ("sites", "cells"))
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    return sites_drawn(case, answer, sites, cells, new)


def _status(word: str) -> str:
    return say(f"solved_{word}") if f"solved_{word}" in CATALOGUE else word
