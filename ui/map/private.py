"""Layers that one session alone may see: held in the server's memory under an address nobody can guess, never in a file."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

import geopandas as gpd
import streamlit as st
from streamlit import runtime

from layers.write import geojson
from ui.session.work import aside

__all__ = ["private"]


def private(frame: gpd.GeoDataFrame, place: str) -> dict[str, Any]:
    """Return a frame as a layer for this session alone.

    Streamlit holds it for the session, forgets it when the next one takes its ``place`` on the map or the session ends, and
    serves it under a hash of its content; a random word in it keeps the address from who has the same data.
    """
    secret = st.session_state.setdefault("private_word", secrets.token_urlsafe(24))
    text = aside(geojson.dumps, frame)
    content = f'{text.rstrip().removesuffix("}")}, "zoneplan:word": "{secret}"}}'.encode()
    url = runtime.get_instance().media_file_mgr.add(content, "application/geo+json", f"private.{place}")
    return {"hash": hashlib.sha256(content).hexdigest()[:20], "url": url.lstrip("/")}
