"""Where a new crossing of a barrier could be: straight lines from a street on one side to a street on the other."""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.errors import CrsError, InputError
from geo.laws import limit_of
from geo.network import Network
from geo.network.draft import Ground, ground
from geo.network.graph import Graph
from geo.network.links import NM, Floats, to_nm
from geo.network.places import Places
from geo.network.reach import pair_arrays
from geo.network.where import places
from geo.text import Text

__all__ = ["DETOUR", "Ends", "crossings", "ends_of", "taken"]

DETOUR = 2.0
"""A crossing is looked at only where the walk of today between its ends is more than so many times its length."""
ON_STREET_M = 1.0
"""Where a street is this near to a place on the barrier, people get there on foot already [m]."""
SAME_M = 1e-6
"""An end as near as this to a node of the streets is that node [m]."""
CLEAR_M = 2e-3
"""An end is this far from any other street, so that nobody can doubt which one it joins [m]."""
MOST = 100_000
"""Places along the barriers that are looked at, at most."""

Ints64 = NDArray[np.int64]


class Ends(NamedTuple):
    """Where crossings meet the streets, and how long they are [nm].

    Examples
    --------
    >>> from geo.examples import at, network
    >>> found = ends_of(network().graph, [shapely.LineString([at(100, 0), at(100, 300)])])
    >>> (found.start.along / NM).tolist(), (found.end.along / NM).tolist(), (found.length / NM).tolist()
    ([100.0], [300.0], [300.0])
    """

    start: Places
    end: Places
    length: Floats


def ends_of(graph: Graph, lines: Any) -> Ends:
    """Return the ends of crossings as places on the streets.

    Examples
    --------
    >>> from geo.examples import network
    >>> len(ends_of(network().graph, []).length)
    0
    """
    shapes = np.asarray(lines, object)
    first, last = (gpd.GeoSeries(shapely.get_point(shapes, k), crs=graph.crs) for k in (0, -1))
    return Ends(
        places(graph, first, arriving=True), places(graph, last, arriving=True), np.rint(shapely.length(shapes) * NM)
    )


def crossings(
    network: Network, barriers: gpd.GeoDataFrame, *, longest: float = 300.0, step: float = 50.0, detour: float = DETOUR
) -> gpd.GeoDataFrame:
    """Return every place where a crossing could be, a line each.

    Parameters
    ----------
    network
        The walking network.
    barriers
        Lines and areas that people do not walk across, in the CRS of the network.
    longest
        Longest crossing [m], from street to street.
    step
        Along the barrier, a crossing is looked for every so many metres [m].
    detour
        Where the walk of today between the ends is at most so many times the length, it is no short cut.

    Returns
    -------
    crossings
        Indexed by crossing_id: ``barrier`` (index label), ``along_m`` (how far along the drawn line of the barrier, of an
        area along its shore [m]), ``x``, ``y`` (that place [m]), ``length_m``, and the line from street to street.
        At right angles to the barrier, from the first street on one side to the first on the other; of those that join
        the same two streets within a square of ``step``, the shortest.

    Raises
    ------
    CrsError
        The barriers have another CRS than the network.
    InputError
        A number is not usable, the network has one-way streets, or ``step`` gives more than 100 000 places.

    Notes
    -----
    A method of our own; what a crossing does is told by the exact distances of ``geo.network.live``.

    Examples
    --------
    >>> from geo.examples import CRS, at, network
    >>> railway = gpd.GeoDataFrame({"kind": ["railway"]}, geometry=[shapely.LineString([at(0, 150), at(400, 150)])], crs=CRS)
    >>> found = crossings(network(), railway, step=100)
    >>> found[["along_m", "length_m"]].to_numpy().tolist()  # at 250 m people walk 600 m today: no more than twice 300 m
    [[50.0, 300.0], [150.0, 300.0]]
    """
    for name, value in (("longest", longest), ("step", step), ("detour", detour)):
        if not (np.isfinite(limit_of(value, name=name)) and value > 0):
            raise InputError(Text(f"{name} 须为大于 0 的有限数，现为 {value}", f"{name} must be above 0 and finite, it is {value}"))  # fmt: skip
    if network.directed:
        raise InputError(Text("打通增益只用于步行网络，不用于单行路网", "crossings are for walking: give a network without one-way streets"))  # fmt: skip
    if len(barriers) and barriers.crs != network.crs:
        raise CrsError(Text("屏障与路网的坐标系不同，请先转换", "barriers and network have different reference systems: convert them first"))  # fmt: skip
    graph = network.graph
    known: Ground = graph.once("ground", lambda: ground(graph.arrays))
    found = _rays(known, _samples(barriers, known, step, longest), longest)
    lines = shapely.linestrings(np.stack([found.left, found.right], axis=1)) if len(found.left) else np.empty(0, object)
    at = ends_of(graph, lines)
    good = np.flatnonzero(_clear(graph, known, at.start) & _clear(graph, known, at.end))
    good = good[_first_of_its_kind(found, at, good, step)]
    walk = _walks(graph, at, good, detour * longest)
    good = good[walk > detour * at.length[good] / NM]
    good = good[np.lexsort((found.along[good], found.part[good]))]
    place = found.place[good]
    columns = {
        "barrier": barriers.index.take(found.barrier[good]), "along_m": found.along[good], "x": place[:, 0], "y": place[:, 1],
        "length_m": at.length[good] / NM,
    }  # fmt: skip
    index = pd.Index([f"X{n}" for n in range(1, len(good) + 1)], name="crossing_id", dtype=object)
    return gpd.GeoDataFrame(columns, geometry=list(lines[good]), index=index, crs=network.crs)


