"""The plan's projects: a board by state, a timeline, a table; the one that is looked at with its card, on the map."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.text import Text, several
from geo.workspace import Workspace
from ui.map import results
from ui.map.drawn import Asked, Drawn
from ui.map.look import weakest
from ui.map.projects import at_one_place, project_spec
from ui.map.scene import bounds_of
from ui.panels import project_actions
from ui.parts.ask import select, switch
from ui.parts.cited import control
from ui.parts.grid import Mark, grid, points
from ui.parts.markup import Row, figures, heading, listing, paragraph, pill, plain, title
from ui.session import projects as looked_at
from ui.session.work import aside
from ui.words import BASIS, PROJECT_KINDS, PROJECT_STATES, STAGE_NAMES, language, pick, say

__all__ = ["show"]

VIEWS = ("board", "time", "table")
STATES = tuple(PROJECT_STATES)
YEARS = (2021, 2022, 2023, 2024, 2025)
"""Those of the plan."""


def show(asked: Asked, rows: pd.DataFrame) -> Drawn:
    """Show the projects ``rows`` (indexed from 0, with what each brings) and the layer of all projects on the map."""
    workspace = asked.workspace
    spec = project_spec(workspace, on=True)
    if rows.empty:
        paragraph(say("none_here"))
        return Drawn()
    view = switch(say("panel"), VIEWS, "projects_view", lambda key: say(f"projects_{key}"))
    kept = _filtered(workspace, rows)
    chosen = _card(workspace, rows)
    if view == "table":
        _table(workspace, kept)
    else:
        with st.container(key="cards"):
            (_board if view == "board" else _timeline)(workspace, kept)
    layers = [spec] if spec else []
    return Drawn(
        layers=[*layers, *_ring(workspace, chosen)], view=_view(workspace, chosen), spoken=say("part_projects")
    )


def _filtered(workspace: Workspace, rows: pd.DataFrame) -> pd.DataFrame:
    """Let the planner keep those of a zone and of a kind; a project of no zone or of all belongs to each."""
    left, right = st.columns(2)
    tops = [str(i) for i in workspace.zones.index[workspace.zones["level"] == "zone"]]
    kinds = list(dict.fromkeys(rows["kind"].dropna().astype(str)))
    with left:
        zone = select(say("zone"), ["", *tops], "projects_zone", lambda z: _zone(workspace, z) or say("all_zones"), label_visibility="collapsed")  # fmt: skip
    with right:
        kind = select(say("project_kind"), ["", *kinds], "projects_kind", lambda k: _kind(k) or say("all_kinds"), label_visibility="collapsed")  # fmt: skip
    kept = rows
    if zone:
        family = {zone, *workspace.zones.index[workspace.zones["parent_id"] == zone].astype(str)}
        kept = kept[[not several(z) or bool(family & set(several(z))) for z in kept["zone_id"]]]
    return kept[kept["kind"].astype(str) == kind] if kind else kept


# -- board and timeline -----------------------------------------------------------------------------------------------
def _board(workspace: Workspace, rows: pd.DataFrame) -> None:
    """Show a column for each state: how many, what they bring, each project to be pressed."""
    for column, state in zip(st.columns(3, gap="small"), STATES, strict=True):
        mine = rows[rows["state"].astype(str) == state]
        with column:
            brought = escape(_sum(mine)) + pill(weakest(pd.DataFrame({"basis": mine["brings_basis"]})))
            st.html(f'<p class="zp-lane zp-lane-{STATES.index(state)}"><b>{escape(pick(PROJECT_STATES[state]))}</b><span>{len(mine)}</span></p><p class="zp-lane-sum">{brought}</p>')  # fmt: skip
            _pressed(workspace, mine, f"board_{STATES.index(state)}")


def _timeline(workspace: Workspace, rows: pd.DataFrame) -> None:
    """Show the years of the plan with what opens in each; what has no year is a lane of its own and is given none."""
    # What the plan or a report gives: a year that we suppose for a facility is no year of the plan's.
    years = pd.to_numeric(rows["open_year"], errors="coerce")
    known = sorted({int(y) for y in years.dropna()})
    axis = [*YEARS, *(y for y in known if y > YEARS[-1])]
    early = [y for y in known if y < YEARS[0]]
    cells = "".join(
        f'<td class="{"zp-has" if (years == y).any() else ""}"><b>{y}</b><i>{int((years == y).sum()) or "·"}</i></td>'
        for y in [*early, *axis]
    )
    unsaid = rows[years.isna()]
    rolling = escape(say("rolling", n=len(unsaid)))
    st.html(f'<table class="zp-years"><tr>{cells}</tr><tr><td class="zp-rolling" colspan="{len(axis) + len(early)}">{rolling}</td></tr></table>')  # fmt: skip
    for year in [*early, *axis]:
        mine = rows[years == year]
        if len(mine):
            heading(say("opens_in", year=year), weakest(pd.DataFrame({"basis": mine["year_basis"]})))
            _pressed(workspace, mine, f"year_{year}")
    for state in STATES:
        mine = unsaid[unsaid["state"].astype(str) == state]
        if len(mine):
            heading(say("rolling_state", state=pick(PROJECT_STATES[state]), n=len(mine)))
            _pressed(workspace, mine, f"lane_{STATES.index(state)}")
    paragraph(say("rolling_note"))


def _pressed(workspace: Workspace, rows: pd.DataFrame, key: str) -> None:
    """Show projects to be pressed; the one that is looked at is marked, in whatever list it stands."""
    ids = [str(i) for i in rows["project_id"]]
    if not ids:
        paragraph("—")
        return
    named = dict(zip(ids, (_entry(workspace, r) for _, r in rows.iterrows()), strict=True))
    own = f"projects_{key}_{language()}"
    here = looked_at.chosen()
    st.session_state[own] = here if here in ids else None
    st.pills(say("part_projects"), ids, key=own, label_visibility="collapsed", format_func=lambda i: named[i],
             on_change=lambda: looked_at.turn_to(st.session_state[own]))  # fmt: skip


def _entry(workspace: Workspace, row: pd.Series) -> str:
    """Return what a list says of a project: name, zone, what it brings, whether its place is known."""
    zone = say("between").join(_short(workspace, z) for z in several(row["zone_id"]))
    more = " · ".join(t for t in (zone, _brings(row), "" if row["placed"] else say("unplaced")) if t)
    return f"{plain(_name(row))}  \n:small[{plain(more)}]" if more else plain(_name(row))


def _table(workspace: Workspace, rows: pd.DataFrame) -> None:
    shown = pd.DataFrame({
        say("project_name"): [_name(r) for _, r in rows.iterrows()],
        say("project_state"): [pick(PROJECT_STATES.get(str(s), Text(str(s), str(s)))) for s in rows["state"]],
        say("project_brings"): [_brings(r) or "—" for _, r in rows.iterrows()],
        say("project_year"): [_year(r) for _, r in rows.iterrows()],
        say("project_zone_id"): [say("between").join(_zone(workspace, z) for z in several(z_)) or "—" for z_ in rows["zone_id"]],
        say("project_kind"): [_kind(k) for k in rows["kind"]],
        say("project_clause"): [str(c or "") for c in rows["clause"]],
    })  # fmt: skip
    ids = [str(i) for i in rows["project_id"]]
    places = dict(zip(workspace.projects.index.astype(str), points(workspace.projects.geometry), strict=True))
    here = str(looked_at.chosen())
    grid(shown, [Mark(places.get(i, ""), f"project:{i}", i == here) for i in ids])


# -- one project ------------------------------------------------------------------------------------------------------
def _card(workspace: Workspace, rows: pd.DataFrame) -> str | None:
    """Show the project that is looked at, and the others at its place; return its id."""
    found = rows[rows["project_id"].astype(str) == str(looked_at.chosen())]
    if found.empty:
        paragraph(say("project_pick"))
        return None
    row = found.iloc[0]
    mark = str(row["project_id"])
    with st.container(border=True, key="project_card"):
        zone = say("between").join(_zone(workspace, z) for z in several(row["zone_id"])) or say("no_one_zone")
        title(_name(row), f"{mark} · {_kind(row['kind'])} · {zone}", str(row["basis"] or ""))
        figures([
            (say("project_state"), pick(PROJECT_STATES.get(str(row["state"]), Text(str(row["state"]), str(row["state"])))), "", say("state_inferred"), ""),
            (say("project_year"), _year(row), "", _year_note(row), ""),
        ])  # fmt: skip
        told: list[Row] = [(say("project_brings"), _brings(row) or say("brings_unsaid"), "")]
        told.append((say("project_place"), _place(row), ""))
        told.append((say("project_clause"), str(row["clause"] or "—"), ""))
        listing(told)
        if isinstance(row.get("note"), str) and row["note"] and language() == "zh":
            paragraph(row["note"])
        words, away = st.columns([1, 1])
        with words:
            control(workspace, "project", mark, key=f"cite_project_{mark}")
        away.button(
            say("project_close"), key="project_close", on_click=looked_at.turn_to, args=(None,), width="stretch"
        )
        with st.expander(say("project_in_plan")):
            project_actions.show(workspace, mark)
        others = [o for o in _neighbours(workspace, mark) if o != mark]
        if others:
            heading(say("same_place", n=len(others)))
            _pressed(workspace, rows[rows["project_id"].astype(str).isin(others)], "same")
    return mark


def _neighbours(workspace: Workspace, mark: str) -> Sequence[str]:
    groups = aside(at_one_place, workspace)
    return next(([str(i) for i in g.index] for _, g in groups if mark in {str(i) for i in g.index}), [])


def _place(row: pd.Series) -> str:
    if not row["placed"]:
        return say("unplaced_long")
    accuracy = row.get("accuracy_m")
    exact = say("accuracy", m=f"{accuracy:,.0f}") if accuracy is not None and pd.notna(accuracy) else ""
    basis = BASIS.get(str(row["basis"]))
    return " · ".join(t for t in (pick(basis) if basis else "", exact) if t)


def _ring(workspace: Workspace, mark: str | None) -> list[dict[str, Any]]:
    """Return a ring around the chosen project; where its place is a guess, as wide as the guess."""
    shape = _shape(workspace, mark)
    if shape is None:
        return []
    return [{
        "id": "project-chosen", **results.inline(shape), "group": "result", "title": say("project_chosen"), "pane": "zp-band",
        "style": {"color": "#b3261e", "weight": 2, "dashArray": "5 4", "fillColor": "#b3261e", "fillOpacity": 0.03},
        "legend": [{"type": "line", "color": "#b3261e", "dash": "5 4", "text": say("project_within")}],
    }]  # fmt: skip


def _shape(workspace: Workspace, mark: str | None) -> gpd.GeoDataFrame | None:
    projects = workspace.projects
    if mark is None or mark not in projects.index or projects.geometry.loc[mark] is None:
        return None
    at = projects.geometry.loc[mark]
    accuracy = projects["accuracy_m"].loc[mark] if "accuracy_m" in projects else None
    radius = float(accuracy) if accuracy is not None and pd.notna(accuracy) else 60.0
    return gpd.GeoDataFrame(geometry=[at.buffer(max(radius, 60.0), quad_segs=24)], crs=projects.crs)


def _view(workspace: Workspace, mark: str | None) -> dict[str, Any] | None:
    times, shape = looked_at.looked(), _shape(workspace, mark)
    return (
        {"id": f"project-{times}", "bounds": aside(bounds_of, shape.geometry)} if times and shape is not None else None
    )


# -- words ------------------------------------------------------------------------------------------------------------
def _name(row: pd.Series) -> str:
    told = row.get("name_en") if language() == "en" else None
    return str(told or row["name"])


def _kind(kind: object) -> str:
    words = PROJECT_KINDS.get(str(kind))
    return pick(words) if words else str(kind or "")


def _zone(workspace: Workspace, zone: str) -> str:
    if zone not in workspace.zones.index:
        return zone
    row = workspace.zones.loc[zone]
    return str((row.get("name_en") if language() == "en" else None) or row["name_zh"])


def _short(workspace: Workspace, zone: str) -> str:
    if zone not in workspace.zones.index or language() == "en":
        return _zone(workspace, zone)
    return str(workspace.zones.loc[zone].get("short_zh") or _zone(workspace, zone))


def _brings(row: pd.Series) -> str:
    """Return seats by stage and beds that a project brings, with their basis; "" where nobody says."""
    parts = [f"{pick(STAGE_NAMES[s])} {row[f'seats_{s}']:,.0f}" for s in STAGE_NAMES if pd.notna(row.get(f"seats_{s}"))]
    words = say("brings_seats", seats=say("between").join(parts)) if parts else ""
    beds = say("brings_beds", n=f"{row['beds']:,.0f}") if pd.notna(row.get("beds")) else ""
    told = say("between").join(t for t in (words, beds) if t)
    basis = BASIS.get(str(row["brings_basis"]))
    return f"{told} · {pick(basis)}" if told and basis else told


def _sum(rows: pd.DataFrame) -> str:
    columns = [f"seats_{s}" for s in STAGE_NAMES]
    seats = float(rows[columns].astype(float).sum().sum())
    beds = float(rows["beds"].astype(float).sum())
    told = [say("brings_sum", n=f"{seats:,.0f}") if seats else "", say("brings_beds", n=f"{beds:,.0f}") if beds else ""]
    return say("between").join(t for t in told if t) or "—"


def _has_year(row: pd.Series) -> bool:
    return bool(pd.notna(row["year"]))


def _year_note(row: pd.Series) -> str:
    if not _has_year(row):
        return say("year_unsaid")
    basis = str(row["year_basis"])
    return say("year_assumed", basis=pick(BASIS[basis])) if basis in BASIS else ""


def _year(row: pd.Series) -> str:
    return f"{int(row['year'])}" if _has_year(row) else say("rolling_short")
