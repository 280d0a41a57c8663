"""Assumed ways from a station or stop to the streets around it, where the net of the zones stops short of it.

The assumed streets end a little outside the zones and are wide-meshed there; many stations stand just beyond the border,
so that whoever walks to them would go around whole blocks. A real station has a way out on each side and a street into
the quarter it serves: from every stop within walking reach of a zone go one way to the nearest corner of each quarter of
the compass, and one straight to the nearest corner inside each sub-area in reach. They join every street they pass, and
never cross a railway, an expressway or water.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from data.build.tables import metres, table

__all__ = ["APPROACH", "approaches", "entrances"]

WALK_M = 1000.0
"""A stop this far from a zone's border serves it on foot: beyond, people take the bus."""
WAY_OUT_M = 600.0
"""The next corner in a quarter of the compass is at most this far: as far as the net goes on outside its sub-areas."""
ENTRANCE_M = 25.0
"""A station on a railway is entered this far beside the track."""
CLEAR_M = 12.0
"""No way runs nearer than this to a barrier or to water."""
SAME_M = 2.0
"""A way that passes a corner this near goes through it."""
NET = 9
"""Number of the net of these ways: behind all others, so that the corners of those keep their numbers."""
APPROACH = "approach"
"""Class of these edges until they are written, as footways with a note."""

Node = tuple[int, int, int, int]
Edge = tuple[Node, Node, str, str, LineString]


def entrances(walls: Mapping[str, LineString], zones: BaseGeometry) -> list[tuple[int, int, Point]]:
    """Return where each stop in walking reach of the zones is entered [m]: row, side, place; both sides of a track."""
    out = []
    for row, stop in enumerate(table("stops").itertuples()):
        place = Point(metres([stop.lon, stop.lat])[0])
        if place.distance(zones) > WALK_M:
            continue
        tracks = [w for w in walls.values() if w.distance(place) < ENTRANCE_M]
        if not tracks:
            out.append((row, 0, place))
            continue
        track = min(tracks, key=place.distance)
        at = track.project(place)
        a, b = track.interpolate(max(at - 1, 0)), track.interpolate(min(at + 1, track.length))
        foot = track.interpolate(at)
        for side, sign in ((1, 1), (2, -1)):
            turn = sign * ENTRANCE_M / a.distance(b)
            out.append((row, side, Point(foot.x + turn * (a.y - b.y), foot.y + turn * (b.x - a.x))))
    return out


def approaches(
    at: dict[Node, Any], edges: list[Edge], walls: Mapping[str, LineString], wet: BaseGeometry,
    areas: Mapping[str, BaseGeometry],
) -> list[Edge]:  # fmt: skip
    """Return the edges with the ways to the stops; ``at`` gains their ends and junctions [m]."""
    near = shapely.union_all([*walls.values(), wet]).buffer(CLEAR_M)
    shapely.prepare(near)
    corners = sorted({n for u, v, *_ in edges for n in (u, v) if n[1] == 0})
    xy = np.array([at[n] for n in corners])
    inside = {key: shapely.contains_xy(shape, xy) for key, shape in areas.items()}
    for row, side, place in entrances(walls, shapely.union_all(list(areas.values()))):
        start = (NET, 0, row, side)
        away = xy - (place.x, place.y)
        metres_off = np.hypot(*away.T)
        quarter = (np.degrees(np.arctan2(away[:, 1], away[:, 0])) // 90).astype(int)
        groups = [(quarter == q) & (metres_off <= WAY_OUT_M) for q in range(-2, 2)]
        groups += [inside[key] & (metres_off <= WALK_M) for key, shape in areas.items() if place.distance(shape) > 0]
        ends = {_first(place, xy, metres_off, group, near) for group in groups} - {None}
        for number, end in enumerate(sorted(ends, key=lambda k: (metres_off[k], k))):
            at.setdefault(start, np.array(place.coords[0]))
            edges = _laid(at, edges, (start, corners[end]), (row * 4 + side) * 10 + number)
    return edges


def _first(place: Point, xy: np.ndarray, off: np.ndarray, group: np.ndarray, near: BaseGeometry) -> int | None:
    """Return the nearest corner of the group to which one can go straight; None where there is none."""
    for k in np.flatnonzero(group)[np.argsort(off[group], kind="stable")]:
        if off[k] > SAME_M and not LineString([place, xy[k]]).intersects(near):
            return int(k)
    return None


def _laid(at: dict[Node, Any], edges: list[Edge], ends: tuple[Node, Node], number: int) -> list[Edge]:
    """Return the edges with a straight way between two nodes, joined to each street that it passes."""
    line = LineString([at[ends[0]], at[ends[1]]])
    lines = np.array([e[4] for e in edges], dtype=object)
    met: dict[float, Node] = {0.0: ends[0], line.length: ends[1]}
    halves: dict[int, list[Edge]] = {}
    for k in np.flatnonzero(shapely.intersects(lines, line)):
        u, v, kind, barrier, street = edges[k]
        meeting = line.intersection(street)
        if barrier or meeting.geom_type != "Point" or {u, v} & set(ends):
            continue
        node = next((n for n in (u, v) if math.dist(at[n], (meeting.x, meeting.y)) < SAME_M), None)
        if node is None:
            node = (NET, 1, number, len(met))
            at[node] = np.array(meeting.coords[0])
            before, after = _halves(street, meeting)
            halves[int(k)] = [(u, node, kind, barrier, before), (node, v, kind, barrier, after)]
        met[line.project(meeting)] = node
    out = [part for k, edge in enumerate(edges) for part in halves.get(k, [edge])]
    known = {frozenset(e[:2]) for e in out}
    chain = [met[m] for m in sorted(met)]
    for a, b in itertools.pairwise(chain):
        if a != b and frozenset((a, b)) not in known:
            out.append((a, b, APPROACH, "", LineString([at[a], at[b]])))
            known.add(frozenset((a, b)))
    return out


def _halves(street: LineString, place: Point) -> tuple[LineString, LineString]:
    """Return both parts of a street, each ending at exactly that place."""
    along = street.project(place)
    before = [c for c in street.coords if street.project(Point(c)) < along]
    after = [c for c in street.coords if street.project(Point(c)) > along]
    return LineString([*before, place.coords[0]]), LineString([place.coords[0], *after])
