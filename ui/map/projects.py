"""The plan's projects on the map: a mark by state, a sign by kind, several at one place as one mark that can be opened."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
import streamlit as st

from geo.text import Text
from geo.workspace import Workspace
from layers.look import draw
from ui.map import look
from ui.map.publish import publish_frame
from ui.words import BASIS, PROJECT_KINDS, PROJECT_STATES, both, pick, say

__all__ = ["at_one_place", "project_spec", "sign"]

MANY = {"color": "#45555e", "path": draw.SHAPES["circle"]}
UNSAID = Text("", "")


def sign(kind: object) -> Text:
    """Return the sign of a kind that stands in its mark: one Chinese character, two letters."""
    words = PROJECT_KINDS.get(str(kind))
    return Text(words.zh[0], words.en[:2].capitalize()) if words else Text(both("part_projects").zh[0], "Pr")


def at_one_place(workspace: Workspace) -> list[tuple[shapely.Point, pd.DataFrame]]:
    """Return the places of projects, each with all its projects: those that are assumed in one zone share a point."""
    projects = workspace.projects[workspace.projects.geometry.notna()]
    points = [shapely.point_on_surface(g) if g.geom_type != "Point" else g for g in projects.geometry]
    groups: dict[tuple[int, int], list[int]] = {}
    for k, point in enumerate(points):
        groups.setdefault((round(point.x), round(point.y)), []).append(k)
    return [(points[rows[0]], pd.DataFrame(projects.iloc[rows].drop(columns="geometry"))) for rows in groups.values()]


def _tip(rows: pd.DataFrame, k: int) -> str:
    lines = []
    for _, row in rows.iterrows():
        name = (row.get("name_en") if k else row.get("name")) or row.get("name")
        state = PROJECT_STATES.get(str(row["state"]), UNSAID)[k]
        lines.append(f"{name} · {state}")
    basis = look.weakest(rows)
    accuracy = rows["accuracy_m"].max() if "accuracy_m" in rows else None
    exact = both("accuracy", m=f"{accuracy:,.0f}")[k] if accuracy is not None and pd.notna(accuracy) else ""
    return "\n".join([*lines, " · ".join(t for t in (BASIS.get(basis, UNSAID)[k], exact) if t)])


@st.cache_data(show_spinner=False, max_entries=16, hash_funcs={Workspace: lambda w: w.key})
def _file(workspace: Workspace) -> dict[str, str]:
    places = at_one_place(workspace)
    rows = [
        {
            "pick": f"project:{group.index[0]}",
            "state": str(group["state"].iloc[0]) if len(group) == 1 else "many",
            "basis": look.weakest(group),
            "label_zh": sign(group["kind"].iloc[0]).zh if len(group) == 1 else str(len(group)),
            "label_en": sign(group["kind"].iloc[0]).en if len(group) == 1 else str(len(group)),
            "tip_zh": _tip(group, 0),
            "tip_en": _tip(group, 1),
        }
        for _, group in places
    ]
    frame = gpd.GeoDataFrame(rows, geometry=[point for point, _ in places], crs=workspace.crs)
    return publish_frame(frame)


def project_spec(workspace: Workspace, *, on: bool) -> dict[str, Any] | None:
    """Return the layer of projects, in the language of the session; None where none has a place."""
    placed = workspace.projects[workspace.projects.geometry.notna()] if len(workspace.projects) else workspace.projects
    if placed.empty:
        return None
    states = [s for s in draw.PROJECT_LOOK if s in set(placed["state"].astype(str))]
    legend = [{"type": "point", **draw.PROJECT_LOOK[s], "text": pick(PROJECT_STATES[s])} for s in states]
    if len(at_one_place(workspace)) < len(placed):
        legend.append({"type": "point", **MANY, "text": say("projects_many")})
    return {
        "id": "projects", **_file(workspace), "group": "plan", "on": on, "pane": "zp-points", "live": True,
        "title": say("projects_placed", n=len(placed), of=len(workspace.projects)),
        "style": {"radius": 12},
        "rules": [{"by": "state", "cases": {**draw.PROJECT_LOOK, "many": MANY}}, look.POINT_BASIS],
        "label": {"className": "zp-sign", "rank": 18, "from": 11, "always": True},
        "legend": legend, "badge": look.badge(look.weakest(placed)),
    }  # fmt: skip
