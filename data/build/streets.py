"""streets.parquet: an assumed walking network, cut by railways, expressways and lakes as the real one is.

Each net is a turned grid whose lines stand unevenly. Every second line is a street everywhere; the lines
between exist only in residential patches, where blocks also get an inner crossing of paths with two or three
gates. Edges that meet a barrier or water are taken out; at the stated spacing a crossing links both sides.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
import shapely.affinity
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry

from data.build import transport, zones
from data.build.approaches import APPROACH, approaches
from data.build.tables import degrees, in_metres, metres, noise, table

REACH_M = 600.0
"""The net goes on this far outside its sub-areas."""
SHIFT = 0.12
"""Largest share of the spacing by which a corner leaves its place."""
DEAD_END_SHARE = 0.08
"""Share of minor streets left out: the plan itself complains of broken-off streets."""
CLEAR_M = 12.0
"""No corner stands nearer than this to a barrier or to water."""
CROSSING_REACH_M = 450.0
PLACE_SHARE = 0.3
"""A crossing stands at most this share of the spacing from its stated place."""
SEAM_M = 260.0
SEAM_SPACING_M = 350.0
NODE_DECIMALS = 7

Node = tuple[int, int, int, int]
"""Net, kind (0 corner, 1 gate, 2 middle of a block), column and row: sorts the same for ever."""


def patch_shapes() -> gpd.GeoDataFrame:
    """Return the residential patches [m], turned like the net they lie in."""
    turn = {zone: g.clockwise_deg for g in table("grids").itertuples() for zone in g.zone_ids.split()}
    rows = table("patches")
    shapes = []
    for p in rows.itertuples():
        x, y = metres([p.lon, p.lat])[0]
        shape = box(x - p.half_a_m, y - p.half_b_m, x + p.half_a_m, y + p.half_b_m)
        shapes.append(shapely.affinity.rotate(shape, -turn[p.zone_id], origin=(x, y)))
    return gpd.GeoDataFrame(rows, geometry=shapes)


def barriers() -> dict[str, LineString]:
    """Return the lines [m] that cut the streets, by link id."""
    drawn = transport.lines()
    return {row.link_id: in_metres(drawn[row.link_id]) for row in table("barriers").itertuples()}


def regions() -> dict[str, BaseGeometry]:
    """Return the area of each net [m]; no two overlap."""
    leaves = zones.shapes_m()
    grids = table("grids")
    own = {g.net: shapely.union_all([leaves[z] for z in g.zone_ids.split()]) for g in grids.itertuples()}
    wide = {net: shape.buffer(REACH_M) for net, shape in own.items()}
    ring = barriers()["L-ring"]
    (x0, y0), (x1, y1) = ring.coords[0], ring.coords[-1]
    east = Polygon([*ring.coords, (x1 + 6000, y1), (x0 + 6000, y0 + 6000)])
    return {
        "haiyang": wide["haiyang"] - wide["bolonghu"] | own["haiyang"],
        "huayuan-nei": wide["huayuan-nei"] & east,
        "huayuan-wai": wide["huayuan-wai"] - east,
        "bolonghu": wide["bolonghu"] - own["haiyang"],
        "jingjin": wide["jingjin"],
    }


def grid(net: int, row: Any, region: BaseGeometry, homes: BaseGeometry) -> tuple[dict[Node, Any], list[Any]]:
    """Return the corners, gates and block middles [m] of one net and its edges (node, node, class)."""
    centre = np.array(region.centroid.coords[0])
    angle = math.radians(-row.clockwise_deg)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    radius = max(math.dist(centre, c) for c in region.convex_hull.exterior.coords)
    across, up = (_places(radius, step, net, axis) for axis, step in enumerate((row.spacing_a_m, row.spacing_b_m)))
    i, j = np.meshgrid(np.arange(len(across)), np.arange(len(up)), indexing="ij")
    x = across[i] + row.spacing_a_m * SHIFT * (2 * noise(net, i, j, 1) - 1)
    y = up[j] + row.spacing_b_m * SHIFT * (2 * noise(net, i, j, 2) - 1)
    xy = np.stack([x, y], axis=-1) @ turn.T + centre
    shapely.prepare(homes)

    at: dict[Node, Any] = {}
    edges: dict[tuple[Node, Node], str] = {}
    for di, dj in ((1, 0), (0, 1)):
        a = xy[: len(across) - di, : len(up) - dj]
        b = xy[di:, dj:]
        middle = (a + b) / 2
        home = shapely.contains_xy(homes, middle[..., 0], middle[..., 1])
        inside = shapely.contains_xy(region, middle[..., 0], middle[..., 1])
        for p, q in np.argwhere(inside):
            line = q if di else p
            minor = line % 2 == 1
            if minor and (not home[p, q] or noise(net, p, q, di, 7) < DEAD_END_SHARE):
                continue
            kind = "residential" if minor else "secondary" if line % 4 == 0 else "tertiary"
            u, v = (net, 0, int(p), int(q)), (net, 0, int(p + di), int(q + dj))
            at[u], at[v] = xy[p, q], xy[p + di, q + dj]
            edges[u, v] = kind
    return at, _with_gates(net, at, edges, homes)


def _places(radius: float, step: float, net: int, axis: int) -> np.ndarray:
    """Return uneven positions [m] of grid lines from -radius to radius."""
    count = 2 * math.ceil(radius / step / 2) * 2 + 1
    gaps = step * (0.82 + 0.36 * noise(net, axis, np.arange(count), 3))
    places = np.concatenate([[0.0], np.cumsum(gaps)])
    return places - places[-1] / 2


def _with_gates(net: int, at: dict[Node, Any], edges: dict[Any, str], homes: BaseGeometry) -> list[Any]:
    """Return the edges, with paths inside residential blocks and their gates on two or three sides."""
    gates: dict[tuple[Node, Node], Node] = {}
    paths = []
    for _, _, i, j in sorted(at):
        a, b, c, d = ((net, 0, i + p, j + q) for p, q in ((0, 0), (1, 0), (1, 1), (0, 1)))
        if not all(n in at for n in (a, b, c, d)):
            continue
        middle = np.mean([at[n] for n in (a, b, c, d)], axis=0)
        if not shapely.contains_xy(homes, *middle):
            continue
        sides = [s for s in ((a, b), (b, c), (d, c), (a, d)) if s in edges]
        closed = int(noise(net, i, j, 11) * 4)
        chosen = [s for k, s in enumerate(sides) if k != closed]
        if noise(net, i, j, 12) < 0.35:
            chosen = chosen[:2]
        if len(chosen) < 2:
            continue
        heart = (net, 2, i, j)
        at[heart] = middle
        for k, side in enumerate(chosen):
            u, v = side
            column, row = 2 * u[2] + (v[2] - u[2]), 2 * u[3] + (v[3] - u[3])
            gate = gates.setdefault(side, (net, 1, column, row))
            at[gate] = (np.asarray(at[u]) + at[v]) / 2
            paths.append((heart, gate, "footway", k))
    out = []
    for (u, v), kind in edges.items():
        gate = gates.get((u, v))
        out += [(u, v, kind)] if gate is None else [(u, gate, kind), (gate, v, kind)]
    return out + [(u, v, kind) for u, v, kind, _ in paths]


def bent(u: Node, a: np.ndarray, b: np.ndarray, kind: str) -> LineString:
    """Return the edge from ``a`` to ``b`` [m]; a third of the longer streets have a bend."""
    length = float(np.hypot(*(b - a)))
    chance, side = float(noise(*u, int(a[0] + b[1]), 21)), float(noise(*u, int(a[1] + b[0]), 22))
    if length < 120 or kind == "footway" or chance > 0.34:
        return LineString([a, b])
    normal = np.array([a[1] - b[1], b[0] - a[0]]) / length
    return LineString([a, (a + b) / 2 + normal * length * 0.12 * (side - 0.5), b])


def cut(at: dict[Node, Any], edges: list[Any], walls: BaseGeometry, wet: BaseGeometry) -> list[Any]:
    """Return the edges (node, node, class, barrier, line) that meet neither barrier nor water."""
    lines = [bent(u, np.asarray(at[u]), np.asarray(at[v]), kind) for u, v, kind in edges]
    near = walls.buffer(CLEAR_M) | wet.buffer(CLEAR_M)
    shapely.prepare(near)
    hit = shapely.intersects(near, np.array(lines, dtype=object))
    return [(u, v, kind, "", line) for (u, v, kind), line, bad in zip(edges, lines, hit, strict=True) if not bad]


def crossings(at: dict[Node, Any], kept: list[Any], walls: dict[str, LineString], wet: BaseGeometry) -> list[Any]:
    """Return one edge over each barrier for every stated place: the shortest between corners of both sides."""
    names = table("links").set_index("link_id")["name_zh"]
    nodes = sorted({n for u, v, *_ in kept for n in (u, v) if n[1] == 0})
    xy = np.array([at[n] for n in nodes])
    tree = cKDTree(xy)
    out = []
    for rule in table("barriers").itertuples():
        wall = walls[rule.link_id]
        others = shapely.union_all([w for key, w in walls.items() if key != rule.link_id] + [wet])
        for metre in places_along(wall, rule.spacing_m):
            place = wall.interpolate(metre)
            near = sorted(tree.query_ball_point([place.x, place.y], CROSSING_REACH_M))
            links = [LineString([xy[u], xy[v]]) for k, u in enumerate(near) for v in near[k + 1 :]]
            lengths = shapely.length(links)
            pairs = [(u, v) for k, u in enumerate(near) for v in near[k + 1 :]]
            for k in np.argsort(lengths, kind="stable"):
                if lengths[k] > CROSSING_REACH_M:
                    break
                met = links[k].intersection(wall)
                if met.geom_type != "Point" or abs(wall.project(met) - metre) > PLACE_SHARE * rule.spacing_m:
                    continue
                if not links[k].intersects(others):
                    u, v = pairs[k]
                    out.append((nodes[u], nodes[v], "crossing", names[rule.link_id], links[k]))
                    break
    return out


def places_along(wall: LineString, spacing_m: float) -> np.ndarray:
    """Return where crossings are wanted [m from the start of the line]."""
    return np.arange(spacing_m / 2, wall.length, spacing_m)


def seams(at: dict[Node, Any], kept: list[Any], walls: BaseGeometry, wet: BaseGeometry) -> list[Any]:
    """Return links between neighbouring nets where no barrier parts them."""
    nodes = sorted({n for u, v, *_ in kept for n in (u, v) if n[1] == 0})
    xy = np.array([at[n] for n in nodes])
    near = cKDTree(xy).query_pairs(SEAM_M, output_type="ndarray")
    pairs = [(float(np.hypot(*(xy[a] - xy[b]))), a, b) for a, b in near if nodes[a][0] != nodes[b][0]]
    out: list[Any] = []
    places: list[np.ndarray] = []
    for _, a, b in sorted(pairs):
        middle = (xy[a] + xy[b]) / 2
        line = LineString([xy[a], xy[b]])
        if any(np.hypot(*(middle - p)) < SEAM_SPACING_M for p in places) or line.intersects(walls | wet):
            continue
        places.append(middle)
        out.append((nodes[a], nodes[b], "tertiary", "", line))
    return out


def network() -> tuple[dict[Node, Any], list[Any]]:
    """Return places [m] of the nodes and the edges (node, node, class, barrier, line) of all nets."""
    area = regions()
    homes = shapely.union_all(patch_shapes().geometry.buffer(40).to_numpy())
    lines = barriers()
    walls = shapely.union_all(list(lines.values()))
    wet = shapely.union_all([shape for _, shape in transport.water()])
    at: dict[Node, Any] = {}
    kept: list[Any] = []
    for number, row in enumerate(table("grids").itertuples()):
        places, edges = grid(number, row, area[row.net], homes)
        at |= places
        kept += cut(places, edges, walls, wet)
    kept += seams(at, kept, walls, wet)
    kept += crossings(at, kept, lines, wet)
    shapes = zones.shapes_m()
    return at, approaches(at, _joined(kept), lines, wet, {key: shapes[key] for key in zones.sub_area_ids()})


def _joined(edges: list[Any]) -> list[Any]:
    """Return the edges without pieces cut off from the main part of their place."""
    nodes = sorted({n for u, v, *_ in edges for n in (u, v)})
    number = {n: k for k, n in enumerate(nodes)}
    ends = np.array([[number[u], number[v]] for u, v, *_ in edges])
    graph = coo_array((np.ones(len(ends)), ends.T), shape=(len(nodes),) * 2)
    part = connected_components(graph, directed=False)[1]
    place = np.array([{1: 1, 2: 1, 3: 0}.get(n[0], n[0]) for n in nodes])
    main = {k: np.bincount(part[place == k]).argmax() for k in np.unique(place)}
    good = np.array([part[k] == main[place[k]] for k in range(len(nodes))])
    return [e for e, (a, _) in zip(edges, ends, strict=True) if good[a]]


def frame() -> gpd.GeoDataFrame:
    """Return the street segments in degrees, lengths [m] measured on the written coordinates."""
    _, edges = network()
    nodes = sorted({n for u, v, *_ in edges for n in (u, v)})
    number = {n: k for k, n in enumerate(nodes, start=1)}
    edges = sorted(edges, key=lambda e: (number[e[0]], number[e[1]]))
    lines = [shapely.transform(e[4], lambda xy: np.round(degrees(xy), NODE_DECIMALS)) for e in edges]
    measured = shapely.length([in_metres(line) for line in lines])
    crossing = np.array([e[3] != "" for e in edges])
    approach = np.array([e[2] == APPROACH for e in edges])
    return gpd.GeoDataFrame(
        {
            "u": np.array([number[e[0]] for e in edges], np.int64),
            "v": np.array([number[e[1]] for e in edges], np.int64),
            "metres": np.round(np.ceil(measured * 100 - 1e-9) / 100, 2),
            "class": ["footway" if e[2] == APPROACH else e[2] for e in edges],
            "barrier": [e[3] for e in edges],
            "basis": "assumed",
            "accuracy_m": np.where(crossing | approach, 500.0, 300.0),
            "source_id": "own-streets",
            "note": np.select([crossing, approach], ["示意过街通道", "示意接站路"], "示意路网"),
        },
        geometry=lines,
        crs="EPSG:4326",
    )


def build(out: Path) -> None:
    """Write streets.parquet."""
    streets = pd.DataFrame(frame())
    for name in ("class", "barrier", "basis", "source_id", "note"):
        streets[name] = streets[name].astype(pd.ArrowDtype(pa.string()))
    gpd.GeoDataFrame(streets, geometry="geometry", crs="EPSG:4326").to_parquet(
        out / "streets.parquet", index=False, compression="zstd"
    )
