"""School districts on the page: drawn as areas, one of them chosen, a clicked cell moved, balanced, undone, taken away.

The districts are a draft of the session: the plan does not hold them. They go out as files.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import streamlit as st

from geo import answers
from geo.answers import Answer
from geo.assignment.districts import BROKEN, moved
from geo.case import Case
from geo.crs import to_metres
from layers.look import draw
from ui.map import results
from ui.map.drawn import Drawn
from ui.map.look import badge
from ui.map.scene import Spec
from ui.parts import export, made
from ui.parts.ask import select
from ui.parts.grid import Mark, grid, points
from ui.parts.markup import answered, figures, heading, listing, method, paragraph
from ui.parts.patience import patient
from ui.parts.stamp import stamped
from ui.parts.walk import on_foot, on_foot_both, unit_on_foot
from ui.session import area, edits
from ui.words import both, language, pick, say

__all__ = ["show"]

KEPT = 30
"""Steps that can be undone."""


def show(case: Case) -> Drawn:
    """Show the districts of a stage, as found or as the planner has changed them."""
    steps = _steps(case)
    plan = steps[-1] if steps else None
    answer = patient(
        both("view_districts"),
        lambda _: answers.districts(case, plan=plan, balance=not steps),
        (made.asked_of(case), len(steps)),
    )
    if answer is None:
        return Drawn()
    areas, cells = answer.tables["districts"], answer.tables["cells"]
    names = _names(areas)
    row = answer.tables["summary"].iloc[0]
    over = both("ans_districts_over", n=_n(row["excess"])) if row["excess"] >= 0.5 else both("ans_districts_fit")
    told = both("ans_districts", n=len(areas), walk=on_foot_both(row["mean_m"]), over=over)
    answered(pick(told), pick(answer.title), basis=answer.basis)
    _told(answer)
    for told in answer.tables["shortfall"]["told_en" if language() == "en" else "told_zh"]:
        paragraph(told)
    school = select(say("district_school"), list(areas.index), "district_school", lambda i: names.get(i, str(i)))
    cell = _clicked(cells)
    _change(case, answer, steps, cell, names)
    _findings(answer, names)
    heading(say("view_districts"), answer.basis)
    grid(_table(areas, names), [Mark(at) for at in points(areas.geometry)])
    for note in answer.notes:
        paragraph(pick(note))
    export.buttons(case.workspace, answer, ("districts", "cells", "summary", "shortfall"))
    with st.expander(say("how")):
        method(pick(answer.method), answer.sources)
    return Drawn(
        layers=_layers(areas, cells, school, cell, names, answer), spoken=pick(answer.title), hint=say("district_hint")
    )


def _steps(case: Case) -> list[pd.Series]:
    """Return the changed plans of the session for this question, the last one last."""
    drafts: dict[Any, list[pd.Series]] = st.session_state.setdefault("district_drafts", {})
    one, _ = answers.district_town(case)
    held = case.workspace.districts
    drawn = hash(tuple((k, held[k].wkb) for k in held if k[0] == case.service))
    key = (case.service, case.year, tuple(one.units[[0, -1]]), tuple(one.schools), drawn)
    return drafts.setdefault(key, [])


def _names(areas: pd.DataFrame) -> dict[Any, str]:
    english = areas["name_en"].where(areas["name_en"].notna(), areas["name_zh"])
    told = english if language() == "en" else areas["name_zh"]
    return {i: str(name) if pd.notna(name) else str(i) for i, name in told.items()}


def _told(answer: Answer) -> None:
    row = answer.tables["summary"].iloc[0]
    least = say("district_none_less") if row["least"] else say("district_least", n=_least(row["excess_least"]))
    gap = say("district_proven") if row["proven"] else say("district_gap", gap=_percent(row["walk_gap"]))
    figures([
        (say("district_legal"), say("district_yes") if row["legal"] else say("district_no"), "", "", "good" if row["legal"] else "bad"),
        (say("district_over"), _n(row["excess"]), say("people"), least if row["excess"] > 0 else "", "bad" if row["excess"] > 0 else "good"),
        (say("mean_walk"), _n(row["mean_m"]), unit_on_foot(row["mean_m"]), gap, ""),
        (say("district_compact"), f"{row['compact']:.2f}" if np.isfinite(row["compact"]) else "–", "", say("district_border", km=f"{row['border_m'] / 1000:,.1f}"), ""),
        (say("district_no_way"), _n(row["no_way"]), say("people"), "", "bad" if row["no_way"] > 0 else ""),
    ])  # fmt: skip


def _clicked(cells: gpd.GeoDataFrame) -> Any:
    """Return the cell on whose ground the planner clicked last, None where there is none."""
    if st.session_state.get("place") is None:
        return None
    point = to_metres(gpd.GeoSeries([shapely.Point(*st.session_state.place)], crs="EPSG:4326"), cells.crs).iloc[0]
    found = cells.sindex.query(point, predicate="intersects")
    return cells.index[found[0]] if len(found) else None


def _change(case: Case, answer: Answer, steps: list[pd.Series], cell: Any, names: dict[Any, str]) -> None:
    cells = answer.tables["cells"]
    now = cells["facility_id"]
    inside = _inside(case, cells)
    if cell is None:
        paragraph(say("district_hint"))
    else:
        row = cells.loc[cell]
        school = names.get(row["facility_id"], "–")
        paragraph(say("district_cell", n=_n(row["pupils"]), school=school, walk=on_foot(row["metres"])))
    if cell is not None or inside:
        to = select(say("district_to"), list(names), "district_to", lambda i: names[i])
        if cell is not None:
            _move(case, steps, now, [cell], to, "district-move", say("district_move"))
        if inside:
            _move(case, steps, now, inside, to, "district-move-area", say("district_move_area", n=len(inside)))
    one, two, three = st.columns(3, gap="small")
    told: dict[str, Any] = {"width": "stretch", "disabled": not steps}
    one.button(say("district_balance"), key="district-balance", on_click=_balance, args=(case, steps, now), **told)
    two.button(say("district_undo"), key="district-undo", on_click=_undo, args=(steps,), **told)
    three.button(say("district_again"), key="district-again", on_click=steps.clear, **told)
    four, five = st.columns(2, gap="small")
    kept = any(service == case.service for service, _ in case.workspace.districts)
    four.button(
        say("district_into_plan"), key="district-into-plan", on_click=_into_plan, args=(case, steps, now),
        width="stretch", disabled=kept and not steps,
    )  # fmt: skip
    five.button(
        say("district_anew"), key="district-anew", on_click=_anew, args=(case, steps), width="stretch", disabled=not kept,
    )  # fmt: skip
    if kept or steps:
        paragraph(say("district_unkept" if steps else "district_kept"))


def _inside(case: Case, cells: gpd.GeoDataFrame) -> list[Any]:
    """Return the cells whose centres lie in the area that the planner has drawn, none where there is no area."""
    drawn = area.current()
    if drawn is None:
        return []
    shape = to_metres(gpd.GeoSeries([drawn.shape], crs="EPSG:4326"), cells.crs).iloc[0]
    centres = case.workspace.cells.geometry.loc[cells.index]
    return list(cells.index[centres.within(shape)])


def _move(case: Case, steps: list[pd.Series], now: pd.Series, units: list[Any], to: Any, key: str, label: str) -> None:
    """Offer to give cells to a school, and say before what that would break."""
    one, _ = answers.district_town(case)
    plan, worse = moved(one, now, units, to)
    st.button(
        label, key=key, width="stretch", disabled=plan.equals(now),
        on_click=_keep, args=(steps, plan),
    )  # fmt: skip
    schools = _names(case.supply)
    for row in worse.itertuples():
        paragraph(
            say("district_would", school=schools.get(row.school, ""), rule=pick(BROKEN[row.rule]), n=_few(row.pupils))
        )


def _keep(steps: list[pd.Series], plan: pd.Series) -> None:
    steps.append(plan)
    del steps[:-KEPT]


def _into_plan(case: Case, steps: list[pd.Series], plan: pd.Series) -> None:
    """Keep the districts in the plan: one step, undone with the plan's."""
    steps.clear()
    edits.add(answers.district_objects(case, plan))


