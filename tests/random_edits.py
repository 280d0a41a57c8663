"""Random towns and random edits of them, for what must be the same in two ways."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo.network.edits import Edits
from tests import town

STEP = 80.0


def links(seed: int, *, directed: bool = False, side: int = 7) -> gpd.GeoDataFrame:
    """Return a grid town with missing streets, islands, bends, parallel streets, loops, and lengths that tie.

    Every third town is an exact grid: there, many ways and many streets are equally near.
    """
    rng = np.random.default_rng(seed)
    at = np.arange(side * side).reshape(side, side)
    shake = 0.0 if seed % 3 == 0 else 20.0
    xy = np.c_[at.ravel() % side, at.ravel() // side] * STEP
    xy = xy + rng.uniform(-shake, shake, xy.shape) + [town.EAST, town.NORTH]
    ends = np.r_[np.c_[at[:-1].ravel(), at[1:].ravel()], np.c_[at[:, :-1].ravel(), at[:, 1:].ravel()]]
    ends = ends[rng.random(len(ends)) < 0.75]
    twice = ends[rng.random(len(ends)) < 0.06]  # parallel streets
    loop = rng.integers(0, side * side, (2, 1)).repeat(2, axis=1)
    # An island: two nodes of their own in the far corner.
    far = np.array([[side * side, side * side + 1]])
    xy = np.vstack([xy, xy.max(axis=0) + np.array([[150, 0], [150, 90]])])
    lines = []
    for k, (u, v) in enumerate(np.r_[ends, twice, loop, far]):
        middle = (xy[u] + xy[v]) / 2 + rng.uniform(-25, 25, 2)
        bent = u == v or k >= len(ends) or (shake and rng.random() < 0.3)
        corners = (
            [xy[u], middle, *([middle + np.array([9.0, 14.0])] if u == v else []), xy[v]] if bent else [xy[u], xy[v]]
        )
        lines.append(shapely.LineString(corners))
    ends = np.r_[ends, twice, loop, far]
    length = shapely.length(lines)
    metres = length if seed % 2 else np.rint(length / 10) * 10
    metres = np.where(rng.random(len(metres)) < 0.03, 0.0, metres)
    name = ends if seed % 5 else np.array([f"n{i}" for i in range(len(xy))], object)[ends]
    content = {"u": name[:, 0], "v": name[:, 1], "metres": metres, "class": "residential"}
    if directed:
        content["oneway"] = rng.choice(["yes", "no", "-1"], len(ends), p=[0.25, 0.6, 0.15])
    order = rng.permutation(len(ends))
    return gpd.GeoDataFrame(content, geometry=lines, crs=town.CRS).iloc[order].reset_index(drop=True)


def points(links: gpd.GeoDataFrame, seed: int, many: int = 60) -> tuple[gpd.GeoSeries, gpd.GeoSeries]:
    """Return homes and facilities in and around a town; some without a place, some on the corners of an exact grid."""
    rng = np.random.default_rng(seed + 10_000)
    west, south, east, north = links.total_bounds
    xy = rng.uniform([west - 60, south - 60], [east + 60, north + 60], (many + 5, 2))
    xy[::4] = np.rint((xy[::4] - [town.EAST, town.NORTH]) / (STEP / 2)) * (STEP / 2) + [town.EAST, town.NORTH]
    found = gpd.GeoSeries(shapely.points(xy), crs=links.crs)
    found.iloc[3] = None
    return found.iloc[:many], found.iloc[many:].set_axis(list("PQRST"))


def edits(links: gpd.GeoDataFrame, seed: int) -> Edits:
    """Return up to five random edits of all kinds, on and off the streets."""
    rng = np.random.default_rng(seed + 20_000)
    west, south, east, north = links.total_bounds

    def spot() -> np.ndarray:
        """Return a place: on a corner of a street, near one, or there on a round coordinate."""
        kind = rng.integers(3)
        corners = shapely.get_coordinates(links.geometry.iloc[rng.integers(len(links))])
        corner = corners[rng.integers(len(corners))]
        if kind == 0:
            return corner
        free = np.clip(corner + rng.uniform(-90, 90, 2), [west, south], [east, north])
        return free if kind == 1 else np.rint((free - [town.EAST, town.NORTH]) / 20) * 20 + [town.EAST, town.NORTH]

    def path(reach: float) -> shapely.LineString:
        first = spot()
        corners = [first]
        for _ in range(rng.integers(1, 4)):
            further = corners[-1] + np.rint(rng.uniform(-reach, reach, 2))
            corners.append(np.clip(further, [west, south], [east, north]))
        if (np.ptp(corners, axis=0) == 0).all():
            corners.append(corners[-1] + [0.0, 1.0])
        return shapely.LineString(corners)

    streets, removed, barriers = [], [], []
    for _ in range(rng.integers(1, 6)):
        kind = rng.choice(["street", "bridge", "crossing", "gate", "remove", "remove at", "wall", "area"])
        if kind == "remove":
            removed.append(links.index[rng.integers(len(links))])
        elif kind == "remove at":
            line = links.geometry.iloc[rng.integers(len(links))]
            removed.append(line.interpolate(rng.random(), normalized=True))
        elif kind == "wall":
            barriers.append(path(150))
        elif kind == "area":
            barriers.append(
                shapely.Point(spot()).buffer(rng.uniform(5, 90), quad_segs=2)
                if rng.random() < 0.5
                else shapely.box(*(a := spot()), *(a + rng.integers(20, 120, 2)))
            )
        else:
            streets.append((path(200 if kind in ("street", "bridge") else 60), str(kind)))
    return Edits(tuple(streets), tuple(removed), tuple(barriers))
