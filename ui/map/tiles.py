"""Online base maps that a planner may choose; none is asked for before a button is pressed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui.words import both, say

__all__ = ["online_tiles"]


def _key() -> str:
    """Return the operator's 天地图 key from the secrets, or "" when there is none."""
    try:
        return str(st.secrets.get("tianditu_key", ""))
    except Exception:
        # No secrets file is the ordinary case.
        return ""


def online_tiles() -> list[dict[str, Any]]:
    """Return the tile services, each with the one tile that shows whether it answers."""
    tiles: list[dict[str, Any]] = []
    if key := _key():
        base = "https://t{s}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk="
        urls = [base.replace("{layer}", layer) + key for layer in ("vec", "cva")]
        first = urls[0].replace("{s}", "0").replace("{z}", "1").replace("{y}", "0").replace("{x}", "1")
        tiles.append({"id": "tianditu", "title": say("tiles_tianditu"), "urls": urls, "subdomains": "01234567",
                      "attribution": " ".join(both("tiles_tianditu")), "probe": first})  # fmt: skip
    amap = "https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}"
    tiles.append({
        "id": "amap", "title": say("tiles_amap"), "urls": [amap], "subdomains": "1234", "gcj": True,
        "attribution": " ".join(both("by_amap")), "probe": amap.replace("{s}", "1").replace("{x}", "1").replace("{y}", "0").replace("{z}", "1"),
    })  # fmt: skip
    osm = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
    tiles.append({
        "id": "osm", "title": "OpenStreetMap", "urls": [osm], "attribution": "© OpenStreetMap contributors",
        "probe": osm.replace("{x}", "1").replace("{y}", "0").replace("{z}", "1"),
    })  # fmt: skip
    return tiles
