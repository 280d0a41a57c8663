"""Streets of any size, sorted once into the squares of a grid, so that the ground around a tile is read alone.

One pass over streets.parquet, a batch at a time; each batch becomes a file with one row group a square, and index.json says
which are where. A street that lies in several squares stands in each; a reader counts it once, in the order of the file.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geo.errors import Finding, InputError
from geo.tiles import Box
from layers.write.atomic import write_bytes, writing

__all__ = ["FILE", "Streets", "opened", "read", "sort"]

BATCH = 200_000
"""Streets held at once [rows]."""
FILE = "streets.parquet"


@dataclass(frozen=True)
class Streets:
    """Where sorted streets lie, and what they are as a whole."""

    folder: str
    key: str
    crs: str
    side: float
    count: int
    whole: tuple[float, float, float, float]
    basis: tuple[str, ...]
    sources: tuple[str, ...]
    squares: dict[str, list[tuple[int, int]]]
    """By "column_row": file and row group."""


def sort(file: Path, out: Path, *, crs: str, side: float, key: str) -> Streets:
    """Return the streets of a GeoParquet file sorted into squares of ``side`` [m] below ``out``; done once for a ``key``.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, holds no street or a length that is no number of at least 0.
    """
    kept = opened(out) if (out / "index.json").is_file() else None
    if kept is not None and (kept.key, kept.crs, kept.side) == (key, crs, side):
        return kept
    import pyarrow as pa
    import pyarrow.parquet as pq

    out.mkdir(parents=True, exist_ok=True)
    (out / "index.json").unlink(missing_ok=True)
    squares: dict[str, list[tuple[int, int]]] = defaultdict(list)
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    said: dict[str, set[str]] = {"basis": set(), "source_id": set()}
    count = 0
    try:
        with pq.ParquetFile(file) as source:
            column, own_crs, wanted = _columns(source.schema_arrow, file.name)
            for number, batch in enumerate(source.iter_batches(BATCH, columns=wanted)):
                rows = _metric(batch.to_pandas(), column, own_crs, crs, count, file.name)
                count += len(rows)
                for name in said:
                    said[name] |= set(rows[name].dropna().astype(str)) if name in rows else set()
                box = rows.geometry.bounds.to_numpy()
                low, high = np.minimum(low, box[:, :2].min(axis=0)), np.maximum(high, box[:, 2:].max(axis=0))
                which, at = _squares(box, side)
                with writing(out / f"streets-{number}.parquet") as draft:
                    names = _write(rows, box, which, at, draft, pa, pq)
                for group, name in enumerate(names):
                    squares[name].append((number, group))
    except (OSError, pa.ArrowException) as error:
        raise _bad(f"无法按 GeoParquet 读取：{error}", f"cannot be read as GeoParquet: {error}", file.name) from error
    if not count:
        raise _bad("没有一条街道", "holds no street", file.name)
    done = Streets(
        str(out), key, crs, side, count, (*low.tolist(), *high.tolist()), tuple(sorted(said["basis"])),
        tuple(sorted(said["source_id"])), dict(squares),
    )  # fmt: skip
    write_bytes(out / "index.json", json.dumps(asdict(done)).encode())
    return done


def opened(folder: Path) -> Streets:
    """Return streets that were sorted before."""
    told = json.loads((folder / "index.json").read_text("utf-8"))
    told["whole"], told["basis"], told["sources"] = (tuple(told[k]) for k in ("whole", "basis", "sources"))
    return Streets(**told)


def read(streets: Streets, ground: Box) -> gpd.GeoDataFrame:
    """Return the streets whose extent meets a box, in the order of the file they come from, indexed by their row in it."""
    import pyarrow.parquet as pq

    inside = Box(*(max(a, b) for a, b in zip(ground[:2], streets.whole[:2], strict=True)), *(min(a, b) for a, b in zip(ground[2:], streets.whole[2:], strict=True)))  # fmt: skip
    groups: dict[int, list[int]] = defaultdict(list)
    if inside.west <= inside.east and inside.south <= inside.north:
        first_c, first_r, last_c, last_r = (math.floor(v / streets.side) for v in inside)
        for name in (f"{c}_{r}" for c in range(first_c, last_c + 1) for r in range(first_r, last_r + 1)):
            for number, group in streets.squares.get(name, ()):
                groups[number].append(group)
    parts = []
    for number, wanted in sorted(groups.items()):
        with pq.ParquetFile(Path(streets.folder) / f"streets-{number}.parquet") as file:
            part = file.read_row_groups(sorted(wanted)).to_pandas()
        meets = (part["east"] >= ground.west) & (part["west"] <= ground.east) & (part["north"] >= ground.south) & (part["south"] <= ground.north)  # fmt: skip
        parts.append(part[meets].drop_duplicates("row").sort_values("row"))
    if not parts:
        return gpd.GeoDataFrame({"u": [], "v": [], "metres": []}, geometry=[], crs=streets.crs)
    rows = pd.concat(parts).set_index("row")
    return gpd.GeoDataFrame(rows[["u", "v", "metres"]], geometry=shapely.from_wkb(rows["wkb"]), crs=streets.crs)


def _columns(schema: Any, file: str) -> tuple[str, CRS, list[str]]:
    """Return the geometry column of a GeoParquet file, its reference system, and the columns that are read."""
    told = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    column = told.get("primary_column", "")
    about = told.get("columns", {}).get(column, {})
    lacking = [c for c in ("u", "v", "metres") if c not in schema.names]
    if lacking or about.get("encoding") != "WKB":
        raise _bad(
            f"缺少列 {lacking} 或 WKB 几何；请由 zoneplan build 或 GeoPandas 写出",
            f"lacks the columns {lacking} or a geometry as WKB: write it with zoneplan build or GeoPandas",
            file,
        )
    # GeoParquet: without a crs it is longitude and latitude, with null it is unknown.
    crs = about.get("crs", "OGC:CRS84")
    if crs is None:
        raise _bad("没有坐标系", "has no reference system", file)
    return column, CRS.from_user_input(crs), ["u", "v", "metres", *(c for c in ("basis", "source_id") if c in schema.names), column]  # fmt: skip


def _metric(table: pd.DataFrame, column: str, own: CRS, crs: str, before: int, file: str) -> gpd.GeoDataFrame:
    """Return a batch in metres with ``row``, its place in the file; refuse lengths that are none."""
    metres = pd.to_numeric(table["metres"], errors="coerce").to_numpy(float)
    wrong = np.flatnonzero(~(np.isfinite(metres) & (metres >= 0)))[:20]
    if len(wrong):
        zh, en = "长度须为不小于 0 的数", "the length must be a number of at least 0"
        raise InputError([Finding("error", zh, en, file, before + int(r) + 1, "metres") for r in wrong])
    lines = gpd.GeoSeries(shapely.from_wkb(table[column]), crs=own).to_crs(crs)
    data = table.drop(columns=column).assign(row=np.arange(before, before + len(table)))
    return gpd.GeoDataFrame(data, geometry=lines.to_numpy(), crs=crs)


def _squares(box: np.ndarray[Any, Any], side: float) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return for each square that a street's extent meets: which street, and column and row."""
    at = np.floor(box / side).astype(np.int64)
    wide, high = at[:, 2] - at[:, 0] + 1, at[:, 3] - at[:, 1] + 1
    which = np.repeat(np.arange(len(box)), wide * high)
    step = np.arange(len(which)) - np.repeat(np.cumsum(wide * high) - wide * high, wide * high)
    return which, np.column_stack([at[which, 0] + step % wide[which], at[which, 1] + step // wide[which]])


def _write(rows: gpd.GeoDataFrame, box: Any, which: Any, at: Any, path: Path, pa: Any, pq: Any) -> list[str]:
    """Write a batch square by square, a row group each; return their names."""
    order = np.lexsort((which, at[:, 1], at[:, 0]))
    which, at = which[order], at[order]
    cut = np.flatnonzero(np.r_[True, (at[1:] != at[:-1]).any(axis=1), True])
    plain = pd.DataFrame(rows[["row", "u", "v", "metres"]]).assign(wkb=shapely.to_wkb(rows.geometry.to_numpy()))
    plain[["west", "south", "east", "north"]] = box
    table = pa.Table.from_pandas(plain, preserve_index=False)
    with pq.ParquetWriter(path, table.schema, compression="zstd") as writer:
        for start, stop in pairwise(cut):
            writer.write_table(table.take(which[start:stop]))
    return [f"{c}_{r}" for c, r in at[cut[:-1]].tolist()]


def _bad(zh: str, en: str, file: str) -> InputError:
    return InputError([Finding("error", zh, en, file)])