def _anew(case: Case, steps: list[pd.Series]) -> None:
    _keep(steps, answers.districts(case, anew=True).tables["cells"]["facility_id"])


def _undo(steps: list[pd.Series]) -> None:
    if steps:
        steps.pop()


def _balance(case: Case, steps: list[pd.Series], plan: pd.Series) -> None:
    _keep(steps, answers.districts(case, plan=plan).tables["cells"]["facility_id"])


def _findings(answer: Answer, names: dict[Any, str]) -> None:
    found = answer.tables["findings"]
    if found.empty:
        return
    heading(say("district_broken"))
    word = "told_en" if language() == "en" else "told_zh"
    listing([(f"{names.get(r['school'], '')} {r[word]}", _few(r["pupils"]), "") for _, r in found.iterrows()])


def _table(areas: pd.DataFrame, names: dict[Any, str]) -> pd.DataFrame:
    return pd.DataFrame({
        say("district_school"): [names[i] for i in areas.index], say("pupils_all"): [_n(v) for v in areas["pupils"]],
        say("seats"): [_n(v) for v in areas["seats"]], say("fill_short"): [_percent(v) for v in areas["fill"]],
        say("mean_walk"): [on_foot(v) for v in areas["mean_m"]],
    })  # fmt: skip


def _layers(
    areas: gpd.GeoDataFrame, cells: gpd.GeoDataFrame, school: Any, cell: Any, names: dict[Any, str], answer: Answer
) -> list[Spec]:
    shown = areas[areas.geometry.notna()]
    colours = draw.ZONE_COLOURS
    frame = gpd.GeoDataFrame(
        {"tone": [str(k % len(colours)) for k in range(len(shown))], "chosen": [str(i == school) for i in shown.index],
         "tip_zh": [f"{names[i]} {_n(shown.loc[i, 'pupils'])}/{_n(shown.loc[i, 'seats'])}" for i in shown.index],
         "tip_en": [f"{names[i]} {_n(shown.loc[i, 'pupils'])}/{_n(shown.loc[i, 'seats'])}" for i in shown.index]},
        geometry=shown.geometry.to_numpy(), crs=shown.crs,
    )  # fmt: skip
    specs: list[Spec] = [{
        "id": "districts", **results.published(frame), "group": "result", "title": stamped(say("view_districts"), answer), "pane": "zp-result",
        "style": {"weight": 1.2, "color": "#45555e", "fillOpacity": 0.3},
        "rules": [{"by": "tone", "cases": {str(k): {"fillColor": c} for k, c in enumerate(colours)}},
                  {"by": "chosen", "cases": {"True": {"weight": 3.4, "color": "#b3261e", "fillOpacity": 0.5}}}],
        "legend": [{"type": "fill", "color": colours[0], "opacity": 0.4}], "badge": badge(answer.basis),
    }]  # fmt: skip
    if cell is not None:
        one = gpd.GeoDataFrame({"tone": ["0"]}, geometry=[cells.geometry[cell]], crs=cells.crs)
        specs.append({
            "id": "district-cell", **results.inline(one), "group": "result", "title": say("district_cell_layer"), "pane": "zp-result",
            "style": {"weight": 2.4, "color": "#1d2b33", "fillColor": "#ffd54a", "fillOpacity": 0.55},
            "legend": [{"type": "fill", "color": "#ffd54a", "opacity": 0.6}],
        })  # fmt: skip
    return specs


def _n(value: float) -> str:
    return f"{value:,.0f}" if np.isfinite(value) else "–"


def _least(value: float) -> str:
    """Return what is proven of a bound: whole pupils, never one more than there are."""
    return f"{np.floor(value + 1e-6):,.0f}"


def _few(pupils: float) -> str:
    """Return pupils in words: a fraction of one is not none."""
    return say("district_under_one") if 0 < pupils < 1 else f"{_n(pupils)} {say('people')}"


def _percent(value: float) -> str:
    return f"{value:.1%}" if np.isfinite(value) else say("no_data")
