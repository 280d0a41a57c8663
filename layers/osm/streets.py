"""Ways → links: cut where ways meet, keep the shape between, measure in metres."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.crs import WGS84

__all__ = ["Way", "links_of", "mark_barriers"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Way:
    """A way of a map: ids and places (lon, lat) of its nodes, and what is kept of its tags."""

    way_id: int
    refs: Ints
    lonlat: npt.NDArray[np.float64]
    kind: str
    name: str = ""
    oneway: bool = False
    carried: Mapping[str, Any] = field(default_factory=dict)
    """Further columns of its links (``layers.osm.carried``), the same for all ways of a map."""


def links_of(ways: Sequence[Way], crs: str, cuts: Iterable[int] = ()) -> gpd.GeoDataFrame:
    """Return the links between the nodes where ways meet or end, or are cut.

    Parameters
    ----------
    ways
        Walkable (or drivable) ways.
    crs
        Metric CRS to measure in.
    cuts
        Ids of further nodes to cut at.

    Returns
    -------
    links
        u, v (ids of map nodes), metres [m] in ``crs``, class, name, oneway, way_id, what ways carry, geometry in WGS84. Nodes that
        only bend a way are no nodes but stay in the geometry. A ring that touches nothing else is cut in two, so
        that no link ends where it begins. Nodes at one place are one node (the smaller id).
    """
    refs = np.concatenate([w.refs for w in ways]) if ways else np.empty(0, np.int64)
    _, which, visits = np.unique(refs, return_inverse=True, return_counts=True)
    cut = (visits[which] > 1) | np.isin(refs, np.fromiter(cuts, dtype=np.int64))
    meets = np.split(cut, np.cumsum([len(w.refs) for w in ways])[:-1]) if ways else []
    pieces = [piece for number, way in enumerate(ways) for piece in _pieces(number, way, meets[number])]
    if not pieces:
        return _frame([], ways, np.empty((0, 2)), np.empty(0, np.int64), crs)
    lonlat = np.concatenate([ways[n].lonlat[a : b + 1] for n, a, b in pieces])
    sizes = np.array([b - a + 1 for _, a, b in pieces])
    return _frame(pieces, ways, lonlat, np.repeat(np.arange(len(pieces)), sizes), crs)


def _pieces(number: int, way: Way, meets: npt.NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Return (way, first, last) node positions of each stretch between nodes where ways meet."""
    cuts = [0, *(np.flatnonzero(meets[1:-1]) + 1).tolist(), len(way.refs) - 1]
    out = []
    for first, last in itertools.pairwise(cuts):
        if way.refs[first] == way.refs[last]:
            middle = (first + last) // 2
            if middle > first:
                out += [(number, first, middle), (number, middle, last)]
        else:
            out.append((number, first, last))
    return out


def _frame(
    pieces: list[tuple[int, int, int]], ways: Sequence[Way], lonlat: npt.NDArray[np.float64], of: Ints, crs: str
) -> gpd.GeoDataFrame:
    picked = [ways[n] for n, _, _ in pieces]
    geometry = shapely.linestrings(lonlat, indices=of) if pieces else np.empty(0, dtype=object)
    lines = gpd.GeoSeries(geometry, crs=WGS84)
    frame = gpd.GeoDataFrame(
        {
            "u": np.array([w.refs[a] for w, (_, a, _) in zip(picked, pieces, strict=True)], dtype=np.int64),
            "v": np.array([w.refs[b] for w, (_, _, b) in zip(picked, pieces, strict=True)], dtype=np.int64),
            "metres": lines.to_crs(crs).length.to_numpy(dtype=float),
            "class": pd.Series([w.kind for w in picked], dtype=object),
            "name": pd.Series([w.name for w in picked], dtype=object),
            "oneway": np.array([w.oneway for w in picked], dtype=bool),
            "way_id": np.array([w.way_id for w in picked], dtype=np.int64),
            **{name: [w.carried[name] for w in picked] for name in (picked[0].carried if picked else ())},
        },
        geometry=lines,
        crs=WGS84,
    )
    return _without_zero_lengths(frame)


def _without_zero_lengths(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the links with nodes at one and the same place made one node."""
    flat = links["metres"] == 0
    if not flat.any():
        return links
    labels = np.unique(links.loc[flat, ["u", "v"]].to_numpy())
    a, b = (np.searchsorted(labels, links.loc[flat, c]) for c in ("u", "v"))
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(len(labels),) * 2)
    _, group = connected_components(graph, directed=False)
    first = pd.Series(labels).groupby(group).transform("min")
    smaller = dict(zip(labels.tolist(), first.tolist(), strict=True))
    kept = links[~flat].copy()
    for column in ("u", "v"):
        kept[column] = kept[column].map(lambda node: smaller.get(node, node)).astype(np.int64)
    return kept[kept["u"] != kept["v"]].reset_index(drop=True)


def mark_barriers(links: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame) -> pd.Series:
    """Return for each link the name of the railway, expressway or river that it crosses, "" for none.

    Both frames in one CRS; ``barriers`` has a column ``label``. A link that crosses several names them in order.
    """
    marks = pd.Series("", index=links.index, dtype=object)
    if links.empty or barriers.empty:
        return marks
    lines = np.asarray(barriers.geometry.array)
    hit, by = shapely.STRtree(lines).query(np.asarray(links.geometry.array), predicate="crosses")[:2]
    if hit.size == 0:
        return marks
    labels: Any = barriers["label"].to_numpy()[by]
    crossed = pd.Series(labels).groupby(links.index.to_numpy()[hit]).agg(lambda s: "；".join(sorted(set(s))))
    marks.loc[crossed.index] = crossed
    return marks
