"""From a frame of links to the compact arrays the engine runs on: checked, numbered, laid out for locality.

Lengths are kept in float64 as **whole nanometres**. Sums of whole numbers are exact up to 9 000 km, so every
algorithm (and every order of adding) gives the same distance to the last bit, ties are real ties, and
"within 1 000 m" holds for a path whose parts add up to exactly 1 000 m.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geo.errors import CrsError, Finding, InputError
from geo.text import Text

__all__ = ["NM", "Arrays", "Floats", "Ints", "Side", "build", "csr", "metric_crs", "to_nm"]

NM = 1e9
"""Nanometres in a metre."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
COLUMNS = ("u", "v", "metres")
SHOWN = 20
"""Findings listed one by one before the rest is summed up."""


@dataclass(frozen=True, eq=False)
class Arrays:
    """A network as flat arrays; node and edge numbers are positions, lengths are whole nanometres.

    Examples
    --------
    >>> from geo.examples import streets
    >>> arrays = build(streets(), directed=False)
    >>> sorted(arrays.labels), (arrays.length / NM).tolist()
    ([1, 2, 3, 4], [400.0, 300.0, 400.0])
    """

    labels: pd.Index
    xy: Floats
    edges: pd.Index
    tail: Ints
    head: Ints
    length: Floats
    oneway: NDArray[np.bool_]
    shape_ptr: NDArray[np.int64]
    shape_xy: Floats
    out_ptr: Ints
    out_node: Ints
    out_length: Floats
    in_ptr: Ints
    in_node: Ints
    in_length: Floats
    crs: pyproj.CRS
    directed: bool


class Side(NamedTuple):
    """Arcs to search along: outwards from a start, or backwards from a goal.

    Examples
    --------
    >>> from geo.examples import network
    >>> graph = network().graph
    >>> [int(graph.out.ptr[i + 1] - graph.out.ptr[i]) for i in graph.labels.get_indexer([1, 2, 3, 4])]  # streets at a node
    [1, 2, 2, 1]
    """

    ptr: NDArray[np.int32]
    node: NDArray[np.int32]
    length: NDArray[np.float64]


def to_nm(metres: Any) -> Any:
    """Return metres as whole nanometres; ``inf`` stays ``inf``.

    Examples
    --------
    >>> to_nm([0.1, 0.2, np.inf]).tolist()
    [100000000.0, 200000000.0, inf]
    """
    return np.rint(np.asarray(metres, float) * NM)


def metric_crs(crs: Any, what: str) -> pyproj.CRS:
    """Return ``crs`` when lengths can be measured in it, else raise ``CrsError``.

    Examples
    --------
    >>> metric_crs("EPSG:4548", "links").to_epsg()
    4548
    >>> metric_crs("EPSG:4326", "links")
    Traceback (most recent call last):
        ...
    geo.errors.CrsError: ...links is in WGS 84, which is not in metres: project it to a metric system first (t...
    """
    if crs is None:
        raise CrsError(
            Text(
                f"{what}没有坐标系，请先设定米制投影坐标系（如 EPSG:4548）",
                f"{what} has no coordinate reference system: set a metric one (such as EPSG:4548)",
            )
        )
    found = pyproj.CRS.from_user_input(crs)
    axes = found.axis_info
    if found.is_geographic or not axes or any(abs(a.unit_conversion_factor - 1) > 1e-9 for a in axes[:2]):
        raise CrsError(
            Text(
                f"{what}的坐标系 {found.name} 不以米为单位，请先投影到米制坐标系（to_crs）",
                f"{what} is in {found.name}, which is not in metres: project it to a metric system first (to_crs)",
            )
        )
    return found


def build(links: gpd.GeoDataFrame, *, directed: bool) -> Arrays:
    """Return the arrays of ``links``; raises ``InputError`` or ``CrsError`` when they cannot be trusted.

    Examples
    --------
    >>> from geo.examples import streets
    >>> build(streets(), directed=False).labels.name
    'node'
    """
    lines, metres, forward, back = _checked(links, directed)
    labels, tail, head = _numbered(links)
    swap = back & ~forward
    lines[swap] = shapely.reverse(lines[swap])
    tail, head = np.where(swap, head, tail), np.where(swap, tail, head)
    xy, flipped = _node_places(tail, head, lines, len(labels))
    lines[flipped] = shapely.reverse(lines[flipped])

    order = hilbert_order(xy)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    first, last = rank[tail], rank[head]
    shape_xy, owner = shapely.get_coordinates(lines, return_index=True)
    length = to_nm(metres)
    both = forward & back
    out = csr(first, last, length, both, len(labels))
    into = out if not directed else csr(last, first, length, both, len(labels))
    unique = links.index.is_unique
    return Arrays(
        labels=labels.take(order),
        xy=xy[order],
        edges=links.index if unique else pd.RangeIndex(len(links)),
        tail=first,
        head=last,
        length=length,
        oneway=~both,
        shape_ptr=np.searchsorted(owner, np.arange(len(lines) + 1)).astype(np.int64),
        shape_xy=np.ascontiguousarray(shape_xy),
        out_ptr=out[0],
        out_node=out[1],
        out_length=out[2],
        in_ptr=into[0],
        in_node=into[1],
        in_length=into[2],
        crs=metric_crs(links.crs, "路网 links"),
        directed=directed,
    )