class _Samples(NamedTuple):
    """Places along barriers, with the direction across, the barrier, the drawn part, and its area (None: a line)."""

    place: Floats
    across: Floats
    barrier: Ints64
    part: Ints64
    along: Floats
    area: NDArray[Any]


def _samples(barriers: gpd.GeoDataFrame, known: Ground, step: float, longest: float) -> _Samples:
    parts, owner = shapely.get_parts(np.asarray(barriers.geometry.array, object), return_index=True)
    parts = shapely.force_2d(parts)
    lines: list[Any] = []
    whose: list[int] = []
    areas: list[Any] = []
    for shape, barrier in zip(parts, owner, strict=True):
        if shape is None or shape.is_empty or shape.geom_type not in ("LineString", "Polygon"):
            continue
        rings = [shape] if shape.geom_type == "LineString" else [shape.exterior, *shape.interiors]
        lines += [shapely.LineString(ring) for ring in rings]
        whose += [int(barrier)] * len(rings)
        areas += [None if shape.geom_type == "LineString" else shape] * len(rings)
    full = shapely.length(np.array(lines, object))
    # A whole number of steps, the first and last half a step from the ends: a short barrier is crossed in its middle.
    many = np.where(full > 0, np.maximum(np.round(full / step), 1), 0).astype(np.int64)
    if many.sum() > MOST:
        raise InputError(
            Text(
                f"沿屏障每 {step:g} 米一处共 {many.sum():,} 处，超过 {MOST:,}；请加大 step",
                f"every {step:g} m along the barriers makes {many.sum():,} places, more than {MOST:,}: widen the step",
            )
        )
    part = np.repeat(np.arange(len(lines)), many)
    number = np.arange(len(part)) - np.repeat(np.cumsum(many) - many, many)
    along = (number + 0.5) * full[part] / many[part]
    line = np.array(lines, object)[part]
    place = shapely.get_coordinates(shapely.line_interpolate_point(line, along)).reshape(-1, 2)
    # The direction of the line is taken over some metres: drawn corners are no bends.
    near = np.minimum(10.0, full[part] / many[part] / 2)
    before, after = (
        shapely.get_coordinates(shapely.line_interpolate_point(line, along + side * near)).reshape(-1, 2)
        for side in (-1, 1)
    )
    way = after - before
    size = np.hypot(*way.T)
    across = np.stack([-way[:, 1], way[:, 0]], axis=1) / np.where(size > 0, size, 1.0)[:, None]
    bounds = shapely.total_bounds(known.lines)
    low, high = bounds[:2] - longest, bounds[2:] + longest
    use = (size > 0) & (place >= low).all(axis=1) & (place <= high).all(axis=1)
    area = np.empty(len(areas), object)
    area[:] = areas
    return _Samples(
        place[use], across[use], np.array(whose, np.int64)[part][use], part[use], along[use], area[part][use]
    )


class _Found(NamedTuple):
    """Crossings: both ends, the place on the barrier, which barrier and part, and how far along it [m]."""

    left: Floats
    right: Floats
    place: Floats
    barrier: Ints64
    part: Ints64
    along: Floats


