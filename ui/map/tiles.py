"""Online base maps that a planner may choose; none is asked for before a button is pressed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from ui.words import both, say

__all__ = ["hosts", "online_tiles"]


def _key() -> str:
    """Return the operator's 天地图 key from the secrets, or "" when there is none."""
    try:
        return str(st.secrets.get("tianditu_key", ""))
    except Exception:
        # No secrets file is the ordinary case.
        return ""


def _services() -> list[dict[str, Any]]:
    """Return the services without their words: where each has its tiles, and the one that shows whether it answers."""
    tiles: list[dict[str, Any]] = []
    if key := _key():
        base = "https://t{s}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk="
        urls = [base.replace("{layer}", layer) + key for layer in ("vec", "cva")]
        first = urls[0].replace("{s}", "0").replace("{z}", "1").replace("{y}", "0").replace("{x}", "1")
        tiles.append({"id": "tianditu", "urls": urls, "subdomains": "01234567", "probe": first})
    amap = "https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}"
    tiles.append({
        "id": "amap", "urls": [amap], "subdomains": "1234", "gcj": True,
        "probe": amap.replace("{s}", "1").replace("{x}", "1").replace("{y}", "0").replace("{z}", "1"),
    })  # fmt: skip
    osm = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
    tiles.append({"id": "osm", "urls": [osm], "probe": osm.replace("{x}", "1").replace("{y}", "0").replace("{z}", "1")})
    return tiles


def online_tiles() -> list[dict[str, Any]]:
    """Return the tile services, each with the one tile that shows whether it answers."""
    words = {
        "tianditu": {"title": say("tiles_tianditu"), "attribution": " ".join(both("tiles_tianditu"))},
        "amap": {"title": say("tiles_amap"), "attribution": " ".join(both("by_amap"))},
        "osm": {"title": "OpenStreetMap", "attribution": "© OpenStreetMap contributors"},
    }
    return [{**tile, **words[tile["id"]]} for tile in _services()]


def hosts() -> tuple[str, ...]:
    """Return the addresses that pictures may come from when a planner switches a base map on, for the door's policy."""
    found = []
    for tile in _services():
        for url in tile["urls"]:
            parts = [urlsplit(url.replace("{s}", one)) for one in tile.get("subdomains", "0")]
            found += [f"{part.scheme}://{part.netloc}" for part in parts]
    return tuple(dict.fromkeys(found))
