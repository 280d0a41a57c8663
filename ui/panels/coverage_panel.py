"""Who is served: people within the standard by radius and on foot, side by side; and seats per person in reach."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from geo import answers, measure
from geo.answers import Answer
from geo.answers.access import DECAYED, DECAYS, METHODS
from geo.case import Case
from geo.text import Text
from geo.workspace import Workspace
from layers.look import draw
from ui.map import results
from ui.map.drawn import Asked, Drawn
from ui.map.scene import Spec, short_name
from ui.panels import circles_view, sure_view, travel_view
from ui.parts import charts, journey, lacking, sentence
from ui.parts.ask import select
from ui.parts.grid import Mark, Share, grid, names_of, outlines
from ui.parts.markup import Figure, answered, figures, heading, indented, method, paragraph
from ui.parts.navigation import onward
from ui.parts.stamp import counted_head, stamped
from ui.parts.walk import on_foot, pace
from ui.session.state import Choice
from ui.words import both, pick, say

__all__ = ["coverage_picture", "show"]


def show(asked: Asked) -> Drawn:
    """Show coverage, or accessibility, as figures, map and table."""
    what = st.segmented_control(
        say("map_shows"), ("cover", "circles", "access"), key="cover_view", default="cover", required=True, label_visibility="collapsed",
        format_func=lambda k: say(f"view_{k}"),
    )  # fmt: skip
    if lacking.told(asked.case, "zones", "people"):
        return Drawn()
    if what == "circles":
        return circles_view.show(asked)
    if what == "access":
        return _access(asked.case)
    mode = journey.chosen_mode(asked.case)
    return _cover(asked) if mode == journey.STANDARD else travel_view.covered(asked, mode)


def _cover(asked: Asked) -> Drawn:
    workspace, choice = asked.workspace, asked.choice
    answer = answers.coverage(asked.case)
    total, limit = answer.tables["total"].iloc[0], answer.parameters["limit_m"]
    spoken = f"{pick(answer.title)} {say('share_walk')} {_percent(total['share_walk'])}"
    drawn = Drawn(layers=coverage_picture(workspace, answer, choice), spoken=spoken)
    asked.paint(drawn)
    service = Text(asked.case.asked.name_zh, asked.case.asked.name_en.lower())
    told = sentence.covered(
        total, answer.tables["zones"], names_of(workspace), service=service, year=choice.year, metres=limit, by=choice.by
    )  # fmt: skip
    answered(
        pick(told), pick(answer.title), say("standard_is", walk=on_foot(limit), speed=pick(pace().words), rule=_rule(asked.case, answer)),
        answer.basis,
    )  # fmt: skip
    sure = st.container()
    for note in answer.notes:
        paragraph(pick(note))
    tiles: list[Figure] = [
        (say("share_walk"), _percent(total["share_walk"]), "", say("people_of", n=_count(total["covered_walk"]), all=_count(total["people"])), ""),
        (say("share_radius"), _percent(total["share_radius"]), "", say("people_of", n=_count(total["covered_radius"]), all=_count(total["people"])), ""),
    ]  # fmt: skip
    if choice.by == "radius":
        tiles.reverse()
    tiles.append(
        (
            say("radius_only"),
            _count(total["radius_only"]),
            say("people"),
            say("radius_only_note"),
            "bad" if total["radius_only"] > 0 else "",
        )
    )
    tiles.append((say("share_area_tile"), _percent(total["share_area"]), "", say("share_area_note"), ""))
    if "pupils" in total:
        tiles.append(
            (
                say("pupils_walk"),
                _count(total["pupils_walk"]),
                say("people"),
                say("pupils_of", all=_count(total["pupils"])),
                "",
            )
        )
    figures(tiles)
    heading(say("by_zone"), answer.basis)
    zones = answer.tables["zones"]
    grid(_table(workspace, answer), [Mark(outlines(workspace).get(str(i), "")) for i in zones.index], tall=24)
    _onward(asked.case)
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    with sure:  # last, though it stands above: the panel is there before it is drawn
        sure_view.show(asked.case, "coverage")
    return drawn


def _onward(case: Case) -> None:
    """Lead on to the sites that would serve more, or to the import where nothing of the service is known."""
    if lacking.lacks(case, "service"):
        lacking.bring(case, "service")
    else:
        onward(say("next_best"), "siting", key="next_best", siting_view="locate")


def coverage_picture(workspace: Workspace, answer: Answer, choice: Choice) -> list[Spec]:
    """Return the coverage map: on foot, within the radius only, beyond; each with its people in the legend.

    Nothing is painted where the data hold nothing of the service: that is no map of people without it.
    """
    cells = answer.tables["cells"]
    if (cells["served"] == "no_data").any():
        return []
    cells = cells[cells["people"] > 0]
    limit = answer.parameters["limit_m"]
    near, foot = cells["radius_m"] <= limit, cells["walk_m"] <= limit
    keys = draw.coverage_keys(near, near if choice.by == "radius" else foot)
    counts = pd.Series(cells["people"].to_numpy(float)).groupby(keys).sum()
    classes = []
    for one in draw.COVERAGE:
        # By radius, the first class holds whoever is within it, on foot or not.
        word = "radius" if choice.by == "radius" and one["key"] == "walk" else one["key"]
        told = both(f"cover_{word}", n=f"{counts.get(float(one['value']), 0):,.0f}")
        classes.append({**one, **told._asdict()})
    text = say("cover_layer", service=pick(measure.told(workspace, choice.service)))
    text = stamped(text, answer)
    return [results.picture("coverage", text, cells, keys, workspace.cell_metres, classes[::-1], basis=answer.basis)]


def _access(case: Case) -> Drawn:
    workspace = case.workspace
    chosen = select(say("access_method"), tuple(METHODS), "access_method", lambda m: pick(METHODS[m]))
    decay = None
    if chosen in DECAYED:
        ways = tuple(DECAYS)
        decay = select(
            say("access_decay"),
            ways,
            f"access_decay_{chosen}",
            lambda d: pick(DECAYS[d]),
            start=ways.index(DECAYED[chosen]),
        )
    answer = answers.access(case, method=chosen, decay=decay)
    even = answer.tables["equity"].iloc[0]
    service = Text(case.asked.name_zh, case.asked.name_en.lower())
    told = sentence.access(even, service=service, who=both("ans_pupils" if case.is_school else "ans_residents"))
    answered(pick(told), pick(answer.title), pick(answer.method), answer.basis)
    _onward(case)
    figures([
        (say("gini"), _number(even["gini"]), "", say("gini_note"), ""),
        (say("palma"), _number(even["palma"]), "", say("palma_note"), ""),
        (say("share_none"), _percent(even["share_none"]), "", say("share_none_note"), "bad" if even["share_none"] > 0 else "good"),
    ])  # fmt: skip
    if len(curve := answer.tables["lorenz"]):
        heading(say("lorenz"), answer.basis)
        st.html(charts.lorenz(curve))
    for note in answer.notes:
        paragraph(pick(note))
    zones = answer.tables["zones"]
    per = 1000
    table = pd.DataFrame({
        say("layer_zones"): _names(workspace, zones), counted_head(say("demand"), answer): zones["demand"].round().to_numpy(), say("per_1000"): (zones["access"] * per).round(0).to_numpy(),
    })  # fmt: skip
    heading(say("by_zone"), answer.basis)
    grid(table, [Mark(outlines(workspace).get(str(i), "")) for i in zones.index], tall=24)
    cells = answer.tables["cells"]
    cells = cells[cells["demand"] > 0]
    scores = cells["access"].to_numpy(float) * per
    classes = [{"key": "none", "low": None, "high": draw.ABOVE_ZERO, "colour": draw.NONE, **both("access_none")._asdict()},
               *draw.ramp(scores, draw.ACCESS)]  # fmt: skip
    spec = results.picture(
        "access",
        stamped(say("access_layer"), answer),
        cells,
        scores,
        workspace.cell_metres,
        classes,
        basis=answer.basis,
    )
    return Drawn(layers=[spec], spoken=f"{say('gini')} {_number(even['gini'])}")


def _rule(case: Case, answer: Answer) -> str:
    """Return the standard and clause that say the distance, and the official name of the coverage; the planner's own has none."""
    told = " ".join(str(answer.parameters[name]) for name in ("standard", "clause") if answer.parameters.get(name))
    if case.standard.indicator:
        told += say("indicator_is", name=case.standard.indicator, standard=case.standard.indicator_standard)
    return told or say("measure_metres")


def _names(workspace: Workspace, zones: pd.DataFrame) -> list[str]:
    """Return the short names of zones, sub-areas set in."""
    return [indented(pick(short_name(workspace.zones.loc[i])), zones.loc[i, "level"]) for i in zones.index]


def _table(workspace: Workspace, answer: Answer) -> pd.DataFrame:
    zones = answer.tables["zones"]
    return pd.DataFrame({
        say("layer_zones"): _names(workspace, zones), counted_head(say("residents"), answer): zones["people"].round(0).to_numpy(),
        say("walk"): [Share(v) for v in zones["share_walk"]], say("radius"): [Share(v) for v in zones["share_radius"]],
        say("share_area"): [f"{v:.0%}" if math.isfinite(v) else "–" for v in zones["share_area"]],
        say("radius_only_short"): zones["radius_only"].round(0).to_numpy(),
    })  # fmt: skip


def _percent(value: float) -> str:
    return f"{value:.1%}" if math.isfinite(value) else say("no_data")


def _count(value: float) -> str:
    return f"{value:,.0f}" if math.isfinite(value) else say("no_data")


def _number(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "∞" if math.isinf(value) else say("no_data")