def _rays(known: Ground, at: _Samples, longest: float) -> _Found:
    """Return the samples from which a street is met on both sides, near enough together."""
    (left, one), (right, other) = (_first_street(known, at.place, side * at.across, longest) for side in (1, -1))
    ok = (np.minimum(one, other) > ON_STREET_M) & (one + other <= longest)
    for i in np.flatnonzero(ok):
        shape = at.area[i]
        if shape is not None:  # a shore: over the water, and down on dry land on both sides
            water = shapely.intersection(shapely.LineString([left[i], right[i]]), shape).length
            ok[i] = water > ON_STREET_M and not shapely.contains(shape, shapely.points([left[i], right[i]])).any()
    return _Found(left[ok], right[ok], at.place[ok], at.barrier[ok], at.part[ok], at.along[ok])


def _first_street(known: Ground, place: Floats, way: Floats, longest: float) -> tuple[Floats, Floats]:
    """Return where rays meet their first street, and how far that is [m] (``inf``: none)."""
    hit, away = np.full(place.shape, np.nan), np.full(len(place), np.inf)
    if not len(place):
        return hit, away
    rays = shapely.linestrings(np.stack([place, place + way * longest], axis=1))
    ray, street = known.tree.query(rays, predicate="intersects")
    met = shapely.intersection(rays[ray], known.lines[street])
    spot, which = shapely.get_coordinates(met, return_index=True)
    which = ray[which]
    far = np.hypot(*(spot - place[which]).T)
    order = np.lexsort((far, which))
    first = order[np.unique(which[order], return_index=True)[1]]
    hit[which[first]], away[which[first]] = spot[first], far[first]
    return hit, away


def _clear(graph: Graph, known: Ground, at: Places) -> NDArray[np.bool_]:
    """Return which ends lie on one street only, or on a node and only on streets that meet there."""
    arrays = graph.arrays
    xy = np.c_[at.x, at.y]
    ok = at.edge >= 0
    if not len(xy):
        return ok
    node = np.full(len(xy), -1)
    for end in (arrays.tail[at.edge], arrays.head[at.edge]):
        away = np.hypot(*(arrays.xy[end] - xy).T)
        ok &= (away <= SAME_M) | (away >= CLEAR_M)
        node[away <= SAME_M] = end[away <= SAME_M]
    point, street = known.tree.query(shapely.points(xy), predicate="dwithin", distance=CLEAR_M)
    other = street != at.edge[point]
    point, street = point[other], street[other]
    there = node[point]
    apart = (there < 0) | ((arrays.tail[street] != there) & (arrays.head[street] != there))
    ok[point[apart]] = False
    return ok


def _first_of_its_kind(found: _Found, at: Ends, good: Ints64, step: float) -> Ints64:
    """Return the positions in ``good`` of the shortest crossing of each pair of streets in each square of ``step``."""
    edges = np.sort(np.c_[at.start.edge[good], at.end.edge[good]], axis=1)
    square = np.floor((found.left[good] + found.right[good]) / 2 / step)
    order = np.lexsort((good, at.length[good]))
    table = pd.DataFrame(np.c_[edges, square])
    return np.sort(table.iloc[order].drop_duplicates().index.to_numpy())


def _walks(graph: Graph, at: Ends, which: Ints64, within: float) -> Floats:
    """Return the walk of today between the two ends of some crossings [m], ``inf`` beyond ``within``."""
    walk = np.full(len(which), np.inf)
    if len(which):
        start, end = taken(at.start, which), taken(at.end, which)
        counts, item, metres = pair_arrays(graph, start, end, True, float(to_nm(within)))
        own = np.repeat(np.arange(len(which)), counts) == item
        walk[item[own]] = metres[own]
    return walk


def taken(p: Places, which: Any, more: Any = 0.0) -> Places:
    """Return some places, as if each were ``more`` [nm] farther off its street: where a walk has begun before.

    Examples
    --------
    >>> from geo.examples import homes, network
    >>> here = network().place(homes())
    >>> (taken(here, [0], 5e9).cost_a / NM).tolist()
    [105.0]
    """
    return Places(
        p.index.take(which), p.a[which], p.b[which], p.cost_a[which] + more, p.cost_b[which] + more, p.edge[which],
        p.along[which], p.leg[which] + more, p.x[which], p.y[which],
    )  # fmt: skip
