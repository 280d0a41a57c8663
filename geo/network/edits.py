"""Edits of the street network: streets, bridges, crossings and gates built, streets taken away, barriers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.errors import Finding, InputError
from geo.network.draft import WAYS, Change, Ground, change, ground
from geo.network.graph import Graph
from geo.network.links import build
from geo.network.network import Network
from geo.network.patch import grown, patched

__all__ = ["Edits", "changed", "edit", "edited_links"]


@dataclass(frozen=True)
class Edits:
    """Edits of a street network, in its metric CRS.

    Parameters
    ----------
    streets
        (line, way) each: a LineString, or its corners (x, y) [m], and "street", "bridge", "crossing" or "gate". A
        street joins every street that it crosses or touches, and its free ends join the nearest street within
        30 m, else they stay free. The others join at their two ends only, the nearest street within 50 m. The way
        to the joined street belongs to the new line and counts in its length.
    removed
        Streets taken away: the label of a link, or a place (Point, or two floats x, y [m]): the street nearest to
        it, within 50 m, of the network as it was.
    barriers
        LineString or Polygon, or corners (x, y) of a line [m]. Nobody walks across a line or inside a polygon: streets
        end on both sides. New streets are cut too; bridges, crossings and gates lead over.

    Raises
    ------
    InputError
        If a shape is no line (or polygon), has no length, holds a coordinate that is not finite, or a way is unknown.

    Examples
    --------
    >>> edits = Edits(streets=(([(0, 0), (30, 40)], "bridge"),), removed=("k12",))
    >>> edits.streets[0][0].length, bool(edits), bool(Edits())
    (50.0, True, False)
    >>> Edits(streets=(([(0, 0), (0, 9)], "tunnel"),))
    Traceback (most recent call last):
        ...
    geo.errors.InputError: 第 1 行 row 1, 字段 field streets: ...'tunnel'...: choose street, bridge, crossing, gate
    """

    streets: tuple[tuple[Any, str], ...] = ()
    removed: tuple[Any, ...] = ()
    barriers: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        """Bring shapes to geometries, checked."""
        faults: list[Finding] = []
        streets, barriers = [], []
        for row, (line, way) in enumerate(self.streets, 1):
            if way not in WAYS:
                faults.append(
                    Finding(
                        "error",
                        f"没有通道类型 {way!r}，可选：{'、'.join(WAYS)}",
                        f"there is no way {way!r}: choose {', '.join(WAYS)}",
                        row=row,
                        field="streets",
                    )
                )
            streets.append((_shape(line, False, row, "streets", faults), way))
        for row, one in enumerate(self.barriers, 1):
            barriers.append(_shape(one, True, row, "barriers", faults))
        if faults:
            raise InputError(faults)
        object.__setattr__(self, "streets", tuple(streets))
        object.__setattr__(self, "removed", tuple(_place(one) for one in self.removed))
        object.__setattr__(self, "barriers", tuple(barriers))

    def __bool__(self) -> bool:
        """Return whether anything is changed."""
        return bool(self.streets or self.removed or self.barriers)


def _shape(given: Any, area: bool, row: int, field: str, faults: list[Finding]) -> Any:
    """Return a line (or polygon, where an area will do) in two dimensions; what is wrong goes to ``faults``."""
    try:
        shape = given if isinstance(given, shapely.Geometry) else shapely.LineString(given)
    except (ValueError, TypeError, shapely.errors.GEOSException):
        shape = shapely.LineString()
    shape = shapely.force_2d(shape)
    kinds = (1, 3) if area else (1,)
    finite = np.isfinite(shapely.get_coordinates(shape)).all()
    if shapely.get_type_id(shape) in kinds and finite and shape.length > 0 and (shape.geom_type == "LineString" or shape.is_valid):  # fmt: skip
        return shape
    zh, en = ("线或面", "a line or a polygon") if area else ("一条折线", "one line")
    faults.append(
        Finding(
            "error",
            f"需要{zh}：至少两个不同的点，坐标为有限的数，面不自相交",
            f"expected {en}: at least two different points, finite coordinates, no polygon that crosses itself",
            row=row,
            field=field,
        )
    )
    return shape


def _place(one: Any) -> Any:
    """Return two finite numbers as a Point, anything else as it is: the label of a link."""
    if isinstance(one, tuple | list) and len(one) == 2 and all(isinstance(x, float | np.floating) for x in one):
        return shapely.Point(one)
    return one


def edited_links(links: gpd.GeoDataFrame, edits: Edits, *, directed: bool = False) -> gpd.GeoDataFrame:
    """Return the links after the edits; the frame that was given stays as it is.

    Untouched links keep row, label and order; new ones follow. The pieces of a link that was cut keep its other
    columns; of a new street they are missing. New nodes and links get the next whole numbers as labels, or +1, +2, …
    where labels are no whole numbers.

    Parameters
    ----------
    links
        As ``Network.from_links`` takes them.
    edits
        What is built, taken away, barred.
    directed
        As ``Network.from_links``; a new way is walked both ways, and then told so in the column ``oneway``.

    Raises
    ------
    InputError
        If a label is unknown, a point or an end finds no street near enough, or no street is left; and as
        ``Network.from_links``.

    Examples
    --------
    >>> from geo.examples import at, streets
    >>> bridge = shapely.LineString([at(100, 0), at(300, 300)])
    >>> after = edited_links(streets(), Edits(streets=((bridge, "bridge"),)))
    >>> after[["u", "v"]].to_numpy().tolist()  # both ends joined to the streets they lie on
    [[2, 3], [1, 5], [5, 2], [3, 6], [6, 4], [5, 6]]
    >>> after["metres"].round(1).tolist()
    [300.0, 100.0, 300.0, 100.0, 300.0, 360.6]
    """
    arrays = build(links, directed=directed)
    made = change(arrays, edits.streets, edits.removed, edits.barriers)
    labels = grown(arrays.labels, len(made.node_xy))
    edges = grown(arrays.edges, len(made.length))[len(arrays.edges) :] if len(made.length) else arrays.edges[:0]
    frame = links.set_axis(arrays.edges, axis="index")
    if directed:
        frame = _told(frame)
    name = links.geometry.name
    kept = frame.drop(index=arrays.edges[made.gone])
    if len(made.length) == 0:
        return kept
    owner = np.repeat(np.arange(len(made.length)), np.diff(made.shape_ptr))
    new = {
        "u": labels.take(made.tail),
        "v": labels.take(made.head),
        "metres": made.length / 1e9,
        name: shapely.linestrings(made.shape_xy, indices=owner),
    }
    if directed:
        new["oneway"] = _words(frame["oneway"], made.oneway)
    rest = [c for c in frame.columns if c not in new]
    parts = frame[rest].iloc[np.maximum(made.parent, 0)].set_axis(edges, axis="index")
    if (made.parent < 0).any():
        parts = parts.loc[made.parent >= 0].reindex(edges)
    rows = gpd.GeoDataFrame(pd.DataFrame(parts).assign(**new), geometry=name, crs=links.crs)[list(frame.columns)]
    rows.index.name = frame.index.name
    return gpd.GeoDataFrame(pd.concat([kept, rows]) if len(kept) else rows, geometry=name, crs=links.crs)


def _told(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return links that say which way they are walked; without the column, each leads from u to v."""
    return frame if "oneway" in frame else frame.assign(oneway=True)