def hilbert_order(xy: Floats, bits: int = 16) -> NDArray[np.int64]:
    """Return the order of points along a Hilbert curve, so that neighbours on the ground are near in memory."""
    if len(xy) == 0:
        return np.empty(0, np.int64)
    low, span = xy.min(axis=0), max(float(np.ptp(xy, axis=0).max()), 1e-9)
    cell = ((xy - low) / span * (2**bits - 1)).astype(np.int64)
    x, y = cell[:, 0].copy(), cell[:, 1].copy()
    code = np.zeros(len(xy), np.int64)
    side = 1 << (bits - 1)
    while side:
        rx, ry = (x & side) > 0, (y & side) > 0
        code += side * side * ((3 * rx) ^ ry)
        turn = ~ry
        mirror = turn & rx
        x[mirror], y[mirror] = side - 1 - (x[mirror] & (side - 1)), side - 1 - (y[mirror] & (side - 1))
        x[turn], y[turn] = y[turn], x[turn].copy()
        side >>= 1
    return np.argsort(code, kind="stable")


def _checked(
    links: gpd.GeoDataFrame, directed: bool
) -> tuple[NDArray[Any], Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return lines, metres and the directions that may be walked, or raise with every fault found."""
    missing = [c for c in COLUMNS if c not in getattr(links, "columns", ())]
    if not isinstance(links, gpd.GeoDataFrame) or links.active_geometry_name is None:
        missing.append("geometry")
    if missing:
        names = ", ".join(missing)
        raise InputError(
            [
                Finding(
                    "error",
                    f"路网缺少列：{names}，需要 u、v、metres 和线几何",
                    f"links miss columns: {names}; give u, v, metres and line geometry",
                    field=names,
                )
            ]
        )
    metric_crs(links.crs, "路网 links")
    if len(links) == 0:
        raise InputError(
            [Finding("error", "路网没有任何路段，请检查文件", "links are empty: check the file", field="geometry")]
        )
    metres = pd.to_numeric(links["metres"], errors="coerce").to_numpy(float, na_value=np.nan)
    shapes = np.array(links.geometry.to_numpy(), dtype=object)
    multi = shapely.get_type_id(shapes) == 5
    shapes[multi] = shapely.line_merge(shapes[multi])
    shapes = shapely.force_2d(shapes)
    is_line = (shapely.get_type_id(shapes) == 1) & ~shapely.is_empty(shapes)
    finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    faults = {
        "u": (links["u"].isna().to_numpy(), "起点编号为空，请补上", "has no start node: fill it in"),
        "v": (links["v"].isna().to_numpy(), "终点编号为空，请补上", "has no end node: fill it in"),
        "metres": (
            ~(np.isfinite(metres) & (metres >= 0)),
            "长度必须是不小于 0 的数（米）",
            "metres must be a number of at least 0",
        ),
        "geometry": (
            ~(is_line & finite),
            "几何必须是一条连续的折线，坐标有限",
            "geometry must be one continuous line with finite coordinates",
        ),
    }
    raise_faults(faults)
    forward, back = _directions(links, directed)
    return shapes, metres, forward, back


def raise_faults(faults: dict[str, tuple[NDArray[np.bool_], str, str]]) -> None:
    """Raise one ``InputError`` that names the rows of every fault, or return."""
    findings = []
    for field, (wrong, zh, en) in faults.items():
        rows = np.flatnonzero(wrong)
        findings += [Finding("error", zh, en, row=int(r) + 1, field=field) for r in rows[:SHOWN]]
        if len(rows) > SHOWN:
            more = len(rows) - SHOWN
            findings.append(Finding("error", f"另有 {more} 行同样：{zh}", f"{more} more rows: {en}", field=field))
    if findings:
        raise InputError(findings)


def _directions(links: gpd.GeoDataFrame, directed: bool) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which links may be used from u to v and from v to u."""
    n = len(links)
    if not directed:
        return np.ones(n, bool), np.ones(n, bool)
    if "oneway" not in links.columns:
        return np.ones(n, bool), np.zeros(n, bool)
    said = [str(x).strip().lower() for x in links["oneway"].tolist()]
    reverse = np.array([s in ("-1", "-1.0", "reverse") for s in said], bool)
    forward = np.array([s in ("true", "yes", "1", "1.0", "y", "t") for s in said], bool)
    both = np.array([s in ("false", "no", "0", "0.0", "n", "f", "", "none", "nan", "<na>") for s in said], bool)
    zh, en = "oneway 只能是 yes/no/-1 或真/假", "oneway must be yes, no, -1, true or false"
    raise_faults({"oneway": (~(reverse | forward | both), zh, en)})
    return forward | both, reverse | both


def _numbered(links: gpd.GeoDataFrame) -> tuple[pd.Index, NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct node labels and the positions of both ends of each link in them."""
    ends = [links["u"], links["v"]]
    kinds = [
        np.dtype(x.dtype.name.lower()) if pd.api.types.is_integer_dtype(x.dtype) else np.dtype(object) for x in ends
    ]
    if np.result_type(*kinds).kind in "iu":
        values = np.concatenate([x.to_numpy(kind) for x, kind in zip(ends, kinds, strict=True)])
    else:
        values = np.concatenate([x.to_numpy(object) for x in ends])
    codes, distinct = pd.factorize(values)
    labels = pd.Index(distinct, tupleize_cols=False, name="node")
    return labels, codes[: len(links)], codes[len(links) :]


def _node_places(
    tail: NDArray[np.int64], head: NDArray[np.int64], lines: NDArray[Any], n: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return where each node is, and which lines are drawn from their end to their start.

    A node lies where most of its lines end; a line drawn the other way round is known by its ends then lying on
    the wrong nodes. Where the lines leave a choice, they are taken as drawn from u to v.
    """
    start = shapely.get_coordinates(shapely.get_point(lines, 0))
    end = shapely.get_coordinates(shapely.get_point(lines, -1))
    xy = np.empty((n, 2))
    xy[head], xy[tail] = end, start
    if np.abs(xy[head] - end).max() <= 1e-3 and np.abs(xy[tail] - start).max() <= 1e-3:
        return xy, np.zeros(len(lines), bool)
    votes = pd.DataFrame(
        np.vstack([np.c_[tail, start], np.c_[head, end], np.c_[tail, end], np.c_[head, start]]),
        columns=["node", "x", "y"],
    )
    votes["drawn"] = np.repeat([1.0, 0.0], 2 * len(lines))
    votes["key_x"], votes["key_y"] = votes["x"].round(3), votes["y"].round(3)
    tally = votes.groupby(["node", "key_x", "key_y"], sort=True).agg(
        x=("x", "first"), y=("y", "first"), times=("drawn", "size"), drawn=("drawn", "sum")
    )
    tally = tally.reset_index().sort_values(["node", "times", "drawn"], ascending=[True, False, False], kind="stable")
    best = tally.drop_duplicates("node")
    xy[best["node"].to_numpy(int)] = best[["x", "y"]].to_numpy()

    def apart(a: Floats, b: Floats) -> NDArray[np.bool_]:
        return np.abs(a - b).max(axis=1) > 1e-3

    degree = np.bincount(np.r_[tail, head], minlength=n)
    dangling = apart(start, end) & ~apart(xy[tail], xy[head])
    leaf_tail = dangling & (degree[tail] == 1) & ~apart(xy[head], start)
    leaf_head = dangling & (degree[head] == 1) & ~apart(xy[tail], end)
    xy[tail[leaf_tail]], xy[head[leaf_head]] = end[leaf_tail], start[leaf_head]
    drawn = np.hypot(*(xy[tail] - start).T) + np.hypot(*(xy[head] - end).T)
    turned = np.hypot(*(xy[tail] - end).T) + np.hypot(*(xy[head] - start).T)
    return xy, turned < drawn - 1e-3


def csr(tail: Ints, head: Ints, length: Floats, both: NDArray[np.bool_], n: int) -> tuple[Ints, Ints, Floats]:
    """Return arcs grouped by node: no loops, of parallel arcs only the shortest.

    Examples
    --------
    >>> one = np.array([0, 0], np.int32), np.array([1, 1], np.int32), np.array([5e9, 3e9]), np.array([True, False])
    >>> [part.tolist() for part in csr(*one, 2)]  # two streets between two nodes, one of them one-way
    [[0, 1, 2], [1, 0], [3000000000.0, 5000000000.0]]
    """
    a = np.concatenate([tail, head[both]])
    b = np.concatenate([head, tail[both]])
    w = np.concatenate([length, length[both]])
    keep = a != b
    a, b, w = a[keep], b[keep], w[keep]
    order = np.lexsort((w, b, a))
    a, b, w = a[order], b[order], w[order]
    first = np.ones(len(a), bool)
    first[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    a, b, w = a[first], b[first], w[first]
    indptr = np.zeros(n + 1, np.int32)
    np.cumsum(np.bincount(a, minlength=n), out=indptr[1:])
    return indptr, b.astype(np.int32), w
