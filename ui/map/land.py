"""Planned land use and control lines on the map: the lines on, the plots off until asked for."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import streamlit as st

from geo.land import CONTROLS
from geo.text import Text
from geo.workspace import Workspace
from layers.look.land import LINES, OTHER, USES, use_class
from ui.map import look
from ui.map.look import badge, weakest
from ui.map.publish import publish_frame
from ui.words import pick, say

__all__ = ["land_specs"]


@st.cache_data(show_spinner=False, max_entries=16, hash_funcs={Workspace: lambda w: w.key})
def _files(workspace: Workspace) -> dict[str, dict[str, str]]:
    files = {}
    if len(workspace.controls):
        files["controls"] = publish_frame(
            _told(workspace.controls, "kind", [_kind(k) for k in workspace.controls["kind"]])
        )
    if len(workspace.landuse):
        frame = workspace.landuse
        words = [f"{c or ''} {u or ''}".strip() for c, u in zip(frame["code"], frame["use_zh"], strict=True)]
        told = _told(frame, "code", [Text(w, w) for w in words])
        told["what"] = [use_class(code) for code in frame["code"]]
        files["landuse"] = publish_frame(told)
    return files


def _kind(key: object) -> Text:
    one = CONTROLS.get(str(key))
    return Text(one.zh, one.en) if one else Text(str(key), str(key))


def _told(frame: gpd.GeoDataFrame, column: str, words: list[Text]) -> gpd.GeoDataFrame:
    out = frame[[column, "basis", "geometry"]].reset_index(drop=True)
    out["what"] = out[column]
    out["tip_zh"], out["tip_en"] = [w.zh for w in words], [w.en for w in words]
    return out.drop(columns=column)


def land_specs(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the layers of land use and control lines, none where none are imported."""
    files = _files(workspace)
    specs: list[dict[str, Any]] = []
    if "landuse" in files:
        there = {use_class(code) for code in workspace.landuse["code"]}
        shown = [(key, USES.get(key, OTHER)) for key in (*USES, "") if key in there]
        specs.append({
            "id": "landuse", **files["landuse"], "group": "base", "title": say("layer_landuse"), "pane": "zp-lakes", "on": False, "live": True,
            "style": {"color": "#8a8577", "weight": 1, "fillOpacity": 0.55},
            "rules": [{"by": "what", "cases": {key: {"fillColor": one[2]} for key, one in shown}}, look.BASIS_RULE],
            "legend": [{"type": "fill", "color": one[2], "opacity": 0.55, "text": pick(Text(*one[:2]))} for _, one in shown],
            "badge": badge(weakest(workspace.landuse)),
        })  # fmt: skip
    if "controls" in files:
        kinds = [key for key in CONTROLS if (workspace.controls["kind"] == key).any()]
        specs.append({
            "id": "controls", **files["controls"], "group": "plan", "title": say("layer_controls"), "pane": "zp-zones", "vector": True,
            "style": {"opacity": 0.95}, "rules": [{"by": "what", "cases": LINES}, look.BASIS_RULE],
            "legend": [
                {"type": "fill", "color": LINES[key].get("fillColor", LINES[key]["color"]), "stroke": LINES[key]["color"],
                 "opacity": LINES[key]["fillOpacity"], "strokeWidth": 2, "text": pick(_kind(key))} for key in kinds
            ],
            "badge": badge(weakest(workspace.controls)),
        })  # fmt: skip
    return specs
