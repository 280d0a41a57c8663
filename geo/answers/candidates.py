"""Where a new facility may stand: street nodes, a grid, drawn areas or a list, less what a rule excludes."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.case import Case
from geo.errors import InputError
from geo.land import FITTING
from geo.services import STAGES
from geo.siting import candidates as rules
from geo.text import Text
from geo.workspace import Workspace, with_leaf_zone

__all__ = ["MAX_CANDIDATES", "ORIGINS", "PROTECTED", "PROTECTION_M", "candidate_sites"]

MAX_CANDIDATES = 4_000
ORIGINS = ("streets", "grid")
PROTECTION_M = {"railway": 300.0, "expressway": 80.0, "arterial": 80.0, "metro": 80.0}
"""Distance of teaching buildings from tracks and main roads [m]: GB 50099-2011, 4.1.6."""
PROTECTED = STAGES[1:]
"""Services that GB 50099-2011 is written for: primary, junior and senior schools."""


def candidate_sites(
    case: Case, *, origin: str = "streets", spacing: float = 200.0,
    given: gpd.GeoDataFrame | None = None, zones: Collection[str] = (), protection: bool = True, min_metres: float = 0.0,
) -> gpd.GeoDataFrame:  # fmt: skip
    """Return the candidate points with the reasons that exclude some; none is dropped in silence.

    Parameters
    ----------
    case
        The place, service and year asked about.
    origin
        "streets" (one street node to a square of ``spacing`` metres) or "grid".
    given
        Points or polygons in the workspace's CRS, instead of ``origin``: drawn areas, vacant plots, a list.
    zones
        Ids of zones or sub-areas to stay within; all zones where empty.
    protection
        Whether schools keep the distances of ``PROTECTION_M`` from railways and main roads.
    min_metres
        Least straight-line distance to an existing facility of the service [m].

    Returns
    -------
    candidates
        Points indexed by candidate_id with ``zone_id``, ``reasons`` (empty where usable), ``reason_zh``,
        ``reason_en``.

    Raises
    ------
    InputError
        If an option is not usable, or there would be more than 4 000 candidates.

    Examples
    --------
    >>> from geo.examples import town
    >>> found = candidate_sites(town(), spacing=50, min_metres=450)
    >>> found["reasons"].to_dict()  # in a straight line only node 3 is 500 m from the school
    {'N1': 'near_existing', 'N4': 'near_existing', 'N3': '', 'N2': 'near_existing'}
    """
    workspace = case.workspace
    unknown = [z for z in zones if z not in workspace.zones.index]
    if unknown:
        raise InputError(
            Text(
                f"没有片区 {unknown}，可选：{'、'.join(map(str, workspace.zones.index))}",
                f"no zones {unknown}, choose among {', '.join(map(str, workspace.zones.index))}",
            )
        )
    area = workspace.zones.loc[list(zones)] if zones else workspace.zones
    found = _given(given) if given is not None else _made(workspace, area, origin, spacing)
    if len(found) > MAX_CANDIDATES:
        raise InputError(
            Text(
                f"备选点 {len(found)} 个，超过 {MAX_CANDIDATES}；请加大间距或缩小范围",
                f"{len(found)} candidates are more than {MAX_CANDIDATES}: widen the spacing or choose fewer zones",
            )
        )
    hazards = _hazards(workspace) if protection and case.service in PROTECTED else None
    found = rules.exclude(
        found,
        within=area,
        water=workspace.water if len(workspace.water) else None,
        controls=workspace.controls if len(workspace.controls) else None,
        landuse=workspace.landuse if len(workspace.landuse) and case.service in FITTING else None,
        service=case.service,
        hazards=hazards,
        existing=case.supply if min_metres > 0 else None,
        min_metres=min_metres,
    )
    return with_leaf_zone(found, workspace.zones)


def _given(given: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if given.empty:
        raise InputError(Text("备选点文件是空的", "the list of candidates is empty"))
    if (given.geom_type == "Point").all():
        return rules.from_points(given)
    return rules.from_areas(given)


def _made(workspace: Workspace, area: gpd.GeoDataFrame, origin: str, spacing: float) -> gpd.GeoDataFrame:
    if origin not in ORIGINS:
        raise InputError(
            Text(
                f"备选点来源须为 {'、'.join(ORIGINS)}，现为 {origin}",
                f"candidates come from {' or '.join(ORIGINS)}, not {origin}",
            )
        )
    if not (np.isfinite(spacing) and spacing > 0):
        raise InputError(
            Text(f"备选点间距须大于 0，现为 {spacing}", f"the spacing of candidates must be above 0, it is {spacing}")
        )
    if origin == "grid":
        return rules.from_grid(area, spacing=spacing)
    xy = workspace.network.xy
    inside = shapely.contains_xy(shapely.union_all(area.geometry.array), xy)
    nodes, xy = np.flatnonzero(inside), xy[inside]
    if not len(nodes):
        raise InputError(Text("所选范围内没有街道节点，请用 grid", "there is no street node in that area; use grid"))
    square = np.floor(xy / spacing).astype(np.int64)
    off = np.hypot(*((xy / spacing - square - 0.5).T))
    order = np.lexsort((off, square[:, 1], square[:, 0]))
    first = np.ones(len(order), bool)
    first[1:] = (np.diff(square[order], axis=0) != 0).any(axis=1)
    chosen = np.sort(order[first])
    labels = workspace.network.nodes[nodes[chosen]]
    points = gpd.GeoDataFrame({"node": labels}, geometry=gpd.points_from_xy(*xy[chosen].T), crs=workspace.crs)
    return rules.from_points(points.set_index(pd.Index([f"N{n}" for n in labels], name="candidate_id")))


def _hazards(workspace: Workspace) -> gpd.GeoDataFrame | None:
    """Return the lines that teaching buildings keep away from, each with its distance."""
    links = workspace.links[workspace.links["kind"].isin(PROTECTION_M)]
    if links.empty:
        return None
    return gpd.GeoDataFrame(
        {"metres": links["kind"].map(PROTECTION_M).astype(float)}, geometry=links.geometry.array, crs=links.crs
    )


def rule_words(key: str) -> Text:
    """Return which protection rule the candidates of a service keep."""
    if key in PROTECTED:
        return Text(
            "备选点距铁路不小于 300 米、距高速和主干道不小于 80 米（GB 50099-2011 第4.1.6条）",
            "candidates at least 300 m from railways and 80 m from expressways and arterials (GB 50099-2011, 4.1.6)",
        )
    return Text("备选点不在水面上", "candidates are not in water")
