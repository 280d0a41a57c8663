"""The prepared network of a streets frame, kept on disk under the hash of its content.

A file holds plain arrays only (nothing is unpickled), is written whole or not at all, and is believed only when its
checksums and its array bounds hold. Anything else is built anew, so that deleting the folder is always safe.
"""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geo._links import Arrays
from geo._snap import Grid, make_grid
from geo._sweep import Hierarchy
from geo.network import Network

__all__ = ["content_key", "folder", "load", "load_or_build", "save"]

FORMAT = "zoneplan-network-2"
"""Changes whenever the arrays or their meaning change; older files are then built anew."""


def folder() -> Path:
    """Return where networks are kept: ``ZONEPLAN_CACHE``, or ``cache`` beside the program."""
    return Path(os.environ.get("ZONEPLAN_CACHE") or Path(__file__).resolve().parent.parent / "cache") / "networks"


def load_or_build(
    streets: gpd.GeoDataFrame, *, directed: bool = False, where: str | os.PathLike[str] | None = None
) -> Network:
    """Return the prepared network of a frame of streets, from disk when the same frame was seen before.

    Parameters
    ----------
    streets
        Links with ``u``, ``v``, ``metres`` and geometry in a metric CRS.
    directed
        Keep to one-way streets.
    where
        Folder of the kept networks; :func:`folder` when omitted. A folder that cannot be written is done without.
    """
    if not isinstance(streets, gpd.GeoDataFrame) or not {"u", "v", "metres"} <= set(streets.columns):
        return Network.from_links(streets, directed=directed)
    path = Path(where or folder()) / f"{content_key(streets, directed=directed)}.npz"
    kept = load(path)
    if kept is not None:
        return kept
    network = Network.from_links(streets, directed=directed).prepare()
    save(network, path)
    return network


def content_key(streets: gpd.GeoDataFrame, *, directed: bool = False) -> str:
    """Return the hash of all that the network depends on."""
    digest = hashlib.blake2b(f"{FORMAT}|{directed}|{len(streets)}".encode(), digest_size=20)
    digest.update((streets.crs.to_wkt() if streets.crs is not None else "").encode())
    columns = ["u", "v", "metres", *(["oneway"] if directed and "oneway" in streets.columns else [])]
    for values in (streets.index, *(streets[c] for c in columns)):
        digest.update(f"|{values.dtype}|".encode())
        plain = values.dtype.kind in "iufb" if isinstance(values.dtype, np.dtype) else False
        data = values.to_numpy()
        digest.update(np.ascontiguousarray(data).tobytes() if plain else repr(data.tolist()).encode())
    digest.update(b"".join(shapely.to_wkb(streets.geometry.to_numpy()).tolist()) if _solid(streets) else b"?")
    return digest.hexdigest()


def _solid(streets: gpd.GeoDataFrame) -> bool:
    return not streets.geometry.isna().any()


def save(network: Network, path: Path) -> bool:
    """Write ``network`` to ``path``, whole or not at all; return False where that cannot be done."""
    a = network.arrays
    labels, edges = _packed(a.labels), _packed(a.edges)
    if labels is None or edges is None:
        return False
    network.engine.once("grid", lambda: make_grid(a))
    grid: Grid = network.engine.seen("grid")
    tree: Hierarchy | None = network.engine.seen("hierarchy")
    content: dict[str, Any] = {
        "format": _text(FORMAT),
        "crs": _text(a.crs.to_wkt()),
        "directed": np.array(a.directed),
        **{f"labels_{k}": v for k, v in labels.items()},
        **{f"edges_{k}": v for k, v in edges.items()},
        **{name: getattr(a, name) for name in _ARRAYS},
        "grid_where": np.array(grid[:5]),
        **{f"grid_{name}": getattr(grid, name) for name in ("ptr", "piece", "edge")},
        **({f"tree_{name}": getattr(tree, name) for name in Hierarchy._fields} if tree is not None else {}),
    }
    if not a.directed:
        content = {k: v for k, v in content.items() if not k.startswith("in_")}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    except OSError:
        return False
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **content)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        return False
    return True


_ARRAYS = (
    "xy", "tail", "head", "length", "oneway", "shape_ptr", "shape_xy",
    "out_ptr", "out_node", "out_length", "in_ptr", "in_node", "in_length",
)  # fmt: skip


def load(path: str | os.PathLike[str]) -> Network | None:
    """Return the network kept at ``path``, or None when there is none that can be believed."""
    try:
        with open(path, "rb") as handle, np.load(handle, allow_pickle=False) as file:
            content = {name: file[name] for name in file.files}
        return _unpacked(content)
    except (
        OSError, ValueError, KeyError, EOFError, NotImplementedError, struct.error, zipfile.BadZipFile,
        pyproj.exceptions.CRSError,
    ):  # fmt: skip
        return None


def _unpacked(content: dict[str, NDArray[Any]]) -> Network:
    """Return the network, or raise ``ValueError`` or ``KeyError`` when the arrays do not fit together."""
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
    network.engine.keep("grid", grid)
    if "tree_place" in content:
        tree = Hierarchy(*(content[f"tree_{name}"] for name in Hierarchy._fields))
        _rows_fit(tree.ptr, n, tree.head, n)
        _expect(len(tree.place) == n and _within(tree.place, n) and len(tree.length) == len(tree.head))
        network.engine.keep("hierarchy", tree)
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
