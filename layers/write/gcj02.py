"""GCJ-02 on the way out: only when a planner chooses it, always logged, and never where it is forbidden.

GCJ-02 is the shifted system of Chinese web maps. A file in it looks like an ordinary one and lies 0.5 km
away, so every such file says so. The operator forbids it with ``ZONEPLAN_NO_GCJ02=1``.
"""

from __future__ import annotations

import logging
import os

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import wgs84_to_gcj02
from geo.errors import InputError
from geo.text import Text

__all__ = ["NOTE", "allowed", "gcj02_shapes"]

NOTE = {
    "system": "GCJ-02",
    "zh": "坐标为 GCJ-02（火星坐标），不是 WGS84，按公开的近似公式换算，约差 1–2 米；请勿再当作 WGS84 使用。",
    "en": "Coordinates are GCJ-02, not WGS84, by the public approximate formula (about 1-2 m); never use them as WGS84.",
}

_log = logging.getLogger("zoneplan.gcj02")


def allowed() -> bool:
    """Return whether the operator lets planners write GCJ-02."""
    return os.environ.get("ZONEPLAN_NO_GCJ02", "") in ("", "0")


def gcj02_shapes(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return WGS84 shapes shifted to GCJ-02, without a reference system (it has none), and log it.

    Raises
    ------
    InputError
        If the operator has switched GCJ-02 off.
    """
    if not allowed():
        raise InputError(
            Text("管理员已关闭 GCJ-02 输出，请改用 WGS84", "the operator has switched GCJ-02 output off, use WGS84")
        )
    _log.warning("GCJ-02 output of %d shapes by the planner's choice", len(shapes))

    def shift(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(wgs84_to_gcj02(xy[:, 0], xy[:, 1])) if len(xy) else xy

    return gpd.GeoSeries(shapely.transform(shapes.to_numpy(), shift), index=shapes.index)