def _words(column: pd.Series, oneway: NDArray[np.bool_]) -> Any:
    """Return one-way marks in the way a column writes them."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return oneway
    if pd.api.types.is_numeric_dtype(column.dtype):
        return oneway.astype(int)
    return np.where(oneway, "yes", "no").astype(object)


def edit(network: Network, edits: Edits) -> Network:
    """Return the network after the edits: in every distance and place on a street what its edited links would make.

    Only what changes is built, so that it takes milliseconds where ``Network.from_links`` takes seconds. The
    network that was given stays as it is; one that was prepared is to be prepared again.

    Raises
    ------
    InputError
        If a label is unknown, a point or an end finds no street near enough, or no street is left.

    Examples
    --------
    >>> from geo.examples import at, homes, network, school
    >>> bridge = shapely.LineString([at(100, 0), at(300, 300)])
    >>> edit(network(), Edits(streets=((bridge, "bridge"),))).nearest(homes(), school())["metres"].round(1).tolist()
    [100.0, 500.0, 460.6]
    """
    return Network(patched(network.arrays, changed(network.graph, edits))) if edits else network


def changed(graph: Graph, edits: Edits) -> Change:
    """Return what edits change in the streets of a graph, by an index that is made once.

    Examples
    --------
    >>> from geo.examples import network
    >>> changed(network().graph, Edits(removed=(0,))).broken.tolist()
    [0]
    """
    known: Ground = graph.once("ground", lambda: ground(graph.arrays))
    return change(graph.arrays, edits.streets, edits.removed, edits.barriers, known)
