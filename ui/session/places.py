"""Where the facilities of the base are, and how large what is drawn is: degrees for the map, metres for the question."""

from __future__ import annotations

import geopandas as gpd
import shapely
import streamlit as st

from geo.crs import to_metres, to_wgs84
from geo.workspace import Workspace
from ui.session.work import aside

__all__ = ["bounds", "facilities", "hectares", "metres"]

LAYERS = ("schools", "clinics", "stops", "facilities")
KEEP = {"show_spinner": False, "max_entries": 8, "hash_funcs": {Workspace: lambda w: w.key}}
Place = tuple[float, float]


def facilities() -> dict[str, Place]:
    """Return longitude and latitude [degrees] of every facility of the base, by its id."""
    return _facilities(st.session_state.base)


def bounds() -> tuple[float, float, float, float]:
    """Return west, south, east and north of the zones of the base [degrees]."""
    return _bounds(st.session_state.base)


def hectares(ring: tuple[Place, ...]) -> float:
    """Return the size of an area whose border is told in degrees [ha]."""
    return _measured(ring, str(st.session_state.base.crs), area=True) / 1e4


def metres(line: tuple[Place, ...]) -> float:
    """Return the length of a line told in degrees [m]."""
    return _measured(line, str(st.session_state.base.crs), area=False)


@st.cache_data(show_spinner=False, max_entries=1000)
def _measured(corners: tuple[Place, ...], crs: str, *, area: bool) -> float:
    shape = shapely.Polygon(corners) if area else shapely.LineString(corners)
    flat = aside(to_metres, gpd.GeoSeries([shape], crs="EPSG:4326"), crs).iloc[0]
    return float(flat.area if area else flat.length)


@st.cache_data(**KEEP)  # type: ignore[call-overload]
def _facilities(base: Workspace) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for name in LAYERS:
        shapes = base.layer(name).geometry
        if len(shapes):
            at = aside(to_wgs84, shapes)
            found |= {str(i): (round(p.x, 7), round(p.y, 7)) for i, p in zip(shapes.index, at, strict=True)}
    return found


@st.cache_data(**KEEP)  # type: ignore[call-overload]
def _bounds(base: Workspace) -> tuple[float, float, float, float]:
    west, south, east, north = aside(to_wgs84, base.zones.geometry).total_bounds
    return float(west), float(south), float(east), float(north)
