"""Where a walk crosses a main road or a barrier: told from the streets that meet at each node of the way."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import InputError
from geo.network import Network
from geo.network.routes import Routes
from geo.text import Text

__all__ = ["MAIN", "MERGE", "crossings"]

_BASE = ("motorway", "trunk", "primary", "secondary")
MAIN = frozenset(
    {*_BASE, *(f"{c}_link" for c in _BASE), "main", "arterial", "expressway", "快速路", "主干路", "次干路"}
)
"""Classes of a main road: expressways, arterials and sub-arterials (快速路、主干路、次干路, GB/T 51328-2018), and the
OpenStreetMap classes that stand for them."""
MERGE = 40.0
"""Crossings of a way nearer together than this are the two carriageways of one road [m]."""


def crossings(
    routes: Routes, network: Network, links: gpd.GeoDataFrame, *, main: Collection[str] = MAIN
) -> gpd.GeoDataFrame:
    """Return every place where a way crosses a main road or passes a barrier.

    Parameters
    ----------
    routes
        Ways on ``network``.
    network, links
        The network and the links it was made of, with ``class``; ``barrier`` where there are any.
    main
        Classes that count as main roads.

    Returns
    -------
    places
        Rows ``source``, ``kind`` ("main": streets of these classes leave the node on both sides of the way; "barrier":
        the link crosses what its ``barrier`` names), ``what`` (class or name), ``to_gate_m`` (from there to the end of
        the way, along it) [m], geometry (Point). A walk along a main road does not cross it; on which side somebody
        walks is not known, so turning off a main road does not count either.

    Raises
    ------
    InputError
        If the links have no column ``class``.

    Examples
    --------
    >>> from geo.examples import at, homes, network, school, streets
    >>> links = streets().assign(**{"class": "residential"})
    >>> len(crossings(network().routes(homes(), school()), network(), links))
    0
    """
    if "class" not in links:
        raise InputError(
            Text(
                "道路图层没有 class（等级）列，无法判断主干路",
                "the streets have no column 'class': main roads cannot be told",
            )
        )
    a = network.arrays
    kind = links["class"].reindex(a.edges).fillna("").astype(str).to_numpy()
    barrier = links["barrier"].reindex(a.edges).fillna("").astype(str).to_numpy() if "barrier" in links else None
    is_main = np.isin(kind, list(main))
    ptr, edges = network.graph.incidence()
    seen: dict[tuple[int, int, bool, int, bool], str] = {}
    rows = []
    steps = routes.steps.assign(at=a.edges.get_indexer(routes.steps["edge"]))
    for source, way in steps.groupby("source", sort=False):
        at, forward, to = way["at"].tolist(), way["forward"].tolist(), way["to"].tolist()
        left = way["metres"].to_numpy()[::-1].cumsum()[::-1]
        last = np.inf
        for k in range(len(at)):
            if barrier is not None and barrier[at[k]]:
                middle = shapely.line_interpolate_point(_line(a, at[k]), 0.5, normalized=True)
                rows.append((source, "barrier", barrier[at[k]], float(left[k]), middle))
            if k + 1 == len(at):
                break
            key = (to[k], at[k], forward[k], at[k + 1], forward[k + 1])
            if key not in seen:
                arms = edges[ptr[to[k]] : ptr[to[k] + 1]]
                seen[key] = _crossed(a, *key, arms[is_main[arms]], kind)
            to_gate = float(left[k + 1])
            if seen[key] and last - to_gate > MERGE:
                rows.append((source, "main", seen[key], to_gate, shapely.Point(a.xy[to[k]])))
            if seen[key]:
                last = to_gate
    columns = ["source", "kind", "what", "to_gate_m", "geometry"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=network.crs)


def _line(a: object, edge: int) -> shapely.LineString:
    return shapely.LineString(a.shape_xy[a.shape_ptr[edge] : a.shape_ptr[edge + 1]])  # type: ignore[attr-defined]


def _bearing(a: object, edge: int, *, tail: bool) -> float:
    """Return the direction in which a link leaves its tail (or head)."""
    xy = shapely.get_coordinates(_line(a, edge))
    here, there = (xy[0], xy[1]) if tail else (xy[-1], xy[-2])
    return float(np.arctan2(there[1] - here[1], there[0] - here[0]))


def _crossed(
    a: object, node: int, came: int, came_forward: bool, goes: int, goes_forward: bool, arms: np.ndarray, kind: np.ndarray
) -> str:  # fmt: skip
    """Return the class of the main road whose arms lie on both sides of the way through a node, "" where none does."""
    back = _bearing(a, came, tail=not came_forward)
    on = _bearing(a, goes, tail=goes_forward)
    turn = (on - back) % (2 * np.pi)
    left: list[str] = []
    right: list[str] = []
    for arm in arms.tolist():
        if arm in (came, goes):
            continue
        tail = bool(a.tail[arm] == node)  # type: ignore[attr-defined]
        angle = (_bearing(a, arm, tail=tail) - back) % (2 * np.pi)
        (left if angle < turn else right).append(kind[arm])
    both = [k for k in left if right] and [*left, *right]
    return str(min(both)) if both else ""
