"""The carriers of a zone on its card: by kind, and of one that is chosen or clicked the plan's own sentence."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely
import streamlit as st

from geo.crs import to_metres
from geo.text import several
from geo.workspace import Workspace
from layers.look.carriers import CARRIERS, look_of
from ui.parts.ask import select
from ui.parts.cited import cited
from ui.parts.markup import heading, listing, paragraph
from ui.words import language, pick, say

__all__ = ["clicked", "show"]

NEAR_M = 300.0
"""A click this near to a carrier means it: about what its sign covers when all of a zone is on the map [m]."""


def clicked(workspace: Workspace, lon: float, lat: float) -> str | None:
    """Return the carrier at a clicked place, the nearest of them; None where there is none, and the card asks about none."""
    if not len(workspace.carriers):
        return None
    point = to_metres(gpd.GeoSeries([shapely.Point(lon, lat)], crs="EPSG:4326"), workspace.crs).iloc[0]
    away = workspace.carriers.distance(point)
    return str(away.idxmin()) if away.min() <= NEAR_M else None


def show(workspace: Workspace, carriers: pd.DataFrame) -> None:
    """Show the carriers of a zone by kind, then one of them: kind, zone, how its place is known, the plan's sentence."""
    heading(say("carriers_here", n=len(carriers)))
    kinds = [kind for kind in (*CARRIERS, "") if len(_of(carriers, kind))]
    listing([(say("between").join(_name(r) for _, r in _of(carriers, k).iterrows()), _kind(k), "") for k in kinds])
    paragraph(say("carriers_note"))
    chosen = select(
        say("carrier_choose"), ["", *carriers.index], "carrier",
        lambda mark: _name(carriers.loc[mark]) if mark else say("carrier_none"),
    )  # fmt: skip
    if not chosen:
        return
    row = carriers.loc[chosen]
    heading(_name(row), str(row["basis"]))
    zones = workspace.zones
    named = [z for z in several(row["zone_id"]) if z in zones.index]
    exact = say("accuracy", m=f"{row['accuracy_m']:,.0f}") if pd.notna(row["accuracy_m"]) else ""
    told = (_kind(str(row["kind"])), say("between").join(_name(zones.loc[z]) for z in named), str(row["clause"] or ""), exact)  # fmt: skip
    st.text(" · ".join(t for t in told if t))
    if isinstance(row["note"], str) and row["note"]:
        paragraph(row["note"])
    cited(workspace, "carrier", str(chosen))


def _of(carriers: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the rows of a kind; of none for those whose kind has no look of its own."""
    return carriers[carriers["kind"] == kind] if kind else carriers[~carriers["kind"].isin(list(CARRIERS))]


def _kind(kind: str) -> str:
    return pick(look_of(kind).name)


def _name(row: pd.Series) -> str:
    english = row.get("name_en")
    return str(english) if language() == "en" and isinstance(english, str) and english else str(row["name_zh"])
