"""The prepared network of a streets frame, kept on disk under the hash of its content."""

from __future__ import annotations

import geopandas as gpd

from geo.network import Network

__all__ = ["load_or_build"]


def load_or_build(streets: gpd.GeoDataFrame) -> Network:
    """Return the network of a frame of streets (u, v, metres, geometry) in a metric CRS."""
    return Network.from_links(streets)
