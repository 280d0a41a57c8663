"""Which waters are drawn: those of the base map, and of the workspace's own those of which it knows no better shape."""

from __future__ import annotations

from typing import Protocol

import geopandas as gpd
import pandas as pd

__all__ = ["KNOWN", "own_water", "waters"]

KNOWN = ("measured", "sourced")
WET = ("sea", "lake", "reservoir", "river", "water")


class Waters(Protocol):
    """A place with waters of its own and a base map."""

    @property
    def water(self) -> gpd.GeoDataFrame: ...
    @property
    def ground(self) -> gpd.GeoDataFrame: ...


def own_water(place: Waters) -> gpd.GeoDataFrame:
    """Return the waters that the ground does not draw: the guessed ones of which it knows no better shape."""
    water = place.water
    named = set(place.ground["name_zh"].dropna()) if len(place.ground) else set()
    return water[~water["basis"].isin(KNOWN) & ~water["name_zh"].isin(named)] if len(water) else water


def waters(place: Waters) -> gpd.GeoSeries:
    """Return the shapes of all waters of a place, its base map's first."""
    parts = [place.ground.geometry[place.ground["kind"].isin(WET)]] if len(place.ground) else []
    if len(place.water):
        parts += [own_water(place).geometry, place.water.geometry[place.water["basis"].isin(KNOWN)]]
    return gpd.GeoSeries(pd.concat(parts), crs=place.water.crs) if parts else gpd.GeoSeries([])
