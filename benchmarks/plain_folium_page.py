"""The page as most people write it: a folium map in st_folium, the same data, the same question at each click."""

from __future__ import annotations

import os

import folium
import geopandas as gpd
import streamlit as st
from streamlit_folium import st_folium

from geo import answers
from layers import workspace as folder
from layers.workspace import case

st.set_page_config(layout="wide")


@st.cache_resource
def load() -> tuple[object, dict[str, gpd.GeoDataFrame]]:
    """Return the workspace and its layers in WGS84."""
    place = folder.load(os.environ["ZONEPLAN_DATA"])
    layers = {
        name: place.layer(name)[["geometry"]].to_crs(4326)
        for name in ("zones", "streets", "links", "schools", "clinics", "stops")
    }
    return place, layers


place, layers = load()
asked = st.session_state.get("asked")
count = st.session_state.get("count", 0)
left, right = st.columns([7, 3])
west, south, east, north = layers["zones"].geometry.iloc[0].bounds
chart = folium.Map(location=[(south + north) / 2, (west + east) / 2], zoom_start=13, tiles=None)
for frame in layers.values():
    folium.GeoJson(frame, marker=folium.CircleMarker(radius=4)).add_to(chart)
if asked:
    folium.CircleMarker(asked[::-1], radius=8, color="red").add_to(chart)
    bands = answers.isochrone(case(place), *asked).to_crs(4326)
    mark = f"iso-{count}"
    folium.GeoJson(bands[["limit", "geometry"]], style_function=lambda _f, mark=mark: {"className": mark}).add_to(chart)
    answer = answers.site(case(place, "primary", place.years[-1]), *asked)
    right.text(f"answer {count}")
    right.dataframe(answer.tables["nearest"])
    right.dataframe(answer.tables["gain"])
with left:
    got = st_folium(chart, height=800, use_container_width=True, returned_objects=["last_clicked"], key="plain")
clicked = got.get("last_clicked") if got else None
if clicked and (clicked["lng"], clicked["lat"]) != asked:
    st.session_state.asked = (clicked["lng"], clicked["lat"])
    st.session_state.count = count + 1
    st.rerun()
