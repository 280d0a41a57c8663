"""Carriers on the map: a pictogram for each kind, the plan's sentence under the pointer; off until asked for."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.answers.cited import quoted
from geo.text import several
from geo.workspace import Workspace
from layers.look.carriers import CARRIERS, look_of
from ui.map import look
from ui.map.look import badge, weakest
from ui.map.publish import publish_frame
from ui.words import BASIS, both, pick, say

__all__ = ["carrier_specs"]

LONGEST_QUOTE = 70
"""Characters of the plan's sentence in a tip; the card of the zone shows it whole, in its place."""


@st.cache_data(show_spinner=False, max_entries=16, hash_funcs={Workspace: lambda w: w.key})
def _file(workspace: Workspace) -> dict[str, str]:
    frame = workspace.carriers
    said = quoted(workspace, "carrier").to_dict()
    tips = [_tip(workspace, row, str(said.get(mark, ""))) for mark, row in frame.iterrows()]
    names = frame["name_en"].where(frame["name_en"].notna(), frame["name_zh"])
    return publish_frame(
        gpd.GeoDataFrame(
            {"tip_zh": [t[0] for t in tips], "tip_en": [t[1] for t in tips], "label_zh": frame["name_zh"].to_numpy(),
             "label_en": names.to_numpy(), "kind": frame["kind"].to_numpy(), "basis": frame["basis"].to_numpy()},
            geometry=frame.geometry.to_numpy(), crs=frame.crs,
        )
    )  # fmt: skip


def _tip(workspace: Workspace, row: pd.Series, quote: str) -> tuple[str, str]:
    """Return name, kind and zone, the plan's sentence, clause, basis and accuracy, in both languages."""
    kind, zones = look_of(row["kind"]), workspace.zones
    named = [z for z in several(row["zone_id"]) if z in zones.index]
    short = quote if len(quote) <= LONGEST_QUOTE else quote[:LONGEST_QUOTE] + "…"
    names = (zones["name_zh"], zones["name_en"].fillna(zones["name_zh"]))
    told = []
    for k in (0, 1):
        within = both("between")[k].join(names[k][z] for z in named)
        truth = BASIS[row["basis"]][k] if row["basis"] in BASIS else ""
        exact = both("accuracy", m=f"{row['accuracy_m']:,.0f}")[k] if pd.notna(row["accuracy_m"]) else ""
        lines = [
            row["name_zh"] if k == 0 else row.get("name_en") or row["name_zh"],
            " · ".join(t for t in (kind.name[k], within) if t),
            f"“{short}”" if short else "",
            " · ".join(str(t) for t in (row["clause"], truth, exact) if t and t == t),
        ]
        told.append("\n".join(str(line) for line in lines if line))
    return told[0], told[1]


def carrier_specs(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the layer of carriers, none where there are none."""
    frame = workspace.carriers
    if not len(frame):
        return []
    there = [kind for kind in dict.fromkeys((*CARRIERS, *frame["kind"].dropna())) if (frame["kind"] == kind).any()]
    looks = {kind: look_of(kind) for kind in there}
    return [{
        "id": "carriers", **_file(workspace), "group": "plan", "title": say("counted", name=say("layer_carriers"), count=len(frame)),
        "pane": "zp-points", "live": True, "on": False, "style": {"radius": 9},
        "rules": [{"by": "kind", "cases": {k: {"path": one.path, "color": one.colour} for k, one in looks.items()}}, look.DOT_BASIS],
        "label": {"className": "zp-carrier", "rank": 2, "from": 13.5},
        "legend": [{"type": "point", "path": one.path, "color": one.colour, "text": pick(one.name)} for one in looks.values()],
        "badge": badge(weakest(frame)),
    }]  # fmt: skip
