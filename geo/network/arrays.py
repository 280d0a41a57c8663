"""A prepared network as plain arrays and back, for whoever keeps or sends it; no file is touched here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from geo.network.hierarchy import Hierarchy
from geo.network.links import Arrays
from geo.network.network import Network
from geo.network.snap import Grid, make_grid

__all__ = ["FORMAT", "pack", "unpack"]

FORMAT = "zoneplan-network-2"
"""Changes whenever the arrays or their meaning change; older files are then built anew."""


_ARRAYS = (
    "xy", "tail", "head", "length", "oneway", "shape_ptr", "shape_xy",
    "out_ptr", "out_node", "out_length", "in_ptr", "in_node", "in_length",
)  # fmt: skip
_TREE = ("place", "ptr", "head", "length")
"""Only networks that are alike in both directions are prepared: the way back is the way there."""


def pack(network: Network) -> dict[str, Any] | None:
    """Return a network as plain arrays, with its grid and its order of nodes; None where its labels are no plain ones.

    Examples
    --------
    >>> from geo.examples import network
    >>> sorted(pack(network()))[:3]
    ['crs', 'directed', 'edges_range']
    """
    a = network.arrays
    labels, edges = _packed(a.labels), _packed(a.edges)
    if labels is None or edges is None:
        return None
    network.graph.once("grid", lambda: make_grid(a))
    grid: Grid = network.graph.seen("grid")
    tree: Hierarchy | None = network.graph.seen("hierarchy")
    content: dict[str, Any] = {
        "format": _text(FORMAT),
        "crs": _text(a.crs.to_wkt()),
        "directed": np.array(a.directed),
        **{f"labels_{k}": v for k, v in labels.items()},
        **{f"edges_{k}": v for k, v in edges.items()},
        **{name: getattr(a, name) for name in _ARRAYS},
        "grid_where": np.array(grid[:5]),
        **{f"grid_{name}": getattr(grid, name) for name in ("ptr", "piece", "edge")},
        **({f"tree_{name}": getattr(tree, name) for name in _TREE} if tree is not None else {}),
    }
    if not a.directed:
        content = {k: v for k, v in content.items() if not k.startswith("in_")}
    return content


def unpack(content: dict[str, NDArray[Any]]) -> Network:
    """Return the network, or raise ``ValueError`` or ``KeyError`` when the arrays do not fit together.

    Examples
    --------
    >>> from geo.examples import network
    >>> unpack(pack(network()))
    Network(4 nodes, 3 edges, EPSG:4548)
    """
    if _read(content["format"]) != FORMAT:
        raise ValueError("another format")
    directed = bool(content["directed"])
    if not directed:
        content |= {f"in_{k}": content[f"out_{k}"] for k in ("ptr", "node", "length")}
    labels, edges = _index(content, "labels", "node"), _index(content, "edges", None)
    a = Arrays(
        labels=labels,
        edges=edges,
        crs=pyproj.CRS.from_wkt(_read(content["crs"])),
        directed=directed,
        **{name: content[name] for name in _ARRAYS},
    )
    n, m = len(labels), len(edges)
    _rows_fit(a.out_ptr, n, a.out_node, n)
    _rows_fit(a.in_ptr, n, a.in_node, n)
    _rows_fit(a.shape_ptr, m, a.shape_xy, None)
    _expect(len(a.out_length) == len(a.out_node) and len(a.in_length) == len(a.in_node) and a.xy.shape == (n, 2))
    _expect(all(len(x) == m for x in (a.tail, a.head, a.length, a.oneway)) and a.shape_xy.shape[1] == 2)
    _expect(_within(a.tail, n) and _within(a.head, n))
    network = Network(a)
    left, bottom, cell, columns, rows = content["grid_where"].tolist()
    grid = Grid(
        left, bottom, cell, int(columns), int(rows), content["grid_ptr"], content["grid_piece"], content["grid_edge"]
    )
    _rows_fit(grid.ptr, grid.columns * grid.rows, grid.piece, len(a.shape_xy))
    _expect(len(grid.edge) == len(a.shape_xy) and _within(grid.edge, m))
    network.graph.keep("grid", grid)
    if "tree_place" in content:
        parts = [content[f"tree_{name}"] for name in _TREE]
        tree = Hierarchy(*parts, *parts[-1:])
        _rows_fit(tree.ptr, n, tree.head, n)
        _expect(len(tree.place) == n and _within(tree.place, n) and len(tree.length) == len(tree.head))
        network.graph.keep("hierarchy", tree)
    return network


def _expect(holds: bool) -> None:
    if not holds:
        raise ValueError("the arrays do not fit together")


def _within(values: NDArray[Any], top: int) -> bool:
    return values.size == 0 or (int(values.min()) >= 0 and int(values.max()) < top)


def _rows_fit(ptr: NDArray[Any], rows: int, values: NDArray[Any], top: int | None) -> None:
    """Check compressed rows: they start at 0, never go back, end with the values, and the values are below ``top``."""
    _expect(len(ptr) == rows + 1 and ptr[0] == 0 and ptr[-1] == len(values) and bool((np.diff(ptr) >= 0).all()))
    _expect(top is None or _within(values, top))


def _text(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def _read(data: NDArray[Any]) -> str:
    return data.astype(np.uint8).tobytes().decode()


def _packed(index: pd.Index) -> dict[str, NDArray[Any]] | None:
    """Return an index of whole numbers or texts as plain arrays, None for anything else."""
    if isinstance(index, pd.RangeIndex):
        return {"range": np.array([index.start, index.stop, index.step])}
    if isinstance(index.dtype, np.dtype) and index.dtype.kind in "iu":
        return {"number": index.to_numpy()}
    if all(isinstance(x, str) for x in index):
        texts = [x.encode("utf-8", "surrogatepass") for x in index]
        ends = np.cumsum([len(t) for t in texts], dtype=np.int64)
        return {"text": np.frombuffer(b"".join(texts), np.uint8), "ends": ends}
    return None


def _index(content: dict[str, NDArray[Any]], name: str, title: str | None) -> pd.Index:
    if f"{name}_range" in content:
        start, stop, step = content[f"{name}_range"].tolist()
        return pd.RangeIndex(start, stop, step, name=title)
    if f"{name}_number" in content:
        return pd.Index(content[f"{name}_number"], name=title)
    ends, blob = content[f"{name}_ends"], content[f"{name}_text"].tobytes()
    starts = np.concatenate([[0], ends[:-1]])
    _expect(len(ends) == 0 or ends[-1] == len(blob))
    texts = [blob[a:b].decode("utf-8", "surrogatepass") for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    return pd.Index(texts, name=title)
